/* app/unmask.c - shows the personal ids of a page, after it is noted who wanted to see them. */
#include "app/unmask.h"

#include <stdio.h>

#include "app/field_list.h"
#include "app/writing.h"
#include "base/clock.h"
#include "base/log.h"

struct unmasking {
    struct writing writing;
    struct fields_record fields;
    struct digest fields_id;
    struct access_record access;
    int found; /* 1 the page has fields; 0 it has none */
};

static void unmasking_done(struct unmasking *unmasking)
{
    fields_record_done(&unmasking->fields);
    writing_done(&unmasking->writing);
}

static int load(void *self, const struct page_row *row, struct err *err)
{
    struct unmasking *unmasking = self;
    unmasking->access.source = row->page.source;
    unmasking->access.index = row->page.index;
    unmasking->found = field_list_load(&unmasking->writing.archive, &row->page, &unmasking->fields,
                                       &unmasking->fields_id, err);
    return unmasking->found < 0 ? -1 : 0;
}

/* EXIT_DONE once the record is durable. */
static int note(struct unmasking *unmasking, struct digest *ret_id)
{
    struct err err = {0};
    enum request_state state = REQUEST_DONE;
    CLEANUP(bytes_done) struct bytes json = {0};
    unmasking->access.at_ns = clock_ns(CLOCK_REALTIME);
    if (access_record_write(&unmasking->access, &json, &err) < 0 ||
        writing_commit(&unmasking->writing, bytes_span(&json), &state, ret_id, &err) < 0)
        return report(&err);
    if (state == REQUEST_DONE)
        return EXIT_DONE;
    log_line(LOG_ERROR,
             state == REQUEST_REFUSED
                 ? _("the service has refused it; its log says why")
                 : _("the service has not noted the access yet: nothing is shown; try again"));
    return EXIT_ENVIRONMENT;
}

static int print(const struct unmasking *unmasking, const char *page_id,
                 const struct digest *access, bool json)
{
    struct err err = {0};
    char fields[DIGEST_HEX_LEN + 1], hex[DIGEST_HEX_LEN + 1];
    if (!json) {
        printf("%s\n", page_id);
        field_list_print(&unmasking->fields.fields);
        return EXIT_DONE;
    }
    CLEANUP(json_freep)
    json_t *line = json_pack(
        "{s:s s:s s:s s:o}", "page", page_id, "record", digest_hex(&unmasking->fields_id, fields),
        "access", digest_hex(access, hex), "fields", field_list_json(&unmasking->fields.fields));
    return json_print_line(line, &err) < 0 ? report(&err) : EXIT_DONE;
}

int unmask(const char *archive, const char *page_id, const struct access_record *who, bool json)
{
    struct err err = {0};
    struct digest access;
    CLEANUP(unmasking_done)
    struct unmasking unmasking = {.writing = {.requests_fd = -1, .silent = json}, .access = *who};
    int code = writing_open(&unmasking.writing, archive);
    if (code != EXIT_DONE)
        return code;
    int n =
        catalogue_pages_by_id(unmasking.writing.archive.catalogue, page_id, load, &unmasking, &err);
    if (n < 0)
        return report(&err);
    if (n == 0 || unmasking.found == 0) {
        (void)fprintf(stderr,
                      n == 0 ? _("sohoa: the archive has no page '%s'\n")
                             : _("sohoa: nothing was noted of page '%s'; sohoa fields --store "
                                 "does it\n"),
                      page_id);
        return EXIT_FINDINGS;
    }
    code = note(&unmasking, &access);
    return code == EXIT_DONE ? print(&unmasking, page_id, &access, json) : code;
}
