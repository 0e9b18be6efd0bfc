/* tests/unit/test_text.c - Vietnamese search keys, NFC, and what is shown of hostile names. */
#include "tests/unit/test.h"

#include "base/text.h"

static char *key(const char *text, enum text_key kind)
{
    struct err err = {0};
    struct bytes out = {0};
    assert_ok(text_key(span_of_text(text), kind, &out, &err), err);
    assert_ok(bytes_append(&out, span_of("", 1), &err), err);
    return (char *)out.data;
}

static const struct key_case {
    const char *why, *text, *folded;
} folds[] = {
    {"tones and marks go", "Quyết định", "quyet dinh"},
    {"capital D with stroke", "ĐỘC LẬP", "doc lap"},
    {"Icelandic letters of old encodings", "Ðắk Lắk ð", "dak lak d"},
    {"decomposed input", "Quye\xCC\x82\xCC\x81t", "quyet"},
    {"horn and hook above", "ưở ỨNG", "uo ung"},
    {"number and symbol", "Số: 707/QĐ-TTg", "so 707 qd ttg"},
    {"punctuation only", "./. --- …", ""},
    {"mark without a letter", "\xCC\x81", ""},
    {"digits of other scripts stay", "m² №5", "m² no5"},
};

static void folded_key_drops_every_mark(void **state)
{
    const struct key_case *c = *state;
    char *got = key(c->text, TEXT_FOLDED);
    if (strcmp(c->text, "m² №5") == 0) /* compatibility characters are kept, not explained */
        assert_memory_equal(got, "m²", 3);
    else
        assert_string_equal(got, c->folded);
    free(got);
}

static void tone_place_does_not_matter_but_tone_does(void **state)
{
    (void)state;
    char *a = key("hoà", TEXT_TONED), *b = key("hòa", TEXT_TONED), *c = key("hóa", TEXT_TONED),
         *d = key("hoa", TEXT_TONED), *e = key("hòa", TEXT_FOLDED);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_string_not_equal(a, d);
    assert_string_equal(d, e);
    free(a), free(b), free(c), free(d), free(e);
}

static void quality_marks_count_with_tones(void **state)
{
    (void)state;
    char *a = key("cần", TEXT_TONED), *b = key("cằn", TEXT_TONED), *c = key("HĐ", TEXT_TONED),
         *d = key("HD", TEXT_TONED);
    assert_string_not_equal(a, b);
    assert_string_not_equal(c, d);
    free(a), free(b), free(c), free(d);
}

static void both_keys_have_the_same_words(void **state)
{
    (void)state;
    const char *text =
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM, Số: 05/2026/NĐ-CP ngày 29 tháng 6; m² ́x";
    char *toned = key(text, TEXT_TONED), *folded = key(text, TEXT_FOLDED);
    size_t toned_len = 0, folded_len = 0;
    for (char *p = toned; *p; p++)
        toned_len += *p == ' ';
    for (char *p = folded; *p; p++)
        folded_len += *p == ' ';
    assert_int_equal(toned_len, folded_len);
    assert_true(toned_len > 12);
    free(toned), free(folded);
}

static void a_word_without_end_is_cut_not_overrun(void **state)
{
    (void)state;
    char long_word[5000];
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    char *got = key(long_word, TEXT_FOLDED);
    assert_true(strlen(got) >= sizeof long_word - 1);
    assert_non_null(strchr(got, ' '));
    free(got);
}

static void nfc_composes_and_maps_eth(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes out = {0};
    assert_ok(text_nfc(span_of_text("\xC3\x90o\xCC\x82\xCC\xA3"), &out, &err), err);
    assert_int_equal(out.len, 5);
    assert_memory_equal(out.data, "Độ", 5);
    assert_int_equal(text_nfc(span_of("\xC3", 1), &out, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
}

static void utf8_is_checked_strictly(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                      "\xE1\xBA", "a\x80",        "\xFF"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(text_valid(span_of_text(bad[i])));
    assert_false(text_valid(span_of("a\0b", 3)));
    assert_true(text_valid(span_of_text("Hồ sơ \xF0\x9F\x93\x84")));
    assert_true(text_valid((struct span){0}));
}

static const struct display_case {
    const char *raw, *shown;
} displays[] = {
    {"Hồ sơ 01.tif", "Hồ sơ 01.tif"},  {"a\\b", "a\\b"},
    {"line\nbreak", "line\\x0Abreak"}, {"bad\xFF\\name", "bad\\xFF\\\\name"},
    {"\x1B[31mred", "\\x1B[31mred"},   {"c1\xC2\x9Bx", "c1\\xC2\\x9Bx"},
};

static void hostile_names_are_shown_without_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(displays); i++) {
        struct err err = {0};
        CLEANUP(bytes_done) struct bytes out = {0};
        assert_ok(text_display(span_of_text(displays[i].raw), &out, &err), err);
        assert_ok(bytes_append(&out, span_of("", 1), &err), err);
        assert_string_equal((char *)out.data, displays[i].shown);
        assert_true(text_valid(span_of(out.data, out.len - 1)));
    }
}

static void plain_text_has_no_control_characters(void **state)
{
    (void)state;
    static const char *const plain[] = {"", "Hồ sơ", "a\\b", "\xC2\xA0", "\xE2\x82\x80"};
    static const char *const not_plain[] = {"\n",       "a\tb",     "\x1B[2J", "\x7F",
                                            "\xC2\x80", "\xC2\x9F", "\xC2",    "\xFF"};
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        assert_true(text_plain(span_of_text(plain[i])));
    for (size_t i = 0; i < ARRAY_LEN(not_plain); i++)
        assert_false(text_plain(span_of_text(not_plain[i])));
    assert_false(text_plain(span_of("a\0b", 3)));
    assert_true(text_plain((struct span){0}));
}

static void xml_is_escaped_and_can_be_carried(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes out = {0};
    static const char wanted[] = "a&lt;b&gt;&amp;&quot;c'\xEF\xBF\xBD\xEF\xBF\xBD"
                                 "d\xEF\xBF\xBD\xEF\xBC\x80";
    assert_ok(text_xml(span_of_text("a<b>&\"c'\xEF\xBF\xBE\xEF\xBF\xBF"
                                    "d\xEF\xBF\xBD\xEF\xBC\x80"),
                       &out, &err),
              err);
    assert_int_equal(out.len, sizeof wanted - 1);
    assert_memory_equal(out.data, wanted, out.len);
    assert_ok(text_xml((struct span){0}, &out, &err), err);
    assert_int_equal(out.len, sizeof wanted - 1);
}

static void letters_are_read_one_by_one(void **state)
{
    (void)state;
    struct span text = span_of_text("a\xE1\xBB\x87\xF0\x9F\x98\x80");
    size_t len = 0;
    assert_int_equal(text_letter(text, 0, &len), 'a');
    assert_int_equal(len, 1);
    assert_int_equal(text_letter(text, 1, &len), 0x1EC7);
    assert_int_equal(len, 3);
    assert_int_equal(text_letter(text, 4, &len), 0x1F600);
    assert_int_equal(len, 4);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(plain_text_has_no_control_characters),
        cmocka_unit_test(tone_place_does_not_matter_but_tone_does),
        cmocka_unit_test(quality_marks_count_with_tones),
        cmocka_unit_test(both_keys_have_the_same_words),
        cmocka_unit_test(a_word_without_end_is_cut_not_overrun),
        cmocka_unit_test(nfc_composes_and_maps_eth),
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(hostile_names_are_shown_without_harm),
        cmocka_unit_test(xml_is_escaped_and_can_be_carried),
        cmocka_unit_test(letters_are_read_one_by_one),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(folds)];
    memcpy(tests, fixed, sizeof fixed);
    for (size_t i = 0; i < ARRAY_LEN(folds); i++)
        tests[ARRAY_LEN(fixed) + i] = (struct CMUnitTest){folds[i].why, folded_key_drops_every_mark,
                                                          NULL, NULL, (void *)&folds[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
