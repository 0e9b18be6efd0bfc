/* pipeline/cell_wire.c - one message, perhaps with one descriptor, either way. */
#include "pipeline/cell_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

union control {
    struct cmsghdr head; /* for its alignment */
    char room[CMSG_SPACE(sizeof(int))];
};

int cell_wire_send(int sock, const void *message, size_t len, int fd, struct err *err)
{
    struct iovec iov = {(void *)(uintptr_t)message, len};
    union control control = {.room = {0}};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        msg.msg_control = control.room;
        msg.msg_controllen = sizeof control.room;
        struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(head), &fd, sizeof fd);
    }
    ssize_t sent;
    do
        /* One message is under way at a time. When there is no room for it, the other side has not
         * been reading, and waiting for that would have no end. */
        sent = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent != (ssize_t)len)
        return err_sys(err, "send to the other side of a cell");
    return 0;
}

/* The one descriptor a message may bring, or -1. */
static int take_fd(struct msghdr *msg)
{
    int fd = -1;
    struct cmsghdr *head = CMSG_FIRSTHDR(msg);
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

int cell_wire_receive(int sock, void *message, size_t len, int *ret_fd, struct err *err)
{
    struct iovec iov = {message, len};
    union control control;
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.room,
                         /* Not sizeof control.room: its padding has room for a second descriptor,
                          * which nobody would close. So a second one is cut off, which shows. */
                         .msg_controllen = CMSG_LEN(sizeof(int))};
    CLEANUP(fd_close) int fd = -1;
    ssize_t got;
    do
        got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return 0;
    if (got < 0)
        return err_sys(err, "receive from the other side of a cell");
    fd = take_fd(&msg);
    uint32_t magic;
    memcpy(&magic, message, sizeof magic);
    if (got != (ssize_t)len || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || magic != CELL_MAGIC)
        return err_set(err, ERR_SYSTEM, "a cell message of the wrong shape");
    *ret_fd = fd_take(&fd);
    return 1;
}
