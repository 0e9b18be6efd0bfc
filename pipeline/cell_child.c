/* pipeline/cell_child.c - the program a cell runs: requests in, results in the shared area. */
#include "pipeline/cell_child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "ocr/out_of_memory.h"
#include "pipeline/cell_wire.h"
#include "pipeline/sandbox.h"

struct child {
    struct cell *cell;
    bool second; /* Tesseract's */
    uint8_t *area;
    struct span source; /* the open file, mapped */
};

static void leave_for_memory(void)
{
    _exit(CELL_EXIT_MEMORY);
}

static int map_fd(int fd, uint64_t bytes, struct span *ret_span, struct err *err)
{
    void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return err_sys(err, "map %llu bytes", (unsigned long long)bytes);
    *ret_span = span_of(map, bytes);
    return 0;
}

static void unmap(struct span *span)
{
    if (span->len > 0)
        (void)munmap((void *)(uintptr_t)span->data, span->len);
    *span = (struct span){0};
}

static void close_source(struct child *child)
{
    cell_close(child->cell);
    unmap(&child->source);
}

static int do_open(struct child *child, const struct cell_request *request, int fd,
                   struct cell_reply *reply)
{
    close_source(child);
    if (map_fd(fd, request->fd_bytes, &child->source, &reply->err) < 0)
        return -1;
    return cell_open(child->cell, child->source, reply->format, &reply->pages, &reply->err);
}

/* Text and picture have a place each: too much of either is the page's fault. */
static int put_result(struct child *child, struct span text, struct span access,
                      struct cell_reply *reply)
{
    if (text.len > RESULT_TEXT_MAX)
        return err_input(&reply->err, REASON_TOO_MUCH_TEXT, "%zu bytes of text", text.len);
    if (access.len > RESULT_IMAGE_MAX)
        return err_input(&reply->err, REASON_PIXEL_LIMIT, "%zu bytes of picture", access.len);
    if (text.len > 0)
        memcpy(child->area, text.data, text.len);
    if (access.len > 0)
        memcpy(child->area + RESULT_TEXT_MAX, access.data, access.len);
    reply->text_bytes = text.len;
    reply->access_bytes = access.len;
    return 0;
}

static int do_read(struct child *child, const struct cell_request *request, int fd,
                   struct cell_reply *reply)
{
    CLEANUP(bytes_done) struct bytes text = {0}, access = {0};
    CLEANUP(unmap) struct span raster = {0};
    struct cell_output out = {.found = {0}};

    if (fd >= 0 && map_fd(fd, request->fd_bytes, &raster, &reply->err) < 0)
        return -1;
    const struct cell_page what = {.index = request->index,
                                   .raster = raster,
                                   .raster_dpi = request->raster_dpi,
                                   .turned_deg = request->turned_deg};
    if (cell_test_hook)
        cell_test_hook(what.index, child->second);
    int rc = cell_read(child->cell, &what, &out, &reply->err);
    text = out.text;
    access = out.access;
    reply->found = out.found;
    reply->times = out.times;
    if (rc < 0)
        return -1;
    return put_result(child, bytes_span(&text), bytes_span(&access), reply);
}

static int do_picture(struct child *child, const struct cell_request *request,
                      struct cell_reply *reply)
{
    CLEANUP(bytes_done) struct bytes picture = {0};
    if (cell_picture(child->cell, request->index, &picture, &reply->err) < 0)
        return -1;
    return put_result(child, (struct span){0}, bytes_span(&picture), reply);
}

static int do_embed(struct child *child, const struct cell_request *request,
                    struct cell_reply *reply)
{
    CLEANUP(bytes_done) struct bytes picture = {0};
    if (cell_embed(child->cell, request->index, &reply->embed, &picture, &reply->err) < 0)
        return -1;
    return put_result(child, (struct span){0}, bytes_span(&picture), reply);
}

static int perform(struct child *child, const struct cell_request *request, int fd,
                   struct cell_reply *reply)
{
    switch (request->what) {
    case CELL_DO_OPEN:
        return do_open(child, request, fd, reply);
    case CELL_DO_READ:
        return do_read(child, request, fd, reply);
    case CELL_DO_PICTURE:
        return do_picture(child, request, reply);
    case CELL_DO_EMBED:
        return do_embed(child, request, reply);
    default:
        close_source(child);
        return 0;
    }
}

static int set_up(struct child *child, struct cell_reply *reply)
{
    struct cell_setup setup;
    CLEANUP(fd_close) int no_fd = -1;
    if (cell_wire_receive(CELL_SOCK_FD, &setup, sizeof setup, &no_fd, &reply->err) != 1)
        return -1;
    if (sandbox_limits(setup.limits.cell_bytes_max, &reply->err) < 0)
        return -1;
    on_out_of_memory(leave_for_memory);
    child->second = setup.engine == READER_TESSERACT;
    child->area = mmap(NULL, CELL_AREA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, CELL_AREA_FD, 0);
    if (child->area == MAP_FAILED)
        return err_sys(&reply->err, "map the result area");
    child->cell = cell_new(&setup.limits, setup.language[0] ? setup.language : NULL,
                           (enum reader_choice)setup.engine, &reply->err);
    if (!child->cell || sandbox_close(&reply->err) < 0)
        return -1;
    (void)snprintf(reply->engine, sizeof reply->engine, "%s", cell_engine(child->cell));
    return 0;
}

int cell_child_main(void)
{
    struct child child = {.cell = NULL};
    struct cell_reply reply = {.magic = CELL_MAGIC};
    struct err err = {0};

    reply.rc = set_up(&child, &reply);
    bool alive = cell_wire_send(CELL_SOCK_FD, &reply, sizeof reply, -1, &err) == 0 && reply.rc == 0;
    while (alive) {
        struct cell_request request;
        CLEANUP(fd_close) int fd = -1;
        if (cell_wire_receive(CELL_SOCK_FD, &request, sizeof request, &fd, &err) != 1)
            break;
        reply = (struct cell_reply){.magic = CELL_MAGIC};
        reply.rc = perform(&child, &request, fd, &reply);
        alive = cell_wire_send(CELL_SOCK_FD, &reply, sizeof reply, -1, &err) == 0;
    }
    /* Exit without destructors: inside the walls, leak checkers and profilers cannot do theirs. */
    _exit(reply.rc < 0 && !alive ? EXIT_FAILURE : EXIT_SUCCESS);
}
