/* app/lookup.h - what a user means by an id: a page, a source, a document, a dossier, any object.
 */
#ifndef APP_LOOKUP_H
#define APP_LOOKUP_H

#include "app/app.h"
#include "records/page_record.h"

/* The pages an id stands for, in order: one for a page id, all of a source for its SHA-256. */
struct lookup {
    struct page_record *pages; /* owned */
    size_t page_len;
    struct digest id; /* the SHA-256, when the id was one */
    bool is_digest;
    bool is_papers;      /* the pages of a document or dossier, perhaps of several files */
    int64_t archived_ns; /* when the newest of the files was archived */
    char *title;         /* of the first page's document, owned; NULL: none */
};
void lookup_done(struct lookup *lookup);

/* ERR_INPUT when the id has neither form. No pages found is not an error: page_len is 0. */
MUST_USE int lookup_id(struct reading *reading, const char *id, struct lookup *ret_lookup,
                       struct err *err);

/* The object a SHA-256 names, or the file a page id stands for: 1, 0, -1. No record is read for it,
 * so no key is needed. ERR_INPUT when the id has neither form. */
MUST_USE int lookup_object(struct reading *reading, const char *id, struct group_entry *ret_entry,
                           struct err *err);

/* As lookup_id(), and where that finds no page: a document by the SHA-256 of its record, a dossier
 * by its code; their pages as they are now, in order, without separator sheets that are none of
 * them. At most LOOKUP_PAGES_MAX pages: ERR_INPUT TOO_MANY_PAGES. */
#define LOOKUP_PAGES_MAX 20000u
MUST_USE int lookup_papers(struct reading *reading, const char *id, struct lookup *ret_lookup,
                           struct err *err);

#endif
