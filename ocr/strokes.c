/* ocr/strokes.c - opening, closing and widening by a straight stroke, 32 pixels at a time.
 *
 * Pixels stand in words from the highest bit down. Beyond the page everything is white. */
#include "ocr/strokes.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS 32u

struct field {
    uint32_t *words;
    size_t row_words, rows;
};

static struct field field_of(PIX *page)
{
    (void)pixSetPadBits(page, 0);
    return (struct field){pixGetData(page), (size_t)pixGetWpl(page), (size_t)pixGetHeight(page)};
}

/* --- the field and itself, moved -------------------------------------------------------------- */

typedef void combine(const struct field *field, uint32_t by);

/* From the far end on, so that what is read was not written yet. */
static void or_moved_right(const struct field *field, uint32_t by)
{
    const size_t whole = by / WORD_BITS;
    for (size_t y = 0; y < field->rows; y++) {
        uint32_t *row = field->words + y * field->row_words;
        for (size_t i = field->row_words; i-- > whole;) {
            const uint32_t before = i > whole ? row[i - whole - 1] : 0;
            row[i] |=
                (uint32_t)(((uint64_t)before << WORD_BITS | row[i - whole]) >> by % WORD_BITS);
        }
    }
}

static void and_moved_left(const struct field *field, uint32_t by)
{
    const size_t whole = by / WORD_BITS;
    for (size_t y = 0; y < field->rows; y++) {
        uint32_t *row = field->words + y * field->row_words;
        for (size_t i = 0; i < field->row_words; i++) {
            const size_t at = i + whole;
            const uint32_t here = at < field->row_words ? row[at] : 0;
            const uint32_t after = at + 1 < field->row_words ? row[at + 1] : 0;
            row[i] &=
                (uint32_t)(((uint64_t)here << WORD_BITS | after) >> (WORD_BITS - by % WORD_BITS));
        }
    }
}

static void or_moved_down(const struct field *field, uint32_t by)
{
    const size_t moved = by * field->row_words;
    for (size_t i = field->rows * field->row_words; i-- > moved;)
        field->words[i] |= field->words[i - moved];
}

static void or_moved_up(const struct field *field, uint32_t by)
{
    const size_t moved = by * field->row_words, n = field->rows * field->row_words;
    for (size_t i = 0; i + moved < n; i++)
        field->words[i] |= field->words[i + moved];
}

static void and_moved_up(const struct field *field, uint32_t by)
{
    const size_t moved = by * field->row_words, n = field->rows * field->row_words;
    for (size_t i = 0; i < n; i++)
        field->words[i] &= i + moved < n ? field->words[i + moved] : 0;
}

/* Combines the field with itself moved by 0, 1, ... length - 1. */
static void combine_all(combine *combine_moved, const struct field *field, uint32_t length)
{
    for (uint32_t covered = 1, more = 0; covered < length; covered += more) {
        more = covered < length - covered ? covered : length - covered;
        combine_moved(field, more);
    }
}

/* --- what is made of it ----------------------------------------------------------------------- */

void strokes_open_across(PIX *page, uint32_t length_px)
{
    const struct field field = field_of(page);
    combine_all(and_moved_left, &field, length_px);
    combine_all(or_moved_right, &field, length_px);
}

void strokes_open_down(PIX *page, uint32_t length_px)
{
    const struct field field = field_of(page);
    combine_all(and_moved_up, &field, length_px);
    combine_all(or_moved_down, &field, length_px);
}

/* A row reaches beyond the page while its black is wider; closed, it is white there again. */
int strokes_close_across(PIX *page, uint32_t length_px, struct err *err)
{
    const struct field field = field_of(page);
    struct field wide = {.row_words = field.row_words + length_px / WORD_BITS + 1, .rows = 1};
    wide.words = calloc(wide.row_words, sizeof *wide.words);
    if (!wide.words) {
        errno = ENOMEM;
        return err_sys(err, "close the letters of a page"); /* UNTESTED: memory */
    }
    for (size_t y = 0; y < field.rows; y++) {
        uint32_t *row = field.words + y * field.row_words;
        memcpy(wide.words, row, field.row_words * sizeof *row);
        combine_all(or_moved_right, &wide, length_px);
        combine_all(and_moved_left, &wide, length_px);
        memcpy(row, wide.words, field.row_words * sizeof *row);
    }
    free(wide.words);
    return 0;
}

void strokes_widen_down(PIX *page, uint32_t length_px)
{
    const struct field field = field_of(page);
    combine_all(or_moved_up, &field, length_px / 2 + 1);
    combine_all(or_moved_down, &field, length_px - length_px / 2);
}
