/* records/dossier_code.h - the code of a dossier, as its receipt slip carries it.
 *
 * Given by the system that received the dossier, never made by us: the agency, the day, and the
 * dossier's number on that day. */
#ifndef RECORDS_DOSSIER_CODE_H
#define RECORDS_DOSSIER_CODE_H

#include <stdbool.h>
#include <stddef.h>

#define DOSSIER_CODE_MAX 32 /* bytes with NUL */

/* The whole text is one code. */
bool dossier_code_valid(const char *text);

/* The one dossier code a text speaks of: it stands by itself, between ends, blanks and the marks
 * that part fields, never inside a longer word, path or number. False when there is none, or when
 * there are two different ones. */
bool dossier_code_find(const char *text, char ret_code[DOSSIER_CODE_MAX]);

#endif
