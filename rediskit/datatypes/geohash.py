"""Places on the globe as integers of 52 bits, and which such integers lie near a place.

A place is a longitude and a latitude in degrees. Each is halved 26 times, which gives 26 bits of
either; they are interleaved, latitude in the lower bit of each pair, so that places with the same
leading bits lie in the same cell. A cell of `step` bits of either is the range of integers that
begin with them. Distances are those on a sphere (the haversine formula), in meters.

Sources: "Geohash" (Niemeyer 2008); the limits of Web Mercator (EPSG:900913) for latitudes; the
radius that Redis' manual gives for the earth.
"""

from math import asin, cos, inf, pi, sin, sqrt

LONGITUDES = (-180.0, 180.0)
LATITUDES = (-85.05112878, 85.05112878)
ALL_LATITUDES = (-90.0, 90.0)  # of the public geohash

STEPS = 26
EARTH_RADIUS = 6372797.560856  # meters
LARGEST_CELL = 20037726.37  # meters: half of the equator in Mercator's projection
RADIAN = pi / 180.0
ALPHABET = b"0123456789bcdefghjkmnpqrstuvwxyz"

# The order in which the cells around a place are looked at, as (east, north) of it.
CELLS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))


def spread(number):
    """The 32 bits of an integer, with a zero bit before each."""
    number = (number | number << 16) & 0x0000FFFF0000FFFF
    number = (number | number << 8) & 0x00FF00FF00FF00FF
    number = (number | number << 4) & 0x0F0F0F0F0F0F0F0F
    number = (number | number << 2) & 0x3333333333333333
    return (number | number << 1) & 0x5555555555555555


def gather(number):
    """The inverse of spread(); bits in between are ignored."""
    number &= 0x5555555555555555
    number = (number | number >> 1) & 0x3333333333333333
    number = (number | number >> 2) & 0x0F0F0F0F0F0F0F0F
    number = (number | number >> 4) & 0x00FF00FF00FF00FF
    number = (number | number >> 8) & 0x0000FFFF0000FFFF
    return (number | number >> 16) & 0x00000000FFFFFFFF


def column(degrees_, limits, step):
    """Which of 2 ** step equal parts of a range some degrees are in."""
    low, high = limits
    return int((degrees_ - low) / (high - low) * (1 << step))


def encode(longitude, latitude, latitudes=LATITUDES):
    """The 52 bits of a place."""
    east = column(longitude, LONGITUDES, STEPS)
    north = column(latitude, latitudes, STEPS)
    return spread(east) << 1 | spread(north)


def decode(bits):
    """(longitude, latitude) of the middle of the smallest cell."""
    longitude = sum(edges(gather(bits >> 1), LONGITUDES, STEPS)) / 2
    latitude = sum(edges(gather(bits), LATITUDES, STEPS)) / 2
    return (
        min(max(longitude, LONGITUDES[0]), LONGITUDES[1]),
        min(max(latitude, LATITUDES[0]), LATITUDES[1]),
    )


def edges(part, limits, step):
    """(lower, upper) degrees of one of 2 ** step parts of a range."""
    low, high = limits
    scale = high - low
    return low + (part * 1.0 / (1 << step)) * scale, low + ((part + 1) * 1.0 / (1 << step)) * scale


def public_text(bits):
    """The geohash of a place as other programs know it, 11 characters as bytes."""
    longitude, latitude = decode(bits)
    bits = encode(longitude, latitude, ALL_LATITUDES)
    text = bytes(ALPHABET[bits >> (52 - 5 * place) & 31] for place in range(1, 11))
    return text + b"0"  # only 2 bits are left for the last one


def distance(longitude, latitude, other_longitude, other_latitude):
    """Meters between two places."""
    latitude *= RADIAN
    other_latitude *= RADIAN
    v = sin((other_longitude * RADIAN - longitude * RADIAN) / 2)
    if v == 0.0:
        return EARTH_RADIUS * abs(other_latitude - latitude)
    u = sin((other_latitude - latitude) / 2)
    return 2.0 * EARTH_RADIUS * asin(sqrt(u * u + cos(latitude) * cos(other_latitude) * v * v))


class Circle:
    """All places up to some meters from one."""

    def __init__(self, longitude, latitude, radius):
        self.longitude = longitude
        self.latitude = latitude
        self.radius = radius  # within which everything lies
        self.half_width = self.half_height = radius

    def distance_within(self, longitude, latitude):
        """Meters from the middle to a place, None if it is outside."""
        meters = distance(self.longitude, self.latitude, longitude, latitude)
        return meters if meters <= self.radius else None


class Box:
    """All places up to so many meters east or west, and north or south of one."""

    def __init__(self, longitude, latitude, width, height):
        self.longitude = longitude
        self.latitude = latitude
        self.half_width = width / 2
        self.half_height = height / 2
        self.radius = sqrt(self.half_width * self.half_width + self.half_height * self.half_height)

    def distance_within(self, longitude, latitude):
        """Meters from the middle to a place, None if it is outside."""
        if EARTH_RADIUS * abs(latitude * RADIAN - self.latitude * RADIAN) > self.half_height:
            return None
        if distance(longitude, latitude, self.longitude, latitude) > self.half_width:
            return None
        return distance(self.longitude, self.latitude, longitude, latitude)


class Polygon:
    """All places within corners, (longitude, latitude) each, joined by straight lines on a map.

    Distances are counted from the mean of the corners. Which integers may lie within, the box
    around the corners tells, as for the other shapes; its middle is `longitude` and `latitude`.
    """

    def __init__(self, corners):
        self.corners = corners
        longitudes = [longitude for longitude, _ in corners]
        latitudes = [latitude for _, latitude in corners]
        self.limits = min(longitudes), min(latitudes), max(longitudes), max(latitudes)
        west, south, east, north = self.limits
        self.longitude = (west + east) / 2
        self.latitude = (south + north) / 2
        self.radius = max(
            distance(self.longitude, self.latitude, *corner)
            for corner in ((west, south), (west, north), (west, max(south, min(north, 0))))
        )
        self.middle = sum(longitudes) / len(corners), sum(latitudes) / len(corners)

    def distance_within(self, longitude, latitude):
        """Meters from the mean of the corners to a place, None if it is outside.

        It is inside if a line from it to the east crosses the border an odd number of times.
        """
        is_inside = False
        other_longitude, other_latitude = self.corners[-1]
        for corner_longitude, corner_latitude in self.corners:
            if (corner_latitude > latitude) != (other_latitude > latitude):
                part = (latitude - corner_latitude) / (other_latitude - corner_latitude)
                if longitude < corner_longitude + part * (other_longitude - corner_longitude):
                    is_inside = not is_inside
            other_longitude, other_latitude = corner_longitude, corner_latitude
        return distance(*self.middle, longitude, latitude) if is_inside else None


def bounds(shape):
    """(west, south, east, north) in degrees that a shape does not go beyond."""
    if type(shape) is Polygon:
        return shape.limits
    latitude_delta = degrees_of(shape.half_height / EARTH_RADIUS)
    if latitude_delta == inf:  # an angle whose cosine cannot be told
        return -inf, -inf, inf, inf
    towards_pole = -latitude_delta if shape.latitude < 0 else latitude_delta
    parallel = cos((shape.latitude + towards_pole) * RADIAN)
    longitude_delta = degrees_of(shape.half_width / EARTH_RADIUS / parallel)
    return (
        shape.longitude - longitude_delta,
        shape.latitude - latitude_delta,
        shape.longitude + longitude_delta,
        shape.latitude + latitude_delta,
    )


def degrees_of(radians):
    """Degrees of an angle in radians."""
    return radians / RADIAN


def fitting_step(radius, latitude):
    """The finest step at which a cell and its eight neighbours should cover a radius."""
    if radius == 0:
        return STEPS
    step = 1
    while radius < LARGEST_CELL:
        radius *= 2
        step += 1
    step -= 2  # so that even a place at the edge of a cell is covered
    if abs(latitude) > 66:  # cells become narrow towards the poles
        step -= 1
        if abs(latitude) > 80:
            step -= 1
    return min(max(step, 1), STEPS)


def covers(shape, step, limits):
    """Whether the cell of a shape's middle and its neighbours cover the shape's bounds."""
    west, south, east, north = limits
    column_, row = cell_of(shape, step)
    return (
        edges(neighbour(row, 1, step), LATITUDES, step)[1] >= north
        and edges(neighbour(row, -1, step), LATITUDES, step)[0] <= south
        and edges(neighbour(column_, 1, step), LONGITUDES, step)[1] >= east
        and edges(neighbour(column_, -1, step), LONGITUDES, step)[0] <= west
    )


def cell_of(shape, step):
    """(column, row) of the cell in which a shape has its middle."""
    return (
        column(shape.longitude, LONGITUDES, step),
        column(shape.latitude, LATITUDES, step),
    )


def neighbour(part, offset, step):
    """The part beside one of 2 ** step, around the globe; itself where there is no offset.

    The easternmost and northernmost places are in a part of their own, beyond the last.
    """
    return (part + offset) % (1 << step) if offset else part


def ranges_around(shape):
    """[(lowest, past the highest), ...] of the integers among which all within a shape are."""
    limits = west, south, east, north = bounds(shape)
    step = fitting_step(shape.radius, shape.latitude)
    if step > 1 and not covers(shape, step, limits):
        step -= 1
    while type(shape) is Polygon and step > 1 and not covers(shape, step, limits):
        step -= 1
    column_, row = cell_of(shape, step)
    left, right = edges(column_, LONGITUDES, step)
    bottom, top = edges(row, LATITUDES, step)
    useless = set()
    if step >= 2:  # what lies beyond the bounds need not be looked at
        useless.update(
            (x, y)
            for x, y in CELLS
            if (x < 0 and left < west)
            or (x > 0 and right > east)
            or (y < 0 and bottom < south)
            or (y > 0 and top > north)
        )
    found = []
    for x, y in CELLS:
        if (x, y) in useless:
            continue
        cell = spread(neighbour(column_, x, step)) << 1 | spread(neighbour(row, y, step))
        shift = 2 * (STEPS - step)
        lowest = cell << shift, (cell + 1) << shift
        if lowest not in found:
            found.append(lowest)
    return found
