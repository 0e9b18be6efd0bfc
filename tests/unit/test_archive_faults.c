/* tests/unit/test_archive_faults.c - whichever operation fails, nothing acknowledged is lost. */
#include <errno.h>

#include "tests/unit/archive_fixture.h"
#include "tests/unit/fault_io.h"

#define SEGMENT_BYTES (12 * KIB) /* two groups */
#define OPS_MAX       500
#define GROUPS        4 /* one segment is sealed on the way */

struct fixture {
    char *dir, *path;
    struct fault_io fault;
};

/* No archive is there yet. */
static int set_up_empty(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    f->dir = test_dir_make();
    f->path = path_in(f->dir, "archive");
    fault_io_init(&f->fault);
    *state = f;
    return 0;
}

static int set_up(void **state)
{
    struct err err = {0};
    if (set_up_empty(state) < 0)
        return -1;
    struct fixture *f = *state;
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

static struct archive *open_writer(struct fixture *f, uint64_t segment_bytes)
{
    struct err err = {0};
    struct archive *archive = archive_open(&f->fault.io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    archive_set_segment_bytes(archive, segment_bytes);
    return archive;
}

static void arm(struct fixture *f, enum fault_kind kind, unsigned nth, int sys)
{
    fault_io_arm(&f->fault, kind, nth, sys);
}

/* What was done since is in the trace. */
static void watch(struct fixture *f)
{
    arm(f, FAULT_NONE, 0, 0);
}

static const struct fault_case {
    const char *why, *init_why;
    enum fault_kind kind;
    int sys;
} faults[] = {
    {"an I/O error", "an I/O error of init", FAULT_ERROR, EIO},
    {"a full disk", "a full disk at init", FAULT_ERROR, ENOSPC},
    {"a quota used up", "a quota used up at init", FAULT_ERROR, EDQUOT},
    {"a short write", "a short write of init", FAULT_SHORT, 0},
    {"a write torn by a power cut", "a write of init torn by a power cut", FAULT_TORN, EIO},
    {"a power cut", "a power cut at init", FAULT_POWER, EIO},
};

/* What came is told as what it is: a full disk may be tried again, an I/O error is the disk's. */
static void check_told(const struct fault_io *fault, const struct err *err)
{
    bool full = fault->sys == ENOSPC || fault->sys == EDQUOT;
    assert_true(fault->struck);
    assert_int_equal(err->kind, full ? ERR_RETRY : ERR_SYSTEM);
    assert_int_equal(err->sys, fault->sys);
    if (!strstr(err->text, strerrordesc_np(fault->sys)))
        fail_msg("no '%s' in '%s'", strerrordesc_np(fault->sys), err->text);
}

/* Opens, commits GROUPS groups, closes. Returns how many were acknowledged; *ret_rc: the first
 * failure that was reported. */
static unsigned work(struct fixture *f, unsigned from, int *ret_rc)
{
    const struct fault_io *fault = &f->fault;
    struct err err = {0};
    struct place places[PER_GROUP];
    unsigned g = from;
    *ret_rc = 0;
    struct archive *archive = archive_open(&f->fault.io, f->path, ARCHIVE_WRITE, &err);
    if (!archive) {
        *ret_rc = -1;
        check_told(fault, &err);
        assert_int_equal(strncmp(err.text, "open archive: ", 14), 0);
        return from;
    }
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    for (; g < from + GROUPS && *ret_rc == 0; g++)
        *ret_rc = commit_group(archive, g, places, &err);
    if (*ret_rc < 0) {
        struct err again = {0};
        unsigned before = fault->count;
        check_told(fault, &err);
        assert_int_equal(strncmp(err.text, "commit: ", 8), 0);
        assert_int_equal(commit_group(archive, g, places, &again), -1);
        assert_string_equal(err.text, again.text); /* poisoned: the same answer */
        assert_int_equal(fault->count, before);    /* and nothing tried: no second sync */
        g--;
    }
    archive_close(archive);
    return g;
}

static int64_t count_in(struct fixture *f, enum archive_mode mode)
{
    struct err err = {0};
    struct archive *archive = archive_open(&f->fault.io, f->path, mode, &err);
    assert_ok_ptr(archive, err);
    int64_t n = count_groups(archive, &err);
    if (n < 0)
        fail_msg("unexpected failure: %s", err.text);
    archive_close(archive);
    return n;
}

static void check_clean(struct fixture *f)
{
    struct err err = {0};
    struct verify_result result;
    struct archive *archive = archive_open(&f->fault.io, f->path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_verify(archive, NULL, &result, &err), err);
    assert_int_equal(result.bad + result.missing, 0);
    archive_close(archive);
}

static void whichever_operation_it_hits_no_acknowledged_group_is_lost(void **state)
{
    const struct fault_case *c = *state;
    unsigned nth = 0;
    for (bool struck = true; struck && nth < OPS_MAX; nth++) {
        void *made = NULL;
        int rc = 0;
        assert_int_equal(set_up(&made), 0);
        struct fixture *f = made;
        arm(f, c->kind, nth, c->sys);
        unsigned acknowledged = work(f, 0, &rc);
        struck = f->fault.struck;
        /* A short write is made good; the rest is reported, unless only closing was hit. */
        assert_true(rc == 0 || (struck && c->kind != FAULT_SHORT));
        assert_true(rc < 0 || acknowledged == GROUPS);

        watch(f);
        int64_t read = count_in(f, ARCHIVE_READ);
        int64_t found = count_in(f, ARCHIVE_WRITE);
        assert_int_equal(read, found);
        assert_true(found >= acknowledged && found <= acknowledged + 1);
        check_clean(f);
        assert_int_equal(work(f, (unsigned)found, &rc), found + GROUPS);
        assert_int_equal(count_in(f, ARCHIVE_READ), found + GROUPS);
        check_clean(f);
        tear_down(&made);
    }
    assert_true(nth > 30 && nth < OPS_MAX);
}

/* The second opening recovers; a fault in it must not make things worse. */
static void recovery_can_be_cut_short_and_repeated(void **state)
{
    (void)state;
    unsigned nth = 0;
    bool struck = true;
    for (; struck && nth < OPS_MAX; nth++) {
        void *made = NULL;
        struct err err = {0};
        int rc = 0;
        assert_int_equal(set_up(&made), 0);
        struct fixture *f = made;
        assert_int_equal(work(f, 0, &rc), GROUPS);
        /* A torn group behind the good ones, and room. */
        char *open_path = path_in(f->path, "seg/0000000002.open");
        struct bytes bytes = file_bytes(open_path);
        assert_ok(bytes_reserve(&bytes, 65536, &err), err);
        memset(bytes.data + bytes.len, 0, 65536);
        memcpy(bytes.data + bytes.len, bytes.data + 4096, 3000);
        bytes.len += 65536;
        file_put(open_path, bytes_span(&bytes));
        bytes_done(&bytes);
        free(open_path);

        arm(f, FAULT_POWER, nth, EIO);
        struct archive *archive = archive_open(&f->fault.io, f->path, ARCHIVE_WRITE, &err);
        struck = f->fault.struck;
        assert_true(struck == (archive == NULL));
        archive_close(archive);
        watch(f);
        assert_int_equal(count_in(f, ARCHIVE_WRITE), GROUPS);
        check_clean(f);
        tear_down(&made);
    }
    assert_true(nth > 10);
}

static void init_is_there_or_can_be_done_again(void **state)
{
    const struct fault_case *c = *state;
    unsigned nth = 0;
    bool struck = true;
    for (; struck && nth < OPS_MAX; nth++) {
        void *made = NULL;
        struct err err = {0};
        assert_int_equal(set_up_empty(&made), 0);
        struct fixture *f = made;
        arm(f, c->kind, nth, c->sys);
        int rc = archive_init(&f->fault.io, f->path, &err);
        struck = f->fault.struck;
        if (rc < 0)
            check_told(&f->fault, &err);
        watch(f);
        if (rc < 0 && archive_init(&f->fault.io, f->path, &err) < 0) {
            assert_int_equal(err.kind, ERR_INPUT); /* FORMAT had got its name: it is whole */
            assert_non_null(strstr(err.text, "archive already"));
        }
        assert_int_equal(count_in(f, ARCHIVE_WRITE), 0);
        check_clean(f);
        tear_down(&made);
    }
    assert_true(nth > 10);
}

/* --- the order of operations --- */

static void expect_order(const char *trace, const char *order)
{
    const char *at = strstr(trace, order);
    if (!at)
        fail_msg("'%s' is not in '%s'", order, trace);
}

static void init_syncs_content_then_name_then_directory(void **state)
{
    const struct fixture *f = *state;
    expect_order(f->fault.trace, "wdcnf"); /* FORMAT: write, sync, close, rename, sync directory */
    assert_non_null(strstr(strstr(f->fault.trace, "wdcnf") + 5, "of")); /* the parent directory */
}

static void a_commit_is_one_write_and_one_sync(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct place places[PER_GROUP];
    struct archive *archive = open_writer(f, SEGMENT_BYTES);

    /* Making the segment: room, block 0, both synced, the name synced; then the group. */
    watch(f);
    assert_ok(commit_group(archive, 0, places, &err), err);
    assert_string_equal(f->fault.trace, "oawdffwd");
    watch(f);
    assert_ok(commit_group(archive, 1, places, &err), err);
    assert_string_equal(f->fault.trace, "wd");
    /* Sealing: read back, table and seal synced, cut, synced, renamed, the name synced. */
    watch(f);
    assert_ok(commit_group(archive, 2, places, &err), err);
    assert_string_equal(f->fault.trace, "srwdtfnf"
                                        "oawdffwd");
    watch(f);
    archive_close(archive);
    /* CLOSE synced, then the room given back; then the log is signed. */
    assert_memory_equal(f->fault.trace, "wdtfom", 6);
}

/* A whole group that was written but not synced when the writer was killed counts from now on, so
 * opening has to sync it. */
static void recovery_syncs_what_it_takes_over(void **state)
{
    struct fixture *f = *state;
    int rc = 0;
    assert_int_equal(work(f, 0, &rc), GROUPS);
    watch(f);
    struct archive *archive = open_writer(f, SEGMENT_BYTES);
    expect_order(f->fault.trace, "rrffo"); /* then the log is opened */
    archive_close(archive);
}

static struct place end_of_log(struct archive *archive, struct place from, uint64_t *groups)
{
    struct err err = {0};
    struct seen seen = {.archive = archive, .groups = *groups, .end = from};
    assert_ok(archive_replay(archive, from, see_group, &seen, &err), err);
    *groups = seen.groups;
    return seen.end;
}

/* Operations that it takes to go on from the end of `groups` groups, after opening and after one
 * more group. */
static void count_going_on(struct fixture *f, unsigned groups, unsigned ret_counts[2])
{
    struct err err = {0};
    struct place places[PER_GROUP];
    uint64_t seen = 0;
    struct archive *archive = open_writer(f, ARCHIVE_SEGMENT_BYTES);
    for (unsigned g = 0; g < groups; g++)
        assert_ok(commit_group(archive, g, places, &err), err);
    struct place mark = end_of_log(archive, (struct place){0}, &seen);
    assert_int_equal(seen, groups);
    archive_close(archive);
    archive = open_writer(f, ARCHIVE_SEGMENT_BYTES);
    for (unsigned more = 0; more < 2; more++) {
        unsigned before = f->fault.count;
        mark = end_of_log(archive, mark, &seen);
        ret_counts[more] = f->fault.count - before;
        assert_int_equal(seen, groups + more);
        assert_ok(commit_group(archive, groups + more, places, &err), err);
    }
    archive_close(archive);
}

static void going_on_costs_the_same_behind_any_number_of_groups(void **state)
{
    (void)state;
    unsigned few[2], many[2];
    for (unsigned large = 0; large < 2; large++) {
        void *made = NULL;
        assert_int_equal(set_up(&made), 0);
        count_going_on(made, large ? GROUPS_MAX : 3, large ? many : few);
        tear_down(&made);
    }
    assert_int_equal(few[0], many[0]);
    assert_int_equal(few[1], many[1]);
}

/* What a failed sync lost still stands in the cache: unless the last writer closed in peace,
 * nothing counts that was not read from the disk after a sync. */
static void recovery_believes_the_disk_not_the_cache(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    int rc = 0;
    assert_int_equal(work(f, 0, &rc), GROUPS);
    watch(f);
    assert_int_equal(count_in(f, ARCHIVE_WRITE), GROUPS);
    assert_null(strchr(f->fault.trace, 'g'));

    struct place places[PER_GROUP];
    struct archive *archive = open_writer(f, SEGMENT_BYTES);
    assert_ok(commit_group(archive, GROUPS, places, &err), err);
    arm(f, FAULT_POWER, 0, EIO); /* it does not close */
    archive_close(archive);
    watch(f);
    assert_int_equal(count_in(f, ARCHIVE_WRITE), GROUPS + 1);
    /* The end is looked at; then sync, forget, and everything is read again. */
    expect_order(f->fault.trace, "rfgr");
}

/* Killed between the rename that seals and the sync of the directory: the next segment's name could
 * otherwise become durable before this one's. */
static void recovery_syncs_the_name_of_a_sealed_segment(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct place places[PER_GROUP];
    struct archive *archive = open_writer(f, 1);
    assert_ok(commit_group(archive, 0, places, &err), err);
    arm(f, FAULT_POWER, 7, EIO); /* the rename is done, the sync is not */
    assert_int_equal(commit_group(archive, 1, places, &err), -1);
    assert_string_equal(f->fault.trace, "srwdtfnf");
    archive_close(archive);
    watch(f);
    assert_int_equal(count_in(f, ARCHIVE_WRITE), 1);
    expect_order(f->fault.trace, "srrfo"); /* block 0 and the seal of the newest, the directory */
}

/* A group that ends one block before the end of the allocated room: that block must not be taken
 * for a damaged CLOSE, whatever of what follows is on disk. */
static void a_crash_never_leaves_one_block_alone(void **state)
{
    static uint8_t raw[8000]; /* with header, commit record and padding: three blocks */
    struct fixture *f = *state;
    struct err err = {0};
    struct place place;
    struct object object = {0};
    struct archive *archive = open_writer(f, 8 * KIB); /* room for 16 */
    assert_ok(object_prepare(&object, OBJECT_BLOB, span_of(raw, sizeof raw), false, NULL, &err),
              err);
    watch(f);
    assert_ok(archive_commit(archive, &object, 1, 1, &place, &err), err);
    assert_string_equal(f->fault.trace, "oawdff"
                                        "afwd"); /* more room, durable before the group */
    arm(f, FAULT_POWER, 0, EIO);
    archive_close(archive);
    watch(f);
    check_clean(f);
    object_done(&object);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(recovery_can_be_cut_short_and_repeated),
        cmocka_unit_test(going_on_costs_the_same_behind_any_number_of_groups),
        cmocka_unit_test_setup_teardown(init_syncs_content_then_name_then_directory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_commit_is_one_write_and_one_sync, set_up, tear_down),
        cmocka_unit_test_setup_teardown(recovery_syncs_what_it_takes_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(recovery_believes_the_disk_not_the_cache, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(recovery_syncs_the_name_of_a_sealed_segment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_crash_never_leaves_one_block_alone, set_up, tear_down),
    };
    struct CMUnitTest tests[2 * ARRAY_LEN(faults) + ARRAY_LEN(fixed)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        tests[n++] = (struct CMUnitTest){faults[i].why,
                                         whichever_operation_it_hits_no_acknowledged_group_is_lost,
                                         NULL, NULL, (void *)&faults[i]};
        tests[n++] = (struct CMUnitTest){faults[i].init_why, init_is_there_or_can_be_done_again,
                                         NULL, NULL, (void *)&faults[i]};
    }
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    return cmocka_run_group_tests_name("archive_faults", tests, NULL, NULL);
}
