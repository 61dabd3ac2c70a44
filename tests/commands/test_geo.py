"""The geo commands: what they announce, refuse and look at; replies are compared elsewhere."""

import random

import pytest

from rediskit import errors
from rediskit.datatypes.geohash import distance
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.errors import CommandError

SICILY = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"

WRONG_TYPE_LINES = [
    "GEOADD s 1 2 a", "GEODIST s a b", "GEOHASH s a", "GEOPOS s a", "GEORADIUS s 1 2 3 m",
    "GEORADIUS_RO s 1 2 3 m", "GEORADIUSBYMEMBER s a 1 m", "GEORADIUSBYMEMBER_RO s a 1 m",
    "GEOSEARCH s FROMLONLAT 1 2 BYRADIUS 3 m", "GEOSEARCHSTORE g s FROMLONLAT 1 2 BYBOX 3 4 m",
]  # fmt: skip


def refused(run, line):
    """The error text for a command line."""
    with pytest.raises(CommandError) as caught:
        run(line)
    return caught.value.text


@pytest.mark.parametrize("line", WRONG_TYPE_LINES)
def test_wrong_type_changes_nothing(run, line):
    run("SET s text")
    run(SICILY)
    dirty = run.server.keyspace.dirty
    assert refused(run, line) == errors.WRONG_TYPE
    assert run.server.keyspace.dirty == dirty
    assert run("ZCARD g") == 2


@pytest.mark.parametrize(
    ("line", "events"),
    [
        (SICILY, ""),
        ("GEOADD g 1 1 a", "zadd"),
        ("GEOADD g XX 1 1 a", ""),
        ("GEORADIUS g 15 37 200 km STORE d", "georadiusstore"),
        ("GEORADIUSBYMEMBER g Palermo 1 m STOREDIST d", "georadiusstore"),
        ("GEORADIUS g 0 0 1 m STORE g", "del"),
        ("GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 m", "geosearchstore"),
        ("GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 m", ""),
    ],
)
def test_what_is_announced(run, line, events):
    run(SICILY)
    assert run.told(line) == events


def test_a_place_that_is_none_adds_nothing(run):
    text = refused(run, "GEOADD g 1 2 a 181 2 b")
    assert text == "ERR invalid longitude,latitude pair 181.000000,2.000000"
    assert run("EXISTS g") == 0


def test_searching_finds_what_counting_finds(run):
    chance = random.Random(3)
    places = {}
    for number in range(2000):
        longitude, latitude = chance.uniform(5, 15), chance.uniform(45, 55)
        run(f"GEOADD g {longitude!r} {latitude!r} m{number}")
    for member in run("ZRANGE g 0 -1"):
        places[member] = [float(part) for part in run(f"GEOPOS g {member.decode()}")[0]]
    for radius in (1000, 20_000, 300_000):
        found = run(f"GEOSEARCH g FROMLONLAT 10 50 BYRADIUS {radius} m ASC")
        wanted = {m: distance(10, 50, *place) for m, place in places.items()}
        wanted = {m: meters for m, meters in wanted.items() if meters <= radius}
        assert list(found) == sorted(wanted, key=wanted.get)
        some = run(f"GEOSEARCH g FROMLONLAT 10 50 BYRADIUS {radius} m COUNT 3 ANY")
        assert len(some) == min(3, len(wanted))
        assert wanted.keys() >= set(some)


def test_a_search_looks_at_few_members(run, monkeypatch):
    from rediskit.commands import geo

    chance = random.Random(4)
    for number in range(3000):
        run(f"GEOADD g {chance.uniform(-180, 180)} {chance.uniform(-80, 80)} m{number}")
    looked_at = []
    decode = geo.decode
    monkeypatch.setattr(geo, "decode", lambda bits: looked_at.append(bits) or decode(bits))
    run("GEOSEARCH g FROMLONLAT 10 50 BYRADIUS 100 km")
    assert len(looked_at) < 100


def test_stored_scores_are_those_of_the_source_or_distances(run):
    run(SICILY)
    run("GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 200 km")
    assert run("ZSCORE d Catania") == run("ZSCORE g Catania")
    run("GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 200 km STOREDIST")
    assert run("ZSCORE d Catania") == pytest.approx(166.2741516, abs=1e-6)
    assert type(run.client.database.read(b"d", SortedSet)) is SortedSet
