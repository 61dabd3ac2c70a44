"""The group "Connection" of the manual."""

from tests.compatibility.script import code, ignoring, manual, matching, quiet, script, shape

# What no two connections or servers have in common.
VARYING = "id addr laddr fd age idle qbuf qbuf-free argv-mem rbs rbp obl omem tot-mem"
NEWER_THAN_7_0 = "watch lib-name lib-ver"
INFO = ignoring("CLIENT INFO", f"{VARYING} {NEWER_THAN_7_0}")


def hello(arguments):
    """A HELLO whose reply is compared but for the connection's id and the server's version."""
    return ignoring(f"HELLO {arguments}".strip(), "id version")


SCRIPTS = [
    script("PING", "PING hello", "PING ''", "PING a b", "ping"),
    script("ECHO hello", "ECHO ''", "ECHO", "ECHO a b", r'ECHO "a\x00\r\n\xff"'),
    script("SELECT 1", "SET k v", "SELECT 0", "GET k", "SELECT 1", "GET k", "SELECT 0 1"),
    script("FOO", "FOO bar", "foo a b c", "'' x", "GET", "CLIENT", "get k l m"),
    script(r'"FO\r\nO" "b\r\nar"', f"{'x' * 200} {'y' * 200}", f"FOO {'z' * 50} {'z' * 100} w"),
    script(r'FOO "\x00\xff"', r"""FOO 'it is' "it's" """),
    # HELLO
    script(hello(""), hello("2"), hello("3"), hello("3"), hello(""), hello("2")),
    script("HELLO 1", "HELLO 4", "HELLO x", "HELLO ''", "HELLO 3.0", "HELLO 2 FOO", "PING"),
    script(hello("3 SETNAME me"), "CLIENT GETNAME", hello("2 setname you"), "CLIENT GETNAME"),
    script("HELLO 3 SETNAME 'a b'", "CLIENT GETNAME", "HELLO 3 SETNAME", "HELLO 3 AUTH", "GET k"),
    script("HELLO 3 AUTH default", "HELLO 3 AUTH nobody pass", "GET k", "HELLO SETNAME me"),
    script(hello("3 AUTH default any"), "GET k", hello("2 AUTH default any SETNAME me"), "GET k"),
    # AUTH and requirepass
    script("AUTH pass", "AUTH default pass", "AUTH nobody pass", "AUTH a b c", "AUTH"),
    script(
        *("CONFIG SET requirepass secret", "PING", "b: PING", "b: GET k", "b: FOO", "b: GET"),
        *(code("b: HELLO"), code("b: HELLO 3"), "b: AUTH wrong", "b: AUTH default wrong"),
        "b: AUTH nobody x",
        *("b: HELLO 3 AUTH default wrong", "b: GET k", "b: ECHO x", "b: RESET", "b: AUTH secret"),
        *("b: GET k", "b: RESET", "b: GET k", "c: AUTH default secret", "c: PING", "c: QUIT"),
        *(ignoring("d: HELLO 3 AUTH default secret", "id version"), "d: GET k", "e: COMMAND COUNT"),
        *("CONFIG GET requirepass", "CONFIG SET requirepass ''", "e: GET k", "f: GET k"),
        protocols=(2,),
    ),
    # RESET and QUIT
    script("RESET", "PING", "RESET x"),
    script("CLIENT SETNAME me", "SELECT 3", "RESET", "CLIENT GETNAME", INFO, "GET k"),
    script("CLIENT REPLY OFF &", "RESET", "PING"),
    script("QUIT", "PING"),
    script("b: QUIT", "b: PING", "PING", "quit"),
    # CLIENT
    script(INFO, "CLIENT SETNAME me", "SELECT 5", INFO, "CLIENT INFO x"),
    script("CLIENT GETNAME", "CLIENT SETNAME me", "CLIENT GETNAME", "CLIENT SETNAME ''"),
    script("CLIENT SETNAME me", "CLIENT SETNAME ''", "CLIENT GETNAME", "CLIENT GETNAME x"),
    script("CLIENT SETNAME 'a b'", r'CLIENT SETNAME "a\n"', r'CLIENT SETNAME "\xff"'),
    script("CLIENT SETNAME a b", "CLIENT SETNAME", "CLIENT SETNAME ~!", "CLIENT GETNAME"),
    script(shape("CLIENT ID"), "CLIENT ID x", "CLIENT FOO", "client foo", "CLIENT", "CLIENT foo x"),
    script(shape("CLIENT LIST"), shape("CLIENT LIST TYPE normal"), "CLIENT LIST TYPE pubsub"),
    script("CLIENT LIST TYPE replica", "CLIENT LIST TYPE slave", "CLIENT LIST TYPE master"),
    script("CLIENT LIST TYPE foo", "CLIENT LIST FOO", "CLIENT LIST TYPE", "CLIENT LIST ID"),
    script("CLIENT LIST ID 999999", "CLIENT LIST ID 999999 999998", "CLIENT LIST ID x"),
    script("CLIENT LIST ID 0", "CLIENT LIST ID -1", "CLIENT LIST TYPE normal FOO"),
    script("CLIENT KILL 127.0.0.1:1", "CLIENT KILL", "CLIENT KILL FOO bar", "CLIENT KILL ID"),
    script("CLIENT KILL ID 999999", "CLIENT KILL ID x", "CLIENT KILL ID 0", "CLIENT KILL ID -1"),
    script("CLIENT KILL TYPE foo", "CLIENT KILL TYPE pubsub", "CLIENT KILL USER nobody"),
    script("CLIENT KILL ADDR 127.0.0.1:1", "CLIENT KILL LADDR 127.0.0.1:1", "CLIENT KILL ADDR"),
    script("CLIENT KILL SKIPME maybe", "CLIENT KILL ID 1 SKIPME", "CLIENT KILL ID 999 FOO bar"),
    script("CLIENT KILL ID 999999 TYPE normal USER default SKIPME no"),
    script("b: PING", quiet("CLIENT KILL TYPE normal"), "b: PING", "PING"),
    script("b: PING", quiet("CLIENT KILL USER default SKIPME yes"), "b: PING", "PING"),
    script(quiet("CLIENT KILL TYPE normal SKIPME no"), "PING"),
    script("CLIENT NO-EVICT ON", INFO, "CLIENT NO-EVICT off", INFO, "CLIENT NO-EVICT foo"),
    script("CLIENT NO-EVICT", "CLIENT NO-EVICT ON OFF"),
    script("CLIENT REPLY OFF &", "PING &", "CLIENT REPLY ON", "PING"),
    script("CLIENT REPLY SKIP &", "PING &", "ECHO a", "CLIENT REPLY FOO", "CLIENT REPLY"),
    script("CLIENT REPLY SKIP &", "CLIENT REPLY SKIP &", "PING &", "ECHO a"),
    script("CLIENT REPLY OFF &", "CLIENT REPLY SKIP &", "FOO &", "CLIENT REPLY ON", "ECHO a"),
    script("CLIENT PAUSE x", "CLIENT PAUSE -1", "CLIENT PAUSE 1 FOO", "CLIENT PAUSE"),
    script("CLIENT PAUSE 50", "PING", "CLIENT PAUSE 50 ALL", "PING", "CLIENT PAUSE 0", "PING"),
    script("CLIENT PAUSE 60000 WRITE", "GET k", "b: SET k v &", "GET k", "CLIENT UNPAUSE", "b: ?"),
    script("CLIENT PAUSE 60000 WRITE", "b: DEL k &", "c: GET k", "CLIENT UNPAUSE", "b: ?"),
    script("CLIENT PAUSE 60", "b: CLIENT UNPAUSE", "b: PING", "CLIENT PAUSE 60 ALL", "HELLO 9"),
    script("CLIENT PAUSE 100 WRITE", "SET k v", "GET k", "CLIENT UNPAUSE", "CLIENT UNPAUSE x"),
    script("CLIENT UNBLOCK 999999", "CLIENT UNBLOCK x", "CLIENT UNBLOCK 999999 FOO"),
    script("CLIENT UNBLOCK 999999 TIMEOUT", "CLIENT UNBLOCK 999999 ERROR", "CLIENT UNBLOCK"),
    script(matching("CLIENT HELP", r"\[\+CLIENT <subcommand> .*\]"), "CLIENT HELP x"),
    manual("7.2", "CLIENT NO-TOUCH ON", "+OK", "CLIENT NO-TOUCH off", "+OK"),
    manual("7.2", "CLIENT NO-TOUCH foo", "-ERR syntax error", "CLIENT NO-TOUCH ON", "+OK"),
    manual("7.2", "CLIENT SETINFO LIB-NAME redis-py", "+OK", "CLIENT SETINFO lib-ver 5.0", "+OK"),
    manual("7.2", "CLIENT SETINFO FOO x", "-ERR Unrecognized option 'FOO'"),
    manual(
        *("7.2", "CLIENT SETINFO LIB-NAME 'a b'"),
        "-ERR LIB-NAME cannot contain spaces, newlines or special characters.",
    ),
]
