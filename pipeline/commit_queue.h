/* pipeline/commit_queue.h - what waits to become durable: pages read, files brought to their end.
 *
 * Ownership: push gives the item away. Never full: the pool bounds what can be under way. */
#ifndef PIPELINE_COMMIT_QUEUE_H
#define PIPELINE_COMMIT_QUEUE_H

#include "pipeline/pipeline.h"
#include "pipeline/source.h"
#include "storage/object.h"

enum commit_kind {
    COMMIT_PAGE,        /* objects of one page; gives its place in the pool back */
    COMMIT_ARCHIVED,    /* the file's bytes and its source record: the file is archived */
    COMMIT_DUPLICATE,   /* the archive holds these bytes */
    COMMIT_RECORDED,    /* records that the feed gave, a group of its own */
    COMMIT_QUARANTINED, /* nothing of it could be read; source->why */
    COMMIT_RETURNED     /* not now: whoever claimed it tries again */
};

/* An object and the raw bytes it was made from, if they are ours. */
struct commit_object {
    struct object object;
    struct bytes raw;
};

struct commit_item {
    enum commit_kind kind;
    struct source *source; /* a reference */
    struct commit_object *objects;
    size_t object_len;
    struct commit_item *next;
};

/* An item with room for n objects and an intake record, all zero. NULL without memory. */
struct commit_item *commit_item_new(enum commit_kind kind, struct source *source, size_t n);
/* Makes an object from bytes the item takes over; zstd where it shrinks, and sealed if the source
 * is. ret_id may be NULL. */
MUST_USE int commit_item_add(struct commit_item *item, enum object_type type, struct bytes *raw,
                             struct digest *ret_id, struct err *err);
/* The same, never sealed. */
MUST_USE int commit_item_add_open(struct commit_item *item, enum object_type type,
                                  struct bytes *raw, struct digest *ret_id, struct err *err);
/* The file's own bytes, which the source keeps: the item has its id already. */
MUST_USE int commit_item_add_source(struct commit_item *item, struct err *err);
/* The same for a text, with the archive's dictionary. */
MUST_USE int commit_item_add_text(struct commit_item *item, struct bytes *raw,
                                  const struct dictionary *dictionary, struct digest *ret_id,
                                  struct err *err);
void commit_item_free(struct commit_item *item);

struct commit_queue;
MUST_USE struct commit_queue *commit_queue_new(struct err *err);
void commit_queue_free(struct commit_queue *queue); /* frees what is left in it */
void commit_queue_push(struct commit_queue *queue, struct commit_item *item);
void commit_queue_close(struct commit_queue *queue); /* no more pushes */

#define COMMIT_GROUP_BYTES_MAX (64 * MIB) /* stored; the archive refuses a group of over 2 GiB */

/* Waits until there is something to pop, or nothing will come any more: true; or until
 * CLOCK_MONOTONIC has come to deadline_ns: false. */
MUST_USE bool commit_queue_wait(struct commit_queue *queue, int64_t deadline_ns);

/* Waits, then takes what is there, oldest first, up to objects_max objects and
 * COMMIT_GROUP_BYTES_MAX bytes (at least one item): what came while the last group was being synced
 * becomes the next group. NULL: closed and drained. */
MUST_USE struct commit_item *commit_queue_pop(struct commit_queue *queue, size_t objects_max);

#endif
