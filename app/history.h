/* app/history.h - every document record that named a page, as `show --history` tells of it. */
#ifndef APP_HISTORY_H
#define APP_HISTORY_H

#include "app/app.h"

/* Prints them in the order they came: when, how it is known, what changed, which one it replaces.
 * Returns how many, or -1. */
MUST_USE int tell_history(struct reading *reading, const struct catalogue_page *page, bool json,
                          struct err *err);

#endif
