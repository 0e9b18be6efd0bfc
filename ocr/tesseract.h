/* ocr/tesseract.h - Tesseract as a reader. The only place that knows Tesseract. */
#ifndef OCR_TESSERACT_H
#define OCR_TESSERACT_H

#include "image/image.h"
#include "ocr/page_text.h"

struct tesseract; /* one thread at a time; keeps the model loaded */

/* As reader_open(). */
MUST_USE struct tesseract *tesseract_open(const char *datapath, const char *language,
                                          struct err *err);
void tesseract_close(struct tesseract *tess); /* NULL is fine */
void tesseract_closep(struct tesseract **tess);

const char *tesseract_engine(const struct tesseract *tess);   /* "tesseract 5.3.0" */
const char *tesseract_language(const struct tesseract *tess); /* as opened */
const char *tesseract_datapath(const struct tesseract *tess); /* folder of the models, "/" at end */

/* As reader_read(). About 1.5 s of CPU for an A4 page of text. */
MUST_USE int tesseract_read(struct tesseract *tess, const struct image *image,
                            struct page_text *ret_text, struct err *err);

#endif
