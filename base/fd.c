/* base/fd.c - owning a file descriptor. */
#include "base/fd.h"

#include <errno.h>
#include <unistd.h>

void fd_close(int *fd)
{
    int keep = errno;
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    errno = keep;
}

int fd_take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}
