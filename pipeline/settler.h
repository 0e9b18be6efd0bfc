/* pipeline/settler.h - a thread that moves claimed files where they go, once their end is durable.
 *
 * Beside the runs, so that neither a slow share nor a file that cannot be moved just now holds up a
 * commit. Thread-safe. */
#ifndef PIPELINE_SETTLER_H
#define PIPELINE_SETTLER_H

#include "pipeline/hot_folder.h"

struct settler;

/* The end of a file, as the ledger has it. */
struct ended {
    struct held *held;
    bool quarantined; /* else it is archived, or the archive held it */
    struct digest id; /* all zero: never read */
    enum reason reason;
    char detail[244];
};

/* Starts the thread, with an io of its own. */
MUST_USE struct settler *settler_start(enum io_choice choice, struct err *err);
/* Lets it do what can be done now, and ends it. What is left lies claimed, and is found at the next
 * start. NULL is fine. */
void settler_stop(struct settler *settler);

/* Takes held over. What fails is tried again after half a minute. */
void settler_push(struct settler *settler, const struct ended *ended);
/* Waits until it is not moving any file: all it has are those settler_has() knows. */
void settler_pause(struct settler *settler);
bool settler_has(struct settler *settler, const char *ticket);

#endif
