/* pipeline/source.h - one file on its way: its bytes in a sealed memfd, and how far it has come. */
#ifndef PIPELINE_SOURCE_H
#define PIPELINE_SOURCE_H

#include "base/digest.h"
#include "pipeline/cell_link.h"
#include "pipeline/feed.h"
#include "pipeline/pool.h"

/* A page that could not be read waits here until it is known whether the file has any that can. */
struct failed_page {
    uint32_t index;
    struct bytes record; /* JSON of its page record */
};

/* A separator sheet among the pages. */
struct sheet {
    uint32_t page;
    char code[DOSSIER_CODE_MAX]; /* of the dossier it names; "": none */
};

/* HELD: in the list so that twins find it, but not for workers yet. */
enum source_state { SOURCE_HELD, SOURCE_WAITING, SOURCE_SPLITTING, SOURCE_READING };

/* Fields are guarded by the worklist's lock unless said otherwise; the bytes never change. */
struct source {
    char *path;  /* as given; owned, immutable */
    char *shown; /* the same, or of what was claimed, displayable UTF-8; owned, immutable */
    const struct claim *claim;    /* borrowed; NULL: it was named by its path; immutable */
    const struct feed_note *note; /* borrowed; NULL: it is a scan; immutable */
    bool urgent;                  /* immutable */
    const struct seal_key *seal;  /* borrowed; NULL: it is not sealed; immutable */
    struct digest id;             /* of its bytes, or their envelope; immutable once hashed */
    uint64_t size_bytes;          /* as the file system said; immutable */
    struct cell_file file;        /* fd -1 when the bytes were never taken; immutable */
    uint64_t budget_bytes;        /* of the pool; given back with the last reference */
    struct pool *pool;            /* borrowed; a place in it is held */
    _Atomic int refs;             /* atomic: workers keep a file open in their cells for a while */

    bool listed; /* in the worklist, or was */
    enum source_state state;
    char format[CELL_FORMAT_MAX];
    uint32_t page_len, page_next, page_left;
    struct digest *records; /* page records' digests, by page */
    struct failed_page *failed;
    uint32_t failed_len, failed_cap, ok_len;
    struct sheet *sheets; /* in the order in which they were read */
    uint32_t sheet_len;
    bool secret;          /* a page bears a stamp of secrecy: the file is not archived */
    struct err why;       /* of that page, of the first page that failed, or of the file */
    struct source *twins; /* the same bytes under other names, waiting for what becomes of us */
    struct source *next;  /* in the worklist, or among the twins */
};

/* Takes over a place in the pool (pool_take_source) in any case, also when it fails. */
MUST_USE struct source *source_new(struct pool *pool, const struct feed_file *file,
                                   struct err *err);
struct source *source_keep(struct source *source);
void source_drop(struct source *source); /* NULL is fine; the last one frees it */

/* Makes room for size_bytes + 1 in a memfd and gives the writable mapping. The pool's bytes have
 * been taken and belong to the source from here on. */
MUST_USE int source_make_room(struct source *source, uint8_t **ret_data, struct err *err);
/* Undoes the mapping of source_make_room() when the bytes will not be read after all. */
void source_leave_room(struct source *source, uint8_t *data);
/* Seals the bytes (nobody can change them any more, whatever breaks) and finds out under which id
 * they will be archived. */
MUST_USE int source_seal(struct source *source, uint8_t *data, uint64_t got_bytes, struct err *err);

#endif
