/* app/bag.h - a BagIt bag (RFC 8493): a folder of files with the digests of all of them, that
 * appears whole or not at all. */
#ifndef APP_BAG_H
#define APP_BAG_H

#include "app/app.h"

#define BAG_FILES_MAX 200000u

/* Start with zero; bag_done() takes back what was not published, and fits CLEANUP. */
struct bag {
    struct io *io;
    char *path;   /* what it will be called */
    char *part;   /* where it is made */
    char **names; /* of the payload, below the bag */
    size_t len, cap;
    uint64_t bytes; /* of the payload */
};

/* ERR_INPUT when there is something of that name already. What an earlier try left is removed. */
MUST_USE int bag_open(struct bag *bag, struct io *io, const char *path, struct err *err);
void bag_done(struct bag *bag);

bool bag_has(const struct bag *bag, const char *name);
/* Makes a folder, data/..., and those above it, where they lack. */
MUST_USE int bag_folder(struct bag *bag, const char *name, struct err *err);
/* Adds a file of the payload, data/FOLDER/NAME of letters, digits, dots, signs; folders are made
 * where they lack. The file is not there yet. */
MUST_USE int bag_add(struct bag *bag, const char *name, struct span data, struct err *err);
/* Notes a file that was written there by somebody else. */
MUST_USE int bag_note(struct bag *bag, const char *name, struct err *err);
/* What is in a file that was written there, as it is on the disk. */
MUST_USE int bag_measure(const struct bag *bag, const char *name, struct digest *ret_digest,
                         uint64_t *ret_bytes, struct err *err);
/* Writes the manifests of what is on the disk, and syncs everything: nothing can be added then.
 * info: lines for bag-info.txt, each with its line feed. *ret_digest: the SHA-256 of
 * tagmanifest-sha256.txt, which all the others hang on: the same files give the same. */
MUST_USE int bag_seal(struct bag *bag, const char *info, struct digest *ret_digest,
                      struct err *err);
/* Gives the sealed bag its name; path, in the same folder: another one than it was opened with,
 * or NULL. */
MUST_USE int bag_publish(struct bag *bag, const char *path, struct err *err);
/* The digest of a bag that is there already: 1, 0 when there is none, or -1. *ret_ns: when its
 * manifests were written. */
MUST_USE int bag_look_at(const char *path, struct digest *ret_digest, int64_t *ret_ns,
                         struct err *err);

#endif
