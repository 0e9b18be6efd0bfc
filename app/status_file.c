/* app/status_file.c - ARCHIVE/status.json: how the service is doing. */
#include "app/status_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

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

/* How long what waits will take at the rate of the last minute; null when nothing is known. */
static json_t *eta_json(const struct watch_status *status)
{
    uint64_t ended = status->archived + status->duplicate + status->quarantined;
    double passed = (double)(status->now_ns - status->started_ns) / 1e9;
    if (ended == 0 || passed <= 0)
        return json_null();
    return json_real((double)(status->waiting + status->claimed) * passed / (double)ended);
}

static json_t *status_json(const struct watch_status *status)
{
    return json_pack(
        "{s:s s:s s:{s:I s:I s:I s:f} s:I s:{s:I s:I s:I s:o} s:{s:I s:I s:f} s:o s:{s:I s:I} s:I "
        "s:I s:I s:I}",
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
        (json_int_t)getpid());
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
    if (dir < 0 || fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
        renameat(dir, "." STATUS_FILE ".part", dir, STATUS_FILE) < 0)
        return err_sys(err, "write '%s/" STATUS_FILE "'", archive);
    return 0;
}

json_t *status_file_read(const char *archive, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(fd_close) int dir = open(archive, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(fd_close)
    int fd = dir < 0 ? -1 : openat(dir, STATUS_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && dir >= 0 && errno == ENOENT) {
        err_input(err, REASON_NONE, "no service has run on '%s'", archive);
        return NULL;
    }
    if (fd < 0 || bytes_reserve(&text, STATUS_MAX_BYTES, err) < 0) {
        err_sys(err, "open '%s/" STATUS_FILE "'", archive);
        return NULL;
    }
    ssize_t got = read(fd, text.data, STATUS_MAX_BYTES);
    if (got < 0) {
        err_sys(err, "read '%s/" STATUS_FILE "'", archive);
        return NULL;
    }
    return json_parse(span_of(text.data, (size_t)got), err);
}
