/* tests/unit/test_catalogue_documents.c - pages and the papers they are in: who has a page, what a
 * dossier holds, what belongs nowhere yet. */
#include <sqlite3.h>

#include "tests/unit/catalogue_fixture.h"

#define SOURCES  3u
#define PAGES    12u /* of each */
#define ROUNDS   400u
#define RUNS_MAX 4u

static struct digest document_id(unsigned n)
{
    return digest_n(5000 + n);
}

/* Page index of every source says "trang", and its number. */
static void add_numbered(struct catalogue *catalogue, unsigned source, unsigned index)
{
    struct err err = {0};
    char id[PAGE_ID_MAX], text[32];
    (void)snprintf(id, sizeof id, "%u.%u", source, index);
    (void)snprintf(text, sizeof text, "trang %u", index);
    struct catalogue_page page = plain_page(id, digest_n(source), index);
    assert_ok(catalogue_add_page(catalogue, &page, span_of_text(text), span_of_text(text), &err),
              err);
}

static void add_sources(struct catalogue *catalogue)
{
    struct err err = {0};
    static const char *const paths[] = {"c/0.tif", "b/1.tif", "a/2.tif"};
    for (unsigned i = 0; i < SOURCES; i++) {
        struct catalogue_source source = {.id = digest_n(i),
                                          .path = paths[i],
                                          .format = "tiff",
                                          .pages = PAGES,
                                          .archived_ns = 1000 + (int64_t)i};
        assert_ok(catalogue_add_source(catalogue, &source, &err), err);
        for (unsigned k = 0; k < PAGES; k++)
            add_numbered(catalogue, i, k);
    }
}

static void add_document(struct catalogue *catalogue, unsigned n, const char *dossier,
                         const struct page_range parts[], size_t part_len,
                         const struct page_range *separator)
{
    struct err err = {0};
    char title[16];
    (void)snprintf(title, sizeof title, "giấy %u", n);
    struct catalogue_document document = {.id = document_id(n),
                                          .dossier = dossier,
                                          .title = title,
                                          .by = "person",
                                          .batch = "",
                                          .made_ns = 2000 + (int64_t)n,
                                          .parts = parts,
                                          .part_len = part_len,
                                          .separator = separator};
    assert_ok(catalogue_add_document(catalogue, &document, &err), err);
}

/* --- the newest document has a page: against a table with a row for each page --- */

struct model {
    struct owner {
        int document; /* -1: none */
        int64_t place;
    } owners[SOURCES][PAGES];
    unsigned checked;
};

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* Runs of one document share no page: each takes pages of its own from the source's row of free. */
static size_t make_runs(uint32_t *seed, struct page_range runs[])
{
    bool taken[SOURCES][PAGES] = {{false}};
    size_t n = 0, want = 1 + next(seed) % RUNS_MAX;
    for (unsigned tries = 0; tries < 20 && n < want; tries++) {
        unsigned source = next(seed) % SOURCES, first = next(seed) % PAGES;
        unsigned last = first + next(seed) % (PAGES - first);
        bool free = true;
        for (unsigned i = first; i <= last; i++)
            free = free && !taken[source][i];
        for (unsigned i = first; free && i <= last; i++)
            taken[source][i] = true;
        if (free)
            runs[n++] = (struct page_range){digest_n(source), first, last};
    }
    return n;
}

static void note_run(struct model *model, unsigned document, const struct page_range *run,
                     int64_t place)
{
    for (unsigned s = 0; s < SOURCES; s++) {
        struct digest id = digest_n(s);
        for (unsigned i = run->first; digest_equal(&id, &run->source) && i <= run->last; i++)
            model->owners[s][i] =
                (struct owner){(int)document, place < 0 ? -1 : place + (i - run->first)};
    }
}

static void add_random(struct catalogue *catalogue, struct model *model, unsigned n, uint32_t *seed)
{
    struct page_range runs[RUNS_MAX];
    size_t len = make_runs(seed, runs);
    bool separator = len > 1 && next(seed) % 3 == 0;
    size_t parts = separator ? len - 1 : len;
    char dossier[32] = "";
    if (n % 3)
        (void)snprintf(dossier, sizeof dossier, "H%02u-%u", n % 7, n);
    add_document(catalogue, n, dossier, runs, parts, separator ? &runs[parts] : NULL);
    int64_t place = 0;
    for (size_t i = 0; i < parts; i++) {
        note_run(model, n, &runs[i], place);
        place += runs[i].last - runs[i].first + 1;
    }
    if (separator)
        note_run(model, n, &runs[parts], -1);
}

static int compare_row(void *self, const struct page_row *row, struct err *err)
{
    struct model *model = self;
    unsigned source = (unsigned)(row->page.id[0] - '0');
    const struct owner *owner = &model->owners[source][row->page.index];
    char title[16] = "", dossier[32] = "";
    struct digest id = {{0}};
    (void)err;
    if (owner->document >= 0) {
        id = document_id((unsigned)owner->document);
        (void)snprintf(title, sizeof title, "giấy %d", owner->document);
        if (owner->document % 3)
            (void)snprintf(dossier, sizeof dossier, "H%02d-%d", owner->document % 7,
                           owner->document);
    }
    assert_true(digest_equal(&row->document, &id));
    assert_string_equal(row->title, title);
    assert_string_equal(row->dossier, dossier);
    assert_int_equal(row->place, owner->document < 0 ? -1 : owner->place);
    model->checked++;
    return 0;
}

static void the_newest_document_has_a_page(void **state)
{
    struct err err = {0};
    uint32_t seed = 17;
    struct model *model = calloc(1, sizeof *model);
    memset(model->owners, 0xFF, sizeof model->owners);
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_sources(catalogue);
    for (unsigned n = 0; n < ROUNDS; n++) {
        add_random(catalogue, model, n, &seed);
        model->checked = 0;
        assert_ok(catalogue_search(catalogue, &(struct catalogue_query){.limit = UINT32_MAX},
                                   compare_row, model, &err),
                  err);
        assert_int_equal(model->checked, SOURCES * PAGES);
    }
    assert_ok(catalogue_end(catalogue, (struct place){1, 1}, 1, &err), err);
    assert_ok(catalogue_check(catalogue, &err), err);
    catalogue_close(catalogue);
    free(model);
}

/* --- a small set of papers --- */

static void add_papers(struct catalogue *catalogue)
{
    const struct page_range first[] = {{digest_n(0), 1, 3}, {digest_n(2), 0, 1}};
    const struct page_range second[] = {{digest_n(1), 2, 2}, {digest_n(1), 0, 1}};
    const struct page_range third[] = {{digest_n(0), 5, 9}};
    const struct page_range loose[] = {{digest_n(2), 4, 5}};
    const struct page_range correction[] = {{digest_n(0), 7, 7}};
    const struct page_range sheet = {digest_n(0), 0, 0};
    add_document(catalogue, 0, "H57-250705-0001", first, 2, &sheet);
    add_document(catalogue, 1, "H57-250705-0002", second, 2, NULL);
    add_document(catalogue, 2, "H57-250705-0001", third, 1, NULL);
    add_document(catalogue, 3, "", loose, 1, NULL);
    add_document(catalogue, 4, "G22-250705-0001", correction, 1, NULL);
}

static void fill_with_papers(const char *dir)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_sources(catalogue);
    add_papers(catalogue);
    assert_ok(catalogue_end(catalogue, (struct place){1, 1}, 1, &err), err);
    catalogue_close(catalogue);
}

struct ids {
    char text[400];
};

static int note_id(void *self, const struct page_row *row, struct err *err)
{
    struct ids *ids = self;
    size_t len = strlen(ids->text);
    (void)err;
    (void)snprintf(ids->text + len, sizeof ids->text - len, "%s ", row->page.id);
    return 0;
}

#define FIRST  "0.0 0.1 0.2 0.3 2.0 2.1 0.5 0.6 0.8 0.9 "
#define SECOND "1.2 1.0 1.1 "
#define LOOSE  "2.2 2.3 2.4 2.5 2.6 2.7 2.8 2.9 2.10 2.11 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10 1.11 0.4 "

static const struct search_case {
    const char *why;
    struct catalogue_query query;
    const char *ids;
} searches[] = {
    {"a dossier: papers as they came, pages as they lie, its separator first",
     {.dossier = "H57-250705-0001", .limit = 99},
     FIRST},
    {"another", {.dossier = "H57-250705-0002", .limit = 99}, SECOND},
    {"what was taken over", {.dossier = "G22-250705-0001", .limit = 99}, "0.7 "},
    {"codes that begin alike", {.dossier = "H57-*", .limit = 99}, FIRST SECOND},
    {"a whole code and a star", {.dossier = "H57-250705-0001*", .limit = 99}, FIRST},
    {"every dossier", {.dossier = "*", .limit = 99}, "0.7 " FIRST SECOND},
    {"no such code", {.dossier = "H57", .limit = 99}, ""},
    {"small letters are others", {.dossier = "h57-*", .limit = 99}, ""},
    {"an empty code is none", {.dossier = "", .limit = 99}, ""},
    {"a star within is a letter", {.dossier = "H*-250705-0001", .limit = 99}, ""},
    {"a percent is a letter", {.dossier = "H%", .limit = 99}, ""},
    {"longer than any code",
     {.dossier = "H57-250705-0001H57-250705-0001H57-250705-0001H57-250705-0001*", .limit = 99},
     ""},
    {"a piece of it", {.dossier = "H57-250705-0001", .limit = 2, .offset = 3}, "0.3 2.0 "},
    {"of one file", {.dossier = "H57-*", .source_like = "a/", .limit = 99}, "2.0 2.1 "},
    {"of one time", {.dossier = "H57-*", .from_ns = 1001, .to_ns = 1002, .limit = 99}, SECOND},
    {"words in a dossier", {.match = "folded : 2", .dossier = "H57-*", .limit = 99}, "0.2 1.2 "},
    {"words in one dossier",
     {.match = "folded : 2", .dossier = "H57-250705-0002", .limit = 99},
     "1.2 "},
    {"words of a page that was taken over",
     {.match = "folded : 7", .dossier = "H57-*", .limit = 99},
     ""},
    {"words anywhere", {.match = "folded : 2", .limit = 99}, "0.2 1.2 2.2 "},
    {"words of no dossier",
     {.match = "folded : 4", .unassigned = true, .limit = 99},
     "0.4 1.4 2.4 "},
    {"what is of no dossier, in a paper or in none",
     {.unassigned = true, .limit = 99},
     LOOSE "0.10 0.11 "},
    {"of no dossier, of one file",
     {.unassigned = true, .source_like = "c/", .limit = 99},
     "0.4 0.10 0.11 "},
    {"in a dossier and in none", {.dossier = "*", .unassigned = true, .limit = 99}, ""},
};

static char *shared_dir;

static void search_finds(void **state)
{
    const struct search_case *c = *state;
    struct err err = {0};
    struct ids ids = {0};
    struct catalogue *catalogue = open_in(shared_dir, ARCHIVE_READ);
    assert_ok(catalogue_search(catalogue, &c->query, note_id, &ids, &err), err);
    assert_string_equal(ids.text, c->ids);
    catalogue_close(catalogue);
}

static void a_document_that_is_there_takes_nothing_back(void **state)
{
    struct err err = {0};
    struct ids before = {0}, after = {0};
    fill_with_papers(*state);
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    struct catalogue_query query = {.dossier = "*", .limit = 99};
    assert_ok(catalogue_search(catalogue, &query, note_id, &before, &err), err);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_papers(catalogue);
    assert_ok(catalogue_end(catalogue, (struct place){1, 1}, 1, &err), err);
    assert_ok(catalogue_search(catalogue, &query, note_id, &after, &err), err);
    assert_string_equal(before.text, after.text);
    catalogue_close(catalogue);
}

static void documents_may_come_before_their_pages(void **state)
{
    struct err err = {0};
    struct ids ids = {0};
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    struct catalogue_query query = {.dossier = "H57-*", .limit = 99};
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_papers(catalogue);
    assert_ok(catalogue_search(catalogue, &query, note_id, &ids, &err), err);
    assert_string_equal(ids.text, "");
    add_sources(catalogue);
    assert_ok(catalogue_search(catalogue, &query, note_id, &ids, &err), err);
    assert_string_equal(ids.text, FIRST SECOND);
    catalogue_close(catalogue);
}

static sqlite3 *open_db(const char *dir)
{
    char path[300];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/catalogue.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

/* A short record may name many pages: they cost a row, not one each. */
static void a_run_of_pages_is_one_row(void **state)
{
    struct err err = {0};
    sqlite3_stmt *count = NULL;
    const struct page_range run = {digest_n(0), 0, 19999}, piece = {digest_n(0), 7, 7};
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_document(catalogue, 0, "H57", &run, 1, NULL);
    add_document(catalogue, 1, "H57", &piece, 1, NULL);
    assert_ok(catalogue_end(catalogue, (struct place){1, 1}, 1, &err), err);
    catalogue_close(catalogue);
    sqlite3 *db = open_db(*state);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(*) FROM document_range", -1, &count, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(count), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(count, 0), 3);
    (void)sqlite3_finalize(count);
    (void)sqlite3_close(db);
}

static const struct damage_case {
    const char *why, *sql;
} damages[] = {
    {"half a digest", "UPDATE document SET id = x'1234' WHERE n = 1"},
    {"a code that moves the cursor", "UPDATE document SET dossier = 'H' || char(27) WHERE n = 1"},
    {"a title that is not UTF-8", "UPDATE document SET title = CAST(x'ff' AS TEXT) WHERE n = 1"},
    {"a place before the first", "UPDATE document_range SET place = -7 WHERE document = 1"},
    {"a place past any", "UPDATE document_range SET place = 9000000000 WHERE document = 1"},
};

static void damaged_rows_are_corrupt(void **state)
{
    const struct damage_case *c = *state;
    struct err err = {0};
    struct ids ids = {0};
    char *dir = test_dir_make();
    fill_with_papers(dir);
    sqlite3 *db = open_db(dir);
    assert_int_equal(sqlite3_exec(db, c->sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    struct catalogue *catalogue = open_in(dir, ARCHIVE_READ);
    assert_int_equal(catalogue_search(catalogue, &(struct catalogue_query){.limit = UINT32_MAX},
                                      note_id, &ids, &err),
                     -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    catalogue_close(catalogue);
    test_dir_remove(dir);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        IN_DIR(the_newest_document_has_a_page),
        IN_DIR(a_document_that_is_there_takes_nothing_back),
        IN_DIR(documents_may_come_before_their_pages),
        IN_DIR(a_run_of_pages_is_one_row),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(searches) + ARRAY_LEN(damages)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(searches); i++)
        tests[n++] =
            (struct CMUnitTest){searches[i].why, search_finds, NULL, NULL, (void *)&searches[i]};
    for (size_t i = 0; i < ARRAY_LEN(damages); i++)
        tests[n++] = (struct CMUnitTest){damages[i].why, damaged_rows_are_corrupt, NULL, NULL,
                                         (void *)&damages[i]};
    shared_dir = test_dir_make();
    fill_with_papers(shared_dir);
    int failed = cmocka_run_group_tests_name("catalogue_documents", tests, NULL, NULL);
    test_dir_remove(shared_dir);
    return failed;
}
