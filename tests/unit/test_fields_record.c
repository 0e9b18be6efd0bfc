/* tests/unit/test_fields_record.c - the record of what was found on a page, the record of who was
 * shown it, and what is shown of personal ids. */
#include "records/fields_record.h"

#include "records/access_record.h"
#include "records/person_id.h"
#include "tests/unit/test.h"

#define HEX "000000000000000000000000000000000000000000000000000000000000000"
#define PLAIN                                                                                      \
    "{\"engine\":\"e\",\"index\":0,\"kind\":\"fields\",\"rules\":\"" HEX "2\",\"source\":\"" HEX   \
    "1\",\"v\":1,"

static struct digest digest_hexed(char last)
{
    struct digest digest;
    char hex[DIGEST_HEX_LEN + 1];
    (void)snprintf(hex, sizeof hex, HEX "%c", last);
    assert_true(digest_parse(hex, &digest));
    return digest;
}

static void add(struct fields_record *record, const char *name, const char *value)
{
    struct err err = {0};
    assert_ok(page_fields_add(&record->fields, name, value, &err), err);
    struct field *field = &record->fields.items[record->fields.len - 1];
    field->confidence = 96;
    (void)snprintf(field->rule, sizeof field->rule, "decree30/%s", name);
}

static void assert_text(const struct bytes *have, const char *want)
{
    assert_int_equal(have->len, strlen(want));
    assert_memory_equal(have->data, want, have->len);
}

static void assert_comes_back(const struct bytes *json)
{
    struct err err = {0};
    CLEANUP(fields_record_done) struct fields_record back = {.index = 0};
    CLEANUP(bytes_done) struct bytes again = {0};
    assert_ok(fields_record_parse(bytes_span(json), &back, &err), err);
    assert_ok(fields_record_write(&back, &again, &err), err);
    assert_int_equal(again.len, json->len);
    assert_memory_equal(again.data, json->data, json->len);
}

static void bytes_by_rules_are_fixed(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(fields_record_done)
    struct fields_record record = {
        .source = digest_hexed('1'), .index = 3, .rules = digest_hexed('2'), .engine = "sohoa 0"};
    CLEANUP(bytes_done) struct bytes json = {0};
    add(&record, "number", "707/Q\xC4\x90-TTg");
    record.fields.items[0].x = 10;
    record.fields.items[0].h = 4;
    add(&record, "person_id", "046088012345"); /* whole: the archive keeps it */
    assert_ok(fields_record_write(&record, &json, &err), err);
    assert_text(&json,
                "{\"engine\":\"sohoa 0\",\"fields\":[{\"box\":[10,0,0,4],\"confidence\":96,"
                "\"name\":\"number\",\"rule\":\"decree30/number\",\"value\":\"707/QĐ-TTg\"},"
                "{\"confidence\":96,\"name\":\"person_id\",\"rule\":\"decree30/person_id\","
                "\"value\":\"046088012345\"}],\"index\":3,\"kind\":\"fields\",\"rules\":\"" HEX
                "2\",\"source\":\"" HEX "1\",\"v\":1}");
    assert_comes_back(&json);
}

static void a_person_takes_the_place_of_rules(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(fields_record_done)
    struct fields_record record = {
        .source = digest_hexed('1'), .has_replaces = true, .replaces = digest_hexed('3')};
    CLEANUP(bytes_done) struct bytes json = {0};
    assert_ok(fields_record_person(&record, "Lan", &err), err);
    assert_ok(fields_record_write(&record, &json, &err), err);
    assert_text(&json, "{\"fields\":[],\"index\":0,\"kind\":\"fields\",\"person\":\"Lan\","
                       "\"replaces\":\"" HEX "3\",\"source\":\"" HEX "1\",\"v\":1}");
    assert_comes_back(&json);
    assert_int_equal(fields_record_person(&record, "a\x1b[2J", &err), -1);
}

static const struct bad_case {
    const char *why, *json;
} bad[] = {
    {"nothing", "{}"},
    {"no list", PLAIN "\"x\":1}"},
    {"a list that is none", PLAIN "\"fields\":{}}"},
    {"a field that is none", PLAIN "\"fields\":[7]}"},
    {"no value", PLAIN "\"fields\":[{\"confidence\":1,\"name\":\"a\",\"rule\":\"\"}]}"},
    {"an empty value",
     PLAIN "\"fields\":[{\"confidence\":1,\"name\":\"a\",\"rule\":\"\",\"value\":\"\"}]}"},
    {"a value that a terminal obeys",
     PLAIN "\"fields\":[{\"confidence\":1,\"name\":\"a\",\"rule\":\"\",\"value\":\"\\u001b\"}]}"},
    {"a name that is none",
     PLAIN "\"fields\":[{\"confidence\":1,\"name\":\"A\",\"rule\":\"\",\"value\":\"x\"}]}"},
    {"surer than sure",
     PLAIN "\"fields\":[{\"confidence\":101,\"name\":\"a\",\"rule\":\"\",\"value\":\"x\"}]}"},
    {"no rule", PLAIN "\"fields\":[{\"confidence\":1,\"name\":\"a\",\"value\":\"x\"}]}"},
    {"a rule that a terminal obeys",
     PLAIN "\"fields\":[{\"confidence\":1,\"name\":\"a\",\"rule\":\"\\u0007\",\"value\":\"x\"}]}"},
    {"a box of three", PLAIN "\"fields\":[{\"box\":[1,2,3],\"confidence\":1,\"name\":\"a\","
                             "\"rule\":\"\",\"value\":\"x\"}]}"},
    {"a box before the page", PLAIN "\"fields\":[{\"box\":[1,2,3,-4],\"confidence\":1,"
                                    "\"name\":\"a\",\"rule\":\"\",\"value\":\"x\"}]}"},
    {"no rules and nobody",
     "{\"engine\":\"e\",\"fields\":[],\"index\":0,\"kind\":\"fields\",\"source\":\"" HEX
     "1\",\"v\":1}"},
    {"nobody", PLAIN "\"fields\":[],\"person\":\"\"}"},
    {"replaces what is none", PLAIN "\"fields\":[],\"replaces\":\"x\"}"},
    {"a page no file has",
     "{\"engine\":\"e\",\"fields\":[],\"index\":20000,\"kind\":\"fields\",\"rules\":\"" HEX
     "2\",\"source\":\"" HEX "1\",\"v\":1}"},
    {"a later version",
     "{\"engine\":\"e\",\"fields\":[],\"index\":0,\"kind\":\"fields\",\"rules\":\"" HEX
     "2\",\"source\":\"" HEX "1\",\"v\":2}"},
};

static void what_is_no_record_is_refused(void **state)
{
    const struct bad_case *c = *state;
    struct err err = {0};
    struct fields_record record = {.index = 0};
    assert_int_equal(fields_record_parse(span_of_text(c->json), &record, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
}

static void more_fields_than_a_page_has_are_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct fields_record record = {.index = 0};
    CLEANUP(bytes_done) struct bytes json = {0};
    assert_ok(bytes_printf(&json, &err, "%s\"fields\":[", PLAIN), err);
    for (unsigned i = 0; i <= FIELDS_MAX; i++)
        assert_ok(bytes_printf(&json, &err, "%s%s", i ? "," : "",
                               "{\"confidence\":1,\"name\":\"a\",\"rule\":\"\",\"value\":\"x\"}"),
                  err);
    assert_ok(bytes_printf(&json, &err, "]}"), err);
    assert_int_equal(fields_record_parse(bytes_span(&json), &record, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
}

/* --- who was shown it --- */

#define SHOWN                                                                                      \
    "{\"at_ns\":7,\"because\":\"kiểm "                                                           \
    "tra\",\"by\":\"Lan\",\"index\":2,\"kind\":\"access\",\"source\":\"" HEX "1\",\"v\":1}"

static void an_access_tells_who_and_why(void **state)
{
    (void)state;
    struct err err = {0};
    struct access_record record = {.source = digest_hexed('1'), .index = 2, .at_ns = 7}, back;
    CLEANUP(bytes_done) struct bytes json = {0};
    assert_int_equal(access_record_by(&record, "", &err), -1);
    assert_int_equal(access_record_by(&record, "  ", &err), -1);
    assert_int_equal(access_record_because(&record, "a\nb", &err), -1);
    assert_ok(access_record_by(&record, "Lan", &err), err);
    assert_ok(access_record_because(&record, "kiểm tra", &err), err);
    assert_ok(access_record_write(&record, &json, &err), err);
    assert_text(&json, SHOWN);
    assert_ok(access_record_parse(bytes_span(&json), &back, &err), err);
    assert_string_equal(back.because, "kiểm tra");
    assert_int_equal(back.index, 2);
    assert_int_equal(back.at_ns, 7);
}

static const struct bad_case bad_access[] = {
    {"shown to nobody", "{\"at_ns\":7,\"because\":\"x\",\"by\":\" \",\"index\":2,"
                        "\"kind\":\"access\",\"source\":\"" HEX "1\",\"v\":1}"},
    {"shown for nothing",
     "{\"at_ns\":7,\"by\":\"x\",\"index\":2,\"kind\":\"access\",\"source\":\"" HEX "1\",\"v\":1}"},
    {"shown at no time", "{\"at_ns\":0,\"because\":\"x\",\"by\":\"x\",\"index\":2,"
                         "\"kind\":\"access\",\"source\":\"" HEX "1\",\"v\":1}"},
    {"shown of no file",
     "{\"at_ns\":7,\"because\":\"x\",\"by\":\"x\",\"index\":2,\"kind\":\"access\",\"v\":1}"},
};

static void what_is_no_access_is_refused(void **state)
{
    const struct bad_case *c = *state;
    struct err err = {0};
    struct access_record record;
    assert_int_equal(access_record_parse(span_of_text(c->json), &record, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
}

/* --- masked --- */

static const struct mask_case {
    const char *why, *text, *shown;
} masks[] = {
    {"an id", "046088012345", "046*****2345"},
    {"an id in a line", "số 046088012345.", "số 046*****2345."},
    {"in groups", "046 088 012345", "046 *** **2345"},
    {"with dots", "046.088.012345", "046.***.**2345"},
    {"behind another number", "12 046088012345", "12 046*****2345"},
    {"before another number", "046088012345 12", "046*****2345 12"},
    {"two of them", "046088012345, 001099000017", "046*****2345, 001*****0017"},
    {"a digit more", "0460880123456", "0460880123456"},
    {"a digit less", "04608801234", "04608801234"},
    {"of no province", "146088012345", "146088012345"},
    {"two blanks part", "046088  012345", "046088  012345"},
    {"a date", "28.04.2026", "28.04.2026"},
    {"at the end, cut", "046 088 0123", "046 088 0123"},
    {"nothing", "", ""},
};

static void ids_in_a_text_are_masked(void **state)
{
    const struct mask_case *c = *state;
    char text[64];
    (void)snprintf(text, sizeof text, "%s", c->text);
    person_id_mask_text(text, strlen(text));
    assert_string_equal(text, c->shown);
}

static void values_are_masked(void **state)
{
    (void)state;
    CLEANUP(fields_record_done) struct fields_record record = {.index = 0};
    add(&record, "person_id", "046088012345");
    add(&record, "person_id", "đường đi ấy");
    add(&record, "person_id", "0123456");
    add(&record, "abstract", "cấp cho 046088012345");
    add(&record, "tax_code", "0100109106");
    person_id_mask(&record.fields);
    assert_string_equal(record.fields.items[0].value, "046*****2345");
    assert_string_equal(record.fields.items[1].value, "đườ****i ấy");
    assert_string_equal(record.fields.items[2].value, "*******");
    assert_string_equal(record.fields.items[3].value, "cấp cho 046*****2345");
    assert_string_equal(record.fields.items[4].value, "0100109106");
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(bad) + ARRAY_LEN(bad_access) + ARRAY_LEN(masks) + 5] = {
        cmocka_unit_test(bytes_by_rules_are_fixed),
        cmocka_unit_test(a_person_takes_the_place_of_rules),
        cmocka_unit_test(more_fields_than_a_page_has_are_refused),
        cmocka_unit_test(an_access_tells_who_and_why),
        cmocka_unit_test(values_are_masked),
    };
    size_t n = 5;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        tests[n++] = (struct CMUnitTest){bad[i].why, what_is_no_record_is_refused, NULL, NULL,
                                         (void *)(uintptr_t)&bad[i]};
    for (size_t i = 0; i < ARRAY_LEN(bad_access); i++)
        tests[n++] = (struct CMUnitTest){bad_access[i].why, what_is_no_access_is_refused, NULL,
                                         NULL, (void *)(uintptr_t)&bad_access[i]};
    for (size_t i = 0; i < ARRAY_LEN(masks); i++)
        tests[n++] = (struct CMUnitTest){masks[i].why, ids_in_a_text_are_masked, NULL, NULL,
                                         (void *)(uintptr_t)&masks[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
