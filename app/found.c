/* app/found.c - pages that sohoa find found, and how many there are of each kind. */
#include "app/found.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/csv.h"

/* Fields that have a column, and a place in the line people read. */
enum column { TYPE, NUMBER, DATE, ISSUER, SIGNER, ABSTRACT, COLUMNS };
static const char *const column_names[COLUMNS] = {
    [TYPE] = "type",     [NUMBER] = "number", [DATE] = "date",
    [ISSUER] = "issuer", [SIGNER] = "signer", [ABSTRACT] = "abstract"};

struct picked {
    char *values[COLUMNS]; /* the first of each; NULL: none; owned */
    json_t *list;          /* all of them; NULL: not wanted */
};

static void picked_done(struct picked *picked)
{
    for (size_t i = 0; i < COLUMNS; i++)
        free(picked->values[i]);
    json_decref(picked->list);
}

static const char *value_of(const struct picked *picked, enum column column)
{
    return picked->values[column] ? picked->values[column] : "";
}

static int pick(void *self, const struct catalogue_field *row, struct err *err)
{
    struct picked *picked = self;
    if (picked->list)
        json_array_append_new(
            picked->list, json_pack("{s:s s:s s:I s:s}", "field", row->name, "value", row->value,
                                    "confidence", (json_int_t)row->confidence, "rule", row->rule));
    for (size_t i = 0; i < COLUMNS; i++) {
        if (picked->values[i] || strcmp(row->name, column_names[i]) != 0)
            continue;
        picked->values[i] = strdup(row->value);
        if (!picked->values[i])
            return err_sys(err, "list fields"); /* UNTESTED: no memory */
    }
    return 0;
}

static int print_json(const struct search_hit *hit, struct picked *picked, struct err *err)
{
    json_t *boxes = json_array();
    for (size_t i = 0; i < hit->box_len; i++)
        json_array_append_new(boxes, json_pack("[i i i i]", hit->boxes[i].x, hit->boxes[i].y,
                                               hit->boxes[i].w, hit->boxes[i].h));
    CLEANUP(json_freep) json_t *json = page_row_json(hit->row);
    json_object_set_new(json, "score", json_real(hit->row->score));
    json_object_set_new(json, "snippet", json_string(hit->snippet));
    json_object_set_new(json, "boxes", boxes);
    json_object_set(json, "fields", picked->list);
    return json_print_line(json, err);
}

static void print_text(const struct found *found, const struct search_hit *hit,
                       const struct picked *picked)
{
    const char *number = value_of(picked, NUMBER);
    const char *what = number[0] ? number : value_of(picked, TYPE);
    const char *date = value_of(picked, DATE), *issuer = value_of(picked, ISSUER);
    printf(_("%s%s%s  page %u  %s\n"), found->bold ? "\033[1m" : "", hit->row->source_path,
           found->bold ? "\033[0m" : "", hit->row->page.index + 1, hit->row->page.id);
    if (what[0] || date[0] || issuer[0])
        printf("    [%s%s%s%s%s]\n", what, what[0] && (date[0] || issuer[0]) ? "  " : "", date,
               date[0] && issuer[0] ? "  " : "", issuer);
    printf("    %s\n", hit->snippet);
}

static int put_line(const char *const texts[], size_t n, struct err *err)
{
    CLEANUP(bytes_done) struct bytes line = {0};
    if (csv_line(&line, texts, n, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (fwrite(line.data, 1, line.len, stdout) != line.len)
        return err_sys(err, "standard output");
    return 0;
}

static int print_csv(const struct search_hit *hit, const struct picked *picked, struct err *err)
{
    char page[16], confidence[16];
    const struct page_row *row = hit->row;
    (void)snprintf(page, sizeof page, "%u", row->page.index + 1);
    (void)snprintf(confidence, sizeof confidence, "%.1f", row->page.confidence);
    const char *const texts[] = {
        row->source_path,
        page,
        row->page.id,
        row->page.status,
        confidence,
        row->dossier,
        value_of(picked, TYPE),
        value_of(picked, NUMBER),
        value_of(picked, DATE),
        value_of(picked, ISSUER),
        value_of(picked, SIGNER),
        value_of(picked, ABSTRACT),
    };
    return put_line(texts, ARRAY_LEN(texts), err);
}

int found_begin(const struct found *found, struct err *err)
{
    static const char *const names[] = {"source",     "index",   "page",   "status",
                                        "confidence", "dossier", "type",   "number",
                                        "date",       "issuer",  "signer", "abstract"};
    return found->form == FOUND_CSV ? put_line(names, ARRAY_LEN(names), err) : 0;
}

int found_page(void *self, const struct search_hit *hit, struct err *err)
{
    struct found *found = self;
    CLEANUP(picked_done)
    struct picked picked = {.list = found->form == FOUND_JSON ? json_array() : NULL};
    found->counted = hit->row->counted;
    if (catalogue_fields_of(found->catalogue, hit->row->page.id, pick, &picked, err) < 0)
        return -1;
    switch (found->form) {
    case FOUND_JSON:
        return print_json(hit, &picked, err);
    case FOUND_CSV:
        return print_csv(hit, &picked, err);
    case FOUND_TEXT:
        print_text(found, hit, &picked);
    }
    return 0;
}

/* --- counts --- */

struct counting {
    const struct found *found;
    enum facet facet;
};

static int print_count(void *self, const char *value, uint64_t pages, struct err *err)
{
    const struct counting *counting = self;
    const char *name = facet_name(counting->facet);
    char number[32];
    (void)snprintf(number, sizeof number, "%" PRIu64, pages);
    const char *const texts[] = {name, value, number};
    switch (counting->found->form) {
    case FOUND_CSV:
        return put_line(texts, ARRAY_LEN(texts), err);
    case FOUND_JSON: {
        CLEANUP(json_freep)
        json_t *json =
            json_pack("{s:s s:s s:I}", "facet", name, "value", value, "pages", (json_int_t)pages);
        return json_print_line(json, err);
    }
    case FOUND_TEXT:
        printf("  %8s  %s\n", number, value[0] ? value : _("(none)"));
    }
    return 0;
}

int found_facets(const struct found *found, const struct catalogue_query *query,
                 const bool wanted[FACETS], struct err *err)
{
    static const char *const names[] = {"facet", "value", "pages"};
    if (found->form == FOUND_CSV && put_line(names, ARRAY_LEN(names), err) < 0)
        return -1;
    for (enum facet facet = 0; facet < FACETS; facet++) {
        struct counting counting = {found, facet};
        if (!wanted[facet])
            continue;
        if (found->form == FOUND_TEXT)
            printf("%s\n", facet_name(facet));
        if (catalogue_facet(found->catalogue, query, facet, print_count, &counting, err) < 0)
            return -1;
    }
    return 0;
}
