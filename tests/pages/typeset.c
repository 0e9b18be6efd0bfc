/* tests/pages/typeset.c - a letter set on A4 pages: where every line stands, and the true text.
 *
 * The body is first cut into strips (a printed line or a table row), then strips are put on pages;
 * head and closing have fixed places. */
#include "tests/pages/typeset.h"

#include <assert.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#include "tests/foreign_leaks.h"

#define FONT          "Liberation Serif" /* the metrics of Times New Roman */
#define LAYOUTS_MAX   1024
#define MARKS_MAX     400 /* pieces of text on a page */
#define RULES_MAX     400
#define STRIPS_MAX    700
#define TOP_PT        57.0
#define BOTTOM_PT     780.0
#define LEFT_PT       85.0
#define RIGHT_PT      544.0
#define BODY_PT       (RIGHT_PT - LEFT_PT)
#define INDENT_PT     36.0
#define BODY_SIZE     13.5
#define BODY_LINE_PT  18.5
#define PARA_GAP_PT   5.0
#define ROW_PT        21.0 /* height of a table row */
#define CELL_PAD_PT   4.0
#define HEAD_LINE_PT  15.5
#define ISSUER_X      178.0 /* middle of the left letterhead */
#define NATION_X      417.0 /* middle of the right one */
#define SIGNER_X      411.0
#define SIGN_SPACE_PT 78.0 /* room for signature and seal */
#define SMALL_LINE_PT 13.5
#define KEEP_LINES    2 /* of the body that go along with the closing block */

struct mark {
    PangoLayout *layout; /* borrowed from the typeset */
    int line;
    double x, baseline;
};

struct rule {
    double x0, y0, x1, y1;
};

struct sheet {
    struct mark marks[MARKS_MAX];
    size_t marks_len;
    struct rule rules[RULES_MAX];
    size_t rules_len;
    struct bytes truth;
    bool signed_here;
    double sign_x, sign_y;
};

/* A printed line of the body, or a row of a table. */
struct strip {
    PangoLayout *cells[LETTER_COLUMNS_MAX];
    size_t cells_len;
    int line; /* of cells[0]; rows: 0 */
    double x; /* of the layout's left edge */
    double gap, height;
    const struct block *table; /* NULL: text */
    bool first;                /* of its block */
};

struct typeset {
    PangoContext *context;
    PangoLayout *layouts[LAYOUTS_MAX];
    size_t layouts_len;
    struct strip strips[STRIPS_MAX];
    size_t strips_len;
    struct sheet *sheets[TYPESET_PAGES_MAX];
    size_t sheets_len;
    struct err *err; /* of typeset_new(), gone afterwards */
    bool failed;     /* the first error sticks */
};

struct type {
    const char *style; /* as Pango reads it: "Bold Italic" */
    double size;
    double width; /* of the block in points; 0: one line, as wide as it gets */
    double indent;
    PangoAlignment align;
    bool justify;
    bool markup;
};

static void fail(struct typeset *set, const char *what)
{
    if (!set->failed)
        err_set(set->err, ERR_INPUT, "too many %s on the pages of a letter", what);
    set->failed = true;
}

static struct sheet *sheet_now(struct typeset *set)
{
    return set->sheets[set->sheets_len - 1];
}

static PangoLayout *layout_new(struct typeset *set, const struct type *type, const char *text)
{
    PangoLayout *layout = pango_layout_new(set->context);
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    PangoFontDescription *style = pango_font_description_from_string(type->style);
    pango_font_description_merge(font, style, TRUE);
    pango_font_description_set_family_static(font, FONT);
    pango_font_description_set_absolute_size(font, type->size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(style);
    pango_font_description_free(font);

    if (type->width > 0)
        pango_layout_set_width(layout, (int)(type->width * PANGO_SCALE));
    pango_layout_set_indent(layout, (int)(type->indent * PANGO_SCALE));
    pango_layout_set_alignment(layout, type->align);
    pango_layout_set_justify(layout, type->justify);
    if (type->markup)
        pango_layout_set_markup(layout, text, -1);
    else
        pango_layout_set_text(layout, text, -1);

    if (set->layouts_len == LAYOUTS_MAX) {
        /* UNTESTED: the page limit is met first */
        fail(set, "texts");
        set->layouts_len--;
        g_object_unref(set->layouts[set->layouts_len]);
    }
    set->layouts[set->layouts_len++] = layout;
    return layout;
}

static struct span line_text(PangoLayout *layout, int index)
{
    const PangoLayoutLine *line = pango_layout_get_line_readonly(layout, index);
    const char *text = pango_layout_get_text(layout) + line->start_index;
    size_t len = (size_t)line->length;
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return span_of(text, len);
}

static void line_extents(PangoLayout *layout, int index, double *ret_x, double *ret_width)
{
    PangoRectangle box;
    PangoLayoutIter *iter = pango_layout_get_iter(layout);
    for (int i = 0; i < index; i++)
        pango_layout_iter_next_line(iter);
    pango_layout_iter_get_line_extents(iter, NULL, &box);
    pango_layout_iter_free(iter);
    *ret_x = (double)box.x / PANGO_SCALE;
    *ret_width = (double)box.width / PANGO_SCALE;
}

static void say_truth(struct typeset *set, struct span text, const char *end)
{
    struct bytes *truth = &sheet_now(set)->truth;
    if (set->failed)
        return;
    if (bytes_append(truth, text, set->err) < 0 ||
        bytes_append(truth, span_of_text(end), set->err) < 0)
        set->failed = true; /* UNTESTED: no memory */
}

/* Blocks are parted by one empty line; there is none before the first. */
static void part_truth(struct typeset *set)
{
    if (sheet_now(set)->truth.len > 0)
        say_truth(set, span_of("", 0), "\n");
}

static void put_mark(struct typeset *set, PangoLayout *layout, int line, double x, double baseline)
{
    struct sheet *sheet = sheet_now(set);
    double inside, width;
    if (sheet->marks_len == MARKS_MAX) {
        fail(set, "lines"); /* UNTESTED: A4 has no room for so many */
        return;
    }
    line_extents(layout, line, &inside, &width);
    sheet->marks[sheet->marks_len++] = (struct mark){layout, line, x + inside, baseline};
}

static void put_rule(struct typeset *set, double x0, double y0, double x1, double y1)
{
    struct sheet *sheet = sheet_now(set);
    if (sheet->rules_len == RULES_MAX) {
        fail(set, "rules"); /* UNTESTED: A4 has no room for so many */
        return;
    }
    sheet->rules[sheet->rules_len++] = (struct rule){x0, y0, x1, y1};
}

/* Sets a text line by line from baseline y on, its block's left edge at x; returns the baseline
 * after the last line. */
static double put_text(struct typeset *set, const struct type *type, const char *text, double x,
                       double y, double line_pt)
{
    PangoLayout *layout = layout_new(set, type, text);
    for (int i = 0; i < pango_layout_get_line_count(layout); i++, y += line_pt) {
        put_mark(set, layout, i, x, y);
        say_truth(set, line_text(layout, i), "\n");
    }
    return y;
}

static double text_width(struct typeset *set, const struct type *type, const char *text)
{
    double x, width;
    line_extents(layout_new(set, type, text), 0, &x, &width);
    return width;
}

static double put_centred(struct typeset *set, struct type type, const char *text, double middle,
                          double y)
{
    type.align = PANGO_ALIGN_CENTER;
    return put_text(set, &type, text, middle - type.width / 2, y, type.size + 3);
}

static bool open_sheet(struct typeset *set)
{
    if (set->sheets_len == TYPESET_PAGES_MAX) {
        fail(set, "lines");
        return false;
    }
    struct sheet *sheet = calloc(1, sizeof *sheet);
    if (!sheet) {
        err_sys(set->err, "make a page"); /* UNTESTED: no memory */
        set->failed = true;
        return false;
    }
    set->sheets[set->sheets_len++] = sheet;
    return true;
}

static double put_page_number(struct typeset *set)
{
    char number[16];
    const struct type type = {.style = "", .size = 13, .width = 60};
    (void)snprintf(number, sizeof number, "%zu", set->sheets_len);
    (void)put_centred(set, type, number, A4_WIDTH_PT / 2, TOP_PT);
    return TOP_PT + 24;
}

/* Both halves of the letterhead, number, date, and what hangs below: returns the next baseline. */
static double put_letterhead(struct typeset *set, const struct letter *letter)
{
    static const char nation[] = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
    static const char motto[] = "Độc lập - Tự do - Hạnh phúc";
    const struct type plain = {.style = "", .size = 12, .width = 222};
    const struct type bold = {.style = "Bold", .size = 12, .width = 222};
    const struct type title = {.style = "Bold", .size = 12, .width = 264};
    const struct type motto_type = {.style = "Bold", .size = 13, .width = 264};
    const struct type date = {.style = "Italic", .size = 13, .width = 264};
    const struct type number = {.style = "", .size = 13, .width = 222};
    double y = TOP_PT + 4;

    for (size_t i = 0; i < letter->left_len; i++)
        y = put_centred(set, i < letter->left_bold ? plain : bold, letter->left[i], ISSUER_X, y);
    double half = 0.2 * text_width(set, &bold, letter->left[letter->left_len - 1]);
    put_rule(set, ISSUER_X - half, y - 10, ISSUER_X + half, y - 10);

    part_truth(set);
    double right = put_centred(set, title, nation, NATION_X, TOP_PT + 4);
    (void)put_centred(set, motto_type, motto, NATION_X, right + 1);
    half = text_width(set, &motto_type, motto) / 2;
    put_rule(set, NATION_X - half, right + 6, NATION_X + half, right + 6);

    double below = fmax(y + 8, TOP_PT + 54);
    part_truth(set);
    y = put_centred(set, number, letter->number, ISSUER_X, below);
    part_truth(set);
    (void)put_centred(set, date, letter->place_date, NATION_X, below);
    if (letter->about) {
        const struct type about = {.style = "", .size = 12, .width = 190};
        part_truth(set);
        y = put_centred(set, about, letter->about, ISSUER_X, y + 2);
    }
    return y + 18;
}

static double put_title(struct typeset *set, const struct letter *letter, double y)
{
    const struct type name = {.style = "Bold", .size = 14, .width = BODY_PT};
    const struct type abstract = {.style = "Bold", .size = 13.5, .width = 340};
    const struct type dear = {.style = "", .size = BODY_SIZE, .width = BODY_PT};
    const struct type addressee = {.style = "", .size = BODY_SIZE};
    const double middle = (LEFT_PT + RIGHT_PT) / 2;

    part_truth(set);
    if (letter->title) {
        y = put_centred(set, name, letter->title, middle, y + 4);
        y = put_centred(set, abstract, letter->abstract, middle, y + 2);
        put_rule(set, middle - 45, y - 9, middle + 45, y - 9);
    } else if (letter->addressees_len == 1) {
        char text[256];
        (void)snprintf(text, sizeof text, "Kính gửi: %s", letter->addressees[0]);
        y = put_centred(set, dear, text, middle, y);
    } else {
        char text[256];
        (void)put_text(set, &addressee, "Kính gửi:", LEFT_PT + 110, y, BODY_LINE_PT);
        y += BODY_LINE_PT;
        for (size_t i = 0; i < letter->addressees_len; i++) {
            bool last = i + 1 == letter->addressees_len;
            (void)snprintf(text, sizeof text, "- %s%s", letter->addressees[i], last ? "." : ";");
            y = put_text(set, &addressee, text, LEFT_PT + 165, y, BODY_LINE_PT);
        }
    }
    return y + 12;
}

static struct strip *add_strip(struct typeset *set, double gap, double height)
{
    if (set->strips_len == STRIPS_MAX) {
        /* UNTESTED: the page limit is met first */
        fail(set, "lines");
        set->strips_len--;
    }
    struct strip *strip = &set->strips[set->strips_len++];
    *strip = (struct strip){.gap = gap, .height = height};
    return strip;
}

static void cut_row(struct typeset *set, const struct block *block, char *row, bool first)
{
    struct strip *strip = add_strip(set, first ? PARA_GAP_PT + 4 : 0, ROW_PT);
    char *cell;
    strip->table = block;
    strip->first = first;
    while (strip->cells_len < block->columns_len && (cell = strsep(&row, "\t"))) {
        const struct column *column = &block->columns[strip->cells_len];
        bool words = column->words && !first;
        const struct type type = {.style = first ? "Bold" : "",
                                  .size = 12.5,
                                  .width = column->share * BODY_PT - 2 * CELL_PAD_PT,
                                  .align = words ? PANGO_ALIGN_LEFT : PANGO_ALIGN_CENTER};
        strip->cells[strip->cells_len++] = layout_new(set, &type, cell);
    }
}

static void cut_table(struct typeset *set, const struct block *block)
{
    char *copy = strdup(block->text);
    char *left = copy;
    char *row;
    bool first = true;
    while (left && (row = strsep(&left, "\n")) && *row) {
        cut_row(set, block, row, first);
        first = false;
    }
    free(copy);
}

static void cut_text(struct typeset *set, const struct block *block)
{
    bool body = block->style == BLOCK_BODY;
    bool centre = block->style == BLOCK_CENTRE;
    const struct type type = {.style = centre ? "Bold" : "",
                              .size = BODY_SIZE,
                              .width = BODY_PT,
                              .indent = body ? INDENT_PT : 0,
                              .align = centre ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT,
                              .justify = body,
                              .markup = true};
    PangoLayout *layout = layout_new(set, &type, block->text);
    for (int i = 0; i < pango_layout_get_line_count(layout); i++) {
        struct strip *strip = add_strip(set, i ? 0 : PARA_GAP_PT, BODY_LINE_PT);
        strip->cells[0] = layout;
        strip->cells_len = 1;
        strip->line = i;
        strip->x = LEFT_PT;
        strip->first = i == 0;
    }
}

static void put_row(struct typeset *set, const struct strip *strip, double top)
{
    double x = LEFT_PT;
    if (strip->first)
        put_rule(set, LEFT_PT, top, RIGHT_PT, top);
    for (size_t i = 0; i < strip->cells_len; i++) {
        put_rule(set, x, top, x, top + ROW_PT);
        put_mark(set, strip->cells[i], 0, x + CELL_PAD_PT, top + ROW_PT - 6.5);
        say_truth(set, line_text(strip->cells[i], 0), i + 1 < strip->cells_len ? " " : "\n");
        x += strip->table->columns[i].share * BODY_PT;
    }
    put_rule(set, RIGHT_PT, top, RIGHT_PT, top + ROW_PT);
    put_rule(set, LEFT_PT, top + ROW_PT, RIGHT_PT, top + ROW_PT);
}

static double closing_height(const struct letter *letter)
{
    double left = (double)letter->recipients_len * SMALL_LINE_PT;
    double right = (double)letter->authority_len * 17 + SIGN_SPACE_PT + 17;
    return 14 + fmax(left, right);
}

/* Does the strip have to go to a new page? The last lines stay with the closing block, so that no
 * signature stands on a page of its own. */
static bool breaks_page(const struct typeset *set, size_t at, double y, double closing)
{
    const struct strip *strip = &set->strips[at];
    if (y + strip->gap + strip->height > BOTTOM_PT + BODY_LINE_PT)
        return true;
    if (at + KEEP_LINES != set->strips_len && at + 1 != set->strips_len)
        return false;
    double need = closing;
    for (size_t i = at; i < set->strips_len; i++)
        need += set->strips[i].gap + set->strips[i].height;
    return y + need > BOTTOM_PT + 2 * BODY_LINE_PT;
}

/* Returns the baseline after the body, on the last page. */
static double put_body(struct typeset *set, double y, double closing)
{
    part_truth(set);
    for (size_t i = 0; i < set->strips_len && !set->failed; i++) {
        const struct strip *strip = &set->strips[i];
        if (breaks_page(set, i, y, closing)) {
            if (!open_sheet(set))
                return y;
            y = put_page_number(set);
            part_truth(set);
        }
        y += strip->gap;
        if (strip->table) {
            put_row(set, strip, y - BODY_LINE_PT + 6);
        } else {
            put_mark(set, strip->cells[0], strip->line, strip->x, y);
            say_truth(set, line_text(strip->cells[0], strip->line), "\n");
        }
        y += strip->height;
    }
    return y;
}

static void put_closing(struct typeset *set, const struct letter *letter, double y)
{
    const struct type heading = {.style = "Bold Italic", .size = 12};
    const struct type item = {.style = "", .size = 11, .width = 190};
    const struct type bold = {.style = "Bold", .size = 13.5, .width = 250};
    const double name_y = y + (double)letter->authority_len * 16.5 + SIGN_SPACE_PT;
    double left = y;

    part_truth(set);
    if (letter->left_signer) {
        (void)put_centred(set, bold, letter->recipients[0], ISSUER_X, y);
        (void)put_centred(set, bold, letter->left_signer, ISSUER_X, name_y);
    } else {
        left = put_text(set, &heading, letter->recipients[0], LEFT_PT, left, SMALL_LINE_PT + 1);
        for (size_t i = 1; i < letter->recipients_len; i++)
            left = put_text(set, &item, letter->recipients[i], LEFT_PT, left, SMALL_LINE_PT);
    }
    part_truth(set);
    for (size_t i = 0; i < letter->authority_len; i++)
        y = put_centred(set, bold, letter->authority[i], SIGNER_X, y);
    (void)put_centred(set, bold, letter->signer, SIGNER_X, name_y);

    struct sheet *sheet = sheet_now(set);
    sheet->signed_here = true;
    sheet->sign_x = SIGNER_X;
    sheet->sign_y = (y + name_y) / 2 - 10;
}

static void set_letter(struct typeset *set, const struct letter *letter)
{
    if (!open_sheet(set))
        return;
    double y = put_title(set, letter, put_letterhead(set, letter));
    for (size_t i = 0; i < letter->blocks_len; i++) {
        if (letter->blocks[i].style == BLOCK_TABLE)
            cut_table(set, &letter->blocks[i]);
        else
            cut_text(set, &letter->blocks[i]);
    }
    y = put_body(set, y, closing_height(letter));
    if (!set->failed)
        put_closing(set, letter, y + 10);
}

static PangoContext *context_new(void)
{
    /* The thread's own map: a map per letter would look for the fonts again and again. */
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string("vi"));
    cairo_font_options_destroy(options);
    return context;
}

bool typeset_font_fits(void)
{
    static const gunichar rare[] = {0x1EC7, 0x1EEE, 0x01B0, 0x1EF9}; /* one of each block */
    PangoContext *context = context_new();
    PangoFontDescription *description = pango_font_description_from_string(FONT);
    PangoFont *font = pango_context_load_font(context, description);
    PangoCoverage *coverage =
        font ? pango_font_get_coverage(font, pango_language_from_string("vi")) : NULL;
    bool fits = coverage != NULL;
    for (size_t i = 0; fits && i < ARRAY_LEN(rare); i++)
        fits = pango_coverage_get(coverage, (int)rare[i]) == PANGO_COVERAGE_EXACT;
    g_clear_object(&coverage);
    g_clear_object(&font);
    pango_font_description_free(description);
    g_object_unref(context);
    return fits;
}

struct typeset *typeset_new(const struct letter *letter, struct err *err)
{
    struct typeset *set = calloc(1, sizeof *set);
    if (!set) {
        err_sys(err, "set a letter"); /* UNTESTED: no memory */
        return NULL;
    }
    set->err = err;
    set->context = context_new();
    set_letter(set, letter);
    set->err = NULL;
    set->strips_len = 0; /* they borrow from the letter */
    if (set->failed) {
        typeset_free(set);
        return NULL;
    }
    return set;
}

void typeset_free(struct typeset *typeset)
{
    if (!typeset)
        return;
    for (size_t i = 0; i < typeset->layouts_len; i++)
        g_object_unref(typeset->layouts[i]);
    for (size_t i = 0; i < typeset->sheets_len; i++) {
        bytes_done(&typeset->sheets[i]->truth);
        free(typeset->sheets[i]);
    }
    g_object_unref(typeset->context);
    free(typeset);
}

void typeset_freep(struct typeset **typeset)
{
    typeset_free(*typeset);
    *typeset = NULL;
}

size_t typeset_pages(const struct typeset *typeset)
{
    return typeset->sheets_len;
}

static const struct sheet *sheet_at(const struct typeset *typeset, size_t page)
{
    assert(page < typeset->sheets_len);
    return typeset->sheets[page];
}

struct span typeset_truth(const struct typeset *typeset, size_t page)
{
    return bytes_span(&sheet_at(typeset, page)->truth);
}

void typeset_draw(const struct typeset *typeset, size_t page, cairo_t *cr)
{
    const struct sheet *sheet = sheet_at(typeset, page);
    cairo_save(cr);
    cairo_set_source_rgb(cr, 0, 0, 0);
    for (size_t i = 0; i < sheet->marks_len; i++) {
        const struct mark *mark = &sheet->marks[i];
        cairo_move_to(cr, mark->x, mark->baseline);
        pango_cairo_show_layout_line(cr, pango_layout_get_line_readonly(mark->layout, mark->line));
    }
    cairo_set_line_width(cr, 0.7);
    for (size_t i = 0; i < sheet->rules_len; i++) {
        cairo_move_to(cr, sheet->rules[i].x0, sheet->rules[i].y0);
        cairo_line_to(cr, sheet->rules[i].x1, sheet->rules[i].y1);
        cairo_stroke(cr);
    }
    cairo_restore(cr);
}

bool typeset_signature(const struct typeset *typeset, size_t page, double *ret_x, double *ret_y)
{
    const struct sheet *sheet = sheet_at(typeset, page);
    if (!sheet->signed_here)
        return false;
    *ret_x = sheet->sign_x;
    *ret_y = sheet->sign_y;
    return true;
}

size_t typeset_lines(const struct typeset *typeset, size_t page)
{
    return sheet_at(typeset, page)->marks_len;
}

struct typeset_line typeset_line(const struct typeset *typeset, size_t page, size_t line)
{
    const struct sheet *sheet = sheet_at(typeset, page);
    assert(line < sheet->marks_len);
    const struct mark *mark = &sheet->marks[line];
    double inside, width;
    line_extents(mark->layout, mark->line, &inside, &width);
    const PangoFontDescription *font = pango_layout_get_font_description(mark->layout);
    return (struct typeset_line){.x = mark->x,
                                 .baseline = mark->baseline,
                                 .width = width,
                                 .size =
                                     (double)pango_font_description_get_size(font) / PANGO_SCALE,
                                 .text = line_text(mark->layout, mark->line)};
}
