/* storage/proof.h - proofs as text files: C2SP tlog-proof (this leaf is in that tree), and the body
 * of tlog-witness' add-checkpoint (that tree begins with the older one). */
#ifndef STORAGE_PROOF_H
#define STORAGE_PROOF_H

#include "storage/merkle.h"
#include "storage/note.h"

/* extra: what a reader needs to make the leaf; may be empty. note: the checkpoint as signed. */
MUST_USE int proof_write(struct span extra, uint64_t index, const struct merkle_proof *path,
                         struct span note, struct bytes *out, struct err *err);

/* A checkpoint with the proof that it continues one of `old` leaves; old is 0 when it is alone. */
struct growth {
    bool told; /* there is an "old" line */
    uint64_t old;
    struct merkle_proof proof;
    struct span note; /* points into what was parsed */
};
MUST_USE int growth_write(const struct growth *growth, struct bytes *out, struct err *err);
/* Takes a bare checkpoint too. Only the form of what stands before the note is checked. */
MUST_USE int growth_parse(struct span text, struct growth *ret_growth, struct err *err);

#endif
