/* app/cmd_show.c - sohoa show: what is known of a page or a file, and the beginning of its text. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "ocr/alto.h"
#include "records/index.h"

struct showing {
    struct reading *reading;
    bool json;
};

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

static int show_json(const struct page_row *row, const struct bytes *plain, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    CLEANUP(json_freep) json_t *json = page_row_json(row);
    json_object_set_new(json, "record", json_string(digest_hex(&row->page.record, hex)));
    if (!digest_is_zero(&row->page.alto))
        json_object_set_new(json, "alto", json_string(digest_hex(&row->page.alto, hex)));
    if (!digest_is_zero(&row->page.image))
        json_object_set_new(json, "image", json_string(digest_hex(&row->page.image, hex)));
    json_object_set_new(json, "text", json_stringn((const char *)plain->data, plain->len));
    return json_print_line(json, err);
}

static void show_document(const struct page_row *row)
{
    char hex[DIGEST_HEX_LEN + 1];
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
}

static void show_text(const struct page_row *row, const struct bytes *plain)
{
    const struct catalogue_page *page = &row->page;
    char hex[DIGEST_HEX_LEN + 1], archived[32];
    char *reason = page_row_reason(row);
    printf(_("page        %s (number %u of its file)\n"), page->id, page->index + 1);
    printf(_("source      %s\n"), row->source_path);
    printf(_("sha256      %s\n"), digest_hex(&page->source, hex));
    printf(_("archived    %s\n"), time_text(row->archived_ns, archived));
    show_document(row);
    printf(_("status      %s%s%s\n"), page->status, reason && reason[0] ? ": " : "",
           reason ? reason : "");
    printf(_("size        %u x %u px, %u dpi\n"), page->width_px, page->height_px, page->dpi);
    printf(_("skew        %.3f degrees counter-clockwise\n"), page->skew_deg);
    printf(_("confidence  %.1f %%\n"), page->confidence);
    printf(_("read by     %s"), page->engine);
    printf(page->doubt[0] ? _(" (in doubt: %s)\n") : "\n", page->doubt);
    if (page->separator[0])
        printf(_("separator   %s %s\n"), page->separator, page->separator_code);
    if (plain->len > 0)
        printf("\n%.*s\n", (int)plain->len, (const char *)plain->data);
    free(reason);
}

static int show_page(void *self, const struct page_row *row, struct err *err)
{
    const struct showing *showing = self;
    CLEANUP(bytes_done) struct bytes plain = {0};
    if (read_text(showing->reading, &row->page, &plain, err) < 0)
        return -1;
    if (showing->json)
        return show_json(row, &plain, err);
    show_text(row, &plain);
    return 0;
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    bool json;
    int code =
        parse_common(&command_show, argc, argv, 2, _("an archive and an id are needed"), &json);
    if (code >= 0)
        return code;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, argv[optind], ARCHIVE_READ, &err) < 0)
        return report(&err);
    struct showing showing = {&reading, json};
    struct digest id;
    const char *text = argv[optind + 1];
    int n = digest_parse(text, &id)
                ? catalogue_pages_of(reading.catalogue, &id, show_page, &showing, &err)
                : catalogue_pages_by_id(reading.catalogue, text, show_page, &showing, &err);
    if (n < 0)
        return report(&err);
    if (n == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no page or source '%s'\n"), text);
        return EXIT_FINDINGS;
    }
    return EXIT_DONE;
}

const struct command command_show = {
    .name = "show",
    .summary = N_("tell what is known of a page, with its text"),
    .usage = "show ARCHIVE ID [--json]",
    .help = N_("ID is a page id (from ls or find) or the SHA-256 of a file: then all its pages.\n"
               "\n"
               "Options:\n"
               "  --json   one JSON object per page\n"
               "\n"
               "Example:\n"
               "  sohoa show archive 3f9a0c6d1e2b4a5f8897a6b5c4d3e2f1.0\n"),
    .run = run,
};
