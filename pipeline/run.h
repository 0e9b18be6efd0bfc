/* pipeline/run.h - what the threads of one run share. Inside pipeline/ only. */
#ifndef PIPELINE_RUN_H
#define PIPELINE_RUN_H

#include <pthread.h>

#include "pipeline/commit_queue.h"
#include "pipeline/pipeline.h"
#include "pipeline/worklist.h"
#include "storage/archive.h"
#include "storage/catalogue.h"

/* The owners: pool, worklist and queue lock themselves; io, archive and catalogue belong to the
 * commit thread, seen_io and seen to the intake thread; tally and failure have the lock here. */
struct run {
    const struct pipeline_options *options;
    struct pool *pool;
    struct worklist *list;
    struct commit_queue *queue;

    struct io *io;
    struct archive *archive;
    struct catalogue *catalogue;
    const struct dictionary *dictionary; /* the archive's; for all threads */
    int quarantine_fd;
    struct io *seen_io;
    struct catalogue *seen; /* read-only: which files the archive already holds */

    pthread_mutex_t lock;
    struct tally tally;
    bool failed;
    struct err failure;   /* the first that stops the run */
    int threads_left;     /* under the lock, */
    pthread_cond_t ended; /* which is told when there is none */
    _Atomic bool stopping;
};

void *intake_thread(void *run); /* pipeline/intake.c */
void *worker_thread(void *run); /* pipeline/worker.c */
void *commit_thread(void *run); /* pipeline/commit.c */

/* The first failure of the run is kept, and everything is told to stop. */
void run_fail(struct run *run, const struct err *err);
void run_stop(struct run *run);

/* Adds CPU time of this thread since `since_ns` to a stage, for `pages` pages. */
void run_count_stage(struct run *run, enum stage_id stage, uint64_t since_ns, uint64_t pages);

#endif
