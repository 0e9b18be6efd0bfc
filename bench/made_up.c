/* bench/made_up.c - an archive of made-up pages, and questions about them. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/text.h"
#include "bench/made_up.h"
#include "bench/stats.h"
#include "ocr/alto.h"
#include "records/index.h"
#include "records/page_record.h"
#include "records/search.h"
#include "records/source_record.h"

#define PAGE_LINES     25u
#define LINE_WORDS     9u
#define PAGE_WORDS     (PAGE_LINES * LINE_WORDS)
#define WORD_BYTES_MAX 24u
#define PAGE_WIDTH_PX  2480
#define PAGE_HEIGHT_PX 3508
#define LINE_STEP_PX   125
#define WORD_STEP_PX   250
#define QUERIES_MAX    10000u
#define ANSWERS        20u

/* Syllables as Vietnamese makes them: an onset and a rime. 24 x 40 of them, most common first. */
static const char *const onsets[] = {"",   "c", "đ", "h", "t",  "v",  "l",  "th",
                                     "ch", "n", "m", "b", "tr", "ng", "kh", "nh",
                                     "ph", "s", "q", "d", "g",  "x",  "r",  "gi"};
static const char *const rimes[] = {"ủa",   "ông",  "inh", "ác",  "ược", "à",   "ồng", "iệt",
                                    "uyết", "ịnh",  "ấn",  "ân",  "ơn",  "iên", "ội",  "ố",
                                    "ày",   "áng",  "ăm",  "ơ",   "ế",   "ài",  "ự",   "ộng",
                                    "ước",  "ương", "ản",  "ời",  "ình", "iếu", "uản", "ý",
                                    "ổ",    "ách",  "ệm",  "oạt", "uận", "ẩm",  "ữ",   "ong"};
#define VOCABULARY (ARRAY_LEN(onsets) * ARRAY_LEN(rimes))

/* Word frequencies fall as people's do (Zipf): the rank is VOCABULARY to the power of a uniform
 * number, so every doubling of the rank is equally likely. One word in 32 is a number of its own.
 */
static size_t rank_of(uint64_t noise)
{
    size_t rank = 1;
    double share = (double)(noise >> 11) / 9007199254740992.0 * 9.9; /* log2 of VOCABULARY */
    while (share >= 1) {
        rank *= 2;
        share -= 1;
    }
    rank += (size_t)(share * (double)rank);
    return rank - 1 < VOCABULARY ? rank - 1 : VOCABULARY - 1;
}

static void word_of(uint64_t page, unsigned at, char ret_word[WORD_BYTES_MAX])
{
    uint64_t state = page * 1000003u + at;
    uint64_t noise = noise_next(&state);
    if (noise % 32 == 0) {
        (void)snprintf(ret_word, WORD_BYTES_MAX, "%llu",
                       (unsigned long long)(noise_next(&state) % 1000000));
        return;
    }
    size_t rank = rank_of(noise);
    (void)snprintf(ret_word, WORD_BYTES_MAX, "%s%s", onsets[rank % ARRAY_LEN(onsets)],
                   rimes[rank / ARRAY_LEN(onsets)]);
}

static int text_of(uint64_t number, struct page_text *text, struct err *err)
{
    const struct text_box all = {100, 100, PAGE_WIDTH_PX - 200, PAGE_HEIGHT_PX - 200};
    if (page_text_block(text, all, err) < 0)
        return -1;
    for (unsigned at = 0; at < PAGE_WORDS; at++) {
        char word[WORD_BYTES_MAX];
        int32_t y = 100 + (int32_t)(at / LINE_WORDS) * LINE_STEP_PX;
        int32_t x = 100 + (int32_t)(at % LINE_WORDS) * WORD_STEP_PX;
        const struct text_box line = {100, y, PAGE_WIDTH_PX - 200, 50};
        const struct text_box box = {x, y, WORD_STEP_PX - 40, 50};
        if (at % LINE_WORDS == 0 && page_text_line(text, line, err) < 0)
            return -1;
        word_of(number, at, word);
        if (page_text_word(text, box, 95, span_of_text(word), err) < 0)
            return -1;
    }
    return 0;
}

static void empty(struct group_raw *group)
{
    for (size_t i = 0; i < group->len; i++) {
        object_done(&group->objects[i]);
        bytes_done(&group->raws[i]);
    }
    group->len = 0;
}

int group_add(struct group_raw *group, enum object_type type, struct bytes *raw,
              struct digest *ret_id, struct err *err)
{
    size_t at = group->len;
    group->raws[at] = *raw;
    *raw = (struct bytes){0};
    if (object_prepare(&group->objects[at], type, bytes_span(&group->raws[at]), true, NULL, err) <
        0) {
        bytes_done(&group->raws[at]);
        return -1;
    }
    *ret_id = group->objects[at].id;
    group->len++;
    return 0;
}

static int add_text(struct group_raw *group, uint64_t number, struct page_record *page,
                    struct err *err)
{
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    const struct alto_page about = {.engine = page->engine,
                                    .language = page->language,
                                    .width_px = page->width_px,
                                    .height_px = page->height_px};
    page->has_alto = true;
    if (text_of(number, &text, err) < 0 || alto_write(&text, &about, &alto, err) < 0)
        return -1;
    return group_add(group, OBJECT_BLOB, &alto, &page->alto, err);
}

static int add_page(struct group_raw *group, uint64_t number, struct digest *ret_source,
                    struct err *err)
{
    CLEANUP(bytes_done) struct bytes bytes = {0};
    struct page_record page = {.status = PAGE_OK,
                               .width_px = PAGE_WIDTH_PX,
                               .height_px = PAGE_HEIGHT_PX,
                               .dpi = 300,
                               .confidence = 95,
                               .engine = "made up",
                               .language = "vie"};
    struct digest page_id, ignored;
    char name[64];
    (void)snprintf(name, sizeof name, "made-up/%08llu.tif", (unsigned long long)number);
    struct source_record source = {
        .path = name, .format = "tiff", .page_len = 1, .pages = &page_id};
    if (bytes_append(&bytes, span_of_text(name), err) < 0)
        return -1;
    source.size_bytes = bytes.len;
    if (group_add(group, OBJECT_BLOB, &bytes, &source.id, err) < 0)
        return -1;
    page.source = *ret_source = source.id;
    if (add_text(group, number, &page, err) < 0 || page_record_write(&page, &bytes, err) < 0 ||
        group_add(group, OBJECT_META, &bytes, &page_id, err) < 0 ||
        source_record_write(&source, &bytes, err) < 0)
        return -1;
    return group_add(group, OBJECT_META, &bytes, &ignored, err);
}

static int commit_pages(struct opened *opened, struct group_raw *group, struct err *err)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (archive_commit(opened->archive, group->objects, group->len,
                       (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, group->places, err) < 0 ||
        index_catch_up(opened->archive, opened->catalogue, NULL, err) < 0)
        return -1;
    empty(group);
    return 0;
}

/* A group on its way: the next is made while the archive takes this one. */
struct making {
    struct group_raw *group;
    uint64_t first, n;
    struct err err;
    int rc;
};

static void *make_group(void *arg)
{
    struct making *making = arg;
    struct digest source;
    for (uint64_t i = 0; i < making->n && making->rc == 0; i++) {
        making->rc = add_page(making->group, making->first + i, &source, &making->err);
        if (making->rc == 0)
            making->rc = add_paper(making->group, making->first + i, &source, &making->err);
    }
    return NULL;
}

static int make_groups(struct opened *opened, struct group_raw groups[2], uint64_t first,
                       uint64_t n, struct err *err)
{
    for (uint64_t at = 0, now = 0; at <= n; at += GROUP_PAGES, now ^= 1) {
        const uint64_t left = at < n ? n - at : 0;
        struct making making = {.group = &groups[now],
                                .first = first + at,
                                .n = left < GROUP_PAGES ? left : GROUP_PAGES};
        pthread_t thread;
        const int failed = pthread_create(&thread, NULL, make_group, &making);
        if (failed) {
            errno = failed;
            return err_sys(err, "a thread that makes pages");
        }
        struct group_raw *made = &groups[now ^ 1];
        const int rc = made->len > 0 ? commit_pages(opened, made, err) : 0;
        (void)pthread_join(thread, NULL);
        if (rc < 0)
            return -1;
        if (making.rc < 0) {
            *err = making.err;
            return -1;
        }
        if (left <= GROUP_PAGES)
            return left > 0 ? commit_pages(opened, making.group, err) : 0;
    }
    return 0;
}

int make_records(const char *archive, uint64_t first, uint64_t n, struct err *err)
{
    CLEANUP(opened_done) struct opened opened = {0};
    struct group_raw *groups = calloc(2, sizeof *groups);
    int rc = groups ? opened_open(&opened, archive, ARCHIVE_WRITE, err)
                    : err_sys(err, "two groups of pages");
    double start_s = clock_s();
    if (rc == 0)
        rc = make_groups(&opened, groups, first, n, err);
    for (size_t i = 0; groups && i < 2; i++)
        empty(&groups[i]);
    free(groups);
    if (rc < 0)
        return -1;
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:I s:f}", "pages", (json_int_t)n, "wall_s", clock_s() - start_s);
    return json_print_line(json, err);
}

/* --- questions -------------------------------------------------------------------------------- */

enum query_kind { ONE_WORD, TWO_WORDS, PHRASE, TONE_FREE, QUERY_KINDS };
static const char *const kind_names[] = {"one word", "two words", "phrase", "tone-free"};

/* Words of a page that is there, so that every question has an answer. */
static int query_of(enum query_kind kind, uint64_t pages, uint64_t *noise, struct bytes *out,
                    struct err *err)
{
    char a[WORD_BYTES_MAX], b[WORD_BYTES_MAX];
    uint64_t page = noise_next(noise) % pages;
    unsigned at = (unsigned)(noise_next(noise) % (PAGE_WORDS - 1));
    word_of(page, at, a);
    word_of(page, at + 1, b);
    CLEANUP(bytes_done) struct bytes both = {0};
    int rc = 0;
    switch (kind) {
    case ONE_WORD:
        rc = bytes_printf(out, err, "%s", a);
        break;
    case TWO_WORDS:
        rc = bytes_printf(out, err, "%s %s", a, b);
        break;
    case PHRASE:
        rc = bytes_printf(out, err, "\"%s %s\"", a, b);
        break;
    case TONE_FREE:
        rc = bytes_printf(&both, err, "%s %s", a, b);
        if (rc == 0)
            rc = text_key(bytes_span(&both), TEXT_FOLDED, out, err);
        break;
    case QUERY_KINDS:
        break;
    }
    return rc < 0 ? -1 : bytes_append(out, span_of("", 1), err);
}

static int count_hit(void *self, const struct search_hit *hit, struct err *err)
{
    uint64_t *hits = self;
    (void)err;
    *hits += hit->box_len > 0;
    return 0;
}

static int ask(struct opened *opened, const char *text, uint64_t *hits, struct err *err)
{
    const struct search_options options = {.text = text, .limit = ANSWERS};
    CLEANUP(search_freep) struct search *search = search_parse(&options, err);
    if (!search)
        return err_wrap(err, "'%s'", text);
    uint64_t before = *hits;
    if (search_run(search, opened->archive, opened->catalogue, count_hit, hits, err) < 0)
        return err_wrap(err, "'%s'", text);
    return *hits > before ? 0 : err_set(err, ERR_CORRUPT, "nothing found for '%s'", text);
}

void note_times(json_t *result, const char *name, uint64_t hits, double times_ms[], unsigned n)
{
    (void)json_object_set_new(result, name,
                              json_pack("{s:I s:f s:f}", "hits", (json_int_t)hits, "p50_ms",
                                        percentile(times_ms, n, 0.5), "p99_ms",
                                        percentile(times_ms, n, 0.99)));
}

int ask_questions(const struct questions *questions, struct err *err)
{
    CLEANUP(opened_done) struct opened opened = {0};
    CLEANUP(json_freep) json_t *result = json_object();
    if (questions->pages == 0 || questions->queries == 0 || questions->queries > QUERIES_MAX)
        return err_set(err, ERR_INPUT, "no pages, or not 1 to %u queries", QUERIES_MAX);
    if (opened_open(&opened, questions->archive, ARCHIVE_READ, err) < 0)
        return -1;
    for (unsigned kind = 0; kind < questions->kinds; kind++)
        if (questions->ask(&opened, questions, kind, result, err) < 0)
            return -1;
    return json_print_line(result, err);
}

static int ask_kind(struct opened *opened, const struct questions *questions, unsigned kind,
                    json_t *result, struct err *err)
{
    const unsigned queries = questions->queries;
    double *times_ms = calloc(queries, sizeof *times_ms);
    uint64_t noise = 42, hits = 0;
    int rc = times_ms ? 0 : err_sys(err, "times of %u queries", queries);
    for (unsigned i = 0; i < queries && rc == 0; i++) {
        CLEANUP(bytes_done) struct bytes text = {0};
        rc = query_of((enum query_kind)kind, questions->pages, &noise, &text, err);
        double start_s = clock_s();
        if (rc == 0)
            rc = ask(opened, (const char *)text.data, &hits, err);
        times_ms[i] = (clock_s() - start_s) * 1e3;
    }
    if (rc == 0)
        note_times(result, kind_names[kind], hits, times_ms, queries);
    free(times_ms);
    return rc;
}

int search_pages(const char *archive, uint64_t pages, unsigned queries, struct err *err)
{
    const struct questions questions = {archive, pages, queries, QUERY_KINDS, ask_kind};
    return ask_questions(&questions, err);
}
