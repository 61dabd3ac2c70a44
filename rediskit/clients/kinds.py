"""What kind of a client it is, which limits and privileges go by.

Up to REPLICA they come over a connection of theirs and may be made to wait; a PRIMARY is who we are
a replica of, a SCRIPT and the LOG give commands from within, a PROGRAM is what the server is
embedded in.
"""

NORMAL, PUBSUB, REPLICA, PRIMARY, SCRIPT, LOG, PROGRAM = range(7)
