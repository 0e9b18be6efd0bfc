/* ocr/reading_order.c - in which order a person reads the lines of a page.
 *
 * Lines that overlap in height form a band. Neighbouring bands through which one gap runs are two
 * columns: the left one is read first, each by the same rules. A ruled table stands in this order
 * as one thing and is read cell by cell, row by row. */
#include <errno.h>
#include <stdlib.h>

#include "ocr/layout.h"

#define DEPTH_MAX      6 /* columns inside columns */
#define TABLES_MAX     64u
#define EDGES_MAX      256u /* rows or columns of a table */
#define NARROW_LETTERS 4
#define FOOT_ABOVE_MAX 4 /* lines of the signature above the recipients */
#define BLANK_LETTERS  4 /* a wider gap is none between words */
#define NO_TABLE       UINT32_MAX
#define UNSEEN         (UINT32_MAX - 1) /* a rule that was not looked at yet */
#define NO_LINE        SIZE_MAX

/* A line, or a whole table. Heights are of the small letters: accents do not make lines overlap. */
struct item {
    int32_t left, right, top, bottom;
    size_t line; /* NO_LINE for a table */
    uint32_t table;
};

struct table {
    struct text_box box;
    unsigned rules, upright;
};

struct orderer {
    struct layout *layout;
    const enum layout_role *roles;
    int32_t gap_min;       /* what parts columns */
    int32_t blank_max;     /* what may stand between words of a line */
    int32_t middle, width; /* of all text, sideways */
    uint32_t *table_of;    /* per line */
    struct table tables[TABLES_MAX];
    size_t table_len;
    uint32_t *table_of_rule;
    size_t *order; /* what comes out: indices of lines */
    uint32_t *blocks;
    bool *goes_on;
    size_t done;
    uint32_t block;
};

struct band {
    size_t first, len; /* of items */
    int32_t top, bottom;
};

struct gap {
    int32_t left, right;
};

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static struct item item_of(const struct layout_line *line, size_t index)
{
    return (struct item){
        line->box.x, line->box.x + line->box.w, line->base - line->x_height, line->base, index,
        NO_TABLE};
}

static void emit(struct orderer *o, size_t line)
{
    o->order[o->done] = line;
    o->blocks[o->done++] = o->block;
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool touch(struct text_box a, struct text_box b, int32_t slack)
{
    return a.x <= b.x + b.w + slack && b.x <= a.x + a.w + slack && a.y <= b.y + b.h + slack &&
           b.y <= a.y + a.h + slack;
}

/* Takes all rules that touch what `first` touches into table `id`. */
static struct table table_from(struct orderer *o, size_t first, uint32_t id)
{
    const struct layout *layout = o->layout;
    const int32_t slack = o->gap_min / 3;
    struct table table = {.box = layout->rules[first].box};
    for (bool more = true; more;) {
        more = false;
        for (size_t k = first; k < layout->rule_len; k++) {
            const struct layout_rule *rule = &layout->rules[k];
            if (o->table_of_rule[k] != UNSEEN || !touch(table.box, rule->box, slack))
                continue;
            table.box = text_box_around(table.box, rule->box);
            o->table_of_rule[k] = id;
            table.rules++;
            table.upright += rule->vertical;
            more = true;
        }
    }
    return table;
}

/* Rules that touch are one table when there are two each way; underlines and the like are none. */
static void find_tables(struct orderer *o)
{
    const size_t len = o->layout->rule_len;
    for (size_t i = 0; i < len; i++)
        o->table_of_rule[i] = UNSEEN;
    for (size_t i = 0; i < len && o->table_len < TABLES_MAX; i++) {
        if (o->table_of_rule[i] != UNSEEN)
            continue;
        const uint32_t id = (uint32_t)o->table_len;
        const struct table table = table_from(o, i, id);
        if (table.upright >= 2 && table.rules - table.upright >= 2) {
            o->tables[o->table_len++] = table;
            continue;
        }
        for (size_t k = i; k < len; k++)
            if (o->table_of_rule[k] == id)
                o->table_of_rule[k] = NO_TABLE;
    }
}

static void give_to_tables(struct orderer *o)
{
    for (size_t i = 0; i < o->layout->len; i++) {
        const struct layout_line *line = &o->layout->lines[i];
        const int32_t x = line->box.x + line->box.w / 2, y = line->base - line->x_height / 2;
        o->table_of[i] = NO_TABLE;
        for (size_t t = 0; t < o->table_len && o->table_of[i] == NO_TABLE; t++) {
            const struct text_box b = o->tables[t].box;
            if (x >= b.x && x <= b.x + b.w && y >= b.y && y <= b.y + b.h)
                o->table_of[i] = (uint32_t)t;
        }
    }
}

static int by_number(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Where the rows (or columns) of a table begin, pieces of one rule taken together. */
static size_t edges_of(const struct orderer *o, uint32_t table, bool vertical,
                       int32_t edges[EDGES_MAX])
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < o->layout->rule_len && n < EDGES_MAX; i++) {
        const struct layout_rule *rule = &o->layout->rules[i];
        if (o->table_of_rule[i] == table && rule->vertical == vertical)
            edges[n++] = vertical ? rule->box.x + rule->box.w / 2 : rule->box.y + rule->box.h / 2;
    }
    qsort(edges, n, sizeof *edges, by_number);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || edges[i] - edges[kept - 1] > o->gap_min)
            edges[kept++] = edges[i];
    return kept;
}

struct cell {
    size_t line, row, column;
};

/* The rule that bounds a line's cell above (or at its left); rules that do not reach over the
 * line's middle belong to other cells. */
static size_t edge_before(const struct orderer *o, uint32_t table, bool vertical,
                          const struct layout_line *line, const int32_t *edges, size_t len)
{
    const int32_t x = line->box.x + line->box.w / 2, y = line->base - line->x_height / 2;
    int32_t nearest = INT32_MIN;
    for (size_t i = 0; i < o->layout->rule_len; i++) {
        const struct text_box b = o->layout->rules[i].box;
        if (o->table_of_rule[i] != table || o->layout->rules[i].vertical != vertical)
            continue;
        const int32_t at = vertical ? b.x + b.w / 2 : b.y + b.h / 2;
        const bool reaches = vertical ? b.y <= y && y <= b.y + b.h : b.x <= x && x <= b.x + b.w;
        if (reaches && at <= (vertical ? x : y) && at > nearest)
            nearest = at;
    }
    size_t n = 0;
    while (n < len && edges[n] <= nearest)
        n++;
    return n > 0 ? n : 1; /* nothing is above the table's first rule, though it be in pieces */
}

static int by_cell(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* --- bands and columns ------------------------------------------------------------------------ */

static int by_top(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->top + x->bottom != y->top + y->bottom)
        return x->top + x->bottom < y->top + y->bottom ? -1 : 1;
    return (x->left > y->left) - (x->left < y->left);
}

static int by_left(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->left != y->left)
        return x->left < y->left ? -1 : 1;
    return (x->top > y->top) - (x->top < y->top);
}

static size_t make_bands(struct item *items, size_t len, struct band *bands)
{
    size_t n = 0;
    qsort(items, len, sizeof *items, by_top);
    for (size_t i = 0; i < len; i++) {
        struct band *last = n > 0 ? &bands[n - 1] : NULL;
        /* A small overlap (a tall letter, a little skew) does not make one band of two rows. */
        const int32_t slack = (items[i].bottom - items[i].top) / 4;
        if (last && items[i].top + slack < last->bottom) {
            last->len++;
            last->bottom = most(last->bottom, items[i].bottom);
        } else {
            bands[n++] = (struct band){i, 1, items[i].top, items[i].bottom};
        }
    }
    for (size_t i = 0; i < n; i++)
        qsort(items + bands[i].first, bands[i].len, sizeof *items, by_left);
    return n;
}

/* The widest gap inside a band, which must be sorted from left to right. */
static bool widest_gap(const struct item *items, const struct band *band, int32_t min,
                       struct gap *ret)
{
    int32_t right = items[band->first].right, widest = min - 1;
    for (size_t i = band->first + 1; i < band->first + band->len; i++) {
        if (items[i].left - right > widest) {
            widest = items[i].left - right;
            *ret = (struct gap){right, items[i].left};
        }
        right = most(right, items[i].right);
    }
    return widest >= min;
}

/* What a band leaves of a gap: the widest part no item reaches into. */
static bool narrow_gap(const struct item *items, const struct band *band, int32_t min,
                       struct gap *gap)
{
    struct gap best = {0, -1};
    int32_t at = gap->left;
    for (size_t i = band->first; i <= band->first + band->len; i++) {
        const bool end = i == band->first + band->len;
        const int32_t left = end ? gap->right : least(items[i].left, gap->right);
        if (left - at > best.right - best.left)
            best = (struct gap){at, left};
        if (!end)
            at = most(at, items[i].right);
    }
    if (best.right - best.left < min)
        return false;
    *gap = best;
    return true;
}

enum sides { SIDE_NONE = 0, SIDE_LEFT = 1, SIDE_RIGHT = 2, SIDE_BOTH = 3 };

static unsigned sides_of(const struct item *items, const struct band *band, struct gap gap)
{
    unsigned sides = SIDE_NONE;
    for (size_t i = band->first; i < band->first + band->len; i++)
        sides |= items[i].right <= gap.left ? SIDE_LEFT : SIDE_RIGHT;
    return sides;
}

static bool has_role(const struct orderer *o, const struct item *items, const struct band *band,
                     enum layout_role role)
{
    for (size_t i = band->first; i < band->first + band->len; i++)
        if (items[i].line != NO_LINE && o->roles[items[i].line] == role)
            return true;
    return false;
}

/* Number and date stand in one row, below the two halves of the letterhead: it begins a run of its
 * own, in which the subject ("V/v ...") may follow the number. */
static bool is_number_row(const struct orderer *o, const struct item *items,
                          const struct band *band)
{
    return has_role(o, items, band, LAYOUT_NUMBER) && has_role(o, items, band, LAYOUT_DATE);
}

static struct gap extent_of(const struct item *items, const struct band *band)
{
    struct gap extent = {items[band->first].left, items[band->first].right};
    for (size_t i = band->first + 1; i < band->first + band->len; i++)
        extent.right = most(extent.right, items[i].right);
    return extent;
}

/* Lines of two columns may stand between each other in height: two bands beside each other, closer
 * than lines of one text are. */
static bool staggered_gap(const struct orderer *o, const struct item *items,
                          const struct band *bands, struct gap *ret)
{
    const struct gap a = extent_of(items, &bands[0]), b = extent_of(items, &bands[1]);
    if ((bands[1].top - bands[0].bottom) * 3 > o->gap_min * 2)
        return false;
    *ret = a.left < b.left ? (struct gap){a.right, b.left} : (struct gap){b.right, a.left};
    return ret->right - ret->left >= o->gap_min;
}

/* Neighbouring bands that stand in two columns, and the gap between these. */
struct run {
    const struct item *items;
    const struct band *bands;
    size_t len; /* 0: there is no such run */
    struct gap gap;
};

/* Does a line of the left side reach far into the right one? Then it is text below the foot. */
static bool ends_foot(const struct orderer *o, const struct item *items, const struct band *band)
{
    for (size_t i = band->first; i < band->first + band->len; i++)
        if (items[i].left < o->middle && items[i].right > o->middle + o->width / 4)
            return true;
    return false;
}

/* The foot of Decree 30/2020/ND-CP, annex I: recipients at the left, the signature beside them,
 * which may begin a little above. What is left of a seal and a signature may close the gap between
 * the two, so here a side is told by where its lines begin. */
static struct run foot_run(const struct orderer *o, const struct item *items,
                           const struct band *bands, size_t len)
{
    size_t above = 0, n = 0;
    bool signature = false;
    while (above < len && above < FOOT_ABOVE_MAX && items[bands[above].first].left >= o->middle)
        above++;
    if (above < len && has_role(o, items, &bands[above], LAYOUT_RECIPIENTS))
        for (; n < len && !ends_foot(o, items, &bands[n]); n++)
            signature |= items[bands[n].first + bands[n].len - 1].left >= o->middle;
    return (struct run){items, bands, signature ? n : 0, {o->middle, o->middle}};
}

static struct run column_run(const struct orderer *o, const struct item *items,
                             const struct band *bands, size_t len)
{
    struct gap gap = {0};
    struct run none = {0};
    size_t n = 1;
    if (!widest_gap(items, &bands[0], o->gap_min, &gap) &&
        (len < 2 || !staggered_gap(o, items, bands, &gap)))
        return none;
    for (; n < len; n++) {
        struct gap narrower = gap;
        if (is_number_row(o, items, &bands[n]) || has_role(o, items, &bands[n], LAYOUT_ADDRESSEE) ||
            !narrow_gap(items, &bands[n], o->gap_min, &narrower) ||
            bands[n].top - bands[n - 1].bottom > 8 * o->gap_min ||
            foot_run(o, items, bands + n, len - n).len > 0)
            break;
        const unsigned sides = sides_of(items, &bands[n], narrower);
        /* A left side alone goes on only close below: else it is text under the columns. */
        if (sides == SIDE_LEFT && bands[n].top - bands[n - 1].bottom > 2 * o->gap_min)
            break;
        gap = narrower;
    }
    return (struct run){items, bands, n, gap};
}

/* Numbers of lines or pages, bullets: a side of nothing but such belongs to what stands beside it.
 */
static bool has_narrow_side(const struct orderer *o, const struct run *run)
{
    int32_t left = 0, right = 0;
    for (size_t b = 0; b < run->len; b++)
        for (size_t i = run->bands[b].first; i < run->bands[b].first + run->bands[b].len; i++) {
            const struct item *item = &run->items[i];
            int32_t *side = item->right <= run->gap.left ? &left : &right;
            *side = most(*side, item->right - item->left);
        }
    return least(left, right) <= o->gap_min * NARROW_LETTERS * 2 / 3;
}

static bool same_base(const struct item *a, const struct item *b)
{
    return abs(a->bottom - b->bottom) <= (a->bottom - a->top) / 3;
}

/* Rows of label and value, or of a table without rules: every left has its right on the same
 * baseline, and hardly one reaches near the right side, as lines of a column do. */
static bool reads_across(const struct run *run)
{
    const struct item *items = run->items;
    const struct band *bands = run->bands;
    int32_t edge = INT32_MAX;
    size_t both = 0, full = 0;
    for (size_t b = 0; b < run->len; b++)
        edge = least(edge, items[bands[b].first].left);
    for (size_t b = 0; b < run->len; b++) {
        if (sides_of(items, &bands[b], run->gap) != SIDE_BOTH)
            continue;
        const struct item *first = &items[bands[b].first];
        const struct item *last = first + bands[b].len - 1;
        if (!same_base(first, last))
            return false;
        full += (first->right - edge) * 4 >= (run->gap.right - edge) * 3;
        both++;
    }
    return both >= 3 && both * 4 >= run->len * 3 && full * 4 < both;
}

/* Does text run across the gap in a band close to its neighbour? */
static bool is_crossed(const struct orderer *o, const struct item *items, const struct band *band,
                       struct gap gap, int32_t distance)
{
    bool crossed = false;
    for (size_t i = band->first; i < band->first + band->len; i++)
        crossed |= items[i].left < gap.left && items[i].right > gap.right;
    return crossed && distance <= 2 * o->gap_min;
}

/* Is the gap only a blank in running text, as typewriters and justified lines have? It is narrow,
 * does not go through many lines, and the lines around run across it. `before` and `after` say
 * whether there are bands there. */
static bool is_blank(const struct orderer *o, const struct run *run, bool before, bool after)
{
    const struct band *first = run->bands, *last = first + run->len - 1;
    size_t both = 0;
    for (const struct band *b = first; b <= last; b++) {
        if (has_role(o, run->items, b, LAYOUT_NUMBER) ||
            !same_base(&run->items[b->first], &run->items[b->first + b->len - 1]))
            return false;
        both += sides_of(run->items, b, run->gap) == SIDE_BOTH;
    }
    if (run->gap.right - run->gap.left > o->blank_max || both > 2)
        return false;
    return (run->len == 1 && !has_role(o, run->items, first, LAYOUT_TITLE)) ||
           (before &&
            is_crossed(o, run->items, first - 1, run->gap, first->top - first[-1].bottom)) ||
           (after && is_crossed(o, run->items, last + 1, run->gap, last[1].top - last->bottom));
}

static int order_items(struct orderer *o, struct item *items, size_t len, unsigned depth,
                       struct err *err);

// NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX
static int emit_columns(struct orderer *o, const struct run *run, unsigned depth, struct err *err)
{
    const struct band *last = &run->bands[run->len - 1];
    const size_t first = run->bands[0].first, n = last->first + last->len - first;
    struct item *side = calloc(n + 1, sizeof *side);
    if (!side)
        return err_sys(err, "order the lines"); /* UNTESTED: memory */
    int rc = 0;
    for (unsigned right = 0; rc == 0 && right < 2; right++) {
        size_t kept = 0;
        for (size_t i = first; i < first + n; i++)
            if ((run->items[i].left < run->gap.right) != (right == 1))
                side[kept++] = run->items[i];
        o->block++;
        rc = order_items(o, side, kept, depth + 1, err);
    }
    o->block++;
    free(side);
    return rc;
}

/* A cell is read like a page of its own: what looks like a table may be a frame around columns. */
// NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX
static int emit_cell(struct orderer *o, const struct cell *cells, size_t len, unsigned depth,
                     struct err *err)
{
    struct item *items = calloc(len + 1, sizeof *items);
    if (!items)
        return err_sys(err, "order the lines"); /* UNTESTED: memory */
    for (size_t i = 0; i < len; i++)
        items[i] = item_of(&o->layout->lines[cells[i].line], cells[i].line);
    o->block++;
    int rc = order_items(o, items, len, depth + 1, err);
    free(items);
    return rc;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX
static int emit_table(struct orderer *o, uint32_t table, unsigned depth, struct err *err)
{
    int32_t rows[EDGES_MAX], columns[EDGES_MAX];
    const size_t row_len = edges_of(o, table, false, rows);
    const size_t column_len = edges_of(o, table, true, columns);
    struct cell *cells = calloc(o->layout->len + 1, sizeof *cells);
    size_t n = 0;
    if (!cells)
        return err_sys(err, "order the lines"); /* UNTESTED: memory */
    for (size_t i = 0; i < o->layout->len; i++) {
        const struct layout_line *line = &o->layout->lines[i];
        if (o->table_of[i] == table)
            cells[n++] =
                (struct cell){.line = i,
                              .row = edge_before(o, table, false, line, rows, row_len),
                              .column = edge_before(o, table, true, line, columns, column_len)};
    }
    qsort(cells, n, sizeof *cells, by_cell);
    int rc = 0;
    for (size_t i = 0, end; rc == 0 && i < n; i = end) {
        for (end = i + 1;
             end < n && cells[end].row == cells[i].row && cells[end].column == cells[i].column;)
            end++;
        rc = emit_cell(o, cells + i, end - i, depth, err);
    }
    o->block++;
    free(cells);
    return rc;
}

static bool may_join(const struct orderer *o, const struct item *left, const struct item *right)
{
    return left->line != NO_LINE && o->roles[left->line] == LAYOUT_PLAIN &&
           o->roles[right->line] == LAYOUT_PLAIN && same_base(left, right) &&
           right->left > left->right && right->left - left->right <= o->blank_max;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX
static int emit_band(struct orderer *o, const struct item *items, const struct band *band,
                     unsigned depth, struct err *err)
{
    for (size_t i = band->first; i < band->first + band->len; i++) {
        if (items[i].line != NO_LINE) {
            o->goes_on[o->done] = i > band->first && may_join(o, &items[i - 1], &items[i]);
            emit(o, items[i].line);
        } else {
            o->block++;
            if (emit_table(o, items[i].table, depth, err) < 0)
                return -1;
        }
    }
    return 0;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX
static int order_items(struct orderer *o, struct item *items, size_t len, unsigned depth,
                       struct err *err)
{
    struct band *bands = calloc(len + 1, sizeof *bands);
    if (!bands)
        return err_sys(err, "order the lines"); /* UNTESTED: memory */
    const size_t n = make_bands(items, len, bands);
    int rc = 0;
    for (size_t b = 0; rc == 0 && b < n;) {
        struct run run = {.len = 0};
        if (depth < DEPTH_MAX)
            run = foot_run(o, items, bands + b, n - b);
        bool columns = run.len > 0;
        if (!columns && depth < DEPTH_MAX) {
            run = column_run(o, items, bands + b, n - b);
            columns = run.len > 0 && !has_narrow_side(o, &run) && !reads_across(&run) &&
                      !is_blank(o, &run, b > 0, b + run.len < n);
        }
        if (b > 0 && bands[b].top - bands[b - 1].bottom > 2 * o->gap_min)
            o->block++;
        if (columns) {
            rc = emit_columns(o, &run, depth, err);
            b += run.len;
            continue;
        }
        for (size_t end = b + (run.len > 0 ? run.len : 1); rc == 0 && b < end; b++)
            rc = emit_band(o, items, &bands[b], depth, err);
    }
    free(bands);
    return rc;
}

static int order_page(struct orderer *o, struct err *err)
{
    const struct layout *layout = o->layout;
    struct item *items = calloc(layout->len + TABLES_MAX, sizeof *items);
    size_t n = 0;
    if (!items)
        return err_sys(err, "order the lines"); /* UNTESTED: memory */
    find_tables(o);
    give_to_tables(o);
    for (size_t i = 0; i < layout->len; i++) {
        if (o->table_of[i] == NO_TABLE)
            items[n++] = item_of(&layout->lines[i], i);
    }
    for (size_t t = 0; t < o->table_len; t++) {
        const struct text_box b = o->tables[t].box;
        items[n++] = (struct item){b.x, b.x + b.w, b.y, b.y + b.h, NO_LINE, (uint32_t)t};
    }
    int32_t left = INT32_MAX, right = 0;
    for (size_t i = 0; i < n; i++) {
        left = least(left, items[i].left);
        right = most(right, items[i].right);
    }
    o->width = right - left;
    o->middle = left + o->width / 2;
    int rc = order_items(o, items, n, 0, err);
    free(items);
    return rc;
}

static void orderer_done(struct orderer *o)
{
    free(o->table_of);
    free(o->table_of_rule);
    free(o->blocks);
    free(o->goes_on);
}

int layout_order(struct layout *layout, const enum layout_role roles[], size_t ret_order[],
                 struct err *err)
{
    CLEANUP(orderer_done)
    struct orderer o = {.layout = layout,
                        .roles = roles,
                        .gap_min = most(8, layout->letter_px * 3 / 2),
                        .blank_max = layout->letter_px * BLANK_LETTERS};
    o.order = ret_order;
    o.table_of = calloc(layout->len + 1, sizeof *o.table_of);
    o.table_of_rule = calloc(layout->rule_len + 1, sizeof *o.table_of_rule);
    o.blocks = calloc(layout->len + 1, sizeof *o.blocks);
    o.goes_on = calloc(layout->len + 1, sizeof *o.goes_on);
    struct layout_line *lines = calloc(layout->len + 1, sizeof *lines);
    if (!o.table_of || !o.table_of_rule || !o.blocks || !o.goes_on || !lines) {
        free(lines);
        errno = ENOMEM;
        return err_sys(err, "order the lines"); /* UNTESTED: memory */
    }
    int rc = order_page(&o, err);
    for (size_t i = 0; rc == 0 && i < o.done; i++) {
        lines[i] = layout->lines[ret_order[i]];
        lines[i].block = o.blocks[i];
        lines[i].goes_on = o.goes_on[i];
    }
    if (rc < 0) {
        free(lines);
        return -1;
    }
    free(layout->lines);
    layout->lines = lines;
    layout->len = o.done;
    layout->cap = o.done + 1;
    return 0;
}
