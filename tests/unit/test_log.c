/* tests/unit/test_log.c - the log on disk: what it grows to, what it refuses, what a crash leaves,
 * and that a stranger's script agrees. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/log.h"
#include "storage/proof.h"
#include "storage/tile.h"
#include "tests/unit/archive_fixture.h"
#include "tests/unit/fault_io.h"

#define ORIGIN "sohoa/00112233445566778899aabbccddeeff"

struct fixture {
    struct fault_io fault;
    char *dir;
    int fd;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    fault_io_init(&f->fault);
    f->dir = test_dir_make();
    f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = f;
    return f->fd < 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fault_io_done(&f->fault);
    (void)close(f->fd);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

static struct log *try_open(struct fixture *f, enum archive_mode mode, uint64_t durable,
                            bool rebuild, struct err *err)
{
    const struct log_options options = {.io = &f->fault.io,
                                        .archive_fd = f->fd,
                                        .origin = ORIGIN,
                                        .mode = mode,
                                        .rebuild = rebuild,
                                        .durable = durable};
    return log_open(&options, err);
}

static struct log *open_writer(struct fixture *f)
{
    struct err err = {0};
    struct log *log = try_open(f, ARCHIVE_WRITE, UINT64_MAX, false, &err);
    assert_ok_ptr(log, err);
    return log;
}

static struct log *open_reader(struct fixture *f)
{
    struct err err = {0};
    struct log *log = try_open(f, ARCHIVE_READ, 0, false, &err);
    assert_ok_ptr(log, err);
    return log;
}

/* Entry i is that of an object whose bytes are "object i". */
static struct span entry_of(uint64_t i, char text[160])
{
    char raw[32], hex[DIGEST_HEX_LEN + 1];
    (void)snprintf(raw, sizeof raw, "object %llu", (unsigned long long)i);
    struct digest id = digest_of(span_of_text(raw));
    (void)snprintf(text, 160, "sohoa/1 %s %s %zu %llu %llu\n", i % 3 ? "blob" : "meta",
                   digest_hex(&id, hex), strlen(raw), (unsigned long long)(i / 7 + 1),
                   (unsigned long long)(1000000000 + i));
    return span_of_text(text);
}

static int grow(struct log *log, uint64_t to, struct err *err)
{
    char text[160];
    while (log_size(log) < to)
        if (log_add(log, log_size(log), entry_of(log_size(log), text), err) < 0)
            return -1;
    return 0;
}

/* Opens, grows to `to`, publishes, closes. */
static void grow_to(struct fixture *f, uint64_t to)
{
    struct err err = {0};
    struct log *log = open_writer(f);
    assert_ok(grow(log, to, &err), err);
    assert_ok(log_publish(log, &err), err);
    assert_int_equal(log_head(log)->size, to);
    log_close(log);
}

struct found {
    unsigned bad;
    char file[128], what[160];
};

static void on_bad(void *self, const char *file, const char *what)
{
    struct found *found = self;
    if (found->bad++ == 0) {
        (void)snprintf(found->file, sizeof found->file, "%s", file);
        (void)snprintf(found->what, sizeof found->what, "%s", what);
    }
}

/* Checks the whole log against `n` entries. */
static struct found check_all(struct fixture *f, uint64_t n)
{
    struct err err = {0};
    struct found found = {.bad = 0};
    char text[160];
    struct log *log = open_reader(f);
    struct log_check *check = log_check_new(log, on_bad, &found, &err);
    assert_ok_ptr(check, err);
    for (uint64_t i = 0; i < n; i++)
        assert_ok(log_check_entry(check, entry_of(i, text), &err), err);
    assert_ok(log_check_end(check, &err), err);
    log_check_free(check);
    log_close(log);
    return found;
}

static off_t size_of(struct fixture *f, const char *name)
{
    struct stat st;
    char *path = path_in(f->dir, name);
    off_t size = stat(path, &st) == 0 ? st.st_size : -1;
    free(path);
    return size;
}

static void put(struct fixture *f, const char *name, struct span data)
{
    put_in(f->dir, name, data);
}

static struct bytes get(struct fixture *f, const char *name)
{
    return bytes_in(f->dir, name);
}

/* --- what it grows to --- */

/* The example of C2SP tlog-tiles. */
static void tiles_are_where_the_specification_has_them(void **state)
{
    struct fixture *f = *state;
    grow_to(f, 100);
    assert_int_equal(size_of(f, "log/tile/0/000.p/100"), 3200);
    grow_to(f, 65535);
    grow_to(f, 65536);
    grow_to(f, 65537);
    grow_to(f, 70000);
    assert_int_equal(size_of(f, "log/tile/0/000"), 8192);
    assert_int_equal(size_of(f, "log/tile/0/272"), 8192);
    assert_int_equal(size_of(f, "log/tile/0/273"), -1);
    assert_int_equal(size_of(f, "log/tile/0/273.p/112"), 112 * 32);
    assert_int_equal(size_of(f, "log/tile/1/000"), 8192);
    assert_int_equal(size_of(f, "log/tile/1/001.p/17"), 17 * 32);
    assert_int_equal(size_of(f, "log/tile/2/000.p/1"), 32);
    assert_int_equal(size_of(f, "log/tile/3"), -1);
    assert_true(size_of(f, "log/tile/entries/272") > 256 * 90);
    assert_true(size_of(f, "log/tile/entries/273.p/112") > 112 * 90);
    /* The full tile has taken the place of the partial ones. */
    assert_int_equal(size_of(f, "log/tile/0/000.p"), -1);
    assert_int_equal(size_of(f, "log/tile/entries/000.p"), -1);
    assert_int_equal(check_all(f, 70001).bad, 0); /* the last is durable, and not signed yet */
}

static void indexes_become_paths_of_three_digits(void **state)
{
    (void)state;
    static const struct {
        struct tile tile;
        const char *path;
    } cases[] = {
        {{0, 0, 256}, "tile/0/000"},
        {{1, 999, 1}, "tile/1/999.p/1"},
        {{0, 1000, 256}, "tile/0/x001/000"},
        {{0, 1234067, 255}, "tile/0/x001/x234/067.p/255"},
        {{TILE_ENTRIES, 1000000, 256}, "tile/entries/x001/x000/000"},
        {{7, UINT64_MAX >> 9, 256}, "tile/7/x036/x028/x797/x018/x963/967"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char path[TILE_PATH_MAX];
        tile_path(&cases[i].tile, path);
        assert_string_equal(path, cases[i].path);
    }
}

/* Whatever the size at which it was left, the next writer goes on with the same tree. */
static void it_goes_on_from_every_border(void **state)
{
    struct fixture *f = *state;
    static const uint64_t sizes[] = {0, 1, 2, 255, 256, 257, 258, 511, 512, 700, 768, 1025};
    struct merkle_edge edge = {.size = 0};
    char text[160];
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        grow_to(f, sizes[i]);
        while (edge.size < sizes[i]) {
            struct digest leaf = merkle_leaf(entry_of(edge.size, text));
            merkle_add(&edge, &leaf);
        }
        struct digest root = merkle_root(&edge);
        struct log *log = open_reader(f);
        assert_int_equal(log_head(log)->size, sizes[i]);
        assert_true(digest_equal(&log_head(log)->root, &root));
        log_close(log);
        assert_int_equal(check_all(f, sizes[i]).bad, 0);
    }
}

static void every_leaf_can_be_proved_from_the_tiles(void **state)
{
    struct fixture *f = *state;
    static const uint64_t at[] = {0, 1, 255, 256, 1000, 2047, 2048, 2999};
    char text[160];
    struct err err = {0};
    grow_to(f, 300);
    struct log *log = open_reader(f);
    struct checkpoint old = *log_head(log);
    log_close(log);
    grow_to(f, 3000);
    log = open_reader(f);
    struct merkle_proof proof;
    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        struct digest leaf = merkle_leaf(entry_of(at[i], text));
        assert_ok(log_prove(log, at[i], 3000, &proof, &err), err);
        assert_true(merkle_check(at[i], 3000, &leaf, &proof, &log_head(log)->root));
    }
    struct digest leaf = merkle_leaf(entry_of(299, text));
    assert_ok(log_prove(log, 299, 300, &proof, &err), err);
    assert_true(merkle_check(299, 300, &leaf, &proof, &old.root));
    assert_ok(log_prove_growth(log, 300, &proof, &err), err);
    assert_true(merkle_check_growth(300, 3000, &old.root, &proof, &log_head(log)->root));
    log_close(log);
}

/* A reader that has read the checkpoint may find its partial tile replaced by the full one. */
static void a_reader_is_not_hurt_by_a_writer(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char text[160];
    struct merkle_proof proof;
    struct digest leaf = merkle_leaf(entry_of(7, text));
    grow_to(f, 100);
    struct log *log = open_reader(f);
    grow_to(f, 600);
    assert_int_equal(size_of(f, "log/tile/0/000.p/100"), -1);
    assert_ok(log_prove(log, 7, 100, &proof, &err), err);
    assert_true(merkle_check(7, 100, &leaf, &proof, &log_head(log)->root));
    log_close(log);
}

static void nothing_new_writes_nothing(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 10);
    struct log *log = open_writer(f);
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    assert_ok(log_publish(log, &err), err);
    assert_string_equal(f->fault.trace, "ff"); /* both folders: names that were found */
    assert_ok(log_publish(log, &err), err);
    assert_string_equal(f->fault.trace, "ff");
    log_close(log);
}

/* Names that were found, tiles, then the checkpoint, then its copy; each file's content, name,
 * folder. */
static void the_order_of_publishing_is_the_promise(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 10);
    struct log *log = open_writer(f);
    assert_ok(grow(log, 12, &err), err);
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    assert_ok(log_publish(log, &err), err);
    /* o(pen the folder) and for each file open, write, sync, close, rename, sync. */
    assert_string_equal(f->fault.trace, "ffoowdcnfoowdcnfowdcnfowdcnf");
    log_close(log);
    /* A head without its tiles on disk is what must never be. */
    assert_int_equal(size_of(f, "log/tile/0/000.p/12"), 12 * 32);
}

static unsigned count(const char *trace, char letter)
{
    unsigned n = 0;
    for (; *trace; trace++)
        n += *trace == letter;
    return n;
}

/* A folder is made durable once: again only what does not lead to a signed tile. */
static void folders_are_made_and_synced_once(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 255);
    struct log *log = open_writer(f);
    assert_ok(grow(log, 257, &err), err);
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    assert_ok(log_publish(log, &err), err);
    log_close(log);
    /* 0/001.p, entries/001.p, and tile/1/000.p from the top; and of each file its folder; and two
     * for names that were found. */
    assert_int_equal(count(f->fault.trace, 'm'), 5);
    assert_int_equal(count(f->fault.trace, 'n'), 7);
    assert_int_equal(count(f->fault.trace, 'f'), 5 + 7 + 2);
}

/* A partial tile that is read from the full one in its place has no folder any more. */
static void a_folder_that_is_gone_is_made_again(void **state)
{
    struct fixture *f = *state;
    grow_to(f, 100);
    CLEANUP(bytes_done) struct bytes old = get(f, "log/checkpoint");
    grow_to(f, 300);
    put(f, "log/checkpoint", bytes_span(&old));
    put(f, "log.last", bytes_span(&old));
    assert_int_equal(size_of(f, "log/tile/0/000.p"), -1);
    grow_to(f, 101);
    assert_int_equal(size_of(f, "log/tile/0/000.p/101"), 101 * 32);
    assert_int_equal(check_all(f, 101).bad, 0);
}

/* Tiles of nobody's head: the one who wrote them may have died before their names were durable. */
static void tiles_that_were_never_signed_are_written_again(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 10);
    CLEANUP(bytes_done) struct bytes old = get(f, "log/checkpoint");
    grow_to(f, 20);
    put(f, "log/checkpoint", bytes_span(&old));
    put(f, "log.last", bytes_span(&old));
    struct log *log = try_open(f, ARCHIVE_WRITE, 20, true, &err);
    assert_ok_ptr(log, err);
    assert_ok(grow(log, 20, &err), err);
    fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
    assert_ok(log_publish(log, &err), err);
    log_close(log);
    assert_int_equal(count(f->fault.trace, 'n'), 4); /* hashes, entries, checkpoint, copy */
    assert_int_equal(check_all(f, 20).bad, 0);
}

static void the_key_is_the_owners_alone(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    grow_to(f, 0);
    char *key = path_in(f->dir, "log/key.pem");
    assert_int_equal(stat(key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0400);
    free(key);
    assert_true(size_of(f, "log/checkpoint") > 0); /* an empty log has a signed head too */
}

/* --- what it refuses --- */

static void delete (struct fixture *f, const char *name)
{
    char *path = path_in(f->dir, name);
    assert_int_equal(unlink(path), 0);
    free(path);
}

static void refuses(struct fixture *f, uint64_t durable, enum err_kind kind, const char *why)
{
    struct err err = {0};
    assert_null(try_open(f, ARCHIVE_WRITE, durable, false, &err));
    if (err.kind != kind || !strstr(err.text, why))
        fail_msg("'%s' and kind %d, not '%s' and %d", err.text, err.kind, why, kind);
}

static void a_promise_beyond_the_segments_is_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 10);
    refuses(f, 9, ERR_CORRUPT, "promises 10 objects, the segments hold 9");
    struct log *log = try_open(f, ARCHIVE_WRITE, 10, false, &err);
    assert_ok_ptr(log, err);
    log_close(log);
}

static void an_older_checkpoint_put_back_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 10);
    CLEANUP(bytes_done) struct bytes old = get(f, "log/checkpoint");
    grow_to(f, 20);
    CLEANUP(bytes_done) struct bytes new = get(f, "log/checkpoint");
    put(f, "log/checkpoint", bytes_span(&old));
    refuses(f, 20, ERR_CORRUPT, "an older checkpoint was put back");
    delete (f, "log/checkpoint");
    refuses(f, 20, ERR_CORRUPT, "log/checkpoint is missing");
    /* Made again, it is the newest that was signed, to the byte. */
    struct log *log = try_open(f, ARCHIVE_WRITE, 20, true, &err);
    assert_ok_ptr(log, err);
    assert_ok(grow(log, 20, &err), err);
    assert_ok(log_publish(log, &err), err);
    log_close(log);
    CLEANUP(bytes_done) struct bytes again = get(f, "log/checkpoint");
    assert_int_equal(again.len, new.len);
    assert_memory_equal(again.data, new.data, new.len);
    grow_to(f, 21);
}

static void two_signed_histories_are_noticed(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    grow_to(f, 10);
    CLEANUP(bytes_done) struct bytes key = get(f, "log/key.pem");
    CLEANUP(bytes_done) struct bytes last = get(f, "log.last");
    /* The same key signs another history, shorter than, as long as, and longer than the copy. */
    char *command = NULL;
    assert_true(asprintf(&command, "rm -rf '%s/log' '%s/log.last'; mkdir '%s/log'", f->dir, f->dir,
                         f->dir) > 0);
    assert_int_equal(system(command), 0);
    free(command);
    put(f, "log/key.pem", bytes_span(&key));
    struct log *log = open_writer(f);
    for (uint64_t i = 0; i < 10; i++)
        assert_ok(log_add(log, i, span_of_text("other\n"), &err), err);
    assert_ok(log_publish(log, &err), err);
    log_close(log);
    put(f, "log.last", bytes_span(&last));
    refuses(f, 20, ERR_CORRUPT, "two signed histories of 10 entries");
    delete (f, "log.last");
    grow_to(f, 12);
    put(f, "log.last", bytes_span(&last));
    refuses(f, 20, ERR_CORRUPT, "log.last is not the beginning of log/checkpoint");
}

static void a_head_that_is_not_signed_is_refused(void **state)
{
    struct fixture *f = *state;
    grow_to(f, 10);
    CLEANUP(bytes_done) struct bytes note = get(f, "log/checkpoint");
    for (size_t at = 0; at < note.len; at++) {
        note.data[at] ^= 1;
        put(f, "log/checkpoint", bytes_span(&note));
        refuses(f, 20, ERR_CORRUPT, "log/checkpoint");
        note.data[at] ^= 1;
        struct err err = {0};
        if (at % 16 == 0)
            assert_null(try_open(f, ARCHIVE_READ, 0, false, &err));
    }
    put(f, "log/checkpoint", bytes_span(&note));
    grow_to(f, 11);
}

static void damage_at_the_edge_is_noticed_and_made_good(void **state)
{
    struct fixture *f = *state;
    static const char *const files[] = {"log/tile/0/001.p/44", "log/tile/1/000.p/1",
                                        "log/tile/entries/001.p/44"};
    grow_to(f, 300);
    CLEANUP(bytes_done) struct bytes before = get(f, "log/checkpoint");
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct err err = {0};
        CLEANUP(bytes_done) struct bytes data = get(f, files[i]);
        for (unsigned way = 0; way < 3; way++) {
            if (way == 0)
                data.data[data.len - 5] ^= 4;
            if (way == 1)
                data.len--;
            if (way == 2)
                delete (f, files[i]);
            else
                put(f, files[i], bytes_span(&data));
            refuses(f, 300, ERR_CORRUPT, "log: ");
            assert_true(check_all(f, 300).bad > 0);
            struct log *log = try_open(f, ARCHIVE_WRITE, 300, true, &err);
            assert_ok_ptr(log, err);
            assert_ok(grow(log, 300, &err), err);
            assert_ok(log_publish(log, &err), err);
            log_close(log);
            assert_int_equal(check_all(f, 300).bad, 0);
        }
    }
    CLEANUP(bytes_done) struct bytes after = get(f, "log/checkpoint");
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, after.len); /* no new head for old entries */
}

static void a_rebuilt_tree_must_have_the_signed_root(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char text[160];
    grow_to(f, 300);
    struct log *log = try_open(f, ARCHIVE_WRITE, 300, true, &err);
    assert_ok_ptr(log, err);
    for (uint64_t i = 0; i < 299; i++)
        assert_ok(log_add(log, i, entry_of(i, text), &err), err);
    assert_int_equal(log_add(log, 299, entry_of(300, text), &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_int_equal(log_publish(log, &err), -1);
    log_close(log);
    assert_int_equal(check_all(f, 300).bad, 0);
}

static void entries_that_are_signed_are_compared(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char text[160];
    grow_to(f, 300);
    struct log *log = open_writer(f);
    for (uint64_t i = 250; i < 310; i++)
        assert_ok(log_add(log, i, entry_of(i, text), &err), err);
    assert_int_equal(log_add(log, 255, entry_of(256, text), &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "entry 255 is not what the segments say"));
    log_close(log);
}

static void keys_are_not_made_where_there_was_one(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char *key = path_in(f->dir, "log/key.pem"), *elsewhere = path_in(f->dir, "elsewhere.pem");
    grow_to(f, 10);
    CLEANUP(bytes_done) struct bytes pem = get(f, "log/key.pem");
    assert_int_equal(rename(key, elsewhere), 0);
    refuses(f, 10, ERR_INPUT, "log/key.pem is missing");
    assert_int_equal(symlink("../elsewhere.pem", key), 0); /* it may lie elsewhere */
    grow_to(f, 11);
    assert_int_equal(unlink(elsewhere), 0);
    refuses(f, 11, ERR_INPUT, "log/key.pem is missing");
    /* Not even in a log that has nothing but the dangling link: the medium is not there. */
    delete (f, "log/checkpoint");
    delete (f, "log.last");
    delete (f, "log/key.vkey");
    refuses(f, 11, ERR_INPUT, "log/key.pem is missing");
    delete (f, "log/key.pem");
    struct log *log = open_writer(f); /* a log without key and checkpoint is a new one */
    assert_int_equal(log_size(log), 0);
    assert_ok(log_publish(log, &err), err);
    log_close(log);
    put(f, "log/key.pem", bytes_span(&pem));
    refuses(f, 11, ERR_CORRUPT, "log/key.pem is not the key of log/key.vkey");
    put(f, "log/key.pem", span_of_text("-----BEGIN PRIVATE KEY-----\n"));
    refuses(f, 11, ERR_INPUT, "log/key.pem");
    free(key);
    free(elsewhere);
}

static void a_log_of_another_archive_is_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct log_options options = {.io = &f->fault.io,
                                  .archive_fd = f->fd,
                                  .origin = "sohoa/ff112233445566778899aabbccddeeff",
                                  .mode = ARCHIVE_READ};
    grow_to(f, 10);
    assert_null(log_open(&options, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
    options.mode = ARCHIVE_WRITE;
    options.durable = 10;
    assert_null(log_open(&options, &err));
    assert_int_equal(err.kind, ERR_CORRUPT);
}

static void verify_names_the_file_that_does_not_fit(void **state)
{
    struct fixture *f = *state;
    static const char *const files[] = {"log/tile/0/000",       "log/tile/0/001",
                                        "log/tile/0/002.p/88",  "log/tile/1/000.p/2",
                                        "log/tile/entries/001", "log/tile/entries/002.p/88"};
    grow_to(f, 600);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        CLEANUP(bytes_done) struct bytes data = get(f, files[i]);
        for (size_t at = 0; at < data.len; at += data.len / 5) {
            data.data[at] ^= 0x40;
            put(f, files[i], bytes_span(&data));
            struct found found = check_all(f, 600);
            assert_int_equal(found.bad, 1);
            assert_string_equal(found.file, files[i]);
            data.data[at] ^= 0x40;
        }
        delete (f, files[i]);
        struct found found = check_all(f, 600);
        assert_string_equal(found.file, files[i]);
        assert_non_null(strstr(found.what, "missing"));
        put(f, files[i], bytes_span(&data));
    }
    for (unsigned i = 0; i < 2; i++) {
        const char *name = i ? "log.last" : "log/key.pem";
        CLEANUP(bytes_done) struct bytes data = get(f, name);
        for (size_t at = i ? 0 : 40; at < data.len - 40; at += 13) {
            data.data[at] ^= 1;
            put(f, name, bytes_span(&data));
            struct found found = check_all(f, 600);
            assert_int_equal(found.bad, 1);
            assert_string_equal(found.file, name);
            data.data[at] ^= 1;
        }
        put(f, name, bytes_span(&data));
    }
    struct found found = check_all(f, 599);
    assert_string_equal(found.file, "log/checkpoint");
    assert_non_null(strstr(found.what, "promises 600 objects, the segments hold 599"));
    assert_int_equal(check_all(f, 600).bad, 0);
}

static void entries_have_a_limit(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    uint8_t large[ENTRY_BYTES_MAX + 1] = {0};
    struct log *log = open_writer(f);
    assert_int_equal(log_add(log, 0, span_of(large, sizeof large), &err), -1);
    log_close(log);
    /* A bundle whose lengths lie. */
    struct span entry, bundle = span_of("\x00\x05"
                                        "abcd",
                                        6);
    assert_false(bundle_take(&bundle, &entry));
    bundle = span_of("\xFF", 1);
    assert_false(bundle_take(&bundle, &entry));
}

/* --- crashes --- */

static const struct fault_case {
    const char *why;
    enum fault_kind kind;
    int sys;
} faults[] = {
    {"publishing: an I/O error", FAULT_ERROR, EIO},
    {"publishing: a full disk", FAULT_ERROR, ENOSPC},
    {"publishing: a short write", FAULT_SHORT, 0},
    {"publishing: a write torn by a power cut", FAULT_TORN, EIO},
    {"publishing: a power cut", FAULT_POWER, EIO},
};

/* Grows from `from` in three checkpoints over a tile's border. What is durable is told before. */
static uint64_t work(struct fixture *f, uint64_t from, int *ret_rc)
{
    struct err err = {0};
    uint64_t signed_to = from;
    struct log *log = try_open(f, ARCHIVE_WRITE, from + 30, false, &err);
    *ret_rc = log ? 0 : -1;
    for (unsigned i = 1; i <= 3 && *ret_rc == 0; i++) {
        *ret_rc = grow(log, from + 10 * i, &err) < 0 || log_publish(log, &err) < 0 ? -1 : 0;
        if (*ret_rc == 0)
            signed_to = log_head(log)->size;
    }
    if (log && *ret_rc < 0) {
        struct err again = {0};
        unsigned before = f->fault.count;
        assert_int_equal(log_publish(log, &again), -1);
        assert_string_equal(err.text, again.text);
        assert_int_equal(f->fault.count, before); /* nothing is tried a second time */
    }
    log_close(log);
    return signed_to;
}

static void whichever_operation_is_hit_the_next_writer_goes_on(void **state)
{
    const struct fault_case *c = *state;
    bool struck = true;
    unsigned nth = 0;
    for (; struck; nth++) {
        void *made = NULL;
        assert_int_equal(set_up(&made), 0);
        struct fixture *f = made;
        int rc = 0;
        uint64_t start = nth % 2 ? 240 : 0; /* a new log, or one before a border */
        if (start > 0)
            grow_to(f, start);
        fault_io_arm(&f->fault, c->kind, nth, c->sys);
        uint64_t signed_to = work(f, start, &rc);
        struck = f->fault.struck;
        assert_true(rc == 0 || (struck && c->kind != FAULT_SHORT));

        /* What is durable is what was told before it was signed; no head may say more. */
        fault_io_arm(&f->fault, FAULT_NONE, 0, 0);
        struct err err = {0};
        struct log *log = try_open(f, ARCHIVE_WRITE, start + 30, false, &err);
        assert_ok_ptr(log, err);
        assert_true(log_head(log)->size >= signed_to && log_head(log)->size <= start + 30);
        assert_ok(grow(log, start + 60, &err), err);
        assert_ok(log_publish(log, &err), err);
        log_close(log);
        struct found found = check_all(f, start + 60);
        if (found.bad)
            fail_msg("operation %u: %s: %s", nth, found.file, found.what);
        tear_down(&made);
        if (nth % 2 == 0)
            struck = true; /* both beginnings have to come to their end */
        else if (nth > 400)
            break;
    }
    assert_true(nth > 60 && nth < 400);
}

/* --- the stranger's script --- */

static int run_script(struct fixture *f, const char *arguments)
{
    char *command = NULL;
    assert_true(
        asprintf(&command, "cd '%s' && sh '%s' %s >out 2>&1", f->dir, VERIFY_SH, arguments) > 0);
    int status = system(command);
    free(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void script_says(struct fixture *f, const char *arguments, int code, const char *what)
{
    int got = run_script(f, arguments);
    struct bytes out = get(f, "out");
    struct err err = {0};
    assert_ok(bytes_append(&out, span_of("", 1), &err), err);
    if (got != code || !strstr((char *)out.data, what))
        fail_msg("%s: %d and '%s', not %d and '%s'", arguments, got, (char *)out.data, code, what);
    bytes_done(&out);
}

static void write_proof(struct fixture *f, uint64_t index, const char *name)
{
    struct err err = {0};
    char text[160];
    struct merkle_proof path;
    struct log *log = open_reader(f);
    CLEANUP(bytes_done) struct bytes extra = {0};
    CLEANUP(bytes_done) struct bytes out = {0};
    assert_ok(log_prove(log, index, log_head(log)->size, &path, &err), err);
    assert_ok(bytes_append(&extra, entry_of(index, text), &err), err);
    assert_ok(note_key_write(log_key(log), &extra, &err), err);
    assert_ok(bytes_append(&extra, span_of_text("\n"), &err), err);
    assert_ok(proof_write(bytes_span(&extra), index, &path, log_note(log), &out, &err), err);
    put(f, name, bytes_span(&out));
    log_close(log);
}

static void write_growth(struct fixture *f, uint64_t old, const char *name)
{
    struct err err = {0};
    struct log *log = open_reader(f);
    struct growth growth = {.told = true, .old = old, .note = log_note(log)};
    CLEANUP(bytes_done) struct bytes out = {0};
    assert_ok(log_prove_growth(log, old, &growth.proof, &err), err);
    assert_ok(growth_write(&growth, &out, &err), err);
    put(f, name, bytes_span(&out));
    log_close(log);
}

/* Changes one letter of base64 in the line that begins with `line` (0: the first). */
static void spoil(struct fixture *f, const char *name, const char *before, const char *as)
{
    CLEANUP(bytes_done) struct bytes data = get(f, name);
    struct err err = {0};
    assert_ok(bytes_append(&data, span_of("", 1), &err), err);
    char *at = strstr((char *)data.data, before);
    assert_non_null(at);
    at += strlen(before) + 3;
    *at = *at == 'A' ? 'B' : 'A';
    put(f, as, span_of(data.data, data.len - 1));
}

static void a_proof_holds_after_a_hundred_thousand_more(void **state)
{
    struct fixture *f = *state;
    grow_to(f, 1000);
    write_proof(f, 123, "proof");
    put(f, "object", span_of_text("object 123"));
    put(f, "changed", span_of_text("object 124"));
    script_says(f, "-k log/key.vkey proof object", 0, "PROVEN");

    grow_to(f, 101000);
    write_growth(f, 1000, "later");
    write_growth(f, 999, "unfit");
    write_proof(f, 123, "again");
    script_says(f, "-k log/key.vkey -c later proof object", 0, "continued  to 101000 entries");
    script_says(f, "-k log/key.vkey again object", 0, "a log of 101000 entries");
    script_says(f, "proof", 0, "WITH THE KEY IN THE PROOF");
    script_says(f, "-c log/checkpoint again object", 0, "PROVEN"); /* the same head */

    script_says(f, "-k log/key.vkey proof changed", 4, "CHANGED OBJECT");
    spoil(f, "proof", "index 123\n", "wrong-path");
    script_says(f, "-k log/key.vkey wrong-path object", 5, "WRONG PATH");
    spoil(f, "proof", ORIGIN "\n1000\n", "wrong-root");
    script_says(f, "-k log/key.vkey wrong-root object", 3, "BAD SIGNATURE");
    script_says(f, "-k log/key.vkey -c log/checkpoint proof object", 7, "--since 1000");
    script_says(f, "-k log/key.vkey -c unfit proof object", 7, "--since 1000");
    script_says(f, "-k log/key.vkey -c proof again object", 2, "no valid checkpoint");
    script_says(f, "-k log/checkpoint proof object", 2, "is no public key");
    script_says(f, "object", 2, "is no proof");
    script_says(f, "nowhere", 2, "cannot be read");
    script_says(f, "", 2, "verify.sh [-k KEY]");
}

/* The same key signs a history from which one leaf was taken out: whoever holds an older proof or
 * head has it in writing. */
static void a_removed_leaf_is_a_fork(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char text[160], *command = NULL;
    grow_to(f, 1000);
    write_proof(f, 123, "proof");
    grow_to(f, 1001);
    CLEANUP(bytes_done) struct bytes head = get(f, "log/checkpoint");
    put(f, "head", bytes_span(&head));
    CLEANUP(bytes_done) struct bytes key = get(f, "log/key.pem");
    assert_true(asprintf(&command, "rm -rf '%s/log' '%s/log.last'; mkdir '%s/log'", f->dir, f->dir,
                         f->dir) > 0);
    assert_int_equal(system(command), 0);
    free(command);
    put(f, "log/key.pem", bytes_span(&key));
    struct log *log = open_writer(f);
    for (uint64_t i = 0; i < 1001; i++)
        assert_ok(log_add(log, i, entry_of(i < 123 ? i : i + 1, text), &err), err);
    assert_ok(log_publish(log, &err), err);
    log_close(log);
    write_growth(f, 1000, "later");
    script_says(f, "-k log/key.vkey proof", 0, "PROVEN"); /* of itself it is still true */
    script_says(f, "-k log/key.vkey -c later proof", 6, "FORKED HISTORY");
    /* A new proof of the leaf cannot be made: its neighbours are others now. */
    write_proof(f, 123, "again");
    script_says(f, "-k log/key.vkey again", 5, "WRONG PATH");
    /* Two heads of one size. */
    write_proof(f, 122, "beside");
    script_says(f, "-k log/key.vkey -c head beside", 6, "FORKED HISTORY");
}

static void cosignatures_are_checked_by_the_script(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct note note;
    struct note_key key;
    grow_to(f, 5);
    write_proof(f, 3, "proof");
    CLEANUP(sign_key_freep) struct sign_key *secret = sign_key_new(&err);
    struct sign_public public = sign_key_public(secret);
    CLEANUP(bytes_done) struct bytes vkey = {0};
    CLEANUP(bytes_done) struct bytes head = get(f, "log/checkpoint");
    CLEANUP(bytes_done) struct bytes proof = get(f, "proof");
    assert_ok(note_key_init(&key, "archive.example/w1", NOTE_KEY_WITNESS, &public, &err), err);
    assert_ok(note_key_write(&key, &vkey, &err), err);
    put(f, "w.vkey", bytes_span(&vkey));
    script_says(f, "-k log/key.vkey -w w.vkey proof", 3, "has no signature of archive.example/w1");
    assert_ok(note_parse(bytes_span(&head), &note, &err), err);
    assert_ok(note_sign(note.text, &key, secret, 1700000000, &proof, &err), err);
    put(f, "proof", bytes_span(&proof));
    script_says(f, "-k log/key.vkey -w w.vkey proof", 0, "at 1700000000 seconds");
    proof.data[proof.len - 8] ^= 1;
    put(f, "proof", bytes_span(&proof));
    script_says(f, "-k log/key.vkey -w w.vkey proof", 3, "archive.example/w1");
    script_says(f, "-k log/key.vkey proof", 0, "PROVEN"); /* others' signatures are not ours */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        TEST(tiles_are_where_the_specification_has_them),
        TEST(indexes_become_paths_of_three_digits),
        TEST(it_goes_on_from_every_border),
        TEST(every_leaf_can_be_proved_from_the_tiles),
        TEST(a_reader_is_not_hurt_by_a_writer),
        TEST(nothing_new_writes_nothing),
        TEST(the_order_of_publishing_is_the_promise),
        TEST(folders_are_made_and_synced_once),
        TEST(a_folder_that_is_gone_is_made_again),
        TEST(tiles_that_were_never_signed_are_written_again),
        TEST(the_key_is_the_owners_alone),
        TEST(a_promise_beyond_the_segments_is_refused),
        TEST(an_older_checkpoint_put_back_is_noticed),
        TEST(two_signed_histories_are_noticed),
        TEST(a_head_that_is_not_signed_is_refused),
        TEST(damage_at_the_edge_is_noticed_and_made_good),
        TEST(a_rebuilt_tree_must_have_the_signed_root),
        TEST(entries_that_are_signed_are_compared),
        TEST(keys_are_not_made_where_there_was_one),
        TEST(a_log_of_another_archive_is_refused),
        TEST(verify_names_the_file_that_does_not_fit),
        TEST(entries_have_a_limit),
        TEST(a_proof_holds_after_a_hundred_thousand_more),
        TEST(a_removed_leaf_is_a_fork),
        TEST(cosignatures_are_checked_by_the_script),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(faults)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        tests[n++] =
            (struct CMUnitTest){faults[i].why, whichever_operation_is_hit_the_next_writer_goes_on,
                                NULL, NULL, (void *)&faults[i]};
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
