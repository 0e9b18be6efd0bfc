/* tests/unit/test_archive_log.c - the log of a real archive: what is committed is signed, what is
 * not durable never, and what a crash or a hand did to one of both is told. */
#include <errno.h>

#include "storage/archive_log.h"
#include "tests/unit/archive_fixture.h"
#include "tests/unit/fault_io.h"

#define SEGMENT_BYTES (12 * KIB) /* two groups */

struct fixture {
    struct fault_io fault;
    char *dir, *path;
    uint64_t segment_bytes;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err = {0};
    if (!f)
        return -1;
    fault_io_init(&f->fault);
    f->dir = test_dir_make();
    f->path = path_in(f->dir, "archive");
    f->segment_bytes = SEGMENT_BYTES;
    *state = f;
    return archive_init(&f->fault.io, f->path, &err);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fault_io_done(&f->fault);
    free(f->path);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

static struct archive *open_archive(struct fixture *f, enum archive_mode mode)
{
    struct err err = {0};
    struct archive *archive = archive_open(&f->fault.io, f->path, mode, &err);
    assert_ok_ptr(archive, err);
    archive_set_segment_bytes(archive, f->segment_bytes);
    return archive;
}

static void commit_many(struct archive *archive, unsigned from, unsigned to)
{
    struct err err = {0};
    struct place places[PER_GROUP];
    for (unsigned g = from; g < to; g++)
        assert_ok(commit_group(archive, g, places, &err), err);
}

static void grow_to(struct fixture *f, unsigned from, unsigned to)
{
    struct archive *archive = open_archive(f, ARCHIVE_WRITE);
    commit_many(archive, from, to);
    archive_close(archive);
}

static uint64_t signed_objects(struct fixture *f)
{
    struct err err = {0};
    struct archive *archive = open_archive(f, ARCHIVE_READ);
    struct log *log = archive_log(archive, &err);
    assert_ok_ptr(log, err);
    uint64_t size = log_head(log)->size;
    archive_close(archive);
    return size;
}

struct seen_damage {
    unsigned n;
    char first[400];
};

static void on_damage(void *self, const struct damage *damage)
{
    struct seen_damage *seen = self;
    if (seen->n++ == 0)
        (void)snprintf(seen->first, sizeof seen->first, "%s: %s", damage->file, damage->what);
}

static struct seen_damage check_log(struct fixture *f)
{
    struct err err = {0};
    struct seen_damage seen = {.n = 0};
    struct verify_result result = {.bad = 0};
    const struct verify_hooks hooks = {.on_damage = on_damage, .self = &seen};
    struct archive *archive = open_archive(f, ARCHIVE_READ);
    assert_ok(archive_verify_log(archive, &hooks, &result, &err), err);
    assert_int_equal(result.bad, seen.n);
    archive_close(archive);
    return seen;
}

static void put(struct fixture *f, const char *name, struct span data)
{
    put_in(f->path, name, data);
}

static struct bytes get(struct fixture *f, const char *name)
{
    return bytes_in(f->path, name);
}

static void refuses(struct fixture *f, const char *why)
{
    struct err err = {0};
    assert_null(archive_open(&f->fault.io, f->path, ARCHIVE_WRITE, &err));
    if (err.kind != ERR_CORRUPT || !strstr(err.text, why))
        fail_msg("'%s' and kind %d, not '%s'", err.text, err.kind, why);
}

/* --- what is signed --- */

static void an_entry_says_what_the_group_says(void **state)
{
    (void)state;
    char text[LEAF_ENTRY_MAX];
    struct leaf leaf = {.group = 12, .time_ns = -5, .type = OBJECT_META, .raw_bytes = 1u << 30};
    struct span entry = leaf_entry(&leaf, text);
    assert_string_equal(text, "sohoa/1 meta "
                              "0000000000000000000000000000000000000000000000000000000000000000 "
                              "1073741824 12 -5\n");
    assert_int_equal(entry.len, strlen(text));
}

static void what_is_committed_is_signed_at_closing(void **state)
{
    struct fixture *f = *state;
    grow_to(f, 0, 0);
    assert_int_equal(signed_objects(f), 0);
    grow_to(f, 0, 1);
    assert_int_equal(signed_objects(f), PER_GROUP);
    grow_to(f, 1, 9); /* over several segments */
    assert_int_equal(signed_objects(f), 9 * PER_GROUP);
    assert_int_equal(check_log(f).n, 0);
}

static void it_can_be_signed_while_it_is_written(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct archive *archive = open_archive(f, ARCHIVE_WRITE);
    for (unsigned g = 0; g < 5; g++) {
        commit_many(archive, g, g + 1);
        assert_int_equal(signed_objects(f), g * PER_GROUP);
        assert_ok(archive_checkpoint(archive, &err), err);
        assert_int_equal(signed_objects(f), (g + 1) * PER_GROUP);
        assert_int_equal(check_log(f).n, 0);
    }
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    assert_ok(archive_checkpoint(archive, &err), err);
    assert_int_equal(f->fault.count, 0); /* nothing new */
    archive_close(archive);
}

/* Each object is found, and is proved, by a leaf that tells of it. */
static void every_object_has_its_leaf(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct place places[6][PER_GROUP];
    struct archive *archive = open_archive(f, ARCHIVE_WRITE);
    for (unsigned g = 0; g < 6; g++)
        assert_ok(commit_group(archive, g, places[g], &err), err);
    archive_close(archive);
    archive = open_archive(f, ARCHIVE_READ);
    struct log *log = archive_log(archive, &err);
    assert_ok_ptr(log, err);
    for (unsigned g = 0; g < 6; g++)
        for (unsigned i = 0; i < PER_GROUP; i++) {
            struct leaf leaf;
            struct merkle_proof proof;
            char text[LEAF_ENTRY_MAX];
            struct digest id = id_of(g, i);
            assert_ok(archive_find_leaf(archive, places[g][i], &leaf, &err), err);
            assert_int_equal(leaf.index, g * PER_GROUP + i);
            assert_int_equal(leaf.group, g + 1);
            assert_int_equal(leaf.time_ns, 1000 + g);
            assert_int_equal(leaf.type, i == 2 ? OBJECT_META : OBJECT_BLOB);
            assert_int_equal(leaf.raw_bytes, RAW_BYTES);
            assert_true(digest_equal(&leaf.id, &id));
            struct digest hash = merkle_leaf(leaf_entry(&leaf, text));
            assert_ok(log_prove(log, leaf.index, 18, &proof, &err), err);
            assert_true(merkle_check(leaf.index, 18, &hash, &proof, &log_head(log)->root));
        }
    struct leaf leaf;
    struct place nowhere = {places[0][0].segment, places[0][0].off + 16};
    assert_int_equal(archive_find_leaf(archive, nowhere, &leaf, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    archive_close(archive);
}

/* --- crashes --- */

static void whatever_was_not_signed_is_signed_by_the_next(void **state)
{
    struct fixture *f = *state;
    for (unsigned from = 0; from < 3; from++) {
        grow_to(f, 7 * from, 7 * from + 1);
        struct archive *archive = open_archive(f, ARCHIVE_WRITE);
        commit_many(archive, 7 * from + 1, 7 * from + 7); /* three segments */
        fault_io_arm(&f->fault, FAULT_POWER, 0, EIO);
        archive_close(archive);
        fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
        assert_int_equal(signed_objects(f), (7 * from + 1) * PER_GROUP);
        grow_to(f, 0, 0);
        assert_int_equal(signed_objects(f), (7 * from + 7) * PER_GROUP);
        assert_int_equal(check_log(f).n, 0);
    }
}

static void a_head_never_says_more_than_is_durable(void **state)
{
    (void)state;
    bool struck = true;
    unsigned nth = 0;
    for (; struck && nth < 500; nth++) {
        void *made = NULL;
        struct err err = {0};
        struct place places[PER_GROUP];
        assert_int_equal(set_up(&made), 0);
        struct fixture *f = made;
        unsigned done = 0;
        fault_io_arm(&f->fault, nth % 2 ? FAULT_TORN : FAULT_POWER, nth, EIO);
        struct archive *archive = archive_open(&f->fault.io, f->path, ARCHIVE_WRITE, &err);
        if (archive)
            archive_set_segment_bytes(archive, SEGMENT_BYTES);
        for (; archive && done < 4; done++)
            if (commit_group(archive, done, places, &err) < 0 ||
                archive_checkpoint(archive, &err) < 0)
                break;
        archive_close(archive);
        struck = f->fault.struck;
        fault_io_arm(&f->fault, FAULT_NONE, 0, 0);

        archive = open_archive(f, ARCHIVE_READ);
        int64_t groups = count_groups(archive, &err);
        struct err none = {0};
        struct log *log = archive_log(archive, &none); /* there may be none yet */
        assert_true(groups >= done);
        assert_true(!log || log_head(log)->size <= (uint64_t)groups * PER_GROUP);
        assert_true(log || done == 0);
        assert_true(!log || log_head(log)->size >= done * PER_GROUP);
        archive_close(archive);
        grow_to(f, (unsigned)groups, (unsigned)groups + 2);
        assert_int_equal(signed_objects(f), ((uint64_t)groups + 2) * PER_GROUP);
        struct seen_damage seen = check_log(f);
        if (seen.n)
            fail_msg("operation %u: %s", nth, seen.first);
        tear_down(&made);
    }
    assert_true(nth > 100 && nth < 500);
}

/* A log that cannot be written ends the writing, but takes back nothing that was acknowledged. */
static void a_log_that_fails_stops_the_writer(void **state)
{
    struct fixture *f = *state;
    struct err err = {0}, again = {0};
    struct place places[PER_GROUP];
    struct archive *archive = open_archive(f, ARCHIVE_WRITE);
    commit_many(archive, 0, 1);
    fault_io_arm(&f->fault, FAULT_ERROR, 0, ENOSPC);
    assert_int_equal(archive_checkpoint(archive, &err), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    unsigned before = f->fault.count;
    assert_int_equal(commit_group(archive, 1, places, &again), -1);
    assert_string_equal(again.text, err.text);
    assert_int_equal(archive_checkpoint(archive, &again), -1);
    assert_int_equal(f->fault.count, before);
    archive_close(archive);
    grow_to(f, 1, 2);
    assert_int_equal(signed_objects(f), 2 * PER_GROUP);
}

/* --- hands --- */

static void segments_that_lost_what_was_signed_are_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    f->segment_bytes = MIB;
    grow_to(f, 0, 1);
    CLEANUP(bytes_done) struct bytes old = get(f, "seg/0000000001.open");
    grow_to(f, 1, 2);
    put(f, "seg/0000000001.open", bytes_span(&old)); /* an older copy, whole and closed */
    refuses(f, "promises 6 objects, the segments hold 3");
    assert_null(archive_open_rebuilding(&f->fault.io, f->path, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    struct seen_damage seen = check_log(f);
    assert_int_equal(seen.n, 1);
    assert_non_null(strstr(seen.first, "promises 6 objects, the segments hold 3"));
}

/* Another history of the same length, flawless in itself. */
static void segments_of_another_history_are_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 0, 0);
    char *other = path_in(f->dir, "other");
    assert_ok(archive_init(&f->fault.io, other, &err), err);
    char *command = NULL;
    assert_true(
        asprintf(&command, "rm -f '%s/FORMAT' && cp '%s/FORMAT' '%s/'", other, f->path, other) > 0);
    assert_int_equal(system(command), 0);
    free(command);
    struct archive *archive = archive_open(&f->fault.io, other, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    commit_many(archive, 1, 2);
    archive_close(archive);
    grow_to(f, 0, 1);
    char *theirs = path_in(other, "seg/0000000001.open");
    CLEANUP(bytes_done) struct bytes segment = file_bytes(theirs);
    put(f, "seg/0000000001.open", bytes_span(&segment));
    refuses(f, "log: entry 0 is not what the segments say");
    assert_null(archive_open_rebuilding(&f->fault.io, f->path, &err));
    assert_non_null(strstr(err.text, "do not give the signed root"));
    assert_int_equal(check_log(f).n, 3); /* the entries, their hashes, the root */
    free(theirs);
    free(other);
}

static void lost_tiles_are_made_again_and_the_head_stays(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 0, 9);
    CLEANUP(bytes_done) struct bytes head = get(f, "log/checkpoint");
    char *command = NULL;
    assert_true(asprintf(&command, "rm -rf '%s/log/tile'", f->path) > 0);
    assert_int_equal(system(command), 0);
    free(command);
    refuses(f, "run sohoa reindex");
    assert_true(check_log(f).n > 0);
    struct archive *archive = archive_open_rebuilding(&f->fault.io, f->path, &err);
    assert_ok_ptr(archive, err);
    archive_close(archive);
    CLEANUP(bytes_done) struct bytes again = get(f, "log/checkpoint");
    assert_int_equal(again.len, head.len);
    assert_memory_equal(again.data, head.data, head.len);
    assert_int_equal(check_log(f).n, 0);
    grow_to(f, 9, 10);
    assert_int_equal(signed_objects(f), 10 * PER_GROUP);
}

/* More than one tile, and more than a writer keeps in memory. */
static void large_groups_are_signed_too(void **state)
{
    struct fixture *f = *state;
    enum { N = 9000 };
    struct err err = {0};
    struct object *objects = calloc(N, sizeof *objects);
    struct place *places = calloc(N, sizeof *places);
    uint32_t *raw = calloc(N, sizeof *raw);
    assert_true(objects && places && raw);
    for (uint32_t i = 0; i < N; i++) {
        raw[i] = i;
        assert_ok(object_prepare(&objects[i], OBJECT_BLOB, span_of(&raw[i], 4), false, NULL, &err),
                  err);
    }
    struct archive *archive = open_archive(f, ARCHIVE_WRITE);
    assert_ok(archive_commit(archive, objects, N, 5, places, &err), err);
    assert_int_equal(signed_objects(f), 0); /* tiles may be there, the head is not */
    archive_close(archive);
    assert_int_equal(signed_objects(f), N);
    assert_int_equal(check_log(f).n, 0);
    grow_to(f, 0, 0);
    free(objects);
    free(places);
    free(raw);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_says_what_the_group_says),
        TEST(what_is_committed_is_signed_at_closing),
        TEST(it_can_be_signed_while_it_is_written),
        TEST(every_object_has_its_leaf),
        TEST(whatever_was_not_signed_is_signed_by_the_next),
        cmocka_unit_test(a_head_never_says_more_than_is_durable),
        TEST(a_log_that_fails_stops_the_writer),
        TEST(segments_that_lost_what_was_signed_are_refused),
        TEST(segments_of_another_history_are_refused),
        TEST(lost_tiles_are_made_again_and_the_head_stays),
        TEST(large_groups_are_signed_too),
    };
    return cmocka_run_group_tests_name("archive_log", tests, NULL, NULL);
}
