/* app/bag.c - a BagIt bag (RFC 8493). */
#include "app/bag.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "io/files.h"

#define WALK_FDS_MAX       16
#define READ_BYTES         (256 * KIB)
#define BAG_PATH_BYTES     4096
#define TAG_MANIFEST       "tagmanifest-sha256.txt"
#define TAG_MANIFEST_BYTES 4096

static const char bagit_text[] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static void remove_all(const char *path)
{
    (void)nftw(path, remove_one, WALK_FDS_MAX, FTW_DEPTH | FTW_PHYS);
}

void bag_done(struct bag *bag)
{
    if (bag->part)
        remove_all(bag->part);
    for (size_t i = 0; i < bag->len; i++)
        free(bag->names[i]);
    free(bag->names);
    free(bag->part);
    free(bag->path);
    *bag = (struct bag){.io = NULL};
}

/* The parts of a path, in copies of it: libgen writes into what it is given. */
struct parts {
    char for_dir[BAG_PATH_BYTES], for_base[BAG_PATH_BYTES];
    const char *dir, *base;
};

static int part_path(const char *path, struct parts *parts, struct err *err)
{
    if (strlen(path) >= sizeof parts->for_dir)
        return err_input(err, REASON_NONE, "the name is too long");
    (void)snprintf(parts->for_dir, sizeof parts->for_dir, "%s", path);
    (void)snprintf(parts->for_base, sizeof parts->for_base, "%s", path);
    parts->dir = dirname(parts->for_dir);
    parts->base = basename(parts->for_base);
    return 0;
}

static int full_name(const struct bag *bag, const char *name, char ret_path[BAG_PATH_BYTES],
                     struct err *err)
{
    int len = snprintf(ret_path, BAG_PATH_BYTES, "%s/%s", bag->part, name);
    if (len < 0 || len >= BAG_PATH_BYTES)
        return err_input(err, REASON_NONE, "the name is too long: '%s'", name);
    return 0;
}

bool bag_has(const struct bag *bag, const char *name)
{
    char path[BAG_PATH_BYTES];
    struct err ignored = {0};
    return full_name(bag, name, path, &ignored) == 0 && access(path, F_OK) == 0;
}

static int make_folder(struct bag *bag, const char *name, struct err *err)
{
    char path[BAG_PATH_BYTES];
    if (full_name(bag, name, path, err) < 0)
        return -1;
    const struct io_op op = {.kind = IO_MKDIR, .dir = IO_CWD, .path = path, .mode = 0755};
    return io_do(bag->io, op) < 0 ? err_sys(err, "make the folder '%s'", path) : 0;
}

int bag_folder(struct bag *bag, const char *name, struct err *err)
{
    char folder[BAG_PATH_BYTES];
    if (strlen(name) >= sizeof folder)
        return err_input(err, REASON_NONE, "the name is too long: '%s'", name);
    for (const char *end = strchrnul(name, '/');; end = strchrnul(end + 1, '/')) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(end - name), name);
        if (!bag_has(bag, folder) && make_folder(bag, folder, err) < 0)
            return -1;
        if (*end == '\0')
            return 0;
    }
}

int bag_open(struct bag *bag, struct io *io, const char *path, struct err *err)
{
    struct parts parts = {.dir = "."};
    struct stat st;
    char *part = NULL;
    bag->io = io;
    if (lstat(path, &st) == 0 || errno != ENOENT)
        return err_input(err, REASON_NONE, "'%s' is there already", path);
    if (part_path(path, &parts, err) < 0)
        return -1;
    bag->path = strdup(path);
    if (!bag->path || asprintf(&part, "%s/.%s.part", parts.dir, parts.base) < 0)
        return err_sys(err, "make a bag"); /* UNTESTED: no memory */
    bag->part = part;
    remove_all(part);
    if (io_do(io, (struct io_op){.kind = IO_MKDIR, .dir = IO_CWD, .path = part, .mode = 0755}) < 0)
        return err_sys(err, "make the folder '%s'", part);
    return make_folder(bag, "data", err);
}

static int write_file(struct bag *bag, const char *name, struct span data, struct err *err)
{
    char path[BAG_PATH_BYTES];
    if (full_name(bag, name, path, err) < 0)
        return -1;
    CLEANUP(fd_close)
    int fd = io_open_at(bag->io, IO_CWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644, err);
    if (fd < 0)
        return -1;
    return io_write_sync(bag->io, fd, data, 0, err) < 0 ? err_wrap(err, "fill '%s'", path) : 0;
}

int bag_note(struct bag *bag, const char *name, struct err *err)
{
    char path[BAG_PATH_BYTES];
    struct stat st;
    if (bag->len >= BAG_FILES_MAX)
        return err_input(err, REASON_NONE, "a bag of more than %u files", BAG_FILES_MAX);
    if (full_name(bag, name, path, err) < 0)
        return -1;
    if (stat(path, &st) < 0)
        return err_sys(err, "look at '%s'", path);
    if (bag->len == bag->cap) {
        size_t cap = bag->cap ? 2 * bag->cap : 64;
        char **names = realloc(bag->names, cap * sizeof *names);
        if (!names)
            return err_sys(err, "list files"); /* UNTESTED: no memory */
        bag->names = names;
        bag->cap = cap;
    }
    bag->names[bag->len] = strdup(name);
    if (!bag->names[bag->len])
        return err_sys(err, "list files"); /* UNTESTED: no memory */
    bag->len++;
    bag->bytes += (uint64_t)st.st_size;
    return 0;
}

int bag_add(struct bag *bag, const char *name, struct span data, struct err *err)
{
    char folder[BAG_PATH_BYTES];
    const char *slash = strrchr(name, '/');
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - name) : 0, name);
    if (bag_folder(bag, folder, err) < 0)
        return -1;
    return write_file(bag, name, data, err) < 0 ? -1 : bag_note(bag, name, err);
}

int bag_measure(const struct bag *bag, const char *name, struct digest *ret_digest,
                uint64_t *ret_bytes, struct err *err)
{
    char path[BAG_PATH_BYTES];
    uint64_t bytes = 0;
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    CLEANUP(bytes_done) struct bytes room = {0};
    if (full_name(bag, name, path, err) < 0 || bytes_reserve(&room, READ_BYTES, err) < 0)
        return -1;
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    for (ssize_t got = 1; got > 0;) {
        got = read(fd, room.data, READ_BYTES);
        if (got < 0 && errno != EINTR)
            return err_sys(err, "read '%s'", path);
        if (got > 0) {
            hasher_add(hasher, span_of(room.data, (size_t)got));
            bytes += (uint64_t)got;
        } else if (got < 0)
            got = 1; /* once more */
    }
    *ret_digest = hasher_finish(hasher);
    *ret_bytes = bytes;
    return 0;
}

/* A line of a manifest, of the bytes as they are on the disk. */
static int put_line(const struct bag *bag, const char *name, struct bytes *out, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    struct digest digest;
    uint64_t bytes;
    if (bag_measure(bag, name, &digest, &bytes, err) < 0)
        return -1;
    return bytes_printf(out, err, "%s  %s\n", digest_hex(&digest, hex), name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int write_manifests(struct bag *bag, const char *info, struct err *err)
{
    static const char *const tags[] = {"bag-info.txt", "bagit.txt", "manifest-sha256.txt"};
    CLEANUP(bytes_done) struct bytes manifest = {0}, of_tags = {0}, told = {0};
    qsort(bag->names, bag->len, sizeof *bag->names, by_name);
    for (size_t i = 0; i < bag->len; i++)
        if (put_line(bag, bag->names[i], &manifest, err) < 0)
            return -1;
    if (bytes_printf(&told, err, "%sPayload-Oxum: %" PRIu64 ".%zu\n", info, bag->bytes, bag->len) <
            0 ||
        write_file(bag, "bagit.txt", span_of_text(bagit_text), err) < 0 ||
        write_file(bag, "bag-info.txt", bytes_span(&told), err) < 0 ||
        write_file(bag, "manifest-sha256.txt", bytes_span(&manifest), err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        if (put_line(bag, tags[i], &of_tags, err) < 0)
            return -1;
    return write_file(bag, TAG_MANIFEST, bytes_span(&of_tags), err);
}

static int sync_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)ftw;
    if (kind != FTW_DP)
        return 0;
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

int bag_look_at(const char *path, struct digest *ret_digest, int64_t *ret_ns, struct err *err)
{
    char name[BAG_PATH_BYTES + sizeof "/" TAG_MANIFEST];
    struct stat st;
    CLEANUP(bytes_done) struct bytes text = {0};
    (void)snprintf(name, sizeof name, "%s/" TAG_MANIFEST, path);
    CLEANUP(fd_close) int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, "open '%s'", name);
    if (!S_ISREG(st.st_mode) || st.st_size > TAG_MANIFEST_BYTES)
        return err_input(err, REASON_NONE, "'%s' is none", name);
    if (bytes_reserve(&text, TAG_MANIFEST_BYTES, err) < 0)
        return -1; /* UNTESTED: no memory */
    ssize_t got = read(fd, text.data, TAG_MANIFEST_BYTES);
    if (got < 0)
        return err_sys(err, "read '%s'", name);
    *ret_digest = digest_of(span_of(text.data, (size_t)got));
    *ret_ns = timespec_ns(&st.st_mtim);
    return 1;
}

int bag_seal(struct bag *bag, const char *info, struct digest *ret_digest, struct err *err)
{
    int64_t ignored;
    if (write_manifests(bag, info, err) < 0)
        return -1;
    if (nftw(bag->part, sync_one, WALK_FDS_MAX, FTW_DEPTH | FTW_PHYS) != 0)
        return err_sys(err, "sync '%s'", bag->part);
    return bag_look_at(bag->part, ret_digest, &ignored, err) < 0 ? -1 : 0;
}

int bag_publish(struct bag *bag, const char *path, struct err *err)
{
    struct parts parts = {.dir = "."};
    if (path) {
        free(bag->path);
        bag->path = strdup(path);
        if (!bag->path)
            return err_sys(err, "name a bag"); /* UNTESTED: no memory */
    }
    if (part_path(bag->path, &parts, err) < 0)
        return -1;
    CLEANUP(fd_close)
    int dir = io_open_at(bag->io, IO_CWD, parts.dir, O_RDONLY | O_DIRECTORY, 0, err);
    if (dir < 0)
        return -1;
    /* a folder never takes the place of anything but an empty folder */
    const struct io_op op = {
        .kind = IO_RENAME, .dir = IO_CWD, .path = bag->part, .path_to = bag->path};
    if (io_do(bag->io, op) < 0)
        return err_sys(err, "name '%s'", bag->path);
    free(bag->part);
    bag->part = NULL;
    return io_sync_dir(bag->io, dir, err);
}
