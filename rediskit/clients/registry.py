"""All clients of a server, and what becomes of them when the rules of their users change."""

import weakref

from rediskit.clients.client import Client
from rediskit.clients.kinds import NORMAL, PROGRAM


class Clients:
    """The clients of one server.

    connected: those with a connection by their IDs, in the order of these. programs: those of the
    program that holds the server, which keeps them. made: how many there ever were.
    """

    def __init__(self, server, databases, users, subscriptions):
        self.connected = {}
        self.programs = weakref.WeakSet()
        self.made = 0
        self._server = server
        self._databases = databases
        self._users = users
        self._subscriptions = subscriptions

    def __len__(self):
        return len(self.connected)

    def __contains__(self, number):
        return number in self.connected

    def get(self, number):
        """The connected client with an ID, or None."""
        return self.connected.get(number)

    def values(self):
        """All connected clients."""
        return self.connected.values()

    def every(self):
        """All clients, a new list."""
        return [*self.connected.values(), *self.programs]

    # They come and go

    def embed(self):
        """A client of a program, who may do everything; the caller's to keep."""
        client = self._make(PROGRAM)
        self.programs.add(client)
        return client

    def connect(self):
        """A client for a connection: the default user, if nobody needs a password."""
        client = self._make(NORMAL)
        client.enter(self._users.default, self._users.need_password)
        self.connected[client.id] = client
        return client

    def _make(self, kind):
        self.made += 1
        return Client(self._server, self.made, self._databases[0], self._users.default, kind)

    def remove(self, client):
        """Lets go of a client whose connection is closed."""
        self.connected.pop(client.id, None)

    def end(self, client):
        """Closes a client's connection; its own, if it asked for it, behind the reply."""
        if client.call is not None:
            client.close_after_reply = True
        else:
            client.close_soon()

    # Their users

    def user_changed(self, user, before):
        """Has the clients follow the new rules of their user, and ends what they forbid.

        before: a User with the rules of before.
        """
        is_pardoned = user.keeps_channels(before)
        for client in self.every():
            if client.user is user:
                client.follow_user()
                if not is_pardoned and not self._subscriptions.are_permitted(client):
                    self.end(client)
            if user is self._users.default:
                client.need_password(self._users.need_password)

    def user_removed(self, user):
        """Ends the conversations of a user that is no more."""
        for client in self.every():
            if client.user is user:
                client.enter(self._users.default, True)
                self.end(client)
