/* bench/tree.c - runs a command and accounts for every process it starts. */
#include "bench/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#define PIDS_MAX      4096u /* processes born during a run and alive at once; more are not seen */
#define NOT_EXECUTED  127
#define SIGNAL_OFFSET 128

struct process {
    pid_t pid, parent;
    bool ours;
};

/* Whoever was there before is none of ours: looking at every process of a busy machine fifty times
 * a second would be felt by what is measured. */
struct tree {
    DIR *proc;
    pid_t *before;
    size_t before_len;
    struct process list[PIDS_MAX];
    size_t len;
    uint64_t peak_bytes;
};

double tree_clock_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double children_cpu_s(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/* Reads a small file of /proc; "" when the process is gone. */
static void read_proc(const struct tree *tree, pid_t pid, const char *name, char *out, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%d/%s", (int)pid, name);
    CLEANUP(fd_close) int fd = openat(dirfd(tree->proc), path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, out, size - 1);
    out[got > 0 ? got : 0] = '\0';
}

/* "17 (a name) with ) in it) S 16 ...": the parent is the second field after the last ')'. */
static pid_t parent_of(const struct tree *tree, pid_t pid)
{
    char stat[512], *at = NULL;
    read_proc(tree, pid, "stat", stat, sizeof stat);
    for (char *c = stat; *c; c++)
        if (*c == ')')
            at = c;
    return at && at[1] == ' ' && at[2] && at[3] == ' ' ? (pid_t)strtol(at + 4, NULL, 10) : 0;
}

static int compare_pids(const void *pa, const void *pb)
{
    pid_t a = *(const pid_t *)pa, b = *(const pid_t *)pb;
    return (a > b) - (a < b);
}

static bool was_there(const struct tree *tree, pid_t pid)
{
    return tree->before_len > 0 &&
           bsearch(&pid, tree->before, tree->before_len, sizeof pid, compare_pids);
}

static void list_processes(struct tree *tree)
{
    tree->len = 0;
    rewinddir(tree->proc);
    for (struct dirent *entry; (entry = readdir(tree->proc)) && tree->len < PIDS_MAX;) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (was_there(tree, pid))
            continue;
        struct process *process = &tree->list[tree->len++];
        *process = (struct process){.pid = pid, .parent = parent_of(tree, pid)};
        process->ours = process->parent == getpid();
    }
}

static int remember_all(struct tree *tree, struct err *err)
{
    list_processes(tree);
    tree->before = calloc(tree->len + 1, sizeof *tree->before);
    if (!tree->before)
        return err_sys(err, "watch processes"); /* UNTESTED: no memory */
    for (size_t i = 0; i < tree->len; i++)
        tree->before[i] = tree->list[i].pid;
    tree->before_len = tree->len;
    qsort(tree->before, tree->before_len, sizeof *tree->before, compare_pids);
    return 0;
}

static const struct process *find_process(const struct tree *tree, pid_t pid)
{
    for (size_t i = 0; i < tree->len; i++)
        if (tree->list[i].pid == pid)
            return &tree->list[i];
    return NULL;
}

/* Marks children of marked ones until there are no more. */
static void mark_ours(struct tree *tree)
{
    bool more = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < tree->len; i++) {
            struct process *process = &tree->list[i];
            if (process->ours || process->parent <= 1)
                continue;
            const struct process *parent = find_process(tree, process->parent);
            process->ours = parent && parent->ours;
            more |= process->ours;
        }
    }
}

static void sample(struct tree *tree)
{
    uint64_t pages = 0;
    list_processes(tree);
    mark_ours(tree);
    for (size_t i = 0; i < tree->len; i++) {
        char statm[128], *end;
        if (!tree->list[i].ours)
            continue;
        read_proc(tree, tree->list[i].pid, "statm", statm, sizeof statm);
        (void)strtoull(statm, &end, 10);
        pages += strtoull(end, NULL, 10);
    }
    uint64_t bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    if (bytes > tree->peak_bytes)
        tree->peak_bytes = bytes;
}

static void kill_all(struct tree *tree)
{
    list_processes(tree);
    mark_ours(tree);
    for (size_t i = 0; i < tree->len; i++)
        if (tree->list[i].ours)
            (void)kill(tree->list[i].pid, SIGKILL);
}

static void redirect(const char *path, int fd)
{
    int to = open(path ? path : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (to < 0 || dup2(to, fd) < 0)
        _exit(NOT_EXECUTED);
}

static pid_t start(const struct tree_command *command)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        _exit(NOT_EXECUTED);
    redirect(command->out_path, STDOUT_FILENO);
    redirect(command->err_path, STDERR_FILENO);
    (void)execvp(command->argv[0], (char *const *)(uintptr_t)command->argv);
    _exit(NOT_EXECUTED);
}

/* Takes in whoever has ended. Returns false when there is nobody left to wait for. */
static bool reap(struct tree *tree, pid_t command, int *ret_status)
{
    struct rusage usage;
    for (;;) {
        int status;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid <= 0)
            return pid == 0;
        if ((uint64_t)usage.ru_maxrss * KIB > tree->peak_bytes)
            tree->peak_bytes = (uint64_t)usage.ru_maxrss * KIB;
        if (pid == command)
            *ret_status = status;
    }
}

/* Returns when the command has ended (its children may still be there) or its time is over. */
static bool wait_for(struct tree *tree, pid_t pid, double end_s)
{
    CLEANUP(fd_close) int pidfd = pidfd_open(pid, 0);
    struct pollfd wait = {.fd = pidfd, .events = POLLIN};
    while (poll(&wait, 1, TREE_SAMPLE_MS) <= 0) {
        sample(tree);
        if (end_s > 0 && tree_clock_s() > end_s)
            return false;
    }
    return true;
}

static void settle(struct tree *tree, pid_t pid, int *ret_status)
{
    double end_s = tree_clock_s() + TREE_GRACE_MS / 1000.0;
    const struct timespec nap = {.tv_nsec = TREE_SAMPLE_MS * 1000000};
    while (reap(tree, pid, ret_status)) {
        if (tree_clock_s() > end_s)
            kill_all(tree);
        (void)nanosleep(&nap, NULL);
        sample(tree);
    }
}

static void tree_freep(struct tree **tree)
{
    if (!*tree)
        return;
    if ((*tree)->proc)
        (void)closedir((*tree)->proc);
    free((*tree)->before);
    free(*tree);
}

int tree_run(const struct tree_command *command, struct tree_result *ret_result, struct err *err)
{
    CLEANUP(tree_freep) struct tree *tree = calloc(1, sizeof *tree);
    int status = 0;
    if (!tree || !(tree->proc = opendir("/proc")) || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return err_sys(err, "watch processes"); /* UNTESTED: no /proc, no memory */
    if (remember_all(tree, err) < 0)
        return -1;
    double start_s = tree_clock_s(), cpu_s = children_cpu_s();
    pid_t pid = start(command);
    if (pid < 0)
        return err_sys(err, "start '%s'", command->argv[0]); /* UNTESTED: the kernel refuses */
    bool ended = wait_for(tree, pid, command->seconds_max > 0 ? start_s + command->seconds_max : 0);
    double wall_s = tree_clock_s() - start_s;
    if (!ended)
        kill_all(tree);
    settle(tree, pid, &status);
    *ret_result = (struct tree_result){
        .wall_s = wall_s,
        .cpu_s = children_cpu_s() - cpu_s,
        .peak_rss_bytes = tree->peak_bytes,
        .exit_code = WIFSIGNALED(status) ? SIGNAL_OFFSET + WTERMSIG(status) : WEXITSTATUS(status),
        .timed_out = !ended,
    };
    return 0;
}
