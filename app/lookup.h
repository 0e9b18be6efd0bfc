/* app/lookup.h - what a user means by an id: a page, a source, or any object. */
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
};
void lookup_done(struct lookup *lookup);

/* ERR_INPUT when the id has neither form. No pages found is not an error: page_len is 0. */
MUST_USE int lookup_id(struct reading *reading, const char *id, struct lookup *ret_lookup,
                       struct err *err);

#endif
