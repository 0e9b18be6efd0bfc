/* pipeline/requests.h - records (of documents, events, accesses) that others ask the service to
 * commit, as files:
 *
 *   ARCHIVE/requests/DIGEST.json      canonical JSON, named by its SHA-256
 *   ARCHIVE/requests/refused/         what was none; looked at by a person
 *
 * A request is gone from the folder once it is durable in a segment. Done again after a crash it
 * gives the same object, so nothing is doubled. The service holds an flock on the folder while it
 * lives. */
#ifndef PIPELINE_REQUESTS_H
#define PIPELINE_REQUESTS_H

#include "pipeline/feed.h"
#include "storage/archive.h"

#define REQUESTS_REFUSED   "refused"
#define REQUEST_NAME_MAX   (DIGEST_HEX_LEN + sizeof ".json")
#define REQUESTS_AT_A_TIME 16u /* given to a run; the others wait in the folder */

/* --- who asks --- */

/* Opens the folder, making it where an archive has none. The descriptor, or -1. */
MUST_USE int requests_open(struct io *io, const char *archive, struct err *err);
/* A service lives that looks into it. */
MUST_USE bool requests_served(int fd);
/* Durable on return. */
MUST_USE int requests_put(struct io *io, int fd, struct span record,
                          char ret_name[REQUEST_NAME_MAX], struct err *err);
enum request_state { REQUEST_WAITS, REQUEST_DONE, REQUEST_REFUSED };
enum request_state requests_state(int fd, const char *name);

/* --- the service --- */

struct request {
    struct feed_note note; /* first: what the run is given, and what its outcome names */
    char name[REQUEST_NAME_MAX];
    struct bytes record;
    struct span text;     /* of it */
    _Atomic bool durable; /* set by whoever is told of the outcome */
    struct request *next;
};
struct requests; /* opaque; of one thread but for request.durable */

/* NULL without memory. io and archive are borrowed. */
struct requests *requests_new(struct io *io, const char *archive);
void requests_free(struct requests *requests); /* NULL is fine */
/* Looks into the folder: what is valid is listed to be given, what is not is moved to refused/ with
 * a line in the log. catalogue: knows which files the archive holds. */
MUST_USE int requests_scan(struct requests *requests, struct catalogue *catalogue, struct err *err);
/* The next to be given to a run, or NULL; it stays ours. */
struct request *requests_give(struct requests *requests);
/* Removes the files of those that are durable. True: none is left. */
bool requests_settle(struct requests *requests);
/* A run has ended: what it had not brought to an end is read again. */
void requests_forget(struct requests *requests);

#endif
