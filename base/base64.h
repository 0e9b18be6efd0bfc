/* base/base64.h - bytes as text: standard base64 with padding (RFC 4648, section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/bytes.h"

MUST_USE int base64_append(struct bytes *out, struct span data, struct err *err);

/* Strict: padded, no blanks, no line feeds, and the bits that stand for nothing are zero, so that
 * a value has one form only. At most max bytes come out; false leaves the outputs untouched. */
MUST_USE bool base64_parse(struct span text, uint8_t ret_data[], size_t max, size_t *ret_len);

#endif
