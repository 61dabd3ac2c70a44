"""cjson, cmsgpack, struct and bit on random values, there and back, and on damaged bytes."""

import json
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scripting.conftest import Interpreter

LUA = Interpreter()
FEW = settings(max_examples=100, deadline=None)
TEXTS = st.text(max_size=20)
VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-(10**13), 10**13), TEXTS),
    lambda inner: (
        st.lists(inner, min_size=1) | st.dictionaries(TEXTS.filter(len), inner, min_size=1)
    ),
    max_leaves=20,
)


@FEW
@given(VALUES)
def test_json_there_and_back(value):
    text = json.dumps(value, ensure_ascii=len(str(value)) % 2 == 0).encode()
    assert json.loads(LUA.run("return cjson.encode(cjson.decode(ARGV[1]))", text)) == value


@FEW
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_in_json(number):
    spelled = LUA.run("return cjson.encode(tonumber(ARGV[1]))", repr(number).encode())
    assert spelled == b"%.14g" % number
    read = LUA.run("return string.format('%.17g', cjson.decode(ARGV[1]))", repr(number).encode())
    assert float(read) == number


@FEW
@given(VALUES)
def test_msgpack_there_and_back(value):
    text = json.dumps(value).encode()
    code = "return cjson.encode((cmsgpack.unpack(cmsgpack.pack(cjson.decode(ARGV[1])))))"
    assert json.loads(LUA.run(code, text)) == value


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=40))
def test_bytes_that_mean_nothing_are_an_error_at_most(data):
    for call in ("cjson.decode", "cmsgpack.unpack", "cmsgpack.unpack_one", "loadstring"):
        LUA.run(f"return tostring(pcall({call}, ARGV[1]))", data)
    LUA.run("return tostring(pcall(struct.unpack, ARGV[1], ARGV[2]))", data[:8], data[8:])
    LUA.run("return tostring(pcall(struct.pack, ARGV[1], 1, 'text', 3))", data[:8])
    LUA.run("return tostring(pcall(string.find, ARGV[1], ARGV[2]))", data[:20], data[20:])


@FEW
@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**16 - 1), st.floats(width=32))
def test_struct_packs_as_python_does(first, second, third):
    packed = struct.pack("<iHf", first, second, third)
    words = [repr(each).encode() for each in (first, second, third)]
    code = "return struct.pack('<iHf', tonumber(ARGV[1]), tonumber(ARGV[2]), {})"
    ours = LUA.run(code.format("struct.unpack('<f', ARGV[3])"), *words[:2], packed[6:])
    assert ours[:6] == packed[:6] and (ours == packed or third != third)
    back = LUA.run("local a, b = struct.unpack('<iH', ARGV[1]) return {a, b}", packed)
    assert back == b"*2\r\n:%d\r\n:%d\r\n" % (first, second)


@FEW
@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 31))
def test_bits_are_those_of_python(number, count):
    def signed(value):
        value &= 0xFFFFFFFF
        return value - (1 << 32) if value >> 31 else value

    unsigned = number & 0xFFFFFFFF
    wanted = [
        signed(~number),
        signed(number << count),
        signed(unsigned >> count),
        number >> count,
        signed(unsigned << count | unsigned >> (32 - count)),
        signed(int.from_bytes(unsigned.to_bytes(4, "little"), "big")),
    ]
    code = (
        "local n, c = tonumber(ARGV[1]), tonumber(ARGV[2]) return {bit.bnot(n), bit.lshift(n, c),"
        " bit.rshift(n, c), bit.arshift(n, c), bit.rol(n, c), bit.bswap(n)}"
    )
    reply = LUA.run(code, b"%d" % number, b"%d" % count)
    assert reply == b"*6\r\n" + b"".join(b":%d\r\n" % each for each in wanted)
