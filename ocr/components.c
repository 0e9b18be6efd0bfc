/* ocr/components.c - connected components in one pass over the page.
 *
 * Each run of black in a row takes the label of the runs it touches in the row above, or a new one.
 * Where it touches two, both labels become one: the older, so that a component ends up with the
 * label of its first pixel. */
#include "ocr/components.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define WORD_BITS  32
#define LABELS_MIN 256u

struct run {
    int32_t from, to; /* to: the first white pixel */
    uint32_t label;
};

struct row {
    struct run *runs;
    size_t len;
};

struct labels {
    struct component *items; /* items[i].box is whole where i is its own parent */
    uint32_t *parents;
    size_t len, cap;
    struct row above;
    size_t touched; /* the first run above that can still be touched */
    int32_t reach;  /* how far beyond its ends a run touches */
};

static int no_memory(struct err *err)
{
    errno = ENOMEM;
    (void)err_sys(err, "find what hangs together"); /* UNTESTED: memory */
    return -1;
}

static int make_room(struct labels *labels, struct err *err)
{
    if (labels->len < labels->cap)
        return 0;
    const size_t cap = labels->cap ? 2 * labels->cap : LABELS_MIN;
    struct component *items = realloc(labels->items, cap * sizeof *items);
    if (items)
        labels->items = items;
    uint32_t *parents = items ? realloc(labels->parents, cap * sizeof *parents) : NULL;
    if (!parents)
        return no_memory(err);
    labels->parents = parents;
    labels->cap = cap;
    return 0;
}

static uint32_t root_of(struct labels *labels, uint32_t label)
{
    uint32_t *parents = labels->parents;
    while (parents[label] != label)
        label = parents[label] = parents[parents[label]];
    return label;
}

static uint32_t join(struct labels *labels, uint32_t a, uint32_t b)
{
    a = root_of(labels, a);
    b = root_of(labels, b);
    if (a == b)
        return a;
    const uint32_t older = a < b ? a : b, newer = a < b ? b : a;
    labels->parents[newer] = older;
    labels->items[older].box = text_box_around(labels->items[older].box, labels->items[newer].box);
    return older;
}

/* The first pixel from x on that is black, or with invert all ones, white. */
static int32_t next_pixel(const l_uint32 *row, uint32_t invert, int32_t x, int32_t width)
{
    while (x < width) {
        const uint32_t word = (row[x / WORD_BITS] ^ invert) << x % WORD_BITS;
        if (word) {
            x += __builtin_clz(word);
            break;
        }
        x += WORD_BITS - x % WORD_BITS;
    }
    return x < width ? x : width;
}

static int label_run(struct labels *labels, int32_t y, struct run *run, struct err *err)
{
    const struct text_box box = {run->from, y, run->to - run->from, 1};
    const struct row *above = &labels->above;
    size_t at = labels->touched;
    while (at < above->len && above->runs[at].to + labels->reach <= run->from)
        at++;
    labels->touched = at;
    if (at == above->len || above->runs[at].from >= run->to + labels->reach) {
        if (make_room(labels, err) < 0)
            return -1;
        run->label = (uint32_t)labels->len++;
        labels->parents[run->label] = run->label;
        labels->items[run->label] = (struct component){box, run->from};
        return 0;
    }
    run->label = root_of(labels, above->runs[at].label);
    for (at++; at < above->len && above->runs[at].from < run->to + labels->reach; at++)
        run->label = join(labels, run->label, above->runs[at].label);
    labels->items[run->label].box = text_box_around(labels->items[run->label].box, box);
    return 0;
}

static int label_rows(PIX *page, struct labels *labels, struct row *row, struct err *err)
{
    const int32_t width = pixGetWidth(page), height = pixGetHeight(page);
    assert(labels->above.runs && row->runs);
    for (int32_t y = 0; y < height; y++) {
        const l_uint32 *words = pixGetData(page) + (size_t)y * (size_t)pixGetWpl(page);
        labels->touched = 0;
        row->len = 0;
        for (int32_t x = next_pixel(words, 0, 0, width); x < width;) {
            struct run *run = &row->runs[row->len++];
            run->from = x;
            run->to = next_pixel(words, UINT32_MAX, x, width);
            if (label_run(labels, y, run, err) < 0)
                return -1;
            x = next_pixel(words, 0, run->to, width);
        }
        const struct row done = *row;
        *row = labels->above;
        labels->above = done;
    }
    return 0;
}

int components_find(PIX *page, int connectivity, struct component **ret_items, size_t *ret_len,
                    struct err *err)
{
    assert(connectivity == 4 || connectivity == 8);
    const size_t runs_max = (size_t)pixGetWidth(page) / 2 + 1;
    struct row row = {.runs = calloc(runs_max, sizeof *row.runs)};
    struct labels labels = {.above.runs = calloc(runs_max, sizeof *row.runs),
                            .reach = connectivity == 8};
    int rc = labels.above.runs && row.runs ? label_rows(page, &labels, &row, err) : no_memory(err);
    free(labels.above.runs);
    free(row.runs);
    size_t len = 0;
    for (uint32_t i = 0; rc == 0 && i < labels.len; i++)
        if (labels.parents[i] == i)
            labels.items[len++] = labels.items[i];
    free(labels.parents);
    if (rc < 0) {
        free(labels.items);
        return -1;
    }
    *ret_items = labels.items;
    *ret_len = len;
    return 0;
}
