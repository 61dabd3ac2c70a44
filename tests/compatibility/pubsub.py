"""The group "Pub/sub" of the manual."""

from tests.compatibility.script import script, unordered

SCRIPTS = [
    script("PUBLISH a x", "SPUBLISH a x", "PUBLISH a", "SPUBLISH", "PUBLISH a b c"),
    script("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "PUBSUB", "PUBSUB FOO", "PUBSUB NUMPAT x"),
    script("PUBSUB CHANNELS", "PUBSUB CHANNELS a b", "PUBSUB NUMSUB", "PUBSUB NUMSUB a b"),
    script("PUBSUB SHARDCHANNELS x", "PUBSUB SHARDCHANNELS a b", "PUBSUB SHARDNUMSUB a"),
    script("SUBSCRIBE a", "b: PUBLISH a x", "?", "b: PUBLISH b y", "PING", "PING x", "GET k"),
    script("SUBSCRIBE a b a &", "?", "?", "?", "UNSUBSCRIBE a", "b: PUBLISH b x", "?"),
    script("PSUBSCRIBE news.*", "b: PUBLISH news.art x", "?", "PUNSUBSCRIBE", "PUNSUBSCRIBE"),
    script("SSUBSCRIBE a", "b: SPUBLISH a x", "?", "b: PUBLISH a x", "SUNSUBSCRIBE a"),
    script("UNSUBSCRIBE", "UNSUBSCRIBE x", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "PING", "GET k"),
    script(
        "SUBSCRIBE a",
        "SSUBSCRIBE s",
        "PSUBSCRIBE p",
        "UNSUBSCRIBE",
        "SUNSUBSCRIBE",
        "GET k",
        "PUNSUBSCRIBE",
        "GET k",
    ),
    script("SUBSCRIBE a", "RESET", "GET k", "SUBSCRIBE a", "QUIT", "PING", protocols=(2,)),
    script(
        "SUBSCRIBE a",
        "c: SUBSCRIBE b",
        "d: PSUBSCRIBE x*",
        unordered("b: PUBSUB CHANNELS"),
        "b: PUBSUB NUMPAT",
        "b: PUBSUB NUMSUB a b c",
        "b: PUBSUB CHANNELS a*",
    ),
    script("SUBSCRIBE a", "CLIENT ID", "SET k v", "UNSUBSCRIBE a", "GET k", protocols=(2,)),
    script(
        "MULTI",
        "SUBSCRIBE a",
        "SSUBSCRIBE s",
        "PING",
        "EXEC",
        "GET k",
        "UNSUBSCRIBE",
        protocols=(2,),
    ),
]
