/* tests/unit/test_archive.c - making, opening, committing, reading, replaying, recovering. */
#include <dirent.h>
#include <errno.h>
#include <sys/wait.h>

#include "tests/unit/archive_fixture.h"

#define SEGMENT_BYTES (16 * KIB)

struct fixture {
    char *dir, *path;
    struct io *io;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err = {0};
    f->dir = test_dir_make();
    f->path = path_in(f->dir, "archive");
    f->io = io_open(IO_PLAIN, NULL, &err);
    *state = f;
    return f->io ? archive_init(f->io, f->path, &err) : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    io_close(f->io);
    free(f->path);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

static struct archive *open_writer(struct fixture *f)
{
    struct err err = {0};
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    return archive;
}

static int64_t count_by_reader(struct fixture *f)
{
    struct err err = {0};
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    int64_t n = count_groups(archive, &err);
    if (n < 0)
        fail_msg("unexpected failure: %s", err.text);
    archive_close(archive);
    return n;
}

static void commit_many(struct archive *archive, unsigned from, unsigned to)
{
    struct err err = {0};
    struct place places[PER_GROUP];
    for (unsigned g = from; g < to; g++)
        assert_ok(commit_group(archive, g, places, &err), err);
}

/* Number of files in seg/ whose name ends so. */
static unsigned count_files(struct fixture *f, const char *suffix)
{
    char *seg = path_in(f->path, "seg");
    DIR *dir = opendir(seg);
    unsigned n = 0;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        size_t len = strlen(e->d_name);
        n += len > strlen(suffix) && strcmp(e->d_name + len - strlen(suffix), suffix) == 0;
    }
    closedir(dir);
    free(seg);
    return n;
}

static void groups_come_back_over_many_segments(void **state)
{
    struct fixture *f = *state;
    struct archive *archive = open_writer(f);
    assert_int_equal(count_groups(archive, &(struct err){0}), 0);
    commit_many(archive, 0, 2);
    assert_int_equal(count_groups(archive, &(struct err){0}), 2);
    commit_many(archive, 2, 12);
    assert_int_equal(count_groups(archive, &(struct err){0}), 12);
    archive_close(archive);
    assert_int_equal(count_files(f, ".seg"), 3);
    assert_int_equal(count_files(f, ".open"), 1);
    assert_int_equal(count_by_reader(f), 12);
    archive = open_writer(f);
    commit_many(archive, 12, 20);
    assert_int_equal(count_by_reader(f), 20);
    struct archive_size size;
    struct err err = {0};
    assert_ok(archive_measure(archive, &size, &err), err);
    assert_int_equal(size.segments, count_files(f, ".seg") + 1);
    archive_close(archive);
}

static void a_closed_archive_gives_back_its_room(void **state)
{
    struct fixture *f = *state;
    struct archive *archive = open_writer(f);
    commit_many(archive, 0, 1);
    struct archive_size used, closed;
    struct err err = {0};
    assert_ok(archive_measure(archive, &used, &err), err);
    assert_true(used.segment_bytes >= SEGMENT_BYTES);
    archive_close(archive);
    archive = open_writer(f);
    assert_ok(archive_measure(archive, &closed, &err), err);
    assert_int_equal(closed.segment_bytes, 3 * 4096); /* block 0, group, CLOSE */
    archive_close(archive);
    archive = open_writer(f); /* opening and closing writes nothing */
    assert_ok(archive_measure(archive, &closed, &err), err);
    assert_int_equal(closed.segment_bytes, 3 * 4096);
    archive_close(archive);
}

static void replay_goes_on_from_any_mark(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct archive *archive = open_writer(f);
    struct place marks[13] = {{0}};
    for (unsigned g = 0; g < 12; g++) {
        commit_many(archive, g, g + 1);
        struct seen seen = {.archive = archive};
        assert_ok(archive_replay(archive, (struct place){0}, see_group, &seen, &err), err);
        marks[g + 1] = seen.end;
    }
    for (unsigned g = 0; g <= 12; g++) {
        struct seen seen = {.archive = archive, .groups = g};
        assert_ok(archive_replay(archive, marks[g], see_group, &seen, &err), err);
        assert_int_equal(seen.groups, 12);
    }
    const struct place wrong[] = {{1, marks[1].off + 4096 * 99}, {1, marks[1].off + 16}, {9, 4096}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct seen seen = {.archive = archive};
        assert_int_equal(archive_replay(archive, wrong[i], see_group, &seen, &err), -1);
        assert_int_equal(err.kind, ERR_CORRUPT);
    }
    archive_close(archive);
}

static int stop_at_once(void *self, const struct group *group, struct err *err)
{
    (void)self;
    return err_set(err, ERR_RETRY, "enough of %u", (unsigned)group->seq);
}

static void a_visit_can_end_the_replay(void **state)
{
    struct err err = {0};
    struct archive *archive = open_writer(*state);
    commit_many(archive, 0, 2);
    assert_int_equal(archive_replay(archive, (struct place){0}, stop_at_once, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    assert_string_equal(err.text, "enough of 1");
    archive_close(archive);
}

static void a_wrong_place_is_corrupt(void **state)
{
    struct err err = {0};
    struct archive *archive = open_writer(*state);
    struct place places[PER_GROUP];
    struct bytes out = {0};
    struct digest other = id_of(0, 1);
    assert_ok(commit_group(archive, 0, places, &err), err);
    const struct place wrong[] = {{1, places[0].off + 16}, {1, 0}, {1, 1u << 30}, {2, 4096}, {0, 0},
                                  {1, UINT64_MAX}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(archive_read(archive, wrong[i], NULL, &out, &err), -1);
        assert_true(err.kind == ERR_CORRUPT || wrong[i].off == UINT64_MAX);
    }
    assert_int_equal(archive_read(archive, places[0], &other, &out, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "another object"));
    assert_int_equal(out.len, 0);
    bytes_done(&out);
    archive_close(archive);
}

static void impossible_groups_change_nothing(void **state)
{
    struct err err = {0};
    struct archive *archive = open_writer(*state);
    struct object huge = {.raw_bytes = OBJECT_RAW_MAX + 1};
    struct place place;
    assert_int_equal(archive_commit(archive, NULL, 0, 0, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(archive_commit(archive, &huge, 1, 0, &place, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    commit_many(archive, 0, 1); /* not poisoned */
    archive_close(archive);
}

static void what_is_no_archive_is_said(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char *nowhere = path_in(f->dir, "nowhere"), *format = path_in(f->path, "FORMAT");
    assert_null(archive_open(f->io, nowhere, ARCHIVE_READ, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(archive_open(f->io, f->dir, ARCHIVE_WRITE, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_non_null(strstr(err.text, "not an archive"));
    assert_null(archive_open(f->io, format, ARCHIVE_READ, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(archive_init(f->io, f->path, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_non_null(strstr(err.text, "archive already"));
    assert_int_equal(archive_init(f->io, f->dir, &err), -1); /* holds "archive" */
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(archive_init(f->io, format, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    free(nowhere);
    free(format);
}

static void another_version_is_left_alone(void **state)
{
    /* crc32c("sohoa archive 4\nwhatever\n") and of version 1, computed by another program. */
    static const struct {
        const char *text, *version;
    } cases[] = {
        {"sohoa archive 4\nwhatever\ncrc32c a044f22a\n", "version 4"},
        {"sohoa archive 1\nwhatever\ncrc32c 612a370d\n", "version 1"},
    };
    struct fixture *f = *state;
    char *format = path_in(f->path, "FORMAT");
    assert_int_equal(chmod(format, 0644), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        file_put(format, span_of_text(cases[i].text));
        assert_null(archive_open(f->io, f->path, ARCHIVE_READ, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_non_null(strstr(err.text, cases[i].version));
    }
    free(format);
}

static void a_second_writer_is_told_to_wait(void **state)
{
    struct fixture *f = *state;
    struct archive *archive = open_writer(f);
    struct err err = {0};
    assert_null(archive_open(f->io, f->path, ARCHIVE_WRITE, &err));
    assert_int_equal(err.kind, ERR_RETRY);
    pid_t pid = fork();
    if (pid == 0) {
        struct io *io = io_open(IO_PLAIN, NULL, &err);
        struct archive *other = archive_open(io, f->path, ARCHIVE_WRITE, &err);
        _exit(other == NULL && err.kind == ERR_RETRY ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    archive_close(archive);
    archive_close(open_writer(f));
}

/* The reader must see 0, 1, 2 ... groups, each whole, while segments are sealed under it. */
static void a_reader_beside_a_writer_sees_whole_groups(void **state)
{
    struct fixture *f = *state;
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = {0};
        struct io *io = io_open(IO_PLAIN, NULL, &err);
        struct archive *archive = archive_open(io, f->path, ARCHIVE_WRITE, &err);
        struct place places[PER_GROUP];
        archive_set_segment_bytes(archive, SEGMENT_BYTES);
        for (unsigned g = 0; g < 40; g++)
            if (commit_group(archive, g, places, &err) < 0)
                _exit(1);
        archive_close(archive);
        _exit(0);
    }
    int64_t before = 0;
    int status = -1;
    bool over = false;
    while (!over) {
        over = waitpid(pid, &status, WNOHANG) == pid;
        int64_t now = count_by_reader(f);
        assert_true(now >= before);
        before = now;
    }
    assert_int_equal(status, 0);
    assert_int_equal(before, 40);
}

static void a_reader_follows_a_renamed_segment(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct bytes out = {0};
    struct place places[PER_GROUP];
    struct archive *archive = open_writer(f);
    assert_ok(commit_group(archive, 0, places, &err), err);
    struct archive *reader = archive_open(f->io, f->path, ARCHIVE_READ, &err);
    assert_int_equal(count_groups(reader, &err), 1); /* it has read the directory */
    commit_many(archive, 1, 9);
    struct archive *late = archive_open(f->io, f->path, ARCHIVE_READ, &err);
    assert_ok(archive_read(reader, places[0], NULL, &out, &err), err);
    assert_ok(archive_read(late, places[0], NULL, &out, &err), err);
    assert_int_equal(count_groups(reader, &err), 9);
    bytes_done(&out);
    archive_close(late);
    archive_close(reader);
    archive_close(archive);
}

/* --- recovery --- */

/* The only open segment of an archive with 3 groups that was never closed. */
static char *three_groups_unclosed(struct fixture *f)
{
    pid_t pid = fork();
    if (pid == 0) {
        commit_many(open_writer(f), 0, 3);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return path_in(f->path, "seg/0000000001.open");
}

static void any_truncation_leaves_a_prefix_of_the_groups(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char *path = three_groups_unclosed(f);
    struct bytes whole = file_bytes(path);
    for (size_t len = 0; len <= 5 * 4096; len += (len + 20) % 4096 < 240 ? 5 : 89) {
        file_put(path, span_of(whole.data, len));
        int64_t expect = len < 4096 ? 0 : (int64_t)(len / 4096) - 1;
        if (expect > 3)
            expect = 3;
        assert_int_equal(count_by_reader(f), expect);
        forget_log(f->path);
        struct archive *archive = open_writer(f);
        assert_int_equal(count_groups(archive, &err), expect);
        archive_set_segment_bytes(archive, MIB); /* nothing is sealed */
        commit_many(archive, (unsigned)expect, (unsigned)expect + 1);
        archive_close(archive);
        assert_int_equal(count_by_reader(f), expect + 1);
    }
    bytes_done(&whole);
    free(path);
}

static void a_torn_last_group_is_cut_off(void **state)
{
    struct fixture *f = *state;
    char *path = three_groups_unclosed(f);
    struct bytes whole = file_bytes(path);
    for (size_t at = 3 * 4096; at < 4 * 4096; at += 61) {
        struct bytes torn = whole;
        whole.data[at] ^= 0x10;
        file_put(path, bytes_span(&torn));
        whole.data[at] ^= 0x10;
        assert_int_equal(count_by_reader(f), 2);
        forget_log(f->path);
        struct archive *archive = open_writer(f);
        assert_int_equal(count_groups(archive, &(struct err){0}), 2);
        commit_many(archive, 2, 3);
        archive_close(archive);
        assert_int_equal(count_by_reader(f), 3);
    }
    bytes_done(&whole);
    free(path);
}

static void damage_before_the_last_group_is_never_cut(void **state)
{
    struct fixture *f = *state;
    char *path = three_groups_unclosed(f);
    struct bytes whole = file_bytes(path);
    for (size_t at = 0; at < 3 * 4096; at += 97) {
        struct err err = {0};
        whole.data[at] ^= 0x10;
        file_put(path, bytes_span(&whole));
        assert_null(archive_open(f->io, f->path, ARCHIVE_WRITE, &err));
        assert_int_equal(err.kind, ERR_CORRUPT);
        struct bytes after = file_bytes(path);
        assert_int_equal(after.len, whole.len);
        assert_memory_equal(after.data, whole.data, whole.len);
        bytes_done(&after);
        whole.data[at] ^= 0x10;
    }
    bytes_done(&whole);
    free(path);
}

static void damage_after_a_clean_close_is_never_cut(void **state)
{
    struct fixture *f = *state;
    struct archive *archive = open_writer(f);
    commit_many(archive, 0, 2);
    archive_close(archive);
    char *path = path_in(f->path, "seg/0000000001.open");
    struct bytes whole = file_bytes(path);
    assert_int_equal(whole.len, 4 * 4096);
    whole.data[2 * 4096 + 200] ^= 1; /* in the last group */
    file_put(path, bytes_span(&whole));
    struct err err = {0};
    assert_null(archive_open(f->io, f->path, ARCHIVE_WRITE, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    bytes_done(&whole);
    free(path);
}

static void a_missing_or_doubled_segment_stops_a_writer(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct archive *archive = open_writer(f);
    commit_many(archive, 0, 6);
    archive_close(archive);
    char *open_path = path_in(f->path, "seg/0000000002.open");
    char *third = path_in(f->path, "seg/0000000003.open");
    char *first = path_in(f->path, "seg/0000000001.open");
    assert_int_equal(rename(open_path, third), 0);
    assert_null(archive_open(f->io, f->path, ARCHIVE_WRITE, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "segment 2 is missing"));
    assert_int_equal(rename(third, first), 0);
    assert_null(archive_open(f->io, f->path, ARCHIVE_WRITE, &err));
    assert_non_null(strstr(err.text, "twice"));
    assert_int_equal(rename(first, open_path), 0);
    archive_close(open_writer(f));
    free(open_path);
    free(third);
    free(first);
}

static void open_what_root_alone_may_write(struct io *io, const char *dir)
{
    struct err err = {0};
    struct place places[PER_GROUP];
    char *path = path_in(dir, "his"), *segment = path_in(path, "seg/0000000001.open");
    if ((geteuid() == 0 && (setegid(65534) < 0 || seteuid(65534) < 0)) ||
        archive_init(io, path, &err) < 0)
        _exit(2);
    struct archive *archive = archive_open(io, path, ARCHIVE_WRITE, &err);
    if (!archive || commit_group(archive, 0, places, &err) < 0)
        _exit(3);
    archive_close(archive);
    if (chmod(segment, 0444) < 0)
        _exit(4);
    archive = archive_open(io, path, ARCHIVE_WRITE, &err);
    _exit(archive ? 0 : 1);
}

/* A segment is made read-only before it gets its sealed name; a writer that dies in between leaves
 * one that nobody but root can open for writing. */
static void a_writer_that_died_while_sealing_locks_nobody_out(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(chmod(f->dir, 0777), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        open_what_root_alone_may_write(f->io, f->dir);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define ARCHIVE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARCHIVE_TEST(groups_come_back_over_many_segments),
        ARCHIVE_TEST(a_closed_archive_gives_back_its_room),
        ARCHIVE_TEST(replay_goes_on_from_any_mark),
        ARCHIVE_TEST(a_visit_can_end_the_replay),
        ARCHIVE_TEST(a_wrong_place_is_corrupt),
        ARCHIVE_TEST(impossible_groups_change_nothing),
        ARCHIVE_TEST(what_is_no_archive_is_said),
        ARCHIVE_TEST(another_version_is_left_alone),
        ARCHIVE_TEST(a_second_writer_is_told_to_wait),
        ARCHIVE_TEST(a_reader_beside_a_writer_sees_whole_groups),
        ARCHIVE_TEST(a_reader_follows_a_renamed_segment),
        ARCHIVE_TEST(any_truncation_leaves_a_prefix_of_the_groups),
        ARCHIVE_TEST(a_torn_last_group_is_cut_off),
        ARCHIVE_TEST(damage_before_the_last_group_is_never_cut),
        ARCHIVE_TEST(damage_after_a_clean_close_is_never_cut),
        ARCHIVE_TEST(a_missing_or_doubled_segment_stops_a_writer),
        ARCHIVE_TEST(a_writer_that_died_while_sealing_locks_nobody_out),
    };
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
