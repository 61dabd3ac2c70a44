# The numbers of the format; the page at the head of snapshot.py says what they stand for.

cdef enum:
    # Versions of a file that is written.
    PLAIN_VERSION = 10              # Redis 7.0
    TIMED_VERSION = 12              # Redis 7.4: fields of hashes with deadlines
    PRODUCERS_VERSION = 13          # Redis 8.6
    RELEASES_VERSION = 14           # Redis 8.8
    VALKEY_VERSION = 80             # from here on type 22 is Valkey's

    # Types of values.
    STRING = 0
    LIST = 1
    SET = 2
    SORTED_SET = 3                  # scores as decimal digits
    HASH = 4
    SORTED_SET_2 = 5                # scores in 8 bytes
    MODULE_PRE_GA = 6
    MODULE = 7
    HASH_ZIPMAP = 9
    LIST_ZIPLIST = 10
    SET_INTSET = 11
    SORTED_SET_ZIPLIST = 12
    HASH_ZIPLIST = 13
    LIST_QUICKLIST = 14             # nodes are ziplists
    STREAM = 15
    HASH_LISTPACK = 16
    SORTED_SET_LISTPACK = 17
    LIST_QUICKLIST_2 = 18           # nodes are listpacks, or plain
    STREAM_2 = 19
    SET_LISTPACK = 20
    STREAM_3 = 21
    HASH_TIMED_EARLY = 22           # of release candidates of Redis 7.4; of Valkey 9: HASH_2
    HASH_TIMED_LISTPACK_EARLY = 23
    HASH_TIMED = 24
    HASH_TIMED_LISTPACK = 25
    STREAM_4 = 26                   # with what producers have sent
    STREAM_5 = 27                   # ... and with entries that were given back
    HASH_TEMPLATE_LISTPACK = 30     # of Redis 8.10: the fields are those of a template
    HASH_PAIRS = 31                 # as HASH
    HASH_TEMPLATE = 32
    SET_TIMED = 200                 # ours: members with deadlines

    # What else can stand where a type does.
    BLESSED = 241                   # of Redis 8.12: nothing of it is kept
    TEMPLATE = 242                  # the names of fields that many hashes have
    METADATA = 243                  # of modules; in Valkey, of a slot that is being imported
    SLOT_INFO = 244
    FUNCTION = 245
    FUNCTION_EARLY = 246
    MODULE_AUX = 247
    IDLE = 248
    FREQUENCY = 249
    AUX = 250
    SIZES = 251
    DEADLINE_MS = 252
    DEADLINE_SECONDS = 253
    DATABASE = 254
    END = 255

    # First bytes of lengths and strings.
    LENGTH_14 = 0x40
    LENGTH_32 = 0x80
    LENGTH_64 = 0x81
    ENCODED = 0xC0                  # + one of the following: a string in another form
    INTEGER_8 = 0
    INTEGER_16 = 1
    INTEGER_32 = 2
    COMPRESSED = 3

    PLAIN_NODE = 1                  # of LIST_QUICKLIST_2
    PACKED_NODE = 2

    MODULE_END = 0                  # what follows within the data of a module
    MODULE_SIGNED = 1
    MODULE_UNSIGNED = 2
    MODULE_FLOAT = 3
    MODULE_DOUBLE = 4
    MODULE_STRING = 5

    SHORTEST_COMPRESSED = 21        # bytes of a string that it is tried for
    LONGEST_INTEGER = 11            # digits of a string that may be an integer of 32 bits
    LARGEST_LISTPACK = 1 << 30
    UNKNOWN_COUNT = 65535           # of elements, where 16 bits do not tell
