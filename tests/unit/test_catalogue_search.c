/* tests/unit/test_catalogue_search.c - more matches than are put in order: which pages a search
 * gives, in which order, whatever piece of the list is asked for. */
#include <math.h>
#include <sqlite3.h>

#include "tests/unit/catalogue_fixture.h"

#define PAGES  (RANKED_MAX + 600u)
#define RARE_N 500u /* one page of so many holds the rare word */

static char *dir; /* made once for all tests */

static void repeat(struct bytes *text, const char *word, unsigned times)
{
    struct err err = {0};
    for (unsigned i = 0; i < times; i++)
        assert_ok(bytes_printf(text, &err, " %s", word), err);
}

/* Page n: "chung" on all, once or up to five times; "vua" on two of five; "hiem" on few; a phrase
 * on every third; more or fewer words besides. */
static void add_numbered(struct catalogue *catalogue, unsigned n)
{
    struct err err = {0};
    struct bytes text = {0};
    char id[PAGE_ID_MAX];
    (void)snprintf(id, sizeof id, "%u", n);
    repeat(&text, "chung", 1 + n * 7 % 5);
    repeat(&text, "vua", n % 5 < 2);
    repeat(&text, "hiem", n % RARE_N == 3 ? 1 + n / RARE_N % 2 : 0);
    repeat(&text, n % 3 ? "cap mot" : "mot cap", 1);
    repeat(&text, "khac", n * 13 % 29);
    struct catalogue_page page = plain_page(id, digest_n(n % 2), n / 2);
    assert_ok(catalogue_add_page(catalogue, &page, bytes_span(&text), bytes_span(&text), &err),
              err);
    bytes_done(&text);
}

static void add_dossier(struct catalogue *catalogue)
{
    struct err err = {0};
    const struct page_range odd = {digest_n(1), 0, 99};
    struct catalogue_document document = {.id = digest_n(9999),
                                          .dossier = "H57-250705-0001",
                                          .title = "",
                                          .by = "assigned",
                                          .batch = "",
                                          .made_ns = 1,
                                          .parts = &odd,
                                          .part_len = 1};
    assert_ok(catalogue_add_document(catalogue, &document, &err), err);
}

static void fill_dir(void)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    for (unsigned i = 0; i < 2; i++) {
        struct catalogue_source source = {.id = digest_n(i),
                                          .path = i ? "odd.pdf" : "even.pdf",
                                          .format = "pdf",
                                          .archived_ns = 1000 + (int64_t)i};
        assert_ok(catalogue_add_source(catalogue, &source, &err), err);
    }
    for (unsigned n = 0; n < PAGES; n++)
        add_numbered(catalogue, n);
    add_dossier(catalogue);
    assert_ok(catalogue_end(catalogue, (struct place){1, 4096}, 1, &err), err);
    catalogue_close(catalogue);
}

struct found {
    unsigned pages[PAGES];
    double scores[PAGES];
    size_t len;
    uint32_t counted;
};

static int note(void *self, const struct page_row *row, struct err *err)
{
    struct found *found = self;
    (void)err;
    assert_true(found->len < PAGES);
    assert_true(found->len == 0 || found->counted == row->counted);
    found->pages[found->len] = (unsigned)strtoul(row->page.id, NULL, 10);
    found->scores[found->len] = row->score;
    found->counted = row->counted;
    found->len++;
    return 0;
}

static void look(struct catalogue *catalogue, const struct catalogue_query *query,
                 struct found *found)
{
    struct err err = {0};
    size_t before = found->len;
    int n = catalogue_search(catalogue, query, note, found, &err);
    assert_ok(n, err);
    assert_int_equal(n, found->len - before);
}

static void find_all(const struct catalogue_query *query, struct found *ret_found)
{
    struct catalogue *catalogue = open_in(dir, ARCHIVE_READ);
    struct catalogue_query all = *query;
    all.limit = UINT32_MAX;
    *ret_found = (struct found){.len = 0};
    look(catalogue, &all, ret_found);
    catalogue_close(catalogue);
}

/* What FTS5 itself says: the pages that match, and how well by its own bm25(). */
static size_t ask_fts5(const char *match, double ret_scores[PAGES])
{
    char path[300];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    size_t len = 0;
    for (unsigned n = 0; n < PAGES; n++)
        ret_scores[n] = -1;
    (void)snprintf(path, sizeof path, "%s/catalogue.db", dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT p.id, -bm25(words) FROM words w JOIN page p"
                                        " ON p.n = w.rowid WHERE words MATCH ?1",
                                        -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_bind_text(s, 1, match, -1, SQLITE_STATIC), SQLITE_OK);
    for (; sqlite3_step(s) == SQLITE_ROW; len++)
        ret_scores[sqlite3_column_int(s, 0)] = sqlite3_column_double(s, 1);
    (void)sqlite3_finalize(s);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return len;
}

/* The newest RANKED_MAX by score, of equals the older; those before them newest first. */
static void assert_in_order(const struct found *found)
{
    for (size_t i = 1; i < found->len; i++) {
        unsigned before = found->pages[i - 1], page = found->pages[i];
        double worse = found->scores[i - 1] - found->scores[i];
        if (i < RANKED_MAX && (worse < 0 || (worse == 0 && before >= page)))
            fail_msg("page %u before %u, %g better", before, page, worse);
        if (i > RANKED_MAX && before <= page)
            fail_msg("page %u before %u, behind the best", before, page);
    }
    for (size_t i = RANKED_MAX; i < found->len; i++)
        for (size_t k = 0; k < RANKED_MAX; k++)
            assert_true(found->pages[k] > found->pages[i]);
}

static const struct words_case {
    const char *why, *match;
    bool one_phrase; /* FTS5 weighs it, we do not: it is alone */
} cases[] = {
    {"a word of every page", "folded : chung", true},
    {"a word of some pages", "folded : vua", true},
    {"a rare word", "folded : hiem", true},
    {"a phrase of words that are everywhere", "folded : \"mot cap\"", true},
    {"a word of both keys", "khac", true},
    {"two words", "folded : chung AND toned : vua", false},
    {"a common word and a rare one", "folded : chung AND folded : hiem", false},
    {"a phrase and a word", "folded : \"cap mot\" AND folded : vua", false},
    {"words that never meet", "folded : \"cap mot\" AND folded : \"mot cap\"", false},
    {"a word that is nowhere", "folded : khong", true},
};

static void finds_what_fts5_finds_and_ranks_it_alike(void **state)
{
    const struct words_case *c = *state;
    static struct found found;
    static double scores[PAGES];
    double ratio = 0;
    find_all(&(struct catalogue_query){.match = c->match}, &found);
    assert_int_equal(found.len, ask_fts5(c->match, scores));
    assert_int_equal(found.counted, found.len < RANKED_MAX ? found.len : RANKED_MAX);
    assert_in_order(&found);
    for (size_t i = 0; i < found.len; i++) {
        double score = scores[found.pages[i]];
        assert_true(score > 0); /* it matches, and is found once: */
        scores[found.pages[i]] = -1;
        if (i == 0)
            ratio = c->one_phrase ? found.scores[0] / score : 1;
        if (fabs(found.scores[i] / score / ratio - 1) > (c->one_phrase ? 1e-9 : 0.02))
            fail_msg("page %u: %g, by FTS5 %g", found.pages[i], found.scores[i], score);
    }
}

static void any_piece_is_a_piece_of_the_whole(void **state)
{
    (void)state;
    static const uint32_t steps[] = {1, 699, RANKED_MAX - 1, RANKED_MAX, RANKED_MAX + 1};
    static struct found all, pieces;
    find_all(&(struct catalogue_query){.match = "folded : chung"}, &all);
    assert_int_equal(all.len, PAGES);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct catalogue *catalogue = open_in(dir, ARCHIVE_READ);
        uint32_t from = steps[i] == 1 ? RANKED_MAX - 2 : 0; /* singly around the border only */
        uint32_t to = steps[i] == 1 ? RANKED_MAX + 2 : PAGES + 3;
        pieces.len = 0;
        for (uint32_t at = from; at < to; at += steps[i])
            look(catalogue,
                 &(struct catalogue_query){
                     .match = "folded : chung", .limit = steps[i], .offset = at},
                 &pieces);
        assert_int_equal(pieces.len, (to > PAGES ? PAGES : to) - from);
        assert_memory_equal(pieces.pages, all.pages + from, pieces.len * sizeof pieces.pages[0]);
        catalogue_close(catalogue);
    }
}

static const struct filter_case {
    const char *why;
    struct catalogue_query query;
    unsigned pages;
} filters[] = {
    {"one file", {.match = "folded : chung", .source_like = "odd"}, PAGES / 2},
    {"a file that is not there", {.match = "folded : chung", .source_like = "x"}, 0},
    {"from a time", {.match = "folded : chung", .from_ns = 1001}, PAGES / 2},
    {"before a time", {.match = "folded : chung", .to_ns = 1001}, PAGES / 2},
    {"a dossier", {.match = "folded : chung", .dossier = "H57-*"}, 100},
    {"another", {.match = "folded : chung", .dossier = "H58-*"}, 0},
    {"no dossier", {.match = "folded : chung", .unassigned = true}, PAGES - 100},
    {"no dossier, and one file",
     {.match = "folded : chung", .unassigned = true, .source_like = "odd"},
     PAGES / 2 - 100},
};

static bool passes(const struct catalogue_query *query, unsigned page)
{
    bool odd = page % 2, filed = odd && page / 2 < 100;
    return (!query->source_like || odd) && (!query->from_ns || odd) && (!query->to_ns || !odd) &&
           (!query->dossier || filed) && (!query->unassigned || !filed);
}

static void filters_before_it_counts(void **state)
{
    const struct filter_case *c = *state;
    static struct found found;
    find_all(&c->query, &found);
    assert_int_equal(found.len, c->pages);
    assert_in_order(&found);
    for (size_t i = 0; i < found.len; i++)
        assert_true(passes(&c->query, found.pages[i]));
    if (found.len > 0)
        assert_int_equal(found.counted, found.len < RANKED_MAX ? found.len : RANKED_MAX);
}

static int stop(void *self, const struct page_row *row, struct err *err)
{
    int *left = self;
    (void)row;
    return (*left)-- > 0 ? 0 : err_set(err, ERR_SYSTEM, "enough");
}

static void a_visit_that_fails_ends_the_search(void **state)
{
    (void)state;
    struct catalogue *catalogue = open_in(dir, ARCHIVE_READ);
    const int afters[] = {0, 5, RANKED_MAX + 5};
    for (size_t i = 0; i < ARRAY_LEN(afters); i++) {
        struct err err = {0};
        int left = afters[i];
        const struct catalogue_query query = {.match = "folded : chung", .limit = UINT32_MAX};
        assert_int_equal(catalogue_search(catalogue, &query, stop, &left, &err), -1);
        assert_string_equal(err.text, "enough");
    }
    catalogue_close(catalogue);
}

static void what_fts5_cannot_read_is_an_error(void **state)
{
    (void)state;
    static const char *const matches[] = {"\"", "nocolumn : a", "a AND", "(a"};
    struct catalogue *catalogue = open_in(dir, ARCHIVE_READ);
    for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
        struct err err = {0};
        const struct catalogue_query query = {.match = matches[i], .limit = 9};
        int left = 0;
        assert_int_equal(catalogue_search(catalogue, &query, stop, &left, &err), -1);
        assert_non_null(strstr(err.text, "catalogue: search: "));
    }
    catalogue_close(catalogue);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(any_piece_is_a_piece_of_the_whole),
        cmocka_unit_test(a_visit_that_fails_ends_the_search),
        cmocka_unit_test(what_fts5_cannot_read_is_an_error),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(cases) + ARRAY_LEN(filters)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[n++] = (struct CMUnitTest){cases[i].why, finds_what_fts5_finds_and_ranks_it_alike,
                                         NULL, NULL, (void *)&cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        tests[n++] = (struct CMUnitTest){filters[i].why, filters_before_it_counts, NULL, NULL,
                                         (void *)&filters[i]};
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    dir = test_dir_make();
    fill_dir();
    int failed = cmocka_run_group_tests_name("catalogue_search", tests, NULL, NULL);
    test_dir_remove(dir);
    return failed;
}
