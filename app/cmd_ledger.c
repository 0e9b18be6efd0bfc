/* app/cmd_ledger.c - sohoa ledger: what became of every file that came through a hot folder. */
#include <getopt.h>
#include <stdio.h>

#include "app/intake_row.h"
#include "records/intake_record.h"

static int print_json(void *self, const struct catalogue_intake *row, struct err *err)
{
    (void)self;
    CLEANUP(json_freep) json_t *json = intake_row_json(row);
    return json_print_line(json, err);
}

static int print_line(void *self, const struct catalogue_intake *row, struct err *err)
{
    (void)self;
    (void)err;
    print_intake_row(row);
    return 0;
}

enum { OPT_BATCH = OPT_FIRST_OWN, OPT_OUTCOME, OPT_FROM, OPT_TO };

static bool set_option(struct intake_query *query, bool *json, int option, const char *text)
{
    enum intake_outcome outcome;
    switch (option) {
    case OPT_JSON:
        *json = true;
        return true;
    case OPT_BATCH:
        query->batch = text;
        return true;
    case OPT_OUTCOME:
        query->outcome = text;
        return intake_outcome_parse(text, &outcome);
    case OPT_FROM:
        return parse_time(text, false, &query->from_ns);
    case OPT_TO:
        return parse_time(text, true, &query->to_ns);
    default:
        return false;
    }
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"batch", required_argument, NULL, OPT_BATCH},
        {"outcome", required_argument, NULL, OPT_OUTCOME},
        {"from", required_argument, NULL, OPT_FROM},
        {"to", required_argument, NULL, OPT_TO},
        {0},
    };
    struct err err = {0};
    struct intake_query query = {.path_like = NULL};
    bool json = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_ledger);
            return EXIT_DONE;
        }
        if (c == '?' || c == ':')
            return usage_error(&command_ledger, _("unknown option or missing value"));
        if (!set_option(&query, &json, c, optarg))
            return usage_error(&command_ledger, _("bad value '%s'"), optarg);
    }
    if (argc - optind != 1 && argc - optind != 2)
        return usage_error(&command_ledger, _("an archive is needed, and perhaps a part of names"));
    query.path_like = argv[optind + 1]; /* or NULL, the end of the arguments */
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, argv[optind], ARCHIVE_READ, &err) < 0)
        return report(&err);
    int n = catalogue_list_intake(reading.catalogue, &query, json ? print_json : print_line, NULL,
                                  &err);
    if (n < 0)
        return report(&err);
    if (!json && n == 0)
        printf("%s\n", _("No such file in the ledger."));
    return EXIT_DONE;
}

const struct command command_ledger = {
    .name = "ledger",
    .summary = N_("tell what became of files that came through hot folders"),
    .usage = "ledger ARCHIVE [PATTERN] [--batch B] [--outcome O] [--from DATE] [--to DATE]",
    .help = N_(
        "Every file that `sohoa watch` took in, in the order of their ends: when that was, the\n"
        "outcome, the hot folder and the path below it, the reason when it was quarantined; then\n"
        "when it was taken, its size and batch; then its ticket and SHA-256. The same file that\n"
        "comes twice has two entries. PATTERN is a part of FOLDER/PATH (capitals count).\n"
        "\n"
        "Options:\n"
        "  --batch B       only files of this batch (sohoa batch ls)\n"
        "  --outcome O     only archived, duplicate or quarantined\n"
        "  --from DATE     ended on or after this day, or time: 2026-11-22 or\n"
        "                  2026-11-22T08:00:00Z; both are UTC\n"
        "  --to DATE       ended on or before this day, or before this time\n"
        "  --json          one JSON object per file\n"
        "\n"
        "Examples:\n"
        "  sohoa ledger archive lo-17/\n"
        "  sohoa ledger archive --outcome quarantined --from 2026-11-22\n"),
    .run = run,
};
