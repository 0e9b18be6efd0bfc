/* tests/unit/test_find_papers.c - searches by what was found on pages, by their dossiers and by the
 * way they came: which pages, in which order, how many of each kind, and what is refused. */
#include "records/search.h"

#include "storage/catalogue_events.h"
#include "storage/catalogue_fields.h"
#include "tests/unit/catalogue_fixture.h"

#define FOUND_MAX 200

/* Page "p0" of file p/0.tif and so on. */
static const struct paper {
    const char *text, *type, *number, *issuer, *date;
    double confidence;
    const char *status;
} papers[] = {
    {"đất đai", "QĐ", "707/QĐ-TTg", "Thủ tướng Chính phủ", "2026-04-28", 95, "ok"},
    {"đất ở", "QĐ", "12/QĐ-UBND", "Ủy ban nhân dân tỉnh Hà Giang", "2026-04-00", 70, "ok"},
    {"bản sao", "QĐ", "12/QĐ-UBND", "Ủy ban nhân dân tỉnh Hà Giang", "2026-04-00", 79.9, "ok"},
    {"đất", "CV", "707/UBND-VP", "Ủy ban nhân dân tỉnh Hà Giang", "2025-12-31", 80, "ok"},
    {"hộ tịch", "CV", "7070/STP", "Sở Tư pháp tỉnh Hà Giang Nam", "2026-05-01", 90, "ok"},
    {"", NULL, NULL, NULL, NULL, 0, "blank"},
};

static void key_of(const char *text, struct bytes *out)
{
    struct err err = {0};
    if (text)
        assert_ok(text_key(span_of_text(text), TEXT_FOLDED, out, &err), err);
    assert_ok(bytes_append(out, span_of("", 1), &err), err);
}

static struct digest fields_id(unsigned n)
{
    return digest_n(3000 + n);
}

static void note_fields(struct catalogue *catalogue, unsigned n, unsigned id, const char *person)
{
    struct err err = {0};
    const struct catalogue_fields record = {.id = fields_id(id),
                                            .source = digest_n(n),
                                            .rules = digest_n(77),
                                            .engine = person[0] ? "" : "sohoa 1",
                                            .person = person,
                                            .made_ns = 5};
    int rc = catalogue_add_fields(catalogue, &record, &err);
    assert_ok(rc, err);
    assert_int_equal(rc, 1);
}

static void put_fields(struct catalogue *catalogue, unsigned id, const struct paper *paper)
{
    struct err err = {0};
    struct bytes type = {0}, number = {0}, issuer = {0};
    key_of(paper->type, &type);
    key_of(paper->number, &number);
    key_of(paper->issuer, &issuer);
    const struct catalogue_field fields[] = {
        {"type", paper->type, (const char *)type.data, "r", 90},
        {"number", paper->number, (const char *)number.data, "r", 91},
        {"issuer", paper->issuer, (const char *)issuer.data, "r", 92},
        {"date", paper->date, "", "r", 93},
        {"person_id", "046*****2345", "", "r", 94},
    };
    struct digest record = fields_id(id);
    assert_ok(catalogue_put_fields(catalogue, &record, fields, ARRAY_LEN(fields), &err), err);
    bytes_done(&type);
    bytes_done(&number);
    bytes_done(&issuer);
}

static void add_paper(struct catalogue *catalogue, unsigned n)
{
    struct err err = {0};
    struct bytes toned = {0}, folded = {0};
    char id[16], path[16];
    const struct paper *paper = &papers[n];
    (void)snprintf(id, sizeof id, "p%u", n);
    (void)snprintf(path, sizeof path, "p/%u.tif", n);
    const struct catalogue_source source = {
        .id = digest_n(n), .path = path, .format = "tiff", .pages = 1, .archived_ns = 100 + n};
    assert_ok(catalogue_add_source(catalogue, &source, &err), err);
    assert_ok(text_key(span_of_text(paper->text), TEXT_TONED, &toned, &err), err);
    assert_ok(text_key(span_of_text(paper->text), TEXT_FOLDED, &folded, &err), err);
    struct catalogue_page page = plain_page(id, digest_n(n), 0);
    page.confidence = paper->confidence;
    page.status = paper->status;
    page.alto = paper->type ? digest_n(600 + n) : (struct digest){{0}};
    assert_ok(catalogue_add_page(catalogue, &page, bytes_span(&toned), bytes_span(&folded), &err),
              err);
    if (paper->type) {
        note_fields(catalogue, n, n, "");
        put_fields(catalogue, n, paper);
    }
    bytes_done(&toned);
    bytes_done(&folded);
}

static void add_document(struct catalogue *catalogue, unsigned id, const char *dossier,
                         unsigned first, unsigned second)
{
    struct err err = {0};
    const struct page_range parts[] = {{digest_n(first), 0, 0}, {digest_n(second), 0, 0}};
    const struct catalogue_document document = {.id = digest_n(8000 + id),
                                                .dossier = dossier,
                                                .title = "",
                                                .by = "person",
                                                .batch = "",
                                                .parts = parts,
                                                .part_len = first == second ? 1 : 2};
    assert_ok(catalogue_add_document(catalogue, &document, &err), err);
}

static void add_event(struct catalogue *catalogue, const char *dossier, const char *what)
{
    struct err err = {0};
    struct catalogue_event event = {.id = digest_of(span_of_text(dossier)),
                                    .dossier = dossier,
                                    .what = what,
                                    .at_ns = 9,
                                    .by = "",
                                    .office = "",
                                    .because = "",
                                    .paper = "",
                                    .component = ""};
    event.facts[FACT_DECIDES] = dossier; /* an organisation of each */
    event.facts[FACT_RECEIVED] = "H57.12";
    assert_ok(catalogue_add_event(catalogue, &event, &err), err);
}

static void add_intake(struct catalogue *catalogue, unsigned source, const char *folder)
{
    struct err err = {0};
    const struct catalogue_intake intake = {.ticket = folder,
                                            .record = digest_n(1),
                                            .folder = folder,
                                            .path = "x.tif",
                                            .batch = "",
                                            .source = digest_n(source),
                                            .outcome = "archived",
                                            .reason_code = "",
                                            .reason_detail = ""};
    assert_ok(catalogue_add_intake(catalogue, &intake, &err), err);
}

static struct catalogue *shared;
static char *shared_dir;

static int fill_shared(void **state)
{
    struct err err = {0};
    (void)state;
    shared_dir = test_dir_make();
    shared = open_in(shared_dir, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(shared, &err), err);
    for (unsigned n = 0; n < ARRAY_LEN(papers); n++)
        add_paper(shared, n);
    add_document(shared, 0, "H57-1", 0, 1);
    add_document(shared, 1, "H58-1", 3, 3);
    add_document(shared, 2, "", 4, 4);
    add_event(shared, "H57-1", "received");
    add_event(shared, "H58-1", "decided");
    add_intake(shared, 3, "quay-3");
    assert_ok(catalogue_end(shared, (struct place){1, 4096}, 1, &err), err);
    return 0;
}

static int drop_shared(void **state)
{
    (void)state;
    catalogue_close(shared);
    test_dir_remove(shared_dir);
    return 0;
}

static int note_page(void *self, const struct page_row *row, struct err *err)
{
    char *found = self;
    size_t len = strlen(found);
    (void)err;
    (void)snprintf(found + len, FOUND_MAX - len, "%s ", row->page.id);
    return 0;
}

static const struct find_case {
    const char *why;
    struct search_options options;
    const char *found;
} finds[] = {
    {"a type, newest paper first", {.papers = {.type = "QĐ"}}, "p0 p2 p1 "},
    {"a type without its mark", {.papers = {.type = "qd"}}, "p0 p2 p1 "},
    {"a number", {.papers = {.number = "707/QĐ-TTg"}}, "p0 "},
    {"a number alone is how it begins", {.papers = {.number = "707"}}, "p0 p3 "},
    {"not a longer number", {.papers = {.number = "70"}}, ""},
    {"a number and a type", {.papers = {.number = "707", .type = "CV"}}, "p3 "},
    {"an issuer by its words", {.papers = {.issuer = "tỉnh Hà Giang"}}, "p4 p2 p1 p3 "},
    {"an issuer without marks", {.papers = {.issuer = "UY BAN NHAN DAN"}}, "p2 p1 p3 "},
    {"whole words only", {.papers = {.issuer = "nhan da"}}, ""},
    {"dated from a day, and a month without one",
     {.papers = {.dated_from = "2026-04-29"}},
     "p4 p2 p1 "},
    {"dated from a month", {.papers = {.dated_from = "2026-04"}}, "p4 p0 p2 p1 "},
    {"dated in a year", {.papers = {.dated_from = "2025", .dated_to = "2025"}}, "p3 "},
    {"dated to a day", {.papers = {.dated_to = "2026-04-28"}}, "p0 p2 p1 p3 "},
    {"dated to a month", {.papers = {.dated_to = "2026-04"}}, "p0 p2 p1 p3 "},
    {"three at once",
     {.papers = {.type = "QD", .issuer = "ha giang", .dated_from = "2026-01-01"}},
     "p2 p1 "},
    {"a field of any name", {.papers = {.field = "issuer=Tư pháp"}}, "p4 "},
    {"never by a personal id", {.papers = {.field = "person_id=046"}}, ""},
    {"duplicates beside each other", {.papers = {.repeated = true}}, "p1 p2 "},
    {"duplicates of one's own only", {.papers = {.repeated = true, .type = "CV"}}, ""},
    {"not so sure", {.papers = {.confidence = "<80"}}, "p5 p2 p1 "},
    {"sure", {.papers = {.confidence = ">=80"}}, "p4 p3 p0 "},
    {"a page's status", {.papers = {.status = "blank"}}, "p5 "},
    {"a dossier's status", {.papers = {.status = "decided"}}, "p3 "},
    {"an organisation of the dossier", {.papers = {.unit = "H57.12"}}, "p3 p1 p0 "},
    {"another one", {.papers = {.unit = "H58-1"}}, "p3 "},
    {"an organisation and a number", {.papers = {.unit = "H57.12", .number = "707"}}, "p0 p3 "},
    {"a station", {.papers = {.station = "quay-3"}}, "p3 "},
    {"no such station", {.papers = {.station = "quay-4"}}, ""},
    {"a dossier, in its order", {.dossier = "H57-1", .papers = {.type = "QĐ"}}, "p0 p1 "},
    {"dossiers that begin alike", {.dossier = "H5*", .papers = {.type = "CV"}}, "p3 "},
    {"of no dossier", {.unassigned = true, .papers = {.issuer = "ha giang"}}, "p4 p2 "},
    {"words too", {.text = "đất", .papers = {.type = "QĐ"}}, "p0 p1 "},
    {"words and an organisation", {.text = "dat", .papers = {.unit = "H58-1"}}, "p3 "},
    {"words and a file", {.text = "dat", .source_like = "/3", .papers = {.type = "CV"}}, "p3 "},
    {"words, sorted", {.text = "đất", .papers = {.sort = "date"}}, "p3 p1 p0 "},
    {"words, the other way", {.text = "đất", .papers = {.sort = "-date"}}, "p0 p1 p3 "},
    {"all, by number", {.papers = {.sort = "number"}}, "p1 p2 p0 p3 p4 p5 "},
    {"all, by file", {.papers = {.sort = "source"}}, "p0 p1 p2 p3 p4 p5 "},
    {"all, by when they came", {.papers = {.sort = "-archived"}}, "p5 p4 p3 p2 p1 p0 "},
    {"all, least sure first", {.papers = {.sort = "confidence"}}, "p5 p1 p2 p3 p4 p0 "},
    {"archived in time", {.to_ns = 102, .papers = {.type = "QĐ"}}, "p0 p1 "},
    {"some of them", {.limit = 2, .offset = 1, .papers = {.type = "QĐ"}}, "p2 p1 "},
    {"one of them", {.limit = 1, .papers = {.type = "QĐ"}}, "p0 "},
    {"quotes of SQL are nothing", {.papers = {.unit = "' OR 1 --"}}, ""},
};

static void finds_papers(void **state)
{
    const struct find_case *c = *state;
    struct err err = {0};
    char found[FOUND_MAX] = "";
    struct search_options options = c->options;
    options.limit = options.limit ? options.limit : 100;
    struct search *search = search_parse(&options, &err);
    assert_ok_ptr(search, err);
    const struct catalogue_query query = search_query(search);
    int n = catalogue_search(shared, &query, note_page, found, &err);
    assert_ok(n, err);
    assert_string_equal(found, c->found);
    size_t pages = 0;
    for (const char *at = found; *at; at++)
        pages += *at == ' ';
    assert_int_equal(n, pages);
    search_free(search);
}

static const struct refused_case {
    const char *why;
    struct search_papers papers;
    const char *says;
} refused[] = {
    {"no word in a number", {.number = "/-"}, "'/-' is no word to look for: give it as 707/QĐ-TTg"},
    {"no UTF-8", {.issuer = "\xff"}, "no word to look for"},
    {"a 13th month", {.dated_from = "2026-13"}, "'2026-13' is no date: give it as 2026-04-28"},
    {"a 32nd day", {.dated_to = "2026-12-32"}, "is no date"},
    {"a day behind a day", {.dated_to = "2026-12-311"}, "is no date"},
    {"a short year", {.dated_to = "202"}, "is no date"},
    {"a month of one digit", {.dated_to = "2026-1"}, "is no date"},
    {"a field without a name", {.field = "=x"}, "give it as NAME=TEXT"},
    {"a field without words", {.field = "signer="}, "give it as NAME=TEXT"},
    {"a bound without a mark", {.confidence = "80"}, "give it as '<80'"},
    {"a bound of nothing", {.confidence = "<"}, "no bound of confidence"},
    {"a bound above all", {.confidence = ">=101"}, "no bound of confidence"},
    {"a bound that is no number", {.confidence = "<nan"}, "no bound of confidence"},
    {"no such status", {.status = "fine"}, "'fine' is no status: give it as ok"},
    {"no such order", {.sort = "colour"}, "'colour' is no order: give it as date"},
    {"the default has no name", {.sort = ""}, "is no order"},
    {"shown as a terminal may", {.sort = "\x1b[2J"}, "'\\x1B[2J' is no order"},
};

static void says_why_not(void **state)
{
    const struct refused_case *c = *state;
    struct err err = {0};
    const struct search_options options = {.limit = 1, .papers = c->papers};
    assert_null(search_parse(&options, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    if (!strstr(err.text, c->says))
        fail_msg("'%s' does not say '%s'", err.text, c->says);
}

/* --- counting --- */

static int note_count(void *self, const char *value, uint64_t pages, struct err *err)
{
    char *found = self;
    size_t len = strlen(found);
    (void)err;
    (void)snprintf(found + len, FOUND_MAX - len, "%s:%u ", value, (unsigned)pages);
    return 0;
}

static void assert_counts(const struct search_options *options, enum facet facet, const char *want)
{
    struct err err = {0};
    char found[FOUND_MAX] = "";
    struct search *search = search_parse(options, &err);
    assert_ok_ptr(search, err);
    const struct catalogue_query query = search_query(search);
    assert_ok(catalogue_facet(shared, &query, facet, note_count, found, &err), err);
    assert_string_equal(found, want);
    search_free(search);
}

static void pages_are_counted_by_what_they_are(void **state)
{
    (void)state;
    const struct search_options all = {.limit = 1}, words = {.text = "đất"},
                                some = {.papers = {.type = "QĐ"}};
    assert_counts(&all, FACET_TYPE, "QĐ:3 CV:2 :1 ");
    assert_counts(&all, FACET_YEAR, "2026:4 :1 2025:1 ");
    assert_counts(&all, FACET_STATUS, "ok:5 blank:1 ");
    assert_counts(&all, FACET_DOSSIER, ":3 H57-1:2 H58-1:1 ");
    assert_counts(&all, FACET_STATION, ":5 quay-3:1 ");
    assert_counts(&some, FACET_ISSUER, "Ủy ban nhân dân tỉnh Hà Giang:2 Thủ tướng Chính phủ:1 ");
    assert_counts(&words, FACET_TYPE, "QĐ:2 CV:1 ");
}

/* --- which record counts --- */

static int note_field(void *self, const struct catalogue_field *row, struct err *err)
{
    char *found = self;
    size_t len = strlen(found);
    (void)err;
    (void)snprintf(found + len, FOUND_MAX - len, "%s=%s;", row->name, row->value);
    return 0;
}

static void assert_fields(struct catalogue *catalogue, const char *page, const char *want)
{
    struct err err = {0};
    char found[FOUND_MAX] = "";
    assert_ok(catalogue_fields_of(catalogue, page, note_field, found, &err), err);
    assert_string_equal(found, want);
}

static int note_record(void *self, const struct catalogue_fields *row, struct err *err)
{
    char *found = self;
    size_t len = strlen(found);
    (void)err;
    (void)snprintf(found + len, FOUND_MAX - len, "%s%s ",
                   row->person[0] ? row->person : row->engine, row->in_force ? "!" : "");
    return 0;
}

static int note_stale(void *self, const struct stale_page *page, struct err *err)
{
    char *found = self;
    size_t len = strlen(found);
    (void)err;
    (void)snprintf(found + len, FOUND_MAX - len, "%u%s ", (unsigned)page->n,
                   digest_is_zero(&page->replaces) ? "" : "+");
    return 0;
}

static void assert_stale(struct catalogue *catalogue, const char *engine, int64_t after,
                         const char *want)
{
    struct err err = {0};
    char found[FOUND_MAX] = "";
    const struct stale_query query = {
        .rules = digest_n(77), .engine = engine, .after = after, .limit = 100};
    assert_ok(catalogue_stale_fields(catalogue, &query, note_stale, found, &err), err);
    assert_string_equal(found, want);
}

static void the_newest_record_has_a_page_once_it_is_there(void **state)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    const struct digest source = digest_n(0);
    struct digest newest;
    char found[FOUND_MAX] = "";
    assert_ok(catalogue_begin(catalogue, &err), err);
    note_fields(catalogue, 0, 50, "");
    put_fields(catalogue, 50, &papers[1]); /* it is not visible: nothing happens */
    assert_int_equal(catalogue_newest_fields(catalogue, &source, 0, &newest, &err), 1);
    assert_int_equal(catalogue_newest_fields(catalogue, &source, 1, &newest, &err), 0);
    add_paper(catalogue, 0);
    assert_fields(catalogue, "p0",
                  "type=QĐ;number=707/QĐ-TTg;issuer=Thủ tướng Chính phủ;date=2026-04-28;"
                  "person_id=046*****2345;");
    note_fields(catalogue, 0, 51, "Lan");
    put_fields(catalogue, 51, &papers[4]);
    assert_fields(catalogue, "p0",
                  "type=CV;number=7070/STP;issuer=Sở Tư pháp tỉnh Hà Giang Nam;date=2026-05-01;"
                  "person_id=046*****2345;");
    assert_ok(catalogue_fields_history(catalogue, &source, 0, note_record, found, &err), err);
    assert_string_equal(found, "sohoa 1 sohoa 1 Lan! ");
    assert_ok(catalogue_end(catalogue, (struct place){1, 4096}, 1, &err), err);
    catalogue_close(catalogue);
}

static void assert_finds(struct catalogue *catalogue, const struct paper_filter *filter,
                         const char *want)
{
    struct err err = {0};
    char found[FOUND_MAX] = "";
    const struct catalogue_query query = {.papers = filter, .limit = 100};
    assert_ok(catalogue_search(catalogue, &query, note_page, found, &err), err);
    assert_string_equal(found, want);
}

static void another_day_and_no_day_are_no_duplicates(void **state)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    struct paper paper = papers[1];
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_paper(catalogue, 1);
    add_paper(catalogue, 2);
    paper.date = "2024-01-01";
    put_fields(catalogue, 2, &paper);
    assert_finds(catalogue, &(struct paper_filter){.repeated = true}, "");
    assert_finds(catalogue, &(struct paper_filter){.dated_to = "2024-12-31"}, "p2 ");
    paper.date = "";
    put_fields(catalogue, 2, &paper);
    assert_finds(catalogue, &(struct paper_filter){.repeated = true}, "");
    assert_finds(catalogue, &(struct paper_filter){.dated_to = "9999-99-99"}, "p1 ");
    assert_finds(catalogue, &(struct paper_filter){.number = "12"}, "p1 p2 ");
    assert_ok(catalogue_end(catalogue, (struct place){1, 4096}, 1, &err), err);
    catalogue_close(catalogue);
}

static void pages_of_older_rules_are_told(void **state)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    for (unsigned n = 0; n < ARRAY_LEN(papers); n++)
        add_paper(catalogue, n);
    assert_stale(catalogue, "sohoa 1", 0, "");
    assert_stale(catalogue, "sohoa 2", 0, "1+ 2+ 3+ 4+ 5+ "); /* the sixth has no text */
    assert_stale(catalogue, "sohoa 2", 3, "4+ 5+ ");
    note_fields(catalogue, 0, 60, "Lan");
    put_fields(catalogue, 60, &papers[0]);
    assert_stale(catalogue, "sohoa 2", 0, "2+ 3+ 4+ 5+ "); /* what a person gave stays */
    assert_ok(catalogue_end(catalogue, (struct place){1, 4096}, 1, &err), err);
    catalogue_close(catalogue);
}

static void fields_go_with_their_page(void **state)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    const struct digest source = digest_n(0);
    const struct gone_page gone = {"p0", source, 0};
    struct digest newest;
    struct bytes toned = {0}, folded = {0};
    assert_ok(text_key(span_of_text(papers[0].text), TEXT_TONED, &toned, &err), err);
    assert_ok(text_key(span_of_text(papers[0].text), TEXT_FOLDED, &folded, &err), err);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_paper(catalogue, 0);
    add_paper(catalogue, 1);
    assert_ok(
        catalogue_destroy_page(catalogue, 1, &gone, bytes_span(&toned), bytes_span(&folded), &err),
        err);
    assert_int_equal(catalogue_newest_fields(catalogue, &source, 0, &newest, &err), 0);
    assert_ok(catalogue_end(catalogue, (struct place){1, 4096}, 1, &err), err);
    assert_fields(catalogue, "p0", "");
    assert_ok(catalogue_scrub(catalogue, &err), err);
    catalogue_close(catalogue);
    bytes_done(&toned);
    bytes_done(&folded);
    char *command = NULL;
    assert_true(asprintf(&command, "grep -aq 'QĐ-TTg' '%s'/catalogue.db", (char *)*state) > 0);
    assert_int_not_equal(system(command), 0); /* no byte of it is left */
    free(command);
    assert_true(asprintf(&command, "grep -aq 'QĐ-UBND' '%s'/catalogue.db", (char *)*state) > 0);
    assert_int_equal(system(command), 0);
    free(command);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(finds) + ARRAY_LEN(refused) + 5] = {
        cmocka_unit_test(pages_are_counted_by_what_they_are),
        IN_DIR(the_newest_record_has_a_page_once_it_is_there),
        IN_DIR(pages_of_older_rules_are_told),
        IN_DIR(another_day_and_no_day_are_no_duplicates),
        IN_DIR(fields_go_with_their_page),
    };
    size_t n = 5;
    for (size_t i = 0; i < ARRAY_LEN(finds); i++)
        tests[n++] = (struct CMUnitTest){finds[i].why, finds_papers, NULL, NULL,
                                         (void *)(uintptr_t)&finds[i]};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        tests[n++] = (struct CMUnitTest){refused[i].why, says_why_not, NULL, NULL,
                                         (void *)(uintptr_t)&refused[i]};
    return cmocka_run_group_tests(tests, fill_shared, drop_shared);
}
