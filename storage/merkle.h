/* storage/merkle.h - the Merkle tree of RFC 6962, section 2.1, over SHA-256.
 *
 * A tree is a row of leaves. Nodes are named by level and index: node (level, index) is the hash of
 * the 2^level leaves from index * 2^level on, so leaves are (0, index). Everything here is
 * arithmetic over such hashes; where they are kept is the caller's affair. */
#ifndef STORAGE_MERKLE_H
#define STORAGE_MERKLE_H

#include "base/digest.h"

#define MERKLE_LEVELS    63                          /* a tree has less than 2^63 leaves */
#define MERKLE_SIZE_MAX  ((uint64_t)INT64_MAX)       /* leaves */
#define MERKLE_PROOF_MAX ((size_t)MERKLE_LEVELS + 1) /* hashes of any proof */

struct digest merkle_empty(void); /* the root of no leaves */
struct digest merkle_leaf(struct span entry);
struct digest merkle_node(const struct digest *left, const struct digest *right);

/* The right edge of a tree that grows: enough to know its root and that of every larger one. Starts
 * as zero. peaks[level] counts where bit `level` of size is set. */
struct merkle_edge {
    uint64_t size;
    struct digest peaks[MERKLE_LEVELS];
};
void merkle_add(struct merkle_edge *edge, const struct digest *leaf);
struct digest merkle_root(const struct merkle_edge *edge);

/* Where hashes are kept. node() gives a node that is wholly inside the tree. */
struct merkle_store {
    int (*node)(void *self, unsigned level, uint64_t index, struct digest *ret_hash,
                struct err *err);
    void *self;
};

struct merkle_proof {
    struct digest hashes[MERKLE_PROOF_MAX];
    size_t len;
};

/* The root of the tree's first `size` leaves. Asks for at most MERKLE_LEVELS nodes. */
MUST_USE int merkle_root_of(const struct merkle_store *store, uint64_t size,
                            struct digest *ret_root, struct err *err);
/* The edge of the tree's first `size` leaves. */
MUST_USE int merkle_edge_of(const struct merkle_store *store, uint64_t size,
                            struct merkle_edge *ret_edge, struct err *err);
/* That leaf `index` is in the tree of the first `size` leaves (2.1.1). index < size. */
MUST_USE int merkle_prove(const struct merkle_store *store, uint64_t index, uint64_t size,
                          struct merkle_proof *ret_proof, struct err *err);
/* That the tree of `size` leaves begins with the one of `old` (2.1.2). old <= size; empty when old
 * is 0 or size. */
MUST_USE int merkle_prove_growth(const struct merkle_store *store, uint64_t old, uint64_t size,
                                 struct merkle_proof *ret_proof, struct err *err);

/* The checks, of numbers and hashes that a stranger gave: false also when there are too few or too
 * many hashes, or the numbers make no sense. */
MUST_USE bool merkle_check(uint64_t index, uint64_t size, const struct digest *leaf,
                           const struct merkle_proof *proof, const struct digest *root);
MUST_USE bool merkle_check_growth(uint64_t old, uint64_t size, const struct digest *old_root,
                                  const struct merkle_proof *proof, const struct digest *root);

#endif
