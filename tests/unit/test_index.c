/* tests/unit/test_index.c - from committed objects to pages that are found, again and again. */
#include "records/index.h"

#include <sqlite3.h>
#include <unistd.h>

#include "ocr/alto.h"
#include "records/destruction_record.h"
#include "records/document_record.h"
#include "records/page_record.h"
#include "records/search.h"
#include "records/source_record.h"
#include "storage/erase.h"
#include "tests/unit/test.h"

#define OBJECTS_MAX 16

/* An archive and its catalogue, open for writing. */
struct place_of_work {
    char *dir, *path;
    struct io *io;
    struct archive *archive;
    struct catalogue *catalogue;
};

static void open_work(struct place_of_work *work)
{
    struct err err = {0};
    work->io = io_open(IO_PLAIN, NULL, &err);
    assert_ok_ptr(work->io, err);
    if (access(work->path, F_OK) != 0)
        assert_ok(archive_init(work->io, work->path, &err), err);
    work->archive = archive_open(work->io, work->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(work->archive, err);
    work->catalogue = catalogue_open(work->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(work->catalogue, err);
}

static void close_work(struct place_of_work *work)
{
    catalogue_close(work->catalogue);
    archive_close(work->archive);
    io_close(work->io);
}

static int set_up(void **state)
{
    struct place_of_work *work = calloc(1, sizeof *work);
    work->dir = test_dir_make();
    if (!work || asprintf(&work->path, "%s/archive", work->dir) < 0)
        return -1;
    open_work(work);
    *state = work;
    return 0;
}

static int tear_down(void **state)
{
    struct place_of_work *work = *state;
    close_work(work);
    test_dir_remove(work->dir);
    free(work->path);
    free(work);
    return 0;
}

static void catch_up(struct place_of_work *work)
{
    struct err err = {0};
    assert_ok(index_catch_up(work->archive, work->catalogue, NULL, &err), err);
}

/* --- making a file as the pipeline does: pages first, the source record last --- */

struct made {
    struct object objects[OBJECTS_MAX];
    struct bytes raws[OBJECTS_MAX];
    size_t len;
    struct digest source, pages[OBJECTS_MAX];
    uint32_t page_len;
};

static struct digest add_object(struct made *made, enum object_type type, struct bytes *raw)
{
    struct err err = {0};
    assert_true(made->len < OBJECTS_MAX);
    made->raws[made->len] = *raw;
    *raw = (struct bytes){0};
    assert_ok(object_prepare(&made->objects[made->len], type, bytes_span(&made->raws[made->len]),
                             true, NULL, &err),
              err);
    return made->objects[made->len++].id;
}

static void add_page(struct made *made, const char *line)
{
    struct err err = {0};
    struct bytes raw = {0};
    struct page_record record = {.source = made->source,
                                 .index = made->page_len,
                                 .status = line ? PAGE_OK : PAGE_FAILED,
                                 .width_px = 1000,
                                 .height_px = 2000,
                                 .dpi = 200,
                                 .engine = "tesseract 5.3.0"};
    if (made->page_len == 1) {
        (void)snprintf(record.doubt, sizeof record.doubt, "low-confidence");
        record.separator = (struct page_separator){.kind = SEPARATOR_CODE128,
                                                   .text = "Mã H57.12-250705-0001",
                                                   .code = "H57.12-250705-0001"};
    }
    if (line) {
        struct page_text text = {.blocks = NULL};
        struct text_box box = {10, 10, 50, 20};
        struct alto_page page = {
            .engine = "test", .language = "vie", .width_px = 1000, .height_px = 2000};
        assert_ok(page_text_block(&text, box, &err), err);
        assert_ok(page_text_line(&text, box, &err), err);
        for (const char *at = line; *at;) {
            size_t len = strcspn(at, " ");
            assert_ok(page_text_word(&text, box, 80, span_of(at, len), &err), err);
            box.x += 60;
            at += len + (at[len] == ' ');
        }
        assert_ok(alto_write(&text, &page, &raw, &err), err);
        record.has_alto = true;
        record.alto = add_object(made, OBJECT_BLOB, &raw);
        page_text_done(&text);
    } else {
        record.reason = REASON_DAMAGED;
        (void)snprintf(record.reason_detail, sizeof record.reason_detail, "nửa trang");
    }
    assert_ok(page_record_write(&record, &raw, &err), err);
    made->pages[made->page_len++] = add_object(made, OBJECT_META, &raw);
}

static void start_file(struct made *made, const char *path)
{
    struct bytes raw = {0};
    struct err err = {0};
    *made = (struct made){.len = 0};
    assert_ok(bytes_printf(&raw, &err, "the scan called %s", path), err);
    made->source = add_object(made, OBJECT_BLOB, &raw);
}

static void end_file(struct made *made, const char *path)
{
    struct err err = {0};
    struct bytes raw = {0};
    struct source_record record = {.id = made->source,
                                   .path = (char *)(uintptr_t)path,
                                   .format = "tiff",
                                   .size_bytes = 17,
                                   .page_len = made->page_len,
                                   .pages = made->pages};
    assert_ok(source_record_write(&record, &raw, &err), err);
    (void)add_object(made, OBJECT_META, &raw);
}

static void commit(struct place_of_work *work, struct made *made, size_t from, size_t to,
                   int64_t when)
{
    struct err err = {0};
    struct place places[OBJECTS_MAX];
    assert_ok(archive_commit(work->archive, made->objects + from, to - from, when, places, &err),
              err);
}

static void made_done(struct made *made)
{
    for (size_t i = 0; i < made->len; i++) {
        object_done(&made->objects[i]);
        bytes_done(&made->raws[i]);
    }
}

/* One file, in one group. */
static void put_file(struct place_of_work *work, const char *path, const char *page_1,
                     const char *page_2, int64_t when)
{
    struct made made;
    start_file(&made, path);
    add_page(&made, page_1);
    if (page_2)
        add_page(&made, page_2);
    end_file(&made, path);
    commit(work, &made, 0, made.len, when);
    made_done(&made);
}

static void put_three(struct place_of_work *work)
{
    put_file(work, "a/một.tif", "Quyết định về hoà giải", "Số 707/QĐ-TTg ngày", 1000);
    put_file(work, "b/hai.tif", "quyet dinh khong dau", NULL, 2000);
    put_file(work, "c/ba.tif", "đường đi", "hòa bình hoa lan", 3000);
}

/* --- looking --- */

struct listing {
    struct bytes text; /* every column of every row */
    char found[2000];  /* "path.index[boxes] " of every hit */
};

static int list_row(void *self, const struct page_row *row, struct err *err)
{
    struct listing *listing = self;
    const struct catalogue_page *page = &row->page;
    char hex[5][DIGEST_HEX_LEN + 1];
    return bytes_printf(
        &listing->text, err,
        "%s %s %s %s %s %u %u %u %u %.3f %.3f %s %s %s %s %s %s %s %s %s %lld %s %s %s %lld\n",
        page->id, digest_hex(&page->source, hex[0]), digest_hex(&page->record, hex[1]),
        digest_hex(&page->alto, hex[2]), digest_hex(&page->image, hex[3]), page->index,
        page->width_px, page->height_px, page->dpi, page->skew_deg, page->confidence,
        page->separator, page->separator_text, page->separator_code, page->status,
        page->reason_code, page->reason_detail, page->engine, page->doubt, row->source_path,
        (long long)row->archived_ns, digest_hex(&row->document, hex[4]), row->dossier, row->title,
        (long long)row->place);
}

static void list_all(struct place_of_work *work, struct listing *listing)
{
    struct err err = {0};
    *listing = (struct listing){.text = {0}};
    assert_ok(catalogue_search(work->catalogue, &(struct catalogue_query){.limit = UINT32_MAX},
                               list_row, listing, &err),
              err);
    assert_ok(bytes_append(&listing->text, span_of("", 1), &err), err);
}

static void assert_same_listing(const struct listing *a, const struct listing *b)
{
    assert_string_equal((const char *)a->text.data, (const char *)b->text.data);
}

static int note_hit(void *self, const struct search_hit *hit, struct err *err)
{
    struct listing *listing = self;
    size_t len = strlen(listing->found);
    (void)err;
    (void)snprintf(listing->found + len, sizeof listing->found - len, "%s.%u[%zu] ",
                   hit->row->source_path, hit->row->page.index, hit->box_len);
    return 0;
}

static void assert_finds(struct place_of_work *work, const struct search_options *options,
                         const char *want)
{
    struct err err = {0};
    struct listing listing = {.text = {0}};
    struct search *search = search_parse(options, &err);
    assert_ok_ptr(search, err);
    int n = search_run(search, work->archive, work->catalogue, note_hit, &listing, &err);
    assert_ok(n, err);
    if (strcmp(listing.found, want) != 0)
        fail_msg("'%s' finds '%s', not '%s'", options->text ? options->text : "", listing.found,
                 want);
    int hits = 0;
    for (const char *at = want; (at = strchr(at, ']')); at++)
        hits++;
    assert_int_equal(n, hits);
    search_free(search);
}

static const struct find_case {
    const char *why;
    struct search_options options;
    const char *found;
} finds[] = {
    {"words of one page", {.text = "hoà giải", .limit = 9}, "a/một.tif.0[2] "},
    {"a phrase", {.text = "\"quyết định\"", .limit = 9}, "a/một.tif.0[1] "},
    {"one path by a piece of it",
     {.text = "hoa", .source_like = "c/", .limit = 9},
     "c/ba.tif.1[2] "},
    {"marks keep words apart", {.text = "hoá", .limit = 9}, ""},
    {"the other place of the tone", {.text = "hoà bình", .limit = 9}, "c/ba.tif.1[2] "},
    {"a number of a document", {.text = "707/QĐ-TTg", .limit = 9}, "a/một.tif.1[1] "},
    {"the number without marks", {.text = "707/qd-ttg", .limit = 9}, "a/một.tif.1[1] "},
    {"đ for đ only", {.text = "đường", .limit = 9}, "c/ba.tif.0[1] "},
    {"d for đ", {.text = "duong", .limit = 9}, "c/ba.tif.0[1] "},
    {"exact", {.text = "quyet", .exact = true, .limit = 9}, "b/hai.tif.0[1] "},
    {"by time", {.text = "quyet", .from_ns = 1500, .limit = 9}, "b/hai.tif.0[1] "},
    {"every page in time",
     {.text = "", .to_ns = 2000, .limit = 9},
     "a/một.tif.0[0] a/một.tif.1[0] "},
    {"nothing there", {.text = "zebra", .limit = 9}, ""},
    /* What FTS5 would take for syntax are words or nothing. */
    {"NEAR is a word", {.text = "NEAR( hoa", .limit = 9}, ""},
    {"AND is a word", {.text = "hoa AND lan", .limit = 9}, ""},
    {"OR is a word", {.text = "zebra OR lan", .limit = 9}, ""},
    {"NOT is a word", {.text = "hoa NOT zebra", .limit = 9}, ""},
    {"a minus is nothing", {.text = "- lan", .limit = 9}, "c/ba.tif.1[1] "},
    {"a star is nothing", {.text = "la*", .limit = 9}, ""},
    {"a star behind a word is nothing", {.text = "lan*", .limit = 9}, "c/ba.tif.1[1] "},
    {"a column is a word", {.text = "folded:lan", .limit = 9}, ""},
    {"a caret is nothing", {.text = "^ lan", .limit = 9}, "c/ba.tif.1[1] "},
    {"brackets are nothing", {.text = "({lan})", .limit = 9}, "c/ba.tif.1[1] "},
    {"all of it at once", {.text = "NEAR( * : ^ - AND \"\" lan", .limit = 9}, ""},
    {"quotes of SQL are nothing", {.text = "'; lan --", .limit = 9}, "c/ba.tif.1[1] "},
    {"a percent in a path is itself", {.text = "lan", .source_like = "%", .limit = 9}, ""},
};

static struct place_of_work *shared;

static void finds_pages(void **state)
{
    const struct find_case *c = *state;
    assert_finds(shared, &c->options, c->found);
}

/* --- staying in step --- */

static void catching_up_twice_changes_nothing(void **state)
{
    struct place_of_work *work = *state;
    struct listing first, second;
    struct err err = {0};
    struct catalogue_stats stats[2];
    put_three(work);
    catch_up(work);
    list_all(work, &first);
    assert_ok(catalogue_stats(work->catalogue, &stats[0], &err), err);
    catch_up(work);
    catch_up(work);
    list_all(work, &second);
    assert_ok(catalogue_stats(work->catalogue, &stats[1], &err), err);
    assert_same_listing(&first, &second);
    assert_memory_equal(&stats[0], &stats[1], sizeof stats[0]);
    assert_int_equal(stats[0].pages, 5);
    assert_int_equal(stats[0].sources, 3);
    bytes_done(&first.text);
    bytes_done(&second.text);
}

static void a_rebuilt_catalogue_shows_the_same_rows(void **state)
{
    struct place_of_work *work = *state;
    struct listing before, after;
    struct err err = {0};
    put_three(work);
    put_file(work, "d/hỏng.tif", NULL, "một trang", 4000);
    catch_up(work);
    list_all(work, &before);
    assert_non_null(strstr((char *)before.text.data,
                           "failed damaged nửa trang tesseract 5.3.0  d/hỏng.tif 4000"));
    assert_non_null(
        strstr((char *)before.text.data, "tesseract 5.3.0 low-confidence d/hỏng.tif 4000"));
    assert_non_null(
        strstr((char *)before.text.data, "code128 Mã H57.12-250705-0001 H57.12-250705-0001 ok"));
    catalogue_close(work->catalogue);
    assert_ok(catalogue_remove(work->path, &err), err);
    work->catalogue = catalogue_open(work->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(work->catalogue, err);
    list_all(work, &after);
    assert_string_equal((char *)after.text.data, "");
    bytes_done(&after.text);
    catch_up(work);
    list_all(work, &after);
    assert_same_listing(&before, &after);
    assert_ok(catalogue_check(work->catalogue, &err), err);
    assert_finds(work, &(struct search_options){.text = "hoà giải", .limit = 9}, "a/một.tif.0[2] ");
    bytes_done(&before.text);
    bytes_done(&after.text);
}

/* The crash: committed, but the catalogue never heard of it. */
static void a_group_the_catalogue_missed_is_taken_in_on_the_next_opening(void **state)
{
    struct place_of_work *work = *state;
    put_file(work, "a.tif", "trước", NULL, 1000);
    catch_up(work);
    put_file(work, "b.tif", "sau", NULL, 2000);
    close_work(work);
    open_work(work);
    assert_finds(work, &(struct search_options){.text = "sau", .limit = 9}, "");
    catch_up(work);
    assert_finds(work, &(struct search_options){.text = "sau", .limit = 9}, "b.tif.0[1] ");
    assert_finds(work, &(struct search_options){.text = "trước", .limit = 9}, "a.tif.0[1] ");
}

/* Pages are durable before their file is: nobody sees half a file. */
static void pages_wait_for_their_source_record(void **state)
{
    struct place_of_work *work = *state;
    struct made made;
    struct err err = {0};
    struct group_entry entry;
    start_file(&made, "x.tif");
    add_page(&made, "chờ đợi");
    end_file(&made, "x.tif");
    commit(work, &made, 0, made.len - 1, 1000);
    catch_up(work);
    assert_finds(work, &(struct search_options){.text = "chờ", .limit = 9}, "");
    assert_int_equal(catalogue_find_object(work->catalogue, &made.pages[0], &entry, &err), 1);
    assert_int_equal(catalogue_find_source(work->catalogue, &made.source, &err), 0);
    commit(work, &made, made.len - 1, made.len, 2000);
    catch_up(work);
    assert_finds(work, &(struct search_options){.text = "chờ", .limit = 9}, "x.tif.0[1] ");
    assert_int_equal(catalogue_find_source(work->catalogue, &made.source, &err), 1);
    made_done(&made);
}

static void what_is_read_back_is_what_was_put(void **state)
{
    struct place_of_work *work = *state;
    struct bytes out = {0};
    struct err err = {0};
    struct digest none = digest_of(span_of_text("none"));
    struct digest id = digest_of(span_of_text("the scan called a.tif"));
    put_file(work, "a.tif", "một", NULL, 1000);
    catch_up(work);
    assert_ok(index_read(work->archive, work->catalogue, &id, &out, &err), err);
    assert_int_equal(out.len, strlen("the scan called a.tif"));
    assert_memory_equal(out.data, "the scan called a.tif", out.len);
    assert_int_equal(index_read(work->archive, work->catalogue, &none, &out, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    bytes_done(&out);
}

/* --- papers --- */

struct paper {
    const char *file, *dossier, *title;
    uint32_t first, last;
};

static struct digest source_of(const char *path)
{
    char text[100];
    (void)snprintf(text, sizeof text, "the scan called %s", path);
    return digest_of(span_of_text(text));
}

/* As sohoa assign does it: `replaces` is who had the first page, or NULL. Gives the record's id. */
static struct digest put_paper(struct place_of_work *work, const struct paper *paper,
                               const struct digest *replaces, int64_t when)
{
    struct err err = {0};
    struct made made = {.len = 0};
    struct bytes raw = {0};
    struct document_record record = {.by = DOCUMENT_BY_PERSON};
    (void)snprintf(record.dossier, sizeof record.dossier, "%s", paper->dossier);
    assert_ok(document_record_title(&record, paper->title, &err), err);
    struct page_range pages = {source_of(paper->file), paper->first, paper->last};
    assert_ok(document_record_add(&record, pages, &err), err);
    if (replaces) {
        record.has_replaces = true;
        record.replaces = *replaces;
    }
    assert_ok(document_record_write(&record, &raw, &err), err);
    struct digest id = add_object(&made, OBJECT_META, &raw);
    commit(work, &made, 0, made.len, when);
    made_done(&made);
    document_record_done(&record);
    return id;
}

static const struct paper birth = {"a/một.tif", "H57-250705-0001", "Giấy khai sinh", 0, 1};
static const struct paper page_two = {"a/một.tif", "H57-250705-0002", "", 1, 1};

static void assert_in_dossier(struct place_of_work *work, const char *dossier, const char *want)
{
    assert_finds(work, &(struct search_options){.text = "", .dossier = dossier, .limit = 9}, want);
}

static void a_paper_is_found_by_its_dossier(void **state)
{
    struct place_of_work *work = *state;
    put_three(work);
    (void)put_paper(work, &birth, NULL, 4000);
    catch_up(work);
    assert_in_dossier(work, "H57-250705-0001", "a/một.tif.0[0] a/một.tif.1[0] ");
    assert_in_dossier(work, "H57-*", "a/một.tif.0[0] a/một.tif.1[0] ");
    assert_in_dossier(work, "H58-*", "");
    assert_finds(work, &(struct search_options){.text = "707", .dossier = "H57-*", .limit = 9},
                 "a/một.tif.1[1] ");
    assert_finds(work, &(struct search_options){.text = "lan", .dossier = "H57-*", .limit = 9}, "");
    assert_finds(work, &(struct search_options){.text = "", .unassigned = true, .limit = 9},
                 "b/hai.tif.0[0] c/ba.tif.0[0] c/ba.tif.1[0] ");
}

static void a_correction_takes_the_page_and_can_give_it_back(void **state)
{
    struct place_of_work *work = *state;
    put_three(work);
    struct digest first = put_paper(work, &birth, NULL, 4000);
    struct digest second = put_paper(work, &page_two, &first, 5000);
    catch_up(work);
    assert_in_dossier(work, "H57-250705-0001", "a/một.tif.0[0] ");
    assert_in_dossier(work, "H57-250705-0002", "a/một.tif.1[0] ");
    (void)put_paper(work, &birth, &second, 6000);
    catch_up(work);
    assert_in_dossier(work, "H57-250705-0001", "a/một.tif.0[0] a/một.tif.1[0] ");
    assert_in_dossier(work, "H57-250705-0002", "");
}

/* Page 0 of the file stood before the paper on page 1. */
static void put_separated(struct place_of_work *work, bool kept)
{
    struct err err = {0};
    struct made made = {.len = 0};
    struct bytes raw = {0};
    struct page_range sheet = {source_of("c/ba.tif"), 0, 0}, page = {source_of("c/ba.tif"), 1, 1};
    struct document_record record = {.by = DOCUMENT_BY_SEPARATOR,
                                     .dossier = "H57-250705-0003",
                                     .has_separator = true,
                                     .separator_kept = kept,
                                     .separator = sheet};
    assert_ok(kept ? document_record_add(&record, sheet, &err) : 0, err);
    assert_ok(document_record_add(&record, page, &err), err);
    assert_ok(document_record_write(&record, &raw, &err), err);
    (void)add_object(&made, OBJECT_META, &raw);
    commit(work, &made, 0, made.len, 4000);
    made_done(&made);
    document_record_done(&record);
    catch_up(work);
}

static int note_place(void *self, const struct page_row *row, struct err *err)
{
    (void)err;
    ((int64_t *)self)[row->page.index] = row->place;
    return 0;
}

/* Dropped or kept it is of the dossier, so nobody looks for its place; kept it is a page. */
static void a_separator_is_of_the_dossier(void **state)
{
    struct place_of_work *work = *state;
    struct err err = {0};
    struct digest source = source_of("c/ba.tif");
    int64_t places[2];
    put_three(work);
    put_separated(work, false);
    assert_in_dossier(work, "H57-250705-0003", "c/ba.tif.0[0] c/ba.tif.1[0] ");
    assert_int_equal(catalogue_pages_of(work->catalogue, &source, note_place, places, &err), 2);
    assert_int_equal(places[0], -1);
    assert_int_equal(places[1], 0);
    put_separated(work, true);
    assert_in_dossier(work, "H57-250705-0003", "c/ba.tif.0[0] c/ba.tif.1[0] ");
    assert_int_equal(catalogue_pages_of(work->catalogue, &source, note_place, places, &err), 2);
    assert_int_equal(places[0], 0);
    assert_int_equal(places[1], 1);
}

/* The log may hold an object twice (two writers, one after a crash): the first time counts. */
static void the_same_record_again_is_no_correction(void **state)
{
    struct place_of_work *work = *state;
    put_three(work);
    struct digest first = put_paper(work, &birth, NULL, 4000);
    (void)put_paper(work, &page_two, &first, 5000);
    (void)put_paper(work, &birth, NULL, 6000);
    catch_up(work);
    assert_in_dossier(work, "H57-250705-0002", "a/một.tif.1[0] ");
}

static void a_paper_may_come_before_its_file(void **state)
{
    struct place_of_work *work = *state;
    (void)put_paper(work, &birth, NULL, 500);
    catch_up(work);
    assert_in_dossier(work, "*", "");
    put_three(work);
    catch_up(work);
    assert_in_dossier(work, "*", "a/một.tif.0[0] a/một.tif.1[0] ");
}

/* Made anew in one go from what was taken in group by group. */
static void a_rebuilt_catalogue_has_the_same_papers(void **state)
{
    struct place_of_work *work = *state;
    struct listing before, after;
    struct err err = {0};
    put_three(work);
    catch_up(work);
    struct digest first = put_paper(work, &birth, NULL, 4000);
    catch_up(work);
    struct digest second = put_paper(work, &page_two, &first, 5000);
    catch_up(work);
    (void)put_paper(work, &(struct paper){"c/ba.tif", "", "Đơn", 1, 1}, &second, 6000);
    catch_up(work);
    list_all(work, &before);
    assert_non_null(strstr((char *)before.text.data, " H57-250705-0001 Giấy khai sinh 0\n"));
    assert_non_null(strstr((char *)before.text.data, " H57-250705-0002  0\n"));
    assert_non_null(strstr((char *)before.text.data, "  Đơn 0\n"));
    catalogue_close(work->catalogue);
    assert_ok(catalogue_remove(work->path, &err), err);
    work->catalogue = catalogue_open(work->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(work->catalogue, err);
    catch_up(work);
    list_all(work, &after);
    assert_same_listing(&before, &after);
    bytes_done(&before.text);
    bytes_done(&after.text);
}

static void put_text(struct place_of_work *work, const char *text, int64_t when)
{
    struct err err = {0};
    struct made made = {.len = 0};
    struct bytes raw = {0};
    assert_ok(bytes_append(&raw, span_of_text(text), &err), err);
    (void)add_object(&made, OBJECT_META, &raw);
    commit(work, &made, 0, made.len, when);
    made_done(&made);
}

static void a_damaged_document_record_costs_itself(void **state)
{
    struct place_of_work *work = *state;
    struct err err = {0};
    struct index_losses losses = {0};
    put_three(work);
    put_text(work, "{\"by\":\"person\",\"kind\":\"document\",\"parts\":[],\"v\":1}", 4000);
    (void)put_paper(work, &birth, NULL, 5000);
    assert_int_equal(index_catch_up(work->archive, work->catalogue, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "document record"));
    assert_in_dossier(work, "*", ""); /* nothing past the damage */
    err = (struct err){0};
    assert_ok(index_catch_up(work->archive, work->catalogue, &losses, &err), err);
    assert_int_equal(losses.records, 1);
    assert_in_dossier(work, "*", "a/một.tif.0[0] a/một.tif.1[0] ");
}

/* --- lawful destruction --- */

/* A page whose word shares no letter with its neighbours in the index: it stands there whole. */
#define RARE       "zyxwvuts"
#define RARE_TONED "zỹxwvuts" /* another word with its tone, the same without */

struct gone {
    struct erase_target targets[OBJECTS_MAX];
    size_t len;
};

static int note_gone(void *self, const struct digest *id, struct place place, struct err *err)
{
    struct gone *gone = self;
    (void)err;
    assert_true(gone->len < OBJECTS_MAX);
    gone->targets[gone->len++] = (struct erase_target){*id, place};
    return 0;
}

/* Commits a record that names objects `from` to the end of a file that was made, and its pages. */
static void put_destruction(struct place_of_work *work, const struct made *file, size_t from,
                            uint32_t first, uint32_t last, int64_t when)
{
    struct err err = {0};
    struct bytes raw = {0};
    struct made made = {.len = 0};
    struct destruction_record record = {.decided = "2026-11-30"};
    assert_ok(destruction_record_basis(&record, "căn cứ", &err), err);
    assert_ok(destruction_record_person(&record, "người quyết định", &err), err);
    for (size_t i = from; i < file->len; i++)
        assert_ok(destruction_record_object(&record, &file->objects[i].id, &err), err);
    assert_ok(
        destruction_record_pages(&record, (struct page_range){file->source, first, last}, &err),
        err);
    assert_ok(destruction_record_write(&record, &raw, &err), err);
    (void)add_object(&made, OBJECT_META, &raw);
    commit(work, &made, 0, 1, when);
    made_done(&made);
    destruction_record_done(&record);
}

static void take_away(struct place_of_work *work, size_t want)
{
    struct err err = {0};
    struct gone gone = {.len = 0};
    struct erase_result result;
    assert_int_equal(catalogue_list_gone(work->catalogue, note_gone, &gone, &err), want);
    assert_ok(catalogue_scrub(work->catalogue, &err), err);
    assert_ok(archive_erase(work->archive, gone.targets, gone.len, &result, &err), err);
}

static void put_made(struct place_of_work *work, struct made *made, const char *path, int64_t when)
{
    start_file(made, path);
    add_page(made, RARE " " RARE_TONED " bí mật");
    add_page(made, "trang hai");
    end_file(made, path);
    commit(work, made, 0, made->len, when);
}

static bool catalogue_holds(struct place_of_work *work, const char *text)
{
    struct bytes bytes = {0};
    struct err err = {0};
    char *path = NULL;
    bool found = false;
    static const char *const names[] = {"catalogue.db", "catalogue.db-wal"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (asprintf(&path, "%s/%s", work->path, names[i]) < 0)
            abort();
        FILE *file = fopen(path, "rb");
        free(path);
        if (!file)
            continue;
        bytes.len = 0;
        assert_ok(bytes_reserve(&bytes, 4 << 20, &err), err);
        bytes.len = fread(bytes.data, 1, 4 << 20, file);
        (void)fclose(file);
        found = found || memmem(bytes.data, bytes.len, text, strlen(text));
    }
    bytes_done(&bytes);
    return found;
}

/* Words of the index that begin as RARE does, of whatever column. */
static int terms_like_rare(struct place_of_work *work)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    char *path = NULL;
    if (asprintf(&path, "%s/catalogue.db", work->path) < 0)
        abort();
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, words, row)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM v WHERE term LIKE '" RARE "%'",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int n = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    free(path);
    return n;
}

static void rebuild(struct place_of_work *work)
{
    struct err err = {0};
    struct index_losses losses = {0};
    catalogue_close(work->catalogue);
    assert_ok(catalogue_remove(work->path, &err), err);
    work->catalogue = catalogue_open(work->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(work->catalogue, err);
    assert_ok(index_catch_up(work->archive, work->catalogue, &losses, &err), err);
    if (losses.records)
        fail_msg("lost: %s", losses.first.text);
}

static void what_was_destroyed_is_forgotten_and_stays_so(void **state)
{
    struct place_of_work *work = *state;
    struct made made, again;
    struct err err = {0};
    struct listing before, after;
    struct group_entry entry;
    struct erase_result result;
    put_three(work);
    put_made(work, &made, "mật.tif", 4000);
    catch_up(work);
    assert_true(catalogue_holds(work, RARE));
    assert_int_equal(terms_like_rare(work), 2); /* with its tone, and without */
    put_destruction(work, &made, 0, 0, 1, 5000);
    catch_up(work);
    take_away(work, made.len);
    assert_finds(work, &(struct search_options){.text = RARE, .limit = 9}, "");
    assert_false(catalogue_holds(work, RARE));
    assert_int_equal(terms_like_rare(work), 0);
    assert_false(catalogue_holds(work, "mật.tif"));
    assert_int_equal(catalogue_find_source(work->catalogue, &made.source, &err), 0);
    for (size_t i = 0; i < made.len; i++)
        assert_int_equal(catalogue_find_object(work->catalogue, &made.objects[i].id, &entry, &err),
                         0);
    assert_ok(catalogue_check(work->catalogue, &err), err);
    list_all(work, &before);
    rebuild(work);
    list_all(work, &after);
    assert_same_listing(&before, &after);
    assert_finds(work, &(struct search_options){.text = "quyet", .limit = 9},
                 "b/hai.tif.0[1] a/một.tif.0[1] ");
    bytes_done(&after.text);

    /* The same file again is a new one, also for a catalogue made anew. */
    put_made(work, &again, "mật.tif", 6000);
    catch_up(work);
    assert_finds(work, &(struct search_options){.text = RARE, .limit = 9}, "mật.tif.0[2] ");
    rebuild(work);
    assert_finds(work, &(struct search_options){.text = RARE, .limit = 9}, "mật.tif.0[2] ");
    take_away(work, made.len); /* of the first time: nothing of the second goes */
    assert_finds(work, &(struct search_options){.text = RARE, .limit = 9}, "mật.tif.0[2] ");

    /* The record of the first time does not account for zeros in the second. */
    assert_int_equal(catalogue_find_object(work->catalogue, &made.pages[0], &entry, &err), 1);
    struct erase_target target = {made.pages[0], entry.place};
    assert_ok(archive_erase(work->archive, &target, 1, &result, &err), err);
    assert_ok(catalogue_remove(work->path, &err), err);
    catalogue_close(work->catalogue);
    work->catalogue = catalogue_open(work->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(work->catalogue, err);
    assert_int_equal(index_catch_up(work->archive, work->catalogue, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    bytes_done(&before.text);
    made_done(&made);
    made_done(&again);
}

/* Objects 1 and 2 of the file are the text and the record of its first page, 3 and 4 of the second.
 */
static void a_page_can_go_out_of_a_file_that_stays(void **state)
{
    struct place_of_work *work = *state;
    struct made made;
    struct err err = {0};
    put_made(work, &made, "hai trang.tif", 4000);
    catch_up(work);
    struct made part = made;
    part.len = 3;
    put_destruction(work, &part, 1, 0, 0, 5000);
    catch_up(work);
    take_away(work, 2);
    for (int turn = 0; turn < 2; turn++) {
        assert_finds(work, &(struct search_options){.text = RARE, .limit = 9}, "");
        assert_finds(work, &(struct search_options){.text = "hai", .limit = 9},
                     "hai trang.tif.1[1] ");
        assert_int_equal(catalogue_find_source(work->catalogue, &made.source, &err), 1);
        rebuild(work);
    }
    made_done(&made);
}

static void bytes_that_no_record_accounts_for_are_a_loss(void **state)
{
    struct place_of_work *work = *state;
    struct made made;
    struct err err = {0};
    struct index_losses losses = {0};
    struct erase_result result;
    struct group_entry entry;
    put_made(work, &made, "hai trang.tif", 4000);
    catch_up(work);
    /* A record that came before the object says nothing of it: so does one of other objects. */
    struct made part = made;
    part.len = 2;
    put_destruction(work, &part, 1, 7, 7, 5000);
    assert_int_equal(catalogue_find_object(work->catalogue, &made.pages[1], &entry, &err), 1);
    struct erase_target target = {made.pages[1], entry.place};
    assert_ok(archive_erase(work->archive, &target, 1, &result, &err), err);
    catalogue_close(work->catalogue);
    assert_ok(catalogue_remove(work->path, &err), err);
    work->catalogue = catalogue_open(work->path, ARCHIVE_WRITE, &err);
    assert_ok_ptr(work->catalogue, err);
    assert_int_equal(index_catch_up(work->archive, work->catalogue, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    err = (struct err){0};
    assert_ok(index_catch_up(work->archive, work->catalogue, &losses, &err), err);
    assert_true(losses.records > 0);
    made_done(&made);
}

/* --- damage: nothing of a group is taken in when a part of it cannot be --- */

static void a_source_whose_page_is_not_there_stops_the_group(void **state)
{
    struct place_of_work *work = *state;
    struct made made;
    struct err err = {0};
    struct listing listing;
    struct place before, after;
    uint64_t seq;
    put_file(work, "a.tif", "một", NULL, 1000);
    catch_up(work);
    assert_ok(catalogue_mark(work->catalogue, &before, &seq, &err), err);
    start_file(&made, "x.tif");
    add_page(&made, "mất tích");
    end_file(&made, "x.tif");
    commit(work, &made, made.len - 1, made.len, 2000); /* the source record alone */
    assert_int_equal(index_catch_up(work->archive, work->catalogue, NULL, &err), -1);
    assert_non_null(strstr(err.text, "x.tif"));
    assert_ok(catalogue_mark(work->catalogue, &after, &seq, &err), err);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(catalogue_find_source(work->catalogue, &made.source, &err), 0);
    err = (struct err){0};
    assert_int_equal(index_catch_up(work->archive, work->catalogue, NULL, &err), -1);
    assert_non_null(strstr(err.text, "x.tif")); /* the same again, not a transaction left open */
    list_all(work, &listing);
    assert_null(strstr((char *)listing.text.data, "x.tif"));
    bytes_done(&listing.text);
    made_done(&made);
}

/* Rebuilding asks for what can be had: the files before and behind the damage, and its own. */
static void losses_that_are_put_up_with_cost_what_they_hold(void **state)
{
    struct place_of_work *work = *state;
    struct made made;
    struct err err = {0};
    struct index_losses losses = {0};
    put_file(work, "a.tif", "trước", NULL, 1000);
    start_file(&made, "x.tif");
    add_page(&made, "mất chữ"); /* objects 1 and 2: its text, its record */
    add_page(&made, "mất tích");
    add_page(&made, "còn đây");
    end_file(&made, "x.tif");
    struct object kept[] = {made.objects[0], made.objects[2], made.objects[5], made.objects[6],
                            made.objects[7]};
    struct place places[ARRAY_LEN(kept)];
    assert_ok(archive_commit(work->archive, kept, ARRAY_LEN(kept), 2000, places, &err), err);
    put_file(work, "z.tif", "sau", NULL, 3000);
    assert_ok(index_catch_up(work->archive, work->catalogue, &losses, &err), err);
    assert_int_equal(losses.records, 2);
    assert_non_null(strstr(losses.first.text, "has no object"));
    assert_finds(work, &(struct search_options){.text = "trước", .limit = 9}, "a.tif.0[1] ");
    assert_finds(work, &(struct search_options){.text = "mất", .limit = 9}, "");
    assert_finds(work, &(struct search_options){.text = "còn", .limit = 9}, "x.tif.2[1] ");
    assert_finds(work, &(struct search_options){.text = "sau", .limit = 9}, "z.tif.0[1] ");
    struct catalogue_stats stats;
    assert_ok(catalogue_stats(work->catalogue, &stats, &err), err);
    assert_int_equal(stats.pages, 4); /* of five: the one without a record cannot be listed */
    made_done(&made);
}

static void a_hostile_path_is_listed_as_text(void **state)
{
    struct place_of_work *work = *state;
    struct listing listing;
    put_file(work,
             "\033]0;x\a\xC2\x9B"
             "2Jscan.tif",
             "một", NULL, 1000);
    catch_up(work);
    list_all(work, &listing);
    assert_null(strpbrk((char *)listing.text.data, "\033\a\x9b"));
    assert_non_null(strstr((char *)listing.text.data, "\\x1B]0;x\\x07"));
    bytes_done(&listing.text);
}

static void records_of_other_kinds_are_left_alone(void **state)
{
    struct place_of_work *work = *state;
    static const char *const texts[] = {
        "{\"kind\":\"dossier\",\"v\":1}",
        "{\"note\":\"\\\"kind\\\":\\\"source\\\"\",\"kind\":\"note\",\"v\":1}",
        "{\"a\":{\"kind\":\"source\"},\"kind\":\"note\"}",
        "{\"a\":{\"kind\":\"document\"},\"kind\":\"source map\"}",
        "not JSON at all",
        "[]"};
    struct made made = {.len = 0};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct err err = {0};
        struct bytes raw = {0};
        assert_ok(bytes_append(&raw, span_of_text(texts[i]), &err), err);
        (void)add_object(&made, OBJECT_META, &raw);
    }
    commit(work, &made, 0, made.len, 1000);
    put_file(work, "a.tif", "một", NULL, 2000);
    catch_up(work);
    assert_finds(work, &(struct search_options){.text = "", .limit = 9}, "a.tif.0[0] ");
    made_done(&made);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test_setup_teardown(catching_up_twice_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rebuilt_catalogue_shows_the_same_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_group_the_catalogue_missed_is_taken_in_on_the_next_opening, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pages_wait_for_their_source_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_read_back_is_what_was_put, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_source_whose_page_is_not_there_stops_the_group, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_destroyed_is_forgotten_and_stays_so, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_page_can_go_out_of_a_file_that_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_that_no_record_accounts_for_are_a_loss, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(losses_that_are_put_up_with_cost_what_they_hold, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_paper_is_found_by_its_dossier, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_correction_takes_the_page_and_can_give_it_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_separator_is_of_the_dossier, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_record_again_is_no_correction, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_paper_may_come_before_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rebuilt_catalogue_has_the_same_papers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_document_record_costs_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hostile_path_is_listed_as_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(records_of_other_kinds_are_left_alone, set_up, tear_down),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(finds)];
    size_t n = 0;
    void *state = NULL;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(finds); i++)
        tests[n++] = (struct CMUnitTest){finds[i].why, finds_pages, NULL, NULL, (void *)&finds[i]};
    if (set_up(&state) < 0)
        return EXIT_FAILURE;
    shared = state;
    put_three(shared);
    catch_up(shared);
    int failed = cmocka_run_group_tests_name("index", tests, NULL, NULL);
    (void)tear_down(&state);
    return failed;
}
