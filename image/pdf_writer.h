/* image/pdf_writer.h - writes PDF/A-2b: pages of one picture each, with invisible text over it.
 *
 * docs/format-pdf.md says which clause of ISO 19005-2 is met how. Pages go out as they come; what
 * is kept of them is a number each and the letters that occurred. The same calls give the same
 * bytes.
 */
#ifndef IMAGE_PDF_WRITER_H
#define IMAGE_PDF_WRITER_H

#include "image/embed.h"

struct pdf_writer; /* one thread at a time */

/* Takes the next bytes of the file. */
typedef int pdf_put(void *self, struct span data, struct err *err);

struct pdf_about {
    const char *title; /* displayable UTF-8; borrowed for the call */
    int64_t date_ns;   /* since 1970: when the content was made */
};

struct pdf_word {
    int32_t x, y, w, h; /* pixels of the page as archived */
    uint32_t line;      /* words of one line stand together and have one number */
    struct span chars;  /* UTF-8 */
};

struct pdf_page {
    const struct embed *picture;
    struct span data;             /* of the picture */
    uint32_t width_px, height_px; /* as archived, at least 1 */
    uint32_t dpi;                 /* 0: unknown; then the page is as large as an A4 sheet */
    uint32_t turned_deg;          /* 0, 90, 180, 270: clockwise, what sets it upright */
    const struct pdf_word *words; /* in reading order */
    size_t word_len;
};

/* Pixels per inch that the page is shown with: its own, or what makes it an A4 sheet, or what keeps
 * a side within the 14400 points a PDF/A may have. */
double pdf_page_dpi(const struct pdf_page *page);

MUST_USE struct pdf_writer *pdf_writer_new(const struct pdf_about *about, pdf_put *put, void *self,
                                           struct err *err);
void pdf_writer_free(struct pdf_writer *writer); /* NULL is fine */
void pdf_writer_freep(struct pdf_writer **writer);

#define PDF_PAGES_MAX 100000u

/* ERR_INPUT: a word that is not UTF-8, or past PDF_PAGES_MAX; else what put() says. After a failure
 * the writer is good for nothing but being freed. */
MUST_USE int pdf_writer_page(struct pdf_writer *writer, const struct pdf_page *page,
                             struct err *err);
/* Writes what stands behind the pages, of which there must be one at least. */
MUST_USE int pdf_writer_finish(struct pdf_writer *writer, struct err *err);

#endif
