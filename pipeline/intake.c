/* pipeline/intake.c - the thread that brings files in: a batch at a time, read into sealed memory,
 * hashed, and handed on unless the archive holds them already. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "io/files.h"
#include "pipeline/ledger.h"
#include "pipeline/run.h"
#include "pipeline/walk.h"
#include "records/access_record.h"
#include "records/event_record.h"

#define BATCH_MAX 32 /* files opened and read together */

struct batch {
    struct io_file files[BATCH_MAX];
    struct source *sources[BATCH_MAX];
    size_t len;
};

/* Its way ends here: an item of its own tells why. Takes the reference. */
static void push(struct run *run, enum commit_kind kind, struct source *source)
{
    struct err err = {0};
    struct commit_item *item = commit_item_new(kind, source, 0);
    if (!item) {
        err_sys(&err, "take '%s'", source->shown); /* UNTESTED: no memory */
        source_drop(source);
        run_fail(run, &err);
        return;
    }
    if (kind != COMMIT_RETURNED && ledger_note(item, &err) < 0) {
        commit_item_free(item); /* UNTESTED: no memory */
        run_fail(run, &err);
        return;
    }
    commit_queue_push(run->queue, item);
}

/* Trouble of this moment, or of the way to the file: not the file's fault. */
static bool is_passing(const struct source *source, int sys)
{
    static const int passing[] = {EMFILE,    ENFILE,   ENOMEM,       EIO,        ESTALE, ETIMEDOUT,
                                  EHOSTDOWN, ENOTCONN, EHOSTUNREACH, ECONNRESET, EAGAIN, EBUSY};
    for (size_t i = 0; i < ARRAY_LEN(passing); i++)
        if (sys == passing[i])
            return source->claim && !source->claim->last_try;
    return false;
}

/* Not to be read. Takes the reference. */
static void refuse(struct run *run, struct source *source, int sys, const struct err *why)
{
    bool changed = source->claim && why->reason == REASON_CHANGED;
    source->why = *why;
    push(run, changed || is_passing(source, sys) ? COMMIT_RETURNED : COMMIT_QUARANTINED, source);
}

static void hand_on(struct run *run, struct source *source)
{
    struct err err = {0};
    if (worklist_add(run->list, source))
        return; /* the twin of one in flight: that one's end will tell */
    /* Asked only after it stands in the list: a file leaves the list after the catalogue has it, so
     * one of the two always knows. */
    int seen = catalogue_find_source(run->seen, &source->id, &err);
    if (seen < 0)
        run_fail(run, &err);
    else if (seen == 0)
        worklist_release(run->list, source);
    else {
        /* Only this thread adds, so it has no twin yet. */
        struct source *twins = worklist_finish(run->list, source);
        assert(!twins);
        push(run, COMMIT_DUPLICATE, source);
    }
}

/* What the file system says of the file: good enough to read? */
static int check(const struct run *run, const struct io_file *file, struct err *err)
{
    const struct limits *limits = &run->options->limits;
    if (file->no_follow && file->sys == ELOOP)
        return err_input(err, REASON_NOT_A_FILE, "symbolic link");
    if (file->sys != 0)
        return err_input(err, REASON_UNREADABLE_FILE, "%s", strerrordesc_np(file->sys));
    if (!S_ISREG(file->mode))
        return err_input(err, REASON_NOT_A_FILE, "%s",
                         S_ISDIR(file->mode) ? "folder" : "device, pipe or socket");
    if (file->size_bytes == 0)
        return err_input(err, REASON_EMPTY, "%s", "");
    if (file->size_bytes > limits->file_bytes_max)
        return err_input(err, REASON_FILE_TOO_BIG, "%llu MiB, limit %llu MiB",
                         (unsigned long long)(file->size_bytes / MIB),
                         (unsigned long long)(limits->file_bytes_max / MIB));
    return 0;
}

/* Reads files [from, to) of the batch, those that have room, and hands them on. */
static void read_part(struct run *run, struct batch *batch, size_t from, size_t to)
{
    uint64_t start = thread_cpu_ns();
    io_files_read(run->seen_io, batch->files + from, to - from);
    run_count_stage(run, STAGE_READ, start, to - from);
    for (size_t i = from; i < to; i++) {
        struct io_file *file = &batch->files[i];
        struct source *source = batch->sources[i];
        struct err err = {0};
        if (!file->data)
            continue;
        start = thread_cpu_ns();
        int rc = source_seal(source, file->data, file->got_bytes, &err);
        run_count_stage(run, STAGE_HASH, start, 1);
        if (file->sys != 0)
            rc = err_input(&err, REASON_UNREADABLE_FILE, "%s", strerrordesc_np(file->sys));
        batch->sources[i] = NULL;
        if (rc == 0)
            hand_on(run, source);
        else if (err.kind == ERR_INPUT)
            refuse(run, source, file->sys, &err);
        else {
            source_drop(source);
            run_fail(run, &err);
        }
    }
}

/* Gives file i room for its bytes; waits for the pool, but not while others could be read. */
static void make_room(struct run *run, struct batch *batch, size_t i, size_t *read_from)
{
    struct io_file *file = &batch->files[i];
    struct source *source = batch->sources[i];
    struct err err = {0};
    source->size_bytes = file->size_bytes;
    if (check(run, file, &err) < 0) {
        batch->sources[i] = NULL;
        refuse(run, source, file->sys, &err);
        return;
    }
    if (!pool_try_bytes(run->pool, file->size_bytes)) {
        read_part(run, batch, *read_from, i);
        *read_from = i;
        if (!pool_take_bytes(run->pool, file->size_bytes))
            return; /* stopped: the file stays where it is and comes again next time */
    }
    if (source_make_room(source, &file->data, &err) < 0)
        run_fail(run, &err);
}

static void take_batch(struct run *run, const struct feed_file files[], size_t n)
{
    struct batch batch = {.len = n};
    for (size_t i = 0; i < n; i++) {
        struct err err = {0};
        batch.sources[i] = source_new(run->pool, &files[i], &err);
        if (batch.sources[i])
            batch.sources[i]->seal = run->options->seal;
        else
            run_fail(run, &err); /* UNTESTED: no memory */
        batch.files[i].path = files[i].path;
        batch.files[i].no_follow = files[i].claim != NULL; /* inboxes are open to many */
    }
    io_files_open(run->seen_io, batch.files, n);
    size_t read_from = 0;
    for (size_t i = 0; i < n && !run->stopping; i++)
        if (batch.sources[i])
            make_room(run, &batch, i, &read_from);
    if (!run->stopping)
        read_part(run, &batch, read_from, n);
    io_files_close(run->seen_io, batch.files, n);
    for (size_t i = 0; i < n; i++) { /* those left over by a stop */
        if (batch.sources[i] && batch.files[i].data)
            source_leave_room(batch.sources[i], batch.files[i].data);
        source_drop(batch.sources[i]);
    }
}

static int add_records(struct commit_item *item, const struct feed_note *note, struct err *err)
{
    for (size_t i = 0; i < note->record_len; i++) {
        CLEANUP(bytes_done) struct bytes record = {0};
        if (bytes_append(&record, note->records[i], err) < 0)
            return -1; /* UNTESTED: no memory */
        /* What happened, and who saw what, is told of when the papers cannot be read any more. */
        int rc = event_record_is(note->records[i]) || access_record_is(note->records[i])
                     ? commit_item_add_open(item, OBJECT_META, &record, NULL, err)
                     : commit_item_add(item, OBJECT_META, &record, NULL, err);
        if (rc < 0)
            return -1; /* UNTESTED: no memory */
    }
    CLEANUP(bytes_done) struct bytes text = {0};
    if (note->text.len == 0)
        return 0;
    if (bytes_append(&text, note->text, err) < 0)
        return -1; /* UNTESTED: no memory */
    return commit_item_add(item, OBJECT_BLOB, &text, &item->source->id, err);
}

/* What the feed has read itself. The pool's place is taken. */
static void take_note(struct run *run, const struct feed_file *file)
{
    struct err err = {0};
    const struct feed_note *note = file->note;
    struct source *source = source_new(run->pool, file, &err);
    if (!source) {
        run_fail(run, &err); /* UNTESTED: no memory */
        return;
    }
    source->size_bytes = note->size_bytes;
    source->seal = run->options->seal;
    if (note->text.len > 0)
        source->id = digest_of(note->text);
    if (note->why) {
        source->why = *note->why;
        push(run, COMMIT_QUARANTINED, source);
        return;
    }
    struct commit_item *item = commit_item_new(COMMIT_RECORDED, source, note->record_len + 1);
    if (!item) {
        err_sys(&err, "take '%s'", source->shown); /* UNTESTED: no memory */
        source_drop(source);
    } else if (add_records(item, note, &err) < 0 || ledger_note(item, &err) < 0)
        commit_item_free(item); /* UNTESTED: no memory */
    else {
        commit_queue_push(run->queue, item);
        return;
    }
    run_fail(run, &err);
}

/* Takes what the feed has read out of the list. Returns how many scans are left in it. */
static size_t take_notes(struct run *run, struct feed_file files[], size_t n)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        if (files[i].note)
            take_note(run, &files[i]);
        else
            files[left++] = files[i];
    return left;
}

static size_t take_places(struct run *run, size_t wanted)
{
    size_t n = 0;
    if (!pool_take_source(run->pool))
        return 0;
    for (n = 1; n < wanted && n < BATCH_MAX && pool_try_source(run->pool); n++)
        ;
    return n;
}

static void count_found(struct run *run, uint64_t n)
{
    (void)pthread_mutex_lock(&run->lock);
    run->tally.sources_found += n;
    (void)pthread_mutex_unlock(&run->lock);
}

static int take_paths(struct run *run, struct err *err)
{
    const struct pipeline_options *options = run->options;
    CLEANUP(walk_done) struct walk walk = {.paths = NULL};
    if (walk_paths(options->paths, options->path_len, options->archive, options->stop, &walk, err) <
        0)
        return -1;
    count_found(run, walk.len);
    for (size_t at = 0; at < walk.len && !run->stopping;) {
        struct feed_file files[BATCH_MAX];
        size_t n = take_places(run, walk.len - at);
        if (n == 0)
            break;
        for (size_t i = 0; i < n; i++)
            files[i] = (struct feed_file){.path = walk.paths[at + i]};
        take_batch(run, files, n);
        at += n;
    }
    return 0;
}

static int take_fed(struct run *run, const struct feed *feed, struct err *err)
{
    while (!run->stopping) {
        struct feed_file files[BATCH_MAX];
        size_t places = take_places(run, BATCH_MAX);
        ssize_t n = places == 0 ? 0 : feed->next(feed->self, files, places, &run->stopping, err);
        for (size_t spare = n > 0 ? (size_t)n : 0; spare < places; spare++)
            pool_give_source(run->pool);
        if (n <= 0)
            return n < 0 ? -1 : 0;
        count_found(run, (uint64_t)n);
        take_batch(run, files, take_notes(run, files, (size_t)n));
    }
    return 0;
}

void *intake_thread(void *arg)
{
    struct run *run = arg;
    const struct feed *feed = run->options->feed;
    struct err err = {0};
    if ((feed ? take_fed(run, feed, &err) : take_paths(run, &err)) < 0)
        run_fail(run, &err);
    if (feed && feed->end)
        feed->end(feed->self);
    worklist_close(run->list);
    return NULL;
}
