/* tests/unit/test_witness.c - a witness signs what continues, and says why it does not sign the
 * rest. */
#include "storage/proof.h"
#include "storage/witness.h"
#include "tests/unit/test.h"

#define LEAVES 40u
#define ORIGIN "sohoa/00112233445566778899aabbccddeeff"

/* Two histories that part at leaf 15. */
struct log_of {
    struct digest leaves[LEAVES];
    struct sign_key *secret;
    struct note_key key;
};

static int node(void *self, unsigned level, uint64_t index, struct digest *ret_hash,
                struct err *err)
{
    const struct log_of *log = self;
    struct merkle_edge edge = {.size = 0};
    (void)err;
    for (uint64_t i = index << level; i < (index + 1) << level; i++)
        merkle_add(&edge, &log->leaves[i]);
    *ret_hash = merkle_root(&edge);
    return 0;
}

static void log_init(struct log_of *log, unsigned parts_at, const char *origin)
{
    struct err err = {0};
    for (unsigned i = 0; i < LEAVES; i++) {
        unsigned value = i < parts_at ? i : i + 1000;
        log->leaves[i] = merkle_leaf(span_of(&value, sizeof value));
    }
    log->secret = sign_key_new(&err);
    assert_ok_ptr(log->secret, err);
    struct sign_public public = sign_key_public(log->secret);
    assert_ok(note_key_init(&log->key, origin, NOTE_KEY_LOG, &public, &err), err);
}

/* A checkpoint of `size`, with the proof since `since` when that is above 0. */
static struct bytes checkpoint_of(struct log_of *log, uint64_t size, uint64_t since)
{
    struct err err = {0};
    struct merkle_store store = {node, log};
    struct checkpoint head = {.size = size};
    struct growth growth = {.told = since > 0, .old = since};
    CLEANUP(bytes_done) struct bytes note = {0};
    struct bytes out = {0};
    (void)snprintf(head.origin, sizeof head.origin, "%s", log->key.name);
    assert_ok(merkle_root_of(&store, size, &head.root, &err), err);
    assert_ok(checkpoint_write(&head, &note, &err), err);
    size_t len = note.len;
    assert_ok(bytes_append(&note, span_of_text("\n"), &err), err);
    assert_ok(note_sign(span_of(note.data, len), &log->key, log->secret, 0, &note, &err), err);
    growth.note = bytes_span(&note);
    if (since > 0 && since <= size)
        assert_ok(merkle_prove_growth(&store, since, size, &growth.proof, &err), err);
    assert_ok(growth_write(&growth, &out, &err), err);
    return out;
}

static void looks(struct witness *witness, struct log_of *log, uint64_t size, uint64_t since,
                  const char *why)
{
    struct err err = {0};
    struct span text = {0};
    CLEANUP(bytes_done) struct bytes checkpoint = checkpoint_of(log, size, since);
    int rc = witness_look(witness, bytes_span(&checkpoint), &text, &err);
    if (why && (rc == 0 || err.kind != ERR_INPUT || !strstr(err.text, why)))
        fail_msg("%d and '%s', not '%s'", rc, err.text, why);
    if (!why)
        assert_ok(rc, err);
    if (!why)
        assert_memory_equal(text.data, ORIGIN "\n", strlen(ORIGIN) + 1);
}

static void it_signs_what_continues_and_nothing_else(void **state)
{
    (void)state;
    struct err err = {0};
    struct log_of log, fork, stranger;
    CLEANUP(witness_done) struct witness witness = {.len = 0};
    log_init(&log, LEAVES, ORIGIN);
    log_init(&fork, 15, ORIGIN);
    log_init(&stranger, LEAVES, ORIGIN);
    sign_key_free(fork.secret);
    fork.secret = log.secret; /* the same key signs both histories */
    fork.key = log.key;

    looks(&witness, &log, 10, 0, "UNKNOWN LOG: " ORIGIN);
    assert_ok(witness_trust(&witness, &log.key, &err), err);
    assert_ok(witness_trust(&witness, &log.key, &err), err);
    assert_int_equal(witness_trust(&witness, &stranger.key, &err), -1);
    assert_non_null(strstr(err.text, "under another key"));
    looks(&witness, &stranger, 10, 0, "NOT SIGNED by the key");
    looks(&witness, &log, 10, 0, NULL);
    looks(&witness, &log, 10, 0, NULL); /* once more is no harm */
    looks(&witness, &log, 20, 0, "NO PROOF: 10 entries");
    looks(&witness, &log, 20, 9, "NO PROOF: 10 entries");
    looks(&witness, &log, 20, 10, NULL);
    looks(&witness, &log, 19, 10, "SHORTER: " ORIGIN " shows 19 entries, 20 were signed before");
    looks(&witness, &fork, 20, 10, "REWRITTEN: " ORIGIN " with 20 entries");
    looks(&witness, &fork, 30, 20, "REWRITTEN: " ORIGIN " with 30 entries");
    looks(&witness, &log, 40, 20, NULL);
    assert_int_equal(witness.logs[0].size, 40);
    sign_key_free(log.secret);
    sign_key_free(stranger.secret);
}

/* What it refused must not have changed what it remembers. */
static void the_state_survives_in_a_file(void **state)
{
    (void)state;
    struct err err = {0};
    struct log_of log, other;
    CLEANUP(witness_done) struct witness witness = {.len = 0};
    CLEANUP(witness_done) struct witness again = {.len = 0};
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(bytes_done) struct bytes text_again = {0};
    log_init(&log, LEAVES, ORIGIN);
    log_init(&other, LEAVES, "sohoa/ff112233445566778899aabbccddeeff");
    assert_ok(witness_trust(&witness, &other.key, &err), err);
    assert_ok(witness_trust(&witness, &log.key, &err), err);
    looks(&witness, &log, 25, 0, NULL);
    looks(&witness, &log, 30, 24, "NO PROOF");
    assert_ok(witness_write(&witness, &text, &err), err);
    assert_ok(witness_parse(bytes_span(&text), &again, &err), err);
    assert_int_equal(again.len, 2);
    assert_int_equal(again.logs[1].size, 25);
    assert_ok(witness_write(&again, &text_again, &err), err);
    assert_int_equal(text.len, text_again.len);
    assert_memory_equal(text.data, text_again.data, text.len);
    looks(&again, &log, 30, 25, NULL);
    sign_key_free(log.secret);
    sign_key_free(other.secret);
}

static void a_state_that_was_changed_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct log_of log;
    CLEANUP(witness_done) struct witness witness = {.len = 0};
    CLEANUP(witness_done) struct witness again = {.len = 0};
    CLEANUP(bytes_done) struct bytes text = {0};
    log_init(&log, LEAVES, ORIGIN);
    assert_ok(witness_trust(&witness, &log.key, &err), err);
    assert_ok(witness_write(&witness, &text, &err), err);
    for (size_t len = 1; len < text.len; len++) {
        assert_int_equal(witness_parse(span_of(text.data, len), &again, &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_int_equal(again.len, 0);
    }
    size_t len = text.len; /* the same log twice */
    assert_ok(bytes_reserve(&text, len, &err), err);
    memcpy(text.data + len, text.data, len);
    text.len += len;
    assert_int_equal(witness_parse(bytes_span(&text), &again, &err), -1);
    assert_non_null(strstr(err.text, "line 2"));
    sign_key_free(log.secret);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_signs_what_continues_and_nothing_else),
        cmocka_unit_test(the_state_survives_in_a_file),
        cmocka_unit_test(a_state_that_was_changed_is_refused),
    };
    return cmocka_run_group_tests_name("witness", tests, NULL, NULL);
}
