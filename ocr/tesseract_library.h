/* ocr/tesseract_library.h - the functions of Tesseract's C interface, from a library that is loaded
 * when it is first wanted.
 *
 * Nothing is linked with it: it brings two dozen more libraries, and most runs read no page with
 * it. */
#ifndef OCR_TESSERACT_LIBRARY_H
#define OCR_TESSERACT_LIBRARY_H

#include <tesseract/capi.h>

#include "base/err.h"

#define TESSERACT_FUNCTIONS(F)                                                                     \
    F(TessVersion)                                                                                 \
    F(TessBaseAPICreate)                                                                           \
    F(TessBaseAPIDelete)                                                                           \
    F(TessBaseAPIInit2)                                                                            \
    F(TessBaseAPIGetDatapath)                                                                      \
    F(TessBaseAPIGetLoadedLanguagesAsVector)                                                       \
    F(TessBaseAPIGetStringVariable)                                                                \
    F(TessBaseAPISetVariable)                                                                      \
    F(TessBaseAPISetPageSegMode)                                                                   \
    F(TessBaseAPISetImage2)                                                                        \
    F(TessBaseAPISetSourceResolution)                                                              \
    F(TessBaseAPIRecognize)                                                                        \
    F(TessBaseAPIClear)                                                                            \
    F(TessBaseAPIClearAdaptiveClassifier)                                                          \
    F(TessBaseAPIGetIterator)                                                                      \
    F(TessResultIteratorDelete)                                                                    \
    F(TessResultIteratorNext)                                                                      \
    F(TessResultIteratorGetUTF8Text)                                                               \
    F(TessResultIteratorConfidence)                                                                \
    F(TessResultIteratorGetPageIteratorConst)                                                      \
    F(TessPageIteratorBoundingBox)                                                                 \
    F(TessPageIteratorIsAtBeginningOf)                                                             \
    F(TessDeleteText)                                                                              \
    F(TessDeleteTextArray)

#define TESSERACT_POINTER(name) __typeof__(name) *name;

struct tesseract_library {
    TESSERACT_FUNCTIONS(TESSERACT_POINTER)
    /* libgomp's; NULL when Tesseract was built without OpenMP. */
    void (*omp_set_max_active_levels)(int levels);
};

/* Loads the library, 8 ms the first time; it stays until the process ends. ERR_SYSTEM when it is
 * not installed (the text says which package has it) or lacks a function. */
MUST_USE int tesseract_library_load(struct tesseract_library *ret_library, struct err *err);

#endif
