/* storage/catalogue_search.c - searches: what order pages come in, and what it may cost.
 *
 * A word that most of the archive holds must be found as quickly as a rare one. So the newest
 * RANKED_MAX matches are put in order, best first; those before them follow as they come, newest
 * first, and are looked at only when somebody asks for so many. */
#include <stdlib.h>

#include "storage/catalogue_impl.h"

struct match {
    int64_t n; /* of the page, in the order they were archived */
    double score;
};

static const char *source_like(const struct catalogue_query *query)
{
    return query->source_like && query->source_like[0] ? query->source_like : NULL;
}

static int bind_filters(sqlite3_stmt *s, const struct catalogue_query *query)
{
    return bind_text(s, 1, source_like(query)) | sqlite3_bind_int64(s, 2, query->from_ns) |
           sqlite3_bind_int64(s, 3, query->to_ns) |
           (query->dossier ? catalogue_bind_dossier(s, query->dossier) : SQLITE_OK) |
           sqlite3_bind_int(s, 9, query->unassigned);
}

static int browse(struct catalogue *catalogue, const struct catalogue_query *query,
                  page_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s =
        catalogue_sql(catalogue, query->dossier ? SQL_BROWSE_DOSSIER : SQL_BROWSE, err);
    if (!s)
        return -1;
    if (bind_filters(s, query) | bind_u64(s, 4, query->limit) | bind_u64(s, 5, query->offset))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_visit_rows(catalogue, s, visit, self, err);
}

/* Matches, newest first. Most searches ask for words only, and need no other table for that. */
static sqlite3_stmt *matches_of(struct catalogue *catalogue, const struct catalogue_query *query,
                                struct err *err)
{
    bool filtered =
        source_like(query) || query->from_ns || query->to_ns || query->dossier || query->unassigned;
    sqlite3_stmt *s = catalogue_sql(catalogue, filtered ? SQL_MATCH_FILTERED : SQL_MATCH, err);
    if (s && (bind_text(s, 6, query->match) | (filtered ? bind_filters(s, query) : SQLITE_OK))) {
        catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
        return NULL;
    }
    return s;
}

static struct match read_match(sqlite3_stmt *s)
{
    return (struct match){sqlite3_column_int64(s, 0), sqlite3_column_double(s, 1)};
}

/* Of equals the older page, so that alike pages of one file stand in its order. */
static int better_first(const void *a, const void *b)
{
    const struct match *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->n < y->n ? -1 : x->n > y->n;
}

/* Where a search is. */
struct walk {
    struct catalogue *catalogue;
    uint64_t skip, room; /* pages still to leave out, still to show */
    uint32_t counted;
    page_visit *visit;
    void *self;
    int visited;
};

static int show_match(struct walk *walk, const struct match *match, struct err *err)
{
    if (walk->skip > 0) {
        walk->skip--;
        return 0;
    }
    sqlite3_stmt *s = catalogue_sql(walk->catalogue, SQL_PAGE_BY_N, err);
    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, match->n) | sqlite3_bind_double(s, 2, match->score) |
        bind_u64(s, 3, walk->counted))
        return catalogue_fail(walk->catalogue, "bind", err); /* UNTESTED: no memory */
    int n = catalogue_visit_rows(walk->catalogue, s, walk->visit, walk->self, err);
    if (n < 0)
        return -1;
    walk->visited += n;
    walk->room--;
    return 0;
}

/* 1 there may be more matches, 0 these are all, -1. */
static int take_newest(struct catalogue *catalogue, sqlite3_stmt *s,
                       struct match ret_newest[RANKED_MAX], uint32_t *ret_len, struct err *err)
{
    uint32_t len = 0;
    int rc = 1;
    while (len < RANKED_MAX && (rc = catalogue_step(catalogue, s, "search", err)) > 0)
        ret_newest[len++] = read_match(s);
    *ret_len = len;
    return rc;
}

static int search_words(struct walk *walk, sqlite3_stmt *s, struct err *err)
{
    struct match newest[RANKED_MAX];
    int more = take_newest(walk->catalogue, s, newest, &walk->counted, err);
    if (more < 0)
        return -1;
    qsort(newest, walk->counted, sizeof newest[0], better_first);
    for (uint32_t i = 0; i < walk->counted && walk->room > 0; i++)
        if (show_match(walk, &newest[i], err) < 0)
            return -1;
    while (more > 0 && walk->room > 0) {
        more = catalogue_step(walk->catalogue, s, "search", err);
        struct match match = more > 0 ? read_match(s) : (struct match){0};
        if (more < 0 || (more > 0 && show_match(walk, &match, err) < 0))
            return -1;
    }
    return walk->visited;
}

/* The statement has left out and cut off what is to be. */
static int show_all(struct walk *walk, sqlite3_stmt *s, struct err *err)
{
    int rc = 0;
    walk->skip = 0;
    while ((rc = catalogue_step(walk->catalogue, s, "search", err)) > 0) {
        const struct match match = read_match(s);
        if (show_match(walk, &match, err) < 0)
            return -1;
    }
    return rc < 0 ? -1 : walk->visited;
}

static int search_composed(struct walk *walk, const struct catalogue_query *query, struct err *err)
{
    sqlite3_stmt *s = catalogue_compose(walk->catalogue, query, err);
    if (!s)
        return -1;
    bool ranked = query->match && query->match[0] && query->sort == SORT_DEFAULT;
    int n = ranked ? search_words(walk, s, err) : show_all(walk, s, err);
    (void)sqlite3_finalize(s); /* its error was reported when it was stepped */
    return n;
}

int catalogue_search(struct catalogue *catalogue, const struct catalogue_query *query,
                     page_visit *visit, void *self, struct err *err)
{
    struct walk walk = {.catalogue = catalogue,
                        .skip = query->offset,
                        .room = query->limit,
                        .visit = visit,
                        .self = self};
    if (query->papers || query->sort != SORT_DEFAULT)
        return search_composed(&walk, query, err);
    if (!query->match || !query->match[0])
        return browse(catalogue, query, visit, self, err);
    sqlite3_stmt *s = matches_of(catalogue, query, err);
    if (!s)
        return -1;
    int n = search_words(&walk, s, err);
    (void)sqlite3_reset(s); /* its error was reported when it was stepped */
    return n;
}
