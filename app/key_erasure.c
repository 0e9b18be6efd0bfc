/* app/key_erasure.c - everything that is sealed with one key is destroyed, lawfully.
 *
 * The pages go as with `sohoa destroy`, some files at a time, so that no record grows past its
 * limits. What is left then has no page: lines of the ledger, sidecars, pages of files that were
 * never finished. It could not be read any more, either, and is named, too. */
#include "app/key_erasure.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

#define PAGES_AT_A_TIME   1000u  /* each may be of another dossier; a file is not parted */
#define OBJECTS_AT_A_TIME 50000u /* of those without a page */

void key_erasure_done(struct key_erasure *erasure)
{
    destruction_record_done(&erasure->words);
    free(erasure->files);
    free(erasure->rest);
}

static int add_digest(struct digest **list, size_t *len, size_t *cap, const struct digest *id,
                      struct err *err)
{
    if (*len == *cap) {
        size_t more = *cap ? *cap * 2 : 256;
        struct digest *grown = realloc(*list, more * sizeof *grown);
        if (!grown)
            return err_sys(err, "list %zu objects", more); /* UNTESTED: no memory */
        *list = grown;
        *cap = more;
    }
    (*list)[(*len)++] = *id;
    return 0;
}

static int by_digest(const void *a, const void *b)
{
    return digest_compare(a, b);
}

/* 1: it is sealed with our key; 0; -1. */
static int is_ours(const struct key_erasure *erasure, struct place place, struct err *err)
{
    struct key_id key;
    int sealed = archive_key_of(erasure->reading->archive, place, &key, err);
    return sealed > 0 ? key_id_equal(&key, &erasure->key) : sealed;
}

static int note_file(void *self, const struct catalogue_source *row, struct err *err)
{
    struct key_erasure *erasure = self;
    struct group_entry entry;
    int ours = catalogue_find_object(erasure->reading->catalogue, &row->id, &entry, err);
    if (ours > 0)
        ours = is_ours(erasure, entry.place, err);
    if (ours < 0)
        return err_wrap(err, "file '%s'", row->path);
    return ours ? add_digest(&erasure->files, &erasure->file_len, &erasure->file_cap, &row->id, err)
                : 0;
}

/* --- the pages, some files at a time --- */

static int each_part(struct key_erasure *erasure,
                     int (*work)(struct key_erasure *erasure, struct destruction *part,
                                 struct err *err),
                     struct err *err)
{
    for (size_t i = 0; i < erasure->file_len;) {
        CLEANUP(destruction_done)
        struct destruction part = {.reading = erasure->reading, .silent = erasure->silent};
        part.record = erasure->words;
        for (; i < erasure->file_len && part.len < PAGES_AT_A_TIME; i++)
            if (destruction_add_file(&part, &erasure->files[i], err) < 0)
                return -1;
        destruction_sort(&part);
        if (part.len > 0 && work(erasure, &part, err) < 0)
            return -1;
    }
    return 0;
}

/* --- papers with pages of others --- */

static int note_foreign(void *self, const struct page_row *row, struct err *err)
{
    const struct key_erasure *erasure = self;
    char hex[DIGEST_HEX_LEN + 1];
    if (bsearch(&row->page.source, erasure->files, erasure->file_len, sizeof *erasure->files,
                by_digest))
        return 0;
    return err_set(err, ERR_INPUT,
                   _("document %.16s is sealed with the key and has page %s, which is not: assign "
                     "that page anew first"),
                   digest_hex(&row->document, hex), row->page.id);
}

/* What is sealed with the key and still known: of documents, whether all their pages are. */
static int see(void *self, const struct group *group, struct err *err)
{
    struct key_erasure *erasure = self;
    struct catalogue *catalogue = erasure->reading->catalogue;
    for (size_t i = 0; i < group->entry_len; i++) {
        const struct group_entry *entry = &group->entries[i];
        struct group_entry known;
        if (entry->codec != CODEC_SEALED)
            continue;
        int rc = catalogue_find_object(catalogue, &entry->id, &known, err);
        if (rc > 0)
            rc = is_ours(erasure, known.place, err);
        if (rc > 0 && entry->type == OBJECT_META &&
            catalogue_pages_of_document(catalogue, &entry->id, note_foreign, erasure, err) < 0)
            rc = -1;
        if (rc < 0)
            return -1;
        if (rc > 0 &&
            add_digest(&erasure->rest, &erasure->rest_len, &erasure->rest_cap, &entry->id, err) < 0)
            return -1;
    }
    return 0;
}

/* All objects of the key that the catalogue knows; each once. */
static int list_objects(struct key_erasure *erasure, struct err *err)
{
    size_t len = 0;
    erasure->rest_len = 0;
    if (archive_replay(erasure->reading->archive, (struct place){0}, see, erasure, err) < 0)
        return -1;
    if (erasure->rest_len > 1)
        qsort(erasure->rest, erasure->rest_len, sizeof *erasure->rest, by_digest);
    for (size_t i = 0; i < erasure->rest_len; i++)
        if (len == 0 || !digest_equal(&erasure->rest[i], &erasure->rest[len - 1]))
            erasure->rest[len++] = erasure->rest[i];
    erasure->rest_len = len;
    return 0;
}

/* --- may it be? --- */

static int ask_part(struct key_erasure *erasure, struct destruction *part, struct err *err)
{
    uint32_t refused = 0;
    if (destruction_check(part, erasure->now_ns, &refused, err) < 0)
        return -1;
    erasure->refused += refused;
    erasure->pages += part->len;
    return 0;
}

int key_erasure_check(struct key_erasure *erasure, int64_t now_ns, struct err *err)
{
    erasure->now_ns = now_ns;
    if (catalogue_list_sources(erasure->reading->catalogue, note_file, erasure, err) < 0)
        return -1;
    if (erasure->file_len > 1)
        qsort(erasure->files, erasure->file_len, sizeof *erasure->files, by_digest);
    if (list_objects(erasure, err) < 0 || each_part(erasure, ask_part, err) < 0)
        return -1;
    erasure->objects = erasure->rest_len;
    return 0;
}

/* --- the records --- */

static int commit_part(struct key_erasure *erasure, struct destruction *part, struct err *err)
{
    struct digest id;
    return destruction_choose(part, err) < 0 ||
                   destruction_commit(erasure->reading, &part->record, &id, err) < 0
               ? -1
               : 0;
}

int key_erasure_commit(struct key_erasure *erasure, struct err *err)
{
    if (each_part(erasure, commit_part, err) < 0 || list_objects(erasure, err) < 0)
        return -1;
    for (size_t i = 0; i < erasure->rest_len;) {
        CLEANUP(destruction_record_done) struct destruction_record record = erasure->words;
        struct digest id;
        for (size_t n = 0; i < erasure->rest_len && n < OBJECTS_AT_A_TIME; i++, n++)
            if (destruction_record_object(&record, &erasure->rest[i], err) < 0)
                return -1;
        if (destruction_commit(erasure->reading, &record, &id, err) < 0)
            return -1;
    }
    return 0;
}
