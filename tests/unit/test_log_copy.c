/* tests/unit/test_log_copy.c - the log in a copy: what is brought, what is refused, what a cut
 * leaves, and that all of it is looked at where the copy's segments end. */
#include <errno.h>

#include "base/def.h"
#include "storage/log_copy.h"
#include "tests/unit/archive_fixture.h"
#include "tests/unit/fault_io.h"

#define ORIGIN  "sohoa/00112233445566778899aabbccddeeff"
#define OPS_MAX 400

struct fixture {
    struct fault_io fault;
    char *dir, *from, *to;
    int from_fd, to_fd;
};

static int open_dir(const char *path)
{
    int fd = mkdir(path, 0755) == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    assert_true(fd >= 0);
    return fd;
}

static int set_up(void **state)
{
    struct fixture *f = *state = calloc(1, sizeof *f);
    fault_io_init(&f->fault);
    f->dir = test_dir_make();
    f->from = path_in(f->dir, "archive");
    f->to = path_in(f->dir, "copy");
    f->from_fd = open_dir(f->from);
    f->to_fd = open_dir(f->to);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fault_io_done(&f->fault);
    (void)close(f->from_fd);
    (void)close(f->to_fd);
    free(f->from);
    free(f->to);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

PRINTF(1, 2) static void run(const char *format, ...)
{
    char command[600];
    va_list args;
    va_start(args, format);
    assert_true(vsnprintf(command, sizeof command, format, args) < (int)sizeof command);
    va_end(args);
    assert_int_equal(system(command), 0);
}

/* salt: another one is another history. */
static struct span entry_of(uint64_t i, unsigned salt, char text[64])
{
    (void)snprintf(text, 64, "entry %llu of history %u\n", (unsigned long long)i, salt);
    return span_of_text(text);
}

static struct log *open_at(struct fixture *f, int fd, enum archive_mode mode)
{
    struct err err = {0};
    const struct log_options options = {.io = &f->fault.io,
                                        .archive_fd = fd,
                                        .origin = ORIGIN,
                                        .mode = mode,
                                        .durable = UINT64_MAX};
    struct log *log = log_open(&options, &err);
    assert_ok_ptr(log, err);
    return log;
}

static void grow_as(struct fixture *f, uint64_t to, unsigned salt)
{
    struct err err = {0};
    char text[64];
    struct log *log = open_at(f, f->from_fd, ARCHIVE_WRITE);
    for (uint64_t i = log_size(log); i < to; i++)
        assert_ok(log_add(log, i, entry_of(i, salt, text), &err), err);
    assert_ok(log_publish(log, &err), err);
    log_close(log);
}

static void grow(struct fixture *f, uint64_t to)
{
    grow_as(f, to, 0);
}

/* --- bringing --- */

struct wish {
    bool check, no_log;
    const _Atomic int *stop;
};

/* The copy->damage text goes to `damage`, which is empty when there is none. */
static int bring_from(struct fixture *f, struct log *from, const struct wish *wish,
                      char damage[256], struct err *err)
{
    struct log_copy copy = {.from = from,
                            .io = &f->fault.io,
                            .to_fd = f->to_fd,
                            .check = wish->check,
                            .stop = wish->stop,
                            .fd = -1};
    int rc = log_copy_look(&copy, err);
    if (rc == 0 && from && copy.damage.kind == ERR_NONE)
        rc = log_copy_bring(&copy, err);
    (void)snprintf(damage, 256, "%s", copy.damage.text);
    log_copy_done(&copy);
    return rc;
}

static int bring_as(struct fixture *f, const struct wish *wish, char damage[256], struct err *err)
{
    struct log *from = wish->no_log ? NULL : open_at(f, f->from_fd, ARCHIVE_READ);
    int rc = bring_from(f, from, wish, damage, err);
    log_close(from);
    return rc;
}

static void bring(struct fixture *f, bool check)
{
    struct err err = {0};
    char damage[256];
    const struct wish wish = {.check = check};
    assert_ok(bring_as(f, &wish, damage, &err), err);
    assert_string_equal(damage, "");
}

static void refused(struct fixture *f, const struct wish *wish, enum err_kind kind, const char *why)
{
    struct err err = {0};
    char damage[256], *before = path_in(f->dir, "before");
    run("rm -rf '%2$s' && cp -a '%1$s' '%2$s'", f->to, before);
    assert_int_equal(bring_as(f, wish, damage, &err), -1);
    if (err.kind != kind || !strstr(err.text, why))
        fail_msg("'%s' and kind %d, not '%s'", err.text, err.kind, why);
    run("diff -r '%s' '%s'", f->to, before);
    free(before);
}

/* --- looking at what is there --- */

struct found {
    unsigned bad;
    char file[128], what[200];
    uint64_t rest;
};

static void on_bad(void *self, const char *file, const char *what)
{
    struct found *found = self;
    if (found->bad++ > 0)
        return;
    (void)snprintf(found->file, sizeof found->file, "%s", file);
    (void)snprintf(found->what, sizeof found->what, "%s", what);
}

/* Checks the copy's log, whose segments hold n entries of history `salt`. */
static struct found check_as(struct fixture *f, uint64_t n, unsigned salt)
{
    struct err err = {0};
    struct found found = {.bad = 0};
    char text[64];
    struct log *log = open_at(f, f->to_fd, ARCHIVE_READ);
    struct log_check *check = log_check_new(log, on_bad, &found, &err);
    assert_ok_ptr(check, err);
    for (uint64_t i = 0; i < n; i++)
        assert_ok(log_check_entry(check, entry_of(i, salt, text), &err), err);
    assert_ok(log_check_rest(check, &found.rest, &err), err);
    assert_ok(log_check_end(check, &err), err);
    log_check_free(check);
    log_close(log);
    return found;
}

static void assert_fine(struct fixture *f, uint64_t n, uint64_t size)
{
    struct found found = check_as(f, n, 0);
    if (found.bad)
        fail_msg("with %llu of %llu: %s: %s", (unsigned long long)n, (unsigned long long)size,
                 found.file, found.what);
    assert_int_equal(found.rest, size - n);
}

static bool is_in(const char *dir, const char *name)
{
    char *path = path_in(dir, name);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static void assert_same(struct fixture *f)
{
    static const char *const names[] = {"log/key.vkey", "log/checkpoint", "log.last"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(bytes_done) struct bytes ours = bytes_in(f->from, names[i]);
        CLEANUP(bytes_done) struct bytes theirs = bytes_in(f->to, names[i]);
        assert_int_equal(ours.len, theirs.len);
        assert_memory_equal(ours.data, theirs.data, ours.len);
    }
}

static void a_copy_has_all_of_the_log_but_the_key(void **state)
{
    struct fixture *f = *state;
    static const uint64_t sizes[] = {0, 1, 200, 255, 256, 257, 600, 1024};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        grow(f, sizes[i]);
        bring(f, i % 2);
        assert_same(f);
        for (uint64_t n = 0; n <= sizes[i]; n += 64)
            assert_fine(f, n, sizes[i]);
        assert_fine(f, sizes[i], sizes[i]);
    }
    assert_false(is_in(f->to, "log/key.pem"));
    assert_false(is_in(f->to, "log/tile/0/000.p")); /* the full one is there */
    assert_false(is_in(f->to, "log/tile/entries/000.p"));
    run("! grep -rqF \"$(sed -n 2p '%s/log/key.pem')\" '%s'", f->from, f->to);
    /* Nothing new: nothing is written. */
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    bring(f, false);
    bring(f, true);
    assert_null(strpbrk(f->fault.trace, "wnl"));
}

static void a_tree_of_three_levels_is_brought(void **state)
{
    struct fixture *f = *state;
    grow(f, 65000);
    bring(f, false);
    grow(f, 65536 + 300);
    bring(f, false);
    assert_same(f);
    assert_true(is_in(f->to, "log/tile/1/000"));
    assert_false(is_in(f->to, "log/tile/1/000.p"));
    assert_fine(f, 65536 + 300, 65536 + 300);
    assert_fine(f, 64000, 65536 + 300);
    bring(f, true);
}

/* --- what is refused --- */

static void another_history_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct wish plain = {.check = false}, none = {.no_log = true};
    char *old = path_in(f->dir, "old"), *fork = path_in(f->dir, "fork");
    grow(f, 300);
    run("cp -a '%s' '%s'", f->from, old);
    grow(f, 600);
    bring(f, false);
    run("cp -a '%s' '%s'", f->from, fork);

    run("rm -rf '%1$s/log' '%1$s/log.last' && cp -a '%2$s'/. '%1$s/'", f->from, old);
    refused(f, &plain, ERR_CORRUPT, "has 300 entries, its copy's 600");
    grow_as(f, 600, 1);
    refused(f, &plain, ERR_CORRUPT, "two signed histories");
    grow_as(f, 900, 1);
    refused(f, &plain, ERR_CORRUPT, "900 entries does not continue the copy's of 600");
    refused(f, &none, ERR_CORRUPT, "the archive has no signed log");

    run("rm -rf '%1$s/log' '%1$s/log.last'", f->from);
    grow(f, 700);
    refused(f, &plain, ERR_INPUT, "with another key");
    /* As it says: with the log out of the way there is nothing that could be contradicted. */
    run("rm -rf '%1$s/log' '%1$s/log.last'", f->to);
    bring(f, false);
    assert_same(f);

    run("rm -rf '%1$s/log' '%1$s/log.last' && cp -a '%2$s'/. '%1$s/'", f->from, fork);
    refused(f, &plain, ERR_INPUT, "with another key");
    free(old);
    free(fork);
}

/* Both of the copy's heads count: whichever is left speaks for it. */
static void one_head_of_the_copy_is_enough(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"log/checkpoint", "log.last"};
    const struct wish plain = {.check = false};
    char *old = path_in(f->dir, "old"), *now = path_in(f->dir, "now");
    grow(f, 300);
    run("cp -a '%s' '%s'", f->from, old);
    grow(f, 600);
    bring(f, false);
    run("cp -a '%s' '%s'", f->from, now);
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(bytes_done) struct bytes good = bytes_in(f->to, names[i]);
        CLEANUP(bytes_done) struct bytes other = bytes_in(f->to, names[1 - i]);
        good.data[50] ^= 1;
        put_in(f->to, names[i], bytes_span(&good));
        run("rm -rf '%1$s/log' '%1$s/log.last' && cp -a '%2$s'/. '%1$s/'", f->from, old);
        refused(f, &plain, ERR_CORRUPT, "has 300 entries, its copy's 600");
        run("rm -rf '%1$s/log' '%1$s/log.last' && cp -a '%2$s'/. '%1$s/'", f->from, now);
        put_in(f->to, names[1 - i], span_of("", 0));
        refused(f, &plain, ERR_CORRUPT, "neither log/checkpoint nor log.last");
        put_in(f->to, names[1 - i], bytes_span(&other));
        bring(f, false);
        assert_same(f);
        assert_fine(f, 0, 600);
    }
    free(old);
    free(now);
}

static void a_damaged_public_key_is_put_right(void **state)
{
    struct fixture *f = *state;
    grow(f, 10);
    bring(f, false);
    CLEANUP(bytes_done) struct bytes vkey = bytes_in(f->to, "log/key.vkey");
    for (size_t at = 0; at < vkey.len; at += 7) {
        vkey.data[at] ^= 1;
        put_in(f->to, "log/key.vkey", bytes_span(&vkey));
        vkey.data[at] ^= 1;
        bring(f, false);
        assert_same(f);
    }
}

/* --- damage --- */

static const char *const files[] = {"log/tile/0/000",       "log/tile/0/001",
                                    "log/tile/0/002.p/88",  "log/tile/1/000.p/2",
                                    "log/tile/entries/001", "log/tile/entries/002.p/88"};

/* Wherever the segments end. */
static void verify_names_the_file_of_a_copy_that_is_damaged(void **state)
{
    struct fixture *f = *state;
    static const uint64_t held[] = {0, 100, 256, 300, 512, 590, 600};
    grow(f, 600);
    bring(f, false);
    for (size_t i = 0; i < ARRAY_LEN(files) * ARRAY_LEN(held); i++) {
        const char *file = files[i / ARRAY_LEN(held)];
        uint64_t n = held[i % ARRAY_LEN(held)];
        CLEANUP(bytes_done) struct bytes data = bytes_in(f->to, file);
        for (size_t at = 0; at < data.len; at += data.len / 7) {
            data.data[at] ^= 0x40;
            put_in(f->to, file, bytes_span(&data));
            data.data[at] ^= 0x40;
            struct found found = check_as(f, n, 0);
            if (found.bad != 1 || strcmp(found.file, file) != 0)
                fail_msg("%s at %zu, %llu held: %u bad, %s: %s", file, at, (unsigned long long)n,
                         found.bad, found.file, found.what);
        }
        put_in(f->to, file, span_of(data.data, data.len - 1));
        assert_string_equal(check_as(f, n, 0).file, file);
        run("rm '%s/%s'", f->to, file);
        struct found found = check_as(f, n, 0);
        assert_int_equal(found.bad, 1);
        assert_string_equal(found.file, file);
        put_in(f->to, file, bytes_span(&data));
    }
    run("rm '%1$s/log/tile/0/001' '%1$s/log/tile/entries/001'", f->to);
    assert_int_equal(check_as(f, 300, 0).bad, 2); /* behind them nothing can be said */
}

static void what_the_log_does_not_have_is_damage(void **state)
{
    struct fixture *f = *state;
    grow(f, 300);
    bring(f, false);
    struct found found = check_as(f, 301, 0);
    assert_int_equal(found.bad, 1);
    assert_int_equal(found.rest, 0);
    assert_string_equal(found.file, "log/checkpoint");
    assert_string_equal(found.what, "the segments hold 1 objects that the log does not have");
    found = check_as(f, 100, 1); /* others than were signed */
    assert_true(found.bad >= 2);
    assert_true(check_as(f, 256, 1).bad >= 2);
}

static void a_check_puts_the_copy_right(void **state)
{
    struct fixture *f = *state;
    grow(f, 600);
    bring(f, false);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        CLEANUP(bytes_done) struct bytes data = bytes_in(f->to, files[i]);
        data.data[20] ^= 1;
        put_in(f->to, files[i], bytes_span(&data));
        bring(f, false); /* who does not look sees nothing */
        assert_int_equal(check_as(f, 600, 0).bad, 1);
        bring(f, true);
        assert_fine(f, 600, 600);
    }
}

/* Brings it and expects to be told of the archive's own damage. */
static void assert_damage(struct fixture *f, bool check, const char *what)
{
    struct err err = {0};
    char damage[256];
    const struct wish wish = {.check = check};
    assert_ok(bring_as(f, &wish, damage, &err), err);
    if (!strstr(damage, "run sohoa reindex") || !strstr(damage, what))
        fail_msg("'%s' does not say '%s'", damage, what);
}

/* The copy keeps what it had, and gets the rest when they are right again. */
static void damage_of_the_archive_is_not_brought(void **state)
{
    struct fixture *f = *state;
    grow(f, 100);
    bring(f, false);
    grow(f, 600);
    for (size_t i = 0; i < 2 * ARRAY_LEN(files); i++) {
        const char *file = files[i / 2];
        CLEANUP(bytes_done) struct bytes data = bytes_in(f->from, file);
        size_t at = i % 2 ? 20 : data.len - 20;
        data.data[at] ^= 1;
        put_in(f->from, file, bytes_span(&data));
        data.data[at] ^= 1;
        assert_damage(f, i / 2 % 2, "");
        assert_fine(f, 50, 100);
        put_in(f->from, file, bytes_span(&data));
    }
    bring(f, false);
    assert_fine(f, 600, 600);
}

/* In a new copy no history is proved that would show it. */
static void a_new_copy_gets_no_damaged_tile(void **state)
{
    struct fixture *f = *state;
    grow(f, 600);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        CLEANUP(bytes_done) struct bytes data = bytes_in(f->from, files[i]);
        bool partial = strstr(files[i], ".p/"), entries = strstr(files[i], "entries");
        data.data[20] ^= 1;
        put_in(f->from, files[i], bytes_span(&data));
        data.data[20] ^= 1;
        assert_damage(f, false, partial && !entries ? "signed root" : files[i] + strlen("log/"));
        put_in(f->from, files[i], bytes_span(&data));
        assert_false(is_in(f->to, "log/checkpoint"));
    }
    CLEANUP(bytes_done) struct bytes bundle = bytes_in(f->from, "log/tile/entries/001");
    struct err err = {0};
    assert_ok(bytes_append(&bundle, span_of("", 1), &err), err);
    put_in(f->from, "log/tile/entries/001", bytes_span(&bundle));
    assert_damage(f, false, "bytes behind the last entry");
}

/* A writer goes on after we looked: full tiles take the place of the partial ones of our head. */
static void a_head_is_brought_though_the_log_goes_on(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char damage[256];
    const struct wish plain = {.check = false};
    grow(f, 300);
    CLEANUP(bytes_done) struct bytes bundle = bytes_in(f->from, "log/tile/entries/001.p/44");
    struct log *from = open_at(f, f->from_fd, ARCHIVE_READ);
    grow(f, 600);
    assert_false(is_in(f->from, "log/tile/entries/001.p/44"));
    assert_ok(bring_from(f, from, &plain, damage, &err), err);
    log_close(from);
    assert_string_equal(damage, "");
    assert_fine(f, 300, 300);
    CLEANUP(bytes_done) struct bytes cut = bytes_in(f->to, "log/tile/entries/001.p/44");
    assert_int_equal(cut.len, bundle.len);
    assert_memory_equal(cut.data, bundle.data, bundle.len);
}

/* --- cuts --- */

static void a_stop_keeps_the_old_head(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char damage[256];
    _Atomic int stop = 1;
    const struct wish wish = {.stop = &stop};
    grow(f, 100);
    bring(f, false);
    grow(f, 600);
    assert_ok(bring_as(f, &wish, damage, &err), err);
    assert_fine(f, 50, 100);
    bring(f, false);
    assert_fine(f, 50, 600);
}

/* Returns whether there was an nth operation. */
static bool is_cut(unsigned nth, enum fault_kind kind)
{
    void *state = NULL;
    struct err err = {0};
    char damage[256];
    const struct wish plain = {.check = false};
    (void)set_up(&state);
    struct fixture *f = state;
    grow(f, 250);
    if (nth % 2)
        bring(f, false);
    grow(f, 600);
    struct log *from = open_at(f, f->from_fd, ARCHIVE_READ);
    fault_io_arm(&f->fault, kind, nth / 2, EIO);
    (void)!bring_from(f, from, &plain, damage, &err);
    log_close(from);
    bool struck = f->fault.struck;
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    assert_false(is_in(f->to, "log.last") && !is_in(f->to, "log/checkpoint"));
    if (is_in(f->to, "log/checkpoint")) {
        struct log *log = open_at(f, f->to_fd, ARCHIVE_READ);
        uint64_t size = log_head(log)->size;
        log_close(log);
        assert_true(size == 250 || size == 600);
        assert_fine(f, 200, size);
    }
    bring(f, false);
    assert_same(f);
    assert_fine(f, 600, 600);
    (void)tear_down(&state);
    return struck;
}

static void whatever_is_cut_is_finished_by_the_next(void **state)
{
    (void)state;
    unsigned cut = 0, torn = 0;
    while (cut < OPS_MAX && is_cut(cut, FAULT_POWER))
        cut++;
    while (torn < OPS_MAX && is_cut(torn, FAULT_TORN))
        torn++;
    assert_true(cut > 100 && cut < OPS_MAX && torn > 10 && torn < OPS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_copy_has_all_of_the_log_but_the_key),
        TEST(a_tree_of_three_levels_is_brought),
        TEST(another_history_is_refused),
        TEST(one_head_of_the_copy_is_enough),
        TEST(a_damaged_public_key_is_put_right),
        TEST(verify_names_the_file_of_a_copy_that_is_damaged),
        TEST(what_the_log_does_not_have_is_damage),
        TEST(a_check_puts_the_copy_right),
        TEST(damage_of_the_archive_is_not_brought),
        TEST(a_new_copy_gets_no_damaged_tile),
        TEST(a_head_is_brought_though_the_log_goes_on),
        TEST(a_stop_keeps_the_old_head),
        cmocka_unit_test(whatever_is_cut_is_finished_by_the_next),
    };
    return cmocka_run_group_tests_name("log_copy", tests, NULL, NULL);
}
