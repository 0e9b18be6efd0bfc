/* app/intake_row.c - a line of the ledger, as people and programs are shown it. */
#include "app/intake_row.h"

#include <stdio.h>
#include <stdlib.h>

json_t *intake_row_json(const struct catalogue_intake *row)
{
    char hex[DIGEST_HEX_LEN + 1], taken[32], told[32], modified[32];
    char *reason = reason_text(row->reason_code, row->reason_detail);
    json_t *json = json_pack(
        "{s:s s:s s:s s:s s:I s:s s:s s:s s:s s:o}", "ticket", row->ticket, "folder", row->folder,
        "path", row->path, "batch", row->batch, "bytes", (json_int_t)row->size_bytes, "modified",
        time_text(row->mtime_ns, modified), "taken", time_text(row->taken_ns, taken), "told",
        time_text(row->told_ns, told), "outcome", row->outcome, "sha256",
        digest_is_zero(&row->source) ? json_null() : json_string(digest_hex(&row->source, hex)));
    if (json && row->reason_code[0]) {
        json_object_set_new(json, "reason", json_string(reason));
        json_object_set_new(json, "reason_code", json_string(row->reason_code));
    }
    free(reason);
    return json;
}

void print_intake_row(const struct catalogue_intake *row)
{
    char hex[DIGEST_HEX_LEN + 1], taken[32], told[32], size[32];
    char *reason = reason_text(row->reason_code, row->reason_detail);
    printf("%s  %-11s  %s/%s%s%s\n", time_text(row->told_ns, told), row->outcome, row->folder,
           row->path, reason && reason[0] ? ": " : "", reason ? reason : "");
    printf(_("    taken %s, %s, batch %s\n"), time_text(row->taken_ns, taken),
           size_text(row->size_bytes, size), row->batch);
    printf(_("    ticket %s, sha256 %s\n"), row->ticket,
           digest_is_zero(&row->source) ? "-" : digest_hex(&row->source, hex));
    free(reason);
}
