"""Argument bytes -> ids of a stream's entries, as pairs, or the error Redis has for them."""

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.structures.ids import FIRST_ID, LAST_ID, following, parse_id, preceding

LARGEST_SEQ = LAST_ID[1]


def stream_id(text, missing_seq=0):
    """The id that "ms-seq" spells, or "ms" with a sequence number of one's own."""
    pair = parse_id(text, missing_seq)
    if pair is None:
        raise CommandError(errors.STREAM_ID)
    return pair


def lower_bound(text):
    """The lowest id of a range whose start is an id, "(" and an id, or "-"."""
    pair = bound(text, 0)
    if text.startswith(b"("):
        pair = following(pair)
        if pair is None:
            raise CommandError(errors.STREAM_START)
    return pair


def upper_bound(text):
    """The highest id of a range whose end is an id, "(" and an id, or "+"."""
    pair = bound(text, LARGEST_SEQ)
    if text.startswith(b"("):
        pair = preceding(pair)
        if pair is None:
            raise CommandError(errors.STREAM_END)
    return pair


def bound(text, missing_seq):
    """The id of one end of a range, as if it were included."""
    if text.startswith(b"("):
        return stream_id(text[1:], missing_seq)
    return open_id(text, missing_seq)


def open_id(text, missing_seq=0):
    """As stream_id(), but "-" and "+" are the lowest and the highest id there can be."""
    if text == b"-":
        return FIRST_ID
    if text == b"+":
        return LAST_ID
    return stream_id(text, missing_seq)
