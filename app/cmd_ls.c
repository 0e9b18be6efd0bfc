/* app/cmd_ls.c - sohoa ls: every page of the archive. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/destroyed_row.h"

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
    if (row->dossier[0])
        printf("  (%s)", row->dossier);
    printf(reason && reason[0] ? "  [%s]\n" : "\n", reason);
    free(reason);
    return 0;
}

enum { OPT_DOSSIER = OPT_FIRST_OWN, OPT_UNASSIGNED, OPT_DESTROYED };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"dossier", required_argument, NULL, OPT_DOSSIER},
    {"unassigned", no_argument, NULL, OPT_UNASSIGNED},
    {"destroyed", no_argument, NULL, OPT_DESTROYED},
    {0},
};

/* query NULL: what was destroyed */
static int list(const char *path, const struct catalogue_query *query, bool json)
{
    struct err err = {0};
    page_visit *print = json ? print_json : print_line;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, path, ARCHIVE_READ, &err) < 0)
        return report(&err);
    int n = query ? catalogue_search(reading.catalogue, query, print, NULL, &err)
                  : tell_destroyed(reading.catalogue, NULL, json, &err);
    return n < 0 ? report(&err) : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct catalogue_query query = {.limit = UINT32_MAX};
    bool json = false, destroyed = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;)
        switch (c) {
        case OPT_HELP:
        case 'h':
            print_help(&command_ls);
            return EXIT_DONE;
        case OPT_JSON:
            json = true;
            break;
        case OPT_DESTROYED:
            destroyed = true;
            break;
        case OPT_UNASSIGNED:
            query.unassigned = true;
            break;
        case OPT_DOSSIER:
            query.dossier = optarg;
            if (is_dossier_query(optarg))
                break;
            return usage_error(&command_ls, _("bad value '%s'"), optarg);
        default:
            return usage_error(&command_ls, _("unknown option or missing value"));
        }
    if (argc - optind != 1)
        return usage_error(&command_ls, _("one archive is needed"));
    if (query.dossier && query.unassigned)
        return usage_error(&command_ls, _("--dossier and --unassigned exclude each other"));
    if (destroyed && (query.dossier || query.unassigned))
        return usage_error(&command_ls, _("--destroyed goes with no other condition"));
    return list(argv[optind], destroyed ? NULL : &query, json);
}

const struct command command_ls = {
    .name = "ls",
    .summary = N_("list every page"),
    .usage = "ls ARCHIVE [OPTION]...",
    .help =
        N_("One line per page: its id, status (ok, failed, blank), size in pixels, resolution,\n"
           "skew in degrees (counter-clockwise positive), confidence, where it came from, and the\n"
           "dossier it is in; for a page that could not be read, the reason in brackets. With\n"
           "--dossier the pages come in the order of its papers.\n"
           "\n"
           "Options:\n"
           "  --dossier CODE  only pages of this dossier; 'H57.12-*': of all whose code begins so\n"
           "  --unassigned    only pages that belong to no dossier yet\n"
           "  --destroyed     the pages that were destroyed lawfully, and on what basis\n"
           "  --json          one JSON object per line\n"
           "\n"
           "Examples:\n"
           "  sohoa ls archive\n"
           "  sohoa ls archive --dossier H57.12-250705-0001\n"
           "  sohoa ls archive --json | jq 'select(.status != \"ok\")'\n"),
    .run = run,
};
