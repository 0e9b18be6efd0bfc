/* ocr/pix.h - what several files ask of Leptonica's pictures. */
#ifndef OCR_PIX_H
#define OCR_PIX_H

#include <leptonica/allheaders.h>

#include "ocr/page_text.h"

/* Fits CLEANUP. */
static inline void pix_freep(PIX **pix)
{
    pixDestroy(pix);
}

/* A copy of the part of a page that is in the box; NULL: nothing is, or no memory. */
static inline PIX *pix_cut(PIX *page, struct text_box box)
{
    BOX *b = boxCreate(box.x, box.y, box.w, box.h);
    PIX *clip = b ? pixClipRectangle(page, b, NULL) : NULL;
    boxDestroy(&b);
    return clip;
}

#endif
