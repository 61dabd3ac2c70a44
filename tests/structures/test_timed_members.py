"""Sets whose members have deadlines, beside a plain model."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures.timed_members import TimedMembers

MEMBERS = st.sampled_from([b"1", b"-5", b"a", b"bb", b"x" * 70, b""])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), MEMBERS),
        st.tuples(st.just("remove"), MEMBERS),
        st.tuples(st.just("set_deadline"), MEMBERS, st.sampled_from([-1, 5, 10, 10, 1 << 40])),
        st.tuples(st.just("drop_due"), st.sampled_from([4, 5, 10, 1 << 41]), st.just(100)),
        st.tuples(st.just("pop")),
    ),
    max_size=30,
)


def due(model, now_ms):
    return {member for member, deadline in model.items() if 0 <= deadline <= now_ms}


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_as_a_plain_model(steps):
    members, model = TimedMembers(), {}
    for name, *arguments in steps:
        reply = getattr(members, name)(*arguments)
        if name == "add":
            assert reply == (arguments[0] not in model)
            model.setdefault(arguments[0], -1)
        elif name == "remove":
            assert reply == (model.pop(arguments[0], None) is not None)
        elif name == "set_deadline":
            assert reply == (arguments[0] in model)
            if reply:
                model[arguments[0]] = arguments[1]
        elif name == "pop":
            assert (reply is None) == (not model)
            model.pop(reply, None)
        else:
            gone = due(model, arguments[0])
            assert reply == len(gone)
            model = {member: each for member, each in model.items() if member not in gone}
        members.check()
        assert set(members) == model.keys()
        assert {member: members.deadline(member) for member in model} == model
        timed = {member: each for member, each in model.items() if each >= 0}
        assert dict(members.timed()) == timed
        assert members.first_deadline() <= min(timed.values(), default=-1)
        assert set(members.due(7, 100)) == due(model, 7)
        assert members.has_due(7) or not due(model, 7)
        assert members.deadline(b"none") == -2
    copy = TimedMembers()
    members.copy_into(copy)
    members.copy_deadlines(copy)
    copy.check()
    assert dict(copy.timed()) == dict(members.timed())
