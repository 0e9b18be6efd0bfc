/* tests/pages/separator.c - sheets that part a stack into dossiers, and what wears them out. */
#include "tests/pages/separator.h"

#include <assert.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>

#include "tests/pages/stamp.h"
#include "tests/pages/symbol.h"
#include "tests/pages/typeset.h"

#define MARGIN_PT     36.0
#define SLIP_TOP_PT   34.0
#define SHEET_TOP_PT  150.0
#define PATCH_TOP_PT  70.0
#define LABEL_PT      14.0
#define SEAL_REACH_PT (18 * MM_PT) /* as stamp_seal() draws it */
#define TORN_GREY     0.1          /* the scanner's lid behind the paper */

enum stream { STREAM_TEXT, STREAM_PLACE, STREAM_HARM };

const char *separator_trial_name(enum separator_trial trial)
{
    static const char *const names[TRIALS] = {"clean",  "turned-90", "turned-180", "turned-270",
                                              "skewed", "fax",       "fax-skewed", "pale",
                                              "worn",   "torn",      "stamped",    "worn-stamped"};
    assert(trial < TRIALS);
    return names[trial];
}

const char *separator_symbol_name(enum separator_symbol symbol)
{
    static const char *const names[SYMBOLS] = {"qr", "code128", "patch-t"};
    assert(symbol < SYMBOLS);
    return names[symbol];
}

/* Both orders of the agency's code, and ordinals of four to six digits. */
static void make_code(struct separator *separator, struct prng *prng)
{
    const unsigned level = prng_range(prng, 1, 63), unit = prng_range(prng, 1, 40);
    const unsigned day = prng_range(prng, 1, 28), month = prng_range(prng, 1, 12);
    const int digits = (int)prng_range(prng, 4, 6);
    const unsigned ordinal = prng_range(prng, 1, 9999);
    char agency[24];
    if (prng_below(prng, 2))
        (void)snprintf(agency, sizeof agency, "000.00.%02u.H%02u", unit, level);
    else
        (void)snprintf(agency, sizeof agency, "H%02u.%02u", level, unit);
    (void)snprintf(separator->code, sizeof separator->code, "%s-25%02u%02u-%0*u", agency, month,
                   day, digits, ordinal);
}

/* A QR code of a slip may say more than the code. */
static void make_text(struct separator *separator, struct prng *prng)
{
    const unsigned form = separator->symbol == SYMBOL_QR ? prng_below(prng, 3) : 0;
    if (form == 1)
        (void)snprintf(separator->text, sizeof separator->text,
                       "%s|1.000318.000.00.00.H40|Nguyễn Văn Bình|Giấy tiếp nhận hồ sơ|Hệ thống "
                       "một cửa|05/07/2025 08:15|20/07/2025",
                       separator->code);
    else if (form == 2)
        (void)snprintf(separator->text, sizeof separator->text,
                       "Mã hồ sơ: %s\nNgày hẹn trả: 20/07/2025", separator->code);
    else
        (void)snprintf(separator->text, sizeof separator->text, "%s", separator->code);
}

struct separator separator_of(uint64_t seed, uint32_t index, enum separator_trial trial)
{
    struct separator separator = {.symbol = (enum separator_symbol)(index % SYMBOLS),
                                  .trial = trial};
    struct prng prng = prng_of(seed, ((uint64_t)index << 8) + (uint64_t)trial);
    separator.seed = prng_next(&prng);
    prng = prng_of(separator.seed, STREAM_TEXT);
    if (separator.symbol == SYMBOL_PATCH_T)
        return separator;
    separator.slip = index / SYMBOLS % 2 == 0;
    make_code(&separator, &prng);
    make_text(&separator, &prng);
    return separator;
}

void separator_pivot(const struct separator *separator, double *ret_x, double *ret_y)
{
    *ret_x = separator->slip ? MARGIN_PT * 5 : A4_WIDTH_PT / 2;
    *ret_y = SHEET_HEAD_PT;
}

struct box {
    double x, y, w, h;
};

static int draw_qr(const struct separator *separator, cairo_t *cr, struct prng *prng,
                   struct box *ret_box, struct err *err)
{
    const double side =
        (separator->slip ? prng_between(prng, 24, 30) : prng_between(prng, 45, 80)) * MM_PT;
    *ret_box = separator->slip ? (struct box){MARGIN_PT, SLIP_TOP_PT, side, side}
                               : (struct box){(A4_WIDTH_PT - side) / 2, SHEET_TOP_PT, side, side};
    return symbol_qr(cr, ret_box->x, ret_box->y, side, span_of_text(separator->text), err);
}

static int draw_code128(const struct separator *separator, cairo_t *cr, struct prng *prng,
                        struct box *ret_box, struct err *err)
{
    const double module =
        (separator->slip ? prng_between(prng, 0.28, 0.40) : prng_between(prng, 0.42, 0.58)) * MM_PT;
    const double x = separator->slip ? MARGIN_PT : MARGIN_PT * 2;
    const double y = separator->slip ? SLIP_TOP_PT : SHEET_TOP_PT;
    const double high =
        (separator->slip ? prng_between(prng, 12, 18) : prng_between(prng, 25, 35)) * MM_PT;
    *ret_box = (struct box){x, y, 0, high};
    return symbol_code128(cr, x, y, module, high, span_of_text(separator->text), &ret_box->w, err);
}

static int draw_symbol(const struct separator *separator, cairo_t *cr, struct box *ret_box,
                       struct err *err)
{
    struct prng prng = prng_of(separator->seed, STREAM_PLACE);
    cairo_set_source_rgb(cr, 0, 0, 0);
    switch (separator->symbol) {
    case SYMBOL_QR:
        return draw_qr(separator, cr, &prng, ret_box, err);
    case SYMBOL_CODE128:
        return draw_code128(separator, cr, &prng, ret_box, err);
    case SYMBOL_PATCH_T:
    case SYMBOLS:
        break;
    }
    const double width = prng_between(&prng, 60, 160) * MM_PT;
    *ret_box = (struct box){(A4_WIDTH_PT - width) / 2, PATCH_TOP_PT, width, PATCH_HIGH_PT};
    symbol_patch(cr, ret_box->x, ret_box->y, width, PATCH_T);
    return 0;
}

static void write_line(cairo_t *cr, double x, double y, double size, const char *text)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string("Liberation Serif Bold");
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text, -1);
    cairo_move_to(cr, x, y);
    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
}

static void draw_label(const struct separator *separator, cairo_t *cr, const struct box *box)
{
    if (separator->symbol == SYMBOL_PATCH_T)
        write_line(cr, MARGIN_PT * 2, box->y + box->h + LABEL_PT * 2, LABEL_PT * 2,
                   "TỜ PHÂN TÁCH HỒ SƠ");
    else if (!separator->slip)
        write_line(cr, MARGIN_PT * 2, box->y + box->h + LABEL_PT * 2, LABEL_PT * 2,
                   separator->code);
    else if (separator->symbol == SYMBOL_QR)
        write_line(cr, box->x + box->w + LABEL_PT * 2, box->y + LABEL_PT, LABEL_PT,
                   separator->code);
    else
        write_line(cr, box->x, box->y + box->h + LABEL_PT / 2, LABEL_PT, separator->code);
}

/* The corner farthest from the symbol. */
static void tear(cairo_t *cr, struct prng *prng)
{
    const double across = prng_between(prng, 0.2, 0.6) * A4_WIDTH_PT;
    const double up = prng_between(prng, 0.1, 0.35) * A4_HEIGHT_PT;
    const double grey = prng_below(prng, 2) ? TORN_GREY : 1;
    cairo_set_source_rgb(cr, grey, grey, grey);
    cairo_move_to(cr, A4_WIDTH_PT, A4_HEIGHT_PT);
    cairo_line_to(cr, A4_WIDTH_PT - across, A4_HEIGHT_PT);
    for (int i = 1; i < 12; i++)
        cairo_line_to(cr, A4_WIDTH_PT - across * (12 - i) / 12 + prng_between(prng, -8, 8),
                      A4_HEIGHT_PT - up * i / 12 + prng_between(prng, -8, 8));
    cairo_line_to(cr, A4_WIDTH_PT, A4_HEIGHT_PT - up);
    cairo_close_path(cr);
    cairo_fill(cr);
}

/* The seal covers a seventh of a QR code's side, half the height of bars, an end of a patch. */
static void stamp(const struct separator *separator, cairo_t *cr, const struct box *box,
                  struct prng *prng)
{
    double x = box->x + box->w * 0.86 + SEAL_REACH_PT;
    double y = box->y + box->h * prng_between(prng, 0.3, 0.7);
    if (separator->symbol == SYMBOL_CODE128) {
        x = box->x + box->w * prng_between(prng, 0.2, 0.8);
        y = box->y + box->h * 0.5 + SEAL_REACH_PT;
    }
    stamp_seal(cr, x, y, "Ủy ban nhân dân phường Thuận Hóa", prng);
    cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
}

int separator_draw(const struct separator *separator, cairo_t *cr, struct err *err)
{
    struct prng prng = prng_of(separator->seed, STREAM_HARM);
    struct box box = {0};
    if (draw_symbol(separator, cr, &box, err) < 0)
        return -1;
    draw_label(separator, cr, &box);
    if (separator->trial == TRIAL_STAMPED || separator->trial == TRIAL_WORN_STAMPED)
        stamp(separator, cr, &box, &prng);
    if (separator->trial == TRIAL_TORN)
        tear(cr, &prng);
    return 0;
}
