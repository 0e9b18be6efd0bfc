/* tests/unit/test_keys.c - a key ring keeps its keys whatever dies on the way, shows its secrets to
 * nobody, and takes no file that others may read or may have changed. */
#include "storage/keys.h"

#include <errno.h>
#include <sys/file.h>

#include "base/crc32c.h"
#include "tests/unit/archive_fixture.h"
#include "tests/unit/fault_io.h"

#define OPS_MAX 200

struct desk {
    char *dir, *path;
    struct fault_io fault;
};

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    desk->dir = test_dir_make();
    desk->path = path_in(desk->dir, "ring");
    fault_io_init(&desk->fault);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    fault_io_done(&desk->fault);
    free(desk->path);
    test_dir_remove(desk->dir);
    free(desk);
    return 0;
}

static struct ring *open_ring(struct desk *desk, enum ring_mode mode)
{
    struct err err = {0};
    struct ring *ring = ring_open(&desk->fault.io, desk->path, mode, &err);
    assert_ok_ptr(ring, err);
    return ring;
}

static struct ring *ring_with(struct desk *desk, const char *label)
{
    struct err err = {0};
    assert_ok(ring_init(&desk->fault.io, desk->path, &err), err);
    struct ring *ring = open_ring(desk, RING_WRITE);
    assert_ok(ring_add(ring, label, 1796000000000000000, &err), err);
    return ring;
}

static const struct ring_erasure by_law = {
    .now_ns = 1796100000000000000, .by = "Hội đồng xét huỷ", .why = "QĐ 15/QĐ-UBND"};

static void keys_come_back_and_are_told_apart(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    struct seal_key one, two, back;
    struct ring *ring = ring_with(desk, "retention-10");
    assert_ok(ring_add(ring, "dossier:H57.12-250705-0001", 1796000001000000000, &err), err);
    assert_ok(ring_key_of(ring, "retention-10", &one, &err), err);
    assert_ok(ring_key_of(ring, "dossier:H57.12-250705-0001", &two, &err), err);
    assert_memory_not_equal(one.content.b, two.content.b, sizeof one.content.b);
    assert_memory_not_equal(one.content.b, one.dedup.b, sizeof one.content.b);
    assert_false(key_id_equal(&one.id, &two.id));
    ring_close(ring);

    ring = open_ring(desk, RING_READ);
    assert_int_equal(ring_len(ring), 2);
    struct ring_entry entry = ring_at(ring, 0);
    assert_string_equal(entry.label, "retention-10");
    assert_string_equal(entry.made, "2026-11-30T00:53:20Z");
    assert_false(entry.erased);
    assert_string_equal(entry.when, "");
    assert_ok(ring_key(ring, &two.id, &back, &err), err);
    assert_memory_equal(&back, &two, sizeof back);
    ring_close(ring);
}

static void what_cannot_be_is_refused(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    struct seal_key key;
    struct key_id none = {{0}};
    struct ring *ring = ring_with(desk, "a");
    char label[80];
    memset(label, 'x', sizeof label);
    label[65] = '\0';
    const char *const wrong[] = {"", "a b", "\t", "a\n", "ă", label};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_int_equal(ring_add(ring, wrong[i], 1, &err), -1);
    label[64] = '\0';
    assert_ok(ring_add(ring, label, 1, &err), err);
    assert_int_equal(ring_add(ring, "a", 1, &err), -1);
    assert_non_null(strstr(err.text, "already"));
    assert_int_equal(ring_key(ring, &none, &key, &err), -1);
    assert_int_equal(err.kind, ERR_SEALED);
    assert_int_equal(ring_key(NULL, &none, &key, &err), -1);
    assert_int_equal(err.kind, ERR_SEALED);
    assert_non_null(strstr(err.text, "--keys RING"));
    assert_int_equal(ring_key_of(ring, "b", &key, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(ring_erase(ring, "b", &by_law, &err), -1);
    struct ring_erasure nobody = by_law;
    nobody.by = "";
    assert_int_equal(ring_erase(ring, "a", &nobody, &err), -1);
    nobody.by = "a\tb";
    assert_int_equal(ring_erase(ring, "a", &nobody, &err), -1);
    assert_ok(ring_key_of(ring, "a", &key, &err), err);
    assert_int_equal(ring_len(ring), 2);
    assert_null(ring_open(&desk->fault.io, desk->path, RING_WRITE, &err));
    assert_int_equal(err.kind, ERR_RETRY);
    ring_close(ring);
    assert_int_equal(ring_init(&desk->fault.io, desk->path, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(ring_open(&desk->fault.io, "/nowhere/ring", RING_READ, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(ring_open(&desk->fault.io, desk->dir, RING_READ, &err));
    assert_int_equal(err.kind, ERR_INPUT);
}

static void an_erased_key_is_gone_and_its_line_stays(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    struct seal_key key;
    struct ring *ring = ring_with(desk, "a");
    assert_ok(ring_add(ring, "b", 1, &err), err);
    assert_ok(ring_key_of(ring, "a", &key, &err), err);
    struct bytes before = file_bytes(desk->path);
    /* What a program still has open of the old file is overwritten, too. */
    int old = open(desk->path, O_RDONLY | O_CLOEXEC);
    assert_ok(ring_erase(ring, "a", &by_law, &err), err);
    ring_close(ring);
    uint8_t left[4096];
    ssize_t n = pread(old, left, sizeof left, 0);
    assert_int_equal(n, before.len);
    for (ssize_t i = 0; i < n; i++)
        assert_int_equal(left[i], 0);
    close(old);

    CLEANUP(bytes_done) struct bytes after = file_bytes(desk->path);
    const uint8_t *line = memmem(before.data, before.len, "\ta\t", 3);
    assert_non_null(line);
    const uint8_t *secret = line + 3 + RING_TIME_MAX; /* behind the time and its tab */
    assert_non_null(memmem(before.data, before.len, secret, 64));
    assert_null(memmem(after.data, after.len, secret, 64));
    bytes_done(&before);

    ring = open_ring(desk, RING_WRITE);
    struct ring_entry entry = ring_at(ring, 0);
    assert_true(entry.erased);
    assert_string_equal(entry.by, by_law.by);
    assert_string_equal(entry.why, by_law.why);
    assert_string_equal(entry.when, "2026-12-01T04:40:00Z");
    assert_int_equal(ring_key(ring, &key.id, &key, &err), -1);
    assert_int_equal(err.kind, ERR_ERASED);
    assert_int_equal(ring_key_of(ring, "a", &key, &err), -1);
    assert_int_equal(ring_add(ring, "a", 1, &err), -1); /* once and for ever */
    assert_ok(ring_key_of(ring, "b", &key, &err), err);
    struct ring_erasure again = {1, "x", "y"};
    assert_ok(ring_erase(ring, "a", &again, &err), err);
    entry = ring_at(ring, 0);
    assert_string_equal(entry.by, by_law.by);
    ring_close(ring);
}

static void others_may_not_read_it(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    struct stat st;
    ring_close(ring_with(desk, "a"));
    assert_int_equal(stat(desk->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    for (mode_t bit = 1; bit < 0100; bit <<= 1) {
        assert_int_equal(chmod(desk->path, 0600 | bit), 0);
        assert_null(ring_open(&desk->fault.io, desk->path, RING_READ, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_non_null(strstr(err.text, "chmod 600"));
    }
    assert_int_equal(chmod(desk->path, 0600), 0);
    ring_close(open_ring(desk, RING_READ));
    char *link = path_in(desk->dir, "link");
    assert_int_equal(symlink(desk->path, link), 0);
    assert_null(ring_open(&desk->fault.io, link, RING_READ, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    free(link);
}

static void it_is_outside_of_the_archive(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    struct ring *ring = ring_with(desk, "a");
    char *archive = path_in(desk->dir, "archive"), *other = path_in(desk->dir, "arch");
    char *inside = path_in(archive, "seg"), *in = path_in(inside, "ring");
    assert_int_equal(mkdir(archive, 0700) | mkdir(other, 0700) | mkdir(inside, 0700), 0);
    assert_ok(ring_is_outside(ring, archive, &err), err);
    ring_close(ring);
    assert_ok(ring_init(&desk->fault.io, in, &err), err);
    ring = ring_open(&desk->fault.io, in, RING_READ, &err);
    assert_ok_ptr(ring, err);
    assert_ok(ring_is_outside(ring, other, &err), err);
    assert_int_equal(ring_is_outside(ring, archive, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(ring_is_outside(ring, inside, &err), -1);
    ring_close(ring);
    free(in);
    free(inside);
    free(other);
    free(archive);
}

/* --- files that are none --- */

#define ID     "000102030405060708090a0b0c0d0e0f"
#define OTHER  "100102030405060708090a0b0c0d0e0f"
#define TIME   "2026-12-01T05:28:47Z"
#define SECRET "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define ACTIVE "active\t" ID "\ta\t" TIME "\t" SECRET "\n"
#define ERASED "erased\t" OTHER "\tb\t" TIME "\t" TIME "\tLan\tQĐ 1\n"

static const struct ring_case {
    const char *why, *lines; /* between the first and the last, which is right for `count` */
    int count;
    const char *says; /* NULL: it is a ring */
} ring_cases[] = {
    {"none", "", 0, NULL},
    {"one of each", ACTIVE ERASED, 2, NULL},
    {"another number of keys", ACTIVE, 2, "line 3: bad number of keys"},
    {"another state", "aktive\t" ID "\ta\t" TIME "\t" SECRET "\n", 1, "line 2: bad state"},
    {"an empty line", ACTIVE "\n", 2, "line 3: bad state"},
    {"a field too few", "active\t" ID "\ta\t" TIME "\n", 1, "bad number of fields"},
    {"a field too many", "active\t" ID "\ta\t" TIME "\t" SECRET "\t\n", 1, "bad number of fields"},
    {"many fields", "active\t\t\t\t\t\t\t\t\n", 1, "bad line"},
    {"a short id", "active\t00\ta\t" TIME "\t" SECRET "\n", 1, "bad id"},
    {"an id in capitals", "active\t000102030405060708090A0B0C0D0E0F\ta\t" TIME "\t" SECRET "\n", 1,
     "bad id"},
    {"no label", "active\t" ID "\t\t" TIME "\t" SECRET "\n", 1, "bad label"},
    {"a label with a blank", "active\t" ID "\ta b\t" TIME "\t" SECRET "\n", 1, "bad label"},
    {"another time", "active\t" ID "\ta\t2026-12-01 05:28:47Z\t" SECRET "\n", 1, "bad time"},
    {"a short secret", "active\t" ID "\ta\t" TIME "\t" ID "\n", 1, "bad secret"},
    {"a secret that is none",
     "active\t" ID "\ta\t" TIME "\t" ID "000102030405060708090a0b0c0d0e0g\n", 1, "bad secret"},
    {"a label twice", ACTIVE "active\t" OTHER "\ta\t" TIME "\t" SECRET "\n", 2, "there twice"},
    {"an id twice", ACTIVE "active\t" ID "\tb\t" TIME "\t" SECRET "\n", 2, "there twice"},
    {"erased by nobody", "erased\t" OTHER "\tb\t" TIME "\t" TIME "\t\tQĐ 1\n", 1, "bad name"},
    {"erased for no reason", "erased\t" OTHER "\tb\t" TIME "\t" TIME "\tLan\t\n", 1, "bad reason"},
    {"not UTF-8", "erased\t" OTHER "\tb\t" TIME "\t" TIME "\tLan\t\xff\n", 1, "bad reason"},
};

static void put_ring(const char *path, struct span data)
{
    file_put(path, data);
    assert_int_equal(chmod(path, 0600), 0);
}

static void is_a_ring_or_says_why_not(void **state)
{
    const struct ring_case *c = *state;
    void *desk_state = NULL;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    (void)set_up(&desk_state);
    struct desk *desk = desk_state;
    assert_ok(bytes_printf(&text, &err, "sohoa keys 1\n%s", c->lines), err);
    assert_ok(bytes_printf(&text, &err, "end\t%d\t%08x\n", c->count, crc32c(0, bytes_span(&text))),
              err);
    put_ring(desk->path, bytes_span(&text));
    struct ring *ring = ring_open(&desk->fault.io, desk->path, RING_READ, &err);
    if (c->says) {
        assert_null(ring);
        assert_int_equal(err.kind, ERR_INPUT);
        if (!strstr(err.text, c->says))
            fail_msg("says: %s", err.text);
        assert_null(strstr(err.text, "0001020304"));
    } else {
        assert_ok_ptr(ring, err);
        assert_int_equal(ring_len(ring), c->count);
    }
    ring_close(ring);
    (void)tear_down(&desk_state);
}

static void every_changed_byte_and_length_is_refused(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    struct ring *ring = ring_with(desk, "a");
    assert_ok(ring_add(ring, "b", 1, &err), err);
    assert_ok(ring_erase(ring, "b", &by_law, &err), err);
    ring_close(ring);
    CLEANUP(bytes_done) struct bytes whole = file_bytes(desk->path);
    for (size_t i = 0; i < whole.len; i++) {
        whole.data[i] ^= 1;
        put_ring(desk->path, bytes_span(&whole));
        if (ring_open(&desk->fault.io, desk->path, RING_READ, &err))
            fail_msg("byte %zu is not looked at", i);
        whole.data[i] ^= 1;
        put_ring(desk->path, span_of(whole.data, i));
        if (ring_open(&desk->fault.io, desk->path, RING_READ, &err))
            fail_msg("cut to %zu bytes it is taken", i);
    }
    assert_ok(bytes_append(&whole, span_of("\n", 1), &err), err);
    put_ring(desk->path, bytes_span(&whole));
    assert_null(ring_open(&desk->fault.io, desk->path, RING_READ, &err));
}

static void what_is_too_long_is_not_read(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    put_ring(desk->path, span_of_text("sohoa keys 1\n"));
    assert_int_equal(truncate(desk->path, (off_t)RING_BYTES_MAX + 1), 0);
    assert_null(ring_open(&desk->fault.io, desk->path, RING_READ, &err));
    assert_non_null(strstr(err.text, "is longer than"));
}

/* --- whatever fails --- */

static int change(struct ring *ring, bool erases, struct err *err)
{
    return erases ? ring_erase(ring, "a", &by_law, err) : ring_add(ring, "b", 1, err);
}

/* Under each operation that fails, or behind which the power is gone: the ring is the old one or
 * the new one, and the new one if the change was acknowledged. */
static void is_whole_whatever_dies(struct desk *desk, enum fault_kind kind, bool erases)
{
    unsigned nth;
    for (nth = 0; nth < OPS_MAX; nth++) {
        struct err err = {0};
        (void)unlink(desk->path);
        struct ring *ring = ring_with(desk, "a");
        struct seal_key key;
        assert_ok(ring_key_of(ring, "a", &key, &err), err);
        fault_io_arm(&desk->fault, kind, nth, EIO);
        int rc = change(ring, erases, &err);
        bool struck = desk->fault.struck;
        ring_close(ring);
        fault_io_done(&desk->fault); /* the next program */
        fault_io_init(&desk->fault);
        ring = open_ring(desk, RING_WRITE);
        struct seal_key back;
        int known = ring_key_of(ring, "a", &back, &err);
        if (erases)
            assert_true(known < 0 || rc < 0);
        else
            assert_int_equal(known, 0);
        if (known == 0)
            assert_memory_equal(&key, &back, sizeof key);
        if (!erases && rc == 0)
            assert_int_equal(ring_find(ring, "b"), 1);
        err = (struct err){.kind = ERR_NONE};
        if (erases || ring_find(ring, "b") < 0)
            assert_ok(change(ring, erases, &err), err); /* it can be done again */
        ring_close(ring);
        if (!struck)
            break;
    }
    assert_in_range(nth, 5, OPS_MAX - 1);
}

static void a_change_is_whole_or_not_at_all(void **state)
{
    struct desk *desk = *state;
    for (int erases = 0; erases < 2; erases++) {
        is_whole_whatever_dies(desk, FAULT_ERROR, erases);
        is_whole_whatever_dies(desk, FAULT_POWER, erases);
        is_whole_whatever_dies(desk, FAULT_TORN, erases);
    }
}

static void content_is_durable_before_its_name_and_the_old_goes_last(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    struct ring *ring = ring_with(desk, "a");
    fault_io_arm(&desk->fault, FAULT_NONE, 0, 0);
    assert_ok(ring_erase(ring, "a", &by_law, &err), err);
    /* open the old; open, write, sync, close the new; rename, sync the folder; overwrite the old */
    const char *trace = desk->fault.trace;
    const char *rename = strchr(trace, 'n');
    assert_non_null(rename);
    assert_non_null(strchr(trace, 'w'));
    assert_true(strpbrk(trace, "df") < rename);
    assert_string_equal(rename, "nfswd");
    ring_close(ring);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        TEST(keys_come_back_and_are_told_apart),
        TEST(what_cannot_be_is_refused),
        TEST(an_erased_key_is_gone_and_its_line_stays),
        TEST(others_may_not_read_it),
        TEST(it_is_outside_of_the_archive),
        TEST(every_changed_byte_and_length_is_refused),
        TEST(what_is_too_long_is_not_read),
        TEST(a_change_is_whole_or_not_at_all),
        TEST(content_is_durable_before_its_name_and_the_old_goes_last),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(ring_cases)];
    memcpy(tests, fixed, sizeof fixed);
    for (size_t i = 0; i < ARRAY_LEN(ring_cases); i++)
        tests[ARRAY_LEN(fixed) + i] = (struct CMUnitTest){
            ring_cases[i].why, is_a_ring_or_says_why_not, NULL, NULL, (void *)&ring_cases[i]};
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
