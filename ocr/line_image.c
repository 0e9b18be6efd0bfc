/* ocr/line_image.c - a line of the page as the recogniser wants it: 36 rows, contrast normalised.
 */
#include "ocr/line_image.h"

#include <errno.h>
#include <leptonica/allheaders.h>
#include <math.h>
#include <stdlib.h>

#include "ocr/pix.h"

static int no_memory(struct err *err)
{
    errno = ENOMEM;
    return err_sys(err, "cut out a line"); /* UNTESTED: memory */
}

/* As 8 bpp. */
static PIX *cut(PIX *page, struct text_box box)
{
    PIX *clip = pix_cut(page, box);
    if (clip && pixGetDepth(clip) != 8) {
        PIX *grey = pixConvertTo8(clip, 0);
        pixDestroy(&clip);
        clip = grey;
    }
    return clip;
}

/* Where a line is on a page that lies askew. */
struct slope {
    struct text_box strip; /* of the page: holds all of the line */
    int32_t *x, *y;        /* of the top of each column; y in 256ths of a pixel */
    int32_t *shift;        /* sideways, of each row */
};

static void slope_done(struct slope *slope)
{
    free(slope->x);
    free(slope->y);
    free(slope->shift);
}

struct range {
    int32_t low, high;
};

static void include(struct range *range, int32_t value)
{
    range->low = value < range->low ? value : range->low;
    range->high = value > range->high ? value : range->high;
}

/* As page_text_unrotate() turns points back. A row of the line is a row of the page but for the
 * slope; what the cosine makes of a line's height is less than half a pixel. */
static int find_slope(PIX *page, struct text_box box, float skew_deg, struct slope *slope,
                      struct err *err)
{
    const double angle = (double)skew_deg * (M_PI / 180), sine = sin(angle), cosine = cos(angle);
    const int32_t half_w = pixGetWidth(page) / 2, half_h = pixGetHeight(page) / 2;
    const double middle_x = half_w + 0.5, middle_y = half_h + 0.5; /* as image_rotate() has it */
    const double dy = box.y + box.h / 2.0 - middle_y;
    struct range x = {INT32_MAX, INT32_MIN}, y = x, shift = x;
    slope->x = calloc((size_t)box.w, sizeof *slope->x);
    slope->y = calloc((size_t)box.w, sizeof *slope->y);
    slope->shift = calloc((size_t)box.h, sizeof *slope->shift);
    if (!slope->x || !slope->y || !slope->shift)
        return no_memory(err); /* UNTESTED: memory */
    for (int32_t i = 0; i < box.w; i++) {
        const double dx = box.x + i + 0.5 - middle_x;
        slope->x[i] = (int32_t)floor(middle_x + dx * cosine + dy * sine);
        slope->y[i] = (int32_t)lround(256 * (middle_y - dx * sine + dy * cosine - box.h / 2.0));
        include(&x, slope->x[i]);
        include(&y, slope->y[i] >> 8);
    }
    for (int32_t i = 0; i < box.h; i++) {
        slope->shift[i] = (int32_t)lround((i + 0.5 - box.h / 2.0) * sine);
        include(&shift, slope->shift[i]);
    }
    slope->strip =
        (struct text_box){x.low + shift.low, y.low, x.high + shift.high + 1 - (x.low + shift.low),
                          y.high + box.h + 1 - y.low};
    return 0;
}

/* The strip as 8 bpp, white where it leaves the page. */
static PIX *cut_strip(PIX *page, struct text_box strip)
{
    PIX *grey = pixCreate(strip.w, strip.h, 8), *part = NULL;
    const struct text_box whole = {0, 0, pixGetWidth(page), pixGetHeight(page)};
    struct text_box in = strip;
    in.x = in.x < 0 ? 0 : in.x;
    in.y = in.y < 0 ? 0 : in.y;
    in.w = (strip.x + strip.w < whole.w ? strip.x + strip.w : whole.w) - in.x;
    in.h = (strip.y + strip.h < whole.h ? strip.y + strip.h : whole.h) - in.y;
    if (grey)
        (void)pixSetAll(grey);
    if (grey && in.w > 0 && in.h > 0)
        part = cut(page, in);
    if (part)
        (void)pixRasterop(grey, in.x - strip.x, in.y - strip.y, in.w, in.h, PIX_SRC, part, 0, 0);
    pixDestroy(&part);
    return grey;
}

/* The line set upright: column by column, between two rows of the page. */
static PIX *cut_askew(PIX *page, struct text_box box, float skew_deg, struct err *err)
{
    CLEANUP(slope_done) struct slope slope = {.x = NULL};
    if (find_slope(page, box, skew_deg, &slope, err) < 0)
        return NULL; /* UNTESTED: memory */
    CLEANUP(pix_freep) PIX *strip = cut_strip(page, slope.strip);
    PIX *line = strip ? pixCreate(box.w, box.h, 8) : NULL;
    if (!line) {
        (void)no_memory(err);
        return NULL; /* UNTESTED: memory */
    }
    const size_t wpl = (size_t)pixGetWpl(strip);
    for (int32_t y = 0; y < box.h; y++) {
        l_uint32 *out = pixGetData(line) + (size_t)y * (size_t)pixGetWpl(line);
        const int32_t shift = slope.shift[y];
        for (int32_t i = 0; i < box.w; i++) {
            const int32_t at = slope.y[i] - slope.strip.y * 256 + y * 256;
            const int32_t x = slope.x[i] + shift - slope.strip.x;
            const l_uint32 *row = pixGetData(strip) + (size_t)(at >> 8) * wpl;
            const int32_t upper = GET_DATA_BYTE(row, x), lower = GET_DATA_BYTE(row + wpl, x);
            SET_DATA_BYTE(out, i, (l_uint8)(upper + (((lower - upper) * (at & 255)) >> 8)));
        }
    }
    return line;
}

static PIX *scale(PIX *clip)
{
    const float factor = (float)NETWORK_HEIGHT / (float)pixGetHeight(clip);
    PIX *scaled = pixScale(clip, factor, factor);
    if (scaled && pixGetHeight(scaled) != NETWORK_HEIGHT) {
        PIX *exact = pixScaleToSize(scaled, pixGetWidth(scaled), (l_int32)NETWORK_HEIGHT);
        pixDestroy(&scaled);
        scaled = exact;
    }
    return scaled;
}

/* The value below which `share` of the counted pixels lie, between the steps of the histogram. */
static float quantile(const uint32_t counts[256], uint32_t total, float share)
{
    float target = share * (float)total, sum = 0;
    int i = 0;
    if (target < 1)
        target = 1;
    for (; i < 256 && sum < target; i++)
        sum += (float)counts[i];
    return i > 0 ? (float)i - (sum - target) / (float)counts[i - 1] : 0;
}

static void levels(PIX *line, float *ret_black, float *ret_contrast)
{
    uint32_t minima[256] = {0}, maxima[256] = {0}, dark = 0, light = 0;
    const l_uint32 *row = pixGetData(line) + (size_t)(NETWORK_HEIGHT / 2) * (size_t)pixGetWpl(line);
    for (int x = 1; x + 1 < pixGetWidth(line); x++) {
        const int before = GET_DATA_BYTE(row, x - 1), here = GET_DATA_BYTE(row, x),
                  after = GET_DATA_BYTE(row, x + 1);
        if ((here < before && here <= after) || (here <= before && here < after)) {
            minima[here]++;
            dark++;
        }
        if ((here > before && here >= after) || (here >= before && here > after)) {
            maxima[here]++;
            light++;
        }
    }
    if (dark == 0)
        minima[0] = dark = 1;
    if (light == 0)
        maxima[255] = light = 1;
    const float black = quantile(minima, dark, 0.25F), white = quantile(maxima, light, 0.75F);
    *ret_black = black;
    *ret_contrast = white > black ? (white - black) / 2 : 1;
}

/* White on black is found black and white in the same way: all values change their sign. */
static void normalise(PIX *line, bool inverse, int8_t *out)
{
    float black = 0, contrast = 1;
    int8_t table[256];
    levels(line, &black, &contrast);
    for (int v = 0; v < 256; v++) {
        const float level = 128 * (((float)v - black) / contrast - 1);
        const float clamped = level > 127 ? 127 : level < -127 ? -127 : level;
        const float value = inverse ? -clamped : clamped;
        table[v] = (int8_t)(value >= 0 ? value + 0.5F : value - 0.5F);
    }
    const int width = pixGetWidth(line), wpl = pixGetWpl(line);
    for (uint32_t y = 0; y < NETWORK_HEIGHT; y++) {
        const l_uint32 *row = pixGetData(line) + (size_t)y * (size_t)wpl;
        for (int x = 0; x < width; x++)
            *out++ = table[GET_DATA_BYTE(row, x)];
    }
}

int line_image_make(const struct image *image, struct text_box box, float skew_deg, bool inverse,
                    struct line_image *ret_line, struct err *err)
{
    *ret_line = (struct line_image){0};
    const uint64_t width = (uint64_t)box.w * NETWORK_HEIGHT / (uint64_t)box.h;
    if (width < 2 * (uint64_t)NETWORK_POOL || width + 8 > NETWORK_WIDTH_MAX)
        return 0;
    CLEANUP(pix_freep)
    PIX *clip = skew_deg != 0 ? cut_askew(image_pix(image), box, skew_deg, err)
                              : cut(image_pix(image), box);
    CLEANUP(pix_freep) PIX *line = clip ? scale(clip) : NULL;
    if (!line)
        return no_memory(err);
    const uint32_t scaled = (uint32_t)pixGetWidth(line);
    if (scaled < NETWORK_POOL || scaled > NETWORK_WIDTH_MAX)
        return 0;
    int8_t *pixels = malloc((size_t)scaled * NETWORK_HEIGHT);
    if (!pixels)
        return no_memory(err);
    normalise(line, inverse, pixels);
    *ret_line = (struct line_image){scaled, pixels};
    return 0;
}
