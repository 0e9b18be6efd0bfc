/* app/cmd_export.c - sohoa export: a dossier as a BagIt bag, to be handed over. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/bag.h"
#include "app/export.h"
#include "records/dossier_code.h"
#include "records/index.h"

#define NAME_BYTES      160
#define EXTENSION_BYTES 8
#define PDF_NAME        "data/dossier.pdf"

struct bagging {
    struct reading *reading;
    struct bag bag;
    uint32_t pages;
};

static void bagging_done(struct bagging *bagging)
{
    bag_done(&bagging->bag);
}

static int add_object(struct bagging *bagging, const char *name, const struct digest *id,
                      struct err *err)
{
    CLEANUP(bytes_done) struct bytes object = {0};
    if (bag_has(&bagging->bag, name))
        return 0;
    if (index_read(bagging->reading->archive, bagging->reading->catalogue, id, &object, err) < 0)
        return err_wrap(err, "%s", name);
    return bag_add(&bagging->bag, name, bytes_span(&object), err);
}

/* ".tif" of the path it came by; nothing when that is no short plain word. */
static void extension_of(const char *path, char ret_extension[EXTENSION_BYTES])
{
    const char *dot = strrchr(path, '.');
    size_t len = dot ? strlen(dot) : 0;
    ret_extension[0] = '\0';
    if (len < 2 || len >= EXTENSION_BYTES)
        return;
    for (const char *c = dot + 1; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9'))
            return;
    (void)snprintf(ret_extension, EXTENSION_BYTES, "%s", dot);
}

static int add_source(struct bagging *bagging, const struct page_row *row, struct err *err)
{
    char name[NAME_BYTES], extension[EXTENSION_BYTES], hex[DIGEST_HEX_LEN + 1];
    struct source_facts facts;
    digest_hex(&row->page.source, hex);
    extension_of(row->source_path, extension);
    (void)snprintf(name, sizeof name, "data/original/%s%s", hex, extension);
    if (add_object(bagging, name, &row->page.source, err) < 0)
        return -1;
    int found = catalogue_source_facts(bagging->reading->catalogue, &row->page.source, &facts, err);
    if (found <= 0)
        return found;
    (void)snprintf(name, sizeof name, "data/record/%s.source.json", hex);
    return add_object(bagging, name, &facts.record, err);
}

/* What the archive keeps of a page: its file, what is known, what it says, how it was drawn. */
static int add_page(void *self, const struct page_row *row, struct err *err)
{
    struct bagging *bagging = self;
    char name[NAME_BYTES], hex[DIGEST_HEX_LEN + 1];
    if (add_source(bagging, row, err) < 0)
        return -1;
    (void)snprintf(name, sizeof name, "data/record/%s.page.json", row->page.id);
    if (add_object(bagging, name, &row->page.record, err) < 0)
        return -1;
    (void)snprintf(name, sizeof name, "data/alto/%s.xml", row->page.id);
    if (!digest_is_zero(&row->page.alto) && add_object(bagging, name, &row->page.alto, err) < 0)
        return -1;
    (void)snprintf(name, sizeof name, "data/image/%s", row->page.id);
    if (!digest_is_zero(&row->page.image) && add_object(bagging, name, &row->page.image, err) < 0)
        return -1;
    (void)snprintf(name, sizeof name, "data/record/%s.document.json",
                   digest_hex(&row->document, hex));
    bagging->pages++;
    return add_object(bagging, name, &row->document, err);
}

static int add_pdf(struct bagging *bagging, const struct lookup *lookup, const char *code,
                   uint32_t *ret_left_out, struct err *err)
{
    char path[4096 + sizeof PDF_NAME];
    uint32_t failed = 0;
    for (size_t i = 0; i < lookup->page_len; i++)
        failed += lookup->pages[i].status == PAGE_FAILED;
    *ret_left_out = failed;
    if (failed == lookup->page_len)
        return 0;
    (void)snprintf(path, sizeof path, "%s/" PDF_NAME, bagging->bag.part);
    const struct export export = {bagging->reading, lookup, code, path};
    if (export_pdf(&export, ret_left_out, err) < 0)
        return -1;
    return bag_note(&bagging->bag, PDF_NAME, err);
}

static int fill(struct bagging *bagging, const struct lookup *lookup, const char *code,
                uint32_t *ret_left_out, struct err *err)
{
    const struct catalogue_query query = {.dossier = code, .limit = UINT32_MAX};
    char date[32];
    CLEANUP(bytes_done) struct bytes info = {0};
    if (catalogue_search(bagging->reading->catalogue, &query, add_page, bagging, err) < 0 ||
        add_pdf(bagging, lookup, code, ret_left_out, err) < 0)
        return -1;
    time_text(lookup->archived_ns, date);
    if (bytes_printf(&info, err,
                     "Bagging-Date: %.10s\nBag-Software-Agent: sohoa " SOHOA_VERSION
                     "\nExternal-Identifier: %s\n",
                     date, code) < 0 ||
        bytes_append(&info, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    return bag_publish(&bagging->bag, (const char *)info.data, err);
}

static int tell(const struct bagging *bagging, const char *code, uint32_t left_out, bool json)
{
    struct err err = {0};
    char size[32];
    const struct bag *bag = &bagging->bag;
    if (!json) {
        printf(_("dossier %s: %u pages, %zu files, %s\n"), code, bagging->pages, bag->len,
               size_text(bag->bytes, size));
        return 0;
    }
    CLEANUP(json_freep)
    json_t *line = json_pack("{s:s s:I s:I s:I s:I}", "dossier", code, "pages",
                             (json_int_t)bagging->pages, "left_out", (json_int_t)left_out, "files",
                             (json_int_t)bag->len, "bytes", (json_int_t)bag->bytes);
    return json_print_line(line, &err) < 0 ? report(&err) : 0;
}

static int export_dossier(const char *archive, const char *code, const char *path, bool json)
{
    struct err err = {0};
    uint32_t left_out = 0;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    CLEANUP(lookup_done) struct lookup lookup = {.pages = NULL};
    CLEANUP(bagging_done) struct bagging bagging = {.reading = &reading};
    if (reading_open(&reading, archive, ARCHIVE_READ, &err) < 0 ||
        catalogue_hold(reading.catalogue, &err) < 0 ||
        lookup_papers(&reading, code, &lookup, &err) < 0)
        return report(&err);
    if (lookup.page_len == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no dossier '%s'\n"), code);
        return EXIT_FINDINGS;
    }
    if (bag_open(&bagging.bag, reading.io, path, &err) < 0 ||
        fill(&bagging, &lookup, code, &left_out, &err) < 0)
        return report(&err);
    int rc = tell(&bagging, code, left_out, json);
    return rc != 0 ? rc : left_out > 0 ? EXIT_FINDINGS : EXIT_DONE;
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
