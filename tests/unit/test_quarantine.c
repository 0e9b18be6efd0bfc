/* tests/unit/test_quarantine.c - the copy, its harmless name, and the reason in both languages. */
#include "pipeline/quarantine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/unit/archive_fixture.h"
#include "tests/unit/fault_io.h"

#define NOBODY 65534

struct ward {
    char *dir;
    int fd;
    struct io *io;
};

static int set_up(void **state)
{
    struct err err = {0};
    struct ward *ward = calloc(1, sizeof *ward);
    ward->dir = test_dir_make();
    ward->fd = open(ward->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ward->io = io_open(IO_PLAIN, NULL, &err);
    *state = ward;
    return ward->fd >= 0 && ward->io ? 0 : -1;
}

static int tear_down(void **state)
{
    struct ward *ward = *state;
    io_close(ward->io);
    close(ward->fd);
    test_dir_remove(ward->dir);
    free(ward);
    return 0;
}

static int put_io(struct io *io, int fd, const char *path, const char *bytes, struct err *err)
{
    struct digest id = bytes ? digest_of(span_of_text(bytes)) : (struct digest){{0}};
    struct err why = {0};
    (void)err_input(&why, REASON_TIME_LIMIT, "60 s");
    const struct quarantined file = {.path = path,
                                     .id = &id,
                                     .bytes = bytes ? span_of_text(bytes) : (struct span){0},
                                     .why = &why};
    return quarantine_put(io, fd, &file, err);
}

static void put(const struct ward *ward, const char *path, const char *bytes)
{
    struct err err = {0};
    assert_ok(put_io(ward->io, ward->fd, path, bytes, &err), err);
}

/* How many names there are; each is short, and only of harmless letters. */
static size_t count_names(const struct ward *ward)
{
    size_t n = 0;
    DIR *dir = opendir(ward->dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        n++;
        assert_true(strlen(name) < 200 && strlen(name) >= 17);
        assert_int_equal(strspn(name, "0123456789abcdef"), 16);
        assert_int_equal(name[16], '-');
        assert_true(text_valid(span_of_text(name)));
        for (const char *c = name; *c; c++)
            assert_true((unsigned char)*c >= 0x80 || (*c >= '0' && *c <= '9') ||
                        (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        strchr(".-_+", *c) != NULL);
    }
    closedir(dir);
    return n;
}

static struct bytes content_of(const struct ward *ward, const char *name)
{
    char *path = path_in(ward->dir, name);
    struct err err = {0};
    struct bytes bytes = file_bytes(path);
    assert_ok(bytes_append(&bytes, span_of("", 1), &err), err);
    free(path);
    return bytes;
}

static void the_copy_is_the_file_and_the_reason_stands_beside_it(void **state)
{
    const struct ward *ward = *state;
    put(ward, "in/scan 1.tif", "abc"); /* sha256 ba7816bf8f01cfea... */
    assert_int_equal(count_names(ward), 3);
    struct bytes copy = content_of(ward, "ba7816bf8f01cfea-scan_1.tif");
    assert_string_equal((char *)copy.data, "abc");
    bytes_done(&copy);
    struct bytes why = content_of(ward, "ba7816bf8f01cfea-scan_1.tif.why");
    assert_string_equal((char *)why.data,
                        "Lỗi: đọc trang quá giới hạn thời gian (60 s)\n"
                        "Cách xử lý: hãy quét lại; nếu không được, hãy báo bộ phận hỗ trợ\n"
                        "Problem: reading the page took longer than the time limit (60 s)\n"
                        "What to do: scan it again; if that does not help, ask for support\n"
                        "\npath: in/scan 1.tif\n"
                        "sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
                        "reason: time-limit\n");
    bytes_done(&why);
    why = content_of(ward, "ba7816bf8f01cfea-scan_1.tif.why.json");
    assert_string_equal(
        (char *)why.data,
        "{\"advice\":{\"en\":\"scan it again; if that does not help, ask for support\","
        "\"vi\":\"hãy quét lại; nếu không được, hãy báo bộ phận hỗ trợ\"},\"bytes\":0,"
        "\"detail\":\"60 s\",\"path\":\"in/scan 1.tif\",\"reason_code\":\"time-limit\","
        "\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\","
        "\"what\":{\"en\":\"reading the page took longer than the time limit\","
        "\"vi\":\"đọc trang quá giới hạn thời gian\"}}\n");
    bytes_done(&why);
}

static void every_reason_speaks_both_languages(void **state)
{
    (void)state;
    for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        struct bytes english = {0}, vietnamese = {0};
        struct err err = {0};
        assert_ok(reason_sentence((enum reason)reason, "x", REASON_ENGLISH, &english, &err), err);
        assert_ok(reason_sentence((enum reason)reason, "", REASON_VIETNAMESE, &vietnamese, &err),
                  err);
        /* How an unknown file begins helps no clerk; every other detail does. */
        bool detailed = memcmp(english.data + english.len - 4, " (x)", 4) == 0;
        assert_int_equal(detailed, reason != REASON_UNKNOWN_FORMAT);
        assert_true(vietnamese.len > 5 && vietnamese.data[vietnamese.len - 1] != ')');
        assert_true(english.len != vietnamese.len + 4 ||
                    memcmp(english.data, vietnamese.data, vietnamese.len) != 0);
        bytes_done(&english);
        bytes_done(&vietnamese);
    }
}

static void the_same_file_again_changes_nothing(void **state)
{
    const struct ward *ward = *state;
    for (int i = 0; i < 3; i++) {
        put(ward, "a.tif", "abc");
        assert_int_equal(count_names(ward), 3);
        struct bytes copy = content_of(ward, "ba7816bf8f01cfea-a.tif");
        assert_string_equal((char *)copy.data, "abc");
        bytes_done(&copy);
    }
    put(ward, "a.tif", "abcd");
    assert_int_equal(count_names(ward), 6);
}

static void a_file_never_read_leaves_only_the_reason(void **state)
{
    const struct ward *ward = *state;
    put(ward, "in/too-large.tif", NULL);
    put(ward, "other/too-large.tif", NULL); /* told apart by their paths */
    assert_int_equal(count_names(ward), 4);
}

static const char *const odd_names[] = {
    "",
    "/",
    "in/",
    ".",
    "..",
    "../../etc/passwd",
    ".hidden",
    "-rf",
    "--help",
    "a b\tc",
    "a\\x0Ab",
    "$(reboot)`x`;|&<>*?[]{}!#~'\"%",
    "con.tif ",
    "hồ sơ đất đai số 7.tiff",
    "........................",
};

static void names_are_made_harmless(void **state)
{
    const struct ward *ward = *state;
    for (size_t i = 0; i < ARRAY_LEN(odd_names); i++) {
        char bytes[8];
        (void)snprintf(bytes, sizeof bytes, "%zu", i);
        put(ward, odd_names[i], bytes);
        assert_int_equal(count_names(ward), 3 * (i + 1));
    }
}

static void long_names_keep_their_end(void **state)
{
    const struct ward *ward = *state;
    for (size_t len = 100; len < 140; len++) {
        char name[600] = "in/", bytes[8];
        for (size_t i = 0; i <= len % 3; i++) /* so that the cut falls on every byte of a letter */
            memcpy(name + strlen(name), "a", sizeof "a");
        for (size_t i = 0; i < len; i++)
            memcpy(name + strlen(name), "ế", sizeof "ế");
        memcpy(name + strlen(name), ".tif", sizeof ".tif");
        (void)snprintf(bytes, sizeof bytes, "%zu", len);
        put(ward, name, bytes);
    }
    assert_int_equal(count_names(ward), 120);
}

static void whichever_operation_fails_it_is_reported(void **state)
{
    const struct ward *ward = *state;
    struct fault_io fault;
    unsigned nth = 0;
    fault_io_init(&fault);
    for (bool struck = true; struck; nth++) {
        struct err err = {0};
        fault_io_arm(&fault, FAULT_ERROR, nth, EIO);
        int rc = put_io(&fault.io, ward->fd, "a.tif", "abc", &err);
        struck = fault.struck;
        if (struck && rc == 0) /* only closing may fail without a word */
            assert_int_equal(fault.trace[nth], 'c');
        if (!struck)
            assert_ok(rc, err);
    }
    assert_true(nth > 12);
    assert_int_equal(count_names(ward), 3);
    fault_io_done(&fault);
}

/* A crash leaves a read-only temporary file behind. Root may write it; others must get past it. */
static void what_a_crash_left_is_no_obstacle_to_anybody(void **state)
{
    const struct ward *ward = *state;
    assert_int_equal(chmod(ward->dir, 0777), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct fault_io fault;
        struct err err = {0};
        if (geteuid() == 0 && setuid(NOBODY) < 0)
            _exit(3);
        fault_io_init(&fault);
        fault_io_arm(&fault, FAULT_POWER, 1, EIO); /* the file has been made, and then nothing */
        if (put_io(&fault.io, ward->fd, "a.tif", "abc", &err) == 0)
            _exit(2);
        fault_io_arm(&fault, FAULT_NONE, 0, 0);
        err = (struct err){0};
        if (put_io(&fault.io, ward->fd, "a.tif", "abc", &err) == 0)
            _exit(0);
        fprintf(stderr, "%s\n", err.text);
        _exit(1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(count_names(ward), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(the_copy_is_the_file_and_the_reason_stands_beside_it),
        TEST(every_reason_speaks_both_languages),
        TEST(the_same_file_again_changes_nothing),
        TEST(a_file_never_read_leaves_only_the_reason),
        TEST(names_are_made_harmless),
        TEST(long_names_keep_their_end),
        TEST(whichever_operation_fails_it_is_reported),
        TEST(what_a_crash_left_is_no_obstacle_to_anybody),
    };
    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
