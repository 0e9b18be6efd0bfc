/* records/routing.c - which agency decides a dossier. */
#include "records/routing.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"

#define CODE_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
#define CODE_BYTES 60u /* as an event has it */

#define TEXT(type, field)                                                                          \
    CYAML_FIELD_STRING_PTR(#field, CYAML_FLAG_POINTER, type, field, 1, ROUTING_TEXT_MAX)
#define OPTIONAL(type, field)                                                                      \
    CYAML_FIELD_STRING_PTR(#field, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, 1,       \
                           ROUTING_TEXT_MAX)

/* clang-format off */
static const cyaml_schema_field_t agency_fields[] = {
    TEXT(struct routing_agency, code),
    TEXT(struct routing_agency, name),
    TEXT(struct routing_agency, folder),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t agency_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct routing_agency, agency_fields),
};
static const cyaml_schema_field_t rule_fields[] = {
    TEXT(struct routing_rule, name),
    OPTIONAL(struct routing_rule, procedure),
    OPTIONAL(struct routing_rule, field),
    OPTIONAL(struct routing_rule, level),
    OPTIONAL(struct routing_rule, unit),
    TEXT(struct routing_rule, decides),
    OPTIONAL(struct routing_rule, return_to),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct routing_rule, rule_fields),
};
static const cyaml_schema_field_t fields[] = {
    OPTIONAL(struct routing, return_to),
    CYAML_FIELD_SEQUENCE_COUNT("agencies", CYAML_FLAG_POINTER, struct routing, agencies, agency_count,
                               &agency_schema, 1, ROUTING_AGENCIES_MAX),
    CYAML_FIELD_SEQUENCE_COUNT("rules", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct routing,
                               rules, rule_count, &rule_schema, 0, ROUTING_RULES_MAX),
    CYAML_FIELD_END,
};
/* clang-format on */
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct routing, fields),
};

void routing_freep(struct routing **routing)
{
    yaml_file_free(&schema, *routing);
    *routing = NULL;
}

const struct routing_agency *routing_agency(const struct routing *routing, const char *code)
{
    for (uint32_t i = 0; i < routing->agency_count; i++)
        if (strcmp(routing->agencies[i].code, code) == 0)
            return &routing->agencies[i];
    return NULL;
}

/* --- checking --- */

static bool is_code(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= CODE_BYTES && strspn(text, CODE_CHARS) == len;
}

static int wrong(const char *what, const char *name, struct err *err)
{
    return err_input(err, REASON_NONE, "'%.60s': %s", name, what);
}

static int check_agencies(const struct routing *routing, struct err *err)
{
    for (uint32_t i = 0; i < routing->agency_count; i++) {
        const struct routing_agency *agency = &routing->agencies[i];
        if (!is_code(agency->code))
            return wrong("a code is 1 to 60 letters, digits, dots and hyphens", agency->code, err);
        if (agency->folder[0] != '/')
            return wrong("its folder is not absolute", agency->code, err);
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(routing->agencies[j].code, agency->code) == 0)
                return wrong("two agencies have this code", agency->code, err);
            if (strcmp(routing->agencies[j].folder, agency->folder) == 0)
                return wrong("another agency has its folder", agency->code, err);
        }
    }
    return 0;
}

static bool is_unit(const char *code)
{
    size_t len = strlen(code);
    return (len == 2 || len == 5) && strspn(code, "0123456789") == len;
}

static const char *wrong_with(const struct routing *routing, const struct routing_rule *rule)
{
    const char *star = rule->procedure ? strchr(rule->procedure, '*') : NULL;
    if (!rule->procedure && !rule->field && !rule->level && !rule->unit)
        return "it fits every dossier: give it a procedure, field, level or unit";
    if (star && (star == rule->procedure || star[1]))
        return "a '*' stands at the end of a procedure only, and not alone";
    if (rule->level && strcmp(rule->level, "province") != 0 && strcmp(rule->level, "commune") != 0)
        return "its level is province or commune";
    if (rule->unit && !is_unit(rule->unit))
        return "its unit is the code of a province (2 digits) or commune (5)";
    if (rule->return_to && !is_code(rule->return_to))
        return "return_to is helped, received, decides, or the code of an office";
    if (!routing_agency(routing, rule->decides))
        return "it names an agency that is not in the list";
    return NULL;
}

static int by_rule_name(const void *a, const void *b)
{
    const struct routing_rule *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Sorts them by name, so that what is told of two does not depend on the order of the file. */
static int check_rules(struct routing *routing, struct err *err)
{
    if (routing->rule_count > 0)
        qsort(routing->rules, routing->rule_count, sizeof *routing->rules, by_rule_name);
    for (uint32_t i = 0; i < routing->rule_count; i++) {
        const struct routing_rule *rule = &routing->rules[i];
        const char *why = wrong_with(routing, rule);
        if (i > 0 && strcmp(rule[-1].name, rule->name) == 0)
            why = "two rules have this name";
        if (why)
            return wrong(why, rule->name, err);
    }
    return 0;
}

struct routing *routing_load(const char *path, struct err *err)
{
    CLEANUP(routing_freep) struct routing *routing = yaml_file_load(path, &schema, err);
    if (!routing)
        return NULL;
    if (routing->return_to && !is_code(routing->return_to))
        (void)wrong("return_to is helped, received, decides, or the code of an office",
                    routing->return_to, err);
    else if (check_agencies(routing, err) == 0 && check_rules(routing, err) == 0)
        return TAKE(routing);
    (void)err_wrap(err, "%s", path);
    return NULL;
}

/* --- fitting --- */

/* How narrow a rule is in each thing; 0: it does not ask for it. */
enum { BY_PROCEDURE, BY_FIELD, BY_LEVEL, BY_UNIT, WAYS };
struct narrow {
    size_t ways[WAYS];
};

/* 0: it does not fit. */
static size_t procedure_fits(const char *wanted, const char *code)
{
    size_t len = strlen(wanted);
    bool begins = wanted[len - 1] == '*';
    if (begins)
        len--;
    if (strncmp(wanted, code, len) != 0)
        return 0;
    if (begins)
        return len;
    /* The long form adds the agency behind a dot. */
    return code[len] == '\0' || code[len] == '.' ? ROUTING_TEXT_MAX + len : 0;
}

static bool fits(const struct routing_rule *rule, const struct routing_case *dossier,
                 struct narrow *ret_narrow)
{
    struct narrow narrow = {{0}};
    const char *const *facts = dossier->facts;
    if (rule->procedure)
        narrow.ways[BY_PROCEDURE] = procedure_fits(rule->procedure, facts[FACT_PROCEDURE]);
    if (rule->field)
        narrow.ways[BY_FIELD] = strcmp(rule->field, facts[FACT_FIELD]) == 0;
    if (rule->level)
        narrow.ways[BY_LEVEL] = strcmp(rule->level, facts[FACT_LEVEL]) == 0;
    if (rule->unit)
        narrow.ways[BY_UNIT] = strcmp(rule->unit, dossier->unit) == 0       ? strlen(rule->unit)
                               : strcmp(rule->unit, dossier->province) == 0 ? 2
                                                                            : 0;
    *ret_narrow = narrow;
    return (!rule->procedure || narrow.ways[BY_PROCEDURE]) &&
           (!rule->field || narrow.ways[BY_FIELD]) && (!rule->level || narrow.ways[BY_LEVEL]) &&
           (!rule->unit || narrow.ways[BY_UNIT]);
}

/* In nothing wider, and somewhere narrower. */
static bool narrower(const struct narrow *a, const struct narrow *b)
{
    bool somewhere = false;
    for (size_t i = 0; i < WAYS; i++) {
        if (a->ways[i] < b->ways[i])
            return false;
        somewhere = somewhere || a->ways[i] > b->ways[i];
    }
    return somewhere;
}

static int choose(const struct routing *routing, const struct routing_case *dossier,
                  const struct routing_rule **ret_rule, struct err *err)
{
    const struct routing_rule *best = NULL;
    struct narrow of_best = {{0}}, narrow;
    for (uint32_t i = 0; i < routing->rule_count; i++)
        if (fits(&routing->rules[i], dossier, &narrow) && (!best || narrower(&narrow, &of_best))) {
            best = &routing->rules[i];
            of_best = narrow;
        }
    if (!best)
        return err_input(err, REASON_NONE, "no rule fits%s",
                         dossier->unit[0] ? "" : "; without a unit, those of a unit do not");
    for (uint32_t i = 0; i < routing->rule_count; i++) {
        const struct routing_rule *rule = &routing->rules[i];
        if (rule != best && fits(rule, dossier, &narrow) && !narrower(&of_best, &narrow))
            return err_input(
                err, REASON_NONE, "the rules '%.60s' and '%.60s' both fit, and neither is narrower",
                best < rule ? best->name : rule->name, best < rule ? rule->name : best->name);
    }
    *ret_rule = best;
    return 0;
}

/* A word for one of the dossier's organisations is that one's code. */
static const char *office_of(const char *word, const struct routing_case *dossier,
                             const struct routing_agency *agency)
{
    if (strcmp(word, "helped") == 0)
        return dossier->facts[FACT_HELPED];
    if (strcmp(word, "received") == 0)
        return dossier->facts[FACT_RECEIVED];
    return strcmp(word, "decides") == 0 ? agency->code : word;
}

int routing_find(const struct routing *routing, const struct routing_case *dossier,
                 struct route *ret_route, struct err *err)
{
    struct route route = {.return_to = dossier->facts[FACT_RETURN_TO]};
    const char *decides = dossier->facts[FACT_DECIDES];
    if (!decides[0]) {
        if (choose(routing, dossier, &route.rule, err) < 0)
            return -1;
        decides = route.rule->decides;
    }
    route.agency = routing_agency(routing, decides);
    if (!route.agency)
        return err_input(err, REASON_NONE, "'%.60s' decides, which is not in the list of agencies",
                         decides);
    const char *word =
        route.rule && route.rule->return_to ? route.rule->return_to : routing->return_to;
    if (!route.return_to[0] && word)
        route.return_to = office_of(word, dossier, route.agency);
    if (!route.return_to[0])
        return err_input(err, REASON_NONE,
                         "nobody says where the result goes: note return_to, or %s",
                         word ? word : "give the file a return_to");
    *ret_route = route;
    return 0;
}
