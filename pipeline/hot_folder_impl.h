/* pipeline/hot_folder_impl.h - what the files behind pipeline/hot_folder.h share. */
#ifndef PIPELINE_HOT_FOLDER_IMPL_H
#define PIPELINE_HOT_FOLDER_IMPL_H

#include "pipeline/hot_folder.h"

#define HOT_OWN        ".sohoa"
#define HOT_CLAIMED    HOT_OWN "/claimed"
#define HOT_REPORTS    HOT_OWN "/reports"
#define HOT_DONE       "done"
#define HOT_QUARANTINE "quarantine"
#define NAME_BYTES_MAX 255

/* A file in the inbox, as the last scan saw it. */
struct hot_entry {
    char *rel; /* path below the inbox; owned */
    uint64_t size_bytes, ino;
    int64_t mtime_ns;
    mode_t mode;
    int64_t still_ns;      /* since when it has looked like this */
    int64_t not_before_ns; /* after trouble with claiming it */
    bool marked;           /* its marker is there */
    bool busy;             /* somebody had it open to write */
};

struct hot_folder {
    struct hot_folder_options options;
    struct io *io;
    int root_fd, lock_fd;
    struct hot_entry *entries; /* sorted by rel */
    size_t len, cap;
};

/* When the file may be complete, as things are; INT64_MAX: not by time alone. */
int64_t hot_entry_due(const struct hot_folder *folder, const struct hot_entry *entry);
void hot_entries_free(struct hot_folder *folder);

/* Opens the folder that holds rel's last name, one name at a time and never through a symbolic
 * link; makes what is missing when told to. Gives the descriptor and the name, or -1 with errno. */
int hot_open_parent(struct io *io, int root_fd, const char *rel, bool make, const char **ret_name);
/* "name.tif", "name~2.tif": the first that is free, at most max bytes long. False: none. */
bool hot_free_name(int dir_fd, const char *name, size_t max, char ret_name[NAME_BYTES_MAX + 1]);

#endif
