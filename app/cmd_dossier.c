/* app/cmd_dossier.c - sohoa dossier: what is known of dossiers, and what happened to one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <getopt.h>

#include "app/app.h"
#include "app/dossier_route.h"
#include "app/dossier_state.h"
#include "storage/catalogue_events.h"

struct showing {
    struct reading archive;
    bool json;
    json_t *dossier; /* of show --json */
};

static void showing_done(struct showing *showing)
{
    json_decref(showing->dossier);
    reading_done(&showing->archive);
}

static json_t *dossier_json(const struct dossier_row *row)
{
    char first[32], last[32];
    json_t *json =
        json_pack("{s:s s:s s:s s:s}", "dossier", row->code, "status", row->status, "first",
                  time_text(row->first_ns, first), "last", time_text(row->last_ns, last));
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        json_object_set_new(json, dossier_fact_name((enum dossier_fact)i),
                            json_string(row->facts[i]));
    return json;
}

static int list_dossier(void *self, const struct dossier_row *row, struct err *err)
{
    const struct showing *showing = self;
    char last[32];
    if (showing->json) {
        CLEANUP(json_freep) json_t *json = dossier_json(row);
        return json_print_line(json, err);
    }
    printf("%-30s %-12s %s %s %s\n", row->code, row->status[0] ? row->status : "-",
           time_text(row->last_ns, last), row->facts[FACT_PROCEDURE],
           row->facts[FACT_PROCEDURE_NAME]);
    return 0;
}

static int show_dossier(void *self, const struct dossier_row *row, struct err *err)
{
    struct showing *showing = self;
    (void)err;
    if (showing->json) {
        showing->dossier = dossier_json(row);
        json_object_set_new(showing->dossier, "components", json_array());
        json_object_set_new(showing->dossier, "deliveries", json_array());
        json_object_set_new(showing->dossier, "events", json_array());
        return 0;
    }
    printf(_("dossier        %s\n"), row->code);
    printf(_("status         %s\n"), row->status[0] ? row->status : "-");
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        if (row->facts[i][0])
            printf("%-14s %s\n", dossier_fact_name((enum dossier_fact)i), row->facts[i]);
    return 0;
}

static int show_component(void *self, const struct component_row *row, struct err *err)
{
    struct showing *showing = self;
    char hex[DIGEST_HEX_LEN + 1] = "";
    (void)err;
    if (!digest_is_zero(&row->document))
        digest_hex(&row->document, hex);
    if (showing->json)
        json_array_append_new(json_object_get(showing->dossier, "components"),
                              json_pack("{s:s s:s s:s s:s s:b s:s}", "component", row->code, "name",
                                        row->name, "state", row->state, "exempt", row->exempt,
                                        "result", row->result, "document", hex));
    else
        printf(_("component      %s %s: %s %s%.16s\n"), row->code, row->name, row->state,
               row->exempt, hex);
    return 0;
}

static void add_event(json_t *list, const struct catalogue_event *row)
{
    char at[32], told[32], hex[DIGEST_HEX_LEN + 1];
    json_array_append_new(
        list,
        json_pack("{s:s s:s s:s s:s s:s s:s s:s s:s s:I s:I s:I s:I s:s}", "event",
                  digest_hex(&row->id, hex), "what", row->what, "at", time_text(row->at_ns, at),
                  "told", time_text(row->told_ns, told), "by", row->by, "office", row->office,
                  "because", row->because, "paper", row->paper, "pages", (json_int_t)row->pages,
                  "rework", (json_int_t)row->rework, "sheets", (json_int_t)row->sheets, "amount",
                  (json_int_t)row->amount, "component", row->component));
}

static void print_number(const char *what, uint64_t number)
{
    if (number > 0)
        printf(", %s %" PRIu64, what, number);
}

static int show_event(void *self, const struct catalogue_event *row, struct err *err)
{
    struct showing *showing = self;
    char at[32];
    (void)err;
    if (showing->json) {
        add_event(json_object_get(showing->dossier, "events"), row);
        return 0;
    }
    printf("%s  %s", time_text(row->at_ns, at), row->what);
    const char *const texts[] = {row->component, row->by, row->office, row->paper, row->because};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i][0])
            printf(", %s", texts[i]);
    print_number(_("pages"), row->pages);
    print_number(_("again"), row->rework);
    print_number(_("sheets"), row->sheets);
    print_number("VND", row->amount);
    printf("\n");
    return 0;
}

/* A line for each package that an agency was sent. */
static void show_delivery(const struct showing *showing, const struct sending *sending)
{
    char hex[DIGEST_HEX_LEN + 1], sent[32], again[32], delivered[32];
    digest_hex(&sending->package, hex);
    time_text(sending->first_ns, sent);
    time_text(sending->last_ns, again);
    time_text(sending->delivered_ns, delivered);
    if (showing->json)
        json_array_append_new(json_object_get(showing->dossier, "deliveries"),
                              json_pack("{s:s s:s s:s s:s s:s s:s}", "agency", sending->agency,
                                        "package", hex, "sent", sent, "sent_last", again,
                                        "delivered", sending->delivered_ns ? delivered : "", "by",
                                        sending->by));
    else if (sending->delivered_ns)
        printf(_("delivery       %s: delivered %s, to %s (%.16s)\n"), sending->agency, delivered,
               sending->by, hex);
    else
        printf(_("delivery       %s: sent %s, no receipt (%.16s)\n"), sending->agency, again, hex);
}

static int show_deliveries(const struct showing *showing, const char *code, struct err *err)
{
    CLEANUP(dossier_state_done) struct dossier_state state = {.sendings = NULL};
    if (dossier_state_read(showing->archive.catalogue, code, &state, err) < 0)
        return -1;
    for (size_t i = 0; i < state.sending_len; i++)
        show_delivery(showing, &state.sendings[i]);
    return 0;
}

static int show(struct showing *showing, const char *code)
{
    struct err err = {0};
    struct catalogue *catalogue = showing->archive.catalogue;
    int n = catalogue_list_dossiers(catalogue, code, show_dossier, showing, &err);
    if (n == 0) {
        (void)fprintf(stderr, _("sohoa: no event tells of a dossier '%s'\n"), code);
        return EXIT_FINDINGS;
    }
    if (n < 0 || catalogue_list_components(catalogue, code, show_component, showing, &err) < 0 ||
        show_deliveries(showing, code, &err) < 0 ||
        catalogue_list_events(catalogue, code, show_event, showing, &err) < 0 ||
        (showing->json && json_print_line(showing->dossier, &err) < 0))
        return report(&err);
    return EXIT_DONE;
}

static int look(const char *archive, const char *dossier, bool json)
{
    struct err err = {0};
    CLEANUP(showing_done) struct showing showing = {.json = json};
    if (reading_open(&showing.archive, archive, ARCHIVE_READ, &err) < 0)
        return report(&err);
    if (dossier)
        return show(&showing, dossier);
    if (catalogue_list_dossiers(showing.archive.catalogue, NULL, list_dossier, &showing, &err) < 0)
        return report(&err);
    return EXIT_DONE;
}

enum { OPT_UNIT = OPT_FIRST_OWN, OPT_UNITS, OPT_NOTE, OPT_BY };

/* False: there is no such option. */
static bool set_option(struct dossier_route *route, int option, const char *text)
{
    switch (option) {
    case 'c':
        route->config = text;
        return true;
    case OPT_UNIT:
        route->unit = text;
        return true;
    case OPT_UNITS:
        route->units = text;
        return true;
    case OPT_NOTE:
        route->note = true;
        return true;
    case OPT_BY:
        route->by = text;
        return true;
    case OPT_JSON:
        route->json = true;
        return true;
    default:
        return false;
    }
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"config", required_argument, NULL, 'c'},
        {"unit", required_argument, NULL, OPT_UNIT},
        {"units", required_argument, NULL, OPT_UNITS},
        {"note", no_argument, NULL, OPT_NOTE},
        {"by", required_argument, NULL, OPT_BY},
        {0},
    };
    struct dossier_route route = {.archive = NULL};
    for (int c; (c = getopt_long(argc, argv, "hc:", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_dossier);
            return EXIT_DONE;
        }
        if (!set_option(&route, c, optarg))
            return usage_error(&command_dossier, _("unknown option"));
    }
    const char *verb = argc > optind ? argv[optind] : "";
    int n = argc - optind;
    if (strcmp(verb, "route") == 0 && n == 3) {
        route.archive = argv[optind + 1];
        route.dossier = argv[optind + 2];
        return dossier_route(&route);
    }
    if (route.config || route.unit || route.units || route.note || route.by)
        return usage_error(&command_dossier, _("unknown option"));
    if (strcmp(verb, "show") == 0 && n == 3)
        return look(argv[optind + 1], argv[optind + 2], route.json);
    if (strcmp(verb, "ls") == 0 && n == 2)
        return look(argv[optind + 1], NULL, route.json);
    return usage_error(&command_dossier,
                       _("needed are: ls ARCHIVE, show ARCHIVE DOSSIER, or route ARCHIVE DOSSIER"));
}

const struct command command_dossier = {
    .name = "dossier",
    .summary = N_("show what is known of dossiers, and what happened to them"),
    .usage = "dossier {ls ARCHIVE | {show | route} ARCHIVE DOSSIER} [OPTION]...",
    .help = N_(
        "All of it comes from event records (see event): `ls` has a line for each dossier they\n"
        "tell of, with its last step; `show` tells of one what is known, its papers, and every\n"
        "event by when it happened. The pages of a dossier: ls, find --dossier. Exit code 1: no\n"
        "event tells of the dossier.\n"
        "`route` says which agency decides, where the result is returned to, and by which rule;\n"
        "where it was handed in says nothing of that. Exit code 1: no rule fits, or two do and\n"
        "neither is narrower. docs/format-routing.md tells how rules are written.\n"
        "\n"
        "Options:\n"
        "  --json         one JSON object per dossier; of show with components,\n"
        "                 deliveries and events\n"
        "  -c, --config FILE\n"
        "                 route: agencies and rules, see configs/routing.yaml\n"
        "  --unit CODE    route: whose affair it is, a commune or province (see unit)\n"
        "  --units DIR    route: another register of units\n"
        "  --note         route: note as an event who decides and where the result goes\n"
        "  --by NAME      route: who says so, with --note\n"
        "\n"
        "Examples:\n"
        "  sohoa dossier ls archive\n"
        "  sohoa dossier show archive H57.12-250705-0001\n"
        "  sohoa dossier route archive H57.12-250705-0001 -c configs/routing.yaml --unit 19789\n"),
    .run = run,
};
