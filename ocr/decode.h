/* ocr/decode.h - from a network's scores to words: greedy where it is sure, else a beam search
 * that prefers words of the dictionary. */
#ifndef OCR_DECODE_H
#define OCR_DECODE_H

#include "ocr/lexicon.h"
#include "ocr/network.h"

struct decoded_word {
    uint32_t first_step, end_step; /* where in the line; one past the end */
    float confidence;              /* 0..100 */
    size_t text_off, text_len;     /* into the text given to decode_line() */
};

struct decoded_words {
    struct decoded_word *items; /* owned by the caller: free() */
    size_t len, cap;
};

struct decoder {
    const struct lexicon *lexicon;
    uint32_t null_class, classes; /* of the network */
    bool any_word;                /* what is no word of the dictionary is as good as what is */
};

/* The letters of a word, UTF-8; borrowed from the text. */
static inline struct span decoded_letters(const struct bytes *text, const struct decoded_word *word)
{
    return span_of(text->data + word->text_off, word->text_len);
}

/* Appends a word; items may move. ERR_SYSTEM: memory. */
MUST_USE int decoded_words_add(struct decoded_words *words, struct decoded_word word,
                               struct err *err);

/* Appends the words of a line to words and their letters to text. */
MUST_USE int decode_line(const struct decoder *decoder, const struct line_scores *scores,
                         struct decoded_words *words, struct bytes *text, struct err *err);

#endif
