/* image/canvas.c - inside image/ only: drawing decoded samples into Leptonica pictures. */
#include "image/canvas.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void canvas_freep(PIX **pix)
{
    pixDestroy(pix);
}

void canvas_quiet(void)
{
    (void)setMsgSeverity(L_SEVERITY_NONE);
}

int canvas_check(const struct scan_limits *limits, uint64_t width_px, uint64_t height_px,
                 struct err *err)
{
    if (width_px == 0 || height_px == 0)
        return err_input(err, REASON_DAMAGED, "the picture has no pixels");
    if (width_px > limits->side_max_px || height_px > limits->side_max_px)
        return err_input(err, REASON_PIXEL_LIMIT,
                         "%" PRIu64 " x %" PRIu64 " pixels: a side is longer than %" PRIu32,
                         width_px, height_px, limits->side_max_px);
    if (width_px * height_px > limits->pixels_max) /* both fit 32 bits: no overflow */
        return err_input(err, REASON_PIXEL_LIMIT,
                         "%" PRIu64 " x %" PRIu64 " pixels: more than %" PRIu64, width_px,
                         height_px, limits->pixels_max);
    return 0;
}

PIX *canvas_new(uint32_t width_px, uint32_t height_px, int depth, struct err *err)
{
    PIX *pix = NULL;
    /* Leptonica counts in int; it refuses what would not fit. */
    if (width_px <= INT32_MAX && height_px <= INT32_MAX)
        pix = pixCreateNoInit((int)width_px, (int)height_px, depth);
    if (!pix) {
        /* UNTESTED: memory */
        errno = ENOMEM;
        err_sys(err, "picture of %" PRIu32 " x %" PRIu32 " pixels", width_px, height_px);
        return NULL;
    }
    (void)pixSetBlackOrWhite(pix, L_SET_WHITE);
    return pix;
}

void canvas_put_bytes(PIX *pix, uint32_t y, uint32_t x, struct span bytes, uint8_t flip)
{
    uint32_t *row = canvas_row(pix, y);
    size_t room = (size_t)pixGetWpl(pix) * 4;
    size_t len = x >= room ? 0 : bytes.len < room - x ? bytes.len : room - x;
    size_t i = 0;
    if (x % 4 == 0) {
        const uint32_t mask = flip * UINT32_C(0x01010101);
        for (; i + 4 <= len; i += 4) {
            uint32_t word;
            memcpy(&word, bytes.data + i, 4);
            row[(x + i) / 4] = __builtin_bswap32(word) ^ mask;
        }
    }
    for (; i < len; i++) /* SET_DATA_BYTE is Leptonica's view of a byte in a word */
        SET_DATA_BYTE(row, x + i, bytes.data[i] ^ flip);
}

static uint32_t on_white(uint32_t value, uint32_t alpha)
{
    return (value * alpha + 255 * (255 - alpha) + 127) / 255;
}

static uint32_t on_white_premultiplied(uint32_t value, uint32_t alpha)
{
    uint32_t sum = value + 255 - alpha;
    return sum > 255 ? 255 : sum;
}

static uint32_t settle_word(uint32_t word, enum lanes lanes)
{
    uint32_t a = word >> 24, b = word >> 16 & 255, c = word >> 8 & 255, d = word & 255;
    switch (lanes) {
    case LANES_RGB:
        break;
    case LANES_RGBA:
        return canvas_rgb(on_white(a, d), on_white(b, d), on_white(c, d));
    case LANES_RGBA_PREMULTIPLIED:
        return canvas_rgb(on_white_premultiplied(a, d), on_white_premultiplied(b, d),
                          on_white_premultiplied(c, d));
    case LANES_GREY_ALPHA:
        a = on_white(a, b);
        return canvas_rgb(a, a, a);
    case LANES_CMYK:
        d = 255 - d;
        return canvas_rgb((255 - a) * d / 255, (255 - b) * d / 255, (255 - c) * d / 255);
    }
    return word & 0xFFFFFF00;
}

static PIX *grey_of_rgb(PIX *rgb, struct err *err)
{
    uint32_t width = (uint32_t)pixGetWidth(rgb), height = (uint32_t)pixGetHeight(rgb);
    PIX *grey = canvas_new(width, height, 8, err);
    for (uint32_t y = 0; grey && y < height; y++) {
        const uint32_t *from = canvas_row(rgb, y);
        uint32_t *to = canvas_row(grey, y);
        for (uint32_t x = 0; x < width; x++)
            SET_DATA_BYTE(to, x,
                          canvas_luma(from[x] >> 24, from[x] >> 16 & 255, from[x] >> 8 & 255));
    }
    return grey;
}

PIX *canvas_settle(PIX *pix, enum lanes lanes, enum scan_mode mode, struct err *err)
{
    CLEANUP(canvas_freep) PIX *taken = pix;
    uint32_t width = (uint32_t)pixGetWidth(pix), height = (uint32_t)pixGetHeight(pix);
    for (uint32_t y = 0; y < height; y++) {
        uint32_t *row = canvas_row(pix, y);
        for (uint32_t x = 0; x < width; x++)
            row[x] = settle_word(row[x], lanes);
    }
    (void)pixSetSpp(pix, 3);
    if (mode == SCAN_GREY || lanes == LANES_GREY_ALPHA)
        return grey_of_rgb(pix, err);
    return TAKE(taken);
}

PIX *canvas_orient(PIX *pix, uint32_t orientation, struct err *err)
{
    /* quarter turns clockwise, then a flip: of columns (L) or of rows (T) */
    static const struct {
        int quads;
        char flip;
    } how[] = {{0, 0}, {0, 0}, {0, 'L'}, {2, 0}, {0, 'T'}, {1, 'L'}, {1, 0}, {1, 'T'}, {3, 0}};
    if (orientation < 2 || orientation >= ARRAY_LEN(how))
        return pix;
    CLEANUP(canvas_freep) PIX *taken = pix;
    CLEANUP(canvas_freep)
    PIX *turned =
        how[orientation].quads ? pixRotateOrth(pix, how[orientation].quads) : pixClone(pix);
    PIX *flipped = NULL;
    if (turned)
        flipped = how[orientation].flip == 'L'   ? pixFlipLR(NULL, turned)
                  : how[orientation].flip == 'T' ? pixFlipTB(NULL, turned)
                                                 : pixClone(turned);
    if (!flipped) { /* UNTESTED: memory */
        errno = ENOMEM;
        err_sys(err, "turn the picture");
    }
    return flipped;
}

void canvas_set_dpi(PIX *pix, int dpi)
{
    (void)pixSetXRes(pix, dpi);
    (void)pixSetYRes(pix, dpi);
}

struct image *canvas_finish(PIX *pix, double dpi, struct err *err)
{
    int known = dpi >= DPI_MIN && dpi <= DPI_MAX ? (int)(dpi + 0.5) : 0;
    canvas_set_dpi(pix, known);
    return image_of_pix(pix, err);
}
