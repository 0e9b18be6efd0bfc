/* ocr/hocr.c - the text of pages as hOCR 1.2 (kba.github.io/hocr-spec/1.2).
 *
 * XHTML, as Tesseract writes it, so that readers of both kinds are content. */
#include "ocr/hocr.h"

#include <inttypes.h>
#include <math.h>

#include "base/text.h"

static int put_text(struct bytes *out, const char *text, struct err *err)
{
    return bytes_append(out, span_of_text(text), err);
}

int hocr_begin(const char *title, struct bytes *out, struct err *err)
{
    if (put_text(out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" "
                 "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
                 "<html xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<title>",
                 err) < 0 ||
        text_xml(span_of_text(title), out, err) < 0)
        return -1; /* UNTESTED: no memory */
    return put_text(
        out,
        "</title>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n"
        "<meta name=\"ocr-system\" content=\"sohoa " SOHOA_VERSION "\"/>\n"
        "<meta name=\"ocr-capabilities\" content=\"ocr_page ocr_carea ocr_line ocrx_word "
        "ocrp_wconf\"/>\n</head>\n<body>\n",
        err);
}

/* An element that is open, with its kind, place in the document and box: left, top, right, bottom.
 */
static int put_open(struct bytes *out, const char *kind, const char *name, uint32_t page, size_t n,
                    struct err *err)
{
    return bytes_printf(out, err, "<%s id=\"%s_%" PRIu32 "_%zu\" title=\"", kind, name, page + 1,
                        n + 1);
}

static int put_box(struct bytes *out, const struct text_box *box, struct err *err)
{
    return bytes_printf(out, err, "bbox %d %d %" PRId64 " %" PRId64, box->x, box->y,
                        (int64_t)box->x + box->w, (int64_t)box->y + box->h);
}

static int put_word(struct bytes *out, const struct page_text *text, size_t index, uint32_t page,
                    struct err *err)
{
    const struct text_word *word = &text->words[index];
    if (put_open(out, "span class=\"ocrx_word\"", "word", page, index, err) < 0 ||
        put_box(out, &word->box, err) < 0 ||
        bytes_printf(out, err, "; x_wconf %ld\">", lroundf(word->confidence)) < 0 ||
        text_xml(page_text_chars(text, word), out, err) < 0)
        return -1; /* UNTESTED: no memory */
    return put_text(out, "</span>", err);
}

static int put_line(struct bytes *out, const struct page_text *text, size_t index, uint32_t page,
                    struct err *err)
{
    const struct text_line *line = &text->lines[index];
    if (put_open(out, "span class=\"ocr_line\"", "line", page, index, err) < 0 ||
        put_box(out, &line->box, err) < 0 || put_text(out, "\">", err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < line->word_len; i++)
        if ((i > 0 && put_text(out, "\n", err) < 0) ||
            put_word(out, text, line->word_first + i, page, err) < 0)
            return -1; /* UNTESTED: no memory */
    return put_text(out, "</span>\n", err);
}

static int put_block(struct bytes *out, const struct page_text *text, size_t index, uint32_t page,
                     struct err *err)
{
    const struct text_block *block = &text->blocks[index];
    if (put_open(out, "div class=\"ocr_carea\"", "block", page, index, err) < 0 ||
        put_box(out, &block->box, err) < 0 || put_text(out, "\">\n", err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < block->line_len; i++)
        if (put_line(out, text, block->line_first + i, page, err) < 0)
            return -1; /* UNTESTED: no memory */
    return put_text(out, "</div>\n", err);
}

int hocr_page(const struct page_text *text, const struct hocr_page *page, struct bytes *out,
              struct err *err)
{
    if (bytes_printf(out, err,
                     "<div class=\"ocr_page\" id=\"page_%" PRIu32 "\" title=\"image &quot;",
                     page->number + 1) < 0 ||
        text_xml(span_of_text(page->id), out, err) < 0 ||
        bytes_printf(out, err, "&quot;; bbox 0 0 %" PRIu32 " %" PRIu32 "; ppageno %" PRIu32,
                     page->width_px, page->height_px, page->number) < 0)
        return -1; /* UNTESTED: no memory */
    if (page->dpi > 0 &&
        bytes_printf(out, err, "; scan_res %" PRIu32 " %" PRIu32, page->dpi, page->dpi) < 0)
        return -1; /* UNTESTED: no memory */
    if (page->turned_deg > 0 && bytes_printf(out, err, "; x_turned %" PRIu32, page->turned_deg) < 0)
        return -1; /* UNTESTED: no memory */
    if (put_text(out, "; x_engine &quot;", err) < 0 ||
        text_xml(span_of_text(page->engine), out, err) < 0 || put_text(out, "&quot;\">\n", err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < text->block_len; i++)
        if (put_block(out, text, i, page->number, err) < 0)
            return -1; /* UNTESTED: no memory */
    return put_text(out, "</div>\n", err);
}

int hocr_end(struct bytes *out, struct err *err)
{
    return put_text(out, "</body>\n</html>\n", err);
}
