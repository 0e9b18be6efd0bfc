/* tests/unit/test_pdf_writer.c - PDF/A: what ISO 19005-2 asks for is there, looked at by qpdf; the
 * picture comes back as it lies; the text stands where it should, whatever the words are. */
#include "image/pdf_writer.h"

#include "tests/unit/test.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <qpdf/qpdf-c.h>

#include "image/format.h"
#include "image/pdf_text.h"

static const struct scan_limits limits = {1000000, 5000, 10};
static const struct pdf_about about = {"Quyết định \"A & B\" \xF0\x9F\x98\x80",
                                       1764581400000000000};

/* A picture of 4 x 2 that looks different however it is turned, as a PNG's rows. */
struct small {
    struct embed embed;
    struct bytes rows;
    struct image *image;
};

static void small_done(struct small *small)
{
    bytes_done(&small->rows);
    image_free(small->image);
}

static void make_small(struct small *small)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes png = {0};
    PIX *pix = pixCreate(4, 2, 8);
    for (int i = 0; i < 8; i++)
        (void)pixSetPixel(pix, i % 4, i / 4, (l_uint32)(20 + 30 * i));
    small->image = image_of_pix(pix, &err);
    assert_ok_ptr(small->image, err);
    assert_ok(image_encode(small->image, IMAGE_PNG, &png, &err), err);
    assert_int_equal(png_rows(bytes_span(&png), &small->embed, &small->rows, &err), 1);
}

static int collect(void *self, struct span data, struct err *err)
{
    return bytes_append(self, data, err);
}

static struct pdf_page page_of(const struct small *small)
{
    return (struct pdf_page){.picture = &small->embed,
                             .data = bytes_span(&small->rows),
                             .width_px = 2480,
                             .height_px = 3508,
                             .dpi = 300};
}

static void write_pages(const struct pdf_page *pages, size_t n, const struct pdf_about *what,
                        struct bytes *out)
{
    struct err err = {0};
    CLEANUP(pdf_writer_freep) struct pdf_writer *writer = pdf_writer_new(what, collect, out, &err);
    assert_ok_ptr(writer, err);
    for (size_t i = 0; i < n; i++)
        assert_ok(pdf_writer_page(writer, &pages[i], &err), err);
    assert_ok(pdf_writer_finish(writer, &err), err);
}

/* --- qpdf: sound without a warning */

static qpdf_data open_pdf(const struct bytes *file)
{
    qpdf_data q = qpdf_init();
    qpdf_silence_errors(q);
    qpdf_set_attempt_recovery(q, QPDF_FALSE);
    assert_int_equal(
        qpdf_read_memory(q, "test", (const char *)file->data, (unsigned long long)file->len, NULL),
        QPDF_SUCCESS);
    assert_int_equal(qpdf_check_pdf(q), QPDF_SUCCESS);
    assert_false(qpdf_more_warnings(q));
    return q;
}

static qpdf_oh at(qpdf_data q, qpdf_oh dict, const char *key)
{
    assert_true(qpdf_oh_is_dictionary(q, dict));
    qpdf_oh value = qpdf_oh_get_key(q, dict, key);
    if (qpdf_oh_is_null(q, value))
        fail_msg("no %s", key);
    return value;
}

static bool has(qpdf_data q, qpdf_oh dict, const char *key)
{
    return qpdf_oh_has_key(q, dict, key);
}

static void is_name(qpdf_data q, qpdf_oh dict, const char *key, const char *name)
{
    assert_string_equal(qpdf_oh_get_name(q, at(q, dict, key)), name);
}

static void stream_of(qpdf_data q, qpdf_oh stream, struct bytes *out)
{
    struct err err = {0};
    unsigned char *data = NULL;
    size_t len = 0;
    QPDF_BOOL filtered = QPDF_FALSE;
    assert_int_equal(
        qpdf_oh_get_stream_data(q, stream, qpdf_dl_generalized, &filtered, &data, &len),
        QPDF_SUCCESS);
    assert_ok(bytes_append(out, span_of(data, len), &err), err);
    assert_ok(bytes_append(out, span_of("", 1), &err), err);
    out->len--;
    free(data);
}

static void holds(const struct bytes *text, const char *wanted)
{
    if (!memmem(text->data, text->len, wanted, strlen(wanted)))
        fail_msg("no '%s' in '%.*s'", wanted, (int)text->len, (const char *)text->data);
}

static const struct pdf_word words[] = {
    {300, 400, 200, 50, 0, {(const uint8_t *)"Việt", 6}},
    {520, 400, 180, 50, 0, {(const uint8_t *)"Nam", 3}},
    {300, 500, 100, 50, 1, {(const uint8_t *)"\xF0\x9F\x98\x80", 4}},
};

static void clause_by_clause(qpdf_data q)
{
    CLEANUP(bytes_done) struct bytes xmp = {0}, profile = {0}, program = {0};
    qpdf_oh root = qpdf_get_root(q), trailer = qpdf_get_trailer(q);
    assert_false(qpdf_is_encrypted(q)); /* 6.1.3 */
    assert_int_equal(qpdf_oh_get_array_n_items(q, at(q, trailer, "/ID")), 2);
    size_t id_len = 0;
    (void)qpdf_oh_get_binary_string_value(q, qpdf_oh_get_array_item(q, at(q, trailer, "/ID"), 0),
                                          &id_len);
    assert_int_equal(id_len, 16);
    static const char *const forbidden[] = {"/AA",           "/OpenAction",     "/AcroForm",
                                            "/OCProperties", "/NeedsRendering", "/Names"};
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++)
        assert_false(has(q, root, forbidden[i]));

    qpdf_oh intents = at(q, root, "/OutputIntents"); /* 6.2.3 */
    assert_int_equal(qpdf_oh_get_array_n_items(q, intents), 1);
    qpdf_oh intent = qpdf_oh_get_array_item(q, intents, 0);
    is_name(q, intent, "/S", "/GTS_PDFA1");
    qpdf_oh icc = at(q, intent, "/DestOutputProfile");
    assert_int_equal(qpdf_oh_get_int_value_as_int(q, at(q, qpdf_oh_get_dict(q, icc), "/N")), 3);
    stream_of(q, icc, &profile);
    assert_memory_equal(profile.data + 12, "mntrRGB ", 8);

    qpdf_oh metadata = at(q, root, "/Metadata"); /* 6.6.2, 6.6.4 */
    assert_false(has(q, qpdf_oh_get_dict(q, metadata), "/Filter"));
    stream_of(q, metadata, &xmp);
    holds(&xmp, "pdfaid:part=\"2\" pdfaid:conformance=\"B\"");
    holds(&xmp, "xmp:CreateDate=\"2025-12-01T09:30:00Z\" xmp:ModifyDate=\"2025-12-01T09:30:00Z\"");
    holds(&xmp, ">Quyết định &quot;A &amp; B&quot; \xF0\x9F\x98\x80</rdf:li>");
    qpdf_oh info = at(q, trailer, "/Info"); /* 6.6.3: the same */
    assert_string_equal(qpdf_oh_get_utf8_value(q, at(q, info, "/Title")), about.title);
    assert_string_equal(qpdf_oh_get_utf8_value(q, at(q, info, "/CreationDate")),
                        "D:20251201093000Z");
    assert_string_equal(qpdf_oh_get_utf8_value(q, at(q, info, "/ModDate")), "D:20251201093000Z");
    holds(&xmp, "pdf:Producer=\"sohoa ");

    qpdf_oh page = qpdf_get_page_n(q, 0);
    qpdf_oh font = at(q, at(q, at(q, page, "/Resources"), "/Font"), "/F"); /* 6.2.11 */
    is_name(q, font, "/Subtype", "/Type0");
    is_name(q, font, "/Encoding", "/Identity-H");
    assert_true(qpdf_oh_is_stream(q, at(q, font, "/ToUnicode")));
    qpdf_oh cid = qpdf_oh_get_array_item(q, at(q, font, "/DescendantFonts"), 0);
    is_name(q, cid, "/Subtype", "/CIDFontType2");
    is_name(q, cid, "/CIDToGIDMap", "/Identity");
    assert_int_equal(qpdf_oh_get_int_value_as_int(q, at(q, cid, "/DW")), PDF_FONT_WIDTH);
    stream_of(q, at(q, at(q, cid, "/FontDescriptor"), "/FontFile2"), &program);
    assert_memory_equal(program.data, "\0\1\0\0", 4);

    qpdf_oh image = at(q, at(q, at(q, page, "/Resources"), "/XObject"), "/I"); /* 6.2.8 */
    static const char *const no_key[] = {"/Alternates", "/OPI", "/Interpolate", "/SMask"};
    for (size_t i = 0; i < ARRAY_LEN(no_key); i++)
        assert_false(has(q, qpdf_oh_get_dict(q, image), no_key[i]));
    assert_false(has(q, page, "/Annots")); /* 6.3 */
    assert_false(has(q, page, "/Group"));
}

static void a_file_keeps_to_the_clauses(void **state)
{
    (void)state;
    CLEANUP(small_done) struct small small = {.image = NULL};
    CLEANUP(bytes_done) struct bytes file = {0};
    make_small(&small);
    struct pdf_page pages[3] = {page_of(&small), page_of(&small), page_of(&small)};
    pages[0].words = pages[2].words = words;
    pages[0].word_len = pages[2].word_len = ARRAY_LEN(words);
    write_pages(pages, ARRAY_LEN(pages), &about, &file);
    assert_memory_equal(file.data, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", 15); /* 6.1.2 */
    assert_memory_equal(file.data + file.len - 6, "%%EOF\n", 6);         /* 6.1.3 */
    qpdf_data q = open_pdf(&file);
    assert_int_equal(qpdf_get_num_pages(q), 3);
    clause_by_clause(q);
    qpdf_cleanup(&q);
}

static void the_same_calls_give_the_same_bytes(void **state)
{
    (void)state;
    CLEANUP(small_done) struct small small = {.image = NULL};
    CLEANUP(bytes_done) struct bytes a = {0}, b = {0}, c = {0};
    make_small(&small);
    struct pdf_page page = page_of(&small);
    write_pages(&page, 1, &about, &a);
    write_pages(&page, 1, &about, &b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    page.words = words;
    page.word_len = 1;
    write_pages(&page, 1, &about, &c);
    const char *id = memmem(a.data, a.len, "/ID[<", 5), *other = memmem(c.data, c.len, "/ID[<", 5);
    assert_non_null(id);
    assert_memory_not_equal(id, other, 37);
    assert_memory_equal(id + 5, id + 39, 32);
}

/* --- the picture lies as it should: read back by the reader of scanned PDFs */

static void check_lie(const struct small *small, uint32_t orientation, uint32_t turned_deg)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes file = {0};
    CLEANUP(canvas_freep)
    PIX *oriented = canvas_orient(pixCopy(NULL, image_pix(small->image)), orientation, &err);
    assert_ok_ptr(oriented, err);
    CLEANUP(canvas_freep) PIX *upright = pixRotateOrth(oriented, (int)(turned_deg / 90));
    struct embed embed = small->embed;
    embed.orientation = orientation;
    const struct pdf_page page = {.picture = &embed,
                                  .data = bytes_span(&small->rows),
                                  .width_px = (uint32_t)pixGetWidth(oriented),
                                  .height_px = (uint32_t)pixGetHeight(oriented),
                                  .dpi = 20,
                                  .turned_deg = turned_deg};
    write_pages(&page, 1, &about, &file);
    CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&file), &limits, &err);
    assert_ok_ptr(scan, err);
    CLEANUP(image_freep) struct image *back = scan_decode(scan, 0, SCAN_COLOUR, &err);
    assert_ok_ptr(back, err);
    l_int32 same = 0;
    assert_int_equal(pixEqual(image_pix(back), upright, &same), 0);
    if (!same)
        fail_msg("orientation %u, turned %u", orientation, turned_deg);
    assert_int_equal(image_dpi(back), 20);
}

static void a_picture_lies_as_it_should(void **state)
{
    (void)state;
    CLEANUP(small_done) struct small small = {.image = NULL};
    make_small(&small);
    for (uint32_t orientation = 1; orientation <= 8; orientation++)
        for (uint32_t turned = 0; turned < 360; turned += 90)
            check_lie(&small, orientation, turned);
}

static void pages_of_odd_sizes_stay_within_bounds(void **state)
{
    (void)state;
    static const struct {
        uint32_t width_px, height_px, dpi;
        double dpi_wanted;
    } cases[] = {
        {2480, 3508, 300, 300},
        {2480, 3508, 0, 3508 / 11.6929},
        {3508, 2480, 0, 3508 / 11.6929},
        {30000, 100, 20, 150},
        {1, 1, 9600, 9600},
        {1, 30000, 0, 30000 / 11.6929},
    };
    CLEANUP(small_done) struct small small = {.image = NULL};
    make_small(&small);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(bytes_done) struct bytes file = {0};
        struct pdf_page page = page_of(&small);
        page.width_px = cases[i].width_px;
        page.height_px = cases[i].height_px;
        page.dpi = cases[i].dpi;
        assert_float_equal((float)pdf_page_dpi(&page), (float)cases[i].dpi_wanted, 0.01F);
        write_pages(&page, 1, &about, &file);
        qpdf_data q = open_pdf(&file);
        qpdf_oh box = at(q, qpdf_get_page_n(q, 0), "/MediaBox");
        for (int side = 2; side < 4; side++) {
            double points = qpdf_oh_get_numeric_value(q, qpdf_oh_get_array_item(q, box, side));
            assert_true(points >= 3 && points <= 14400);
        }
        qpdf_cleanup(&q);
    }
}

/* --- the text */

static void text_of(const struct pdf_page *page, struct bytes *out)
{
    struct err err = {0};
    struct pdf_font *font = pdf_font_new(&err);
    assert_ok_ptr(font, err);
    assert_ok(pdf_text(page, font, out, &err), err);
    assert_ok(bytes_append(out, span_of("", 1), &err), err);
    pdf_font_free(font);
}

static void words_of(const struct pdf_word *list, size_t n, uint32_t turned_deg, const char *wanted)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    const struct pdf_page page = {.width_px = 1000,
                                  .height_px = 2000,
                                  .dpi = 254, /* 10 pixels are a millimetre */
                                  .turned_deg = turned_deg,
                                  .words = list,
                                  .word_len = n};
    text_of(&page, &text);
    assert_string_equal((char *)text.data, wanted);
}

#define W(x, y, w, h, line, chars)                                                                 \
    {                                                                                              \
        x, y, w, h, line,                                                                          \
        {                                                                                          \
            (const uint8_t *)(chars), sizeof(chars) - 1                                            \
        }                                                                                          \
    }

static void words_of_a_line_share_a_baseline(void **state)
{
    (void)state;
    /* edges differ by 20 pixels at most: each moves by 10, which is 1 mm */
    static const struct pdf_word near[] = {
        W(100, 180, 100, 40, 7, "ab"), W(250, 200, 60, 20, 7, "a"), W(100, 300, 50, 30, 8, "b")};
    words_of(near, 3, 0,
             "/F 30 Tf\n100 1786 Td 350 Tz<00010002000300010003>Tj\n0 -110 Td 330 Tz<00020003>Tj");
    /* 31 pixels: 1.55 mm */
    static const struct pdf_word far[] = {W(100, 180, 100, 50, 7, "a"),
                                          W(250, 211, 60, 20, 7, "a")};
    words_of(far, 2, 0,
             "/F 50 Tf\n100 1780 Td 400 Tz<00010002>Tj/F 20 Tf\n150 -7 Td 600 Tz<00010002>Tj");
}

static void words_that_touch_are_parted(void **state)
{
    (void)state;
    /* a fifth of the size, 8 pixels; of wide overlaps at most 15, which is 1.5 mm, or half */
    static const struct pdf_word touching[] = {
        W(100, 200, 100, 40, 0, "a"), W(200, 200, 100, 40, 0, "a"), W(280, 200, 20, 40, 0, "a"),
        W(282, 200, 100, 40, 0, "a"), W(10, 200, 20, 40, 0, "a")};
    words_of(touching, 5, 0,
             "/F 40 Tf\n100 1768 Td 460 Tz<00010002>Tj\n100 0 Td 420 Tz<00010002>Tj"
             "\n80 0 Td 50 Tz<00010002>Tj\n2 0 Td 500 Tz<00010002>Tj"
             "\n-272 0 Td 100 Tz<00010002>Tj");
    static const struct pdf_word lines[] = {
        W(100, 200, 100, 40, 0, "a"), W(190, 210, 50, 40, 1, "a"), W(230, 400, 50, 40, 2, "a")};
    words_of(lines, 3, 0,
             "/F 40 Tf\n100 1768 Td 420 Tz<00010002>Tj\n90 -10 Td 250 Tz<00010002>Tj"
             "\n40 -190 Td <00010002>Tj");
}

/* Reads the operators of one font size and looks where each word is: all its letters are 'a' (code
 * 1), the blank is code 2. How many strings there are. */
static size_t places_of(const char *text, double size, const struct pdf_word *list, size_t n)
{
    size_t strings = 0, word = 0;
    double x = 0, stretch = 0;
    for (const char *at = strchr(text, '\n'); at; at = strchr(at + 1, '\n'), strings++) {
        int dx = 0, dy = 0, len = 0;
        assert_int_equal(sscanf(at, "%d %d Td %n", &dx, &dy, &len), 2);
        x += dx;
        const char *codes = at + len;
        if (*codes != '<')
            stretch = strtod(codes, NULL) / 100;
        const double letter = size * 0.5 * stretch;
        double pen = x, from = x;
        for (codes = strchr(codes, '<') + 1; *codes != '>'; codes += 4, pen += letter) {
            if (codes[3] != '2')
                continue;
            assert_true(word < n);
            const double width = list[word].w, far = width / 4 < 7.5 ? width / 4 : 7.5;
            assert_true(fabs(from - list[word].x) <= far + 0.51);
            assert_true(fabs(pen - list[word].x - width) <= far + 0.51);
            word++;
            from = pen + letter;
        }
    }
    assert_int_equal(word, n);
    return strings;
}

static void joined_words_stay_at_their_places(void **state)
{
    static const char letters[] = "aaaaaaaaaaaa";
    struct pdf_word list[40];
    uint32_t seed = 7;
    size_t strings = 0, n = 0;
    (void)state;
    for (unsigned turn = 0; turn < 200; turn++) {
        CLEANUP(bytes_done) struct bytes text = {0};
        int x = 20;
        for (n = 0; n < ARRAY_LEN(list) && x < 2200; n++) {
            seed = seed * 1664525 + 1013904223;
            const int len = 1 + (int)(seed >> 28) % 12, wide = 17 + (int)(seed >> 20) % 8;
            list[n] = (struct pdf_word){x, 200, len * wide, 40, 0, span_of(letters, (size_t)len)};
            x += len * wide + 12 + (int)(seed >> 12) % 20;
        }
        const struct pdf_page page = {
            .width_px = 2600, .height_px = 2000, .dpi = 254, .words = list, .word_len = n};
        text_of(&page, &text);
        const size_t used = places_of((char *)text.data, 40, list, n);
        assert_in_range(used, 1, n);
        strings += used;
    }
    assert_true(strings < 200 * n * 4 / 5); /* some are joined */
}

static void a_turned_page_has_its_text_upright(void **state)
{
    (void)state;
    /* 40 wide, 100 high on its side: 100 wide, 40 high upright */
    static const struct pdf_word word[] = {W(100, 300, 40, 100, 0, "a")};
    words_of(word, 1, 90, "/F 40 Tf\n1600 868 Td 500 Tz<00010002>Tj");
    words_of(word, 1, 270, "/F 40 Tf\n300 108 Td 500 Tz<00010002>Tj");
    static const struct pdf_word flat[] = {W(100, 300, 100, 40, 0, "a")};
    words_of(flat, 1, 180, "/F 40 Tf\n800 308 Td 500 Tz<00010002>Tj");
}

static void odd_words_and_boxes_are_tamed(void **state)
{
    (void)state;
    static const struct pdf_word zero[] = {W(10, 20, 0, 0, 0, "a")};
    words_of(zero, 1, 0, "/F 1 Tf\n10 1979 Td 200 Tz<00010002>Tj");
    static const struct pdf_word outside[] = {W(-50, -50, 10, 10, 0, "a"),
                                              W(5000, 5000, 10, 10, 1, "a"),
                                              W(INT32_MAX, INT32_MIN, INT32_MAX, 0, 2, "a")};
    words_of(outside, 3, 0,
             "/F 1 Tf\n0 1999 Td 200 Tz<00010002>Tj\n999 -1999 Td <00010002>Tj"
             "\n0 1999 Td <00010002>Tj");
    static const struct pdf_word nothing[] = {W(1, 1, 9, 9, 0, ""), W(1, 1, 9, 9, 0, "\x01\x7F"),
                                              W(1, 1, 9, 9, 0, "\xEF\xBB\xBF\xEF\xBF\xBE\xC2\x9B")};
    words_of(nothing, 3, 0, "");
    static const struct pdf_word partly[] = {W(0, 0, 100, 100, 0,
                                               "a\x1B"
                                               "b")};
    words_of(partly, 1, 0, "/F 100 Tf\n0 1920 Td 100 Tz<000100020003>Tj");
    static const struct pdf_word narrow[] = {W(0, 0, 7, 100, 0, "abcd")};
    words_of(narrow, 1, 0, "/F 100 Tf\n0 1920 Td 3 Tz<00010002000300040005>Tj");
}

static void a_word_that_is_no_text_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes out = {0};
    static const struct pdf_word bad[] = {W(0, 0, 9, 9, 0, "a\xC3")};
    const struct pdf_page page = {.width_px = 9, .height_px = 9, .words = bad, .word_len = 1};
    struct pdf_font *font = pdf_font_new(&err);
    assert_int_equal(pdf_text(&page, font, &out, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    pdf_font_free(font);
}

/* As many words as a page may have, with letters of every plane; one of 64 KiB. */
static void a_page_of_the_worst_text_is_sound(void **state)
{
    (void)state;
    enum { WORDS = 100000, LONG = 64 << 10 };
    struct err err = {0};
    CLEANUP(small_done) struct small small = {.image = NULL};
    CLEANUP(bytes_done) struct bytes chars = {0}, file = {0}, content = {0};
    struct pdf_word *list = calloc(WORDS, sizeof *list);
    assert_non_null(list);
    make_small(&small);
    assert_ok(bytes_reserve(&chars, WORDS * 7 + LONG, &err), err);
    for (size_t i = 0; i < WORDS; i++) {
        static const char *const kinds[] = {"ệ",    "\xF0\x9F\x98\x80", "\xD7\xA9\xD7\x9C",
                                            "(\\)", "\xF4\x8F\xBF\xBD", "\r\n\x1B"};
        const char *kind = kinds[i % ARRAY_LEN(kinds)];
        size_t len = strlen(kind), start = chars.len;
        assert_ok(bytes_append(&chars, span_of(kind, len), &err), err);
        list[i] = (struct pdf_word){(int32_t)(i * 7919 % 4000) - 500,
                                    (int32_t)(i * 104729 % 5000),
                                    (int32_t)(i % 97),
                                    (int32_t)(i % 41),
                                    (uint32_t)(i / 10),
                                    span_of(chars.data + start, len)};
    }
    memset(chars.data + chars.len, 'x', LONG);
    list[WORDS - 1].chars = span_of(chars.data + chars.len, LONG);
    struct pdf_page page = page_of(&small);
    page.words = list;
    page.word_len = WORDS;
    write_pages(&page, 1, &about, &file);
    qpdf_data q = open_pdf(&file);
    stream_of(q, at(q, qpdf_get_page_n(q, 0), "/Contents"), &content);
    size_t longest = 0;
    for (const char *from = (char *)content.data; (from = strchr(from, '<')); from++) {
        size_t digits = strcspn(from + 1, ">");
        longest = digits > longest ? digits : longest;
        assert_int_equal(digits % 4, 0);
        for (size_t i = 1; i < digits; i += 4) /* 6.2.11.8: glyph 0 is no letter */
            assert_memory_not_equal(from + i, "0000", 4);
    }
    assert_true(longest / 2 <= 32767 && longest > 30000); /* ISO 19005-2, 6.1.13 */
    qpdf_cleanup(&q);
    free(list);
}

/* --- trouble */

struct full {
    size_t calls, fails_at;
};

static int put_or_fail(void *self, struct span data, struct err *err)
{
    struct full *full = self;
    (void)data;
    return full->calls++ == full->fails_at ? err_set(err, ERR_RETRY, "full") : 0;
}

static void a_full_disk_is_told_of(void **state)
{
    (void)state;
    CLEANUP(bytes_done) struct bytes large = {0};
    CLEANUP(small_done) struct small small = {.image = NULL};
    struct err err = {0};
    make_small(&small);
    assert_ok(bytes_reserve(&large, 200000, &err), err);
    memset(large.data, 0, 200000);
    struct pdf_page page = page_of(&small);
    page.data = span_of(large.data, 200000);
    size_t failures = 0;
    for (struct full full = {0};; full.fails_at++) {
        memset(&err, 0, sizeof err);
        full.calls = 0;
        CLEANUP(pdf_writer_freep)
        struct pdf_writer *writer = pdf_writer_new(&about, put_or_fail, &full, &err);
        int rc = writer ? pdf_writer_page(writer, &page, &err) : -1;
        if (rc == 0)
            rc = pdf_writer_page(writer, &page, &err);
        if (rc == 0)
            rc = pdf_writer_finish(writer, &err);
        if (rc == 0)
            break;
        assert_int_equal(err.kind, ERR_RETRY);
        failures++;
    }
    assert_true(failures >= 4); /* before each picture, each picture, the end */
}

static void a_title_that_is_no_text_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct bytes out = {0};
    assert_null(pdf_writer_new(&(struct pdf_about){"a\nb", 0}, collect, &out, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_keeps_to_the_clauses),
        cmocka_unit_test(the_same_calls_give_the_same_bytes),
        cmocka_unit_test(a_picture_lies_as_it_should),
        cmocka_unit_test(pages_of_odd_sizes_stay_within_bounds),
        cmocka_unit_test(words_of_a_line_share_a_baseline),
        cmocka_unit_test(words_that_touch_are_parted),
        cmocka_unit_test(joined_words_stay_at_their_places),
        cmocka_unit_test(a_turned_page_has_its_text_upright),
        cmocka_unit_test(odd_words_and_boxes_are_tamed),
        cmocka_unit_test(a_word_that_is_no_text_is_refused),
        cmocka_unit_test(a_page_of_the_worst_text_is_sound),
        cmocka_unit_test(a_full_disk_is_told_of),
        cmocka_unit_test(a_title_that_is_no_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
