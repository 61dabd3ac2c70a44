# LZF compression; see lzf.pyx for the format.

cdef enum:
    LZF_SLACK = 40                  # bytes behind what is expanded that may be written too

cdef size_t compress(const unsigned char *data, size_t length, unsigned char *to,
                     size_t limit) noexcept
cdef Py_ssize_t expanded_size(const unsigned char *data, size_t length) noexcept nogil
cdef bint expand(const unsigned char *data, size_t length, unsigned char *to,
                 size_t size) noexcept nogil
