/* records/csv_read.c - reads comma-separated values. */
#include "records/csv_read.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* Takes the quotation marks off a field in place. Returns what is behind it, NULL when no mark ends
 * it. */
static char *unquote(char *field)
{
    char *to = field;
    for (char *c = field + 1; *c; c++) {
        if (*c == '"' && c[1] != '"') {
            *to = '\0';
            return c + 1;
        }
        if (*c == '"')
            c++; /* two stand for one */
        *to++ = *c;
    }
    return NULL;
}

/* Ends the field before `mark`, and gives what comes behind it; *ret_last: the line ends. */
static char *end_field(char *mark, bool *ret_last)
{
    size_t len = mark[0] == '\r' && mark[1] == '\n' ? 2 : mark[0] != '\0';
    *ret_last = *mark != ',';
    *mark = '\0';
    return mark + len;
}

static bool may_end(const char *mark)
{
    return *mark == ',' || *mark == '\n' || *mark == '\0' || (mark[0] == '\r' && mark[1] == '\n');
}

static int take_field(struct csv_read *csv, const char **ret_field, bool *ret_last, struct err *err)
{
    char *field = csv->text, *mark = field;
    if (*field == '"')
        mark = unquote(field);
    else
        mark += strcspn(field, ",\n\"");
    if (mark && mark > field && *mark == '\n' && mark[-1] == '\r')
        mark--;
    if (!mark || !may_end(mark))
        return err_input(err, REASON_NONE, "a quotation mark stands where none may be");
    csv->text = end_field(mark, ret_last);
    *ret_field = field;
    if (strlen(field) > CSV_FIELD_BYTES || !text_plain(span_of_text(field)))
        return err_input(err, REASON_NONE, "not plain text of at most %u bytes", CSV_FIELD_BYTES);
    return 0;
}

int csv_read_line(struct csv_read *csv, const char *fields[], size_t n, struct err *err)
{
    bool last = false;
    if (*csv->text == '\0')
        return 0;
    csv->line++;
    for (size_t i = 0; i < n; i++) {
        if (last)
            return err_input(err, REASON_NONE, "%zu fields instead of %zu", i, n);
        if (take_field(csv, &fields[i], &last, err) < 0)
            return -1;
    }
    return last ? 1 : err_input(err, REASON_NONE, "more than %zu fields", n);
}
