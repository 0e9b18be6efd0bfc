/* tests/unit/test_base.c - errors, bytes, digests, checksums, reasons, JSON. */
#include "tests/unit/test.h"

#include <errno.h>

#include "base/crc32c.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"

static void error_text_carries_context_and_cause(void **state)
{
    (void)state;
    struct err err = {0};
    errno = ENOSPC;
    assert_int_equal(err_sys(&err, "sync '%s'", "3f9a"), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    assert_int_equal(err.sys, ENOSPC);
    (void)err_wrap(&err, "page %d", 17);
    assert_string_equal(err.text, "page 17: sync '3f9a': No space left on device");
    errno = EIO;
    (void)err_sys(&err, "read");
    assert_int_equal(err.kind, ERR_SYSTEM);
}

/* Decoders quote hostile files; the text ends up in records (JSON) and on terminals. */
static void error_text_is_text_whatever_it_quotes(void **state)
{
    (void)state;
    static const struct {
        const char *said, *kept;
    } cases[] = {
        {"name /\xFF\xFE.", "name /??."},
        {"\033[2Jgone", "?[2Jgone"},
        {"two\nlines", "two?lines"},
        {"half \xE1\xBA", "half ??"},
        {"csi \xC2\x9B"
         "1m",
         "csi ??1m"},
        {"surrogate \xED\xA0\x80", "surrogate ???"},
        {"quyết định", "quyết định"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        (void)err_input(&err, REASON_DAMAGED, "%s", cases[i].said);
        assert_string_equal(err.text, cases[i].kept);
        (void)err_wrap(&err, "%s", cases[i].said);
        assert_true(text_valid(span_of_text(err.text)));
        assert_null(strpbrk(err.text, "\033\n"));
        (void)err_sys(&err, "%s", cases[i].said);
        assert_true(text_valid(span_of_text(err.text)));
    }
}

static void long_error_text_is_cut_between_letters(void **state)
{
    (void)state;
    char dots[600] = "";
    for (size_t i = 0; i + 3 < sizeof dots; i += 3)
        memcpy(dots + i, "\xE1\xBA\xA1", 3);
    dots[597] = '\0';
    for (int shift = 0; shift < 4; shift++) {
        struct err err = {0};
        (void)err_set(&err, ERR_INPUT, "%.*s%s", shift, "xxxx", dots);
        assert_true(text_valid(span_of_text(err.text)));
        (void)err_wrap(&err, "context");
        assert_true(text_valid(span_of_text(err.text)));
    }
}

static void every_reason_has_a_code_that_parses_back(void **state)
{
    (void)state;
    for (int i = 0; i < REASON_COUNT; i++) {
        assert_int_equal(reason_parse(reason_code((enum reason)i)), i);
        for (int language = 0; language < 2 && i > 0; language++) {
            assert_true(strlen(reason_what((enum reason)i, (enum reason_language)language)) > 8);
            assert_true(strlen(reason_advice((enum reason)i, (enum reason_language)language)) > 5);
        }
    }
    assert_int_equal(reason_parse("no such code"), REASON_NONE);
    assert_string_equal(reason_code((enum reason)9999), "none");
}

static void bytes_grow_and_keep_what_they_hold(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes bytes = {0};
    for (int i = 0; i < 1000; i++)
        assert_ok(bytes_printf(&bytes, &err, "%04d", i), err);
    assert_int_equal(bytes.len, 4000);
    assert_memory_equal(bytes.data + 4 * 577, "0577", 4);
    assert_int_equal(bytes_reserve(&bytes, BYTES_MAX, &err), -1);
    assert_int_equal(err.kind, ERR_SYSTEM);
}

static void little_endian_fields_are_what_the_format_says(void **state)
{
    (void)state;
    uint8_t raw[8];
    put_le64(raw, 0x0102030405060708u);
    assert_memory_equal(raw, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    assert_true(get_le64(raw) == 0x0102030405060708u);
    assert_true(get_le32(raw) == 0x05060708u);
    assert_true(get_le16(raw) == 0x0708u);
    put_le16(raw + 1, 0xFFFE); /* unaligned */
    assert_true(get_le16(raw + 1) == 0xFFFE);
}

/* FIPS 180-4 examples: "abc", and the empty message. */
static void digest_matches_the_published_examples(void **state)
{
    (void)state;
    char hex[DIGEST_HEX_LEN + 1];
    struct digest digest = digest_of(span_of_text("abc"));
    assert_string_equal(digest_hex(&digest, hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest = digest_of((struct span){0});
    assert_string_equal(digest_hex(&digest, hex),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    struct hasher *hasher = hasher_new();
    for (int turn = 0; turn < 2; turn++) { /* the second time: it starts afresh */
        hasher_add(hasher, span_of_text("a"));
        hasher_add(hasher, span_of_text("bc"));
        struct digest again = hasher_finish(hasher), abc = digest_of(span_of_text("abc"));
        assert_true(digest_equal(&again, &abc));
    }
    hasher_free(hasher);
}

/* Two streams that stand anywhere in their blocks, and pieces of any length. */
static void bytes_added_to_both_are_in_both(void **state)
{
    (void)state;
    uint8_t data[700];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    struct hasher *a = hasher_new(), *b = hasher_new();
    for (size_t skip_a = 0; skip_a < 130; skip_a += 13)
        for (size_t skip_b = 0; skip_b < 130; skip_b += 9)
            for (size_t len = 0; len <= 260; len += len < 130 ? 1 : 31) {
                hasher_add(a, span_of(data, skip_a));
                hasher_add(b, span_of(data + 130 - skip_b, skip_b));
                hasher_add_both(a, b, span_of(data + 130, len));
                hasher_add_both(b, a, span_of(data + 130 + len, 300 - len));
                hasher_add(a, span_of(data, 3));
                struct digest so_far = hasher_so_far(b), got_b = hasher_finish(b);
                struct digest want_b = digest_of(span_of(data + 130 - skip_b, skip_b + 300));
                struct digest got_a = hasher_finish(a);
                hasher_add(a, span_of(data, skip_a));
                hasher_add(a, span_of(data + 130, 300));
                hasher_add(a, span_of(data, 3));
                struct digest want_a = hasher_finish(a);
                assert_true(digest_equal(&got_a, &want_a) && digest_equal(&got_b, &want_b) &&
                            digest_equal(&so_far, &got_b));
            }
    hasher_free(a);
    hasher_free(b);
}

/* Past 2^32 bits, where the count of bytes carries over. */
static void a_long_stream_is_counted_right(void **state)
{
    (void)state;
    static uint8_t zeros[MIB];
    struct hasher *a = hasher_new(), *b = hasher_new(), *alone = hasher_new();
    for (int i = 0; i < 513; i++) {
        hasher_add_both(a, b, span_of(zeros, sizeof zeros));
        hasher_add(alone, span_of(zeros, sizeof zeros));
    }
    struct digest of_a = hasher_finish(a), of_b = hasher_finish(b), want = hasher_finish(alone);
    assert_true(digest_equal(&of_a, &want) && digest_equal(&of_b, &want));
    hasher_free(a);
    hasher_free(b);
    hasher_free(alone);
}

static void digest_parses_exactly_64_hex_digits(void **state)
{
    (void)state;
    struct digest digest = digest_of(span_of_text("x")), back = {{0}};
    char hex[DIGEST_HEX_LEN + 2];
    digest_hex(&digest, hex);
    assert_true(digest_parse(hex, &back));
    assert_int_equal(digest_compare(&digest, &back), 0);
    hex[63] = 'g';
    assert_false(digest_parse(hex, &back));
    hex[63] = '\0';
    assert_false(digest_parse(hex, &back));
    memset(hex, 'a', 65);
    hex[65] = '\0';
    assert_false(digest_parse(hex, &back));
}

static void crc_matches_rfc_3720_and_both_ways_agree(void **state)
{
    (void)state;
    assert_int_equal(crc32c(0, span_of_text("123456789")), 0xE3069283);
    uint8_t noise[1000];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        x = x * 1664525 + 1013904223;
        noise[i] = (uint8_t)(x >> 24);
    }
    for (size_t len = 0; len < sizeof noise; len += 7) {
        struct span part = span_of(noise + len % 8, len > 8 ? len - 8 : 0);
        assert_int_equal(crc32c(len == 0 ? 0 : 77, part), crc32c_portable(len == 0 ? 0 : 77, part));
    }
}

static void json_is_canonical(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes out = {0};
    const char *text = "{ \"b\": 1.50, \"a\": [true, null, \"đ\"], \"skew\": 0.1 }";
    CLEANUP(json_freep) json_t *json = json_parse(span_of_text(text), &err);
    assert_ok_ptr(json, err);
    assert_ok(json_canonical(json, &out, &err), err);
    assert_ok(bytes_append(&out, span_of("", 1), &err), err);
    assert_string_equal((char *)out.data, "{\"a\":[true,null,\"đ\"],\"b\":1.5,\"skew\":0.1}");
    assert_null(json_parse(span_of_text("{\"a\":1,\"a\":2}"), &err));
    assert_int_equal(err.kind, ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_text_carries_context_and_cause),
        cmocka_unit_test(error_text_is_text_whatever_it_quotes),
        cmocka_unit_test(long_error_text_is_cut_between_letters),
        cmocka_unit_test(every_reason_has_a_code_that_parses_back),
        cmocka_unit_test(bytes_grow_and_keep_what_they_hold),
        cmocka_unit_test(little_endian_fields_are_what_the_format_says),
        cmocka_unit_test(digest_matches_the_published_examples),
        cmocka_unit_test(bytes_added_to_both_are_in_both),
        cmocka_unit_test(a_long_stream_is_counted_right),
        cmocka_unit_test(digest_parses_exactly_64_hex_digits),
        cmocka_unit_test(crc_matches_rfc_3720_and_both_ways_agree),
        cmocka_unit_test(json_is_canonical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
