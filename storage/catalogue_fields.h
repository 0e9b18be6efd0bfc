/* storage/catalogue_fields.h - what was found on pages, and who was shown it: the part of the
 * catalogue that filters and counts.
 *
 * Values are given to it masked, and stand in it for pages that are visible only. */
#ifndef STORAGE_CATALOGUE_FIELDS_H
#define STORAGE_CATALOGUE_FIELDS_H

#include "storage/catalogue.h"

/* A fields record. */
struct catalogue_fields {
    struct digest id;     /* of the record */
    struct digest source; /* of the page */
    uint32_t index;
    struct digest rules; /* all zero: a person gave them */
    const char *engine;  /* "": a person did */
    const char *person;  /* "": rules did */
    uint32_t field_len;
    int64_t made_ns; /* time of the group that holds the record */
    bool in_force;   /* when read: the page shows its values */
};
struct catalogue_field {
    const char *name, *value;
    const char
        *key; /* of the value: text_key(TEXT_FOLDED); "": not to be found by. NULL when read */
    const char *rule;
    uint32_t confidence;
};

/* Notes the record: 1, 0 it was there already, -1. */
MUST_USE int catalogue_add_fields(struct catalogue *catalogue,
                                  const struct catalogue_fields *fields, struct err *err);
/* The newest record of this page: 1, 0 there is none, -1. */
MUST_USE int catalogue_newest_fields(struct catalogue *catalogue, const struct digest *source,
                                     uint32_t index, struct digest *ret_id, struct err *err);
/* The values of a noted record become those of its page, in place of others. Nothing happens while
 * the page is not visible. */
MUST_USE int catalogue_put_fields(struct catalogue *catalogue, const struct digest *id,
                                  const struct catalogue_field fields[], size_t n, struct err *err);

typedef int field_visit(void *self, const struct catalogue_field *row, struct err *err);
/* What the page with this id shows, in order. These return how many were visited, or -1. */
MUST_USE int catalogue_fields_of(struct catalogue *catalogue, const char *page_id,
                                 field_visit *visit, void *self, struct err *err);
typedef int fields_visit(void *self, const struct catalogue_fields *row, struct err *err);
/* Every record of the page, in the order they came. */
MUST_USE int catalogue_fields_history(struct catalogue *catalogue, const struct digest *source,
                                      uint32_t index, fields_visit *visit, void *self,
                                      struct err *err);

/* Pages with text behind `after` (0: from the first) for which neither these rules with this engine
 * nor a person gave what they show, in the order they were archived, at most limit. */
struct stale_page {
    int64_t n; /* to go on after */
    struct digest source, alto;
    uint32_t index, width_px, height_px;
    struct digest replaces; /* the newest record; all zero: none */
};
typedef int stale_visit(void *self, const struct stale_page *page, struct err *err);
struct stale_query {
    struct digest rules;
    const char *engine;
    int64_t after;
    uint32_t limit;
};
MUST_USE int catalogue_stale_fields(struct catalogue *catalogue, const struct stale_query *query,
                                    stale_visit *visit, void *self, struct err *err);

/* Somebody was shown what is masked. */
struct catalogue_access {
    struct digest id; /* of the access record */
    struct digest source;
    uint32_t index;
    int64_t at_ns;
    const char *by, *because;
};
/* One that is there already changes nothing. */
MUST_USE int catalogue_add_access(struct catalogue *catalogue,
                                  const struct catalogue_access *access, struct err *err);
typedef int access_visit(void *self, const struct catalogue_access *row, struct err *err);
MUST_USE int catalogue_list_access(struct catalogue *catalogue, const struct digest *source,
                                   uint32_t index, access_visit *visit, void *self,
                                   struct err *err);

/* --- counting --- */

enum facet {
    FACET_TYPE,
    FACET_ISSUER,
    FACET_YEAR,
    FACET_STATUS,
    FACET_DOSSIER,
    FACET_STATION,
    FACETS
};
const char *facet_name(enum facet facet); /* "type" ... */
#define FACET_ROWS_MAX 1000u

typedef int facet_visit(void *self, const char *value, uint64_t pages, struct err *err);
/* Of the pages of a search how many have each value, most frequent first, at most FACET_ROWS_MAX
 * values; "" is none. limit, offset and sort of the query are not looked at. */
MUST_USE int catalogue_facet(struct catalogue *catalogue, const struct catalogue_query *query,
                             enum facet facet, facet_visit *visit, void *self, struct err *err);

#endif
