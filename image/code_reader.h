/* image/code_reader.h - inside image/ only: the library that reads QR and Code 128. */
#ifndef IMAGE_CODE_READER_H
#define IMAGE_CODE_READER_H

#include <stdbool.h>

#include "base/bytes.h"

struct code_read {
    bool is_qr;                        /* else a Code 128 */
    uint32_t left, top, right, bottom; /* inside the picture; right and bottom are one past */
    uint32_t turned_deg;               /* clockwise, to the nearest quarter */
    struct span text;                  /* as encoded, any bytes; lives during the visit */
};
typedef void code_visit(void *self, const struct code_read *code);

/* Shows every code in a grey picture of rows without padding, at any angle; the same pixels give
 * the same codes. Returns how many, or -1: no memory. Any pixels are fine. */
MUST_USE int code_reader_read(const uint8_t *grey, uint32_t width_px, uint32_t height_px,
                              code_visit *visit, void *self);

#endif
