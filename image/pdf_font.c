/* image/pdf_font.c - the font of a PDF's invisible text.
 *
 * The tables are those a PDF wants of a TrueType program (ISO 32000-1, 9.9), after the OpenType
 * specification: glyf, head, hhea, hmtx, loca, maxp. Glyph 0, which no text uses, is a box, so that
 * no table is empty; all others are of no length. */
#include "image/pdf_font.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS_ALL  0x110000u
#define ROW_LETTERS  256u
#define REPLACEMENT  0xFFFDu
#define BMP_ALL      0x10000u
#define RANGES_BLOCK 100u /* of one block of a CMap */

struct pdf_font {
    uint16_t *rows[LETTERS_ALL / ROW_LETTERS]; /* codes by letter; 0: none yet */
    uint32_t *letters;                         /* by code - 1 */
    size_t len, cap;
};

struct pdf_font *pdf_font_new(struct err *err)
{
    struct pdf_font *font = calloc(1, sizeof *font);
    if (!font)
        err_sys(err, "make a font"); /* UNTESTED: no memory */
    return font;
}

void pdf_font_free(struct pdf_font *font)
{
    if (!font)
        return;
    for (size_t i = 0; i < ARRAY_LEN(font->rows); i++)
        free(font->rows[i]);
    free(font->letters);
    free(font);
}

static int add_letter(struct pdf_font *font, uint32_t letter, struct err *err)
{
    if (font->len == font->cap) {
        size_t cap = font->cap ? 2 * font->cap : ROW_LETTERS;
        uint32_t *letters = realloc(font->letters, cap * sizeof *letters);
        if (!letters)
            return err_sys(err, "list letters"); /* UNTESTED: no memory */
        font->letters = letters;
        font->cap = cap;
    }
    font->letters[font->len++] = letter;
    return 0;
}

int pdf_font_code(struct pdf_font *font, uint32_t letter, uint16_t *ret_code, struct err *err)
{
    assert(letter < LETTERS_ALL);
    uint16_t **row = &font->rows[letter / ROW_LETTERS];
    uint16_t known = *row ? (*row)[letter % ROW_LETTERS] : 0;
    if (known == 0 && font->len >= PDF_FONT_LETTERS_MAX - 1 && letter != REPLACEMENT)
        return pdf_font_code(font, REPLACEMENT, ret_code, err);
    if (!*row)
        *row = calloc(ROW_LETTERS, sizeof **row);
    if (!*row)
        return err_sys(err, "list letters"); /* UNTESTED: no memory */
    if (known == 0) {
        if (add_letter(font, letter, err) < 0)
            return -1; /* UNTESTED: no memory */
        known = (uint16_t)font->len;
        (*row)[letter % ROW_LETTERS] = known;
    }
    *ret_code = known;
    return 0;
}

/* ---- the program */

/* Numbers of 16 bits one after the other: most of what tables are made of. */
static void put_all(uint8_t *p, const int *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_be16(p + 2 * i, (uint16_t)numbers[i]);
}

enum table { GLYF, HEAD, HHEA, HMTX, LOCA, MAXP, TABLES };
enum {
    DIRECTORY_BYTES = 12 + 16 * TABLES,
    BOX_BYTES = 36, /* the one glyph, padded */
    HEAD_BYTES = 54,
    HHEA_BYTES = 36,
    MAXP_BYTES = 32,
};

static void put_box(uint8_t *p)
{
    /* one contour, the box around it, the last point, no instructions; four points on the curve,
     * and how they differ from the ones before, first all x, then all y */
    static const int head[] = {1, 0, 0, PDF_FONT_WIDTH, PDF_FONT_ASCENT, 3, 0};
    static const int steps[] = {0, PDF_FONT_WIDTH, 0, -PDF_FONT_WIDTH, 0, 0, PDF_FONT_ASCENT, 0};
    put_all(p, head, ARRAY_LEN(head));
    memset(p + 2 * ARRAY_LEN(head), 1, 4);
    put_all(p + 2 * ARRAY_LEN(head) + 4, steps, ARRAY_LEN(steps));
}

static void put_head(uint8_t *p)
{
    static const int box[] = {0, 0, PDF_FONT_WIDTH, PDF_FONT_ASCENT};
    put_be32(p, 0x00010000);
    put_be32(p + 4, 0x00010000);
    put_be32(p + 12, 0x5F0F3CF5); /* the magic number */
    put_be16(p + 18, PDF_FONT_EM);
    put_all(p + 36, box, ARRAY_LEN(box));
    put_be16(p + 46, 8); /* smallest readable size */
    put_be16(p + 48, 2); /* left to right */
}

static void put_hhea(uint8_t *p)
{
    static const int metrics[] = {
        PDF_FONT_ASCENT, PDF_FONT_DESCENT, 0, PDF_FONT_WIDTH, 0, 0, PDF_FONT_WIDTH, 1};
    put_be32(p, 0x00010000);
    put_all(p + 4, metrics, ARRAY_LEN(metrics));
    put_be16(p + 34, 1); /* one width, of all glyphs */
}

static void put_maxp(uint8_t *p, uint32_t glyphs)
{
    put_be32(p, 0x00010000);
    put_be16(p + 4, (uint16_t)glyphs);
    put_be16(p + 6, 4);  /* points */
    put_be16(p + 8, 1);  /* contours */
    put_be16(p + 14, 1); /* zones */
}

static uint32_t sum_of(const uint8_t *p, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += (uint32_t)p[i] << (24 - 8 * (i % 4));
    return sum;
}

int pdf_font_file(const struct pdf_font *font, struct bytes *out, struct err *err)
{
    static const char names[TABLES][5] = {"glyf", "head", "hhea", "hmtx", "loca", "maxp"};
    const uint32_t glyphs = (uint32_t)font->len + 1;
    const uint32_t sizes[TABLES] = {BOX_BYTES,        HEAD_BYTES, HHEA_BYTES, 4 + 2 * (glyphs - 1),
                                    2 * (glyphs + 1), MAXP_BYTES};
    uint32_t at[TABLES], len = DIRECTORY_BYTES;
    for (int i = 0; i < TABLES; i++) {
        at[i] = len;
        len += (sizes[i] + 3) / 4 * 4;
    }
    if (bytes_reserve(out, len, err) < 0)
        return -1; /* UNTESTED: no memory */
    uint8_t *p = out->data + out->len;
    memset(p, 0, len);
    static const int search[] = {TABLES, 64, 2, 32};
    put_be32(p, 0x00010000);
    put_all(p + 4, search, ARRAY_LEN(search));
    put_box(p + at[GLYF]);
    put_head(p + at[HEAD]);
    put_hhea(p + at[HHEA]);
    put_be16(p + at[HMTX], PDF_FONT_WIDTH);
    for (size_t i = 1; i <= glyphs; i++) /* all but the box are of no length */
        put_be16(p + at[LOCA] + 2 * i, BOX_BYTES / 2);
    put_maxp(p + at[MAXP], glyphs);
    for (int i = 0; i < TABLES; i++) {
        uint8_t *entry = p + 12 + (size_t)16 * (size_t)i;
        memcpy(entry, names[i], 4);
        put_be32(entry + 4, sum_of(p + at[i], sizes[i]));
        put_be32(entry + 8, at[i]);
        put_be32(entry + 12, sizes[i]);
    }
    put_be32(p + at[HEAD] + 8, 0xB1B0AFBA - sum_of(p, len));
    out->len += len;
    return 0;
}

/* ---- codes to Unicode */

static int put_letter(struct bytes *out, uint32_t letter, struct err *err)
{
    if (letter < BMP_ALL)
        return bytes_printf(out, err, "<%04X>", letter);
    uint32_t rest = letter - BMP_ALL;
    return bytes_printf(out, err, "<%04X%04X>", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

/* The codes with the same first byte as this one, as one range with an array: that is half as long
 * as a line for each. */
static int put_range(struct bytes *out, const struct pdf_font *font, size_t code, struct err *err)
{
    size_t last = code | 0xFF;
    if (last > font->len)
        last = font->len;
    int rc = bytes_printf(out, err, "<%04zX><%04zX>[", code, last);
    for (; rc == 0 && code <= last; code++)
        rc = put_letter(out, font->letters[code - 1], err);
    return rc < 0 ? -1 : bytes_append(out, span_of_text("]\n"), err);
}

int pdf_font_unicode(const struct pdf_font *font, struct bytes *out, struct err *err)
{
    int rc = bytes_append(
        out,
        span_of_text("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                     "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                     "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                     "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"),
        err);
    const size_t ranges = font->len == 0 ? 0 : font->len / 256 + 1; /* codes begin with 1 */
    for (size_t i = 0; rc == 0 && i < ranges; i++) {
        size_t left = ranges - i;
        if (i % RANGES_BLOCK == 0)
            rc = bytes_printf(out, err, "%zu beginbfrange\n",
                              left < RANGES_BLOCK ? left : RANGES_BLOCK);
        if (rc == 0)
            rc = put_range(out, font, i == 0 ? 1 : 256 * i, err);
        if (rc == 0 && (left == 1 || i % RANGES_BLOCK == RANGES_BLOCK - 1))
            rc = bytes_append(out, span_of_text("endbfrange\n"), err);
    }
    if (rc < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out,
                        span_of_text("endcmap\nCMapName currentdict /CMap defineresource pop\n"
                                     "end\nend\n"),
                        err);
}
