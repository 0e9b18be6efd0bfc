/* storage/scrub.c - which sealed segments were verified when, and with what result. */
#include "storage/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/json.h"
#include "io/files.h"
#include "storage/archive_impl.h"

#define SCRUB_BYTES_MAX (64 * MIB) /* a million segments, which is more than 64 TB */
#define SCRUB_VERSION   1
#define KEY_LEN         16 /* hex digits of the digest in a segment's name: enough to tell apart */

struct row {
    uint64_t seq;
    char key[KEY_LEN + 1];
    int64_t checked_ns; /* 0: never */
    bool good;          /* then */
    bool skip;          /* in this run */
};

struct scrub {
    struct archive *archive;
    struct row *rows; /* by sequence */
    size_t len;
    int64_t now_ns;
    int64_t began_ns; /* the full run that has not ended; 0: there is none */
};

static void key_of(const struct digest *digest, char ret_key[KEY_LEN + 1])
{
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(digest, hex);
    memcpy(ret_key, hex, KEY_LEN);
    ret_key[KEY_LEN] = '\0';
}

static int by_sequence(const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

/* Checked longest ago first; what was never checked, before. */
static int by_age(const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    if (left->checked_ns != right->checked_ns)
        return left->checked_ns < right->checked_ns ? -1 : 1;
    return by_sequence(a, b);
}

static struct row *find_row(const struct scrub *scrub, uint64_t seq, const char *key)
{
    const struct row wanted = {.seq = seq};
    struct row *row = scrub->len == 0 ? NULL
                                      : bsearch(&wanted, scrub->rows, scrub->len,
                                                sizeof *scrub->rows, by_sequence);
    return row && strcmp(row->key, key) == 0 ? row : NULL;
}

/* --- reading --- */

static int read_file(struct archive *archive, struct bytes *out, struct err *err)
{
    struct statx stx = {0};
    CLEANUP(fd_close)
    int fd = io_open_at(archive->io, archive->dir_fd, SCRUB_NAME,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, err);
    if (fd < 0)
        return -1;
    struct io_op op = {.kind = IO_STATX, .fd = fd, .stx = &stx};
    if (archive_run(archive, &op) < 0)
        return err_sys(err, "ask for the size of '%s'", SCRUB_NAME);
    if (!S_ISREG(stx.stx_mode) || stx.stx_size > SCRUB_BYTES_MAX)
        return err_set(err, ERR_INPUT, "it is no file of at most %zu bytes", SCRUB_BYTES_MAX);
    if (bytes_reserve(out, (size_t)stx.stx_size, err) < 0 ||
        io_read_at(archive->io, fd, out->data, (size_t)stx.stx_size, 0, err) < 0)
        return -1;
    out->len = (size_t)stx.stx_size;
    return 0;
}

static bool is_time(const struct scrub *scrub, const json_t *json)
{
    /* A time to come would keep its segment from being checked. */
    return json_is_integer(json) && json_integer_value(json) >= 0 &&
           json_integer_value(json) <= scrub->now_ns;
}

static bool take_row(struct scrub *scrub, const json_t *json)
{
    const json_t *seq = json_array_get(json, 0), *checked = json_array_get(json, 2);
    const char *key = json_string_value(json_array_get(json, 1));
    const json_t *good = json_array_get(json, 3);
    if (!json_is_integer(seq) || !key || !is_time(scrub, checked) || !json_is_boolean(good))
        return false;
    struct row *row = find_row(scrub, (uint64_t)json_integer_value(seq), key);
    if (row) {
        row->checked_ns = json_integer_value(checked);
        row->good = json_is_true(good);
    }
    return true;
}

static int understand(struct scrub *scrub, struct span text, struct err *err)
{
    CLEANUP(json_freep) json_t *json = json_parse(text, err);
    if (!json)
        return -1;
    const json_t *began = json_object_get(json, "began"), *rows = json_object_get(json, "segments");
    if (json_integer_value(json_object_get(json, "scrub")) != SCRUB_VERSION ||
        !is_time(scrub, began) || !json_is_array(rows))
        return err_set(err, ERR_INPUT, "it is not what this program writes");
    scrub->began_ns = json_integer_value(began);
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (!take_row(scrub, json_array_get(rows, i)))
            return err_set(err, ERR_INPUT, "entry %zu is not what this program writes", i + 1);
    return 0;
}

static void forget_all(struct scrub *scrub)
{
    scrub->began_ns = 0;
    for (size_t i = 0; i < scrub->len; i++)
        scrub->rows[i].checked_ns = 0;
}

static int list_rows(struct scrub *scrub, struct err *err)
{
    const struct segment_list *list = &scrub->archive->list;
    if (archive_list(scrub->archive, NULL, NULL, err) < 0)
        return -1; /* UNTESTED: no memory */
    scrub->rows = calloc(list->len + 1, sizeof *scrub->rows);
    if (!scrub->rows)
        return err_sys(err, "list segments"); /* UNTESTED: no memory */
    for (size_t i = 0; i < list->len; i++) {
        const struct segment_name *name = &list->names[i];
        if (!name->sealed || (i > 0 && list->names[i - 1].seq == name->seq))
            continue;
        scrub->rows[scrub->len].seq = name->seq;
        key_of(&name->sha, scrub->rows[scrub->len++].key);
    }
    return 0;
}

struct scrub *scrub_open(struct archive *archive, int64_t now_ns, struct err *ret_why,
                         struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(scrub_freep) struct scrub *scrub = calloc(1, sizeof *scrub);
    struct err why = {0};
    if (!scrub) {
        err_sys(err, "read '%s'", SCRUB_NAME); /* UNTESTED: no memory */
        return NULL;
    }
    scrub->archive = archive;
    scrub->now_ns = now_ns;
    if (list_rows(scrub, err) < 0)
        return NULL; /* UNTESTED: no memory */
    if (read_file(archive, &text, &why) < 0 || understand(scrub, bytes_span(&text), &why) < 0) {
        forget_all(scrub);
        if (why.sys != ENOENT) {
            err_wrap(&why, "'%s'", SCRUB_NAME);
            *ret_why = why;
        }
    }
    return TAKE(scrub);
}

void scrub_free(struct scrub *scrub)
{
    if (!scrub)
        return;
    free(scrub->rows);
    free(scrub);
}

void scrub_freep(struct scrub **scrub)
{
    scrub_free(*scrub);
}

/* --- what is to be checked --- */

void scrub_take_all(struct scrub *scrub)
{
    scrub->began_ns = scrub->now_ns;
    for (size_t i = 0; i < scrub->len; i++)
        scrub->rows[i].skip = false;
}

bool scrub_take_rest(struct scrub *scrub)
{
    int64_t began_ns = scrub->began_ns;
    if (began_ns == 0) {
        scrub_take_all(scrub);
        return false;
    }
    for (size_t i = 0; i < scrub->len; i++)
        scrub->rows[i].skip = scrub->rows[i].good && scrub->rows[i].checked_ns >= began_ns;
    return true;
}

int scrub_take_share(struct scrub *scrub, double pct, struct err *err)
{
    size_t len = scrub->len, count = (size_t)((double)len * pct / 100);
    struct row *ages = malloc((len + 1) * sizeof *ages);
    if (!ages)
        return err_sys(err, "sort segments"); /* UNTESTED: no memory */
    if ((double)count * 100 < (double)len * pct)
        count++;
    memcpy(ages, scrub->rows, len * sizeof *ages);
    if (len > 1)
        qsort(ages, len, sizeof *ages, by_age);
    for (size_t i = 0; i < len; i++)
        scrub->rows[i].skip = scrub->rows[i].checked_ns == 0 || scrub->rows[i].good;
    for (size_t i = 0; i < count && i < len; i++)
        find_row(scrub, ages[i].seq, ages[i].key)->skip = false;
    if (len > 0)
        scrub->rows[len - 1].skip = false;
    free(ages);
    return 0;
}

bool scrub_skips(void *self, uint64_t segment, const struct digest *name)
{
    char key[KEY_LEN + 1];
    key_of(name, key);
    const struct row *row = find_row(self, segment, key);
    return row && row->skip;
}

void scrub_note(struct scrub *scrub, uint64_t segment, const struct digest *name, bool good,
                int64_t now_ns)
{
    char key[KEY_LEN + 1];
    key_of(name, key);
    struct row *row = find_row(scrub, segment, key);
    if (!row)
        return; /* sealed since the segments were listed */
    row->checked_ns = now_ns;
    row->good = good;
}

void scrub_end(struct scrub *scrub)
{
    scrub->began_ns = 0;
}

/* --- writing --- */

int scrub_save(struct scrub *scrub, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    struct archive *archive = scrub->archive;
    bool first = true;
    if (bytes_printf(&text, err, "{\"scrub\":%d,\"began\":%lld,\"segments\":[", SCRUB_VERSION,
                     (long long)scrub->began_ns) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < scrub->len; i++) {
        const struct row *row = &scrub->rows[i];
        if (row->checked_ns == 0)
            continue;
        if (bytes_printf(&text, err, "%s\n[%llu,\"%s\",%lld,%s]", first ? "" : ",",
                         (unsigned long long)row->seq, row->key, (long long)row->checked_ns,
                         row->good ? "true" : "false") < 0)
            return -1; /* UNTESTED: no memory */
        first = false;
    }
    if (bytes_append(&text, span_of_text("]}\n"), err) < 0)
        return -1; /* UNTESTED: no memory */
    return io_publish(archive->io, archive->dir_fd, SCRUB_NAME, bytes_span(&text), 0644, err);
}

struct scrub_sum scrub_sum(const struct scrub *scrub)
{
    struct scrub_sum sum = {.segments = scrub->len};
    for (size_t i = 0; i < scrub->len; i++) {
        int64_t checked_ns = scrub->rows[i].checked_ns;
        if (checked_ns == 0)
            sum.never++;
        else if (sum.oldest_ns == 0 || checked_ns < sum.oldest_ns)
            sum.oldest_ns = checked_ns;
    }
    return sum;
}
