"""SORT and SORT_RO."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from tests.commands.test_lists import content, refused


def test_by_itself(run):
    run("RPUSH l 3 1 10 2")
    assert run("SORT l") == run("SORT_RO l ASC") == [b"1", b"2", b"3", b"10"]
    assert run("SORT l DESC") == [b"10", b"3", b"2", b"1"]
    assert run("SORT l ALPHA") == [b"1", b"10", b"2", b"3"]
    assert run("SORT l alpha desc") == [b"3", b"2", b"10", b"1"]
    assert run("SORT l DESC ASC") == [b"1", b"2", b"3", b"10"]
    assert run("SORT x") == []


def test_numbers_are_read_as_c_reads_them(run):
    run("RPUSH l 1.5 -2e3 0x10 inf '' ' 7'")
    assert run("SORT l") == [b"-2e3", b"", b"1.5", b" 7", b"0x10", b"inf"]
    for text in ("a", "1x", "'1 '", "nan", "1e999"):
        run(f"RPUSH wrong {text}")
        assert refused(run, "SORT wrong") == errors.SORT_SCORES
        run("DEL wrong")


def test_equal_numbers_are_in_the_order_of_their_bytes(run):
    run("RPUSH l 1.0 1 1.00 0")
    assert run("SORT l") == [b"0", b"1", b"1.0", b"1.00"]
    assert run("SORT l DESC") == [b"1.00", b"1.0", b"1", b"0"]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("0 2", [b"1", b"2"]),
        ("1 2", [b"2", b"3"]),
        ("1 -1", [b"2", b"3", b"4"]),
        ("-5 2", [b"1", b"2"]),
        ("3 10", [b"4"]),
        ("4 1", []),
        ("0 0", []),
        ("9223372036854775807 9223372036854775807", []),
    ],
)
def test_limits(run, limit, expected):
    run("RPUSH l 3 1 4 2")
    assert run(f"SORT l LIMIT {limit}") == expected
    run("RPUSH m 1 2 3 4")
    assert run(f"SORT m BY nosort LIMIT {limit}") == expected


def test_by_and_get(run):
    run("RPUSH l a b c")
    run("MSET w_a 3 w_b 1 w_c 2 v_a A v_b B")
    assert run("SORT l BY w_*") == [b"b", b"c", b"a"]
    assert run("SORT l BY w_* GET v_* GET #") == [b"B", b"b", None, b"c", b"A", b"a"]
    assert run("SORT l BY x_*") == [b"a", b"b", b"c"]
    assert run("SORT l BY w_* ALPHA DESC GET w_*") == [b"3", b"2", b"1"]
    assert run("SORT l BY nosort DESC") == [b"c", b"b", b"a"]
    assert run("SORT l BY nosort GET constant") == [None, None, None]
    run("DEL w_b")
    run("LPUSH w_b x")
    assert run("SORT l BY w_*") == [b"b", b"c", b"a"]
    run("SET w_c x")
    assert refused(run, "SORT l BY w_*") == errors.SORT_SCORES


def test_long_strings_and_integers_as_weights(run):
    run("RPUSH l a b")
    run("SET w_a 7")
    run("SET w_b " + "0" * 5000 + "5")
    assert run("SORT l BY w_*") == [b"b", b"a"]
    assert run("SORT l BY w_* LIMIT 1 1 GET w_*") == [b"7"]


def test_fields_of_hashes(run):
    run("RPUSH l a b c")
    run("HSET h_a w 2 n A")
    run("HSET h_b w 1 n B")
    run("SET h_c text")
    assert run("SORT l BY h_*->w GET h_*->n") == [None, b"B", b"A"]
    assert run("SORT l BY nosort GET h_*->x GET h_*->") == [None] * 6


def test_other_types(run):
    run("SADD s 3 1 2")
    run("ZADD z 1 c 2 b 3 a")
    assert run("SORT s DESC") == [b"3", b"2", b"1"]
    assert run("SORT z ALPHA") == [b"a", b"b", b"c"]
    assert run("SORT z BY nosort") == [b"c", b"b", b"a"]
    assert run("SORT z BY nosort DESC LIMIT 0 2") == [b"a", b"b"]
    assert sorted(run("SORT s BY nosort")) == [b"1", b"2", b"3"]
    run("SORT s BY nosort STORE l DESC")
    assert content(run) == [b"3", b"2", b"1"]
    run("SET t text")
    run("HSET h f v")
    for key in "th":
        assert refused(run, f"SORT {key}") == errors.WRONG_TYPE
        assert refused(run, f"SORT {key} STORE l") == errors.WRONG_TYPE
    assert content(run) == [b"3", b"2", b"1"]


def test_storing(run):
    run("RPUSH l 2 1")
    run("SET d text EX 100")
    assert run("SORT l STORE d") == 2
    assert content(run, "d") == [b"1", b"2"]
    assert run("TTL d") == -1
    assert run("SORT l GET # GET x_* STORE d") == 4
    assert content(run, "d") == [b"1", b"", b"2", b""]
    assert run.told("SORT l STORE d") == "sortstore"
    assert run.told("SORT x STORE d") == "del"
    assert run.told("SORT x STORE d") == ""
    assert run("SORT l STORE l") == 2
    assert content(run) == [b"1", b"2"]
    assert run("OBJECT ENCODING l") == b"listpack"
    run.server.config.set_many({"list-max-listpack-size": "1"})
    run("SORT l STORE d")
    assert run("OBJECT ENCODING d") == b"quicklist"


@pytest.mark.parametrize(
    "options", ["LIMIT 1", "BY", "GET", "FOO", "STORE", "LIMIT 1 2 3", "GET a BY"]
)
def test_syntax(run, options):
    assert refused(run, f"SORT x {options}") == errors.SYNTAX_ERROR


def test_what_is_refused(run):
    assert refused(run, "SORT x LIMIT a 1") == errors.NOT_AN_INTEGER
    assert refused(run, "SORT_RO x STORE y") == errors.SYNTAX_ERROR
    with pytest.raises(CommandError):
        run("SORT")


@pytest.mark.parametrize("is_frozen", [False, True])
def test_fields_whose_time_is_up_are_not_there(run, is_frozen):
    run("RPUSH l 1 2 3")
    for element, weight in ((1, 30), (2, 20), (3, 10)):
        run(f"HSET h{element} w {weight} stays {element}")
    run("HPEXPIRE h1 10 FIELDS 1 w")
    run("HPEXPIRE h3 10 FIELDS 1 w")
    run.server.keyspace.frozen = is_frozen  # as in CLIENT PAUSE, when nothing is removed
    assert run("SORT l BY h*->w GET h*->w") == [b"10", b"20", b"30"]
    run.at(10)
    assert run("SORT l BY h*->w GET # GET h*->w") == [b"1", None, b"3", None, b"2", b"20"]
    assert run("SORT_RO l GET h*->w GET h*->stays") == [None, b"1", b"20", b"2", None, b"3"]
    assert run.server.keyspace.expired_fields == (0 if is_frozen else 2)


def test_a_destination_that_is_called_like_an_option_hides_no_other(run):
    run("RPUSH l a")
    run("ACL SETUSER u on nopass +sort ~l ~BY ~d")
    run("AUTH u x")
    line = "SORT l ALPHA STORE BY STORE"
    assert run("SORT l ALPHA STORE BY") == run(f"{line} d") == 1
    assert refused(run, f"{line} other") == errors.NO_PERMISSION_KEY
    run("AUTH default x")
    assert run("EXISTS BY d other") == 2
