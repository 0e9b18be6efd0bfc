/* base/base64.c - bytes as text: standard base64 with padding (RFC 4648, section 4). */
#include "base/base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_append(struct bytes *out, struct span data, struct err *err)
{
    if (bytes_reserve(out, (data.len + 2) / 3 * 4, err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t at = 0; at < data.len; at += 3) {
        size_t n = data.len - at < 3 ? data.len - at : 3;
        uint32_t bits = (uint32_t)data.data[at] << 16;
        if (n > 1)
            bits |= (uint32_t)data.data[at + 1] << 8;
        if (n > 2)
            bits |= data.data[at + 2];
        for (size_t i = 0; i < 4; i++)
            out->data[out->len++] =
                i <= n ? (uint8_t)letters[bits >> (18 - 6 * i) & 63] : (uint8_t)'=';
    }
    return 0;
}

static int value_of(uint8_t letter)
{
    const char *at = letter ? strchr(letters, letter) : NULL;
    return at ? (int)(at - letters) : -1;
}

bool base64_parse(struct span text, uint8_t ret_data[], size_t max, size_t *ret_len)
{
    size_t letters_len = text.len;
    while (letters_len > 0 && text.len - letters_len < 2 && text.data[letters_len - 1] == '=')
        letters_len--;
    size_t len = letters_len / 4 * 3 + letters_len % 4 * 3 / 4;
    if (text.len % 4 != 0 || letters_len % 4 == 1 || len > max)
        return false;
    /* Looked at as a whole first: what is no base64 must not leave half of its bytes behind. */
    int last = 0;
    for (size_t i = 0; i < letters_len; i++)
        if ((last = value_of(text.data[i])) < 0)
            return false;
    if ((letters_len % 4 == 2 && (last & 15)) || (letters_len % 4 == 3 && (last & 3)))
        return false;
    uint32_t bits = 0;
    size_t put = 0;
    for (size_t i = 0; i < letters_len; i++) {
        bits = bits << 6 | (uint32_t)value_of(text.data[i]);
        if (i % 4 > 0)
            ret_data[put++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    *ret_len = len;
    return true;
}
