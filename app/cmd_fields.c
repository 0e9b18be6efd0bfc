/* app/cmd_fields.c - sohoa fields: what the rules find on archived pages, shown or noted. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/field_list.h"
#include "app/lookup.h"
#include "app/store_fields.h"
#include "ocr/alto.h"
#include "records/extract.h"
#include "records/index.h"
#include "records/person_id.h"

struct looking {
    struct reading archive;
    const struct extract_rules *rules;
    bool json;
};

static void looking_done(struct looking *looking)
{
    reading_done(&looking->archive);
}

static int print_json(const struct looking *looking, const char *page,
                      const struct page_fields *fields, struct err *err)
{
    char rules[DIGEST_HEX_LEN + 1];
    struct digest version = extract_rules_digest(looking->rules);
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:s s:o}", "page", page, "rules", digest_hex(&version, rules),
                             "fields", field_list_json(fields));
    return json_print_line(json, err);
}

static int look_at_page(struct looking *looking, const struct page_record *page, struct err *err)
{
    CLEANUP(bytes_done) struct bytes alto = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_fields_done) struct page_fields fields = {.items = NULL};
    char id[PAGE_ID_MAX];
    page_id_make(&page->source, page->index, id);
    if (page->has_alto &&
        (index_read(looking->archive.archive, looking->archive.catalogue, &page->alto, &alto, err) <
             0 ||
         alto_read(bytes_span(&alto), &text, err) < 0 ||
         extract_page(looking->rules, &text, page->width_px, page->height_px, &fields, err) < 0))
        return -1;
    person_id_mask(&fields);
    if (looking->json)
        return print_json(looking, id, &fields, err);
    printf("%s\n", id);
    field_list_print(&fields);
    return 0;
}

static int look_at(struct looking *looking, const char *id)
{
    struct err err = {0};
    CLEANUP(lookup_done) struct lookup lookup = {.pages = NULL};
    if (lookup_id(&looking->archive, id, &lookup, &err) < 0)
        return err.kind == ERR_INPUT ? usage_error(&command_fields, "%s", err.text) : report(&err);
    if (lookup.page_len == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no page or source '%s'\n"), id);
        return EXIT_FINDINGS;
    }
    for (size_t i = 0; i < lookup.page_len; i++)
        if (look_at_page(looking, &lookup.pages[i], &err) < 0)
            return report(&err);
    return EXIT_DONE;
}

/* No ids: every page is looked at, and what is found is noted. */
static int look(const char *archive, char *const ids[], int n, const char *dir, bool json)
{
    struct err err = {0};
    char shipped[PATH_BYTES_MAX];
    CLEANUP(extract_rules_freep) struct extract_rules *rules = NULL;
    if (!dir && !beside_program("fields", shipped)) {
        (void)fprintf(stderr, "%s",
                      _("sohoa: the rules that came with it are not there: give "
                        "--rules DIR\n"));
        return EXIT_ENVIRONMENT;
    }
    rules = extract_rules_load(dir ? dir : shipped, &err);
    if (!rules)
        return err.kind == ERR_INPUT ? usage_error(&command_fields, "%s", err.text) : report(&err);
    if (n == 0)
        return store_fields(archive, rules, json);
    CLEANUP(looking_done) struct looking looking = {.rules = rules, .json = json};
    if (reading_open(&looking.archive, archive, ARCHIVE_READ, &err) < 0)
        return report(&err);
    int worst = EXIT_DONE;
    for (int i = 0; i < n && worst <= EXIT_FINDINGS; i++) {
        int code = look_at(&looking, ids[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static int run(int argc, char **argv)
{
    enum { OPT_FOLDER = OPT_FIRST_OWN, OPT_STORE };
    static const struct option long_options[] = {COMMON_OPTIONS,
                                                 {"rules", required_argument, NULL, OPT_FOLDER},
                                                 {"store", no_argument, NULL, OPT_STORE},
                                                 {0}};
    const char *dir = NULL;
    bool json = false, store = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_fields);
            return EXIT_DONE;
        }
        if (c == OPT_FOLDER)
            dir = optarg;
        else if (c == OPT_STORE)
            store = true;
        else if (c == OPT_JSON)
            json = true;
        else
            return usage_error(&command_fields, _("unknown option or missing value"));
    }
    if (store && argc - optind != 1)
        return usage_error(&command_fields,
                           _("--store is for all pages: an archive is needed, and no page"));
    if (!store && argc - optind < 2)
        return usage_error(&command_fields, _("an archive and a page are needed"));
    return look(argv[optind], argv + optind + 1, argc - optind - 1, dir, json);
}

const struct command command_fields = {
    .name = "fields",
    .summary = N_("find number, date, issuer, abstract ... on archived pages"),
    .usage = "fields ARCHIVE {PAGE|SOURCE... | --store} [--rules DIR] [--json]",
    .help = N_(
        "Looks at the text of the pages with the rules that came with the program, or your own:\n"
        "kind of paper, number and symbol, date, place, issuer and the agency above it, abstract,\n"
        "who signed, recipients, urgency, secrecy, codes of dossiers and procedures, tax codes,\n"
        "personal ids (always masked). What is not sure is left out: a wrong value is worse than\n"
        "none. Nothing is written; `sohoa ingest` and `sohoa watch` have noted it for the pages\n"
        "they took in, and `sohoa show` and `sohoa find` tell what is noted.\n"
        "docs/format-fields.md tells how rules are written.\n"
        "\n"
        "Options:\n"
        "  --store      note it for all pages of which nothing is noted, or what other rules or\n"
        "               an older program found; what a person gave stays. Needs the archive for\n"
        "               itself; stopped, it goes on next time\n"
        "  --rules DIR  files of rules (*.yaml); default: those that came with the program\n"
        "  --json       one JSON object per page: page, rules, fields; with --store one: noted,\n"
        "               left_out\n"
        "\n"
        "Examples:\n"
        "  sohoa fields archive --store\n"
        "  sohoa fields archive 7428844edb698dbfe7a54573cf9f705e.0\n"),
    .run = run,
};
