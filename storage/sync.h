/* storage/sync.h - keeping a copy of the archive: its sealed segments and its signed log in another
 * directory.
 *
 * A copy is an archive: it opens for reading, verifies, proves and is indexed by itself. The log is
 * in it up to the signed head, without the private key, so nobody can write there
 * (storage/log_copy.h). Sealed segments never change, so nothing that is there is written again,
 * and nothing is ever replaced or removed; but for a segment of which a lawful destruction took
 * bytes (storage/erase.h): the copy's gives way to it, and loses them, too. */
#ifndef STORAGE_SYNC_H
#define STORAGE_SYNC_H

#include "storage/archive.h"

struct sync_options {
    const _Atomic int *stop; /* not 0: ends between two pieces of a segment; NULL: never */
    bool check;              /* what is there already is read again */
    /* May be NULL. What differs, or cannot be copied; damage->file is below the copy, or when
     * `ours` below the archive. */
    void (*on_odd)(void *self, const struct damage *damage, bool ours);
    void (*on_progress)(void *self, uint64_t done_bytes, uint64_t all_bytes); /* may be NULL */
    void *self;
};
struct sync_result {
    uint64_t segments;                        /* sealed in the archive */
    uint64_t copied, copied_bytes;            /* now */
    uint64_t replaced;                        /* of them: rewritten by a destruction */
    uint64_t there;                           /* before */
    uint64_t odd;                             /* on_odd calls */
    uint64_t open_objects, open_stored_bytes; /* in the open segment: not in the copy */
    uint64_t log_entries;                     /* of the signed head that was brought; 0: none */
    uint64_t unsigned_segments;               /* sealed, and left for when they are signed */
    bool stopped;
};

/* Brings the copy in `to` (made when it is not there; an empty directory is fine) up to the
 * archive, opened for reading; a writer may be at work on it. First the log, if it continues the
 * copy's; then segments in order, each durable before the next, as far as the log has signed them;
 * where one is replaced, the copy's catalogue is removed. A log of the archive that is damaged is
 * told of and left out. It can be cut short anywhere and done again.
 *   ERR_INPUT    `to` is something else, the archive itself, or a copy of another archive; its log
 *                has another key
 *   ERR_RETRY    somebody else writes to the copy; its disk is full
 *   ERR_CORRUPT  FORMAT is damaged, here or there; the archive's log does not continue the copy's,
 *                and nothing was copied
 *   ERR_SYSTEM   the kernel refused, or the medium gives back other bytes than were written */
MUST_USE int archive_sync(struct archive *archive, const char *to,
                          const struct sync_options *options, struct sync_result *ret_result,
                          struct err *err);

#endif
