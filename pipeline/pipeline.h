/* pipeline/pipeline.h - a run of intake: paths in, an archive that holds their pages out. */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/digest.h"
#include "io/io.h"
#include "pipeline/cell_link.h"
#include "pipeline/feed.h"
#include "records/extract.h"

struct ring;     /* storage/keys.h */
struct seal_key; /* storage/envelope.h */

enum outcome_kind {
    OUTCOME_ARCHIVED,
    OUTCOME_DUPLICATE,
    OUTCOME_QUARANTINED,
    /* Of claimed files only: it changed while it was being read, or could not be read just now.
     * Not in the ledger, not counted. */
    OUTCOME_RETURNED,
    /* Records that came without a file: durable. Not counted. */
    OUTCOME_RECORDED
};

/* What became of one file. Told after it is durable. */
struct outcome {
    enum outcome_kind kind;
    const char *path;             /* as given, displayable */
    const struct claim *claim;    /* NULL when it was named by its path */
    const struct feed_note *note; /* NULL: a scan */
    const struct digest *id;      /* its object's; all zero when the file could not be read */
    const char *format;           /* "" when it was not opened */
    uint64_t size_bytes;
    uint32_t pages, pages_failed;
    enum reason reason; /* quarantined, or why the first failed page failed */
    const char *detail; /* "" when there is none */
};

/* Counts so far; all monotonic. sources = archived + duplicate + quarantined. */
struct tally {
    uint64_t sources_found; /* to do in all, when the walk is over */
    uint64_t sources, archived, duplicate, quarantined;
    uint64_t sources_failed;      /* quarantined, or with pages that failed */
    uint64_t pages, pages_failed; /* of archived files */
    uint64_t pages_read;          /* pages a cell has finished with, for the progress */
    uint64_t bytes_in;            /* of all sources told of */
    uint64_t bytes_stored;        /* new bytes in segments */
    uint64_t unfinished;          /* taken, but the run was stopped: they come again next time */
    uint64_t stage_cpu_ns[STAGE_COUNT];
    uint64_t stage_pages[STAGE_COUNT];
    uint64_t wall_ns;
    uint64_t peak_rss_bytes; /* sum of the peaks of the keeper and of its cells */
};

/* What one page that cannot be read means for its file. */
enum bad_page {
    BAD_PAGE_PLACEHOLDER, /* the file is archived, the page is marked as failed */
    BAD_PAGE_REJECT,      /* the file is quarantined */
    BAD_PAGE_ABORT        /* so it is, and the run ends */
};

#define FAILURES_BEFORE_RATE 20 /* files told of before a rate of failures means something */

struct pipeline_options {
    const char *archive;      /* directory */
    const char *const *paths; /* files and folders */
    size_t path_len;
    const struct feed *feed; /* or NULL; then there are no paths */
    uint32_t workers;        /* 1 .. WORKERS_MAX */
    enum isolation isolation;
    enum io_choice io;
    struct limits limits;
    const char *language;
    enum reader_choice engine;
    const struct extract_rules *rules; /* for the fields of pages with text; NULL: none are noted */
    enum bad_page bad_page;
    bool keep_sheets;            /* a separator sheet is the first page of its paper, not of none */
    const struct ring *keys;     /* to read what is sealed in the archive; borrowed, NULL: none */
    const struct seal_key *seal; /* everything is sealed with it but events; borrowed, NULL: not */
    uint32_t failures_max_pct; /* of files that failed or have failed pages: above it the run ends;
                                  0: it never does */

    const _Atomic int *stop; /* becomes not 0: finish the pages in flight and end */
    /* Called from the commit thread, one at a time. */
    void (*on_outcome)(void *self, const struct outcome *outcome);
    /* Called from the calling thread, about five times a second and once at the end. */
    void (*on_tick)(void *self, const struct tally *tally);
    void *self;
};

#define WORKERS_MAX 256

/* Runs to the end. Every file in the paths, folders taken whole and in order of their names, is
 * archived, found to be a duplicate, or quarantined with its reason: so is a file whole when rules
 * find a stamp of secrecy on one of its pages. Files are only read, never moved or changed here. A
 * claimed file is not copied to the quarantine: that is its feed's to do. On failure (ERR_RETRY
 * disk full or archive locked, ERR_SYSTEM, ERR_CORRUPT, ERR_INPUT not an archive, or, with a
 * reason, ended by bad_page or failures_max_pct) everything already told of stays durable; run it
 * again to go on. */
MUST_USE int pipeline_run(const struct pipeline_options *options, struct tally *ret_tally,
                          struct err *err);

#endif
