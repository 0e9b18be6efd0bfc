/* pipeline/worker.c - a keeper thread with a cell of its own: asks it for pages, makes objects.
 *
 * Nothing here looks at pixels. What the cell says is checked before it is believed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ocr/alto.h"
#include "pipeline/ledger.h"
#include "pipeline/run.h"
#include "pipeline/stack.h"
#include "records/fields_record.h"
#include "records/page_record.h"
#include "records/source_record.h"

#define PAGE_OBJECTS 4 /* text, fields, picture, record */

struct worker {
    struct run *run;
    struct cell_link *link;
    struct source *open; /* the file its cell has open, a reference; NULL: none */
};

static void forget_open(struct worker *worker)
{
    source_drop(worker->open);
    worker->open = NULL;
}

static int ensure_open(struct worker *worker, struct source *source, char *ret_format,
                       uint32_t *ret_pages, struct err *err)
{
    if (worker->open == source && cell_link_is_open(worker->link))
        return 0;
    uint64_t start = thread_cpu_ns();
    int rc = cell_link_open(worker->link, &source->file, ret_format, ret_pages, err);
    run_count_stage(worker->run, STAGE_SPLIT, start, 0);
    forget_open(worker); /* the cell lets the old file go when it is given a new one */
    if (rc == 0)
        worker->open = source_keep(source);
    return rc;
}

static void push(struct run *run, struct commit_item *item)
{
    commit_queue_push(run->queue, item);
}

/* --- the end of a file ------------------------------------------------------------------------ */

static int add_source_objects(struct commit_item *item, struct source *source, struct err *err)
{
    CLEANUP(bytes_done) struct bytes json = {0};
    struct source_record record = {.id = source->id,
                                   .path = source->shown,
                                   .size_bytes = source->size_bytes,
                                   .page_len = source->page_len,
                                   .pages = source->records};
    memcpy(record.format, source->format, sizeof record.format);
    if (commit_item_add_source(item, err) < 0)
        return -1;
    for (uint32_t i = 0; i < source->failed_len; i++) /* their JSON moves into the item */
        if (commit_item_add(item, OBJECT_META, &source->failed[i].record,
                            &source->records[source->failed[i].index], err) < 0)
            return -1;
    if (source_record_write(&record, &json, err) < 0)
        return -1;
    return commit_item_add(item, OBJECT_META, &json, NULL, err);
}

/* Every page has been read or has failed, and nobody else works on this file. The pages' own items
 * stand before this one in the queue. */
static void bring_to_end(struct run *run, struct source *source)
{
    struct err err = {0};
    bool archived = source->ok_len > 0 && !source->secret &&
                    (source->failed_len == 0 || run->options->bad_page == BAD_PAGE_PLACEHOLDER);
    struct commit_item *item =
        commit_item_new(archived ? COMMIT_ARCHIVED : COMMIT_QUARANTINED, source_keep(source),
                        archived ? source->failed_len + 2 + stack_documents_max(source) : 0);
    if (!item) {
        err_sys(&err, "finish '%s'", source->shown); /* UNTESTED: no memory */
        source_drop(source);
        run_fail(run, &err);
        return;
    }
    if ((archived && add_source_objects(item, source, &err) < 0) || ledger_note(item, &err) < 0 ||
        stack_note_documents(item, run->options->keep_sheets, &err) < 0) {
        commit_item_free(item);
        run_fail(run, &err);
        return;
    }
    push(run, item);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void split(struct worker *worker, struct source *source)
{
    struct run *run = worker->run;
    struct err err = {0};
    char format[CELL_FORMAT_MAX] = "";
    uint32_t pages = 0;
    if (ensure_open(worker, source, format, &pages, &err) == 0) {
        if (worklist_split(run->list, source, format, pages, &err) < 0)
            run_fail(run, &err); /* UNTESTED: no memory */
        return;
    }
    if (err.kind != ERR_INPUT) {
        run_fail(run, &err);
        return;
    }
    source->why = err; /* nobody else works on a file that is being split */
    bring_to_end(run, source);
}

/* --- pages ------------------------------------------------------------------------------------ */

static bool plausible(const struct page_found *found)
{
    return found->status <= PAGE_BLANK && found->status != PAGE_FAILED && found->dpi < 100000 &&
           found->skew_deg >= -90 && found->skew_deg <= 90 && found->ink >= 0 && found->ink <= 1 &&
           found->confidence >= 0 && found->confidence <= 100 && found->turned_deg < 360 &&
           found->turned_deg % 90 == 0 && found->doubt < DOUBT_COUNT &&
           page_separator_valid(&found->separator, found->width_px, found->height_px);
}

static void start_record(const struct worker *worker, const struct source *source, uint32_t page,
                         const char *engine, struct page_record *record)
{
    *record = (struct page_record){.source = source->id, .index = page};
    (void)snprintf(record->engine, sizeof record->engine, "%s", engine);
    (void)snprintf(record->language, sizeof record->language, "%s", worker->run->options->language);
}

/* What the rules find. ERR_INPUT: the page bears a stamp of secrecy, and nothing of it is kept. */
static int add_fields(const struct worker *worker, struct commit_item *item,
                      const struct page_record *page, const struct page_text *text, struct err *err)
{
    const struct extract_rules *rules = worker->run->options->rules;
    CLEANUP(fields_record_done)
    struct fields_record record = {
        .source = page->source, .index = page->index, .engine = FIELDS_ENGINE};
    CLEANUP(bytes_done) struct bytes json = {0};
    if (!rules)
        return 0;
    record.rules = extract_rules_digest(rules);
    if (extract_page(rules, text, page->width_px, page->height_px, &record.fields, err) < 0)
        return -1;
    const struct field *secrecy = page_fields_get(&record.fields, "secrecy");
    if (secrecy)
        return err_input(err, REASON_SECRET, "page %u: %.40s", page->index + 1, secrecy->value);
    if (fields_record_write(&record, &json, err) < 0)
        return -1;
    return commit_item_add(item, OBJECT_META, &json, NULL, err);
}

static int add_text(const struct worker *worker, struct commit_item *item,
                    struct page_record *record, struct span packed, struct err *err)
{
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    const struct alto_page page = {.engine = record->engine,
                                   .language = record->language,
                                   .width_px = record->width_px,
                                   .height_px = record->height_px,
                                   .skew_deg = record->skew_deg};
    if (page_text_unpack(packed, &text, err) < 0 ||
        add_fields(worker, item, record, &text, err) < 0 ||
        alto_write(&text, &page, &alto, err) < 0 ||
        commit_item_add_text(item, &alto, worker->run->dictionary, &record->alto, err) < 0)
        return -1;
    record->has_alto = true;
    return 0;
}

/* Builds the page's objects from what the cell gave. ERR_INPUT: the cell talks nonsense. */
static int make_objects(const struct worker *worker, struct commit_item *item, uint32_t page,
                        struct cell_output *out, bool rasterised, struct err *err)
{
    CLEANUP(bytes_done) struct bytes json = {0};
    struct page_record record;
    if (!plausible(&out->found))
        return err_input(err, REASON_CRASHED, "the cell answered nonsense");
    start_record(worker, item->source, page, cell_link_engine(worker->link, out->second), &record);
    record.status = (enum page_status)out->found.status;
    record.width_px = out->found.width_px;
    record.height_px = out->found.height_px;
    record.dpi = out->found.dpi;
    record.skew_deg = out->found.skew_deg;
    record.ink = out->found.ink;
    record.confidence = out->found.confidence;
    record.turned_deg = out->found.turned_deg;
    (void)snprintf(record.doubt, sizeof record.doubt, "%s",
                   page_doubt_code((enum page_doubt)out->found.doubt));
    record.separator = out->found.separator;
    record.rasterised = rasterised;
    if (out->text.len > 0 && add_text(worker, item, &record, bytes_span(&out->text), err) < 0)
        return -1;
    if (out->access.len > 0) {
        if (commit_item_add(item, OBJECT_BLOB, &out->access, &record.image, err) < 0)
            return -1;
        record.has_image = true;
    }
    if (page_record_write(&record, &json, err) < 0)
        return -1;
    return commit_item_add(item, OBJECT_META, &json, NULL, err);
}

static void page_failed(struct worker *worker, struct source *source, uint32_t page,
                        const struct err *why)
{
    struct run *run = worker->run;
    CLEANUP(bytes_done) struct bytes json = {0};
    struct page_record record;
    struct err err = {0};
    start_record(worker, source, page, cell_link_engine(worker->link, false), &record);
    record.status = PAGE_FAILED;
    record.reason = why->reason;
    size_t len = strnlen(why->text, sizeof record.reason_detail - 1);
    while (
        !text_valid(span_of(why->text, len))) /* cut between letters: JSON takes no half of one */
        len--;
    memcpy(record.reason_detail, why->text, len);
    if (page_record_write(&record, &json, &err) < 0) {
        run_fail(run, &err); /* UNTESTED: no memory */
        return;
    }
    if (worklist_page_failed(run->list, source, page, &json, why))
        bring_to_end(run, source);
}

static int read_objects(struct worker *worker, struct commit_item *item, uint32_t page,
                        struct err *err)
{
    struct run *run = worker->run;
    char format[CELL_FORMAT_MAX];
    uint32_t pages = 0;
    bool rasterised = false;
    struct cell_output out = {.found = {0}};
    if (ensure_open(worker, item->source, format, &pages, err) < 0)
        return -1;
    int rc = cell_link_read(worker->link, page, &out, &rasterised, err);
    if (rc == 0) {
        uint64_t start = thread_cpu_ns();
        rc = make_objects(worker, item, page, &out, rasterised, err);
        if (rc == 0 && out.found.separator.kind != SEPARATOR_NONE)
            rc = worklist_note_sheet(run->list, item->source, page, out.found.separator.code, err);
        run_count_stage(run, STAGE_COMPRESS, start, 1);
        (void)pthread_mutex_lock(&run->lock);
        for (int id = 0; id < STAGE_COUNT; id++) {
            run->tally.stage_cpu_ns[id] += out.times.ns[id];
            run->tally.stage_pages[id] += out.times.ns[id] > 0;
        }
        (void)pthread_mutex_unlock(&run->lock);
    }
    bytes_done(&out.text);
    bytes_done(&out.access);
    return rc;
}

static void read_page(struct worker *worker, struct source *source, uint32_t page)
{
    struct run *run = worker->run;
    struct err err = {0};
    pool_take_page(run->pool);
    struct commit_item *item = commit_item_new(COMMIT_PAGE, source_keep(source), PAGE_OBJECTS);
    int rc = -1;
    if (!item) {
        err_sys(&err, "read a page"); /* UNTESTED: no memory */
        source_drop(source);
    } else
        rc = read_objects(worker, item, page, &err);

    (void)pthread_mutex_lock(&run->lock);
    run->tally.pages_read++;
    (void)pthread_mutex_unlock(&run->lock);
    if (rc == 0) {
        struct digest record = item->objects[item->object_len - 1].object.id;
        push(run, item);
        if (worklist_page_ok(run->list, source, page, &record))
            bring_to_end(run, source);
        return;
    }
    if (item)
        commit_item_free(item);
    pool_give_page(run->pool);
    if (err.kind == ERR_INPUT)
        page_failed(worker, source, page, &err);
    else
        run_fail(run, &err);
}

static void note_peak(struct worker *worker)
{
    struct run *run = worker->run;
    (void)pthread_mutex_lock(&run->lock);
    run->tally.peak_rss_bytes += cell_link_peak_rss(worker->link);
    (void)pthread_mutex_unlock(&run->lock);
}

static bool next_job(struct worker *worker, struct job *ret_job)
{
    struct worklist *list = worker->run->list;
    enum take take = worklist_take(list, worker->open, false, ret_job);
    if (take == TAKE_NOTHING) {
        cell_link_close(worker->link);
        forget_open(worker);
        take = worklist_take(list, NULL, true, ret_job);
    }
    return take == TAKE_JOB;
}

void *worker_thread(void *arg)
{
    struct worker worker = {.run = arg};
    struct run *run = worker.run;
    struct err err = {0};
    const struct cell_link_options options = {.isolation = run->options->isolation,
                                              .limits = run->options->limits,
                                              .language = run->options->language,
                                              .engine = run->options->engine};
    struct job job;
    worker.link = cell_link_new(&options, &err);
    if (!worker.link) {
        run_fail(run, &err);
        return NULL;
    }
    while (next_job(&worker, &job)) {
        if (job.kind == JOB_SPLIT)
            split(&worker, job.source);
        else
            read_page(&worker, job.source, job.page);
        source_drop(job.source);
    }
    cell_link_close(worker.link);
    forget_open(&worker);
    note_peak(&worker);
    cell_link_free(worker.link);
    return NULL;
}
