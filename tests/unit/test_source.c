/* tests/unit/test_source.c - the bytes of a file: sealed, hashed, counted, let go. */
#include "pipeline/source.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/test.h"

static struct pool *pool;

static int set_up(void **state)
{
    struct err err = {0};
    (void)state;
    pool = pool_new(3, 100000, 1, &err);
    return pool ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    pool_free(pool); /* asserts that place and bytes came back */
    return 0;
}

static struct source *new_source(const char *path, size_t size, uint8_t **ret_data)
{
    struct err err = {0};
    assert_true(pool_take_source(pool));
    struct source *source = source_new(pool, &(struct feed_file){.path = path}, &err);
    assert_ok_ptr(source, err);
    source->size_bytes = size;
    assert_true(pool_take_bytes(pool, size));
    assert_ok(source_make_room(source, ret_data, &err), err);
    return source;
}

static struct source *sealed(const char *text)
{
    struct err err = {0};
    uint8_t *data = NULL;
    struct source *source = new_source("a", strlen(text), &data);
    memcpy(data, text, strlen(text));
    assert_ok(source_seal(source, data, strlen(text), &err), err);
    return source;
}

static void sealed_bytes_are_the_file_s_and_named_by_them(void **state)
{
    (void)state;
    struct source *source = sealed("một tệp");
    struct digest id = digest_of(span_of_text("một tệp"));
    assert_int_equal(source->file.data.len, strlen("một tệp"));
    assert_memory_equal(source->file.data.data, "một tệp", strlen("một tệp"));
    assert_true(digest_equal(&source->id, &id));
    assert_int_equal(lseek(source->file.fd, 0, SEEK_END), (off_t)strlen("một tệp"));
    source_drop(source);
}

static void nobody_can_change_sealed_bytes(void **state)
{
    (void)state;
    struct source *source = sealed("nguyên vẹn");
    int fd = source->file.fd;
    char path[64];
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(ftruncate(fd, 1000), -1);
    assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4), -1);
    assert_ptr_equal(mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    assert_int_equal(mprotect((void *)(uintptr_t)source->file.data.data, 4, PROT_READ | PROT_WRITE),
                     -1);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), -1); /* nor the seals themselves */
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, O_RDWR | O_CLOEXEC);
    if (again >= 0) {
        assert_int_equal(pwrite(again, "x", 1, 0), -1);
        close(again);
    }
    assert_memory_equal(source->file.data.data, "nguyên vẹn", source->file.data.len);
    source_drop(source);
}

static void refuses(size_t said, size_t got)
{
    struct err err = {0};
    uint8_t *data = NULL;
    struct source *source = new_source("a", said, &data);
    memset(data, 'x', said + 1); /* there is room for one byte more, to notice growth */
    assert_int_equal(source_seal(source, data, got, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(err.reason, REASON_CHANGED);
    assert_int_equal(source->file.data.len, 0);
    assert_true(digest_is_zero(&source->id));
    source_drop(source);
}

static void a_file_that_changed_its_size_is_refused(void **state)
{
    (void)state;
    refuses(10, 11);
    refuses(10, 9);
    refuses(10, 0);
    refuses(4096, 4097); /* the room is a page more */
    refuses(1, 2);
}

static void room_can_be_left_again(void **state)
{
    (void)state;
    uint8_t *data = NULL;
    struct source *source = new_source("a", 5000, &data);
    data[5000] = 1;
    source_leave_room(source, data);
    assert_false(pool_try_bytes(pool, 100000)); /* still its own */
    source_drop(source);
    assert_true(pool_take_bytes(pool, 100000));
    pool_give_bytes(pool, 100000);
}

static void a_name_is_shown_so_that_it_does_no_harm(void **state)
{
    (void)state;
    struct err err = {0};
    static const char *const names[][2] = {{"hồ sơ.tif", "hồ sơ.tif"},
                                           {"a\nb", "a\\x0Ab"},
                                           {"\xff", "\\xFF"},
                                           {"\x1b[31m", "\\x1B[31m"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_true(pool_take_source(pool));
        struct source *source = source_new(pool, &(struct feed_file){.path = names[i][0]}, &err);
        assert_ok_ptr(source, err);
        assert_string_equal(source->path, names[i][0]);
        assert_string_equal(source->shown, names[i][1]);
        assert_int_equal(source->file.fd, -1);
        source_drop(source);
    }
    source_drop(NULL);
}

static void *drop_many(void *arg)
{
    for (int i = 0; i < 1000; i++)
        source_drop(source_keep(arg));
    source_drop(arg);
    return NULL;
}

static void the_last_of_many_threads_frees_it(void **state)
{
    (void)state;
    struct source *source = sealed("chung");
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, drop_many, source_keep(source)), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(source->refs, 1);
    source_drop(source);
    assert_true(pool_take_bytes(pool, 100000));
    pool_give_bytes(pool, 100000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(sealed_bytes_are_the_file_s_and_named_by_them),
        TEST(nobody_can_change_sealed_bytes),
        TEST(a_file_that_changed_its_size_is_refused),
        TEST(room_can_be_left_again),
        TEST(a_name_is_shown_so_that_it_does_no_harm),
        TEST(the_last_of_many_threads_frees_it),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
