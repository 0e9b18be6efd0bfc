/* ocr/lexicon.c - what the classes of a network mean, and which words its language has.
 *
 * unicharset: a count, then lines "letter properties(hex) ... other_case ..."; recoder: i32 count,
 * then per letter i8, i32 length, length x i32 class; dawg: i16 magic, i32 letters, i32 edges,
 * edges x u64 made of [next node | last, backward, end of word | letter]. */
#include "ocr/lexicon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ocr/traineddata.h"

#define LETTERS_MAX    16384u
#define LINE_MAX_BYTES 512u
#define EDGES_MAX      (4u << 20)
#define NO_LETTER      UINT32_MAX

#define PROPERTY_ALPHA 1u
#define PROPERTY_UPPER 4u
#define PROPERTY_DIGIT 8u

#define EDGE_LAST     1u /* of its node */
#define EDGE_BACKWARD 2u
#define EDGE_WORD_END 4u
#define DAWG_MAGIC    42

struct letter {
    char text[LEXICON_TEXT_MAX];
    unsigned properties;
    uint32_t lower;
};

struct lexicon {
    struct letter *letters;
    uint32_t letter_len;
    uint32_t *letter_of_class; /* NO_LETTER where there is none */
    uint32_t classes;
    uint64_t *edges;
    uint32_t edge_len;
    unsigned letter_bits;
};

static int damaged(struct err *err, const char *what)
{
    return err_input(err, REASON_NONE, "the model's %s is damaged", what);
}

static bool is_space(const char *text)
{
    return strcmp(text, " ") == 0;
}

/* "letter properties extents script other_case ...": old files have fewer fields. */
static bool parse_letter(char *line, struct letter *letter, uint32_t index, uint32_t count)
{
    char *save = NULL, *fields[5] = {NULL};
    size_t n = 0;
    for (char *field = strtok_r(line, " ", &save); field && n < ARRAY_LEN(fields);
         field = strtok_r(NULL, " ", &save))
        fields[n++] = field;
    if (n < 2 || strlen(fields[0]) >= LEXICON_TEXT_MAX)
        return false;
    const char *text = fields[0];
    if (strcmp(text, "NULL") == 0)
        text = " ";
    else if (strcmp(text, "Joined") == 0 || strncmp(text, "|Broken", 7) == 0)
        text = "";
    memcpy(letter->text, text, strlen(text) + 1);
    letter->properties = (unsigned)strtoul(fields[1], NULL, 16);
    uint32_t other = n == 5 ? (uint32_t)strtoul(fields[4], NULL, 10) : index;
    letter->lower = (letter->properties & PROPERTY_UPPER) && other < count ? other : index;
    return true;
}

static int parse_unicharset(struct lexicon *lexicon, struct span part, struct err *err)
{
    const uint8_t *at = part.data, *end = part.data ? part.data + part.len : part.data;
    for (uint32_t row = 0; row <= lexicon->letter_len; row++) {
        const uint8_t *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        char line[LINE_MAX_BYTES];
        if (!stop || (size_t)(stop - at) >= sizeof line)
            return damaged(err, "list of letters");
        memcpy(line, at, (size_t)(stop - at));
        line[stop - at] = '\0';
        at = stop + 1;
        if (row == 0) {
            unsigned long count = strtoul(line, NULL, 10);
            if (count == 0 || count > LETTERS_MAX)
                return damaged(err, "list of letters");
            lexicon->letters = calloc(count, sizeof *lexicon->letters);
            if (!lexicon->letters)
                return err_sys(err, "load the letters"); /* UNTESTED: memory */
            lexicon->letter_len = (uint32_t)count;
        } else if (!parse_letter(line, &lexicon->letters[row - 1], row - 1, lexicon->letter_len)) {
            return damaged(err, "list of letters");
        }
    }
    return 0;
}

static int parse_recoder(struct lexicon *lexicon, struct span part, struct err *err)
{
    struct cursor cursor = cursor_of(part);
    uint32_t count = cursor_u32(&cursor);
    if (cursor.bad || count != lexicon->letter_len)
        return damaged(err, "table of classes");
    lexicon->letter_of_class = malloc(lexicon->classes * sizeof *lexicon->letter_of_class);
    if (!lexicon->letter_of_class)
        return err_sys(err, "load the letters"); /* UNTESTED: memory */
    for (uint32_t i = 0; i < lexicon->classes; i++)
        lexicon->letter_of_class[i] = NO_LETTER;
    for (uint32_t i = 0; i < count; i++) {
        (void)cursor_u8(&cursor);
        uint32_t len = cursor_u32(&cursor), class = cursor_u32(&cursor);
        if (cursor.bad || len == 0)
            return damaged(err, "table of classes");
        if (len != 1)
            return err_input(err, REASON_NONE, "the model's letters are made of several classes");
        if (class >= lexicon->classes)
            return damaged(err, "table of classes");
        if (lexicon->letters[i].text[0] != '\0' && lexicon->letter_of_class[class] == NO_LETTER)
            lexicon->letter_of_class[class] = i;
    }
    return 0;
}

static int parse_dawg(struct lexicon *lexicon, struct span part, struct err *err)
{
    if (part.len == 0)
        return 0;
    struct cursor cursor = cursor_of(part);
    const uint8_t *magic = cursor_take(&cursor, 2);
    uint32_t letters = cursor_u32(&cursor), edges = cursor_u32(&cursor);
    if (cursor.bad || !magic || get_le16(magic) != DAWG_MAGIC || letters > LETTERS_MAX ||
        edges > EDGES_MAX)
        return damaged(err, "dictionary");
    const uint8_t *from = cursor_take(&cursor, (size_t)edges * 8);
    if (!from)
        return damaged(err, "dictionary");
    while ((1u << lexicon->letter_bits) < letters + 1)
        lexicon->letter_bits++;
    lexicon->edges = calloc((size_t)edges + 1, sizeof *lexicon->edges);
    if (!lexicon->edges)
        return err_sys(err, "load the dictionary"); /* UNTESTED: memory */
    for (uint32_t i = 0; i < edges; i++)
        lexicon->edges[i] = get_le64(from + (size_t)i * 8);
    lexicon->edge_len = edges;
    return 0;
}

struct lexicon *lexicon_load(struct span unicharset, struct span recoder, struct span dawg,
                             uint32_t classes, struct err *err)
{
    CLEANUP(lexicon_freep) struct lexicon *lexicon = calloc(1, sizeof *lexicon);
    if (!lexicon) {
        err_sys(err, "load the letters"); /* UNTESTED: memory */
        return NULL;
    }
    lexicon->classes = classes;
    if (parse_unicharset(lexicon, unicharset, err) < 0 ||
        parse_recoder(lexicon, recoder, err) < 0 || parse_dawg(lexicon, dawg, err) < 0)
        return NULL;
    return TAKE(lexicon);
}

void lexicon_free(struct lexicon *lexicon)
{
    if (!lexicon)
        return;
    free(lexicon->letters);
    free(lexicon->letter_of_class);
    free(lexicon->edges);
    free(lexicon);
}

void lexicon_freep(struct lexicon **lexicon)
{
    lexicon_free(*lexicon);
    *lexicon = NULL;
}

const char *lexicon_text(const struct lexicon *lexicon, uint32_t class)
{
    uint32_t letter = lexicon->letter_of_class[class];
    return letter == NO_LETTER ? "" : lexicon->letters[letter].text;
}

bool lexicon_is_space(const struct lexicon *lexicon, uint32_t class)
{
    return is_space(lexicon_text(lexicon, class));
}

/* --- words ------------------------------------------------------------------------------------ */

/* The node behind `letter` of a node, or -1. Bounded by the number of edges. */
static int64_t step(const struct lexicon *lexicon, uint64_t node, uint32_t letter, bool last)
{
    const uint64_t letter_mask = ((uint64_t)1 << lexicon->letter_bits) - 1;
    for (uint64_t i = node; i < lexicon->edge_len; i++) {
        const uint64_t edge = lexicon->edges[i];
        const unsigned flags = (unsigned)(edge >> lexicon->letter_bits) & 7;
        if (edge == UINT64_MAX) /* unused */
            return -1;
        if (!(flags & EDGE_BACKWARD) && (edge & letter_mask) == letter &&
            (!last || (flags & EDGE_WORD_END)))
            return (int64_t)(edge >> (lexicon->letter_bits + 3));
        if (flags & EDGE_LAST)
            return -1;
    }
    return -1;
}

static bool known(const struct lexicon *lexicon, const uint32_t word[], size_t len)
{
    int64_t node = 0;
    for (size_t i = 0; i < len; i++) {
        node = step(lexicon, (uint64_t)node, word[i], i + 1 == len);
        if (node < 0 || (i + 1 < len && node == 0))
            return false;
    }
    return len > 0;
}

static bool has_property(const struct lexicon *lexicon, uint32_t letter, unsigned property)
{
    return letter != NO_LETTER && (lexicon->letters[letter].properties & property);
}

/* Each run of letters and digits must be a word or have no letter. */
static bool parts_known(const struct lexicon *lexicon, const uint32_t word[], size_t len)
{
    for (size_t from = 0, at = 0; at <= len; at++) {
        if (at < len && has_property(lexicon, word[at], PROPERTY_ALPHA | PROPERTY_DIGIT))
            continue;
        bool alpha = false;
        for (size_t i = from; i < at; i++)
            alpha |= has_property(lexicon, word[i], PROPERTY_ALPHA);
        if (alpha && !known(lexicon, word + from, at - from))
            return false;
        from = at + 1;
    }
    return true;
}

bool lexicon_has(const struct lexicon *lexicon, const uint32_t classes[], size_t len)
{
    uint32_t word[LEXICON_WORD_MAX];
    const unsigned inner = PROPERTY_ALPHA | PROPERTY_DIGIT;
    size_t from = 0, to = len;
    bool alpha = false, other = false;
    if (len > LEXICON_WORD_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        word[i] = lexicon->letter_of_class[classes[i]];
    while (from < to && !has_property(lexicon, word[from], inner))
        from++;
    while (to > from && !has_property(lexicon, word[to - 1], inner))
        to--;
    if (from == to)
        return len <= 3; /* punctuation */
    for (size_t i = from; i < to; i++) {
        alpha |= has_property(lexicon, word[i], PROPERTY_ALPHA);
        other |= !has_property(lexicon, word[i], inner);
    }
    uint32_t *core = word + from;
    const size_t core_len = to - from;
    if (!alpha || known(lexicon, core, core_len))
        return true;
    if (core[0] != NO_LETTER)
        core[0] = lexicon->letters[core[0]].lower;
    if (known(lexicon, core, core_len))
        return true;
    for (size_t i = 0; i < core_len; i++)
        if (core[i] != NO_LETTER)
            core[i] = lexicon->letters[core[i]].lower;
    return known(lexicon, core, core_len) || (other && parts_known(lexicon, core, core_len));
}

/* A class whose letter the text goes on with, the longest; the number of classes when there is
 * none. */
static uint32_t class_at(const struct lexicon *lexicon, struct span text, size_t *ret_len)
{
    uint32_t best = lexicon->classes;
    *ret_len = 0;
    for (uint32_t class = 0; class < lexicon->classes; class ++) {
        const char *letter = lexicon_text(lexicon, class);
        const size_t len = strlen(letter);
        if (len > *ret_len && len <= text.len && memcmp(text.data, letter, len) == 0) {
            best = class;
            *ret_len = len;
        }
    }
    return best;
}

bool lexicon_has_text(const struct lexicon *lexicon, struct span word)
{
    uint32_t classes[LEXICON_WORD_MAX];
    size_t n = 0;
    for (size_t at = 0, len = 0; at < word.len; at += len) {
        if (n == LEXICON_WORD_MAX)
            return false;
        classes[n] = class_at(lexicon, span_of(word.data + at, word.len - at), &len);
        if (classes[n++] == lexicon->classes)
            return false;
    }
    return lexicon_has(lexicon, classes, n);
}
