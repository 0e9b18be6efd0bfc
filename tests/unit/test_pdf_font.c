/* tests/unit/test_pdf_font.c - the font of invisible text, and the profile of sRGB: every number in
 * its place. */
#include "image/pdf_font.h"
#include "image/srgb_profile.h"

#include "tests/unit/test.h"

#include <math.h>

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static uint16_t code_of(struct pdf_font *font, uint32_t letter)
{
    struct err err = {0};
    uint16_t code = 0;
    assert_ok(pdf_font_code(font, letter, &code, &err), err);
    return code;
}

static struct pdf_font *font_of(const uint32_t *letters, size_t len)
{
    struct err err = {0};
    struct pdf_font *font = pdf_font_new(&err);
    assert_ok_ptr(font, err);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(code_of(font, letters[i]), i + 1);
    return font;
}

static void letters_have_codes_in_the_order_of_first_use(void **state)
{
    (void)state;
    static const uint32_t letters[] = {0x1EC7, 'a', 0x10FFFF, 1, 0x1F600};
    struct pdf_font *font = font_of(letters, ARRAY_LEN(letters));
    assert_int_equal(code_of(font, 0x1F600), 5);
    assert_int_equal(code_of(font, 'a'), 2);
    assert_int_equal(code_of(font, 'b'), 6);
    pdf_font_free(font);
}

static struct span table(const struct bytes *file, const char *name)
{
    for (uint32_t i = 0; i < be16(file->data + 4); i++) {
        const uint8_t *entry = file->data + 12 + 16 * i;
        if (memcmp(entry, name, 4) != 0)
            continue;
        uint32_t at = be32(entry + 8), len = be32(entry + 12), sum = 0;
        assert_true(at % 4 == 0 && at + len <= file->len);
        for (uint32_t k = 0; k < len; k++)
            if (memcmp(name, "head", 4) != 0 || k < 8 || k >= 12)
                sum += (uint32_t)file->data[at + k] << (24 - 8 * (k % 4));
        assert_int_equal(sum, be32(entry + 4));
        return span_of(file->data + at, len);
    }
    fail_msg("no table %s", name);
    return (struct span){0};
}

static void check_program(size_t letters)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes file = {0};
    struct pdf_font *font = font_of(NULL, 0);
    for (size_t i = 0; i < letters; i++)
        assert_int_equal(code_of(font, 0x20 + i), i + 1);
    assert_ok(pdf_font_file(font, &file, &err), err);
    uint32_t sum = 0;
    for (size_t i = 0; i < file.len; i += 4)
        sum += be32(file.data + i);
    assert_int_equal(sum, 0xB1B0AFBA); /* OpenType: of the whole file */
    assert_int_equal(be32(file.data), 0x00010000);
    struct span head = table(&file, "head"), hhea = table(&file, "hhea"),
                hmtx = table(&file, "hmtx"), loca = table(&file, "loca"),
                maxp = table(&file, "maxp"), glyf = table(&file, "glyf");
    assert_int_equal(be32(head.data + 12), 0x5F0F3CF5);
    assert_int_equal(be16(head.data + 18), PDF_FONT_EM);
    assert_int_equal(be16(head.data + 50), 0); /* short offsets */
    assert_int_equal(be16(maxp.data + 4), letters + 1);
    assert_int_equal(be16(hhea.data + 4), PDF_FONT_ASCENT);
    assert_int_equal((int16_t)be16(hhea.data + 6), PDF_FONT_DESCENT);
    assert_int_equal(be16(hhea.data + 34), 1);
    assert_int_equal(hmtx.len, 4 + 2 * letters);
    assert_int_equal(be16(hmtx.data), PDF_FONT_WIDTH);
    assert_int_equal(loca.len, 2 * (letters + 2));
    assert_int_equal(be16(loca.data), 0);
    for (size_t i = 1; i < letters + 2; i++) /* all but the box of glyph 0 are empty */
        assert_int_equal(be16(loca.data + 2 * i) * 2, glyf.len);
    assert_int_equal(be16(glyf.data), 1);
    pdf_font_free(font);
}

static void the_program_has_a_glyph_for_each_code(void **state)
{
    (void)state;
    check_program(0);
    check_program(1);
    check_program(2);
    check_program(301);
}

static void past_the_last_code_comes_the_replacement(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes file = {0};
    struct pdf_font *font = font_of(NULL, 0);
    for (uint32_t i = 1; i < PDF_FONT_LETTERS_MAX; i++)
        assert_int_equal(code_of(font, 0x10000 + i), i);
    assert_int_equal(code_of(font, 'a'), PDF_FONT_LETTERS_MAX);
    assert_int_equal(code_of(font, 0xFFFD), PDF_FONT_LETTERS_MAX);
    assert_int_equal(code_of(font, 'b'), PDF_FONT_LETTERS_MAX);
    assert_int_equal(code_of(font, 0x10001), 1);
    assert_ok(pdf_font_file(font, &file, &err), err);
    assert_int_equal(be16(table(&file, "maxp").data + 4), 65535);
    pdf_font_free(font);
}

static void codes_are_told_in_unicode(void **state)
{
    (void)state;
    static const uint32_t letters[] = {0x1EC7, 0x1F600, 0xFFFF, 0x10000, 0x10FFFF};
    struct err err = {0};
    struct pdf_font *font = font_of(letters, ARRAY_LEN(letters));
    CLEANUP(bytes_done) struct bytes map = {0};
    assert_ok(pdf_font_unicode(font, &map, &err), err);
    assert_ok(bytes_append(&map, span_of("", 1), &err), err);
    assert_non_null(strstr((char *)map.data, "\n1 beginbfrange\n<0001><0005>[<1EC7><D83DDE00>"
                                             "<FFFF><D800DC00><DBFFDFFF>]\n"
                                             "endbfrange\nendcmap\n"));
    pdf_font_free(font);
}

/* A range has codes of one first byte, at most 256; a block at most a hundred ranges. */
static void a_map_has_whole_ranges(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 254, 255, 256, 257, 511, 512, 25599, 25600, 65533};
    for (size_t n = 0; n < ARRAY_LEN(sizes); n++) {
        struct err err = {0};
        CLEANUP(bytes_done) struct bytes map = {0};
        struct pdf_font *font = font_of(NULL, 0);
        size_t codes = 0, ranges = 0, blocks = 0, told = 0;
        for (size_t i = 0; i < sizes[n]; i++)
            (void)code_of(font, 0x100 + i);
        assert_ok(pdf_font_unicode(font, &map, &err), err);
        assert_ok(bytes_append(&map, span_of("", 1), &err), err);
        for (char *at = (char *)map.data; (at = strstr(at, " beginbfrange\n")); at++) {
            char *number = at;
            while (number[-1] != '\n')
                number--;
            told += strtoul(number, NULL, 10);
            assert_true(strtoul(number, NULL, 10) <= 100);
            blocks++;
        }
        for (char *at = (char *)map.data; (at = strstr(at, ">[<")); at++, ranges++) {
            const unsigned long first = strtoul(at - 10, NULL, 16),
                                last = strtoul(at - 4, NULL, 16);
            assert_int_equal(first, codes + 1); /* none is left out */
            assert_int_equal(first >> 8, last >> 8);
            size_t letters = 0;
            for (const char *c = at + 1; *c != ']'; c++)
                letters += *c == '<';
            assert_int_equal(letters, last - first + 1);
            codes = last;
        }
        assert_int_equal(codes, sizes[n]);
        assert_int_equal(told, ranges);
        assert_int_equal(blocks, (ranges + 99) / 100);
        pdf_font_free(font);
    }
}

/* ---- the profile */

static void invert(const double m[3][3], double ret[3][3])
{
    double det = 0;
    for (int i = 0; i < 3; i++)
        det += m[0][i] *
               (m[1][(i + 1) % 3] * m[2][(i + 2) % 3] - m[1][(i + 2) % 3] * m[2][(i + 1) % 3]);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            ret[k][i] = (m[(i + 1) % 3][(k + 1) % 3] * m[(i + 2) % 3][(k + 2) % 3] -
                         m[(i + 1) % 3][(k + 2) % 3] * m[(i + 2) % 3][(k + 1) % 3]) /
                        det;
}

static void apply(const double m[3][3], const double v[3], double ret[3])
{
    for (int i = 0; i < 3; i++)
        ret[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
}

static void whole_xyz(double x, double y, double ret[3])
{
    ret[0] = x / y;
    ret[1] = 1;
    ret[2] = (1 - x - y) / y;
}

static struct span tag(const struct bytes *profile, const char *name)
{
    for (uint32_t i = 0; i < be32(profile->data + 128); i++) {
        const uint8_t *entry = profile->data + 132 + 12 * i;
        if (memcmp(entry, name, 4) == 0) {
            assert_true(be32(entry + 4) % 4 == 0 &&
                        be32(entry + 4) + be32(entry + 8) <= profile->len);
            return span_of(profile->data + be32(entry + 4), be32(entry + 8));
        }
    }
    fail_msg("no tag %s", name);
    return (struct span){0};
}

static void check_xyz(const struct bytes *profile, const char *name, const double xyz[3])
{
    struct span at = tag(profile, name);
    assert_memory_equal(at.data, "XYZ \0\0\0\0", 8);
    for (int i = 0; i < 3; i++)
        assert_true(fabs(be32(at.data + 8 + 4 * i) / 65536.0 - xyz[i]) < 1.0 / 65536);
}

static void the_colorants_are_those_of_the_standard(void **state)
{
    (void)state;
    static const double bradford[3][3] = {
        {0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}};
    static const double d50[3] = {0.9642, 1, 0.8249};
    static const char *const names[] = {"rXYZ", "gXYZ", "bXYZ"};
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes profile = {0};
    double d65[3], back[3][3], from[3], to[3], primaries[3][3], inverse[3][3], share[3];
    assert_ok(srgb_profile(&profile, &err), err);
    assert_int_equal(profile.len, be32(profile.data));
    assert_memory_equal(profile.data + 12, "mntrRGB XYZ ", 12);
    assert_memory_equal(profile.data + 36, "acsp", 4);
    whole_xyz(0.3127, 0.3290, d65);
    double red[3], green[3], blue[3];
    whole_xyz(0.64, 0.33, red);
    whole_xyz(0.30, 0.60, green);
    whole_xyz(0.15, 0.06, blue);
    for (int i = 0; i < 3; i++) {
        primaries[i][0] = red[i];
        primaries[i][1] = green[i];
        primaries[i][2] = blue[i];
    }
    invert(primaries, inverse);
    apply(inverse, d65, share);
    invert(bradford, back);
    apply(bradford, d65, from);
    apply(bradford, d50, to);
    for (int n = 0; n < 3; n++) {
        double colour[3], cone[3], adapted[3];
        for (int i = 0; i < 3; i++)
            colour[i] = primaries[i][n] * share[n];
        apply(bradford, colour, cone);
        for (int i = 0; i < 3; i++)
            cone[i] *= to[i] / from[i];
        apply(back, cone, adapted);
        check_xyz(&profile, names[n], adapted);
    }
    check_xyz(&profile, "wtpt", d50);
}

static void the_curve_is_that_of_the_standard(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes profile = {0};
    assert_ok(srgb_profile(&profile, &err), err);
    struct span curve = tag(&profile, "rTRC");
    assert_true(curve.data == tag(&profile, "gTRC").data &&
                curve.data == tag(&profile, "bTRC").data);
    assert_memory_equal(curve.data, "curv\0\0\0\0", 8);
    uint32_t points = be32(curve.data + 8);
    assert_int_equal(curve.len, 12 + 2 * points);
    for (int level = 0; level < 256; level++) {
        double value = level / 255.0, place = value * (points - 1);
        uint32_t low = (uint32_t)place < points - 1 ? (uint32_t)place : points - 2;
        double here = be16(curve.data + 12 + 2 * low) * (low + 1 - place) +
                      be16(curve.data + 14 + 2 * low) * (place - low);
        double linear = value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
        assert_true(fabs(here / 65535 - linear) < 2e-4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_have_codes_in_the_order_of_first_use),
        cmocka_unit_test(the_program_has_a_glyph_for_each_code),
        cmocka_unit_test(past_the_last_code_comes_the_replacement),
        cmocka_unit_test(codes_are_told_in_unicode),
        cmocka_unit_test(a_map_has_whole_ranges),
        cmocka_unit_test(the_colorants_are_those_of_the_standard),
        cmocka_unit_test(the_curve_is_that_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
