/* pipeline/walk.h - which files a run is about: paths as given, folders taken whole. */
#ifndef PIPELINE_WALK_H
#define PIPELINE_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define WALK_PATHS_MAX 20000000u

/* Paths in the order to take them: arguments as given, inside a folder by name (bytes), so that two
 * runs see the same order. Folders are not listed; a folder that cannot be read is, so that it gets
 * a reason. Symbolic links to files are listed; to folders, only when given as an argument. */
struct walk {
    char **paths; /* owned */
    size_t len, cap;
};
void walk_done(struct walk *walk); /* fits CLEANUP */

/* avoid: the archive's own directory, never descended into; files that came to be there are not
 * scans. ERR_INPUT when an argument does not exist; ERR_SYSTEM. *stop ends it early. */
MUST_USE int walk_paths(const char *const *args, size_t n, const char *avoid,
                        const _Atomic int *stop, struct walk *ret_walk, struct err *err);

#endif
