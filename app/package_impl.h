/* app/package_impl.h - inside app/package*.c only: what a package is made of, while it is made. */
#ifndef APP_PACKAGE_IMPL_H
#define APP_PACKAGE_IMPL_H

#include "app/package.h"
#include "records/package_xml.h"

#define PACKAGE_PATH_MAX 512

/* Files that one METS.xml lists. */
struct listing {
    struct package_file *files; /* id and path are owned */
    size_t len;
    size_t *papers; /* of each file: the paper or original it is, where it is one */
};
void listing_done(struct listing *listing);

struct building {
    struct bag *bag;
    struct reading *reading;
    const struct papers *papers;
    const struct happenings *happenings;
    struct package_wish *wish;
    struct package_about about;
    char created[PACKAGE_TIME_MAX];
    char folder[PACKAGE_PATH_MAX]; /* in the bag: "data/urn_..." */
    char *label;
    struct listing pdfs, descriptions; /* rep1: file n is described by description n */
    struct listing originals;          /* rep2, of an AIP */
};

/* What PREMIS.xml tells of. */
enum package_part { PART_ALL, PART_PAPERS, PART_ORIGINALS };
/* The PREMIS.xml of the package or of one representation. schemas: where they are, from there. */
MUST_USE int package_premis(const struct building *building, enum package_part part,
                            const char *schemas, struct bytes *out, struct err *err);

/* EAD of the dossier, and of the paper that is file n of rep1. Appended. */
MUST_USE int package_describe_dossier(const struct building *building, struct bytes *out,
                                      struct err *err);
MUST_USE int package_describe_paper(const struct building *building, size_t n, struct bytes *out,
                                    struct err *err);

struct media_type {
    const char *format; /* as source records have it */
    const char *mime, *extension;
};
const struct media_type *package_media_type(const char *format);

#endif
