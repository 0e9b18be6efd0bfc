/* ocr/tesseract.c - reads a page with Tesseract's LSTM engine, alone in its thread and silent.
 *
 * Tesseract's own OpenMP loops make it many times slower on small machines. The environment
 * variable that forbids them is read before main() and cannot be set from here, so the reader asks
 * libgomp for "no active parallel region" on the very thread that reads: the setting belongs to a
 * thread.
 *
 * Tesseract opens its log at the first message. The log is /dev/null, and opening a reader provokes
 * a message, so that nothing is left to be opened behind the sandbox. */
#include "ocr/tesseract.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ocr/tesseract_library.h"

#define LANGUAGE_MAX_BYTES 64 /* "vie+eng+chi_sim" and its NUL */
#define ENGINE_MAX_BYTES   48
#define LETTERS            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LANGUAGE_LETTERS   LETTERS "0123456789_"
#define MODELS_FOLDER      "/usr/share/tesseract-ocr/5/tessdata" /* Debian's; else Tesseract says */

struct tesseract {
    struct tesseract_library lib;
    TessBaseAPI *api;
    char language[LANGUAGE_MAX_BYTES];
    char engine[ENGINE_MAX_BYTES];
};

void tesseract_close(struct tesseract *tess)
{
    if (!tess)
        return;
    if (tess->api)
        tess->lib.TessBaseAPIDelete(tess->api);
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
    char **loaded = any ? tess->lib.TessBaseAPIGetLoadedLanguagesAsVector(tess->api) : NULL;
    int rc = 0;
    for (const char *at = tess->language; rc == 0 && next_language(&at, name);)
        if (!is_loaded(loaded, name))
            rc = missing(name, err);
    if (loaded)
        tess->lib.TessDeleteTextArray(loaded);
    return rc;
}

/* The log's name is one for the whole process: set once, never while another thread reads. */
static bool silence(const struct tesseract_library *lib, TessBaseAPI *api)
{
    const char *log = lib->TessBaseAPIGetStringVariable(api, "debug_file");
    return (log && strcmp(log, "/dev/null") == 0) ||
           lib->TessBaseAPISetVariable(api, "debug_file", "/dev/null");
}

static int load_model(struct tesseract *tess, const char *datapath, struct err *err)
{
    const struct tesseract_library *lib = &tess->lib;
    tess->api = lib->TessBaseAPICreate();
    if (!tess->api || !silence(lib, tess->api))
        /* UNTESTED: both are there in every Tesseract 5 */
        return err_set(err, ERR_SYSTEM, "tesseract has no log to silence");
    bool any = lib->TessBaseAPIInit2(tess->api, datapath, tess->language, OEM_LSTM_ONLY) == 0;
    if (check_loaded(tess, any, err) < 0)
        return -1;
    lib->TessBaseAPISetPageSegMode(tess->api, PSM_AUTO);
    /* There is no image yet: this fails at once, says so, and has thereby opened the log. */
    if (lib->TessBaseAPIRecognize(tess->api, NULL) == 0)
        return err_set(err, ERR_SYSTEM, "tesseract reads without an image"); /* UNTESTED: a bug */
    return 0;
}

/* Tesseract has settings and a log that all its handles share, and does not guard them. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/* The folder is known once a model was looked for in it; this one is never there. */
static int ask_model_path(const char *language, char *ret_path, size_t size, struct err *err)
{
    struct tesseract_library lib;
    int len = -1;
    if (tesseract_library_load(&lib, err) < 0)
        return -1;
    TessBaseAPI *api = lib.TessBaseAPICreate();
    (void)pthread_mutex_lock(&loading);
    if (api && silence(&lib, api) &&
        lib.TessBaseAPIInit2(api, NULL, "no-model", OEM_LSTM_ONLY) != 0) {
        const char *folder = lib.TessBaseAPIGetDatapath(api);
        len = snprintf(ret_path, size, "%s/%s.traineddata", folder ? folder : "", language);
    }
    (void)pthread_mutex_unlock(&loading);
    if (api)
        lib.TessBaseAPIDelete(api);
    return len > 0 && (size_t)len < size
               ? 0
               : err_set(err, ERR_SYSTEM, "the folder of the models cannot be told");
}

int tesseract_model_path(const char *datapath, const char *language, char *ret_path, size_t size,
                         struct err *err)
{
    if (!language_ok(language) || strchr(language, '+'))
        return err_set(err, ERR_SYSTEM, "'%.100s' is not the name of one language", language);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it */
    const char *folder = datapath ? datapath : getenv("TESSDATA_PREFIX");
    if (folder && !folder[0])
        folder = NULL;
    const int len =
        snprintf(ret_path, size, "%s/%s.traineddata", folder ? folder : MODELS_FOLDER, language);
    if (len < 0 || (size_t)len >= size)
        return err_set(err, ERR_SYSTEM, "the folder of the models has too long a name");
    return folder || access(ret_path, R_OK) == 0 ? 0
                                                 : ask_model_path(language, ret_path, size, err);
}

struct tesseract *tesseract_open(const char *datapath, const char *language, struct err *err)
{
    if (!language_ok(language)) {
        err_set(err, ERR_SYSTEM, "'%.100s' is not a language", language);
        return NULL;
    }
    CLEANUP(tesseract_closep) struct tesseract *tess = calloc(1, sizeof *tess);
    if (!tess) {
        /* UNTESTED: needs the allocator to fail */
        errno = ENOMEM;
        (void)err_sys(err, "open a reader");
        return NULL;
    }
    if (tesseract_library_load(&tess->lib, err) < 0)
        return NULL;
    memcpy(tess->language, language, strlen(language) + 1);
    (void)snprintf(tess->engine, sizeof tess->engine, "tesseract %s", tess->lib.TessVersion());
    (void)pthread_mutex_lock(&loading);
    int rc = load_model(tess, datapath, err);
    (void)pthread_mutex_unlock(&loading);
    return rc < 0 ? NULL : TAKE(tess);
}

/* Where the iterator stands: what has begun since the last word that was taken. */
struct place {
    const struct tesseract_library *lib;
    TessResultIterator *words;
    const TessPageIterator *at; /* the same, as seen by functions of boxes */
    bool new_block, new_line;
};

static struct text_box box_at(const struct place *place, TessPageIteratorLevel level)
{
    int left = 0, top = 0, right = 0, bottom = 0;
    if (!place->lib->TessPageIteratorBoundingBox(place->at, level, &left, &top, &right, &bottom))
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
                          place->lib->TessResultIteratorConfidence(place->words, RIL_WORD),
                          span_of_text(chars), err);
}

static int take_words(struct place *place, struct page_text *text, struct err *err)
{
    const struct tesseract_library *lib = place->lib;
    int rc = 0;
    do {
        /* |= : where a block begins with a speck, the block is opened by a later word. */
        place->new_block |= lib->TessPageIteratorIsAtBeginningOf(place->at, RIL_BLOCK) != 0;
        place->new_line |= lib->TessPageIteratorIsAtBeginningOf(place->at, RIL_TEXTLINE) != 0;
        char *chars = lib->TessResultIteratorGetUTF8Text(place->words, RIL_WORD);
        if (has_letters(chars))
            rc = take_word(place, chars, text, err);
        lib->TessDeleteText(chars);
    } while (rc == 0 && lib->TessResultIteratorNext(place->words, RIL_WORD));
    return rc;
}

/* The iterator is NULL on a page without text, and skips pictures: they have no words. */
static int take_page(struct tesseract *tess, struct page_text *text, struct err *err)
{
    const struct tesseract_library *lib = &tess->lib;
    struct place place = {.lib = lib,
                          .words = lib->TessBaseAPIGetIterator(tess->api),
                          .new_block = true,
                          .new_line = true};
    if (!place.words)
        return 0;
    place.at = lib->TessResultIteratorGetPageIteratorConst(place.words);
    int rc = take_words(&place, text, err);
    lib->TessResultIteratorDelete(place.words);
    return rc;
}

int tesseract_read(struct tesseract *tess, const struct image *image, struct page_text *ret_text,
                   struct err *err)
{
    const struct tesseract_library *lib = &tess->lib;
    struct page_text text = {0};

    if (lib->omp_set_max_active_levels)
        lib->omp_set_max_active_levels(0);
    lib->TessBaseAPISetImage2(tess->api, image_pix(image)); /* copies the pixels */
    if (image_dpi(image) > 0)
        lib->TessBaseAPISetSourceResolution(tess->api, (int)image_dpi(image));
    int rc = lib->TessBaseAPIRecognize(tess->api, NULL);
    if (rc != 0)
        rc = err_set(err, ERR_SYSTEM, "tesseract cannot recognise the page"); /* UNTESTED: when? */
    else
        rc = take_page(tess, &text, err);
    /* The next page must not be read in the light of this one. */
    lib->TessBaseAPIClear(tess->api);
    lib->TessBaseAPIClearAdaptiveClassifier(tess->api);
    if (rc < 0) {
        page_text_done(&text);
        return -1;
    }
    *ret_text = text;
    return 0;
}
