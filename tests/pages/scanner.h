/* tests/pages/scanner.h - from a set page to pixels, with all a scanner and years do to paper. */
#ifndef TESTS_PAGES_SCANNER_H
#define TESTS_PAGES_SCANNER_H

#include "tests/pages/separator.h"
#include "tests/pages/typeset.h"

#define DPI_MIN 50
#define DPI_MAX 600

struct raster {
    uint32_t width, height; /* pixels */
    uint32_t channels;      /* 1 grey, 3 RGB */
    uint32_t dpi;
    uint8_t *px; /* rows without padding; owned */
};

void raster_done(struct raster *raster); /* NULL is fine; fits CLEANUP */

enum degrade { DEGRADE_NONE, DEGRADE_LIGHT, DEGRADE_HARD };

struct scan_job {
    const struct typeset *typeset;
    size_t page;
    const struct separator *separator; /* NULL: an ordinary page. The typeset is the slip's letter,
                                          NULL on a sheet that has none */
    uint32_t dpi;                      /* DPI_MIN .. DPI_MAX */
    bool colour;
    enum degrade degrade;
    double skew_deg;   /* how far the content is turned, counter-clockwise */
    unsigned quarters; /* how the sheet was put in: turned clockwise by so many quarters */
    bool pale;         /* little contrast */
    const char *seal; /* words of the seal and signature where the page is signed; NULL: unsigned */
    bool urgent;      /* stamp the urgency over the text */
    bool back;        /* the empty back of the page: the front shimmers through, mirrored */
    uint64_t seed;
};

/* The same job gives the same pixels. Separators are turned askew about their symbol's place, so
 * that it stays on the glass. Fails with ERR_SYSTEM on no memory. ret_raster is owned by the
 * caller. */
MUST_USE int scanner_scan(const struct scan_job *job, struct raster *ret_raster, struct err *err);

/* A skew such a scanner would have, by seed: exactly 0 for DEGRADE_NONE. */
double scanner_skew(enum degrade degrade, uint64_t seed);

#endif
