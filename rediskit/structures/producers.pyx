"""What the producers of a stream have sent lately, so that nothing is added twice.

A producer that is not sure whether its message arrived sends it again, under the same name. For
each producer the messages are kept in the order they came, with the id of their entry: up
to `most` of them, and for `duration_seconds`, as the milliseconds of their ids tell.

The ids are plain bytes, so that a snapshot, in the child of a fork, can read them without a
reference to any object.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.string cimport memcpy

from rediskit.structures.ids cimport Id, id_of
from rediskit.structures.memory cimport account

cdef enum:
    OBJECT_BYTES = 160          # of a Producers and its dictionary, in Python's memory
    PRODUCER_BYTES = 400        # of a producer beside its name
    MESSAGE_BYTES = 190         # of a message beside its name

DURATION_SECONDS = 100
MOST = 100


cdef class Producers:
    """The messages of all producers of one stream.

    added, repeated: how many messages there ever were, and how many of them came again.
    """

    def __init__(self, duration_seconds=DURATION_SECONDS, most=MOST):
        self.sent = {}
        self.duration_seconds = duration_seconds
        self.most = most
        self.hold(OBJECT_BYTES)

    def __dealloc__(self):
        account(-self.held)

    def __len__(self):
        return len(self.sent)

    cdef int hold(self, Py_ssize_t delta) except -1:
        self.held += delta
        account(delta)
        return 0

    cpdef int limit(self, long long duration_seconds, long long most) except -1:
        """Sets how many messages are kept, and how long; forgets all there are if it is new."""
        if (duration_seconds, most) != (self.duration_seconds, self.most):
            self.clear()
        self.duration_seconds, self.most = duration_seconds, most
        return 0

    cpdef tuple find(self, bytes producer, bytes message, object now_ms):
        """The id of the entry of a message that was sent before; None if it was not."""
        cdef dict messages = self.sent.get(producer)
        if messages is None:
            return None
        id_bytes = messages.get(message)
        if id_bytes is None:
            return None
        pair = pair_of(id_bytes)
        return None if pair[0] + 1000 * self.duration_seconds < now_ms else pair

    cpdef int note(self, bytes producer, bytes message, tuple pair) except -1:
        """Keeps a message, and lets go of what is too old, or too much."""
        cdef dict messages = self.sent.get(producer)
        if messages is None:
            messages = self.sent[producer] = {}
            self.hold(PRODUCER_BYTES + len(producer))
        if messages.pop(message, None) is None:
            self.hold(MESSAGE_BYTES + len(message))
        messages[message] = bytes_of(pair)
        oldest_ms = pair[0] - 1000 * self.duration_seconds
        while True:
            oldest = next(iter(messages))
            if len(messages) <= self.most and pair_of(messages[oldest])[0] >= oldest_ms:
                return 0
            del messages[oldest]
            self.hold(-MESSAGE_BYTES - len(<bytes>oldest))

    cpdef int count_messages(self) except -1:
        """How many messages are kept."""
        return sum([len(messages) for messages in self.sent.values()])

    def items(self):
        """(producer, [(message, id)]) for each, the messages in the order they came."""
        for producer, messages in self.sent.items():
            yield producer, [(message, pair_of(id)) for message, id in messages.items()]

    cpdef Producers copy(self):
        """An independent one of the same content."""
        cdef Producers other = Producers(self.duration_seconds, self.most)
        other.sent = {producer: messages.copy() for producer, messages in self.sent.items()}
        other.hold(self.held - other.held)
        other.added, other.repeated = self.added, self.repeated
        return other

    cpdef int clear(self) except -1:
        """Forgets all messages."""
        self.sent = {}
        self.hold(OBJECT_BYTES - self.held)
        return 0


cdef bytes bytes_of(tuple pair):
    cdef Id id = id_of(pair)
    return PyBytes_FromStringAndSize(<char *>&id, sizeof(Id))


cdef tuple pair_of(bytes text):
    cdef Id id
    memcpy(&id, PyBytes_AS_STRING(text), sizeof(Id))
    return (id.ms, id.seq)
