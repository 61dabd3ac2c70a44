"""Geohashes, distances and searches against counting everything."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.datatypes import geohash
from rediskit.datatypes.geohash import Box, Circle, decode, distance, encode, ranges_around

LONGITUDES = st.floats(-180, 179.999999)
LATITUDES = st.floats(-85.05112878, 85.0511)
CELL_DEGREES = 360 / (1 << 26)


@given(LONGITUDES, LATITUDES)
def test_a_place_comes_back(longitude, latitude):
    bits = encode(longitude, latitude)
    assert 0 <= bits < 1 << 52
    again = decode(bits)
    assert again == pytest.approx((longitude, latitude), abs=CELL_DEGREES)
    assert encode(*again) == bits


@given(st.integers(0, (1 << 32) - 1))
def test_spreading(number):
    spread = geohash.spread(number)
    assert spread == sum((number >> bit & 1) << 2 * bit for bit in range(32))
    assert geohash.gather(spread) == number
    assert geohash.gather(spread | geohash.spread(1234567) << 1) == number


def test_known_places():
    """The example of Redis' manual; the first ten characters are those of geohash.org."""
    palermo, catania = encode(13.361389, 38.115556), encode(15.087269, 37.502669)
    assert palermo == 3479099956230698
    assert geohash.public_text(palermo) == b"sqc8b49rny0"
    assert geohash.public_text(catania) == b"sqdtr74hyu0"
    assert distance(*decode(palermo), *decode(catania)) == pytest.approx(166274.1516, abs=1e-3)


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_distances(longitude, latitude, other_longitude, other_latitude):
    there = distance(longitude, latitude, other_longitude, other_latitude)
    back = distance(other_longitude, other_latitude, longitude, latitude)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= geohash.EARTH_RADIUS * 3.1416
    assert distance(longitude, latitude, longitude, latitude) == 0


def shapes():
    """Of all sizes up to a tenth of the globe, away from the poles, where cells cover them."""
    sizes = st.sampled_from([0.0, 1.0, 100.0, 5e3, 2e5, 1e6])
    places = (st.floats(-150, 150), st.floats(-60, 60))
    return st.one_of(
        st.builds(Circle, *places, sizes),
        st.builds(Box, *places, sizes, sizes),
    )


@settings(max_examples=150, deadline=None)
@given(shapes(), st.integers(0, 1 << 30))
def test_ranges_hold_everything_within(shape, seed):
    chance = random.Random(seed)
    spread = geohash.degrees_of(shape.radius / geohash.EARTH_RADIUS) * 1.5 + 1e-6
    ranges = ranges_around(shape)
    for _ in range(100):
        longitude = shape.longitude + chance.uniform(-spread, spread)
        latitude = shape.latitude + chance.uniform(-spread, spread)
        bits = encode(longitude, latitude)
        if shape.distance_within(*decode(bits)) is not None:
            assert sum(low <= bits < past for low, past in ranges) == 1


def test_ranges_are_few_and_small():
    for radius in (10, 1000, 100_000):
        ranges = ranges_around(Circle(13.4, 52.5, radius))
        assert len(ranges) <= 9
        covered = sum(past - low for low, past in ranges) / (1 << 52)
        globe = 4 * 3.1416 * geohash.EARTH_RADIUS**2
        assert covered * globe < 150 * radius**2
