/* tests/fuzz/fuzz_image.c - any bytes as a file from the scanner: through all that a cell does with
 * it, also as the picture a renderer drew. */
#include "pipeline/cell.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/small_model.h"

#define PAGES_MAX   3
#define PIXELS_MAX  60000u
#define SIDE_MAX_PX 2000
#define DRAWN_DPI   150

static struct cell *cell;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    struct limits limits = LIMITS_DEFAULT;
    limits.pixels_max = PIXELS_MAX;
    limits.side_max_px = SIDE_MAX_PX;
    limits.pages_max = PAGES_MAX;
    struct err err = {0};
    char *folder = small_model_install();
    cell = cell_new(&limits, SMALL_MODEL_LANGUAGE, READER_FAST, &err);
    if (!cell)
        (void)fprintf(stderr, "%s\n", err.text);
    must(cell);
    small_model_remove(folder);
    return 0;
}

static void check(int rc, const struct err *err)
{
    must(rc == 0 || (err->kind != ERR_NONE && err->text[0] != '\0'));
}

static void read_page(uint32_t index, struct span raster)
{
    struct err err = {0};
    struct cell_output out = {.found = {0}};
    CLEANUP(page_text_done) struct page_text text = {0};
    const struct cell_page page = {.index = index, .raster = raster, .raster_dpi = DRAWN_DPI};
    const int rc = cell_read(cell, &page, &out, &err);
    check(rc, &err);
    /* What a cell says, the keeper believes: the same checks. */
    if (out.text.len > 0)
        must(page_text_unpack(bytes_span(&out.text), &text, &err) == 0);
    bytes_done(&out.text);
    bytes_done(&out.access);
}

static void embed_page(uint32_t index)
{
    struct err err = {0};
    struct embed embed;
    CLEANUP(bytes_done) struct bytes data = {0};
    const int rc = cell_embed(cell, index, &embed, &data, &err);
    check(rc, &err);
    must(rc < 0 || (embed_valid(&embed, SIDE_MAX_PX) && data.len > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct span file = span_of(data, len);
    char format[CELL_FORMAT_MAX];
    uint32_t pages = 0;
    struct err err = {0};
    const int rc = cell_open(cell, file, format, &pages, &err);
    check(rc, &err);
    must(rc < 0 || (pages >= 1 && pages <= PAGES_MAX));
    for (uint32_t i = 0; rc == 0 && i < pages; i++) {
        CLEANUP(bytes_done) struct bytes picture = {0};
        read_page(i, (struct span){0});
        err = (struct err){0};
        check(cell_picture(cell, i, &picture, &err), &err);
        embed_page(i);
    }
    if (rc == 0)
        read_page(0, file);
    cell_close(cell);
    return 0;
}
