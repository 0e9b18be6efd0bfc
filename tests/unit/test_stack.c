/* tests/unit/test_stack.c - which papers a file is parted into by the sheets in it. */
#include "pipeline/stack.h"

#include "records/document_record.h"
#include "tests/unit/test.h"

#define A "H57.12-250705-0001"
#define B "H57.12-250705-0002"

/* Written as "dossier:first-last" for each paper, with the page of its sheet behind a slash. */
static const struct stack_case {
    const char *why;
    const char *named; /* dossier by the file's name */
    bool keep;
    uint32_t pages;
    struct sheet sheets[4];
    uint32_t sheet_len;
    const char *papers;
} cases[] = {
    {"no sheet, no name: nothing is said", "", false, 3, {{0}}, 0, ""},
    {"a name alone", A, false, 3, {{0}}, 0, A ":0-2 "},
    {"a sheet in front", "", false, 4, {{0, A}}, 1, A ":1-3/0 "},
    {"kept, it is the first page", "", true, 4, {{0, A}}, 1, A ":0-3/0 "},
    {"two dossiers", "", false, 6, {{0, A}, {3, B}}, 2, A ":1-2/0 " B ":4-5/3 "},
    {"told in any order", "", false, 6, {{3, B}, {0, A}}, 2, A ":1-2/0 " B ":4-5/3 "},
    {"what stands before the first is nobody's", "", false, 4, {{2, A}}, 1, A ":3-3/2 "},
    {"or of the dossier in the name", B, false, 4, {{2, A}}, 1, B ":0-1 " A ":3-3/2 "},
    {"patch T parts papers of one dossier",
     "",
     false,
     7,
     {{0, A}, {3, ""}, {5, ""}},
     3,
     A ":1-2/0 " A ":4-4/3 " A ":6-6/5 "},
    {"patch T without a dossier", "", false, 4, {{1, ""}}, 1, ":2-3/1 "},
    {"the code of the dossier under way begins none",
     "",
     false,
     5,
     {{0, A}, {2, A}},
     2,
     A ":1-4/0 "},
    {"nor does it in a file named so", A, false, 5, {{2, A}}, 1, A ":0-4 "},
    {"back to the first dossier",
     "",
     false,
     6,
     {{0, A}, {2, B}, {4, A}},
     3,
     A ":1-1/0 " B ":3-3/2 " A ":5-5/4 "},
    {"two sheets on end: no paper between", "", false, 4, {{0, A}, {1, B}}, 2, B ":2-3/1 "},
    {"a sheet at the end has no paper", "", false, 3, {{0, A}, {2, B}}, 2, A ":1-1/0 "},
    {"kept, it is one", "", true, 3, {{0, A}, {2, B}}, 2, A ":0-1/0 " B ":2-2/2 "},
};

static void describe(const struct commit_item *item, bool keep, struct bytes *out)
{
    struct err err = {0};
    for (size_t i = 0; i < item->object_len; i++) {
        CLEANUP(document_record_done) struct document_record record = {.parts = NULL};
        assert_ok(document_record_parse(bytes_span(&item->objects[i].raw), &record, &err), err);
        assert_int_equal(record.part_len, 1);
        assert_ok(bytes_printf(out, &err, "%s:%u-%u", record.dossier, record.parts[0].first,
                               record.parts[0].last),
                  err);
        if (record.has_separator) {
            assert_int_equal(record.by, DOCUMENT_BY_SEPARATOR);
            assert_int_equal(record.separator_kept, keep);
            assert_ok(bytes_printf(out, &err, "/%u", record.separator.first), err);
        } else
            assert_int_equal(record.by, DOCUMENT_BY_NAME);
        assert_ok(bytes_printf(out, &err, " "), err);
    }
    assert_ok(bytes_append(out, span_of("", 1), &err), err);
}

static void papers_are_parted(void **state)
{
    const struct stack_case *c = *state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes papers = {0};
    struct claim claim = {.folder = "f", .name = "n.tif", .batch = "f/lô 1"};
    struct pool *pool = pool_new(1, 1, 1, &err);
    assert_true(pool_take_source(pool));
    (void)snprintf(claim.dossier, sizeof claim.dossier, "%s", c->named);
    struct source *source =
        source_new(pool, &(struct feed_file){.path = "x", .claim = &claim}, &err);
    source->id = digest_of(span_of_text("x"));
    source->page_len = c->pages;
    source->sheets = calloc(c->sheet_len + 1, sizeof *source->sheets);
    memcpy(source->sheets, c->sheets, c->sheet_len * sizeof *source->sheets);
    source->sheet_len = c->sheet_len;
    struct commit_item *item =
        commit_item_new(COMMIT_ARCHIVED, source, stack_documents_max(source));
    assert_ok(stack_note_documents(item, c->keep, &err), err);
    assert_true(item->object_len <= stack_documents_max(source));
    describe(item, c->keep, &papers);
    assert_string_equal((char *)papers.data, c->papers);
    commit_item_free(item);
    pool_free(pool);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(cases)];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[i] = (struct CMUnitTest){cases[i].why, papers_are_parted, NULL, NULL,
                                       (void *)(uintptr_t)&cases[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
