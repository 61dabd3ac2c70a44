"""How large containers may become before they change their form: directives as plain numbers.

Every command that puts something into a container compares with one of them, so they are kept
here as C integers instead of being looked up in the configuration.
"""

DIRECTIVES = {
    "hash-max-listpack-entries": "hash_entries",
    "hash-max-listpack-value": "hash_value",
    "hll-sparse-max-bytes": "sketch_bytes",
    "list-max-listpack-size": "list_size",
    "set-max-intset-entries": "set_integers",
    "set-max-listpack-entries": "set_entries",
    "set-max-listpack-value": "set_value",
    "stream-node-max-bytes": "stream_bytes",
    "stream-node-max-entries": "stream_entries",
    "zset-max-listpack-entries": "sorted_set_entries",
    "zset-max-listpack-value": "sorted_set_value",
}


class Limits:
    """The limits of one server; until it follows a configuration, Redis' defaults.

    entries: of a container. integers: of a set of nothing else. value: bytes of a field, member or
    value. stream_bytes, stream_entries: of a run, 0 for any number. list_size: of a list; > 0:
    elements, -1 to -5: 4, 8 .. 64 KB. sketch_bytes: of a sparse HyperLogLog.
    """

    def __init__(self):
        self.hash_entries = 512
        self.hash_value = 64
        self.list_size = -2
        self.sketch_bytes = 3000
        self.set_integers = 512
        self.set_entries = 128
        self.set_value = 64
        self.stream_bytes = 4096
        self.stream_entries = 100
        self.sorted_set_entries = 128
        self.sorted_set_value = 64

    def follow(self, config):
        """Takes its numbers from a Configuration, now and whenever they change."""
        for name, attribute in DIRECTIVES.items():
            config.follow(name, lambda value, attribute=attribute: setattr(self, attribute, value))
