/* tests/crash/crash_erase.c - the power fails while bytes are taken away: on every disk that may be
 * found then each object is whole or lawfully gone, and the next try ends it. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/erase.h"
#include "tests/crash/crash_sim.h"

#define SEGMENT_BYTES (20 * KIB)
#define GROUPS        3 /* two segments, the second open */
#define RAW_BYTES     9000u
#define VICTIMS       2
#define PER_POINT     60

struct scene {
    struct io *io; /* plain */
    char root[64];
    struct place places[GROUPS];
    struct erase_target targets[VICTIMS];
    unsigned disks, old_seen, new_seen, half_seen;
};

static void bug(const char *what)
{
    (void)fprintf(stderr, "crash_erase: %s\n", what);
    abort();
}

#define MUST(condition, text)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            bug(text);                                                                             \
    } while (0)

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void raw_of(unsigned g, uint8_t raw[RAW_BYTES])
{
    uint32_t x = 2654435761u * (g + 1);
    for (size_t i = 0; i < RAW_BYTES; i++) {
        x = x * 1664525u + 1013904223u;
        raw[i] = (uint8_t)(x >> 24);
    }
}

static struct archive *open_at(struct io *io, const char *path, enum archive_mode mode)
{
    struct err err = {0};
    struct archive *archive = archive_open(io, path, mode, &err);
    MUST(archive, err.text);
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    return archive;
}

static void make_archive(struct scene *scene, const char *path)
{
    struct err err = {0};
    uint8_t raw[RAW_BYTES];
    MUST(archive_init(scene->io, path, &err) == 0, err.text);
    struct archive *archive = open_at(scene->io, path, ARCHIVE_WRITE);
    for (unsigned g = 0; g < GROUPS; g++) {
        struct object object = {.type = OBJECT_BLOB};
        raw_of(g, raw);
        MUST(object_prepare(&object, OBJECT_BLOB, span_of(raw, RAW_BYTES), true, NULL, &err) == 0 &&
                 archive_commit(archive, &object, 1, 1000, &scene->places[g], &err) == 0,
             err.text);
        if (g != 1) /* the first and the last go */
            scene->targets[g / 2] = (struct erase_target){object.id, scene->places[g]};
        object_done(&object);
    }
    archive_close(archive);
}

/* How many of the victims are gone; everything else is whole. */
static unsigned count_gone(struct scene *scene, struct archive *archive)
{
    unsigned gone = 0;
    for (unsigned g = 0; g < GROUPS; g++) {
        CLEANUP(bytes_done) struct bytes out = {0};
        struct err err = {0};
        if (archive_read(archive, scene->places[g], NULL, &out, &err) == 0)
            continue;
        MUST(err.kind == ERR_GONE && g != 1, err.text);
        gone++;
    }
    return gone;
}

static bool is_destroyed(void *self, const struct group_entry *entry)
{
    (void)self;
    (void)entry;
    return true;
}

static void tell(void *self, const struct damage *damage)
{
    (void)self;
    (void)fprintf(stderr, "%s at %llu: %s\n", damage->file, (unsigned long long)damage->off,
                  damage->what);
}

static unsigned check(struct scene *scene, const char *path, enum archive_mode mode)
{
    struct err err = {0};
    struct verify_result result;
    const struct verify_hooks hooks = {.on_damage = tell, .is_destroyed = is_destroyed};
    struct archive *archive = open_at(scene->io, path, mode);
    unsigned gone = count_gone(scene, archive);
    MUST(archive_verify(archive, &hooks, &result, &err) == 0, err.text);
    MUST(result.bad + result.missing == 0, "verify reports damage");
    MUST(result.destroyed == gone && result.objects == GROUPS - gone, "verify counts otherwise");
    archive_close(archive);
    return gone;
}

/* No file holds a byte of the victims, nor is there a file too many. */
static void check_nothing_is_left(const char *path)
{
    char seg[160], name[420];
    uint8_t raw[RAW_BYTES], data[64 * KIB];
    unsigned files = 0;
    (void)snprintf(seg, sizeof seg, "%s/seg", path);
    DIR *dir = opendir(seg);
    MUST(dir, "no folder seg");
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", seg, entry->d_name);
        int fd = open(name, O_RDONLY | O_CLOEXEC);
        ssize_t len = fd >= 0 ? read(fd, data, sizeof data) : -1;
        MUST(len > 0 && close(fd) == 0, name);
        files++;
        for (unsigned g = 0; g < GROUPS; g += 2) {
            raw_of(g, raw);
            for (size_t at = 0; at + 64 < RAW_BYTES; at += 512)
                MUST(!memmem(data, (size_t)len, raw + at, 64), "bytes of the victim are left");
        }
    }
    (void)closedir(dir);
    MUST(files == 2, "there are files too many");
}

static bool visit(void *self, const struct crash_disk *disk)
{
    struct scene *scene = self;
    struct err err = {0};
    struct erase_result result;
    char dir[96], path[128];
    (void)snprintf(dir, sizeof dir, "%s/disk", scene->root);
    (void)snprintf(path, sizeof path, "%s/archive", dir);
    MUST(mkdir(dir, 0700) == 0, "make a folder");
    crash_disk_write(disk, dir);
    unsigned gone = check(scene, path, ARCHIVE_READ);
    MUST(check(scene, path, ARCHIVE_WRITE) == gone, "recovery changed what is gone");
    if (disk->acknowledged > 0) {
        MUST(gone == VICTIMS, "it was acknowledged, and is there");
        check_nothing_is_left(path);
    }
    scene->old_seen += gone == 0;
    scene->half_seen += gone == 1;
    scene->new_seen += gone == VICTIMS;
    struct archive *archive = open_at(scene->io, path, ARCHIVE_WRITE);
    MUST(archive_erase(archive, scene->targets, VICTIMS, &result, &err) == 0, err.text);
    archive_close(archive);
    MUST(check(scene, path, ARCHIVE_READ) == VICTIMS, "the next try did not end it");
    check_nothing_is_left(path);
    scene->disks++;
    (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return true;
}

int main(void)
{
    struct err err = {0};
    struct scene scene = {.io = io_open(IO_PLAIN, NULL, &err),
                          .root = "/dev/shm/sohoa-erase-XXXXXX"};
    char work[96], path[128];
    struct erase_result result;
    if (access("/dev/shm", W_OK) < 0)
        (void)snprintf(scene.root, sizeof scene.root, "/tmp/sohoa-erase-XXXXXX");
    MUST(scene.io && mkdtemp(scene.root), "make a folder");
    (void)snprintf(work, sizeof work, "%s/work", scene.root);
    (void)snprintf(path, sizeof path, "%s/archive", work);
    MUST(mkdir(work, 0700) == 0, "make a folder");
    make_archive(&scene, path);

    struct crash_sim *sim = crash_sim_open(work);
    struct archive *archive = open_at(crash_sim_io(sim), path, ARCHIVE_WRITE);
    MUST(archive_erase(archive, scene.targets, VICTIMS, &result, &err) == 0, err.text);
    MUST(result.objects == VICTIMS && result.segments == 2, "it erased something else");
    crash_sim_acknowledge(sim, 1);
    archive_close(archive);
    const struct crash_plan plan = {.per_point = PER_POINT, .seed = 1};
    crash_sim_each(sim, &plan, visit, &scene);
    printf("%zu points, %u disks: %u with all of it, %u with half, %u with none\n",
           crash_sim_points(sim), scene.disks, scene.old_seen, scene.half_seen, scene.new_seen);
    (void)fflush(stdout);
    MUST(scene.old_seen && scene.half_seen && scene.new_seen && scene.disks > 100,
         "the disks are too few, or too much alike");
    crash_sim_close(sim);
    io_close(scene.io);
    (void)nftw(scene.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
