/* image/code_area.c - where on a page a code may be.
 *
 * Print is a tenth black, seldom a fifth; a code is half black, wherever one looks, and whatever
 * its kind, its angle and its size. What else is as black (a scanner's lid, a bar) has hardly an
 * edge in it. Pictures pass, and cost the reader's time. */
#include <stdlib.h>

#include "image/canvas.h"
#include "image/code_area.h"

/* Over 3 x 3 blocks, that is 6 to 12 mm. */
#define BLACK_MIN   0.28
#define BLACK_MAX   0.85
#define EDGES_MIN   0.7 /* for each row looked at in a block, down and across together */
#define SIDE_MIN_MM 9

#define ROWS_OF_BLOCK 16 /* looked at, at most */
#define MARGIN        2  /* blocks around an area: its quiet zone */
#define PARTS_MAX     64 /* areas before those that overlap are joined; more is a page of pictures */

struct block {
    uint16_t black, edges;
};

struct grid {
    struct block *blocks;
    uint8_t *busy; /* 1: as a code is; 2: taken into an area */
    uint32_t *stack;
    uint32_t columns, rows, side_px, step_px; /* blocks are side_px each way, every step_px-th row
                                                 of theirs was looked at */
};

static void grid_done(struct grid *grid)
{
    free(grid->blocks);
    free(grid->busy);
    free(grid->stack);
}

static uint32_t side_of(uint32_t dpi)
{
    uint32_t side = 8;
    while (side < 512 && side * 14 < dpi) /* 1.8 mm and more */
        side *= 2;
    return side;
}

/* As __builtin_popcount(), which without -mpopcnt is a call for each word. */
static uint32_t ones(uint32_t word)
{
    word -= word >> 1 & 0x55555555u;
    word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
    return ((word + (word >> 4)) & 0x0F0F0F0Fu) * 0x01010101u >> 24;
}

/* Adds the word at column x to its blocks; above: the same place on the row looked at before. */
static void add_word(struct grid *grid, struct block *row, uint32_t x, uint32_t word,
                     uint32_t above)
{
    const uint32_t across = (word ^ word << 1) & ~1u, down = word ^ above;
    if ((word | down) == 0)
        return;
    if (grid->side_px >= 32) {
        struct block *block = &row[x / grid->side_px];
        block->black += (uint16_t)ones(word);
        block->edges += (uint16_t)(ones(across) + ones(down));
        return;
    }
    for (uint32_t part = 0; part < 32 && (x + part) / grid->side_px < grid->columns;
         part += grid->side_px) {
        const uint32_t mask = (UINT32_MAX << (32 - grid->side_px)) >> part;
        struct block *block = &row[(x + part) / grid->side_px];
        block->black += (uint16_t)ones(word & mask);
        block->edges += (uint16_t)(ones(across & mask) + ones(down & mask));
    }
}

static void measure(struct grid *grid, const struct image *bilevel)
{
    PIX *pix = image_pix(bilevel);
    const uint32_t words = (image_width_px(bilevel) + 31) / 32;
    const uint32_t tail = image_width_px(bilevel) % 32;
    const uint32_t last = tail ? UINT32_MAX << (32 - tail) : UINT32_MAX; /* what is behind is any */
    const uint32_t *above = canvas_row(pix, 0);
    for (uint32_t y = 0; y < image_height_px(bilevel); y += grid->step_px) {
        const uint32_t *line = canvas_row(pix, y);
        struct block *row = grid->blocks + (size_t)(y / grid->side_px) * grid->columns;
        for (uint32_t i = 0; i + 1 < words; i++)
            add_word(grid, row, i * 32, line[i], above[i]);
        add_word(grid, row, (words - 1) * 32, line[words - 1] & last, above[words - 1] & last);
        above = line;
    }
}

/* Marks the 3 x 3 blocks around each middle that are together as a code is. */
static void mark(struct grid *grid)
{
    const double rows = 9.0 * grid->side_px / grid->step_px;
    const double pixels = rows * grid->side_px;
    for (uint32_t y = 1; y + 1 < grid->rows; y++)
        for (uint32_t x = 1; x + 1 < grid->columns; x++) {
            uint32_t black = 0, edges = 0;
            const size_t corner = (size_t)(y - 1) * grid->columns + x - 1;
            for (size_t i = 0; i < 9; i++) {
                const struct block *block = &grid->blocks[corner + i / 3 * grid->columns + i % 3];
                black += block->black;
                edges += block->edges;
            }
            if (black < BLACK_MIN * pixels || black > BLACK_MAX * pixels ||
                edges < EDGES_MIN * rows)
                continue;
            for (size_t i = 0; i < 9; i++)
                grid->busy[corner + i / 3 * grid->columns + i % 3] = 1;
        }
}

struct part {
    uint32_t left, top, right, bottom; /* blocks; right and bottom are one past */
};

/* The busy blocks that hang together with this one. */
static struct part take_part(struct grid *grid, uint32_t start)
{
    struct part part = {UINT32_MAX, UINT32_MAX, 0, 0};
    uint32_t depth = 0;
    grid->stack[depth++] = start;
    grid->busy[start] = 2;
    while (depth > 0) {
        const uint32_t at = grid->stack[--depth], x = at % grid->columns, y = at / grid->columns;
        part.left = x < part.left ? x : part.left;
        part.top = y < part.top ? y : part.top;
        part.right = x + 1 > part.right ? x + 1 : part.right;
        part.bottom = y + 1 > part.bottom ? y + 1 : part.bottom;
        const uint32_t around[] = {x > 0 ? at - 1 : at, x + 1 < grid->columns ? at + 1 : at,
                                   y > 0 ? at - grid->columns : at,
                                   y + 1 < grid->rows ? at + grid->columns : at};
        for (size_t i = 0; i < ARRAY_LEN(around); i++)
            if (grid->busy[around[i]] == 1) {
                grid->busy[around[i]] = 2;
                grid->stack[depth++] = around[i];
            }
    }
    return part;
}

static void widen(const struct grid *grid, struct part *part)
{
    part->left = part->left > MARGIN ? part->left - MARGIN : 0;
    part->top = part->top > MARGIN ? part->top - MARGIN : 0;
    part->right = part->right + MARGIN < grid->columns ? part->right + MARGIN : grid->columns;
    part->bottom = part->bottom + MARGIN < grid->rows ? part->bottom + MARGIN : grid->rows;
}

static bool overlap(const struct part *a, const struct part *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static void join(struct part *into, const struct part *from)
{
    into->left = from->left < into->left ? from->left : into->left;
    into->top = from->top < into->top ? from->top : into->top;
    into->right = from->right > into->right ? from->right : into->right;
    into->bottom = from->bottom > into->bottom ? from->bottom : into->bottom;
}

/* Adds a part; whatever it overlaps becomes one with it. A full list takes no more. */
static void add_part(struct part parts[PARTS_MAX], uint32_t *len, struct part part)
{
    for (uint32_t i = 0; i < *len;)
        if (overlap(&parts[i], &part)) {
            join(&part, &parts[i]);
            parts[i] = parts[--*len];
            i = 0;
        } else {
            i++;
        }
    if (*len < PARTS_MAX)
        parts[(*len)++] = part;
}

static int by_size(const void *a, const void *b)
{
    const struct part *one = a, *two = b;
    const uint64_t first = (uint64_t)(one->right - one->left) * (one->bottom - one->top);
    const uint64_t second = (uint64_t)(two->right - two->left) * (two->bottom - two->top);
    if (first != second)
        return first > second ? -1 : 1;
    return one->top != two->top ? (one->top > two->top) - (one->top < two->top)
                                : (one->left > two->left) - (one->left < two->left);
}

static int by_place(const void *a, const void *b)
{
    const struct code_area *one = a, *two = b;
    if (one->y != two->y)
        return one->y < two->y ? -1 : 1;
    return (one->x > two->x) - (one->x < two->x);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t collect(struct grid *grid, const struct image *bilevel, uint32_t dpi,
                        struct code_area ret_areas[CODE_AREAS_MAX])
{
    struct part parts[PARTS_MAX];
    uint32_t len = 0;
    const double side_min = SIDE_MIN_MM / 25.4 * dpi / grid->side_px; /* blocks */
    for (uint32_t i = 0; i < grid->columns * grid->rows; i++)
        if (grid->busy[i] == 1) {
            struct part part = take_part(grid, i);
            if (part.right - part.left < side_min || part.bottom - part.top < side_min)
                continue;
            widen(grid, &part);
            add_part(parts, &len, part);
        }
    qsort(parts, len, sizeof *parts, by_size);
    len = least(len, CODE_AREAS_MAX);
    for (uint32_t i = 0; i < len; i++) {
        const uint32_t side = grid->side_px, x = parts[i].left * side, y = parts[i].top * side;
        ret_areas[i] =
            (struct code_area){x, y, least(parts[i].right * side, image_width_px(bilevel)) - x,
                               least(parts[i].bottom * side, image_height_px(bilevel)) - y};
    }
    qsort(ret_areas, len, sizeof *ret_areas, by_place);
    return len;
}

int code_areas(const struct image *bilevel, uint32_t dpi,
               struct code_area ret_areas[CODE_AREAS_MAX], uint32_t *ret_len, struct err *err)
{
    CLEANUP(grid_done) struct grid grid = {.side_px = side_of(dpi)};
    grid.step_px = grid.side_px > ROWS_OF_BLOCK ? grid.side_px / ROWS_OF_BLOCK : 1;
    grid.columns = (image_width_px(bilevel) + grid.side_px - 1) / grid.side_px;
    grid.rows = (image_height_px(bilevel) + grid.side_px - 1) / grid.side_px;
    const size_t count = (size_t)grid.columns * grid.rows;
    grid.blocks = canvas_memory(count, sizeof *grid.blocks, err);
    grid.busy = canvas_memory(count, sizeof *grid.busy, err);
    grid.stack = canvas_memory(count, sizeof *grid.stack, err);
    if (!grid.blocks || !grid.busy || !grid.stack)
        return -1; /* UNTESTED: memory */
    measure(&grid, bilevel);
    mark(&grid);
    *ret_len = collect(&grid, bilevel, dpi, ret_areas);
    return 0;
}
