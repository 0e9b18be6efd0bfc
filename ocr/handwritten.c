/* ocr/handwritten.c - the number and the date of a letterhead, where they were written in by hand.
 */
#include "ocr/handwritten.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ocr/digit_row.h"
#include "ocr/line_image.h"

#define DEPTH_PERCENT 45    /* of the page, from its top: below is no letterhead */
#define WORDS_MAX     14u   /* of such a line */
#define LETTERS_MAX   160u  /* of such a line */
#define JOINED_MIN    75.0F /* the same for digits in one word with the symbol behind them */
#define PRINTED_MIN   90.0F /* digits that the network is so sure of are print */

/* A gap that is filled in, between two printed words. */
struct gap {
    const char *before, *after;
    uint32_t digits_max, value_max;
};

static const struct gap gaps[] = {
    {"Số", "/", DIGIT_ROW_MAX, 999999},
    {"ngày", "tháng", 2, 31},
    {"tháng", "năm", 2, 12},
};
#define NUMBER_GAP 0
#define DAY_GAP    1

/* One letter of the network's likeliest path. */
struct letter {
    const char *text;
    uint32_t first, last; /* steps */
    float sure;
};

struct line_job {
    const struct handwritten *with;
    const struct layout_line *line;
    struct reading *reading;
    struct digits_net net;
    struct line_image image;
    struct letter letters[LETTERS_MAX];
    size_t len;
};

/* Letters before the gap end at `from`; those after it begin at `to`. */
struct found {
    size_t from, to;
};

static void line_job_freep(struct line_job **job)
{
    if (*job)
        free((void *)(uintptr_t)(*job)->image.pixels);
    free(*job);
}

/* --- is there anything to be done? ------------------------------------------------------------ */

static struct span letters_of(const struct handwritten *with, const struct decoded_word *word)
{
    return decoded_letters(with->letters, word);
}

static bool begins(struct span is, const char *text)
{
    const struct span want = span_of_text(text);
    return is.len >= want.len && memcmp(is.data, want.data, want.len) == 0;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_printed_number(const struct handwritten *with, const struct decoded_word *word)
{
    const struct span is = letters_of(with, word);
    size_t digits = 0;
    while (digits < is.len && is_digit(is.data[digits]))
        digits++;
    if (digits > 0 && digits < is.len && is.data[digits] == '/')
        return word->confidence >= JOINED_MIN;
    return digits > 0 && digits == is.len && word->confidence >= PRINTED_MIN;
}

/* "Số:" and a slash, and not one printed number between them. */
static bool lacks_number(const struct handwritten *with, const struct reading *reading)
{
    const struct decoded_word *words = &with->words->items[reading->word_first];
    bool slash = false;
    if (!begins(letters_of(with, &words[0]), gaps[NUMBER_GAP].before) &&
        !begins(letters_of(with, &words[0]), "số:"))
        return false;
    for (size_t k = 0; k < reading->word_len && !slash; k++) {
        const struct span is = letters_of(with, &words[k]);
        slash = is.len > 0 && memchr(is.data, '/', is.len) != NULL;
    }
    const struct decoded_word *second = &words[1];
    const bool alone = slash && is_printed_number(with, second) &&
                       (memchr(letters_of(with, second).data, '/', letters_of(with, second).len) ||
                        (reading->word_len > 2 && begins(letters_of(with, &words[2]), "/")));
    return slash && !alone;
}

/* Does "ngày" begin here, behind the comma that ends the place? That may be in one word with it. */
static bool is_day(const struct handwritten *with, const struct decoded_word *word)
{
    const struct span is = letters_of(with, word), before = letters_of(with, word - 1);
    if (begins(is, gaps[DAY_GAP].before))
        return before.len > 0 &&
               (before.data[before.len - 1] == ',' || before.data[before.len - 1] == '.');
    return memmem(is.data, is.len, ",ngày", strlen(",ngày")) != NULL;
}

/* "..., ngày" and not a printed day, "tháng", a printed month and "năm" behind it. */
static bool lacks_date(const struct handwritten *with, const struct reading *reading)
{
    const struct decoded_word *words = &with->words->items[reading->word_first];
    size_t at = 1;
    while (at < reading->word_len && !is_day(with, &words[at]))
        at++;
    return at < reading->word_len &&
           !(at + 4 < reading->word_len && is_printed_number(with, &words[at + 1]) &&
             begins(letters_of(with, &words[at + 2]), gaps[DAY_GAP].after) &&
             is_printed_number(with, &words[at + 3]) &&
             begins(letters_of(with, &words[at + 4]), "năm"));
}

static bool worth_it(const struct handwritten *with, const struct layout_line *line,
                     const struct reading *reading)
{
    const int64_t height = (int64_t)image_height_px(with->bilevel);
    return reading->word_len >= 2 && reading->word_len <= WORDS_MAX && !line->inverse &&
           line->cut_px == 0 && (int64_t)line->box.y * 100 < height * DEPTH_PERCENT &&
           (lacks_number(with, reading) || lacks_date(with, reading));
}

/* --- the letters of the line ------------------------------------------------------------------ */

static void take_letters(struct line_job *job, const struct line_scores *scores)
{
    const struct decoder *decoder = &job->with->decoder;
    uint32_t previous = decoder->null_class;
    for (uint32_t step = 0; step < scores->steps; step++) {
        const uint32_t class = scores->best[step];
        const float sure = scores->probabilities[(size_t)step * scores->stride + class];
        if (class != previous && class != decoder->null_class && job->len < LETTERS_MAX)
            job->letters[job->len++] =
                (struct letter){lexicon_text(decoder->lexicon, class), step, step, sure};
        struct letter *letter = job->len > 0 ? &job->letters[job->len - 1] : NULL;
        if (letter && class != decoder->null_class) {
            letter->last = step;
            letter->sure = sure > letter->sure ? sure : letter->sure;
        }
        previous = class;
    }
}

static int read_letters(struct line_job *job, struct err *err)
{
    const struct handwritten *with = job->with;
    struct line_scores scores;
    if (line_image_make(with->image, job->line->box, with->skew_deg, false, &job->image, err) < 0)
        return -1;
    if (job->image.width_px == 0)
        return 0;
    if (network_run(with->network, with->work, &job->image, 1, &scores, err) < 0)
        return -1;
    take_letters(job, &scores);
    return 0;
}

/* The letter after the word, looked for from `at` on; 0: it is not there. */
static size_t find_word(const struct line_job *job, size_t at, const char *word, size_t *ret_first)
{
    for (; at < job->len; at++) {
        const char *left = word;
        size_t end = at;
        while (*left && end < job->len) {
            const size_t len = strlen(job->letters[end].text);
            if (len == 0 || strncmp(left, job->letters[end].text, len) != 0)
                break;
            left += len;
            end++;
        }
        if (*left == '\0') {
            *ret_first = at;
            return end;
        }
    }
    return 0;
}

static bool is_sign(const char *text)
{
    return strcmp(text, ":") == 0 || strcmp(text, ".") == 0;
}

/* The number's gap begins behind the line's first two letters: these were looked at as a word,
 * which knows "Số" from "Só". */
static bool find_gap(const struct line_job *job, const struct gap *gap, struct found *found)
{
    size_t first;
    if (gap == &gaps[NUMBER_GAP]) {
        if (job->len < 3 || strcasecmp(job->letters[0].text, "S") != 0)
            return false;
        found->from = is_sign(job->letters[2].text) ? 3 : 2;
    } else {
        found->from = find_word(job, 0, gap->before, &first);
    }
    return found->from > 0 && find_word(job, found->from, gap->after, &found->to) > 0;
}

static bool is_blank(const struct letter *letter)
{
    return letter->text[0] == '\0' || letter->text[0] == ' ';
}

/* Does the word hold a letter of the gap? */
static bool is_touched(const struct line_job *job, const struct decoded_word *word,
                       const struct found *found)
{
    for (size_t i = found->from; i < found->to; i++)
        if (!is_blank(&job->letters[i]) && job->letters[i].first >= word->first_step &&
            job->letters[i].first < word->end_step)
            return true;
    return false;
}

/* Digits the network is sure of. */
static bool is_print(const struct line_job *job, const struct found *found)
{
    const struct decoded_word *words = &job->with->words->items[job->reading->word_first];
    size_t digits = 0;
    for (size_t i = found->from; i < found->to; i++) {
        const struct letter *letter = &job->letters[i];
        if (is_blank(letter))
            continue;
        if (!is_digit((uint8_t)letter->text[0]))
            return false;
        digits++;
    }
    for (size_t k = 0; k < job->reading->word_len; k++)
        if (is_touched(job, &words[k], found) && words[k].confidence < PRINTED_MIN)
            return false;
    return digits > 0;
}

/* --- the words of the line -------------------------------------------------------------------- */

/* Was the same read before, in one word with a printed neighbour? Then it is print. */
static bool is_known(const struct line_job *job, const struct found *found,
                     const struct digit_row *row)
{
    const struct decoded_word *words = &job->with->words->items[job->reading->word_first];
    const char *left = row->text;
    for (size_t i = found->from; i < found->to; i++) {
        if (is_blank(&job->letters[i]))
            continue;
        if (*left == '\0' || job->letters[i].text[0] != *left)
            return false;
        left++;
    }
    for (size_t k = 0; k < job->reading->word_len; k++)
        if (*left == '\0' && is_touched(job, &words[k], found) &&
            words[k].text_len > strlen(row->text))
            return true;
    return false;
}

/* The letters of a word that are not in the gap, as a word. */
static int add_part(const struct line_job *job, const struct decoded_word *word, size_t from,
                    size_t to, struct err *err)
{
    const struct handwritten *with = job->with;
    struct decoded_word part = {.confidence = 100, .text_off = with->letters->len};
    for (size_t i = from; i < to; i++) {
        const struct letter *letter = &job->letters[i];
        if (letter->first < word->first_step || letter->first >= word->end_step || is_blank(letter))
            continue;
        if (with->letters->len == part.text_off)
            part.first_step = letter->first;
        part.end_step = letter->last + 1;
        part.confidence =
            100 * letter->sure < part.confidence ? 100 * letter->sure : part.confidence;
        if (bytes_append(with->letters, span_of_text(letter->text), err) < 0)
            return -1; /* UNTESTED: memory */
    }
    part.text_len = with->letters->len - part.text_off;
    return part.text_len > 0 ? decoded_words_add(with->words, part, err) : 0;
}

static int add_digits(const struct line_job *job, const struct digit_row *row, struct err *err)
{
    const struct handwritten *with = job->with;
    const double step_px = line_image_px_per_step(job->line->box);
    const double from = row->box.x - job->line->box.x, to = from + row->box.w;
    const struct decoded_word word = {.first_step = from > 0 ? (uint32_t)(from / step_px) : 0,
                                      .end_step = to > 0 ? (uint32_t)(to / step_px) + 1 : 1,
                                      .confidence = row->confidence,
                                      .text_off = with->letters->len,
                                      .text_len = strlen(row->text)};
    if (bytes_append(with->letters, span_of_text(row->text), err) < 0)
        return -1; /* UNTESTED: memory */
    return decoded_words_add(with->words, word, err);
}

/* The words of the line once more, with the digits in the gap. */
static int fill(struct line_job *job, const struct found *found, const struct digit_row *row,
                struct err *err)
{
    struct decoded_words *words = job->with->words;
    const struct reading old = *job->reading;
    const size_t first = words->len;
    bool filled = false;
    for (size_t k = 0; k < old.word_len; k++) {
        const struct decoded_word word = words->items[old.word_first + k];
        const bool touched = is_touched(job, &word, found);
        if (touched && add_part(job, &word, 0, found->from, err) < 0)
            return -1; /* UNTESTED: memory */
        if (!filled && word.end_step > job->letters[found->to].first) {
            if (add_digits(job, row, err) < 0)
                return -1; /* UNTESTED: memory */
            filled = true;
        }
        if (touched ? add_part(job, &word, found->to, job->len, err) < 0
                    : decoded_words_add(words, word, err) < 0)
            return -1; /* UNTESTED: memory */
    }
    if (filled)
        *job->reading = (struct reading){.word_first = first, .word_len = words->len - first};
    return 0;
}

static int try_gap(struct line_job *job, const struct gap *gap, struct err *err)
{
    const struct layout_line *line = job->line;
    const double step_px = line_image_px_per_step(line->box);
    struct found found;
    struct digit_row row;
    if (!find_gap(job, gap, &found) || is_print(job, &found))
        return 0;
    const struct digit_place place = {
        .left = line->box.x + (int32_t)((job->letters[found.from - 1].last + 1) * step_px),
        .right = line->box.x + (int32_t)(job->letters[found.to].first * step_px),
        .base = line->base,
        .x_height = line->x_height,
        .digits_max = gap->digits_max,
        .value_max = gap->value_max};
    if (digit_row_read(&job->net, job->with->bilevel, &place, &row, err) < 0)
        return -1;
    return row.text[0] && !is_known(job, &found, &row) ? fill(job, &found, &row, err) : 0;
}

static int read_line(const struct handwritten *with, const struct layout_line *line,
                     struct reading *reading, struct err *err)
{
    CLEANUP(line_job_freep) struct line_job *job = calloc(1, sizeof *job);
    if (!job)
        return err_sys(err, "read a letterhead"); /* UNTESTED: memory */
    job->with = with;
    job->line = line;
    job->reading = reading;
    digits_net_load(&job->net);
    if (read_letters(job, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(gaps); i++)
        if (try_gap(job, &gaps[i], err) < 0)
            return -1;
    return 0;
}

int handwritten_lines(const struct handwritten *with, const struct layout *layout,
                      struct reading readings[], struct err *err)
{
    size_t done = 0;
    for (size_t i = 0; i < layout->len && done < HANDWRITTEN_LINES_MAX; i++) {
        if (!worth_it(with, &layout->lines[i], &readings[i]))
            continue;
        done++;
        if (read_line(with, &layout->lines[i], &readings[i], err) < 0)
            return -1;
    }
    return 0;
}
