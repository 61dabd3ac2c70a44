"""Pub/sub: who gets which message, in which order, and what a subscriber may do."""

import pytest

from rediskit import errors
from rediskit.clients.kinds import NORMAL, PUBSUB
from rediskit.errors import CommandError
from tests.support.peers import Peers


@pytest.fixture
def peers():
    """A server with connections."""
    made = Peers()
    yield made
    made.close()
    subscriptions = made.server.subscriptions
    for topic in (subscriptions.channels, subscriptions.patterns, subscriptions.shard_channels):
        assert not topic.names
    assert subscriptions.count == 0


def told(peer, count):
    """So many messages, spelled."""
    return [peer.spelled() for _ in range(count)]


def subscriber(peers, line, count, protocol=2):
    """A new client that has subscribed to `count` channels or patterns."""
    peer = peers.connect()
    if protocol == 3:
        peer.run("HELLO 3")
    peer.send(*line.split())
    told(peer, count)
    return peer


def test_a_message_goes_to_all_who_subscribe(peers):
    listeners = [subscriber(peers, "SUBSCRIBE a b", 2, protocol) for protocol in (2, 3)]
    other = subscriber(peers, "SUBSCRIBE c", 1)
    assert peers.connect().run("PUBLISH a hello") == ":2"
    assert listeners[0].spelled() == '["message", "a", "hello"]'
    assert listeners[1].spelled() == '>["message", "a", "hello"]'
    assert other.is_silent()


def test_each_matching_subscription_gets_its_own(peers):
    peer = subscriber(peers, "SUBSCRIBE news.art", 1)
    peer.send("PSUBSCRIBE", "news.*", "*.art", "other*")
    told(peer, 3)
    assert peers.connect().run("PUBLISH news.art x") == ":3"
    assert told(peer, 3) == [
        '["message", "news.art", "x"]',
        '["pmessage", "news.*", "news.art", "x"]',
        '["pmessage", "*.art", "news.art", "x"]',
    ]
    assert peer.is_silent()


def test_shard_channels_are_another_world(peers):
    peer = subscriber(peers, "SSUBSCRIBE s", 1)
    other = subscriber(peers, "PSUBSCRIBE *", 1)
    publisher = peers.connect()
    assert publisher.run("SPUBLISH s x") == ":1"
    assert publisher.run("PUBLISH s y") == ":1"
    assert peer.spelled() == '["smessage", "s", "x"]'
    assert other.spelled() == '["pmessage", "*", "s", "y"]'
    assert peer.is_silent()


def test_subscriptions_are_counted(peers):
    peer = peers.connect()
    peer.send("SUBSCRIBE", "a", "b", "a")
    assert told(peer, 3) == [
        '["subscribe", "a", :1]',
        '["subscribe", "b", :2]',
        '["subscribe", "a", :2]',
    ]
    assert peer.run("PSUBSCRIBE p*") == '["psubscribe", "p*", :3]'
    assert peer.run("SSUBSCRIBE s") == '["ssubscribe", "s", :1]'
    assert peer.run("UNSUBSCRIBE none") == '["unsubscribe", "none", :3]'
    peer.send("UNSUBSCRIBE")
    assert told(peer, 2) == ['["unsubscribe", "a", :2]', '["unsubscribe", "b", :1]']
    assert peer.run("UNSUBSCRIBE") == '["unsubscribe", nil, :1]'
    assert peer.run("PUNSUBSCRIBE") == '["punsubscribe", "p*", :0]'
    assert peer.run("SUNSUBSCRIBE") == '["sunsubscribe", "s", :0]'
    assert peer.run("SUNSUBSCRIBE") == '["sunsubscribe", nil, :0]'
    assert peer.run("GET k") == "nil"


def test_what_is_known_of_channels(peers):
    first = subscriber(peers, "SUBSCRIBE a b", 2)
    second = subscriber(peers, "SUBSCRIBE b", 1)
    first.send("PSUBSCRIBE", "x*", "y*")
    second.send("PSUBSCRIBE", "x*")
    told(first, 2)
    told(second, 1)
    third = subscriber(peers, "SSUBSCRIBE s", 1)
    peer = peers.connect()
    assert peer.run("PUBSUB CHANNELS") == '["a", "b"]'
    assert peer.run("PUBSUB CHANNELS [b-z]") == '["b"]'
    assert peer.run("PUBSUB NUMSUB a b none") == '["a", :1, "b", :2, "none", :0]'
    assert peer.run("PUBSUB NUMSUB") == "[]"
    assert peer.run("PUBSUB NUMPAT") == ":2"
    assert peer.run("PUBSUB SHARDCHANNELS") == '["s"]'
    assert peer.run("PUBSUB SHARDNUMSUB s a") == '["s", :1, "a", :0]'
    info = peer.run("INFO")
    for field in (
        "pubsub_channels:2",
        "pubsub_patterns:2",
        "pubsubshard_channels:1",
        "pubsub_clients:3",
    ):
        assert field in info
    listed = peer.run("CLIENT LIST TYPE PUBSUB")
    assert "flags=P db=0 sub=2 psub=2 ssub=0" in listed
    assert "flags=P db=0 sub=0 psub=0 ssub=1" in listed
    assert listed.count("id=") == 3
    third.close()
    peers.turn_until(lambda: len(peers.server.clients) == 3)
    assert peer.run("PUBSUB SHARDCHANNELS") == "[]"


def test_who_subscribes_in_resp2_may_do_little_else(peers):
    peer = subscriber(peers, "SSUBSCRIBE a", 1)
    assert peer.run("GET k") == f"-{errors.only_subscribed('get')}"
    assert peer.run("CLIENT ID") == f"-{errors.only_subscribed('client|id')}"
    assert peer.run("PUBLISH a x") == f"-{errors.only_subscribed('publish')}"
    assert peer.run("PING") == '["pong", ""]'
    assert peer.run("PING x") == '["pong", "x"]'
    assert peer.run("SUBSCRIBE b") == '["subscribe", "b", :1]'
    assert peer.run("RESET") == "+RESET"
    assert peer.run("GET k") == "nil"
    assert peer.run("PING") == "+PONG"


def test_who_subscribes_in_resp3_may_do_everything(peers):
    peer = subscriber(peers, "SUBSCRIBE a", 1, protocol=3)
    assert peer.run("GET k") == "null"
    assert peer.run("PING") == "+PONG"
    assert peer.run("SET k v") == "+OK"


def test_what_one_tells_oneself_comes_behind_the_reply(peers):
    peer = subscriber(peers, "SUBSCRIBE a", 1, protocol=3)
    assert peer.run("PUBLISH a x") == ":1"
    assert peer.spelled() == '>["message", "a", "x"]'
    for line in ("MULTI", "PING", "PUBLISH a y", "PUBLISH a z", "ECHO e"):
        peer.run(line)
    assert peer.run("EXEC") == '[+PONG, :1, :1, "e"]'
    assert told(peer, 2) == ['>["message", "a", "y"]', '>["message", "a", "z"]']


def test_a_message_never_comes_into_the_middle_of_a_streamed_reply(peers):
    peer = subscriber(peers, "SUBSCRIBE a", 1, protocol=3)
    other = peers.connect()
    # Where output has a limit, a reply is made at once up to that.
    other.send("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")
    assert other.spelled() == "+OK"
    other.run("SADD s " + "m" * 1000)
    peer.send("SRANDMEMBER", "s", "-2000")
    peers.turn_until(lambda: peer.client.streaming)
    other.run("PUBLISH a x")
    assert peer.client.deferred is not None
    assert peer.spelled().count("m" * 1000) == 2000
    assert peer.spelled() == '>["message", "a", "x"]'
    assert peer.run("PING") == "+PONG"


def test_subscribing_within_a_transaction(peers):
    peer = peers.connect()
    for line in ("MULTI", "SUBSCRIBE a", "PUBLISH a x", "SSUBSCRIBE s"):
        peer.run(line)
    denied = errors.denied_blocking("SSUBSCRIBE")
    assert peer.run("EXEC") == f'[["subscribe", "a", :1], :1, -{denied}]'
    assert peer.spelled() == '["message", "a", "x"]'
    assert peer.run("UNSUBSCRIBE") == '["unsubscribe", "a", :0]'


def test_client_reply_silences_no_pushes(peers):
    peer = peers.connect()
    peer.run("HELLO 3")
    peer.send("CLIENT", "REPLY", "OFF")
    assert peer.run("SUBSCRIBE a") == '>["subscribe", "a", :1]'
    peer.send("PING")
    peer.send("PUBLISH", "a", "x")
    assert peer.spelled() == '>["message", "a", "x"]'
    assert peer.is_silent()


def test_a_subscriber_that_does_not_read_is_cut(peers):
    deaf = subscriber(peers, "SUBSCRIBE a", 1)
    keen = subscriber(peers, "SUBSCRIBE a", 1)
    peers.server.config.set_many({"client-output-buffer-limit": "pubsub 200kb 0 0"})
    publisher = peers.connect()
    for _ in range(100):
        assert publisher.run("PUBLISH a " + "x" * 10000).startswith(":")
        assert keen.spelled().count("x") == 10000
        if deaf.client.closing:
            break
    assert deaf.client.closing
    assert publisher.run("PUBLISH a x") == ":1"
    assert peers.server.network.client_output_buffer_limit_disconnections == 1


def test_who_leaves_hears_nothing_more(peers):
    peer = subscriber(peers, "SUBSCRIBE a", 1)
    peer.close()
    peers.turn_until(lambda: not peers.server.clients)
    assert peers.connect().run("PUBLISH a x") == ":0"


def test_kinds_of_clients(peers):
    peer = subscriber(peers, "SUBSCRIBE a", 1)
    assert peer.client.kind == PUBSUB
    peer.run("UNSUBSCRIBE")
    assert peer.client.kind == NORMAL


def test_a_program_may_subscribe(run):
    word, name, count = run("SUBSCRIBE a")[0].values
    assert (word, name, count) == (b"subscribe", b"a", 1)
    other = run.server.client()
    assert run.server.execute(other, b"PUBLISH", b"a", b"x") == 1
    assert bytes(run.client.output) == b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n"
    with pytest.raises(CommandError):
        run("GET k")


def test_messages_are_handed_on(run):
    assert run.handed_on("PUBLISH a x") == [b"PUBLISH a x"]
    assert run.handed_on("SPUBLISH a x") == [b"SPUBLISH a x"]
    run("MULTI")
    run("PUBLISH a x")
    run("SET k v")
    assert run.handed_on("EXEC") == [b"MULTI", b"PUBLISH a x", b"SET k v", b"EXEC"]


def test_wrong_numbers_of_words(run):
    for line in ("PUBSUB CHANNELS a b", "PUBSUB SHARDCHANNELS a b"):
        with pytest.raises(CommandError) as caught:
            run(line)
        name = line.split()[1]
        assert caught.value.text == errors.wrong_subcommand(name, "PUBSUB")
