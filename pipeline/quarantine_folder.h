/* pipeline/quarantine_folder.h - what lies in a quarantine, and how a person lets it out again.
 *
 * Both quarantines: a hot folder's, where the files themselves lie, and an archive's, with copies.
 * What is in them comes from anybody: explanations are read up to WHY_BYTES_MAX and believed in
 * nothing, no symbolic link is followed, and files are named by what was found there, never by a
 * path made of what an explanation says. Every step is durable before the next, in an order in
 * which it can be done again after a crash. */
#ifndef PIPELINE_QUARANTINE_FOLDER_H
#define PIPELINE_QUARANTINE_FOLDER_H

#include "base/digest.h"
#include "io/io.h"

#define WHY_BYTES_MAX        (64 * KIB)
#define QUARANTINE_FILES_MAX 2000000u

struct quarantine_entry {
    char *rel;      /* path below the folder, as it is */
    char *shown;    /* the same, displayable */
    bool there;     /* the file itself is; a file that was never read leaves only why */
    bool explained; /* what follows is known; else reason is NONE and the texts are "" */
    char *path;     /* where it came from, displayable */
    char *batch;    /* "" when it came by a path */
    char *detail;
    enum reason reason;
    bool has_id;
    struct digest id;
    uint64_t size_bytes;
    int64_t since_ns; /* when it was explained, or last changed */
    bool chosen;      /* for the caller */
};

struct quarantine_list {
    struct quarantine_entry *entries; /* by rel, owned */
    size_t len, cap;
    size_t unreadable; /* explanations that say nothing that can be understood */
};
void quarantine_list_done(struct quarantine_list *list); /* fits CLEANUP */

/* Looks through the folder. ERR_INPUT: more than QUARANTINE_FILES_MAX. */
MUST_USE int quarantine_list(struct io *io, const char *dir, struct quarantine_list *ret_list,
                             struct err *err);

/* Removes NAME.why, NAME and NAME.why.json, in this order: what is left after a crash still says
 * which file it is about. */
MUST_USE int quarantine_remove(struct io *io, int dir_fd, const struct quarantine_entry *entry,
                               struct err *err);

/* Moves a file of HOTFOLDER/quarantine back to where it was in the inbox, with its marker when the
 * service waits for one (NULL: it does not), and removes the explanation. Returns 1 and where it is
 * now, displayable; 0 when there was only an explanation: that of a file that was moved before a
 * crash is removed, a fresh one may be the service's that is about to move the file in. */
MUST_USE int quarantine_retry(struct io *io, int hot_fd, const struct quarantine_entry *entry,
                              const char *marker, struct bytes *ret_to, struct err *err);

/* Moves the file with its explanation into the folder to_fd, also on another file system; nothing
 * there is replaced: "name~2.tif". Appends its name there, displayable. */
MUST_USE int quarantine_release(struct io *io, int dir_fd, const struct quarantine_entry *entry,
                                int to_fd, struct bytes *ret_name, struct err *err);

#endif
