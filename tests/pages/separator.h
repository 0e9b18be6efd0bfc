/* tests/pages/separator.h - sheets that part a stack into dossiers, and what wears them out. */
#ifndef TESTS_PAGES_SEPARATOR_H
#define TESTS_PAGES_SEPARATOR_H

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum separator_symbol { SYMBOL_QR, SYMBOL_CODE128, SYMBOL_PATCH_T, SYMBOLS };

/* What happened to a sheet; a clean one was only printed and scanned. */
enum separator_trial {
    TRIAL_CLEAN,
    TRIAL_TURNED_90,
    TRIAL_TURNED_180,
    TRIAL_TURNED_270,
    TRIAL_SKEWED,       /* by 3 to 10 degrees either way */
    TRIAL_FAX,          /* 200 dpi, CCITT G4 */
    TRIAL_FAX_SKEWED,   /* the same, askew */
    TRIAL_PALE,         /* low contrast, noise, JPEG */
    TRIAL_WORN,         /* everything the scanner has, JPEG */
    TRIAL_TORN,         /* a corner is gone; the code is whole */
    TRIAL_STAMPED,      /* a seal over part of the code */
    TRIAL_WORN_STAMPED, /* and everything else, turned */
    TRIALS
};
const char *separator_trial_name(enum separator_trial trial);    /* "turned-90", ... */
const char *separator_symbol_name(enum separator_symbol symbol); /* as the page record has it */

#define SHEET_TEXT_MAX 256
#define SHEET_CODE_MAX 40

/* A sheet, by seed. */
struct separator {
    enum separator_symbol symbol;
    enum separator_trial trial;
    uint64_t seed;
    char code[SHEET_CODE_MAX]; /* of the dossier; "" on patch sheets */
    char text[SHEET_TEXT_MAX]; /* in the symbol */
    bool slip;                 /* a receipt slip with a small code at its head; else a sheet
                                  with nothing but a large one */
};

/* The same arguments give the same sheet; symbols, forms of code and layouts take turns. */
struct separator separator_of(uint64_t seed, uint32_t index, enum separator_trial trial);

/* A point near the symbol: a sheet turned about it keeps the symbol on the glass. */
void separator_pivot(const struct separator *separator, double *ret_x, double *ret_y);

/* Draws the symbol, what stands beside it and the harm done to the paper, in points on A4. Below it
 * a slip wants a letter, which begins at SHEET_HEAD_PT. */
#define SHEET_HEAD_PT 130.0
MUST_USE int separator_draw(const struct separator *separator, cairo_t *cr, struct err *err);

#endif
