/* storage/log.c - the log that grows: leaves become tiles, tiles and a signed head become files.
 *
 * A tile is immutable once full; a partial one has its width in its name. So nothing that a signed
 * checkpoint needs is ever written again, and a crash leaves at most tiles that no checkpoint
 * speaks of: the next writer writes the same ones again. */
#include "storage/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "io/files.h"
#include "storage/log_impl.h"

#define FULL_TILES_MAX  64 /* waiting in memory, 1.3 MB of them, before they are written */
#define CHECKPOINT_MODE 0444

/* --- adding --- */

unsigned tile_rest(uint64_t size, unsigned level)
{
    if (level == TILE_ENTRIES)
        level = 0;
    return (unsigned)(size >> 8 * level) % TILE_WIDTH;
}

struct digest tile_root(const struct digest hashes[TILE_WIDTH])
{
    struct merkle_edge edge = {.size = 0};
    for (unsigned i = 0; i < TILE_WIDTH; i++)
        merkle_add(&edge, &hashes[i]);
    return merkle_root(&edge);
}

struct digest log_root_now(const struct log *log)
{
    struct merkle_edge edge = {.size = log->size};
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        struct merkle_edge part = {.size = 0};
        for (unsigned i = 0; i < log->levels[level].len; i++)
            merkle_add(&part, &log->levels[level].hashes[i]);
        for (unsigned i = 0; i < 8 && 8 * level + i < MERKLE_LEVELS; i++)
            edge.peaks[8 * level + i] = part.peaks[i];
    }
    return merkle_root(&edge);
}

static int keep_full(struct log *log, const struct tile *tile, struct span data, struct err *err)
{
    if (log->full_len == log->full_cap) {
        size_t cap = log->full_cap ? log->full_cap * 2 : FULL_TILES_MAX;
        struct full_tile *full = realloc(log->full, cap * sizeof *full);
        if (!full)
            return err_sys(err, "keep %zu tiles", cap); /* UNTESTED: no memory */
        log->full = full;
        log->full_cap = cap;
    }
    log->full[log->full_len] = (struct full_tile){.tile = *tile};
    if (bytes_append(&log->full[log->full_len].data, data, err) < 0)
        return -1; /* UNTESTED: no memory */
    log->full_len++;
    return 0;
}

/* A hash at the end of a level. A tile that becomes full is a hash of the level above. */
static int add_hash(struct log *log, const struct digest *leaf, struct err *err)
{
    struct digest hash = *leaf;
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        struct growing *growing = &log->levels[level];
        growing->hashes[growing->len++] = hash;
        if (growing->len < TILE_WIDTH)
            return 0;
        struct tile tile = {level, growing->index, TILE_WIDTH};
        if (keep_full(log, &tile, span_of(growing->hashes, sizeof growing->hashes), err) < 0)
            return -1; /* UNTESTED: no memory */
        hash = tile_root(growing->hashes);
        growing->len = 0;
        growing->index++;
    }
    return 0;
}

static int add_bundle(struct log *log, struct span entry, struct err *err)
{
    struct tile tile = {TILE_ENTRIES, log->size / TILE_WIDTH, TILE_WIDTH};
    if (bundle_append(&log->bundle, entry, err) < 0)
        return -1;
    if ((log->size + 1) % TILE_WIDTH != 0)
        return 0;
    if (keep_full(log, &tile, bytes_span(&log->bundle), err) < 0)
        return -1; /* UNTESTED: no memory */
    log->bundle.len = 0;
    return 0;
}

/* What was signed, and is there to the byte, need not be written again. Of others it is not known
 * that their names are durable. */
static bool is_there(struct log *log, const struct tile *tile, struct span data)
{
    CLEANUP(bytes_done) struct bytes found = {0};
    struct err ignored = {0};
    unsigned level = tile->level == TILE_ENTRIES ? 0 : tile->level;
    uint64_t hashes = tile->index * TILE_WIDTH + tile->width;
    return log->rebuild && hashes <= log->head.size >> 8 * level &&
           tile_read(log->io, log->fd, tile, &found, &ignored) == 0 && found.len == data.len &&
           memcmp(found.data, data.data, data.len) == 0;
}

static int write_tile(struct log *log, const struct tile *tile, struct span data, struct err *err)
{
    if (is_there(log, tile, data))
        return 0;
    return tile_publish(log->io, log->fd, &log->folders, tile, data, err);
}

static int write_full(struct log *log, struct err *err)
{
    for (size_t i = 0; i < log->full_len; i++)
        if (write_tile(log, &log->full[i].tile, bytes_span(&log->full[i].data), err) < 0)
            return -1;
    for (size_t i = 0; i < log->full_len; i++)
        bytes_done(&log->full[i].data);
    log->full_len = 0;
    return 0;
}

static int fail(struct log *log, struct err *err)
{
    err_wrap(err, "log");
    log->failed = true;
    log->failure = *err;
    return -1;
}

static int has_failed(const struct log *log, struct err *err)
{
    if (!log->failed)
        return 0;
    *err = log->failure;
    return -1;
}

static int compare(struct log *log, uint64_t index, struct span entry, struct err *err)
{
    struct digest stored, leaf = merkle_leaf(entry);
    if (log_leaf(log, index, &stored, err) < 0)
        return -1;
    if (digest_equal(&stored, &leaf))
        return 0;
    return err_set(err, ERR_CORRUPT, "log: entry %llu is not what the segments say",
                   (unsigned long long)index);
}

/* Tiles that are made again have to come to the signed root before anything is added to it. */
static int check_rebuilt(const struct log *log, struct err *err)
{
    if (!log->rebuild || log->size != log->head.size)
        return 0;
    struct digest root = log_root_now(log);
    if (digest_equal(&root, &log->head.root))
        return 0;
    return err_set(err, ERR_CORRUPT, "the segments do not give the signed root of %llu entries",
                   (unsigned long long)log->size);
}

int log_add(struct log *log, uint64_t index, struct span entry, struct err *err)
{
    assert(log->mode == ARCHIVE_WRITE && index <= log->size);
    if (has_failed(log, err) < 0)
        return -1;
    if (index < log->size)
        return index < log->head.size ? compare(log, index, entry, err) : 0;
    struct digest leaf = merkle_leaf(entry);
    if (add_bundle(log, entry, err) < 0 || add_hash(log, &leaf, err) < 0)
        return fail(log, err); /* UNTESTED: no memory */
    log->size++;
    if (check_rebuilt(log, err) < 0)
        return fail(log, err);
    if (log->full_len >= FULL_TILES_MAX && write_full(log, err) < 0)
        return fail(log, err);
    return 0;
}

/* --- publishing --- */

static int write_partial(struct log *log, const struct tile *tile, struct span data,
                         struct err *err)
{
    struct tile *known = &log->partial[tile->level];
    if (tile->width == 0 || (known->index == tile->index && known->width == tile->width))
        return 0;
    return write_tile(log, tile, data, err);
}

static int write_partials(struct log *log, struct err *err)
{
    struct tile bundle = {TILE_ENTRIES, log->size / TILE_WIDTH, tile_rest(log->size, 0)};
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        const struct growing *growing = &log->levels[level];
        struct tile tile = {level, growing->index, growing->len};
        if (write_partial(log, &tile, span_of(growing->hashes, growing->len * DIGEST_BYTES), err) <
            0)
            return -1;
    }
    return write_partial(log, &bundle, bytes_span(&log->bundle), err);
}

static int sign_head(struct log *log, struct checkpoint *ret_head, struct bytes *note,
                     struct err *err)
{
    *ret_head = log->head;
    ret_head->size = log->size;
    ret_head->root = log_root_now(log);
    if (checkpoint_write(ret_head, note, err) < 0)
        return -1; /* UNTESTED: no memory */
    size_t text_len = note->len;
    if (bytes_append(note, span_of_text("\n"), err) < 0)
        return -1; /* UNTESTED: no memory */
    return note_sign(span_of(note->data, text_len), &log->key, log->secret, 0, note, err);
}

/* Partial tiles whose full one the checkpoint now vouches for. */
static void drop_partials(struct log *log)
{
    for (unsigned kind = 0; kind < TILE_KINDS; kind++) {
        unsigned level = kind == TILE_ENTRIES ? 0 : kind;
        struct tile *known = &log->partial[kind];
        uint64_t index = log->levels[level].index;
        if (known->width > 0 && known->index < index)
            tile_drop_partials(log->io, log->fd, kind, known->index);
        *known = (struct tile){kind, index, log->levels[level].len};
    }
}

static int publish_head(struct log *log, const struct bytes *note, struct err *err)
{
    return io_publish(log->io, log->fd, LOG_CHECKPOINT_NAME, bytes_span(note), CHECKPOINT_MODE,
                      err);
}

static int publish_copy(struct log *log, struct err *err)
{
    if (io_publish(log->io, log->archive_fd, LOG_LAST_NAME, bytes_span(&log->note), CHECKPOINT_MODE,
                   err) < 0)
        return -1;
    log->last_fine = true;
    return 0;
}

static int publish(struct log *log, struct err *err)
{
    CLEANUP(bytes_done) struct bytes note = {0};
    struct checkpoint head;
    if (write_full(log, err) < 0 || write_partials(log, err) < 0)
        return -1;
    if (log->rebuild && log->note.len > 0 && log->size == log->head.size) {
        drop_partials(log); /* the tiles were lost, not the head */
        return log->head_lost ? publish_head(log, &log->note, err) : 0;
    }
    if (sign_head(log, &head, &note, err) < 0 || publish_head(log, &note, err) < 0)
        return -1;
    struct bytes before = log->note;
    log->note = note;
    note = before;
    log->head = head;
    log->last_fine = false;
    drop_partials(log);
    return 0;
}

/* What was found, not written, may have names that never reached the disk: whoever wrote it was
 * killed, and the cache still tells of it. Nothing may rely on it before it has. */
static int settle(struct log *log, struct err *err)
{
    if (log->settled)
        return 0;
    if (io_sync_dir(log->io, log->fd, err) < 0 || io_sync_dir(log->io, log->archive_fd, err) < 0)
        return -1;
    log->settled = true;
    return 0;
}

int log_publish(struct log *log, struct err *err)
{
    assert(log->mode == ARCHIVE_WRITE);
    if (has_failed(log, err) < 0)
        return -1;
    bool due = log->note.len == 0 || log->size != log->head.size || log->rebuild;
    if (settle(log, err) < 0 || (due && publish(log, err) < 0))
        return fail(log, err);
    log->rebuild = false;
    if (!log->last_fine && publish_copy(log, err) < 0)
        return fail(log, err);
    return 0;
}

/* --- reading --- */

static int read_tile(struct log *log, unsigned level, uint64_t index, struct err *err)
{
    uint64_t width = (log->head.size >> 8 * level) - index * TILE_WIDTH;
    struct tile tile = {level, index, width < TILE_WIDTH ? (unsigned)width : TILE_WIDTH};
    struct tile *known = &log->read[level];
    if (known->index == index && known->width == tile.width)
        return 0;
    known->width = 0;
    log->read_data[level].len = 0;
    if (tile_read(log->io, log->fd, &tile, &log->read_data[level], err) < 0)
        return -1;
    *known = tile;
    return 0;
}

/* A node between two levels of tiles is folded from the tile below it. */
static int node(void *self, unsigned level, uint64_t index, struct digest *ret_hash,
                struct err *err)
{
    struct log *log = self;
    struct merkle_edge edge = {.size = 0};
    unsigned tile_level = level / 8;
    uint64_t first = index << level % 8;
    assert(level < MERKLE_LEVELS && index < log->head.size >> level);
    if (read_tile(log, tile_level, first / TILE_WIDTH, err) < 0)
        return -1;
    const uint8_t *at =
        log->read_data[tile_level].data + (size_t)(first % TILE_WIDTH) * DIGEST_BYTES;
    for (unsigned i = 0; i < 1u << level % 8; i++, at += DIGEST_BYTES) {
        struct digest hash;
        memcpy(hash.b, at, DIGEST_BYTES);
        merkle_add(&edge, &hash);
    }
    *ret_hash = merkle_root(&edge);
    return 0;
}

struct merkle_store log_store(struct log *log)
{
    return (struct merkle_store){node, log};
}

int log_leaf(struct log *log, uint64_t index, struct digest *ret_leaf, struct err *err)
{
    assert(index < log->head.size);
    return node(log, 0, index, ret_leaf, err);
}

int log_root(struct log *log, uint64_t size, struct digest *ret_root, struct err *err)
{
    struct merkle_store store = log_store(log);
    assert(size <= log->head.size);
    return merkle_root_of(&store, size, ret_root, err);
}

int log_prove(struct log *log, uint64_t index, uint64_t size, struct merkle_proof *ret_proof,
              struct err *err)
{
    struct merkle_store store = log_store(log);
    assert(size <= log->head.size);
    return merkle_prove(&store, index, size, ret_proof, err);
}

int log_prove_growth(struct log *log, uint64_t old, struct merkle_proof *ret_proof, struct err *err)
{
    struct merkle_store store = log_store(log);
    return merkle_prove_growth(&store, old, log->head.size, ret_proof, err);
}

/* --- the rest --- */

uint64_t log_size(const struct log *log)
{
    return log->size;
}

const struct checkpoint *log_head(const struct log *log)
{
    return &log->head;
}

struct span log_note(const struct log *log)
{
    return bytes_span(&log->note);
}

const struct note_key *log_key(const struct log *log)
{
    return &log->key;
}

void log_close(struct log *log)
{
    if (!log)
        return;
    for (size_t i = 0; i < log->full_len; i++)
        bytes_done(&log->full[i].data);
    for (unsigned level = 0; level < TILE_LEVELS; level++)
        bytes_done(&log->read_data[level]);
    free(log->full);
    bytes_done(&log->bundle);
    bytes_done(&log->note);
    bytes_done(&log->copy);
    sign_key_free(log->secret);
    fd_close(&log->fd);
    free(log);
}

void log_closep(struct log **log)
{
    log_close(*log);
}
