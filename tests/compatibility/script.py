"""How a case is written: a script is a list of command lines, run on two servers and compared.

    script("SET k v", "GET k", "STRLEN k")
    script("RPUSH l a", "GET l")                          an error is compared word for word
    script("SET k v EX 100", near("PTTL k", 500))         numbers may differ by 500
    script("MSET a 1 b 2", unordered("KEYS *"))           elements in any order
    script(ignoring("CLIENT INFO", "id addr fd"))         all fields but these
    script(shape("TIME"), quiet("DEBUG JMAP"))            only types compared; nothing compared
    script("b: BLPOP l 0 &", "RPUSH l x", "b: ?")         a second connection: sent, read later
    manual("7.4", "HGETF h k", "nil", "GET k", ('nil', 'null'))

Words are split as redis-cli does: 'as is', "with \\x00 and \\n". A line `x: ...` runs on a
connection of its own named x; ` &` at the end sends without reading the reply, `?` reads one
without sending.
`manual` is for what the installed redis-server is too old for: each line is followed by its reply
as Redis' manual (or a newer Redis) has it, spelled as in `support.resp.spell`; a pair gives the
spellings in RESP2 and RESP3. A server as new as the version says is held to them as well.
"""

import re
from dataclasses import dataclass

from tests.support.resp import Reply, spell, words

_CONNECTION = re.compile(r"([a-z]): +")


def exactly(ours, theirs):
    """Replies are the same: kind, content, order."""
    return ours == theirs


@dataclass(frozen=True)
class Step:
    """One line of a script. `expected` is None, a spelling, or one for each protocol."""

    line: str
    equal: object = exactly
    expected: object = None

    @property
    def connection(self):
        """The name of the connection that the line runs on."""
        named = _CONNECTION.match(self.line)
        return named.group(1) if named else "a"

    @property
    def command(self):
        """The arguments to send, or None if a reply is only to be read."""
        text = _CONNECTION.sub("", self.line, count=1).removesuffix(" &")
        return None if text == "?" else words(text)

    @property
    def waits(self):
        """Whether a reply is read."""
        return not self.line.endswith(" &")

    def expected_in(self, protocol):
        """The spelling that the manual gives for a protocol; None if it gives none."""
        if isinstance(self.expected, tuple):
            return self.expected[protocol - 2]
        return self.expected


@dataclass(frozen=True)
class Script:
    """Steps to run on fresh connections to an empty server; `since` is set by `manual`."""

    steps: tuple
    since: str | None = None
    protocols: tuple = (2, 3)

    def commands(self):
        """The names of all commands in it, in upper case."""
        return {step.command[0].upper() for step in self.steps if step.command}

    def __str__(self):
        return " ; ".join(step.line for step in self.steps)[:80]


def script(*lines, protocols=(2, 3)):
    """A script whose replies are compared with redis-server's; lines are str or Step."""
    steps = (line if isinstance(line, Step) else Step(line) for line in lines)
    return Script(tuple(steps), protocols=protocols)


def manual(since, *lines_and_replies):
    """A script whose replies are written down, being newer than the installed redis-server."""
    pairs = zip(lines_and_replies[::2], lines_and_replies[1::2], strict=True)
    return Script(tuple(Step(line, expected=reply) for line, reply in pairs), since)


def near(line, tolerance):
    """Numbers, alone or in an array, may differ by the tolerance."""

    def equal(ours, theirs):
        return _close(ours, theirs, tolerance)

    return Step(line, equal)


def unordered(line):
    """The elements of the reply may come in any order."""

    def equal(ours, theirs):
        return ours.mark == theirs.mark and _sorted(ours) == _sorted(theirs)

    return Step(line, equal)


def ignoring(line, fields):
    """Leaves out some fields (names with blanks between) of a map or of `name=value` texts."""
    names = set(fields.split())

    def equal(ours, theirs):
        return _without(ours, names) == _without(theirs, names)

    return Step(line, equal)


def shape(line):
    """Compares the kinds of replies only, at all depths."""

    def equal(ours, theirs):
        return _shape(ours) == _shape(theirs)

    return Step(line, equal)


def code(line):
    """Compares the first word of an error, not its text."""

    def equal(ours, theirs):
        return ours.is_error and str(ours.content).split()[0] == str(theirs.content).split()[0]

    return Step(line, equal)


def quiet(line):
    """Compares nothing."""
    return Step(line, lambda ours, theirs: True)


def matching(line, pattern):
    """The spelled replies of both servers match a pattern."""

    def equal(ours, theirs):
        return all(re.fullmatch(pattern, spell(reply)) for reply in (ours, theirs))

    return Step(line, equal)


def _close(ours, theirs, tolerance):
    if ours.mark != theirs.mark:
        return False
    if isinstance(ours.content, list) and isinstance(theirs.content, list):
        pairs = zip(ours.content, theirs.content, strict=False)
        same_length = len(ours.content) == len(theirs.content)
        return same_length and all(_close(*pair, tolerance) for pair in pairs)
    try:
        return abs(float(ours.content) - float(theirs.content)) <= tolerance
    except (TypeError, ValueError):
        return ours == theirs


def _sorted(reply):
    return sorted(map(repr, reply.content)) if isinstance(reply.content, list) else reply


def _without(reply, names):
    mark, content = reply
    if mark == "%":
        return {spell(k): spell(v) for k, v in content if _text(k) not in names}
    if mark == "*" and content and len(content) % 2 == 0:
        pairs = zip(content[::2], content[1::2], strict=True)
        return {spell(k): spell(v) for k, v in pairs if _text(k) not in names}
    if isinstance(content, bytes | str):
        text = content.decode("latin-1") if isinstance(content, bytes) else content
        lines = text.removeprefix("txt:").splitlines()
        return [[w for w in re.split("[ ,]", x) if _field(w) not in names] for x in lines]
    return reply


def _text(reply):
    return reply.content.decode() if isinstance(reply.content, bytes) else reply.content


def _field(word):
    return re.split("[=:]", word)[0]


def _shape(reply):
    mark, content = reply
    if mark == "%":
        return {spell(key): _shape(value) for key, value in content}
    if isinstance(content, list):
        return mark, [_shape(each) for each in content]
    return mark, content is None


CLOSED = Reply("closed", "")
SILENT = Reply("silent", "")
