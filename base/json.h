/* base/json.h - JSON by jansson, in the one canonical form that records and --json use. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/bytes.h"

void json_freep(json_t **json); /* fits CLEANUP */

/* Appends the value with sorted keys, no blanks, reals with at most 6 significant digits, UTF-8 as
 * it is: the same value always gives the same bytes. Aborts on no memory only. */
MUST_USE int json_canonical(const json_t *json, struct bytes *out, struct err *err);

/* Parses one value; fails with ERR_INPUT (line and column in the text). Depth is bounded by jansson
 * (2048), size by the caller. The caller owns the result. */
MUST_USE json_t *json_parse(struct span text, struct err *err);

/* Prints one line to stdout and flushes it. */
MUST_USE int json_print_line(const json_t *json, struct err *err);

#endif
