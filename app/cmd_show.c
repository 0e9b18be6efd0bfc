/* app/cmd_show.c - sohoa show: what is known of a page or a file, and the beginning of its text. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/destroyed_row.h"
#include "app/field_list.h"
#include "app/history.h"
#include "app/unmask.h"
#include "ocr/alto.h"
#include "records/index.h"
#include "records/person_id.h"
#include "records/retention.h"

struct showing {
    struct reading *reading;
    bool json, history, unmask;
    struct access_record who; /* with unmask */
};

/* What is known of a page beside its row. */
struct known {
    struct bytes plain; /* its text, personal ids masked */
    struct fields_record fields;
    struct retention_facts retention;
};

static void known_done(struct known *known)
{
    bytes_done(&known->plain);
    fields_record_done(&known->fields);
}

static int read_text(struct reading *reading, const struct catalogue_page *page,
                     struct bytes *plain, struct err *err)
{
    CLEANUP(bytes_done) struct bytes alto = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    if (digest_is_zero(&page->alto))
        return 0;
    if (index_read(reading->archive, reading->catalogue, &page->alto, &alto, err) < 0 ||
        alto_read(bytes_span(&alto), &text, err) < 0)
        return -1;
    return page_text_plain(&text, plain, err);
}

static int show_json(const struct page_row *row, const struct known *known, struct err *err)
{
    const struct retention_facts *retention = &known->retention;
    char hex[DIGEST_HEX_LEN + 1];
    CLEANUP(json_freep) json_t *json = page_row_json(row);
    json_object_set_new(json, "record", json_string(digest_hex(&row->page.record, hex)));
    if (!digest_is_zero(&row->page.alto))
        json_object_set_new(json, "alto", json_string(digest_hex(&row->page.alto, hex)));
    if (!digest_is_zero(&row->page.image))
        json_object_set_new(json, "image", json_string(digest_hex(&row->page.image, hex)));
    if (retention->years == RETENTION_PERMANENT)
        json_object_set_new(json, "retention", json_string("permanent"));
    else if (retention->years)
        json_object_set_new(json, "retention", json_integer((json_int_t)retention->years));
    if (retention->hold[0])
        json_object_set_new(json, "hold", json_string(retention->hold));
    json_object_set_new(json, "fields", field_list_json(&known->fields.fields));
    json_object_set_new(json, "text",
                        json_stringn((const char *)known->plain.data, known->plain.len));
    return json_print_line(json, err);
}

static void show_document(const struct page_row *row, const struct retention_facts *retention)
{
    char hex[DIGEST_HEX_LEN + 1], until[32];
    if (digest_is_zero(&row->document))
        return;
    printf(_("dossier     %s\n"), row->dossier[0] ? row->dossier : _("to be assigned"));
    if (row->place < 0)
        printf(_("document    %s (its separator sheet)\n"), digest_hex(&row->document, hex));
    else
        printf(_("document    %s (page %lld of it)\n"), digest_hex(&row->document, hex),
               (long long)row->place + 1);
    if (row->title[0])
        printf(_("title       %s\n"), row->title);
    if (retention->years == RETENTION_PERMANENT)
        printf(_("retention   for ever\n"));
    else if (retention->years)
        printf(_("retention   %u years, until %s\n"), retention->years,
               time_text(retention_end_ns(retention->archived_ns, retention->years), until));
    if (retention->hold[0])
        printf(_("held        %s\n"), retention->hold);
}

static void show_text(const struct page_row *row, const struct known *known)
{
    const struct catalogue_page *page = &row->page;
    const struct bytes *plain = &known->plain;
    char hex[DIGEST_HEX_LEN + 1], archived[32];
    char *reason = page_row_reason(row);
    printf(_("page        %s (number %u of its file)\n"), page->id, page->index + 1);
    printf(_("source      %s\n"), row->source_path);
    printf(_("sha256      %s\n"), digest_hex(&page->source, hex));
    printf(_("archived    %s\n"), time_text(row->archived_ns, archived));
    show_document(row, &known->retention);
    printf(_("status      %s%s%s\n"), page->status, reason && reason[0] ? ": " : "",
           reason ? reason : "");
    printf(_("size        %u x %u px, %u dpi\n"), page->width_px, page->height_px, page->dpi);
    printf(_("skew        %.3f degrees counter-clockwise\n"), page->skew_deg);
    printf(_("confidence  %.1f %%\n"), page->confidence);
    printf(_("read by     %s"), page->engine);
    printf(page->doubt[0] ? _(" (in doubt: %s)\n") : "\n", page->doubt);
    if (page->separator[0])
        printf(_("separator   %s %s\n"), page->separator, page->separator_code);
    if (known->fields.fields.len > 0)
        printf("%s\n", _("found on it"));
    field_list_print(&known->fields.fields);
    if (plain->len > 0)
        printf("\n%.*s\n", (int)plain->len, (const char *)plain->data);
    free(reason);
}

static int show_page(void *self, const struct page_row *row, struct err *err)
{
    const struct showing *showing = self;
    CLEANUP(known_done) struct known known = {.retention = {.years = RETENTION_UNSET}};
    struct digest id;
    if (showing->history) {
        if (!showing->json)
            printf(_("page        %s (number %u of its file)\n"), row->page.id,
                   row->page.index + 1);
        return tell_history(showing->reading, &row->page, showing->json, err);
    }
    if (read_text(showing->reading, &row->page, &known.plain, err) < 0 ||
        field_list_load(showing->reading, &row->page, &known.fields, &id, err) < 0 ||
        (!digest_is_zero(&row->document) &&
         catalogue_retention(showing->reading->catalogue, &row->document, &known.retention, err) <
             0))
        return -1;
    person_id_mask_text((char *)known.plain.data, known.plain.len);
    person_id_mask(&known.fields.fields);
    if (showing->json)
        return show_json(row, &known, err);
    show_text(row, &known);
    return 0;
}

static int show(const char *archive, const char *text, struct showing *showing)
{
    struct err err = {0};
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, archive, ARCHIVE_READ, &err) < 0)
        return report(&err);
    struct digest id;
    showing->reading = &reading;
    int n = digest_parse(text, &id)
                ? catalogue_pages_of(reading.catalogue, &id, show_page, showing, &err)
                : catalogue_pages_by_id(reading.catalogue, text, show_page, showing, &err);
    if (n == 0)
        n = tell_destroyed(reading.catalogue, text, showing->json, &err);
    if (n < 0)
        return report(&err);
    if (n > 0)
        return EXIT_DONE;
    (void)fprintf(stderr, _("sohoa: the archive has no page or source '%s'\n"), text);
    return EXIT_FINDINGS;
}

enum { OPT_HISTORY = OPT_FIRST_OWN, OPT_UNMASK, OPT_REASON, OPT_BY };

static int set_option(struct showing *showing, int option, const char *text, struct err *err)
{
    switch (option) {
    case OPT_JSON:
        showing->json = true;
        return 0;
    case OPT_HISTORY:
        showing->history = true;
        return 0;
    case OPT_UNMASK:
        showing->unmask = true;
        return 0;
    case OPT_REASON:
        return access_record_because(&showing->who, text, err);
    case OPT_BY:
        return access_record_by(&showing->who, text, err);
    default:
        return err_set(err, ERR_INPUT, "%s", _("unknown option or missing value"));
    }
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"history", no_argument, NULL, OPT_HISTORY},
        {"unmask", no_argument, NULL, OPT_UNMASK},
        {"reason", required_argument, NULL, OPT_REASON},
        {"by", required_argument, NULL, OPT_BY},
        {0},
    };
    struct err err = {0};
    struct showing showing = {.json = false};
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == 'h' || c == OPT_HELP) {
            print_help(&command_show);
            return EXIT_DONE;
        }
        if (set_option(&showing, c, optarg, &err) < 0)
            return usage_error(&command_show, "%s", err.text);
    }
    if (argc - optind != 2)
        return usage_error(&command_show, _("an archive and an id are needed"));
    const bool by = showing.who.by[0], because = showing.who.because[0];
    if (showing.unmask ? showing.history || !by || !because : by || because)
        return usage_error(&command_show, "%s",
                           _("who wants to see personal ids says so: --unmask --reason TEXT "
                             "--by WHO, of one page"));
    if (showing.unmask)
        return unmask(argv[optind], argv[optind + 1], &showing.who, showing.json);
    return show(argv[optind], argv[optind + 1], &showing);
}

const struct command command_show = {
    .name = "show",
    .summary = N_("tell what is known of a page, with its text"),
    .usage = "show ARCHIVE ID [--history | --unmask --reason TEXT --by WHO] [--json]",
    .help = N_("ID is a page id (from ls or find) or the SHA-256 of a file: then all its pages.\n"
               "Personal ids are masked, in the fields and in the text.\n"
               "\n"
               "Options:\n"
               "  --history  every document record that named the page, in the order they came:\n"
               "             how it is known, what changed, which one it replaces; what was\n"
               "             found on the page, by whom; who was shown its personal ids, and why\n"
               "  --unmask   the fields of one page with personal ids whole. That it was done is\n"
               "             archived first, and never taken back\n"
               "  --reason TEXT, --by WHO  why, and who (with --unmask)\n"
               "  --json     one JSON object per page, or per record\n"
               "\n"
               "Example:\n"
               "  sohoa show archive 3f9a0c6d1e2b4a5f8897a6b5c4d3e2f1.0\n"),
    .run = run,
};
