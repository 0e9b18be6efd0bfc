/* records/page_fields.h - what was found on a page: values by name, each with its place, how sure
 * the words are that it is made of, and the rule that found it. */
#ifndef RECORDS_PAGE_FIELDS_H
#define RECORDS_PAGE_FIELDS_H

#include "base/bytes.h"

#define FIELD_NAME_MAX    32 /* bytes with NUL; a name is [a-z_]+ */
#define FIELD_RULE_MAX    64 /* bytes with NUL */
#define FIELD_VALUE_CHARS 4000u
#define FIELDS_MAX        64u /* of one page */

struct field {
    char name[FIELD_NAME_MAX]; /* "number" "date" "type" ...: docs/format-fields.md */
    char *value;               /* NFC, owned, not empty */
    uint32_t x, y, w, h;       /* on the page as archived, pixels; all 0: not from a place */
    uint32_t confidence;       /* percent, of the words it is made of */
    char rule[FIELD_RULE_MAX]; /* which line of configs/ found it: "decree30/number" */
};

/* Zero-initialise; page_fields_done() releases it. */
struct page_fields {
    struct field *items;
    size_t len, cap;
};
void page_fields_done(struct page_fields *fields); /* fits CLEANUP */

/* Appends a field; its place, confidence and rule are zero, to be filled in after. ERR_INPUT: a
 * name that is none, a value that is empty, not UTF-8, with control characters or longer than
 * FIELD_VALUE_CHARS, more than FIELDS_MAX. */
MUST_USE int page_fields_add(struct page_fields *fields, const char *name, const char *value,
                             struct err *err);
/* Removes all of this name. How many there were. */
size_t page_fields_remove(struct page_fields *fields, const char *name);
/* The first of this name, or NULL. */
const struct field *page_fields_get(const struct page_fields *fields, const char *name);

#endif
