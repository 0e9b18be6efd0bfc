/* app/cmd_ls.c - sohoa ls: every page of the archive. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/csv.h"
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

static const char *const columns[] = {
    "page",     "source",   "source_sha256",  "index",  "width",  "height",
    "dpi",      "skew_deg", "confidence",     "status", "reason", "archived",
    "document", "dossier",  "document_title", "place",  "engine",
};

static int put_csv(const char *const texts[], size_t n, struct err *err)
{
    CLEANUP(bytes_done) struct bytes line = {0};
    if (csv_line(&line, texts, n, err) < 0)
        return -1; /* UNTESTED: no memory */
    return fwrite(line.data, 1, line.len, stdout) == line.len ? 0 : err_sys(err, "write");
}

static int print_csv(void *self, const struct page_row *row, struct err *err)
{
    (void)self;
    enum { NUMBERS = 7, NUMBER_BYTES = 32 };
    const struct catalogue_page *page = &row->page;
    const bool has_document = !digest_is_zero(&row->document);
    char source[DIGEST_HEX_LEN + 1], document[DIGEST_HEX_LEN + 1] = "", archived[32];
    char n[NUMBERS][NUMBER_BYTES] = {""};
    char *reason = page_row_reason(row);
    (void)snprintf(n[0], NUMBER_BYTES, "%" PRIu32, page->index + 1);
    (void)snprintf(n[1], NUMBER_BYTES, "%" PRIu32, page->width_px);
    (void)snprintf(n[2], NUMBER_BYTES, "%" PRIu32, page->height_px);
    (void)snprintf(n[3], NUMBER_BYTES, "%" PRIu32, page->dpi);
    (void)snprintf(n[4], NUMBER_BYTES, "%.3f", page->skew_deg);
    (void)snprintf(n[5], NUMBER_BYTES, "%.1f", page->confidence);
    if (row->place >= 0)
        (void)snprintf(n[6], NUMBER_BYTES, "%" PRId64, row->place + 1);
    if (has_document)
        digest_hex(&row->document, document);
    const char *const texts[ARRAY_LEN(columns)] = {
        page->id,
        row->source_path,
        digest_hex(&page->source, source),
        n[0],
        n[1],
        n[2],
        n[3],
        n[4],
        n[5],
        page->status,
        reason ? reason : "",
        time_text(row->archived_ns, archived),
        document,
        row->dossier,
        row->title,
        n[6],
        page->engine,
    };
    int rc = put_csv(texts, ARRAY_LEN(texts), err);
    free(reason);
    return rc;
}

enum { OPT_DOSSIER = OPT_FIRST_OWN, OPT_UNASSIGNED, OPT_DESTROYED, OPT_CSV };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"dossier", required_argument, NULL, OPT_DOSSIER},
    {"unassigned", no_argument, NULL, OPT_UNASSIGNED},
    {"destroyed", no_argument, NULL, OPT_DESTROYED},
    {"csv", no_argument, NULL, OPT_CSV},
    {0},
};

/* query NULL: what was destroyed */
static int list(const char *path, const struct catalogue_query *query, bool json, bool csv)
{
    struct err err = {0};
    page_visit *print = csv ? print_csv : json ? print_json : print_line;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, path, ARCHIVE_READ, &err) < 0)
        return report(&err);
    if (csv && put_csv(columns, ARRAY_LEN(columns), &err) < 0)
        return report(&err);
    int n = query ? catalogue_search(reading.catalogue, query, print, NULL, &err)
                  : tell_destroyed(reading.catalogue, NULL, json, &err);
    return n < 0 ? report(&err) : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct catalogue_query query = {.limit = UINT32_MAX};
    bool json = false, csv = false, destroyed = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;)
        switch (c) {
        case OPT_HELP:
        case 'h':
            print_help(&command_ls);
            return EXIT_DONE;
        case OPT_JSON:
            json = true;
            break;
        case OPT_CSV:
            csv = true;
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
    if (csv && (json || destroyed))
        return usage_error(&command_ls, _("--csv goes with neither --json nor --destroyed"));
    if (destroyed && (query.dossier || query.unassigned))
        return usage_error(&command_ls, _("--destroyed goes with no other condition"));
    return list(argv[optind], destroyed ? NULL : &query, json, csv);
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
           "  --csv           a table for spreadsheets, with a line of headers\n"
           "  --json          one JSON object per line\n"
           "\n"
           "Examples:\n"
           "  sohoa ls archive\n"
           "  sohoa ls archive --dossier H57.12-250705-0001\n"
           "  sohoa ls archive --csv >pages.csv\n"
           "  sohoa ls archive --json | jq 'select(.status != \"ok\")'\n"),
    .run = run,
};
