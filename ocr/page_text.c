/* ocr/page_text.c - the text of one page: building, plain text, and the packed form.
 *
 * Packed form, little-endian, the same machine writes and reads it at once:
 *   "ptx1", counts of blocks, lines, words (u32 each), bytes of letters (u32)
 *   blocks: box (4 x i32), number of lines     lines: box, number of words
 *   words:  box, confidence (float bits), bytes of letters     then all letters
 * Firsts and offsets are not stored: they follow from the numbers, so they cannot lie. */
#include "ocr/page_text.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LINES_MAX  TEXT_WORDS_MAX /* a page without words needs no lines, one with words no more */
#define BLOCKS_MAX TEXT_WORDS_MAX
#define COORD_MAX  (1 << 24) /* pixels either way: x + w cannot overflow, whoever adds them */

#define PACK_MAGIC       0x31787470u /* "ptx1" */
#define PACK_HEAD_BYTES  20u
#define PACK_BOX_BYTES   16u
#define PACK_GROUP_BYTES 20u /* a block or a line */
#define PACK_WORD_BYTES  24u
#define GROW_FIRST       32u
#define LETTER_BYTES_MAX 4u
#define CONFIDENCE_MAX   100.0f

void page_text_done(struct page_text *text)
{
    if (!text)
        return;
    free(text->blocks);
    free(text->lines);
    free(text->words);
    bytes_done(&text->chars);
    *text = (struct page_text){0};
}

/* Room for one more. The limit keeps every product far below SIZE_MAX. */
static void *grow(void *items, size_t len, size_t *cap, size_t item_bytes, struct err *err)
{
    if (len < *cap)
        return items;
    size_t more = *cap ? *cap * 2 : GROW_FIRST;
    void *grown = realloc(items, more * item_bytes);
    if (!grown) {
        /* UNTESTED: needs the allocator to fail */
        errno = ENOMEM;
        (void)err_sys(err, "grow the text of a page");
        return NULL;
    }
    *cap = more;
    return grown;
}

static bool within(int32_t v, int32_t min)
{
    return v >= min && v <= COORD_MAX;
}

static bool box_ok(const struct text_box *box)
{
    return within(box->x, -COORD_MAX) && within(box->y, -COORD_MAX) && within(box->w, 0) &&
           within(box->h, 0);
}

static int check_add(const struct text_box *box, size_t len, size_t max, struct err *err)
{
    if (!box_ok(box))
        return err_input(err, REASON_DAMAGED, "box %d,%d %dx%d is out of range", box->x, box->y,
                         box->w, box->h);
    if (len >= max)
        return err_input(err, REASON_TOO_MUCH_TEXT, "more than %zu pieces of text", max);
    return 0;
}

int page_text_block(struct page_text *text, struct text_box box, struct err *err)
{
    if (check_add(&box, text->block_len, BLOCKS_MAX, err) < 0)
        return -1;
    struct text_block *blocks =
        grow(text->blocks, text->block_len, &text->block_cap, sizeof *blocks, err);
    if (!blocks)
        return -1; /* UNTESTED: needs the allocator to fail */
    text->blocks = blocks;
    blocks[text->block_len++] =
        (struct text_block){.box = box, .line_first = (uint32_t)text->line_len};
    return 0;
}

int page_text_line(struct page_text *text, struct text_box box, struct err *err)
{
    assert(text->block_len > 0);
    if (check_add(&box, text->line_len, LINES_MAX, err) < 0)
        return -1;
    struct text_line *lines =
        grow(text->lines, text->line_len, &text->line_cap, sizeof *lines, err);
    if (!lines)
        return -1; /* UNTESTED: needs the allocator to fail */
    text->lines = lines;
    lines[text->line_len++] = (struct text_line){
        .box = box, .block = (uint32_t)text->block_len - 1, .word_first = (uint32_t)text->word_len};
    text->blocks[text->block_len - 1].line_len++;
    return 0;
}

/* The letter that starts at `at` of valid UTF-8. */
static uint32_t letter_at(struct span chars, size_t at, size_t *ret_len)
{
    const uint8_t *p = chars.data + at;
    if (p[0] < 0x80) {
        *ret_len = 1;
        return p[0];
    }
    size_t len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : LETTER_BYTES_MAX;
    uint32_t letter = p[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++)
        letter = letter << 6 | (p[i] & 0x3Fu);
    *ret_len = len;
    return letter;
}

/* White space would make two words of one, control characters and U+FFFE and U+FFFF cannot be
 * written in XML at all: none of them is part of a word. */
static bool belongs_in_word(uint32_t letter)
{
    if (letter <= 0x20 || (letter >= 0x7F && letter <= 0xA0))
        return false;
    if (letter == 0x1680 || (letter >= 0x2000 && letter <= 0x200A))
        return false;
    if (letter == 0x2028 || letter == 0x2029 || letter == 0x202F || letter == 0x205F)
        return false;
    return letter != 0x3000 && letter != 0xFFFE && letter != 0xFFFF;
}

static int clean_word(struct span chars, struct bytes *out, struct err *err)
{
    CLEANUP(bytes_done) struct bytes kept = {0};
    size_t len = 0;

    if (!text_valid(chars))
        return err_input(err, REASON_DAMAGED, "a word of %zu bytes is not UTF-8", chars.len);
    if (bytes_reserve(&kept, chars.len, err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    for (size_t at = 0; at < chars.len; at += len)
        if (belongs_in_word(letter_at(chars, at, &len)) &&
            bytes_append(&kept, span_of(chars.data + at, len), err) < 0)
            return -1; /* UNTESTED: the room is there */
    if (kept.len == 0)
        return 0;
    return text_nfc(bytes_span(&kept), out, err);
}

static float confidence_of(float confidence)
{
    if (!(confidence > 0)) /* also what is not a number */
        return 0;
    return confidence < CONFIDENCE_MAX ? confidence : CONFIDENCE_MAX;
}

int page_text_word(struct page_text *text, struct text_box box, float confidence, struct span chars,
                   struct err *err)
{
    assert(text->line_len > 0);
    if (chars.len > TEXT_WORD_MAX)
        return err_input(err, REASON_TOO_MUCH_TEXT, "a word of %zu bytes", chars.len);
    CLEANUP(bytes_done) struct bytes clean = {0};
    if (clean_word(chars, &clean, err) < 0)
        return -1;
    if (clean.len == 0)
        return 0;
    if (check_add(&box, text->word_len, TEXT_WORDS_MAX, err) < 0)
        return -1;
    if (clean.len > TEXT_CHARS_MAX - text->chars.len)
        return err_input(err, REASON_TOO_MUCH_TEXT, "more than %u bytes of text", TEXT_CHARS_MAX);
    struct text_word *words =
        grow(text->words, text->word_len, &text->word_cap, sizeof *words, err);
    if (!words)
        return -1; /* UNTESTED: needs the allocator to fail */
    text->words = words;

    size_t off = text->chars.len;
    if (bytes_append(&text->chars, bytes_span(&clean), err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    words[text->word_len++] = (struct text_word){.box = box,
                                                 .confidence = confidence_of(confidence),
                                                 .line = (uint32_t)text->line_len - 1,
                                                 .chars_off = (uint32_t)off,
                                                 .chars_len = (uint32_t)clean.len};
    text->lines[text->line_len - 1].word_len++;
    return 0;
}

struct span page_text_chars(const struct page_text *text, const struct text_word *word)
{
    assert((size_t)word->chars_off + word->chars_len <= text->chars.len);
    return span_of(text->chars.data + word->chars_off, word->chars_len);
}

float page_text_confidence(const struct page_text *text)
{
    double sum = 0, weight = 0;
    for (size_t i = 0; i < text->word_len; i++) {
        sum += (double)text->words[i].confidence * text->words[i].chars_len;
        weight += text->words[i].chars_len;
    }
    return weight > 0 ? (float)(sum / weight) : 0;
}

static int plain_line(const struct page_text *text, const struct text_line *line, struct bytes *out,
                      struct err *err)
{
    for (size_t i = 0; i < line->word_len; i++) {
        if (i > 0 && bytes_append(out, span_of_text(" "), err) < 0)
            return -1; /* UNTESTED: needs the allocator to fail */
        if (bytes_append(out, page_text_chars(text, &text->words[line->word_first + i]), err) < 0)
            return -1; /* UNTESTED: needs the allocator to fail */
    }
    return bytes_append(out, span_of_text("\n"), err);
}

int page_text_plain(const struct page_text *text, struct bytes *out, struct err *err)
{
    for (size_t b = 0; b < text->block_len; b++) {
        const struct text_block *block = &text->blocks[b];
        if (b > 0 && bytes_append(out, span_of_text("\n"), err) < 0)
            return -1; /* UNTESTED: needs the allocator to fail */
        for (size_t i = 0; i < block->line_len; i++)
            if (plain_line(text, &text->lines[block->line_first + i], out, err) < 0)
                return -1; /* UNTESTED: needs the allocator to fail */
    }
    return 0;
}

static uint8_t *put_box(uint8_t *p, const struct text_box *box)
{
    put_le32(p, (uint32_t)box->x);
    put_le32(p + 4, (uint32_t)box->y);
    put_le32(p + 8, (uint32_t)box->w);
    put_le32(p + 12, (uint32_t)box->h);
    return p + PACK_BOX_BYTES;
}

static struct text_box get_box(const uint8_t *p)
{
    return (struct text_box){(int32_t)get_le32(p), (int32_t)get_le32(p + 4),
                             (int32_t)get_le32(p + 8), (int32_t)get_le32(p + 12)};
}

/* What a packed page of these counts weighs; 64 bits hold the largest of counts. */
static uint64_t packed_bytes(uint64_t groups, uint64_t words, uint64_t chars)
{
    return PACK_HEAD_BYTES + groups * PACK_GROUP_BYTES + words * PACK_WORD_BYTES + chars;
}

int page_text_pack(const struct page_text *text, struct bytes *out, struct err *err)
{
    size_t size =
        (size_t)packed_bytes(text->block_len + text->line_len, text->word_len, text->chars.len);
    if (bytes_reserve(out, size, err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    uint8_t *p = out->data + out->len;
    put_le32(p, PACK_MAGIC);
    put_le32(p + 4, (uint32_t)text->block_len);
    put_le32(p + 8, (uint32_t)text->line_len);
    put_le32(p + 12, (uint32_t)text->word_len);
    put_le32(p + 16, (uint32_t)text->chars.len);
    p += PACK_HEAD_BYTES;
    for (size_t i = 0; i < text->block_len; i++, p += 4) {
        p = put_box(p, &text->blocks[i].box);
        put_le32(p, text->blocks[i].line_len);
    }
    for (size_t i = 0; i < text->line_len; i++, p += 4) {
        p = put_box(p, &text->lines[i].box);
        put_le32(p, text->lines[i].word_len);
    }
    for (size_t i = 0; i < text->word_len; i++, p += 8) {
        uint32_t bits;
        memcpy(&bits, &text->words[i].confidence, sizeof bits);
        p = put_box(p, &text->words[i].box);
        put_le32(p, bits);
        put_le32(p + 4, text->words[i].chars_len);
    }
    if (text->chars.len > 0)
        memcpy(p, text->chars.data, text->chars.len);
    out->len += size;
    return 0;
}

static int broken(struct err *err, const char *what)
{
    return err_input(err, REASON_CRASHED, "packed text: %s", what);
}

/* The counts as the cell claims them, already proven to fit the bytes that came. */
struct packed {
    uint32_t blocks, lines, words, chars;
    const uint8_t *block_at, *line_at, *word_at, *char_at;
};

static int packed_open(struct span bytes, struct packed *ret_packed, struct err *err)
{
    if (bytes.len < PACK_HEAD_BYTES || get_le32(bytes.data) != PACK_MAGIC)
        return broken(err, "no head");
    struct packed packed = {.blocks = get_le32(bytes.data + 4),
                            .lines = get_le32(bytes.data + 8),
                            .words = get_le32(bytes.data + 12),
                            .chars = get_le32(bytes.data + 16)};
    if (packed.blocks > BLOCKS_MAX || packed.lines > LINES_MAX || packed.words > TEXT_WORDS_MAX ||
        packed.chars > TEXT_CHARS_MAX)
        return broken(err, "too many pieces");
    uint64_t groups = (uint64_t)packed.blocks + packed.lines;
    if (packed_bytes(groups, packed.words, packed.chars) != bytes.len)
        return broken(err, "counts and size differ");
    packed.block_at = bytes.data + PACK_HEAD_BYTES;
    packed.line_at = packed.block_at + (size_t)packed.blocks * PACK_GROUP_BYTES;
    packed.word_at = packed.line_at + (size_t)packed.lines * PACK_GROUP_BYTES;
    packed.char_at = packed.word_at + (size_t)packed.words * PACK_WORD_BYTES;
    *ret_packed = packed;
    return 0;
}

/* How far the unpacking has come in each row of the packed page. */
struct cursor {
    uint32_t line, word, chars;
};

static int unpack_word(const struct packed *packed, struct cursor *at, struct page_text *text,
                       struct err *err)
{
    if (at->word == packed->words)
        return broken(err, "a line has more words than there are");
    const uint8_t *p = packed->word_at + (size_t)at->word * PACK_WORD_BYTES;
    uint32_t bits = get_le32(p + PACK_BOX_BYTES);
    uint32_t len = get_le32(p + PACK_BOX_BYTES + 4);
    float confidence;
    memcpy(&confidence, &bits, sizeof confidence);
    if (!(confidence >= 0 && confidence <= CONFIDENCE_MAX))
        return broken(err, "a confidence is out of range");
    if (len == 0 || len > packed->chars - at->chars)
        return broken(err, "a word has more letters than there are");

    struct span chars = span_of(packed->char_at + at->chars, len);
    size_t before = text->chars.len;
    if (page_text_word(text, get_box(p), confidence, chars, err) < 0)
        return err->kind == ERR_INPUT ? broken(err, "a word is not a word") : -1;
    /* Adding a word that is clean and composed changes nothing; anything else was not made here. */
    if (text->chars.len - before != len || memcmp(text->chars.data + before, chars.data, len) != 0)
        return broken(err, "a word is not in its normal form");
    at->word++;
    at->chars += len;
    return 0;
}

static int unpack_line(const struct packed *packed, struct cursor *at, struct page_text *text,
                       struct err *err)
{
    if (at->line == packed->lines)
        return broken(err, "a block has more lines than there are");
    const uint8_t *p = packed->line_at + (size_t)at->line++ * PACK_GROUP_BYTES;
    if (page_text_line(text, get_box(p), err) < 0)
        return err->kind == ERR_INPUT ? broken(err, "the box of a line") : -1;
    uint32_t words = get_le32(p + PACK_BOX_BYTES);
    for (uint32_t i = 0; i < words; i++)
        if (unpack_word(packed, at, text, err) < 0)
            return -1;
    return 0;
}

static int unpack_all(const struct packed *packed, struct page_text *text, struct err *err)
{
    struct cursor at = {0};
    for (uint32_t b = 0; b < packed->blocks; b++) {
        const uint8_t *p = packed->block_at + (size_t)b * PACK_GROUP_BYTES;
        if (page_text_block(text, get_box(p), err) < 0)
            return err->kind == ERR_INPUT ? broken(err, "the box of a block") : -1;
        uint32_t lines = get_le32(p + PACK_BOX_BYTES);
        for (uint32_t i = 0; i < lines; i++)
            if (unpack_line(packed, &at, text, err) < 0)
                return -1;
    }
    if (at.line != packed->lines || at.word != packed->words || at.chars != packed->chars)
        return broken(err, "pieces that belong nowhere");
    return 0;
}

int page_text_unpack(struct span bytes, struct page_text *ret_text, struct err *err)
{
    struct packed packed = {0};
    struct page_text text = {0};

    if (packed_open(bytes, &packed, err) < 0)
        return -1;
    if (unpack_all(&packed, &text, err) < 0) {
        page_text_done(&text);
        return -1;
    }
    *ret_text = text;
    return 0;
}
