/* base/err.h - what went wrong, what to do about it, and what to tell a clerk. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/def.h"
#include "base/reason.h"

/* A kind says what to DO, never where the error came from. */
enum err_kind {
    ERR_NONE = 0,
    ERR_INPUT,   /* this page or file is unusable: placeholder or quarantine, carry on */
    ERR_RETRY,   /* may work later: disk full, locked */
    ERR_SYSTEM,  /* disk, memory, kernel: stop intake, drain, exit */
    ERR_CORRUPT, /* stored bytes do not match their digest: stop, call a person */
    ERR_GONE,    /* stored bytes were taken away: ask whether a destruction record names them */
    ERR_SEALED,  /* they are sealed, and the key is not at hand: stop, ask for the key ring */
    ERR_ERASED,  /* they are sealed, and the key was erased: what is in them was destroyed */
};

/* 256 bytes and some, never allocates. Zero-initialise before use: struct err err = {0}. */
struct err {
    enum err_kind kind;
    enum reason reason; /* the clerk's reason, only with ERR_INPUT */
    int sys;            /* errno behind it; 0 when there is none */
    char text[244];     /* "page 17: archive: sync '3f9a...': No space left on device" */
};

/* All return -1, so that a caller can write `return err_set(err, ...)`. Thread-safe: the struct
 * belongs to the caller. Text that does not fit is cut at a UTF-8 boundary; what is not UTF-8 and
 * control characters become '?'. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF(3, 4);
int err_input(struct err *err, enum reason reason, const char *fmt, ...) PRINTF(3, 4);
int err_sys(struct err *err, const char *fmt, ...) PRINTF(2, 3);  /* kind and cause from errno */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF(2, 3); /* puts "context: " in front */

#endif
