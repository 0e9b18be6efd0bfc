/* storage/archive_impl.h - what the files behind storage/archive.h share. */
#ifndef STORAGE_ARCHIVE_IMPL_H
#define STORAGE_ARCHIVE_IMPL_H

#include "storage/archive_log.h"
#include "storage/walk.h"

#define ARCHIVE_FILES_KEPT 16 /* descriptors of segments kept open for reading */
/* For reading: an archive has one, and one for each training. */
#define ARCHIVE_DICTIONARIES_KEPT 4

struct segment_list {
    struct segment_name *names; /* by sequence */
    size_t len, cap;
};

/* A segment opened for reading. Its descriptor outlives a renaming. */
struct kept_file {
    uint64_t seq; /* 0: unused */
    int fd;
    bool salt_known; /* block 0 was fine */
    struct id16 salt;
    uint64_t used; /* when, to find the one not used for longest */
};

struct kept_dictionary {
    struct dictionary *dictionary; /* NULL: unused */
    uint64_t used;                 /* when, to find the one not used for longest */
};

struct table_entry {
    struct digest id;
    uint64_t off;
};

/* The segment being written; fd < 0: none, the next commit makes one. */
struct writer {
    int fd;
    uint64_t seq; /* of it, or of the newest sealed one */
    uint64_t end; /* where the next group goes */
    struct id16 salt;
    struct log_state state;
    uint64_t groups;          /* in this segment */
    struct digest dictionary; /* it begins with; zero: none, or not looked at */
    uint64_t room; /* its size, once room was asked for; 0: it ends with its last group */
    bool closed;   /* the last thing in it is a CLOSE record, or block 0 */
    struct table_entry *table;
    size_t table_len, table_cap;
};

struct archive {
    struct io *io;
    char *path;
    enum archive_mode mode;
    int dir_fd, seg_fd, lock_fd;
    bool format_fine;
    struct id16 id;          /* when format_fine */
    unsigned version;        /* of the format, when format_fine */
    const struct ring *keys; /* borrowed; NULL: none */
    struct id16 writer_id;
    uint64_t segment_bytes;
    struct segment_list list;
    struct segment_list old; /* sealed files whose number a rewritten one has */
    bool part_left;          /* a rewriting was cut short, or is under way */
    struct kept_file kept[ARCHIVE_FILES_KEPT];
    struct kept_dictionary dictionaries[ARCHIVE_DICTIONARIES_KEPT];
    uint64_t clock;                /* of their `used` */
    struct dictionary *dictionary; /* for writing; NULL: nobody asked for it */
    struct writer writer;
    bool poisoned;
    struct err poison;
    struct bytes group;            /* kept between commits */
    struct place replayed;         /* end of the last group that was walked over in the segment */
    struct log_state replayed_log; /* being written, and the log there: replay goes on from it */
    struct log *log;               /* a writer's always; a reader's once asked for */
    bool rebuilding;               /* the log's tiles are to be made again */
};

/* Reads the directory seg/. odd (may be NULL) is told of names that are no segment's. */
MUST_USE int archive_list(struct archive *archive, void (*odd)(void *self, const char *name),
                          void *self, struct err *err);
/* Makes an archive as archive_init() does, with this text as FORMAT, and of a copy with the public
 * key of the log; empty: none. */
MUST_USE int archive_init_as(struct io *io, const char *path, struct span format, struct span vkey,
                             struct err *err);
/* Appends what FORMAT says, at most FORMAT_BYTES_MAX + 1 bytes. */
MUST_USE int archive_format_text(struct archive *archive, struct bytes *out, struct err *err);
/* 1 when both are open on the same directory, 0, -1. */
MUST_USE int archive_is_same(struct archive *archive, struct archive *other, struct err *err);
/* Bytes of a segment's file. */
MUST_USE int archive_file_size(struct archive *archive, const struct segment_name *name,
                               uint64_t *ret_bytes, struct err *err);
/* Index in the list, or -1. */
ptrdiff_t archive_find_segment(const struct archive *archive, uint64_t seq);
/* Opens a segment for reading; reads the directory again when it was renamed meanwhile. The
 * descriptor is kept by the archive. ERR_CORRUPT when there is no such segment. */
MUST_USE int archive_keep(struct archive *archive, uint64_t seq, struct kept_file **ret_kept,
                          struct err *err);

/* A walk over the segment being written stands behind a group: replay may go on from there. */
void archive_note_replayed(struct archive *archive, const struct walk *walk);
/* The dictionary of texts in a segment, whose frames have this number: the object the segment
 * begins with. When that is damaged, a copy from elsewhere will do: what is read with it is checked
 * by its digest. ERR_CORRUPT when there is none. Lives until the next call. */
MUST_USE int archive_find_dictionary(struct archive *archive, uint64_t segment, uint32_t number,
                                     const struct dictionary **ret_dictionary, struct err *err);
void archive_drop_dictionaries(struct archive *archive);
/* Appends what is in the envelope of the object that stands at the place. Fails as archive_read().
 */
MUST_USE int archive_open_envelope(struct archive *archive, struct place place,
                                   const struct object *object, struct bytes *out, struct err *err);
/* The header of an object at its place, checked. */
MUST_USE int archive_read_header(struct archive *archive, struct place place,
                                 struct record *ret_record, struct err *err);
/* Lets go of a descriptor so kept: the file has been replaced. */
void archive_forget(struct archive *archive, uint64_t seq);

/* One operation; a failure is in errno. */
MUST_USE int archive_run(struct archive *archive, struct io_op *op);

/* Forgets the descriptor of a segment, and where it stands in the list. */
void archive_forget(struct archive *archive, uint64_t seq);
/* storage/erase.c: how often the file was rewritten, and its salt; false when its first or last
 * block cannot be read. */
MUST_USE bool erase_rewrites(struct archive *archive, const struct segment_name *name,
                             struct id16 *ret_salt, uint64_t *ret_rewrites);
/* Removes what a rewriting left that was cut short: for writers, after recovery. */
MUST_USE int erase_tidy(struct archive *archive, struct err *err);
/* Takes away, bytes first, the damaged files that repair kept of segments that are listed as
 * sealed. *ret_files: how many. */
MUST_USE int erase_kept(struct archive *archive, uint64_t *ret_files, struct err *err);

/* Recovery when a writer opens: finds the end of the log, cuts off what a crash left. */
MUST_USE int archive_recover(struct archive *archive, struct err *err);
/* 0, or -1 with the failure after which nothing is written any more. */
MUST_USE int archive_is_good(const struct archive *archive, struct err *err);
/* From now on nothing is written any more; the first failure is kept. Returns -1. */
int archive_poison(struct archive *archive, const struct err *err);
/* After it: the log has to fit, and takes in what it does not know yet. */
MUST_USE int archive_log_open(struct archive *archive, struct err *err);
/* The objects of the group that was committed last. */
MUST_USE int archive_log_add(struct archive *archive, const struct object objects[], size_t n,
                             int64_t time_ns, struct err *err);

/* Where the log stands before and after a sealed segment: its first and last block say so, and are
 * checked. ret_start may be NULL. ERR_CORRUPT when they are not fine. */
MUST_USE int archive_segment_ends(struct archive *archive, uint64_t seq,
                                  struct log_state *ret_start, struct log_state *ret_end,
                                  struct err *err);
/* Ends a segment for good: table, seal, name. */
MUST_USE int archive_seal(struct archive *archive, struct err *err);
/* The last steps of it: size, mode, name. sealed_bytes: the whole file. */
MUST_USE int archive_finish_seal(struct archive *archive, uint64_t sealed_bytes,
                                 const struct digest *sha, struct err *err);
MUST_USE int writer_note(struct writer *writer, const struct group_entry *entries, size_t n,
                         struct err *err);
void writer_done(struct writer *writer); /* closes the descriptor, forgets the table */
/* What archive_close() does for a writer in good order. */
MUST_USE int archive_write_close(struct archive *archive, struct err *err);

#endif
