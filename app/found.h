/* app/found.h - pages that sohoa find found, and how many there are of each kind, as text, JSON
 * lines or CSV. */
#ifndef APP_FOUND_H
#define APP_FOUND_H

#include "app/app.h"
#include "records/search.h"
#include "storage/catalogue_fields.h"

enum found_form { FOUND_TEXT, FOUND_JSON, FOUND_CSV };

struct found {
    enum found_form form;
    bool bold;                   /* a terminal reads it */
    struct catalogue *catalogue; /* borrowed */
    uint32_t counted;            /* pages that match; RANKED_MAX: or more; 0: not counted */
};

/* What stands before the first page. */
MUST_USE int found_begin(const struct found *found, struct err *err);
/* A search_visit; self: a struct found. */
MUST_USE int found_page(void *self, const struct search_hit *hit, struct err *err);

/* Counts the pages of a search by these facets, FACETS flags, and prints that. */
MUST_USE int found_facets(const struct found *found, const struct catalogue_query *query,
                          const bool wanted[FACETS], struct err *err);

#endif
