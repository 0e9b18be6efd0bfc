/* ocr/line_image.c - a line of the page as the recogniser wants it: 36 rows, contrast normalised.
 */
#include "ocr/line_image.h"

#include <errno.h>
#include <leptonica/allheaders.h>
#include <stdlib.h>

static void pix_freep(PIX **pix)
{
    pixDestroy(pix);
}

static int no_memory(struct err *err)
{
    errno = ENOMEM;
    return err_sys(err, "cut out a line"); /* UNTESTED: memory */
}

static PIX *cut(PIX *page, struct text_box box)
{
    BOX *b = boxCreate(box.x, box.y, box.w, box.h);
    PIX *clip = b ? pixClipRectangle(page, b, NULL) : NULL;
    boxDestroy(&b);
    if (clip && pixGetDepth(clip) != 8) {
        PIX *grey = pixConvertTo8(clip, 0);
        pixDestroy(&clip);
        clip = grey;
    }
    return clip;
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

static void normalise(PIX *line, int8_t *out)
{
    float black = 0, contrast = 1;
    int8_t table[256];
    levels(line, &black, &contrast);
    for (int v = 0; v < 256; v++) {
        const float level = 128 * (((float)v - black) / contrast - 1);
        const float clamped = level > 127 ? 127 : level < -127 ? -127 : level;
        table[v] = (int8_t)(clamped >= 0 ? clamped + 0.5F : clamped - 0.5F);
    }
    const int width = pixGetWidth(line), wpl = pixGetWpl(line);
    for (uint32_t y = 0; y < NETWORK_HEIGHT; y++) {
        const l_uint32 *row = pixGetData(line) + (size_t)y * (size_t)wpl;
        for (int x = 0; x < width; x++)
            *out++ = table[GET_DATA_BYTE(row, x)];
    }
}

int line_image_make(const struct image *image, struct text_box box, struct line_image *ret_line,
                    struct err *err)
{
    *ret_line = (struct line_image){0};
    const uint64_t width = (uint64_t)box.w * NETWORK_HEIGHT / (uint64_t)box.h;
    if (width < 2 * (uint64_t)NETWORK_POOL || width + 8 > NETWORK_WIDTH_MAX)
        return 0;
    CLEANUP(pix_freep) PIX *clip = cut(image_pix(image), box);
    CLEANUP(pix_freep) PIX *line = clip ? scale(clip) : NULL;
    if (!line)
        return no_memory(err);
    const uint32_t scaled = (uint32_t)pixGetWidth(line);
    if (scaled < NETWORK_POOL || scaled > NETWORK_WIDTH_MAX)
        return 0;
    int8_t *pixels = malloc((size_t)scaled * NETWORK_HEIGHT);
    if (!pixels)
        return no_memory(err);
    normalise(line, pixels);
    *ret_line = (struct line_image){scaled, pixels};
    return 0;
}
