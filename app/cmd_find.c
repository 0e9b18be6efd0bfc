/* app/cmd_find.c - sohoa find: pages by their text. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "records/search.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX     100000

struct printing {
    bool bold;
    uint32_t counted; /* pages that match; RANKED_MAX: or more; 0: not counted */
};

static int print_json(void *self, const struct search_hit *hit, struct err *err)
{
    (void)self;
    json_t *boxes = json_array();
    for (size_t i = 0; i < hit->box_len; i++)
        json_array_append_new(boxes, json_pack("[i i i i]", hit->boxes[i].x, hit->boxes[i].y,
                                               hit->boxes[i].w, hit->boxes[i].h));
    CLEANUP(json_freep) json_t *json = page_row_json(hit->row);
    json_object_set_new(json, "score", json_real(hit->row->score));
    json_object_set_new(json, "snippet", json_string(hit->snippet));
    json_object_set_new(json, "boxes", boxes);
    return json_print_line(json, err);
}

static int print_text(void *self, const struct search_hit *hit, struct err *err)
{
    struct printing *printing = self;
    (void)err;
    printing->counted = hit->row->counted;
    printf(_("%s%s%s  page %u  %s\n"), printing->bold ? "\033[1m" : "", hit->row->source_path,
           printing->bold ? "\033[0m" : "", hit->row->page.index + 1, hit->row->page.id);
    printf("    %s\n", hit->snippet);
    return 0;
}

enum {
    OPT_EXACT = OPT_FIRST_OWN,
    OPT_SOURCE,
    OPT_FROM,
    OPT_TO,
    OPT_DOSSIER,
    OPT_UNASSIGNED,
    OPT_LIMIT,
    OPT_OFFSET
};

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"exact", no_argument, NULL, OPT_EXACT},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"from", required_argument, NULL, OPT_FROM},
    {"to", required_argument, NULL, OPT_TO},
    {"dossier", required_argument, NULL, OPT_DOSSIER},
    {"unassigned", no_argument, NULL, OPT_UNASSIGNED},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"offset", required_argument, NULL, OPT_OFFSET},
    {0},
};

static bool set_option(struct search_options *options, bool *json, int option, const char *text)
{
    uint64_t number = 0;
    switch (option) {
    case OPT_JSON:
        *json = true;
        return true;
    case OPT_EXACT:
        options->exact = true;
        return true;
    case OPT_SOURCE:
        options->source_like = text;
        return true;
    case OPT_FROM:
        return parse_time(text, false, &options->from_ns);
    case OPT_TO:
        return parse_time(text, true, &options->to_ns);
    case OPT_DOSSIER:
        options->dossier = text;
        return is_dossier_query(text);
    case OPT_UNASSIGNED:
        options->unassigned = true;
        return true;
    case OPT_LIMIT:
        if (!parse_number(text, 1, LIMIT_MAX, &number))
            return false;
        options->limit = (uint32_t)number;
        return true;
    case OPT_OFFSET:
        if (!parse_number(text, 0, UINT32_MAX, &number))
            return false;
        options->offset = (uint32_t)number;
        return true;
    default:
        return false;
    }
}

/* Words given without quotes are taken together, as a shell user expects. */
static int join_words(char *const words[], int n, struct bytes *out, struct err *err)
{
    for (int i = 0; i < n; i++)
        if (bytes_printf(out, err, "%s%s", i ? " " : "", words[i]) < 0)
            return -1;
    return bytes_append(out, span_of("", 1), err);
}

/* What there is besides the n pages that were shown, as far as it is known. */
static void print_rest(const struct printing *printing, const struct search_options *options,
                       uint32_t n)
{
    if (n == 0)
        printf("%s\n", _("No page found."));
    else if (printing->counted >= RANKED_MAX)
        printf(_("%u of %u pages or more: of the newest %u the best come first, then the others, "
                 "newest first; --limit or --offset for more.\n"),
               n, RANKED_MAX, RANKED_MAX);
    else if (printing->counted > n)
        printf(_("%u of %u pages; --limit or --offset for more.\n"), n, printing->counted);
    else if (printing->counted == 0 && n == options->limit)
        printf(_("The first %u pages; --limit or --offset for more.\n"), n);
}

static int find(const char *path, struct search_options *options, bool json)
{
    struct err err = {0};
    struct printing printing = {.bold = isatty(STDOUT_FILENO) == 1};
    CLEANUP(search_freep) struct search *search = search_parse(options, &err);
    if (!search)
        return usage_error(&command_find, "%s", err.text);
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, path, ARCHIVE_READ, &err) < 0)
        return report(&err);
    int n = search_run(search, reading.archive, reading.catalogue, json ? print_json : print_text,
                       &printing, &err);
    if (n < 0)
        return report(&err);
    if (!json)
        print_rest(&printing, options, (uint32_t)n);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct search_options options = {.limit = LIMIT_DEFAULT};
    struct err err = {0};
    bool json = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_find);
            return EXIT_DONE;
        }
        if (c == '?' || c == ':')
            return usage_error(&command_find, _("unknown option or missing value"));
        if (!set_option(&options, &json, c, optarg))
            return usage_error(&command_find, _("bad value '%s'"), optarg);
    }
    if (options.dossier && options.unassigned)
        return usage_error(&command_find, _("--dossier and --unassigned exclude each other"));
    bool filtered = options.source_like || options.from_ns || options.to_ns || options.dossier ||
                    options.unassigned;
    if (argc - optind < (filtered ? 1 : 2))
        return usage_error(&command_find, _("an archive and words to look for are needed"));
    CLEANUP(bytes_done) struct bytes query = {0};
    if (join_words(argv + optind + 1, argc - optind - 1, &query, &err) < 0)
        return report(&err); /* UNTESTED: no memory */
    options.text = (const char *)query.data;
    return find(argv[optind], &options, json);
}

const struct command command_find = {
    .name = "find",
    .summary = N_("find pages by their text"),
    .usage = "find ARCHIVE [WORD]... [OPTION]...",
    .help = N_(
        "Every word must be on the page. A word typed without marks finds any marks (quyet dinh\n"
        "finds quyết định; d finds đ); a word typed with marks finds just those, wherever the\n"
        "tone is put (hoà finds hòa). \"Words in quotes\" must stand side by side, and so must "
        "the\n"
        "parts of 707/QĐ-TTg. Words may be left out when another condition is given: then the\n"
        "pages of a dossier come in the order of its papers. Best pages first, each with the\n"
        "stretch of text that holds most of the query; --json gives the boxes of all hits in\n"
        "pixels. When more than 2000 pages match, the newest 2000 come best first, and behind\n"
        "them the others, newest first.\n"
        "\n"
        "Options:\n"
        "  --exact         words without marks find only words without marks\n"
        "  --source TEXT   only pages of files whose path holds TEXT (capitals count)\n"
        "  --from DATE     archived on or after this day, or time: 2026-11-22 or\n"
        "                  2026-11-22T08:00:00Z; both are UTC\n"
        "  --to DATE       archived up to the end of this day, or before this time\n"
        "  --dossier CODE  only pages of this dossier; 'H57.12-*': of all whose code begins so\n"
        "  --unassigned    only pages that belong to no dossier yet\n"
        "  --limit N       at most N pages (default 20)\n"
        "  --offset N      leave out the first N\n"
        "  --json          one JSON object per page\n"
        "\n"
        "Examples:\n"
        "  sohoa find archive quyet dinh\n"
        "  sohoa find archive '\"quyết định\" 707/QĐ-TTg'\n"
        "  sohoa find archive --source batch-17 --from 2026-11-01\n"),
    .run = run,
};
