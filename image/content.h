/* image/content.h - inside image/ only: is a PDF page one image and nothing else?
 *
 * Reads a content stream only as far as this question needs: a bounded tokenizer, the stack of
 * matrices, and which operators leave a visible mark. */
#ifndef IMAGE_CONTENT_H
#define IMAGE_CONTENT_H

#include <stdbool.h>

#include "base/bytes.h"

#define CONTENT_NAME_MAX 128 /* bytes of a resource name, as qpdf gives them back */

struct matrix {
    double a, b, c, d, e, f;
};

/* first, then second */
struct matrix matrix_product(const struct matrix *first, const struct matrix *second);

struct content {
    bool one_object;             /* exactly one XObject is painted and nothing visible after it */
    bool marks_below;            /* something visible was painted before: the object may cover it */
    char name[CONTENT_NAME_MAX]; /* with its slash; escapes resolved */
    struct matrix matrix;        /* in force when it is painted */
};

/* Any bytes are fine; what cannot be followed is not one object. */
void content_read(struct span stream, struct matrix start, struct content *ret_content);

#endif
