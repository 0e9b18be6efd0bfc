/* tests/unit/test_mask.c - texts as they stand in what is given out. */
#include "app/mask.h"

#include "base/def.h"
#include "tests/unit/test.h"

static void ids_are_masked_in_a_copy(void **state)
{
    static const char text[] = "số 046090012345, 046 090 012 345";
    (void)state;
    char *copy = mask_copy(text);
    assert_non_null(copy);
    assert_string_equal(copy, "số 046*****2345, 046 *** **2 345");
    free(copy);
}

static void long_text_ends_with_an_ellipsis(void **state)
{
    static const struct {
        const char *text;
        size_t chars_max;
        const char *wanted;
    } cases[] = {
        {"Quyết định", 10, "Quyết định"},
        {"Quyết định", 9, "Quyết đị\xE2\x80\xA6"},
        {"Quyết định", 2, "Q\xE2\x80\xA6"},
        {"", 2, ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *cut = cut_copy(cases[i].text, cases[i].chars_max);
        assert_non_null(cut);
        assert_string_equal(cut, cases[i].wanted);
        free(cut);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_masked_in_a_copy),
        cmocka_unit_test(long_text_ends_with_an_ellipsis),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
