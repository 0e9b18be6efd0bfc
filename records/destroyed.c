/* records/destroyed.c - which objects destruction records name, read from the segments. */
#include "records/destroyed.h"

#include <stdlib.h>
#include <string.h>

#include "records/destruction_record.h"

#define MARK "\"kind\":\"destruction\"" /* a text without it is no such record, and not parsed */

struct naming {
    struct digest id;
    struct place record;
    int64_t time_ns;
};

struct destroyed {
    struct archive *archive; /* while it is being read */
    struct naming *namings;  /* by digest, then by place */
    size_t len, cap;
};

void destroyed_free(struct destroyed *destroyed)
{
    if (!destroyed)
        return;
    archive_close(destroyed->archive);
    free(destroyed->namings);
    free(destroyed);
}

static void destroyed_freep(struct destroyed **destroyed)
{
    destroyed_free(*destroyed);
}

static int place_compare(const struct place *a, const struct place *b)
{
    if (a->segment != b->segment)
        return a->segment < b->segment ? -1 : 1;
    return (a->off > b->off) - (a->off < b->off);
}

static int compare(const void *a, const void *b)
{
    const struct naming *x = a, *y = b;
    int order = digest_compare(&x->id, &y->id);
    return order ? order : place_compare(&x->record, &y->record);
}

static int add_record(struct destroyed *destroyed, struct span json, const struct naming *where,
                      struct err *err)
{
    CLEANUP(destruction_record_done) struct destruction_record record = {.objects = NULL};
    if (destruction_record_parse(json, &record, err) < 0)
        return -1;
    size_t need = destroyed->len + record.object_len;
    if (need > destroyed->cap) {
        struct naming *grown = realloc(destroyed->namings, 2 * need * sizeof *grown);
        if (!grown)
            return err_sys(err, "list destroyed objects"); /* UNTESTED: no memory */
        destroyed->namings = grown;
        destroyed->cap = 2 * need;
    }
    for (uint32_t i = 0; i < record.object_len; i++) {
        struct naming *naming = &destroyed->namings[destroyed->len++];
        *naming = *where;
        naming->id = record.objects[i];
    }
    return 0;
}

/* A record that cannot be read names nothing: what it would account for is told of as damage. */
static int visit(void *self, const struct group *group, struct err *err)
{
    struct destroyed *destroyed = self;
    for (size_t i = 0; i < group->entry_len; i++) {
        const struct group_entry *entry = &group->entries[i];
        struct naming where = {.record = entry->place, .time_ns = group->time_ns};
        CLEANUP(bytes_done) struct bytes raw = {0};
        if (entry->type != OBJECT_META || entry->raw_bytes > DESTRUCTION_RECORD_BYTES ||
            entry->codec == CODEC_SEALED) /* such a record never is: whoever verifies has no key */
            continue;
        int rc = archive_read(destroyed->archive, entry->place, &entry->id, &raw, err);
        if (rc == 0 && memmem(raw.data, raw.len, MARK, strlen(MARK)))
            rc = add_record(destroyed, bytes_span(&raw), &where, err);
        if (rc < 0 && err->kind == ERR_SYSTEM)
            return -1;
        *err = (struct err){.kind = ERR_NONE};
    }
    return 0;
}

struct destroyed *destroyed_read(const char *archive, struct io *io, struct err *err)
{
    CLEANUP(destroyed_freep) struct destroyed *destroyed = calloc(1, sizeof *destroyed);
    if (!destroyed) {
        err_sys(err, "list destroyed objects"); /* UNTESTED: no memory */
        return NULL;
    }
    destroyed->archive = archive_open(io, archive, ARCHIVE_READ, err);
    if (!destroyed->archive)
        return NULL;
    /* Behind damage to the log no record is found: then more is told of as damage, not less. */
    if (archive_replay(destroyed->archive, (struct place){0}, visit, destroyed, err) < 0 &&
        err->kind == ERR_SYSTEM)
        return NULL;
    *err = (struct err){.kind = ERR_NONE};
    archive_close(destroyed->archive);
    destroyed->archive = NULL;
    if (destroyed->len > 1)
        qsort(destroyed->namings, destroyed->len, sizeof *destroyed->namings, compare);
    return TAKE(destroyed);
}

bool destroyed_names(const struct destroyed *destroyed, const struct digest *id, struct place place,
                     int64_t *ret_time_ns)
{
    size_t low = 0, high = destroyed->len;
    const struct naming key = {.id = *id, .record = place};
    while (low < high) { /* the first one behind the place */
        size_t middle = low + (high - low) / 2;
        if (compare(&destroyed->namings[middle], &key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == destroyed->len || !digest_equal(&destroyed->namings[low].id, id))
        return false;
    if (ret_time_ns)
        *ret_time_ns = destroyed->namings[low].time_ns;
    return true;
}
