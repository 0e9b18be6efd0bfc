/* tests/unit/test_dictionaries.c - an archive with dictionaries: each segment begins with its own
 * copy, texts come back without anything else, and damage is told and costs no more than it must.
 */
#include <dirent.h>
#include <errno.h>

#include "base/crc32c.h"
#include "storage/archive_impl.h"
#include "storage/dictionary.h"
#include "tests/unit/archive_fixture.h"
#include "tests/unit/dictionary_fixture.h"
#include "tests/unit/fault_io.h"

#define SEGMENT_BYTES (32 * KIB)

struct fixture {
    char *dir, *path;
    struct io *io;
    struct archive *archive;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err = {0};
    *state = f;
    f->dir = test_dir_make();
    f->path = path_in(f->dir, "archive");
    f->io = io_open(IO_PLAIN, NULL, &err);
    assert_ok_ptr(f->io, err);
    assert_ok(archive_init(f->io, f->path, &err), err);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    archive_close(f->archive);
    io_close(f->io);
    free(f->path);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

static void open_as(struct fixture *f, enum archive_mode mode)
{
    struct err err = {0};
    archive_close(f->archive);
    f->archive = archive_open(f->io, f->path, mode, &err);
    assert_ok_ptr(f->archive, err);
    archive_set_segment_bytes(f->archive, SEGMENT_BYTES);
}

static const struct dictionary *dictionary_now(struct fixture *f)
{
    struct err err = {0};
    const struct dictionary *dictionary = NULL;
    assert_ok(archive_dictionary(f->archive, &dictionary, &err), err);
    return dictionary;
}

static void teach(struct fixture *f, unsigned kind)
{
    struct err err = {0};
    struct bytes bytes = {0};
    train(kind, &bytes);
    assert_ok(archive_set_dictionary(f->archive, bytes_span(&bytes), 5, &err), err);
    bytes_done(&bytes);
}

/* A group of one text. */
static struct place put(struct fixture *f, unsigned kind, unsigned n)
{
    struct err err = {0};
    struct bytes text = {0};
    struct object object = {0};
    struct place place;
    text_of(kind, n, &text);
    assert_ok(object_prepare_text(&object, bytes_span(&text), dictionary_now(f), &err), err);
    assert_int_equal(object.codec, CODEC_DICTIONARY);
    assert_ok(archive_commit(f->archive, &object, 1, 7, &place, &err), err);
    object_done(&object);
    bytes_done(&text);
    return place;
}

/* 0 when the text came back as it was, else -1. */
static int look(struct fixture *f, struct place place, unsigned kind, unsigned n, struct err *err)
{
    struct bytes text = {0}, out = {0};
    text_of(kind, n, &text);
    struct digest id = digest_of(bytes_span(&text));
    int rc = archive_read(f->archive, place, &id, &out, err);
    if (rc == 0) {
        assert_int_equal(out.len, text.len);
        assert_memory_equal(out.data, text.data, text.len);
    }
    bytes_done(&text);
    bytes_done(&out);
    return rc;
}

static void same_text(struct fixture *f, struct place place, unsigned kind, unsigned n)
{
    struct err err = {0};
    assert_ok(look(f, place, kind, n, &err), err);
    assert_int_equal(err.kind, ERR_NONE); /* also where another copy had to help */
}

struct told {
    unsigned damages;
    char what[160], last[160]; /* of the first damage, and of the last */
    uint64_t off;
};

static void on_damage(void *self, const struct damage *damage)
{
    struct told *told = self;
    if (told->damages++ == 0) {
        (void)snprintf(told->what, sizeof told->what, "%s", damage->what);
        told->off = damage->off;
    }
    (void)snprintf(told->last, sizeof told->last, "%s", damage->what);
}

static struct verify_result verify(struct fixture *f, struct told *told)
{
    struct err err = {0};
    struct verify_result result;
    const struct verify_hooks hooks = {.on_damage = on_damage, .self = told};
    *told = (struct told){0};
    assert_ok(archive_verify(f->archive, &hooks, &result, &err), err);
    assert_int_equal(told->damages, result.bad + result.missing);
    return result;
}

static void verify_is_clean(struct fixture *f, uint64_t objects)
{
    struct told told;
    struct verify_result result = verify(f, &told);
    if (told.damages > 0)
        fail_msg("verify: %s", told.what);
    assert_int_equal(result.objects, objects);
}

/* Counts groups, and checks that what a segment begins with is the dictionary `self` points at. */
static int see_first(void *self, const struct group *group, struct err *err)
{
    const struct digest *dictionary = self;
    const struct group_entry *first = &group->entries[0];
    if (first->place.off == SEGMENT_BLOCK_BYTES && !digest_equal(&first->id, dictionary))
        return err_set(err, ERR_CORRUPT, "test: segment %u begins with something else",
                       (unsigned)first->place.segment);
    if (first->place.off != SEGMENT_BLOCK_BYTES && digest_equal(&first->id, dictionary))
        return err_set(err, ERR_CORRUPT, "test: a dictionary inside a segment");
    return 0;
}

static void every_segment_begins_with_it(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct place places[40];
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    struct digest id = *dictionary_id(dictionary_now(f));
    for (unsigned n = 0; n < ARRAY_LEN(places); n++)
        places[n] = put(f, 0, n);
    assert_true(places[ARRAY_LEN(places) - 1].segment > 3);
    for (int again = 0; again < 2; again++) { /* while it is written, and by a reader */
        assert_ok(archive_replay(f->archive, (struct place){0}, see_first, &id, &err), err);
        for (unsigned n = ARRAY_LEN(places); n-- > 0;)
            same_text(f, places[n], 0, n);
        open_as(f, ARCHIVE_READ);
    }
    /* The copies are one object. */
    verify_is_clean(f, ARRAY_LEN(places) + 1);
}

static void who_opens_later_goes_on_with_it(void **state)
{
    struct fixture *f = *state;
    open_as(f, ARCHIVE_WRITE);
    struct digest built_in = *dictionary_id(dictionary_now(f));
    struct digest expect = digest_of(dictionary_built_in());
    assert_true(digest_equal(&built_in, &expect));
    teach(f, 0);
    struct digest id = *dictionary_id(dictionary_now(f));
    assert_false(digest_equal(&built_in, &id));
    open_as(f, ARCHIVE_WRITE);
    assert_true(digest_equal(dictionary_id(dictionary_now(f)), &id));
    struct place first = put(f, 0, 0);
    open_as(f, ARCHIVE_WRITE);
    struct place second = put(f, 0, 1);
    assert_int_equal(first.segment, second.segment); /* it need not begin another one */
    assert_int_equal(first.segment, 1);
    same_text(f, first, 0, 0);
    same_text(f, second, 0, 1);
    verify_is_clean(f, 3);
}

/* What the caller's error told of before is no failure to read, in a new archive or in an old. */
static void an_error_overcome_is_no_failure(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    const struct dictionary *dictionary = NULL;
    for (int again = 0; again < 2; again++) {
        open_as(f, ARCHIVE_WRITE);
        (void)err_set(&err, ERR_SYSTEM, "test: a ring that could not be had");
        assert_ok(archive_dictionary(f->archive, &dictionary, &err), err);
        assert_non_null(dictionary);
        same_text(f, put(f, 0, 0), 0, 0);
    }
}

static void each_text_has_the_dictionary_of_its_time(void **state)
{
    struct fixture *f = *state;
    struct place places[4];
    open_as(f, ARCHIVE_WRITE);
    for (unsigned i = 0; i < 4; i++) {
        teach(f, i % 2);
        places[i] = put(f, i % 2, i);
        assert_int_equal(places[i].segment, i + 1);
    }
    open_as(f, ARCHIVE_READ);
    for (unsigned turn = 0; turn < 2; turn++)
        for (unsigned i = 0; i < 4; i++)
            same_text(f, places[i], i % 2, i);
    struct told told;
    assert_int_equal(verify(f, &told).bad, 0);
}

/* More of them than are kept loaded. */
static void many_dictionaries_are_read_by_turns(void **state)
{
    struct fixture *f = *state;
    struct place places[7];
    struct err err = {0};
    open_as(f, ARCHIVE_WRITE);
    for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
        struct bytes bytes = {0};
        train(0, &bytes);
        bytes.data[bytes.len - 1 - i] ^= 1; /* another dictionary, of the same number */
        assert_ok(archive_set_dictionary(f->archive, bytes_span(&bytes), 5, &err), err);
        bytes_done(&bytes);
        places[i] = put(f, 0, i);
    }
    open_as(f, ARCHIVE_READ);
    for (unsigned turn = 0; turn < 2; turn++)
        for (unsigned i = 0; i < ARRAY_LEN(places); i++)
            same_text(f, places[i], 0, i);
}

static void an_archive_from_before_goes_on(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct place old[PER_GROUP];
    open_as(f, ARCHIVE_WRITE);
    assert_ok(commit_group(f->archive, 0, old, &err), err);
    open_as(f, ARCHIVE_WRITE);
    struct place text = put(f, 0, 0);
    assert_int_equal(old[0].segment, 1);
    assert_int_equal(text.segment, 2);
    open_as(f, ARCHIVE_READ);
    same_text(f, text, 0, 0);
    struct bytes out = {0};
    struct digest id = id_of(0, 1);
    assert_ok(archive_read(f->archive, old[1], &id, &out, &err), err);
    bytes_done(&out);
    verify_is_clean(f, PER_GROUP + 2);
}

/* Bytes of the dictionary in the file of a segment. */
static void hit(struct fixture *f, const char *name, uint64_t off)
{
    char *path = path_in(f->path, name);
    assert_int_equal(chmod(path, 0644), 0);
    struct bytes bytes = file_bytes(path);
    assert_true(off < bytes.len);
    bytes.data[off] ^= 0x10;
    file_put(path, bytes_span(&bytes));
    bytes_done(&bytes);
    free(path);
}

static char *name_of_sealed(struct fixture *f, uint64_t segment)
{
    char *seg = path_in(f->path, "seg"), *found = NULL;
    DIR *dir = opendir(seg);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir))
        if (strtoul(e->d_name, NULL, 10) == segment && !found)
            found = path_in("seg", e->d_name);
    closedir(dir);
    free(seg);
    assert_non_null(found);
    return found;
}

/* What cannot be had elsewhere is said to be lost, by name, and nothing else is lost. */
static void lost_when_hit_at(struct fixture *f, uint64_t off)
{
    struct err err = {0};
    struct place other[PER_GROUP];
    struct bytes out = {0};
    struct told told;
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    struct place text = put(f, 0, 0);
    assert_ok(commit_group(f->archive, 0, other, &err), err);
    teach(f, 1); /* a copy of another */
    struct place later = put(f, 1, 0);
    archive_close(f->archive);
    f->archive = NULL;
    char *name = name_of_sealed(f, text.segment);
    hit(f, name, off);
    open_as(f, ARCHIVE_READ);
    assert_int_equal(look(f, text, 0, 0, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "the dictionary of segment 1: "));
    same_text(f, later, 1, 0);
    for (unsigned at = 0; at < PER_GROUP; at++) {
        struct digest id = id_of(0, at);
        assert_ok(archive_read(f->archive, other[at], &id, &out, &err), err);
    }
    bytes_done(&out);
    struct verify_result result = verify(f, &told);
    assert_int_equal(result.bad, 2); /* the dictionary and the text */
    assert_int_equal(told.off, SEGMENT_BLOCK_BYTES);
    assert_non_null(strstr(told.last, "dictionary"));
    hit(f, name, off); /* as it was */
    same_text(f, text, 0, 0);
    free(name);
}

static void with_its_header_its_texts_are_lost_and_no_more(void **state)
{
    lost_when_hit_at(*state, SEGMENT_BLOCK_BYTES + 50);
}

static void with_its_bytes_its_texts_are_lost_and_no_more(void **state)
{
    lost_when_hit_at(*state, SEGMENT_BLOCK_BYTES + RECORD_HEADER_BYTES + 100);
}

static void any_other_copy_will_do(void **state)
{
    struct fixture *f = *state;
    struct place places[20];
    struct told told;
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    for (unsigned n = 0; n < ARRAY_LEN(places); n++)
        places[n] = put(f, 0, n);
    assert_true(places[19].segment > 1);
    archive_close(f->archive);
    f->archive = NULL;
    char *name = name_of_sealed(f, 1);
    hit(f, name, SEGMENT_BLOCK_BYTES + RECORD_HEADER_BYTES + 9);
    for (unsigned n = 0; n < ARRAY_LEN(places); n++) {
        open_as(f, ARCHIVE_READ); /* nothing loaded before */
        same_text(f, places[n], 0, n);
    }
    assert_int_equal(verify(f, &told).bad, 1);
    assert_int_equal(told.off, SEGMENT_BLOCK_BYTES);
    free(name);
}

static void the_built_in_one_is_at_hand_anyway(void **state)
{
    struct fixture *f = *state;
    struct told told;
    open_as(f, ARCHIVE_WRITE);
    struct place text = put(f, 0, 0);
    archive_close(f->archive);
    f->archive = NULL;
    hit(f, "seg/0000000001.open", SEGMENT_BLOCK_BYTES + RECORD_HEADER_BYTES + 9);
    open_as(f, ARCHIVE_READ);
    same_text(f, text, 0, 0);
    assert_int_equal(verify(f, &told).bad, 1);
}

/* A writer does not go on behind a copy that is damaged: texts to come are to be safe. */
static void a_damaged_copy_is_not_written_behind(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    (void)put(f, 0, 0);
    archive_close(f->archive);
    hit(f, "seg/0000000001.open", SEGMENT_BLOCK_BYTES + RECORD_HEADER_BYTES + 9);
    f->archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_null(f->archive);
    assert_int_equal(err.kind, ERR_CORRUPT);
}

/* Nor does it hand it on from a segment that is sealed. */
static void a_damaged_copy_is_not_handed_on(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    (void)put(f, 0, 0);
    assert_ok(archive_seal(f->archive, &err), err);
    archive_close(f->archive);
    f->archive = NULL;
    char *name = name_of_sealed(f, 1);
    hit(f, name, SEGMENT_BLOCK_BYTES + RECORD_HEADER_BYTES + 9);
    free(name);
    open_as(f, ARCHIVE_WRITE);
    struct digest built_in = digest_of(dictionary_built_in());
    assert_true(digest_equal(dictionary_id(dictionary_now(f)), &built_in));
    struct place text = put(f, 0, 1);
    assert_int_equal(text.segment, 2);
    same_text(f, text, 0, 1);
}

/* A text whose digest is not that of its bytes, though its checksum fits: who recovers the segment
 * expands it and notices. */
static void recovery_reads_texts_with_their_dictionary(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct bytes text = {0};
    struct object object = {0};
    struct place place;
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    text_of(0, 0, &text);
    assert_ok(object_prepare_text(&object, bytes_span(&text), dictionary_now(f), &err), err);
    object.id.b[0] ^= 1;
    assert_ok(archive_commit(f->archive, &object, 1, 7, &place, &err), err);
    archive_close(f->archive);
    f->archive = archive_open(f->io, f->path, ARCHIVE_WRITE, &err);
    assert_null(f->archive);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "digest"));
    object_done(&object);
    bytes_done(&text);
}

/* The newest group of a segment that was never closed counts, also when the dictionary is hit. */
static void a_group_is_no_less_whole_without_it(void **state)
{
    struct fixture *f = *state;
    struct told told;
    char *copy = path_in(f->dir, "copy");
    char *command = NULL;
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    (void)put(f, 0, 0);
    (void)put(f, 0, 1);
    assert_true(asprintf(&command, "cp -r '%s' '%s'", f->path, copy) > 0);
    assert_int_equal(system(command), 0); /* as a power cut would leave it */
    free(command);
    archive_close(f->archive);
    f->archive = NULL;
    free(f->path);
    f->path = copy;
    open_as(f, ARCHIVE_READ);
    verify_is_clean(f, 3);
    archive_close(f->archive);
    f->archive = NULL;
    hit(f, "seg/0000000001.open", SEGMENT_BLOCK_BYTES + RECORD_HEADER_BYTES + 9);
    open_as(f, ARCHIVE_READ);
    assert_int_equal(verify(f, &told).bad, 3);
}

/* Whichever operation fails when a dictionary is given: the archive has the old one or the new one,
 * and texts go on. */
static void a_failure_leaves_the_old_or_the_new_one(void **state)
{
    struct fixture *f = *state;
    struct bytes bytes = {0};
    struct place text;
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    struct digest old = *dictionary_id(dictionary_now(f));
    text = put(f, 0, 0);
    train(1, &bytes);
    struct digest made = digest_of(bytes_span(&bytes));
    archive_close(f->archive);
    f->archive = NULL;
    bool struck = true;
    for (unsigned nth = 0; struck; nth++) {
        struct err err = {0};
        struct fault_io fault;
        const struct dictionary *now = NULL;
        fault_io_init(&fault);
        struct archive *archive = archive_open(&fault.io, f->path, ARCHIVE_WRITE, &err);
        assert_ok_ptr(archive, err);
        assert_ok(archive_dictionary(archive, &now, &err), err);
        fault_io_arm(&fault, FAULT_POWER, nth, EIO);
        int rc = archive_set_dictionary(archive, bytes_span(&bytes), 9, &err);
        struck = fault.struck;
        assert_true(struck ? rc < 0 : rc == 0);
        archive_close(archive);
        fault_io_done(&fault);
        open_as(f, ARCHIVE_WRITE);
        const struct digest *id = dictionary_id(dictionary_now(f));
        assert_true(digest_equal(id, struck && !digest_equal(id, &made) ? &old : &made));
        same_text(f, text, 0, 0);
        (void)put(f, 1, nth);
        teach(f, 0);
        archive_close(f->archive);
        f->archive = NULL;
    }
    bytes_done(&bytes);
    open_as(f, ARCHIVE_READ);
    struct told told;
    assert_int_equal(verify(f, &told).bad, 0);
}

static void no_dictionary_is_taken_that_is_none(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    open_as(f, ARCHIVE_WRITE);
    teach(f, 0);
    struct digest id = *dictionary_id(dictionary_now(f));
    assert_int_equal(archive_set_dictionary(f->archive, span_of("nonsense", 8), 1, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_true(digest_equal(dictionary_id(dictionary_now(f)), &id));
    same_text(f, put(f, 0, 0), 0, 0); /* and nothing is poisoned */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_segment_begins_with_it),
        TEST(who_opens_later_goes_on_with_it),
        TEST(an_error_overcome_is_no_failure),
        TEST(each_text_has_the_dictionary_of_its_time),
        TEST(many_dictionaries_are_read_by_turns),
        TEST(an_archive_from_before_goes_on),
        TEST(with_its_header_its_texts_are_lost_and_no_more),
        TEST(with_its_bytes_its_texts_are_lost_and_no_more),
        TEST(any_other_copy_will_do),
        TEST(the_built_in_one_is_at_hand_anyway),
        TEST(a_damaged_copy_is_not_written_behind),
        TEST(a_damaged_copy_is_not_handed_on),
        TEST(recovery_reads_texts_with_their_dictionary),
        TEST(a_group_is_no_less_whole_without_it),
        TEST(a_failure_leaves_the_old_or_the_new_one),
        TEST(no_dictionary_is_taken_that_is_none),
    };
    return cmocka_run_group_tests_name("dictionaries", tests, NULL, NULL);
}
