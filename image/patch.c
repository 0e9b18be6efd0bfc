/* image/patch.c - the patch code T in an area of a page.
 *
 * Kodak's six patch codes (manual A-61670, "Bar pattern details") are four bars, two of 0.20 inch
 * and two of 0.08, with spaces of 0.08 between: 0.80 inch in all, at least 0.75 long. T is narrow,
 * wide, narrow, wide. Lines are laid across the area, both ways, and the pattern has to be met by
 * one after the other; askew, all widths grow alike. */
#include <stdlib.h>

#include "image/canvas.h"
#include "image/code_area.h"

#define BARS          4
#define PIECES        (2 * BARS - 1) /* bars and the spaces between */
#define UNITS         10.0           /* of 0.08 inch, in all */
#define NARROW_MIN    0.6            /* units */
#define NARROW_MAX    1.5
#define WIDE_MIN      2.0
#define WIDE_MAX      3.0
#define QUIET_MIN     0.9
#define HIGH_MIN_INCH 0.68
#define HIGH_MAX_INCH 0.95
#define LINES_INCH    25   /* lines laid, about one for each mm */
#define LENGTH_MIN    15   /* lines that meet the pattern */
#define MISSES_MAX    3    /* lines in between that do not: dirt, a seal */
#define DRIFT_MAX     0.25 /* from line to line: as of 14 degrees */
#define PAD_INCH      6
#define SPECK_INCH    60 /* shorter pieces are specks: 0.4 mm */

struct line {
    uint32_t *ends; /* of pieces, by turns white and black, beginning with white */
    uint32_t len;
};

static void line_done(struct line *line)
{
    free(line->ends);
}

struct streak {
    uint32_t lines, misses;
    uint32_t first, last, from, to; /* lines from first to last; on them from .. to */
    double start;                   /* where the pattern began on the last */
};

/* One direction. */
struct sweep {
    const uint32_t *words; /* of the page's first row */
    size_t row_words;
    const struct code_area *area;
    bool on_end; /* lines run across, so the bars they meet stand on end */
    uint32_t dpi;
};

/* With the white that must be around the bars. */
static struct code_area widened(const struct image *bilevel, const struct code_area *area,
                                uint32_t dpi)
{
    const uint32_t pad = dpi / PAD_INCH, x = area->x > pad ? area->x - pad : 0;
    const uint32_t y = area->y > pad ? area->y - pad : 0;
    const uint32_t right = area->x + area->w + pad, bottom = area->y + area->h + pad;
    const uint32_t w = image_width_px(bilevel), h = image_height_px(bilevel);
    return (struct code_area){x, y, (right < w ? right : w) - x, (bottom < h ? bottom : h) - y};
}

static bool is_black(const struct sweep *sweep, uint32_t line, uint32_t at)
{
    const uint32_t x = sweep->area->x + (sweep->on_end ? at : line);
    const uint32_t y = sweep->area->y + (sweep->on_end ? line : at);
    return GET_DATA_BIT(sweep->words + y * sweep->row_words, x);
}

/* Pieces shorter than a speck become one with what is around them. */
static void cut_up(const struct sweep *sweep, uint32_t line, uint32_t length, struct line *out)
{
    const uint32_t speck = sweep->dpi / SPECK_INCH + 1;
    uint32_t from = 0;
    out->len = 0;
    bool black = false;
    for (uint32_t at = 0; at <= length; at++) {
        if (at < length && is_black(sweep, line, at) == black)
            continue;
        if (at - from < speck && out->len > 0 && at < length)
            out->len--; /* the piece before goes on */
        else
            out->ends[out->len++] = at;
        from = out->len > 0 ? out->ends[out->len - 1] : 0;
        black = !black;
    }
}

static bool within(double value, double min, double max)
{
    return value >= min && value <= max;
}

/* Does a patch begin with the black piece i? T seen upside down begins with a wide bar. */
static bool is_patch(const struct sweep *sweep, const struct line *line, uint32_t i)
{
    if (i + PIECES >= line->len)
        return false;
    const double total = line->ends[i + PIECES - 1] - line->ends[i - 1];
    const double unit = total / UNITS;
    if (!within(total, HIGH_MIN_INCH * sweep->dpi, HIGH_MAX_INCH * sweep->dpi))
        return false;
    const double before = line->ends[i - 1] - (i > 1 ? line->ends[i - 2] : 0);
    const double after = line->ends[i + PIECES] - line->ends[i + PIECES - 1];
    if (before < QUIET_MIN * unit || after < QUIET_MIN * unit)
        return false;
    const bool over = line->ends[i] - line->ends[i - 1] > WIDE_MIN * unit;
    for (uint32_t piece = 0; piece < PIECES; piece++) {
        const double width = (line->ends[i + piece] - line->ends[i + piece - 1]) / unit;
        const bool wide = piece % 2 == 0 && (piece / 2 % 2 == 1) != over;
        if (!within(width, wide ? WIDE_MIN : NARROW_MIN, wide ? WIDE_MAX : NARROW_MAX))
            return false;
    }
    return true;
}

/* The line meets the pattern from `start` to `end`: goes the streak on? */
static void go_on(struct streak *streak, uint32_t line, uint32_t start, uint32_t end, uint32_t step)
{
    const double drift = DRIFT_MAX * step * (streak->misses + 1) + 3;
    if (streak->lines == 0 || !within(start, streak->start - drift, streak->start + drift))
        *streak = (struct streak){.first = line, .from = start, .to = end};
    streak->lines++;
    streak->misses = 0;
    streak->last = line;
    streak->start = start;
    streak->from = start < streak->from ? start : streak->from;
    streak->to = end > streak->to ? end : streak->to;
}

static bool sweep_finds(const struct sweep *sweep, struct line *line, struct streak *ret_streak)
{
    const uint32_t lines = sweep->on_end ? sweep->area->h : sweep->area->w;
    const uint32_t length = sweep->on_end ? sweep->area->w : sweep->area->h;
    const uint32_t step = sweep->dpi / LINES_INCH + 1;
    struct streak streak = {0};
    for (uint32_t at = 0; at < lines; at += step) {
        bool met = false;
        cut_up(sweep, at, length, line);
        for (uint32_t i = 1; i < line->len && !met; i += 2)
            if (is_patch(sweep, line, i)) {
                met = true;
                go_on(&streak, at, line->ends[i - 1], line->ends[i + PIECES - 1], step);
            }
        if (!met && ++streak.misses > MISSES_MAX)
            streak = (struct streak){0};
        if (streak.lines >= LENGTH_MIN)
            *ret_streak = streak;
    }
    return ret_streak->lines >= LENGTH_MIN;
}

int patch_find(const struct image *bilevel, const struct code_area *area, uint32_t dpi,
               bool *ret_found, struct patch *ret_patch, struct err *err)
{
    CLEANUP(line_done) struct line line = {0};
    const struct code_area wide = widened(bilevel, area, dpi);
    const uint32_t longest = wide.w > wide.h ? wide.w : wide.h;
    line.ends = canvas_memory((uint64_t)longest + 2, sizeof *line.ends, err);
    if (!line.ends)
        return -1; /* UNTESTED: memory */
    *ret_found = false;
    for (int on_end = 0; on_end <= 1 && !*ret_found; on_end++) {
        const struct sweep sweep = {canvas_row(image_pix(bilevel), 0),
                                    (size_t)pixGetWpl(image_pix(bilevel)), &wide, on_end == 1, dpi};
        struct streak streak = {0};
        if (!sweep_finds(&sweep, &line, &streak))
            continue;
        const uint32_t length = streak.last - streak.first + 1, high = streak.to - streak.from;
        *ret_found = true;
        *ret_patch =
            sweep.on_end
                ? (struct patch){wide.x + streak.from, wide.y + streak.first, high, length, true}
                : (struct patch){wide.x + streak.first, wide.y + streak.from, length, high, false};
    }
    return 0;
}
