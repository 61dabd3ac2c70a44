"""One user: whether it may come in, with which passwords, and what it may do then.

A list of rules makes a user; `describe` gives such a list back. Rules for commands, keys and
channels go to the root selector, the first one. Passwords are kept as SHA-256 in hexadecimal, and
every check looks at all of them, each in constant time.
"""

import hashlib
import hmac

from rediskit import errors
from rediskit.users.selector import RuleError, Selector, parse_selector

DEFAULT_NAME = b"default"

_HEXADECIMAL = b"0123456789abcdef"
_HASH_SIZE = 64


def hashed(password):
    """A password as it is kept: its SHA-256, bytes of lower-case hexadecimal digits."""
    return hashlib.sha256(password).hexdigest().encode()


def merge_selectors(rules):
    """(rules with what stands between `(` and `)` made one, the `(...` that is never closed)."""
    merged, opened = [], None
    for rule in rules:
        if opened is not None:
            opened += b" " + rule
        elif rule.startswith(b"(") and not rule.endswith(b")"):
            opened = rule
        else:
            merged.append(rule)
            continue
        if opened is not rule and rule.endswith(b")"):
            merged.append(opened)
            opened = None
    return merged, opened


class User:
    """A user of a server.

    name: bytes. enabled: whether it may authenticate. needs_no_password: whether any password
    will do. sanitizes: sanitize-payload. passwords: hashes. selectors: the root selector first.
    """

    def __init__(self, name, opens_channels=False):
        self.name = name
        self.enabled = False
        self.needs_no_password = False
        self.sanitizes = True
        self.passwords = []
        self.selectors = [Selector(opens_channels)]

    def copy(self):
        """Another user with the same name and rules."""
        other = User(self.name)
        other.become(self)
        return other

    def become(self, other):
        """Takes over all rules of another user."""
        self.enabled = other.enabled
        self.needs_no_password = other.needs_no_password
        self.sanitizes = other.sanitizes
        self.passwords = list(other.passwords)
        self.selectors = [selector.copy() for selector in other.selectors]

    # Checking

    @property
    def is_restricted(self):
        """Whether some request of it could be denied."""
        return not any(selector.permits_everything for selector in self.selectors)

    def accepts(self, password):
        """Whether it may come in with a password."""
        digest = hashed(password)
        found = False
        for known in self.passwords:
            found |= hmac.compare_digest(known, digest)
        return self.enabled and (self.needs_no_password or found)

    def denial(self, command, arguments):
        """None if a request is permitted, else (why, position of the word that is not).

        Of several selectors that which came closest says why; see Selector.denial.
        """
        closest = None
        for selector in self.selectors:
            found = selector.denial(command, arguments)
            if found is None:
                return None
            if closest is None or found > closest:
                closest = found
        return closest

    def reads_all_keys(self, command, arguments):
        """Whether a selector that permits a request permits to read every key as well."""
        return any(
            selector.reads_all_keys() and selector.denial(command, arguments) is None
            for selector in self.selectors
        )

    def permits_channel(self, channel, is_pattern):
        """Whether it may subscribe to a channel, or to a pattern of channels."""
        return any(selector.permits_channel(channel, is_pattern) for selector in self.selectors)

    def keeps_channels(self, before):
        """Whether its rules still have all channels that those of another user have."""
        if any(selector.all_channels for selector in self.selectors):
            return True
        if any(selector.all_channels for selector in before.selectors):
            return False
        own = {channel for selector in self.selectors for channel in selector.channels}
        return all(own.issuperset(selector.channels) for selector in before.selectors)

    # Rules

    def apply(self, rule, opens_channels=False):
        """Follows one rule. Raises RuleError; what was before is then lost: work on a copy.

        opens_channels: whether new selectors permit all channels (acl-pubsub-default).
        """
        word = rule.lower()
        if word == b"reset":
            self.become(User(self.name, opens_channels))
        elif word in _SWITCHES:
            name, value = _SWITCHES[word]
            setattr(self, name, value)
        elif word == b"nopass" or word == b"resetpass":
            self.needs_no_password = word == b"nopass"
            self.passwords.clear()
        elif rule.startswith((b">", b"#")):
            self._add_password(_hash_of(rule))
        elif rule.startswith((b"<", b"!")):
            self._remove_password(_hash_of(rule))
        elif word == b"clearselectors":
            del self.selectors[1:]
        elif rule.startswith(b"(") and rule.endswith(b")"):
            self.selectors.append(parse_selector(rule, opens_channels))
        elif rule:
            self.selectors[0].apply(rule)

    def _add_password(self, digest):
        if digest not in self.passwords:
            self.passwords.append(digest)
        self.needs_no_password = False

    def _remove_password(self, digest):
        if digest not in self.passwords:
            raise RuleError(errors.RULE_NO_PASSWORD)
        self.passwords.remove(digest)

    # Spelling

    def flags(self):
        """What ACL GETUSER shows as flags, a list of bytes."""
        found = [b"on" if self.enabled else b"off"]
        if self.needs_no_password:
            found.append(b"nopass")
        found.append(b"sanitize-payload" if self.sanitizes else b"skip-sanitize-payload")
        return found

    def describe(self):
        """Rules that make this user of a new one, with blanks between."""
        parts = self.flags()
        parts += [b"#" + digest for digest in self.passwords]
        parts.append(self.selectors[0].describe())
        parts += [b"(" + selector.describe() + b")" for selector in self.selectors[1:]]
        return b" ".join(parts)


def default_user():
    """The user that everybody is who has not authenticated, as it is without configuration."""
    user = User(DEFAULT_NAME)
    for rule in (b"on", b"nopass", b"~*", b"&*", b"+@all"):
        user.apply(rule)
    return user


def _hash_of(rule):
    """The hash that a rule about a password gives or stands for. Raises RuleError."""
    if rule.startswith((b">", b"<")):
        return hashed(rule[1:])
    digest = rule[1:]
    if len(digest) != _HASH_SIZE or digest.strip(_HEXADECIMAL):
        raise RuleError(errors.RULE_HASH)
    return digest


_SWITCHES = {
    b"on": ("enabled", True),
    b"off": ("enabled", False),
    b"sanitize-payload": ("sanitizes", True),
    b"skip-sanitize-payload": ("sanitizes", False),
}
