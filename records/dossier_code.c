/* records/dossier_code.c - the code of a dossier, as its receipt slip carries it. */
#include "records/dossier_code.h"

#include <string.h>

#include "base/def.h"

/* 9 is a digit, A a capital letter, y, m and d the day of reception, anything else itself; one or
 * two more digits may follow. Circular 01/2018/TT-VPCP, article 19: agency, day, four-digit number;
 * the agency in the order of QCVN 102:2016, and turned round as Decision 20/2020/QD-TTg has it (two
 * levels, or three). Busy agencies go to six digits. */
static const char *const forms[] = {
    "999.99.99.A99-yymmdd-9999",
    "A99.99-yymmdd-9999",
    "A99.99.99-yymmdd-9999",
};
#define MORE_DIGITS_MAX 2

/* What may stand before and behind a code. A point or a dash would make it part of something. */
static const char parting[] = " |;,:=()[]{}<>\"'";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool fits(char form, char c)
{
    switch (form) {
    case '9':
    case 'y':
    case 'm':
    case 'd':
        return is_digit(c);
    case 'A':
        return c >= 'A' && c <= 'Z';
    default:
        return form == c;
    }
}

static bool is_day(const char *yymmdd)
{
    const int month = (yymmdd[2] - '0') * 10 + yymmdd[3] - '0';
    const int day = (yymmdd[4] - '0') * 10 + yymmdd[5] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Length of the code the text begins with, or 0. */
static size_t match(const char *form, const char *text)
{
    size_t len = 0;
    for (; form[len]; len++)
        if (!fits(form[len], text[len])) /* the text's end fits nothing */
            return 0;
    if (!is_day(text + (strchr(form, 'y') - form)))
        return 0;
    for (int more = 0; more < MORE_DIGITS_MAX && is_digit(text[len]); more++)
        len++;
    return len;
}

static size_t code_at(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        const size_t len = match(forms[i], text);
        if (len > 0 && (text[len] == '\0' || strchr(parting, text[len])))
            return len;
    }
    return 0;
}

bool dossier_code_valid(const char *text)
{
    const size_t len = code_at(text);
    return len > 0 && text[len] == '\0';
}

bool dossier_code_find(const char *text, char ret_code[DOSSIER_CODE_MAX])
{
    const char *found = NULL;
    size_t found_len = 0;
    for (const char *at = text; *at; at++) {
        if (at > text && !strchr(parting, at[-1]))
            continue;
        const size_t len = code_at(at);
        if (len == 0 || len >= DOSSIER_CODE_MAX)
            continue;
        if (found && (len != found_len || memcmp(found, at, len) != 0))
            return false;
        found = at;
        found_len = len;
    }
    if (!found)
        return false;
    memcpy(ret_code, found, found_len);
    ret_code[found_len] = '\0';
    return true;
}
