"""The geo commands: places in a sorted set, each member's score being its geohash of 52 bits.

A search looks only at the members whose scores lie in the cells that cover its shape.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.sorted_set_ranges import store_result
from rediskit.commands.sorted_sets import add_many
from rediskit.datatypes.geohash import (
    LATITUDES,
    LONGITUDES,
    Box,
    Circle,
    Polygon,
    decode,
    distance,
    encode,
    public_text,
    ranges_around,
)
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, integer, number
from rediskit.grammar.command import DENYOOM, READ, WRITE, command
from rediskit.protocol.replies import NULL_ARRAY
from rediskit.structures import scored

UNITS = {b"m": 1.0, b"km": 1000.0, b"ft": 0.3048, b"mi": 1609.34}
LARGEST_BITS = (1 << 64) - 1
LARGEST_SCORE = 1 << 63
BATCH = 1000  # members that a search looks at together

ADD_OPTIONS = Options("NX", "XX", "CH")
SHOWN = ("WITHDIST", "WITHHASH", "WITHCOORD", "ASC", "DESC", "COUNT count", "ANY")
SHAPES = (
    "FROMMEMBER member | FROMLONLAT longitude latitude",
    "BYRADIUS radius unit | BYBOX width height unit",
)


class Coordinate:
    """A longitude or latitude as a reply: 17 decimals, without zeros at the end."""

    def __init__(self, degrees):
        self.text = b"%.17f" % degrees
        self.text = self.text.rstrip(b"0").rstrip(b".")
        if self.text == b"-0":
            self.text = b"0"

    def __float__(self):
        return float(self.text)

    def encode_into(self, out, protocol):
        """Writes a double."""
        if protocol > 2:
            out.append(b"," + self.text + b"\r\n")
        else:
            out.append_block(self.text)


def place_of(longitude, latitude):
    """(longitude, latitude) that two arguments spell. Raises CommandError."""
    longitude, latitude = number(longitude), number(latitude)
    if not (
        LONGITUDES[0] <= longitude <= LONGITUDES[1] and LATITUDES[0] <= latitude <= LATITUDES[1]
    ):
        raise CommandError(errors.geo_position(f"{longitude:f}", f"{latitude:f}"))
    return longitude, latitude


def meters_of(unit):
    """How many meters one of a unit is. Raises CommandError."""
    meters = UNITS.get(unit.lower())
    if meters is None:
        raise CommandError(errors.GEO_UNIT)
    return meters


def radius_of(radius, unit):
    """(radius in its unit, meters of that unit)."""
    length = number(radius, errors.GEO_RADIUS)
    if length < 0:
        raise CommandError(errors.GEO_RADIUS_NEGATIVE)
    return length, meters_of(unit)


def box_of(width, height, unit):
    """(width, height, meters of their unit)."""
    width, height = number(width, errors.GEO_WIDTH), number(height, errors.GEO_HEIGHT)
    if width < 0 or height < 0:
        raise CommandError(errors.GEO_BOX_NEGATIVE)
    return width, height, meters_of(unit)


def count_of(count):
    """The value of COUNT."""
    value = integer(count)
    if value <= 0:
        raise CommandError(errors.COUNT_ABOVE_ZERO)
    return value


RADIUS_OPTIONS = Options(*SHOWN, "STORE key", "STOREDIST key", COUNT=count_of)
RADIUS_RO_OPTIONS = Options(*SHOWN, COUNT=count_of)
SEARCH_OPTIONS = Options(
    *SHOWN, *SHAPES, COUNT=count_of, FROMLONLAT=place_of, BYRADIUS=radius_of, BYBOX=box_of
)
STORE_OPTIONS = Options(
    *SHOWN,
    *SHAPES,
    "STOREDIST",
    COUNT=count_of,
    FROMLONLAT=place_of,
    BYRADIUS=radius_of,
    BYBOX=box_of,
)


# Adding and looking up


@command(
    "GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
    WRITE,
    DENYOOM,
    since="3.2.0",
    complexity="O(M*log(N)) for M members put into a set of N",
    history=[("6.2.0", "Added the `CH`, `NX` and `XX` options.")],
)
def geoadd(client: Client, key: bytes, *arguments):
    """Puts members at places on the globe, or moves those that are there."""
    options, first = ADD_OPTIONS.read_leading(arguments)
    words = len(arguments) - first
    if words == 0 or words % 3 or (b"NX" in options and b"XX" in options):
        raise CommandError(errors.SYNTAX_ERROR)
    conditions = scored.NEW if b"NX" in options else scored.THERE if b"XX" in options else 0
    scores = [
        float(encode(*place_of(arguments[index], arguments[index + 1])))
        for index in range(first, len(arguments), 3)
    ]
    added, changed = add_many(client, key, scores, arguments[first + 2 :: 3], conditions)
    return added + changed if b"CH" in options else added


def known_place(zset, member):
    """(longitude, latitude) of a member, None if it is not there."""
    score = None if zset is None else zset.score(member)
    return None if score is None else decode(bits_of(score))


def bits_of(score):
    """A score as a geohash; of what is none, whatever its bits stand for."""
    return int(score) & LARGEST_BITS if abs(score) < LARGEST_SCORE else 0


@command(
    "GEODIST key member1 member2 [M | KM | FT | MI]",
    READ,
    since="3.2.0",
    complexity="O(1)",
)
def geodist(client: Client, key: bytes, member1: bytes, member2: bytes, *unit):
    """Tells how far apart two members are."""
    if len(unit) > 1:
        raise CommandError(errors.SYNTAX_ERROR)
    meters = meters_of(unit[0]) if unit else 1.0
    zset = client.database.read(key, SortedSet)
    one, other = known_place(zset, member1), known_place(zset, member2)
    if one is None or other is None:
        return None
    return spell_distance(distance(*one, *other) / meters)


def spell_distance(length):
    """A distance as replies have it, with 4 decimals."""
    return b"%.4f" % length


@command(
    "GEOHASH key [member [member ...]]",
    READ,
    since="3.2.0",
    complexity="O(M) for M members",
)
def geohash(client: Client, key: bytes, *members):
    """Returns the places of members as geohashes of 11 characters."""
    zset = client.database.read(key, SortedSet)
    scores = [None if zset is None else zset.score(member) for member in members]
    return [None if score is None else public_text(bits_of(score)) for score in scores]


@command(
    "GEOPOS key [member [member ...]]",
    READ,
    since="3.2.0",
    complexity="O(M) for M members",
)
def geopos(client: Client, key: bytes, *members):
    """Tells where members are, as longitude and latitude."""
    zset = client.database.read(key, SortedSet)
    places = [known_place(zset, member) for member in members]
    return [NULL_ARRAY if place is None else list(map(Coordinate, place)) for place in places]


# Searching


def members_within(zset, shape, limit):
    """[(member, score, place, meters), ...] of all within a shape; with a limit, no more."""
    found = []
    for low, past in ranges_around(shape):
        start = zset.count_below(float(low), False)
        stop = zset.count_below(float(past), False)
        while start < stop:
            count = min(stop - start, BATCH)
            elements = zset.elements(start, count, False, True)
            for index in range(0, len(elements), 2):
                place = decode(bits_of(elements[index + 1]))
                meters = shape.distance_within(*place)
                if meters is not None:
                    found.append((elements[index], elements[index + 1], place, meters))
                    if len(found) == limit:
                        return found
            start += count
    return found


def search(zset, shape, options):
    """What a search finds, in the order and number that the options ask for."""
    count = options.get(b"COUNT")
    found = members_within(zset, shape, count if b"ANY" in options else None)
    orders = [name for name in options if name in (b"ASC", b"DESC")]
    if orders or (count is not None and b"ANY" not in options):
        # Of both, the one that was given last counts.
        found.sort(key=lambda each: each[3], reverse=orders[-1:] == [b"DESC"])
    return found if count is None else found[:count]


def show(found, options, unit):
    """The reply of a search: members, or lists of a member and what else is wanted of it."""
    wanted = [b"WITHDIST" in options, b"WITHHASH" in options, b"WITHCOORD" in options]
    if not any(wanted):
        return [member for member, _, _, _ in found]
    reply = []
    for member, score, place, meters in found:
        line = [member]
        if wanted[0]:
            line.append(spell_distance(meters / unit))
        if wanted[1]:
            line.append(bits_of(score))
        if wanted[2]:
            line.append(list(map(Coordinate, place)))
        reply.append(line)
    return reply


def keep(client, destination, found, unit, event):
    """Stores what a search found, by score or, if there is a unit, by distance; how many."""
    result = SortedSet()
    limits = client.database.keyspace.limits
    most, longest = limits.sorted_set_entries, limits.sorted_set_value
    for member, score, _, meters in found:
        result.add(member, score if unit is None else meters / unit, 0, most, longest)
    return store_result(client, destination, result, event, len(result))


def check_options(options, stores, name):
    """Raises CommandError for options of a search that do not fit together."""
    if stores and not options.keys().isdisjoint((b"WITHDIST", b"WITHHASH", b"WITHCOORD")):
        raise CommandError(errors.geo_store(name))
    if b"ANY" in options and b"COUNT" not in options:
        raise CommandError(errors.GEO_ANY)


def middle_of(zset, member):
    """The place of the member that a search is around. Raises CommandError."""
    place = known_place(zset, member)
    if place is None:
        raise CommandError(errors.GEO_MEMBER)
    return place


def search_radius(client, key, middle, radius, unit, words, accepted):
    """GEORADIUS and the like; `middle`: a function from the sorted set to a place."""
    zset = client.database.read(key, SortedSet)
    place = middle(zset)
    if place is None:  # then Redis does not look at the radius either
        length = meters = 1.0
    else:
        length, meters = radius_of(radius, unit)
    options = accepted.read(words)
    store = options.get(b"STOREDIST", options.get(b"STORE"))
    check_options(options, store is not None, "STORE option in GEORADIUS")
    found = [] if zset is None else search(zset, Circle(*place, length * meters), options)
    if store is None:
        return show(found, options, meters)
    return keep(client, store, found, meters if b"STOREDIST" in options else None, "georadiusstore")


def around_place(longitude, latitude):
    """The `middle` of a search around a place."""
    return lambda zset: place_of(longitude, latitude)


def around_member(member):
    """The `middle` of a search around a member."""
    return lambda zset: None if zset is None else middle_of(zset, member)


AREA_COST = "O(log(N)+M) for N members, M of them in the cells around the area"
ANY_HISTORY = ("6.2.0", "Added the `ANY` option for `COUNT`.")
POLYGON_HISTORY = ("9.0.0", "Added the `BYPOLYGON` option, as Valkey has it.")
CASE_HISTORY = ("7.0.0", "Added support for uppercase unit names.")


@command(
    "GEORADIUS key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
    " [COUNT count [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]",
    WRITE,
    DENYOOM,
    since="3.2.0",
    keys="RO ACCESS",
    complexity=AREA_COST,
    deprecated=("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument"),
    history=[ANY_HISTORY, CASE_HISTORY],
)
def georadius(
    client: Client,
    key: bytes,
    longitude: bytes,
    latitude: bytes,
    radius: bytes,
    unit: bytes,
    *options,
):
    """Finds members around a place, up to some distance from it, and may store them."""
    middle = around_place(longitude, latitude)
    return search_radius(client, key, middle, radius, unit, options, RADIUS_OPTIONS)


@command(
    "GEORADIUS_RO key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST]"
    " [WITHHASH] [COUNT count [ANY]] [ASC | DESC]",
    READ,
    since="3.2.10",
    complexity=AREA_COST,
    deprecated=("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument"),
    history=[ANY_HISTORY],
)
def georadius_ro(
    client: Client,
    key: bytes,
    longitude: bytes,
    latitude: bytes,
    radius: bytes,
    unit: bytes,
    *options,
):
    """Finds members around a place, up to some distance from it."""
    middle = around_place(longitude, latitude)
    return search_radius(client, key, middle, radius, unit, options, RADIUS_RO_OPTIONS)


@command(
    "GEORADIUSBYMEMBER key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
    " [COUNT count [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]",
    WRITE,
    DENYOOM,
    since="3.2.0",
    keys="RO ACCESS",
    complexity=AREA_COST,
    deprecated=(
        "6.2.0",
        "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
    ),
    history=[ANY_HISTORY, CASE_HISTORY],
)
def georadiusbymember(
    client: Client, key: bytes, member: bytes, radius: bytes, unit: bytes, *options
):
    """Finds members around one of them, up to some distance from it, and may store them."""
    middle = around_member(member)
    return search_radius(client, key, middle, radius, unit, options, RADIUS_OPTIONS)


@command(
    "GEORADIUSBYMEMBER_RO key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
    " [COUNT count [ANY]] [ASC | DESC]",
    READ,
    since="3.2.10",
    complexity=AREA_COST,
    deprecated=("6.2.0", "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"),
)
def georadiusbymember_ro(
    client: Client, key: bytes, member: bytes, radius: bytes, unit: bytes, *options
):
    """Finds members around one of them, up to some distance from it."""
    middle = around_member(member)
    return search_radius(client, key, middle, radius, unit, options, RADIUS_RO_OPTIONS)


def search_shape(client, key, words, accepted, stores):
    """(what a GEOSEARCH finds, its options, meters of its unit)."""
    zset = client.database.read(key, SortedSet)
    polygon, words = polygon_of(words)
    options = accepted.read(words)
    check_shape(options, polygon, client.call.arguments[0])
    check_options(options, stores, "GEOSEARCHSTORE")
    if polygon is not None:
        return [] if zset is None else search(zset, polygon, options), options, 1.0
    unit = (options[b"BYRADIUS"] if b"BYRADIUS" in options else options[b"BYBOX"])[-1]
    if zset is None:
        return [], options, unit
    if b"FROMMEMBER" in options:
        place = middle_of(zset, options[b"FROMMEMBER"])
    else:
        place = options[b"FROMLONLAT"]
    if b"BYRADIUS" in options:
        shape = Circle(*place, options[b"BYRADIUS"][0] * unit)
    else:
        width, height, _ = options[b"BYBOX"]
        shape = Box(*place, width * unit, height * unit)
    return search(zset, shape, options), options, unit


def polygon_of(words):
    """(the Polygon of BYPOLYGON or None, the other words). Raises CommandError."""
    names = [word.upper() for word in words]
    if b"BYPOLYGON" not in names:
        return None, words
    at = names.index(b"BYPOLYGON")
    if at + 1 == len(words):
        raise CommandError(errors.SYNTAX_ERROR)
    count = integer(words[at + 1])
    if count < 3:
        raise CommandError(errors.GEO_CORNERS)
    end = at + 2 + 2 * count
    if end > len(words):
        raise CommandError(errors.SYNTAX_ERROR)
    corners = [place_of(words[index], words[index + 1]) for index in range(at + 2, end, 2)]
    return Polygon(corners), words[:at] + words[end:]


def check_shape(options, polygon, name):
    """Raises CommandError unless there is a middle and a shape; a polygon needs no middle.

    name: of the command, as the client wrote it.
    """
    if polygon is not None:
        if not options.keys().isdisjoint((b"FROMMEMBER", b"FROMLONLAT", b"BYRADIUS", b"BYBOX")):
            raise CommandError(errors.SYNTAX_ERROR)
        return
    if b"FROMMEMBER" not in options and b"FROMLONLAT" not in options:
        raise CommandError(errors.geo_from(name))
    if b"BYRADIUS" not in options and b"BYBOX" not in options:
        raise CommandError(errors.geo_by(name))


@command(
    "GEOSEARCH key [FROMMEMBER member | FROMLONLAT longitude latitude] <BYRADIUS radius <M | KM |"
    " FT | MI> | BYBOX width height <M | KM | FT | MI> | BYPOLYGON corners longitude latitude"
    " [longitude latitude ...]> [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
    READ,
    since="6.2.0",
    arity=-7,
    complexity=AREA_COST,
    history=[CASE_HISTORY, POLYGON_HISTORY],
)
def geosearch(client: Client, key: bytes, *words):
    """Finds members in a circle or rectangle around a place or one of them, or in a polygon."""
    found, options, unit = search_shape(client, key, words, SEARCH_OPTIONS, False)
    return show(found, options, unit)


@command(
    "GEOSEARCHSTORE destination source [FROMMEMBER member | FROMLONLAT longitude latitude]"
    " <BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI> | BYPOLYGON"
    " corners longitude latitude [longitude latitude ...]> [ASC | DESC] [COUNT count [ANY]]"
    " [STOREDIST]",
    WRITE,
    DENYOOM,
    since="6.2.0",
    arity=-8,
    complexity=AREA_COST,
    history=[CASE_HISTORY, POLYGON_HISTORY],
)
def geosearchstore(client: Client, destination: bytes, source: bytes, *words):
    """Stores the members in a circle or rectangle around a place, or in a polygon."""
    found, options, unit = search_shape(client, source, words, STORE_OPTIONS, True)
    if b"STOREDIST" not in options:
        unit = None
    return keep(client, destination, found, unit, "geosearchstore")
