/* tests/unit/test_pool.c - places, bytes and pages: never more than there are, nobody left waiting.
 */
#include "pipeline/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "tests/unit/test.h"

#define THREADS 4
#define TURNS   2000
#define PLACES  3

static struct pool *new_pool(uint32_t sources, uint64_t bytes, uint32_t pages)
{
    struct err err = {0};
    struct pool *pool = pool_new(sources, bytes, pages, &err);
    assert_ok_ptr(pool, err);
    return pool;
}

static void nap(void)
{
    const struct timespec while_others_run = {.tv_nsec = 2000000};
    (void)nanosleep(&while_others_run, NULL);
}

static void gives_as_many_places_as_it_has(void **state)
{
    (void)state;
    struct pool *pool = new_pool(2, 10, 1);
    assert_true(pool_take_source(pool));
    assert_true(pool_try_source(pool));
    assert_false(pool_try_source(pool));
    pool_give_source(pool);
    assert_true(pool_try_source(pool));
    pool_give_source(pool);
    pool_give_source(pool);
    pool_free(pool);
}

static void gives_as_many_bytes_as_it_has(void **state)
{
    (void)state;
    struct pool *pool = new_pool(1, 10, 1);
    assert_true(pool_take_bytes(pool, 4));
    assert_false(pool_try_bytes(pool, 7));
    assert_true(pool_try_bytes(pool, 6));
    assert_false(pool_try_bytes(pool, 1));
    assert_true(pool_try_bytes(pool, 0));
    pool_give_bytes(pool, 10);
    assert_true(pool_take_bytes(pool, 10));
    pool_give_bytes(pool, 10);
    pool_free(pool);
}

static void the_three_kinds_do_not_share(void **state)
{
    (void)state;
    struct pool *pool = new_pool(1, 1, 1);
    pool_take_page(pool);
    assert_true(pool_take_source(pool));
    assert_true(pool_take_bytes(pool, 1));
    assert_false(pool_try_source(pool));
    assert_false(pool_try_bytes(pool, 1));
    pool_give_page(pool);
    pool_give_source(pool);
    pool_give_bytes(pool, 1);
    pool_free(pool);
}

static void a_stopped_pool_gives_pages_only(void **state)
{
    (void)state;
    struct pool *pool = new_pool(5, 100, 1);
    pool_stop(pool);
    assert_false(pool_take_source(pool));
    assert_false(pool_try_source(pool));
    assert_false(pool_take_bytes(pool, 1));
    assert_false(pool_try_bytes(pool, 1));
    pool_take_page(pool);
    pool_give_page(pool);
    pool_free(pool);
}

static void nothing_is_a_pool_too(void **state)
{
    (void)state;
    pool_free(NULL);
}

/* --- threads --- */

struct waiter {
    struct pool *pool;
    uint64_t bytes;
    _Atomic int started;
    bool got_source, got_bytes;
};

static void *wait_for_source(void *arg)
{
    struct waiter *waiter = arg;
    waiter->started = 1;
    waiter->got_source = pool_take_source(waiter->pool);
    return NULL;
}

static void *wait_for_bytes(void *arg)
{
    struct waiter *waiter = arg;
    waiter->started = 1;
    waiter->got_bytes = pool_take_bytes(waiter->pool, waiter->bytes);
    return NULL;
}

static void start(pthread_t *thread, void *(*body)(void *), struct waiter *waiter)
{
    assert_int_equal(pthread_create(thread, NULL, body, waiter), 0);
    while (!waiter->started)
        nap();
    nap(); /* so that it most likely waits; the test holds either way */
}

static void stopping_wakes_everybody_who_waits(void **state)
{
    (void)state;
    struct pool *pool = new_pool(1, 10, 1);
    struct waiter waiters[4] = {{pool, 0, 0, true, true},
                                {pool, 0, 0, true, true},
                                {pool, 3, 0, true, true},
                                {pool, 9, 0, true, true}};
    pthread_t threads[4];
    assert_true(pool_take_source(pool));
    assert_true(pool_take_bytes(pool, 10));
    for (int i = 0; i < 4; i++)
        start(&threads[i], i < 2 ? wait_for_source : wait_for_bytes, &waiters[i]);
    pool_stop(pool);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(waiters[0].got_source);
    assert_false(waiters[1].got_source);
    assert_false(waiters[2].got_bytes);
    assert_false(waiters[3].got_bytes);
    pool_give_source(pool);
    pool_give_bytes(pool, 10);
    pool_free(pool);
}

/* A large file waits while small pieces come back; a small waiter must not eat its wake-up. */
static void giving_wakes_whoever_it_is_enough_for(void **state)
{
    (void)state;
    struct pool *pool = new_pool(1, 10, 1);
    struct waiter large = {pool, 8, 0, false, false}, small = {pool, 2, 0, false, false};
    pthread_t threads[2];
    assert_true(pool_take_bytes(pool, 10));
    start(&threads[0], wait_for_bytes, &large);
    start(&threads[1], wait_for_bytes, &small);
    pool_give_bytes(pool, 2);
    assert_int_equal(pthread_join(threads[1], NULL), 0);
    assert_true(small.got_bytes);
    pool_give_bytes(pool, 8);
    assert_int_equal(pthread_join(threads[0], NULL), 0);
    assert_true(large.got_bytes);
    pool_give_bytes(pool, 10);
    pool_free(pool);
}

struct crowd {
    struct pool *pool;
    _Atomic int sources, pages, over;
};

static void *come_and_go(void *arg)
{
    struct crowd *crowd = arg;
    for (int i = 0; i < TURNS; i++) {
        pool_take_page(crowd->pool);
        if (atomic_fetch_add(&crowd->pages, 1) >= PLACES)
            crowd->over++;
        if (i % 3 == 0 && pool_take_source(crowd->pool)) {
            if (atomic_fetch_add(&crowd->sources, 1) >= PLACES)
                crowd->over++;
            if (pool_try_bytes(crowd->pool, 5))
                pool_give_bytes(crowd->pool, 5);
            atomic_fetch_sub(&crowd->sources, 1);
            pool_give_source(crowd->pool);
        }
        atomic_fetch_sub(&crowd->pages, 1);
        pool_give_page(crowd->pool);
    }
    return NULL;
}

static void a_crowd_never_gets_more_than_there_is(void **state)
{
    (void)state;
    struct crowd crowd = {.pool = new_pool(PLACES, 12, PLACES)};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(crowd.over, 0);
    pool_free(crowd.pool); /* asserts that all came back */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_as_many_places_as_it_has),
        cmocka_unit_test(gives_as_many_bytes_as_it_has),
        cmocka_unit_test(the_three_kinds_do_not_share),
        cmocka_unit_test(a_stopped_pool_gives_pages_only),
        cmocka_unit_test(nothing_is_a_pool_too),
        cmocka_unit_test(stopping_wakes_everybody_who_waits),
        cmocka_unit_test(giving_wakes_whoever_it_is_enough_for),
        cmocka_unit_test(a_crowd_never_gets_more_than_there_is),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
