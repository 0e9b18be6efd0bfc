/* app/operators.h - who may note events, from when to when: configs/operators.yaml. */
#ifndef APP_OPERATORS_H
#define APP_OPERATORS_H

#include <stdint.h>

#include "base/err.h"

#define OPERATORS_MAX     10000u
#define OPERATOR_TEXT_MAX 401u /* bytes with NUL; names: EVENT_NAME_CHARS characters */

/* Days as they are in Vietnam; the last one counts. */
struct operator_term {
    char *name, *from, *to; /* "2026-07-01"; to NULL: no end is set */
};
struct operators {
    struct operator_term *operators;
    uint32_t operators_count;
};

/* ERR_INPUT also for a name that no event could have, a day that is none, an end before the
 * beginning. One name may have several terms. */
MUST_USE struct operators *operators_load(const char *path, struct err *err);
void operators_freep(struct operators **operators); /* fits CLEANUP */

enum operator_right { OPERATOR_MAY, OPERATOR_UNKNOWN, OPERATOR_NOT_THEN };
/* Whether somebody of this name (NFC) may do something at this time. */
MUST_USE int operators_ask(const struct operators *operators, const char *name, int64_t at_ns,
                           enum operator_right *ret_right, struct err *err);

#endif
