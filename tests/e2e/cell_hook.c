/* tests/e2e/cell_hook.c - makes a cell misbehave on one page, as a hostile file might.
 *
 * SOHOA_TEST_CELL is HOW:INDEX; HOW as in the table below, INDEX a page from 0 or "all", or
 * "second" for any page of Tesseract's cell, as for a second opinion. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/def.h"
#include "pipeline/cell_child.h"

#define CALLERS_FD 99 /* the test opens it before it starts the keeper */

/* C++'s operator new, as the OCR engine calls it. */
void *operator_new(size_t bytes) __asm__("_Znwm");

static pid_t keeper;

/* Before the walls are up: inside them, nobody is told who the parent is. */
__attribute__((constructor)) static void note_keeper(void)
{
    keeper = getppid();
}

static void crash(void)
{
    volatile uintptr_t nowhere = 8;
    *(volatile int *)nowhere = 1;
}

static void hang(void)
{
    for (volatile unsigned turns = 0;; turns = turns + 1)
        ;
}

static void leave(void)
{
    _exit(3);
}

static void take_memory(void)
{
    for (;;)
        memset(operator_new(4 * MIB), 1, 4 * MIB);
}

static void refused(bool yes, const char *what)
{
    if (yes)
        return;
    (void)fprintf(stderr, "the cell got out: %s\n", what);
    abort();
}

/* Nothing here may succeed. Afterwards the page is read as if nothing had been. */
static void escape(void)
{
    static char name[] = "true";
    char *const argv[] = {name, NULL}, *const env[] = {NULL};
    struct stat st;
    refused(fstat(CALLERS_FD, &st) < 0, "use a descriptor the keeper was started with");
    refused(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0, "open a file");
    refused(open("escaped", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0, "make a file");
    refused(unlink("escaped") < 0 && errno == EPERM, "remove a file");
    refused(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0, "make a socket");
    refused(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0, "make a local socket");
    refused(execve("/bin/true", argv, env) < 0 && errno == EPERM, "start a program");
    refused(syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == EPERM, "make a ring");
    refused(syscall(SYS_ptrace, 0, 0, 0, 0) < 0 && errno == EPERM, "be traced");
    refused(kill(keeper, 0) < 0, "signal the keeper");
    refused(syscall(SYS_tgkill, keeper, keeper, 0) < 0, "signal a thread of the keeper");
    pid_t child = fork();
    if (child == 0)
        _exit(EXIT_SUCCESS);
    refused(child < 0, "make a process");
    refused(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                MAP_FAILED,
            "map memory to run");
    (void)fprintf(stderr, "the cell stayed inside\n");
}

static const struct {
    const char *name;
    void (*misbehave)(void);
} ways[] = {
    {"crash", crash}, {"hang", hang}, {"exit", leave}, {"memory", take_memory}, {"escape", escape},
};

void cell_test_hook(unsigned index, bool second)
{
    const char *wish =
        getenv("SOHOA_TEST_CELL"); /* NOLINT(concurrency-mt-unsafe): nobody sets it here */
    const char *colon = wish ? strchr(wish, ':') : NULL;
    if (!colon || second != (strcmp(colon + 1, "second") == 0))
        return;
    if (!second && strcmp(colon + 1, "all") != 0 && strtoul(colon + 1, NULL, 10) != index)
        return;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        if (strncmp(wish, ways[i].name, (size_t)(colon - wish)) == 0)
            ways[i].misbehave();
}
