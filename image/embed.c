/* image/embed.c - a page's picture in a form that a PDF/A can hold. */
#include "image/embed.h"

#include <assert.h>

#include "image/format.h"

bool embed_valid(const struct embed *embed, uint32_t side_max_px)
{
    bool size = embed->width_px >= 1 && embed->width_px <= side_max_px && embed->height_px >= 1 &&
                embed->height_px <= side_max_px;
    bool place = embed->orientation >= 1 && embed->orientation <= 8 && embed->inverted <= 1 &&
                 embed->colour_transform >= -1 && embed->colour_transform <= 1;
    if (!size || !place || (embed->components != 1 && embed->components != 3))
        return false;
    switch (embed->coding) {
    case EMBED_JPEG:
        return embed->bits == 8;
    case EMBED_GROUP4:
        return embed->bits == 1 && embed->components == 1 && embed->inverted == 0;
    case EMBED_FLATE:
        return (embed->bits == 16 || embed->bits == 8 ||
                (embed->components == 1 &&
                 (embed->bits == 1 || embed->bits == 2 || embed->bits == 4))) &&
               embed->inverted == 0;
    default:
        return false;
    }
}

/* The pixels as the page shows them, packed anew. */
static int embed_decoded(struct scan *scan, uint32_t index, struct embed *ret_embed,
                         struct bytes *out, struct err *err)
{
    CLEANUP(bytes_done) struct bytes png = {0};
    CLEANUP(image_freep)
    struct image *image = scan->format->decode(scan, index, SCAN_COLOUR, err);
    if (!image)
        return -1;
    if (image_depth(image) == 1) {
        *ret_embed = (struct embed){.coding = EMBED_GROUP4,
                                    .width_px = image_width_px(image),
                                    .height_px = image_height_px(image),
                                    .components = 1,
                                    .bits = 1,
                                    .orientation = 1,
                                    .colour_transform = -1};
        return fax_encode(image_pix(image), out, err);
    }
    if (image_encode(image, IMAGE_PNG, &png, err) < 0)
        return -1; /* UNTESTED: memory */
    int taken = png_rows(bytes_span(&png), ret_embed, out, err);
    if (taken == 0) /* UNTESTED: libpng writes what png_rows() takes */
        return err_set(err, ERR_SYSTEM, "pack the picture");
    return taken < 0 ? -1 : 0;
}

int scan_embed(struct scan *scan, uint32_t index, struct embed *ret_embed, struct bytes *out,
               struct err *err)
{
    assert(index < scan->pages);
    int taken = 0;
    if (scan->format->embed)
        taken = scan->format->embed(scan, index, ret_embed, out, err);
    if (taken == 0)
        taken = embed_decoded(scan, index, ret_embed, out, err);
    if (taken < 0)
        return err_wrap(err, "%s: page %u", scan->format->name, index + 1);
    return 0;
}
