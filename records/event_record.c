/* records/event_record.c - something that happened to a dossier. */
#include "records/event_record.h"

#include <assert.h>
#include <string.h>

#include "records/document_record.h"
#include "records/dossier_code.h"
#include "records/json_fields.h"

static const char *const what_names[EVENT_KINDS] = {
    [EVENT_ARRIVED] = "arrived",
    [EVENT_STARTED] = "started",
    [EVENT_RECEIVED] = "received",
    [EVENT_REFUSED] = "refused",
    [EVENT_SCANNED] = "scanned",
    [EVENT_COMPONENT] = "component",
    [EVENT_REUSED] = "reused",
    [EVENT_FEE] = "fee",
    [EVENT_HANDED_OVER] = "handed-over",
    [EVENT_TRANSFERRED] = "transferred",
    [EVENT_ACKNOWLEDGED] = "acknowledged",
    [EVENT_SUPPLEMENT] = "supplement",
    [EVENT_DECIDED] = "decided",
    [EVENT_RETURNED] = "returned",
    [EVENT_STOPPED] = "stopped",
    [EVENT_WITHDRAWN] = "withdrawn",
    [EVENT_FEEDBACK] = "feedback",
    [EVENT_COMPLAINT] = "complaint",
    [EVENT_NOTED] = "noted",
};
static const char *const state_names[] = {"expected", "digitised", "exempt"};

static bool find_name(const char *const names[], size_t n, const char *name, size_t *ret_at)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_at = i;
            return true;
        }
    return false;
}

const char *event_what_name(enum event_what what)
{
    return what_names[what];
}

bool event_what_parse(const char *name, enum event_what *ret_what)
{
    size_t at = 0;
    bool found = find_name(what_names, ARRAY_LEN(what_names), name, &at);
    *ret_what = (enum event_what)at;
    return found;
}

const char *component_state_name(enum component_state state)
{
    return state_names[state];
}

/* --- filling --- */

int event_record_by(struct event_record *record, const char *text, struct err *err)
{
    return record_text("name of who did it", text, EVENT_NAME_CHARS, record->by, err);
}

int event_record_because(struct event_record *record, const char *text, struct err *err)
{
    return record_text("reason", text, EVENT_TEXT_CHARS, record->because, err);
}

int event_record_paper(struct event_record *record, const char *text, struct err *err)
{
    return record_text("number of the paper", text, EVENT_NAME_CHARS, record->paper, err);
}

/* Agencies, procedures, fields, components: letters, digits, dots and hyphens. */
static bool is_code(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len < EVENT_CODE_MAX &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_") == len;
}

static int set_code(const char *what, const char *text, char out[EVENT_CODE_MAX], struct err *err)
{
    if (!is_code(text))
        return err_input(err, REASON_NONE,
                         "the %s is not 1 to %d letters, digits, dots and hyphens", what,
                         EVENT_CODE_MAX - 1);
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

int event_record_office(struct event_record *record, const char *text, struct err *err)
{
    return set_code("office", text, record->office, err);
}

int event_record_exempt(struct event_record *record, const char *code, struct err *err)
{
    record->component.state = COMPONENT_EXEMPT;
    return set_code("reason of an exemption", code, record->component.exempt, err);
}

int event_record_component(struct event_record *record, const char *code, const char *name,
                           struct err *err)
{
    if (set_code("code of a component", code, record->component.code, err) < 0)
        return -1;
    return record_text("name of a component", name ? name : "", EVENT_TEXT_CHARS,
                       record->component.name, err);
}

/* "2026-11-30" of a day there may be. */
static bool is_day(const char *text)
{
    static const char form[] = "0000-00-00";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    int month = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static const char *fact_wants(enum dossier_fact fact, const char *text)
{
    switch (fact) {
    case FACT_PROCEDURE_NAME:
    case FACT_FIELD_NAME:
        return NULL;
    case FACT_DUE:
        return is_day(text) ? NULL : "a day like 2026-11-30";
    case FACT_LEVEL:
        return strcmp(text, "province") == 0 || strcmp(text, "commune") == 0
                   ? NULL
                   : "province or commune";
    default:
        return is_code(text) ? NULL : "letters, digits, dots and hyphens";
    }
}

int event_record_fact(struct event_record *record, enum dossier_fact fact, const char *text,
                      struct err *err)
{
    const char *wants = fact_wants(fact, text);
    if (wants)
        return err_input(err, REASON_NONE, "%s: %s is wanted", dossier_fact_name(fact), wants);
    return record_text(dossier_fact_name(fact), text, EVENT_TEXT_CHARS, record->facts[fact], err);
}

/* --- checking --- */

static int lacks(const struct event_record *record, const char *what, struct err *err)
{
    return err_input(err, REASON_NONE, "the event '%s' %s", event_what_name(record->what), what);
}

static int check_component(const struct event_record *record, struct err *err)
{
    const struct event_component *component = &record->component;
    bool about = record->what == EVENT_COMPONENT || record->what == EVENT_REUSED;
    if (about != (component->code[0] != '\0'))
        return lacks(record, about ? "is about a component" : "is about no component", err);
    if ((component->state == COMPONENT_EXEMPT) != (component->exempt[0] != '\0'))
        return lacks(record, "has the reason of an exemption, or none", err);
    if (component->state == COMPONENT_DIGITISED && !component->has_document)
        return lacks(record, "names the document of a digitised component", err);
    return 0;
}

int event_record_check(const struct event_record *record, struct err *err)
{
    bool told = false;
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        told = told || record->facts[i][0];
    if (!dossier_code_plain(record->dossier))
        return lacks(record, "has no dossier", err);
    if (record->at_ns <= 0)
        return lacks(record, "has no time", err);
    if (record->rework > record->pages)
        return lacks(record, "has more pages scanned again than scanned", err);
    if ((record->what == EVENT_SCANNED) != (record->pages > 0))
        return lacks(record, record->pages ? "has no pages" : "needs a number of pages", err);
    if ((record->what == EVENT_FEE) != (record->amount > 0))
        return lacks(record, record->amount ? "has no amount" : "needs an amount", err);
    if (record->what != EVENT_HANDED_OVER && record->sheets > 0)
        return lacks(record, "has no sheets", err);
    if (record->what == EVENT_NOTED && !told)
        return lacks(record, "tells of no fact", err);
    if ((record->what == EVENT_REFUSED || record->what == EVENT_STOPPED) && !record->because[0])
        return lacks(record, "needs a reason", err);
    return check_component(record, err);
}

/* --- writing --- */

static void put_text(json_t *json, const char *name, const char *text)
{
    if (text[0])
        json_object_set_new(json, name, json_string(text));
}

static void put_number(json_t *json, const char *name, uint64_t number)
{
    if (number > 0)
        json_object_set_new(json, name, json_integer((json_int_t)number));
}

static json_t *component_json(const struct event_component *component)
{
    char hex[DIGEST_HEX_LEN + 1];
    json_t *json = json_pack("{s:s s:s s:b}", "code", component->code, "state",
                             component_state_name(component->state), "result", component->result);
    put_text(json, "name", component->name);
    put_text(json, "exempt", component->exempt);
    if (component->has_document)
        put_text(json, "document", digest_hex(&component->document, hex));
    return json;
}

int event_record_write(const struct event_record *record, struct bytes *out, struct err *err)
{
    if (event_record_check(record, err) < 0)
        return -1;
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:i s:s s:s s:I}", "kind", "event", "v", RECORD_VERSION,
                             "dossier", record->dossier, "what", event_what_name(record->what),
                             "at_ns", (json_int_t)record->at_ns);
    assert(json); /* the texts were made plain */
    put_text(json, "by", record->by);
    put_text(json, "office", record->office);
    put_text(json, "because", record->because);
    put_text(json, "paper", record->paper);
    put_number(json, "pages", record->pages);
    put_number(json, "rework", record->rework);
    put_number(json, "sheets", record->sheets);
    put_number(json, "amount", record->amount);
    if (record->component.code[0])
        json_object_set_new(json, "component", component_json(&record->component));
    json_t *facts = json_object();
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        put_text(facts, dossier_fact_name((enum dossier_fact)i), record->facts[i]);
    if (json_object_size(facts) > 0)
        json_object_set(json, "facts", facts);
    json_decref(facts);
    return json_canonical(json, out, err);
}

/* --- parsing --- */

/* A text that may be absent, set as one from outside is. */
static void take(struct fields *fields, const char *name, struct event_record *record,
                 int (*set)(struct event_record *record, const char *text, struct err *err))
{
    struct err ignored = {0}; /* the field's name is told, as of any other */
    const json_t *value = json_object_get(fields->json, name);
    const char *text = json_string_value(value);
    if (value && (!text || !text[0] || set(record, text, &ignored) < 0))
        fields_fail(fields, name);
}

static uint64_t take_number(struct fields *fields, const char *name, uint64_t max)
{
    return json_object_get(fields->json, name) ? fields_integer(fields, name, max) : 0;
}

static void take_component(struct fields *event, struct event_record *record)
{
    struct err ignored = {0};
    char state[16] = "";
    size_t at = 0;
    struct fields fields = {.json = json_object_get(event->json, "component")};
    struct event_component *component = &record->component;
    if (!fields.json)
        return;
    const char *code = json_string_value(json_object_get(fields.json, "code"));
    const char *name = json_string_value(json_object_get(fields.json, "name"));
    if (!code || event_record_component(record, code, name, &ignored) < 0)
        fields_fail(&fields, "code");
    fields_text(&fields, "state", state, sizeof state);
    take(&fields, "exempt", record, event_record_exempt);
    if (!find_name(state_names, ARRAY_LEN(state_names), state, &at))
        fields_fail(&fields, "state");
    component->state = (enum component_state)at;
    component->result = fields_bool(&fields, "result");
    component->has_document = json_object_get(fields.json, "document") != NULL;
    if (component->has_document)
        fields_digest(&fields, "document", &component->document);
    if (fields.bad)
        fields_fail(event, "component");
}

static void take_facts(struct fields *event, struct event_record *record)
{
    struct err ignored = {0};
    const json_t *facts = json_object_get(event->json, "facts");
    for (size_t i = 0; i < DOSSIER_FACTS; i++) {
        const json_t *value = json_object_get(facts, dossier_fact_name((enum dossier_fact)i));
        const char *text = json_string_value(value);
        if (value && (!text || event_record_fact(record, (enum dossier_fact)i, text, &ignored) < 0))
            fields_fail(event, "facts");
    }
}

int event_record_parse(struct span text, struct event_record *ret_record, struct err *err)
{
    struct event_record *record = ret_record;
    char what[16] = "";
    *record = (struct event_record){.at_ns = 0};
    if (text.len > EVENT_RECORD_BYTES)
        return err_set(err, ERR_CORRUPT, "event record: longer than %zu bytes", EVENT_RECORD_BYTES);
    CLEANUP(json_freep) json_t *json = fields_open(text, "event", err);
    if (!json)
        return -1;
    struct fields fields = {.json = json};
    fields_text(&fields, "dossier", record->dossier, sizeof record->dossier);
    fields_text(&fields, "what", what, sizeof what);
    if (!event_what_parse(what, &record->what))
        fields_fail(&fields, "what");
    record->at_ns = (int64_t)fields_integer(&fields, "at_ns", INT64_MAX);
    take(&fields, "by", record, event_record_by);
    take(&fields, "office", record, event_record_office);
    take(&fields, "because", record, event_record_because);
    take(&fields, "paper", record, event_record_paper);
    record->pages = take_number(&fields, "pages", EVENT_COUNT_MAX);
    record->rework = take_number(&fields, "rework", EVENT_COUNT_MAX);
    record->sheets = take_number(&fields, "sheets", EVENT_COUNT_MAX);
    record->amount = take_number(&fields, "amount", EVENT_AMOUNT_MAX);
    take_component(&fields, record);
    take_facts(&fields, record);
    struct err why = {0};
    if (!fields.bad && event_record_check(record, &why) < 0)
        return err_set(err, ERR_CORRUPT, "event record: %.200s", why.text);
    if (fields.bad)
        return err_set(err, ERR_CORRUPT, "event record: bad field '%s'", fields.bad);
    return 0;
}

bool event_record_is(struct span json)
{
    static const char mark[] = "\"kind\":\"event\""; /* in a text its quotation marks are escaped */
    return json.len > 0 && memmem(json.data, json.len, mark, sizeof mark - 1);
}
