/* records/search.c - finds pages by Vietnamese text: with tones, tone-free, words and phrases. */
#include "records/search.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ocr/alto.h"
#include "records/event_record.h"
#include "records/index.h"
#include "records/page_fields.h"
#include "records/page_record.h"
#include "records/person_id.h"

#define KEPT_MAX             16
#define SNIPPET_WORDS_BEFORE 8
#define SNIPPET_BYTES_BEFORE (SEARCH_SNIPPET_MAX / 2)
#define SNIPPET_WORDS        28
#define SNIPPET_WORDS_AFTER  (SNIPPET_WORDS - SNIPPET_WORDS_BEFORE)

/* One word of a query or of a page, under both keys. `marked`: the toned key is what must match. */
struct token {
    struct span toned, folded;
    bool marked;
    uint32_t word; /* of the page: which word it is a part of */
};

struct tokens {
    struct token *items;
    size_t len, cap;
    struct bytes toned, folded; /* what the spans point into, once complete */
};

struct term {
    size_t first, len; /* tokens that must stand side by side */
};

struct search {
    struct tokens tokens;
    struct term terms[SEARCH_TERMS_MAX];
    size_t term_len;
    struct bytes match; /* the FTS5 expression, with its NUL; empty: every page */
    char *source_like, *dossier;
    bool has_papers;
    struct paper_filter papers; /* its texts are among these: */
    char *kept[KEPT_MAX];
    size_t kept_len;
    enum find_sort sort;
    bool unassigned;
    int64_t from_ns, to_ns;
    uint32_t limit, offset;
};

static void tokens_done(struct tokens *tokens)
{
    free(tokens->items);
    bytes_done(&tokens->toned);
    bytes_done(&tokens->folded);
    *tokens = (struct tokens){.items = NULL};
}

static int tokens_grow(struct tokens *tokens, struct err *err)
{
    if (tokens->len < tokens->cap)
        return 0;
    size_t cap = tokens->cap ? tokens->cap * 2 : 64;
    struct token *items = realloc(tokens->items, cap * sizeof *items);
    if (!items)
        return err_sys(err, "search: %zu words", cap); /* UNTESTED: no memory */
    tokens->items = items;
    tokens->cap = cap;
    return 0;
}

/* Adds the words of a piece of text. Each takes one slot; where it stands in the key buffers is
 * worked out by tokens_seal(), because the buffers may still move. */
static int tokens_add(struct tokens *tokens, struct span text, uint32_t word, struct err *err)
{
    size_t before = tokens->folded.len;
    struct span blank = span_of_text(" ");
    if (text_key(text, TEXT_TONED, &tokens->toned, err) < 0 ||
        text_key(text, TEXT_FOLDED, &tokens->folded, err) < 0)
        return -1;
    size_t count = 0;
    for (size_t i = before; i < tokens->folded.len; i++) {
        bool starts =
            tokens->folded.data[i] != ' ' && (i == 0 || tokens->folded.data[i - 1] == ' ');
        count += starts;
    }
    for (size_t i = 0; i < count; i++) {
        if (tokens_grow(tokens, err) < 0)
            return -1;
        tokens->items[tokens->len++] = (struct token){.word = word};
    }
    if (count > 0 && (bytes_append(&tokens->toned, blank, err) < 0 ||
                      bytes_append(&tokens->folded, blank, err) < 0))
        return -1;
    return 0;
}

static struct span next_word(struct span *rest)
{
    while (rest->len > 0 && rest->data[0] == ' ')
        *rest = span_of(rest->data + 1, rest->len - 1);
    struct span word = {rest->data, 0};
    while (word.len < rest->len && word.data[word.len] != ' ')
        word.len++;
    *rest = span_of(rest->data + word.len, rest->len - word.len);
    return word;
}

static bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static void tokens_seal(struct tokens *tokens, bool exact)
{
    struct span toned = bytes_span(&tokens->toned), folded = bytes_span(&tokens->folded);
    for (size_t i = 0; i < tokens->len; i++) {
        struct token *token = &tokens->items[i];
        token->toned = next_word(&toned);
        token->folded = next_word(&folded);
        token->marked = exact || !span_equal(token->toned, token->folded);
    }
}

/* Keys hold letters, digits and one blank between words, nothing FTS5 could take for syntax. */
static int match_tokens(struct search *search, const char *column, const struct term *term,
                        bool toned, struct err *err)
{
    if (bytes_printf(&search->match, err, "%s%s : \"", search->match.len ? " AND " : "", column) <
        0)
        return -1;
    for (size_t i = 0; i < term->len; i++) {
        const struct token *token = &search->tokens.items[term->first + i];
        struct span key = toned ? token->toned : token->folded;
        if (bytes_printf(&search->match, err, "%s%.*s", i ? " " : "", (int)key.len,
                         (const char *)key.data) < 0)
            return -1;
    }
    return bytes_append(&search->match, span_of_text("\""), err);
}

/* A phrase typed partly with marks: side by side tone-free, and each marked word on its own. */
static int match_term(struct search *search, const struct term *term, struct err *err)
{
    size_t marked = 0;
    for (size_t i = 0; i < term->len; i++)
        marked += search->tokens.items[term->first + i].marked;
    if (marked == term->len)
        return match_tokens(search, "toned", term, true, err);
    if (match_tokens(search, "folded", term, false, err) < 0)
        return -1;
    for (size_t i = 0; i < term->len; i++) {
        struct term one = {term->first + i, 1};
        if (search->tokens.items[one.first].marked &&
            match_tokens(search, "toned", &one, true, err) < 0)
            return -1;
    }
    return 0;
}

static int add_term(struct search *search, struct span text, struct err *err)
{
    size_t first = search->tokens.len;
    if (tokens_add(&search->tokens, text, 0, err) < 0)
        return -1;
    if (search->tokens.len == first)
        return 0;
    if (search->term_len == SEARCH_TERMS_MAX)
        return err_input(err, REASON_NONE, "the query has more than %d words", SEARCH_TERMS_MAX);
    search->terms[search->term_len++] = (struct term){first, search->tokens.len - first};
    return 0;
}

static int split_terms(struct search *search, const char *text, struct err *err)
{
    const char *at = text;
    while (*at) {
        size_t len = 0;
        if (*at == '"') {
            const char *end = strchr(at + 1, '"');
            if (!end)
                return err_input(err, REASON_NONE, "the query has a quote without its partner");
            if (add_term(search, span_of(at + 1, (size_t)(end - at - 1)), err) < 0)
                return -1;
            len = (size_t)(end - at) + 1;
        } else {
            len = strcspn(at, " \t\r\n\"");
            if (len > 0 && add_term(search, span_of(at, len), err) < 0)
                return -1;
            len = len > 0 ? len : 1;
        }
        at += len;
    }
    return 0;
}

static int parse_text(struct search *search, const struct search_options *options, struct err *err)
{
    struct span text = span_of_text(options->text);
    if (text.len > SEARCH_QUERY_MAX_BYTES)
        return err_input(err, REASON_NONE, "the query is longer than %d bytes",
                         SEARCH_QUERY_MAX_BYTES);
    if (!text_valid(text))
        return err_input(err, REASON_NONE, "the query is not UTF-8");
    if (split_terms(search, options->text, err) < 0)
        return -1;
    if (search->term_len == 0)
        return err_input(err, REASON_NONE, "the query has no word to look for");
    tokens_seal(&search->tokens, options->exact);
    for (size_t i = 0; i < search->term_len; i++)
        if (match_term(search, &search->terms[i], err) < 0)
            return -1;
    return bytes_append(&search->match, span_of("", 1), err);
}

/* --- papers --- */

static int bad_value(const char *text, const char *what, const char *like, struct err *err)
{
    CLEANUP(bytes_done) struct bytes shown = {0};
    if (text_display(span_of_text(text), &shown, err) < 0)
        return -1; /* UNTESTED: no memory */
    return err_input(err, REASON_NONE, "'%.*s' is %s: give it as %s",
                     (int)(shown.len < 80 ? shown.len : 80), (const char *)shown.data, what, like);
}

/* Takes the text over, which ends with the search. */
static const char *keep(struct search *search, char *text)
{
    assert(search->kept_len < KEPT_MAX);
    search->kept[search->kept_len++] = text;
    return text;
}

static int keep_text(struct search *search, const char *text, const char **into, struct err *err)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        return err_sys(err, "search"); /* UNTESTED: no memory */
    *into = copy ? keep(search, copy) : NULL;
    return 0;
}

static int keep_key(struct search *search, const char *text, const char *like, const char **into,
                    struct err *err)
{
    CLEANUP(bytes_done) struct bytes key = {0};
    if (!text)
        return 0;
    if (!text_valid(span_of_text(text)) || strlen(text) > SEARCH_QUERY_MAX_BYTES ||
        text_key(span_of_text(text), TEXT_FOLDED, &key, err) < 0 || key.len == 0)
        return bad_value(text, "no word to look for", like, err);
    char *copy = bytes_take_text(&key, err);
    if (!copy)
        return -1; /* UNTESTED: no memory */
    *into = keep(search, copy);
    return 0;
}

static bool two_digits(const char *text, int min, int max)
{
    if (strspn(text, "0123456789") < 2)
        return false;
    int number = (text[0] - '0') * 10 + text[1] - '0';
    return number >= min && number <= max;
}

/* "2026", "2026-04", "2026-04-28". */
static bool is_date(const char *text)
{
    size_t len = strlen(text);
    return strspn(text, "0123456789") == 4 &&
           (len == 4 ||
            (text[4] == '-' && two_digits(text + 5, 1, 12) &&
             (len == 7 || (len == 10 && text[7] == '-' && two_digits(text + 8, 1, 31)))));
}

/* What was left out is the first of all days, or the last. */
static int keep_date(struct search *search, const char *text, const char *rest, const char **into,
                     struct err *err)
{
    char day[sizeof "2026-04-28"];
    if (!text)
        return 0;
    if (!is_date(text))
        return bad_value(text, "no date", "2026-04-28, 2026-04 or 2026", err);
    (void)snprintf(day, sizeof day, "%s%s", text, rest + strlen(text));
    return keep_text(search, day, into, err);
}

static int parse_field(struct search *search, const char *text, struct err *err)
{
    static const char like[] = "NAME=TEXT, signer='Trần Hồng Hà'";
    const char *equals = text ? strchr(text, '=') : NULL;
    if (!text)
        return 0;
    if (!equals || equals == text || equals - text >= FIELD_NAME_MAX)
        return bad_value(text, "no field and its words", like, err);
    char *name = strndup(text, (size_t)(equals - text));
    if (!name)
        return err_sys(err, "search"); /* UNTESTED: no memory */
    search->papers.field_name = keep(search, name);
    return keep_key(search, equals + 1, like, &search->papers.field_key, err);
}

static int parse_confidence(const char *text, struct paper_filter *papers, struct err *err)
{
    if (!text)
        return 0;
    const size_t marks = strncmp(text, ">=", 2) == 0 ? 2 : text[0] == '<';
    char *end = NULL;
    double percent = marks > 0 ? strtod(text + marks, &end) : 0;
    if (!end || end == text + marks || *end || !(percent > 0 && percent <= 100))
        return bad_value(text, "no bound of confidence", "'<80' or '>=80', in percent", err);
    if (marks == 2)
        papers->confidence_from = percent;
    else
        papers->confidence_below = percent;
    return 0;
}

/* The names of pages' states and of dossiers' steps have none in common. */
static int parse_status(struct search *search, const char *text, struct err *err)
{
    enum event_what ignored;
    if (!text)
        return 0;
    for (enum page_status status = PAGE_OK; status <= PAGE_BLANK; status++)
        if (strcmp(text, page_status_name(status)) == 0)
            return keep_text(search, text, &search->papers.status, err);
    if (event_what_parse(text, &ignored))
        return keep_text(search, text, &search->papers.step, err);
    return bad_value(text, "no status",
                     "ok, failed or blank of pages, received, decided, returned ... of dossiers",
                     err);
}

static int parse_sort(struct search *search, const char *text, struct err *err)
{
    for (enum find_sort sort = SORT_DATE; text && sort < FIND_SORTS; sort++)
        if (strcmp(text, find_sort_name(sort)) == 0) {
            search->sort = sort;
            return 0;
        }
    if (!text)
        return 0;
    return bad_value(text, "no order",
                     "date, archived or confidence, with '-' before it the other way, number or "
                     "source",
                     err);
}

static int parse_papers(struct search *search, const struct search_papers *papers, struct err *err)
{
    struct paper_filter *filter = &search->papers;
    filter->repeated = papers->repeated;
    search->has_papers = papers->type || papers->number || papers->issuer || papers->dated_from ||
                         papers->dated_to || papers->field || papers->unit || papers->station ||
                         papers->status || papers->confidence || papers->repeated;
    if (keep_key(search, papers->type, "QĐ, CV, GKS", &filter->type, err) < 0 ||
        keep_key(search, papers->number, "707/QĐ-TTg, or 707", &filter->number, err) < 0 ||
        keep_key(search, papers->issuer, "words of its name", &filter->issuer, err) < 0 ||
        keep_date(search, papers->dated_from, "0000-00-00", &filter->dated_from, err) < 0 ||
        keep_date(search, papers->dated_to, "9999-99-99", &filter->dated_to, err) < 0 ||
        parse_field(search, papers->field, err) < 0 ||
        keep_text(search, papers->unit, &filter->unit, err) < 0 ||
        keep_text(search, papers->station, &filter->station, err) < 0 ||
        parse_status(search, papers->status, err) < 0 ||
        parse_confidence(papers->confidence, filter, err) < 0)
        return -1;
    return parse_sort(search, papers->sort, err);
}

struct search *search_parse(const struct search_options *options, struct err *err)
{
    CLEANUP(search_freep) struct search *search = calloc(1, sizeof *search);
    if (!search) {
        err_sys(err, "search"); /* UNTESTED: no memory */
        return NULL;
    }
    search->from_ns = options->from_ns;
    search->to_ns = options->to_ns;
    search->limit = options->limit;
    search->offset = options->offset;
    search->source_like = options->source_like ? strdup(options->source_like) : NULL;
    search->dossier = options->dossier ? strdup(options->dossier) : NULL;
    search->unassigned = options->unassigned;
    if (parse_papers(search, &options->papers, err) < 0)
        return NULL;
    if (options->text && options->text[0] && parse_text(search, options, err) < 0)
        return NULL;
    return TAKE(search);
}

void search_free(struct search *search)
{
    if (!search)
        return;
    tokens_done(&search->tokens);
    bytes_done(&search->match);
    for (size_t i = 0; i < search->kept_len; i++)
        free(search->kept[i]);
    free(search->source_like);
    free(search->dossier);
    free(search);
}

void search_freep(struct search **search)
{
    search_free(*search);
}

static bool term_stands_at(const struct search *search, const struct term *term,
                           const struct tokens *page, size_t at)
{
    if (term->len > page->len - at)
        return false;
    for (size_t i = 0; i < term->len; i++) {
        const struct token *want = &search->tokens.items[term->first + i];
        const struct token *have = &page->items[at + i];
        if (want->marked ? !span_equal(want->toned, have->toned)
                         : !span_equal(want->folded, have->folded))
            return false;
    }
    return true;
}

/* The same word asked for twice is one hit. */
static bool asked_before(const struct search *search, size_t t, const struct tokens *page,
                         size_t at)
{
    for (size_t i = 0; i < t; i++)
        if (search->terms[i].len == search->terms[t].len &&
            term_stands_at(search, &search->terms[i], page, at))
            return true;
    return false;
}

/* One box for the words of a hit on one line; a hit over a line break gets one for each line. */
static size_t hit_boxes(const struct page_text *text, const struct tokens *page, size_t at,
                        size_t len, struct text_box *boxes, size_t room)
{
    size_t n = 0;
    uint32_t line = 0;
    for (size_t i = 0; i < len; i++) {
        const struct text_word *word = &text->words[page->items[at + i].word];
        if (n > 0 && word->line == line)
            boxes[n - 1] = text_box_around(boxes[n - 1], word->box);
        else if (n < room) {
            boxes[n++] = word->box;
            line = word->line;
        }
    }
    return n;
}

/* The word to begin with: a few before the hit, but never so long that the hit finds no room. */
static uint32_t snippet_start(const struct page_text *text, uint32_t hit)
{
    uint32_t first = hit;
    size_t bytes = 0;
    while (first > 0 && hit - first < SNIPPET_WORDS_BEFORE) {
        bytes += page_text_chars(text, &text->words[first - 1]).len + 1;
        if (bytes > SNIPPET_BYTES_BEFORE)
            break;
        first--;
    }
    return first;
}

static int write_snippet(const struct page_text *text, uint32_t hit, char *snippet, struct err *err)
{
    CLEANUP(bytes_done) struct bytes out = {0};
    uint32_t first = snippet_start(text, hit);
    if (first > 0 && bytes_append(&out, span_of_text("… "), err) < 0)
        return -1;
    for (uint32_t i = first; i < text->word_len; i++) {
        struct span chars = page_text_chars(text, &text->words[i]);
        bool full = i == first + SNIPPET_WORDS || out.len + chars.len + 6 > SEARCH_SNIPPET_MAX;
        if (i > first && bytes_append(&out, span_of_text(" "), err) < 0)
            return -1;
        if (bytes_append(&out, full ? span_of_text("…") : chars, err) < 0)
            return -1;
        if (full)
            break;
    }
    if (out.len >= SEARCH_SNIPPET_MAX) /* a first word longer than any word */
        out.len = 0;
    if (out.len > 0)
        memcpy(snippet, out.data, out.len);
    snippet[out.len] = '\0';
    person_id_mask_text(snippet, out.len);
    return 0;
}

struct hit {
    uint32_t word; /* of the page */
    size_t term;
};

/* The hit from which a snippet shows the most of what was asked for; the first of equals. */
static uint32_t densest_hit(const struct hit hits[], size_t n)
{
    uint32_t best = 0;
    int best_terms = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t terms = 0; /* SEARCH_TERMS_MAX bits */
        for (size_t k = i; k < n && hits[k].word - hits[i].word < SNIPPET_WORDS_AFTER; k++)
            terms |= (uint64_t)1 << hits[k].term;
        if (__builtin_popcountll(terms) > best_terms) {
            best_terms = __builtin_popcountll(terms);
            best = hits[i].word;
        }
    }
    return best;
}

int search_mark(const struct search *search, const struct page_text *text, char *snippet,
                struct text_box boxes[SEARCH_BOXES_MAX], struct err *err)
{
    CLEANUP(tokens_done) struct tokens page = {.items = NULL};
    for (uint32_t i = 0; i < text->word_len; i++)
        if (tokens_add(&page, page_text_chars(text, &text->words[i]), i, err) < 0)
            return -1;
    tokens_seal(&page, false);

    struct hit hits[SEARCH_BOXES_MAX];
    size_t n = 0, hit_len = 0;
    for (size_t at = 0; at < page.len; at++)
        for (size_t t = 0; t < search->term_len; t++) {
            if (!term_stands_at(search, &search->terms[t], &page, at) ||
                asked_before(search, t, &page, at))
                continue;
            if (hit_len < ARRAY_LEN(hits))
                hits[hit_len++] = (struct hit){page.items[at].word, t};
            n += hit_boxes(text, &page, at, search->terms[t].len, boxes + n, SEARCH_BOXES_MAX - n);
        }
    if (write_snippet(text, densest_hit(hits, hit_len), snippet, err) < 0)
        return -1;
    return (int)n;
}

struct run {
    const struct search *search;
    struct archive *archive;
    struct catalogue *catalogue;
    search_visit *visit;
    void *self;
};

static int visit_row(void *self, const struct page_row *row, struct err *err)
{
    const struct run *run = self;
    char snippet[SEARCH_SNIPPET_MAX] = "";
    struct text_box boxes[SEARCH_BOXES_MAX];
    int box_len = 0;
    if (!digest_is_zero(&row->page.alto)) {
        CLEANUP(bytes_done) struct bytes alto = {0};
        CLEANUP(page_text_done) struct page_text text = {0};
        if (index_read(run->archive, run->catalogue, &row->page.alto, &alto, err) < 0) {
            if (err->kind != ERR_GONE && err->kind != ERR_ERASED)
                return err_wrap(err, "text of page '%s'", row->page.id);
            *err = (struct err){.kind = ERR_NONE}; /* destroyed since the search began */
            return 0;
        }
        if (alto_read(bytes_span(&alto), &text, err) < 0)
            return err_wrap(err, "text of page '%s'", row->page.id);
        box_len = search_mark(run->search, &text, snippet, boxes, err);
        if (box_len < 0)
            return -1;
    }
    struct search_hit hit = {
        .row = row, .snippet = snippet, .boxes = boxes, .box_len = (size_t)box_len};
    return run->visit(run->self, &hit, err);
}

struct catalogue_query search_query(const struct search *search)
{
    return (struct catalogue_query){
        .match = (const char *)search->match.data,
        .source_like = search->source_like,
        .from_ns = search->from_ns,
        .to_ns = search->to_ns,
        .dossier = search->dossier,
        .unassigned = search->unassigned,
        .papers = search->has_papers ? &search->papers : NULL,
        .sort = search->sort,
        .limit = search->limit,
        .offset = search->offset,
    };
}

int search_run(const struct search *search, struct archive *archive, struct catalogue *catalogue,
               search_visit *visit, void *self, struct err *err)
{
    struct run run = {search, archive, catalogue, visit, self};
    const struct catalogue_query query = search_query(search);
    return catalogue_search(catalogue, &query, visit_row, &run, err);
}
