/* storage/tile.c - the files of a log: tiles of 256 hashes, bundles of 256 entries. */
#include "storage/tile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "io/files.h"

#define DIR_MODE     0755
#define TILE_MODE    0444
#define PARTIAL      ".p/"
#define INDEX_DIGITS 24 /* of an index below 2^63, made up to whole groups of three */

/* --- names --- */

static void append(char path[TILE_PATH_MAX], const char *text)
{
    size_t len = strlen(path);
    (void)snprintf(path + len, TILE_PATH_MAX - len, "%s", text);
}

/* Digits in groups of three; every group but the last has an x before it. */
static void append_index(char path[TILE_PATH_MAX], uint64_t index)
{
    char digits[INDEX_DIGITS + 1], group[6];
    (void)snprintf(digits, sizeof digits, "%0*" PRIu64, INDEX_DIGITS, index);
    size_t at = 0;
    while (at + 3 < INDEX_DIGITS && memcmp(digits + at, "000", 3) == 0)
        at += 3;
    for (; at < INDEX_DIGITS; at += 3) {
        bool last = at + 3 == INDEX_DIGITS;
        (void)snprintf(group, sizeof group, "/%s%.3s", last ? "" : "x", digits + at);
        append(path, group);
    }
}

void tile_path(const struct tile *tile, char ret_path[TILE_PATH_MAX])
{
    char text[16];
    ret_path[0] = '\0';
    (void)snprintf(text, sizeof text, "%u", tile->level);
    append(ret_path, "tile/");
    append(ret_path, tile->level == TILE_ENTRIES ? "entries" : text);
    append_index(ret_path, tile->index);
    if (tile->width == TILE_WIDTH)
        return;
    (void)snprintf(text, sizeof text, PARTIAL "%u", tile->width);
    append(ret_path, text);
}

/* --- writing --- */

static int make_folder(struct io *io, int fd, const char *name, struct err *err)
{
    struct io_op op = {.kind = IO_MKDIR, .dir = fd, .path = name, .mode = DIR_MODE};
    if (io_do(io, op) < 0 && errno != EEXIST)
        return err_sys(err, "make folder '%s'", name);
    /* Synced also when it was there: whoever made it may not have got this far. */
    return io_sync_dir(io, fd, err);
}

/* Whether the first len bytes of a path are `known`, or lead there. */
static bool is_known(const char *known, const char *path, size_t len)
{
    return strncmp(known, path, len) == 0 && (known[len] == '/' || known[len] == '\0');
}

/* Makes every folder of a path durable, from the top down; what leads to `known` is. */
static int make_folders(struct io *io, int log_fd, const char *known, const char *path,
                        struct err *err)
{
    char part[TILE_PATH_MAX];
    (void)snprintf(part, sizeof part, "%s", path);
    CLEANUP(fd_close) int fd = io_open_at(io, log_fd, ".", O_RDONLY | O_DIRECTORY, 0, err);
    char *rest = part;
    for (const char *name; fd >= 0 && (name = strsep(&rest, "/"));) {
        size_t len = (size_t)(name - part) + strlen(name);
        if (!is_known(known, path, len) && make_folder(io, fd, name, err) < 0)
            return -1;
        int below = io_open_at(io, fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, err);
        fd_close(&fd);
        fd = below;
    }
    return fd_take(&fd);
}

/* Opens a folder whose name is durable. */
static int open_folder(struct io *io, int log_fd, char known[TILE_PATH_MAX], const char *path,
                       struct err *err)
{
    struct err why = {0};
    int fd = -1;
    if (is_known(known, path, strlen(path))) {
        fd = io_open_at(io, log_fd, path, O_RDONLY | O_DIRECTORY, 0, &why);
        if (fd >= 0)
            return fd;
        if (why.sys != ENOENT) {
            *err = why;
            return -1;
        }
        known[0] = '\0'; /* the tile was read from the full one in its place */
    }
    fd = make_folders(io, log_fd, known, path, err);
    if (fd >= 0)
        (void)snprintf(known, TILE_PATH_MAX, "%s", path);
    return fd;
}

/* Cuts a tile's path in two. Returns its name in the folder. */
static const char *cut_name(char path[TILE_PATH_MAX])
{
    char *slash = strrchr(path, '/');
    *slash = '\0';
    return slash + 1;
}

void tile_know_folder(struct tile_folders *folders, const struct tile *tile)
{
    tile_path(tile, folders->last[tile->level]);
    (void)cut_name(folders->last[tile->level]);
}

int tile_publish(struct io *io, int log_fd, struct tile_folders *folders, const struct tile *tile,
                 struct span data, struct err *err)
{
    char path[TILE_PATH_MAX];
    tile_path(tile, path);
    const char *name = cut_name(path);
    CLEANUP(fd_close) int fd = open_folder(io, log_fd, folders->last[tile->level], path, err);
    if (fd < 0 || io_publish(io, fd, name, data, TILE_MODE, err) < 0)
        return err_wrap(err, "'%s'", path);
    return 0;
}

void tile_drop_partials(struct io *io, int log_fd, unsigned level, uint64_t index)
{
    struct tile tile = {level, index, 1};
    char path[TILE_PATH_MAX];
    struct err ignored = {0};
    struct dirent **names = NULL;
    tile_path(&tile, path);
    (void)cut_name(path);
    CLEANUP(fd_close)
    int fd = io_open_at(io, log_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &ignored);
    int n = fd < 0 ? 0 : scandirat(fd, ".", &names, NULL, NULL);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            (void)!io_do(io, (struct io_op){.kind = IO_UNLINK, .dir = fd, .path = name});
        free(names[i]);
    }
    free(names);
    if (fd >= 0)
        (void)!io_do(
            io,
            (struct io_op){.kind = IO_UNLINK, .dir = log_fd, .path = path, .flags = AT_REMOVEDIR});
}

/* --- reading --- */

int tile_read(struct io *io, int log_fd, const struct tile *tile, struct bytes *out,
              struct err *err)
{
    char path[TILE_PATH_MAX];
    bool entries = tile->level == TILE_ENTRIES;
    size_t before = out->len, hash_bytes = (size_t)tile->width * DIGEST_BYTES;
    struct tile full = {tile->level, tile->index, TILE_WIDTH};
    tile_path(tile, path);
    int rc = io_read_whole(io, log_fd, path, entries ? BUNDLE_BYTES_MAX : hash_bytes, out, err);
    if (rc == 0 && tile->width < TILE_WIDTH) {
        tile_path(&full, path);
        rc =
            io_read_whole(io, log_fd, path,
                          entries ? BUNDLE_BYTES_MAX : (size_t)TILE_WIDTH * DIGEST_BYTES, out, err);
    }
    if (rc < 0)
        return err_wrap(err, "log");
    if (rc == 0) {
        tile_path(tile, path);
        return err_set(err, ERR_CORRUPT, "log: '%s' is missing: run sohoa reindex", path);
    }
    if (entries)
        return 0;
    if (out->len - before < hash_bytes)
        return err_set(err, ERR_CORRUPT, "log: '%s' is too short", path);
    out->len = before + hash_bytes;
    return 0;
}

/* --- bundles --- */

int bundle_append(struct bytes *bundle, struct span entry, struct err *err)
{
    const uint8_t len[2] = {(uint8_t)(entry.len >> 8), (uint8_t)entry.len};
    if (entry.len > ENTRY_BYTES_MAX)
        return err_set(err, ERR_INPUT, "an entry of %zu bytes: at most %u are possible", entry.len,
                       ENTRY_BYTES_MAX);
    if (bytes_append(bundle, span_of(len, sizeof len), err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(bundle, entry, err);
}

bool bundle_take(struct span *bundle, struct span *ret_entry)
{
    if (bundle->len < 2)
        return false;
    size_t len = (size_t)bundle->data[0] << 8 | bundle->data[1];
    if (bundle->len - 2 < len)
        return false;
    *ret_entry = span_of(bundle->data + 2, len);
    *bundle = span_of(bundle->data + 2 + len, bundle->len - 2 - len);
    return true;
}
