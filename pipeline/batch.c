/* pipeline/batch.c - a sidecar that was claimed, and the files it lists. */
#include "pipeline/batch.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "pipeline/small_file.h"
#include "records/document_record.h"

enum file_state { FILE_MISSING, FILE_ARCHIVED, FILE_QUARANTINED };

struct batch_file {
    const char *name; /* of the sidecar */
    enum file_state state;
    enum reason reason;
    struct digest source;
    uint32_t pages;
};

/* What does not fit, while it is being found. */
struct findings {
    struct batch *batch;
    json_t *missing, *quarantined, *documents;
    uint64_t came, pages;
};

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    for (uint32_t i = 0; batch->records && i < batch->sidecar.document_len; i++)
        bytes_done(&batch->records[i]);
    free(batch->records);
    free(batch->spans);
    free(batch->files);
    sidecar_done(&batch->sidecar);
    bytes_done(&batch->text);
    free(batch->text_dir);
    if (!batch->given)
        held_free(batch->held);
    free(batch);
}

static int parse(struct batch *batch, struct err *err)
{
    const struct sidecar *sidecar = &batch->sidecar;
    if (small_file_read(AT_FDCWD, batch->held->path, SIDECAR_BYTES_MAX, &batch->text, err) < 0) {
        bytes_done(&batch->text); /* not all of it */
        return -1;
    }
    if (sidecar_parse(bytes_span(&batch->text), batch->held->claim.name, &batch->sidecar, err) < 0)
        return -1;
    for (uint32_t i = 0; i < sidecar->document_len; i++)
        batch->file_len += sidecar->documents[i].file_len;
    batch->files = calloc(batch->file_len + 1, sizeof *batch->files);
    batch->records = calloc(sidecar->document_len + 1, sizeof *batch->records);
    batch->spans = calloc(sidecar->document_len + 1, sizeof *batch->spans);
    if (!batch->files || !batch->records || !batch->spans)
        return err_sys(err, "read a sidecar"); /* UNTESTED: no memory */
    for (uint32_t i = 0, at = 0; i < sidecar->document_len; i++)
        for (uint32_t j = 0; j < sidecar->documents[i].file_len; j++)
            batch->files[at++].name = sidecar->documents[i].files[j];
    return 0;
}

/* It is the sidecar's fault, and costs nothing but it. */
static void refuse(struct batch *batch)
{
    batch->why.reason = REASON_BAD_SIDECAR;
    batch->note = (struct feed_note){.text = bytes_span(&batch->text),
                                     .size_bytes = batch->held->size_bytes,
                                     .why = &batch->why};
}

struct batch *batch_new(struct held *held, struct err *err)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        held_free(held);
        err_sys(err, "read a sidecar"); /* UNTESTED: no memory */
        return NULL;
    }
    batch->held = held;
    const char *slash = strrchr(held->rel, '/');
    batch->text_dir = strndup(held->rel, slash ? (size_t)(slash - held->rel) + 1 : 0);
    if (batch->text_dir && parse(batch, &batch->why) == 0)
        return batch;
    if (batch->text_dir && batch->why.kind == ERR_INPUT) {
        refuse(batch);
        return batch;
    }
    *err = batch->why;
    batch_free(batch);
    return NULL;
}

/* --- waiting ---------------------------------------------------------------------------------- */

static int note_line(void *self, const struct catalogue_intake *row, struct err *err)
{
    struct batch_file *file = self;
    (void)err;
    bool quarantined = strcmp(row->outcome, "quarantined") == 0;
    file->state = quarantined ? FILE_QUARANTINED : FILE_ARCHIVED;
    file->reason = reason_parse(row->reason_code);
    file->source = row->source;
    return 0;
}

static int count_page(void *self, const struct page_row *row, struct err *err)
{
    (void)self, (void)row, (void)err;
    return 0;
}

/* 1: there is nothing to wait for, 0: it may still come, -1. */
static int look_for(const struct batch *batch, struct batch_file *file,
                    const struct batch_search *search, struct err *err)
{
    CLEANUP(bytes_done) struct bytes rel = {0}, shown = {0};
    const struct hot_folder *folder = batch->held->folder;
    if (bytes_printf(&rel, err, "%s%s", batch->text_dir, file->name) < 0 ||
        text_display(bytes_span(&rel), &shown, err) < 0 ||
        bytes_append(&rel, span_of("", 1), err) < 0 ||
        bytes_append(&shown, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    /* Names come again: as long as one lies there, an older line of it says nothing. */
    if (search->is_coming(search->self, folder, (const char *)rel.data, search->late))
        return 0;
    int found = catalogue_newest_intake(search->catalogue, hot_folder_options(folder)->name,
                                        (const char *)shown.data, note_line, file, err);
    if (found > 0 && file->state == FILE_ARCHIVED) {
        int pages = catalogue_pages_of(search->catalogue, &file->source, count_page, NULL, err);
        file->pages = pages > 0 ? (uint32_t)pages : 0;
        found = pages < 0 ? -1 : 1;
    }
    return found == 0 ? search->late : found;
}

int batch_look(struct batch *batch, const struct batch_search *search, struct err *err)
{
    int rc = 1;
    while (rc > 0 && batch->known_len < batch->file_len) {
        rc = look_for(batch, &batch->files[batch->known_len], search, err);
        batch->known_len += rc > 0;
    }
    return rc;
}

/* --- the end ---------------------------------------------------------------------------------- */

PRINTF(3, 4)
static void find(struct findings *findings, json_t *to, const char *fmt, ...)
{
    struct err text = {0};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text.text, sizeof text.text, fmt, args);
    va_end(args);
    struct err clean = {0};
    (void)err_set(&clean, ERR_INPUT, "%s", text.text); /* cut where it may be cut */
    log_line(LOG_WARN, "'%s/%s': %s", findings->batch->held->claim.folder,
             findings->batch->held->claim.name, clean.text);
    if (to)
        json_array_append_new(to, json_string(clean.text));
}

static void tell_files(struct findings *findings)
{
    const struct batch *batch = findings->batch;
    for (uint32_t i = 0; i < batch->file_len; i++) {
        const struct batch_file *file = &batch->files[i];
        if (file->state == FILE_MISSING) {
            find(findings, NULL, "missing: %s", file->name);
            json_array_append_new(findings->missing, json_string(file->name));
        } else if (file->state == FILE_QUARANTINED) {
            find(findings, NULL, "quarantined (%s): %s", reason_code(file->reason), file->name);
            json_array_append_new(findings->quarantined,
                                  json_pack("{s:s s:s}", "file", file->name, "reason_code",
                                            reason_code(file->reason)));
        } else {
            findings->came++;
            findings->pages += file->pages;
        }
    }
}

static int add_pages(struct document_record *record, const struct batch_file *file, uint32_t first,
                     uint32_t len, struct err *err)
{
    if (len == 0)
        return 0;
    return document_record_add(record, (struct page_range){file->source, first, first + len - 1},
                               err);
}

/* Fronts and backs as one order. ERR_INPUT says what is missing; nothing was added then. */
static int collate(const struct sidecar_document *document, const struct batch_file files[],
                   struct document_record *record, struct err *err)
{
    uint32_t len = files[0].pages + files[1].pages;
    struct sidecar_page *pages = calloc(len + 1, sizeof *pages);
    if (!pages)
        return err_sys(err, "put pages in order"); /* UNTESTED: no memory */
    int rc = sidecar_page_order(files[0].pages, files[1].pages, document->collate, pages, err);
    for (uint32_t i = 0; i < len && rc == 0; i++)
        rc = add_pages(record, &files[pages[i].file], pages[i].page, 1, err);
    free(pages);
    return rc;
}

static bool stands_before(const struct batch_file files[], uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (files[i].state == FILE_ARCHIVED && digest_equal(&files[i].source, &files[n].source))
            return true;
    return false;
}

static int fill(struct findings *findings, json_t *problems,
                const struct sidecar_document *document, const struct batch_file files[],
                struct document_record *record)
{
    struct err err = {0};
    bool both = document->collate != SIDECAR_COLLATE_NONE && files[0].state == FILE_ARCHIVED &&
                files[1].state == FILE_ARCHIVED && !stands_before(files, 1);
    if (both && collate(document, files, record, &err) == 0)
        return 0;
    if (both)
        find(findings, problems, "%s: left one after the other", err.text);
    for (uint32_t i = 0; i < document->file_len; i++) {
        if (files[i].state != FILE_ARCHIVED)
            continue;
        err = (struct err){.kind = ERR_NONE};
        if (stands_before(files, i))
            find(findings, problems, "the same bytes as a file before it: %s", files[i].name);
        else if (add_pages(record, &files[i], 0, files[i].pages, &err) < 0) {
            find(findings, problems, "%s: %s", files[i].name, err.text);
            return -1;
        }
    }
    return 0;
}

/* 1: there is a record, 0: none of its files has come, or it is too long; -1. */
static int make_record(struct findings *findings, const struct sidecar_document *document,
                       const struct batch_file files[], struct bytes *out, struct err *err)
{
    CLEANUP(document_record_done)
    struct document_record record = {.by = DOCUMENT_BY_SIDECAR,
                                     .sheets_expected = document->sheets};
    json_t *problems = json_array();
    int rc = fill(findings, problems, document, files, &record);
    if (rc == 0 && !sidecar_sheets_fit(document, record.page_len))
        find(findings, problems, "line %u: %u pages do not fit %u sheets", document->line,
             record.page_len, document->sheets);
    if (json_array_size(problems) > 0)
        json_array_append_new(findings->documents,
                              json_pack("{s:i s:s s:s s:i s:i s:O}", "line", (int)document->line,
                                        "title", document->title, "dossier", document->dossier,
                                        "sheets", (int)document->sheets, "pages",
                                        (int)record.page_len, "problems", problems));
    json_decref(problems);
    if (rc < 0 || record.page_len == 0)
        return 0;
    (void)snprintf(record.dossier, sizeof record.dossier, "%s", document->dossier);
    if (document_record_title(&record, document->title, err) < 0 ||
        document_record_batch(&record, findings->batch->sidecar.batch, err) < 0 ||
        document_record_write(&record, out, err) < 0)
        return -1;
    return 1;
}

/* What was expected, what came, what is missing: only when something does not fit. */
static int report(struct findings *findings, struct io *io, struct err *err)
{
    const struct batch *batch = findings->batch;
    CLEANUP(bytes_done) struct bytes text = {0};
    if (json_array_size(findings->missing) + json_array_size(findings->quarantined) +
            json_array_size(findings->documents) ==
        0)
        return 0;
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:s s:s s:s s:{s:I s:I} s:{s:I s:I} s:O s:O s:O}", "sidecar", batch->held->claim.name,
        "batch", batch->sidecar.batch, "station", batch->sidecar.station, "expected", "documents",
        (json_int_t)batch->sidecar.document_len, "files", (json_int_t)batch->file_len, "came",
        "files", (json_int_t)findings->came, "pages", (json_int_t)findings->pages, "missing",
        findings->missing, "quarantined", findings->quarantined, "documents", findings->documents);
    assert(json);
    if (json_canonical(json, &text, err) < 0 || bytes_printf(&text, err, "\n") < 0)
        return -1; /* UNTESTED: no memory */
    return hot_folder_report(io, batch->held, bytes_span(&text), err);
}

int batch_end(struct batch *batch, struct io *io, struct err *err)
{
    struct findings findings = {.batch = batch,
                                .missing = json_array(),
                                .quarantined = json_array(),
                                .documents = json_array()};
    size_t n = 0;
    int rc = 0;
    const struct batch_file *files = batch->files;
    tell_files(&findings);
    for (uint32_t i = 0; i < batch->sidecar.document_len && rc >= 0; i++) {
        const struct sidecar_document *document = &batch->sidecar.documents[i];
        rc = make_record(&findings, document, files, &batch->records[n], err);
        if (rc > 0) {
            batch->spans[n] = bytes_span(&batch->records[n]);
            n++;
        }
        files += document->file_len;
    }
    if (rc >= 0)
        rc = report(&findings, io, err);
    json_decref(findings.missing);
    json_decref(findings.quarantined);
    json_decref(findings.documents);
    if (rc < 0 && err->kind == ERR_INPUT) { /* UNTESTED: the parser takes nothing of the kind */
        batch->why = *err;
        refuse(batch);
        return 0;
    }
    batch->note = (struct feed_note){.records = batch->spans,
                                     .record_len = n,
                                     .text = bytes_span(&batch->text),
                                     .size_bytes = batch->held->size_bytes};
    return rc < 0 ? -1 : 0;
}
