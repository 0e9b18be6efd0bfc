/* tests/unit/test_handwritten.c - numbers and dates that were written into a printed letterhead. */
#include "ocr/fast.h"

#include <leptonica/allheaders.h>
#include <pango/pangocairo.h>

#include "ocr/digit_row.h"
#include "ocr/train/scribble.h"
#include "tests/foreign_leaks.h"
#include "tests/unit/models.h"

#define WIDTH  1654 /* A4 at 200 dpi */
#define HEIGHT 2339
#define SEED   20260424
#define ROUNDS 40
#define SIDE   ((int)SCRIBBLE_SIDE)

#define REAL_NUMBERS_MIN 4
#define REAL_DAYS_MIN    3

/* A page as black on white. */
struct sheet {
    cairo_surface_t *surface;
    cairo_t *cairo;
};

static struct sheet sheet_new(void)
{
    struct sheet sheet = {.surface = cairo_image_surface_create(CAIRO_FORMAT_A8, WIDTH, HEIGHT)};
    sheet.cairo = cairo_create(sheet.surface);
    return sheet;
}

static void print_at(struct sheet *sheet, int x, int y, const char *font_name, const char *text)
{
    PangoLayout *layout = pango_cairo_create_layout(sheet->cairo);
    PangoFontDescription *font = pango_font_description_from_string(font_name);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    cairo_move_to(sheet->cairo, x, y);
    pango_cairo_show_layout(sheet->cairo, layout);
    pango_font_description_free(font);
    g_object_unref(layout);
}

static PIX *sheet_pix(struct sheet *sheet)
{
    PIX *pix = pixCreate(WIDTH, HEIGHT, 1);
    cairo_surface_flush(sheet->surface);
    const uint8_t *data = cairo_image_surface_get_data(sheet->surface);
    const int stride = cairo_image_surface_get_stride(sheet->surface);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            if (data[y * stride + x] > 127)
                (void)pixSetPixel(pix, x, y, 1);
    cairo_destroy(sheet->cairo);
    cairo_surface_destroy(sheet->surface);
    return pix;
}

#define ROMAN  "Liberation Serif 36px"
#define ITALIC "Liberation Serif Italic 36px"

/* The gaps begin at these places. */
#define NUMBER_X  355
#define DAY_X     1010
#define MONTH_X   1180
#define NUMBER_Y  300
#define BASE_Y    334
#define MONTH_GAP 60

static PIX *letterhead(const char *day_text)
{
    struct sheet sheet = sheet_new();
    print_at(&sheet, 200, 120, ROMAN, "THỦ TƯỚNG CHÍNH PHỦ");
    print_at(&sheet, 800, 120, ROMAN, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
    print_at(&sheet, 280, NUMBER_Y, ROMAN, "Số:");
    print_at(&sheet, 450, NUMBER_Y, ROMAN, "/QĐ-TTg");
    print_at(&sheet, 770, NUMBER_Y, ITALIC, "Hà Nội, ngày");
    print_at(&sheet, DAY_X - 2, NUMBER_Y, ITALIC, day_text);
    print_at(&sheet, 1080, NUMBER_Y, ITALIC, "tháng");
    print_at(&sheet, MONTH_X + MONTH_GAP, NUMBER_Y, ITALIC, "năm 2026");
    print_at(&sheet, 600, 500, ROMAN, "QUYẾT ĐỊNH");
    return sheet_pix(&sheet);
}

/* Draws digits until the ink is about as high as wanted, side by side from x on. */
static void write_at(PIX *page, struct scribble *scribble, int x, const char *digits)
{
    for (; *digits; digits++) {
        int left = SIDE, right = 0, top = SIDE, bottom = 0;
        do {
            const unsigned digit = (unsigned)(*digits - '0');
            left = top = SIDE;
            right = bottom = 0;
            scribble_digit(scribble, digit,
                           (size_t)(scribble_random(scribble) * (float)scribble_styles(digit)));
            for (int i = 0; i < SIDE * SIDE; i++) {
                if (!scribble->pixels[i])
                    continue;
                left = i % SIDE < left ? i % SIDE : left;
                right = i % SIDE > right ? i % SIDE : right;
                top = i / SIDE < top ? i / SIDE : top;
                bottom = i / SIDE > bottom ? i / SIDE : bottom;
            }
        } while (bottom - top < 26 || bottom - top > 42 || right - left > 26);
        for (int i = 0; i < SIDE * SIDE; i++)
            if (scribble->pixels[i])
                (void)pixSetPixel(page, x + i % SIDE - left, BASE_Y + i / SIDE - bottom, 1);
        x += right - left + 4;
    }
}

static struct fast *open_vie(void)
{
    char path[PATH_MAX];
    struct err err = {0};
    struct fast *fast = fast_open(model_path("vie", path), KERNELS_BEST, &err);
    assert_ok_ptr(fast, err);
    return fast;
}

/* The text of a page, which is given away; NUL at its end. */
static void read_page(struct fast *fast, PIX *page, struct bytes *plain)
{
    struct err err = {0};
    CLEANUP(image_freep) struct image *image = image_of_pix(page, &err);
    CLEANUP(page_text_done) struct page_text text = {0};
    assert_ok_ptr(image, err);
    assert_ok(fast_read(fast, image, NULL, 0, &text, &err), err);
    assert_ok(page_text_plain(&text, plain, &err), err);
    assert_ok(bytes_append(plain, span_of("", 1), &err), err);
}

static bool has(const struct bytes *plain, const char *want)
{
    return strstr((const char *)plain->data, want) != NULL;
}

/* How many digits stand between two words; -1: the words are not there. */
static int digits_between(const struct bytes *plain, const char *before, const char *after,
                          char ret[16])
{
    const char *from = strstr((const char *)plain->data, before);
    const char *to = from ? strstr(from, after) : NULL;
    int n = 0;
    if (!to)
        return -1;
    for (from += strlen(before); from < to && n < 15; from++)
        if (*from >= '0' && *from <= '9')
            ret[n++] = *from;
    ret[n] = '\0';
    return n;
}

/* Nothing but digits in a gap: are they what was written? */
static void count(const struct bytes *plain, const char *before, const char *after,
                  const char *want, int *right, int *wrong)
{
    char got[16], spaced[24];
    const int n = digits_between(plain, before, after, got);
    (void)snprintf(spaced, sizeof spaced, "%s %s %s", before, got, after);
    if (n < 1 || !has(plain, spaced))
        return;
    *right += strcmp(got, want) == 0;
    *wrong += strcmp(got, want) != 0;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    static const char *const numbers[] = {"707", "115", "37", "729", "204", "86", "193"};
    static const char *const days[] = {"22", "29", "03", "18", "7", "30"};
    static const char *const months[] = {"4", "12", "8", "5", "10", "3"};
    struct scribble *scribble = calloc(1, sizeof *scribble);
    struct fast *fast = open_vie();
    int right = 0, wrong = 0, gaps = 0;
    scribble->state = SEED;
    for (int i = 0; i < ROUNDS; i++) {
        CLEANUP(bytes_done) struct bytes plain = {0};
        const char *number = numbers[i % 7], *day = days[i % 6], *month = months[i / 2 % 6];
        PIX *page = letterhead("");
        write_at(page, scribble, NUMBER_X, number);
        write_at(page, scribble, DAY_X, day);
        write_at(page, scribble, MONTH_X, month);
        read_page(fast, page, &plain);
        count(&plain, "Số:", "/Q", number, &right, &wrong);
        count(&plain, "ngày", "tháng", day, &right, &wrong);
        count(&plain, "tháng", "năm", month, &right, &wrong);
        gaps += 3;
    }
    print_message("%d of %d right, %d wrong\n", right, gaps, wrong);
    assert_true(right * 100 >= gaps * 60);
    assert_true(wrong * 100 <= right * 10);
    free(scribble);
    fast_close(fast);
}

static void print_stays_and_empty_gaps_stay_empty(void **state)
{
    (void)state;
    CLEANUP(bytes_done) struct bytes printed = {0}, empty = {0};
    char got[16];
    struct fast *fast = open_vie();
    read_page(fast, letterhead("28"), &printed);
    assert_true(has(&printed, "ngày 28 tháng"));
    assert_true(digits_between(&printed, "Số:", "/Q", got) <= 0);
    read_page(fast, letterhead(""), &empty);
    assert_true(digits_between(&empty, "ngày", "tháng", got) <= 0);
    assert_true(digits_between(&empty, "tháng", "năm", got) <= 0);
    fast_close(fast);
}

/* --- the gap alone ---------------------------------------------------------------------------- */

static const struct digit_place day_place = {
    .left = 100, .right = 180, .base = BASE_Y, .x_height = 17, .digits_max = 2, .value_max = 31};

static struct digit_row row_of(PIX *page, const struct digit_place *place)
{
    struct err err = {0};
    struct digit_row row;
    struct digits_net *net = calloc(1, sizeof *net);
    CLEANUP(image_freep) struct image *image = image_of_pix(page, &err);
    assert_non_null(net);
    digits_net_load(net);
    assert_ok(digit_row_read(net, image, place, &row, &err), err);
    free(net);
    return row;
}

/* Something sure that was read of digits drawn in many ways; NULL: nothing was. */
static PIX *drawn(const char *digits, uint64_t seed)
{
    struct scribble *scribble = calloc(1, sizeof *scribble);
    PIX *page = pixCreate(400, 600, 1);
    scribble->state = seed;
    write_at(page, scribble, 108, digits);
    free(scribble);
    return page;
}

static void black(PIX *page, int x, int y, int w, int h)
{
    (void)pixRasterop(page, x, y, w, h, PIX_SET, NULL, 0, 0);
}

static void rules_dots_and_neighbours_are_left_out(void **state)
{
    (void)state;
    int plain = 0, ruled = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        PIX *page = drawn("25", seed), *more = pixCopy(NULL, page);
        black(more, 60, BASE_Y + 8, 200, 2); /* a rule below */
        for (int x = 60; x < 260; x += 6)
            black(more, x, BASE_Y + 4, 2, 2);
        black(more, 102, BASE_Y - 15, 4, 4);  /* dust */
        black(more, 85, BASE_Y - 24, 12, 24); /* letters before and behind */
        black(more, 178, BASE_Y - 24, 14, 24);
        plain += strcmp(row_of(page, &day_place).text, "25") == 0;
        const struct digit_row row = row_of(more, &day_place);
        ruled += strcmp(row.text, "25") == 0;
        if (row.text[0])
            assert_true(row.box.x >= 100 && row.box.x + row.box.w <= 178 && row.confidence >= 95);
    }
    print_message("%d plain, %d with a rule\n", plain, ruled);
    assert_true(plain >= 28);
    assert_true(ruled * 10 >= plain * 9);
}

static void what_makes_no_sense_is_not_read(void **state)
{
    (void)state;
    struct digit_place month = day_place;
    month.value_max = 12;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        assert_string_not_equal(row_of(drawn("77", seed), &day_place).text, "77");
        assert_string_not_equal(row_of(drawn("25", seed), &month).text, "25");
        assert_string_not_equal(row_of(drawn("00", seed), &day_place).text, "00");
        assert_true(strlen(row_of(drawn("123", seed), &day_place).text) <= 2);
    }
}

static void hostile_pictures_and_places_give_nothing(void **state)
{
    (void)state;
    static const struct digit_place places[] = {
        {0, 0, 0, 0, 2, 31},           {-50, 200, 100, 17, 2, 31},   {100, 180, 5000, 17, 2, 31},
        {180, 100, 300, 17, 2, 31},    {100, 5000, 300, 17, 2, 31},  {0, 400, 599, 100000, 2, 31},
        {0, 400, 300, 300, 6, 999999}, {0, 400, 300, 17, 6, 999999}, {0, 400, 599, 150, 6, 999999}};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        PIX *full = pixCreate(400, 600, 1), *grid = pixCreate(400, 600, 1);
        (void)pixSetAll(full);
        for (int y = 0; y < 600; y += 9)
            for (int x = 0; x < 400; x += 9)
                black(grid, x, y, 7, 7);
        assert_string_equal(row_of(full, &places[i]).text, "");
        assert_string_equal(row_of(grid, &places[i]).text, "");
    }
}

/* --- real pages ------------------------------------------------------------------------------- */

static const struct real_page {
    const char *file, *number, *day;
} real_pages[] = {
    {"nomvn_cv_3722_metro_p01.tif", "3722/VPCP-CN", "28"},
    {"nomvn_nq_115_ba_vi_p01.tif", "115", "29"},
    {"nomvn_qd_707_ttg_p01.tif", "707", "22"},
    {"nomvn_qd_729_ttg_p01.tif", "729", "23"},
    {"nomvn_tt_21_bct_p01.tif", "21", "28"},
};

static void real_letterheads_are_read(void **state)
{
    (void)state;
    int numbers = 0, days = 0;
    struct fast *fast = open_vie();
    for (size_t i = 0; i < ARRAY_LEN(real_pages); i++) {
        CLEANUP(bytes_done) struct bytes plain = {0};
        char path[PATH_MAX], want[64];
        (void)snprintf(path, sizeof path, SOHOA_DATA_DIR "/vie_real/%s", real_pages[i].file);
        if (access(path, R_OK) != 0) {
            print_message("not there: %s\n", path);
            fast_close(fast);
            skip();
        }
        read_page(fast, pixRead(path), &plain);
        (void)snprintf(want, sizeof want, "Số: %s", real_pages[i].number);
        numbers += has(&plain, want);
        (void)snprintf(want, sizeof want, "ngày %s", real_pages[i].day);
        days += has(&plain, want);
    }
    print_message("%d numbers, %d days\n", numbers, days);
    assert_true(numbers >= REAL_NUMBERS_MIN && days >= REAL_DAYS_MIN);
    fast_close(fast);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(print_stays_and_empty_gaps_stay_empty),
        cmocka_unit_test(rules_dots_and_neighbours_are_left_out),
        cmocka_unit_test(what_makes_no_sense_is_not_read),
        cmocka_unit_test(hostile_pictures_and_places_give_nothing),
        cmocka_unit_test(real_letterheads_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
