/* ocr/layout.c - where the lines of an upright page are.
 *
 * At about 150 dpi: rules are taken away, letters are closed up sideways into runs, runs that stand
 * beside each other become lines, marks above and below are given to the nearest line, lines that
 * grew together are parted where the ink is thinnest. Baseline and height of small letters come
 * from the row profile; the box shown to the recogniser is made from them. */
#include "ocr/layout.h"

#include <errno.h>
#include <leptonica/allheaders.h>
#include <stdlib.h>

#include "ocr/components.h"
#include "ocr/inverse.h"
#include "ocr/pix.h"
#include "ocr/strokes.h"

#define WORK_DPI        150
#define RULE_WIDE_PX    100 /* a rule is at least this long, at WORK_DPI */
#define RULE_HIGH_PX    60
#define LETTER_MIN_PX   6
#define LETTER_MAX_PX   60
#define LETTER_WIDE_MAX 100
#define LETTER_USUAL_PX 16
#define PAGE_MIN_PX     16
#define TALL_LETTERS    6  /* ink this many letters high is a seal, a signature, a black bar */
#define SPLITS_MAX      64 /* of one run of ink */

struct finder {
    PIX *ink, *closed;             /* without rules; closed up into runs */
    PIX *tall;                     /* ink that was left out; NULL: none */
    int scale;                     /* pixels of the page in one of ours */
    int letter;                    /* median height of a letter */
    struct text_box *runs, *marks; /* what may be a line; what belongs to one */
    size_t run_len, mark_len;
    struct text_box bars[INVERSE_MAX]; /* black ones with white letters, turned over */
    size_t bar_len;
    struct layout *layout;
};

void layout_done(struct layout *layout)
{
    free(layout->lines);
    free(layout->rules);
    *layout = (struct layout){0};
}

static int no_memory(struct err *err)
{
    errno = ENOMEM;
    return err_sys(err, "find the lines of the page"); /* UNTESTED: memory */
}

/* Room for one more: the same items, or moved ones; NULL when there is none. */
static void *grow(void *items, size_t *cap, size_t len, size_t size, struct err *err)
{
    if (items && len < *cap)
        return items;
    size_t more = *cap ? 2 * *cap : 256;
    void *bigger = realloc(items, more * size);
    if (bigger)
        *cap = more;
    else
        (void)no_memory(err);
    return bigger;
}

struct layout_line *layout_grow(struct layout *layout, struct err *err)
{
    struct layout_line *lines =
        grow(layout->lines, &layout->cap, layout->len, sizeof *layout->lines, err);
    if (!lines)
        return NULL; /* UNTESTED: memory */
    layout->lines = lines;
    lines[layout->len] = (struct layout_line){0};
    return &lines[layout->len++];
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* --- rules and letters ------------------------------------------------------------------------ */

static int keep_rules(struct finder *f, PIX *rules, bool vertical, struct err *err)
{
    struct component *found = NULL;
    size_t n = 0;
    int rc = components_find(rules, 8, &found, &n, err);
    struct layout *layout = f->layout;
    for (size_t i = 0; rc == 0 && i < n && layout->rule_len < LAYOUT_RULES_MAX; i++) {
        const struct text_box b = found[i].box;
        struct layout_rule *rules_now =
            grow(layout->rules, &layout->rule_cap, layout->rule_len, sizeof *layout->rules, err);
        if (!rules_now) {
            rc = -1;
            break;
        }
        layout->rules = rules_now;
        rules_now[layout->rule_len++] = (struct layout_rule){
            {b.x * f->scale, b.y * f->scale, b.w * f->scale, b.h * f->scale}, vertical};
    }
    free(found);
    return rc;
}

/* Long straight runs of black are no letters. What is taken away is a little thicker than they. */
static PIX *take_rules(struct finder *f, bool vertical, struct err *err)
{
    CLEANUP(pix_freep) PIX *rules = pixCopy(NULL, f->ink);
    if (rules && vertical)
        strokes_open_down(rules, RULE_HIGH_PX);
    else if (rules)
        strokes_open_across(rules, RULE_WIDE_PX);
    PIX *thick = rules ? pixDilateBrick(NULL, rules, vertical ? 3 : 1, vertical ? 1 : 3) : NULL;
    if (!thick) {
        (void)no_memory(err);
        return NULL;
    }
    if (keep_rules(f, rules, vertical, err) < 0)
        pixDestroy(&thick);
    return thick;
}

static int by_height(const void *a, const void *b)
{
    const int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

/* What is tall would tie the lines it crosses into one. */
static int drop_tall(struct finder *f, const struct component found[], size_t n, struct err *err)
{
    L_STACK *stack =
        lstackCreate(0); /* of what is still to be cleared; takes what it needs along */
    if (stack)
        stack->auxstack = lstackCreate(0);
    int rc = stack && stack->auxstack ? 0 : no_memory(err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (found[i].box.h < TALL_LETTERS * f->letter)
            continue;
        if (!f->tall)
            f->tall = pixCopy(NULL, f->ink);
        if (!f->tall || pixSeedfill(f->ink, stack, found[i].seed_px, found[i].box.y, 8) != 0)
            rc = no_memory(err);
    }
    lstackDestroy(&stack, true);
    if (rc == 0 && f->tall)
        (void)pixSubtract(f->tall, f->tall, f->ink);
    return rc;
}

static int measure_letters(struct finder *f, struct err *err)
{
    struct component *found = NULL;
    size_t n = 0, kept = 0;
    if (components_find(f->ink, 8, &found, &n, err) < 0)
        return -1;
    int *heights = calloc(n + 1, sizeof *heights);
    for (size_t i = 0; heights && i < n; i++) {
        const struct text_box b = found[i].box;
        if (b.h >= LETTER_MIN_PX && b.h <= LETTER_MAX_PX && b.w >= 2 && b.w <= LETTER_WIDE_MAX)
            heights[kept++] = b.h;
    }
    if (!heights) {
        free(found);
        return no_memory(err);
    }
    qsort(heights, kept, sizeof *heights, by_height);
    f->letter = kept ? heights[kept / 2] : LETTER_USUAL_PX;
    free(heights);
    int rc = drop_tall(f, found, n, err);
    free(found);
    return rc;
}

static int prepare(struct finder *f, PIX *page, uint32_t dpi, struct err *err)
{
    f->scale = dpi >= 3 * WORK_DPI ? 4 : dpi >= WORK_DPI * 5 / 3 ? 2 : 1;
    f->ink = f->scale == 1   ? pixCopy(NULL, page)
             : f->scale == 2 ? pixReduceRankBinary2(page, 2, NULL)
                             : pixReduceRankBinaryCascade(page, 2, 2, 0, 0);
    if (!f->ink)
        return no_memory(err);
    if (inverse_turn_over(f->ink, f->bars, &f->bar_len, err) < 0)
        return -1; /* UNTESTED: memory */
    CLEANUP(pix_freep) PIX *wide = take_rules(f, false, err);
    CLEANUP(pix_freep) PIX *high = wide ? take_rules(f, true, err) : NULL;
    if (!high)
        return -1;
    (void)pixSubtract(f->ink, f->ink, wide);
    (void)pixSubtract(f->ink, f->ink, high);
    if (measure_letters(f, err) < 0)
        return -1;
    f->closed = pixCopy(NULL, f->ink);
    if (!f->closed)
        return no_memory(err);
    if (strokes_close_across(f->closed, (uint32_t)most(9, f->letter * 3 / 2), err) < 0)
        return -1;
    /* Vertical rules cut what was closed: cells of a table stay apart. */
    strokes_widen_down(high, RULE_HIGH_PX);
    (void)pixSubtract(f->closed, f->closed, high);
    return 0;
}

/* --- lines ------------------------------------------------------------------------------------ */

static int by_left(const void *a, const void *b)
{
    const struct text_box *x = a, *y = b;
    if (x->x != y->x)
        return x->x < y->x ? -1 : 1;
    return (x->y > y->y) - (x->y < y->y);
}

/* Runs are tall enough for a line; marks are what may belong to one. */
static int sort_runs(struct finder *f, struct err *err)
{
    struct component *found = NULL;
    size_t n = 0;
    if (components_find(f->closed, 4, &found, &n, err) < 0)
        return -1;
    f->runs = calloc(n + 1, sizeof *f->runs);
    f->marks = calloc(n + 1, sizeof *f->marks);
    for (size_t i = 0; i < n && f->runs && f->marks; i++) {
        const struct text_box b = found[i].box;
        if (b.h * 10 >= f->letter * 7 && b.w >= 3)
            f->runs[f->run_len++] = b;
        else if (b.w * b.h >= 4)
            f->marks[f->mark_len++] = b;
    }
    free(found);
    if (!f->runs || !f->marks)
        return no_memory(err);
    if (f->run_len > LAYOUT_LINES_MAX)
        return err_input(err, REASON_TOO_MUCH_TEXT, "%zu pieces of text", f->run_len);
    if (f->run_len > 1)
        qsort(f->runs, f->run_len, sizeof *f->runs, by_left);
    return 0;
}

/* A vertical rule between two runs parts cells. A rule that is a little askew is found in pieces:
 * each counts a letter further than it reaches. */
static bool rule_between(const struct finder *f, struct text_box line, struct text_box run)
{
    const int32_t y = most(line.y, run.y), end = least(line.y + line.h, run.y + run.h);
    for (size_t i = 0; i < f->layout->rule_len; i++) {
        const struct layout_rule *rule = &f->layout->rules[i];
        const int32_t x = (rule->box.x + rule->box.w / 2) / f->scale;
        if (rule->vertical && x + 2 >= line.x + line.w && x - 2 <= run.x &&
            rule->box.y / f->scale - f->letter < end &&
            (rule->box.y + rule->box.h) / f->scale + f->letter > y)
            return true;
    }
    return false;
}

static bool same_line(const struct finder *f, struct text_box line, struct text_box run,
                      int32_t *ret_gap)
{
    const int32_t overlap = least(line.y + line.h, run.y + run.h) - most(line.y, run.y);
    const int32_t low = least(line.h, run.h), high = most(line.h, run.h);
    *ret_gap = run.x - (line.x + line.w);
    return overlap * 100 > 55 * low && *ret_gap * 10 < f->letter * 22 &&
           high * 10 < 26 * low + 40 && !rule_between(f, line, run);
}

/* Joins runs from left to right; the lines are kept at the front of f->runs. */
static void join_runs(struct finder *f)
{
    size_t lines = 0;
    for (size_t i = 0; i < f->run_len; i++) {
        const struct text_box run = f->runs[i];
        size_t best = SIZE_MAX;
        int32_t gap = 0, best_gap = INT32_MAX;
        for (size_t k = 0; k < lines; k++)
            if (same_line(f, f->runs[k], run, &gap) && gap < best_gap) {
                best = k;
                best_gap = gap;
            }
        if (best == SIZE_MAX)
            f->runs[lines++] = run;
        else
            f->runs[best] = text_box_around(f->runs[best], run);
    }
    f->run_len = lines;
}

/* Dots, accents and commas that the closing left alone go to the nearest line. */
static void attach_marks(struct finder *f)
{
    for (size_t i = 0; i < f->mark_len; i++) {
        const struct text_box mark = f->marks[i];
        size_t best = SIZE_MAX;
        int32_t best_distance = f->letter * 6 / 10;
        for (size_t k = 0; k < f->run_len; k++) {
            const struct text_box line = f->runs[k];
            if (least(line.x + line.w + f->letter, mark.x + mark.w) - most(line.x, mark.x) <= 0)
                continue;
            const int32_t distance =
                most(0, most(line.y - (mark.y + mark.h), mark.y - (line.y + line.h)));
            if (distance < best_distance) {
                best = k;
                best_distance = distance;
            }
        }
        if (best != SIZE_MAX)
            f->runs[best] = text_box_around(f->runs[best], mark);
    }
}

/* Black pixels of each row inside a box. */
static void profile(const struct finder *f, struct text_box box, int32_t *ret_rows)
{
    const l_int32 wpl = pixGetWpl(f->ink);
    const l_uint32 *data = pixGetData(f->ink);
    const int32_t first = box.x / 32, last = (box.x + box.w - 1) / 32;
    for (int32_t y = 0; y < box.h; y++) {
        const l_uint32 *row = data + (size_t)(box.y + y) * (size_t)wpl;
        int32_t sum = 0;
        for (int32_t i = first; i <= last; i++) {
            l_uint32 word = row[i];
            if (i == first)
                word &= UINT32_MAX >> (box.x & 31);
            if (i == last)
                word &= UINT32_MAX << (31 - ((box.x + box.w - 1) & 31));
            sum += __builtin_popcount(word);
        }
        ret_rows[y] = sum;
    }
}

/* Where to part a box that holds more than one line, or 0. */
static int32_t split_at(const struct finder *f, struct text_box box, const int32_t *rows)
{
    if (box.h * 10 <= f->letter * 34 || box.w <= f->letter * 2)
        return 0;
    int32_t at = 0, thinnest = INT32_MAX, thickest = 0;
    for (int32_t y = 0; y < box.h; y++)
        thickest = most(thickest, rows[y]);
    for (int32_t y = box.h / 5; y < box.h * 4 / 5; y++)
        if (rows[y] < thinnest) {
            thinnest = rows[y];
            at = y;
        }
    return thinnest < thickest / 5 + 1 ? at : 0;
}

/* How many rows above row y belong to what stands below it, at most rows_max: ink, and white no
 * wider than between a letter and its mark. Stacked marks on capitals reach higher than any fixed
 * share of the letters' height. */
static int32_t ink_above(const struct finder *f, struct text_box box, int32_t y, int32_t rows_max)
{
    int32_t inked = 0;
    for (int32_t n = 1; n <= rows_max && y - n >= 0 && n - inked <= rows_max / 3 + 1; n++) {
        int32_t black = 0;
        profile(f, (struct text_box){box.x, y - n, box.w, 1}, &black);
        if (black > 0)
            inked = n;
    }
    return inked;
}

static int add_line(struct finder *f, struct text_box box, const int32_t *rows, struct err *err)
{
    struct layout *layout = f->layout;
    int32_t thickest = 0, top = 0, bottom = box.h - 1;
    for (int32_t y = 0; y < box.h; y++)
        thickest = most(thickest, rows[y]);
    while (top < box.h - 1 && rows[top] * 100 < thickest * 45)
        top++;
    while (bottom > top && rows[bottom] * 100 < thickest * 45)
        bottom--;
    int32_t x_height = most(bottom - top + 1, f->letter * 8 / 10);
    x_height = least(x_height, f->letter * 16 / 10);
    const int32_t base = box.y + bottom;
    int32_t from = most(0, least(box.y, base - x_height * 172 / 100));
    const int32_t to = least(pixGetHeight(f->ink), most(box.y + box.h, base + x_height * 48 / 100));
    from -= ink_above(f, box, from, x_height * 40 / 100);
    if (box.w * 10 < f->letter * 4 && box.h * 10 < f->letter * 8)
        return 0;
    if (layout->len >= LAYOUT_LINES_MAX)
        return err_input(err, REASON_TOO_MUCH_TEXT, "more than %u lines", LAYOUT_LINES_MAX);
    struct layout_line *line = layout_grow(layout, err);
    if (!line)
        return -1;
    const int32_t s = f->scale, pad = 2 * s;
    *line = (struct layout_line){
        .box = {box.x * s - pad, from * s - pad, box.w * s + 2 * pad, (to - from) * s + 2 * pad},
        .ink = {box.x * s, box.y * s, box.w * s, box.h * s},
        .base = base * s,
        .x_height = x_height * s};
    return 0;
}

static int finish_run(struct finder *f, struct text_box run, int32_t *rows, struct err *err)
{
    struct text_box todo[SPLITS_MAX] = {run};
    size_t n = 1;
    while (n > 0) {
        struct text_box box = todo[--n];
        if (box.w < 4 || box.h < 5)
            continue;
        profile(f, box, rows);
        const int32_t at = split_at(f, box, rows);
        if (at > 0 && n + 2 <= SPLITS_MAX) {
            todo[n++] = (struct text_box){box.x, box.y, box.w, at};
            todo[n++] = (struct text_box){box.x, box.y + at, box.w, box.h - at};
        } else if (box.h <= f->letter * 8 && add_line(f, box, rows, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A row of accents, or of what hangs below, that was taken for a line: small, and closer to the
 * line it belongs to than another line could be. */
static bool belongs_to(const struct layout_line *small, const struct layout_line *line,
                       int32_t letter)
{
    const int32_t up = line->base - small->base;
    return small->ink.h * 10 < letter * 9 && small->ink.x >= line->ink.x - letter &&
           small->ink.x + small->ink.w <= line->ink.x + line->ink.w + letter &&
           up * 10 < letter * 17 && -up * 10 < letter * 8;
}

/* Until they are gone, `block` says which lines were taken in. */
static void absorb(struct layout *layout, int32_t letter)
{
    size_t kept = 0;
    for (size_t i = 0; i < layout->len; i++) {
        struct layout_line *to = NULL;
        for (size_t k = 0; k < layout->len && !to; k++) {
            struct layout_line *line = &layout->lines[k];
            if (k != i && line->ink.h > layout->lines[i].ink.h &&
                belongs_to(&layout->lines[i], line, letter))
                to = line;
        }
        if (to)
            to->box = text_box_around(to->box, layout->lines[i].ink);
        layout->lines[i].block = to != NULL;
    }
    for (size_t i = 0; i < layout->len; i++)
        if (!layout->lines[i].block)
            layout->lines[kept++] = layout->lines[i];
    layout->len = kept;
}

static struct text_box common_box(struct text_box a, struct text_box b)
{
    const int32_t x = most(a.x, b.x), y = most(a.y, b.y);
    return (struct text_box){x, y, least(a.x + a.w, b.x + b.w) - x,
                             least(a.y + a.h, b.y + b.h) - y};
}

/* A line whose middle is in a bar is white on black, and is shown without what is around the bar.
 */
static void mark_inverse(const struct finder *f)
{
    for (size_t i = 0; i < f->bar_len; i++) {
        const struct text_box bar = {f->bars[i].x * f->scale, f->bars[i].y * f->scale,
                                     f->bars[i].w * f->scale, f->bars[i].h * f->scale};
        for (size_t k = 0; k < f->layout->len; k++) {
            struct layout_line *line = &f->layout->lines[k];
            const int32_t x = line->ink.x + line->ink.w / 2, y = line->ink.y + line->ink.h / 2;
            if (x < bar.x || x >= bar.x + bar.w || y < bar.y || y >= bar.y + bar.h)
                continue;
            line->inverse = true;
            line->box = common_box(line->box, bar);
        }
    }
}

/* Where ink that was left out stands right before the letters of a line, some of them went with it.
 */
static int mark_covered(const struct finder *f, struct err *err)
{
    for (size_t i = 0; f->tall && i < f->layout->len; i++) {
        struct layout_line *line = &f->layout->lines[i];
        const int32_t x = line->ink.x / f->scale, from = most(0, x - f->letter);
        const int32_t top = most(0, (line->base - line->x_height) / f->scale);
        BOX *before = boxCreate(from, top, most(1, x - from), line->x_height / f->scale + 1);
        l_int32 black = 0;
        if (!before)
            return no_memory(err);
        (void)pixCountPixelsInRect(f->tall, before, &black, NULL); /* 0 where it lies outside */
        boxDestroy(&before);
        line->covered = black > 0;
    }
    return 0;
}

static void finder_done(struct finder *f)
{
    pixDestroy(&f->tall);
    pixDestroy(&f->ink);
    pixDestroy(&f->closed);
    free(f->runs);
    free(f->marks);
}

/* Boxes stay inside the page; what has no room for a letter goes. */
static void clip(struct layout *layout, int32_t width, int32_t height)
{
    size_t kept = 0;
    for (size_t i = 0; i < layout->len; i++) {
        struct layout_line line = layout->lines[i];
        struct text_box *b = &line.box;
        const int32_t right = least(width, b->x + b->w), bottom = least(height, b->y + b->h);
        b->x = most(0, b->x);
        b->y = most(0, b->y);
        b->w = right - b->x;
        b->h = bottom - b->y;
        if (b->w > 6 && b->h > 8)
            layout->lines[kept++] = line;
    }
    layout->len = kept;
}

int layout_find(const struct image *bilevel, struct layout *ret_layout, struct err *err)
{
    CLEANUP(layout_done) struct layout layout = {.letter_px = LETTER_USUAL_PX};
    /* No room for a line, and too small to be reduced. */
    if (image_width_px(bilevel) < PAGE_MIN_PX || image_height_px(bilevel) < PAGE_MIN_PX) {
        *ret_layout = layout;
        return 0;
    }
    CLEANUP(finder_done) struct finder f = {.layout = &layout};
    if (prepare(&f, image_pix(bilevel), image_dpi(bilevel), err) < 0 || sort_runs(&f, err) < 0)
        return -1;
    join_runs(&f);
    attach_marks(&f);
    int32_t *rows = calloc((size_t)pixGetHeight(f.ink) + 1, sizeof *rows);
    if (!rows)
        return no_memory(err);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < f.run_len; i++)
        rc = finish_run(&f, f.runs[i], rows, err);
    free(rows);
    if (rc < 0)
        return -1;
    absorb(&layout, f.letter * f.scale);
    mark_inverse(&f);
    if (mark_covered(&f, err) < 0)
        return -1;
    clip(&layout, (int32_t)image_width_px(bilevel), (int32_t)image_height_px(bilevel));
    layout.letter_px = f.letter * f.scale;
    *ret_layout = layout;
    layout = (struct layout){0};
    return 0;
}
