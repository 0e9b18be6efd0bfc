/* app/pictures.h - the pictures of archived pages. Pixels are hostile for a reader too: they are
 * made in a sandboxed cell. */
#ifndef APP_PICTURES_H
#define APP_PICTURES_H

#include "app/app.h"
#include "image/embed.h"
#include "records/page_record.h"

struct cell_link;

/* Keeps the cell and the file of the last page, so that the next page of the same file costs no
 * more than itself: one file in memory at a time. Start with .reading alone set. */
struct pictures {
    struct reading *reading; /* borrowed */
    struct cell_link *link;
    int fd;           /* the file, for the cell */
    struct span data; /* the same, mapped */
    struct digest file;
    bool open;
};
void pictures_done(struct pictures *pictures); /* fits CLEANUP */

/* A picture to look at: PNG when bilevel, else JPEG. The one that was read, where the page had to
 * be drawn. Appended. */
MUST_USE int pictures_draw(struct pictures *pictures, const struct page_record *page,
                           struct bytes *out, struct err *err);
/* The picture as a PDF/A can hold it: scan_embed(). */
MUST_USE int pictures_embed(struct pictures *pictures, const struct page_record *page,
                            struct embed *ret_embed, struct bytes *out, struct err *err);

#endif
