/* records/document_record.c - which pages are one paper, and of which dossier. */
#include "records/document_record.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text.h"
#include "records/dossier_code.h"
#include "records/json_fields.h"

#define PERMANENT "permanent"

static const char *const by_names[] = {"sidecar", "name", "separator", "source", "person"};

const char *document_by_name(enum document_by by)
{
    return by_names[by];
}

void document_record_done(struct document_record *record)
{
    free(record->parts);
    *record = (struct document_record){.parts = NULL};
}

static uint32_t range_len(const struct page_range *range)
{
    return range->last - range->first + 1;
}

static int check_range(const struct page_range *range, struct err *err)
{
    if (range->first > range->last || range->last >= SOURCE_PAGES_MAX)
        return err_input(err, REASON_NONE, "there is no range of pages from %u to %u", range->first,
                         range->last);
    return 0;
}

int document_record_add(struct document_record *record, struct page_range pages, struct err *err)
{
    if (check_range(&pages, err) < 0)
        return -1;
    if (range_len(&pages) > DOCUMENT_PAGES_MAX - record->page_len)
        return err_input(err, REASON_NONE, "a document has at most %u pages", DOCUMENT_PAGES_MAX);
    struct page_range *last = record->part_len ? &record->parts[record->part_len - 1] : NULL;
    record->page_len += range_len(&pages);
    if (last && last->last + 1 == pages.first && digest_equal(&last->source, &pages.source)) {
        last->last = pages.last;
        return 0;
    }
    if (record->part_len == record->part_cap) {
        uint32_t cap = record->part_cap ? record->part_cap * 2 : 4;
        struct page_range *parts = realloc(record->parts, cap * sizeof *parts);
        if (!parts)
            return err_sys(err, "list %u parts of a document", cap); /* UNTESTED: no memory */
        record->parts = parts;
        record->part_cap = cap;
    }
    record->parts[record->part_len++] = pages;
    return 0;
}

/* --- texts --- */

int record_text(const char *what, const char *text, size_t chars_max, char *out, struct err *err)
{
    CLEANUP(bytes_done) struct bytes nfc = {0};
    if (!text_plain(span_of_text(text)))
        return err_input(err, REASON_NONE, "the %s is not UTF-8 or holds a control character",
                         what);
    if (text_nfc(span_of_text(text), &nfc, err) < 0)
        return -1;
    if (text_count(bytes_span(&nfc)) > chars_max)
        return err_input(err, REASON_NONE, "the %s is longer than %zu characters", what, chars_max);
    if (nfc.len > 0)
        memcpy(out, nfc.data, nfc.len);
    out[nfc.len] = '\0';
    return 0;
}

int document_record_title(struct document_record *record, const char *title, struct err *err)
{
    return record_text("title", title, DOCUMENT_TITLE_CHARS, record->title, err);
}

int document_record_hold(struct document_record *record, const char *hold, struct err *err)
{
    return record_text("hold", hold, DOCUMENT_HOLD_CHARS, record->hold, err);
}

int document_record_batch(struct document_record *record, const char *batch, struct err *err)
{
    return record_text("batch", batch, DOCUMENT_BATCH_CHARS, record->batch, err);
}

/* --- checking --- */

static int compare_ranges(const void *a, const void *b)
{
    const struct page_range *x = a, *y = b;
    int order = digest_compare(&x->source, &y->source);
    return order ? order : (x->first > y->first) - (x->first < y->first);
}

static int check_no_page_twice(const struct document_record *record, struct err *err)
{
    bool dropped = record->has_separator && !record->separator_kept;
    uint32_t n = record->part_len;
    struct page_range *sorted = calloc(n + 1, sizeof *sorted);
    const struct page_range *twice = NULL;
    assert(record->parts); /* it has a page */
    if (!sorted)
        return err_sys(err, "sort the parts of a document"); /* UNTESTED: no memory */
    memcpy(sorted, record->parts, n * sizeof *sorted);
    if (dropped)
        sorted[n++] = record->separator;
    qsort(sorted, n, sizeof *sorted, compare_ranges);
    for (uint32_t i = 1; i < n && !twice; i++)
        if (digest_equal(&sorted[i - 1].source, &sorted[i].source) &&
            sorted[i].first <= sorted[i - 1].last)
            twice = &sorted[i];
    char hex[DIGEST_HEX_LEN + 1];
    if (twice)
        err_input(err, REASON_NONE, "page %.32s.%u is named twice", digest_hex(&twice->source, hex),
                  twice->first);
    free(sorted);
    return twice ? -1 : 0;
}

/* The parts are known to share no page. */
static int check_separator(const struct document_record *record, struct err *err)
{
    const struct page_range *sheet = &record->separator;
    if (!record->has_separator)
        return 0;
    if (check_range(sheet, err) < 0)
        return err_wrap(err, "separator");
    uint32_t found = 0;
    for (uint32_t i = 0; i < record->part_len && record->separator_kept; i++) {
        const struct page_range *part = &record->parts[i];
        uint32_t first = part->first > sheet->first ? part->first : sheet->first;
        uint32_t last = part->last < sheet->last ? part->last : sheet->last;
        if (first <= last && digest_equal(&part->source, &sheet->source))
            found += last - first + 1;
    }
    if (record->separator_kept && found != range_len(sheet))
        return err_input(err, REASON_NONE, "a separator that is kept is not among the pages");
    return 0;
}

int document_record_check(const struct document_record *record, struct err *err)
{
    if (record->page_len == 0)
        return err_input(err, REASON_NONE, "a document has at least one page");
    if (record->dossier[0] && !dossier_code_plain(record->dossier))
        return err_input(err, REASON_NONE,
                         "'%s' is no dossier code: 1 to %d of A-Z a-z 0-9 . - _ /", record->dossier,
                         DOSSIER_CODE_MAX - 1);
    if (record->sheets_expected > DOCUMENT_SHEETS_MAX)
        return err_input(err, REASON_NONE, "a document has at most %u sheets", DOCUMENT_SHEETS_MAX);
    if (record->retention_years != RETENTION_UNSET && !retention_valid(record->retention_years))
        return err_input(err, REASON_NONE, "papers are kept %u to %u years, or for ever",
                         RETENTION_YEARS_MIN, RETENTION_YEARS_MAX);
    if ((record->has_supersedes && check_range(&record->supersedes, err) < 0) ||
        check_no_page_twice(record, err) < 0)
        return -1;
    return check_separator(record, err);
}

/* --- writing --- */

static void set_text_field(json_t *json, const char *name, const char *text)
{
    if (!text[0])
        return;
    int rc = json_object_set_new(json, name, json_string(text));
    assert(rc == 0); /* it was made plain */
}

int document_record_write(const struct document_record *record, struct bytes *out, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    if (document_record_check(record, err) < 0)
        return -1;
    json_t *parts = json_array();
    for (uint32_t i = 0; i < record->part_len; i++)
        json_array_append_new(parts, range_json(&record->parts[i]));
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:i s:s s:o}", "kind", "document", "v", RECORD_VERSION, "by",
                             document_by_name(record->by), "parts", parts);
    assert(json);
    set_text_field(json, "dossier", record->dossier);
    set_text_field(json, "title", record->title);
    set_text_field(json, "batch", record->batch);
    if (record->sheets_expected)
        json_object_set_new(json, "sheets_expected",
                            json_integer((json_int_t)record->sheets_expected));
    if (record->has_separator) {
        json_t *separator = range_json(&record->separator);
        json_object_set_new(separator, "kept", json_boolean(record->separator_kept));
        json_object_set_new(json, "separator", separator);
    }
    set_text_field(json, "hold", record->hold);
    if (record->retention_years == RETENTION_PERMANENT)
        json_object_set_new(json, "retention", json_string(PERMANENT));
    else if (record->retention_years)
        json_object_set_new(json, "retention", json_integer((json_int_t)record->retention_years));
    if (record->has_supersedes)
        json_object_set_new(json, "supersedes", range_json(&record->supersedes));
    if (record->has_replaces)
        json_object_set_new(json, "replaces", json_string(digest_hex(&record->replaces, hex)));
    return json_canonical(json, out, err);
}

/* --- parsing --- */

static bool parse_by(const char *name, enum document_by *ret_by)
{
    for (size_t i = 0; i < ARRAY_LEN(by_names); i++)
        if (strcmp(name, by_names[i]) == 0) {
            *ret_by = (enum document_by)i;
            return true;
        }
    return false;
}

static bool parse_parts(const json_t *parts, struct document_record *record)
{
    struct err ignored = {0}; /* the field's name is told, as of any other */
    if (!json_is_array(parts))
        return false;
    for (size_t i = 0; i < json_array_size(parts); i++) {
        struct page_range range;
        if (!range_parse(json_array_get(parts, i), &range) ||
            document_record_add(record, range, &ignored) < 0)
            return false;
    }
    return true;
}

/* Optional, and then not empty: absent says that. */
static void optional_text(struct fields *fields, const char *name, char *out, size_t size)
{
    if (!json_object_get(fields->json, name))
        return;
    fields_text(fields, name, out, size);
    if (!out[0] || !text_plain(span_of_text(out)))
        fields_fail(fields, name);
}

static void parse_separator(struct fields *fields, struct document_record *record)
{
    const json_t *separator = json_object_get(fields->json, "separator");
    struct fields inner = {.json = separator};
    if (!separator)
        return;
    record->has_separator = true;
    record->separator_kept = fields_bool(&inner, "kept");
    if (inner.bad || !range_parse(separator, &record->separator))
        fields_fail(fields, "separator");
}

static void parse_retention(struct fields *fields, struct document_record *record)
{
    const json_t *retention = json_object_get(fields->json, "retention");
    const char *text = json_string_value(retention);
    if (text && strcmp(text, PERMANENT) == 0)
        record->retention_years = RETENTION_PERMANENT;
    else if (retention)
        record->retention_years =
            (uint32_t)fields_integer(fields, "retention", RETENTION_YEARS_MAX);
    if (retention && record->retention_years == RETENTION_UNSET)
        fields_fail(fields, "retention");
}

int document_record_parse(struct span text, struct document_record *ret_record, struct err *err)
{
    CLEANUP(document_record_done) struct document_record record = {.parts = NULL};
    char by[16] = "";
    if (text.len > DOCUMENT_RECORD_BYTES)
        return err_set(err, ERR_CORRUPT, "document record: longer than %zu bytes",
                       DOCUMENT_RECORD_BYTES);
    CLEANUP(json_freep) json_t *json = fields_open(text, "document", err);
    if (!json)
        return -1;
    struct fields fields = {.json = json};
    fields_text(&fields, "by", by, sizeof by);
    if (!parse_by(by, &record.by))
        fields_fail(&fields, "by");
    optional_text(&fields, "dossier", record.dossier, sizeof record.dossier);
    optional_text(&fields, "title", record.title, sizeof record.title);
    optional_text(&fields, "batch", record.batch, sizeof record.batch);
    if (json_object_get(json, "sheets_expected"))
        record.sheets_expected =
            (uint32_t)fields_integer(&fields, "sheets_expected", DOCUMENT_SHEETS_MAX);
    if (!parse_parts(json_object_get(json, "parts"), &record))
        fields_fail(&fields, "parts");
    parse_separator(&fields, &record);
    optional_text(&fields, "hold", record.hold, sizeof record.hold);
    parse_retention(&fields, &record);
    record.has_supersedes = json_object_get(json, "supersedes") != NULL;
    if (record.has_supersedes &&
        !range_parse(json_object_get(json, "supersedes"), &record.supersedes))
        fields_fail(&fields, "supersedes");
    record.has_replaces = json_object_get(json, "replaces") != NULL;
    if (record.has_replaces)
        fields_digest(&fields, "replaces", &record.replaces);
    if (fields.bad)
        return err_set(err, ERR_CORRUPT, "document record: bad field '%s'", fields.bad);
    if (document_record_check(&record, err) < 0) {
        err->kind = ERR_CORRUPT;
        return err_wrap(err, "document record");
    }
    *ret_record = record;
    record = (struct document_record){.parts = NULL};
    return 0;
}
