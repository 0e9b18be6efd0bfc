/* image/png.c - PNG by libpng: every depth, palette, transparency on white, interlaced. */
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "image/format.h"

#define CHUNK_BYTES_MAX  (8 * MIB) /* of one ancillary chunk, unpacked */
#define CHUNKS_CACHE_MAX 64
#define PNG_HEAD_BYTES   33 /* signature and IHDR */
#define METRES_PER_INCH  0.0254

struct reader {
    png_structp png;
    png_infop info;
    jmp_buf out;
    struct span data;
    size_t at;
    PIX *pix;
    uint8_t *row;
    uint32_t rows; /* that came whole, in the last pass */
    const char *why;
};

static void fail(png_structp png, png_const_charp why)
{
    struct reader *reader = png_get_error_ptr(png);
    reader->why = why;
    longjmp(reader->out, 1);
}

static void say_nothing(png_structp png, png_const_charp why)
{
    (void)png, (void)why;
}

static void feed(png_structp png, png_bytep to, size_t len)
{
    struct reader *reader = png_get_io_ptr(png);
    if (reader->data.len - reader->at < len)
        png_error(png, "the file is cut off");
    memcpy(to, reader->data.data + reader->at, len);
    reader->at += len;
}

static void reader_done(struct reader *reader)
{
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    pixDestroy(&reader->pix);
    free(reader->row);
}

static bool png_sniff(struct span data)
{
    return data.len >= 8 && memcmp(data.data, "\x89PNG\r\n\x1A\n", 8) == 0;
}

static uint32_t be32(const uint8_t *p)
{
    return __builtin_bswap32(get_le32(p));
}

static int png_open(struct scan *scan, struct err *err)
{
    if (scan->data.len < PNG_HEAD_BYTES || memcmp(scan->data.data + 12, "IHDR", 4) != 0)
        return err_input(err, REASON_DAMAGED, "the header is cut off");
    return canvas_check(&scan->limits, be32(scan->data.data + 16), be32(scan->data.data + 20), err);
}

/* Everything becomes 1-bit or 8-bit grey, RGB, or either with alpha. Returns the depth. */
static int choose_samples(struct reader *reader)
{
    png_structp png = reader->png;
    int colour = png_get_color_type(png, reader->info);
    bool clear = png_get_valid(png, reader->info, PNG_INFO_tRNS) != 0;
    if (colour == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, reader->info) == 1 && !clear)
        return 1;
    png_set_expand(png); /* palette and low depths to 8 bits, a clear colour to alpha */
    png_set_scale_16(png);
    return colour == PNG_COLOR_TYPE_GRAY && !clear ? 8 : 32;
}

static void put_row(struct reader *reader, uint32_t y, uint32_t channels)
{
    const uint8_t *from = reader->row;
    uint32_t *row = canvas_row(reader->pix, y);
    if (pixGetDepth(reader->pix) < 32) {
        uint8_t flip = pixGetDepth(reader->pix) == 1 ? 255 : 0;
        canvas_put_bytes(reader->pix, y, 0,
                         span_of(from, png_get_rowbytes(reader->png, reader->info)), flip);
        return;
    }
    for (uint32_t x = 0; x < (uint32_t)pixGetWidth(reader->pix); x++, from += channels)
        row[x] = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
                 (channels > 2 ? (uint32_t)from[2] << 8 : 0) | (channels > 3 ? from[3] : 0U);
}

/* An interlaced row is made of what earlier passes left in it. */
static void get_row(const struct reader *reader, uint32_t y, uint32_t channels)
{
    PIX *pix = reader->pix;
    const uint32_t *row = canvas_row(pix, y);
    uint8_t *to = reader->row;
    size_t len = png_get_rowbytes(reader->png, reader->info);
    if (pixGetDepth(pix) < 32) {
        for (size_t i = 0; i < len; i++)
            to[i] = GET_DATA_BYTE(row, i) ^ (pixGetDepth(pix) == 1 ? 255 : 0);
        return;
    }
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)(row[i / channels] >> (24 - 8 * (i % channels)));
}

static int read_rows(struct reader *reader, uint32_t height, struct err *err)
{
    int passes = png_set_interlace_handling(reader->png);
    png_read_update_info(reader->png, reader->info);
    uint32_t channels = png_get_channels(reader->png, reader->info);
    reader->row = canvas_memory(png_get_rowbytes(reader->png, reader->info), 1, err);
    if (!reader->row)
        return -1; /* UNTESTED: memory */
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++) {
            if (passes > 1)
                get_row(reader, y, channels);
            png_read_row(reader->png, reader->row, NULL);
            put_row(reader, y, channels);
            /* after the first passes of an interlaced picture every eighth pixel is there: useless
             * for reading, so only the last pass counts */
            reader->rows = pass == passes - 1 ? y + 1 : 0;
        }
    return 0;
}

static int decode_png(struct reader *reader, const struct scan *scan, struct err *err)
{
    png_structp png = reader->png;
    png_set_read_fn(png, reader, feed);
    png_set_user_limits(png, scan->limits.side_max_px, scan->limits.side_max_px);
    png_set_chunk_malloc_max(png, CHUNK_BYTES_MAX);
    png_set_chunk_cache_max(png, CHUNKS_CACHE_MAX);
    png_set_crc_action(png, PNG_CRC_DEFAULT, PNG_CRC_WARN_DISCARD);
    png_read_info(png, reader->info);
    uint32_t width = png_get_image_width(png, reader->info);
    uint32_t height = png_get_image_height(png, reader->info);
    int depth = choose_samples(reader);
    /* the chunk in front may differ from the one checked when the file was opened */
    if (canvas_check(&scan->limits, width, height, err) < 0)
        return -1;
    reader->pix = canvas_new(width, height, depth, err);
    if (!reader->pix)
        return -1;
    return read_rows(reader, height, err);
}

/* The jump lands here, in a function that has nothing of its own to lose by it. */
static int try_decode(struct reader *reader, const struct scan *scan, struct err *err)
{
    return setjmp(reader->out) == 0 ? decode_png(reader, scan, err) : 0;
}

static double resolution_dpi(const struct reader *reader)
{
    png_uint_32 x = 0, y = 0;
    int unit = PNG_RESOLUTION_UNKNOWN;
    if (!png_get_pHYs(reader->png, reader->info, &x, &y, &unit) || unit != PNG_RESOLUTION_METER)
        return 0;
    return x * METRES_PER_INCH;
}

static enum lanes lanes_of(const struct reader *reader)
{
    switch (png_get_channels(reader->png, reader->info)) {
    case 2:
        return LANES_GREY_ALPHA;
    case 4:
        return LANES_RGBA;
    default:
        return LANES_RGB;
    }
}

static int read_picture(struct reader *reader, const struct scan *scan, struct err *err)
{
    reader->data = scan->data;
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, fail, say_nothing);
    reader->info = reader->png ? png_create_info_struct(reader->png) : NULL;
    if (!reader->info) { /* UNTESTED: memory */
        errno = ENOMEM;
        return err_sys(err, "decode");
    }
    return try_decode(reader, scan, err);
}

static struct image *png_decode(struct scan *scan, uint32_t index, enum scan_mode mode,
                                struct err *err)
{
    (void)index;
    CLEANUP(reader_done) struct reader reader = {.at = 0};
    if (read_picture(&reader, scan, err) < 0)
        return NULL;
    if (!reader.pix || reader.rows < ((uint32_t)pixGetHeight(reader.pix) + 1) / 2) {
        err_input(err, REASON_DAMAGED, "%s", reader.why ? reader.why : "no picture");
        return NULL;
    }
    double dpi = resolution_dpi(&reader);
    CLEANUP(canvas_freep) PIX *pix = TAKE(reader.pix);
    if (pixGetDepth(pix) == 1)
        (void)pixSetPadBits(pix, 0);
    if (pixGetDepth(pix) == 32)
        pix = canvas_settle(TAKE(pix), lanes_of(&reader), mode, err);
    return pix ? canvas_finish(TAKE(pix), dpi, err) : NULL;
}

/* What IHDR says, as far as a PDF can say it too. */
static bool read_head(const uint8_t *head, struct embed *ret_embed)
{
    const uint32_t bits = head[8], colour = head[9];
    *ret_embed = (struct embed){.coding = EMBED_FLATE,
                                .width_px = be32(head),
                                .height_px = be32(head + 4),
                                .components = colour == PNG_COLOR_TYPE_RGB ? 3 : 1,
                                .bits = bits,
                                .orientation = 1,
                                .colour_transform = -1};
    return (colour == PNG_COLOR_TYPE_GRAY || colour == PNG_COLOR_TYPE_RGB) && head[10] == 0 &&
           head[11] == 0 && head[12] == PNG_INTERLACE_NONE && embed_valid(ret_embed, UINT32_MAX);
}

int png_rows(struct span png, struct embed *ret_embed, struct bytes *out, struct err *err)
{
    enum { SIGNATURE = 8, FRAME = 12, HEAD = 13 };
    const size_t start = out->len;
    struct embed embed;
    if (png.len < PNG_HEAD_BYTES || be32(png.data + SIGNATURE) != HEAD ||
        !read_head(png.data + SIGNATURE + 8, &embed))
        return 0;
    for (size_t at = SIGNATURE; png.len - at >= FRAME;) {
        const uint8_t *chunk = png.data + at;
        const uint32_t len = be32(chunk);
        if (len > png.len - at - FRAME || memcmp(chunk + 4, "tRNS", 4) == 0)
            break;
        if (memcmp(chunk + 4, "IDAT", 4) == 0 &&
            bytes_append(out, span_of(chunk + 8, len), err) < 0)
            return -1; /* UNTESTED: memory */
        at += FRAME + (size_t)len;
        if (memcmp(chunk + 4, "IEND", 4) != 0 || out->len == start)
            continue;
        *ret_embed = embed;
        return 1;
    }
    out->len = start;
    return 0;
}

static int png_embed(struct scan *scan, uint32_t index, struct embed *ret_embed, struct bytes *out,
                     struct err *err)
{
    (void)index;
    CLEANUP(reader_done) struct reader reader = {.at = 0};
    if (read_picture(&reader, scan, err) < 0)
        return -1;
    bool whole = reader.pix && !reader.why && reader.rows == (uint32_t)pixGetHeight(reader.pix);
    return whole ? png_rows(scan->data, ret_embed, out, err) : 0;
}

const struct format format_png = {
    .name = "png", .sniff = png_sniff, .open = png_open, .decode = png_decode, .embed = png_embed};
