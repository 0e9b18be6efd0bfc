/* tests/pages/typeset.h - a letter set on A4 pages: where every line stands, and the true text.
 *
 * Everything is in PostScript points, y downwards, hinting off: the same lines break at the same
 * words whatever the resolution it is drawn at. One thread at a time per object. */
#ifndef TESTS_PAGES_TYPESET_H
#define TESTS_PAGES_TYPESET_H

#include <cairo.h>

#include "base/bytes.h"
#include "tests/pages/letter.h"

#define A4_WIDTH_PT       595.276
#define A4_HEIGHT_PT      841.89
#define MM_PT             (72 / 25.4)
#define TYPESET_PAGES_MAX 12

struct typeset;

/* Whether the installed font has all Vietnamese letters (Liberation 1 has not): if not, Pango takes
 * those letters from another font and the pages look pasted together. */
bool typeset_font_fits(void);

/* Keeps nothing of the letter. Fails with ERR_INPUT when it needs more than TYPESET_PAGES_MAX
 * pages, ERR_SYSTEM on no memory. */
MUST_USE struct typeset *typeset_new(const struct letter *letter, struct err *err);
void typeset_free(struct typeset *typeset); /* NULL is fine */
void typeset_freep(struct typeset **typeset);

size_t typeset_pages(const struct typeset *typeset);

/* What is printed on the page, in reading order: a line per line, an empty line between blocks;
 * borrowed. The cells of a table row make one line. */
struct span typeset_truth(const struct typeset *typeset, size_t page);

/* Draws the page in black on what is there, in points. */
void typeset_draw(const struct typeset *typeset, size_t page, cairo_t *cr);

/* Where the signer signs on the page: the middle of the space between position and name. False
 * when nobody signs there. */
bool typeset_signature(const struct typeset *typeset, size_t page, double *ret_x, double *ret_y);

/* The printed lines one by one, for a text layer. */
struct typeset_line {
    double x, baseline, width, size; /* left end, in points; size of the type */
    struct span text;                /* borrowed from the typeset */
};
size_t typeset_lines(const struct typeset *typeset, size_t page);
struct typeset_line typeset_line(const struct typeset *typeset, size_t page, size_t line);

#endif
