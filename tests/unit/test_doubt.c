/* tests/unit/test_doubt.c - when our reader is in doubt, and whose text is taken: figures as they
 * were found on real pages and on pages made worse on purpose (decision 0021). */
#include "pipeline/page.h"

#include <math.h>

#include "tests/unit/test.h"

static const struct doubt_case {
    const char *why;
    float ink, confidence;
    uint32_t text_bytes;
    enum page_doubt doubt;
} doubts[] = {
    {"a real scan with stamp and seal", 0.092F, 92.2F, 1347, DOUBT_NONE},
    {"just sure", 0.05F, 90.0F, 1000, DOUBT_NONE},
    {"just not sure", 0.05F, 89.9F, 1000, DOUBT_LOW_CONFIDENCE},
    {"curved lines", 0.055F, 87.9F, 1476, DOUBT_LOW_CONFIDENCE},
    {"a negative of which specks are read", 0.945F, 61.6F, 1, DOUBT_LOW_CONFIDENCE},
    {"a negative of which nothing is read", 0.945F, 0, 0, DOUBT_MOSTLY_BLACK},
    {"a picture", 0.32F, 0, 0, DOUBT_NONE},
    {"nothing at all", 0, 0, 0, DOUBT_NONE},
};

static void doubt_is(void **state)
{
    const struct doubt_case *c = *state;
    const struct page_found found = {
        .ink = c->ink, .confidence = c->confidence, .text_bytes = c->text_bytes};
    assert_int_equal(page_doubt(&found), c->doubt);
}

static const struct choice_case {
    const char *why;
    float first;
    uint32_t first_bytes;
    float second;
    uint32_t second_bytes;
    bool better;
} choices[] = {
    {"a negative", 61.6F, 1, 94.4F, 1556, true},
    {"nothing against something", 0, 0, 94.4F, 1556, true},
    {"curved lines", 87.9F, 1476, 95.0F, 1541, true},
    {"less sure of much more", 80.0F, 1534, 79.6F, 2041, true},
    {"surer of much less", 69.9F, 904, 84.4F, 252, false},
    {"a chequered page, full of letters nobody wrote", 74.6F, 1418, 34.9F, 3157, false},
    {"salt and pepper", 85.0F, 2069, 53.8F, 2223, false},
    {"the same is not better", 80.0F, 1000, 80.0F, 1000, false},
    {"nothing to read for either", 0, 0, 0, 0, false},
    {"nothing against little", 59.2F, 20, 0, 0, false},
    {"just sure enough", 40.0F, 10, 50.0F, 1000, true},
    {"a broken cell's boast", 80.0F, 1000, 1000.0F, 1000, false},
    {"no number", 80.0F, 1000, NAN, 1000, false},
};

static void choice_is(void **state)
{
    const struct choice_case *c = *state;
    const struct page_found first = {.confidence = c->first, .text_bytes = c->first_bytes};
    const struct page_found second = {.confidence = c->second, .text_bytes = c->second_bytes};
    assert_int_equal(page_second_is_better(&first, &second), c->better);
}

/* What was ever written to an archive keeps its meaning. */
static void codes_are_fixed(void **state)
{
    (void)state;
    assert_string_equal(page_doubt_code(DOUBT_NONE), "");
    assert_string_equal(page_doubt_code(DOUBT_LOW_CONFIDENCE), "low-confidence");
    assert_string_equal(page_doubt_code(DOUBT_MOSTLY_BLACK), "mostly-black");
    for (int doubt = DOUBT_NONE; doubt < DOUBT_COUNT; doubt++)
        assert_true(strlen(page_doubt_code((enum page_doubt)doubt)) < DOUBT_CODE_MAX);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(doubts) + ARRAY_LEN(choices) + 1] = {
        cmocka_unit_test(codes_are_fixed)};
    size_t n = 1;
    for (size_t i = 0; i < ARRAY_LEN(doubts); i++)
        tests[n++] =
            (struct CMUnitTest){doubts[i].why, doubt_is, NULL, NULL, (void *)(uintptr_t)&doubts[i]};
    for (size_t i = 0; i < ARRAY_LEN(choices); i++)
        tests[n++] = (struct CMUnitTest){choices[i].why, choice_is, NULL, NULL,
                                         (void *)(uintptr_t)&choices[i]};
    return cmocka_run_group_tests_name("doubt", tests, NULL, NULL);
}
