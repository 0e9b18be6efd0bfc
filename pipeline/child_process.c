/* pipeline/child_process.c - starting this program again in another role, and ending it. */
#include "pipeline/child_process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#define CHILD_FDS_MAX  8
#define CHILD_FD_FLOOR 16 /* copies are made above the places they go to */
#define ENV_MAX        512
#define WAIT_SLICE_MS  100

/* OpenMP spin-waits: 13 times slower on two cores. It reads this before main(), so it must be in
 * the environment a process starts with. */
static void make_environment(char *env[ENV_MAX + 2])
{
    static char limit[] = "OMP_THREAD_LIMIT=1";
    size_t n = 0;
    for (char **e = environ; *e && n < ENV_MAX; e++)
        if (strncmp(*e, "OMP_", 4) != 0)
            env[n++] = *e;
    env[n++] = limit;
    env[n] = NULL;
}

static void close_all(int fds[], int n)
{
    for (int i = 0; i < n; i++)
        fd_close(&fds[i]);
}

/* Moves every descriptor out of the way first: one of them may stand where another has to go. */
static int place_fds(posix_spawn_file_actions_t *actions, const int child_fds[], int copies[],
                     int n, struct err *err)
{
    for (int i = 0; i < n; i++) {
        copies[i] = child_fds[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC)
                                     : fcntl(child_fds[i], F_DUPFD_CLOEXEC, CHILD_FD_FLOOR);
        if (copies[i] >= 0 && copies[i] < CHILD_FD_FLOOR) {
            int low = copies[i];
            copies[i] = fcntl(low, F_DUPFD_CLOEXEC, CHILD_FD_FLOOR);
            fd_close(&low);
        }
        if (copies[i] < 0)
            return err_sys(err, "copy a descriptor for a child");
        if (posix_spawn_file_actions_adddup2(actions, copies[i], i) != 0)
            return err_set(err, ERR_SYSTEM, "no memory to start a child");
    }
    /* Also what this program was started with and knows nothing of. */
    if (posix_spawn_file_actions_addclosefrom_np(actions, n) != 0)
        return err_set(err, ERR_SYSTEM, "no memory to start a child");
    return 0;
}

pid_t child_start(char *const argv[], const int child_fds[], int n, struct err *err)
{
    int copies[CHILD_FDS_MAX];
    char *env[ENV_MAX + 2];
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t stops;

    assert(n <= CHILD_FDS_MAX);
    memset(copies, -1, sizeof copies);
    make_environment(env);
    /* Blocked from the first instruction on, and across exec: a stop meant for the keeper must not
     * end the child in the middle of a page, which would be archived as unreadable. */
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGINT);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGHUP);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return err_set(err, ERR_SYSTEM, "no memory to start a child"); /* UNTESTED: no memory */
    if (posix_spawnattr_init(&attr) != 0) {                            /* UNTESTED: no memory */
        (void)posix_spawn_file_actions_destroy(&actions);
        return err_set(err, ERR_SYSTEM, "no memory to start a child");
    }
    (void)posix_spawnattr_setsigmask(&attr, &stops);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    if (place_fds(&actions, child_fds, copies, n, err) == 0) {
        int rc = posix_spawn(&pid, "/proc/self/exe", &actions, &attr, argv, env);
        if (rc != 0) {
            errno = rc;
            pid = -1;
            err_sys(err, "start a child process");
        }
    }
    close_all(copies, n);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/* Less than 0: poll(2) waits for ever. */
static bool poll_once(int fd, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int rc;
    do
        rc = poll(&poll_fd, 1, timeout_ms); /* UNTESTED: EINTR; workers block all signals */
    while (rc < 0 && errno == EINTR);
    return rc != 0;
}

static uint64_t cpu_ms_of(pid_t pid)
{
    clockid_t clock;
    struct timespec now;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &now) < 0)
        return 0; /* it has ended, which poll(2) will say */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool child_wait(pid_t pid, int fd, uint32_t work_ms)
{
    uint64_t start_ms = cpu_ms_of(pid), waited_ms = 0;
    while (waited_ms < (uint64_t)work_ms * CHILD_WAIT_FACTOR) {
        if (poll_once(fd, WAIT_SLICE_MS))
            return true;
        waited_ms += WAIT_SLICE_MS; /* and no more, however long we were stopped */
        if (cpu_ms_of(pid) >= start_ms + work_ms)
            return poll_once(fd, 0);
    }
    return false;
}

/* Takes the end of a child; kills it first when it has not come to one. */
static void reap(pid_t pid, bool ended, struct child_end *ret_end)
{
    struct rusage usage = {.ru_maxrss = 0};
    int status = 0;

    *ret_end = (struct child_end){.timed_out = !ended};
    if (!ended)
        (void)kill(pid, SIGKILL);
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    ret_end->status = status;
    ret_end->peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
}

/* Without a descriptor for the child nobody can wait with a limit: wait4() will, without one. */
void child_end(pid_t pid, int timeout_ms, struct child_end *ret_end)
{
    CLEANUP(fd_close) int pid_fd = pidfd_open(pid, 0);
    reap(pid, pid_fd < 0 || poll_once(pid_fd, timeout_ms), ret_end);
}

void child_end_work(pid_t pid, uint32_t work_ms, struct child_end *ret_end)
{
    CLEANUP(fd_close) int pid_fd = pidfd_open(pid, 0);
    reap(pid, pid_fd < 0 || child_wait(pid, pid_fd, work_ms), ret_end);
}

char *child_status_text(int status, char text[48])
{
    if (WIFSIGNALED(status))
        (void)snprintf(text, 48, "killed by signal %d", WTERMSIG(status));
    else
        (void)snprintf(text, 48, "exit status %d", WEXITSTATUS(status));
    return text;
}
