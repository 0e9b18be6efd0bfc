/* tests/pages/pdf.h - the four ways a page comes in a PDF. Same input, same bytes. */
#ifndef TESTS_PAGES_PDF_H
#define TESTS_PAGES_PDF_H

#include "tests/pages/scanner.h"

#define PDF_STAMP_CHARS 150 /* of the signature stamp */

enum pdf_way {
    PDF_JPEG,      /* a scan per page, DCT */
    PDF_G4,        /* a scan per page, CCITT G4: pages must be grey */
    PDF_LAYERED,   /* DCT with an invisible text layer over it, as OCR programs add */
    PDF_G4_STAMPED /* G4; on page 1 a signature field whose appearance shows PDF_STAMP_CHARS */
};

/* Appends a PDF of these scans. PDF_LAYERED takes the text of page i from page i of the typeset;
 * pages beyond the typeset's (backs) get none. Fails with ERR_SYSTEM. */
MUST_USE int pdf_of_scans(const struct raster *pages, size_t len, enum pdf_way way,
                          const struct typeset *typeset, struct bytes *out, struct err *err);

/* Appends the letter as a born-digital PDF: real text with embedded fonts, no picture. */
MUST_USE int pdf_of_text(const struct typeset *typeset, struct bytes *out, struct err *err);

#endif
