/* ocr/tesseract.c - reads a page with Tesseract's LSTM engine, alone in its thread and silent.
 *
 * Tesseract's own OpenMP loops make it many times slower on small machines. The environment
 * variable that forbids them is read before main() and cannot be set from here, so the reader asks
 * libgomp for "no active parallel region" on the very thread that reads: the setting belongs to a
 * thread.
 *
 * Tesseract opens its log at the first message. The log is /dev/null, and both ways of opening
 * provoke a message, so that nothing is left to be opened behind the sandbox. */
#include "ocr/tesseract.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tesseract/capi.h>

#include "ocr/traineddata.h"

#define LANGUAGE_MAX_BYTES 64 /* "vie+eng+chi_sim" and its NUL */
#define ENGINE_MAX_BYTES   48
#define LETTERS            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LANGUAGE_LETTERS   LETTERS "0123456789_"

typedef void set_levels(int levels);

struct tesseract {
    TessBaseAPI *api;                      /* NULL: not started yet, */
    struct bytes model;                    /* the file it will be started with */
    set_levels *omp_set_max_active_levels; /* NULL when Tesseract was built without OpenMP */
    char language[LANGUAGE_MAX_BYTES];
    char engine[ENGINE_MAX_BYTES];
};

void tesseract_close(struct tesseract *tess)
{
    if (!tess)
        return;
    if (tess->api)
        TessBaseAPIDelete(tess->api);
    bytes_done(&tess->model);
    free(tess);
}

void tesseract_closep(struct tesseract **tess)
{
    tesseract_close(*tess);
    *tess = NULL;
}

const char *tesseract_engine(const struct tesseract *tess)
{
    return tess->engine;
}

/* The next of "vie+eng", or false at the end. */
static bool next_language(const char **at, char ret_name[LANGUAGE_MAX_BYTES])
{
    size_t len = strcspn(*at, "+");
    if (len == 0)
        return false;
    memcpy(ret_name, *at, len);
    ret_name[len] = '\0';
    *at += len + ((*at)[len] == '+');
    return true;
}

/* Language names become file names: a slash or a dot must not get there. */
static bool language_ok(const char *language)
{
    size_t len = strlen(language);
    return len > 0 && len < LANGUAGE_MAX_BYTES && strspn(language, LANGUAGE_LETTERS "+") == len &&
           language[0] != '+' && language[len - 1] != '+' && !strstr(language, "++");
}

static int missing(const char *name, struct err *err)
{
    char package[LANGUAGE_MAX_BYTES];
    size_t len = strlen(name);
    memcpy(package, name, len + 1);
    for (size_t i = 0; i < len; i++)
        if (package[i] == '_')
            package[i] = '-'; /* Debian writes chi_sim so */
    return err_set(err, ERR_SYSTEM,
                   "language '%s' cannot be loaded: install the package tesseract-ocr-%s", name,
                   package);
}

static bool is_loaded(char *const *loaded, const char *name)
{
    for (; loaded && *loaded; loaded++)
        if (strcmp(*loaded, name) == 0)
            return true;
    return false;
}

/* Of two languages Tesseract is content with one; a page read without its language is not. */
static int check_loaded(const struct tesseract *tess, bool any, struct err *err)
{
    char name[LANGUAGE_MAX_BYTES];
    char **loaded = any ? TessBaseAPIGetLoadedLanguagesAsVector(tess->api) : NULL;
    int rc = 0;
    for (const char *at = tess->language; rc == 0 && next_language(&at, name);)
        if (!is_loaded(loaded, name))
            rc = missing(name, err);
    if (loaded)
        TessDeleteTextArray(loaded);
    return rc;
}

/* The log's name is one for the whole process: set once, never while another thread reads. */
static bool silence(TessBaseAPI *api)
{
    const char *log = TessBaseAPIGetStringVariable(api, "debug_file");
    return (log && strcmp(log, "/dev/null") == 0) ||
           TessBaseAPISetVariable(api, "debug_file", "/dev/null");
}

/* From the model in memory where there is one, else from the folder of the models. */
static bool load_model(struct tesseract *tess, const char *datapath)
{
    if (tess->model.len == 0)
        return TessBaseAPIInit2(tess->api, datapath, tess->language, OEM_LSTM_ONLY) == 0;
    bool any = TessBaseAPIInit5(tess->api, (const char *)tess->model.data, (int)tess->model.len,
                                tess->language, OEM_LSTM_ONLY, NULL, 0, NULL, NULL, 0, false) == 0;
    if (any)
        bytes_done(&tess->model); /* it has made a copy */
    return any;
}

static int load(struct tesseract *tess, const char *datapath, struct err *err)
{
    tess->api = TessBaseAPICreate();
    if (!tess->api || !silence(tess->api))
        /* UNTESTED: both are there in every Tesseract 5 */
        return err_set(err, ERR_SYSTEM, "tesseract has no log to silence");
    if (check_loaded(tess, load_model(tess, datapath), err) < 0)
        return -1;
    TessBaseAPISetPageSegMode(tess->api, PSM_AUTO);
    /* There is no image yet: this fails at once, says so, and has thereby opened the log. */
    if (TessBaseAPIRecognize(tess->api, NULL) == 0)
        return err_set(err, ERR_SYSTEM, "tesseract reads without an image"); /* UNTESTED: a bug */
    return 0;
}

/* Tesseract has settings and a log that all its handles share, and does not guard them. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

int tesseract_model_path(const char *datapath, const char *language, char *ret_path, size_t size,
                         struct err *err)
{
    if (!language_ok(language) || strchr(language, '+'))
        return err_set(err, ERR_SYSTEM, "'%.100s' is not the name of one language", language);
    TessBaseAPI *api = TessBaseAPICreate();
    int len = -1;
    /* The folder is known once a model was looked for in it; this one is never there. */
    (void)pthread_mutex_lock(&loading);
    if (api && silence(api) && TessBaseAPIInit2(api, datapath, "no-model", OEM_LSTM_ONLY) != 0) {
        const char *folder = TessBaseAPIGetDatapath(api);
        len = snprintf(ret_path, size, "%s/%s.traineddata", folder ? folder : "", language);
    }
    (void)pthread_mutex_unlock(&loading);
    if (api)
        TessBaseAPIDelete(api);
    return len > 0 && (size_t)len < size
               ? 0
               : err_set(err, ERR_SYSTEM, "the folder of the models cannot be told");
}

static struct tesseract *tesseract_new(const char *language, struct err *err)
{
    if (!language_ok(language)) {
        err_set(err, ERR_SYSTEM, "'%.100s' is not a language", language);
        return NULL;
    }
    struct tesseract *tess = calloc(1, sizeof *tess);
    if (!tess) {
        /* UNTESTED: needs the allocator to fail */
        errno = ENOMEM;
        (void)err_sys(err, "open a reader");
        return NULL;
    }
    memcpy(tess->language, language, strlen(language) + 1);
    (void)snprintf(tess->engine, sizeof tess->engine, "tesseract %s", TessVersion());
    *(void **)&tess->omp_set_max_active_levels = dlsym(RTLD_DEFAULT, "omp_set_max_active_levels");
    return tess;
}

static int start(struct tesseract *tess, const char *datapath, struct err *err)
{
    (void)pthread_mutex_lock(&loading);
    int rc = load(tess, datapath, err);
    if (rc < 0 && tess->api) {
        TessBaseAPIDelete(tess->api);
        tess->api = NULL;
    }
    (void)pthread_mutex_unlock(&loading);
    return rc;
}

struct tesseract *tesseract_open(const char *datapath, const char *language, struct err *err)
{
    CLEANUP(tesseract_closep) struct tesseract *tess = tesseract_new(language, err);
    return !tess || start(tess, datapath, err) < 0 ? NULL : TAKE(tess);
}

struct tesseract *tesseract_open_later(const char *path, const char *language, struct err *err)
{
    CLEANUP(tesseract_closep) struct tesseract *tess = tesseract_new(language, err);
    return !tess || traineddata_load(path, &tess->model, err) < 0 ? NULL : TAKE(tess);
}

/* Where the iterator stands: what has begun since the last word that was taken. */
struct place {
    TessResultIterator *words;
    bool new_block, new_line;
};

static struct text_box box_at(const struct place *place, TessPageIteratorLevel level)
{
    int left = 0, top = 0, right = 0, bottom = 0;
    if (!TessPageIteratorBoundingBox(TessResultIteratorGetPageIteratorConst(place->words), level,
                                     &left, &top, &right, &bottom))
        return (struct text_box){0}; /* UNTESTED: a word with letters has a box */
    int w = right - left, h = bottom - top;
    return (struct text_box){left, top, w > 0 ? w : 0, h > 0 ? h : 0};
}

/* Ruled lines and specks become words of one blank: they must not open a line or a block. */
static bool has_letters(const char *chars)
{
    return chars && chars[strspn(chars, " \t\r\n")] != '\0';
}

static int take_word(struct place *place, const char *chars, struct page_text *text,
                     struct err *err)
{
    if (place->new_block && page_text_block(text, box_at(place, RIL_BLOCK), err) < 0)
        return -1;
    if (place->new_line && page_text_line(text, box_at(place, RIL_TEXTLINE), err) < 0)
        return -1;
    place->new_block = place->new_line = false;
    return page_text_word(text, box_at(place, RIL_WORD),
                          TessResultIteratorConfidence(place->words, RIL_WORD), span_of_text(chars),
                          err);
}

static int take_words(struct place *place, struct page_text *text, struct err *err)
{
    const TessPageIterator *at = TessResultIteratorGetPageIteratorConst(place->words);
    int rc = 0;
    do {
        /* |= : where a block begins with a speck, the block is opened by a later word. */
        place->new_block |= TessPageIteratorIsAtBeginningOf(at, RIL_BLOCK) != 0;
        place->new_line |= TessPageIteratorIsAtBeginningOf(at, RIL_TEXTLINE) != 0;
        char *chars = TessResultIteratorGetUTF8Text(place->words, RIL_WORD);
        if (has_letters(chars))
            rc = take_word(place, chars, text, err);
        TessDeleteText(chars);
    } while (rc == 0 && TessResultIteratorNext(place->words, RIL_WORD));
    return rc;
}

/* The iterator is NULL on a page without text, and skips pictures: they have no words. */
static int take_page(struct tesseract *tess, struct page_text *text, struct err *err)
{
    struct place place = {
        .words = TessBaseAPIGetIterator(tess->api), .new_block = true, .new_line = true};
    if (!place.words)
        return 0;
    int rc = take_words(&place, text, err);
    TessResultIteratorDelete(place.words);
    return rc;
}

int tesseract_read(struct tesseract *tess, const struct image *image, struct page_text *ret_text,
                   struct err *err)
{
    struct page_text text = {0};

    if (!tess->api && start(tess, NULL, err) < 0)
        return -1;
    if (tess->omp_set_max_active_levels)
        tess->omp_set_max_active_levels(0);
    TessBaseAPISetImage2(tess->api, image_pix(image)); /* copies the pixels */
    if (image_dpi(image) > 0)
        TessBaseAPISetSourceResolution(tess->api, (int)image_dpi(image));
    int rc = TessBaseAPIRecognize(tess->api, NULL);
    if (rc != 0)
        rc = err_set(err, ERR_SYSTEM, "tesseract cannot recognise the page"); /* UNTESTED: when? */
    else
        rc = take_page(tess, &text, err);
    /* The next page must not be read in the light of this one. */
    TessBaseAPIClear(tess->api);
    TessBaseAPIClearAdaptiveClassifier(tess->api);
    if (rc < 0) {
        page_text_done(&text);
        return -1;
    }
    *ret_text = text;
    return 0;
}
