/* tests/pages/selftest_page.c - sohoa-selftest-page: draws the lines of `sohoa selftest` and writes
 * them as ocr/selftest_pages.h (standard output). Run by hand when the lines change; what it writes
 * is kept, so that the product needs no fonts. */
#include <leptonica/allheaders.h>
#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/def.h"

#define WIDTH    1560
#define HEIGHT   420
#define DPI      300
#define DARK_MAX 128
#define PER_LINE 16

static const struct {
    const char *language, *text;
} pages[] = {
    {"vie", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"
            "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;\n"
            "Ủy ban nhân dân xã đã nhận đủ hồ sơ số 1234, gồm 5 tờ khai và 7 bản sao.\n"
            "Độc lập - Tự do - Hạnh phúc"},
    {"eng", "RECEIPT OF DOSSIER\n"
            "The one-stop department has received all papers of dossier no. 1234, dated 19 June,\n"
            "with 5 forms and 7 copies. The quick brown fox jumps over the lazy dog.\n"
            "Please keep this slip until the result is returned."},
};

static PIX *draw(const char *text)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    PangoLayout *layout = pango_cairo_create_layout(cairo);
    PangoFontDescription *font = pango_font_description_from_string("Liberation Serif 46px");
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_spacing(layout, 30 * PANGO_SCALE);
    cairo_move_to(cairo, 40, 40);
    pango_cairo_show_layout(cairo, layout);
    cairo_surface_flush(surface);
    PIX *page = pixCreate(WIDTH, HEIGHT, 1);
    const uint8_t *rows = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            (void)pixSetPixel(page, x, y, rows[y * stride + x * 4] < DARK_MAX);
    (void)pixSetResolution(page, DPI, DPI);
    pango_font_description_free(font);
    g_object_unref(layout);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return page;
}

static bool print_page(const char *language, const char *text)
{
    PIX *page = draw(text);
    l_uint8 *tiff = NULL;
    size_t len = 0;
    if (pixWriteMem(&tiff, &len, page, IFF_TIFF_G4) != 0)
        return false;
    printf("static const uint8_t selftest_%s[] = {", language);
    for (size_t i = 0; i < len; i++)
        printf("%s0x%02x,", i % PER_LINE == 0 ? "\n    " : " ", tiff[i]);
    printf("\n};\n");
    lept_free(tiff);
    pixDestroy(&page);
    return true;
}

int main(void)
{
    printf("/* ocr/selftest_pages.h - the lines of `sohoa selftest`, as TIFF G4; written by\n"
           " * tests/pages/selftest_page.c. */\n"
           "#ifndef OCR_SELFTEST_PAGES_H\n#define OCR_SELFTEST_PAGES_H\n\n#include "
           "<stddef.h>\n#include <stdint.h>\n\n"
           "/* clang-format off */\n");
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        if (!print_page(pages[i].language, pages[i].text))
            return EXIT_FAILURE;
    printf("/* clang-format on */\n\n"
           "static const struct selftest_page {\n"
           "    const char *language;\n"
           "    const uint8_t *tiff;\n"
           "    size_t len;\n"
           "    const char *text;\n"
           "} selftest_pages[] = {\n");
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        printf("    {\"%s\", selftest_%s, sizeof selftest_%s,\n     \"", pages[i].language,
               pages[i].language, pages[i].language);
        for (const char *c = pages[i].text; *c; c++)
            if (*c == '\n')
                printf("\\n\"\n     \"");
            else
                (void)putchar(*c);
        printf("\"},\n");
    }
    printf("};\n\n#endif\n");
    return EXIT_SUCCESS;
}
