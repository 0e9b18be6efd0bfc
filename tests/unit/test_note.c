/* tests/unit/test_note.c - signed notes, checkpoints and cosignatures: published ones are
 * understood, ours are the same to the byte, and hostile ones are refused. */
#include "base/base64.h"
#include "storage/note.h"
#include "storage/proof.h"
#include "tests/unit/test.h"

#define DASH "\xE2\x80\x94 "

/* The example of the package that the format comes from, golang.org/x/mod/sumdb/note. */
#define PETER      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_SEED "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz" /* type and seed */
#define PETER_TEXT                                                                                 \
    "If you think cryptography is the answer to your problem,\n"                                   \
    "then you don't know what your problem is.\n"
#define PETER_LINE                                                                                 \
    DASH                                                                                           \
        "PeterNeumann "                                                                            \
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJ" \
        "nAM=\n"

/* A checkpoint that a public Certificate Transparency log published, with witnesses. */
#define ARCHE                                                                                      \
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/"                                 \
    "PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
#define REMORA "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
#define ARCHE_TEXT                                                                                 \
    "arche2025h1.staging.ct.transparency.dev\n"                                                    \
    "1432088532\n"                                                                                 \
    "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n"
static const char arche_note[] = ARCHE_TEXT
    "\n" DASH
    "arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbd"
    "Q3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=\n" DASH
    "arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygN"
    "I75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=\n" DASH
    "transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIg"
    "cqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==\n" DASH
    "remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTyn"
    "k5XeU/zZ0WBxtqB0DrAWfBw==\n";

static struct note_key key_of(const char *vkey)
{
    struct note_key key;
    struct err err = {0};
    assert_ok(note_key_parse(span_of_text(vkey), &key, &err), err);
    return key;
}

static struct sign_key *secret_of(const char *type_and_seed)
{
    struct err err = {0};
    uint8_t raw[33],
        der[48] = {0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20};
    size_t len = 0;
    CLEANUP(bytes_done) struct bytes pem = {0};
    assert_true(base64_parse(span_of_text(type_and_seed), raw, sizeof raw, &len));
    memcpy(der + 16, raw + 1, 32);
    assert_ok(bytes_printf(&pem, &err, "-----BEGIN PRIVATE KEY-----\n"), err);
    assert_ok(base64_append(&pem, span_of(der, sizeof der), &err), err);
    assert_ok(bytes_printf(&pem, &err, "\n-----END PRIVATE KEY-----\n"), err);
    struct sign_key *key = sign_key_load(bytes_span(&pem), &err);
    assert_ok_ptr(key, err);
    return key;
}

static int check(const char *whole, const struct note_key *key, uint64_t *time_s, struct err *err)
{
    struct note note;
    if (note_parse(span_of_text(whole), &note, err) < 0)
        return -2;
    return note_check(&note, key, time_s, err);
}

static void a_published_note_is_understood_and_made_again(void **state)
{
    (void)state;
    struct err err = {0};
    struct note_key key = key_of(PETER);
    CLEANUP(sign_key_freep) struct sign_key *secret = secret_of(PETER_SEED);
    CLEANUP(bytes_done) struct bytes out = {0};
    CLEANUP(bytes_done) struct bytes vkey = {0};
    assert_int_equal(check(PETER_TEXT "\n" PETER_LINE, &key, NULL, &err), 1);
    assert_ok(note_sign(span_of_text(PETER_TEXT), &key, secret, 0, &out, &err), err);
    assert_int_equal(out.len, strlen(PETER_LINE));
    assert_memory_equal(out.data, PETER_LINE, out.len);
    assert_ok(note_key_write(&key, &vkey, &err), err);
    assert_int_equal(vkey.len, strlen(PETER));
    assert_memory_equal(vkey.data, PETER, vkey.len);
    err = (struct err){0};
    assert_int_equal(check("if you" PETER_TEXT "\n" PETER_LINE, &key, NULL, &err), -1);
    assert_non_null(strstr(err.text, "signature of PeterNeumann is wrong"));
}

static void a_published_checkpoint_with_witnesses_is_understood(void **state)
{
    (void)state;
    struct err err = {0};
    struct note_key log = key_of(ARCHE), witness = key_of(REMORA), stranger = key_of(PETER);
    uint64_t time_s = 0;
    struct note note;
    struct checkpoint checkpoint;
    CLEANUP(bytes_done) struct bytes text = {0};
    assert_int_equal(log.type, NOTE_KEY_LOG);
    assert_int_equal(witness.type, NOTE_KEY_WITNESS);
    assert_int_equal(check(arche_note, &log, NULL, &err), 1);
    assert_int_equal(check(arche_note, &witness, &time_s, &err), 1);
    assert_int_equal(time_s, 0x6a122120);
    assert_int_equal(check(arche_note, &stranger, NULL, &err), 0);
    assert_ok(note_parse(span_of_text(arche_note), &note, &err), err);
    assert_ok(checkpoint_parse(note.text, &checkpoint, &err), err);
    assert_string_equal(checkpoint.origin, "arche2025h1.staging.ct.transparency.dev");
    assert_int_equal(checkpoint.size, 1432088532);
    assert_ok(checkpoint_write(&checkpoint, &text, &err), err);
    assert_int_equal(text.len, strlen(ARCHE_TEXT));
    assert_memory_equal(text.data, ARCHE_TEXT, text.len);
}

/* Whatever byte of the text or of a known signature changes, the note is refused. */
static void no_byte_of_a_note_can_be_changed(void **state)
{
    (void)state;
    struct note_key keys[] = {key_of(ARCHE), key_of(REMORA)};
    size_t text_len = strlen(ARCHE_TEXT);
    for (size_t at = 0; at < text_len; at++) {
        char whole[sizeof arche_note];
        memcpy(whole, arche_note, sizeof whole);
        whole[at] ^= 1;
        for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
            struct err err = {0};
            assert_true(check(whole, &keys[k], NULL, &err) < 0);
            assert_int_equal(err.kind, ERR_INPUT);
        }
    }
}

static void a_cosignature_holds_its_time(void **state)
{
    (void)state;
    struct err err = {0};
    struct note_key key;
    uint64_t time_s = 0;
    CLEANUP(sign_key_freep) struct sign_key *secret = sign_key_new(&err);
    CLEANUP(bytes_done) struct bytes whole = {0};
    struct sign_public public = sign_key_public(secret);
    assert_ok(note_key_init(&key, "witness.example/w1", NOTE_KEY_WITNESS, &public, &err), err);
    assert_ok(bytes_printf(&whole, &err, ARCHE_TEXT "\n"), err);
    assert_ok(note_sign(span_of_text(ARCHE_TEXT), &key, secret, 1679315147, &whole, &err), err);
    assert_ok(bytes_append(&whole, span_of("", 1), &err), err);
    char *text = (char *)whole.data;
    assert_int_equal(check(text, &key, &time_s, &err), 1);
    assert_int_equal(time_s, 1679315147);
    /* Eight bytes of time stand behind the key's id: base64 letters 5 to 16. */
    char *base64 = strrchr(text, ' ') + 1;
    for (unsigned i = 6; i < 15; i++) {
        char before = base64[i];
        base64[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(check(text, &key, &time_s, &err), -1);
        base64[i] = before;
    }
    /* The same key under the type of a log is another key. */
    struct note_key as_log;
    assert_ok(note_key_init(&as_log, key.name, NOTE_KEY_LOG, &public, &err), err);
    assert_int_equal(check(text, &as_log, NULL, &err), 0);
}

static const struct refused {
    const char *why, *text;
} refused_notes[] = {
    {"empty", ""},
    {"no signatures", PETER_TEXT "\n"},
    {"no empty line", PETER_TEXT PETER_LINE},
    {"last line cut", PETER_TEXT "\n" DASH "PeterNeumann x08go/Y="},
    {"no dash", PETER_TEXT "\n- PeterNeumann x08go/Y=\n"},
    {"no name", PETER_TEXT "\n" DASH " x08go/Y=\n"},
    {"a plus in the name", PETER_TEXT "\n" DASH "Peter+N x08go/Y=\n"},
    {"no base64", PETER_TEXT "\n" DASH "PeterNeumann x08go/Y\n"},
    {"only an id", PETER_TEXT "\n" DASH "PeterNeumann x08gow==\n"},
    {"text behind", PETER_TEXT "\n" DASH "PeterNeumann x08go/Y= more\n"},
    {"an escape", PETER_TEXT "\x1b[2J\n\n" PETER_LINE},
    {"a carriage return", PETER_TEXT "\r\n\n" PETER_LINE},
    {"no UTF-8", PETER_TEXT "\xC3(\n\n" PETER_LINE},
};

static void malformed_notes_are_refused(void **state)
{
    const struct refused *c = *state;
    struct note note;
    struct err err = {0};
    assert_int_equal(note_parse(span_of_text(c->text), &note, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
}

static void notes_have_limits(void **state)
{
    (void)state;
    struct err err = {0};
    struct note note;
    CLEANUP(bytes_done) struct bytes whole = {0};
    assert_ok(bytes_printf(&whole, &err, PETER_TEXT "\n"), err);
    for (unsigned i = 0; i < NOTE_SIGNATURES_MAX; i++)
        assert_ok(bytes_printf(&whole, &err, PETER_LINE), err);
    assert_ok(note_parse(bytes_span(&whole), &note, &err), err);
    assert_ok(bytes_printf(&whole, &err, PETER_LINE), err);
    assert_int_equal(note_parse(bytes_span(&whole), &note, &err), -1);
    assert_non_null(strstr(err.text, "more than 64 signatures"));
    whole.len = 0;
    while (whole.len <= NOTE_BYTES_MAX)
        assert_ok(bytes_printf(&whole, &err, PETER_TEXT), err);
    assert_ok(bytes_printf(&whole, &err, "\n" PETER_LINE), err);
    assert_int_equal(note_parse(bytes_span(&whole), &note, &err), -1);
    assert_non_null(strstr(err.text, "more than 262144 bytes"));
    /* A note may have empty lines: the last one ends the text. */
    err = (struct err){0};
    assert_ok(note_parse(span_of_text("a\n\nb\n\n" PETER_LINE), &note, &err), err);
    assert_int_equal(note.text.len, 5);
}

static void malformed_keys_are_refused(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T=",
        "PeterNeumann+c74f20a3+AhpclQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct note_key key;
        struct err err = {0};
        if (note_key_parse(span_of_text(keys[i]), &key, &err) == 0)
            fail_msg("'%s' was taken", keys[i]);
        assert_int_equal(err.kind, ERR_INPUT);
    }
    struct note_key key;
    struct err err = {0};
    assert_ok(note_key_parse(span_of_text(PETER "\n"), &key, &err), err);
    char name[NOTE_NAME_MAX + 1] = "";
    memset(name, 'n', NOTE_NAME_MAX);
    assert_int_equal(note_key_init(&key, name, NOTE_KEY_LOG, &key.public, &err), -1);
    name[NOTE_NAME_MAX - 1] = '\0';
    assert_ok(note_key_init(&key, name, NOTE_KEY_LOG, &key.public, &err), err);
}

#define ROOT "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n"
static const struct refused refused_checkpoints[] = {
    {"no origin", "\n1\n" ROOT},
    {"an origin with a blank", "a b\n1\n" ROOT},
    {"an origin with a plus", "a+b\n1\n" ROOT},
    {"no size", "a\n\n" ROOT},
    {"a leading zero", "a\n01\n" ROOT},
    {"a sign", "a\n+1\n" ROOT},
    {"a negative size", "a\n-1\n" ROOT},
    {"a blank", "a\n 1\n" ROOT},
    {"hexadecimal", "a\n0x1\n" ROOT},
    {"2^63", "a\n9223372036854775808\n" ROOT},
    {"2^64 + 1", "a\n18446744073709551617\n" ROOT},
    {"no root", "a\n1\n"},
    {"a short root", "a\n1\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC\n"},
    {"the root without line feed", "a\n1\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro="},
    {"an extension line", "a\n1\n" ROOT "more\n"},
};

static void malformed_checkpoints_are_refused(void **state)
{
    const struct refused *c = *state;
    struct checkpoint checkpoint = {.size = 77};
    struct err err = {0};
    assert_int_equal(checkpoint_parse(span_of_text(c->text), &checkpoint, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(checkpoint.size, 77);
}

static void the_largest_size_is_taken(void **state)
{
    (void)state;
    struct checkpoint checkpoint;
    struct err err = {0};
    assert_ok(checkpoint_parse(span_of_text("a\n9223372036854775807\n" ROOT), &checkpoint, &err),
              err);
    assert_true(checkpoint.size == MERKLE_SIZE_MAX);
    assert_ok(checkpoint_parse(span_of_text("a\n0\n" ROOT), &checkpoint, &err), err);
    assert_int_equal(checkpoint.size, 0);
}

/* --- what stands before a checkpoint --- */

static void a_growth_goes_both_ways(void **state)
{
    (void)state;
    struct err err = {0};
    struct growth growth = {.told = true, .old = 5, .note = span_of_text(arche_note)}, again;
    CLEANUP(bytes_done) struct bytes out = {0};
    for (growth.proof.len = 0; growth.proof.len < 3; growth.proof.len++)
        growth.proof.hashes[growth.proof.len] = merkle_leaf(span_of("abc", growth.proof.len));
    assert_ok(growth_write(&growth, &out, &err), err);
    assert_memory_equal(out.data, "old 5\n", 6);
    assert_ok(growth_parse(bytes_span(&out), &again, &err), err);
    assert_true(again.told && again.old == 5 && again.proof.len == 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(digest_equal(&again.proof.hashes[i], &growth.proof.hashes[i]));
    assert_int_equal(again.note.len, strlen(arche_note));
    assert_ok(growth_parse(span_of_text(arche_note), &again, &err), err);
    assert_false(again.told);
    assert_int_equal(again.note.len, strlen(arche_note));
}

static void malformed_growths_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"old \n\n", "old 05\n\n",     "old x\n\n",
                                        "old 5",    "old 5\nabc\n\n", "old 5\n" ROOT "old\n\n"};
    struct growth growth;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct err err = {0};
        assert_int_equal(growth_parse(span_of_text(texts[i]), &growth, &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
    }
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes many = {0};
    assert_ok(bytes_printf(&many, &err, "old 5\n"), err);
    for (size_t i = 0; i <= MERKLE_PROOF_MAX; i++)
        assert_ok(bytes_printf(&many, &err, ROOT), err);
    assert_int_equal(growth_parse(bytes_span(&many), &growth, &err), -1);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(a_published_note_is_understood_and_made_again),
        cmocka_unit_test(a_published_checkpoint_with_witnesses_is_understood),
        cmocka_unit_test(no_byte_of_a_note_can_be_changed),
        cmocka_unit_test(a_cosignature_holds_its_time),
        cmocka_unit_test(notes_have_limits),
        cmocka_unit_test(malformed_keys_are_refused),
        cmocka_unit_test(the_largest_size_is_taken),
        cmocka_unit_test(a_growth_goes_both_ways),
        cmocka_unit_test(malformed_growths_are_refused),
    };
    struct CMUnitTest
        tests[ARRAY_LEN(fixed) + ARRAY_LEN(refused_notes) + ARRAY_LEN(refused_checkpoints)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(refused_notes); i++)
        tests[n++] = (struct CMUnitTest){refused_notes[i].why, malformed_notes_are_refused, NULL,
                                         NULL, (void *)&refused_notes[i]};
    for (size_t i = 0; i < ARRAY_LEN(refused_checkpoints); i++)
        tests[n++] =
            (struct CMUnitTest){refused_checkpoints[i].why, malformed_checkpoints_are_refused, NULL,
                                NULL, (void *)&refused_checkpoints[i]};
    return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
