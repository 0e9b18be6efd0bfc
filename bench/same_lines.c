/* bench/same_lines.c - our recogniser beside Tesseract's on the same pictures of lines: what is
 * left when layout and dictionary are taken away on both sides. */
#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <leptonica/allheaders.h>
#include <tesseract/capi.h>

#include "base/json.h"
#include "bench/score.h"
#include "bench/tool.h"
#include "ocr/fast.h"
#include "ocr/tesseract.h"
#include "ocr/traineddata.h"

#define LANGUAGE            "vie"
#define SKEW_MIN_DEG        0.5F /* Tesseract's rectangles stand straight: the page is turned */
#define SKEW_CONFIDENCE_MIN 3.0F

struct engines {
    struct fast *ours;
    TessBaseAPI *theirs;
    uint64_t lines, same;
    struct score score; /* theirs is taken for the truth */
};

static void engines_done(struct engines *engines)
{
    fast_close(engines->ours);
    if (engines->theirs)
        TessBaseAPIDelete(engines->theirs);
}

/* The parts of a model that are dictionaries: punctuation, words, numbers. Tesseract's own settings
 * load_system_dawg and the like do not reach its LSTM engine (5.3): it is given a model without. */
static int strip_dictionaries(struct bytes *model, struct err *err)
{
    static const enum traineddata_part dictionaries[] = {
        TRAINEDDATA_WORD_DAWG - 1, TRAINEDDATA_WORD_DAWG, TRAINEDDATA_WORD_DAWG + 1};
    for (size_t i = 0; i < ARRAY_LEN(dictionaries); i++) {
        struct span part;
        if (traineddata_part(bytes_span(model), dictionaries[i], &part, err) < 0)
            return -1;
        if (part.len > 0)
            put_le64(model->data + 4 + (size_t)dictionaries[i] * 8, UINT64_MAX); /* -1: absent */
    }
    return 0;
}

static int open_theirs(struct engines *engines, const char *path, struct err *err)
{
    CLEANUP(bytes_done) struct bytes model = {0};
    if (traineddata_load(path, &model, err) < 0 || strip_dictionaries(&model, err) < 0)
        return -1;
    engines->theirs = TessBaseAPICreate();
    if (!TessBaseAPISetVariable(engines->theirs, "debug_file", "/dev/null") ||
        TessBaseAPIInit5(engines->theirs, (const char *)model.data, (int)model.len, LANGUAGE,
                         OEM_LSTM_ONLY, NULL, 0, NULL, NULL, 0, FALSE) != 0)
        return err_set(err, ERR_SYSTEM, "tesseract cannot load '%s' without dictionaries", path);
    TessBaseAPISetPageSegMode(engines->theirs, PSM_RAW_LINE);
    return 0;
}

static int open_engines(struct engines *engines, struct err *err)
{
    char path[PATH_MAX];
    if (tesseract_model_path(NULL, LANGUAGE, path, sizeof path, err) < 0)
        return -1;
    engines->ours = fast_open(path, KERNELS_BEST, err);
    return engines->ours ? open_theirs(engines, path, err) : -1;
}

static int compare_line(struct engines *engines, const struct image *page, struct text_box box,
                        struct err *err)
{
    CLEANUP(bytes_done) struct bytes ours = {0};
    struct score score;
    if (fast_read_line(engines->ours, page, box, false, &ours, err) < 0)
        return -1;
    TessBaseAPISetRectangle(engines->theirs, box.x, box.y, box.w, box.h);
    char *theirs = TessBaseAPIGetUTF8Text(engines->theirs);
    int rc = theirs ? score_page(span_of_text(theirs), bytes_span(&ours), &score, err)
                    : err_set(err, ERR_SYSTEM, "tesseract cannot read a line");
    if (rc == 0) {
        score_add(&engines->score, &score);
        engines->lines++;
        engines->same += score.edits == 0;
    }
    if (rc == 0 && score.edits > 0)
        (void)fprintf(stderr, "ours:   %.*s\ntheirs: %s", (int)ours.len, (const char *)ours.data,
                      theirs);
    TessDeleteText(theirs);
    return rc;
}

/* The page set upright, as before any reading. NULL with *err. */
static struct image *upright_page(const char *path, struct err *err)
{
    struct skew skew;
    PIX *read = pixRead(path), *grey = read ? pixConvertTo8(read, 0) : NULL;
    pixDestroy(&read);
    if (!grey) {
        err_set(err, ERR_INPUT, "cannot read '%s'", path);
        return NULL;
    }
    CLEANUP(image_freep) struct image *page = image_of_pix(grey, err);
    CLEANUP(image_freep) struct image *bilevel = page ? image_binarise(page, err) : NULL;
    if (!bilevel || image_find_skew(bilevel, &skew, err) < 0)
        return NULL;
    if (skew.confidence < SKEW_CONFIDENCE_MIN || fabsf(skew.angle_deg) < SKEW_MIN_DEG)
        return TAKE(page);
    return image_rotate(page, -skew.angle_deg, err);
}

/* The lines of the page that our reader takes for text. */
static int compare_page(struct engines *engines, const char *path, struct err *err)
{
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(image_freep) struct image *page = upright_page(path, err);
    if (!page || fast_read(engines->ours, page, NULL, 0, &text, err) < 0)
        return -1;
    int rc = 0;
    TessBaseAPISetImage2(engines->theirs, image_pix(page));
    for (size_t i = 0; i < text.line_len && rc == 0; i++)
        rc = compare_line(engines, page, text.lines[i].box, err);
    TessBaseAPIClear(engines->theirs);
    return rc;
}

static int no_dot(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int compare_pages(struct engines *engines, const char *dir, uint64_t pages_max,
                         struct err *err)
{
    struct dirent **list = NULL;
    int rc = 0;
    const int found = scandir(dir, &list, no_dot, alphasort);
    if (found < 0)
        return err_sys(err, "list '%s'", dir);
    for (int i = 0; i < found; i++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s", dir, list[i]->d_name);
        if (rc == 0 && (uint64_t)i < pages_max)
            rc = compare_page(engines, path, err);
        free(list[i]);
    }
    free(list);
    return rc;
}

int compare_lines(const char *dir, uint64_t pages_max, struct err *err)
{
    CLEANUP(engines_done) struct engines engines = {0};
    if (open_engines(&engines, err) < 0 || compare_pages(&engines, dir, pages_max, err) < 0)
        return -1;
    return printf("{\"lines\":%llu,\"same\":%llu,\"agreement\":%f}\n",
                  (unsigned long long)engines.lines, (unsigned long long)engines.same,
                  100 * (1 - score_cer(&engines.score))) < 0
               ? err_set(err, ERR_SYSTEM, "cannot write")
               : 0;
}
