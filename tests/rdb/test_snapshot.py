"""Snapshots from writer to reader."""

import pytest


@pytest.mark.parametrize(
    "options", [{}, {"compression": False}, {"checksum": False}, {"marks_access": True}], ids=str
)
def test_round_trip(tmp_path, full_store, store, options):
    writer = full_store.save(tmp_path / "d.rdb", **options)
    assert writer.written == (tmp_path / "d.rdb").stat().st_size
    reader = store.load(tmp_path / "d.rdb")
    store.check()
    assert store.digest() == full_store.digest()
    forms = full_store.forms()
    del forms[b"edited"]  # short strings do not remember that they were edited
    assert forms.items() <= store.forms().items()
    assert reader.keys_loaded == writer.keys_written == full_store.keyspace.total_keys()
    assert reader.deadlines == 3
