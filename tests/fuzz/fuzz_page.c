/* tests/fuzz/fuzz_page.c - any bytes as orders how to draw a page; the page is read. What decoders
 * never get from changed bytes comes out of this: columns, tables, letterheads. */
#include <leptonica/allheaders.h>

#include "pipeline/page.h"
#include "pipeline/stages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/small_model.h"

#define GRID_PX      3 /* positions are multiples of it: a byte reaches across 768 pixels */
#define ORDER_BYTES  6
#define HEADER_BYTES 4

static struct reader *reader;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    struct err err = {0};
    char *folder = small_model_install();
    reader = reader_open(NULL, SMALL_MODEL_LANGUAGE, READER_FAST, &err);
    if (!reader)
        (void)fprintf(stderr, "%s\n", err.text);
    must(reader);
    small_model_remove(folder);
    return 0;
}

/* A row of letters: each a stem and a foot, or one of them, or nothing. */
static void write_letters(PIX *pix, int x, int y, int size, unsigned n, unsigned pattern)
{
    for (unsigned i = 0; i < n; i++, x += size) {
        if (pattern >> i % 8 & 1)
            (void)pixRasterop(pix, x, y, 1 + size / 5, size, PIX_SET, NULL, 0, 0);
        if (pattern >> (i + 3) % 8 & 1)
            (void)pixRasterop(pix, x, y + size - 3, size * 3 / 4, 3, PIX_SET, NULL, 0, 0);
    }
}

/* A bar, a hole, an upright bar or a row of letters. */
static void obey(PIX *pix, const uint8_t order[ORDER_BYTES])
{
    const int x = order[1] * GRID_PX, y = order[2] * GRID_PX;
    const int w = 1 + order[3] * GRID_PX, h = 1 + order[4];
    switch (order[0] % 4) {
    case 0:
        (void)pixRasterop(pix, x, y, w, h, PIX_SET, NULL, 0, 0);
        break;
    case 1:
        (void)pixRasterop(pix, x, y, w, h, PIX_CLR, NULL, 0, 0);
        break;
    case 2:
        (void)pixRasterop(pix, x, y, h, w, PIX_SET, NULL, 0, 0);
        break;
    default:
        write_letters(pix, x, y, 4 + order[4] % 60, order[3], order[5]);
    }
}

static PIX *draw(const uint8_t *data, size_t len)
{
    static const int dpis[] = {0, 75, 150, 300, 600};
    PIX *pix = pixCreate(1 + data[0] * GRID_PX, 1 + data[1] * GRID_PX, 1);
    must(pix);
    const int dpi = dpis[data[2] % ARRAY_LEN(dpis)];
    (void)pixSetXRes(pix, dpi);
    (void)pixSetYRes(pix, dpi);
    for (size_t at = HEADER_BYTES; at + ORDER_BYTES <= len; at += ORDER_BYTES)
        obey(pix, data + at);
    if (data[3] % 2) {
        PIX *grey = pixConvertTo8(pix, 0);
        pixDestroy(&pix);
        pix = grey;
    }
    return pix;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < HEADER_BYTES)
        return 0;
    struct err err = {0};
    CLEANUP(page_done) struct page page = {.reader = reader};
    CLEANUP(bytes_done) struct bytes packed = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    page.image = image_of_pix(draw(data, len), &err);
    must(page.image);
    page.found.width_px = image_width_px(page.image);
    page.found.height_px = image_height_px(page.image);
    for (int id = STAGE_BLANK; id <= STAGE_RECOGNISE; id++)
        if (page.found.status != PAGE_BLANK || stages[id].blank_too)
            must(stages[id].run(&page, &err) == 0);
    must(page_text_pack(&page.text, &packed, &err) == 0);
    must(page_text_unpack(bytes_span(&packed), &text, &err) == 0);
    return 0;
}
