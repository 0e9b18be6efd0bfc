/* records/destruction_record.c - what was destroyed, by whom, on what basis. */
#include "records/destruction_record.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "records/dossier_code.h"
#include "records/json_fields.h"

void destruction_record_done(struct destruction_record *record)
{
    free(record->objects);
    free(record->parts);
    free(record->dossiers);
    *record = (struct destruction_record){.objects = NULL};
}

/* --- filling --- */

static int set_needed(const char *what, const char *text, size_t chars_max, char *out,
                      struct err *err)
{
    if (!text[0])
        return err_input(err, REASON_NONE, "the %s is empty", what);
    return record_text(what, text, chars_max, out, err);
}

int destruction_record_basis(struct destruction_record *record, const char *text, struct err *err)
{
    return set_needed("basis", text, DESTRUCTION_BASIS_CHARS, record->basis, err);
}

int destruction_record_person(struct destruction_record *record, const char *text, struct err *err)
{
    return set_needed("person", text, DESTRUCTION_PERSON_CHARS, record->person, err);
}

int destruction_record_no_retention(struct destruction_record *record, const char *text,
                                    struct err *err)
{
    return set_needed("reason", text, DESTRUCTION_BASIS_CHARS, record->no_retention, err);
}

/* Room for one more of `size` bytes. */
static int grow(void **items, uint32_t len, uint32_t *cap, size_t size, struct err *err)
{
    if (len < *cap)
        return 0;
    uint32_t more = *cap ? *cap * 2 : 16;
    void *grown = realloc(*items, more * size);
    if (!grown)
        return err_sys(err, "list what is to be destroyed"); /* UNTESTED: no memory */
    *items = grown;
    *cap = more;
    return 0;
}

static int too_much(const char *what, uint32_t max, struct err *err)
{
    return err_input(err, REASON_NONE, "more than %u %s at a time: destroy less at once", max,
                     what);
}

int destruction_record_object(struct destruction_record *record, const struct digest *id,
                              struct err *err)
{
    if (record->object_len == DESTRUCTION_OBJECTS_MAX)
        return too_much("objects", DESTRUCTION_OBJECTS_MAX, err);
    if (grow((void **)&record->objects, record->object_len, &record->object_cap,
             sizeof *record->objects, err) < 0)
        return -1; /* UNTESTED: no memory */
    assert(record->objects);
    record->objects[record->object_len++] = *id;
    return 0;
}

int destruction_record_pages(struct destruction_record *record, struct page_range pages,
                             struct err *err)
{
    struct page_range *last = record->part_len ? &record->parts[record->part_len - 1] : NULL;
    if (last && last->last + 1 == pages.first && digest_equal(&last->source, &pages.source)) {
        last->last = pages.last;
        return 0;
    }
    if (record->part_len == DESTRUCTION_PARTS_MAX)
        return too_much("runs of pages", DESTRUCTION_PARTS_MAX, err);
    if (grow((void **)&record->parts, record->part_len, &record->part_cap, sizeof *record->parts,
             err) < 0)
        return -1; /* UNTESTED: no memory */
    assert(record->parts);
    record->parts[record->part_len++] = pages;
    return 0;
}

int destruction_record_dossier(struct destruction_record *record, const char *code, struct err *err)
{
    for (uint32_t i = 0; record->dossiers && i < record->dossier_len; i++)
        if (strcmp(record->dossiers[i], code) == 0)
            return 0;
    if (record->dossier_len == DESTRUCTION_DOSSIERS_MAX)
        return too_much("dossiers", DESTRUCTION_DOSSIERS_MAX, err);
    if (grow((void **)&record->dossiers, record->dossier_len, &record->dossier_cap,
             sizeof *record->dossiers, err) < 0)
        return -1; /* UNTESTED: no memory */
    assert(record->dossiers);
    (void)snprintf(record->dossiers[record->dossier_len++], sizeof *record->dossiers, "%s", code);
    return 0;
}

/* --- writing --- */

static int by_digest(const void *a, const void *b)
{
    return digest_compare(a, b);
}

static json_t *objects_json(struct destruction_record *record)
{
    char hex[DIGEST_HEX_LEN + 1];
    json_t *list = json_array();
    if (record->object_len > 1)
        qsort(record->objects, record->object_len, sizeof *record->objects, by_digest);
    for (uint32_t i = 0; i < record->object_len; i++)
        if (i == 0 || !digest_equal(&record->objects[i], &record->objects[i - 1]))
            json_array_append_new(list, json_string(digest_hex(&record->objects[i], hex)));
    return list;
}

int destruction_record_write(struct destruction_record *record, struct bytes *out, struct err *err)
{
    if (!record->basis[0] || !record->person[0] || !record->decided[0] || record->object_len == 0)
        return err_input(err, REASON_NONE, "a destruction has objects, a basis, a person, a day");
    json_t *parts = json_array(), *dossiers = json_array();
    for (uint32_t i = 0; i < record->part_len; i++)
        json_array_append_new(parts, range_json(&record->parts[i]));
    for (uint32_t i = 0; i < record->dossier_len; i++)
        json_array_append_new(dossiers, json_string(record->dossiers[i]));
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:i s:s s:s s:s s:o s:o s:o}", "kind", "destruction", "v", RECORD_VERSION,
                  "basis", record->basis, "person", record->person, "decided", record->decided,
                  "parts", parts, "objects", objects_json(record), "dossiers", dossiers);
    assert(json); /* the texts were made plain */
    if (record->no_retention[0])
        json_object_set_new(json, "no_retention", json_string(record->no_retention));
    return json_canonical(json, out, err);
}

/* --- parsing --- */

static bool parse_objects(const json_t *list, struct destruction_record *record, struct err *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct digest id;
        const char *hex = json_string_value(json_array_get(list, i));
        if (!hex || !digest_parse(hex, &id) || destruction_record_object(record, &id, err) < 0)
            return false;
    }
    return record->object_len > 0;
}

static bool parse_parts(const json_t *list, struct destruction_record *record, struct err *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct page_range range;
        if (!range_parse(json_array_get(list, i), &range) || range.first > range.last ||
            destruction_record_pages(record, range, err) < 0)
            return false;
    }
    return json_is_array(list);
}

static bool parse_dossiers(const json_t *list, struct destruction_record *record, struct err *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *code = json_string_value(json_array_get(list, i));
        if (!code || !dossier_code_plain(code) || destruction_record_dossier(record, code, err) < 0)
            return false;
    }
    return json_is_array(list);
}

static void plain_text(struct fields *fields, const char *name, char *out, size_t size)
{
    fields_text(fields, name, out, size);
    if (!out[0] || !text_plain(span_of_text(out)))
        fields_fail(fields, name);
}

int destruction_record_parse(struct span text, struct destruction_record *ret_record,
                             struct err *err)
{
    CLEANUP(destruction_record_done) struct destruction_record record = {.objects = NULL};
    struct err ignored = {0}; /* the field's name is told, as of any other */
    if (text.len > DESTRUCTION_RECORD_BYTES)
        return err_set(err, ERR_CORRUPT, "destruction record: longer than %zu bytes",
                       DESTRUCTION_RECORD_BYTES);
    CLEANUP(json_freep) json_t *json = fields_open(text, "destruction", err);
    if (!json)
        return -1;
    struct fields fields = {.json = json};
    plain_text(&fields, "basis", record.basis, sizeof record.basis);
    plain_text(&fields, "person", record.person, sizeof record.person);
    plain_text(&fields, "decided", record.decided, sizeof record.decided);
    if (json_object_get(json, "no_retention"))
        plain_text(&fields, "no_retention", record.no_retention, sizeof record.no_retention);
    if (!parse_objects(json_object_get(json, "objects"), &record, &ignored))
        fields_fail(&fields, "objects");
    if (!parse_parts(json_object_get(json, "parts"), &record, &ignored))
        fields_fail(&fields, "parts");
    if (!parse_dossiers(json_object_get(json, "dossiers"), &record, &ignored))
        fields_fail(&fields, "dossiers");
    if (fields.bad)
        return err_set(err, ERR_CORRUPT, "destruction record: bad field '%s'", fields.bad);
    *ret_record = record;
    record = (struct destruction_record){.objects = NULL};
    return 0;
}
