"""The same scripts on rediskit and on redis-server: every reply is the same, in RESP2 and RESP3.

The scripts are the tables SCRIPTS of the modules beside this one; see `script` for the notation.
"""

import importlib
from pathlib import Path

import pytest

from tests.compatibility.script import SILENT, manual, near, script, unordered
from tests.support.resp import spell

NOT_TABLES = {"__init__", "conftest", "script"}

LONGEST_SHOWN = 600

# Commands of other groups that scripts use to make a key of another type.
LATER = {b"LLEN", b"LPOP", b"LPUSH", b"RPUSH"}


def cases():
    """Every script in every protocol that it is meant for."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in NOT_TABLES or path.stem.startswith("test_"):
            continue
        table = importlib.import_module(f"tests.compatibility.{path.stem}")
        for each in table.SCRIPTS:
            for protocol in each.protocols:
                name = f"{path.stem}-resp{protocol}-{each}"
                yield pytest.param(each, protocol, id=name.replace("\\", "/"))


@pytest.mark.parametrize(("each", "protocol"), list(cases()))
def test_replies_are_those_of_redis(request, ours, each, protocol):
    missing = {name for name in each.commands() & LATER if not ours.knows(name)}
    if missing:
        pytest.skip(f"rediskit has no {missing} yet")
    if each.since:
        check_against_manual(ours, each, protocol)
        return
    theirs = request.getfixturevalue("theirs")
    differences = compare(each, ours.run(each, protocol), theirs.run(each, protocol))
    assert not differences, "\n" + "\n".join(differences)


def check_against_manual(side, each, protocol):
    if not side.supports(each):
        pytest.skip(f"needs Redis {each.since}")
    replies = side.run(each, protocol)
    got = [spell(reply) for reply in replies if reply is not None]
    wanted = [step.expected_in(protocol) for step in each.steps if step.waits]
    assert got == wanted, str(each)


def compare(each, ours, theirs):
    """Lines that say what is different; none if nothing is."""
    found = []
    for step, mine, oracle in zip(each.steps, ours, theirs, strict=True):
        if mine is None:
            continue
        if mine == SILENT or not step.equal(mine, oracle):
            sides = (("ours", mine), ("theirs", oracle))
            found.append(step.line)
            found += [f"    {name:<7}{spell(reply)[:LONGEST_SHOWN]}" for name, reply in sides]
    return found


def test_the_comparison_sees_differences(theirs):
    """Two different scripts, compared as if they were one."""
    one = script("SET k 1", near("GET k", 1), unordered("MGET k x"), "STRLEN k", "GET x")
    other = script("SET k 4", near("GET k", 1), unordered("MGET x k"), "STRLEN k", "LLEN x")
    found = compare(one, theirs.run(one, 2), theirs.run(other, 2))
    assert [line for line in found if not line.startswith(" ")] == ["GET k", "MGET k x", "GET x"]


def test_the_comparison_knows_what_the_manual_says(theirs):
    each = manual("6.0", "SET k v", "+OK", "GET k", '"v"', "GET x", ("nil", "null"))
    for protocol in (2, 3):
        check_against_manual(theirs, each, protocol)
    with pytest.raises(AssertionError):
        check_against_manual(theirs, manual("6.0", "GET k", '"other"'), 2)
