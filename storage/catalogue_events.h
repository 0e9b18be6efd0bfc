/* storage/catalogue_events.h - what happened to dossiers, and what is known of them: the part of
 * the catalogue that reports are made from.
 *
 * Events in the order they were archived; of each fact and component what the last event says. */
#ifndef STORAGE_CATALOGUE_EVENTS_H
#define STORAGE_CATALOGUE_EVENTS_H

#include "storage/catalogue.h"

struct catalogue_event {
    struct digest id; /* of the event record */
    const char *dossier, *what;
    int64_t at_ns;   /* when it happened */
    int64_t told_ns; /* time of the group that holds the record */
    /* "" when they were not said. */
    const char *by, *office, *because, *paper;
    uint64_t pages, rework, sheets, amount;
    /* component "": none. */
    const char *component, *component_name, *component_state, *exempt;
    bool result;
    struct digest document; /* all zero: none */
    const char *facts[DOSSIER_FACTS];
};

/* Adds an event, and what it tells of its dossier. One that is there already changes nothing. */
MUST_USE int catalogue_add_event(struct catalogue *catalogue, const struct catalogue_event *event,
                                 struct err *err);

typedef int event_visit(void *self, const struct catalogue_event *row, struct err *err);
/* What happened to a dossier, by when it happened; facts are empty. Returns how many, or -1. */
MUST_USE int catalogue_list_events(struct catalogue *catalogue, const char *dossier,
                                   event_visit *visit, void *self, struct err *err);

struct dossier_row {
    const char *code;
    const char *facts[DOSSIER_FACTS]; /* "": not known */
    const char *status;               /* the last of its steps, an event's name; "": none */
    int64_t first_ns, last_ns;        /* of its events */
};
typedef int dossier_visit(void *self, const struct dossier_row *row, struct err *err);
/* The dossier with this code, or (NULL) all that events tell of, by code. Returns how many, or -1.
 */
MUST_USE int catalogue_list_dossiers(struct catalogue *catalogue, const char *code,
                                     dossier_visit *visit, void *self, struct err *err);

struct component_row {
    const char *code, *name, *state, *exempt;
    bool result;
    struct digest document;
};
typedef int component_visit(void *self, const struct component_row *row, struct err *err);
/* The papers of a dossier, by code. Returns how many, or -1. */
MUST_USE int catalogue_list_components(struct catalogue *catalogue, const char *dossier,
                                       component_visit *visit, void *self, struct err *err);

/* --- reports --- */

enum report {
    /* level, field, month, components that count, digitised, exempt */
    REPORT_DIGITISATION,
    /* reason of an exemption, components */
    REPORT_EXEMPTIONS,
    /* office, wait in ns, ascending in each office */
    REPORT_WAITING,
    /* office, operator, dossiers, pages, pages scanned again */
    REPORT_STAFF,
    /* field, components used again */
    REPORT_REUSE,
    /* office, payments, VND */
    REPORT_FEES,
    /* dossier, time in ns, sheets, by, office, paper */
    REPORT_CUSTODY,
    /* dossier, last step, time of it in ns, office, why; those that came to no end */
    REPORT_STANDING,
    /* dossier, what, time in ns, by, text */
    REPORT_COMPLAINTS,
    /* agency, dossiers sent to it as packages, delivered, waiting, since when the oldest waits in
     * ns (0: none) */
    REPORT_DELIVERY,
    REPORTS
};
#define REPORT_CELLS_MAX 6
struct report_cell {
    const char *text; /* NULL: a number */
    int64_t number;
};
typedef int report_visit(void *self, const struct report_cell cells[], size_t n, struct err *err);
struct report_query {
    enum report report;
    int64_t from_ns, to_ns; /* [from, to); 0: open */
};
/* The rows of a report, in a fixed order. DIGITISATION, EXEMPTIONS, REUSE: of dossiers whose first
 * event lies in the time; STANDING: whose last one does; the others: events that do. Returns how
 * many, or -1. */
MUST_USE int catalogue_report(struct catalogue *catalogue, const struct report_query *query,
                              report_visit *visit, void *self, struct err *err);

#endif
