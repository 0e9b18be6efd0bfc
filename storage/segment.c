/* storage/segment.c - the bytes of a segment: how each structure is written and checked. */
#include "storage/segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crc32c.h"

/* docs/format-segment.md, "Block 0" and "Record header". */
static const uint8_t head_magic[8] = {'S', 'O', 'H', 'O', 'A', 'S', 'E', 'G'};
static const uint8_t record_magic[16] = {0xF5, 's', 'o', 'h', 'o', 'a',  '-',  'r',
                                         'e',  'c', 'o', 'r', 'd', 0x0D, 0x0A, 0x1A};

uint64_t round_up(uint64_t n, uint64_t align)
{
    return (n + align - 1) / align * align;
}

bool all_zero(struct span data)
{
    if (data.len == 0)
        return true;
    return data.data[0] == 0 && memcmp(data.data, data.data + 1, data.len - 1) == 0;
}

static void put_totals(const struct log_state *state, uint8_t p[32])
{
    put_le64(p, state->next_group);
    put_le64(p + 8, state->objects);
    put_le64(p + 16, state->raw_bytes);
    put_le64(p + 24, state->stored_bytes);
}

static void get_totals(const uint8_t p[32], struct log_state *state)
{
    state->next_group = get_le64(p);
    state->objects = get_le64(p + 8);
    state->raw_bytes = get_le64(p + 16);
    state->stored_bytes = get_le64(p + 24);
}

static void put_state(const struct log_state *state, uint8_t p[64])
{
    put_totals(state, p);
    memcpy(p + 32, state->chain.b, DIGEST_BYTES);
}

static void get_state(const uint8_t p[64], struct log_state *state)
{
    get_totals(p, state);
    memcpy(state->chain.b, p + 32, DIGEST_BYTES);
}

bool log_state_equal(const struct log_state *a, const struct log_state *b)
{
    return a->next_group == b->next_group && a->objects == b->objects &&
           a->raw_bytes == b->raw_bytes && a->stored_bytes == b->stored_bytes &&
           digest_equal(&a->chain, &b->chain);
}

void segment_head_encode(const struct segment_head *head, uint8_t ret_block[SEGMENT_BLOCK_BYTES])
{
    uint8_t *p = ret_block;
    memset(p, 0, SEGMENT_BLOCK_BYTES);
    memcpy(p, head_magic, sizeof head_magic);
    put_le32(p + 8, head->version);
    put_le32(p + 12, SEGMENT_BLOCK_BYTES);
    memcpy(p + 16, head->archive.b, sizeof head->archive.b);
    memcpy(p + 32, head->writer.b, sizeof head->writer.b);
    memcpy(p + 48, head->salt.b, sizeof head->salt.b);
    put_le64(p + 64, head->seq);
    put_le64(p + 72, (uint64_t)head->created_ns);
    put_state(&head->start, p + 96);
    put_le32(p + SEGMENT_BLOCK_BYTES - 4, crc32c(0, span_of(p, SEGMENT_BLOCK_BYTES - 4)));
}

const char *segment_head_decode(const uint8_t block[SEGMENT_BLOCK_BYTES],
                                struct segment_head *ret_head)
{
    const uint8_t *p = block;
    if (memcmp(p, head_magic, sizeof head_magic) != 0)
        return "the first block is not that of a segment";
    if (get_le32(p + SEGMENT_BLOCK_BYTES - 4) != crc32c(0, span_of(p, SEGMENT_BLOCK_BYTES - 4)))
        return "the first block does not match its checksum";
    if (get_le32(p + 8) < ARCHIVE_FORMAT_OLDEST || get_le32(p + 8) > ARCHIVE_FORMAT_VERSION ||
        get_le32(p + 12) != SEGMENT_BLOCK_BYTES)
        return "the first block is of another format version";
    if (!all_zero(span_of(p + 80, 16)) ||
        !all_zero(span_of(p + 160, SEGMENT_BLOCK_BYTES - 4 - 160)))
        return "the first block has bytes that must be zero";
    struct segment_head head = {.version = get_le32(p + 8)};
    memcpy(head.archive.b, p + 16, sizeof head.archive.b);
    memcpy(head.writer.b, p + 32, sizeof head.writer.b);
    memcpy(head.salt.b, p + 48, sizeof head.salt.b);
    head.seq = get_le64(p + 64);
    head.created_ns = (int64_t)get_le64(p + 72);
    get_state(p + 96, &head.start);
    *ret_head = head;
    return NULL;
}

void record_encode(const struct record *record, const struct id16 *salt,
                   uint8_t ret_header[RECORD_HEADER_BYTES])
{
    uint8_t *p = ret_header;
    memset(p, 0, RECORD_HEADER_BYTES);
    for (size_t i = 0; i < sizeof record_magic; i++)
        p[i] = record_magic[i] ^ salt->b[i];
    put_le16(p + 16, RECORD_HEADER_BYTES);
    p[18] = (uint8_t)record->type;
    p[19] = (uint8_t)record->codec;
    put_le32(p + 20, record->stored_crc32c);
    put_le64(p + 24, record->raw_bytes);
    put_le64(p + 32, record->stored_bytes);
    put_le64(p + 40, record->off);
    memcpy(p + 48, record->id.b, DIGEST_BYTES);
    put_le64(p + 80, record->group);
    put_le32(p + 92, crc32c(0, span_of(p, 92)));
}

static bool magic_fits(const uint8_t *p, const struct id16 *salt)
{
    for (size_t i = 0; i < sizeof record_magic; i++)
        if (p[i] != (record_magic[i] ^ salt->b[i]))
            return false;
    return true;
}

static bool sizes_fit(const struct record *record)
{
    if (record->raw_bytes > OBJECT_RAW_MAX)
        return false;
    if (!codec_shrinks(record->codec))
        return record->stored_bytes == record->raw_bytes;
    return record->stored_bytes < record->raw_bytes;
}

static bool type_fits(const struct record *record)
{
    switch (record->type) {
    case RECORD_BLOB:
    case RECORD_META:
        /* What a segment begins with may be its dictionary, and that cannot need itself. */
        return record->codec <= CODEC_ZSTD || record->codec == CODEC_SEALED ||
               (record->codec == CODEC_DICTIONARY && record->off > SEGMENT_BLOCK_BYTES);
    case RECORD_COMMIT:
        return record->codec == CODEC_RAW && record->raw_bytes == COMMIT_BYTES;
    case RECORD_TABLE:
        return record->codec == CODEC_RAW && record->raw_bytes % TABLE_ENTRY_BYTES == 0;
    case RECORD_SEAL:
        return record->codec == CODEC_RAW && record->raw_bytes == SEAL_BYTES;
    case RECORD_CLOSE:
        return record->codec == CODEC_RAW && record->raw_bytes == CLOSE_BYTES;
    }
    return false;
}

const char *record_decode(const uint8_t header[RECORD_HEADER_BYTES], const struct id16 *salt,
                          uint64_t off, struct record *ret_record)
{
    const uint8_t *p = header;
    if (salt && !magic_fits(p, salt))
        return "no record starts here";
    if (get_le16(p + 16) != RECORD_HEADER_BYTES || get_le32(p + 92) != crc32c(0, span_of(p, 92)))
        return "the record header does not match its checksum";
    struct record record = {
        .type = p[18],
        .codec = p[19],
        .stored_crc32c = get_le32(p + 20),
        .raw_bytes = get_le64(p + 24),
        .stored_bytes = get_le64(p + 32),
        .off = get_le64(p + 40),
        .group = get_le64(p + 80),
    };
    memcpy(record.id.b, p + 48, DIGEST_BYTES);
    if (record.off != off)
        return "the record belongs elsewhere in the segment";
    if (!type_fits(&record) || !sizes_fit(&record) || get_le32(p + 88) != 0)
        return "the record header breaks a rule of the format";
    *ret_record = record;
    return NULL;
}

bool record_is_object(const struct record *record)
{
    return record->type == RECORD_BLOB || record->type == RECORD_META;
}

uint64_t record_span(const struct record *record)
{
    return RECORD_HEADER_BYTES + round_up(record->stored_bytes, SEGMENT_ALIGN);
}

void commit_encode(const struct commit *commit, uint8_t ret_payload[COMMIT_BYTES])
{
    uint8_t *p = ret_payload;
    memset(p, 0, COMMIT_BYTES);
    put_le64(p, commit->group);
    put_le64(p + 8, commit->first_off);
    put_le32(p + 16, commit->count);
    put_le64(p + 24, (uint64_t)commit->time_ns);
    put_totals(&commit->after, p + 32);
    memcpy(p + 64, commit->hash.b, DIGEST_BYTES);
    memcpy(p + 96, commit->after.chain.b, DIGEST_BYTES);
}

const char *commit_decode(const uint8_t payload[COMMIT_BYTES], struct commit *ret_commit)
{
    const uint8_t *p = payload;
    struct commit commit = {
        .group = get_le64(p),
        .first_off = get_le64(p + 8),
        .count = get_le32(p + 16),
        .time_ns = (int64_t)get_le64(p + 24),
    };
    get_totals(p + 32, &commit.after);
    memcpy(commit.hash.b, p + 64, DIGEST_BYTES);
    memcpy(commit.after.chain.b, p + 96, DIGEST_BYTES);
    if (get_le32(p + 20) != 0 || commit.after.next_group != commit.group + 1 || commit.count == 0 ||
        commit.count > ARCHIVE_GROUP_OBJECTS_MAX)
        return "the commit record breaks a rule of the format";
    *ret_commit = commit;
    return NULL;
}

struct digest commit_hash(struct hasher *hasher, const struct commit *commit)
{
    uint8_t payload[COMMIT_BYTES];
    commit_encode(commit, payload);
    hasher_add(hasher, span_of(payload, 64));
    return hasher_finish(hasher);
}

struct digest chain_next(const struct digest *chain, const struct digest *group_hash)
{
    uint8_t both[2 * DIGEST_BYTES];
    memcpy(both, chain->b, DIGEST_BYTES);
    memcpy(both + DIGEST_BYTES, group_hash->b, DIGEST_BYTES);
    return digest_of(span_of(both, sizeof both));
}

void close_encode(const struct log_state *state, uint8_t ret_payload[CLOSE_BYTES])
{
    put_state(state, ret_payload);
}

void close_decode(const uint8_t payload[CLOSE_BYTES], struct log_state *ret_state)
{
    get_state(payload, ret_state);
}

void seal_encode(const struct seal *seal, uint8_t ret_payload[SEAL_BYTES])
{
    uint8_t *p = ret_payload;
    memset(p, 0, SEAL_BYTES);
    put_le64(p, seal->table_off);
    put_le64(p + 8, seal->table_len);
    put_le64(p + 16, seal->groups);
    put_le64(p + 24, seal->rewrites);
    memcpy(p + 32, seal->before.b, DIGEST_BYTES);
    put_state(&seal->end, p + 64);
}

const char *seal_decode(const uint8_t payload[SEAL_BYTES], struct seal *ret_seal)
{
    const uint8_t *p = payload;
    struct seal seal = {
        .table_off = get_le64(p),
        .table_len = get_le64(p + 8),
        .groups = get_le64(p + 16),
        .rewrites = get_le64(p + 24),
    };
    memcpy(seal.before.b, p + 32, DIGEST_BYTES);
    get_state(p + 64, &seal.end);
    if (seal.rewrites > SEGMENT_REWRITES_MAX)
        return "the seal breaks a rule of the format";
    *ret_seal = seal;
    return NULL;
}

int control_append(const struct control *control, const struct id16 *salt, size_t align,
                   struct bytes *out, struct err *err)
{
    struct record record = {
        .type = control->type,
        .codec = CODEC_RAW,
        .stored_crc32c = crc32c(0, control->payload),
        .raw_bytes = control->payload.len,
        .stored_bytes = control->payload.len,
        .off = control->off,
        .group = control->group,
        .id = digest_of(control->payload),
    };
    size_t len = (size_t)round_up(RECORD_HEADER_BYTES + control->payload.len, align);
    if (bytes_reserve(out, len, err) < 0)
        return -1; /* UNTESTED: no memory */
    uint8_t *p = out->data + out->len;
    memset(p, 0, len);
    record_encode(&record, salt, p);
    if (control->payload.len > 0)
        memcpy(p + RECORD_HEADER_BYTES, control->payload.data, control->payload.len);
    out->len += len;
    return 0;
}

void segment_name_format(const struct segment_name *name, char ret_text[SEGMENT_NAME_MAX])
{
    char hex[DIGEST_HEX_LEN + 1];
    if (name->sealed)
        (void)snprintf(ret_text, SEGMENT_NAME_MAX, "%010" PRIu64 "-%s.seg", name->seq,
                       digest_hex(&name->sha, hex));
    else
        (void)snprintf(ret_text, SEGMENT_NAME_MAX, "%010" PRIu64 ".open", name->seq);
}

bool segment_name_parse(const char *text, struct segment_name *ret_name)
{
    struct segment_name name = {0};
    size_t i = 0;
    for (; i < 10 && text[i] >= '0' && text[i] <= '9'; i++)
        name.seq = name.seq * 10 + (uint64_t)(text[i] - '0');
    if (i != 10 || name.seq == 0)
        return false;
    if (text[10] == '-' && strlen(text) == 10 + 1 + DIGEST_HEX_LEN + 4) {
        char hex[DIGEST_HEX_LEN + 1] = {0};
        memcpy(hex, text + 11, DIGEST_HEX_LEN);
        name.sealed = digest_parse(hex, &name.sha);
    }
    /* Written back and compared: one name per file, no upper case, nothing behind it. */
    char canonical[SEGMENT_NAME_MAX];
    segment_name_format(&name, canonical);
    if (strcmp(canonical, text) != 0)
        return false;
    *ret_name = name;
    return true;
}
