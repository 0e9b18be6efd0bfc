/* image/code_area.h - inside image/ only: where on a page a code may be, and the patch code. */
#ifndef IMAGE_CODE_AREA_H
#define IMAGE_CODE_AREA_H

#include "image/image.h"

#define CODE_AREAS_MAX 8 /* the largest are kept */

struct code_area {
    uint32_t x, y, w, h; /* with a margin of white; inside the page */
};

/* Areas of a bilevel page that are about half black, and restless: codes, and pictures. From the
 * top. ERR_SYSTEM: no memory. */
MUST_USE int code_areas(const struct image *bilevel, uint32_t dpi,
                        struct code_area ret_areas[CODE_AREAS_MAX], uint32_t *ret_len,
                        struct err *err);

/* Is there a patch code T in the area? Gives its box and whether its bars stand on end. */
struct patch {
    uint32_t x, y, w, h;
    bool on_end;
};
MUST_USE int patch_find(const struct image *bilevel, const struct code_area *area, uint32_t dpi,
                        bool *ret_found, struct patch *ret_patch, struct err *err);

#endif
