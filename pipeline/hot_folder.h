/* pipeline/hot_folder.h - a folder that scanners write into: what is complete in it, claiming it,
 * and where it goes afterwards.
 *
 *   PATH/...                        the inbox: files as they come, in folders of any depth
 *   PATH/.sohoa/claimed/PASS/REL    taken out of everybody's reach; still the only copy
 *   PATH/.sohoa/reports/TICKET      what does not fit a claimed sidecar, on its way to done
 *   PATH/done/REL                   archived, or the archive held it already
 *   PATH/quarantine/REL             cannot be archived; REL.why says why, REL.why.json to programs
 *
 * All on one file system: every step is a rename, so a file is always in exactly one of these
 * places, whatever happens in between. Claims are synced before anything is recorded of them. Not
 * thread-safe, except that hot_folder_settle() may run beside the others with an io of its own. */
#ifndef PIPELINE_HOT_FOLDER_H
#define PIPELINE_HOT_FOLDER_H

#include "io/io.h"
#include "pipeline/dossier_rule.h"
#include "pipeline/feed.h"

#define HOT_DEPTH_MAX 64u      /* folders below the inbox; deeper ones are left alone */
#define HOT_FILES_MAX 2000000u /* files known at a time; more wait for a later scan */
#define HOT_CLAIM_MAX 64u      /* files of one pass */
#define HOT_NAME_MAX  32u      /* bytes of a hot folder's name with NUL: a-z 0-9 - */
#define HOT_TRIES_MAX 6u       /* of reading a file that cannot be read just now */

enum hot_after { HOT_MOVE, HOT_DELETE };

struct hot_folder_options {
    const char *name; /* in the ledger: keep it, whatever the path becomes */
    const char *path;
    enum hot_after after; /* what becomes of archived files */
    bool urgent;          /* a counter's: before batches */
    uint32_t settle_ms;   /* a file must have been still for so long */
    const char *marker;   /* a file is complete when FILE + marker is there; NULL: none needed */
    const struct dossier_rule *dossier_from; /* of a file, by its path; NULL: by formal codes */
    int (*watch_dir)(void *self, const char *path); /* called for every folder seen; may be NULL */
    void *self;
};

/* A file taken out of the inbox. */
struct held {
    struct claim claim; /* first; its texts are ours */
    char *rel;          /* path below the inbox, as it is */
    char *path;         /* where it lies now, to be opened */
    uint64_t size_bytes;
    uint32_t tries;
    int64_t not_before_ns; /* for the caller: when it may be tried again */
    struct hot_folder *folder;
    bool sidecar;      /* it tells of scans, and is none */
    struct held *next; /* for the caller's lists */
};
void held_free(struct held *held); /* NULL is fine */

struct hot_folder; /* opaque */

/* Opens, makes the folders it needs, and locks the inbox against a second service where the file
 * system can lock. Borrows io and the options' texts. ERR_INPUT: the path is no folder, or done and
 * quarantine are not on its file system; ERR_RETRY: another service has it. */
MUST_USE struct hot_folder *hot_folder_open(struct io *io, const struct hot_folder_options *options,
                                            struct err *err);
void hot_folder_close(struct hot_folder *folder); /* NULL is fine */
const struct hot_folder_options *hot_folder_options(const struct hot_folder *folder);

/* What was claimed and not settled before a crash or a stop. A list; the caller owns it. */
MUST_USE int hot_folder_leftovers(struct hot_folder *folder, struct held **ret_list,
                                  struct err *err);

/* Looks through the inbox. now_ns: of a clock that only goes forward. */
MUST_USE int hot_folder_scan(struct hot_folder *folder, int64_t now_ns, struct err *err);

struct hot_waiting {
    uint64_t files, bytes; /* seen and not yet claimed */
    uint64_t unfinished;   /* of them: want a marker, or have a writer */
    int64_t oldest_ns;     /* when the one that waits longest was last seen to change; 0: none */
    int64_t due_ns; /* when the next file may be complete; 0: nothing will be by time alone */
};
void hot_folder_waiting(const struct hot_folder *folder, int64_t now_ns,
                        struct hot_waiting *ret_waiting);

/* Claims up to max complete files (at least 1, at most HOT_CLAIM_MAX), those that have been still
 * longest first, and syncs that. bytes_max bounds them together, but one is always taken. Appends
 * to *list. A file that cannot be renamed is logged and tried again after the next scan. Returns
 * how many, or -1. */
MUST_USE ssize_t hot_folder_claim(struct hot_folder *folder, size_t max, uint64_t bytes_max,
                                  int64_t now_ns, struct held **list, struct err *err);

/* A sidecar, by its name: batch.json, NAME.sohoa.json. It is claimed when it says that its batch is
 * closed, or when it cannot be understood; it wants no marker. */
bool hot_folder_sidecar(const char *rel);
/* A file of this path below the inbox was there at the last scan; soon: and nobody writes to it,
 * nor does it want its marker. O(log n). */
bool hot_folder_has(const struct hot_folder *folder, const char *rel, bool soon);

/* Leaves a report about a claimed sidecar, durable on return: hot_folder_settle() moves it to
 * done/, as the sidecar's name there and ".report.json". Replaces one left by a crash. */
MUST_USE int hot_folder_report(struct io *io, const struct held *held, struct span text,
                               struct err *err);

/* 1: the claimed file has nobody writing to it and is as it was when it was claimed; 0: it is not,
 * and size and time are noted anew. -1: it is gone. */
int hot_folder_still(struct held *held);

/* Why a file is quarantined, as the ledger has it. */
struct hot_why {
    const struct digest *id; /* all zero: never read */
    enum reason reason;
    const char *detail;
};

/* Where the file goes at its end; why NULL: it is archived. In the quarantine it gets .why files
 * first. Name taken: "name~2.tif". Idempotent as a whole: after a crash in the middle
 * it is done again. Does not sync: until the rename is durable the file is claimed and in the
 * ledger, and the next start settles it. A file that changed after it was read goes back to the
 * inbox instead, as a new one. */
MUST_USE int hot_folder_settle(struct io *io, struct held *held, const struct hot_why *why,
                               struct err *err);

#endif
