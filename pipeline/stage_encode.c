/* pipeline/stage_encode.c - keeps the picture of a page that had to be drawn.
 *
 * A scan is its own picture. A drawn page depends on the renderer's version and fonts, and the
 * boxes of its words on the drawing: so the picture that was read is archived beside the text, as
 * it was drawn: its paper was cleared for reading only. */
#include "pipeline/page.h"

int encode_run(struct page *page, struct err *err)
{
    if (page->raster.len == 0)
        return 0;
    if (page->cleared) {
        image_free(page->image); /* first: two of a large page are much memory */
        page->image = page_as_drawn(page, err);
        if (!page->image)
            return -1; /* UNTESTED: memory; it was decoded before */
    }
    enum image_codec codec = image_depth(page->image) == 1 ? IMAGE_PNG : IMAGE_JPEG;
    return image_encode(page->image, codec, &page->access, err);
}
