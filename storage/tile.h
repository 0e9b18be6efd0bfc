/* storage/tile.h - the files of a log: tiles of 256 hashes, bundles of 256 entries (C2SP
 * tlog-tiles).
 *
 * A tile of level L holds nodes of level 8 * L; a partial one, narrower than 256, is a file of its
 * own under its width. docs/format-log.md. */
#ifndef STORAGE_TILE_H
#define STORAGE_TILE_H

#include "base/digest.h"
#include "io/io.h"

#define TILE_WIDTH   256u
#define TILE_LEVELS  8u          /* 256^8 leaves are more than a tree may have */
#define TILE_ENTRIES TILE_LEVELS /* stands in for the level of a bundle of entries */
#define TILE_KINDS   (TILE_LEVELS + 1)

#define TILE_PATH_MAX 96 /* bytes with NUL */

#define ENTRY_BYTES_MAX  1024u /* of one entry; ours are about 130 */
#define BUNDLE_BYTES_MAX ((size_t)TILE_WIDTH * (2 + ENTRY_BYTES_MAX))

struct tile {
    unsigned level; /* or TILE_ENTRIES */
    uint64_t index;
    unsigned width; /* 1..TILE_WIDTH */
};

/* "tile/0/x001/x234/067.p/17". The folder's part ends before the last slash. */
void tile_path(const struct tile *tile, char ret_path[TILE_PATH_MAX]);

/* The folders known to be durable, one of each kind with all that leads to it: they need not be
 * made and synced again. Zero: none. */
struct tile_folders {
    char last[TILE_KINDS][TILE_PATH_MAX];
};
/* The folder of a tile that a durable checkpoint speaks of. */
void tile_know_folder(struct tile_folders *folders, const struct tile *tile);
/* Publishes a tile below log_fd, its folders too. Replaces what is there. */
MUST_USE int tile_publish(struct io *io, int log_fd, struct tile_folders *folders,
                          const struct tile *tile, struct span data, struct err *err);
/* Removes the partial tiles that a full one has taken the place of; what cannot be removed stays.
 */
void tile_drop_partials(struct io *io, int log_fd, unsigned level, uint64_t index);

/* Appends the tile's bytes. A partial tile that is gone is taken from the front of the full one
 * (bundles too: then there may be more entries than width). ERR_CORRUPT when there is neither, or a
 * file has the wrong length. */
MUST_USE int tile_read(struct io *io, int log_fd, const struct tile *tile, struct bytes *out,
                       struct err *err);

MUST_USE int bundle_append(struct bytes *bundle, struct span entry, struct err *err);
/* Takes an entry off the front: false at the end, or when its length says more than there is. */
MUST_USE bool bundle_take(struct span *bundle, struct span *ret_entry);

#endif
