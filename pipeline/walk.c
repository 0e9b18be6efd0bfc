/* pipeline/walk.c - which files a run is about: paths as given, folders taken whole. */
#include "pipeline/walk.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"

void walk_done(struct walk *walk)
{
    for (size_t i = 0; i < walk->len; i++)
        free(walk->paths[i]);
    free(walk->paths);
    *walk = (struct walk){.paths = NULL};
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add(struct walk *walk, const char *path, struct err *err)
{
    if (walk->len == WALK_PATHS_MAX)
        return err_set(err, ERR_SYSTEM, "more than %u files in one run", WALK_PATHS_MAX);
    if (walk->len == walk->cap) {
        size_t cap = walk->cap ? walk->cap * 2 : 256;
        char **paths = realloc(walk->paths, cap * sizeof *paths);
        if (!paths)
            return err_sys(err, "list %zu files", cap); /* UNTESTED: no memory */
        walk->paths = paths;
        walk->cap = cap;
    }
    walk->paths[walk->len] = strdup(path);
    if (!walk->paths[walk->len])
        return err_sys(err, "list a file"); /* UNTESTED: no memory */
    walk->len++;
    return 0;
}

static int visit(FTS *fts, FTSENT *entry, const struct stat *avoid, struct walk *walk,
                 struct err *err)
{
    switch (entry->fts_info) {
    case FTS_D:
        if (avoid->st_ino == entry->fts_statp->st_ino && avoid->st_dev == entry->fts_statp->st_dev)
            (void)fts_set(fts, entry, FTS_SKIP);
        return 0;
    case FTS_DP:
    case FTS_DC:
        return 0;
    case FTS_SL: {
        struct stat target;
        if (stat(entry->fts_accpath, &target) == 0 && S_ISDIR(target.st_mode))
            return 0; /* a folder by another way: its files are found where they are */
        return add(walk, entry->fts_path, err);
    }
    default: /* files, and what cannot be read: opening it will say why */
        return add(walk, entry->fts_path, err);
    }
}

static int walk_one(const char *arg, const struct stat *avoid, const _Atomic int *stop,
                    struct walk *walk, struct err *err)
{
    char *const roots[] = {(char *)(uintptr_t)arg, NULL};
    struct stat st;
    if (lstat(arg, &st) < 0) {
        (void)err_sys(err, "'%s'", arg);
        err->kind = ERR_INPUT;
        return -1;
    }
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (!fts)
        return err_sys(err, "walk '%s'", arg);
    int rc = 0;
    FTSENT *entry;
    /* Reads before it looks at the flag: fts_close() leaks what was never begun. */
    while (rc == 0 && (errno = 0, entry = fts_read(fts)) && !*stop)
        rc = visit(fts, entry, avoid, walk, err);
    if (rc == 0 && !*stop && errno != 0)
        rc = err_sys(err, "walk '%s'", arg);
    (void)fts_close(fts);
    return rc;
}

int walk_paths(const char *const *args, size_t n, const char *avoid, const _Atomic int *stop,
               struct walk *ret_walk, struct err *err)
{
    CLEANUP(walk_done) struct walk walk = {.paths = NULL};
    struct stat avoided = {.st_ino = 0};
    (void)stat(avoid, &avoided);
    for (size_t i = 0; i < n; i++)
        if (walk_one(args[i], &avoided, stop, &walk, err) < 0)
            return -1;
    *ret_walk = walk;
    walk = (struct walk){.paths = NULL};
    return 0;
}
