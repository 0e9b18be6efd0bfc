/* pipeline/stage_recognise.c - layout and text of the upright page; boxes go back to the page. */
#include "pipeline/page.h"

int recognise_run(struct page *page, struct err *err)
{
    const struct image *image = page->upright ? page->upright : page->image;
    if (reader_read(page->reader, image, &page->text, err) < 0)
        return -1;
    if (page->upright)
        page_text_unrotate(&page->text, page->found.skew_deg, page->found.width_px,
                           page->found.height_px);
    image_free(page->upright);
    page->upright = NULL;
    page->found.confidence = page_text_confidence(&page->text);
    return 0;
}
