/* image/srgb_profile.c - the colour space sRGB as an ICC profile.
 *
 * The structure is that of ICC.1:2001-04, sections 6.1 (header), 6.2 (tag table) and 6.5 (types).
 * The colorants are the primaries of IEC 61966-2-1 (those of ITU-R BT.709: red 0.64 0.33, green
 * 0.30 0.60, blue 0.15 0.06, white D65 0.3127 0.3290), adapted to D50 by the matrix of Bradford, in
 * 65536ths; the test derives them anew. */
#include "image/srgb_profile.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define CURVE_POINTS 64 /* straight lines between them are less than 1e-4 off the curve */
#define ENTRY_BYTES  12 /* of the tag table */
#define XYZ_BYTES    20
#define DESC_BYTES   96
#define TEXT_BYTES   20
#define VERSION_2_1  0x02100000u

enum {
    AT_TABLE = 128,
    TAGS = 9,
    AT_DESC = AT_TABLE + 4 + TAGS * ENTRY_BYTES,
    AT_TEXT = AT_DESC + DESC_BYTES,
    AT_WHITE = AT_TEXT + TEXT_BYTES,
    AT_RED = AT_WHITE + XYZ_BYTES,
    AT_GREEN = AT_RED + XYZ_BYTES,
    AT_BLUE = AT_GREEN + XYZ_BYTES,
    AT_CURVE = AT_BLUE + XYZ_BYTES,
    CURVE_BYTES = 12 + 2 * CURVE_POINTS,
};
static_assert(AT_CURVE + CURVE_BYTES == SRGB_PROFILE_BYTES, "the parts are the whole");

static const uint32_t white_d50[3] = {0xF6D6, 0x10000, 0xD32D};

static const struct tag {
    char name[5];
    uint32_t at, bytes;
} tags[TAGS] = {
    {"desc", AT_DESC, DESC_BYTES},   {"cprt", AT_TEXT, TEXT_BYTES},
    {"wtpt", AT_WHITE, XYZ_BYTES},   {"rXYZ", AT_RED, XYZ_BYTES},
    {"gXYZ", AT_GREEN, XYZ_BYTES},   {"bXYZ", AT_BLUE, XYZ_BYTES},
    {"rTRC", AT_CURVE, CURVE_BYTES}, {"gTRC", AT_CURVE, CURVE_BYTES},
    {"bTRC", AT_CURVE, CURVE_BYTES},
};

static void put_name(uint8_t *p, const char *name)
{
    memcpy(p, name, 4);
}

static void put_header(uint8_t *p)
{
    put_be32(p, SRGB_PROFILE_BYTES);
    put_be32(p + 8, VERSION_2_1);
    put_name(p + 12, "mntr");
    put_name(p + 16, "RGB ");
    put_name(p + 20, "XYZ ");
    put_be16(p + 24, 2026); /* year, month, day of the making: a constant, like all of it */
    put_be16(p + 26, 1);
    put_be16(p + 28, 1);
    put_name(p + 36, "acsp");
    for (size_t i = 0; i < ARRAY_LEN(white_d50); i++)
        put_be32(p + 68 + 4 * i, white_d50[i]);
}

static void put_xyz(uint8_t *p, const uint32_t xyz[3])
{
    put_name(p, "XYZ ");
    for (size_t i = 0; i < 3; i++)
        put_be32(p + 8 + 4 * i, xyz[i]);
}

static double linear_of(double value)
{
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static void put_curve(uint8_t *p)
{
    put_name(p, "curv");
    put_be32(p + 8, CURVE_POINTS);
    for (uint32_t i = 0; i < CURVE_POINTS; i++)
        put_be16(p + 12 + (size_t)2 * i,
                 (uint16_t)lround(linear_of(i / (CURVE_POINTS - 1.0)) * UINT16_MAX));
}

int srgb_profile(struct bytes *out, struct err *err)
{
    static const uint32_t red[3] = {0x6FA0, 0x38F5, 0x0390}, green[3] = {0x6297, 0xB787, 0x18D9},
                          blue[3] = {0x249F, 0x0F84, 0xB6C3};
    uint8_t profile[SRGB_PROFILE_BYTES] = {0};
    put_header(profile);
    put_be32(profile + AT_TABLE, TAGS);
    for (size_t i = 0; i < TAGS; i++) {
        uint8_t *entry = profile + AT_TABLE + 4 + i * ENTRY_BYTES;
        put_name(entry, tags[i].name);
        put_be32(entry + 4, tags[i].at);
        put_be32(entry + 8, tags[i].bytes);
    }
    put_name(profile + AT_DESC, "desc");
    put_be32(profile + AT_DESC + 8, sizeof "sRGB");
    memcpy(profile + AT_DESC + 12, "sRGB", sizeof "sRGB");
    put_name(profile + AT_TEXT, "text");
    memcpy(profile + AT_TEXT + 8, "Free to use", sizeof "Free to use");
    put_xyz(profile + AT_WHITE, white_d50);
    put_xyz(profile + AT_RED, red);
    put_xyz(profile + AT_GREEN, green);
    put_xyz(profile + AT_BLUE, blue);
    put_curve(profile + AT_CURVE);
    return bytes_append(out, span_of(profile, sizeof profile), err);
}
