/* pipeline/quarantine.h - where a file goes that cannot be archived, and the reason why.
 *
 * Beside NAME lie NAME.why, text for a person in Vietnamese and English (what is wrong, what to do,
 * where it came from), and NAME.why.json, the same for programs (docs/format-records.md). */
#ifndef PIPELINE_QUARANTINE_H
#define PIPELINE_QUARANTINE_H

#include "base/digest.h"
#include "io/io.h"

struct quarantined {
    const char *path;                    /* displayable */
    const char *folder, *batch, *ticket; /* of a claimed file; NULL: it was named by its path */
    const struct digest *id;             /* NULL or all zero: never read, or not known */
    uint64_t size_bytes;
    struct span bytes;     /* empty: no copy */
    const struct err *why; /* ERR_INPUT with a reason */
};

/* Writes NAME.why.json and NAME.why; each durable on return. name: at most 240 bytes. */
MUST_USE int quarantine_explain(struct io *io, int dir_fd, const char *name,
                                const struct quarantined *file, struct err *err);

/* Copies the bytes to <16 hex digits>-<name> and explains them. A file that was never read (too
 * large, no permission) leaves only the explanation, which names it. Durable on return. The same
 * file again replaces what is there with the same. */
MUST_USE int quarantine_put(struct io *io, int dir_fd, const struct quarantined *file,
                            struct err *err);

/* "reading the page took longer than the time limit (60 s)": the reason with its detail. Appends.
 */
MUST_USE int reason_sentence(enum reason reason, const char *detail, enum reason_language language,
                             struct bytes *out, struct err *err);

#endif
