/* bench/score.c - how well a page was read: letters, lines whatever their order, words, marks.
 *
 * Plain dynamic programming with one row: no alignment is kept, because the cost of a cell carries
 * what is asked of the alignment. */
#include "bench/score.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/text.h"

/* A cost is edits, then edits that are no mark error, then insertions and deletions, each in a
 * field of its own, so that the smallest sum is the fewest edits, and of those the alignment with
 * the most mark errors, and then the most substitutions. A field holds more than two texts have
 * letters. */
#define FIELD_BITS 20
#define FIELD_MASK ((1ull << FIELD_BITS) - 1)
#define EDIT       (1ull << 2 * FIELD_BITS)
#define PLAIN_EDIT (1ull << FIELD_BITS)
#define COST_INDEL (EDIT + PLAIN_EDIT + 1)
#define COST_SUBST (EDIT + PLAIN_EDIT)
#define COST_MARK  EDIT
#define SPACE      0x20
#define LINE_BREAK 0x0A
#define PARTS_MAX  8

/* Letters, and the same letters without marks. */
struct letters {
    int32_t *at, *base;
    size_t len;
};

static void letters_done(struct letters *letters)
{
    free(letters->at);
    free(letters->base);
}

static bool is_space(int32_t letter)
{
    if (letter >= 0x09 && letter <= 0x0D)
        return true;
    utf8proc_category_t category = utf8proc_category(letter);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

static bool is_line_break(int32_t letter)
{
    return (letter >= 0x0A && letter <= 0x0D) || letter == 0x2028 || letter == 0x2029;
}

static int32_t base_of(int32_t letter)
{
    utf8proc_int32_t parts[PARTS_MAX];
    int boundary = 0;
    if (letter == 0x0110 || letter == 0x0111) /* the stroke of D is no mark to Unicode */
        return letter == 0x0110 ? 'D' : 'd';
    if (utf8proc_decompose_char(letter, parts, PARTS_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_STABLE,
                                &boundary) < 1)
        return letter;
    return parts[0];
}

static void letters_add(struct letters *letters, int32_t letter)
{
    letters->at[letters->len] = letter;
    letters->base[letters->len] = base_of(letter);
    letters->len++;
}

/* Runs of white space become one space, or one line break where they hold one; none at the ends. */
static int letters_of(struct span text, struct letters *ret, struct err *err)
{
    CLEANUP(bytes_done) struct bytes nfc = {0};
    CLEANUP(letters_done) struct letters letters = {0};
    if (text_nfc(text, &nfc, err) < 0)
        return -1;
    letters.at = calloc(nfc.len + 1, sizeof *letters.at);
    letters.base = calloc(nfc.len + 1, sizeof *letters.base);
    if (!letters.at || !letters.base) {
        /* UNTESTED: needs the allocator to fail */
        errno = ENOMEM;
        return err_sys(err, "letters of a text");
    }
    int32_t gap = 0;
    utf8proc_ssize_t len;
    for (size_t i = 0; i < nfc.len; i += (size_t)len) {
        utf8proc_int32_t letter = 0;
        len = utf8proc_iterate(nfc.data + i, (utf8proc_ssize_t)(nfc.len - i), &letter);
        if (len < 1)
            return err_set(err, ERR_SYSTEM, "NFC is not UTF-8"); /* UNTESTED: a bug */
        if (is_space(letter)) {
            gap = is_line_break(letter) || gap == LINE_BREAK ? LINE_BREAK : SPACE;
            continue;
        }
        if (gap && letters.len > 0)
            letters_add(&letters, gap);
        gap = 0;
        letters_add(&letters, letter);
    }
    if (letters.len > SCORE_LETTERS_MAX)
        return err_input(err, REASON_TOO_MUCH_TEXT, "more than %u letters", SCORE_LETTERS_MAX);
    *ret = letters;
    letters = (struct letters){0};
    return 0;
}

static void flatten(struct letters *letters)
{
    for (size_t i = 0; i < letters->len; i++)
        if (letters->at[i] == LINE_BREAK)
            letters->at[i] = letters->base[i] = SPACE;
}

static inline uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t cost_of_pair(const struct letters *a, size_t i, const struct letters *b, size_t j)
{
    if (a->at[i] == b->at[j])
        return 0;
    return a->base[i] == b->base[j] ? COST_MARK : COST_SUBST;
}

/* The cost of making b of a. row: room for b->len + 1. */
static uint64_t page_cost(const struct letters *a, const struct letters *b, uint64_t *row)
{
    for (size_t j = 0; j <= b->len; j++)
        row[j] = j * COST_INDEL;
    for (size_t i = 0; i < a->len; i++) {
        uint64_t corner = row[0];
        row[0] += COST_INDEL;
        for (size_t j = 0; j < b->len; j++) {
            uint64_t pair = corner + cost_of_pair(a, i, b, j);
            corner = row[j + 1];
            row[j + 1] = least(pair, least(row[j], corner) + COST_INDEL);
        }
    }
    return row[b->len];
}

/* The fewest edits that make of `line` some run of letters in b: where it begins and ends is free.
 */
static uint64_t line_edits(const int32_t *line, size_t line_len, const struct letters *b,
                           uint64_t *row)
{
    for (size_t j = 0; j <= b->len; j++)
        row[j] = 0;
    for (size_t i = 0; i < line_len; i++) {
        uint64_t corner = row[0];
        row[0]++;
        for (size_t j = 0; j < b->len; j++) {
            uint64_t pair = corner + (line[i] != b->at[j]);
            corner = row[j + 1];
            row[j + 1] = least(pair, least(row[j], corner) + 1);
        }
    }
    uint64_t best = row[0];
    for (size_t j = 1; j <= b->len; j++)
        best = least(best, row[j]);
    return best;
}

static void score_lines(const struct letters *truth, const struct letters *read, uint64_t *row,
                        struct score *score)
{
    size_t end;
    for (size_t at = 0; at < truth->len; at = end + 1) {
        for (end = at; end < truth->len && truth->at[end] != LINE_BREAK; end++)
            continue;
        score->line_letters += end - at;
        score->line_edits += line_edits(truth->at + at, end - at, read, row);
    }
}

struct word {
    const int32_t *at;
    size_t len;
};

static int compare_words(const void *pa, const void *pb)
{
    const struct word *a = pa, *b = pb;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return memcmp(a->at, b->at, a->len * sizeof *a->at); /* any order will do */
}

/* Words of flat letters, sorted. Returns an owned array, NULL on no memory. */
static struct word *words_of(const struct letters *letters, size_t *ret_len)
{
    struct word *words = calloc(letters->len / 2 + 1, sizeof *words);
    size_t len = 0, end;
    if (!words)
        return NULL; /* UNTESTED: needs the allocator to fail */
    for (size_t at = 0; at < letters->len; at = end + 1) {
        for (end = at; end < letters->len && letters->at[end] != SPACE; end++)
            continue;
        words[len++] = (struct word){letters->at + at, end - at};
    }
    qsort(words, len, sizeof *words, compare_words);
    *ret_len = len;
    return words;
}

static int score_words(const struct letters *truth, const struct letters *read, struct score *score,
                       struct err *err)
{
    size_t a_len = 0, b_len = 0, a = 0, b = 0;
    struct word *as = words_of(truth, &a_len);
    struct word *bs = words_of(read, &b_len);
    int rc = 0;
    if (!as || !bs) {
        /* UNTESTED: needs the allocator to fail */
        errno = ENOMEM;
        rc = err_sys(err, "words of a text");
    }
    while (as && bs && a < a_len && b < b_len) {
        int order = compare_words(&as[a], &bs[b]);
        score->words_matched += order == 0;
        a += order <= 0;
        b += order >= 0;
    }
    score->words = a_len;
    score->words_read = b_len;
    free(as);
    free(bs);
    return rc;
}

int score_page(struct span truth_text, struct span read_text, struct score *ret_score,
               struct err *err)
{
    CLEANUP(letters_done) struct letters truth = {0};
    CLEANUP(letters_done) struct letters read = {0};
    struct score score = {0};
    if (letters_of(truth_text, &truth, err) < 0)
        return err_wrap(err, "truth");
    if (letters_of(read_text, &read, err) < 0)
        return err_wrap(err, "text");
    uint64_t *row = calloc(read.len + 1, sizeof *row);
    if (!row) {
        /* UNTESTED: needs the allocator to fail */
        errno = ENOMEM;
        return err_sys(err, "a row of %zu costs", read.len + 1);
    }
    flatten(&read);
    score_lines(&truth, &read, row, &score);
    flatten(&truth);
    uint64_t cost = page_cost(&truth, &read, row);
    free(row);
    score.letters = truth.len;
    score.edits = cost >> 2 * FIELD_BITS;
    score.substitutions = score.edits - (cost & FIELD_MASK);
    score.mark_errors = score.edits - (cost >> FIELD_BITS & FIELD_MASK);
    if (score_words(&truth, &read, &score, err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    *ret_score = score;
    return 0;
}

void score_add(struct score *sum, const struct score *more)
{
    sum->letters += more->letters;
    sum->edits += more->edits;
    sum->substitutions += more->substitutions;
    sum->mark_errors += more->mark_errors;
    sum->line_letters += more->line_letters;
    sum->line_edits += more->line_edits;
    sum->words += more->words;
    sum->words_read += more->words_read;
    sum->words_matched += more->words_matched;
}

static double rate(uint64_t edits, uint64_t letters)
{
    if (letters == 0)
        return edits ? 1 : 0;
    return (double)edits / (double)letters;
}

double score_cer(const struct score *score)
{
    return rate(score->edits, score->letters);
}

double score_line_cer(const struct score *score)
{
    return rate(score->line_edits, score->line_letters);
}

double score_word_f1(const struct score *score)
{
    uint64_t all = score->words + score->words_read;
    return all ? 2.0 * (double)score->words_matched / (double)all : 1;
}

double score_mark_share(const struct score *score)
{
    return score->substitutions ? (double)score->mark_errors / (double)score->substitutions : 0;
}

double score_mark_rate(const struct score *score)
{
    return rate(score->mark_errors, score->letters);
}
