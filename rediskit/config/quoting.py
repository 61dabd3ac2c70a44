"""Words and quotes as redis.conf, inline commands and the logs spell them.

A line is words divided by white space. A word may hold "double quotes", inside of which \\n \\r \\t
\\b \\a and \\xHH stand for one byte and any other escaped character for itself, and 'single
quotes', inside of which only \\' is special. A closing quote must end its word. `quote` writes
what `split` reads back (Redis: sdssplitargs and sdscatrepr).
"""

SHOWN_BYTES = 64  # so much of what a client sent shows in the log

_SPACES = b" \t\n\v\f\r"
_WORD_ENDS = b" \t\n\r\0"
_ESCAPED = {ord("n"): 10, ord("r"): 13, ord("t"): 9, ord("b"): 8, ord("a"): 7}
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")
_PLAIN = bytes(code for code in range(32, 127) if code not in b'\\"')
_SPELLED = [b"\\x%02x" % code for code in range(256)]
for _code in range(32, 127):
    _SPELLED[_code] = bytes([_code])
for _letter, _code in _ESCAPED.items():
    _SPELLED[_code] = b"\\" + bytes([_letter])
for _code in b'\\"':
    _SPELLED[_code] = b"\\" + bytes([_code])


def split(line: bytes) -> list[bytes] | None:
    """The words of a line, or None if its quotes are unbalanced."""
    if b'"' not in line and b"'" not in line and b"\0" not in line:
        return line.split() if b"\v" not in line and b"\f" not in line else _split(line)
    return _split(line)


def quote(text: bytes) -> bytes:
    """The text in double quotes, with everything escaped that is not printable ASCII."""
    if not text.translate(None, _PLAIN):
        return b'"%s"' % text
    return b'"' + b"".join([_SPELLED[code] for code in text]) + b'"'


def _split(line):
    words = []
    position, end = 0, len(line)
    while True:
        while position < end and line[position] in _SPACES:
            position += 1
        if position == end or line[position] == 0:
            return words
        word = bytearray()
        while position < end and line[position] not in _WORD_ENDS:
            code = line[position]
            position += 1
            if code == ord('"') or code == ord("'"):
                read = _read_double if code == ord('"') else _read_single
                position = read(line, position, word)
                if position is None or position < end and line[position] not in _SPACES:
                    return None
                break
            word.append(code)
        words.append(bytes(word))


def _read_double(line, position, word):
    """Appends what stands before the closing double quote; returns the place behind it."""
    end = len(line)
    while position < end:
        code = line[position]
        position += 1
        if code == ord('"'):
            return position
        if code == ord("\\") and position < end:
            code = line[position]
            digits = line[position + 1 : position + 3]
            position += 1
            if code == ord("x") and len(digits) == 2 and _HEXADECIMAL.issuperset(digits):
                code = int(digits, 16)
                position += 2
            else:
                code = _ESCAPED.get(code, code)
        word.append(code)
    return None


def _read_single(line, position, word):
    """Appends what stands before the closing single quote; returns the place behind it."""
    end = len(line)
    while position < end:
        code = line[position]
        position += 1
        if code == ord("'"):
            return position
        if code == ord("\\") and position < end and line[position] == ord("'"):
            code = ord("'")
            position += 1
        word.append(code)
    return None


def excerpt(data):
    """The beginning of what a client sent, quoted, as the log shows it: a str."""
    return quote(data[:SHOWN_BYTES]).decode()
