/* pipeline/render.c - draws a PDF page by pdftocairo, inside limits. */
#include "pipeline/render.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "pipeline/child_process.h"
#include "pipeline/sandbox.h"

#define RENDER_EXIT_MISSING 87 /* pdftocairo could not be started */
#define NUMBER_TEXT_MAX     24

void render_done(struct render *render)
{
    if (render->data.len > 0)
        (void)munmap((void *)(uintptr_t)render->data.data, render->data.len);
    fd_close(&render->fd);
    *render = (struct render){.fd = -1};
}

/* The source's descriptor shares its offset among all workers: the child needs one of its own. */
static int reopen(int fd, struct err *err)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, O_RDONLY | O_CLOEXEC);
    if (again < 0)
        return err_sys(err, "open the file again");
    return again;
}

static int explain(const struct child_end *end, const struct limits *limits, struct err *err)
{
    char text[48];
    if (end->timed_out || (WIFSIGNALED(end->status) && WTERMSIG(end->status) == SIGXCPU))
        return err_input(err, REASON_TIME_LIMIT, "%u s", limits->page_ms_max / 1000);
    if (WIFSIGNALED(end->status) && WTERMSIG(end->status) == SIGXFSZ)
        return err_input(err, REASON_PIXEL_LIMIT, "drawn page over %zu MiB",
                         RESULT_IMAGE_MAX / MIB);
    if (WIFEXITED(end->status) && WEXITSTATUS(end->status) == RENDER_EXIT_MISSING)
        return err_input(err, REASON_RENDERER, "pdftocairo is not installed (poppler-utils)");
    return err_input(err, REASON_RENDERER, "pdftocairo: %s", child_status_text(end->status, text));
}

static int map_result(struct render *render, struct err *err)
{
    struct stat st;
    if (fstat(render->fd, &st) < 0)
        return err_sys(err, "look at the drawn page");
    if (st.st_size == 0)
        return err_input(err, REASON_RENDERER, "pdftocairo drew nothing");
    /* Sealed before it is mapped: nobody can shrink it under a reader. */
    if (fcntl(render->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return err_input(err, REASON_RENDERER, "pdftocairo left something behind");
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, render->fd, 0);
    if (map == MAP_FAILED)
        return err_sys(err, "map the drawn page");
    render->data = span_of(map, (size_t)st.st_size);
    return 0;
}

/* Starts the child that draws into out_fd. */
static pid_t start(int in_fd, int out_fd, uint32_t index, uint32_t dpi, const struct limits *limits,
                   struct err *err)
{
    static char name[] = "sohoa", role[] = "--render";
    char bytes[NUMBER_TEXT_MAX], seconds[NUMBER_TEXT_MAX], page[NUMBER_TEXT_MAX],
        resolution[NUMBER_TEXT_MAX];
    char *const argv[] = {name, role, bytes, seconds, page, resolution, NULL};
    const int fds[] = {in_fd, out_fd, -1};

    (void)snprintf(bytes, sizeof bytes, "%" PRIu64, limits->cell_bytes_max);
    (void)snprintf(seconds, sizeof seconds, "%u", limits->page_ms_max / 1000 + 1);
    (void)snprintf(page, sizeof page, "%u", index + 1);
    (void)snprintf(resolution, sizeof resolution, "%u", dpi);
    return child_start(argv, fds, ARRAY_LEN(fds), err);
}

int render_page(int source_fd, uint32_t index, uint32_t dpi, const struct limits *limits,
                struct render *ret_render, struct err *err)
{
    CLEANUP(render_done) struct render render = {.fd = -1, .dpi = dpi};
    CLEANUP(fd_close) int in = reopen(source_fd, err);
    if (in < 0)
        return -1;
    render.fd = memfd_create("sohoa-drawn", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (render.fd < 0)
        return err_sys(err, "make room for a drawn page");
    pid_t pid = start(in, render.fd, index, dpi, limits, err);
    if (pid < 0)
        return -1;
    struct child_end end;
    child_end_work(pid, limits->page_ms_max, &end);
    ret_render->peak_rss_bytes = render.peak_rss_bytes = end.peak_rss_bytes;
    if (end.timed_out || !WIFEXITED(end.status) || WEXITSTATUS(end.status) != 0)
        return explain(&end, limits, err);
    if (map_result(&render, err) < 0)
        return -1;
    *ret_render = render;
    render = (struct render){.fd = -1};
    return 0;
}

static rlim_t number(const char *text)
{
    return (rlim_t)strtoull(text, NULL, 10); /* written by render_page() above */
}

int render_child_main(int argc, char **argv)
{
    struct err err = {0};
    if (argc != 6)
        return RENDER_EXIT_MISSING;
    const struct rlimit size = {RESULT_IMAGE_MAX, RESULT_IMAGE_MAX};
    const struct rlimit cpu = {number(argv[3]), number(argv[3]) + 1};
    if (sandbox_limits(number(argv[2]), &err) < 0 || setrlimit(RLIMIT_FSIZE, &size) < 0 ||
        setrlimit(RLIMIT_CPU, &cpu) < 0 || sandbox_read_only(&err) < 0)
        return RENDER_EXIT_MISSING;
    (void)execlp("pdftocairo", "pdftocairo", "-q", "-tiff", "-tiffcompression", "packbits", "-r",
                 argv[5], "-f", argv[4], "-l", argv[4], "-singlefile", "-", "-", (char *)NULL);
    return RENDER_EXIT_MISSING;
}
