# What the operating system and C offer and Python has no cheap word for; see native.pyx.

from rediskit.structures.buffer cimport Buffer

cpdef object receive(int fd, Py_ssize_t limit)
cpdef Py_ssize_t send(int fd, Buffer buffer) except -1
cpdef object call(object function, object first, list arguments, Py_ssize_t skipped=*)
cpdef double parse_long_double(bytes text) except? -1
cpdef long long monotonic_us() noexcept
cpdef long long quick_us() noexcept
cpdef long long wall_us() noexcept
