"""CLIENT TRACKING and what belongs to it: the server tells clients when to drop cached keys."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer
from rediskit.grammar.command import LOADING, NOSCRIPT, STALE, command
from rediskit.protocol.replies import OK, Unordered


class Wish:
    """The options of a CLIENT TRACKING."""

    def __init__(self):
        self.redirect = 0
        self.prefixes = []
        self.flags = set()


def read_options(client: Client, words: tuple):
    """The Wish that words spell. Raises CommandError."""
    wish = Wish()
    remaining = iter(words)
    for word in remaining:
        option = word.upper()
        if option in (b"BCAST", b"OPTIN", b"OPTOUT", b"NOLOOP"):
            wish.flags.add(option)
            continue
        value = next(remaining, None)
        if value is None or option not in (b"REDIRECT", b"PREFIX"):
            raise CommandError(errors.SYNTAX_ERROR)
        if option == b"PREFIX":
            wish.prefixes.append(value)
            continue
        if wish.redirect:
            raise CommandError(errors.TRACKING_REDIRECT_CHAIN)
        wish.redirect = integer(value)
        if wish.redirect not in client.server.clients:
            raise CommandError(errors.TRACKING_REDIRECT_UNKNOWN)
    return wish


def check_modes(client: Client, wish: Wish):
    """Raises CommandError where options exclude each other, or what the client does already."""
    broadcasts = b"BCAST" in wish.flags
    opts_in, opts_out = b"OPTIN" in wish.flags, b"OPTOUT" in wish.flags
    tracker = client.tracker
    if wish.prefixes and not broadcasts:
        raise CommandError(errors.TRACKING_PREFIX)
    if tracker is not None and tracker.broadcasts != broadcasts:
        raise CommandError(errors.TRACKING_SWITCH_BCAST)
    if broadcasts and (opts_in or opts_out):
        raise CommandError(errors.TRACKING_BCAST_OPT)
    if opts_in and opts_out:
        raise CommandError(errors.TRACKING_OPT_BOTH)
    if tracker is not None and (opts_in and tracker.opts_out or opts_out and tracker.opts_in):
        raise CommandError(errors.TRACKING_SWITCH_OPT)


def check_prefixes(client: Client, prefixes: list):
    """Raises CommandError where a key could have two prefixes of one client."""
    present = sorted(client.tracker.prefixes) if client.tracker is not None else []
    for position, prefix in enumerate(prefixes):
        for other in present:
            if overlap(prefix, other):
                raise CommandError(errors.prefix_overlap(prefix, other))
        for other in prefixes[position + 1 :]:
            if overlap(prefix, other):
                raise CommandError(errors.prefix_overlap_provided(prefix, other))


def overlap(one: bytes, other: bytes):
    """Whether a key can have both prefixes."""
    return one.startswith(other) or other.startswith(one)


@command(
    "CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] "
    "[BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.0.0",
    group="connection",
    complexity="O(N*M) for N new prefixes beside M old ones, else O(1)",
)
def client_tracking(client: Client, status: bytes, *words):
    """Turns messages about changed keys, of which the client may hold copies, on or off."""
    wish = read_options(client, words)
    tracking = client.server.tracking
    status = status.lower()
    if status == b"off":
        tracking.stop(client)
        return OK
    if status != b"on":
        raise CommandError(errors.SYNTAX_ERROR)
    check_modes(client, wish)
    check_prefixes(client, wish.prefixes)
    tracker = tracking.start(client)
    tracker.redirect = wish.redirect
    tracker.is_broken = False
    tracker.broadcasts = b"BCAST" in wish.flags
    tracker.opts_in = b"OPTIN" in wish.flags
    tracker.opts_out = b"OPTOUT" in wish.flags
    tracker.skips_own = b"NOLOOP" in wish.flags
    if tracker.broadcasts:
        for prefix in wish.prefixes or [b""]:
            tracking.add_prefix(client, prefix)
    return OK


@command(
    "CLIENT CACHING <YES | NO>",
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.0.0",
    group="connection",
    complexity="O(1)",
)
def client_caching(client: Client, mode: bytes):
    """Says for the next command alone whether its keys are tracked."""
    tracker = client.tracker
    if tracker is None:
        raise CommandError(errors.CACHING_MODE)
    mode = mode.lower()
    if mode not in (b"yes", b"no"):
        raise CommandError(errors.SYNTAX_ERROR)
    if mode == b"yes" and not tracker.opts_in:
        raise CommandError(errors.CACHING_YES)
    if mode == b"no" and not tracker.opts_out:
        raise CommandError(errors.CACHING_NO)
    tracker.caching = True
    return OK


@command(
    "CLIENT TRACKINGINFO",
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.2.0",
    group="connection",
    complexity="O(N) for N prefixes",
)
def client_trackinginfo(client: Client):
    """Shows how the keys that this client reads are tracked."""
    tracker = client.tracker
    if tracker is None:
        return {b"flags": Unordered([b"off"]), b"redirect": -1, b"prefixes": []}
    marks = [
        (b"on", True),
        (b"bcast", tracker.broadcasts),
        (b"optin", tracker.opts_in),
        (b"caching-yes", tracker.opts_in and tracker.caching),
        (b"optout", tracker.opts_out),
        (b"caching-no", tracker.opts_out and tracker.caching),
        (b"noloop", tracker.skips_own),
        (b"broken_redirect", tracker.is_broken),
    ]
    return {
        b"flags": Unordered(mark for mark, is_set in marks if is_set),
        b"redirect": tracker.redirect,
        b"prefixes": sorted(tracker.prefixes),
    }


@command(
    "CLIENT GETREDIR",
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.0.0",
    group="connection",
    complexity="O(1)",
)
def client_getredir(client: Client):
    """Returns the ID of the client that is told instead of this one, if there is one."""
    return redirection(client)


def redirection(client: Client):
    """The ID of the client that a client redirects to: 0 if to none, -1 if it does not track."""
    return -1 if client.tracker is None else client.tracker.redirect
