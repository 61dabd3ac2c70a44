"""Counted allocation: every byte of users' data is taken and given back here.

A general allocator spends 8 to 16 bytes beside each block and rounds sizes up to multiples of 16:
too much where a key and its value together fill 40 bytes. Here blocks of one size class lie
shoulder to shoulder in runs of 64 KB. A run is aligned to its size, so the run of a block is found
by masking the block's address, and a block needs no header at all: its owner knows its size and
names it again on release.

    run (64 KB)   | header, 64 bytes | rest | block | block | ... | block |
    free blocks   a list within the run, linked by 2-byte offsets in the free blocks themselves
    size classes  steps of 2 bytes up to 256, of 8 up to 512, of 16 up to 1024; beyond that malloc

Larger blocks come from malloc, above all because the segments of a growing table leave one size
for the next: where neighbours can be joined, what they leave behind is used again.

Runs are cut from 4 MB chunks of address space. A run whose last block is released can serve any
other class; beyond a small reserve the pages of free runs go back to the system.

The blocks end where the run ends, so each is aligned to whichever powers of two divide its size
(sizes are even). One of 1024 bytes never lies across two pages, which matters while a forked child
saves: then each page that is written to is copied.

Who holds how much is counted by accounts, one for each server of the process. One is current in
each thread (enter); what is taken and given back counts there. An account says what its server
holds, not where: all of them share the runs, so the pages in use are known of the process only.
What outlives the call that made it, and may be freed in anybody's turn, is Owned: it remembers
its account. The counts have signs: should a block be given back in another's turn nevertheless,
one count is that much too high and another too low, and neither wraps; the sum stays right. An
account also has the state of its server's random source, for it is wanted as deep down.

The runs and accounts are everybody's, and nothing but Python's GIL protects them: whoever calls a
function of this module holds it, and none of them lets it go.

For `make test-sanitize` REDISKIT_EXACT_BLOCKS can be defined: then every block is malloc's, of
exactly the wanted size, so that AddressSanitizer sees each byte read or written beside it, and a
release that names another size aborts.
"""

import os
from contextlib import contextmanager

from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.stdint cimport uint8_t, uint16_t, uint64_t, uintptr_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

cdef extern from *:
    """
    #include <malloc.h>
    #include <stdlib.h>
    #define REDISKIT_LARGEST_SMALL 1024
    #ifdef REDISKIT_EXACT_BLOCKS
    #define rediskit_is_small(size) 0
    #define rediskit_malloc_takes(size) (size)
    #define rediskit_malloc_header 0
    static void rediskit_check_size(void *block, size_t size)
    {
        if (malloc_usable_size(block) != (size ? size : 1)) abort();
    }
    #else
    #define rediskit_is_small(size) ((size) <= REDISKIT_LARGEST_SMALL)
    /* What glibc takes: 8 bytes of its own, in steps of 16. */
    #define rediskit_malloc_takes(size) (((size) + 8 + 15) & ~(size_t)15)
    #define rediskit_malloc_header 8
    #define rediskit_check_size(block, size)
    #endif
    """
    enum: LARGEST_SMALL "REDISKIT_LARGEST_SMALL"
    bint is_small "rediskit_is_small"(size_t size) noexcept
    size_t malloc_takes "rediskit_malloc_takes"(size_t size) noexcept
    size_t MALLOC_HEADER "rediskit_malloc_header"
    void check_size "rediskit_check_size"(void *block, size_t size) noexcept
    int malloc_trim(size_t pad) noexcept
    size_t PY_SSIZE_T_MAX

cdef extern from *:
    """
    static rediskit_counts rediskit_common = {
        .next = &rediskit_common, .previous = &rediskit_common
    };

    /* Found without a call where the C library keeps room for that in modules loaded later. */
    #if defined(__ELF__) && defined(__GLIBC__)
    #define rediskit_quick __attribute__((tls_model("initial-exec")))
    #else
    #define rediskit_quick
    #endif
    static __thread rediskit_counts *rediskit_current rediskit_quick = &rediskit_common;
    """
    Counts common "rediskit_common"         # of a thread that has entered no account
    Counts *current "rediskit_current"      # the one of this thread

cdef extern from "<sys/mman.h>" nogil:
    void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset)
    int munmap(void *address, size_t length)
    int madvise(void *address, size_t length, int advice)
    int PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MADV_DONTNEED
    void *MAP_FAILED

cdef enum:
    RUN_SIZE = 65536
    RUN_HEADER = 64
    CHUNK_SIZE = 4194304
    CLASSES = 129 + 32 + 32
    WARM_RUNS = 32          # free runs whose pages are kept

cdef struct Run:
    Run *next               # in the list of its class' runs with room
    Run *previous
    uint16_t size_class
    uint16_t used           # blocks handed out
    uint16_t capacity       # blocks it can hold
    uint16_t untouched      # blocks at the end that were never handed out
    uint16_t free_offset    # half the offset of the first free block; 0: none
    uint8_t listed          # is in the list of its class

cdef struct SizeClass:
    size_t size
    Run *with_room

cdef SizeClass[CLASSES] classes
cdef Run **free_runs = NULL             # a stack; the first cold_runs of it have no pages
cdef size_t free_run_count = 0
cdef size_t free_run_capacity = 0
cdef size_t cold_runs = 0
cdef size_t runs_in_use = 0
cdef size_t chunks = 0
cdef long until_failure = 0             # allocations up to one that fails; 0: none does


cdef inline int class_of(size_t size) noexcept:
    if size <= 256:
        return <int>((size + 1) >> 1) if size > 8 else 4
    if size <= 512:
        return 129 + <int>((size - 257) >> 3)
    return 161 + <int>((size - 513) >> 4)


cdef void define_classes() noexcept:
    cdef size_t size = 0
    cdef int index = 0
    while size <= LARGEST_SMALL:
        index = class_of(size)
        classes[index].size = size      # the largest of a class comes last and stays
        classes[index].with_room = NULL
        size += 1
    for index in range(4):
        classes[index].size = 8


define_classes()


cdef int add_chunk() except -1:
    """Adds a chunk's runs to the free ones. Over-allocates once to align the chunk to a run."""
    cdef size_t wanted = CHUNK_SIZE + RUN_SIZE
    cdef size_t runs = (chunks + 1) * (CHUNK_SIZE // RUN_SIZE)
    cdef char *start = <char *>mmap(
        NULL, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    cdef char *aligned
    cdef void *stack
    if start == <char *>MAP_FAILED:
        raise MemoryError()
    aligned = <char *>((<uintptr_t>start + RUN_SIZE - 1) & ~<uintptr_t>(RUN_SIZE - 1))
    # Room for every run there is, so that freeing a run never has to allocate.
    if runs > free_run_capacity:
        stack = realloc(free_runs, 2 * runs * sizeof(Run *))
        if stack == NULL:
            munmap(start, wanted)
            raise MemoryError()
        set_stack(<Run **>stack, 2 * runs)
    register_chunk(aligned)
    return 0


cdef void set_stack(Run **stack, size_t capacity) noexcept:
    global free_runs, free_run_capacity
    free_runs = stack
    free_run_capacity = capacity


cdef void register_chunk(char *start) noexcept:
    global free_run_count, cold_runs, chunks
    cdef size_t index
    chunks += 1
    for index in range(CHUNK_SIZE // RUN_SIZE):
        free_runs[free_run_count] = <Run *>(start + CHUNK_SIZE - (index + 1) * RUN_SIZE)
        free_run_count += 1
    cold_runs = free_run_count          # only called when there was no warm one left


cdef Run *take_run(int size_class) except NULL:
    """A free run, made ready for blocks of a class and listed as having room."""
    global free_run_count, cold_runs, runs_in_use
    cdef Run *run
    if free_run_count == 0:
        add_chunk()
    free_run_count -= 1
    run = free_runs[free_run_count]
    if cold_runs > free_run_count:
        cold_runs = free_run_count
    runs_in_use += 1
    run.size_class = size_class
    run.used = 0
    run.capacity = <uint16_t>((RUN_SIZE - RUN_HEADER) // classes[size_class].size)
    run.untouched = run.capacity
    run.free_offset = 0
    run.listed = 0
    list_run(run)
    return run


cdef inline void list_run(Run *run) noexcept:
    cdef SizeClass *owner = &classes[run.size_class]
    run.previous = NULL
    run.next = owner.with_room
    if run.next != NULL:
        run.next.previous = run
    owner.with_room = run
    run.listed = 1


cdef inline void unlist_run(Run *run) noexcept:
    if run.previous != NULL:
        run.previous.next = run.next
    else:
        classes[run.size_class].with_room = run.next
    if run.next != NULL:
        run.next.previous = run.previous
    run.listed = 0


cdef void give_back_run(Run *run) noexcept:
    """Puts an empty run on the stack of free ones; old ones at its bottom lose their pages."""
    global free_run_count, cold_runs, runs_in_use
    unlist_run(run)
    runs_in_use -= 1
    # Every run has a place on the stack: add_chunk saw to that.
    free_runs[free_run_count] = run
    free_run_count += 1
    if free_run_count - cold_runs > WARM_RUNS:
        madvise(free_runs[cold_runs], RUN_SIZE, MADV_DONTNEED)
        cold_runs += 1


cdef inline void count_in(Counts *counts, size_t size) noexcept:
    counts.held += size
    if counts.held > counts.most_held:
        counts.most_held = counts.held


def fail_at(count):
    """Has the `count`-th allocation from now raise MemoryError, once; 0: none. For tests."""
    global until_failure
    until_failure = count


cdef int count_down() except -1:
    global until_failure
    until_failure -= 1
    if until_failure == 0:
        raise MemoryError("asked for by fail_at()")
    return 0


cdef void *take_large(void *block, size_t size) except NULL:
    """A block of malloc's, in place of another one unless that is NULL.

    What glibc rounds a size up to is asked for, because other mallocs may give less, and blocks of
    equal usable() size are interchangeable.
    """
    cdef void *taken = NULL
    if size <= PY_SSIZE_T_MAX:
        taken = realloc(block, malloc_takes(size) - MALLOC_HEADER)
    if taken == NULL:
        raise MemoryError()
    return taken


cdef void *allocate(size_t size) except NULL:
    """A block of at least `size` bytes, not zeroed. Raises MemoryError."""
    cdef int size_class
    cdef Run *run
    cdef char *block
    if until_failure:
        count_down()
    if not is_small(size):
        block = <char *>take_large(NULL, size)
        current.large_held += usable(size)
        count_in(current, usable(size))
        return block
    size_class = class_of(size)
    run = classes[size_class].with_room
    if run == NULL:
        run = take_run(size_class)
    if run.free_offset:
        block = <char *>run + 2 * <size_t>run.free_offset
        run.free_offset = (<uint16_t *>block)[0]
    else:
        block = <char *>run + RUN_SIZE - run.untouched * classes[size_class].size
        run.untouched -= 1
    run.used += 1
    if run.used == run.capacity:
        unlist_run(run)
    count_in(current, classes[size_class].size)
    return block


cdef void release(void *block, size_t size) noexcept:
    """Gives a block back; `size` is what it was allocated or last resized with."""
    cdef Run *run
    cdef size_t rounded = usable(size)
    if not is_small(size):
        check_size(block, size)
        free(block)
        current.large_held -= rounded
        current.held -= rounded
        return
    current.held -= rounded
    run = <Run *>(<uintptr_t>block & ~<uintptr_t>(RUN_SIZE - 1))
    (<uint16_t *>block)[0] = run.free_offset
    run.free_offset = <uint16_t>((<char *>block - <char *>run) >> 1)
    run.used -= 1
    if not run.listed:
        list_run(run)
    if run.used == 0:
        give_back_run(run)


cdef void *resize(void *block, size_t old_size, size_t new_size) except NULL:
    """The block with a new size, moved if need be; its content up to the smaller size is kept.

    On MemoryError the block is still there, with its old size.
    """
    cdef void *moved
    if usable(old_size) == usable(new_size):
        return block
    if not is_small(old_size) and not is_small(new_size):
        check_size(block, old_size)
        if until_failure:
            count_down()
        moved = take_large(block, new_size)
        current.large_held += <Py_ssize_t>usable(new_size) - <Py_ssize_t>usable(old_size)
        current.held -= usable(old_size)
        count_in(current, usable(new_size))
        return moved
    moved = allocate(new_size)
    memcpy(moved, block, old_size if old_size < new_size else new_size)
    release(block, old_size)
    return moved


cdef size_t usable(size_t size) noexcept:
    """What a block of this size really takes; blocks of equal usable size are interchangeable."""
    if is_small(size):
        return classes[class_of(size)].size
    return malloc_takes(size)


cpdef void account(Py_ssize_t delta) noexcept:
    """Counts bytes that are held elsewhere, such as Python objects that belong to data."""
    if delta >= 0:
        count_in(current, <size_t>delta)
    else:
        current.held += delta


cpdef Py_ssize_t used() noexcept:
    """Bytes held for users' data by the current account, each block counted with its rounding."""
    return current.held


def peak():
    """The most bytes that the current account ever held at once, since its last reset_peak()."""
    return current.most_held


def reset_peak():
    """Lets peak() start anew from what the current account holds now."""
    current.most_held = current.held


# Accounts

cdef class Account:
    """What one server holds, and its random source; without a seed that differs every time.

    `random_seed`: any integer; what is drawn by servers of one seed is the same. So is then what
    is drawn from a table, as long as the secret of its hashes is (see hashing.pyx).
    """

    def __cinit__(self, random_seed=None):
        if random_seed is None:
            random_seed = int.from_bytes(os.urandom(8), "little")
        self.counts = &self.own
        self.counts.random_state = random_seed & 0xFFFFFFFFFFFFFFFF
        self.counts.owner = <PyObject *>self
        self.counts.next = &common
        self.counts.previous = common.previous
        common.previous.next = self.counts
        common.previous = self.counts

    def __dealloc__(self):
        # What it holds still is there: the sum of all accounts stays what it was.
        common.held += self.counts.held
        common.large_held += self.counts.large_held
        self.counts.previous.next = self.counts.next
        self.counts.next.previous = self.counts.previous

    cpdef Py_ssize_t used(self) noexcept:
        """As used(), of this account."""
        return self.counts.held

    cpdef Py_ssize_t peak(self) noexcept:
        """As peak(), of this account."""
        return self.counts.most_held

    def reset_peak(self):
        """As reset_peak(), of this account."""
        self.counts.most_held = self.counts.held


cdef Account common_account():
    """The account of threads that have entered none; it is there for good."""
    cdef Account account = Account()
    account.counts.previous.next = account.counts.next
    account.counts.next.previous = account.counts.previous
    common.random_state = account.own.random_state
    common.owner = <PyObject *>account
    account.counts = &common
    Py_INCREF(account)
    return account


common_account()


cpdef Account enter(Account account):
    """Makes an account this thread's current one; returns the one before, to be entered again.

    A thread keeps its current account alive.
    """
    global current
    cdef Account before = <Account>current.owner
    if account is not before:
        if current != &common:
            Py_DECREF(before)
        if account.counts != &common:
            Py_INCREF(account)
        current = account.counts
    return before


@contextmanager
def within(Account account not None):
    """As a with statement: an account is the current one, then the one before is again."""
    before = enter(account)
    try:
        yield account
    finally:
        enter(before)


cpdef Account current_account():
    """The account that this thread has entered."""
    return <Account>current.owner


cdef Py_ssize_t total_held() noexcept:
    """What all accounts hold together."""
    cdef Counts *counts = common.next
    cdef Py_ssize_t total = common.held
    while counts != &common:
        total += counts.held
        counts = counts.next
    return total


cdef Py_ssize_t total_large() noexcept:
    """The part of it that malloc serves."""
    cdef Counts *counts = common.next
    cdef Py_ssize_t total = common.large_held
    while counts != &common:
        total += counts.large_held
        counts = counts.next
    return total


cdef class Owned:
    """The base of what holds blocks and may be freed in the turn of any server.

    Subclasses give them back between enter_own() and enter() of what it returned. The reference to
    the account is a plain one: Python's collector may take a container's references before its
    end, and this one is needed until then.
    """

    def __cinit__(self):
        self.account = current.owner
        Py_INCREF(<object>self.account)

    def __dealloc__(self):
        Py_DECREF(<object>self.account)

    cdef Account enter_own(self):
        """Enters the account in which this was made; returns the one before."""
        return enter(<Account>self.account)


# Random numbers

cdef uint64_t next_random() noexcept:
    """The next of the current account's random source: SplitMix64 (Steele, Lea, Flood 2014)."""
    cdef uint64_t word
    current.random_state += 0x9E3779B97F4A7C15ULL
    word = current.random_state
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ULL
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBULL
    return word ^ (word >> 31)


# The process

def statistics():
    """Figures of the allocator, all in bytes and of the whole process.

    `allocated`: handed out, to all accounts; `active`: the pages this takes (whole runs, and
    malloc's blocks); `resident`: with free runs whose pages are kept; `retained`: address space
    without pages.
    """
    active = runs_in_use * RUN_SIZE + total_large()
    return {
        "allocated": total_held(),
        "active": active,
        "resident": active + (free_run_count - cold_runs) * RUN_SIZE,
        "retained": cold_runs * RUN_SIZE,
    }


def purge():
    """Gives the pages of all free runs, and what malloc can spare, back to the system."""
    global cold_runs
    while cold_runs < free_run_count:
        madvise(free_runs[cold_runs], RUN_SIZE, MADV_DONTNEED)
        cold_runs += 1
    malloc_trim(0)


def check():
    """Asserts the invariants of the runs with room and of the stack of free runs."""
    cdef int index
    cdef Run *run
    cdef size_t free_blocks, offset
    assert cold_runs <= free_run_count <= free_run_capacity
    for index in range(CLASSES):
        run = classes[index].with_room
        while run != NULL:
            assert run.size_class == index or classes[index].size == classes[run.size_class].size
            assert run.listed and run.used < run.capacity
            free_blocks, offset = 0, run.free_offset
            while offset:
                free_blocks += 1
                assert free_blocks <= run.capacity and RUN_HEADER <= 2 * offset < RUN_SIZE
                offset = (<uint16_t *>(<char *>run + 2 * offset))[0]
            assert free_blocks + run.untouched + run.used == run.capacity
            assert run.next == NULL or run.next.previous == run
            run = run.next
