/* storage/format.h - the FORMAT file: what kind of directory this is, for programs and people. */
#ifndef STORAGE_FORMAT_H
#define STORAGE_FORMAT_H

#include "storage/segment.h"

#define FORMAT_NAME      "FORMAT"
#define FORMAT_BYTES_MAX 4096u

/* Appends the text of a new FORMAT file. created_s: seconds since 1970. */
MUST_USE int format_write(const struct id16 *archive, int64_t created_s, struct bytes *out,
                          struct err *err);

enum format_state {
    FORMAT_FINE,
    FORMAT_OTHER,   /* undamaged, of another version */
    FORMAT_DAMAGED, /* no byte of it can be trusted */
};
/* ret_archive is set when FORMAT_FINE, ret_version also when FORMAT_OTHER. */
MUST_USE enum format_state format_read(struct span text, struct id16 *ret_archive,
                                       unsigned *ret_version);

#endif
