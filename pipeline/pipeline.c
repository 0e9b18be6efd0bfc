/* pipeline/pipeline.c - a run of intake: opens what it needs, starts the threads, waits, reports.
 */
#include "pipeline/pipeline.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "io/files.h"
#include "pipeline/run.h"
#include "records/index.h"

#define SOURCES_IN_FLIGHT_MAX 256
#define PAGES_PER_WORKER      2 /* one being read, one becoming durable */
#define NAP_NS                10000000
#define NAPS_PER_TICK         20

void run_stop(struct run *run)
{
    run->stopping = true;
    pool_stop(run->pool);
    worklist_stop(run->list);
}

void run_fail(struct run *run, const struct err *err)
{
    (void)pthread_mutex_lock(&run->lock);
    if (!run->failed)
        run->failure = *err;
    run->failed = true;
    (void)pthread_mutex_unlock(&run->lock);
    run_stop(run);
}

void run_count_stage(struct run *run, enum stage_id stage, uint64_t since_ns, uint64_t pages)
{
    uint64_t ns = thread_cpu_ns() - since_ns;
    (void)pthread_mutex_lock(&run->lock);
    run->tally.stage_cpu_ns[stage] += ns;
    run->tally.stage_pages[stage] += pages;
    (void)pthread_mutex_unlock(&run->lock);
}

static int open_archive(struct run *run, struct err *err)
{
    const struct pipeline_options *options = run->options;
    run->io = io_open(options->io, NULL, err);
    if (!run->io)
        return -1;
    run->archive = archive_open(run->io, options->archive, ARCHIVE_WRITE, err);
    if (!run->archive || (options->seal && archive_may_seal(run->archive, err) < 0))
        return -1;
    archive_set_keys(run->archive, options->keys);
    run->catalogue = catalogue_open(options->archive, ARCHIVE_WRITE, err);
    if (!run->catalogue || archive_dictionary(run->archive, &run->dictionary, err) < 0 ||
        index_catch_up(run->archive, run->catalogue, NULL, err) < 0)
        return -1;
    run->seen_io = io_open(options->io, NULL, err);
    run->seen = run->seen_io ? catalogue_open(options->archive, ARCHIVE_READ, err) : NULL;
    if (!run->seen)
        return -1;
    CLEANUP(fd_close)
    int dir = io_open_at(run->io, IO_CWD, options->archive, O_RDONLY | O_DIRECTORY, 0, err);
    if (dir < 0)
        return -1;
    run->quarantine_fd = io_open_at(run->io, dir, "quarantine", O_RDONLY | O_DIRECTORY, 0, err);
    return run->quarantine_fd < 0 ? -1 : 0;
}

static int open_run(struct run *run, struct err *err)
{
    const struct pipeline_options *options = run->options;
    const struct limits *limits = &options->limits;
    run->pool = pool_new(SOURCES_IN_FLIGHT_MAX, limits->sources_bytes_max,
                         options->workers * PAGES_PER_WORKER, err);
    run->list = worklist_new(err);
    run->queue = commit_queue_new(err);
    if (!run->pool || !run->list || !run->queue)
        return -1; /* UNTESTED: no memory */
    return open_archive(run, err);
}

/* The catalogue goes first: on closing it may still want to know how far the archive is. */
static void close_run(struct run *run)
{
    commit_queue_free(run->queue);
    worklist_free(run->list);
    pool_free(run->pool);
    catalogue_close(run->seen);
    catalogue_close(run->catalogue);
    archive_close(run->archive);
    io_close(run->seen_io);
    io_close(run->io);
    fd_close(&run->quarantine_fd);
    (void)pthread_cond_destroy(&run->ended);
    (void)pthread_mutex_destroy(&run->lock);
}

/* Each file in flight holds a descriptor; the soft limit of 1024 is there for select(2) only. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void tick(struct run *run, int64_t start_ns)
{
    (void)pthread_mutex_lock(&run->lock);
    run->tally.wall_ns = (uint64_t)(clock_ns(CLOCK_MONOTONIC) - start_ns);
    struct tally tally = run->tally;
    (void)pthread_mutex_unlock(&run->lock);
    if (run->options->on_tick)
        run->options->on_tick(run->options->self, &tally);
}

struct thread_start {
    void *(*body)(void *);
    struct run *run;
};

static void count_threads(struct run *run, int change)
{
    (void)pthread_mutex_lock(&run->lock);
    run->threads_left += change;
    if (run->threads_left == 0)
        (void)pthread_cond_signal(&run->ended);
    (void)pthread_mutex_unlock(&run->lock);
}

static void *count_down(void *arg)
{
    struct thread_start *start = arg;
    void *result = start->body(start->run);
    count_threads(start->run, -1);
    return result;
}

/* Waits until all threads have ended, a nap at most; says whether there are any left. */
static bool nap(struct run *run)
{
    struct timespec until;
    int rc = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += NAP_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&run->lock);
    while (run->threads_left > 0 && rc == 0)
        rc = pthread_cond_clockwait(&run->ended, &run->lock, CLOCK_MONOTONIC, &until);
    const bool left = run->threads_left > 0;
    (void)pthread_mutex_unlock(&run->lock);
    return left;
}

/* Starts intake and workers, then waits with an eye on the stop flag. The commit thread ends last:
 * what the others left in the queue becomes durable first. */
static int run_threads(struct run *run, int64_t start_ns, struct err *err)
{
    uint32_t n = run->options->workers + 1, started = 0;
    pthread_t threads[WORKERS_MAX + 1], commit;
    struct thread_start starts[WORKERS_MAX + 1];
    sigset_t all, old;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &old);
    int rc = pthread_create(&commit, NULL, commit_thread, run);
    bool committing = rc == 0;
    while (started < n && rc == 0) {
        starts[started] = (struct thread_start){started == 0 ? intake_thread : worker_thread, run};
        count_threads(run, 1);
        rc = pthread_create(&threads[started], NULL, count_down, &starts[started]);
        if (rc == 0)
            started++;
        else
            count_threads(run, -1);
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc != 0) {
        (void)err_set(err, ERR_SYSTEM, "start a thread: %s", strerrordesc_np(rc));
        run_stop(run);
    }
    bool told = false;
    for (uint32_t naps = 1; nap(run); naps++) {
        if (*run->options->stop && !told) {
            told = true;
            run_stop(run);
        }
        if (naps % NAPS_PER_TICK == 0)
            tick(run, start_ns);
    }
    for (uint32_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    commit_queue_close(run->queue);
    if (committing)
        (void)pthread_join(commit, NULL);
    return rc == 0 ? 0 : -1;
}

int pipeline_run(const struct pipeline_options *options, struct tally *ret_tally, struct err *err)
{
    struct run run = {.options = options, .quarantine_fd = -1};
    int64_t start_ns = clock_ns(CLOCK_MONOTONIC);

    assert(stages_in_order(stages, STAGE_COUNT));
    assert(options->workers >= 1 && options->workers <= WORKERS_MAX);
    (void)pthread_mutex_init(&run.lock, NULL);
    (void)pthread_cond_init(&run.ended, NULL);
    raise_descriptor_limit();
    int rc = open_run(&run, err);
    if (rc == 0)
        rc = run_threads(&run, start_ns, err);
    if (rc == 0 && run.failed) {
        *err = run.failure;
        rc = -1;
    }
    if (rc == 0 || run.failed) {
        struct rusage usage;
        (void)getrusage(RUSAGE_SELF, &usage);
        run.tally.peak_rss_bytes += (uint64_t)usage.ru_maxrss * 1024;
        run.tally.unfinished = run.tally.sources_found - run.tally.sources;
        tick(&run, start_ns);
    }
    *ret_tally = run.tally;
    close_run(&run);
    return rc;
}
