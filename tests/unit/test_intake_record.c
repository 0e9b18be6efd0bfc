/* tests/unit/test_intake_record.c - the ledger's records: there and back, what is refused, and the
 * catalogue's lines and sums. */
#include "records/intake_record.h"

#include "base/json.h"

#include "tests/unit/test.h"

static struct intake_record a_record(void)
{
    static char folder[] = "counter", path[] = "desk 1/scan \\xFF.tif", batch[] = "counter/desk 1",
                detail[] = "page 1: cut short";
    return (struct intake_record){.ticket = "0123456789abcdef0123456789abcdef",
                                  .folder = folder,
                                  .path = path,
                                  .batch = batch,
                                  .has_id = true,
                                  .id = digest_of(span_of_text("x")),
                                  .size_bytes = 77,
                                  .mtime_ns = -5, /* before 1970 */
                                  .taken_ns = 1795878205698923036,
                                  .outcome = INTAKE_QUARANTINED,
                                  .reason = REASON_DAMAGED,
                                  .detail = detail};
}

static void there_and_back(void **state)
{
    (void)state;
    struct err err = {0};
    struct intake_record record = a_record(), back;
    for (int turn = 0; turn < 2; turn++) {
        CLEANUP(bytes_done) struct bytes json = {0}, again = {0};
        assert_ok(intake_record_write(&record, &json, &err), err);
        assert_ok(intake_record_parse(bytes_span(&json), &back, &err), err);
        assert_string_equal(back.ticket, record.ticket);
        assert_string_equal(back.folder, record.folder);
        assert_string_equal(back.path, record.path);
        assert_string_equal(back.batch, record.batch);
        assert_int_equal(back.has_id, record.has_id);
        assert_true(!back.has_id || digest_equal(&back.id, &record.id));
        assert_int_equal(back.size_bytes, record.size_bytes);
        assert_int_equal(back.mtime_ns, record.mtime_ns);
        assert_int_equal(back.taken_ns, record.taken_ns);
        assert_int_equal(back.outcome, record.outcome);
        assert_int_equal(back.reason, record.reason);
        assert_string_equal(back.detail, turn == 0 ? record.detail : "");
        assert_ok(intake_record_write(&back, &again, &err), err);
        assert_int_equal(json.len, again.len);
        assert_memory_equal(json.data, again.data, json.len);
        intake_record_done(&back);
        record.has_id = false; /* one that was never read, and is archived nevertheless */
        record.reason = REASON_NONE;
        record.outcome = INTAKE_ARCHIVED;
    }
}

/* Every field, taken away or of another type. */
static void what_is_not_right_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes json = {0};
    const struct intake_record record = a_record();
    assert_ok(intake_record_write(&record, &json, &err), err);
    CLEANUP(json_freep) json_t *whole = json_parse(bytes_span(&json), &err);
    const char *name;
    json_t *value;
    size_t tried = 0;
    json_object_foreach(whole, name, value)
    {
        for (int turn = 0; turn < 2; turn++) {
            CLEANUP(json_freep) json_t *bad = json_deep_copy(whole);
            CLEANUP(bytes_done) struct bytes text = {0};
            struct intake_record back = {.folder = NULL};
            if (turn == 0 && (strcmp(name, "sha256") == 0 || strcmp(name, "reason") == 0))
                continue; /* they may be left out */
            if (turn == 0)
                json_object_del(bad, name);
            else
                json_object_set_new(bad, name, json_true());
            assert_ok(json_canonical(bad, &text, &err), err);
            if (intake_record_parse(bytes_span(&text), &back, &err) == 0)
                fail_msg("'%s' %s is taken", name, turn == 0 ? "left out" : "of another type");
            assert_int_equal(err.kind, ERR_CORRUPT);
            tried++;
        }
    }
    assert_true(tried > 20);
    static const char *const tickets[] = {"", "0123456789abcdef",
                                          "0123456789ABCDEF0123456789abcdef",
                                          "0123456789abcdef0123456789abcde\x01"};
    for (size_t i = 0; i < ARRAY_LEN(tickets); i++) {
        CLEANUP(bytes_done) struct bytes text = {0};
        struct intake_record back = {.folder = NULL};
        json_object_set_new(whole, "ticket", json_string(tickets[i]));
        assert_ok(json_canonical(whole, &text, &err), err);
        assert_int_equal(intake_record_parse(bytes_span(&text), &back, &err), -1);
    }
}

struct seen {
    unsigned n;
    char last[64];
    struct batch_row batch;
};

static int see(void *self, const struct catalogue_intake *row, struct err *err)
{
    struct seen *seen = self;
    (void)err;
    seen->n++;
    (void)snprintf(seen->last, sizeof seen->last, "%s", row->path);
    return 0;
}

static int see_batch(void *self, const struct batch_row *row, struct err *err)
{
    struct seen *seen = self;
    (void)err;
    seen->n++;
    seen->batch = *row;
    return 0;
}

static void add(struct catalogue *catalogue, unsigned n, const char *batch, const char *outcome)
{
    struct err err = {0};
    char ticket[TICKET_MAX], path[32];
    (void)snprintf(ticket, sizeof ticket, "%032u", n);
    (void)snprintf(path, sizeof path, "%u.tif", n);
    const struct catalogue_intake row = {.ticket = ticket,
                                         .folder = "f",
                                         .path = path,
                                         .batch = batch,
                                         .size_bytes = 10,
                                         .taken_ns = 100 + n,
                                         .told_ns = 200 + n,
                                         .outcome = outcome,
                                         .reason_code = "",
                                         .reason_detail = ""};
    assert_ok(catalogue_add_intake(catalogue, &row, &err), err);
}

static void the_ledger_is_asked_and_summed(void **state)
{
    (void)state;
    struct err err = {0};
    struct seen seen = {.n = 0};
    char *dir = test_dir_make();
    struct catalogue *catalogue = catalogue_open(dir, ARCHIVE_WRITE, &err);
    assert_ok_ptr(catalogue, err);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add(catalogue, 1, "f/a", "archived");
    add(catalogue, 2, "f/a", "duplicate");
    add(catalogue, 3, "f/a", "quarantined");
    add(catalogue, 4, "f/b", "archived");
    add(catalogue, 4, "f/b", "duplicate"); /* a ticket has one line: the first */
    assert_ok(catalogue_end(catalogue, (struct place){1, 1}, 1, &err), err);

    char ticket[TICKET_MAX];
    (void)snprintf(ticket, sizeof ticket, "%032u", 4u);
    assert_int_equal(catalogue_find_intake(catalogue, ticket, see, &seen, &err), 1);
    assert_string_equal(seen.last, "4.tif");
    assert_int_equal(catalogue_find_intake(catalogue, "no such", see, &seen, &err), 0);
    static const struct {
        struct intake_query query;
        int n;
    } asked[] = {
        {{.path_like = NULL}, 4},
        {{.path_like = "f/3.t"}, 1},
        {{.batch = "f/a"}, 3},
        {{.outcome = "archived"}, 2},
        {{.from_ns = 202}, 3},
        {{.to_ns = 202}, 1},
        {{.batch = "f/b", .outcome = "duplicate"}, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        assert_int_equal(catalogue_list_intake(catalogue, &asked[i].query, see, &seen, &err),
                         asked[i].n);
    seen.n = 0;
    assert_int_equal(catalogue_list_batches(catalogue, NULL, see_batch, &seen, &err), 2);
    assert_int_equal(catalogue_list_batches(catalogue, "f/a", see_batch, &seen, &err), 1);
    assert_int_equal(seen.batch.files, 3);
    assert_int_equal(seen.batch.archived, 1);
    assert_int_equal(seen.batch.duplicate, 1);
    assert_int_equal(seen.batch.quarantined, 1);
    assert_int_equal(seen.batch.size_bytes, 30);
    assert_int_equal(seen.batch.first_ns, 101);
    assert_int_equal(seen.batch.last_ns, 203);
    assert_int_equal(catalogue_list_batches(catalogue, "f", see_batch, &seen, &err), 0);
    catalogue_close(catalogue);
    test_dir_remove(dir);
}

static int see_batch_name(void *self, const struct catalogue_intake *row, struct err *err)
{
    (void)err;
    (void)snprintf(self, 32, "%s", row->batch);
    return 0;
}

static void the_newest_line_of_a_path(void **state)
{
    static const struct {
        const char *ticket, *folder, *path, *batch;
        int64_t told_ns;
    } lines[] = {
        {"9", "f", "a/1.tif", "first", 10},        {"1", "f", "a/1.tif", "second", 30},
        {"5", "f", "a/1.tif", "late", 20},         {"2", "f", "a/2.tif", "other path", 40},
        {"3", "g", "a/1.tif", "other folder", 50},
    };
    (void)state;
    struct err err = {0};
    char batch[32] = "";
    char *dir = test_dir_make();
    struct catalogue *catalogue = catalogue_open(dir, ARCHIVE_WRITE, &err);
    assert_ok_ptr(catalogue, err);
    assert_ok(catalogue_begin(catalogue, &err), err);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        const struct catalogue_intake row = {.ticket = lines[i].ticket,
                                             .folder = lines[i].folder,
                                             .path = lines[i].path,
                                             .batch = lines[i].batch,
                                             .told_ns = lines[i].told_ns,
                                             .outcome = "archived",
                                             .reason_code = "",
                                             .reason_detail = ""};
        assert_ok(catalogue_add_intake(catalogue, &row, &err), err);
    }
    assert_ok(catalogue_end(catalogue, (struct place){1, 1}, 1, &err), err);
    assert_int_equal(
        catalogue_newest_intake(catalogue, "f", "a/1.tif", see_batch_name, batch, &err), 1);
    assert_string_equal(batch, "second");
    assert_int_equal(
        catalogue_newest_intake(catalogue, "g", "a/1.tif", see_batch_name, batch, &err), 1);
    assert_string_equal(batch, "other folder");
    assert_int_equal(catalogue_newest_intake(catalogue, "g", "1.tif", see_batch_name, batch, &err),
                     0);
    catalogue_close(catalogue);
    test_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_is_not_right_is_refused),
        cmocka_unit_test(the_ledger_is_asked_and_summed),
        cmocka_unit_test(the_newest_line_of_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
