"""The gates a request passes before it is run, in the order in which Redis has them.

A gate looks at a request (client, command, arguments) and gives the text of the error to refuse it
with, or None. Each belongs to a bit; where the bit is set neither with the client nor with the
dispatcher, the gate is not asked, and where no bit is set, nobody comes here.
"""

from rediskit import errors
from rediskit.client import NOT_AUTHENTICATED
from rediskit.command import NO_AUTH


def authentication(client, command, arguments):
    """The client must have shown a password."""
    return None if command.flags & NO_AUTH else errors.NO_AUTHENTICATION


GATES = (
    (NOT_AUTHENTICATED, authentication),
)


def refusal(client, command, arguments, bits):
    """Why a client may not run a command now, None if it may. `bits`: the gates to pass."""
    for bit, gate in GATES:
        if bits & bit:
            reason = gate(client, command, arguments)
            if reason is not None:
                return reason
    return None
