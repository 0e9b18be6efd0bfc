/* app/dossier_bag.h - what a bag of a dossier holds: the files as they came, text, pictures and
 * records, and all pages as one PDF. */
#ifndef APP_DOSSIER_BAG_H
#define APP_DOSSIER_BAG_H

#include "app/bag.h"
#include "app/lookup.h"

/* Start with {.reading = an archive held at one moment}; dossier_bag_done() fits CLEANUP. */
struct dossier_bag {
    struct reading *reading;
    struct bag bag;
    uint32_t pages;    /* with their separator sheets */
    uint32_t left_out; /* of the PDF, because they could not be read */
    struct bytes info; /* lines for bag-info.txt, with a NUL behind them */
};
void dossier_bag_done(struct dossier_bag *bag);

/* Fills the bag, which is open and empty, with the dossier's pages. lookup: those by its code. The
 * same dossier gives the same files. */
MUST_USE int dossier_bag_fill(struct dossier_bag *bag, const struct lookup *lookup,
                              const char *code, struct err *err);

#endif
