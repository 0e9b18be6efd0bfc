/* records/dossier_code.c - the code of a dossier (mã số hồ sơ): read, checked, never made up. */
#include "records/dossier_code.h"

#include <string.h>

/* A code is AGENCY-DATE-ORDINAL. In `agency`, 9 stands for a digit, A for a capital, anything else
 * for itself; up to `more` times ".9", ".99" or ".999" may follow. */
static const struct form {
    const char *agency;
    unsigned more;
} forms[] = {
    {"999.99.99.A99", 0}, /* Circular 01/2018/TT-VPCP, Art. 19: agency id of QCVN 102:2016 */
    {"A99", 4}, /* Decision 20/2020/QD-TTg: agency id from the top down, as seen on papers */
};

/* YYMMDD by Circular 01/2018; DDMMYYYY by Decree 61/2018, Art. 26; some systems write YYYYMMDD. */
static const struct date_form {
    size_t len, day_at, month_at;
} date_forms[] = {{6, 4, 2}, {8, 0, 2}, {8, 6, 4}};

/* Four by the circular; busy ministries need more. */
#define ORDINAL_DIGITS_MIN 4
#define ORDINAL_DIGITS_MAX 6

static const char digits[] = "0123456789";

bool dossier_code_plain(const char *code)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  ".-_/";
    size_t len = strlen(code);
    return len > 0 && len < DOSSIER_CODE_MAX && strspn(code, allowed) == len;
}

/* The length of the agency's part, or 0. */
static size_t match_agency(const struct form *form, const char *code)
{
    size_t at = 0;
    for (const char *shape = form->agency; *shape; shape++, at++) {
        bool fits = *shape == '9'   ? strchr(digits, code[at]) != NULL
                    : *shape == 'A' ? code[at] >= 'A' && code[at] <= 'Z'
                                    : code[at] == *shape;
        if (code[at] == '\0' || !fits)
            return 0;
    }
    for (unsigned i = 0; i < form->more && code[at] == '.'; i++) {
        size_t len = strspn(code + at + 1, digits);
        if (len < 1 || len > 3)
            return 0;
        at += 1 + len;
    }
    return at;
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

static bool is_date(const char *text, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(date_forms); i++) {
        const struct date_form *form = &date_forms[i];
        if (form->len != len)
            continue;
        int day = two_digits(text + form->day_at), month = two_digits(text + form->month_at);
        if (day >= 1 && day <= 31 && month >= 1 && month <= 12)
            return true;
    }
    return false;
}

static bool is_date_and_ordinal(const char *text)
{
    if (text[0] != '-')
        return false;
    size_t date_len = strspn(text + 1, digits);
    const char *ordinal = text + 1 + date_len;
    if (!is_date(text + 1, date_len) || ordinal[0] != '-')
        return false;
    size_t len = strspn(ordinal + 1, digits);
    return len >= ORDINAL_DIGITS_MIN && len <= ORDINAL_DIGITS_MAX && ordinal[1 + len] == '\0';
}

bool dossier_code_formal(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        size_t len = match_agency(&forms[i], code);
        if (len > 0 && is_date_and_ordinal(code + len))
            return true;
    }
    return false;
}

/* What may stand before and behind a code. A point or a dash would make it part of something. */
static const char parting[] = " |;,:=()[]{}<>\"'";

bool dossier_code_find(const char *text, char ret_code[DOSSIER_CODE_MAX])
{
    char token[DOSSIER_CODE_MAX], found[DOSSIER_CODE_MAX] = "";
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, parting);
        if (len > 0 && len < sizeof token) {
            memcpy(token, at, len);
            token[len] = '\0';
            /* An agency of one level looks like too many other numbers. */
            if (strchr(token, '.') && dossier_code_formal(token)) {
                if (found[0] && strcmp(found, token) != 0)
                    return false;
                memcpy(found, token, len + 1);
            }
        }
        at += len;
        at += strspn(at, parting);
    }
    if (!found[0])
        return false;
    memcpy(ret_code, found, sizeof found);
    return true;
}
