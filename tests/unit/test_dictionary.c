/* tests/unit/test_dictionary.c - learning from texts, and storing others with what was learned. */
#include "storage/dictionary.h"

#include "base/crc32c.h"
#include "tests/unit/dictionary_fixture.h"

static struct dictionary *dictionary_of(unsigned kind)
{
    struct err err = {0};
    struct bytes bytes = {0};
    train(kind, &bytes);
    struct dictionary *dictionary = dictionary_new(bytes_span(&bytes), true, &err);
    assert_ok_ptr(dictionary, err);
    assert_true(bytes.len >= DICTIONARY_BYTES_MIN && bytes.len <= 4 * KIB);
    bytes_done(&bytes);
    return dictionary;
}

static void the_same_texts_give_the_same_dictionary(void **state)
{
    (void)state;
    struct dictionary *a = dictionary_of(0), *b = dictionary_of(0), *other = dictionary_of(1);
    assert_true(digest_equal(dictionary_id(a), dictionary_id(b)));
    assert_false(digest_equal(dictionary_id(a), dictionary_id(other)));
    assert_int_not_equal(dictionary_number(a), 0);
    assert_int_not_equal(dictionary_number(a), dictionary_number(other));
    struct digest id = digest_of(dictionary_bytes(a));
    assert_true(digest_equal(&id, dictionary_id(a)));
    dictionary_free(a);
    dictionary_free(b);
    dictionary_free(other);
}

static void a_text_it_has_not_seen_gets_smaller(void **state)
{
    (void)state;
    struct err err = {0};
    struct dictionary *dictionary = dictionary_of(0);
    struct bytes text = {0}, out = {0};
    struct object with = {0}, without = {0};
    text_of(0, TEXTS_MAX + 7, &text);
    assert_ok(object_prepare_text(&with, bytes_span(&text), dictionary, &err), err);
    assert_ok(object_prepare_text(&without, bytes_span(&text), NULL, &err), err);
    assert_int_equal(with.codec, CODEC_DICTIONARY);
    assert_int_equal(without.codec, CODEC_ZSTD);
    assert_true(with.stored.len < without.stored.len * 9 / 10);
    assert_int_equal(dictionary_number_of(with.stored), dictionary_number(dictionary));
    assert_int_equal(dictionary_number_of(without.stored), 0);
    assert_true(digest_equal(&with.id, &without.id));
    assert_ok(object_restore(&with, &out, &err), err);
    assert_int_equal(out.len, text.len);
    assert_memory_equal(out.data, text.data, text.len);
    object_done(&with);
    object_done(&without);
    bytes_done(&text);
    bytes_done(&out);
    dictionary_free(dictionary);
}

/* Short, empty, and of no kind it knows: as it is, rather than larger. */
static void nothing_gets_larger(void **state)
{
    (void)state;
    struct err err = {0};
    struct dictionary *dictionary = dictionary_of(0);
    uint8_t raw[600];
    uint64_t x = 88172645463325252ull;
    for (size_t i = 0; i < sizeof raw; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        raw[i] = (uint8_t)x;
    }
    for (size_t len = 0; len <= sizeof raw; len += len < 32 ? 1 : 71) {
        struct object object = {0};
        struct bytes out = {0};
        assert_ok(object_prepare_text(&object, span_of(raw, len), dictionary, &err), err);
        assert_true(object.stored.len <= len);
        assert_int_equal(object.codec, object.stored.len < len ? CODEC_DICTIONARY : CODEC_RAW);
        assert_ok(object_restore(&object, &out, &err), err);
        assert_int_equal(out.len, len);
        bytes_done(&out);
        object_done(&object);
    }
    dictionary_free(dictionary);
}

static void a_frame_is_expanded_by_its_own_dictionary_only(void **state)
{
    (void)state;
    struct err err = {0};
    struct dictionary *own = dictionary_of(0), *other = dictionary_of(1);
    struct bytes text = {0}, out = {0};
    struct object object = {0}, plain = {0};
    text_of(0, 1, &text);
    assert_ok(object_prepare_text(&object, bytes_span(&text), own, &err), err);
    assert_ok(object_prepare_text(&plain, bytes_span(&text), NULL, &err), err);
    assert_ok(bytes_reserve(&out, text.len + 1, &err), err);
    assert_true(dictionary_expand(own, object.stored, out.data, text.len));
    assert_false(dictionary_expand(other, object.stored, out.data, text.len));
    assert_false(dictionary_expand(own, object.stored, out.data, text.len - 1));
    assert_false(dictionary_expand(own, object.stored, out.data, text.len + 1));
    assert_false(dictionary_expand(own, plain.stored, out.data, text.len)); /* names none */
    assert_false(dictionary_expand(own, span_of("", 0), out.data, text.len));

    struct object lost = object;
    lost.dictionary = NULL;
    out.len = 0;
    assert_int_equal(object_restore(&lost, &out, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "dictionary"));
    lost.dictionary = other;
    assert_int_equal(object_restore(&lost, &out, &err), -1);
    assert_int_equal(out.len, 0);
    /* A hostile number: the frame says so, and its checksum was made to fit. */
    object.own.data[6] ^= 1;
    object.stored_crc32c = crc32c(0, object.stored);
    assert_int_equal(object_restore(&object, &out, &err), -1);
    assert_non_null(strstr(err.text, "cannot be expanded"));
    object_done(&object);
    object_done(&plain);
    bytes_done(&text);
    bytes_done(&out);
    dictionary_free(own);
    dictionary_free(other);
}

static void refused(struct span bytes)
{
    struct err err = {0};
    assert_null(dictionary_new(bytes, true, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    err = (struct err){0};
    assert_null(dictionary_new(bytes, false, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
}

/* zstd itself would take any of these as text to refer to. */
static void what_is_no_dictionary_is_refused(void **state)
{
    (void)state;
    struct bytes bytes = {0};
    struct err err = {0};
    train(0, &bytes);
    refused(span_of("", 0));
    refused(span_of("a page of text, and not a dictionary", 36));
    refused(span_of(bytes.data, 7));
    refused(span_of(bytes.data, 40)); /* its tables end inside */
    assert_ok(bytes_reserve(&bytes, DICTIONARY_BYTES_MAX, &err), err);
    memset(bytes.data + bytes.len, 'x', DICTIONARY_BYTES_MAX);
    refused(span_of(bytes.data, DICTIONARY_BYTES_MAX + 1));
    struct dictionary *largest =
        dictionary_new(span_of(bytes.data, DICTIONARY_BYTES_MAX), false, &err);
    assert_ok_ptr(largest, err);
    dictionary_free(largest);
    memset(bytes.data + 4, 0, 4); /* a number of zero */
    refused(span_of(bytes.data, 4 * KIB));
    bytes_done(&bytes);
}

static void too_little_to_learn_from_is_said(void **state)
{
    (void)state;
    struct err err = {0};
    struct bytes out = {0};
    const size_t sizes[] = {3, 3};
    const struct dictionary_samples samples = {span_of("abcabc", 6), sizes, 2};
    assert_int_equal(dictionary_train(&samples, 4 * KIB, &out, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(out.len, 0);
    bytes_done(&out);
}

static void the_built_in_one_can_be_used(void **state)
{
    (void)state;
    struct err err = {0};
    struct dictionary *dictionary = dictionary_new(dictionary_built_in(), true, &err);
    assert_ok_ptr(dictionary, err);
    assert_true(dictionary_built_in().len <= DICTIONARY_BYTES_DEFAULT);
    dictionary_free(dictionary);
    dictionary_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_texts_give_the_same_dictionary),
        cmocka_unit_test(a_text_it_has_not_seen_gets_smaller),
        cmocka_unit_test(nothing_gets_larger),
        cmocka_unit_test(a_frame_is_expanded_by_its_own_dictionary_only),
        cmocka_unit_test(what_is_no_dictionary_is_refused),
        cmocka_unit_test(too_little_to_learn_from_is_said),
        cmocka_unit_test(the_built_in_one_can_be_used),
    };
    return cmocka_run_group_tests_name("dictionary", tests, NULL, NULL);
}
