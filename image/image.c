/* image/image.c - one page as pixels: what a decoder gives and what layout and OCR read. */
#include "image/image.h"

#include <errno.h>
#include <stdlib.h>

#include "image/canvas.h"

#define CONTRAST_MIN 24 /* grey levels between ink and paper; less is the grain of empty paper */

struct image {
    PIX *pix; /* 1, 8 or 32 bpp, no colour map, no alpha */
};

void image_free(struct image *image)
{
    if (!image)
        return;
    pixDestroy(&image->pix);
    free(image);
}

void image_freep(struct image **image)
{
    image_free(*image);
}

static bool is_black_and_white(PIX *pix)
{
    int ra, ga, ba, rb, gb, bb;
    PIXCMAP *map = pixGetColormap(pix);
    if (pixGetDepth(pix) != 1 || pixcmapGetCount(map) != 2 ||
        pixcmapGetColor(map, 0, &ra, &ga, &ba) || pixcmapGetColor(map, 1, &rb, &gb, &bb))
        return false;
    int a = ra + ga + ba, b = rb + gb + bb;
    return (a == 0 && b == 3 * 255) || (a == 3 * 255 && b == 0);
}

/* A picture in one of our three forms, or NULL. The source stays as it is. */
static PIX *normalised(PIX *pix)
{
    if (pixGetColormap(pix))
        return pixRemoveColormap(pix, is_black_and_white(pix) ? REMOVE_CMAP_TO_BINARY
                                                              : REMOVE_CMAP_BASED_ON_SRC);
    switch (pixGetDepth(pix)) {
    case 1:
    case 8:
        return pixClone(pix);
    case 2:
    case 4:
        return pixConvertTo8(pix, 0);
    case 16:
        return pixConvert16To8(pix, L_MS_BYTE);
    case 24:
        return pixConvert24To32(pix);
    case 32:
        return pixGetSpp(pix) == 4 ? pixAlphaBlendUniform(pix, canvas_rgb(255, 255, 255))
                                   : pixClone(pix);
    default:
        return NULL;
    }
}

struct image *image_of_pix(struct Pix *pix, struct err *err)
{
    CLEANUP(canvas_freep) PIX *taken = pix;
    CLEANUP(canvas_freep) PIX *plain = normalised(taken);
    if (!plain) {
        err_set(err, ERR_SYSTEM, "a picture of %d bits per pixel cannot be used", pixGetDepth(pix));
        return NULL;
    }
    struct image *image = canvas_memory(1, sizeof *image, err);
    if (!image)
        return NULL; /* UNTESTED: memory */
    canvas_set_dpi(plain, pixGetXRes(pix));
    image->pix = TAKE(plain);
    return image;
}

struct Pix *image_pix(const struct image *image)
{
    return image->pix;
}

uint32_t image_width_px(const struct image *image)
{
    return (uint32_t)pixGetWidth(image->pix);
}

uint32_t image_height_px(const struct image *image)
{
    return (uint32_t)pixGetHeight(image->pix);
}

uint32_t image_depth(const struct image *image)
{
    return (uint32_t)pixGetDepth(image->pix);
}

uint32_t image_dpi(const struct image *image)
{
    return (uint32_t)pixGetXRes(image->pix);
}

void image_set_dpi(struct image *image, uint32_t dpi)
{
    int known = dpi <= INT32_MAX ? (int)dpi : 0;
    canvas_set_dpi(image->pix, known);
}

/* Four counts beside each other: paper is one level, and a count that is raised at every pixel
 * would be waited for at every pixel. */
void canvas_count_levels(PIX *grey, uint32_t levels[CANVAS_LEVELS])
{
    uint32_t width = (uint32_t)pixGetWidth(grey), height = (uint32_t)pixGetHeight(grey);
    uint32_t counts[4][256] = {0};
    for (uint32_t y = 0; y < height; y++) {
        const uint32_t *row = canvas_row(grey, y);
        for (uint32_t i = 0; i < width / 4; i++) {
            counts[0][row[i] >> 24]++;
            counts[1][row[i] >> 16 & 255]++;
            counts[2][row[i] >> 8 & 255]++;
            counts[3][row[i] & 255]++;
        }
        for (uint32_t x = width / 4 * 4; x < width; x++)
            counts[0][GET_DATA_BYTE(row, x)]++;
    }
    for (int i = 0; i < 256; i++)
        levels[i] = counts[0][i] + counts[1][i] + counts[2][i] + counts[3][i];
}

/* The threshold that sets the two classes furthest apart. An empty page would turn into its own
 * grain if classes that are alike were taken. */
int canvas_threshold(const uint32_t levels[CANVAS_LEVELS])
{
    double all = 0, sum = 0, low = 0, low_sum = 0, best = -1;
    int threshold = 0;
    for (int i = 0; i < 256; i++) {
        all += levels[i];
        sum += (double)i * levels[i];
    }
    for (int i = 0; i < 255; i++) {
        low += levels[i];
        low_sum += (double)i * levels[i];
        double high = all - low;
        if (low <= 0 || high <= 0)
            continue;
        double apart = (sum - low_sum) / high - low_sum / low;
        double score = low * high * apart * apart;
        if (score > best) {
            best = score;
            threshold = apart < CONTRAST_MIN ? 0 : i + 1;
        }
    }
    return threshold;
}

struct image *image_binarise(const struct image *image, struct err *err)
{
    PIX *from = image->pix;
    CLEANUP(canvas_freep) PIX *bilevel = NULL;
    if (pixGetDepth(from) == 1) {
        bilevel = pixCopy(NULL, from);
    } else {
        CLEANUP(canvas_freep)
        PIX *grey = pixGetDepth(from) == 32 ? pixConvertRGBToLuminance(from) : pixClone(from);
        uint32_t levels[256] = {0};
        if (grey) {
            canvas_count_levels(grey, levels);
            bilevel = pixThresholdToBinary(grey, canvas_threshold(levels));
        }
    }
    if (!bilevel) { /* UNTESTED: memory */
        errno = ENOMEM;
        err_sys(err, "binarise");
        return NULL;
    }
    canvas_set_dpi(bilevel, pixGetXRes(from));
    return image_of_pix(TAKE(bilevel), err);
}
