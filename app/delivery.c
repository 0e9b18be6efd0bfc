/* app/delivery.c - dossiers on their way to the agencies that decide them. */
#include "app/delivery.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dossier_bag.h"
#include "base/fd.h"
#include "storage/catalogue_events.h"

#define MANIFEST_NAME "data/delivery.json"
#define BY            "sohoa deliver"
#define PATH_BYTES    (ROUTING_TEXT_MAX + DELIVERY_NAME_BYTES + 2)

void delivery_done(struct delivery *delivery)
{
    writing_done(&delivery->writing);
    free(delivery->targets);
    free(delivery->codes);
    free(delivery->packages);
}

/* --- telling --- */

void delivery_tell(const struct delivery *delivery, const struct delivery_told *told)
{
    struct err ignored = {0};
    char hex[DIGEST_HEX_LEN + 1] = "";
    if (told->package)
        digest_hex(told->package, hex);
    if (!delivery->json) {
        printf("%s %s %s %s\n", told->text, told->dossier, told->agency, told->rest);
        return;
    }
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:s s:s s:s s:s}", "outcome", told->outcome, "dossier", told->dossier,
                  "agency", told->agency, "package", hex, "told", told->rest);
    int rc = json_print_line(json, &ignored);
    (void)rc; /* whether it was printed is asked at the end */
}

static void tell_failed(struct delivery *delivery, const char *dossier, const char *agency,
                        const struct err *why)
{
    delivery->sums.failed++;
    delivery_tell(delivery, &(struct delivery_told){"failed", _("failed    "), dossier, agency,
                                                    why->text, NULL});
}

/* --- what there is --- */

static int add_code(void *self, const struct dossier_row *row, struct err *err)
{
    struct delivery *delivery = self;
    if (delivery->code_len == delivery->code_cap) {
        size_t cap = delivery->code_cap ? 2 * delivery->code_cap : 1024;
        void *codes = realloc(delivery->codes, cap * sizeof *delivery->codes);
        if (!codes)
            return err_sys(err, "list dossiers"); /* UNTESTED: no memory */
        delivery->codes = codes;
        delivery->code_cap = cap;
    }
    (void)snprintf(delivery->codes[delivery->code_len++], DOSSIER_CODE_MAX, "%s", row->code);
    return 0;
}

static int add_package(struct delivery *delivery, const char *dossier,
                       const struct sending *sending, struct err *err)
{
    if (delivery->package_len == delivery->package_cap) {
        size_t cap = delivery->package_cap ? 2 * delivery->package_cap : 1024;
        struct package *packages = realloc(delivery->packages, cap * sizeof *packages);
        if (!packages)
            return err_sys(err, "list packages"); /* UNTESTED: no memory */
        delivery->packages = packages;
        delivery->package_cap = cap;
    }
    struct package *package = &delivery->packages[delivery->package_len++];
    *package = (struct package){.id = sending->package,
                                .first_ns = sending->first_ns,
                                .last_ns = sending->last_ns,
                                .delivered = sending->delivered_ns != 0};
    (void)snprintf(package->agency, sizeof package->agency, "%s", sending->agency);
    (void)snprintf(package->dossier, sizeof package->dossier, "%s", dossier);
    return 0;
}

static int by_digest(const void *a, const void *b)
{
    const struct package *x = a, *y = b;
    int order = digest_compare(&x->id, &y->id);
    return order ? order : strcmp(x->agency, y->agency);
}

int delivery_collect(struct delivery *delivery, struct err *err)
{
    struct catalogue *catalogue = delivery->writing.archive.catalogue;
    delivery->targets = calloc(delivery->routing->agency_count + 1, sizeof *delivery->targets);
    if (!delivery->targets)
        return err_sys(err, "list agencies"); /* UNTESTED: no memory */
    if (catalogue_list_dossiers(catalogue, NULL, add_code, delivery, err) < 0)
        return -1;
    for (size_t i = 0; i < delivery->code_len; i++) {
        CLEANUP(dossier_state_done) struct dossier_state state = {.sendings = NULL};
        if (dossier_state_read(catalogue, delivery->codes[i], &state, err) < 0)
            return -1;
        for (size_t k = 0; k < state.sending_len; k++)
            if (add_package(delivery, state.code, &state.sendings[k], err) < 0)
                return -1;
    }
    if (delivery->package_len > 0)
        qsort(delivery->packages, delivery->package_len, sizeof *delivery->packages, by_digest);
    return 0;
}

/* --- a package --- */

const char *delivery_name(const char *dossier, const struct digest *package,
                          char ret_name[DELIVERY_NAME_BYTES])
{
    char hex[DIGEST_HEX_LEN + 1];
    (void)snprintf(ret_name, DELIVERY_NAME_BYTES, "%.*s-%.16s", DOSSIER_CODE_MAX - 1, dossier,
                   digest_hex(package, hex));
    for (char *c = ret_name; *c; c++)
        if (*c == '/' || (c == ret_name && *c == '.'))
            *c = '_';
    return ret_name;
}

static int list_component(void *self, const struct component_row *row, struct err *err)
{
    json_t *list = self;
    char hex[DIGEST_HEX_LEN + 1] = "";
    (void)err;
    if (row->result)
        return 0; /* it comes from the agency */
    if (!digest_is_zero(&row->document))
        digest_hex(&row->document, hex);
    json_array_append_new(list, json_pack("{s:s s:s s:s s:s s:s}", "component", row->code, "name",
                                          row->name, "state", row->state, "exempt", row->exempt,
                                          "document", hex));
    return 0;
}

/* What the agency's software reads first. No time: the same dossier gives the same package. */
static int add_manifest(struct dossier_bag *made, const struct dossier_state *state,
                        const struct route *route, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(json_freep) json_t *components = json_array();
    CLEANUP(json_freep) json_t *facts = json_object();
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        if (state->facts[i][0])
            json_object_set_new(facts, dossier_fact_name((enum dossier_fact)i),
                                json_string(state->facts[i]));
    if (catalogue_list_components(made->reading->catalogue, state->code, list_component, components,
                                  err) < 0)
        return -1;
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:i s:s s:s s:s s:s s:s s:O s:O}", "kind", "delivery", "v", 1, "dossier",
                  state->code, "agency", route->agency->code, "agency_name", route->agency->name,
                  "return_to", route->return_to, "rule", route->rule ? route->rule->name : "",
                  "facts", facts, "components", components);
    if (json_canonical(json, &text, err) < 0)
        return -1;
    return bag_add(&made->bag, MANIFEST_NAME, bytes_span(&text), err);
}

static void package_path(const struct route *route, const char *name, char ret_path[PATH_BYTES])
{
    (void)snprintf(ret_path, PATH_BYTES, "%.*s/%s", (int)ROUTING_TEXT_MAX, route->agency->folder,
                   name);
}

/* Names the sealed bag by its digest, unless it is there: a run was killed before it noted it. */
static int put_package(struct dossier_bag *made, const char *path, const struct digest *package,
                       int64_t *ret_written_ns, struct err *err)
{
    struct digest there;
    int found = bag_look_at(path, &there, ret_written_ns, err);
    if (found < 0)
        return -1;
    if (found > 0 && !digest_equal(&there, package))
        return err_input(err, REASON_NONE, "'%s' is there already, and is another", path);
    if (found > 0)
        return 0;
    if (bag_publish(&made->bag, path, err) < 0)
        return -1;
    return bag_look_at(path, &there, ret_written_ns, err) < 0 ? -1 : 0;
}

/* The package in the agency's folder: whole and durable on return. */
static int make_package(const struct delivery *delivery, const struct dossier_state *state,
                        const struct route *route, struct digest *ret_package,
                        int64_t *ret_written_ns, struct err *err)
{
    char path[PATH_BYTES], name[DELIVERY_NAME_BYTES];
    const struct digest none = {{0}};
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    CLEANUP(lookup_done) struct lookup lookup = {.pages = NULL};
    CLEANUP(dossier_bag_done) struct dossier_bag made = {.reading = &reading};
    if (reading_open(&reading, delivery->archive, ARCHIVE_READ, err) < 0 ||
        catalogue_hold(reading.catalogue, err) < 0 ||
        lookup_papers(&reading, state->code, &lookup, err) < 0)
        return -1;
    if (lookup.page_len == 0)
        return err_input(err, REASON_NONE, "%s", _("it has no page in the archive"));
    package_path(route, delivery_name(state->code, &none, name), path);
    if (bag_open(&made.bag, reading.io, path, err) < 0 ||
        dossier_bag_fill(&made, &lookup, state->code, err) < 0 ||
        add_manifest(&made, state, route, err) < 0 ||
        bag_seal(&made.bag, (const char *)made.info.data, ret_package, err) < 0)
        return -1;
    package_path(route, delivery_name(state->code, ret_package, name), path);
    return put_package(&made, path, ret_package, ret_written_ns, err);
}

/* --- noting --- */

int delivery_note(struct delivery *delivery, const struct event_record *event, struct err *err)
{
    enum request_state state = REQUEST_DONE;
    struct group_entry entry;
    CLEANUP(bytes_done) struct bytes json = {0};
    if (event_record_write(event, &json, err) < 0)
        return -1;
    struct digest id = digest_of(bytes_span(&json));
    int known = catalogue_find_object(delivery->writing.archive.catalogue, &id, &entry, err);
    if (known != 0)
        return known < 0 ? -1 : 0;
    if (writing_commit(&delivery->writing, bytes_span(&json), &state, &id, err) < 0)
        return -1;
    return state == REQUEST_REFUSED
               ? err_set(err, ERR_RETRY, "%s", _("the service has refused it; its log says why"))
               : 0;
}

/* The time is that of the package: noted again after a crash it is the same event. */
static int note_sent(struct delivery *delivery, const struct dossier_state *state,
                     const struct route *route, const struct digest *package, int64_t written_ns,
                     struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1], why[EVENT_TEXT_MAX];
    struct event_record event = {.what = EVENT_TRANSFERRED, .at_ns = written_ns};
    (void)snprintf(event.dossier, sizeof event.dossier, "%s", state->code);
    (void)snprintf(why, sizeof why, "rule %.300s", route->rule ? route->rule->name : "");
    if (event_record_by(&event, BY, err) < 0 ||
        event_record_office(&event, route->agency->code, err) < 0 ||
        event_record_paper(&event, digest_hex(package, hex), err) < 0 ||
        (route->rule && event_record_because(&event, why, err) < 0))
        return -1;
    return delivery_note(delivery, &event, err);
}

/* --- a dossier --- */

/* An agency has it by its own word, and was not asked for more since. */
static bool is_delivered(const struct dossier_state *state)
{
    for (size_t i = 0; i < state->sending_len; i++)
        if (state->sendings[i].delivered_ns && state->sendings[i].first_ns > state->supplement_ns)
            return true;
    return false;
}

/* Sent, and no receipt yet. 1: it must be sent again; 0: nothing to do. */
static int look_after(struct delivery *delivery, const struct dossier_state *state,
                      const struct route *route, const struct sending *last, struct err *err)
{
    char path[PATH_BYTES], name[DELIVERY_NAME_BYTES], since[32];
    struct digest there;
    int64_t written_ns = 0;
    package_path(route, delivery_name(state->code, &last->package, name), path);
    int found = bag_look_at(path, &there, &written_ns, err);
    if (found < 0)
        return -1;
    bool here = found > 0 && digest_equal(&there, &last->package);
    /* Sent again by a run that was killed before it noted it. */
    bool newer = here && written_ns > last->last_ns && written_ns <= delivery->now_ns;
    if (newer && note_sent(delivery, state, route, &last->package, written_ns, err) < 0)
        return -1;
    int64_t since_ns = newer ? written_ns : last->last_ns;
    bool late = delivery->now_ns - since_ns >= delivery->retry_ns;
    if (late && !here)
        return 1;
    delivery->sums.waiting++;
    if (!late)
        return 0;
    delivery->sums.overdue++;
    delivery_tell(delivery, &(struct delivery_told){"overdue", _("no receipt"), state->code,
                                                    route->agency->code, time_text(since_ns, since),
                                                    &last->package});
    return 0;
}

static int send_package(struct delivery *delivery, const struct dossier_state *state,
                        const struct route *route, bool again, struct err *err)
{
    char name[DELIVERY_NAME_BYTES];
    struct digest package;
    int64_t written_ns = 0;
    if (make_package(delivery, state, route, &package, &written_ns, err) < 0 ||
        note_sent(delivery, state, route, &package, written_ns, err) < 0)
        return -1;
    delivery->sums.sent += !again;
    delivery->sums.again += again;
    delivery_tell(delivery,
                  &(struct delivery_told){again ? "sent-again" : "sent",
                                          again ? _("sent again") : _("sent      "), state->code,
                                          route->agency->code,
                                          delivery_name(state->code, &package, name), &package});
    return 0;
}

/* What an agency's folder cannot do now it cannot do for the next dossier either. */
static void trouble(struct delivery *delivery, const char *dossier, const struct route *route,
                    struct target *target, const struct err *why)
{
    if (why->kind == ERR_SYSTEM || why->kind == ERR_RETRY) {
        target->down = *why;
        target->told = true;
    }
    tell_failed(delivery, dossier, route->agency->code, why);
}

static void send_to(struct delivery *delivery, const struct dossier_state *state,
                    const struct route *route)
{
    struct err err = {0};
    struct target *target = &delivery->targets[route->agency - delivery->routing->agencies];
    const struct sending *last = dossier_state_last(state, route->agency->code);
    if (target->down.kind != ERR_NONE) {
        delivery->sums.failed += target->told;
        if (!target->told)
            tell_failed(delivery, state->code, route->agency->code, &target->down);
        target->told = true;
        return;
    }
    if (last && last->first_ns <= state->supplement_ns)
        last = NULL; /* the agency asked for more since */
    int rc = last ? look_after(delivery, state, route, last, &err) : 1;
    if (rc > 0)
        rc = send_package(delivery, state, route, last != NULL, &err);
    if (rc < 0)
        trouble(delivery, state->code, route, target, &err);
}

int delivery_send(struct delivery *delivery, struct err *err)
{
    for (size_t i = 0; i < delivery->code_len; i++) {
        struct err why = {0};
        struct route route;
        CLEANUP(dossier_state_done) struct dossier_state state = {.sendings = NULL};
        int n = dossier_state_read(delivery->writing.archive.catalogue, delivery->codes[i], &state,
                                   err);
        if (n < 0)
            return -1;
        if (n == 0 || !dossier_state_complete(&state) || state.otherwise || is_delivered(&state))
            continue;
        struct routing_case dossier = dossier_state_case(&state);
        if (routing_find(delivery->routing, &dossier, &route, &why) < 0)
            tell_failed(delivery, state.code, "-", &why);
        else
            send_to(delivery, &state, &route);
    }
    return 0;
}
