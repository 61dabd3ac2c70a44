"""Client-side caching."""

from tests.compatibility.connection import NEWER_THAN_7_0, VARYING
from tests.compatibility.script import ignoring, script

INFO = ignoring("CLIENT INFO", f"{VARYING} {NEWER_THAN_7_0}")
ON = "CLIENT TRACKING ON"

SCRIPTS = [
    script("CLIENT TRACKINGINFO", "CLIENT GETREDIR", ON, "CLIENT TRACKINGINFO", "CLIENT GETREDIR"),
    script(ON, INFO, "CLIENT TRACKING OFF", INFO, f"{ON} BCAST", INFO, "RESET", INFO),
    script(f"{ON} OPTIN", "CLIENT CACHING YES", "CLIENT TRACKINGINFO", "CLIENT CACHING NO"),
    script(f"{ON} OPTOUT NOLOOP", "CLIENT CACHING no", "CLIENT TRACKINGINFO", "CLIENT CACHING YES"),
    script(f"{ON} bcast prefix b PREFIX a noloop", "CLIENT TRACKINGINFO", "CLIENT TRACKING off x"),
    script(f"{ON} BCAST", "CLIENT TRACKINGINFO", ON, f"{ON} BCAST PREFIX a", "CLIENT CACHING YES"),
    script(f"{ON} BCAST PREFIX ab", f"{ON} BCAST PREFIX a", f"{ON} BCAST PREFIX abc"),
    script(f"{ON} BCAST PREFIX b PREFIX ''", f"{ON} BCAST PREFIX b", "CLIENT TRACKINGINFO"),
    script(f"{ON} BCAST PREFIX a PREFIX b PREFIX ab", f"{ON} BCAST OPTIN", f"{ON} BCAST OPTOUT"),
    script(f"{ON} PREFIX a", f"{ON} OPTIN OPTOUT", f"{ON} FOO", f"{ON} PREFIX", f"{ON} REDIRECT"),
    script(ON, f"{ON} OPTIN", f"{ON} OPTOUT", f"{ON} NOLOOP", f"{ON} BCAST", "CLIENT TRACKINGINFO"),
    script(f"{ON} REDIRECT 999999", f"{ON} REDIRECT x", f"{ON} REDIRECT 0", f"{ON} REDIRECT -1"),
    script("CLIENT TRACKING OFF REDIRECT 999999", "CLIENT TRACKING foo", "CLIENT TRACKING"),
    script("CLIENT CACHING YES", "CLIENT CACHING", "CLIENT CACHING x", ON, "CLIENT CACHING x"),
    script("CLIENT TRACKINGINFO x", "CLIENT GETREDIR x", "CLIENT CACHING YES x"),
    script(ON, "GET k", "b: SET k v", "b: SET k v", "PING", "GET k", "SET k w", "PING"),
    script(
        *(ON, "MGET a b c", "b: DEL a b c", "b: MSET a 1 b 2", "?", "?", "b: DEL b", "PING"),
        *("GET a", "SET a 2", "?", "MULTI", "GET a", "SET a 3", "GET a", "EXEC", "?", "PING"),
        protocols=(3,),
    ),
    script(
        *(f"{ON} BCAST PREFIX a PREFIX b", "b: MSET a1 1 a2 2 c 3", "?", "b: DEL a2 a1 x", "?"),
        *("b: RENAME c b1", "?", "MULTI", "SET a1 1", "SET a2 1", "DEL a1", "EXEC", "?", "PING"),
        protocols=(3,),
    ),
    script(ON, "b: FLUSHALL", "?", "GET k", "FLUSHDB", "?", "SET k v", "PING", protocols=(3,)),
    script(
        *(f"{ON} OPTIN", "GET a", "CLIENT CACHING YES", "GET b", "GET c", "CLIENT CACHING YES"),
        *("FOO", "GET d", "CLIENT CACHING YES", "MULTI", "GET e", "EXEC", "GET f"),
        *("b: MSET a 1 c 1 d 1 e 1 f 1 b 1", "?", "?", "PING"),
        protocols=(3,),
    ),
    script(f"{ON} NOLOOP", "MGET a b", "SET a 1", "b: SET b 1", "?", "PING", protocols=(3,)),
    script(ON, "GET l", "b: LPUSH l x", "?", "GET l", "b: LPUSH l x", "?", protocols=(3,)),
]
