/* records/access_record.c - somebody was shown the personal ids of a page. */
#include "records/access_record.h"

#include <assert.h>
#include <string.h>

#include "records/document_record.h"
#include "records/json_fields.h"

static int set(const char *what, const char *text, size_t chars_max, char *out, struct err *err)
{
    if (text[strspn(text, " ")] == '\0')
        return err_input(err, REASON_NONE, "the %s is empty", what);
    return record_text(what, text, chars_max, out, err);
}

int access_record_by(struct access_record *record, const char *text, struct err *err)
{
    return set("name of who looks", text, ACCESS_NAME_CHARS, record->by, err);
}

int access_record_because(struct access_record *record, const char *text, struct err *err)
{
    return set("reason for looking", text, ACCESS_REASON_CHARS, record->because, err);
}

int access_record_write(const struct access_record *record, struct bytes *out, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    assert(record->by[0] && record->because[0] && record->at_ns > 0);
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:i s:s s:I s:I s:s s:s}", "kind", "access", "v", RECORD_VERSION, "source",
                  digest_hex(&record->source, hex), "index", (json_int_t)record->index, "at_ns",
                  (json_int_t)record->at_ns, "by", record->by, "because", record->because);
    assert(json); /* the texts were made plain */
    return json_canonical(json, out, err);
}

static void take(struct fields *fields, const char *name, struct access_record *record,
                 int (*set_text)(struct access_record *record, const char *text, struct err *err))
{
    struct err ignored = {0}; /* the field's name is told, as of any other */
    const char *text = json_string_value(json_object_get(fields->json, name));
    if (!text || set_text(record, text, &ignored) < 0)
        fields_fail(fields, name);
}

int access_record_parse(struct span text, struct access_record *ret_record, struct err *err)
{
    struct access_record record = {.index = 0};
    if (text.len > ACCESS_RECORD_BYTES)
        return err_set(err, ERR_CORRUPT, "access record: longer than %zu bytes",
                       (size_t)ACCESS_RECORD_BYTES);
    CLEANUP(json_freep) json_t *json = fields_open(text, "access", err);
    if (!json)
        return -1;
    struct fields fields = {.json = json};
    fields_digest(&fields, "source", &record.source);
    record.index = (uint32_t)fields_integer(&fields, "index", SOURCE_PAGES_MAX - 1);
    record.at_ns = (int64_t)fields_integer(&fields, "at_ns", INT64_MAX);
    if (record.at_ns == 0)
        fields_fail(&fields, "at_ns");
    take(&fields, "by", &record, access_record_by);
    take(&fields, "because", &record, access_record_because);
    if (fields.bad)
        return err_set(err, ERR_CORRUPT, "access record: bad field '%s'", fields.bad);
    *ret_record = record;
    return 0;
}

bool access_record_is(struct span json)
{
    static const char mark[] = "\"kind\":\"access\""; /* as in event_record_is() */
    return json.len > 0 && memmem(json.data, json.len, mark, sizeof mark - 1);
}
