/* app/unmask.h - shows the personal ids of a page, after it is noted who wanted to see them. */
#ifndef APP_UNMASK_H
#define APP_UNMASK_H

#include "records/access_record.h"

/* who: by and because are set, the rest is filled in. The record is durable before anything is
 * printed; the service that has the archive may be asked for that. An exit code. */
int unmask(const char *archive, const char *page_id, const struct access_record *who, bool json);

#endif
