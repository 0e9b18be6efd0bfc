/* app/operators.c - who may note events, from when to when. */
#include "app/operators.h"

#include <assert.h>
#include <string.h>

#include "app/app.h"
#include "base/yaml.h"
#include "records/document_record.h"
#include "records/event_record.h"

#define DAY_CHARS 10
#define DAY_NS    (INT64_C(86400) * 1000000000)
#define EAST_NS   (INT64_C(25200) * 1000000000) /* a day begins seven hours before that of UTC */

static_assert(OPERATOR_TEXT_MAX == EVENT_NAME_MAX, "a name fits");

/* clang-format off */
static const cyaml_schema_field_t term_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct operator_term, name, 1, OPERATOR_TEXT_MAX),
    CYAML_FIELD_STRING_PTR("from", CYAML_FLAG_POINTER, struct operator_term, from, DAY_CHARS, DAY_CHARS),
    CYAML_FIELD_STRING_PTR("to", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct operator_term, to, DAY_CHARS,
                           DAY_CHARS),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t term_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct operator_term, term_fields),
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_SEQUENCE("operators", CYAML_FLAG_POINTER, struct operators, operators, &term_schema, 1,
                         OPERATORS_MAX),
    CYAML_FIELD_END,
};
/* clang-format on */

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct operators, fields),
};

/* The term as times: [from, to). */
static bool term_of(const struct operator_term *term, int64_t *ret_from_ns, int64_t *ret_to_ns)
{
    int64_t last_ns = INT64_MAX - DAY_NS;
    if (!parse_time(term->from, false, ret_from_ns) ||
        (term->to && !parse_time(term->to, false, &last_ns)))
        return false;
    *ret_from_ns -= EAST_NS;
    *ret_to_ns = last_ns + DAY_NS - EAST_NS;
    return *ret_from_ns < *ret_to_ns;
}

struct operators *operators_load(const char *path, struct err *err)
{
    CLEANUP(operators_freep) struct operators *operators = yaml_file_load(path, &schema, err);
    char name[EVENT_NAME_MAX];
    int64_t from_ns, to_ns;
    if (!operators)
        return NULL;
    for (uint32_t i = 0; i < operators->operators_count; i++) {
        const struct operator_term *term = &operators->operators[i];
        if (record_text("name", term->name, EVENT_NAME_CHARS, name, err) < 0) {
            (void)err_wrap(err, "%s", path);
            return NULL;
        }
        if (!term_of(term, &from_ns, &to_ns)) {
            err_input(err, REASON_NONE, "%s: no days: %s to %s", path, term->from,
                      term->to ? term->to : "-");
            return NULL;
        }
    }
    return TAKE(operators);
}

void operators_freep(struct operators **operators)
{
    yaml_file_free(&schema, *operators);
    *operators = NULL;
}

int operators_ask(const struct operators *operators, const char *name, int64_t at_ns,
                  enum operator_right *ret_right, struct err *err)
{
    char composed[EVENT_NAME_MAX];
    int64_t from_ns, to_ns;
    *ret_right = OPERATOR_UNKNOWN;
    for (uint32_t i = 0; i < operators->operators_count; i++) {
        const struct operator_term *term = &operators->operators[i];
        if (record_text("name", term->name, EVENT_NAME_CHARS, composed, err) < 0)
            return -1; /* UNTESTED: it was looked at when it was loaded */
        if (strcmp(composed, name) != 0)
            continue;
        *ret_right = OPERATOR_NOT_THEN;
        if (!term_of(term, &from_ns, &to_ns) || at_ns < from_ns || at_ns >= to_ns)
            continue;
        *ret_right = OPERATOR_MAY;
        return 0;
    }
    return 0;
}
