/* base/reason.c - why a page or a file could not be taken, in words a clerk understands. */
#include "base/reason.h"

#include <string.h>

static const struct {
    const char *code, *what[2], *advice[2];
} rows[REASON_COUNT] = {
#define X(name, code, what, advice, what_vi, advice_vi)                                            \
    [REASON_##name] = {code, {what, what_vi}, {advice, advice_vi}},
    REASONS(X)
#undef X
};

static enum reason in_range(enum reason reason)
{
    return (unsigned)reason < REASON_COUNT ? reason : REASON_NONE;
}

const char *reason_code(enum reason reason)
{
    return rows[in_range(reason)].code;
}

const char *reason_what(enum reason reason, enum reason_language language)
{
    return rows[in_range(reason)].what[language == REASON_VIETNAMESE];
}

const char *reason_advice(enum reason reason, enum reason_language language)
{
    return rows[in_range(reason)].advice[language == REASON_VIETNAMESE];
}

enum reason reason_parse(const char *code)
{
    for (int i = 0; i < REASON_COUNT; i++)
        if (strcmp(rows[i].code, code) == 0)
            return (enum reason)i;
    return REASON_NONE;
}
