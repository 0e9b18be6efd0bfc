/* storage/verify_impl.h - what the files behind archive_verify() share. */
#ifndef STORAGE_VERIFY_IMPL_H
#define STORAGE_VERIFY_IMPL_H

#include "storage/archive_impl.h"
#include "storage/object_check.h"

/* The whole run. */
struct run {
    struct archive *archive;
    const struct verify_hooks *hooks;
    struct verify_result result;
    uint64_t done_bytes, all_bytes;
    struct log_state state; /* at the end of the segment before */
    bool state_known;
    struct object_checker *checker;
    struct digest first; /* of the segment before; zero: none, or damaged */
};

/* One segment. */
struct check {
    struct run *run;
    const struct segment_name *name;
    struct window window;
    struct hasher *group, *file; /* the headers of the group at hand; all bytes up to `hashed` */
    uint64_t hashed; /* only where there is a seal; stands still once damage was found */
    uint64_t off;
    uint64_t group_off; /* where the group at hand began */
    uint64_t group_objects, group_raw, group_stored;
    uint64_t groups;
    struct log_state state;
    struct writer seen;        /* for its table: what stood where */
    struct table_entry *table; /* what the seal promises, by offset */
    size_t table_len;
    uint64_t damages;
    struct id16 salt;
    char file_name[SEGMENT_NAME_MAX + 4];
    bool last;
    bool salt_known, state_known;
    bool group_hurt; /* damage was reported in it: its hash proves nothing more */
    bool sealed;     /* a valid seal ended it */
};

/* Tells of damage and counts it. */
void verify_report(struct run *run, const struct damage *damage);
/* The same, of this segment. id may be NULL. */
void verify_hurt(struct check *check, uint64_t off, const struct digest *id, const char *what);
/* The records from check->off on begin a group. */
void verify_start_group(struct check *check);
/* Tells how far it is. */
void verify_progress(struct check *check);
/* Takes the bytes before `off` into the digest of the file. */
MUST_USE int verify_hash_up_to(struct check *check, uint64_t off, struct err *err);

/* verify_records.c: block 0, then every record, going on behind damage. */
MUST_USE int verify_head(struct check *check, struct err *err);
MUST_USE int verify_records(struct check *check, struct err *err);

/* verify_seal.c */
/* The seal's promise, taken before anything else is read: it names objects whose headers are lost.
 * Whatever is wrong with it is reported when the walk comes to it. */
MUST_USE int verify_load_table(struct check *check, struct err *err);
/* What the seal says stands at off, or NULL. */
const struct digest *verify_promised_at(const struct check *check, uint64_t off);
MUST_USE int verify_table(struct check *check, const struct record *record, struct err *err);
MUST_USE int verify_seal(struct check *check, const struct record *record, struct err *err);
/* When all records have been seen: the digest in the name, and what the seal promised in vain. */
MUST_USE int verify_name(struct check *check, struct err *err);
void verify_missing(struct check *check);

#endif
