/* app/carry_out.c - a destruction is recorded, and then carried out. */
#include <stdlib.h>

#include "app/destruction.h"
#include "base/clock.h"
#include "records/index.h"

struct gone_list {
    struct erase_target *targets;
    size_t len, cap;
};

static void gone_list_done(struct gone_list *list)
{
    free(list->targets);
}

static int note_gone(void *self, const struct digest *id, struct place place, struct err *err)
{
    struct gone_list *list = self;
    if (list->len == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 256;
        struct erase_target *targets = realloc(list->targets, cap * sizeof *targets);
        if (!targets)
            return err_sys(err, "list %zu objects", cap); /* UNTESTED: no memory */
        list->targets = targets;
        list->cap = cap;
    }
    list->targets[list->len++] = (struct erase_target){*id, place};
    return 0;
}

/* The catalogue goes first: it must not be the one that remembers when the bytes are gone. The
 * record is sealed before: a copy that gets the zeros (storage/sync.h) gets the record with them.
 */
int destruction_take_away(struct reading *archive, struct erase_result *ret_result, struct err *err)
{
    CLEANUP(gone_list_done) struct gone_list list = {.targets = NULL};
    if (catalogue_list_gone(archive->catalogue, note_gone, &list, err) < 0 ||
        catalogue_scrub(archive->catalogue, err) < 0)
        return -1;
    if (list.len > 0 && archive_seal_open(archive->archive, err) < 0)
        return -1;
    return archive_erase(archive->archive, list.targets, list.len, ret_result, err);
}

int destruction_commit(struct reading *archive, struct destruction_record *record,
                       struct digest *ret_id, struct err *err)
{
    CLEANUP(bytes_done) struct bytes json = {0};
    CLEANUP(object_done) struct object object = {.type = OBJECT_META};
    struct group_entry entry;
    struct place place;
    /* Never sealed: whoever verifies has no key. */
    if (destruction_record_write(record, &json, err) < 0 ||
        object_prepare(&object, OBJECT_META, bytes_span(&json), true, NULL, err) < 0)
        return -1;
    *ret_id = object.id;
    /* The same papers archived and destroyed again on the same day, for the same reasons: another
     * object under the same digest would not count. */
    int known = catalogue_find_object(archive->catalogue, &object.id, &entry, err);
    if (known > 0)
        return err_set(
            err, ERR_INPUT, "%s",
            _("the same destruction was recorded before: give another --basis or --decided"));
    if (known < 0 ||
        archive_commit(archive->archive, &object, 1, clock_ns(CLOCK_REALTIME), &place, err) < 0)
        return -1;
    return index_catch_up(archive->archive, archive->catalogue, NULL, err);
}
