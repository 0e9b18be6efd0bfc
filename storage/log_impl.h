/* storage/log_impl.h - what the files behind storage/log.h share. */
#ifndef STORAGE_LOG_IMPL_H
#define STORAGE_LOG_IMPL_H

#include "storage/log.h"
#include "storage/tile.h"

/* A tile that is full, and waits to be published. */
struct full_tile {
    struct tile tile;
    struct bytes data;
};

/* The newest, partial tile of a level. */
struct growing {
    struct digest hashes[TILE_WIDTH];
    unsigned len;
    uint64_t index;
};

struct log {
    struct io *io;
    int archive_fd, fd;
    enum archive_mode mode;
    bool rebuild;
    struct note_key key;
    struct sign_key *secret; /* of a writer */
    struct checkpoint head;
    struct bytes note; /* the head as it was signed; empty: there is none yet */
    struct bytes copy; /* of a reader: what log.last holds, for log_check_copy() */
    bool head_lost;    /* the head is known from its copy only */
    bool last_fine;    /* the copy is of this head */
    bool settled;      /* names that were found are on the disk */

    uint64_t size; /* entries added */
    struct growing levels[TILE_LEVELS];
    struct bytes bundle; /* the newest entries, as in the file */
    struct full_tile *full;
    size_t full_len, full_cap;
    struct tile partial[TILE_KINDS]; /* newest partial tile on disk of each kind; width 0: none */
    struct tile_folders folders;
    bool failed;
    struct err failure;

    struct tile read[TILE_LEVELS]; /* the tile of each level that was read last; width 0: none */
    struct bytes read_data[TILE_LEVELS];
};

/* What a writer would refuse besides the head itself: the copy of the checkpoint, and the private
 * key where it may be read. 0 when both are fine, else -1 with what is wrong; ERR_CORRUPT and
 * ERR_INPUT are findings. */
MUST_USE int log_check_copy(struct log *log, struct err *err);
MUST_USE int log_check_key(struct log *log, struct err *err);

/* Nodes of the tree that log->head signs, from the tiles. */
struct merkle_store log_store(struct log *log);

/* The root of all that was added, whatever is on disk: the partial tiles hold every peak. */
struct digest log_root_now(const struct log *log);
/* How many hashes the newest partial tile of a level has in a tree of that size; 0: none. */
unsigned tile_rest(uint64_t size, unsigned level);
/* The root of a full tile. */
struct digest tile_root(const struct digest hashes[TILE_WIDTH]);

#endif
