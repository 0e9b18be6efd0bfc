/* image/pdf_text.c - the words of a page as the invisible text of a PDF. */
#include "image/pdf_text.h"

#include <inttypes.h>

#include "base/text.h"

#define MOVE_MAX_MM      1.5  /* of an edge of a box, for the sake of one baseline */
#define GAP_PCT          20   /* of the size, between words */
#define STRING_CODES_MAX 8000 /* ISO 19005-2, 6.1.13: a string has at most 32767 bytes */
#define WHOLE_PERCENT    5000 /* of hundredths: from here on a whole percent is exact enough */
#define NOT_YET          (-1)

struct edges {
    int64_t left, top, right, bottom; /* of the upright page, pixels from its upper left corner */
};

struct text_state {
    const struct pdf_page *page;
    struct pdf_font *font;
    struct bytes *out;
    int64_t width, height; /* of the upright page */
    int64_t x, y;          /* where the last word began */
    int64_t size, stretch; /* in force; NOT_YET */
    double move_max_px;    /* of an edge of a box */
};

static int64_t between(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* The box as it is after the page was set upright, cut off at its edges. */
static struct edges edges_of(const struct text_state *state, const struct pdf_word *word)
{
    int64_t height = state->page->height_px, other = state->page->width_px;
    struct edges box = {word->x, word->y, (int64_t)word->x + word->w, (int64_t)word->y + word->h};
    for (uint32_t turned = 0; turned < state->page->turned_deg; turned += 90) {
        box = (struct edges){height - box.bottom, box.left, height - box.top, box.right};
        const int64_t swap = height;
        height = other;
        other = swap;
    }
    box.left = between(box.left, 0, state->width - 1);
    box.top = between(box.top, 0, state->height - 1);
    box.right = between(box.right, box.left + 1, state->width);
    box.bottom = between(box.bottom, box.top + 1, state->height);
    return box;
}

/* What all words of the line share, or false: each keeps its own. */
static bool common_height(const struct text_state *state, size_t first, size_t last,
                          struct edges *ret_common)
{
    struct edges high = edges_of(state, &state->page->words[first]), low = high;
    for (size_t i = first + 1; i <= last; i++) {
        struct edges box = edges_of(state, &state->page->words[i]);
        low.top = box.top < low.top ? box.top : low.top;
        high.top = box.top > high.top ? box.top : high.top;
        low.bottom = box.bottom < low.bottom ? box.bottom : low.bottom;
        high.bottom = box.bottom > high.bottom ? box.bottom : high.bottom;
    }
    double move_max = 2 * state->move_max_px;
    *ret_common = (struct edges){.top = (low.top + high.top) / 2,
                                 .bottom = (low.bottom + high.bottom + 1) / 2};
    return (double)(high.top - low.top) <= move_max &&
           (double)(high.bottom - low.bottom) <= move_max && ret_common->bottom > ret_common->top;
}

static bool is_shown(uint32_t letter)
{
    return letter >= 0x20 && !(letter >= 0x7F && letter < 0xA0) && letter != 0xFEFF &&
           (letter & 0xFFFE) != 0xFFFE;
}

/* The word's codes, and those of a blank behind it, in hexadecimal digits. */
static int put_codes(struct text_state *state, struct span chars, uint32_t *ret_len,
                     struct bytes *codes, struct err *err)
{
    size_t len = 0;
    uint16_t code = 0;
    *ret_len = 0;
    for (size_t at = 0; at < chars.len; at += len) {
        uint32_t letter = text_letter(chars, at, &len);
        if (!is_shown(letter))
            continue;
        if (*ret_len > 0 && *ret_len % STRING_CODES_MAX == 0 &&
            bytes_append(codes, span_of_text(">Tj<"), err) < 0)
            return -1; /* UNTESTED: no memory */
        if (pdf_font_code(state->font, letter, &code, err) < 0 ||
            bytes_printf(codes, err, "%04X", code) < 0)
            return -1; /* UNTESTED: no memory */
        ++*ret_len;
    }
    if (*ret_len == 0)
        return 0;
    if (pdf_font_code(state->font, ' ', &code, err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_printf(codes, err, "%04X", code);
}

static int put_stretch(struct text_state *state, int64_t stretch, struct err *err)
{
    if (stretch == state->stretch)
        return 0;
    state->stretch = stretch;
    if (stretch % 100 == 0)
        return bytes_printf(state->out, err, "%" PRId64 " Tz", stretch / 100);
    return bytes_printf(state->out, err, "%" PRId64 ".%02" PRId64 " Tz", stretch / 100,
                        stretch % 100);
}

static int put_word(struct text_state *state, struct span chars, const struct edges *box,
                    struct err *err)
{
    CLEANUP(bytes_done) struct bytes codes = {0};
    uint32_t len = 0;
    if (!text_valid(chars))
        return err_input(err, REASON_DAMAGED, "a word is not UTF-8");
    if (put_codes(state, chars, &len, &codes, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (len == 0)
        return 0;
    const int64_t size = box->bottom - box->top;
    const int64_t baseline = state->height - box->bottom - size * PDF_FONT_DESCENT / PDF_FONT_EM;
    /* hundredths of a percent: how much wider the box is than the letters would be */
    const double natural = (double)size * len * PDF_FONT_WIDTH / PDF_FONT_EM;
    int64_t stretch = (int64_t)((double)(box->right - box->left) / natural * 10000 + 0.5);
    if (stretch > WHOLE_PERCENT)
        stretch = (stretch + 50) / 100 * 100;
    if (size != state->size && bytes_printf(state->out, err, "/F %" PRId64 " Tf", size) < 0)
        return -1; /* UNTESTED: no memory */
    state->size = size;
    if (bytes_printf(state->out, err, "\n%" PRId64 " %" PRId64 " Td ", box->left - state->x,
                     baseline - state->y) < 0 ||
        put_stretch(state, stretch > 0 ? stretch : 1, err) < 0 ||
        bytes_printf(state->out, err, "<") < 0 ||
        bytes_append(state->out, bytes_span(&codes), err) < 0)
        return -1; /* UNTESTED: no memory */
    state->x = box->left;
    state->y = baseline;
    return bytes_printf(state->out, err, ">Tj");
}

/* Readers see a blank where the gap to the next word is 0.15 of the size: the word ends earlier
 * where it is less. */
static void leave_gap(const struct text_state *state, struct edges *box, const struct edges *next)
{
    int64_t move = box->right - (next->left - (box->bottom - box->top) * GAP_PCT / 100);
    int64_t half = (box->right - box->left) / 2;
    bool beside = next->left > box->left && next->top < box->bottom && next->bottom > box->top;
    if (!beside || move <= 0)
        return;
    if (move > half)
        move = half;
    box->right -= move < (int64_t)state->move_max_px ? move : (int64_t)state->move_max_px;
}

static int put_line(struct text_state *state, size_t first, size_t last, struct err *err)
{
    struct edges common;
    bool shared = common_height(state, first, last, &common);
    for (size_t i = first; i <= last; i++) {
        const struct pdf_word *word = &state->page->words[i];
        struct edges box = edges_of(state, word);
        if (shared) {
            box.top = common.top;
            box.bottom = common.bottom;
        }
        if (i + 1 < state->page->word_len) { /* of another line, too: two may lie side by side */
            struct edges next = edges_of(state, word + 1);
            leave_gap(state, &box, &next);
        }
        if (put_word(state, word->chars, &box, err) < 0)
            return -1;
    }
    return 0;
}

int pdf_text(const struct pdf_page *page, struct pdf_font *font, struct bytes *out, struct err *err)
{
    bool lies = page->turned_deg % 180 != 0;
    struct text_state state = {.page = page,
                               .font = font,
                               .out = out,
                               .width = lies ? page->height_px : page->width_px,
                               .height = lies ? page->width_px : page->height_px,
                               .move_max_px = MOVE_MAX_MM / 25.4 * pdf_page_dpi(page),
                               .size = NOT_YET,
                               .stretch = NOT_YET};
    for (size_t first = 0, last = 0; first < page->word_len; first = last + 1) {
        last = first;
        while (last + 1 < page->word_len && page->words[last + 1].line == page->words[first].line)
            last++;
        if (put_line(&state, first, last, err) < 0)
            return -1;
    }
    return 0;
}
