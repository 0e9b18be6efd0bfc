/* tests/unit/test_dossier_rule.c - dossier codes in names of folders and files. */
#include "pipeline/dossier_rule.h"

#include <string.h>

#include "test.h"

#define CODE "H57.12-250705-0001"

static void check(const struct dossier_rule *rule, const char *rel, enum dossier_named named,
                  const char *code)
{
    char got[DOSSIER_CODE_MAX] = "?";
    if (dossier_rule_find(rule, rel, got) != named)
        fail_msg("'%s' gives another than %d, and '%s'", rel, (int)named, got);
    assert_string_equal(got, code);
}

static void names_that_are_codes(void **state)
{
    (void)state;
    check(NULL, CODE "/scan 1.tif", DOSSIER_NAMED, CODE);
    check(NULL, "desk 2/" CODE "/front/1.tif", DOSSIER_NAMED, CODE);
    check(NULL, CODE ".pdf", DOSSIER_NAMED, CODE);
    check(NULL, CODE, DOSSIER_NONE, ""); /* what is behind its dot is an ending */
    check(NULL, "000.00.12.H57-250705-0002.tif", DOSSIER_NAMED, "000.00.12.H57-250705-0002");
    check(NULL, CODE "/000.00.12.H57-250705-0002.tif", DOSSIER_NAMED, "000.00.12.H57-250705-0002");
    check(NULL, "000.00.12.H57-250705-0002/" CODE "/x.tif", DOSSIER_NAMED, CODE);
}

static void names_that_only_look_so(void **state)
{
    static const char *const names[] = {
        "",
        "scan.tif",
        "a/b/c.tif",
        "/",
        "//x.tif",
        CODE " a/x.tif",
        "x" CODE "/x.tif",
        CODE ".d/x.tif",
        CODE "-2.tif",
        "h57.12-250705-0001/x.tif",
        "H57.12-251305-0001/x.tif", /* no such month */
        "H57.12-250705-00010000000000000000000000000000000000000000000000000000/x.tif",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        check(NULL, names[i], DOSSIER_NONE, "");
}

static void a_rule_gives_its_first_group(void **state)
{
    struct dossier_rule rule;
    struct err err = {0};
    (void)state;
    assert_int_equal(dossier_rule_init(&rule, "^HS_([^_]*)_(x|y)", &err), 0);
    check(&rule, "HS_17/2_x.tif", DOSSIER_NAMED, "17/2");
    check(&rule, "HS_17_z.tif", DOSSIER_NONE, "");
    check(&rule, "a/HS_17_x.tif", DOSSIER_NONE, "");
    check(&rule, CODE "/x.tif", DOSSIER_NONE, ""); /* the rule alone counts */
    check(&rule, "HS_17 2_x.tif", DOSSIER_NOT_PLAIN, "");
    check(&rule, "HS__x.tif", DOSSIER_NOT_PLAIN, "");
    check(&rule, "HS_\xff\xfe_x.tif", DOSSIER_NOT_PLAIN, "");
    check(&rule, "HS_000000000000000000000000000000000000000000000000000000000000000_x.tif",
          DOSSIER_NOT_PLAIN, "");
    dossier_rule_done(&rule);
    assert_int_equal(dossier_rule_init(&rule, "a|(b)", &err), 0);
    check(&rule, "a", DOSSIER_NONE, ""); /* the group took no part */
    dossier_rule_done(&rule);
}

static void refused(const char *pattern, const char *why)
{
    struct dossier_rule rule;
    struct err err = {0};
    assert_int_equal(dossier_rule_init(&rule, pattern, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    if (!strstr(err.text, why))
        fail_msg("'%s' is no '%s'", err.text, why);
}

static void a_bad_rule_is_told(void **state)
{
    char longest[DOSSIER_PATTERN_MAX + 1];
    struct dossier_rule rule;
    struct err err = {0};
    (void)state;
    refused("(a", "Unmatched (");
    refused("([a)", "[");
    refused("", "no group");
    refused("H57.*", "no group");
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "(a)", 3);
    longest[DOSSIER_PATTERN_MAX] = '\0';
    refused(longest, "longer than");
    longest[DOSSIER_PATTERN_MAX - 1] = '\0';
    assert_int_equal(dossier_rule_init(&rule, longest, &err), 0);
    dossier_rule_done(&rule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_codes),
        cmocka_unit_test(names_that_only_look_so),
        cmocka_unit_test(a_rule_gives_its_first_group),
        cmocka_unit_test(a_bad_rule_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
