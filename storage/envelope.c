/* storage/envelope.c - an object only the holder of a key can read. */
#include "storage/envelope.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define VERSION      1
#define INNER_BYTES  16u /* before what is stored, hidden as it is */
#define SALT_AT      32
#define PIECE_BYTES  (16 * KIB)
#define DEDUP_INFO   "sohoa dedup key 1"
#define CONTENT_INFO "sohoa class key 1"
#define OBJECT_INFO  "sohoa object 1"

static const uint8_t magic[8] = {'S', 'O', 'H', 'O', 'A', 'E', 'N', 'V'};

bool key_id_equal(const struct key_id *a, const struct key_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

char *key_id_hex(const struct key_id *id, char ret_hex[KEY_ID_HEX_LEN + 1])
{
    for (size_t i = 0; i < sizeof id->b; i++)
        (void)snprintf(ret_hex + 2 * i, 3, "%02x", id->b[i]);
    return ret_hex;
}

int seal_key_make(const struct key_id *id, const struct seal_secret *secret,
                  struct seal_key *ret_key, struct err *err)
{
    CLEANUP(seal_key_done) struct seal_key key = {.id = *id};
    const struct span none = {NULL, 0};
    if (seal_derive(secret, none, DEDUP_INFO, key.dedup.b, sizeof key.dedup.b, err) < 0 ||
        seal_derive(secret, none, CONTENT_INFO, key.content.b, sizeof key.content.b, err) < 0)
        return -1; /* UNTESTED: no memory */
    *ret_key = key;
    return 0;
}

void seal_key_done(struct seal_key *key)
{
    seal_clear(key, sizeof *key);
}

static void put_head(const struct key_id *id, enum object_type type, uint8_t *p)
{
    memset(p, 0, ENVELOPE_HEAD_BYTES);
    memcpy(p, magic, sizeof magic);
    p[8] = VERSION;
    p[9] = (uint8_t)type;
    memcpy(p + 16, id->b, sizeof id->b);
}

static void put_inner(const struct envelope *what, uint8_t p[INNER_BYTES])
{
    memset(p, 0, INNER_BYTES);
    p[0] = (uint8_t)what->codec;
    put_le32(p + 4, what->dictionary);
    put_le64(p + 8, what->raw_bytes);
}

/* Over all that the ciphertext is made of: never is another text sealed with the same nonce. */
static int make_salt(const struct seal_key *key, const struct envelope *what,
                     const uint8_t inner[INNER_BYTES], struct digest *ret_salt, struct err *err)
{
    const uint8_t type = (uint8_t)what->type;
    CLEANUP(seal_mac_freep) struct seal_mac *mac = seal_mac_new(&key->dedup, err);
    if (!mac || seal_mac_add(mac, span_of(&type, 1), err) < 0 ||
        seal_mac_add(mac, span_of(inner, INNER_BYTES), err) < 0 ||
        seal_mac_add(mac, what->stored, err) < 0)
        return -1; /* UNTESTED: no memory */
    return seal_mac_finish(mac, ret_salt, err);
}

/* The cipher of one object, whose head is whole. */
static struct seal_cipher *open_cipher(const struct seal_key *key, const uint8_t *head,
                                       bool opening, struct err *err)
{
    uint8_t made[SEAL_KEY_BYTES + SEAL_NONCE_BYTES];
    struct seal_text text = {.head = span_of(head, ENVELOPE_HEAD_BYTES)};
    struct seal_cipher *cipher = NULL;
    if (seal_derive(&key->content, span_of(head + SALT_AT, DIGEST_BYTES), OBJECT_INFO, made,
                    sizeof made, err) == 0) {
        memcpy(text.key.b, made, sizeof text.key.b);
        memcpy(text.nonce, made + sizeof text.key.b, sizeof text.nonce);
        cipher = seal_cipher_new(&text, opening, err);
    }
    seal_clear(made, sizeof made);
    seal_clear(&text, sizeof text);
    return cipher;
}

/* What is sealed goes piece by piece to where it is wanted, and past the hasher. */
struct sink {
    struct hasher *hasher;
    struct bytes *out; /* NULL: only hashed. Room was made */
};

static void put(struct sink *sink, struct span piece)
{
    hasher_add(sink->hasher, piece);
    if (!sink->out)
        return;
    assert(piece.len <= sink->out->cap - sink->out->len);
    memcpy(sink->out->data + sink->out->len, piece.data, piece.len);
    sink->out->len += piece.len;
}

static int put_sealed(struct sink *sink, struct seal_cipher *cipher, struct span plain,
                      struct err *err)
{
    uint8_t piece[PIECE_BYTES];
    for (size_t at = 0; at < plain.len; at += sizeof piece) {
        size_t len = plain.len - at < sizeof piece ? plain.len - at : sizeof piece;
        if (seal_cipher_run(cipher, span_of(plain.data + at, len), piece, err) < 0)
            return -1; /* UNTESTED: no memory */
        put(sink, span_of(piece, len));
    }
    return 0;
}

int envelope_write(const struct seal_key *key, const struct envelope *what, struct bytes *out,
                   struct digest *ret_id, struct err *err)
{
    uint8_t head[ENVELOPE_HEAD_BYTES], inner[INNER_BYTES], tag[SEAL_TAG_BYTES];
    struct digest salt;
    assert(what->codec != CODEC_SEALED);
    if (what->raw_bytes > OBJECT_RAW_MAX - ENVELOPE_EXTRA_BYTES ||
        what->stored.len > OBJECT_RAW_MAX - ENVELOPE_EXTRA_BYTES)
        return err_input(err, REASON_FILE_TOO_BIG, "object of %zu bytes is over the limit of %zu",
                         what->stored.len, OBJECT_RAW_MAX - ENVELOPE_EXTRA_BYTES);
    if (out && bytes_reserve(out, what->stored.len + ENVELOPE_EXTRA_BYTES, err) < 0)
        return -1; /* UNTESTED: no memory */
    put_inner(what, inner);
    if (make_salt(key, what, inner, &salt, err) < 0)
        return -1; /* UNTESTED: no memory */
    put_head(&key->id, what->type, head);
    memcpy(head + SALT_AT, salt.b, sizeof salt.b);

    CLEANUP(seal_cipher_freep) struct seal_cipher *cipher = open_cipher(key, head, false, err);
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    struct sink sink = {hasher, out};
    if (!cipher)
        return -1; /* UNTESTED: no memory */
    put(&sink, span_of(head, sizeof head));
    if (put_sealed(&sink, cipher, span_of(inner, sizeof inner), err) < 0 ||
        put_sealed(&sink, cipher, what->stored, err) < 0 || seal_cipher_tag(cipher, tag, err) < 0)
        return -1; /* UNTESTED: no memory */
    put(&sink, span_of(tag, sizeof tag));
    *ret_id = hasher_finish(hasher);
    return 0;
}

bool envelope_key(struct span bytes, struct key_id *ret_id)
{
    uint8_t want[ENVELOPE_HEAD_BYTES];
    struct key_id id;
    if (bytes.len < sizeof want)
        return false;
    memcpy(id.b, bytes.data + 16, sizeof id.b);
    if (bytes.data[9] != OBJECT_BLOB && bytes.data[9] != OBJECT_META)
        return false;
    put_head(&id, (enum object_type)bytes.data[9], want);
    if (memcmp(want, bytes.data, SALT_AT) != 0)
        return false;
    *ret_id = id;
    return true;
}

/* What was authentic need not be right: whoever had the key may have made it. */
static const char *get_inner(const uint8_t *p, size_t stored_len, struct envelope *what)
{
    what->codec = (enum object_codec)p[0];
    what->dictionary = get_le32(p + 4);
    what->raw_bytes = get_le64(p + 8);
    if (p[1] != 0 || p[2] != 0 || p[3] != 0 || what->codec > CODEC_DICTIONARY)
        return "its codec is not known";
    if ((what->codec == CODEC_DICTIONARY) != (what->dictionary != 0))
        return "its dictionary is not named";
    if (what->raw_bytes > OBJECT_RAW_MAX ||
        (what->codec == CODEC_RAW && what->raw_bytes != stored_len))
        return "its sizes do not fit";
    return NULL;
}

int envelope_open(const struct seal_key *key, enum object_type type, struct span bytes,
                  struct bytes *room, struct envelope *ret_what, struct err *err)
{
    struct key_id id;
    struct envelope what = {.type = type};
    if (bytes.len < ENVELOPE_EXTRA_BYTES || bytes.len > OBJECT_RAW_MAX ||
        !envelope_key(bytes, &id) || !key_id_equal(&id, &key->id) || bytes.data[9] != type)
        return err_set(err, ERR_CORRUPT, "it is no envelope of this key and kind");
    const size_t len = bytes.len - ENVELOPE_HEAD_BYTES - SEAL_TAG_BYTES, before = room->len;
    CLEANUP(seal_cipher_freep) struct seal_cipher *cipher = open_cipher(key, bytes.data, true, err);
    if (!cipher || bytes_reserve(room, len, err) < 0)
        return -1; /* UNTESTED: no memory */
    uint8_t *plain = room->data + before;
    if (seal_cipher_run(cipher, span_of(bytes.data + ENVELOPE_HEAD_BYTES, len), plain, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (!seal_cipher_fits(cipher, bytes.data + ENVELOPE_HEAD_BYTES + len)) {
        seal_clear(plain, len);
        return err_set(err, ERR_CORRUPT,
                       "its seal does not fit: the key is another one, or the bytes were changed");
    }
    const char *wrong = get_inner(plain, len - INNER_BYTES, &what);
    if (wrong)
        return err_set(err, ERR_CORRUPT, "what is sealed in it is wrong: %s", wrong);
    room->len = before + len;
    what.stored = span_of(plain + INNER_BYTES, len - INNER_BYTES);
    *ret_what = what;
    return 0;
}
