/* ocr/selftest.c - does a reader read what we know to be on a page? */
#include "ocr/selftest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/scan.h"
#include "ocr/selftest_pages.h"

#define LETTERS_MAX 4096u

/* --- agreement -------------------------------------------------------------------------------- */

struct letters {
    uint32_t items[LETTERS_MAX];
    size_t len;
};

/* Code points, runs of white space as one blank, none at the ends. What is no UTF-8 counts byte by
 * byte. */
static bool letters_of(struct span text, struct letters *ret)
{
    ret->len = 0;
    bool blank = false;
    for (size_t i = 0; i < text.len;) {
        uint32_t c = text.data[i++];
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
            blank = ret->len > 0;
            continue;
        }
        while (c >= 0xc0 && i < text.len && (text.data[i] & 0xc0) == 0x80)
            c = c << 6 | (text.data[i++] & 0x3f);
        if (ret->len + 2 > LETTERS_MAX)
            return false;
        if (blank)
            ret->items[ret->len++] = ' ';
        blank = false;
        ret->items[ret->len++] = c;
    }
    return true;
}

/* Levenshtein's distance. */
static size_t edits(const struct letters *a, const struct letters *b, size_t *row)
{
    for (size_t j = 0; j <= b->len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a->len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b->len; j++) {
            const size_t above = row[j];
            size_t least = corner + (a->items[i - 1] != b->items[j - 1]);
            least = above + 1 < least ? above + 1 : least;
            least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
            row[j] = least;
            corner = above;
        }
    }
    return row[b->len];
}

struct comparison {
    struct letters want, got;
    size_t row[LETTERS_MAX + 1];
};

int selftest_agreement(struct span want, struct span got, double *ret_pct, struct err *err)
{
    struct comparison *c = calloc(1, sizeof *c);
    if (!c)
        return err_sys(err, "compare texts"); /* UNTESTED: memory */
    int rc = letters_of(want, &c->want) && letters_of(got, &c->got)
                 ? 0
                 : err_input(err, REASON_TOO_MUCH_TEXT, "more than %u letters", LETTERS_MAX);
    if (rc == 0) {
        const size_t wrong = edits(&c->want, &c->got, c->row);
        const size_t all = c->want.len > 0 ? c->want.len : 1;
        *ret_pct = wrong >= all && wrong > 0 ? 0 : 100.0 * (double)(all - wrong) / (double)all;
    }
    free(c);
    return rc;
}

/* --- pages ------------------------------------------------------------------------------------ */

struct image *selftest_page(const char *language, const char **ret_text, struct err *err)
{
    static const struct scan_limits limits = {
        .pixels_max = 10000000, .side_max_px = 10000, .pages_max = 1};
    for (size_t i = 0; i < ARRAY_LEN(selftest_pages); i++) {
        const struct selftest_page *page = &selftest_pages[i];
        if (strcmp(language, page->language) != 0)
            continue;
        CLEANUP(scan_closep)
        struct scan *scan = scan_open(span_of(page->tiff, page->len), &limits, err);
        *ret_text = page->text;
        return scan ? scan_decode(scan, 0, SCAN_GREY, err) : NULL;
    }
    *ret_text = NULL;
    return NULL;
}

int selftest_fast(struct fast *fast, const char *language, double *ret_pct, struct err *err)
{
    const char *want;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes plain = {0};
    CLEANUP(image_freep) struct image *page = selftest_page(language, &want, err);
    if (!page && want)
        return -1; /* UNTESTED: the page is built in */
    if (!page) {
        *ret_pct = 100;
        return 0;
    }
    if (fast_read(fast, page, NULL, 0, &text, err) < 0 || page_text_plain(&text, &plain, err) < 0)
        return -1;
    return selftest_agreement(span_of_text(want), bytes_span(&plain), ret_pct, err);
}

static int read_with(const char *datapath, const char *language, enum reader_choice choice,
                     struct bytes *ret_plain, struct err *err)
{
    const char *want;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(reader_closep) struct reader *reader = reader_open(datapath, language, choice, err);
    CLEANUP(image_freep) struct image *page = reader ? selftest_page(language, &want, err) : NULL;
    if (!page)
        return -1;
    return reader_read(reader, page, NULL, 0, &text, err) < 0
               ? -1
               : page_text_plain(&text, ret_plain, err);
}

int selftest_run(const char *datapath, const char *language, struct selftest *ret_result,
                 struct err *err)
{
    const char *want;
    struct err why = {0};
    struct selftest result = {.ours_pct = 0};
    CLEANUP(bytes_done) struct bytes ours = {0}, theirs = {0};
    CLEANUP(image_freep) struct image *page = selftest_page(language, &want, err);
    if (!want)
        return err_set(err, ERR_SYSTEM, "there are no built-in lines for language '%.60s'",
                       language);
    if (!page || read_with(datapath, language, READER_TESSERACT, &theirs, err) < 0 ||
        selftest_agreement(span_of_text(want), bytes_span(&theirs), &result.tesseract_pct, err) < 0)
        return -1;
    if (read_with(datapath, language, READER_FAST, &ours, &why) < 0)
        (void)snprintf(result.refused, sizeof result.refused, "%.190s", why.text);
    else if (selftest_agreement(span_of_text(want), bytes_span(&ours), &result.ours_pct, err) < 0 ||
             selftest_agreement(bytes_span(&theirs), bytes_span(&ours), &result.both_pct, err) < 0)
        return -1;
    *ret_result = result;
    return 0;
}
