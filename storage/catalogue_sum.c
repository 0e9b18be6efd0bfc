/* storage/catalogue_sum.c - the digest beside a catalogue that was closed in peace.
 *
 * SQLite has no checksums of its own: without this a flipped letter in a path would pass. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/catalogue_impl.h"

#define READ_BYTES     MIB
#define SUM_LINE_BYTES (DIGEST_HEX_LEN + 2 + sizeof CATALOGUE_NAME) /* with its line feed */

static int hash_file(const char *path, struct digest *ret_digest, struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    CLEANUP(bytes_done) struct bytes buf = {0};
    if (bytes_reserve(&buf, READ_BYTES, err) < 0)
        return -1; /* UNTESTED: no memory */
    for (;;) {
        ssize_t got = read(fd, buf.data, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_sys(err, "read '%s'", path);
        if (got == 0)
            break;
        hasher_add(hasher, span_of(buf.data, (size_t)got));
    }
    *ret_digest = hasher_finish(hasher);
    return 0;
}

/* What `sha256sum catalogue.db` prints: `sha256sum -c catalogue.sum` checks it. */
static void sum_line(const struct digest *digest, char ret_line[SUM_LINE_BYTES + 1])
{
    char hex[DIGEST_HEX_LEN + 1];
    (void)snprintf(ret_line, SUM_LINE_BYTES + 1, "%s  %s\n", digest_hex(digest, hex),
                   CATALOGUE_NAME);
}

/* 1 and the file's first bytes, 0 when it is not there, -1. */
static int read_sum(const char *path, char ret_line[SUM_LINE_BYTES + 1], struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    char more[SUM_LINE_BYTES + 2] = {0};
    ssize_t got = read(fd, more, SUM_LINE_BYTES + 1);
    if (got < 0)
        return err_sys(err, "read '%s'", path);
    /* One byte too many is as wrong as one too few. */
    memset(ret_line, 0, SUM_LINE_BYTES + 1);
    if ((size_t)got == SUM_LINE_BYTES)
        memcpy(ret_line, more, SUM_LINE_BYTES);
    return 1;
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
    if (fd < 0 || write(fd, line, SUM_LINE_BYTES) != (ssize_t)SUM_LINE_BYTES || fdatasync(fd) < 0)
        return err_sys(err, "write '%s'", path);
    return 0;
}

int catalogue_sum_write(const char *dir, struct err *err)
{
    char file[CATALOGUE_PATH_MAX], sum[CATALOGUE_PATH_MAX], part[CATALOGUE_PATH_MAX];
    char line[SUM_LINE_BYTES + 1];
    struct digest digest;
    if (paths(dir, file, sum, err) < 0 || hash_file(file, &digest, err) < 0)
        return -1;
    if (!catalogue_path(dir, "." CATALOGUE_SUM_NAME ".part", part))
        return err_set(err, ERR_INPUT, "path is too long: '%s'", dir);
    sum_line(&digest, line);
    if (write_file(part, line, err) < 0)
        return -1;
    if (rename(part, sum) < 0)
        return err_sys(err, "rename to '%s'", sum);
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
    char told[SUM_LINE_BYTES + 1], again[SUM_LINE_BYTES + 1], found[SUM_LINE_BYTES + 1];
    struct digest digest;
    if (paths(dir, file, sum, err) < 0)
        return -1;
    int rc = read_sum(sum, told, err);
    if (rc <= 0)
        return rc;
    if (hash_file(file, &digest, err) < 0)
        return -1;
    sum_line(&digest, found);
    if (strcmp(told, found) == 0)
        return 0;
    /* A writer may have begun meanwhile; then the digest is gone. */
    rc = read_sum(sum, again, err);
    if (rc <= 0 || strcmp(told, again) != 0)
        return rc < 0 ? -1 : 0;
    return err_set(err, ERR_CORRUPT, "catalogue: it does not match its digest: run sohoa reindex");
}
