/* tests/unit/test_units.c - the register of administrative units: found by name and code on a day,
 * and every wrong file refused with its line. */
#include "records/units.h"

#include "records/csv_read.h"
#include "tests/unit/test.h"

#define UNITS_HEAD "code,name,kind,province,from,to,predecessors\n"
#define OLD_HEAD   "code,name,parent,new,part\n"
#define UNITS                                                                                      \
    UNITS_HEAD "46,Huế,thành phố,,,,\n"                                                       \
               "75,Đồng Nai,tỉnh,,2025-07-01,2026-04-29,\n"                                   \
               "75,Đồng Nai,thành phố,,2026-04-30,,\n"                                       \
               "19753,Thuận Hóa,phường,46,2025-07-01,,00001 00002\r\n"                       \
               "19754,\"Hóa Châu\",phường,46,2025-07-01,,00002\n"                             \
               "25195,Thuận Hoà,phường,75,2026-04-30,,\n"                                    \
               "25195,Thuận Hoà,xã,75,2025-07-01,2026-04-29,\n"                                \
               "25200,Đa Kia,xã,75,,,"
#define OLD                                                                                        \
    OLD_HEAD "46,Tỉnh Thừa Thiên Huế,,46,\n"                                                \
             "474,Thành phố Huế,46,,\n"                                                       \
             "00001,Phường Phú Hội,474,19753,\n"                                             \
             "00002,Phường Phú Thuận,474,19753,part\n"                                       \
             "00002,Phường Phú Thuận,474,19754,part\n"

static void put(const char *dir, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static struct units *load(const char *units, const char *old, struct err *err)
{
    char *dir = test_dir_make();
    put(dir, "units.csv", units);
    put(dir, "old.csv", old);
    struct units *loaded = units_load(dir, err);
    test_dir_remove(dir);
    return loaded;
}

struct found {
    char text[500];
};

static int note(void *self, const struct unit *unit, struct err *err)
{
    struct found *found = self;
    (void)err;
    size_t len = strlen(found->text);
    (void)snprintf(found->text + len, sizeof found->text - len, "%s:%s ", unit->code,
                   unit_kind_name(unit->kind));
    return 0;
}

static int note_old(void *self, const struct old_unit *unit, struct err *err)
{
    struct found *found = self;
    (void)err;
    size_t len = strlen(found->text);
    (void)snprintf(found->text + len, sizeof found->text - len, "%s>%s%s ", unit->code,
                   unit->became, unit->part ? "*" : "");
    return 0;
}

static const struct name_case {
    const char *asked;
    uint32_t day;
    const char *found;
} names[] = {
    {"thuan hoa", 20260501, "19753:phường 25195:phường "},
    {"thuan hoa", 20260401, "19753:phường 25195:xã "},
    {"thuan hoa", 20240101, ""},
    {"THUẬN HÒA", 20260501, "25195:phường "},
    {"Thuận Hoá", 20260501, "19753:phường "},
    {"thuận hỏa", 20260501, ""},
    {"thuan hòa", 20260501, "25195:phường "},
    {"hoa", 20260501, "19754:phường 19753:phường 25195:phường "},
    {"phuong thuan hoa", 20260501, "19753:phường 25195:phường "},
    {"xa thuan hoa", 20260501, ""},
    {"thuan", 20260501, "19753:phường 25195:phường "},
    {"da kia", 20260501, "25200:xã "},
    {"Đa kia", 20260501, "25200:xã "},
    {"thanh pho hue", 20260501, "46:thành phố "},
    {"dong nai", 0, "75:tỉnh 75:thành phố "},
    {"nai dong", 0, ""},
};

static void names_are_found_as_text_is(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(units_freep) struct units *units = load(UNITS, OLD, &err);
    assert_ok_ptr(units, err);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct found found = {""};
        assert_ok(units_find(units, names[i].asked, names[i].day, note, &found, &err), err);
        if (strcmp(found.text, names[i].found) != 0)
            fail_msg("'%s': found '%s', not '%s'", names[i].asked, found.text, names[i].found);
    }
    assert_int_equal(units_find(units, " - ", 0, note, NULL, &err), -1);
    assert_int_equal(units_find(units, "\xff", 0, note, NULL, &err), -1);
    assert_int_equal(
        units_find(units, "a a a a a a a a a a a a a a a a a a a a a", 0, note, NULL, &err), -1);
}

static void a_code_is_a_unit_on_a_day(void **state)
{
    (void)state;
    struct err err = {0};
    size_t n = 0;
    CLEANUP(units_freep) struct units *units = load(UNITS, OLD, &err);
    assert_ok_ptr(units, err);
    assert_int_equal(units_by_code(units, "75", 20260429)->kind, UNIT_PROVINCE);
    assert_int_equal(units_by_code(units, "75", 20260430)->kind, UNIT_CITY);
    assert_int_equal(units_by_code(units, "75", 0)->kind, UNIT_CITY);
    assert_null(units_by_code(units, "75", 20250630));
    assert_non_null(units_by_code(units, "46", 19000101));
    assert_null(units_by_code(units, "77", 0));
    assert_null(units_by_code(units, "", 0));
    assert_non_null(units_rows(units, "25195", &n));
    assert_int_equal(n, 2);
    const struct unit *unit = units_by_code(units, "19753", 0);
    assert_string_equal(unit->name, "Thuận Hóa");
    assert_string_equal(unit->predecessors, "00001 00002");
    assert_int_equal(units_of_name(units, unit, 20260501), 2); /* Hóa and Hoà are the same here */
    assert_int_equal(units_of_name(units, units_by_code(units, "46", 0), 20260501), 1);
    assert_string_equal(units_by_code(units, "19754", 0)->name, "Hóa Châu");
}

static void those_of_before_tell_what_they_became(void **state)
{
    (void)state;
    struct err err = {0};
    struct found found = {""};
    CLEANUP(units_freep) struct units *units = load(UNITS, OLD, &err);
    assert_ok_ptr(units, err);
    assert_int_equal(units_find_old(units, "phu thuan", note_old, &found, &err), 2);
    assert_string_equal(found.text, "00002>19753* 00002>19754* ");
    found.text[0] = '\0';
    assert_int_equal(units_find_old(units, "00001", note_old, &found, &err), 1);
    assert_string_equal(found.text, "00001>19753 ");
    found.text[0] = '\0';
    assert_int_equal(units_find_old(units, "hue", note_old, &found, &err), 2);
    assert_string_equal(found.text, "474> 46>46 "); /* the city is called so, the province has it */
}

static const struct bad_case {
    const char *why, *units, *old, *error;
} bad[] = {
    {"empty", "", OLD, "units.csv:0: it is empty"},
    {"other columns", "code,name\n", OLD, "units.csv:1: 2 fields instead of 7"},
    {"columns of another name", "code,name,kind,province,from,until,predecessors\n", OLD,
     "units.csv:1: the first line names other columns: 'until'"},
    {"too many fields", UNITS_HEAD "46,Huế,thành phố,,,,,x\n", OLD, "units.csv:2: more than 7"},
    {"too few fields", UNITS_HEAD "46,Huế,thành phố\n", OLD, "units.csv:2: 3 fields instead of 7"},
    {"a kind of its own", UNITS_HEAD "46,Huế,quận,,,,\n", OLD, "no such kind of unit: 'quận'"},
    {"a short code", UNITS_HEAD "4,Huế,thành phố,,,,\n", OLD, "a province has 2 digits"},
    {"a commune with a province's code", UNITS_HEAD "46,Huế,xã,46,,,\n", OLD, "a commune 5: '46'"},
    {"letters in a code", UNITS_HEAD "4x,Huế,thành phố,,,,\n", OLD, "a province has 2 digits"},
    {"a province of a province", UNITS_HEAD "46,Huế,thành phố,75,,,\n", OLD, "a province has none"},
    {"a commune of none", UNITS_HEAD "19753,Huế,xã,,,,\n", OLD, "has the code of its province"},
    {"a province that is not there", UNITS_HEAD "19753,Huế,xã,46,,,\n", OLD_HEAD,
     "there is no such province: '46'"},
    {"no name", UNITS_HEAD "46,,thành phố,,,,\n", OLD, "a name of 1 to 60"},
    {"a long name",
     UNITS_HEAD "46,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,tỉnh,,,,\n", OLD,
     "a name of 1 to 60"},
    {"a day there is not", UNITS_HEAD "46,Huế,tỉnh,,2025-02-29,,\n", OLD, "a day like 2026-04-30"},
    {"no day", UNITS_HEAD "46,Huế,tỉnh,,July,,\n", OLD, "a day like 2026-04-30"},
    {"ends before it begins", UNITS_HEAD "46,Huế,tỉnh,,2026-01-02,2026-01-01,\n", OLD,
     "it ends before it begins"},
    {"twice at a time", UNITS_HEAD "46,Huế,tỉnh,,,2026-01-02,\n46,Huế,tỉnh,,2026-01-02,,\n",
     OLD_HEAD, "two rows of a code at the same time: '46'"},
    {"predecessors", UNITS_HEAD "46,Huế,tỉnh,,,,0001\n", OLD, "codes with a blank between"},
    {"predecessors, a blank more", UNITS_HEAD "46,Huế,tỉnh,,,,00001 \n", OLD,
     "codes with a blank between"},
    {"a quotation mark within", UNITS_HEAD "46,Hu\"ế,tỉnh,,,,\n", OLD, "a quotation mark"},
    {"an open quotation mark", UNITS_HEAD "46,\"Huế,tỉnh,,,,\n", OLD, "a quotation mark"},
    {"text behind a quotation mark", UNITS_HEAD "46,\"Huế\"x,tỉnh,,,,\n", OLD, "a quotation mark"},
    {"a control character", UNITS_HEAD "46,Hu\x1b[2J,tỉnh,,,,\n", OLD, "units.csv:2: not plain"},
    {"two lines in a field", UNITS_HEAD "46,\"H\nế\",tỉnh,,,,\n", OLD, "units.csv:2: not plain"},
    {"no UTF-8", UNITS_HEAD "46,Hu\xff,tỉnh,,,,\n", OLD, "units.csv:2: not plain"},
    {"old: a code", UNITS, OLD_HEAD "1,Tỉnh,,46,\n", "old.csv:2: 2, 3 or 5 digits"},
    {"old: of nothing", UNITS, OLD_HEAD "00001,Xã A,,19753,\n", "old.csv:2: a commune is of a"},
    {"old: of what there is not", UNITS, OLD_HEAD "00001,Xã A,474,19753,\n",
     "it is of a unit that there is not: '474'"},
    {"old: became what there is not", UNITS, OLD_HEAD "46,Tỉnh A,,47,\n",
     "it became a unit that there is not: '47'"},
    {"old: a commune became nothing", UNITS, OLD_HEAD "00001,Xã A,474,,\n", "no code of a unit"},
    {"old: some word", UNITS, OLD_HEAD "46,Tỉnh A,,46,half\n", "'part' or nothing"},
};

static void a_wrong_file_is_refused_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = {0};
        struct units *units = load(bad[i].units, bad[i].old, &err);
        if (units || err.kind != ERR_INPUT || !strstr(err.text, bad[i].error))
            fail_msg("%s: '%s', not '%s'", bad[i].why, err.text, bad[i].error);
    }
    struct err err = {0};
    assert_null(units_load("/nonexistent", &err));
    assert_int_not_equal(err.kind, ERR_NONE);
}

static void every_cut_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(UNITS); len++) {
        char *text = strndup(UNITS, len);
        struct csv_read csv = {.text = text};
        const char *fields[7];
        struct err err = {0};
        while (csv_read_line(&csv, fields, 7, &err) > 0)
            ;
        free(text);
    }
}

static void days_are_days(void **state)
{
    (void)state;
    uint32_t day = 7;
    char text[UNIT_DAY_TEXT];
    assert_true(unit_day_parse("2024-02-29", &day));
    assert_string_equal(unit_day_text(day, text), "2024-02-29");
    assert_string_equal(unit_day_text(0, text), "");
    const char *const none[] = {"",           "2026-4-30",  "2026-04-31",  "2026-13-01",
                                "2026-00-01", "2026-01-00", "2026-01-011", "20260101ab",
                                "2100-02-29", "abcd-01-01"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_false(unit_day_parse(none[i], &day));
}

static void the_register_that_ships_is_whole(void **state)
{
    (void)state;
    struct err err = {0};
    struct found found = {""};
    CLEANUP(units_freep) struct units *units = units_load(SOHOA_SOURCE_DIR "/configs/units", &err);
    assert_ok_ptr(units, err);
    assert_int_equal(units_by_code(units, "75", 20260429)->kind, UNIT_PROVINCE);
    assert_int_equal(units_by_code(units, "75", 20260430)->kind, UNIT_CITY);
    assert_string_equal(units_by_code(units, "06978", 0)->name, "Ba Chẽ");
    assert_null(units_by_code(units, "06970", 0));
    assert_int_equal(units_find_old(units, "Phường Phúc Xá", note_old, &found, &err), 1);
    assert_string_equal(found.text, "00001>00097 ");
    found.text[0] = '\0';
    assert_int_equal(units_find(units, "thanh pho hue", 20261201, note, &found, &err), 1);
    assert_string_equal(found.text, "46:thành phố ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_as_text_is),
        cmocka_unit_test(a_code_is_a_unit_on_a_day),
        cmocka_unit_test(those_of_before_tell_what_they_became),
        cmocka_unit_test(a_wrong_file_is_refused_with_its_line),
        cmocka_unit_test(every_cut_is_read_or_refused),
        cmocka_unit_test(days_are_days),
        cmocka_unit_test(the_register_that_ships_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
