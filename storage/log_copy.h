/* storage/log_copy.h - bringing the signed log of an archive into a copy of it.
 *
 * A copy has the whole log: public key, tiles, signed head, and that once more; never the private
 * key. The head may be ahead of the segments that are in the copy. docs/decisions/0068. */
#ifndef STORAGE_LOG_COPY_H
#define STORAGE_LOG_COPY_H

#include "storage/log.h"
#include "storage/tile.h"

struct log_copy {
    struct log *from; /* the archive's, of a reader; NULL: it has none */
    struct io *io;
    int to_fd;               /* the copy's folder; borrowed */
    bool check;              /* what is there already is read and compared, and put right */
    const _Atomic int *stop; /* not 0: ends between two tiles; NULL: never */

    /* What log_copy_look() found: the copy's files, empty when there is none, and the newest head
     * in them that the archive's key has signed. */
    struct bytes vkey, note, last;
    struct checkpoint head;
    bool known;

    /* What is wrong with the archive's own log, so that it was not brought; ERR_NONE: nothing. */
    struct err damage;
    bool stopped;
    int fd; /* the copy's log; starts as -1 */
    struct tile_folders folders;
};
void log_copy_done(struct log_copy *copy); /* fits CLEANUP; closes `fd`, not `from` */

/* Whether the archive's log may follow what the copy has. Changes nothing. Fails when it may not,
 * and nothing of the archive should then go to the copy:
 *   ERR_INPUT    the copy's log is signed by another key
 *   ERR_CORRUPT  the archive's log is shorter, forked or gone; the copy's head cannot be read
 *   ERR_SYSTEM   the kernel refused
 * When damaged tiles of the archive keep it from being told, it succeeds with `damage`. */
MUST_USE int log_copy_look(struct log_copy *copy, struct err *err);

/* Brings the log after a look without damage: key, tiles, head, copy of the head, each durable
 * before the next. Every tile is checked up to the signed root; where one is not right it ends with
 * `damage`, and the copy keeps the head it had. Can be cut short anywhere and done again.
 * ERR_RETRY: the disk is full; ERR_SYSTEM. */
MUST_USE int log_copy_bring(struct log_copy *copy, struct err *err);

/* Appends the public key as key.vkey holds it. */
MUST_USE int log_copy_vkey(struct log *from, struct bytes *out, struct err *err);
/* Makes the log's folder below dir_fd, and the public key in it, durable on return: from then on
 * nobody begins a log of his own there. Returns the folder's descriptor, or -1. */
MUST_USE int log_copy_begin(struct io *io, int dir_fd, struct span vkey, struct err *err);

#endif
