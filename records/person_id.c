/* records/person_id.c - what personal ids are shown as. */
#include "records/person_id.h"

#include <string.h>

#include "base/text.h"

#define ID_DIGITS   12u
#define HEAD_SHOWN  3u
#define TAIL_SHOWN  4u
#define SHOWN_FROM  (HEAD_SHOWN + TAIL_SHOWN) /* characters of a value that may show any */
#define TAIL_BEGINS (ID_DIGITS - TAIL_SHOWN)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A character becomes one star, however many bytes it has. */
static void mask_value(char *value)
{
    const struct span text = span_of_text(value);
    const size_t chars = text_count(text);
    const bool all = chars <= SHOWN_FROM;
    size_t to = 0, len = 0;
    for (size_t at = 0, i = 0; at < text.len; at += len, i++) {
        (void)text_letter(text, at, &len);
        if (all || (i >= HEAD_SHOWN && i + TAIL_SHOWN < chars)) {
            value[to++] = '*';
            continue;
        }
        memmove(value + to, value + at, len);
        to += len;
    }
    value[to] = '\0';
}

/* Digits from here on, groups of them with one blank or dot between two, that are just as many as
 * an id has: where they end; 0: they are none. */
static size_t id_end(const char *text, size_t at, size_t len)
{
    size_t digits = 0;
    if (text[at] != '0')
        return 0;
    for (;;) {
        while (at < len && is_digit(text[at])) {
            digits++;
            at++;
        }
        if (digits >= ID_DIGITS)
            return digits == ID_DIGITS ? at : 0;
        if (at + 1 >= len || (text[at] != ' ' && text[at] != '.') || !is_digit(text[at + 1]))
            return 0;
        at++;
    }
}

void person_id_mask_text(char *text, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        const bool begins = is_digit(text[at]) && (at == 0 || !is_digit(text[at - 1]));
        const size_t end = begins ? id_end(text, at, len) : 0;
        for (size_t digit = 0; at < end; at++) {
            if (!is_digit(text[at]))
                continue;
            if (digit >= HEAD_SHOWN && digit < TAIL_BEGINS)
                text[at] = '*';
            digit++;
        }
    }
}

void person_id_mask(struct page_fields *fields)
{
    for (size_t i = 0; i < fields->len; i++) {
        struct field *field = &fields->items[i];
        if (strcmp(field->name, PERSON_ID_FIELD) == 0)
            mask_value(field->value);
        else
            person_id_mask_text(field->value, strlen(field->value));
    }
}
