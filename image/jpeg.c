/* image/jpeg.c - JPEG by libjpeg-turbo, its EXIF orientation and resolution by a parser of ours.
 *
 * A cut file is read as far as it goes, and counts as damaged when that is less than half. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "image/format.h"
#include "image/red.h"

/* The order of bytes in a word of Leptonica's. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PIX_COLOURS JCS_EXT_XBGR
#else
#define PIX_COLOURS JCS_EXT_RGBX
#endif
#define SCANS_MAX        200 /* a progressive file with more is built to burn time */
#define EXIF_ENTRIES_MAX 200

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf out;
    bool failed;
    bool cut; /* the data ended before the picture */
    PIX *pix;
    bool sifts; /* SCAN_READ of colours: sieve instead of pix */
    struct red_sieve sieve;
    uint32_t *row; /* as wide as four components */
    uint32_t rows;
};

static void fail(j_common_ptr jpeg)
{
    struct reader *reader = jpeg->client_data;
    reader->failed = true;
    longjmp(reader->out, 1);
}

static void say_nothing(j_common_ptr jpeg, int level)
{
    if (level < 0)
        jpeg->err->num_warnings++;
}

static void print_nothing(j_common_ptr jpeg)
{
    (void)jpeg;
}

/* Past the end libjpeg gets the end mark over and over; it then fills up with grey. */
static boolean fill_with_end(j_decompress_ptr jpeg)
{
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    struct reader *reader = jpeg->client_data;
    reader->cut = true;
    jpeg->src->next_input_byte = end;
    jpeg->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void reader_done(struct reader *reader)
{
    jpeg_destroy_decompress(&reader->jpeg);
    pixDestroy(&reader->pix);
    red_sieve_done(&reader->sieve);
    free(reader->row);
}

static bool jpeg_sniff(struct span data)
{
    return data.len >= 3 && memcmp(data.data, "\xFF\xD8\xFF", 3) == 0;
}

/* ---- EXIF */

struct exif {
    struct span tiff; /* what offsets count from */
    bool big_endian;
    uint32_t orientation;
    double dpi;
};

static uint32_t exif_number(const struct exif *exif, size_t off, size_t bytes)
{
    uint32_t number = 0;
    if (off > exif->tiff.len || exif->tiff.len - off < bytes)
        return 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | exif->tiff.data[off + (exif->big_endian ? i : bytes - 1 - i)];
    return number;
}

static void read_exif(struct exif *exif, struct span payload)
{
    enum { ORIENTATION = 0x112, X_RESOLUTION = 0x11A, UNIT = 0x128, CENTIMETRE = 3 };
    if (payload.len < 14 || memcmp(payload.data, "Exif\0", 5) != 0)
        return;
    exif->tiff = span_of(payload.data + 6, payload.len - 6);
    exif->big_endian = exif->tiff.data[0] == 'M';
    size_t at = exif_number(exif, 4, 4);
    uint32_t entries = exif_number(exif, at, 2), unit = 2;
    double resolution = 0;
    for (uint32_t i = 0; i < entries && i < EXIF_ENTRIES_MAX; i++) {
        size_t entry = at + 2 + (size_t)i * 12;
        uint32_t id = exif_number(exif, entry, 2);
        if (id == ORIENTATION)
            exif->orientation = exif_number(exif, entry + 8, 2);
        if (id == UNIT)
            unit = exif_number(exif, entry + 8, 2);
        if (id == X_RESOLUTION) {
            size_t ratio = exif_number(exif, entry + 8, 4);
            uint32_t over = exif_number(exif, ratio + 4, 4);
            resolution = over ? (double)exif_number(exif, ratio, 4) / over : 0;
        }
    }
    exif->dpi = resolution * (unit == CENTIMETRE ? 2.54 : 1);
}

static void read_markers(struct reader *reader, struct exif *exif)
{
    for (jpeg_saved_marker_ptr mark = reader->jpeg.marker_list; mark; mark = mark->next)
        if (exif->tiff.len == 0)
            read_exif(exif, span_of(mark->data, mark->data_length));
    const struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    if (jpeg->saw_JFIF_marker && jpeg->density_unit > 0)
        exif->dpi = jpeg->X_density * (jpeg->density_unit == 2 ? 2.54 : 1);
}

/* ---- pixels */

/* What libjpeg gave up on, if it did; its text is for English-speaking programmers but exact. */
static int refuse(struct reader *reader, struct err *err)
{
    char why[JMSG_LENGTH_MAX] = "less than half of the picture is there";
    enum reason reason = REASON_DAMAGED;
    int code = reader->errors.msg_code;
    if (reader->failed)
        reader->errors.format_message((j_common_ptr)&reader->jpeg, why);
    if (reader->failed && code == JERR_IMAGE_TOO_BIG)
        reason = REASON_PIXEL_LIMIT;
    if (reader->failed && (code == JERR_BAD_PRECISION || code == JERR_SOF_UNSUPPORTED ||
                           code == JERR_ARITH_NOTIMPL || code == JERR_CONVERSION_NOTIMPL))
        reason = REASON_UNSUPPORTED;
    return err_input(err, reason, "%s", why);
}

static void open_jpeg(struct reader *reader, struct span data)
{
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    jpeg_mem_src(jpeg, data.data, data.len);
    jpeg->src->fill_input_buffer = fill_with_end;
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xFFFF);
    (void)jpeg_read_header(jpeg, TRUE);
}

static void choose_colours(struct reader *reader, const struct jpeg_options *opt)
{
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    if (opt->colour_transform >= 0 && !jpeg->saw_Adobe_marker) {
        if (jpeg->num_components == 3)
            jpeg->jpeg_color_space = opt->colour_transform ? JCS_YCbCr : JCS_RGB;
        if (jpeg->num_components == 4)
            jpeg->jpeg_color_space = opt->colour_transform ? JCS_YCCK : JCS_CMYK;
    }
    if (jpeg->num_components == 4)
        jpeg->out_color_space = JCS_CMYK;
    else if (opt->mode == SCAN_GREY || jpeg->num_components == 1)
        jpeg->out_color_space = JCS_GRAYSCALE; /* of YCbCr: the luma plane, chroma is not decoded */
    else
        jpeg->out_color_space = PIX_COLOURS;
    jpeg->dct_method = JDCT_ISLOW;
}

static void put_row(struct reader *reader, uint32_t y, uint8_t flip)
{
    const uint8_t *from = (const uint8_t *)reader->row;
    const uint32_t width = reader->jpeg.output_width;
    const uint32_t flip_colours = flip * UINT32_C(0x01010100);
    switch (reader->jpeg.out_color_space) {
    case JCS_GRAYSCALE:
        canvas_put_bytes(reader->pix, y, 0, span_of(from, width), flip);
        return;
    case PIX_COLOURS: /* as they are, but for the byte that is no colour; the sieve ignores it */
        for (uint32_t x = 0; x < width && (flip || !reader->sifts); x++)
            reader->row[x] = (reader->row[x] & UINT32_C(0xFFFFFF00)) ^ flip_colours;
        break;
    default:
        for (uint32_t x = 0; x < width; x++, from += 4)
            reader->row[x] = canvas_rgb(from[0] ^ flip, from[1] ^ flip, from[2] ^ flip) |
                             (uint32_t)(from[3] ^ flip);
        break;
    }
    if (reader->sifts)
        red_sieve_row(&reader->sieve, y, reader->row);
    else
        memcpy(canvas_row(reader->pix, y), reader->row, (size_t)width * sizeof *reader->row);
}

static int read_rows(struct reader *reader, uint8_t flip, struct err *err)
{
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    while (jpeg->output_scanline < jpeg->output_height) {
        /* UNTESTED: only a hand-made file has this many scans */
        if (jpeg->input_scan_number > SCANS_MAX)
            return err_input(err, REASON_UNSUPPORTED, "more than %d scans", SCANS_MAX);
        uint8_t *row = (uint8_t *)reader->row;
        (void)jpeg_read_scanlines(jpeg, &row, 1);
        put_row(reader, jpeg->output_scanline - 1, flip);
        if (!reader->cut)
            reader->rows = jpeg->output_scanline;
    }
    return 0;
}

static int decode_jpeg(struct reader *reader, struct span data, const struct scan_limits *limits,
                       const struct jpeg_options *opt, struct err *err)
{
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    open_jpeg(reader, data);
    if (canvas_check(limits, jpeg->image_width, jpeg->image_height, err) < 0)
        return -1;
    choose_colours(reader, opt);
    (void)jpeg_start_decompress(jpeg);
    const uint32_t width = jpeg->output_width, height = jpeg->output_height;
    reader->sifts = opt->mode == SCAN_READ && jpeg->out_color_space == PIX_COLOURS;
    if (reader->sifts && red_sieve_start(&reader->sieve, width, height, err) < 0)
        return -1; /* UNTESTED: memory */
    if (!reader->sifts)
        reader->pix = canvas_new(width, height, jpeg->output_components == 1 ? 8 : 32, err);
    reader->row = canvas_memory(width, sizeof *reader->row, err);
    if ((!reader->sifts && !reader->pix) || !reader->row)
        return -1; /* UNTESTED: memory */
    bool invert = opt->invert;
    if (jpeg->num_components == 4)
        /* Adobe writes CMYK turned round; what canvas_settle() wants is 255 for full ink */
        invert ^= jpeg->saw_Adobe_marker && !opt->inside_pdf;
    return read_rows(reader, invert ? 255 : 0, err);
}

static void start(struct reader *reader)
{
    reader->jpeg.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = fail;
    reader->errors.emit_message = say_nothing;
    reader->errors.output_message = print_nothing;
    reader->jpeg.client_data = reader;
}

/* The jumps land here, in functions that have nothing of their own to lose by them. 0 also when
 * libjpeg gave up: what it got done by then may be enough. */
static int try_decode(struct reader *reader, struct span data, const struct scan_limits *limits,
                      const struct jpeg_options *opt, struct err *err)
{
    if (setjmp(reader->out) != 0)
        return 0;
    jpeg_create_decompress(&reader->jpeg);
    return decode_jpeg(reader, data, limits, opt, err);
}

static int try_header(struct reader *reader, struct span data, struct err *err)
{
    if (setjmp(reader->out) != 0)
        return refuse(reader, err);
    jpeg_create_decompress(&reader->jpeg);
    open_jpeg(reader, data);
    return 0;
}

PIX *jpeg_decode(struct span data, const struct scan_limits *limits, const struct jpeg_options *opt,
                 double *ret_dpi, struct err *err)
{
    CLEANUP(reader_done) struct reader reader = {0};
    start(&reader);
    if (try_decode(&reader, data, limits, opt, err) < 0)
        return NULL;
    if (reader.sifts)
        reader.pix = red_sieve_take(&reader.sieve);
    if (!reader.pix || reader.rows < ((uint32_t)pixGetHeight(reader.pix) + 1) / 2) {
        refuse(&reader, err);
        return NULL;
    }
    struct exif exif = {0};
    read_markers(&reader, &exif);
    *ret_dpi = exif.dpi;
    CLEANUP(canvas_freep) PIX *pix = TAKE(reader.pix);
    if (pixGetDepth(pix) == 32 && reader.jpeg.num_components == 4)
        pix = canvas_settle(TAKE(pix), LANES_CMYK, opt->mode, err);
    if (!pix || opt->inside_pdf)
        return TAKE(pix);
    return canvas_orient(TAKE(pix), exif.orientation, err);
}

int jpeg_look(struct span data, const struct scan_limits *limits, const struct jpeg_options *opt,
              struct embed *ret_embed, struct err *err)
{
    CLEANUP(reader_done) struct reader reader = {0};
    struct exif exif = {0};
    start(&reader);
    if (try_decode(&reader, data, limits, opt, err) < 0)
        return -1;
    const struct jpeg_decompress_struct *jpeg = &reader.jpeg;
    bool whole = reader.pix && !reader.failed && !reader.cut &&
                 reader.rows == (uint32_t)pixGetHeight(reader.pix);
    if (!whole || jpeg->arith_code || jpeg->data_precision != 8 ||
        (jpeg->num_components != 1 && jpeg->num_components != 3))
        return 0;
    read_markers(&reader, &exif);
    *ret_embed = (struct embed){.coding = EMBED_JPEG,
                                .width_px = jpeg->image_width,
                                .height_px = jpeg->image_height,
                                .components = (uint32_t)jpeg->num_components,
                                .bits = 8,
                                .orientation = 1,
                                .inverted = opt->invert,
                                .colour_transform = -1};
    if (!opt->inside_pdf && exif.orientation >= 1 && exif.orientation <= 8)
        ret_embed->orientation = exif.orientation;
    /* libjpeg guesses by the names of the components, a PDF's reader must be told */
    if (jpeg->jpeg_color_space == JCS_RGB && !jpeg->saw_Adobe_marker)
        ret_embed->colour_transform = 0;
    return 1;
}

static int embed_file(struct scan *scan, uint32_t index, struct embed *ret_embed, struct bytes *out,
                      struct err *err)
{
    (void)index;
    struct embed embed;
    const struct jpeg_options opt = {.mode = SCAN_GREY, .colour_transform = -1};
    int can = jpeg_look(scan->data, &scan->limits, &opt, &embed, err);
    if (can <= 0)
        return can;
    *ret_embed = embed;
    return bytes_append(out, scan->data, err) < 0 ? -1 : 1;
}

static int jpeg_open(struct scan *scan, struct err *err)
{
    CLEANUP(reader_done) struct reader reader = {0};
    start(&reader);
    if (try_header(&reader, scan->data, err) < 0)
        return -1;
    return canvas_check(&scan->limits, reader.jpeg.image_width, reader.jpeg.image_height, err);
}

static struct image *decode_page(struct scan *scan, uint32_t index, enum scan_mode mode,
                                 struct err *err)
{
    (void)index;
    double dpi = 0;
    const struct jpeg_options opt = {.mode = mode, .colour_transform = -1};
    CLEANUP(canvas_freep) PIX *pix = jpeg_decode(scan->data, &scan->limits, &opt, &dpi, err);
    return pix ? canvas_finish(TAKE(pix), dpi, err) : NULL;
}

const struct format format_jpeg = {.name = "jpeg",
                                   .sniff = jpeg_sniff,
                                   .open = jpeg_open,
                                   .decode = decode_page,
                                   .embed = embed_file};
