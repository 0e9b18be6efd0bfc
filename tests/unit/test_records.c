/* tests/unit/test_records.c - page and source records: there and back, and what is refused. */
#include "records/page_record.h"

#include <math.h>

#include "base/json.h"
#include "records/source_record.h"
#include "tests/unit/test.h"

static struct digest digest_n(unsigned n)
{
    return digest_of(span_of(&n, sizeof n));
}

static struct page_record a_page(void)
{
    return (struct page_record){
        .source = digest_n(1),
        .index = 4,
        .status = PAGE_OK,
        .width_px = 2480,
        .height_px = 3508,
        .dpi = 300,
        .skew_deg = -0.25F,
        .turned_deg = 90,
        .ink = 0.0625F,
        .confidence = 87.5F,
        .rasterised = true,
        .has_alto = true,
        .has_image = true,
        .alto = digest_n(2),
        .image = digest_n(3),
        .engine = "tesseract 5.3.0",
        .language = "vie",
        .doubt = "low-confidence",
        .separator = {.kind = SEPARATOR_QR,
                      .x = 100,
                      .y = 90,
                      .w = 2380,
                      .h = 3418, /* to the last pixel */
                      .text = "Mã: H57.12-250705-0001",
                      .code = "H57.12-250705-0001"},
    };
}

static struct bytes page_json(const struct page_record *page)
{
    struct bytes out = {0};
    struct err err = {0};
    assert_ok(page_record_write(page, &out, &err), err);
    return out;
}

static void assert_page_equal(const struct page_record *a, const struct page_record *b)
{
    assert_true(digest_equal(&a->source, &b->source));
    assert_int_equal(a->index, b->index);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->reason, b->reason);
    assert_string_equal(a->reason_detail, b->reason_detail);
    assert_int_equal(a->width_px, b->width_px);
    assert_int_equal(a->height_px, b->height_px);
    assert_int_equal(a->dpi, b->dpi);
    assert_true(a->skew_deg == b->skew_deg);
    assert_int_equal(a->turned_deg, b->turned_deg);
    assert_true(a->ink == b->ink);
    assert_true(a->confidence == b->confidence);
    assert_int_equal(a->rasterised, b->rasterised);
    assert_int_equal(a->has_alto, b->has_alto);
    assert_int_equal(a->has_image, b->has_image);
    assert_true(digest_equal(&a->alto, &b->alto));
    assert_true(digest_equal(&a->image, &b->image));
    assert_string_equal(a->engine, b->engine);
    assert_string_equal(a->doubt, b->doubt);
    assert_memory_equal(&a->separator, &b->separator, sizeof a->separator);
    assert_string_equal(a->language, b->language);
}

static void goes_there_and_back(const struct page_record *page)
{
    struct err err = {0};
    struct page_record back;
    struct bytes json = page_json(page);
    assert_ok(page_record_parse(bytes_span(&json), &back, &err), err);
    assert_page_equal(page, &back);
    struct bytes again = page_json(&back);
    assert_int_equal(json.len, again.len);
    assert_memory_equal(json.data, again.data, json.len);
    bytes_done(&again);
    bytes_done(&json);
}

static void a_page_comes_back_as_it_was(void **state)
{
    (void)state;
    struct page_record page = a_page();
    goes_there_and_back(&page);
}

static void a_page_without_text_or_picture_comes_back(void **state)
{
    (void)state;
    struct page_record page = {.source = digest_n(9), .status = PAGE_BLANK};
    goes_there_and_back(&page);
}

static void a_failed_page_keeps_every_reason(void **state)
{
    (void)state;
    for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        struct page_record page = {.source = digest_n(9),
                                   .index = UINT32_MAX,
                                   .status = PAGE_FAILED,
                                   .reason = (enum reason)reason,
                                   .reason_detail = "tệp \"hỏng\" \\ 60 s"};
        goes_there_and_back(&page);
    }
}

static void other_separators_go_there_and_back(void **state)
{
    (void)state;
    struct page_record page = a_page();
    page.separator = (struct page_separator){.kind = SEPARATOR_PATCH_T, .w = 9, .h = 8};
    goes_there_and_back(&page);
    page.separator = (struct page_separator){
        .kind = SEPARATOR_CODE128, .w = 1, .h = 1, .code = "000.00.12.H57-250705-000123"};
    memset(page.separator.text, 'x', sizeof page.separator.text - 1);
    goes_there_and_back(&page);
}

static void a_separator_to_come_is_none(void **state)
{
    (void)state;
    struct err err = {0};
    struct page_record back, page = a_page();
    struct bytes json = page_json(&page);
    json_t *object = json_loadb((const char *)json.data, json.len, 0, NULL);
    json_object_set_new(object, "separator", json_pack("{s:s}", "kind", "aztec"));
    char *text = json_dumps(object, 0);
    assert_ok(page_record_parse(span_of_text(text), &back, &err), err);
    assert_int_equal(back.separator.kind, SEPARATOR_NONE);
    free(text);
    json_decref(object);
    bytes_done(&json);
}

/* From cell to keeper it is bytes of a process that parsed hostile ones. */
static void a_separator_of_bytes_is_looked_at(void **state)
{
    (void)state;
    struct page_separator separator = a_page().separator;
    assert_true(page_separator_valid(&separator, 2480, 3508));
    assert_false(page_separator_valid(&separator, 2479, 3508));
    memset(separator.text, 'x', sizeof separator.text); /* no end */
    assert_false(page_separator_valid(&separator, 2480, 3508));
    separator = a_page().separator;
    memset(separator.code, '0', sizeof separator.code);
    assert_false(page_separator_valid(&separator, 2480, 3508));
    separator = a_page().separator;
    separator.kind = SEPARATOR_KINDS;
    assert_false(page_separator_valid(&separator, 2480, 3508));
    separator = a_page().separator;
    separator.text[0] = '\xFF';
    assert_false(page_separator_valid(&separator, 2480, 3508));
}

static void a_dossier_code_is_found_when_it_stands_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code; /* NULL: none */
    } cases[] = {
        {"000.00.12.H57-250705-0001", "000.00.12.H57-250705-0001"},
        {"H57.12-250705-123456", "H57.12-250705-123456"},
        {"G22.99.31-000131-0001", "G22.99.31-000131-0001"},
        {"(H57.12-250705-0001)", "H57.12-250705-0001"},
        {"a=H57.12-250705-0001;b", "H57.12-250705-0001"},
        {"H57.12-250705-0001 H57.12-250705-0001", "H57.12-250705-0001"},
        {"H57.12-250705-0001 H57.12-250705-00010", NULL},
        {"H57.12-250705-00010 H57.12-250705-0001", NULL},
        {"", NULL},
        {"H57.12-250705-", NULL},
        {"H57.12-250705-001", NULL},
        {"H57.12-250705-1234567", NULL},
        {"h57.12-250705-0001", NULL},
        {"H57-250705-0001", NULL},
        {"00.00.12.H57-250705-0001", NULL},
        {"0000.00.12.H57-250705-0001", NULL},
        {"H57.12-250732-0001", NULL},
        {"H57.12-250005-0001", NULL},
        {"éH57.12-250705-0001", NULL},
        {"H57.12-250705-0001é", NULL},
        {"-H57.12-250705-0001", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char code[DOSSIER_CODE_MAX] = "none";
        assert_int_equal(dossier_code_find(cases[i].text, code), cases[i].code != NULL);
        assert_string_equal(code, cases[i].code ? cases[i].code : "none");
    }
    assert_true(dossier_code_formal("H57.12-250705-0001"));
    assert_false(dossier_code_formal("H57.12-250705-0001 "));
    assert_false(dossier_code_formal(" H57.12-250705-0001"));
}

static void the_longest_detail_fits(void **state)
{
    (void)state;
    struct page_record page = {.status = PAGE_FAILED, .reason = REASON_DAMAGED};
    memset(page.reason_detail, 'x', sizeof page.reason_detail - 1);
    goes_there_and_back(&page);
}

/* Archives are compared and deduplicated by these bytes: a change of one is a change of format. */
static void the_bytes_of_a_page_record_are_fixed(void **state)
{
    (void)state;
    static const char want[] =
        "{\"alto\":\"26b25d457597a7b0463f9620f666dd10aa2c4373a505967c7c8d70922a2d6ece\","
        "\"confidence\":87.5,\"doubt\":\"low-confidence\",\"dpi\":300,\"engine\":\"tesseract "
        "5.3.0\",\"height_px\":3508,"
        "\"image\":\"9d9f290527a6be626a8f5985b26e19b237b44872b03631811df4416fc1713178\","
        "\"index\":4,\"ink\":0.0625,\"kind\":\"page\",\"language\":\"vie\",\"rasterised\":true,"
        "\"separator\":{\"box\":[100,90,2380,3418],\"code\":\"H57.12-250705-0001\",\"kind\":"
        "\"qr\",\"text\":\"Mã: H57.12-250705-0001\"},\"skew_deg\":-0.25,"
        "\"source\":\"67abdd721024f0ff4e0b3f4c2fc13bc5bad42d0b7851d456d88d203d15aaa450\","
        "\"status\":\"ok\",\"turned_deg\":90,\"v\":1,\"width_px\":2480}";
    struct page_record page = a_page();
    struct bytes json = page_json(&page);
    assert_int_equal(json.len, sizeof want - 1);
    assert_memory_equal(json.data, want, json.len);
    bytes_done(&json);
}

/* Two machines may differ in the last bit of a float; the record must not. */
static void measurements_are_rounded_to_what_was_measured(void **state)
{
    (void)state;
    struct page_record a = a_page(), b = a_page();
    a.skew_deg = 0.1F;
    b.skew_deg = nextafterf(0.1F, 1);
    a.confidence = 87.33F;
    b.confidence = 87.34F;
    a.ink = 0.1234501F;
    b.ink = 0.1234502F;
    struct bytes json_a = page_json(&a), json_b = page_json(&b);
    assert_int_equal(json_a.len, json_b.len);
    assert_memory_equal(json_a.data, json_b.data, json_a.len);
    b.skew_deg = 0.102F;
    struct bytes json_c = page_json(&b);
    assert_true(json_c.len != json_a.len || memcmp(json_c.data, json_a.data, json_a.len) != 0);
    bytes_done(&json_a);
    bytes_done(&json_b);
    bytes_done(&json_c);
}

static void a_page_id_is_half_a_digest_and_the_index(void **state)
{
    (void)state;
    char id[PAGE_ID_MAX];
    struct digest digest;
    assert_true(digest_parse("00112233445566778899aabbccddeeff"
                             "ffffffffffffffffffffffffffffffff",
                             &digest));
    page_id_make(&digest, 0, id);
    assert_string_equal(id, "00112233445566778899aabbccddeeff.0");
    page_id_make(&digest, UINT32_MAX, id);
    assert_string_equal(id, "00112233445566778899aabbccddeeff.4294967295");
}

/* --- what is refused --- */

static json_t *parsed(struct bytes *json)
{
    struct err err = {0};
    json_t *object = json_parse(bytes_span(json), &err);
    assert_ok_ptr(object, err);
    bytes_done(json);
    return object;
}

static int parse_page(const json_t *object, struct err *err)
{
    struct bytes json = {0};
    struct page_record back = {.index = 77};
    assert_ok(json_canonical(object, &json, err), *err);
    int rc = page_record_parse(bytes_span(&json), &back, err);
    if (rc < 0)
        assert_int_equal(back.index, 77); /* outputs stay untouched */
    bytes_done(&json);
    return rc;
}

static int parse_source(const json_t *object, struct err *err)
{
    struct bytes json = {0};
    struct source_record back = {.page_len = 77};
    assert_ok(json_canonical(object, &json, err), *err);
    int rc = source_record_parse(bytes_span(&json), &back, err);
    if (rc < 0) {
        assert_int_equal(back.page_len, 77);
        assert_null(back.path);
    } else
        source_record_done(&back);
    bytes_done(&json);
    return rc;
}

typedef int parse_record(const json_t *object, struct err *err);

static void assert_refused(const json_t *object, parse_record *parse, const char *what)
{
    struct err err = {0};
    if (parse(object, &err) == 0)
        fail_msg("taken: %s", what);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_true(err.text[0] != '\0');
}

/* Takes each field out in turn, and puts a value of another type in its place. */
static void each_field_is_needed(json_t *object, parse_record *parse)
{
    struct err err = {0};
    const char *key;
    json_t *value, *copy = json_deep_copy(object);
    size_t seen = 0;
    assert_ok(parse(object, &err), err);
    json_object_foreach(copy, key, value)
    {
        char what[80];
        (void)snprintf(what, sizeof what, "'%s' of another type", key);
        json_object_set_new(object, key, json_pack("{s:n}", "a", NULL));
        assert_refused(object, parse, what);
        json_object_set_new(object, key, json_null());
        assert_refused(object, parse, what);
        json_object_set_new(object, key,
                            json_is_string(value) ? json_integer(7) : json_string("7"));
        assert_refused(object, parse, what);
        json_object_del(object, key);
        if (strcmp(key, "alto") != 0 && strcmp(key, "image") != 0) {
            (void)snprintf(what, sizeof what, "no '%s'", key);
            assert_refused(object, parse, what);
        }
        json_object_set(object, key, value);
        seen++;
    }
    assert_true(seen >= 7);
    assert_ok(parse(object, &err), err);
    json_decref(copy);
    json_decref(object);
}

static void a_page_record_needs_each_field(void **state)
{
    (void)state;
    struct page_record page = a_page();
    page.turned_deg = 0; /* the three that may be missing */
    page.doubt[0] = '\0';
    page.separator.kind = SEPARATOR_NONE;
    struct bytes json = page_json(&page);
    each_field_is_needed(parsed(&json), parse_page);
}

static void a_reason_needs_its_detail(void **state)
{
    (void)state;
    struct page_record page = {.status = PAGE_FAILED, .reason = REASON_DAMAGED};
    struct bytes json = page_json(&page);
    json_t *object = parsed(&json);
    json_object_del(object, "reason_detail");
    assert_refused(object, parse_page, "a reason without detail");
    json_object_set_new(object, "reason_detail", json_string(""));
    json_object_set_new(object, "reason", json_integer(1));
    assert_refused(object, parse_page, "a number for a reason");
    json_decref(object);
}

static const struct page_case {
    const char *why, *key, *value; /* value: JSON */
} bad_pages[] = {
    {"an unknown status", "status", "\"fine\""},
    {"an endless status", "status", "\"okokokokokokokokokokokokokokok\""},
    {"a turn by no quarter", "turned_deg", "45"},
    {"a turn by more than three quarters", "turned_deg", "360"},
    {"a doubt without a code", "doubt", "\"\""},
    {"a doubt that speaks", "doubt", "\"Not sure!\""},
    {"an endless doubt", "doubt", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""},
    {"a number for a doubt", "doubt", "1"},
    {"a separator that is text", "separator", "\"qr\""},
    {"a separator without a kind", "separator", "{}"},
    {"a separator without a box", "separator",
     "{\"kind\":\"qr\",\"text\":\"H57.12-250705-0001\",\"code\":\"H57.12-250705-0001\"}"},
    {"a box of three sides", "separator", "{\"kind\":\"patch-t\",\"box\":[1,2,3]}"},
    {"a box of fractions", "separator", "{\"kind\":\"patch-t\",\"box\":[1,2,3,4.5]}"},
    {"a box that begins before the page", "separator", "{\"kind\":\"patch-t\",\"box\":[-1,2,3,4]}"},
    {"a box wider than the page", "separator", "{\"kind\":\"patch-t\",\"box\":[2480,0,1,1]}"},
    {"a box whose end is past all numbers", "separator",
     "{\"kind\":\"patch-t\",\"box\":[0,1,1,4294967295]}"},
    {"a patch that speaks", "separator", "{\"kind\":\"patch-t\",\"box\":[0,0,1,1],\"text\":\"T\"}"},
    {"a code that says nothing", "separator",
     "{\"kind\":\"qr\",\"box\":[0,0,1,1],\"code\":\"H57.12-250705-0001\"}"},
    {"a code without its dossier", "separator",
     "{\"kind\":\"qr\",\"box\":[0,0,1,1],\"text\":\"H57.12-250705-0001\"}"},
    {"a dossier that is none", "separator",
     "{\"kind\":\"qr\",\"box\":[0,0,1,1],\"text\":\"x\",\"code\":\"x\"}"},
    {"a code that rings the bell", "separator",
     "{\"kind\":\"qr\",\"box\":[0,0,1,1],\"text\":\"\\u0007\",\"code\":\"H57.12-250705-0001\"}"},
    {"a separator with a number for a text", "separator",
     "{\"kind\":\"qr\",\"box\":[0,0,1,1],\"text\":1,\"code\":\"H57.12-250705-0001\"}"},
    {"an index below zero", "index", "-1"},
    {"an index over 32 bits", "index", "4294967296"},
    {"an index with a fraction", "index", "1.5"},
    {"the largest number there is", "width_px", "9223372036854775807"},
    {"the smallest number there is", "height_px", "-9223372036854775808"},
    {"a resolution below zero", "dpi", "-300"},
    {"a skew out of all proportion", "skew_deg", "1e300"},
    {"a skew of more than a right angle", "skew_deg", "90.5"},
    {"ink below zero", "ink", "-0.5"},
    {"more ink than page", "ink", "1.5"},
    {"more confidence than there is", "confidence", "101"},
    {"confidence below zero", "confidence", "-1"},
    {"a digest too short", "source", "\"abcd\""},
    {"a digest that is none", "alto",
     "\"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""},
    {"a digest too long", "image",
     "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0\""},
    {"an engine's name too long", "engine",
     "\"0123456789012345678901234567890123456789012345678\""},
    {"a version to come", "v", "2"},
    {"a version that is 1 only in 32 bits", "v", "4294967297"},
    {"another kind", "kind", "\"source\""},
};

static void set_json(json_t *object, const char *key, const char *value)
{
    json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    json_object_set_new(object, key, json);
}

static void a_bad_page_is_refused(void **state)
{
    const struct page_case *c = *state;
    struct page_record page = a_page();
    struct bytes json = page_json(&page);
    json_t *object = parsed(&json);
    set_json(object, c->key, c->value);
    assert_refused(object, parse_page, c->why);
    json_decref(object);
}

static void every_cut_of_a_record_is_refused(void **state)
{
    (void)state;
    struct page_record page = a_page(), back;
    struct bytes json = page_json(&page);
    for (size_t len = 0; len < json.len; len++) {
        struct err err = {0};
        uint8_t *exact = malloc(len + 1); /* its end is watched by the address sanitizer */
        memcpy(exact, json.data, len);
        assert_int_equal(page_record_parse(span_of(exact, len), &back, &err), -1);
        assert_int_equal(err.kind, ERR_CORRUPT);
        free(exact);
    }
    bytes_done(&json);
}

static void what_is_not_an_object_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",     "null",     "[]",      "7",
        "{}",   "\"page\"", "{{{{{{{", "{\"kind\":\"page\",\"kind\":\"page\",\"v\":1}",
        "\xff", "[[[[[[[["};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct err err = {0};
        struct page_record page;
        struct source_record source = {.path = NULL};
        assert_int_equal(page_record_parse(span_of_text(texts[i]), &page, &err), -1);
        assert_int_equal(err.kind, ERR_CORRUPT);
        err = (struct err){0};
        assert_int_equal(source_record_parse(span_of_text(texts[i]), &source, &err), -1);
        assert_int_equal(err.kind, ERR_CORRUPT);
    }
}

/* --- sources --- */

static struct bytes source_json(uint32_t pages)
{
    struct err err = {0};
    struct bytes out = {0};
    static char path[] = "hồ sơ/\\x0A \"một\".tif";
    struct source_record source = {
        .id = digest_n(5), .path = path, .format = "tiff", .size_bytes = 1234, .page_len = pages};
    source.pages = calloc(pages + 1, sizeof *source.pages);
    for (uint32_t i = 0; i < pages; i++)
        source.pages[i] = digest_n(100 + i);
    assert_ok(source_record_write(&source, &out, &err), err);
    free(source.pages);
    return out;
}

static void a_source_comes_back_with_its_pages_in_order(void **state)
{
    (void)state;
    struct err err = {0};
    struct source_record back = {.path = NULL};
    struct bytes json = source_json(SOURCE_PAGES_MAX), again = {0};
    struct digest id = digest_n(5);
    assert_ok(source_record_parse(bytes_span(&json), &back, &err), err);
    assert_true(digest_equal(&back.id, &id));
    assert_string_equal(back.path, "hồ sơ/\\x0A \"một\".tif");
    assert_string_equal(back.format, "tiff");
    assert_int_equal(back.size_bytes, 1234);
    assert_int_equal(back.page_len, SOURCE_PAGES_MAX);
    for (unsigned i = 0; i < back.page_len; i++) {
        struct digest want = digest_n(100 + i);
        assert_true(digest_equal(&back.pages[i], &want));
    }
    assert_ok(source_record_write(&back, &again, &err), err);
    assert_int_equal(json.len, again.len);
    assert_memory_equal(json.data, again.data, json.len);
    source_record_done(&back);
    bytes_done(&json);
    bytes_done(&again);
}

static void the_bytes_of_a_source_record_are_fixed(void **state)
{
    (void)state;
    static const char want[] =
        "{\"bytes\":1234,\"format\":\"tiff\",\"kind\":\"source\",\"pages\":["
        "\"40e736c02a102a050e1555781b4171020a4279adaa7ed9ca3cc9633a0ade9c37\"],"
        "\"path\":\"hồ sơ/\\\\x0A \\\"một\\\".tif\","
        "\"sha256\":\"2594b6a92ebfb1c3312deb7d01c015fb95e9fbe9bd7bc6b527af07813ec7b910\","
        "\"v\":1}";
    struct bytes json = source_json(1);
    assert_int_equal(json.len, sizeof want - 1);
    assert_memory_equal(json.data, want, json.len);
    bytes_done(&json);
}

static void a_source_record_needs_each_field(void **state)
{
    (void)state;
    struct bytes json = source_json(2);
    each_field_is_needed(parsed(&json), parse_source);
}

static void one_page_more_than_the_limit_is_refused(void **state)
{
    (void)state;
    struct bytes json = source_json(SOURCE_PAGES_MAX + 1);
    json_t *object = parsed(&json);
    assert_int_equal(json_array_size(json_object_get(object, "pages")), 20001);
    assert_refused(object, parse_source, "20001 pages");
    json_decref(object);
}

static void a_source_without_pages_is_refused(void **state)
{
    (void)state;
    struct bytes json = source_json(0);
    json_t *object = parsed(&json);
    assert_refused(object, parse_source, "no pages");
    json_decref(object);
}

static const struct page_case bad_sources[] = {
    {"a page that is no digest", "pages", "[\"abc\"]"},
    {"a page that is no text", "pages", "[7]"},
    {"pages by name", "pages", "{\"0\":\"abc\"}"},
    {"a size below zero", "bytes", "-1"},
    {"a size with a fraction", "bytes", "1e3"},
    {"a format too long", "format", "\"tifftifftifftifftiff\""},
    {"a version to come, of a source", "v", "2"},
    {"a page for a source", "kind", "\"page\""},
};

static void a_bad_source_is_refused(void **state)
{
    const struct page_case *c = *state;
    struct bytes json = source_json(2);
    json_t *object = parsed(&json);
    set_json(object, c->key, c->value);
    assert_refused(object, parse_source, c->why);
    json_decref(object);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(a_page_comes_back_as_it_was),
        cmocka_unit_test(a_page_without_text_or_picture_comes_back),
        cmocka_unit_test(a_failed_page_keeps_every_reason),
        cmocka_unit_test(other_separators_go_there_and_back),
        cmocka_unit_test(a_separator_to_come_is_none),
        cmocka_unit_test(a_separator_of_bytes_is_looked_at),
        cmocka_unit_test(a_dossier_code_is_found_when_it_stands_alone),
        cmocka_unit_test(the_longest_detail_fits),
        cmocka_unit_test(the_bytes_of_a_page_record_are_fixed),
        cmocka_unit_test(measurements_are_rounded_to_what_was_measured),
        cmocka_unit_test(a_page_id_is_half_a_digest_and_the_index),
        cmocka_unit_test(a_page_record_needs_each_field),
        cmocka_unit_test(a_reason_needs_its_detail),
        cmocka_unit_test(every_cut_of_a_record_is_refused),
        cmocka_unit_test(what_is_not_an_object_is_refused),
        cmocka_unit_test(a_source_comes_back_with_its_pages_in_order),
        cmocka_unit_test(the_bytes_of_a_source_record_are_fixed),
        cmocka_unit_test(a_source_record_needs_each_field),
        cmocka_unit_test(one_page_more_than_the_limit_is_refused),
        cmocka_unit_test(a_source_without_pages_is_refused),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(bad_pages) + ARRAY_LEN(bad_sources)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(bad_pages); i++)
        tests[n++] = (struct CMUnitTest){bad_pages[i].why, a_bad_page_is_refused, NULL, NULL,
                                         (void *)&bad_pages[i]};
    for (size_t i = 0; i < ARRAY_LEN(bad_sources); i++)
        tests[n++] = (struct CMUnitTest){bad_sources[i].why, a_bad_source_is_refused, NULL, NULL,
                                         (void *)&bad_sources[i]};
    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
