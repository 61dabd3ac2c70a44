"""Digests: what counts, and what does not."""

import itertools
from hashlib import sha1

from rediskit.keyspace.digest import Digest


def test_empty():
    assert str(Digest()) == "0" * 40


def test_add_is_the_hash_and_undoes_itself():
    digest = Digest()
    digest.add(b"a")
    assert str(digest) == sha1(b"a").hexdigest()
    digest.add(b"a")
    assert str(digest) == "0" * 40


def test_mix_is_the_hash_of_the_hash():
    digest = Digest()
    digest.mix(b"a")
    assert str(digest) == sha1(sha1(b"a").digest()).hexdigest()


def digest_of(method, parts):
    digest = Digest()
    for part in parts:
        getattr(digest, method)(part)
    return str(digest)


def test_order_counts_for_mix_only():
    orders = list(itertools.permutations([b"a", b"b", b"c"]))
    assert len({digest_of("add", parts) for parts in orders}) == 1
    assert len({digest_of("mix", parts) for parts in orders}) == len(orders)


def test_groups_hold_their_parts_together():
    def of(*groups):
        digest = Digest()
        for group in groups:
            digest.combine_group(*group)
        return str(digest)

    assert of((b"a", b"1"), (b"b", b"2")) == of((b"b", b"2"), (b"a", b"1"))
    assert of((b"a", b"1"), (b"b", b"2")) != of((b"a", b"2"), (b"b", b"1"))
    assert of((b"a", b"b")) != of((b"b", b"a"))
