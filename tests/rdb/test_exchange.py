"""Snapshots and payloads of all types and forms, from rediskit to redis-server and back."""

from tests.support.datasets import commands, encoded
from tests.support.stores import Store

# What Redis 7.0 shows for forms that it does not have: it loads small sets of words as hash
# tables, and lists of one listpack as quicklists; short strings that were edited it has as others.
SHOWN = {
    b"listpack": {b"listpack", b"hashtable", b"quicklist"},
    b"raw": {b"raw", b"embstr", b"int"},
}


def test_redis_loads_what_we_write(tmp_path, redis, full_store):
    full_store.save(tmp_path / "d.rdb")
    connection = redis(tmp_path / "d.rdb")
    assert connection.execute("DEBUG", "DIGEST").content == full_store.digest()
    for key, form in full_store.forms().items():
        shown = connection.execute("OBJECT", "ENCODING", key).content
        assert shown in SHOWN.get(form, {form}), key


def test_we_load_what_redis_writes(redis, store):
    connection = redis()
    for words in commands():
        assert not connection.execute(*encoded(words)).is_error
    connection.execute("SAVE")
    store.load(connection.path)
    store.check()
    assert connection.execute("DEBUG", "DIGEST").content == store.digest()


def test_payloads_are_exchanged(redis, full_store):
    connection = redis()
    other = Store()
    for key in full_store.keyspace.databases[0].table:
        payload = full_store.run("DUMP", key)
        assert connection.execute("RESTORE", key, 0, payload).content == "OK", key
        theirs = connection.execute("DUMP", key).content
        assert other.run("RESTORE", key, 0, theirs), key
    other.check()
    for key in full_store.keyspace.databases[0].table:
        digest = connection.execute("DEBUG", "DIGEST-VALUE", key).content[0].content
        assert str(other.run("DEBUG", "DIGEST-VALUE", key)[0].text, "ascii") == digest, key
