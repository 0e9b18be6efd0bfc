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

/* How much a text says: 1 for a letter, 2 for a digit (a page's number stands alone), nothing for
 * signs. */
size_t sift_weight(struct span text);

/* Drops lines of nonsense (what seals, signatures and scratches are read as) and echoes (a stroke
 * of a pen that crosses a line gives one more, made of the same letters). readings[i] belongs to
 * layout->lines[i]; words and text are the page's, as decode_line() leaves them; the order stays.
 * Before the reading order is found: nonsense between two columns would join them. */
void sift_lines(struct layout *layout, struct reading readings[], const struct decoded_word words[],
                const struct bytes *text);

#endif
