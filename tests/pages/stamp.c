/* tests/pages/stamp.c - what hands put on paper: the seal, a signature, the urgency stamp. */
#include "tests/pages/stamp.h"

#include <math.h>
#include <pango/pangocairo.h>

#include "base/bytes.h"
#include "tests/pages/typeset.h"
#include "tests/pages/words.h"

#define SEAL_RADIUS_PT   (18 * MM_PT) /* 36 mm across */
#define RING_LETTER_PT   7.5
#define RING_STEP_MAX    0.155 /* radians from letter to letter */
#define URGENCY_WIDTH_PT (20 * MM_PT)
#define URGENCY_HIGH_PT  (8 * MM_PT)
#define TURN             (2 * M_PI)

/* Red and blue as scanners see them; multiplied, so that black print under the ink stays black. */
static void ink(cairo_t *cr, double red, double green, double blue)
{
    cairo_set_operator(cr, CAIRO_OPERATOR_MULTIPLY);
    cairo_set_source_rgb(cr, red, green, blue);
}

static PangoLayout *letters_new(cairo_t *cr, const char *text, size_t len, double size)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string("Liberation Sans Bold");
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text, (int)len);
    return layout;
}

/* Shows the text with its middle at 0, base. */
static void show_letters(cairo_t *cr, const char *text, size_t len, double size, double base)
{
    int width;
    PangoLayout *layout = letters_new(cr, text, len, size);
    pango_layout_get_size(layout, &width, NULL);
    cairo_move_to(cr, -(double)width / PANGO_SCALE / 2, base);
    pango_cairo_show_layout_line(cr, pango_layout_get_line_readonly(layout, 0));
    g_object_unref(layout);
}

static void ring_words(cairo_t *cr, const char *words)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes capitals = {0};
    if (words_capitals(words, &capitals, &err) < 0 ||
        bytes_append(&capitals, span_of("", 1), &err) < 0)
        return; /* UNTESTED: a seal without words is still a seal */

    const char *at = (const char *)capitals.data;
    long count = g_utf8_strlen(at, -1);
    double step = fmin(RING_STEP_MAX, TURN / (double)(count + 2));
    double size = fmin(RING_LETTER_PT, step * SEAL_RADIUS_PT * 1.05);
    double angle = -step * (double)(count - 1) / 2;
    for (; *at; at = g_utf8_next_char(at), angle += step) {
        cairo_save(cr);
        cairo_rotate(cr, angle);
        show_letters(cr, at, (size_t)(g_utf8_next_char(at) - at), size, -SEAL_RADIUS_PT * 0.78);
        cairo_restore(cr);
    }
}

static void star(cairo_t *cr, double radius)
{
    cairo_new_path(cr);
    for (int i = 0; i < 10; i++) {
        double r = i % 2 ? radius * 0.382 : radius; /* 0.382: a regular five-pointed star */
        double angle = TURN * i / 10;
        cairo_line_to(cr, r * sin(angle), -r * cos(angle));
    }
    cairo_close_path(cr);
    cairo_fill(cr);
}

static void ring(cairo_t *cr, double radius, double width)
{
    cairo_new_path(cr);
    cairo_arc(cr, 0, 0, radius, 0, TURN);
    cairo_set_line_width(cr, width);
    cairo_stroke(cr);
}

void stamp_seal(cairo_t *cr, double x, double y, const char *words, struct prng *prng)
{
    double worn = prng_between(prng, 0.18, 0.38);
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_rotate(cr, prng_between(prng, -0.15, 0.15));
    ink(cr, 0.9, worn, worn);
    ring(cr, SEAL_RADIUS_PT, 2.2);
    ring(cr, SEAL_RADIUS_PT * 0.94, 0.6);
    ring(cr, SEAL_RADIUS_PT * 0.7, 0.8);
    ring_words(cr, words);
    star(cr, SEAL_RADIUS_PT * 0.3);
    cairo_restore(cr);
}

void stamp_signature(cairo_t *cr, double x, double y, struct prng *prng)
{
    cairo_save(cr);
    cairo_translate(cr, x, y);
    ink(cr, 0.1, 0.15, 0.6);
    cairo_set_line_width(cr, 1.3);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    double at = -45;
    cairo_move_to(cr, at, prng_between(prng, -5, 10));
    for (int i = 0; i < 6; i++) {
        double up = prng_between(prng, 12, 30);
        double next = at + prng_between(prng, 12, 20);
        cairo_curve_to(cr, at + prng_between(prng, 2, 16), -up, next - prng_between(prng, 4, 22),
                       up, next, prng_between(prng, -10, 10));
        at = next;
    }
    cairo_curve_to(cr, at + 5, -20, at + 20, 12, -30, prng_between(prng, 8, 16));
    cairo_stroke(cr);
    cairo_restore(cr);
}

void stamp_urgency(cairo_t *cr, double x, double y, struct prng *prng)
{
    static const char word[] = "KHẨN";
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_rotate(cr, prng_between(prng, -0.12, 0.12));
    ink(cr, 0.88, 0.15, 0.15);
    cairo_set_line_width(cr, 2);
    cairo_rectangle(cr, -URGENCY_WIDTH_PT / 2, -URGENCY_HIGH_PT / 2, URGENCY_WIDTH_PT,
                    URGENCY_HIGH_PT);
    cairo_stroke(cr);
    show_letters(cr, word, sizeof word - 1, 15, 6.5);
    cairo_restore(cr);
}
