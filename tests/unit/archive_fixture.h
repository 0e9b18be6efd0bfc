/* tests/unit/archive_fixture.h - objects to commit, and what the archive shows of them. */
#ifndef TESTS_UNIT_ARCHIVE_FIXTURE_H
#define TESTS_UNIT_ARCHIVE_FIXTURE_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/archive.h"
#include "tests/unit/test.h"

#define GROUPS_MAX 64
#define PER_GROUP  3
#define RAW_BYTES  900u

/* The raw bytes of object i of group g: half of them shrink. */
static inline void raw_of(unsigned g, unsigned i, uint8_t raw[RAW_BYTES])
{
    uint32_t x = (g + 1) * 2654435761u + i;
    for (size_t at = 0; at < RAW_BYTES; at++) {
        x = x * 1664525u + 1013904223u;
        raw[at] = i % 2 ? (uint8_t)(x >> 24) : (uint8_t)('a' + (at + g + i) % 7);
    }
    raw[0] = (uint8_t)g;
    raw[1] = (uint8_t)i;
}

static inline struct digest id_of(unsigned g, unsigned i)
{
    uint8_t raw[RAW_BYTES];
    raw_of(g, i, raw);
    return digest_of(span_of(raw, RAW_BYTES));
}

static inline int commit_group(struct archive *archive, unsigned g, struct place places[PER_GROUP],
                               struct err *err)
{
    uint8_t raw[PER_GROUP][RAW_BYTES];
    struct object objects[PER_GROUP] = {0};
    for (unsigned i = 0; i < PER_GROUP; i++) {
        raw_of(g, i, raw[i]);
        if (object_prepare(&objects[i], i == 2 ? OBJECT_META : OBJECT_BLOB,
                           span_of(raw[i], RAW_BYTES), true, NULL, err) < 0)
            abort();
    }
    int rc = archive_commit(archive, objects, PER_GROUP, 1000 + g, places, err);
    for (unsigned i = 0; i < PER_GROUP; i++)
        object_done(&objects[i]);
    return rc;
}

/* Counts groups and checks that they are 0, 1, 2 ... whole and in order. */
struct seen {
    struct archive *archive;
    uint64_t groups;
    struct place end;
};

static inline int see_group(void *self, const struct group *group, struct err *err)
{
    struct seen *seen = self;
    unsigned g = (unsigned)seen->groups++;
    seen->end = group->end;
    if (group->seq != seen->groups || group->entry_len != PER_GROUP || group->time_ns != 1000 + g)
        return err_set(err, ERR_CORRUPT, "test: group %u is not as committed", g);
    for (unsigned i = 0; i < PER_GROUP; i++) {
        struct digest id = id_of(g, i);
        struct bytes out = {0};
        if (!digest_equal(&id, &group->entries[i].id))
            return err_set(err, ERR_CORRUPT, "test: group %u has another object", g);
        int rc = archive_read(seen->archive, group->entries[i].place, &id, &out, err);
        bytes_done(&out);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* As if the writer had died before it signed: a log that knows of nothing. */
static inline void forget_log(const char *archive_path)
{
    char *command = NULL;
    if (strstr(archive_path, "/sohoa-test-") == NULL ||
        asprintf(&command, "rm -rf '%s/log' '%s/log.last'", archive_path, archive_path) < 0 ||
        system(command) != 0)
        abort();
    free(command);
}

/* How many groups the archive shows, all of them whole; -1 with *err. */
static inline int64_t count_groups(struct archive *archive, struct err *err)
{
    struct seen seen = {.archive = archive};
    if (archive_replay(archive, (struct place){0}, see_group, &seen, err) < 0)
        return -1;
    return (int64_t)seen.groups;
}

static inline char *path_in(const char *dir, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        abort();
    return path;
}

static inline struct bytes file_bytes(const char *path)
{
    struct bytes out = {0};
    struct err err = {0};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || bytes_reserve(&out, (size_t)st.st_size + 1, &err) < 0 ||
        read(fd, out.data, (size_t)st.st_size) != st.st_size)
        abort();
    out.len = (size_t)st.st_size;
    close(fd);
    return out;
}

static inline void file_put(const char *path, struct span data)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, data.data, data.len) != (ssize_t)data.len)
        abort();
    close(fd);
}

static inline struct bytes bytes_in(const char *dir, const char *name)
{
    char *path = path_in(dir, name);
    struct bytes bytes = file_bytes(path);
    free(path);
    return bytes;
}

/* A new file in the place of the one of that name, which need not be writable. */
static inline void put_in(const char *dir, const char *name, struct span data)
{
    char *path = path_in(dir, name);
    (void)unlink(path);
    file_put(path, data);
    free(path);
}

#endif
