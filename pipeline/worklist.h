/* pipeline/worklist.h - the files in flight and whose turn it is: pages of the oldest file first,
 * those of urgent files before all others.
 *
 * Thread-safe. A file is in the list from intake until what became of it is durable; a file with
 * the same bytes that comes meanwhile becomes its twin and shares its fate. */
#ifndef PIPELINE_WORKLIST_H
#define PIPELINE_WORKLIST_H

#include "pipeline/source.h"

struct worklist;

MUST_USE struct worklist *worklist_new(struct err *err);
void worklist_free(struct worklist *list); /* drops what is left in it; NULL is fine */

/* Puts the file (one reference) in the list, held back from the workers until it is released. True:
 * it became the twin of one in flight instead. */
MUST_USE bool worklist_add(struct worklist *list, struct source *source);
void worklist_release(struct worklist *list, struct source *source);

enum job_kind { JOB_SPLIT, JOB_PAGE };
struct job {
    enum job_kind kind;
    struct source *source; /* a reference for the worker */
    uint32_t page;
};
enum take { TAKE_JOB, TAKE_NOTHING, TAKE_END };
/* Something to do; `prefer` (may be NULL) is the file the worker has open. Without wait it may be
 * TAKE_NOTHING: a worker then lets go of the file it holds before it waits, because intake may be
 * waiting for just those bytes. TAKE_END: no more will come, or the list was stopped. */
MUST_USE enum take worklist_take(struct worklist *list, const struct source *prefer, bool wait,
                                 struct job *ret_job);

/* The file has been opened: its pages are to be had. ERR_SYSTEM without memory. */
MUST_USE int worklist_split(struct worklist *list, struct source *source,
                            const char format[CELL_FORMAT_MAX], uint32_t page_len, struct err *err);

/* The page is a separator sheet; code: of the dossier it names, or "". Told before the page's end.
 * ERR_SYSTEM without memory. */
MUST_USE int worklist_note_sheet(struct worklist *list, struct source *source, uint32_t page,
                                 const char *code, struct err *err);

/* A page has been read (record: the digest of its page record) or has failed (record_json: taken
 * over, and why). True: it was the last one, and the caller brings the file to its end. */
MUST_USE bool worklist_page_ok(struct worklist *list, struct source *source, uint32_t page,
                               const struct digest *record);
MUST_USE bool worklist_page_failed(struct worklist *list, struct source *source, uint32_t page,
                                   struct bytes *record_json, const struct err *why);

/* The end: removes the file and gives its twins (a list, one reference each); the list's own
 * reference goes to the caller. */
struct source *worklist_finish(struct worklist *list, struct source *source);

void worklist_close(struct worklist *list); /* no more files will be added */
void worklist_stop(struct worklist *list);  /* hand out nothing more */
uint32_t worklist_len(struct worklist *list);

#endif
