/* image/other.c - BMP, GIF, PNM, WebP and JPEG 2000 by Leptonica.
 *
 * Its readers believe the header, so the header is read here first and held against the limits. */
#include <string.h>

#include "image/format.h"

#define GIF_FRAMES_MAX     1000
#define PNM_HEADER_MAX     4096 /* bytes of comments before the size */
#define JP2_BOXES_MAX      64
#define JP2_COMPONENTS_MAX 16

static bool starts_with(struct span data, size_t off, const char *mark, size_t len)
{
    return data.len >= off + len && memcmp(data.data + off, mark, len) == 0;
}

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static int cut_off(struct err *err)
{
    return err_input(err, REASON_DAMAGED, "the header is cut off");
}

static struct image *decode(struct scan *scan, uint32_t index, enum scan_mode mode, struct err *err)
{
    (void)index;
    CLEANUP(canvas_freep) PIX *pix = pixReadMem(scan->data.data, scan->data.len);
    if (!pix) {
        err_input(err, REASON_DAMAGED, "the picture cannot be read");
        return NULL;
    }
    double dpi = pixGetXRes(pix);
    CLEANUP(image_freep) struct image *image = canvas_finish(TAKE(pix), dpi, err);
    if (!image || mode != SCAN_GREY || image_depth(image) != 32)
        return TAKE(image);
    pix = canvas_settle(pixCopy(NULL, image_pix(image)), LANES_RGB, SCAN_GREY, err);
    return pix ? canvas_finish(TAKE(pix), dpi, err) : NULL;
}

/* ---- BMP */

static bool bmp_sniff(struct span data)
{
    return starts_with(data, 0, "BM", 2) && data.len >= 18 && get_le32(data.data + 14) <= 128;
}

static int bmp_open(struct scan *scan, struct err *err)
{
    enum { SIZE = 14, CORE_SIZE = 12 };
    const uint8_t *at = scan->data.data;
    if (scan->data.len < 54)
        return cut_off(err);
    if (get_le32(at + SIZE) == CORE_SIZE)
        return canvas_check(&scan->limits, get_le16(at + 18), get_le16(at + 20), err);
    int64_t width = (int32_t)get_le32(at + 18), height = (int32_t)get_le32(at + 22);
    if (width < 0)
        return err_input(err, REASON_DAMAGED, "the width is negative");
    return canvas_check(&scan->limits, (uint64_t)width, (uint64_t)(height < 0 ? -height : height),
                        err);
}

const struct format format_bmp = {
    .name = "bmp", .sniff = bmp_sniff, .open = bmp_open, .decode = decode};

/* ---- GIF: giflib unpacks every frame, so the sum of all is what counts */

static bool gif_sniff(struct span data)
{
    return starts_with(data, 0, "GIF87a", 6) || starts_with(data, 0, "GIF89a", 6);
}

static size_t gif_table_bytes(uint8_t flags)
{
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

static size_t gif_skip_blocks(struct span data, size_t at)
{
    while (at < data.len && data.data[at] != 0)
        at += (size_t)data.data[at] + 1;
    return at + 1;
}

static int gif_open(struct scan *scan, struct err *err)
{
    struct span data = scan->data;
    uint64_t pixels = 0;
    uint32_t frames = 0;
    if (data.len < 13)
        return cut_off(err);
    if (canvas_check(&scan->limits, get_le16(data.data + 6), get_le16(data.data + 8), err) < 0)
        return -1;
    for (size_t at = 13 + gif_table_bytes(data.data[10]); at < data.len;) {
        if (data.data[at] == '!') {
            at = gif_skip_blocks(data, at + 2);
            continue;
        }
        if (data.data[at] != ',' || data.len - at < 11)
            break;
        const uint8_t *frame = data.data + at;
        if (canvas_check(&scan->limits, get_le16(frame + 5), get_le16(frame + 7), err) < 0)
            return -1;
        pixels += (uint64_t)get_le16(frame + 5) * get_le16(frame + 7);
        if (++frames > GIF_FRAMES_MAX || pixels > scan->limits.pixels_max)
            return err_input(err, REASON_PIXEL_LIMIT, "too many pixels in all frames");
        at = gif_skip_blocks(data, at + 10 + gif_table_bytes(frame[9]) + 1);
    }
    return frames > 0 ? 0 : err_input(err, REASON_DAMAGED, "no picture");
}

const struct format format_gif = {
    .name = "gif", .sniff = gif_sniff, .open = gif_open, .decode = decode};

/* ---- PNM */

static bool pnm_sniff(struct span data)
{
    return data.len >= 3 && data.data[0] == 'P' && data.data[1] >= '1' && data.data[1] <= '6' &&
           (data.data[2] == '#' || (data.data[2] >= '\t' && data.data[2] <= '\r') ||
            data.data[2] == ' ');
}

/* The next number, blanks and comments skipped; false when there is none. */
static bool pnm_number(struct span data, size_t *at, uint64_t *ret_number)
{
    bool comment = false, digits = false;
    uint64_t number = 0;
    for (; *at < data.len && *at < PNM_HEADER_MAX; ++*at) {
        uint8_t c = data.data[*at];
        if (!comment && c >= '0' && c <= '9' && number <= UINT32_MAX) {
            number = number * 10 + (c - '0');
            digits = true;
            continue;
        }
        if (digits)
            break;
        if (c == '\n')
            comment = false;
        else if (c == '#')
            comment = true;
        else if (!comment && c > ' ')
            return false;
    }
    *ret_number = number;
    return digits;
}

static int pnm_open(struct scan *scan, struct err *err)
{
    size_t at = 2;
    uint64_t width = 0, height = 0;
    if (!pnm_number(scan->data, &at, &width) || !pnm_number(scan->data, &at, &height))
        return err_input(err, REASON_DAMAGED, "no size");
    return canvas_check(&scan->limits, width, height, err);
}

const struct format format_pnm = {
    .name = "pnm", .sniff = pnm_sniff, .open = pnm_open, .decode = decode};

/* ---- WebP */

static bool webp_sniff(struct span data)
{
    return starts_with(data, 0, "RIFF", 4) && starts_with(data, 8, "WEBP", 4);
}

static int webp_open(struct scan *scan, struct err *err)
{
    const uint8_t *at = scan->data.data;
    uint32_t width = 0, height = 0;
    if (scan->data.len < 30)
        return cut_off(err);
    if (memcmp(at + 12, "VP8X", 4) == 0) {
        width = (get_le32(at + 24) & 0xFFFFFF) + 1;
        height = (get_le32(at + 26) >> 8) + 1;
    } else if (memcmp(at + 12, "VP8L", 4) == 0) {
        uint32_t sides = get_le32(at + 21);
        width = (sides & 0x3FFF) + 1;
        height = (sides >> 14 & 0x3FFF) + 1;
    } else {
        width = get_le16(at + 26) & 0x3FFF;
        height = get_le16(at + 28) & 0x3FFF;
    }
    return canvas_check(&scan->limits, width, height, err);
}

const struct format format_webp = {
    .name = "webp", .sniff = webp_sniff, .open = webp_open, .decode = decode};

/* ---- JPEG 2000: a bare codestream, or boxes around one; the codestream is what gets decoded */

#define JP2_CODESTREAM "\xFF\x4F\xFF\x51"

static bool jp2_sniff(struct span data)
{
    return starts_with(data, 0, "\0\0\0\x0CjP  \r\n\x87\n", 12) ||
           starts_with(data, 0, JP2_CODESTREAM, 4);
}

/* Where the codestream starts, or the length of the data. */
static size_t jp2_codestream(struct span data)
{
    size_t at = 0;
    if (starts_with(data, 0, JP2_CODESTREAM, 4))
        return 0;
    for (int i = 0; i < JP2_BOXES_MAX && at <= data.len && data.len - at >= 8; i++) {
        uint64_t len = be32(data.data + at);
        if (memcmp(data.data + at + 4, "jp2c", 4) == 0)
            return at + (len == 1 ? 16 : 8);
        if (len == 1 && data.len - at >= 16)
            len = (uint64_t)be32(data.data + at + 8) << 32 | be32(data.data + at + 12);
        if (len < 8 || len > data.len - at)
            break;
        at += len;
    }
    return data.len;
}

static int jp2_open(struct scan *scan, struct err *err)
{
    struct span data = scan->data;
    size_t at = jp2_codestream(data);
    if (!starts_with(data, at, JP2_CODESTREAM, 4) || data.len - at < 42)
        return err_input(err, REASON_DAMAGED, "no codestream");
    const uint8_t *size = data.data + at + 8; /* past the marker, its length and capabilities */
    uint32_t right = be32(size), bottom = be32(size + 4);
    uint32_t left = be32(size + 8), top = be32(size + 12);
    if (right <= left || bottom <= top || be16(size + 32) > JP2_COMPONENTS_MAX)
        return err_input(err, REASON_DAMAGED, "the size makes no sense");
    return canvas_check(&scan->limits, right - left, bottom - top, err);
}

const struct format format_jp2 = {
    .name = "jp2", .sniff = jp2_sniff, .open = jp2_open, .decode = decode};
