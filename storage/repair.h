/* storage/repair.h - putting whole segments of a copy in the place of damaged ones.
 *
 * A segment's name promises its digest, so a copy's bytes are right or they are not taken. What was
 * damaged is kept in quarantine/ until something is destroyed (storage/erase.h): nobody can tell
 * whether a damaged file holds what has to go. docs/decisions/0053. */
#ifndef STORAGE_REPAIR_H
#define STORAGE_REPAIR_H

#include "storage/archive.h"

#define ARCHIVE_DAMAGED_SEGMENTS "quarantine/.damaged-segments" /* folder below the archive */

struct repair_options {
    unsigned workers;        /* as of verify */
    const _Atomic int *stop; /* not 0: ends between two segments, or pieces of one; NULL: never */
    /* All may be NULL. */
    void (*on_damage)(void *self, const struct damage *damage); /* found, before anything is done */
    /* Put right; kept: where the damaged file is now, below the archive, NULL when there was
     * none. Durable by then. */
    void (*on_repaired)(void *self, const char *file, const char *kept);
    void (*on_left)(void *self, const struct damage *damage); /* not put right, and why */
    void (*on_progress)(void *self, uint64_t done_bytes, uint64_t all_bytes);
    bool (*is_destroyed)(void *self, const struct group_entry *entry); /* as of verify */
    void *self;
};
struct repair_result {
    uint64_t damaged;  /* segments, and FORMAT, that were not as they were */
    uint64_t repaired; /* of them, and found good afterwards */
    uint64_t left;     /* damaged - repaired */
    bool stopped;
};

/* Verifies the archive (opened with ARCHIVE_MEND), takes from the copy (opened for reading) what it
 * can, and verifies that again. Can be cut short anywhere and done again: a segment is replaced in
 * one step by one that is durable.
 *   ERR_INPUT    the copy is the archive itself, or of another archive
 *   ERR_CORRUPT  FORMAT of the copy is damaged; that of the archive is, and no segment tells its id
 *   ERR_RETRY    the disk is full
 *   ERR_SYSTEM   the kernel refused */
MUST_USE int archive_repair(struct archive *archive, struct archive *copy,
                            const struct repair_options *options, struct repair_result *ret_result,
                            struct err *err);

#endif
