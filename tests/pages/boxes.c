/* tests/pages/boxes.c - sohoa-boxes: a page as a small PNG with the found words framed in red. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <leptonica/allheaders.h>

#include "base/def.h"

#define EXIT_USAGE    2
#define BOXES_MAX     1000
#define SIDE_MAX_PX   20000
#define HEIGHT_MAX_PX 1600
#define FRAME_PX      3     /* on the reduced page */
#define VEIL          0.25F /* how much of the red fill covers the words */

static const char help[] = "sohoa-boxes: shows where words were found\n"
                           "\n"
                           "usage: sohoa-boxes IMAGE OUT.png x,y,w,h [x,y,w,h ...]\n"
                           "boxes are in pixels of IMAGE; OUT.png is at most 1600 pixels high\n"
                           "\n"
                           "example:\n"
                           "  sohoa-boxes page.tif found.png 310,620,240,48 560,620,180,48\n";

static int complain(const char *what, const char *value)
{
    (void)fprintf(stderr, "sohoa-boxes: %s '%s'\n", what, value);
    return -1;
}

static BOX *read_box(const char *text, double scale)
{
    int x, y, width, height;
    char rest;
    if (sscanf(text, "%5d,%5d,%5d,%5d%c", &x, &y, &width, &height, &rest) != 4 || x < 0 || y < 0 ||
        width < 1 || height < 1 || x > SIDE_MAX_PX || y > SIDE_MAX_PX || width > SIDE_MAX_PX ||
        height > SIDE_MAX_PX)
        return NULL;
    return boxCreate((int)(x * scale), (int)(y * scale), (int)(width * scale) + 1,
                     (int)(height * scale) + 1);
}

/* The page as RGB, reduced. */
static PIX *read_page(const char *path, double *ret_scale)
{
    int width, height;
    if (pixReadHeader(path, NULL, &width, &height, NULL, NULL, NULL) != 0 || width < 1 ||
        height < 1 || width > SIDE_MAX_PX || height > SIDE_MAX_PX) {
        complain("no picture of a size that can be read:", path);
        return NULL;
    }
    PIX *page = pixRead(path);
    PIX *deep = page ? pixConvertTo32(page) : NULL;
    pixDestroy(&page);
    *ret_scale = height > HEIGHT_MAX_PX ? (double)HEIGHT_MAX_PX / height : 1;
    PIX *small = deep ? pixScale(deep, (float)*ret_scale, (float)*ret_scale) : NULL;
    pixDestroy(&deep);
    if (!small)
        complain("cannot read", path);
    return small;
}

static int frame(PIX *page, const char *text, double scale)
{
    BOX *box = read_box(text, scale);
    if (!box)
        return complain("not a box:", text);
    l_uint32 red;
    composeRGBPixel(255, 0, 0, &red);
    /* A thin word is only a few pixels high here: the frame stands around it, not on it. */
    BOX *around = boxAdjustSides(NULL, box, -FRAME_PX, FRAME_PX, -FRAME_PX, FRAME_PX);
    int rc = pixBlendInRect(page, box, red, VEIL);
    if (rc == 0 && around)
        rc = pixRenderBoxArb(page, around, FRAME_PX, 255, 0, 0);
    boxDestroy(&around);
    boxDestroy(&box);
    return rc == 0 ? 0 : complain("cannot draw", text);
}

int main(int argc, char **argv)
{
    double scale = 1;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (argc < 3 || argc > 3 + BOXES_MAX) {
        (void)fprintf(stderr, "sohoa-boxes: IMAGE, OUT.png and up to %d boxes; see --help\n",
                      BOXES_MAX);
        return EXIT_USAGE;
    }
    PIX *page = read_page(argv[1], &scale);
    int rc = page ? 0 : -1;
    for (int i = 3; rc == 0 && i < argc; i++)
        rc = frame(page, argv[i], scale);
    if (rc == 0 && pixWrite(argv[2], page, IFF_PNG) != 0)
        rc = complain("cannot write", argv[2]);
    pixDestroy(&page);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
