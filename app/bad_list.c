/* app/bad_list.c - the list of bad files: what verify found, by file and page, as CSV. */
#include "app/bad_list.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/csv.h"
#include "app/damage.h"
#include "base/fd.h"
#include "io/files.h"

#define BAD_MAX 10000000u /* damages and lines: more than a person reads */

struct bad {
    char *file; /* owned */
    struct damage damage;
    size_t n; /* in the order found */
};

/* A place where a damaged object is used: a line of the list. */
struct use {
    size_t n;                   /* of which damage */
    const char *path, *dossier; /* owned when in a list */
    int64_t page;               /* from 1; 0: the whole file */
    char page_id[PAGE_ID_MAX];
    const char *part;
};

struct bad_list {
    struct io *io;
    int fd;
    struct bad *bads; /* in the order found */
    size_t bad_len, bad_cap;
    size_t told_len;   /* told by verify; behind them what the catalogue knows was lost */
    struct bad *by_id; /* copies of those that name an object, sorted */
    size_t by_id_len;
    struct use *uses;
    size_t use_len, use_cap;
    struct err failure;
};

struct bad_list *bad_list_open(struct io *io, const char *path, struct err *err)
{
    struct bad_list *list = calloc(1, sizeof *list);
    if (!list) {
        err_sys(err, "list bad files"); /* UNTESTED: no memory */
        return NULL;
    }
    list->io = io;
    list->fd = io_open_at(io, IO_CWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, err);
    if (list->fd >= 0)
        return list;
    free(list);
    return NULL;
}

void bad_list_free(struct bad_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->bad_len; i++)
        free(list->bads[i].file);
    for (size_t i = 0; i < list->use_len; i++) {
        free((char *)(uintptr_t)list->uses[i].path);
        free((char *)(uintptr_t)list->uses[i].dossier);
    }
    free(list->bads);
    free(list->by_id);
    free(list->uses);
    fd_close(&list->fd);
    free(list);
}

void bad_list_freep(struct bad_list **list)
{
    bad_list_free(*list);
}

/* Room for one more; NULL and a failure when there is none. */
static void *grown(struct bad_list *list, void *things, size_t len, size_t *cap, size_t bytes)
{
    if (len < *cap)
        return things;
    size_t more = *cap ? *cap * 2 : 64;
    void *larger = more <= BAD_MAX ? realloc(things, more * bytes) : NULL;
    if (larger)
        *cap = more;
    else
        err_set(&list->failure, ERR_SYSTEM, "the list of bad files has more than %zu lines", len);
    return larger;
}

void bad_list_add(struct bad_list *list, const struct damage *damage)
{
    struct bad *bads = grown(list, list->bads, list->bad_len, &list->bad_cap, sizeof *list->bads);
    char *file = bads ? strdup(damage->file) : NULL;
    if (bads)
        list->bads = bads;
    if (!file)
        return; /* UNTESTED: no memory, or too many */
    list->bads[list->bad_len] = (struct bad){file, *damage, list->bad_len};
    list->bads[list->bad_len++].damage.file = file;
}

/* --- from damage to objects --- */

static bool is_lost_range(const struct damage *damage)
{
    return damage->missing && digest_is_zero(&damage->id) && strcmp(damage->file, "seg") == 0;
}

/* An object the catalogue knows in a segment with damage that names none. */
static int see_object(void *self, const struct digest *id, struct place place, struct err *err)
{
    struct bad_list *list = self;
    for (size_t i = 0; i < list->told_len; i++) {
        struct damage *damage = &list->bads[i].damage;
        if (is_lost_range(damage)) {
            if (place.segment < damage->first || place.segment > damage->last)
                continue;
            char file[32];
            struct damage lost = *damage;
            (void)snprintf(file, sizeof file, "seg/%010" PRIu64, place.segment);
            lost.file = file;
            lost.off = place.off;
            lost.id = *id;
            bad_list_add(list, &lost);
        } else if (damage->first == place.segment && damage->off == place.off &&
                   digest_is_zero(&damage->id)) {
            damage->id = *id;
        }
    }
    if (list->failure.kind != ERR_NONE)
        *err = list->failure;
    return list->failure.kind != ERR_NONE ? -1 : 0;
}

static int name_objects(struct bad_list *list, struct catalogue *catalogue, struct err *err)
{
    uint64_t first = UINT64_MAX, last = 0;
    list->told_len = list->bad_len;
    for (size_t i = 0; i < list->bad_len; i++) {
        const struct damage *damage = &list->bads[i].damage;
        if (damage->first == 0 || !digest_is_zero(&damage->id))
            continue;
        first = damage->first < first ? damage->first : first;
        last = damage->last > last ? damage->last : last;
    }
    return last == 0 ? 0 : catalogue_objects_in(catalogue, first, last, see_object, list, err);
}

/* --- from objects to files and pages --- */

static int by_id(const void *a, const void *b)
{
    const struct bad *left = a, *right = b;
    int order = digest_compare(&left->damage.id, &right->damage.id);
    return order != 0 ? order : (left->n > right->n) - (left->n < right->n);
}

static int sort_ids(struct bad_list *list, struct err *err)
{
    list->by_id = calloc(list->bad_len + 1, sizeof *list->by_id);
    if (!list->by_id)
        return err_sys(err, "sort bad files"); /* UNTESTED: no memory */
    for (size_t i = 0; i < list->bad_len; i++)
        if (!digest_is_zero(&list->bads[i].damage.id))
            list->by_id[list->by_id_len++] = list->bads[i];
    if (list->by_id_len > 1)
        qsort(list->by_id, list->by_id_len, sizeof *list->by_id, by_id);
    return 0;
}

/* The first damage of this object, or NULL. */
static const struct bad *find_bad(const struct bad_list *list, const struct digest *id)
{
    size_t low = 0, high = list->by_id_len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (digest_compare(&list->by_id[middle].damage.id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->by_id_len && digest_equal(&list->by_id[low].damage.id, id)
               ? &list->by_id[low]
               : NULL;
}

static int add_use(struct bad_list *list, const struct digest *object, const struct use *use,
                   struct err *err)
{
    const struct bad *bad = digest_is_zero(object) ? NULL : find_bad(list, object);
    if (!bad)
        return 0;
    struct use *uses = grown(list, list->uses, list->use_len, &list->use_cap, sizeof *list->uses);
    if (!uses) {
        *err = list->failure;
        return -1;
    }
    list->uses = uses;
    struct use *copy = &uses[list->use_len++];
    *copy = *use;
    copy->n = bad->n;
    copy->path = strdup(use->path);
    copy->dossier = strdup(use->dossier);
    return copy->path && copy->dossier ? 0 : err_sys(err, "list bad files");
}

static int see_source(void *self, const struct catalogue_source *row, struct err *err)
{
    struct use use = {.path = row->path, .dossier = ""};
    use.part = N_("the file itself");
    if (add_use(self, &row->id, &use, err) < 0)
        return -1;
    use.part = N_("record of the file");
    return add_use(self, &row->record, &use, err);
}

static int see_page(void *self, const struct page_row *row, struct err *err)
{
    struct use use = {
        .path = row->source_path,
        .dossier = row->dossier,
        .page = (int64_t)row->page.index + 1,
        .part = N_("record of the page"),
    };
    (void)snprintf(use.page_id, sizeof use.page_id, "%s", row->page.id);
    if (add_use(self, &row->page.record, &use, err) < 0)
        return -1;
    use.part = N_("text of the page");
    if (add_use(self, &row->page.alto, &use, err) < 0)
        return -1;
    use.part = N_("picture of the page");
    return add_use(self, &row->page.image, &use, err);
}

static int by_damage(const void *a, const void *b)
{
    const struct use *left = a, *right = b;
    if (left->n != right->n)
        return left->n < right->n ? -1 : 1;
    int order = strcmp(left->path, right->path);
    return order != 0 ? order : (left->page > right->page) - (left->page < right->page);
}

static int find_uses(struct bad_list *list, struct catalogue *catalogue, struct err *err)
{
    const struct catalogue_query all = {.limit = UINT32_MAX};
    if (sort_ids(list, err) < 0 || list->by_id_len == 0)
        return list->by_id ? 0 : -1;
    if (catalogue_list_sources(catalogue, see_source, list, err) < 0 ||
        catalogue_search(catalogue, &all, see_page, list, err) < 0)
        return -1;
    if (list->use_len > 1)
        qsort(list->uses, list->use_len, sizeof *list->uses, by_damage);
    return 0;
}

/* --- CSV --- */

/* use NULL: nothing in the catalogue hangs on it. */
static int line(struct bytes *out, const struct damage *damage, const struct use *use,
                struct err *err)
{
    char page[32] = "", off[32], hex[DIGEST_HEX_LEN + 1] = "";
    (void)snprintf(off, sizeof off, "%" PRIu64, damage->off);
    if (use && use->page > 0)
        (void)snprintf(page, sizeof page, "%" PRId64, use->page);
    if (!digest_is_zero(&damage->id))
        digest_hex(&damage->id, hex);
    const char *const texts[] = {
        use ? use->path : "",
        use ? use->dossier : "",
        page,
        use ? use->page_id : "",
        use ? _(use->part) : "",
        hex,
        damage->file,
        off,
        damage_what(damage),
    };
    return csv_line(out, texts, ARRAY_LEN(texts), err);
}

static int lines(const struct bad_list *list, struct bytes *out, struct err *err)
{
    const char *const headers[] = {
        _("File name"), _("Dossier code"), _("Page"),        _("Page id"),       _("Part"),
        _("SHA-256"),   _("Segment"),      _("Byte offset"), _("What is wrong"),
    };
    size_t at = 0;
    if (csv_line(out, headers, ARRAY_LEN(headers), err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < list->bad_len; i++) {
        const struct damage *damage = &list->bads[i].damage;
        bool used = at < list->use_len && list->uses[at].n == i;
        if (!used && line(out, damage, NULL, err) < 0)
            return -1; /* UNTESTED: no memory */
        for (; at < list->use_len && list->uses[at].n == i; at++)
            if (line(out, damage, &list->uses[at], err) < 0)
                return -1; /* UNTESTED: no memory */
    }
    return 0;
}

int bad_list_write(struct bad_list *list, struct catalogue *catalogue, struct err *err)
{
    CLEANUP(bytes_done) struct bytes out = {0};
    struct err failure = list->failure;
    /* A catalogue that is damaged itself names what it can: the list is written all the same. */
    if (catalogue && failure.kind == ERR_NONE &&
        (name_objects(list, catalogue, &failure) < 0 || find_uses(list, catalogue, &failure) < 0))
        err_wrap(&failure, "find the files that are hit");
    if (lines(list, &out, err) < 0 ||
        io_write_sync(list->io, list->fd, bytes_span(&out), 0, err) < 0)
        return err_wrap(err, "write the list of bad files");
    if (failure.kind == ERR_NONE)
        return 0;
    *err = failure;
    return -1;
}
