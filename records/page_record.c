/* records/page_record.c - what is known of one page, as the metadata object the archive keeps. */
#include "records/page_record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "records/json_fields.h"

static const char *const status_names[] = {"ok", "failed", "blank"};

const char *page_status_name(enum page_status status)
{
    return status_names[status];
}

static const char *const kind_names[] = {"", "qr", "code128", "patch-t"};
_Static_assert(ARRAY_LEN(kind_names) == SEPARATOR_KINDS, "a name for each kind");

const char *separator_kind_name(enum separator_kind kind)
{
    return kind_names[kind];
}

static bool is_text(const char *text, size_t size)
{
    const size_t len = strnlen(text, size);
    return len < size && text_plain(span_of(text, len));
}

bool page_separator_valid(const struct page_separator *separator, uint32_t width_px,
                          uint32_t height_px)
{
    const bool speaks = separator->kind != SEPARATOR_PATCH_T;
    if (separator->kind == SEPARATOR_NONE)
        return true;
    return separator->kind < SEPARATOR_KINDS && separator->x <= width_px &&
           separator->w <= width_px - separator->x && separator->y <= height_px &&
           separator->h <= height_px - separator->y &&
           is_text(separator->text, sizeof separator->text) &&
           (separator->text[0] != '\0') == speaks &&
           is_text(separator->code, sizeof separator->code) &&
           (separator->code[0] != '\0') == speaks &&
           (!speaks || dossier_code_formal(separator->code));
}

void page_id_make(const struct digest *source, uint32_t index, char ret_id[PAGE_ID_MAX])
{
    char hex[DIGEST_HEX_LEN + 1];
    (void)snprintf(ret_id, PAGE_ID_MAX, "%.32s.%u", digest_hex(source, hex), index);
}

static json_t *digest_json(const struct digest *digest)
{
    char hex[DIGEST_HEX_LEN + 1];
    return json_string(digest_hex(digest, hex));
}

/* Rounded to what was measured, so that the text does not depend on the last bit of a float. */
static json_t *rounded(float value, double scale)
{
    double scaled = (double)value * scale;
    long long whole = (long long)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    return json_real((double)whole / scale);
}

static json_t *separator_json(const struct page_separator *separator)
{
    json_t *json = json_pack("{s:s s:[I,I,I,I]}", "kind", kind_names[separator->kind], "box",
                             (json_int_t)separator->x, (json_int_t)separator->y,
                             (json_int_t)separator->w, (json_int_t)separator->h);
    assert(json);
    if (separator->text[0])
        json_object_set_new(json, "text", json_string(separator->text));
    if (separator->code[0])
        json_object_set_new(json, "code", json_string(separator->code));
    return json;
}

int page_record_write(const struct page_record *record, struct bytes *out, struct err *err)
{
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:s s:i s:o s:I s:s s:I s:I s:I s:o s:o s:o s:b s:s s:s}", "kind", "page", "v", 1,
        "source", digest_json(&record->source), "index", (json_int_t)record->index, "status",
        page_status_name(record->status), "width_px", (json_int_t)record->width_px, "height_px",
        (json_int_t)record->height_px, "dpi", (json_int_t)record->dpi, "skew_deg",
        rounded(record->skew_deg, 1000), "ink", rounded(record->ink, 100000), "confidence",
        rounded(record->confidence, 10), "rasterised", record->rasterised, "engine", record->engine,
        "language", record->language);
    assert(json);
    if (record->reason != REASON_NONE) {
        json_object_set_new(json, "reason", json_string(reason_code(record->reason)));
        /* It was made displayable. A record without it could not be read, nor the archive. */
        int rc = json_object_set_new(json, "reason_detail", json_string(record->reason_detail));
        assert(rc == 0);
    }
    if (record->turned_deg)
        json_object_set_new(json, "turned_deg", json_integer((json_int_t)record->turned_deg));
    if (record->doubt[0])
        json_object_set_new(json, "doubt", json_string(record->doubt));
    if (record->separator.kind != SEPARATOR_NONE)
        json_object_set_new(json, "separator", separator_json(&record->separator));
    if (record->has_alto)
        json_object_set_new(json, "alto", digest_json(&record->alto));
    if (record->has_image)
        json_object_set_new(json, "image", digest_json(&record->image));
    return json_canonical(json, out, err);
}

static int parse_status(const char *name, enum page_status *ret_status)
{
    for (size_t i = 0; i < ARRAY_LEN(status_names); i++)
        if (strcmp(name, status_names[i]) == 0) {
            *ret_status = (enum page_status)i;
            return 0;
        }
    return -1;
}

static void parse_box(struct fields *fields, struct page_separator *separator)
{
    uint32_t *const into[] = {&separator->x, &separator->y, &separator->w, &separator->h};
    const json_t *box = json_object_get(fields->json, "box");
    if (json_array_size(box) != ARRAY_LEN(into))
        fields_fail(fields, "box");
    for (size_t i = 0; i < ARRAY_LEN(into); i++) {
        const json_int_t at = json_integer_value(json_array_get(box, i));
        if (!json_is_integer(json_array_get(box, i)) || at < 0 || at > UINT32_MAX)
            fields_fail(fields, "box");
        *into[i] = (uint32_t)at;
    }
}

/* A kind that a later program knows is none to us. */
static void parse_separator(const json_t *json, struct page_record *record, struct fields *outer)
{
    struct fields fields = {.json = json};
    struct page_separator separator = {.kind = SEPARATOR_NONE};
    char kind[32];
    fields_text(&fields, "kind", kind, sizeof kind);
    if (!fields.bad)
        for (uint32_t i = 1; i < SEPARATOR_KINDS; i++)
            if (strcmp(kind, kind_names[i]) == 0)
                separator.kind = i;
    if (!fields.bad && separator.kind == SEPARATOR_NONE)
        return;
    parse_box(&fields, &separator);
    if (json_object_get(json, "text"))
        fields_text(&fields, "text", separator.text, sizeof separator.text);
    if (json_object_get(json, "code"))
        fields_text(&fields, "code", separator.code, sizeof separator.code);
    if (fields.bad || !page_separator_valid(&separator, record->width_px, record->height_px))
        fields_fail(outer, "separator");
    record->separator = separator;
}

/* A later program may know more of them. */
static bool is_code(const char *text)
{
    return text[0] && text[strspn(text, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

int page_record_parse(struct span text, struct page_record *ret_record, struct err *err)
{
    struct page_record record = {.reason = REASON_NONE};
    char status[16], reason[32] = "none";
    CLEANUP(json_freep) json_t *json = fields_open(text, "page", err);
    if (!json)
        return -1;
    struct fields fields = {.json = json};
    fields_digest(&fields, "source", &record.source);
    record.index = (uint32_t)fields_integer(&fields, "index", UINT32_MAX);
    fields_text(&fields, "status", status, sizeof status);
    record.width_px = (uint32_t)fields_integer(&fields, "width_px", UINT32_MAX);
    record.height_px = (uint32_t)fields_integer(&fields, "height_px", UINT32_MAX);
    record.dpi = (uint32_t)fields_integer(&fields, "dpi", UINT32_MAX);
    record.skew_deg = (float)fields_number(&fields, "skew_deg", -90, 90);
    if (json_object_get(json, "turned_deg"))
        record.turned_deg = (uint32_t)fields_integer(&fields, "turned_deg", 270);
    if (record.turned_deg % 90 != 0)
        fields_fail(&fields, "turned_deg");
    record.ink = (float)fields_number(&fields, "ink", 0, 1);
    record.confidence = (float)fields_number(&fields, "confidence", 0, 100);
    record.rasterised = fields_bool(&fields, "rasterised");
    fields_text(&fields, "engine", record.engine, sizeof record.engine);
    fields_text(&fields, "language", record.language, sizeof record.language);
    if (json_object_get(json, "doubt")) {
        fields_text(&fields, "doubt", record.doubt, sizeof record.doubt);
        if (!is_code(record.doubt))
            fields_fail(&fields, "doubt");
    }
    if (json_object_get(json, "separator"))
        parse_separator(json_object_get(json, "separator"), &record, &fields);
    if (json_object_get(json, "reason")) {
        fields_text(&fields, "reason", reason, sizeof reason);
        fields_text(&fields, "reason_detail", record.reason_detail, sizeof record.reason_detail);
        record.reason = reason_parse(reason);
    }
    record.has_alto = json_object_get(json, "alto") != NULL;
    if (record.has_alto)
        fields_digest(&fields, "alto", &record.alto);
    record.has_image = json_object_get(json, "image") != NULL;
    if (record.has_image)
        fields_digest(&fields, "image", &record.image);
    if (fields.bad || parse_status(status, &record.status) < 0)
        return err_set(err, ERR_CORRUPT, "page record: bad field '%s'",
                       fields.bad ? fields.bad : "status");
    *ret_record = record;
    return 0;
}
