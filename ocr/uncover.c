/* ocr/uncover.c - the beginning of a line that a seal or a signature lies over. */
#include "ocr/uncover.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ocr/line_image.h"

#define TRIES          16 /* places further left: a word of seven letters */
#define AGREE_MIN      3  /* of which so many must read the same */
#define STEP_PERCENT   60 /* from one place to the next, of a letter's height */
#define CONFIDENCE_MIN 40.0F
#define LETTERS_MIN    2
#define REST_MIN       90.0F /* below this what was read already is nonsense itself */

/* One reading from further left. */
struct attempt {
    struct line_image image;
    struct text_box box;
    struct reading reading;
    size_t index;     /* the word that is new */
    struct span word; /* the part of it that is one; empty: none */
};

struct line_job {
    const struct uncover *with;
    const struct layout_line *line;
    const struct reading *reading;
    struct attempt attempts[TRIES];
    size_t len;
};

static void line_job_done(struct line_job *job)
{
    for (size_t i = 0; i < job->len; i++)
        free((void *)(uintptr_t)job->attempts[i].image.pixels);
}

static struct span letters_at(const struct uncover *with, size_t index)
{
    return decoded_letters(with->letters, &with->words->items[index]);
}

static bool same(struct span a, struct span b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* How many words at the end of both are the same. */
static size_t common_end(const struct uncover *with, const struct reading *a,
                         const struct reading *b)
{
    size_t n = 0;
    while (n < a->word_len && n < b->word_len &&
           same(letters_at(with, a->word_first + a->word_len - 1 - n),
                letters_at(with, b->word_first + b->word_len - 1 - n)))
        n++;
    return n;
}

enum letter_case { NO_LETTER, LOWER, UPPER };

/* What the letter that ends at `end` is, and where it begins. */
static int case_before(struct span text, size_t end, size_t *ret_at, enum letter_case *ret_case,
                       struct err *err)
{
    CLEANUP(bytes_done) struct bytes lower = {0};
    size_t at = end - 1;
    while (at > 0 && (text.data[at] & 0xc0) == 0x80)
        at--;
    const struct span letter = span_of(text.data + at, end - at);
    *ret_at = at;
    *ret_case = NO_LETTER;
    if (sift_weight(letter) != 1)
        return 0; /* a digit or a sign */
    if (text_recase(letter, TEXT_LOWER, &lower, err) < 0)
        return -1;
    *ret_case = same(bytes_span(&lower), letter) ? LOWER : UPPER;
    return 0;
}

/* What a seal adds stands before a word without a blank. A word that begins a line has a capital in
 * front, or has only capitals: "Z2Lê" is "Lê". Signs behind it stay. Empty where there is none. */
static int strip(struct span text, struct span *ret_word, struct err *err)
{
    size_t end = text.len, first = text.len, at = 0, letters = 0;
    enum letter_case previous = NO_LETTER, now = NO_LETTER;
    bool whole = false;
    for (; end > 0 && !whole; end = at) {
        if (case_before(text, end, &at, &now, err) < 0)
            return -1;
        whole = letters > 0 && (now == NO_LETTER || (previous == UPPER && now == LOWER));
        if (whole || now == NO_LETTER)
            continue;
        whole = previous == LOWER && now == UPPER;
        first = at;
        previous = now;
        letters++;
    }
    const bool is_word = previous == UPPER && letters >= LETTERS_MIN;
    *ret_word = is_word ? span_of(text.data + first, text.len - first) : (struct span){0};
    return 0;
}

/* The word before the end that both readings share: all of the old one but for its first word, of
 * which a part may be hidden. */
static int find_word(const struct line_job *job, struct attempt *attempt, struct err *err)
{
    const struct uncover *with = job->with;
    const struct reading *old = job->reading, *now = &attempt->reading;
    const size_t shared = common_end(with, old, now);
    if (shared == 0 || shared + 1 < old->word_len || shared == now->word_len)
        return 0;
    attempt->index = now->word_first + now->word_len - shared - 1;
    if (with->words->items[attempt->index].confidence < CONFIDENCE_MIN)
        return 0;
    if (strip(letters_at(with, attempt->index), &attempt->word, err) < 0)
        return -1;
    if (!lexicon_has_text(with->decoder.lexicon, attempt->word))
        attempt->word.len = 0;
    return 0;
}

/* An attempt with the word that was read most often, the surest of them. NULL: none often enough,
 * or another as often. */
static const struct attempt *choose(const struct line_job *job)
{
    const struct attempt *best = NULL;
    size_t best_votes = AGREE_MIN - 1;
    float best_confidence = 0;
    bool another = false;
    for (size_t i = 0; i < job->len; i++) {
        const struct attempt *attempt = &job->attempts[i];
        size_t votes = 0;
        for (size_t k = 0; attempt->word.len > 0 && k < job->len; k++)
            votes += same(attempt->word, job->attempts[k].word);
        const bool same_word = best && same(attempt->word, best->word);
        const float confidence = job->with->words->items[attempt->index].confidence;
        if (votes > best_votes || (same_word && confidence > best_confidence)) {
            another = another && same_word;
            best = attempt;
            best_votes = votes;
            best_confidence = confidence;
        } else if (best && votes == best_votes && !same_word) {
            another = true;
        }
    }
    return another ? NULL : best;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Where what stands left of the line in its rows ends. */
static int32_t left_limit(const struct layout *layout, const struct layout_line *line)
{
    int32_t limit = 0;
    const int32_t top = line->base - line->x_height;
    for (size_t i = 0; i < layout->len; i++) {
        const struct text_box ink = layout->lines[i].ink;
        if (ink.y < line->base && ink.y + ink.h > top && ink.x < line->ink.x &&
            ink.x + ink.w <= line->ink.x && ink.x + ink.w > limit)
            limit = ink.x + ink.w;
    }
    return limit;
}

/* The widest first, as the network wants them. */
static int make_images(struct line_job *job, int32_t limit, int32_t letter_px, struct err *err)
{
    const int32_t right = job->line->box.x + job->line->box.w;
    for (int32_t i = TRIES; i > 0; i--) {
        struct attempt *attempt = &job->attempts[job->len];
        attempt->box = job->line->box;
        attempt->box.x -= i * letter_px * STEP_PERCENT / 100;
        attempt->box.w = right - attempt->box.x;
        if (attempt->box.x < limit)
            continue;
        if (line_image_make(job->with->image, attempt->box, job->with->skew_deg, false,
                            &attempt->image, err) < 0)
            return -1;
        if (attempt->image.width_px > 0)
            job->len++;
    }
    return 0;
}

static int read_images(struct line_job *job, struct err *err)
{
    const struct uncover *with = job->with;
    for (size_t first = 0; first < job->len; first += NETWORK_BATCH) {
        struct line_image batch[NETWORK_BATCH];
        struct line_scores scores[NETWORK_BATCH];
        const size_t left = job->len - first, n = left < NETWORK_BATCH ? left : NETWORK_BATCH;
        for (size_t i = 0; i < n; i++)
            batch[i] = job->attempts[first + i].image;
        if (network_run(with->network, with->work, batch, n, scores, err) < 0)
            return -1;
        for (size_t i = 0; i < n; i++) {
            struct reading *reading = &job->attempts[first + i].reading;
            reading->word_first = with->words->len;
            if (decode_line(&with->decoder, &scores[i], with->words, with->letters, err) < 0)
                return -1;
            reading->word_len = with->words->len - reading->word_first;
        }
    }
    return 0;
}

/* The line gets the word and what follows it. Where in the word it begins is taken from its share
 * of the letters. */
static int take(const struct uncover *with, const struct attempt *found, struct layout_line *line,
                struct reading *reading, struct err *err)
{
    const struct reading *now = &found->reading;
    const size_t len = now->word_first + now->word_len - found->index;
    struct decoded_words *words = with->words;
    if (words->cap - words->len < len) {
        const size_t cap = 2 * words->cap + len;
        struct decoded_word *more = realloc(words->items, cap * sizeof *more);
        if (!more)
            return err_sys(err, "read below a seal"); /* UNTESTED: memory */
        words->items = more;
        words->cap = cap;
    }
    struct decoded_word *first = &words->items[words->len];
    memcpy(first, &words->items[found->index], len * sizeof *first);
    const size_t stripped = first->text_len - found->word.len;
    first->first_step +=
        (uint32_t)((first->end_step - first->first_step) * stripped / first->text_len);
    first->text_off += stripped;
    first->text_len -= stripped;
    *reading = (struct reading){.word_first = words->len, .word_len = len};
    words->len += len;
    line->box = found->box;
    line->cut_px = (int32_t)(first->first_step * line_image_px_per_step(found->box));
    line->box.x += line->cut_px;
    line->box.w -= line->cut_px;
    return 0;
}

static int uncover(const struct uncover *with, const struct layout *layout,
                   struct layout_line *line, struct reading *reading, struct err *err)
{
    CLEANUP(line_job_done) struct line_job job = {.with = with, .line = line, .reading = reading};
    if (make_images(&job, left_limit(layout, line), layout->letter_px, err) < 0 ||
        read_images(&job, err) < 0)
        return -1;
    for (size_t i = 0; i < job.len; i++)
        if (find_word(&job, &job.attempts[i], err) < 0)
            return -1;
    const struct attempt *found = choose(&job);
    return found ? take(with, found, line, reading, err) : 0;
}

/* Is there a beginning to be found, and a rest to know it by? */
static bool worth_it(const struct uncover *with, const struct layout_line *line,
                     const struct reading *reading)
{
    const size_t last = reading->word_first + reading->word_len - 1;
    return line->covered && !line->inverse && reading->word_len >= 2 &&
           with->words->items[last].confidence >= REST_MIN;
}

int uncover_lines(const struct uncover *with, struct layout *layout, struct reading readings[],
                  struct err *err)
{
    size_t done = 0;
    for (size_t i = 0; i < layout->len && done < UNCOVER_LINES_MAX; i++) {
        struct layout_line *line = &layout->lines[i];
        if (!worth_it(with, line, &readings[i]))
            continue;
        done++;
        if (uncover(with, layout, line, &readings[i], err) < 0)
            return -1;
    }
    return 0;
}
