/* storage/segment_copy.h - taking a whole sealed segment over into another archive directory.
 *
 * The bytes are written under a part name beside seg/, synced, read back and compared with the
 * digest in the segment's name; only then do they get that name. Whatever stops it, seg/ holds
 * whole segments only, and the next try writes the part file anew. */
#ifndef STORAGE_SEGMENT_COPY_H
#define STORAGE_SEGMENT_COPY_H

#include "storage/archive_impl.h"

struct segment_copy {
    struct archive *from, *to;       /* the same segment's name in both; `to` is locked by us */
    const struct segment_name *name; /* sealed */
    const _Atomic int *stop;         /* not 0: give up; may be NULL */
    void (*tick)(void *self, uint64_t more_bytes); /* written; may be NULL */
    void *self;
};

enum fetched {
    FETCHED,         /* the part file is right, and durable */
    FETCHED_NOTHING, /* there is no such file, or it does not match its name */
    FETCHED_STOPPED,
};
/* Makes the part file. Fails when it could not be written, or not be read back as written. */
MUST_USE int segment_fetch(const struct segment_copy *copy, enum fetched *ret_fetched,
                           struct err *err);
/* Gives the part file its name in seg/, replacing a file of that name; durable on return. */
MUST_USE int segment_publish(struct archive *to, const struct segment_name *name, struct err *err);
void segment_drop_part(struct archive *to); /* none is fine */

/* The digest of a segment's file as it is; what the medium cannot give counts as zeros. 1, 0 when
 * there is no such file or it is larger than any segment, -1. */
MUST_USE int segment_digest(struct archive *archive, const struct segment_name *name,
                            struct digest *ret_digest, struct err *err);

#endif
