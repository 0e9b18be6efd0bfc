/* bench/cheap.c - small pages that say their number, as TIFF files written by hand (TIFF 6.0). */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench/tool.h"

#define WIDTH_PX   800u
#define HEIGHT_PX  200u
#define ROW_BYTES  (WIDTH_PX / 8)
#define PAGE_BYTES ((size_t)ROW_BYTES * HEIGHT_PX)
#define DOT_PX     6u /* of a digit of 5 x 7 dots: 42 pixels high, capitals of 14 points */
#define LEFT_PX    60u
#define TOP_PX     80u
#define DIGITS     8

#define TIFF_TAGS   12
#define TIFF_SHORT  3
#define TIFF_LONG   4
#define TIFF_RATIO  5
#define IFD_BYTES   (2 + TIFF_TAGS * 12 + 4)
#define RATIO_BYTES 8

/* Rows of five dots, the leftmost is the highest bit. */
static const uint8_t digits[10][7] = {
    {14, 17, 19, 21, 25, 17, 14}, {4, 12, 4, 4, 4, 4, 14},  {14, 17, 1, 2, 4, 8, 31},
    {31, 2, 4, 2, 1, 17, 14},     {2, 6, 10, 18, 31, 2, 2}, {31, 16, 30, 1, 1, 17, 14},
    {6, 8, 16, 30, 17, 17, 14},   {31, 1, 2, 4, 8, 8, 8},   {14, 17, 17, 14, 17, 17, 14},
    {14, 17, 17, 15, 1, 2, 12},
};

static void blacken(uint8_t *page, unsigned x, unsigned y)
{
    page[y * ROW_BYTES + x / 8] |= (uint8_t)(0x80u >> (x % 8));
}

static void draw_digit(uint8_t *page, unsigned digit, unsigned left)
{
    for (unsigned y = 0; y < 7 * DOT_PX; y++)
        for (unsigned x = 0; x < 5 * DOT_PX; x++)
            if (digits[digit][y / DOT_PX] >> (4 - x / DOT_PX) & 1)
                blacken(page, left + x, TOP_PX + y);
}

static void draw_number(uint8_t *page, uint64_t number)
{
    memset(page, 0, PAGE_BYTES);
    for (unsigned i = 0; i < DIGITS; i++, number /= 10)
        draw_digit(page, (unsigned)(number % 10), LEFT_PX + (DIGITS - 1 - i) * 7 * DOT_PX);
}

static void put_tag(uint8_t **at, unsigned tag, unsigned type, uint32_t value)
{
    put_le16(*at, (uint16_t)tag);
    put_le16(*at + 2, (uint16_t)type);
    put_le32(*at + 4, 1);
    put_le32(*at + 8, value);
    *at += 12;
}

/* Appends pixels, resolution and directory of one page; more: another page follows at once. */
static int add_page(struct bytes *tiff, uint64_t number, bool more, struct err *err)
{
    if (bytes_reserve(tiff, PAGE_BYTES + RATIO_BYTES + IFD_BYTES, err) < 0)
        return -1;
    uint32_t pixels = (uint32_t)tiff->len, ratio = pixels + (uint32_t)PAGE_BYTES;
    draw_number(tiff->data + tiff->len, number);
    uint8_t *at = tiff->data + ratio;
    put_le32(at, 300);
    put_le32(at + 4, 1);
    at += RATIO_BYTES;
    put_le16(at, TIFF_TAGS);
    at += 2;
    put_tag(&at, 256, TIFF_LONG, WIDTH_PX);
    put_tag(&at, 257, TIFF_LONG, HEIGHT_PX);
    put_tag(&at, 258, TIFF_SHORT, 1);
    put_tag(&at, 259, TIFF_SHORT, 1);
    put_tag(&at, 262, TIFF_SHORT, 0); /* zero is white */
    put_tag(&at, 273, TIFF_LONG, pixels);
    put_tag(&at, 277, TIFF_SHORT, 1);
    put_tag(&at, 278, TIFF_LONG, HEIGHT_PX);
    put_tag(&at, 279, TIFF_LONG, PAGE_BYTES);
    put_tag(&at, 282, TIFF_RATIO, ratio);
    put_tag(&at, 283, TIFF_RATIO, ratio);
    put_tag(&at, 296, TIFF_SHORT, 2);
    tiff->len = ratio + RATIO_BYTES + IFD_BYTES;
    /* The next directory stands behind the next page's pixels and resolution. */
    put_le32(at, more ? (uint32_t)(tiff->len + PAGE_BYTES + RATIO_BYTES) : 0);
    return 0;
}

int make_cheap_book(const char *path, uint64_t first, uint64_t n, struct err *err)
{
    CLEANUP(bytes_done) struct bytes tiff = {0};
    uint8_t head[8] = {'I', 'I', 42, 0};
    put_le32(head + 4, (uint32_t)(sizeof head + PAGE_BYTES + RATIO_BYTES));
    if (n * (PAGE_BYTES + RATIO_BYTES + IFD_BYTES) > UINT32_MAX)
        return err_set(err, ERR_INPUT, "too many pages for one file");
    if (bytes_append(&tiff, span_of(head, sizeof head), err) < 0)
        return -1;
    for (uint64_t i = 0; i < n; i++)
        if (add_page(&tiff, first + i, i + 1 < n, err) < 0)
            return -1;
    return file_write(path, bytes_span(&tiff), err);
}

int make_cheap_files(const char *dir, uint64_t first, uint64_t n, struct err *err)
{
    for (uint64_t i = first; i < first + n; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%.4000s/%08llu.tif", dir, (unsigned long long)i);
        if (make_cheap_book(path, i, 1, err) < 0)
            return -1;
    }
    return 0;
}
