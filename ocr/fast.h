/* ocr/fast.h - our own reader: our layout, our kernels, the packaged model of Tesseract. */
#ifndef OCR_FAST_H
#define OCR_FAST_H

#include "image/image.h"
#include "ocr/network.h"
#include "ocr/page_text.h"

struct fast; /* one thread at a time; keeps the model loaded */

/* Loads a .traineddata file. The kernels must be there (KERNELS_BEST always are); which ones makes
 * no difference to what is read. ERR_INPUT with the reason when the model is not of the shape our
 * kernels know (then Tesseract must read); ERR_SYSTEM when it cannot be read at all. */
MUST_USE struct fast *fast_open(const char *path, enum network_kernels kernels, struct err *err);
void fast_close(struct fast *fast);                         /* NULL is fine */
enum network_kernels fast_kernels(const struct fast *fast); /* that are used */

/* Reads a page of 1 or 8 bpp; as reader_read(). About 0.1 s of CPU for an A4 page. */
MUST_USE int fast_read(struct fast *fast, const struct image *image, const struct image *bilevel,
                       float skew_deg, struct page_text *ret_text, struct err *err);

/* Appends what the recogniser reads in `box` (inside the page) taken for one line, its words parted
 * by blanks: no layout, no doubt about what makes sense. With dictionary false words of the
 * language are not preferred. For measuring the recogniser alone. */
MUST_USE int fast_read_line(struct fast *fast, const struct image *image, struct text_box box,
                            bool dictionary, struct bytes *text, struct err *err);

#endif
