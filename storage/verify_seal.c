/* storage/verify_seal.c - the end of a sealed segment: its table, its seal, its name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "storage/verify_impl.h"

static int by_off(const void *a, const void *b)
{
    const struct table_entry *left = a, *right = b;
    return (left->off > right->off) - (left->off < right->off);
}

static void decode_table(struct span bytes, struct table_entry *table)
{
    for (size_t i = 0; i * TABLE_ENTRY_BYTES < bytes.len; i++) {
        memcpy(table[i].id.b, bytes.data + i * TABLE_ENTRY_BYTES, DIGEST_BYTES);
        table[i].off = get_le64(bytes.data + i * TABLE_ENTRY_BYTES + DIGEST_BYTES);
    }
}

static void append_piece(void *self, struct span piece)
{
    struct bytes *out = self;
    memcpy(out->data + out->len, piece.data, piece.len);
    out->len += piece.len;
}

/* The table, checked as a record; ret_bytes is empty when it is damaged. */
static int read_table(struct check *check, const struct record *record, struct bytes *ret_bytes,
                      const char **ret_why, struct err *err)
{
    size_t len = (size_t)record->raw_bytes;
    uint64_t from = record->off + RECORD_HEADER_BYTES;
    if (bytes_reserve(ret_bytes, len + 1, err) < 0 ||
        window_each(&check->window, from, len, append_piece, ret_bytes, err) < 0)
        return -1;
    struct digest id = digest_of(bytes_span(ret_bytes));
    if (crc32c(0, bytes_span(ret_bytes)) != record->stored_crc32c ||
        !digest_equal(&id, &record->id))
        *ret_why = "the table does not match its checksum";
    if (*ret_why)
        ret_bytes->len = 0;
    return 0;
}

int verify_load_table(struct check *check, struct err *err)
{
    CLEANUP(bytes_done) struct bytes bytes = {0};
    struct record record;
    uint8_t payload[SEAL_BYTES];
    struct seal seal;
    const char *why = NULL;
    struct window *window = &check->window;
    if (window->size < 3 * SEGMENT_BLOCK_BYTES || window->size % SEGMENT_BLOCK_BYTES != 0)
        return 0;
    const struct id16 *salt = check->salt_known ? &check->salt : NULL;
    int rc = header_read(window, salt, window->size - SEGMENT_BLOCK_BYTES, &record, &why, err);
    if (rc <= 0 || record.type != RECORD_SEAL)
        return rc < 0 ? -1 : 0;
    rc = control_read(window, &record, payload, &why, err);
    if (rc <= 0 || seal_decode(payload, &seal))
        return rc < 0 ? -1 : 0;
    rc = header_read(window, salt, seal.table_off, &record, &why, err);
    if (rc <= 0 || record.type != RECORD_TABLE)
        return rc < 0 ? -1 : 0;
    if (read_table(check, &record, &bytes, &why, err) < 0)
        return -1;
    if (bytes.len == 0)
        return 0;
    check->table_len = bytes.len / TABLE_ENTRY_BYTES;
    check->table = calloc(check->table_len, sizeof *check->table);
    if (!check->table)
        return err_sys(err, "read a table"); /* UNTESTED: no memory */
    decode_table(bytes_span(&bytes), check->table);
    qsort(check->table, check->table_len, sizeof *check->table, by_off);
    return 0;
}

const struct digest *verify_promised_at(const struct check *check, uint64_t off)
{
    if (check->table_len == 0)
        return NULL;
    struct table_entry key = {.off = off};
    const struct table_entry *found =
        bsearch(&key, check->table, check->table_len, sizeof *check->table, by_off);
    return found ? &found->id : NULL;
}

static bool table_fits(struct check *check, struct span bytes)
{
    if (bytes.len != check->seen.table_len * TABLE_ENTRY_BYTES)
        return false;
    struct table_entry last = {0};
    for (size_t i = 0; i < check->seen.table_len; i++) {
        struct table_entry entry;
        decode_table(span_of(bytes.data + i * TABLE_ENTRY_BYTES, TABLE_ENTRY_BYTES), &entry);
        int order = i ? digest_compare(&last.id, &entry.id) : -1;
        if (order > 0 || (order == 0 && last.off >= entry.off))
            return false;
        last = entry;
        struct table_entry *seen =
            bsearch(&entry, check->seen.table, check->seen.table_len, sizeof entry, by_off);
        if (!seen || !digest_equal(&seen->id, &entry.id))
            return false;
    }
    return true;
}

int verify_table(struct check *check, const struct record *record, struct err *err)
{
    CLEANUP(bytes_done) struct bytes bytes = {0};
    const char *why = NULL;
    uint64_t end = record->off + RECORD_HEADER_BYTES + record->raw_bytes;
    uint64_t next = round_up(end, SEGMENT_BLOCK_BYTES);
    bool whole = check->damages == 0;
    if (read_table(check, record, &bytes, &why, err) < 0 ||
        window_zeros(&check->window, end, next, &why, err) < 0)
        return -1;
    /* With damage in the segment what was seen is less than what was promised: reported by name. */
    if (!why && whole && !table_fits(check, bytes_span(&bytes)))
        why = "the table does not fit the objects";
    if (why)
        verify_hurt(check, record->off, NULL, why);
    check->off = next;
    verify_start_group(check);
    return 0;
}

/* A segment that was written anew matches its new seal: in this one, zeros are not by law. Whether
 * there were any. */
static bool zeros_are_damage(struct check *check)
{
    struct verdict *verdict = check->verdict;
    size_t n = verdict->gone_len;
    for (size_t i = 0; i < n; i++)
        verify_hurt(check, verdict->gone[i].place.off, &verdict->gone[i].id, object_gone);
    verdict->gone_len = 0;
    return n > 0;
}

int verify_seal(struct check *check, const struct record *record, struct err *err)
{
    uint8_t payload[SEAL_BYTES];
    struct seal seal = {0};
    const char *why = NULL;
    int rc = control_read(&check->window, record, payload, &why, err);
    if (rc < 0)
        return -1;
    if (rc > 0)
        why = seal_decode(payload, &seal);
    if (!why && check->damages == 0) {
        if (verify_hash_up_to(check, record->off, err) < 0)
            return -1;
        struct digest before = hasher_so_far(check->file);
        if (!digest_equal(&before, &seal.before) && !zeros_are_damage(check))
            why = "the segment does not match its seal";
        else if (seal.groups != check->groups || seal.table_len != check->seen.table_len ||
                 (check->state_known && !log_state_equal(&seal.end, &check->state)))
            why = "the seal is about other groups";
    }
    if (!why) {
        check->state = seal.end;
        check->state_known = true;
        check->sealed = true;
    } else {
        verify_hurt(check, record->off, NULL, why);
    }
    check->off += SEGMENT_BLOCK_BYTES;
    verify_start_group(check);
    return 0;
}

/* What the seal promised and the walk never met. */
void verify_missing(struct check *check)
{
    if (check->damages == 0 || check->table_len == 0)
        return;
    if (check->seen.table_len > 1)
        qsort(check->seen.table, check->seen.table_len, sizeof *check->seen.table, by_off);
    for (size_t i = 0; i < check->table_len; i++) {
        const struct table_entry *entry = &check->table[i];
        if (check->seen.table_len > 0 &&
            bsearch(entry, check->seen.table, check->seen.table_len, sizeof *entry, by_off))
            continue;
        struct damage damage = {.off = entry->off, .id = entry->id, .missing = true};
        (void)snprintf(damage.what, sizeof damage.what,
                       "the seal promises this object, and it is not there");
        verdict_add(check->verdict, &damage);
    }
}

/* The name is looked at only when nothing else is wrong: any damage makes it wrong too. */
int verify_name(struct check *check, struct err *err)
{
    if (check->damages > 0)
        return 0;
    if (!check->name->sealed) {
        if (!check->last && !check->sealed)
            verify_hurt(check, check->off, NULL, "the segment was never sealed");
        return 0;
    }
    if (!check->sealed)
        verify_hurt(check, check->window.size, NULL, "the segment has no seal");
    else if (check->off != check->window.size)
        verify_hurt(check, check->off, NULL, "there is something behind the seal");
    if (check->damages > 0)
        return 0;
    if (verify_hash_up_to(check, check->window.size, err) < 0)
        return -1;
    struct digest sha = hasher_finish(check->file);
    if (!digest_equal(&sha, &check->name->sha))
        verify_hurt(check, 0, NULL, "the segment does not match the digest in its name");
    return 0;
}
