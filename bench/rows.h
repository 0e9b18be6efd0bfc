/* bench/rows.h - the sections of the bench: each measures and adds its rows. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "bench/pageset.h"

/* What a run of `sohoa ingest --json` said of itself, taken from $OUT.json: CPU outside layout and
 * recognition, and the stages. Fits entry.after. */
MUST_USE int after_ingest(struct bench *bench, struct contest *contest, struct entry *entry,
                          struct err *err);

/* A whole command, process and all: what a person at a terminal waits for. */
MUST_USE int one_command(struct bench *bench, const char *section, const char *set,
                         struct entry *entry, struct err *err);

/* Questions by what is on the pages of the archive $LARGE, and a report over its dossiers. */
MUST_USE int rows_papers(struct bench *bench, unsigned dossiers, struct err *err);

/* The recogniser alone on a few pages of a set, beside Tesseract's. */
MUST_USE int rows_lines(struct bench *bench, const struct pageset *set, struct err *err);

MUST_USE int rows_end_to_end(struct bench *bench, struct err *err);
MUST_USE int rows_scaling(struct bench *bench, struct err *err); /* and isolation, and stages */
MUST_USE int rows_size(struct bench *bench, struct err *err);
MUST_USE int rows_search(struct bench *bench, struct err *err);
MUST_USE int rows_micro(struct bench *bench, struct err *err);
MUST_USE int rows_watch(struct bench *bench, struct err *err);
MUST_USE int rows_store(struct bench *bench, struct err *err);

#endif
