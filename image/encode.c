/* image/encode.c - a picture as a file that people and programs can open. */
#include <errno.h>
#include <stdlib.h>

#include "image/canvas.h"

#define JPEG_QUALITY     80
#define JPEG_SIDE_MAX_PX 65500 /* the format's own limit */

static void free_buffer(uint8_t **buffer)
{
    lept_free(*buffer);
}

static int write_jpeg(PIX *pix, uint8_t **ret_data, size_t *ret_len)
{
    CLEANUP(canvas_freep)
    PIX *plain = pixGetDepth(pix) == 1 ? pixConvert1To8(NULL, pix, 255, 0) : pixClone(pix);
    if (!plain)
        return -1; /* UNTESTED: memory */
    canvas_set_dpi(plain, pixGetXRes(pix));
    return pixWriteMemJpeg(ret_data, ret_len, plain, JPEG_QUALITY, 0);
}

int image_encode(const struct image *image, enum image_codec codec, struct bytes *out,
                 struct err *err)
{
    if (codec == IMAGE_JPEG &&
        (image_width_px(image) > JPEG_SIDE_MAX_PX || image_height_px(image) > JPEG_SIDE_MAX_PX))
        return err_input(err, REASON_UNSUPPORTED, "a JPEG has at most %d pixels a side",
                         JPEG_SIDE_MAX_PX);
    CLEANUP(free_buffer) uint8_t *data = NULL;
    size_t len = 0;
    canvas_quiet();
    int failed = codec == IMAGE_JPEG ? write_jpeg(image_pix(image), &data, &len)
                                     : pixWriteMemPng(&data, &len, image_pix(image), 0);
    if (failed || !data || len == 0)
        return err_set(err, ERR_SYSTEM, "encode a picture"); /* UNTESTED: memory */
    return bytes_append(out, span_of(data, len), err);
}
