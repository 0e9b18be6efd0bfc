/* storage/archive_log.h - the archive's log: which entry each object is, signing, proving,
 * checking. */
#ifndef STORAGE_ARCHIVE_LOG_H
#define STORAGE_ARCHIVE_LOG_H

#include "storage/log.h"

#define LEAF_ENTRY_MAX 192 /* bytes with NUL */

/* An object as the log has it: one leaf each, in the order of groups and of places in a group. */
struct leaf {
    uint64_t index; /* in the log, from 0 */
    uint64_t group;
    int64_t time_ns; /* of the group */
    enum object_type type;
    uint64_t raw_bytes;
    struct digest id;
};
/* "sohoa/1 blob <id> <bytes> <group> <time>\n": what is hashed into the tree. */
struct span leaf_entry(const struct leaf *leaf, char ret_text[LEAF_ENTRY_MAX]);

/* Signs what has been committed so far: tiles, checkpoint and its copy are durable on return. Does
 * nothing when nothing was committed since. Also done by archive_close(), which cannot tell of a
 * failure. After a failure every later commit fails too. */
MUST_USE int archive_checkpoint(struct archive *archive, struct err *err);

/* The log, borrowed until archive_close(); a reader sees the head that was signed when it first
 * asked. ERR_INPUT when there is none. */
MUST_USE struct log *archive_log(struct archive *archive, struct err *err);

/* Whether there is anything of a log: a signed head, or the key to sign one with. A copy has none
 * until the first sync has brought one. */
bool archive_has_log(const struct archive *archive);
/* Whether the private key has its place here, be the medium it lies on there or not: only then
 * anybody may write. */
bool archive_has_key(const struct archive *archive);
/* Whether it is a copy: it has the public key, and not the private one. */
bool archive_is_copy(const struct archive *archive);

/* The leaf of the object at a place. Reads the headers of its segment up to it. ERR_CORRUPT when no
 * committed object stands there. */
MUST_USE int archive_find_leaf(struct archive *archive, struct place place, struct leaf *ret_leaf,
                               struct err *err);

/* Compares the whole log with the segments and tells hooks->on_damage of what does not fit, counted
 * into *result. Where the segments themselves are damaged it ends early: archive_verify() tells.
 * A copy may have fewer objects than entries (result->not_here), an archive may have more. */
MUST_USE int archive_verify_log(struct archive *archive, const struct verify_hooks *hooks,
                                struct verify_result *result, struct err *err);

/* Opens for writing and makes every tile again that is lost or wrong. The newest signed head stays:
 * ERR_CORRUPT, and nothing is changed, when the segments do not give its root. Where the private
 * key is not (archive_has_key()) the log is left alone, and it is opened as with ARCHIVE_MEND. */
MUST_USE struct archive *archive_open_rebuilding(struct io *io, const char *path, struct err *err);

#endif
