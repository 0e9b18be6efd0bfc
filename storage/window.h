/* storage/window.h - looking at a large file through a piece of memory.
 *
 * Whoever reads a segment asks for bytes by offset; the window moves in batches of reads. */
#ifndef STORAGE_WINDOW_H
#define STORAGE_WINDOW_H

#include "io/io.h"
#include "storage/segment.h"

#define WINDOW_READ_BYTES MIB /* one read of a batch */

struct window {
    struct io *io;
    int fd;
    uint64_t size; /* of the file, when it was opened */
    uint8_t *buf;
    size_t cap, len;
    uint64_t off; /* of buf in the file */
    bool forgive; /* what the medium cannot give reads as zeros, and is noted */
    uint64_t unread_bytes, unread_off; /* so noted; off of the first */
};

/* fd and io are borrowed. cap: bytes read at a time, at least SEGMENT_BLOCK_BYTES. */
MUST_USE int window_init(struct window *window, struct io *io, int fd, size_t cap, struct err *err);
void window_done(struct window *window); /* fits CLEANUP; zero is fine */

/* Shows the bytes at off: at least `want` of them (at most SEGMENT_BLOCK_BYTES may be wanted), as
 * many as are at hand; fewer only at the end of the file. data lives until the next call. */
MUST_USE int window_at(struct window *window, uint64_t off, size_t want, struct span *ret_data,
                       struct err *err);

/* Calls `take` for the bytes [off, off + len) in order, in as many pieces as it takes. The file
 * must be that long. */
MUST_USE int window_each(struct window *window, uint64_t off, uint64_t len,
                         void (*take)(void *self, struct span piece), void *self, struct err *err);
void window_hash(void *hasher, struct span piece); /* a `take` that feeds a hasher */

/* Sets *ret_why when the bytes [off, end), less than a block, are not all there and zero. */
MUST_USE int window_zeros(struct window *window, uint64_t off, uint64_t end, const char **ret_why,
                          struct err *err);

#endif
