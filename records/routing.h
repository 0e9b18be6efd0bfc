/* records/routing.h - which agency decides a dossier, and where its result goes: rules that are
 * data (docs/format-routing.md). Immutable after loading. */
#ifndef RECORDS_ROUTING_H
#define RECORDS_ROUTING_H

#include "base/err.h"
#include "storage/catalogue.h"

#define ROUTING_AGENCIES_MAX 2000u
#define ROUTING_RULES_MAX    20000u
#define ROUTING_TEXT_MAX     1000u

struct routing_agency {
    char *code, *name, *folder;
};
/* NULL: it does not ask for that. */
struct routing_rule {
    char *name, *procedure, *field, *level, *unit, *decides, *return_to;
};
struct routing {
    char *return_to; /* NULL: not said */
    struct routing_agency *agencies;
    uint32_t agency_count;
    struct routing_rule *rules;
    uint32_t rule_count;
};

/* NULL: ERR_INPUT with file and what is wrong; ERR_SYSTEM. */
MUST_USE struct routing *routing_load(const char *path, struct err *err);
void routing_freep(struct routing **routing); /* fits CLEANUP */

/* The agency with this code, or NULL. */
const struct routing_agency *routing_agency(const struct routing *routing, const char *code);

/* What is known of a dossier. */
struct routing_case {
    const char *facts[DOSSIER_FACTS]; /* "": not told */
    const char *unit, *province;      /* of whose affair it is: codes; "": not told */
};
struct route {
    const struct routing_agency *agency;
    const struct routing_rule *rule; /* NULL: an event tells who decides */
    const char *return_to;           /* code of an office; of the case or the rules */
};
/* ERR_INPUT: no rule fits, two fit and none is narrower, the agency has no folder here, or nobody
 * says where the result goes; *ret_route is untouched. */
MUST_USE int routing_find(const struct routing *routing, const struct routing_case *dossier,
                          struct route *ret_route, struct err *err);

#endif
