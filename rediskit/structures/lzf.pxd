# LZF compression; see lzf.pyx for the format.

cdef size_t compress(const unsigned char *data, size_t length, unsigned char *to,
                     size_t limit) noexcept
cdef Py_ssize_t expanded_size(const unsigned char *data, size_t length) noexcept nogil
cdef void expand(const unsigned char *data, size_t length, unsigned char *to) noexcept nogil
