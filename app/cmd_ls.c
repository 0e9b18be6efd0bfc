/* app/cmd_ls.c - sohoa ls: every page of the archive. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"

static int print_json(void *self, const struct page_row *row, struct err *err)
{
    (void)self;
    CLEANUP(json_freep) json_t *json = page_row_json(row);
    return json_print_line(json, err);
}

static int print_line(void *self, const struct page_row *row, struct err *err)
{
    (void)self;
    (void)err;
    const struct catalogue_page *page = &row->page;
    char *reason = page_row_reason(row);
    printf("%-38s %-7s %5ux%-5u %4u dpi %6.2f° %3.0f %%  %s", page->id, page->status,
           page->width_px, page->height_px, page->dpi, page->skew_deg, page->confidence,
           row->source_path);
    printf(reason && reason[0] ? "  [%s]\n" : "\n", reason);
    free(reason);
    return 0;
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    bool json;
    int code = parse_common(&command_ls, argc, argv, 1, _("one archive is needed"), &json);
    if (code >= 0)
        return code;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, argv[optind], &err) < 0 ||
        catalogue_list(reading.catalogue, json ? print_json : print_line, NULL, &err) < 0)
        return report(&err);
    return EXIT_DONE;
}

const struct command command_ls = {
    .name = "ls",
    .summary = N_("list every page"),
    .usage = "ls ARCHIVE [--json]",
    .help = N_(
        "One line per page: its id, status (ok, failed, blank), size in pixels, resolution,\n"
        "skew in degrees (counter-clockwise positive), confidence and where it came from; for a\n"
        "page that could not be read, the reason in brackets.\n"
        "\n"
        "Options:\n"
        "  --json   one JSON object per line\n"
        "\n"
        "Examples:\n"
        "  sohoa ls archive\n"
        "  sohoa ls archive --json | jq 'select(.status != \"ok\")'\n"),
    .run = run,
};
