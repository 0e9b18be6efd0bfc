/* storage/log_open.c - opening the log: its key, its signed head, and whether both can be right.
 *
 * Cheap on purpose: what is read here is a handful of files, however large the archive is. What the
 * newest segment says is compared by the caller, everything else by verify. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "io/files.h"
#include "storage/log_impl.h"

#define KEY_MODE  0400
#define VKEY_MODE 0444
#define DIR_MODE  0755

/* --- the folder --- */

static int open_folder(struct log *log, struct err *err)
{
    const int flags = O_RDONLY | O_DIRECTORY;
    struct err why = {0};
    log->fd = io_open_at(log->io, log->archive_fd, LOG_NAME, flags, 0, &why);
    if (log->fd >= 0)
        return 0;
    if (why.sys != ENOENT) {
        *err = why;
        return -1;
    }
    if (log->mode != ARCHIVE_WRITE)
        return err_set(err, ERR_INPUT, "the archive has no log yet");
    struct io_op op = {
        .kind = IO_MKDIR, .dir = log->archive_fd, .path = LOG_NAME, .mode = DIR_MODE};
    if (io_do(log->io, op) < 0)
        return err_sys(err, "make folder '%s'", LOG_NAME);
    log->fd = io_open_at(log->io, log->archive_fd, LOG_NAME, flags, 0, err);
    return log->fd < 0 ? -1 : 0;
}

/* --- the key --- */

/* Whether there is an entry of that name, be it a link that leads nowhere. */
static int name_is_taken(struct log *log, const char *name, struct err *err)
{
    struct io_op op = {.kind = IO_OPEN, .dir = log->fd, .path = name, .flags = O_PATH | O_NOFOLLOW};
    io_run(log->io, &op, 1);
    if (op.res == -ENOENT)
        return 0;
    errno = (int)-op.res;
    if (op.res < 0)
        return err_sys(err, "look for '%s'", name);
    CLEANUP(fd_close) int fd = (int)op.res;
    return fd >= 0;
}

static int make_key(struct log *log, struct err *err)
{
    CLEANUP(sign_wipe) struct bytes pem = {0};
    log->secret = sign_key_new(err);
    if (!log->secret || bytes_reserve(&pem, SIGN_PEM_MAX, err) < 0 ||
        sign_key_pem(log->secret, &pem, err) < 0)
        return -1; /* UNTESTED: no memory, no randomness */
    return io_publish(log->io, log->fd, LOG_KEY_NAME, bytes_span(&pem), KEY_MODE, err);
}

static int load_key(struct log *log, bool may_make, struct err *err)
{
    CLEANUP(sign_wipe) struct bytes pem = {0};
    int rc = io_read_whole(log->io, log->fd, LOG_KEY_NAME, SIGN_PEM_MAX, &pem, err);
    if (rc < 0)
        return err_wrap(err, LOG_NAME);
    int taken = rc == 0 && may_make ? name_is_taken(log, LOG_KEY_NAME, err) : 1;
    if (taken <= 0)
        return taken < 0 ? -1 : make_key(log, err);
    if (rc == 0)
        return err_set(err, ERR_INPUT,
                       "%s/%s is missing: this is a copy of %s, or its key was taken away; only "
                       "that key may go on with the log",
                       LOG_NAME, LOG_KEY_NAME, log->head.origin);
    log->secret = sign_key_load(bytes_span(&pem), err);
    return log->secret ? 0 : err_wrap(err, "%s/%s", LOG_NAME, LOG_KEY_NAME);
}

/* The public half is a file of its own, for readers and auditors; it never changes. */
static int check_vkey(struct log *log, struct span told, struct err *err)
{
    CLEANUP(bytes_done) struct bytes vkey = {0};
    struct note_key key;
    struct sign_public public = sign_key_public(log->secret);
    if (note_key_init(&log->key, log->head.origin, NOTE_KEY_LOG, &public, err) < 0)
        return -1;
    if (told.len > 0) {
        if (note_key_parse(told, &key, err) == 0 && note_key_equal(&key, &log->key))
            return 0;
        return err_set(err, ERR_CORRUPT, "%s/%s is not the key of %s/%s", LOG_NAME, LOG_KEY_NAME,
                       LOG_NAME, LOG_VKEY_NAME);
    }
    /* The key may be there since a try that was killed before it synced its name: the public half
     * must not outlive it. */
    if (note_key_write(&log->key, &vkey, err) < 0 ||
        bytes_append(&vkey, span_of_text("\n"), err) < 0 || io_sync_dir(log->io, log->fd, err) < 0)
        return -1; /* UNTESTED: no memory */
    return io_publish(log->io, log->fd, LOG_VKEY_NAME, bytes_span(&vkey), VKEY_MODE, err);
}

static int open_keys(struct log *log, bool is_new, struct err *err)
{
    CLEANUP(bytes_done) struct bytes vkey = {0};
    int rc = io_read_whole(log->io, log->fd, LOG_VKEY_NAME, NOTE_VKEY_MAX, &vkey, err);
    if (rc < 0)
        return err_wrap(err, LOG_NAME);
    if (log->mode == ARCHIVE_WRITE)
        return load_key(log, is_new && rc == 0, err) < 0 ? -1
                                                         : check_vkey(log, bytes_span(&vkey), err);
    if (rc == 0)
        return err_set(err, ERR_INPUT, "%s/%s is missing", LOG_NAME, LOG_VKEY_NAME);
    if (note_key_parse(bytes_span(&vkey), &log->key, err) < 0 ||
        strcmp(log->key.name, log->head.origin) != 0 || log->key.type != NOTE_KEY_LOG)
        return err_set(err, ERR_CORRUPT, "%s/%s is not the key of this archive", LOG_NAME,
                       LOG_VKEY_NAME);
    return 0;
}

/* --- the signed head --- */

/* Of one of the two files: form, signature, origin. */
static int check_note(const struct log *log, struct span whole, const char *file,
                      struct checkpoint *ret_head, struct err *err)
{
    struct note note;
    int rc = note_parse(whole, &note, err);
    if (rc == 0)
        rc = note_check(&note, &log->key, NULL, err);
    if (rc == 0)
        rc = err_set(err, ERR_INPUT, "it is not signed by %s", LOG_VKEY_NAME);
    if (rc > 0)
        rc = checkpoint_parse(note.text, ret_head, err);
    if (rc == 0 && strcmp(ret_head->origin, log->head.origin) != 0)
        rc = err_set(err, ERR_INPUT, "it is of another log");
    if (rc == 0)
        return 0;
    err_wrap(err, "%s", file);
    err->kind = ERR_CORRUPT;
    return -1;
}

struct heads {
    struct bytes note, last_note;
    struct checkpoint head, last;
};

static void heads_done(struct heads *heads)
{
    bytes_done(&heads->note);
    bytes_done(&heads->last_note);
}

/* The copy first: beside a writer it must not come out newer than the checkpoint. */
static int read_heads(struct log *log, struct heads *heads, struct err *err)
{
    if (io_read_whole(log->io, log->archive_fd, LOG_LAST_NAME, NOTE_BYTES_MAX, &heads->last_note,
                      err) < 0 ||
        io_read_whole(log->io, log->fd, LOG_CHECKPOINT_NAME, NOTE_BYTES_MAX, &heads->note, err) < 0)
        return -1;
    return 0;
}

static void take_head(struct log *log, struct bytes *note, const struct checkpoint *head)
{
    log->note = *note;
    *note = (struct bytes){0};
    log->head = *head;
}

/* The copy is written after the checkpoint, so it is never ahead of it. */
static int compare_heads(struct log *log, struct heads *heads, struct err *err)
{
    bool ahead = heads->note.len == 0 || heads->last.size > heads->head.size;
    if (ahead && log->rebuild) {
        log->head_lost = log->last_fine = true;
        take_head(log, &heads->last_note, &heads->last);
        return 0;
    }
    if (heads->note.len == 0)
        return err_set(err, ERR_CORRUPT, "%s/%s is missing, %s has its copy: run sohoa reindex",
                       LOG_NAME, LOG_CHECKPOINT_NAME, LOG_LAST_NAME);
    if (ahead)
        return err_set(
            err, ERR_CORRUPT,
            "an older checkpoint was put back: %s/%s is of %" PRIu64 " entries, %s of %" PRIu64,
            LOG_NAME, LOG_CHECKPOINT_NAME, heads->head.size, LOG_LAST_NAME, heads->last.size);
    if (heads->last.size == heads->head.size && !digest_equal(&heads->last.root, &heads->head.root))
        return err_set(err, ERR_CORRUPT,
                       "two signed histories of %" PRIu64 " entries: %s/%s and %s",
                       heads->head.size, LOG_NAME, LOG_CHECKPOINT_NAME, LOG_LAST_NAME);
    log->last_fine = heads->last.size == heads->head.size;
    take_head(log, &heads->note, &heads->head);
    return 0;
}

static int open_heads(struct log *log, struct heads *heads, struct err *err)
{
    const char *file = LOG_NAME "/" LOG_CHECKPOINT_NAME;
    if (heads->note.len > 0 &&
        check_note(log, bytes_span(&heads->note), file, &heads->head, err) < 0)
        return -1;
    if (log->mode == ARCHIVE_READ) {
        if (heads->note.len == 0)
            return err_set(err, ERR_INPUT, "%s is missing", file);
        take_head(log, &heads->note, &heads->head);
        log->copy = heads->last_note;
        heads->last_note = (struct bytes){0};
        return 0;
    }
    if (heads->last_note.len > 0 &&
        check_note(log, bytes_span(&heads->last_note), LOG_LAST_NAME, &heads->last, err) < 0)
        return -1;
    if (heads->last_note.len > 0)
        return compare_heads(log, heads, err);
    if (heads->note.len > 0)
        take_head(log, &heads->note, &heads->head);
    return 0;
}

/* --- the newest tiles --- */

static int load_level(struct log *log, unsigned level, struct err *err)
{
    CLEANUP(bytes_done) struct bytes data = {0};
    struct growing *growing = &log->levels[level];
    growing->len = tile_rest(log->size, level);
    growing->index = (log->size >> 8 * level) / TILE_WIDTH;
    log->partial[level] = (struct tile){level, growing->index, growing->len};
    if (growing->len == 0)
        return 0;
    if (tile_read(log->io, log->fd, &log->partial[level], &data, err) < 0)
        return -1;
    tile_know_folder(&log->folders, &log->partial[level]);
    memcpy(growing->hashes, data.data, data.len);
    return 0;
}

static int load_bundle(struct log *log, struct err *err)
{
    const struct growing *leaves = &log->levels[0];
    struct tile tile = {TILE_ENTRIES, leaves->index, leaves->len};
    log->partial[TILE_ENTRIES] = tile;
    if (tile.width == 0)
        return 0;
    if (tile_read(log->io, log->fd, &tile, &log->bundle, err) < 0)
        return -1;
    tile_know_folder(&log->folders, &tile);
    struct span left = bytes_span(&log->bundle), entry;
    for (unsigned i = 0; i < tile.width; i++) {
        struct digest leaf;
        bool there = bundle_take(&left, &entry);
        if (there)
            leaf = merkle_leaf(entry);
        if (!there || !digest_equal(&leaf, &leaves->hashes[i]))
            return err_set(err, ERR_CORRUPT,
                           "log: the newest bundle of entries is damaged: run sohoa reindex");
    }
    log->bundle.len -= left.len;
    return 0;
}

static int load_tiles(struct log *log, const struct heads *heads, struct err *err)
{
    struct merkle_store store = log_store(log);
    struct digest root;
    log->size = log->head.size;
    for (unsigned level = 0; level < TILE_LEVELS; level++)
        if (load_level(log, level, err) < 0)
            return -1;
    root = log_root_now(log);
    if (log->note.len > 0 && !digest_equal(&root, &log->head.root))
        return err_set(err, ERR_CORRUPT,
                       "log: the newest tiles do not give the signed root: run sohoa reindex");
    if (load_bundle(log, err) < 0)
        return -1;
    if (log->last_fine || heads->last_note.len == 0)
        return 0;
    if (merkle_root_of(&store, heads->last.size, &root, err) < 0)
        return -1;
    if (!digest_equal(&root, &heads->last.root))
        return err_set(err, ERR_CORRUPT, "two signed histories: %s is not the beginning of %s/%s",
                       LOG_LAST_NAME, LOG_NAME, LOG_CHECKPOINT_NAME);
    return 0;
}

static int contradiction(const struct checkpoint *last, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "%s of %" PRIu64 " entries is not the beginning of %s/%s",
                   LOG_LAST_NAME, last->size, LOG_NAME, LOG_CHECKPOINT_NAME);
}

int log_check_copy(struct log *log, struct err *err)
{
    struct checkpoint last;
    struct digest root;
    if (log->copy.len == 0 && log->head.size == 0)
        return 0; /* who made the log died before its first copy */
    if (log->copy.len == 0) {
        int taken = name_is_taken(log, LOG_KEY_NAME, err);
        if (taken <= 0)
            return taken; /* a copy, whose first sync died there */
        return err_set(err, ERR_CORRUPT, "%s is missing", LOG_LAST_NAME);
    }
    if (check_note(log, bytes_span(&log->copy), LOG_LAST_NAME, &last, err) < 0)
        return -1;
    if (last.size > log->head.size)
        return contradiction(&last, err);
    root = log->head.root; /* what tiles are damaged is told without this */
    if (last.size < log->head.size && log_root(log, last.size, &root, err) < 0)
        return -1;
    return digest_equal(&root, &last.root) ? 0 : contradiction(&last, err);
}

int log_check_key(struct log *log, struct err *err)
{
    CLEANUP(sign_wipe) struct bytes pem = {0};
    struct err why = {0};
    int rc = io_read_whole(log->io, log->fd, LOG_KEY_NAME, SIGN_PEM_MAX, &pem, &why);
    if (rc <= 0 && why.kind != ERR_CORRUPT)
        return 0; /* an auditor may not read it; its medium may not be there */
    CLEANUP(sign_key_freep)
    struct sign_key *key = rc > 0 ? sign_key_load(bytes_span(&pem), &why) : NULL;
    struct sign_public own = {{0}};
    if (key)
        own = sign_key_public(key);
    if (key && memcmp(own.b, log->key.public.b, SIGN_PUBLIC_BYTES) == 0)
        return 0;
    return err_set(err, ERR_CORRUPT, "%s/%s is not the key of %s/%s", LOG_NAME, LOG_KEY_NAME,
                   LOG_NAME, LOG_VKEY_NAME);
}

static int open_log(struct log *log, const struct log_options *options, struct err *err)
{
    CLEANUP(heads_done) struct heads heads = {.head = {.size = 0}};
    if (open_folder(log, err) < 0 || read_heads(log, &heads, err) < 0)
        return -1;
    bool is_new = heads.note.len == 0 && heads.last_note.len == 0;
    /* Also when the folder was there: whoever made it may not have got this far. */
    if (is_new && log->mode == ARCHIVE_WRITE && io_sync_dir(log->io, log->archive_fd, err) < 0)
        return -1;
    if (open_keys(log, is_new, err) < 0 || open_heads(log, &heads, err) < 0)
        return -1;
    if (log->mode == ARCHIVE_READ) {
        log->size = log->head.size;
        return 0;
    }
    if (log->head.size > options->durable)
        return err_set(err, ERR_CORRUPT,
                       "the log promises %" PRIu64 " objects, the segments hold %" PRIu64
                       ": objects that were acknowledged are gone",
                       log->head.size, options->durable);
    return log->rebuild ? 0 : load_tiles(log, &heads, err);
}

struct log *log_open(const struct log_options *options, struct err *err)
{
    CLEANUP(log_closep) struct log *log = calloc(1, sizeof *log);
    size_t len = strlen(options->origin);
    if (!log) {
        err_sys(err, "open the log"); /* UNTESTED: no memory */
        return NULL;
    }
    assert(len < sizeof log->head.origin);
    log->io = options->io;
    log->archive_fd = options->archive_fd;
    log->fd = -1;
    log->mode = options->mode;
    log->rebuild = options->rebuild;
    memcpy(log->head.origin, options->origin, len);
    return open_log(log, options, err) < 0 ? NULL : TAKE(log);
}
