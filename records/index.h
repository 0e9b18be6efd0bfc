/* records/index.h - keeps the catalogue in step with the segments: after every commit, after a
 * crash, and when it is rebuilt. One way for all three, so they cannot differ. */
#ifndef RECORDS_INDEX_H
#define RECORDS_INDEX_H

#include "storage/archive.h"
#include "storage/catalogue.h"

/* What a catalogue had to leave out because the segments are damaged. Start with zero. */
struct index_losses {
    uint64_t records; /* a file, a page, or the words of a page */
    struct err first;
};

/* Takes in every committed group after the catalogue's mark. A page becomes visible with the
 * source record that lists it. Each group is one transaction. losses NULL: an object that is
 * damaged or missing stops it, with nothing of its group taken in; else what hangs on it is left
 * out and counted, so that one bad object costs what it holds and nothing else. */
MUST_USE int index_catch_up(struct archive *archive, struct catalogue *catalogue,
                            struct index_losses *losses, struct err *err);

/* Reads the object with this digest through the catalogue; ERR_INPUT when there is none. */
MUST_USE int index_read(struct archive *archive, struct catalogue *catalogue,
                        const struct digest *id, struct bytes *out, struct err *err);

#endif
