/* image/scan.c - a file as it came from the scanner, opened: the table of formats. */
#include "image/scan.h"

#include <assert.h>
#include <stdlib.h>

#include "image/format.h"

/* Asked in this order: PDF last but one, because its mark may stand behind other bytes, PNM last,
 * because its mark is only two letters. */
static const struct format *const formats[] = {
    &format_tiff, &format_jpeg, &format_png, &format_gif, &format_webp,
    &format_jp2,  &format_bmp,  &format_pdf, &format_pnm,
};

static const struct format *format_of(struct span data)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (formats[i]->sniff(data))
            return formats[i];
    return NULL;
}

struct scan *scan_open(struct span data, const struct scan_limits *limits, struct err *err)
{
    if (data.len == 0) {
        err_input(err, REASON_EMPTY, "the file is empty");
        return NULL;
    }
    const struct format *format = format_of(data);
    if (!format) {
        err_input(err, REASON_UNKNOWN_FORMAT, "no format known here starts like this");
        return NULL;
    }
    canvas_quiet();
    CLEANUP(scan_closep) struct scan *scan = canvas_memory(1, sizeof *scan, err);
    if (!scan)
        return NULL; /* UNTESTED: memory */
    *scan = (struct scan){.data = data, .limits = *limits, .format = format, .pages = 1};
    if (format->open(scan, err) < 0) {
        err_wrap(err, "%s", format->name);
        return NULL;
    }
    if (scan->pages > limits->pages_max) {
        err_input(err, REASON_TOO_MANY_PAGES, "%s: more than %u pages", format->name,
                  limits->pages_max);
        return NULL;
    }
    return TAKE(scan);
}

void scan_close(struct scan *scan)
{
    if (!scan)
        return;
    if (scan->format->close)
        scan->format->close(scan);
    free(scan);
}

void scan_closep(struct scan **scan)
{
    scan_close(*scan);
}

const char *scan_format(const struct scan *scan)
{
    return scan->format->name;
}

uint32_t scan_pages(const struct scan *scan)
{
    return scan->pages;
}

int scan_page_way(struct scan *scan, uint32_t index, enum scan_way *ret_way, uint32_t *ret_dpi,
                  struct err *err)
{
    assert(index < scan->pages);
    if (scan->format->way) {
        if (scan->format->way(scan, index, ret_way, ret_dpi, err) < 0)
            return err_wrap(err, "%s: page %u", scan->format->name, index + 1);
        return 0;
    }
    *ret_way = SCAN_DECODE;
    *ret_dpi = 0;
    return 0;
}

/* Most formats give colour for SCAN_READ; the JPEG decoder sifts row by row. */
static struct image *decode_to_read(struct scan *scan, uint32_t index, struct err *err)
{
    struct err why = {0};
    CLEANUP(image_freep) struct image *image = scan->format->decode(scan, index, SCAN_READ, &why);
    if (image && image_depth(image) != 32)
        return TAKE(image);
    struct image *grey = image ? image_grey_for_reading(image, &why) : NULL;
    if (grey)
        return grey;
    if (why.kind == ERR_INPUT && why.reason != REASON_MEMORY_LIMIT) {
        *err = why;
        return NULL;
    }
    return scan->format->decode(scan, index, SCAN_GREY, err); /* UNTESTED: memory */
}

struct image *scan_decode(struct scan *scan, uint32_t index, enum scan_mode mode, struct err *err)
{
    assert(index < scan->pages);
    struct image *image = mode == SCAN_READ ? decode_to_read(scan, index, err)
                                            : scan->format->decode(scan, index, mode, err);
    if (!image)
        err_wrap(err, "%s: page %u", scan->format->name, index + 1);
    return image;
}
