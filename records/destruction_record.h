/* records/destruction_record.h - what was destroyed, by whom, on what basis: the metadata object
 * that makes zeros in a segment lawful.
 *
 * Canonical JSON, docs/format-records.md. It names objects by their digests: all that stood in the
 * archive before it was committed. What is archived later with the same digest is not meant. */
#ifndef RECORDS_DESTRUCTION_RECORD_H
#define RECORDS_DESTRUCTION_RECORD_H

#include "records/document_record.h"

#define DESTRUCTION_OBJECTS_MAX  100000u
#define DESTRUCTION_PARTS_MAX    20000u /* runs of pages */
#define DESTRUCTION_DOSSIERS_MAX 1000u
#define DESTRUCTION_BASIS_CHARS  500u
#define DESTRUCTION_BASIS_MAX    2001 /* bytes with NUL: 500 characters of any kind */
#define DESTRUCTION_PERSON_CHARS 200u
#define DESTRUCTION_PERSON_MAX   801
#define DESTRUCTION_DATE_MAX     11 /* "2026-11-30" and its NUL */
#define DESTRUCTION_RECORD_BYTES (16 * MIB)

/* Zero-initialise; destruction_record_done() releases it. */
struct destruction_record {
    char basis[DESTRUCTION_BASIS_MAX];        /* legal basis, NFC */
    char person[DESTRUCTION_PERSON_MAX];      /* who decided, NFC */
    char decided[DESTRUCTION_DATE_MAX];       /* the day of the decision */
    char no_retention[DESTRUCTION_BASIS_MAX]; /* why, though no retention was set; "": it was */
    struct digest *objects;                   /* ascending; owned */
    uint32_t object_len, object_cap;
    struct page_range *parts; /* the pages; owned */
    uint32_t part_len, part_cap;
    char (*dossiers)[DOSSIER_CODE_MAX]; /* they were of; owned */
    uint32_t dossier_len, dossier_cap;
};
void destruction_record_done(struct destruction_record *record); /* fits CLEANUP */

/* Set the texts, composed. ERR_INPUT: empty, not UTF-8, a control character, too long. */
MUST_USE int destruction_record_basis(struct destruction_record *record, const char *text,
                                      struct err *err);
MUST_USE int destruction_record_person(struct destruction_record *record, const char *text,
                                       struct err *err);
MUST_USE int destruction_record_no_retention(struct destruction_record *record, const char *text,
                                             struct err *err);
/* Add one more; an object, page or code that is there already is not added twice when it was the
 * last one added (objects: at all, once the record is written). ERR_INPUT past the limits. */
MUST_USE int destruction_record_object(struct destruction_record *record, const struct digest *id,
                                       struct err *err);
MUST_USE int destruction_record_pages(struct destruction_record *record, struct page_range pages,
                                      struct err *err);
MUST_USE int destruction_record_dossier(struct destruction_record *record, const char *code,
                                        struct err *err);

/* Sorts the objects, appends the canonical JSON. ERR_INPUT: a text or the objects are missing. */
MUST_USE int destruction_record_write(struct destruction_record *record, struct bytes *out,
                                      struct err *err);
/* ERR_CORRUPT when it is not a destruction record of a version we know. */
MUST_USE int destruction_record_parse(struct span json, struct destruction_record *ret_record,
                                      struct err *err);

#endif
