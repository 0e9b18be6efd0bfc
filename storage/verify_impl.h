/* storage/verify_impl.h - what the files behind archive_verify() share. */
#ifndef STORAGE_VERIFY_IMPL_H
#define STORAGE_VERIFY_IMPL_H

#include "storage/archive_impl.h"
#include "storage/object_check.h"

/* What was found in one segment. It waits until those before it have been told of. */
struct verdict {
    struct segment_name name;
    char file[SEGMENT_NAME_MAX + 4]; /* "seg/..." */
    bool last;                       /* the newest segment */
    bool skip;                       /* only its ends are to be read */
    bool finished;
    struct damage *damages; /* at most VERDICT_DAMAGES_MAX of them; owned */
    size_t damage_len, damage_cap;
    struct group_entry *objects; /* those that are fine, when somebody asks; owned */
    size_t object_len, object_cap;
    struct group_entry *gone; /* those whose bytes are zeros: by law, or damage; owned */
    size_t gone_len, gone_cap;
    uint64_t good, good_bytes, bad, missing;
    struct digest
        first; /* object, when it is fine; else zero. Each segment may begin with a copy */
    uint64_t first_bytes; /* of the same dictionary, which is one object */
    struct log_state start, end;
    bool start_known, end_known;
};
void verdict_done(struct verdict *verdict); /* fits CLEANUP */
/* Counts damage and keeps it; file, first and last are filled in. */
void verdict_add(struct verdict *verdict, const struct damage *damage);

/* One thread's own things, for one segment after another. */
struct run {
    struct archive *archive;
    struct object_checker *checker;
    bool want_objects; /* verdicts list them */
    void (*tick)(void *crew, uint64_t more_bytes);
    void *crew;
};
/* Looks at a segment; fails only when it could not look. */
MUST_USE int verify_segment(struct run *run, struct verdict *verdict, struct err *err);

/* One segment. */
struct check {
    struct run *run;
    struct verdict *verdict;
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
    uint64_t told_bytes; /* of progress */
    bool last;
    bool salt_known, state_known;
    bool group_hurt; /* damage was reported in it: its hash proves nothing more */
    bool sealed;     /* a valid seal ended it */
};

/* Damage of this segment. id may be NULL. */
void verify_hurt(struct check *check, uint64_t off, const struct digest *id, const char *what);
/* An object that is as it was. */
MUST_USE int verify_good(struct check *check, const struct group_entry *entry, struct err *err);
/* An object of a sealed segment whose bytes are zeros. */
MUST_USE int verify_gone(struct check *check, const struct group_entry *entry, struct err *err);
/* Where the log stands before this segment, by the one before; false when that does not say. */
MUST_USE bool verify_state_before(struct check *check, struct log_state *ret_state);
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
