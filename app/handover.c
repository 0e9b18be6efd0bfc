/* app/handover.c - a dossier for an archive or for another system. */
#include "app/handover.h"

#include <stdio.h>
#include <string.h>

#include "app/package.h"
#include "app/portal.h"
#include "records/dossier_code.h"

const char *const handover_names[HANDOVER_FORMS] = {"bag", "aip", "sip", "json"};

struct handing {
    const struct handover *wish;
    struct reading reading;
    struct extract_rules *rules;
    struct papers papers;
    struct happenings happenings;
    struct bag bag;
    struct package_wish package;
    char file_code[DOSSIER_CODE_MAX];
};

static void handing_done(struct handing *handing)
{
    bag_done(&handing->bag);
    happenings_done(&handing->happenings);
    papers_done(&handing->papers);
    extract_rules_freep(&handing->rules);
    reading_done(&handing->reading);
}

static int fill(struct handing *handing, const char *schemas, struct err *err)
{
    const struct handover *wish = handing->wish;
    (void)snprintf(handing->file_code, sizeof handing->file_code, "%s",
                   wish->file_code ? wish->file_code : wish->code);
    for (char *c = handing->file_code; *c; c++)
        if (*c == '/')
            *c = '_';
    handing->package = (struct package_wish){
        .for_keeping = wish->form == HANDOVER_AIP,
        .fonds = wish->fonds,
        .agency = wish->agency ? wish->agency : wish->fonds,
        .file_code = handing->file_code,
        .schemas = schemas,
        .time_ns = wish->time_ns != 0 ? wish->time_ns
                                      : package_newest_ns(&handing->papers, &handing->happenings)};
    if (wish->form != HANDOVER_JSON)
        return package_fill(&handing->bag, &handing->reading, &handing->papers,
                            &handing->happenings, &handing->package, err);
    const struct portal_wish portal = {wish->code, handing->file_code};
    return portal_fill(&handing->bag, &handing->reading, &handing->papers, &handing->happenings,
                       &portal, err);
}

static int publish(struct handing *handing, struct err *err)
{
    const char *objid = handing->package.objid;
    char date[32];
    struct digest ignored;
    CLEANUP(bytes_done) struct bytes info = {0};
    if (bytes_printf(&info, err,
                     "Bag-Software-Agent: sohoa " SOHOA_VERSION "\nBagging-Date: %.10s\n"
                     "External-Identifier: %s\n%s%s%s",
                     time_text(handing->package.time_ns, date), handing->wish->code,
                     objid[0] ? "Internal-Sender-Identifier: " : "", objid,
                     objid[0] ? "\n" : "") < 0 ||
        bytes_append(&info, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    if (bag_seal(&handing->bag, (const char *)info.data, &ignored, err) < 0)
        return -1;
    return bag_publish(&handing->bag, NULL, err);
}

static int tell(const struct handing *handing)
{
    const struct handover *wish = handing->wish;
    const struct papers *papers = &handing->papers;
    const struct bag *bag = &handing->bag;
    struct err err = {0};
    char size[32];
    if (papers->failed > 0)
        (void)fprintf(stderr, _("sohoa: pages that could not be read are left out: %zu\n"),
                      papers->failed);
    if (!wish->json) {
        printf(_("dossier %s: %zu papers, %zu files, %s\n"), wish->code, papers->len, bag->len,
               size_text(bag->bytes, size));
        return EXIT_DONE;
    }
    CLEANUP(json_freep)
    json_t *line = json_pack("{s:s s:s s:s s:I s:I s:I s:I s:I}", "as", handover_names[wish->form],
                             "package", handing->package.objid, "dossier", wish->code, "papers",
                             (json_int_t)papers->len, "pages", (json_int_t)papers->lookup.page_len,
                             "left_out", (json_int_t)papers->failed, "files", (json_int_t)bag->len,
                             "bytes", (json_int_t)bag->bytes);
    return json_print_line(line, &err) < 0 ? report(&err) : EXIT_DONE;
}

int hand_over(const struct handover *handover)
{
    struct err err = {0};
    char rules[PATH_BYTES_MAX], schemas[PATH_BYTES_MAX];
    CLEANUP(handing_done) struct handing handing = {.wish = handover};
    if (!beside_program("fields", rules) || !beside_program("schemas", schemas)) {
        (void)fprintf(stderr, "%s",
                      _("sohoa: what came with the program is not there: fields, schemas\n"));
        return EXIT_ENVIRONMENT;
    }
    handing.rules = extract_rules_load(rules, &err);
    if (!handing.rules ||
        reading_open(&handing.reading, handover->archive, ARCHIVE_READ, &err) < 0 ||
        catalogue_hold(handing.reading.catalogue, &err) < 0 ||
        papers_read(&handing.reading, handing.rules, handover->code, &handing.papers, &err) < 0)
        return report(&err);
    if (handing.papers.len == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no dossier '%s'\n"), handover->code);
        return EXIT_FINDINGS;
    }
    if (happenings_read(&handing.reading, handover->code, &handing.happenings, &err) < 0 ||
        bag_open(&handing.bag, handing.reading.io, handover->output, &err) < 0 ||
        fill(&handing, schemas, &err) < 0 || publish(&handing, &err) < 0)
        return report(&err);
    int code = tell(&handing);
    return code == EXIT_DONE && handing.papers.failed > 0 ? EXIT_FINDINGS : code;
}
