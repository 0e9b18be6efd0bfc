/* app/output.c - what a command was asked for, put where it was asked to go. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "base/fd.h"
#include "io/files.h"

static int write_fd(int fd, struct span data, struct err *err)
{
    while (data.len > 0) {
        ssize_t put = write(fd, data.data, data.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_sys(err, "write");
        data = span_of(data.data + put, data.len - (size_t)put);
    }
    return 0;
}

int write_output(struct io *io, const char *path, struct span data, struct err *err)
{
    struct stat st;
    if (!path || strcmp(path, "-") == 0)
        return write_fd(STDOUT_FILENO, data, err);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            return err_sys(err, "open '%s'", path);
        return write_fd(fd, data, err);
    }
    char *for_dir = strdup(path), *for_base = strdup(path);
    int rc = -1;
    if (for_dir && for_base) {
        CLEANUP(fd_close)
        int dir = io_open_at(io, IO_CWD, dirname(for_dir), O_RDONLY | O_DIRECTORY, 0, err);
        if (dir >= 0)
            rc = io_publish(io, dir, basename(for_base), data, 0644, err);
    } else
        err_sys(err, "write '%s'", path); /* UNTESTED: no memory */
    free(for_dir);
    free(for_base);
    return rc;
}
