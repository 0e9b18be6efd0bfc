/* tests/powercut/powercut.c - commits groups and acknowledges them until the power is cut;
 * afterwards checks that what was acknowledged is there.
 *
 *   powercut write ARCHIVE ACKS   makes the archive if nothing was acknowledged, else goes on
 *   powercut check ARCHIVE ACKS   recovers, counts, reads every object, verifies
 *
 * ACKS is a file the cut does not reach; each line is a number of groups that are durable, 0 that
 * the archive was made. What group g holds follows from g alone. Exit code of check: 0 all is as
 * acknowledged, LOST if groups are missing, 1 anything else. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/archive.h"

#define LOST          3         /* exit code */
#define SEGMENT_BYTES (2 * MIB) /* small, so that cuts meet segments being made and sealed */
#define OBJECTS_MAX   8         /* of a group */
#define SMALL_MAX     6000u     /* bytes of most objects */
#define LARGE_MAX     200000u   /* of one in 16 */
#define BYTES_MIN     16u       /* room for what makes every object another one */
#define GROUPS_LIMIT  6000u     /* about 250 MB */
#define ACKS_MAX      MIB       /* bytes */
#define ACK_LINE_MAX  24

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static size_t objects_of(uint64_t group)
{
    return 1 + mix(group) % OBJECTS_MAX;
}

/* The raw bytes of object i of a group, in raw: half of them shrink. */
static int make_raw(uint64_t group, size_t i, struct bytes *raw, struct err *err)
{
    uint64_t seed = mix(group * OBJECTS_MAX + i);
    size_t len = BYTES_MIN + seed / 16 % (seed % 16 == 0 ? LARGE_MAX : SMALL_MAX);
    raw->len = 0;
    if (bytes_reserve(raw, len, err) < 0)
        return -1;
    raw->len = len;
    for (size_t at = 0; at < len; at++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        raw->data[at] = i % 2 ? (uint8_t)(seed >> 56) : (uint8_t)('a' + (at + group) % 7);
    }
    put_le64(raw->data, group);
    put_le64(raw->data + 8, i);
    return 0;
}

/* --- acknowledgements --- */

struct acks {
    bool any;
    uint64_t groups; /* the newest */
};

/* The last line may have been cut short: it is left out. */
static int read_acks(const char *path, struct acks *ret_acks, struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    CLEANUP(bytes_done) struct bytes text = {0};
    if (bytes_reserve(&text, ACKS_MAX + 1, err) < 0)
        return -1;
    for (ssize_t n = 1; n > 0 && text.len < ACKS_MAX; text.len += (size_t)n)
        if ((n = read(fd, text.data + text.len, ACKS_MAX - text.len)) < 0)
            return err_sys(err, "read '%s'", path);
    if (text.len == ACKS_MAX)
        return err_set(err, ERR_INPUT, "'%s' is too long", path);
    while (text.len > 0 && text.data[text.len - 1] != '\n')
        text.len--;
    *ret_acks = (struct acks){.any = text.len > 0};
    if (!ret_acks->any)
        return 0;
    text.data[text.len - 1] = '\0';
    const char *line = strrchr((const char *)text.data, '\n');
    line = line ? line + 1 : (const char *)text.data;
    char *end;
    ret_acks->groups = strtoull(line, &end, 10);
    return end != line && !*end ? 0 : err_set(err, ERR_INPUT, "'%s' ends with '%s'", path, line);
}

static int acknowledge(int fd, uint64_t groups, struct err *err)
{
    char line[ACK_LINE_MAX];
    int len = snprintf(line, sizeof line, "%" PRIu64 "\n", groups);
    if (write(fd, line, (size_t)len) != len)
        return err_sys(err, "acknowledge");
    return 0;
}

/* --- looking --- */

struct seen {
    struct archive *archive;
    uint64_t groups, objects;
    struct bytes want, got;
};

static void seen_done(struct seen *seen)
{
    bytes_done(&seen->want);
    bytes_done(&seen->got);
}

static int see_group(void *self, const struct group *group, struct err *err)
{
    struct seen *seen = self;
    seen->groups++;
    if (group->seq != seen->groups || group->entry_len != objects_of(group->seq))
        return err_set(err, ERR_CORRUPT, "group %" PRIu64 " is not as committed", seen->groups);
    for (size_t i = 0; i < group->entry_len; i++, seen->objects++) {
        const struct group_entry *entry = &group->entries[i];
        if (make_raw(group->seq, i, &seen->want, err) < 0)
            return -1;
        struct digest id = digest_of(bytes_span(&seen->want));
        seen->got.len = 0;
        if (archive_read(seen->archive, entry->place, &id, &seen->got, err) < 0)
            return err_wrap(err, "group %" PRIu64, group->seq);
        if (!digest_equal(&id, &entry->id) || seen->got.len != seen->want.len ||
            memcmp(seen->got.data, seen->want.data, seen->want.len) != 0)
            return err_set(err, ERR_CORRUPT, "object %zu of group %" PRIu64 " is another", i,
                           group->seq);
    }
    return 0;
}

static int count_group(void *self, const struct group *group, struct err *err)
{
    uint64_t *count = self;
    (void)err;
    *count = group->seq;
    return 0;
}

/* --- the two modes --- */

static int commit_group(struct archive *archive, uint64_t group, struct err *err)
{
    struct bytes raw[OBJECTS_MAX] = {0};
    struct object objects[OBJECTS_MAX] = {0};
    struct place places[OBJECTS_MAX];
    size_t n = objects_of(group), ready = 0;
    while (ready < n && make_raw(group, ready, &raw[ready], err) == 0 &&
           object_prepare(&objects[ready], ready == 2 ? OBJECT_META : OBJECT_BLOB,
                          bytes_span(&raw[ready]), true, NULL, err) == 0)
        ready++;
    int rc = ready < n ? -1 : archive_commit(archive, objects, n, (int64_t)group, places, err);
    for (size_t i = 0; i < n; i++) {
        object_done(&objects[i]);
        bytes_done(&raw[i]);
    }
    return rc;
}

static int run_write(struct io *io, const char *path, const char *acks_path, struct err *err)
{
    struct acks acks = {0};
    CLEANUP(fd_close)
    int fd = open(acks_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_sys(err, "open '%s'", acks_path);
    if (read_acks(acks_path, &acks, err) < 0)
        return -1;
    if (!acks.any && (archive_init(io, path, err) < 0 || acknowledge(fd, 0, err) < 0))
        return -1;
    CLEANUP(archive_closep) struct archive *archive = archive_open(io, path, ARCHIVE_WRITE, err);
    if (!archive)
        return -1;
    archive_set_segment_bytes(archive, SEGMENT_BYTES);

    /* What recovery left is durable now, acknowledged before or not. */
    uint64_t found = 0;
    if (archive_replay(archive, (struct place){0}, count_group, &found, err) < 0 ||
        acknowledge(fd, found, err) < 0)
        return -1;
    for (uint64_t group = found + 1; group <= GROUPS_LIMIT; group++)
        if (commit_group(archive, group, err) < 0 || acknowledge(fd, group, err) < 0)
            return -1;
    return 0;
}

static void print_damage(void *self, const struct damage *damage)
{
    (void)self;
    (void)fprintf(stderr, "%s at %" PRIu64 ": %s\n", damage->file, damage->off, damage->what);
}

/* One group more than acknowledged may be there: it was durable when the power went. */
static int run_check(struct io *io, const char *path, const char *acks_path, int *ret_code,
                     struct err *err)
{
    struct acks acks = {0};
    if (read_acks(acks_path, &acks, err) < 0)
        return -1;
    if (!acks.any) {
        printf("nothing was acknowledged\n");
        return 0;
    }
    CLEANUP(archive_closep) struct archive *archive = archive_open(io, path, ARCHIVE_WRITE, err);
    CLEANUP(seen_done) struct seen seen = {.archive = archive};
    struct verify_hooks hooks = {.on_damage = print_damage};
    struct verify_result result;
    if (!archive || archive_replay(archive, (struct place){0}, see_group, &seen, err) < 0 ||
        archive_verify(archive, &hooks, &result, err) < 0)
        return -1;
    printf("%" PRIu64 " groups acknowledged, %" PRIu64 " found, %" PRIu64 " objects right\n",
           acks.groups, seen.groups, seen.objects);
    if (result.bad != 0 || result.missing != 0 || result.objects != seen.objects)
        return err_set(err, ERR_CORRUPT,
                       "verify: %" PRIu64 " objects, %" PRIu64 " bad, %" PRIu64 " missing",
                       result.objects, result.bad, result.missing);
    if (seen.groups > acks.groups + 1)
        return err_set(err, ERR_CORRUPT, "groups nobody committed");
    if (seen.groups < acks.groups)
        *ret_code = LOST;
    return 0;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    int rc, code = 0;
    if (argc != 4 || (strcmp(argv[1], "write") != 0 && strcmp(argv[1], "check") != 0)) {
        (void)fprintf(stderr, "usage: powercut write|check ARCHIVE ACKS\n");
        return 2;
    }
    CLEANUP(io_closep) struct io *io = io_open(IO_URING, NULL, &err);
    if (!io)
        rc = -1;
    else if (strcmp(argv[1], "write") == 0)
        rc = run_write(io, argv[2], argv[3], &err);
    else
        rc = run_check(io, argv[2], argv[3], &code, &err);
    if (rc == 0)
        return code;
    (void)fprintf(stderr, "powercut %s: %s\n", argv[1], err.text);
    return 1;
}
