/* tests/unit/test_envelope.c - what is sealed comes back with its key, and with nothing else; and
 * nothing can be told of it without. */
#include "storage/envelope.h"

#include "base/crc32c.h"
#include "storage/dictionary.h"
#include "storage/keys.h"
#include "storage/segment.h"
#include "tests/unit/archive_fixture.h"

static const char text[] = "Giấy khai sinh của Nguyễn Văn An, sinh ngày 01/02/1990\n";

/* The secret 00 01 02 ... 1f, or another one; the id a0 a1 ... af. */
static struct seal_key key_of(uint8_t first)
{
    struct err err = {0};
    struct seal_key key;
    struct seal_secret secret;
    struct key_id id;
    for (size_t i = 0; i < sizeof secret.b; i++)
        secret.b[i] = (uint8_t)(first + i);
    for (size_t i = 0; i < sizeof id.b; i++)
        id.b[i] = (uint8_t)(0xa0 + i);
    assert_ok(seal_key_make(&id, &secret, &key, &err), err);
    return key;
}

static struct envelope of_text(void)
{
    return (struct envelope){.type = OBJECT_BLOB,
                             .codec = CODEC_RAW,
                             .raw_bytes = sizeof text - 1,
                             .stored = span_of(text, sizeof text - 1)};
}

static struct bytes sealed(const struct seal_key *key, const struct envelope *what,
                           struct digest *ret_id)
{
    struct err err = {0};
    struct bytes out = {0};
    assert_ok(envelope_write(key, what, &out, ret_id, &err), err);
    return out;
}

static bool opens(const struct seal_key *key, enum object_type type, struct span bytes,
                  struct err *err)
{
    struct envelope what = {.raw_bytes = 77};
    CLEANUP(bytes_done) struct bytes room = {0};
    *err = (struct err){.kind = ERR_NONE};
    if (envelope_open(key, type, bytes, &room, &what, err) == 0)
        return true;
    assert_int_equal(err->kind, ERR_CORRUPT);
    assert_int_equal(what.raw_bytes, 77);
    assert_int_equal(room.len, 0);
    return false;
}

static void comes_back_with_its_key(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest id, again, only;
    struct envelope what = of_text(), back;
    const struct seal_key key = key_of(0);
    CLEANUP(bytes_done) struct bytes room = {0};
    CLEANUP(bytes_done) struct bytes out = sealed(&key, &what, &id);
    assert_int_equal(out.len, what.stored.len + ENVELOPE_EXTRA_BYTES);
    again = digest_of(bytes_span(&out));
    assert_true(digest_equal(&id, &again));
    assert_ok(envelope_write(&key, &what, NULL, &only, &err), err);
    assert_true(digest_equal(&id, &only));
    assert_ok(envelope_open(&key, OBJECT_BLOB, bytes_span(&out), &room, &back, &err), err);
    assert_int_equal(back.type, OBJECT_BLOB);
    assert_int_equal(back.codec, CODEC_RAW);
    assert_int_equal(back.dictionary, 0);
    assert_int_equal(back.raw_bytes, what.raw_bytes);
    assert_int_equal(back.stored.len, what.stored.len);
    assert_memory_equal(back.stored.data, text, back.stored.len);
    assert_null(memmem(out.data, out.len, "Nguy", 4));
}

/* By hand, with openssl kdf, mac and enc -aes-256-ctr (GCM's text is that, from counter 2 on):
 *     DEDUP   = HKDF(000102..1f, no salt, "sohoa dedup key 1", 32)
 *     CLASS   = HKDF(000102..1f, no salt, "sohoa class key 1", 32)
 *     SALT    = HMAC(DEDUP, 01 00000000 00000000 3f00000000000000 text)
 *     KEY, IV = HKDF(CLASS, SALT, "sohoa object 1", 44)
 *     text    = AES-256-CTR(KEY, IV 00000002, 00000000 00000000 3f00000000000000 text) */
static void is_this_to_the_byte(void **state)
{
    (void)state;
    static const char head[] = "SOHOAENV\1\1\0\0\0\0\0\0"
                               "\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf";
    static const char rest[] =
        "8b0e20a086741e37aa1948722a3e7f8260c2af4e7b87fe25b26f743978a9551c"
        "0ec47f91c3a4e73276bfd4731c30966ac6e5ef5c0a1a60fff6ea1d07060cfa0d529aa9d25d70994ef120fb2c7a"
        "0ab317d6bfb99685a5a2677d68819d49ad43846be25c28e55bec0cb3c27c274969e7";
    struct digest id;
    const struct envelope what = of_text();
    const struct seal_key key = key_of(0);
    CLEANUP(bytes_done) struct bytes out = sealed(&key, &what, &id);
    assert_memory_equal(out.data, head, 32);
    assert_int_equal(out.len, 32 + strlen(rest) / 2 + SEAL_TAG_BYTES);
    for (size_t i = 0; i < strlen(rest) / 2; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(rest + 2 * i, "%2x", &byte), 1);
        assert_int_equal(out.data[32 + i], byte);
    }
}

static void same_content_same_envelope_and_another_key_another(void **state)
{
    (void)state;
    struct envelope what = of_text();
    struct digest one, same, others[6];
    struct seal_key key = key_of(0), other = key_of(1);
    struct bytes out = sealed(&key, &what, &one);
    struct bytes again = sealed(&key, &what, &same);
    assert_true(digest_equal(&one, &same));
    bytes_done(&again);
    /* Everything that is in it, or about it, makes another: salt, key and nonce with it. */
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct envelope next = of_text();
        const struct seal_key *with = &key;
        if (i == 0)
            with = &other;
        if (i == 1)
            next.type = OBJECT_META;
        if (i == 2)
            next.codec = CODEC_ZSTD;
        if (i == 3) {
            next.codec = CODEC_DICTIONARY;
            next.dictionary = 5;
        }
        if (i == 4)
            next.raw_bytes++;
        if (i == 5)
            next.stored.len--;
        again = sealed(with, &next, &others[i]);
        assert_false(digest_equal(&one, &others[i]));
        assert_memory_not_equal(out.data + 32, again.data + 32, DIGEST_BYTES);
        bytes_done(&again);
    }
    bytes_done(&out);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest id;
    const struct envelope what = of_text();
    const struct seal_key key = key_of(0);
    CLEANUP(bytes_done) struct bytes out = sealed(&key, &what, &id);
    for (size_t bit = 0; bit < out.len * 8; bit++) {
        out.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (opens(&key, OBJECT_BLOB, bytes_span(&out), &err))
            fail_msg("bit %zu of byte %zu is not looked at", bit % 8, bit / 8);
        out.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(opens(&key, OBJECT_BLOB, bytes_span(&out), &err));
}

static void every_other_length_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest id;
    const struct envelope what = of_text();
    const struct seal_key key = key_of(0);
    CLEANUP(bytes_done) struct bytes out = sealed(&key, &what, &id);
    for (size_t len = 0; len < out.len; len++) {
        /* Of its own size, so that a sanitizer sees what is read behind it. */
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, out.data, len);
        cut = realloc(cut, len ? len : 1);
        assert_false(opens(&key, OBJECT_BLOB, span_of(cut, len), &err));
        free(cut);
    }
    assert_ok(bytes_append(&out, span_of("", 1), &err), err);
    assert_false(opens(&key, OBJECT_BLOB, bytes_span(&out), &err));
}

static void wrong_keys_and_kinds_are_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest id;
    const struct envelope what = of_text();
    struct seal_key key = key_of(0), other = key_of(1);
    CLEANUP(bytes_done) struct bytes out = sealed(&key, &what, &id);
    assert_false(opens(&other, OBJECT_BLOB, bytes_span(&out), &err));
    assert_non_null(strstr(err.text, "the key is another one"));
    assert_false(opens(&key, OBJECT_META, bytes_span(&out), &err));
    key.id.b[3] ^= 1;
    assert_false(opens(&key, OBJECT_BLOB, bytes_span(&out), &err));
    /* The type is bound to the text, not only compared. */
    key = key_of(0);
    out.data[9] = OBJECT_META;
    assert_false(opens(&key, OBJECT_META, bytes_span(&out), &err));
}

static void what_the_holder_of_a_key_made_up_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest id;
    const struct seal_key key = key_of(0);
    const struct envelope wrong[] = {
        {.type = OBJECT_BLOB, .codec = (enum object_codec)7},
        {.type = OBJECT_BLOB, .codec = CODEC_RAW, .raw_bytes = 1},
        {.type = OBJECT_BLOB, .codec = CODEC_RAW, .dictionary = 1},
        {.type = OBJECT_BLOB, .codec = CODEC_DICTIONARY},
        {.type = OBJECT_BLOB, .codec = CODEC_ZSTD, .dictionary = 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        CLEANUP(bytes_done) struct bytes out = sealed(&key, &wrong[i], &id);
        assert_false(opens(&key, OBJECT_BLOB, bytes_span(&out), &err));
        assert_non_null(strstr(err.text, "what is sealed in it is wrong"));
    }
}

static void too_much_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest id;
    struct envelope what = of_text();
    const struct seal_key key = key_of(0);
    what.raw_bytes = OBJECT_RAW_MAX - ENVELOPE_EXTRA_BYTES + 1;
    assert_int_equal(envelope_write(&key, &what, NULL, &id, &err), -1);
    assert_int_equal(err.reason, REASON_FILE_TOO_BIG);
}

/* --- in an archive --- */

struct room {
    char *dir, *path, *ring_path;
    struct io *io;
    struct ring *ring;
};

static void room_init(struct room *room, const char *label)
{
    struct err err = {0};
    room->dir = test_dir_make();
    room->path = path_in(room->dir, "archive");
    room->ring_path = path_in(room->dir, "ring");
    room->io = io_open(IO_PLAIN, NULL, &err);
    assert_ok_ptr(room->io, err);
    assert_ok(archive_init(room->io, room->path, &err), err);
    assert_ok(ring_init(room->io, room->ring_path, &err), err);
    room->ring = ring_open(room->io, room->ring_path, RING_WRITE, &err);
    assert_ok_ptr(room->ring, err);
    assert_ok(ring_add(room->ring, label, 1, &err), err);
}

static void room_done(struct room *room)
{
    ring_close(room->ring);
    io_close(room->io);
    free(room->ring_path);
    free(room->path);
    test_dir_remove(room->dir);
}

#define LONG_BYTES 5000

/* A text with the dictionary, a record, bytes as they are: all sealed, one group. */
static void put(struct archive *archive, const struct seal_key *key, struct object objects[3],
                struct place places[3])
{
    static char longer[LONG_BYTES];
    struct err err = {0};
    const struct dictionary *dictionary = NULL;
    for (size_t i = 0; i < sizeof longer; i++)
        longer[i] = text[i % (sizeof text - 1)];
    assert_ok(archive_dictionary(archive, &dictionary, &err), err);
    assert_ok(object_prepare_text(&objects[0], span_of(longer, sizeof longer), dictionary, &err),
              err);
    assert_int_equal(objects[0].codec, CODEC_DICTIONARY);
    assert_ok(object_prepare(&objects[1], OBJECT_META, span_of(longer, 500), true, NULL, &err),
              err);
    assert_int_equal(objects[1].codec, CODEC_ZSTD);
    assert_ok(object_prepare(&objects[2], OBJECT_BLOB, span_of(longer, 9), false, NULL, &err), err);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(object_seal(&objects[i], key, &err), err);
        assert_int_equal(objects[i].codec, CODEC_SEALED);
        assert_int_equal(objects[i].raw_bytes, objects[i].stored.len);
    }
    assert_ok(archive_commit(archive, objects, 3, 1000, places, &err), err);
}

static const size_t put_bytes[3] = {LONG_BYTES, 500, 9};

static void check_what_is_read(struct archive *archive, const struct object objects[3],
                               const struct place places[3], enum err_kind want)
{
    for (size_t i = 0; i < 3; i++) {
        struct err err = {0};
        CLEANUP(bytes_done) struct bytes out = {0};
        int rc = archive_read(archive, places[i], &objects[i].id, &out, &err);
        assert_int_equal(err.kind, want);
        assert_int_equal(archive_may_read(archive, places[i], &err), want ? -1 : 0);
        assert_int_equal(rc, want ? -1 : 0);
        assert_int_equal(out.len, want ? 0 : put_bytes[i]);
        if (!want)
            assert_memory_equal(out.data, text, 9);
    }
}

static void an_archive_reads_what_it_has_the_key_for(void **state)
{
    (void)state;
    struct room room;
    struct err err = {0};
    struct seal_key key;
    struct object objects[3] = {0};
    struct place places[3];
    struct verify_result result;
    room_init(&room, "retention-10");
    assert_ok(ring_key_of(room.ring, "retention-10", &key, &err), err);
    struct archive *archive = archive_open(room.io, room.path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_may_seal(archive, &err), err);
    put(archive, &key, objects, places);

    check_what_is_read(archive, objects, places, ERR_SEALED);
    archive_set_keys(archive, room.ring);
    check_what_is_read(archive, objects, places, ERR_NONE);
    struct key_id id;
    assert_int_equal(archive_key_of(archive, places[1], &id, &err), 1);
    assert_true(key_id_equal(&id, &key.id));
    archive_close(archive);

    /* Whoever has no key can verify all the same. */
    archive = archive_open(room.io, room.path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    assert_ok(archive_verify(archive, &(struct verify_hooks){.self = NULL}, &result, &err), err);
    assert_int_equal(result.bad + result.missing, 0);
    assert_int_equal(result.objects, 4); /* and the dictionary */
    assert_ok(
        ring_erase(room.ring, "retention-10", &(struct ring_erasure){1, "Hội đồng", "QĐ 15"}, &err),
        err);
    archive_set_keys(archive, room.ring);
    check_what_is_read(archive, objects, places, ERR_ERASED);
    archive_close(archive);
    for (size_t i = 0; i < 3; i++)
        object_done(&objects[i]);
    room_done(&room);
}

static void rewrite_format(const char *path, unsigned version)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes format = bytes_in(path, "FORMAT");
    format.data[sizeof "sohoa archive " - 1] = (uint8_t)('0' + version);
    format.len -= sizeof "crc32c 00000000\n" - 1;
    assert_ok(bytes_printf(&format, &err, "crc32c %08x\n", crc32c(0, bytes_span(&format))), err);
    put_in(path, "FORMAT", bytes_span(&format));
}

static void older_archives_go_on_without_seals(void **state)
{
    (void)state;
    struct room room;
    struct err err = {0};
    struct place places[PER_GROUP];
    struct segment_head head;
    room_init(&room, "a");
    rewrite_format(room.path, 2);
    struct archive *archive = archive_open(room.io, room.path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    assert_int_equal(archive_may_seal(archive, &err), -1);
    assert_non_null(strstr(err.text, "format version 2"));
    assert_ok(commit_group(archive, 0, places, &err), err);
    archive_close(archive);
    char *segments = path_in(room.path, "seg");
    CLEANUP(bytes_done) struct bytes segment = bytes_in(segments, "0000000001.open");
    assert_null(segment_head_decode(segment.data, &head));
    assert_int_equal(head.version, 2);
    archive = archive_open(room.io, room.path, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    assert_int_equal(count_groups(archive, &err), 1);
    archive_close(archive);
    free(segments);
    room_done(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_with_its_key),
        cmocka_unit_test(is_this_to_the_byte),
        cmocka_unit_test(same_content_same_envelope_and_another_key_another),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(wrong_keys_and_kinds_are_refused),
        cmocka_unit_test(what_the_holder_of_a_key_made_up_is_refused),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(an_archive_reads_what_it_has_the_key_for),
        cmocka_unit_test(older_archives_go_on_without_seals),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
