/* app/status_server.h - the service's status over HTTP, for monitoring on the same machine.
 *
 * GET /metrics gives Prometheus' text, GET /status JSON; anything else is refused. Only on a Unix
 * socket or on 127.0.0.1: who may ask from elsewhere is a proxy's to decide. */
#ifndef APP_STATUS_SERVER_H
#define APP_STATUS_SERVER_H

#include "app/status_file.h"

#define SERVER_CONNECTIONS_MAX 16u
#define SERVER_IDLE_S_MAX      5u         /* a connection that says nothing is closed */
#define SERVER_MEMORY_MAX      (16 * KIB) /* of one connection: its request's head, too */

struct status_server; /* opaque */

/* where: unix:PATH (the socket is made, for its user and group, and removed at the end; one that
 * nobody answers on is replaced) or 127.0.0.1:PORT (0: any that is free). Borrows archive. NULL:
 * ERR_INPUT where it may not listen, ERR_SYSTEM. */
MUST_USE struct status_server *status_server_open(const char *archive, const char *where,
                                                  struct err *err);
void status_server_close(struct status_server *server); /* NULL is fine */
/* Where it listens, as a client would say it. */
const char *status_server_where(const struct status_server *server);
/* Answers until *stop is not 0. */
MUST_USE int status_server_run(struct status_server *server, const _Atomic int *stop,
                               struct err *err);

/* The contract of `status --json`. NULL: no memory. */
json_t *service_status_json(const struct service_status *status);

#endif
