"""All connections of a server: how they come, what is done for them in each turn, how they end."""

import functools
import socket

from rediskit.clients.memory import ClientMemory
from rediskit.logfile import VERBOSE, RareWarning
from rediskit.network.connection import Connection
from rediskit.network.listeners import Listeners, spelled
from rediskit.network.output_limit import follow_limits, unauthenticated_limit
from rediskit.network.transport import PLAIN
from rediskit.network.unauthenticated import Unauthenticated

# The sweep looks at every connection once a second, a tenth of them at a time.
SWEEPS_PER_ROUND = 10


class Network:
    """All connections and listeners of a server; whoever builds it calls `flush` and
    `serve_unfinished` before each sleep of the loop, in this order with what comes between:
    `serve_unfinished`, the append log, `flush`. And `sweep` ten times a second.

    loop, clock, config, log: as in their modules.
    dispatcher: request(client, arguments) serves one request and writes its reply;
    prepare(client, requests) is told of several that are there, before the first is served.
    make_client(connection): a new client, with `output` set.
    client_closed(client): called when its connection is gone.
    password_needed(): whether the default user has a password, which ends protected mode.

    frees_buffers: whether empty output buffers are freed (DEBUG REPLYBUFFER RESIZING).
    The counters are those of INFO; whoever serves CONFIG RESETSTAT sets them to 0.
    """

    def __init__(
        self, loop, dispatcher, clock, config, log, make_client, client_closed, password_needed
    ):
        self.loop = loop
        self.dispatcher = dispatcher
        self.clock = clock
        self.config = config
        self.log = log
        self.make_client = make_client
        self.client_closed = client_closed
        self.password_needed = password_needed
        self.connections = []
        self.client_memory = ClientMemory(log)
        self.weighs_clients = False
        self.frees_buffers = True
        self.local_addresses = {}
        self._pending_output = []
        self._unfinished = []
        self.unauthenticated = Unauthenticated(loop)
        self._swept = 0
        self.warn_of_attack = RareWarning(log)
        self.reset_statistics()
        self._follow_config()
        self.listeners = Listeners(self)

    def reset_statistics(self):
        """Begins to count anew, as CONFIG RESETSTAT does."""
        self.connections_received = 0
        self.rejected_connections = 0
        self.net_input_bytes = 0
        self.net_output_bytes = 0
        self.reads_processed = 0
        self.writes_processed = 0
        self.client_query_buffer_limit_disconnections = 0
        self.client_output_buffer_limit_disconnections = 0
        self.client_memory.reset_statistics()

    def say(self, text, *values):
        """A line of the log at level verbose, put together only if it is wanted."""
        if self.log.level <= VERBOSE:
            self.log.verbose(text % values if values else text)

    # Configuration

    def _follow_config(self):
        config = self.config
        self.limits = follow_limits(config)
        self.unauthenticated_limit = unauthenticated_limit()
        config.follow("proto-max-bulk-len", self._set_max_bulk_length)
        set_query_buffer_limit = functools.partial(setattr, self, "query_buffer_limit")
        config.follow("client-query-buffer-limit", set_query_buffer_limit)
        config.follow("timeout", functools.partial(setattr, self, "timeout_seconds"))

    def limit_client_memory(self, limit_bytes):
        """Sets how much memory all clients may take together, 0 for any (maxmemory-clients)."""
        self.weighs_clients = limit_bytes > 0
        self.client_memory.set_limit(limit_bytes, [each.client for each in self.connections])

    def _set_max_bulk_length(self, size):
        self.max_bulk_length = size
        for connection in self.connections:
            connection.parser.max_bulk_length = size

    # Connections

    def listen(self):
        """Opens all listening sockets that the configuration asks for. Raises ListenError."""
        self.listeners.listen()

    def connect(self, connected, peer, transport=PLAIN):
        """A new client on a connected, non-blocking socket, which is taken over. `peer`: address.

        Returns the connection.
        """
        connection = Connection(self, transport)
        try:
            client = self.make_client(connection)
            client.address = peer
            client.local_address = self._local_address(connected, peer)
        except BaseException:
            connected.close()
            raise
        connection.open(connected.detach(), client)
        self.connections_received += 1
        return connection

    def _local_address(self, connected, peer):
        """Our end's address; one and the same str for all connections to it."""
        if connected.family == socket.AF_UNIX:
            return peer
        local = spelled(connected.getsockname())
        return self.local_addresses.setdefault(local, local)

    # In each turn

    def serve_unfinished(self):
        """Goes on with the requests that wait in parsers: to be called before the loop sleeps."""
        if self._unfinished:
            self._go_on()
        self.unauthenticated.serve()

    def _go_on(self):
        batch = self._unfinished
        self._unfinished = []
        for connection in batch:
            connection.unfinished = False
            if connection.fd >= 0:
                connection._serve(b"")

    def flush(self):
        """Sends all output, and closes clients that take too much: the last before a sleep."""
        if self._pending_output:
            self._send_pending()
        if self.weighs_clients:
            self.client_memory.settle()

    def _send_pending(self):
        batch = self._pending_output
        self._pending_output = []
        for connection in batch:
            try:
                connection._write()
            except Exception as error:
                self.loop.report(connection, error)

    def sweep(self):
        """Looks after a tenth of the connections; to be called ten times a second."""
        for _ in range(len(self.connections) // SWEEPS_PER_ROUND + 1):
            if self._swept >= len(self.connections):
                self._swept = 0
                if not self.connections:
                    return
            connection = self.connections[self._swept]
            connection.look_after()
            if connection.fd >= 0:
                self._swept += 1

    def _remove(self, connection):
        """Takes a connection out of the list; the last one moves to its place."""
        self.client_memory.replicas.discard(connection.client)
        last = self.connections.pop()
        if last is not connection:
            self.connections[connection.position] = last
            last.position = connection.position

    # The end

    def close(self):
        """Closes all listeners and connections, after one more attempt to send what is left."""
        self.listeners.close()
        self.flush()
        for connection in list(self.connections):
            connection.close()
