/* tests/unit/test_pipeline.c - whole runs: every file accounted for, whatever it is, whatever
 * fails.
 *
 * Runs read with isolation by thread; where a cell has to misbehave, cells are this very program
 * started again as `--cell`, and page i does what letter i of $CELL_SCRIPT says. */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "pipeline/cell_child.h"
#include "pipeline/cell_wire.h"
#include "pipeline/quarantine.h"
#include "records/index.h"
#include "records/page_record.h"
#include "storage/archive_log.h"
#include "tests/unit/small_pages.h"

#define OUTCOMES_MAX 64

/* --- inside a cell that misbehaves --- */

void cell_test_hook(unsigned index, bool second)
{
    const char *script = getenv("CELL_SCRIPT");
    struct cell_reply reply = {
        .magic = CELL_MAGIC, .rc = -1, .err = {.kind = ERR_INPUT, .reason = REASON_DAMAGED}};
    struct err err = {0};
    (void)second; /* nothing is read of these pages that could be doubted */
    switch (script && index < strlen(script) ? script[index] : '.') {
    case 'c':
        (void)signal(SIGABRT, SIG_DFL);
        abort();
    case 'u': /* an error text that is no text */
        memset(reply.err.text, 0xFF, sizeof reply.err.text);
        break;
    case 'l': /* one whose letters of two bytes are cut at any odd length */
        for (size_t i = 1; i + 2 < sizeof reply.err.text; i += 2)
            memcpy(reply.err.text + i, "đ", 2);
        reply.err.text[0] = 'x';
        break;
    case 'k': /* one that clears a terminal */
        (void)snprintf(reply.err.text, sizeof reply.err.text, "\x1b[2J\nreason: none\n");
        break;
    case 'g': /* text that cannot be unpacked */
        reply.rc = 0;
        reply.text_bytes = 100;
        break;
    case 'f': /* more than the whole page is black */
        reply.rc = 0;
        reply.found.ink = 7;
        break;
    default:
        return;
    }
    _exit(cell_wire_send(CELL_SOCK_FD, &reply, sizeof reply, -1, &err) < 0);
}

/* --- faults, by the linker's --wrap --- */

static struct {
    bool armed;
    unsigned commit_nth, index_nth, quarantine_nth, checkpoint_nth; /* from 1; 0: never */
    bool commit_first; /* the commit is made all the same, and then said to have failed */
    unsigned commits, indexes, quarantines, checkpoints;
} fault;

int __real_archive_commit(struct archive *archive, const struct object objects[], size_t n,
                          int64_t time_ns, struct place ret_places[], struct err *err);
int __wrap_archive_commit(struct archive *archive, const struct object objects[], size_t n,
                          int64_t time_ns, struct place ret_places[], struct err *err);
int __wrap_archive_commit(struct archive *archive, const struct object objects[], size_t n,
                          int64_t time_ns, struct place ret_places[], struct err *err)
{
    bool strike = fault.armed && ++fault.commits == fault.commit_nth;
    if (strike && !fault.commit_first)
        return err_set(err, ERR_RETRY, "test: no space");
    int rc = __real_archive_commit(archive, objects, n, time_ns, ret_places, err);
    return strike ? err_set(err, ERR_SYSTEM, "test: sync failed") : rc;
}

int __real_index_catch_up(struct archive *archive, struct catalogue *catalogue,
                          struct index_losses *losses, struct err *err);
int __wrap_index_catch_up(struct archive *archive, struct catalogue *catalogue,
                          struct index_losses *losses, struct err *err);
int __wrap_index_catch_up(struct archive *archive, struct catalogue *catalogue,
                          struct index_losses *losses, struct err *err)
{
    if (fault.armed && ++fault.indexes == fault.index_nth)
        return err_set(err, ERR_SYSTEM, "test: no catalogue");
    return __real_index_catch_up(archive, catalogue, losses, err);
}

int __real_quarantine_put(struct io *io, int dir_fd, const struct quarantined *file,
                          struct err *err);
int __wrap_quarantine_put(struct io *io, int dir_fd, const struct quarantined *file,
                          struct err *err);
int __wrap_quarantine_put(struct io *io, int dir_fd, const struct quarantined *file,
                          struct err *err)
{
    if (fault.armed && ++fault.quarantines == fault.quarantine_nth)
        return err_set(err, ERR_SYSTEM, "test: no quarantine");
    return __real_quarantine_put(io, dir_fd, file, err);
}

int __real_archive_checkpoint(struct archive *archive, struct err *err);
int __wrap_archive_checkpoint(struct archive *archive, struct err *err);
int __wrap_archive_checkpoint(struct archive *archive, struct err *err)
{
    if (fault.armed && ++fault.checkpoints == fault.checkpoint_nth)
        return err_set(err, ERR_RETRY, "test: no room for the log");
    return __real_archive_checkpoint(archive, err);
}

/* --- a run and what it told --- */

struct told {
    enum outcome_kind kind;
    char path[300], detail[300];
    struct digest id;
    uint32_t pages, pages_failed;
    enum reason reason;
};

struct shop {
    char *dir, *in, *archive;
    _Atomic int stop;
    unsigned stop_after; /* outcomes; 0: never */
    bool limit_files;    /* no file may grow any more after the first outcome */
    struct told told[OUTCOMES_MAX];
    unsigned told_len, ticks;
    struct pipeline_options options;
    struct tally tally;
};

static void on_outcome(void *self, const struct outcome *outcome)
{
    struct shop *shop = self;
    if (shop->told_len == OUTCOMES_MAX)
        abort();
    struct told *told = &shop->told[shop->told_len++];
    *told = (struct told){.kind = outcome->kind,
                          .id = *outcome->id,
                          .pages = outcome->pages,
                          .pages_failed = outcome->pages_failed,
                          .reason = outcome->reason};
    (void)snprintf(told->path, sizeof told->path, "%s", outcome->path);
    (void)snprintf(told->detail, sizeof told->detail, "%s", outcome->detail);
    if (shop->told_len == shop->stop_after)
        shop->stop = 1;
    if (shop->limit_files) {
        const struct rlimit small = {4096, RLIM_INFINITY};
        (void)setrlimit(RLIMIT_FSIZE, &small);
    }
}

static void on_tick(void *self, const struct tally *tally)
{
    struct shop *shop = self;
    (void)tally;
    shop->ticks++;
}

static int set_up(void **state)
{
    struct shop *shop = calloc(1, sizeof *shop);
    struct err err = {0};
    struct io *io = io_open(IO_PLAIN, NULL, &err);
    shop->dir = test_dir_make();
    if (asprintf(&shop->in, "%s/in", shop->dir) < 0 ||
        asprintf(&shop->archive, "%s/archive", shop->dir) < 0 || mkdir(shop->in, 0755) < 0 || !io ||
        archive_init(io, shop->archive, &err) < 0)
        return -1;
    io_close(io);
    shop->options = (struct pipeline_options){.archive = shop->archive,
                                              .workers = 2,
                                              .isolation = ISOLATION_THREAD,
                                              .limits = LIMITS_DEFAULT,
                                              .language = "vie",
                                              .stop = &shop->stop,
                                              .on_outcome = on_outcome,
                                              .on_tick = on_tick,
                                              .self = shop};
    memset(&fault, 0, sizeof fault);
    *state = shop;
    return unsetenv("CELL_SCRIPT");
}

static int tear_down(void **state)
{
    struct shop *shop = *state;
    memset(&fault, 0, sizeof fault);
    free(shop->in);
    free(shop->archive);
    test_dir_remove(shop->dir);
    free(shop);
    return unsetenv("CELL_SCRIPT");
}

static int run_paths(struct shop *shop, const char *const *paths, size_t n, struct err *err)
{
    shop->told_len = 0;
    shop->stop = 0;
    shop->options.paths = paths;
    shop->options.path_len = n;
    return pipeline_run(&shop->options, &shop->tally, err);
}

static int run_in(struct shop *shop, struct err *err)
{
    const char *const paths[] = {shop->in};
    return run_paths(shop, paths, 1, err);
}

static void run_ok(struct shop *shop)
{
    struct err err = {0};
    assert_ok(run_in(shop, &err), err);
    assert_true(shop->ticks > 0);
    const struct tally *tally = &shop->tally;
    assert_int_equal(tally->sources, tally->archived + tally->duplicate + tally->quarantined);
    assert_int_equal(tally->sources, shop->told_len);
    assert_int_equal(tally->sources_found, tally->sources + tally->unfinished);
}

static char *in_path(const struct shop *shop, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", shop->in, name) < 0)
        abort();
    return path;
}

static void put_scan(const struct shop *shop, const char *name, unsigned seed, int pages)
{
    char *path = in_path(shop, name);
    small_tiff(path, seed, pages, -1);
    free(path);
}

/* The same without anything to read: for tests that do not ask what is on the pages. */
static void put_white(const struct shop *shop, const char *name, unsigned seed, int pages)
{
    char *path = in_path(shop, name);
    small_tiff(path, seed, pages, SMALL_ALL_BLANK);
    free(path);
}

static void put_text(const struct shop *shop, const char *name, const char *text)
{
    char *path = in_path(shop, name);
    FILE *file = fopen(path, "we");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    free(path);
}

static const struct told *told_of(const struct shop *shop, const char *name)
{
    const struct told *found = NULL;
    for (unsigned i = 0; i < shop->told_len; i++) {
        const char *base = strrchr(shop->told[i].path, '/');
        if (strcmp(base ? base + 1 : shop->told[i].path, name) == 0) {
            assert_null(found); /* told of once */
            found = &shop->told[i];
        }
    }
    if (!found)
        fail_msg("nobody told of '%s'", name);
    return found;
}

static void assert_quarantined(const struct shop *shop, const char *name, enum reason reason)
{
    const struct told *told = told_of(shop, name);
    assert_int_equal(told->kind, OUTCOME_QUARANTINED);
    if (told->reason != reason)
        fail_msg("'%s': %s, not %s", name, reason_code(told->reason), reason_code(reason));
}

/* --- what the archive holds, opened afresh as the next run would --- */

struct contents {
    struct bytes pages; /* id, record, status and reason of every page */
    struct verify_result verify;
    uint64_t objects;
    unsigned failed;
};

static int list_page(void *self, const struct page_row *row, struct err *err)
{
    struct contents *contents = self;
    char record[DIGEST_HEX_LEN + 1];
    contents->failed += strcmp(row->page.status, "failed") == 0;
    return bytes_printf(&contents->pages, err, "%s %s %s %s %s\n", row->page.id,
                        digest_hex(&row->page.record, record), row->page.status,
                        row->page.reason_code, row->source_path);
}

/* Every file told of as archived or duplicate is there, byte for byte. */
static void assert_told_is_there(const struct shop *shop, struct archive *archive,
                                 struct catalogue *catalogue)
{
    for (unsigned i = 0; i < shop->told_len; i++) {
        const struct told *told = &shop->told[i];
        struct err err = {0};
        CLEANUP(bytes_done) struct bytes bytes = {0};
        if (told->kind == OUTCOME_QUARANTINED)
            continue;
        assert_int_equal(catalogue_find_source(catalogue, &told->id, &err), 1);
        assert_ok(index_read(archive, catalogue, &told->id, &bytes, &err), err);
        struct digest id = digest_of(bytes_span(&bytes));
        assert_true(digest_equal(&id, &told->id));
    }
}

static struct contents open_and_look(const struct shop *shop)
{
    struct contents contents = {.objects = 0};
    struct catalogue_stats stats;
    struct err err = {0};
    struct io *io = io_open(IO_PLAIN, NULL, &err);
    assert_ok_ptr(io, err);
    struct archive *archive = archive_open(io, shop->archive, ARCHIVE_WRITE, &err);
    assert_ok_ptr(archive, err);
    struct catalogue *catalogue = catalogue_open(shop->archive, ARCHIVE_WRITE, &err);
    assert_ok_ptr(catalogue, err);
    assert_ok(index_catch_up(archive, catalogue, NULL, &err), err);
    assert_ok(catalogue_check(catalogue, &err), err);
    assert_ok(catalogue_search(catalogue, &(struct catalogue_query){.limit = UINT32_MAX}, list_page,
                               &contents, &err),
              err);
    assert_ok(bytes_append(&contents.pages, span_of("", 1), &err), err);
    assert_ok(catalogue_stats(catalogue, &stats, &err), err);
    contents.objects = stats.objects;
    assert_told_is_there(shop, archive, catalogue);
    assert_ok(archive_verify(archive, NULL, &contents.verify, &err), err);
    assert_int_equal(contents.verify.bad + contents.verify.missing, 0);
    assert_int_equal(contents.verify.objects, stats.objects); /* nothing twice */
    catalogue_close(catalogue);
    archive_close(archive);
    io_close(io);
    return contents;
}

static void contents_done(struct contents *contents)
{
    bytes_done(&contents->pages);
}

/* --- ordinary runs --- */

static void put_mixed(const struct shop *shop)
{
    put_scan(shop, "a.tif", 1, 1);
    put_scan(shop, "b-three-pages.tif", 2, 3);
    put_scan(shop, "c-twin-of-a.tif", 1, 1);
    put_text(shop, "d-no-picture.tif", "this is a letter, not a scan\n");
    put_text(shop, "e-empty.pdf", "");
    put_text(shop, "f-twin-of-d.txt", "this is a letter, not a scan\n");
    char *pipe = in_path(shop, "g-pipe"), *odd = in_path(shop, "h\n\xff.tif"),
         *link = in_path(shop, "i-link");
    assert_int_equal(mkfifo(pipe, 0644), 0);
    small_tiff(odd, 9, 1, 0);
    assert_int_equal(symlink("nowhere", link), 0);
    free(pipe);
    free(odd);
    free(link);
}

static void every_file_of_a_mixed_folder_is_told_of_once(void **state)
{
    struct shop *shop = *state;
    put_mixed(shop);
    run_ok(shop);
    assert_int_equal(shop->told_len, 9);
    const struct told *a = told_of(shop, "a.tif"), *c = told_of(shop, "c-twin-of-a.tif");
    assert_int_equal(a->kind, OUTCOME_ARCHIVED);
    assert_int_equal(a->pages, 1);
    assert_int_equal(c->kind, OUTCOME_DUPLICATE);
    assert_true(digest_equal(&a->id, &c->id));
    assert_int_equal(told_of(shop, "b-three-pages.tif")->pages, 3);
    assert_int_equal(told_of(shop, "h\\x0A\\xFF.tif")->kind, OUTCOME_ARCHIVED);
    assert_quarantined(shop, "d-no-picture.tif", REASON_UNKNOWN_FORMAT);
    assert_quarantined(shop, "f-twin-of-d.txt", REASON_UNKNOWN_FORMAT);
    assert_quarantined(shop, "e-empty.pdf", REASON_EMPTY);
    assert_quarantined(shop, "g-pipe", REASON_NOT_A_FILE);
    assert_quarantined(shop, "i-link", REASON_UNREADABLE_FILE);
    assert_int_equal(shop->tally.pages, 5);
    assert_int_equal(shop->tally.pages_read, 5);
    assert_int_equal(shop->tally.unfinished, 0);
    struct contents contents = open_and_look(shop);
    assert_int_equal(contents.failed, 0);
    assert_non_null(strstr((char *)contents.pages.data, " blank "));
    contents_done(&contents);
}

static void the_same_again_stores_nothing(void **state)
{
    struct shop *shop = *state;
    put_mixed(shop);
    run_ok(shop);
    struct contents first = open_and_look(shop);
    assert_true(shop->tally.bytes_stored > 0);
    run_ok(shop);
    assert_int_equal(shop->tally.archived, 0);
    assert_int_equal(shop->tally.duplicate, 4);
    assert_int_equal(shop->tally.quarantined, 5);
    assert_int_equal(shop->tally.bytes_stored, 0);
    assert_int_equal(shop->tally.pages_read, 0);
    struct contents second = open_and_look(shop);
    assert_string_equal((char *)first.pages.data, (char *)second.pages.data);
    assert_int_equal(first.objects, second.objects);
    contents_done(&first);
    contents_done(&second);
}

static void nothing_to_do_is_no_error(void **state)
{
    struct shop *shop = *state;
    struct err err = {0};
    run_ok(shop);
    assert_int_equal(shop->tally.sources_found, 0);
    assert_ok(run_paths(shop, NULL, 0, &err), err);
}

static void the_archive_in_the_folder_is_not_a_scan(void **state)
{
    struct shop *shop = *state;
    struct err err = {0};
    const char *const paths[] = {shop->dir};
    put_scan(shop, "a.tif", 1, 1);
    put_text(shop, "b.txt", "x");
    assert_ok(run_paths(shop, paths, 1, &err), err);
    assert_int_equal(shop->told_len, 2);
}

static void a_twin_far_away_is_a_duplicate_however_many_workers(void **state)
{
    struct shop *shop = *state;
    for (unsigned i = 0; i < 20; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%02u.tif", i);
        put_white(shop, name, i % 3, 1);
    }
    shop->options.workers = 4;
    run_ok(shop);
    assert_int_equal(shop->tally.archived, 3);
    assert_int_equal(shop->tally.duplicate, 17);
    struct contents contents = open_and_look(shop);
    contents_done(&contents);
}

/* --- limits --- */

static void limits_cost_the_file_and_say_which(void **state)
{
    struct shop *shop = *state;
    char *big = in_path(shop, "big.tif");
    put_scan(shop, "fits.tif", 1, 2);
    put_scan(shop, "pages.tif", 2, 3);
    put_text(shop, "big.tif", "x");
    assert_int_equal(truncate(big, 100001), 0);
    shop->options.limits.pages_max = 2;
    shop->options.limits.file_bytes_max = 100000;
    run_ok(shop);
    assert_int_equal(told_of(shop, "fits.tif")->kind, OUTCOME_ARCHIVED);
    assert_quarantined(shop, "pages.tif", REASON_TOO_MANY_PAGES);
    assert_quarantined(shop, "big.tif", REASON_FILE_TOO_BIG);
    assert_true(digest_is_zero(&told_of(shop, "big.tif")->id)); /* never read */
    shop->options.limits.pages_max = 100;
    shop->options.limits.pixels_max = 10000;
    run_ok(shop);
    assert_quarantined(shop, "pages.tif", REASON_PIXEL_LIMIT);
    struct contents contents = open_and_look(shop);
    contents_done(&contents);
    free(big);
}

/* Room for one file at a time: intake waits for bytes that a worker still has open. */
static void little_memory_makes_it_slower_not_stuck(void **state)
{
    struct shop *shop = *state;
    for (unsigned i = 0; i < 30; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%02u.tif", i);
        if (i % 4 == 3)
            put_text(shop, name, "no picture");
        else
            put_white(shop, name, i % 30, 1 + (int)i % 2);
    }
    shop->options.limits.file_bytes_max = shop->options.limits.sources_bytes_max = 1000;
    shop->options.workers = 3;
    run_ok(shop);
    assert_int_equal(shop->told_len, 30);
    assert_int_equal(shop->tally.quarantined, 7);
    struct contents contents = open_and_look(shop);
    contents_done(&contents);
}

/* --- stopping --- */

static void put_eight(const struct shop *shop)
{
    for (unsigned i = 0; i < 8; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%02u.tif", i);
        if (i == 3)
            put_text(shop, name, "no picture");
        else
            put_white(shop, name, i == 6 ? 2 : i, 1 + (int)i % 2); /* 6 is 2 again */
    }
}

/* What an undisturbed run of the same files gives: made once, before all tests. */
static struct contents undisturbed;

static int make_undisturbed(void **state)
{
    void *inner = NULL;
    (void)state;
    if (set_up(&inner) < 0)
        return -1;
    put_eight(inner);
    run_ok(inner);
    undisturbed = open_and_look(inner);
    return tear_down(&inner);
}

static int drop_undisturbed(void **state)
{
    (void)state;
    contents_done(&undisturbed);
    return 0;
}

/* The folder is another one for each archive: paths are compared by their names only. */
static void assert_same_pages(const struct contents *a, const struct contents *b)
{
    const char *at = (const char *)a->pages.data, *bt = (const char *)b->pages.data;
    assert_int_equal(a->objects, b->objects);
    while (*at && *bt) {
        size_t id = strcspn(at, " ") + 1 + DIGEST_HEX_LEN; /* id and record */
        assert_memory_equal(at, bt, id);
        at = strchr(at, '\n') + 1;
        bt = strchr(bt, '\n') + 1;
    }
    assert_true(*at == '\0' && *bt == '\0');
}

static void a_stopped_run_goes_on_where_it_was(void **state)
{
    struct shop *shop = *state;
    put_eight(shop);
    for (unsigned after = 1; after <= 2; after++) {
        struct err err = {0};
        shop->stop_after = after;
        assert_ok(run_in(shop, &err), err);
        assert_true(shop->told_len >= after);
        assert_int_equal(shop->tally.sources, shop->told_len);
        assert_int_equal(shop->tally.sources_found, shop->tally.sources + shop->tally.unfinished);
        struct contents part = open_and_look(shop);
        contents_done(&part);
    }
    shop->stop_after = 0;
    run_ok(shop);
    assert_int_equal(shop->told_len, 8);
    struct contents got = open_and_look(shop);
    assert_same_pages(&undisturbed, &got);
    contents_done(&got);
}

static void a_run_stopped_before_it_began_changes_nothing(void **state)
{
    struct shop *shop = *state;
    struct err err = {0};
    const char *const paths[] = {shop->in};
    put_eight(shop);
    shop->stop = 1;
    shop->options.paths = paths;
    shop->options.path_len = 1;
    assert_ok(pipeline_run(&shop->options, &shop->tally, &err), err);
    struct contents contents = open_and_look(shop);
    contents_done(&contents);
}

/* --- what ends a run --- */

static void fails_with(struct shop *shop, enum err_kind kind, const char *text)
{
    struct err err = {0};
    assert_int_equal(run_in(shop, &err), -1);
    if (err.kind != kind || !strstr(err.text, text))
        fail_msg("kind %d: '%s'", err.kind, err.text);
    assert_int_equal(shop->told_len, 0);
}

static void what_cannot_be_begun_says_why(void **state)
{
    struct shop *shop = *state;
    struct err err = {0};
    const char *const missing[] = {shop->in, "/nowhere/at/all"};
    put_scan(shop, "a.tif", 1, 1);
    assert_int_equal(run_paths(shop, missing, 2, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));

    shop->options.language = "qqq";
    fails_with(shop, ERR_SYSTEM, "qqq");
    shop->options.language = "vie";

    shop->options.archive = shop->in;
    fails_with(shop, ERR_INPUT, shop->in);
    shop->options.archive = shop->archive;

    struct io *io = io_open(IO_PLAIN, NULL, &err);
    struct archive *other = archive_open(io, shop->archive, ARCHIVE_WRITE, &err);
    assert_ok_ptr(other, err);
    fails_with(shop, ERR_RETRY, shop->archive);
    archive_close(other);
    io_close(io);
    run_ok(shop);
    assert_int_equal(shop->tally.archived, 1);
}

static void check_fault(struct shop *shop, bool *ret_struck)
{
    struct err err = {0};
    fault.armed = true;
    int rc = run_in(shop, &err);
    fault.armed = false;
    *ret_struck = (fault.commit_nth && fault.commits >= fault.commit_nth) ||
                  (fault.index_nth && fault.indexes >= fault.index_nth) ||
                  (fault.quarantine_nth && fault.quarantines >= fault.quarantine_nth) ||
                  (fault.checkpoint_nth && fault.checkpoints >= fault.checkpoint_nth);
    assert_int_equal(rc, *ret_struck ? -1 : 0);
    if (*ret_struck)
        assert_non_null(strstr(err.text, "test: "));
    struct contents part = open_and_look(shop); /* all that was told of is there */
    contents_done(&part);
}

/* Strikes the 1st, then the 2nd call, and so on, until a run gets by without; each run takes up
 * where the one before it failed. In the end nothing is lost and nothing doubled. */
static void strikes_every_call(struct shop *shop, unsigned *nth)
{
    bool struck = true;
    shop->options.workers = 1;
    put_eight(shop);
    for (unsigned turn = 1; struck && turn < 40; turn++) {
        bool first = fault.commit_first;
        memset(&fault, 0, sizeof fault);
        fault.commit_first = first;
        *nth = turn;
        check_fault(shop, &struck);
    }
    assert_false(struck);
    struct contents got = open_and_look(shop);
    assert_same_pages(&undisturbed, &got);
    contents_done(&got);
}

static void a_commit_that_fails_loses_nothing_told(void **state)
{
    strikes_every_call(*state, &fault.commit_nth);
}

static void a_commit_that_is_made_but_fails_loses_nothing_told(void **state)
{
    fault.commit_first = true;
    strikes_every_call(*state, &fault.commit_nth);
}

static void a_catalogue_that_fails_loses_nothing_told(void **state)
{
    strikes_every_call(*state, &fault.index_nth);
}

static void a_quarantine_that_fails_ends_the_run(void **state)
{
    struct shop *shop = *state;
    bool struck = false;
    put_mixed(shop);
    for (unsigned nth = 1; nth <= 5; nth += 2) {
        memset(&fault, 0, sizeof fault);
        fault.quarantine_nth = nth;
        check_fault(shop, &struck);
        assert_true(struck);
    }
    memset(&fault, 0, sizeof fault);
    run_ok(shop);
    assert_int_equal(shop->told_len, 9);
}

static uint64_t signed_objects(struct shop *shop)
{
    struct err err = {0};
    struct io *io = io_open(IO_PLAIN, NULL, &err);
    struct archive *archive = archive_open(io, shop->archive, ARCHIVE_READ, &err);
    assert_ok_ptr(archive, err);
    struct log *log = archive_log(archive, &err);
    assert_ok_ptr(log, err);
    uint64_t size = log_head(log)->size;
    archive_close(archive);
    io_close(io);
    return size;
}

static void a_log_that_cannot_be_signed_ends_the_run(void **state)
{
    struct shop *shop = *state;
    bool struck = false;
    put_mixed(shop);
    memset(&fault, 0, sizeof fault);
    fault.checkpoint_nth = 1;
    check_fault(shop, &struck);
    assert_true(struck);
    memset(&fault, 0, sizeof fault);
    run_ok(shop);
    struct contents got = open_and_look(shop);
    assert_int_equal(signed_objects(shop), got.objects);
    contents_done(&got);
}

/* A real one: no file may grow past where the segment has got to. */
static void a_file_size_limit_ends_the_run_and_loses_nothing(void **state)
{
    struct shop *shop = *state;
    struct err err = {0};
    struct rlimit before;
    put_eight(shop);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    shop->options.workers = 1;
    shop->options.limits.sources_bytes_max = shop->options.limits.file_bytes_max = 1000;
    shop->limit_files = true;
    int rc = run_in(shop, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    shop->limit_files = false;
    assert_int_equal(rc, -1);
    assert_true(err.kind == ERR_SYSTEM || err.kind == ERR_RETRY);
    assert_true(shop->told_len >= 1 && shop->told_len < 8);
    struct contents part = open_and_look(shop);
    run_ok(shop);
    struct contents got = open_and_look(shop);
    assert_same_pages(&undisturbed, &got);
    contents_done(&part);
    contents_done(&got);
}

/* --- cells that misbehave --- */

static void run_script(struct shop *shop, const char *script)
{
    assert_int_equal(setenv("CELL_SCRIPT", script, 1), 0);
    shop->options.isolation = ISOLATION_PROCESS;
    run_ok(shop);
}

/* Whatever a cell says of a page, its record can be read, and so can the archive. */
static void bad_pages_cost_pages(void **state)
{
    struct shop *shop = *state;
    put_scan(shop, "a.tif", 1, 8);
    /* Good pages first: a cell that lied has gone, and the page after it may have to pay. */
    run_script(shop, "..culkgf");
    const struct told *a = told_of(shop, "a.tif");
    assert_int_equal(a->kind, OUTCOME_ARCHIVED);
    assert_int_equal(a->pages, 8);
    assert_int_equal(a->pages_failed, 6);
    assert_true(text_valid(span_of_text(a->detail)));
    struct contents contents = open_and_look(shop);
    assert_int_equal(contents.failed, 6);
    contents_done(&contents);
}

static void a_file_of_bad_pages_only_is_quarantined(void **state)
{
    struct shop *shop = *state;
    put_scan(shop, "a.tif", 1, 2);
    put_scan(shop, "b.tif", 2, 1);
    shop->options.workers = 1;
    for (const char *script = "ukgl"; *script; script++) {
        char both[3] = {*script, *script, '\0'};
        run_script(shop, both);
        const struct told *a = told_of(shop, "a.tif");
        assert_int_equal(a->kind, OUTCOME_QUARANTINED);
        assert_true(a->reason != REASON_NONE);
        assert_true(text_valid(span_of_text(a->detail)));
        assert_null(strpbrk(a->detail, "\n\x1b"));
    }
    struct contents contents = open_and_look(shop);
    assert_string_equal((char *)contents.pages.data, "");
    contents_done(&contents);
    run_script(shop, "");
    assert_int_equal(shop->tally.archived, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--cell") == 0)
        return cell_child_main();

    static const struct CMUnitTest tests[] = {
        TEST(every_file_of_a_mixed_folder_is_told_of_once),
        TEST(the_same_again_stores_nothing),
        TEST(nothing_to_do_is_no_error),
        TEST(the_archive_in_the_folder_is_not_a_scan),
        TEST(a_twin_far_away_is_a_duplicate_however_many_workers),
        TEST(limits_cost_the_file_and_say_which),
        TEST(little_memory_makes_it_slower_not_stuck),
        TEST(a_stopped_run_goes_on_where_it_was),
        TEST(a_run_stopped_before_it_began_changes_nothing),
        TEST(what_cannot_be_begun_says_why),
        TEST(a_commit_that_fails_loses_nothing_told),
        TEST(a_commit_that_is_made_but_fails_loses_nothing_told),
        TEST(a_catalogue_that_fails_loses_nothing_told),
        TEST(a_quarantine_that_fails_ends_the_run),
        TEST(a_log_that_cannot_be_signed_ends_the_run),
        TEST(a_file_size_limit_ends_the_run_and_loses_nothing),
        TEST(bad_pages_cost_pages),
        TEST(a_file_of_bad_pages_only_is_quarantined),
    };
    return cmocka_run_group_tests_name("pipeline", tests, make_undisturbed, drop_undisturbed);
}
