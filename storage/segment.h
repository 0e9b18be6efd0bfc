/* storage/segment.h - the bytes of a segment: how each structure is written and checked.
 *
 * The specification is docs/format-segment.md; this file is its translation into C. Everything here
 * works on memory, knows no files, and trusts no byte. */
#ifndef STORAGE_SEGMENT_H
#define STORAGE_SEGMENT_H

#include "storage/archive.h"

#define SEGMENT_BLOCK_BYTES     4096u /* groups start and end on these */
#define SEGMENT_ALIGN           16u   /* records start on these */
#define SEGMENT_SEQ_MAX         9999999999ull
#define SEGMENT_REWRITES_MAX    UINT32_MAX
#define SEGMENT_PART_NAME       "rewrite.part" /* a segment being written anew, storage/erase.h */
#define SEGMENT_GROUP_BYTES_MAX (2 * GIB)      /* records of one group, without the commit record */
#define RECORD_HEADER_BYTES     96u
#define COMMIT_BYTES            128u
#define CLOSE_BYTES             64u
#define SEAL_BYTES              128u
#define TABLE_ENTRY_BYTES       40u
#define SEGMENT_NAME_MAX        96u /* "0123456789-<64 hex digits>.seg" and its NUL fit */

struct id16 {
    uint8_t b[16];
};

/* Where the log of groups stands: at the start of a segment, and after each group. */
struct log_state {
    uint64_t next_group;                       /* from 1 */
    uint64_t objects, raw_bytes, stored_bytes; /* of all groups before */
    struct digest chain; /* SHA-256(chain before, group hash); zero before the first group */
};

struct segment_head {
    uint32_t version; /* ARCHIVE_FORMAT_OLDEST .. ARCHIVE_FORMAT_VERSION: that of the archive */
    struct id16 archive, writer, salt;
    uint64_t seq;
    int64_t created_ns;
    struct log_state start;
};

enum record_type {
    RECORD_BLOB = OBJECT_BLOB,
    RECORD_META = OBJECT_META,
    RECORD_COMMIT = 3,
    RECORD_TABLE = 4,
    RECORD_SEAL = 5,
    RECORD_CLOSE = 6,
};

struct record {
    enum record_type type;
    enum object_codec codec;
    uint32_t stored_crc32c;
    uint64_t raw_bytes, stored_bytes;
    uint64_t off;   /* its own, in the segment */
    uint64_t group; /* it belongs to; of TABLE, SEAL and CLOSE: the one that comes next */
    struct digest id;
};

struct commit {
    uint64_t group;
    uint64_t first_off; /* of the group's first record */
    uint32_t count;     /* objects in it */
    int64_t time_ns;
    struct digest hash; /* over the records' headers and the commit's first 64 bytes */
    struct log_state after;
};

struct seal {
    uint64_t table_off, table_len, groups;
    uint64_t rewrites;    /* how often bytes were taken away since it was sealed first */
    struct digest before; /* SHA-256 of every byte before the seal's block */
    struct log_state end;
};

/* The decoders return NULL, or in a static text what is wrong. */
void segment_head_encode(const struct segment_head *head, uint8_t ret_block[SEGMENT_BLOCK_BYTES]);
MUST_USE const char *segment_head_decode(const uint8_t block[SEGMENT_BLOCK_BYTES],
                                         struct segment_head *ret_head);

void record_encode(const struct record *record, const struct id16 *salt,
                   uint8_t ret_header[RECORD_HEADER_BYTES]);
/* salt may be NULL when block 0 is lost: checksum and own offset still have to fit. */
MUST_USE const char *record_decode(const uint8_t header[RECORD_HEADER_BYTES],
                                   const struct id16 *salt, uint64_t off,
                                   struct record *ret_record);
bool record_is_object(const struct record *record);
/* Header, stored bytes and padding. */
uint64_t record_span(const struct record *record);

void commit_encode(const struct commit *commit, uint8_t ret_payload[COMMIT_BYTES]);
MUST_USE const char *commit_decode(const uint8_t payload[COMMIT_BYTES], struct commit *ret_commit);
/* Ends the hash of a group whose record headers have been added. */
struct digest commit_hash(struct hasher *hasher, const struct commit *commit);
struct digest chain_next(const struct digest *chain, const struct digest *group_hash);

void close_encode(const struct log_state *state, uint8_t ret_payload[CLOSE_BYTES]);
void close_decode(const uint8_t payload[CLOSE_BYTES], struct log_state *ret_state);
void seal_encode(const struct seal *seal, uint8_t ret_payload[SEAL_BYTES]);
MUST_USE const char *seal_decode(const uint8_t payload[SEAL_BYTES], struct seal *ret_seal);

bool log_state_equal(const struct log_state *a, const struct log_state *b);

/* Appends a control record: header with checksums, payload, padding to `align`. off is the offset
 * in the segment at which the record will stand. */
struct control {
    enum record_type type;
    uint64_t off, group;
    struct span payload;
};
MUST_USE int control_append(const struct control *control, const struct id16 *salt, size_t align,
                            struct bytes *out, struct err *err);

uint64_t round_up(uint64_t n, uint64_t align);
bool all_zero(struct span data);

/* File names below seg/. */
struct segment_name {
    uint64_t seq;
    bool sealed;
    struct digest sha; /* of the whole file, when sealed */
};
void segment_name_format(const struct segment_name *name, char ret_text[SEGMENT_NAME_MAX]);
MUST_USE bool segment_name_parse(const char *text, struct segment_name *ret_name);

#endif
