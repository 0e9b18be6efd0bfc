/* storage/log_check.c - comparing the whole log with what the segments say.
 *
 * The tree is grown again from the entries, and each tile and bundle that comes out is compared
 * with the file. Goes on behind whatever does not fit. */
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

int log_check_entry(struct log_check *check, struct span entry, struct err *err)
{
    struct digest hash = merkle_leaf(entry);
    if (check->edge.size == check->log->head.size)
        return 0; /* durable, not signed yet */
    if (bundle_append(&check->bundle, entry, err) < 0)
        return -1;
    merkle_add(&check->edge, &hash);
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        struct growing *growing = &check->levels[level];
        growing->hashes[growing->len++] = hash;
        if (growing->len < TILE_WIDTH)
            return 0;
        if ((level == 0 && compare_bundle(check, err) < 0) || compare_level(check, level, err) < 0)
            return -1;
        hash = tile_root(growing->hashes);
        growing->len = 0;
        growing->index++;
    }
    return 0;
}

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
    if (check->levels[0].len > 0 && compare_bundle(check, err) < 0)
        return -1;
    for (unsigned level = 0; level < TILE_LEVELS; level++)
        if (check->levels[level].len > 0 && compare_level(check, level, err) < 0)
            return -1;
    struct digest root = merkle_root(&check->edge);
    if (!digest_equal(&root, &head->root))
        bad(check, LOG_CHECKPOINT_NAME, "the segments do not give the signed root");
    return 0;
}
