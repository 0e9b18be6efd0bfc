/* storage/erase.h - taking the stored bytes of objects away for good.
 *
 * A sealed segment is written anew with zeros where the bytes stood; headers, group hashes, chain
 * and table stay as they are, so everything else is proven as before (docs/format-segment.md,
 * "Taking bytes away"). Damaged segments that storage/repair.h kept may hold the same bytes: they
 * go whole. Why it is done, and who may ask for it, is not known here. */
#ifndef STORAGE_ERASE_H
#define STORAGE_ERASE_H

#include "storage/archive.h"

struct erase_target {
    struct digest id; /* another object at the place is ERR_CORRUPT */
    struct place place;
};

struct erase_result {
    uint64_t objects, bytes; /* stored bytes taken away now; those that were gone do not count */
    uint64_t segments;       /* written anew */
    uint64_t kept;           /* damaged files that repair had kept, and that went */
};

/* Takes the bytes of n objects away; sorts the targets. A writer's call. The segment being written
 * is sealed first when one of them stands in it. On return no file below seg/ holds them any more,
 * nor does ARCHIVE_DAMAGED_SEGMENTS: what repair replaced by a whole segment goes. Whatever fails
 * or dies on the way leaves each segment as it was or as it shall be, never none, and the call can
 * be repeated. ERR_CORRUPT: a segment is damaged and was left alone; the ones before it are done.
 * Needs room for one segment; reads and writes each segment once. */
MUST_USE int archive_erase(struct archive *archive, struct erase_target targets[], size_t n,
                           struct erase_result *ret_result, struct err *err);

#endif
