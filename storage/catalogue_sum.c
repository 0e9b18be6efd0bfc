/* storage/catalogue_sum.c - the sum of all pages, beside a catalogue that was closed in peace.
 *
 * SQLite has no checksums of its own: without this a flipped letter in a path would pass. Each page
 * is hashed with its place, and the hashes are added up: a writer replaces those of the pages it
 * writes (catalogue_file.c), and the others it need not look at. So damage that was there before it
 * came stays visible behind it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/catalogue_impl.h"

#define READ_BYTES MIB
#define LANES      ARRAY_LEN(((struct page_sum *)NULL)->lanes)
#define WORD       "pages "
/* The word, the sum, the bytes of the file in 20 digits, its name, a line feed. */
#define LINE_BYTES (sizeof WORD - 1 + DIGEST_HEX_LEN + 1 + 20 + 2 + sizeof CATALOGUE_NAME)
/* Before there were sums of pages: what `sha256sum catalogue.db` prints. */
#define OLD_LINE_BYTES (DIGEST_HEX_LEN + 2 + sizeof CATALOGUE_NAME)

static struct digest hash_page(uint64_t off, const uint8_t *page)
{
    uint8_t raw[8 + SUM_PAGE_BYTES];
    put_le64(raw, off);
    memcpy(raw + 8, page, SUM_PAGE_BYTES);
    return digest_of(span_of(raw, sizeof raw));
}

static bool is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, SUM_PAGE_BYTES - 1) == 0;
}

void page_sum_add(struct page_sum *sum, uint64_t off, const uint8_t *page)
{
    if (is_zero(page))
        return;
    struct digest hash = hash_page(off, page);
    for (size_t i = 0; i < LANES; i++)
        sum->lanes[i] += get_le64(hash.b + 8 * i);
}

void page_sum_take(struct page_sum *sum, uint64_t off, const uint8_t *page)
{
    if (is_zero(page))
        return;
    struct digest hash = hash_page(off, page);
    for (size_t i = 0; i < LANES; i++)
        sum->lanes[i] -= get_le64(hash.b + 8 * i);
}

/* Fills `buf` as far as the file goes. */
static int read_piece(int fd, uint8_t *buf, size_t *ret_len, struct err *err)
{
    *ret_len = 0;
    while (*ret_len < READ_BYTES) {
        ssize_t got = read(fd, buf + *ret_len, READ_BYTES - *ret_len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_sys(err, "read the catalogue");
        if (got == 0)
            break;
        *ret_len += (size_t)got;
    }
    return 0;
}

/* The whole file. A last piece of a page is filled up with zeros: its size tells. */
static int sum_file(const char *path, struct page_sum *ret_sum, uint64_t *ret_bytes,
                    struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    CLEANUP(bytes_done) struct bytes buf = {0};
    if (bytes_reserve(&buf, READ_BYTES, err) < 0)
        return -1; /* UNTESTED: no memory */
    *ret_sum = (struct page_sum){.known = true};
    *ret_bytes = 0;
    size_t len = 0;
    do {
        if (read_piece(fd, buf.data, &len, err) < 0)
            return -1;
        memset(buf.data + len, 0, READ_BYTES - len);
        for (size_t at = 0; at < len; at += SUM_PAGE_BYTES)
            page_sum_add(ret_sum, *ret_bytes + at, buf.data + at);
        *ret_bytes += len;
    } while (len == READ_BYTES);
    return 0;
}

static void sum_line(const struct page_sum *sum, uint64_t bytes, char ret_line[LINE_BYTES + 1])
{
    struct digest digest;
    char hex[DIGEST_HEX_LEN + 1];
    for (size_t i = 0; i < LANES; i++)
        put_le64(digest.b + 8 * i, sum->lanes[i]);
    (void)snprintf(ret_line, LINE_BYTES + 1, WORD "%s %020" PRIu64 "  %s\n",
                   digest_hex(&digest, hex), bytes, CATALOGUE_NAME);
}

/* False for anything but a line of ours. */
static bool parse_line(const char *line, struct page_sum *ret_sum)
{
    char hex[DIGEST_HEX_LEN + 1] = "";
    struct digest digest;
    if (strncmp(line, WORD, strlen(WORD)) != 0)
        return false;
    (void)snprintf(hex, sizeof hex, "%.64s", line + strlen(WORD));
    if (!digest_parse(hex, &digest))
        return false;
    *ret_sum = (struct page_sum){.known = true};
    for (size_t i = 0; i < LANES; i++)
        ret_sum->lanes[i] = get_le64(digest.b + 8 * i);
    return true;
}

static bool is_old_line(const char *line)
{
    char hex[DIGEST_HEX_LEN + 1] = "";
    struct digest ignored;
    (void)snprintf(hex, sizeof hex, "%.64s", line);
    return strlen(line) == OLD_LINE_BYTES && digest_parse(hex, &ignored) &&
           strcmp(line + DIGEST_HEX_LEN, "  " CATALOGUE_NAME "\n") == 0;
}

/* 1 and what the file says ("" when it cannot be a line of ours), 0 when it is not there or from
 * before there were sums, -1. */
static int read_sum(const char *path, char ret_line[LINE_BYTES + 1], struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    char more[LINE_BYTES + 2] = {0};
    ssize_t got = read(fd, more, LINE_BYTES + 1);
    if (got < 0)
        return err_sys(err, "read '%s'", path);
    /* One byte too many is as wrong as one too few. */
    memset(ret_line, 0, LINE_BYTES + 1);
    if ((size_t)got == LINE_BYTES)
        memcpy(ret_line, more, LINE_BYTES);
    return !is_old_line(more);
}

static int paths(const char *dir, char ret_file[CATALOGUE_PATH_MAX],
                 char ret_sum[CATALOGUE_PATH_MAX], struct err *err)
{
    if (!catalogue_path(dir, CATALOGUE_NAME, ret_file) ||
        !catalogue_path(dir, CATALOGUE_SUM_NAME, ret_sum))
        return err_set(err, ERR_INPUT, "path is too long: '%s'", dir);
    return 0;
}

static int sync_dir(const char *dir, struct err *err)
{
    CLEANUP(fd_close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return err_sys(err, "sync directory '%s'", dir);
    return 0;
}

static int write_file(const char *path, const char *line, struct err *err)
{
    CLEANUP(fd_close)
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0 || write(fd, line, LINE_BYTES) != (ssize_t)LINE_BYTES || fdatasync(fd) < 0)
        return err_sys(err, "write '%s'", path);
    return 0;
}

int catalogue_sum_read(const char *dir, struct page_sum *ret_sum, struct err *err)
{
    char file[CATALOGUE_PATH_MAX], sum[CATALOGUE_PATH_MAX], line[LINE_BYTES + 1];
    *ret_sum = (struct page_sum){.known = false};
    if (paths(dir, file, sum, err) < 0)
        return -1;
    int rc = read_sum(sum, line, err);
    if (rc > 0)
        (void)!parse_line(line, ret_sum); /* of a line that cannot be read nothing is known */
    return rc < 0 ? -1 : 0;
}

int catalogue_sum_write(const char *dir, struct page_sum *sum, struct err *err)
{
    char file[CATALOGUE_PATH_MAX], path[CATALOGUE_PATH_MAX], part[CATALOGUE_PATH_MAX];
    char line[LINE_BYTES + 1];
    struct stat st;
    uint64_t bytes = 0;
    if (paths(dir, file, path, err) < 0)
        return -1;
    if (sum->known) {
        if (stat(file, &st) < 0)
            return err_sys(err, "look at '%s'", file);
        bytes = (uint64_t)st.st_size;
    } else if (sum_file(file, sum, &bytes, err) < 0)
        return -1;
    if (!catalogue_path(dir, "." CATALOGUE_SUM_NAME ".part", part))
        return err_set(err, ERR_INPUT, "path is too long: '%s'", dir);
    sum_line(sum, bytes, line);
    if (write_file(part, line, err) < 0)
        return -1;
    if (rename(part, path) < 0)
        return err_sys(err, "rename to '%s'", path);
    return sync_dir(dir, err);
}

int catalogue_sum_remove(const char *dir, struct err *err)
{
    char sum[CATALOGUE_PATH_MAX];
    if (!catalogue_path(dir, CATALOGUE_SUM_NAME, sum))
        return err_set(err, ERR_INPUT, "path is too long: '%s'", dir);
    if (unlink(sum) < 0)
        return errno == ENOENT ? 0 : err_sys(err, "remove '%s'", sum);
    /* Durable: an old digest that came back after a power cut would cry wolf. */
    return sync_dir(dir, err);
}

int catalogue_sum_check(const char *dir, struct err *err)
{
    char file[CATALOGUE_PATH_MAX], sum[CATALOGUE_PATH_MAX];
    char told[LINE_BYTES + 1], again[LINE_BYTES + 1], found[LINE_BYTES + 1];
    struct page_sum whole = {.known = false};
    uint64_t bytes = 0;
    if (paths(dir, file, sum, err) < 0)
        return -1;
    int rc = read_sum(sum, told, err);
    if (rc <= 0)
        return rc;
    if (sum_file(file, &whole, &bytes, err) < 0)
        return -1;
    sum_line(&whole, bytes, found);
    if (strcmp(told, found) == 0)
        return 0;
    /* A writer may have begun meanwhile; then the sum is gone. */
    rc = read_sum(sum, again, err);
    if (rc <= 0 || strcmp(told, again) != 0)
        return rc < 0 ? -1 : 0;
    return err_set(err, ERR_CORRUPT,
                   "catalogue: it does not match its checksum: run sohoa reindex");
}
