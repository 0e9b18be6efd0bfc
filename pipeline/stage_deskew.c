/* pipeline/stage_deskew.c - sets the page upright for reading.
 *
 * Turns only when the angle is sure and worth it. Our reader finds lines on the black-and-white
 * page turned upright and cuts them out of the grey one as it lies; for Tesseract the grey page is
 * turned. What was found is kept either way; the archived picture is never touched. */
#include <math.h>

#include "pipeline/page.h"

/* Measured (decision 0003): turning less costs more letters than it gives. */
#define SKEW_MIN_DEG           0.3F
#define SKEW_MIN_TESSERACT_DEG 1.0F
#define SKEW_CONFIDENCE_MIN    3.0F /* Leptonica's own scale: "probably" */

static int turn(struct page *page, const struct image *from, struct image **ret_turned,
                struct err *err)
{
    *ret_turned = image_rotate(from, -page->found.skew_deg, err);
    return *ret_turned ? 0 : err_wrap(err, "turn by %.2f degrees", (double)-page->found.skew_deg);
}

int deskew_run(struct page *page, struct err *err)
{
    struct skew skew = {0};
    if (image_find_skew(page->bilevel, &skew, err) < 0)
        return -1;
    if (skew.confidence < SKEW_CONFIDENCE_MIN)
        return 0;
    page->found.skew_deg = skew.angle_deg;
    const bool fast = reader_is_fast(page->reader);
    const float angle = fabsf(skew.angle_deg);
    if (angle < (fast ? SKEW_MIN_DEG : SKEW_MIN_TESSERACT_DEG))
        return 0;
    CLEANUP(image_freep) struct image *bilevel = page->bilevel; /* of the page as it was */
    page->bilevel = NULL;
    if (!fast)
        return turn(page, page->image, &page->upright, err);
    page->lean_deg = skew.angle_deg;
    return turn(page, bilevel, &page->bilevel, err);
}
