/* pipeline/batch.h - a sidecar that was claimed, and the files it lists.
 *
 * It waits until all of them are in the ledger, or for as long as it may; then it becomes document
 * records and, where something does not fit, a report. Of one thread, but for `told`. */
#ifndef PIPELINE_BATCH_H
#define PIPELINE_BATCH_H

#include "pipeline/hot_folder.h"
#include "records/sidecar.h"

struct batch_file; /* what came of a listed file */

struct batch {
    struct feed_note note; /* first: what the run is given, and what its outcome names */
    struct held *held;     /* ours until it is given */
    char *text_dir;        /* of the sidecar, below the inbox, with its '/'; "" */
    struct bytes text;
    struct err why; /* it cannot be understood; ERR_NONE: it can */
    struct sidecar sidecar;
    struct batch_file *files;
    uint32_t file_len, known_len; /* the first known_len of them have come */
    struct bytes *records;
    struct span *spans;
    bool given;
    _Atomic bool told; /* set by whoever is told of the outcome */
    struct batch *next;
};

/* Reads and parses the claimed sidecar; takes held over, also when it fails. What is wrong with the
 * sidecar is in batch->why. NULL: ERR_SYSTEM. */
MUST_USE struct batch *batch_new(struct held *held, struct err *err);
void batch_free(struct batch *batch); /* with held, unless it was given; NULL is fine */

/* Where files are looked for. */
struct batch_search {
    struct catalogue *catalogue;
    bool late; /* what is not there will not come */
    /* Whether the file of this path below the inbox is on its way; late: and will be taken by
     * itself. */
    bool (*is_coming)(void *self, const struct hot_folder *folder, const char *rel, bool late);
    void *self;
};
/* 1: nothing is to be waited for any more, 0: it waits, -1. */
MUST_USE int batch_look(struct batch *batch, const struct batch_search *search, struct err *err);

/* Makes the records of what has come, and tells what does not fit: a line of the log each, and the
 * report. Afterwards batch->note is what is to be committed. */
MUST_USE int batch_end(struct batch *batch, struct io *io, struct err *err);

#endif
