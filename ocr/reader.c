/* ocr/reader.c - which engine reads a page. */
#include "ocr/reader.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ocr/fast.h"
#include "ocr/selftest.h"
#include "ocr/tesseract.h"

#define LANGUAGE_MAX_BYTES 64

struct reader {
    struct fast *fast; /* one of both */
    struct tesseract *tesseract;
    char language[LANGUAGE_MAX_BYTES];
};

/* A new model or library may read otherwise than what this was built and measured with: it is taken
 * unasked only when it reads the built-in lines. */
static bool is_trusted(const struct reader *reader, const char *language, struct err *err)
{
    double agreement = 0;
    return selftest_fast(reader->fast, language, &agreement, err) == 0 &&
           agreement >= SELFTEST_AGREE_MIN;
}

static int open_fast(struct reader *reader, const char *datapath, const char *language,
                     enum reader_choice choice, struct err *err)
{
    char path[PATH_MAX];
    if (tesseract_model_path(datapath, language, path, sizeof path, err) < 0)
        return -1;
    reader->fast = fast_open(path, KERNELS_BEST, err);
    if (!reader->fast)
        return -1;
    return choice == READER_FAST || is_trusted(reader, language, err) ? 0 : -1;
}

struct reader *reader_open(const char *datapath, const char *language, enum reader_choice choice,
                           struct err *err)
{
    CLEANUP(reader_closep) struct reader *reader = calloc(1, sizeof *reader);
    struct err why = {0};
    if (!reader) {
        err_sys(err, "open a reader"); /* UNTESTED: needs the allocator to fail */
        return NULL;
    }
    (void)snprintf(reader->language, sizeof reader->language, "%s", language);
    if (choice != READER_TESSERACT && open_fast(reader, datapath, language, choice, &why) == 0)
        return TAKE(reader);
    fast_close(reader->fast);
    reader->fast = NULL;
    /* Also where only ours is wanted: Tesseract knows which package a missing language is in. */
    reader->tesseract = tesseract_open(datapath, language, err);
    if (!reader->tesseract)
        return NULL;
    if (choice == READER_FAST) {
        err_set(err, ERR_SYSTEM, "language '%.60s': %.160s", language, why.text);
        return NULL;
    }
    return TAKE(reader);
}

void reader_close(struct reader *reader)
{
    if (!reader)
        return;
    fast_close(reader->fast);
    tesseract_close(reader->tesseract);
    free(reader);
}

void reader_closep(struct reader **reader)
{
    reader_close(*reader);
    *reader = NULL;
}

const char *reader_engine(const struct reader *reader)
{
    return reader->fast ? "sohoa " SOHOA_VERSION : tesseract_engine(reader->tesseract);
}

const char *reader_language(const struct reader *reader)
{
    return reader->language;
}

bool reader_is_fast(const struct reader *reader)
{
    return reader->fast != NULL;
}

int reader_read(struct reader *reader, const struct image *image, const struct image *bilevel,
                float skew_deg, struct page_text *ret_text, struct err *err)
{
    return reader->fast ? fast_read(reader->fast, image, bilevel, skew_deg, ret_text, err)
                        : tesseract_read(reader->tesseract, image, ret_text, err);
}
