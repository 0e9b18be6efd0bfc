/* tests/fuzz/seeds.c - what the corpora began with: a small model, small pictures in all formats.
 *
 * fuzz_seeds FOLDER writes FOLDER/traineddata, FOLDER/image and FOLDER/page. */
#include <leptonica/allheaders.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/small_model.h"

static void save(const char *folder, const char *kind, const char *name, struct span data)
{
    char *path = NULL;
    must(asprintf(&path, "%s/%s", folder, kind) > 0);
    (void)mkdir(path, 0777);
    free(path);
    must(asprintf(&path, "%s/%s/%s", folder, kind, name) > 0);
    FILE *file = fopen(path, "wbe");
    must(file && fwrite(data.data, 1, data.len, file) == data.len && fclose(file) == 0);
    free(path);
}

static PIX *draw(int depth)
{
    static char line[] = "KINH GUI: so 12/2026", other[] = "dong hai tram";
    PIX *pix = pixCreate(200, 70, 8);
    L_BMF *font = bmfCreate(NULL, 6);
    must(pix && font);
    (void)pixSetAllGray(pix, 255);
    (void)pixSetTextline(pix, font, line, 0, 10, 20, NULL, NULL);
    (void)pixSetTextline(pix, font, other, 0, 40, 45, NULL, NULL);
    (void)pixRasterop(pix, 5, 55, 180, 2, PIX_CLR, NULL, 0, 0);
    bmfDestroy(&font);
    PIX *done = depth == 1    ? pixConvertTo1(pix, 128)
                : depth == 32 ? pixConvertTo32(pix)
                              : pixClone(pix);
    if (depth == 32) {
        BOX *seal = boxCreate(120, 5, 40, 40);
        (void)pixBlendInRect(done, seal, 0xff202000, 0.6F);
        boxDestroy(&seal);
    }
    pixDestroy(&pix);
    (void)pixSetResolution(done, 150, 150);
    return done;
}

static void save_pictures(const char *folder)
{
    static const struct {
        const char *name;
        int depth, format;
    } pictures[] = {
        {"g4.tif", 1, IFF_TIFF_G4},
        {"g3.tif", 1, IFF_TIFF_G3},
        {"packbits.tif", 1, IFF_TIFF_PACKBITS},
        {"lzw.tif", 8, IFF_TIFF_LZW},
        {"zip.tif", 32, IFF_TIFF_ZIP},
        {"jpeg.tif", 8, IFF_TIFF_JPEG},
        {"grey.jpg", 8, IFF_JFIF_JPEG},
        {"colour.jpg", 32, IFF_JFIF_JPEG},
        {"bilevel.png", 1, IFF_PNG},
        {"grey.png", 8, IFF_PNG},
        {"colour.png", 32, IFF_PNG},
        {"grey.bmp", 8, IFF_BMP},
        {"grey.gif", 8, IFF_GIF},
        {"colour.webp", 32, IFF_WEBP},
        {"grey.jp2", 8, IFF_JP2},
        {"bilevel.pnm", 1, IFF_PNM},
        {"colour.pdf", 32, IFF_LPDF},
        {"bilevel.pdf", 1, IFF_LPDF},
    };
    for (size_t i = 0; i < ARRAY_LEN(pictures); i++) {
        l_uint8 *data = NULL;
        size_t len = 0;
        PIX *pix = draw(pictures[i].depth);
        must(pixWriteMem(&data, &len, pix, pictures[i].format) == 0);
        save(folder, "image", pictures[i].name, span_of(data, len));
        lept_free(data);
        pixDestroy(&pix);
    }
}

/* --- TIFF as Leptonica does not write it --------------------------------------------------------
 */

#define TIFF_SIDE        16u
#define TIFF_ENTRIES_MAX 14u
#define TIFF_DATA_AT     512u
#define TYPE_SHORT       3u
#define TYPE_LONG        4u

struct tiff_kind {
    const char *name;
    uint32_t bits, per_pixel, photometric, extra, planar, format, tile_px; /* 0: strips */
};
static const struct tiff_kind tiff_kinds[] = {
    {"grey16.tif", 16, 1, 1, 0, 1, 1, 0},     {"float.tif", 32, 1, 1, 0, 1, 3, 0},
    {"palette.tif", 4, 1, 3, 0, 1, 1, 0},     {"tiles.tif", 8, 3, 2, 0, 1, 1, 16},
    {"bits-tiles.tif", 1, 1, 0, 0, 1, 1, 64}, {"alpha.tif", 8, 4, 2, 2, 1, 1, 0},
    {"grey-alpha.tif", 8, 2, 1, 1, 1, 1, 16}, {"cmyk.tif", 8, 4, 5, 0, 1, 1, 0},
    {"planes.tif", 8, 3, 2, 0, 2, 1, 0},      {"lab.tif", 8, 3, 8, 0, 1, 1, 0},
    {"ycbcr.tif", 8, 3, 6, 0, 1, 1, 16},
};

struct tiff {
    uint8_t bytes[4096];
    uint32_t entries, free_at; /* where an array of values may go */
};

static void tag(struct tiff *tiff, uint32_t id, uint32_t type, uint32_t count, uint32_t value)
{
    must(tiff->entries < TIFF_ENTRIES_MAX);
    uint8_t *at = tiff->bytes + 10 + 12 * (size_t)tiff->entries++;
    put_le16(at, (uint16_t)id);
    put_le16(at + 2, (uint16_t)type);
    put_le32(at + 4, count);
    put_le32(at + 8, value);
}

static void tag_array(struct tiff *tiff, uint32_t id, const uint32_t *values, uint32_t count)
{
    tag(tiff, id, TYPE_LONG, count, count == 1 ? values[0] : tiff->free_at);
    for (uint32_t i = 0; count > 1 && i < count; i++, tiff->free_at += 4)
        put_le32(tiff->bytes + tiff->free_at, values[i]);
}

static void tag_palette(struct tiff *tiff, uint32_t bits)
{
    const uint32_t count = 3u << bits;
    tag(tiff, 320, TYPE_SHORT, count, tiff->free_at);
    for (uint32_t i = 0; i < count; i++, tiff->free_at += 2)
        put_le16(tiff->bytes + tiff->free_at, (uint16_t)(i * 1369));
}

static void save_tiff(const char *folder, const struct tiff_kind *kind)
{
    struct tiff tiff = {.bytes = "II*\0\x08", .free_at = 10 + 12 * TIFF_ENTRIES_MAX + 4};
    const uint32_t planes = kind->planar == 2 ? kind->per_pixel : 1;
    const uint32_t row_px = kind->tile_px ? kind->tile_px : TIFF_SIDE;
    const uint32_t plane_bytes = TIFF_SIDE * row_px * kind->bits * (kind->per_pixel / planes) / 8;
    uint32_t offsets[4], counts[4];
    for (uint32_t i = 0; i < planes; i++) {
        offsets[i] = TIFF_DATA_AT + i * plane_bytes;
        counts[i] = plane_bytes;
    }
    tag(&tiff, 256, TYPE_SHORT, 1, TIFF_SIDE);
    tag(&tiff, 257, TYPE_SHORT, 1, TIFF_SIDE);
    tag(&tiff, 258, TYPE_SHORT, 1, kind->bits);
    tag(&tiff, 259, TYPE_SHORT, 1, 1); /* not compressed */
    tag(&tiff, 262, TYPE_SHORT, 1, kind->photometric);
    if (!kind->tile_px)
        tag_array(&tiff, 273, offsets, planes);
    tag(&tiff, 277, TYPE_SHORT, 1, kind->per_pixel);
    if (!kind->tile_px)
        tag_array(&tiff, 279, counts, planes);
    tag(&tiff, 284, TYPE_SHORT, 1, kind->planar);
    if (kind->photometric == 3)
        tag_palette(&tiff, kind->bits);
    if (kind->tile_px) {
        tag(&tiff, 322, TYPE_SHORT, 1, kind->tile_px);
        tag(&tiff, 323, TYPE_SHORT, 1, TIFF_SIDE);
        tag_array(&tiff, 324, offsets, planes);
        tag_array(&tiff, 325, counts, planes);
    }
    if (kind->extra)
        tag(&tiff, 338, TYPE_SHORT, 1, kind->extra);
    tag(&tiff, 339, TYPE_SHORT, 1, kind->format);
    put_le16(tiff.bytes + 8, (uint16_t)tiff.entries);
    for (uint32_t i = 0; i < planes * plane_bytes; i++)
        tiff.bytes[TIFF_DATA_AT + i] = (uint8_t)(i * 37);
    save(folder, "image", kind->name, span_of(tiff.bytes, TIFF_DATA_AT + planes * plane_bytes));
}

/* The orders are those of fuzz_page.c: what, x, y, count, size, pattern. */
static void save_pages(const char *folder)
{
    static const uint8_t letterhead[] = {
        180, 120, 2,  0,                                     /* size, resolution, depth */
        3,   5,   5,  12, 16, 0x5b, 3, 90, 5,  18, 16, 0xa7, /* issuer | national title */
        3,   8,   12, 9,  16, 0x6d, 3, 95, 12, 14, 16, 0x93, /* the same, second line */
        3,   8,   22, 7,  14, 0x35, 3, 90, 22, 16, 14, 0xc5, /* number | date */
        3,   30,  36, 20, 14, 0x77, 3, 10, 44, 40, 14, 0x5d, /* addressee, text */
        3,   10,  50, 42, 14, 0xb5, 3, 10, 56, 38, 14, 0xd6,
    };
    static const uint8_t table[] = {
        150, 100, 2,  1,  0,  5,    5, 130, 1,  0,  0,  5,    20, 130, 1,  0,  0,  5,
        35,  130, 1,  0, /* rules along */
        2,   5,   5,  30, 1,  0,    2, 60,  5,  30, 1,  0,    2,  135, 5,  30, 1,  0, /* and down */
        3,   8,   10, 10, 16, 0x5b, 3, 65,  10, 12, 16, 0xa7,                         /* cells */
        3,   8,   25, 9,  16, 0x6d, 3, 65,  25, 14, 16, 0x93, 3,  8,   45, 30, 16, 0x35,
    };
    save(folder, "page", "letterhead", span_of(letterhead, sizeof letterhead));
    save(folder, "page", "table", span_of(table, sizeof table));
}

static void save_models(const char *folder)
{
    static const char *const names[] = {NULL, "network", "words", "whole"};
    for (enum small_model_parts parts = SMALL_MODEL_NETWORK; parts <= SMALL_MODEL_ALL; parts++) {
        CLEANUP(bytes_done) struct bytes model = {0};
        small_model(parts, &model);
        save(folder, "traineddata", names[parts], bytes_span(&model));
    }
}

int main(int argc, char **argv)
{
    must(argc == 2);
    (void)mkdir(argv[1], 0777);
    save_models(argv[1]);
    save_pictures(argv[1]);
    for (size_t i = 0; i < ARRAY_LEN(tiff_kinds); i++)
        save_tiff(argv[1], &tiff_kinds[i]);
    save_pages(argv[1]);
    return 0;
}
