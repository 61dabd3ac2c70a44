"""The group "Hash" of the manual."""

from .script import manual, matching, quiet, script, unordered

LARGEST = "9223372036854775807"
SMALLEST = "-9223372036854775808"
WRONG_TYPE = [
    "HSET s f v", "HSETNX s f v", "HMSET s f v", "HGET s f", "HMGET s f", "HGETALL s", "HKEYS s",
    "HVALS s", "HLEN s", "HSTRLEN s f", "HEXISTS s f", "HDEL s f", "HINCRBY s f 1",
    "HINCRBYFLOAT s f 1", "HRANDFIELD s", "HRANDFIELD s 1", "HSCAN s 0",
]  # fmt: skip
EXPIRY = [
    "HEXPIRE {key} 10 FIELDS 1 f", "HPEXPIRE {key} 10 FIELDS 1 f", "HEXPIREAT {key} 1 FIELDS 1 f",
    "HPEXPIREAT {key} 1 FIELDS 1 f", "HTTL {key} FIELDS 1 f", "HPTTL {key} FIELDS 1 f",
    "HEXPIRETIME {key} FIELDS 1 f", "HPEXPIRETIME {key} FIELDS 1 f", "HPERSIST {key} FIELDS 1 f",
]  # fmt: skip
FIELDS_MISSING = "-ERR Mandatory argument FIELDS is missing or not at the right position"
MISMATCH = "-ERR The `numfields` parameter must match the number of arguments"


def each_replies(lines, reply):
    """Every line with the same reply, for `manual`."""
    return [part for line in lines for part in (line, reply)]


SCRIPTS = [
    # HSET, HMSET, HSETNX
    script("HSET h f v", "HSET h f w", "HGET h f", "TYPE h", "OBJECT ENCODING h"),
    script("HSET h a 1 b 2 a 3", "HGETALL h", "HSET h b 4 c 5", "HGETALL h", "HLEN h"),
    script("HSET h", "HSET h f", "HSET h f v g", "HSET", "EXISTS h"),
    script("HSET h '' ''", "HGET h ''", "HEXISTS h ''", "HSTRLEN h ''"),
    script(r'HSET h "a\x00\r\n" "b\x00\xff"', r'HGET h "a\x00\r\n"', "HGETALL h"),
    script("HSET h 1 2 -5 007 9223372036854775808 1.0", "HGETALL h", "HGET h -5", "HGET h 01"),
    script("HMSET h a 1 b 2", "HMSET h a 3", "HGETALL h", "HMSET h a", "HMSET h a 1 b", "HMSET h"),
    script("HSETNX h f v", "HSETNX h f w", "HGET h f", "HSETNX h g w", "HSETNX h f", "HLEN h"),
    # Reading
    script("HGET h f", "HSET h f v", "HGET h g", "HGET h", "HGET h f g"),
    script("HMGET h a b", "HSET h a 1 c 3", "HMGET h a b c a", "HMGET h"),
    script("HGETALL h", "HKEYS h", "HVALS h", "HSET h a 1 b 2", "HGETALL h", "HKEYS h", "HVALS h"),
    script("HGETALL", "HGETALL h x", "HKEYS h x", "HVALS h x", "HLEN h x"),
    script("HLEN h", "HSET h a 1 b 2", "HLEN h", "HLEN"),
    script("HSTRLEN h f", "HSET h f hello n 12345", "HSTRLEN h f", "HSTRLEN h n", "HSTRLEN h g"),
    script("HEXISTS h f", "HSET h f v", "HEXISTS h f", "HEXISTS h g", "HEXISTS h"),
    # HDEL
    script("HDEL h f", "HSET h a 1 b 2 c 3", "HDEL h a x a", "HGETALL h", "HDEL h"),
    script("HSET h a 1 b 2", "HDEL h b a x", "EXISTS h", "TYPE h"),
    # HINCRBY
    script("HINCRBY h n 5", "HINCRBY h n -7", "HGET h n", "HINCRBY h n 0", "HINCRBY h n"),
    script("HSET h n 1 t x f 1.5 s ' 1' p +1", "HINCRBY h t 1", "HINCRBY h f 1", "HINCRBY h s 1",
           "HINCRBY h p 1", "HGETALL h"),
    script("HINCRBY h n x", "HINCRBY h n 1.5", f"HINCRBY h n {LARGEST}0", "EXISTS h"),
    script(f"HINCRBY h n {LARGEST}", "HINCRBY h n 1", "HINCRBY h n -1", "HGET h n"),
    script(f"HINCRBY h n {SMALLEST}", "HINCRBY h n -1", "HINCRBY h n 1", "HGET h n"),
    script("HSET h t x", "HINCRBY h t y"),
    # HINCRBYFLOAT
    script("HINCRBYFLOAT h n 1.5", "HINCRBYFLOAT h n 0.1", "HINCRBYFLOAT h n -1.6", "HGET h n"),
    script("HINCRBYFLOAT h n 3", "HINCRBYFLOAT h n 1e3", "HINCRBYFLOAT h n", "HGET h n"),
    script("HSET h t x s ' 1' i inf", "HINCRBYFLOAT h t 1", "HINCRBYFLOAT h s 1",
           "HINCRBYFLOAT h i 1", "HGETALL h"),
    script("HINCRBYFLOAT h n x", "HINCRBYFLOAT h n inf", "HINCRBYFLOAT h n -inf",
           "HINCRBYFLOAT h n nan", "HINCRBYFLOAT h n ''", "EXISTS h"),
    script("HSET h t x", "HINCRBYFLOAT h t y", "HINCRBYFLOAT h t inf"),
    script("HSET h n 1e4932", "HINCRBYFLOAT h n 1e4932", "HINCRBYFLOAT h n -1e4900"),
    # HRANDFIELD
    script("HRANDFIELD h", "HRANDFIELD h 3", "HRANDFIELD h -3", "HRANDFIELD h 3 WITHVALUES"),
    script("HSET h f v", "HRANDFIELD h", "HRANDFIELD h 1", "HRANDFIELD h 5", "HRANDFIELD h -3",
           "HRANDFIELD h 0", "HRANDFIELD h 0 WITHVALUES"),
    script("HSET h f v", "HRANDFIELD h 1 WITHVALUES", "HRANDFIELD h 2 withvalues",
           "HRANDFIELD h -2 WITHVALUES", f"HRANDFIELD h {LARGEST}"),
    script("HSET h a 1 b 2 c 3", unordered("HRANDFIELD h 3"), unordered("HRANDFIELD h 10"),
           matching("HRANDFIELD h", '"[abc]"')),
    script("HSET h f v", "HRANDFIELD h x", "HRANDFIELD h 1 FOO", "HRANDFIELD h 1 WITHVALUES x",
           "HRANDFIELD h x FOO", "HRANDFIELD h", "HRANDFIELD k x", "HRANDFIELD k 1 FOO"),
    script("HSET h f v", f"HRANDFIELD h {SMALLEST}", f"HRANDFIELD h {SMALLEST} WITHVALUES",
           f"HRANDFIELD h {LARGEST} WITHVALUES", "HRANDFIELD h -4611686018427387905 WITHVALUES",
           "HRANDFIELD h 4611686018427387904 WITHVALUES", f"HRANDFIELD h {LARGEST}0"),
    # HSCAN
    script("HSCAN h 0", "HSET h a 1 b 2 ab 3", "HSCAN h 0", "HSCAN h 0 MATCH a*",
           "HSCAN h 0 COUNT 1", "HSCAN h 0 MATCH x COUNT 100", "HSCAN h 0 match * count 5"),
    script("HSET h a 1", "HSCAN h x", "HSCAN h 0 COUNT 0", "HSCAN h 0 COUNT x",
           "HSCAN h 0 FOO", "HSCAN h 0 MATCH", "HSCAN h", "HSCAN h 18446744073709551616"),
    script("HSCAN k x", "HSCAN k 0 COUNT x", "HSCAN k 0 FOO", "HSCAN k 0 TYPE hash"),
    script("SET s v", "HSCAN s x", "HSCAN s 0 FOO"),
    manual("7.4", "HSET h a 1 ab 2", ":2", "HSCAN h 0 NOVALUES", '["0", ["a", "ab"]]',
           "HSCAN h 0 NOVALUES MATCH ?b COUNT 10", '["0", ["ab"]]'),
    # Other types, encodings, whole keys
    script("SET s v", *WRONG_TYPE, "GET s"),
    script("SET s v", "HINCRBY s f x", "HINCRBYFLOAT s f x", "HRANDFIELD s x", "HSET s f",
           "HRANDFIELD s 1 FOO"),
    script("HSET h f v", "GET h", "INCR h", "APPEND h x", "SET h v", "TYPE h"),
    script("HSET h f 1234567890123456789012345678901234567890123456789012345678901234",
           "OBJECT ENCODING h", "HSET h f 12345678901234567890123456789012345678901234567890123456"
           "789012345", "OBJECT ENCODING h", "HDEL h f", "EXISTS h"),
    script("CONFIG SET hash-max-listpack-entries 2", "HSET h a 1 b 2", "OBJECT ENCODING h",
           "HSET h a 3", "OBJECT ENCODING h", "HSET h c 3", "OBJECT ENCODING h", "HDEL h c",
           "OBJECT ENCODING h", unordered("HKEYS h"),
           quiet("CONFIG SET hash-max-listpack-entries 128")),
    script("HSET h a 1 b 2", "COPY h g", "HSET g a 3", "HGETALL h", "HGETALL g", "RENAME g h",
           "HGETALL h", "DEBUG DIGEST-VALUE h"),
    # Deadlines of fields
    manual("7.4", *each_replies([line.format(key="k") for line in EXPIRY], "[:-2]"),
           "EXISTS k", ":0"),
    manual("7.4", "SET s v", "+OK", *each_replies(
        [line.format(key="s") for line in EXPIRY],
        "-WRONGTYPE Operation against a key holding the wrong kind of value")),
    manual("7.4", "HSET h f v g w", ":2", "HEXPIREAT h 4102444800 FIELDS 3 f x g", "[:1, :-2, :1]",
           "HEXPIRETIME h FIELDS 3 f g x", "[:4102444800, :4102444800, :-2]",
           "HPEXPIRETIME h FIELDS 1 f", "[:4102444800000]", "HGET h f", '"v"',
           "HPERSIST h FIELDS 3 f f x", "[:1, :-1, :-2]", "HEXPIRETIME h FIELDS 1 f", "[:-1]"),
    manual("7.4", "HSET h f v", ":1", "HPEXPIREAT h 4102444800123 FIELDS 1 f", "[:1]",
           "HPEXPIRETIME h FIELDS 1 f", "[:4102444800123]", "HEXPIRETIME h FIELDS 1 f",
           "[:4102444801]", "HSET h f w", ":0", "HTTL h FIELDS 1 f", "[:-1]"),
    manual("7.4", "HSET h f v", ":1", "HEXPIREAT h 4102444800 XX FIELDS 1 f", "[:0]",
           "HEXPIREAT h 4102444800 GT FIELDS 1 f", "[:0]",
           "HEXPIREAT h 4102444800 NX FIELDS 1 f", "[:1]",
           "HEXPIREAT h 4102444801 nx FIELDS 1 f", "[:0]",
           "HEXPIREAT h 4102444800 GT FIELDS 1 f", "[:0]",
           "HEXPIREAT h 4102444801 GT FIELDS 1 f", "[:1]",
           "HEXPIREAT h 4102444801 LT FIELDS 1 f", "[:0]",
           "HEXPIREAT h 4102444800 LT FIELDS 1 f", "[:1]",
           "HEXPIREAT h 4102444802 XX FIELDS 1 f", "[:1]"),
    manual("7.4", "HSET h f v g w", ":2", "HEXPIREAT h 4102444800 LT FIELDS 1 f", "[:1]",
           "HEXPIREAT h 1 FIELDS 2 f x", "[:2, :-2]", "HKEYS h", '["g"]',
           "HPEXPIRE h 0 FIELDS 1 g", "[:2]", "EXISTS h", ":0"),
    manual("7.4", "HSET h f 1", ":1", "HEXPIREAT h 4102444800 FIELDS 1 f", "[:1]",
           "HINCRBY h f 1", ":2", "HINCRBYFLOAT h f 1", '"3"', "HEXPIRETIME h FIELDS 1 f",
           "[:4102444800]", "OBJECT ENCODING h", '"listpackex"', "RENAME h g", "+OK",
           "COPY g h", ":1", "HEXPIRETIME h FIELDS 1 f", "[:4102444800]"),
    manual("7.4", "HSET h f v", ":1", "HEXPIRE h x FIELDS 1 f",
           "-ERR value is not an integer or out of range", "HEXPIRE h -1 FIELDS 1 f",
           "-ERR invalid expire time, must be >= 0",
           "HEXPIRE h 9223372036854775807 FIELDS 1 f",
           "-ERR invalid expire time in 'hexpire' command",
           "HPEXPIRE h 70368744177663 FIELDS 1 f",
           "-ERR invalid expire time in 'hpexpire' command",
           "HPEXPIREAT h 70368744177664 FIELDS 1 f",
           "-ERR invalid expire time in 'hpexpireat' command",
           "HPEXPIREAT h 70368744177663 FIELDS 1 f", "[:1]"),
    manual("7.4", "HSET h f v", ":1", "HEXPIRE h 10 FOO 1 f", FIELDS_MISSING,
           "HEXPIRE h 10 NX FOO 1 f", FIELDS_MISSING,
           "HEXPIRE h 10 FIELDS 0 f", "-ERR Parameter `numFields` should be greater than 0",
           "HEXPIRE h 10 FIELDS x f", "-ERR Parameter `numFields` should be greater than 0",
           "HEXPIRE h 10 FIELDS 2 f", MISMATCH, "HEXPIRE h 10 NX FIELDS 1", MISMATCH,
           "HEXPIRE h 10 FIELDS 1", "-ERR wrong number of arguments for 'hexpire' command"),
    manual("7.4", "HSET h f v", ":1", "HTTL h FOO 1 f", FIELDS_MISSING,
           "HTTL h FIELDS 2 f", MISMATCH,
           "HTTL h FIELDS 0 f", "-ERR Number of fields must be a positive integer",
           "HPERSIST h FIELDS 0 f", "-ERR Number of fields must be a positive integer",
           "HTTL h FIELDS 1", "-ERR wrong number of arguments for 'httl' command"),
]
