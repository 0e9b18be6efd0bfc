/* pipeline/ledger.c - writes what becomes of a claimed file beside what makes it so. */
#include "pipeline/ledger.h"

#include <string.h>

#include "records/intake_record.h"

int ledger_note(struct commit_item *item, struct err *err)
{
    CLEANUP(bytes_done) struct bytes json = {0};
    const struct source *source = item->source;
    const struct claim *claim = source->claim;
    bool quarantined = item->kind == COMMIT_QUARANTINED;
    if (!claim)
        return 0;
    struct intake_record record = {
        .folder = (char *)(uintptr_t)claim->folder,
        .path = (char *)(uintptr_t)claim->name,
        .batch = (char *)(uintptr_t)claim->batch,
        .has_id = !digest_is_zero(&source->id),
        .id = source->id,
        .size_bytes = source->size_bytes,
        .mtime_ns = claim->mtime_ns,
        .taken_ns = claim->taken_ns,
        .outcome = quarantined                      ? INTAKE_QUARANTINED
                   : item->kind == COMMIT_DUPLICATE ? INTAKE_DUPLICATE
                                                    : INTAKE_ARCHIVED,
        .reason = quarantined ? source->why.reason : REASON_NONE,
        .detail = (char *)(uintptr_t)source->why.text,
    };
    memcpy(record.ticket, claim->ticket, sizeof record.ticket);
    if (intake_record_write(&record, &json, err) < 0)
        return -1;
    return commit_item_add(item, OBJECT_META, &json, NULL, err);
}
