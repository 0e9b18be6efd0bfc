/* tests/unit/test_erase.c - bytes are taken away for good, and nothing else is. */
#include "storage/erase.h"

#include <dirent.h>
#include <errno.h>

#include "storage/segment.h"
#include "tests/unit/archive_fixture.h"
#include "tests/unit/fault_io.h"

#define SEGMENT_BYTES (12 * KIB) /* two groups */
#define GROUPS        6          /* three segments, the last one open */
#define OPS_MAX       2000

static int set_up(void **state)
{
    *state = test_dir_make();
    return 0;
}

static int tear_down(void **state)
{
    test_dir_remove(*state);
    return 0;
}

/* What is to go: object `i` of group `g`. */
struct victim {
    unsigned g, i;
};

struct scene {
    struct fault_io fault;
    char *path;
    struct place places[GROUPS][PER_GROUP];
};

static struct archive *open_in(struct scene *scene, enum archive_mode mode)
{
    struct err err = {0};
    struct archive *archive = archive_open(&scene->fault.io, scene->path, mode, &err);
    assert_ok_ptr(archive, err);
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    return archive;
}

static void scene_init(struct scene *scene, const char *dir)
{
    struct err err = {0};
    fault_io_init(&scene->fault);
    scene->path = path_in(dir, "archive");
    assert_ok(archive_init(&scene->fault.io, scene->path, &err), err);
    struct archive *archive = open_in(scene, ARCHIVE_WRITE);
    for (unsigned g = 0; g < GROUPS; g++)
        assert_ok(commit_group(archive, g, scene->places[g], &err), err);
    archive_close(archive);
}

static void scene_done(struct scene *scene)
{
    free(scene->path);
    fault_io_done(&scene->fault);
}

static int erase(struct archive *archive, const struct scene *scene, const struct victim *victims,
                 size_t n, struct erase_result *ret_result, struct err *err)
{
    struct erase_target targets[GROUPS * PER_GROUP];
    for (size_t i = 0; i < n; i++)
        targets[i] = (struct erase_target){id_of(victims[i].g, victims[i].i),
                                           scene->places[victims[i].g][victims[i].i]};
    return archive_erase(archive, targets, n, ret_result, err);
}

static bool is_victim(const struct victim *victims, size_t n, unsigned g, unsigned i)
{
    for (size_t v = 0; v < n; v++)
        if (victims[v].g == g && victims[v].i == i)
            return true;
    return false;
}

/* Every object: whole, or, for a victim, gone. Returns how many are gone. */
static unsigned check_objects(struct archive *archive, const struct scene *scene,
                              const struct victim *victims, size_t n)
{
    unsigned gone = 0;
    for (unsigned g = 0; g < GROUPS; g++)
        for (unsigned i = 0; i < PER_GROUP; i++) {
            struct digest id = id_of(g, i);
            struct bytes out = {0};
            struct err err = {0};
            if (archive_read(archive, scene->places[g][i], &id, &out, &err) < 0) {
                if (err.kind != ERR_GONE || !is_victim(victims, n, g, i))
                    fail_msg("object %u of group %u: %s", i, g, err.text);
                gone++;
            }
            bytes_done(&out);
        }
    return gone;
}

static int count(void *self, const struct group *group, struct err *err)
{
    (void)err;
    assert_int_equal(group->seq, ++*(uint64_t *)self);
    return 0;
}

static bool any_destroyed(void *self, const struct group_entry *entry)
{
    (void)self;
    (void)entry;
    return true;
}

static void tell_damage(void *self, const struct damage *damage)
{
    (void)self;
    print_message("%s at %llu: %s\n", damage->file, (unsigned long long)damage->off, damage->what);
}

/* All groups are there, and nothing is wrong. Returns how many objects verify held for gone. */
static uint64_t check_whole(struct archive *archive)
{
    struct err err = {0};
    struct verify_result result = {0};
    const struct verify_hooks hooks = {.is_destroyed = any_destroyed, .on_damage = tell_damage};
    uint64_t groups = 0;
    assert_ok(archive_replay(archive, (struct place){0}, count, &groups, &err), err);
    assert_int_equal(groups, GROUPS);
    assert_ok(archive_verify(archive, &hooks, &result, &err), err);
    assert_int_equal(result.bad + result.missing, 0);
    assert_int_equal(result.objects + result.destroyed, GROUPS * PER_GROUP);
    return result.destroyed;
}

/* How many files below seg/ there are, and how many hold the stored bytes of group g's noise. */
static unsigned files_with(const char *path, unsigned g, unsigned *ret_files)
{
    uint8_t raw[RAW_BYTES];
    unsigned with = 0;
    char *seg = path_in(path, "seg");
    DIR *dir = opendir(seg);
    raw_of(g, 1, raw);
    *ret_files = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        char *file = path_in(seg, entry->d_name);
        struct bytes bytes = file_bytes(file);
        with += memmem(bytes.data, bytes.len, raw, sizeof raw) != NULL;
        ++*ret_files;
        bytes_done(&bytes);
        free(file);
    }
    closedir(dir);
    free(seg);
    return with;
}

static void what_was_asked_for_is_gone_and_all_else_stands(void **state)
{
    static const struct victim victims[] = {{3, 1}, {0, 0}, {0, 1}, {5, 2}};
    struct scene scene;
    struct err err = {0};
    struct erase_result result;
    unsigned files = 0;
    scene_init(&scene, *state);
    struct archive *archive = open_in(&scene, ARCHIVE_WRITE);
    assert_int_equal(files_with(scene.path, 3, &files), 1);
    assert_int_equal(files, 3);
    assert_ok(erase(archive, &scene, victims, ARRAY_LEN(victims), &result, &err), err);
    assert_int_equal(result.objects, 4);
    assert_int_equal(result.segments, 3); /* the open one was sealed for it */
    assert_true(result.bytes > 2 * RAW_BYTES);
    assert_int_equal(check_objects(archive, &scene, victims, ARRAY_LEN(victims)), 4);
    assert_int_equal(check_whole(archive), 4);
    assert_int_equal(files_with(scene.path, 3, &files), 0);
    assert_int_equal(files_with(scene.path, 0, &files), 0);
    assert_int_equal(files_with(scene.path, 2, &files), 1);
    assert_int_equal(files, 3);

    /* Again: nothing is left to do. Another one of a segment that was rewritten. */
    static const struct victim more[] = {{0, 0}, {1, 1}};
    assert_ok(erase(archive, &scene, victims, ARRAY_LEN(victims), &result, &err), err);
    assert_int_equal(result.objects + result.segments + result.bytes, 0);
    assert_ok(erase(archive, &scene, more, ARRAY_LEN(more), &result, &err), err);
    assert_int_equal(result.objects, 1);
    assert_int_equal(check_whole(archive), 5);

    /* It goes on being an archive. */
    struct place places[PER_GROUP];
    assert_ok(commit_group(archive, GROUPS, places, &err), err);
    assert_int_equal(places[0].segment, 4);
    archive_close(archive);
    archive_close(open_in(&scene, ARCHIVE_WRITE));
    scene_done(&scene);
}

/* More than is copied at a time: no seam keeps a byte. */
static void a_large_object_goes_whole(void **state)
{
    struct scene scene;
    struct err err = {0};
    struct erase_result result;
    struct place place;
    struct object object = {.type = OBJECT_BLOB};
    struct bytes raw = {0}, out = {0};
    size_t len = 2 * MIB + MIB / 2 + 5;
    scene_init(&scene, *state);
    assert_ok(bytes_reserve(&raw, len, &err), err);
    memset(raw.data, 0xA5, len);
    raw.len = len;
    assert_ok(object_prepare(&object, OBJECT_BLOB, bytes_span(&raw), false, NULL, &err), err);
    struct archive *archive = open_in(&scene, ARCHIVE_WRITE);
    assert_ok(archive_commit(archive, &object, 1, 1000 + GROUPS, &place, &err), err);
    struct erase_target target = {object.id, place};
    assert_ok(archive_erase(archive, &target, 1, &result, &err), err);
    assert_int_equal(result.bytes, len);
    assert_int_equal(archive_read(archive, place, &object.id, &out, &err), -1);
    assert_int_equal(err.kind, ERR_GONE); /* every byte is zero */
    assert_int_equal(check_objects(archive, &scene, NULL, 0), 0);
    archive_close(archive);
    object_done(&object);
    bytes_done(&raw);
    bytes_done(&out);
    scene_done(&scene);
}

static void bytes_that_nobody_accounts_for_are_damage(void **state)
{
    static const struct victim victims[] = {{2, 0}};
    struct scene scene;
    struct err err = {0};
    struct erase_result done;
    struct verify_result result;
    scene_init(&scene, *state);
    struct archive *archive = open_in(&scene, ARCHIVE_WRITE);
    assert_ok(erase(archive, &scene, victims, 1, &done, &err), err);
    assert_ok(archive_verify(archive, NULL, &result, &err), err);
    assert_int_equal(result.bad, 1);
    assert_int_equal(result.destroyed, 0);
    archive_close(archive);
    scene_done(&scene);
}

static void a_reader_that_has_the_old_file_open_reads_on(void **state)
{
    static const struct victim victims[] = {{0, 0}, {1, 1}};
    struct scene scene;
    struct err err = {0};
    struct erase_result result;
    scene_init(&scene, *state);
    struct archive *reader = open_in(&scene, ARCHIVE_READ);
    assert_int_equal(check_objects(reader, &scene, NULL, 0), 0);
    struct archive *archive = open_in(&scene, ARCHIVE_WRITE);
    assert_ok(erase(archive, &scene, victims, 2, &result, &err), err);
    assert_int_equal(check_objects(reader, &scene, victims, 2), 2);
    assert_int_equal(check_whole(reader), 2);
    archive_close(reader);
    archive_close(archive);
    scene_done(&scene);
}

static char *sealed_path(const struct scene *scene, unsigned seq)
{
    char *seg = path_in(scene->path, "seg"), *found = NULL;
    DIR *dir = opendir(seg);
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct segment_name name;
        if (segment_name_parse(entry->d_name, &name) && name.seq == seq && name.sealed) {
            free(found);
            found = path_in(seg, entry->d_name);
        }
    }
    closedir(dir);
    free(seg);
    assert_non_null(found);
    return found;
}

/* Damage must not be sealed anew as if it had always been so. */
static void a_damaged_segment_is_left_alone(void **state)
{
    static const struct victim victims[] = {{0, 0}};
    struct scene scene;
    struct err err = {0};
    struct erase_result result;
    unsigned files = 0;
    scene_init(&scene, *state);
    char *path = sealed_path(&scene, 1);
    struct bytes bytes = file_bytes(path);
    bytes.data[scene.places[1][1].off + RECORD_HEADER_BYTES + 5] ^= 1;
    (void)chmod(path, 0644);
    file_put(path, bytes_span(&bytes));
    struct archive *archive = open_in(&scene, ARCHIVE_WRITE);
    assert_int_equal(erase(archive, &scene, victims, 1, &result, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "does not match its seal"));
    archive_close(archive);
    archive_close(open_in(&scene, ARCHIVE_WRITE)); /* removes the part */
    struct bytes after = file_bytes(path);
    assert_int_equal(bytes.len, after.len);
    assert_memory_equal(bytes.data, after.data, after.len);
    (void)files_with(scene.path, 0, &files);
    assert_int_equal(files, 3);
    bytes_done(&bytes);
    bytes_done(&after);
    free(path);
    scene_done(&scene);
}

static void another_object_at_the_place_is_not_touched(void **state)
{
    struct scene scene;
    struct err err = {0};
    struct erase_result result;
    scene_init(&scene, *state);
    struct archive *archive = open_in(&scene, ARCHIVE_WRITE);
    struct erase_target wrong = {id_of(0, 1), scene.places[0][0]};
    assert_int_equal(archive_erase(archive, &wrong, 1, &result, &err), -1);
    assert_non_null(strstr(err.text, "another object"));
    wrong = (struct erase_target){id_of(0, 0), {9, 4096}};
    assert_int_equal(archive_erase(archive, &wrong, 1, &result, &err), -1);
    assert_int_equal(check_objects(archive, &scene, NULL, 0), 0);
    archive_close(archive);
    scene_done(&scene);
}

/* Two files of one number that are no rewriting: nobody guesses which one is right. */
static void a_twin_that_is_no_rewriting_is_not_removed(void **state)
{
    struct scene scene;
    struct err err = {0};
    scene_init(&scene, *state);
    char *one = sealed_path(&scene, 1), *two = strdup(one);
    struct bytes bytes = file_bytes(one);
    char *digit = strrchr(two, '.') - 1;
    *digit = *digit == 'a' ? 'b' : 'a';
    file_put(two, bytes_span(&bytes));
    assert_null(archive_open(&scene.fault.io, scene.path, ARCHIVE_WRITE, &err));
    assert_non_null(strstr(err.text, "twice"));
    assert_int_equal(access(one, F_OK) | access(two, F_OK), 0);
    bytes_done(&bytes);
    free(one);
    free(two);
    scene_done(&scene);
}

static const struct fault_case {
    const char *why;
    enum fault_kind kind;
    int sys;
} faults[] = {
    {"an I/O error", FAULT_ERROR, EIO}, {"a full disk", FAULT_ERROR, ENOSPC},
    {"a short write", FAULT_SHORT, 0},  {"a write torn by a power cut", FAULT_TORN, EIO},
    {"a power cut", FAULT_POWER, EIO},
};

/* Before and behind the repair: every other object is whole, and so is the archive. */
static unsigned check_state(struct scene *scene, enum archive_mode mode,
                            const struct victim *victims, size_t n)
{
    struct archive *archive = open_in(scene, mode);
    unsigned gone = check_objects(archive, scene, victims, n);
    assert_int_equal(check_whole(archive), gone);
    archive_close(archive);
    return gone;
}

static void whichever_operation_it_hits_old_or_new_stands(void **state)
{
    static const struct victim victims[] = {{0, 1}, {1, 0}, {5, 1}};
    const size_t n = ARRAY_LEN(victims);
    const struct fault_case *c = *state;
    bool struck = true, old_seen = false, new_seen = false;
    unsigned nth = 0;
    for (; struck && nth < OPS_MAX; nth++) {
        char *dir = test_dir_make();
        struct scene scene;
        struct err err = {0};
        struct erase_result result;
        unsigned files = 0;
        scene_init(&scene, dir);
        struct archive *archive = open_in(&scene, ARCHIVE_WRITE);
        fault_io_arm(&scene.fault, c->kind, nth, c->sys);
        int rc = erase(archive, &scene, victims, n, &result, &err);
        struck = scene.fault.struck;
        assert_true(rc == 0 || (struck && c->kind != FAULT_SHORT));
        archive_close(archive);

        fault_io_arm(&scene.fault, FAULT_NONE, 0, 0);
        unsigned gone = check_state(&scene, ARCHIVE_READ, victims, n);
        assert_true(rc < 0 || gone == n);
        old_seen = old_seen || gone == 0;
        new_seen = new_seen || gone == n;
        assert_int_equal(check_state(&scene, ARCHIVE_WRITE, victims, n), gone);
        archive = open_in(&scene, ARCHIVE_WRITE);
        assert_ok(erase(archive, &scene, victims, n, &result, &err), err);
        archive_close(archive);
        assert_int_equal(check_state(&scene, ARCHIVE_READ, victims, n), n);
        assert_int_equal(files_with(scene.path, 0, &files), 0);
        assert_int_equal(files, 3); /* nothing is left of the old ones, nor of a part */
        scene_done(&scene);
        test_dir_remove(dir);
    }
    assert_true(nth > 30 && nth < OPS_MAX);
    assert_true(new_seen && (old_seen || c->kind == FAULT_SHORT));
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test_setup_teardown(what_was_asked_for_is_gone_and_all_else_stands, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_large_object_goes_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_that_nobody_accounts_for_are_damage, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_has_the_old_file_open_reads_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_segment_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_object_at_the_place_is_not_touched, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_twin_that_is_no_rewriting_is_not_removed, set_up,
                                        tear_down),
    };
    struct CMUnitTest tests[ARRAY_LEN(faults) + ARRAY_LEN(fixed)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        tests[n++] =
            (struct CMUnitTest){faults[i].why, whichever_operation_it_hits_old_or_new_stands, NULL,
                                NULL, (void *)&faults[i]};
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    return cmocka_run_group_tests_name("erase", tests, NULL, NULL);
}
