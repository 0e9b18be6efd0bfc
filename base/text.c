/* base/text.c - Vietnamese text: validity, NFC, and the two search keys (with tones, tone-free). */
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define LETTER_MAX_BYTES 4
#define WORD_MAX_CHARS   128 /* longer runs are cut into several words */

#define TONE_FIRST 0xE001 /* private use: the tokenizer of FTS5 takes it as part of a word */

static int32_t letter_at(struct span text, size_t at, size_t *ret_len)
{
    utf8proc_int32_t letter;
    utf8proc_ssize_t len =
        utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.len - at), &letter);
    if (len <= 0 || letter == 0)
        return -1;
    *ret_len = (size_t)len;
    return letter;
}

bool text_valid(struct span text)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len; at += len) {
        if (text.data[at] != 0 && text.data[at] < 0x80) {
            len = 1;
            continue;
        }
        if (letter_at(text, at, &len) < 0)
            return false;
    }
    return true;
}

bool text_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i], next = i + 1 < text.len ? text.data[i + 1] : 0;
        if (c < 0x20 || c == 0x7F || (c == 0xC2 && next >= 0x80 && next <= 0x9F))
            return false;
    }
    return text_valid(text);
}

size_t text_count(struct span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += (text.data[i] & 0xC0) != 0x80;
    return n;
}

static int put_letter(struct bytes *out, int32_t letter, struct err *err)
{
    uint8_t utf8[LETTER_MAX_BYTES];
    utf8proc_ssize_t len = utf8proc_encode_char(letter, utf8);
    return bytes_append(out, span_of(utf8, (size_t)len), err);
}

static int32_t eth_to_stroke(int32_t letter)
{
    if (letter == 0x00D0)
        return 0x0110;
    if (letter == 0x00F0)
        return 0x0111;
    return letter;
}

static utf8proc_int32_t eth_for_utf8proc(utf8proc_int32_t letter, void *unused)
{
    (void)unused;
    return eth_to_stroke(letter);
}

int text_nfc(struct span text, struct bytes *out, struct err *err)
{
    if (!text_valid(text))
        return err_input(err, REASON_DAMAGED, "text is not UTF-8");
    utf8proc_uint8_t *nfc = NULL;
    utf8proc_ssize_t len =
        utf8proc_map_custom(text.data, (utf8proc_ssize_t)text.len, &nfc,
                            UTF8PROC_STABLE | UTF8PROC_COMPOSE, eth_for_utf8proc, NULL);
    if (len < 0)
        return err_set(err, ERR_SYSTEM, "compose text: %s", utf8proc_errmsg(len));
    int rc = bytes_append(out, span_of(nfc, (size_t)len), err);
    free(nfc);
    return rc;
}

/* One word while it is being taken apart: base letters with their quality marks, and the tones. */
struct word {
    int32_t letters[WORD_MAX_CHARS];
    size_t len;
    size_t taken; /* letters and marks seen, kept or not: both keys cut a long run at one place */
    int32_t tone; /* 0: level */
};

static int32_t tone_of_mark(int32_t mark)
{
    switch (mark) {
    case 0x0300: /* huyen */
        return TONE_FIRST;
    case 0x0301: /* sac */
        return TONE_FIRST + 1;
    case 0x0303: /* nga */
        return TONE_FIRST + 2;
    case 0x0309: /* hoi */
        return TONE_FIRST + 3;
    case 0x0323: /* nang */
        return TONE_FIRST + 4;
    default:
        return 0;
    }
}

static bool is_mark(int32_t letter)
{
    utf8proc_category_t category = utf8proc_category(letter);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

static bool is_word_letter(int32_t letter)
{
    utf8proc_category_t category = utf8proc_category(letter);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO && !is_mark(letter);
}

static void word_add(struct word *word, int32_t letter, enum text_key kind)
{
    word->taken++;
    if (is_mark(letter)) {
        int32_t tone = tone_of_mark(letter);
        if (tone)
            word->tone = tone;
        else if (kind == TEXT_TONED && word->len < WORD_MAX_CHARS)
            word->letters[word->len++] = letter;
        return;
    }
    letter = utf8proc_tolower(letter);
    if (letter == 0x0111 && kind == TEXT_FOLDED)
        letter = 'd';
    word->letters[word->len++] = letter;
}

static int word_flush(struct word *word, enum text_key kind, struct bytes *out, struct err *err)
{
    if (word->len == 0)
        return 0;
    if (out->len > 0 && out->data[out->len - 1] != ' ' && put_letter(out, ' ', err) < 0)
        return -1;
    utf8proc_ssize_t len = utf8proc_normalize_utf32(word->letters, (utf8proc_ssize_t)word->len,
                                                    UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    for (utf8proc_ssize_t i = 0; i < len; i++)
        if (put_letter(out, word->letters[i], err) < 0)
            return -1;
    if (kind == TEXT_TONED && word->tone && put_letter(out, word->tone, err) < 0)
        return -1;
    *word = (struct word){.len = 0};
    return 0;
}

int text_key(struct span text, enum text_key kind, struct bytes *out, struct err *err)
{
    if (!text_valid(text))
        return err_input(err, REASON_DAMAGED, "text is not UTF-8");
    struct word word = {.len = 0};
    size_t len = 0;
    for (size_t at = 0; at < text.len; at += len) {
        utf8proc_int32_t parts[8];
        int boundary = 0;
        int32_t letter = eth_to_stroke(letter_at(text, at, &len));
        utf8proc_ssize_t n = utf8proc_decompose_char(
            letter, parts, ARRAY_LEN(parts), UTF8PROC_DECOMPOSE | UTF8PROC_STABLE, &boundary);
        bool in_word = is_word_letter(letter) || (is_mark(letter) && word.len > 0);
        bool full = !is_mark(letter) && word.taken + ARRAY_LEN(parts) > WORD_MAX_CHARS;
        if (!in_word || n < 1 || (size_t)n > ARRAY_LEN(parts) || full)
            if (word_flush(&word, kind, out, err) < 0)
                return -1;
        if (!in_word || n < 1 || (size_t)n > ARRAY_LEN(parts))
            continue;
        for (utf8proc_ssize_t i = 0; i < n; i++)
            word_add(&word, parts[i], kind);
    }
    return word_flush(&word, kind, out, err);
}

static uint8_t fold_char(int32_t letter)
{
    utf8proc_int32_t parts[8];
    int boundary = 0;
    if (letter >= 0x2010 && letter <= 0x2015)
        return '-';
    if (letter >= 0x201C && letter <= 0x201F)
        return '"';
    if (letter == 0x00A0)
        return ' ';
    if (utf8proc_decompose_char(letter, parts, ARRAY_LEN(parts),
                                UTF8PROC_DECOMPOSE | UTF8PROC_STABLE, &boundary) < 1)
        return '?';
    int32_t base = utf8proc_tolower(parts[0]);
    if (base == 0x0111)
        return 'd';
    return base < 0x80 ? (uint8_t)base : '?';
}

int text_fold_chars(struct span text, struct bytes *out, struct err *err)
{
    size_t len = 0;
    if (!text_valid(text))
        return err_input(err, REASON_DAMAGED, "text is not UTF-8");
    for (size_t at = 0; at < text.len; at += len) {
        uint8_t c = fold_char(eth_to_stroke(letter_at(text, at, &len)));
        if (bytes_append(out, span_of(&c, 1), err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return 0;
}

int text_recase(struct span text, enum text_case kind, struct bytes *out, struct err *err)
{
    size_t len = 0;
    bool first = true;
    if (!text_valid(text))
        return err_input(err, REASON_DAMAGED, "text is not UTF-8");
    for (size_t at = 0; at < text.len; at += len) {
        int32_t letter = letter_at(text, at, &len);
        int32_t put =
            kind == TEXT_TITLE && first ? utf8proc_toupper(letter) : utf8proc_tolower(letter);
        first = letter == ' ';
        if (put_letter(out, put, err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return 0;
}

static bool needs_escape(struct span raw, size_t at, size_t *ret_len)
{
    *ret_len = 1;
    int32_t letter = letter_at(raw, at, ret_len);
    return letter < 0x20 || (letter >= 0x7F && letter < 0xA0);
}

int text_display(struct span raw, struct bytes *out, struct err *err)
{
    bool escape = false;
    size_t len = 0;
    for (size_t at = 0; at < raw.len && !escape; at += len)
        escape = needs_escape(raw, at, &len);
    if (!escape)
        return bytes_append(out, raw, err);
    for (size_t at = 0; at < raw.len; at += len) {
        int rc;
        if (needs_escape(raw, at, &len)) {
            len = 1; /* a control character of two bytes is shown byte by byte */
            rc = bytes_printf(out, err, "\\x%02X", raw.data[at]);
        } else if (raw.data[at] == '\\')
            rc = bytes_append(out, span_of_text("\\\\"), err);
        else
            rc = bytes_append(out, span_of(raw.data + at, len), err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static const char *escape_of(uint8_t letter)
{
    switch (letter) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default: /* the apostrophe too: our attributes stand in double quotes */
        return NULL;
    }
}

/* U+FFFE and U+FFFF: the two letters that are valid UTF-8, displayable, and forbidden in XML. */
static bool is_forbidden(const uint8_t *p, size_t left)
{
    return left >= 3 && p[0] == 0xEF && p[1] == 0xBF && (p[2] == 0xBE || p[2] == 0xBF);
}

int text_xml(struct span text, struct bytes *out, struct err *err)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const bool forbidden = is_forbidden(text.data + i, text.len - i);
        const char *instead = forbidden ? "\xEF\xBF\xBD" : escape_of(text.data[i]);
        if (!instead)
            continue;
        if (bytes_append(out, span_of(text.data + from, i - from), err) < 0 ||
            bytes_append(out, span_of_text(instead), err) < 0)
            return -1; /* UNTESTED: needs the allocator to fail */
        i += forbidden ? 2 : 0;
        from = i + 1;
    }
    return bytes_append(out, span_of(text.data + from, text.len - from), err);
}

uint32_t text_letter(struct span text, size_t at, size_t *ret_len)
{
    int32_t letter = letter_at(text, at, ret_len);
    assert(letter > 0); /* the text is valid */
    return (uint32_t)letter;
}
