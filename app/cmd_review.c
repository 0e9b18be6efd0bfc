/* app/cmd_review.c - sohoa review: what was read unsurely, and a person's word about it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/field_list.h"
#include "app/writing.h"
#include "base/log.h"
#include "storage/catalogue_fields.h"

#define BELOW_DEFAULT 80
#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000000

enum verb { VERB_LS, VERB_SET, VERB_ACCEPT, VERB_REJECT, VERBS };
static const char *const verbs[VERBS] = {"ls", "set", "accept", "reject"};

struct review {
    enum verb verb;
    const char *archive, *page;
    char *const *words; /* NAME=VALUE, or NAME */
    size_t word_len;
    uint32_t below, limit;
    bool json, found;
    struct writing writing;
    struct fields_record record; /* the person is set, the rest when the page is found */
    struct digest newest;
};

static void review_done(struct review *review)
{
    fields_record_done(&review->record);
    writing_done(&review->writing);
}

/* --- what is unsure --- */

static int print_unsure(void *self, const char *page_id, const struct catalogue_field *row,
                        struct err *err)
{
    const struct review *review = self;
    if (!review->json) {
        printf("%s  %3u %%  %-12s %s\n", page_id, row->confidence, row->name, row->value);
        return 0;
    }
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:s s:s s:I s:s}", "page", page_id, "field", row->name, "value", row->value,
                  "confidence", (json_int_t)row->confidence, "rule", row->rule);
    return json_print_line(json, err);
}

static int list(struct review *review)
{
    struct err err = {0};
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    if (reading_open(&reading, review->archive, ARCHIVE_READ, &err) < 0)
        return report(&err);
    int n = catalogue_unsure_fields(reading.catalogue, review->below, review->limit, print_unsure,
                                    review, &err);
    if (n < 0)
        return report(&err);
    if (n == 0 && !review->json)
        printf(_("Nothing was read with less than %u %%.\n"), review->below);
    return EXIT_DONE;
}

/* --- a person's word --- */

/* A new record with the values that count now. */
static int load(void *self, const struct page_row *row, struct err *err)
{
    struct review *review = self;
    struct fields_record *record = &review->record;
    CLEANUP(fields_record_done) struct fields_record old = {.index = 0};
    int rc = field_list_load(&review->writing.archive, &row->page, &old, &review->newest, err);
    if (rc < 0)
        return -1;
    review->found = true;
    record->source = row->page.source;
    record->index = row->page.index;
    record->has_replaces = rc > 0;
    record->replaces = review->newest;
    record->fields = old.fields;
    old.fields = (struct page_fields){.items = NULL};
    return 0;
}

static int copy_name(const char *word, size_t len, char ret_name[FIELD_NAME_MAX], struct err *err)
{
    if (len == 0 || len >= FIELD_NAME_MAX)
        return err_set(err, ERR_INPUT, _("'%.60s' is no name of a field"), word);
    memcpy(ret_name, word, len);
    ret_name[len] = '\0';
    return 0;
}

/* The fields that docs/format-fields.md knows; rules of a user's own may find others. */
static bool is_known(const struct page_fields *fields, const char *name)
{
    static const char *const known[] = {
        "number",   "date",       "type",      "issuer",       "parent",   "place",
        "abstract", "recipients", "signer",    "signer_title", "capacity", "urgency",
        "dossier",  "procedure",  "person_id", "tax_code",     "money",    "validity"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return page_fields_get(fields, name) != NULL;
}

/* "2026-04-28", "2026-04-00": filters compare them. */
static bool is_date(const char *text)
{
    static const char digits[] = "0123456789";
    if (strlen(text) != strlen("2026-04-28") || strspn(text, digits) != 4 || text[4] != '-' ||
        strspn(text + 5, digits) != 2 || text[7] != '-' || strspn(text + 8, digits) != 2)
        return false;
    return memcmp(text + 5, "01", 2) >= 0 && memcmp(text + 5, "12", 2) <= 0 &&
           memcmp(text + 8, "31", 2) <= 0;
}

static int set_value(struct review *review, const char *word, bool first, struct err *err)
{
    struct page_fields *fields = &review->record.fields;
    const char *equals = strchr(word, '=');
    char name[FIELD_NAME_MAX];
    if (!equals)
        return err_set(err, ERR_INPUT, _("'%.60s' is no NAME=VALUE"), word);
    if (copy_name(word, (size_t)(equals - word), name, err) < 0)
        return -1;
    if (first) {
        if (!is_known(fields, name))
            return err_set(err, ERR_INPUT, _("'%.60s' is no name of a field"), name);
        if (strcmp(name, "date") == 0 && !is_date(equals + 1))
            return err_set(err, ERR_INPUT, _("bad value '%.80s': give it as %s"), equals + 1,
                           "2026-04-28");
        return 0;
    }
    if (page_fields_add(fields, name, equals + 1, err) < 0)
        return -1;
    fields->items[fields->len - 1].confidence = 100;
    return 0;
}

static int set_values(struct review *review, struct err *err)
{
    char name[FIELD_NAME_MAX];
    for (size_t i = 0; i < review->word_len; i++) /* all are looked at before any is changed */
        if (set_value(review, review->words[i], true, err) < 0)
            return -1;
    for (size_t i = 0; i < review->word_len; i++) {
        const char *word = review->words[i];
        if (copy_name(word, strcspn(word, "="), name, err) < 0)
            return -1; /* UNTESTED: it was a name a moment ago */
        (void)page_fields_remove(&review->record.fields, name);
    }
    for (size_t i = 0; i < review->word_len; i++)
        if (set_value(review, review->words[i], false, err) < 0)
            return -1;
    return 0;
}

static int remove_values(struct review *review, struct err *err)
{
    for (size_t i = 0; i < review->word_len; i++)
        if (page_fields_remove(&review->record.fields, review->words[i]) == 0)
            return err_set(err, ERR_INPUT, _("the page has no field '%.60s'"), review->words[i]);
    return 0;
}

static int change(struct review *review, struct err *err)
{
    if (review->verb == VERB_SET)
        return set_values(review, err);
    if (!review->record.has_replaces)
        return err_set(err, ERR_INPUT, "%s", _("nothing was noted of this page"));
    return review->verb == VERB_REJECT ? remove_values(review, err) : 0;
}

static int tell(const struct review *review, const struct digest *id, enum request_state state)
{
    struct err err = {0};
    char hex[DIGEST_HEX_LEN + 1];
    if (state == REQUEST_REFUSED) {
        log_line(LOG_ERROR, _("the service has refused it; its log says why"));
        return EXIT_FINDINGS;
    }
    if (review->json) {
        CLEANUP(json_freep)
        json_t *json = json_pack("{s:s s:s s:b}", "page", review->page, "fields",
                                 digest_hex(id, hex), "waiting", state == REQUEST_WAITS);
        return json_print_line(json, &err) < 0 ? report(&err) : EXIT_DONE;
    }
    printf(state == REQUEST_WAITS
               ? _("page %s: waits for the service, which has not come to it yet\n")
               : _("page %s: noted\n"),
           review->page);
    return EXIT_DONE;
}

static int write_down(struct review *review)
{
    struct err err = {0};
    enum request_state state = REQUEST_DONE;
    CLEANUP(bytes_done) struct bytes json = {0};
    struct digest id;
    review->writing.silent = review->json;
    int code = writing_open(&review->writing, review->archive);
    if (code != EXIT_DONE)
        return code;
    if (catalogue_pages_by_id(review->writing.archive.catalogue, review->page, load, review, &err) <
        0)
        return report(&err);
    if (!review->found) {
        (void)fprintf(stderr, _("sohoa: the archive has no page '%s'\n"), review->page);
        return EXIT_FINDINGS;
    }
    if (change(review, &err) < 0)
        return err.kind == ERR_INPUT ? usage_error(&command_review, "%s", err.text) : report(&err);
    if (writing_seal_like(&review->writing, &review->record.source, &err) < 0 ||
        fields_record_write(&review->record, &json, &err) < 0 ||
        writing_commit(&review->writing, bytes_span(&json), &state, &id, &err) < 0)
        return report(&err);
    return tell(review, &id, state);
}

/* --- the words --- */

enum { OPT_BY = OPT_FIRST_OWN, OPT_BELOW, OPT_LIMIT };

static int set_number(const char *text, uint64_t max, uint32_t *ret_number, struct err *err)
{
    uint64_t number = 0;
    if (!parse_number(text, 1, max, &number))
        return err_set(err, ERR_INPUT, _("bad value '%.80s': give it as %s"), text, "80");
    *ret_number = (uint32_t)number;
    return 0;
}

static int set_option(struct review *review, int option, const char *text, struct err *err)
{
    switch (option) {
    case OPT_JSON:
        review->json = true;
        return 0;
    case OPT_BY:
        return fields_record_person(&review->record, text, err);
    case OPT_BELOW:
        return set_number(text, 101, &review->below, err);
    case OPT_LIMIT:
        return set_number(text, LIMIT_MAX, &review->limit, err);
    default:
        return err_set(err, ERR_INPUT, "%s", _("unknown option or missing value"));
    }
}

/* VERB ARCHIVE [PAGE [WORD]...] */
static int take_arguments(struct review *review, char *const argv[], int n)
{
    for (review->verb = VERB_LS; review->verb < VERBS; review->verb++)
        if (n > 0 && strcmp(argv[0], verbs[review->verb]) == 0)
            break;
    const bool speaks = review->verb != VERB_LS, by = review->record.person[0];
    const int fewest[VERBS] = {2, 4, 3, 4}, most[VERBS] = {2, n, 3, n};
    if (review->verb == VERBS || n < fewest[review->verb] || n > most[review->verb] || speaks != by)
        return usage_error(&command_review, "%s",
                           _("needed are: ls ARCHIVE, or set ARCHIVE PAGE NAME=VALUE..., accept "
                             "ARCHIVE PAGE, reject ARCHIVE PAGE NAME..., and --by WHO"));
    review->archive = argv[1];
    if (!speaks)
        return list(review);
    review->page = argv[2];
    review->words = argv + 3;
    review->word_len = (size_t)n - 3;
    return write_down(review);
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"by", required_argument, NULL, OPT_BY},
        {"below", required_argument, NULL, OPT_BELOW},
        {"limit", required_argument, NULL, OPT_LIMIT},
        {0},
    };
    struct err err = {0};
    CLEANUP(review_done)
    struct review review = {
        .below = BELOW_DEFAULT, .limit = LIMIT_DEFAULT, .writing.requests_fd = -1};
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_review);
            return EXIT_DONE;
        }
        if (set_option(&review, c, optarg, &err) < 0)
            return usage_error(&command_review, "%s", err.text);
    }
    return take_arguments(&review, argv + optind, argc - optind);
}

const struct command command_review = {
    .name = "review",
    .summary = N_("list what was read unsurely on pages, and say what is right"),
    .usage = "review {ls ARCHIVE | set ARCHIVE PAGE NAME=VALUE... | accept ARCHIVE PAGE |\n"
             "                     reject ARCHIVE PAGE NAME...} [OPTION]...",
    .help = N_(
        "ls      the fields that rules found in words the reader was not sure of, the least sure\n"
        "        first; not those of pages a person has said something about\n"
        "set     gives fields new values, in place of all that the page has of these names\n"
        "accept  everything noted of the page is right\n"
        "reject  takes fields away: a wrong value is worse than none\n"
        "\n"
        "Each of the last three writes a record with the name of who said so, which counts from\n"
        "then on; nothing is changed or lost (`sohoa show --history`), and rules never replace\n"
        "it. While `sohoa watch` has the archive, that is asked to write it. Personal ids are\n"
        "masked.\n"
        "\n"
        "Options:\n"
        "  --by WHO    who says so\n"
        "  --below N   ls: less sure than N percent (default 80)\n"
        "  --limit N   ls: at most N fields (default 100)\n"
        "  --json      ls: one JSON object per field; else one: page, fields (the record), "
        "waiting\n"
        "\n"
        "Examples:\n"
        "  sohoa review ls archive --below 90\n"
        "  sohoa review set archive 7428844edb698dbfe7a54573cf9f705e.0 number=707/QĐ-TTg \\\n"
        "      date=2026-04-28 --by 'Lan, quầy 3'\n"),
    .run = run,
};
