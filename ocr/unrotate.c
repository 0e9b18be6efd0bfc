/* ocr/unrotate.c - boxes found on a deskewed or turned picture, back on the page as archived. */
#include "ocr/reader.h"

#include <math.h>

/* image_rotate() turns nothing by less (Leptonica's smallest angle, in radians). */
#define ANGLE_MIN_RAD 0.001
/* Sines have rounding errors: a corner on a pixel's edge must not take the next pixel in. */
#define EDGE_SLACK 1e-6

struct turn {
    double sine, cosine, x, y; /* angle counter-clockwise, and the fixed point */
    double width, height;      /* of the page */
};

struct extent {
    double left, top, right, bottom;
};

/* Pixels' y goes down: counter-clockwise for the eye. */
static void include_corner(struct extent *extent, const struct turn *turn, double x, double y)
{
    double dx = x - turn->x, dy = y - turn->y;
    double to_x = turn->x + dx * turn->cosine + dy * turn->sine;
    double to_y = turn->y - dx * turn->sine + dy * turn->cosine;
    extent->left = fmin(extent->left, to_x);
    extent->right = fmax(extent->right, to_x);
    extent->top = fmin(extent->top, to_y);
    extent->bottom = fmax(extent->bottom, to_y);
}

/* From `low` to `high` on a side of the page, at least a pixel of it. */
static void keep_on_page(double low, double high, double side, int32_t *ret_at, int32_t *ret_len)
{
    const double from = fmin(fmax(floor(low + EDGE_SLACK), 0), side - 1);
    const double to = fmax(fmin(ceil(high - EDGE_SLACK), side), from + 1);
    *ret_at = (int32_t)from;
    *ret_len = (int32_t)(to - from);
}

static void turn_box(struct text_box *box, const struct turn *turn)
{
    struct extent extent = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    double right = (double)box->x + box->w, bottom = (double)box->y + box->h;
    include_corner(&extent, turn, box->x, box->y);
    include_corner(&extent, turn, right, box->y);
    include_corner(&extent, turn, box->x, bottom);
    include_corner(&extent, turn, right, bottom);
    keep_on_page(extent.left, extent.right, turn->width, &box->x, &box->w);
    keep_on_page(extent.top, extent.bottom, turn->height, &box->y, &box->h);
}

void page_text_unrotate(struct page_text *text, float skew_deg, uint32_t width_px,
                        uint32_t height_px)
{
    double angle = (double)skew_deg * (M_PI / 180);
    if (!(fabs(angle) >= ANGLE_MIN_RAD)) /* also what is not a number */
        return;
    /* Leptonica turns about the middle of pixel (width / 2, height / 2). */
    const uint32_t x = width_px / 2, y = height_px / 2;
    struct turn turn = {sin(angle), cos(angle), x + 0.5, y + 0.5, width_px, height_px};
    for (size_t i = 0; i < text->block_len; i++)
        turn_box(&text->blocks[i].box, &turn);
    for (size_t i = 0; i < text->line_len; i++)
        turn_box(&text->lines[i].box, &turn);
    for (size_t i = 0; i < text->word_len; i++)
        turn_box(&text->words[i].box, &turn);
}

static void unturn_box(struct text_box *box, unsigned quarters, int32_t width, int32_t height)
{
    const struct text_box b = *box;
    if (quarters == 1)
        *box = (struct text_box){b.y, height - b.x - b.w, b.h, b.w};
    else if (quarters == 2)
        *box = (struct text_box){width - b.x - b.w, height - b.y - b.h, b.w, b.h};
    else if (quarters == 3)
        *box = (struct text_box){width - b.y - b.h, b.x, b.h, b.w};
}

void page_text_unturn(struct page_text *text, unsigned quarters, uint32_t width_px,
                      uint32_t height_px)
{
    const int32_t width = (int32_t)width_px, height = (int32_t)height_px;
    for (size_t i = 0; i < text->block_len; i++)
        unturn_box(&text->blocks[i].box, quarters, width, height);
    for (size_t i = 0; i < text->line_len; i++)
        unturn_box(&text->lines[i].box, quarters, width, height);
    for (size_t i = 0; i < text->word_len; i++)
        unturn_box(&text->words[i].box, quarters, width, height);
}
