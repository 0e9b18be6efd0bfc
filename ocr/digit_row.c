/* ocr/digit_row.c - a few digits written by hand in a gap of a printed line.
 *
 * The ink around the gap is taken apart into what hangs together; pieces of the printed letters, of
 * rules and of dotted lines are left out, and wide pieces are cut where they are thin. Then every
 * way to put neighbouring pieces together to digits is tried. */
#include "ocr/digit_row.h"

#include <errno.h>
#include <leptonica/allheaders.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define X_HEIGHT_MIN 6 /* pixels; below this nobody reads handwriting */
#define AREA_MAX     (1u << 19)
#define PIECES_MAX   14u
#define TOGETHER_MAX 4u    /* pieces of one digit */
#define SURE_MIN     0.90F /* of each digit */
#define ALL_SURE_MIN 0.80F /* of all of them */
#define OTHER_MAX    0.25F /* how likely another number may be, of the likeliest */
#define CUTS_MAX     3u
#define DOUBT_SHARE  0.5F /* of people's digits it is wrong half as often as it says (0071) */

/* One label of ink around the gap. */
struct piece {
    struct text_box box; /* within the cut */
    uint32_t ink;
};

struct row_job {
    const struct digits_net *net;
    const struct digit_place *place;
    struct text_box area; /* of the page */
    uint8_t *labels;      /* of each pixel; 0 is paper, else a piece's index + 1 */
    uint8_t *mask;
    uint32_t *stack;
    struct piece pieces[PIECES_MAX];
    uint32_t len;
    struct digits_pass pass;
    float known[PIECES_MAX][TOGETHER_MAX][10]; /* of the digits from this piece on; < 0: not yet */
    char digits[DIGIT_ROW_MAX + 1], best[DIGIT_ROW_MAX + 1];
    float best_sure, best_least, other_sure;
};

static void row_job_done(struct row_job *job)
{
    free(job->labels);
    free(job->mask);
    free(job->stack);
}

/* --- pieces ----------------------------------------------------------------------------------- */

#define UNSEEN   255u
#define LEFT_OUT 254u

/* The ink around the gap: two x-heights of the neighbours, three above and one and a half below the
 * small letters. */
static bool choose_area(struct row_job *job, const struct image *bilevel)
{
    const struct digit_place *p = job->place;
    const int32_t width = (int32_t)image_width_px(bilevel);
    const int32_t height = (int32_t)image_height_px(bilevel), x = p->x_height;
    if (x < X_HEIGHT_MIN || p->right - p->left < x / 2 || p->left < 0 || p->right > width ||
        p->base < x || p->base > height)
        return false;
    const int32_t left = p->left - 2 * x > 0 ? p->left - 2 * x : 0;
    const int32_t right = p->right + 2 * x < width ? p->right + 2 * x : width;
    const int32_t top = p->base - 3 * x > 0 ? p->base - 3 * x : 0;
    const int32_t bottom = p->base + 3 * x / 2 < height ? p->base + 3 * x / 2 : height;
    job->area = (struct text_box){left, top, right - left, bottom - top};
    return (uint64_t)job->area.w * (uint64_t)job->area.h <= AREA_MAX;
}

static int take_ink(struct row_job *job, const struct image *bilevel, struct err *err)
{
    const size_t size = (size_t)job->area.w * (size_t)job->area.h;
    PIX *page = image_pix(bilevel);
    job->labels = calloc(size, 1);
    job->mask = calloc(size, 1);
    job->stack = calloc(size, sizeof *job->stack);
    if (!job->labels || !job->mask || !job->stack) {
        errno = ENOMEM;
        return err_sys(err, "read digits"); /* UNTESTED: memory */
    }
    for (int32_t y = 0; y < job->area.h; y++) {
        const l_uint32 *row =
            pixGetData(page) + (size_t)(job->area.y + y) * (size_t)pixGetWpl(page);
        for (int32_t x = 0; x < job->area.w; x++)
            if (GET_DATA_BIT(row, job->area.x + x))
                job->labels[(size_t)y * (size_t)job->area.w + (size_t)x] = UNSEEN;
    }
    return 0;
}

/* Gives all that hangs together with a pixel the label. */
static struct piece flood(struct row_job *job, uint32_t from, uint8_t label)
{
    const int32_t w = job->area.w, h = job->area.h;
    struct piece piece = {.box = {(int32_t)from % w, (int32_t)from / w, 1, 1}};
    size_t len = 0;
    job->labels[from] = label;
    job->stack[len++] = from;
    while (len > 0) {
        const uint32_t at = job->stack[--len];
        const int32_t x = (int32_t)at % w, y = (int32_t)at / w;
        piece.box = text_box_around(piece.box, (struct text_box){x, y, 1, 1});
        piece.ink++;
        for (int32_t i = 0; i < 9; i++) {
            const int32_t nx = x + i % 3 - 1, ny = y + i / 3 - 1;
            if (nx < 0 || nx >= w || ny < 0 || ny >= h)
                continue;
            const uint32_t to = (uint32_t)(ny * w + nx);
            if (job->labels[to] == UNSEEN) {
                job->labels[to] = label;
                job->stack[len++] = to;
            }
        }
    }
    return piece;
}

static void relabel(struct row_job *job, struct text_box box, uint8_t from, uint8_t to)
{
    for (int32_t y = box.y; y < box.y + box.h; y++)
        for (int32_t x = box.x; x < box.x + box.w; x++) {
            uint8_t *label = &job->labels[(size_t)y * (size_t)job->area.w + (size_t)x];
            if (*label == from)
                *label = to;
        }
}

/* The column between from and to (of the area) where least ink of a label is. */
static int32_t thinnest(const struct row_job *job, struct text_box box, uint8_t label, int32_t from,
                        int32_t to, uint32_t *ret_ink)
{
    int32_t at = from;
    *ret_ink = UINT32_MAX;
    for (int32_t x = from; x <= to; x++) {
        uint32_t ink = 0;
        for (int32_t y = box.y; y < box.y + box.h; y++)
            ink += job->labels[(size_t)y * (size_t)job->area.w + (size_t)x] == label;
        if (ink < *ret_ink) {
            *ret_ink = ink;
            at = x;
        }
    }
    return at;
}

static bool is_dust(const struct row_job *job, const struct piece *piece)
{
    const int32_t x = job->place->x_height, w = piece->box.w, h = piece->box.h;
    return (w <= x / 3 && h <= x / 3) || (w >= 2 * x && h <= x / 4);
}

/* Does a piece belong to the gap, rather than to a printed neighbour or a line above or below? */
static bool is_in_gap(const struct row_job *job, const struct text_box box)
{
    const struct digit_place *p = job->place;
    const int32_t middle = job->area.x + box.x + box.w / 2;
    const int32_t top = job->area.y + box.y, bottom = top + box.h;
    return middle > p->left && middle < p->right - p->x_height / 4 &&
           bottom > p->base - 3 * p->x_height / 2 && top < p->base - p->x_height / 4 &&
           (top > job->area.y || job->area.y == 0) && bottom < job->area.y + job->area.h;
}

/* What of a piece hangs over into the printed letters is cut off, where it is thin. */
static void trim(struct row_job *job, struct piece *piece, uint8_t label)
{
    const int32_t x = job->place->x_height, left = job->place->left - job->area.x;
    const int32_t right = job->place->right - job->area.x;
    struct text_box *box = &piece->box;
    uint32_t ink;
    if (box->x < left - x / 2) {
        const int32_t at = thinnest(job, *box, label, left, left + 2 * x / 3, &ink);
        relabel(job, (struct text_box){box->x, box->y, at - box->x, box->h}, label, LEFT_OUT);
        box->w -= at - box->x;
        box->x = at;
    }
    if (box->x + box->w > right + x / 2 && right - 2 * x / 3 > box->x) {
        const int32_t at = thinnest(job, *box, label, right - 2 * x / 3, right, &ink);
        relabel(job, (struct text_box){at, box->y, box->x + box->w - at, box->h}, label, LEFT_OUT);
        box->w = at - box->x;
    }
}

static bool find_pieces(struct row_job *job)
{
    const size_t size = (size_t)job->area.w * (size_t)job->area.h;
    for (uint32_t i = 0; i < size; i++) {
        if (job->labels[i] != UNSEEN)
            continue;
        if (job->len == PIECES_MAX)
            return false;
        const uint8_t label = (uint8_t)(job->len + 1);
        struct piece piece = flood(job, i, label);
        if (is_dust(job, &piece) || !is_in_gap(job, piece.box)) {
            relabel(job, piece.box, label, LEFT_OUT);
            continue;
        }
        trim(job, &piece, label);
        job->pieces[job->len++] = piece;
    }
    return job->len > 0;
}

/* Digits that were written without lifting the pen, or too near each other. */
static bool cut_wide(struct row_job *job)
{
    const int32_t x = job->place->x_height;
    for (uint32_t i = 0; i < job->len; i++) {
        for (uint32_t cut = 0; cut < CUTS_MAX; cut++) {
            struct text_box *box = &job->pieces[i].box;
            uint32_t ink;
            if (box->w < 5 * x / 4 || box->w * 10 < box->h * 6)
                break;
            const int32_t at = thinnest(job, *box, (uint8_t)(i + 1), box->x + box->w / 4,
                                        box->x + box->w - 1 - box->w / 4, &ink);
            if (ink > (uint32_t)x / 2)
                break;
            if (job->len == PIECES_MAX)
                return false;
            const struct text_box right = {at, box->y, box->x + box->w - at, box->h};
            relabel(job, right, (uint8_t)(i + 1), (uint8_t)(job->len + 1));
            job->pieces[job->len++] = (struct piece){.box = right};
            box->w = at - box->x;
        }
    }
    return true;
}

/* From left to right, by their middles. */
static void sort_pieces(struct row_job *job)
{
    uint8_t place_of[PIECES_MAX + 1] = {0}, old[PIECES_MAX];
    for (uint32_t i = 0; i < job->len; i++)
        old[i] = (uint8_t)(i + 1);
    for (uint32_t i = 1; i < job->len; i++)
        for (uint32_t k = i; k > 0; k--) {
            struct piece *a = &job->pieces[k - 1], *b = &job->pieces[k], swap = *a;
            if (2 * a->box.x + a->box.w <= 2 * b->box.x + b->box.w)
                break;
            *a = *b;
            *b = swap;
            const uint8_t label = old[k - 1];
            old[k - 1] = old[k];
            old[k] = label;
        }
    for (uint32_t i = 0; i < job->len; i++)
        place_of[old[i]] = (uint8_t)(i + 1);
    for (size_t i = 0; i < (size_t)job->area.w * (size_t)job->area.h; i++)
        job->labels[i] = job->labels[i] <= PIECES_MAX ? place_of[job->labels[i]] : 0;
}

/* --- digits ----------------------------------------------------------------------------------- */

static struct text_box box_of(const struct row_job *job, uint32_t first, uint32_t n)
{
    struct text_box box = job->pieces[first].box;
    for (uint32_t i = 1; i < n; i++)
        box = text_box_around(box, job->pieces[first + i].box);
    return box;
}

/* How likely n pieces from `first` on are each of the digits. */
static const float *classify(struct row_job *job, uint32_t first, uint32_t n)
{
    float *known = job->known[first][n - 1];
    if (known[0] >= 0)
        return known;
    const struct text_box box = box_of(job, first, n);
    const int32_t x = job->place->x_height;
    memset(known, 0, 10 * sizeof *known);
    if (box.h < 4 * x / 5 || box.w > 7 * x / 2)
        return known;
    for (int32_t row = 0; row < box.h; row++)
        for (int32_t column = 0; column < box.w; column++) {
            const uint8_t label =
                job->labels[(size_t)(box.y + row) * (size_t)job->area.w + (size_t)(box.x + column)];
            job->mask[(size_t)row * (size_t)box.w + (size_t)column] =
                label > first && label <= first + n;
        }
    if (digits_shrink(job->mask, (uint32_t)box.w, (uint32_t)box.h, &job->pass)) {
        digits_run(job->net, &job->pass);
        memcpy(known, job->pass.probabilities, 10 * sizeof *known);
    }
    return known;
}

static void consider(struct row_job *job, float sure, float least)
{
    const unsigned long value = strtoul(job->digits, NULL, 10);
    if (value < 1 || value > job->place->value_max)
        return;
    if (sure <= job->best_sure) {
        if (strcmp(job->digits, job->best) != 0 && sure > job->other_sure)
            job->other_sure = sure;
        return;
    }
    if (strcmp(job->digits, job->best) != 0)
        job->other_sure = job->best_sure;
    job->best_sure = sure;
    job->best_least = least;
    memcpy(job->best, job->digits, sizeof job->best);
}

/* Every way to go on from a piece, with `len` digits so far. */
static void go_on(struct row_job *job, uint32_t first, uint32_t len, float sure, float least)
{
    if (first == job->len) {
        consider(job, sure, least);
        return;
    }
    for (uint32_t n = 1; len < job->place->digits_max && n <= TOGETHER_MAX; n++) {
        if (first + n > job->len)
            break;
        const float *p = classify(job, first, n);
        for (uint32_t digit = 0; digit < 10; digit++) {
            if (p[digit] * sure < OTHER_MAX * ALL_SURE_MIN / 4)
                continue;
            job->digits[len] = (char)('0' + digit);
            job->digits[len + 1] = '\0';
            go_on(job, first + n, len + 1, sure * p[digit], fminf(least, p[digit]));
            job->digits[len] = '\0';
        }
    }
}

int digit_row_read(const struct digits_net *net, const struct image *bilevel,
                   const struct digit_place *place, struct digit_row *ret_row, struct err *err)
{
    CLEANUP(row_job_done) struct row_job job = {.net = net, .place = place};
    *ret_row = (struct digit_row){.confidence = 0};
    if (!choose_area(&job, bilevel))
        return 0;
    if (take_ink(&job, bilevel, err) < 0)
        return -1;
    if (!find_pieces(&job) || !cut_wide(&job))
        return 0;
    sort_pieces(&job);
    for (uint32_t i = 0; i < PIECES_MAX; i++)
        for (uint32_t n = 0; n < TOGETHER_MAX; n++)
            job.known[i][n][0] = -1;
    go_on(&job, 0, 0, 1, 1);
    if (job.best_sure < ALL_SURE_MIN || job.best_least < SURE_MIN ||
        job.other_sure > OTHER_MAX * job.best_sure)
        return 0;
    const struct text_box box = box_of(&job, 0, job.len);
    memcpy(ret_row->text, job.best, sizeof job.best);
    ret_row->confidence = 100 - (100 - 100 * job.best_least) * DOUBT_SHARE;
    ret_row->box = (struct text_box){job.area.x + box.x, job.area.y + box.y, box.w, box.h};
    return 0;
}
