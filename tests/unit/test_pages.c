/* tests/unit/test_pages.c - the sample pages: repeatable, true, in formats others can open. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <math.h>

#include <jpeglib.h>
#include <leptonica/allheaders.h>
#include <png.h>
#include <qpdf/qpdf-c.h>
#include <tiffio.h>

#include "base/text.h"
#include "tests/pages/pageset.h"
#include "tests/pages/pdf.h"
#include "tests/pages/picture.h"
#include "tests/pages/words.h"

#define DPI_FAST    72u  /* enough where nobody reads the page */
#define DPI_MEASURE 150u /* enough to measure an angle */
#define SKEW_ERROR  0.06 /* degrees; the meter's own error at this resolution included */

static struct bytes slurp(const char *dir, const char *name)
{
    struct bytes data = {0};
    struct err err = {0};
    char path[512];
    uint8_t part[65536];
    size_t len;
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("no file '%s'", path);
    while ((len = fread(part, 1, sizeof part, file)) > 0)
        assert_ok(bytes_append(&data, span_of(part, len), &err), err);
    (void)fclose(file);
    return data;
}

static struct bytes slurp_text(const char *dir, const char *name)
{
    struct err err = {0};
    struct bytes data = slurp(dir, name);
    assert_ok(bytes_append(&data, span_of("", 1), &err), err);
    data.len--;
    return data;
}

static char *make_set(struct pageset_options options)
{
    struct err err = {0};
    char *dir = test_dir_make();
    options.out = dir;
    assert_ok(pageset_write(&options, &err), err);
    return dir;
}

static size_t count_files(const char *dir)
{
    size_t count = 0;
    DIR *list = opendir(dir);
    assert_non_null(list);
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list))
        count += entry->d_name[0] != '.';
    closedir(list);
    return count;
}

static bool same_file(const char *dir_a, const char *dir_b, const char *name)
{
    struct bytes a = slurp(dir_a, name);
    struct bytes b = slurp(dir_b, name);
    bool same = a.len > 0 && a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    /* A blank page has an empty truth. */
    same = same || (a.len == 0 && b.len == 0 && strstr(name, "blank") && strstr(name, ".gt."));
    bytes_done(&a);
    bytes_done(&b);
    return same;
}

static void same_seed_gives_same_bytes_in_every_format(void **state)
{
    (void)state;
    const struct pageset_options options = {
        .kind = PAGESET_MIXED, .seed = 11, .count = 11, .dpi = DPI_FAST};
    char *a = make_set(options);
    char *b = make_set(options);
    DIR *list = opendir(a);
    assert_non_null(list);
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list))
        if (entry->d_name[0] != '.' && !same_file(a, b, entry->d_name))
            fail_msg("'%s' differs from run to run", entry->d_name);
    closedir(list);
    assert_int_equal(count_files(a), 11 * 2 + 1);
    assert_int_equal(count_files(b), 11 * 2 + 1);
    test_dir_remove(a);
    test_dir_remove(b);
}

static void another_seed_gives_another_page(void **state)
{
    (void)state;
    struct pageset_options options = {
        .kind = PAGESET_CLEAN, .seed = 6, .count = 2, .dpi = DPI_FAST};
    char *a = make_set(options);
    options.seed = 12; /* the same kinds of letters in the same order */
    char *b = make_set(options);
    assert_false(same_file(a, b, "001-decision.gt.txt"));
    assert_false(same_file(a, b, "001-decision.tif"));
    assert_true(count_files(a) == 5);
    struct bytes one = slurp(a, "001-decision.gt.txt");
    struct bytes two = slurp(a, "002-notice.gt.txt");
    assert_true(one.len != two.len || memcmp(one.data, two.data, one.len) != 0);
    bytes_done(&one);
    bytes_done(&two);
    test_dir_remove(a);
    test_dir_remove(b);
}

static struct typeset *set_letter(enum letter_kind kind, uint64_t seed, unsigned paragraphs)
{
    struct err err = {0};
    struct letter *letter = letter_new(kind, seed, paragraphs, &err);
    assert_ok_ptr(letter, err);
    struct typeset *typeset = typeset_new(letter, &err);
    assert_ok_ptr(typeset, err);
    letter_free(letter);
    return typeset;
}

static struct bytes whole_truth(const struct typeset *typeset)
{
    struct bytes all = {0};
    struct err err = {0};
    for (size_t i = 0; i < typeset_pages(typeset); i++)
        assert_ok(bytes_append(&all, typeset_truth(typeset, i), &err), err);
    assert_ok(bytes_append(&all, span_of("", 1), &err), err);
    all.len--;
    return all;
}

static void check_truth(const struct bytes *truth)
{
    static const char *const order[] = {
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n\nSố: ", ", ngày ",
        "\n\n"};
    struct err err = {0};
    struct bytes nfc = {0};
    const char *at = (const char *)truth->data;
    assert_ok(text_nfc(bytes_span(truth), &nfc, &err), err);
    assert_int_equal(nfc.len, truth->len);
    assert_memory_equal(nfc.data, truth->data, nfc.len);
    bytes_done(&nfc);
    assert_null(strpbrk(at, "{}<>\t\f"));
    assert_null(strstr(at, "\n\n\n"));
    assert_null(strstr(at, " \n"));
    assert_int_not_equal(at[0], '\n');
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        at = strstr(at, order[i]);
        if (!at)
            fail_msg("'%s' is not in its place", order[i]);
    }
}

static void truth_is_nfc_and_in_reading_order_for_all_kinds(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < LETTER_KINDS; kind++)
        for (uint64_t seed = 0; seed < 12; seed++) {
            struct typeset *typeset = set_letter((enum letter_kind)kind, seed, 1 + seed % 5);
            struct bytes truth = whole_truth(typeset);
            check_truth(&truth);
            bytes_done(&truth);
            typeset_free(typeset);
        }
}

static void recipients_come_before_the_signature(void **state)
{
    (void)state;
    struct err err = {0};
    struct letter *letter = letter_new(LETTER_DECISION, 3, 2, &err);
    assert_ok_ptr(letter, err);
    struct typeset *typeset = typeset_new(letter, &err);
    assert_ok_ptr(typeset, err);
    struct bytes truth = whole_truth(typeset);
    const char *text = (const char *)truth.data;
    const char *body_end = strstr(text, "./.");
    const char *recipients = strstr(text, "Nơi nhận:");
    assert_non_null(body_end);
    assert_non_null(recipients);
    assert_true(body_end < recipients);
    const char *signer = strstr(recipients, letter->signer);
    assert_non_null(signer);
    assert_string_equal(signer + strlen(letter->signer), "\n"); /* the last line of all */
    bytes_done(&truth);
    typeset_free(typeset);
    letter_free(letter);
}

static void every_truth_line_is_printed_and_every_printed_line_true(void **state)
{
    (void)state;
    struct typeset *typeset = set_letter(LETTER_OFFICIAL, 4, 12);
    assert_true(typeset_pages(typeset) >= 2);
    for (size_t page = 0; page < typeset_pages(typeset); page++) {
        struct err err = {0};
        struct bytes lines = {0}, truth = {0};
        for (size_t i = 0; i < typeset_lines(typeset, page); i++) {
            struct typeset_line line = typeset_line(typeset, page, i);
            assert_ok(bytes_append(&lines, line.text, &err), err);
            assert_ok(bytes_append(&lines, span_of("\n", 1), &err), err);
            assert_true(line.x > 40 && line.x + line.width < A4_WIDTH_PT - 40);
            assert_true(line.baseline > 40 && line.baseline < A4_HEIGHT_PT - 25);
        }
        struct span said = typeset_truth(typeset, page);
        for (size_t i = 0; i < said.len; i++) /* block ends apart */
            if (i == 0 || said.data[i] != '\n' || said.data[i - 1] != '\n')
                assert_ok(bytes_append(&truth, span_of(said.data + i, 1), &err), err);
        assert_int_equal(lines.len, truth.len);
        assert_memory_equal(lines.data, truth.data, lines.len);
        bytes_done(&lines);
        bytes_done(&truth);
    }
    typeset_free(typeset);
}

static struct raster scan(const struct scan_job *job)
{
    struct err err = {0};
    struct raster raster = {0};
    assert_ok(scanner_scan(job, &raster, &err), err);
    return raster;
}

static struct raster *three_pages(uint32_t dpi, bool colour)
{
    struct typeset *typeset = set_letter(LETTER_NOTICE, 8, 3);
    struct raster *pages = calloc(3, sizeof *pages);
    assert_non_null(pages);
    for (unsigned i = 0; i < 3; i++) {
        const struct scan_job job = {
            .typeset = typeset, .dpi = dpi, .colour = colour, .seed = i, .skew_deg = i};
        pages[i] = scan(&job);
    }
    typeset_free(typeset);
    return pages;
}

static void free_pages(struct raster *pages)
{
    for (unsigned i = 0; i < 3; i++)
        raster_done(&pages[i]);
    free(pages);
}

static void save(const char *path, const struct bytes *data)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data->data, 1, data->len, file), data->len);
    assert_int_equal(fclose(file), 0);
}

static void check_tiff(TIFF *tiff, const struct raster *page, bool bilevel)
{
    uint32_t width = 0, height = 0;
    uint16_t compression = 0, bits = 0;
    float dpi = 0;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetField(tiff, TIFFTAG_COMPRESSION, &compression);
    TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &dpi);
    assert_int_equal(width, page->width);
    assert_int_equal(height, page->height);
    assert_int_equal(compression, bilevel ? COMPRESSION_CCITTFAX4 : COMPRESSION_LZW);
    assert_int_equal(bits, bilevel ? 1 : 8);
    assert_int_equal((int)dpi, page->dpi);
    uint8_t *row = calloc(1, width);
    assert_non_null(row);
    for (uint32_t y = 0; y < height; y++) {
        const uint8_t *grey = page->px + (size_t)y * width;
        assert_int_equal(TIFFReadScanline(tiff, row, y, 0), 1);
        for (uint32_t x = 0; x < width; x++) {
            bool black = row[x / 8] >> (7 - x % 8) & 1;
            if (bilevel ? black != (grey[x] < 144) : row[x] != grey[x])
                fail_msg("pixel %u,%u came back changed", x, y);
        }
    }
    free(row);
}

static void tiff_gives_back_every_pixel_of_every_page(void **state)
{
    (void)state;
    struct raster *pages = three_pages(DPI_FAST, false);
    for (int bilevel = 0; bilevel < 2; bilevel++) {
        struct err err = {0};
        struct bytes data = {0};
        char *dir = test_dir_make();
        char path[512];
        (void)snprintf(path, sizeof path, "%s/x.tif", dir);
        assert_ok(picture_tiff(pages, 3, bilevel, &data, &err), err);
        save(path, &data);
        TIFF *tiff = TIFFOpen(path, "r");
        assert_non_null(tiff);
        assert_int_equal(TIFFNumberOfDirectories(tiff), 3);
        for (uint16_t i = 0; i < 3; i++) {
            assert_int_equal(TIFFSetDirectory(tiff, i), 1);
            check_tiff(tiff, &pages[i], bilevel);
        }
        TIFFClose(tiff);
        bytes_done(&data);
        test_dir_remove(dir);
    }
    free_pages(pages);
}

static void png_gives_back_every_pixel(void **state)
{
    (void)state;
    for (int colour = 0; colour < 2; colour++) {
        struct raster *pages = three_pages(DPI_FAST, colour);
        struct err err = {0};
        struct bytes data = {0};
        png_image image = {.version = PNG_IMAGE_VERSION};
        assert_ok(picture_png(&pages[1], &data, &err), err);
        assert_true(png_image_begin_read_from_memory(&image, data.data, data.len));
        assert_int_equal(image.width, pages[1].width);
        assert_int_equal(image.height, pages[1].height);
        image.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
        uint8_t *px = malloc(PNG_IMAGE_SIZE(image));
        assert_non_null(px);
        assert_true(png_image_finish_read(&image, NULL, px, 0, NULL));
        assert_memory_equal(px, pages[1].px, PNG_IMAGE_SIZE(image));
        free(px);
        bytes_done(&data);
        free_pages(pages);
    }
}

static void jpeg_opens_with_size_and_resolution(void **state)
{
    (void)state;
    struct raster *pages = three_pages(DPI_FAST, true);
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr trouble; /* libjpeg's own: an error ends the test program, and says so */
    struct bytes data = {0};
    struct err err = {0};
    assert_ok(picture_jpeg(&pages[0], &data, &err), err);
    codec.err = jpeg_std_error(&trouble);
    jpeg_create_decompress(&codec);
    jpeg_mem_src(&codec, data.data, data.len);
    assert_int_equal(jpeg_read_header(&codec, TRUE), JPEG_HEADER_OK);
    assert_int_equal(codec.image_width, pages[0].width);
    assert_int_equal(codec.image_height, pages[0].height);
    assert_int_equal(codec.X_density, DPI_FAST);
    assert_int_equal(codec.num_components, 3);
    jpeg_start_decompress(&codec);
    uint8_t *row = malloc((size_t)codec.output_width * 3);
    while (codec.output_scanline < codec.output_height)
        assert_int_equal(jpeg_read_scanlines(&codec, &row, 1), 1);
    free(row);
    jpeg_finish_decompress(&codec);
    assert_int_equal(trouble.num_warnings, 0);
    jpeg_destroy_decompress(&codec);
    bytes_done(&data);
    free_pages(pages);
}

static void check_pdf(const struct bytes *data, size_t pages)
{
    qpdf_data qpdf = qpdf_init();
    qpdf_set_suppress_warnings(qpdf, QPDF_TRUE);
    qpdf_set_attempt_recovery(qpdf, QPDF_FALSE);
    assert_int_equal(qpdf_read_memory(qpdf, "page", (const char *)data->data, data->len, NULL),
                     QPDF_SUCCESS);
    assert_int_equal(qpdf_get_num_pages(qpdf), pages);
    assert_int_equal(qpdf_check_pdf(qpdf), QPDF_SUCCESS);
    qpdf_cleanup(&qpdf);
}

static void pdf_of_scans_is_sound_in_every_way(void **state)
{
    (void)state;
    struct typeset *typeset = set_letter(LETTER_NOTICE, 8, 3);
    for (unsigned way = PDF_JPEG; way <= PDF_G4_STAMPED; way++) {
        struct raster *pages = three_pages(DPI_FAST, way == PDF_JPEG || way == PDF_LAYERED);
        struct bytes data = {0};
        struct err err = {0};
        assert_ok(pdf_of_scans(pages, 3, (enum pdf_way)way, typeset, &data, &err), err);
        check_pdf(&data, 3);
        bool g4 = memmem(data.data, data.len, "/CCITTFaxDecode", 15) != NULL;
        bool hidden = memmem(data.data, data.len, "BT 3 Tr", 7) != NULL;
        bool stamp = memmem(data.data, data.len, "/Subtype /Widget", 16) != NULL;
        assert_int_equal(g4, way == PDF_G4 || way == PDF_G4_STAMPED);
        assert_int_equal(hidden, way == PDF_LAYERED);
        assert_int_equal(stamp, way == PDF_G4_STAMPED);
        bytes_done(&data);
        free_pages(pages);
    }
    typeset_free(typeset);
}

static void invisible_layer_holds_the_letters(void **state)
{
    (void)state;
    static const char motto[] = "<01101ED900630020006C1EAD0070"; /* "Độc lập" as UTF-16 */
    struct typeset *typeset = set_letter(LETTER_NOTICE, 8, 3);
    struct raster *pages = three_pages(DPI_FAST, true);
    struct bytes data = {0};
    struct err err = {0};
    assert_ok(pdf_of_scans(pages, 1, PDF_LAYERED, typeset, &data, &err), err);
    assert_non_null(memmem(data.data, data.len, motto, strlen(motto)));
    bytes_done(&data);
    free_pages(pages);
    typeset_free(typeset);
}

static void born_digital_pdf_has_fonts_and_no_picture(void **state)
{
    (void)state;
    struct typeset *typeset = set_letter(LETTER_NOTICE, 8, 9);
    struct bytes data = {0};
    struct err err = {0};
    assert_ok(pdf_of_text(typeset, &data, &err), err);
    check_pdf(&data, typeset_pages(typeset));
    assert_non_null(memmem(data.data, data.len, "LiberationSerif", 15));
    assert_null(memmem(data.data, data.len, "/Subtype /Image", 15));
    bytes_done(&data);
    typeset_free(typeset);
}

/* Leptonica says by how much the page must be turned clockwise to stand upright: that is how far
 * it is turned counter-clockwise. */
static double measure(const struct raster *page)
{
    struct bytes data = {0};
    struct err err = {0};
    l_float32 angle = 0, sure = 0;
    assert_ok(picture_tiff(page, 1, true, &data, &err), err);
    PIX *pix = pixReadMem(data.data, data.len);
    assert_non_null(pix);
    assert_int_equal(pixFindSkewSweepAndSearch(pix, &angle, &sure, 2, 1, 7, 1, 0.01F), 0);
    assert_true(sure > 2);
    pixDestroy(&pix);
    bytes_done(&data);
    return (double)angle;
}

static void skew_asked_for_is_skew_applied(void **state)
{
    (void)state;
    static const double skews_deg[] = {-4, -0.75, 0, 0.4, 2.5};
    struct typeset *typeset = set_letter(LETTER_OFFICIAL, 21, 4);
    for (size_t i = 0; i < ARRAY_LEN(skews_deg); i++) {
        const struct scan_job job = {
            .typeset = typeset, .dpi = DPI_MEASURE, .skew_deg = skews_deg[i], .seed = i};
        struct raster page = scan(&job);
        double found = measure(&page);
        if (fabs(found - skews_deg[i]) > SKEW_ERROR)
            fail_msg("asked for %.2f, found %.3f", skews_deg[i], found);
        raster_done(&page);
    }
    typeset_free(typeset);
}

static void skew_noted_is_skew_of_the_file(void **state)
{
    (void)state;
    char *dir = make_set((struct pageset_options){.kind = PAGESET_BILEVEL,
                                                  .seed = 12,
                                                  .count = 2,
                                                  .dpi = DPI_MEASURE,
                                                  .degrade_given = true,
                                                  .degrade = DEGRADE_LIGHT});
    struct bytes noted = slurp_text(dir, "skew.tsv");
    static const char *const files[] = {"001-decision.tif", "002-notice.tif"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        double skew = 0;
        const char *row = strstr((const char *)noted.data, files[i]);
        assert_non_null(row);
        assert_int_equal(sscanf(row + strlen(files[i]), "\t1\t%lf", &skew), 1);
        assert_true(fabs(skew) > 0 && fabs(skew) <= 0.8);
        struct bytes data = slurp(dir, files[i]);
        PIX *pix = pixReadMem(data.data, data.len);
        l_float32 angle = 0, sure = 0;
        assert_non_null(pix);
        assert_int_equal(pixFindSkewSweepAndSearch(pix, &angle, &sure, 2, 1, 7, 1, 0.01F), 0);
        if (fabs((double)angle - skew) > SKEW_ERROR)
            fail_msg("%s: noted %.4f, found %.3f", files[i], skew, (double)angle);
        pixDestroy(&pix);
        bytes_done(&data);
    }
    bytes_done(&noted);
    test_dir_remove(dir);
}

static size_t count_red(const struct raster *page)
{
    size_t red = 0;
    for (size_t i = 0; i < (size_t)page->width * page->height; i++)
        red += page->px[3 * i] > page->px[3 * i + 1] + 80;
    return red;
}

static void seal_and_urgency_are_red_and_only_there_when_asked_for(void **state)
{
    (void)state;
    struct typeset *typeset = set_letter(LETTER_DECISION, 2, 2);
    struct scan_job job = {.typeset = typeset, .dpi = DPI_FAST, .colour = true, .seed = 1};
    size_t red[3];
    for (int i = 0; i < 3; i++) {
        job.seal = i == 1 ? "Ủy ban nhân dân" : NULL;
        job.urgent = i == 2;
        struct raster page = scan(&job);
        red[i] = count_red(&page);
        raster_done(&page);
    }
    assert_int_equal(red[0], 0);
    assert_true(red[1] > 500);
    assert_true(red[2] > 100);
    typeset_free(typeset);
}

static void back_is_nearly_white(void **state)
{
    (void)state;
    struct typeset *typeset = set_letter(LETTER_DECISION, 2, 2);
    const struct scan_job job = {.typeset = typeset, .dpi = DPI_FAST, .back = true};
    struct raster page = scan(&job);
    size_t white = 0, shimmer = 0;
    for (size_t i = 0; i < (size_t)page.width * page.height; i++) {
        assert_true(page.px[i] > 230);
        white += page.px[i] == 255;
        shimmer += page.px[i] < 250;
    }
    assert_true(white > shimmer);
    assert_true(shimmer > 100);
    raster_done(&page);
    typeset_free(typeset);
}

static double mean_grey(const struct raster *page)
{
    double sum = 0;
    size_t len = (size_t)page->width * page->height;
    for (size_t i = 0; i < len; i++)
        sum += page->px[i];
    return sum / (double)len;
}

static void harder_wear_is_darker_and_noisier(void **state)
{
    (void)state;
    struct typeset *typeset = set_letter(LETTER_DECISION, 2, 2);
    double mean[3];
    for (unsigned how = DEGRADE_NONE; how <= DEGRADE_HARD; how++) {
        const struct scan_job job = {
            .typeset = typeset, .dpi = DPI_FAST, .degrade = (enum degrade)how, .seed = 5};
        struct raster page = scan(&job);
        bool even = true; /* the top margin of a spotless page is all white */
        for (uint32_t x = 0; x < page.width; x++)
            even = even && page.px[10 * page.width + x] == 255;
        assert_int_equal(even, how == DEGRADE_NONE);
        mean[how] = mean_grey(&page);
        raster_done(&page);
    }
    assert_true(mean[DEGRADE_LIGHT] < mean[DEGRADE_NONE] - 2);
    assert_true(mean[DEGRADE_HARD] < mean[DEGRADE_LIGHT] - 5);
    typeset_free(typeset);
}

static size_t count_lines(const struct bytes *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->len; i++)
        lines += text->data[i] == '\n';
    return lines;
}

static void demo_holds_what_is_promised(void **state)
{
    (void)state;
    static const char *const files[PAGESET_DEMO_FILES] = {
        "001-decision.jpg", "002-report.tif",   "003-official.pdf", "004-notice.png",
        "005-minutes.jpg",  "006-decision.pdf", "007-notice.pdf",   "008-receipt.tif",
        "009-copy.jpg",     "010-damaged.jpg"};
    char *dir = make_set(
        (struct pageset_options){.kind = PAGESET_DEMO, .seed = 5, .count = 1, .dpi = DPI_FAST});
    struct bytes noted = slurp_text(dir, "skew.tsv");
    assert_int_equal(count_lines(&noted), 1 + PAGESET_DEMO_PAGES);
    assert_int_equal(count_files(dir), 2 * PAGESET_DEMO_FILES - 1 + 1);
    for (size_t i = 0; i < PAGESET_DEMO_FILES; i++) {
        struct bytes data = slurp(dir, files[i]);
        assert_true(data.len > 1000);
        bytes_done(&data);
    }

    struct bytes first = slurp(dir, files[0]), copy = slurp(dir, files[8]);
    assert_int_equal(first.len, copy.len);
    assert_memory_equal(first.data, copy.data, first.len);
    struct bytes damaged = slurp(dir, files[9]);
    assert_memory_equal(damaged.data, "\xff\xd8\xff", 3);
    assert_memory_not_equal(damaged.data + damaged.len - 2, "\xff\xd9", 2);
    struct bytes official = slurp_text(dir, "003-official.gt.txt");
    const char *text = (const char *)official.data;
    assert_non_null(strchr(text, '\f'));
    assert_int_equal(text[official.len - 1], '\f'); /* the back says nothing */
    struct bytes pdf = slurp(dir, files[2]);
    check_pdf(&pdf, 3);

    bytes_done(&pdf);
    bytes_done(&official);
    bytes_done(&damaged);
    bytes_done(&first);
    bytes_done(&copy);
    bytes_done(&noted);
    test_dir_remove(dir);
}

static void folder_that_cannot_be_made_is_told(void **state)
{
    (void)state;
    struct err err = {0};
    const struct pageset_options options = {
        .kind = PAGESET_CLEAN, .count = 1, .dpi = DPI_FAST, .out = "/dev/null/pages"};
    assert_int_equal(pageset_write(&options, &err), -1);
    assert_int_equal(err.kind, ERR_SYSTEM);
    assert_non_null(strstr(err.text, "make folder '/dev/null/pages'"));
}

static void bad_templates_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *template, *error;
    } cases[] = {{"a {nobody} b", "no words for '{nobody}'"},
                 {"a {open", "no end of name in '{open'"},
                 {"{9-3}", "no words for '{9-3}'"},
                 {"{one}", NULL}};
    const struct fact fact = {"one", "{not grown}"};
    const struct facts facts = {&fact, 1};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct prng prng = prng_of(1, 1);
        struct bytes out = {0};
        struct err err = {0};
        int rc = words_grow(&prng, &facts, cases[i].template, &out, &err);
        assert_int_equal(rc, cases[i].error ? -1 : 0);
        if (cases[i].error)
            assert_string_equal(err.text, cases[i].error);
        else
            assert_memory_equal(out.data, fact.value, strlen(fact.value));
        bytes_done(&out);
    }
}

static void chance_stays_in_its_range_and_reaches_its_ends(void **state)
{
    (void)state;
    struct prng prng = prng_of(42, 0);
    bool low = false, high = false;
    for (int i = 0; i < 2000; i++) {
        uint32_t n = prng_range(&prng, 3, 9);
        double x = prng_between(&prng, -1, 1);
        assert_in_range(n, 3, 9);
        assert_true(x >= -1 && x < 1);
        low = low || n == 3;
        high = high || n == 9;
    }
    assert_true(low && high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_same_bytes_in_every_format),
        cmocka_unit_test(another_seed_gives_another_page),
        cmocka_unit_test(truth_is_nfc_and_in_reading_order_for_all_kinds),
        cmocka_unit_test(recipients_come_before_the_signature),
        cmocka_unit_test(every_truth_line_is_printed_and_every_printed_line_true),
        cmocka_unit_test(tiff_gives_back_every_pixel_of_every_page),
        cmocka_unit_test(png_gives_back_every_pixel),
        cmocka_unit_test(jpeg_opens_with_size_and_resolution),
        cmocka_unit_test(pdf_of_scans_is_sound_in_every_way),
        cmocka_unit_test(invisible_layer_holds_the_letters),
        cmocka_unit_test(born_digital_pdf_has_fonts_and_no_picture),
        cmocka_unit_test(skew_asked_for_is_skew_applied),
        cmocka_unit_test(skew_noted_is_skew_of_the_file),
        cmocka_unit_test(seal_and_urgency_are_red_and_only_there_when_asked_for),
        cmocka_unit_test(back_is_nearly_white),
        cmocka_unit_test(harder_wear_is_darker_and_noisier),
        cmocka_unit_test(demo_holds_what_is_promised),
        cmocka_unit_test(folder_that_cannot_be_made_is_told),
        cmocka_unit_test(bad_templates_are_told),
        cmocka_unit_test(chance_stays_in_its_range_and_reaches_its_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
