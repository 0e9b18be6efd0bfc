/* app/notify.h - tells systemd how the service is doing: sd_notify(3) and its watchdog, by the
 * protocol that manual page describes. Does nothing when not started by systemd. */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

#include "pipeline/watch.h"

struct notify {
    int fd; /* -1: nobody listens */
    bool ready;
};

void notify_open(struct notify *notify);
void notify_close(struct notify *notify);
/* READY=1 the first time and a STATUS line every time, about once a second; WATCHDOG=1 too, unless
 * nothing has gone on for quiet_max_s. */
void notify_status(struct notify *notify, const struct watch_status *status, double quiet_max_s);
void notify_stopping(struct notify *notify);

#endif
