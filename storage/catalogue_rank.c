/* storage/catalogue_rank.c - how well a page fits the words asked for: fit(words), in SQL.
 *
 * It is bm25 (Robertson and others 1994), but FTS5's own counts every page of every phrase before
 * it says anything about the first one. Here counting stops early; what is left is judged by what
 * was seen. */
#include <math.h>
#include <stdlib.h>

#include "storage/catalogue_impl.h"

#define COUNTED_MAX  1000 /* pages of a phrase that are counted; from there on it is estimated */
#define TIMES_WORTH  1.2  /* k1: how soon one more occurrence is worth little */
#define LENGTH_WORTH 0.75 /* b: how much a long page has to hold more of them */
#define COMMON_WORTH 1e-6 /* of a word that more than half of the pages hold */

/* What is the same for all pages of a query. */
struct weights {
    double words_a_page; /* on average */
    int len;
    double phrases[]; /* the rarer, the more */
};

struct counted {
    sqlite3_int64 pages, newest;
};

static int count_page(const Fts5ExtensionApi *api, Fts5Context *fts, void *self)
{
    struct counted *counted = self;
    counted->pages++;
    counted->newest = api->xRowid(fts);
    return counted->pages < COUNTED_MAX ? SQLITE_OK : SQLITE_DONE;
}

/* Pages are numbered from 1 without gaps, and visited from there: where the counting stopped says
 * how dense they stand. */
static double pages_of(const struct counted *counted, sqlite3_int64 all)
{
    double pages = (double)counted->pages;
    if (counted->pages == COUNTED_MAX && counted->newest > 0)
        pages *= (double)all / (double)counted->newest;
    return pages < (double)all ? pages : (double)all;
}

static int weigh_phrases(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_int64 all,
                         struct weights *weights)
{
    for (int i = 0; i < weights->len; i++) {
        struct counted counted = {0};
        int rc = api->xQueryPhrase(fts, i, &counted, count_page);
        if (rc != SQLITE_OK)
            return rc;
        double pages = pages_of(&counted, all);
        double worth = log(((double)all - pages + 0.5) / (pages + 0.5));
        weights->phrases[i] = worth > 0 ? worth : COMMON_WORTH;
    }
    return SQLITE_OK;
}

static int make_weights(const Fts5ExtensionApi *api, Fts5Context *fts, struct weights **ret_weights)
{
    sqlite3_int64 pages = 0, words = 0;
    int len = api->xPhraseCount(fts);
    struct weights *weights = malloc(sizeof *weights + (size_t)len * sizeof weights->phrases[0]);
    if (!weights)
        return SQLITE_NOMEM; /* UNTESTED: no memory */
    weights->len = len;
    int rc = api->xRowCount(fts, &pages);
    if (rc == SQLITE_OK)
        rc = api->xColumnTotalSize(fts, -1, &words);
    weights->words_a_page = words > 0 && pages > 0 ? (double)words / (double)pages : 1;
    /* One phrase alone weighs the same on every page. */
    if (rc == SQLITE_OK && len == 1)
        weights->phrases[0] = 1;
    else if (rc == SQLITE_OK)
        rc = weigh_phrases(api, fts, pages, weights);
    /* FTS5 keeps it until the query ends, and frees it also when it cannot keep it. */
    if (rc == SQLITE_OK)
        rc = api->xSetAuxdata(fts, weights, free);
    else
        free(weights);
    *ret_weights = weights;
    return rc;
}

static int times_on_page(const Fts5ExtensionApi *api, Fts5Context *fts, int phrase, int *ret_times)
{
    Fts5PhraseIter at;
    int column = 0, word = 0, times = 0;
    int rc = api->xPhraseFirst(fts, phrase, &at, &column, &word);
    for (; rc == SQLITE_OK && column >= 0; api->xPhraseNext(fts, &at, &column, &word))
        times++;
    *ret_times = times;
    return rc;
}

static int fit_of_page(const Fts5ExtensionApi *api, Fts5Context *fts, const struct weights *weights,
                       double *ret_fit)
{
    int words = 0;
    int rc = api->xColumnSize(fts, -1, &words);
    double length = 1 - LENGTH_WORTH + LENGTH_WORTH * words / weights->words_a_page;
    *ret_fit = 0;
    for (int i = 0; i < weights->len && rc == SQLITE_OK; i++) {
        int times = 0;
        rc = times_on_page(api, fts, i, &times);
        *ret_fit +=
            weights->phrases[i] * times * (TIMES_WORTH + 1) / (times + TIMES_WORTH * length);
    }
    return rc;
}

static void fit(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *answer, int n,
                sqlite3_value **values)
{
    struct weights *weights = api->xGetAuxdata(fts, 0);
    double score = 0;
    (void)n;
    (void)values;
    int rc = weights ? SQLITE_OK : make_weights(api, fts, &weights);
    if (rc == SQLITE_OK)
        rc = fit_of_page(api, fts, weights, &score);
    if (rc == SQLITE_OK)
        sqlite3_result_double(answer, score);
    else
        sqlite3_result_error_code(answer, rc);
}

/* FTS5 hands out its functions through a pointer that a query fills. */
int catalogue_rank_register(sqlite3 *db)
{
    fts5_api *api = NULL;
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_pointer(s, 1, (void *)&api, "fts5_api_ptr", NULL);
    if (rc == SQLITE_OK)
        (void)sqlite3_step(s);
    (void)sqlite3_finalize(s);
    if (rc == SQLITE_OK && !api)
        rc = SQLITE_ERROR;
    return rc == SQLITE_OK ? api->xCreateFunction(api, "fit", NULL, fit, NULL) : rc;
}
