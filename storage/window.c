/* storage/window.c - looking at a large file through a piece of memory. */
#include "storage/window.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_READS_MAX 16 /* in flight at once */

int window_init(struct window *window, struct io *io, int fd, size_t cap, struct err *err)
{
    assert(cap >= SEGMENT_BLOCK_BYTES && cap <= WINDOW_READS_MAX * WINDOW_READ_BYTES);
    struct statx stx = {0};
    struct io_op op = {.kind = IO_STATX, .fd = fd, .stx = &stx};
    io_run(io, &op, 1);
    if (op.res < 0) {
        errno = (int)-op.res;
        return err_sys(err, "ask for the size");
    }
    if (stx.stx_size < cap) /* the most a file that small can fill */
        cap = stx.stx_size > SEGMENT_BLOCK_BYTES ? (size_t)stx.stx_size : SEGMENT_BLOCK_BYTES;
    uint8_t *buf = malloc(cap);
    if (!buf)
        return err_sys(err, "make a buffer of %zu bytes", cap); /* UNTESTED: no memory */
    *window = (struct window){.io = io, .fd = fd, .size = stx.stx_size, .buf = buf, .cap = cap};
    return 0;
}

void window_done(struct window *window)
{
    free(window->buf);
    *window = (struct window){0};
}

static void note_unread(struct window *window, uint64_t off, uint64_t len)
{
    if (window->unread_bytes == 0)
        window->unread_off = off;
    window->unread_bytes += len;
}

/* Finishes what one read of the batch left open. Only the end of the file makes it shorter. */
static int settle(struct window *window, struct io_op *op, size_t *ret_got, struct err *err)
{
    size_t got = 0;
    while (op->res > 0 && got + (size_t)op->res < op->len) {
        got += (size_t)op->res;
        struct io_op more = *op;
        more.buf = (uint8_t *)op->buf + got;
        more.len = op->len - got;
        more.off = op->off + got;
        io_run(window->io, &more, 1);
        op->res = more.res;
    }
    if (op->res == -EIO && window->forgive) {
        memset((uint8_t *)op->buf + got, 0, op->len - got);
        note_unread(window, op->off + got, op->len - got);
        *ret_got = op->len;
        return 0;
    }
    if (op->res < 0) {
        errno = (int)-op->res;
        return err_sys(err, "read %zu bytes at %llu", op->len, (unsigned long long)op->off);
    }
    *ret_got = got + (size_t)op->res;
    return 0;
}

static int fill(struct window *window, uint64_t off, struct err *err)
{
    struct io_op ops[WINDOW_READS_MAX];
    size_t n = 0, all = window->cap;
    if (all > window->size - off)
        all = (size_t)(window->size - off);
    for (size_t at = 0; at < all; at += WINDOW_READ_BYTES, n++)
        ops[n] = (struct io_op){
            .kind = IO_READ,
            .fd = window->fd,
            .buf = window->buf + at,
            .len = all - at < WINDOW_READ_BYTES ? all - at : WINDOW_READ_BYTES,
            .off = off + at,
        };
    io_run(window->io, ops, n);
    window->off = off;
    window->len = 0;
    for (size_t i = 0; i < n; i++) {
        size_t got = 0;
        if (settle(window, &ops[i], &got, err) < 0)
            return -1;
        window->len += got;
        if (got < ops[i].len)
            break; /* the file has become shorter */
    }
    return 0;
}

int window_at(struct window *window, uint64_t off, size_t want, struct span *ret_data,
              struct err *err)
{
    assert(want <= SEGMENT_BLOCK_BYTES);
    if (off >= window->size) {
        *ret_data = (struct span){0};
        return 0;
    }
    uint64_t left = window->size - off;
    size_t need = want < left ? want : (size_t)left;
    bool inside = off >= window->off && off - window->off <= window->len &&
                  window->len - (size_t)(off - window->off) >= need && need > 0;
    if (!inside && fill(window, off, err) < 0)
        return -1;
    size_t skip = (size_t)(off - window->off);
    *ret_data = span_of(window->buf + skip, window->len - skip);
    return 0;
}

int window_each(struct window *window, uint64_t off, uint64_t len,
                void (*take)(void *self, struct span piece), void *self, struct err *err)
{
    while (len > 0) {
        struct span piece;
        if (window_at(window, off, 1, &piece, err) < 0)
            return -1;
        if (piece.len == 0)
            return err_set(err, ERR_CORRUPT, "file ends before byte %" PRIu64, off + len);
        if (piece.len > len)
            piece.len = (size_t)len;
        take(self, piece);
        off += piece.len;
        len -= piece.len;
    }
    return 0;
}

void window_hash(void *hasher, struct span piece)
{
    hasher_add(hasher, piece);
}

int window_zeros(struct window *window, uint64_t off, uint64_t end, const char **ret_why,
                 struct err *err)
{
    struct span data;
    if (end == off)
        return 0;
    if (window_at(window, off, (size_t)(end - off), &data, err) < 0)
        return -1;
    if (data.len < end - off)
        *ret_why = "the file ends inside a block";
    else if (!all_zero(span_of(data.data, (size_t)(end - off))))
        *ret_why = "there are bytes behind the record that must be zero";
    return 0;
}
