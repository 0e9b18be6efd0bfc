/* records/extract_forms.c - what was found becomes a value, or turns out to be none. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "records/extract_impl.h"

#define LETTERS   "abcdefghijklmnopqrstuvwxyz"
#define DIGITS    "0123456789"
#define ORGS_MAX  8u
#define WORDS_MAX 8u /* of a name */

void found_done(struct found *found)
{
    bytes_done(&found->text);
    bytes_done(&found->folded);
}

/* The bytes of the characters [from, to). */
static struct span characters(struct span text, size_t from, size_t to)
{
    size_t n = 0, begin = text.len, end = text.len;
    for (size_t i = 0; i < text.len; i++) {
        if ((text.data[i] & 0xC0) == 0x80)
            continue;
        if (n == from)
            begin = i;
        if (n == to) {
            end = i;
            break;
        }
        n++;
    }
    return span_of(text.data + begin, end - begin);
}

/* Joins lines by a blank; what hangs at both ends goes. */
static int put_text(const struct found *found, const char *hangs, struct bytes *out,
                    struct err *err)
{
    const struct bytes *folded = &found->folded;
    size_t from = 0, to = folded->len;
    while (from < to && strchr(hangs, folded->data[from]))
        from++;
    while (to > from && strchr(hangs, folded->data[to - 1]))
        to--;
    struct span text = characters(bytes_span(&found->text), from, to);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i] == '\n' ? ' ' : text.data[i];
        if (c == ' ' && out->len > 0 && out->data[out->len - 1] == ' ')
            continue;
        if (bytes_append(out, span_of(&c, 1), err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return out->len > 0;
}

static int put_capital(struct span text, struct bytes *out, struct err *err)
{
    size_t first = 1;
    while (first < text.len && (text.data[first] & 0xC0) == 0x80)
        first++;
    if (text.len == 0)
        return 0;
    if (text_recase(span_of(text.data, first), TEXT_TITLE, out, err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of(text.data + first, text.len - first), err);
}

/* A dash with a blank on one side only: it has one on both, but in the number of a document, which
 * a line ended in the middle of. */
static int mend_dashes(struct span text, struct bytes *out, struct err *err)
{
    bool number = false; /* the word before has a '/' */
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool before = i > 0 && text.data[i - 1] == ' ';
        bool after = i + 1 < text.len && text.data[i + 1] == ' ';
        const char *put = before && !after ? "- " : " -";
        if (c == '-' && before != after && i + 1 < text.len && !number) {
            if (bytes_append(out, span_of(put, 2), err) < 0)
                return -1; /* UNTESTED: no memory */
            continue;
        }
        if (bytes_append(out, span_of(&c, 1), err) < 0)
            return -1; /* UNTESTED: no memory */
        if (c == '-' && number && after)
            i++;
        number = c != ' ' && (number || c == '/');
    }
    return 0;
}

static int put_sentence(const struct found *found, struct bytes *out, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0}, mended = {0};
    int rc = put_text(found, " \n:;,.-_/'", &text, err); /* a name in quotes may end it */
    if (rc <= 0)
        return rc;
    if (mend_dashes(bytes_span(&text), &mended, err) < 0)
        return -1; /* UNTESTED: no memory */
    return put_capital(bytes_span(&mended), out, err) < 0 ? -1 : 1;
}

/* --- numbers of documents --- */

/* A part of a symbol as it is written, where its letters tell: QD is QĐ. */
static int put_symbol_part(const struct extract_rules *rules, struct span text, struct span folded,
                           struct bytes *out, struct err *err)
{
    const struct list_text *symbols = extract_list(rules, "symbols");
    const struct list_item *item = symbols ? extract_item(symbols, folded) : NULL;
    return bytes_append(out, item && item->value ? span_of_text(item->value) : text, err);
}

/* Digits as they are read for letters, in the number before the first '/' or '-'. */
static uint8_t as_digit(uint8_t c)
{
    switch (c) {
    case 'o':
        return '0';
    case 'l':
    case 'i':
    case '|':
        return '1';
    default:
        return c;
    }
}

/* Blanks go; what parts the symbol is '-'. */
static int put_number(const struct extract_rules *rules, const struct found *found, bool in_number,
                      struct bytes *out, struct err *err)
{
    const struct bytes *folded = &found->folded;
    bool needs_digit = in_number;
    size_t i = 0;
    while (i < folded->len) {
        uint8_t c = folded->data[i];
        size_t to = i + 1;
        if (c == '/' || c == '-')
            in_number = false;
        if (c == ' ' || c == '\n' || (in_number && (c == '.' || c == '?'))) {
            i++;
            continue;
        }
        if (!in_number && strchr(LETTERS DIGITS, c)) {
            while (to < folded->len && strchr(LETTERS DIGITS, folded->data[to]))
                to++;
            if (put_symbol_part(rules, characters(bytes_span(&found->text), i, to),
                                span_of(folded->data + i, to - i), out, err) < 0)
                return -1; /* UNTESTED: no memory */
        } else {
            c = in_number ? as_digit(c) : c;
            if (bytes_append(out, span_of(&c, 1), err) < 0)
                return -1; /* UNTESTED: no memory */
        }
        i = to;
    }
    return out->len > 0 && (!needs_digit || (out->data[0] >= '0' && out->data[0] <= '9'));
}

/* --- organisations --- */

/* Words that are small inside of a name, and those behind which a name of a place stands. */
static bool is_in(const struct extract_rules *rules, const char *list, struct span folded)
{
    const struct list_text *words = extract_list(rules, list);
    return words && extract_item(words, folded);
}

/* The line that ends before `at` is no name yet: "UY BAN THUONG VU" and below it "QUOC HOI". */
static bool is_unfinished(const struct extract_rules *rules, const struct bytes *folded, size_t at)
{
    size_t from = at > 0 ? at - 1 : 0;
    while (from > 0 && folded->data[from - 1] != '\n')
        from--;
    return at > 0 && is_in(rules, "unfinished", span_of(folded->data + from, at - 1 - from));
}

/* Which lines begin an organisation; the others go on with the one before. */
static size_t split(const struct extract_rules *rules, const struct found *found,
                    size_t begins[ORGS_MAX])
{
    const struct list_text *heads = extract_list(rules, "organisation_heads");
    const struct bytes *folded = &found->folded;
    size_t n = 0;
    for (size_t at = 0; at < folded->len && n < ORGS_MAX; at++) {
        if ((at > 0 && folded->data[at - 1] != '\n') || is_unfinished(rules, folded, at))
            continue;
        for (uint32_t i = 0; heads && i < heads->item_len; i++) {
            size_t len = strlen(heads->items[i].is);
            bool whole = at + len == folded->len ||
                         (at + len < folded->len && strchr(" \n", folded->data[at + len]));
            if (whole && memcmp(folded->data + at, heads->items[i].is, len) == 0) {
                begins[n++] = at;
                break;
            }
        }
    }
    return n;
}

/* "UY BAN NHAN DAN TINH PHU THO" as it is written in a text: the longest phrase of the list of
 * phrases that stands here gives its own letters; else a word is small, or has a capital behind the
 * name of a kind of place, behind a phrase, and at the beginning. */
static int put_organisation(const struct extract_rules *rules, struct span text, struct span folded,
                            struct bytes *out, struct err *err)
{
    const struct list_text *phrases = extract_list(rules, "phrases");
    bool capital = true, place = false;
    for (size_t at = 0; at < folded.len;) {
        const struct list_item *best = NULL;
        for (uint32_t i = 0; phrases && i < phrases->item_len; i++) {
            const struct list_item *item = &phrases->items[i];
            size_t len = strlen(item->is);
            bool whole =
                at + len == folded.len || (at + len < folded.len && folded.data[at + len] == ' ');
            if (whole && memcmp(folded.data + at, item->is, len) == 0 &&
                (!best || len > strlen(best->is)))
                best = item;
        }
        size_t to = at;
        while (to < folded.len && folded.data[to] != ' ')
            to++;
        if (best)
            to = at + strlen(best->is);
        struct span word = span_of(folded.data + at, to - at);
        if (out->len > 0 && bytes_append(out, span_of(" ", 1), err) < 0)
            return -1; /* UNTESTED: no memory */
        struct span letters = characters(text, at, to);
        if (best && best->value)
            letters = span_of_text(best->value);
        if (capital && best) {
            if (put_capital(letters, out, err) < 0)
                return -1; /* UNTESTED: no memory */
        } else if (best) {
            if (bytes_append(out, letters, err) < 0)
                return -1; /* UNTESTED: no memory */
        } else if (text_recase(letters, capital || place ? TEXT_TITLE : TEXT_LOWER, out, err) < 0)
            return -1; /* UNTESTED: no memory */
        place = place || is_in(rules, "place_kinds", word);
        capital = is_in(rules, "capital_behind", word);
        at = to + 1;
    }
    return 1;
}

/* Specks that were read as marks at the ends of a line; a dash only where it touches a word, as a
 * name may go on behind one: "LAO DONG -" and below it "THUONG BINH". */
static void trim_line(struct span folded, size_t *from, size_t *to)
{
    static const char specks[] = " ._:;~'`?*|=\"";
    const uint8_t *c = folded.data;
    while (*from < *to && (strchr(specks, c[*from]) ||
                           (c[*from] == '-' && *from + 1 < *to && c[*from + 1] != ' ')))
        ++*from;
    while (*from < *to && (strchr(specks, c[*to - 1]) ||
                           (c[*to - 1] == '-' && *to - *from > 1 && c[*to - 2] != ' ')))
        --*to;
}

/* The lines [from, to) without their specks. */
static int trim_lines(const struct found *found, size_t from, size_t to, struct found *out,
                      struct err *err)
{
    struct span text = bytes_span(&found->text), folded = bytes_span(&found->folded);
    for (size_t end = from; from < to; from = end + 1) {
        for (end = from; end < to && folded.data[end] != '\n';)
            end++;
        size_t first = from, last = end;
        trim_line(folded, &first, &last);
        if (first == last)
            continue;
        if (out->folded.len > 0 && (bytes_append(&out->text, span_of("\n", 1), err) < 0 ||
                                    bytes_append(&out->folded, span_of("\n", 1), err) < 0))
            return -1; /* UNTESTED: no memory */
        if (bytes_append(&out->text, characters(text, first, last), err) < 0 ||
            bytes_append(&out->folded, span_of(folded.data + first, last - first), err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return 0;
}

/* The last organisation, or the one before it. */
static int put_named(const struct extract_rules *rules, const struct found *found, bool parent,
                     struct bytes *out, struct err *err)
{
    CLEANUP(found_done) struct found lines = {.text = {0}}, one = {.text = {0}};
    if (trim_lines(found, 0, found->folded.len, &lines, err) < 0)
        return -1; /* UNTESTED: no memory */
    size_t begins[ORGS_MAX], n = split(rules, &lines, begins);
    size_t which = parent ? 2 : 1;
    if (n < which)
        return 0;
    size_t from = begins[n - which], to = parent ? begins[n - 1] : lines.folded.len;
    CLEANUP(bytes_done) struct bytes text = {0}, folded = {0};
    if (trim_lines(&lines, from, to, &one, err) < 0)
        return -1; /* UNTESTED: no memory */
    int rc = put_text(&one, " \n:;,.-_*\"?'~=|", &text, err);
    if (rc <= 0)
        return rc;
    if (text_fold_chars(bytes_span(&text), &folded, err) < 0)
        return -1; /* UNTESTED: no memory */
    return put_organisation(rules, bytes_span(&text), bytes_span(&folded), out, err);
}

/* --- persons --- */

/* Two to seven words, the first of them a surname, each with one capital, at its beginning. Of a
 * surname that is written in one way only the list knows the letters. */
static int put_person(const struct extract_rules *rules, const struct found *found,
                      struct bytes *out, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0}, folded = {0}, title = {0};
    int rc = put_text(found, " \n:;,.-_*\"?'~=|()", &text, err);
    if (rc <= 0)
        return rc;
    if (text_fold_chars(bytes_span(&text), &folded, err) < 0 ||
        text_recase(bytes_span(&text), TEXT_TITLE, &title, err) < 0)
        return -1; /* UNTESTED: no memory */
    size_t words = 1;
    for (size_t i = 0; i < folded.len; i++) {
        words += folded.data[i] == ' ';
        if (!strchr(LETTERS " ", folded.data[i]))
            return 0;
    }
    size_t first = 0;
    while (first < folded.len && folded.data[first] != ' ')
        first++;
    const struct list_text *surnames = extract_list(rules, "surnames");
    const struct list_item *surname =
        surnames ? extract_item(surnames, span_of(folded.data, first)) : NULL;
    if (words < 2 || words > WORDS_MAX - 1 || !surname || text.len != title.len ||
        memcmp(text.data, title.data, text.len) != 0)
        return 0;
    struct span family = characters(bytes_span(&text), 0, first);
    if (bytes_append(out, surname->value ? span_of_text(surname->value) : family, err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of(text.data + family.len, text.len - family.len), err) < 0 ? -1
                                                                                              : 1;
}

/* --- numbers of persons and firms --- */

static size_t digits_of(const struct found *found, char *digits, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < found->folded.len; i++) {
        uint8_t c = found->folded.data[i];
        if (c < '0' || c > '9')
            continue;
        if (n + 1 < size)
            digits[n] = (char)c;
        n++;
    }
    digits[n < size ? n : size - 1] = '\0';
    return n;
}

/* 12 digits: province or country, century and sex, year (domain: personal identification number,
 * Law on Citizen Identification, Decree 137/2015 Art. 13). No check digit: the province must be one
 * of the list, and the century one that people live in. */
static int put_person_id(const struct extract_rules *rules, const struct found *found,
                         struct bytes *out, struct err *err)
{
    char digits[16];
    if (digits_of(found, digits, sizeof digits) != 12 || digits[3] > '3' ||
        !is_in(rules, "person_id_places", span_of(digits, 3)))
        return 0;
    return bytes_append(out, span_of(digits, 12), err) < 0 ? -1 : 1;
}

/* 10 digits, the last one checks the others (Circular 105/2020, weights as published); 13: a
 * branch. */
static int put_tax_code(const struct found *found, struct bytes *out, struct err *err)
{
    static const int weights[] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
    char digits[16];
    int sum = 0;
    size_t n = digits_of(found, digits, sizeof digits);
    if (n != 10 && n != 13)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(weights); i++)
        sum += (digits[i] - '0') * weights[i];
    if (10 - sum % 11 != digits[9] - '0')
        return 0;
    if (bytes_append(out, span_of(digits, 10), err) < 0 ||
        (n == 13 && bytes_printf(out, err, "-%s", digits + 10) < 0))
        return -1; /* UNTESTED: no memory */
    return 1;
}

static int put_digits(const struct found *found, struct bytes *out, struct err *err)
{
    char digits[32];
    size_t n = digits_of(found, digits, sizeof digits);
    if (n == 0 || n >= sizeof digits)
        return 0;
    return bytes_append(out, span_of(digits, n), err) < 0 ? -1 : 1;
}

int form_value(const struct extract_rules *rules, const struct rule *rule,
               const struct found *found, struct bytes *out, struct err *err)
{
    switch (rule->form) {
    case FORM_NUMBER:
    case FORM_SYMBOL:
        return put_number(rules, found, rule->form == FORM_NUMBER, out, err);
    case FORM_ORGANISATION:
    case FORM_PARENT:
        return put_named(rules, found, rule->form == FORM_PARENT, out, err);
    case FORM_PERSON:
        return put_person(rules, found, out, err);
    case FORM_PERSON_ID:
        return put_person_id(rules, found, out, err);
    case FORM_TAX_CODE:
        return put_tax_code(found, out, err);
    case FORM_DIGITS:
        return put_digits(found, out, err);
    case FORM_SENTENCE:
        return put_sentence(found, out, err);
    default:
        return put_text(found, " \n:;,.-_/\"", out, err);
    }
}
