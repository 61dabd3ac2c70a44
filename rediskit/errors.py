"""Every error text, word for word as the wire spells it (without the leading "-").

A text opens with its code ("ERR", "WRONGTYPE", ...), the word that clients switch on and that
INFO's errorstats counts. A text with a part that varies is a function; where such a part comes
from a client it may be bytes, shown up to its first NUL byte as Redis does. Texts are those of
Redis 8.8. Grouped as the manual groups the commands.
"""

from rediskit.command_error import (
    PREPARED,
    CommandError,
    ProtocolError,
    ScriptError,
    SecurityAttack,
    prepare,
    shown,
    template,
)

__all__ = ["CommandError", "ProtocolError", "ScriptError", "SecurityAttack"]

# -- the request itself ---------------------------------------------------------------------

INVALID_MULTIBULK_LENGTH = "ERR Protocol error: invalid multibulk length"
INVALID_BULK_LENGTH = "ERR Protocol error: invalid bulk length"
TOO_BIG_COUNT = "ERR Protocol error: too big mbulk count string"
TOO_BIG_LENGTH = "ERR Protocol error: too big bulk count string"
TOO_BIG_INLINE = "ERR Protocol error: too big inline request"
UNBALANCED_QUOTES = "ERR Protocol error: unbalanced quotes in request"
UNAUTHENTICATED_COUNT = "ERR Protocol error: unauthenticated multibulk length"
UNAUTHENTICATED_LENGTH = "ERR Protocol error: unauthenticated bulk length"


def expected_dollar(byte):
    """`byte`: what stood there instead, an int."""
    got = bytes([byte]).decode("utf-8", "surrogateescape")
    return f"ERR Protocol error: expected '$', got '{got}'"


def unknown_command(name, arguments=()):
    """`arguments`: those after the name. What is shown of them stays below some 128 bytes."""
    beginning = b""
    for argument in arguments:
        room = 128 - len(beginning)
        if room <= 0:
            break
        beginning += b"'%s' " % argument.partition(b"\0")[0][:room]
    return (
        f"ERR unknown command '{shown(name[:128])}', with args beginning with: {shown(beginning)}"
    )


# `command` in capitals.
unknown_subcommand = template("ERR unknown subcommand '{subcommand:.128}'. Try {command} HELP.")
wrong_subcommand = template(
    "ERR unknown subcommand or wrong number of arguments for '{subcommand:.128}'. "
    "Try {command} HELP."
)
# `name` in lower case, that of a subcommand as in "client|kill".
wrong_arity = template("ERR wrong number of arguments for '{name}' command")

# -- arguments ------------------------------------------------------------------------------

SYNTAX_ERROR = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_FLOAT = "ERR value is not a valid float"
OUT_OF_RANGE = "ERR value is out of range"
MUST_BE_POSITIVE = "ERR value is out of range, must be positive"
INDEX_OUT_OF_RANGE = "ERR index out of range"
OFFSET_OUT_OF_RANGE = "ERR offset is out of range"
COUNT_ABOVE_ZERO = "ERR COUNT must be > 0"
COUNT_NEGATIVE = "ERR COUNT can't be negative"
LIMIT_NEGATIVE = "ERR LIMIT can't be negative"
NUMKEYS_NOT_POSITIVE = "ERR numkeys should be greater than 0"
COUNT_NOT_POSITIVE = "ERR count should be greater than 0"
TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args"
SCAN_NOVALUES = "ERR NOVALUES option can only be used in HSCAN"
NEGATIVE_NUMBER_OF_KEYS = "ERR Number of keys can't be negative"
TIMEOUT_NEGATIVE = "ERR timeout is negative"
TIMEOUT_NOT_A_FLOAT = "ERR timeout is not a float or out of range"
TIMEOUT_NOT_AN_INTEGER = "ERR timeout is not an integer or out of range"
TIMEOUT_OUT_OF_RANGE = "ERR timeout is out of range"
must_be_between = template("ERR value is out of range, value must between {low} and {high}")
unsupported_option = template("ERR Unsupported option {option}")

# -- keys -----------------------------------------------------------------------------------

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NO_SUCH_KEY = "ERR no such key"
SAME_OBJECT = "ERR source and destination objects are the same"
BUSY_KEY = "BUSYKEY Target key name already exists."
DATABASE_OUT_OF_RANGE = "ERR DB index is out of range"
INVALID_FIRST_DATABASE = "ERR invalid first DB index"
INVALID_SECOND_DATABASE = "ERR invalid second DB index"
INVALID_CURSOR = "ERR invalid cursor"
EXPIRE_NX_CONFLICT = "ERR NX and XX, GT or LT options at the same time are not compatible"
EXPIRE_GT_LT_CONFLICT = "ERR GT and LT options at the same time are not compatible"
NO_FREQUENCY = (
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
    "when switching between policies at runtime LRU and LFU data will take some time to adjust."
)
NO_IDLE_TIME = (
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that "
    "when switching between policies at runtime LRU and LFU data will take some time to adjust."
)
INVALID_TTL = "ERR Invalid TTL value, must be >= 0"
INVALID_IDLE_TIME = "ERR Invalid IDLETIME value, must be >= 0"
INVALID_FREQUENCY = "ERR Invalid FREQ value, must be >= 0 and <= 255"
BAD_DUMP = "ERR DUMP payload version or checksum are wrong"
BAD_DUMP_DATA = "ERR Bad data format"
SORT_SCORES = "ERR One or more scores can't be converted into double"
SORT_BY_DENIED = "ERR BY option of SORT denied due to insufficient ACL permissions."
SORT_GET_DENIED = "ERR GET option of SORT denied due to insufficient ACL permissions."
MIGRATE_KEY_NOT_EMPTY = (
    "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
)
MIGRATE_CONNECT = "IOERR error or timeout connecting to the client"
# `command`: its name in lower case.
invalid_expire = template("ERR invalid expire time in '{command}' command")
migrate_transfer = template("IOERR error or timeout {step} to target instance")
migrate_refused = template("ERR Target instance replied with error: {text}")

# -- strings and bits -----------------------------------------------------------------------

STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
BAD_DIGEST = "ERR must be exactly 16 hexadecimal characters"
DELEX_CONDITION = "ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"
DELEX_NOT_A_STRING = "ERR Key should be of string type if conditions are specified"
MSETEX_NUMKEYS = "ERR invalid numkeys value"
MSETEX_PAIRS = "ERR wrong number of key-value pairs"
INCREX_NOT_AN_INTEGER = "ERR Increment is not an integer or out of range"
INCREX_NOT_A_FLOAT = "ERR Increment is not a valid float"
INCREX_INFINITE = "ERR BYFLOAT increment cannot be Infinity"
INCREX_VALUE_INFINITE = "ERR value cannot be Infinity"
INCREX_OVERFLOW = "ERR applied increment would overflow"
INCREX_APPLIED_INFINITE = "ERR applied increment would be Infinity"
INCREX_BOUNDS = "ERR LBOUND can't be greater than UBOUND"
INCREX_ENX = "ERR ENX flag requires an expiration"
# `bound`: LBOUND or UBOUND.
bound_not_an_integer = template("ERR {bound} is not an integer or out of range")
bound_not_a_float = template("ERR {bound} is not a valid float")
INCREMENT_OVERFLOW = "ERR increment or decrement would overflow"
DECREMENT_OVERFLOW = "ERR decrement would overflow"
INCREMENT_NOT_FINITE = "ERR increment would produce NaN or Infinity"
LCS_NOT_STRINGS = "ERR The specified keys must contain string values"
LCS_BOTH = "ERR If you want both the length and indexes, please just use IDX."
LCS_MEMORY = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
BIT_OFFSET = "ERR bit offset is not an integer or out of range"
BIT_VALUE = "ERR bit is not an integer or out of range"
BITPOS_BIT = "ERR The bit argument must be 1 or 0."
BITOP_NOT = "ERR BITOP NOT must be called with a single source key."
# `operation`: in capitals.
bitop_two_keys = template("ERR BITOP {operation} must be called with at least two source keys.")
BITFIELD_TYPE = (
    "ERR Invalid bitfield type. Use something like i16 u8. "
    "Note that u64 is not supported but i64 is."
)
BITFIELD_OVERFLOW = "ERR Invalid OVERFLOW type specified"
BITFIELD_READ_ONLY = "ERR BITFIELD_RO only supports the GET subcommand"
HYPERLOGLOG_WRONG_TYPE = "WRONGTYPE Key is not a valid HyperLogLog string value."
HYPERLOGLOG_CORRUPTED = "INVALIDOBJ Corrupted HLL object detected"
HYPERLOGLOG_NOT_SPARSE = "ERR HLL encoding is not sparse"
HYPERLOGLOG_NO_KEY = "ERR The specified key does not exist"
pfdebug_unknown = template("ERR Unknown PFDEBUG subcommand '{subcommand}'")
pfselftest_forms = template("ERR dense and sparse registers differ after {count} elements")
pfselftest_error = template("ERR {count} elements were estimated to be {estimate}")

# -- lists, sets, hashes --------------------------------------------------------------------

RANK_ZERO = (
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
    "or use negative to start from the end of the list"
)
MAXLEN_NEGATIVE = "ERR MAXLEN can't be negative"
HASH_NOT_AN_INTEGER = "ERR hash value is not an integer"
HASH_NOT_A_FLOAT = "ERR hash value is not a float"
VALUE_NOT_FINITE = "ERR value is NaN or Infinity"
DUPLICATE_FIELD = "ERR duplicate field name in fieldset"
NO_FIELDSET = "ERR no such fieldset"
FIELDSET_COUNT = "ERR value count does not match fieldset field count"
EXPIRE_NEGATIVE = "ERR invalid expire time, must be >= 0"
EXPIRE_MISSING = "ERR missing expire time"
MULTIPLE_CONDITIONS = "ERR Multiple condition flags specified"
# Of FIELDS and MEMBERS, with deadlines: `keyword` is the one or the other, `plural` fields or
# members, also as Fields and Members.
no_elements = template("ERR missing {keyword} argument")
elements_not_at_place = template(
    "ERR Mandatory argument {keyword} is missing or not at the right position"
)
elements_repeated = template("ERR {keyword} keyword specified multiple times")
elements_too_few = template("ERR {keyword} requires at least num{plural} and one {one} argument")
elements_mismatch = template("ERR The `num{plural}` parameter must match the number of arguments")
elements_parameter = template("ERR Parameter `num{plural}` should be greater than 0")
elements_number = template("ERR invalid number of {plural}")
elements_count = template("ERR Number of {plural} must be a positive integer")
elements_conditions = template("ERR Only one of {all} or {none} arguments can be specified")
one_expiry = template("ERR Only one of EX, PX, EXAT, PXAT or {other} arguments can be specified")
unexpected_argument = template("ERR unknown argument: {word}")

# -- sorted sets ----------------------------------------------------------------------------

ZADD_NX_XX = "ERR XX and NX options at the same time are not compatible"
ZADD_GT_LT = "ERR GT, LT, and/or NX options at the same time are not compatible"
ZADD_INCR_PAIR = "ERR INCR option supports a single increment-element pair"
SCORE_NAN = "ERR resulting score is not a number (NaN)"
SCORE_RANGE = "ERR min or max is not a float"
LEX_RANGE = "ERR min or max not valid string range item"
WEIGHT_NOT_A_FLOAT = "ERR weight value is not a float"
ZRANGE_LIMIT = (
    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
)
ZRANGE_WITHSCORES = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
needs_input_key = template("ERR at least 1 input key is needed for '{command}' command")

# -- geo ------------------------------------------------------------------------------------

GEO_UNIT = "ERR unsupported unit provided. please use M, KM, FT, MI"
GEO_RADIUS_NEGATIVE = "ERR radius cannot be negative"
GEO_BOX_NEGATIVE = "ERR height or width cannot be negative"
GEO_RADIUS = "ERR need numeric radius"
GEO_WIDTH = "ERR need numeric width"
GEO_HEIGHT = "ERR need numeric height"
GEO_MEMBER = "ERR could not decode requested zset member"
GEO_ANY = "ERR the ANY argument requires COUNT argument"
geo_position = template("ERR invalid longitude,latitude pair {longitude},{latitude}")
geo_from = template("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {command}")
geo_by = template("ERR exactly one of BYRADIUS and BYBOX can be specified for {command}")
GEO_CORNERS = "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"
# `command` is geosearchstore, or "STORE option in GEORADIUS".
geo_store = template(
    "ERR {command} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
)

# -- streams --------------------------------------------------------------------------------

STREAM_ID = "ERR Invalid stream ID specified as stream command argument"
STREAM_TRIM_BOTH = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
STREAM_MAXLEN = "ERR The MAXLEN argument must be >= 0."
STREAM_LIMIT = "ERR The LIMIT argument must be >= 0."
STREAM_LIMIT_ALONE = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
STREAM_LIMIT_EXACT = "ERR syntax error, LIMIT cannot be used without the special ~ option"
STREAM_NO_STRATEGY = "ERR syntax error, XTRIM must be called with a trimming strategy"
STREAM_ID_ZERO = "ERR The ID specified in XADD must be greater than 0-0"
STREAM_ID_SMALL = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
STREAM_EXHAUSTED = "ERR The stream has exhausted the last possible ID, unable to add more items"
STREAM_ELEMENT_TOO_LARGE = "ERR Elements are too large to be stored"
STREAM_START = "ERR invalid start ID for the interval"
STREAM_END = "ERR invalid end ID for the interval"
XREAD_GROUP = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
XREAD_NOACK = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
XREAD_NEW_ID = (
    "ERR The > ID can be specified only when calling XREADGROUP using the "
    "GROUP <group> <consumer> option."
)
XREADGROUP_NO_GROUP = "ERR Missing GROUP option for XREADGROUP"
XREADGROUP_DOLLAR = (
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of "
    "this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would "
    "just return an empty result set."
)
XREADGROUP_PLUS = (
    "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of "
    "this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would "
    "just return an empty result set."
)
XGROUP_NO_KEY = (
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to "
    "use the MKSTREAM option to create an empty stream automatically."
)
BUSY_GROUP = "BUSYGROUP Consumer Group name already exists"
ENTRIES_READ = "ERR value for ENTRIESREAD must be positive or -1"
ENTRIES_ADDED = "ERR entries_added must be positive"
XSETID_MAX_DELETED = (
    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
)
XSETID_CURRENT_MAX_DELETED = (
    "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
)
XSETID_SMALL = "ERR The ID specified in XSETID is smaller than the target stream top item"
XSETID_LENGTH = "ERR The entries_added specified in XSETID is smaller than the target stream length"
XCLAIM_MIN_IDLE = "ERR Invalid min-idle-time argument for XCLAIM"
XCLAIM_IDLE = "ERR Invalid IDLE option argument for XCLAIM"
XCLAIM_TIME = "ERR Invalid TIME option argument for XCLAIM"
XCLAIM_RETRY_COUNT = "ERR Invalid RETRYCOUNT option argument for XCLAIM"
XAUTOCLAIM_MIN_IDLE = "ERR Invalid min-idle-time argument for XAUTOCLAIM"
XREAD_UNBALANCED = (
    "ERR Unbalanced 'xread' list of streams: "
    "for each stream key an ID, '+', or '$' must be specified."
)
XREADGROUP_UNBALANCED = (
    "ERR Unbalanced 'xreadgroup' list of streams: "
    "for each stream key an ID or '>' must be specified."
)
IDS_MISSING = "ERR IDS option is required"
NUMIDS_NOT_POSITIVE = "ERR Number of IDs must be a positive integer"
NUMIDS_MISMATCH = "ERR The `numids` parameter must match the number of arguments"
IDMP_WITH_ID = "ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs"
IDMP_TWICE = "ERR syntax error, IDMP/IDMPAUTO specified multiple times"
IDMP_NO_MESSAGE = "ERR syntax error, IDMP requires a non-empty idempotent ID"
IDMP_NO_PARAMETER = "ERR At least one parameter must be specified"
IDMP_DURATION = "ERR IDMP-DURATION must be between 1 and 86400 seconds"
IDMP_MAXSIZE = "ERR IDMP-MAXSIZE must be between 1 and 10000 entries"
IDMP_PRODUCER_EMPTY = "ERR producer ID must be non-empty"
IDMP_MESSAGE_EMPTY = "ERR idempotent ID must be non-empty"
IDMP_NO_ENTRY = "ERR No such message in stream"
IDMP_OTHER_ENTRY = "ERR IID already exists for this producer with a different stream ID"
XREAD_CLAIM = "ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead."
XREADGROUP_IDLE = "ERR min-idle-time is not an integer or out of range"
XREADGROUP_IDLE_NEGATIVE = "ERR min-idle-time must be a positive integer"
XNACK_MODE = "ERR mode must be SILENT, FAIL, or FATAL"
XNACK_IDS = "ERR syntax error, expected IDS keyword"
XNACK_NUMIDS = "ERR numids must be a positive integer"
XNACK_MISMATCH = "ERR number of IDs doesn't match numids"
XNACK_RETRY_COUNT = "ERR Invalid RETRYCOUNT value, must be >= 0"
unknown_xnack_option = template("ERR Unrecognized XNACK option '{option}'")
# `option`: IDMP or IDMPAUTO, IDMP-DURATION or IDMP-MAXSIZE.
idmp_no_producer = template("ERR syntax error, {option} requires a non-empty producer ID")
idmp_twice = template("ERR {option} specified multiple times")
no_group = template("NOGROUP No such key '{key}' or consumer group '{group}'")
no_group_to_read = template(
    "NOGROUP No such key '{key}' or consumer group '{group}' in XREADGROUP with GROUP option"
)
no_consumer_group = template("NOGROUP No such consumer group '{group}' for key name '{key}'")
unknown_xclaim_option = template("ERR Unrecognized XCLAIM option '{option}'")
block_in_script = template("ERR {command} command is not allowed with BLOCK option from scripts")

# -- connection -----------------------------------------------------------------------------

NO_AUTHENTICATION = "NOAUTH Authentication required."
HELLO_AUTHENTICATION = (
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the "
    "HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and "
    "select the RESP protocol version at the same time"
)
WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled."
AUTH_WITHOUT_PASSWORD = (
    "ERR AUTH <password> called without any password configured for the default user. "
    "Are you sure your configuration is correct?"
)
PROTOCOL_VERSION = "NOPROTO unsupported protocol version"
PROTOCOL_NOT_AN_INTEGER = "ERR Protocol version is not an integer or out of range"
CLIENT_NAME = "ERR Client names cannot contain spaces, newlines or special characters."
INVALID_CLIENT_ID = "ERR Invalid client ID"
CLIENT_ID_NOT_POSITIVE = "ERR client-id should be greater than 0"
NO_SUCH_CLIENT = "ERR No such client"
MAXAGE_NOT_AN_INTEGER = "ERR maxage is not an integer or out of range"
IDLE_NOT_AN_INTEGER = "ERR idle is not an integer or out of range"
IDLE_NOT_POSITIVE = "ERR idle should be greater than 0"
MAXAGE_NOT_POSITIVE = "ERR maxage should be greater than 0"
UNBLOCK_REASON = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"
UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
PAUSE_MODE = "ERR CLIENT PAUSE mode must be WRITE or ALL"
TOO_MANY_CLIENTS = "ERR max number of clients reached"
TRACKING_REDIRECT_CHAIN = "ERR A client can only redirect to a single other client"
TRACKING_REDIRECT_UNKNOWN = "ERR The client ID you want redirect to does not exist"
TRACKING_PREFIX = "ERR PREFIX option requires BCAST mode to be enabled"
TRACKING_SWITCH_BCAST = (
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, "
    "and then re-enabling it with a different mode."
)
TRACKING_BCAST_OPT = "ERR OPTIN and OPTOUT are not compatible with BCAST"
TRACKING_OPT_BOTH = "ERR You can't specify both OPTIN mode and OPTOUT mode"
TRACKING_SWITCH_OPT = (
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, "
    "and then re-enabling it with a different mode."
)
CACHING_MODE = (
    "ERR CLIENT CACHING can be called only when the client is in tracking mode "
    "with OPTIN or OPTOUT mode enabled"
)
CACHING_YES = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
CACHING_NO = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
PROTECTED_MODE = (
    "DENIED Redis is running in protected mode because protected mode is enabled and no password "
    "is set for the default user. In this mode connections are only accepted from the loopback "
    "interface. If you want to connect from external computers to Redis you may adopt one of the "
    "following solutions: 1) Just disable protected mode sending the command 'CONFIG SET "
    "protected-mode no' from the loopback interface by connecting to Redis from the same host the "
    "server is running, however MAKE SURE Redis is not publicly accessible from internet if you "
    "do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just "
    "disable the protected mode by editing the Redis configuration file, and setting the "
    "protected mode option to 'no', and then restarting the server. 3) If you started the server "
    "manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an "
    "authentication password for the default user. NOTE: You only need to do one of the above "
    "things in order for the server to start accepting connections from the outside."
)
hello_option = template("ERR Syntax error in HELLO option '{option}'")
# `name`: lib-name or lib-ver.
client_attribute = template("ERR {name} cannot contain spaces, newlines or special characters.")
unknown_attribute = template("ERR Unrecognized option '{option}'")
unknown_flags = template("ERR Unknown flags found in the provided filter: {letters}")
unknown_capabilities = template("ERR Unknown capa found in the provided filter: {letters}")
unknown_client_type = template("ERR Unknown client type '{name}'")
no_such_user = template("ERR No such user '{name}'")
prefix_overlap = template(
    "ERR Prefix '{prefix}' overlaps with an existing prefix '{existing}'. "
    "Prefixes for a single client must not overlap."
)
prefix_overlap_provided = template(
    "ERR Prefix '{prefix}' overlaps with another provided prefix '{other}'. "
    "Prefixes for a single client must not overlap."
)

# -- access control -------------------------------------------------------------------------

NO_PERMISSION_KEY = "NOPERM No permissions to access a key"
NO_PERMISSION_CHANNEL = "NOPERM No permissions to access a channel"
ACL_DEFAULT_USER = "ERR The 'default' user cannot be removed"
ACL_USER_NAME = "ERR Usernames can't contain spaces or null characters"
ACL_NO_FILE = (
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users "
    "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis "
    "configuration file set) in order to store users in the Redis configuration."
)
ACL_SAVE = (
    "ERR There was an error trying to save the ACLs. "
    "Please check the server logs for more information"
)
no_permission_command = template(
    "NOPERM User {user} has no permissions to run the '{command}' command"
)
acl_setuser = template("ERR Error in ACL SETUSER modifier '{rule}': {reason}")
acl_unknown_category = template("ERR Unknown category '{name:.128}'")
acl_no_user = template("ERR User '{name}' not found")
acl_no_command = template("ERR Command '{name}' not found")
acl_password_bits = template(
    "ERR ACL GENPASS argument must be the number of bits for the output password, "
    "a positive number up to {limit}"
)
acl_unmatched_parenthesis = template(
    "ERR Unmatched parenthesis in acl selector starting at '{rule}'."
)
# What ACL DRYRUN replies: no errors, so without codes.
dry_run_command = template("User {user} has no permissions to run the '{command}' command")
dry_run_key = template("User {user} has no permissions to access the '{key}' key")
dry_run_channel = template("User {user} has no permissions to access the '{channel}' channel")
# Why a rule is not taken: parts of a text, without a code.
RULE_UNKNOWN_COMMAND = "Unknown command or category name in ACL"
RULE_SYNTAX = "Syntax error"
RULE_ALL_KEYS = (
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have "
    "any effect. Try 'resetkeys' to start with an empty list of patterns"
)
RULE_ALL_CHANNELS = (
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not "
    "have any effect. Try 'resetchannels' to start with an empty list of channels"
)
RULE_NO_PASSWORD = "The password you are trying to remove from the user does not exist"
RULE_HASH = (
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
    "characters"
)
RULE_FIRST_ARGUMENT = "Allowing first-arg of a subcommand is not supported"
DUPLICATE_USER = "Duplicate user found. A user can only be defined once in config files"
# What standard error shows of a `user` line that makes no sense.
user_declaration = template("Error in user declaration '{rule}': {reason}")
# Why a file of users is not taken: several are put together to one text.
ACL_FILE_UNCHANGED = (
    "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
)
acl_file_open = template("Error loading ACLs, opening file '{path}': {reason}")
acl_file_user = template("{path}:{line} should start with user keyword followed by the username. ")
acl_file_name = template("'{path}:{line}: username '{name}' contains invalid characters. ")
acl_file_duplicate = template("WARNING: Duplicate user '{name}' found on line {line}. ")
acl_file_parenthesis = template("{path}:{line}: Unmatched parenthesis in selector definition.")
acl_file_command = template("{path}:{line}: Error in applying operation '{rule}': {reason}. ")
acl_file_rule = template("{path}:{line}: {reason}. ")

# -- gates: why a known command is not run now ----------------------------------------------

OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'."
LOADING = "LOADING Redis is loading the dataset in memory"
SNAPSHOT_FAILING = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is "
    "configured to report errors during writes if RDB snapshotting fails "
    "(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB "
    "error."
)
READ_ONLY = "READONLY You can't write against a read only replica."
REPLICA_KEYSPACE = "ERR Replica can't interact with the keyspace"
IN_TRANSACTION = "ERR Command not allowed inside a transaction"
# `command`: DEBUG or MODULE; `option`: the directive that would allow it.
command_disabled = template(
    'ERR {command} command not allowed. If the {option} option is set to "local", you can '
    "run it from a local connection, otherwise you need to set this option in the "
    "configuration file, and then restart the server."
)
MODULE_NOT_LOADED = "ERR Error loading the extension. Please check the server logs."
NO_SUCH_MODULE = "ERR Error unloading module: no such module with that name"
# `command`: its full name in lower case, refused in a RESP2 subscriber's context.
only_subscribed = template(
    "ERR Can't execute '{command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / "
    "QUIT / RESET are allowed in this context"
)
# `command`: SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE in a script or transaction.
denied_blocking = template("ERR {command} isn't allowed for a DENY BLOCKING client")
MONITOR_DENIED = "ERR MONITOR isn't allowed for DENY BLOCKING client"

# -- transactions and scripts ---------------------------------------------------------------

NESTED_MULTI = "ERR MULTI calls can not be nested"
EXEC_WITHOUT_MULTI = "ERR EXEC without MULTI"
DISCARD_WITHOUT_MULTI = "ERR DISCARD without MULTI"
WATCH_IN_MULTI = "ERR WATCH inside MULTI is not allowed"
EXEC_ABORT = "EXECABORT Transaction discarded because of previous errors."
NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL."
NOT_BUSY = "NOTBUSY No scripts in execution right now."
UNKILLABLE = (
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can "
    "either wait the script termination or kill the server in a hard way using the SHUTDOWN "
    "NOSAVE command."
)
SCRIPT_FLUSH = "ERR SCRIPT FLUSH only support SYNC|ASYNC option"
SCRIPT_DEBUG = "ERR Use SCRIPT DEBUG YES/SYNC/NO"
SCRIPT_UNKNOWN_COMMAND = "ERR Unknown Redis command called from script"
SCRIPT_ARITY = "ERR Wrong number of args calling Redis command from script"
SCRIPT_COMMAND_DENIED = "ERR This Redis command is not allowed from script"
SCRIPT_READ_ONLY = "ERR Write commands are not allowed from read-only scripts."
SCRIPT_WRITE_READ_ONLY_COMMAND = "ERR Can not execute a script with write flag using *_ro command."
SCRIPT_OUT_OF_MEMORY = (
    "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"
)
SCRIPT_NO_COMMAND = "ERR The user executing the script can't run this command or subcommand"
SCRIPT_NO_KEY = (
    "ERR The user executing the script can't access at least one of the keys mentioned in the "
    "command arguments"
)
SCRIPT_NO_CHANNEL = (
    "ERR The user executing the script can't publish to the channel mentioned in the command"
)
SCRIPT_CHECK_INVALID = "ERR Invalid command passed to redis.acl_check_cmd()"
NO_DEBUGGER = "ERR The debugger of scripts is not available in this server"
SHEBANG_INVALID = "ERR Invalid script shebang"
BAD_KEY_COUNT = "ERR Bad number of keys provided"
LIBRARY_NO_METADATA = "ERR Missing library metadata"
LIBRARY_BAD_METADATA = "ERR Invalid library metadata"
LIBRARY_NAMED_TWICE = "ERR Invalid metadata value, name argument was given multiple times"
LIBRARY_UNNAMED = "ERR Library name was not given"
LIBRARY_NAME = (
    "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least "
    "one character long"
)
REGISTERED_LATE = "ERR redis.register_function can only be called on FUNCTION LOAD command"
library_restored = template("ERR Library {name} already exists")
FUNCTION_TWICE = "ERR Function already exists in the library"
FUNCTION_FLAG = "ERR unknown flag given"
NO_FUNCTIONS = "ERR No functions registered"
FUNCTION_LOAD_TIMEOUT = "FUNCTION LOAD timeout"
FUNCTION_NOT_FOUND = "ERR Function not found"
LIBRARY_NOT_FOUND = "ERR Library not found"
FUNCTION_FLUSH = "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"
FUNCTION_RESTORE_POLICY = (
    "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."
)
FUNCTION_NO_LIBRARY_NAME = "ERR library name argument was not given"
# `killer`: SCRIPT KILL or FUNCTION KILL.
busy_script = template(
    "BUSY Redis is busy running a script. You can only call {killer} or SHUTDOWN NOSAVE."
)
no_scripts = template("ERR Scripts cannot be run: {reason}")
shebang_engine = template("ERR Unexpected engine in script shebang: {engine}")
shebang_option = template("ERR Unknown lua shebang option: {option}")
shebang_flag = template("ERR Unexpected flag in script shebang: {flag}")
library_metadata = template("ERR Invalid metadata value given: {text}")
library_engine = template("ERR Engine '{name}' not found")
function_compile = template("ERR Error compiling function: {message}")
function_register = template("ERR Error registering functions: {message}")
function_exists = template("ERR Function {name} already exists")
# `reason`: the error for which EXEC itself was refused, without its code if that is ERR.
exec_abort = template("EXECABORT Transaction discarded because of: {reason}")
exec_no_permission = template(
    "NOPERM ACLs rules changed between the moment the transaction was accumulated and the "
    "EXEC call. This command is no longer allowed for the following reason: {reason}"
)
# Its reasons.
EXEC_NO_COMMAND = "no permission to execute the command or subcommand"
EXEC_NO_KEY = "no permission to touch the specified keys"
EXEC_NO_CHANNEL = "no permission to access one of the channels used as arguments to the command"
script_compile = template("ERR Error compiling script (new function): {message}")
library_exists = template("ERR Library '{name}' already exists")
# What FUNCTION LOAD and FUNCTION LIST say.
unknown_option = template("ERR Unknown option given: {option}")
unknown_argument = template("ERR Unknown argument {argument}")

# -- server ---------------------------------------------------------------------------------

NO_CONFIG_FILE = "ERR The server is running without a config file"
SHUTDOWN_FAILED = "ERR Errors trying to SHUTDOWN. Check logs."
NO_SHUTDOWN = "ERR No shutdown in progress."
SAVE_FAILED = "ERR"
SAVE_IN_PROGRESS = "ERR Background save already in progress"
SLOWLOG_COUNT = "ERR count should be greater than or equal to -1"
INVALID_COMMAND = "ERR Invalid command specified"
INVALID_COMMAND_ARITY = "ERR Invalid number of arguments specified for command"
INVALID_COMMAND_ARGUMENTS = "ERR Invalid arguments specified for command"
NO_KEY_ARGUMENTS = "ERR The command has no key arguments"
ONLY_SNAPSHOTS = (
    "ERR This server sends snapshots, but no stream of changes yet: ask for no more by REPLCONF "
    "rdb-only 1"
)
SYNC_PENDING_OUTPUT = "ERR SYNC and PSYNC are invalid with pending output"
DEBUG_RELOAD_OPTIONS = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
DEBUG_LOAD_FAILED = "ERR Error trying to load the RDB dump, check server logs."
DEBUG_NO_RESP2 = "ERR RESP2 is not supported by this command"
DEBUG_PROTOCOL_TYPE = (
    "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|"
    "null|array|set|map|attrib|push|verbatim|true|false"
)
DEBUG_PACKED_THRESHOLD = "ERR argument must be a memory value bigger than 1 and smaller than 4gb"
unknown_replconf = template("ERR Unrecognized REPLCONF option: {name}")
address_too_long = template(
    "ERR REPLCONF ip-address provided by replica instance is too long: {length} bytes"
)
unknown_filter = template("ERR Unsupported rdb-filter-only option: {name}")
# `reason` is one of the CONFIG_... texts below.
config_set = template(
    "ERR CONFIG SET failed (possibly related to argument '{directive}') - {reason}"
)
unknown_directive = template("ERR Unknown option or number of arguments for CONFIG SET - '{name}'")
# `reason`: what the operating system said.
config_rewrite = template("ERR Rewriting config file: {reason}")
no_samples = template("ERR No samples available for event '{event}'")
# Why the directive rename-command is refused, without a code.
RENAME_UNKNOWN = "No such command in rename-command"
RENAME_TAKEN = "Target command name already exists"
# Why CONFIG SET refuses a value: parts of a text, without a code.
CONFIG_IMMUTABLE = "can't set immutable config"
CONFIG_PROTECTED = "can't set protected config"
CONFIG_DUPLICATE = "duplicate parameter"
CONFIG_YES_OR_NO = "argument must be 'yes' or 'no'"
CONFIG_MEMORY = "argument must be a memory value"
CONFIG_MEMORY_OR_PERCENT = "argument must be a memory or percent value"
CONFIG_INTEGER = "argument couldn't be parsed into an integer"
CONFIG_OCTAL = "argument couldn't be parsed as an octal number"
CONFIG_PORT = "Unable to listen on this port. Check server logs."
CONFIG_BIND = "Failed to bind to specified addresses."
CONFIG_TLS = "Unable to update TLS configuration. Check server logs."
config_between = template("argument must be between {low} and {high} inclusive")


def config_one_of(choices):
    """`choices`: an enumeration's names in Redis' order."""
    return "argument(s) must be one of the following: " + ", ".join(choices)


# -- our own mistakes -----------------------------------------------------------------------

INTERNAL_ERROR = "ERR internal error, the server's log tells more"

# What does not vary is prepared once: a client may provoke a million errors a second.
PREPARED.update(
    {
        text: prepare(text)
        for name, text in list(globals().items())
        if name.isupper() and isinstance(text, str)
    }
)
