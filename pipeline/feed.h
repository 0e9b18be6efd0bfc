/* pipeline/feed.h - where the files of a run come from when they are not a list of paths: one after
 * another, for as long as the run lasts. */
#ifndef PIPELINE_FEED_H
#define PIPELINE_FEED_H

#include <stdbool.h>
#include <sys/types.h>

#include "storage/catalogue.h"

/* What is known of a file before it is read, for the ledger. */
struct claim {
    char ticket[TICKET_MAX];
    const char *folder, *name, *batch; /* displayable; name: path below the folder */
    char dossier[DOSSIER_CODE_MAX];    /* that its name tells of; "": none */
    int64_t mtime_ns, taken_ns;
    bool last_try; /* trouble with reading it is the file's now, see OUTCOME_RETURNED */
};

struct feed_file {
    const char *path;  /* to be opened; borrowed until the next call of next() */
    const char *shown; /* displayable: what it is called in records; NULL: its path or its claim */
    bool urgent;       /* goes before files that are not */
    /* Borrowed until its outcome was told or the run has ended. */
    const struct claim *claim;
};

struct feed {
    /* Waits for files and gives 1..max of them; 0: no more will come. Returns 0 soon after
     * *stopping became true. -1 ends the run with *err. Called from one thread of the run, and only
     * after the catalogue has caught up with the segments. */
    ssize_t (*next)(void *self, struct feed_file files[], size_t max, const _Atomic bool *stopping,
                    struct err *err);
    void *self;
};

#endif
