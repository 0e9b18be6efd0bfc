/* tests/crash/crash_sim.h - an I/O back end that remembers, and the disks a power cut may leave.
 *
 * It stands in front of the plain back end: every operation is done for real in a scratch folder
 * and, if it changes anything, written down with its data. Afterwards crash_sim_each() goes through
 * the points at which the power may fail and makes, in memory, the disks that may be found then.
 *
 * The model is that of ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014):
 * what no sync has made durable may be there or not, piece by piece. It is at least as harsh as
 * ext4 (data=ordered), xfs and btrfs:
 *   content   An unsynced write is there or not in blocks of 4 KiB, in any combination; its last
 *             block may be torn at any sector of 512 bytes. A block that was allocated, or that the
 *             file grew over, and not written, reads as zeros.
 *   size      Changes (fallocate, truncate, a write past the end, block by block) are journalled:
 *             the first n of a file's unsynced ones are there, for any n, whatever there is of the
 *             content.
 *   names     Create, mkdir, rename, link, unlink: there or not, in any combination, while their
 *             directory is not synced. A rename as such is atomic; one to another directory is a
 *             link and an unlink, each by itself (on journalling file systems it is atomic, too).
 *             The sync of a file says nothing about its name (on ext4 it would).
 *   fsync     makes durable what was done to the file before: content, size, permissions.
 *   fdatasync makes durable its content, and its size as far as reading that content needs it.
 *   a sync that fails: the kernel takes the pages for clean (Rebello et al., "Can Applications
 *             Recover from fsync Failures?", ATC 2020). Reading still shows them, no later sync
 *             writes them; each block of them may be on disk or not, and IO_FORGET makes reading
 *             show which. Sizes and names stay pending.
 *   a batch   Its operations run in any order: a sync in it covers nothing of the same batch.
 *   a killed process loses nothing of this: the cache survives it, and still is not durable.
 * Not modelled: ext4's data=writeback (old bytes in new blocks), a disk that lies about a flush. */
#ifndef TESTS_CRASH_CRASH_SIM_H
#define TESTS_CRASH_CRASH_SIM_H

#include <stdbool.h>

#include "base/bytes.h"
#include "io/io.h"

struct crash_sim; /* one thread; any failure of the simulator itself aborts */

/* What is below root (an absolute path) counts as durable. */
struct crash_sim *crash_sim_open(const char *root);
void crash_sim_close(struct crash_sim *sim); /* NULL is fine */
struct io *crash_sim_io(struct crash_sim *sim);

/* From here on so much is acknowledged, in steps the caller knows: disks from now on carry it. */
void crash_sim_acknowledge(struct crash_sim *sim, unsigned steps);

/* --- trouble while the process runs; operations that change or sync something count from 0 --- */

enum crash_trouble {
    CRASH_NO_TROUBLE,
    CRASH_KILL,      /* the process is killed before the nth: nothing happens any more */
    CRASH_KILL_HALF, /* the same, in the middle of the nth if it is a write */
    CRASH_FAIL,      /* the nth fails; a write does nothing, a sync loses what it was to write */
};
/* Starts counting. sys: the errno of CRASH_FAIL. */
void crash_sim_trouble(struct crash_sim *sim, enum crash_trouble trouble, unsigned nth, int sys);
bool crash_sim_troubled(const struct crash_sim *sim);        /* it came to that, */
size_t crash_sim_trouble_point(const struct crash_sim *sim); /* before this point */

/* --- the disks --- */

struct crash_entry {
    char *path; /* below the root; a directory comes before what is in it */
    bool is_dir;
    mode_t mode;
    struct span data; /* of a file */
};

enum crash_kind {
    CRASH_CALM,   /* nothing was pending, or all of it is there */
    CRASH_BLOCKS, /* blocks are missing */
    CRASH_TORN,   /* a block is torn */
    CRASH_SIZES,  /* a size did not change */
    CRASH_NAMES,  /* a name is missing, or one that was removed is still there; or permissions */
    CRASH_MIXED,  /* several of these */
    CRASH_KINDS,
};
extern const char *const crash_kind_names[CRASH_KINDS];

struct crash_disk {
    size_t point; /* batches of operations before the power cut */
    enum crash_kind kind;
    unsigned acknowledged;
    struct crash_entry *entries;
    size_t len, cap;
    char pending[160]; /* for people: what was pending, and what of it is there */
};

/* Makes the disk in `dir`, an existing empty directory. */
void crash_disk_write(const struct crash_disk *disk, const char *dir);

struct crash_plan {
    size_t first_point; /* as crash_sim_points() told it; 0: all */
    unsigned per_point; /* at most so many disks of each point */
    uint64_t seed;
};
/* How many points there are so far. */
size_t crash_sim_points(const struct crash_sim *sim);
/* Shows every disk once, in an order that depends on the plan and on the operations only. A visit
 * that returns false ends it. The disk is lent for the call. */
void crash_sim_each(struct crash_sim *sim, const struct crash_plan *plan,
                    bool (*visit)(void *self, const struct crash_disk *disk), void *self);

#endif
