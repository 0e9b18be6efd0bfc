/* pipeline/stages.h - a page's way, as one table: who does what, in which order, with what.
 *
 * The name of a stage is also its name in the configuration, in metrics and in logs. Adding a stage
 * is one file and one row. */
#ifndef PIPELINE_STAGES_H
#define PIPELINE_STAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum stage_id {
    STAGE_READ,
    STAGE_HASH,
    STAGE_SPLIT,
    STAGE_DECODE,
    STAGE_BLANK,
    STAGE_SEPARATOR,
    STAGE_DESKEW,
    STAGE_RECOGNISE,
    STAGE_ENCODE,
    STAGE_COMPRESS,
    STAGE_ARCHIVE,
    STAGE_INDEX,
    STAGE_COUNT
};

enum stage_lane {
    LANE_KEEPER, /* in the keeper: bytes only, never pixels */
    LANE_CELL,   /* in a cell: one page, run to completion, on one core */
};

/* What lies on the way; a row says what it needs, leaves and drops. */
enum stage_data {
    DATA_BYTES = 1 << 0,   /* the file's bytes */
    DATA_ID = 1 << 1,      /* its SHA-256 */
    DATA_SCAN = 1 << 2,    /* the opened file, its pages counted */
    DATA_IMAGE = 1 << 3,   /* the page as grey or bilevel pixels, orientation applied */
    DATA_BILEVEL = 1 << 4, /* the same in black and white, for measuring */
    DATA_UPRIGHT = 1 << 5, /* the page turned upright, or the page itself */
    DATA_TEXT = 1 << 6,    /* words with boxes */
    DATA_ACCESS = 1 << 7,  /* an encoded picture when the source is not fit for viewing */
    DATA_OBJECTS = 1 << 8, /* hashed and compressed */
    DATA_DURABLE = 1 << 9, /* survives a power cut */
    DATA_FOUND = 1 << 10,  /* in the catalogue */
    DATA_SIGN = 1 << 11,   /* by which the page parts its stack, or that it has none */
};

struct page; /* pipeline/page.h: a page inside a cell */

struct stage {
    enum stage_id id;
    const char *name;
    enum stage_lane lane;
    unsigned needs, leaves, drops; /* sets of enum stage_data */
    int (*run)(struct page *page,
               struct err *err); /* cell lane; keeper stages live in their files */
    bool blank_too;              /* runs on a page found blank, which has no more to tell */
};

extern const struct stage stages[STAGE_COUNT];

/* Walks the table: what a row needs must have been left and not dropped. Asserted at start. */
bool stages_in_order(const struct stage table[], int n);

#endif
