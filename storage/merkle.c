/* storage/merkle.c - the Merkle tree of RFC 6962, section 2.1, over SHA-256.
 *
 * RFC 6962 defines everything by splitting a run of n leaves at the largest power of two below n.
 * Proofs are built and checked by walking down such splits to one place, and folding the hashes on
 * the way up again. */
#include "storage/merkle.h"

#include <assert.h>
#include <string.h>

#define SMALL_ENTRY 256u

struct digest merkle_empty(void)
{
    return digest_of(span_of("", 0));
}

struct digest merkle_leaf(struct span entry)
{
    uint8_t small[SMALL_ENTRY] = {0};
    if (entry.len > 0 && entry.len < sizeof small) { /* one call is half the cost */
        memcpy(small + 1, entry.data, entry.len);
        return digest_of(span_of(small, 1 + entry.len));
    }
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    hasher_add(hasher, span_of("\0", 1));
    hasher_add(hasher, entry);
    return hasher_finish(hasher);
}

struct digest merkle_node(const struct digest *left, const struct digest *right)
{
    uint8_t both[1 + 2 * DIGEST_BYTES] = {1};
    memcpy(both + 1, left->b, DIGEST_BYTES);
    memcpy(both + 1 + DIGEST_BYTES, right->b, DIGEST_BYTES);
    return digest_of(span_of(both, sizeof both));
}

/* --- the right edge --- */

void merkle_add(struct merkle_edge *edge, const struct digest *leaf)
{
    assert(edge->size < MERKLE_SIZE_MAX);
    struct digest hash = *leaf;
    unsigned level = 0;
    for (; edge->size >> level & 1; level++)
        hash = merkle_node(&edge->peaks[level], &hash);
    edge->peaks[level] = hash;
    edge->size++;
}

struct digest merkle_root(const struct merkle_edge *edge)
{
    struct digest root = merkle_empty();
    bool begun = false;
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        if (!(edge->size >> level & 1))
            continue;
        root = begun ? merkle_node(&edge->peaks[level], &root) : edge->peaks[level];
        begun = true;
    }
    return root;
}

/* --- runs of leaves --- */

/* The leaves from..to; from is where the splits of RFC 6962 put it. */
struct run {
    uint64_t from, to;
};

static uint64_t split(const struct run *run)
{
    uint64_t half = 1, n = run->to - run->from;
    while (half < n - half)
        half <<= 1;
    return run->from + half;
}

/* Reads the peaks of a run: nodes of falling level from left to right. */
static int read_peaks(const struct merkle_store *store, const struct run *run,
                      struct merkle_edge *ret_edge, struct err *err)
{
    uint64_t at = run->from;
    ret_edge->size = run->to - run->from;
    for (unsigned level = MERKLE_LEVELS; level-- > 0;) {
        if (!(ret_edge->size >> level & 1))
            continue;
        if (store->node(store->self, level, at >> level, &ret_edge->peaks[level], err) < 0)
            return -1;
        at += (uint64_t)1 << level;
    }
    return 0;
}

static int hash_run(const struct merkle_store *store, const struct run *run,
                    struct digest *ret_hash, struct err *err)
{
    struct merkle_edge edge;
    if (read_peaks(store, run, &edge, err) < 0)
        return -1;
    *ret_hash = merkle_root(&edge);
    return 0;
}

int merkle_root_of(const struct merkle_store *store, uint64_t size, struct digest *ret_root,
                   struct err *err)
{
    return hash_run(store, &(struct run){0, size}, ret_root, err);
}

int merkle_edge_of(const struct merkle_store *store, uint64_t size, struct merkle_edge *ret_edge,
                   struct err *err)
{
    return read_peaks(store, &(struct run){0, size}, ret_edge, err);
}

/* --- building proofs --- */

static int add_run(const struct merkle_store *store, const struct run *run,
                   struct merkle_proof *proof, struct err *err)
{
    assert(proof->len < MERKLE_PROOF_MAX);
    return hash_run(store, run, &proof->hashes[proof->len++], err);
}

/* Found from the root down, written from the leaf up. */
static void turn(struct merkle_proof *proof)
{
    for (size_t i = 0, k = proof->len; i + 1 < k; i++) {
        struct digest hash = proof->hashes[i];
        proof->hashes[i] = proof->hashes[--k];
        proof->hashes[k] = hash;
    }
}

int merkle_prove(const struct merkle_store *store, uint64_t index, uint64_t size,
                 struct merkle_proof *ret_proof, struct err *err)
{
    assert(index < size && size <= MERKLE_SIZE_MAX);
    struct run run = {0, size};
    ret_proof->len = 0;
    while (run.to - run.from > 1) {
        uint64_t middle = split(&run);
        struct run left = {run.from, middle}, right = {middle, run.to};
        bool goes_left = index < middle;
        if (add_run(store, goes_left ? &right : &left, ret_proof, err) < 0)
            return -1;
        run = goes_left ? left : right;
    }
    turn(ret_proof);
    return 0;
}

int merkle_prove_growth(const struct merkle_store *store, uint64_t old, uint64_t size,
                        struct merkle_proof *ret_proof, struct err *err)
{
    assert(old <= size && size <= MERKLE_SIZE_MAX);
    struct run run = {0, size};
    ret_proof->len = 0;
    if (old == 0 || old == size)
        return 0;
    while (run.to != old) {
        uint64_t middle = split(&run);
        struct run left = {run.from, middle}, right = {middle, run.to};
        bool goes_left = old <= middle;
        if (add_run(store, goes_left ? &right : &left, ret_proof, err) < 0)
            return -1;
        run = goes_left ? left : right;
    }
    /* The old tree as a whole is known to who checks. */
    if (run.from > 0 && add_run(store, &run, ret_proof, err) < 0)
        return -1;
    turn(ret_proof);
    return 0;
}

/* --- checking them --- */

/* The way down to a place: at each split, whether it went left. */
struct way {
    bool left[MERKLE_PROOF_MAX];
    size_t len;
};

bool merkle_check(uint64_t index, uint64_t size, const struct digest *leaf,
                  const struct merkle_proof *proof, const struct digest *root)
{
    if (size > MERKLE_SIZE_MAX || index >= size)
        return false;
    struct run run = {0, size};
    struct way way = {.len = 0};
    while (run.to - run.from > 1) {
        uint64_t middle = split(&run);
        way.left[way.len++] = index < middle;
        *(index < middle ? &run.to : &run.from) = middle;
    }
    if (proof->len != way.len)
        return false;
    struct digest hash = *leaf;
    for (size_t i = 0; i < proof->len; i++) {
        const struct digest *other = &proof->hashes[i];
        hash = way.left[way.len - 1 - i] ? merkle_node(&hash, other) : merkle_node(other, &hash);
    }
    return digest_equal(&hash, root);
}

bool merkle_check_growth(uint64_t old, uint64_t size, const struct digest *old_root,
                         const struct merkle_proof *proof, const struct digest *root)
{
    struct digest empty = merkle_empty();
    if (size > MERKLE_SIZE_MAX || old > size)
        return false;
    if (old == 0)
        return proof->len == 0 && digest_equal(old_root, &empty);
    if (old == size)
        return proof->len == 0 && digest_equal(old_root, root);
    struct run run = {0, size};
    struct way way = {.len = 0};
    while (run.to != old) {
        uint64_t middle = split(&run);
        way.left[way.len++] = old <= middle;
        *(old <= middle ? &run.to : &run.from) = middle;
    }
    size_t used = run.from > 0;
    if (proof->len != way.len + used)
        return false;
    struct digest before = used ? proof->hashes[0] : *old_root, after = before;
    for (size_t i = way.len; i-- > 0;) {
        const struct digest *other = &proof->hashes[used++];
        after = way.left[i] ? merkle_node(&after, other) : merkle_node(other, &after);
        if (!way.left[i])
            before = merkle_node(other, &before);
    }
    return digest_equal(&before, old_root) && digest_equal(&after, root);
}
