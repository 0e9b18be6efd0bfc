/* storage/keys.h - the key ring: which keys seal objects, and which of them were erased.
 *
 * One file outside of the archive, readable by its owner only; docs/encryption.md has its form. Who
 * loses it loses what was sealed; what is erased in it is destroyed wherever it was copied to. The
 * line of an erased key stays and tells when, by whom and why. */
#ifndef STORAGE_KEYS_H
#define STORAGE_KEYS_H

#include "io/io.h"
#include "storage/envelope.h"

#define RING_BYTES_MAX (16 * MIB)
#define RING_KEYS_MAX  10000u
#define RING_LABEL_MAX 65u /* bytes with NUL; 1 to 64 of A-Z a-z 0-9 . - _ / : */
#define RING_BY_MAX    801u
#define RING_BY_CHARS  200u
#define RING_WHY_MAX   2001u
#define RING_WHY_CHARS 500u
#define RING_TIME_MAX  21u /* "2026-12-01T05:28:47Z" and its NUL */

struct ring; /* opaque; immutable but for ring_add() and ring_erase(), may be shared by threads */

/* Makes a ring without keys; durable on return. ERR_INPUT: something of that name is there. */
MUST_USE int ring_init(struct io *io, const char *path, struct err *err);

enum ring_mode {
    RING_READ,
    RING_WRITE, /* takes a lock on the folder it is in */
};
/* NULL with *err:
 *   ERR_INPUT    there is none; others may read it; it is no ring, cut short, or over a limit
 *   ERR_RETRY    another writer has the folder
 * io is borrowed for the call; with RING_WRITE until ring_close(), and used by one thread only. */
MUST_USE struct ring *ring_open(struct io *io, const char *path, enum ring_mode mode,
                                struct err *err);
void ring_close(struct ring *ring); /* NULL is fine; the secrets are cleared */
void ring_closep(struct ring **ring);

/* ERR_INPUT when the ring lies in the folder of this archive: copies would carry the keys. */
MUST_USE int ring_is_outside(const struct ring *ring, const char *archive, struct err *err);

/* What is known of a key. Texts are the ring's; those of an erasure are empty while it is active.
 */
struct ring_entry {
    struct key_id id;
    const char *label, *made;
    bool erased;
    const char *when, *by, *why;
};
size_t ring_len(const struct ring *ring);
struct ring_entry ring_at(const struct ring *ring, size_t i);
/* Its index, or -1. */
ptrdiff_t ring_find(const struct ring *ring, const char *label);
bool ring_label_fine(const char *label);

/* The key of this name. ring may be NULL: none is at hand. ERR_SEALED: it is not in the ring;
 * ERR_ERASED: it was. The caller clears it. */
MUST_USE int ring_key(const struct ring *ring, const struct key_id *id, struct seal_key *ret_key,
                      struct err *err);
/* The key of this label, to seal with. ERR_INPUT: there is none, or it was erased. */
MUST_USE int ring_key_of(const struct ring *ring, const char *label, struct seal_key *ret_key,
                         struct err *err);

/* Both of a ring open to write, durable on return: the file is made anew, synced, renamed. A label
 * is given once and for ever. ERR_INPUT: a label, name or reason that cannot be; the label is there
 * already; there is no such key. */
MUST_USE int ring_add(struct ring *ring, const char *label, int64_t now_ns, struct err *err);
/* The secret goes, from the ring and, as far as the medium lets us, from where the old file stood.
 * One that was erased before stays as it is. */
struct ring_erasure {
    int64_t now_ns;
    const char *by, *why;
};
MUST_USE int ring_erase(struct ring *ring, const char *label, const struct ring_erasure *erasure,
                        struct err *err);

#endif
