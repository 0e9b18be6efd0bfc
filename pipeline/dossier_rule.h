/* pipeline/dossier_rule.h - the dossier a file is of, by the names of its folders and its own. */
#ifndef PIPELINE_DOSSIER_RULE_H
#define PIPELINE_DOSSIER_RULE_H

#include <regex.h>
#include <stdbool.h>

#include "base/err.h"
#include "storage/catalogue.h"

#define DOSSIER_PATTERN_MAX 256u /* bytes with NUL; an administrator writes it, and is trusted */

struct dossier_rule {
    regex_t regex; /* POSIX extended; its first group is the code */
};

/* Compiles the pattern; dossier_rule_done() releases it. ERR_INPUT says what is wrong with it. */
MUST_USE int dossier_rule_init(struct dossier_rule *rule, const char *pattern, struct err *err);
void dossier_rule_done(struct dossier_rule *rule);

enum dossier_named { DOSSIER_NONE, DOSSIER_NAMED, DOSSIER_NOT_PLAIN };

/* rel: path below the inbox. Without a rule (NULL) it is the name of a folder, or of the file up to
 * its extension, that is a formal dossier code; the last one when there are more. NOT_PLAIN: the
 * rule found what cannot be a code; ret_code, like everywhere else, is "" then. */
MUST_USE enum dossier_named dossier_rule_find(const struct dossier_rule *rule, const char *rel,
                                              char ret_code[DOSSIER_CODE_MAX]);

#endif
