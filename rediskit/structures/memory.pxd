# Counted allocation of C memory; see memory.pyx for how it works.

from cpython.ref cimport PyObject
from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    typedef struct rediskit_counts {
        Py_ssize_t held;            /* bytes handed out, rounded up to their classes */
        Py_ssize_t most_held;
        Py_ssize_t large_held;      /* the part of it that malloc serves */
        uint64_t random_state;
        PyObject *owner;            /* the Account; it lives as long as it is current anywhere */
        struct rediskit_counts *next, *previous;    /* all of them, in a circle */
    } rediskit_counts;
    """
    ctypedef struct Counts "rediskit_counts":
        Py_ssize_t held
        Py_ssize_t most_held
        Py_ssize_t large_held
        uint64_t random_state
        PyObject *owner
        Counts *next
        Counts *previous

cdef void *allocate(size_t size) except NULL
cdef void *resize(void *block, size_t old_size, size_t new_size) except NULL
cdef void release(void *block, size_t size) noexcept
cdef size_t usable(size_t size) noexcept
cpdef void account(Py_ssize_t delta) noexcept
cpdef Py_ssize_t used() noexcept

cdef class Account:
    cdef Counts own
    cdef Counts *counts             # its own, or those of threads that have entered none

    cpdef Py_ssize_t used(self) noexcept
    cpdef Py_ssize_t peak(self) noexcept

cpdef Account enter(Account account)
cpdef Account current_account()

cdef class Owned:
    cdef PyObject *account

    cdef Account enter_own(self)

cdef uint64_t next_random() noexcept
