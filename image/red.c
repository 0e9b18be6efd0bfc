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

static uint32_t grey_of(uint32_t rgb, bool red_channel)
{
    return red_channel ? rgb >> 24 : canvas_luma(rgb >> 24, rgb >> 16 & 255, rgb >> 8 & 255);
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
    for (uint32_t y = 0; y < height; y++) {
        const uint32_t *row = canvas_row(from, y);
        uint32_t *out = canvas_row(grey, y);
        uint32_t x = 0;
        for (; x + 4 <= width; x += 4)
            out[x / 4] = grey_of(row[x], red_channel) << 24 |
                         grey_of(row[x + 1], red_channel) << 16 |
                         grey_of(row[x + 2], red_channel) << 8 | grey_of(row[x + 3], red_channel);
        for (; x < width; x++)
            SET_DATA_BYTE(out, x, (uint8_t)grey_of(row[x], red_channel));
    }
    return canvas_finish(TAKE(grey), image_dpi(colour), err);
}
