/* records/intake_record.c - what became of one file that came through a hot folder: the ledger. */
#include "records/intake_record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "records/json_fields.h"

static const char *const outcome_names[] = {"archived", "duplicate", "quarantined"};

const char *intake_outcome_name(enum intake_outcome outcome)
{
    return outcome_names[outcome];
}

bool intake_outcome_parse(const char *name, enum intake_outcome *ret_outcome)
{
    for (size_t i = 0; i < ARRAY_LEN(outcome_names); i++)
        if (strcmp(name, outcome_names[i]) == 0) {
            *ret_outcome = (enum intake_outcome)i;
            return true;
        }
    return false;
}

void intake_record_done(struct intake_record *record)
{
    free(record->folder);
    free(record->path);
    free(record->batch);
    free(record->detail);
    *record = (struct intake_record){.folder = NULL};
}

int intake_record_write(const struct intake_record *record, struct bytes *out, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:i s:s s:s s:s s:s s:I s:I s:I s:s}", "kind", "intake", "v",
                  RECORD_VERSION, "ticket", record->ticket, "folder", record->folder, "path",
                  record->path, "batch", record->batch, "bytes", (json_int_t)record->size_bytes,
                  "mtime_ns", (json_int_t)record->mtime_ns, "taken_ns",
                  (json_int_t)record->taken_ns, "outcome", intake_outcome_name(record->outcome));
    assert(json); /* the texts were made displayable, so they are UTF-8 */
    if (record->has_id)
        json_object_set_new(json, "sha256", json_string(digest_hex(&record->id, hex)));
    if (record->reason != REASON_NONE) {
        json_object_set_new(json, "reason", json_string(reason_code(record->reason)));
        int rc = json_object_set_new(json, "reason_detail", json_string(record->detail));
        assert(rc == 0);
    }
    return json_canonical(json, out, err);
}

static char *copy_text(struct fields *fields, const char *name)
{
    const char *text = json_string_value(json_object_get(fields->json, name));
    char *copy = text && strlen(text) < INTAKE_PATH_MAX ? strdup(text) : NULL;
    if (!copy)
        fields_fail(fields, name);
    return copy;
}

static int64_t time_field(struct fields *fields, const char *name)
{
    const json_t *value = json_object_get(fields->json, name);
    if (!json_is_integer(value)) /* files may be older than 1970 */
        fields_fail(fields, name);
    return json_integer_value(value);
}

int intake_record_parse(struct span text, struct intake_record *ret_record, struct err *err)
{
    struct intake_record *record = ret_record;
    char outcome[16], reason[32] = "none";
    CLEANUP(json_freep) json_t *json = fields_open(text, "intake", err);
    if (!json)
        return -1;
    *record = (struct intake_record){.folder = NULL};
    struct fields fields = {.json = json};
    fields_text(&fields, "ticket", record->ticket, sizeof record->ticket);
    if (strspn(record->ticket, "0123456789abcdef") != TICKET_MAX - 1)
        fields_fail(&fields, "ticket");
    record->folder = copy_text(&fields, "folder");
    record->path = copy_text(&fields, "path");
    record->batch = copy_text(&fields, "batch");
    record->size_bytes = fields_integer(&fields, "bytes", INT64_MAX);
    record->mtime_ns = time_field(&fields, "mtime_ns");
    record->taken_ns = time_field(&fields, "taken_ns");
    fields_text(&fields, "outcome", outcome, sizeof outcome);
    record->has_id = json_object_get(json, "sha256") != NULL;
    if (record->has_id)
        fields_digest(&fields, "sha256", &record->id);
    if (json_object_get(json, "reason")) {
        fields_text(&fields, "reason", reason, sizeof reason);
        record->reason = reason_parse(reason);
        record->detail = copy_text(&fields, "reason_detail");
    } else
        record->detail = strdup("");
    if (fields.bad || !record->detail || !intake_outcome_parse(outcome, &record->outcome)) {
        intake_record_done(record);
        return err_set(err, ERR_CORRUPT, "intake record: bad field '%s'",
                       fields.bad ? fields.bad : "outcome");
    }
    return 0;
}
