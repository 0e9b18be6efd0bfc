/* app/papers.c - the papers of a dossier, as packages and other systems are told of them. */
#include "app/papers.h"

#include <stdlib.h>
#include <string.h>

#include "app/mask.h"
#include "ocr/alto.h"
#include "records/index.h"
#include "records/source_record.h"

void papers_done(struct papers *papers)
{
    for (size_t i = 0; i < papers->len; i++) {
        free(papers->items[i].title);
        page_fields_done(&papers->items[i].fields);
    }
    for (size_t i = 0; i < papers->original_len; i++)
        free(papers->originals[i].path);
    free(papers->items);
    free(papers->originals);
    lookup_done(&papers->lookup);
    *papers = (struct papers){.items = NULL};
}

const char *paper_field(const struct paper *paper, const char *name)
{
    const struct field *field = page_fields_get(&paper->fields, name);
    return field ? field->value : "";
}

struct collecting {
    struct reading *reading;
    struct papers *papers;
    size_t pages;
};

static int add_original(struct collecting *collecting, const struct page_row *row, struct err *err)
{
    struct papers *papers = collecting->papers;
    struct reading *reading = collecting->reading;
    CLEANUP(source_record_done) struct source_record record = {.pages = NULL};
    CLEANUP(bytes_done) struct bytes json = {0};
    struct source_facts facts;
    for (size_t i = papers->original_len; i-- > 0;)
        if (digest_equal(&papers->originals[i].id, &row->page.source))
            return 0;
    int found = catalogue_source_facts(reading->catalogue, &row->page.source, &facts, err);
    if (found == 0)
        return err_set(err, ERR_CORRUPT, "the catalogue lacks the file of page %s", row->page.id);
    if (found < 0 ||
        index_read(reading->archive, reading->catalogue, &facts.record, &json, err) < 0 ||
        source_record_parse(bytes_span(&json), &record, err) < 0)
        return -1;
    struct original *originals =
        realloc(papers->originals, (papers->original_len + 1) * sizeof *originals);
    if (!originals)
        return err_sys(err, "list files"); /* UNTESTED: no memory */
    papers->originals = originals;
    struct original *original = &originals[papers->original_len];
    *original = (struct original){.id = record.id,
                                  .path = mask_copy(record.path),
                                  .bytes = record.size_bytes,
                                  .archived_ns = row->archived_ns};
    memcpy(original->format, record.format, sizeof original->format);
    papers->original_len++;
    return original->path ? 0 : err_sys(err, "list files"); /* UNTESTED: no memory */
}

/* The paper the row is of: the last one, or one more. */
static struct paper *paper_of(struct papers *papers, const struct page_row *row, size_t first,
                              struct err *err)
{
    if (papers->len > 0 && digest_equal(&papers->items[papers->len - 1].id, &row->document))
        return &papers->items[papers->len - 1];
    struct paper *items = realloc(papers->items, (papers->len + 1) * sizeof *items);
    char *title = mask_copy(row->title);
    if (items)
        papers->items = items;
    if (!items || !title) { /* UNTESTED: no memory */
        free(title);
        err_sys(err, "list papers");
        return NULL;
    }
    items[papers->len] = (struct paper){.id = row->document, .title = title, .first = first};
    return &items[papers->len++];
}

/* The rows come in the order of the lookup's pages. */
static int collect(void *self, const struct page_row *row, struct err *err)
{
    struct collecting *collecting = self;
    struct papers *papers = collecting->papers;
    if (row->place < 0)
        return 0;
    struct paper *paper = paper_of(papers, row, collecting->pages, err);
    if (!paper)
        return -1; /* UNTESTED: no memory */
    paper->len++;
    paper->failed += strcmp(row->page.status, page_status_name(PAGE_FAILED)) == 0;
    if (row->archived_ns > paper->archived_ns)
        paper->archived_ns = row->archived_ns;
    if (row->retention > papers->retention)
        papers->retention = row->retention;
    collecting->pages++;
    return add_original(collecting, row, err);
}

/* The one place that knows where the fields of a page come from. */
static int read_fields(struct reading *reading, const struct extract_rules *rules,
                       const struct page_record *page, struct page_fields *fields, struct err *err)
{
    CLEANUP(bytes_done) struct bytes alto = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    if (!page->has_alto)
        return 0;
    if (index_read(reading->archive, reading->catalogue, &page->alto, &alto, err) < 0 ||
        alto_read(bytes_span(&alto), &text, err) < 0)
        return -1;
    return extract_page(rules, &text, page->width_px, page->height_px, fields, err);
}

/* A paper's head is on its first page; what others quote further on is not about it. */
static bool is_of_the_end(const char *name)
{
    static const char *const names[] = {"signer", "signer_title", "capacity", "recipients"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static int take_fields(struct paper *paper, const struct page_fields *found, bool first,
                       struct err *err)
{
    for (size_t i = 0; i < found->len; i++) {
        const struct field *field = &found->items[i];
        if ((!first && !is_of_the_end(field->name)) || page_fields_get(&paper->fields, field->name))
            continue;
        if (page_fields_add(&paper->fields, field->name, field->value, err) < 0)
            return -1;
        mask_person_ids(paper->fields.items[paper->fields.len - 1].value);
    }
    return 0;
}

static int look_at(struct reading *reading, const struct extract_rules *rules,
                   struct papers *papers, struct paper *paper, struct err *err)
{
    for (size_t i = 0; i < paper->len; i++) {
        CLEANUP(page_fields_done) struct page_fields found = {.items = NULL};
        if (read_fields(reading, rules, &papers->lookup.pages[paper->first + i], &found, err) < 0 ||
            take_fields(paper, &found, i == 0, err) < 0)
            return -1;
    }
    return 0;
}

int papers_read(struct reading *reading, const struct extract_rules *rules, const char *code,
                struct papers *papers, struct err *err)
{
    struct collecting collecting = {.reading = reading, .papers = papers};
    const struct catalogue_query query = {.dossier = code, .limit = UINT32_MAX};
    if (lookup_papers(reading, code, &papers->lookup, err) < 0)
        return -1;
    if (papers->lookup.page_len == 0)
        return 0;
    if (catalogue_search(reading->catalogue, &query, collect, &collecting, err) < 0)
        return -1;
    if (collecting.pages != papers->lookup.page_len)
        return err_set(err, ERR_CORRUPT, "the catalogue has %zu pages of %s, then %zu",
                       papers->lookup.page_len, code, collecting.pages); /* UNTESTED: held */
    papers->rules = extract_rules_digest(rules);
    for (size_t i = 0; i < papers->len; i++) {
        papers->failed += papers->items[i].failed;
        if (look_at(reading, rules, papers, &papers->items[i], err) < 0)
            return -1;
    }
    return 0;
}

int paper_name(const struct paper *paper, size_t number, struct bytes *out, struct err *err)
{
    const char *const parts[] = {paper_field(paper, "type"), paper_field(paper, "number"),
                                 paper_field(paper, "abstract")};
    const size_t before = out->len;
    if (paper->title[0])
        return bytes_append(out, span_of(paper->title, strlen(paper->title) + 1), err);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i][0] &&
            bytes_printf(out, err, "%s%s", out->len > before ? " " : "", parts[i]) < 0)
            return -1; /* UNTESTED: no memory */
    if (out->len == before && bytes_printf(out, err, "%zu", number) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of("", 1), err);
}
