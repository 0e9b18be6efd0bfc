/* pipeline/hot_scan.c - what lies in an inbox, and what of it is complete.
 *
 * Every scan looks at everything: events may be lost, and on network mounts there are none. A file
 * whose size, time or number is another than at the last scan begins to wait anew, so a slow copy
 * is waited for as long as it takes, also one that was under way when the service started. */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "pipeline/hot_folder_impl.h"

#define EMPTY_SETTLES 10 /* an empty file is mostly one whose writer has not begun yet */

/* Names of files that are being written, by those who rename when they are done. */
static const char *const unfinished_ends[] = {".part", ".tmp",      ".partial",
                                              "~",     ".filepart", ".crdownload"};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcasecmp(text + len - end_len, end) == 0;
}

static bool is_unfinished(const char *name)
{
    if (name[0] == '.')
        return true;
    for (size_t i = 0; i < ARRAY_LEN(unfinished_ends); i++)
        if (ends_with(name, unfinished_ends[i]))
            return true;
    return false;
}

struct scan {
    struct hot_folder *folder;
    struct hot_entry *entries;
    size_t len, cap;
    size_t root_len;
    int64_t now_ns;
};

static int add(struct scan *scan, const FTSENT *ent, struct err *err)
{
    if (scan->len == scan->cap) {
        size_t cap = scan->cap ? scan->cap * 2 : 64;
        struct hot_entry *entries = realloc(scan->entries, cap * sizeof *entries);
        if (!entries)
            return err_sys(err, "list %zu files", cap); /* UNTESTED: no memory */
        scan->entries = entries;
        scan->cap = cap;
    }
    char *rel = strdup(ent->fts_path + scan->root_len);
    if (!rel)
        return err_sys(err, "list a file"); /* UNTESTED: no memory */
    const struct stat *st = ent->fts_statp;
    scan->entries[scan->len++] = (struct hot_entry){
        .rel = rel,
        .size_bytes = (uint64_t)st->st_size,
        .ino = st->st_ino,
        .mtime_ns = timespec_ns(&st->st_mtim),
        .mode = st->st_mode,
        .still_ns = scan->now_ns,
    };
    return 0;
}

static int enter(struct scan *scan, FTS *fts, FTSENT *ent, struct err *err)
{
    const struct hot_folder_options *options = &scan->folder->options;
    bool ours = ent->fts_level == 1 && (strcmp(ent->fts_name, HOT_DONE) == 0 ||
                                        strcmp(ent->fts_name, HOT_QUARANTINE) == 0);
    if (ent->fts_level > 0 &&
        (ours || ent->fts_name[0] == '.' || ent->fts_level > (int)HOT_DEPTH_MAX)) {
        (void)fts_set(fts, ent, FTS_SKIP);
        return 0;
    }
    if (options->watch_dir && options->watch_dir(options->self, ent->fts_path) < 0)
        return err_sys(err, "watch '%s'", ent->fts_path);
    return 0;
}

static int visit(struct scan *scan, FTS *fts, FTSENT *ent, struct err *err)
{
    switch (ent->fts_info) {
    case FTS_D:
        return enter(scan, fts, ent, err);
    case FTS_DP:
    case FTS_DC:
        return 0;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS: /* gone meanwhile, or the network is: the next scan sees what is there */
        if (ent->fts_level == 0) {
            errno = ent->fts_errno;
            (void)err_sys(err, "look into '%s'", ent->fts_path);
            err->kind = ERR_RETRY;
            return -1;
        }
        return 0;
    default:
        return is_unfinished(ent->fts_name) || scan->len >= HOT_FILES_MAX ? 0 : add(scan, ent, err);
    }
}

static int by_rel(const void *a, const void *b)
{
    return strcmp(((const struct hot_entry *)a)->rel, ((const struct hot_entry *)b)->rel);
}

static bool looks_the_same(const struct hot_entry *a, const struct hot_entry *b)
{
    return a->size_bytes == b->size_bytes && a->mtime_ns == b->mtime_ns && a->ino == b->ino &&
           a->mode == b->mode;
}

/* Both lists are sorted: what is in both and looks the same has been still since then. */
static void remember(const struct hot_folder *folder, struct scan *scan)
{
    size_t old = 0;
    for (size_t i = 0; i < scan->len; i++) {
        struct hot_entry *entry = &scan->entries[i];
        while (old < folder->len && strcmp(folder->entries[old].rel, entry->rel) < 0)
            old++;
        if (old == folder->len || strcmp(folder->entries[old].rel, entry->rel) != 0 ||
            !looks_the_same(&folder->entries[old], entry))
            continue;
        entry->still_ns = folder->entries[old].still_ns;
        entry->not_before_ns = folder->entries[old].not_before_ns;
        entry->busy = folder->entries[old].busy;
    }
}

static struct hot_entry *find(struct scan *scan, const char *rel, size_t len)
{
    char *name = strndup(rel, len);
    struct hot_entry key = {.rel = name};
    struct hot_entry *found =
        name ? bsearch(&key, scan->entries, scan->len, sizeof key, by_rel) : NULL;
    free(name);
    return found;
}

/* Takes the markers out of the list and notes what they mark. */
static void match_markers(struct scan *scan, const char *marker)
{
    size_t kept = 0;
    for (size_t i = 0; i < scan->len; i++) {
        const char *rel = scan->entries[i].rel;
        struct hot_entry *marked =
            ends_with(rel, marker) ? find(scan, rel, strlen(rel) - strlen(marker)) : NULL;
        if (marked)
            marked->marked = true;
    }
    for (size_t i = 0; i < scan->len; i++)
        if (ends_with(scan->entries[i].rel, marker))
            free(scan->entries[i].rel);
        else
            scan->entries[kept++] = scan->entries[i];
    scan->len = kept;
}

void hot_entries_free(struct hot_folder *folder)
{
    for (size_t i = 0; i < folder->len; i++)
        free(folder->entries[i].rel);
    free(folder->entries);
    folder->entries = NULL;
    folder->len = folder->cap = 0;
}

int hot_folder_scan(struct hot_folder *folder, int64_t now_ns, struct err *err)
{
    const struct hot_folder_options *options = &folder->options;
    char *const roots[] = {(char *)(uintptr_t)options->path, NULL};
    struct scan scan = {.folder = folder, .root_len = strlen(options->path) + 1, .now_ns = now_ns};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!fts)
        return err_sys(err, "look into '%s'", options->path);
    int rc = 0;
    FTSENT *ent;
    while (rc == 0 && (errno = 0, ent = fts_read(fts)))
        rc = visit(&scan, fts, ent, err);
    (void)fts_close(fts);
    if (scan.len > 0)
        qsort(scan.entries, scan.len, sizeof *scan.entries, by_rel);
    if (options->marker)
        match_markers(&scan, options->marker);
    if (rc == 0) {
        remember(folder, &scan);
        hot_entries_free(folder);
        folder->entries = scan.entries;
        folder->len = scan.len;
        folder->cap = scan.cap;
        return 0;
    }
    struct hot_folder failed = {.entries = scan.entries, .len = scan.len};
    hot_entries_free(&failed);
    return -1;
}

int64_t hot_entry_due(const struct hot_folder *folder, const struct hot_entry *entry)
{
    int64_t settle = (int64_t)folder->options.settle_ms * 1000000;
    bool sidecar = S_ISREG(entry->mode) && hot_folder_sidecar(entry->rel);
    if (folder->options.marker && !entry->marked && !sidecar)
        return INT64_MAX;
    if (S_ISREG(entry->mode) && entry->size_bytes == 0)
        settle *= EMPTY_SETTLES;
    int64_t due = entry->still_ns + settle;
    return due > entry->not_before_ns ? due : entry->not_before_ns;
}

bool hot_folder_has(const struct hot_folder *folder, const char *rel, bool soon)
{
    const struct hot_entry key = {.rel = (char *)(uintptr_t)rel};
    const struct hot_entry *found =
        folder->len > 0 ? bsearch(&key, folder->entries, folder->len, sizeof key, by_rel) : NULL;
    return found && !(soon && (found->busy || hot_entry_due(folder, found) == INT64_MAX));
}

void hot_folder_waiting(const struct hot_folder *folder, int64_t now_ns,
                        struct hot_waiting *ret_waiting)
{
    struct hot_waiting waiting = {.files = folder->len};
    for (size_t i = 0; i < folder->len; i++) {
        const struct hot_entry *entry = &folder->entries[i];
        int64_t due = hot_entry_due(folder, entry);
        waiting.bytes += entry->size_bytes;
        waiting.unfinished += due == INT64_MAX || entry->busy;
        if (waiting.oldest_ns == 0 || entry->still_ns < waiting.oldest_ns)
            waiting.oldest_ns = entry->still_ns;
        if (due != INT64_MAX && !entry->busy && (waiting.due_ns == 0 || due < waiting.due_ns))
            waiting.due_ns = due > now_ns ? due : now_ns;
    }
    *ret_waiting = waiting;
}
