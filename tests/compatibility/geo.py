"""The group "Geo" of the manual."""

from tests.compatibility.script import manual, script

SICILY = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 e1"
NEW_YORK = (
    "GEOADD g -73.9454966 40.747533 lic -73.9733487 40.7648057 central -73.9903085 40.7362513 union"
    " -74.0131604 40.7126674 wtc -73.7858139 40.6428986 jfk -73.9375699 40.7498929 q4"
    " -73.9564142 40.7480973 4545"
)
AROUND = "FROMLONLAT -73.9798091 40.7598464"
POLES = "GEOADD p 180 85 a -180 85 b 179.9 -85 c -179.9 -85.05 d 0 0 e 0 85.05 f -0.1 -85 h"

EVERY_COMMAND = [
    "GEOADD {} 1 2 m",
    "GEODIST {} a b",
    "GEOHASH {} a",
    "GEOPOS {} a",
    "GEORADIUS {} 1 2 3 m",
    "GEORADIUS_RO {} 1 2 3 m",
    "GEORADIUSBYMEMBER {} a 3 m",
    "GEORADIUSBYMEMBER_RO {} a 3 km",
    "GEOSEARCH {} FROMLONLAT 1 2 BYRADIUS 3 m",
    "GEOSEARCHSTORE d {} FROMLONLAT 1 2 BYRADIUS 3 m",
    "GEOSEARCH {} FROMMEMBER a BYBOX 3 4 m",
    "GEORADIUS {} 1 2 3 m STORE d",
    "GEORADIUSBYMEMBER {} a 3 m STOREDIST d",
    "GEOHASH {}",
    "GEOPOS {}",
]


def around_the_world(command):
    """Searches of many sizes at places that are hard: the poles, the date line, the equator."""
    lines = []
    for place in ("0 0", "180 0", "-180 85", "179.99 -85", "13 67", "-100 81.5", "0 85.05"):
        for size in (0, 1, 500, 50000, 300000, 3000000, 9000000, 21000000):
            lines.append(command.format(place, size))
    return lines


GRID = "GEOADD w " + " ".join(
    f"{longitude} {latitude} {longitude}:{latitude}"
    for longitude in range(-180, 181, 24)
    for latitude in range(-85, 86, 10)
)

SCRIPTS = [
    script("SET s v", *[line.format("s") for line in EVERY_COMMAND], "EXISTS d"),
    script(*[line.format("none") for line in EVERY_COMMAND[1:]], "EXISTS none d"),
    script(*[line.partition(" ")[0] for line in EVERY_COMMAND]),
    # GEOADD
    script(
        SICILY,
        "ZRANGE g 0 -1 WITHSCORES",
        SICILY,
        "GEOADD g CH 13 38 Palermo 1 1 new",
        "GEOADD g NX 1 1 Palermo 2 2 b",
        "GEOADD g XX 3 3 b 4 4 c",
        "GEOADD g XX CH 5 5 b",
        "ZRANGE g 0 -1 WITHSCORES",
        "GEOADD none XX 1 1 a",
        "EXISTS none",
    ),
    script(
        "GEOADD g 1 2",
        "GEOADD g 1 2 a 3",
        "GEOADD g NX XX 1 2 a",
        "GEOADD g NX XX CH",
        "GEOADD g x 2 a",
        "GEOADD g 1 y a",
        "GEOADD g 181 2 a",
        "GEOADD g 1 86 a",
        "GEOADD g -180.1 0 a",
        "GEOADD g 1 85.05112878 a",
        "GEOADD g 180 -85.05112878 b",
        "GEOADD g nan 1 a",
        "GEOADD g inf 1 a",
        "GEOADD g FOO 1 2 a",
        "GEOADD g 1 2 a 200 2 b",
        "ZRANGE g 0 -1 WITHSCORES",
        "GEOPOS g a b",
    ),
    # Looking up
    script(
        SICILY,
        "GEODIST g Palermo Catania",
        "GEODIST g Palermo Catania km",
        "GEODIST g Palermo Catania MI",
        "GEODIST g Palermo Catania ft",
        "GEODIST g Palermo x",
        "GEODIST g x y",
        "GEODIST g Palermo Palermo",
        "GEODIST g Palermo Catania x",
        "GEODIST g Palermo Catania m m",
        "GEODIST g Palermo",
        "GEODIST none a b x",
    ),
    script(
        SICILY,
        "GEOHASH g Palermo x Catania",
        "GEOPOS g Palermo x Catania",
        "GEOHASH g",
        "GEOPOS g",
        "GEOHASH g x",
        "GEOPOS g x",
    ),
    script(
        POLES,
        "GEOHASH p a b c d e f h",
        "GEOPOS p a b c d e f h",
        "GEODIST p a b",
        "GEODIST p a d",
        "GEODIST p e f",
        "GEODIST p c h km",
    ),
    script("ZADD z 0 a 4503599627370495 b 1 c -1 d 1.5 e", "GEOPOS z a b c e", "GEOHASH z a b c"),
    # Searching
    script(
        NEW_YORK,
        f"GEOSEARCH g {AROUND} BYRADIUS 3 km ASC",
        f"GEOSEARCH g {AROUND} BYRADIUS 3 km",
        f"GEOSEARCH g {AROUND} BYRADIUS 30 mi DESC",
        f"GEOSEARCH g {AROUND} BYBOX 6 6 km ASC",
        f"GEOSEARCH g {AROUND} BYBOX 8000 2000 m DESC",
        f"GEOSEARCH g {AROUND} BYRADIUS 3 km ASC WITHDIST WITHHASH WITHCOORD",
        f"GEOSEARCH g {AROUND} BYRADIUS 3 KM WITHCOORD ASC",
        f"GEOSEARCH g {AROUND} BYRADIUS 9000 ft WITHHASH WITHDIST ASC",
        f"GEOSEARCH g {AROUND} BYRADIUS 30 km COUNT 3",
        "GEOSEARCH g FROMMEMBER wtc BYRADIUS 7 km",
        f"GEOSEARCH g {AROUND} BYRADIUS 30 km COUNT 3 DESC WITHDIST",
        f"GEOSEARCH g {AROUND} BYRADIUS 30 km COUNT 3 ANY",
        f"GEOSEARCH g {AROUND} BYRADIUS 3 km ASC DESC",
        "GEOSEARCH g BYRADIUS 3 km DESC ASC",
        "gEOSEARCH g FROMMEMBER wtc ASC COUNT 5 ANY",
        f"GEOSEARCH g {AROUND} BYRADIUS 30 km COUNT 3 ANY ASC",
        "GEOSEARCH g FROMMEMBER wtc BYBOX 14 1 km ASC WITHDIST",
        "GEOSEARCH g FROMMEMBER x BYRADIUS 1 m",
        f"GEOSEARCH g {AROUND} BYRADIUS 0 m",
        f"GEOSEARCH g {AROUND} BYBOX 0 0 m",
        f"GEOSEARCH g {AROUND} BYRADIUS 1e10 km COUNT 100",
    ),
    script(
        NEW_YORK,
        f"GEOSEARCH g {AROUND}",
        "GEOSEARCH g BYRADIUS 1 m",
        "GEOSEARCH g",
        f"GEOSEARCH g {AROUND} FROMMEMBER wtc BYRADIUS 1 m",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 m BYBOX 1 1 m",
        f"GEOSEARCH g {AROUND} BYRADIUS x m",
        f"GEOSEARCH g {AROUND} BYRADIUS -1 m",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 x",
        f"GEOSEARCH g {AROUND} BYBOX x 1 m",
        f"GEOSEARCH g {AROUND} BYBOX 1 x m",
        f"GEOSEARCH g {AROUND} BYBOX -1 1 m",
        f"GEOSEARCH g {AROUND} BYBOX 1 1 x",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 m COUNT 0",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 m COUNT",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 m COUNT x",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 m ANY",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 m FOO",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 m STORE d",
        f"GEOSEARCH g {AROUND} BYRADIUS 1 m STOREDIST",
        "GEOSEARCH g FROMLONLAT 181 0 BYRADIUS 1 m",
        "GEOSEARCH g FROMLONLAT x 0 BYRADIUS 1 m",
        "GEOSEARCH none FROMMEMBER x BYRADIUS 1 m",
        "GEOSEARCH none BYRADIUS 1 m",
        "GEOSEARCH none FROMLONLAT 1 1",
    ),
    script(
        NEW_YORK,
        f"GEOSEARCHSTORE d g {AROUND} BYRADIUS 3 km",
        "ZRANGE d 0 -1 WITHSCORES",
        f"GEOSEARCHSTORE d g {AROUND} BYRADIUS 3 km STOREDIST",
        "ZCARD d",
        f"GEOSEARCHSTORE d g {AROUND} BYBOX 6 6 km COUNT 2 ASC",
        "ZRANGE d 0 -1 WITHSCORES",
        f"GEOSEARCHSTORE d g {AROUND} BYRADIUS 3 km WITHDIST",
        f"GEOSEARCHSTORE d g {AROUND} BYRADIUS 0 m",
        "EXISTS d",
        "SET d v",
        "GEOSEARCHSTORE d none FROMMEMBER x BYRADIUS 1 m",
        "EXISTS d",
        f"GEOSEARCHSTORE g g {AROUND} BYRADIUS 3 km",
        "ZRANGE g 0 -1",
        "GEOSEARCHSTORE d g",
        f"GEOSEARCHSTORE d g {AROUND}",
        "GEOSEARCHSTORE d g BYRADIUS 1 m",
    ),
    script(
        SICILY,
        "GEORADIUS g 15 37 200 km ASC",
        "GEORADIUS g 15 37 200 km WITHDIST ASC",
        "GEORADIUS g 15 37 200 km WITHCOORD WITHDIST WITHHASH DESC COUNT 1",
        "GEORADIUS_RO g 15 37 300 km ASC",
        "GEORADIUSBYMEMBER g Palermo 200 km ASC",
        "GEORADIUSBYMEMBER_RO g Palermo 200 km WITHDIST DESC",
        "GEORADIUS g 15 37 200 km STORE d",
        "ZRANGE d 0 -1 WITHSCORES",
        "GEORADIUSBYMEMBER g Catania 200 mi STORE d",
        "ZRANGE d 0 -1",
        "GEORADIUS g 15 37 1 m STORE d",
        "EXISTS d",
        "GEORADIUS g 15 37 200 km STOREDIST d COUNT 2",
        "ZCARD d",
        "GEORADIUSBYMEMBER g x 1 km",
        "GEORADIUSBYMEMBER none x 1 km",
    ),
    script(
        SICILY,
        "GEORADIUS g x 37 1 m",
        "GEORADIUS g 15 37 x m",
        "GEORADIUS g 15 37 -1 m",
        "GEORADIUS g 15 37 1 x",
        "GEORADIUS g 181 37 1 m",
        "GEORADIUS g 15 37 1",
        "GEORADIUS g 15 37 1 m FOO",
        "GEORADIUS g 15 37 1 m STORE",
        "GEORADIUS g 15 37 1 m ANY",
        "GEORADIUS g 15 37 1 m STORE d WITHDIST",
        "GEORADIUS_RO g 15 37 1 m STORE d",
        "GEORADIUSBYMEMBER_RO g Palermo 1 m STOREDIST d",
        "GEORADIUSBYMEMBER g Palermo x m",
        "GEORADIUSBYMEMBER g Palermo 1 m STORE d WITHCOORD",
        "GEORADIUS g 15 37 1 m COUNT -1",
        "GEORADIUSBYMEMBER g x y z",
        "GEORADIUSBYMEMBER none x y z",
        "GEORADIUS none 1 1 1 x",
        "GEORADIUS g 15 37 1 m FROMMEMBER Palermo",
        "GEORADIUS g 15 37 1 m BYBOX 1 1 m",
    ),
    script(POLES, GRID, *around_the_world("GEOSEARCH w FROMLONLAT {0} BYRADIUS {1} m")),
    script(POLES, GRID, *around_the_world("GEOSEARCH w FROMLONLAT {0} BYBOX {1} {1} m WITHDIST")),
    script(POLES, GRID, *around_the_world("GEOSEARCH p FROMLONLAT {0} BYBOX {1} 500000 m")),
    # Newer than the installed redis-server
    manual(
        "9.0",
        *(SICILY, ":3"),
        *("GEOSEARCH g BYPOLYGON 4 12 37 14 37 14 39 12 39 ASC", '["Palermo", "e1"]'),
        *("GEOSEARCH g BYPOLYGON 3 13 38 14 38 13 38.5", '["Palermo"]'),
        *("GEOSEARCH g BYPOLYGON 3 13.3 38.3 13.8 38.3 13.3 38.5", "[]"),
        # A corner cuts Palermo out
        *("GEOSEARCH g BYPOLYGON 6 12 37 14 37 14 39 13.36 38 12.9 39 12 39", '["e1"]'),
        *("GEOSEARCH g BYPOLYGON 4 -180 -85 180 -85 180 85 -180 85 COUNT 1 ANY", '["Palermo"]'),
        *("GEOSEARCHSTORE d g BYPOLYGON 4 14 37 16 37 16 39 14 39 STOREDIST", ":1"),
        *("GEOSEARCH none BYPOLYGON 3 1 1 2 2 1 2", "[]"),
        *(
            "GEOSEARCH g BYPOLYGON 2 1 1 2 2 1",
            "-ERR GEOSEARCH BYPOLYGON must have at least 3 vertices",
        ),
        *("GEOSEARCH g BYPOLYGON 4 1 1 2 2 1 2", "-ERR syntax error"),
        *("GEOSEARCH g BYPOLYGON x 1 1 2 2 1 2", "-ERR value is not an integer or out of range"),
        *("GEOSEARCH g FROMMEMBER e1 BYPOLYGON 3 1 1 2 2 1 2", "-ERR syntax error"),
        "GEOSEARCH g BYPOLYGON 3 1 1 2 2 1 200",
        "-ERR invalid longitude,latitude pair 1.000000,200.000000",
    ),
]
