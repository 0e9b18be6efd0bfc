/* app/bad_list.h - the list of bad files: what verify found, by file and page, as CSV.
 *
 * What Circular 02/2019/TT-BNV asks of a check: the names of bad files and where they are. Damage
 * is tied to objects by the archive, to files and pages by the catalogue. */
#ifndef APP_BAD_LIST_H
#define APP_BAD_LIST_H

#include "app/app.h"

struct bad_list; /* what has been found so far */

/* Makes the file, empty, so that a path that cannot be written is told of first. */
MUST_USE struct bad_list *bad_list_open(struct io *io, const char *path, struct err *err);
void bad_list_free(struct bad_list *list); /* NULL is fine */
void bad_list_freep(struct bad_list **list);

/* Notes damage; a failure is told of by bad_list_write(). */
void bad_list_add(struct bad_list *list, const struct damage *damage);
/* Writes the file: UTF-8, fields in quotes, lines end with CR LF, headers and reasons in the
 * user's language. A damaged object that several pages share has a line for each. catalogue NULL:
 * there is none, and no line names a file. */
MUST_USE int bad_list_write(struct bad_list *list, struct catalogue *catalogue, struct err *err);

#endif
