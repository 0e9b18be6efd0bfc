/* tests/unit/test_event.c - the record of what happened to a dossier, and what a catalogue makes of
 * such records. */
#include "records/event_record.h"

#include "records/index.h"
#include "storage/catalogue_events.h"
#include "tests/unit/test.h"

#define CODE  "H57.12-250705-0001"
#define PLAIN "{\"at_ns\":7,\"dossier\":\"" CODE "\",\"kind\":\"event\",\"v\":1,\"what\":"

static struct event_record event_of(enum event_what what)
{
    struct event_record record = {.what = what, .at_ns = 7};
    (void)snprintf(record.dossier, sizeof record.dossier, "%s", CODE);
    return record;
}

static void its_bytes_are_fixed(void **state)
{
    (void)state;
    struct err err = {0};
    struct event_record record = event_of(EVENT_SCANNED), back;
    CLEANUP(bytes_done) struct bytes json = {0}, again = {0};
    assert_ok(event_record_by(&record, "Quâ\xcc\x80y 3", &err), err); /* decomposed */
    assert_ok(event_record_office(&record, "H57.12", &err), err);
    assert_ok(event_record_fact(&record, FACT_LEVEL, "commune", &err), err);
    record.pages = 12;
    record.rework = 2;
    assert_ok(event_record_write(&record, &json, &err), err);
    const char want[] = "{\"at_ns\":7,\"by\":\"Quầy 3\",\"dossier\":\"" CODE
                        "\",\"facts\":{\"level\":\"commune\"},\"kind\":\"event\","
                        "\"office\":\"H57.12\",\"pages\":12,\"rework\":2,\"v\":1,"
                        "\"what\":\"scanned\"}";
    assert_int_equal(json.len, strlen(want));
    assert_memory_equal(json.data, want, json.len);
    assert_ok(event_record_parse(bytes_span(&json), &back, &err), err);
    assert_ok(event_record_write(&back, &again, &err), err);
    assert_int_equal(again.len, json.len);
    assert_memory_equal(again.data, json.data, json.len);
}

static void a_component_is_told_whole(void **state)
{
    (void)state;
    struct err err = {0};
    struct event_record record = event_of(EVENT_COMPONENT), back;
    CLEANUP(bytes_done) struct bytes json = {0};
    assert_ok(event_record_component(&record, "GKS", "Giấy khai sinh", &err), err);
    record.component.state = COMPONENT_DIGITISED;
    assert_int_equal(event_record_write(&record, &json, &err), -1); /* as which document? */
    record.component.has_document = true;
    record.component.document = digest_of(span_of_text("x"));
    assert_ok(event_record_write(&record, &json, &err), err);
    assert_ok(event_record_parse(bytes_span(&json), &back, &err), err);
    assert_string_equal(back.component.name, "Giấy khai sinh");
    assert_true(digest_equal(&back.component.document, &record.component.document));
    assert_int_equal(back.component.state, COMPONENT_DIGITISED);
}

static const struct bad_case {
    const char *why, *json;
} bad[] = {
    {"nothing", "{}"},
    {"another kind",
     "{\"at_ns\":7,\"dossier\":\"A\",\"kind\":\"page\",\"v\":1,\"what\":\"arrived\"}"},
    {"no such event", PLAIN "\"exploded\"}"},
    {"no time", "{\"at_ns\":0,\"dossier\":\"A\",\"kind\":\"event\",\"v\":1,\"what\":\"arrived\"}"},
    {"a time before all",
     "{\"at_ns\":-1,\"dossier\":\"A\",\"kind\":\"event\",\"v\":1,\"what\":\"arrived\"}"},
    {"no code",
     "{\"at_ns\":7,\"dossier\":\"A B\",\"kind\":\"event\",\"v\":1,\"what\":\"arrived\"}"},
    {"an empty name", PLAIN "\"arrived\",\"by\":\"\"}"},
    {"a name that is a number", PLAIN "\"arrived\",\"by\":3}"},
    {"a name that a terminal obeys", PLAIN "\"arrived\",\"by\":\"\\u001b[2J\"}"},
    {"an office with a blank", PLAIN "\"arrived\",\"office\":\"H57 12\"}"},
    {"pages of what is not scanned", PLAIN "\"arrived\",\"pages\":3}"},
    {"scanned, but nothing", PLAIN "\"scanned\"}"},
    {"more again than there are", PLAIN "\"scanned\",\"pages\":1,\"rework\":2}"},
    {"more than can be", PLAIN "\"scanned\",\"pages\":1000001}"},
    {"a fee of nothing", PLAIN "\"fee\"}"},
    {"a fee of a fraction", PLAIN "\"fee\",\"amount\":1.5}"},
    {"sheets of a fee", PLAIN "\"fee\",\"amount\":1,\"sheets\":1}"},
    {"a note of nothing", PLAIN "\"noted\"}"},
    {"refused for no reason", PLAIN "\"refused\"}"},
    {"a level that is none", PLAIN "\"noted\",\"facts\":{\"level\":\"district\"}}"},
    {"a day that is none", PLAIN "\"noted\",\"facts\":{\"due\":\"2026-13-01\"}}"},
    {"a day no month has", PLAIN "\"noted\",\"facts\":{\"due\":\"2026-01-32\"}}"},
    {"facts that are a text", PLAIN "\"arrived\",\"facts\":{\"due\":7}}"},
    {"a component of no such event",
     PLAIN "\"arrived\",\"component\":{\"code\":\"A\",\"result\":false,\"state\":\"expected\"}}"},
    {"no component", PLAIN "\"component\"}"},
    {"no such state",
     PLAIN "\"component\",\"component\":{\"code\":\"A\",\"result\":false,\"state\":\"lost\"}}"},
    {"exempt for no reason",
     PLAIN "\"component\",\"component\":{\"code\":\"A\",\"result\":false,\"state\":\"exempt\"}}"},
    {"a reason, but not exempt",
     PLAIN "\"component\",\"component\":{\"code\":\"A\",\"exempt\":\"online\",\"result\":false,"
           "\"state\":\"expected\"}}"},
    {"digitised as nothing", PLAIN
     "\"component\",\"component\":{\"code\":\"A\",\"result\":false,\"state\":\"digitised\"}}"},
};

static void what_is_no_event_is_refused(void **state)
{
    const struct bad_case *c = *state;
    struct err err = {0};
    struct event_record record;
    assert_int_equal(event_record_parse(span_of_text(c->json), &record, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
}

static void a_long_text_is_refused_unread(void **state)
{
    (void)state;
    struct err err = {0};
    struct event_record record;
    CLEANUP(bytes_done) struct bytes json = {0};
    assert_ok(bytes_append(&json, span_of_text(PLAIN "\"arrived\",\"x\":\""), &err), err);
    for (size_t i = 0; i < EVENT_RECORD_BYTES; i++)
        assert_ok(bytes_append(&json, span_of_text("x"), &err), err);
    assert_ok(bytes_append(&json, span_of_text("\"}"), &err), err);
    assert_int_equal(event_record_parse(bytes_span(&json), &record, &err), -1);
    assert_non_null(strstr(err.text, "longer than"));
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(bad) + 3] = {
        cmocka_unit_test(its_bytes_are_fixed),
        cmocka_unit_test(a_component_is_told_whole),
        cmocka_unit_test(a_long_text_is_refused_unread),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        tests[3 + i] = (struct CMUnitTest){bad[i].why, what_is_no_event_is_refused, NULL, NULL,
                                           (void *)(uintptr_t)&bad[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
