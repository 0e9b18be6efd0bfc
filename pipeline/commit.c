/* pipeline/commit.c - the one thread that makes things durable, and only then tells of them.
 *
 * What came while the last group was being synced is the next group: one write and one sync for
 * all of it. Then the catalogue takes the group in, and only then files are told of. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "pipeline/quarantine.h"
#include "pipeline/run.h"
#include "records/index.h"

#define GROUP_OBJECTS_MAX 1024 /* of one commit; a file with more failed pages goes alone */

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool stands_before(const struct object objects[], size_t n, const struct digest *id)
{
    for (size_t i = 0; i < n; i++)
        if (digest_equal(&objects[i].id, id))
            return true;
    return false;
}

/* Collects the objects the archive does not hold yet: borrowed copies of the structs. */
static int collect(struct run *run, struct commit_item *items, struct object objects[],
                   size_t *ret_n, struct err *err)
{
    size_t n = 0;
    for (struct commit_item *item = items; item; item = item->next)
        for (size_t i = 0; i < item->object_len; i++) {
            struct object *object = &item->objects[i].object;
            struct group_entry entry;
            int found = catalogue_find_object(run->catalogue, &object->id, &entry, err);
            if (found < 0)
                return -1;
            if (!found && !stands_before(objects, n, &object->id))
                objects[n++] = *object;
        }
    *ret_n = n;
    return 0;
}

static int commit_objects(struct run *run, struct commit_item *items, struct err *err)
{
    size_t room = 0, n = 0;
    uint64_t stored = 0, pages = 0, start = thread_cpu_ns();
    for (struct commit_item *item = items; item; item = item->next) {
        room += item->object_len;
        pages += item->kind == COMMIT_PAGE;
    }
    if (room == 0)
        return 0;
    struct object *objects = calloc(room, sizeof *objects);
    struct place *places = calloc(room, sizeof *places);
    int rc = objects && places ? collect(run, items, objects, &n, err)
                               : err_sys(err, "collect %zu objects", room);
    if (rc == 0 && n > 0)
        rc = archive_commit(run->archive, objects, n, now_ns(), places, err);
    for (size_t i = 0; i < n; i++)
        stored += objects[i].stored.len;
    free(objects);
    free(places);
    if (rc < 0)
        return err_wrap(err, "archive");
    run_count_stage(run, STAGE_ARCHIVE, start, pages);
    start = thread_cpu_ns();
    if (index_catch_up(run->archive, run->catalogue, NULL, err) < 0)
        return err_wrap(err, "catalogue");
    run_count_stage(run, STAGE_INDEX, start, pages);
    (void)pthread_mutex_lock(&run->lock);
    run->tally.bytes_stored += stored;
    (void)pthread_mutex_unlock(&run->lock);
    return 0;
}

static void tell(struct run *run, const struct source *source, enum outcome_kind kind,
                 const struct err *why)
{
    struct outcome outcome = {
        .kind = kind,
        .path = source->shown,
        .id = &source->id,
        .format = source->format,
        .size_bytes = source->size_bytes,
        .reason = why->reason,
        .detail = why->text,
    };
    (void)pthread_mutex_lock(&run->lock);
    run->tally.sources++;
    run->tally.bytes_in += source->size_bytes;
    run->tally.archived += kind == OUTCOME_ARCHIVED;
    run->tally.duplicate += kind == OUTCOME_DUPLICATE;
    run->tally.quarantined += kind == OUTCOME_QUARANTINED;
    if (kind == OUTCOME_ARCHIVED) {
        outcome.pages = source->page_len;
        outcome.pages_failed = source->failed_len;
        run->tally.pages += source->page_len;
        run->tally.pages_failed += source->failed_len;
    }
    (void)pthread_mutex_unlock(&run->lock);
    if (run->options->on_outcome)
        run->options->on_outcome(run->options->self, &outcome);
}

static int quarantine(struct run *run, const struct source *source, const struct source *original,
                      struct err *err)
{
    const struct quarantined file = {.path = source->shown,
                                     .id = &source->id,
                                     .bytes = original->file.data,
                                     .why = &original->why};
    if (quarantine_put(run->io, run->quarantine_fd, &file, err) < 0)
        return err_wrap(err, "'%s'", source->shown);
    tell(run, source, OUTCOME_QUARANTINED, &original->why);
    return 0;
}

/* The end of a file, and of its twins: the same bytes under other names share its fate. */
static int finish(struct run *run, struct commit_item *item, struct err *err)
{
    struct source *source = item->source;
    bool archived = item->kind == COMMIT_ARCHIVED;
    int rc = 0;
    if (archived)
        tell(run, source, OUTCOME_ARCHIVED, &source->why);
    else
        rc = quarantine(run, source, source, err);
    struct source *twin = worklist_finish(run->list, source);
    while (twin) {
        struct source *next = twin->next;
        twin->next = NULL;
        if (archived)
            tell(run, twin, OUTCOME_DUPLICATE, &(struct err){.text = ""});
        else if (rc == 0)
            rc = quarantine(run, twin, source, err);
        source_drop(twin);
        twin = next;
    }
    source_drop(source); /* the list's reference; the item has its own */
    return rc;
}

static int acknowledge(struct run *run, struct commit_item *item, struct err *err)
{
    switch (item->kind) {
    case COMMIT_PAGE:
        return 0;
    case COMMIT_ARCHIVED:
        return finish(run, item, err);
    case COMMIT_DUPLICATE:
        tell(run, item->source, OUTCOME_DUPLICATE, &(struct err){.text = ""});
        return 0;
    case COMMIT_QUARANTINED:
        if (!item->source->listed) /* intake refused it */
            return quarantine(run, item->source, item->source, err);
        return finish(run, item, err);
    }
    return 0;
}

static void let_go(struct run *run, struct commit_item *items)
{
    while (items) {
        struct commit_item *next = items->next;
        if (items->kind == COMMIT_PAGE)
            pool_give_page(run->pool);
        commit_item_free(items);
        items = next;
    }
}

void *commit_thread(void *arg)
{
    struct run *run = arg;
    struct commit_item *items;
    bool broken = false;
    while ((items = commit_queue_pop(run->queue, GROUP_OBJECTS_MAX))) {
        struct err err = {0};
        /* After a failure nothing is acknowledged any more, but everybody is let go. */
        if (!broken)
            broken = commit_objects(run, items, &err) < 0;
        for (struct commit_item *item = items; item && !broken; item = item->next)
            broken = acknowledge(run, item, &err) < 0;
        if (broken && err.kind != ERR_NONE)
            run_fail(run, &err);
        let_go(run, items);
    }
    return NULL;
}
