/* image/ink.c - how much of a page is marked by more than dust.
 *
 * Connected components row by row: only the marks that reach the current row are kept, so memory
 * is a few words per column whatever the picture is made of. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "image/canvas.h"

#define DUST_SIDE_PX 3 /* a mark has at least this many pixels each way, at DUST_DPI */
#define DUST_DPI     300

struct run {
    uint32_t from, to; /* columns, `to` is one past the end */
    uint32_t mark;
};

struct mark {
    uint32_t parent; /* itself when it is the root of its set */
    uint32_t left, right, top, bottom;
    uint32_t renamed; /* its number in the next row */
    uint64_t pixels;
};

struct tally {
    struct run *above, *here; /* runs of black of the row above and of this row */
    struct mark *marks;
    uint32_t above_len, here_len, marks_len;
    uint32_t side_min_px;
    uint64_t pixels; /* of finished marks that are no dust */
};

static void tally_done(struct tally *tally)
{
    free(tally->above);
    free(tally->here);
    free(tally->marks);
}

static uint32_t root_of(struct mark *marks, uint32_t i)
{
    while (marks[i].parent != i) {
        marks[i].parent = marks[marks[i].parent].parent;
        i = marks[i].parent;
    }
    return i;
}

static uint32_t join(struct mark *marks, uint32_t a, uint32_t b)
{
    a = root_of(marks, a);
    b = root_of(marks, b);
    if (a == b)
        return a;
    struct mark *into = &marks[a], *from = &marks[b];
    into->left = from->left < into->left ? from->left : into->left;
    into->right = from->right > into->right ? from->right : into->right;
    into->top = from->top < into->top ? from->top : into->top;
    into->bottom = from->bottom > into->bottom ? from->bottom : into->bottom;
    into->pixels += from->pixels;
    from->parent = a;
    return a;
}

/* The next column from x on whose pixel is `black`, or width. */
static uint32_t next_column(const uint32_t *row, uint32_t x, uint32_t width, bool black)
{
    while (x < width) {
        uint32_t word = black ? row[x / 32] : ~row[x / 32];
        word &= UINT32_MAX >> x % 32;
        if (word) {
            uint32_t found = x / 32 * 32 + (uint32_t)__builtin_clz(word);
            return found < width ? found : width;
        }
        x = x / 32 * 32 + 32;
    }
    return width;
}

static void find_runs(struct tally *tally, const uint32_t *row, uint32_t width)
{
    tally->here_len = 0;
    for (uint32_t x = next_column(row, 0, width, true); x < width;) {
        uint32_t to = next_column(row, x, width, false);
        tally->here[tally->here_len++] = (struct run){.from = x, .to = to};
        x = next_column(row, to, width, true);
    }
}

/* Gives each run of this row to the marks it touches in the row above, corners included. */
static void connect(struct tally *tally, uint32_t y)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < tally->here_len; i++) {
        struct run *run = &tally->here[i];
        run->mark = tally->marks_len++;
        tally->marks[run->mark] = (struct mark){.parent = run->mark,
                                                .left = run->from,
                                                .right = run->to,
                                                .top = y,
                                                .bottom = y + 1,
                                                .pixels = run->to - run->from};
        while (first < tally->above_len && tally->above[first].to < run->from)
            first++;
        for (uint32_t j = first; j < tally->above_len && tally->above[j].from <= run->to; j++)
            run->mark = join(tally->marks, run->mark, tally->above[j].mark);
    }
}

/* Counts the marks that ended above this row and numbers the others anew. */
static void settle(struct tally *tally, uint32_t y)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < tally->here_len; i++)
        tally->here[i].mark = root_of(tally->marks, tally->here[i].mark);
    for (uint32_t i = 0; i < tally->marks_len; i++) {
        struct mark *mark = &tally->marks[i];
        if (mark->parent != i)
            continue;
        if (mark->bottom == y + 1)
            mark->renamed = kept++;
        else if (mark->right - mark->left >= tally->side_min_px &&
                 mark->bottom - mark->top >= tally->side_min_px)
            tally->pixels += mark->pixels;
    }
    for (uint32_t i = 0; i < tally->here_len; i++)
        tally->here[i].mark = tally->marks[tally->here[i].mark].renamed;
    /* renamed <= i: moving down in order never overwrites what is still to be moved */
    for (uint32_t i = 0; i < tally->marks_len; i++)
        if (tally->marks[i].parent == i && tally->marks[i].bottom == y + 1) {
            uint32_t to = tally->marks[i].renamed;
            tally->marks[to] = tally->marks[i];
            tally->marks[to].parent = to;
        }
    tally->marks_len = kept;
    struct run *swap = tally->above;
    tally->above = tally->here;
    tally->above_len = tally->here_len;
    tally->here = swap;
}

int image_ink(const struct image *bilevel, double *ret_ink, struct err *err)
{
    assert(image_depth(bilevel) == 1);
    uint32_t width = image_width_px(bilevel), height = image_height_px(bilevel);
    uint32_t dpi = image_dpi(bilevel) ? image_dpi(bilevel) : DUST_DPI;
    CLEANUP(tally_done) struct tally tally = {0};
    const size_t runs_max = (size_t)width / 2 + 1;
    tally.side_min_px = (DUST_SIDE_PX * dpi + DUST_DPI / 2) / DUST_DPI;
    if (tally.side_min_px < 1)
        tally.side_min_px = 1;
    tally.above = calloc(runs_max, sizeof *tally.above);
    tally.here = calloc(runs_max, sizeof *tally.here);
    tally.marks = calloc(2 * runs_max, sizeof *tally.marks); /* the row above and this one */
    if (!tally.above || !tally.here || !tally.marks) {
        errno = ENOMEM;
        return err_sys(err, "measure ink"); /* UNTESTED: memory */
    }
    for (uint32_t y = 0; y < height; y++) {
        find_runs(&tally, canvas_row(image_pix(bilevel), y), width);
        connect(&tally, y);
        settle(&tally, y);
    }
    tally.here_len = 0; /* one row of white below the page ends what is left */
    settle(&tally, height);
    *ret_ink = (double)tally.pixels / ((double)width * (double)height);
    return 0;
}
