/* records/source_record.h - one file as it came in: its name, its digest, its pages in order.
 *
 * Written last, after every page: a source counts as archived when this object is durable. */
#ifndef RECORDS_SOURCE_RECORD_H
#define RECORDS_SOURCE_RECORD_H

#include "base/digest.h"

#define SOURCE_PAGES_MAX 20000u /* of one file; configurable below this */

/* Zero-initialise; source_record_done() releases what parse made. */
struct source_record {
    struct digest id; /* SHA-256 of the file */
    char *path;       /* as ingested, made displayable; owned */
    char format[16];  /* "tiff" */
    uint64_t size_bytes;
    uint32_t page_len;
    struct digest *pages; /* the page records, in order; owned */
};

void source_record_done(struct source_record *record); /* fits CLEANUP */

MUST_USE int source_record_write(const struct source_record *record, struct bytes *out,
                                 struct err *err);
MUST_USE int source_record_parse(struct span json, struct source_record *ret_record,
                                 struct err *err);

#endif
