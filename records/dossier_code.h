/* records/dossier_code.h - the code of a dossier (mã số hồ sơ): read, checked, never made up.
 *
 * It is issued by the system of the one-stop department; we get it from a sidecar, a barcode or a
 * person. Two forms are in use; both are data (the table in the .c), as forms change by circular.
 */
#ifndef RECORDS_DOSSIER_CODE_H
#define RECORDS_DOSSIER_CODE_H

#include <stdbool.h>

#include "storage/catalogue.h"

/* What a user is told of the forms: one example of each. */
#define DOSSIER_CODE_EXAMPLES "000.00.12.H57-250705-0001 or H57.12-250705-0001"

/* Any code we keep: 1 to DOSSIER_CODE_MAX - 1 of A-Z a-z 0-9 . - _ /. Nothing a terminal, a file
 * name's quoting or a `*` in a query could mistake. */
MUST_USE bool dossier_code_plain(const char *code);
/* One of the two forms, with a date in it that can be. */
MUST_USE bool dossier_code_formal(const char *code);

/* The one dossier code a text speaks of, of one of the two forms: it stands by itself, between
 * ends, blanks and the marks that part fields, never inside a longer word, path or number. False
 * when there is none, or when there are two different ones. */
bool dossier_code_find(const char *text, char ret_code[DOSSIER_CODE_MAX]);

#endif
