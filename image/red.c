/* image/red.c - grey for reading, from a page in colour: seals in red ink vanish, text in red
 * stays.
 *
 * Red ink is as bright as paper in the red channel, black ink is dark in all. Where a page has red
 * marks beside its text the red channel is taken for grey; where the red is the text itself (more
 * of it than of black), luma is. */
#include "image/red.h"

#include <assert.h>
#include <stdlib.h>

#define RED_OVER_OTHERS 50  /* red is this much brighter than green and blue: red ink */
#define DARK_MAX        110 /* no channel above this: black ink */
#define RED_PER_MILLION 200 /* of the page's pixels: fewer are no seal */
#define SAMPLE_STEP     3   /* every third pixel of every third row is counted */

int red_sieve_start(struct red_sieve *sieve, uint32_t width_px, uint32_t height_px, struct err *err)
{
    sieve->luma = canvas_new(width_px, height_px, 8, err);
    sieve->red = sieve->luma ? canvas_new(width_px, height_px, 8, err) : NULL;
    sieve->line = sieve->red ? canvas_memory(width_px, 1, err) : NULL;
    return sieve->line ? 0 : -1;
}

void red_sieve_done(struct red_sieve *sieve)
{
    pixDestroy(&sieve->luma);
    pixDestroy(&sieve->red);
    free(sieve->line);
    *sieve = (struct red_sieve){0};
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void count(struct red_sieve *sieve, const uint32_t *row, uint32_t width)
{
    for (uint32_t x = 0; x < width; x += SAMPLE_STEP) {
        const uint32_t r = row[x] >> 24, g = row[x] >> 16 & 255, b = row[x] >> 8 & 255;
        sieve->red_pixels += r > most(g, b) + RED_OVER_OTHERS;
        sieve->black_pixels += most(r, most(g, b)) < DARK_MAX;
        sieve->all++;
    }
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

void red_sieve_row(struct red_sieve *sieve, uint32_t y, const uint32_t *row)
{
    const uint32_t width = (uint32_t)pixGetWidth(sieve->luma);
    if (y % SAMPLE_STEP == 0)
        count(sieve, row, width);
    luma_of(row, width, sieve->line);
    canvas_put_bytes(sieve->luma, y, 0, span_of(sieve->line, width), 0);
    red_of(row, width, sieve->line);
    canvas_put_bytes(sieve->red, y, 0, span_of(sieve->line, width), 0);
}

PIX *red_sieve_take(struct red_sieve *sieve)
{
    const bool has_marks = sieve->red_pixels * 1000000 > sieve->all * RED_PER_MILLION &&
                           sieve->red_pixels < sieve->black_pixels;
    return has_marks ? TAKE(sieve->red) : TAKE(sieve->luma);
}

struct image *image_grey_for_reading(const struct image *colour, struct err *err)
{
    assert(image_depth(colour) == 32);
    const uint32_t width = image_width_px(colour), height = image_height_px(colour);
    CLEANUP(red_sieve_done) struct red_sieve sieve = {0};
    if (red_sieve_start(&sieve, width, height, err) < 0)
        return NULL;
    for (uint32_t y = 0; y < height; y++)
        red_sieve_row(&sieve, y, canvas_row(image_pix(colour), y));
    return canvas_finish(red_sieve_take(&sieve), image_dpi(colour), err);
}
