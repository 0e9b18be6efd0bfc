/* records/page_fields.c - what was found on a page. */
#include "records/page_fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void page_fields_done(struct page_fields *fields)
{
    for (size_t i = 0; i < fields->len; i++)
        free(fields->items[i].value);
    free(fields->items);
    *fields = (struct page_fields){.items = NULL};
}

static bool is_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < FIELD_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == len;
}

static char *compose(const char *value, struct err *err)
{
    CLEANUP(bytes_done) struct bytes nfc = {0};
    if (!text_plain(span_of_text(value))) {
        err_input(err, REASON_NONE, "the value is not UTF-8 or holds a control character");
        return NULL;
    }
    if (text_nfc(span_of_text(value), &nfc, err) < 0)
        return NULL;
    if (nfc.len == 0 || text_count(bytes_span(&nfc)) > FIELD_VALUE_CHARS) {
        err_input(err, REASON_NONE, "the value is empty or longer than %u characters",
                  FIELD_VALUE_CHARS);
        return NULL;
    }
    return bytes_take_text(&nfc, err);
}

int page_fields_add(struct page_fields *fields, const char *name, const char *value,
                    struct err *err)
{
    if (!is_name(name))
        return err_input(err, REASON_NONE, "'%.40s' is no name of a field", name);
    if (fields->len == FIELDS_MAX)
        return err_input(err, REASON_NONE, "more than %u fields on a page", FIELDS_MAX);
    if (fields->len == fields->cap) {
        size_t cap = fields->cap ? fields->cap * 2 : 16;
        struct field *grown = realloc(fields->items, cap * sizeof *grown);
        if (!grown)
            return err_sys(err, "list fields"); /* UNTESTED: no memory */
        fields->items = grown;
        fields->cap = cap;
    }
    struct field field = {.value = compose(value, err)};
    if (!field.value)
        return -1;
    memcpy(field.name, name, strlen(name) + 1);
    fields->items[fields->len++] = field;
    return 0;
}

size_t page_fields_remove(struct page_fields *fields, const char *name)
{
    const size_t before = fields->len;
    size_t to = 0;
    for (size_t i = 0; i < before; i++)
        if (strcmp(fields->items[i].name, name) == 0)
            free(fields->items[i].value);
        else
            fields->items[to++] = fields->items[i];
    fields->len = to;
    return before - to;
}

const struct field *page_fields_get(const struct page_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->len; i++)
        if (strcmp(fields->items[i].name, name) == 0)
            return &fields->items[i];
    return NULL;
}
