/* image/pdf_text.h - inside image/ only: the words of a page as the invisible text of a PDF. */
#ifndef IMAGE_PDF_TEXT_H
#define IMAGE_PDF_TEXT_H

#include "image/pdf_font.h"
#include "image/pdf_writer.h"

/* Appends the text operators for the words of a page, in pixels of the page as it stands upright,
 * counted from the lower left corner; the resource /F is the font. Between BT and ET.
 *
 * A word spans its box in width, less up to 1.5 mm where the next one is so near that readers would
 * take both for one. The words of a line have one size and one baseline as long as that
 * moves no edge of a box by more than 1.5 mm (readers then take the line for one line); on pages
 * askew and for large letters every word has its own. Boxes are cut off at the edges of the page
 * and are at least one pixel. Control characters and what is no character are left out. */
MUST_USE int pdf_text(const struct pdf_page *page, struct pdf_font *font, struct bytes *out,
                      struct err *err);

#endif
