/* pipeline/feed.h - where the files of a run come from when they are not a list of paths: one after
 * another, for as long as the run lasts. */
#ifndef PIPELINE_FEED_H
#define PIPELINE_FEED_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"
#include "storage/catalogue.h"

/* What is known of a file before it is read, for the ledger. */
struct claim {
    char ticket[TICKET_MAX];
    const char *folder, *name, *batch; /* displayable; name: path below the folder */
    char dossier[DOSSIER_CODE_MAX];    /* that its name tells of; "": none */
    int64_t mtime_ns, taken_ns;
    bool last_try; /* trouble with reading it is the file's now, see OUTCOME_RETURNED */
};

/* What the feed has read and understood itself: no page is made of it. Records are committed as
 * they are, with the file they came in, if they came in one. */
struct feed_note {
    const struct span *records; /* texts of metadata records */
    size_t record_len;
    struct span text;      /* of the claimed file, kept as an object; empty: there is none */
    uint64_t size_bytes;   /* of the claimed file */
    const struct err *why; /* the claimed file is quarantined, and its records are not committed;
                              NULL: it is not */
};

struct feed_file {
    const char *path;  /* to be opened; borrowed until the next call of next() */
    const char *shown; /* displayable: what it is called in records; NULL: its path or its claim */
    bool urgent;       /* goes before files that are not */
    /* Borrowed until its outcome was told or the run has ended. */
    const struct claim *claim;
    const struct feed_note *note; /* instead of reading it: borrowed as long; NULL: a scan */
};

struct feed {
    /* Waits for files and gives 1..max of them; 0: no more will come. Returns 0 soon after
     * *stopping became true. -1 ends the run with *err. Called from one thread of the run, and only
     * after the catalogue has caught up with the segments. */
    ssize_t (*next)(void *self, struct feed_file files[], size_t max, const _Atomic bool *stopping,
                    struct err *err);
    /* May be NULL. Called once by the same thread, after the last next(): what it opened of the
     * archive is closed before the run closes its own. */
    void (*end)(void *self);
    void *self;
};

#endif
