"""The file of users: a line for each, `user name rule rule ...`, as ACL LIST shows them.

Words are divided by single blanks, without quotes. A file is taken as a whole or not at all; what
is wrong with it is told for all lines at once, and no password is ever repeated.
"""

import os

from rediskit import errors
from rediskit.config.file import replace_file
from rediskit.users.selector import RuleError, has_blanks
from rediskit.users.user import DEFAULT_NAME, User, default_user, merge_selectors

_BLANKS = b" \t\r\n"


class UsersError(Exception):
    """What the configuration or the file says of users cannot be taken.

    `text` says why, in Redis' words, without a code.
    """

    def __init__(self, text):
        super().__init__(text)
        self.text = text


def load(path, opens_channels, folder=""):
    """The users of a file: {name: User}, the default user always among them. UsersError.

    folder: where a relative path begins; errors show the path as it was given.
    """
    try:
        with open(os.path.join(folder, path), "rb") as file:
            text = file.read()
    except OSError as error:
        raise UsersError(errors.acl_file_open(path, error.strerror)) from None
    users, faults = {}, []
    for number, line in enumerate(text.split(b"\n"), 1):
        line = line.strip(_BLANKS)
        if line:
            faults += _take(users, path, number, line.split(b" "), opens_channels)
    if faults:
        raise UsersError("".join(faults) + errors.ACL_FILE_UNCHANGED)
    users.setdefault(DEFAULT_NAME, default_user())
    return users


def save(path, users):
    """Puts users into a file, atomically. Raises OSError."""
    lines = [b"user " + user.name + b" " + user.describe() + b"\n" for user in users]
    replace_file(path, b"".join(lines))


def _take(users, path, number, words, opens_channels):
    """Adds the user of a line; returns what is wrong with it, a list of texts."""
    if words[0] != b"user" or len(words) < 2:
        return [errors.acl_file_user(path, number)]
    name = words[1]
    if has_blanks(name):
        return [errors.acl_file_name(path, number, name)]
    if name in users:
        return [errors.acl_file_duplicate(name, number)]
    user = users[name] = User(name, opens_channels)
    rules, opened = merge_selectors(words[2:])
    if opened is not None:
        return [errors.acl_file_parenthesis(path, number)]
    faults, has_other_fault = [], False
    for rule in rules:
        rule = rule.strip(_BLANKS)
        try:
            user.apply(rule, opens_channels)
        except RuleError as error:
            if error.reason == errors.RULE_UNKNOWN_COMMAND:
                faults.append(errors.acl_file_command(path, number, rule, error.reason))
            elif not has_other_fault:
                # Later ones may follow from this one.
                faults.append(errors.acl_file_rule(path, number, error.reason))
                has_other_fault = True
    return faults
