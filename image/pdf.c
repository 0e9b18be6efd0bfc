/* image/pdf.c - PDF pages that are one image: its stream taken as it is, without re-rendering.
 *
 * A page counts as one image when the content paints one image XObject over nearly all of it and
 * nothing visible else (content.c). Annotations - signature stamps - are no content. Whatever is
 * not understood here is left to a renderer: SCAN_RASTERISE is never an error.
 *
 * qpdf's C interface catches its exceptions; handles are numbers that only fail softly. */
#include <math.h>
#include <qpdf/qpdf-c.h>
#include <stdlib.h>
#include <string.h>

#include "image/content.h"
#include "image/format.h"
#include "image/samples.h"

#define MARK_WITHIN_BYTES 1024 /* of the start of the file, as Acrobat has it */
#define TREE_DEPTH_MAX    32   /* of the page tree, upwards */
#define CONTENT_BYTES_MAX (4 * MIB)
#define FILTERS_MAX       4
#define PALETTE_MAX       256
#define COVER_MIN         0.85  /* of the page, by the image */
#define COVER_ALL         0.98  /* nothing below shows any more */
#define LEAN_MAX          0.002 /* of a side: what is still a right angle */
#define RASTER_DPI        300
#define RASTER_DPI_MIN    50
#define POINTS_PER_INCH   72
#define POINTS_MAX        1e9
#define PAGE_WIDTH_PT     595 /* A4, when a page has no usable size */
#define PAGE_HEIGHT_PT    842

struct pdf {
    qpdf_data qpdf;
};

struct box {
    double left, bottom, right, top; /* points */
};

enum coding { CODING_SAMPLES, CODING_JPEG, CODING_FAX };
enum space { SPACE_GREY = 1, SPACE_RGB = 3, SPACE_CMYK = 4, SPACE_INDEXED = 5, SPACE_UNKNOWN = 0 };

struct picture {
    qpdf_oh stream, dict;
    enum coding coding;
    enum fax_kind fax;
    enum space space;
    uint32_t width_px, height_px, bits;
    bool inverted;        /* /Decode [1 0], or fax data whose ones are black */
    int colour_transform; /* of a JPEG; -1: not said */
    int filters_len;
    qpdf_oh filters[FILTERS_MAX], parms[FILTERS_MAX];
    uint8_t palette[PALETTE_MAX][3];
    uint32_t palette_len;
};

struct page {
    qpdf_data q;
    qpdf_oh page;
    struct box box;
    int rotate;  /* quarter turns clockwise */
    double unit; /* of a point */
    bool one_image;
    struct picture picture;
    uint32_t orientation;
    double dpi;
};

static void free_stream(uint8_t **data)
{
    free(*data); /* qpdf takes it from malloc */
}

static void forget_errors(qpdf_data q)
{
    while (qpdf_has_error(q))
        (void)qpdf_get_error(q);
}

/* ---- the file */

static bool pdf_sniff(struct span data)
{
    size_t len = data.len < MARK_WITHIN_BYTES ? data.len : MARK_WITHIN_BYTES;
    return memmem(data.data, len, "%PDF", 4) != NULL;
}

static int refuse(qpdf_data q, struct err *err)
{
    enum reason reason = REASON_DAMAGED;
    const char *why = "the pages cannot be read";
    if (qpdf_has_error(q)) {
        qpdf_error error = qpdf_get_error(q);
        enum qpdf_error_code_e code = qpdf_get_error_code(q, error);
        if (code == qpdf_e_password)
            reason = REASON_ENCRYPTED;
        if (code == qpdf_e_unsupported)
            reason = REASON_UNSUPPORTED;
        why = qpdf_get_error_message_detail(q, error);
    }
    return err_input(err, reason, "%s", why);
}

static int pdf_open(struct scan *scan, struct err *err)
{
    struct pdf *pdf = canvas_memory(1, sizeof *pdf, err);
    if (!pdf)
        return -1; /* UNTESTED: memory */
    scan->state = pdf;
    pdf->qpdf = qpdf_init();
    qpdf_silence_errors(pdf->qpdf);
    qpdf_set_suppress_warnings(pdf->qpdf, QPDF_TRUE);
    QPDF_ERROR_CODE rc =
        qpdf_read_memory(pdf->qpdf, "scan", (const char *)scan->data.data, scan->data.len, "");
    if (rc & QPDF_ERRORS)
        return refuse(pdf->qpdf, err);
    int pages = qpdf_get_num_pages(pdf->qpdf);
    if (pages < 0)
        return refuse(pdf->qpdf, err);
    if (pages == 0)
        return err_input(err, REASON_NO_PAGES, "no pages");
    scan->pages = (uint32_t)pages;
    return 0;
}

static void pdf_close(struct scan *scan)
{
    struct pdf *pdf = scan->state;
    if (pdf && pdf->qpdf)
        qpdf_cleanup(&pdf->qpdf);
    free(pdf);
}

/* ---- small things of a dictionary */

static double number_of(qpdf_data q, qpdf_oh oh, double otherwise)
{
    double number = 0;
    if (!qpdf_oh_get_value_as_number(q, oh, &number) || !isfinite(number) ||
        fabs(number) > POINTS_MAX)
        return otherwise;
    return number;
}

static double number_at(qpdf_data q, qpdf_oh dict, const char *key, double otherwise)
{
    return number_of(q, qpdf_oh_get_key_if_dict(q, dict, key), otherwise);
}

static bool truth_at(qpdf_data q, qpdf_oh dict, const char *key)
{
    QPDF_BOOL value = QPDF_FALSE;
    return qpdf_oh_get_value_as_bool(q, qpdf_oh_get_key_if_dict(q, dict, key), &value) && value;
}

static bool is_given(qpdf_data q, qpdf_oh dict, const char *key)
{
    return !qpdf_oh_is_null(q, qpdf_oh_get_key_if_dict(q, dict, key));
}

static bool is_named(qpdf_data q, qpdf_oh oh, const char *name, const char *abbreviated)
{
    return qpdf_oh_is_name_and_equals(q, oh, name) ||
           (abbreviated && qpdf_oh_is_name_and_equals(q, oh, abbreviated));
}

/* What a page has itself or inherits; a null object when nobody has it. */
static qpdf_oh inherited(qpdf_data q, qpdf_oh node, const char *key)
{
    for (int depth = 0; depth < TREE_DEPTH_MAX && qpdf_oh_is_dictionary(q, node); depth++) {
        if (is_given(q, node, key))
            return qpdf_oh_get_key(q, node, key);
        node = qpdf_oh_get_key_if_dict(q, node, "/Parent");
    }
    return qpdf_oh_new_null(q);
}

static bool read_numbers(qpdf_data q, qpdf_oh array, double *ret_numbers, int n)
{
    if (!qpdf_oh_is_array(q, array) || qpdf_oh_get_array_n_items(q, array) < n)
        return false;
    for (int i = 0; i < n; i++)
        ret_numbers[i] = number_of(q, qpdf_oh_get_array_item(q, array, i), 0);
    return true;
}

static bool read_box(qpdf_data q, qpdf_oh array, struct box *ret_box)
{
    double n[4];
    if (!read_numbers(q, array, n, 4))
        return false;
    *ret_box = (struct box){fmin(n[0], n[2]), fmin(n[1], n[3]), fmax(n[0], n[2]), fmax(n[1], n[3])};
    return ret_box->right - ret_box->left >= 1 && ret_box->top - ret_box->bottom >= 1;
}

static struct box common(const struct box *a, const struct box *b)
{
    return (struct box){fmax(a->left, b->left), fmax(a->bottom, b->bottom),
                        fmin(a->right, b->right), fmin(a->top, b->top)};
}

static double area(const struct box *box)
{
    double width = box->right - box->left, height = box->top - box->bottom;
    return width > 0 && height > 0 ? width * height : 0;
}

static void read_page_size(struct page *page)
{
    struct box crop;
    if (!read_box(page->q, inherited(page->q, page->page, "/MediaBox"), &page->box))
        page->box = (struct box){0, 0, PAGE_WIDTH_PT, PAGE_HEIGHT_PT};
    if (read_box(page->q, inherited(page->q, page->page, "/CropBox"), &crop)) {
        crop = common(&crop, &page->box);
        if (area(&crop) > 0)
            page->box = crop;
    }
    double turn = number_of(page->q, inherited(page->q, page->page, "/Rotate"), 0);
    page->rotate = (int)(fmod(fmod(turn, 360) + 360, 360) / 90) % 4;
    page->unit = number_at(page->q, page->page, "/UserUnit", 1);
    if (page->unit < 0.01 || page->unit > 1000)
        page->unit = 1;
}

/* ---- the image */

static bool read_filters(qpdf_data q, struct picture *picture)
{
    qpdf_oh filter = qpdf_oh_get_key_if_dict(q, picture->dict, "/Filter");
    qpdf_oh parms = qpdf_oh_get_key_if_dict(q, picture->dict, "/DecodeParms");
    if (qpdf_oh_is_null(q, filter))
        return true;
    if (qpdf_oh_is_name(q, filter)) {
        picture->filters[0] = filter;
        picture->parms[0] =
            qpdf_oh_is_array(q, parms) ? qpdf_oh_get_array_item(q, parms, 0) : parms;
        picture->filters_len = 1;
        return true;
    }
    int len = qpdf_oh_is_array(q, filter) ? qpdf_oh_get_array_n_items(q, filter) : -1;
    if (len < 0 || len > FILTERS_MAX)
        return false;
    for (int i = 0; i < len; i++) {
        picture->filters[i] = qpdf_oh_get_array_item(q, filter, i);
        bool given = qpdf_oh_is_array(q, parms) && i < qpdf_oh_get_array_n_items(q, parms);
        picture->parms[i] =
            given ? qpdf_oh_get_array_item(q, parms, i) : (len == 1 ? parms : qpdf_oh_new_null(q));
    }
    picture->filters_len = len;
    return true;
}

static enum space read_palette(qpdf_data q, qpdf_oh array, struct picture *picture);

static enum space space_of(qpdf_data q, qpdf_oh oh, struct picture *indexed)
{
    if (is_named(q, oh, "/DeviceGray", "/G") || is_named(q, oh, "/CalGray", NULL))
        return SPACE_GREY;
    if (is_named(q, oh, "/DeviceRGB", "/RGB") || is_named(q, oh, "/CalRGB", NULL))
        return SPACE_RGB;
    if (is_named(q, oh, "/DeviceCMYK", "/CMYK"))
        return SPACE_CMYK;
    if (!qpdf_oh_is_array(q, oh) || qpdf_oh_get_array_n_items(q, oh) < 1)
        return SPACE_UNKNOWN;
    qpdf_oh family = qpdf_oh_get_array_item(q, oh, 0);
    if (is_named(q, family, "/ICCBased", NULL) && qpdf_oh_get_array_n_items(q, oh) >= 2) {
        qpdf_oh profile = qpdf_oh_get_array_item(q, oh, 1);
        double n =
            qpdf_oh_is_stream(q, profile) ? number_at(q, qpdf_oh_get_dict(q, profile), "/N", 0) : 0;
        return n == 1 ? SPACE_GREY : n == 3 ? SPACE_RGB : n == 4 ? SPACE_CMYK : SPACE_UNKNOWN;
    }
    if (is_named(q, family, "/CalGray", NULL))
        return SPACE_GREY;
    if (is_named(q, family, "/CalRGB", NULL))
        return SPACE_RGB;
    if (indexed && is_named(q, family, "/Indexed", "/I"))
        return read_palette(q, oh, indexed);
    return SPACE_UNKNOWN;
}

static void take_palette(struct picture *picture, enum space base, const uint8_t *from, size_t len)
{
    for (size_t i = 0; i < picture->palette_len && (i + 1) * base <= len; i++) {
        const uint8_t *entry = from + i * base;
        uint8_t *to = picture->palette[i];
        if (base == SPACE_CMYK)
            for (int c = 0; c < 3; c++)
                to[c] = (uint8_t)((255 - entry[c]) * (255 - entry[3]) / 255);
        else
            for (int c = 0; c < 3; c++)
                to[c] = base == SPACE_GREY ? entry[0] : entry[c];
    }
}

static enum space read_palette(qpdf_data q, qpdf_oh array, struct picture *picture)
{
    if (qpdf_oh_get_array_n_items(q, array) < 4)
        return SPACE_UNKNOWN;
    enum space base = space_of(q, qpdf_oh_get_array_item(q, array, 1), NULL);
    double last = number_of(q, qpdf_oh_get_array_item(q, array, 2), -1);
    qpdf_oh lookup = qpdf_oh_get_array_item(q, array, 3);
    if (base == SPACE_UNKNOWN || last < 0 || last >= PALETTE_MAX)
        return SPACE_UNKNOWN;
    picture->palette_len = (uint32_t)last + 1;
    size_t len = 0;
    if (qpdf_oh_is_string(q, lookup)) {
        const char *text = qpdf_oh_get_binary_string_value(q, lookup, &len);
        take_palette(picture, base, (const uint8_t *)text, len);
        return SPACE_INDEXED;
    }
    CLEANUP(free_stream) uint8_t *data = NULL;
    if (!qpdf_oh_is_stream(q, lookup) ||
        qpdf_oh_get_stream_data(q, lookup, qpdf_dl_generalized, NULL, &data, &len) & QPDF_ERRORS)
        return SPACE_UNKNOWN;
    take_palette(picture, base, data, data ? len : 0);
    return SPACE_INDEXED;
}

/* /Decode that is the default or its reverse; anything else is for a renderer. */
static bool read_decode(qpdf_data q, struct picture *picture)
{
    qpdf_oh decode = qpdf_oh_get_key_if_dict(q, picture->dict, "/Decode");
    double pair[2], top = picture->space == SPACE_INDEXED ? (1U << picture->bits) - 1 : 1;
    if (qpdf_oh_is_null(q, decode))
        return true;
    if (!read_numbers(q, decode, pair, 2))
        return false;
    if (pair[0] == top && pair[1] == 0 && picture->space != SPACE_INDEXED) {
        picture->inverted = true;
        return true;
    }
    return pair[0] == 0 && pair[1] == top;
}

static bool is_fax_supported(qpdf_data q, struct picture *picture, qpdf_oh parms)
{
    double k = number_at(q, parms, "/K", 0);
    bool align = truth_at(q, parms, "/EncodedByteAlign");
    bool line_ends = truth_at(q, parms, "/EndOfLine");
    if (number_at(q, parms, "/Columns", 1728) != picture->width_px || picture->bits != 1 ||
        picture->space != SPACE_GREY)
        return false;
    picture->inverted ^= truth_at(q, parms, "/BlackIs1");
    if (k < 0) {
        picture->fax = FAX_GROUP4;
        return !align;
    }
    picture->fax = line_ends ? (k > 0 ? FAX_GROUP3_2D : FAX_GROUP3) : FAX_ROWS_ALIGNED;
    return line_ends || (align && k == 0);
}

static bool is_coding_supported(qpdf_data q, struct picture *picture)
{
    for (int i = 0; i < picture->filters_len; i++) {
        bool last = i == picture->filters_len - 1;
        qpdf_oh filter = picture->filters[i], parms = picture->parms[i];
        if (is_named(q, filter, "/DCTDecode", "/DCT") && last) {
            picture->coding = CODING_JPEG;
            picture->colour_transform = (int)number_at(q, parms, "/ColorTransform", -1);
            return picture->space != SPACE_INDEXED;
        }
        if (is_named(q, filter, "/CCITTFaxDecode", "/CCF") && last) {
            picture->coding = CODING_FAX;
            return is_fax_supported(q, picture, parms);
        }
        if (!is_named(q, filter, "/FlateDecode", "/Fl") &&
            !is_named(q, filter, "/LZWDecode", "/LZW") &&
            !is_named(q, filter, "/RunLengthDecode", "/RL") &&
            !is_named(q, filter, "/ASCII85Decode", "/A85") &&
            !is_named(q, filter, "/ASCIIHexDecode", "/AHx"))
            return false;
    }
    picture->coding = CODING_SAMPLES;
    return true;
}

static bool read_picture(qpdf_data q, qpdf_oh stream, struct picture *picture)
{
    *picture = (struct picture){.stream = stream, .dict = qpdf_oh_get_dict(q, stream)};
    qpdf_oh dict = picture->dict;
    double width = number_at(q, dict, "/Width", 0), height = number_at(q, dict, "/Height", 0);
    bool mask = truth_at(q, dict, "/ImageMask");
    double bits = mask ? 1 : number_at(q, dict, "/BitsPerComponent", 8);
    if (width < 1 || height < 1 || is_given(q, dict, "/SMask") || is_given(q, dict, "/Mask"))
        return false;
    if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16)
        return false;
    picture->width_px = (uint32_t)width;
    picture->height_px = (uint32_t)height;
    picture->bits = (uint32_t)bits;
    picture->space =
        mask ? SPACE_GREY : space_of(q, qpdf_oh_get_key_if_dict(q, dict, "/ColorSpace"), picture);
    if (picture->space == SPACE_UNKNOWN || (picture->space == SPACE_INDEXED && bits > 8))
        return false;
    return read_filters(q, picture) && read_decode(q, picture) && is_coding_supported(q, picture);
}

/* ---- where the image lies on the page */

/* The EXIF orientation that sets the image as the matrix and /Rotate show it; 0: leaning. */
static uint32_t orientation_of(const struct matrix *m, int rotate)
{
    /* where the image's right and down point to, y downwards as on a screen */
    double rx = m->a, ry = -m->b, dx = -m->c, dy = m->d;
    double wide = hypot(rx, ry), high = hypot(dx, dy);
    bool upright = fabs(ry) <= LEAN_MAX * wide && fabs(dx) <= LEAN_MAX * high;
    bool lying = fabs(rx) <= LEAN_MAX * wide && fabs(dy) <= LEAN_MAX * high;
    if (upright == lying) /* neither, or a picture without extent */
        return 0;
    for (int i = 0; i < rotate; i++) { /* a quarter turn clockwise */
        double was_rx = rx, was_dx = dx;
        rx = -ry, ry = was_rx;
        dx = -dy, dy = was_dx;
    }
    if (fabs(rx) > fabs(ry))
        return rx > 0 ? (dy > 0 ? 1 : 4) : (dy > 0 ? 2 : 3);
    return ry > 0 ? (dx > 0 ? 5 : 6) : (dx > 0 ? 8 : 7);
}

static bool place_picture(struct page *page, const struct content *content)
{
    const struct matrix *m = &content->matrix;
    struct box image = {fmin(m->e, m->e + m->a + m->c), fmin(m->f, m->f + m->b + m->d),
                        fmax(m->e, m->e + m->a + m->c), fmax(m->f, m->f + m->b + m->d)};
    struct box seen = common(&image, &page->box);
    double cover = area(&seen) / area(&page->box);
    page->orientation = orientation_of(m, page->rotate);
    page->dpi = page->picture.width_px * POINTS_PER_INCH / (hypot(m->a, m->b) * page->unit);
    return page->orientation != 0 && cover >= (content->marks_below ? COVER_ALL : COVER_MIN) &&
           area(&seen) >= COVER_MIN * area(&image);
}

static qpdf_oh object_named(qpdf_data q, qpdf_oh resources, const char *name)
{
    return qpdf_oh_get_key_if_dict(q, qpdf_oh_get_key_if_dict(q, resources, "/XObject"), name);
}

/* Follows a form, once: some scanners wrap the page image in one. */
static bool enter_form(struct page *page, qpdf_oh form, struct content *content,
                       qpdf_oh *ret_object)
{
    qpdf_data q = page->q;
    qpdf_oh dict = qpdf_oh_get_dict(q, form);
    double n[6] = {1, 0, 0, 1, 0, 0};
    CLEANUP(free_stream) uint8_t *data = NULL;
    size_t len = 0;
    if (is_given(q, dict, "/Matrix") && !read_numbers(q, qpdf_oh_get_key(q, dict, "/Matrix"), n, 6))
        return false;
    if (qpdf_oh_get_stream_data(q, form, qpdf_dl_generalized, NULL, &data, &len) & QPDF_ERRORS ||
        !data || len > CONTENT_BYTES_MAX)
        return false;
    struct matrix matrix = {n[0], n[1], n[2], n[3], n[4], n[5]};
    bool below = content->marks_below;
    matrix = matrix_product(&matrix, &content->matrix);
    content_read(span_of(data, len), matrix, content);
    content->marks_below |= below;
    if (!content->one_object)
        return false;
    qpdf_oh resources = qpdf_oh_get_key_if_dict(q, dict, "/Resources");
    if (qpdf_oh_is_null(q, resources))
        resources = inherited(q, page->page, "/Resources");
    *ret_object = object_named(q, resources, content->name);
    return true;
}

static bool is_one_image(struct page *page)
{
    qpdf_data q = page->q;
    CLEANUP(free_stream) uint8_t *data = NULL;
    size_t len = 0;
    struct content content;
    if (qpdf_oh_get_page_content_data(q, page->page, &data, &len) & QPDF_ERRORS || !data ||
        len > CONTENT_BYTES_MAX)
        return false;
    content_read(span_of(data, len), (struct matrix){1, 0, 0, 1, 0, 0}, &content);
    if (!content.one_object)
        return false;
    qpdf_oh object = object_named(q, inherited(q, page->page, "/Resources"), content.name);
    if (!qpdf_oh_is_stream(q, object))
        return false;
    if (qpdf_oh_is_dictionary_of_type(q, qpdf_oh_get_dict(q, object), "", "/Form") &&
        !enter_form(page, object, &content, &object))
        return false;
    return qpdf_oh_is_stream(q, object) &&
           qpdf_oh_is_dictionary_of_type(q, qpdf_oh_get_dict(q, object), "", "/Image") &&
           read_picture(q, object, &page->picture) && place_picture(page, &content);
}

static void read_page(const struct scan *scan, uint32_t index, struct page *ret_page)
{
    qpdf_data q = ((struct pdf *)scan->state)->qpdf;
    *ret_page = (struct page){.q = q, .page = qpdf_get_page_n(q, index)};
    read_page_size(ret_page);
    ret_page->one_image = is_one_image(ret_page);
    forget_errors(q);
}

static int pdf_way(struct scan *scan, uint32_t index, enum scan_way *ret_way, uint32_t *ret_dpi,
                   struct err *err)
{
    struct page page;
    read_page(scan, index, &page);
    qpdf_oh_release_all(page.q);
    double inches_wide = (page.box.right - page.box.left) * page.unit / POINTS_PER_INCH;
    double inches_high = (page.box.top - page.box.bottom) * page.unit / POINTS_PER_INCH;
    double dpi = fmin(RASTER_DPI, scan->limits.side_max_px / fmax(inches_wide, inches_high));
    dpi = fmin(dpi, sqrt((double)scan->limits.pixels_max / (inches_wide * inches_high)));
    if (!page.one_image && dpi < RASTER_DPI_MIN)
        return err_input(err, REASON_PIXEL_LIMIT, "the page is %.0f x %.0f inches", inches_wide,
                         inches_high);
    *ret_way = page.one_image ? SCAN_DECODE : SCAN_RASTERISE;
    *ret_dpi = page.one_image ? 0 : (uint32_t)dpi;
    return 0;
}

/* ---- decoding */

/* The stream with all filters but a picture's own taken off. */
static int read_stream(const struct page *page, uint8_t **ret_data, size_t *ret_len,
                       struct err *err)
{
    const struct picture *picture = &page->picture;
    qpdf_data q = page->q;
    bool bare = picture->coding != CODING_SAMPLES;
    enum qpdf_stream_decode_level_e level = bare ? qpdf_dl_none : qpdf_dl_specialized;
    qpdf_oh stream = picture->stream;
    QPDF_BOOL filtered = QPDF_TRUE;
    CLEANUP(free_stream) uint8_t *outer = NULL;
    size_t outer_len = 0;
    if (bare && picture->filters_len > 1) {
        /* qpdf takes off all filters or none: a stream with only the outer ones, then */
        if (qpdf_oh_get_stream_data(q, stream, qpdf_dl_none, NULL, &outer, &outer_len) &
            QPDF_ERRORS)
            return refuse(q, err);
        qpdf_oh names = qpdf_oh_new_array(q), parms = qpdf_oh_new_array(q);
        for (int i = 0; i + 1 < picture->filters_len; i++) {
            qpdf_oh_append_item(q, names, picture->filters[i]);
            qpdf_oh_append_item(q, parms, picture->parms[i]);
        }
        stream = qpdf_oh_new_stream(q);
        qpdf_oh_replace_stream_data(q, stream, outer, outer_len, names, parms);
        level = qpdf_dl_specialized;
    }
    if (qpdf_oh_get_stream_data(q, stream, level, &filtered, ret_data, ret_len) & QPDF_ERRORS)
        return refuse(q, err);
    if (level != qpdf_dl_none && !filtered)
        return err_input(err, REASON_DAMAGED, "the image data cannot be unpacked");
    return 0;
}

static bool is_black_and_white(const struct picture *picture, bool *ret_inverted)
{
    const uint8_t(*p)[3] = picture->palette;
    if (picture->bits != 1)
        return false;
    if (picture->space != SPACE_INDEXED) {
        *ret_inverted = picture->inverted;
        return picture->space == SPACE_GREY;
    }
    *ret_inverted = p[0][0] == 255;
    return picture->palette_len == 2 && p[0][0] == p[0][1] && p[0][0] == p[0][2] &&
           p[1][0] == p[1][1] && p[1][0] == p[1][2] && p[0][0] + p[1][0] == 255 &&
           (p[0][0] == 0 || p[1][0] == 0);
}

static void put_row(const struct picture *picture, uint32_t *row, const uint8_t *from)
{
    const struct samples samples = {.bits = picture->bits};
    uint8_t flip = picture->inverted ? 255 : 0;
    uint32_t lanes = picture->space;
    for (uint32_t x = 0; x < picture->width_px; x++) {
        if (picture->space == SPACE_INDEXED) {
            uint64_t index = sample_raw(&samples, from, x);
            const uint8_t *entry = picture->palette[index < PALETTE_MAX ? index : 0];
            row[x] = canvas_rgb(entry[0], entry[1], entry[2]);
            continue;
        }
        uint32_t word = 0;
        for (uint32_t lane = 0; lane < lanes; lane++)
            word |= (uint32_t)(sample_8(&samples, from, (size_t)x * lanes + lane) ^ flip)
                    << (24 - 8 * lane);
        row[x] = word;
    }
}

static PIX *decode_samples(const struct picture *picture, struct span data, enum scan_mode mode,
                           struct err *err)
{
    bool inverted = false, bilevel = is_black_and_white(picture, &inverted);
    bool grey = picture->space == SPACE_GREY;
    uint64_t per_pixel = picture->space == SPACE_INDEXED ? 1 : (uint64_t)picture->space;
    uint64_t row_len = (picture->width_px * per_pixel * picture->bits + 7) / 8;
    if (data.len / row_len < (picture->height_px + 1) / 2) {
        err_input(err, REASON_DAMAGED, "less than half of the picture is there");
        return NULL;
    }
    CLEANUP(canvas_freep)
    PIX *pix = canvas_new(picture->width_px, picture->height_px, bilevel ? 1 : grey ? 8 : 32, err);
    if (!pix)
        return NULL;
    if (picture->space == SPACE_CMYK)
        (void)pixClearAll(pix); /* no ink is white */
    for (uint32_t y = 0; y < picture->height_px && (y + 1) * row_len <= data.len; y++) {
        const uint8_t *from = data.data + y * row_len;
        uint32_t *row = canvas_row(pix, y);
        if (bilevel)
            canvas_put_bytes(pix, y, 0, span_of(from, row_len), inverted ? 0 : 255);
        else if (grey)
            for (uint32_t x = 0; x < picture->width_px; x++)
                SET_DATA_BYTE(row, x,
                              sample_8(&(struct samples){.bits = picture->bits}, from, x) ^
                                  (picture->inverted ? 255 : 0));
        else
            put_row(picture, row, from);
    }
    if (bilevel)
        (void)pixSetPadBits(pix, 0);
    if (bilevel || grey)
        return TAKE(pix);
    return canvas_settle(TAKE(pix), picture->space == SPACE_CMYK ? LANES_CMYK : LANES_RGB, mode,
                         err);
}

static PIX *decode_fax(const struct picture *picture, struct span data, struct err *err)
{
    const struct fax_options opt = {
        .kind = picture->fax, .width_px = picture->width_px, .height_px = picture->height_px};
    CLEANUP(canvas_freep) PIX *pix = fax_decode(data, &opt, err);
    if (pix && picture->inverted)
        (void)pixInvert(pix, pix);
    if (pix)
        (void)pixSetPadBits(pix, 0);
    return TAKE(pix);
}

static PIX *decode_picture(const struct scan *scan, const struct page *page, enum scan_mode mode,
                           struct err *err)
{
    const struct picture *picture = &page->picture;
    CLEANUP(free_stream) uint8_t *data = NULL;
    size_t len = 0;
    double dpi = 0;
    if (canvas_check(&scan->limits, picture->width_px, picture->height_px, err) < 0 ||
        read_stream(page, &data, &len, err) < 0)
        return NULL;
    const struct jpeg_options jpeg = {.mode = mode,
                                      .inside_pdf = true,
                                      .invert = picture->inverted,
                                      .colour_transform = picture->colour_transform};
    switch (picture->coding) {
    case CODING_JPEG:
        return jpeg_decode(span_of(data, len), &scan->limits, &jpeg, &dpi, err);
    case CODING_FAX:
        return decode_fax(picture, span_of(data, len), err);
    case CODING_SAMPLES:
        break;
    }
    return decode_samples(picture, span_of(data, len), mode, err);
}

static struct image *pdf_decode(struct scan *scan, uint32_t index, enum scan_mode mode,
                                struct err *err)
{
    struct page page;
    read_page(scan, index, &page);
    CLEANUP(canvas_freep) PIX *pix = NULL;
    if (page.one_image)
        pix = decode_picture(scan, &page, mode, err);
    else
        err_input(err, REASON_UNSUPPORTED, "the page is not one image: it has to be rendered");
    forget_errors(page.q);
    qpdf_oh_release_all(page.q);
    if (!pix)
        return NULL;
    CLEANUP(canvas_freep) PIX *upright = canvas_orient(TAKE(pix), page.orientation, err);
    return upright ? canvas_finish(TAKE(upright), page.dpi, err) : NULL;
}

/* A JPEG in colours that are told of in the same way everywhere. */
static int embed_jpeg(const struct scan *scan, const struct page *page, struct embed *ret_embed,
                      struct bytes *out, struct err *err)
{
    const struct picture *picture = &page->picture;
    CLEANUP(free_stream) uint8_t *data = NULL;
    size_t len = 0;
    struct embed embed;
    if (!page->one_image || picture->coding != CODING_JPEG ||
        (picture->space != SPACE_GREY && picture->space != SPACE_RGB))
        return 0;
    if (read_stream(page, &data, &len, err) < 0)
        return -1;
    const struct jpeg_options jpeg = {.mode = SCAN_GREY,
                                      .inside_pdf = true,
                                      .invert = picture->inverted,
                                      .colour_transform = picture->colour_transform};
    int can = jpeg_look(span_of(data, len), &scan->limits, &jpeg, &embed, err);
    if (can <= 0 || embed.components != (uint32_t)picture->space)
        return can < 0 ? -1 : 0;
    embed.orientation = page->orientation;
    *ret_embed = embed;
    return bytes_append(out, span_of(data, len), err) < 0 ? -1 : 1;
}

static int pdf_embed(struct scan *scan, uint32_t index, struct embed *ret_embed, struct bytes *out,
                     struct err *err)
{
    struct page page;
    read_page(scan, index, &page);
    int taken = embed_jpeg(scan, &page, ret_embed, out, err);
    forget_errors(page.q);
    qpdf_oh_release_all(page.q);
    return taken;
}

const struct format format_pdf = {.name = "pdf",
                                  .sniff = pdf_sniff,
                                  .open = pdf_open,
                                  .close = pdf_close,
                                  .way = pdf_way,
                                  .decode = pdf_decode,
                                  .embed = pdf_embed};
