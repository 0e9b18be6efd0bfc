/* storage/verify_records.c - going through a segment record by record, and on behind damage. */
#include <string.h>

#include "storage/dictionary.h"
#include "storage/verify_impl.h"

void verify_start_group(struct check *check)
{
    (void)hasher_finish(check->group);
    check->group_off = check->off;
    check->group_hurt = false;
    check->group_objects = check->group_raw = check->group_stored = 0;
}

int verify_hash_up_to(struct check *check, uint64_t off, struct err *err)
{
    if (check->damages > 0 || off <= check->hashed)
        return 0;
    uint64_t from = check->hashed;
    check->hashed = off;
    return window_each(&check->window, from, off - from, window_hash, check->file, err);
}

/* The object's bytes, which on the way go into the digest of the file as well. */
static int check_bytes(struct check *check, const struct record *record, const char **ret_why,
                       struct err *err)
{
    uint64_t from = record->off + RECORD_HEADER_BYTES;
    if (verify_hash_up_to(check, from, err) < 0)
        return -1;
    bool in_step = check->hashed == from;
    if (object_check(check->run->checker, &check->window, record, in_step ? check->file : NULL,
                     ret_why, err) < 0)
        return -1;
    if (in_step)
        check->hashed = from + record->stored_bytes;
    return 0;
}

/* --- objects --- */

/* The segment's own dictionary, or a copy from elsewhere: what a reader would take, too. */
static int find_dictionary(struct check *check, const struct record *record, struct err *err)
{
    struct run *run = check->run;
    const struct dictionary *dictionary = NULL;
    struct err damage = {0};
    struct span head;
    size_t len =
        record->stored_bytes < FRAME_HEAD_BYTES ? (size_t)record->stored_bytes : FRAME_HEAD_BYTES;
    if (window_at(&check->window, record->off + RECORD_HEADER_BYTES, len, &head, err) < 0)
        return -1;
    int rc = archive_find_dictionary(run->archive, check->name->seq, dictionary_number_of(head),
                                     &dictionary, &damage);
    if (rc < 0 && damage.kind != ERR_CORRUPT) {
        *err = damage;
        return -1;
    }
    object_checker_use(run->checker, dictionary);
    return 0;
}

static int check_object(struct check *check, const struct record *record, struct err *err)
{
    struct group_entry entry = {
        .id = record->id,
        .type = record->type == RECORD_META ? OBJECT_META : OBJECT_BLOB,
        .codec = record->codec,
        .raw_bytes = record->raw_bytes,
        .stored_bytes = record->stored_bytes,
        .place = {check->name->seq, record->off},
    };
    const char *why = NULL;
    if (record->codec == CODEC_DICTIONARY && find_dictionary(check, record, err) < 0)
        return -1;
    if (writer_note(&check->seen, &entry, 1, err) < 0 ||
        window_each(&check->window, record->off, RECORD_HEADER_BYTES, window_hash, check->group,
                    err) < 0 ||
        check_bytes(check, record, &why, err) < 0)
        return -1;
    check->group_objects++;
    check->group_raw += record->raw_bytes;
    check->group_stored += record->stored_bytes;
    check->off += record_span(record);
    if (why == object_gone && check->name->sealed)
        return verify_gone(check, &entry, err);
    if (why) {
        verify_hurt(check, record->off, &record->id, why);
        return 0;
    }
    return verify_good(check, &entry, err);
}

/* --- groups --- */

static const char *commit_fault(struct check *check, const struct commit *commit)
{
    struct log_state expect = check->state;
    expect.next_group++;
    expect.objects += check->group_objects;
    expect.raw_bytes += check->group_raw;
    expect.stored_bytes += check->group_stored;
    expect.chain = chain_next(&check->state.chain, &commit->hash);
    struct digest hash = commit_hash(check->group, commit);
    if (commit->first_off != check->group_off || commit->count != check->group_objects)
        return "the commit record is about other records";
    if (!digest_equal(&hash, &commit->hash))
        return "the group does not match its hash";
    if (check->state_known && !log_state_equal(&expect, &commit->after))
        return "the group does not continue the chain";
    return NULL;
}

static int check_commit(struct check *check, const struct record *record, struct err *err)
{
    uint8_t payload[COMMIT_BYTES];
    struct commit commit = {0};
    const char *why = NULL;
    int rc = control_read(&check->window, record, payload, &why, err);
    if (rc < 0)
        return -1;
    if (rc > 0)
        why = commit_decode(payload, &commit);
    if (why) {
        check->state_known = false;
    } else {
        if (!check->group_hurt)
            why = commit_fault(check, &commit);
        check->state = commit.after;
        check->state_known = true;
    }
    if (why)
        verify_hurt(check, record->off, NULL, why);
    check->groups++;
    check->off = round_up(record->off + record_span(record), SEGMENT_BLOCK_BYTES);
    verify_start_group(check);
    return 0;
}

static int check_close(struct check *check, const struct record *record, struct err *err)
{
    uint8_t payload[CLOSE_BYTES];
    struct log_state state;
    const char *why = NULL;
    int rc = control_read(&check->window, record, payload, &why, err);
    if (rc < 0)
        return -1;
    if (rc > 0) {
        close_decode(payload, &state);
        if (check->state_known && !log_state_equal(&state, &check->state))
            why = "the closing record does not continue the chain";
    }
    if (why)
        verify_hurt(check, record->off, NULL, why);
    check->off += SEGMENT_BLOCK_BYTES;
    verify_start_group(check);
    return 0;
}

/* --- block 0, and the way through --- */

static const char *head_fault(const struct check *check, const struct segment_head *head)
{
    const struct archive *archive = check->run->archive;
    if (archive->format_fine && memcmp(head->archive.b, archive->id.b, sizeof archive->id.b) != 0)
        return "the segment belongs to another archive";
    if (head->seq != check->name->seq)
        return "the segment has another number than its name";
    return NULL;
}

int verify_head(struct check *check, struct err *err)
{
    struct segment_head head;
    struct walk walk;
    const char *why = NULL;
    if (walk_start(&walk, &check->window, &head, &why, err) < 0)
        return -1;
    if (!why) {
        check->salt = head.salt;
        check->salt_known = true;
        check->state = head.start;
        check->state_known = true;
        check->verdict->start = head.start;
        check->verdict->start_known = true;
        why = head_fault(check, &head);
    } else {
        check->state_known = verify_state_before(check, &check->state);
    }
    if (why)
        verify_hurt(check, 0, NULL, why);
    check->off = SEGMENT_BLOCK_BYTES;
    verify_start_group(check);
    return 0;
}

/* In the newest segment the last group may be half written, by a crash or at this moment. That is
 * no damage, if no later record proves that a whole group stood here. 1: the segment ends here. */
static int ends_here(struct check *check, struct err *err)
{
    CLEANUP(walk_group_done) struct walk_group group = {0};
    uint64_t later = 0;
    if (!check->last || check->name->sealed || check->off != check->group_off ||
        !check->salt_known || !check->state_known)
        return 0;
    struct walk walk = {
        .window = &check->window,
        .salt = check->salt,
        .segment = check->name->seq,
        .state = check->state,
        .off = check->off,
        .groups = check->groups,
    };
    enum walk_step step = WALK_END;
    if (walk_next(&walk, true, &group, &step, err) < 0)
        return -1;
    /* A segment in use is longer by more than a block: one block alone is a CLOSE that was hit. */
    if (step != WALK_END || check->window.size - check->off == SEGMENT_BLOCK_BYTES)
        return 0;
    int rc = find_later_record(&check->window, &check->salt, check->off, check->state.next_group,
                               &later, err);
    check->window.len = 0; /* what was being written when we looked may be whole by now */
    return rc < 0 ? -1 : !rc;
}

/* Names what was lost, and goes on to the next header that can be read. */
static int skip_damage(struct check *check, const char *why, struct err *err)
{
    struct record record;
    uint64_t next = check->window.size;
    const struct id16 *salt = check->salt_known ? &check->salt : NULL;
    int rc = find_later_record(&check->window, salt, check->off + SEGMENT_ALIGN, 0, &next, err);
    if (rc < 0)
        return -1;
    const struct digest *promised = verify_promised_at(check, check->off);
    verify_hurt(check, check->off, promised, why);
    if (promised) {
        struct group_entry entry = {.id = *promised, .place = {check->name->seq, check->off}};
        if (writer_note(&check->seen, &entry, 1, err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    check->off = rc > 0 ? next : check->window.size;
    if (rc > 0 && header_read(&check->window, salt, next, &record, &why, err) < 0)
        return -1;
    /* Behind a lost commit record: the groups cannot be told apart, so the chain starts anew. */
    if (rc > 0 && check->state_known && record.group > check->state.next_group) {
        check->state_known = false;
        check->group_off = next;
    }
    return 0;
}

static int check_record(struct check *check, const struct record *record, struct err *err)
{
    switch (record->type) {
    case RECORD_BLOB:
    case RECORD_META:
        return check_object(check, record, err);
    case RECORD_COMMIT:
        verify_progress(check);
        return check_commit(check, record, err);
    case RECORD_CLOSE:
        return check_close(check, record, err);
    case RECORD_TABLE:
        return verify_table(check, record, err);
    case RECORD_SEAL:
        return verify_seal(check, record, err);
    }
    return 0;
}

int verify_records(struct check *check, struct err *err)
{
    while (check->off < check->window.size && !check->sealed) {
        struct record record;
        const char *why = NULL;
        const struct id16 *salt = check->salt_known ? &check->salt : NULL;
        int rc = ends_here(check, err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        rc = header_read(&check->window, salt, check->off, &record, &why, err);
        if (rc > 0)
            rc = check_record(check, &record, err);
        else if (rc == 0)
            rc = skip_damage(check, why, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}
