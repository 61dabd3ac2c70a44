"""Streams: the commands of the group "Stream" about entries; stream_groups has the others."""

from tests.compatibility.script import Step, manual, script
from tests.support.resp import Reply

WRONG = "SET s text"
BIG = "18446744073709551615"
FILLED = ("XADD x 1-1 a 1 b 2", "XADD x 1-2 a 3 b 4", "XADD x 2-0 c 5", "XADD x 5-5 a 6 b 7")

# What is different from one moment to the next, or between 7.0 and 7.4.
VARYING = {"radix-tree-nodes", "seen-time", "active-time", "idle", "inactive"}
EARLIEST_MS = 10**11


def described(line):
    """XINFO: compared but for what varies, at every depth."""

    def equal(ours, theirs):
        return settled(ours) == settled(theirs)

    return Step(line, equal)


def settled(reply):
    """A reply without what varies."""
    mark, content = reply
    if mark == "%":
        return {text(key): settled(value) for key, value in content if text(key) not in VARYING}
    if isinstance(content, list):
        left = list(content)
        for index in range(len(left) - 2, -1, -1):
            if text(left[index]) in VARYING:
                del left[index : index + 2]
        return [settled(part) for part in left]
    if isinstance(content, int) and content > EARLIEST_MS:
        return "a time"
    return mark, content


def text(reply):
    """The text of a reply, if it is one."""
    return reply.content.decode("latin-1") if isinstance(reply.content, bytes) else ""


def spelled_later(line):
    """An id that the clock makes: only its form is compared."""

    def equal(ours, theirs):
        return all(isinstance(each, Reply) and b"-" in each.content for each in (ours, theirs))

    return Step(line, equal)


SCRIPTS = [
    # Adding
    script("XADD x 1-1 a b", "XADD x 1-1 a b", "XADD x 1-0 a b", "XADD x 0-5 a b", "XLEN x"),
    script("XADD x 5-* a b", "XADD x 5-* a b", "XADD x 4-* a b", "XADD x 6-* a b",
           "XADD x 5-9 a b"),
    script("XADD x 0-* a b", "XADD x 0-* a b", "XADD x 7 a b", "XADD x 7 a b", "XADD x 8-x a b"),
    script("XADD x 0-0 a b", "XADD x 0 a b", "EXISTS x", "XADD x 0-1 a b", "XADD x 0-0 a b"),
    script(f"XADD x {BIG}-{BIG} a b", "XADD x * a b", f"XADD x {BIG}-* a b", "XADD x 1-1 a b"),
    script(f"XADD x 5-{BIG} a b", "XADD x 5-6 a b", "XADD x 6-0 a b"),
    script(f"XADD x {BIG}0-1 a b", f"XADD x 1-{BIG}0 a b", "XADD x -1 a b", "XADD x 1--1 a b"),
    script("XADD x - a b", "XADD x + a b", "XADD x '' a b", "XADD x 1-2-3 a b", "XADD x *-* a b"),
    script("XADD x ' 1-1' a b", "XADD x 002-003 a b", "XADD x +3-1 a b", "XADD x '4-1 ' a b"),
    script("XADD x", "XADD x *", "XADD x * a", "XADD x * a b c", "XADD x 1-1 a b c", "EXISTS x"),
    script("XADD x bad", "XADD x bad a b c", "XADD x bad a b", WRONG, "XADD s bad a b",
           "XADD s 1-1 a b", "XADD s * a"),
    script("XADD x 1-1 '' ''", "XADD x 1-2 a 1 a 2 a 3", "XADD x 1-3 5 -5 007 1.0 x '\\x00\\xff'",
           "XRANGE x - +"),
    script("XADD x NOMKSTREAM 1-1 a b", "EXISTS x", "XADD x 1-1 a b", "XADD x nomkstream 1-2 a b",
           WRONG, "XADD s NOMKSTREAM 1-1 a b", "XADD x NOMKSTREAM NOMKSTREAM 1-3 a b"),
    script(spelled_later("XADD x * a b"), spelled_later("XADD x * a b"), "XLEN x", "TYPE x"),
    script("XLEN x", "XLEN", "XLEN x y", WRONG, "XLEN s"),
    # Trimming on the way
    script(*FILLED, "XADD x MAXLEN 2 6-1 a b", "XRANGE x - +", "XADD x MAXLEN = 1 7-1 a b",
           "XLEN x"),
    script(*FILLED, "XADD x MAXLEN 0 6-1 a b", "XLEN x", "EXISTS x", "XADD x 6-1 a b",
           described("XINFO STREAM x")),
    script(*FILLED, "XADD x MINID 2 6-1 a b", "XRANGE x - +", "XADD x MINID = 6-2 7-1 a b",
           "XLEN x"),
    script(*FILLED, "XADD x MAXLEN ~ 2 6-1 a b", "XLEN x", "XADD x MINID ~ 5 7-1 a b", "XLEN x"),
    script("XADD x MAXLEN -1 1-1 a b", "XADD x MAXLEN x 1-1 a b", "XADD x MAXLEN ~ 1-1 a b",
           "XADD x MAXLEN 1-1 a b", "XADD x MINID x 1-1 a b", "XADD x MINID - 1-1 a b"),
    script("XADD x MAXLEN 1 MINID 1 1-1 a b", "XADD x MAXLEN 1 MAXLEN 2 1-1 a b",
           "XADD x LIMIT 1 1-1 a b", "XADD x MAXLEN 1 LIMIT 1 1-1 a b", "XADD x LIMIT 0 1-1 a b"),
    script("XADD x MAXLEN ~ 1 LIMIT -1 1-1 a b", "XADD x MAXLEN ~ 1 LIMIT x 1-1 a b",
           "XADD x MAXLEN ~ 1 LIMIT 0 1-1 a b", "XADD x LIMIT 5 MAXLEN ~ 1 1-2 a b",
           "XADD x MAXLEN = 1 LIMIT 5 1-3 a b", "XADD x MAXLEN ~ 1 LIMIT 1-3 a b"),
    script("XADD x maxlen 1 bad a b", "XADD x MAXLEN", "XADD x MAXLEN 1", "XADD x MAXLEN 1 1-1",
           "XADD x MAXLEN 1 LIMIT 1 bad a b", "XADD x FOO 1-1 a b",
           "XADD x MINID 1 nomkstream 1-1 a b"),
    # Ranges
    script(*FILLED, "XRANGE x - +", "XRANGE x 1 1", "XRANGE x 1-2 2", "XRANGE x 3 4",
           "XRANGE x + -"),
    script(*FILLED, "XRANGE x (1-1 +", "XRANGE x - (5-5", "XRANGE x (1-1 (2-0", "XRANGE x (1 (2"),
    script(*FILLED, "XRANGE x - + COUNT 2", "XRANGE x - + COUNT 0", "XRANGE x - + COUNT -5",
           "XRANGE x - + COUNT 100", "XRANGE x - + COUNT 1 COUNT 3", "XRANGE x - + count 1"),
    script(*FILLED, "XREVRANGE x + -", "XREVRANGE x 2 1", "XREVRANGE x (5-5 (1-1",
           "XREVRANGE x - +",
           "XREVRANGE x + - COUNT 1", "XREVRANGE x + - COUNT 0", "XREVRANGE x 1-2 -"),
    script(f"XRANGE x ({BIG}-{BIG} +", "XRANGE x - (0-0", "XRANGE x (- +", "XRANGE x - (+",
           f"XREVRANGE x (0-0 ({BIG}-{BIG}", "XRANGE x ( +", f"XREVRANGE x + ({BIG}-{BIG}"),
    script("XRANGE x - +", "XREVRANGE x + -", "XRANGE x a +", "XRANGE x - b", "XRANGE x - + COUNT",
           "XRANGE x - + COUNT x", "XRANGE x - + FOO 1", "XRANGE x -", "XRANGE x - + 1"),
    script(WRONG, "XRANGE s - +", "XRANGE s a +", "XREVRANGE s + -", "XRANGE s - + COUNT 0"),
    script("XRANGE x - + COUNT 9223372036854775808", "XRANGE x - + COUNT 9223372036854775807",
           *FILLED,
           "XRANGE x - + COUNT 9223372036854775807", "XRANGE x - + COUNT 0 COUNT -1"),
    # Removing
    script(*FILLED, "XDEL x 1-2 9-9", "XDEL x 1-2", "XRANGE x - +", "XDEL x 5-5 1-1 2-0", "XLEN x",
           "EXISTS x", described("XINFO STREAM x"), "XADD x 5-5 a b", "XADD x 5-6 a b"),
    script("XDEL x 1-1", "XDEL x bad", *FILLED, "XDEL x 1-1 bad", "XLEN x", "XDEL x", WRONG,
           "XDEL s 1-1", "XDEL s bad", "XDEL x 1 - +", "XDEL x 2"),
    script(*FILLED, "XTRIM x MAXLEN 3", "XTRIM x MAXLEN 3", "XRANGE x - +", "XTRIM x MINID 5",
           "XTRIM x MINID = 9", "EXISTS x", described("XINFO STREAM x")),
    script(*FILLED, "XTRIM x MAXLEN ~ 3", "XTRIM x MINID ~ 3 LIMIT 10", "XTRIM x MAXLEN = 0",
           "XTRIM x MAXLEN 9223372036854775807", f"XTRIM x MINID {BIG}"),
    script("XTRIM x MAXLEN 1", "XTRIM x", "XTRIM x MAXLEN", "XTRIM x FOO 1", "XTRIM x LIMIT 1",
           "XTRIM x MAXLEN 1 LIMIT 1", "XTRIM x MINID 1 MAXLEN 1", "XTRIM x MAXLEN x", WRONG,
           "XTRIM s MAXLEN 1", "XTRIM s MAXLEN x", "XTRIM x NOMKSTREAM MAXLEN 1",
           "XTRIM x MAXLEN 1 *"),
    script("XTRIM x MINID bad", "XTRIM x MINID 1-*", "XTRIM x MINID -", "XTRIM x MAXLEN ~ 1 LIMIT",
           "XTRIM x LIMIT 0 MAXLEN 1", "XTRIM x MAXLEN ~", "XTRIM x MAXLEN ~ ~ 1"),
    script("CONFIG SET stream-node-max-entries 2", *FILLED, "XADD x 6-1 a b",
           described("XINFO STREAM x"), "XTRIM x MAXLEN ~ 2", "XLEN x", "XTRIM x MINID ~ 6 LIMIT 1",
           "XTRIM x MINID ~ 6 LIMIT 2", "XLEN x", "CONFIG SET stream-node-max-entries 100"),
    script("CONFIG SET stream-node-max-entries 2", *FILLED, "XADD x 6-1 a b", "XDEL x 1-2 2-0",
           described("XINFO STREAM x"), "XTRIM x MAXLEN ~ 1", "XRANGE x - +",
           "CONFIG SET stream-node-max-entries 100", "CONFIG SET stream-node-max-entries -1",
           "CONFIG GET stream-node-max-bytes"),
    # The last id
    script(*FILLED, "XSETID x 9-9", "XADD x 9-9 a b", "XADD x 9-10 a b",
           described("XINFO STREAM x")),
    script(*FILLED, "XSETID x 5-4", "XSETID x 5-5", "XSETID x bad", "XSETID x 9 ENTRIESADDED 3",
           "XSETID x 9 ENTRIESADDED 4 MAXDELETEDID 8", described("XINFO STREAM x"),
           "XSETID x 9 ENTRIESADDED -1", "XSETID x 9 ENTRIESADDED x"),
    script(*FILLED, "XSETID x 9 MAXDELETEDID 10", "XSETID x 9 MAXDELETEDID bad", "XSETID x 9 FOO 1",
           "XSETID x 9 ENTRIESADDED", "XSETID x", "XSETID y 1", "XSETID y bad", WRONG,
           "XSETID s 1"),
    script("XADD x 1-1 a b", "XDEL x 1-1", "XSETID x 1-1 ENTRIESADDED 0",
           described("XINFO STREAM x"), f"XSETID x {BIG}-{BIG}", "XADD x * a b"),
    # Reading
    script(*FILLED, "XREAD STREAMS x 0", "XREAD STREAMS x 1-1", "XREAD COUNT 1 STREAMS x 1-1",
           "XREAD STREAMS x 5-5", "XREAD COUNT 0 STREAMS x 1", "XREAD COUNT -1 STREAMS x 2"),
    script(*FILLED, "XADD y 3-3 k v", "XREAD STREAMS x y 2 3", "XREAD STREAMS x y 5-5 3-3",
           "XREAD STREAMS none y 0 0", "XREAD STREAMS x x 0 2", "XREAD COUNT 1 STREAMS y x 0 0"),
    script(*FILLED, "XREAD STREAMS x $", f"XREAD STREAMS x {BIG}-{BIG}", "XREAD STREAMS none $",
           "XREAD STREAMS x >", "XREAD STREAMS x bad", "XREAD STREAMS x -",
           "XREAD STREAMS none bad"),
    script("XREAD STREAMS x", "XREAD COUNT 1 x 0", "XREAD COUNT", "XREAD COUNT x STREAMS x 0",
           "XREAD GROUP g c STREAMS x 0", "XREAD NOACK STREAMS x 0", "XREAD FOO STREAMS x 0",
           "XREAD"),
    script(WRONG, *FILLED, "XREAD STREAMS s 0", "XREAD STREAMS s bad", "XREAD STREAMS x s 0 0",
           "XREAD BLOCK -1 STREAMS x 0", "XREAD BLOCK x STREAMS x 0",
           "XREAD BLOCK 1.5 STREAMS x 0"),
    script("XADD x 1-1 a b", "XDEL x 1-1", "XREAD STREAMS x 0", "XREAD BLOCK 1 STREAMS x 0",
           "XREAD BLOCK 1 STREAMS x $", "XREAD BLOCK 1 STREAMS none $",
           "XREAD COUNT 1 BLOCK 1 STREAMS x 0"),
    script("b: XREAD BLOCK 0 STREAMS x $ &", "XADD x 1-1 a b", "b: ?"),
    script("b: XREAD BLOCK 0 STREAMS x y $ 7 &", "XADD y 5-5 a b", "XADD y 7-7 c d", "b: ?"),
    script("XADD x 1-1 a b", "b: XREAD BLOCK 0 STREAMS x $ &", "XADD x 1-2 a b", "b: ?"),
    script("b: XREAD BLOCK 0 COUNT 1 STREAMS x 0 &", "MULTI", "XADD x 1-1 a b", "XADD x 1-2 c d",
           "EXEC", "b: ?"),
    script("b: XREAD BLOCK 0 STREAMS x 0 &", "MULTI", "XADD x 1-1 a b", "DEL x", "EXEC",
           "XADD x 0-1 c d", "b: ?"),
    script("b: XREAD BLOCK 0 STREAMS x $ &", "LPUSH x a", "DEL x", "XADD x 1-1 a b", "b: ?"),
    script("b: XREAD BLOCK 0 STREAMS x 3 &", "c: XREAD BLOCK 0 STREAMS x $ &", "XADD x 2-2 a b",
           "c: ?", "XADD x 3-3 c d", "b: ?"),
    script("XADD y 1-1 a b", "b: XREAD BLOCK 0 STREAMS x 0 &", "RENAME y x", "b: ?"),
    script("MULTI", "XREAD BLOCK 0 STREAMS x $", "XADD x 1-1 a b", "XREAD BLOCK 0 STREAMS x 0",
           "EXEC"),
    manual(
        "7.4",
        "XADD x 1-1 a b", '"1-1"',
        "XADD x 1-2 a c", '"1-2"',
        "XREAD STREAMS x +", ('[["x", [["1-2", ["a", "c"]]]]]', '{"x": [["1-2", ["a", "c"]]]}'),
        "XREAD COUNT 9 STREAMS none +", ("nil*", "null"),
        "XDEL x 1-1 1-2", ":2",
        "XREAD STREAMS x +", ("nil*", "null"),
        "XREAD STREAMS x x 0",
        "-ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be "
        "specified.",
    ),
    manual(
        "7.4",
        "XADD x 1-1 a b", '"1-1"',
        "XADD x 2-2 a b", '"2-2"',
        "XDEL x 2-2", ":1",
        "XSETID x 2-1",
        "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
        "XADD x 5-18446744073709551615 a b", '"5-18446744073709551615"',
        "XADD x 5-* a b",
        "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
    ),
    # What other commands see
    script(*FILLED, "TYPE x", "OBJECT ENCODING x", "DEBUG DIGEST-VALUE x", "SCAN 0 TYPE stream",
           "SCAN 0 TYPE list", "COPY x y", "DEBUG DIGEST-VALUE y", "XADD y 9-9 a b", "XLEN x"),
    script(*FILLED, "XADD x 6-6 a b", "XDEL x 2-0", described("XINFO STREAM x"), "RENAME x y",
           described("XINFO STREAM y"), "XINFO STREAM x", "XINFO STREAM y FOO", "XINFO FOO y"),
    script(*FILLED, described("XINFO STREAM x FULL"), described("XINFO STREAM x FULL COUNT 1"),
           described("XINFO STREAM x FULL COUNT 0"), described("XINFO STREAM x FULL COUNT -1"),
           "XINFO STREAM x FULL COUNT x", "XINFO STREAM x FULL COUNT", "XINFO STREAM x FULL FOO 1"),
    script("XINFO STREAM x", "XINFO STREAM x FULL", WRONG, "XINFO STREAM s", "XINFO STREAM",
           "XINFO"),
    script("GET x", *FILLED, "GET x", "LPUSH x a", "APPEND x a", "SORT x", "STRLEN x"),
]  # fmt: skip
