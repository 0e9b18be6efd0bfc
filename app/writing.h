/* app/writing.h - a person's records (of documents, of events) on their way into the archive:
 * written by this process, or left to the service that has the archive. */
#ifndef APP_WRITING_H
#define APP_WRITING_H

#include "app/app.h"
#include "pipeline/requests.h"
#include "storage/envelope.h"

/* Start with {.requests_fd = -1}; writing_done() fits CLEANUP. */
struct writing {
    struct reading archive; /* open to write; to read when the service is asked */
    int requests_fd;        /* -1: we write ourselves */
    bool silent;            /* nothing is said of the service */
    bool liked, sealed;     /* by writing_seal_like(): something was said; the record is sealed */
    struct seal_key seal;   /* with this key */
};
void writing_done(struct writing *writing);

/* Opens it, and brings the catalogue up to what is committed: it tells who has the pages now.
 * EXIT_DONE, or the exit code to end with; then it has said why. */
int writing_open(struct writing *writing, const char *archive);
/* The same, but only to write: a service that has the archive is an error as any other writer. */
int writing_open_alone(struct writing *writing, const char *archive);

/* The next record is about pages of this file, and is sealed as they are. Call it for each file.
 * ERR_INPUT: others before are sealed with another key, or one of them is not sealed. */
MUST_USE int writing_seal_like(struct writing *writing, const struct digest *source,
                               struct err *err);
/* Seals a record that the caller commits as writing_seal_like() was told, and forgets that: it is
 * of one record. */
MUST_USE int writing_seal(struct writing *writing, struct object *object, struct err *err);
/* Commits the record (canonical JSON), or leaves it to the service and waits for it a while;
 * one that is to be sealed is not left to it (ERR_RETRY): it lies there as it is. */
MUST_USE int writing_commit(struct writing *writing, struct span json,
                            enum request_state *ret_state, struct digest *ret_id, struct err *err);

#endif
