/* ocr/tesseract.h - Tesseract as a reader. The only place that knows Tesseract. */
#ifndef OCR_TESSERACT_H
#define OCR_TESSERACT_H

#include "image/image.h"
#include "ocr/page_text.h"

struct tesseract; /* one thread at a time; keeps the model loaded */

/* As reader_open(), after loading Tesseract: 0.07 s. */
MUST_USE struct tesseract *tesseract_open(const char *datapath, const char *language,
                                          struct err *err);
void tesseract_close(struct tesseract *tess); /* NULL is fine */
void tesseract_closep(struct tesseract **tess);

const char *tesseract_engine(const struct tesseract *tess); /* "tesseract 5.3.0" */

/* Where the model of a language would be, whether it is there or not: datapath, else
 * $TESSDATA_PREFIX, else Debian's folder if it is there, else where Tesseract was told to look when
 * it was built: it is loaded only to be asked that. ERR_SYSTEM when the language
 * is not one name, or when Tesseract cannot be asked. */
MUST_USE int tesseract_model_path(const char *datapath, const char *language, char *ret_path,
                                  size_t size, struct err *err);

/* As reader_read(). About 1.5 s of CPU for an A4 page of text. */
MUST_USE int tesseract_read(struct tesseract *tess, const struct image *image,
                            struct page_text *ret_text, struct err *err);

#endif
