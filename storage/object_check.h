/* storage/object_check.h - are the stored bytes of an object what its header says?
 *
 * Bytes stream through checksum, decompression and digest in pieces, so that an object of any size
 * is checked in little memory. */
#ifndef STORAGE_OBJECT_CHECK_H
#define STORAGE_OBJECT_CHECK_H

#include "storage/window.h"

struct object_checker; /* decompression and digest, used again and again; one thread at a time */

MUST_USE struct object_checker *object_checker_new(struct err *err);
void object_checker_free(struct object_checker *checker); /* NULL is fine */
void object_checker_freep(struct object_checker **checker);

/* For objects made with a dictionary, until another is told; borrowed. NULL: there is none. */
void object_checker_use(struct object_checker *checker, const struct dictionary *dictionary);
/* What object_check() says of an object that needs one when there is none: only its stored bytes
 * could be checked, and they match their checksum. */
extern const char object_lacks_dictionary[];
/* The start of a frame, enough to tell which dictionary it was made with. */
#define FRAME_HEAD_BYTES 18u
/* What *ret_why points to when all stored bytes became zero. */
extern const char object_gone[];

/* Reads the bytes of the object behind its header at record->off, and the zeros behind them. The
 * record has been checked against the file's size (header_read()). *ret_why says in a static text
 * what is wrong, or is NULL. -1 only when it could not look. also (may be NULL) is given the stored
 * bytes, too: for the digest of the whole file, which so costs little more. */
MUST_USE int object_check(struct object_checker *checker, struct window *window,
                          const struct record *record, struct hasher *also, const char **ret_why,
                          struct err *err);

#endif
