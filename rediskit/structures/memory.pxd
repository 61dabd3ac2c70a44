# Counted allocation of C memory; see memory.pyx for how it works.

cdef void *allocate(size_t size) except NULL
cdef void *resize(void *block, size_t old_size, size_t new_size) except NULL
cdef void release(void *block, size_t size) noexcept
cdef size_t usable(size_t size) noexcept
cpdef void account(Py_ssize_t delta) noexcept
cpdef Py_ssize_t used() noexcept
