/* pipeline/commit.c - the one thread that makes things durable, and only then tells of them.
 *
 * What came while the last group was being synced is the next group: one write and one sync for
 * all of it. Then the catalogue takes the group in, and only then files are told of. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pipeline/ledger.h"
#include "pipeline/quarantine.h"
#include "pipeline/run.h"
#include "records/index.h"
#include "storage/archive_log.h"

#define GROUP_OBJECTS_MAX   1024 /* of one commit; a file with more failed pages goes alone */
#define CHECKPOINT_EVERY_NS 10000000000 /* at most so old is what is durable and not signed */

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
    uint64_t pages = 0, start = thread_cpu_ns();
    const uint64_t stored_before = archive_stored_bytes(run->archive);
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
        rc = archive_commit(run->archive, objects, n, clock_ns(CLOCK_REALTIME), places, err);
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
    run->tally.bytes_stored += archive_stored_bytes(run->archive) - stored_before;
    (void)pthread_mutex_unlock(&run->lock);
    return 0;
}

/* Whether what has failed, this file last, is more than the user puts up with. The lock is held. */
static bool is_too_much(const struct run *run, const struct outcome *outcome, struct err *err)
{
    const struct pipeline_options *options = run->options;
    const struct tally *tally = &run->tally;
    if (options->bad_page == BAD_PAGE_ABORT)
        (void)err_input(err, outcome->reason, "'%s' could not be read: the run ends",
                        outcome->path);
    else if (options->failures_max_pct > 0 && tally->sources >= FAILURES_BEFORE_RATE &&
             tally->sources_failed * 100 > tally->sources * options->failures_max_pct)
        (void)err_input(err, outcome->reason,
                        "%llu of %llu files failed, more than %u %%: the run ends",
                        (unsigned long long)tally->sources_failed,
                        (unsigned long long)tally->sources, options->failures_max_pct);
    else
        return false;
    return true;
}

static void tell(struct run *run, const struct source *source, enum outcome_kind kind,
                 const struct err *why)
{
    struct outcome outcome = {
        .kind = kind,
        .path = source->shown,
        .claim = source->claim,
        .note = source->note,
        .id = &source->id,
        .format = source->format,
        .size_bytes = source->size_bytes,
        .reason = why->reason,
        .detail = why->text,
    };
    (void)pthread_mutex_lock(&run->lock);
    if (kind != OUTCOME_RETURNED && kind != OUTCOME_RECORDED) {
        run->tally.sources++;
        run->tally.bytes_in += source->size_bytes;
    } else
        run->tally.sources_found--; /* it will be found again, or was no file */
    run->tally.archived += kind == OUTCOME_ARCHIVED;
    run->tally.duplicate += kind == OUTCOME_DUPLICATE;
    run->tally.quarantined += kind == OUTCOME_QUARANTINED;
    if (kind == OUTCOME_ARCHIVED) {
        outcome.pages = source->page_len;
        outcome.pages_failed = source->failed_len;
        run->tally.pages += source->page_len;
        run->tally.pages_failed += source->failed_len;
    }
    struct err enough = {0};
    bool failed = kind == OUTCOME_QUARANTINED || outcome.pages_failed > 0;
    run->tally.sources_failed += failed;
    bool ends = failed && is_too_much(run, &outcome, &enough);
    (void)pthread_mutex_unlock(&run->lock);
    if (run->options->on_outcome)
        run->options->on_outcome(run->options->self, &outcome);
    if (ends)
        run_fail(run, &enough);
}

static int quarantine(struct run *run, const struct source *source, struct err *err)
{
    const struct quarantined file = {
        .path = source->shown, .id = &source->id, .bytes = source->file.data, .why = &source->why};
    if (!source->claim && quarantine_put(run->io, run->quarantine_fd, &file, err) < 0)
        return err_wrap(err, "'%s'", source->shown);
    tell(run, source, OUTCOME_QUARANTINED, &source->why);
    return 0;
}

/* The same bytes under other names share the file's fate, each with an item of its own: the next
 * group. Takes the references. */
static int follow_up(struct source *twin, const struct source *source, bool archived,
                     struct commit_item **next, struct err *err)
{
    int rc = 0;
    while (twin) {
        struct source *after = twin->next;
        twin->next = NULL;
        if (!archived)
            twin->why = source->why;
        struct commit_item *item =
            commit_item_new(archived ? COMMIT_DUPLICATE : COMMIT_QUARANTINED, twin, 0);
        if (!item) {
            rc = err_sys(err, "finish '%s'", twin->shown); /* UNTESTED: no memory */
            source_drop(twin);
        } else {
            item->next = *next;
            *next = item;
            if (rc == 0)
                rc = ledger_note(item, err);
        }
        twin = after;
    }
    return rc;
}

static int finish(struct run *run, struct commit_item *item, struct commit_item **next,
                  struct err *err)
{
    struct source *source = item->source;
    bool archived = item->kind == COMMIT_ARCHIVED;
    int rc = 0;
    if (archived)
        tell(run, source, OUTCOME_ARCHIVED, &source->why);
    else
        rc = quarantine(run, source, err);
    struct source *twins = worklist_finish(run->list, source);
    if (follow_up(twins, source, archived, next, err) < 0)
        rc = -1;
    source_drop(source); /* the list's reference; the item has its own */
    return rc;
}

static int acknowledge(struct run *run, struct commit_item *item, struct commit_item **next,
                       struct err *err)
{
    switch (item->kind) {
    case COMMIT_PAGE:
        return 0;
    case COMMIT_ARCHIVED:
        return finish(run, item, next, err);
    case COMMIT_DUPLICATE:
        tell(run, item->source, OUTCOME_DUPLICATE, &(struct err){.text = ""});
        return 0;
    case COMMIT_RECORDED:
        tell(run, item->source, item->source->claim ? OUTCOME_ARCHIVED : OUTCOME_RECORDED,
             &(struct err){.text = ""});
        return 0;
    case COMMIT_QUARANTINED:
        if (!item->source->listed) /* intake refused it, or it is a twin */
            return quarantine(run, item->source, err);
        return finish(run, item, next, err);
    case COMMIT_RETURNED:
        tell(run, item->source, OUTCOME_RETURNED, &item->source->why);
        return 0;
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

/* Makes a group durable and tells of it. After a failure nothing is acknowledged any more, but
 * everybody is let go. Gives the group that follows from this one, or NULL. */
static struct commit_item *handle(struct run *run, struct commit_item *items, bool *broken)
{
    struct err err = {0};
    struct commit_item *next = NULL;
    if (!*broken)
        *broken = commit_objects(run, items, &err) < 0;
    for (struct commit_item *item = items; item && !*broken; item = item->next)
        *broken = acknowledge(run, item, &next, &err) < 0;
    if (*broken && err.kind != ERR_NONE)
        run_fail(run, &err);
    let_go(run, items);
    return next;
}

/* Signs what became durable. Nobody waits for it, but a log that cannot be signed ends the run. */
static void sign(struct run *run, bool *broken)
{
    struct err err = {0};
    if (*broken || archive_checkpoint(run->archive, &err) == 0)
        return;
    *broken = true;
    run_fail(run, &err);
}

/* Also while nothing comes: what a service took in is signed soon after. */
void *commit_thread(void *arg)
{
    struct run *run = arg;
    struct commit_item *items = NULL;
    bool broken = false, unsigned_yet = false;
    int64_t sign_ns = 0;
    for (;;) {
        if (unsigned_yet &&
            (clock_ns(CLOCK_MONOTONIC) >= sign_ns || !commit_queue_wait(run->queue, sign_ns))) {
            sign(run, &broken);
            unsigned_yet = false;
        }
        items = commit_queue_pop(run->queue, GROUP_OBJECTS_MAX);
        if (!items)
            break;
        if (!unsigned_yet)
            sign_ns = clock_ns(CLOCK_MONOTONIC) + CHECKPOINT_EVERY_NS;
        unsigned_yet = true;
        while (items)
            items = handle(run, items, &broken);
    }
    sign(run, &broken);
    return NULL;
}
