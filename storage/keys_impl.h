/* storage/keys_impl.h - what the files behind storage/keys.h share. */
#ifndef STORAGE_KEYS_IMPL_H
#define STORAGE_KEYS_IMPL_H

#include "storage/keys.h"

struct ring_slot {
    struct key_id id;
    char label[RING_LABEL_MAX], made[RING_TIME_MAX];
    bool erased;
    struct seal_secret secret; /* zero when erased */
    char when[RING_TIME_MAX];  /* erased; "": it was not */
    char *by, *why;            /* owned; NULL: it was not */
};

struct ring {
    struct io *io;
    char *folder, *name; /* the folder's real path, and the file in it; owned */
    int dir_fd;          /* has the lock of a writer */
    struct ring_slot *keys;
    size_t len, cap;
};

/* One more, all zero. ERR_INPUT: too many. */
MUST_USE struct ring_slot *ring_new_key(struct ring *ring, struct err *err);

/* The text of the file; docs/encryption.md. The caller clears it. */
MUST_USE int ring_write_text(const struct ring *ring, struct bytes *out, struct err *err);
/* Adds what it says to an empty ring. ERR_INPUT with the line of what is wrong. */
MUST_USE int ring_read_text(struct ring *ring, struct span text, struct err *err);

#endif
