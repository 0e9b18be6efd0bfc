/* storage/log_check.c - comparing the whole log with what the segments say.
 *
 * The tree is grown again from the entries, and each tile and bundle that comes out is compared
 * with the file. Goes on behind whatever does not fit. Where a copy's segments end, the log's own
 * entries are what it goes on with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/log_impl.h"

struct log_check {
    struct log *log;
    void (*on_bad)(void *self, const char *file, const char *what);
    void *self;
    struct merkle_edge edge;
    struct growing levels[TILE_LEVELS];
    struct bytes bundle;
    uint64_t beyond; /* entries that were shown after the last one that is signed */
    bool rest;       /* the segments have ended: bundles were looked at */
    bool lost;       /* and so have the entries: what is behind cannot be looked at */
};

struct log_check *log_check_new(struct log *log,
                                void (*on_bad)(void *self, const char *file, const char *what),
                                void *self, struct err *err)
{
    struct log_check *check = calloc(1, sizeof *check);
    if (!check) {
        err_sys(err, "check the log"); /* UNTESTED: no memory */
        return NULL;
    }
    check->log = log;
    check->on_bad = on_bad;
    check->self = self;
    return check;
}

void log_check_free(struct log_check *check)
{
    if (!check)
        return;
    bytes_done(&check->bundle);
    free(check);
}

static void bad(struct log_check *check, const char *path, const char *what)
{
    char file[sizeof LOG_NAME + TILE_PATH_MAX];
    (void)snprintf(file, sizeof file, LOG_NAME "/%s", path);
    check->on_bad(check->self, file, what);
}

/* Bundles: a full one that stands in for a partial one may hold more. */
static int compare_tile(struct log_check *check, const struct tile *tile, struct span made,
                        struct err *err)
{
    CLEANUP(bytes_done) struct bytes data = {0};
    struct err why = {0};
    char path[TILE_PATH_MAX];
    tile_path(tile, path);
    if (tile_read(check->log->io, check->log->fd, tile, &data, &why) < 0) {
        if (why.kind != ERR_CORRUPT) {
            *err = why;
            return -1;
        }
        bad(check, path, why.text);
        return 0;
    }
    if (data.len < made.len || memcmp(data.data, made.data, made.len) != 0)
        bad(check, path,
            tile->level == TILE_ENTRIES ? "the entries are not what the segments say"
                                        : "the hashes are not what the segments give");
    else if (tile->width == TILE_WIDTH && data.len != made.len)
        bad(check, path, "there are bytes behind the last entry");
    return 0;
}

static int compare_level(struct log_check *check, unsigned level, struct err *err)
{
    const struct growing *growing = &check->levels[level];
    struct tile tile = {level, growing->index, growing->len};
    return compare_tile(check, &tile, span_of(growing->hashes, growing->len * DIGEST_BYTES), err);
}

static int compare_bundle(struct log_check *check, struct err *err)
{
    const struct growing *leaves = &check->levels[0];
    struct tile tile = {TILE_ENTRIES, leaves->index, leaves->len};
    if (compare_tile(check, &tile, bytes_span(&check->bundle), err) < 0)
        return -1;
    check->bundle.len = 0;
    return 0;
}

static int add_leaf(struct log_check *check, const struct digest *leaf, struct err *err)
{
    struct digest hash = *leaf;
    merkle_add(&check->edge, &hash);
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        struct growing *growing = &check->levels[level];
        growing->hashes[growing->len++] = hash;
        if (growing->len < TILE_WIDTH)
            return 0;
        if ((level == 0 && !check->rest && compare_bundle(check, err) < 0) ||
            compare_level(check, level, err) < 0)
            return -1;
        hash = tile_root(growing->hashes);
        growing->len = 0;
        growing->index++;
    }
    return 0;
}

int log_check_entry(struct log_check *check, struct span entry, struct err *err)
{
    struct digest leaf = merkle_leaf(entry);
    if (check->edge.size == check->log->head.size) {
        check->beyond++; /* durable, not signed yet */
        return 0;
    }
    if (bundle_append(&check->bundle, entry, err) < 0)
        return -1;
    return add_leaf(check, &leaf, err);
}

/* --- where a copy's segments end --- */

/* The leaves of a tile by its hashes and by its bundle. The first ones are by the segments. */
struct leaves {
    struct tile tile, bundle;
    unsigned from; /* so many are by the segments */
    bool has_hashes, has_entries;
    struct digest hashes[TILE_WIDTH], entries[TILE_WIDTH];
};

/* 1; 0 when the file is damaged or missing, *why says how; -1. */
static int read_rest(struct log_check *check, const struct tile *tile, struct bytes *out,
                     struct err *why, struct err *err)
{
    if (tile_read(check->log->io, check->log->fd, tile, out, why) == 0)
        return 1;
    if (why->kind == ERR_CORRUPT)
        return 0;
    *err = *why;
    return -1;
}

static void bad_tile(struct log_check *check, const struct tile *tile, const char *what)
{
    char path[TILE_PATH_MAX];
    tile_path(tile, path);
    bad(check, path, what);
}

static int read_hashes(struct log_check *check, struct leaves *leaves, struct err *err)
{
    CLEANUP(bytes_done) struct bytes data = {0};
    struct err why = {0};
    int rc = read_rest(check, &leaves->tile, &data, &why, err);
    if (rc < 0)
        return -1;
    leaves->has_hashes = rc > 0; /* else compare_level() tells */
    for (unsigned i = leaves->from; i < leaves->tile.width && rc > 0; i++)
        memcpy(leaves->hashes[i].b, data.data + (size_t)i * DIGEST_BYTES, DIGEST_BYTES);
    return 0;
}

static int read_entries(struct log_check *check, struct leaves *leaves, struct err *err)
{
    CLEANUP(bytes_done) struct bytes data = {0};
    struct err why = {0};
    int rc = read_rest(check, &leaves->bundle, &data, &why, err);
    if (rc < 0)
        return -1;
    if (rc == 0) {
        bad_tile(check, &leaves->bundle, why.text);
        return 0;
    }
    struct span left = bytes_span(&data), entry;
    const struct bytes *front = &check->bundle;
    leaves->has_entries = data.len >= front->len &&
                          (front->len == 0 || memcmp(data.data, front->data, front->len) == 0);
    for (unsigned i = 0; i < leaves->bundle.width && leaves->has_entries; i++) {
        leaves->has_entries = bundle_take(&left, &entry);
        if (leaves->has_entries && i >= leaves->from)
            leaves->entries[i] = merkle_leaf(entry);
    }
    if (!leaves->has_entries)
        bad_tile(check, &leaves->bundle, "the entries are not what the segments say, or end early");
    else if (leaves->bundle.width == TILE_WIDTH && left.len > 0)
        bad_tile(check, &leaves->bundle, "there are bytes behind the last entry");
    return 0;
}

/* Whether the leaves that the hashes say lead to what is above them. */
static bool hashes_lead_up(struct log_check *check, const struct leaves *leaves)
{
    struct merkle_store store = log_store(check->log);
    struct merkle_edge edge = check->edge;
    struct digest root, above = check->log->head.root;
    struct err ignored = {0};
    if (leaves->tile.width == TILE_WIDTH) {
        root = tile_root(leaves->hashes);
        return store.node(store.self, 8, leaves->tile.index, &above, &ignored) == 0 &&
               digest_equal(&root, &above);
    }
    for (unsigned i = leaves->from; i < leaves->tile.width; i++)
        merkle_add(&edge, &leaves->hashes[i]);
    root = merkle_root(&edge);
    return digest_equal(&root, &above);
}

/* Where hashes and entries say different things, what leads up to the root is right. */
static const struct digest *choose(struct log_check *check, const struct leaves *leaves)
{
    size_t first = leaves->from, n = leaves->tile.width - first;
    if (!leaves->has_entries)
        return leaves->has_hashes ? leaves->hashes : NULL;
    if (!leaves->has_hashes ||
        memcmp(leaves->hashes + first, leaves->entries + first, n * sizeof leaves->hashes[0]) ==
            0 ||
        !hashes_lead_up(check, leaves))
        return leaves->entries;
    bad_tile(check, &leaves->bundle, "the entries are not what the hashes say");
    return leaves->hashes;
}

static int check_rest_of_tile(struct log_check *check, struct err *err)
{
    const struct growing *growing = &check->levels[0];
    uint64_t rest = check->log->head.size - growing->index * TILE_WIDTH;
    unsigned width = rest < TILE_WIDTH ? (unsigned)rest : TILE_WIDTH;
    struct leaves leaves = {
        .tile = {0, growing->index, width},
        .bundle = {TILE_ENTRIES, growing->index, width},
        .from = growing->len,
    };
    memcpy(leaves.hashes, growing->hashes, growing->len * sizeof leaves.hashes[0]);
    if (read_hashes(check, &leaves, err) < 0 || read_entries(check, &leaves, err) < 0)
        return -1;
    check->rest = true;
    check->bundle.len = 0;
    const struct digest *right = choose(check, &leaves);
    check->lost = !right;
    if (!right)
        return compare_tile(check, &leaves.tile, (struct span){0}, err); /* tells of it */
    for (unsigned i = leaves.from; i < width; i++)
        if (add_leaf(check, &right[i], err) < 0)
            return -1;
    return 0;
}

int log_check_rest(struct log_check *check, uint64_t *ret_rest, struct err *err)
{
    const struct checkpoint *head = &check->log->head;
    char what[160];
    *ret_rest = head->size - check->edge.size;
    while (check->edge.size < head->size && !check->lost)
        if (check_rest_of_tile(check, err) < 0)
            return -1;
    if (check->beyond == 0)
        return 0;
    (void)snprintf(what, sizeof what, "the segments hold %llu objects that the log does not have",
                   (unsigned long long)check->beyond);
    bad(check, LOG_CHECKPOINT_NAME, what);
    return 0;
}

/* --- the end --- */

/* What is said of a file by itself; -1 when it could not be looked at. */
static int tell(struct log_check *check, const char *file, int rc, const struct err *why,
                struct err *err)
{
    if (rc < 0 && why->kind != ERR_CORRUPT && why->kind != ERR_INPUT) {
        *err = *why;
        return -1;
    }
    if (rc < 0)
        check->on_bad(check->self, file, why->text);
    return 0;
}

int log_check_end(struct log_check *check, struct err *err)
{
    struct err copy = {0}, key = {0};
    int rc = log_check_copy(check->log, &copy);
    if (tell(check, LOG_LAST_NAME, rc, &copy, err) < 0)
        return -1;
    rc = log_check_key(check->log, &key);
    if (tell(check, LOG_NAME "/" LOG_KEY_NAME, rc, &key, err) < 0)
        return -1;
    if (check->lost)
        return 0;
    const struct checkpoint *head = &check->log->head;
    char what[160];
    if (check->edge.size < head->size) {
        (void)snprintf(
            what, sizeof what,
            "it promises %llu objects, the segments hold %llu: acknowledged ones are gone",
            (unsigned long long)head->size, (unsigned long long)check->edge.size);
        bad(check, LOG_CHECKPOINT_NAME, what);
        return 0;
    }
    if (check->levels[0].len > 0 && !check->rest && compare_bundle(check, err) < 0)
        return -1;
    for (unsigned level = 0; level < TILE_LEVELS; level++)
        if (check->levels[level].len > 0 && compare_level(check, level, err) < 0)
            return -1;
    struct digest root = merkle_root(&check->edge);
    if (!digest_equal(&root, &head->root))
        bad(check, LOG_CHECKPOINT_NAME,
            check->rest ? "the entries do not give the signed root"
                        : "the segments do not give the signed root");
    return 0;
}
