/* app/happenings.c - what happened to a dossier and what is known of it. */
#include "app/happenings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/mask.h"
#include "records/destruction_record.h"
#include "records/index.h"

static void free_texts(struct happening *item)
{
    free(item->what);
    free(item->by);
    free(item->because);
    free(item->detail);
}

void happenings_done(struct happenings *happenings)
{
    for (size_t i = 0; i < happenings->len; i++)
        free_texts(&happenings->items[i]);
    for (size_t i = 0; i < happenings->component_len; i++) {
        free(happenings->components[i].code);
        free(happenings->components[i].name);
    }
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        free(happenings->facts[i]);
    free(happenings->items);
    free(happenings->components);
    free(happenings->status);
    *happenings = (struct happenings){.items = NULL};
}

const char *happenings_fact(const struct happenings *happenings, enum dossier_fact fact)
{
    return happenings->facts[fact] ? happenings->facts[fact] : "";
}

const struct happening *happenings_last(const struct happenings *happenings, const char *what)
{
    for (size_t i = happenings->len; i-- > 0;)
        if (!happenings->items[i].is_destruction && strcmp(happenings->items[i].what, what) == 0)
            return &happenings->items[i];
    return NULL;
}

struct collecting {
    struct reading *reading;
    struct happenings *happenings;
    const char *code;
    struct digest last; /* destruction that was looked at */
};

/* Takes the texts over, also when it fails. */
static int add(struct happenings *happenings, struct happening *item, struct err *err)
{
    struct happening *items = NULL;
    if (happenings->len >= HAPPENINGS_MAX)
        err_input(err, REASON_NONE, "more than %u events", HAPPENINGS_MAX); /* UNTESTED: so many */
    else if (!item->what || !item->by || !item->because || !item->detail ||
             !(items = realloc(happenings->items, (happenings->len + 1) * sizeof *items)))
        err_sys(err, "list events"); /* UNTESTED: no memory */
    if (!items) {
        free_texts(item);
        return -1;
    }
    happenings->items = items;
    items[happenings->len++] = *item;
    if (item->told_ns > happenings->newest_ns)
        happenings->newest_ns = item->told_ns;
    return 0;
}

static int add_text(struct bytes *out, const char *what, const char *text, struct err *err)
{
    return !*text ? 0 : bytes_printf(out, err, "%s%s %s", out->len > 0 ? "; " : "", what, text);
}

static int add_number(struct bytes *out, const char *what, uint64_t number, struct err *err)
{
    return number == 0
               ? 0
               : bytes_printf(out, err, "%s%s %" PRIu64, out->len > 0 ? "; " : "", what, number);
}

/* In the words of the record, not in the user's: the same package in every language. */
static int add_event(void *self, const struct catalogue_event *row, struct err *err)
{
    struct collecting *collecting = self;
    CLEANUP(bytes_done) struct bytes detail = {0};
    if (add_text(&detail, "office", row->office, err) < 0 ||
        add_text(&detail, "component", row->component, err) < 0 ||
        add_text(&detail, "state", row->component_state, err) < 0 ||
        add_text(&detail, "exempt", row->exempt, err) < 0 ||
        add_text(&detail, "paper", row->paper, err) < 0 ||
        add_number(&detail, "pages", row->pages, err) < 0 ||
        add_number(&detail, "again", row->rework, err) < 0 ||
        add_number(&detail, "sheets", row->sheets, err) < 0 ||
        add_number(&detail, "VND", row->amount, err) < 0)
        return -1; /* UNTESTED: no memory */
    struct happening item = {.id = row->id,
                             .what = strdup(row->what),
                             .by = mask_copy(row->by),
                             .because = mask_copy(row->because),
                             .detail = bytes_take_text(&detail, err),
                             .at_ns = row->at_ns,
                             .told_ns = row->told_ns};
    if (item.detail)
        mask_person_ids(item.detail);
    return add(collecting->happenings, &item, err);
}

static int add_component(void *self, const struct component_row *row, struct err *err)
{
    struct collecting *collecting = self;
    struct happenings *happenings = collecting->happenings;
    struct component *components =
        realloc(happenings->components, (happenings->component_len + 1) * sizeof *components);
    if (!components)
        return err_sys(err, "list components"); /* UNTESTED: no memory */
    happenings->components = components;
    struct component *component = &components[happenings->component_len++];
    *component = (struct component){.code = mask_copy(row->code),
                                    .name = mask_copy(row->name),
                                    .result = row->result,
                                    .document = row->document};
    return component->code && component->name ? 0 : err_sys(err, "list components");
}

static int add_facts(void *self, const struct dossier_row *row, struct err *err)
{
    struct collecting *collecting = self;
    struct happenings *happenings = collecting->happenings;
    happenings->status = strdup(row->status);
    bool whole = happenings->status != NULL;
    for (size_t i = 0; i < DOSSIER_FACTS; i++) {
        happenings->facts[i] = mask_copy(row->facts[i]);
        whole &= happenings->facts[i] != NULL;
    }
    return whole ? 0 : err_sys(err, "list facts"); /* UNTESTED: no memory */
}

static bool is_about(const struct destruction_record *record, const char *code)
{
    for (uint32_t i = 0; i < record->dossier_len; i++)
        if (strcmp(record->dossiers[i], code) == 0)
            return true;
    return false;
}

/* One call for each page that is gone, those of one decision behind each other. */
static int add_destruction(void *self, const struct gone_page *page,
                           const struct catalogue_destruction *destruction, struct err *err)
{
    struct collecting *collecting = self;
    struct reading *reading = collecting->reading;
    CLEANUP(destruction_record_done) struct destruction_record record = {.objects = NULL};
    CLEANUP(bytes_done) struct bytes json = {0}, detail = {0};
    (void)page;
    if (digest_equal(&collecting->last, &destruction->id))
        return 0;
    collecting->last = destruction->id;
    if (index_read(reading->archive, reading->catalogue, &destruction->id, &json, err) < 0 ||
        destruction_record_parse(bytes_span(&json), &record, err) < 0)
        return -1;
    if (!is_about(&record, collecting->code))
        return 0;
    if (bytes_printf(&detail, err, "decided %s; objects %u", record.decided, record.object_len) < 0)
        return -1; /* UNTESTED: no memory */
    struct happening item = {.id = destruction->id,
                             .is_destruction = true,
                             .what = strdup("destroyed"),
                             .by = mask_copy(record.person),
                             .because = mask_copy(record.basis),
                             .detail = bytes_take_text(&detail, err),
                             .at_ns = destruction->made_ns,
                             .told_ns = destruction->made_ns};
    return add(collecting->happenings, &item, err);
}

int happenings_read(struct reading *reading, const char *code, struct happenings *happenings,
                    struct err *err)
{
    struct collecting collecting = {.reading = reading, .happenings = happenings, .code = code};
    struct catalogue *catalogue = reading->catalogue;
    if (catalogue_list_dossiers(catalogue, code, add_facts, &collecting, err) < 0 ||
        catalogue_list_components(catalogue, code, add_component, &collecting, err) < 0 ||
        catalogue_list_events(catalogue, code, add_event, &collecting, err) < 0 ||
        catalogue_list_destroyed(catalogue, NULL, NULL, add_destruction, &collecting, err) < 0)
        return -1;
    return 0;
}
