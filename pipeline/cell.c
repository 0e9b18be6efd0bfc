/* pipeline/cell.c - what is done to a file and its pages, wherever it runs. */
#include "pipeline/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct cell {
    struct scan_limits limits;
    struct reader *reader;
    struct scan *scan;
};

uint64_t thread_cpu_ns(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) < 0)
        return 0; /* UNTESTED: the clock is always there */
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct cell *cell_new(const struct limits *limits, const char *language, enum reader_choice engine,
                      struct err *err)
{
    CLEANUP(cell_freep) struct cell *cell = calloc(1, sizeof *cell);
    if (!cell) {
        err_sys(err, "start a cell"); /* UNTESTED: no memory */
        return NULL;
    }
    cell->limits = (struct scan_limits){.pixels_max = limits->pixels_max,
                                        .side_max_px = limits->side_max_px,
                                        .pages_max = limits->pages_max};
    if (language) {
        cell->reader = reader_open(NULL, language, engine, err);
        if (!cell->reader)
            return NULL;
    }
    return TAKE(cell);
}

void cell_free(struct cell *cell)
{
    if (!cell)
        return;
    scan_close(cell->scan);
    reader_close(cell->reader);
    free(cell);
}

void cell_freep(struct cell **cell)
{
    cell_free(*cell);
}

const char *cell_engine(const struct cell *cell)
{
    return cell->reader ? reader_engine(cell->reader) : "";
}

int cell_open(struct cell *cell, struct span data, char ret_format[CELL_FORMAT_MAX],
              uint32_t *ret_pages, struct err *err)
{
    cell_close(cell);
    cell->scan = scan_open(data, &cell->limits, err);
    if (!cell->scan)
        return -1;
    (void)snprintf(ret_format, CELL_FORMAT_MAX, "%s", scan_format(cell->scan));
    *ret_pages = scan_pages(cell->scan);
    return 0;
}

void cell_close(struct cell *cell)
{
    scan_close(cell->scan);
    cell->scan = NULL;
}

static int run_stages(struct page *page, struct cell_times *times, struct err *err)
{
    for (int id = STAGE_DECODE; id <= STAGE_ENCODE; id++) {
        const struct stage *stage = &stages[id];
        if (page->found.status == PAGE_BLANK && !stage->blank_too)
            continue;
        uint64_t start = thread_cpu_ns();
        if (stage_test_hook)
            stage_test_hook(stage->id);
        int rc = stage->run(page, err);
        times->ns[id] += thread_cpu_ns() - start;
        if (rc < 0)
            return err_wrap(err, "%s", stage->name);
        if (page->found.rasterise_dpi)
            return 0;
    }
    return 0;
}

int cell_read(struct cell *cell, const struct cell_page *what, struct cell_output *out,
              struct err *err)
{
    CLEANUP(page_done)
    struct page page = {.scan = cell->scan,
                        .reader = cell->reader,
                        .limits = &cell->limits,
                        .index = what->index,
                        .raster = what->raster,
                        .raster_dpi = what->raster_dpi,
                        .found.turned_deg = what->turned_deg};
    if (run_stages(&page, &out->times, err) < 0)
        return -1;
    out->found = page.found;
    if (page.found.status == PAGE_OK && !page.found.rasterise_dpi &&
        page_text_pack(&page.text, &out->text, err) < 0)
        return -1;
    return bytes_append(&out->access, bytes_span(&page.access), err);
}

int cell_picture(struct cell *cell, uint32_t index, struct bytes *out, struct err *err)
{
    CLEANUP(image_freep) struct image *image = scan_decode(cell->scan, index, SCAN_COLOUR, err);
    if (!image)
        return -1;
    return image_encode(image, image_depth(image) == 1 ? IMAGE_PNG : IMAGE_JPEG, out, err);
}

int cell_embed(struct cell *cell, uint32_t index, struct embed *ret_embed, struct bytes *out,
               struct err *err)
{
    return scan_embed(cell->scan, index, ret_embed, out, err);
}
