/* tests/unit/test_document.c - document records and dossier codes: there and back, and what is
 * refused. */
#include "records/document_record.h"

#include "records/dossier_code.h"
#include "tests/unit/test.h"

static struct digest digest_n(unsigned n)
{
    return digest_of(span_of(&n, sizeof n));
}

static struct page_range pages(unsigned source, uint32_t first, uint32_t last)
{
    return (struct page_range){digest_n(source), first, last};
}

static void add(struct document_record *record, unsigned source, uint32_t first, uint32_t last)
{
    struct err err = {0};
    assert_ok(document_record_add(record, pages(source, first, last), &err), err);
}

static struct document_record a_document(void)
{
    struct err err = {0};
    struct document_record record = {
        .dossier = "H57.12-250705-0001",
        .by = DOCUMENT_BY_SEPARATOR,
        .sheets_expected = 3,
        .has_separator = true,
        .separator = pages(1, 1, 1),
        .has_replaces = true,
        .replaces = digest_n(9),
    };
    assert_ok(document_record_title(&record, "Giấy khai sinh", &err), err);
    assert_ok(document_record_batch(&record, "lô 17", &err), err);
    add(&record, 1, 2, 4);
    add(&record, 2, 0, 0);
    return record;
}

static struct bytes json_of(const struct document_record *record)
{
    struct bytes out = {0};
    struct err err = {0};
    assert_ok(document_record_write(record, &out, &err), err);
    return out;
}

static void goes_there_and_back(const struct document_record *record)
{
    struct err err = {0};
    struct document_record back = {.parts = NULL};
    struct bytes json = json_of(record);
    assert_ok(document_record_parse(bytes_span(&json), &back, &err), err);
    assert_string_equal(record->dossier, back.dossier);
    assert_string_equal(record->title, back.title);
    assert_string_equal(record->batch, back.batch);
    assert_int_equal(record->by, back.by);
    assert_int_equal(record->sheets_expected, back.sheets_expected);
    assert_int_equal(record->page_len, back.page_len);
    assert_int_equal(record->part_len, back.part_len);
    assert_memory_equal(record->parts, back.parts, back.part_len * sizeof *back.parts);
    assert_int_equal(record->has_separator, back.has_separator);
    assert_int_equal(record->separator_kept, back.separator_kept);
    assert_memory_equal(&record->separator, &back.separator, sizeof back.separator);
    assert_int_equal(record->has_replaces, back.has_replaces);
    assert_true(digest_equal(&record->replaces, &back.replaces));
    assert_int_equal(record->retention_years, back.retention_years);
    assert_string_equal(record->hold, back.hold);
    assert_int_equal(record->has_supersedes, back.has_supersedes);
    assert_memory_equal(&record->supersedes, &back.supersedes, sizeof back.supersedes);
    struct bytes again = json_of(&back);
    assert_int_equal(json.len, again.len);
    assert_memory_equal(json.data, again.data, json.len);
    bytes_done(&again);
    bytes_done(&json);
    document_record_done(&back);
}

static void a_document_comes_back_as_it_was(void **state)
{
    (void)state;
    struct document_record record = a_document();
    goes_there_and_back(&record);
    document_record_done(&record);
}

static void the_least_document_comes_back(void **state)
{
    (void)state;
    for (enum document_by by = DOCUMENT_BY_SIDECAR; by <= DOCUMENT_BY_PERSON; by++) {
        struct document_record record = {.by = by};
        add(&record, 1, 0, 0);
        goes_there_and_back(&record);
        document_record_done(&record);
    }
}

static void retention_hold_and_superseded_pages_come_back(void **state)
{
    (void)state;
    static const uint32_t years[] = {2, 70, RETENTION_PERMANENT};
    static const char want[] = "\"hold\":\"Tố cáo\",\"kind\":\"document\"";
    struct err err = {0};
    for (size_t i = 0; i < ARRAY_LEN(years); i++) {
        struct document_record record = a_document();
        record.retention_years = years[i];
        record.has_supersedes = true;
        record.supersedes = pages(7, 3, 4);
        assert_ok(document_record_hold(&record, "Tố cáo", &err), err);
        goes_there_and_back(&record);
        struct bytes json = json_of(&record);
        assert_non_null(memmem(json.data, json.len, want, strlen(want)));
        record.retention_years = 71;
        assert_int_equal(document_record_write(&record, &json, &err), -1);
        assert_non_null(strstr(err.text, "2 to 70 years"));
        bytes_done(&json);
        document_record_done(&record);
    }
}

/* Archives are compared and deduplicated by these bytes: a change of one is a change of format. */
static void the_bytes_of_a_document_record_are_fixed(void **state)
{
    (void)state;
    static const char want[] =
        "{\"batch\":\"lô 17\",\"by\":\"separator\",\"dossier\":\"H57.12-250705-0001\","
        "\"kind\":\"document\",\"parts\":[{\"first\":2,\"last\":4,\"source\":"
        "\"67abdd721024f0ff4e0b3f4c2fc13bc5bad42d0b7851d456d88d203d15aaa450\"},"
        "{\"first\":0,\"last\":0,\"source\":"
        "\"26b25d457597a7b0463f9620f666dd10aa2c4373a505967c7c8d70922a2d6ece\"}],\"replaces\":"
        "\"9f076b7eb7fdc0311cd3208cdbbebbf8014dd3a05e35191c96947b358a362b40\","
        "\"separator\":{\"first\":1,\"kept\":false,\"last\":1,\"source\":"
        "\"67abdd721024f0ff4e0b3f4c2fc13bc5bad42d0b7851d456d88d203d15aaa450\"},"
        "\"sheets_expected\":3,\"title\":\"Giấy khai sinh\",\"v\":1}";
    struct document_record record = a_document();
    struct bytes json = json_of(&record);
    assert_ok(bytes_append(&json, span_of("", 1), &(struct err){0}), (struct err){0});
    assert_string_equal((char *)json.data, want);
    bytes_done(&json);
    document_record_done(&record);
}

static void assert_same_bytes(const struct document_record *a, const struct document_record *b)
{
    struct bytes one = json_of(a), other = json_of(b);
    assert_int_equal(one.len, other.len);
    assert_memory_equal(one.data, other.data, one.len);
    bytes_done(&one);
    bytes_done(&other);
}

static void the_same_pages_give_the_same_record_however_they_were_added(void **state)
{
    (void)state;
    struct document_record whole = {.by = DOCUMENT_BY_NAME}, pieces = {.by = DOCUMENT_BY_NAME};
    add(&whole, 1, 0, 5);
    add(&whole, 2, 6, 6);
    for (uint32_t i = 0; i < 6; i++)
        add(&pieces, 1, i, i);
    add(&pieces, 2, 6, 6); /* goes on in number, not in file */
    assert_int_equal(pieces.part_len, 2);
    assert_same_bytes(&whole, &pieces);
    document_record_done(&whole);
    document_record_done(&pieces);
}

static void the_order_of_pages_is_kept(void **state)
{
    (void)state;
    struct document_record record = {.by = DOCUMENT_BY_SIDECAR};
    for (uint32_t i = 0; i < 3; i++) {
        add(&record, 1, i, i);
        add(&record, 2, 2 - i, 2 - i);
    }
    assert_int_equal(record.part_len, 6);
    goes_there_and_back(&record);
    document_record_done(&record);
}

static void texts_are_composed(void **state)
{
    (void)state;
    struct err err = {0};
    struct document_record record = {.parts = NULL};
    assert_ok(document_record_title(&record, "Gia\xCC\x82\xCC\x81y", &err), err);
    assert_string_equal(record.title, "Giấy");
}

static void texts_have_limits(void **state)
{
    (void)state;
    struct err err = {0};
    struct document_record record = {.parts = NULL};
    char text[4 * (DOCUMENT_TITLE_CHARS + 1) + 1];
    for (size_t i = 0; i <= DOCUMENT_TITLE_CHARS; i++)
        memcpy(text + 4 * i, "\xF0\x9F\x93\x84", 5);
    assert_int_equal(document_record_title(&record, text, &err), -1);
    assert_string_equal(err.text, "the title is longer than 500 characters");
    assert_string_equal(record.title, "");
    text[4 * DOCUMENT_TITLE_CHARS] = '\0';
    assert_ok(document_record_title(&record, text, &err), err);
    assert_int_equal(document_record_batch(&record, text, &err), -1);
    assert_string_equal(err.text, "the batch is longer than 100 characters");
    text[4 * DOCUMENT_BATCH_CHARS] = '\0';
    assert_ok(document_record_batch(&record, text, &err), err);
    add(&record, 1, 0, 0);
    goes_there_and_back(&record);
    document_record_done(&record);
    assert_int_equal(document_record_title(&record, "a\033[2J", &err), -1);
    assert_int_equal(document_record_title(&record, "a\xC3", &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
}

static void pages_have_a_limit(void **state)
{
    (void)state;
    struct err err = {0};
    struct document_record record = {.parts = NULL};
    for (uint32_t i = 0; i < DOCUMENT_PAGES_MAX; i++)
        add(&record, i % 2, i / 2, i / 2);
    assert_int_equal(record.page_len, DOCUMENT_PAGES_MAX);
    goes_there_and_back(&record);
    assert_int_equal(document_record_add(&record, pages(3, 0, 0), &err), -1);
    assert_string_equal(err.text, "a document has at most 20000 pages");
    document_record_done(&record);
    static const struct page_range none[] = {{.first = 1}, {.last = 20000}, {.last = UINT32_MAX}};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        assert_int_equal(document_record_add(&record, none[i], &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_int_equal(record.part_len, 0);
    }
}

/* --- what must not be written --- */

static const struct bad_document {
    const char *why;
    struct {
        unsigned source, first, last;
    } parts[3];
    const char *dossier;
    bool separator, kept;
    uint32_t sheets;
    const char *error;
} bad_documents[] = {
    {"no page", {{0}}, "", false, false, 0, "at least one page"},
    {"a page twice", {{1, 0, 0}, {1, 0, 0}}, "", false, false, 0, ".0 is named twice"},
    {"runs that overlap", {{1, 4, 9}, {2, 0, 0}, {1, 0, 4}}, "", false, false, 0, ".4 is named"},
    {"a run within a run", {{1, 0, 9}, {2, 0, 0}, {1, 3, 4}}, "", false, false, 0, ".3 is named"},
    {"a code with a star", {{1, 0, 0}}, "H57*", false, false, 0, "'H57*' is no dossier code"},
    {"a code with a blank", {{1, 0, 0}}, "H 57", false, false, 0, "no dossier code"},
    {"too many sheets", {{1, 0, 0}}, "", false, false, 20001, "at most 20000 sheets"},
    {"a dropped sheet in the paper", {{1, 5, 9}}, "", true, false, 0, ".7 is named twice"},
    {"a kept sheet outside", {{1, 0, 6}}, "", true, true, 0, "not among the pages"},
    {"half a kept sheet", {{1, 0, 7}}, "", true, true, 0, "not among the pages"},
    {"a kept sheet elsewhere", {{2, 0, 9}}, "", true, true, 0, "not among the pages"},
};

static void is_not_written(void **state)
{
    const struct bad_document *c = *state;
    struct err err = {0};
    struct bytes out = {0};
    struct document_record record = {.has_separator = c->separator,
                                     .separator = pages(1, 7, 8),
                                     .separator_kept = c->kept,
                                     .sheets_expected = c->sheets};
    (void)snprintf(record.dossier, sizeof record.dossier, "%s", c->dossier);
    for (size_t i = 0; i < ARRAY_LEN(c->parts) && c->parts[i].source; i++)
        add(&record, c->parts[i].source, c->parts[i].first, c->parts[i].last);
    assert_int_equal(document_record_write(&record, &out, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    if (!strstr(err.text, c->error))
        fail_msg("'%s' does not say '%s'", err.text, c->error);
    assert_int_equal(out.len, 0);
    document_record_done(&record);
}

static void a_separator_that_is_kept_is_of_the_paper(void **state)
{
    (void)state;
    struct document_record record = {
        .has_separator = true, .separator_kept = true, .separator = pages(1, 0, 1)};
    add(&record, 1, 1, 3); /* in any order */
    add(&record, 1, 0, 0);
    goes_there_and_back(&record);
    document_record_done(&record);
}

/* --- what is refused when read --- */

#define PART                                                                                       \
    "{\"first\":0,\"last\":0,"                                                                     \
    "\"source\":\"67abdd721024f0ff4e0b3f4c2fc13bc5bad42d0b7851d456d88d203d15aaa450\"}"
#define HEAD "{\"kind\":\"document\",\"v\":1,"

static const struct bad_record {
    const char *why, *json, *error;
} bad_records[] = {
    {"no JSON", "not JSON", "document record"},
    {"another kind", "{\"kind\":\"source\",\"v\":1}", "not a document record"},
    {"a later version", "{\"by\":\"person\",\"kind\":\"document\",\"parts\":[" PART "],\"v\":2}",
     "not a document record of version 1"},
    {"nobody knows how", HEAD "\"parts\":[" PART "]}", "'by'"},
    {"known by magic", HEAD "\"by\":\"magic\",\"parts\":[" PART "]}", "'by'"},
    {"no parts", HEAD "\"by\":\"person\"}", "'parts'"},
    {"an empty list of parts", HEAD "\"by\":\"person\",\"parts\":[]}", "at least one page"},
    {"parts that are an object", HEAD "\"by\":\"person\",\"parts\":" PART "}", "'parts'"},
    {"a part that is a number", HEAD "\"by\":\"person\",\"parts\":[1]}", "'parts'"},
    {"a part without pages",
     HEAD "\"by\":\"person\",\"parts\":[{\"source\":"
          "\"67abdd721024f0ff4e0b3f4c2fc13bc5bad42d0b7851d456d88d203d15aaa450\"}]}",
     "'parts'"},
    {"a part the wrong way round",
     HEAD "\"by\":\"person\",\"parts\":[{\"first\":2,\"last\":1,\"source\":"
          "\"67abdd721024f0ff4e0b3f4c2fc13bc5bad42d0b7851d456d88d203d15aaa450\"}]}",
     "'parts'"},
    {"a page past the last there can be",
     HEAD "\"by\":\"person\",\"parts\":[{\"first\":0,\"last\":20000,\"source\":"
          "\"67abdd721024f0ff4e0b3f4c2fc13bc5bad42d0b7851d456d88d203d15aaa450\"}]}",
     "'parts'"},
    {"half a digest",
     HEAD "\"by\":\"person\",\"parts\":[{\"first\":0,\"last\":1,\"source\":\"67abdd\"}]}",
     "'parts'"},
    {"the same page twice", HEAD "\"by\":\"person\",\"parts\":[" PART "," PART "]}", "twice"},
    {"a code that is none", HEAD "\"by\":\"person\",\"dossier\":\"a*\",\"parts\":[" PART "]}",
     "'a*' is no dossier code"},
    {"a code too long",
     HEAD "\"by\":\"person\",\"dossier\":\"123456789012345678901234567890123456789012345678901\","
          "\"parts\":[" PART "]}",
     "'dossier'"},
    {"an empty code", HEAD "\"by\":\"person\",\"dossier\":\"\",\"parts\":[" PART "]}", "'dossier'"},
    {"a code that is a number", HEAD "\"by\":\"person\",\"dossier\":1,\"parts\":[" PART "]}",
     "'dossier'"},
    {"a title that moves the cursor",
     HEAD "\"by\":\"person\",\"title\":\"\\u001b[2J\",\"parts\":[" PART "]}", "'title'"},
    {"sheets that are text",
     HEAD "\"by\":\"person\",\"sheets_expected\":\"3\",\"parts\":[" PART "]}", "'sheets_expected'"},
    {"a separator of no kind",
     HEAD "\"by\":\"person\",\"separator\":" PART ",\"parts\":[" PART "]}", "'separator'"},
    {"a separator that is text", HEAD "\"by\":\"person\",\"separator\":\"x\",\"parts\":[" PART "]}",
     "'separator'"},
    {"kept for a year", HEAD "\"by\":\"person\",\"retention\":1,\"parts\":[" PART "]}",
     "2 to 70 years"},
    {"kept no time", HEAD "\"by\":\"person\",\"retention\":0,\"parts\":[" PART "]}", "'retention'"},
    {"kept too long", HEAD "\"by\":\"person\",\"retention\":71,\"parts\":[" PART "]}",
     "'retention'"},
    {"kept for another word", HEAD "\"by\":\"person\",\"retention\":\"1000\",\"parts\":[" PART "]}",
     "'retention'"},
    {"held for no reason", HEAD "\"by\":\"person\",\"hold\":\"\",\"parts\":[" PART "]}", "'hold'"},
    {"supersedes nothing", HEAD "\"by\":\"person\",\"supersedes\":{},\"parts\":[" PART "]}",
     "'supersedes'"},
    {"replaces nothing", HEAD "\"by\":\"person\",\"replaces\":\"\",\"parts\":[" PART "]}",
     "'replaces'"},
};

static void is_not_read(void **state)
{
    const struct bad_record *c = *state;
    struct err err = {0};
    struct document_record record = {.by = DOCUMENT_BY_NAME};
    assert_int_equal(document_record_parse(span_of_text(c->json), &record, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    if (!strstr(err.text, c->error))
        fail_msg("'%s' does not say '%s'", err.text, c->error);
    assert_int_equal(record.by, DOCUMENT_BY_NAME); /* untouched */
}

static void a_text_without_end_is_not_parsed(void **state)
{
    (void)state;
    struct err err = {0};
    struct bytes json = {0};
    struct document_record record;
    assert_ok(bytes_reserve(&json, DOCUMENT_RECORD_BYTES + 1, &err), err);
    memset(json.data, ' ', DOCUMENT_RECORD_BYTES + 1);
    memcpy(json.data, "[]", 2);
    json.len = DOCUMENT_RECORD_BYTES + 1;
    assert_int_equal(document_record_parse(bytes_span(&json), &record, &err), -1);
    assert_non_null(strstr(err.text, "longer than"));
    bytes_done(&json);
}

static void fields_of_later_programs_are_left_alone(void **state)
{
    (void)state;
    struct err err = {0};
    struct document_record record = {.parts = NULL};
    static const char json[] = HEAD "\"by\":\"person\",\"folio\":7,\"parts\":[" PART "]}";
    assert_ok(document_record_parse(span_of_text(json), &record, &err), err);
    assert_int_equal(record.page_len, 1);
    document_record_done(&record);
}

/* --- codes --- */

static const struct code_case {
    const char *code;
    bool plain, formal;
} codes[] = {
    {"000.00.12.H57-250705-0001", true, true},
    {"H57.12-250705-0001", true, true},
    {"H57-250705-0001", true, true},
    {"H26.1.22.333.4-261231-123456", true, true},
    {"G22.99-05072025-0001", true, true},   /* ddmmyyyy */
    {"G22.99-20250705-0001", true, true},   /* yyyymmdd */
    {"H57.12-251305-0001", true, false},    /* month 13 */
    {"H57.12-250700-0001", true, false},    /* day 0 */
    {"H57.12-250732-0001", true, false},    /* day 32 */
    {"H57.12-20251332-0001", true, false},  /* neither way round */
    {"H57.12-2507051-0001", true, false},   /* a date of seven digits */
    {"H57.12-250705-001", true, false},     /* too short an ordinal */
    {"H57.12-250705-1234567", true, false}, /* too long */
    {"H57.12-250705-0001 ", false, false},
    {"H57.12-250705-0001-", true, false},
    {"H57.12-250705-", true, false},
    {"H57.12-250705", true, false},
    {"H57.12", true, false},
    {"h57.12-250705-0001", true, false}, /* a small letter is not as it was issued */
    {"H5.12-250705-0001", true, false},
    {"H57.1234-250705-0001", true, false},
    {"H57.1.2.3.4.5-250705-0001", true, false},
    {"H57.-250705-0001", true, false},
    {"00.00.12.H57-250705-0001", true, false},
    {"000.00.12.H57.1-250705-0001", true, false},
    {"000.00.12.H57", true, false},
    {"000-250705-0001", true, false},
    {"HS/2025_07-1", true, false},
    {"H57*", false, false},
    {"", false, false},
    {"hồ", false, false},
    {"12345678901234567890123456789012345678901234567890", true, false},
    {"123456789012345678901234567890123456789012345678901", false, false},
};

static void code_is_told(void **state)
{
    const struct code_case *c = *state;
    assert_int_equal(dossier_code_plain(c->code), c->plain);
    assert_int_equal(dossier_code_formal(c->code), c->formal);
}

static void every_beginning_of_a_code_is_looked_at_without_harm(void **state)
{
    (void)state;
    static const char code[] = "000.00.12.H57-250705-0001";
    for (size_t len = 0; len < sizeof code - 1; len++) {
        char *part = strndup(code, len); /* of its own length: a byte too far is seen */
        assert_false(dossier_code_formal(part));
        free(part);
    }
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(a_document_comes_back_as_it_was),
        cmocka_unit_test(retention_hold_and_superseded_pages_come_back),
        cmocka_unit_test(the_least_document_comes_back),
        cmocka_unit_test(the_bytes_of_a_document_record_are_fixed),
        cmocka_unit_test(the_same_pages_give_the_same_record_however_they_were_added),
        cmocka_unit_test(the_order_of_pages_is_kept),
        cmocka_unit_test(texts_are_composed),
        cmocka_unit_test(texts_have_limits),
        cmocka_unit_test(pages_have_a_limit),
        cmocka_unit_test(a_separator_that_is_kept_is_of_the_paper),
        cmocka_unit_test(a_text_without_end_is_not_parsed),
        cmocka_unit_test(fields_of_later_programs_are_left_alone),
        cmocka_unit_test(every_beginning_of_a_code_is_looked_at_without_harm),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(bad_documents) + ARRAY_LEN(bad_records) +
                            ARRAY_LEN(codes)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(bad_documents); i++)
        tests[n++] = (struct CMUnitTest){bad_documents[i].why, is_not_written, NULL, NULL,
                                         (void *)&bad_documents[i]};
    for (size_t i = 0; i < ARRAY_LEN(bad_records); i++)
        tests[n++] = (struct CMUnitTest){bad_records[i].why, is_not_read, NULL, NULL,
                                         (void *)&bad_records[i]};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        tests[n++] =
            (struct CMUnitTest){codes[i].code, code_is_told, NULL, NULL, (void *)&codes[i]};
    return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
