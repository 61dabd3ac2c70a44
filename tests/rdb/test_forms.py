"""Every form that Redis has written since version 6, put together by hand."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rediskit.rdb.damage import Damaged
from rediskit.rdb.snapshot import restore
from tests.support.datasets import encoded
from tests.support.rdb_forms import (
    LATER,
    NEW,
    OLD,
    file,
    intset,
    key,
    length,
    listpack,
    payload,
    score,
    string,
    ziplist,
    zipmap,
)
from tests.support.stores import Store


def named(case):
    return str(case[0])


def digest_value(store, name):
    return str(store.run("DEBUG", "DIGEST-VALUE", name)[0].text, "ascii")


@pytest.mark.parametrize("case", OLD + NEW, ids=named)
def test_read(case):
    type_, value, words, *deadlines = case
    store = Store()
    store.load_bytes(file(key(b"k", type_, value)))
    store.check()
    store.run(words[0], "same", *words[1:])
    for field, deadline in deadlines[0].items() if deadlines else ():
        assert store.run("HPEXPIRETIME", "k", "FIELDS", 1, field) == [deadline]
        if deadline > 0:
            store.run("HPEXPIREAT", "same", deadline, "FIELDS", 1, field)
    assert digest_value(store, "k") == digest_value(store, "same")
    assert store.run("OBJECT", "ENCODING", "k") == store.run("OBJECT", "ENCODING", "same")
    assert store.run("RESTORE", "r", 0, payload(type_, value))
    assert digest_value(store, "r") == digest_value(store, "same")


@pytest.mark.parametrize("longest", [0, 1])
@pytest.mark.parametrize("case", OLD + NEW, ids=named)
def test_read_where_elements_are_too_long_to_be_compact(case, longest):
    type_, value, *_ = case
    usual = Store()
    tight = Store(
        *(
            word
            for kind in ("hash", "set", "zset")
            for word in (f"--{kind}-max-listpack-value", str(longest))
        )
    )
    for store in (usual, tight):
        store.run("RESTORE", "k", 0, payload(type_, value))
        store.check()
    assert digest_value(tight, "k") == digest_value(usual, "k")


def test_redis_reads_the_old_ones_too(redis):
    connection = redis()
    for type_, value, words in OLD:
        assert connection.execute("RESTORE", "k", 0, payload(type_, value, 10)).content == "OK"
        connection.execute(*encoded([words[0], "same", *words[1:]]))
        k, same = (
            reply.content
            for reply in connection.execute("DEBUG", "DIGEST-VALUE", "k", "same").content
        )
        assert k == same, type_
        connection.execute("DEL", "k", "same")


TEXTS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-200, 200),
    st.text("a5-", max_size=4).map(str.encode),
    st.sampled_from([0, 1, 31, 32, 62, 63, 64, 65, 125, 130]).map(lambda size: b"x" * size),
)


@example([(1, b"-")], 0)  # too long already when nothing is there yet
@given(
    st.lists(
        st.tuples(TEXTS, TEXTS), min_size=1, max_size=40, unique_by=lambda pair: encoded(pair)[0]
    ),
    st.sampled_from([0, 20, 63, 64, 200]),
)
def test_hash_of_any_texts(pairs, longest):
    store = Store("--hash-max-listpack-value", str(longest))
    body = listpack([element for pair in pairs for element in pair])
    words = encoded(element for pair in pairs for element in pair)
    store.load_bytes(file(key(b"h", 16, string(body))))
    store.check()
    assert store.run("HGETALL", "h") == dict(zip(words[::2], words[1::2], strict=True))
    store.run("HSET", "same", *words)
    assert store.run("OBJECT", "ENCODING", "h") == store.run("OBJECT", "ENCODING", "same")
    assert digest_value(store, "h") == digest_value(store, "same")


def test_hash_of_valkey():
    body = length(2) + string(b"f") + string(b"v") + struct.pack("<q", -1)
    body += string(b"g") + string(b"12") + struct.pack("<q", LATER)
    store = Store()
    reader = store.load_bytes(file(key(b"h", 22, body), magic=b"VALKEY", version=b"080"))
    assert reader.is_valkey and reader.version == 80
    assert store.run("HGETALL", "h") == {b"f": b"v", b"g": b"12"}
    assert store.run("HPEXPIRETIME", "h", "FIELDS", 2, "f", "g") == [-1, LATER]


def test_what_can_stand_where_a_key_does():
    parts = [
        b"\xfa" + string(b"redis-ver") + string(b"9.9.9"),
        b"\xfa" + string(b"x") + b"\xc0\x01",
        b"\xf5" + string(b"#!lua name=lib"),
        b"\xf7"
        + length(5)
        + length(2)
        + length(2)
        + b"\x01\x05\x02\x40\x05\x03abcd\x04abcdefgh"
        + b"\x05"
        + string(b"text")
        + b"\x00",
        b"\xf4" + length(100) + length(1) + length(0),
        b"\xfe\x03\xfb\x02\x01",
        b"\xfc" + struct.pack("<Q", LATER),
        b"\xf8\x05",
        key(b"ms", 0, string(b"v")),
        b"\xfd" + struct.pack("<i", 2_000_000_000),
        b"\xf9\x07",
        key(b"s", 0, string(b"v")),
        b"\xfd" + struct.pack("<i", 1),
        key(b"due", 0, string(b"v")),
        key(b"empty", 2, length(0)),
        key(b"none", 17, string(listpack([]))),
    ]
    store = Store()
    reader = store.load_bytes(file(*parts, version=b"9999"))
    assert reader.aux == {b"redis-ver": b"9.9.9", b"x": b"1"}
    assert reader.skipped == ["the notes of module 'AAAAAAAAA'"]
    assert (reader.keys_loaded, reader.keys_expired, reader.keys_empty) == (2, 1, 2)
    store.run("SELECT", 3)
    assert store.run("PEXPIRETIME", "ms") == LATER
    assert store.run("PEXPIRETIME", "s") == 2_000_000_000_000
    assert store.run("DBSIZE") == 2


@pytest.mark.parametrize("version", [b"0001", b"0004", b"0006", b"0012"])
def test_versions(version):
    body = b"REDIS" + version + key(b"k", 0, string(b"v")) + b"\xff"
    store = Store()
    store.load_bytes(body if version < b"0005" else body + b"\0" * 8)
    assert store.run("GET", "k") == b"v"


REFUSED = [
    (2, length(2) + string(b"a") + string(b"a"), "a member is there twice"),
    (2, length(2) + string(b"12") + b"\xc0\x0c", "a member is there twice"),
    (20, string(listpack([b"a", b"b", b"a"])), "a member is there twice"),
    (4, length(2) + (string(b"f") + string(b"v")) * 2, "a field is there twice"),
    (16, string(listpack([12, b"v", b"12", b"w"])), "a field is there twice"),
    (16, string(listpack([b"f", b"v", b"g", b"v", b"f", b"w"])), "a field is there twice"),
    (16, string(listpack([b"f", b"v", b"g", 1, b"f", b"w"])), "a field is there twice"),
    (16, string(listpack([b"f", 1, b"f", b"w"])), "a field is there twice"),
    (9, string(zipmap([(b"f", b"v")] * 2)), "a field is there twice"),
    (13, string(ziplist([b"f", b"v", b"f", b"w"])), "a field is there twice"),
    (16, string(listpack([b"f", b"v", b"odd"])), "a compact form is damaged"),
    (
        25,
        struct.pack("<Q", 1) + string(listpack([b"f", b"v", b"soon"])),
        "the deadline of a field is damaged",
    ),
    (
        24,
        struct.pack("<Q", 2**63) + length(1) + length(9) + string(b"f") + string(b"v"),
        "the deadline of a field is damaged",
    ),
    (5, length(2) + (string(b"m") + struct.pack("<d", 1)) * 2, "a member is there twice"),
    (5, length(1) + string(b"m") + struct.pack("<d", float("nan")), "a score is not a number"),
    (3, length(1) + string(b"m") + score(b"nan"), "a score is not a number"),
    (3, length(1) + string(b"m") + score(b"1x"), "a score is not a number"),
    (17, string(listpack([b"m", b"nan"])), "a score is not a number"),
    (17, string(listpack([b"a", 2, b"b", 1])), "a sorted set is not in order"),
    (17, string(listpack([b"b", 1, b"a", 1])), "a sorted set is not in order"),
    (12, string(ziplist([b"a", b"1", b"a", b"2"])), "a member is there twice"),
    (11, string(intset([2, 1], 2)), "an intset is not in order"),
    (11, string(intset([1, 1], 8)), "an intset is not in order"),
    (11, string(intset([1], 2) + b"x"), "an intset is damaged"),
    (11, string(struct.pack("<II", 3, 1) + b"xxx"), "an intset is damaged"),
    (18, length(1) + length(3) + string(b"x"), "unknown kind of a list's node"),
    (18, length(1) + length(1) + string(b""), "a list's node is empty"),
    (0, b"\xc4", "unknown encoding 4 of a string"),
    (0, b"\xc3\x05\x0d\x00a\xe0\x02\x00", "a compressed string is damaged"),
    (0, b"\xc3\x05\x80\xff\xff\xff\xff\x00a\xe0\x02\x00", "a compressed string is damaged"),
    (0, b"\xc3\x03\x0c\x20\x00\x00", "a compressed string is damaged"),
    (4, b"\x81" + b"\xff" * 8, "more elements than there are bytes"),
    (0, b"\x81" + b"\xff" * 8, "unexpected end of a string"),
    (8, b"", "unknown type 8 of a value"),
]


@pytest.mark.parametrize(("type_", "value", "reason"), REFUSED)
def test_refused(type_, value, reason):
    with pytest.raises(Damaged) as raised:
        restore(payload(type_, value), Store().keyspace.limits)
    assert raised.value.reason == reason


REFUSED_FILES = [
    (b"RED", "too short for a snapshot"),
    (b"REDIS00x9\xff", "the version of the format is no number"),
    (b"SIDER0009\xff", "not a snapshot: it begins with neither REDIS nor VALKEY"),
    (b"REDIS0000\xff", "unknown version 0 of the format"),
    (file(b"\xf3"), "metadata of modules, or of a slot that is being imported"),
    (file(b"\x21"), "unknown opcode or type 33"),
    (file(b"\x08"), "unknown opcode or type 8"),
    (file(b"\xf6"), "functions in the format of a release candidate"),
    *[
        (
            file(key(b"m", type_, b"\x81\x45\xe2\x52\x38\xdf\x91\x2c\x03")),
            "The RDB file contains module data I can't load: no matching module type 'ReJSON-RL',"
            " which key 'm' holds",
        )
        for type_ in (6, 7)
    ],
    (file(key(b"k", 0, b"\0"), key(b"k", 0, b"\0")), "key 'k' is there twice in database 0"),
    (file(b"\xfe\x10"), "database 16 is beyond the databases there are"),
    (file()[:-1] + b"x", "RDB CRC error: wrong checksum"),
]


@pytest.mark.parametrize(("content", "reason"), REFUSED_FILES)
def test_refused_files(content, reason):
    with pytest.raises(Damaged) as raised:
        Store().load_bytes(content)
    assert raised.value.reason == reason


TEMPLATE = b"\xf2" + length(7) + length(2) + string(b"a") + string(b"bb")


def test_hashes_of_a_template():
    store = Store()
    store.load_bytes(
        file(
            TEMPLATE,
            key(b"one", 32, length(7) + string(b"1") + string(b"x")),
            b"\xf1",  # blessed
            key(b"two", 30, string(listpack([b"7", b"2", b"y"]))),
            key(b"three", 31, length(1) + string(b"f") + string(b"v")),
            version=b"0015",
        )
    )
    store.check()
    assert store.run("HGETALL", "one") == {b"a": b"1", b"bb": b"x"}
    assert store.run("HGETALL", "two") == {b"a": b"2", b"bb": b"y"}
    assert store.run("HGETALL", "three") == {b"f": b"v"}


@pytest.mark.parametrize(
    "parts",
    [
        (key(b"k", 32, length(7) + string(b"1") + string(b"x")),),
        (TEMPLATE, key(b"k", 32, length(8) + string(b"1") + string(b"x"))),
        (TEMPLATE, key(b"k", 30, string(listpack([b"7", b"2"])))),
        (TEMPLATE, key(b"k", 30, string(listpack([b"x", b"2", b"3"])))),
        (b"\xf3", key(b"k", 0, string(b"v"))),
        (key(b"k", 33, string(b"v")),),
        (key(b"k", 29, string(b"v")),),
    ],
)
def test_damaged_or_unknown_forms(parts):
    with pytest.raises(Damaged):
        Store().load_bytes(file(*parts, version=b"0015"))


def test_members_with_deadlines():
    deadlines = struct.pack("<Q", LATER) + length(3)
    members = length(1) + string(b"a") + length(0) + string(b"2") + length(6) + string(b"c")
    store = Store()
    store.load_bytes(file(key(b"s", 200, deadlines + members)))
    store.check()
    assert store.run("SPEXPIRETIME", "s", "MEMBERS", 3, "a", "2", "c") == [LATER, -1, LATER + 5]
    assert store.keyspace.first_deadline() == LATER
