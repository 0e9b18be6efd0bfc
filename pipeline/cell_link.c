/* pipeline/cell_link.c - the keeper's side of a cell. */
#include "pipeline/cell_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "pipeline/cell_wire.h"
#include "pipeline/child_process.h"
#include "pipeline/render.h"

#define START_MS_MAX 60000 /* of work: loading the model */
#define QUIT_MS_MAX  2000

struct cell_link {
    struct cell_link_options options;
    struct cell *local; /* ISOLATION_THREAD */
    pid_t pid;          /* 0: no cell */
    int sock;
    int area_fd;
    const uint8_t *area;
    char engine[48];
    struct cell_file file;
    bool open;
    uint64_t peak_rss_bytes;  /* of ended processes */
    struct cell_link *second; /* Tesseract's cell; NULL: no page was in doubt so far */
};

static void note_peak(struct cell_link *link, uint64_t bytes)
{
    if (bytes > link->peak_rss_bytes)
        link->peak_rss_bytes = bytes;
}

/* Ends the cell if there is one; timeout 0 kills at once. */
static struct child_end lose_cell(struct cell_link *link, int timeout_ms)
{
    struct child_end end = {.status = 0};
    link->open = false;
    fd_close(&link->sock);
    if (link->pid > 0) {
        child_end(link->pid, timeout_ms, &end);
        note_peak(link, end.peak_rss_bytes);
    }
    link->pid = 0;
    return end;
}

/* The cell is gone or silent: says why, in the words of the limit it ran into. */
static int explain_loss(struct cell_link *link, bool late, struct err *err)
{
    struct child_end end = lose_cell(link, late ? 0 : QUIT_MS_MAX);
    char text[48];
    if (late)
        return err_input(err, REASON_TIME_LIMIT, "%u s", link->options.limits.page_ms_max / 1000);
    if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == CELL_EXIT_MEMORY)
        return err_input(err, REASON_MEMORY_LIMIT, "%llu MiB",
                         (unsigned long long)(link->options.limits.cell_bytes_max / MIB));
    return err_input(err, REASON_CRASHED, "%s", child_status_text(end.status, text));
}

/* Waits for the reply; 1 there is one, 0 the cell is gone, -1 too late. */
static int wait_reply(struct cell_link *link, uint32_t work_ms, struct cell_reply *reply,
                      struct err *err)
{
    CLEANUP(fd_close) int no_fd = -1;
    if (!child_wait(link->pid, link->sock, work_ms))
        return -1;
    int rc = cell_wire_receive(link->sock, reply, sizeof *reply, &no_fd, err);
    return rc == 1; /* a message of the wrong shape is a broken cell too */
}

static int start_cell(struct cell_link *link, struct err *err)
{
    static char name[] = "sohoa", role[] = "--cell";
    char *const argv[] = {name, role, NULL};
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_sys(err, "make a socket for a cell");
    link->sock = pair[0];
    CLEANUP(fd_close) int theirs = pair[1];
    const int fds[] = {-1, -1, STDERR_FILENO, theirs, link->area_fd};
    pid_t pid = child_start(argv, fds, ARRAY_LEN(fds), err);
    if (pid < 0) {
        fd_close(&link->sock);
        return -1;
    }
    link->pid = pid;
    fd_close(&theirs); /* so that its end is heard of */

    struct cell_setup setup = {.magic = CELL_MAGIC, .limits = link->options.limits};
    struct cell_reply reply = {.magic = 0};
    if (link->options.language)
        (void)snprintf(setup.language, sizeof setup.language, "%s", link->options.language);
    setup.engine = (uint32_t)link->options.engine;
    int rc = cell_wire_send(link->sock, &setup, sizeof setup, -1, err);
    rc = rc < 0 ? 0 : wait_reply(link, START_MS_MAX, &reply, err);
    if (rc == 1 && reply.rc == 0) {
        (void)snprintf(link->engine, sizeof link->engine, "%.47s", reply.engine);
        return 0;
    }
    if (rc == 1)
        *err = reply.err;
    else
        (void)explain_loss(link, rc < 0, err);
    (void)lose_cell(link, QUIT_MS_MAX);
    err->kind = ERR_SYSTEM;
    return err_wrap(err, "start a cell");
}

static int make_area(struct cell_link *link, struct err *err)
{
    link->area_fd = memfd_create("sohoa-results", MFD_CLOEXEC);
    if (link->area_fd < 0 || ftruncate(link->area_fd, CELL_AREA_BYTES) < 0)
        return err_sys(err, "make the result area");
    void *map = mmap(NULL, CELL_AREA_BYTES, PROT_READ, MAP_SHARED, link->area_fd, 0);
    if (map == MAP_FAILED)
        return err_sys(err, "map the result area");
    link->area = map;
    return 0;
}

struct cell_link *cell_link_new(const struct cell_link_options *options, struct err *err)
{
    CLEANUP(cell_link_freep) struct cell_link *link = calloc(1, sizeof *link);
    if (!link) {
        err_sys(err, "start a cell"); /* UNTESTED: no memory */
        return NULL;
    }
    link->options = *options;
    link->sock = link->area_fd = -1;
    if (options->isolation == ISOLATION_PROCESS)
        return make_area(link, err) < 0 || start_cell(link, err) < 0 ? NULL : TAKE(link);

    link->local = cell_new(&options->limits, options->language, options->engine, err);
    if (!link->local)
        return NULL;
    (void)snprintf(link->engine, sizeof link->engine, "%s", cell_engine(link->local));
    return TAKE(link);
}

void cell_link_free(struct cell_link *link)
{
    if (!link)
        return;
    cell_link_free(link->second);
    cell_free(link->local);
    (void)lose_cell(link, QUIT_MS_MAX);
    if (link->area)
        (void)munmap((void *)(uintptr_t)link->area, CELL_AREA_BYTES);
    fd_close(&link->area_fd);
    free(link);
}

void cell_link_freep(struct cell_link **link)
{
    cell_link_free(*link);
}

const char *cell_link_engine(const struct cell_link *link, bool second)
{
    if (!second)
        return link->engine;
    return link->second ? link->second->engine : "";
}

/* One question, one answer. What comes back was written by a process that parsed hostile bytes. */
static int ask(struct cell_link *link, const struct cell_request *request, int fd,
               struct cell_reply *reply, struct err *err)
{
    if (link->pid == 0 && start_cell(link, err) < 0)
        return -1;
    if (cell_wire_send(link->sock, request, sizeof *request, fd, err) < 0)
        return explain_loss(link, false, err);
    int rc = wait_reply(link, link->options.limits.page_ms_max, reply, err);
    if (rc != 1)
        return explain_loss(link, rc < 0, err);
    if (reply->text_bytes > RESULT_TEXT_MAX || reply->access_bytes > RESULT_IMAGE_MAX) {
        (void)lose_cell(link, 0);
        return err_input(err, REASON_CRASHED, "the cell answered nonsense");
    }
    if (reply->rc == 0)
        return 0;
    if (reply->err.sys == ENOMEM)
        return err_input(err, REASON_MEMORY_LIMIT, "%llu MiB",
                         (unsigned long long)(link->options.limits.cell_bytes_max / MIB));
    enum reason reason = reply->err.reason;
    if (reply->err.kind != ERR_INPUT || (unsigned)reason >= REASON_COUNT || reason == REASON_NONE)
        reason = REASON_CRASHED;
    /* Printed anew: only that makes sure that it ends, and that it is text. */
    return err_input(err, reason, "%.*s", (int)sizeof reply->err.text, reply->err.text);
}

int cell_link_open(struct cell_link *link, const struct cell_file *file,
                   char ret_format[CELL_FORMAT_MAX], uint32_t *ret_pages, struct err *err)
{
    cell_link_close(link);
    link->file = *file;
    if (link->local) {
        if (cell_open(link->local, file->data, ret_format, ret_pages, err) < 0)
            return -1;
        link->open = true;
        return 0;
    }
    struct cell_request request = {
        .magic = CELL_MAGIC, .what = CELL_DO_OPEN, .fd_bytes = file->data.len};
    struct cell_reply reply = {.magic = 0};
    if (ask(link, &request, file->fd, &reply, err) < 0)
        return -1;
    reply.format[CELL_FORMAT_MAX - 1] = '\0';
    for (const char *c = reply.format; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9'))
            reply.pages = 0; /* formats are short lower-case names: this one was made up */
    if (reply.pages == 0 || reply.pages > link->options.limits.pages_max)
        return err_input(err, REASON_CRASHED, "the cell answered nonsense");
    memcpy(ret_format, reply.format, CELL_FORMAT_MAX);
    *ret_pages = reply.pages;
    link->open = true;
    return 0;
}

void cell_link_close(struct cell_link *link)
{
    struct err ignored = {0};
    if (link->second)
        cell_link_close(link->second);
    if (link->open && link->local)
        cell_close(link->local);
    else if (link->open) {
        struct cell_request request = {.magic = CELL_MAGIC, .what = CELL_DO_CLOSE};
        struct cell_reply reply = {.magic = 0};
        (void)ask(link, &request, -1, &reply, &ignored);
    }
    link->open = false;
}

bool cell_link_is_open(const struct cell_link *link)
{
    return link->open;
}

/* Copies first and looks later: the other side can still write to the area. */
static int take_result(struct cell_link *link, const struct cell_reply *reply,
                       struct cell_output *out, struct err *err)
{
    out->found = reply->found;
    out->times = reply->times;
    if (bytes_append(&out->text, span_of(link->area, reply->text_bytes), err) < 0)
        return -1;
    return bytes_append(&out->access, span_of(link->area + RESULT_TEXT_MAX, reply->access_bytes),
                        err);
}

static int read_once(struct cell_link *link, const struct cell_page *page, int raster_fd,
                     struct cell_output *out, struct err *err)
{
    struct cell_request request = {.magic = CELL_MAGIC,
                                   .what = CELL_DO_READ,
                                   .index = page->index,
                                   .raster_dpi = page->raster_dpi,
                                   .turned_deg = page->turned_deg,
                                   .fd_bytes = page->raster.len};
    struct cell_reply reply = {.magic = 0};
    if (link->local)
        return cell_read(link->local, page, out, err);
    if (ask(link, &request, raster_fd, &reply, err) < 0)
        return -1;
    return take_result(link, &reply, out, err);
}

/* Tesseract loads files, so it starts before its sandbox closes: in a cell of its own, with the
 * first page in doubt. The first text is safe here whatever becomes of that one. */
static int open_second(struct cell_link *link, struct err *err)
{
    char format[CELL_FORMAT_MAX];
    uint32_t pages = 0;
    if (!link->second) {
        struct cell_link_options options = link->options;
        options.engine = READER_TESSERACT;
        if (options.limits.page_ms_max > SECOND_OPINION_MS_MAX)
            options.limits.page_ms_max = SECOND_OPINION_MS_MAX;
        link->second = cell_link_new(&options, err);
        if (!link->second)
            return -1;
    }
    return cell_link_is_open(link->second)
               ? 0
               : cell_link_open(link->second, &link->file, format, &pages, err);
}

/* Looked at before the first text is let go: a cell that was taken over may answer anything. */
static bool is_text(const struct bytes *packed)
{
    struct err ignored = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    return page_text_unpack(bytes_span(packed), &text, &ignored) == 0;
}

static void ask_second(struct cell_link *link, struct cell_page page, int raster_fd,
                       struct cell_output *out)
{
    struct cell_output second = {.found = {0}};
    struct err ignored = {0};
    page.turned_deg = out->found.turned_deg;
    if (open_second(link, &ignored) == 0 &&
        read_once(link->second, &page, raster_fd, &second, &ignored) == 0 &&
        page_second_is_better(&out->found, &second.found) && is_text(&second.text)) {
        const struct bytes first = out->text;
        out->text = second.text;
        second.text = first;
        out->found.confidence = second.found.confidence;
        out->found.text_bytes = second.found.text_bytes;
        out->second = true;
    }
    for (int id = 0; id < STAGE_COUNT; id++)
        out->times.ns[id] += second.times.ns[id];
    bytes_done(&second.text);
    bytes_done(&second.access);
}

/* Has the page drawn and reads the drawing; page and drawn then say what was read. */
static int read_drawn(struct cell_link *link, uint32_t dpi, struct cell_page *page,
                      struct render *drawn, struct cell_output *out, struct err *err)
{
    int rc = render_page(link->file.fd, page->index, dpi, &link->options.limits, drawn, err);
    note_peak(link, drawn->peak_rss_bytes);
    if (rc < 0)
        return -1;
    bytes_done(&out->text);
    bytes_done(&out->access);
    page->raster = drawn->data;
    page->raster_dpi = drawn->dpi;
    if (read_once(link, page, drawn->fd, out, err) < 0)
        return -1;
    return out->found.rasterise_dpi == 0
               ? 0
               : err_input(err, REASON_CRASHED, "the cell asked for a drawing twice");
}

int cell_link_read(struct cell_link *link, uint32_t index, struct cell_output *out,
                   bool *ret_rasterised, struct err *err)
{
    CLEANUP(render_done) struct render drawn = {.fd = -1};
    struct cell_page page = {.index = index};
    *ret_rasterised = false;
    if (read_once(link, &page, drawn.fd, out, err) < 0)
        return -1;
    uint32_t dpi = out->found.rasterise_dpi;
    if (dpi != 0 && read_drawn(link, dpi, &page, &drawn, out, err) < 0)
        return -1;
    *ret_rasterised = dpi != 0;
    if (out->found.doubt && link->options.engine == READER_AUTO)
        ask_second(link, page, drawn.fd, out);
    return 0;
}

int cell_link_picture(struct cell_link *link, uint32_t index, struct bytes *out, struct err *err)
{
    struct cell_request request = {.magic = CELL_MAGIC, .what = CELL_DO_PICTURE, .index = index};
    struct cell_reply reply = {.magic = 0};
    if (link->local)
        return cell_picture(link->local, index, out, err);
    if (ask(link, &request, -1, &reply, err) < 0)
        return -1;
    return bytes_append(out, span_of(link->area + RESULT_TEXT_MAX, reply.access_bytes), err);
}

int cell_link_embed(struct cell_link *link, uint32_t index, struct embed *ret_embed,
                    struct bytes *out, struct err *err)
{
    struct cell_request request = {.magic = CELL_MAGIC, .what = CELL_DO_EMBED, .index = index};
    struct cell_reply reply = {.magic = 0};
    if (link->local)
        return cell_embed(link->local, index, ret_embed, out, err);
    if (ask(link, &request, -1, &reply, err) < 0)
        return -1;
    if (!embed_valid(&reply.embed, link->options.limits.side_max_px) || reply.access_bytes == 0)
        return err_input(err, REASON_CRASHED, "the cell answered nonsense"); /* UNTESTED */
    *ret_embed = reply.embed;
    return bytes_append(out, span_of(link->area + RESULT_TEXT_MAX, reply.access_bytes), err);
}

static uint64_t peak_rss_of(pid_t pid)
{
    char path[64], line[256];
    uint64_t kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    if (!status)
        return 0;
    while (fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtoull(line + 6, NULL, 10);
    (void)fclose(status);
    return kib * 1024;
}

uint64_t cell_link_peak_rss(const struct cell_link *link)
{
    const uint64_t now = link->pid > 0 ? peak_rss_of(link->pid) : 0;
    return (now > link->peak_rss_bytes ? now : link->peak_rss_bytes) +
           (link->second ? cell_link_peak_rss(link->second) : 0);
}
