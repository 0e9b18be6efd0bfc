/* storage/note.h - texts that somebody signed: C2SP signed-note, tlog-checkpoint, tlog-cosignature.
 *
 * A note is text, an empty line, and lines with signatures; what it says counts only once a
 * signature by a known key was checked. docs/format-log.md has the forms. Everything that parses
 * here expects hostile bytes: errors are ERR_INPUT. */
#ifndef STORAGE_NOTE_H
#define STORAGE_NOTE_H

#include "base/digest.h"
#include "base/sign.h"

#define NOTE_BYTES_MAX      (256 * KIB) /* of a whole note */
#define NOTE_SIGNATURES_MAX 64
#define NOTE_SIGNATURE_MAX  8192u /* bytes of one, decoded; others' post-quantum ones are long */
#define NOTE_NAME_MAX       128u  /* bytes of a key's name, with NUL */
#define NOTE_VKEY_MAX       256u  /* bytes of a key in text form, with NUL */
#define NOTE_KEY_ID_BYTES   4u
#define NOTE_HASH_TEXT_LEN  44u /* base64 of a SHA-256 */

/* The algorithm bytes of signed-note. */
enum note_key_type {
    NOTE_KEY_LOG = 1,     /* Ed25519 over the text */
    NOTE_KEY_WITNESS = 4, /* cosignature/v1: Ed25519 over a time and the text */
};

/* The public half, with the name it signs under. */
struct note_key {
    char name[NOTE_NAME_MAX];
    enum note_key_type type;
    struct sign_public public;
    uint8_t id[NOTE_KEY_ID_BYTES];
};

/* ERR_INPUT when the name is empty, too long, or has bytes beside '!'..'~', or a '+'. */
MUST_USE int note_key_init(struct note_key *ret_key, const char *name, enum note_key_type type,
                           const struct sign_public *public, struct err *err);
/* A vkey: "name+hex id+base64"; one line feed at the end is fine. */
MUST_USE int note_key_parse(struct span vkey, struct note_key *ret_key, struct err *err);
/* Appends it, without a line feed. */
MUST_USE int note_key_write(const struct note_key *key, struct bytes *out, struct err *err);
bool note_key_equal(const struct note_key *a, const struct note_key *b);

/* A note whose form is right. Both parts point into what was parsed. */
struct note {
    struct span text;       /* with its last line feed, without the empty line */
    struct span signatures; /* whole lines */
};
MUST_USE int note_parse(struct span whole, struct note *ret_note, struct err *err);
/* Looks for key's signature: 1 when there is one and it is right (ret_time_s, may be NULL: when a
 * witness signed, seconds since 1970), 0 when there is none, -1 when one is wrong. */
MUST_USE int note_check(const struct note *note, const struct note_key *key, uint64_t *ret_time_s,
                        struct err *err);
/* Appends one signature line for the text. key is the public half of secret; time_s counts for
 * witnesses only. */
MUST_USE int note_sign(struct span text, const struct note_key *key, const struct sign_key *secret,
                       uint64_t time_s, struct bytes *out, struct err *err);

/* What a log says of itself: the text of a checkpoint. */
struct checkpoint {
    char origin[NOTE_NAME_MAX];
    uint64_t size; /* leaves */
    struct digest root;
};
MUST_USE int checkpoint_write(const struct checkpoint *checkpoint, struct bytes *out,
                              struct err *err);
/* Exactly three lines: extension lines, which nobody can audit, are refused. */
MUST_USE int checkpoint_parse(struct span text, struct checkpoint *ret_checkpoint, struct err *err);

/* --- what the forms are made of --- */

/* Takes a line off the front of *text: without its line feed. false when none ends in it. */
MUST_USE bool text_take_line(struct span *text, struct span *ret_line);
/* A whole number without sign, leading zeros or blanks, at most max. */
MUST_USE bool number_parse(struct span text, uint64_t max, uint64_t *ret_number);
MUST_USE int hash_write(const struct digest *hash, struct bytes *out, struct err *err);
MUST_USE bool hash_parse(struct span text, struct digest *ret_hash);

#endif
