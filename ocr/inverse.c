/* ocr/inverse.c - white letters on black: headings and heads of tables printed as bars.
 *
 * A bar is black that is too thick for strokes of letters and for rules, all around holes that are
 * letters: as high as letters, more than one, most of the bar left black. Frames, seals and the
 * scanner's lid have other holes or none. */
#include "ocr/inverse.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "ocr/components.h"
#include "ocr/pix.h"
#include "ocr/strokes.h"

#define SOLID_PX          4 /* thicker than rules and most letters */
#define EDGE_PX           3 /* around a bar: its own ragged edge */
#define BAR_WIDE_MIN      24
#define BAR_HIGH_MIN      12
#define BAR_FILLS_PCT     50 /* at least, of its box: it may lie askew */
#define WHITE_PCT_MIN     1  /* of a bar */
#define WHITE_PCT_MAX     45
#define LETTERS_MIN       3
#define LETTER_MIN_PX     8
#define LETTER_MAX_PX     60
#define AMONG_LETTERS_PCT 4 /* at least so much is white where they are: scratches are few */
#define BARS_LOOKED_AT    200u

static int no_memory(struct err *err)
{
    errno = ENOMEM;
    return err_sys(err, "find white on black"); /* UNTESTED: memory */
}

static int64_t count(PIX *pix)
{
    l_int32 black = 0;
    (void)pixCountPixels(pix, &black, NULL);
    return black;
}

static int has_letters(PIX *white, bool *ret_letters, struct err *err)
{
    struct component *found = NULL;
    struct text_box around = {0};
    size_t n = 0, letters = 0;
    if (components_find(white, 8, &found, &n, err) < 0)
        return -1; /* UNTESTED: memory */
    for (size_t i = 0; i < n; i++) {
        const struct text_box b = found[i].box;
        if (b.h < LETTER_MIN_PX || b.h > LETTER_MAX_PX || b.w > 2 * b.h)
            continue;
        around = letters > 0 ? text_box_around(around, b) : b;
        letters++;
    }
    free(found);
    *ret_letters = letters >= LETTERS_MIN &&
                   count(white) * 100 >= (int64_t)around.w * around.h * AMONG_LETTERS_PCT;
    return 0;
}

/* What is a bar in a part of the page, holes and all, from what is solid there. */
static int is_bar(PIX *part, PIX *bar, bool *ret_bar, struct err *err)
{
    const int64_t all = count(bar), box = (int64_t)pixGetWidth(bar) * pixGetHeight(bar);
    CLEANUP(pix_freep) PIX *white = pixSubtract(NULL, bar, part);
    if (!white)
        return no_memory(err);
    const int64_t holes = count(white);
    *ret_bar = false;
    if (all * 100 < box * BAR_FILLS_PCT || holes * 100 < all * WHITE_PCT_MIN ||
        holes * 100 > all * WHITE_PCT_MAX)
        return 0;
    return has_letters(white, ret_bar, err);
}

/* Black and white change places in the bar; what is left of its edge goes. */
static int turn_over(PIX *page, PIX *bar, struct text_box box, struct err *err)
{
    const struct text_box wide = {box.x - EDGE_PX, box.y - EDGE_PX, box.w + 2 * EDGE_PX,
                                  box.h + 2 * EDGE_PX};
    CLEANUP(pix_freep)
    PIX *around = pixAddBorder(bar, EDGE_PX, 0);
    CLEANUP(pix_freep)
    PIX *edge = around ? pixDilateBrick(NULL, around, 2 * EDGE_PX + 1, 2 * EDGE_PX + 1) : NULL;
    if (!edge)
        return no_memory(err);
    (void)pixXor(edge, edge, around);
    (void)pixRasterop(page, wide.x, wide.y, wide.w, wide.h, PIX_DST & PIX_NOT(PIX_SRC), edge, 0, 0);
    (void)pixRasterop(page, box.x, box.y, box.w, box.h, PIX_SRC ^ PIX_DST, bar, 0, 0);
    return 0;
}

static int look_at(PIX *page, PIX *solid, struct text_box box, bool *ret_bar, struct err *err)
{
    CLEANUP(pix_freep) PIX *part = pix_cut(page, box);
    CLEANUP(pix_freep) PIX *bar = part ? pix_cut(solid, box) : NULL;
    CLEANUP(pix_freep) PIX *holes = bar ? pixHolesByFilling(bar, 4) : NULL;
    if (!holes)
        return no_memory(err);
    (void)pixOr(bar, bar, holes);
    if (is_bar(part, bar, ret_bar, err) < 0)
        return -1; /* UNTESTED: memory */
    return *ret_bar ? turn_over(page, bar, box, err) : 0;
}

/* Is anything black as wide as a word of pixels and as high as what is solid? On most pages nothing
 * is, and that is all they pay. */
static bool has_solid(PIX *page)
{
    const size_t wpl = (size_t)pixGetWpl(page), rows = (size_t)pixGetHeight(page);
    for (size_t y = 0; y + SOLID_PX <= rows; y++) {
        const l_uint32 *words = pixGetData(page) + y * wpl;
        uint32_t found = 0;
        for (size_t i = 0; i < wpl; i++)
            found |=
                (words[i] & words[i + wpl] & words[i + 2 * wpl] & words[i + 3 * wpl]) == UINT32_MAX;
        if (found)
            return true;
    }
    return false;
}

/* A page that is mostly black is in doubt as a whole: of the cells of its tables alone our reader
 * would be sure. */
static bool is_negative(PIX *page)
{
    return count(page) * 2 > (int64_t)pixGetWidth(page) * pixGetHeight(page);
}

int inverse_turn_over(PIX *page, struct text_box ret_bars[INVERSE_MAX], size_t *ret_len,
                      struct err *err)
{
    struct component *found = NULL;
    size_t n = 0, bars = 0, looked_at = 0;
    *ret_len = 0;
    if (!has_solid(page) || is_negative(page))
        return 0;
    CLEANUP(pix_freep) PIX *solid = pixCopy(NULL, page);
    if (!solid)
        return no_memory(err);
    strokes_open_across(solid, SOLID_PX);
    strokes_open_down(solid, SOLID_PX);
    int rc = components_find(solid, 8, &found, &n, err);
    for (size_t i = 0; rc == 0 && i < n && bars < INVERSE_MAX && looked_at < BARS_LOOKED_AT; i++) {
        const struct text_box box = found[i].box;
        bool bar = false;
        if (box.w < BAR_WIDE_MIN || box.h < BAR_HIGH_MIN)
            continue;
        looked_at++;
        rc = look_at(page, solid, box, &bar, err);
        if (bar)
            ret_bars[bars++] = box;
    }
    free(found);
    *ret_len = bars;
    return rc;
}
