"""Units of changes on their way to those who repeat them."""

from rediskit.keyspace.changes import Changes, framed

SET, DEL = [b"SET", b"a", b"1"], [b"DEL", b"b"]


def test_without_takers_nothing_is_kept():
    changes = Changes()
    changes.is_open = True
    changes.add(0, SET)
    taken = []
    changes.takers.append(lambda *unit: taken.append(unit))
    changes.end(True)
    assert taken == []


def test_every_taker_gets_the_whole_unit():
    changes = Changes()
    first, second = [], []
    changes.takers.append(lambda *unit: first.append(unit))
    changes.takers.append(lambda *unit: second.append(unit))
    changes.is_open = True
    changes.add(0, SET)
    changes.add(3, DEL)
    assert first == []
    changes.end(True)
    assert first == second == [([(0, SET), (3, DEL)], True)]
    changes.end(True)
    assert len(first) == 1


def test_what_belongs_to_no_call_is_a_unit_of_its_own():
    changes = Changes()
    taken = []
    changes.takers.append(lambda *unit: taken.append(unit))
    changes.add(0, SET)
    changes.add(0, DEL)
    assert taken == [([(0, SET)], False), ([(0, DEL)], False)]


def test_several_requests_that_belong_together_are_framed():
    assert framed([(1, SET)], True) == [(1, SET)]
    assert framed([(1, SET), (2, DEL)], False) == [(1, SET), (2, DEL)]
    assert framed([(1, SET), (2, DEL)], True) == [
        (1, [b"MULTI"]),
        (1, SET),
        (2, DEL),
        (2, [b"EXEC"]),
    ]
