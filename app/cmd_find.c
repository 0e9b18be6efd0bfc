/* app/cmd_find.c - sohoa find: pages by their text and by what was found on them. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/found.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX     100000

struct finding {
    struct search_options options;
    enum found_form form;
    bool facets[FACETS], counts; /* counts: of some facet */
};

enum {
    OPT_EXACT = OPT_FIRST_OWN,
    OPT_SOURCE,
    OPT_FROM,
    OPT_TO,
    OPT_DOSSIER,
    OPT_UNASSIGNED,
    OPT_LIMIT,
    OPT_OFFSET,
    OPT_CSV,
    OPT_FACET,
    OPT_DUPLICATES,
    OPT_TYPE, /* from here on a text of struct search_papers */
    OPT_NUMBER,
    OPT_ISSUER,
    OPT_DATED_FROM,
    OPT_DATED_TO,
    OPT_FIELD,
    OPT_UNIT,
    OPT_STATION,
    OPT_STATUS,
    OPT_CONFIDENCE,
    OPT_SORT,
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
    {"csv", no_argument, NULL, OPT_CSV},
    {"facet", required_argument, NULL, OPT_FACET},
    {"duplicates", no_argument, NULL, OPT_DUPLICATES},
    {"type", required_argument, NULL, OPT_TYPE},
    {"number", required_argument, NULL, OPT_NUMBER},
    {"issuer", required_argument, NULL, OPT_ISSUER},
    {"dated-from", required_argument, NULL, OPT_DATED_FROM},
    {"dated-to", required_argument, NULL, OPT_DATED_TO},
    {"field", required_argument, NULL, OPT_FIELD},
    {"unit", required_argument, NULL, OPT_UNIT},
    {"station", required_argument, NULL, OPT_STATION},
    {"status", required_argument, NULL, OPT_STATUS},
    {"confidence", required_argument, NULL, OPT_CONFIDENCE},
    {"sort", required_argument, NULL, OPT_SORT},
    {0},
};

static int bad_value(const char *text, const char *like, struct err *err)
{
    return err_set(err, ERR_INPUT, _("bad value '%.80s': give it as %s"), text, like);
}

static int set_facet(struct finding *finding, const char *text, struct err *err)
{
    for (enum facet facet = 0; facet < FACETS; facet++)
        if (strcmp(text, facet_name(facet)) == 0) {
            finding->facets[facet] = finding->counts = true;
            return 0;
        }
    return bad_value(text, "type, issuer, year, status, dossier, station", err);
}

static int set_form(struct finding *finding, enum found_form form, struct err *err)
{
    if (finding->form != FOUND_TEXT && finding->form != form)
        return err_set(err, ERR_INPUT, "%s", _("either --json or --csv"));
    finding->form = form;
    return 0;
}

static int set_time(const char *text, bool end_of_day, int64_t *ret_ns, struct err *err)
{
    return parse_time(text, end_of_day, ret_ns)
               ? 0
               : bad_value(text, "2026-11-22, 2026-11-22T08:00:00Z", err);
}

static int set_number(const char *text, uint64_t min, uint64_t max, uint32_t *ret_number,
                      struct err *err)
{
    uint64_t number = 0;
    if (!parse_number(text, min, max, &number))
        return bad_value(text, "20", err);
    *ret_number = (uint32_t)number;
    return 0;
}

/* What they may be is said where they are parsed. */
static const char **paper_text(struct search_papers *papers, int option)
{
    const char **const texts[] = {
        &papers->type,     &papers->number,     &papers->issuer, &papers->dated_from,
        &papers->dated_to, &papers->field,      &papers->unit,   &papers->station,
        &papers->status,   &papers->confidence, &papers->sort,
    };
    return option >= OPT_TYPE && option <= OPT_SORT ? texts[option - OPT_TYPE] : NULL;
}

static int set_option(struct finding *finding, int option, const char *text, struct err *err)
{
    struct search_options *options = &finding->options;
    const char **paper = paper_text(&options->papers, option);
    if (paper) {
        *paper = text;
        return 0;
    }
    switch (option) {
    case OPT_JSON:
        return set_form(finding, FOUND_JSON, err);
    case OPT_CSV:
        return set_form(finding, FOUND_CSV, err);
    case OPT_FACET:
        return set_facet(finding, text, err);
    case OPT_DUPLICATES:
        options->papers.repeated = true;
        return 0;
    case OPT_EXACT:
        options->exact = true;
        return 0;
    case OPT_SOURCE:
        options->source_like = text;
        return 0;
    case OPT_FROM:
        return set_time(text, false, &options->from_ns, err);
    case OPT_TO:
        return set_time(text, true, &options->to_ns, err);
    case OPT_DOSSIER:
        options->dossier = text;
        return is_dossier_query(text) ? 0 : bad_value(text, "H57.12-250705-0001, H57.12-*", err);
    case OPT_UNASSIGNED:
        options->unassigned = true;
        return 0;
    case OPT_LIMIT:
        return set_number(text, 1, LIMIT_MAX, &options->limit, err);
    case OPT_OFFSET:
        return set_number(text, 0, UINT32_MAX, &options->offset, err);
    default:
        return err_set(err, ERR_INPUT, "%s", _("unknown option or missing value"));
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
static void print_rest(const struct found *found, const struct search_options *options, uint32_t n)
{
    if (n == 0)
        printf("%s\n", _("No page found."));
    else if (found->counted >= RANKED_MAX)
        printf(_("%u of %u pages or more: of the newest %u the best come first, then the others, "
                 "newest first; --limit or --offset for more.\n"),
               n, RANKED_MAX, RANKED_MAX);
    else if (found->counted > n)
        printf(_("%u of %u pages; --limit or --offset for more.\n"), n, found->counted);
    else if (found->counted == 0 && n == options->limit)
        printf(_("The first %u pages; --limit or --offset for more.\n"), n);
}

static int count(const struct found *found, const struct search *search,
                 const struct finding *finding)
{
    struct err err = {0};
    const struct catalogue_query query = search_query(search);
    return found_facets(found, &query, finding->facets, &err) < 0 ? report(&err) : EXIT_DONE;
}

static int find(const char *path, const struct finding *finding)
{
    struct err err = {0};
    struct found found = {.form = finding->form, .bold = isatty(STDOUT_FILENO) == 1};
    CLEANUP(search_freep) struct search *search = search_parse(&finding->options, &err);
    if (!search)
        return usage_error(&command_find, "%s", err.text);
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, path, ARCHIVE_READ, &err) < 0)
        return report(&err);
    found.catalogue = reading.catalogue;
    if (finding->counts)
        return count(&found, search, finding);
    if (found_begin(&found, &err) < 0)
        return report(&err);
    int n = search_run(search, reading.archive, reading.catalogue, found_page, &found, &err);
    if (n < 0)
        return report(&err);
    if (finding->form == FOUND_TEXT)
        print_rest(&found, &finding->options, (uint32_t)n);
    return EXIT_DONE;
}

static bool is_filtered(const struct search_options *options)
{
    const struct search_papers *p = &options->papers;
    return options->source_like || options->from_ns || options->to_ns || options->dossier ||
           options->unassigned || p->type || p->number || p->issuer || p->dated_from ||
           p->dated_to || p->field || p->unit || p->station || p->status || p->confidence ||
           p->repeated;
}

static int run(int argc, char **argv)
{
    struct finding finding = {.options = {.limit = LIMIT_DEFAULT}};
    struct err err = {0};
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_find);
            return EXIT_DONE;
        }
        if (set_option(&finding, c, optarg, &err) < 0)
            return usage_error(&command_find, "%s", err.text);
    }
    if (finding.options.dossier && finding.options.unassigned)
        return usage_error(&command_find, _("--dossier and --unassigned exclude each other"));
    const bool alone = is_filtered(&finding.options) || finding.counts;
    if (argc - optind < (alone ? 1 : 2))
        return usage_error(&command_find, _("an archive and words to look for are needed"));
    CLEANUP(bytes_done) struct bytes query = {0};
    if (join_words(argv + optind + 1, argc - optind - 1, &query, &err) < 0)
        return report(&err); /* UNTESTED: no memory */
    finding.options.text = (const char *)query.data;
    return find(argv[optind], &finding);
}

const struct command command_find = {
    .name = "find",
    .summary = N_("find pages by their text, number, date, issuer ..."),
    .usage = "find ARCHIVE [WORD]... [OPTION]...",
    .help = N_(
        "Every word must be on the page. A word typed without marks finds any marks (quyet dinh\n"
        "finds quyết định; d finds đ); a word typed with marks finds just those, wherever the\n"
        "tone is put (hoà finds hòa). \"Words in quotes\" must stand side by side, and so must "
        "the\n"
        "parts of 707/QĐ-TTg. Words may be left out when another condition is given: then the\n"
        "pages of a dossier come in the order of its papers. Conditions are all required;\n"
        "capitals and marks do not count in them. Personal ids are masked. Best pages first, each\n"
        "with the stretch of text that holds most of the query; --json gives the boxes of all "
        "hits\n"
        "in pixels. When more than 2000 pages match, the newest 2000 come best first, and behind\n"
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
        "  --type CODE     kind of paper: QĐ, CV ...\n"
        "  --number N      number and symbol, 707/QĐ-TTg, or how it begins: 707\n"
        "  --issuer TEXT   the issuer's name holds these words side by side\n"
        "  --dated-from DAY, --dated-to DAY  date of the paper: 2026-04-28, 2026-04 or 2026;\n"
        "                  a paper without a day is of any day of its month\n"
        "  --field NAME=TEXT  this field (signer, abstract, tax_code ...) holds these words\n"
        "  --unit CODE     of dossiers this organisation received, decides or gives back\n"
        "  --station NAME  of files that came through this hot folder\n"
        "  --status WHAT   pages that are ok, failed, blank; of dossiers whose last step is\n"
        "                  received, decided, returned ...\n"
        "  --confidence B  how sure the reading of the page is, percent: '<80' or '>=80'\n"
        "  --duplicates    only pages whose number, issuer and date another page has, too\n"
        "  --sort ORDER    date, archived, confidence (-date ...: the other way), number, source;\n"
        "                  default: best first; without words the newest paper first\n"
        "  --facet WHAT    no pages, but how many there are of each type, issuer, year, status,\n"
        "                  dossier or station; may be given more than once\n"
        "  --limit N       at most N pages (default 20)\n"
        "  --offset N      leave out the first N\n"
        "  --json          one JSON object per page, with its fields\n"
        "  --csv           a table for spreadsheets\n"
        "\n"
        "Examples:\n"
        "  sohoa find archive quyet dinh\n"
        "  sohoa find archive '\"quyết định\" 707/QĐ-TTg'\n"
        "  sohoa find archive --source batch-17 --from 2026-11-01\n"
        "  sohoa find archive đất --type QD --issuer 'tỉnh Hà Giang' --dated-from 2026\n"
        "  sohoa find archive --dossier 'H57.12-*' --facet type --facet year\n"),
    .run = run,
};
