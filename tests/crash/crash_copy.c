/* tests/crash/crash_copy.c - the power fails while a copy is made and kept: on every disk that may
 * be found then the copy is none yet, or is whole and proves itself, and the next sync ends it. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/archive_log.h"
#include "storage/sync.h"
#include "tests/crash/crash_sim.h"

#define SEGMENT_BYTES (20 * KIB)
#define PER_GROUP     90 /* objects: the log gets full tiles, and partial ones give way to them */
#define PER_POINT     60

struct scene {
    struct io *io; /* plain */
    char root[64];
    uint64_t before,
        after;       /* entries the copy's log had signed before, and shall have; 0: no copy */
    uint64_t synced; /* objects that shall be in the copy */
    unsigned disks, none, headless, old, new;
};

#define MUST(condition, text)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "crash_copy: %s\n", (text));                                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void commit(struct archive *archive, unsigned group)
{
    struct object objects[PER_GROUP] = {0};
    struct place places[PER_GROUP];
    unsigned raw[PER_GROUP][16] = {0};
    struct err err = {0};
    for (unsigned i = 0; i < PER_GROUP; i++) {
        raw[i][0] = group;
        raw[i][1] = i;
        MUST(object_prepare(&objects[i], OBJECT_BLOB, span_of(raw[i], sizeof raw[i]), false, NULL,
                            &err) == 0,
             err.text);
    }
    MUST(archive_commit(archive, objects, PER_GROUP, 1000, places, &err) == 0, err.text);
    for (unsigned i = 0; i < PER_GROUP; i++)
        object_done(&objects[i]);
}

/* Writes groups [from, to). The last segment stays open, so that the log is ahead of the copy. */
static void write_groups(struct scene *scene, const char *path, unsigned from, unsigned to)
{
    struct err err = {0};
    struct archive *archive = archive_open(scene->io, path, ARCHIVE_WRITE, &err);
    MUST(archive, err.text);
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    for (unsigned group = from; group < to; group++) {
        commit(archive, group);
        if (group + 2 == to)
            MUST(archive_seal_open(archive, &err) == 0, err.text);
    }
    archive_close(archive);
}

static struct sync_result sync_with(struct io *io, const char *from, const char *to)
{
    struct err err = {0};
    struct sync_result result;
    const struct sync_options options = {.check = false};
    struct archive *archive = archive_open(io, from, ARCHIVE_READ, &err);
    MUST(archive && archive_sync(archive, to, &options, &result, &err) == 0, err.text);
    MUST(result.odd == 0 && result.unsigned_segments == 0, "sync has something to tell");
    archive_close(archive);
    return result;
}

static void on_damage(void *self, const struct damage *damage)
{
    (void)self;
    (void)fprintf(stderr, "%s at %llu: %s\n", damage->file, (unsigned long long)damage->off,
                  damage->what);
}

/* The copy verifies. Returns the entries its log has signed. */
static uint64_t check(struct scene *scene, const char *path, struct verify_result *result)
{
    const struct verify_hooks hooks = {.on_damage = on_damage};
    struct err err = {0};
    uint64_t entries = 0;
    struct archive *copy = archive_open(scene->io, path, ARCHIVE_READ, &err);
    MUST(copy, err.text);
    MUST(archive_is_copy(copy), "it is not known for a copy");
    MUST(archive_verify(copy, &hooks, result, &err) == 0, err.text);
    if (archive_has_log(copy)) {
        MUST(archive_verify_log(copy, &hooks, result, &err) == 0, err.text);
        struct log *log = archive_log(copy, &err);
        MUST(log, err.text);
        entries = log_head(log)->size;
        MUST(entries == result->objects + result->not_here, "log and segments do not add up");
    } else {
        MUST(result->objects == 0, "there are segments, and no log");
    }
    MUST(result->bad + result->missing == 0, "verify reports damage");
    archive_close(copy);
    return entries;
}

static bool visit(void *self, const struct crash_disk *disk)
{
    struct scene *scene = self;
    char dir[96], from[128], to[128], format[160];
    struct verify_result result;
    (void)snprintf(dir, sizeof dir, "%s/disk", scene->root);
    (void)snprintf(from, sizeof from, "%s/archive", dir);
    (void)snprintf(to, sizeof to, "%s/copy", dir);
    (void)snprintf(format, sizeof format, "%s/FORMAT", to);
    MUST(mkdir(dir, 0700) == 0, "make a folder");
    crash_disk_write(disk, dir);
    if (access(format, F_OK) == 0) {
        uint64_t entries = check(scene, to, &result);
        MUST(entries == scene->after || (!disk->acknowledged && entries == scene->before),
             "the head is neither the old one nor the new one");
        MUST(!disk->acknowledged || result.objects == scene->synced, "a segment is lost");
        scene->headless += entries == 0;
        scene->old += entries > 0 && entries == scene->before;
        scene->new += entries == scene->after;
    } else {
        MUST(!disk->acknowledged && scene->before == 0, "the copy is lost");
        scene->none++;
    }
    (void)sync_with(scene->io, from, to);
    MUST(check(scene, to, &result) == scene->after, "the next sync did not end it");
    MUST(result.objects == scene->synced, "the next sync brought other segments");
    scene->disks++;
    (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return true;
}

/* A sync is cut, after which the archive has `to` groups; the copy was synced at `from`, 0: it is
 * a new one. */
static void play(struct scene *scene, unsigned from, unsigned to)
{
    struct err err = {0};
    char work[96], archive[128], copy[128];
    (void)snprintf(work, sizeof work, "%s/work", scene->root);
    (void)snprintf(archive, sizeof archive, "%s/archive", work);
    (void)snprintf(copy, sizeof copy, "%s/copy", work);
    MUST(mkdir(work, 0700) == 0 && archive_init(scene->io, archive, &err) == 0, err.text);
    write_groups(scene, archive, 0, from);
    scene->before = from > 0 ? sync_with(scene->io, archive, copy).log_entries : 0;
    write_groups(scene, archive, from, to);

    struct crash_sim *sim = crash_sim_open(work);
    struct sync_result result = sync_with(crash_sim_io(sim), archive, copy);
    crash_sim_acknowledge(sim, 1);
    scene->after = result.log_entries;
    scene->synced = result.log_entries - result.open_objects;
    MUST(scene->before == from * PER_GROUP && scene->after == to * PER_GROUP &&
             scene->synced == (to - 1) * PER_GROUP,
         "the copy is another than was meant");
    const struct crash_plan plan = {.per_point = PER_POINT, .seed = 1};
    crash_sim_each(sim, &plan, visit, scene);
    printf("%zu points\n", crash_sim_points(sim));
    crash_sim_close(sim);
    (void)nftw(work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    struct err err = {0};
    struct scene scene = {.io = io_open(IO_PLAIN, NULL, &err),
                          .root = "/dev/shm/sohoa-copy-XXXXXX"};
    if (access("/dev/shm", W_OK) < 0)
        (void)snprintf(scene.root, sizeof scene.root, "/tmp/sohoa-copy-XXXXXX");
    MUST(scene.io && mkdtemp(scene.root), "make a folder");
    play(&scene, 0, 2);
    play(&scene, 2, 5);
    printf("%u disks: %u without a copy, %u without a head, %u with the old one, %u with the new\n",
           scene.disks, scene.none, scene.headless, scene.old, scene.new);
    (void)fflush(stdout);
    MUST(scene.disks > 200 && scene.none && scene.headless && scene.old && scene.new,
         "the disks are too few, or too much alike");
    io_close(scene.io);
    (void)nftw(scene.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
