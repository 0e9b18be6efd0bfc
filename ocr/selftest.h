/* ocr/selftest.h - does a reader read what we know to be on a page? Lines drawn by us are built in
 * for some languages. */
#ifndef OCR_SELFTEST_H
#define OCR_SELFTEST_H

#include "base/bytes.h"
#include "ocr/fast.h"
#include "ocr/reader.h"

/* The share of letters, in percent, that our reader must get right before --engine=auto takes it.
 */
#define SELFTEST_AGREE_MIN 97.0

/* How well two texts agree: 100 less the edits for each letter of `want`, in percent; white space
 * counts as one blank. Never below 0. ERR_INPUT for texts of more than 4096 letters. */
MUST_USE int selftest_agreement(struct span want, struct span got, double *ret_pct,
                                struct err *err);

/* The built-in page of a language as a picture, and what stands on it (static). NULL without an
 * error when there is none for this language; NULL with one when it cannot be decoded. */
MUST_USE struct image *selftest_page(const char *language, const char **ret_text, struct err *err);

/* Our reader on the built-in page: agreement with what stands there. 100 for languages without a
 * page: nothing is known against it. About 10 ms. */
MUST_USE int selftest_fast(struct fast *fast, const char *language, double *ret_pct,
                           struct err *err);

/* Both readers on the built-in page of a language. ERR_SYSTEM when there is none or the language is
 * not installed. ours_pct: of our reader to what stands there; tesseract_pct: of Tesseract;
 * both_pct: of ours to Tesseract's text. Where our reader does not know the shape of the model,
 * `refused` says why and ours_pct and both_pct are 0. */
struct selftest {
    double ours_pct, tesseract_pct, both_pct;
    char refused[200];
};
MUST_USE int selftest_run(const char *datapath, const char *language, struct selftest *ret_result,
                          struct err *err);

#endif
