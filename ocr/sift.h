/* ocr/sift.h - which of the lines that were found and read are text of the page. */
#ifndef OCR_SIFT_H
#define OCR_SIFT_H

#include "ocr/decode.h"
#include "ocr/layout.h"

/* What a line was read as: a run of the page's words. */
struct reading {
    size_t word_first, word_len;
    bool dropped; /* used by sift_lines() */
};

/* The words of a page and their letters, as decode_line() leaves them; borrowed. */
struct page_words {
    const struct decoded_word *items;
    const uint8_t *letters;
};

struct span page_word(const struct page_words *words, size_t index); /* its letters */

/* How much a text says: 1 for a letter, 2 for a digit (a page's number stands alone), nothing for
 * signs. */
size_t sift_weight(struct span text);

/* Drops lines of nonsense (what seals, signatures and scratches are read as) and echoes (a stroke
 * of a pen that crosses a line gives one more, made of the same letters). readings[i] belongs to
 * layout->lines[i]; the order stays. Before the reading order is found: nonsense between two
 * columns would join them. */
void sift_lines(struct layout *layout, struct reading readings[], const struct page_words *words);

#endif
