/* tests/unit/test_routing.c - which agency decides: the narrowest rule, never one of two that are
 * in each other's way. */
#include "records/routing.h"

#include "tests/unit/test.h"

#define AGENCIES                                                                                   \
    "agencies:\n"                                                                                  \
    "  - {code: A, name: Sở A, folder: /x/a}\n"                                                  \
    "  - {code: B, name: Sở B, folder: /x/b}\n"                                                  \
    "  - {code: C, name: Sở C, folder: /x/c}\n"
#define RULES                                                                                      \
    AGENCIES "return_to: helped\n"                                                                 \
             "rules:\n"                                                                            \
             "  - {name: wide, procedure: '1.*', decides: A}\n"                                    \
             "  - {name: code, procedure: '1.000318', decides: B, return_to: received}\n"          \
             "  - {name: longer, procedure: '1.0004*', decides: B}\n"                              \
             "  - {name: field, field: DD, decides: A}\n"                                          \
             "  - {name: field-unit, field: DD, unit: '46', decides: B}\n"                         \
             "  - {name: field-ward, field: DD, unit: '19753', decides: C, return_to: decides}\n"  \
             "  - {name: field-level, field: DD, level: province, decides: C, return_to: X.1}\n"   \
             "  - {name: twin-1, field: TW, decides: A}\n"                                         \
             "  - {name: twin-2, field: TW, decides: A}\n"

static struct routing *load(const char *text, struct err *err)
{
    char path[256], *dir = test_dir_make();
    (void)snprintf(path, sizeof path, "%s/routing.yaml", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    struct routing *routing = routing_load(path, err);
    test_dir_remove(dir);
    return routing;
}

static const struct route_case {
    const char *why, *procedure, *field, *level, *unit, *province, *decides, *return_to;
    const char *agency, *rule, *result; /* agency NULL: result is the error */
} cases[] = {
    {"the beginning of a code", "1.5", "", "", "", "", "", "", "A", "wide", "H"},
    {"a code is narrower", "1.000318", "", "", "", "", "", "", "B", "code", "R"},
    {"so is its long form", "1.000318.000.00.00.H57", "", "", "", "", "", "", "B", "code", "R"},
    {"a longer number is another", "1.0003189", "", "", "", "", "", "", "A", "wide", "H"},
    {"a longer beginning", "1.000412", "", "", "", "", "", "", "B", "longer", "H"},
    {"nothing fits", "2.000001", "", "", "", "", "", "", NULL, NULL,
     "no rule fits; without a unit"},
    {"nothing fits with a unit", "2.000001", "", "", "19753", "46", "", "", NULL, NULL,
     "no rule fits"},
    {"a field", "", "DD", "", "", "", "", "", "A", "field", "H"},
    {"a unit of the province", "", "DD", "", "19754", "46", "", "", "B", "field-unit", "H"},
    {"the province itself", "", "DD", "", "46", "", "", "", "B", "field-unit", "H"},
    {"the ward is narrower", "", "DD", "", "19753", "46", "", "", "C", "field-ward", "C"},
    {"another province", "", "DD", "", "00097", "01", "", "", "A", "field", "H"},
    {"a level", "", "DD", "province", "", "", "", "", "C", "field-level", "X.1"},
    {"a level against a unit", "", "DD", "province", "19754", "46", "", "", NULL, NULL,
     "'field-level' and 'field-unit' both fit"},
    {"a code against a field", "1.000318", "DD", "", "", "", "", "", NULL, NULL,
     "'code' and 'field' both fit"},
    {"equal ones", "", "TW", "", "", "", "", "", NULL, NULL, "'twin-1' and 'twin-2' both fit"},
    {"an event tells", "1.000318", "", "", "", "", "C", "", "C", NULL, "H"},
    {"an event tells of the result, too", "1.000318", "", "", "", "", "", "Z", "B", "code", "Z"},
    {"an event tells of no agency here", "1.000318", "", "", "", "", "D", "", NULL, NULL,
     "'D' decides, which is not in the list"},
};

static struct routing_case case_of(const struct route_case *c)
{
    struct routing_case dossier = {.unit = c->unit, .province = c->province};
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        dossier.facts[i] = "";
    dossier.facts[FACT_PROCEDURE] = c->procedure;
    dossier.facts[FACT_FIELD] = c->field;
    dossier.facts[FACT_LEVEL] = c->level;
    dossier.facts[FACT_HELPED] = "H";
    dossier.facts[FACT_RECEIVED] = "R";
    dossier.facts[FACT_DECIDES] = c->decides;
    dossier.facts[FACT_RETURN_TO] = c->return_to;
    return dossier;
}

static void the_narrowest_rule_has_it(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(routing_freep) struct routing *routing = load(RULES, &err);
    assert_ok_ptr(routing, err);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct route_case *c = &cases[i];
        struct routing_case dossier = case_of(c);
        struct route route = {.agency = NULL};
        struct err why = {0};
        int rc = routing_find(routing, &dossier, &route, &why);
        if (!c->agency) {
            if (rc == 0 || why.kind != ERR_INPUT || !strstr(why.text, c->result))
                fail_msg("%s: '%s'", c->why, why.text);
            continue;
        }
        if (rc < 0)
            fail_msg("%s: %s", c->why, why.text);
        assert_string_equal(route.agency->code, c->agency);
        assert_string_equal(route.return_to, c->result);
        if ((route.rule != NULL) != (c->rule != NULL) ||
            (c->rule && strcmp(route.rule->name, c->rule) != 0))
            fail_msg("%s: by '%s'", c->why, route.rule ? route.rule->name : "an event");
    }
}

/* Where it was handed in is never asked for. */
static void nobody_knows_where_the_result_goes(void **state)
{
    (void)state;
    struct err err = {0};
    struct route route;
    CLEANUP(routing_freep)
    struct routing *routing = load(AGENCIES "rules:\n  - {name: r, field: DD, decides: A}\n", &err);
    assert_ok_ptr(routing, err);
    struct routing_case dossier = case_of(&cases[7]);
    assert_int_equal(routing_find(routing, &dossier, &route, &err), -1);
    assert_non_null(strstr(err.text, "nobody says where the result goes"));
    CLEANUP(routing_freep) struct routing *helped = load(RULES, &err);
    dossier.facts[FACT_HELPED] = "";
    assert_int_equal(routing_find(helped, &dossier, &route, &err), -1);
    assert_non_null(strstr(err.text, "note return_to, or helped"));
}

static const struct {
    const char *why, *text, *error;
} bad[] = {
    {"no agency", "rules: []\n", "agencies"},
    {"an unknown key", AGENCIES "rule: []\n", "rule"},
    {"a code", "agencies:\n  - {code: 'A B', name: a, folder: /a}\n", "'A B': a code is"},
    {"a folder that is not absolute", "agencies:\n  - {code: A, name: a, folder: a}\n",
     "'A': its folder is not absolute"},
    {"a code twice",
     "agencies:\n  - {code: A, name: a, folder: /a}\n  - {code: A, name: b, folder: /b}\n",
     "'A': two agencies have this code"},
    {"a folder twice",
     "agencies:\n  - {code: A, name: a, folder: /a}\n  - {code: B, name: b, folder: /a}\n",
     "'B': another agency has its folder"},
    {"nothing asked for", AGENCIES "rules:\n  - {name: r, decides: A}\n", "it fits every dossier"},
    {"a star alone", AGENCIES "rules:\n  - {name: r, procedure: '*', decides: A}\n",
     "a '*' stands"},
    {"a star within", AGENCIES "rules:\n  - {name: r, procedure: '1*8', decides: A}\n",
     "a '*' stands"},
    {"a level", AGENCIES "rules:\n  - {name: r, level: district, decides: A}\n", "its level is"},
    {"a unit", AGENCIES "rules:\n  - {name: r, unit: '123', decides: A}\n", "its unit is"},
    {"a unit of letters", AGENCIES "rules:\n  - {name: r, unit: Huế, decides: A}\n", "its unit is"},
    {"where to", AGENCIES "rules:\n  - {name: r, field: DD, decides: A, return_to: 'a b'}\n",
     "return_to is"},
    {"where to, of all", AGENCIES "return_to: 'a b'\n", "return_to is"},
    {"who", AGENCIES "rules:\n  - {name: r, field: DD, decides: D}\n", "not in the list"},
    {"a name twice",
     AGENCIES "rules:\n  - {name: r, field: DD, decides: A}\n  - {name: q, field: B, decides: A}\n"
              "  - {name: r, field: C, decides: A}\n",
     "'r': two rules have this name"},
};

static void a_wrong_file_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = {0};
        CLEANUP(routing_freep) struct routing *routing = load(bad[i].text, &err);
        if (routing || err.kind != ERR_INPUT || !strstr(err.text, bad[i].error))
            fail_msg("%s: '%s', not '%s'", bad[i].why, err.text, bad[i].error);
    }
}

static void the_example_is_one(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(routing_freep)
    struct routing *routing = routing_load(SOHOA_SOURCE_DIR "/configs/routing.yaml", &err);
    assert_ok_ptr(routing, err);
    assert_non_null(routing_agency(routing, "H57.05"));
    assert_null(routing_agency(routing, "H57"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_narrowest_rule_has_it),
        cmocka_unit_test(nobody_knows_where_the_result_goes),
        cmocka_unit_test(a_wrong_file_is_refused),
        cmocka_unit_test(the_example_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
