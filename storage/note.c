/* storage/note.c - texts that somebody signed: C2SP signed-note, tlog-checkpoint, tlog-cosignature.
 */
#include "storage/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "storage/merkle.h"

#define DASH             "\xE2\x80\x94 " /* em dash and blank: how a signature line begins */
#define DASH_LEN         (sizeof DASH - 1)
#define TIME_BYTES       8u
#define ED25519_LINE_MAX (NOTE_KEY_ID_BYTES + TIME_BYTES + SIGN_BYTES)

/* --- small forms --- */

bool text_take_line(struct span *text, struct span *ret_line)
{
    const uint8_t *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    if (!end)
        return false;
    *ret_line = span_of(text->data, (size_t)(end - text->data));
    *text = span_of(end + 1, text->len - ret_line->len - 1);
    return true;
}

bool number_parse(struct span text, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (text.len == 0 || (text.len > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        unsigned digit = text.data[i] - '0';
        if (number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return true;
}

int hash_write(const struct digest *hash, struct bytes *out, struct err *err)
{
    return base64_append(out, span_of(hash->b, DIGEST_BYTES), err);
}

bool hash_parse(struct span text, struct digest *ret_hash)
{
    struct digest hash;
    size_t len = 0;
    if (!base64_parse(text, hash.b, sizeof hash.b, &len) || len != sizeof hash.b)
        return false;
    *ret_hash = hash;
    return true;
}

static void put_be64(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t get_be64(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

/* --- keys --- */

static bool is_name(struct span name)
{
    if (name.len == 0 || name.len >= NOTE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == '+')
            return false;
    return true;
}

static void make_id(struct note_key *key)
{
    const uint8_t type[2] = {'\n', (uint8_t)key->type};
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    hasher_add(hasher, span_of_text(key->name));
    hasher_add(hasher, span_of(type, sizeof type));
    hasher_add(hasher, span_of(key->public.b, SIGN_PUBLIC_BYTES));
    struct digest digest = hasher_finish(hasher);
    memcpy(key->id, digest.b, sizeof key->id);
}

int note_key_init(struct note_key *ret_key, const char *name, enum note_key_type type,
                  const struct sign_public *public, struct err *err)
{
    struct note_key key = {.type = type, .public = *public};
    if (!is_name(span_of_text(name)))
        return err_set(err, ERR_INPUT, "'%.80s' cannot be the name of a key", name);
    memcpy(key.name, name, strlen(name));
    make_id(&key);
    *ret_key = key;
    return 0;
}

static void id_text(const struct note_key *key, char ret_text[9])
{
    (void)snprintf(ret_text, 9, "%02x%02x%02x%02x", key->id[0], key->id[1], key->id[2], key->id[3]);
}

int note_key_parse(struct span vkey, struct note_key *ret_key, struct err *err)
{
    char name[NOTE_NAME_MAX] = "", id[9];
    uint8_t material[1 + SIGN_PUBLIC_BYTES] = {0};
    struct note_key key = {.type = NOTE_KEY_LOG};
    struct sign_public public;
    size_t len = 0;
    if (vkey.len > 0 && vkey.data[vkey.len - 1] == '\n')
        vkey.len--;
    const uint8_t *plus =
        vkey.len && vkey.len < NOTE_VKEY_MAX ? memchr(vkey.data, '+', vkey.len) : NULL;
    size_t name_len = plus ? (size_t)(plus - vkey.data) : 0;
    if (name_len == 0 || name_len >= sizeof name || vkey.len < name_len + 10 || plus[9] != '+')
        return err_set(err, ERR_INPUT, "it is no public key in the form name+id+base64");
    memcpy(name, vkey.data, name_len);
    if (!base64_parse(span_of(plus + 10, vkey.len - name_len - 10), material, sizeof material,
                      &len) ||
        len != sizeof material || (material[0] != NOTE_KEY_LOG && material[0] != NOTE_KEY_WITNESS))
        return err_set(err, ERR_INPUT, "it is no Ed25519 key of a log or a witness");
    memcpy(public.b, material + 1, sizeof public.b);
    if (note_key_init(&key, name, material[0] == NOTE_KEY_LOG ? NOTE_KEY_LOG : NOTE_KEY_WITNESS,
                      &public, err) < 0)
        return -1;
    id_text(&key, id);
    if (memcmp(id, plus + 1, 8) != 0)
        return err_set(err, ERR_INPUT, "the key does not match its id");
    *ret_key = key;
    return 0;
}

int note_key_write(const struct note_key *key, struct bytes *out, struct err *err)
{
    char id[9];
    uint8_t material[1 + SIGN_PUBLIC_BYTES] = {(uint8_t)key->type};
    memcpy(material + 1, key->public.b, SIGN_PUBLIC_BYTES);
    id_text(key, id);
    if (bytes_printf(out, err, "%s+%s+", key->name, id) < 0)
        return -1; /* UNTESTED: no memory */
    return base64_append(out, span_of(material, sizeof material), err);
}

bool note_key_equal(const struct note_key *a, const struct note_key *b)
{
    return a->type == b->type && strcmp(a->name, b->name) == 0 &&
           memcmp(a->public.b, b->public.b, SIGN_PUBLIC_BYTES) == 0;
}

/* --- notes --- */

struct signature_line {
    struct span name;
    uint8_t bytes[NOTE_SIGNATURE_MAX]; /* key id, then what the key's type says */
    size_t len;
};

static bool parse_signature(struct span line, struct signature_line *ret)
{
    if (line.len < DASH_LEN || memcmp(line.data, DASH, DASH_LEN) != 0)
        return false;
    struct span rest = span_of(line.data + DASH_LEN, line.len - DASH_LEN);
    const uint8_t *blank = rest.len ? memchr(rest.data, ' ', rest.len) : NULL;
    if (!blank || blank == rest.data)
        return false;
    ret->name = span_of(rest.data, (size_t)(blank - rest.data));
    if (memchr(ret->name.data, '+', ret->name.len))
        return false;
    struct span base64 = span_of(blank + 1, rest.len - ret->name.len - 1);
    return base64_parse(base64, ret->bytes, sizeof ret->bytes, &ret->len) &&
           ret->len > NOTE_KEY_ID_BYTES;
}

/* Valid UTF-8, and of the control characters only the line feed. */
static bool is_note_text(struct span whole)
{
    for (size_t i = 0; i < whole.len; i++)
        if (whole.data[i] < ' ' && whole.data[i] != '\n')
            return false;
    return text_valid(whole);
}

/* Where the last empty line stands; 0 when there is none. */
static size_t find_empty_line(struct span whole)
{
    for (size_t at = whole.len; at-- > 1;)
        if (whole.data[at] == '\n' && whole.data[at - 1] == '\n')
            return at;
    return 0;
}

int note_parse(struct span whole, struct note *ret_note, struct err *err)
{
    if (whole.len > NOTE_BYTES_MAX)
        return err_set(err, ERR_INPUT, "a note of more than %zu bytes", NOTE_BYTES_MAX);
    if (!is_note_text(whole) || whole.len == 0 || whole.data[whole.len - 1] != '\n')
        return err_set(err, ERR_INPUT, "it is no signed note: it is not text in lines");
    size_t empty = find_empty_line(whole);
    struct note note = {.text = span_of(whole.data, empty)};
    if (empty == 0 || empty + 1 == whole.len)
        return err_set(err, ERR_INPUT, "it is no signed note: it has no signatures");
    note.signatures = span_of(whole.data + empty + 1, whole.len - empty - 1);

    struct signature_line signature;
    struct span left = note.signatures, line;
    for (unsigned n = 1; text_take_line(&left, &line); n++) {
        if (n > NOTE_SIGNATURES_MAX)
            return err_set(err, ERR_INPUT, "a note with more than %d signatures",
                           NOTE_SIGNATURES_MAX);
        if (!parse_signature(line, &signature))
            return err_set(err, ERR_INPUT, "signature line %u of the note is malformed", n);
    }
    *ret_note = note;
    return 0;
}

/* What a witness signs: the time, and all of the checkpoint's text. */
static int cosigned_text(struct span text, uint64_t time_s, struct bytes *out, struct err *err)
{
    if (bytes_printf(out, err, "cosignature/v1\ntime %" PRIu64 "\n", time_s) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, text, err);
}

static bool is_right(struct span text, const struct note_key *key,
                     const struct signature_line *line, uint64_t *ret_time_s, struct err *err)
{
    CLEANUP(bytes_done) struct bytes cosigned = {0};
    struct signature signature;
    size_t before = NOTE_KEY_ID_BYTES + (key->type == NOTE_KEY_WITNESS ? TIME_BYTES : 0);
    if (line->len != before + SIGN_BYTES)
        return false;
    memcpy(signature.b, line->bytes + before, SIGN_BYTES);
    *ret_time_s = 0;
    if (key->type == NOTE_KEY_WITNESS) {
        *ret_time_s = get_be64(line->bytes + NOTE_KEY_ID_BYTES);
        if (*ret_time_s > INT64_MAX || cosigned_text(text, *ret_time_s, &cosigned, err) < 0)
            return false;
        text = bytes_span(&cosigned);
    }
    return sign_check(&key->public, text, &signature);
}

int note_check(const struct note *note, const struct note_key *key, uint64_t *ret_time_s,
               struct err *err)
{
    struct span left = note->signatures, line;
    struct signature_line signature;
    uint64_t time_s = 0;
    int found = 0;
    while (text_take_line(&left, &line)) {
        if (!parse_signature(line, &signature) || signature.name.len != strlen(key->name) ||
            memcmp(signature.name.data, key->name, signature.name.len) != 0 ||
            memcmp(signature.bytes, key->id, NOTE_KEY_ID_BYTES) != 0)
            continue;
        if (!is_right(note->text, key, &signature, &time_s, err))
            return err_set(err, ERR_INPUT, "the signature of %s is wrong", key->name);
        if (ret_time_s)
            *ret_time_s = time_s;
        found = 1;
    }
    return found;
}

int note_sign(struct span text, const struct note_key *key, const struct sign_key *secret,
              uint64_t time_s, struct bytes *out, struct err *err)
{
    CLEANUP(bytes_done) struct bytes cosigned = {0};
    struct signature signature;
    uint8_t line[ED25519_LINE_MAX];
    size_t len = NOTE_KEY_ID_BYTES;
    memcpy(line, key->id, NOTE_KEY_ID_BYTES);
    if (key->type == NOTE_KEY_WITNESS) {
        if (cosigned_text(text, time_s, &cosigned, err) < 0)
            return -1; /* UNTESTED: no memory */
        text = bytes_span(&cosigned);
        put_be64(line + len, time_s);
        len += TIME_BYTES;
    }
    if (sign_make(secret, text, &signature, err) < 0)
        return -1; /* UNTESTED: no memory */
    memcpy(line + len, signature.b, SIGN_BYTES);
    if (bytes_printf(out, err, DASH "%s ", key->name) < 0 ||
        base64_append(out, span_of(line, len + SIGN_BYTES), err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of_text("\n"), err);
}

/* --- checkpoints --- */

int checkpoint_write(const struct checkpoint *checkpoint, struct bytes *out, struct err *err)
{
    if (bytes_printf(out, err, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size) < 0 ||
        hash_write(&checkpoint->root, out, err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of_text("\n"), err);
}

int checkpoint_parse(struct span text, struct checkpoint *ret_checkpoint, struct err *err)
{
    struct checkpoint checkpoint = {.size = 0};
    struct span origin, size, root;
    if (!text_take_line(&text, &origin) || !text_take_line(&text, &size) ||
        !text_take_line(&text, &root) || !is_name(origin) ||
        !number_parse(size, MERKLE_SIZE_MAX, &checkpoint.size) ||
        !hash_parse(root, &checkpoint.root))
        return err_set(err, ERR_INPUT, "it is no checkpoint of origin, size and root");
    if (text.len > 0)
        return err_set(err, ERR_INPUT, "the checkpoint has extension lines");
    memcpy(checkpoint.origin, origin.data, origin.len);
    *ret_checkpoint = checkpoint;
    return 0;
}
