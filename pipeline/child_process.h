/* pipeline/child_process.h - starting this program again in another role, and ending it. */
#ifndef PIPELINE_CHILD_PROCESS_H
#define PIPELINE_CHILD_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Starts this very program with the given arguments (argv[0] is given). child_fds[i] becomes
 * descriptor i of the child; -1 gives it /dev/null. Everything else is closed in it. SIGINT,
 * SIGTERM and SIGHUP are blocked in it, and OpenMP is kept from starting threads. Returns the pid;
 * wait for it with child_end(). */
MUST_USE pid_t child_start(char *const argv[], const int child_fds[], int n, struct err *err);

/* Waits until fd has something to say: true. False when the child has had work_ms of processor time
 * since the call, or CHILD_WAIT_FACTOR times as long by the clock. The clock stands still while we
 * are stopped (Ctrl-Z), and a machine with too much to do does not fail a healthy child. */
#define CHILD_WAIT_FACTOR 10
bool child_wait(pid_t pid, int fd, uint32_t work_ms);

/* Waits at most timeout_ms (-1: for ever) for it to end by itself, then kills it. */
struct child_end {
    bool timed_out;
    int status; /* as waitpid(2) */
    uint64_t peak_rss_bytes;
};
void child_end(pid_t pid, int timeout_ms, struct child_end *ret_end);
/* The same, but with the patience of child_wait(). */
void child_end_work(pid_t pid, uint32_t work_ms, struct child_end *ret_end);

/* "killed by signal 11", "exit status 3": for error texts. Returns text. */
char *child_status_text(int status, char text[48]);

#endif
