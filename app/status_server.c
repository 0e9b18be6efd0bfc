/* app/status_server.c - the service's status over HTTP, for monitoring on the same machine. */
#include "app/status_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/app.h"
#include "app/prometheus.h"
#include "base/fd.h"

#define LOOK_MS         200 /* between looks at the stop flag */
#define BACKLOG         16
#define SOCKET_UMASK    0117 /* the socket: user and group */
#define LOOPBACK_PREFIX "127.0.0.1:"
#define UNIX_PREFIX     "unix:"

struct status_server {
    const char *archive;
    struct MHD_Daemon *daemon;
    char
        path[sizeof((struct sockaddr_un *)0)->sun_path]; /* of the Unix socket; "": there is none */
    char where[sizeof UNIX_PREFIX + sizeof((struct sockaddr_un *)0)->sun_path];
};

/* --- answers ---------------------------------------------------------------------------------- */

json_t *service_status_json(const struct service_status *status)
{
    json_t *json = status->json && status->life != SERVICE_UNREADABLE ? json_copy(status->json)
                                                                      : json_object();
    bool known = status->life != SERVICE_NEVER_RAN && status->life != SERVICE_UNREADABLE;
    json_object_set_new(json, "service", json_string(service_life_name(status->life)));
    json_object_set_new(json, "age_s", known ? json_real(status->age_s) : json_null());
    return json;
}

static int write_json(const struct service_status *status, struct bytes *out, struct err *err)
{
    CLEANUP(json_freep) json_t *json = service_status_json(status);
    return json_canonical(json, out, err) < 0 ? -1 : bytes_append(out, span_of_text("\n"), err);
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code, const char *type,
                              const struct bytes *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(text->len, text->data, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO; /* UNTESTED: no memory */
    (void)MHD_add_response_header(response, "Content-Type", type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, "Allow", "GET");
    enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned code, const char *why)
{
    struct err ignored = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    if (bytes_printf(&text, &ignored, "%s\n", why) < 0)
        return MHD_NO; /* UNTESTED: no memory */
    return answer(connection, code, "text/plain; charset=utf-8", &text);
}

/* Called when a request's head is there: a body is never waited for. */
/* NOLINTBEGIN(readability-function-size,readability-non-const-parameter): not ours to choose */
static enum MHD_Result on_request(void *self, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **state)
{
    static const struct {
        const char *url, *type;
        int (*write)(const struct service_status *, struct bytes *, struct err *);
    } pages[] = {{"/metrics", PROMETHEUS_CONTENT_TYPE, prometheus_write},
                 {"/status", "application/json", write_json}};
    const struct status_server *server = self;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    (void)version, (void)body, (void)body_len, (void)state;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET");
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        if (strcmp(url, pages[i].url) != 0)
            continue;
        CLEANUP(service_status_done) struct service_status status = {.json = NULL};
        if (status_file_read(server->archive, &status, &err) < 0 ||
            pages[i].write(&status, &text, &err) < 0)
            return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, err.text);
        return answer(connection, MHD_HTTP_OK, pages[i].type, &text);
    }
    return refuse(connection, MHD_HTTP_NOT_FOUND, "there are /metrics and /status");
}
/* NOLINTEND(readability-function-size,readability-non-const-parameter) */

/* --- where ------------------------------------------------------------------------------------ */

static int bind_to(int fd, const struct sockaddr *address, socklen_t len, const char *where,
                   struct err *err)
{
    if (bind(fd, address, len) < 0 || listen(fd, BACKLOG) < 0)
        return err_sys(err, "listen on '%s'", where);
    return 0;
}

static int listen_loopback(struct status_server *server, int fd, const char *where, struct err *err)
{
    const int yes = 1;
    uint64_t port;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (!parse_number(where + strlen(LOOPBACK_PREFIX), 0, UINT16_MAX, &port))
        return err_input(err, REASON_NONE, "no such port: '%s'", where);
    address.sin_port = htons((uint16_t)port);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind_to(fd, (const struct sockaddr *)&address, len, where, err) < 0)
        return -1;
    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        return err_sys(err, "listen on '%s'", where);
    (void)snprintf(server->where, sizeof server->where, "http://" LOOPBACK_PREFIX "%u",
                   ntohs(address.sin_port));
    return 0;
}

/* A socket nobody answers on is left over from a server that was killed. */
static int clear_left_over(const struct sockaddr_un *address, const char *where, struct err *err)
{
    struct stat st;
    CLEANUP(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (lstat(address->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : err_sys(err, "listen on '%s'", where);
    if (!S_ISSOCK(st.st_mode))
        return err_input(err, REASON_NONE, "'%s' is something else than a socket",
                         address->sun_path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 &&
        errno == ECONNREFUSED && unlink(address->sun_path) == 0)
        return 0;
    errno = EADDRINUSE;
    return err_sys(err, "listen on '%s'", where);
}

static int listen_unix(struct status_server *server, int fd, const char *where, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = where + strlen(UNIX_PREFIX);
    if (strlen(path) == 0 || strlen(path) >= sizeof address.sun_path)
        return err_input(err, REASON_NONE, "a socket's path has 1 to %zu bytes: '%s'",
                         sizeof address.sun_path - 1, path);
    memcpy(address.sun_path, path, strlen(path));
    if (clear_left_over(&address, where, err) < 0)
        return -1;
    mode_t before = umask(SOCKET_UMASK);
    int rc = bind_to(fd, (const struct sockaddr *)&address, sizeof address, where, err);
    (void)umask(before);
    if (rc < 0)
        return -1;
    (void)snprintf(server->path, sizeof server->path, "%s", path);
    (void)snprintf(server->where, sizeof server->where, "%s", where);
    return 0;
}

static int open_socket(struct status_server *server, const char *where, struct err *err)
{
    bool local = strncmp(where, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
    if (!local && strncmp(where, LOOPBACK_PREFIX, strlen(LOOPBACK_PREFIX)) != 0)
        return err_input(err, REASON_NONE,
                         "only on unix:PATH or " LOOPBACK_PREFIX "PORT, not on '%s'", where);
    CLEANUP(fd_close)
    int fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, "listen on '%s'", where);
    int rc = local ? listen_unix(server, fd, where, err) : listen_loopback(server, fd, where, err);
    return rc < 0 ? -1 : fd_take(&fd);
}

/* --- the server ------------------------------------------------------------------------------- */

struct status_server *status_server_open(const char *archive, const char *where, struct err *err)
{
    struct status_server *server = calloc(1, sizeof *server);
    if (!server) {
        err_sys(err, "listen on '%s'", where); /* UNTESTED: no memory */
        return NULL;
    }
    server->archive = archive;
    CLEANUP(fd_close) int fd = open_socket(server, where, err);
    if (fd >= 0)
        server->daemon = MHD_start_daemon(MHD_NO_FLAG, 0, NULL, NULL, on_request, server,
                                          MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                                          SERVER_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                                          SERVER_IDLE_S_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                          (size_t)SERVER_MEMORY_MAX, MHD_OPTION_END);
    if (!server->daemon) {
        if (fd >= 0)
            err_set(err, ERR_SYSTEM, "listen on '%s': no memory", where); /* UNTESTED */
        status_server_close(server);
        return NULL;
    }
    (void)fd_take(&fd); /* the daemon's now */
    return server;
}

void status_server_close(struct status_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    if (server->path[0])
        (void)unlink(server->path);
    free(server);
}

const char *status_server_where(const struct status_server *server)
{
    return server->where;
}

int status_server_run(struct status_server *server, const _Atomic int *stop, struct err *err)
{
    while (!*stop)
        if (MHD_run_wait(server->daemon, LOOK_MS) == MHD_NO && !*stop && errno != EINTR)
            return err_sys(err, "answer on '%s'", server->where);
    return 0;
}
