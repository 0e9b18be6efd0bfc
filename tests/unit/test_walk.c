/* tests/unit/test_walk.c - which files a run is about, whatever lies in the folders. */
#include "pipeline/walk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define NOBODY 65534

static char *home; /* where the test was started */

/* Each test stands in a fresh folder, so that paths are short and known. */
static int set_up(void **state)
{
    *state = test_dir_make();
    return *state ? chdir(*state) : -1;
}

static int tear_down(void **state)
{
    if (chdir(home) < 0)
        return -1;
    test_dir_remove(*state);
    return 0;
}

static void make_dir(const char *path)
{
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    close(fd);
}

static void make_link(const char *to, const char *path)
{
    assert_int_equal(symlink(to, path), 0);
}

static int walk_n(const char *const *args, size_t n, struct walk *walk, struct err *err)
{
    static const _Atomic int stop = 0;
    *walk = (struct walk){.paths = NULL};
    return walk_paths(args, n, "archive", &stop, walk, err);
}

/* The paths found, each with a '|' behind it. */
static void assert_walk(const char *const *args, size_t n, const char *want)
{
    struct err err = {0};
    CLEANUP(walk_done) struct walk walk;
    char got[2000] = "";
    assert_ok(walk_n(args, n, &walk, &err), err);
    for (size_t i = 0; i < walk.len; i++) {
        size_t len = strlen(got);
        (void)snprintf(got + len, sizeof got - len, "%s|", walk.paths[i]);
    }
    assert_string_equal(got, want);
}

static void assert_walk_of(const char *arg, const char *want)
{
    assert_walk(&arg, 1, want);
}

static void a_folder_is_walked_in_the_order_of_bytes(void **state)
{
    (void)state;
    make_dir("in");
    make_dir("in/b");
    make_file("in/b/2.tif");
    make_file("in/b/10.tif");
    make_file("in/a.tif");
    make_file("in/Z.tif");
    make_file("in/ă.tif");
    make_file("in/b.tif");
    assert_walk_of("in", "in/Z.tif|in/a.tif|in/b/10.tif|in/b/2.tif|in/b.tif|in/ă.tif|");
    assert_walk_of("in/", "in/Z.tif|in/a.tif|in/b/10.tif|in/b/2.tif|in/b.tif|in/ă.tif|");
}

static void arguments_keep_their_order(void **state)
{
    (void)state;
    make_dir("z");
    make_file("z/1");
    make_file("b");
    make_file("a");
    const char *const args[] = {"b", "z", "a", "b"};
    assert_walk(args, ARRAY_LEN(args), "b|z/1|a|b|");
}

static void hidden_and_empty_things_count(void **state)
{
    (void)state;
    make_dir("in");
    make_dir("in/empty");
    make_dir("in/.hidden");
    make_file("in/.hidden/.x");
    assert_walk_of("in", "in/.hidden/.x|");
    assert_walk_of("in/empty", "");
    assert_walk(NULL, 0, "");
}

static void the_archive_is_left_out_wherever_it_lies(void **state)
{
    (void)state;
    make_dir("archive");
    make_dir("archive/seg");
    make_file("archive/seg/1.open");
    make_file("a");
    assert_walk_of(".", "./a|");
    assert_walk_of("archive", "");
    make_dir("in");
    make_link("../archive", "in/way");
    assert_walk_of("in/way", ""); /* as an argument links are followed, but not into it */
    assert_walk_of("in", "");
}

static void odd_names_are_names(void **state)
{
    (void)state;
    make_dir("in");
    make_file("in/a\nb");
    make_file("in/\xff\xfe");
    make_file("in/ ");
    make_file("in/-rf");
    make_file("in/\"'$(x)\\");
    assert_walk_of("in", "in/ |in/\"'$(x)\\|in/-rf|in/a\nb|in/\xff\xfe|");
}

static void links_to_files_are_files_and_links_to_folders_are_not(void **state)
{
    (void)state;
    make_dir("in");
    make_dir("other");
    make_file("other/x");
    make_link("../other/x", "in/to-file");
    make_link("../other", "in/to-folder");
    make_link("nowhere", "in/to-nothing");
    assert_walk_of("in", "in/to-file|in/to-nothing|");
    assert_walk_of("in/to-folder", "in/to-folder/x|");
    assert_walk_of("in/to-file", "in/to-file|");
    assert_walk_of("in/to-nothing", "in/to-nothing|");
}

static void loops_come_to_an_end(void **state)
{
    (void)state;
    make_dir("in");
    make_dir("in/deep");
    make_file("in/deep/x");
    make_link("..", "in/deep/up");
    make_link(".", "in/self");
    make_link("loop", "in/loop");
    make_link("b", "in/a");
    make_link("a", "in/b");
    assert_walk_of("in", "in/a|in/b|in/deep/x|in/loop|"); /* opening those will say why not */
    assert_walk_of("in/loop", "in/loop|");
    assert_walk_of("in/deep/up", "in/deep/up/a|in/deep/up/b|in/deep/up/deep/x|in/deep/up/loop|");
}

static void what_is_no_file_is_listed_all_the_same(void **state)
{
    (void)state;
    make_dir("in");
    assert_int_equal(mkfifo("in/pipe", 0644), 0);
    assert_walk_of("in", "in/pipe|");
    assert_walk_of("in/pipe", "in/pipe|");
}

static void a_missing_argument_is_refused_by_name(void **state)
{
    (void)state;
    struct err err = {0};
    struct walk walk;
    const char *const args[] = {"a", "missing"};
    make_file("a");
    assert_int_equal(walk_n(args, ARRAY_LEN(args), &walk, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_non_null(strstr(err.text, "'missing'"));
    assert_null(walk.paths);
    const char *const empty[] = {""};
    assert_int_equal(walk_n(empty, 1, &walk, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
}

static void stopping_ends_it_without_an_error(void **state)
{
    (void)state;
    static const _Atomic int stop = 1;
    struct err err = {0};
    struct walk walk = {.paths = NULL};
    const char *const args[] = {"in"};
    make_dir("in");
    make_file("in/a");
    assert_ok(walk_paths(args, 1, "archive", &stop, &walk, &err), err);
    assert_int_equal(walk.len, 0);
    walk_done(&walk);
}

static void a_missing_archive_is_no_obstacle(void **state)
{
    (void)state;
    make_dir("in");
    make_file("in/a");
    assert_walk_of("in", "in/a|");
}

/* Root may read every folder, so a child gives its rights away first. */
static void a_folder_that_cannot_be_read_is_listed(void **state)
{
    (void)state;
    make_dir("in");
    make_dir("in/locked");
    make_file("in/locked/x");
    make_file("in/z");
    assert_int_equal(chmod(".", 0755), 0);
    assert_int_equal(chmod("in/locked", 0), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = {0};
        struct walk walk;
        const char *const args[] = {"in"};
        if ((geteuid() == 0 && setuid(NOBODY) < 0) || walk_n(args, 1, &walk, &err) < 0)
            _exit(2);
        _exit(walk.len == 2 && strcmp(walk.paths[0], "in/locked") == 0 &&
                      strcmp(walk.paths[1], "in/z") == 0
                  ? 0
                  : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(chmod("in/locked", 0755), 0);
    assert_int_equal(status, 0);
}

static void many_files_fit(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(walk_done) struct walk walk;
    const char *const args[] = {"in"};
    make_dir("in");
    for (int i = 0; i < 700; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "in/%04d", i);
        make_file(path);
    }
    assert_ok(walk_n(args, 1, &walk, &err), err);
    assert_int_equal(walk.len, 700);
    assert_string_equal(walk.paths[699], "in/0699");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_folder_is_walked_in_the_order_of_bytes),
        TEST(arguments_keep_their_order),
        TEST(hidden_and_empty_things_count),
        TEST(the_archive_is_left_out_wherever_it_lies),
        TEST(odd_names_are_names),
        TEST(links_to_files_are_files_and_links_to_folders_are_not),
        TEST(loops_come_to_an_end),
        TEST(what_is_no_file_is_listed_all_the_same),
        TEST(a_missing_argument_is_refused_by_name),
        TEST(stopping_ends_it_without_an_error),
        TEST(a_missing_archive_is_no_obstacle),
        TEST(a_folder_that_cannot_be_read_is_listed),
        TEST(many_files_fit),
    };
    home = get_current_dir_name();
    int failed = cmocka_run_group_tests_name("walk", tests, NULL, NULL);
    free(home);
    return failed;
}
