/* storage/log_copy.c - bringing the signed log of an archive into a copy of it.
 *
 * The copy's head is a witness of the archive: it moves on only to a head that is proved to
 * continue it, and only after every tile that head needs is durable. */
#include "storage/log_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/fd.h"
#include "io/files.h"
#include "storage/log_impl.h"

#define DIR_MODE  0755
#define FILE_MODE 0444
#define MOVE_AWAY "move " LOG_NAME " and " LOG_LAST_NAME " out of the copy, and sync again"

void log_copy_done(struct log_copy *copy)
{
    bytes_done(&copy->vkey);
    bytes_done(&copy->note);
    bytes_done(&copy->last);
    fd_close(&copy->fd);
}

/* Tiles of the archive that are wrong or cannot be read are no failure: they are told of. */
static int damaged(struct log_copy *copy, const struct err *why, struct err *err)
{
    if (why->kind == ERR_CORRUPT || why->sys == EIO) {
        copy->damage = *why;
        return 0;
    }
    *err = *why;
    return -1;
}

static int wrong(struct log_copy *copy, const struct tile *tile, const char *what)
{
    char path[TILE_PATH_MAX];
    tile_path(tile, path);
    (void)err_set(&copy->damage, ERR_CORRUPT, "log: '%s': %s: run sohoa reindex", path, what);
    return 0;
}

static bool is_ended(const struct log_copy *copy)
{
    return copy->stopped || copy->damage.kind != ERR_NONE;
}

/* --- looking --- */

/* A file that cannot be one, or cannot be read from its medium, counts as unreadable. */
static int read_small(struct log_copy *copy, const char *path, size_t max, struct bytes *out,
                      bool *unreadable, struct err *err)
{
    struct err why = {0};
    if (io_read_whole(copy->io, copy->to_fd, path, max, out, &why) >= 0)
        return 0;
    out->len = 0;
    *unreadable = why.kind == ERR_CORRUPT || why.sys == EIO;
    if (*unreadable)
        return 0;
    *err = why;
    return -1;
}

/* Whether it is a head that the archive's key has signed. */
static bool parse_head(const struct log_copy *copy, const struct bytes *bytes,
                       struct checkpoint *ret_head)
{
    struct note note;
    struct err ignored = {0};
    return bytes->len > 0 && note_parse(bytes_span(bytes), &note, &ignored) == 0 &&
           note_check(&note, log_key(copy->from), NULL, &ignored) == 1 &&
           checkpoint_parse(note.text, ret_head, &ignored) == 0 &&
           strcmp(ret_head->origin, log_head(copy->from)->origin) == 0;
}

static int check_key(const struct log_copy *copy, struct err *err)
{
    struct note_key key;
    struct err ignored = {0};
    if (copy->vkey.len == 0 || note_key_parse(bytes_span(&copy->vkey), &key, &ignored) < 0 ||
        note_key_equal(&key, log_key(copy->from)))
        return 0; /* a damaged one is put right: who signed the heads tells as much */
    return err_set(err, ERR_INPUT, "the copy has a log of its own, with another key: " MOVE_AWAY);
}

/* Whether the archive's log continues a head of the copy. The proof has to lead to the archive's
 * own root, else it is the tiles that are wrong, and nothing is said about the history. */
static int check_history(struct log_copy *copy, const struct checkpoint *old, struct err *err)
{
    const struct checkpoint *now = log_head(copy->from);
    struct digest root = now->root;
    struct merkle_proof proof;
    struct err why = {0};
    if (now->size < old->size)
        return err_set(err, ERR_CORRUPT,
                       "the archive's log has %" PRIu64 " entries, its copy's %" PRIu64
                       ": an older state of the archive was put back; nothing was copied",
                       now->size, old->size);
    if (now->size > old->size) {
        if (log_root(copy->from, old->size, &root, &why) < 0 ||
            log_prove_growth(copy->from, old->size, &proof, &why) < 0)
            return damaged(copy, &why, err);
        if (!merkle_check_growth(old->size, now->size, &root, &proof, &now->root)) {
            (void)err_set(&copy->damage, ERR_CORRUPT,
                          "log: the tiles do not give the signed root: run sohoa reindex");
            return 0;
        }
    }
    if (digest_equal(&root, &old->root))
        return 0;
    return err_set(err, ERR_CORRUPT,
                   "two signed histories: the archive's log of %" PRIu64
                   " entries does not continue the copy's of %" PRIu64 "; nothing was copied",
                   now->size, old->size);
}

static int check_heads(struct log_copy *copy, struct err *err)
{
    const struct bytes *const files[] = {&copy->note, &copy->last};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct checkpoint head;
        if (!parse_head(copy, files[i], &head))
            continue;
        if (check_history(copy, &head, err) < 0)
            return -1;
        if (!copy->known || head.size > copy->head.size)
            copy->head = head;
        copy->known = true;
    }
    return 0;
}

int log_copy_look(struct log_copy *copy, struct err *err)
{
    bool bad_key = false, bad_note = false, bad_last = false;
    if (read_small(copy, LOG_NAME "/" LOG_VKEY_NAME, NOTE_VKEY_MAX, &copy->vkey, &bad_key, err) <
            0 ||
        read_small(copy, LOG_NAME "/" LOG_CHECKPOINT_NAME, NOTE_BYTES_MAX, &copy->note, &bad_note,
                   err) < 0 ||
        read_small(copy, LOG_LAST_NAME, NOTE_BYTES_MAX, &copy->last, &bad_last, err) < 0)
        return err_wrap(err, "log of the copy");
    bool any = copy->note.len > 0 || copy->last.len > 0 || bad_note || bad_last;
    if (!copy->from)
        return any ? err_set(err, ERR_CORRUPT,
                             "the archive has no signed log, and its copy has one: an older state "
                             "of the archive was put back, or its log was lost; nothing was copied")
                   : 0;
    if (check_key(copy, err) < 0 || check_heads(copy, err) < 0)
        return -1;
    if (!any || copy->known)
        return 0;
    return err_set(err, ERR_CORRUPT,
                   "neither %s/%s nor %s of the copy is signed by the archive's key: " MOVE_AWAY,
                   LOG_NAME, LOG_CHECKPOINT_NAME, LOG_LAST_NAME);
}

/* --- tiles --- */

/* A full tile's root is a hash of the tile above it; what is in partial ones gives the root of all,
 * which was checked before. */
static int check_hashes(struct log_copy *copy, const struct tile *tile, struct span data,
                        struct err *err)
{
    struct merkle_store store = log_store(copy->from);
    struct digest hashes[TILE_WIDTH], above, root;
    struct err why = {0};
    if (tile->width < TILE_WIDTH)
        return 0;
    memcpy(hashes, data.data, sizeof hashes);
    root = tile_root(hashes);
    if (store.node(store.self, 8 * (tile->level + 1), tile->index, &above, &why) < 0)
        return damaged(copy, &why, err);
    return digest_equal(&root, &above) ? 0 : wrong(copy, tile, "it does not lead to the root");
}

/* Cuts off what a full bundle, read in place of a partial one, has more. */
static int check_bundle(struct log_copy *copy, const struct tile *tile, struct bytes *data,
                        struct err *err)
{
    struct span left = bytes_span(data), entry;
    for (unsigned i = 0; i < tile->width; i++) {
        struct digest leaf, stored;
        struct err why = {0};
        if (!bundle_take(&left, &entry))
            return wrong(copy, tile, "entries are missing in it");
        leaf = merkle_leaf(entry);
        if (log_leaf(copy->from, tile->index * TILE_WIDTH + i, &stored, &why) < 0)
            return damaged(copy, &why, err);
        if (!digest_equal(&leaf, &stored))
            return wrong(copy, tile, "an entry is not what the tree has");
    }
    if (tile->width == TILE_WIDTH && left.len > 0)
        return wrong(copy, tile, "there are bytes behind the last entry");
    data->len -= left.len;
    return 0;
}

/* there: the copy's head vouches for it, so if it is fine it is durable. */
static int bring_tile(struct log_copy *copy, const struct tile *tile, bool there, struct err *err)
{
    CLEANUP(bytes_done) struct bytes data = {0};
    CLEANUP(bytes_done) struct bytes found = {0};
    struct err why = {0}, ignored = {0};
    if (tile_read(copy->io, copy->from->fd, tile, &data, &why) < 0)
        return damaged(copy, &why, err);
    int rc = tile->level == TILE_ENTRIES ? check_bundle(copy, tile, &data, err)
                                         : check_hashes(copy, tile, bytes_span(&data), err);
    if (rc < 0 || copy->damage.kind != ERR_NONE)
        return rc;
    if (there && tile_read(copy->io, copy->fd, tile, &found, &ignored) == 0 &&
        found.len == data.len && memcmp(found.data, data.data, data.len) == 0)
        return 0;
    return tile_publish(copy->io, copy->fd, &copy->folders, tile, bytes_span(&data), err);
}

/* How many hashes of a kind the copy's head needs. */
static uint64_t hashes_there(const struct log_copy *copy, unsigned kind)
{
    return copy->known ? copy->head.size >> 8 * (kind == TILE_ENTRIES ? 0 : kind) : 0;
}

static int bring_kind(struct log_copy *copy, unsigned kind, struct err *err)
{
    uint64_t all = log_head(copy->from)->size >> 8 * (kind == TILE_ENTRIES ? 0 : kind);
    uint64_t old = hashes_there(copy, kind);
    for (uint64_t i = copy->check ? 0 : old / TILE_WIDTH; i * TILE_WIDTH < all; i++) {
        uint64_t rest = all - i * TILE_WIDTH;
        struct tile tile = {kind, i, rest < TILE_WIDTH ? (unsigned)rest : TILE_WIDTH};
        bool there = i * TILE_WIDTH + tile.width <= old;
        if (there && !copy->check)
            continue;
        copy->stopped = copy->stop && *copy->stop;
        if (!copy->stopped && bring_tile(copy, &tile, there, err) < 0)
            return -1;
        if (is_ended(copy))
            return 0;
    }
    return 0;
}

static int bring_tiles(struct log_copy *copy, struct err *err)
{
    const struct checkpoint *head = log_head(copy->from);
    struct digest root;
    struct err why = {0};
    if (log_root(copy->from, head->size, &root, &why) < 0)
        return damaged(copy, &why, err);
    if (!digest_equal(&root, &head->root)) {
        (void)err_set(&copy->damage, ERR_CORRUPT,
                      "log: the newest tiles do not give the signed root: run sohoa reindex");
        return 0;
    }
    for (unsigned kind = 0; kind < TILE_KINDS && !is_ended(copy); kind++)
        if (bring_kind(copy, kind, err) < 0)
            return -1;
    return 0;
}

/* Partial tiles of the old head whose full ones the new head vouches for. */
static void drop_partials(struct log_copy *copy)
{
    for (unsigned kind = 0; kind < TILE_KINDS && copy->known; kind++) {
        unsigned level = kind == TILE_ENTRIES ? 0 : kind;
        uint64_t old = hashes_there(copy, kind), all = log_head(copy->from)->size >> 8 * level;
        if (old % TILE_WIDTH > 0 && old / TILE_WIDTH < all / TILE_WIDTH)
            tile_drop_partials(copy->io, copy->fd, kind, old / TILE_WIDTH);
    }
}

/* --- the rest --- */

int log_copy_vkey(struct log *from, struct bytes *out, struct err *err)
{
    if (note_key_write(log_key(from), out, err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of_text("\n"), err);
}

static int open_folder(struct io *io, int dir_fd, struct err *err)
{
    struct io_op op = {.kind = IO_MKDIR, .dir = dir_fd, .path = LOG_NAME, .mode = DIR_MODE};
    if (io_do(io, op) < 0 && errno != EEXIST)
        return err_sys(err, "make folder '%s'", LOG_NAME);
    CLEANUP(fd_close) int fd = io_open_at(io, dir_fd, LOG_NAME, O_RDONLY | O_DIRECTORY, 0, err);
    /* Synced also when it was there: names that are found may not have reached the disk. */
    if (fd < 0 || io_sync_dir(io, dir_fd, err) < 0 || io_sync_dir(io, fd, err) < 0)
        return -1;
    return fd_take(&fd);
}

int log_copy_begin(struct io *io, int dir_fd, struct span vkey, struct err *err)
{
    CLEANUP(fd_close) int fd = open_folder(io, dir_fd, err);
    if (fd < 0 || io_publish(io, fd, LOG_VKEY_NAME, vkey, FILE_MODE, err) < 0)
        return -1;
    return fd_take(&fd);
}

static bool is_same(const struct bytes *there, struct span wanted)
{
    return there->len == wanted.len && memcmp(there->data, wanted.data, wanted.len) == 0;
}

static int publish(struct log_copy *copy, int dir_fd, const char *name, const struct bytes *there,
                   struct err *err)
{
    struct span note = log_note(copy->from);
    return is_same(there, note) ? 0 : io_publish(copy->io, dir_fd, name, note, FILE_MODE, err);
}

static int bring(struct log_copy *copy, struct err *err)
{
    CLEANUP(bytes_done) struct bytes vkey = {0};
    if (log_copy_vkey(copy->from, &vkey, err) < 0)
        return -1; /* UNTESTED: no memory */
    copy->fd = is_same(&copy->vkey, bytes_span(&vkey))
                   ? open_folder(copy->io, copy->to_fd, err)
                   : log_copy_begin(copy->io, copy->to_fd, bytes_span(&vkey), err);
    if (copy->fd < 0 || bring_tiles(copy, err) < 0)
        return -1;
    if (is_ended(copy))
        return 0;
    if (publish(copy, copy->fd, LOG_CHECKPOINT_NAME, &copy->note, err) < 0 ||
        publish(copy, copy->to_fd, LOG_LAST_NAME, &copy->last, err) < 0)
        return -1;
    drop_partials(copy);
    return 0;
}

int log_copy_bring(struct log_copy *copy, struct err *err)
{
    return bring(copy, err) < 0 ? err_wrap(err, "copy the log") : 0;
}
