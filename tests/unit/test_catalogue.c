/* tests/unit/test_catalogue.c - the derived index: adding, finding, searching, damage. */
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/catalogue_fixture.h"

#define NOBODY 65534

/* Page ids, each with a blank behind it. */
struct ids {
    char text[400];
    double score;
};

static int note_id(void *self, const struct page_row *row, struct err *err)
{
    struct ids *ids = self;
    size_t len = strlen(ids->text);
    (void)err;
    (void)snprintf(ids->text + len, sizeof ids->text - len, "%s ", row->page.id);
    ids->score = row->score;
    return 0;
}

static const struct search_case {
    const char *why;
    struct catalogue_query query;
    const char *ids;
} searches[] = {
    {"folded words find both spellings",
     {.match = "folded : (quyet dinh)", .limit = 9},
     "source1.0 source2.0 "},
    {"a stroke is kept in toned words", {.match = "toned : quyết", .limit = 9}, ""},
    {"folded d is d", {.match = "folded : duong", .limit = 9}, "source2.1 "},
    {"a phrase", {.match = "folded : \"hoa giai\"", .limit = 9}, "source1.0 "},
    {"a prefix", {.match = "folded : tri*", .limit = 9}, "source2.1 "},
    {"numbers", {.match = "folded : 123", .limit = 9}, "source2.1 "},
    {"the better page first", {.match = "folded : hoa", .limit = 9}, "source2.0 source1.0 "},
    {"one of them", {.match = "folded : hoa", .limit = 1}, "source2.0 "},
    {"the other", {.match = "folded : hoa", .limit = 9, .offset = 1}, "source1.0 "},
    {"from a time", {.match = "folded : hoa", .from_ns = 1001, .limit = 9}, "source1.0 "},
    {"before a time", {.match = "folded : hoa", .to_ns = 2000, .limit = 9}, "source2.0 "},
    {"every page", {.limit = 9}, "source2.0 source2.1 source1.0 source1.1 "},
    {"every page, match empty", {.match = "", .limit = 2}, "source2.0 source2.1 "},
    {"a piece of the path", {.source_like = "%_'", .limit = 9}, "source2.0 source2.1 "},
    {"of another case", {.source_like = "HAI", .limit = 9}, ""},
    {"nothing", {.match = "folded : khong", .limit = 9}, ""},
};

static char *shared_dir; /* made once for all rows of the table */

static void search_finds(void **state)
{
    const struct search_case *c = *state;
    struct err err = {0};
    struct ids ids = {0};
    struct catalogue *catalogue = open_in(shared_dir, ARCHIVE_READ);
    int n = catalogue_search(catalogue, &c->query, note_id, &ids, &err);
    assert_ok(n, err);
    assert_string_equal(ids.text, c->ids);
    if (n > 0)
        assert_true(c->query.match && c->query.match[0] ? ids.score > 0 : ids.score == 0);
    catalogue_close(catalogue);
}

/* "hoà" and "hòa" are one word with its tone behind it, in a private-use letter. Were that letter
 * a separator, "hoa" without a tone would match too. */
static void tones_are_part_of_the_word(void **state)
{
    (void)state;
    struct err err = {0};
    struct ids ids = {0}, none = {0};
    struct bytes match = {0};
    struct catalogue *catalogue = open_in(shared_dir, ARCHIVE_READ);
    assert_ok(bytes_printf(&match, &err, "toned : "), err);
    assert_ok(text_key(span_of_text("hoà"), TEXT_TONED, &match, &err), err);
    assert_ok(bytes_append(&match, span_of("", 1), &err), err);
    struct catalogue_query query = {.match = (const char *)match.data, .limit = 9};
    assert_ok(catalogue_search(catalogue, &query, note_id, &ids, &err), err);
    assert_string_equal(ids.text, "source2.0 source1.0 ");
    query.match = "toned : hoa";
    assert_ok(catalogue_search(catalogue, &query, note_id, &none, &err), err);
    assert_string_equal(none.text, "");
    bytes_done(&match);
    catalogue_close(catalogue);
}

static void adding_twice_changes_nothing(void **state)
{
    const char *dir = *state;
    struct err err = {0};
    struct catalogue_stats first, second;
    struct ids ids = {0};
    fill(dir);
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    assert_ok(catalogue_stats(catalogue, &first, &err), err);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_all(catalogue);
    assert_ok(catalogue_end(catalogue, (struct place){3, 8192}, 17, &err), err);
    assert_ok(catalogue_stats(catalogue, &second, &err), err);
    assert_memory_equal(&first, &second, sizeof first);
    assert_int_equal(first.pages, 4);
    assert_int_equal(first.pages_blank, 1);
    assert_int_equal(first.sources, 2);
    assert_int_equal(first.objects, 2);
    assert_int_equal(first.bytes_in, 300);
    assert_int_equal(first.bytes_raw, 300);
    assert_int_equal(first.bytes_stored, 150);
    assert_int_equal(first.oldest_ns, 1000);
    assert_int_equal(first.newest_ns, 2000);
    assert_int_equal(first.doubt_len, 1);
    assert_string_equal(first.doubts[0].code, "low-confidence");
    assert_int_equal(first.doubts[0].pages, 3);
    assert_int_equal(first.doubts[0].second, 2);
    assert_ok(catalogue_check(catalogue, &err), err);
    assert_ok(catalogue_search(catalogue, &(struct catalogue_query){.limit = UINT32_MAX}, note_id,
                               &ids, &err),
              err);
    assert_string_equal(ids.text, "source2.0 source2.1 source1.0 source1.1 ");
    catalogue_close(catalogue);
}

static int check_row(void *self, const struct page_row *row, struct err *err)
{
    struct digest source = digest_n(2);
    (void)self;
    (void)err;
    assert_string_equal(row->page.id, "source2.0");
    assert_true(digest_equal(&row->page.source, &source));
    assert_int_equal(row->page.width_px, 2480);
    assert_int_equal(row->page.dpi, 300);
    assert_true(row->page.skew_deg < -0.2);
    assert_string_equal(row->page.engine, "tesseract 5.3.0");
    assert_string_equal(row->page.doubt, "low-confidence");
    assert_string_equal(row->page.separator, "qr");
    assert_string_equal(row->page.separator_text, "Mã: H57.12-250705-0001");
    assert_string_equal(row->page.separator_code, "H57.12-250705-0001");
    assert_string_equal(row->page.status, "ok");
    assert_string_equal(row->source_path, "a/một%_'.tif");
    assert_int_equal(row->archived_ns, 1000);
    return 0;
}

static void what_was_added_is_found(void **state)
{
    const char *dir = *state;
    struct err err = {0};
    struct group_entry entry;
    struct place mark;
    struct ids ids = {0};
    uint64_t seq;
    struct digest one = digest_n(1), none = digest_n(77);
    fill(dir);
    struct catalogue *catalogue = open_in(dir, ARCHIVE_READ);
    assert_int_equal(catalogue_find_object(catalogue, &one, &entry, &err), 1);
    assert_int_equal(entry.place.off, 4096);
    assert_int_equal(entry.stored_bytes, 50);
    assert_int_equal(entry.codec, CODEC_ZSTD);
    assert_int_equal(catalogue_find_object(catalogue, &none, &entry, &err), 0);
    assert_int_equal(catalogue_find_source(catalogue, &one, &err), 1);
    assert_int_equal(catalogue_find_source(catalogue, &none, &err), 0);
    assert_int_equal(catalogue_pages_by_id(catalogue, "source2.0", check_row, NULL, &err), 1);
    assert_int_equal(catalogue_pages_by_id(catalogue, "source2.9", check_row, NULL, &err), 0);
    assert_int_equal(catalogue_pages_of(catalogue, &one, note_id, &ids, &err), 2);
    assert_string_equal(ids.text, "source1.0 source1.1 ");
    assert_ok(catalogue_mark(catalogue, &mark, &seq, &err), err);
    assert_int_equal(mark.segment, 3);
    assert_int_equal(mark.off, 8192);
    assert_int_equal(seq, 17);
    assert_ok(catalogue_check(catalogue, &err), err);
    catalogue_close(catalogue);
}

static void add_object(struct catalogue *catalogue, unsigned n, enum object_type type, uint64_t off)
{
    struct err err = {0};
    struct group_entry entry = {.id = digest_n(n),
                                .type = type,
                                .codec = CODEC_DICTIONARY,
                                .raw_bytes = n,
                                .stored_bytes = n / 2,
                                .place = {1, off}};
    assert_ok(catalogue_add_object(catalogue, &entry, &err), err);
}

/* Pages 0 to n-1 of a source, each with the text 300 + its number; the last with a picture. */
static void add_texts(struct catalogue *catalogue, unsigned n)
{
    struct err err = {0};
    for (unsigned i = 0; i < n; i++) {
        char id[PAGE_ID_MAX];
        (void)snprintf(id, sizeof id, "texts.%u", i);
        struct catalogue_page page = plain_page(id, digest_n(1), i);
        page.alto = digest_n(300 + i);
        if (i + 1 == n)
            page.image = digest_n(40);
        assert_ok(catalogue_add_page(catalogue, &page, span_of("", 0), span_of("", 0), &err), err);
        add_object(catalogue, 300 + i, OBJECT_BLOB, 100000 + i);
    }
}

static void same_bytes(const struct catalogue_stats *stats, enum catalogue_kind kind,
                       uint64_t objects, uint64_t raw, uint64_t stored)
{
    assert_int_equal(stats->kinds[kind].objects, objects);
    assert_int_equal(stats->kinds[kind].raw, raw);
    assert_int_equal(stats->kinds[kind].stored, stored);
}

static void bytes_are_counted_by_what_they_are_for(void **state)
{
    struct err err = {0};
    struct catalogue_stats stats;
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_source(catalogue, 1, "a.tif", 1000); /* 100 bytes at 4096, stored as 50 */
    add_texts(catalogue, 2);
    add_object(catalogue, 40, OBJECT_BLOB, 5000);
    add_object(catalogue, 60, OBJECT_META, 6000);
    add_object(catalogue, 62, OBJECT_META, 4096); /* a record where dictionaries stand */
    add_object(catalogue, 80, OBJECT_BLOB, 4096);
    add_object(catalogue, 90, OBJECT_BLOB, 9000); /* of a file that was never finished */
    assert_ok(catalogue_end(catalogue, (struct place){1, 8192}, 1, &err), err);
    assert_ok(catalogue_stats(catalogue, &stats, &err), err);
    same_bytes(&stats, KIND_SOURCE, 1, 100, 50);
    same_bytes(&stats, KIND_ALTO, 2, 601, 300);
    same_bytes(&stats, KIND_IMAGE, 1, 40, 20);
    same_bytes(&stats, KIND_RECORD, 2, 122, 61);
    same_bytes(&stats, KIND_DICTIONARY, 1, 80, 40);
    same_bytes(&stats, KIND_OTHER, 1, 90, 45);
    assert_int_equal(stats.objects, 8);
    assert_true(catalogue_file_bytes(catalogue) > 4096);
    catalogue_close(catalogue);
}

static int note_text(void *self, const struct digest *alto, struct err *err)
{
    uint64_t *seen = self;
    (void)err;
    for (unsigned i = 0; i < 60; i++) {
        struct digest id = digest_n(300 + i);
        if (digest_equal(alto, &id)) {
            assert_int_equal(*seen >> i & 1, 0);
            *seen |= 1ull << i;
            return 0;
        }
    }
    fail_msg("a text that no page has");
    return -1;
}

static void texts_are_taken_from_everywhere(void **state)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    uint64_t seen = 0;
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_page(catalogue, 9, 0, NULL); /* without a text */
    add_texts(catalogue, 60);
    assert_ok(catalogue_end(catalogue, (struct place){1, 8192}, 1, &err), err);
    assert_int_equal(catalogue_texts(catalogue, 60, note_text, &seen, &err), 30);
    seen = 0;
    assert_int_equal(catalogue_texts(catalogue, 61, note_text, &seen, &err), 60);
    assert_int_equal(seen, (1ull << 60) - 1);
    seen = 0;
    int some = catalogue_texts(catalogue, 10, note_text, &seen, &err);
    assert_true(some >= 5 && some <= 10);
    assert_true((seen & 0x3FF) != 0 && (seen >> 50) != 0); /* of the first and of the last */
    catalogue_close(catalogue);
}

static void what_is_abandoned_leaves_nothing(void **state)
{
    struct err err = {0};
    struct place mark;
    uint64_t seq;
    struct catalogue_stats stats;
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_all(catalogue);
    catalogue_abandon(catalogue);
    catalogue_abandon(catalogue);
    assert_ok(catalogue_stats(catalogue, &stats, &err), err);
    assert_int_equal(stats.pages + stats.objects + stats.sources, 0);
    assert_ok(catalogue_mark(catalogue, &mark, &seq, &err), err);
    assert_int_equal(mark.segment, 0);
    assert_int_equal(seq, 0);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_all(catalogue);
    catalogue_close(catalogue); /* without end: the same */
    catalogue = open_in(*state, ARCHIVE_WRITE);
    assert_ok(catalogue_stats(catalogue, &stats, &err), err);
    assert_int_equal(stats.pages, 0);
    catalogue_close(catalogue);
}

static void killed_between_begin_and_end_leaves_the_last_end(void **state)
{
    const char *dir = *state;
    struct err err = {0};
    struct catalogue_stats stats;
    fill(dir);
    pid_t pid = fork();
    if (pid == 0) {
        struct catalogue *catalogue = catalogue_open(dir, ARCHIVE_WRITE, &err);
        if (!catalogue || catalogue_begin(catalogue, &err) < 0)
            _exit(1);
        add_page(catalogue, 5, 0, "không bao giờ");
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    assert_ok(catalogue_stats(catalogue, &stats, &err), err);
    assert_int_equal(stats.pages, 4);
    assert_ok(catalogue_check(catalogue, &err), err);
    catalogue_close(catalogue);
}

static void a_reader_sees_what_was_ended_while_another_writes(void **state)
{
    const char *dir = *state;
    struct err err = {0};
    struct catalogue_stats stats;
    fill(dir);
    struct catalogue *writer = open_in(dir, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(writer, &err), err);
    add_page(writer, 5, 0, "đang viết");
    struct catalogue *reader = open_in(dir, ARCHIVE_READ);
    assert_ok(catalogue_stats(reader, &stats, &err), err);
    assert_int_equal(stats.pages, 4);
    assert_ok(catalogue_end(writer, (struct place){4, 4096}, 18, &err), err);
    assert_ok(catalogue_stats(reader, &stats, &err), err);
    assert_int_equal(stats.pages, 5);
    catalogue_close(reader);
    catalogue_close(writer);
}

static void reads_where_it_may_not_write(void **state)
{
    const char *dir = *state;
    char path[300];
    fill(dir);
    (void)snprintf(path, sizeof path, "%s/catalogue.db-wal", dir);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(chmod(dir, 0555), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = {0};
        struct catalogue_stats stats = {0};
        if (geteuid() == 0 && setuid(NOBODY) < 0)
            _exit(1);
        struct catalogue *catalogue = catalogue_open(dir, ARCHIVE_READ, &err);
        if (!catalogue || catalogue_stats(catalogue, &stats, &err) < 0 ||
            catalogue_check(catalogue, &err) < 0)
            _exit(2);
        _exit(stats.pages == 4 ? 0 : 3);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void odd_letters_in_the_path_are_letters(void **state)
{
    char dir[300];
    (void)snprintf(dir, sizeof dir, "%s/hồ sơ?mode=ro&100%%25#1", (const char *)*state);
    assert_int_equal(mkdir(dir, 0755), 0);
    fill(dir);
    catalogue_close(open_in(dir, ARCHIVE_READ));
    (void)snprintf(dir + strlen(dir), sizeof dir - strlen(dir), "/catalogue.db");
    assert_int_equal(access(dir, F_OK), 0);
}

static void run_sql(const char *dir, const char *sql)
{
    char path[300];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/catalogue.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static const struct foreign_case {
    const char *why, *sql;
} foreign[] = {
    {"of another version", "PRAGMA user_version = 99"},
    {"of another program", "PRAGMA application_id = 1"},
    {"with a trigger", "CREATE TRIGGER t AFTER INSERT ON object BEGIN DELETE FROM object; END"},
    {"with a view", "CREATE VIEW v AS SELECT 1"},
};

static void is_refused_with_a_way_out(void **state)
{
    const struct foreign_case *c = *state;
    struct err err = {0};
    char *dir = test_dir_make();
    fill(dir);
    run_sql(dir, c->sql);
    assert_null(catalogue_open(dir, ARCHIVE_READ, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "run sohoa reindex"));
    assert_null(catalogue_open(dir, ARCHIVE_WRITE, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_ok(catalogue_remove(dir, &err), err);
    fill(dir);
    test_dir_remove(dir);
}

static void none_and_noise_are_corrupt(void **state)
{
    const char *dir = *state;
    struct err err = {0};
    char path[300];
    assert_null(catalogue_open(dir, ARCHIVE_READ, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    (void)snprintf(path, sizeof path, "%s/catalogue.db", dir);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 2000; i++)
        (void)fputs("noise", file);
    (void)fclose(file);
    assert_null(catalogue_open(dir, ARCHIVE_READ, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_null(catalogue_open(dir, ARCHIVE_WRITE, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
}

static void rows_of_another_shape_are_corrupt(void **state)
{
    const char *dir = *state;
    struct err err = {0};
    struct ids ids = {0};
    fill(dir);
    run_sql(dir, "UPDATE page SET source = x'1234' WHERE id = 'source2.0'");
    struct catalogue *catalogue = open_in(dir, ARCHIVE_READ);
    assert_int_equal(catalogue_search(catalogue, &(struct catalogue_query){.limit = UINT32_MAX},
                                      note_id, &ids, &err),
                     -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    catalogue_close(catalogue);
}

static void a_page_without_words_is_found_by_check(void **state)
{
    struct err err = {0};
    fill(*state);
    run_sql(*state, "DELETE FROM words_docsize WHERE id = 1");
    struct catalogue *catalogue = open_in(*state, ARCHIVE_WRITE);
    assert_int_equal(catalogue_check(catalogue, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    catalogue_close(catalogue);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        IN_DIR(bytes_are_counted_by_what_they_are_for),
        IN_DIR(texts_are_taken_from_everywhere),
        cmocka_unit_test(tones_are_part_of_the_word),
        IN_DIR(adding_twice_changes_nothing),
        IN_DIR(what_was_added_is_found),
        IN_DIR(what_is_abandoned_leaves_nothing),
        IN_DIR(killed_between_begin_and_end_leaves_the_last_end),
        IN_DIR(a_reader_sees_what_was_ended_while_another_writes),
        IN_DIR(reads_where_it_may_not_write),
        IN_DIR(odd_letters_in_the_path_are_letters),
        IN_DIR(none_and_noise_are_corrupt),
        IN_DIR(rows_of_another_shape_are_corrupt),
        IN_DIR(a_page_without_words_is_found_by_check),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(searches) + ARRAY_LEN(foreign)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(searches); i++)
        tests[n++] =
            (struct CMUnitTest){searches[i].why, search_finds, NULL, NULL, (void *)&searches[i]};
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
        tests[n++] = (struct CMUnitTest){foreign[i].why, is_refused_with_a_way_out, NULL, NULL,
                                         (void *)&foreign[i]};
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    shared_dir = test_dir_make();
    fill(shared_dir);
    int failed = cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
    test_dir_remove(shared_dir);
    return failed;
}
