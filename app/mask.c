/* app/mask.c - texts as they stand in what is given out. */
#include "app/mask.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "records/person_id.h"

char *mask_copy(const char *text)
{
    char *copy = strdup(text);
    if (copy)
        person_id_mask_text(copy, strlen(copy));
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
