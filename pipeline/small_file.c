/* pipeline/small_file.c - a text from a folder that others write into. */
#include "pipeline/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

int small_file_read(int dir_fd, const char *name, size_t bytes_max, struct bytes *out,
                    struct err *err)
{
    struct stat st;
    CLEANUP(fd_close)
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && (errno == ELOOP || errno == ENXIO))
        return err_input(err, REASON_NOT_A_FILE, "not an ordinary file");
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, "open '%s'", name);
    if (!S_ISREG(st.st_mode))
        return err_input(err, REASON_NOT_A_FILE, "not an ordinary file");
    if (bytes_reserve(out, bytes_max + 1, err) < 0)
        return -1; /* UNTESTED: no memory */
    size_t len = 0;
    ssize_t got = 1;
    while (len <= bytes_max && got > 0) {
        got = read(fd, out->data + out->len, bytes_max + 1 - len);
        if (got < 0)
            return err_sys(err, "read '%s'", name);
        len += (size_t)got;
        out->len += (size_t)got;
    }
    if (len > bytes_max)
        return err_input(err, REASON_NONE, "longer than %zu bytes", bytes_max);
    return 0;
}
