/* app/cmd_batch.c - sohoa batch: what came in together, and its receipt. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/receipt.h"

static int print_json(void *self, const struct batch_row *row, struct err *err)
{
    (void)self;
    CLEANUP(json_freep) json_t *json = batch_row_json(row);
    return json_print_line(json, err);
}

static int print_line(void *self, const struct batch_row *row, struct err *err)
{
    char first[32], last[32], size[32];
    (void)self;
    (void)err;
    printf(_("%s  %" PRIu64 " = %" PRIu64 " archived + %" PRIu64 " duplicate + %" PRIu64
             " quarantined, %" PRIu64 " pages, %s, %s to %s\n"),
           row->batch, row->files, row->archived, row->duplicate, row->quarantined, row->pages,
           size_text(row->size_bytes, size), time_text(row->first_ns, first),
           time_text(row->last_ns, last));
    return 0;
}

static int list(const char *path, bool json)
{
    struct err err = {0};
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, path, ARCHIVE_READ, &err) < 0)
        return report(&err);
    int n =
        catalogue_list_batches(reading.catalogue, NULL, json ? print_json : print_line, NULL, &err);
    if (n < 0)
        return report(&err);
    if (n == 0 && !json)
        printf("%s\n", _("No batch came in yet."));
    return EXIT_DONE;
}

static int show(const char *path, const char *batch, enum receipt_form form)
{
    struct err err = {0};
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, path, ARCHIVE_READ, &err) < 0)
        return report(&err);
    int found = receipt_print(reading.catalogue, batch, form, &err);
    if (found < 0)
        return report(&err);
    if (found == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no batch '%s'\n"), batch);
        return EXIT_FINDINGS;
    }
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    enum { OPT_HTML = OPT_FIRST_OWN };
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"html", no_argument, NULL, OPT_HTML},
        {0},
    };
    enum receipt_form form = RECEIPT_TEXT;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        switch (c) {
        case 'h':
        case OPT_HELP:
            print_help(&command_batch);
            return EXIT_DONE;
        case OPT_JSON:
            form = RECEIPT_JSON;
            break;
        case OPT_HTML:
            form = RECEIPT_HTML;
            break;
        default:
            return usage_error(&command_batch, _("unknown option"));
        }
    }
    int n = argc - optind;
    const char *verb = n > 0 ? argv[optind] : "";
    if (strcmp(verb, "ls") == 0 && n == 2 && form != RECEIPT_HTML)
        return list(argv[optind + 1], form == RECEIPT_JSON);
    if (strcmp(verb, "show") == 0 && n == 3)
        return show(argv[optind + 1], argv[optind + 2], form);
    return usage_error(&command_batch, _("needed are: ls ARCHIVE, or show ARCHIVE BATCH"));
}

const struct command command_batch = {
    .name = "batch",
    .summary = N_("list batches of scans, and give the receipt of one"),
    .usage = "batch {ls ARCHIVE | show ARCHIVE BATCH} [--json | --html]",
    .help = N_(
        "A batch is what came in together: the files of one folder in a hot folder, or the loose\n"
        "files of one day: HOTFOLDER/LO-17, HOTFOLDER/2026-11-22. `ls` has a line for each; "
        "`show`\n"
        "is its receipt: files = archived + duplicate + quarantined, why files were quarantined\n"
        "and what to do, pages, sizes and times, every quarantined file, and every page that\n"
        "could not be read. Exit code 1: there is no such batch.\n"
        "\n"
        "Options:\n"
        "  --json   ls: one JSON object per batch; show: one per quarantined file and per page\n"
        "           that could not be read, and a summary at the end\n"
        "  --html   show: one page to print on A4 and to sign; nothing in it is fetched or run\n"
        "\n"
        "Examples:\n"
        "  sohoa batch ls archive\n"
        "  sohoa batch show archive inbox/lo-17 --html >lo-17.html\n"),
    .run = run,
};
