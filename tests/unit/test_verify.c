/* tests/unit/test_verify.c - every flipped byte is reported, and costs only what it hit. */
#include <dirent.h>

#include "base/crc32c.h"
#include "storage/segment.h"
#include "tests/unit/archive_fixture.h"

#define SEGMENT_BYTES (12 * KIB)
#define GROUPS        5  /* two sealed segments of two groups, one open of one */
#define GROUPS_FEW    3  /* one of each: where every byte is flipped */
#define GROUPS_MANY   21 /* ten sealed segments */
#define FILES_MAX     16
#define ONE_IN        31 /* bytes, where a sanitizer watches */

struct archive_file {
    char *path;
    struct bytes bytes;
    uint64_t segment; /* 0: FORMAT */
};

struct fixture {
    char *dir, *path;
    struct io *io;
    struct place places[GROUPS_MANY][PER_GROUP];
    struct archive_file files[FILES_MAX];
    size_t file_len;
    unsigned groups;
};

static void add_file(struct fixture *f, const char *name)
{
    struct archive_file *file = &f->files[f->file_len++];
    file->path = path_in(f->path, name);
    file->bytes = file_bytes(file->path);
    file->segment = strncmp(name, "seg/", 4) == 0 ? strtoul(name + 4, NULL, 10) : 0;
    assert_int_equal(chmod(file->path, 0644), 0);
}

static int set_up_groups(void **state, unsigned groups)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err = {0};
    *state = f;
    f->groups = groups;
    f->dir = test_dir_make();
    f->path = path_in(f->dir, "archive");
    f->io = io_open(IO_PLAIN, NULL, &err);
    assert_ok_ptr(f->io, err);
    assert_ok(archive_init(f->io, f->path, &err), err);
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    archive_set_segment_bytes(archive, SEGMENT_BYTES);
    for (unsigned g = 0; g < f->groups; g++)
        assert_ok(commit_group(archive, g, f->places[g], &err), err);
    archive_close(archive);

    char *seg = path_in(f->path, "seg");
    DIR *dir = opendir(seg);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        char name[300];
        (void)snprintf(name, sizeof name, "seg/%s", e->d_name);
        if (e->d_name[0] != '.')
            add_file(f, name);
    }
    closedir(dir);
    free(seg);
    add_file(f, "FORMAT");
    return 0;
}

static int set_up(void **state)
{
    return set_up_groups(state, GROUPS);
}

static int set_up_few(void **state)
{
    return set_up_groups(state, GROUPS_FEW);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->file_len; i++) {
        free(f->files[i].path);
        bytes_done(&f->files[i].bytes);
    }
    io_close(f->io);
    free(f->path);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

struct told {
    unsigned damages, objects;
    struct digest id; /* of the last damage */
    char file[200], what[160];
    uint64_t done, all;
};

static void on_damage(void *self, const struct damage *damage)
{
    struct told *told = self;
    told->damages++;
    told->id = damage->id;
    (void)snprintf(told->file, sizeof told->file, "%s", damage->file);
    (void)snprintf(told->what, sizeof told->what, "%s", damage->what);
}

static void on_object(void *self, const struct group_entry *entry)
{
    struct told *told = self;
    (void)entry;
    told->objects++;
}

static void on_progress(void *self, uint64_t done, uint64_t all)
{
    struct told *told = self;
    assert_true(done >= told->done && done <= all);
    told->done = done;
    told->all = all;
}

static struct verify_result verify(struct fixture *f, struct told *told)
{
    struct err err = {0};
    struct verify_result result = {0};
    struct verify_hooks hooks = {
        .on_damage = on_damage, .on_object = on_object, .on_progress = on_progress, .self = told};
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_verify(archive, &hooks, &result, &err), err);
    archive_close(archive);
    assert_int_equal(result.bad + result.missing, told->damages);
    assert_int_equal(result.objects, told->objects);
    return result;
}

static void an_undamaged_archive_is_fine(void **state)
{
    struct told told = {0};
    struct verify_result result = verify(*state, &told);
    assert_int_equal(told.damages, 0);
    assert_int_equal(result.objects, GROUPS * PER_GROUP);
    assert_int_equal(result.bytes, GROUPS * PER_GROUP * RAW_BYTES);
    assert_true(told.all > 0);
    assert_int_equal(told.done, told.all);
}

/* Does [off, off + 1) lie in the record of the object at this place? */
static bool is_hit(const struct archive_file *file, struct place place, size_t off)
{
    if (file->segment != place.segment || off < place.off)
        return false;
    uint64_t stored = get_le64(file->bytes.data + place.off + 32);
    return off < place.off + 96 + (stored + 15) / 16 * 16;
}

/* Returns how many objects could not be read; every one of them was hit. */
static unsigned read_the_others(struct fixture *f, const struct archive_file *file, size_t off)
{
    struct err err = {0};
    unsigned lost = 0;
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    for (unsigned g = 0; g < f->groups; g++)
        for (unsigned i = 0; i < PER_GROUP; i++) {
            struct digest id = id_of(g, i);
            struct bytes out = {0};
            if (archive_read(archive, f->places[g][i], &id, &out, &err) < 0) {
                assert_int_equal(err.kind, ERR_CORRUPT);
                assert_true(is_hit(file, f->places[g][i], off));
                lost++;
            } else {
                assert_int_equal(out.len, RAW_BYTES);
            }
            bytes_done(&out);
        }
    archive_close(archive);
    return lost;
}

static void every_flipped_byte_is_reported_and_costs_only_what_it_hit(void **state)
{
    struct fixture *f = *state;
    const struct sample sample = sample_of(ONE_IN);
    size_t flips = 0;
    for (size_t n = 0; n < f->file_len; n++) {
        struct archive_file *file = &f->files[n];
        int fd = open(file->path, O_WRONLY | O_CLOEXEC);
        for (size_t off = sample.first; off < file->bytes.len; off += sample.step, flips++) {
            uint8_t bad = file->bytes.data[off] ^ (uint8_t)(1 << off % 8);
            struct told told = {0};
            assert_int_equal(pwrite(fd, &bad, 1, (off_t)off), 1);
            struct verify_result result = verify(f, &told);
            unsigned lost = read_the_others(f, file, off);
            if (result.bad != 1 || result.missing != 0)
                fail_msg("%s at %zu: %u damages, last '%s'", file->path, off, told.damages,
                         told.what);
            assert_true(lost <= 1);
            assert_true(result.objects >= f->groups * PER_GROUP - 1);
            assert_true(strstr(file->path, told.file) != NULL);
            assert_int_equal(pwrite(fd, &file->bytes.data[off], 1, (off_t)off), 1);
        }
        close(fd);
    }
    print_message("%zu bytes flipped\n", flips);
}

static void a_damaged_object_is_named(void **state)
{
    struct fixture *f = *state;
    for (size_t n = 0; n < f->file_len; n++) {
        struct archive_file *file = &f->files[n];
        for (unsigned g = 0; g < f->groups; g++) {
            struct place place = f->places[g][1];
            if (file->segment != place.segment)
                continue;
            struct digest id = id_of(g, 1);
            bool sealed = strstr(file->path, ".seg") != NULL;
            /* In its bytes; and in its header, where the seal still knows it. */
            for (size_t at = place.off + 100; at >= place.off + 50; at -= 50) {
                struct told told = {0};
                file->bytes.data[at] ^= 4;
                file_put(file->path, bytes_span(&file->bytes));
                (void)verify(f, &told);
                file->bytes.data[at] ^= 4;
                assert_int_equal(told.damages, 1);
                if (sealed || at == place.off + 100)
                    assert_true(digest_equal(&told.id, &id));
            }
        }
        file_put(file->path, bytes_span(&file->bytes));
    }
}

static void encode_control(uint8_t *p, const struct record *old, const uint8_t *payload, size_t len)
{
    struct segment_head head;
    struct record record = *old;
    assert_null(segment_head_decode(p - old->off, &head));
    record.stored_crc32c = crc32c(0, span_of(payload, len));
    record.id = digest_of(span_of(payload, len));
    record_encode(&record, &head.salt, p);
    memcpy(p + RECORD_HEADER_BYTES, payload, len);
}

/* Somebody who knows the format puts a group of his own at the end, every checksum right. */
static void a_group_that_does_not_continue_the_chain_is_noticed(void **state)
{
    struct fixture *f = *state;
    for (size_t n = 0; n < f->file_len; n++) {
        uint8_t *data = f->files[n].bytes.data, payload[COMMIT_BYTES];
        struct commit commit = {0};
        struct record record;
        if (f->files[n].segment != 3)
            continue;
        for (uint64_t off = 4096; off + 96 <= f->files[n].bytes.len; off += 16) {
            if (record_decode(data + off, NULL, off, &record))
                continue;
            if (record.type == RECORD_COMMIT) {
                assert_null(commit_decode(data + off + RECORD_HEADER_BYTES, &commit));
                commit.after.chain.b[0] ^= 1;
                commit_encode(&commit, payload);
                encode_control(data + off, &record, payload, COMMIT_BYTES);
            } else if (record.type == RECORD_CLOSE) {
                close_encode(&commit.after, payload);
                encode_control(data + off, &record, payload, CLOSE_BYTES);
            }
        }
        struct told told = {0};
        file_put(f->files[n].path, bytes_span(&f->files[n].bytes));
        assert_int_equal(verify(f, &told).bad, 1);
        struct err err = {0};
        assert_null(archive_open(f->io, f->path, ARCHIVE_WRITE, &err));
        assert_int_equal(err.kind, ERR_CORRUPT);
    }
}

static struct archive_file *first_segment(struct fixture *f)
{
    for (size_t n = 0; n < f->file_len; n++)
        if (f->files[n].segment == 1)
            return &f->files[n];
    fail_msg("no segment 1");
    return NULL;
}

static void check_told(struct fixture *f, const char *what)
{
    struct told told = {0};
    (void)verify(f, &told);
    assert_int_equal(told.damages, 1);
    assert_string_equal(told.what, what);
}

/* Every checksum is right, as after an attack or a fault in our own memory: a SHA-256 is not. */
static void what_only_a_digest_tells_is_told(void **state)
{
    struct fixture *f = *state;
    struct archive_file *file = first_segment(f);
    uint8_t *data = file->bytes.data, *header = data + f->places[0][1].off, payload[SEAL_BYTES];
    struct segment_head head;
    struct record record;
    struct seal seal;
    assert_null(segment_head_decode(data, &head));
    uint64_t seal_off = file->bytes.len - SEGMENT_BLOCK_BYTES;
    assert_null(record_decode(data + seal_off, &head.salt, seal_off, &record));
    assert_null(seal_decode(data + seal_off + RECORD_HEADER_BYTES, &seal));
    seal.before.b[0] ^= 1;
    seal_encode(&seal, payload);
    encode_control(data + seal_off, &record, payload, SEAL_BYTES);
    file_put(file->path, bytes_span(&file->bytes));
    check_told(f, "the segment does not match its seal");

    assert_null(record_decode(header, &head.salt, f->places[0][1].off, &record));
    header[RECORD_HEADER_BYTES + 7] ^= 1;
    record.stored_crc32c =
        crc32c(0, span_of(header + RECORD_HEADER_BYTES, (size_t)record.stored_bytes));
    record_encode(&record, &head.salt, header);
    file_put(file->path, bytes_span(&file->bytes));
    check_told(f, "its bytes do not match its digest");
}

static void a_name_that_is_not_the_files_digest_is_told(void **state)
{
    struct fixture *f = *state;
    struct archive_file *file = first_segment(f);
    char *other = strdup(file->path);
    assert_non_null(other);
    char *digit = strstr(other, ".seg") - 1;
    *digit = *digit == '0' ? '1' : '0';
    assert_int_equal(rename(file->path, other), 0);
    check_told(f, "the segment does not match the digest in its name");
    free(other);
}

static void a_missing_segment_is_missed(void **state)
{
    struct fixture *f = *state;
    for (size_t n = 0; n < f->file_len; n++) {
        struct told told = {0};
        if (f->files[n].segment != 2)
            continue;
        assert_int_equal(unlink(f->files[n].path), 0);
        struct verify_result result = verify(f, &told);
        assert_int_equal(result.missing, 1);
        assert_int_equal(result.bad, 0);
        assert_int_equal(result.objects, 3 * PER_GROUP);
        assert_non_null(strstr(told.what, "2 to 2"));
    }
}

static void a_strange_file_is_reported(void **state)
{
    struct fixture *f = *state;
    struct told told = {0};
    char *path = path_in(f->path, "seg/.0000000009.open~");
    file_put(path, span_of("x", 1));
    assert_int_equal(verify(f, &told).bad, 1);
    assert_non_null(strstr(told.what, "does not belong"));
    free(path);
}

static void a_segment_cut_short_loses_its_end_only(void **state)
{
    struct fixture *f = *state;
    for (size_t n = 0; n < f->file_len; n++) {
        struct archive_file *file = &f->files[n];
        for (size_t len = 0; file->segment == 1 && len < file->bytes.len; len += 511) {
            struct told told = {0};
            file_put(file->path, span_of(file->bytes.data, len));
            struct verify_result result = verify(f, &told);
            assert_true(result.bad + result.missing > 0);
            assert_true(result.objects >= 3 * PER_GROUP);
        }
        file_put(file->path, bytes_span(&file->bytes));
    }
}

static void two_blocks_changed_over_are_noticed(void **state)
{
    struct fixture *f = *state;
    uint8_t block[4096];
    for (size_t n = 0; n < f->file_len; n++) {
        struct archive_file *file = &f->files[n];
        if (file->segment == 0)
            continue;
        for (size_t a = 0; a + 4096 < file->bytes.len; a += 4096)
            for (size_t b = a + 4096; b + 4096 <= file->bytes.len; b += 4096) {
                struct told told = {0};
                struct bytes swapped = file_bytes(file->path);
                memcpy(block, swapped.data + a, 4096);
                memcpy(swapped.data + a, swapped.data + b, 4096);
                memcpy(swapped.data + b, block, 4096);
                file_put(file->path, bytes_span(&swapped));
                bytes_done(&swapped);
                assert_true(verify(f, &told).bad > 0);
                file_put(file->path, bytes_span(&file->bytes));
            }
    }
}

static void what_a_crash_leaves_is_no_damage(void **state)
{
    struct fixture *f = *state;
    for (size_t n = 0; n < f->file_len; n++) {
        struct archive_file *file = &f->files[n];
        if (file->segment != 3)
            continue;
        /* block 0, one group, CLOSE; then room, and a group of which only a piece arrived */
        struct bytes torn = {0};
        struct err err = {0};
        assert_ok(bytes_append(&torn, span_of(file->bytes.data, 8192), &err), err);
        assert_ok(bytes_reserve(&torn, 65536, &err), err);
        memset(torn.data + torn.len, 0, 65536);
        memset(torn.data + torn.len + 1000, 0x5A, 5000);
        torn.len += 65536;
        struct told told = {0};
        file_put(file->path, bytes_span(&torn));
        struct verify_result result = verify(f, &told);
        assert_int_equal(told.damages, 0);
        assert_int_equal(result.objects, GROUPS * PER_GROUP);
        bytes_done(&torn);
    }
}

static void a_sealed_segment_without_its_name_is_no_damage(void **state)
{
    struct fixture *f = *state;
    for (size_t n = 0; n < f->file_len; n++)
        if (f->files[n].segment == 3)
            assert_int_equal(unlink(f->files[n].path), 0);
    for (size_t n = 0; n < f->file_len; n++) {
        if (f->files[n].segment != 2)
            continue;
        struct told told = {0};
        char *path = path_in(f->path, "seg/0000000002.open");
        assert_int_equal(rename(f->files[n].path, path), 0);
        assert_int_equal(verify(f, &told).objects, 4 * PER_GROUP);
        assert_int_equal(told.damages, 0);
        free(path);
    }
}

/* --- in several threads, and in part --- */

/* All that was told, in order, as text; and what to do on the way. */
struct story {
    struct bytes text;
    unsigned segments;
    uint64_t left_out; /* a segment, 0: none */
    _Atomic int stop;
    bool stop_at_once;
    struct fixture *seal; /* when half is told of, a writer seals the newest segment; NULL: none */
};

static void tell(struct story *story, const char *fmt, const char *what, uint64_t a, uint64_t b)
{
    struct err err = {0};
    char line[400];
    (void)snprintf(line, sizeof line, "%s %s %llu %llu\n", fmt, what, (unsigned long long)a,
                   (unsigned long long)b);
    assert_ok(bytes_append(&story->text, span_of_text(line), &err), err);
}

static void story_damage(void *self, const struct damage *damage)
{
    tell(self, damage->file, damage->what, damage->off, damage->missing);
    assert_true(damage->first > 0 && damage->first == damage->last);
}

static void story_object(void *self, const struct group_entry *entry)
{
    tell(self, "object", "", entry->place.segment, entry->place.off);
}

static void seal_newest(struct fixture *f)
{
    struct err err = {0};
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_seal_open(archive, &err), err);
    archive_close(archive);
}

static void story_segment(void *self, uint64_t segment, const struct digest *name, bool good)
{
    struct story *story = self;
    if (story->seal && segment == GROUPS_MANY / 4)
        seal_newest(story->seal);
    assert_false(digest_is_zero(name));
    tell(story, "segment", "", segment, good);
    story->segments++;
    if (story->stop_at_once)
        story->stop = 1;
}

static bool story_skip(void *self, uint64_t segment, const struct digest *name)
{
    (void)name;
    return segment == ((struct story *)self)->left_out;
}

static struct verify_result verify_by(struct fixture *f, unsigned workers, struct story *story)
{
    struct err err = {0};
    struct verify_result result = {0};
    const struct verify_hooks hooks = {.on_damage = story_damage,
                                       .on_object = story_object,
                                       .self = story,
                                       .on_segment = story_segment};
    const struct verify_options options = {
        .workers = workers, .stop = &story->stop, .skip = story_skip, .self = story};
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_verify_with(archive, &options, &hooks, &result, &err), err);
    archive_close(archive);
    return result;
}

static int set_up_many(void **state)
{
    return set_up_groups(state, GROUPS_MANY);
}

static void hurt(struct fixture *f, uint64_t segment, size_t at)
{
    for (size_t n = 0; n < f->file_len; n++)
        if (f->files[n].segment == segment) {
            f->files[n].bytes.data[at] ^= 1;
            file_put(f->files[n].path, bytes_span(&f->files[n].bytes));
        }
}

static void several_threads_tell_the_same_in_the_same_order(void **state)
{
    struct fixture *f = *state;
    hurt(f, 2, 5000);
    hurt(f, 2, 8300);
    hurt(f, 3, 0);
    hurt(f, 6, 100); /* block 0, and what stands behind it */
    hurt(f, 6, 4200);
    struct story one = {0};
    struct verify_result first = verify_by(f, 1, &one);
    assert_true(first.bad >= 5);
    assert_int_equal(first.segments, f->file_len - 1);
    assert_int_equal(one.segments, f->file_len - 2); /* not FORMAT, not the open one */
    for (unsigned workers = 2; workers <= 9; workers++) {
        struct story more = {0};
        struct verify_result result = verify_by(f, workers, &more);
        assert_int_equal(result.bad, first.bad);
        assert_int_equal(result.objects, first.objects);
        assert_int_equal(result.bytes, first.bytes);
        assert_int_equal(more.text.len, one.text.len);
        assert_memory_equal(more.text.data, one.text.data, one.text.len);
        bytes_done(&more.text);
    }
    bytes_done(&one.text);
}

static void a_stop_ends_between_segments(void **state)
{
    for (unsigned workers = 1; workers <= 3; workers += 2) {
        struct story story = {.stop_at_once = true};
        struct verify_result result = verify_by(*state, workers, &story);
        assert_true(result.stopped);
        assert_true(story.segments >= 1 && story.segments <= 1 + 2 * workers);
        assert_int_equal(result.segments, story.segments);
        assert_int_equal(result.bad + result.missing, 0);
        bytes_done(&story.text);
    }
}

/* Each thread looks for it under the name that it had when the thread listed segments. */
static void a_segment_that_is_sealed_meanwhile_is_found(void **state)
{
    struct story story = {.seal = *state};
    struct verify_result result = verify_by(*state, 2, &story);
    assert_int_equal(result.objects, GROUPS_MANY * PER_GROUP);
    assert_int_equal(result.bad + result.missing, 0);
    bytes_done(&story.text);
}

static void what_is_left_out_is_not_read(void **state)
{
    struct fixture *f = *state;
    struct story story = {.left_out = 2};
    hurt(f, 2, 5000);
    struct verify_result result = verify_by(f, 1, &story);
    assert_int_equal(result.skipped, 1);
    assert_int_equal(result.bad + result.missing, 0);
    assert_int_equal(result.objects, (GROUPS_MANY - 2) * PER_GROUP);
    bytes_done(&story.text);
    /* Its ends are read: without them the chain could not be followed. */
    hurt(f, 2, 100);
    story = (struct story){.left_out = 2};
    result = verify_by(f, 3, &story);
    assert_int_equal(result.skipped, 0);
    assert_int_equal(result.bad, 2);
    bytes_done(&story.text);
}

/* Each segment is fine by itself; the second was written behind another first one. */
static void segments_of_two_histories_are_told_apart(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct place places[PER_GROUP];
    char *command = NULL, *other = path_in(f->dir, "other");
    struct archive *archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_true(asprintf(&command, "cp -r '%s' '%s'", f->path, other) > 0);
    assert_int_equal(system(command), 0);
    free(command);
    assert_ok(commit_group(archive, 20, places, &err), err);
    assert_ok(archive_seal_open(archive, &err), err);
    assert_ok(commit_group(archive, 21, places, &err), err);
    archive_close(archive);
    archive = archive_open(f->io, other, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(commit_group(archive, 30, places, &err), err);
    assert_ok(archive_seal_open(archive, &err), err);
    archive_close(archive);
    assert_true(asprintf(&command,
                         "rm -f '%s'/seg/0000000002-* && cp '%s'/seg/0000000002-* '%s'/seg/",
                         f->path, other, f->path) > 0);
    assert_int_equal(system(command), 0);
    for (unsigned workers = 1; workers <= 2; workers++) {
        struct story story = {0};
        struct verify_result result = verify_by(f, workers, &story);
        assert_int_equal(result.bad, 1);
        assert_int_equal(result.missing, 0);
        struct err ignored = {0};
        assert_ok(bytes_append(&story.text, span_of("", 1), &ignored), ignored);
        assert_non_null(strstr((const char *)story.text.data,
                               "seg/0000000003.open the segment does not continue"));
        bytes_done(&story.text);
    }
    free(command);
    free(other);
}

#define VERIFY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VERIFY_TEST(an_undamaged_archive_is_fine),
        cmocka_unit_test_setup_teardown(every_flipped_byte_is_reported_and_costs_only_what_it_hit,
                                        set_up_few, tear_down),
        VERIFY_TEST(a_damaged_object_is_named),
        VERIFY_TEST(a_group_that_does_not_continue_the_chain_is_noticed),
        VERIFY_TEST(what_only_a_digest_tells_is_told),
        VERIFY_TEST(a_name_that_is_not_the_files_digest_is_told),
        VERIFY_TEST(a_missing_segment_is_missed),
        VERIFY_TEST(a_strange_file_is_reported),
        VERIFY_TEST(a_segment_cut_short_loses_its_end_only),
        VERIFY_TEST(two_blocks_changed_over_are_noticed),
        VERIFY_TEST(what_a_crash_leaves_is_no_damage),
        VERIFY_TEST(a_sealed_segment_without_its_name_is_no_damage),

        cmocka_unit_test_setup_teardown(several_threads_tell_the_same_in_the_same_order,
                                        set_up_many, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_ends_between_segments, set_up_many, tear_down),
        cmocka_unit_test_setup_teardown(a_segment_that_is_sealed_meanwhile_is_found, set_up_many,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_left_out_is_not_read, set_up_many, tear_down),
        cmocka_unit_test_setup_teardown(segments_of_two_histories_are_told_apart, set_up_few,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
