/* storage/keys_text.c - the lines of a key ring, written and read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/text.h"
#include "storage/keys_impl.h"

#define FIRST_LINE     "sohoa keys 1\n"
#define LINE_BYTES_MAX 4096u
#define FIELDS_MAX     7
#define ACTIVE_FIELDS  5
#define ERASED_FIELDS  7
#define END_FIELDS     3
#define SECRET_HEX_LEN 64

bool ring_label_fine(const char *label)
{
    static const char fine[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/:";
    size_t len = strlen(label);
    return len > 0 && len < RING_LABEL_MAX && strspn(label, fine) == len;
}

/* --- writing --- */

/* Lower-case hex digits, without a buffer that somebody would have to clear. */
static void append_hex(const uint8_t *bytes, size_t n, struct bytes *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out->data[out->len++] = (uint8_t)digits[bytes[i] >> 4];
        out->data[out->len++] = (uint8_t)digits[bytes[i] & 15];
    }
}

static int write_key(const struct ring_slot *key, struct bytes *out, struct err *err)
{
    char id[KEY_ID_HEX_LEN + 1];
    key_id_hex(&key->id, id);
    if (key->erased)
        return bytes_printf(out, err, "erased\t%s\t%s\t%s\t%s\t%s\t%s\n", id, key->label, key->made,
                            key->when, key->by, key->why);
    if (bytes_printf(out, err, "active\t%s\t%s\t%s\t", id, key->label, key->made) < 0)
        return -1;                                        /* UNTESTED: no memory */
    append_hex(key->secret.b, sizeof key->secret.b, out); /* there is room for all of it */
    return bytes_append(out, span_of("\n", 1), err);
}

/* Room for all of it at once: what grows would leave the secrets behind where it stood. */
static int reserve_all(const struct ring *ring, struct bytes *out, struct err *err)
{
    size_t len = 256;
    for (size_t i = 0; i < ring->len; i++) {
        const struct ring_slot *key = &ring->keys[i];
        len += 256 + SECRET_HEX_LEN + sizeof key->label;
        if (key->erased)
            len += strlen(key->by) + strlen(key->why);
    }
    return bytes_reserve(out, len, err);
}

int ring_write_text(const struct ring *ring, struct bytes *out, struct err *err)
{
    if (reserve_all(ring, out, err) < 0 || bytes_append(out, span_of_text(FIRST_LINE), err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < ring->len; i++)
        if (write_key(&ring->keys[i], out, err) < 0)
            return -1; /* UNTESTED: no memory */
    return bytes_printf(out, err, "end\t%zu\t%08x\n", ring->len, crc32c(0, bytes_span(out)));
}

/* --- reading --- */

/* A line, its fields; each ends where the next begins. */
struct line {
    struct span fields[FIELDS_MAX];
    size_t len;
};

/* Takes the line that starts at *at. False: it has no end, too many fields, or is too long. */
static bool next_line(struct span text, size_t *at, struct line *ret_line)
{
    struct line line = {.len = 0};
    size_t left = text.len - *at;
    const uint8_t *from = text.data + *at, *end = left ? memchr(from, '\n', left) : NULL;
    if (!end || (size_t)(end - from) > LINE_BYTES_MAX)
        return false;
    *at += (size_t)(end - from) + 1;
    while (from <= end) {
        const uint8_t *tab = memchr(from, '\t', (size_t)(end - from));
        const uint8_t *stop = tab ? tab : end;
        if (line.len == FIELDS_MAX)
            return false;
        line.fields[line.len++] = span_of(from, (size_t)(stop - from));
        from = stop + 1;
    }
    *ret_line = line;
    return true;
}

static bool is(struct span field, const char *word)
{
    return field.len == strlen(word) && memcmp(field.data, word, field.len) == 0;
}

static int nibble(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool get_hex(struct span field, uint8_t *out, size_t n)
{
    if (field.len != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = nibble(field.data[2 * i]), low = nibble(field.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool get_label(struct span field, char label[RING_LABEL_MAX])
{
    if (field.len >= RING_LABEL_MAX || memchr(field.data, 0, field.len))
        return false;
    memcpy(label, field.data, field.len);
    label[field.len] = '\0';
    return ring_label_fine(label);
}

static bool get_time(struct span field, char text[RING_TIME_MAX])
{
    static const uint8_t form[] = "0000-00-00T00:00:00Z";
    if (field.len != sizeof form - 1)
        return false;
    for (size_t i = 0; i < field.len; i++) {
        bool digit = field.data[i] >= '0' && field.data[i] <= '9';
        if (form[i] == '0' ? !digit : field.data[i] != form[i])
            return false;
    }
    memcpy(text, field.data, field.len);
    text[field.len] = '\0';
    return true;
}

static bool get_text(struct span field, size_t bytes_max, char **ret_text)
{
    if (field.len == 0 || field.len >= bytes_max || !text_plain(field))
        return false;
    *ret_text = strndup((const char *)field.data, field.len);
    return *ret_text != NULL;
}

/* NULL, or which field is wrong. */
static const char *read_key(const struct line *line, struct ring_slot *key)
{
    const struct span *fields = line->fields;
    key->erased = is(fields[0], "erased");
    if (!key->erased && !is(fields[0], "active"))
        return "state";
    if (line->len != (key->erased ? ERASED_FIELDS : ACTIVE_FIELDS))
        return "number of fields";
    if (!get_hex(fields[1], key->id.b, sizeof key->id.b))
        return "id";
    if (!get_label(fields[2], key->label))
        return "label";
    if (!get_time(fields[3], key->made))
        return "time";
    if (!key->erased)
        return get_hex(fields[4], key->secret.b, sizeof key->secret.b) ? NULL : "secret";
    if (!get_time(fields[4], key->when))
        return "time of its erasure";
    if (!get_text(fields[5], RING_BY_MAX, &key->by))
        return "name";
    return get_text(fields[6], RING_WHY_MAX, &key->why) ? NULL : "reason";
}

static bool is_there(const struct ring *ring, const struct ring_slot *key)
{
    for (size_t i = 0; &ring->keys[i] != key; i++)
        if (key_id_equal(&ring->keys[i].id, &key->id) ||
            strcmp(ring->keys[i].label, key->label) == 0)
            return true;
    return false;
}

static int bad_line(size_t number, const char *what, struct err *err)
{
    return err_set(err, ERR_INPUT, "line %zu: bad %s", number, what);
}

/* The last line: how many keys there are, and the CRC of all before it. */
static int read_end(const struct ring *ring, struct span before, const struct line *line,
                    struct err *err)
{
    char want[64];
    (void)snprintf(want, sizeof want, "%zu", ring->len);
    if (line->len != END_FIELDS || !is(line->fields[1], want))
        return bad_line(ring->len + 2, "number of keys", err);
    (void)snprintf(want, sizeof want, "%08x", crc32c(0, before));
    if (!is(line->fields[2], want))
        return bad_line(ring->len + 2, "checksum: a line was changed", err);
    return 0;
}

int ring_read_text(struct ring *ring, struct span text, struct err *err)
{
    size_t at = sizeof FIRST_LINE - 1;
    if (text.len < at || memcmp(text.data, FIRST_LINE, at) != 0)
        return err_set(err, ERR_INPUT, "it is no key ring of a version that is known");
    for (;;) {
        struct line line;
        const size_t start = at;
        if (!next_line(text, &at, &line))
            return bad_line(ring->len + 2, "line, or the end is missing", err);
        if (is(line.fields[0], "end"))
            return read_end(ring, span_of(text.data, start), &line, err) < 0 ? -1
                   : at != text.len ? bad_line(ring->len + 3, "line behind the end", err)
                                    : 0;
        struct ring_slot *key = ring_new_key(ring, err);
        const char *bad = key ? read_key(&line, key) : NULL;
        if (!key || bad)
            return key ? bad_line(ring->len + 1, bad, err) : -1;
        if (is_there(ring, key))
            return bad_line(ring->len + 1, "label or id: it is there twice", err);
    }
}
