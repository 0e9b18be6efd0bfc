/* image/barcode.h - codes on a page that machines read: QR, Code 128, and the patch code T.
 *
 * Nearly no page has one. So the page is looked over first for areas as black and as restless as a
 * code, at the grain of 2 to 4 mm (code_area.c); only those are given to the library that reads
 * codes (code_reader.c). Decision 0024 has the figures. */
#ifndef IMAGE_BARCODE_H
#define IMAGE_BARCODE_H

#include "image/image.h"

#define BARCODES_MAX     8    /* of one page; the others are left unread */
#define BARCODE_TEXT_MAX 1024 /* bytes with NUL; a code that says more is left out */

enum barcode_kind { BARCODE_QR, BARCODE_CODE128, BARCODE_PATCH_T };

struct barcode {
    enum barcode_kind kind;
    uint32_t x, y, w, h; /* the upright box around it, pixels of the page, inside of it */
    /* 0, 90, 180, 270: how far it is turned clockwise, to the nearest quarter. Always 0 or 90 for a
     * patch: turned over it is the patch 3, so that one is taken for it too. */
    uint32_t turned_deg;
    /* "" for a patch. Else what the code says: valid UTF-8 without control characters; a tab or the
     * end of a line is one space. A code that says anything else is left out. */
    char text[BARCODE_TEXT_MAX];
};

struct barcodes {
    struct barcode at[BARCODES_MAX];
    uint32_t len;
};

/* Finds them on a page. page: 1 or 8 bits per pixel; bilevel: the same page in black and white, as
 * it lies. Codes are taken from 10 mm in size (patches from 19 mm in length) at the page's
 * resolution, or, where that is unknown, at that of an A4 page. The order is that of their areas,
 * from the top. Hostile pixels are fine; no page is refused. Thread-safe, no global state.
 *
 * Costs 0.4 ms of processor time for an A4 page at 300 dpi without any such area; seals cost 2 to 4
 * ms, pages full of pictures were seen to cost 120 to 300, and a hostile one of 12000 x 12000
 * pixels 4 s: the page's own time limit is the bound. Fails with ERR_SYSTEM (no memory). */
MUST_USE int barcode_find(const struct image *page, const struct image *bilevel,
                          struct barcodes *ret_codes, struct err *err);

#endif
