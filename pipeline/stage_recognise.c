/* pipeline/stage_recognise.c - layout and text of the upright page; boxes go back to the page.
 *
 * A page that lies on its side or its head reads as nonsense, and the reader knows: upright pages
 * come out at 92 % confidence and more, turned ones at 81 % and less, on all this was measured on.
 * Only then is it turned and read again, so upright pages pay nothing. */
#include "pipeline/page.h"

#define TURN_DOUBT_MAX 85.0F /* below this confidence the page may lie on its side */
#define SURELY_MORE    10.0F /* a turn must gain this much to be believed */
#define QUARTER_DEG    90u
#define ENOUGH_WORDS   5 /* fewer say nothing about how a page lies */

/* Reads the page turned by `quarters`; keeps the text when it makes more sense than what is there.
 */
static int try_turn(struct page *page, unsigned quarters, struct err *err)
{
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(image_freep) struct image *turned = image_turn(page->image, quarters, err);
    if (!turned || reader_read(page->reader, turned, NULL, 0, &text, err) < 0)
        return -1;
    const float confidence = page_text_confidence(&text);
    if (text.word_len < ENOUGH_WORDS || confidence < page->found.confidence + SURELY_MORE)
        return 0;
    page_text_unturn(&text, quarters, page->found.width_px, page->found.height_px);
    page_text_done(&page->text);
    page->text = text;
    text = (struct page_text){0};
    page->found.confidence = confidence;
    page->found.turned_deg = quarters * QUARTER_DEG;
    page->found.skew_deg = 0; /* was measured on lines that stood on end */
    return 0;
}

/* Boxes of what was read from the page set straight become boxes of the page. */
static void set_back(struct page *page)
{
    if (page->upright || page->lean_deg != 0)
        page_text_unrotate(&page->text, page->found.skew_deg, page->found.width_px,
                           page->found.height_px);
    image_free(page->bilevel);
    page->bilevel = NULL;
    image_free(page->upright);
    page->upright = NULL;
}

static int read_upright(struct page *page, struct err *err)
{
    const struct image *image = page->upright ? page->upright : page->image;
    if (reader_read(page->reader, image, page->bilevel, page->lean_deg, &page->text, err) < 0)
        return -1;
    set_back(page);
    return 0;
}

/* As the one who read the page before found it to lie. */
static int read_turned(struct page *page, unsigned quarters, struct err *err)
{
    CLEANUP(image_freep) struct image *turned = image_turn(page->image, quarters, err);
    if (!turned || reader_read(page->reader, turned, NULL, 0, &page->text, err) < 0)
        return -1;
    page_text_unturn(&page->text, quarters, page->found.width_px, page->found.height_px);
    return 0;
}

int recognise_run(struct page *page, struct err *err)
{
    const unsigned lies = page->found.turned_deg / QUARTER_DEG;
    if ((lies > 0 ? read_turned(page, lies, err) : read_upright(page, err)) < 0)
        return -1;
    page->found.confidence = page_text_confidence(&page->text);
    for (unsigned quarters = 1; quarters <= 3; quarters++)
        if (page->found.confidence < TURN_DOUBT_MAX && reader_is_fast(page->reader) &&
            try_turn(page, quarters, err) < 0)
            return -1;
    page->found.confidence = page_text_confidence(&page->text);
    page->found.text_bytes = (uint32_t)page->text.chars.len;
    if (reader_is_fast(page->reader))
        page->found.doubt = page_doubt(&page->found);
    return 0;
}
