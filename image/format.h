/* image/format.h - inside image/ only: a file format as one row of a table. */
#ifndef IMAGE_FORMAT_H
#define IMAGE_FORMAT_H

#include "image/canvas.h"
#include "image/embed.h"

struct format {
    const char *name;
    bool (*sniff)(struct span data);
    /* Sets scan->pages (at least 1) and scan->state; on failure state is still closed. */
    int (*open)(struct scan *scan, struct err *err);
    void (*close)(struct scan *scan); /* NULL: state is nothing that must be released */
    /* NULL: always SCAN_DECODE */
    int (*way)(struct scan *scan, uint32_t index, enum scan_way *ret_way, uint32_t *ret_dpi,
               struct err *err);
    struct image *(*decode)(struct scan *scan, uint32_t index, enum scan_mode mode,
                            struct err *err);
    /* Appends the picture as it is stored: 1, or 0 (nothing appended) when a PDF/A cannot hold it
     * so, or -1. NULL: never. */
    int (*embed)(struct scan *scan, uint32_t index, struct embed *ret_embed, struct bytes *out,
                 struct err *err);
};

struct scan {
    struct span data; /* borrowed */
    struct scan_limits limits;
    const struct format *format;
    uint32_t pages;
    void *state; /* the format's own */
};

extern const struct format format_tiff, format_jpeg, format_png, format_pdf;
extern const struct format format_bmp, format_gif, format_pnm, format_webp, format_jp2;

/* For pictures inside other files. Both give a picture of 1, 8 or 32 bpp, or NULL. */
struct jpeg_options {
    enum scan_mode mode;
    bool inside_pdf;      /* orientation and Adobe's turned-round CMYK are the PDF's business */
    bool invert;          /* a PDF's /Decode [1 0 ...] */
    int colour_transform; /* a PDF's /ColorTransform; -1: as the file says */
};
MUST_USE PIX *jpeg_decode(struct span data, const struct scan_limits *limits,
                          const struct jpeg_options *opt, double *ret_dpi, struct err *err);

/* Looks at a JPEG by decoding its luma: 1 and what it is, when it is whole and a PDF can hold it
 * (grey or three colours of 8 bits, Huffman); 0 when not; -1 as jpeg_decode(). */
MUST_USE int jpeg_look(struct span data, const struct scan_limits *limits,
                       const struct jpeg_options *opt, struct embed *ret_embed, struct err *err);

/* The compressed rows of a PNG: 1 appended, 0 when it is interlaced, cut off, or has a palette or
 * transparency, -1 no memory. Looks at the chunks only: the rows may still be damaged. */
MUST_USE int png_rows(struct span png, struct embed *ret_embed, struct bytes *out, struct err *err);

/* Appends a picture of 1 bpp as bare Group 4 data: one strip, high bits first, 0 is white. */
MUST_USE int fax_encode(PIX *pix, struct bytes *out, struct err *err);

/* Bare CCITT data; black comes out black. The size must have passed canvas_check(). */
enum fax_kind { FAX_GROUP4, FAX_GROUP3, FAX_GROUP3_2D, FAX_ROWS_ALIGNED };
struct fax_options {
    enum fax_kind kind;
    uint32_t width_px, height_px;
};
MUST_USE PIX *fax_decode(struct span data, const struct fax_options *opt, struct err *err);

#endif
