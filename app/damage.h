/* app/damage.h - telling of damage: lines for people and for programs, and a bar of bytes. */
#ifndef APP_DAMAGE_H
#define APP_DAMAGE_H

#include "app/app.h"
#include "records/destroyed.h"

/* What is wrong, in the user's language where there is a translation. */
const char *damage_what(const struct damage *damage);
/* The JSON of a damage: file, offset, object, missing, what. */
json_t *damage_json(const struct damage *damage);

/* "1.2 GB of 3.4 GB checked" over the line before, on a terminal. */
struct byte_bar {
    bool shown;
};
/* Shown when standard error is a terminal and nobody asked for JSON. */
struct byte_bar byte_bar_for(bool json);
void byte_bar_draw(const struct byte_bar *bar, uint64_t done_bytes, uint64_t all_bytes);
void byte_bar_clear(const struct byte_bar *bar);

/* Whether objects without bytes were destroyed lawfully: read from the segments when the first one
 * is asked of. Start with {.archive = path}; lawful_done() fits CLEANUP. */
struct lawful {
    const char *archive;
    struct destroyed *destroyed;
    bool asked;
};
void lawful_done(struct lawful *lawful);
/* *ret_time_ns: when it was recorded. */
bool lawful_names(struct lawful *lawful, const struct group_entry *entry, int64_t *ret_time_ns);

#endif
