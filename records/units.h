/* records/units.h - the register of administrative units: provinces and communes by code and name,
 * from when to when, and what became of those before July 2025.
 *
 * Two files of a folder (docs/format-units.md): units.csv and old.csv. A code may have several
 * rows, one after the other in time. Immutable after loading: threads may share it. */
#ifndef RECORDS_UNITS_H
#define RECORDS_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define UNITS_MAX        50000u /* rows of a file */
#define UNITS_FILE_BYTES (4u << 20)
#define UNIT_NAME_CHARS  60u
#define UNIT_WORDS_MAX   20u /* of a name, with its kind; of a question */

enum unit_kind { UNIT_PROVINCE, UNIT_CITY, UNIT_COMMUNE, UNIT_WARD, UNIT_ZONE, UNIT_KINDS };
const char *unit_kind_name(enum unit_kind kind); /* "tỉnh" "thành phố" "xã" "phường" "đặc khu" */

/* A day as a number, 20260430; 0: open. */
#define UNIT_DAY_TEXT 11                                               /* bytes with NUL */
MUST_USE bool unit_day_parse(const char *text, uint32_t *ret_day);     /* "2026-04-30" */
const char *unit_day_text(uint32_t day, char ret_text[UNIT_DAY_TEXT]); /* "" for 0 */

struct unit {
    const char *code, *name; /* the name without its kind */
    enum unit_kind kind;
    const char *province;     /* code; "" of a province */
    uint32_t from, to;        /* first and last day */
    const char *predecessors; /* codes of old.csv, a blank between */
};

/* A unit of before: a commune, or the district or province it was of. One whose parts went to
 * several has a row for each. */
struct old_unit {
    const char *code, *name; /* with its kind */
    const char *parent;      /* code of the district or province; "" of a province */
    const char *became;      /* code of units.csv; "" of most districts, which have no successor */
    bool part;               /* only a part of it went there */
};

struct units; /* opaque */
/* NULL: ERR_INPUT with file, line and what is wrong; ERR_SYSTEM. */
MUST_USE struct units *units_load(const char *dir, struct err *err);
void units_freep(struct units **units); /* fits CLEANUP */

/* The unit that has the code on a day (0: the latest that had it), or NULL. */
const struct unit *units_by_code(const struct units *units, const char *code, uint32_t day);
/* All rows of a code, by time: the first, and how many. */
const struct unit *units_rows(const struct units *units, const char *code, size_t *ret_n);
/* How many units have this name, marks apart, on a day; itself counts. Provinces and communes are
 * not mistaken for each other. */
size_t units_of_name(const struct units *units, const struct unit *unit, uint32_t day);
/* The district or province of a unit of before; NULL when the code has none. */
const struct old_unit *units_old_above(const struct units *units, const struct old_unit *unit);

/* Units with these words side by side in their names, with or without their kind: as in the search
 * for text, a word typed without marks finds any, one with marks must have the same. Those that are
 * called so come first, then those that begin so, then the others; by code. day 0: of any time.
 * Returns how many, or -1: ERR_INPUT when there is no word, or more than UNIT_WORDS_MAX. */
typedef int unit_visit(void *self, const struct unit *unit, struct err *err);
MUST_USE int units_find(const struct units *units, const char *name, uint32_t day,
                        unit_visit *visit, void *self, struct err *err);
/* The same for units of before, also by their code. */
typedef int old_unit_visit(void *self, const struct old_unit *unit, struct err *err);
MUST_USE int units_find_old(const struct units *units, const char *name, old_unit_visit *visit,
                            void *self, struct err *err);

#endif
