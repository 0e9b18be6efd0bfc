/* tests/unit/models.h - where the packaged models are. */
#ifndef TESTS_UNIT_MODELS_H
#define TESTS_UNIT_MODELS_H

#include <limits.h>

#include "ocr/tesseract.h"
#include "tests/unit/test.h"

/* Fills ret_path, and returns it, with where readers look for the model of a language. */
static inline const char *model_path(const char *language, char ret_path[PATH_MAX])
{
    struct err err = {0};
    assert_ok(tesseract_model_path(NULL, language, ret_path, PATH_MAX, &err), err);
    return ret_path;
}

#endif
