/* storage/archive.h - the archive directory: segments of objects, committed in durable groups.
 *
 * Segments are the only truth (docs/format-segment.md). The catalogue beside them is derived and
 * belongs to storage/catalogue.h; this file knows nothing of pages. */
#ifndef STORAGE_ARCHIVE_H
#define STORAGE_ARCHIVE_H

#include "io/io.h"
#include "storage/object.h"

#define ARCHIVE_FORMAT_VERSION    3          /* of new archives */
#define ARCHIVE_FORMAT_SEALED     3          /* from here on objects may be sealed */
#define ARCHIVE_FORMAT_OLDEST     2          /* read, and written on as it is */
#define ARCHIVE_REQUESTS          "requests" /* folder below it, pipeline/requests.h */
#define ARCHIVE_SEGMENT_BYTES     (64 * MIB) /* a segment is sealed at the first group past this */
#define ARCHIVE_GROUP_OBJECTS_MAX 65536u     /* objects of one commit group */

struct archive; /* one thread at a time; several readers = several handles */

/* Where an object stands. segment counts from 1; off is that of its record header. */
struct place {
    uint64_t segment;
    uint64_t off;
};

/* Makes a new archive in `path` (created; an empty directory is fine): FORMAT, LOCK, seg/,
 * quarantine/, requests/. Durable on return. ERR_INPUT when there is something else already. */
MUST_USE int archive_init(struct io *io, const char *path, struct err *err);

enum archive_mode {
    ARCHIVE_READ,  /* beside a writer; sees whole committed groups only */
    ARCHIVE_WRITE, /* takes the lock; recovers: an unfinished group at the end is cut off */
    ARCHIVE_MEND,  /* takes the lock, and changes nothing: whole segments are to be put into it
                    * (storage/sync.h, storage/repair.h). FORMAT may be damaged or gone */
};

/* Opens. io is borrowed until archive_close() and used by the calling thread only.
 * Errors, nothing changed on disk:
 *   ERR_INPUT    not an archive; another format version (the text says which)
 *   ERR_RETRY    another writer holds the lock
 *   ERR_CORRUPT  damage in the middle of a segment (writing is refused, reading goes on)
 *   ERR_SYSTEM   the kernel refused */
MUST_USE struct archive *archive_open(struct io *io, const char *path, enum archive_mode mode,
                                      struct err *err);
/* NULL is fine. A writer gives back the unused, preallocated end of its open segment. */
void archive_close(struct archive *archive);
void archive_closep(struct archive **archive);

const char *archive_path(const struct archive *archive);

/* What sealed objects are read with (storage/keys.h); borrowed until archive_close(). */
struct ring;
void archive_set_keys(struct archive *archive, const struct ring *keys);
/* ERR_INPUT: of a version of the format in which nothing can be sealed. For a writer. */
MUST_USE int archive_may_seal(const struct archive *archive, struct err *err);

/* For tests and small media: segments are sealed at the first group past n bytes instead of past
 * ARCHIVE_SEGMENT_BYTES. */
void archive_set_segment_bytes(struct archive *archive, uint64_t n);

/* Commits objects as one group: all of them or none survive a crash. When this returns 0 they are
 * durable (one write, one fdatasync) and may be acknowledged. ret_places (n of them) tells where
 * each stands. time_ns: wall clock of the commit, kept in the group. The caller has left out
 * objects the archive already holds. After any failure but ERR_INPUT the segment is poisoned: every
 * later commit fails with the same error until the archive is opened anew. */
MUST_USE int archive_commit(struct archive *archive, const struct object objects[], size_t n,
                            int64_t time_ns, struct place ret_places[], struct err *err);

/* Of all objects committed so far, dictionaries too. For a writer. */
uint64_t archive_stored_bytes(const struct archive *archive);
/* Ends the open segment for good, if there is one with a group in it; the next commit makes a new
 * one. For a writer. Errors as archive_commit(). */
MUST_USE int archive_seal_open(struct archive *archive, struct err *err);

/* Reads an object back, every byte checked (header CRC, stored CRC, digest). Appends the raw bytes.
 * expect may be NULL; a record with another id is ERR_CORRUPT. ERR_GONE: its bytes were taken away
 * (storage/erase.h), or somebody made them zero. Of a sealed object, what is in the envelope;
 * ERR_SEALED: its key is not at hand; ERR_ERASED: it was erased. */
MUST_USE int archive_read(struct archive *archive, struct place place, const struct digest *expect,
                          struct bytes *out, struct err *err);
/* The same, but of a sealed object the envelope: the bytes that its digest is of. No key is needed.
 */
MUST_USE int archive_read_hashed(struct archive *archive, struct place place,
                                 const struct digest *expect, struct bytes *out, struct err *err);
/* Whether the object there is sealed, and under which key: 1, 0, -1. It is not read whole, and not
 * checked. ERR_GONE: it was sealed, and its bytes were taken away. */
struct key_id;
MUST_USE int archive_key_of(struct archive *archive, struct place place, struct key_id *ret_key,
                            struct err *err);
/* Whether it could be read with the keys at hand: 0, or -1 with what archive_read() would say. Of
 * one that is not sealed nothing is looked at. */
MUST_USE int archive_may_read(struct archive *archive, struct place place, struct err *err);

/* One committed group, as replay shows it. */
struct group_entry {
    struct digest id;
    enum object_type type;
    enum object_codec codec;
    uint64_t raw_bytes, stored_bytes;
    struct place place;
};
struct group {
    uint64_t seq; /* of the archive, from 1, no gaps */
    int64_t time_ns;
    const struct group_entry *entries;
    size_t entry_len;
    struct place end; /* first byte after the group: the mark to go on from */
};

/* Calls visit for every committed group from `from` on ({0,0}: from the start), oldest first; a
 * visit that returns -1 ends it with that error. Reads headers and checks them and the group's
 * hash chain; the objects' own bytes are read by archive_read(). ERR_CORRUPT on damage. */
MUST_USE int archive_replay(struct archive *archive, struct place from,
                            int (*visit)(void *self, const struct group *group, struct err *err),
                            void *self, struct err *err);

/* The dictionary for texts from now on: the one the newest segment begins with, else the built-in
 * one. Whatever is committed after this goes to segments that begin with it: one that does not is
 * sealed. For a writer; lives as long as the archive, and may be used by all threads. */
MUST_USE int archive_dictionary(struct archive *archive, const struct dictionary **ret_dictionary,
                                struct err *err);
/* Begins a segment with another dictionary, which archive_dictionary() gives from now on, and those
 * who open the archive later. Durable on return. Before it is called, nobody uses the old one.
 * ERR_CORRUPT: no dictionary, nothing is changed; else fails like archive_commit(). */
MUST_USE int archive_set_dictionary(struct archive *archive, struct span bytes, int64_t time_ns,
                                    struct err *err);

struct archive_size {
    uint64_t segments, segment_bytes; /* files, and their bytes on disk */
};
MUST_USE int archive_measure(struct archive *archive, struct archive_size *ret_size,
                             struct err *err);

/* What verify found wrong. id is all zero when the damage cannot be tied to one object. */
struct damage {
    const char *file;     /* below the archive: "seg/0000000001.open" */
    uint64_t first, last; /* the segments it is about, mostly one; 0: none */
    uint64_t off;
    struct digest id;
    bool missing; /* a promised object is not there, rather than bad */
    char what[160];
};
struct verify_result {
    uint64_t objects, bytes; /* read and checked; the copies of a dictionary count once */
    uint64_t bad, missing;
    uint64_t segments, skipped; /* looked at whole; left out as the options said */
    bool stopped;               /* by options->stop: the newest segments were not looked at */
    uint64_t destroyed;         /* their bytes were taken away, and is_destroyed() knew of it */
    uint64_t not_here;          /* of a copy: entries of its log that are in none of its segments;
                                 * counted by archive_verify_log() */
};
/* All are called by the thread that called verify, segment after segment. */
struct verify_hooks {
    void (*on_damage)(void *self, const struct damage *damage);
    void (*on_object)(void *self, const struct group_entry *entry);
    void (*on_progress)(void *self, uint64_t done_bytes, uint64_t all_bytes);
    /* Asked of an object whose stored bytes are all zero: NULL or false, and it is damage. */
    bool (*is_destroyed)(void *self, const struct group_entry *entry);
    void *self;
    /* A sealed segment was looked at whole; name: the digest its name promises. */
    void (*on_segment)(void *self, uint64_t segment, const struct digest *name, bool good);
};
/* Reads every byte of every segment, at depth, and checks headers, checksums, digests, paddings,
 * groups and their chain, seals, names. Goes on after damage (resynchronising), calls on_damage
 * (may be NULL, as all of them) for each, counts. on_progress gets bytes done and in all. Fails
 * only when it could not look (ERR_SYSTEM). What a crash leaves at the end of an open segment is
 * not damage. */
MUST_USE int archive_verify(struct archive *archive, const struct verify_hooks *hooks,
                            struct verify_result *ret_result, struct err *err);

#define VERIFY_WORKERS_MAX 256u

struct verify_options {
    unsigned workers; /* threads, at most VERIFY_WORKERS_MAX; 0, 1: the calling thread. Others have
                       * an io and an archive handle of their own. */
    const _Atomic int *stop; /* not 0: no further segment is begun; NULL: never */
    /* Which sealed segments to leave out; their first and last block are read for the chain, and
     * if those are not fine all of it is. NULL: none. Called before any is read. */
    bool (*skip)(void *self, uint64_t segment, const struct digest *name);
    void *self; /* of skip */
};
/* The same, in several threads and of some segments only. */
MUST_USE int archive_verify_with(struct archive *archive, const struct verify_options *options,
                                 const struct verify_hooks *hooks, struct verify_result *ret_result,
                                 struct err *err);

#endif
