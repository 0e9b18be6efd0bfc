/* app/dossier_bag.c - what a bag of a dossier holds. */
#include "app/dossier_bag.h"

#include <stdio.h>
#include <string.h>

#include "app/export.h"
#include "records/index.h"

#define NAME_BYTES      160
#define EXTENSION_BYTES 8
#define PDF_NAME        "data/dossier.pdf"

void dossier_bag_done(struct dossier_bag *bag)
{
    bytes_done(&bag->info);
    bag_done(&bag->bag);
}

static int add_object(struct dossier_bag *bag, const char *name, const struct digest *id,
                      struct err *err)
{
    CLEANUP(bytes_done) struct bytes object = {0};
    if (bag_has(&bag->bag, name))
        return 0;
    if (index_read(bag->reading->archive, bag->reading->catalogue, id, &object, err) < 0)
        return err_wrap(err, "%s", name);
    return bag_add(&bag->bag, name, bytes_span(&object), err);
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

static int add_source(struct dossier_bag *bag, const struct page_row *row, struct err *err)
{
    char name[NAME_BYTES], extension[EXTENSION_BYTES], hex[DIGEST_HEX_LEN + 1];
    struct source_facts facts;
    digest_hex(&row->page.source, hex);
    extension_of(row->source_path, extension);
    (void)snprintf(name, sizeof name, "data/original/%s%s", hex, extension);
    if (add_object(bag, name, &row->page.source, err) < 0)
        return -1;
    int found = catalogue_source_facts(bag->reading->catalogue, &row->page.source, &facts, err);
    if (found <= 0)
        return found;
    (void)snprintf(name, sizeof name, "data/record/%s.source.json", hex);
    return add_object(bag, name, &facts.record, err);
}

/* What the archive keeps of a page: its file, what is known, what it says, how it was drawn. */
static int add_page(void *self, const struct page_row *row, struct err *err)
{
    struct dossier_bag *bag = self;
    char name[NAME_BYTES], hex[DIGEST_HEX_LEN + 1];
    if (add_source(bag, row, err) < 0)
        return -1;
    (void)snprintf(name, sizeof name, "data/record/%s.page.json", row->page.id);
    if (add_object(bag, name, &row->page.record, err) < 0)
        return -1;
    (void)snprintf(name, sizeof name, "data/alto/%s.xml", row->page.id);
    if (!digest_is_zero(&row->page.alto) && add_object(bag, name, &row->page.alto, err) < 0)
        return -1;
    (void)snprintf(name, sizeof name, "data/image/%s", row->page.id);
    if (!digest_is_zero(&row->page.image) && add_object(bag, name, &row->page.image, err) < 0)
        return -1;
    (void)snprintf(name, sizeof name, "data/record/%s.document.json",
                   digest_hex(&row->document, hex));
    bag->pages++;
    return add_object(bag, name, &row->document, err);
}

static int add_pdf(struct dossier_bag *bag, const struct lookup *lookup, const char *code,
                   struct err *err)
{
    char path[4096 + sizeof PDF_NAME];
    uint32_t failed = 0;
    for (size_t i = 0; i < lookup->page_len; i++)
        failed += lookup->pages[i].status == PAGE_FAILED;
    bag->left_out = failed;
    if (failed == lookup->page_len)
        return 0;
    (void)snprintf(path, sizeof path, "%s/" PDF_NAME, bag->bag.part);
    const struct export export = {bag->reading, lookup, code, path};
    if (export_pdf(&export, &bag->left_out, err) < 0)
        return -1;
    return bag_note(&bag->bag, PDF_NAME, err);
}

int dossier_bag_fill(struct dossier_bag *bag, const struct lookup *lookup, const char *code,
                     struct err *err)
{
    const struct catalogue_query query = {.dossier = code, .limit = UINT32_MAX};
    char date[32];
    if (catalogue_search(bag->reading->catalogue, &query, add_page, bag, err) < 0 ||
        add_pdf(bag, lookup, code, err) < 0)
        return -1;
    time_text(lookup->archived_ns, date);
    if (bytes_printf(&bag->info, err,
                     "Bagging-Date: %.10s\nBag-Software-Agent: sohoa " SOHOA_VERSION
                     "\nExternal-Identifier: %s\n",
                     date, code) < 0 ||
        bytes_append(&bag->info, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    return 0;
}
