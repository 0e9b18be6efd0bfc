/* app/destruction.h - which pages and objects a destruction is about, and whether it may be. */
#ifndef APP_DESTRUCTION_H
#define APP_DESTRUCTION_H

#include "app/app.h"
#include "records/destruction_record.h"
#include "storage/erase.h"

/* A page to be destroyed. */
struct doomed {
    struct digest source, record, alto, image, document;
    uint32_t index;
};

/* An object of such a page: `needed` when something else needs it, too. */
struct candidate {
    struct digest id;
    bool needed;
};

/* Zero-initialise, set reading; destruction_done() releases it. */
struct destruction {
    struct reading *reading; /* borrowed */
    bool silent;             /* nothing but refusals is printed */
    struct destruction_record record;
    struct doomed *pages; /* by source and index; owned */
    size_t len, cap;
    struct candidate *objects; /* by digest; owned */
    size_t object_len, object_cap;
    uint32_t kept; /* objects that stay because something else needs them */
};
void destruction_done(struct destruction *destruction);

/* Finds the pages the ids stand for. 1; 0: *ret_missing stands for none; -1. */
MUST_USE int destruction_collect(struct destruction *destruction, char *const ids[], int n,
                                 const char **ret_missing, struct err *err);
/* The same of every page of this file; none is fine. It must be ended by destruction_sort(). */
MUST_USE int destruction_add_file(struct destruction *destruction, const struct digest *source,
                                  struct err *err);
void destruction_sort(struct destruction *destruction);
/* ERR_SEALED: the pages are sealed, and the catalogue cannot forget words that it cannot read. */
MUST_USE int destruction_may_read(const struct destruction *destruction, struct err *err);
/* Whether the law lets each of them go at now_ns. Every refusal is printed and counted. */
MUST_USE int destruction_check(const struct destruction *destruction, int64_t now_ns,
                               uint32_t *ret_refused, struct err *err);
/* Fills the record with what can go, and says what stays. ERR_INPUT: too much at a time. */
MUST_USE int destruction_choose(struct destruction *destruction, struct err *err);

/* --- app/carry_out.c --- */

/* Commits the record, and takes it into the catalogue. ERR_INPUT: the same was committed before. */
MUST_USE int destruction_commit(struct reading *archive, struct destruction_record *record,
                                struct digest *ret_id, struct err *err);
/* Takes the bytes away of everything that any record names, whatever was done of it before. */
MUST_USE int destruction_take_away(struct reading *archive, struct erase_result *ret_result,
                                   struct err *err);

#endif
