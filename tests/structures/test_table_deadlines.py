"""Deadlines of table entries that are put off: the index follows when they come up."""

from rediskit.structures.table import Table


def test_a_deadline_that_is_put_off_again_and_again():
    table = Table()
    for key in range(3000):
        table.set(b"%d" % key, None, 1000 + key % 50)
    for put_off in (2000, 3000, 5000):
        for key in range(3000):
            table.set(b"%d" % key, None, put_off + key)
        table.check()
    assert table.has_due(2000)
    assert table.due(2000, 10) == []
    assert table.drop_due(2000, 3000) == 0
    table.check()
    assert not table.has_due(4999) and table.first_deadline() == 5000
    assert table.drop_due(5999, 10000) == 1000
    table.check()
    assert len(table) == 2000 and b"1000" in table


def test_a_deadline_brought_forward_is_met():
    table = Table()
    table.set(b"k", b"v", 9000)
    assert table.set_deadline(b"k", 10000) and table.set_deadline(b"k", 3000)
    assert table.first_deadline() == 3000
    assert table.due(2999, 1) == [] and table.due(3000, 1) == [b"k"]
    table.check()


def test_what_was_put_off_is_not_mistaken_for_due():
    table = Table()
    for key in range(200):
        table.set(b"%d" % key, None, 1000)
        if key % 2:
            table.set_deadline(b"%d" % key, 5000)
    assert sorted(table.due(1000, 1000)) == sorted(b"%d" % key for key in range(0, 200, 2))
    assert table.drop_due(1000, 1000) == 100
    table.check()
    assert table.due_count(4999) == 0 and len(table) == 100
