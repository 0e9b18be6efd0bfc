/* ocr/reader.h - reads the text of a page image, with our own reader or with Tesseract. */
#ifndef OCR_READER_H
#define OCR_READER_H

#include "image/image.h"
#include "ocr/page_text.h"

struct reader; /* one thread at a time; keeps the model loaded */

/* AUTO: ours when the language's model is of the shape it knows and reads the built-in lines of
 * that language (ocr/selftest.h), else Tesseract. FAST: ours or nothing. */
enum reader_choice { READER_AUTO, READER_FAST, READER_TESSERACT };

/* Loads the model of a language ("vie"; "vie+eng" works with Tesseract only, reads worse and
 * slower). Everything the reader will ever open is opened here, so that a sandbox may close behind
 * it. datapath NULL means Tesseract's default. Fails with ERR_SYSTEM when the language is not
 * installed (the text says which package has it), or with READER_FAST when our reader does not know
 * the shape of the model (the text says what is different). */
MUST_USE struct reader *reader_open(const char *datapath, const char *language,
                                    enum reader_choice choice, struct err *err);
void reader_close(struct reader *reader); /* NULL is fine */
void reader_closep(struct reader **reader);

/* Name and version for the page record: "sohoa 0.1.0" or "tesseract 5.3.0", and the language as
 * opened. Static or owned by the reader. */
const char *reader_engine(const struct reader *reader);
const char *reader_language(const struct reader *reader);

/* Reads an upright page, grey or bilevel. bilevel: image_binarise() of it where the caller has that
 * already, else NULL. Where our reader reads, the page need not be upright: with bilevel turned by
 * image_rotate(bilevel, -skew_deg) it is read as if it had been turned too, for less. Boxes are
 * pixels of the given bilevel, or of the image where there is none. Deterministic: the
 * same image gives the same text whatever was read before and whatever the processor. ret_text must
 * be zero; owned by the caller. ERR_INPUT TOO_MUCH_TEXT, ERR_SYSTEM. About 0.1 s of CPU for an A4
 * page of text, 1.5 s with Tesseract. */
MUST_USE int reader_read(struct reader *reader, const struct image *image,
                         const struct image *bilevel, float skew_deg, struct page_text *ret_text,
                         struct err *err);

/* Can it afford to read a page again, turned, when the text makes no sense? */
bool reader_is_fast(const struct reader *reader);

/* Turns boxes found on image_turn(page, quarters) back into boxes of the page, whose size is
 * given. */
void page_text_unturn(struct page_text *text, unsigned quarters, uint32_t width_px,
                      uint32_t height_px);

/* Turns boxes found on an image that was rotated by image_rotate(page, -skew_deg) back into boxes
 * of the page: the smallest upright box around the turned one, as far as it is on the page. */
void page_text_unrotate(struct page_text *text, float skew_deg, uint32_t width_px,
                        uint32_t height_px);

#endif
