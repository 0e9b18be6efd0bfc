/* tests/unit/test_hot_folder.c - what is complete, what claiming does, and where files end up. */
#include "pipeline/hot_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define SECOND INT64_C(1000000000)
#define SETTLE (2 * SECOND)
#define LATER  (10 * SECOND)
#define SETTLED                                                                                    \
    (10 * SECOND) /* a time at which what was seen at 0 is complete, but an empty file */

struct desk {
    char *path;
    struct io *io;
    struct hot_folder *folder;
    struct held *list;
};

static void open_with(struct desk *desk, struct hot_folder_options options)
{
    struct err err = {0};
    options.name = "counter";
    options.path = desk->path;
    options.settle_ms = 2000;
    hot_folder_close(desk->folder);
    desk->folder = hot_folder_open(desk->io, &options, &err);
    assert_non_null(desk->folder);
}

static int set_up(void **state)
{
    static struct desk desk;
    struct err err = {0};
    desk = (struct desk){.path = test_dir_make()};
    (void)signal(SIGIO, SIG_IGN);
    desk.io = io_open(IO_AUTO, NULL, &err);
    assert_non_null(desk.io);
    open_with(&desk, (struct hot_folder_options){.urgent = true});
    *state = &desk;
    return 0;
}

static void forget(struct desk *desk)
{
    while (desk->list) {
        struct held *next = desk->list->next;
        held_free(desk->list);
        desk->list = next;
    }
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    forget(desk);
    hot_folder_close(desk->folder);
    io_close(desk->io);
    test_dir_remove(desk->path);
    return 0;
}

static const char *at(const struct desk *desk, const char *rel)
{
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", desk->path, rel);
    return path;
}

static void put(const struct desk *desk, const char *rel, const char *content)
{
    FILE *file = fopen(at(desk, rel), "a");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make(const struct desk *desk, const char *rel)
{
    assert_int_equal(mkdir(at(desk, rel), 0700), 0);
}

static void assert_there(const struct desk *desk, const char *rel, bool there)
{
    struct stat st;
    if ((lstat(at(desk, rel), &st) == 0) != there)
        fail_msg("'%s' is %s", rel, there ? "not there" : "there");
}

static void scan_at(struct desk *desk, int64_t now)
{
    struct err err = {0};
    if (hot_folder_scan(desk->folder, now, &err) < 0)
        fail_msg("%s", err.text);
}

static int claim_at(struct desk *desk, int64_t now)
{
    struct err err = {0};
    ssize_t n = hot_folder_claim(desk->folder, 100, 1 << 30, now, &desk->list, &err);
    if (n < 0)
        fail_msg("%s", err.text);
    return (int)n;
}

/* Seen at 0, claimed when it is settled. */
static int take(struct desk *desk)
{
    scan_at(desk, 0);
    scan_at(desk, SETTLED);
    return claim_at(desk, SETTLED);
}

static void settle(struct desk *desk, const struct hot_why *why)
{
    struct err err = {0};
    for (struct held *held = desk->list; held; held = held->next)
        if (hot_folder_settle(desk->io, held, why, &err) < 0)
            fail_msg("%s", err.text);
    forget(desk);
}

/* --- what is complete ------------------------------------------------------------------------- */

static void a_file_is_taken_when_it_has_been_still(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.tif", "a");
    scan_at(desk, 0);
    assert_int_equal(claim_at(desk, SETTLE - 1), 0);
    assert_int_equal(claim_at(desk, SETTLE), 1);
    assert_there(desk, "a.tif", false);
}

static void a_file_that_grows_is_waited_for(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 5; i++) { /* for as long as it takes, also when it is there at the start */
        put(desk, "a.tif", "more");
        scan_at(desk, i * SETTLE);
        assert_int_equal(claim_at(desk, i * SETTLE), 0);
    }
    scan_at(desk, 5 * SETTLE - 1);
    assert_int_equal(claim_at(desk, 5 * SETTLE - 1), 0);
    assert_int_equal(claim_at(desk, 5 * SETTLE), 1);
}

static void a_file_that_changed_since_the_scan_is_not_taken(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.tif", "a");
    scan_at(desk, 0);
    put(desk, "a.tif", "b");
    assert_int_equal(claim_at(desk, SETTLED), 0);
    assert_there(desk, "a.tif", true);
}

static void a_file_with_a_writer_is_not_taken(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.tif", "a");
    int fd = open(at(desk, "a.tif"), O_WRONLY | O_APPEND | O_CLOEXEC);
    scan_at(desk, 0);
    scan_at(desk, SETTLED);
    struct hot_waiting waiting;
    assert_int_equal(claim_at(desk, SETTLED), 0);
    hot_folder_waiting(desk->folder, SETTLED, &waiting);
    assert_int_equal(waiting.unfinished, 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(claim_at(desk, SETTLED), 0); /* not asked again at once */
    assert_int_equal(claim_at(desk, 2 * SETTLED), 1);
}

static void an_empty_file_is_waited_for_longer(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.tif", "");
    scan_at(desk, 0);
    assert_int_equal(claim_at(desk, 10 * SETTLE - 1), 0);
    assert_int_equal(claim_at(desk, 10 * SETTLE), 1);
}

static void names_that_say_unfinished_are_left_alone(void **state)
{
    static const char *const names[] = {"a.part", "a.tif.tmp",      "a.PARTIAL",   ".a.tif",
                                        "a.tif~", "a.tif.filepart", "a.crdownload"};
    struct desk *desk = *state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        put(desk, names[i], "a");
    make(desk, ".hidden");
    put(desk, ".hidden/a.tif", "a");
    put(desk, "done/a.tif", "a");
    put(desk, "quarantine/a.tif", "a");
    make(desk, "sub");
    make(desk, "sub/done"); /* only the topmost is ours */
    put(desk, "sub/done/a.tif", "a");
    assert_int_equal(take(desk), 1);
    assert_string_equal(desk->list->rel, "sub/done/a.tif");
    assert_int_equal(rename(at(desk, "a.part"), at(desk, "a.tif")), 0);
    scan_at(desk, 2 * SETTLED);
    assert_int_equal(claim_at(desk, 3 * SETTLED), 1);
}

static void with_a_marker_only_what_is_marked_is_taken(void **state)
{
    struct desk *desk = *state;
    open_with(desk, (struct hot_folder_options){.marker = ".done"});
    put(desk, "a.tif", "a");
    put(desk, "b.tif", "b");
    put(desk, "b.tif.done", "");
    struct hot_waiting waiting;
    assert_int_equal(take(desk), 1);
    assert_string_equal(desk->list->rel, "b.tif");
    assert_there(desk, "b.tif.done", false);
    hot_folder_waiting(desk->folder, SETTLED, &waiting);
    assert_int_equal(waiting.files, 1);
    assert_int_equal(waiting.unfinished, 1);
}

static void the_longest_still_come_first_and_no_more_than_asked_for(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    put(desk, "z.tif", "zz");
    scan_at(desk, 0);
    put(desk, "a.tif", "aa");
    put(desk, "b.tif", "bb");
    scan_at(desk, 1);
    assert_int_equal(hot_folder_claim(desk->folder, 2, 100, SETTLED, &desk->list, &err), 2);
    assert_string_equal(desk->list->rel, "z.tif");
    assert_string_equal(desk->list->next->rel, "a.tif");
    forget(desk);
    put(desk, "c.tif", "cc");
    put(desk, "d.tif", "dd");
    scan_at(desk, 2);
    /* b has 2 bytes, and so has c: two fit into 4. */
    assert_int_equal(hot_folder_claim(desk->folder, 9, 4, SETTLED, &desk->list, &err), 2);
    /* One is always taken, or nothing would ever go on. */
    assert_int_equal(hot_folder_claim(desk->folder, 9, 1, SETTLED, &desk->list, &err), 1);
}

/* --- claims ----------------------------------------------------------------------------------- */

static void a_claim_is_found_again_with_the_same_ticket(void **state)
{
    struct desk *desk = *state;
    char ticket[TICKET_MAX], batch[64];
    make(desk, "desk 1");
    make(desk, "desk 1/deep");
    put(desk, "desk 1/deep/a.tif", "a");
    assert_int_equal(take(desk), 1);
    memcpy(ticket, desk->list->claim.ticket, sizeof ticket);
    (void)snprintf(batch, sizeof batch, "%s", desk->list->claim.batch);
    assert_string_equal(batch, "counter/desk 1");
    assert_int_equal(desk->list->size_bytes, 1);
    forget(desk);
    open_with(desk, (struct hot_folder_options){.urgent = true});
    struct err err = {0};
    assert_int_equal(hot_folder_leftovers(desk->folder, &desk->list, &err), 0);
    assert_non_null(desk->list);
    assert_null(desk->list->next);
    assert_string_equal(desk->list->claim.ticket, ticket);
    assert_string_equal(desk->list->claim.batch, batch);
    assert_string_equal(desk->list->claim.name, "desk 1/deep/a.tif");
    assert_int_equal(hot_folder_still(desk->list), 1);
    settle(desk, NULL);
    assert_there(desk, "done/desk 1/deep/a.tif", true);
    assert_int_equal(hot_folder_leftovers(desk->folder, &desk->list, &err), 0);
    assert_null(desk->list);
}

static void the_same_name_again_is_another_claim(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.tif", "1");
    assert_int_equal(take(desk), 1);
    put(desk, "a.tif", "2");
    scan_at(desk, 2 * SETTLED);
    assert_int_equal(claim_at(desk, 3 * SETTLED), 1);
    assert_string_not_equal(desk->list->claim.ticket, desk->list->next->claim.ticket);
    settle(desk, NULL);
    assert_there(desk, "done/a.tif", true);
    assert_there(desk, "done/a~2.tif", true);
}

static void a_link_is_never_followed(void **state)
{
    struct desk *desk = *state;
    char *outside = test_dir_make(); /* on the same medium: a file is moved into it */
    make(desk, "sub");
    put(desk, "sub/a.tif", "a");
    scan_at(desk, 0);
    /* The folder becomes a link to elsewhere, with a file of the same look. */
    assert_int_equal(rename(at(desk, "sub/a.tif"), at(desk, ".kept")), 0);
    assert_int_equal(rmdir(at(desk, "sub")), 0);
    assert_int_equal(symlink(outside, at(desk, "sub")), 0);
    assert_int_equal(rename(at(desk, ".kept"), at(desk, "sub/a.tif")), 0);
    assert_int_equal(claim_at(desk, SETTLED), 0);
    assert_there(desk, "sub/a.tif", true);
    assert_int_equal(unlink(at(desk, "sub/a.tif")), 0);
    /* The link itself is no file: it is claimed, and the run will say so. */
    assert_int_equal(take(desk), 1);
    test_dir_remove(outside);
}

static void a_second_service_is_refused(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    const struct hot_folder_options options = {.name = "counter", .path = desk->path};
    assert_null(hot_folder_open(desk->io, &options, &err));
    assert_int_equal(err.kind, ERR_RETRY);
    hot_folder_close(desk->folder);
    desk->folder = NULL;
    assert_int_equal(rmdir(at(desk, "done")), 0);
    put(desk, "done", "a file in the way");
    assert_null(hot_folder_open(desk->io, &options, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(unlink(at(desk, "done")), 0);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void what_cannot_be_archived_is_explained(void **state)
{
    struct desk *desk = *state;
    const struct digest id = digest_of(span_of_text("no picture"));
    const struct hot_why why = {&id, REASON_UNKNOWN_FORMAT, "starts like nothing"};
    make(desk, "sub");
    put(desk, "sub/a.tif", "no picture");
    assert_int_equal(take(desk), 1);
    settle(desk, &why);
    assert_there(desk, "quarantine/sub/a.tif", true);
    char text[4096] = "";
    FILE *file = fopen(at(desk, "quarantine/sub/a.tif.why.json"), "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text, "\"reason_code\":\"unknown-format\""));
    assert_non_null(strstr(text, "\"folder\":\"counter\""));
    assert_non_null(strstr(text, "\"path\":\"sub/a.tif\""));
    assert_there(desk, "quarantine/sub/a.tif.why", true);
}

static void an_explanation_never_replaces_a_file(void **state)
{
    struct desk *desk = *state;
    const struct digest none = {{0}};
    const struct hot_why why = {&none, REASON_EMPTY, ""};
    put(desk, "a.tif.why", "somebody's own file");
    put(desk, "a.tif.why.json", "and another");
    put(desk, "a.tif", "a");
    assert_int_equal(take(desk), 3);
    settle(desk, &why);
    assert_there(desk, "quarantine/a.tif", true);
    assert_there(desk, "quarantine/a.tif.why", true);
    assert_there(desk, "quarantine/a.tif.why_", true);
    assert_there(desk, "quarantine/a.tif.why_.why", true);
    assert_there(desk, "quarantine/a.tif.why.json_", true);
}

static void what_changed_after_it_was_read_goes_back(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.tif", "a");
    assert_int_equal(take(desk), 1);
    put(desk, "a.tif", "a scan that came meanwhile");
    FILE *late = fopen(desk->list->path, "a");
    assert_non_null(late);
    assert_true(fputs("late", late) >= 0);
    assert_int_equal(fclose(late), 0);
    assert_int_equal(hot_folder_still(desk->list), 0);
    assert_int_equal(hot_folder_still(desk->list), 1);
    desk->list->size_bytes = 1; /* as it was when it was read */
    settle(desk, NULL);
    assert_there(desk, "a.tif", true);
    assert_there(desk, "a~2.tif", true);
    assert_there(desk, "done/a.tif", false);
}

static void archived_files_are_deleted_when_told_so(void **state)
{
    struct desk *desk = *state;
    open_with(desk, (struct hot_folder_options){.after = HOT_DELETE});
    put(desk, "a.tif", "a");
    assert_int_equal(take(desk), 1);
    settle(desk, NULL);
    assert_there(desk, "a.tif", false);
    assert_there(desk, "done/a.tif", false);
}

static void long_names_find_room(void **state)
{
    struct desk *desk = *state;
    const struct digest none = {{0}};
    const struct hot_why why = {&none, REASON_EMPTY, ""};
    char name[256];
    memset(name, 'n', 255);
    memcpy(name + 251, ".tif", 5);
    put(desk, name, "1");
    assert_int_equal(take(desk), 1);
    settle(desk, NULL);
    put(desk, name, "2"); /* a namesake in done */
    scan_at(desk, 2 * SETTLED);
    assert_int_equal(claim_at(desk, 3 * SETTLED), 1);
    settle(desk, NULL);
    put(desk, name, "3"); /* and its explanation has a longer name still */
    scan_at(desk, 4 * SETTLED);
    assert_int_equal(claim_at(desk, 5 * SETTLED), 1);
    settle(desk, &why);
    struct err err = {0};
    assert_int_equal(hot_folder_leftovers(desk->folder, &desk->list, &err), 0);
    assert_null(desk->list);
    assert_there(desk, name, false);
}

#define SIDECAR(closed)                                                                            \
    "{\"v\":1,\"batch\":\"b\",\"station\":\"s\",\"documents\":[{\"files\":[\"a\"]}],"              \
    "\"closed\":" closed "}"

static void a_sidecar_is_taken_when_it_is_closed(void **state)
{
    struct desk *desk = *state;
    static const char *const sidecars[] = {"batch.json", "a/batch.json", "x.sohoa.json"};
    static const char *const scans[] = {".sohoa.json", "xbatch.json", "batch.jsonx", "batch.json/a",
                                        "Batch.json"};
    for (size_t i = 0; i < ARRAY_LEN(sidecars); i++)
        assert_true(hot_folder_sidecar(sidecars[i]));
    for (size_t i = 0; i < ARRAY_LEN(scans); i++)
        assert_false(hot_folder_sidecar(scans[i]));
    put(desk, "batch.json", SIDECAR("false"));
    put(desk, "bad.sohoa.json", "{");
    scan_at(desk, 1);
    assert_true(hot_folder_has(desk->folder, "batch.json", true));
    assert_false(hot_folder_has(desk->folder, "batch.jso", false));
    assert_int_equal(claim_at(desk, LATER), 1); /* the bad one */
    assert_string_equal(desk->list->rel, "bad.sohoa.json");
    assert_true(desk->list->sidecar);
    scan_at(desk, LATER);
    assert_int_equal(claim_at(desk, 2 * LATER), 0);
    assert_true(hot_folder_has(desk->folder, "batch.json", false));
    assert_false(hot_folder_has(desk->folder, "batch.json", true)); /* not by itself */
    assert_int_equal(unlink(at(desk, "batch.json")), 0);
    put(desk, "batch.json", SIDECAR("true"));
    scan_at(desk, 3 * LATER);
    assert_int_equal(claim_at(desk, 4 * LATER), 1);
}

static void a_report_is_in_done_before_its_sidecar(void **state)
{
    struct desk *desk = *state;
    struct err err = {0};
    put(desk, "batch.json", SIDECAR("true"));
    scan_at(desk, 1);
    assert_int_equal(claim_at(desk, LATER), 1);
    assert_int_equal(hot_folder_report(desk->io, desk->list, span_of("old", 3), &err), 0);
    assert_int_equal(hot_folder_report(desk->io, desk->list, span_of("{}", 2), &err), 0);
    /* As if killed between the two: the report is there, and the sidecar is settled once more. */
    put(desk, "done/batch.json.report.json", "old");
    assert_int_equal(hot_folder_settle(desk->io, desk->list, NULL, &err), 0);
    assert_there(desk, "done/batch.json", true);
    FILE *file = fopen(at(desk, "done/batch.json.report.json"), "r");
    char text[8] = "";
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    assert_string_equal(text, "{}");
    (void)fclose(file);
    assert_int_equal(hot_folder_settle(desk->io, desk->list, NULL, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        T(a_file_is_taken_when_it_has_been_still),
        T(a_file_that_grows_is_waited_for),
        T(a_file_that_changed_since_the_scan_is_not_taken),
        T(a_file_with_a_writer_is_not_taken),
        T(an_empty_file_is_waited_for_longer),
        T(names_that_say_unfinished_are_left_alone),
        T(with_a_marker_only_what_is_marked_is_taken),
        T(the_longest_still_come_first_and_no_more_than_asked_for),
        T(a_claim_is_found_again_with_the_same_ticket),
        T(the_same_name_again_is_another_claim),
        T(a_link_is_never_followed),
        T(a_second_service_is_refused),
        T(what_cannot_be_archived_is_explained),
        T(an_explanation_never_replaces_a_file),
        T(what_changed_after_it_was_read_goes_back),
        T(archived_files_are_deleted_when_told_so),
        T(long_names_find_room),
        T(a_sidecar_is_taken_when_it_is_closed),
        T(a_report_is_in_done_before_its_sidecar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
