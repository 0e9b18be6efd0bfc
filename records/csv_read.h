/* records/csv_read.h - reads comma-separated values (RFC 4180) that somebody else wrote. */
#ifndef RECORDS_CSV_READ_H
#define RECORDS_CSV_READ_H

#include "base/bytes.h"

#define CSV_FIELD_BYTES 4000u /* longer is an error */

/* Start with {.text = text_with_a_NUL_behind_it}; it is taken apart in place. */
struct csv_read {
    char *text;    /* what has not been read */
    uint32_t line; /* the one that was read last, from 1 */
};

/* The next line: 1, with n texts that point into the text; 0 at its end. ERR_INPUT: not n fields, a
 * quotation mark where none may be, a control character (so a field never has two lines), too long,
 * not UTF-8. Lines may end with CR LF. */
MUST_USE int csv_read_line(struct csv_read *csv, const char *fields[], size_t n, struct err *err);

#endif
