/* bench/made_up.h - a group of made-up objects on its way into an archive. */
#ifndef BENCH_MADE_UP_H
#define BENCH_MADE_UP_H

#include "base/json.h"
#include "bench/tool.h"
#include "storage/object.h"

#define GROUP_PAGES  64u
#define PAGE_OBJECTS 8u /* source, text, page and source record; fields, document, two events */

/* What an object is made from has to live until it is committed. */
struct group_raw {
    struct object objects[GROUP_PAGES * PAGE_OBJECTS];
    struct bytes raws[GROUP_PAGES * PAGE_OBJECTS];
    struct place places[GROUP_PAGES * PAGE_OBJECTS];
    size_t len;
};

/* Takes the bytes over. */
MUST_USE int group_add(struct group_raw *group, enum object_type type, struct bytes *raw,
                       struct digest *ret_id, struct err *err);
/* Asks every kind of question, and prints what that took. */
struct questions {
    const char *archive;
    uint64_t pages;
    unsigned queries, kinds;
    int (*ask)(struct opened *opened, const struct questions *questions, unsigned kind,
               json_t *result, struct err *err);
};
MUST_USE int ask_questions(const struct questions *questions, struct err *err);
/* How many hits the questions of a kind had, and p50 and p99 of the times. */
void note_times(json_t *result, const char *name, uint64_t hits, double times_ms[], unsigned n);

/* What page 0 of this source says, and the dossier it is of. */
MUST_USE int add_paper(struct group_raw *group, uint64_t number, const struct digest *source,
                       struct err *err);

#endif
