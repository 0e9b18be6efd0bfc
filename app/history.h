/* app/history.h - every record about a page (of its documents, of what was found on it, of who was
 * shown it), as `show --history` tells of them. */
#ifndef APP_HISTORY_H
#define APP_HISTORY_H

#include "app/app.h"

/* Prints them, of each kind in the order they came: when, how it is known, what changed, which one
 * it replaces. 0 or more, or -1. */
MUST_USE int tell_history(struct reading *reading, const struct catalogue_page *page, bool json,
                          struct err *err);

#endif
