/* app/history.c - every document record that named a page, every record of what was found on it,
 * and who was shown its personal ids. */
#include "app/history.h"

#include <stdio.h>
#include <string.h>

#include "records/document_record.h"
#include "records/index.h"
#include "records/page_record.h"
#include "storage/catalogue_fields.h"

static const char *const roles[] = {
    [PART_PAGE] = "page", [PART_SEPARATOR] = "separator", [PART_SUPERSEDED] = "superseded"};

struct telling {
    struct reading *reading;
    const char *page; /* its id */
    bool json, any;
    struct document_record last; /* the record before this one, without its parts */
};

/* What differs from the record before, as a list of field names. */
static json_t *changes(const struct telling *telling, const struct document_record *record)
{
    const struct document_record *last = &telling->last;
    json_t *list = json_array();
    const struct {
        const char *name;
        bool differs;
    } fields[] = {
        {"dossier", strcmp(record->dossier, last->dossier) != 0},
        {"title", strcmp(record->title, last->title) != 0},
        {"pages", record->page_len != last->page_len},
        {"retention", record->retention_years != last->retention_years},
        {"hold", strcmp(record->hold, last->hold) != 0},
        {"supersedes", record->has_supersedes != last->has_supersedes},
    };
    for (size_t i = 0; telling->any && i < ARRAY_LEN(fields); i++)
        if (fields[i].differs)
            json_array_append_new(list, json_string(fields[i].name));
    return list;
}

static int print_json(const struct telling *telling, const struct history_row *row,
                      const struct document_record *record, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1], made[32], older[PAGE_ID_MAX];
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:s s:s s:s s:s s:s s:s s:I s:s s:b s:o}", "page", telling->page,
                  "document", digest_hex(&row->document, hex), "made",
                  time_text(row->made_ns, made), "by", row->by, "dossier", row->dossier, "title",
                  row->title, "hold", row->hold, "pages", (json_int_t)record->page_len, "role",
                  roles[row->role], "in_force", row->in_force, "changed", changes(telling, record));
    if (row->retention == RETENTION_PERMANENT)
        json_object_set_new(json, "retention", json_string("permanent"));
    else if (row->retention)
        json_object_set_new(json, "retention", json_integer((json_int_t)row->retention));
    if (record->has_replaces)
        json_object_set_new(json, "replaces", json_string(digest_hex(&record->replaces, hex)));
    if (record->has_supersedes) {
        page_id_make(&record->supersedes.source, record->supersedes.first, older);
        json_object_set_new(json, "supersedes", json_string(older));
    }
    return json_print_line(json, err);
}

static void print_text(const struct telling *telling, const struct history_row *row,
                       const struct document_record *record)
{
    char hex[DIGEST_HEX_LEN + 1], made[32], older[PAGE_ID_MAX];
    CLEANUP(json_freep) json_t *changed = changes(telling, record);
    printf(_("%s  %s  document %.16s  %u pages%s\n"), time_text(row->made_ns, made), row->by,
           digest_hex(&row->document, hex), record->page_len,
           row->in_force ? _("  (in force)") : "");
    if (row->role == PART_SUPERSEDED)
        printf("    %s\n", _("a new scan takes the place of this page"));
    if (row->dossier[0] || row->title[0])
        printf("    %s  %s\n", row->dossier, row->title);
    if (row->hold[0])
        printf(_("    held: %s\n"), row->hold);
    for (size_t i = 0; i < json_array_size(changed); i++)
        printf(_("    changed: %s\n"), json_string_value(json_array_get(changed, i)));
    if (record->has_replaces)
        printf(_("    replaces %.16s\n"), digest_hex(&record->replaces, hex));
    if (record->has_supersedes) {
        page_id_make(&record->supersedes.source, record->supersedes.first, older);
        printf(_("    takes the place of page %s\n"), older);
    }
}

static int tell_row(void *self, const struct history_row *row, struct err *err)
{
    struct telling *telling = self;
    CLEANUP(document_record_done) struct document_record record = {.parts = NULL};
    CLEANUP(bytes_done) struct bytes json = {0};
    if (index_read(telling->reading->archive, telling->reading->catalogue, &row->document, &json,
                   err) < 0 ||
        document_record_parse(bytes_span(&json), &record, err) < 0)
        return -1;
    if (!telling->json)
        print_text(telling, row, &record);
    else if (print_json(telling, row, &record, err) < 0)
        return -1;
    telling->last = record;
    telling->last.parts = NULL; /* they are not looked at, and go with the record */
    telling->any = true;
    return 0;
}

static int tell_fields(void *self, const struct catalogue_fields *row, struct err *err)
{
    const struct telling *telling = self;
    char hex[DIGEST_HEX_LEN + 1], made[32];
    (void)time_text(row->made_ns, made);
    (void)digest_hex(&row->id, hex);
    if (!telling->json) {
        printf(_("%s  %s  fields %.16s  %u values%s\n"), made,
               row->person[0] ? row->person : _("rules"), hex, row->field_len,
               row->in_force ? _("  (in force)") : "");
        return 0;
    }
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:s s:s s:s s:I s:b}", "page", telling->page, "fields", hex,
                             "made", made, "by", row->person[0] ? "person" : "rules", "values",
                             (json_int_t)row->field_len, "in_force", row->in_force);
    if (row->person[0])
        json_object_set_new(json, "person", json_string(row->person));
    else {
        json_object_set_new(json, "rules", json_string(digest_hex(&row->rules, hex)));
        json_object_set_new(json, "engine", json_string(row->engine));
    }
    return json_print_line(json, err);
}

static int tell_access(void *self, const struct catalogue_access *row, struct err *err)
{
    const struct telling *telling = self;
    char hex[DIGEST_HEX_LEN + 1], at[32];
    (void)time_text(row->at_ns, at);
    if (!telling->json) {
        printf(_("%s  %s was shown the personal ids: %s\n"), at, row->by, row->because);
        return 0;
    }
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:s s:s s:s s:s}", "page", telling->page, "access",
                  digest_hex(&row->id, hex), "at", at, "by", row->by, "because", row->because);
    return json_print_line(json, err);
}

int tell_history(struct reading *reading, const struct catalogue_page *page, bool json,
                 struct err *err)
{
    struct telling telling = {.reading = reading, .page = page->id, .json = json};
    struct catalogue *catalogue = reading->catalogue;
    if (catalogue_history(catalogue, &page->source, page->index, tell_row, &telling, err) < 0 ||
        catalogue_fields_history(catalogue, &page->source, page->index, tell_fields, &telling,
                                 err) < 0)
        return -1;
    return catalogue_list_access(catalogue, &page->source, page->index, tell_access, &telling, err);
}
