/* app/csv.h - comma-separated values for spreadsheets (RFC 4180). */
#ifndef APP_CSV_H
#define APP_CSV_H

#include "base/bytes.h"

/* Appends a line: every field in quotes, CR LF at the end. What a spreadsheet would take for a
 * formula gets an apostrophe before it: file names come from anybody. Fails without memory only. */
MUST_USE int csv_line(struct bytes *out, const char *const texts[], size_t n, struct err *err);

#endif
