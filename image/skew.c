/* image/skew.c - how far a page lies askew, and setting it upright; turning it by quarters. */
#include <assert.h>
#include <errno.h>
#include <math.h>

#include "image/canvas.h"

#define SWEEP_REDUCTION  8
#define SEARCH_REDUCTION 4
#define SWEEP_RANGE_DEG  8.0F /* a peak at the edge is refused: one step beyond the 7 we promise */
#define SWEEP_STEP_DEG   1.0F
#define SEARCH_STEP_DEG  0.01F
#define SKEW_SIDE_MIN_PX 64 /* reduced eightfold, fewer rows than this say nothing about lines */

int image_find_skew(const struct image *bilevel, struct skew *ret_skew, struct err *err)
{
    assert(image_depth(bilevel) == 1);
    (void)err; /* Leptonica says "cannot tell" and "no memory" alike: both are no skew */
    *ret_skew = (struct skew){0};
    if (image_width_px(bilevel) < SKEW_SIDE_MIN_PX || image_height_px(bilevel) < SKEW_SIDE_MIN_PX)
        return 0;
    canvas_quiet();
    float angle_deg = 0, confidence = 0;
    int failed = pixFindSkewSweepAndSearch(image_pix(bilevel), &angle_deg, &confidence,
                                           SWEEP_REDUCTION, SEARCH_REDUCTION, SWEEP_RANGE_DEG,
                                           SWEEP_STEP_DEG, SEARCH_STEP_DEG);
    if (failed || !isfinite(angle_deg) || !isfinite(confidence) || confidence <= 0)
        return 0;
    /* Leptonica gives the clockwise turn that makes the page upright, which is how far the content
     * is turned counter-clockwise. */
    *ret_skew = (struct skew){.angle_deg = angle_deg, .confidence = confidence};
    return 0;
}

struct image *image_rotate(const struct image *image, float angle_deg, struct err *err)
{
    PIX *from = image_pix(image);
    const float clockwise_rad = -angle_deg * (float)(M_PI / 180);
    canvas_quiet();
    CLEANUP(canvas_freep)
    PIX *turned = pixRotate(from, clockwise_rad, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
    /* Below 0.06 degrees Leptonica gives the source itself: ours must be new, it has one owner. */
    if (turned == from) {
        pixDestroy(&turned);
        turned = pixCopy(NULL, from);
    }
    if (!turned) { /* UNTESTED: memory */
        errno = ENOMEM;
        err_sys(err, "turn the picture");
        return NULL;
    }
    canvas_set_dpi(turned, pixGetXRes(from));
    return image_of_pix(TAKE(turned), err);
}

struct image *image_turn(const struct image *image, unsigned quarters, struct err *err)
{
    assert(quarters >= 1 && quarters <= 3);
    canvas_quiet();
    CLEANUP(canvas_freep) PIX *turned = pixRotateOrth(image_pix(image), (l_int32)quarters);
    if (!turned) { /* UNTESTED: memory */
        errno = ENOMEM;
        err_sys(err, "turn the picture");
        return NULL;
    }
    canvas_set_dpi(turned, (int)image_dpi(image));
    return image_of_pix(TAKE(turned), err);
}
