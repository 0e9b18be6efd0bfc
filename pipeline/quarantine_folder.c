/* pipeline/quarantine_folder.c - what lies in a quarantine, and how a person lets it out again. */
#include "pipeline/quarantine_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "io/files.h"
#include "pipeline/hot_folder_impl.h"
#include "pipeline/small_file.h"

#define WHY            ".why"
#define WHY_JSON       ".why.json"
#define FRESH_NS       60000000000 /* the service explains a file, then moves it: milliseconds */
#define COPY_BYTES_MAX ((size_t)1 << 30)
#define COPY_NAME_MAX  240 /* room for WHY_JSON and what io_publish() adds */

static void entry_done(struct quarantine_entry *entry)
{
    free(entry->rel);
    free(entry->shown);
    free(entry->path);
    free(entry->batch);
    free(entry->detail);
}

void quarantine_list_done(struct quarantine_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        entry_done(&list->entries[i]);
    free(list->entries);
    *list = (struct quarantine_list){.entries = NULL};
}

/* --- what is there ---------------------------------------------------------------------------- */

/* Everything but folders below a folder, sorted. */
struct names {
    char **names;
    size_t len, cap;
};

static void names_done(struct names *names)
{
    for (size_t i = 0; i < names->len; i++)
        free(names->names[i]);
    free(names->names);
}

static int add_name(struct names *names, const char *name, struct err *err)
{
    if (names->len == QUARANTINE_FILES_MAX)
        return err_input(err, REASON_NONE, "more than %u files", QUARANTINE_FILES_MAX);
    if (names->len == names->cap) {
        size_t cap = names->cap ? names->cap * 2 : 64;
        char **more = realloc(names->names, cap * sizeof *more);
        if (!more)
            return err_sys(err, "list files"); /* UNTESTED: no memory */
        names->names = more;
        names->cap = cap;
    }
    names->names[names->len] = strdup(name);
    return names->names[names->len++] ? 0 : err_sys(err, "list files");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_name(const struct names *names, const char *name)
{
    return names->len > 0 &&
           bsearch(&name, names->names, names->len, sizeof *names->names, by_name) != NULL;
}

static int visit(struct names *names, FTS *fts, FTSENT *ent, size_t root_len, struct err *err)
{
    bool hidden = ent->fts_level > 0 && ent->fts_name[0] == '.'; /* being written */
    switch (ent->fts_info) {
    case FTS_D:
        if (hidden || ent->fts_level > (int)HOT_DEPTH_MAX)
            (void)fts_set(fts, ent, FTS_SKIP);
        return 0;
    case FTS_DP:
    case FTS_DC:
        return 0;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        errno = ent->fts_errno;
        return err_sys(err, "look into '%s'", ent->fts_path);
    default:
        if (ent->fts_level == 0) {
            errno = ENOTDIR;
            return err_sys(err, "look into '%s'", ent->fts_path);
        }
        return hidden ? 0 : add_name(names, ent->fts_path + root_len, err);
    }
}

static int find_names(const char *dir, struct names *names, struct err *err)
{
    char *root = strdup(dir);
    char *const roots[] = {root, NULL};
    FTS *fts = root ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL) : NULL;
    int rc = fts ? 0 : err_sys(err, "look into '%s'", dir);
    size_t root_len = strlen(dir) + (dir[0] && dir[strlen(dir) - 1] != '/');
    FTSENT *ent;
    while (rc == 0 && (errno = 0, ent = fts_read(fts)))
        rc = visit(names, fts, ent, root_len, err);
    if (rc == 0 && errno != 0)
        rc = err_sys(err, "look into '%s'", dir); /* UNTESTED: no memory */
    if (fts)
        (void)fts_close(fts);
    free(root);
    if (names->len > 0)
        qsort(names->names, names->len, sizeof *names->names, by_name);
    return rc;
}

static bool joined(char *out, size_t size, const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    if (len + end_len >= size)
        return false;
    *(char *)mempcpy(mempcpy(out, name, len), end, end_len) = '\0';
    return true;
}

/* The name without the end, when it has that end and is not a quarantined file itself: then there
 * would be an explanation of it, too. NULL: it is not; else owned. */
static char *explained_by(const struct names *names, const char *name, const char *end)
{
    char own[PATH_MAX];
    size_t len = strlen(name), end_len = strlen(end);
    if (len <= end_len || strcmp(name + len - end_len, end) != 0 ||
        name[len - end_len - 1] == '/' ||
        (joined(own, sizeof own, name, WHY_JSON) && has_name(names, own)))
        return NULL;
    return strndup(name, len - end_len);
}

/* --- explanations ----------------------------------------------------------------------------- */

/* A text of the explanation, made displayable if it was not; "" when it is not there. */
static char *text_of(const json_t *json, const char *name)
{
    struct err ignored = {0};
    CLEANUP(bytes_done) struct bytes shown = {0};
    const char *text = json_string_value(json_object_get(json, name));
    if (text_display(span_of_text(text ? text : ""), &shown, &ignored) < 0)
        return NULL; /* UNTESTED: no memory */
    return bytes_take_text(&shown, &ignored);
}

/* An explanation: none when there is none, or none to be read so. */
static bool read_why(int dir_fd, const char *name, struct bytes *text)
{
    struct err ignored = {0};
    if (small_file_read(dir_fd, name, WHY_BYTES_MAX, text, &ignored) == 0 && text->len > 0)
        return true;
    text->len = 0;
    return false;
}

/* Never fails because of what the explanation holds: then it explains nothing. */
static int read_explanation(int dir_fd, const char *name, struct quarantine_entry *entry,
                            struct err *err)
{
    struct err ignored = {0};
    char why[NAME_BYTES_MAX + 1];
    struct stat st = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    bool found = joined(why, sizeof why, name, WHY_JSON) && read_why(dir_fd, why, &text) &&
                 fstatat(dir_fd, why, &st, AT_SYMLINK_NOFOLLOW) == 0;
    CLEANUP(json_freep) json_t *json = found ? json_parse(bytes_span(&text), &ignored) : NULL;
    const char *code = json_string_value(json_object_get(json, "reason_code"));
    const char *id = json_string_value(json_object_get(json, "sha256"));
    json_int_t size = json_integer_value(json_object_get(json, "bytes"));
    entry->explained = code != NULL;
    if (code) {
        entry->since_ns = timespec_ns(&st.st_mtim);
        entry->reason = reason_parse(code);
        entry->has_id = id && digest_parse(id, &entry->id);
        if (!entry->there)
            entry->size_bytes = size > 0 ? (uint64_t)size : 0;
    } else
        json_freep(&json);
    entry->path = text_of(json, "path");
    entry->batch = text_of(json, "batch");
    entry->detail = text_of(json, "detail");
    return entry->path && entry->batch && entry->detail ? 0 : err_sys(err, "list files");
}

static int add_entry(struct io *io, int root_fd, const char *rel, bool there,
                     struct quarantine_list *list, struct err *err)
{
    struct stat st;
    const char *name;
    if (list->len == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        struct quarantine_entry *more = realloc(list->entries, cap * sizeof *more);
        if (!more)
            return err_sys(err, "list files"); /* UNTESTED: no memory */
        list->entries = more;
        list->cap = cap;
    }
    CLEANUP(fd_close) int dir_fd = hot_open_parent(io, root_fd, rel, false, &name);
    if (dir_fd < 0)
        return 0; /* gone meanwhile */
    struct quarantine_entry *entry = &list->entries[list->len++];
    CLEANUP(bytes_done) struct bytes shown = {0};
    *entry = (struct quarantine_entry){.there = there, .rel = strdup(rel)};
    if (!entry->rel || text_display(span_of_text(rel), &shown, err) < 0 ||
        !(entry->shown = bytes_take_text(&shown, err)))
        return err_sys(err, "list files"); /* UNTESTED: no memory */
    if (there && fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        entry->since_ns = timespec_ns(&st.st_mtim);
        entry->size_bytes = (uint64_t)st.st_size;
    }
    return read_explanation(dir_fd, name, entry, err);
}

static int by_rel(const void *a, const void *b)
{
    return strcmp(((const struct quarantine_entry *)a)->rel,
                  ((const struct quarantine_entry *)b)->rel);
}

/* A file, or the explanation of one that is not there; the explanation of one that is, is its. A
 * text for people alone, of nothing that is there, is a file like any. */
static int sort_name(struct io *io, int root_fd, const struct names *names, const char *name,
                     struct quarantine_list *list, struct err *err)
{
    char *by_json = explained_by(names, name, WHY_JSON), *by_text = explained_by(names, name, WHY);
    char json[PATH_MAX];
    bool alone = by_text && !has_name(names, by_text) &&
                 !(joined(json, sizeof json, by_text, WHY_JSON) && has_name(names, json));
    int rc = 0;
    if (by_json && !has_name(names, by_json))
        rc = add_entry(io, root_fd, by_json, false, list, err);
    else if (alone || (!by_json && !by_text))
        rc = add_entry(io, root_fd, name, true, list, err);
    free(by_json);
    free(by_text);
    return rc;
}

int quarantine_list(struct io *io, const char *dir, struct quarantine_list *ret_list,
                    struct err *err)
{
    CLEANUP(names_done) struct names names = {.names = NULL};
    CLEANUP(quarantine_list_done) struct quarantine_list list = {.entries = NULL};
    CLEANUP(fd_close) int root_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0)
        return err_sys(err, "look into '%s'", dir);
    if (find_names(dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        if (sort_name(io, root_fd, &names, names.names[i], &list, err) < 0)
            return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < list.len; i++)
        list.unreadable += !list.entries[i].explained;
    if (list.len > 0)
        qsort(list.entries, list.len, sizeof *list.entries, by_rel);
    *ret_list = list;
    list = (struct quarantine_list){.entries = NULL};
    return 0;
}

/* --- moving ----------------------------------------------------------------------------------- */

/* That it is not there is as good. */
static int remove_one(struct io *io, int dir_fd, const char *name, const char *end, struct err *err)
{
    char full[NAME_BYTES_MAX + 1];
    if (!joined(full, sizeof full, name, end))
        return 0; /* too long to be there */
    if (io_do(io, (struct io_op){.kind = IO_UNLINK, .dir = dir_fd, .path = full}) < 0 &&
        errno != ENOENT)
        return err_sys(err, "remove '%s'", full);
    return 0;
}

static int remove_why(struct io *io, int dir_fd, const char *name, struct err *err)
{
    if (remove_one(io, dir_fd, name, WHY, err) < 0 ||
        remove_one(io, dir_fd, name, WHY_JSON, err) < 0)
        return -1;
    return io_sync_dir(io, dir_fd, err);
}

int quarantine_remove(struct io *io, int dir_fd, const struct quarantine_entry *entry,
                      struct err *err)
{
    const char *name;
    CLEANUP(fd_close) int parent = hot_open_parent(io, dir_fd, entry->rel, false, &name);
    if (parent < 0)
        return err_sys(err, "'%s'", entry->shown);
    if (remove_one(io, parent, name, WHY, err) < 0 || remove_one(io, parent, name, "", err) < 0 ||
        io_sync_dir(io, parent, err) < 0 || remove_one(io, parent, name, WHY_JSON, err) < 0)
        return -1;
    return io_sync_dir(io, parent, err);
}

static int move_between(int from_fd, const char *from, int to_fd, const char *to)
{
    int rc = renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE);
    if (rc < 0 && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
        /* The name was free a moment ago: all that such a file system can do. */
        rc = renameat(from_fd, from, to_fd, to);
    return rc;
}

static bool is_fresh(const struct quarantine_entry *entry)
{
    return clock_ns(CLOCK_REALTIME) - entry->since_ns < FRESH_NS;
}

static int make_marker(int dir_fd, const char *name, const char *marker, struct err *err)
{
    char full[NAME_BYTES_MAX + 1];
    if (!joined(full, sizeof full, name, marker))
        return err_input(err, REASON_NONE, "no room for a marker of '%s'", name);
    CLEANUP(fd_close)
    int fd = openat(dir_fd, full, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0664);
    return fd < 0 ? err_sys(err, "make '%s'", full) : 0;
}

/* What is in the quarantine's own folders by these names never was in the inbox. */
static bool is_inbox_path(const char *rel)
{
    const char *slash = strchr(rel, '/');
    size_t len = slash ? (size_t)(slash - rel) : 0;
    return rel[0] != '.' && !(len == strlen(HOT_DONE) && strncmp(rel, HOT_DONE, len) == 0) &&
           !(len == strlen(HOT_QUARANTINE) && strncmp(rel, HOT_QUARANTINE, len) == 0);
}

int quarantine_retry(struct io *io, int hot_fd, const struct quarantine_entry *entry,
                     const char *marker, struct bytes *ret_to, struct err *err)
{
    const char *name, *wanted;
    char free_name[NAME_BYTES_MAX + 1];
    CLEANUP(fd_close)
    int quarantine_fd =
        openat(hot_fd, HOT_QUARANTINE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEANUP(fd_close)
    int from =
        quarantine_fd < 0 ? -1 : hot_open_parent(io, quarantine_fd, entry->rel, false, &name);
    if (from < 0)
        return err_sys(err, "'%s'", entry->shown);
    if (!entry->there)
        return is_fresh(entry) ? 0 : remove_why(io, from, name, err);
    if (!is_inbox_path(entry->rel))
        return err_input(err, REASON_NONE, "'%s' did not come from the inbox", entry->shown);
    CLEANUP(fd_close) int to = hot_open_parent(io, hot_fd, entry->rel, true, &wanted);
    if (to < 0)
        return err_sys(err, "make room for '%s'", entry->shown);
    int rc;
    do /* a namesake may come in at any time */
        rc = hot_free_name(to, wanted, NAME_BYTES_MAX, free_name)
                 ? move_between(from, name, to, free_name)
                 : -1;
    while (rc < 0 && errno == EEXIST);
    if (rc < 0)
        return err_sys(err, "move '%s'", entry->shown);
    if (io_sync_dir(io, to, err) < 0 || (marker && make_marker(to, free_name, marker, err) < 0) ||
        remove_why(io, from, name, err) < 0 ||
        text_display(span_of(entry->rel, (size_t)(wanted - entry->rel)), ret_to, err) < 0 ||
        text_display(span_of_text(free_name), ret_to, err) < 0)
        return -1;
    return 1;
}

/* --- handing out ------------------------------------------------------------------------------ */

static int copy_bytes(int from, int to)
{
    for (;;) {
        ssize_t n = sendfile(to, from, NULL, COPY_BYTES_MAX);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -1;
    }
}

/* To another file system: whole and durable there before it goes here. */
static int copy_over(struct io *io, int from_fd, const char *name, int to_fd, const char *to,
                     struct err *err)
{
    char temporary[NAME_BYTES_MAX + 1];
    struct stat st;
    (void)joined(temporary, sizeof temporary, ".part-", to);
    CLEANUP(fd_close)
    int from = openat(from_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (from < 0 || fstat(from, &st) < 0)
        return err_sys(err, "open '%s'", name);
    if (!S_ISREG(st.st_mode))
        return err_input(err, REASON_NOT_A_FILE, "'%s' can only be deleted", name);
    (void)!io_do(io, (struct io_op){.kind = IO_UNLINK, .dir = to_fd, .path = temporary});
    CLEANUP(fd_close)
    int copy = openat(to_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    const struct timespec times[] = {st.st_atim, st.st_mtim};
    if (copy < 0 || copy_bytes(from, copy) < 0 || futimens(copy, times) < 0 || fsync(copy) < 0 ||
        move_between(to_fd, temporary, to_fd, to) < 0)
        return err_sys(err, "copy '%s'", name);
    if (io_sync_dir(io, to_fd, err) < 0)
        return -1;
    return io_unlink_sync(io, from_fd, name, err);
}

static int hand_over(struct io *io, int from, const char *name, int to, const char *as,
                     struct err *err)
{
    if (move_between(from, name, to, as) == 0)
        return io_sync_dir(io, to, err);
    if (errno != EXDEV)
        return err_sys(err, "move '%s'", name);
    return copy_over(io, from, name, to, as, err);
}

/* Whether the explanation may lie there under this name: nothing does, or the same, put there
 * before a crash. */
static bool is_free_for(int to, const char *as, const char *end, const struct bytes *why)
{
    char full[NAME_BYTES_MAX + 1];
    struct stat st;
    CLEANUP(bytes_done) struct bytes there = {0};
    if (!joined(full, sizeof full, as, end) || fstatat(to, full, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return true;
    return read_why(to, full, &there) && there.len == why->len &&
           memcmp(there.data, why->data, why->len) == 0;
}

static bool name_to_hand_out(int to, const struct quarantine_entry *entry, const char *name,
                             const struct bytes why[2], char ret_as[NAME_BYTES_MAX + 1])
{
    char wanted[2 * NAME_BYTES_MAX];
    (void)snprintf(wanted, sizeof wanted, "%s", name);
    bool found = !entry->there && joined(ret_as, COPY_NAME_MAX, name, ""); /* no file comes */
    for (unsigned n = 2; found || hot_free_name(to, wanted, COPY_NAME_MAX, ret_as); n++) {
        if (is_free_for(to, ret_as, WHY_JSON, &why[0]) && is_free_for(to, ret_as, WHY, &why[1]))
            return true;
        found = false;
        (void)snprintf(wanted, sizeof wanted, "%u-%s", n, name);
    }
    return false;
}

/* First copies of the explanation, then the file, then the explanation goes: after a crash the same
 * names are chosen again, and what is there already is left as it is. */
int quarantine_release(struct io *io, int dir_fd, const struct quarantine_entry *entry, int to_fd,
                       struct bytes *ret_name, struct err *err)
{
    static const char *const ends[] = {WHY_JSON, WHY};
    const char *name;
    char as[NAME_BYTES_MAX + 1], full[NAME_BYTES_MAX + 1];
    struct bytes why[2] = {{0}, {0}};
    int rc = 0;
    CLEANUP(fd_close) int from = hot_open_parent(io, dir_fd, entry->rel, false, &name);
    if (from < 0)
        return err_sys(err, "'%s'", entry->shown);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (joined(full, sizeof full, name, ends[i]))
            (void)read_why(from, full, &why[i]);
    if (!name_to_hand_out(to_fd, entry, name, why, as))
        rc = err_sys(err, "make room for '%s'", entry->shown);
    for (size_t i = 0; i < ARRAY_LEN(ends) && rc >= 0; i++) {
        (void)joined(full, sizeof full, as, ends[i]);
        if (why[i].len > 0)
            rc = io_publish(io, to_fd, full, bytes_span(&why[i]), 0644, err);
    }
    if (rc >= 0 && entry->there)
        rc = hand_over(io, from, name, to_fd, as, err);
    if (rc >= 0)
        rc = remove_why(io, from, name, err);
    if (rc >= 0)
        rc = text_display(span_of_text(as), ret_name, err);
    bytes_done(&why[0]);
    bytes_done(&why[1]);
    return rc < 0 ? -1 : 0;
}
