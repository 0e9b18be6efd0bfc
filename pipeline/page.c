/* pipeline/page.c - a page inside a cell: letting go of it. */
#include "pipeline/page.h"

void page_done(struct page *page)
{
    image_free(page->image);
    image_free(page->bilevel);
    image_free(page->upright);
    page_text_done(&page->text);
    bytes_done(&page->access);
    *page = (struct page){.scan = NULL};
}
