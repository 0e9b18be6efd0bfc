/* records/source_record.c - one file as it came in: its name, its digest, its pages in order. */
#include "records/source_record.h"

#include <assert.h>
#include <stdlib.h>

#include "records/json_fields.h"

void source_record_done(struct source_record *record)
{
    free(record->path);
    free(record->pages);
    *record = (struct source_record){.path = NULL};
}

int source_record_write(const struct source_record *record, struct bytes *out, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    json_t *pages = json_array();
    for (uint32_t i = 0; i < record->page_len; i++)
        json_array_append_new(pages, json_string(digest_hex(&record->pages[i], hex)));
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:i s:s s:s s:s s:I s:o}", "kind", "source", "v", RECORD_VERSION, "sha256",
                  digest_hex(&record->id, hex), "path", record->path, "format", record->format,
                  "bytes", (json_int_t)record->size_bytes, "pages", pages);
    assert(json); /* the path was made displayable, so it is UTF-8 */
    return json_canonical(json, out, err);
}

static int parse_pages(const json_t *pages, struct source_record *record)
{
    size_t len = json_array_size(pages);
    if (!json_is_array(pages) || len < 1 || len > SOURCE_PAGES_MAX)
        return -1;
    record->pages = calloc(len, sizeof *record->pages);
    if (!record->pages)
        return -1;
    for (size_t i = 0; i < len; i++) {
        const char *hex = json_string_value(json_array_get(pages, i));
        if (!hex || !digest_parse(hex, &record->pages[i]))
            return -1;
    }
    record->page_len = (uint32_t)len;
    return 0;
}

int source_record_parse(struct span text, struct source_record *ret_record, struct err *err)
{
    CLEANUP(source_record_done) struct source_record record = {.path = NULL};
    CLEANUP(json_freep) json_t *json = fields_open(text, "source", err);
    if (!json)
        return -1;
    struct fields fields = {.json = json};
    fields_digest(&fields, "sha256", &record.id);
    fields_text(&fields, "format", record.format, sizeof record.format);
    record.size_bytes = fields_integer(&fields, "bytes", INT64_MAX);
    const char *path = json_string_value(json_object_get(json, "path"));
    record.path = path ? strdup(path) : NULL;
    if (!record.path)
        fields_fail(&fields, "path");
    if (parse_pages(json_object_get(json, "pages"), &record) < 0)
        fields_fail(&fields, "pages");
    if (fields.bad)
        return err_set(err, ERR_CORRUPT, "source record: bad field '%s'", fields.bad);
    *ret_record = record;
    record = (struct source_record){.path = NULL};
    return 0;
}
