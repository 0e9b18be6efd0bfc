/* app/package.h - a dossier as a package for an archive (SIP or AIP), docs/format-package.md, in a
 * bag. */
#ifndef APP_PACKAGE_H
#define APP_PACKAGE_H

#include "app/bag.h"
#include "app/happenings.h"
#include "app/papers.h"

#define PACKAGE_AGENCY_CHARS 200u /* domain: length of OrganName */
#define PACKAGE_ID_MAX       160  /* bytes with NUL */

struct package_wish {
    bool for_keeping;           /* AIP: with the files as they came; else SIP */
    const char *fonds;          /* its code */
    const char *agency;         /* who hands it over */
    const char *file_code;      /* of the dossier in the archive; without '/' */
    const char *schemas;        /* folder they are copied from */
    int64_t time_ns;            /* of the package */
    char objid[PACKAGE_ID_MAX]; /* what package_fill() has called it */
};

/* Whether a code may be that of a fonds or of a dossier in an archive: A-Z a-z 0-9 . - _, at most
 * DOSSIER_CODE_MAX - 1, not with a dot first. */
bool package_code_plain(const char *code);
/* A name without control characters, of 1 to PACKAGE_AGENCY_CHARS characters. */
bool package_agency_plain(const char *name);
/* When the newest thing happened that it tells of. */
int64_t package_newest_ns(const struct papers *papers, const struct happenings *happenings);

/* Fills the bag, which is to be published then. Papers without a page that could be read are left
 * out. ERR_INPUT when all are. */
MUST_USE int package_fill(struct bag *bag, struct reading *reading, const struct papers *papers,
                          const struct happenings *happenings, struct package_wish *wish,
                          struct err *err);

/* All of a paper as PDF, written into the bag and noted there; title as in the package. */
struct paper_pdf {
    const struct papers *papers;
    size_t paper;     /* its place */
    const char *name; /* of the file, below the bag; its folder is there */
};
MUST_USE int package_pdf(struct bag *bag, struct reading *reading, const struct paper_pdf *pdf,
                         struct err *err);

#endif
