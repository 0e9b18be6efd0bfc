/* tests/unit/test_worklist.c - whose turn it is, twins, and the end, alone and with many threads.
 */
#include "pipeline/worklist.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "tests/unit/test.h"

#define FILES   60
#define THREADS 4

static const char tiff[CELL_FORMAT_MAX] = "tiff";

struct desk {
    struct pool *pool;
    struct worklist *list;
};

static int set_up(void **state)
{
    struct err err = {0};
    struct desk *desk = calloc(1, sizeof *desk);
    desk->pool = pool_new(2 * FILES, 1000, 10, &err);
    desk->list = worklist_new(&err);
    *state = desk;
    return desk->pool && desk->list ? 0 : -1;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    worklist_free(desk->list);
    pool_free(desk->pool); /* asserts that every file was let go */
    free(desk);
    return 0;
}

static struct source *new_file(struct desk *desk, const char *path, unsigned content)
{
    struct err err = {0};
    if (!pool_take_source(desk->pool))
        fail();
    struct source *source = source_new(desk->pool, &(struct feed_file){.path = path}, &err);
    assert_ok_ptr(source, err);
    source->id = digest_of(span_of(&content, sizeof content));
    return source;
}

/* In the list and released. */
static struct source *add_file(struct desk *desk, const char *path, unsigned content)
{
    struct source *source = new_file(desk, path, content);
    assert_false(worklist_add(desk->list, source));
    worklist_release(desk->list, source);
    return source;
}

static void split_into(struct worklist *list, struct source *source, uint32_t pages)
{
    struct err err = {0};
    assert_ok(worklist_split(list, source, tiff, pages, &err), err);
}

static struct job take_job(struct worklist *list, const struct source *prefer)
{
    struct job job = {.source = NULL};
    assert_int_equal(worklist_take(list, prefer, false, &job), TAKE_JOB);
    source_drop(job.source); /* the list has its own */
    return job;
}

static void assert_nothing(struct worklist *list)
{
    struct job job;
    assert_int_equal(worklist_take(list, NULL, false, &job), TAKE_NOTHING);
}

static void end_file(struct worklist *list, struct source *source)
{
    assert_null(worklist_finish(list, source));
    source_drop(source);
}

static void a_held_file_is_not_handed_out(void **state)
{
    struct desk *desk = *state;
    struct source *source = new_file(desk, "a", 1);
    assert_false(worklist_add(desk->list, source));
    assert_int_equal(worklist_len(desk->list), 1);
    assert_nothing(desk->list);
    worklist_release(desk->list, source);
    struct job job = take_job(desk->list, NULL);
    assert_int_equal(job.kind, JOB_SPLIT);
    assert_ptr_equal(job.source, source);
    assert_nothing(desk->list); /* one splits it, the others find nothing */
    end_file(desk->list, source);
    assert_int_equal(worklist_len(desk->list), 0);
}

static void urgent_files_go_first(void **state)
{
    struct desk *desk = *state;
    struct source *batch = add_file(desk, "batch", 1);
    (void)take_job(desk->list, NULL);
    split_into(desk->list, batch, 3);
    assert_ptr_equal(take_job(desk->list, NULL).source, batch);
    struct source *urgent = new_file(desk, "counter", 2);
    urgent->urgent = true;
    assert_false(worklist_add(desk->list, urgent));
    worklist_release(desk->list, urgent);
    /* Also before the file the worker has open; among urgent ones that one is preferred again. */
    assert_ptr_equal(take_job(desk->list, batch).source, urgent);
    split_into(desk->list, urgent, 2);
    assert_ptr_equal(take_job(desk->list, batch).source, urgent);
    assert_ptr_equal(take_job(desk->list, urgent).source, urgent);
    assert_ptr_equal(take_job(desk->list, urgent).source, batch);
    end_file(desk->list, batch);
    end_file(desk->list, urgent);
}

static void pages_come_in_order_and_once(void **state)
{
    struct desk *desk = *state;
    struct source *source = add_file(desk, "a", 1);
    (void)take_job(desk->list, NULL);
    split_into(desk->list, source, 3);
    assert_string_equal(source->format, "tiff");
    for (uint32_t page = 0; page < 3; page++) {
        struct job job = take_job(desk->list, NULL);
        assert_int_equal(job.kind, JOB_PAGE);
        assert_int_equal(job.page, page);
    }
    assert_nothing(desk->list);
    end_file(desk->list, source);
}

static void the_oldest_file_comes_first(void **state)
{
    struct desk *desk = *state;
    struct source *a = add_file(desk, "a", 1), *b = add_file(desk, "b", 2);
    assert_ptr_equal(take_job(desk->list, NULL).source, a);
    assert_ptr_equal(take_job(desk->list, NULL).source, b);
    split_into(desk->list, b, 2);
    assert_ptr_equal(take_job(desk->list, NULL).source, b); /* a has nothing yet */
    split_into(desk->list, a, 2);
    assert_ptr_equal(take_job(desk->list, NULL).source, a);
    assert_ptr_equal(take_job(desk->list, NULL).source, a);
    assert_ptr_equal(take_job(desk->list, NULL).source, b);
    assert_nothing(desk->list);
    end_file(desk->list, a);
    end_file(desk->list, b);
}

static void the_file_a_worker_has_open_is_preferred(void **state)
{
    struct desk *desk = *state;
    struct source *a = add_file(desk, "a", 1), *b = add_file(desk, "b", 2);
    (void)take_job(desk->list, NULL);
    (void)take_job(desk->list, NULL);
    split_into(desk->list, a, 1);
    split_into(desk->list, b, 2);
    assert_ptr_equal(take_job(desk->list, b).source, b);
    assert_ptr_equal(take_job(desk->list, b).source, b);
    assert_ptr_equal(take_job(desk->list, b).source, a); /* b has no more: the oldest */
    end_file(desk->list, a);
    end_file(desk->list, b);
}

static void the_same_bytes_become_twins(void **state)
{
    struct desk *desk = *state;
    struct source *first = add_file(desk, "a", 1), *second = new_file(desk, "b", 1),
                  *third = new_file(desk, "c", 1), *other = new_file(desk, "d", 2);
    assert_true(worklist_add(desk->list, second));
    assert_false(worklist_add(desk->list, other));
    assert_true(worklist_add(desk->list, third));
    assert_int_equal(worklist_len(desk->list), 2);
    assert_ptr_equal(take_job(desk->list, NULL).source, first);
    assert_nothing(desk->list); /* twins are not read */
    int n = 0;
    for (struct source *twin = worklist_finish(desk->list, first), *next; twin; twin = next) {
        next = twin->next;
        assert_true(twin == second || twin == third);
        source_drop(twin);
        n++;
    }
    assert_int_equal(n, 2);
    source_drop(first);
    struct source *again = new_file(desk, "e", 1);
    assert_false(worklist_add(desk->list, again)); /* the first has gone: no twin */
    end_file(desk->list, again);
    end_file(desk->list, other);
}

static void the_last_page_tells_so_whichever_it_is(void **state)
{
    struct desk *desk = *state;
    struct source *source = add_file(desk, "a", 1);
    struct digest record = digest_of(span_of_text("record"));
    struct bytes json = {0};
    struct err err = {0}, first = {0}, second = {0};
    (void)err_input(&first, REASON_DAMAGED, "first");
    (void)err_input(&second, REASON_CRASHED, "second");
    (void)take_job(desk->list, NULL);
    split_into(desk->list, source, 4);
    assert_false(worklist_page_ok(desk->list, source, 3, &record));
    assert_ok(bytes_append(&json, span_of_text("{2}"), &err), err);
    assert_false(worklist_page_failed(desk->list, source, 2, &json, &first));
    assert_null(json.data); /* taken over */
    assert_ok(bytes_append(&json, span_of_text("{0}"), &err), err);
    assert_false(worklist_page_failed(desk->list, source, 0, &json, &second));
    assert_true(worklist_page_ok(desk->list, source, 1, &record));
    assert_int_equal(source->ok_len, 2);
    assert_int_equal(source->failed_len, 2);
    assert_int_equal(source->failed[0].index, 2);
    assert_int_equal(source->why.reason, REASON_DAMAGED); /* of the first that failed */
    struct digest want = digest_of(span_of_text("{0}"));
    assert_true(digest_equal(&source->records[0], &want));
    assert_true(digest_equal(&source->records[3], &record));
    end_file(desk->list, source);
}

static void secrecy_is_why_whatever_failed_before(void **state)
{
    struct desk *desk = *state;
    struct source *source = add_file(desk, "a", 1);
    const struct {
        enum reason reason, why;
        bool secret;
    } pages[] = {{REASON_DAMAGED, REASON_DAMAGED, false},
                 {REASON_SECRET, REASON_SECRET, true},
                 {REASON_CRASHED, REASON_SECRET, true}};
    (void)take_job(desk->list, NULL);
    split_into(desk->list, source, ARRAY_LEN(pages));
    for (uint32_t page = 0; page < ARRAY_LEN(pages); page++) {
        struct bytes json = {0};
        struct err err = {0}, why = {0};
        (void)err_input(&why, pages[page].reason, "page %u", page);
        assert_ok(bytes_printf(&json, &err, "{%u}", page), err);
        (void)!worklist_page_failed(desk->list, source, page, &json, &why);
        assert_int_equal(source->why.reason, pages[page].why);
        assert_int_equal(source->secret, pages[page].secret);
    }
    end_file(desk->list, source);
}

static void many_failed_pages_are_all_kept(void **state)
{
    struct desk *desk = *state;
    struct source *source = add_file(desk, "a", 1);
    struct err err = {0}, why = {0};
    (void)err_input(&why, REASON_DAMAGED, "x");
    (void)take_job(desk->list, NULL);
    split_into(desk->list, source, 100);
    for (uint32_t page = 0; page < 100; page++) {
        struct bytes json = {0};
        assert_ok(bytes_printf(&json, &err, "{%u}", page), err);
        assert_int_equal(worklist_page_failed(desk->list, source, page, &json, &why), page == 99);
    }
    assert_int_equal(source->failed_len, 100);
    assert_memory_equal(source->failed[57].record.data, "{57}", 4);
    end_file(desk->list, source);
}

static void it_ends_when_closed_and_empty(void **state)
{
    struct desk *desk = *state;
    struct job job;
    struct source *source = add_file(desk, "a", 1);
    worklist_close(desk->list);
    (void)take_job(desk->list, NULL);
    assert_nothing(desk->list); /* closed, but a file is still under way */
    end_file(desk->list, source);
    assert_int_equal(worklist_take(desk->list, NULL, false, &job), TAKE_END);
    assert_int_equal(worklist_take(desk->list, NULL, true, &job), TAKE_END);
}

static void a_stopped_list_hands_out_nothing(void **state)
{
    struct desk *desk = *state;
    struct job job;
    struct source *source = add_file(desk, "a", 1);
    worklist_stop(desk->list);
    assert_int_equal(worklist_take(desk->list, NULL, true, &job), TAKE_END);
    assert_int_equal(worklist_take(desk->list, source, false, &job), TAKE_END);
    assert_int_equal(worklist_len(desk->list), 1);
}

static void what_is_left_is_dropped_with_the_list(void **state)
{
    struct desk *desk = *state;
    struct source *twin = new_file(desk, "b", 1);
    (void)add_file(desk, "a", 1);
    assert_true(worklist_add(desk->list, twin));
    (void)add_file(desk, "c", 2);
    /* tear_down frees the list, and then the pool asserts that all places came back */
}

/* --- threads: a little intake, a few workers, the end of each file by whoever reads its last page
 */

struct factory {
    struct desk *desk;
    _Atomic int pages, splits, ends, twins, waiting;
};

static void *work(void *arg)
{
    struct factory *factory = arg;
    struct worklist *list = factory->desk->list;
    struct source *open = NULL;
    struct job job;
    for (;;) {
        enum take take = worklist_take(list, open, false, &job);
        if (take == TAKE_NOTHING) {
            factory->waiting++;
            take = worklist_take(list, NULL, true, &job);
        }
        if (take != TAKE_JOB)
            break;
        struct err err = {0};
        bool last = false;
        open = job.source; /* only compared, as in the product */
        if (job.kind == JOB_SPLIT) {
            factory->splits++;
            if (worklist_split(list, job.source, tiff, 1 + job.source->id.b[0] % 4, &err) < 0)
                abort();
        } else if (factory->pages++ % 3 == 0) {
            struct bytes json = {0};
            (void)err_input(&err, REASON_DAMAGED, "page %u", job.page);
            if (bytes_append(&json, span_of_text("{}"), &err) < 0)
                abort();
            last = worklist_page_failed(list, job.source, job.page, &json, &err);
        } else
            last = worklist_page_ok(list, job.source, job.page, &job.source->id);
        if (last) {
            factory->ends++;
            for (struct source *twin = worklist_finish(list, job.source), *next; twin;
                 twin = next) {
                next = twin->next;
                factory->twins++;
                source_drop(twin);
            }
            source_drop(job.source);
        }
        source_drop(job.source);
    }
    return NULL;
}

static void every_file_is_read_once_by_many_threads(void **state)
{
    struct factory factory = {.desk = *state};
    struct worklist *list = factory.desk->list;
    pthread_t threads[THREADS];
    int twins = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &factory), 0);
    for (unsigned i = 0; i < FILES; i++) {
        struct source *source = new_file(factory.desk, "x", i % 7 == 6 ? i - 1 : i);
        if (worklist_add(list, source))
            twins++;
        else
            worklist_release(list, source);
    }
    worklist_close(list);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(factory.twins, twins);
    assert_int_equal(factory.ends + twins, FILES);
    assert_int_equal(factory.splits, factory.ends);
    assert_true(factory.pages >= factory.ends);
    assert_int_equal(worklist_len(list), 0);
}

static void stopping_sends_waiting_workers_home(void **state)
{
    struct factory factory = {.desk = *state};
    struct worklist *list = factory.desk->list;
    pthread_t threads[THREADS];
    struct source *held = new_file(factory.desk, "a", 1);
    assert_false(worklist_add(list, held));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &factory), 0);
    while (factory.waiting < THREADS)
        (void)sched_yield();
    worklist_stop(list);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(factory.splits, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_held_file_is_not_handed_out),
        TEST(pages_come_in_order_and_once),
        TEST(the_oldest_file_comes_first),
        TEST(urgent_files_go_first),
        TEST(the_file_a_worker_has_open_is_preferred),
        TEST(the_same_bytes_become_twins),
        TEST(the_last_page_tells_so_whichever_it_is),
        TEST(secrecy_is_why_whatever_failed_before),
        TEST(many_failed_pages_are_all_kept),
        TEST(it_ends_when_closed_and_empty),
        TEST(a_stopped_list_hands_out_nothing),
        TEST(what_is_left_is_dropped_with_the_list),
        TEST(every_file_is_read_once_by_many_threads),
        TEST(stopping_sends_waiting_workers_home),
    };
    return cmocka_run_group_tests_name("worklist", tests, NULL, NULL);
}
