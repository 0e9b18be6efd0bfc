/* app/dossier_route.h - where a dossier goes, and why: sohoa dossier route. */
#ifndef APP_DOSSIER_ROUTE_H
#define APP_DOSSIER_ROUTE_H

#include <stdbool.h>

struct dossier_route {
    const char *archive, *dossier;
    const char *config;       /* NULL: not given */
    const char *unit, *units; /* code of a unit; folder of a register; NULL: not given */
    const char *by;           /* who says so, with note; NULL: not given */
    bool note;                /* write it as an event */
    bool json;
};

/* Returns an exit code. */
int dossier_route(const struct dossier_route *asked);

#endif
