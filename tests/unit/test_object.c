/* tests/unit/test_object.c - preparing and restoring objects. */
#include "storage/object.h"

#include "base/crc32c.h"
#include "tests/unit/test.h"

static void fill_noise(uint8_t *p, size_t len)
{
    uint64_t x = 88172645463325252ull;
    for (size_t i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        p[i] = (uint8_t)x;
    }
}

static const struct round_trip {
    const char *why;
    size_t len;
    bool noise, try_zstd;
    enum object_codec codec;
} round_trips[] = {
    {"nothing at all", 0, false, true, CODEC_RAW},
    {"one byte", 1, false, true, CODEC_RAW},
    {"two bytes", 2, false, true, CODEC_RAW},
    {"text shrinks", 10000, false, true, CODEC_ZSTD},
    {"text, not asked to shrink", 10000, false, false, CODEC_RAW},
    {"noise does not shrink", 10000, true, true, CODEC_RAW},
    {"a large one", 3 * MIB + 7, false, true, CODEC_ZSTD},
};

static void comes_back_as_it_went(void **state)
{
    const struct round_trip *c = *state;
    struct err err = {0};
    uint8_t *raw = malloc(c->len + 1);
    for (size_t i = 0; i < c->len; i++)
        raw[i] = (uint8_t)(i % 10);
    if (c->noise)
        fill_noise(raw, c->len);
    struct object object = {0};
    struct bytes out = {0};
    assert_ok(object_prepare(&object, OBJECT_BLOB, span_of(raw, c->len), c->try_zstd, NULL, &err),
              err);
    assert_int_equal(object.codec, c->codec);
    assert_int_equal(object.raw_bytes, c->len);
    assert_true(object.codec == CODEC_RAW || object.stored.len < c->len);
    struct digest id = digest_of(span_of(raw, c->len));
    assert_true(digest_equal(&id, &object.id));
    assert_ok(bytes_append(&out, span_of("before", 6), &err), err);
    assert_ok(object_restore(&object, &out, &err), err);
    assert_int_equal(out.len, c->len + 6);
    assert_memory_equal(out.data, "before", 6);
    assert_memory_equal(out.data + 6, raw, c->len);
    bytes_done(&out);
    object_done(&object);
    object_done(&object);
    free(raw);
}

static void over_the_limit_is_an_input_error(void **state)
{
    (void)state;
    struct err err = {0};
    struct object object = {0};
    /* The length is refused before a byte is looked at. */
    struct span huge = {(const uint8_t *)"x", OBJECT_RAW_MAX + 1};
    assert_int_equal(object_prepare(&object, OBJECT_BLOB, huge, true, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(err.reason, REASON_FILE_TOO_BIG);
}

/* A compressed object of 1000 bytes, then broken by a row of the table. */
static void prepare_text(struct object *object, char raw[1000])
{
    struct err err = {0};
    memset(raw, 'a', 1000);
    assert_ok(object_prepare(object, OBJECT_META, span_of(raw, 1000), true, NULL, &err), err);
    assert_int_equal(object->codec, CODEC_ZSTD);
}

static void break_size(struct object *o)
{
    o->raw_bytes = OBJECT_RAW_MAX + 1;
}
static void break_size_up(struct object *o)
{
    o->raw_bytes++;
}
static void break_size_down(struct object *o)
{
    o->raw_bytes--;
}
static void break_codec(struct object *o)
{
    o->codec = CODEC_RAW;
}
static void break_codec_unknown(struct object *o)
{
    o->codec = (enum object_codec)7;
}
static void break_crc(struct object *o)
{
    o->stored_crc32c ^= 1;
}
static void break_id(struct object *o)
{
    o->id.b[31] ^= 1;
}
static void break_frame(struct object *o)
{
    o->own.data[0] ^= 1;
    o->stored_crc32c = crc32c(0, o->stored);
}
static void break_length(struct object *o)
{
    o->stored.len--;
    o->stored_crc32c = crc32c(0, o->stored);
}

static const struct broken {
    const char *why;
    void (*make)(struct object *object);
    const char *says;
} brokens[] = {
    {"a size over the limit", break_size, "over the limit"},
    {"a size one too large", break_size_up, "cannot be expanded"},
    {"a size one too small", break_size_down, "cannot be expanded"},
    {"raw, but of two sizes", break_codec, "two sizes differ"},
    {"an unknown codec", break_codec_unknown, "codec"},
    {"a wrong checksum", break_crc, "checksum"},
    {"a wrong digest", break_id, "digest"},
    {"no zstd frame", break_frame, "cannot be expanded"},
    {"a frame cut short", break_length, "cannot be expanded"},
};

static void is_refused_and_nothing_is_appended(void **state)
{
    const struct broken *c = *state;
    struct err err = {0};
    struct object object = {0};
    struct bytes out = {0};
    char raw[1000], hex[DIGEST_HEX_LEN + 1];
    prepare_text(&object, raw);
    c->make(&object);
    digest_hex(&object.id, hex);
    assert_int_equal(object_restore(&object, &out, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, c->says));
    assert_non_null(strstr(err.text, hex));
    assert_int_equal(out.len, 0);
    bytes_done(&out);
    object_done(&object);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(round_trips) + ARRAY_LEN(brokens) + 1];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(round_trips); i++)
        tests[n++] = (struct CMUnitTest){round_trips[i].why, comes_back_as_it_went, NULL, NULL,
                                         (void *)&round_trips[i]};
    for (size_t i = 0; i < ARRAY_LEN(brokens); i++)
        tests[n++] = (struct CMUnitTest){brokens[i].why, is_refused_and_nothing_is_appended, NULL,
                                         NULL, (void *)&brokens[i]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(over_the_limit_is_an_input_error);
    return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
