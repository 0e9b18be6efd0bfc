/* app/html.h - pages to be printed: text that cannot become markup, one head and style for all.
 *
 * Names of files come from anybody: a page has no way to run anything or to fetch anything (its
 * policy says so, too). Text stands between tags, never in attributes; <bdi> keeps letters that
 * turn the direction of writing to the name they are in. */
#ifndef APP_HTML_H
#define APP_HTML_H

#include "base/bytes.h"

#define HTML_FLUSH_BYTES MIB /* of a page: printed so far at a time */

/* Append; -1 without memory. */
MUST_USE int html_text(struct bytes *out, const char *text, struct err *err);
MUST_USE int html_tagged(struct bytes *out, const char *before, const char *text, const char *after,
                         struct err *err);
/* From the first byte to behind the heading. */
MUST_USE int html_begin(struct bytes *out, const char *title, const char *heading, struct err *err);
/* Prints what there is, if it is more than keep bytes, and forgets it. */
MUST_USE int html_flush(struct bytes *out, size_t keep, struct err *err);

#endif
