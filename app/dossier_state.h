/* app/dossier_state.h - what the events of a dossier come to, for those who send it: its facts,
 * whether it is complete, and what became of each package of it. */
#ifndef APP_DOSSIER_STATE_H
#define APP_DOSSIER_STATE_H

#include <stdbool.h>

#include "records/event_record.h"
#include "records/routing.h"

#define SENDINGS_MAX 1000u /* packages of a dossier that are told of; later ones are an error */

/* A package of it that an agency was sent: events `transferred` and `acknowledged` whose paper is
 * the SHA-256 of the package. */
struct sending {
    char agency[EVENT_CODE_MAX];
    struct digest package;
    int64_t first_ns, last_ns; /* when it was put there, and when the last time */
    int64_t delivered_ns;      /* by the agency's receipt; 0: there is none */
    char by[EVENT_NAME_MAX];   /* who received it */
};

/* Zero-initialise; dossier_state_done() fits CLEANUP. */
struct dossier_state {
    char code[DOSSIER_CODE_MAX];
    char *facts[DOSSIER_FACTS]; /* owned; "" when not told */
    char status[16];            /* the last of its steps */
    bool received;              /* was it, officially? */
    bool otherwise;             /* handed over without a package of ours */
    size_t components, expected;
    int64_t supplement_ns, component_ns; /* when the last of each was told of; 0: never */
    struct sending *sendings;            /* owned; by when they were sent first */
    size_t sending_len;
};
void dossier_state_done(struct dossier_state *state);

/* 1; 0 when no event tells of the dossier; -1. */
MUST_USE int dossier_state_read(struct catalogue *catalogue, const char *code,
                                struct dossier_state *ret_state, struct err *err);
/* As routing wants it; borrowed from the state. No unit is told. */
struct routing_case dossier_state_case(const struct dossier_state *state);
/* Received, with every paper digitised or exempt, not asked for anything, and not at an end. */
bool dossier_state_complete(const struct dossier_state *state);
/* The last that this agency was sent, or NULL. */
const struct sending *dossier_state_last(const struct dossier_state *state, const char *agency);

#endif
