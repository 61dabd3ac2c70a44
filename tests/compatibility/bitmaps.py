"""The group "Bitmap" of the manual."""

from tests.compatibility.script import manual, script

# Every kind of number at places that begin and end within bytes, by every way to overflow.
ENCODINGS = ("u1", "u7", "u8", "u31", "u62", "u63", "i1", "i2", "i8", "i33", "i63", "i64")
LARGE = 9223372036854775807
MODES = ("WRAP", "SAT", "FAIL")
FIELDS = [
    script(
        f"BITFIELD k OVERFLOW {mode} SET {encoding} 3 {value} GET {encoding} 3"
        f" INCRBY {encoding} 3 {step} INCRBY {encoding} 3 {step} GET {encoding} 3",
        "GET k",
        protocols=(2,),
    )
    for encoding in ENCODINGS
    for mode in MODES
    for value, step in ((1, 1), (-1, -1), (LARGE, LARGE), (-LARGE - 1, -LARGE - 1), (100, -27))
]

SCRIPTS = [
    # SETBIT and GETBIT
    script("SETBIT k 7 1", "SETBIT k 7 0", "GET k", "SETBIT k 0 1", "GET k", "STRLEN k"),
    script("SETBIT k 100 0", "GET k", "TYPE k", "OBJECT ENCODING k", "SETBIT k 3 0", "STRLEN k"),
    script("GETBIT k 0", "SET k a", *(f"GETBIT k {bit}" for bit in range(9)), "GETBIT k 100000"),
    script("SET k 1", "SETBIT k 6 1", "GET k", "OBJECT ENCODING k", "GETBIT k 7", "INCR k"),
    script("SET k 12345", "GETBIT k 3", "GETBIT k 39", "GETBIT k 40", "OBJECT ENCODING k"),
    script("SETBIT k 40000 1", "STRLEN k", "GETBIT k 40000", "GETBIT k 40001", "SETBIT k 40000 1"),
    script("SETBIT k 32767 1", "STRLEN k", "SETBIT k 32768 1", "STRLEN k", "BITCOUNT k"),
    script("SETBIT k -1 1", "SETBIT k x 1", "SETBIT k 1.5 1", "SETBIT k 01 1", "SETBIT k '' 1"),
    script("SETBIT k 1 2", "SETBIT k 1 -1", "SETBIT k 1 x", "SETBIT k 1 01", "EXISTS k"),
    script("SETBIT k 4294967296 1", "SETBIT k 9223372036854775808 1", "SETBIT k #1 1", "EXISTS k"),
    script("SETBIT k -1 2", "SETBIT k 4294967295 2", "SETBIT k 18446744073709551616 1"),
    script("GETBIT k -1", "GETBIT k x", "GETBIT k 4294967296", "GETBIT k 4294967295"),
    script("SETBIT k", "SETBIT k 1", "SETBIT k 1 1 1", "GETBIT k", "GETBIT k 1 1"),
    script("LPUSH l a", "SETBIT l 1 1", "GETBIT l 1", "SETBIT l 1 2", "GETBIT l x", "TYPE l"),
    script("SET k v EX 100", "SETBIT k 1 1", "SETBIT k 5000 1", "PERSIST k", "STRLEN k"),
    # BITCOUNT
    script("BITCOUNT k", "SET k foobar", "BITCOUNT k", "BITCOUNT k 0 0", "BITCOUNT k 1 1"),
    script("SET k foobar", "BITCOUNT k 1 1 BYTE", "BITCOUNT k 5 30 BIT", "BITCOUNT k 5 30 bit"),
    script("SET k foobar", "BITCOUNT k 0 -1", "BITCOUNT k -2 -1", "BITCOUNT k -100 -50"),
    script("SET k foobar", "BITCOUNT k 0 -100", "BITCOUNT k -1 -2", "BITCOUNT k 4 2"),
    script("SET k foobar", "BITCOUNT k 10 20", "BITCOUNT k 6 6", "BITCOUNT k 2 100"),
    script("SET k foobar", "BITCOUNT k 0 -1 BIT", "BITCOUNT k -9 -2 BIT", "BITCOUNT k 47 47 BIT"),
    script("SET k foobar", "BITCOUNT k 0 -1000 BIT", "BITCOUNT k 48 50 BIT", "BITCOUNT k 7 8 BIT"),
    script("SET k foobar", f"BITCOUNT k 0 {LARGE} BIT", f"BITCOUNT k {-LARGE - 1} {LARGE}"),
    script("SET k foobar", "BITCOUNT k 0 1 BITS", "BITCOUNT k 0 1 BIT x"),
    script("SET k foobar", "BITCOUNT k x 1", "BITCOUNT k 0 x", "BITCOUNT k 0 x BITS", "BITCOUNT"),
    script("SET k foobar", "BITCOUNT k 0 9223372036854775808", "BITCOUNT k -2 -3 BIT"),
    script(
        "SET k 12345", "BITCOUNT k", "BITCOUNT k 1 2", "SET k ''", "BITCOUNT k", "BITCOUNT k 0 0"
    ),
    script("LPUSH l a", "BITCOUNT l", "BITCOUNT l 0 1", "BITCOUNT l -5 -6", "BITCOUNT k 0 1 BIT"),
    manual(
        "7.2",
        "BITCOUNT k x 1",
        "-ERR value is not an integer or out of range",
        "BITCOUNT k 0 1 BITS",
        "-ERR syntax error",
    ),
    # BITPOS
    script(r'SET k "\xff\xf0\x00"', "BITPOS k 0", "BITPOS k 1", "BITPOS k 1 1", "BITPOS k 1 2"),
    script(r'SET k "\x00\xff\xf0"', "BITPOS k 1", "BITPOS k 1 0", "BITPOS k 0 1", "BITPOS k 0 1 1"),
    script(r'SET k "\x00\xff\xf0"', "BITPOS k 1 2 -1 BYTE", "BITPOS k 1 7 15 BIT"),
    script(
        r'SET k "\x00\xff\xf0"', "BITPOS k 1 7 -3 bit", "BITPOS k 0 8 19 BIT", "BITPOS k 0 8 20 BIT"
    ),
    script(
        r'SET k "\xff\xff\xff"', "BITPOS k 0", "BITPOS k 0 0", "BITPOS k 0 0 -1", "BITPOS k 0 1"
    ),
    script(r'SET k "\xff\xff\xff"', "BITPOS k 0 3", "BITPOS k 0 2 1", "BITPOS k 0 0 -1 BIT"),
    script(r'SET k "\xff\xff\xff"', "BITPOS k 0 -100 -50", "BITPOS k 1 -100 -50", "BITPOS k 0 100"),
    script(r'SET k "\x00\x00"', "BITPOS k 1", "BITPOS k 1 0 -1", "BITPOS k 0", "BITPOS k 1 5"),
    script("BITPOS k 0", "BITPOS k 1", "BITPOS k 0 5 10", "BITPOS k 1 5", "BITPOS k 0 5 1 BIT"),
    script("SET k ''", "BITPOS k 0", "BITPOS k 1", "BITPOS k 0 0 -1", "BITPOS k 0 0"),
    script("BITPOS k 2", "BITPOS k -1", "BITPOS k x", "BITPOS k", "BITPOS", "BITPOS k 01"),
    script(
        "SET k a", "BITPOS k 1 x", "BITPOS k 1 0 x", "BITPOS k 1 0 x BITS", "BITPOS k 1 0 1 BITS"
    ),
    script(
        "SET k a", "BITPOS k 1 0 1 BIT x", f"BITPOS k 1 {LARGE}", f"BITPOS k 1 {-LARGE - 1} 5 BIT"
    ),
    script("LPUSH l a", "BITPOS l 1", "BITPOS l 2", "BITPOS l 0 1 2", "SET k 12", "BITPOS k 1"),
    manual(
        "7.2",
        "BITPOS k 1 x",
        "-ERR value is not an integer or out of range",
        "BITPOS k 0 0 1 BITS",
        "-ERR syntax error",
        "BITPOS k 1 0 1 BIT x",
        "-ERR syntax error",
    ),
    # BITOP
    script("SET a abcdef", "SET b ab", "BITOP AND d a b", "GET d", "BITOP OR d a b", "GET d"),
    script("SET a abcdef", "SET b ab", "BITOP XOR d a b", "GET d", "BITOP NOT d a", "GET d"),
    script("SET a abcdef", "BITOP AND d a", "GET d", "BITOP and d a x", "GET d", "BITOP or d a x"),
    script("SET a abc", "SET b 123456", "SET c x", "BITOP XOR d a b c", "GET d", "TYPE d"),
    script(
        "SET a abc", "BITOP NOT a a", "GET a", "BITOP OR a a a", "GET a", "BITOP XOR a a a", "GET a"
    ),
    script("SET d x", "BITOP AND d a b", "EXISTS d", "BITOP OR d a", "BITOP NOT d a", "EXISTS d"),
    script(
        "SET a x", "SET d v EX 100", "BITOP OR d a", "TTL d", "LPUSH l a", "BITOP OR l a", "GET l"
    ),
    script(
        "LPUSH l a", "SET a x", "BITOP OR d a l", "BITOP NOT d l", "BITOP AND d l a", "EXISTS d"
    ),
    script("LPUSH l a", "BITOP OR l x", "EXISTS l", "SET a ''", "BITOP OR d a a", "EXISTS d"),
    script("BITOP NOT d a b", "BITOP NAND d a", "BITOP", "BITOP AND", "BITOP AND d", "BITOP x d a"),
    script("SETBIT a 50000 1", "SET b x", "BITOP OR d a b", "STRLEN d", "BITCOUNT d", "GETBIT d 1"),
    script("SET a 10", "SET b 7", "BITOP AND d a b", "GET d", "OBJECT ENCODING d"),
    # BITFIELD
    script("BITFIELD k", "EXISTS k", "BITFIELD k GET u8 0", "EXISTS k", "BITFIELD k OVERFLOW SAT"),
    script("BITFIELD k SET u8 0 255", "BITFIELD k GET u8 0 GET i8 0 GET u4 2 GET i16 4", "GET k"),
    script("BITFIELD k SET u8 #0 65 SET u8 #2 66 GET i5 #1", "GET k", "BITFIELD k GET u63 #1"),
    script(
        "BITFIELD k INCRBY i5 100 1 GET u4 0", "STRLEN k", "BITFIELD k INCRBY i64 0 -1", "GET k"
    ),
    script(
        "BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1",
        "BITFIELD k OVERFLOW FAIL INCRBY u2 102 3 OVERFLOW WRAP INCRBY u2 102 3",
    ),
    script("BITFIELD k OVERFLOW FAIL SET u8 0 300", "EXISTS k", "STRLEN k", "GET k"),
    script("SET k 12345", "BITFIELD k GET u8 0 SET u8 8 65 GET u8 100", "GET k", "INCR k"),
    script("SET k v EX 100", "BITFIELD k SET u8 80 1", "PERSIST k", "STRLEN k"),
    script("SETBIT k 40000 1", "BITFIELD k SET u16 39990 1000 INCRBY i7 #5714 5", "BITCOUNT k"),
    script("BITFIELD k get u8 0 set u8 0 1 Incrby u8 0 1 overflow sat incrby u8 0 300"),
    script("BITFIELD k GET u8", "BITFIELD k SET u8 0", "BITFIELD k FOO", "BITFIELD k OVERFLOW"),
    script("BITFIELD k OVERFLOW x", "BITFIELD k OVERFLOW x GET u8 0", "BITFIELD", "BITFIELD k GET"),
    script(
        "BITFIELD k GET u64 0", "BITFIELD k GET i65 0", "BITFIELD k GET u0 0", "BITFIELD k GET i0 0"
    ),
    script(
        "BITFIELD k GET x8 0", "BITFIELD k GET U8 0", "BITFIELD k GET u08 0", "BITFIELD k GET u 0"
    ),
    script(
        "BITFIELD k GET u8 -1",
        "BITFIELD k GET u8 x",
        "BITFIELD k GET u8 #-1",
        "BITFIELD k GET u8 #",
    ),
    script("BITFIELD k GET u8 4294967296", "BITFIELD k GET u8 #536870912", "BITFIELD k GET u8 #x"),
    script("BITFIELD k GET u8 4294967295", "BITFIELD k GET u8 #536870911", "EXISTS k"),
    script(
        "BITFIELD k SET u8 0 x", "BITFIELD k INCRBY u8 0 1.5", "BITFIELD k SET u8 0 ''", "EXISTS k"
    ),
    script("BITFIELD k SET u8 0 1 GET u8", "BITFIELD k SET u8 0 1 FOO", "EXISTS k"),
    script(
        "BITFIELD k SET u8 0 9223372036854775808", "BITFIELD k INCRBY i64 0 9223372036854775807"
    ),
    script("LPUSH l a", "BITFIELD l", "BITFIELD l GET u8 0", "BITFIELD l SET u8 0 1", "TYPE l"),
    script(
        "BITFIELD_RO k GET u8 0", "SET k ab", "BITFIELD_RO k GET u8 0 GET i8 #1", "BITFIELD_RO k"
    ),
    script("BITFIELD_RO k SET u8 0 1", "BITFIELD_RO k INCRBY u8 0 1", "BITFIELD_RO k OVERFLOW SAT"),
    script("BITFIELD_RO k SET u8 0 x", "BITFIELD_RO k GET u64 0", "BITFIELD_RO", "EXISTS k"),
    script("LPUSH l a", "BITFIELD_RO l GET u8 0", "BITFIELD_RO l SET u8 0 1"),
    *FIELDS,
    manual(
        "8.2",
        *(r'MSET a "\xf0\x01" b "\xc0" c "\xa0\x03"', "+OK"),
        *("BITOP DIFF d a b c", ":2", "GET d", r'"\x10\x00"'),
        *("BITOP DIFF1 d a b c", ":2", "GET d", r'"\x00\x02"'),
        *("BITOP ANDOR d a b c", ":2", "GET d", r'"\xe0\x01"'),
        *("BITOP ONE d a b c", ":2", "GET d", r'"\x10\x02"'),
        *("BITOP one d b", ":1", "GET d", r'"\xc0"'),
        *("BITOP ANDOR d none a", ":2", "GET d", r'"\x00\x00"'),
        *("BITOP DIFF d none none", ":0", "EXISTS d", ":0"),
        *("BITOP DIFF d a", "-ERR BITOP DIFF must be called with at least two source keys."),
        *("BITOP diff1 d a", "-ERR BITOP DIFF1 must be called with at least two source keys."),
        *("BITOP ANDOR d a", "-ERR BITOP ANDOR must be called with at least two source keys."),
        *("BITOP NAND d a", "-ERR syntax error"),
        *("BITCOUNT a 1", ":1", "BITCOUNT a -1", ":1", "BITCOUNT a 0", ":5", "BITCOUNT a 2", ":0"),
    ),
]
