/* records/fields_record.h - what was found on a page, as the metadata object the archive keeps.
 *
 * Canonical JSON, docs/format-records.md. Values are whole, personal ids too: what shows them masks
 * them (records/person_id.h). It holds nothing that depends on when it is made. Of two records of a
 * page the one of the later group counts. */
#ifndef RECORDS_FIELDS_RECORD_H
#define RECORDS_FIELDS_RECORD_H

#include <stdbool.h>

#include "base/digest.h"
#include "records/page_fields.h"

#define FIELDS_ENGINE_MAX   48 /* bytes with NUL */
#define FIELDS_PERSON_CHARS 100u
#define FIELDS_PERSON_MAX   401       /* bytes with NUL: 100 characters of any kind */
#define FIELDS_RECORD_BYTES (4 * MIB) /* a longer text is no fields record */
#define FIELDS_ENGINE       "sohoa " SOHOA_VERSION

/* Zero-initialise; fields_record_done() releases it. */
struct fields_record {
    struct digest source; /* the file the page is in */
    uint32_t index;       /* in that file, from 0 */
    /* Who says so: these rules, applied by this engine; or a person, and then neither. */
    struct digest rules;
    char engine[FIELDS_ENGINE_MAX];
    char person[FIELDS_PERSON_MAX]; /* NFC; "": rules do */
    /* The record that counted when this was made; with it a record that says again what an older
     * one said is another object, and so a newer one. */
    bool has_replaces;
    struct digest replaces;
    struct page_fields fields; /* in the order they were found; none: nothing was */
};
void fields_record_done(struct fields_record *record); /* fits CLEANUP */

/* ERR_INPUT: not UTF-8, a control character, too long. */
MUST_USE int fields_record_person(struct fields_record *record, const char *name, struct err *err);
MUST_USE int fields_record_write(const struct fields_record *record, struct bytes *out,
                                 struct err *err);
/* ERR_CORRUPT when it is not a fields record of a version we know. */
MUST_USE int fields_record_parse(struct span json, struct fields_record *ret_record,
                                 struct err *err);

#endif
