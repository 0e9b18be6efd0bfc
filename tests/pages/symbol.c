/* tests/pages/symbol.c - machine-readable marks on paper: QR code, Code 128, patch code. */
#include "tests/pages/symbol.h"

#include <assert.h>
#include <qrencode.h>
#include <stdbool.h>

int symbol_qr(cairo_t *cr, double x, double y, double side, struct span text, struct err *err)
{
    QRcode *code = QRcode_encodeData((int)text.len, text.data, 0, QR_ECLEVEL_M);
    if (!code)
        return err_set(err, ERR_INPUT, "%zu bytes do not fit a QR code", text.len);
    const double module = side / code->width;
    for (int row = 0; row < code->width; row++)
        for (int column = 0; column < code->width; column++)
            if (code->data[row * code->width + column] & 1)
                cairo_rectangle(cr, x + column * module, y + row * module, module, module);
    cairo_fill(cr);
    QRcode_free(code);
    return 0;
}

/* ISO/IEC 15417, table 1: widths of bar, space, bar ... of each value. */
static const char *const widths[] = {
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312",  "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122",  "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122",  "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123",  "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",  "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311",  "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411",  "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412",  "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",  "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211",  "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113",  "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
};

enum { TO_C = 99, TO_B = 100, START_B = 104, STOP = 106, CHECK_MODULUS = 103 };

#define VALUES_MAX   256
#define WORTH_A_PACK 4 /* digits in a row that are fewer symbols in code set C */

struct values {
    uint8_t at[VALUES_MAX];
    size_t len;
};

static void add_value(struct values *values, int value)
{
    assert(values->len < VALUES_MAX);
    values->at[values->len++] = (uint8_t)value;
}

static size_t digits_from(struct span text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.data[end] >= '0' && text.data[end] <= '9')
        end++;
    return end - at;
}

static int encode_128(struct span text, struct values *values, struct err *err)
{
    bool packed = false;
    unsigned sum = START_B;
    add_value(values, START_B);
    for (size_t at = 0; at < text.len;) {
        const size_t digits = digits_from(text, at);
        const bool pack = digits >= (packed ? 2 : WORTH_A_PACK);
        if (pack != packed)
            add_value(values, pack ? TO_C : TO_B);
        packed = pack;
        if (text.data[at] < ' ' || text.data[at] > '~' || values->len + 4 > VALUES_MAX)
            return err_set(err, ERR_INPUT, "not a text for a Code 128");
        add_value(values, pack ? (text.data[at] - '0') * 10 + text.data[at + 1] - '0'
                               : text.data[at] - ' ');
        at += pack ? 2 : 1;
    }
    for (size_t i = 1; i < values->len; i++)
        sum += (unsigned)i * values->at[i];
    add_value(values, (int)(sum % CHECK_MODULUS));
    add_value(values, STOP);
    return 0;
}

int symbol_code128(cairo_t *cr, double x, double y, double module, double height, struct span text,
                   double *ret_width, struct err *err)
{
    struct values values = {.len = 0};
    double at = x;
    if (encode_128(text, &values, err) < 0)
        return -1;
    for (size_t i = 0; i < values.len; i++)
        for (const char *width = widths[values.at[i]]; *width; width++) {
            const double wide = (*width - '0') * module;
            if ((width - widths[values.at[i]]) % 2 == 0)
                cairo_rectangle(cr, at, y, wide, height);
            at += wide;
        }
    cairo_fill(cr);
    *ret_width = at - x;
    return 0;
}

void symbol_patch(cairo_t *cr, double x, double y, double width, const char bars[4])
{
    for (int i = 0; i < 4; i++) {
        const double high = (bars[i] == 'w' ? 0.20 : 0.08) * 72;
        cairo_rectangle(cr, x, y, width, high);
        y += high + 0.08 * 72;
    }
    cairo_fill(cr);
}
