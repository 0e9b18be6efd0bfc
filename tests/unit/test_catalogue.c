/* tests/unit/test_catalogue.c - the derived index: adding, finding, searching, damage. */
#include "storage/catalogue_impl.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/unit/test.h"

#define NOBODY 65534

static int set_up(void **state)
{
    *state = test_dir_make();
    return 0;
}

static int tear_down(void **state)
{
    test_dir_remove(*state);
    return 0;
}

static struct digest digest_n(unsigned n)
{
    return digest_of(span_of(&n, sizeof n));
}

static struct catalogue *open_in(const char *dir, enum archive_mode mode)
{
    struct err err = {0};
    struct catalogue *catalogue = catalogue_open(dir, mode, &err);
    assert_ok_ptr(catalogue, err);
    return catalogue;
}

static void add_page(struct catalogue *catalogue, unsigned source, unsigned index, const char *text)
{
    struct err err = {0};
    struct bytes toned = {0}, folded = {0};
    char id[PAGE_ID_MAX];
    (void)snprintf(id, sizeof id, "source%u.%u", source, index);
    struct catalogue_page page = {
        .id = id,
        .source = digest_n(source),
        .record = digest_n(1000 + source),
        .index = index,
        .width_px = 2480,
        .height_px = 3508,
        .dpi = 300,
        .skew_deg = -0.25,
        .confidence = 0.9,
        .status = text ? "ok" : "blank",
        .reason_code = "",
        .reason_detail = "",
        .engine = index ? "sohoa 0.1.0" : "tesseract 5.3.0",
        .doubt = text ? "low-confidence" : "",
        .separator = index ? "" : "qr",
        .separator_text = index ? "" : "Mã: H57.12-250705-0001",
        .separator_code = index ? "" : "H57.12-250705-0001",
    };
    text = text ? text : "";
    assert_ok(text_key(span_of_text(text), TEXT_TONED, &toned, &err), err);
    assert_ok(text_key(span_of_text(text), TEXT_FOLDED, &folded, &err), err);
    assert_ok(catalogue_add_page(catalogue, &page, bytes_span(&toned), bytes_span(&folded), &err),
              err);
    bytes_done(&toned);
    bytes_done(&folded);
}

static void add_source(struct catalogue *catalogue, unsigned n, const char *path, int64_t when)
{
    struct err err = {0};
    struct catalogue_source source = {
        .id = digest_n(n),
        .record = digest_n(1000 + n),
        .path = path,
        .format = "tiff",
        .size_bytes = 100 * n,
        .pages = 2,
        .archived_ns = when,
    };
    struct group_entry entry = {
        .id = digest_n(n),
        .type = OBJECT_BLOB,
        .codec = CODEC_ZSTD,
        .raw_bytes = 100 * n,
        .stored_bytes = 50 * n,
        .place = {n, 4096 * n},
    };
    assert_ok(catalogue_add_source(catalogue, &source, &err), err);
    assert_ok(catalogue_add_object(catalogue, &entry, &err), err);
}

static void add_all(struct catalogue *catalogue)
{
    add_source(catalogue, 1, "b/hai.tif", 2000);
    add_source(catalogue, 2, "a/một%_'.tif", 1000);
    add_page(catalogue, 1, 1, NULL);
    add_page(catalogue, 1, 0, "QUYẾT ĐỊNH về việc hoà giải");
    add_page(catalogue, 2, 0, "Quyet dinh: hòa bình, hòa bình, hòa bình");
    add_page(catalogue, 2, 1, "Tờ trình số 123/TTr-UBND về đường xá");
}

static void fill(const char *dir)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_all(catalogue);
    assert_ok(catalogue_end(catalogue, (struct place){3, 8192}, 17, &err), err);
    catalogue_close(catalogue);
}

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
        struct catalogue_page page = {.id = id,
                                      .source = digest_n(1),
                                      .alto = digest_n(300 + i),
                                      .index = i,
                                      .status = "ok",
                                      .reason_code = "",
                                      .reason_detail = "",
                                      .engine = "sohoa 0.1.0",
                                      .doubt = "",
                                      .separator = "",
                                      .separator_text = "",
                                      .separator_code = ""};
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

static bool detected(const char *dir)
{
    struct err err = {0};
    struct catalogue *catalogue = catalogue_open(dir, ARCHIVE_READ, &err);
    bool seen = !catalogue || catalogue_check(catalogue, &err) < 0;
    assert_true(!seen || err.kind == ERR_CORRUPT || err.kind == ERR_SYSTEM);
    catalogue_close(catalogue);
    return seen;
}

static void flip(int fd, off_t at)
{
    uint8_t byte;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x20;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void a_flipped_byte_is_detected(void **state)
{
    const char *dir = *state;
    char path[300];
    fill(dir);
    assert_false(detected(dir));
    for (int which = 0; which < 2; which++) {
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/catalogue.%s", dir, which ? "sum" : "db");
        int fd = open(path, O_RDWR);
        assert_int_equal(fstat(fd, &st), 0);
        for (off_t at = 0; at < st.st_size; at += which ? 1 : 499) {
            flip(fd, at);
            assert_true(detected(dir));
            flip(fd, at);
        }
        (void)close(fd);
    }
    assert_false(detected(dir));
}

static void the_sum_is_gone_while_a_writer_writes(void **state)
{
    const char *dir = *state;
    char path[300];
    struct err err = {0};
    fill(dir);
    (void)snprintf(path, sizeof path, "%s/catalogue.sum", dir);
    assert_int_equal(access(path, F_OK), 0);
    struct catalogue *writer = open_in(dir, ARCHIVE_WRITE);
    assert_int_equal(access(path, F_OK), 0); /* opening changes nothing */
    assert_ok(catalogue_begin(writer, &err), err);
    assert_int_not_equal(access(path, F_OK), 0);
    add_page(writer, 5, 0, "mới");
    assert_ok(catalogue_end(writer, (struct place){4, 4096}, 18, &err), err);
    assert_false(detected(dir));
    catalogue_close(writer);
    assert_int_equal(access(path, F_OK), 0);
    assert_false(detected(dir));
}

/* --- the checksum follows what a writer writes --- */

static void in_dir(const char *dir, const char *name, char ret_path[300])
{
    (void)snprintf(ret_path, 300, "%s/%s", dir, name);
}

static struct bytes read_whole(const char *dir, const char *name)
{
    struct err err = {0};
    struct bytes bytes = {0};
    char path[300], piece[4096];
    in_dir(dir, name, path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        assert_ok(bytes_append(&bytes, span_of(piece, n), &err), err);
    (void)fclose(file);
    return bytes;
}

static void write_whole(const char *dir, const char *name, struct span data)
{
    char path[300];
    in_dir(dir, name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data.data, 1, data.len, file), data.len);
    assert_int_equal(fclose(file), 0);
}

static void add_pages(struct catalogue *catalogue, unsigned first, unsigned n)
{
    struct err err = {0};
    char text[200];
    assert_ok(catalogue_begin(catalogue, &err), err);
    for (unsigned i = first; i < first + n; i++) {
        (void)snprintf(text, sizeof text, "trang %u so %u cua %u", i, i * 7919, i * 104729);
        add_source(catalogue, i, text, i);
        add_page(catalogue, i, 0, text);
    }
    assert_ok(catalogue_end(catalogue, (struct place){4, 4096 * first}, first, &err), err);
}

static void write_session(const char *dir, unsigned first, unsigned n)
{
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    add_pages(catalogue, first, n);
    catalogue_close(catalogue);
}

/* Without its line the whole file is hashed at the next close; the pages are the same. */
static void assert_sum_is_that_of_the_whole(const char *dir)
{
    char path[300];
    struct err err = {0};
    in_dir(dir, "catalogue.sum", path);
    assert_false(detected(dir));
    struct bytes before = read_whole(dir, "catalogue.db");
    struct bytes sum = read_whole(dir, "catalogue.sum");
    assert_int_equal(unlink(path), 0);
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    catalogue_abandon(catalogue);
    catalogue_close(catalogue);
    struct bytes after = read_whole(dir, "catalogue.db");
    struct bytes again = read_whole(dir, "catalogue.sum");
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, after.len);
    assert_int_equal(sum.len, again.len);
    assert_memory_equal(sum.data, again.data, sum.len);
    bytes_done(&before);
    bytes_done(&sum);
    bytes_done(&after);
    bytes_done(&again);
}

static void many_writers_leave_the_sum_of_the_whole(void **state)
{
    const char *dir = *state;
    fill(dir);
    for (unsigned i = 0; i < 30; i++)
        write_session(dir, 100 + 1000 * i, 1 + i * i % 37);
    assert_sum_is_that_of_the_whole(dir);
}

/* Pages are moved into the file while it is written, some of them again and again. */
static void one_long_writer_leaves_the_sum_of_the_whole(void **state)
{
    const char *dir = *state;
    struct stat st;
    char path[300];
    fill(dir);
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    in_dir(dir, "catalogue.db", path);
    assert_int_equal(stat(path, &st), 0);
    off_t before = st.st_size;
    for (unsigned i = 0; i < 60; i++)
        add_pages(catalogue, 100 + 1000 * i, 100);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > before); /* not only when it closes */
    catalogue_close(catalogue);
    assert_sum_is_that_of_the_whole(dir);
}

/* A reader that stays keeps pages out of the file: no sum then; the next writer makes one. */
static void a_reader_in_the_way_costs_the_sum_not_its_truth(void **state)
{
    const char *dir = *state;
    char path[300];
    struct err err = {0};
    struct catalogue_stats stats;
    fill(dir);
    in_dir(dir, "catalogue.sum", path);
    struct catalogue *reader = open_in(dir, ARCHIVE_READ);
    assert_ok(catalogue_hold(reader, &err), err);
    assert_ok(catalogue_stats(reader, &stats, &err), err);
    write_session(dir, 100, 50);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_false(detected(dir));
    catalogue_close(reader);
    write_session(dir, 200, 50);
    assert_sum_is_that_of_the_whole(dir);
}

/* By the sum, before SQLite looks. */
static void assert_sum_differs(const char *dir)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(dir, ARCHIVE_READ);
    assert_int_equal(catalogue_check(catalogue, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_string_equal(err.text, "catalogue: it does not match its checksum: run sohoa reindex");
    catalogue_close(catalogue);
}

static void damage_stays_visible_behind_a_writer(void **state)
{
    const char *dir = *state;
    char path[300];
    struct stat st;
    fill(dir);
    in_dir(dir, "catalogue.db", path);
    int fd = open(path, O_RDWR);
    assert_int_equal(fstat(fd, &st), 0);
    /* A letter of a path, which SQLite has no eye for. */
    struct bytes whole = read_whole(dir, "catalogue.db");
    const uint8_t *at = memmem(whole.data, whole.len, "hai.tif", 7);
    assert_non_null(at);
    flip(fd, at - whole.data);
    write_session(dir, 100, 3);
    assert_sum_differs(dir);
    write_session(dir, 200, 50);
    assert_sum_differs(dir);
    (void)close(fd);
    bytes_done(&whole);
}

static void an_older_copy_put_back_is_detected(void **state)
{
    const char *dir = *state;
    fill(dir);
    struct bytes older = read_whole(dir, "catalogue.db");
    write_session(dir, 100, 50);
    struct bytes newer = read_whole(dir, "catalogue.db");
    write_whole(dir, "catalogue.db", bytes_span(&older));
    assert_sum_differs(dir);
    write_session(dir, 100, 50); /* what is missing comes again, and a doubt stays */
    assert_sum_differs(dir);
    write_whole(dir, "catalogue.db", bytes_span(&newer));
    bytes_done(&older);
    bytes_done(&newer);
}

static void one_older_page_put_back_is_detected(void **state)
{
    const char *dir = *state;
    fill(dir);
    struct bytes older = read_whole(dir, "catalogue.db");
    write_session(dir, 100, 5);
    struct bytes newer = read_whole(dir, "catalogue.db");
    size_t changed = 0;
    for (size_t at = 0; at < older.len; at += 4096) {
        uint8_t page[4096];
        if (memcmp(older.data + at, newer.data + at, 4096) == 0)
            continue;
        memcpy(page, newer.data + at, 4096);
        memcpy(newer.data + at, older.data + at, 4096);
        write_whole(dir, "catalogue.db", bytes_span(&newer));
        assert_sum_differs(dir);
        memcpy(newer.data + at, page, 4096);
        changed++;
    }
    assert_true(changed > 5);
    write_whole(dir, "catalogue.db", bytes_span(&newer));
    assert_false(detected(dir));
    bytes_done(&older);
    bytes_done(&newer);
}

static void pages_that_changed_places_are_detected(void **state)
{
    const char *dir = *state;
    fill(dir);
    struct bytes whole = read_whole(dir, "catalogue.db");
    uint8_t page[4096];
    memcpy(page, whole.data + 4 * 4096, 4096);
    memcpy(whole.data + 4 * 4096, whole.data + 5 * 4096, 4096);
    memcpy(whole.data + 5 * 4096, page, 4096);
    write_whole(dir, "catalogue.db", bytes_span(&whole));
    assert_sum_differs(dir);
    bytes_done(&whole);
}

static void the_catalogue_of_another_archive_is_detected(void **state)
{
    const char *dir = *state;
    char *other = test_dir_make();
    fill(dir);
    fill(other);
    write_session(other, 100, 1);
    struct bytes db = read_whole(other, "catalogue.db");
    write_whole(dir, "catalogue.db", bytes_span(&db));
    assert_sum_differs(dir);
    bytes_done(&db);
    test_dir_remove(other);
}

static void more_or_less_of_the_file_is_detected(void **state)
{
    const char *dir = *state;
    struct err err = {0};
    static const uint8_t zeros[4096];
    fill(dir);
    struct bytes whole = read_whole(dir, "catalogue.db");
    for (size_t less = 1; less <= 4096; less += 4095) {
        write_whole(dir, "catalogue.db", span_of(whole.data, whole.len - less));
        assert_true(detected(dir));
    }
    assert_ok(bytes_append(&whole, span_of(zeros, sizeof zeros), &err), err);
    for (size_t less = 0; less < 4096; less += 4095) {
        write_whole(dir, "catalogue.db", span_of(whole.data, whole.len - less));
        assert_true(detected(dir));
    }
    write_whole(dir, "catalogue.db", span_of(whole.data, whole.len - sizeof zeros));
    assert_false(detected(dir));
    bytes_done(&whole);
}

static void a_new_catalogue_has_nothing_of_the_one_before(void **state)
{
    const char *dir = *state;
    char path[300];
    fill(dir);
    in_dir(dir, "catalogue.db", path);
    assert_int_equal(unlink(path), 0);
    fill(dir);
    assert_sum_is_that_of_the_whole(dir);
}

/* An older sohoa left the digest of the whole file. */
static void a_digest_of_before_is_left_until_a_writer_closes(void **state)
{
    const char *dir = *state;
    char line[100], hex[DIGEST_HEX_LEN + 1];
    fill(dir);
    struct digest digest = digest_n(1);
    (void)snprintf(line, sizeof line, "%s  catalogue.db\n", digest_hex(&digest, hex));
    write_whole(dir, "catalogue.sum", span_of_text(line));
    assert_false(detected(dir));
    line[0] = 'x';
    write_whole(dir, "catalogue.sum", span_of_text(line));
    assert_sum_differs(dir);
    write_session(dir, 100, 5);
    assert_sum_is_that_of_the_whole(dir);
}

static bool known_after(const char *dir, const char *sql)
{
    char path[300];
    sqlite3 *db = NULL;
    struct page_sum sum = {.known = true};
    in_dir(dir, "any.db", path);
    catalogue_file_register();
    assert_int_equal(
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, CATALOGUE_VFS_NAME),
        SQLITE_OK);
    assert_int_equal(catalogue_file_watch(db, &sum), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(unlink(path), 0);
    return sum.known;
}

/* None of this happens to a catalogue; if it ever does, the whole file is hashed again. */
static void writes_of_another_kind_leave_the_sum_unknown(void **state)
{
    const char *dir = *state;
    assert_true(known_after(dir, "CREATE TABLE t(x); INSERT INTO t VALUES (randomblob(50000))"));
    assert_false(known_after(dir, "PRAGMA page_size = 1024; CREATE TABLE t(x)"));
    assert_false(known_after(dir, "PRAGMA page_size = 8192; CREATE TABLE t(x)"));
    assert_false(known_after(dir, "CREATE TABLE t(x); INSERT INTO t VALUES (randomblob(50000));"
                                  "DELETE FROM t; VACUUM"));
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

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
        IN_DIR(a_flipped_byte_is_detected),
        IN_DIR(the_sum_is_gone_while_a_writer_writes),
        IN_DIR(many_writers_leave_the_sum_of_the_whole),
        IN_DIR(one_long_writer_leaves_the_sum_of_the_whole),
        IN_DIR(a_reader_in_the_way_costs_the_sum_not_its_truth),
        IN_DIR(damage_stays_visible_behind_a_writer),
        IN_DIR(an_older_copy_put_back_is_detected),
        IN_DIR(one_older_page_put_back_is_detected),
        IN_DIR(pages_that_changed_places_are_detected),
        IN_DIR(the_catalogue_of_another_archive_is_detected),
        IN_DIR(more_or_less_of_the_file_is_detected),
        IN_DIR(a_new_catalogue_has_nothing_of_the_one_before),
        IN_DIR(a_digest_of_before_is_left_until_a_writer_closes),
        IN_DIR(writes_of_another_kind_leave_the_sum_unknown),
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
