/* records/json_fields.h - taking typed fields out of a record; the first bad one is remembered. */
#ifndef RECORDS_JSON_FIELDS_H
#define RECORDS_JSON_FIELDS_H

#include <stdbool.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "records/source_record.h"
#include "storage/catalogue.h"

#define RECORD_VERSION 1

struct fields {
    const json_t *json;
    const char *bad; /* name of the first field that was missing or of the wrong type */
};

/* Parses a record and checks kind and version; ERR_CORRUPT. The caller frees it. */
static inline json_t *fields_open(struct span text, const char *kind, struct err *err)
{
    CLEANUP(json_freep) json_t *json = json_parse(text, err);
    const char *got = NULL;
    json_int_t version = 0; /* an int would take 2^32 + 1 for 1 */
    if (!json) {
        err->kind = ERR_CORRUPT;
        (void)err_wrap(err, "%s record", kind);
        return NULL;
    }
    if (json_unpack(json, "{s:s s:I}", "kind", &got, "v", &version) < 0 || strcmp(got, kind) != 0 ||
        version != RECORD_VERSION) {
        err_set(err, ERR_CORRUPT, "not a %s record of version %d", kind, RECORD_VERSION);
        return NULL;
    }
    return TAKE(json);
}

static inline void fields_fail(struct fields *fields, const char *name)
{
    if (!fields->bad)
        fields->bad = name;
}

static inline void fields_digest(struct fields *fields, const char *name, struct digest *ret_digest)
{
    const char *hex = json_string_value(json_object_get(fields->json, name));
    if (!hex || !digest_parse(hex, ret_digest))
        fields_fail(fields, name);
}

static inline uint64_t fields_integer(struct fields *fields, const char *name, uint64_t max)
{
    const json_t *value = json_object_get(fields->json, name);
    json_int_t integer = json_integer_value(value);
    if (json_is_integer(value) && integer >= 0 && (uint64_t)integer <= max)
        return (uint64_t)integer;
    fields_fail(fields, name);
    return 0;
}

static inline double fields_number(struct fields *fields, const char *name, double min, double max)
{
    const json_t *value = json_object_get(fields->json, name);
    double number = json_number_value(value);
    if (json_is_number(value) && number >= min && number <= max)
        return number;
    fields_fail(fields, name);
    return 0;
}

static inline bool fields_bool(struct fields *fields, const char *name)
{
    const json_t *value = json_object_get(fields->json, name);
    if (!json_is_boolean(value))
        fields_fail(fields, name);
    return json_is_true(value);
}

static inline void fields_text(struct fields *fields, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(fields->json, name));
    if (!text || strlen(text) >= size) {
        fields_fail(fields, name);
        return;
    }
    memcpy(out, text, strlen(text) + 1);
}

/* A run of pages: what `parts` and the like hold. */
static inline json_t *range_json(const struct page_range *range)
{
    char hex[DIGEST_HEX_LEN + 1];
    return json_pack("{s:s s:I s:I}", "source", digest_hex(&range->source, hex), "first",
                     (json_int_t)range->first, "last", (json_int_t)range->last);
}

static inline bool range_parse(const json_t *json, struct page_range *range)
{
    struct fields fields = {.json = json};
    fields_digest(&fields, "source", &range->source);
    range->first = (uint32_t)fields_integer(&fields, "first", SOURCE_PAGES_MAX - 1);
    range->last = (uint32_t)fields_integer(&fields, "last", SOURCE_PAGES_MAX - 1);
    return !fields.bad;
}

#endif
