/* storage/keys.c - the key ring: one small text file, made anew with every change. */
#include "storage/keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/fd.h"
#include "base/sign.h"
#include "base/text.h"
#include "io/files.h"
#include "storage/keys_impl.h"

struct ring_slot *ring_new_key(struct ring *ring, struct err *err)
{
    if (ring->len == RING_KEYS_MAX) {
        err_set(err, ERR_INPUT, "more than %u keys in a ring", RING_KEYS_MAX);
        return NULL;
    }
    if (ring->len == ring->cap) {
        /* Not realloc(): it would leave the secrets in the room it gives back. */
        size_t cap = ring->cap ? ring->cap * 2 : 16;
        struct ring_slot *keys = calloc(cap, sizeof *keys);
        if (!keys) {
            err_sys(err, "read a key ring"); /* UNTESTED: no memory */
            return NULL;
        }
        if (ring->len > 0) {
            memcpy(keys, ring->keys, ring->len * sizeof *keys);
            seal_clear(ring->keys, ring->len * sizeof *keys);
        }
        free(ring->keys);
        ring->keys = keys;
        ring->cap = cap;
    }
    return &ring->keys[ring->len++];
}

void ring_close(struct ring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < ring->len; i++) {
        free(ring->keys[i].by);
        free(ring->keys[i].why);
    }
    if (ring->keys)
        seal_clear(ring->keys, ring->len * sizeof *ring->keys);
    free(ring->keys);
    free(ring->folder);
    free(ring->name);
    fd_close(&ring->dir_fd); /* lets the next writer in */
    free(ring);
}

void ring_closep(struct ring **ring)
{
    ring_close(*ring);
}

/* --- the file --- */

static void free_text(char **text)
{
    free(*text);
}

/* Opens the folder a ring is in, or is to be in. */
static struct ring *open_folder(struct io *io, const char *path, struct err *err)
{
    CLEANUP(ring_closep) struct ring *ring = calloc(1, sizeof *ring);
    CLEANUP(free_text) char *copy = strdup(path);
    if (!ring || !copy) {
        err_sys(err, "open a key ring"); /* UNTESTED: no memory */
        return NULL;
    }
    ring->io = io;
    ring->dir_fd = -1;
    char *slash = strrchr(copy, '/');
    const char *name = slash ? slash + 1 : copy;
    if (!name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        err_set(err, ERR_INPUT, "'%s' is no name for a key ring", path);
        return NULL;
    }
    ring->name = strdup(name);
    if (slash)
        *slash = '\0';
    const char *folder = !slash ? "." : slash == copy ? "/" : copy;
    ring->folder = realpath(folder, NULL);
    if (!ring->name || !ring->folder) {
        err_sys(err, "open the folder of the key ring '%s'", path);
        err->kind = ERR_INPUT;
        return NULL;
    }
    ring->dir_fd = io_open_at(io, IO_CWD, ring->folder, O_RDONLY | O_DIRECTORY, 0, err);
    return ring->dir_fd < 0 ? NULL : TAKE(ring);
}

static int lock_folder(const struct ring *ring, struct err *err)
{
    if (flock(ring->dir_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return err_set(err, ERR_RETRY, "'%s': another program changes a key ring", ring->folder);
    return err_sys(err, "lock '%s'", ring->folder); /* UNTESTED: no locks on this file system */
}

/* Is it a file of ours alone? */
static int check_file(const struct statx *stx, const char *name, struct err *err)
{
    if (!S_ISREG(stx->stx_mode))
        return err_set(err, ERR_INPUT, "'%s' is no file", name);
    if (stx->stx_mode & (S_IRWXG | S_IRWXO))
        return err_set(err, ERR_INPUT, "key ring '%s': others may read it: chmod 600 it", name);
    if (stx->stx_size > RING_BYTES_MAX)
        return err_set(err, ERR_INPUT, "key ring '%s' is longer than %zu bytes", name,
                       RING_BYTES_MAX);
    return 0;
}

/* text: cleared by the caller. */
static int read_file(const struct ring *ring, struct bytes *text, struct err *err)
{
    struct statx stx = {0};
    CLEANUP(fd_close)
    int fd =
        io_open_at(ring->io, ring->dir_fd, ring->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, err);
    if (fd < 0) {
        if (err->sys == ENOENT)
            return err_set(err, ERR_INPUT, "there is no key ring '%s' in '%s'", ring->name,
                           ring->folder);
        err->kind = ERR_INPUT;
        return -1;
    }
    if (io_do(ring->io, (struct io_op){.kind = IO_STATX, .fd = fd, .stx = &stx}) < 0)
        return err_sys(err, "ask for the size of '%s'", ring->name);
    if (check_file(&stx, ring->name, err) < 0 || bytes_reserve(text, stx.stx_size + 1, err) < 0 ||
        io_read_at(ring->io, fd, text->data, stx.stx_size, 0, err) < 0)
        return -1;
    text->len = stx.stx_size;
    return 0;
}

static int write_file(const struct ring *ring, struct err *err)
{
    CLEANUP(sign_wipe) struct bytes text = {0};
    if (ring_write_text(ring, &text, err) < 0)
        return -1;
    if (text.len > RING_BYTES_MAX)
        return err_set(err, ERR_INPUT, "a key ring of more than %zu bytes", RING_BYTES_MAX);
    return io_publish(ring->io, ring->dir_fd, ring->name, bytes_span(&text), 0600, err);
}

int ring_init(struct io *io, const char *path, struct err *err)
{
    CLEANUP(ring_closep) struct ring *ring = open_folder(io, path, err);
    struct statx stx = {0};
    if (!ring || lock_folder(ring, err) < 0)
        return -1;
    struct io_op ask = {.kind = IO_STATX, .dir = ring->dir_fd, .path = ring->name, .stx = &stx};
    if (io_do(io, ask) == 0)
        return err_set(err, ERR_INPUT, "'%s' is there already", path);
    if (errno != ENOENT)
        return err_sys(err, "look for '%s'", path);
    return write_file(ring, err);
}

struct ring *ring_open(struct io *io, const char *path, enum ring_mode mode, struct err *err)
{
    CLEANUP(sign_wipe) struct bytes text = {0};
    CLEANUP(ring_closep) struct ring *ring = open_folder(io, path, err);
    if (!ring || (mode == RING_WRITE && lock_folder(ring, err) < 0) ||
        read_file(ring, &text, err) < 0)
        return NULL;
    if (ring_read_text(ring, bytes_span(&text), err) < 0) {
        err_wrap(err, "key ring '%s'", path);
        return NULL;
    }
    return TAKE(ring);
}

int ring_is_outside(const struct ring *ring, const char *archive, struct err *err)
{
    CLEANUP(free_text) char *inside = realpath(archive, NULL);
    if (!inside)
        return err_sys(err, "'%s'", archive);
    size_t len = strlen(inside);
    if (strncmp(ring->folder, inside, len) == 0 &&
        (ring->folder[len] == '/' || ring->folder[len] == '\0'))
        return err_set(err, ERR_INPUT,
                       "the key ring '%s/%s' is inside of the archive: copies would carry it",
                       ring->folder, ring->name);
    return 0;
}

/* --- looking --- */

size_t ring_len(const struct ring *ring)
{
    return ring->len;
}

struct ring_entry ring_at(const struct ring *ring, size_t i)
{
    const struct ring_slot *key = &ring->keys[i];
    return (struct ring_entry){
        .id = key->id,
        .label = key->label,
        .made = key->made,
        .erased = key->erased,
        .when = key->when,
        .by = key->by ? key->by : "",
        .why = key->why ? key->why : "",
    };
}

ptrdiff_t ring_find(const struct ring *ring, const char *label)
{
    for (size_t i = 0; i < ring->len; i++)
        if (strcmp(ring->keys[i].label, label) == 0)
            return (ptrdiff_t)i;
    return -1;
}

static int erased(const struct ring_slot *key, struct err *err)
{
    return err_set(err, ERR_ERASED, "its key '%s' was erased on %.10s by %.80s: %.80s", key->label,
                   key->when, key->by, key->why);
}

int ring_key(const struct ring *ring, const struct key_id *id, struct seal_key *ret_key,
             struct err *err)
{
    char hex[KEY_ID_HEX_LEN + 1];
    for (size_t i = 0; ring && i < ring->len; i++) {
        const struct ring_slot *key = &ring->keys[i];
        if (!key_id_equal(&key->id, id))
            continue;
        return key->erased ? erased(key, err) : seal_key_make(id, &key->secret, ret_key, err);
    }
    key_id_hex(id, hex);
    if (ring)
        return err_set(err, ERR_SEALED, "it is sealed with key %s, which is not in '%s'", hex,
                       ring->name);
    return err_set(err, ERR_SEALED,
                   "it is sealed with key %s: name the key ring, --keys RING or SOHOA_KEYS", hex);
}

int ring_key_of(const struct ring *ring, const char *label, struct seal_key *ret_key,
                struct err *err)
{
    ptrdiff_t at = ring_find(ring, label);
    if (at < 0)
        return err_set(err, ERR_INPUT, "there is no key '%s' in '%s': sohoa keys add makes it",
                       label, ring->name);
    const struct ring_slot *key = &ring->keys[at];
    if (key->erased)
        return err_set(err, ERR_INPUT, "key '%s' was erased: nothing can be sealed with it", label);
    return seal_key_make(&key->id, &key->secret, ret_key, err);
}

/* --- changing --- */

static void set_time(char text[RING_TIME_MAX], int64_t now_ns)
{
    struct tm tm;
    time_t seconds = (time_t)(now_ns / 1000000000);
    if (!gmtime_r(&seconds, &tm) || strftime(text, RING_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        (void)snprintf(text, RING_TIME_MAX, "1970-01-01T00:00:00Z"); /* UNTESTED: year past 2^31 */
}

int ring_add(struct ring *ring, const char *label, int64_t now_ns, struct err *err)
{
    if (!ring_label_fine(label))
        return err_set(err, ERR_INPUT, "'%s' is no label: 1 to 64 of A-Z a-z 0-9 . - _ / :", label);
    if (ring_find(ring, label) >= 0)
        return err_set(err, ERR_INPUT, "there is a key '%s' already: a label is given once", label);
    struct ring_slot *key = ring_new_key(ring, err);
    if (!key)
        return -1;
    (void)snprintf(key->label, sizeof key->label, "%s", label);
    set_time(key->made, now_ns);
    if (seal_random(key->id.b, sizeof key->id.b, err) == 0 &&
        seal_random(key->secret.b, sizeof key->secret.b, err) == 0 && write_file(ring, err) == 0)
        return 0;
    ring->len--; /* nobody may seal with what is not durable */
    seal_clear(key, sizeof *key);
    return -1;
}

/* A text for the ring, composed. */
static char *plain_text(const char *what, const char *text, size_t chars_max, struct err *err)
{
    CLEANUP(bytes_done) struct bytes composed = {0};
    if (!text_plain(span_of_text(text)) || text_nfc(span_of_text(text), &composed, err) < 0 ||
        composed.len == 0 || text_count(bytes_span(&composed)) > chars_max) {
        err_set(err, ERR_INPUT, "bad %s: 1 to %zu characters on one line", what, chars_max);
        return NULL;
    }
    return bytes_take_text(&composed, err);
}

/* Where the old file stood, its secrets stand until the room is used again. */
static int overwrite_old(const struct ring *ring, int fd, struct err *err)
{
    CLEANUP(bytes_done) struct bytes zeros = {0};
    struct statx stx = {0};
    if (io_do(ring->io, (struct io_op){.kind = IO_STATX, .fd = fd, .stx = &stx}) < 0)
        return err_sys(err, "ask for the size of the old key ring");
    if (stx.stx_size > RING_BYTES_MAX || bytes_reserve(&zeros, stx.stx_size + 1, err) < 0)
        return -1; /* UNTESTED: it was read before */
    memset(zeros.data, 0, stx.stx_size);
    return io_write_sync(ring->io, fd, span_of(zeros.data, stx.stx_size), 0, err);
}

int ring_erase(struct ring *ring, const char *label, const struct ring_erasure *erasure,
               struct err *err)
{
    CLEANUP(fd_close) int old = -1;
    ptrdiff_t at = ring_find(ring, label);
    if (at < 0)
        return err_set(err, ERR_INPUT, "there is no key '%s' in '%s'", label, ring->name);
    struct ring_slot *key = &ring->keys[at];
    if (key->erased)
        return 0;
    CLEANUP(free_text) char *by = plain_text("name", erasure->by, RING_BY_CHARS, err);
    CLEANUP(free_text)
    char *why = by ? plain_text("reason", erasure->why, RING_WHY_CHARS, err) : NULL;
    if (!why)
        return -1;
    old = io_open_at(ring->io, ring->dir_fd, ring->name, O_RDWR | O_NOFOLLOW, 0, err);
    if (old < 0)
        return -1;
    seal_clear(&key->secret, sizeof key->secret);
    key->erased = true;
    set_time(key->when, erasure->now_ns);
    key->by = TAKE(by);
    key->why = TAKE(why);
    return write_file(ring, err) < 0 ? -1 : overwrite_old(ring, old, err);
}
