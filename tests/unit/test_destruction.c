/* tests/unit/test_destruction.c - how long papers are kept, and the record of what was destroyed.
 */
#include "records/destruction_record.h"

#include "records/retention.h"
#include "tests/unit/test.h"

#define DAY_S      INT64_C(86400)
#define NS         INT64_C(1000000000)
#define FEB_29     (INT64_C(1709164800) * NS) /* 2024-02-29T00:00:00Z */
#define NOON_2026  (INT64_C(1796040000) * NS) /* 2026-11-30T12:00:00Z */
#define NOON_2028  (INT64_C(1859198400) * NS)
#define NOON_2096  (INT64_C(4005115200) * NS)
#define MARCH_2026 (INT64_C(1772323200) * NS) /* 2026-03-01T00:00:00Z */

static const struct retention_case {
    const char *why;
    int64_t from_ns;
    uint32_t years;
    int64_t end_ns; /* the first moment at which it is over; INT64_MAX: never */
} cases[] = {
    {"the shortest", NOON_2026, 2, NOON_2028},
    {"the longest", NOON_2026, 70, NOON_2096},
    {"to the nanosecond", NOON_2026 + 7, 2, NOON_2028 + 7},
    {"the day that is not in every year", FEB_29, 2, MARCH_2026},
    {"for ever", NOON_2026, RETENTION_PERMANENT, INT64_MAX},
    {"never set", NOON_2026, RETENTION_UNSET, INT64_MAX},
    {"less than can be set", NOON_2026, 1, INT64_MAX},
    {"more than can be set", NOON_2026, 71, INT64_MAX},
    {"past what can be counted", INT64_C(8000000000) * NS, 70, INT64_MAX},
    {"before 1970", -FEB_29, 2, -1646006400 * NS},
};

static void is_over_when_it_is(void **state)
{
    const struct retention_case *c = *state;
    assert_false(retention_over(c->from_ns, c->years, c->from_ns));
    if (c->end_ns == INT64_MAX) {
        assert_false(retention_over(c->from_ns, c->years, INT64_MAX - 1));
        return;
    }
    assert_int_equal(retention_end_ns(c->from_ns, c->years), c->end_ns);
    assert_false(retention_over(c->from_ns, c->years, c->end_ns - 1));
    assert_true(retention_over(c->from_ns, c->years, c->end_ns));
}

static void years_that_can_be_set(void **state)
{
    (void)state;
    for (uint32_t years = 0; years < 1100; years++)
        assert_int_equal(retention_valid(years),
                         (years >= 2 && years <= 70) || years == RETENTION_PERMANENT);
}

/* --- the record --- */

static void fill(struct destruction_record *record)
{
    struct err err = {0};
    struct digest a = digest_of(span_of_text("a")), b = digest_of(span_of_text("b"));
    assert_ok(destruction_record_basis(record, "QĐ 15", &err), err);
    assert_ok(destruction_record_person(record, "Hội đồng", &err), err);
    (void)snprintf(record->decided, sizeof record->decided, "2026-11-30");
    assert_ok(destruction_record_object(record, &b, &err), err);
    assert_ok(destruction_record_object(record, &a, &err), err);
    assert_ok(destruction_record_object(record, &b, &err), err);
    assert_ok(destruction_record_pages(record, (struct page_range){a, 0, 0}, &err), err);
    assert_ok(destruction_record_pages(record, (struct page_range){a, 1, 1}, &err), err);
    assert_ok(destruction_record_dossier(record, "H57.12-250705-0001", &err), err);
    assert_ok(destruction_record_dossier(record, "H57.12-250705-0001", &err), err);
}

#define A "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define B "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
#define TEXT                                                                                       \
    "{\"basis\":\"QĐ 15\",\"decided\":\"2026-11-30\",\"dossiers\":[\"H57.12-250705-0001\"],"      \
    "\"kind\":\"destruction\",\"objects\":[\"" B "\",\"" A "\"],\"parts\":[{\"first\":0,"          \
    "\"last\":1,\"source\":\"" A "\"}],\"person\":\"Hội đồng\",\"v\":1}"

static void its_bytes_are_fixed(void **state)
{
    (void)state;
    struct err err = {0};
    struct bytes out = {0}, again = {0};
    struct destruction_record record = {.objects = NULL}, parsed;
    fill(&record);
    assert_ok(destruction_record_write(&record, &out, &err), err);
    assert_int_equal(out.len, strlen(TEXT));
    assert_memory_equal(out.data, TEXT, out.len);
    assert_ok(destruction_record_parse(bytes_span(&out), &parsed, &err), err);
    assert_int_equal(parsed.object_len, 2);
    assert_int_equal(parsed.part_len, 1);
    assert_string_equal(parsed.dossiers[0], "H57.12-250705-0001");
    assert_ok(destruction_record_no_retention(&parsed, "lý do", &err), err);
    assert_ok(destruction_record_write(&parsed, &again, &err), err);
    assert_non_null(memmem(again.data, again.len, "\"no_retention\":\"lý do\"", 23));
    bytes_done(&out);
    bytes_done(&again);
    destruction_record_done(&record);
    destruction_record_done(&parsed);
}

static const struct bad_case {
    const char *why, *from, *to, *error;
} bad_cases[] = {
    {"another version", "\"v\":1", "\"v\":2", "version"},
    {"no basis", "\"QĐ 15\"", "\"\"", "'basis'"},
    {"an escape in the person", "Hội đồng", "\\u001b[2J", "'person'"},
    {"a day that is longer", "2026-11-30", "2026-11-300", "'decided'"},
    {"no object", "\"" B "\",\"" A "\"", "", "'objects'"},
    {"an object that is none", B, "xyz", "'objects'"},
    {"pages backwards", "\"first\":0", "\"first\":2", "'parts'"},
    {"pages past all files", "\"last\":1", "\"last\":20000", "'parts'"},
    {"a code that is none", "H57.12-250705-0001", "H57 12", "'dossiers'"},
    {"no list of pages", "\"parts\"", "\"party\"", "'parts'"},
};

static void what_is_wrong_is_named(void **state)
{
    const struct bad_case *c = *state;
    struct err err = {0};
    struct destruction_record record = {.objects = NULL};
    const char *at = strstr(TEXT, c->from);
    char *text = NULL;
    assert_non_null(at);
    if (asprintf(&text, "%.*s%s%s", (int)(at - TEXT), TEXT, c->to, at + strlen(c->from)) < 0)
        abort();
    assert_int_equal(destruction_record_parse(span_of_text(text), &record, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    if (!strstr(err.text, c->error))
        fail_msg("'%s' does not name %s", err.text, c->error);
    free(text);
}

static void limits_are_kept(void **state)
{
    (void)state;
    struct err err = {0};
    struct bytes out = {0};
    struct digest id = {{0}};
    struct destruction_record record = {.objects = NULL};
    assert_int_equal(destruction_record_write(&record, &out, &err), -1);
    assert_int_equal(destruction_record_basis(&record, "", &err), -1);
    char long_text[DESTRUCTION_BASIS_CHARS + 2];
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(destruction_record_basis(&record, long_text, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    for (uint32_t i = 0; i < DESTRUCTION_OBJECTS_MAX; i++) {
        id.b[0] = (uint8_t)i;
        assert_ok(destruction_record_object(&record, &id, &err), err);
    }
    assert_int_equal(destruction_record_object(&record, &id, &err), -1);
    for (uint32_t i = 0; i < DESTRUCTION_PARTS_MAX; i++)
        assert_ok(destruction_record_pages(&record, (struct page_range){id, 0, 0}, &err), err);
    assert_int_equal(destruction_record_pages(&record, (struct page_range){id, 0, 0}, &err), -1);
    destruction_record_done(&record);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(years_that_can_be_set),
        cmocka_unit_test(its_bytes_are_fixed),
        cmocka_unit_test(limits_are_kept),
    };
    struct CMUnitTest tests[ARRAY_LEN(cases) + ARRAY_LEN(bad_cases) + ARRAY_LEN(fixed)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[n++] =
            (struct CMUnitTest){cases[i].why, is_over_when_it_is, NULL, NULL, (void *)&cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++)
        tests[n++] = (struct CMUnitTest){bad_cases[i].why, what_is_wrong_is_named, NULL, NULL,
                                         (void *)&bad_cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    return cmocka_run_group_tests_name("destruction", tests, NULL, NULL);
}
