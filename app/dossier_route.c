/* app/dossier_route.c - where a dossier goes, and why. */
#include "app/dossier_route.h"

#include <stdio.h>
#include <string.h>

#include "app/dossier_state.h"
#include "app/unit_register.h"
#include "app/writing.h"
#include "base/clock.h"
#include "base/log.h"

struct routed {
    struct routing *routing;
    struct units *units;
    struct writing writing; /* archive: also when it is only read */
    struct dossier_state state;
    struct route route;
    char why[EVENT_TEXT_MAX];
};

static void routed_done(struct routed *routed)
{
    dossier_state_done(&routed->state);
    writing_done(&routed->writing);
    units_freep(&routed->units);
    routing_freep(&routed->routing);
}

/* EXIT_DONE, or the code to end with. */
static int take_unit(struct routed *routed, const struct dossier_route *asked,
                     struct routing_case *dossier)
{
    int code = EXIT_DONE;
    if (!asked->unit)
        return EXIT_DONE;
    routed->units = unit_register_open(asked->units, &code);
    if (!routed->units)
        return code;
    const struct unit *unit = units_by_code(routed->units, asked->unit, unit_today());
    if (!unit)
        return usage_error(&command_dossier, _("there is no unit '%s' today: see sohoa unit"),
                           asked->unit);
    dossier->unit = unit->code;
    dossier->province = unit->province;
    return EXIT_DONE;
}

static void tell_why(struct routed *routed, const struct dossier_route *asked)
{
    const struct route *route = &routed->route;
    if (route->rule)
        (void)snprintf(routed->why, sizeof routed->why, "rule %.300s%s%s", route->rule->name,
                       asked->unit ? ", unit " : "", asked->unit ? asked->unit : "");
    else
        (void)snprintf(routed->why, sizeof routed->why, "an event says so");
}

/* Notes who decides and where the result goes, so that whoever sends it need not know the unit. */
static int note(struct routed *routed, const struct dossier_route *asked)
{
    struct err err = {0};
    enum request_state state = REQUEST_DONE;
    struct digest id;
    CLEANUP(bytes_done) struct bytes json = {0};
    struct event_record event = {.what = EVENT_NOTED, .at_ns = clock_ns(CLOCK_REALTIME)};
    (void)snprintf(event.dossier, sizeof event.dossier, "%s", asked->dossier);
    if (event_record_because(&event, routed->why, &err) < 0 ||
        (asked->by && event_record_by(&event, asked->by, &err) < 0) ||
        event_record_fact(&event, FACT_DECIDES, routed->route.agency->code, &err) < 0 ||
        event_record_fact(&event, FACT_RETURN_TO, routed->route.return_to, &err) < 0 ||
        event_record_write(&event, &json, &err) < 0)
        return usage_error(&command_dossier, "%s", err.text);
    if (writing_commit(&routed->writing, bytes_span(&json), &state, &id, &err) < 0)
        return report(&err);
    if (state != REQUEST_REFUSED)
        return EXIT_DONE;
    log_line(LOG_ERROR, _("the service has refused it; its log says why"));
    return EXIT_FINDINGS;
}

static int tell(const struct routed *routed, const struct dossier_route *asked)
{
    struct err err = {0};
    const struct route *route = &routed->route;
    char *const *facts = routed->state.facts;
    if (asked->json) {
        CLEANUP(json_freep)
        json_t *json = json_pack("{s:s s:s s:s s:s s:s s:s s:s s:s s:b}", "dossier", asked->dossier,
                                 "helped", facts[FACT_HELPED], "received", facts[FACT_RECEIVED],
                                 "decides", route->agency->code, "name", route->agency->name,
                                 "folder", route->agency->folder, "return_to", route->return_to,
                                 "because", routed->why, "noted", asked->note);
        return json_print_line(json, &err) < 0 ? report(&err) : EXIT_DONE;
    }
    printf(_("dossier        %s\n"), asked->dossier);
    printf(_("helped at      %s\n"), facts[FACT_HELPED]);
    printf(_("received at    %s\n"), facts[FACT_RECEIVED]);
    printf(_("decides        %s %s\n"), route->agency->code, route->agency->name);
    printf(_("folder         %s\n"), route->agency->folder);
    printf(_("result goes to %s\n"), route->return_to);
    printf(_("because of     %s\n"), routed->why);
    return EXIT_DONE;
}

static int open_archive(struct routed *routed, const struct dossier_route *asked)
{
    struct err err = {0};
    routed->writing.silent = asked->json;
    if (asked->note)
        return writing_open(&routed->writing, asked->archive);
    return reading_open(&routed->writing.archive, asked->archive, ARCHIVE_READ, &err) < 0
               ? report(&err)
               : EXIT_DONE;
}

int dossier_route(const struct dossier_route *asked)
{
    struct err err = {0};
    CLEANUP(routed_done) struct routed routed = {.writing.requests_fd = -1};
    if (!asked->config)
        return usage_error(&command_dossier,
                           _("which rules? Give -c FILE, see configs/routing.yaml"));
    routed.routing = routing_load(asked->config, &err);
    if (!routed.routing)
        return err.kind == ERR_INPUT ? usage_error(&command_dossier, "%s", err.text) : report(&err);
    int code = open_archive(&routed, asked);
    if (code != EXIT_DONE)
        return code;
    int n =
        dossier_state_read(routed.writing.archive.catalogue, asked->dossier, &routed.state, &err);
    if (n < 0)
        return report(&err);
    if (n == 0) {
        (void)fprintf(stderr, _("sohoa: no event tells of a dossier '%s'\n"), asked->dossier);
        return EXIT_FINDINGS;
    }
    struct routing_case dossier = dossier_state_case(&routed.state);
    code = take_unit(&routed, asked, &dossier);
    if (code != EXIT_DONE)
        return code;
    if (routing_find(routed.routing, &dossier, &routed.route, &err) < 0) {
        (void)fprintf(stderr, _("sohoa: dossier %s goes nowhere: %s\n"), asked->dossier, err.text);
        return EXIT_FINDINGS;
    }
    tell_why(&routed, asked);
    code = asked->note ? note(&routed, asked) : EXIT_DONE;
    return code == EXIT_DONE ? tell(&routed, asked) : code;
}
