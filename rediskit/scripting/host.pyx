"""What an interpreter needs of who owns it: a server to call, a log, a word on when to stop."""


cdef class Host:
    """To be derived from. What it raises as CommandError becomes an error of the script.

    has_counted: whether errorstats have the error that was raised last. speaks_3: the script asked
    for values as in RESP3.
    """

    cpdef object call(self, list words):
        """Runs a command, a list of bytes, for redis.call; returns its value."""
        raise NotImplementedError

    cpdef object permits(self, list words):
        """Whether the user may run a command, for redis.acl_check_cmd."""
        raise NotImplementedError

    cpdef object log(self, int level, bytes message):
        """Writes a line to the log; level: 0 debug, 1 verbose, 2 notice, 3 warning."""
        raise NotImplementedError

    cpdef object replicate(self, int targets):
        """Hands what follows on to some only: 0 nobody, 1 the log, 2 replicas, 3 both."""
        raise NotImplementedError

    cpdef object register(self, bytes name, int function, list flags, bytes description):
        """Takes a function of a library that is being loaded; flags: a list of bytes."""
        raise NotImplementedError

    cpdef bint is_to_stop(self) except -1:
        """Asked again and again when a script has taken its time: whether it shall end."""
        raise NotImplementedError
