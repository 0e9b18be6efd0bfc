/* app/store_fields.c - notes the fields of pages that have none, or older ones. */
#include "app/store_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/run_options.h"
#include "app/writing.h"
#include "base/clock.h"
#include "base/log.h"
#include "ocr/alto.h"
#include "records/fields_record.h"
#include "records/index.h"
#include "records/page_record.h"
#include "storage/catalogue_fields.h"

#define PAGES_AT_A_TIME 256u

struct storing {
    const struct extract_rules *rules;
    struct writing writing;
    struct stale_page pages[PAGES_AT_A_TIME];
    struct bytes raws[PAGES_AT_A_TIME]; /* what the objects are made from */
    struct object objects[PAGES_AT_A_TIME];
    struct place places[PAGES_AT_A_TIME];
    size_t page_len, object_len;
    uint64_t noted, unreadable;
};

static void drop_objects(struct storing *storing)
{
    for (size_t i = 0; i < storing->object_len; i++) {
        object_done(&storing->objects[i]);
        bytes_done(&storing->raws[i]);
    }
    storing->object_len = 0;
}

static void storing_freep(struct storing **storing)
{
    if (!*storing)
        return;
    drop_objects(*storing);
    writing_done(&(*storing)->writing);
    free(*storing);
}

static int note_page(void *self, const struct stale_page *page, struct err *err)
{
    struct storing *storing = self;
    (void)err;
    storing->pages[storing->page_len++] = *page;
    return 0;
}

static int extract(const struct storing *storing, const struct stale_page *page, struct bytes *json,
                   struct err *err)
{
    const struct reading *archive = &storing->writing.archive;
    CLEANUP(bytes_done) struct bytes alto = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(fields_record_done)
    struct fields_record record = {.source = page->source,
                                   .index = page->index,
                                   .rules = extract_rules_digest(storing->rules),
                                   .engine = FIELDS_ENGINE,
                                   .has_replaces = !digest_is_zero(&page->replaces),
                                   .replaces = page->replaces};
    if (index_read(archive->archive, archive->catalogue, &page->alto, &alto, err) < 0 ||
        alto_read(bytes_span(&alto), &text, err) < 0 ||
        extract_page(storing->rules, &text, page->width_px, page->height_px, &record.fields, err) <
            0)
        return -1;
    return fields_record_write(&record, json, err);
}

/* A text that is damaged costs the fields of its page, and is told of. */
static int add_page(struct storing *storing, const struct stale_page *page, struct err *err)
{
    struct bytes *raw = &storing->raws[storing->object_len];
    char id[PAGE_ID_MAX];
    *raw = (struct bytes){0};
    if (extract(storing, page, raw, err) < 0) {
        bytes_done(raw);
        if (err->kind == ERR_SYSTEM || err->kind == ERR_RETRY)
            return -1;
        page_id_make(&page->source, page->index, id);
        log_line(LOG_ERROR, _("page %s is left out: %s"), id, err->text);
        *err = (struct err){.kind = ERR_NONE};
        storing->unreadable++;
        return 0;
    }
    struct object *object = &storing->objects[storing->object_len];
    if (object_prepare(object, OBJECT_META, bytes_span(raw), true, NULL, err) < 0 ||
        writing_seal_like(&storing->writing, &page->source, err) < 0 ||
        writing_seal(&storing->writing, object, err) < 0) {
        object_done(object); /* UNTESTED: no memory; the text was read, so the key is there */
        bytes_done(raw);
        return -1;
    }
    storing->object_len++;
    return 0;
}

static int commit(struct storing *storing, struct err *err)
{
    struct reading *archive = &storing->writing.archive;
    if (storing->object_len == 0)
        return 0;
    if (archive_commit(archive->archive, storing->objects, storing->object_len,
                       clock_ns(CLOCK_REALTIME), storing->places, err) < 0 ||
        index_catch_up(archive->archive, archive->catalogue, NULL, err) < 0)
        return -1;
    storing->noted += storing->object_len;
    drop_objects(storing);
    return 0;
}

static int store_all(struct storing *storing, struct err *err)
{
    struct stale_query query = {.rules = extract_rules_digest(storing->rules),
                                .engine = FIELDS_ENGINE,
                                .limit = PAGES_AT_A_TIME};
    while (!*stop_flag()) {
        storing->page_len = 0;
        if (catalogue_stale_fields(storing->writing.archive.catalogue, &query, note_page, storing,
                                   err) < 0)
            return -1;
        if (storing->page_len == 0)
            return 0;
        for (size_t i = 0; i < storing->page_len; i++)
            if (add_page(storing, &storing->pages[i], err) < 0)
                return -1;
        if (commit(storing, err) < 0)
            return -1;
        query.after = storing->pages[storing->page_len - 1].n;
    }
    return 0;
}

int store_fields(const char *archive, const struct extract_rules *rules, bool json)
{
    struct err err = {0};
    CLEANUP(storing_freep) struct storing *storing = calloc(1, sizeof *storing);
    if (!storing) {
        err_sys(&err, "note fields"); /* UNTESTED: no memory */
        return report(&err);
    }
    storing->rules = rules;
    storing->writing.requests_fd = -1;
    int code = writing_open_alone(&storing->writing, archive);
    if (code != EXIT_DONE)
        return code;
    catch_signals();
    int rc = store_all(storing, &err);
    if (!json)
        printf(_("fields of %" PRIu64 " pages noted\n"), storing->noted);
    else {
        struct err print_err = {0};
        CLEANUP(json_freep)
        json_t *line = json_pack("{s:I s:I}", "noted", (json_int_t)storing->noted, "left_out",
                                 (json_int_t)storing->unreadable);
        if (json_print_line(line, &print_err) < 0 && rc == 0)
            return report(&print_err);
    }
    if (rc < 0)
        return report(&err);
    if (*stop_flag())
        return EXIT_INTERRUPTED;
    return storing->unreadable > 0 ? EXIT_FINDINGS : EXIT_DONE;
}
