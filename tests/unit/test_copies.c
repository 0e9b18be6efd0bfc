/* tests/unit/test_copies.c - sync makes a whole copy, repair takes from it, faults harm neither. */
#include <dirent.h>
#include <errno.h>

#include "storage/archive_log.h"
#include "storage/erase.h"
#include "storage/repair.h"
#include "storage/segment.h"
#include "storage/sync.h"
#include "tests/unit/archive_fixture.h"
#include "tests/unit/fault_io.h"

#define SEGMENT_BYTES (12 * KIB) /* two groups */
#define GROUPS        7          /* three sealed segments of two groups, one open of one */
#define SEALED        3
#define OPS_MAX       500
#define BLOCK         4096u
#define ONE_IN        31 /* bytes, where a sanitizer watches */

struct fixture {
    char *dir, *path, *copy;
    struct fault_io fault;
    struct io *io;
};

static void make_archive(struct fixture *f, const char *path, unsigned groups)
{
    struct err err = {0};
    struct place places[PER_GROUP];
    assert_ok(archive_init(f->io, path, &err), err);
    struct archive *archive = archive_open(f->io, path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    for (unsigned g = 0; g < groups; g++)
        assert_ok(commit_group(archive, g, places, &err), err);
    archive_close(archive);
}

static int set_up_empty(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    f->dir = test_dir_make();
    f->path = path_in(f->dir, "archive");
    f->copy = path_in(f->dir, "copy");
    fault_io_init(&f->fault);
    f->io = &f->fault.io;
    return 0;
}

static int set_up(void **state)
{
    (void)set_up_empty(state);
    make_archive(*state, ((struct fixture *)*state)->path, GROUPS);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fault_io_done(&f->fault);
    free(f->path);
    free(f->copy);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

/* --- looking --- */

/* The path of segment n, or NULL. */
static char *segment_in(const char *path, uint64_t n)
{
    char *seg = path_in(path, "seg"), *found = NULL;
    DIR *dir = opendir(seg);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir))
        if (e->d_name[0] != '.' && strtoul(e->d_name, NULL, 10) == n) {
            assert_null(found);
            found = path_in(seg, e->d_name);
        }
    if (dir)
        closedir(dir);
    free(seg);
    return found;
}

static bool same_files(const char *a, const char *b)
{
    struct bytes one = file_bytes(a), two = file_bytes(b);
    bool same = one.len == two.len && memcmp(one.data, two.data, one.len) == 0;
    bytes_done(&one);
    bytes_done(&two);
    return same;
}

static struct verify_result verify(struct fixture *f, const char *path)
{
    struct err err = {0};
    struct verify_result result = {0};
    struct archive *archive = archive_open(f->io, path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_verify(archive, NULL, &result, &err), err);
    if (archive_has_log(archive))
        assert_ok(archive_verify_log(archive, &(struct verify_hooks){0}, &result, &err), err);
    archive_close(archive);
    return result;
}

static void assert_clean(struct fixture *f, const char *path, unsigned groups)
{
    struct verify_result result = verify(f, path);
    assert_int_equal(result.bad + result.missing, 0);
    assert_int_equal(result.objects, groups * PER_GROUP);
}

/* --- syncing --- */

struct told {
    unsigned odd, ours, repaired, left;
    char file[200], what[200], kept[300];
};

static void on_odd(void *self, const struct damage *damage, bool ours)
{
    struct told *told = self;
    told->odd++;
    told->ours += ours;
    (void)snprintf(told->file, sizeof told->file, "%s", damage->file);
    (void)snprintf(told->what, sizeof told->what, "%s", damage->what);
}

static int sync_to(struct fixture *f, const char *to, bool check, struct told *told,
                   struct sync_result *result, struct err *err)
{
    const struct sync_options options = {.check = check, .on_odd = on_odd, .self = told};
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_READ, err);
    int rc = archive ? archive_sync(archive, to, &options, result, err) : -1;
    archive_close(archive);
    return rc;
}

static struct sync_result sync_well(struct fixture *f, bool check, struct told *told)
{
    struct err err = {0};
    struct sync_result result = {0};
    *told = (struct told){0};
    assert_ok(sync_to(f, f->copy, check, told, &result, &err), err);
    assert_int_equal(result.odd, told->odd);
    return result;
}

static void a_copy_is_an_archive_by_itself(void **state)
{
    struct fixture *f = *state;
    struct told told;
    struct err err = {0};
    struct sync_result result = sync_well(f, false, &told);
    assert_int_equal(result.copied, SEALED);
    assert_int_equal(result.segments, SEALED);
    assert_int_equal(result.there + result.odd, 0);
    assert_int_equal(result.open_objects, PER_GROUP);
    assert_true(result.open_stored_bytes > 0 && result.copied_bytes > SEALED * SEGMENT_BYTES);
    assert_clean(f, f->copy, 2 * SEALED);
    for (uint64_t n = 1; n <= SEALED; n++) {
        char *ours = segment_in(f->path, n), *theirs = segment_in(f->copy, n);
        assert_true(same_files(ours, theirs));
        assert_string_equal(strrchr(ours, '/'), strrchr(theirs, '/'));
        struct stat st;
        assert_int_equal(stat(theirs, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0444);
        free(ours);
        free(theirs);
    }
    /* A second time there is nothing to do. */
    result = sync_well(f, false, &told);
    assert_int_equal(result.copied + result.copied_bytes, 0);
    assert_int_equal(result.there, SEALED);
    struct archive *copy = archive_open(f->io, f->copy, ARCHIVE_READ, &err);
    assert_ok_ptr(copy, err);
    assert_int_equal(count_groups(copy, &err), 2 * SEALED);
    archive_close(copy);
}

/* --- the signed log --- */

PRINTF(1, 2) static void run(const char *format, ...)
{
    char command[700];
    va_list args;
    va_start(args, format);
    assert_true(vsnprintf(command, sizeof command, format, args) < (int)sizeof command);
    va_end(args);
    assert_int_equal(system(command), 0);
}

static void assert_no_writer(struct fixture *f, enum err_kind kind, const char *why)
{
    struct err err = {0};
    assert_null(archive_open(f->io, f->copy, ARCHIVE_WRITE, &err));
    if (err.kind != kind || !strstr(err.text, why))
        fail_msg("'%s' and kind %d, not '%s'", err.text, err.kind, why);
}

static void the_head_of_a_copy_is_ahead_of_its_segments(void **state)
{
    struct fixture *f = *state;
    struct told told;
    assert_int_equal(sync_well(f, false, &told).log_entries, GROUPS * PER_GROUP);
    struct verify_result result = verify(f, f->copy);
    assert_int_equal(result.not_here, PER_GROUP);
    assert_int_equal(result.bad + result.missing, 0);
    assert_int_equal(verify(f, f->path).not_here, 0);
    run("cmp '%1$s/log/checkpoint' '%2$s/log/checkpoint'", f->path, f->copy);
    run("cmp '%1$s/log/checkpoint' '%2$s/log.last'", f->path, f->copy);
}

static void nobody_writes_to_a_copy_without_the_key(void **state)
{
    struct fixture *f = *state;
    struct told told;
    struct err err = {0};
    char *before = path_in(f->dir, "before");
    (void)sync_well(f, false, &told);
    run("cp -a '%s' '%s'", f->copy, before);
    assert_no_writer(f, ERR_INPUT, "this is a copy of sohoa/");
    /* What is derived can be made all the same. */
    struct archive *copy = archive_open_rebuilding(f->io, f->copy, &err);
    assert_ok_ptr(copy, err);
    assert_true(archive_is_copy(copy));
    assert_int_equal(count_groups(copy, &err), 2 * SEALED);
    archive_close(copy);
    run("diff -r '%s' '%s'", before, f->copy);

    /* The key is not enough where what it signed is not there: that would fork the history. */
    run("cp '%s/log/key.pem' '%s/log/'", f->path, f->copy);
    assert_no_writer(f, ERR_CORRUPT, "promises 21 objects, the segments hold 18");
    run("rm -f '%s/log/key.pem'", f->copy);
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_seal_open(archive, &err), err);
    archive_close(archive);
    (void)sync_well(f, false, &told);
    run("cp '%s/log/key.pem' '%s/log/'", f->path, f->copy);
    copy = archive_open(f->io, f->copy, ARCHIVE_WRITE, &err);
    assert_ok_ptr(copy, err);
    struct place places[PER_GROUP];
    assert_ok(commit_group(copy, GROUPS, places, &err), err);
    archive_close(copy);
    assert_clean(f, f->copy, GROUPS + 1);
    /* From now on the copy is the archive, and what was the archive is behind. */
    struct sync_result result;
    assert_int_equal(sync_to(f, f->copy, false, &told, &result, &err), -1);
    assert_non_null(strstr(err.text, "has 21 entries, its copy's 24"));
    free(before);
}

/* An interrupted first sync, and a copy that an older program made. */
static void a_copy_without_a_log_gets_one(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    run("rm -rf '%1$s/log/checkpoint' '%1$s/log/tile' '%1$s/log.last'", f->copy);
    assert_clean(f, f->copy, 2 * SEALED);
    assert_no_writer(f, ERR_INPUT, "this is a copy of sohoa/");
    assert_int_equal(sync_well(f, false, &told).log_entries, GROUPS * PER_GROUP);
    assert_int_equal(verify(f, f->copy).not_here, PER_GROUP);
    forget_log(f->copy);
    assert_clean(f, f->copy, 2 * SEALED);
    struct err err = {0};
    struct archive *copy = archive_open_rebuilding(f->io, f->copy, &err);
    assert_ok_ptr(copy, err);
    archive_close(copy);
    run("test ! -e '%s/log'", f->copy); /* no log of its own */
    assert_int_equal(sync_well(f, false, &told).log_entries, GROUPS * PER_GROUP);
    assert_int_equal(verify(f, f->copy).not_here, PER_GROUP);
}

static void sync_of_another_history_is_refused(void **state)
{
    struct fixture *f = *state;
    struct told told = {0};
    struct err err = {0};
    struct sync_result result;
    char *before = path_in(f->dir, "before"), *fork = path_in(f->dir, "fork");
    run("cp -a '%s' '%s'", f->path, fork);
    struct place places[PER_GROUP];
    for (unsigned i = 0; i < 2; i++) {
        struct archive *archive = archive_open(f->io, i ? fork : f->path, ARCHIVE_WRITE, &err);
        assert_ok_ptr(archive, err);
        assert_ok(commit_group(archive, GROUPS + i, places, &err), err);
        assert_ok(archive_seal_open(archive, &err), err);
        archive_close(archive);
        if (i == 0)
            (void)sync_well(f, false, &told);
    }
    run("cp -a '%s' '%s'", f->copy, before);
    run("rm -rf '%1$s' && mv '%2$s' '%1$s'", f->path, fork);
    assert_int_equal(sync_to(f, f->copy, false, &told, &result, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "two signed histories"));
    run("diff -r '%s' '%s'", before, f->copy);
    /* Without any log there is nothing that speaks for it. */
    forget_log(f->path);
    assert_int_equal(sync_to(f, f->copy, false, &told, &result, &err), -1);
    assert_non_null(strstr(err.text, "the archive has no signed log"));
    run("diff -r '%s' '%s'", before, f->copy);
    free(before);
    free(fork);
}

/* A segment that was smuggled in continues the chain; that the log does not have it shows. */
static void what_was_put_into_a_copy_is_damage(void **state)
{
    struct fixture *f = *state;
    struct told told;
    struct err err = {0};
    struct place places[PER_GROUP];
    (void)sync_well(f, false, &told);
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(commit_group(archive, GROUPS, places, &err), err);
    assert_ok(archive_seal_open(archive, &err), err);
    archive_close(archive);
    char *more = segment_in(f->path, SEALED + 1);
    run("cp '%s' '%s/seg/'", more, f->copy);
    assert_int_equal(verify(f, f->copy).bad, 1);
    (void)sync_well(f, false, &told); /* the log has it now */
    assert_clean(f, f->copy, GROUPS + 1);
    free(more);
}

static void what_is_not_signed_yet_waits(void **state)
{
    struct fixture *f = *state;
    struct told told;
    struct err err = {0};
    struct place places[PER_GROUP];
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(commit_group(archive, GROUPS, places, &err), err);
    assert_ok(archive_seal_open(archive, &err), err);
    struct sync_result result = sync_well(f, false, &told);
    assert_int_equal(result.unsigned_segments, 1);
    assert_int_equal(result.copied, SEALED);
    assert_clean(f, f->copy, 2 * SEALED);
    assert_ok(archive_checkpoint(archive, &err), err);
    result = sync_well(f, false, &told);
    assert_int_equal(result.unsigned_segments, 0);
    assert_int_equal(result.copied, 1);
    assert_clean(f, f->copy, GROUPS + 1);
    archive_close(archive);
}

/* Its segments may be all that is left of it: they are not held back. */
static void an_archive_with_a_damaged_log_is_copied(void **state)
{
    struct fixture *f = *state;
    struct told told;
    char *head = path_in(f->path, "log/checkpoint");
    struct bytes good = file_bytes(head);
    assert_true(good.len > 50);
    run("chmod u+w '%1$s' && printf X | dd of='%1$s' bs=1 seek=50 conv=notrunc status=none", head);
    struct sync_result result = sync_well(f, false, &told);
    assert_int_equal(result.copied, SEALED);
    assert_int_equal(result.log_entries, 0);
    assert_int_equal(told.odd, 1);
    assert_int_equal(told.ours, 1);
    assert_string_equal(told.file, "log");
    assert_clean(f, f->copy, 2 * SEALED);
    file_put(head, bytes_span(&good));
    assert_int_equal(sync_well(f, false, &told).log_entries, GROUPS * PER_GROUP);
    bytes_done(&good);
    free(head);
}

static void a_sealed_archive_is_copied_whole(void **state)
{
    struct fixture *f = *state;
    struct told told;
    struct err err = {0};
    struct place places[PER_GROUP];
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_seal_open(archive, &err), err);
    assert_ok(archive_seal_open(archive, &err), err); /* nothing is open: nothing is done */
    archive_close(archive);
    struct sync_result result = sync_well(f, false, &told);
    assert_int_equal(result.copied, SEALED + 1);
    assert_int_equal(result.open_objects, 0);
    assert_clean(f, f->copy, GROUPS);

    archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(commit_group(archive, GROUPS, places, &err), err);
    archive_close(archive);
    assert_clean(f, f->path, GROUPS + 1);
    assert_int_equal(sync_well(f, false, &told).open_objects, PER_GROUP);
}

static void change_byte(const char *path, size_t at)
{
    struct bytes bytes = file_bytes(path);
    assert_int_equal(chmod(path, 0644), 0);
    bytes.data[at] ^= 4;
    file_put(path, bytes_span(&bytes));
    bytes_done(&bytes);
}

static void what_differs_is_told_and_left(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    char *one = segment_in(f->copy, 1), *two = segment_in(f->copy, 2);
    struct bytes before;

    change_byte(one, 5000);
    before = file_bytes(one);
    assert_int_equal(sync_well(f, false, &told).there, SEALED); /* who does not look sees nothing */
    assert_int_equal(sync_well(f, true, &told).there, SEALED - 1);
    assert_int_equal(told.odd, 1);
    assert_int_equal(told.ours, 0);
    assert_non_null(strstr(one, told.file));
    assert_string_equal(told.what, "the copy of this segment is damaged");
    file_put(one, span_of(before.data, before.len - 1)); /* a file cut short shows anyway */
    assert_int_equal(sync_well(f, false, &told).there, SEALED - 1);
    assert_int_equal(told.odd, 1);
    struct bytes after = file_bytes(one);
    assert_int_equal(after.len, before.len - 1);
    bytes_done(&before);
    bytes_done(&after);

    char *other = strdup(two);
    char *digit = strstr(other, ".seg") - 1;
    *digit = *digit == '0' ? '1' : '0';
    assert_int_equal(rename(two, other), 0);
    assert_int_equal(sync_well(f, false, &told).copied, 0);
    assert_int_equal(told.odd, 2);
    assert_string_equal(told.what, "the copy has another segment of this number");
    assert_int_equal(access(other, F_OK), 0);

    char *open_path = path_in(f->copy, "seg/0000000004.open");
    file_put(open_path, span_of("x", 1));
    (void)sync_well(f, false, &told);
    assert_int_equal(told.odd, 3);
    char *last = segment_in(f->path, SEALED);
    assert_int_equal(unlink(open_path), 0);
    assert_int_equal(unlink(last), 0); /* ours is gone: the copy has more */
    (void)sync_well(f, false, &told);
    assert_int_equal(told.odd, 3);
    free(last);
    free(open_path);
    free(other);
    free(one);
    free(two);
}

/* --- what was destroyed --- */

struct target_search {
    struct digest id;
    struct erase_target target;
};

static int see_target(void *self, const struct group *group, struct err *err)
{
    struct target_search *search = self;
    (void)err;
    for (size_t i = 0; i < group->entry_len; i++)
        if (digest_equal(&group->entries[i].id, &search->id))
            search->target = (struct erase_target){search->id, group->entries[i].place};
    return 0;
}

/* Takes the bytes of object i of group g away, in either archive. */
static void erase_in(struct fixture *f, const char *path, unsigned g, unsigned i)
{
    struct err err = {0};
    struct erase_result result;
    struct target_search search = {.id = id_of(g, i)};
    struct archive *archive = archive_open(f->io, path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_replay(archive, (struct place){0}, see_target, &search, &err), err);
    assert_ok(archive_erase(archive, &search.target, 1, &result, &err), err);
    assert_int_equal(result.objects, 1);
    archive_close(archive);
}

static void assert_same_segments(struct fixture *f)
{
    for (uint64_t n = 1; n <= SEALED; n++) {
        char *ours = segment_in(f->path, n), *theirs = segment_in(f->copy, n);
        assert_string_equal(strrchr(ours, '/'), strrchr(theirs, '/'));
        assert_true(same_files(ours, theirs));
        free(ours);
        free(theirs);
    }
}

static void what_was_destroyed_goes_from_the_copy(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    char *old = segment_in(f->copy, 1), *kept = path_in(f->dir, "old");
    char *catalogue = path_in(f->copy, "catalogue.db");
    assert_int_equal(link(old, kept), 0); /* sees what becomes of the file's bytes */
    file_put(catalogue, span_of("words", 5));
    erase_in(f, f->path, 0, 0);
    struct sync_result result = sync_well(f, true, &told);
    assert_int_equal(result.replaced, 1);
    assert_int_equal(result.copied, 1);
    assert_int_equal(result.there, SEALED - 1);
    assert_int_equal(told.odd, 0);
    assert_int_equal(access(old, F_OK), -1);
    assert_int_equal(access(catalogue, F_OK), -1);
    assert_same_segments(f);
    struct bytes wiped = file_bytes(kept);
    uint8_t raw[RAW_BYTES];
    raw_of(0, 0, raw);
    char *young = segment_in(f->copy, 1);
    struct bytes now = file_bytes(young);
    assert_int_equal(wiped.len, now.len);
    /* Everything before the seal, which alone is another. */
    assert_memory_equal(wiped.data, now.data, now.len - 2 * BLOCK);
    result = sync_well(f, true, &told);
    assert_int_equal(result.copied + result.replaced + told.odd, 0);
    erase_in(f, f->path, 0, 1); /* a second time, and in another segment */
    erase_in(f, f->path, 2, 1);
    assert_int_equal(sync_well(f, false, &told).replaced, 2);
    assert_same_segments(f);
    bytes_done(&wiped);
    bytes_done(&now);
    free(young);
    free(catalogue);
    free(kept);
    free(old);
}

/* Damages segment n of an archive and has it repaired from another. Returns the damaged file. */
static char *damage_and_repair(struct fixture *f, const char *path, const char *from, uint64_t n)
{
    struct err err = {0};
    struct repair_result result;
    char *segment = segment_in(path, n), *kept = NULL;
    change_byte(segment, 5000);
    struct archive *whole = archive_open(f->io, from, ARCHIVE_READ, &err);
    assert_ok_ptr(whole, err);
    struct archive *archive = archive_open(f->io, path, ARCHIVE_MEND, &err);
    assert_ok_ptr(archive, err);
    const struct repair_options options = {.workers = 1};
    assert_ok(archive_repair(archive, whole, &options, &result, &err), err);
    assert_int_equal(result.repaired, 1);
    archive_close(archive);
    archive_close(whole);
    assert_true(
        asprintf(&kept, "%s/%s/%s", path, ARCHIVE_DAMAGED_SEGMENTS, strrchr(segment, '/') + 1) > 0);
    assert_int_equal(access(kept, F_OK), 0);
    free(segment);
    return kept;
}

/* What can be read of a file that was removed: how many bytes, all of them zeros. */
static size_t zeros_in(int fd)
{
    uint8_t data[16 * KIB];
    ssize_t len = read(fd, data, sizeof data);
    for (ssize_t i = 0; i < len; i++)
        assert_int_equal(data[i], 0);
    close(fd);
    return (size_t)len;
}

/* What waits may hold the record of why bytes are gone: they do not go before it. */
static void nothing_is_replaced_while_a_segment_waits(void **state)
{
    struct fixture *f = *state;
    struct told told;
    struct err err = {0};
    struct place places[PER_GROUP];
    struct erase_result erased;
    struct target_search search = {.id = id_of(0, 0)};
    (void)sync_well(f, false, &told);
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(commit_group(archive, GROUPS, places, &err), err);
    assert_ok(archive_seal_open(archive, &err), err);
    assert_ok(archive_replay(archive, (struct place){0}, see_target, &search, &err), err);
    assert_ok(archive_erase(archive, &search.target, 1, &erased, &err), err);
    struct sync_result result = sync_well(f, false, &told);
    assert_int_equal(result.unsigned_segments, 1);
    assert_int_equal(result.replaced, 0);
    archive_close(archive);
    result = sync_well(f, false, &told);
    assert_int_equal(result.unsigned_segments, 0);
    assert_int_equal(result.replaced, 1);
}

static void what_repair_kept_goes_with_what_is_destroyed(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    char *one = damage_and_repair(f, f->path, f->copy, 1);
    free(damage_and_repair(f, f->path, f->copy, 1)); /* the same name, with .2 */
    char *two = damage_and_repair(f, f->path, f->copy, 2);
    char *theirs = damage_and_repair(f, f->copy, f->path, 1);
    char *folder = path_in(f->path, ARCHIVE_DAMAGED_SEGMENTS), *other = path_in(f->dir, "other");
    assert_int_equal(link(two, other), 0); /* two names: it may be the segment itself */
    struct bytes before = file_bytes(other);
    char *rest = path_in(folder, "0000000099-00112233445566778899aabbccddeeff"
                                 "00112233445566778899aabbccddeeff.seg");
    file_put(rest, span_of("the only one", 12)); /* nothing has taken its place */
    int fd = open(one, O_RDONLY | O_CLOEXEC), their_fd = open(theirs, O_RDONLY | O_CLOEXEC);
    run("test $(ls '%s' | wc -l) = 4", folder);

    erase_in(f, f->path, 0, 0);
    run("test $(ls '%s' | wc -l) = 1", folder);
    assert_int_equal(access(rest, F_OK), 0);
    assert_true(zeros_in(fd) > 12000);
    struct bytes after = file_bytes(other);
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.data, before.data, after.len);

    assert_int_equal(access(theirs, F_OK), 0);
    assert_int_equal(sync_well(f, false, &told).replaced, 1);
    assert_int_equal(access(theirs, F_OK), -1);
    assert_true(zeros_in(their_fd) > 12000);
    bytes_done(&before);
    bytes_done(&after);
    free(one);
    free(two);
    free(theirs);
    free(folder);
    free(other);
    free(rest);
}

/* An archive that an old state was put back of does not bring bytes back to its copy; nor does a
 * segment that was rewritten on its own, as often. */
static void what_the_copy_destroyed_does_not_come_back(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    forget_log(f->copy); /* which keeps writers away */
    erase_in(f, f->copy, 0, 0);
    forget_log(f->copy);
    char *before = segment_in(f->copy, 1);
    struct sync_result result = sync_well(f, false, &told);
    assert_int_equal(result.copied + result.replaced, 0);
    assert_int_equal(told.odd, 1);
    assert_string_equal(told.what, "the copy has another segment of this number");
    erase_in(f, f->path, 0, 1);
    result = sync_well(f, false, &told);
    assert_int_equal(result.copied + result.replaced, 0);
    assert_int_equal(told.odd, 1);
    assert_int_equal(access(before, F_OK), 0);
    free(before);
}

static void a_damaged_rewriting_destroys_nothing(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    erase_in(f, f->path, 0, 0);
    char *ours = segment_in(f->path, 1), *theirs = segment_in(f->copy, 1);
    change_byte(ours, 5000);
    struct sync_result result = sync_well(f, false, &told);
    assert_int_equal(result.copied + result.replaced, 0);
    assert_int_equal(told.odd, 1);
    assert_int_equal(told.ours, 1);
    assert_int_equal(access(theirs, F_OK), 0);
    assert_clean(f, f->copy, 2 * SEALED);
    free(ours);
    free(theirs);
}

static void whichever_operation_of_a_replacement_it_hits_it_is_ended(void **state)
{
    unsigned nth = 0;
    (void)state;
    for (bool struck = true; struck; nth++) {
        void *each = NULL;
        (void)set_up(&each);
        struct fixture *f = each;
        struct err err = {0};
        struct told told = {0};
        struct sync_result result = {0};
        (void)sync_well(f, false, &told);
        erase_in(f, f->path, 0, 0);
        fault_io_arm(&f->fault, FAULT_POWER, nth, EIO);
        int rc = sync_to(f, f->copy, false, &told, &result, &err);
        struck = f->fault.struck;
        assert_true(struck || rc == 0);
        assert_true(nth < OPS_MAX);
        fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
        (void)sync_well(f, true, &told);
        assert_int_equal(told.odd, 0);
        assert_same_segments(f); /* segment_in() wants one file of each number */
        (void)tear_down(&each);
    }
    assert_true(nth > 30);
}

static void damage_is_not_copied(void **state)
{
    struct fixture *f = *state;
    struct told told;
    char *two = segment_in(f->path, 2);
    change_byte(two, 5000);
    struct sync_result result = sync_well(f, false, &told);
    assert_int_equal(result.copied, SEALED - 1);
    assert_int_equal(told.odd, 1);
    assert_int_equal(told.ours, 1);
    assert_non_null(strstr(two, told.file));
    assert_null(segment_in(f->copy, 2));
    change_byte(two, 5000);
    assert_int_equal(sync_well(f, false, &told).copied, 1);
    assert_clean(f, f->copy, 2 * SEALED);
    free(two);
}

static void assert_refused(struct fixture *f, const char *to, enum err_kind kind, const char *why)
{
    struct err err = {0};
    struct told told = {0};
    struct sync_result result;
    assert_int_equal(sync_to(f, to, false, &told, &result, &err), -1);
    assert_int_equal(err.kind, kind);
    if (!strstr(err.text, why))
        fail_msg("'%s' does not say '%s'", err.text, why);
}

static void what_is_no_copy_of_this_archive_is_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct told told;
    char *other = path_in(f->dir, "other"), *full = path_in(f->dir, "full");
    char *thing = path_in(full, "thing");
    make_archive(f, other, 1);
    assert_int_equal(mkdir(full, 0755), 0);
    file_put(thing, span_of("x", 1));
    assert_refused(f, other, ERR_INPUT, "another archive");
    assert_refused(f, full, ERR_INPUT, "not empty");
    assert_refused(f, f->path, ERR_INPUT, "the archive itself");
    assert_refused(f, thing, ERR_INPUT, "not a directory");

    (void)sync_well(f, false, &told);
    struct archive *held = archive_open(f->io, f->copy, ARCHIVE_MEND, &err);
    assert_ok_ptr(held, err);
    assert_refused(f, f->copy, ERR_RETRY, "in use");
    archive_close(held);
    char *format = path_in(f->copy, "FORMAT");
    change_byte(format, 20);
    assert_refused(f, f->copy, ERR_CORRUPT, "FORMAT");
    free(format);
    free(thing);
    free(full);
    free(other);
}

static void a_stop_leaves_whole_segments(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct told told;
    _Atomic int stop = 1;
    const struct sync_options options = {.stop = &stop};
    struct sync_result result = {0};
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_sync(archive, f->copy, &options, &result, &err), err);
    archive_close(archive);
    assert_true(result.stopped);
    assert_int_equal(result.copied, 0);
    assert_clean(f, f->copy, 0);
    assert_int_equal(sync_well(f, false, &told).copied, SEALED);
}

/* --- faults --- */

static const struct fault_case {
    const char *why, *repair_why;
    enum fault_kind kind;
    int sys;
} faults[] = {
    {"sync: an I/O error", "repair: an I/O error", FAULT_ERROR, EIO},
    {"sync: a full disk", "repair: a full disk", FAULT_ERROR, ENOSPC},
    {"sync: a short write", "repair: a short write", FAULT_SHORT, 0},
    {"sync: a torn write", "repair: a torn write", FAULT_TORN, EIO},
    {"sync: a power cut", "repair: a power cut", FAULT_POWER, EIO},
};

/* One try, in which the nth operation is hit. Returns whether there was an nth. */
typedef bool one_try(struct fixture *f, const struct fault_case *c, unsigned nth);

/* Of each operation an archive of its own. Returns how many there are. */
static unsigned hit_each(const struct fault_case *c, one_try *once)
{
    unsigned nth = 0;
    for (bool struck = true; struck; nth++) {
        void *each = NULL;
        assert_true(nth < OPS_MAX);
        (void)set_up(&each);
        struck = once(each, c, nth);
        (void)tear_down(&each);
    }
    return nth;
}

static bool sync_is_hit(struct fixture *f, const struct fault_case *c, unsigned nth)
{
    struct err err = {0};
    struct told told = {0};
    struct sync_result result = {0};
    char *format = path_in(f->copy, "FORMAT");
    fault_io_arm(&f->fault, c->kind, nth, c->sys);
    int rc = sync_to(f, f->copy, true, &told, &result, &err);
    bool struck = f->fault.struck;
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    if (rc == 0 && result.odd == 0 && result.open_objects > 0)
        assert_clean(f, f->copy, 2 * SEALED); /* it said so */
    if (access(format, F_OK) == 0) {
        struct verify_result found = verify(f, f->copy);
        assert_int_equal(found.bad, 0);
        assert_true(found.missing == 0 || result.odd > 0);
    }
    assert_clean(f, f->path, GROUPS);
    (void)sync_well(f, true, &told);
    assert_int_equal(told.odd, 0);
    assert_clean(f, f->copy, 2 * SEALED);
    free(format);
    return struck;
}

static void whichever_operation_of_sync_it_hits_the_copy_is_whole(void **state)
{
    assert_true(hit_each(*state, sync_is_hit) > 40);
}

static void a_segment_is_durable_before_it_has_its_name(void **state)
{
    struct fixture *f = *state;
    struct told told;
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    (void)sync_well(f, false, &told);
    /* opened; read, written; synced; forgotten, read back; renamed; directory synced */
    unsigned found = 0;
    for (const char *at = f->fault.trace; (at = strstr(at, "uorwfgsrnf")); at++)
        found++;
    if (found != SEALED)
        fail_msg("%u times in '%s'", found, f->fault.trace);
}

/* A disk that keeps other bytes than it was given, once, and says nothing. */
struct lying_disk {
    struct io io;
    struct io *plain;
    bool lied;
};

static void run_lying(struct io *io, struct io_op ops[], size_t n)
{
    struct lying_disk *disk = (struct lying_disk *)io;
    for (size_t i = 0; i < n; i++) {
        uint8_t *data = ops[i].buf;
        bool lie = ops[i].kind == IO_WRITE && ops[i].len > 5000 && !disk->lied;
        struct bytes other = {0};
        struct err err = {0};
        if (lie) {
            assert_ok(bytes_append(&other, span_of(data, ops[i].len), &err), err);
            other.data[5000] ^= 1;
            ops[i].buf = other.data;
            disk->lied = true;
        }
        io_run(disk->plain, &ops[i], 1);
        ops[i].buf = data;
        bytes_done(&other);
    }
}

static const struct io_backend lying_backend = {"plain", run_lying, NULL};

static void what_the_disk_does_not_keep_gets_no_name(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct told told = {0};
    struct sync_result result;
    struct lying_disk disk = {{&lying_backend}, f->fault.inner, false};
    f->fault.inner = &disk.io;
    int rc = sync_to(f, f->copy, false, &told, &result, &err);
    f->fault.inner = disk.plain;
    assert_true(disk.lied);
    assert_int_equal(rc, -1);
    assert_int_equal(err.kind, ERR_SYSTEM);
    assert_non_null(strstr(err.text, "read back"));
    assert_null(segment_in(f->copy, 1));
    assert_int_equal(sync_well(f, false, &told).copied, SEALED);
}

/* --- repairing --- */

static void on_repaired(void *self, const char *file, const char *kept)
{
    struct told *told = self;
    told->repaired++;
    (void)snprintf(told->file, sizeof told->file, "%s", file);
    (void)snprintf(told->kept, sizeof told->kept, "%s", kept ? kept : "");
}

static void on_left(void *self, const struct damage *damage)
{
    struct told *told = self;
    told->left++;
    (void)snprintf(told->file, sizeof told->file, "%s", damage->file);
    (void)snprintf(told->what, sizeof told->what, "%s", damage->what);
}

static int repair_from(struct fixture *f, const char *from, struct told *told,
                       struct repair_result *result, struct err *err)
{
    const struct repair_options options = {
        .on_repaired = on_repaired, .on_left = on_left, .self = told};
    struct archive *copy = archive_open(f->io, from, ARCHIVE_READ, err);
    struct archive *archive = copy ? archive_open(f->io, f->path, ARCHIVE_MEND, err) : NULL;
    int rc = archive ? archive_repair(archive, copy, &options, result, err) : -1;
    archive_close(archive);
    archive_close(copy);
    return rc;
}

static struct repair_result repair_well(struct fixture *f, struct told *told)
{
    struct err err = {0};
    struct repair_result result = {0};
    *told = (struct told){0};
    assert_ok(repair_from(f, f->copy, told, &result, &err), err);
    assert_int_equal(result.damaged, result.repaired + result.left);
    assert_int_equal(result.left, told->left);
    return result;
}

static void assert_repaired(struct fixture *f, uint64_t segment)
{
    struct told told;
    struct repair_result result = repair_well(f, &told);
    char *ours = segment_in(f->path, segment), *theirs = segment_in(f->copy, segment);
    if (result.repaired != 1 || result.left != 0)
        fail_msg("%u repaired, %u left, last '%s'", told.repaired, told.left, told.what);
    assert_non_null(ours);
    assert_true(same_files(ours, theirs));
    assert_string_equal(strrchr(ours, '/'), strrchr(theirs, '/'));
    free(ours);
    free(theirs);
    if (told.kept[0]) {
        char *kept = path_in(f->path, told.kept);
        assert_int_equal(unlink(kept), 0);
        free(kept);
    }
}

/* A small archive, one sealed segment of one group, and its copy. */
static struct bytes set_up_fast(struct fixture *f, char **ret_path)
{
    struct err err = {0};
    struct told told;
    make_archive(f, f->path, 1);
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_seal_open(archive, &err), err);
    archive_close(archive);
    assert_int_equal(sync_well(f, false, &told).copied, 1);
    *ret_path = segment_in(f->path, 1);
    return file_bytes(*ret_path);
}

static void every_flipped_byte_is_put_right(void **state)
{
    struct fixture *f = *state;
    char *path;
    const struct sample sample = sample_of(ONE_IN);
    struct bytes bytes = set_up_fast(f, &path);
    for (size_t at = sample.first; at < bytes.len; at += sample.step) {
        change_byte(path, at);
        assert_repaired(f, 1);
    }
    print_message("%zu bytes flipped\n", bytes.len / sample.step);
    bytes_done(&bytes);
    free(path);
}

static void every_length_is_put_right(void **state)
{
    struct fixture *f = *state;
    char *path;
    const struct sample sample = sample_of(ONE_IN);
    struct bytes bytes = set_up_fast(f, &path);
    for (size_t len = sample.first; len < bytes.len; len += sample.step) {
        assert_int_equal(chmod(path, 0644), 0);
        assert_int_equal(truncate(path, (off_t)len), 0);
        assert_repaired(f, 1);
    }
    bytes_done(&bytes);
    free(path);
}

static void swapped_blocks_are_put_right(void **state)
{
    struct fixture *f = *state;
    char *path;
    uint8_t block[BLOCK];
    struct bytes bytes = set_up_fast(f, &path);
    for (size_t a = 0; a < bytes.len; a += BLOCK)
        for (size_t b = a + BLOCK; b < bytes.len; b += BLOCK) {
            memcpy(block, bytes.data + a, BLOCK);
            memcpy(bytes.data + a, bytes.data + b, BLOCK);
            memcpy(bytes.data + b, block, BLOCK);
            assert_int_equal(chmod(path, 0644), 0);
            file_put(path, bytes_span(&bytes));
            assert_repaired(f, 1);
            bytes_done(&bytes);
            bytes = file_bytes(path);
        }
    bytes_done(&bytes);
    free(path);
}

static void what_is_missing_is_put_back(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    for (uint64_t n = 1; n <= SEALED; n++) {
        char *path = segment_in(f->path, n);
        assert_int_equal(unlink(path), 0);
        assert_repaired(f, n);
        free(path);
    }
    for (uint64_t n = 2; n <= SEALED; n++) {
        char *path = segment_in(f->path, n);
        assert_int_equal(unlink(path), 0);
        free(path);
    }
    assert_int_equal(repair_well(f, &told).repaired, 2);
    /* At the end of the log nothing is missed until somebody has it. */
    char *open_path = segment_in(f->path, SEALED + 1), *last = segment_in(f->path, SEALED);
    assert_int_equal(unlink(open_path), 0);
    assert_int_equal(unlink(last), 0);
    assert_int_equal(verify(f, f->path).missing, 0);
    assert_int_equal(repair_well(f, &told).repaired, 1);
    struct verify_result result = verify(f, f->path);
    assert_int_equal(result.objects, 2 * SEALED * PER_GROUP);
    assert_int_equal(result.bad, 1); /* the log knows of the open segment */
    free(open_path);
    free(last);
}

static void the_damaged_file_is_kept(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    for (unsigned i = 0; i < 2; i++) {
        char *path = segment_in(f->path, 2);
        change_byte(path, 5000 + i);
        struct bytes bad = file_bytes(path);
        assert_int_equal(repair_well(f, &told).repaired, 1);
        char *kept = path_in(f->path, told.kept);
        struct bytes found = file_bytes(kept);
        assert_int_equal(found.len, bad.len);
        assert_memory_equal(found.data, bad.data, bad.len);
        assert_true((strstr(kept, ".seg.2") != NULL) == (i == 1));
        bytes_done(&bad);
        bytes_done(&found);
        free(kept);
        free(path);
    }
    assert_clean(f, f->path, GROUPS);
}

static void a_wrong_name_is_put_right(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    char *path = segment_in(f->path, 2), *other = strdup(path);
    char *digit = strstr(other, ".seg") - 1;
    *digit = *digit == '0' ? '1' : '0';
    assert_int_equal(rename(path, other), 0);
    assert_repaired(f, 2);
    assert_clean(f, f->path, GROUPS);
    /* Wrong name and wrong bytes: it may be another segment. */
    assert_int_equal(rename(path, other), 0);
    change_byte(other, 5000);
    assert_int_equal(repair_well(f, &told).left, 1);
    assert_string_equal(told.what, "the copy has another segment of this number");
    free(path);
    free(other);
}

static void a_lost_format_is_put_back(void **state)
{
    struct fixture *f = *state;
    struct told told;
    struct err err = {0};
    struct repair_result result;
    (void)sync_well(f, false, &told);
    char *format = path_in(f->path, "FORMAT"), *theirs = path_in(f->copy, "FORMAT");
    change_byte(format, 20);
    assert_int_equal(repair_well(f, &told).repaired, 1);
    assert_true(same_files(format, theirs));
    assert_int_equal(unlink(format), 0);
    assert_int_equal(repair_well(f, &told).repaired, 1);
    assert_true(same_files(format, theirs));
    assert_clean(f, f->path, GROUPS);

    /* Of another archive it is not taken. */
    char *other = path_in(f->dir, "other");
    make_archive(f, other, 3);
    assert_int_equal(unlink(format), 0);
    assert_int_equal(repair_from(f, other, &told, &result, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(access(format, F_OK), -1);
    /* Nor when nothing says whose archive it is. */
    for (uint64_t n = 1; n <= SEALED + 1; n++) {
        char *path = segment_in(f->path, n);
        assert_int_equal(unlink(path), 0);
        free(path);
    }
    assert_int_equal(repair_from(f, f->copy, &told, &result, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    free(other);
    free(format);
    free(theirs);
}

static void a_copy_of_another_archive_is_refused(void **state)
{
    struct fixture *f = *state;
    struct told told = {0};
    struct err err = {0};
    struct repair_result result;
    char *other = path_in(f->dir, "other");
    make_archive(f, other, 5);
    assert_int_equal(repair_from(f, other, &told, &result, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_non_null(strstr(err.text, "another archive"));
    assert_int_equal(repair_from(f, f->path, &told, &result, &err), -1);
    assert_non_null(strstr(err.text, "the archive itself"));
    free(other);
}

static void assert_left(struct fixture *f, const char *why)
{
    struct told told;
    struct repair_result result = repair_well(f, &told);
    assert_int_equal(result.left, 1);
    assert_int_equal(result.repaired, 0);
    assert_string_equal(told.what, why);
}

static void what_cannot_be_put_right_is_named(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    char *ours = segment_in(f->path, 2), *theirs = segment_in(f->copy, 2);
    change_byte(ours, 5000);
    change_byte(theirs, 6000);
    assert_left(f, "the copy of it is damaged, too");
    assert_int_equal(unlink(theirs), 0);
    assert_left(f, "the copy does not have it");
    struct bytes bad = file_bytes(ours);
    assert_int_equal(unlink(ours), 0);
    assert_left(f, "1 segments from 2 to 2 are not in the copy");
    file_put(ours, bytes_span(&bad));
    bytes_done(&bad);
    change_byte(ours, 5000);

    char *open_path = segment_in(f->path, SEALED + 1);
    change_byte(open_path, 5000);
    assert_left(f, "it is not sealed yet: no copy of it can be checked");
    change_byte(open_path, 5000);
    assert_clean(f, f->path, GROUPS);
    free(open_path);
    free(ours);
    free(theirs);
}

static void go_on(struct fixture *f, const char *path, unsigned group)
{
    struct err err = {0};
    struct place places[PER_GROUP];
    struct archive *archive = archive_open(f->io, path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(commit_group(archive, group + i, places, &err), err);
        assert_ok(archive_seal_open(archive, &err), err);
    }
    assert_ok(commit_group(archive, group + 2, places, &err), err);
    archive_close(archive);
}

/* The copy's segments are fine, but of another continuation of the log. */
static void a_missing_segment_has_to_fit_its_neighbours(void **state)
{
    struct fixture *f = *state;
    char *command = NULL;
    make_archive(f, f->path, 1);
    assert_true(asprintf(&command, "cp -r '%s' '%s'", f->path, f->copy) > 0);
    assert_int_equal(system(command), 0);
    free(command);
    go_on(f, f->path, 1);
    go_on(f, f->copy, 30);
    char *one = segment_in(f->path, 1), *two = segment_in(f->path, 2);
    char *away = path_in(f->dir, "away");
    assert_int_equal(rename(two, away), 0);
    assert_left(f, "the copy of it does not continue the segment before");
    assert_int_equal(rename(away, two), 0);
    assert_int_equal(rename(one, away), 0);
    assert_left(f, "the segment behind does not continue the copy of it");
    assert_int_equal(rename(away, one), 0);
    assert_clean(f, f->path, 4);
    free(away);
    free(one);
    free(two);
}

/* An old state was put back and written to: its open segment is sealed in the copy. */
static void logs_that_parted_are_not_joined(void **state)
{
    struct fixture *f = *state;
    struct told told;
    (void)sync_well(f, false, &told);
    char *last = segment_in(f->path, SEALED), *open_path = segment_in(f->path, SEALED + 1);
    assert_int_equal(unlink(last), 0);
    assert_int_equal(unlink(open_path), 0);
    forget_log(f->path); /* else a writer refuses: more was signed */
    struct err err = {0};
    struct place places[PER_GROUP];
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    assert_ok(commit_group(archive, 40, places, &err), err);
    archive_close(archive);
    assert_left(f, "it is open here and sealed in the copy: they parted");
    free(last);
    free(open_path);
}

static bool repair_is_hit(struct fixture *f, const struct fault_case *c, unsigned nth)
{
    struct err err = {0};
    struct told told = {0};
    struct repair_result result = {0};
    (void)sync_well(f, false, &told);
    char *one = segment_in(f->path, 1), *two = segment_in(f->path, 2);
    char *format = path_in(f->path, "FORMAT");
    change_byte(one, 5000);
    assert_int_equal(unlink(two), 0);
    change_byte(format, 20);
    uint64_t objects = verify(f, f->path).objects;
    fault_io_arm(&f->fault, c->kind, nth, c->sys);
    int rc = repair_from(f, f->copy, &told, &result, &err);
    bool struck = f->fault.struck;
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    if (rc == 0 && result.left == 0)
        assert_clean(f, f->path, GROUPS);
    assert_true(verify(f, f->path).objects >= objects);
    (void)repair_well(f, &told);
    assert_int_equal(told.left, 0);
    assert_clean(f, f->path, GROUPS);
    free(one);
    free(two);
    free(format);
    return struck;
}

static void whichever_operation_of_repair_it_hits_nothing_gets_worse(void **state)
{
    assert_true(hit_each(*state, repair_is_hit) > 60);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define FAST(f) cmocka_unit_test_setup_teardown(f, set_up_empty, tear_down)

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        TEST(a_copy_is_an_archive_by_itself),
        TEST(the_head_of_a_copy_is_ahead_of_its_segments),
        TEST(nobody_writes_to_a_copy_without_the_key),
        TEST(a_copy_without_a_log_gets_one),
        TEST(sync_of_another_history_is_refused),
        TEST(what_was_put_into_a_copy_is_damage),
        TEST(what_is_not_signed_yet_waits),
        TEST(an_archive_with_a_damaged_log_is_copied),
        TEST(a_sealed_archive_is_copied_whole),
        TEST(what_differs_is_told_and_left),
        TEST(damage_is_not_copied),
        TEST(what_was_destroyed_goes_from_the_copy),
        TEST(nothing_is_replaced_while_a_segment_waits),
        TEST(what_repair_kept_goes_with_what_is_destroyed),
        TEST(what_the_copy_destroyed_does_not_come_back),
        TEST(a_damaged_rewriting_destroys_nothing),
        TEST(what_is_no_copy_of_this_archive_is_refused),
        TEST(a_stop_leaves_whole_segments),
        TEST(a_segment_is_durable_before_it_has_its_name),
        TEST(what_is_missing_is_put_back),
        TEST(the_damaged_file_is_kept),
        TEST(a_wrong_name_is_put_right),
        TEST(a_lost_format_is_put_back),
        TEST(a_copy_of_another_archive_is_refused),
        TEST(what_cannot_be_put_right_is_named),
        TEST(logs_that_parted_are_not_joined),
        TEST(what_the_disk_does_not_keep_gets_no_name),
        FAST(a_missing_segment_has_to_fit_its_neighbours),
        cmocka_unit_test(whichever_operation_of_a_replacement_it_hits_it_is_ended),
        FAST(swapped_blocks_are_put_right),
        FAST(every_flipped_byte_is_put_right),
        FAST(every_length_is_put_right),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + 2 * ARRAY_LEN(faults)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        void *c = (void *)&faults[i];
        tests[n++] = (struct CMUnitTest){
            faults[i].why, whichever_operation_of_sync_it_hits_the_copy_is_whole, NULL, NULL, c};
        tests[n++] = (struct CMUnitTest){faults[i].repair_why,
                                         whichever_operation_of_repair_it_hits_nothing_gets_worse,
                                         NULL, NULL, c};
    }
    return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
