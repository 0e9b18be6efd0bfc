/* app/cmd_report.c - sohoa report: what the events of dossiers add up to. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/report_config.h"
#include "app/table.h"
#include "storage/catalogue_events.h"

#define PERCENT 100.0

struct making {
    const struct report_config *config; /* NULL: nothing to compare with */
    struct table table;
    /* Waits of one office, ascending. */
    char office[64];
    int64_t *waits;
    size_t wait_len, wait_cap;
};

static void making_done(struct making *making)
{
    table_done(&making->table);
    free(making->waits);
}

static struct cell text_cell(const char *text)
{
    return (struct cell){.kind = CELL_TEXT, .text = text};
}

static struct cell number_cell(int64_t number)
{
    return (struct cell){.kind = CELL_NUMBER, .number = number};
}

static struct cell percent_cell(double part, double whole)
{
    if (!(whole > 0))
        return (struct cell){.kind = CELL_NONE};
    return (struct cell){.kind = CELL_PERCENT, .percent = part / whole * PERCENT};
}

/* --- what a report makes of the catalogue's rows --- */

static int add_digitisation(void *self, const struct report_cell cells[], size_t n, struct err *err)
{
    struct making *making = self;
    uint32_t target = report_target(making->config, cells[0].text);
    (void)n;
    const struct cell row[] = {
        text_cell(cells[0].text),
        text_cell(cells[1].text),
        text_cell(cells[2].text),
        number_cell(cells[3].number),
        number_cell(cells[4].number),
        percent_cell((double)cells[4].number, (double)cells[3].number),
        target ? (struct cell){.kind = CELL_PERCENT, .percent = target}
               : (struct cell){.kind = CELL_NONE},
        number_cell(cells[5].number),
    };
    return table_add(&making->table, row, err);
}

static int add_exemption(void *self, const struct report_cell cells[], size_t n, struct err *err)
{
    struct making *making = self;
    (void)n;
    const struct cell row[] = {text_cell(cells[0].text),
                               text_cell(report_exempt_text(making->config, cells[0].text)),
                               number_cell(cells[1].number)};
    return table_add(&making->table, row, err);
}

/* The smallest wait that at least this share does not exceed (nearest rank). */
static struct cell wait_cell(const struct making *making, double share)
{
    size_t at = (size_t)(share * (double)making->wait_len);
    if ((double)at < share * (double)making->wait_len)
        at++;
    return (struct cell){.kind = CELL_MINUTES, .number = making->waits[at > 0 ? at - 1 : 0]};
}

static int end_office(struct making *making, struct err *err)
{
    int64_t limit_ns = making->config ? INT64_C(60000000000) * making->config->waiting_minutes : 0;
    size_t over = 0;
    if (making->wait_len == 0)
        return 0;
    for (size_t i = 0; i < making->wait_len; i++)
        over += making->waits[i] > limit_ns;
    const struct cell row[] = {
        text_cell(making->office),
        number_cell((int64_t)making->wait_len),
        wait_cell(making, 0.5),
        wait_cell(making, 0.95),
        limit_ns ? percent_cell((double)over, (double)making->wait_len)
                 : (struct cell){.kind = CELL_NONE},
    };
    making->wait_len = 0;
    return table_add(&making->table, row, err);
}

static int add_wait(void *self, const struct report_cell cells[], size_t n, struct err *err)
{
    struct making *making = self;
    (void)n;
    if (strcmp(making->office, cells[0].text) != 0 && end_office(making, err) < 0)
        return -1;
    (void)snprintf(making->office, sizeof making->office, "%s", cells[0].text);
    if (making->wait_len == making->wait_cap) {
        size_t cap = making->wait_cap ? making->wait_cap * 2 : 256;
        int64_t *waits = realloc(making->waits, cap * sizeof *waits);
        if (!waits)
            return err_sys(err, "list waits"); /* UNTESTED: no memory */
        making->waits = waits;
        making->wait_cap = cap;
    }
    making->waits[making->wait_len++] = cells[1].number;
    return 0;
}

static int add_staff(void *self, const struct report_cell cells[], size_t n, struct err *err)
{
    struct making *making = self;
    (void)n;
    const struct cell row[] = {
        text_cell(cells[0].text),
        text_cell(cells[1].text),
        number_cell(cells[2].number),
        number_cell(cells[3].number),
        number_cell(cells[4].number),
        percent_cell((double)cells[4].number, (double)cells[3].number),
    };
    return table_add(&making->table, row, err);
}

/* The rows as they are; a column named `...time` is one. */
static int add_plain(void *self, const struct report_cell cells[], size_t n, struct err *err)
{
    struct making *making = self;
    struct cell row[REPORT_CELLS_MAX];
    for (size_t i = 0; i < n; i++) {
        row[i] = cells[i].text ? text_cell(cells[i].text) : number_cell(cells[i].number);
        if (strcmp(making->table.columns[i].name, "time") == 0)
            row[i].kind = CELL_TIME;
    }
    return table_add(&making->table, row, err);
}

static int add_delivery(void *self, const struct report_cell cells[], size_t n, struct err *err)
{
    struct making *making = self;
    int64_t oldest = cells[4].number;
    (void)n;
    const struct cell row[] = {
        text_cell(cells[0].text),
        number_cell(cells[1].number),
        number_cell(cells[2].number),
        number_cell(cells[3].number),
        {.kind = oldest ? CELL_TIME : CELL_NONE, .number = oldest},
    };
    return table_add(&making->table, row, err);
}

/* --- the reports --- */

static const struct kind {
    const char *name, *title;
    enum report report;
    report_visit *add;
    size_t bar, goal, by;
    struct table_column columns[TABLE_COLUMNS_MAX];
} kinds[] = {
    {"digitisation",
     N_("Digitised components"),
     REPORT_DIGITISATION,
     add_digitisation,
     5,
     6,
     1,
     {{"level", N_("Level")},
      {"field", N_("Field")},
      {"month", N_("Month")},
      {"components", N_("Components")},
      {"digitised", N_("Digitised")},
      {"rate", N_("Rate, %")},
      {"target", N_("Target, %")},
      {"exempt", N_("Exempt")}}},
    {"exemptions",
     N_("Components that need not be digitised"),
     REPORT_EXEMPTIONS,
     add_exemption,
     0,
     0,
     0,
     {{"code", N_("Code")}, {"reason", N_("Reason")}, {"components", N_("Components")}}},
    {"waiting",
     N_("Waiting at the counter, minutes"),
     REPORT_WAITING,
     add_wait,
     4,
     4,
     0,
     {{"office", N_("Office")},
      {"dossiers", N_("Dossiers")},
      {"p50_minutes", N_("Half, at most")},
      {"p95_minutes", N_("95 %, at most")},
      {"over", N_("Over the limit, %")}}},
    {"staff",
     N_("Pages scanned, by operator"),
     REPORT_STAFF,
     add_staff,
     0,
     0,
     0,
     {{"office", N_("Office")},
      {"operator", N_("Operator")},
      {"dossiers", N_("Dossiers")},
      {"pages", N_("Pages")},
      {"rework", N_("Scanned again")},
      {"rework_rate", N_("Scanned again, %")}}},
    {"reuse",
     N_("Components used again"),
     REPORT_REUSE,
     add_plain,
     0,
     0,
     0,
     {{"field", N_("Field")}, {"components", N_("Components")}}},
    {"fees",
     N_("Fees paid"),
     REPORT_FEES,
     add_plain,
     0,
     0,
     0,
     {{"office", N_("Office")}, {"payments", N_("Payments")}, {"vnd", N_("VND")}}},
    {"custody",
     N_("Originals handed over"),
     REPORT_CUSTODY,
     add_plain,
     0,
     0,
     0,
     {{"dossier", N_("Dossier")},
      {"time", N_("Time (UTC)")},
      {"sheets", N_("Sheets")},
      {"by", N_("By")},
      {"office", N_("Office")},
      {"paper", N_("Number of the paper")}}},
    {"standing",
     N_("Dossiers that came to no end"),
     REPORT_STANDING,
     add_plain,
     0,
     0,
     0,
     {{"dossier", N_("Dossier")},
      {"step", N_("Last step")},
      {"time", N_("Time (UTC)")},
      {"office", N_("Office")},
      {"reason", N_("Reason")}}},
    {"complaints",
     N_("Feedback and complaints"),
     REPORT_COMPLAINTS,
     add_plain,
     0,
     0,
     0,
     {{"dossier", N_("Dossier")},
      {"what", N_("What")},
      {"time", N_("Time (UTC)")},
      {"by", N_("By")},
      {"reason", N_("Reason")}}},
    {"delivery",
     N_("Packages sent to agencies"),
     REPORT_DELIVERY,
     add_delivery,
     0,
     0,
     0,
     {{"agency", N_("Agency")},
      {"dossiers", N_("Dossiers")},
      {"delivered", N_("Delivered")},
      {"waiting", N_("Without a receipt")},
      {"time", N_("The oldest since (UTC)")}}},
};

static int make(const struct kind *kind, struct making *making, const char *archive,
                struct report_query query, enum table_form form)
{
    struct err err = {0};
    struct table *table = &making->table;
    struct table_column columns[TABLE_COLUMNS_MAX];
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    query.report = kind->report;
    table->title = _(kind->title);
    table->columns = columns;
    for (size_t i = 0; i < TABLE_COLUMNS_MAX && kind->columns[i].name; i++)
        columns[table->column_len++] =
            (struct table_column){kind->columns[i].name, _(kind->columns[i].label)};
    table->bar = kind->bar;
    table->goal = kind->goal;
    table->by = kind->by;
    if (reading_open(&reading, archive, ARCHIVE_READ, &err) < 0 ||
        catalogue_report(reading.catalogue, &query, kind->add, making, &err) < 0 ||
        end_office(making, &err) < 0 || table_print(table, form, &err) < 0)
        return report(&err);
    return EXIT_DONE;
}

enum { OPT_FROM = OPT_FIRST_OWN, OPT_TO, OPT_CSV, OPT_HTML };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"config", required_argument, NULL, 'c'},
    {"from", required_argument, NULL, OPT_FROM},
    {"to", required_argument, NULL, OPT_TO},
    {"csv", no_argument, NULL, OPT_CSV},
    {"html", no_argument, NULL, OPT_HTML},
    {0},
};

static bool set_form(enum table_form *form, enum table_form wanted)
{
    bool first = *form == TABLE_TEXT;
    *form = wanted;
    return first;
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    const char *path = NULL;
    struct report_query query = {.from_ns = 0};
    enum table_form form = TABLE_TEXT;
    for (int c; (c = getopt_long(argc, argv, "hc:", long_options, NULL)) != -1;) {
        bool fine = true;
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_report);
            return EXIT_DONE;
        }
        if (c == 'c')
            path = optarg;
        else if (c == OPT_FROM || c == OPT_TO)
            fine = parse_time(optarg, c == OPT_TO, c == OPT_FROM ? &query.from_ns : &query.to_ns);
        else
            fine = (c == OPT_JSON && set_form(&form, TABLE_JSON)) ||
                   (c == OPT_CSV && set_form(&form, TABLE_CSV)) ||
                   (c == OPT_HTML && set_form(&form, TABLE_HTML));
        if (!fine)
            return usage_error(&command_report, _("unknown option or bad value"));
    }
    const struct kind *kind = NULL;
    for (size_t i = 0; argc - optind == 2 && i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].name, argv[optind]) == 0)
            kind = &kinds[i];
    if (!kind)
        return usage_error(&command_report, _("a report and an archive are needed"));
    CLEANUP(report_config_freep)
    struct report_config *config = path ? report_config_load(path, &err) : NULL;
    if (path && !config)
        return err.kind == ERR_INPUT ? usage_error(&command_report, "%s", err.text) : report(&err);
    CLEANUP(making_done) struct making making = {.config = config};
    return make(kind, &making, argv[optind + 1], query, form);
}

const struct command command_report = {
    .name = "report",
    .summary = N_("reports on dossiers, from their events"),
    .usage = "report KIND ARCHIVE [-c FILE] [--from DATE] [--to DATE] [--csv | --json | --html]",
    .help = N_(
        "Everything is counted from event records (see event): the same events give the same\n"
        "report, from any copy of the archive. Kinds:\n"
        "  digitisation  components and how many are digitised, by level, field and month;\n"
        "                exempt ones are not counted, but told\n"
        "  exemptions    why components need not be digitised\n"
        "  waiting       from when citizens came to when an operator began, by office\n"
        "  staff         pages and pages scanned again, by office and operator\n"
        "  reuse         components archived before and used again, by field\n"
        "  fees, custody, complaints\n"
        "                what was paid; originals handed over; feedback and complaints\n"
        "  standing      dossiers that came to no end, oldest first, and why\n"
        "  delivery      packages by agency: sent, delivered, without a receipt and since when\n"
        "\n"
        "Options:\n"
        "  -c, --config FILE   targets, limits, texts of exemptions: see configs/report.yaml\n"
        "  --from, --to DATE   of the first event of a dossier (digitisation, exemptions, reuse),\n"
        "                      of the last one (standing), of the events (the others); UTC\n"
        "  --csv, --json       a line for each row; --html  a page to print, with a chart\n"
        "\n"
        "Examples:\n"
        "  sohoa report digitisation archive -c configs/report.yaml --from 2026-01-01\n"
        "  sohoa report waiting archive -c configs/report.yaml --html >waiting.html\n"),
    .run = run,
};
