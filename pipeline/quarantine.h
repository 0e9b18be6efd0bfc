/* pipeline/quarantine.h - where a file goes that cannot be archived: a copy and the reason why.
 *
 * quarantine/<16 hex digits>-<name> is the copy, byte for byte; the same with .why is text for a
 * person, in Vietnamese and English: what is wrong, what to do, where it came from. A file that was
 * never read (too large, no permission) leaves only the .why, which names it. */
#ifndef PIPELINE_QUARANTINE_H
#define PIPELINE_QUARANTINE_H

#include "base/digest.h"
#include "io/io.h"

struct quarantined {
    const char *path;        /* displayable */
    const struct digest *id; /* all zero: never read; the path names it then */
    struct span bytes;       /* empty: no copy */
    const struct err *why;   /* ERR_INPUT with a reason */
};

/* Durable on return. The same file again replaces what is there with the same. */
MUST_USE int quarantine_put(struct io *io, int dir_fd, const struct quarantined *file,
                            struct err *err);

/* "reading the page took longer than the time limit (60 s)": the reason with its detail. Appends.
 */
MUST_USE int reason_sentence(enum reason reason, const char *detail, enum reason_language language,
                             struct bytes *out, struct err *err);

#endif
