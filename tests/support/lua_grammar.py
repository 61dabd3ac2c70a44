"""Random scripts from a small grammar of Lua, made to meet the edges of the sandbox."""

ATOMS = [
    *("nil", "true", "false", "0", "1", "-1", "2147483647", "-2147483648", "1e308", "0/0", "''"),
    *("'a'", "'%d+'", "('x'):rep(50)", "{}", "{1,2,3}", "{a=1}", "_G", "redis", "string", "KEYS"),
    *("ARGV", "ARGV[1]", "cjson.null", "function(...) return ... end", "v", "print_", "math.huge"),
]
FUNCTIONS = [
    *("tostring", "tonumber", "type", "pcall", "xpcall", "select", "unpack", "next", "pairs"),
    *("ipairs", "rawget", "rawset", "rawequal", "setmetatable", "getmetatable", "error", "assert"),
    *("load", "loadstring", "collectgarbage", "string.rep", "string.format", "string.find"),
    *("string.gsub", "string.match", "string.byte", "string.char", "string.sub", "string.dump"),
    *("table.concat", "table.insert", "table.remove", "table.sort", "table.maxn", "math.random"),
    *("math.floor", "coroutine.wrap", "coroutine.create", "coroutine.resume", "coroutine.yield"),
    *("cjson.encode", "cjson.decode", "cmsgpack.pack", "cmsgpack.unpack", "struct.pack"),
    *("struct.unpack", "struct.size", "bit.band", "bit.tohex", "bit.lshift", "redis.call"),
    *("redis.pcall", "redis.sha1hex", "redis.error_reply", "redis.status_reply", "redis.setresp"),
    *("redis.log", "redis.acl_check_cmd", "redis.set_repl", "os.clock", "cjson.new"),
]
COMMANDS = [
    *("'set','k',v", "'get','k'", "'incr','n'", "'lpush','l',1", "'lrange','l',0,-1", "'ping'"),
    *("'hset','h','f',1", "'hgetall','h'", "'sadd','s','m'", "'smembers','s'", "'nosuch'", "'del'"),
    *("'blpop','l',0", "'zadd','z',1,'a'", "'zrange','z',0,-1,'withscores'", "'eval','x',0"),
    *("'multi'", "'subscribe','c'", "'select',99", "'expire','k',10", "'type','l'", "'dbsize'"),
]
OPERATORS = ["+", "-", "*", "/", "%", "..", "==", "~=", "<", "<=", "and", "or"]


def expression(random, depth):
    """The text of an expression."""
    kind = random.randrange(8) if depth > 0 else 0
    if kind <= 1:
        return random.choice(ATOMS)
    if kind == 2:
        operator = random.choice(OPERATORS)
        return f"({expression(random, depth - 1)} {operator} {expression(random, depth - 1)})"
    if kind == 3:
        return f"{random.choice(['redis.call', 'redis.pcall'])}({random.choice(COMMANDS)})"
    if kind == 4:
        return f"({expression(random, depth - 1)})[{expression(random, depth - 1)}]"
    if kind == 5:
        return f"{{{expression(random, depth - 1)}, k = {expression(random, depth - 1)}}}"
    if kind == 6:
        value = expression(random, depth - 1)
        return f"(function(v) {statement(random, depth - 1)} return {value} end)"
    arguments = ", ".join(expression(random, depth - 1) for _ in range(random.randrange(4)))
    return f"{random.choice(FUNCTIONS)}({arguments})"


def statement(random, depth):
    """The text of a statement."""
    kind = random.randrange(7)
    if kind == 0:
        return f"v = {expression(random, depth)}"
    if kind == 1:
        return f"for i = 1, 5 do v = {expression(random, depth)} end"
    if kind == 2:
        return f"if {expression(random, depth)} then v = {expression(random, depth)} end"
    if kind == 3:
        return f"pcall(function() v = {expression(random, depth)} end)"
    if kind == 4:
        return f"({expression(random, depth)})[{expression(random, 0)}] = {expression(random, 0)}"
    if kind == 5:
        return f"for key, value in pairs({expression(random, depth)}) do v = key end"
    return f"local w = {expression(random, depth)}"


def lua_script(random):
    """The text of a script, bytes; now and then with a byte that is wrong."""
    lines = ["local v, print_ = 1"]
    lines += [statement(random, random.randrange(4)) for _ in range(random.randrange(1, 5))]
    lines.append(f"return {expression(random, 3)}")
    text = bytearray("\n".join(lines).encode())
    if random.randrange(10) == 0:
        text[random.randrange(len(text))] = random.randrange(256)
    return bytes(text)
