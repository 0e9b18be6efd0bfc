/* image/paper.c - clear paper, for reading: shadows are divided out, what shines through from the
 * back is bleached.
 *
 * The page is laid out in tiles of about 3 mm. In each the brightest pixels are paper, however much
 * is written on it; how bright they are is how much light fell there. Where a shadow makes paper as
 * dark as ink elsewhere, one threshold for the whole page cannot tell them apart: there, and
 * nowhere else, every pixel is divided by the light of its place.
 *
 * Letters of the back are paler than ink, and are where no ink is: a page with many tiles that have
 * pale marks and nothing else has them all over. One threshold would do for them, but the network
 * sees all the greys of a line. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "image/canvas.h"

#define TILES_COARSE 96u  /* tiles along the longer side, to see whether there are shadows */
#define TILES_FINE   240u /* the same, to follow their edges */
#define TILE_MIN_PX  8u
#define SAMPLES_SIDE 5u /* pixels looked at in each direction of a tile */
#define BINS         128
#define BIN_LEVELS   2
#define PAPER_SHARE  4   /* one of so many pixels of a tile is brighter than what counts as paper */
#define WHITE_SHARE  10  /* the same for the tiles of the page */
#define WHITE_MIN    64  /* a page that is darker everywhere has no paper */
#define HOLE_PCT     20  /* of white: darker is no shadow but a picture, a bar, the scanner's lid */
#define KEEP_PCT     88  /* of white: lighter is left alone; darker is raised to here */
#define SHADOW_PCT   70  /* of white: so dark that it is worth it */
#define SHADOW_SHARE 100 /* one of so many tiles must be */
#define MARK_PCT     85
#define PALE_PCT     55 /* of it too: a mark that is lighter is paler than ink */
#define MARK_SHARE   10
#define PALE_SHARE   40 /* one of so many tiles must have pale marks alone */
#define GAIN_BITS    12
#define STEP_BITS    8 /* more of them while the gain changes from pixel to pixel */

struct paper {
    PIX *pix;
    uint32_t side_px, step_px, cols, rows; /* of tiles; every step_px-th pixel is looked at */
    uint8_t *light, *spare;                /* of each tile: how bright its paper is; 0: not known */
    uint32_t pale_tiles;                   /* with marks paler than ink and no ink */
    uint32_t *gain; /* by which it is to be brightened, GAIN_BITS after the point */
};

static void paper_done(struct paper *paper)
{
    free(paper->light);
    free(paper->spare);
    free(paper->gain);
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static int divide(struct paper *paper, PIX *pix, uint32_t tiles_long, struct err *err)
{
    const uint32_t width = (uint32_t)pixGetWidth(pix), height = (uint32_t)pixGetHeight(pix);
    paper->pix = pix;
    paper->side_px = most(TILE_MIN_PX, (most(width, height) + tiles_long - 1) / tiles_long);
    paper->step_px = (paper->side_px + SAMPLES_SIDE - 1) / SAMPLES_SIDE;
    paper->cols = (width + paper->side_px - 1) / paper->side_px;
    paper->rows = (height + paper->side_px - 1) / paper->side_px;
    paper->light = canvas_memory((uint64_t)paper->cols * paper->rows, 1, err);
    return paper->light ? 0 : -1;
}

/* The level that one of `share` counted is above. */
static uint32_t bright_level(const uint16_t counts[BINS], uint32_t total, uint32_t share)
{
    uint32_t above = 0;
    for (uint32_t bin = BINS; bin-- > 0;) {
        above += counts[bin];
        if (above * share >= total)
            return bin * BIN_LEVELS + BIN_LEVELS / 2;
    }
    return 0;
}

/* Most tiles are paper alone and most others have ink: both is seen soon. */
static bool has_pale_marks(const uint16_t counts[BINS], uint32_t total, uint32_t light)
{
    const uint32_t ink = light * PALE_PCT / 100 / BIN_LEVELS;
    uint32_t marked = total;
    for (uint32_t bin = light * MARK_PCT / 100 / BIN_LEVELS; bin < BINS; bin++)
        marked -= counts[bin];
    if (marked * MARK_SHARE < total)
        return false;
    for (uint32_t bin = 0; bin < ink; bin++)
        if (counts[bin] > 0)
            return false;
    return true;
}

static uint8_t light_of_tile(struct paper *paper, uint32_t col, uint32_t row)
{
    const uint32_t left = col * paper->side_px, top = row * paper->side_px;
    const uint32_t right = least(left + paper->side_px, (uint32_t)pixGetWidth(paper->pix));
    const uint32_t bottom = least(top + paper->side_px, (uint32_t)pixGetHeight(paper->pix));
    uint16_t counts[BINS] = {0};
    uint32_t total = 0;
    for (uint32_t y = top; y < bottom; y += paper->step_px) {
        const uint32_t *line = canvas_row(paper->pix, y);
        for (uint32_t x = left; x < right; x += paper->step_px, total++)
            counts[GET_DATA_BYTE(line, x) / BIN_LEVELS]++;
    }
    const uint32_t light = bright_level(counts, total, PAPER_SHARE);
    paper->pale_tiles += has_pale_marks(counts, total, light);
    return (uint8_t)light;
}

/* Measures every tile. The level of white paper in full paper. */
static uint32_t measure(struct paper *paper)
{
    const uint32_t tiles = paper->cols * paper->rows;
    uint16_t counts[BINS] = {0};
    paper->pale_tiles = 0;
    for (uint32_t row = 0, i = 0; row < paper->rows; row++)
        for (uint32_t col = 0; col < paper->cols; col++, i++) {
            paper->light[i] = light_of_tile(paper, col, row);
            counts[paper->light[i] / BIN_LEVELS]++;
        }
    return bright_level(counts, tiles, WHITE_SHARE);
}

static bool has_shadows(const struct paper *paper, uint32_t white)
{
    const uint32_t tiles = paper->cols * paper->rows;
    uint32_t shadow = 0;
    for (uint32_t i = 0; i < tiles; i++)
        shadow +=
            paper->light[i] * 100 < white * SHADOW_PCT && paper->light[i] * 100 >= white * HOLE_PCT;
    return white >= WHITE_MIN && shadow * SHADOW_SHARE > tiles;
}

/* --- shadows ---------------------------------------------------------------------------------- */

/* A tile's neighbour, or itself at the edge. */
static uint8_t beside(const struct paper *paper, uint32_t col, uint32_t row, int dx, int dy)
{
    const uint32_t c = dx < 0 ? col - (col > 0) : least(col + (uint32_t)dx, paper->cols - 1);
    const uint32_t r = dy < 0 ? row - (row > 0) : least(row + (uint32_t)dy, paper->rows - 1);
    return paper->light[r * paper->cols + c];
}

static uint8_t lightest_around(const struct paper *paper, uint32_t col, uint32_t row)
{
    uint8_t found = 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            found = (uint8_t)most(found, beside(paper, col, row, dx, dy));
    return found;
}

static uint8_t darkest_around(const struct paper *paper, uint32_t col, uint32_t row)
{
    uint8_t found = UINT8_MAX;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            found = (uint8_t)least(found, beside(paper, col, row, dx, dy));
    return found;
}

static uint8_t itself_or_around(const struct paper *paper, uint32_t col, uint32_t row)
{
    const uint8_t here = paper->light[row * paper->cols + col];
    return here ? here : lightest_around(paper, col, row);
}

typedef uint8_t look(const struct paper *paper, uint32_t col, uint32_t row);

/* Every tile becomes what a look makes of it and its neighbours. */
static void look_around(struct paper *paper, look *seen)
{
    for (uint32_t row = 0, i = 0; row < paper->rows; row++)
        for (uint32_t col = 0; col < paper->cols; col++, i++)
            paper->spare[i] = seen(paper, col, row);
    uint8_t *swap = paper->light;
    paper->light = paper->spare;
    paper->spare = swap;
}

/* The light of a hole is not known. False: that of no tile is, as in a picture that is bright only
 * where the first look had its samples. */
static bool forget_holes(struct paper *paper, uint32_t white)
{
    bool lit = false;
    for (uint32_t i = 0; i < paper->cols * paper->rows; i++) {
        if (paper->light[i] * 100 < white * HOLE_PCT)
            paper->light[i] = 0;
        lit = lit || paper->light[i] > 0;
    }
    return lit;
}

/* Holes get the light beside them. Then what is dark in one tile alone, as heavy letters are, goes,
 * and steps become slopes. */
static int find_gain(struct paper *paper, uint32_t white, struct err *err)
{
    const uint32_t tiles = paper->cols * paper->rows, keep = white * KEEP_PCT / 100;
    paper->spare = canvas_memory(tiles, 1, err);
    paper->gain = canvas_memory(tiles, sizeof *paper->gain, err);
    if (!paper->spare || !paper->gain)
        return -1; /* UNTESTED: memory */
    while (memchr(paper->light, 0, tiles))
        look_around(paper, itself_or_around);
    look_around(paper, lightest_around);
    look_around(paper, darkest_around);
    for (uint32_t i = 0; i < tiles; i++)
        paper->gain[i] = (most(keep, paper->light[i]) << GAIN_BITS) / paper->light[i];
    return 0;
}

/* The two tiles between whose middles a pixel lies, and how far it is from the first. */
struct between {
    uint32_t first, second, px;
};

static struct between between_tiles(uint32_t at_px, uint32_t side_px, uint32_t tiles)
{
    const uint32_t from_middle = at_px + side_px - side_px / 2, tile = from_middle / side_px;
    return (struct between){.first = tile > 0 ? tile - 1 : 0,
                            .second = least(tile, tiles - 1),
                            .px = from_middle % side_px};
}

/* Part of a row, from one tile's middle to the next: there the gain grows or falls evenly. */
struct ramp {
    uint32_t from, to;
    int32_t gain, step; /* STEP_BITS more after the point */
};

static void brighten_ramp(PIX *pix, uint32_t y, struct ramp ramp)
{
    uint32_t *line = canvas_row(pix, y);
    for (uint32_t x = ramp.from; x < ramp.to; x++, ramp.gain += ramp.step) {
        const uint32_t gain = (uint32_t)ramp.gain >> STEP_BITS;
        const uint32_t level = GET_DATA_BYTE(line, x) * gain >> GAIN_BITS;
        SET_DATA_BYTE(line, x, (uint8_t)least(level, UINT8_MAX));
    }
}

static void brighten_row(const struct paper *paper, uint32_t y, uint32_t *gains)
{
    const uint32_t width = (uint32_t)pixGetWidth(paper->pix), side = paper->side_px;
    const struct between rows = between_tiles(y, side, paper->rows);
    const uint32_t *upper = paper->gain + (size_t)rows.first * paper->cols;
    const uint32_t *lower = paper->gain + (size_t)rows.second * paper->cols;
    for (uint32_t col = 0; col < paper->cols; col++)
        gains[col] = (upper[col] * (side - rows.px) + lower[col] * rows.px) / side;
    for (uint32_t x = 0, end = 0; x < width; x = end) {
        const struct between cols = between_tiles(x, side, paper->cols);
        const int32_t gain = (int32_t)gains[cols.first] << STEP_BITS;
        const int32_t step = (((int32_t)gains[cols.second] << STEP_BITS) - gain) / (int32_t)side;
        end = least(x + side - cols.px, width);
        brighten_ramp(paper->pix, y, (struct ramp){x, end, gain + step * (int32_t)cols.px, step});
    }
}

static int brighten(PIX *pix, uint32_t white, bool *ret_changed, struct err *err)
{
    CLEANUP(paper_done) struct paper paper = {.pix = NULL};
    if (divide(&paper, pix, TILES_FINE, err) < 0)
        return -1;     /* UNTESTED: memory */
    paper.step_px = 1; /* edges of shadows want every pixel of such small tiles */
    (void)measure(&paper);
    if (!forget_holes(&paper, white))
        return 0;
    if (find_gain(&paper, white, err) < 0)
        return -1; /* UNTESTED: memory */
    uint32_t *gains = canvas_memory(paper.cols, sizeof *gains, err);
    if (!gains)
        return -1; /* UNTESTED: memory */
    for (uint32_t y = 0; y < (uint32_t)pixGetHeight(pix); y++)
        brighten_row(&paper, y, gains);
    free(gains);
    *ret_changed = true;
    return 0;
}

/* --- what shines through ---------------------------------------------------------------------- */

static bool has_pale_tiles(const struct paper *paper)
{
    return paper->pale_tiles * PALE_SHARE > paper->cols * paper->rows;
}

/* Every pixel is looked at before it is believed: of a thin rule a few samples may all have met its
 * grey edge. */
static bool shines_through(struct paper *paper)
{
    if (!has_pale_tiles(paper))
        return false;
    paper->step_px = 1;
    (void)measure(paper);
    return has_pale_tiles(paper);
}

/* From where on a pixel is white: between ink and the marks that are paler. 0: those marks are
 * text, as faint print is, for the threshold of the whole page takes them for ink. */
static uint32_t bleach_level(PIX *pix, uint32_t white)
{
    uint32_t levels[CANVAS_LEVELS];
    uint64_t sum = 0, count = 0;
    canvas_count_levels(pix, levels);
    const uint64_t paper = (uint64_t)canvas_threshold(levels);
    for (uint32_t i = white * MARK_PCT / 100; i < CANVAS_LEVELS; i++)
        levels[i] = 0;
    const uint64_t ink = (uint64_t)canvas_threshold(levels);
    for (uint64_t i = ink; i < CANVAS_LEVELS; i++) {
        count += levels[i];
        sum += levels[i] * i;
    }
    return ink > 0 && sum > paper * count ? (uint32_t)((ink + sum / count) / 2) : 0;
}

static bool bleach(PIX *pix, uint32_t white)
{
    const uint32_t level = bleach_level(pix, white);
    uint8_t table[CANVAS_LEVELS];
    if (level == 0)
        return false;
    for (uint32_t i = 0; i < CANVAS_LEVELS; i++)
        table[i] = (uint8_t)least(UINT8_MAX, i * UINT8_MAX / level);
    for (uint32_t y = 0; y < (uint32_t)pixGetHeight(pix); y++) {
        uint32_t *line = canvas_row(pix, y);
        for (uint32_t x = 0; x < (uint32_t)pixGetWidth(pix); x++)
            SET_DATA_BYTE(line, x, table[GET_DATA_BYTE(line, x)]);
    }
    return true;
}

int image_clear_paper(struct image *image, bool *ret_changed, struct err *err)
{
    CLEANUP(paper_done) struct paper paper = {.pix = NULL};
    PIX *pix = image_pix(image);
    *ret_changed = false;
    if (image_depth(image) == 1)
        return 0;
    assert(image_depth(image) == 8);
    if (divide(&paper, pix, TILES_COARSE, err) < 0)
        return -1; /* UNTESTED: memory */
    const uint32_t white = measure(&paper);
    if (has_shadows(&paper, white) && brighten(pix, white, ret_changed, err) < 0)
        return -1; /* UNTESTED: memory */
    if (shines_through(&paper) && bleach(pix, white))
        *ret_changed = true;
    return 0;
}
