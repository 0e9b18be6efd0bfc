/* tests/unit/test_commit_queue.c - what waits to become durable: order, groups, the end. */
#include "pipeline/commit_queue.h"

#include <pthread.h>

#include "base/clock.h"
#include "tests/unit/test.h"

#define PLACES  1000
#define PUSHERS 3
#define EACH    200

struct desk {
    struct pool *pool;
    struct commit_queue *queue;
};

static int set_up(void **state)
{
    struct err err = {0};
    struct desk *desk = calloc(1, sizeof *desk);
    desk->pool = pool_new(PLACES, 1000, 10, &err);
    desk->queue = commit_queue_new(&err);
    *state = desk;
    return desk->pool && desk->queue ? 0 : -1;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    commit_queue_free(desk->queue);
    pool_free(desk->pool); /* asserts that every item let its file go */
    free(desk);
    return 0;
}

/* An item with n empty objects; `mark` is kept in the source's size. */
static struct commit_item *new_item(struct desk *desk, size_t n, uint64_t mark)
{
    struct err err = {0};
    if (!pool_take_source(desk->pool))
        abort();
    struct source *source = source_new(desk->pool, &(struct feed_file){.path = "x"}, &err);
    struct commit_item *item = source ? commit_item_new(COMMIT_PAGE, source, n) : NULL;
    if (!item)
        abort();
    source->size_bytes = mark;
    item->object_len = n;
    return item;
}

static void push(struct desk *desk, size_t n, uint64_t mark)
{
    commit_queue_push(desk->queue, new_item(desk, n, mark));
}

/* Takes one group and writes its marks down: "1 2 3 ". */
static void assert_group(struct desk *desk, size_t objects_max, const char *want)
{
    char got[200] = "";
    struct commit_item *item = commit_queue_pop(desk->queue, objects_max);
    while (item) {
        struct commit_item *next = item->next;
        size_t len = strlen(got);
        (void)snprintf(got + len, sizeof got - len, "%llu ",
                       (unsigned long long)item->source->size_bytes);
        commit_item_free(item);
        item = next;
    }
    assert_string_equal(got, want);
}

static void what_waits_becomes_one_group_in_order(void **state)
{
    struct desk *desk = *state;
    for (uint64_t i = 1; i <= 5; i++)
        push(desk, 2, i);
    assert_group(desk, 100, "1 2 3 4 5 ");
    push(desk, 1, 6);
    assert_group(desk, 100, "6 ");
}

static void a_group_holds_no_more_objects_than_asked_for(void **state)
{
    struct desk *desk = *state;
    for (uint64_t i = 1; i <= 6; i++)
        push(desk, 2, i);
    assert_group(desk, 4, "1 2 ");
    assert_group(desk, 5, "3 4 ");
    push(desk, 2, 7);
    assert_group(desk, 6, "5 6 7 ");
}

static void push_bytes(struct desk *desk, uint64_t mark, size_t bytes)
{
    struct commit_item *item = new_item(desk, 1, mark);
    item->objects[0].object.stored.len = bytes; /* nobody looks at them here */
    commit_queue_push(desk->queue, item);
}

static void a_group_holds_no_more_bytes_than_memory_is_meant_for(void **state)
{
    struct desk *desk = *state;
    push_bytes(desk, 1, COMMIT_GROUP_BYTES_MAX / 2);
    push_bytes(desk, 2, COMMIT_GROUP_BYTES_MAX / 2);
    push_bytes(desk, 3, 1);
    push_bytes(desk, 4, 3 * COMMIT_GROUP_BYTES_MAX);
    push_bytes(desk, 5, 1);
    assert_group(desk, 100, "1 2 ");
    assert_group(desk, 100, "3 ");
    assert_group(desk, 100, "4 ");
    assert_group(desk, 100, "5 ");
}

static void an_item_too_large_for_a_group_goes_alone(void **state)
{
    struct desk *desk = *state;
    push(desk, 50, 1);
    push(desk, 1, 2);
    push(desk, 50, 3);
    assert_group(desk, 10, "1 ");
    assert_group(desk, 10, "2 ");
    assert_group(desk, 10, "3 ");
}

static void items_without_objects_ride_along(void **state)
{
    struct desk *desk = *state;
    push(desk, 0, 1);
    push(desk, 3, 2);
    push(desk, 0, 3);
    push(desk, 0, 4);
    push(desk, 1, 5);
    assert_group(desk, 3, "1 2 3 4 ");
    assert_group(desk, 3, "5 ");
}

static void a_closed_queue_is_drained_first(void **state)
{
    struct desk *desk = *state;
    push(desk, 2, 1);
    push(desk, 2, 2);
    commit_queue_close(desk->queue);
    assert_group(desk, 2, "1 ");
    assert_group(desk, 2, "2 ");
    assert_null(commit_queue_pop(desk->queue, 2));
    assert_null(commit_queue_pop(desk->queue, 2));
}

static void what_is_left_is_freed_with_the_queue(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    struct commit_item *item = new_item(desk, 1, 1);
    assert_ok(bytes_append(&item->objects[0].raw, span_of_text("raw"), &err), err);
    assert_ok(object_prepare(&item->objects[0].object, OBJECT_BLOB,
                             bytes_span(&item->objects[0].raw), true, NULL, &err),
              err);
    commit_queue_push(desk->queue, item);
    push(desk, 0, 2);
}

static void nothing_is_a_queue_too(void **state)
{
    (void)state;
    commit_queue_free(NULL);
}

/* --- threads --- */

struct pusher {
    struct desk *desk;
    uint64_t first;
};

static void *push_many(void *arg)
{
    const struct pusher *pusher = arg;
    for (uint64_t i = 0; i < EACH; i++)
        push(pusher->desk, i % 4, pusher->first + i);
    return NULL;
}

struct popper {
    struct desk *desk;
    uint64_t next[PUSHERS];
    bool disorder, too_many;
};

static void *pop_all(void *arg)
{
    struct popper *popper = arg;
    struct commit_item *item;
    while ((item = commit_queue_pop(popper->desk->queue, 7))) {
        size_t objects = 0;
        while (item) {
            struct commit_item *next = item->next;
            uint64_t mark = item->source->size_bytes, from = mark / PLACES;
            objects += item->object_len;
            popper->disorder |= mark % PLACES != popper->next[from]++;
            commit_item_free(item);
            item = next;
        }
        popper->too_many |= objects > 7;
    }
    return NULL;
}

static void each_thread_s_items_keep_their_order(void **state)
{
    struct desk *desk = *state;
    struct pusher pushers[PUSHERS];
    struct popper popper = {.desk = desk};
    pthread_t threads[PUSHERS], pop;
    assert_int_equal(pthread_create(&pop, NULL, pop_all, &popper), 0);
    for (uint64_t i = 0; i < PUSHERS; i++) {
        pushers[i] = (struct pusher){desk, i * PLACES};
        assert_int_equal(pthread_create(&threads[i], NULL, push_many, &pushers[i]), 0);
    }
    for (int i = 0; i < PUSHERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    commit_queue_close(desk->queue);
    assert_int_equal(pthread_join(pop, NULL), 0);
    assert_false(popper.disorder);
    assert_false(popper.too_many);
    for (int i = 0; i < PUSHERS; i++)
        assert_int_equal(popper.next[i], EACH);
}

static void closing_wakes_the_one_who_waits(void **state)
{
    struct desk *desk = *state;
    struct popper popper = {.desk = desk};
    pthread_t pop;
    assert_int_equal(pthread_create(&pop, NULL, pop_all, &popper), 0);
    push(desk, 1, 0);
    commit_queue_close(desk->queue);
    assert_int_equal(pthread_join(pop, NULL), 0);
    assert_int_equal(popper.next[0], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void records_of_others_are_a_group_of_their_own(void **state)
{
    struct desk *desk = *state;
    for (uint64_t i = 1; i <= 6; i++) {
        struct commit_item *item = new_item(desk, 1, i);
        item->kind = i == 3 || i == 4 ? COMMIT_RECORDED : COMMIT_PAGE;
        commit_queue_push(desk->queue, item);
    }
    assert_group(desk, 100, "1 2 ");
    assert_group(desk, 100, "3 ");
    assert_group(desk, 100, "4 ");
    assert_group(desk, 100, "5 6 ");
}

/* A wait tells what is so; that it also ends by itself is why the log is signed while nothing
 * comes.
 */
static void a_wait_ends_with_something_or_with_its_time(void **state)
{
    struct desk *desk = *state;
    assert_false(commit_queue_wait(desk->queue, 0)); /* long ago */
    assert_false(commit_queue_wait(desk->queue, clock_ns(CLOCK_MONOTONIC) + 1000000));
    push(desk, 1, 1);
    assert_true(commit_queue_wait(desk->queue, 0));
    assert_true(commit_queue_wait(desk->queue, INT64_MAX));
    assert_group(desk, 10, "1 ");
    assert_false(commit_queue_wait(desk->queue, 0));
    commit_queue_close(desk->queue);
    assert_true(commit_queue_wait(desk->queue, INT64_MAX));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_waits_becomes_one_group_in_order),
        TEST(a_group_holds_no_more_objects_than_asked_for),
        TEST(a_group_holds_no_more_bytes_than_memory_is_meant_for),
        TEST(an_item_too_large_for_a_group_goes_alone),
        TEST(items_without_objects_ride_along),
        TEST(records_of_others_are_a_group_of_their_own),
        TEST(a_closed_queue_is_drained_first),
        TEST(what_is_left_is_freed_with_the_queue),
        cmocka_unit_test(nothing_is_a_queue_too),
        TEST(each_thread_s_items_keep_their_order),
        TEST(closing_wakes_the_one_who_waits),
        TEST(a_wait_ends_with_something_or_with_its_time),
    };
    return cmocka_run_group_tests_name("commit_queue", tests, NULL, NULL);
}
