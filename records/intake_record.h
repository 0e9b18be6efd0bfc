/* records/intake_record.h - what became of one file that came through a hot folder: the ledger.
 *
 * Written for every file, archived or not, and durable before the file leaves its inbox. Its ticket
 * names the claim, not the content: the same bytes that come twice are one object and two entries.
 * So it is the one record that tells of an event, and holds times (docs/format-records.md). */
#ifndef RECORDS_INTAKE_RECORD_H
#define RECORDS_INTAKE_RECORD_H

#include "base/digest.h"
#include "storage/catalogue.h"

enum intake_outcome { INTAKE_ARCHIVED, INTAKE_DUPLICATE, INTAKE_QUARANTINED };

#define INTAKE_PATH_MAX 16384u /* bytes with NUL: PATH_MAX, every byte shown as \xHH */

/* The texts are borrowed when written; intake_record_done() frees those that parse made. */
struct intake_record {
    char ticket[TICKET_MAX];
    char *folder; /* name of the hot folder */
    char *path;   /* below it, displayable */
    char *batch;  /* what it is counted with */
    bool has_id;
    struct digest id; /* of the bytes, when they were read */
    uint64_t size_bytes;
    int64_t mtime_ns, taken_ns; /* last change; when it was claimed */
    enum intake_outcome outcome;
    enum reason reason; /* when quarantined */
    char *detail;       /* "" when there is none */
};

void intake_record_done(struct intake_record *record); /* fits CLEANUP */

const char *intake_outcome_name(enum intake_outcome outcome); /* "archived" ... */
MUST_USE bool intake_outcome_parse(const char *name, enum intake_outcome *ret_outcome);

MUST_USE int intake_record_write(const struct intake_record *record, struct bytes *out,
                                 struct err *err);
/* ERR_CORRUPT when it is not an intake record of a version we know. */
MUST_USE int intake_record_parse(struct span json, struct intake_record *ret_record,
                                 struct err *err);

#endif
