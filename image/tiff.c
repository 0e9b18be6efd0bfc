/* image/tiff.c - TIFF in all its variants, and bare fax data, by libtiff.
 *
 * The chain of directories is walked here, not by libtiff: bounded, loops end it, and a link that
 * leads out of the file counts as one page that cannot be read, so that nobody takes a cut file for
 * a short one. Samples are read here too and brought to 8 bits whatever their width; only the
 * colour spaces of photography (YCbCr without JPEG, L*a*b*, LogLuv, old JPEG) go through libtiff's
 * own conversion. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "image/format.h"
#include "image/samples.h"

#define SAMPLES_MAX          16 /* per pixel */
#define TIFF_ALLOC_MIN_BYTES (64 * MIB)
#define TIFF_BYTES_PER_PIXEL 8 /* of one allocation inside libtiff; 64-bit floats need as much */
#define PALETTE_BITS_MAX     16

/* ---- a file in memory, as libtiff wants to see it */

struct cursor {
    struct span data;
    uint64_t at;
};

static tmsize_t cursor_read(thandle_t handle, void *to, tmsize_t len)
{
    struct cursor *cursor = handle;
    if (len <= 0 || cursor->at >= cursor->data.len)
        return 0;
    size_t left = cursor->data.len - cursor->at;
    size_t got = (size_t)len < left ? (size_t)len : left;
    memcpy(to, cursor->data.data + cursor->at, got);
    cursor->at += got;
    return (tmsize_t)got;
}

static tmsize_t cursor_write(thandle_t handle, void *from, tmsize_t len)
{
    (void)handle, (void)from, (void)len;
    return 0;
}

static toff_t cursor_seek(thandle_t handle, toff_t to, int whence)
{
    struct cursor *cursor = handle;
    uint64_t base = whence == SEEK_CUR ? cursor->at : whence == SEEK_END ? cursor->data.len : 0;
    cursor->at = base + to; /* past the end reads nothing */
    return cursor->at;
}

static int cursor_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t cursor_size(thandle_t handle)
{
    return ((struct cursor *)handle)->data.len;
}

static int say_nothing(TIFF *tif, void *user, const char *module, const char *fmt, va_list args)
{
    (void)tif, (void)user, (void)module, (void)fmt, (void)args;
    return 1;
}

static TIFF *open_memory(struct cursor *cursor, uint64_t alloc_max_bytes, struct err *err)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) { /* UNTESTED: memory */
        errno = ENOMEM;
        err_sys(err, "open");
        return NULL;
    }
    if (alloc_max_bytes < TIFF_ALLOC_MIN_BYTES)
        alloc_max_bytes = TIFF_ALLOC_MIN_BYTES;
    TIFFOpenOptionsSetMaxSingleMemAlloc(
        options, alloc_max_bytes > INT64_MAX ? INT64_MAX : (tmsize_t)alloc_max_bytes);
    TIFFOpenOptionsSetErrorHandlerExtR(options, say_nothing, NULL);
    TIFFOpenOptionsSetWarningHandlerExtR(options, say_nothing, NULL);
    TIFF *tif = TIFFClientOpenExt("memory", "rm", cursor, cursor_read, cursor_write, cursor_seek,
                                  cursor_close, cursor_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    if (!tif)
        err_input(err, REASON_DAMAGED, "the header or first directory cannot be read");
    return tif;
}

static void close_tiff(TIFF **tif)
{
    if (*tif)
        TIFFClose(*tif);
}

static void free_memory(uint8_t **memory)
{
    free(*memory);
}

/* ---- the chain of directories */

struct tiff {
    TIFF *tif;
    struct cursor cursor;
    uint64_t *directories; /* offsets, one a page */
};

static bool tiff_sniff(struct span data)
{
    return data.len >= 4 &&
           (memcmp(data.data, "II*\0", 4) == 0 || memcmp(data.data, "MM\0*", 4) == 0 ||
            memcmp(data.data, "II+\0", 4) == 0 || memcmp(data.data, "MM\0+", 4) == 0);
}

/* Reads `bytes` (2, 4, 8) at off in the file's order; false past the end. */
static bool number_at(struct span data, uint64_t off, uint32_t bytes, uint64_t *ret_number)
{
    if (off > data.len || data.len - off < bytes)
        return false;
    uint64_t number = 0;
    for (uint32_t i = 0; i < bytes; i++)
        number = number << 8 | data.data[off + (data.data[0] == 'M' ? i : bytes - 1 - i)];
    *ret_number = number;
    return true;
}

/* Where the directory after the one at `off` is; 0: none. False: this one is cut off. */
static bool next_directory(struct span data, bool big, uint64_t off, uint64_t *ret_next)
{
    uint64_t entries = 0;
    if (!number_at(data, off, big ? 8 : 2, &entries) || entries > data.len / 12)
        return false;
    off += big ? 8 + entries * 20 : 2 + entries * 12;
    return number_at(data, off, big ? 8 : 4, ret_next);
}

static bool is_known(const struct tiff *tiff, uint32_t pages, uint64_t off)
{
    for (uint32_t i = 0; i < pages; i++)
        if (tiff->directories[i] == off)
            return true;
    return false;
}

static int walk_directories(struct scan *scan, struct err *err)
{
    struct tiff *tiff = scan->state;
    struct span data = scan->data;
    bool big = data.data[2] == '+' || data.data[3] == '+';
    uint64_t off = 0;
    uint32_t room = 0;
    if (!number_at(data, big ? 8 : 4, big ? 8 : 4, &off))
        return err_input(err, REASON_DAMAGED, "the header is cut off");
    scan->pages = 0;
    while (off != 0 && !is_known(tiff, scan->pages, off) && scan->pages <= scan->limits.pages_max) {
        if (scan->pages == room) {
            room = room ? room * 2 : 16;
            uint64_t *more = realloc(tiff->directories, room * sizeof *more);
            if (!more) { /* UNTESTED: memory */
                errno = ENOMEM;
                return err_sys(err, "list the pages");
            }
            tiff->directories = more;
        }
        tiff->directories[scan->pages++] = off;
        if (!next_directory(data, big, off, &off))
            off = 0;
    }
    if (scan->pages == 0)
        return err_input(err, REASON_NO_PAGES, "no directory");
    return 0;
}

static int tiff_open(struct scan *scan, struct err *err)
{
    struct tiff *tiff = canvas_memory(1, sizeof *tiff, err);
    if (!tiff)
        return -1; /* UNTESTED: memory */
    scan->state = tiff;
    tiff->cursor.data = scan->data;
    if (walk_directories(scan, err) < 0)
        return -1;
    uint64_t pixels = scan->limits.pixels_max;
    tiff->tif = open_memory(
        &tiff->cursor,
        pixels > INT64_MAX / TIFF_BYTES_PER_PIXEL ? INT64_MAX : pixels * TIFF_BYTES_PER_PIXEL, err);
    return tiff->tif ? 0 : -1;
}

static void tiff_close(struct scan *scan)
{
    struct tiff *tiff = scan->state;
    if (!tiff)
        return;
    close_tiff(&tiff->tif);
    free(tiff->directories);
    free(tiff);
}

/* ---- one page */

enum paint {
    PAINT_BITS,    /* into 1 bpp */
    PAINT_GREY,    /* first sample, into 8 bpp */
    PAINT_PALETTE, /* into RGB */
    PAINT_LANES,   /* samples side by side in 32 bits, see enum lanes */
};

struct page {
    TIFF *tif;
    const struct scan_limits *limits;
    PIX *pix;
    uint32_t width_px, height_px;
    struct samples samples;
    uint16_t per_pixel;
    uint16_t photometric, compression, orientation, alpha; /* alpha: EXTRASAMPLE_... or 0 */
    bool planar;                                           /* one plane a sample */
    enum paint paint;
    enum lanes lanes;
    uint32_t lanes_len;
    uint16_t *red, *green, *blue; /* libtiff's palette */
    bool measuring;               /* a first pass over floats finds their range */
    uint32_t rows_good;
};

static uint64_t row_bytes(const struct page *page, uint32_t pixels)
{
    uint64_t per_row = page->planar ? 1 : page->per_pixel;
    return (pixels * per_row * page->samples.bits + 7) / 8;
}

static void measure(struct page *page, const uint8_t *from, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        double real = sample_real(&page->samples, from, i);
        page->samples.low = real < page->samples.low ? real : page->samples.low;
        page->samples.high = real > page->samples.high ? real : page->samples.high;
    }
}

static void put_palette(const struct page *page, uint32_t *row, const uint8_t *from, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t index = sample_raw(&page->samples, from, (size_t)i * page->per_pixel);
        row[i] = canvas_rgb(page->red[index] >> 8, page->green[index] >> 8, page->blue[index] >> 8);
    }
}

static void put_lanes(const struct page *page, uint32_t *row, const uint8_t *from, uint32_t n,
                      uint32_t plane)
{
    uint32_t first = page->planar ? plane : 0;
    uint32_t last = page->planar ? plane + 1 : page->lanes_len;
    uint32_t step = page->planar ? 1 : page->per_pixel;
    for (uint32_t lane = first; lane < last && lane < 4; lane++) {
        uint32_t shift = 24 - 8 * lane;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t value = sample_8(&page->samples, from, (size_t)i * step + lane - first);
            row[i] = (row[i] & ~(UINT32_C(255) << shift)) | value << shift;
        }
    }
}

/* Puts n pixels of one plane at (x, y). */
static void put_pixels(struct page *page, uint32_t y, uint32_t x, struct span from, uint32_t plane)
{
    uint32_t n = page->width_px - x;
    uint64_t per_pixel_bits =
        page->planar ? page->samples.bits : (uint64_t)page->samples.bits * page->per_pixel;
    if (n > from.len * 8 / per_pixel_bits)
        n = (uint32_t)(from.len * 8 / per_pixel_bits);
    uint8_t flip = page->photometric == PHOTOMETRIC_MINISWHITE ? 255 : 0;
    if (page->measuring) {
        measure(page, from.data, (size_t)n * (page->planar ? 1 : page->per_pixel));
        return;
    }
    uint32_t *row = canvas_row(page->pix, y);
    switch (page->paint) {
    case PAINT_BITS: /* Leptonica's 1 is black: what the file calls 0 when that is black */
        canvas_put_bytes(page->pix, y, x / 8, from, (uint8_t)~flip);
        break;
    case PAINT_GREY:
        if (page->samples.bits == 8 && page->samples.kind == SAMPLE_UNSIGNED &&
            (page->per_pixel == 1 || page->planar)) {
            canvas_put_bytes(page->pix, y, x, span_of(from.data, n), flip);
            break;
        }
        for (uint32_t i = 0; i < n; i++)
            SET_DATA_BYTE(row, x + i,
                          flip ^ sample_8(&page->samples, from.data,
                                          (size_t)i * (page->planar ? 1 : page->per_pixel)));
        break;
    case PAINT_PALETTE:
        put_palette(page, row + x, from.data, n);
        break;
    case PAINT_LANES:
        put_lanes(page, row + x, from.data, n, plane);
        break;
    }
}

static int unsupported(struct err *err, const char *what)
{
    return err_input(err, REASON_UNSUPPORTED, "%s", what);
}

/* Some writers say one row a strip and then put the whole page into the first. */
static void mend_rows_per_strip(const struct page *page, uint64_t row_len, uint32_t *per_strip)
{
    if (page->compression != COMPRESSION_NONE || page->planar || *per_strip == page->height_px ||
        TIFFGetStrileByteCount(page->tif, 1) != 0 ||
        TIFFGetStrileByteCount(page->tif, 0) < row_len * page->height_px)
        return;
    if (TIFFSetField(page->tif, TIFFTAG_ROWSPERSTRIP, page->height_px))
        *per_strip = page->height_px;
}

static int read_strips(struct page *page, uint32_t planes, struct err *err)
{
    uint64_t len = TIFFScanlineSize64(page->tif), need = row_bytes(page, page->width_px);
    uint32_t per_strip = 0;
    if (len < need || len > need * 4 + KIB)
        return unsupported(err, "the rows are not as long as their samples");
    CLEANUP(free_memory) uint8_t *row = canvas_memory(len, 1, err);
    if (!row)
        return -1;
    (void)TIFFGetFieldDefaulted(page->tif, TIFFTAG_ROWSPERSTRIP, &per_strip);
    if (per_strip == 0 || per_strip > page->height_px)
        per_strip = page->height_px;
    mend_rows_per_strip(page, need, &per_strip);
    for (uint32_t plane = 0; plane < planes; plane++) {
        uint32_t good = 0;
        for (uint32_t y = 0; y < page->height_px;) {
            if (TIFFReadScanline(page->tif, row, y, (uint16_t)plane) < 0) {
                y = (y / per_strip + 1) * per_strip; /* the next strip may be whole */
                continue;
            }
            put_pixels(page, y++, 0, span_of(row, need), plane);
            good++;
        }
        page->rows_good = plane == 0 || good < page->rows_good ? good : page->rows_good;
    }
    return 0;
}

static int read_tiles(struct page *page, uint32_t planes, struct err *err)
{
    uint32_t width = 0, height = 0, good = 0, all = 0;
    (void)TIFFGetField(page->tif, TIFFTAG_TILEWIDTH, &width);
    (void)TIFFGetField(page->tif, TIFFTAG_TILELENGTH, &height);
    if (width == 0 || height == 0 || width > page->limits->side_max_px ||
        height > page->limits->side_max_px || (uint64_t)width * height > page->limits->pixels_max ||
        width % 8 != 0)
        return unsupported(err, "the size of the tiles");
    uint64_t len = TIFFTileSize64(page->tif), row_len = TIFFTileRowSize64(page->tif);
    if (row_len < row_bytes(page, width) || len < row_len * height ||
        len > row_bytes(page, width) * height * 4)
        return unsupported(err, "the tiles are not as big as their samples");
    CLEANUP(free_memory) uint8_t *tile = canvas_memory(len, 1, err);
    if (!tile)
        return -1;
    for (uint32_t plane = 0; plane < planes; plane++)
        for (uint64_t y = 0; y < page->height_px; y += height)
            for (uint64_t x = 0; x < page->width_px; x += width) {
                all++;
                if (TIFFReadTile(page->tif, tile, (uint32_t)x, (uint32_t)y, 0, (uint16_t)plane) < 0)
                    continue;
                good++;
                for (uint32_t i = 0; i < height && y + i < page->height_px; i++)
                    put_pixels(page, (uint32_t)y + i, (uint32_t)x,
                               span_of(tile + i * row_len, row_bytes(page, width)), plane);
            }
    page->rows_good = (uint32_t)((uint64_t)page->height_px * good / (all ? all : 1));
    return 0;
}

static int read_samples(struct page *page, struct err *err)
{
    uint32_t planes = page->planar && page->paint == PAINT_LANES ? page->lanes_len : 1;
    return TIFFIsTiled(page->tif) ? read_tiles(page, planes, err) : read_strips(page, planes, err);
}

/* What kind of picture the samples make. False: libtiff has to convert. */
static bool choose_paint(struct page *page)
{
    switch (page->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MASK:
        page->paint = PAINT_GREY;
        if (page->samples.bits == 1 && page->per_pixel == 1)
            page->paint = PAINT_BITS;
        if (page->per_pixel == 2 && page->alpha && page->photometric != PHOTOMETRIC_MINISWHITE) {
            page->paint = PAINT_LANES;
            page->lanes = LANES_GREY_ALPHA;
            page->lanes_len = 2;
        }
        return true;
    case PHOTOMETRIC_PALETTE:
        page->paint = PAINT_PALETTE;
        return page->samples.bits <= PALETTE_BITS_MAX && page->samples.kind == SAMPLE_UNSIGNED &&
               TIFFGetField(page->tif, TIFFTAG_COLORMAP, &page->red, &page->green, &page->blue);
    case PHOTOMETRIC_RGB:
        page->paint = page->per_pixel >= 3 ? PAINT_LANES : PAINT_GREY;
        page->lanes_len = page->per_pixel >= 4 && page->alpha ? 4 : 3;
        page->lanes = page->lanes_len == 3                    ? LANES_RGB
                      : page->alpha == EXTRASAMPLE_ASSOCALPHA ? LANES_RGBA_PREMULTIPLIED
                                                              : LANES_RGBA;
        return true;
    case PHOTOMETRIC_SEPARATED:
        page->paint = PAINT_LANES;
        page->lanes = LANES_CMYK; /* without black the fourth lane stays 0 */
        page->lanes_len = page->per_pixel >= 4 ? 4 : 3;
        return page->per_pixel >= 3;
    default:
        return false;
    }
}

static int describe_samples(struct page *page, struct err *err)
{
    uint16_t bits = 1, format = SAMPLEFORMAT_UINT, planar = PLANARCONFIG_CONTIG, extras = 0;
    uint16_t *extra = NULL;
    (void)TIFFGetFieldDefaulted(page->tif, TIFFTAG_BITSPERSAMPLE, &bits);
    (void)TIFFGetFieldDefaulted(page->tif, TIFFTAG_SAMPLESPERPIXEL, &page->per_pixel);
    (void)TIFFGetFieldDefaulted(page->tif, TIFFTAG_SAMPLEFORMAT, &format);
    (void)TIFFGetFieldDefaulted(page->tif, TIFFTAG_PLANARCONFIG, &planar);
    (void)TIFFGetFieldDefaulted(page->tif, TIFFTAG_COMPRESSION, &page->compression);
    if (TIFFGetField(page->tif, TIFFTAG_EXTRASAMPLES, &extras, &extra) && extras > 0)
        page->alpha = extra[0];
    if (page->per_pixel == 0 || page->per_pixel > SAMPLES_MAX || bits == 0 ||
        bits > SAMPLE_BITS_MAX)
        return unsupported(err, "the number or width of samples");
    bool reals = format == SAMPLEFORMAT_IEEEFP;
    if (reals && bits != 16 && bits != 24 && bits != 32 && bits != 64)
        return unsupported(err, "floating point numbers of this width");
    if (format == SAMPLEFORMAT_COMPLEXINT || format == SAMPLEFORMAT_COMPLEXIEEEFP)
        return unsupported(err, "complex numbers");
    page->planar = planar == PLANARCONFIG_SEPARATE && page->per_pixel > 1;
    page->samples = (struct samples){.bits = bits,
                                     .kind = reals                        ? SAMPLE_FLOAT
                                             : format == SAMPLEFORMAT_INT ? SAMPLE_SIGNED
                                                                          : SAMPLE_UNSIGNED,
                                     .native = true,
                                     .low = 0,
                                     .high = 1};
    return 0;
}

static int describe_page(struct page *page, struct err *err)
{
    uint32_t width = 0, height = 0;
    if (!TIFFGetField(page->tif, TIFFTAG_IMAGEWIDTH, &width) ||
        !TIFFGetField(page->tif, TIFFTAG_IMAGELENGTH, &height))
        return err_input(err, REASON_DAMAGED, "the size is missing");
    if (canvas_check(page->limits, width, height, err) < 0)
        return -1;
    page->width_px = width;
    page->height_px = height;
    page->orientation = ORIENTATION_TOPLEFT;
    (void)TIFFGetField(page->tif, TIFFTAG_ORIENTATION, &page->orientation);
    if (describe_samples(page, err) < 0)
        return -1;
    if (!TIFFGetField(page->tif, TIFFTAG_PHOTOMETRIC, &page->photometric))
        page->photometric = page->per_pixel >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISWHITE;
    if (page->compression == COMPRESSION_JPEG && page->photometric == PHOTOMETRIC_YCBCR &&
        !page->planar && page->per_pixel == 3) {
        (void)TIFFSetField(page->tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        page->photometric = PHOTOMETRIC_RGB;
    }
    return 0;
}

static double resolution_dpi(TIFF *tif)
{
    float resolution = 0;
    uint16_t unit = RESUNIT_INCH;
    (void)TIFFGetFieldDefaulted(tif, TIFFTAG_RESOLUTIONUNIT, &unit);
    if (!TIFFGetField(tif, TIFFTAG_XRESOLUTION, &resolution) || unit == RESUNIT_NONE)
        return 0;
    return (double)resolution * (unit == RESUNIT_CENTIMETER ? 2.54 : 1);
}

/* Damage in the second half of a page still leaves the letterhead and most of the text. */
static int check_rows(const struct page *page, struct err *err)
{
    if (page->rows_good < (page->height_px + 1) / 2)
        return err_input(err, REASON_DAMAGED, "only %u of %u rows can be read", page->rows_good,
                         page->height_px);
    return 0;
}

static PIX *decode_samples(struct page *page, enum scan_mode mode, struct err *err)
{
    if (page->samples.kind == SAMPLE_FLOAT) {
        page->measuring = true;
        if (read_samples(page, err) < 0)
            return NULL;
        page->measuring = false;
    }
    int depth = page->paint == PAINT_BITS ? 1 : page->paint == PAINT_GREY ? 8 : 32;
    CLEANUP(canvas_freep) PIX *pix = canvas_new(page->width_px, page->height_px, depth, err);
    if (!pix)
        return NULL;
    if (page->paint == PAINT_LANES && page->lanes == LANES_CMYK)
        (void)pixClearAll(pix); /* no ink is white */
    page->pix = pix;
    if (read_samples(page, err) < 0 || check_rows(page, err) < 0)
        return NULL;
    if (depth == 1)
        (void)pixSetPadBits(pix, 0);
    if (depth == 32)
        return canvas_settle(TAKE(pix), page->paint == PAINT_LANES ? page->lanes : LANES_RGB, mode,
                             err);
    return TAKE(pix);
}

static int convert_rows(TIFFRGBAImage *convert, PIX *pix, const struct page *page, struct err *err)
{
    convert->req_orientation = convert->orientation; /* turned later, as every other page */
    uint32_t *words = pixGetData(pix);
    if (!TIFFRGBAImageGet(convert, words, page->width_px, page->height_px))
        return err_input(err, REASON_DAMAGED, "the picture cannot be read");
    for (size_t i = 0; i < (size_t)page->width_px * page->height_px; i++)
        words[i] = TIFFGetR(words[i]) << 24 | TIFFGetG(words[i]) << 16 | TIFFGetB(words[i]) << 8 |
                   TIFFGetA(words[i]);
    return 0;
}

/* libtiff's own conversion to RGB, straight into the picture. */
static PIX *decode_converted(struct page *page, enum scan_mode mode, struct err *err)
{
    char why[1024] = "";
    TIFFRGBAImage convert;
    if (page->photometric == PHOTOMETRIC_LOGL || page->photometric == PHOTOMETRIC_LOGLUV)
        (void)TIFFSetField(page->tif, TIFFTAG_SGILOGDATAFMT, SGILOGDATAFMT_8BIT);
    if (!TIFFRGBAImageOK(page->tif, why) || !TIFFRGBAImageBegin(&convert, page->tif, 1, why)) {
        unsupported(err, why[0] ? why : "this kind of colour");
        return NULL;
    }
    CLEANUP(canvas_freep) PIX *pix = canvas_new(page->width_px, page->height_px, 32, err);
    int rc = pix ? convert_rows(&convert, pix, page, err) : -1;
    TIFFRGBAImageEnd(&convert);
    if (rc < 0)
        return NULL;
    return canvas_settle(TAKE(pix), LANES_RGBA_PREMULTIPLIED, mode, err);
}

static struct image *tiff_decode(struct scan *scan, uint32_t index, enum scan_mode mode,
                                 struct err *err)
{
    struct tiff *tiff = scan->state;
    struct page page = {.tif = tiff->tif, .limits = &scan->limits};
    if (!TIFFSetSubDirectory(tiff->tif, tiff->directories[index])) {
        err_input(err, REASON_DAMAGED, "the directory cannot be read");
        return NULL;
    }
    if (describe_page(&page, err) < 0)
        return NULL;
    CLEANUP(canvas_freep)
    PIX *pix =
        choose_paint(&page) ? decode_samples(&page, mode, err) : decode_converted(&page, mode, err);
    if (!pix)
        return NULL;
    double dpi = resolution_dpi(tiff->tif);
    CLEANUP(canvas_freep) PIX *upright = canvas_orient(TAKE(pix), page.orientation, err);
    return upright ? canvas_finish(TAKE(upright), dpi, err) : NULL;
}

const struct format format_tiff = {.name = "tiff",
                                   .sniff = tiff_sniff,
                                   .open = tiff_open,
                                   .close = tiff_close,
                                   .decode = tiff_decode};

/* ---- bare fax data, as PDF keeps it: given a TIFF header of its own */

struct tag {
    uint16_t id;
    uint32_t value;
};

static void put_tag(uint8_t *to, struct tag tag)
{
    put_le16(to, tag.id);
    put_le16(to + 2, TIFF_LONG);
    put_le32(to + 4, 1);
    put_le32(to + 8, tag.value);
}

/* Leptonica packs a file of one strip; the strip is what is wanted. */
int fax_encode(PIX *pix, struct bytes *out, struct err *err)
{
    CLEANUP(free_memory) uint8_t *file = NULL;
    size_t len = 0;
    if (pixWriteMemTiff(&file, &len, pix, IFF_TIFF_G4)) { /* UNTESTED: memory */
        errno = ENOMEM;
        return err_sys(err, "pack as Group 4");
    }
    struct cursor cursor = {.data = span_of(file, len)};
    CLEANUP(close_tiff) TIFF *tif = open_memory(&cursor, len, err);
    if (!tif)
        return -1; /* UNTESTED: memory */
    uint64_t bytes = TIFFGetStrileByteCount(tif, 0);
    if (TIFFNumberOfStrips(tif) != 1 || bytes == 0 || bytes > len) /* UNTESTED: Leptonica's ways */
        return err_set(err, ERR_SYSTEM, "pack as Group 4: not one strip");
    if (bytes_reserve(out, bytes, err) < 0)
        return -1; /* UNTESTED: memory */
    if (TIFFReadRawStrip(tif, 0, out->data + out->len, (tmsize_t)bytes) != (tmsize_t)bytes)
        return err_set(err, ERR_SYSTEM, "pack as Group 4: the strip cannot be read"); /* UNTESTED */
    out->len += bytes;
    return 0;
}

PIX *fax_decode(struct span data, const struct fax_options *opt, struct err *err)
{
    enum { HEADER = 8, TAGS = 9, DIRECTORY = 2 + TAGS * 12 + 4, START = HEADER + DIRECTORY };
    static const uint32_t compressions[] = {[FAX_GROUP4] = COMPRESSION_CCITTFAX4,
                                            [FAX_GROUP3] = COMPRESSION_CCITTFAX3,
                                            [FAX_GROUP3_2D] = COMPRESSION_CCITTFAX3,
                                            [FAX_ROWS_ALIGNED] = COMPRESSION_CCITTRLE};
    if (data.len > UINT32_MAX - START) {
        err_input(err, REASON_FILE_TOO_BIG, "fax data of %zu bytes", data.len);
        return NULL; /* UNTESTED: 4 GiB */
    }
    const struct tag tags[TAGS] = {
        {TIFFTAG_IMAGEWIDTH, opt->width_px},
        {TIFFTAG_IMAGELENGTH, opt->height_px},
        {TIFFTAG_COMPRESSION, compressions[opt->kind]},
        {TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE},
        {TIFFTAG_STRIPOFFSETS, START},
        {TIFFTAG_SAMPLESPERPIXEL, 1},
        {TIFFTAG_ROWSPERSTRIP, opt->height_px},
        {TIFFTAG_STRIPBYTECOUNTS, (uint32_t)data.len},
        {TIFFTAG_GROUP3OPTIONS, opt->kind == FAX_GROUP3_2D ? GROUP3OPT_2DENCODING : 0},
    };
    CLEANUP(bytes_done) struct bytes file = {0};
    uint8_t head[START] = "II*\0\10";
    put_le16(head + HEADER, TAGS);
    for (size_t i = 0; i < TAGS; i++)
        put_tag(head + HEADER + 2 + i * 12, tags[i]);
    if (bytes_append(&file, span_of(head, sizeof head), err) < 0 ||
        bytes_append(&file, data, err) < 0)
        return NULL;
    struct cursor cursor = {.data = bytes_span(&file)};
    CLEANUP(close_tiff) TIFF *tif = open_memory(&cursor, file.len, err);
    const struct scan_limits limits = {UINT64_MAX, UINT32_MAX, 1}; /* the caller has checked */
    struct page page = {.tif = tif, .limits = &limits};
    if (!tif || describe_page(&page, err) < 0 || !choose_paint(&page))
        return NULL;
    return decode_samples(&page, SCAN_GREY, err);
}
