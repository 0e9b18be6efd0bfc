/* pipeline/settler.c - a thread that moves claimed files where they go, once their end is durable.
 */
#include "pipeline/settler.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

#define SECOND_NS     INT64_C(1000000000)
#define TRY_AGAIN_NS  (30 * SECOND_NS)
#define LOOK_AGAIN_NS SECOND_NS

struct waiting {
    struct ended ended;
    int64_t not_before_ns;
    struct waiting *next;
};

struct settler {
    struct io *io;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* something came, or was moved */
    struct waiting *list;
    bool moving, closing;
};

static struct waiting **first_due(struct settler *settler, int64_t *ret_soonest_ns)
{
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    struct waiting **at = &settler->list;
    *ret_soonest_ns = now + LOOK_AGAIN_NS;
    for (; *at && (*at)->not_before_ns > now; at = &(*at)->next)
        if ((*at)->not_before_ns < *ret_soonest_ns)
            *ret_soonest_ns = (*at)->not_before_ns;
    return at;
}

/* The first that may be tried now; waits for one. NULL: it ends, and nothing can be tried. */
static struct waiting *next(struct settler *settler)
{
    int64_t soonest;
    struct waiting **at;
    (void)pthread_mutex_lock(&settler->lock);
    settler->moving = false;
    (void)pthread_cond_broadcast(&settler->changed);
    while (!*(at = first_due(settler, &soonest)) && !settler->closing) {
        struct timespec until = {.tv_sec = soonest / SECOND_NS, .tv_nsec = soonest % SECOND_NS};
        (void)pthread_cond_timedwait(&settler->changed, &settler->lock, &until);
    }
    struct waiting *waiting = *at;
    if (waiting)
        *at = waiting->next;
    settler->moving = waiting != NULL;
    (void)pthread_mutex_unlock(&settler->lock);
    return waiting;
}

static void put(struct settler *settler, struct waiting *waiting)
{
    (void)pthread_mutex_lock(&settler->lock);
    waiting->next = settler->list;
    settler->list = waiting;
    (void)pthread_cond_broadcast(&settler->changed);
    (void)pthread_mutex_unlock(&settler->lock);
}

static void drop(struct waiting *waiting)
{
    held_free(waiting->ended.held);
    free(waiting);
}

static void *body(void *arg)
{
    struct settler *settler = arg;
    struct waiting *waiting;
    while ((waiting = next(settler))) {
        struct err err = {0};
        const struct ended *ended = &waiting->ended;
        const struct hot_why why = {&ended->id, ended->reason, ended->detail};
        if (hot_folder_settle(settler->io, ended->held, ended->quarantined ? &why : NULL, &err) ==
            0) {
            drop(waiting);
            continue;
        }
        log_line(LOG_WARN, "%s: tried again later", err.text);
        waiting->not_before_ns = clock_ns(CLOCK_MONOTONIC) + TRY_AGAIN_NS;
        put(settler, waiting);
    }
    return NULL;
}

static void settler_free(struct settler *settler)
{
    while (settler->list) {
        struct waiting *waiting = settler->list;
        settler->list = waiting->next;
        drop(waiting);
    }
    io_close(settler->io);
    (void)pthread_cond_destroy(&settler->changed);
    (void)pthread_mutex_destroy(&settler->lock);
    free(settler);
}

struct settler *settler_start(enum io_choice choice, struct err *err)
{
    pthread_condattr_t attributes;
    struct settler *settler = calloc(1, sizeof *settler);
    if (!settler) {
        err_sys(err, "start a thread"); /* UNTESTED: no memory */
        return NULL;
    }
    (void)pthread_mutex_init(&settler->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&settler->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    settler->io = io_open(choice, NULL, err);
    int rc = settler->io ? pthread_create(&settler->thread, NULL, body, settler) : 0;
    if (rc != 0)
        err_set(err, ERR_SYSTEM, "start a thread: %s", strerrordesc_np(rc));
    if (!settler->io || rc != 0) {
        settler_free(settler);
        return NULL;
    }
    return settler;
}

void settler_stop(struct settler *settler)
{
    if (!settler)
        return;
    (void)pthread_mutex_lock(&settler->lock);
    settler->closing = true;
    (void)pthread_cond_broadcast(&settler->changed);
    (void)pthread_mutex_unlock(&settler->lock);
    (void)pthread_join(settler->thread, NULL);
    settler_free(settler);
}

void settler_push(struct settler *settler, const struct ended *ended)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting) {
        held_free(ended->held); /* UNTESTED: no memory. It is settled at the next start. */
        return;
    }
    waiting->ended = *ended;
    put(settler, waiting);
}

void settler_pause(struct settler *settler)
{
    (void)pthread_mutex_lock(&settler->lock);
    while (settler->moving)
        (void)pthread_cond_wait(&settler->changed, &settler->lock);
    (void)pthread_mutex_unlock(&settler->lock);
}

bool settler_has(struct settler *settler, const char *ticket)
{
    bool has = false;
    (void)pthread_mutex_lock(&settler->lock);
    for (const struct waiting *at = settler->list; at && !has; at = at->next)
        has = strcmp(at->ended.held->claim.ticket, ticket) == 0;
    (void)pthread_mutex_unlock(&settler->lock);
    return has;
}
