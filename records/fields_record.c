/* records/fields_record.c - what was found on a page, as the metadata object the archive keeps. */
#include "records/fields_record.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "records/document_record.h"
#include "records/json_fields.h"

void fields_record_done(struct fields_record *record)
{
    page_fields_done(&record->fields);
}

int fields_record_person(struct fields_record *record, const char *name, struct err *err)
{
    return record_text("name of who gave the fields", name, FIELDS_PERSON_CHARS, record->person,
                       err);
}

/* --- writing --- */

static bool has_place(const struct field *field)
{
    return field->x || field->y || field->w || field->h;
}

static json_t *field_json(const struct field *field)
{
    json_t *json = json_pack("{s:s s:s s:I s:s}", "name", field->name, "value", field->value,
                             "confidence", (json_int_t)field->confidence, "rule", field->rule);
    assert(json); /* page_fields_add() let plain text in only */
    if (has_place(field))
        json_object_set_new(json, "box",
                            json_pack("[I,I,I,I]", (json_int_t)field->x, (json_int_t)field->y,
                                      (json_int_t)field->w, (json_int_t)field->h));
    return json;
}

int fields_record_write(const struct fields_record *record, struct bytes *out, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    json_t *list = json_array();
    for (size_t i = 0; i < record->fields.len; i++)
        json_array_append_new(list, field_json(&record->fields.items[i]));
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:i s:s s:I s:o}", "kind", "fields", "v", RECORD_VERSION,
                             "source", digest_hex(&record->source, hex), "index",
                             (json_int_t)record->index, "fields", list);
    assert(json);
    if (record->person[0])
        json_object_set_new(json, "person", json_string(record->person));
    else {
        json_object_set_new(json, "rules", json_string(digest_hex(&record->rules, hex)));
        json_object_set_new(json, "engine", json_string(record->engine));
    }
    if (record->has_replaces)
        json_object_set_new(json, "replaces", json_string(digest_hex(&record->replaces, hex)));
    return json_canonical(json, out, err);
}

/* --- parsing --- */

static void take_box(struct fields *fields, struct field *field)
{
    uint32_t *const into[] = {&field->x, &field->y, &field->w, &field->h};
    const json_t *box = json_object_get(fields->json, "box");
    if (!box)
        return;
    if (json_array_size(box) != ARRAY_LEN(into))
        fields_fail(fields, "box");
    for (size_t i = 0; i < ARRAY_LEN(into); i++) {
        const json_t *number = json_array_get(box, i);
        const json_int_t at = json_integer_value(number);
        if (!json_is_integer(number) || at < 0 || at > UINT32_MAX)
            fields_fail(fields, "box");
        *into[i] = (uint32_t)at;
    }
}

/* Labels of rules are made of names of files and rules, which are a user's. */
static void take_rule(struct fields *fields, struct field *field)
{
    char rule[FIELD_RULE_MAX] = "";
    fields_text(fields, "rule", rule, sizeof rule);
    if (!text_plain(span_of_text(rule)))
        fields_fail(fields, "rule");
    else
        memcpy(field->rule, rule, sizeof rule);
}

/* False: it is no field, or there is no memory, which *err tells. */
static bool take_field(const json_t *json, struct page_fields *into, struct err *err)
{
    struct fields fields = {.json = json};
    const char *name = json_string_value(json_object_get(json, "name"));
    const char *value = json_string_value(json_object_get(json, "value"));
    if (!name || !value || page_fields_add(into, name, value, err) < 0)
        return false;
    struct field *field = &into->items[into->len - 1];
    take_box(&fields, field);
    take_rule(&fields, field);
    field->confidence = (uint32_t)fields_integer(&fields, "confidence", 100);
    return !fields.bad;
}

static int take_list(struct fields *fields, struct page_fields *into, struct err *err)
{
    const json_t *list = json_object_get(fields->json, "fields");
    if (!json_is_array(list) || json_array_size(list) > FIELDS_MAX)
        fields_fail(fields, "fields");
    for (size_t i = 0; !fields->bad && i < json_array_size(list); i++) {
        struct err why = {0};
        if (take_field(json_array_get(list, i), into, &why))
            continue;
        if (why.kind == ERR_SYSTEM) {
            *err = why; /* UNTESTED: no memory */
            return -1;
        }
        fields_fail(fields, "fields");
    }
    return 0;
}

static void take_author(struct fields *fields, struct fields_record *record)
{
    struct err ignored = {0}; /* the field's name is told, as of any other */
    const json_t *person = json_object_get(fields->json, "person");
    if (person) {
        const char *name = json_string_value(person);
        if (!name || !name[0] || fields_record_person(record, name, &ignored) < 0)
            fields_fail(fields, "person");
        return;
    }
    fields_digest(fields, "rules", &record->rules);
    fields_text(fields, "engine", record->engine, sizeof record->engine);
    if (!text_plain(span_of_text(record->engine)))
        fields_fail(fields, "engine");
}

int fields_record_parse(struct span text, struct fields_record *ret_record, struct err *err)
{
    CLEANUP(fields_record_done) struct fields_record record = {.index = 0};
    if (text.len > FIELDS_RECORD_BYTES)
        return err_set(err, ERR_CORRUPT, "fields record: longer than %zu bytes",
                       (size_t)FIELDS_RECORD_BYTES);
    CLEANUP(json_freep) json_t *json = fields_open(text, "fields", err);
    if (!json)
        return -1;
    struct fields fields = {.json = json};
    fields_digest(&fields, "source", &record.source);
    record.index = (uint32_t)fields_integer(&fields, "index", SOURCE_PAGES_MAX - 1);
    take_author(&fields, &record);
    record.has_replaces = json_object_get(json, "replaces") != NULL;
    if (record.has_replaces)
        fields_digest(&fields, "replaces", &record.replaces);
    if (take_list(&fields, &record.fields, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (fields.bad)
        return err_set(err, ERR_CORRUPT, "fields record: bad field '%s'", fields.bad);
    *ret_record = record;
    record.fields = (struct page_fields){.items = NULL};
    return 0;
}
