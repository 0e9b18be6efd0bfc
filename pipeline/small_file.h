/* pipeline/small_file.h - a text from a folder that others write into. */
#ifndef PIPELINE_SMALL_FILE_H
#define PIPELINE_SMALL_FILE_H

#include "base/bytes.h"

/* Appends all of an ordinary file of at most bytes_max bytes; never follows a link, never waits for
 * a pipe. ERR_INPUT: it is another kind of file, or longer; ERR_SYSTEM. */
MUST_USE int small_file_read(int dir_fd, const char *name, size_t bytes_max, struct bytes *out,
                             struct err *err);

#endif
