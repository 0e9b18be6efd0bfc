/* image/embed.h - a page's picture in a form that a PDF/A can hold, as it is stored wherever that
 * is possible. */
#ifndef IMAGE_EMBED_H
#define IMAGE_EMBED_H

#include "image/scan.h"

enum embed_coding {
    EMBED_JPEG = 1, /* the stream of the file, byte for byte */
    EMBED_GROUP4,   /* 1 bit per pixel, 0 is white */
    EMBED_FLATE,    /* zlib over rows with the filters of PNG */
    EMBED_CODINGS
};

/* Numbers only: it crosses from cell to keeper. */
struct embed {
    uint32_t coding;
    uint32_t width_px, height_px; /* of the data */
    uint32_t components;          /* 1 grey, 3 red, green, blue */
    uint32_t bits;                /* of a component */
    uint32_t orientation;         /* as EXIF counts, 1..8: how the data is set upright */
    uint32_t inverted;            /* 0 is the brightest; only of JPEG */
    int32_t colour_transform;     /* what a reader must be told of a JPEG; -1: nothing */
};

/* Does it keep what is promised of it? */
bool embed_valid(const struct embed *embed, uint32_t side_max_px);

/* Gives the picture of a page; appends the data.
 *   a JPEG, or a PDF page that is one: its bytes, if they are whole and grey or of three colours
 *   a PNG: its compressed rows, if they are whole, not interlaced, without palette and transparency
 *   anything else: decoded, without loss at 1 or 8 bits per component; black and white as Group 4,
 *   else as Flate. Four colours become three, more bits than 8 become 8.
 * A JPEG is decoded once to see that it is whole. Fails as scan_decode() does. */
MUST_USE int scan_embed(struct scan *scan, uint32_t index, struct embed *ret_embed,
                        struct bytes *out, struct err *err);

#endif
