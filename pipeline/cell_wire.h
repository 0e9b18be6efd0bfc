/* pipeline/cell_wire.h - what keeper and cell say to each other: fixed structs over a seqpacket
 * socket, bulk results in one shared area. Both ends are the same program, so plain structs do. */
#ifndef PIPELINE_CELL_WIRE_H
#define PIPELINE_CELL_WIRE_H

#include "pipeline/cell.h"

#define CELL_SOCK_FD    3 /* in the child, by position */
#define CELL_AREA_FD    4
#define CELL_MAGIC      0x736F6861u
#define CELL_AREA_BYTES (RESULT_TEXT_MAX + RESULT_IMAGE_MAX) /* text first, then the picture */

#define CELL_EXIT_MEMORY 86 /* how a cell says that memory ran out where no error could be told */

#define LANGUAGE_MAX 48

struct cell_setup { /* the first message; answered by a reply with `engine` */
    uint32_t magic;
    struct limits limits;
    char language[LANGUAGE_MAX]; /* empty: no reader, pictures only */
    uint32_t engine;             /* enum reader_choice */
};

enum cell_do { CELL_DO_OPEN = 1, CELL_DO_READ, CELL_DO_PICTURE, CELL_DO_EMBED, CELL_DO_CLOSE };

struct cell_request {
    uint32_t magic;
    uint32_t what;       /* enum cell_do */
    uint32_t index;      /* READ, PICTURE, EMBED */
    uint32_t raster_dpi; /* READ with a drawn page */
    uint32_t turned_deg; /* READ for a second opinion */
    uint64_t fd_bytes;   /* size of the memfd that comes with it: the file, or the drawn page */
};

struct cell_reply {
    uint32_t magic;
    int32_t rc;
    struct err err; /* when rc < 0 */
    char engine[48];
    char format[CELL_FORMAT_MAX];
    uint32_t pages;
    struct page_found found;
    struct cell_times times;
    struct embed embed;
    uint64_t text_bytes, access_bytes; /* in the area */
};

/* One message with at most one descriptor. send: fd -1 for none. receive: 1 got one, 0 the other
 * end is gone, -1 error; *ret_fd is owned by the caller, -1 for none. */
MUST_USE int cell_wire_send(int sock, const void *message, size_t len, int fd, struct err *err);
MUST_USE int cell_wire_receive(int sock, void *message, size_t len, int *ret_fd, struct err *err);

#endif
