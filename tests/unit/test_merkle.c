/* tests/unit/test_merkle.c - the tree against the published vectors, and against the definition of
 * RFC 6962 written down as it stands there. */
#include "storage/merkle.h"
#include "tests/unit/test.h"

#define LEAVES 70u

static struct digest of_hex(const char *hex)
{
    struct digest digest;
    assert_true(digest_parse(hex, &digest));
    return digest;
}

static void assert_hash(const struct digest *got, const char *want)
{
    char hex[DIGEST_HEX_LEN + 1];
    assert_string_equal(digest_hex(got, hex), want);
}

/* The leaves and roots that the Certificate Transparency implementations test themselves with. */
static const struct span known_leaves[] = {
    {(const uint8_t *)"", 0},
    {(const uint8_t *)"\x00", 1},
    {(const uint8_t *)"\x10", 1},
    {(const uint8_t *)"\x20\x21", 2},
    {(const uint8_t *)"\x30\x31", 2},
    {(const uint8_t *)"\x40\x41\x42\x43", 4},
    {(const uint8_t *)"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
    {(const uint8_t *)"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16},
};
static const char *const known_roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

/* The definitions of 2.1, 2.1.1 and 2.1.2, recursive and slow. */
static struct digest mth(const struct digest *leaves, uint64_t n)
{
    uint64_t k = 1;
    if (n == 0)
        return digest_of(span_of("", 0));
    if (n == 1)
        return leaves[0];
    while (2 * k < n)
        k *= 2;
    struct digest left = mth(leaves, k), right = mth(leaves + k, n - k);
    return merkle_node(&left, &right);
}

static void path(uint64_t m, const struct digest *leaves, uint64_t n, struct merkle_proof *proof)
{
    uint64_t k = 1;
    if (n <= 1)
        return;
    while (2 * k < n)
        k *= 2;
    path(m < k ? m : m - k, m < k ? leaves : leaves + k, m < k ? k : n - k, proof);
    proof->hashes[proof->len++] = m < k ? mth(leaves + k, n - k) : mth(leaves, k);
}

static void subproof(uint64_t m, const struct digest *leaves, uint64_t n, bool whole,
                     struct merkle_proof *proof)
{
    uint64_t k = 1;
    if (m == n) {
        if (!whole)
            proof->hashes[proof->len++] = mth(leaves, n);
        return;
    }
    while (2 * k < n)
        k *= 2;
    if (m <= k) {
        subproof(m, leaves, k, whole, proof);
        proof->hashes[proof->len++] = mth(leaves + k, n - k);
    } else {
        subproof(m - k, leaves + k, n - k, false, proof);
        proof->hashes[proof->len++] = mth(leaves, k);
    }
}

static int node_of(void *self, unsigned level, uint64_t index, struct digest *ret_hash,
                   struct err *err)
{
    const struct digest *leaves = self;
    (void)err;
    *ret_hash = mth(leaves + (index << level), (uint64_t)1 << level);
    return 0;
}

static void make_leaves(struct digest leaves[LEAVES])
{
    for (unsigned i = 0; i < LEAVES; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "leaf %u", i);
        leaves[i] = merkle_leaf(span_of_text(text));
    }
}

static void the_published_roots_come_out(void **state)
{
    (void)state;
    struct merkle_edge edge = {.size = 0};
    struct digest leaves[8], root = merkle_empty();
    assert_hash(&root, known_roots[0]);
    for (unsigned i = 0; i < 8; i++) {
        struct merkle_store store = {node_of, leaves};
        struct merkle_edge again;
        struct err err = {0};
        leaves[i] = merkle_leaf(known_leaves[i]);
        merkle_add(&edge, &leaves[i]);
        root = merkle_root(&edge);
        assert_hash(&root, known_roots[i + 1]);
        assert_ok(merkle_root_of(&store, i + 1, &root, &err), err);
        assert_hash(&root, known_roots[i + 1]);
        assert_ok(merkle_edge_of(&store, i + 1, &again, &err), err);
        root = merkle_root(&again);
        assert_hash(&root, known_roots[i + 1]);
    }
    root = merkle_leaf(span_of_text("L123456"));
    assert_hash(&root, "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}

/* Known proofs of that tree: of leaf 0 and 5 of 8, 2 of 3; from 1, 6 to 8, and 2 to 5. */
static const struct known_proof {
    bool growth;
    uint64_t from, to;
    size_t len;
    const char *hashes[3];
} known_proofs[] = {
    {false,
     0,
     8,
     3,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {false,
     5,
     8,
     3,
     {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {false, 2, 3, 1, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
    {true,
     1,
     8,
     3,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {true,
     6,
     8,
     3,
     {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {true,
     2,
     5,
     2,
     {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
};

static void the_published_proofs_come_out(void **state)
{
    (void)state;
    struct digest leaves[8];
    struct merkle_store store = {node_of, leaves};
    for (unsigned i = 0; i < 8; i++)
        leaves[i] = merkle_leaf(known_leaves[i]);
    for (size_t i = 0; i < ARRAY_LEN(known_proofs); i++) {
        const struct known_proof *known = &known_proofs[i];
        struct merkle_proof proof;
        struct err err = {0};
        struct digest root = of_hex(known_roots[known->to]), old = of_hex(known_roots[known->from]);
        int rc = known->growth ? merkle_prove_growth(&store, known->from, known->to, &proof, &err)
                               : merkle_prove(&store, known->from, known->to, &proof, &err);
        assert_ok(rc, err);
        assert_int_equal(proof.len, known->len);
        for (size_t k = 0; k < known->len; k++)
            assert_hash(&proof.hashes[k], known->hashes[k]);
        assert_true(known->growth ? merkle_check_growth(known->from, known->to, &old, &proof, &root)
                                  : merkle_check(known->from, known->to, &leaves[known->from],
                                                 &proof, &root));
    }
}

static void assert_same_proof(const struct merkle_proof *a, const struct merkle_proof *b)
{
    assert_int_equal(a->len, b->len);
    for (size_t i = 0; i < a->len; i++)
        assert_true(digest_equal(&a->hashes[i], &b->hashes[i]));
}

/* Everything that differs from a right proof in one thing. */
static void no_other_proof_passes(uint64_t index, uint64_t n, const struct digest *leaf,
                                  const struct merkle_proof *proof, const struct digest *root)
{
    struct digest other = *leaf, other_root = *root;
    other.b[31] ^= 1;
    other_root.b[0] ^= 1;
    assert_false(merkle_check(index, n, &other, proof, root));
    assert_false(merkle_check(index, n, leaf, proof, &other_root));
    if (proof->len > 0) /* a tree of one leaf has no other place */
        assert_false(merkle_check(index ^ 1, n, leaf, proof, root));
    for (size_t i = 0; i < proof->len; i++) {
        struct merkle_proof wrong = *proof;
        wrong.hashes[i].b[7] ^= 0x10;
        assert_false(merkle_check(index, n, leaf, &wrong, root));
    }
    struct merkle_proof longer = *proof, shorter = *proof;
    longer.hashes[longer.len++] = *leaf;
    assert_false(merkle_check(index, n, leaf, &longer, root));
    if (shorter.len > 0) {
        shorter.len--;
        assert_false(merkle_check(index, n, leaf, &shorter, root));
    }
}

static void every_leaf_of_every_tree_is_proved_as_defined(void **state)
{
    (void)state;
    struct digest leaves[LEAVES];
    struct merkle_store store = {node_of, leaves};
    make_leaves(leaves);
    for (uint64_t n = 1; n <= LEAVES; n++) {
        struct digest root = mth(leaves, n);
        for (uint64_t m = 0; m < n; m++) {
            struct merkle_proof proof, defined = {.len = 0};
            struct err err = {0};
            assert_ok(merkle_prove(&store, m, n, &proof, &err), err);
            path(m, leaves, n, &defined);
            assert_same_proof(&proof, &defined);
            assert_true(merkle_check(m, n, &leaves[m], &proof, &root));
            no_other_proof_passes(m, n, &leaves[m], &proof, &root);
        }
    }
}

static void every_growth_is_proved_as_defined(void **state)
{
    (void)state;
    struct digest leaves[LEAVES];
    struct merkle_store store = {node_of, leaves};
    make_leaves(leaves);
    for (uint64_t n = 1; n <= LEAVES; n++) {
        struct digest root = mth(leaves, n), wrong_root = root;
        wrong_root.b[3] ^= 4;
        for (uint64_t m = 1; m < n; m++) {
            struct merkle_proof proof, defined = {.len = 0};
            struct digest old = mth(leaves, m), wrong_old = old;
            struct err err = {0};
            wrong_old.b[3] ^= 4;
            assert_ok(merkle_prove_growth(&store, m, n, &proof, &err), err);
            subproof(m, leaves, n, true, &defined);
            assert_same_proof(&proof, &defined);
            assert_true(merkle_check_growth(m, n, &old, &proof, &root));
            assert_false(merkle_check_growth(m, n, &wrong_old, &proof, &root));
            assert_false(merkle_check_growth(m, n, &old, &proof, &wrong_root));
            for (size_t i = 0; i < proof.len; i++) {
                struct merkle_proof wrong = proof;
                wrong.hashes[i].b[9] ^= 1;
                assert_false(merkle_check_growth(m, n, &old, &wrong, &root));
            }
            struct merkle_proof longer = proof;
            longer.hashes[longer.len++] = root;
            assert_false(merkle_check_growth(m, n, &old, &longer, &root));
            proof.len--;
            assert_false(merkle_check_growth(m, n, &old, &proof, &root));
        }
    }
}

static void the_edges_of_growth(void **state)
{
    (void)state;
    struct merkle_proof none = {.len = 0}, one = {.len = 1};
    struct digest empty = merkle_empty(), root = of_hex(known_roots[3]);
    assert_true(merkle_check_growth(0, 3, &empty, &none, &root));
    assert_false(merkle_check_growth(0, 3, &root, &none, &root));
    assert_false(merkle_check_growth(0, 3, &empty, &one, &root));
    assert_true(merkle_check_growth(3, 3, &root, &none, &root));
    assert_false(merkle_check_growth(3, 3, &empty, &none, &root));
    assert_false(merkle_check_growth(3, 3, &root, &one, &root));
    assert_false(merkle_check_growth(4, 3, &root, &none, &root));
}

/* Numbers of a stranger must not make anything run long, overflow or read beyond. */
static void numbers_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct merkle_proof proof = {.len = MERKLE_PROOF_MAX};
    struct digest root = merkle_empty();
    static const uint64_t sizes[] = {0, 1, MERKLE_SIZE_MAX, MERKLE_SIZE_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
            assert_false(merkle_check(sizes[i], sizes[k], &root, &proof, &root));
            assert_false(merkle_check_growth(sizes[i], sizes[k], &root, &proof, &root));
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_roots_come_out),
        cmocka_unit_test(the_published_proofs_come_out),
        cmocka_unit_test(every_leaf_of_every_tree_is_proved_as_defined),
        cmocka_unit_test(every_growth_is_proved_as_defined),
        cmocka_unit_test(the_edges_of_growth),
        cmocka_unit_test(numbers_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests_name("merkle", tests, NULL, NULL);
}
