/* pipeline/dossier_rule.c - the dossier a file is of, by the names of its folders and its own. */
#include "pipeline/dossier_rule.h"

#include <string.h>

#include "records/dossier_code.h"

int dossier_rule_init(struct dossier_rule *rule, const char *pattern, struct err *err)
{
    char why[160];
    if (strlen(pattern) >= DOSSIER_PATTERN_MAX)
        return err_input(err, REASON_NONE, "longer than %u bytes", DOSSIER_PATTERN_MAX - 1);
    int rc = regcomp(&rule->regex, pattern, REG_EXTENDED);
    if (rc != 0) {
        (void)regerror(rc, &rule->regex, why, sizeof why);
        return err_input(err, REASON_NONE, "%s", why);
    }
    if (rule->regex.re_nsub > 0)
        return 0;
    regfree(&rule->regex);
    return err_input(err, REASON_NONE, "it has no group: put the dossier code in ( )");
}

void dossier_rule_done(struct dossier_rule *rule)
{
    regfree(&rule->regex);
}

static bool copy_code(const char *text, size_t len, char ret_code[DOSSIER_CODE_MAX])
{
    if (len >= DOSSIER_CODE_MAX)
        return false;
    memcpy(ret_code, text, len);
    ret_code[len] = '\0';
    return true;
}

static enum dossier_named by_rule(const struct dossier_rule *rule, const char *rel,
                                  char ret_code[DOSSIER_CODE_MAX])
{
    regmatch_t found[2];
    if (regexec(&rule->regex, rel, ARRAY_LEN(found), found, 0) != 0 || found[1].rm_so < 0)
        return DOSSIER_NONE;
    size_t len = (size_t)(found[1].rm_eo - found[1].rm_so);
    if (copy_code(rel + found[1].rm_so, len, ret_code) && dossier_code_plain(ret_code))
        return DOSSIER_NAMED;
    ret_code[0] = '\0';
    return DOSSIER_NOT_PLAIN;
}

static enum dossier_named by_parts(const char *rel, char ret_code[DOSSIER_CODE_MAX])
{
    char code[DOSSIER_CODE_MAX];
    enum dossier_named named = DOSSIER_NONE;
    for (const char *part = rel, *end; *part; part = *end ? end + 1 : end) {
        end = strchrnul(part, '/');
        const char *dot = *end ? NULL : strrchr(part, '.'); /* codes have dots, folders no ending */
        if (!copy_code(part, (size_t)((dot ? dot : end) - part), code) ||
            !dossier_code_formal(code))
            continue;
        memcpy(ret_code, code, sizeof code);
        named = DOSSIER_NAMED;
    }
    return named;
}

enum dossier_named dossier_rule_find(const struct dossier_rule *rule, const char *rel,
                                     char ret_code[DOSSIER_CODE_MAX])
{
    ret_code[0] = '\0';
    return rule ? by_rule(rule, rel, ret_code) : by_parts(rel, ret_code);
}
