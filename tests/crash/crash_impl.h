/* tests/crash/crash_impl.h - what the simulator wrote down; shared by its two files. */
#ifndef TESTS_CRASH_CRASH_IMPL_H
#define TESTS_CRASH_CRASH_IMPL_H

#include "tests/crash/crash_sim.h"

#define NAME_BYTES   96 /* of one component of a path */
#define FDS_MAX      1024
#define NEVER        SIZE_MAX
#define BLOCK_BYTES  4096u
#define SECTOR_BYTES 512u
#define NO_NODE      SIZE_MAX

/* A file or directory, under whatever names. Node 0 is the root. */
struct node {
    bool is_dir;
    mode_t made_mode;
    mode_t mode;   /* as the running process sees it */
    size_t parent; /* of a directory, for ".." */
    uint64_t size; /* as the running process sees it */
};

enum change {
    CHANGE_WRITE,  /* of one block or less; may grow the file */
    CHANGE_SIZE,   /* fallocate, truncate */
    CHANGE_MODE,   /* permissions, noticed at a sync */
    CHANGE_ADD,    /* a name in a directory: create, mkdir, link */
    CHANGE_REMOVE, /* unlink */
    CHANGE_RENAME,
};

/* One thing that was done, in the order it was done in. */
struct event {
    enum change change;
    size_t node;       /* the file, or the directory whose names changed */
    size_t batch;      /* from 1; 0 is what was there at the start */
    size_t durable_at; /* the batch whose sync made it so, or NEVER */
    bool lost;         /* its sync failed: no later one writes it */
    /* CHANGE_WRITE, CHANGE_SIZE */
    uint64_t off;
    struct bytes data;
    uint64_t size_before, size_after; /* equal: the size did not change */
    mode_t mode;                      /* CHANGE_MODE */
    /* names */
    char name[NAME_BYTES], name_to[NAME_BYTES];
    size_t target; /* the node that has the name */
};

/* How much was acknowledged from this batch on. */
struct acknowledgement {
    size_t batch;
    unsigned steps;
};

struct crash_sim {
    struct io io; /* first: a struct io * is a struct crash_sim * */
    struct io *inner;
    char *root;
    struct node *nodes;
    size_t node_len, node_cap;
    struct event *events;
    size_t event_len, event_cap;
    struct acknowledgement *acks;
    size_t ack_len, ack_cap;
    size_t batch;   /* the one being run, or the last */
    size_t *points; /* batches that changed or synced something */
    size_t point_len, point_cap;
    size_t fds[FDS_MAX]; /* node of each descriptor; a reused one was opened through us again */
    /* trouble */
    enum crash_trouble trouble;
    unsigned nth, count;
    int sys;
    bool troubled, dead;
    size_t trouble_point;
};

/* realloc that aborts; *cap grows by doubling. */
void *crash_grow(void *items, size_t need, size_t *cap, size_t item_bytes);
bool crash_is_of_names(const struct event *event);

#endif
