/* image/barcode.c - codes on a page that machines read: from areas to texts. */
#include "image/barcode.h"

#include <stdlib.h>

#include "base/text.h"
#include "image/canvas.h"
#include "image/code_area.h"
#include "image/code_reader.h"

#define A4_LONG_INCH 11.69
#define PIXELS_MAX   2500000u /* of what is read at once: larger areas are made smaller */
#define LOOKS        3        /* each coarser than the one before */
#define WHITE        255u

/* A cut-out of the page, each pixel the mean of scale x scale of the page's. */
struct cutout {
    uint8_t *grey;
    uint32_t w, h;
};

static void cutout_done(struct cutout *cutout)
{
    free(cutout->grey);
}

static int cut_out(const struct image *page, const struct code_area *area, uint32_t scale,
                   struct cutout *ret_cutout, struct err *err)
{
    const bool bilevel = image_depth(page) == 1;
    const uint32_t w = area->w / scale, h = area->h / scale;
    uint8_t *grey = canvas_memory((uint64_t)w * h, 1, err);
    if (!grey)
        return -1; /* UNTESTED: memory */
    const uint32_t *words = canvas_row(image_pix(page), area->y);
    const size_t row_words = (size_t)pixGetWpl(image_pix(page));
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++) {
            uint32_t sum = 0;
            for (uint32_t dy = 0; dy < scale; dy++) {
                const uint32_t *row = words + (y * scale + dy) * row_words;
                for (uint32_t dx = 0; dx < scale; dx++) {
                    const uint32_t at = area->x + x * scale + dx;
                    sum += bilevel ? WHITE * !GET_DATA_BIT(row, at) : GET_DATA_BYTE(row, at);
                }
            }
            grey[(size_t)y * w + x] = (uint8_t)(sum / (scale * scale));
        }
    *ret_cutout = (struct cutout){grey, w, h};
    return 0;
}

/* The text as the header promises it; false: it is none. */
static bool take_text(struct span text, char ret_text[BARCODE_TEXT_MAX])
{
    size_t len = 0;
    if (text.len >= BARCODE_TEXT_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        const bool blank = c == '\t' || c == '\n' || c == '\r';
        if (blank)
            c = ' ';
        if (!blank || len == 0 || ret_text[len - 1] != ' ')
            ret_text[len++] = c;
    }
    while (len > 0 && ret_text[len - 1] == ' ')
        len--;
    ret_text[len] = '\0';
    return len > 0 && text_plain(span_of(ret_text, len));
}

struct reading {
    const struct code_area *area;
    uint32_t scale;
    struct barcodes *codes;
};

static void take_code(void *self, const struct code_read *read)
{
    const struct reading *reading = self;
    const uint32_t scale = reading->scale;
    struct barcodes *codes = reading->codes;
    struct barcode *code = &codes->at[codes->len];
    if (codes->len == BARCODES_MAX || !take_text(read->text, code->text))
        return;
    code->kind = read->is_qr ? BARCODE_QR : BARCODE_CODE128;
    code->x = reading->area->x + read->left * scale;
    code->y = reading->area->y + read->top * scale;
    code->w = (read->right - read->left) * scale;
    code->h = (read->bottom - read->top) * scale;
    code->turned_deg = read->turned_deg;
    codes->len++;
}

/* Returns how many were read, or -1. */
static int read_scaled(const struct image *page, const struct code_area *area, uint32_t scale,
                       struct barcodes *codes, struct err *err)
{
    CLEANUP(cutout_done) struct cutout cutout = {.grey = NULL};
    struct reading reading = {area, scale, codes};
    if (cut_out(page, area, scale, &cutout, err) < 0)
        return -1; /* UNTESTED: memory */
    int found = code_reader_read(cutout.grey, cutout.w, cutout.h, take_code, &reading);
    return found < 0 ? err_sys(err, "read a code") : found; /* UNTESTED: memory */
}

/* Where a fine look sees nothing, a coarser one may: noise is less in the mean of more pixels. */
static int read_area(const struct image *page, const struct code_area *area, struct barcodes *codes,
                     struct err *err)
{
    uint32_t scale = 1;
    int found = 0;
    while ((uint64_t)(area->w / scale) * (area->h / scale) > PIXELS_MAX)
        scale++;
    for (int look = 0; look < LOOKS && found == 0; look++, scale++)
        if (area->w >= scale && area->h >= scale)
            found = read_scaled(page, area, scale, codes, err);
    return found;
}

static int find_patch(const struct image *bilevel, const struct code_area *area, uint32_t dpi,
                      struct barcodes *codes, struct err *err)
{
    struct patch patch;
    bool found = false;
    if (patch_find(bilevel, area, dpi, &found, &patch, err) < 0)
        return -1; /* UNTESTED: memory */
    if (found && codes->len < BARCODES_MAX)
        codes->at[codes->len++] = (struct barcode){.kind = BARCODE_PATCH_T,
                                                   .x = patch.x,
                                                   .y = patch.y,
                                                   .w = patch.w,
                                                   .h = patch.h,
                                                   .turned_deg = patch.on_end ? 90 : 0};
    return 0;
}

static uint32_t dpi_of(const struct image *page)
{
    const uint32_t w = image_width_px(page), h = image_height_px(page);
    return image_dpi(page) ? image_dpi(page) : (uint32_t)((w > h ? w : h) / A4_LONG_INCH) + 1;
}

int barcode_find(const struct image *page, const struct image *bilevel, struct barcodes *ret_codes,
                 struct err *err)
{
    struct code_area areas[CODE_AREAS_MAX];
    uint32_t len = 0;
    const uint32_t dpi = dpi_of(page);
    ret_codes->len = 0;
    if (code_areas(bilevel, dpi, areas, &len, err) < 0)
        return -1; /* UNTESTED: memory */
    for (uint32_t i = 0; i < len && ret_codes->len < BARCODES_MAX; i++)
        if (find_patch(bilevel, &areas[i], dpi, ret_codes, err) < 0 ||
            read_area(page, &areas[i], ret_codes, err) < 0)
            return -1; /* UNTESTED: memory */
    return 0;
}
