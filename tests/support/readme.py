"""README.md as the tests see it: its marked parts, and the list of commands that it shows.

python -m tests.support.readme      writes the list of commands anew
"""

import re
import textwrap

from rediskit.grammar.command import DECLARED
from tests.support.sources import ROOT

PATH = ROOT / "README.md"
WIDTH = 100

# In the order of the manual; groups that are not here come behind them.
TITLES = {
    "generic": "Keys",
    "string": "Strings",
    "bitmap": "Bitmaps",
    "hash": "Hashes",
    "list": "Lists",
    "set": "Sets",
    "sorted-set": "Sorted sets",
    "hyperloglog": "HyperLogLog",
    "geo": "Geo",
    "stream": "Streams",
    "pubsub": "Pub/sub",
    "transactions": "Transactions",
    "scripting": "Scripts and functions",
    "connection": "Connection",
    "server": "Server",
    "cluster": "Cluster",
}


def section(name):
    """What stands between <!-- name --> and <!-- /name -->."""
    return _pattern(name).search(PATH.read_text()).group(2).strip("\n")


def code_blocks():
    """The Python blocks of the README."""
    return re.findall(r"```python\n(.*?)```", PATH.read_text(), re.DOTALL)


def command_list():
    """A line for each group with its commands, containers with their parts in brackets."""
    import rediskit.commands  # noqa: F401  fills DECLARED

    groups = {group: [] for group in TITLES}
    for command in DECLARED.commands.values():
        groups.setdefault(command.group, []).append(_shown(command))
    lines = []
    for group, names in groups.items():
        if names:
            text = f"- **{TITLES.get(group, group)}**: {', '.join(sorted(names))}"
            wrap = textwrap.TextWrapper(WIDTH, subsequent_indent="  ", break_on_hyphens=False)
            lines += wrap.wrap(text)
    return "\n".join(lines)


def _shown(command):
    name = command.name.decode().upper()
    if not command.is_container:
        return name
    parts = sorted(part.decode().upper() for part in command.subcommands if part != b"help")
    return f"{name} ({' '.join(parts)})" if parts else name


def write_commands():
    """Writes the list of commands into the README."""
    text = PATH.read_text()
    found = _pattern("commands").search(text)
    PATH.write_text(text[: found.start(2)] + "\n" + command_list() + "\n" + text[found.end(2) :])


def _pattern(name):
    return re.compile(rf"(<!-- {name} -->)(.*?)(<!-- /{name} -->)", re.DOTALL)


if __name__ == "__main__":
    write_commands()
