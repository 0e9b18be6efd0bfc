/* app/cmd_retain.c - sohoa retain: how long the papers of a dossier are kept, and holds on them. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/writing.h"
#include "base/log.h"
#include "records/document_record.h"
#include "records/dossier_code.h"
#include "records/index.h"

/* A document of the dossier, with the pages it has now. */
struct paper {
    struct digest id;
    struct document_record record;
};

struct retain {
    const char *dossier, *hold; /* hold NULL: nothing was said of it */
    uint32_t years;             /* RETENTION_UNSET: nothing was said of it */
    bool release, json;
    struct writing writing;
    struct paper *papers; /* owned */
    size_t len;
    uint32_t written, waiting;
};

static void retain_done(struct retain *retain)
{
    for (size_t i = 0; i < retain->len; i++)
        document_record_done(&retain->papers[i].record);
    free(retain->papers);
    writing_done(&retain->writing);
}

static int add_page(void *self, const struct page_row *row, struct err *err)
{
    struct retain *retain = self;
    struct paper *paper = retain->len ? &retain->papers[retain->len - 1] : NULL;
    if (!paper || !digest_equal(&paper->id, &row->document)) {
        struct paper *papers = realloc(retain->papers, (retain->len + 1) * sizeof *papers);
        if (!papers)
            return err_sys(err, "list the papers of a dossier"); /* UNTESTED: no memory */
        retain->papers = papers;
        paper = &papers[retain->len++];
        *paper = (struct paper){.id = row->document, .record = {.by = DOCUMENT_BY_PERSON}};
    }
    struct page_range page = {row->page.source, row->page.index, row->page.index};
    return row->place < 0 ? 0 : document_record_add(&paper->record, page, err);
}

/* Everything the older record says of the paper, but pages it no longer has; then what was asked
 * for. 1 when that is nothing new. */
static int fill(struct retain *retain, struct paper *paper, struct err *err)
{
    struct document_record *record = &paper->record;
    CLEANUP(document_record_done) struct document_record old = {.parts = NULL};
    CLEANUP(bytes_done) struct bytes json = {0};
    if (index_read(retain->writing.archive.archive, retain->writing.archive.catalogue, &paper->id,
                   &json, err) < 0 ||
        document_record_parse(bytes_span(&json), &old, err) < 0)
        return -1;
    uint32_t pages = record->page_len;
    struct page_range *parts = record->parts;
    uint32_t part_len = record->part_len, part_cap = record->part_cap;
    bool whole = pages == old.page_len;
    struct document_record next = old;
    next.by = DOCUMENT_BY_PERSON;
    next.parts = parts;
    next.part_len = part_len;
    next.part_cap = part_cap;
    next.page_len = pages;
    next.has_separator = old.has_separator && whole;
    next.sheets_expected = whole ? old.sheets_expected : 0;
    next.has_replaces = true;
    next.replaces = paper->id;
    *record = next;
    if (retain->years != RETENTION_UNSET)
        record->retention_years = retain->years;
    if (retain->release)
        record->hold[0] = '\0';
    if (retain->hold && document_record_hold(record, retain->hold, err) < 0)
        return -1;
    return record->retention_years == old.retention_years && strcmp(record->hold, old.hold) == 0;
}

static int seal_like_pages(struct retain *retain, const struct document_record *record,
                           struct err *err)
{
    retain->writing.liked = false;
    for (uint32_t i = 0; i < record->part_len; i++)
        if (writing_seal_like(&retain->writing, &record->parts[i].source, err) < 0)
            return -1;
    return 0;
}

static int write_all(struct retain *retain, struct err *err)
{
    for (size_t i = 0; i < retain->len; i++) {
        struct paper *paper = &retain->papers[i];
        enum request_state state = REQUEST_DONE;
        struct digest id;
        if (paper->record.page_len == 0)
            continue; /* a separator sheet alone */
        int same = fill(retain, paper, err);
        if (same < 0 || seal_like_pages(retain, &paper->record, err) < 0)
            return -1;
        if (same)
            continue;
        CLEANUP(bytes_done) struct bytes json = {0};
        if (document_record_write(&paper->record, &json, err) < 0 ||
            writing_commit(&retain->writing, bytes_span(&json), &state, &id, err) < 0)
            return -1;
        if (state == REQUEST_REFUSED)
            return err_set(err, ERR_INPUT, "%s", _("the service has refused it; its log says why"));
        retain->written++;
        retain->waiting += state == REQUEST_WAITS;
    }
    return 0;
}

static int tell(const struct retain *retain)
{
    struct err err = {0};
    if (retain->json) {
        CLEANUP(json_freep)
        json_t *json = json_pack("{s:s s:I s:I s:I}", "dossier", retain->dossier, "documents",
                                 (json_int_t)retain->len, "written", (json_int_t)retain->written,
                                 "waiting", (json_int_t)retain->waiting);
        return json_print_line(json, &err) < 0 ? report(&err) : EXIT_DONE;
    }
    if (retain->written == 0)
        printf(_("dossier %s: so it was already, nothing was written\n"), retain->dossier);
    else if (retain->waiting > 0)
        printf(_("dossier %s: waits for the service, which has not come to it yet\n"),
               retain->dossier);
    else
        printf(ngettext("dossier %s: noted for %u document\n",
                        "dossier %s: noted for %u documents\n", retain->written),
               retain->dossier, retain->written);
    return EXIT_DONE;
}

static int retain_dossier(struct retain *retain, const char *archive)
{
    struct err err = {0};
    const struct catalogue_query query = {.dossier = retain->dossier, .limit = UINT32_MAX};
    retain->writing.silent = retain->json;
    int code = writing_open(&retain->writing, archive);
    if (code != EXIT_DONE)
        return code;
    if (catalogue_search(retain->writing.archive.catalogue, &query, add_page, retain, &err) < 0)
        return report(&err);
    if (retain->len == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no dossier '%s'\n"), retain->dossier);
        return EXIT_FINDINGS;
    }
    if (write_all(retain, &err) < 0)
        return err.kind == ERR_INPUT ? usage_error(&command_retain, "%s", err.text) : report(&err);
    return tell(retain);
}

enum { OPT_YEARS = OPT_FIRST_OWN, OPT_PERMANENT, OPT_HOLD, OPT_RELEASE };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"years", required_argument, NULL, OPT_YEARS},
    {"permanent", no_argument, NULL, OPT_PERMANENT},
    {"hold", required_argument, NULL, OPT_HOLD},
    {"release", no_argument, NULL, OPT_RELEASE},
    {0},
};

static bool set_option(struct retain *retain, int option, const char *text)
{
    uint64_t years = 0;
    switch (option) {
    case OPT_YEARS:
        if (retain->years || !parse_number(text, RETENTION_YEARS_MIN, RETENTION_YEARS_MAX, &years))
            return false;
        retain->years = (uint32_t)years;
        return true;
    case OPT_PERMANENT:
        if (retain->years)
            return false;
        retain->years = RETENTION_PERMANENT;
        return true;
    case OPT_HOLD:
        retain->hold = text;
        return text[0] != '\0';
    case OPT_RELEASE:
        return retain->release = true;
    case OPT_JSON:
        return retain->json = true;
    default:
        return false;
    }
}

static int run(int argc, char **argv)
{
    CLEANUP(retain_done) struct retain retain = {.writing.requests_fd = -1};
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_retain);
            return EXIT_DONE;
        }
        if (!set_option(&retain, c, optarg))
            return usage_error(&command_retain, _("unknown option or bad value"));
    }
    if (argc - optind != 2)
        return usage_error(&command_retain, _("an archive and a dossier code are needed"));
    retain.dossier = argv[optind + 1];
    if (!dossier_code_plain(retain.dossier))
        return usage_error(&command_retain, _("bad value '%s'"), retain.dossier);
    if (!retain.years && !retain.hold && !retain.release)
        return usage_error(&command_retain,
                           _("give --years N, --permanent, --hold TEXT or --release"));
    if (retain.hold && retain.release)
        return usage_error(&command_retain, _("--hold and --release exclude each other"));
    return retain_dossier(&retain, argv[optind]);
}

const struct command command_retain = {
    .name = "retain",
    .summary = N_("say how long the papers of a dossier are kept"),
    .usage = "retain ARCHIVE DOSSIER [OPTION]...",
    .help = N_(
        "Writes a new record for each document of the dossier; nothing is lost, the archive keeps\n"
        "every record. What is kept longest decides for the whole dossier. The years count from\n"
        "when its newest file was archived. A held dossier cannot be destroyed, whatever its "
        "years\n"
        "say. While `sohoa watch` has the archive, that is asked to write the records.\n"
        "\n"
        "Options:\n"
        "  --years N     2 to 70 years\n"
        "  --permanent   for ever\n"
        "  --hold TEXT   not to be destroyed until it is released, and why\n"
        "  --release     nothing holds it any more\n"
        "  --json        one JSON object: dossier, documents, written, waiting\n"
        "\n"
        "Examples:\n"
        "  sohoa retain archive H57.12-250705-0001 --years 20\n"
        "  sohoa retain archive H57.12-250705-0001 --hold 'Tố cáo số 12/2026'\n"),
    .run = run,
};
