"""Keyspace notifications: what happens to keys, published as messages (notify-keyspace-events).

    __keyspace@0__:key      the name of the event, if the classes contain K
    __keyevent@0__:event    the key, if they contain E

Events of elements, the fields of a hash, have four channels more, whether K or E are there or not;
what is of varying length has its length and a colon in front:

    S  __subkeyspace@0__:key                event|field,field...
    T  __subkeyevent@0__:event              key|field,field...
    I  __subkeyspaceitem@0__:key\\nfield     event, one message for each field
    V  __subkeyspaceevent@0__:event|key     field,field...

A command announces its events by name (`Database.changed`). Which class a name belongs to, the row
of its datatype says, or CLASS_OF here for what may happen to any key. Four classes are no changes
that a command announces and come from the database directly: m, a look-up that found nothing, n, a
key that is new, o, a value that was replaced as a whole, and c, by one of another type. While a
class is off it costs nothing: there is no observer, and the database has nobody to tell.
"""

from rediskit.datatypes.registry import DATATYPES, HASH

GENERIC = "g"
EXPIRED, EVICTED, NEW, MISS, OVERWRITTEN, TYPE_CHANGED = "xenmoc"
BY_KEY, BY_EVENT = "KE"
ELEMENTS_BY_KEY, ELEMENTS_BY_EVENT, BY_ELEMENT, BY_EVENT_AND_KEY = ELEMENT_LETTERS = "STIV"

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
        self.tells_overwritten = False
        self.tells_type_changed = False
        self.element_letters = []

    def follow(self, config):
        """Does as notify-keyspace-events in a Configuration says, now and when it changes."""
        config.follow("notify-keyspace-events", self.set_classes)

    def set_classes(self, letters):
        """Switches classes on and off: a str of letters, A spelled out (see EventClasses)."""
        self.set_element_classes(letters)
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
        self.tells_overwritten = OVERWRITTEN in letters
        self.tells_type_changed = TYPE_CHANGED in letters
        tells = self.tells_overwritten or self.tells_type_changed
        keyspace.tell_of_overwritten = self.observe_overwritten if tells else None

    def set_element_classes(self, letters):
        """Switches the channels for events of elements on and off."""
        self.element_letters = [letter for letter in ELEMENT_LETTERS if letter in letters]
        if HASH.event_class not in letters:
            self.element_letters = []
        is_wanted = bool(self.element_letters)
        self.keyspace.tell_of_elements = self.observe_elements if is_wanted else None

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

    def observe_overwritten(self, database, key, is_other_type):
        """Publishes that a value was replaced, perhaps by one of another type."""
        if self.tells_overwritten:
            self.publish(database, key, b"overwritten")
        if self.tells_type_changed and is_other_type:
            self.publish(database, key, b"type_changed")

    def observe_elements(self, database, key, event, elements):
        """Publishes an event of fields of a hash; other elements have none."""
        if event not in HASH.events or not self.subscriptions.has_listeners():
            return
        publish = self.subscriptions.publish
        number, name = database.number, event.encode()
        listed = b",".join([sized(element) for element in elements])
        for letter in self.element_letters:
            if letter == ELEMENTS_BY_KEY:
                publish(b"__subkeyspace@%d__:%b" % (number, key), b"%b|%b" % (name, listed))
            elif letter == ELEMENTS_BY_EVENT:
                text = b"%b|%b" % (sized(key), listed)
                publish(b"__subkeyevent@%d__:%b" % (number, name), text)
            elif letter == BY_EVENT_AND_KEY:
                publish(b"__subkeyspaceevent@%d__:%b|%b" % (number, name, key), listed)
            elif b"\n" not in key:
                for element in elements:
                    publish(b"__subkeyspaceitem@%d__:%b\n%b" % (number, key, element), name)

    def publish(self, database, key, name):
        """Publishes one event."""
        if self.by_key:
            self.subscriptions.publish(b"__keyspace@%d__:%b" % (database.number, key), name)
        if self.by_event:
            self.subscriptions.publish(b"__keyevent@%d__:%b" % (database.number, name), key)


def sized(text):
    """Bytes with their length in front: b"2:ab"."""
    return b"%d:%b" % (len(text), text)
