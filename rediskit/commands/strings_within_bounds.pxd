cimport cython

from rediskit.clients.client cimport Client
from rediskit.commands.strings cimport deadline_of, store_pairs
from rediskit.grammar.arguments cimport Options, integer
from rediskit.keyspace.database cimport Database
from rediskit.keyspace.strings cimport increment

cdef Options MSETEX_OPTIONS, INCREX_OPTIONS

@cython.locals(database=Database, before="long long", is_persisted=bint, has_time=bint)
cdef keep(Client client, bytes key, bytes value, bint is_new, str event, dict options,
          long long deadline)

@cython.locals(total=object)
cdef list add_plainly(Client client, bytes key, long long delta)
