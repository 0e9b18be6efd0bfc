/* app/field_list.h - what was found on a page, as commands tell of it. */
#ifndef APP_FIELD_LIST_H
#define APP_FIELD_LIST_H

#include "app/app.h"
#include "records/fields_record.h"

/* The newest record of the page, whole: 1, 0 there is none, -1. */
MUST_USE int field_list_load(struct reading *reading, const struct catalogue_page *page,
                             struct fields_record *ret_record, struct digest *ret_id,
                             struct err *err);
/* As they are: who calls has masked what is to be. */
json_t *field_list_json(const struct page_fields *fields);
void field_list_print(const struct page_fields *fields);

#endif
