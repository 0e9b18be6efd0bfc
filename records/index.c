/* records/index.c - keeps the catalogue in step with the segments. */
#include "records/index.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "ocr/alto.h"
#include "records/access_record.h"
#include "records/destroyed.h"
#include "records/destruction_record.h"
#include "records/event_record.h"
#include "records/fields_record.h"
#include "records/intake_record.h"
#include "records/page_record.h"
#include "records/person_id.h"
#include "records/source_record.h"
#include "storage/catalogue_events.h"
#include "storage/catalogue_fields.h"

struct indexer {
    struct archive *archive;
    struct catalogue *catalogue;
    struct index_losses *losses; /* NULL: none are put up with */
    struct destroyed *destroyed; /* read when the first object turns out to be gone */
};

/* True when the failure is one to go on after: the archive's damage, not this machine's trouble. */
static bool put_up_with(struct indexer *indexer, struct err *err)
{
    if (!indexer->losses || (err->kind != ERR_CORRUPT && err->kind != ERR_INPUT))
        return false;
    if (indexer->losses->records++ == 0)
        indexer->losses->first = *err;
    *err = (struct err){.kind = ERR_NONE};
    return true;
}

int index_read(struct archive *archive, struct catalogue *catalogue, const struct digest *id,
               struct bytes *out, struct err *err)
{
    struct group_entry entry;
    char hex[DIGEST_HEX_LEN + 1];
    int found = catalogue_find_object(catalogue, id, &entry, err);
    if (found < 0)
        return -1;
    if (found == 0)
        return err_input(err, REASON_NONE, "the archive has no object '%s'", digest_hex(id, hex));
    return archive_read(archive, entry.place, id, out, err);
}

/* What a reading that failed means: 0 the bytes, or the key to them, were taken away lawfully, and
 * *err is empty; -1 any other failure. */
static int accept_gone(struct indexer *indexer, const struct digest *id, struct place place,
                       struct err *err)
{
    if (err->kind == ERR_ERASED) { /* the ring accounts for it: it may be an older copy */
        *err = (struct err){.kind = ERR_NONE};
        return 0;
    }
    if (err->kind != ERR_GONE)
        return -1;
    const struct err gone = *err;
    if (!indexer->destroyed) {
        /* A handle of its own: this one is in the middle of a replay. */
        CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, err);
        indexer->destroyed = io ? destroyed_read(archive_path(indexer->archive), io, err) : NULL;
    }
    if (!indexer->destroyed)
        return -1;
    if (destroyed_names(indexer->destroyed, id, place, NULL)) {
        *err = (struct err){.kind = ERR_NONE};
        return 0;
    }
    *err = gone;
    err->kind = ERR_CORRUPT; /* nobody accounts for it */
    return -1;
}

/* 1 read; 0 destroyed lawfully; -1. */
static int read_record(struct indexer *indexer, const struct digest *id, struct bytes *out,
                       struct err *err)
{
    struct group_entry entry;
    if (index_read(indexer->archive, indexer->catalogue, id, out, err) == 0)
        return 1;
    const struct err why = *err;
    if (why.kind != ERR_GONE && why.kind != ERR_ERASED)
        return -1;
    if (catalogue_find_object(indexer->catalogue, id, &entry, err) <= 0)
        return -1; /* UNTESTED: it was found a moment ago */
    *err = why;
    return accept_gone(indexer, id, entry.place, err);
}

/* Both search keys of the page's text; nothing for a page without one. */
static int page_keys(struct indexer *indexer, const struct page_record *page, struct bytes *toned,
                     struct bytes *folded, struct err *err)
{
    if (!page->has_alto)
        return 0;
    CLEANUP(bytes_done) struct bytes alto = {0}, plain = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    if (index_read(indexer->archive, indexer->catalogue, &page->alto, &alto, err) < 0 ||
        alto_read(bytes_span(&alto), &text, err) < 0 || page_text_plain(&text, &plain, err) < 0 ||
        text_key(bytes_span(&plain), TEXT_TONED, toned, err) < 0 ||
        text_key(bytes_span(&plain), TEXT_FOLDED, folded, err) < 0)
        return -1;
    return 0;
}

/* Records hold displayable text when we wrote them; an archive may be anybody's. */
static int show(const char *text, struct bytes *out, struct err *err)
{
    return text_display(span_of_text(text), out, err) < 0 ||
                   bytes_append(out, span_of("", 1), err) < 0
               ? -1
               : 0;
}

/* --- fields --- */

/* The keys fields are found by, one behind the other, each with its NUL; begins[i] is where that
 * of field i begins. A personal id has none. */
static int field_keys(const struct page_fields *fields, struct bytes *out,
                      size_t begins[FIELDS_MAX], struct err *err)
{
    for (size_t i = 0; i < fields->len; i++) {
        const struct field *field = &fields->items[i];
        begins[i] = out->len;
        if ((strcmp(field->name, PERSON_ID_FIELD) != 0 &&
             text_key(span_of_text(field->value), TEXT_FOLDED, out, err) < 0) ||
            bytes_append(out, span_of("", 1), err) < 0)
            return -1;
        begins[i] += out->data[begins[i]] == ' '; /* it parts words, also from another key */
    }
    return 0;
}

/* Masked from here on: the catalogue does not know personal ids. */
static int put_fields(struct indexer *indexer, const struct digest *record_id,
                      struct fields_record *record, struct err *err)
{
    struct catalogue_field rows[FIELDS_MAX];
    size_t begins[FIELDS_MAX];
    CLEANUP(bytes_done) struct bytes keys = {0};
    person_id_mask(&record->fields);
    if (field_keys(&record->fields, &keys, begins, err) < 0)
        return -1;
    for (size_t i = 0; i < record->fields.len; i++) {
        const struct field *field = &record->fields.items[i];
        rows[i] = (struct catalogue_field){.name = field->name,
                                           .value = field->value,
                                           .key = (const char *)keys.data + begins[i],
                                           .rule = field->rule,
                                           .confidence = field->confidence};
    }
    return catalogue_put_fields(indexer->catalogue, record_id, rows, record->fields.len, err);
}

static int add_fields(struct indexer *indexer, const struct digest *record_id, struct span json,
                      int64_t time_ns, struct err *err)
{
    CLEANUP(fields_record_done) struct fields_record record = {.index = 0};
    if (fields_record_parse(json, &record, err) < 0)
        return -1;
    const struct catalogue_fields row = {
        .id = *record_id,
        .source = record.source,
        .index = record.index,
        .rules = record.rules,
        .engine = record.engine,
        .person = record.person,
        .field_len = (uint32_t)record.fields.len,
        .made_ns = time_ns,
    };
    int added = catalogue_add_fields(indexer->catalogue, &row, err);
    return added <= 0 ? added : put_fields(indexer, record_id, &record, err);
}

/* A page has become visible: what was found on it, which came before, too. */
static int show_fields(struct indexer *indexer, const struct page_record *page, struct err *err)
{
    CLEANUP(fields_record_done) struct fields_record record = {.index = 0};
    CLEANUP(bytes_done) struct bytes json = {0};
    struct digest id;
    int rc = catalogue_newest_fields(indexer->catalogue, &page->source, page->index, &id, err);
    if (rc > 0)
        rc = read_record(indexer, &id, &json, err);
    if (rc <= 0)
        return rc;
    if (fields_record_parse(bytes_span(&json), &record, err) < 0)
        return -1;
    return put_fields(indexer, &id, &record, err);
}

static int add_page(struct indexer *indexer, const struct digest *record_id, struct err *err)
{
    struct page_record page;
    CLEANUP(bytes_done)
    struct bytes json = {0}, toned = {0}, folded = {0}, detail = {0}, engine = {0};
    int read = read_record(indexer, record_id, &json, err);
    if (read <= 0)
        return read;
    if (page_record_parse(bytes_span(&json), &page, err) < 0 ||
        show(page.reason_detail, &detail, err) < 0 || show(page.engine, &engine, err) < 0)
        return -1;
    if (page_keys(indexer, &page, &toned, &folded, err) < 0) {
        if (!put_up_with(indexer, err))
            return -1;
        toned.len = folded.len = 0; /* the page is there, but it cannot be found by its words */
    }

    char id[PAGE_ID_MAX];
    page_id_make(&page.source, page.index, id);
    struct catalogue_page row = {
        .id = id,
        .source = page.source,
        .record = *record_id,
        .alto = page.alto,
        .image = page.image,
        .index = page.index,
        .width_px = page.width_px,
        .height_px = page.height_px,
        .dpi = page.dpi,
        .skew_deg = (double)page.skew_deg,
        .confidence = (double)page.confidence,
        .status = page_status_name(page.status),
        .reason_code = page.reason == REASON_NONE ? "" : reason_code(page.reason),
        .reason_detail = (const char *)detail.data,
        .engine = (const char *)engine.data,
        .doubt = page.doubt,
        .separator = separator_kind_name((enum separator_kind)page.separator.kind),
        .separator_text = page.separator.text,
        .separator_code = page.separator.code,
    };
    if (catalogue_add_page(indexer->catalogue, &row, bytes_span(&toned), bytes_span(&folded), err) <
        0)
        return -1;
    if (show_fields(indexer, &page, err) < 0) {
        err_wrap(err, "fields of page %s", id);
        if (!put_up_with(indexer, err))
            return -1;
    }
    return 0;
}

static int add_source(struct indexer *indexer, const struct digest *record_id, struct span json,
                      int64_t time_ns, struct err *err)
{
    CLEANUP(source_record_done) struct source_record source = {.path = NULL};
    CLEANUP(bytes_done) struct bytes path = {0}, format = {0};
    if (source_record_parse(json, &source, err) < 0 || show(source.path, &path, err) < 0 ||
        show(source.format, &format, err) < 0)
        return -1;
    struct catalogue_source row = {
        .id = source.id,
        .record = *record_id,
        .path = (const char *)path.data,
        .format = (const char *)format.data,
        .size_bytes = source.size_bytes,
        .pages = source.page_len,
        .archived_ns = time_ns,
    };
    if (catalogue_add_source(indexer->catalogue, &row, err) < 0)
        return -1;
    for (uint32_t i = 0; i < source.page_len; i++)
        if (add_page(indexer, &source.pages[i], err) < 0) {
            err_wrap(err, "source '%s' page %u", source.path, i + 1);
            if (!put_up_with(indexer, err))
                return -1;
        }
    return 0;
}

static int add_intake(struct indexer *indexer, const struct digest *record_id, struct span json,
                      int64_t time_ns, struct err *err)
{
    CLEANUP(intake_record_done) struct intake_record intake = {.folder = NULL};
    CLEANUP(bytes_done) struct bytes folder = {0}, path = {0}, batch = {0}, detail = {0};
    if (intake_record_parse(json, &intake, err) < 0 || show(intake.folder, &folder, err) < 0 ||
        show(intake.path, &path, err) < 0 || show(intake.batch, &batch, err) < 0 ||
        show(intake.detail, &detail, err) < 0)
        return -1;
    struct catalogue_intake row = {
        .ticket = intake.ticket,
        .record = *record_id,
        .folder = (const char *)folder.data,
        .path = (const char *)path.data,
        .batch = (const char *)batch.data,
        .source = intake.id,
        .size_bytes = intake.size_bytes,
        .mtime_ns = intake.mtime_ns,
        .taken_ns = intake.taken_ns,
        .told_ns = time_ns,
        .outcome = intake_outcome_name(intake.outcome),
        .reason_code = intake.reason == REASON_NONE ? "" : reason_code(intake.reason),
        .reason_detail = (const char *)detail.data,
    };
    return catalogue_add_intake(indexer->catalogue, &row, err);
}

static int add_document(struct indexer *indexer, const struct digest *record_id, struct span json,
                        int64_t time_ns, struct err *err)
{
    CLEANUP(document_record_done) struct document_record document = {.parts = NULL};
    if (document_record_parse(json, &document, err) < 0)
        return -1;
    bool dropped = document.has_separator && !document.separator_kept;
    struct catalogue_document row = {
        .id = *record_id,
        .dossier = document.dossier,
        .title = document.title,
        .by = document_by_name(document.by),
        .batch = document.batch,
        .sheets_expected = document.sheets_expected,
        .made_ns = time_ns,
        .parts = document.parts,
        .part_len = document.part_len,
        .separator = dropped ? &document.separator : NULL,
        .supersedes = document.has_supersedes ? &document.supersedes : NULL,
        .retention = document.retention_years,
        .hold = document.hold,
    };
    return catalogue_add_document(indexer->catalogue, &row, err);
}

struct found_page {
    bool found;
    struct page_record record; /* as much of it as page_keys() looks at */
};

static int note_page(void *self, const struct page_row *row, struct err *err)
{
    struct found_page *found = self;
    (void)err;
    found->found = true;
    found->record.alto = row->page.alto;
    found->record.has_alto = !digest_is_zero(&row->page.alto);
    return 0;
}

/* The index of words gives a page up only to who knows its words: they are read once more. */
static int destroy_page(struct indexer *indexer, int64_t destruction, const struct digest *source,
                        uint32_t index, struct err *err)
{
    struct found_page found = {.found = false};
    CLEANUP(bytes_done) struct bytes toned = {0}, folded = {0};
    char id[PAGE_ID_MAX];
    page_id_make(source, index, id);
    if (catalogue_pages_by_id(indexer->catalogue, id, note_page, &found, err) < 0)
        return -1;
    if (found.found && page_keys(indexer, &found.record, &toned, &folded, err) < 0) {
        if (err->kind == ERR_SEALED)
            return err_wrap(err, "forget the words of page %s", id);
        if (!indexer->losses) {
            err_wrap(err, "forget the words of page %s", id);
            return err_set(err, ERR_CORRUPT, "%.200s: run sohoa reindex", err->text);
        }
        *err = (struct err){.kind = ERR_NONE}; /* it was added without words, and counted */
        toned.len = folded.len = 0;
    }
    const struct gone_page page = {id, *source, index};
    return catalogue_destroy_page(indexer->catalogue, destruction, &page, bytes_span(&toned),
                                  bytes_span(&folded), err);
}

static int add_destruction(struct indexer *indexer, const struct digest *record_id,
                           struct span json, int64_t time_ns, struct err *err)
{
    CLEANUP(destruction_record_done) struct destruction_record record = {.objects = NULL};
    if (destruction_record_parse(json, &record, err) < 0)
        return -1;
    const struct catalogue_destruction row = {
        .id = *record_id,
        .basis = record.basis,
        .person = record.person,
        .decided = record.decided,
        .made_ns = time_ns,
    };
    int64_t n = 0;
    int added = catalogue_add_destruction(indexer->catalogue, &row, &n, err);
    if (added <= 0)
        return added;
    for (uint32_t i = 0; i < record.part_len; i++)
        for (uint32_t at = record.parts[i].first; at <= record.parts[i].last; at++)
            if (destroy_page(indexer, n, &record.parts[i].source, at, err) < 0)
                return -1;
    for (uint32_t i = 0; i < record.object_len; i++)
        if (catalogue_destroy_object(indexer->catalogue, n, &record.objects[i], err) < 0)
            return -1;
    return catalogue_destroy_intake(indexer->catalogue, n, err);
}

static int add_event(struct indexer *indexer, const struct digest *record_id, struct span json,
                     int64_t time_ns, struct err *err)
{
    struct event_record record;
    if (event_record_parse(json, &record, err) < 0)
        return -1;
    const struct event_component *component = &record.component;
    struct catalogue_event row = {
        .id = *record_id,
        .dossier = record.dossier,
        .what = event_what_name(record.what),
        .at_ns = record.at_ns,
        .told_ns = time_ns,
        .by = record.by,
        .office = record.office,
        .because = record.because,
        .paper = record.paper,
        .pages = record.pages,
        .rework = record.rework,
        .sheets = record.sheets,
        .amount = record.amount,
        .component = component->code,
        .component_name = component->name,
        .component_state = component_state_name(component->state),
        .exempt = component->exempt,
        .result = component->result,
        .document = component->document,
    };
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        row.facts[i] = record.facts[i];
    return catalogue_add_event(indexer->catalogue, &row, err);
}

static int add_access(struct indexer *indexer, const struct digest *record_id, struct span json,
                      int64_t time_ns, struct err *err)
{
    struct access_record record;
    (void)time_ns;
    if (access_record_parse(json, &record, err) < 0)
        return -1;
    const struct catalogue_access row = {
        .id = *record_id,
        .source = record.source,
        .index = record.index,
        .at_ns = record.at_ns,
        .by = record.by,
        .because = record.because,
    };
    return catalogue_add_access(indexer->catalogue, &row, err);
}

/* Page records wait for the source record that lists them; kinds of a later version are left. */
static const struct record_kind {
    const char *name, *mark; /* a text without the mark is none of this kind, and not parsed */
    int (*add)(struct indexer *indexer, const struct digest *record_id, struct span json,
               int64_t time_ns, struct err *err);
} kinds[] = {
#define KIND(name, add)                                                                            \
    {                                                                                              \
        name, "\"kind\":\"" name "\"", add                                                         \
    }
    KIND("source", add_source), KIND("document", add_document),
    KIND("intake", add_intake), KIND("destruction", add_destruction),
    KIND("event", add_event),   KIND("fields", add_fields),
    KIND("access", add_access),
#undef KIND
};

static bool is_marked(struct span json)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (memmem(json.data, json.len, kinds[i].mark, strlen(kinds[i].mark)))
            return true;
    return false;
}

static int add_record(struct indexer *indexer, const struct group_entry *entry, int64_t time_ns,
                      struct err *err)
{
    CLEANUP(bytes_done) struct bytes raw = {0};
    if (archive_read(indexer->archive, entry->place, &entry->id, &raw, err) < 0)
        return accept_gone(indexer, &entry->id, entry->place, err);
    if (!is_marked(bytes_span(&raw)))
        return 0;
    CLEANUP(json_freep) json_t *json = json_parse(bytes_span(&raw), err);
    const char *kind = json_string_value(json_object_get(json, "kind"));
    for (size_t i = 0; kind && i < ARRAY_LEN(kinds); i++)
        if (strcmp(kind, kinds[i].name) == 0)
            return kinds[i].add(indexer, &entry->id, bytes_span(&raw), time_ns, err);
    return 0;
}

static int take_in(struct indexer *indexer, const struct group *group, struct err *err)
{
    for (size_t i = 0; i < group->entry_len; i++)
        if (catalogue_add_object(indexer->catalogue, &group->entries[i], err) < 0)
            return -1;
    for (size_t i = 0; i < group->entry_len; i++)
        if (group->entries[i].type == OBJECT_META &&
            add_record(indexer, &group->entries[i], group->time_ns, err) < 0 &&
            !put_up_with(indexer, err))
            return -1;
    return catalogue_end(indexer->catalogue, group->end, group->seq, err);
}

static int visit_group(void *self, const struct group *group, struct err *err)
{
    struct indexer *indexer = self;
    if (catalogue_begin(indexer->catalogue, err) < 0)
        return -1;
    if (take_in(indexer, group, err) < 0) {
        catalogue_abandon(indexer->catalogue);
        return err_wrap(err, "index group %llu", (unsigned long long)group->seq);
    }
    return 0;
}

int index_catch_up(struct archive *archive, struct catalogue *catalogue,
                   struct index_losses *losses, struct err *err)
{
    struct indexer indexer = {archive, catalogue, losses, NULL};
    struct place mark;
    uint64_t group_seq;
    if (catalogue_mark(catalogue, &mark, &group_seq, err) < 0)
        return -1;
    int rc = archive_replay(archive, mark, visit_group, &indexer, err);
    destroyed_free(indexer.destroyed);
    return rc;
}
