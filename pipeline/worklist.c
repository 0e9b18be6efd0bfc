/* pipeline/worklist.c - the files in flight and whose turn it is. */
#include "pipeline/worklist.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worklist {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct source *first, **last;
    bool closed, stopped;
};

struct worklist *worklist_new(struct err *err)
{
    struct worklist *list = calloc(1, sizeof *list);
    if (!list) {
        err_sys(err, "make the work list"); /* UNTESTED: no memory */
        return NULL;
    }
    (void)pthread_mutex_init(&list->lock, NULL);
    (void)pthread_cond_init(&list->changed, NULL);
    list->last = &list->first;
    return list;
}

static void drop_chain(struct source *source)
{
    while (source) {
        struct source *next = source->next;
        drop_chain(source->twins); /* twins have no twins: one level */
        source->twins = NULL;
        source_drop(source);
        source = next;
    }
}

void worklist_free(struct worklist *list)
{
    if (!list)
        return;
    drop_chain(list->first);
    (void)pthread_cond_destroy(&list->changed);
    (void)pthread_mutex_destroy(&list->lock);
    free(list);
}

bool worklist_add(struct worklist *list, struct source *source)
{
    (void)pthread_mutex_lock(&list->lock);
    struct source *twin = list->first;
    while (twin && !digest_equal(&twin->id, &source->id))
        twin = twin->next;
    if (twin) {
        source->next = twin->twins;
        twin->twins = source;
    } else {
        source->next = NULL;
        source->listed = true;
        *list->last = source;
        list->last = &source->next;
    }
    (void)pthread_mutex_unlock(&list->lock);
    return twin != NULL;
}

void worklist_release(struct worklist *list, struct source *source)
{
    (void)pthread_mutex_lock(&list->lock);
    assert(source->state == SOURCE_HELD);
    source->state = SOURCE_WAITING;
    (void)pthread_cond_signal(&list->changed);
    (void)pthread_mutex_unlock(&list->lock);
}

static bool has_page(const struct source *source)
{
    return source->state == SOURCE_READING && source->page_next < source->page_len;
}

static struct source *choose(struct worklist *list, const struct source *prefer)
{
    struct source *best = NULL, *open = NULL;
    for (struct source *source = list->first; source; source = source->next) {
        if (!has_page(source) && source->state != SOURCE_WAITING)
            continue;
        if (source == prefer && has_page(source))
            open = source;
        if (!best || (source->urgent && !best->urgent))
            best = source;
    }
    return open && open->urgent == best->urgent ? open : best;
}

enum take worklist_take(struct worklist *list, const struct source *prefer, bool wait,
                        struct job *ret_job)
{
    struct source *source = NULL;
    (void)pthread_mutex_lock(&list->lock);
    while (!list->stopped && !(source = choose(list, prefer)) && wait &&
           !(list->closed && !list->first))
        (void)pthread_cond_wait(&list->changed, &list->lock);
    bool end = list->stopped || (list->closed && !list->first);
    if (source && source->state == SOURCE_WAITING) {
        source->state = SOURCE_SPLITTING;
        *ret_job = (struct job){.kind = JOB_SPLIT, .source = source_keep(source)};
    } else if (source)
        *ret_job = (struct job){
            .kind = JOB_PAGE, .source = source_keep(source), .page = source->page_next++};
    (void)pthread_mutex_unlock(&list->lock);
    if (source)
        return TAKE_JOB;
    return end ? TAKE_END : TAKE_NOTHING;
}

int worklist_split(struct worklist *list, struct source *source, const char format[CELL_FORMAT_MAX],
                   uint32_t page_len, struct err *err)
{
    struct digest *records = calloc(page_len, sizeof *records);
    if (!records)
        return err_sys(err, "list %u pages", page_len); /* UNTESTED: no memory */
    (void)pthread_mutex_lock(&list->lock);
    assert(source->state == SOURCE_SPLITTING);
    memcpy(source->format, format, CELL_FORMAT_MAX);
    source->records = records;
    source->page_len = source->page_left = page_len;
    source->state = SOURCE_READING;
    (void)pthread_cond_broadcast(&list->changed);
    (void)pthread_mutex_unlock(&list->lock);
    return 0;
}

int worklist_note_sheet(struct worklist *list, struct source *source, uint32_t page,
                        const char *code, struct err *err)
{
    int rc = 0;
    (void)pthread_mutex_lock(&list->lock);
    struct sheet *sheets =
        realloc(source->sheets, (source->sheet_len + 1) * sizeof *source->sheets);
    if (sheets) {
        source->sheets = sheets;
        struct sheet *sheet = &sheets[source->sheet_len++];
        *sheet = (struct sheet){.page = page};
        (void)snprintf(sheet->code, sizeof sheet->code, "%s", code);
    } else
        rc = err_sys(err, "note a separator sheet"); /* UNTESTED: no memory */
    (void)pthread_mutex_unlock(&list->lock);
    return rc;
}

bool worklist_page_ok(struct worklist *list, struct source *source, uint32_t page,
                      const struct digest *record)
{
    (void)pthread_mutex_lock(&list->lock);
    source->records[page] = *record;
    source->ok_len++;
    bool last = --source->page_left == 0;
    (void)pthread_mutex_unlock(&list->lock);
    return last;
}

static void keep_failed(struct source *source, uint32_t page, struct bytes *record_json)
{
    if (source->failed_len == source->failed_cap) {
        uint32_t cap = source->failed_cap ? source->failed_cap * 2 : 4;
        struct failed_page *failed = realloc(source->failed, cap * sizeof *failed);
        assert(failed); /* a few kilobytes; without them a page would be lost without a word */
        source->failed = failed;
        source->failed_cap = cap;
    }
    source->failed[source->failed_len++] =
        (struct failed_page){.index = page, .record = *record_json};
    *record_json = (struct bytes){0};
}

bool worklist_page_failed(struct worklist *list, struct source *source, uint32_t page,
                          struct bytes *record_json, const struct err *why)
{
    struct digest id = digest_of(bytes_span(record_json));
    (void)pthread_mutex_lock(&list->lock);
    source->records[page] = id;
    bool secret = why->reason == REASON_SECRET;
    if (source->failed_len == 0 || (secret && !source->secret))
        source->why = *why;
    source->secret |= secret;
    keep_failed(source, page, record_json);
    bool last = --source->page_left == 0;
    (void)pthread_mutex_unlock(&list->lock);
    return last;
}

struct source *worklist_finish(struct worklist *list, struct source *source)
{
    (void)pthread_mutex_lock(&list->lock);
    struct source **at = &list->first;
    while (*at && *at != source)
        at = &(*at)->next;
    assert(*at);
    *at = source->next;
    if (!*at)
        list->last = at;
    struct source *twins = source->twins;
    source->twins = NULL;
    source->next = NULL;
    (void)pthread_cond_broadcast(&list->changed);
    (void)pthread_mutex_unlock(&list->lock);
    return twins;
}

void worklist_close(struct worklist *list)
{
    (void)pthread_mutex_lock(&list->lock);
    list->closed = true;
    (void)pthread_cond_broadcast(&list->changed);
    (void)pthread_mutex_unlock(&list->lock);
}

void worklist_stop(struct worklist *list)
{
    (void)pthread_mutex_lock(&list->lock);
    list->stopped = true;
    (void)pthread_cond_broadcast(&list->changed);
    (void)pthread_mutex_unlock(&list->lock);
}

uint32_t worklist_len(struct worklist *list)
{
    uint32_t n = 0;
    (void)pthread_mutex_lock(&list->lock);
    for (const struct source *source = list->first; source; source = source->next)
        n++;
    (void)pthread_mutex_unlock(&list->lock);
    return n;
}
