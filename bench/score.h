/* bench/score.h - how well a page was read: letters, lines whatever their order, words, marks.
 *
 * Letters are code points of the NFC form (base/text.h: also D-with-stroke for Icelandic eth, on
 * both sides). Every run of white space, line breaks included, counts as one space, and none at the
 * ends: where lines break is layout, not reading. */
#ifndef BENCH_SCORE_H
#define BENCH_SCORE_H

#include "base/bytes.h"

#define SCORE_LETTERS_MAX 60000u /* of one text; the time is their product, about 2 ns each */

struct score {
    uint64_t letters;       /* of the truth */
    uint64_t edits;         /* fewest insertions, deletions, substitutions that make them equal */
    uint64_t substitutions; /* among the edits; the most that the fewest edits allow */
    uint64_t mark_errors;   /* among the substitutions: right base letter and case, wrong marks */
    /* Each line of the truth against its best match anywhere in the text that was read. Free of
     * reading order; does NOT see text that was read and is not there. */
    uint64_t line_letters, line_edits;
    /* Words between white space as a bag: order-free, and sees spurious text. */
    uint64_t words, words_read, words_matched;
};

/* Fails with ERR_INPUT on text that is not UTF-8 or too long. ret_score untouched then. */
MUST_USE int score_page(struct span truth, struct span read, struct score *ret_score,
                        struct err *err);
void score_add(struct score *sum, const struct score *more);

/* 0 is perfect; may pass 1 when much was read that is not there. Of no letters: 0, or 1 when there
 * were edits. */
double score_cer(const struct score *score);
double score_line_cer(const struct score *score);
double score_word_f1(const struct score *score);    /* 1 is perfect, also when there are no words */
double score_mark_share(const struct score *score); /* mark errors in substitutions; 0 of none */
double score_mark_rate(const struct score *score);  /* mark errors in letters; a part of the CER */

#endif
