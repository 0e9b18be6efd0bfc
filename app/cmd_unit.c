/* app/cmd_unit.c - sohoa unit: provinces and communes, by name and code, and those of before. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/table.h"
#include "app/unit_register.h"

struct asking {
    struct units *units;
    const char *dir, *text; /* dir NULL: what came with the program */
    uint32_t day;           /* 0: not said */
    enum table_form form;
    struct table table;
    size_t most; /* how many have the name that most share */
};

static void asking_done(struct asking *asking)
{
    table_done(&asking->table);
    units_freep(&asking->units);
}

static struct cell text_of(const char *text)
{
    return (struct cell){.kind = CELL_TEXT, .text = text};
}

/* "phường Ba Đình"; "" for none. */
static const char *full_name(const struct unit *unit, char text[512])
{
    text[0] = '\0';
    if (unit)
        (void)snprintf(text, 512, "%s %s", unit_kind_name(unit->kind), unit->name);
    return text;
}

static const char *province_of(const struct asking *asking, const struct unit *unit, char text[512])
{
    const struct unit *province =
        unit ? units_by_code(asking->units, unit->province, asking->day) : NULL;
    return full_name(province, text);
}

static const struct table_column unit_columns[] = {
    {"code", N_("Code")},
    {"name", N_("Name")},
    {"kind", N_("Kind")},
    {"province", N_("Province")},
    {"province_name", N_("Its name")},
    {"from", N_("From")},
    {"to", N_("To")},
    {"same_name", N_("Of this name")},
    {"predecessors", N_("Was")},
};

static int add_unit(void *self, const struct unit *unit, struct err *err)
{
    struct asking *asking = self;
    char province[512], from[UNIT_DAY_TEXT], to[UNIT_DAY_TEXT];
    uint32_t last = unit->to ? unit->to : unit_today();
    size_t same = units_of_name(asking->units, unit, asking->day ? asking->day : last);
    asking->most = same > asking->most ? same : asking->most;
    const struct cell row[] = {
        text_of(unit->code),
        text_of(unit->name),
        text_of(unit_kind_name(unit->kind)),
        text_of(unit->province),
        text_of(province_of(asking, unit, province)),
        text_of(unit_day_text(unit->from, from)),
        text_of(unit_day_text(unit->to, to)),
        {.kind = CELL_NUMBER, .number = (int64_t)same},
        text_of(asking->form == TABLE_TEXT ? "" : unit->predecessors),
    };
    return table_add(&asking->table, row, err);
}

static const struct table_column old_columns[] = {
    {"old_code", N_("Old code")},
    {"old_name", N_("Old name")},
    {"above", N_("Of")},
    {"old_province", N_("Old province")},
    {"code", N_("Code")},
    {"name", N_("Name")},
    {"province_name", N_("Its province")},
    {"from", N_("From")},
    {"part", N_("Only a part")},
};

static int add_old(void *self, const struct old_unit *old, struct err *err)
{
    struct asking *asking = self;
    char name[512], province[512], from[UNIT_DAY_TEXT];
    const struct old_unit *above = units_old_above(asking->units, old);
    const struct old_unit *top = above ? units_old_above(asking->units, above) : NULL;
    const struct unit *now = units_by_code(asking->units, old->became, asking->day);
    const struct cell row[] = {
        text_of(old->code),
        text_of(old->name),
        text_of(above && top ? above->name : ""),
        text_of(top     ? top->name
                : above ? above->name
                        : ""),
        text_of(now ? now->code : ""),
        text_of(full_name(now, name)),
        text_of(province_of(asking, now, province)),
        text_of(unit_day_text(now ? now->from : 0, from)),
        text_of(old->part ? _("part") : ""),
    };
    return table_add(&asking->table, row, err);
}

/* --- what is asked --- */

static int find(struct asking *asking, struct err *err)
{
    asking->day = asking->day ? asking->day : unit_today();
    return units_find(asking->units, asking->text, asking->day, add_unit, asking, err);
}

static int show(struct asking *asking, struct err *err)
{
    size_t n = 0;
    const struct unit *rows = units_rows(asking->units, asking->text, &n);
    const struct unit *one = units_by_code(asking->units, asking->text, asking->day);
    if (asking->day)
        return one ? add_unit(asking, one, err) : 0;
    for (size_t i = 0; i < n; i++)
        if (add_unit(asking, &rows[i], err) < 0)
            return -1;
    return 0;
}

static int old(struct asking *asking, struct err *err)
{
    asking->day = asking->day ? asking->day : unit_today();
    return units_find_old(asking->units, asking->text, add_old, asking, err);
}

static const struct verb {
    const char *name;
    int (*ask)(struct asking *asking, struct err *err);
    const char *title;
    const struct table_column *columns;
    size_t column_len;
} verbs[] = {
    {"find", find, N_("Units"), unit_columns, ARRAY_LEN(unit_columns)},
    {"show", show, N_("Units"), unit_columns, ARRAY_LEN(unit_columns)},
    {"old", old, N_("Units of before July 2025"), old_columns, ARRAY_LEN(old_columns)},
};

static int answer(struct asking *asking, const struct verb *verb)
{
    struct err err = {0};
    int code = EXIT_DONE;
    struct table_column columns[TABLE_COLUMNS_MAX];
    asking->units = unit_register_open(asking->dir, &code);
    if (!asking->units)
        return code;
    for (size_t i = 0; i < verb->column_len; i++)
        columns[i] = (struct table_column){verb->columns[i].name, _(verb->columns[i].label)};
    asking->table.title = _(verb->title);
    asking->table.columns = columns;
    asking->table.column_len = verb->column_len;
    /* What is only for programs has no column on the screen. */
    if (asking->form == TABLE_TEXT && verb->columns == unit_columns)
        asking->table.column_len--;
    if (verb->ask(asking, &err) < 0)
        return err.kind == ERR_INPUT ? usage_error(&command_unit, "%s", err.text) : report(&err);
    if (asking->table.row_len == 0) {
        (void)fprintf(stderr, _("sohoa: the register has no unit '%s' on that day\n"),
                      asking->text);
        return EXIT_FINDINGS;
    }
    if (table_print(&asking->table, asking->form, &err) < 0)
        return report(&err);
    if (asking->form == TABLE_TEXT && asking->most > 1)
        printf(_("%zu units share a name: the province or the code tells them apart\n"),
               asking->most);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    enum { OPT_DATE = OPT_FIRST_OWN, OPT_UNITS, OPT_CSV };
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"date", required_argument, NULL, OPT_DATE},
        {"units", required_argument, NULL, OPT_UNITS},
        {"csv", no_argument, NULL, OPT_CSV},
        {0},
    };
    CLEANUP(asking_done) struct asking asking = {.form = TABLE_TEXT};
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        bool fine = true;
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_unit);
            return EXIT_DONE;
        }
        if (c == OPT_DATE)
            fine = unit_day_parse(optarg, &asking.day);
        else if (c == OPT_UNITS)
            asking.dir = optarg;
        else if ((c == OPT_JSON || c == OPT_CSV) && asking.form == TABLE_TEXT)
            asking.form = c == OPT_JSON ? TABLE_JSON : TABLE_CSV;
        else
            fine = false;
        if (!fine)
            return usage_error(&command_unit, _("unknown option or bad value"));
    }
    const struct verb *verb = NULL;
    for (size_t i = 0; argc - optind == 2 && i < ARRAY_LEN(verbs); i++)
        if (strcmp(verbs[i].name, argv[optind]) == 0)
            verb = &verbs[i];
    if (!verb)
        return usage_error(&command_unit, _("needed are: find NAME, show CODE, or old NAME"));
    asking.text = argv[optind + 1];
    return answer(&asking, verb);
}

const struct command command_unit = {
    .name = "unit",
    .summary = N_("provinces and communes, by name and code, now and before"),
    .usage = "unit {find NAME | show CODE | old NAME} [--date DAY] [--json | --csv]",
    .help = N_(
        "Asks the register of administrative units that came with the program: 34 provinces and\n"
        "3,321 communes, wards and special zones, with the days they are valid, and what became\n"
        "of the units of before July 2025. `find` takes words of a name, with or without its\n"
        "kind, typed with or without marks; `show` one code, at all times; `old` the name or\n"
        "code of a unit of before. Several units have the same name: then it says so. Exit\n"
        "code 1: there is none.\n"
        "\n"
        "Options:\n"
        "  --date DAY    as it was on that day, 2026-04-30 (find, old: today; show: ever)\n"
        "  --units DIR   another register: units.csv and old.csv, see docs/format-units.md\n"
        "  --json, --csv a line for each row\n"
        "\n"
        "Examples:\n"
        "  sohoa unit find 'thuan hoa'\n"
        "  sohoa unit show 75\n"
        "  sohoa unit old 'Phường Phúc Xá' --json\n"),
    .run = run,
};
