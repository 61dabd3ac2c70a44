"""Keyspace notifications: what happens to keys, published as messages (notify-keyspace-events).

    __keyspace@0__:key      the name of the event, if the classes contain K
    __keyevent@0__:event    the key, if they contain E

A command announces its events by name (`Database.changed`). Which class a name belongs to, the row
of its datatype says, or CLASS_OF here for what may happen to any key. Two classes are no changes of
a key and come from the database directly: m, a look-up that found nothing, and n, a key that is
new. While a class is off it costs nothing: there is no observer, and the database has nobody to
tell.
"""

from rediskit.datatypes.registry import DATATYPES

GENERIC = "g"
EXPIRED, EVICTED, NEW, MISS = "xenm"
BY_KEY, BY_EVENT = "KE"

CLASS_OF = {event: datatype.event_class for datatype in DATATYPES for event in datatype.events} | {
    "del": GENERIC,
    "expire": GENERIC,
    "persist": GENERIC,
    "rename_from": GENERIC,
    "rename_to": GENERIC,
    "move_from": GENERIC,
    "move_to": GENERIC,
    "copy_to": GENERIC,
    "restore": GENERIC,
    "expired": EXPIRED,
    "evicted": EVICTED,
}


class Notifications:
    """Publishes the events of the classes that are on."""

    def __init__(self, keyspace, subscriptions):
        self.keyspace = keyspace
        self.subscriptions = subscriptions
        self.wanted = {}  # the names, as bytes, of events whose class is on
        self.by_key = False
        self.by_event = False

    def follow(self, config):
        """Does as notify-keyspace-events in a Configuration says, now and when it changes."""
        config.follow("notify-keyspace-events", self.set_classes)

    def set_classes(self, letters):
        """Switches classes on and off: a str of letters, A spelled out (see EventClasses)."""
        self.by_key = BY_KEY in letters
        self.by_event = BY_EVENT in letters
        if not self.by_key and not self.by_event:
            letters = ""
        self.wanted = {
            event: event.encode() for event, letter in CLASS_OF.items() if letter in letters
        }
        keyspace = self.keyspace
        keyspace.observe_while(bool(self.wanted), self.observe)
        keyspace.tell_of_new = self.observe_new if NEW in letters else None
        keyspace.tell_of_miss = self.observe_miss if MISS in letters else None

    def observe(self, database, key, event):
        """Publishes an event if its class is on."""
        name = self.wanted.get(event)
        if name is not None and self.subscriptions.has_listeners():
            self.publish(database, key, name)

    def observe_new(self, database, key):
        """Publishes that there is a new key."""
        self.publish(database, key, b"new")

    def observe_miss(self, database, key):
        """Publishes that a key was looked up and is not there."""
        self.publish(database, key, b"keymiss")

    def publish(self, database, key, name):
        """Publishes one event."""
        if self.by_key:
            self.subscriptions.publish(b"__keyspace@%d__:%b" % (database.number, key), name)
        if self.by_event:
            self.subscriptions.publish(b"__keyevent@%d__:%b" % (database.number, name), key)
