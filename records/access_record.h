/* records/access_record.h - somebody was shown the personal ids of a page: who, when, why.
 *
 * Canonical JSON, docs/format-records.md; committed before anything is shown. It is no event of a
 * dossier (a page may be in none), and stays when the page is destroyed: it names it, no more. */
#ifndef RECORDS_ACCESS_RECORD_H
#define RECORDS_ACCESS_RECORD_H

#include "base/digest.h"

#define ACCESS_NAME_CHARS   100u
#define ACCESS_NAME_MAX     401 /* bytes with NUL: 100 characters of any kind */
#define ACCESS_REASON_CHARS 500u
#define ACCESS_REASON_MAX   2001
#define ACCESS_RECORD_BYTES (16 * KIB) /* a longer text is no access record */

/* Zero-initialise. No member is owned. */
struct access_record {
    struct digest source; /* of the page */
    uint32_t index;
    int64_t at_ns; /* since 1970, UTC */
    char by[ACCESS_NAME_MAX];
    char because[ACCESS_REASON_MAX];
};

/* Set a text from outside, composed (NFC). ERR_INPUT: empty or only blanks, not UTF-8, a control
 * character, too long. */
MUST_USE int access_record_by(struct access_record *record, const char *text, struct err *err);
MUST_USE int access_record_because(struct access_record *record, const char *text, struct err *err);

/* All members must be set. */
MUST_USE int access_record_write(const struct access_record *record, struct bytes *out,
                                 struct err *err);
/* ERR_CORRUPT when it is not an access record of a version we know. */
MUST_USE int access_record_parse(struct span json, struct access_record *ret_record,
                                 struct err *err);
/* Whether a record, in canonical form, is of this kind; nothing else of it is looked at. */
MUST_USE bool access_record_is(struct span json);

#endif
