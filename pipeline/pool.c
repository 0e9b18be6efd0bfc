/* pipeline/pool.c - the one place of back-pressure. */
#include "pipeline/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t given;
    uint64_t sources, bytes, pages;             /* left */
    uint64_t sources_all, bytes_all, pages_all; /* in all */
    bool stopped;
};

struct pool *pool_new(uint32_t sources, uint64_t bytes, uint32_t pages, struct err *err)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool) {
        err_sys(err, "make the page pool"); /* UNTESTED: no memory */
        return NULL;
    }
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->given, NULL);
    pool->sources = pool->sources_all = sources;
    pool->bytes = pool->bytes_all = bytes;
    pool->pages = pool->pages_all = pages;
    return pool;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    assert(pool->sources == pool->sources_all && pool->bytes == pool->bytes_all &&
           pool->pages == pool->pages_all);
    (void)pthread_cond_destroy(&pool->given);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* Takes n of *left. wait: until there are so many; heed_stop: a stopped pool gives nothing. */
static bool take(struct pool *pool, uint64_t *left, uint64_t n, bool wait, bool heed_stop)
{
    (void)pthread_mutex_lock(&pool->lock);
    while (wait && *left < n && !(heed_stop && pool->stopped))
        (void)pthread_cond_wait(&pool->given, &pool->lock);
    bool taken = *left >= n && !(heed_stop && pool->stopped);
    if (taken)
        *left -= n;
    (void)pthread_mutex_unlock(&pool->lock);
    return taken;
}

static void give(struct pool *pool, uint64_t *left, uint64_t n)
{
    (void)pthread_mutex_lock(&pool->lock);
    *left += n;
    (void)pthread_cond_broadcast(&pool->given);
    (void)pthread_mutex_unlock(&pool->lock);
}

bool pool_take_source(struct pool *pool)
{
    return take(pool, &pool->sources, 1, true, true);
}

bool pool_try_source(struct pool *pool)
{
    return take(pool, &pool->sources, 1, false, true);
}

void pool_give_source(struct pool *pool)
{
    give(pool, &pool->sources, 1);
}

bool pool_take_bytes(struct pool *pool, uint64_t bytes)
{
    assert(bytes <= pool->bytes_all);
    return take(pool, &pool->bytes, bytes, true, true);
}

bool pool_try_bytes(struct pool *pool, uint64_t bytes)
{
    return take(pool, &pool->bytes, bytes, false, true);
}

void pool_give_bytes(struct pool *pool, uint64_t bytes)
{
    give(pool, &pool->bytes, bytes);
}

void pool_take_page(struct pool *pool)
{
    bool taken = take(pool, &pool->pages, 1, true, false);
    assert(taken);
}

void pool_give_page(struct pool *pool)
{
    give(pool, &pool->pages, 1);
}

void pool_stop(struct pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->stopped = true;
    (void)pthread_cond_broadcast(&pool->given);
    (void)pthread_mutex_unlock(&pool->lock);
}
