/* ocr/fast.c - our own reader: lines are found, read in batches, put into order, made to words. */
#include "ocr/fast.h"

#include <errno.h>
#include <leptonica/allheaders.h>
#include <stdlib.h>
#include <string.h>

#include "ocr/decode.h"
#include "ocr/handwritten.h"
#include "ocr/layout.h"
#include "ocr/line_image.h"
#include "ocr/sift.h"
#include "ocr/traineddata.h"
#include "ocr/uncover.h"

#define LETTERHEAD_SPLITS 4 /* lines of a page that are parted at the national title */

struct fast {
    struct network *network;
    struct lexicon *lexicon;
    struct network_work *work;
};

struct page_job {
    struct fast *fast;
    const struct image *bilevel;
    float skew_deg;            /* how far the image lies askew of it */
    struct image *own_bilevel; /* NULL: the caller's is used */
    struct layout layout;
    struct line_image *images; /* of each line found; owned pixels */
    size_t image_len;
    size_t *by_width; /* lines that have a picture, widest first */
    size_t readable;
    struct reading *readings;
    struct decoded_words words;
    struct bytes letters;
    enum layout_role *roles;
    size_t *order;
};

static void page_job_done(struct page_job *job)
{
    for (size_t i = 0; i < job->image_len; i++)
        free((void *)(uintptr_t)job->images[i].pixels);
    image_free(job->own_bilevel);
    layout_done(&job->layout);
    free(job->images);
    free(job->by_width);
    free(job->readings);
    free(job->words.items);
    bytes_done(&job->letters);
    free(job->roles);
    free(job->order);
}

static void fast_closep(struct fast **fast)
{
    fast_close(*fast);
}

static int load(struct fast *fast, struct span file, enum network_kernels kernels, struct err *err)
{
    struct span network, letters, classes, words;
    if (traineddata_part(file, TRAINEDDATA_LSTM, &network, err) < 0 ||
        traineddata_part(file, TRAINEDDATA_UNICHARSET, &letters, err) < 0 ||
        traineddata_part(file, TRAINEDDATA_RECODER, &classes, err) < 0 ||
        traineddata_part(file, TRAINEDDATA_WORD_DAWG, &words, err) < 0)
        return -1;
    fast->network = network_load(network, err);
    if (!fast->network)
        return -1;
    fast->lexicon = lexicon_load(letters, classes, words, network_classes(fast->network), err);
    fast->work = fast->lexicon ? network_work_new(kernels, err) : NULL;
    return fast->work ? 0 : -1;
}

struct fast *fast_open(const char *path, enum network_kernels kernels, struct err *err)
{
    CLEANUP(bytes_done) struct bytes file = {0};
    CLEANUP(fast_closep) struct fast *fast = calloc(1, sizeof *fast);
    if (!fast) {
        err_sys(err, "open a reader"); /* UNTESTED: memory */
        return NULL;
    }
    if (traineddata_load(path, &file, err) < 0 || load(fast, bytes_span(&file), kernels, err) < 0)
        return NULL;
    return TAKE(fast);
}

void fast_close(struct fast *fast)
{
    if (!fast)
        return;
    network_free(fast->network);
    lexicon_free(fast->lexicon);
    network_work_free(fast->work);
    free(fast);
}

enum network_kernels fast_kernels(const struct fast *fast)
{
    return network_work_kernels(fast->work);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int prepare(struct page_job *job, const struct image *image, struct err *err)
{
    if (!job->bilevel)
        job->bilevel = job->own_bilevel = image_binarise(image, err);
    if (!job->bilevel || layout_find(job->bilevel, &job->layout, err) < 0)
        return -1;
    const size_t n = job->layout.len + LETTERHEAD_SPLITS;
    job->images = calloc(n, sizeof *job->images);
    job->by_width = calloc(n, sizeof *job->by_width);
    job->readings = calloc(n, sizeof *job->readings);
    job->roles = calloc(n, sizeof *job->roles);
    job->order = calloc(n, sizeof *job->order);
    if (!job->images || !job->by_width || !job->readings || !job->roles || !job->order) {
        errno = ENOMEM;
        return err_sys(err, "read the page"); /* UNTESTED: memory */
    }
    for (size_t i = 0; i < job->layout.len; i++) {
        const struct layout_line *line = &job->layout.lines[i];
        if (line_image_make(image, line->box, job->skew_deg, line->inverse, &job->images[i], err) <
            0)
            return -1;
        job->image_len++;
        if (job->images[i].width_px > 0)
            job->by_width[job->readable++] = i;
    }
    return 0;
}

static int wider_first(const void *a, const void *b, void *images)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const struct line_image *of = images;
    if (of[x].width_px != of[y].width_px)
        return of[x].width_px > of[y].width_px ? -1 : 1;
    return (x > y) - (x < y);
}

static struct decoder decoder_of(const struct fast *fast, bool dictionary)
{
    return (struct decoder){.lexicon = fast->lexicon,
                            .null_class = network_null(fast->network),
                            .classes = network_classes(fast->network),
                            .any_word = !dictionary};
}

static int read_lines(struct page_job *job, struct err *err)
{
    const struct fast *fast = job->fast;
    const struct decoder decoder = decoder_of(fast, true);
    qsort_r(job->by_width, job->readable, sizeof *job->by_width, wider_first, job->images);
    for (size_t first = 0; first < job->readable; first += NETWORK_BATCH) {
        struct line_image batch[NETWORK_BATCH];
        struct line_scores scores[NETWORK_BATCH];
        const size_t left = job->readable - first, n = left < NETWORK_BATCH ? left : NETWORK_BATCH;
        for (size_t i = 0; i < n; i++)
            batch[i] = job->images[job->by_width[first + i]];
        if (network_run(fast->network, fast->work, batch, n, scores, err) < 0)
            return -1;
        for (size_t i = 0; i < n; i++) {
            struct reading *reading = &job->readings[job->by_width[first + i]];
            reading->word_first = job->words.len;
            if (decode_line(&decoder, &scores[i], &job->words, &job->letters, err) < 0)
                return -1;
            reading->word_len = job->words.len - reading->word_first;
        }
    }
    return 0;
}

/* What seals and signatures lie over. */
static int uncover(struct page_job *job, const struct image *image, struct err *err)
{
    const struct fast *fast = job->fast;
    const struct uncover with = {.network = fast->network,
                                 .work = fast->work,
                                 .decoder = decoder_of(fast, true),
                                 .image = image,
                                 .skew_deg = job->skew_deg,
                                 .words = &job->words,
                                 .letters = &job->letters};
    return uncover_lines(&with, &job->layout, job->readings, err);
}

/* What clerks wrote into the letterhead. */
static int read_handwritten(struct page_job *job, const struct image *image, struct err *err)
{
    const struct fast *fast = job->fast;
    const struct handwritten with = {.network = fast->network,
                                     .work = fast->work,
                                     .decoder = decoder_of(fast, true),
                                     .image = image,
                                     .bilevel = job->bilevel,
                                     .skew_deg = job->skew_deg,
                                     .words = &job->words,
                                     .letters = &job->letters};
    return handwritten_lines(&with, &job->layout, job->readings, err);
}

/* Does the word begin so? What follows is punctuation, or misread. */
static bool word_is(const struct page_job *job, const struct decoded_word *word, const char *text)
{
    const struct span is = decoded_letters(&job->letters, word), want = span_of_text(text);
    return is.len >= want.len && memcmp(is.data, want.data, want.len) == 0;
}

/* The two lines of the national title begin like this (Decree 30/2020/ND-CP, annex I, part I): what
 * stands before them in one line is the issuer's, however near. */
static const char *const title_words[][2] = {{"CỘNG", "HÒA"}, {"CỘNG", "HOÀ"}, {"Độc", "lập"}};

static bool is_title(const struct page_job *job, const struct decoded_word *two)
{
    for (size_t t = 0; t < ARRAY_LEN(title_words); t++)
        if (word_is(job, &two[0], title_words[t][0]) && word_is(job, &two[1], title_words[t][1]))
            return true;
    return false;
}

static size_t title_in(const struct page_job *job, const struct reading *reading)
{
    for (size_t k = 1; k + 1 < reading->word_len; k++)
        if (is_title(job, &job->words.items[reading->word_first + k]))
            return k;
    return 0;
}

/* Parts lines in which issuer and national title were taken for one. */
static int split_letterhead(struct page_job *job, struct err *err)
{
    size_t splits = 0;
    const size_t len = job->layout.len;
    for (size_t i = 0; i < len && splits < LETTERHEAD_SPLITS; i++) {
        const size_t k = title_in(job, &job->readings[i]);
        if (k == 0)
            continue;
        struct layout_line *right = layout_grow(&job->layout, err);
        if (!right)
            return -1;
        struct layout_line *left = &job->layout.lines[i];
        struct reading *reading = &job->readings[i];
        const struct decoded_word *words = &job->words.items[reading->word_first];
        size_t kept = k;
        while (kept > 1 && sift_weight(decoded_letters(&job->letters, &words[kept - 1])) == 0)
            kept--; /* the network takes a wide gap for a dash */
        const int32_t at = (int32_t)(words[k].first_step * line_image_px_per_step(left->box));
        const int32_t end = (int32_t)(words[kept - 1].end_step * line_image_px_per_step(left->box));
        *right = *left;
        right->box.x += at;
        right->box.w -= at;
        right->cut_px = at;
        left->box.w = end;
        job->readings[len + splits++] = (struct reading){.word_first = reading->word_first + k,
                                                         .word_len = reading->word_len - k};
        reading->word_len = kept;
    }
    return 0;
}

/* The words by which Decree 30/2020/ND-CP, annex I, begins the number ("Số:"), the addressee
 * ("Kính gửi:") and the recipients ("Nơi nhận:"), and writes the date ("..., ngày ... tháng ... năm
 * ..."). */
static void find_roles(struct page_job *job)
{
    for (size_t i = 0; i < job->layout.len; i++) {
        const struct reading *reading = &job->readings[i];
        bool day = false, month = false;
        for (size_t k = 0; k < reading->word_len; k++) {
            const struct decoded_word *word = &job->words.items[reading->word_first + k];
            if (k == 1 && is_title(job, word - 1))
                job->roles[i] = LAYOUT_TITLE;
            if (k == 0 && (word_is(job, word, "Số") || word_is(job, word, "số:")))
                job->roles[i] = LAYOUT_NUMBER;
            if (k == 1 && word_is(job, word - 1, "Nơi") && word_is(job, word, "nhận"))
                job->roles[i] = LAYOUT_RECIPIENTS;
            if (k == 1 && word_is(job, word - 1, "Kính") && word_is(job, word, "gửi"))
                job->roles[i] = LAYOUT_ADDRESSEE;
            day |= word_is(job, word, "ngày");
            month |= word_is(job, word, "tháng");
        }
        if (day && month && reading->word_len < 12)
            job->roles[i] = LAYOUT_DATE;
    }
}

/* The smallest box around the ink inside a box; the box itself where there is none. */
static struct text_box tightened(PIX *bilevel, struct text_box box)
{
    BOX *around = boxCreate(box.x, box.y, box.w, box.h), *tight = NULL;
    if (around && pixClipBoxToForeground(bilevel, around, NULL, &tight) == 0 && tight)
        (void)boxGetGeometry(tight, &box.x, &box.y, &box.w, &box.h);
    boxDestroy(&around);
    boxDestroy(&tight);
    return box;
}

static int add_words(const struct page_job *job, const struct layout_line *line,
                     const struct reading *reading, struct page_text *text, struct err *err)
{
    const double step_px = line_image_px_per_step(line->box);
    for (size_t k = 0; k < reading->word_len; k++) {
        const struct decoded_word *word = &job->words.items[reading->word_first + k];
        struct text_box box = line->box;
        box.x += (int32_t)(word->first_step * step_px) - line->cut_px;
        box.w = (int32_t)((word->end_step - word->first_step) * step_px + 0.5);
        if (page_text_word(text, tightened(image_pix(job->bilevel), box), word->confidence,
                           decoded_letters(&job->letters, word), err) < 0)
            return -1;
    }
    return 0;
}

/* The box around the lines of a block from `first` on. */
static struct text_box block_box(const struct layout *layout, size_t first)
{
    struct text_box box = layout->lines[first].box;
    for (size_t i = first + 1;
         i < layout->len && layout->lines[i].block == layout->lines[first].block; i++)
        box = text_box_around(box, layout->lines[i].box);
    return box;
}

/* The box around a line and what goes on in its row. */
static struct text_box row_box(const struct layout *layout, size_t first)
{
    struct text_box box = layout->lines[first].box;
    for (size_t i = first + 1; i < layout->len && layout->lines[i].goes_on; i++)
        box = text_box_around(box, layout->lines[i].box);
    return box;
}

static int assemble(struct page_job *job, struct page_text *text, struct err *err)
{
    uint32_t block = UINT32_MAX;
    for (size_t i = 0; i < job->layout.len; i++) {
        const struct layout_line *line = &job->layout.lines[i];
        const struct reading *reading = &job->readings[job->order[i]];
        if (line->block != block && page_text_block(text, block_box(&job->layout, i), err) < 0)
            return -1;
        block = line->block;
        if ((!line->goes_on && page_text_line(text, row_box(&job->layout, i), err) < 0) ||
            add_words(job, line, reading, text, err) < 0)
            return -1;
    }
    return 0;
}

int fast_read(struct fast *fast, const struct image *image, const struct image *bilevel,
              float skew_deg, struct page_text *ret_text, struct err *err)
{
    CLEANUP(page_job_done)
    struct page_job job = {.fast = fast, .bilevel = bilevel, .skew_deg = skew_deg};
    CLEANUP(page_text_done) struct page_text text = {0};
    if (prepare(&job, image, err) < 0 || read_lines(&job, err) < 0 || uncover(&job, image, err) < 0)
        return -1;
    sift_lines(&job.layout, job.readings, job.words.items, &job.letters);
    if (split_letterhead(&job, err) < 0 || read_handwritten(&job, image, err) < 0)
        return -1;
    find_roles(&job);
    if (layout_order(&job.layout, job.roles, job.order, err) < 0 || assemble(&job, &text, err) < 0)
        return -1;
    *ret_text = text;
    text = (struct page_text){0};
    return 0;
}

/* --- one line --------------------------------------------------------------------------------- */

struct line_job {
    struct line_image image;
    struct decoded_words words;
    struct bytes letters;
};

static void line_job_done(struct line_job *job)
{
    free((void *)(uintptr_t)job->image.pixels);
    free(job->words.items);
    bytes_done(&job->letters);
}

int fast_read_line(struct fast *fast, const struct image *image, struct text_box box,
                   bool dictionary, struct bytes *text, struct err *err)
{
    CLEANUP(line_job_done) struct line_job job = {.words = {0}};
    const struct decoder decoder = decoder_of(fast, dictionary);
    struct line_scores scores;
    if (line_image_make(image, box, 0, false, &job.image, err) < 0)
        return -1;
    if (job.image.width_px == 0)
        return 0;
    if (network_run(fast->network, fast->work, &job.image, 1, &scores, err) < 0 ||
        decode_line(&decoder, &scores, &job.words, &job.letters, err) < 0)
        return -1;
    for (size_t i = 0; i < job.words.len; i++) {
        const struct span letters = decoded_letters(&job.letters, &job.words.items[i]);
        if ((i > 0 && bytes_append(text, span_of_text(" "), err) < 0) ||
            bytes_append(text, letters, err) < 0)
            return -1;
    }
    return 0;
}
