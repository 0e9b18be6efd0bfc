/* app/lookup.c - what a user means by an id: a page, a source, a document, a dossier, any object.
 */
#include "app/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "records/dossier_code.h"
#include "records/index.h"

void lookup_done(struct lookup *lookup)
{
    free(lookup->pages);
    free(lookup->title);
    *lookup = (struct lookup){.pages = NULL};
}

struct collecting {
    struct reading *reading;
    struct lookup *lookup;
};

static int collect(void *self, const struct page_row *row, struct err *err)
{
    struct collecting *collecting = self;
    struct lookup *lookup = collecting->lookup;
    CLEANUP(bytes_done) struct bytes json = {0};
    if (lookup->is_papers && row->place < 0)
        return 0;
    if (lookup->is_papers && lookup->page_len >= LOOKUP_PAGES_MAX)
        return err_input(err, REASON_TOO_MANY_PAGES, "more than %u pages", LOOKUP_PAGES_MAX);
    struct page_record *pages =
        realloc(lookup->pages, (lookup->page_len + 1) * sizeof *lookup->pages);
    if (!pages)
        return err_sys(err, "list pages"); /* UNTESTED: no memory */
    lookup->pages = pages;
    if (index_read(collecting->reading->archive, collecting->reading->catalogue, &row->page.record,
                   &json, err) < 0 ||
        page_record_parse(bytes_span(&json), &pages[lookup->page_len], err) < 0)
        return -1;
    if (lookup->page_len == 0 && row->title[0] && !(lookup->title = strdup(row->title)))
        return err_sys(err, "list pages"); /* UNTESTED: no memory */
    if (row->archived_ns > lookup->archived_ns)
        lookup->archived_ns = row->archived_ns;
    lookup->page_len++;
    return 0;
}

static bool is_page_id(const char *id)
{
    return strlen(id) < PAGE_ID_MAX && strchr(id, '.') != NULL;
}

static int not_an_id(const char *id, struct err *err)
{
    return err_input(err, REASON_NONE, "'%.80s' is neither a page id nor a SHA-256", id);
}

int lookup_id(struct reading *reading, const char *id, struct lookup *ret_lookup, struct err *err)
{
    CLEANUP(lookup_done) struct lookup lookup = {.pages = NULL};
    struct collecting collecting = {reading, &lookup};
    lookup.is_digest = digest_parse(id, &lookup.id);
    if (!lookup.is_digest && !is_page_id(id))
        return not_an_id(id, err);
    int n = lookup.is_digest
                ? catalogue_pages_of(reading->catalogue, &lookup.id, collect, &collecting, err)
                : catalogue_pages_by_id(reading->catalogue, id, collect, &collecting, err);
    if (n < 0)
        return -1;
    *ret_lookup = lookup;
    lookup = (struct lookup){.pages = NULL};
    return 0;
}

static int note_source(void *self, const struct page_row *row, struct err *err)
{
    struct digest *id = self;
    (void)err;
    *id = row->page.source;
    return 0;
}

int lookup_object(struct reading *reading, const char *id, struct group_entry *ret_entry,
                  struct err *err)
{
    struct digest object;
    if (!digest_parse(id, &object)) {
        if (!is_page_id(id))
            return not_an_id(id, err);
        int n = catalogue_pages_by_id(reading->catalogue, id, note_source, &object, err);
        if (n <= 0)
            return n;
    }
    return catalogue_find_object(reading->catalogue, &object, ret_entry, err);
}

int lookup_papers(struct reading *reading, const char *id, struct lookup *ret_lookup,
                  struct err *err)
{
    CLEANUP(lookup_done) struct lookup lookup = {.pages = NULL};
    struct err why = {0};
    struct collecting collecting = {reading, &lookup};
    const struct catalogue_query query = {.dossier = id, .limit = UINT32_MAX};
    const bool is_code = dossier_code_plain(id);
    int rc = lookup_id(reading, id, &lookup, &why);
    if (rc < 0 && (why.kind != ERR_INPUT || !is_code)) {
        *err = why;
        return -1;
    }
    if (lookup.page_len == 0) {
        lookup.is_papers = true;
        rc = 0;
        if (lookup.is_digest)
            rc = catalogue_pages_of_document(reading->catalogue, &lookup.id, collect, &collecting,
                                             err);
        else if (is_code)
            rc = catalogue_search(reading->catalogue, &query, collect, &collecting, err);
        if (rc < 0)
            return -1;
        if (is_code) { /* its documents have titles of their own */
            free(lookup.title);
            lookup.title = NULL;
        }
    }
    *ret_lookup = lookup;
    lookup = (struct lookup){.pages = NULL};
    return 0;
}
