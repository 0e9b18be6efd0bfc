/* app/field_list.c - what was found on a page, as commands tell of it. */
#include "app/field_list.h"

#include <stdio.h>

#include "records/index.h"
#include "storage/catalogue_fields.h"

int field_list_load(struct reading *reading, const struct catalogue_page *page,
                    struct fields_record *ret_record, struct digest *ret_id, struct err *err)
{
    CLEANUP(bytes_done) struct bytes json = {0};
    int rc = catalogue_newest_fields(reading->catalogue, &page->source, page->index, ret_id, err);
    if (rc <= 0)
        return rc;
    if (index_read(reading->archive, reading->catalogue, ret_id, &json, err) < 0 ||
        fields_record_parse(bytes_span(&json), ret_record, err) < 0)
        return -1;
    return 1;
}

json_t *field_list_json(const struct page_fields *fields)
{
    json_t *list = json_array();
    for (size_t i = 0; i < fields->len; i++) {
        const struct field *f = &fields->items[i];
        json_array_append_new(list,
                              json_pack("{s:s s:s s:[I,I,I,I] s:I s:s}", "field", f->name, "value",
                                        f->value, "box", (json_int_t)f->x, (json_int_t)f->y,
                                        (json_int_t)f->w, (json_int_t)f->h, "confidence",
                                        (json_int_t)f->confidence, "rule", f->rule));
    }
    return list;
}

void field_list_print(const struct page_fields *fields)
{
    for (size_t i = 0; i < fields->len; i++)
        printf("  %-12s %s  (%u %%)\n", fields->items[i].name, fields->items[i].value,
               fields->items[i].confidence);
}
