"""Users and what they may do: ACL, and AUTH by name.

Users outlive a script, so that each begins by making its own anew. The installed redis-server puts
some errors in other words than 7.4 (only their codes are compared), does not show sanitize-payload,
and orders the rules for commands anew: where it does, the rules are compared in tests/users.
"""

from tests.compatibility.script import Step, code, ignoring, manual, script, shape

CATEGORIES = (
    "keyspace read write set sortedset list hash string bitmap hyperloglog geo pubsub fast slow "
    "blocking connection transaction"
)

DENIAL_FIELDS = (b"count", b"reason", b"context", b"object", b"username")


def user(rules):
    """A line that makes the user `u` anew."""
    return f"ACL SETUSER u reset on nopass {rules}".rstrip()


def shown(line="ACL GETUSER u"):
    """A line whose reply is compared but for the flags."""
    return ignoring(line, "flags")


def rules(*texts):
    """A script that gives a user each of these rules in turn, and looks what has become of it."""
    lines = [line for text in texts for line in (f"ACL SETUSER u {text}".rstrip(), shown())]
    return script("ACL DELUSER u", *lines)


def restricted(text, *lines):
    """A script whose connection b is a user with these rules; its errors are compared by code."""
    return script(user(text), "b: AUTH u x", *(f"b: {line}" for line in lines), protocols=(2,))


def dry(text, *lines):
    """A script of dry runs, of which only success or its lack is compared."""
    return script(user(text), *(shape(f"ACL DRYRUN u {line}") for line in lines))


def same_denials(ours, theirs):
    """Whether two replies of ACL LOG tell of the same."""
    return denials(ours) == denials(theirs) != []


def denials(reply):
    """What all servers tell of each entry of ACL LOG."""
    maps = [dict(zip(e.content[::2], e.content[1::2], strict=True)) for e in reply.content]
    entries = [{key.content: value.content for key, value in each.items()} for each in maps]
    return [[entry[field] for field in DENIAL_FIELDS] for entry in entries]


DENIED = Step("ACL LOG", same_denials)

SCRIPTS = [
    script("ACL WHOAMI", "ACL WHOAMI x", "ACL", "ACL NOSUCH", "ACL CAT", "ACL CAT nosuch"),
    script(
        "ACL CAT a b",
        "ACL LOG a",
        "ACL LOG 1 2",
        "ACL GENPASS 0",
        "ACL GENPASS x",
        "ACL GENPASS 4097",
        "ACL GENPASS 1 2",
        shape("ACL GENPASS"),
        shape("ACL GENPASS 5"),
    ),
    script("ACL GETUSER nosuch", "ACL GETUSER", "ACL SETUSER", "ACL DELUSER", "ACL DRYRUN u get"),
    script("ACL LOAD", "ACL SAVE", "ACL LOAD x", "ACL HELP x", "ACL USERS x", "ACL LIST x"),
    script(
        "ACL DELUSER u",
        "ACL DELUSER nosuch u",
        "ACL DELUSER default",
        "ACL SETUSER u",
        "ACL USERS",
        "ACL DELUSER u default",
        "ACL USERS",
        "ACL DELUSER u u",
        "ACL USERS",
    ),
    script("ACL SETUSER 'a b'", r'ACL SETUSER "a\x00b"', "ACL GETUSER 'a b'"),
    # Rules
    rules("", "on", "off", "~a ~b ~a", "%R~c %W~d %RW~e %rw~f", "%W~c", "resetkeys", "~*", "~x"),
    rules("&a &b &a", "resetchannels", "allchannels", "&c", "resetchannels &c", "&*", "reset"),
    rules(">a >b >a", "<a", "<a", "nopass", ">c", "resetpass", "<c", ">", "<"),
    rules("#0123", "!0123", f"#{'a' * 64}", f"#{'A' * 64}", f"!{'a' * 64}", f"!{'b' * 64}"),
    rules(
        "foo",
        "(",
        ")",
        "()",
        "( )",
        "(~a +get)",
        "(~a",
        "+get )",
        "(~b +set )",
        "(foo)",
        "(on)",
        "clearselectors",
        "'(~a  +get)' (%R~b)",
        "'()' foo",
        "(&a &b) (&*)",
        "reset",
    ),
    rules("%~x", "%x~", "%RR~a", "+", "-", "+@", "-@nosuch", "+nosuch", "-nosuch", "+get|a|b"),
    rules("+client|id|x", "+client|nosuch", "-client|nosuch", "-select|0", "+select|", "+select|0"),
    rules("+@all", "-@all", "allcommands", "nocommands", "+@ALL", "ON", "NoPass", "RESETKEYS"),
    rules("on +get foo", "~a foo", "on ~a", ">x off foo", "allkeys ~a"),
    rules("'~a b'", "'&a b'", r'"~a\x00b"', "'' ''", "'' on"),
    *(rules(f"+@all -@{category}", f"-@all +@{category}") for category in CATEGORIES.split()),
    # What they permit
    restricted(
        "+@all ~a",
        "ACL WHOAMI",
        "SET a x",
        code("SET b x"),
        "GET a",
        code("GET b"),
        "EXISTS a",
        code("MGET a b"),
        "PING",
        "NOSUCH",
        "GET",
        "CLIENT GETNAME",
        "RESET",
        "ACL WHOAMI",
        "GET b",
    ),
    restricted(
        "+get +select|1 +client|getname ~*",
        "GET a",
        code("SET a b"),
        "SELECT 1",
        code("SELECT 0"),
        "CLIENT GETNAME",
        code("CLIENT ID"),
        code("PING"),
        "AUTH u y",
    ),
    restricted(
        "+@all &c:*",
        code("PUBLISH d x"),
        "PUBLISH c:1 x",
        code("PSUBSCRIBE c:1"),
        "PSUBSCRIBE c:*",
        code("SUBSCRIBE c:1 d"),
        "SUBSCRIBE c:1",
    ),
    restricted(
        "+@all ~l",
        "RPUSH l 2 1",
        "SORT l BY nosort",
        "SORT l BY w*",
        "SORT l GET w*",
        "SORT l GET # BY w*",
        "SORT_RO l BY w* GET w*",
        code("SORT l STORE m"),
        "SORT l",
    ),
    restricted("+@all ~l %R~*", "RPUSH l 2 1", "SORT l BY w*", "SORT l GET # GET w*"),
    restricted("+@all (+sort ~l %W~*)", code("SORT l BY w*"), code("SORT x")),
    restricted("-@all", code("MULTI"), code("EXEC"), "HELLO x", "AUTH u x", "QUIT"),
    script(
        user("+@all ~*"),
        "b: AUTH u x",
        "b: MULTI",
        "b: GET k",
        "b: SET k v",
        "b: PING",
        "ACL SETUSER u -get resetkeys",
        "b: EXEC",
        "b: PING",
        protocols=(2,),
    ),
    dry(
        "+@all %R~r %W~w %RW~x",
        "GET r",
        "GET w",
        "SET w v",
        "SET w v GET",
        "SET x v GET",
        "SET r v",
        "COPY r w",
        "COPY w r",
        "RENAME r w",
        "RENAME x w",
        "RENAME x x",
    ),
    dry(
        "+@all %R~r %W~w %RW~x",
        "DEL w",
        "DEL r",
        "EXISTS w",
        "TOUCH r w",
        "TYPE n",
        "OBJECT ENCODING w",
        "BITFIELD r GET u4 0",
        "BITFIELD r SET u4 0 1",
        "BITFIELD x SET u4 0 1",
        "BITFIELD_RO w GET u4 0",
        "BITOP AND w r r",
        "BITOP AND r r r",
        "SETBIT w 1 1",
    ),
    dry(
        "+@all %R~r %W~w %RW~x",
        "GEORADIUS r 0 0 1 m STORE w",
        "GEORADIUS r 0 0 1 m STORE r",
        "GEORADIUS w 0 0 1 m STOREDIST w",
        "GEOSEARCHSTORE w r FROMMEMBER a BYBOX 1 1 m",
        "GEOSEARCHSTORE r r FROMMEMBER a BYBOX 1 1 m",
        "SORT r STORE w",
        "SORT r STORE r",
        "SORT w STORE w",
        "SORT r BY w STORE w",
        "SORT r LIMIT STORE w STORE r",
    ),
    dry(
        "+@all %R~r %W~w %RW~x",
        "ZUNIONSTORE w 1 r",
        "ZUNIONSTORE w 1 w",
        "ZUNIONSTORE w 9 r",
        "ZRANGESTORE w r 0 1",
        "ZRANGESTORE r r 0 1",
        "ZMPOP 1 r MIN",
        "ZMPOP 1 x MIN",
        "LMPOP 2 x w LEFT",
        "BLMPOP 1 1 x LEFT",
        "SINTERCARD 2 r w",
        "SINTERSTORE w r r",
    ),
    dry(
        "+@all %R~r %W~w %RW~x",
        "LMOVE x w LEFT LEFT",
        "LMOVE w x LEFT LEFT",
        "LMOVE r w LEFT LEFT",
        "RPOPLPUSH x w",
        "SMOVE x w a",
        "SMOVE w w a",
        "GETDEL x",
        "GETDEL r",
        "GETEX w",
        "GETSET x v",
        "INCR x",
        "INCR w",
        "APPEND w v",
        "APPEND r v",
        "LPUSH w a",
        "LPOP w",
    ),
    dry(
        "+@all %R~r %W~w %RW~x",
        "PFADD w a",
        "PFCOUNT r",
        "PFCOUNT w",
        "PFMERGE x r",
        "PFMERGE w r",
        "HSET w f v",
        "HGET w f",
        "HINCRBY w f 1",
        "HEXISTS w f",
        "HSTRLEN n f",
        "EXPIRE w 1",
        "TTL w",
        "TTL n",
        "MSET w 1 w 2",
        "MSET w 1 r 2",
        "LCS r r",
        "LCS r w",
        "MEMORY USAGE w",
        "SPOP w",
        "SPOP x",
        "ZPOPMIN x",
        "ZADD w 1 a",
        "ZADD x INCR 1 a",
        "WATCH w",
        "WATCH n",
    ),
    dry(
        "+@all &c",
        "PUBLISH c x",
        "PUBLISH d x",
        "SUBSCRIBE c d",
        "SUBSCRIBE c c",
        "PSUBSCRIBE c",
        "PSUBSCRIBE c*",
        "SPUBLISH c x",
        "SSUBSCRIBE d",
        "UNSUBSCRIBE d",
        "SUNSUBSCRIBE d",
    ),
    script(
        user("+@all"),
        "ACL DRYRUN nosuch GET k",
        "ACL DRYRUN u NOSUCH k",
        "ACL DRYRUN u GET",
        "ACL DRYRUN u GET a b",
        "ACL DRYRUN u PING",
        "ACL DRYRUN u CLIENT NOSUCH",
    ),
    # What was denied
    script(
        user("+@all -get ~a"),
        "ACL LOG RESET",
        "b: AUTH u x",
        code("b: GET a"),
        code("b: SET b 1"),
        code("b: SET b 1"),
        "b: auth nobody x",
        "ACL LOG 0",
        DENIED,
        "ACL LOG RESET",
        "ACL LOG",
        protocols=(2,),
    ),
    # Users and connections
    script(user("+@all"), "b: AUTH u x", "b: ACL WHOAMI", "ACL DELUSER u", "b: PING"),
    script(user("+@all"), "b: AUTH u x", "b: ACL DELUSER u", "b: PING"),
    script(user("+@all"), "b: AUTH u x", "CLIENT KILL USER u", "b: PING", "CLIENT KILL USER none"),
    script(
        user("+@all &c"),
        "b: AUTH u x",
        "b: SUBSCRIBE c",
        "ACL SETUSER u resetchannels",
        "b: PING",
        protocols=(2,),
    ),
    script(
        user("+@all &c"),
        "b: AUTH u x",
        "b: SUBSCRIBE c",
        "ACL SETUSER u &d",
        "b: PING",
        "ACL SETUSER u allchannels",
        "b: PING",
        protocols=(2,),
    ),
    script(
        "ACL SETUSER u reset on >one >two +@all",
        "b: AUTH u one",
        "b: AUTH u two",
        "b: AUTH u three",
        "b: AUTH u ''",
        "b: HELLO 2 AUTH u three",
        "ACL SETUSER u off",
        "b: AUTH u one",
        "b: PING",
        "ACL SETUSER u on <one",
        "b: AUTH u one",
        "b: AUTH u two",
    ),
    script(
        "ACL SETUSER default off",
        "b: PING",
        "b: AUTH x",
        "b: AUTH default x",
        code("b: HELLO 3"),
        "PING",
        "ACL SETUSER default on",
        "b: PING",
        protocols=(2,),
    ),
    script(
        "ACL SETUSER default >secret",
        "PING",
        "b: PING",
        "b: AUTH secret",
        "b: PING",
        "CONFIG GET requirepass",
        "ACL SETUSER default nopass",
        "c: PING",
        protocols=(2,),
    ),
    script(
        "CONFIG SET requirepass secret",
        shown("ACL GETUSER default"),
        "b: PING",
        "CONFIG SET requirepass ''",
        shown("ACL GETUSER default"),
        "b: PING",
        protocols=(2,),
    ),
    # As 7.4 has it
    manual(
        *("7.4", "ACL SETUSER u", "+OK", "ACL DELUSER u", ":1"),
        *("ACL SETUSER v reset on nopass +get ~a &c (+set ~b)", "+OK"),
        *(
            "ACL LIST",
            (
                '["user default on nopass sanitize-payload ~* &* +@all", "user v on nopass '
                'sanitize-payload ~a resetchannels &c -@all +get (~b resetchannels -@all +set)"]',
            )
            * 2,
        ),
        *("ACL DRYRUN v GET b", "\"User v has no permissions to access the 'b' key\""),
        *("ACL DRYRUN v DEL b", "\"User v has no permissions to run the 'del' command\""),
        *(
            "ACL DELUSER v",
            ":1",
            "ACL SETUSER v %R",
            "-ERR Error in ACL SETUSER modifier '%R': Syntax error",
        ),
        *("AUTH v x", "-WRONGPASS invalid username-password pair or user is disabled."),
    ),
]
