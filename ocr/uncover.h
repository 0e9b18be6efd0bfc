/* ocr/uncover.h - the beginning of a line that a seal or a signature lies over.
 *
 * Ink that is tall ties lines together, so the layout leaves it out, and with it every letter it
 * touches: of a signer's name, below the seal as Decree 30/2020/ND-CP wants it, "ê Minh Hưng" is
 * left. Such a line is read again, seal and all, from several places further left. What the seal
 * adds reads as nonsense, and differently from each place; a word of the language that is read
 * alike from several of them is there. */
#ifndef OCR_UNCOVER_H
#define OCR_UNCOVER_H

#include "ocr/decode.h"
#include "ocr/layout.h"
#include "ocr/sift.h"

#define UNCOVER_LINES_MAX 12u /* of one page */

struct uncover {
    const struct network *network;
    struct network_work *work;
    struct decoder decoder;
    const struct image *image; /* what the lines are cut out of */
    float skew_deg;            /* as of line_image_make() */
    struct decoded_words *words;
    struct bytes *letters;
};

/* Reads the lines of the layout that are `covered` again; where that finds more words, line and
 * reading are changed. readings[i] belongs to lines[i]. About 1 ms a line. ERR_SYSTEM: memory. */
MUST_USE int uncover_lines(const struct uncover *with, struct layout *layout,
                           struct reading readings[], struct err *err);

#endif
