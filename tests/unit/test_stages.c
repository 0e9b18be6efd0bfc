/* tests/unit/test_stages.c - the table is in order, and a table that is not is refused. */
#include "pipeline/stages.h"

#include "tests/unit/test.h"

static void the_table_is_in_order(void **state)
{
    (void)state;
    assert_true(stages_in_order(stages, STAGE_COUNT));
}

static void every_stage_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < STAGE_COUNT; i++) {
        assert_int_equal(stages[i].id, i);
        assert_true(stages[i].name && stages[i].name[0]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(stages[i].name, stages[j].name);
    }
}

static void the_stages_of_a_cell_can_be_run(void **state)
{
    (void)state;
    for (int i = STAGE_DECODE; i <= STAGE_ENCODE; i++) {
        assert_int_equal(stages[i].lane, LANE_CELL);
        assert_non_null(stages[i].run);
    }
    for (int i = 0; i < STAGE_COUNT; i++)
        if (stages[i].lane == LANE_KEEPER)
            assert_null(stages[i].run);
}

static void a_stage_whose_need_was_never_left_is_refused(void **state)
{
    (void)state;
    int refused = 0;
    for (int i = 0; i < STAGE_COUNT; i++) {
        struct stage table[STAGE_COUNT];
        memcpy(table, stages, sizeof table);
        table[i].leaves = 0;
        refused += !stages_in_order(table, STAGE_COUNT);
    }
    assert_int_equal(refused, STAGE_COUNT - 1); /* nobody needs what the last one leaves */
}

static void a_stage_whose_need_was_dropped_is_refused(void **state)
{
    (void)state;
    struct stage table[STAGE_COUNT];
    memcpy(table, stages, sizeof table);
    table[STAGE_BLANK].drops = DATA_IMAGE;
    assert_false(stages_in_order(table, STAGE_COUNT));
    memcpy(table, stages, sizeof table);
    table[STAGE_ENCODE].needs |= DATA_BILEVEL; /* recognise drops it */
    assert_false(stages_in_order(table, STAGE_COUNT));
    memcpy(table, stages, sizeof table);
    table[STAGE_READ].drops = DATA_BYTES; /* what a row leaves and drops is gone */
    assert_false(stages_in_order(table, STAGE_COUNT));
}

static void rows_in_another_order_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i + 1 < STAGE_COUNT; i++) {
        struct stage table[STAGE_COUNT];
        memcpy(table, stages, sizeof table);
        table[i] = stages[i + 1];
        table[i + 1] = stages[i];
        assert_false(stages_in_order(table, STAGE_COUNT));
        table[i] = stages[i]; /* one row twice */
        table[i + 1] = stages[i];
        assert_false(stages_in_order(table, STAGE_COUNT));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_in_order),
        cmocka_unit_test(every_stage_has_a_name_of_its_own),
        cmocka_unit_test(the_stages_of_a_cell_can_be_run),
        cmocka_unit_test(a_stage_whose_need_was_never_left_is_refused),
        cmocka_unit_test(a_stage_whose_need_was_dropped_is_refused),
        cmocka_unit_test(rows_in_another_order_are_refused),
    };
    return cmocka_run_group_tests_name("stages", tests, NULL, NULL);
}
