/* app/destruction.c - which pages and objects a destruction is about, and whether it may be. */
#include "app/destruction.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "records/dossier_code.h"
#include "records/page_record.h"
#include "storage/catalogue_fields.h"

void destruction_done(struct destruction *destruction)
{
    destruction_record_done(&destruction->record);
    free(destruction->pages);
    free(destruction->objects);
}

/* --- the pages --- */

static int note_page(void *self, const struct page_row *row, struct err *err)
{
    struct destruction *destruction = self;
    if (destruction->len == destruction->cap) {
        size_t cap = destruction->cap ? destruction->cap * 2 : 256;
        struct doomed *pages = realloc(destruction->pages, cap * sizeof *pages);
        if (!pages)
            return err_sys(err, "list %zu pages", cap); /* UNTESTED: no memory */
        destruction->pages = pages;
        destruction->cap = cap;
    }
    destruction->pages[destruction->len++] = (struct doomed){
        .source = row->page.source,
        .index = row->page.index,
        .record = row->page.record,
        .alto = row->page.alto,
        .image = row->page.image,
        .document = row->document,
    };
    return row->dossier[0] ? destruction_record_dossier(&destruction->record, row->dossier, err)
                           : 0;
}

/* How many pages the id stands for, or -1. */
static int find_pages(struct destruction *destruction, const char *id, struct err *err)
{
    struct catalogue *catalogue = destruction->reading->catalogue;
    const struct catalogue_query query = {.dossier = id, .limit = UINT32_MAX};
    struct digest digest;
    if (digest_parse(id, &digest)) {
        int pages = catalogue_pages_of(catalogue, &digest, note_page, destruction, err);
        return pages != 0
                   ? pages
                   : catalogue_pages_of_document(catalogue, &digest, note_page, destruction, err);
    }
    int pages = catalogue_pages_by_id(catalogue, id, note_page, destruction, err);
    if (pages != 0 || !dossier_code_plain(id))
        return pages;
    return catalogue_search(catalogue, &query, note_page, destruction, err);
}

static int by_page(const void *a, const void *b)
{
    const struct doomed *x = a, *y = b;
    int order = digest_compare(&x->source, &y->source);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool is_doomed(const struct destruction *destruction, const struct digest *source,
                      uint32_t index)
{
    const struct doomed key = {.source = *source, .index = index};
    return bsearch(&key, destruction->pages, destruction->len, sizeof key, by_page) != NULL;
}

int destruction_collect(struct destruction *destruction, char *const ids[], int n,
                        const char **ret_missing, struct err *err)
{
    for (int i = 0; i < n; i++) {
        int pages = find_pages(destruction, ids[i], err);
        if (pages < 0)
            return -1;
        *ret_missing = ids[i];
        if (pages == 0)
            return 0;
    }
    destruction_sort(destruction);
    return 1;
}

int destruction_add_file(struct destruction *destruction, const struct digest *source,
                         struct err *err)
{
    return catalogue_pages_of(destruction->reading->catalogue, source, note_page, destruction,
                              err) < 0
               ? -1
               : 0;
}

void destruction_sort(struct destruction *destruction)
{
    size_t len = 0;
    if (destruction->len > 1)
        qsort(destruction->pages, destruction->len, sizeof *destruction->pages, by_page);
    for (size_t i = 0; i < destruction->len; i++)
        if (len == 0 || by_page(&destruction->pages[i], &destruction->pages[len - 1]) != 0)
            destruction->pages[len++] = destruction->pages[i];
    destruction->len = len;
}

int destruction_may_read(const struct destruction *destruction, struct err *err)
{
    const struct reading *reading = destruction->reading;
    const struct digest *last = NULL;
    for (size_t i = 0; i < destruction->len; i++) {
        const struct digest *source = &destruction->pages[i].source;
        struct group_entry entry;
        if (last && digest_equal(last, source))
            continue;
        last = source;
        int found = catalogue_find_object(reading->catalogue, source, &entry, err);
        if (found > 0 && archive_may_read(reading->archive, entry.place, err) < 0 &&
            err->kind != ERR_SEALED) {
            *err = (struct err){.kind = ERR_NONE}; /* damaged: that hinders nobody */
            continue;
        }
        if (found < 0 || err->kind == ERR_SEALED)
            return -1;
    }
    return 0;
}

/* --- may it be? --- */

/* True when nothing is in the way of it; else it has been said what is. */
static bool may_go(const struct destruction *destruction, const char *what,
                   const struct retention_facts *facts, int64_t now_ns)
{
    char until[32];
    int64_t end_ns = retention_end_ns(facts->archived_ns, facts->years);
    if (facts->hold[0])
        log_line(LOG_ERROR, _("%s is held: %s"), what, facts->hold);
    else if (facts->years == RETENTION_PERMANENT)
        log_line(LOG_ERROR, _("%s is kept for ever"), what);
    else if (facts->years == RETENTION_UNSET && !destruction->record.no_retention[0])
        log_line(LOG_ERROR,
                 _("%s has no retention set: sohoa retain sets it; --no-retention-set TEXT says "
                   "why it may go all the same"),
                 what);
    else if (facts->years != RETENTION_UNSET &&
             !retention_over(facts->archived_ns, facts->years, now_ns))
        log_line(LOG_ERROR, _("%s is kept %u years, until %s"), what, facts->years,
                 time_text(end_ns, until));
    else
        return true;
    return false;
}

int destruction_check(const struct destruction *destruction, int64_t now_ns, uint32_t *ret_refused,
                      struct err *err)
{
    const struct digest *last = NULL;
    uint32_t refused = 0;
    assert(destruction->pages); /* they were collected */
    for (size_t i = 0; i < destruction->len; i++) {
        const struct doomed *page = &destruction->pages[i];
        struct retention_facts facts = {.years = RETENTION_UNSET};
        char what[PAGE_ID_MAX + DIGEST_HEX_LEN], hex[DIGEST_HEX_LEN + 1];
        if (last && digest_equal(last, &page->document))
            continue; /* pages of no document have no retention either */
        last = &page->document;
        if (digest_is_zero(last)) {
            page_id_make(&page->source, page->index, hex);
            (void)snprintf(what, sizeof what, _("page %s"), hex);
        } else {
            if (catalogue_retention(destruction->reading->catalogue, last, &facts, err) < 0)
                return -1;
            (void)snprintf(what, sizeof what, _("document %.16s"), digest_hex(last, hex));
        }
        refused += !may_go(destruction, what, &facts, now_ns);
    }
    *ret_refused = refused;
    return 0;
}

/* --- the objects --- */

static int add_candidate(struct destruction *destruction, const struct digest *id, struct err *err)
{
    if (digest_is_zero(id))
        return 0;
    if (destruction->object_len == destruction->object_cap) {
        size_t cap = destruction->object_cap ? destruction->object_cap * 2 : 1024;
        struct candidate *objects = realloc(destruction->objects, cap * sizeof *objects);
        if (!objects)
            return err_sys(err, "list %zu objects", cap); /* UNTESTED: no memory */
        destruction->objects = objects;
        destruction->object_cap = cap;
    }
    destruction->objects[destruction->object_len++] = (struct candidate){.id = *id};
    return 0;
}

static int by_id(const void *a, const void *b)
{
    return digest_compare(&((const struct candidate *)a)->id, &((const struct candidate *)b)->id);
}

static void sort_candidates(struct destruction *destruction)
{
    size_t len = 0;
    if (destruction->object_len > 1)
        qsort(destruction->objects, destruction->object_len, sizeof *destruction->objects, by_id);
    for (size_t i = 0; i < destruction->object_len; i++)
        if (len == 0 || by_id(&destruction->objects[i], &destruction->objects[len - 1]) != 0)
            destruction->objects[len++] = destruction->objects[i];
    destruction->object_len = len;
}

static void need(struct destruction *destruction, const struct digest *id)
{
    const struct candidate key = {.id = *id};
    struct candidate *found =
        bsearch(&key, destruction->objects, destruction->object_len, sizeof key, by_id);
    if (found)
        found->needed = true;
}

/* A page that stays needs its text, its picture, its file. */
static int note_use(void *self, const struct page_use *use, struct err *err)
{
    struct destruction *destruction = self;
    (void)err;
    if (is_doomed(destruction, &use->source, use->index))
        return 0;
    need(destruction, &use->source);
    need(destruction, &use->alto);
    need(destruction, &use->image);
    return 0;
}

/* A file goes whole, with its record, when no page of it is left, nor one that was lost. */
static int choose_source(struct destruction *destruction, const struct digest *source,
                         uint32_t doomed, struct err *err)
{
    struct source_facts facts;
    char hex[DIGEST_HEX_LEN + 1];
    int found = catalogue_source_facts(destruction->reading->catalogue, source, &facts, err);
    if (found <= 0)
        return found;
    if (doomed == facts.listed && facts.listed + facts.destroyed == facts.pages)
        return add_candidate(destruction, source, err) < 0
                   ? -1
                   : add_candidate(destruction, &facts.record, err);
    destruction->kept++;
    if (!destruction->silent)
        printf(_("file %s stays: other pages are in it, with the picture of the pages that go\n"),
               digest_hex(source, hex));
    return 0;
}

struct covering {
    struct destruction *destruction;
    bool all; /* every page the record names is to go, or is gone */
};

static int note_part(void *self, const struct page_range *range, enum part_role role,
                     struct err *err)
{
    struct covering *covering = self;
    if (role == PART_SUPERSEDED)
        return 0;
    for (uint32_t at = range->first; at <= range->last && covering->all; at++) {
        if (is_doomed(covering->destruction, &range->source, at))
            continue;
        int gone = catalogue_was_destroyed(covering->destruction->reading->catalogue,
                                           &range->source, at, err);
        if (gone < 0)
            return -1;
        covering->all = gone > 0;
    }
    return 0;
}

struct digest_list {
    struct digest *ids;
    size_t len, cap;
};

static int note_document(void *self, const struct history_row *row, struct err *err)
{
    struct digest_list *list = self;
    for (size_t i = list->len; i > 0 && i + 16 > list->len; i--)
        if (digest_equal(&list->ids[i - 1], &row->document))
            return 0; /* neighbours are of the same few papers */
    if (row->role == PART_SUPERSEDED)
        return 0;
    if (list->len == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        struct digest *ids = realloc(list->ids, cap * sizeof *ids);
        if (!ids)
            return err_sys(err, "list documents"); /* UNTESTED: no memory */
        list->ids = ids;
        list->cap = cap;
    }
    list->ids[list->len++] = row->document;
    return 0;
}

/* Every record, in force or corrected, that names pages of these only: its title may tell of them.
 */
static int choose_documents(struct destruction *destruction, struct err *err)
{
    struct catalogue *catalogue = destruction->reading->catalogue;
    struct digest_list list = {.ids = NULL};
    int rc = 0;
    for (size_t i = 0; i < destruction->len && rc >= 0; i++)
        rc = catalogue_history(catalogue, &destruction->pages[i].source,
                               destruction->pages[i].index, note_document, &list, err);
    for (size_t i = 0; i < list.len && rc >= 0; i++) {
        struct covering covering = {destruction, true};
        rc = catalogue_parts_of(catalogue, &list.ids[i], note_part, &covering, err);
        if (rc >= 0 && covering.all)
            rc = add_candidate(destruction, &list.ids[i], err);
    }
    free(list.ids);
    return rc < 0 ? -1 : 0;
}

static int note_fields(void *self, const struct catalogue_fields *row, struct err *err)
{
    return add_candidate(self, &row->id, err);
}

static int collect_candidates(struct destruction *destruction, struct err *err)
{
    uint32_t doomed = 0;
    for (size_t i = 0; i < destruction->len; i++) {
        const struct doomed *page = &destruction->pages[i];
        if (add_candidate(destruction, &page->record, err) < 0 ||
            add_candidate(destruction, &page->alto, err) < 0 ||
            add_candidate(destruction, &page->image, err) < 0 ||
            catalogue_fields_history(destruction->reading->catalogue, &page->source, page->index,
                                     note_fields, destruction, err) < 0)
            return -1; /* UNTESTED: no memory */
        doomed++;
        bool last = i + 1 == destruction->len ||
                    !digest_equal(&page->source, &destruction->pages[i + 1].source);
        if (last && choose_source(destruction, &page->source, doomed, err) < 0)
            return -1;
        if (last)
            doomed = 0;
    }
    return choose_documents(destruction, err);
}

static int tell_what_stays(struct destruction *destruction, const struct candidate *object)
{
    char hex[DIGEST_HEX_LEN + 1];
    destruction->kept++;
    if (!destruction->silent)
        printf(_("object %s stays: a page that is not to go needs it\n"),
               digest_hex(&object->id, hex));
    return 0;
}

int destruction_choose(struct destruction *destruction, struct err *err)
{
    struct destruction_record *record = &destruction->record;
    if (collect_candidates(destruction, err) < 0)
        return -1;
    sort_candidates(destruction);
    if (catalogue_list_uses(destruction->reading->catalogue, note_use, destruction, err) < 0)
        return -1;
    for (size_t i = 0; i < destruction->len; i++) {
        const struct doomed *page = &destruction->pages[i];
        const struct page_range range = {page->source, page->index, page->index};
        if (destruction_record_pages(record, range, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < destruction->object_len; i++) {
        const struct candidate *object = &destruction->objects[i];
        int rc = object->needed ? tell_what_stays(destruction, object)
                                : destruction_record_object(record, &object->id, err);
        if (rc < 0)
            return -1;
    }
    if (!destruction->silent)
        printf(_("%zu pages, %u objects to destroy\n"), destruction->len, record->object_len);
    return 0;
}
