/* pipeline/stage_decode.c - from the file's bytes to the page's pixels, as a person would see them.
 *
 * A page that no image file holds by itself (a PDF page with text) is not decoded here: the keeper
 * is asked for a renderer, and the page comes again with what that one drew. Its paper
 * is cleared of shadows and of what shines through, for reading only. */
#include "pipeline/page.h"

struct image *page_as_drawn(const struct page *page, struct err *err)
{
    CLEANUP(scan_closep) struct scan *drawn = scan_open(page->raster, page->limits, err);
    struct image *image = drawn ? scan_decode(drawn, 0, SCAN_GREY, err) : NULL;
    if (image)
        image_set_dpi(image, page->raster_dpi);
    else
        (void)err_wrap(err, "drawn page");
    return image;
}

int decode_run(struct page *page, struct err *err)
{
    enum scan_way way = SCAN_DECODE;
    uint32_t dpi = 0;

    if (page->raster.len > 0) {
        page->image = page_as_drawn(page, err);
        if (!page->image)
            return -1;
    } else {
        if (scan_page_way(page->scan, page->index, &way, &dpi, err) < 0)
            return -1;
        if (way == SCAN_RASTERISE) {
            page->found.rasterise_dpi = dpi;
            return 0;
        }
        page->image = scan_decode(page->scan, page->index, SCAN_READ, err);
        if (!page->image)
            return -1;
    }
    page->found.width_px = image_width_px(page->image);
    page->found.height_px = image_height_px(page->image);
    page->found.dpi = image_dpi(page->image);
    return image_clear_paper(page->image, &page->cleared, err);
}
