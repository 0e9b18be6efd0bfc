/* storage/verify.c - verifying the archive: its segments, each by itself, and what joins them.
 *
 * A sealed segment says in its first and last block where the log stands before and after it, so
 * threads look at segments by themselves; the calling thread joins what they found, segment after
 * segment, and tells of it in that order. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "storage/format.h"
#include "storage/verify_impl.h"

#define AHEAD_PER_WORKER 2   /* verdicts that may wait: they list objects */
#define TICK_BYTES       MIB /* progress of a thread is told in such steps */

/* The whole run. lock guards what the threads share: next, told, failure, quit, ticked and each
 * verdict's `finished`; a verdict is its thread's until then, the caller's after. */
struct crew {
    struct archive *archive;
    const struct verify_options *options;
    const struct verify_hooks *hooks;
    struct verdict *verdicts;
    size_t len;
    struct verify_result result;
    uint64_t done_bytes, all_bytes; /* the caller's */
    uint64_t next_seq;              /* the caller's: the segment to be told of next */
    struct log_state state;         /* the caller's: at the end of the segment before */
    bool state_known;
    struct digest first; /* the caller's: object of a segment before */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next, told, ahead;
    uint64_t ticked; /* bytes looked at, not yet told */
    bool quit;
    struct err failure;
};

static void report(struct crew *crew, const struct damage *damage)
{
    if (damage->missing)
        crew->result.missing++;
    else
        crew->result.bad++;
    if (crew->hooks->on_damage)
        crew->hooks->on_damage(crew->hooks->self, damage);
}

static void progress(struct crew *crew, uint64_t more_bytes)
{
    crew->done_bytes += more_bytes;
    if (more_bytes > 0 && crew->hooks->on_progress)
        crew->hooks->on_progress(crew->hooks->self, crew->done_bytes, crew->all_bytes);
}

/* --- joining --- */

static void report_lost_segments(struct crew *crew, uint64_t from, uint64_t to)
{
    if (from >= to)
        return;
    struct damage damage = {.file = "seg", .first = from, .last = to - 1, .missing = true};
    (void)snprintf(damage.what, sizeof damage.what, "segments are missing: %" PRIu64 " to %" PRIu64,
                   from, to - 1);
    report(crew, &damage);
    crew->state_known = false;
}

static void report_break(struct crew *crew, struct verdict *verdict)
{
    struct damage damage = {
        .file = verdict->file, .first = verdict->name.seq, .last = verdict->name.seq};
    (void)snprintf(damage.what, sizeof damage.what, "the segment does not continue the one before");
    report(crew, &damage);
}

/* Each segment has a copy of the dictionary, which is one object. */
static void count_once(struct crew *crew, const struct verdict *verdict)
{
    if (digest_is_zero(&verdict->first))
        return;
    if (digest_equal(&crew->first, &verdict->first)) {
        crew->result.objects--;
        crew->result.bytes -= verdict->first_bytes;
    }
    crew->first = verdict->first;
}

/* Zeros that somebody accounts for were made by law; how many were not. */
static size_t tell_gone(struct crew *crew, const struct verdict *verdict)
{
    const struct verify_hooks *hooks = crew->hooks;
    size_t unlawful = 0;
    for (size_t i = 0; i < verdict->gone_len; i++) {
        const struct group_entry *entry = &verdict->gone[i];
        if (hooks->is_destroyed && hooks->is_destroyed(hooks->self, entry)) {
            crew->result.destroyed++;
            continue;
        }
        struct damage damage = {.file = verdict->file,
                                .first = verdict->name.seq,
                                .last = verdict->name.seq,
                                .off = entry->place.off,
                                .id = entry->id};
        (void)snprintf(damage.what, sizeof damage.what, "%s", object_gone);
        report(crew, &damage);
        unlawful++;
    }
    return unlawful;
}

/* Tells of a segment, all before it having been told of. */
static void tell(struct crew *crew, struct verdict *verdict)
{
    const struct verify_hooks *hooks = crew->hooks;
    report_lost_segments(crew, crew->next_seq, verdict->name.seq);
    bool broken = crew->state_known && verdict->start_known &&
                  !log_state_equal(&crew->state, &verdict->start);
    if (broken)
        report_break(crew, verdict);
    for (size_t i = 0; i < verdict->damage_len && hooks->on_damage; i++)
        hooks->on_damage(hooks->self, &verdict->damages[i]);
    for (size_t i = 0; i < verdict->object_len && hooks->on_object; i++)
        hooks->on_object(hooks->self, &verdict->objects[i]);
    size_t unlawful = tell_gone(crew, verdict);
    crew->result.bad += verdict->bad;
    crew->result.missing += verdict->missing;
    crew->result.objects += verdict->good;
    crew->result.bytes += verdict->good_bytes;
    count_once(crew, verdict);
    if (verdict->skip)
        crew->result.skipped++;
    else
        crew->result.segments++;
    if (!verdict->skip && verdict->name.sealed && hooks->on_segment)
        hooks->on_segment(hooks->self, verdict->name.seq, &verdict->name.sha,
                          !broken && unlawful == 0 && verdict->bad == 0 && verdict->missing == 0);
    crew->state = verdict->end;
    crew->state_known = verdict->end_known;
    crew->next_seq = verdict->name.seq + 1;
    verdict_done(verdict);
}

/* --- one thread --- */

static bool is_stopped(const struct crew *crew)
{
    return crew->options->stop && *crew->options->stop != 0;
}

static void tick_at_once(void *self, uint64_t more_bytes)
{
    progress(self, more_bytes);
}

static int check_alone(struct crew *crew, struct err *err)
{
    struct run run = {
        .archive = crew->archive,
        .checker = object_checker_new(err),
        .want_objects = crew->hooks->on_object,
        .tick = tick_at_once,
        .crew = crew,
    };
    int rc = run.checker ? 0 : -1;
    for (; rc == 0 && crew->told < crew->len && !is_stopped(crew); crew->told++) {
        rc = verify_segment(&run, &crew->verdicts[crew->told], err);
        if (rc == 0)
            tell(crew, &crew->verdicts[crew->told]);
    }
    object_checker_free(run.checker);
    return rc;
}

/* --- several --- */

static void tick_of_thread(void *self, uint64_t more_bytes)
{
    struct crew *crew = self;
    (void)pthread_mutex_lock(&crew->lock);
    crew->ticked += more_bytes;
    if (crew->ticked >= TICK_BYTES)
        (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->lock);
}

/* The next segment to look at; NULL: the thread may go home. */
static struct verdict *take_verdict(struct crew *crew)
{
    struct verdict *verdict = NULL;
    (void)pthread_mutex_lock(&crew->lock);
    while (!crew->quit && crew->next < crew->len && crew->next >= crew->told + crew->ahead)
        (void)pthread_cond_wait(&crew->changed, &crew->lock);
    if (is_stopped(crew))
        crew->quit = true;
    if (!crew->quit && crew->next < crew->len)
        verdict = &crew->verdicts[crew->next++];
    else
        (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->lock);
    return verdict;
}

/* failure NULL: the verdict is finished. */
static void give_verdict(struct crew *crew, struct verdict *verdict, const struct err *failure)
{
    (void)pthread_mutex_lock(&crew->lock);
    if (failure) {
        if (crew->failure.kind == ERR_NONE)
            crew->failure = *failure;
        crew->quit = true;
    } else {
        verdict->finished = true;
    }
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->lock);
}

static void *work(void *self)
{
    struct crew *crew = self;
    struct err err = {0};
    bool plain = strcmp(io_name(crew->archive->io), "plain") == 0;
    CLEANUP(io_closep) struct io *io = io_open(plain ? IO_PLAIN : IO_AUTO, NULL, &err);
    CLEANUP(archive_closep)
    struct archive *archive = io ? archive_open(io, crew->archive->path, ARCHIVE_READ, &err) : NULL;
    CLEANUP(object_checker_freep)
    struct object_checker *checker = archive ? object_checker_new(&err) : NULL;
    struct run run = {
        .archive = archive,
        .checker = checker,
        .want_objects = crew->hooks->on_object,
        .tick = tick_of_thread,
        .crew = crew,
    };
    if (!checker) {
        give_verdict(crew, NULL, &err);
        return NULL;
    }
    for (struct verdict *verdict; (verdict = take_verdict(crew));) {
        int rc = verify_segment(&run, verdict, &err);
        give_verdict(crew, verdict, rc < 0 ? &err : NULL);
    }
    return NULL;
}

/* Tells of segments as they come, until all are told of or no more will come. */
static void tell_as_they_come(struct crew *crew)
{
    (void)pthread_mutex_lock(&crew->lock);
    while (crew->told < crew->len) {
        struct verdict *verdict = &crew->verdicts[crew->told];
        uint64_t ticked = crew->ticked;
        crew->ticked = 0;
        bool finished = verdict->finished;
        if (!finished && ticked == 0) {
            if (crew->quit && (crew->failure.kind != ERR_NONE || crew->told == crew->next))
                break;
            (void)pthread_cond_wait(&crew->changed, &crew->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&crew->lock);
        progress(crew, ticked);
        if (finished)
            tell(crew, verdict);
        (void)pthread_mutex_lock(&crew->lock);
        if (finished) {
            crew->told++;
            (void)pthread_cond_broadcast(&crew->changed);
        }
    }
    crew->quit = true;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->lock);
}

static int check_together(struct crew *crew, unsigned workers, struct err *err)
{
    pthread_t threads[VERIFY_WORKERS_MAX];
    unsigned started = 0;
    crew->ahead = (size_t)workers * AHEAD_PER_WORKER;
    (void)pthread_mutex_init(&crew->lock, NULL);
    (void)pthread_cond_init(&crew->changed, NULL);
    for (; started < workers; started++) {
        errno = pthread_create(&threads[started], NULL, work, crew);
        if (errno != 0)
            break; /* UNTESTED: as many as there are do it */
    }
    if (started == 0)
        (void)err_sys(&crew->failure, "start a thread"); /* UNTESTED */
    else
        tell_as_they_come(crew);
    for (unsigned i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    progress(crew, crew->ticked);
    (void)pthread_cond_destroy(&crew->changed);
    (void)pthread_mutex_destroy(&crew->lock);
    if (crew->failure.kind == ERR_NONE)
        return 0;
    *err = crew->failure;
    return -1;
}

/* --- the archive --- */

static void report_odd(void *self, const char *name)
{
    CLEANUP(bytes_done) struct bytes file = {0};
    struct err ignored = {0};
    if (bytes_append(&file, span_of_text("seg/"), &ignored) < 0 ||
        text_display(span_of_text(name), &file, &ignored) < 0 ||
        bytes_append(&file, span_of("", 1), &ignored) < 0)
        return; /* UNTESTED: no memory */
    struct damage damage = {.file = (const char *)file.data};
    (void)snprintf(damage.what, sizeof damage.what, "this file does not belong here");
    report(self, &damage);
}

/* What is to be looked at, from the list of segments: a copy, as opening one that was renamed
 * meanwhile reads the directory again. */
static int plan(struct crew *crew, struct err *err)
{
    const struct segment_list *list = &crew->archive->list;
    const struct verify_options *options = crew->options;
    crew->verdicts = calloc(list->len + 1, sizeof *crew->verdicts);
    if (!crew->verdicts)
        return err_sys(err, "list segments"); /* UNTESTED: no memory */
    for (size_t i = 0; i < list->len; i++) {
        const struct segment_name *name = &list->names[i];
        struct verdict *verdict = &crew->verdicts[crew->len];
        char text[SEGMENT_NAME_MAX];
        segment_name_format(name, text);
        if (crew->len > 0 && verdict[-1].name.seq == name->seq) {
            report_odd(crew, text);
            continue;
        }
        verdict->name = *name;
        verdict->last = i + 1 == list->len;
        verdict->skip =
            name->sealed && options->skip && options->skip(options->self, name->seq, &name->sha);
        (void)snprintf(verdict->file, sizeof verdict->file, "seg/%s", text);
        crew->len++;
    }
    return 0;
}

static int check_all(struct crew *crew, struct err *err)
{
    struct archive *archive = crew->archive;
    struct archive_size size;
    if (!archive->format_fine) {
        struct damage damage = {.file = FORMAT_NAME};
        (void)snprintf(damage.what, sizeof damage.what, "it does not match its checksum");
        report(crew, &damage);
    }
    if (archive_measure(archive, &size, err) < 0 ||
        archive_list(archive, report_odd, crew, err) < 0 || plan(crew, err) < 0)
        return -1;
    crew->all_bytes = size.segment_bytes;
    unsigned workers = crew->options->workers;
    if (workers > VERIFY_WORKERS_MAX)
        workers = VERIFY_WORKERS_MAX;
    if (workers > crew->len)
        workers = (unsigned)crew->len;
    int rc = workers > 1 ? check_together(crew, workers, err) : check_alone(crew, err);
    crew->result.stopped = rc == 0 && crew->told < crew->len;
    return rc;
}

int archive_verify_with(struct archive *archive, const struct verify_options *options,
                        const struct verify_hooks *hooks, struct verify_result *ret_result,
                        struct err *err)
{
    static const struct verify_hooks none;
    struct crew crew = {
        .archive = archive,
        .options = options,
        .hooks = hooks ? hooks : &none,
        .next_seq = 1,
        .state = {.next_group = 1},
        .state_known = true,
    };
    int rc = check_all(&crew, err);
    for (size_t i = 0; i < crew.len; i++)
        verdict_done(&crew.verdicts[i]);
    free(crew.verdicts);
    if (rc < 0)
        return err_wrap(err, "verify");
    *ret_result = crew.result;
    return 0;
}

int archive_verify(struct archive *archive, const struct verify_hooks *hooks,
                   struct verify_result *ret_result, struct err *err)
{
    const struct verify_options options = {.workers = 1};
    return archive_verify_with(archive, &options, hooks, ret_result, err);
}
