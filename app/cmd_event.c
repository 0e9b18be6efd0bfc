/* app/cmd_event.c - sohoa event: note what happened to a dossier. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/operators.h"
#include "app/writing.h"
#include "base/clock.h"
#include "base/log.h"
#include "records/dossier_code.h"
#include "records/event_record.h"

struct noting {
    const char *archive;
    bool json;
    const char *component, *name; /* NULL: not said */
    const char *document;         /* id of a page of it, or of its record */
    const char *operators;        /* file of who may note it; NULL: anybody */
    struct event_record event;
    struct writing writing;
};

static void noting_done(struct noting *noting)
{
    writing_done(&noting->writing);
}

static int take_document(void *self, const struct page_row *row, struct err *err)
{
    struct digest *document = self;
    (void)err;
    *document = row->document;
    return 0;
}

/* The document a component was digitised as. 1; 0: there is none; -1. */
static int find_document(struct noting *noting, struct err *err)
{
    struct catalogue *catalogue = noting->writing.archive.catalogue;
    struct digest *document = &noting->event.component.document;
    struct digest id;
    int n = digest_parse(noting->document, &id)
                ? catalogue_pages_of_document(catalogue, &id, take_document, document, err)
                : catalogue_pages_by_id(catalogue, noting->document, take_document, document, err);
    noting->event.component.has_document = n > 0 && !digest_is_zero(document);
    return n < 0 ? -1 : noting->event.component.has_document;
}

static int tell(const struct noting *noting, const struct digest *id, bool known,
                enum request_state state)
{
    struct err err = {0};
    char hex[DIGEST_HEX_LEN + 1];
    const struct event_record *event = &noting->event;
    if (noting->json) {
        CLEANUP(json_freep)
        json_t *json =
            json_pack("{s:s s:s s:s s:b}", "event", digest_hex(id, hex), "dossier", event->dossier,
                      "what", event_what_name(event->what), "waiting", state == REQUEST_WAITS);
        return json_print_line(json, &err) < 0 ? report(&err) : EXIT_DONE;
    }
    if (known)
        printf(_("dossier %s: so it was already, nothing was written\n"), event->dossier);
    else if (state == REQUEST_WAITS)
        printf(_("dossier %s: waits for the service, which has not come to it yet\n"),
               event->dossier);
    else
        printf(_("dossier %s: noted: %s\n"), event->dossier, event_what_name(event->what));
    return EXIT_DONE;
}

static int note(struct noting *noting)
{
    struct err err = {0};
    enum request_state state = REQUEST_DONE;
    CLEANUP(bytes_done) struct bytes json = {0};
    struct digest id;
    noting->writing.silent = noting->json;
    int code = writing_open(&noting->writing, noting->archive);
    if (code != EXIT_DONE)
        return code;
    int found = noting->document ? find_document(noting, &err) : 1;
    if (found == 0) {
        (void)fprintf(stderr, _("sohoa: '%s' is no page or record of a document\n"),
                      noting->document);
        return EXIT_FINDINGS;
    }
    if (found < 0)
        return report(&err);
    if (event_record_write(&noting->event, &json, &err) < 0)
        return usage_error(&command_event, "%s", err.text);
    struct group_entry entry;
    id = digest_of(bytes_span(&json));
    int known = catalogue_find_object(noting->writing.archive.catalogue, &id, &entry, &err);
    if (known < 0 ||
        (known == 0 && writing_commit(&noting->writing, bytes_span(&json), &state, &id, &err) < 0))
        return report(&err);
    if (state != REQUEST_REFUSED)
        return tell(noting, &id, known > 0, state);
    log_line(LOG_ERROR, _("the service has refused it; its log says why"));
    return EXIT_FINDINGS;
}

/* --- the words --- */

enum {
    OPT_AT = OPT_FIRST_OWN,
    OPT_BY,
    OPT_OFFICE,
    OPT_BECAUSE,
    OPT_PAPER,
    OPT_PAGES,
    OPT_REWORK,
    OPT_SHEETS,
    OPT_AMOUNT,
    OPT_COMPONENT,
    OPT_NAME,
    OPT_RESULT,
    OPT_DIGITISED,
    OPT_EXEMPT,
    OPT_SET,
    OPT_OPERATORS,
};

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"archive", required_argument, NULL, 'A'},
    {"at", required_argument, NULL, OPT_AT},
    {"by", required_argument, NULL, OPT_BY},
    {"office", required_argument, NULL, OPT_OFFICE},
    {"because", required_argument, NULL, OPT_BECAUSE},
    {"paper", required_argument, NULL, OPT_PAPER},
    {"pages", required_argument, NULL, OPT_PAGES},
    {"rework", required_argument, NULL, OPT_REWORK},
    {"sheets", required_argument, NULL, OPT_SHEETS},
    {"amount", required_argument, NULL, OPT_AMOUNT},
    {"component", required_argument, NULL, OPT_COMPONENT},
    {"name", required_argument, NULL, OPT_NAME},
    {"result", no_argument, NULL, OPT_RESULT},
    {"digitised", required_argument, NULL, OPT_DIGITISED},
    {"exempt", required_argument, NULL, OPT_EXEMPT},
    {"set", required_argument, NULL, OPT_SET},
    {"operators", required_argument, NULL, OPT_OPERATORS},
    {0},
};

static int bad_value(const char *text, struct err *err)
{
    return err_set(err, ERR_INPUT, _("bad value '%.100s'"), text);
}

/* NAME=VALUE */
static int set_fact(struct event_record *event, const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');
    for (size_t i = 0; equals && i < DOSSIER_FACTS; i++) {
        const char *name = dossier_fact_name((enum dossier_fact)i);
        if (strlen(name) == (size_t)(equals - text) && memcmp(name, text, strlen(name)) == 0)
            return event_record_fact(event, (enum dossier_fact)i, equals + 1, err);
    }
    return bad_value(text, err);
}

static int set_number(const char *text, uint64_t max, uint64_t *number, struct err *err)
{
    return parse_number(text, 0, max, number) ? 0 : bad_value(text, err);
}

static int set_count(struct event_record *event, int option, const char *text, struct err *err)
{
    switch (option) {
    case OPT_PAGES:
        return set_number(text, EVENT_COUNT_MAX, &event->pages, err);
    case OPT_REWORK:
        return set_number(text, EVENT_COUNT_MAX, &event->rework, err);
    case OPT_SHEETS:
        return set_number(text, EVENT_COUNT_MAX, &event->sheets, err);
    default:
        return set_number(text, EVENT_AMOUNT_MAX, &event->amount, err);
    }
}

static int set_component(struct noting *noting, int option, const char *text, struct err *err)
{
    struct event_component *component = &noting->event.component;
    switch (option) {
    case OPT_COMPONENT:
        noting->component = text;
        return 0;
    case OPT_NAME:
        noting->name = text;
        return 0;
    case OPT_RESULT:
        component->result = true;
        return 0;
    case OPT_DIGITISED:
        if (component->state != COMPONENT_EXPECTED)
            return bad_value(text, err);
        noting->document = text;
        component->state = COMPONENT_DIGITISED;
        return 0;
    default:
        return component->state != COMPONENT_EXPECTED
                   ? bad_value(text, err)
                   : event_record_exempt(&noting->event, text, err);
    }
}

static int set_option(struct noting *noting, int option, const char *text, struct err *err)
{
    struct event_record *event = &noting->event;
    switch (option) {
    case 'A':
        noting->archive = text;
        return 0;
    case OPT_JSON:
        noting->json = true;
        return 0;
    case OPT_AT:
        return parse_time(text, false, &event->at_ns) ? 0 : bad_value(text, err);
    case OPT_BY:
        return event_record_by(event, text, err);
    case OPT_OFFICE:
        return event_record_office(event, text, err);
    case OPT_BECAUSE:
        return event_record_because(event, text, err);
    case OPT_PAPER:
        return event_record_paper(event, text, err);
    case OPT_PAGES:
    case OPT_REWORK:
    case OPT_SHEETS:
    case OPT_AMOUNT:
        return set_count(event, option, text, err);
    case OPT_SET:
        return set_fact(event, text, err);
    case OPT_OPERATORS:
        noting->operators = text;
        return 0;
    case OPT_COMPONENT:
    case OPT_NAME:
    case OPT_RESULT:
    case OPT_DIGITISED:
    case OPT_EXEMPT:
        return set_component(noting, option, text, err);
    default:
        return err_set(err, ERR_INPUT, "%s", _("unknown option or missing value"));
    }
}

static int take_arguments(struct noting *noting, char *const argv[], int n, struct err *err)
{
    struct event_record *event = &noting->event;
    if (!noting->archive)
        return err_set(err, ERR_INPUT, "%s", _("which archive? Give -A ARCHIVE"));
    if (n != 2)
        return err_set(err, ERR_INPUT, "%s", _("a dossier code and what happened are needed"));
    if (!dossier_code_plain(argv[0]))
        return bad_value(argv[0], err);
    (void)snprintf(event->dossier, sizeof event->dossier, "%s", argv[0]);
    if (!event_what_parse(argv[1], &event->what))
        return bad_value(argv[1], err);
    if (event->at_ns == 0)
        event->at_ns = clock_ns(CLOCK_REALTIME);
    if (noting->component &&
        event_record_component(event, noting->component, noting->name, err) < 0)
        return -1;
    struct event_record whole = *event;
    whole.component.has_document = noting->document != NULL; /* it is looked up later */
    return event_record_check(&whole, err);
}

/* EXIT_DONE, or what to end with when this operator may not note it. */
static int ask_operators(const struct noting *noting)
{
    const struct event_record *event = &noting->event;
    struct err err = {0};
    char at[32];
    enum operator_right right = OPERATOR_UNKNOWN;
    CLEANUP(operators_freep) struct operators *operators = operators_load(noting->operators, &err);
    if (!operators)
        return err.kind == ERR_INPUT ? usage_error(&command_event, "%s", err.text) : report(&err);
    if (operators_ask(operators, event->by, event->at_ns, &right, &err) < 0)
        return report(&err); /* UNTESTED: the names were looked at */
    if (right == OPERATOR_MAY)
        return EXIT_DONE;
    if (right == OPERATOR_NOT_THEN)
        log_line(LOG_ERROR, _("'%s' may not note events of %s"), event->by,
                 time_text(event->at_ns, at));
    else
        log_line(LOG_ERROR, _("'%s' is none of the operators: give --by NAME"), event->by);
    return EXIT_FINDINGS;
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    CLEANUP(noting_done)
    struct noting noting = {.archive = getenv("SOHOA_ARCHIVE"), .writing.requests_fd = -1};
    for (int c; (c = getopt_long(argc, argv, "hA:", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_event);
            return EXIT_DONE;
        }
        if (set_option(&noting, c, optarg, &err) < 0)
            return usage_error(&command_event, "%s", err.text);
    }
    if (take_arguments(&noting, argv + optind, argc - optind, &err) < 0)
        return usage_error(&command_event, "%s", err.text);
    int code = noting.operators ? ask_operators(&noting) : EXIT_DONE;
    return code == EXIT_DONE ? note(&noting) : code;
}

const struct command command_event = {
    .name = "event",
    .summary = N_("note what happened to a dossier"),
    .usage = "event -A ARCHIVE DOSSIER WHAT [OPTION]...",
    .help = N_(
        "Writes one event record; nothing is ever changed or taken back. What reports say comes\n"
        "from these events alone. While `sohoa watch` has the archive, that is asked to write it.\n"
        "WHAT is one of: arrived started received refused scanned component reused fee\n"
        "handed-over transferred acknowledged supplement decided returned stopped withdrawn\n"
        "feedback complaint noted\n"
        "\n"
        "Options:\n"
        "  -A, --archive DIR   the archive (default: $SOHOA_ARCHIVE)\n"
        "  --at TIME           when it happened, 2026-11-30 or 2026-11-30T01:15:00Z (default: "
        "now)\n"
        "  --by NAME           who; --office CODE  where; --because TEXT  why\n"
        "  --paper TEXT        number of the receipt, the parcel, the minutes\n"
        "  --pages N           scanned; --rework N  of them because an older scan was bad\n"
        "  --sheets N          originals handed over; --amount N  paid, VND\n"
        "  --component CODE    of which paper; --name TEXT  what it is called; --result  it is\n"
        "                      the agency's, not one handed in\n"
        "  --digitised ID      as this document (a page of it); --exempt CODE  not to be "
        "digitised,\n"
        "                      and why; neither: it is expected\n"
        "  --set FACT=VALUE    procedure procedure_name field field_name level (province,\n"
        "                      commune) helped received decides return_to due\n"
        "  --operators FILE    who may note events, and when (configs/operators.yaml): nobody\n"
        "                      else may; exit code 1\n"
        "  --json              one JSON object: event, dossier, what, waiting\n"
        "\n"
        "Examples:\n"
        "  sohoa event -A archive H57.12-250705-0001 received --by 'quầy 3' --office H57.12 \\\n"
        "      --set procedure=1.000318 --set level=commune --set decides=H57.05\n"
        "  sohoa event -A archive H57.12-250705-0001 component --component GKS \\\n"
        "      --name 'Giấy khai sinh' --digitised 7428844edb698dbfe7a54573cf9f705e.0\n"),
    .run = run,
};
