"""A connection: bytes that arrive become requests, and replies become bytes that leave.

A Connection is the network's half of a client: a descriptor, a request parser, and the client's
output buffer. What happens in one turn of the event loop:

- A readable connection reads once, and its requests go to the dispatcher one by one, until there is
  no whole one left, or the client is blocked, is to be closed, or has used up its time. Requests
  that stay behind wait in the parser.
- `serve_unfinished` (before the loop sleeps) goes on with those that ran out of time, and with
  those whose client is no longer blocked (`resume`).
  It serves unauthenticated clients, too, who have yet to show a password: see unauthenticated.py.
- `flush` (the last thing before the loop sleeps, after the append log was written) sends: one
  write per connection that has output, whoever wrote it. What the socket doesn't take waits for
  the socket to have room, and then for the next flush.

So nothing is sent before it is logged, and nothing is closed while the dispatcher may be at work
on it: whoever closes a client from outside its own request calls `close_soon`.

An idle connection holds no buffers: the parser keeps nothing between requests, and the sweep, which
looks after every connection once a second, takes the memory of empty output buffers.

The dispatcher's side of the agreement. A client has `output` (a Buffer, the same all its life),
`connection`, `blocked` (its requests have to wait), `close_after_reply`, `closing` (nothing it
says or is told matters any more), `authenticated`, `last_interaction` (seconds), `kind` (whose
limits count). Whoever writes to a client outside of the client's own request does so with
`client.send()`, or calls `client.go_on()`.
"""

import sys

from rediskit import errors
from rediskit.clients.bits import MONITORING
from rediskit.clients.client import NO_CONNECTION
from rediskit.clients.kinds import NORMAL, REPLICA
from rediskit.config.quoting import excerpt
from rediskit.eventloop import READ, WRITE, Handler
from rediskit.protocol.requests import RequestParser
from rediskit.protocol.streaming import Sequel
from rediskit.structures.memory import account

_READ = READ  # as C integers
_NORMAL = NORMAL
_REPLICA = REPLICA
_MONITORING = MONITORING

# One read takes so many bytes, or more while a request is on its way that is larger than that.
READ_SIZE = 16 * 1024
LARGE_READ_SIZE = 256 * 1024

# So much at a time is read from who has yet to show a password.
UNAUTHENTICATED_READ_SIZE = 512

# Who has not come to the end of the handshake by then is sent away.
HANDSHAKE_SECONDS = 10

# After so much time with one client the others are served.
CLIENT_TIME_US = 5000

# So many requests of a client are parsed before the first of them is run.
LOOK_AHEAD = 64

# A drained output buffer that held more gives its memory back at once, others in the sweep.
LARGE_OUTPUT = 16 * 1024

# Bytes of a streamed reply that are made at a time.
STREAM_SIZE = 64 * 1024


class Connection(Handler):
    """A connected socket and the client behind it. Takes over the descriptor and closes it.

    transport: how bytes get through the socket, a Transport.
    """

    def __init__(self, network, transport):
        Handler.__init__(self)
        self.network = network
        self.transport = transport
        self.client = None
        self.output = None
        self.parser = RequestParser()
        self.parser.max_bulk_length = network.max_bulk_length
        self.limit = network.limits[NORMAL]
        self.above_soft_limit_since = 0
        self.counted = 0
        self.position = -1
        self.authenticated = True
        self.queued = False
        self.waiting_for_room = False
        self.unfinished = False
        self.lined_up = False
        self.ahead = None
        self.ahead_served = 0
        self.source = None

    def open(self, fd, client):
        """Begins to serve the descriptor for `client`."""
        network = self.network
        self.client = client
        self.output = client.output
        client.connection = self
        client.last_interaction = network.clock.seconds
        if not client.authenticated:
            self._authentication_changed()
        network.loop.register(fd, self, READ)
        self.position = len(network.connections)
        network.connections.append(self)

    def follow_kind(self):
        """To be called when the client has become one of another kind: its limit is another."""
        network = self.network
        kind = self.client.kind
        self.limit = network.limits[kind] if self.authenticated else network.unauthenticated_limit
        network.client_memory.follow_kind(self.client)

    # The handshake

    def _shake_hands(self):
        """Goes on with the handshake; whether the conversation can begin."""
        try:
            events = self.transport.shake_hands(self.fd) or _READ
        except OSError as error:
            self._handshake_failed(error.strerror)
            return False
        if self.events != events:
            self.network.loop.modify(self, events)
        if not self.transport.established:
            return False
        if self.client.close_after_reply:
            self.queue_output()
            return False
        return True

    def _handshake_failed(self, why):
        client = self.client
        self.network.log.warning(
            f"Error accepting a client connection: {why} "
            f"(addr={client.address} laddr={client.local_address})"
        )
        self.close()

    def turn_away(self, text):
        """Has a client told, once the handshake is done, why it is not served: an error text."""
        self.network.rejected_connections += 1
        self.client.write(errors.CommandError(text))
        self.client.close_after_reply = True

    # Reading

    def on_readable(self):
        """Reads once and serves what that completes; the unauthenticated stand in line for that."""
        if self.unfinished or not self.transport.established and not self._shake_hands():
            return
        if self.authenticated:
            self.read()
        else:
            self.network.unauthenticated.line_up(self)

    def read(self):
        """Reads once and serves what that completes."""
        self._read_once()
        if self.transport.ended:
            self._see_end_of_input()

    def _see_end_of_input(self):
        """If the input ended along with the last request, sees to that: no event will come."""
        if self.fd >= 0 and self.events & _READ:
            self._read_once()

    def _read_once(self):
        network = self.network
        try:
            data = self.transport.receive(self.fd, self._read_size())
        except OSError as error:
            network.say("Reading from client: %s", error.strerror)
            self.close()
            return
        if data is None:
            return
        size = len(data)
        if size == 0:
            self._end_of_input()
            return
        network.reads_processed += 1
        network.net_input_bytes += size
        self.client.last_interaction = network.clock.seconds
        self.parser.feed(data)
        if self.parser.pending() > network.query_buffer_limit:
            self._too_much_input(data)
            return
        self._serve(data)

    def _read_size(self):
        """How much to read at a time."""
        if not self.authenticated:
            return UNAUTHENTICATED_READ_SIZE
        return READ_SIZE if self.parser.pending() < READ_SIZE else LARGE_READ_SIZE

    def _end_of_input(self):
        """The peer sends no more. It may still read: it gets the replies it has coming."""
        network = self.network
        if self.output.length and not self.client.blocked:
            self.client.close_after_reply = True
            network.loop.modify(self, self.events & ~READ)
            self.queue_output()
            return
        network.say("Client closed connection %s", self.client)
        self.close()

    def _too_much_input(self, data):
        network = self.network
        if self.fd < 0:
            return
        network.log.warning(
            f"Closing client that reached max query buffer length: {self.client} "
            f"(qbuf initial bytes: {excerpt(data)})"
        )
        network.client_query_buffer_limit_disconnections += 1
        self.close()

    # Serving

    def _serve(self, data):
        """Has the dispatcher answer the requests that are there, for a bounded time.

        `data` is what was received last, for the log.
        """
        network = self.network
        dispatcher = network.dispatcher
        client = self.client
        if network.weighs_clients:
            if self.parser.pending() > READ_SIZE:
                network.client_memory.note(client)
            network.client_memory.settle()
        dispatcher.begin()
        start_us = dispatcher.now_us
        try:
            while not (client.blocked or client.close_after_reply or client.closing):
                arguments = self._next_request()
                if arguments is None:
                    break
                dispatcher.request(client, arguments)
                hard_bytes = self.limit.hard_bytes
                if hard_bytes and self.output.length > hard_bytes:
                    break
                if dispatcher.now_us - start_us > CLIENT_TIME_US:
                    self._go_on_later()
                    break
        except errors.ProtocolError as error:
            self._refuse(error, data)
        except Exception as error:
            # The client would wait for a reply for ever, and take the next one for it.
            network.loop.report(self, error)
            client.closing = True
        if (self.output.length or client.close_after_reply or client.closing) and self.fd >= 0:
            self.queue_output()
        if self.fd >= 0:
            self._count_input()

    def _count_input(self):
        """Counts the bytes that are kept of unfinished requests and transactions as memory used."""
        size = self.parser.pending() + self.client.queue_bytes
        if size != self.counted:
            account(size - self.counted)
            self.counted = size
        if self.network.weighs_clients:
            self.network.client_memory.note(self.client)

    def _next_request(self):
        """The next request, or None; looks ahead where there are several."""
        if self.ahead is not None:
            return self._from_ahead()
        client = self.client
        parser = self.parser
        if self.authenticated != client.authenticated:
            self._authentication_changed()
        arguments = parser.next()
        if arguments is None or not parser.pending() or not self.authenticated:
            return arguments
        return self._look_ahead(arguments)

    def _authentication_changed(self):
        """Who has yet to show a password gets by with less."""
        self.authenticated = self.parser.authenticated = self.client.authenticated
        self.follow_kind()

    def _look_ahead(self, first):
        """Parses requests behind the first one, and has the dispatcher prepare for all of them.

        An error of the parser shows again when the requests before it are served.
        """
        requests = [first]
        try:
            while len(requests) < LOOK_AHEAD:
                arguments = self.parser.next()
                if arguments is None:
                    break
                requests.append(arguments)
        except errors.ProtocolError:
            self.network.say("Protocol error behind %d whole requests", len(requests))
        self.network.dispatcher.prepare(self.client, requests)
        self.ahead = requests
        self.ahead_served = 1
        return first

    def pending(self):
        """Bytes that were received and not served; of what is parsed ahead only the arguments."""
        size = self.parser.pending()
        if self.ahead is not None:
            size += sum(len(word) for words in self.ahead[self.ahead_served :] for word in words)
        return size

    def unparsed(self):
        """Bytes of which no whole argument has been made yet, and of requests parsed ahead."""
        return self.pending() - self.parser.pending() + self.parser.unparsed()

    def parsed(self):
        """Bytes of the arguments that have come of a request that is not whole."""
        return self.parser.parsed()

    def announced(self):
        """Bytes that are still to come of a large argument whose length has come."""
        return self.parser.announced()

    def memory(self):
        """Bytes that the connection takes, with what was received and what was announced."""
        objects = sys.getsizeof(self) + sys.getsizeof(self.parser)
        return objects + self.pending() + self.announced()

    def _from_ahead(self):
        """The next of the requests parsed ahead; behind the last, of those that follow."""
        if self.ahead_served < len(self.ahead):
            self.ahead_served += 1
            return self.ahead[self.ahead_served - 1]
        self.ahead = None
        return self._next_request()

    def _refuse(self, error, data):
        """Answers bytes that are no request, and ends the conversation."""
        client = self.client
        if isinstance(error, errors.SecurityAttack):
            sender = f"Connection from {client.address} aborted."
            self.network.warn_of_attack(error.text.replace("Connection aborted.", sender))
            client.closing = True
            return
        self.network.say(
            "Protocol error (%s) from client: %s. Query buffer during protocol error: %s",
            error.text.removeprefix("ERR Protocol error: "),
            client,
            excerpt(data),
        )
        client.reply(error)
        client.close_after_reply = True

    def _go_on_later(self):
        if not self.unfinished:
            self.unfinished = True
            self.network._unfinished.append(self)
        self.network.loop.skip_sleep()

    def resume(self):
        """The client is no longer blocked: serves the requests that waited, before the sleep."""
        if self.fd >= 0 and (self.ahead is not None or self.parser.pending()):
            self._go_on_later()

    # Writing

    def queue_output(self):
        """Has the client's output sent before the loop sleeps, or the client closed if it is full.

        To be called by whoever writes to a client outside of that client's own request.
        """
        if not self.queued:
            self.queued = True
            self.network._pending_output.append(self)
        if self.limit.hard_bytes and self.output.length > self.limit.hard_bytes:
            self._end_at_limit()
        elif self.network.weighs_clients:
            self.network.client_memory.note(self.client)

    def on_writable(self):
        """The socket has room again: the next flush uses it, or the handshake does."""
        if self.transport.established:
            self.waiting_for_room = False
            self.queue_output()
        elif self._shake_hands():
            self.on_readable()

    def _write(self):
        """Sends what the socket takes, once, and sees to what remains."""
        network = self.network
        client = self.client
        self.queued = False
        if self.fd < 0:
            return
        if client.closing:
            self.close()
            return
        if self.output.length and not self.waiting_for_room:
            try:
                sent = self.transport.send(self.fd, self.output)
            except OSError as error:
                network.say("Error writing to client: %s", error.strerror)
                self.close()
                return
            network.writes_processed += 1
            if sent:
                network.net_output_bytes += sent
                client.last_interaction = network.clock.seconds
            if sent > LARGE_OUTPUT and not self.output.length:
                self.output.clear()
            if network.weighs_clients:
                network.client_memory.note(client)
        if self.output.length:
            self._wait_for_room()
            return
        self.above_soft_limit_since = 0
        if self.source is not None:
            self._write_more()
            return
        if client.close_after_reply:
            self.close()
        elif self.events != _READ and not self.lined_up:
            network.loop.modify(self, READ)

    def stream(self, source, output):
        """Has a reply that has begun made as its reader takes it; no request is served meanwhile.

        A reply that is larger than the limit ends a client, although it need not be there at once:
        Redis makes all of it at once. To a replica, what is streamed is a snapshot, no reply.
        """
        most_bytes = self.limit.hard_bytes
        if most_bytes and self.client.kind != _REPLICA:
            if source.encode_more(output, most_bytes):
                self._end_at_limit()
            return
        self.source = source
        self.client.blocked = self.client.streaming = True
        self.queue_output()

    def follow_up(self, value):
        """Has a reply follow the one that is being streamed."""
        if type(self.source) is not Sequel:
            self.source = Sequel(self.source)
        self.source.add(value, self.client.protocol)

    def _write_more(self):
        """The reader has taken all there was of a streamed reply: makes more."""
        if not self.source.encode_more(self.output, STREAM_SIZE):
            self.source = None
            self.client.blocked = self.client.streaming = False
            self.client.send_deferred()
            self.resume()
        self.queue_output()
        self.network.loop.skip_sleep()

    def _wait_for_room(self):
        self.waiting_for_room = True
        reads_on = not self.client.close_after_reply
        if not self.lined_up:
            self.network.loop.modify(self, READ | WRITE if reads_on else WRITE)
        if self._is_over_limit():
            self._end_at_limit()

    def _is_over_limit(self):
        """Whether the output that waits is too much, or was somewhat too much for too long."""
        size = self.output.length
        limit = self.limit
        if limit.hard_bytes and size > limit.hard_bytes:
            return True
        if not limit.soft_bytes or size <= limit.soft_bytes:
            self.above_soft_limit_since = 0
            return False
        now = self.network.clock.seconds
        if not self.above_soft_limit_since:
            self.above_soft_limit_since = now
        return now - self.above_soft_limit_since > limit.soft_seconds

    def _end_at_limit(self):
        if self.client.closing:
            return
        network = self.network
        network.log.warning(
            f"Client {self.client} scheduled to be closed ASAP "
            "for overcoming of output buffer limits."
        )
        network.client_output_buffer_limit_disconnections += 1
        self.close_soon()

    def look_after(self):
        """Once a second: frees unused memory, and closes a client that is slow or silent."""
        network = self.network
        client = self.client
        transport = self.transport
        if not transport.established:
            if network.clock.seconds - client.created > HANDSHAKE_SECONDS:
                self._handshake_failed("handshake timed out")
            return
        transport.tidy()
        if transport.ended:
            self._see_end_of_input()
            if self.fd < 0:
                return
        if not self.output.length:
            if network.frees_buffers:
                self.output.clear()
        elif self._is_over_limit():
            self._end_at_limit()
            return
        if network.weighs_clients:
            network.client_memory.note(client)
        if (
            network.timeout_seconds
            and network.clock.seconds - client.last_interaction > network.timeout_seconds
            and client.kind == _NORMAL
            and not client.blocked
            and not client.gates & _MONITORING
        ):
            network.say("Closing idle client")
            self.close()

    # Closing

    def close_soon(self):
        """Closes before the loop sleeps, without sending what is left. Safe at any time."""
        if self.fd < 0:
            return
        self.client.closing = True
        if not self.queued:
            self.queued = True
            self.network._pending_output.append(self)
        self.network.loop.skip_sleep()

    def close(self):
        """Closes at once. Not for use within a command: there it is `close_soon`."""
        fd = self.fd
        if fd < 0:
            return
        network = self.network
        network.loop.unregister(self)
        self.transport.close(fd)
        network._remove(self)
        client = self.client
        client.closing = True
        self.source = None
        self.output.clear()
        account(-self.counted)
        self.counted = 0
        network.client_memory.forget(client)
        try:
            network.client_closed(client)
        finally:
            client.connection = NO_CONNECTION
