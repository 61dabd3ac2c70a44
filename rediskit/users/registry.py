"""The users of one server, and all the ways in which they change.

Rules come from ACL SETUSER, from `user` lines of redis.conf, from the file of users and, for the
default user's password, from the directive requirepass. Whatever comes is tried on a copy first,
so that it is followed whole or not at all. A User object stays the same as long as there is a user
of that name: clients hold on to it.
"""

from rediskit import errors
from rediskit.config.kinds import ConfigError
from rediskit.errors import CommandError
from rediskit.grammar.command import DECLARED
from rediskit.users import aclfile
from rediskit.users.acl_log import ACLLog
from rediskit.users.aclfile import UsersError
from rediskit.users.selector import RuleError, has_blanks
from rediskit.users.user import DEFAULT_NAME, User, default_user, merge_selectors

__all__ = ["Users", "UsersError"]

MIXED_SOURCES = (
    "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path "
    "is invalid. This setup is very likely to lead to configuration errors and security holes, "
    "please define either an ACL file or declare users directly in your redis.conf, but not both."
)
DISABLED_USER = (
    "The user '%s' is disabled (there is no 'on' modifier in the user description). "
    "Make sure this is not a configuration error."
)
UNKNOWN_RULE = "Error loading ACL rule '%s' for the user named '%s': %s"
BLANKS_IN_NAME = "Spaces not allowed in ACL usernames"
ABORTED = "Aborting Redis startup because of ACL errors: %s"
FIRST_ARGUMENT = (
    "Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL "
    "and may get disabled in the future (offender: +%s)"
)


class Users:
    """The users by their names.

    acl_log: what was denied to them. observers: have user_changed(user, before), called
    when a user has got other rules (`before` is a User with those it had), and user_removed(user).
    """

    def __init__(self, config, clock, log):
        self.config = config
        self.log = log
        self.default = default_user()
        self.by_name = {DEFAULT_NAME: self.default}
        self.acl_log = ACLLog(config, clock)
        self.observers = []

    def get(self, name):
        """The User of a name, or None."""
        return self.by_name.get(name)

    def in_order(self):
        """All users, ordered by name."""
        return [self.by_name[name] for name in sorted(self.by_name)]

    @property
    def need_password(self):
        """Whether clients have to authenticate before they may do anything."""
        return not (self.default.needs_no_password and self.default.enabled)

    def authenticate(self, name, password):
        """The user who has this name and password, None if there is none or it is disabled."""
        user = self.by_name.get(name)
        return user if user is not None and user.accepts(password) else None

    # ACL SETUSER and DELUSER

    def change(self, name, rules):
        """Makes a user, or gives it more rules, all or none. Raises CommandError."""
        if has_blanks(name):
            raise CommandError(errors.ACL_USER_NAME)
        merged, opened = merge_selectors(rules)
        if opened is not None:
            raise CommandError(errors.acl_unmatched_parenthesis(opened.partition(b" ")[0]))
        user = self.by_name.get(name)
        changed = user.copy() if user is not None else User(name, self._opens_channels)
        for rule in merged:
            try:
                changed.apply(rule, self._opens_channels)
            except RuleError as error:
                raise CommandError(errors.acl_setuser(rule, error.reason)) from None
        self._warn_of_first_arguments(merged)
        self._replace(name, changed)

    def remove(self, names):
        """Removes users; how many there were. Raises CommandError for the default user."""
        if DEFAULT_NAME in names:
            raise CommandError(errors.ACL_DEFAULT_USER)
        found = [self.by_name.pop(name) for name in set(names) & self.by_name.keys()]
        for user in found:
            self._tell_of_removal(user)
        return len(found)

    def _replace(self, name, new):
        """Gives the user of a name the rules of `new`; makes it if need be."""
        user = self.by_name.get(name)
        if user is None:
            self.by_name[name] = new
            return
        before = user.copy()
        user.become(new)
        for observer in self.observers:
            observer.user_changed(user, before)

    def _tell_of_removal(self, user):
        for observer in self.observers:
            observer.user_removed(user)

    @property
    def _opens_channels(self):
        return self.config["acl-pubsub-default"] == "allchannels"

    def _warn_of_first_arguments(self, rules):
        for rule in rules:
            if rule.startswith(b"+") and b"|" in rule and DECLARED.named(rule[1:]) is None:
                self.log.warning(FIRST_ARGUMENT % errors.shown(rule[1:]))

    # Configuration

    def set_password(self, password):
        """Gives the default user this one password, b"" for none (requirepass)."""
        changed = self.default.copy()
        changed.apply(b"resetpass" if password else b"nopass")
        if password:
            changed.apply(b">" + password)
        self._replace(DEFAULT_NAME, changed)

    def begin(self):
        """Takes what the configuration says: requirepass, then `user` lines or the file of users.

        Raises ConfigError for a line that makes no sense, UsersError for what else is wrong.
        """
        self.set_password(self.config["requirepass"])
        declared = {}
        self.config.each_declared("user", lambda *words: self._declare(declared, *words))
        if declared and self.config["aclfile"]:
            raise UsersError(MIXED_SOURCES)
        for name, rules in declared.items():
            self._replace(name, self._made_of(name, rules))
        if self.config["aclfile"]:
            try:
                self.load()
            except UsersError as error:
                raise UsersError(ABORTED % error.text) from None

    def _declare(self, declared, name, *rules):
        """Checks a `user` line, but for commands, of which there may be more later."""
        if name in declared:
            raise ConfigError(errors.user_declaration(name, errors.DUPLICATE_USER))
        merged, opened = merge_selectors(rules)
        if opened is not None:
            rule = opened.partition(b" ")[0]
            raise ConfigError(errors.user_declaration(rule, errors.RULE_SYNTAX))
        trial = User(name)
        for rule in merged:
            try:
                trial.apply(rule)
            except RuleError as error:
                if error.reason != errors.RULE_UNKNOWN_COMMAND:
                    raise ConfigError(errors.user_declaration(rule, error.reason)) from None
        declared[name] = merged

    def _made_of(self, name, rules):
        """A new user as a `user` line has it. Raises UsersError."""
        if has_blanks(name):
            raise UsersError(BLANKS_IN_NAME)
        user = User(name, self._opens_channels)
        for rule in rules:
            try:
                user.apply(rule, self._opens_channels)
            except RuleError as error:
                shown = errors.shown(rule), errors.shown(name), error.reason
                raise UsersError(UNKNOWN_RULE % shown) from None
        self._warn_of_first_arguments(rules)
        if not user.enabled:
            self.log.notice(DISABLED_USER % errors.shown(name))
        return user

    def lines(self):
        """What CONFIG REWRITE writes behind `user`; nothing where the users have a file."""
        if self.config["aclfile"]:
            return []
        return [user.name + b" " + user.describe() for user in self.in_order()]

    # The file of users

    def load(self):
        """Takes the users of the file in the place of all that there are. Raises UsersError."""
        config = self.config
        found = aclfile.load(config["aclfile"], self._opens_channels, config["dir"])
        for name in self.by_name.keys() - found.keys():
            self._tell_of_removal(self.by_name.pop(name))
        for name, user in found.items():
            self._replace(name, user)

    def save(self):
        """Puts all users into the file. Raises OSError."""
        aclfile.save(self.config.path_of("aclfile"), self.in_order())
