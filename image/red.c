/* image/red.c - grey for reading, from a page in colour: seals in red ink vanish, text in red
 * stays.
 *
 * Red ink is as bright as paper in the red channel, black ink is dark in all. Where a page has red
 * marks beside its text the red channel is taken for grey; where the red is the text itself (more
 * of it than of black), luma is. */
#include <assert.h>

#include "image/canvas.h"

#define RED_OVER_OTHERS 50  /* red is this much brighter than green and blue: red ink */
#define DARK_MAX        110 /* no channel above this: black ink */
#define RED_PER_MILLION 200 /* of the page's pixels: fewer are no seal */
#define SAMPLE_STEP     3   /* every third pixel of every third row is counted */

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static bool has_red_marks(PIX *pix)
{
    uint64_t red = 0, black = 0, all = 0;
    for (int y = 0; y < pixGetHeight(pix); y += SAMPLE_STEP) {
        const uint32_t *row = canvas_row(pix, (uint32_t)y);
        for (int x = 0; x < pixGetWidth(pix); x += SAMPLE_STEP) {
            const uint32_t r = row[x] >> 24, g = row[x] >> 16 & 255, b = row[x] >> 8 & 255;
            red += r > most(g, b) + RED_OVER_OTHERS;
            black += most(r, most(g, b)) < DARK_MAX;
            all++;
        }
    }
    return red * 1000000 > all * RED_PER_MILLION && red < black;
}

/* Plain loops, one for each way: the compiler makes vectors of them (this file is built with -O3).
 */
static void red_of(const uint32_t *row, uint32_t width, uint8_t *out)
{
    for (uint32_t x = 0; x < width; x++)
        out[x] = (uint8_t)(row[x] >> 24);
}

static void luma_of(const uint32_t *row, uint32_t width, uint8_t *out)
{
    for (uint32_t x = 0; x < width; x++)
        out[x] = canvas_luma(row[x] >> 24, row[x] >> 16 & 255, row[x] >> 8 & 255);
}

struct image *image_grey_for_reading(const struct image *colour, struct err *err)
{
    assert(image_depth(colour) == 32);
    PIX *from = image_pix(colour);
    const bool red_channel = has_red_marks(from);
    const uint32_t width = image_width_px(colour), height = image_height_px(colour);
    CLEANUP(canvas_freep) PIX *grey = canvas_new(width, height, 8, err);
    if (!grey)
        return NULL;
    CLEANUP(bytes_done) struct bytes line = {0};
    if (bytes_reserve(&line, width, err) < 0)
        return NULL; /* UNTESTED: memory */
    for (uint32_t y = 0; y < height; y++) {
        if (red_channel)
            red_of(canvas_row(from, y), width, line.data);
        else
            luma_of(canvas_row(from, y), width, line.data);
        canvas_put_bytes(grey, y, 0, span_of(line.data, width), 0);
    }
    return canvas_finish(TAKE(grey), image_dpi(colour), err);
}
