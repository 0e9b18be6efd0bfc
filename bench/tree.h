/* bench/tree.h - runs a command and accounts for every process it starts.
 *
 * CPU is exact: the kernel adds the time of every process that was waited for, and this process
 * makes itself the one that inherits orphans, so all are. Memory is sampled: the sum of the
 * resident sets (/proc/PID/statm) of all processes of the tree, every TREE_SAMPLE_MS; pages that
 * processes share count once for each. It is never below the largest single process, which the
 * kernel knows exactly. */
#ifndef BENCH_TREE_H
#define BENCH_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define TREE_SAMPLE_MS 20
#define TREE_GRACE_MS                                                                              \
    2000 /* what the command leaves running may end by itself; then it is killed */

struct tree_command {
    const char *const *argv; /* argv[0] is looked up in PATH */
    const char *out_path;    /* standard output; NULL: discarded */
    const char *err_path;    /* standard error; NULL: discarded */
    double seconds_max;      /* then the whole tree is killed; 0: no limit */
};

struct tree_result {
    double wall_s; /* until the command itself ended */
    double cpu_s;  /* user and system, of the whole tree */
    uint64_t peak_rss_bytes;
    int exit_code; /* 128 + signal when it was killed; 127 when it could not be started */
    bool timed_out;
};

/* One at a time, from a process with one thread and no other children. */
MUST_USE int tree_run(const struct tree_command *command, struct tree_result *ret_result,
                      struct err *err);

double tree_clock_s(void); /* monotonic */

#endif
