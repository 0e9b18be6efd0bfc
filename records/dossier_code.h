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

#endif
