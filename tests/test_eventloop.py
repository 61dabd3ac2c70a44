"""The event loop: descriptors, timers, hooks, and being woken from outside."""

import os
import signal
import socket
import threading
import time

import pytest

from rediskit.clock import Clock
from rediskit.eventloop import READ, WRITE, EventLoop, Handler


class CountingClock(Clock):
    """Counts the ticks."""

    def __init__(self):
        self.ticks = -1
        super().__init__()

    def tick(self):
        self.ticks += 1
        return super().tick()


class Recorder(Handler):
    """Notes what it was called for, then does what the test wants done."""

    def __init__(self, action=None):
        super().__init__()
        self.calls = []
        self.action = action

    def on_readable(self):
        self.calls.append("readable")
        if self.action:
            self.action()

    def on_writable(self):
        self.calls.append("writable")
        if self.action:
            self.action()


@pytest.fixture
def errors():
    return []


@pytest.fixture
def loop(errors):
    loop = EventLoop(CountingClock(), lambda source, error: errors.append((source, error)))
    yield loop
    loop.close()


@pytest.fixture
def pair():
    """Two ends of a connection; the first has something to read."""
    ends = socket.socketpair()
    ends[1].send(b"x")
    yield ends
    for end in ends:
        end.close()


def ready_pairs(count):
    """Connections that can all be read at once."""
    pairs = [socket.socketpair() for _ in range(count)]
    for _, far in pairs:
        far.send(b"x")
    return pairs


def turn_now(loop, turns=1):
    """Turns without waiting for anything."""
    for _ in range(turns):
        loop.skip_sleep()
        loop.turn()


def test_a_ready_descriptor_is_served_until_it_is_read(loop, pair):
    near = pair[0]
    handler = Recorder()
    loop.register(near.fileno(), handler, READ)
    turn_now(loop, 2)
    assert handler.calls == ["readable", "readable"]
    near.recv(1)
    turn_now(loop)
    assert len(handler.calls) == 2


def test_events_are_those_asked_for(loop, pair):
    handler = Recorder()
    loop.register(pair[0].fileno(), handler, WRITE)
    turn_now(loop)
    loop.modify(handler, READ | WRITE)
    turn_now(loop)
    loop.modify(handler, 0)
    turn_now(loop)
    loop.modify(handler, READ)
    turn_now(loop)
    assert handler.calls == ["writable", "readable", "writable", "readable"]
    assert handler.events == READ


def test_several_handlers_are_served_in_one_turn(loop):
    pairs = ready_pairs(5)
    handlers = [Recorder() for _ in pairs]
    for handler, (near, _) in zip(handlers, pairs, strict=True):
        loop.register(near.fileno(), handler, READ)
    turn_now(loop)
    assert [handler.calls for handler in handlers] == [["readable"]] * 5
    assert loop.clock.ticks == 1
    for ends in pairs:
        ends[0].close()
        ends[1].close()


def test_a_hang_up_reaches_a_handler_whatever_it_waits_for(loop, pair):
    handler = Recorder()
    loop.register(pair[0].fileno(), handler, WRITE)
    pair[1].close()
    turn_now(loop)
    assert handler.calls == ["writable"]


def test_a_handler_without_events_hears_no_hang_up(loop, pair):
    handler = Recorder()
    loop.register(pair[0].fileno(), handler, READ)
    loop.modify(handler, 0)
    pair[1].close()
    turn_now(loop, 2)
    assert handler.calls == []
    loop.unregister(handler)
    assert handler.fd == -1


def test_a_handler_removed_in_the_turn_gets_no_stale_event(loop):
    pairs = ready_pairs(2)
    handlers = [Recorder(), Recorder()]
    for number, handler in enumerate(handlers):
        handler.action = lambda other=handlers[1 - number]: loop.unregister(other)
        loop.register(pairs[number][0].fileno(), handler, READ)
    turn_now(loop)
    assert sorted(handler.calls for handler in handlers) == [[], ["readable"]]
    for ends in pairs:
        ends[0].close()
        ends[1].close()


def test_a_descriptor_reused_in_the_turn_brings_its_new_owner_no_stale_event(loop):
    """Whoever is served first closes the other, and a silent connection gets its number."""
    pairs = ready_pairs(2)
    handlers = [Recorder(), Recorder()]
    silent = []
    newcomer = Recorder()

    def replace(victim):
        def action():
            if silent:
                return
            fd = handlers[victim].fd
            loop.unregister(handlers[victim])
            pairs[victim][0].close()
            silent.extend(socket.socketpair())
            if silent[0].fileno() != fd:
                os.dup2(silent[0].fileno(), fd)
            loop.register(fd, newcomer, READ)

        return action

    for number, handler in enumerate(handlers):
        handler.action = replace(1 - number)
        loop.register(pairs[number][0].fileno(), handler, READ)
    turn_now(loop)
    assert newcomer.calls == []
    assert sum(len(handler.calls) for handler in handlers) == 1
    turn_now(loop)
    assert newcomer.calls == []
    silent[1].send(b"x")
    turn_now(loop)
    assert newcomer.calls == ["readable"]
    for ends in [silent, *pairs]:
        ends[0].close()
        ends[1].close()


def test_a_handler_that_stops_waiting_in_on_readable_is_not_called_for_writing(loop, pair):
    handler = Recorder()
    handler.action = lambda: loop.modify(handler, READ)
    loop.register(pair[0].fileno(), handler, READ | WRITE)
    turn_now(loop)
    assert handler.calls == ["readable"]


def test_an_exception_is_reported_and_the_others_are_served(loop, errors):
    def fail():
        raise RuntimeError("broken handler")

    pairs = ready_pairs(3)
    handlers = [Recorder(), Recorder(fail), Recorder()]
    for handler, (near, _) in zip(handlers, pairs, strict=True):
        loop.register(near.fileno(), handler, READ)
    turn_now(loop)
    assert [handler.calls for handler in handlers] == [["readable"]] * 3
    assert [(source, str(error)) for source, error in errors] == [(handlers[1], "broken handler")]
    for ends in pairs:
        ends[0].close()
        ends[1].close()


def test_registering_twice_or_nothing_is_refused(loop, pair):
    handler = Recorder()
    loop.register(pair[0].fileno(), handler, READ)
    with pytest.raises(ValueError):
        loop.register(pair[1].fileno(), handler, READ)
    with pytest.raises(ValueError):
        loop.register(-1, Recorder(), READ)
    with pytest.raises(OSError):
        loop.register(10**6, Recorder(), READ)
    turn_now(loop)
    assert handler.calls == ["readable"]


def test_timers_run_in_the_order_of_their_times(loop):
    order = []
    loop.call_later(20, lambda: (order.append("late"), loop.stop()))
    loop.call_later(5, lambda: order.append("early"))
    loop.call_later(5, lambda: order.append("early, made later"))
    start = time.monotonic()
    loop.run()
    assert order == ["early", "early, made later", "late"]
    assert time.monotonic() - start >= 0.02


def test_a_timer_made_by_a_timer_waits_for_the_next_turn(loop):
    order = []

    def again():
        order.append(loop.turns)
        loop.call_later(0, again)

    loop.call_later(0, again)
    loop.turn()
    loop.turn()
    assert order == [1, 2]


def test_a_repeated_timer_goes_on_and_can_change_its_interval(loop):
    calls = []

    def tick():
        calls.append(time.monotonic())
        timer.interval_ms = 1
        if len(calls) == 4:
            timer.cancel()
            loop.call_later(10, loop.stop)

    timer = loop.call_every(30, tick)
    loop.run()
    assert len(calls) == 4


def test_a_repeated_timer_that_is_late_does_not_catch_up(loop):
    calls = []
    timer = loop.call_every(5, lambda: calls.append(loop.turns))
    time.sleep(0.05)
    turn_now(loop, 3)
    assert len(calls) == 1
    timer.cancel()


def test_a_cancelled_timer_is_not_called_even_by_one_due_with_it(loop):
    calls = []
    later = []
    loop.call_later(0, lambda: later[0].cancel())
    later.append(loop.call_later(0, lambda: calls.append("cancelled")))
    loop.call_later(1, loop.stop)
    loop.run()
    later[0].cancel()
    assert calls == []


def test_many_cancelled_timers_do_not_pile_up(loop):
    """Blocking commands with long timeouts make and cancel a timer each."""
    for _ in range(10000):
        loop.call_later(10**7, print).cancel()
    assert loop.timer_count < 200
    kept = loop.call_later(0, loop.stop)
    loop.run()
    assert kept.cancelled


def test_a_timer_may_be_due_after_the_end_of_time(loop):
    calls = []
    loop.call_later(1e300, lambda: calls.append("never"))
    loop.call_later(2**63, lambda: calls.append("never"))
    loop.call_later(0, lambda: calls.append("now"))
    loop.skip_sleep()
    loop.turn()
    assert calls == ["now"]


def test_an_exception_in_timer_or_hook_is_reported(loop, errors):
    def fail():
        raise RuntimeError("broken")

    loop.before_sleep.append(fail)
    loop.call_later(0, fail)
    loop.call_later(0, loop.stop)
    loop.run()
    assert [source for source, _ in errors] == [fail, fail]


def test_hooks_run_in_their_order_before_each_sleep(loop):
    order = []
    loop.before_sleep += [lambda: order.append(1), lambda: order.append(2)]
    turn_now(loop, 2)
    assert order == [1, 2, 1, 2]


def test_another_thread_stops_the_loop(loop):
    thread = threading.Thread(target=loop.run)
    thread.start()
    time.sleep(0.02)
    assert thread.is_alive()
    loop.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_stop_before_the_run_counts(loop):
    loop.stop()
    loop.run()
    assert loop.turns == 0


def test_another_thread_has_something_called_in_the_thread_of_the_loop(loop, errors):
    threads = []
    thread = threading.Thread(target=loop.run)
    thread.start()

    def fail():
        raise RuntimeError("broken call")

    loop.call_from_thread(fail)
    loop.call_from_thread(lambda: threads.append(threading.current_thread()))
    loop.call_from_thread(loop.stop)
    thread.join(5)
    assert threads == [thread]
    assert [str(error) for _, error in errors] == ["broken call"]


def test_many_wakeups_fill_no_pipe(loop):
    for _ in range(100_000):
        loop.wakeup()
    loop.turn()
    loop.call_later(0, loop.stop)
    loop.run()


def test_a_signal_handler_stops_a_sleeping_loop(loop):
    before = signal.signal(signal.SIGUSR1, lambda number, frame: loop.stop())
    sender = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    sender.start()
    try:
        loop.run()
    finally:
        sender.join()
        signal.signal(signal.SIGUSR1, before)
    assert loop.turns >= 1


def test_a_signal_before_the_sleep_ends_it(loop):
    """Its Python handler has not run yet when the loop goes to sleep; the wake-up pipe tells."""
    before = signal.signal(signal.SIGUSR1, lambda number, frame: loop.stop())
    previous_fd = signal.set_wakeup_fd(loop.wakeup_fd)
    try:
        signal.raise_signal(signal.SIGUSR1)
        loop.run()
    finally:
        signal.set_wakeup_fd(previous_fd)
        signal.signal(signal.SIGUSR1, before)


def test_closing_releases_the_descriptors():
    before = len(os.listdir("/proc/self/fd"))
    loop = EventLoop(CountingClock())
    loop.close()
    loop.stop()
    assert len(os.listdir("/proc/self/fd")) == before
