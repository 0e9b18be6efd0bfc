/* storage/scrub.h - which sealed segments were verified when, and with what result.
 *
 * Kept in scrub.json in the archive's folder. It is derived and may be deleted: then nothing counts
 * as checked. What it says is believed in one thing only, the order in which segments are checked
 * again; damage is found by reading. docs/decisions/0051. */
#ifndef STORAGE_SCRUB_H
#define STORAGE_SCRUB_H

#include "storage/archive.h"

#define SCRUB_NAME "scrub.json"

struct scrub; /* one thread at a time */

/* Lists the archive's sealed segments (the archive is borrowed) and reads the file. One that cannot
 * be understood counts as none; *ret_why says why then, else it is left alone. */
MUST_USE struct scrub *scrub_open(struct archive *archive, int64_t now_ns, struct err *ret_why,
                                  struct err *err);
void scrub_free(struct scrub *scrub); /* NULL is fine */
void scrub_freep(struct scrub **scrub);

/* What is to be checked. One of: */
void scrub_take_all(struct scrub *scrub); /* a full run begins now */
/* All but what was found good since the last full run began; false when that one came to its end:
 * then as scrub_take_all(). */
bool scrub_take_rest(struct scrub *scrub);
/* This share of the segments (more than 0, at most 100), those checked longest ago first; and the
 * newest, and any that was found bad. */
MUST_USE int scrub_take_share(struct scrub *scrub, double pct, struct err *err);

/* The `skip` of struct verify_options; self is the scrub. */
bool scrub_skips(void *scrub, uint64_t segment, const struct digest *name);
/* A segment was checked. */
void scrub_note(struct scrub *scrub, uint64_t segment, const struct digest *name, bool good,
                int64_t now_ns);
void scrub_end(struct scrub *scrub); /* the full run came to its end */

/* Writes the file, whole or not at all. */
MUST_USE int scrub_save(struct scrub *scrub, struct err *err);

struct scrub_sum {
    uint64_t segments, never; /* sealed; of them never checked */
    int64_t oldest_ns;        /* the check that is longest ago, of those that were; 0: none was */
};
struct scrub_sum scrub_sum(const struct scrub *scrub);

#endif
