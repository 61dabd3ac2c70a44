"""Why a request of a client needs a closer look before it is run: the bits of `Client.gates`.

Bits from 1 << 16 on are those of the gates that all clients pass, see rediskit.gates.
"""

NOT_AUTHENTICATED = 1
IN_TRANSACTION = 2
SUBSCRIBED = 4
UNTOUCHING = 8  # CLIENT NO-TOUCH
RESTRICTED = 16  # its user may not do everything
TRACKING = 32  # CLIENT TRACKING
MONITORING = 64  # MONITOR
