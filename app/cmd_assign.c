/* app/cmd_assign.c - sohoa assign: a person says which pages are one paper, and of which dossier.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/writing.h"
#include "base/log.h"
#include "records/document_record.h"
#include "records/dossier_code.h"
#include "records/index.h"

struct assign {
    const char *archive, *dossier, *title; /* title NULL: nothing was said of it */
    bool force, json;
    const char *supersedes; /* id of an older page; NULL: none */
    struct writing writing;
    struct document_record record;
    bool one_holder; /* all pages so far are in the document record.replaces */
};

static void assign_done(struct assign *assign)
{
    document_record_done(&assign->record);
    writing_done(&assign->writing);
}

static int add_page(void *self, const struct page_row *row, struct err *err)
{
    struct assign *assign = self;
    struct document_record *record = &assign->record;
    bool first = record->page_len == 0, held = !digest_is_zero(&row->document);
    assign->one_holder =
        held && (first || (assign->one_holder && digest_equal(&row->document, &record->replaces)));
    if (held && !record->has_replaces) {
        record->has_replaces = true;
        record->replaces = row->document;
    }
    /* Whatever becomes of the papers: nothing is forgotten that keeps them from being destroyed. */
    if (row->retention > record->retention_years)
        record->retention_years = row->retention;
    if (row->hold[0] && !record->hold[0] && document_record_hold(record, row->hold, err) < 0)
        return -1;
    struct page_range page = {row->page.source, row->page.index, row->page.index};
    return document_record_add(record, page, err);
}

static int note_superseded(void *self, const struct page_row *row, struct err *err)
{
    struct document_record *record = self;
    (void)err;
    record->has_supersedes = true;
    record->supersedes = (struct page_range){row->page.source, row->page.index, row->page.index};
    return 0;
}

/* 1 all are there, 0 not (ret_missing says which), -1. */
static int add_pages(struct assign *assign, char *const ids[], int n, const char **ret_missing,
                     struct err *err)
{
    struct catalogue *catalogue = assign->writing.archive.catalogue;
    for (int i = 0; i < n; i++) {
        struct digest id;
        int pages = digest_parse(ids[i], &id)
                        ? catalogue_pages_of(catalogue, &id, add_page, assign, err)
                        : catalogue_pages_by_id(catalogue, ids[i], add_page, assign, err);
        if (pages < 0)
            return -1;
        *ret_missing = ids[i];
        if (pages == 0)
            return 0;
    }
    if (!assign->supersedes)
        return 1;
    *ret_missing = assign->supersedes;
    return catalogue_pages_by_id(catalogue, assign->supersedes, note_superseded, &assign->record,
                                 err);
}

static bool same_parts(const struct document_record *a, const struct document_record *b)
{
    if (a->part_len != b->part_len)
        return false;
    for (uint32_t i = 0; i < a->part_len; i++)
        if (!digest_equal(&a->parts[i].source, &b->parts[i].source) ||
            a->parts[i].first != b->parts[i].first || a->parts[i].last != b->parts[i].last)
            return false;
    return true;
}

/* What was known of the document the pages are of stays known: its title and batch; of the whole
 * document also how many sheets it has and what stood before it. 1 when nothing is left to say. */
static int keep_what_was_known(struct assign *assign, struct err *err)
{
    struct document_record *record = &assign->record;
    CLEANUP(document_record_done) struct document_record old = {.parts = NULL};
    CLEANUP(bytes_done) struct bytes json = {0};
    if (!assign->one_holder)
        return 0;
    if (index_read(assign->writing.archive.archive, assign->writing.archive.catalogue,
                   &record->replaces, &json, err) < 0 ||
        document_record_parse(bytes_span(&json), &old, err) < 0)
        return -1;
    memcpy(record->batch, old.batch, sizeof record->batch);
    if (!assign->title)
        memcpy(record->title, old.title, sizeof record->title);
    if (!same_parts(record, &old))
        return 0;
    record->sheets_expected = old.sheets_expected;
    record->has_separator = old.has_separator;
    record->separator_kept = old.separator_kept;
    record->separator = old.separator;
    if (!record->has_supersedes) {
        record->has_supersedes = old.has_supersedes;
        record->supersedes = old.supersedes;
    }
    bool superseded = record->has_supersedes == old.has_supersedes &&
                      (!old.has_supersedes ||
                       memcmp(&record->supersedes, &old.supersedes, sizeof old.supersedes) == 0);
    return superseded && strcmp(record->dossier, old.dossier) == 0 &&
           strcmp(record->title, old.title) == 0;
}

static int tell_waiting(const struct assign *assign, const struct digest *document)
{
    struct err err = {0};
    char hex[DIGEST_HEX_LEN + 1];
    if (!assign->json) {
        printf(_("dossier %s: waits for the service, which has not come to it yet\n"),
               assign->dossier);
        return EXIT_DONE;
    }
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:s s:I s:b s:b}", "document", digest_hex(document, hex),
                             "dossier", assign->dossier, "pages",
                             (json_int_t)assign->record.page_len, "written", 0, "waiting", 1);
    return json_print_line(json, &err) < 0 ? report(&err) : EXIT_DONE;
}

static int tell(const struct assign *assign, const struct digest *document, bool written)
{
    struct err err = {0};
    char hex[DIGEST_HEX_LEN + 1];
    uint32_t pages = assign->record.page_len;
    if (assign->json) {
        CLEANUP(json_freep)
        json_t *json =
            json_pack("{s:s s:s s:I s:b}", "document", digest_hex(document, hex), "dossier",
                      assign->dossier, "pages", (json_int_t)pages, "written", written);
        return json_print_line(json, &err) < 0 ? report(&err) : EXIT_DONE;
    }
    if (written)
        printf(ngettext("dossier %s: %u page, as one document\n",
                        "dossier %s: %u pages, as one document\n", pages),
               assign->dossier, pages);
    else
        printf(_("dossier %s: so it was already, nothing was written\n"), assign->dossier);
    return EXIT_DONE;
}

/* 1 when there is nothing left to say; else *json is the record. */
static int make_record(struct assign *assign, struct bytes *json, struct err *err)
{
    const struct document_record *record = &assign->record;
    for (uint32_t i = 0; i < record->part_len; i++)
        if (writing_seal_like(&assign->writing, &record->parts[i].source, err) < 0)
            return -1;
    int known = keep_what_was_known(assign, err);
    return known == 0 ? document_record_write(&assign->record, json, err) : known;
}

static int finish(struct assign *assign)
{
    struct err err = {0};
    struct digest id = assign->record.replaces;
    enum request_state state = REQUEST_DONE;
    CLEANUP(bytes_done) struct bytes json = {0};
    int known = make_record(assign, &json, &err);
    if (known < 0 ||
        (known == 0 && writing_commit(&assign->writing, bytes_span(&json), &state, &id, &err) < 0))
        return report(&err);
    if (state == REQUEST_WAITS)
        return tell_waiting(assign, &id);
    if (state == REQUEST_DONE)
        return tell(assign, &id, known == 0);
    log_line(LOG_ERROR, _("the service has refused it; its log says why"));
    return EXIT_FINDINGS;
}

static int write_document(struct assign *assign, char *const ids[], int n)
{
    struct err err = {0};
    const char *missing = NULL;
    assign->writing.silent = assign->json;
    int code = writing_open(&assign->writing, assign->archive);
    if (code != EXIT_DONE)
        return code;
    int rc = add_pages(assign, ids, n, &missing, &err);
    if (rc < 0 && err.kind == ERR_INPUT)
        return usage_error(&command_assign, "%s", err.text);
    if (rc < 0)
        return report(&err);
    if (rc == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no page or source '%s'\n"), missing);
        return EXIT_FINDINGS;
    }
    if (document_record_check(&assign->record, &err) < 0)
        return usage_error(&command_assign, "%s", err.text);
    return finish(assign);
}

enum { OPT_DOSSIER = OPT_FIRST_OWN, OPT_TITLE, OPT_SUPERSEDES, OPT_FORCE };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"archive", required_argument, NULL, 'A'},
    {"dossier", required_argument, NULL, OPT_DOSSIER},
    {"title", required_argument, NULL, OPT_TITLE},
    {"supersedes", required_argument, NULL, OPT_SUPERSEDES},
    {"force", no_argument, NULL, OPT_FORCE},
    {0},
};

static bool set_option(struct assign *assign, int option, const char *text)
{
    switch (option) {
    case 'A':
        assign->archive = text;
        return true;
    case OPT_DOSSIER:
        assign->dossier = text;
        return true;
    case OPT_TITLE:
        assign->title = text;
        return true;
    case OPT_SUPERSEDES:
        assign->supersedes = text;
        return true;
    case OPT_FORCE:
        return assign->force = true;
    case OPT_JSON:
        return assign->json = true;
    default:
        return false;
    }
}

/* EXIT_DONE: the words make sense, whatever the archive holds. */
static int check_words(struct assign *assign, int ids)
{
    struct err err = {0};
    if (!assign->archive)
        return usage_error(&command_assign, _("which archive? Give -A ARCHIVE"));
    if (!assign->dossier)
        return usage_error(&command_assign, _("which dossier? Give --dossier CODE"));
    if (ids == 0)
        return usage_error(&command_assign, _("no page or source to assign"));
    if (!dossier_code_plain(assign->dossier))
        return usage_error(&command_assign,
                           _("'%s' cannot be a dossier code: 1 to %d of A-Z a-z 0-9 . - _ /"),
                           assign->dossier, DOSSIER_CODE_MAX - 1);
    if (!assign->force && !dossier_code_formal(assign->dossier))
        return usage_error(&command_assign,
                           _("'%s' does not have the form of a dossier code (%s); --force takes "
                             "it all the same"),
                           assign->dossier, DOSSIER_CODE_EXAMPLES);
    if (assign->title && document_record_title(&assign->record, assign->title, &err) < 0)
        return usage_error(&command_assign, "%s", err.text);
    (void)snprintf(assign->record.dossier, sizeof assign->record.dossier, "%s", assign->dossier);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    CLEANUP(assign_done)
    struct assign assign = {.archive = getenv("SOHOA_ARCHIVE"),
                            .writing.requests_fd = -1,
                            .record = {.by = DOCUMENT_BY_PERSON}};
    for (int c; (c = getopt_long(argc, argv, "hA:", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_assign);
            return EXIT_DONE;
        }
        if (!set_option(&assign, c, optarg))
            return usage_error(&command_assign, _("unknown option or missing value"));
    }
    int code = check_words(&assign, argc - optind);
    return code == EXIT_DONE ? write_document(&assign, argv + optind, argc - optind) : code;
}

const struct command command_assign = {
    .name = "assign",
    .summary = N_("say which pages are one paper of a dossier"),
    .usage = "assign -A ARCHIVE --dossier CODE [OPTION]... PAGE|SOURCE...",
    .help = N_(
        "The pages, in the order given, become one document of the dossier. PAGE is a page id\n"
        "(from ls or find), SOURCE the SHA-256 of a file: all its pages. A page that was in a\n"
        "document is taken over, which is how a mistake is corrected; nothing is lost, the "
        "archive\n"
        "keeps every record. A title that was known stays when the pages are of one document.\n"
        "\n"
        "Options:\n"
        "  -A, --archive DIR  the archive (default: $SOHOA_ARCHIVE). When `sohoa watch` has it,\n"
        "                     that is asked to write the record; no other writer may have it\n"
        "  --dossier CODE     000.00.12.H57-250705-0001 or H57.12-250705-0001\n"
        "  --title TEXT       what the paper is called, at most 500 characters\n"
        "  --supersedes PAGE  a new scan takes the place of this page, which stays as it is\n"
        "  --force            take a code of another form\n"
        "  --json             one JSON object: document, dossier, pages, written, waiting\n"
        "\n"
        "Example:\n"
        "  sohoa ls archive --unassigned\n"
        "  sohoa assign -A archive --dossier H57.12-250705-0001 --title 'Giấy khai sinh' \\\n"
        "      3f9a0c6d1e2b4a5f8897a6b5c4d3e2f1.0 3f9a0c6d1e2b4a5f8897a6b5c4d3e2f1.1\n"),
    .run = run,
};
