/* storage/walk.h - going through a segment group by group.
 *
 * Used by recovery (which reads every byte) and by replay (which reads headers). verify goes its
 * own way, because it has to carry on behind damage. */
#ifndef STORAGE_WALK_H
#define STORAGE_WALK_H

#include "storage/object_check.h"
#include "storage/window.h"

struct walk {
    struct window *window; /* borrowed */
    struct id16 salt;
    uint64_t segment;
    struct log_state state; /* what has been walked so far */
    uint64_t off;           /* first byte not walked yet */
    uint64_t groups;        /* walked in this segment */
    const char *why;        /* after WALK_END: why the bytes at off are no group */
};

enum walk_step {
    WALK_GROUP, /* a whole group, shown in walk_group */
    WALK_CLOSE, /* a writer went away in peace here */
    WALK_SEAL,  /* the end of a sealed segment; shown in walk_group.seal */
    WALK_END,   /* nothing valid here: the end, what a crash left, or damage */
};

struct walk_group {
    struct commit commit;
    struct group_entry *entries; /* owned */
    size_t len, cap;
    struct seal seal;
    uint64_t seal_off;
    /* Kept from group to group, for a segment has many and all have the same dictionary. */
    struct object_checker *checker;
    struct dictionary *dictionary;
    uint64_t dictionary_of; /* segment */
};
void walk_group_done(struct walk_group *group); /* fits CLEANUP; zero is fine */

/* Reads block 0 and starts behind it. ret_head is that of the segment; *ret_why says what is wrong
 * with it, or is NULL. -1 only when it could not be read. */
MUST_USE int walk_start(struct walk *walk, struct window *window, struct segment_head *ret_head,
                        const char **ret_why, struct err *err);
/* Takes the next step. full: reads every byte of a group and checks its hash; else headers only. */
MUST_USE int walk_next(struct walk *walk, bool full, struct walk_group *group,
                       enum walk_step *ret_step, struct err *err);

/* The control record at record->off: its payload, checked, and the zeros up to the next block.
 * Returns 1, or 0 with *ret_why, or -1. */
MUST_USE int control_read(struct window *window, const struct record *record, uint8_t *ret_payload,
                          const char **ret_why, struct err *err);

/* The record header at off: 1, or 0 with *ret_why, or -1. */
MUST_USE int header_read(struct window *window, const struct id16 *salt, uint64_t off,
                         struct record *ret_record, const char **ret_why, struct err *err);

/* The seal in the last block of the file, *ret_off: 1, or 0 with *ret_why, or -1. */
MUST_USE int seal_read(struct window *window, const struct id16 *salt, uint64_t *ret_off,
                       struct seal *ret_seal, const char **ret_why, struct err *err);

/* Looks from `from` to the end of the file for a record header of a group after `group`. A writer
 * begins a group only when the one before is durable: such a header proves that what stands at
 * `from` is damage, not what a crash left. salt NULL: of any segment.
 * group 0: the next record that stands where it belongs, to go on behind damage.
 * 1 found, 0 not, -1. */
MUST_USE int find_later_record(struct window *window, const struct id16 *salt, uint64_t from,
                               uint64_t group, uint64_t *ret_off, struct err *err);

#endif
