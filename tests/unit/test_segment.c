/* tests/unit/test_segment.c - the structures of a segment: what is written is read, no flip passes.
 */
#include "storage/segment.h"

#include "storage/format.h"
#include "tests/unit/test.h"

static void every_flip_in_block_0_is_seen(void **state)
{
    (void)state;
    struct segment_head head = {.version = ARCHIVE_FORMAT_VERSION,
                                .seq = 7,
                                .created_ns = -5,
                                .start = {.next_group = 3}},
                        back;
    uint8_t block[SEGMENT_BLOCK_BYTES];
    memset(head.salt.b, 0xA5, 16);
    memset(head.start.chain.b, 0x11, 32);
    segment_head_encode(&head, block);
    assert_null(segment_head_decode(block, &back));
    assert_int_equal(back.seq, 7);
    assert_int_equal(back.created_ns, -5);
    assert_true(log_state_equal(&back.start, &head.start));
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= 0x40;
        assert_non_null(segment_head_decode(block, &back));
        block[i] ^= 0x40;
    }
}

static void versions_that_are_known_and_no_others(void **state)
{
    (void)state;
    uint8_t block[SEGMENT_BLOCK_BYTES];
    for (uint32_t version = 0; version < 9; version++) {
        struct segment_head head = {.version = version, .seq = 7}, back;
        segment_head_encode(&head, block);
        bool known = segment_head_decode(block, &back) == NULL;
        assert_int_equal(known, version == 2 || version == 3);
        if (known)
            assert_int_equal(back.version, version);
    }
}

static void every_flip_in_a_header_is_seen(void **state)
{
    (void)state;
    struct id16 salt = {{1, 2, 3}};
    struct record record = {.type = RECORD_BLOB,
                            .codec = CODEC_ZSTD,
                            .raw_bytes = 100,
                            .stored_bytes = 50,
                            .off = 4096,
                            .group = 9};
    struct record back;
    uint8_t header[RECORD_HEADER_BYTES];
    record_encode(&record, &salt, header);
    assert_null(record_decode(header, &salt, 4096, &back));
    assert_int_equal(back.stored_bytes, 50);
    assert_int_equal(record_span(&back), 96 + 64);
    for (size_t i = 0; i < sizeof header; i++) {
        header[i] ^= 1;
        assert_non_null(record_decode(header, &salt, 4096, &back));
        header[i] ^= 1;
    }
    assert_non_null(record_decode(header, &salt, 4112, &back));
    salt.b[15] ^= 1;
    assert_non_null(record_decode(header, &salt, 4096, &back));
    assert_null(record_decode(header, NULL, 4096, &back));
}

static const struct bad_header {
    const char *why;
    struct record record;
} bad_headers[] = {
    {"raw size over the limit",
     {.type = RECORD_BLOB, .codec = CODEC_ZSTD, .raw_bytes = OBJECT_RAW_MAX + 1}},
    {"raw, of two sizes", {.type = RECORD_BLOB, .raw_bytes = 5, .stored_bytes = 4}},
    {"compressed to the same size",
     {.type = RECORD_META, .codec = CODEC_ZSTD, .raw_bytes = 5, .stored_bytes = 5}},
    {"compressed to 2^63",
     {.type = RECORD_META, .codec = CODEC_ZSTD, .raw_bytes = 5, .stored_bytes = 1ull << 63}},
    {"compressed with a dictionary to the same size",
     {.type = RECORD_BLOB,
      .codec = CODEC_DICTIONARY,
      .raw_bytes = 5,
      .stored_bytes = 5,
      .off = 8192}},
    {"a dictionary that needs itself",
     {.type = RECORD_BLOB,
      .codec = CODEC_DICTIONARY,
      .raw_bytes = 5,
      .stored_bytes = 4,
      .off = 4096}},
    {"a commit record with a dictionary",
     {.type = RECORD_COMMIT,
      .codec = CODEC_DICTIONARY,
      .raw_bytes = 128,
      .stored_bytes = 4,
      .off = 8192}},
    {"sealed, of two sizes",
     {.type = RECORD_BLOB, .codec = CODEC_SEALED, .raw_bytes = 200, .stored_bytes = 199}},
    {"a sealed commit record",
     {.type = RECORD_COMMIT, .codec = CODEC_SEALED, .raw_bytes = 128, .stored_bytes = 128}},
    {"unknown codec", {.type = RECORD_BLOB, .codec = 9, .raw_bytes = 5, .stored_bytes = 5}},
    {"unknown type", {.type = 77, .raw_bytes = 5, .stored_bytes = 5}},
    {"commit of another size", {.type = RECORD_COMMIT, .raw_bytes = 5, .stored_bytes = 5}},
    {"table of half an entry", {.type = RECORD_TABLE, .raw_bytes = 20, .stored_bytes = 20}},
};

static void is_refused_though_its_checksum_fits(void **state)
{
    const struct bad_header *c = *state;
    struct id16 salt = {{0}};
    struct record back;
    uint8_t header[RECORD_HEADER_BYTES];
    record_encode(&c->record, &salt, header);
    assert_non_null(record_decode(header, &salt, c->record.off, &back));
}

static void a_text_may_need_the_dictionary(void **state)
{
    (void)state;
    struct id16 salt = {{0}};
    struct record record = {.type = RECORD_BLOB,
                            .codec = CODEC_DICTIONARY,
                            .raw_bytes = 5,
                            .stored_bytes = 4,
                            .off = 4112};
    struct record back;
    uint8_t header[RECORD_HEADER_BYTES];
    record_encode(&record, &salt, header);
    assert_null(record_decode(header, &salt, record.off, &back));
    assert_int_equal(back.codec, CODEC_DICTIONARY);
}

static const struct name_case {
    const char *text;
    bool good, sealed;
} names[] = {
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    {"0000000001.open", true, false},
    {"9999999999.open", true, false},
    {"0000000012-" HEX64 ".seg", true, true},
    {"0000000000.open", false, false},
    {"000000001.open", false, false},
    {"00000000001.open", false, false},
    {"0000000001.open~", false, false},
    {"0000000001", false, false},
    {"", false, false},
    {"0000000012-" HEX64 ".segx", false, false},
    {"0000000012-" HEX64, false, false},
    {"0000000012-0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef.seg", false,
     false},
    {" 000000001.open", false, false},
    {"-000000001.open", false, false},
};

static void names_have_one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct segment_name name;
        char back[SEGMENT_NAME_MAX];
        assert_int_equal(segment_name_parse(names[i].text, &name), names[i].good);
        if (!names[i].good)
            continue;
        assert_int_equal(name.sealed, names[i].sealed);
        segment_name_format(&name, back);
        assert_string_equal(back, names[i].text);
    }
}

static void every_flip_in_format_is_seen(void **state)
{
    (void)state;
    struct id16 id = {{0xAB, 0, 0xCD}}, back;
    struct bytes text = {0};
    struct err err = {0};
    unsigned version = 0;
    assert_ok(format_write(&id, 1790000000, &text, &err), err);
    assert_int_equal(format_read(bytes_span(&text), &back, &version), FORMAT_FINE);
    assert_memory_equal(&id, &back, sizeof id);
    assert_non_null(strstr((char *)text.data, "created 2026-09-21T"));
    for (size_t i = 0; i < text.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            text.data[i] ^= (uint8_t)(1 << bit);
            assert_int_equal(format_read(bytes_span(&text), &back, &version), FORMAT_DAMAGED);
            text.data[i] ^= (uint8_t)(1 << bit);
        }
    for (size_t len = 0; len < text.len; len++)
        assert_int_equal(format_read(span_of(text.data, len), &back, &version), FORMAT_DAMAGED);
    bytes_done(&text);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(bad_headers) + 6] = {
        cmocka_unit_test(every_flip_in_block_0_is_seen),
        cmocka_unit_test(versions_that_are_known_and_no_others),
        cmocka_unit_test(every_flip_in_a_header_is_seen),
        cmocka_unit_test(names_have_one_form),
        cmocka_unit_test(every_flip_in_format_is_seen),
        cmocka_unit_test(a_text_may_need_the_dictionary),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad_headers); i++)
        tests[6 + i] = (struct CMUnitTest){bad_headers[i].why, is_refused_though_its_checksum_fits,
                                           NULL, NULL, (void *)&bad_headers[i]};
    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
