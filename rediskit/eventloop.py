"""A small event loop on epoll: descriptors, timers and hooks. It knows nothing of Redis.

One turn of the loop is
1. the hooks in `before_sleep`, in their order,
2. one sleep in epoll, until a descriptor is ready or the next timer is due,
3. one tick of the clock: whoever asks for the time during this turn gets this one,
4. the handlers of all descriptors that were ready,
5. the timers that are due.

Epoll is used level triggered: what a handler leaves unread is reported again. All events of a turn
are fetched at once, so when its time comes an event's handler may be gone and its descriptor may
have been closed and given to somebody else. Therefore events find their handler through a list
indexed by descriptor, and a handler is passed over in the turn in which it was registered: it
cannot have an event yet. A handler that wants no events at all is taken out of epoll, which would
report errors and hang-ups nevertheless.

Timers run on the monotonic clock, as the time of day may jump. No exception of a handler, timer or
hook ends the loop: it goes to `report`.

All that runs within a turn counts its memory in the loop's account, which is the one that was
current when the loop was made.
"""

import heapq
import os
import select
import sys
import traceback
import weakref
from collections import deque

from rediskit.structures.memory import current_account, enter
from rediskit.structures.native import monotonic_us
from rediskit.structures.poller import Poller

READ = select.EPOLLIN
WRITE = select.EPOLLOUT
LONGEST_DELAY_US = 1 << 62  # what is to happen later than that does not happen

# The same for the inner loop, as C integers.
_READ = READ
_WRITE = WRITE
_TROUBLE = select.EPOLLERR | select.EPOLLHUP

# Python runs the handlers of signals between two bytecodes, of which compiled modules have none.
run_signal_handlers = eval("lambda: None")


# All loops of this process that have not been closed.
_loops = weakref.WeakSet()


class Handler:
    """Serves one descriptor: subclasses say what to do when it can be read or written.

    `fd` is the descriptor and `events` what is waited for (READ, WRITE, both or 0); the loop
    keeps both, and `fd` is -1 for a handler that is not registered.
    """

    def __init__(self):
        self.fd = -1
        self.events = 0
        self.registered_in_turn = 0

    def on_readable(self):
        """There is something to read, or an end or an error to be found by reading."""
        raise NotImplementedError

    def on_writable(self):
        """There is room to write, or an error to be found by writing."""
        raise NotImplementedError


class Timer:
    """One call in the future, or one every `interval_ms` (which may be changed) if that is > 0."""

    def __init__(self, loop, due_us, interval_ms, callback, sequence):
        self.loop = loop
        self.due_us = due_us
        self.interval_ms = interval_ms
        self.callback = callback
        self.sequence = sequence
        self.cancelled = False

    def __lt__(self, other):
        if self.due_us != other.due_us:
            return self.due_us < other.due_us
        return self.sequence < other.sequence

    def cancel(self):
        """Makes sure that the callback is not called any more."""
        if not self.cancelled:
            self.cancelled = True
            self.callback = None
            self.loop._forget_timer()


class Wakeup(Handler):
    """A pipe whose reading end interrupts the loop's sleep: for other threads and for signals."""

    def __init__(self, loop):
        Handler.__init__(self)
        self.loop = loop
        self.waiting_calls = deque()
        read_fd, self.write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        loop.register(read_fd, self, READ)

    def on_readable(self):
        os.read(self.fd, 4096)
        run_signal_handlers()
        for _ in range(len(self.waiting_calls)):
            callback = self.waiting_calls.popleft()
            try:
                callback()
            except Exception as error:
                self.loop.report(callback, error)

    def wake(self):
        """Ends the sleep of the loop. Any thread may call this, and a signal handler."""
        if self.write_fd < 0:
            return
        try:
            os.write(self.write_fd, b"\0")
        except BlockingIOError:
            return  # The pipe is full of calls to wake up already.

    def close(self):
        read_fd = self.fd
        self.loop.unregister(self)
        write_fd = self.write_fd
        self.write_fd = -1
        os.close(read_fd)
        os.close(write_fd)


class EventLoop:
    """The loop. Only `stop`, `wakeup` and `call_from_thread` may be called by other threads.

    `clock` is a Clock: its tick() is called once per turn. `report(source, error)` is
    called with a handler, timer callback or hook and the exception that it raised. `turns` counts
    the turns, `busy_us` the microseconds they took but for the sleep; whoever shows it may reset
    it. `is_running` tells whether run() does.
    """

    def __init__(self, clock, report=None):
        self.clock = clock
        self.account = current_account()
        self.report = report or print_error
        self.before_sleep = []
        self.turns = 0
        self.busy_us = 0
        self._woken_us = 0
        self._epoll = Poller()
        self._handlers = [None] * 64
        self._timers = []
        self._timers_made = 0
        self._cancelled_timers = 0
        self.is_running = False
        self._stopping = False
        self._sleepless = False
        self.wakeup_handler = Wakeup(self)
        _loops.add(self)

    # Descriptors

    def register(self, fd, handler, events):
        """Lets `handler` serve `fd` from the next turn on. OSError if epoll can't watch it."""
        if handler.fd >= 0:
            raise ValueError("the handler is registered already")
        if fd < 0:
            raise ValueError(f"not a descriptor: {fd}")
        if events:
            self._epoll.register(fd, events)
        if fd >= len(self._handlers):
            self._handlers.extend([None] * (fd + 64))
        self._handlers[fd] = handler
        handler.fd = fd
        handler.events = events
        handler.registered_in_turn = self.turns

    def modify(self, handler, events):
        """Changes what a registered handler waits for; 0 leaves it registered but unserved."""
        if handler.fd < 0 or events == handler.events:
            return
        if not events:
            self._epoll.unregister(handler.fd)
        elif not handler.events:
            self._epoll.register(handler.fd, events)
        else:
            self._epoll.modify(handler.fd, events)
        handler.events = events

    def unregister(self, handler):
        """Ends the service of a handler; to be called before its descriptor is closed."""
        if handler.fd < 0:
            return
        self._handlers[handler.fd] = None
        if handler.events:
            self._epoll.unregister(handler.fd)
        handler.fd = -1
        handler.events = 0

    # Timers

    def call_later(self, delay_ms, callback):
        """Calls `callback()` once, `delay_ms` from now at the earliest. Returns its Timer."""
        return self._add_timer(delay_ms, 0, callback)

    def call_every(self, interval_ms, callback):
        """Calls `callback()` every `interval_ms`, without catching up on what was missed."""
        if interval_ms <= 0:
            raise ValueError("the interval must be positive")
        return self._add_timer(interval_ms, interval_ms, callback)

    @property
    def timer_count(self):
        """Timers in the heap, cancelled ones included."""
        return len(self._timers)

    def _add_timer(self, delay_ms, interval_ms, callback):
        due_us = monotonic_us() + int(min(delay_ms * 1000, LONGEST_DELAY_US))
        self._timers_made += 1
        timer = Timer(self, due_us, interval_ms, callback, self._timers_made)
        heapq.heappush(self._timers, timer)
        return timer

    def _forget_timer(self):
        """Cancelled timers stay in the heap until they are due, or until they are the most."""
        self._cancelled_timers += 1
        if self._cancelled_timers > 64 and self._cancelled_timers * 2 > len(self._timers):
            self._timers = [timer for timer in self._timers if not timer.cancelled]
            heapq.heapify(self._timers)
            self._cancelled_timers = 0

    def run_timers(self):
        """Calls those that are due; for who has a loop that does not run."""
        now_us = monotonic_us()
        due = []
        while self._timers:
            timer = self._timers[0]
            if timer.due_us > now_us:
                break
            due.append(heapq.heappop(self._timers))
        for timer in due:
            if timer.cancelled:
                self._cancelled_timers = max(0, self._cancelled_timers - 1)
                continue
            callback = timer.callback
            if timer.interval_ms > 0:
                interval_us = int(timer.interval_ms * 1000)
                timer.due_us += interval_us
                if timer.due_us <= now_us:
                    timer.due_us = now_us + interval_us
                heapq.heappush(self._timers, timer)
            else:
                timer.cancelled = True
                timer.callback = None
            try:
                callback()
            except Exception as error:
                self.report(callback, error)

    # Running

    def run(self):
        """Turns until stop() is called."""
        self.is_running = True
        try:
            while not self._stopping:
                self.turn()
        finally:
            self.is_running = self._stopping = False

    def stop(self):
        """Lets run() return after the turn it is in. Any thread or signal handler may call this."""
        self._stopping = True
        self.wakeup()

    def wakeup(self):
        """Ends the current or the next sleep. Any thread or signal handler may call this."""
        self.wakeup_handler.wake()

    @property
    def wakeup_fd(self):
        """For signal.set_wakeup_fd(): signals that arrive just before a sleep end it, too."""
        return self.wakeup_handler.write_fd

    def call_from_thread(self, callback):
        """Calls `callback()` in the loop's thread soon. Any thread may call this."""
        self.wakeup_handler.waiting_calls.append(callback)
        self.wakeup()

    def skip_sleep(self):
        """There is unfinished work: the next turn only looks for events and doesn't wait."""
        self._sleepless = True

    def turn(self):
        """Runs the hooks, sleeps until something happens, and serves all of that."""
        before = enter(self.account)
        try:
            self._take_turn()
        finally:
            enter(before)

    def _take_turn(self):
        for hook in self.before_sleep:
            try:
                hook()
            except Exception as error:
                self.report(hook, error)
        now_us = monotonic_us()
        if self._woken_us:
            self.busy_us += now_us - self._woken_us
        count = self._epoll.wait(self._time_to_sleep(now_us))
        self._woken_us = monotonic_us()
        self.turns += 1
        self.clock.tick()
        if count:
            self._serve_events(count)
        if self._timers:
            self.run_timers()

    def look(self):
        """Serves what has happened, but no timers, in the midst of a callback that takes long."""
        count = self._epoll.wait(0)
        self.turns += 1
        if count:
            self._serve_events(count)

    @property
    def is_stopping(self):
        """Whether stop() was called."""
        return self._stopping

    def _time_to_sleep(self, now_us):
        """Microseconds, or -1 for as long as it takes."""
        if self._sleepless or self._stopping:
            self._sleepless = False
            return 0
        if not self._timers:
            return -1
        timer = self._timers[0]
        return max(timer.due_us - now_us, 0)

    def _serve_events(self, count):
        handlers = self._handlers
        turn = self.turns
        for index in range(count):
            if self.turns != turn:
                return  # A callback looked itself; what it left shows again in the next turn.
            fd = self._epoll.descriptor(index)
            mask = self._epoll.mask(index)
            handler = handlers[fd]
            if handler is None or handler.registered_in_turn == self.turns:
                continue
            if mask & _TROUBLE:
                mask |= _READ | _WRITE
            try:
                if mask & handler.events & _READ:
                    handler.on_readable()
                if mask & _WRITE and handlers[fd] is handler and handler.events & _WRITE:
                    handler.on_writable()
            except Exception as error:
                self.report(handler, error)

    def close_in_child(self):
        """Closes all descriptors that this loop serves, and leaves those of the parent alone.

        The parent's epoll watches its own, so nothing is to be taken out of that.
        """
        for handler in self._handlers:
            if handler is not None:
                os.close(handler.fd)

    def close(self):
        """Releases the loop's own descriptors; those of the handlers are theirs to close."""
        _loops.discard(self)
        self._timers = []
        self.wakeup_handler.close()
        self._epoll.close()


def close_in_child():
    """To be called in a forked child: closes the descriptors of all loops of the parent."""
    for loop in _loops:
        loop.close_in_child()


def print_error(source, error):
    """The default for `report`."""
    print(f"Exception in {source!r}:", file=sys.stderr)
    traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
