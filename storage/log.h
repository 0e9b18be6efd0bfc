/* storage/log.h - the log that proves the archive: a Merkle tree of its objects, and its signed
 * head.
 *
 * docs/format-log.md is the specification of what stands below ARCHIVE/log. The log knows entries,
 * not objects; storage/archive.h puts in one entry per object. The tiles can be made again from the
 * segments; the checkpoint, which somebody else may hold, cannot. */
#ifndef STORAGE_LOG_H
#define STORAGE_LOG_H

#include "io/io.h"
#include "storage/archive.h"
#include "storage/merkle.h"
#include "storage/note.h"

#define LOG_NAME            "log" /* folder below the archive */
#define LOG_KEY_NAME        "key.pem"
#define LOG_VKEY_NAME       "key.vkey"
#define LOG_CHECKPOINT_NAME "checkpoint"
#define LOG_LAST_NAME       "log.last" /* beside the folder: the checkpoint once more */

struct log; /* one thread at a time */

struct log_options {
    struct io *io;      /* borrowed until log_close() */
    int archive_fd;     /* the archive's folder; borrowed */
    const char *origin; /* what the log is called in checkpoints; copied */
    enum archive_mode mode;
    bool rebuild; /* writers: tiles are not looked at, all entries will be added again */
    /* Writers: entries that are durable. A log that promises more is refused. */
    uint64_t durable;
};

/* Opens. A reader needs key.vkey and the checkpoint, and fails with ERR_INPUT without. A writer
 * makes the folder, and a key when there is neither key nor checkpoint. Checked: forms, the
 * checkpoint's signature, and of a writer that the newest tiles give the signed root, and that
 * neither an older checkpoint nor a longer archive was put back.
 *   ERR_INPUT    the key is missing or unreadable, or there is no log
 *   ERR_CORRUPT  the log contradicts itself, its signature, or what is durable
 *   ERR_RETRY, ERR_SYSTEM */
MUST_USE struct log *log_open(const struct log_options *options, struct err *err);
void log_close(struct log *log); /* NULL is fine; what was not published is forgotten */
void log_closep(struct log **log);

uint64_t log_size(const struct log *log); /* entries added, published or not */
/* The newest signed head: size 0 when there is none yet. note: with its signatures; empty then. */
const struct checkpoint *log_head(const struct log *log);
struct span log_note(const struct log *log);
const struct note_key *log_key(const struct log *log);

/* --- writing --- */

/* Adds an entry in memory; entries before log_head()->size are compared instead with the tiles
 * (ERR_CORRUPT). Entries come in order, from any index <= the head's size on: `index` is where this
 * one stands. Now and then full tiles are written, which may fail as log_publish() does. */
MUST_USE int log_add(struct log *log, uint64_t index, struct span entry, struct err *err);
/* Makes what was added durable: tiles, then the checkpoint, then its copy. The caller has made sure
 * that what the entries tell of is durable. Nothing new: nothing is written. After a failure every
 * later call fails the same way, until the log is opened anew. */
MUST_USE int log_publish(struct log *log, struct err *err);

/* --- reading: of the tree that log_head() signs --- */

MUST_USE int log_leaf(struct log *log, uint64_t index, struct digest *ret_leaf, struct err *err);
MUST_USE int log_root(struct log *log, uint64_t size, struct digest *ret_root, struct err *err);
/* index < size <= log_head()->size */
MUST_USE int log_prove(struct log *log, uint64_t index, uint64_t size,
                       struct merkle_proof *ret_proof, struct err *err);
MUST_USE int log_prove_growth(struct log *log, uint64_t old, struct merkle_proof *ret_proof,
                              struct err *err);

/* Compares all of it with what the segments say: entries are shown in order from 0, and every tile
 * and bundle that holds them is read. */
struct log_check;
MUST_USE struct log_check *
log_check_new(struct log *log, void (*on_bad)(void *self, const char *file, const char *what),
              void *self, struct err *err);
MUST_USE int log_check_entry(struct log_check *check, struct span entry, struct err *err);
/* Of a copy, after the last entry the segments give: goes on with what the log itself says, so that
 * all of it is looked at, and tells of entries that the segments have and the log has not.
 * ret_rest: how many it went on with. */
MUST_USE int log_check_rest(struct log_check *check, uint64_t *ret_rest, struct err *err);
/* Ends it: too few entries and a wrong root are told of too. */
MUST_USE int log_check_end(struct log_check *check, struct err *err);
void log_check_free(struct log_check *check); /* NULL is fine */

#endif
