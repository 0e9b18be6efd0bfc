/* app/store_fields.h - notes the fields of pages that have none, or older ones. */
#ifndef APP_STORE_FIELDS_H
#define APP_STORE_FIELDS_H

#include "records/extract.h"

/* Looks at every page with text for which neither these rules nor a person gave what is noted, and
 * archives a record for each, some hundred at a time. Cut off, it goes on next time. What it has
 * done is printed. An exit code. */
int store_fields(const char *archive, const struct extract_rules *rules, bool json);

#endif
