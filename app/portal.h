/* app/portal.h - a dossier in the JSON of the national public service systems, with its papers as
 * PDF: docs/format-portal.md. */
#ifndef APP_PORTAL_H
#define APP_PORTAL_H

#include "app/bag.h"
#include "app/happenings.h"
#include "app/papers.h"

/* Fills the bag, which is to be published then: data/ho-so.json and data/tep/ with a PDF for each
 * paper. file_code: how their names begin, without '/'. Papers without a page that could be read
 * are left out; ERR_INPUT when all are. */
struct portal_wish {
    const char *code; /* of the dossier */
    const char *file_code;
};
MUST_USE int portal_fill(struct bag *bag, struct reading *reading, const struct papers *papers,
                         const struct happenings *happenings, const struct portal_wish *wish,
                         struct err *err);

#endif
