/* pipeline/watch.c - the service: feeds runs of the pipeline from hot folders, settles files.
 *
 * A held file is in exactly one list: due (to be given to the run), fed (the run has it), or the
 * settler's (its outcome is durable). What is in no list lies claimed on disk and is
 * found at the start of the next run. */
#include "pipeline/watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/reason.h"
#include "pipeline/batch.h"
#include "pipeline/requests.h"
#include "pipeline/settler.h"

#define SECOND_NS        INT64_C(1000000000)
#define LOOK_MS_MAX      200                 /* between looks at the stop flag */
#define EVENT_PAUSE_NS   50000000            /* events come in bursts: one look for all of them */
#define SCAN_SHARE       10                  /* at most a tenth of the time goes into looking */
#define STILL_AGAIN_NS   100000000           /* after a look that found a claimed file changing */
#define TRY_AGAIN_NS     INT64_C(2000000000) /* doubled with every try */
#define BACK_OFF_MAX_S   30
#define BATCH_PER_WORKER 4 /* files of batches under way: the rest of the room is for counters */
#define RATE_SECONDS     60

/* A count that grows, as it was in each of the last seconds. */
struct rate {
    uint64_t at[RATE_SECONDS];
};

struct watch {
    const struct watch_options *options;
    struct io *io; /* of the feeding thread */
    struct settler *settler;
    struct hot_folder *folders[WATCH_FOLDERS_MAX];
    int inotify_fd;
    bool events_lost; /* not every folder could be watched */
    bool recovered;   /* this run has looked for leftovers */
    int64_t next_scan_ns, not_before_scan_ns;
    struct catalogue *ledger; /* of the run's feeding thread */
    struct requests *requests;
    struct batch *batches;         /* of the feeding thread */
    _Atomic uint64_t batches_wait; /* of them, not given to the run yet */

    pthread_mutex_t lock;
    struct held *due, *fed;
    uint64_t told; /* outcomes, since the start */
    uint64_t fed_len, fed_batch_len, fed_batch_bytes;
    struct watch_status status;
    int64_t alive_ns; /* when something last went on */
    struct rate pages_rate, files_rate;
    uint64_t pages_before; /* of earlier runs */
    uint64_t pages_seen;
};

const char *watch_state_name(enum watch_state state)
{
    static const char *const names[] = {"running", "disk-full", "retrying", "stopped"};
    return names[state];
}

static void set_state(struct watch *watch, enum watch_state state, const char *trouble)
{
    (void)pthread_mutex_lock(&watch->lock);
    bool news = watch->status.state != state;
    watch->status.state = state;
    (void)snprintf(watch->status.trouble, sizeof watch->status.trouble, "%s", trouble);
    (void)pthread_mutex_unlock(&watch->lock);
    if (news && !watch->options->once) /* then the error says it */
        log_line(LOG_WARN, "%s%s%s", watch_state_name(state), trouble[0] ? ": " : "", trouble);
}

/* --- the lists -------------------------------------------------------------------------------- */

static bool is_batch(const struct held *held)
{
    return !hot_folder_options(held->folder)->urgent;
}

static void feed_out(struct watch *watch, struct held *held)
{
    (void)pthread_mutex_lock(&watch->lock);
    held->next = watch->fed;
    watch->fed = held;
    watch->fed_len++;
    if (is_batch(held)) {
        watch->fed_batch_len++;
        watch->fed_batch_bytes += held->size_bytes;
    }
    (void)pthread_mutex_unlock(&watch->lock);
}

/* With the lock. */
static struct held *take_back(struct watch *watch, const struct claim *claim)
{
    struct held **at = &watch->fed;
    while (*at && &(*at)->claim != claim)
        at = &(*at)->next;
    struct held *held = *at;
    if (!held)
        return NULL; /* UNTESTED: the run tells only of what it was given */
    *at = held->next;
    held->next = NULL;
    watch->fed_len--;
    if (is_batch(held)) {
        watch->fed_batch_len--;
        watch->fed_batch_bytes -= held->size_bytes;
    }
    return held;
}

static void append(struct held **list, struct held *held)
{
    while (*list)
        list = &(*list)->next;
    held->next = NULL;
    *list = held;
}

static void wait_again(struct watch *watch, struct held *held)
{
    (void)pthread_mutex_lock(&watch->lock);
    append(&watch->due, held);
    (void)pthread_mutex_unlock(&watch->lock);
}

static void forget_list(struct held *list)
{
    while (list) {
        struct held *next = list->next;
        held_free(list);
        list = next;
    }
}

/* --- the end of a file ------------------------------------------------------------------------ */

/* Called by the commit thread. */
static void on_outcome(void *self, const struct outcome *outcome)
{
    struct watch *watch = self;
    if (outcome->kind == OUTCOME_RECORDED) {
        ((struct request *)(uintptr_t)outcome->note)->durable = true;
        return;
    }
    (void)pthread_mutex_lock(&watch->lock);
    struct held *held = take_back(watch, outcome->claim);
    struct watch_status *status = &watch->status;
    watch->alive_ns = clock_ns(CLOCK_REALTIME);
    watch->told++;
    if (outcome->note)
        ((struct batch *)(uintptr_t)outcome->note)->told = true;
    if (held && outcome->kind == OUTCOME_RETURNED) {
        /* Somebody still writes to it, or it cannot be read just now. */
        held->not_before_ns = clock_ns(CLOCK_MONOTONIC) + (TRY_AGAIN_NS << held->tries);
        if (outcome->reason != REASON_CHANGED)
            held->claim.last_try = ++held->tries >= HOT_TRIES_MAX;
        append(&watch->due, held);
    } else if (held) {
        status->archived += outcome->kind == OUTCOME_ARCHIVED;
        status->duplicate += outcome->kind == OUTCOME_DUPLICATE;
        status->quarantined += outcome->kind == OUTCOME_QUARANTINED;
        status->reasons[outcome->reason] += outcome->kind == OUTCOME_QUARANTINED;
        status->pages += outcome->pages;
        status->pages_failed += outcome->pages_failed;
        struct ended ended = {.held = held,
                              .quarantined = outcome->kind == OUTCOME_QUARANTINED,
                              .id = *outcome->id,
                              .reason = outcome->reason};
        (void)snprintf(ended.detail, sizeof ended.detail, "%s", outcome->detail);
        settler_push(watch->settler, &ended);
    }
    (void)pthread_mutex_unlock(&watch->lock);
    if (watch->options->on_outcome && outcome->kind != OUTCOME_RETURNED)
        watch->options->on_outcome(watch->options->self, outcome);
}

/* --- the start of a run: what the last one left ----------------------------------------------- */

static int note_known(void *self, const struct catalogue_intake *row, struct err *err)
{
    struct ended *known = self;
    (void)err;
    known->id = row->source;
    known->quarantined = strcmp(row->outcome, "quarantined") == 0;
    known->reason = reason_parse(row->reason_code);
    (void)snprintf(known->detail, sizeof known->detail, "%s", row->reason_detail);
    return 0;
}

/* In the ledger: only the move is missing. Not there: all of it is still to be done. */
static int sort_leftovers(struct watch *watch, struct held *list, struct err *err)
{
    int rc = 0;
    while (list) {
        struct held *held = list;
        struct ended known = {.held = held};
        list = held->next;
        held->next = NULL;
        int found = rc < 0 ? -1
                           : catalogue_find_intake(watch->ledger, held->claim.ticket, note_known,
                                                   &known, err);
        if (found < 0 || settler_has(watch->settler, held->claim.ticket))
            held_free(held);
        else if (found > 0)
            settler_push(watch->settler, &known);
        else
            wait_again(watch, held);
        rc = found < 0 ? -1 : 0;
    }
    return rc;
}

static int recover(struct watch *watch, struct err *err)
{
    struct held *list = NULL;
    watch->ledger = catalogue_open(watch->options->pipeline.archive, ARCHIVE_READ, err);
    if (!watch->ledger)
        return -1;
    settler_pause(watch->settler); /* the file it moves is in no list */
    for (size_t i = 0; i < watch->options->folder_len; i++)
        if (hot_folder_leftovers(watch->folders[i], &list, err) < 0) {
            forget_list(list);
            return -1;
        }
    return sort_leftovers(watch, list, err);
}

/* --- feeding ---------------------------------------------------------------------------------- */

static bool room_on_disk(struct watch *watch)
{
    struct statvfs st;
    char text[244];
    const struct watch_options *options = watch->options;
    if (statvfs(options->pipeline.archive, &st) < 0)
        return true; /* the run will say what is wrong */
    uint64_t left = (uint64_t)st.f_bavail * st.f_frsize;
    (void)pthread_mutex_lock(&watch->lock);
    watch->status.disk_free = left;
    (void)pthread_mutex_unlock(&watch->lock);
    if (left >= options->disk_reserve) {
        set_state(watch, WATCH_RUNNING, "");
        return true;
    }
    (void)snprintf(text, sizeof text, "%llu MiB are free beside the archive, %llu must stay so",
                   (unsigned long long)(left / MIB),
                   (unsigned long long)(options->disk_reserve / MIB));
    set_state(watch, WATCH_DISK_FULL, text);
    return false;
}

static int watch_dir(void *self, const char *path)
{
    struct watch *watch = self;
    const uint32_t mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB | IN_ONLYDIR;
    if (watch->inotify_fd < 0 || inotify_add_watch(watch->inotify_fd, path, mask) >= 0)
        return 0;
    if (!watch->events_lost && errno == ENOSPC)
        log_line(LOG_WARN, "too many folders to be told of changes at once: looked at every %u s",
                 watch->options->rescan_ms / 1000);
    watch->events_lost = true;
    return 0;
}

/* Those who ask wait for an answer. */
static void watch_requests(struct watch *watch)
{
    struct err ignored = {0};
    CLEANUP(bytes_done) struct bytes path = {0};
    if (bytes_printf(&path, &ignored, "%s/" ARCHIVE_REQUESTS, watch->options->pipeline.archive) ==
            0 &&
        bytes_append(&path, span_of("", 1), &ignored) == 0)
        (void)watch_dir(watch, (const char *)path.data);
}

static void scan(struct watch *watch)
{
    int64_t start = clock_ns(CLOCK_MONOTONIC);
    for (size_t i = 0; i < watch->options->folder_len; i++) {
        struct err err = {0};
        /* An inbox that is not to be had (a share that is down) does not stop the others. */
        if (hot_folder_scan(watch->folders[i], clock_ns(CLOCK_MONOTONIC), &err) < 0)
            log_line(LOG_WARN, "%s", err.text);
    }
    struct err err = {0};
    if (requests_scan(watch->requests, watch->ledger, &err) < 0)
        log_line(LOG_WARN, "%s", err.text);
    int64_t end = clock_ns(CLOCK_MONOTONIC), took = end - start;
    watch->next_scan_ns = end + (int64_t)watch->options->rescan_ms * 1000000;
    if (watch->next_scan_ns < end + took * SCAN_SHARE)
        watch->next_scan_ns = end + took * SCAN_SHARE;
    watch->not_before_scan_ns = end + EVENT_PAUSE_NS + took * SCAN_SHARE;
}

/* The first that may be tried now, taken from the list. */
static struct held *take_due(struct watch *watch, bool urgent)
{
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    (void)pthread_mutex_lock(&watch->lock);
    struct held **at = &watch->due, *held;
    while (*at && ((*at)->not_before_ns > now || is_batch(*at) == urgent))
        at = &(*at)->next;
    held = *at;
    if (held)
        *at = held->next;
    (void)pthread_mutex_unlock(&watch->lock);
    return held;
}

static void start_batch(struct watch *watch, struct held *held)
{
    struct err err = {0};
    struct batch *batch = batch_new(held, &err);
    if (!batch) { /* it lies claimed: the next start finds it */
        log_line(LOG_WARN, "%s", err.text);
        return;
    }
    batch->next = watch->batches;
    watch->batches = batch;
    watch->batches_wait++;
}

/* Gives held files that are due: urgent ones, or those of batches. */
static size_t give_due(struct watch *watch, bool urgent, struct feed_file files[], size_t max)
{
    struct held *held;
    size_t n = 0;
    while (n < max && (held = take_due(watch, urgent))) {
        int still = hot_folder_still(held);
        if (still < 0) { /* somebody with the rights to it took it away */
            log_line(LOG_WARN, "'%s' is gone", held->path);
            held_free(held);
        } else if (still == 0) {
            uint32_t settle_ms = hot_folder_options(held->folder)->settle_ms;
            held->not_before_ns =
                clock_ns(CLOCK_MONOTONIC) + STILL_AGAIN_NS + (int64_t)settle_ms * 1000000;
            wait_again(watch, held);
        } else if (held->sidecar)
            start_batch(watch, held);
        else {
            files[n++] =
                (struct feed_file){.path = held->path, .urgent = urgent, .claim = &held->claim};
            feed_out(watch, held);
        }
    }
    return n;
}

static size_t room_for_batches(const struct watch *watch, size_t max)
{
    uint64_t all = (uint64_t)watch->options->pipeline.workers * BATCH_PER_WORKER;
    uint64_t bytes = watch->options->pipeline.limits.sources_bytes_max / 2;
    if (watch->fed_batch_len >= all || watch->fed_batch_bytes >= bytes)
        return 0;
    return all - watch->fed_batch_len < max ? (size_t)(all - watch->fed_batch_len) : max;
}

/* Claims what is complete, urgent folders first. */
static int claim(struct watch *watch, bool urgent, size_t max, struct err *err)
{
    struct held *list = NULL;
    size_t room = max;
    int rc = 0;
    for (size_t i = 0; i < watch->options->folder_len && room > 0 && rc == 0; i++) {
        if (watch->options->folders[i].urgent != urgent)
            continue;
        ssize_t n = hot_folder_claim(watch->folders[i], room,
                                     watch->options->pipeline.limits.sources_bytes_max / 2,
                                     clock_ns(CLOCK_MONOTONIC), &list, err);
        rc = n < 0 ? -1 : 0;
        room -= n > 0 ? (size_t)n : 0;
    }
    while (list) {
        struct held *held = list;
        list = held->next;
        wait_again(watch, held);
    }
    return rc;
}

static size_t give_requests(struct watch *watch, struct feed_file files[], size_t max)
{
    struct request *request;
    size_t n = 0;
    while (n < max && (request = requests_give(watch->requests)))
        files[n++] = (struct feed_file){
            .path = request->name, .shown = request->name, .note = &request->note};
    return n;
}

static bool is_in(const struct held *list, const struct hot_folder *folder, const char *rel)
{
    for (; list; list = list->next)
        if (list->folder == folder && strcmp(list->rel, rel) == 0)
            return true;
    return false;
}

static bool is_coming(void *self, const struct hot_folder *folder, const char *rel, bool late)
{
    struct watch *watch = self;
    (void)pthread_mutex_lock(&watch->lock);
    bool held = is_in(watch->due, folder, rel) || is_in(watch->fed, folder, rel);
    (void)pthread_mutex_unlock(&watch->lock);
    return held || hot_folder_has(folder, rel, late);
}

/* 1: it can be given, 0: it waits. */
static int ready(struct watch *watch, struct batch *batch, struct err *err)
{
    if (batch->note.why)
        return 1;
    int64_t waited_ns = clock_ns(CLOCK_REALTIME) - batch->held->claim.taken_ns;
    const struct batch_search search = {.catalogue = watch->ledger,
                                        .late = waited_ns >=
                                                (int64_t)watch->options->sidecar_wait_s * SECOND_NS,
                                        .is_coming = is_coming,
                                        .self = watch};
    int rc = batch_look(batch, &search, err);
    if (rc > 0)
        rc = batch_end(batch, watch->io, err) < 0 ? -1 : 1;
    return rc;
}

static ssize_t give_batches(struct watch *watch, struct feed_file files[], size_t max,
                            struct err *err)
{
    size_t n = 0;
    for (struct batch *batch = watch->batches; batch && n < max; batch = batch->next) {
        int rc = batch->given ? 0 : ready(watch, batch, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            continue;
        struct held *held = batch->held;
        batch->given = true;
        watch->batches_wait--;
        files[n++] =
            (struct feed_file){.path = held->path, .claim = &held->claim, .note = &batch->note};
        feed_out(watch, held);
    }
    return (ssize_t)n;
}

/* Those that have ended; all: those that wait, too. They lie claimed, and are found again. */
static void forget_batches(struct watch *watch, bool all)
{
    struct batch **at = &watch->batches;
    while (*at) {
        struct batch *batch = *at;
        if (!batch->told && !all) {
            at = &batch->next;
            continue;
        }
        watch->batches_wait -= !batch->given;
        *at = batch->next;
        batch_free(batch);
    }
}

static ssize_t give(struct watch *watch, struct feed_file files[], size_t max, struct err *err)
{
    size_t n = give_requests(watch, files, max);
    for (int urgent = 1; urgent >= 0 && n < max; urgent--) {
        (void)pthread_mutex_lock(&watch->lock);
        size_t room = urgent ? max - n : room_for_batches(watch, max - n);
        (void)pthread_mutex_unlock(&watch->lock);
        size_t given = give_due(watch, urgent, files + n, room);
        if (given < room && claim(watch, urgent, room - given, err) < 0)
            return -1;
        n += given + give_due(watch, urgent, files + n + given, room - given);
    }
    forget_batches(watch, false);
    ssize_t batches = give_batches(watch, files + n, max - n, err);
    return batches < 0 ? -1 : (ssize_t)n + batches;
}

/* Notes for the status what waits; true when nothing is left that will be complete by itself. */
static bool look_at_waiting(struct watch *watch, uint64_t told)
{
    struct hot_waiting all = {.files = 0};
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    for (size_t i = 0; i < watch->options->folder_len; i++) {
        struct hot_waiting one;
        hot_folder_waiting(watch->folders[i], now, &one);
        all.files += one.files;
        all.bytes += one.bytes;
        all.unfinished += one.unfinished;
        if (one.oldest_ns && (!all.oldest_ns || one.oldest_ns < all.oldest_ns))
            all.oldest_ns = one.oldest_ns;
        if (one.due_ns && (!all.due_ns || one.due_ns < all.due_ns))
            all.due_ns = one.due_ns;
    }
    (void)pthread_mutex_lock(&watch->lock);
    watch->status.waiting = all.files;
    watch->status.waiting_bytes = all.bytes;
    watch->status.unfinished = all.unfinished;
    watch->status.oldest_s = all.oldest_ns ? (double)(now - all.oldest_ns) / SECOND_NS : 0;
    watch->alive_ns = clock_ns(CLOCK_REALTIME);
    bool idle = all.files == all.unfinished && !watch->due && !watch->fed &&
                told == watch->told; /* what ended meanwhile may be what a sidecar waits for */
    (void)pthread_mutex_unlock(&watch->lock);
    if (all.due_ns && all.due_ns < watch->next_scan_ns)
        watch->next_scan_ns =
            all.due_ns > watch->not_before_scan_ns ? all.due_ns : watch->not_before_scan_ns;
    return idle;
}

/* Sleeps until something may be due, at most LOOK_MS_MAX. */
static void wait_for_events(struct watch *watch)
{
    struct pollfd fd = {.fd = watch->inotify_fd, .events = POLLIN};
    int64_t left = (watch->next_scan_ns - clock_ns(CLOCK_MONOTONIC)) / 1000000;
    int ms = left < 1 ? 1 : left > LOOK_MS_MAX ? LOOK_MS_MAX : (int)left;
    if (poll(&fd, 1, ms) <= 0)
        return;
    /* What happened is of no interest, only that something did: the scan sees all. */
    char events[16384];
    while (read(watch->inotify_fd, events, sizeof events) > 0)
        ;
    int64_t soon = clock_ns(CLOCK_MONOTONIC) + EVENT_PAUSE_NS;
    if (soon < watch->not_before_scan_ns)
        soon = watch->not_before_scan_ns;
    if (soon < watch->next_scan_ns)
        watch->next_scan_ns = soon;
}

static ssize_t next(void *self, struct feed_file files[], size_t max, const _Atomic bool *stopping,
                    struct err *err)
{
    struct watch *watch = self;
    if (!watch->recovered && recover(watch, err) < 0)
        return -1;
    if (!watch->recovered) {
        watch->recovered = true;
        watch_requests(watch);
    }
    while (!*stopping) {
        if (clock_ns(CLOCK_MONOTONIC) >= watch->next_scan_ns)
            scan(watch);
        (void)pthread_mutex_lock(&watch->lock);
        uint64_t told = watch->told;
        (void)pthread_mutex_unlock(&watch->lock);
        if (room_on_disk(watch)) {
            ssize_t n = give(watch, files, max, err);
            if (n != 0)
                return n;
        } else if (watch->options->once)
            return err_set(err, ERR_RETRY, "the disk is nearly full: %s", watch->status.trouble);
        bool answered = requests_settle(watch->requests);
        if (look_at_waiting(watch, told) && answered && watch->options->once)
            return 0;
        wait_for_events(watch);
    }
    return 0;
}

static void close_ledger(void *self)
{
    struct watch *watch = self;
    catalogue_close(watch->ledger);
    watch->ledger = NULL;
}

/* --- the service ------------------------------------------------------------------------------ */

/* Files brought to an end, since the start. */
static uint64_t ended(const struct watch *watch)
{
    return watch->status.archived + watch->status.duplicate + watch->status.quarantined;
}

/* Notes the count, and gives its growth over the last minute, or since the start. */
static double per_second(struct rate *rate, uint64_t count, int64_t now_ns, int64_t passed_s)
{
    uint64_t *at = &rate->at[(size_t)(now_ns / SECOND_NS) % RATE_SECONDS];
    uint64_t grown = count - *at;
    *at = count;
    return (double)grown / (double)(passed_s < 1              ? 1
                                    : passed_s < RATE_SECONDS ? passed_s
                                                              : RATE_SECONDS);
}

/* Called by the main thread, five times a second. */
static void on_tick(void *self, const struct tally *tally)
{
    struct watch *watch = self;
    int64_t now = clock_ns(CLOCK_REALTIME);
    (void)pthread_mutex_lock(&watch->lock);
    struct watch_status *status = &watch->status;
    bool due = now - status->now_ns >= SECOND_NS || now < status->now_ns;
    if (due) {
        uint64_t pages = watch->pages_before + tally->pages_read;
        if (pages != watch->pages_seen)
            watch->alive_ns = now;
        watch->pages_seen = pages;
        status->quiet_s = (double)(now - watch->alive_ns) / SECOND_NS;
        int64_t passed_s = (now - status->started_ns) / SECOND_NS;
        status->pages_per_s = per_second(&watch->pages_rate, pages, now, passed_s);
        status->files_per_s = per_second(&watch->files_rate, ended(watch), now, passed_s);
        status->now_ns = now;
        status->claimed = watch->fed_len + watch->batches_wait;
        for (const struct held *held = watch->due; held; held = held->next)
            status->claimed++;
    }
    struct watch_status copy = *status;
    (void)pthread_mutex_unlock(&watch->lock);
    if (due && watch->options->on_status)
        watch->options->on_status(watch->options->self, &copy);
}

static void last_status(struct watch *watch)
{
    struct watch_status *status = &watch->status;
    status->state = WATCH_STOPPED;
    status->now_ns = clock_ns(CLOCK_REALTIME);
    status->claimed = 0;
    if (watch->options->on_status)
        watch->options->on_status(watch->options->self, status);
}

static int open_all(struct watch *watch, struct err *err)
{
    const struct watch_options *options = watch->options;
    watch->io = io_open(options->pipeline.io, NULL, err);
    watch->settler = watch->io ? settler_start(options->pipeline.io, err) : NULL;
    if (!watch->settler)
        return -1;
    watch->requests = requests_new(watch->io, options->pipeline.archive);
    if (!watch->requests)
        return err_sys(err, "start the service"); /* UNTESTED: no memory */
    watch->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->inotify_fd < 0)
        log_line(LOG_WARN, "no file system events here: folders are looked at every %u s",
                 options->rescan_ms / 1000);
    for (size_t i = 0; i < options->folder_len; i++) {
        struct hot_folder_options folder = options->folders[i];
        folder.watch_dir = watch_dir;
        folder.self = watch;
        watch->folders[i] = hot_folder_open(watch->io, &folder, err);
        if (!watch->folders[i])
            return -1;
    }
    return 0;
}

static void close_all(struct watch *watch)
{
    forget_list(watch->due);
    forget_list(watch->fed);
    for (size_t i = 0; i < watch->options->folder_len; i++)
        hot_folder_close(watch->folders[i]);
    fd_close(&watch->inotify_fd);
    requests_free(watch->requests);
    io_close(watch->io);
}

/* One run. What it had not brought to an end is forgotten: it lies claimed, and the next finds it.
 */
static int run_once(struct watch *watch, struct err *err)
{
    const struct feed feed = {.next = next, .end = close_ledger, .self = watch};
    struct pipeline_options options = watch->options->pipeline;
    struct tally tally = {.sources = 0};
    options.paths = NULL;
    options.path_len = 0;
    options.feed = &feed;
    options.on_outcome = on_outcome;
    options.on_tick = on_tick;
    options.self = watch;
    watch->recovered = false;
    watch->next_scan_ns = 0;
    int rc = pipeline_run(&options, &tally, err);
    forget_batches(watch, true);
    (void)requests_settle(watch->requests);
    requests_forget(watch->requests);
    (void)pthread_mutex_lock(&watch->lock);
    watch->pages_before += tally.pages_read;
    forget_list(watch->due);
    forget_list(watch->fed);
    watch->due = watch->fed = NULL;
    watch->fed_len = watch->fed_batch_len = watch->fed_batch_bytes = 0;
    (void)pthread_mutex_unlock(&watch->lock);
    return rc;
}

/* Waits before the next run, with an eye on the stop flag and the status kept alive. */
static void back_off(struct watch *watch, uint32_t seconds)
{
    const struct timespec nap = {.tv_nsec = LOOK_MS_MAX * 1000000};
    const struct tally none = {.sources = 0};
    for (uint32_t i = 0; i < seconds * 1000 / LOOK_MS_MAX && !*watch->options->pipeline.stop; i++) {
        (void)nanosleep(&nap, NULL);
        watch->alive_ns = clock_ns(CLOCK_REALTIME);
        on_tick(watch, &none);
    }
}

static int serve(struct watch *watch, struct err *err)
{
    const _Atomic int *stop = watch->options->pipeline.stop;
    uint32_t seconds = 1;
    for (;;) {
        uint64_t before = ended(watch);
        *err = (struct err){.kind = ERR_NONE};
        int rc = run_once(watch, err);
        if (*stop || (rc == 0 && watch->options->once))
            return rc == 0 || err->kind == ERR_RETRY ? 0 : -1;
        if (rc < 0 && (err->kind != ERR_RETRY || watch->options->once))
            return -1;
        seconds = ended(watch) != before         ? 1
                  : seconds * 2 > BACK_OFF_MAX_S ? BACK_OFF_MAX_S
                                                 : seconds * 2;
        set_state(watch, WATCH_RETRYING, err->text);
        back_off(watch, seconds);
        if (*stop)
            return 0;
    }
}

int watch_run(const struct watch_options *options, struct err *err)
{
    struct watch watch = {.options = options, .inotify_fd = -1};
    (void)pthread_mutex_init(&watch.lock, NULL);
    watch.status.started_ns = watch.alive_ns = clock_ns(CLOCK_REALTIME);
    watch.status.disk_reserve = options->disk_reserve;
    watch.status.memory_bound = limits_memory_bound(
        &options->pipeline.limits, options->pipeline.workers, options->pipeline.seal != NULL);
    int rc = open_all(&watch, err);
    bool opened = rc == 0;
    if (opened)
        rc = serve(&watch, err);
    settler_stop(watch.settler); /* before the folders it moves files in are closed */
    if (opened)
        last_status(&watch);
    close_all(&watch);
    (void)pthread_mutex_destroy(&watch.lock);
    return rc;
}
