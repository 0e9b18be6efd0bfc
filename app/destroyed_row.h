/* app/destroyed_row.h - what is told of pages and files that were destroyed lawfully. */
#ifndef APP_DESTROYED_ROW_H
#define APP_DESTROYED_ROW_H

#include "app/app.h"

/* Prints every destroyed page, or what the id (of a page, or the SHA-256 of a file or other object)
 * stands for; id NULL: all. Returns how many were told of, or -1. */
MUST_USE int tell_destroyed(struct catalogue *catalogue, const char *id, bool json,
                            struct err *err);
/* The id stands for something that was destroyed lawfully: says so on standard error. 1, 0, -1. */
MUST_USE int refuse_destroyed(struct catalogue *catalogue, const char *id, struct err *err);

#endif
