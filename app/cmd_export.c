/* app/cmd_export.c - sohoa export: a dossier as a BagIt bag, to be handed over. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/dossier_bag.h"
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

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"output", required_argument, NULL, 'o'},
        {0},
    };
    const char *output = NULL;
    bool json = false;
    for (int c; (c = getopt_long(argc, argv, "ho:", long_options, NULL)) != -1;)
        switch (c) {
        case 'h':
        case OPT_HELP:
            print_help(&command_export);
            return EXIT_DONE;
        case OPT_JSON:
            json = true;
            break;
        case 'o':
            output = optarg;
            break;
        default:
            return usage_error(&command_export, _("unknown option or missing value"));
        }
    if (argc - optind != 2)
        return usage_error(&command_export, _("an archive and a dossier code are needed"));
    if (!dossier_code_plain(argv[optind + 1]))
        return usage_error(&command_export, _("bad value '%s'"), argv[optind + 1]);
    if (!output || !*output)
        return usage_error(&command_export, _("give -o DIR: a folder that is not there yet"));
    return export_dossier(argv[optind], argv[optind + 1], output, json);
}

const struct command command_export = {
    .name = "export",
    .summary = N_("give a dossier out as a BagIt bag"),
    .usage = "export ARCHIVE DOSSIER -o DIR [--json]",
    .help = N_("Makes a folder that can be handed over and checked without this program: the\n"
               "original files, the text as ALTO, the records, and all pages as one searchable\n"
               "PDF/A, with the SHA-256 of every file (BagIt, RFC 8493). It appears whole or not\n"
               "at all. To check it: sha256sum -c manifest-sha256.txt in the folder.\n"
               "\n"
               "Options:\n"
               "  -o, --output DIR  the folder; it must not be there yet\n"
               "  --json            one JSON object: dossier, pages, left_out, files, bytes\n"
               "\n"
               "Example:\n"
               "  sohoa export archive H57.12-250705-0001 -o /media/usb/H57.12-250705-0001\n"),
    .run = run,
};
