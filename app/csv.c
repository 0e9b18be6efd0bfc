/* app/csv.c - comma-separated values for spreadsheets (RFC 4180). */
#include "app/csv.h"

#include <stdbool.h>
#include <string.h>

/* "-0.5": an apostrophe would make a text of it. */
static bool is_number(const char *text)
{
    size_t digits = strspn(text + 1, "0123456789.");
    return text[0] == '-' && digits > 0 && text[1 + digits] == '\0';
}

static int field(struct bytes *out, const char *text, bool last, struct err *err)
{
    bool formula = text[0] && strchr("=+-@", text[0]) && !is_number(text);
    if (bytes_printf(out, err, formula ? "\"'" : "\"") < 0)
        return -1; /* UNTESTED: no memory */
    for (const char *at = text; *at; at++)
        if (bytes_append(out, span_of(at, 1), err) < 0 ||
            (*at == '"' && bytes_append(out, span_of(at, 1), err) < 0))
            return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of_text(last ? "\"\r\n" : "\","), err);
}

int csv_line(struct bytes *out, const char *const texts[], size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (field(out, texts[i], i + 1 == n, err) < 0)
            return -1; /* UNTESTED: no memory */
    return 0;
}
