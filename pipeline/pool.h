/* pipeline/pool.h - the one place of back-pressure: how many files and pages may be in memory.
 *
 * Intake waits here before it reads, workers before they start a page; what was committed is given
 * back. Thread-safe. */
#ifndef PIPELINE_POOL_H
#define PIPELINE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct pool;

/* sources: files in flight; bytes: of all of them together; pages: read, not yet durable. */
MUST_USE struct pool *pool_new(uint32_t sources, uint64_t bytes, uint32_t pages, struct err *err);
void pool_free(struct pool *pool); /* everything must have been given back; NULL is fine */

/* Waits for a place for one more file; false when the pool was stopped. */
MUST_USE bool pool_take_source(struct pool *pool);
bool pool_try_source(struct pool *pool);
void pool_give_source(struct pool *pool);

/* bytes must not be more than the pool has. try: false when it would have to wait. */
MUST_USE bool pool_take_bytes(struct pool *pool, uint64_t bytes);
bool pool_try_bytes(struct pool *pool, uint64_t bytes);
void pool_give_bytes(struct pool *pool, uint64_t bytes);

/* Never refused, also after a stop: the commit thread gives places back until the end. */
void pool_take_page(struct pool *pool);
void pool_give_page(struct pool *pool);

/* Lets every waiter for files and bytes go, with nothing. */
void pool_stop(struct pool *pool);

#endif
