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

/* Waits at most timeout_ms (-1: for ever) for it to end by itself, then kills it. */
struct child_end {
    bool timed_out;
    int status; /* as waitpid(2) */
    uint64_t peak_rss_bytes;
};
void child_end(pid_t pid, int timeout_ms, struct child_end *ret_end);

/* "killed by signal 11", "exit status 3": for error texts. Returns text. */
char *child_status_text(int status, char text[48]);

#endif
