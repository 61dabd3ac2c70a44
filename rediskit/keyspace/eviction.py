"""The memory limit: keys go when more memory is used than `maxmemory` allows.

Before each command, while there is a limit, memory is made up to it by evicting keys one by one,
which ones `maxmemory-policy` says. That never takes long: after a time that
`maxmemory-eviction-tenacity` sets, a timer goes on between the turns of the loop, and the command
is run although there is too little memory. Only if nothing can be evicted are commands refused
that may need memory (see `gates.memory_limit`).

What was deleted in the background and waits to be freed is freed before any other key goes.
"""

from functools import partial

from rediskit.structures.eviction import EvictionPool, first_to_expire, random_key
from rediskit.structures.memory import current_account
from rediskit.structures.native import monotonic_us

NONE, ACCESS, RANDOM, DEADLINE = range(4)  # by what a policy chooses

ORDERS = {
    "noeviction": NONE,
    "allkeys-lru": ACCESS,
    "allkeys-lfu": ACCESS,
    "allkeys-lrm": ACCESS,
    "allkeys-random": RANDOM,
    "volatile-lru": ACCESS,
    "volatile-lfu": ACCESS,
    "volatile-lrm": ACCESS,
    "volatile-random": RANDOM,
    "volatile-ttl": DEADLINE,
}

BATCH = 16  # keys between two looks at the clock
SLACK_BITS = 12  # so small a part of the limit is made free besides, but no more bytes than
MOST_SLACK = 2048
NO_TIME_LIMIT_US = 1 << 62

# What make_room() came to, which the gate of a command goes by.
ENOUGH, GOING_ON, FAILED = range(3)
# The same as C integers.
_ENOUGH, _GOING_ON, _FAILED = ENOUGH, GOING_ON, FAILED
_NONE, _ACCESS, _RANDOM, _DEADLINE = NONE, ACCESS, RANDOM, DEADLINE


def time_limit_us(tenacity):
    """For how long keys are evicted at a stretch: up to 0.5 ms, then 15 % more for each step."""
    if tenacity <= 10:
        return 50 * tenacity
    if tenacity < 100:
        return int(500 * 1.15 ** (tenacity - 10))
    return NO_TIME_LIMIT_US


def counts_frequency(policy):
    """Whether a policy goes by how often keys are accessed instead of when they last were."""
    return "lfu" in policy


def marks_only_changes(policy):
    """Whether a policy goes by when keys were last changed, whoever reads them."""
    return "lrm" in policy


class Eviction:
    """Keeps a keyspace below a limit of bytes.

    limit: bytes, 0 for none.  account: whose bytes are limited, the one that was current when this
    was made.  exempt: a function that tells how many of them do not count.  call_soon: has a
    function called in the next turn of the loop.  latency: the latency monitor, which is told how
    long it takes.
    """

    def __init__(self, keyspace, call_soon, exempt, latency):
        self.keyspace = keyspace
        self.call_soon = call_soon
        self.exempt = exempt
        self.latency = latency
        self.account = current_account()
        self.limit = 0
        self.samples = 5
        self.time_limit_us = time_limit_us(10)
        self.set_policy("noeviction")
        self.next_database = 0
        self.is_going_on = False
        self.exceeded_since_us = 0
        self.exceeded_us = 0

    def follow(self, config):
        """Does as its directives in a Configuration say, but for the limit itself.

        They say, too, what the keyspace marks accesses with.
        """

        def mark_accesses():
            self.keyspace.mark_accesses(
                counts_frequency(config["maxmemory-policy"]),
                config["lfu-log-factor"],
                config["lfu-decay-time"],
                marks_only_changes(config["maxmemory-policy"]),
            )

        def set_tenacity(tenacity):
            self.time_limit_us = time_limit_us(tenacity)

        config.follow("maxmemory-policy", self.set_policy)
        config.follow("maxmemory-samples", partial(setattr, self, "samples"))
        config.follow("maxmemory-eviction-tenacity", set_tenacity)
        config.on_change_of_any(
            ("maxmemory-policy", "lfu-log-factor", "lfu-decay-time"), mark_accesses
        )
        mark_accesses()

    def set_policy(self, policy):
        """Sets which keys go: one of ORDERS."""
        self.order = ORDERS[policy]
        self.only_with_deadline = policy.startswith("volatile")
        self.pool = EvictionPool()

    def shares_integers(self):
        """Whether Redis would have keys share small integers: not if it marks their accesses."""
        return not self.limit or self.order != _ACCESS

    def reset_statistics(self):
        """Sets the counters that INFO shows back to 0."""
        self.exceeded_us = 0
        self.exceeded_since_us = 0

    # Making room

    def make_room(self):
        """Evicts keys if there is too much; ENOUGH, GOING_ON if it will take longer, or FAILED."""
        if self.account.used() <= self.limit and not self.exceeded_since_us:
            return _ENOUGH
        return self.evict_some()

    def missing(self):
        """How many bytes there are too many; <= 0 if there are none."""
        missing = self.account.used() - self.limit
        return missing - self.exempt() if missing > 0 else missing

    def evict_some(self):
        """Evicts keys for a limited time; see make_room()."""
        keyspace = self.keyspace
        if not self.limit or keyspace.frozen:
            return _ENOUGH
        result = _ENOUGH
        if self.missing() > 0:
            begin_us = monotonic_us()
            until_us = begin_us + self.time_limit_us
            if keyspace.lazily_freed and self.free_until(until_us):
                result = _GOING_ON
            else:
                result = self.evict_until(until_us)
            self.note_time("eviction-cycle", begin_us)
        self.note_excess(result != _ENOUGH)
        return result

    def free_until(self, until_us):
        """Frees what waits for it, up to a moment; whether that is to go on before keys go."""
        if not self.keyspace.free_until(until_us) or self.order == _NONE or self.missing() <= 0:
            return False
        self.go_on_later()
        return True

    def evict_until(self, until_us):
        """Evicts keys up to a moment, but BATCH of them in any case; see make_room().

        Evicts a little more than it must: then it need not begin again with every command. What
        clients are told of it takes memory, too, for which no other keys are to go.
        """
        keyspace = self.keyspace
        tables = [database.table for database in keyspace.databases]
        wanted = self.missing() + min(self.limit >> SLACK_BITS, MOST_SLACK)
        freed = evicted = 0
        while freed < wanted:
            chosen = self.choose(tables)
            if chosen is None:
                return _FAILED if self.missing() > 0 else _ENOUGH
            number, key = chosen
            begin_us = monotonic_us()
            freed += keyspace.databases[number].evict(key)
            self.note_time("eviction-del", begin_us)
            evicted += 1
            if keyspace.lazily_freed or (evicted % BATCH == 0 and monotonic_us() > until_us):
                self.go_on_later()
                return _GOING_ON
        return _ENOUGH

    def choose(self, tables):
        """(number of a database, key) of what goes next; None if nothing may go.

        tables: those of the databases.
        """
        if self.order == _ACCESS:
            return self.pool.choose(tables, self.samples, self.only_with_deadline)
        if self.order == _DEADLINE:
            return first_to_expire(tables)
        if self.order == _RANDOM:
            for _ in range(len(tables)):
                self.next_database = (self.next_database + 1) % len(tables)
                key = random_key(tables[self.next_database], self.only_with_deadline)
                if key is not None:
                    return self.next_database, key
        return None

    def go_on_later(self):
        """Has a timer evict what is still too much, in slices, with clients in between."""
        if not self.is_going_on:
            self.is_going_on = True
            self.call_soon(self.go_on)

    def go_on(self):
        """One such slice."""
        self.is_going_on = False
        self.evict_some()

    def note_time(self, event, begin_us):
        """Tells the latency monitor of an event that has gone on since then."""
        if self.latency.threshold_ms:
            self.latency.note(event, (monotonic_us() - begin_us) // 1000)

    # For INFO

    def note_excess(self, is_exceeded):
        """Notes since when, and for how long in all, there was too much."""
        if is_exceeded:
            self.exceeded_since_us = self.exceeded_since_us or monotonic_us()
        elif self.exceeded_since_us:
            self.exceeded_us += monotonic_us() - self.exceeded_since_us
            self.exceeded_since_us = 0

    def current_excess_ms(self):
        """For how long there has been too much, in milliseconds; 0 if there is not."""
        if not self.exceeded_since_us:
            return 0
        return (monotonic_us() - self.exceeded_since_us) // 1000

    def total_excess_ms(self):
        """For how long there was too much, in milliseconds, up to now."""
        return self.exceeded_us // 1000 + self.current_excess_ms()
