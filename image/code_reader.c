/* image/code_reader.c - the library that reads QR and Code 128: zbar. */
#include "image/code_reader.h"

#include <zbar.h>

#define LINE_STEP   2 /* rows and columns from one that is read to the next */
#define QUARTER_DEG 90u

static void free_scanner(zbar_image_scanner_t **scanner)
{
    if (*scanner)
        zbar_image_scanner_destroy(*scanner);
}

static void free_image(zbar_image_t **image)
{
    if (*image)
        zbar_image_destroy(*image);
}

static uint32_t clamp(int at, uint32_t size)
{
    return at < 0 ? 0 : (uint32_t)at >= size ? size - 1 : (uint32_t)at;
}

/* Its corners (QR) or the ends of the lines it was read on. */
static void take_box(const zbar_symbol_t *symbol, uint32_t width_px, uint32_t height_px,
                     struct code_read *code)
{
    code->left = width_px;
    code->top = height_px;
    for (unsigned i = 0; i < zbar_symbol_get_loc_size(symbol); i++) {
        const uint32_t x = clamp(zbar_symbol_get_loc_x(symbol, i), width_px);
        const uint32_t y = clamp(zbar_symbol_get_loc_y(symbol, i), height_px);
        code->left = x < code->left ? x : code->left;
        code->top = y < code->top ? y : code->top;
        code->right = x >= code->right ? x + 1 : code->right;
        code->bottom = y >= code->bottom ? y + 1 : code->bottom;
    }
}

static void show(const zbar_symbol_t *symbol, uint32_t width_px, uint32_t height_px,
                 code_visit *visit, void *self)
{
    const zbar_orientation_t turn = zbar_symbol_get_orientation(symbol);
    struct code_read code = {
        .is_qr = zbar_symbol_get_type(symbol) == ZBAR_QRCODE,
        .turned_deg = turn > ZBAR_ORIENT_UP ? (uint32_t)turn * QUARTER_DEG : 0,
        .text = span_of(zbar_symbol_get_data(symbol), zbar_symbol_get_data_length(symbol))};
    take_box(symbol, width_px, height_px, &code);
    visit(self, &code);
}

/* A new scanner for every picture: one that has read before has another state of its random
 * numbers. Texts are taken as bytes: what zbar makes of them would depend on the converters the C
 * library finds, and a cell finds none. */
static zbar_image_scanner_t *scanner_new(void)
{
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    if (scanner &&
        (zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0) |
         zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1) |
         zbar_image_scanner_set_config(scanner, ZBAR_CODE128, ZBAR_CFG_ENABLE, 1) |
         zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1) |
         zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_X_DENSITY, LINE_STEP) |
         zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_Y_DENSITY, LINE_STEP)) != 0)
        free_scanner(&scanner);
    return scanner;
}

int code_reader_read(const uint8_t *grey, uint32_t width_px, uint32_t height_px, code_visit *visit,
                     void *self)
{
    CLEANUP(free_scanner) zbar_image_scanner_t *scanner = scanner_new();
    CLEANUP(free_image) zbar_image_t *image = zbar_image_create();
    int found = 0;
    if (!scanner || !image)
        return -1; /* UNTESTED: memory */
    zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image, width_px, height_px);
    zbar_image_set_data(image, grey, (size_t)width_px * height_px, NULL);
    if (zbar_scan_image(scanner, image) < 0)
        return -1; /* UNTESTED: memory */
    for (const zbar_symbol_t *symbol = zbar_image_first_symbol(image); symbol;
         symbol = zbar_symbol_next(symbol)) {
        show(symbol, width_px, height_px, visit, self);
        found++;
    }
    return found;
}
