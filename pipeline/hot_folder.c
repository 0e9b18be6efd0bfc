/* pipeline/hot_folder.c - claiming files of an inbox, and moving them where they go at their end.
 *
 * Whoever writes into the inbox is not trusted: folders are entered one name at a time and never
 * through a symbolic link, and what was claimed lies in a folder nobody else may enter. */
#include "pipeline/hot_folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "io/files.h"
#include "pipeline/hot_folder_impl.h"
#include "pipeline/quarantine.h"
#include "pipeline/small_file.h"
#include "records/sidecar.h"

#define NAMESAKES_MAX       100000u
#define BUSY_AGAIN_NS       1000000000  /* after a look that found a writer */
#define REFUSED_AGAIN_NS    10000000000 /* after a rename that failed */
#define SHARED_DIR_MODE     0775
#define REPORT_END          ".report.json"
#define QUARANTINE_NAME_MAX 240 /* room for ".why.json" and what io_publish() adds */

void held_free(struct held *held)
{
    if (!held)
        return;
    free((void *)(uintptr_t)held->claim.name);
    free((void *)(uintptr_t)held->claim.batch);
    free(held->rel);
    free(held->path);
    free(held);
}

const struct hot_folder_options *hot_folder_options(const struct hot_folder *folder)
{
    return &folder->options;
}

/* --- folders below the inbox ------------------------------------------------------------------ */

int hot_open_parent(struct io *io, int root_fd, const char *rel, bool make, const char **ret_name)
{
    char name[NAME_BYTES_MAX + 1];
    int fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
    const char *slash;
    for (; fd >= 0 && (slash = strchr(rel, '/')); rel = slash + 1) {
        size_t len = (size_t)(slash - rel);
        if (len > NAME_BYTES_MAX) {
            fd_close(&fd);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, rel, len);
        name[len] = '\0';
        const struct io_op mkdir = {
            .kind = IO_MKDIR, .dir = fd, .path = name, .mode = SHARED_DIR_MODE};
        int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && errno == ENOENT && make && (io_do(io, mkdir) == 0 || errno == EEXIST))
            next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        fd_close(&fd);
        fd = next;
    }
    *ret_name = rel;
    return fd;
}

static int make_dir(struct hot_folder *folder, const char *name, mode_t mode, struct err *err)
{
    struct stat root, st;
    const struct io_op op = {.kind = IO_MKDIR, .dir = folder->root_fd, .path = name, .mode = mode};
    if (io_do(folder->io, op) < 0 && errno != EEXIST)
        return err_sys(err, "make '%s/%s'", folder->options.path, name);
    if (fstat(folder->root_fd, &root) < 0 ||
        fstatat(folder->root_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return err_sys(err, "look at '%s/%s'", folder->options.path, name);
    if (!S_ISDIR(st.st_mode) || st.st_dev != root.st_dev)
        return err_input(err, REASON_NONE, "'%s/%s' must be a folder on the inbox's file system",
                         folder->options.path, name);
    return 0;
}

/* Where the file system has no locks, two services are the administrator's to avoid. */
static int lock(struct hot_folder *folder, struct err *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    folder->lock_fd =
        openat(folder->root_fd, HOT_OWN "/LOCK", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (folder->lock_fd < 0)
        return err_sys(err, "open '%s/" HOT_OWN "/LOCK'", folder->options.path);
    if (fcntl(folder->lock_fd, F_OFD_SETLK, &whole) < 0 && (errno == EAGAIN || errno == EACCES))
        return err_set(err, ERR_RETRY, "'%s' is watched by another process", folder->options.path);
    return 0;
}

struct hot_folder *hot_folder_open(struct io *io, const struct hot_folder_options *options,
                                   struct err *err)
{
    struct hot_folder *folder = calloc(1, sizeof *folder);
    if (!folder) {
        err_sys(err, "open '%s'", options->path); /* UNTESTED: no memory */
        return NULL;
    }
    *folder = (struct hot_folder){.options = *options, .io = io, .lock_fd = -1};
    folder->root_fd = open(options->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->root_fd < 0) {
        err_sys(err, "hot folder '%s'", options->path);
        hot_folder_close(folder);
        return NULL;
    }
    if (make_dir(folder, HOT_OWN, 0700, err) < 0 || lock(folder, err) < 0 ||
        make_dir(folder, HOT_CLAIMED, 0700, err) < 0 ||
        make_dir(folder, HOT_REPORTS, 0700, err) < 0 ||
        make_dir(folder, HOT_DONE, SHARED_DIR_MODE, err) < 0 ||
        make_dir(folder, HOT_QUARANTINE, SHARED_DIR_MODE, err) < 0) {
        hot_folder_close(folder);
        return NULL;
    }
    return folder;
}

void hot_folder_close(struct hot_folder *folder)
{
    if (!folder)
        return;
    hot_entries_free(folder);
    fd_close(&folder->root_fd);
    fd_close(&folder->lock_fd);
    free(folder);
}

/* --- what is held ----------------------------------------------------------------------------- */

/* A folder in the inbox is a batch; loose files are one by day. NULL without memory. */
static char *name_batch(const char *folder, const char *rel, int64_t taken_ns, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    const char *slash = strchr(rel, '/');
    time_t seconds = (time_t)(taken_ns / 1000000000);
    struct tm day = {0};
    char date[16] = "";
    if (bytes_printf(&text, err, "%s/", folder) < 0)
        return NULL; /* UNTESTED: no memory */
    int rc = 0;
    if (slash)
        rc = text_display(span_of(rel, (size_t)(slash - rel)), &text, err);
    else if (gmtime_r(&seconds, &day) && strftime(date, sizeof date, "%Y-%m-%d", &day) > 0)
        rc = bytes_printf(&text, err, "%s", date);
    return rc < 0 ? NULL : bytes_take_text(&text, err);
}

static void name_dossier(struct held *held)
{
    const struct hot_folder_options *options = &held->folder->options;
    if (dossier_rule_find(options->dossier_from, held->rel, held->claim.dossier) ==
        DOSSIER_NOT_PLAIN)
        log_line(LOG_WARN, "'%s/%s': what dossier-from finds in it cannot be a dossier code",
                 options->name, held->claim.name);
}

/* The ticket is made of where the file was claimed, so that the next start finds the same one. */
static struct held *held_new(struct hot_folder *folder, int64_t pass, const char *rel,
                             const struct stat *st, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    CLEANUP(bytes_done) struct bytes identity = {0}, path = {0}, name = {0};
    const struct hot_folder_options *options = &folder->options;
    struct held *held = calloc(1, sizeof *held);
    if (!held) {
        err_sys(err, "claim a file"); /* UNTESTED: no memory */
        return NULL;
    }
    held->folder = folder;
    held->claim.folder = options->name;
    held->claim.taken_ns = pass;
    held->claim.mtime_ns = timespec_ns(&st->st_mtim);
    held->size_bytes = (uint64_t)st->st_size;
    held->sidecar = S_ISREG(st->st_mode) && hot_folder_sidecar(rel);
    held->rel = strdup(rel);
    if (!held->rel ||
        bytes_printf(&identity, err, "%s\n%" PRId64 "/%s", options->name, pass, rel) < 0 ||
        bytes_printf(&path, err, "%s/" HOT_CLAIMED "/%" PRId64 "/%s", options->path, pass, rel) <
            0 ||
        text_display(span_of_text(rel), &name, err) < 0 ||
        !(held->path = bytes_take_text(&path, err)) ||
        !(held->claim.name = bytes_take_text(&name, err)) ||
        !(held->claim.batch = name_batch(options->name, rel, pass, err))) {
        held_free(held); /* UNTESTED: no memory */
        return NULL;
    }
    name_dossier(held);
    struct digest digest = digest_of(bytes_span(&identity));
    (void)snprintf(held->claim.ticket, sizeof held->claim.ticket, "%.*s", TICKET_MAX - 1,
                   digest_hex(&digest, hex));
    return held;
}

static int left_over(struct hot_folder *folder, const FTSENT *ent, size_t root_len,
                     struct held **list, struct err *err)
{
    char *end;
    const char *rel = ent->fts_path + root_len;
    long long pass = strtoll(rel, &end, 10);
    if (*end != '/' || pass <= 0) {
        log_line(LOG_WARN, "what is this? '%s'", ent->fts_path);
        return 0;
    }
    struct held *held = held_new(folder, pass, end + 1, ent->fts_statp, err);
    if (!held)
        return -1;
    held->next = *list;
    *list = held;
    return 0;
}

int hot_folder_leftovers(struct hot_folder *folder, struct held **ret_list, struct err *err)
{
    CLEANUP(bytes_done) struct bytes path = {0};
    if (bytes_printf(&path, err, "%s/" HOT_CLAIMED, folder->options.path) < 0 ||
        bytes_append(&path, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    char *const roots[] = {(char *)path.data, NULL};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!fts)
        return err_sys(err, "look into '%s'", (char *)path.data);
    int rc = 0;
    FTSENT *ent;
    while (rc == 0 && (errno = 0, ent = fts_read(fts))) {
        switch (ent->fts_info) {
        case FTS_D:
        case FTS_DC:
            break;
        case FTS_DP:
            if (ent->fts_level > 0)
                (void)rmdir(ent->fts_accpath); /* if it is empty */
            break;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
            errno = ent->fts_errno;
            rc = err_sys(err, "look into '%s'", ent->fts_path);
            break;
        default:
            rc = left_over(folder, ent, path.len, ret_list, err);
        }
    }
    (void)fts_close(fts);
    return rc;
}

/* --- claiming --------------------------------------------------------------------------------- */

/* A lease is granted only while nobody has the file open to write. Where there are none (network
 * mounts, other people's files), stillness must do. */
static bool has_writer(int dir_fd, const char *name)
{
    CLEANUP(fd_close)
    int fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
        return errno == EAGAIN;
    (void)fcntl(fd, F_SETLEASE, F_UNLCK);
    return false;
}

static bool as_seen(const struct hot_entry *entry, const struct stat *st)
{
    return (uint64_t)st->st_size == entry->size_bytes && st->st_ino == entry->ino &&
           st->st_mode == entry->mode && timespec_ns(&st->st_mtim) == entry->mtime_ns;
}

struct pass {
    struct hot_folder *folder;
    int64_t id, now_ns;
    int claimed_fd; /* PATH/.sohoa/claimed/PASS; -1: not made yet */
    struct held **list;
    size_t taken;
    char **dirs; /* made in this pass, below it; to be synced */
    size_t dir_len;
};

/* The pass is named by the time it was taken at: unique, and what the ledger tells. */
static int begin(struct pass *pass, struct err *err)
{
    char name[64];
    if (pass->claimed_fd >= 0)
        return 0;
    for (pass->id = clock_ns(CLOCK_REALTIME);; pass->id++) {
        (void)snprintf(name, sizeof name, HOT_CLAIMED "/%" PRId64, pass->id);
        const struct io_op op = {
            .kind = IO_MKDIR, .dir = pass->folder->root_fd, .path = name, .mode = 0700};
        if (io_do(pass->folder->io, op) == 0)
            break;
        if (errno != EEXIST)
            return err_sys(err, "make '%s/%s'", pass->folder->options.path, name);
    }
    pass->claimed_fd = openat(pass->folder->root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return pass->claimed_fd < 0 ? err_sys(err, "open '%s/%s'", pass->folder->options.path, name)
                                : 0;
}

static int sync_path(struct io *io, int dir_fd, const char *path, struct err *err)
{
    CLEANUP(fd_close)
    int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    return io_sync_dir(io, fd, err);
}

/* Every folder on the way to rel, from the pass on, whose entry is new. */
static int sync_way(struct pass *pass, const char *rel, struct err *err)
{
    for (const char *slash = strchr(rel, '/'); slash; slash = strchr(slash + 1, '/')) {
        char *dir = strndup(rel, (size_t)(slash - rel));
        bool known = false;
        for (size_t i = 0; dir && i < pass->dir_len; i++)
            known = known || strcmp(pass->dirs[i], dir) == 0;
        if (known) {
            free(dir);
            continue;
        }
        char **dirs = dir ? realloc(pass->dirs, (pass->dir_len + 1) * sizeof *dirs) : NULL;
        if (!dirs) {
            free(dir);
            return err_sys(err, "claim a file"); /* UNTESTED: no memory */
        }
        pass->dirs = dirs;
        pass->dirs[pass->dir_len++] = dir;
        if (sync_path(pass->folder->io, pass->claimed_fd, dir, err) < 0)
            return -1;
    }
    return 0;
}

/* The marker goes when the claim of the file it marks is durable; left by a crash it does no harm.
 */
static void remove_marker(const struct hot_folder *folder, const char *rel)
{
    char marker[NAME_BYTES_MAX + 1];
    const char *name;
    CLEANUP(fd_close)
    int parent = hot_open_parent(folder->io, folder->root_fd, rel, false, &name);
    int len = snprintf(marker, sizeof marker, "%s%s", name, folder->options.marker);
    if (parent >= 0 && len > 0 && (size_t)len < sizeof marker)
        (void)!io_do(folder->io, (struct io_op){.kind = IO_UNLINK, .dir = parent, .path = marker});
}

/* All renames first, then what they changed; nothing of a pass is given out before. */
static int end(struct pass *pass, struct held *taken, struct err *err)
{
    if (pass->claimed_fd < 0)
        return 0;
    int rc = 0;
    for (const struct held *held = taken; held && rc == 0; held = held->next)
        rc = sync_way(pass, held->rel, err);
    if (rc == 0)
        rc = io_sync_dir(pass->folder->io, pass->claimed_fd, err);
    if (rc == 0)
        rc = sync_path(pass->folder->io, pass->folder->root_fd, HOT_CLAIMED, err);
    if (rc == 0 && pass->folder->options.marker)
        for (const struct held *held = taken; held; held = held->next)
            remove_marker(pass->folder, held->rel);
    for (size_t i = 0; i < pass->dir_len; i++)
        free(pass->dirs[i]);
    free(pass->dirs);
    fd_close(&pass->claimed_fd);
    return rc;
}

static struct held *move_in(struct pass *pass, struct hot_entry *entry, int parent,
                            const char *name, const struct stat *st, struct err *err)
{
    struct hot_folder *folder = pass->folder;
    struct held *held = held_new(folder, pass->id, entry->rel, st, err);
    const char *same;
    CLEANUP(fd_close)
    int into = held ? hot_open_parent(folder->io, pass->claimed_fd, entry->rel, true, &same) : -1;
    if (!held)
        return NULL;
    const struct io_op op = {.kind = IO_RENAME, .dir = parent, .path = name, .path_to = held->path};
    if (into < 0 || io_do(folder->io, op) < 0) {
        if (errno != ENOENT) /* gone: whoever put it there took it away */
            log_line(LOG_WARN, "cannot claim '%s/%s': %s", folder->options.path, held->claim.name,
                     strerrordesc_np(errno));
        entry->not_before_ns = pass->now_ns + REFUSED_AGAIN_NS;
        held_free(held);
        return NULL;
    }
    return held;
}

bool hot_folder_sidecar(const char *rel)
{
    static const char end[] = ".sohoa.json";
    const char *slash = strrchr(rel, '/'), *name = slash ? slash + 1 : rel;
    size_t len = strlen(name);
    return strcmp(name, "batch.json") == 0 ||
           (len >= sizeof end && strcmp(name + len - (sizeof end - 1), end) == 0);
}

/* A sidecar that can be understood and says that more will come. */
static bool is_open(int dir_fd, const char *name)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(sidecar_done) struct sidecar sidecar = {.json = NULL};
    struct err ignored = {0};
    return small_file_read(dir_fd, name, SIDECAR_BYTES_MAX, &text, &ignored) == 0 &&
           sidecar_parse(bytes_span(&text), name, &sidecar, &ignored) == 0 && !sidecar.closed;
}

/* 1 claimed, 0 not, -1. */
static int claim_one(struct pass *pass, struct hot_entry *entry, struct err *err)
{
    struct stat st;
    const char *name;
    CLEANUP(fd_close)
    int parent = hot_open_parent(pass->folder->io, pass->folder->root_fd, entry->rel, false, &name);
    if (parent < 0 || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !as_seen(entry, &st)) {
        entry->still_ns = pass->now_ns; /* another than was seen, or gone */
        return 0;
    }
    entry->busy = S_ISREG(st.st_mode) && has_writer(parent, name);
    if (entry->busy) {
        entry->not_before_ns = pass->now_ns + BUSY_AGAIN_NS;
        return 0;
    }
    if (S_ISREG(st.st_mode) && hot_folder_sidecar(entry->rel) && is_open(parent, name)) {
        entry->not_before_ns = INT64_MAX; /* until it looks otherwise */
        return 0;
    }
    if (begin(pass, err) < 0)
        return -1;
    struct held *held = move_in(pass, entry, parent, name, &st, err);
    if (!held)
        return err->kind == ERR_NONE ? 0 : -1;
    held->next = *pass->list;
    *pass->list = held;
    pass->taken++;
    free(entry->rel);
    entry->rel = NULL;
    return 1;
}

static bool is_before(const struct hot_entry *a, const struct hot_entry *b)
{
    return a->still_ns != b->still_ns ? a->still_ns < b->still_ns : strcmp(a->rel, b->rel) < 0;
}

/* The `max` that are due and have been still longest, in order. One pass: there may be a million
 * files, and few are wanted. */
static size_t choose(struct hot_folder *folder, int64_t now_ns, struct hot_entry *due[], size_t max)
{
    size_t len = 0;
    assert(max > 0);
    for (size_t i = 0; i < folder->len; i++) {
        struct hot_entry *entry = &folder->entries[i];
        if (hot_entry_due(folder, entry) > now_ns)
            continue;
        size_t at = len; /* there is a place more than wanted: for the one that falls out */
        len += len < max;
        for (; at > 0 && is_before(entry, due[at - 1]); at--)
            due[at] = due[at - 1];
        due[at] = entry;
    }
    return len;
}

static void forget_taken(struct hot_folder *folder)
{
    size_t kept = 0;
    for (size_t i = 0; i < folder->len; i++)
        if (folder->entries[i].rel)
            folder->entries[kept++] = folder->entries[i];
    folder->len = kept;
}

ssize_t hot_folder_claim(struct hot_folder *folder, size_t max, uint64_t bytes_max, int64_t now_ns,
                         struct held **list, struct err *err)
{
    struct held *taken = NULL;
    struct pass pass = {.folder = folder, .now_ns = now_ns, .claimed_fd = -1, .list = &taken};
    struct hot_entry *due[HOT_CLAIM_MAX + 1] = {NULL};
    uint64_t bytes = 0;
    size_t due_len = choose(folder, now_ns, due, max < HOT_CLAIM_MAX ? max : HOT_CLAIM_MAX);
    int rc = 0;
    for (size_t i = 0; i < due_len && rc >= 0; i++) {
        if (pass.taken > 0 && bytes + due[i]->size_bytes > bytes_max)
            break;
        uint64_t size = due[i]->size_bytes;
        rc = claim_one(&pass, due[i], err);
        bytes += rc > 0 ? size : 0;
    }
    forget_taken(folder);
    if (end(&pass, taken, err) < 0)
        rc = -1;
    while (taken) { /* oldest first in the list */
        struct held *held = taken;
        taken = held->next;
        held->next = *list;
        *list = held;
    }
    return rc < 0 ? -1 : (ssize_t)pass.taken;
}

int hot_folder_still(struct held *held)
{
    struct stat st;
    if (lstat(held->path, &st) < 0)
        return -1;
    int64_t mtime_ns = timespec_ns(&st.st_mtim);
    bool same = (uint64_t)st.st_size == held->size_bytes && mtime_ns == held->claim.mtime_ns;
    held->size_bytes = (uint64_t)st.st_size;
    held->claim.mtime_ns = mtime_ns;
    return same && !(S_ISREG(st.st_mode) && has_writer(AT_FDCWD, held->path));
}

/* --- the end ---------------------------------------------------------------------------------- */

bool hot_free_name(int dir_fd, const char *name, size_t max, char ret_name[NAME_BYTES_MAX + 1])
{
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name || strlen(dot) > 16)
        dot = name + strlen(name);
    for (unsigned n = 1; n < NAMESAKES_MAX; n++) {
        char mark[16] = "";
        struct stat st;
        if (n > 1)
            (void)snprintf(mark, sizeof mark, "~%u", n);
        size_t stem = (size_t)(dot - name), room = max - strlen(dot) - strlen(mark);
        if (stem > room)
            for (stem = room; stem > 0 && ((unsigned char)name[stem] & 0xC0) == 0x80;)
                stem--;
        (void)snprintf(ret_name, NAME_BYTES_MAX + 1, "%.*s%s%s", (int)stem, name, mark, dot);
        if (fstatat(dir_fd, ret_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            return errno == ENOENT;
    }
    return false;
}

/* Never over a namesake that came in between, where the file system can see to that. */
static int rename_into(struct io *io, const struct held *held, int dir_fd, const char *name,
                       struct err *err)
{
    struct io_op op = {.kind = IO_RENAME,
                       .dir = dir_fd,
                       .path = held->path,
                       .path_to = name,
                       .flags = RENAME_NOREPLACE};
    int rc = io_do(io, op);
    if (rc < 0 && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
        op.flags = 0;
        rc = io_do(io, op);
    }
    if (rc < 0)
        return err_sys(err, "move '%s' to '%s'", held->path, name);
    return 0;
}

/* A file of this name would be taken for another's explanation, and be replaced by one. */
static bool looks_explained(const char *rel)
{
    static const char *const ends[] = {".why", ".why.json"};
    size_t len = strlen(rel);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (len >= strlen(ends[i]) && strcmp(rel + len - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

int hot_folder_report(struct io *io, const struct held *held, struct span text, struct err *err)
{
    CLEANUP(fd_close)
    int fd =
        openat(held->folder->root_fd, HOT_REPORTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "open '%s/" HOT_REPORTS "'", held->folder->options.path);
    return io_publish(io, fd, held->claim.ticket, text, 0644, err);
}

/* Before the sidecar itself: whoever finds that in done finds the report beside it. A rename: after
 * a crash between the two it is beside it already. */
static int move_report(struct io *io, const struct held *held, int dir_fd, const char *name,
                       struct err *err)
{
    struct stat st;
    char to[NAME_BYTES_MAX + sizeof REPORT_END];
    CLEANUP(bytes_done) struct bytes from = {0};
    if (!held->sidecar)
        return 0;
    if (bytes_printf(&from, err, "%s/" HOT_REPORTS "/%s", held->folder->options.path,
                     held->claim.ticket) < 0 ||
        bytes_append(&from, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    (void)snprintf(to, sizeof to, "%s" REPORT_END, name);
    const struct io_op op = {
        .kind = IO_RENAME, .dir = dir_fd, .path = (const char *)from.data, .path_to = to};
    if (lstat((const char *)from.data, &st) == 0 && io_do(io, op) < 0)
        return err_sys(err, "move '%s' to '%s'", (const char *)from.data, to);
    return 0;
}

/* Of a sidecar that did not go to done. */
static void remove_report(struct io *io, const struct held *held)
{
    char path[sizeof HOT_REPORTS "/" + TICKET_MAX];
    (void)snprintf(path, sizeof path, HOT_REPORTS "/%s", held->claim.ticket);
    if (held->sidecar)
        (void)!io_do(io,
                     (struct io_op){.kind = IO_UNLINK, .dir = held->folder->root_fd, .path = path});
}

static int move_to(struct io *io, const struct held *held, const char *where,
                   const struct quarantined *why, struct err *err)
{
    CLEANUP(bytes_done) struct bytes rel = {0};
    char name[NAME_BYTES_MAX + 1];
    const char *wanted;
    const char *mark = why && looks_explained(held->rel) ? "_" : "";
    if (bytes_printf(&rel, err, "%s%s%s%s", where, where[0] ? "/" : "", held->rel, mark) < 0 ||
        bytes_append(&rel, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    CLEANUP(fd_close)
    int dir_fd = hot_open_parent(io, held->folder->root_fd, (const char *)rel.data, true, &wanted);
    if (dir_fd < 0 ||
        !hot_free_name(dir_fd, wanted, why || held->sidecar ? QUARANTINE_NAME_MAX : NAME_BYTES_MAX,
                       name))
        return err_sys(err, "make room for '%s'", (const char *)rel.data);
    if (why && quarantine_explain(io, dir_fd, name, why, err) < 0)
        return -1;
    if (strcmp(where, HOT_DONE) == 0 && move_report(io, held, dir_fd, name, err) < 0)
        return -1;
    return rename_into(io, held, dir_fd, name, err);
}

/* Empty folders of the pass, from the file's own upwards. */
static void clear_away(struct io *io, const struct held *held)
{
    char *dir = strdup(held->path);
    size_t keep = strlen(held->folder->options.path) + sizeof "/" HOT_CLAIMED;
    for (char *slash; dir && (slash = strrchr(dir, '/')) && (size_t)(slash - dir) > keep;) {
        *slash = '\0';
        const struct io_op op = {
            .kind = IO_UNLINK, .dir = IO_CWD, .path = dir, .flags = AT_REMOVEDIR};
        if (io_do(io, op) < 0)
            break;
    }
    free(dir);
}

static int to_quarantine(struct io *io, const struct held *held, const struct hot_why *why,
                         struct err *err)
{
    struct err because = {.kind = ERR_INPUT, .reason = why->reason};
    (void)snprintf(because.text, sizeof because.text, "%s", why->detail);
    const struct quarantined file = {.path = held->claim.name,
                                     .folder = held->claim.folder,
                                     .batch = held->claim.batch,
                                     .ticket = held->claim.ticket,
                                     .id = why->id,
                                     .size_bytes = held->size_bytes,
                                     .why = &because};
    return move_to(io, held, HOT_QUARANTINE, &file, err);
}

int hot_folder_settle(struct io *io, struct held *held, const struct hot_why *why, struct err *err)
{
    struct stat st;
    int rc = 0;
    if (lstat(held->path, &st) < 0)
        return errno == ENOENT ? 0 : err_sys(err, "look at '%s'", held->path);
    bool changed = (uint64_t)st.st_size != held->size_bytes ||
                   timespec_ns(&st.st_mtim) != held->claim.mtime_ns;
    if (changed)
        rc = move_to(io, held, "", NULL, err);
    else if (why)
        rc = to_quarantine(io, held, why, err);
    else if (held->folder->options.after == HOT_DELETE && !held->sidecar) {
        if (io_do(io, (struct io_op){.kind = IO_UNLINK, .dir = IO_CWD, .path = held->path}) < 0)
            rc = err_sys(err, "remove '%s'", held->path);
    } else
        rc = move_to(io, held, HOT_DONE, NULL, err);
    if (rc == 0 && (changed || why))
        remove_report(io, held);
    if (rc == 0)
        clear_away(io, held);
    return rc;
}
