/* records/destroyed.h - which objects destruction records name, read from the segments.
 *
 * Asked when an object's bytes turn out to be gone: lawfully, or by damage? The segments answer,
 * not the catalogue, which may be lost or be anybody's. */
#ifndef RECORDS_DESTROYED_H
#define RECORDS_DESTROYED_H

#include "storage/archive.h"

struct destroyed; /* immutable once read */

/* Reads every metadata object of the archive, through a handle of its own. The caller owns it. */
MUST_USE struct destroyed *destroyed_read(const char *archive, struct io *io, struct err *err);
void destroyed_free(struct destroyed *destroyed); /* NULL is fine */

/* A record committed behind `place` names the object. *ret_time_ns (may be NULL): when that was. */
MUST_USE bool destroyed_names(const struct destroyed *destroyed, const struct digest *id,
                              struct place place, int64_t *ret_time_ns);

#endif
