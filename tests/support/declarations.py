"""An empty world of declarations, for tests that fill it themselves."""

import contextlib

from rediskit.grammar.command import DECLARED


@contextlib.contextmanager
def undeclared():
    """Has nothing be declared for a while."""
    commands, spellings = dict(DECLARED.commands), dict(DECLARED.spellings)
    numbered = list(DECLARED.numbered)
    _clear()
    try:
        yield
    finally:
        _clear()
        DECLARED.commands.update(commands)
        DECLARED.spellings.update(spellings)
        DECLARED.numbered.extend(numbered)


def _clear():
    for each in (DECLARED.commands, DECLARED.spellings, DECLARED.numbered):
        each.clear()
