/* pipeline/watch.h - the service: hot folders in, an archive out, for as long as it is wanted.
 *
 * It owns the hot folders and feeds runs of the pipeline with what they hold. A run ends when the
 * disk is full or the archive is locked; then the service waits and starts another, which finds the
 * claimed files where the last one left them. */
#ifndef PIPELINE_WATCH_H
#define PIPELINE_WATCH_H

#include "pipeline/hot_folder.h"
#include "pipeline/pipeline.h"

#define WATCH_FOLDERS_MAX 256

enum watch_state { WATCH_RUNNING, WATCH_DISK_FULL, WATCH_RETRYING, WATCH_STOPPED };

struct watch_status {
    enum watch_state state;
    char trouble[244];               /* why it is not running; "" */
    uint64_t waiting, waiting_bytes; /* in the inboxes, not claimed */
    uint64_t unfinished;             /* of them: being written, or want a marker */
    uint64_t claimed;                /* under way */
    double oldest_s;                 /* age of the file that waits longest */
    uint64_t archived, duplicate, quarantined, pages, pages_failed; /* since the start */
    uint64_t reasons[REASON_COUNT];                                 /* of the quarantined */
    double pages_per_s, files_per_s; /* over the last minute; files: brought to an end */
    double quiet_s; /* since anything went on: longer than a page may take is a hang */
    uint64_t disk_free, disk_reserve, memory_bound;
    int64_t started_ns, now_ns; /* wall clock */
};

struct watch_options {
    struct pipeline_options pipeline; /* paths, feed, on_outcome, on_tick, self are the service's */
    const struct hot_folder_options *folders;
    size_t folder_len;       /* 1 .. WATCH_FOLDERS_MAX */
    uint32_t sidecar_wait_s; /* for files that a sidecar lists, since it was claimed */
    uint32_t rescan_ms;      /* between looks at all folders, whatever events say */
    uint64_t disk_reserve; /* bytes that stay free beside the archive: below it nothing is taken */
    bool once;             /* end when all that was complete has been settled */

    void (*on_outcome)(void *self, const struct outcome *outcome);
    void (*on_status)(void *self, const struct watch_status *status); /* about once a second */
    void *self;
};

/* Runs until *pipeline.stop, or until done with `once`. 0: stopped or done; -1: it cannot go on
 * (ERR_SYSTEM, ERR_CORRUPT, ERR_INPUT), nothing acknowledged is lost. With `once`, ERR_RETRY ends
 * it too. SIGIO must be ignored by the caller: leases raise it. */
MUST_USE int watch_run(const struct watch_options *options, struct err *err);

const char *watch_state_name(enum watch_state state); /* "running" "disk-full" ... */

#endif
