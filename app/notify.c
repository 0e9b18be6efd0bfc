/* app/notify.c - tells systemd how the service is doing. */
#include "app/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

void notify_open(struct notify *notify)
{
    const char *path = getenv("NOTIFY_SOCKET"); /* NOLINT(concurrency-mt-unsafe): before threads */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *notify = (struct notify){.fd = -1};
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; /* a name without a file */
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->fd >= 0 && connect(notify->fd, (const struct sockaddr *)&address, size) < 0)
        fd_close(&notify->fd);
}

void notify_close(struct notify *notify)
{
    fd_close(&notify->fd);
}

static void tell(const struct notify *notify, const char *text)
{
    if (notify->fd >= 0) /* a lost datagram: the next comes in a second */
        (void)!send(notify->fd, text, strlen(text), MSG_NOSIGNAL);
}

void notify_status(struct notify *notify, const struct watch_status *status, double quiet_max_s)
{
    char text[512];
    (void)snprintf(
        text, sizeof text,
        "%s%sSTATUS=%s: %" PRIu64 " waiting, %" PRIu64 " under way, %" PRIu64 " archived, %" PRIu64
        " duplicate, %" PRIu64 " quarantined%s%s",
        notify->ready ? "" : "READY=1\n", status->quiet_s < quiet_max_s ? "WATCHDOG=1\n" : "",
        watch_state_name(status->state), status->waiting, status->claimed, status->archived,
        status->duplicate, status->quarantined, status->trouble[0] ? "; " : "", status->trouble);
    notify->ready = true;
    tell(notify, text);
}

void notify_stopping(struct notify *notify)
{
    tell(notify, "STOPPING=1\n");
}
