/* app/status_file.c - ARCHIVE/status.json: how the service is doing. */
#include "app/status_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"

static json_t *reasons_json(const struct watch_status *status)
{
    json_t *reasons = json_object();
    for (int i = 0; i < REASON_COUNT; i++)
        if (status->reasons[i] > 0)
            json_object_set_new(reasons, reason_code((enum reason)i),
                                json_integer((json_int_t)status->reasons[i]));
    return reasons;
}

/* How long what waits will take at the rate of the last minute; null when there is none. */
static json_t *eta_json(const struct watch_status *status)
{
    if (status->files_per_s <= 0)
        return json_null();
    return json_real((double)(status->waiting + status->claimed) / status->files_per_s);
}

static json_t *status_json(const struct watch_status *status)
{
    char host[HOST_NAME_MAX + 1] = "";
    (void)gethostname(host, sizeof host);
    return json_pack(
        "{s:s s:s s:{s:I s:I s:I s:f} s:I s:{s:I s:I s:I s:o} s:{s:I s:I s:f} s:o s:{s:I s:I} s:I "
        "s:I s:I s:I s:s?}",
        "state", watch_state_name(status->state), "trouble", status->trouble, "waiting", "files",
        (json_int_t)status->waiting, "bytes", (json_int_t)status->waiting_bytes, "unfinished",
        (json_int_t)status->unfinished, "oldest_s", status->oldest_s, "claimed",
        (json_int_t)status->claimed, "files", "archived", (json_int_t)status->archived, "duplicate",
        (json_int_t)status->duplicate, "quarantined", (json_int_t)status->quarantined, "reasons",
        reasons_json(status), "pages", "archived", (json_int_t)status->pages, "failed",
        (json_int_t)status->pages_failed, "per_s", status->pages_per_s, "eta_s", eta_json(status),
        "disk", "free_bytes", (json_int_t)status->disk_free, "reserve_bytes",
        (json_int_t)status->disk_reserve, "memory_bound_bytes", (json_int_t)status->memory_bound,
        "started_ns", (json_int_t)status->started_ns, "now_ns", (json_int_t)status->now_ns, "pid",
        (json_int_t)getpid(), "host", text_valid(span_of_text(host)) ? host : NULL);
}

int status_file_write(const char *archive, const struct watch_status *status, struct err *err)
{
    CLEANUP(json_freep) json_t *json = status_json(status);
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(fd_close) int dir = open(archive, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (json_canonical(json, &text, err) < 0 || bytes_printf(&text, err, "\n") < 0)
        return -1; /* UNTESTED: no memory */
    CLEANUP(fd_close)
    int fd = openat(dir, "." STATUS_FILE ".part",
                    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    errno = fd < 0 ? errno : ENOSPC; /* what a short write means */
    if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
        renameat(dir, "." STATUS_FILE ".part", dir, STATUS_FILE) < 0)
        return err_sys(err, "write '%s/" STATUS_FILE "'", archive);
    return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

const char *service_life_name(enum service_life life)
{
    static const char *const names[] = {"running", "never-ran", "stopped",
                                        "silent",  "gone",      "unreadable"};
    return names[life];
}

void service_status_done(struct service_status *status)
{
    json_freep(&status->json);
}

static const json_t *at(const json_t *json, const char *group, const char *name)
{
    return json_object_get(group ? json_object_get(json, group) : json, name);
}

static uint64_t count_at(const json_t *json, const char *group, const char *name)
{
    json_int_t n = json_integer_value(at(json, group, name));
    return n > 0 ? (uint64_t)n : 0;
}

static void read_counts(const json_t *json, struct watch_status *watch)
{
    const struct {
        const char *group, *name;
        uint64_t *to;
    } counts[] = {
        {"waiting", "files", &watch->waiting},
        {"waiting", "bytes", &watch->waiting_bytes},
        {"waiting", "unfinished", &watch->unfinished},
        {NULL, "claimed", &watch->claimed},
        {"files", "archived", &watch->archived},
        {"files", "duplicate", &watch->duplicate},
        {"files", "quarantined", &watch->quarantined},
        {"pages", "archived", &watch->pages},
        {"pages", "failed", &watch->pages_failed},
        {"disk", "free_bytes", &watch->disk_free},
        {"disk", "reserve_bytes", &watch->disk_reserve},
        {NULL, "memory_bound_bytes", &watch->memory_bound},
    };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        *counts[i].to = count_at(json, counts[i].group, counts[i].name);
    const json_t *reasons = at(json, "files", "reasons");
    for (int i = 0; i < REASON_COUNT; i++)
        watch->reasons[i] = count_at(reasons, NULL, reason_code((enum reason)i));
    watch->oldest_s = json_number_value(at(json, "waiting", "oldest_s"));
    watch->pages_per_s = json_number_value(at(json, "pages", "per_s"));
    watch->started_ns = json_integer_value(at(json, NULL, "started_ns"));
    watch->now_ns = json_integer_value(at(json, NULL, "now_ns"));
}

static bool read_state(const json_t *json, struct watch_status *watch)
{
    struct err trouble = {0}; /* makes its text displayable, and cuts it where it may be cut */
    const char *state = json_string_value(at(json, NULL, "state"));
    const char *text = json_string_value(at(json, NULL, "trouble"));
    (void)err_set(&trouble, ERR_SYSTEM, "%s", text ? text : "");
    (void)snprintf(watch->trouble, sizeof watch->trouble, "%s", trouble.text);
    for (int i = WATCH_RUNNING; state && i <= WATCH_STOPPED; i++)
        if (strcmp(state, watch_state_name((enum watch_state)i)) == 0) {
            watch->state = (enum watch_state)i;
            return true;
        }
    return false;
}

/* Only where it was started does its number mean anything. */
static bool process_is_gone(const json_t *json)
{
    char host[HOST_NAME_MAX + 1] = "";
    const char *of = json_string_value(at(json, NULL, "host"));
    json_int_t pid = json_integer_value(at(json, NULL, "pid"));
    return of && gethostname(host, sizeof host) == 0 && strcmp(of, host) == 0 && pid > 0 &&
           pid <= INT_MAX && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static void read_status(const json_t *json, struct service_status *status)
{
    const json_t *eta = at(json, NULL, "eta_s");
    if (!read_state(json, &status->watch)) {
        status->life = SERVICE_UNREADABLE;
        return;
    }
    read_counts(json, &status->watch);
    status->eta_s = json_is_number(eta) ? json_number_value(eta) : -1;
    /* Apart: the file may say anything. */
    status->age_s = (double)clock_ns(CLOCK_REALTIME) / 1e9 - (double)status->watch.now_ns / 1e9;
    if (status->watch.state == WATCH_STOPPED)
        status->life = SERVICE_STOPPED;
    else if (process_is_gone(json))
        status->life = SERVICE_GONE;
    else if (status->age_s > STATUS_SILENT_S || status->age_s < -STATUS_SILENT_S)
        status->life = SERVICE_SILENT;
}

int status_file_read(const char *archive, struct service_status *ret_status, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(fd_close) int dir = open(archive, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(fd_close)
    int fd =
        dir < 0 ? -1 : openat(dir, STATUS_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && dir >= 0 && errno == ENOENT) {
        *ret_status = (struct service_status){.life = SERVICE_NEVER_RAN, .eta_s = -1};
        return 0;
    }
    if (fd < 0 || bytes_reserve(&text, STATUS_MAX_BYTES, err) < 0)
        return err_sys(err, "open '%s/" STATUS_FILE "'", archive);
    ssize_t got = read(fd, text.data, STATUS_MAX_BYTES);
    if (got < 0)
        return err_sys(err, "read '%s/" STATUS_FILE "'", archive);
    struct err ignored = {0};
    struct service_status status = {.life = SERVICE_LIVES, .eta_s = -1};
    status.json = json_parse(span_of(text.data, (size_t)got), &ignored);
    read_status(status.json, &status);
    *ret_status = status;
    return 0;
}
