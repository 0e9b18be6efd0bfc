/* pipeline/commit_queue.c - what waits to become durable. */
#include "pipeline/commit_queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct commit_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct commit_item *first, **last;
    bool closed;
};

struct commit_item *commit_item_new(enum commit_kind kind, struct source *source, size_t n)
{
    struct commit_item *item = calloc(1, sizeof *item);
    if (!item)
        return NULL; /* UNTESTED: no memory */
    item->objects = calloc(n + 1, sizeof *item->objects);
    if (!item->objects) {
        free(item); /* UNTESTED: no memory */
        return NULL;
    }
    item->kind = kind;
    item->source = source;
    return item;
}

/* The object was made; the item keeps the bytes it was made of. */
static void take_over(struct commit_item *item, struct bytes *raw, struct digest *ret_id)
{
    struct commit_object *slot = &item->objects[item->object_len++];
    slot->raw = *raw;
    *raw = (struct bytes){0};
    if (ret_id)
        *ret_id = slot->object.id;
}

static int seal(const struct commit_item *item, struct object *object, struct err *err)
{
    if (!item->source || !item->source->seal || object_seal(object, item->source->seal, err) == 0)
        return 0;
    object_done(object);
    return -1;
}

int commit_item_add(struct commit_item *item, enum object_type type, struct bytes *raw,
                    struct digest *ret_id, struct err *err)
{
    struct commit_object *slot = &item->objects[item->object_len];
    if (object_prepare(&slot->object, type, bytes_span(raw), true, NULL, err) < 0 ||
        seal(item, &slot->object, err) < 0)
        return -1;
    take_over(item, raw, ret_id);
    return 0;
}

int commit_item_add_open(struct commit_item *item, enum object_type type, struct bytes *raw,
                         struct digest *ret_id, struct err *err)
{
    struct commit_object *slot = &item->objects[item->object_len];
    if (object_prepare(&slot->object, type, bytes_span(raw), true, NULL, err) < 0)
        return -1;
    take_over(item, raw, ret_id);
    return 0;
}

int commit_item_add_source(struct commit_item *item, struct err *err)
{
    struct commit_object *slot = &item->objects[item->object_len];
    struct bytes none = {0};
    if (object_prepare(&slot->object, OBJECT_BLOB, item->source->file.data, false,
                       &item->source->id, err) < 0 ||
        seal(item, &slot->object, err) < 0)
        return -1;
    take_over(item, &none, NULL);
    assert(digest_equal(&slot->object.id, &item->source->id));
    return 0;
}

int commit_item_add_text(struct commit_item *item, struct bytes *raw,
                         const struct dictionary *dictionary, struct digest *ret_id,
                         struct err *err)
{
    struct commit_object *slot = &item->objects[item->object_len];
    if (object_prepare_text(&slot->object, bytes_span(raw), dictionary, err) < 0 ||
        seal(item, &slot->object, err) < 0)
        return -1;
    take_over(item, raw, ret_id);
    return 0;
}

void commit_item_free(struct commit_item *item)
{
    for (size_t i = 0; i < item->object_len; i++) {
        object_done(&item->objects[i].object);
        bytes_done(&item->objects[i].raw);
    }
    free(item->objects);
    source_drop(item->source);
    free(item);
}

struct commit_queue *commit_queue_new(struct err *err)
{
    struct commit_queue *queue = calloc(1, sizeof *queue);
    if (!queue) {
        err_sys(err, "make the commit queue"); /* UNTESTED: no memory */
        return NULL;
    }
    (void)pthread_mutex_init(&queue->lock, NULL);
    (void)pthread_cond_init(&queue->changed, NULL);
    queue->last = &queue->first;
    return queue;
}

void commit_queue_free(struct commit_queue *queue)
{
    if (!queue)
        return;
    while (queue->first) {
        struct commit_item *item = queue->first;
        queue->first = item->next;
        commit_item_free(item);
    }
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue);
}

void commit_queue_push(struct commit_queue *queue, struct commit_item *item)
{
    (void)pthread_mutex_lock(&queue->lock);
    assert(!queue->closed);
    item->next = NULL;
    *queue->last = item;
    queue->last = &item->next;
    (void)pthread_cond_signal(&queue->changed);
    (void)pthread_mutex_unlock(&queue->lock);
}

void commit_queue_close(struct commit_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    (void)pthread_cond_signal(&queue->changed);
    (void)pthread_mutex_unlock(&queue->lock);
}

bool commit_queue_wait(struct commit_queue *queue, int64_t deadline_ns)
{
    const struct timespec deadline = {
        .tv_sec = deadline_ns / 1000000000,
        .tv_nsec = deadline_ns % 1000000000,
    };
    int rc = 0;
    (void)pthread_mutex_lock(&queue->lock);
    while (!queue->first && !queue->closed && rc == 0)
        rc = pthread_cond_clockwait(&queue->changed, &queue->lock, CLOCK_MONOTONIC, &deadline);
    bool ready = queue->first || queue->closed;
    (void)pthread_mutex_unlock(&queue->lock);
    return ready;
}

static uint64_t stored_bytes(const struct commit_item *item)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < item->object_len; i++)
        bytes += item->objects[i].object.stored.len;
    return bytes;
}

/* What others say of pages must not share a group with them: the later group wins. */
static bool goes_alone(const struct commit_item *item)
{
    return item->kind == COMMIT_RECORDED;
}

struct commit_item *commit_queue_pop(struct commit_queue *queue, size_t objects_max)
{
    (void)pthread_mutex_lock(&queue->lock);
    while (!queue->first && !queue->closed)
        (void)pthread_cond_wait(&queue->changed, &queue->lock);
    struct commit_item *first = queue->first, **end = &queue->first;
    size_t objects = 0;
    uint64_t bytes = 0;
    while (*end) {
        objects += (*end)->object_len;
        bytes += stored_bytes(*end);
        if (end != &queue->first && (goes_alone(first) || goes_alone(*end) ||
                                     objects > objects_max || bytes > COMMIT_GROUP_BYTES_MAX))
            break;
        end = &(*end)->next;
    }
    if (first) {
        queue->first = *end;
        *end = NULL;
        if (!queue->first)
            queue->last = &queue->first;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return first;
}
