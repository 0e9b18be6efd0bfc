/* app/mask.c - texts as they stand in what is given out. */
#include "app/mask.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define ID_DIGITS   12 /* domain: CCCD, the personal identification number */
#define SHOWN_FIRST 3  /* where it was given out */
#define SHOWN_LAST  4

void mask_person_ids(char *text)
{
    while (*(text += strcspn(text, "0123456789"))) {
        const size_t len = strspn(text, "0123456789");
        if (len == ID_DIGITS && text[0] == '0')
            memset(text + SHOWN_FIRST, '*', ID_DIGITS - SHOWN_FIRST - SHOWN_LAST);
        text += len;
    }
}

char *mask_copy(const char *text)
{
    char *copy = strdup(text);
    if (copy)
        mask_person_ids(copy);
    return copy;
}

char *cut_copy(const char *text, size_t chars_max)
{
    const struct span all = span_of_text(text);
    char *copy = NULL;
    size_t at = 0, len = 0;
    if (text_count(all) <= chars_max)
        return strdup(text);
    for (size_t chars = 1; chars < chars_max; chars++, at += len)
        (void)text_letter(all, at, &len);
    return asprintf(&copy, "%.*s\xE2\x80\xA6", (int)at, text) < 0 ? NULL : copy;
}
