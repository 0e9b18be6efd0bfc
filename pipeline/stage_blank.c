/* pipeline/stage_blank.c - is there anything on the page? A blank back is kept, flagged, not read.
 */
#include "pipeline/page.h"

/* Share of ink below which a page is blank. A single word at 11 pt on A4 is about 2e-4; dust that
 * survives image_ink() stays below 2e-5 on the scans this was measured on. */
#define BLANK_INK_MAX 4e-5

int blank_run(struct page *page, struct err *err)
{
    double ink = 0;
    page->bilevel = image_binarise(page->image, err);
    if (!page->bilevel || image_ink(page->bilevel, &ink, err) < 0)
        return -1;
    page->found.ink = (float)ink;
    page->found.status = ink < BLANK_INK_MAX ? PAGE_BLANK : PAGE_OK;
    return 0;
}
