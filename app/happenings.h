/* app/happenings.h - what happened to a dossier and what is known of it, as packages and other
 * systems are told of it. Texts are masked (app/mask.h). */
#ifndef APP_HAPPENINGS_H
#define APP_HAPPENINGS_H

#include "app/app.h"
#include "storage/catalogue_events.h"

#define HAPPENINGS_MAX 100000u /* of one dossier */

struct happening {
    struct digest id;    /* of the record */
    bool is_destruction; /* of papers of the dossier, decided lawfully; else an event */
    char *what;          /* name of the event; "destroyed" */
    char *by, *because;  /* "": not said */
    char *detail;        /* office, paper, component, numbers: for people; may be "" */
    int64_t at_ns;       /* when it happened, as was said */
    int64_t told_ns;     /* when it was archived */
};

struct component {
    char *code, *name;
    bool result; /* of the agency; else handed in */
    struct digest document;
};

struct happenings {
    struct happening *items; /* events by when they happened, then destructions */
    size_t len;
    struct component *components;
    size_t component_len;
    char *facts[DOSSIER_FACTS]; /* NULL or "": not known */
    char *status;               /* name of the last step; NULL or "": none */
    int64_t newest_ns;          /* told of last; 0: nothing happened */
};
void happenings_done(struct happenings *happenings); /* fits CLEANUP */

/* Reads them. ERR_INPUT past HAPPENINGS_MAX. */
MUST_USE int happenings_read(struct reading *reading, const char *code,
                             struct happenings *happenings, struct err *err);

/* The fact, or "". */
const char *happenings_fact(const struct happenings *happenings, enum dossier_fact fact);
/* The last event of this name; NULL: there is none. */
const struct happening *happenings_last(const struct happenings *happenings, const char *what);

#endif
