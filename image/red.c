/* image/red.c - grey for reading, from a page in colour: seals in red ink vanish, text in red
 * stays.
 *
 * Red ink is as bright as paper in the red channel, black ink is dark in all. Where a page has red
 * marks beside its text the red channel is taken for grey; where the red is the text itself (more
 * of it than of black), luma is. */
#include "image/red.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define RED_OVER_OTHERS 50  /* red is this much brighter than green and blue: red ink */
#define DARK_MAX        110 /* no channel above this: black ink */
#define RED_PER_MILLION 200 /* of the page's pixels: fewer are no seal */
#define SAMPLE_STEP     3   /* every third pixel of every third row is counted */

int red_sieve_start(struct red_sieve *sieve, uint32_t width_px, uint32_t height_px, struct err *err)
{
    sieve->luma = canvas_new(width_px, height_px, 8, err);
    sieve->red = sieve->luma ? canvas_new(width_px, height_px, 8, err) : NULL;
    sieve->line = sieve->red ? canvas_memory(width_px, 2, err) : NULL;
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

/* Luma of Rec. 601 to a level: 77 + 150 + 29 = 256. */
static uint8_t luma(uint32_t rgb)
{
    return (uint8_t)((77 * (rgb >> 24) + 150 * (rgb >> 16 & 255) + 29 * (rgb >> 8 & 255) + 128) >>
                     8);
}

#if defined(__SSE2__)
/* Red and luma of four pixels in 32 bits each: red and blue are the odd bytes of a word, green is
 * an even one. */
static __m128i red_of_4(__m128i rgb)
{
    return _mm_srli_epi32(rgb, 24);
}

static __m128i luma_of_4(__m128i rgb)
{
    const __m128i bytes = _mm_set1_epi32(0x00ff00ff);
    const __m128i green = _mm_madd_epi16(_mm_and_si128(rgb, bytes), _mm_set1_epi32(150 << 16));
    const __m128i others =
        _mm_madd_epi16(_mm_and_si128(_mm_srli_epi32(rgb, 8), bytes), _mm_set1_epi32(77 << 16 | 29));
    return _mm_srli_epi32(_mm_add_epi32(_mm_add_epi32(green, others), _mm_set1_epi32(128)), 8);
}

static void put_16(uint8_t *out, __m128i a, __m128i b, __m128i c, __m128i d)
{
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_packus_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d)));
}

/* How many pixels from the left were done. */
static uint32_t sift_by_16(const uint32_t *row, uint32_t width, uint8_t *lumas, uint8_t *reds)
{
    uint32_t x = 0;
    for (; x + 16 <= width; x += 16) {
        __m128i rgb[4];
        memcpy(rgb, row + x, sizeof rgb);
        put_16(lumas + x, luma_of_4(rgb[0]), luma_of_4(rgb[1]), luma_of_4(rgb[2]),
               luma_of_4(rgb[3]));
        put_16(reds + x, red_of_4(rgb[0]), red_of_4(rgb[1]), red_of_4(rgb[2]), red_of_4(rgb[3]));
    }
    return x;
}
#else
static uint32_t sift_by_16(const uint32_t *row, uint32_t width, uint8_t *lumas, uint8_t *reds)
{
    (void)row, (void)width, (void)lumas, (void)reds;
    return 0;
}
#endif

void red_sieve_row(struct red_sieve *sieve, uint32_t y, const uint32_t *row)
{
    const uint32_t width = (uint32_t)pixGetWidth(sieve->luma);
    if (y % SAMPLE_STEP == 0)
        count(sieve, row, width);
    uint8_t *lumas = sieve->line, *reds = sieve->line + width;
    for (uint32_t x = sift_by_16(row, width, lumas, reds); x < width; x++) {
        lumas[x] = luma(row[x]);
        reds[x] = (uint8_t)(row[x] >> 24);
    }
    canvas_put_bytes(sieve->luma, y, 0, span_of(lumas, width), 0);
    canvas_put_bytes(sieve->red, y, 0, span_of(reds, width), 0);
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
