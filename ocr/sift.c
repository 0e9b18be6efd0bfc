/* ocr/sift.c - which of the lines that were found and read are text of the page. */
#include "ocr/sift.h"

#include <stdlib.h>
#include <string.h>

/* The network knows when it reads nonsense: of the lines it is this unsure of, hardly one in the
 * real scans this was measured on has a word. */
#define CONFIDENCE_MIN        50.0F
#define CONFIDENCE_LONELY_MIN 75.0F /* a line of one letter is mostly a scratch */
#define CONFIDENCE_SURE_MIN   90.0F
#define SHORT_WORD_BYTES      2 /* such words are in every line */

struct page_words {
    const struct decoded_word *items;
    const struct bytes *text;
};

static struct span letters_of_word(const struct page_words *words, size_t index)
{
    return decoded_letters(words->text, &words->items[index]);
}

/* By the ranges of Unicode: general punctuation, arrows, drawing and the like (U+2000 to U+2BFF)
 * and what is below U+00C0 are signs. */
size_t sift_weight(struct span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.data[i];
        if (c >= '0' && c <= '9')
            n += 2;
        else
            n += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xc3 && c != 0xe2);
    }
    return n;
}

/* The words of a line follow each other, and so do their letters. */
static struct span letters_of(const struct page_words *words, const struct reading *reading)
{
    if (reading->word_len == 0)
        return (struct span){0};
    const struct span first = letters_of_word(words, reading->word_first);
    const struct span last = letters_of_word(words, reading->word_first + reading->word_len - 1);
    return span_of(first.data, (size_t)(last.data + last.len - first.data));
}

/* Mean of the words', each letter counting. */
static float confidence_of(const struct page_words *words, const struct reading *reading)
{
    float sum = 0;
    for (size_t k = 0; k < reading->word_len; k++) {
        const struct decoded_word *word = &words->items[reading->word_first + k];
        sum += word->confidence * (float)word->text_len;
    }
    const size_t bytes = letters_of(words, reading).len;
    return bytes > 0 ? sum / (float)bytes : 0;
}

static bool makes_sense(const struct page_words *words, const struct reading *reading)
{
    const size_t weight = sift_weight(letters_of(words, reading));
    return weight > 0 &&
           confidence_of(words, reading) >= (weight > 1 ? CONFIDENCE_MIN : CONFIDENCE_LONELY_MIN);
}

/* Do two lines stand on the same letters? */
static bool overlap(const struct layout_line *a, const struct layout_line *b, int32_t letter_px)
{
    const int32_t right_a = a->box.x + a->box.w, right_b = b->box.x + b->box.w;
    const int32_t right = right_a < right_b ? right_a : right_b;
    const int32_t left = a->box.x > b->box.x ? a->box.x : b->box.x;
    const int32_t narrow = a->box.w < b->box.w ? a->box.w : b->box.w;
    return 3 * abs(a->base - b->base) <= 2 * letter_px && 2 * (right - left) > narrow;
}

/* Is at least a fifth of the words of `part` in `whole`? */
static bool says_so_too(const struct page_words *words, const struct reading *part,
                        struct span whole)
{
    size_t all = 0, found = 0;
    if (whole.len == 0)
        return false;
    for (size_t k = 0; k < part->word_len; k++) {
        const struct span word = letters_of_word(words, part->word_first + k);
        if (word.len <= SHORT_WORD_BYTES)
            continue;
        all++;
        found += memmem(whole.data, whole.len, word.data, word.len) != NULL;
    }
    return found > 0 && 5 * found >= all;
}

/* Of two that are sure the longer is taken, else the surer. */
static bool is_better(const struct page_words *words, const struct reading *a,
                      const struct reading *b)
{
    const size_t len_a = letters_of(words, a).len, len_b = letters_of(words, b).len;
    const float sure_a = confidence_of(words, a), sure_b = confidence_of(words, b);
    if (sure_a >= CONFIDENCE_SURE_MIN && sure_b >= CONFIDENCE_SURE_MIN && len_a != len_b)
        return len_a > len_b;
    return sure_a > sure_b;
}

static bool is_echo(const struct layout *layout, const struct reading readings[], size_t i,
                    const struct page_words *words)
{
    for (size_t k = 0; k < layout->len; k++)
        if (k != i && !readings[k].dropped &&
            overlap(&layout->lines[i], &layout->lines[k], layout->letter_px) &&
            is_better(words, &readings[k], &readings[i]) &&
            (says_so_too(words, &readings[k], letters_of(words, &readings[i])) ||
             says_so_too(words, &readings[i], letters_of(words, &readings[k]))))
            return true;
    return false;
}

void sift_lines(struct layout *layout, struct reading readings[], const struct decoded_word words[],
                const struct bytes *text)
{
    const struct page_words page = {words, text};
    size_t kept = 0;
    for (size_t i = 0; i < layout->len; i++)
        readings[i].dropped = !makes_sense(&page, &readings[i]);
    for (size_t i = 0; i < layout->len; i++)
        readings[i].dropped = readings[i].dropped || is_echo(layout, readings, i, &page);
    for (size_t i = 0; i < layout->len; i++)
        if (!readings[i].dropped) {
            readings[kept] = readings[i];
            layout->lines[kept++] = layout->lines[i];
        }
    layout->len = kept;
}
