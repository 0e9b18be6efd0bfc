/* pipeline/stage_deskew.c - sets the page upright for reading.
 *
 * Turns only when the angle is sure and worth it: every rotation blurs a little. What was found is
 * kept either way; the archived picture is never touched. */
#include <math.h>

#include "pipeline/page.h"

/* Measured (decision 0003): turning less costs more letters than it gives. */
#define SKEW_MIN_DEG           0.5F
#define SKEW_MIN_TESSERACT_DEG 1.0F
#define SKEW_CONFIDENCE_MIN    3.0F /* Leptonica's own scale: "probably" */

int deskew_run(struct page *page, struct err *err)
{
    struct skew skew = {0};
    if (image_find_skew(page->bilevel, &skew, err) < 0)
        return -1;
    if (skew.confidence < SKEW_CONFIDENCE_MIN)
        return 0;
    page->found.skew_deg = skew.angle_deg;
    if (fabsf(skew.angle_deg) <
        (reader_is_fast(page->reader) ? SKEW_MIN_DEG : SKEW_MIN_TESSERACT_DEG))
        return 0;
    page->upright = image_rotate(page->image, -skew.angle_deg, err);
    if (!page->upright)
        return err_wrap(err, "turn by %.2f degrees", (double)-skew.angle_deg);
    image_free(page->bilevel); /* of the page as it was */
    page->bilevel = NULL;
    return 0;
}
