/* pipeline/stage_encode.c - keeps the picture of a page that had to be drawn.
 *
 * A scan is its own picture. A drawn page depends on the renderer's version and fonts, and the
 * boxes of its words on the drawing: so the picture that was read is archived beside the text. */
#include "pipeline/page.h"

int encode_run(struct page *page, struct err *err)
{
    if (page->raster.len == 0)
        return 0;
    enum image_codec codec = image_depth(page->image) == 1 ? IMAGE_PNG : IMAGE_JPEG;
    return image_encode(page->image, codec, &page->access, err);
}
