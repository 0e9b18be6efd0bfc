/* tests/pages/scanner.c - from a set page to pixels, with all a scanner and years do to paper.
 *
 * The page is drawn turned, not turned after drawing: the pixels are as sharp as those of a real
 * skewed scan, and the angle is exact. */
#include "tests/pages/scanner.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/pages/stamp.h"

#define NOISE_LEN    4096u /* table of Gaussian values; a power of two */
#define LIGHT_ONE    4096  /* fixed point of the light */
#define BACK_SHIMMER 16    /* of 256: how much of the front is seen on the back */
#define EDGE_GREY    22    /* the scanner's lid */
#define SEAL_LEFT_PT 52.0  /* the seal covers the left third of the signature */
#define URGENCY_X_PT 135.0
#define URGENCY_Y_PT 262.0
#define SPECK_MAX_PX 3
#define PALE_BLACK   120
#define PALE_WHITE   200

enum stream { STREAM_STAMPS, STREAM_WEAR, STREAM_SKEW };

struct wear {
    double skew_deg_max;
    uint8_t tint[3]; /* of white paper */
    double uneven;   /* loss of light in the darkest corner */
    double noise;    /* standard deviation in grey levels */
    int blur;        /* weight of a neighbour, of 256 */
    uint32_t specks;
    bool edge;
};

static const struct wear wears[] = {
    [DEGRADE_NONE] = {.tint = {255, 255, 255}},
    [DEGRADE_LIGHT] = {0.8, {252, 250, 243}, 0.06, 3.5, 24, 40, false},
    [DEGRADE_HARD] = {2.5, {243, 236, 219}, 0.20, 9, 52, 350, true},
};

void raster_done(struct raster *raster)
{
    if (!raster)
        return;
    free(raster->px);
    *raster = (struct raster){0};
}

double scanner_skew(enum degrade degrade, uint64_t seed)
{
    struct prng prng = prng_of(seed, STREAM_SKEW);
    double max = wears[degrade].skew_deg_max;
    return max > 0 ? prng_between(&prng, -max, max) : 0;
}

static void draw_stamps(const struct scan_job *job, cairo_t *cr)
{
    struct prng prng = prng_of(job->seed, STREAM_STAMPS);
    double x, y;
    if (job->urgent)
        stamp_urgency(cr, URGENCY_X_PT, URGENCY_Y_PT, &prng);
    if (!job->seal || !typeset_signature(job->typeset, job->page, &x, &y))
        return;
    stamp_signature(cr, x, y, &prng);
    stamp_seal(cr, x - SEAL_LEFT_PT, y, job->seal, &prng);
}

static int draw_separator(const struct scan_job *job, cairo_t *cr, struct err *err)
{
    if (job->typeset) {
        const double share = (A4_HEIGHT_PT - SHEET_HEAD_PT) / A4_HEIGHT_PT;
        cairo_save(cr);
        cairo_translate(cr, A4_WIDTH_PT * (1 - share) / 2, SHEET_HEAD_PT);
        cairo_scale(cr, share, share);
        typeset_draw(job->typeset, job->page, cr);
        draw_stamps(job, cr);
        cairo_restore(cr);
    }
    return separator_draw(job->separator, cr, err);
}

static int draw_page(const struct scan_job *job, cairo_t *cr, struct err *err)
{
    const bool on_side = job->quarters % 2 == 1;
    double pivot_x = A4_WIDTH_PT / 2, pivot_y = A4_HEIGHT_PT / 2;
    if (job->separator)
        separator_pivot(job->separator, &pivot_x, &pivot_y);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_scale(cr, job->dpi / 72.0, job->dpi / 72.0);
    cairo_translate(cr, (on_side ? A4_HEIGHT_PT : A4_WIDTH_PT) / 2,
                    (on_side ? A4_WIDTH_PT : A4_HEIGHT_PT) / 2);
    cairo_rotate(cr, job->quarters * M_PI / 2); /* y points down: Cairo turns clockwise */
    cairo_translate(cr, pivot_x - A4_WIDTH_PT / 2, pivot_y - A4_HEIGHT_PT / 2);
    cairo_rotate(cr, -job->skew_deg * M_PI / 180);
    if (job->back)
        cairo_scale(cr, -1, 1); /* about the middle of the page */
    cairo_translate(cr, -pivot_x, -pivot_y);
    if (job->separator)
        return draw_separator(job, cr, err);
    typeset_draw(job->typeset, job->page, cr);
    draw_stamps(job, cr);
    return 0;
}

static void take_row(const struct scan_job *job, const uint8_t *row, uint8_t *px, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
        uint32_t rgb;
        memcpy(&rgb, row + 4 * (size_t)x, sizeof rgb);
        uint32_t red = rgb >> 16 & 255, green = rgb >> 8 & 255, blue = rgb & 255;
        if (job->back) {
            red = 255 - (255 - red) * BACK_SHIMMER / 256;
            green = 255 - (255 - green) * BACK_SHIMMER / 256;
            blue = 255 - (255 - blue) * BACK_SHIMMER / 256;
        }
        if (job->colour) {
            *px++ = (uint8_t)red;
            *px++ = (uint8_t)green;
            *px++ = (uint8_t)blue;
        } else {
            *px++ = (uint8_t)((77 * red + 150 * green + 29 * blue + 128) >> 8); /* BT.601 luma */
        }
    }
}

static int draw(const struct scan_job *job, struct raster *raster, struct err *err)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)raster->width, (int)raster->height);
    cairo_t *cr = cairo_create(surface);
    int rc = draw_page(job, cr, err);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    if (status == CAIRO_STATUS_SUCCESS) {
        const uint8_t *rows = cairo_image_surface_get_data(surface);
        size_t stride = (size_t)cairo_image_surface_get_stride(surface);
        for (uint32_t y = 0; y < raster->height; y++)
            take_row(job, rows + y * stride,
                     raster->px + (size_t)y * raster->width * raster->channels, raster->width);
    }
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS) /* UNTESTED: no memory */
        return err_set(err, ERR_SYSTEM, "draw a page: %s", cairo_status_to_string(status));
    return rc;
}

/* Every pixel gets a share of both neighbours, which are `step` bytes away. */
static void blur_line(uint8_t *px, size_t count, size_t step, int weight)
{
    int before = px[0];
    for (size_t i = 0; i + 1 < count; i++, px += step) {
        int here = px[0];
        px[0] = (uint8_t)((weight * (before + px[step]) + (256 - 2 * weight) * here + 128) >> 8);
        before = here;
    }
}

static void blur(struct raster *raster, int weight)
{
    size_t row_bytes = (size_t)raster->width * raster->channels;
    for (size_t y = 0; y < raster->height; y++)
        for (size_t c = 0; c < raster->channels; c++)
            blur_line(raster->px + y * row_bytes + c, raster->width, raster->channels, weight);
    /* Downwards row by row: a column at a time would miss the cache at every pixel. */
    for (size_t y = 0; y + 1 < raster->height; y++) {
        uint8_t *row = raster->px + y * row_bytes;
        const uint8_t *next = row + row_bytes;
        for (size_t i = 0; i < row_bytes; i++)
            row[i] = (uint8_t)((2 * weight * next[i] + (256 - 2 * weight) * row[i] + 128) >> 8);
    }
}

static void fill_noise(int8_t table[NOISE_LEN], double deviation, struct prng *prng)
{
    for (size_t i = 0; i < NOISE_LEN; i++) {
        double sum = -6; /* twelve uniform values minus 6: mean 0, deviation 1, nearly Gaussian */
        for (int k = 0; k < 12; k++)
            sum += prng_between(prng, 0, 1);
        table[i] = (int8_t)lround(fmax(-127, fmin(127, sum * deviation)));
    }
}

struct light {
    double corner_x, corner_y; /* where it is darkest, 0..1 */
    double loss;
};

static int light_at(const struct light *light, double x, double y)
{
    double far = hypot(x - light->corner_x, y - light->corner_y) / M_SQRT2;
    double dark = 1 - far;
    return (int)lround(LIGHT_ONE * (1 - light->loss * dark * dark));
}

static uint8_t clip(int value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

#define LIGHT_STEP_PX 16 /* light changes slowly: worked out once for so many pixels */

static void wear_row(const struct raster *raster, uint32_t y, const struct wear *wear,
                     const struct light *light, const int8_t *noise, struct prng *prng)
{
    uint8_t *px = raster->px + (size_t)y * raster->width * raster->channels;
    int gain[3] = {0};
    uint64_t chance = 0;
    for (uint32_t x = 0; x < raster->width; x++) {
        if (x % LIGHT_STEP_PX == 0) {
            int level = light_at(light, (double)x / raster->width, (double)y / raster->height);
            for (int c = 0; c < 3; c++)
                gain[c] = level * wear->tint[raster->channels == 1 ? 1 : c] / 255;
        }
        if (x % 4 == 0)
            chance = prng_next(prng);
        int grain = noise[chance & (NOISE_LEN - 1)];
        chance >>= 16;
        for (uint32_t c = 0; c < raster->channels; c++, px++)
            *px = clip(*px * gain[c] / LIGHT_ONE + grain);
    }
}

static void paint_box(struct raster *raster, uint32_t x, uint32_t y, uint32_t side, uint8_t grey)
{
    for (uint32_t dy = 0; dy < side && y + dy < raster->height; dy++)
        for (uint32_t dx = 0; dx < side && x + dx < raster->width; dx++)
            memset(raster->px + ((size_t)(y + dy) * raster->width + x + dx) * raster->channels,
                   grey, raster->channels);
}

static void add_specks(struct raster *raster, uint32_t count, struct prng *prng)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t x = prng_below(prng, raster->width);
        uint32_t y = prng_below(prng, raster->height);
        uint32_t side = prng_range(prng, 1, SPECK_MAX_PX);
        paint_box(raster, x, y, side, (uint8_t)prng_range(prng, 20, 120));
    }
}

/* The lid beside the sheet: a black wedge on one side, and along the bottom. */
static void add_edge(struct raster *raster, struct prng *prng)
{
    double top = prng_between(prng, 0.004, 0.022) * raster->width;
    double bottom = prng_between(prng, 0.004, 0.022) * raster->width;
    double foot = prng_between(prng, 0.994, 0.999) * raster->height;
    bool right = prng_below(prng, 2) == 1;
    for (uint32_t y = 0; y < raster->height; y++) {
        uint8_t *row = raster->px + (size_t)y * raster->width * raster->channels;
        uint32_t black = (uint32_t)(top + (bottom - top) * y / raster->height);
        uint32_t from = right ? raster->width - black : 0;
        if (y > foot) {
            black = raster->width;
            from = 0;
        }
        memset(row + (size_t)from * raster->channels, EDGE_GREY + (int)prng_below(prng, 6),
               (size_t)black * raster->channels);
    }
}

static void wear_out(struct raster *raster, const struct wear *wear, uint64_t seed)
{
    struct prng prng = prng_of(seed, STREAM_WEAR);
    int8_t noise[NOISE_LEN];
    const struct light light = {prng_between(&prng, 0, 1), prng_between(&prng, 0, 1), wear->uneven};
    fill_noise(noise, wear->noise, &prng);
    blur(raster, wear->blur);
    for (uint32_t y = 0; y < raster->height; y++)
        wear_row(raster, y, wear, &light, noise, &prng);
    add_specks(raster, wear->specks, &prng);
    if (wear->edge)
        add_edge(raster, &prng);
}

static void fade(struct raster *raster)
{
    const size_t len = (size_t)raster->width * raster->height * raster->channels;
    for (size_t i = 0; i < len; i++)
        raster->px[i] = (uint8_t)(PALE_BLACK + raster->px[i] * (PALE_WHITE - PALE_BLACK) / 255);
}

int scanner_scan(const struct scan_job *job, struct raster *ret_raster, struct err *err)
{
    assert(job->dpi >= DPI_MIN && job->dpi <= DPI_MAX);
    const bool on_side = job->quarters % 2 == 1;
    const double width_pt = on_side ? A4_HEIGHT_PT : A4_WIDTH_PT;
    const double height_pt = on_side ? A4_WIDTH_PT : A4_HEIGHT_PT;
    CLEANUP(raster_done)
    struct raster raster = {.width = (uint32_t)lround(width_pt * job->dpi / 72),
                            .height = (uint32_t)lround(height_pt * job->dpi / 72),
                            .channels = job->colour ? 3 : 1,
                            .dpi = job->dpi};
    raster.px = malloc((size_t)raster.width * raster.height * raster.channels);
    if (!raster.px)
        return err_sys(err, "make pixels"); /* UNTESTED: no memory */
    if (draw(job, &raster, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (job->pale)
        fade(&raster);
    if (job->degrade != DEGRADE_NONE)
        wear_out(&raster, &wears[job->degrade], job->seed);
    *ret_raster = raster;
    raster.px = NULL;
    return 0;
}
