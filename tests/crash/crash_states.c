/* tests/crash/crash_states.c - whatever disk a power cut leaves, the archive keeps its promise.
 *
 *   crash_states [--seed S] [--per-point N] [--second-every N] [--trouble-every N] [--state N]
 *                [--expect VIOLATION] [--workload NAME] [--keep-going]
 *
 * Workloads run on the simulator (crash_sim.h). On each disk it shows, the real recovery runs, and
 * what it finds is held against what had been acknowledged. Every disk has a number; a failure
 * prints the line that looks at that disk again. --expect is for code that was broken on purpose:
 * the program succeeds when it finds that violation, and only then. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "storage/archive_log.h"
#include "tests/crash/crash_sim.h"

#define GROUPS_MAX     40
#define OBJECTS_MAX    5
#define SEGMENT_BYTES  (20 * KIB)
#define LIFE_GROUPS    7 /* of the first writer; three segments are sealed */
#define TROUBLE_GROUPS 4 /* one is */
#define NOBODY         65534
#define NO_STATE       UINT64_MAX

/* What is acknowledged, in the simulator's steps: 0 nothing, 1 the archive itself, 1 + n groups. */
#define STEPS_OF(groups) ((unsigned)(groups) + 1)

enum violation {
    LOST,
    INVENTED,
    REFUSED,
    DAMAGED,
    READER_DIFFERS,
    STUCK,
    UNSTABLE,
    UNSIGNED,
    CUT_OFF,
    VIOLATIONS,
};
static const char *const violation_names[VIOLATIONS] = {
    [LOST] = "an acknowledged group is lost",
    [INVENTED] = "there is more than was begun",
    [REFUSED] = "the archive cannot be opened for writing",
    [DAMAGED] = "verify reports damage",
    [READER_DIFFERS] = "a reader sees other groups than the writer",
    [STUCK] = "no further group can be committed",
    [UNSTABLE] = "the next opening finds other groups",
    [UNSIGNED] = "what was closed in peace is not signed",
    [CUT_OFF] = "damage in the middle is cut off",
};

static const size_t group_sizes[][OBJECTS_MAX] = {
    {700}, {2500, 1800, 900}, {9000, 5000}, {6000, 300, 7000, 9000, 4000}, {3000}};

struct content {
    uint8_t *raw[OBJECTS_MAX];
    struct object objects[OBJECTS_MAX];
    size_t len;
};

struct options {
    uint64_t seed, state;
    unsigned per_point, second_every, trouble_every;
    int expect;           /* a violation, or -1 */
    const char *workload; /* the only one, or NULL */
    bool keep_going;
};

struct run {
    struct options options;
    struct content contents[GROUPS_MAX];
    struct io *io; /* plain: for what is not simulated */
    char *scratch;
    char workload[80];
    uint64_t number; /* of the next state */
    uint64_t counts[2][CRASH_KINDS];
    bool second; /* the disk is that of a crash during recovery */
    bool done;   /* a violation was found, or the state that was asked for */
    bool failed;
    char detail[400];
};

static void bug(const char *what)
{
    (void)fprintf(stderr, "crash_states: %s: %s\n", what, strerrordesc_np(errno));
    exit(2);
}

static char *path_of(const char *dir, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        bug("no memory");
    return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_tree(const char *path)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        bug(path);
}

/* An empty folder of that name in the scratch folder; the path is for free(). */
static char *fresh_dir(const struct run *run, const char *name)
{
    char *path = path_of(run->scratch, name);
    remove_tree(path);
    if (mkdir(path, 0755) < 0)
        bug(path);
    return path;
}

/* --- groups: known content, so that what is found can be told from what is not --- */

static void make_contents(struct run *run)
{
    struct err err = {0};
    uint32_t x = 12345;
    for (unsigned g = 0; g < GROUPS_MAX; g++) {
        struct content *content = &run->contents[g];
        const size_t *sizes = group_sizes[g % ARRAY_LEN(group_sizes)];
        for (size_t i = 0; i < OBJECTS_MAX && sizes[i] > 0; i++) {
            uint8_t *raw = content->raw[i] = malloc(sizes[i]);
            if (!raw)
                bug("no memory");
            for (size_t at = 0; at < sizes[i]; at++) {
                x = x * 1664525u + 1013904223u;
                raw[at] = (uint8_t)(x >> 24);
            }
            if (object_prepare(&content->objects[i], i % 2 ? OBJECT_META : OBJECT_BLOB,
                               span_of(raw, sizes[i]), false, NULL, &err) < 0)
                bug(err.text);
            content->len++;
        }
    }
}

static void free_contents(struct run *run)
{
    for (unsigned g = 0; g < GROUPS_MAX; g++)
        for (size_t i = 0; i < run->contents[g].len; i++) {
            object_done(&run->contents[g].objects[i]);
            free(run->contents[g].raw[i]);
        }
}

static int commit_group(const struct run *run, struct archive *archive, unsigned g, struct err *err)
{
    struct place places[OBJECTS_MAX];
    if (g >= GROUPS_MAX)
        return err_set(err, ERR_SYSTEM, "the test has no group %u", g);
    const struct content *content = &run->contents[g];
    return archive_commit(archive, content->objects, content->len, 1000 + g, places, err);
}

struct seen {
    const struct run *run;
    struct archive *archive;
    unsigned groups;
};

static int see_group(void *self, const struct group *group, struct err *err)
{
    struct seen *seen = self;
    unsigned g = seen->groups++;
    if (g >= GROUPS_MAX || group->seq != g + 1 || group->time_ns != 1000 + g ||
        group->entry_len != seen->run->contents[g].len)
        return err_set(err, ERR_CORRUPT, "group %u is not as it was committed", g);
    for (size_t i = 0; i < group->entry_len; i++) {
        CLEANUP(bytes_done) struct bytes out = {0};
        const struct digest *id = &seen->run->contents[g].objects[i].id;
        if (!digest_equal(id, &group->entries[i].id))
            return err_set(err, ERR_CORRUPT, "group %u has another object", g);
        if (archive_read(seen->archive, group->entries[i].place, id, &out, err) < 0)
            return -1;
    }
    return 0;
}

/* How many groups the archive shows, whole and in order; -1 with *err. */
static int count_groups(const struct run *run, struct archive *archive, struct err *err)
{
    struct seen seen = {.run = run, .archive = archive};
    if (archive_replay(archive, (struct place){0}, see_group, &seen, err) < 0)
        return -1;
    return (int)seen.groups;
}

/* --- telling --- */

static void tell(struct run *run, enum violation violation, const char *text)
{
    const struct options *options = &run->options;
    bool expected = options->expect == (int)violation;
    if (options->expect >= 0 && !expected)
        return; /* broken code does more than one thing wrong */
    run->done = !options->keep_going;
    run->failed = !expected;
    (void)printf("%s: state %" PRIu64 ", %s: %s: %s\n", expected ? "found" : "FAILED", run->number,
                 run->workload, violation_names[violation], text);
    (void)printf("  %s\n", run->detail);
    (void)printf("  again: %s --seed %" PRIu64 " --per-point %u --second-every %u"
                 " --trouble-every %u --state %" PRIu64 "%s%s\n",
                 program_invocation_short_name, options->seed, options->per_point,
                 options->second_every, options->trouble_every, run->number,
                 options->workload ? " --workload " : "",
                 options->workload ? options->workload : "");
}

static bool __attribute__((format(printf, 3, 4)))
violated(struct run *run, enum violation violation, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    tell(run, violation, text);
    return false;
}

/* --- what a disk has to keep --- */

static void note_damage(void *self, const struct damage *damage)
{
    char *text = self;
    if (!*text)
        (void)snprintf(text, 300, "%s at %" PRIu64 ": %s", damage->file, damage->off, damage->what);
}

/* As `sohoa verify` sees it. A power cut may come before there is a log. */
static bool verify_is_clean(struct run *run, struct archive *reader, const char *when)
{
    struct err err = {0}, why = {0};
    char text[300] = "";
    struct verify_hooks hooks = {.on_damage = note_damage, .self = text};
    struct verify_result result;
    bool has_log = archive_log(reader, &why) || why.kind != ERR_INPUT;
    if (archive_verify(reader, &hooks, &result, &err) < 0 ||
        (has_log && archive_verify_log(reader, &hooks, &result, &err) < 0))
        return violated(run, DAMAGED, "%s: %s", when, err.text);
    if (result.bad + result.missing > 0)
        return violated(run, DAMAGED, "%s: %s", when, text);
    return true;
}

/* What a reader sees before anybody recovers; -1 when that is a violation. */
static int see_as_reader(struct run *run, const char *path)
{
    struct err err = {0};
    CLEANUP(archive_closep)
    struct archive *archive = archive_open(run->io, path, ARCHIVE_READ, &err);
    int n = archive ? count_groups(run, archive, &err) : -1;
    if (n < 0)
        (void)violated(run, READER_DIFFERS, "it fails: %s", err.text);
    else if (!verify_is_clean(run, archive, "before recovery"))
        n = -1;
    return n;
}

/* The first opening for writing after the crash, and one more group: how many there are then. read:
 * what a reader saw, or -1. */
static bool recover(struct run *run, const char *path, unsigned acknowledged, int read,
                    int *ret_groups)
{
    struct err err = {0};
    CLEANUP(archive_closep)
    struct archive *archive = archive_open(run->io, path, ARCHIVE_WRITE, &err);
    if (!archive)
        return violated(run, REFUSED, "%s", err.text);
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    int n = count_groups(run, archive, &err);
    if (n < 0)
        return violated(run, LOST, "%s", err.text);
    if (n < (int)acknowledged)
        return violated(run, LOST, "%u acknowledged, %d found", acknowledged, n);
    if (n > (int)acknowledged + 1)
        return violated(run, INVENTED, "%u acknowledged, %d found", acknowledged, n);
    if (read >= 0 && n != read)
        return violated(run, READER_DIFFERS, "%d and %d", read, n);
    if (commit_group(run, archive, (unsigned)n, &err) < 0)
        return violated(run, STUCK, "%s", err.text);
    *ret_groups = n + 1;
    return true;
}

static bool stays_so(struct run *run, const char *path, int groups)
{
    struct err err = {0};
    CLEANUP(archive_closep)
    struct archive *archive = archive_open(run->io, path, ARCHIVE_WRITE, &err);
    if (!archive)
        return violated(run, UNSTABLE, "%s", err.text);
    int n = count_groups(run, archive, &err);
    if (n < 0)
        return violated(run, UNSTABLE, "%s", err.text);
    if (n != groups)
        return violated(run, UNSTABLE, "%d groups, then %d", groups, n);
    return true;
}

/* The writers of recover() and stays_so() have closed: the signed head tells of every object. */
static bool is_signed(struct run *run, const char *path, int groups)
{
    struct err err = {0};
    uint64_t objects = 0;
    CLEANUP(archive_closep)
    struct archive *reader = archive_open(run->io, path, ARCHIVE_READ, &err);
    struct log *log = reader ? archive_log(reader, &err) : NULL;
    if (!log)
        return violated(run, UNSIGNED, "%s", err.text);
    for (int g = 0; g < groups; g++)
        objects += run->contents[g].len;
    if (log_head(log)->size != objects)
        return violated(run, UNSIGNED, "%" PRIu64 " of %" PRIu64 " objects", log_head(log)->size,
                        objects);
    return verify_is_clean(run, reader, "after recovery");
}

/* An archive that nobody was told of may be there, not, or in part: init makes it or says so. */
static bool make_if_unfinished(struct run *run, struct io *io, const char *path)
{
    struct err err = {0};
    if (archive_init(io, path, &err) == 0 ||
        (err.kind == ERR_INPUT && strstr(err.text, "is an archive already")))
        return true;
    return violated(run, REFUSED, "init: %s", err.text);
}

static void check_archive(struct run *run, const char *path, unsigned steps)
{
    if (steps == 0 && !make_if_unfinished(run, run->io, path))
        return;
    unsigned acknowledged = steps ? steps - 1 : 0;
    int read = see_as_reader(run, path);
    int groups = 0;
    if (!run->done && recover(run, path, acknowledged, read, &groups) &&
        stays_so(run, path, groups))
        (void)is_signed(run, path, groups);
}

/* --- a state --- */

/* Whether the next state is to be looked at; counts it. */
static bool is_wanted(const struct run *run)
{
    return run->options.state == NO_STATE || run->options.state == run->number;
}

static void state_ends(struct run *run, enum crash_kind kind)
{
    run->counts[run->second][kind]++;
    if (run->options.state == run->number)
        run->done = true;
    run->number++;
}

static void check_disk(struct run *run, const struct crash_disk *disk)
{
    if (is_wanted(run)) {
        char *dir = fresh_dir(run, run->second ? "second" : "state");
        char *path = path_of(dir, "archive");
        (void)snprintf(run->detail, sizeof run->detail, "power cut%s at point %zu, on disk: %s",
                       run->second ? " while recovering" : "", disk->point, disk->pending);
        crash_disk_write(disk, dir);
        check_archive(run, path, disk->acknowledged);
        free(path);
        free(dir);
    }
    if (!run->done)
        state_ends(run, disk->kind);
}

/* A writer: opens, acknowledges what it finds, commits so many groups, closes. The first failure
 * ends it. Returns false with *err when it could not open. */
static bool write_groups(struct run *run, struct crash_sim *sim, const char *path, unsigned groups,
                         struct err *err)
{
    CLEANUP(archive_closep)
    struct archive *archive = archive_open(crash_sim_io(sim), path, ARCHIVE_WRITE, err);
    if (!archive)
        return false;
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    int found = count_groups(run, archive, err);
    if (found < 0)
        return false;
    crash_sim_acknowledge(sim, STEPS_OF(found));
    for (unsigned g = (unsigned)found; g < (unsigned)found + groups; g++) {
        if (commit_group(run, archive, g, err) < 0)
            break;
        crash_sim_acknowledge(sim, STEPS_OF(g + 1));
    }
    return true;
}

static bool visit_second(void *self, const struct crash_disk *disk)
{
    struct run *run = self;
    check_disk(run, disk);
    return !run->done;
}

/* The power fails again while the first crash is recovered from. */
static void crash_again(struct run *run, const struct crash_disk *disk)
{
    struct err err = {0};
    char *dir = fresh_dir(run, "again"), *path = path_of(dir, "archive");
    crash_disk_write(disk, dir);
    struct crash_sim *sim = crash_sim_open(dir);
    run->second = true;
    crash_sim_acknowledge(sim, disk->acknowledged);
    if (disk->acknowledged == 0 && make_if_unfinished(run, crash_sim_io(sim), path))
        crash_sim_acknowledge(sim, STEPS_OF(0));
    if (!run->done && !write_groups(run, sim, path, 1, &err))
        (void)violated(run, REFUSED, "%s", err.text);
    struct crash_plan plan = {.per_point = run->options.per_point / 8 + 2,
                              .seed = run->options.seed + run->number};
    if (!run->done)
        crash_sim_each(sim, &plan, visit_second, run);
    run->second = false;
    crash_sim_close(sim);
    free(path);
    free(dir);
}

static bool visit_first(void *self, const struct crash_disk *disk)
{
    struct run *run = self;
    uint64_t number = run->number;
    check_disk(run, disk);
    if (!run->done && number % run->options.second_every == 0)
        crash_again(run, disk);
    return !run->done;
}

static void show_disks(struct run *run, struct crash_sim *sim, size_t first_point, unsigned divisor)
{
    struct crash_plan plan = {.first_point = first_point,
                              .per_point = run->options.per_point / divisor + 2,
                              .seed = run->options.seed};
    crash_sim_each(sim, &plan, visit_first, run);
}

/* --- workloads --- */

/* An archive's life: made, written, closed, opened again. */
static void live(struct run *run)
{
    struct err err = {0};
    char *dir = fresh_dir(run, "work"), *path = path_of(dir, "archive");
    struct crash_sim *sim = crash_sim_open(dir);
    (void)snprintf(run->workload, sizeof run->workload, "a life");
    if (archive_init(crash_sim_io(sim), path, &err) < 0)
        bug(err.text);
    crash_sim_acknowledge(sim, STEPS_OF(0));
    if (!write_groups(run, sim, path, LIFE_GROUPS, &err) ||
        !write_groups(run, sim, path, 0, &err) || !write_groups(run, sim, path, 3, &err))
        (void)violated(run, STUCK, "%s", err.text);
    else
        show_disks(run, sim, 0, 1);
    crash_sim_close(sim);
    free(path);
    free(dir);
}

/* The first writer meets trouble at its nth operation; a second one finds what it left, in the
 * cache of a machine that goes on running, and then the power fails. Returns whether there was an
 * nth. */
static bool live_with_trouble(struct run *run, enum crash_trouble trouble, unsigned nth, int sys)
{
    struct err err = {0};
    char *dir = fresh_dir(run, "work"), *path = path_of(dir, "archive");
    if (archive_init(run->io, path, &err) < 0)
        bug(err.text);
    struct crash_sim *sim = crash_sim_open(dir);
    crash_sim_acknowledge(sim, STEPS_OF(0));
    crash_sim_trouble(sim, trouble, nth, sys);
    (void)write_groups(run, sim, path, TROUBLE_GROUPS, &err);
    bool troubled = crash_sim_troubled(sim);
    size_t first_point = crash_sim_trouble_point(sim);
    crash_sim_trouble(sim, CRASH_NO_TROUBLE, 0, 0);
    (void)snprintf(run->detail, sizeof run->detail, "opened again without a power cut");
    if (troubled && !write_groups(run, sim, path, 2, &err) && is_wanted(run))
        (void)violated(run, REFUSED, "%s", err.text);
    if (troubled && !run->done) {
        state_ends(run, CRASH_CALM);
        show_disks(run, sim, first_point, 4);
    }
    crash_sim_close(sim);
    free(path);
    free(dir);
    return troubled;
}

static void live_with_every_trouble(struct run *run, enum crash_trouble trouble, int sys)
{
    static const char *const what[] = {[CRASH_KILL] = "killed before",
                                       [CRASH_KILL_HALF] = "killed within",
                                       [CRASH_FAIL] = "failed"};
    bool troubled = true;
    const unsigned every = run->options.trouble_every;
    for (unsigned nth = (unsigned)(run->options.seed % every); troubled && !run->done;
         nth += every) {
        (void)snprintf(run->workload, sizeof run->workload, "%s operation %u", what[trouble], nth);
        troubled = live_with_trouble(run, trouble, nth, sys);
    }
}

/* --- damage is not a crash --- */

struct damage_case {
    const char *path; /* of the archive */
    const char *file; /* its open segment */
    const uint8_t *bytes;
    size_t len, end; /* of the file; of its groups */
};

/* The writer may refuse, or not mind; it may not throw away a byte that was acknowledged. */
static void check_damage(struct run *run, const struct damage_case *c, const uint8_t *hurt)
{
    struct err err = {0};
    char text[300] = "";
    struct verify_hooks hooks = {.on_damage = note_damage, .self = text};
    struct verify_result result = {0};
    struct archive *reader = archive_open(run->io, c->path, ARCHIVE_READ, &err);
    if (!reader || archive_verify(reader, &hooks, &result, &err) < 0)
        (void)violated(run, DAMAGED, "verify: %s", err.text);
    else if (result.bad + result.missing == 0)
        (void)violated(run, DAMAGED, "verify does not see it");
    archive_close(reader);

    struct archive *writer = archive_open(run->io, c->path, ARCHIVE_WRITE, &err);
    if (!writer && err.kind != ERR_CORRUPT)
        (void)violated(run, REFUSED, "%s", err.text);
    archive_close(writer);
    CLEANUP(bytes_done) struct bytes now = {0};
    int fd = open(c->file, O_RDONLY | O_CLOEXEC);
    if (bytes_reserve(&now, c->len, &err) < 0)
        bug(err.text);
    ssize_t got = fd >= 0 ? read(fd, now.data, c->len) : -1;
    if (got < (ssize_t)c->end || memcmp(now.data, hurt, c->end) != 0)
        (void)violated(run, CUT_OFF, "%zu bytes of groups, %zd are left", c->end, got);
    if (fd >= 0)
        (void)close(fd);
}

static void put_file(const char *path, const uint8_t *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || close(fd) < 0)
        bug(path);
}

static void hurt_block(struct run *run, const struct damage_case *c, size_t block, unsigned how)
{
    uint8_t *hurt = malloc(c->len);
    if (!hurt)
        bug("no memory");
    memcpy(hurt, c->bytes, c->len);
    uint8_t *at = hurt + block * 4096;
    if (how == 0)
        at[0] ^= 1;
    else if (how == 1)
        memset(at, 0, 4096);
    else
        memset(at + 512 * (block % 8), 0xA5, 512);
    (void)snprintf(run->detail, sizeof run->detail, "block %zu, %s", block,
                   how == 0   ? "one bit"
                   : how == 1 ? "zeros"
                              : "a foreign sector");
    if (is_wanted(run)) {
        put_file(c->file, hurt, c->len);
        check_damage(run, c, hurt);
    }
    if (!run->done)
        state_ends(run, CRASH_BLOCKS);
    free(hurt);
}

/* Six groups in one segment that was not closed. Returns where the last one begins. */
static size_t make_for_damage(struct run *run, struct crash_sim *sim, const char *path)
{
    struct err err = {0};
    struct place places[OBJECTS_MAX] = {0};
    if (archive_init(crash_sim_io(sim), path, &err) < 0)
        bug(err.text);
    struct archive *archive = archive_open(crash_sim_io(sim), path, ARCHIVE_WRITE, &err);
    if (!archive)
        bug(err.text);
    archive_set_segment_bytes(archive, 16 * SEGMENT_BYTES);
    for (unsigned g = 0; g < 6; g++)
        if (archive_commit(archive, run->contents[g].objects, run->contents[g].len, 1000 + g,
                           places, &err) < 0)
            bug(err.text);
    crash_sim_trouble(sim, CRASH_KILL, 0, 0); /* so that closing it does nothing */
    archive_close(archive);
    return (size_t)places[0].off;
}

static void live_with_damage(struct run *run)
{
    struct err err = {0};
    char *dir = fresh_dir(run, "work"), *path = path_of(dir, "archive");
    char *file = path_of(path, "seg/0000000001.open");
    struct crash_sim *sim = crash_sim_open(dir);
    struct bytes bytes = {0};
    struct stat st;
    size_t last = make_for_damage(run, sim, path);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || bytes_reserve(&bytes, (size_t)st.st_size, &err) < 0 ||
        read(fd, bytes.data, (size_t)st.st_size) != st.st_size || close(fd) < 0)
        bug(file);
    struct damage_case c = {path, file, bytes.data, (size_t)st.st_size, last};
    (void)snprintf(run->workload, sizeof run->workload, "damage");
    for (size_t block = 1; block < last / 4096 && !run->done; block++)
        for (unsigned how = 0; how < 3 && !run->done; how++)
            hurt_block(run, &c, block, how);
    bytes_done(&bytes);
    crash_sim_close(sim);
    free(file);
    free(path);
    free(dir);
}

/* --- the program --- */

static uint64_t number_of(const char *text)
{
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno || end == text || *end)
        bug(text);
    return n;
}

static int violation_of(const char *name)
{
    for (int i = 0; i < VIOLATIONS; i++)
        if (strcmp(violation_names[i], name) == 0)
            return i;
    errno = EINVAL;
    bug(name);
    return -1;
}

static void read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},
        {"per-point", required_argument, NULL, 'p'},
        {"state", required_argument, NULL, 'n'},
        {"second-every", required_argument, NULL, '2'},
        {"expect", required_argument, NULL, 'e'},
        {"keep-going", no_argument, NULL, 'k'},
        {"workload", required_argument, NULL, 'w'},
        {"trouble-every", required_argument, NULL, 't'},
        {0},
    };
    *options = (struct options){.seed = 1,
                                .state = NO_STATE,
                                .per_point = 240,
                                .second_every = 61,
                                .trouble_every = 1,
                                .expect = -1};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 's')
            options->seed = number_of(optarg);
        else if (c == 'p')
            options->per_point = (unsigned)number_of(optarg);
        else if (c == 'n')
            options->state = number_of(optarg);
        else if (c == '2')
            options->second_every = (unsigned)number_of(optarg);
        else if (c == 't')
            options->trouble_every = (unsigned)number_of(optarg);
        else if (c == 'e')
            options->expect = violation_of(optarg);
        else if (c == 'k')
            options->keep_going = true;
        else if (c == 'w')
            options->workload = optarg;
        else
            exit(2);
    }
    if (options->per_point == 0 || options->second_every == 0 || options->trouble_every == 0)
        bug("a number that must not be 0");
}

/* Root may do everything, and would not notice a file that nobody else can open. */
static void become_nobody(void)
{
    if (geteuid() != 0)
        return;
    if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
        prctl(PR_SET_DUMPABLE, 1) < 0)
        bug("become nobody");
}

static char *make_scratch(void)
{
    const char *bases[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
    for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
        char *path = bases[i] ? path_of(bases[i], "sohoa-crash-XXXXXX") : NULL;
        if (path && mkdtemp(path))
            return path;
        free(path);
    }
    bug("make a scratch folder");
    return NULL;
}

static void run_workloads(struct run *run)
{
    static const struct {
        const char *name;
        void (*once)(struct run *run);
        enum crash_trouble trouble;
        int sys;
    } rows[] = {
        {"life", live, 0, 0},
        {"damage", live_with_damage, 0, 0},
        {"killed", NULL, CRASH_KILL, 0},
        {"killed-within", NULL, CRASH_KILL_HALF, 0},
        {"io-error", NULL, CRASH_FAIL, EIO},
        {"full-disk", NULL, CRASH_FAIL, ENOSPC},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows) && !run->done; i++) {
        uint64_t before = run->number;
        if (run->options.workload && strcmp(run->options.workload, rows[i].name) != 0)
            continue;
        if (rows[i].once)
            rows[i].once(run);
        else
            live_with_every_trouble(run, rows[i].trouble, rows[i].sys);
        (void)printf("workload %s: %" PRIu64 " states\n", rows[i].name, run->number - before);
    }
}

static void sum_up(const struct run *run)
{
    uint64_t all = 0;
    for (int second = 0; second < 2; second++) {
        (void)printf("%s:", second ? "a second crash, during recovery" : "one crash");
        for (int kind = 0; kind < CRASH_KINDS; kind++) {
            (void)printf(" %s %" PRIu64, crash_kind_names[kind], run->counts[second][kind]);
            all += run->counts[second][kind];
        }
        (void)printf("\n");
    }
    (void)printf("%" PRIu64 " states, seed %" PRIu64 "\n", all, run->options.seed);
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct run run = {0};
    read_options(argc, argv, &run.options);
    become_nobody();
    run.scratch = make_scratch();
    run.io = io_open(IO_PLAIN, NULL, &err);
    if (!run.io)
        bug(err.text);
    make_contents(&run);
    /* The windows of recovery and verify are megabytes, of which little is used: kept, not
     * unmapped. */
    (void)mallopt(M_MMAP_THRESHOLD, 64 * MIB);
    (void)mallopt(M_TRIM_THRESHOLD, 256 * MIB);

    run_workloads(&run);
    if (run.options.expect >= 0 && !run.done) {
        (void)printf("FAILED: broken on purpose, and not found: %s\n",
                     violation_names[run.options.expect]);
        run.failed = true;
    }
    sum_up(&run);
    free_contents(&run);
    io_close(run.io);
    remove_tree(run.scratch);
    free(run.scratch);
    return run.failed;
}
