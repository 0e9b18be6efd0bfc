/* app/cmd_export.c - sohoa export: a dossier as a BagIt bag, to be handed over: all of it, or as
 * another archive or system wants it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/dossier_bag.h"
#include "app/handover.h"
#include "app/package.h"
#include "records/dossier_code.h"

static int tell(const struct dossier_bag *made, const char *code, bool json)
{
    struct err err = {0};
    char size[32];
    const struct bag *bag = &made->bag;
    if (!json) {
        printf(_("dossier %s: %u pages, %zu files, %s\n"), code, made->pages, bag->len,
               size_text(bag->bytes, size));
        return 0;
    }
    CLEANUP(json_freep)
    json_t *line = json_pack("{s:s s:I s:I s:I s:I}", "dossier", code, "pages",
                             (json_int_t)made->pages, "left_out", (json_int_t)made->left_out,
                             "files", (json_int_t)bag->len, "bytes", (json_int_t)bag->bytes);
    return json_print_line(line, &err) < 0 ? report(&err) : 0;
}

static int export_dossier(const char *archive, const char *code, const char *path, bool json)
{
    struct err err = {0};
    struct digest ignored;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    CLEANUP(lookup_done) struct lookup lookup = {.pages = NULL};
    CLEANUP(dossier_bag_done) struct dossier_bag made = {.reading = &reading};
    if (reading_open(&reading, archive, ARCHIVE_READ, &err) < 0 ||
        catalogue_hold(reading.catalogue, &err) < 0 ||
        lookup_papers(&reading, code, &lookup, &err) < 0)
        return report(&err);
    if (lookup.page_len == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no dossier '%s'\n"), code);
        return EXIT_FINDINGS;
    }
    if (bag_open(&made.bag, reading.io, path, &err) < 0 ||
        dossier_bag_fill(&made, &lookup, code, &err) < 0 ||
        bag_seal(&made.bag, (const char *)made.info.data, &ignored, &err) < 0 ||
        bag_publish(&made.bag, NULL, &err) < 0)
        return report(&err);
    int rc = tell(&made, code, json);
    return rc != 0 ? rc : made.left_out > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

/* Whether what was said of a form fits it. EXIT_DONE, or what to end with. */
static int check(const struct handover *wish)
{
    const bool is_package = wish->form == HANDOVER_AIP || wish->form == HANDOVER_SIP;
    const char *const codes[] = {wish->fonds, wish->file_code};
    if (!dossier_code_plain(wish->code))
        return usage_error(&command_export, _("bad value '%s'"), wish->code);
    if (!wish->output || !*wish->output)
        return usage_error(&command_export, _("give -o DIR: a folder that is not there yet"));
    if (is_package != (wish->fonds != NULL))
        return usage_error(&command_export, _("--fonds goes with --as aip and --as sip"));
    if (!is_package && (wish->agency || wish->time_ns))
        return usage_error(&command_export, _("--agency and --time go with --as aip and --as sip"));
    if (wish->form == HANDOVER_BAG && wish->file_code)
        return usage_error(&command_export, _("--file-code does not go with a bag"));
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i] && !package_code_plain(codes[i]))
            return usage_error(&command_export, _("bad value '%s'"), codes[i]);
    if (wish->agency && !package_agency_plain(wish->agency))
        return usage_error(&command_export, _("bad value '%s'"), wish->agency);
    return EXIT_DONE;
}

static bool parse_form(const char *text, enum handover_form *ret_form)
{
    for (size_t i = 0; i < HANDOVER_FORMS; i++)
        if (strcmp(text, handover_names[i]) == 0) {
            *ret_form = (enum handover_form)i;
            return true;
        }
    return false;
}

static int run(int argc, char **argv)
{
    enum { OPT_FONDS = OPT_FIRST_OWN, OPT_AGENCY, OPT_FILE_CODE, OPT_TIME };
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"output", required_argument, NULL, 'o'},
        {"as", required_argument, NULL, 'a'},
        {"fonds", required_argument, NULL, OPT_FONDS},
        {"agency", required_argument, NULL, OPT_AGENCY},
        {"file-code", required_argument, NULL, OPT_FILE_CODE},
        {"time", required_argument, NULL, OPT_TIME},
        {0},
    };
    struct handover wish = {.form = HANDOVER_BAG};
    bool understood = true;
    for (int c; (c = getopt_long(argc, argv, "ho:a:", long_options, NULL)) != -1;) {
        if (c == 'h' || c == OPT_HELP) {
            print_help(&command_export);
            return EXIT_DONE;
        }
        if (c == OPT_JSON)
            wish.json = true;
        else if (c == 'o')
            wish.output = optarg;
        else if (c == 'a')
            understood = parse_form(optarg, &wish.form);
        else if (c == OPT_FONDS)
            wish.fonds = optarg;
        else if (c == OPT_AGENCY)
            wish.agency = optarg;
        else if (c == OPT_FILE_CODE)
            wish.file_code = optarg;
        else if (c == OPT_TIME)
            understood = parse_time(optarg, false, &wish.time_ns) && wish.time_ns > 0;
        else
            return usage_error(&command_export, _("unknown option or missing value"));
        if (!understood)
            return usage_error(&command_export, _("bad value '%s'"), optarg);
    }
    if (argc - optind != 2)
        return usage_error(&command_export, _("an archive and a dossier code are needed"));
    wish.archive = argv[optind];
    wish.code = argv[optind + 1];
    int code = check(&wish);
    if (code != EXIT_DONE)
        return code;
    return wish.form == HANDOVER_BAG
               ? export_dossier(wish.archive, wish.code, wish.output, wish.json)
               : hand_over(&wish);
}

const struct command command_export = {
    .name = "export",
    .summary = N_("give a dossier out as a bag, an archival package or the portal's JSON"),
    .usage = "export ARCHIVE DOSSIER -o DIR [--as FORM] [--fonds CODE] [--json]",
    .help =
        N_("Makes a folder that can be handed over and checked without this program, with the\n"
           "SHA-256 of every file (BagIt, RFC 8493). It appears whole or not at all. To check\n"
           "it: sha256sum -c manifest-sha256.txt in the folder.\n"
           "\n"
           "Options:\n"
           "  --as bag          the original files, the text as ALTO, the records, and all\n"
           "                    pages as one searchable PDF/A (default)\n"
           "  --as aip          archival package (E-ARK, Circular 05/2025/TT-BNV): a PDF/A of\n"
           "                    each paper, the original files, METS, EAD and PREMIS\n"
           "  --as sip          the same for handing over to an archive: without the files as\n"
           "                    they came\n"
           "  --as json         the JSON of the national public service systems, with a PDF/A\n"
           "                    of each paper\n"
           "  -o, --output DIR  the folder; it must not be there yet\n"
           "  --fonds CODE      aip, sip: code of the fonds, needed\n"
           "  --agency NAME     aip, sip: who hands the dossier over (default: the fonds)\n"
           "  --file-code CODE  what the archive calls the dossier, in names of files, too\n"
           "                    (default: the dossier's code)\n"
           "  --time TIME       aip, sip: when it was made, 2026-11-22T09:30:00Z (default: of\n"
           "                    the newest that it tells of, so that the same dossier gives\n"
           "                    the same package)\n"
           "  --json            one JSON object: dossier, pages, left_out, files, bytes; as,\n"
           "                    package and papers where it is not a bag\n"
           "\n"
           "Personal ids are masked in all that is said of the papers; the papers themselves\n"
           "are as they are.\n"
           "\n"
           "Examples:\n"
           "  sohoa export archive H57.12-250705-0001 -o /media/usb/H57.12-250705-0001\n"
           "  sohoa export archive H57.12-250705-0001 --as aip --fonds G09 -o /media/usb/aip\n"),
    .run = run,
};
