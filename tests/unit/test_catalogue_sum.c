/* tests/unit/test_catalogue_sum.c - the sum of all pages beside the catalogue: it follows what a
 * writer writes, and what nobody wrote is noticed. */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/catalogue_impl.h"
#include "tests/unit/catalogue_fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    return cmocka_run_group_tests_name("catalogue sum", tests, NULL, NULL);
}
