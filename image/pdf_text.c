/* image/pdf_text.c - the words of a page as the invisible text of a PDF. */
#include "image/pdf_text.h"

#include <inttypes.h>
#include <math.h>

#include "base/text.h"

#define MOVE_MAX_MM      1.5  /* of an edge of a box, for the sake of one baseline */
#define JOIN_MAX_MM      0.75 /* of a left or right edge, for the sake of one string */
#define JOIN_MAX_PART    4    /* and at most one in so many of the word's width */
#define GAP_PCT          20   /* of the size, between words */
#define STRING_CODES_MAX 8000 /* ISO 19005-2, 6.1.13: a string has at most 32767 bytes */
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
    double join_max_px;    /* of a left or right edge */
};

/* Words of a line that are one string: the letters are of one width, which may be anything between
 * two bounds without an edge of a box moving too far. */
struct run {
    size_t first, end; /* words */
    struct edges box;  /* of the first one */
    double low, high;  /* pixels a letter is wide */
    double exact;      /* the last word ends where its box does */
    uint32_t len;      /* letters, and a blank behind each word; 0: nothing to show */
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

static uint32_t letters_of(struct span chars)
{
    uint32_t n = 0;
    for (size_t at = 0, len = 0; at < chars.len; at += len)
        n += is_shown(text_letter(chars, at, &len));
    return n;
}

static int put_code(struct text_state *state, uint32_t letter, uint32_t *count, struct err *err)
{
    uint16_t code = 0;
    if (*count > 0 && *count % STRING_CODES_MAX == 0 &&
        bytes_append(state->out, span_of_text(">Tj<"), err) < 0)
        return -1; /* UNTESTED: no memory */
    ++*count;
    if (pdf_font_code(state->font, letter, &code, err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_printf(state->out, err, "%04X", code);
}

/* The words' codes, and a blank behind each word, in hexadecimal digits. */
static int put_codes(struct text_state *state, const struct run *run, struct err *err)
{
    uint32_t count = 0;
    for (size_t i = run->first; i < run->end; i++) {
        const struct span chars = state->page->words[i].chars;
        const uint32_t before = count;
        for (size_t at = 0, len = 0; at < chars.len; at += len) {
            uint32_t letter = text_letter(chars, at, &len);
            if (is_shown(letter) && put_code(state, letter, &count, err) < 0)
                return -1; /* UNTESTED: no memory */
        }
        if (count > before && put_code(state, ' ', &count, err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return 0;
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

/* Hundredths of a percent: what is in force, else the roundest there is between the bounds. */
static int64_t stretch_of(const struct text_state *state, const struct run *run)
{
    static const int64_t steps[] = {1000, 500, 200, 100};
    const double letter = (double)(run->box.bottom - run->box.top) * PDF_FONT_WIDTH / PDF_FONT_EM;
    const double low = run->low / letter * 10000;
    const double high = fmin(run->exact, run->high) / letter * 10000;
    if ((double)state->stretch >= low && (double)state->stretch <= high)
        return state->stretch;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        const int64_t round = (int64_t)(high / (double)steps[i]) * steps[i];
        if (round > 0 && (double)round >= low)
            return round;
    }
    const int64_t stretch = (int64_t)(high + 0.5);
    return stretch > 0 ? stretch : 1;
}

static int put_run(struct text_state *state, const struct run *run, struct err *err)
{
    if (run->len == 0)
        return 0;
    const int64_t size = run->box.bottom - run->box.top;
    const int64_t baseline =
        state->height - run->box.bottom - size * PDF_FONT_DESCENT / PDF_FONT_EM;
    if (size != state->size && bytes_printf(state->out, err, "/F %" PRId64 " Tf", size) < 0)
        return -1; /* UNTESTED: no memory */
    state->size = size;
    if (bytes_printf(state->out, err, "\n%" PRId64 " %" PRId64 " Td ", run->box.left - state->x,
                     baseline - state->y) < 0 ||
        put_stretch(state, stretch_of(state, run), err) < 0 ||
        bytes_printf(state->out, err, "<") < 0 || put_codes(state, run, err) < 0)
        return -1; /* UNTESTED: no memory */
    state->x = run->box.left;
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

/* The box a word is to have: common (NULL: none) is the height of its line. */
static struct edges box_of(const struct text_state *state, size_t at, const struct edges *common)
{
    struct edges box = edges_of(state, &state->page->words[at]);
    if (common) {
        box.top = common->top;
        box.bottom = common->bottom;
    }
    if (at + 1 < state->page->word_len) { /* of another line, too: two may lie side by side */
        struct edges next = edges_of(state, &state->page->words[at + 1]);
        leave_gap(state, &box, &next);
    }
    return box;
}

/* Takes the word into the run when both its edges stay near those of its box, the blanks between
 * words are wide enough, and the word can end where its box does: another run may begin there. */
static bool join(const struct text_state *state, struct run *run, const struct edges *box,
                 uint32_t letters)
{
    const double width = (double)(box->right - box->left);
    const double far =
        width / JOIN_MAX_PART < state->join_max_px ? width / JOIN_MAX_PART : state->join_max_px;
    const double end = (double)(box->right - run->box.left), from = end - width;
    const double before = run->len, behind = run->len + letters;
    double low = (end - far) / behind, high = (end + far) / behind;
    if (before > 0) {
        const double blank = (double)(box->bottom - box->top) * GAP_PCT / 100;
        low = fmax(fmax(low, run->low), fmax((from - far) / before, blank));
        high = fmin(fmin(high, run->high), (from + far) / before);
        if (low > high || low > end / behind || from <= 0)
            return false;
    }
    run->low = low;
    run->high = high;
    run->exact = end / behind;
    run->len += letters + 1;
    return true;
}

/* The run that begins with this word, of the line that ends with `last`. */
static int find_run(const struct text_state *state, size_t first, size_t last,
                    const struct edges *common, struct run *ret_run, struct err *err)
{
    *ret_run = (struct run){.first = first, .end = first};
    do {
        const struct span chars = state->page->words[ret_run->end].chars;
        if (!text_valid(chars))
            return err_input(err, REASON_DAMAGED, "a word is not UTF-8");
        const uint32_t letters = letters_of(chars);
        const struct edges box = box_of(state, ret_run->end, common);
        if (ret_run->len == 0)
            ret_run->box = box;
        if (letters > 0 && !join(state, ret_run, &box, letters))
            return 0;
        ret_run->end++;
    } while (common && ret_run->end <= last);
    return 0;
}

static int put_line(struct text_state *state, size_t first, size_t last, struct err *err)
{
    struct edges common;
    const bool shared = common_height(state, first, last, &common);
    struct run run = {.end = first};
    while (run.end <= last)
        if (find_run(state, run.end, last, shared ? &common : NULL, &run, err) < 0 ||
            put_run(state, &run, err) < 0)
            return -1;
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
                               .join_max_px = JOIN_MAX_MM / 25.4 * pdf_page_dpi(page),
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
