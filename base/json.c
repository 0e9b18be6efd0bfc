/* base/json.c - JSON by jansson, in the one canonical form that records and --json use. */
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

#define CANONICAL (JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6))

void json_freep(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

static int append(const char *buffer, size_t size, void *data)
{
    struct err ignored = {0};
    return bytes_append(data, span_of(buffer, size), &ignored);
}

int json_canonical(const json_t *json, struct bytes *out, struct err *err)
{
    if (json_dump_callback(json, append, out, CANONICAL) < 0)
        return err_set(err, ERR_SYSTEM, "write JSON");
    return 0;
}

json_t *json_parse(struct span text, struct err *err)
{
    json_error_t why;
    json_t *json = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &why);
    if (!json)
        err_input(err, REASON_DAMAGED, "JSON line %d column %d: %s", why.line, why.column,
                  why.text);
    return json;
}

int json_print_line(const json_t *json, struct err *err)
{
    CLEANUP(bytes_done) struct bytes line = {0};
    if (json_canonical(json, &line, err) < 0 || bytes_append(&line, span_of_text("\n"), err) < 0)
        return -1;
    if (fwrite(line.data, 1, line.len, stdout) != line.len || fflush(stdout) != 0)
        return err_sys(err, "write to standard output");
    return 0;
}
