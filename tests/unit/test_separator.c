/* tests/unit/test_separator.c - separator sheets are read, and nothing else is taken for one. */
#include "pipeline/page.h"

#include <cairo.h>
#include <dirent.h>
#include <leptonica/allheaders.h>
#include <strings.h>

#include "image/barcode.h"
#include "tests/pages/pageset.h"
#include "tests/pages/picture.h"
#include "tests/pages/symbol.h"
#include "tests/unit/test.h"

#define SHEETS     186 /* of the made set: 62 clean, 124 hard */
#define HARD_MIN   90  /* per cent of the hard ones */
#define DRAWN_DPI  200
#define DRAWN_W_PX 1654
#define DRAWN_H_PX 2339
#define CODE       "H57.12-250705-0001"
#define LONG_CODE  "000.00.12.H57-250705-000123"
#define PAGES_MAX  40 /* looked at of one file */
#define ONE_IN     7  /* sheets and files, where a sanitizer watches */

static const struct scan_limits limits = {150000000, 30000, 5000};

/* The stages of a cell up to the one under test. False: not a page that is decoded here. */
static bool run_page(struct scan *scan, uint32_t index, struct page_found *ret_found)
{
    struct err err = {0};
    CLEANUP(page_done) struct page page = {.scan = scan, .limits = &limits, .index = index};
    if (decode_run(&page, &err) < 0 || page.found.rasterise_dpi)
        return false;
    assert_ok(blank_run(&page, &err), err);
    if (page.found.status != PAGE_BLANK)
        assert_ok(separator_run(&page, &err), err);
    assert_true(
        page_separator_valid(&page.found.separator, page.found.width_px, page.found.height_px));
    *ret_found = page.found;
    return true;
}

/* --- made sheets ------------------------------------------------------------------------------ */

static struct typeset *a_slip(void)
{
    struct err err = {0};
    CLEANUP(letter_freep) struct letter *letter = letter_new(LETTER_RECEIPT, 5, 1, &err);
    assert_ok_ptr(letter, err);
    struct typeset *typeset = typeset_new(letter, &err);
    assert_ok_ptr(typeset, err);
    return typeset;
}

static struct bytes scan_sheet(const struct separator *sheet, const struct typeset *slip)
{
    struct err err = {0};
    struct bytes file = {0};
    CLEANUP(raster_done) struct raster raster = {0};
    struct scan_job job = pageset_separator_job(sheet);
    job.typeset = sheet->slip ? slip : NULL;
    assert_ok(scanner_scan(&job, &raster, &err), err);
    const enum pageset_file kind = pageset_separator_file(sheet);
    assert_ok(kind == PAGESET_JPEG ? picture_jpeg(&raster, &file, &err)
                                   : picture_tiff(&raster, 1, kind == PAGESET_G4, &file, &err),
              err);
    return file;
}

static bool reads_sheet(const struct separator *sheet, const struct typeset *slip)
{
    struct err err = {0};
    struct page_found found;
    CLEANUP(bytes_done) struct bytes file = scan_sheet(sheet, slip);
    CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&file), &limits, &err);
    assert_ok_ptr(scan, err);
    assert_true(run_page(scan, 0, &found));
    const struct page_separator *got = &found.separator;
    if (got->kind == SEPARATOR_NONE)
        return false;
    /* What is read is right, or it is not read. */
    assert_string_equal(separator_kind_name(got->kind), separator_symbol_name(sheet->symbol));
    assert_string_equal(got->code, sheet->code);
    char text[SHEET_TEXT_MAX];
    memcpy(text, sheet->text, sizeof text);
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    assert_string_equal(got->text, text);
    return true;
}

static void sheets_are_read(void **state)
{
    (void)state;
    struct typeset *slip = a_slip();
    const struct sample sample = sample_of(ONE_IN);
    unsigned clean = 0, clean_read = 0, hard = 0, hard_read = 0;
    for (size_t i = sample.first; i < SHEETS; i += sample.step) {
        const struct separator sheet = pageset_separator(1, (uint32_t)i);
        const bool read = reads_sheet(&sheet, slip);
        if (!read)
            print_message("not read: sheet %zu, %s, %s\n", i, separator_symbol_name(sheet.symbol),
                          separator_trial_name(sheet.trial));
        *(sheet.trial == TRIAL_CLEAN ? &clean : &hard) += 1;
        *(sheet.trial == TRIAL_CLEAN ? &clean_read : &hard_read) += read;
    }
    typeset_free(slip);
    print_message("clean: %u of %u, hard: %u of %u\n", clean_read, clean, hard_read, hard);
    assert_int_equal(clean_read, clean);
    assert_true(clean > 0 && hard > 0);
    if (sample.step > 1)
        return; /* of a few, one more or less would be per cents */
    assert_true(clean >= 60 && hard >= 120);
    assert_true(hard_read * 100 >= hard * HARD_MIN);
}

/* --- drawn pages ------------------------------------------------------------------------------ */

struct drawing {
    cairo_surface_t *surface;
    cairo_t *cr;
};

/* A white A4 page, in points. */
static struct drawing drawing_new(void)
{
    struct drawing drawing;
    drawing.surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, DRAWN_W_PX, DRAWN_H_PX);
    drawing.cr = cairo_create(drawing.surface);
    cairo_set_source_rgb(drawing.cr, 1, 1, 1);
    cairo_paint(drawing.cr);
    cairo_set_source_rgb(drawing.cr, 0, 0, 0);
    cairo_scale(drawing.cr, DRAWN_DPI / 72.0, DRAWN_DPI / 72.0);
    return drawing;
}

static struct image *image_of(PIX *pix, int dpi)
{
    struct err err = {0};
    pixSetResolution(pix, dpi, dpi);
    struct image *image = image_of_pix(pix, &err);
    assert_ok_ptr(image, err);
    return image;
}

static struct image *drawing_done(struct drawing *drawing, int dpi)
{
    cairo_destroy(drawing->cr);
    cairo_surface_flush(drawing->surface);
    const uint8_t *rows = cairo_image_surface_get_data(drawing->surface);
    const size_t stride = (size_t)cairo_image_surface_get_stride(drawing->surface);
    PIX *pix = pixCreate(DRAWN_W_PX, DRAWN_H_PX, 8);
    for (int y = 0; y < DRAWN_H_PX; y++)
        for (int x = 0; x < DRAWN_W_PX; x++)
            (void)pixSetPixel(pix, x, y, rows[(size_t)y * stride + (size_t)x * 4]);
    cairo_surface_destroy(drawing->surface);
    return image_of(pix, dpi);
}

/* Takes the image. */
static struct page_found found_on(struct image *image)
{
    struct err err = {0};
    CLEANUP(page_done) struct page page = {.image = image};
    page.found.width_px = image_width_px(image);
    page.found.height_px = image_height_px(image);
    page.bilevel = image_binarise(image, &err);
    assert_ok_ptr(page.bilevel, err);
    assert_ok(separator_run(&page, &err), err);
    assert_true(
        page_separator_valid(&page.found.separator, page.found.width_px, page.found.height_px));
    return page.found;
}

static void draw_qr(cairo_t *cr, double x, double y, double side, struct span text)
{
    struct err err = {0};
    assert_ok(symbol_qr(cr, x, y, side, text, &err), err);
}

static const struct qr_case {
    const char *why, *text, *code; /* code NULL: not a separator */
    double x, y, side;             /* points */
} qr_cases[] = {
    {"a slip's code at the head", CODE, CODE, 40, 40, 75},
    {"the longest form", LONG_CODE, LONG_CODE, 40, 40, 75},
    {"three levels", "H57.32.23-250705-12345", "H57.32.23-250705-12345", 40, 40, 75},
    {"fields around it", "2.000635|" CODE "|Nguyễn Thị Ánh|05/07/2025", CODE, 40, 40, 85},
    {"named twice", "Mã: " CODE " (" CODE ")", CODE, 40, 40, 75},
    {"nothing but a large code, low on the sheet", CODE, CODE, 200, 500, 180},
    {"a small code at the foot", CODE, NULL, 40, 740, 75},
    {"an address of the web", "https://dichvucong.gov.vn/tra-cuu?ma=" CODE, NULL, 40, 40, 85},
    {"an address without its scheme", "WWW.dichvucong.gov.vn " CODE, NULL, 40, 40, 85},
    {"an identity card", "046090001234|191234567|Nguyễn Văn A|01011990|Nam|Huế|25072021", NULL, 40,
     40, 85},
    {"an identity card that names a code", "046090001234||" CODE, NULL, 40, 40, 75},
    {"a signature's check", "Người ký: Trần Văn B; thời gian: 05/07/2025 08:15:00 +07:00", NULL, 40,
     40, 85},
    {"inside a path", "ho-so/" CODE "/1", NULL, 40, 40, 75},
    {"inside a longer word", "X" CODE, NULL, 40, 40, 75},
    {"a page of it", CODE "-02", NULL, 40, 40, 75},
    {"too many digits", "H57.12-250705-0000001", NULL, 40, 40, 75},
    {"too few digits", "H57.12-250705-001", NULL, 40, 40, 75},
    {"no such day", "H57.12-251305-0001", NULL, 40, 40, 75},
    {"two dossiers", CODE " H57.12-250705-0002", NULL, 40, 40, 75},
    {"a document's number", "1234/UBND-VP", NULL, 40, 40, 75},
};

static void a_code_parts_when_it_is_a_slips(void **state)
{
    const struct qr_case *c = *state;
    struct drawing drawing = drawing_new();
    draw_qr(drawing.cr, c->x, c->y, c->side, span_of_text(c->text));
    const struct page_found found = found_on(drawing_done(&drawing, DRAWN_DPI));
    assert_int_equal(found.separator.kind, c->code ? SEPARATOR_QR : SEPARATOR_NONE);
    assert_string_equal(found.separator.code, c->code ? c->code : "");
    assert_string_equal(found.separator.text, c->code ? c->text : "");
    if (c->code) {
        const double px = DRAWN_DPI / 72.0;
        assert_in_range(found.separator.x, (c->x - 5) * px, (c->x + 5) * px);
        assert_in_range(found.separator.y, (c->y - 5) * px, (c->y + 5) * px);
        assert_in_range(found.separator.w, (c->side - 10) * px, (c->side + 10) * px);
    }
}

/* Takes the image. */
static struct image *turned(struct image *image, unsigned quarters)
{
    struct err err = {0};
    CLEANUP(image_freep) struct image *upright = image;
    struct image *result = image_turn(upright, quarters, &err);
    assert_ok_ptr(result, err);
    return result;
}

/* Symbols of both kinds, at the head and at the foot of a sheet put in any way. */
static void a_sheets_head_is_where_its_code_says(void **state)
{
    (void)state;
    struct err err = {0};
    for (unsigned quarters = 1; quarters <= 3; quarters++)
        for (int foot = 0; foot <= 1; foot++)
            for (int qr = 0; qr <= 1; qr++) {
                double width;
                const double y = foot ? 730 : 40;
                struct drawing drawing = drawing_new();
                if (qr)
                    draw_qr(drawing.cr, 300, y, 75, span_of_text(CODE));
                else
                    assert_ok(
                        symbol_code128(drawing.cr, 300, y, 1, 36, span_of_text(CODE), &width, &err),
                        err);
                const struct page_found found =
                    found_on(turned(drawing_done(&drawing, DRAWN_DPI), quarters));
                assert_string_equal(found.separator.code, foot ? "" : CODE);
            }
}

static void a_list_of_dossiers_parts_nothing(void **state)
{
    (void)state;
    struct drawing drawing = drawing_new();
    draw_qr(drawing.cr, 40, 40, 75, span_of_text(CODE));
    draw_qr(drawing.cr, 40, 200, 75, span_of_text("H57.12-250705-0002"));
    assert_int_equal(found_on(drawing_done(&drawing, DRAWN_DPI)).separator.kind, SEPARATOR_NONE);
}

/* A library that compares two such codes stumbled over it. */
static void the_same_code_twice_is_one(void **state)
{
    (void)state;
    struct err err = {0};
    double width;
    struct drawing drawing = drawing_new();
    for (int i = 0; i < 2; i++)
        assert_ok(
            symbol_code128(drawing.cr, 60, 60 + i * 70, 1.2, 40, span_of_text(CODE), &width, &err),
            err);
    const struct page_found found = found_on(drawing_done(&drawing, DRAWN_DPI));
    assert_int_equal(found.separator.kind, SEPARATOR_CODE128);
    assert_string_equal(found.separator.code, CODE);
}

static struct image *patch_page(const char *bars, double width, unsigned quarters, int dpi)
{
    struct drawing drawing = drawing_new();
    symbol_patch(drawing.cr, 120, 100, width, bars);
    struct image *image = drawing_done(&drawing, dpi);
    return quarters ? turned(image, quarters) : image;
}

static const struct patch_case {
    const char *why, *bars;
    double width; /* points */
    unsigned quarters;
    int dpi; /* as the file says */
    bool found;
} patch_cases[] = {
    {"T", "nwnw", 200, 0, DRAWN_DPI, true},
    {"T on its side", "nwnw", 200, 1, DRAWN_DPI, true},
    {"T on its head, which is 3", "wnwn", 200, 0, DRAWN_DPI, true},
    {"the shortest T", "nwnw", 60, 0, DRAWN_DPI, true},
    {"T of unknown resolution", "nwnw", 200, 0, 0, true},
    {"T too short", "nwnw", 36, 0, DRAWN_DPI, false},
    {"T of one and a half its size", "nwnw", 300, 0, DRAWN_DPI * 2 / 3, false},
    {"1", "wwnn", 200, 0, DRAWN_DPI, false},
    {"2", "wnnw", 200, 0, DRAWN_DPI, false},
    {"4", "nnww", 200, 0, DRAWN_DPI, false},
    {"6", "nwwn", 200, 0, DRAWN_DPI, false},
};

static void only_the_patch_t_is_taken(void **state)
{
    const struct patch_case *c = *state;
    const struct page_found found = found_on(patch_page(c->bars, c->width, c->quarters, c->dpi));
    assert_int_equal(found.separator.kind, c->found ? SEPARATOR_PATCH_T : SEPARATOR_NONE);
    assert_string_equal(found.separator.text, "");
    assert_string_equal(found.separator.code, "");
    if (c->found && c->quarters == 0) {
        assert_in_range(found.separator.x, 110 * DRAWN_DPI / 72, 135 * DRAWN_DPI / 72);
        assert_in_range(found.separator.h, 54 * DRAWN_DPI / 72, 62 * DRAWN_DPI / 72);
    }
}

/* Black beside the bars, two short patches in line, and one of slices that are out of step. */
static void what_is_like_a_patch_t_is_none(void **state)
{
    (void)state;
    const double unit = 0.08 * 72;
    for (int kind = 0; kind < 4; kind++) {
        struct drawing drawing = drawing_new();
        if (kind < 2) {
            symbol_patch(drawing.cr, 120, 100, 200, "nwnw");
            const double away = kind == 0 ? 2 * unit : unit / 2;
            cairo_rectangle(drawing.cr, 120, 100 - away - 20, 200, 20);
            cairo_rectangle(drawing.cr, 120, 100 + 10 * unit + away, 200, 20);
            cairo_fill(drawing.cr);
        } else if (kind == 2) {
            symbol_patch(drawing.cr, 120, 100, 36, "nwnw");
            symbol_patch(drawing.cr, 180, 100, 36, "nwnw");
        } else {
            for (int slice = 0; slice < 60; slice++)
                symbol_patch(drawing.cr, 120 + slice * 3, slice % 2 ? 100 : 108, 3, "nwnw");
        }
        const struct page_found found = found_on(drawing_done(&drawing, DRAWN_DPI));
        assert_int_equal(found.separator.kind, kind == 0 ? SEPARATOR_PATCH_T : SEPARATOR_NONE);
    }
}

/* --- hostile input ---------------------------------------------------------------------------- */

static const struct hostile_text {
    const char *why, *text;
    size_t len;
    const char *code; /* NULL: refused */
} hostile_texts[] = {
    {"a NUL", CODE "\0|x", sizeof CODE + 2, NULL},
    {"bytes that are no UTF-8", CODE "|\xFF\xFE", sizeof CODE + 2, NULL},
    {"half a letter", CODE "|\xE1\xBB", sizeof CODE + 2, NULL},
    {"an escape sequence", CODE "|\x1B[2J", sizeof CODE + 4, NULL},
    {"a C1 control", CODE "|\xC2\x9B", sizeof CODE + 2, NULL},
    {"ends of lines", CODE "\r\n\tx", sizeof CODE + 3, CODE},
};

static void a_hostile_text_is_refused(void **state)
{
    const struct hostile_text *c = *state;
    struct drawing drawing = drawing_new();
    draw_qr(drawing.cr, 40, 40, 100, span_of(c->text, c->len));
    const struct page_found found = found_on(drawing_done(&drawing, DRAWN_DPI));
    assert_int_equal(found.separator.kind, c->code ? SEPARATOR_QR : SEPARATOR_NONE);
    assert_string_equal(found.separator.code, c->code ? c->code : "");
    assert_string_equal(found.separator.text, c->code ? CODE " x" : "");
}

/* The code stands first, then `letters` times ế, of three bytes. */
static struct page_found long_text(size_t letters)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    assert_ok(bytes_printf(&text, &err, "%s ", CODE), err);
    for (size_t i = 0; i < letters; i++)
        assert_ok(bytes_append(&text, span_of_text("ế"), &err), err);
    struct drawing drawing = drawing_new();
    draw_qr(drawing.cr, 40, 40, 380, bytes_span(&text));
    return found_on(drawing_done(&drawing, DRAWN_DPI));
}

static void a_long_text_is_cut_between_letters(void **state)
{
    (void)state;
    const struct page_found found = long_text(150);
    assert_int_equal(found.separator.kind, SEPARATOR_QR);
    assert_string_equal(found.separator.code, CODE);
    assert_int_equal(strlen(found.separator.text), 19 + 78 * 3); /* 253 of 255 */
    assert_true(strncmp(found.separator.text, CODE " ế", 22) == 0);
}

static void an_endless_text_is_refused(void **state)
{
    (void)state;
    assert_int_equal(long_text(340).separator.kind, SEPARATOR_NONE); /* 1039 bytes */
}

static PIX *noise(int w, int h, int depth)
{
    PIX *pix = pixCreate(w, h, depth);
    uint32_t state = 7;
    uint32_t *words = pixGetData(pix);
    for (size_t i = 0; i < (size_t)pixGetWpl(pix) * (size_t)h; i++) {
        state = state * 1664525u + 1013904223u;
        words[i] = state ^ state >> 16;
    }
    return pix;
}

static PIX *black(int w, int h, int depth)
{
    PIX *pix = pixCreate(w, h, depth);
    (void)(depth == 1 ? pixSetAll(pix) : pixClearAll(pix));
    return pix;
}

static void odd_pictures_have_no_codes(void **state)
{
    (void)state;
    const struct {
        PIX *pix;
        int dpi;
    } pictures[] = {
        {black(1, 1, 1), 300},        {black(1, 1, 8), 0},        {black(2480, 3508, 1), 300},
        {black(2480, 3508, 8), 300},  {noise(30000, 40, 1), 300}, {noise(40, 30000, 8), 300},
        {noise(1654, 2339, 8), 200},  {noise(1654, 2339, 1), 0},  {noise(33, 31, 1), 9600},
        {noise(3000, 3000, 1), 9600}, {noise(900, 900, 1), 20},
    };
    for (size_t i = 0; i < ARRAY_LEN(pictures); i++) {
        struct image *image = image_of(pictures[i].pix, pictures[i].dpi);
        assert_int_equal(found_on(image).separator.kind, SEPARATOR_NONE);
    }
}

static void a_page_of_codes_gives_the_most_that_are_kept(void **state)
{
    (void)state;
    struct err err = {0};
    struct barcodes codes;
    struct drawing drawing = drawing_new();
    for (int i = 0; i < 12; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        draw_qr(drawing.cr, 60 + i % 3 * 110, 60 + i / 3 * 110, 80, span_of_text(text));
    }
    CLEANUP(image_freep) struct image *image = drawing_done(&drawing, DRAWN_DPI);
    CLEANUP(image_freep) struct image *bilevel = image_binarise(image, &err);
    assert_ok_ptr(bilevel, err);
    assert_ok(barcode_find(image, bilevel, &codes, &err), err);
    assert_int_equal(codes.len, BARCODES_MAX);
}

/* The same pixels, read after others: the library must not remember. */
static void a_page_reads_the_same_again(void **state)
{
    (void)state;
    struct typeset *slip = a_slip();
    struct err err = {0};
    const struct separator sheet = separator_of(3, 0, TRIAL_WORN_STAMPED);
    CLEANUP(bytes_done) struct bytes file = scan_sheet(&sheet, slip);
    typeset_free(slip);
    struct page_found first, again;
    for (int i = 0; i < 3; i++) {
        CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&file), &limits, &err);
        assert_ok_ptr(scan, err);
        assert_true(run_page(scan, 0, i == 0 ? &first : &again));
        if (i > 0)
            assert_memory_equal(&first.separator, &again.separator, sizeof first.separator);
        (void)long_text(20);
    }
}

/* --- ordinary pages --------------------------------------------------------------------------- */

struct census {
    struct sample sample; /* of the files */
    size_t files;
    unsigned pages, left_out, separators;
};

static void look_at_file(const char *path, struct census *census)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes data = {0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t block[65536];
    for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;)
        assert_ok(bytes_append(&data, span_of(block, got), &err), err);
    fclose(file);
    CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&data), &limits, &err);
    if (!scan)
        fail_msg("%s: %s", path, err.text);
    for (uint32_t i = 0; i < scan_pages(scan) && i < PAGES_MAX; i++) {
        struct page_found found;
        if (!run_page(scan, i, &found)) {
            census->left_out++;
            continue;
        }
        census->pages++;
        if (found.separator.kind != SEPARATOR_NONE) {
            print_message("a separator: %s page %u: %s '%s'\n", path, i + 1,
                          separator_kind_name(found.separator.kind), found.separator.text);
            census->separators++;
        }
    }
}

static bool is_picture(const char *name)
{
    static const char *const ends[] = {".png", ".jpg", ".tif", ".pdf"};
    const size_t len = strlen(name);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (len > 4 && strcasecmp(name + len - 4, ends[i]) == 0)
            return true;
    return false;
}

static void look_at_folder(const char *path, struct census *census)
{
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char name[1024];
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (is_picture(entry->d_name) &&
            census->files++ % census->sample.step == census->sample.first)
            look_at_file(name, census);
    }
    closedir(dir);
}

static void no_ordinary_page_parts_anything(void **state)
{
    (void)state;
    static const char *const folders[] = {"vie_real",  "vie_real_pdf", "vie_synth",  "vie_digital",
                                          "made/g300", "made/b300",    "made/deg",   "eng_isri",
                                          "eng_misc",  "deskew",       "orientation"};
    struct census census = {.sample = sample_of(ONE_IN)};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        char path[512];
        (void)snprintf(path, sizeof path, SOHOA_DATA_DIR "/%s", folders[i]);
        look_at_folder(path, &census);
    }
    if (census.pages == 0) {
        print_message("skipped: no pages in %s\n", SOHOA_DATA_DIR);
        skip();
    }
    print_message("%u ordinary pages, %u left out, %u separators\n", census.pages, census.left_out,
                  census.separators);
    assert_int_equal(census.separators, 0);
}

#define TESTS_MAX 64

int main(void)
{
    struct CMUnitTest tests[TESTS_MAX] = {
        cmocka_unit_test(sheets_are_read),
        cmocka_unit_test(a_sheets_head_is_where_its_code_says),
        cmocka_unit_test(a_list_of_dossiers_parts_nothing),
        cmocka_unit_test(the_same_code_twice_is_one),
        cmocka_unit_test(what_is_like_a_patch_t_is_none),
        cmocka_unit_test(a_long_text_is_cut_between_letters),
        cmocka_unit_test(an_endless_text_is_refused),
        cmocka_unit_test(odd_pictures_have_no_codes),
        cmocka_unit_test(a_page_of_codes_gives_the_most_that_are_kept),
        cmocka_unit_test(a_page_reads_the_same_again),
        cmocka_unit_test(no_ordinary_page_parts_anything),
    };
    size_t n = 11;
    for (size_t i = 0; i < ARRAY_LEN(qr_cases); i++)
        tests[n++] = (struct CMUnitTest){.name = qr_cases[i].why,
                                         .test_func = a_code_parts_when_it_is_a_slips,
                                         .initial_state = (void *)(uintptr_t)&qr_cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(patch_cases); i++)
        tests[n++] = (struct CMUnitTest){.name = patch_cases[i].why,
                                         .test_func = only_the_patch_t_is_taken,
                                         .initial_state = (void *)(uintptr_t)&patch_cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(hostile_texts); i++)
        tests[n++] = (struct CMUnitTest){.name = hostile_texts[i].why,
                                         .test_func = a_hostile_text_is_refused,
                                         .initial_state = (void *)(uintptr_t)&hostile_texts[i]};
    return _cmocka_run_group_tests("separator", tests, n, NULL, NULL);
}
