/* image/pdf_font.h - inside image/ only: the font of a PDF's invisible text.
 *
 * It draws nothing. Each letter that occurs has a code of its own, from 1 in the order of first
 * use, an empty glyph of that number half an em wide, and a line in the table from codes to
 * Unicode; so every letter of Unicode can be selected and copied, those beyond 16 bits too. */
#ifndef IMAGE_PDF_FONT_H
#define IMAGE_PDF_FONT_H

#include "base/bytes.h"

#define PDF_FONT_LETTERS_MAX 65534u /* of one document; glyph 0 is none of them */
#define PDF_FONT_EM          1000   /* units */
#define PDF_FONT_WIDTH       500    /* of every glyph */
#define PDF_FONT_ASCENT      800
#define PDF_FONT_DESCENT     (-200)

struct pdf_font; /* one thread at a time */

MUST_USE struct pdf_font *pdf_font_new(struct err *err);
void pdf_font_free(struct pdf_font *font); /* NULL is fine */

/* The code of a letter, below U+110000; given when it is new. What comes after the last code has
 * been given is U+FFFD to a reader. */
MUST_USE int pdf_font_code(struct pdf_font *font, uint32_t letter, uint16_t *ret_code,
                           struct err *err);
/* Appends the TrueType program: glyph 0 and one for each code. */
MUST_USE int pdf_font_file(const struct pdf_font *font, struct bytes *out, struct err *err);
/* Appends the ToUnicode CMap of the codes. */
MUST_USE int pdf_font_unicode(const struct pdf_font *font, struct bytes *out, struct err *err);

#endif
