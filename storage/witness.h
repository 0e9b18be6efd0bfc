/* storage/witness.h - what a witness remembers of others' logs, and when it signs.
 *
 * Without a second party whoever holds the key could rewrite a whole log and sign that. A witness
 * signs a head only when it continues the last one it signed (C2SP tlog-witness). */
#ifndef STORAGE_WITNESS_H
#define STORAGE_WITNESS_H

#include "storage/note.h"

#define WITNESS_LOGS_MAX  4096u
#define WITNESS_STATE_MAX (2 * MIB) /* bytes of the file */

/* A log that is trusted to be signed by this key; its origin is the key's name. */
struct witness_log {
    struct note_key key;
    uint64_t size; /* of the head signed last; 0: none yet */
    struct digest root;
};
struct witness {
    struct witness_log *logs; /* owned */
    size_t len;
};
void witness_done(struct witness *witness); /* fits CLEANUP; zero is fine */

/* The state as text: a line "vkey size root" for each log. ERR_INPUT when it is anything else. */
MUST_USE int witness_parse(struct span text, struct witness *ret_witness, struct err *err);
MUST_USE int witness_write(const struct witness *witness, struct bytes *out, struct err *err);

/* Takes a log in. One that is known under another key is refused (ERR_INPUT). */
MUST_USE int witness_trust(struct witness *witness, const struct note_key *key, struct err *err);

/* Looks at a checkpoint, perhaps with the proof that it continues an older one (storage/proof.h).
 * When it may be signed, its text is given and the log's head moved on to it; the caller makes that
 * durable before it signs. ERR_INPUT otherwise, and the text says which: malformed, of an unknown
 * log, not signed by it, shorter than before, rewritten, or the proof is missing. */
MUST_USE int witness_look(struct witness *witness, struct span checkpoint, struct span *ret_text,
                          struct err *err);

#endif
