/* app/dossier_state.c - what the events of a dossier come to, for those who send it. */
#include "app/dossier_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/catalogue_events.h"

void dossier_state_done(struct dossier_state *state)
{
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        free(state->facts[i]);
    free(state->sendings);
    *state = (struct dossier_state){.sendings = NULL};
}

static int take_dossier(void *self, const struct dossier_row *row, struct err *err)
{
    struct dossier_state *state = self;
    (void)snprintf(state->code, sizeof state->code, "%s", row->code);
    (void)snprintf(state->status, sizeof state->status, "%s", row->status);
    for (size_t i = 0; i < DOSSIER_FACTS; i++) {
        state->facts[i] = strdup(row->facts[i]);
        if (!state->facts[i])
            return err_sys(err, "read a dossier"); /* UNTESTED: no memory */
    }
    return 0;
}

static int take_component(void *self, const struct component_row *row, struct err *err)
{
    struct dossier_state *state = self;
    (void)err;
    if (row->result)
        return 0; /* of the agency: it comes later */
    state->components++;
    state->expected += strcmp(row->state, component_state_name(COMPONENT_EXPECTED)) == 0;
    return 0;
}

static struct sending *find_sending(const struct dossier_state *state, const char *agency,
                                    const struct digest *package)
{
    for (size_t i = state->sending_len; i > 0; i--)
        if (strcmp(state->sendings[i - 1].agency, agency) == 0 &&
            digest_equal(&state->sendings[i - 1].package, package))
            return &state->sendings[i - 1];
    return NULL;
}

static int take_transfer(struct dossier_state *state, const struct catalogue_event *row,
                         struct err *err)
{
    struct digest package;
    if (!digest_parse(row->paper, &package)) {
        state->otherwise = true;
        return 0;
    }
    struct sending *sending = find_sending(state, row->office, &package);
    if (!sending) {
        if (state->sending_len == SENDINGS_MAX)
            return err_input(err, REASON_NONE, "dossier %s was sent more than %u times",
                             state->code, SENDINGS_MAX);
        struct sending *grown =
            realloc(state->sendings, (state->sending_len + 1) * sizeof *state->sendings);
        if (!grown)
            return err_sys(err, "list packages"); /* UNTESTED: no memory */
        state->sendings = grown;
        sending = &grown[state->sending_len++];
        *sending = (struct sending){.package = package, .first_ns = row->at_ns};
        (void)snprintf(sending->agency, sizeof sending->agency, "%s", row->office);
    }
    sending->last_ns = row->at_ns;
    return 0;
}

static void take_receipt(struct dossier_state *state, const struct catalogue_event *row)
{
    struct digest package;
    struct sending *sending =
        digest_parse(row->paper, &package) ? find_sending(state, row->office, &package) : NULL;
    if (!sending || sending->delivered_ns)
        return;
    sending->delivered_ns = row->at_ns;
    (void)snprintf(sending->by, sizeof sending->by, "%s", row->by);
}

/* Transfers before receipts: an agency's clock may be behind ours. */
static int take_sent(void *self, const struct catalogue_event *row, struct err *err)
{
    return strcmp(row->what, event_what_name(EVENT_TRANSFERRED)) == 0
               ? take_transfer(self, row, err)
               : 0;
}

static int take_event(void *self, const struct catalogue_event *row, struct err *err)
{
    struct dossier_state *state = self;
    enum event_what what;
    (void)err;
    if (!event_what_parse(row->what, &what))
        return 0;
    if (what == EVENT_ACKNOWLEDGED)
        take_receipt(state, row);
    else if (what == EVENT_RECEIVED)
        state->received = true;
    else if (what == EVENT_SUPPLEMENT)
        state->supplement_ns = row->at_ns;
    else if (what == EVENT_COMPONENT)
        state->component_ns = row->at_ns;
    return 0;
}

int dossier_state_read(struct catalogue *catalogue, const char *code,
                       struct dossier_state *ret_state, struct err *err)
{
    CLEANUP(dossier_state_done) struct dossier_state state = {.sendings = NULL};
    int n = catalogue_list_dossiers(catalogue, code, take_dossier, &state, err);
    if (n <= 0)
        return n;
    if (catalogue_list_components(catalogue, code, take_component, &state, err) < 0 ||
        catalogue_list_events(catalogue, code, take_sent, &state, err) < 0 ||
        catalogue_list_events(catalogue, code, take_event, &state, err) < 0)
        return -1;
    *ret_state = state;
    state = (struct dossier_state){.sendings = NULL};
    return 1;
}

struct routing_case dossier_state_case(const struct dossier_state *state)
{
    struct routing_case dossier = {.unit = "", .province = ""};
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        dossier.facts[i] = state->facts[i];
    return dossier;
}

bool dossier_state_complete(const struct dossier_state *state)
{
    static const enum event_what ends[] = {EVENT_REFUSED, EVENT_DECIDED, EVENT_RETURNED,
                                           EVENT_STOPPED, EVENT_WITHDRAWN};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (strcmp(state->status, event_what_name(ends[i])) == 0)
            return false;
    return state->received && state->components > 0 && state->expected == 0 &&
           (state->supplement_ns == 0 || state->component_ns > state->supplement_ns);
}

const struct sending *dossier_state_last(const struct dossier_state *state, const char *agency)
{
    const struct sending *last = NULL;
    for (size_t i = 0; i < state->sending_len; i++) {
        const struct sending *sending = &state->sendings[i];
        if (strcmp(sending->agency, agency) == 0 && (!last || sending->last_ns >= last->last_ns))
            last = sending;
    }
    return last;
}
