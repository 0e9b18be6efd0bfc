/* pipeline/requests.c - document records that others ask the service to commit, as files. */
#include "pipeline/requests.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "io/files.h"
#include "pipeline/small_file.h"
#include "records/access_record.h"
#include "records/document_record.h"
#include "records/event_record.h"

#define REQUEST_MODE 0644
#define DIR_MODE     0755

struct requests {
    struct io *io;
    const char *archive;
    int fd;
    bool locked;
    struct request *list; /* read: given to the run, or to be given */
    struct request *next; /* in it, the first that was not given */
    size_t len;
};

static int make_dir(struct io *io, int dir_fd, const char *name, struct err *err)
{
    struct io_op op = {.kind = IO_MKDIR, .dir = dir_fd, .path = name, .mode = DIR_MODE};
    io_run(io, &op, 1);
    errno = (int)-op.res;
    if (op.res < 0 && op.res != -EEXIST)
        return err_sys(err, "make folder '%s'", name);
    return op.res < 0 ? 0 : io_sync_dir(io, dir_fd, err);
}

int requests_open(struct io *io, const char *archive, struct err *err)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    CLEANUP(fd_close) int dir_fd = io_open_at(io, IO_CWD, archive, O_RDONLY | O_DIRECTORY, 0, err);
    if (dir_fd < 0 || make_dir(io, dir_fd, ARCHIVE_REQUESTS, err) < 0)
        return -1;
    return io_open_at(io, dir_fd, ARCHIVE_REQUESTS, flags, 0, err);
}

bool requests_served(int fd)
{
    if (flock(fd, LOCK_SH | LOCK_NB) < 0)
        return errno == EWOULDBLOCK;
    (void)flock(fd, LOCK_UN);
    return false;
}

static void name_of(struct span record, char ret_name[REQUEST_NAME_MAX])
{
    char hex[DIGEST_HEX_LEN + 1];
    struct digest digest = digest_of(record);
    (void)snprintf(ret_name, REQUEST_NAME_MAX, "%s.json", digest_hex(&digest, hex));
}

int requests_put(struct io *io, int fd, struct span record, char ret_name[REQUEST_NAME_MAX],
                 struct err *err)
{
    name_of(record, ret_name);
    return io_publish(io, fd, ret_name, record, REQUEST_MODE, err);
}

enum request_state requests_state(int fd, const char *name)
{
    struct stat st;
    char refused[REQUEST_NAME_MAX + sizeof REQUESTS_REFUSED];
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return REQUEST_WAITS;
    (void)snprintf(refused, sizeof refused, REQUESTS_REFUSED "/%s", name);
    return fstatat(fd, refused, &st, AT_SYMLINK_NOFOLLOW) == 0 ? REQUEST_REFUSED : REQUEST_DONE;
}

/* --- the service ------------------------------------------------------------------------------ */

struct requests *requests_new(struct io *io, const char *archive)
{
    struct requests *requests = calloc(1, sizeof *requests);
    if (requests)
        *requests = (struct requests){.io = io, .archive = archive, .fd = -1};
    return requests;
}

static void request_free(struct request *request)
{
    bytes_done(&request->record);
    free(request);
}

void requests_forget(struct requests *requests)
{
    while (requests->list) {
        struct request *request = requests->list;
        requests->list = request->next;
        request_free(request);
    }
    requests->next = NULL;
    requests->len = 0;
}

void requests_free(struct requests *requests)
{
    if (!requests)
        return;
    requests_forget(requests);
    fd_close(&requests->fd);
    free(requests);
}

static bool is_listed(const struct requests *requests, const char *name)
{
    for (const struct request *request = requests->list; request; request = request->next)
        if (strcmp(request->name, name) == 0)
            return true;
    return false;
}

/* The pages a document names have to be there. */
static int check_document(struct catalogue *catalogue, struct span text, struct bytes *canonical,
                          struct err *err)
{
    CLEANUP(document_record_done) struct document_record record = {.parts = NULL};
    char hex[DIGEST_HEX_LEN + 1];
    if (document_record_parse(text, &record, err) < 0 ||
        document_record_write(&record, canonical, err) < 0)
        return -1;
    for (uint32_t i = 0; i < record.part_len; i++) {
        int found = catalogue_find_source(catalogue, &record.parts[i].source, err);
        if (found < 0)
            return -1;
        if (found == 0)
            return err_input(err, REASON_NONE, "the archive has no file %s",
                             digest_hex(&record.parts[i].source, hex));
    }
    return 0;
}

static int check_event(struct span text, struct bytes *canonical, struct err *err)
{
    struct event_record record;
    return event_record_parse(text, &record, err) < 0 ? -1
                                                      : event_record_write(&record, canonical, err);
}

static int check_access(struct span text, struct bytes *canonical, struct err *err)
{
    struct access_record record;
    return access_record_parse(text, &record, err) < 0
               ? -1
               : access_record_write(&record, canonical, err);
}

static bool holds(struct span text, const char *mark)
{
    return memmem(text.data, text.len, mark, strlen(mark)) != NULL;
}

static int check_kind(struct catalogue *catalogue, struct span text, struct bytes *canonical,
                      struct err *err)
{
    if (holds(text, "\"kind\":\"event\""))
        return check_event(text, canonical, err);
    if (holds(text, "\"kind\":\"access\""))
        return check_access(text, canonical, err);
    return check_document(catalogue, text, canonical, err);
}

/* ERR_INPUT or ERR_CORRUPT: it is no request. */
static int check(struct catalogue *catalogue, const char *name, struct span text, struct err *err)
{
    CLEANUP(bytes_done) struct bytes canonical = {0};
    char right[REQUEST_NAME_MAX];
    if (check_kind(catalogue, text, &canonical, err) < 0)
        return -1;
    if (canonical.len != text.len || memcmp(canonical.data, text.data, text.len) != 0)
        return err_input(err, REASON_NONE, "not canonical JSON");
    name_of(text, right);
    if (strcmp(name, right) != 0)
        return err_input(err, REASON_NONE, "its name is not the SHA-256 of what is in it");
    return 0;
}

static int refuse(struct requests *requests, const char *name, const struct err *why,
                  struct err *err)
{
    CLEANUP(fd_close) int to = -1;
    CLEANUP(bytes_done) struct bytes shown = {0};
    if (make_dir(requests->io, requests->fd, REQUESTS_REFUSED, err) < 0 ||
        (to = io_open_at(requests->io, requests->fd, REQUESTS_REFUSED,
                         O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, err)) < 0)
        return -1;
    CLEANUP(bytes_done) struct bytes path = {0};
    if (bytes_printf(&path, err, REQUESTS_REFUSED "/%s", name) < 0 ||
        bytes_append(&path, span_of("", 1), err) < 0 ||
        io_rename_sync(requests->io, requests->fd, name, (const char *)path.data, err) < 0 ||
        io_sync_dir(requests->io, to, err) < 0 || text_display(span_of_text(name), &shown, err) < 0)
        return -1;
    log_line(LOG_WARN, "request '%.*s' is refused: %s", (int)shown.len, (const char *)shown.data,
             why->text);
    return 0;
}

static int list(struct requests *requests, const char *name, struct bytes *record, struct err *err)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return err_sys(err, "read a request"); /* UNTESTED: no memory */
    (void)snprintf(request->name, sizeof request->name, "%s", name);
    request->record = *record;
    *record = (struct bytes){0};
    request->text = bytes_span(&request->record);
    request->note = (struct feed_note){.records = &request->text, .record_len = 1};
    struct request **end = &requests->list;
    while (*end)
        end = &(*end)->next;
    *end = request;
    if (!requests->next)
        requests->next = request;
    requests->len++;
    return 0;
}

static int take(struct requests *requests, struct catalogue *catalogue, const char *name,
                struct err *err)
{
    CLEANUP(bytes_done) struct bytes record = {0};
    struct err why = {0};
    if (small_file_read(requests->fd, name, DOCUMENT_RECORD_BYTES, &record, &why) == 0 &&
        check(catalogue, name, bytes_span(&record), &why) == 0)
        return list(requests, name, &record, err);
    if (why.kind == ERR_SYSTEM && why.sys == ENOENT)
        return 0; /* whoever put it there took it away */
    if (why.kind != ERR_INPUT && why.kind != ERR_CORRUPT && why.sys != EACCES) {
        *err = why;
        return -1;
    }
    return refuse(requests, name, &why, err);
}

static int open_locked(struct requests *requests, struct err *err)
{
    if (requests->fd < 0)
        requests->fd = requests_open(requests->io, requests->archive, err);
    if (requests->fd < 0)
        return -1;
    if (!requests->locked) /* somebody may just be looking whether we live: then at the next look */
        requests->locked = flock(requests->fd, LOCK_EX | LOCK_NB) == 0;
    return 0;
}

int requests_scan(struct requests *requests, struct catalogue *catalogue, struct err *err)
{
    if (open_locked(requests, err) < 0)
        return -1;
    int fd = openat(requests->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        fd_close(&fd);
        return err_sys(err, "look into '%s/" ARCHIVE_REQUESTS "'", requests->archive);
    }
    int rc = 0;
    const struct dirent *entry;
    while (rc == 0 && requests->len < REQUESTS_AT_A_TIME && (entry = readdir(dir))) {
        const char *name = entry->d_name, *end = strrchr(name, '.');
        if (name[0] == '.' || !end || strcmp(end, ".json") != 0 || is_listed(requests, name))
            continue;
        rc = take(requests, catalogue, name, err);
    }
    (void)closedir(dir);
    return rc;
}

struct request *requests_give(struct requests *requests)
{
    struct request *request = requests->next;
    if (request)
        requests->next = request->next;
    return request;
}

bool requests_settle(struct requests *requests)
{
    struct request **at = &requests->list;
    while (*at) {
        struct request *request = *at;
        struct err err = {0};
        if (!request->durable) {
            at = &request->next;
            continue;
        }
        if (io_unlink_sync(requests->io, requests->fd, request->name, &err) < 0 &&
            err.sys != ENOENT)
            log_line(LOG_WARN, "%s", err.text); /* it comes again, and changes nothing */
        *at = request->next;
        requests->len--;
        request_free(request);
    }
    return requests->len == 0;
}
