"""The group "HyperLogLog" of the manual; GET compares the sketches byte by byte."""

import random

from tests.compatibility.script import script

HEADER = r"HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
DENSE = r"HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"


def adds(key, first, past, step=100):
    """PFADD of the numbers from `first` up to `past`."""
    return [
        f"PFADD {key} " + " ".join(map(str, range(start, min(start + step, past))))
        for start in range(first, past, step)
    ]


def mixed(seed):
    """Steps that grow, merge, count and compare three sketches."""
    chance = random.Random(seed)
    steps = [f"CONFIG SET hll-sparse-max-bytes {chance.choice([0, 100, 500, 3000, 20000])}"]
    for _ in range(60):
        key = chance.choice("abc")
        words = " ".join(str(chance.randrange(10**6)) for _ in range(chance.choice([0, 1, 5, 100])))
        others = " ".join(chance.sample("abc", chance.randrange(1, 4)))
        steps += chance.choice(
            [[f"PFADD {key} {words}"]] * 6
            + [[f"PFCOUNT {others}"], [f"PFMERGE {others}"], [f"PFDEBUG DECODE {key}"]]
        )
        steps.append(f"GET {key}")
    return script(*steps, "CONFIG SET hll-sparse-max-bytes 3000", protocols=(2,))


SCRIPTS = [
    script("PFADD k", "GET k", "PFADD k", "PFCOUNT k", "GET k", "TYPE k", "OBJECT ENCODING k"),
    script("PFADD k a b c", "GET k", "PFADD k a b c", "PFCOUNT k", "GET k", "PFADD k d", "GET k"),
    script(
        "PFADD k ''", "GET k", r'PFADD k "\x00" "\r\n" 12345678 123456789', "GET k", "PFCOUNT k"
    ),
    script("PFADD k a EX 100", "PFCOUNT k", "EXPIRE k 100", "PFADD k z", "PERSIST k"),
    script(*adds("k", 0, 1000), "GET k", "PFCOUNT k", "GET k", "PFDEBUG DECODE k", "STRLEN k"),
    script(*adds("k", 0, 3000), "GET k", "PFDEBUG ENCODING k", "PFCOUNT k", "GET k"),
    script(*adds("k", 0, 20000, 1000), "GET k", "PFCOUNT k", *adds("k", 0, 20000, 1000), "GET k"),
    script("PFCOUNT k", "PFCOUNT k l", "PFADD k a", "PFADD l b", "PFCOUNT k l x", "GET k", "GET l"),
    script("PFMERGE d", "GET d", "PFCOUNT d", "PFMERGE e x y", "GET e", "PFMERGE e d", "GET e"),
    script(
        "PFADD a 1 2 3",
        "PFADD b 3 4 5",
        "PFMERGE d a b",
        "GET d",
        "PFCOUNT d",
        "PFMERGE d",
        "GET d",
    ),
    script(*adds("a", 0, 900), *adds("b", 500, 1500), "PFMERGE a b", "GET a", "PFDEBUG ENCODING a"),
    script(
        *adds("a", 0, 5000, 500), "PFADD b x", "PFMERGE b a", "GET b", "PFCOUNT a b", "PFMERGE a b"
    ),
    script(
        "PFADD a 1", "PFDEBUG TODENSE a", "PFADD b 2", "PFMERGE b a", "GET b", "PFDEBUG ENCODING b"
    ),
    script("PFSELFTEST", "PFSELFTEST x"),
    *(mixed(seed) for seed in range(8)),
    # PFDEBUG
    script("PFADD k a b c", "PFDEBUG DECODE k", "PFDEBUG ENCODING k", "PFDEBUG encoding k"),
    script(
        "PFADD k a b c", "PFCOUNT k", "PFDEBUG TODENSE k", "GET k", "PFDEBUG TODENSE k", "PFCOUNT k"
    ),
    script("PFADD k a b c", "PFDEBUG GETREG k", "PFDEBUG ENCODING k", "PFDEBUG DECODE k"),
    script("PFDEBUG GETREG k", "PFDEBUG FOO k", "PFDEBUG", "PFDEBUG DECODE", "PFDEBUG DECODE k x"),
    script(
        "PFADD k a", "PFDEBUG FOO k", "SET s v", "PFDEBUG DECODE s", "PFDEBUG FOO s", "PFSELFTEST x"
    ),
    # What is no sketch
    script(
        "SET s v", "PFADD s a", "PFCOUNT s", "PFCOUNT k s", "PFMERGE d s", "PFMERGE s d", "GET s"
    ),
    script(
        "SET s ''", "PFADD s", "PFCOUNT s", "PFMERGE s", "SET s 12345", "PFADD s a", "PFCOUNT s"
    ),
    script(
        "LPUSH l a", "PFADD l a", "PFCOUNT l", "PFCOUNT k l", "PFMERGE d l", "PFMERGE l", "EXISTS d"
    ),
    script("LPUSH l a", "PFDEBUG DECODE l", "PFADD", "PFCOUNT", "PFMERGE"),
    script(
        "PFADD k a", "SETRANGE k 0 h", "PFADD k b", "PFCOUNT k", "PFMERGE k", "PFDEBUG DECODE k"
    ),
    script("PFADD k a", r'SETRANGE k 4 "\x02"', "PFCOUNT k", r'SETRANGE k 4 "\x00"', "PFCOUNT k"),
    # Broken registers
    script(
        f'SET k "{HEADER}"', "PFCOUNT k", "PFADD k a", "PFMERGE d k", "PFDEBUG DECODE k", "GET k"
    ),
    script(
        rf'SET k "{HEADER}\x7f"', "PFCOUNT k", "PFDEBUG DECODE k", "PFCOUNT k x", "PFDEBUG GETREG k"
    ),
    script(
        rf'SET k "{HEADER}\x7f\xff\x00"', "PFCOUNT k", "PFMERGE d k", "EXISTS d", "PFDEBUG DECODE k"
    ),
    script(rf'SET k "{HEADER}\x7f\xfe"', "PFCOUNT k", "PFDEBUG TODENSE k", "PFMERGE k", "GET k"),
    script(rf'SET k "{HEADER}\x7f\xff\x7f\xff"', "PFCOUNT k", "PFDEBUG TODENSE k", "PFMERGE d k"),
    script("PFADD k a b c", "APPEND k hello", "PFCOUNT k", "PFMERGE d k", "PFDEBUG DECODE k"),
    script("PFADD k a", r'SETRANGE k 8 "\xff\xff\xff\xff\xff\xff\xff\x7f"', "PFCOUNT k"),
    script(
        f'SET k "{DENSE}"', "PFCOUNT k", "SETRANGE k 12303 x", "PFCOUNT k", "PFADD k a", "GET k"
    ),
    script(f'SET k "{DENSE}"', "SETRANGE k 12304 x", "PFCOUNT k", "PFADD k a", "PFMERGE k"),
]
