/* tests/pages/letter.h - what an administrative paper says, in the parts Decree 30 gives it. */
#ifndef TESTS_PAGES_LETTER_H
#define TESTS_PAGES_LETTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "tests/pages/prng.h"

#define LETTER_LEFT_MAX       4
#define LETTER_ADDRESSEES_MAX 3
#define LETTER_RECIPIENTS_MAX 6
#define LETTER_AUTHORITY_MAX  2
#define LETTER_BLOCKS_MAX     128
#define LETTER_PARAGRAPHS_MAX 80
#define LETTER_COLUMNS_MAX    6

enum letter_kind {
    LETTER_DECISION,
    LETTER_NOTICE,
    LETTER_OFFICIAL,
    LETTER_REPORT,
    LETTER_MINUTES,
    LETTER_RECEIPT,
    LETTER_KINDS
};

enum block_style {
    BLOCK_BODY,   /* justified, first line indented */
    BLOCK_PLAIN,  /* ragged right, not indented */
    BLOCK_CENTRE, /* bold, centred */
    BLOCK_TABLE,  /* ruled: rows end with '\n', cells are parted by '\t', the first row is bold */
};

struct column {
    double share; /* of the width of the body; all of a table add up to 1 */
    bool words;   /* set flush left; numbers are centred */
};

struct block {
    enum block_style style;
    const char *text;             /* Pango markup, <b> and <i> only; tables: plain text */
    const struct column *columns; /* tables only */
    size_t columns_len;
};

/* Texts are NFC UTF-8 and belong to the letter; NULL where the kind has no such part. */
struct letter {
    enum letter_kind kind;
    const char *left[LETTER_LEFT_MAX]; /* the issuer, above it the agency it belongs to */
    size_t left_len;
    size_t left_bold; /* lines before this one are the parent agency's: not bold */
    const char *number;
    const char *place_date;
    const char *about;    /* "V/v ..." of an official letter */
    const char *title;    /* name of the type, in capitals */
    const char *abstract; /* what it is about */
    const char *addressees[LETTER_ADDRESSEES_MAX];
    size_t addressees_len;
    struct block blocks[LETTER_BLOCKS_MAX];
    size_t blocks_len;
    const char *recipients[LETTER_RECIPIENTS_MAX]; /* left closing block; [0] is its heading */
    size_t recipients_len;
    const char *left_signer; /* minutes and slips: the left block is a signature as well */
    const char *authority[LETTER_AUTHORITY_MAX];
    size_t authority_len;
    const char *signer;
    const char *seal; /* words round the seal */
};

/* The same arguments give the same letter; more paragraphs only make its body longer.
 *   paragraphs  1 .. LETTER_PARAGRAPHS_MAX
 * The caller owns the result. */
MUST_USE struct letter *letter_new(enum letter_kind kind, uint64_t seed, unsigned paragraphs,
                                   struct err *err);
void letter_free(struct letter *letter); /* NULL is fine */
void letter_freep(struct letter **letter);

const char *letter_kind_name(enum letter_kind kind); /* "decision", ...: for file names */

#endif
