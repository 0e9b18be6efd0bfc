/* tests/unit/test_bench_slowdown.c - a stage that gets slower is seen in the row that owns it.
 *
 * The slowdown is planted by name, in a cell process and in a thread. It burns CPU rather than
 * sleeps: the stages count CPU. What was planted is the least that must be seen; nothing here
 * depends on how fast the machine is. */
#include <stdlib.h>
#include <sys/stat.h>

#include "pipeline/cell_child.h"
#include "pipeline/pipeline.h"
#include "tests/unit/test.h"

#define PLANTED_NS 50000000u
#define PAGES      2
#define WIDTH_PX   400
#define HEIGHT_PX  200

static const char *slow_stage(void)
{
    const char *name = getenv("SOHOA_TEST_SLOW_STAGE");
    return name ? name : "";
}

void stage_test_hook(enum stage_id stage)
{
    if (strcmp(slow_stage(), stages[stage].name) != 0)
        return;
    uint64_t start = thread_cpu_ns();
    while (thread_cpu_ns() - start < PLANTED_NS)
        ;
}

/* Not blank, so that every stage runs; no two the same. */
static void make_page(const char *dir, int number)
{
    static uint8_t rows[HEIGHT_PX][WIDTH_PX / 8];
    char *path = NULL;
    memset(rows, 0, sizeof rows);
    for (int y = 80; y < 110 + number; y++)
        memset(rows[y] + 10, 0xFF, 4);
    assert_true(asprintf(&path, "%s/%d.pbm", dir, number) > 0);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fprintf(file, "P4\n%d %d\n", WIDTH_PX, HEIGHT_PX) > 0);
    assert_int_equal(fwrite(rows, 1, sizeof rows, file), sizeof rows);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static struct tally ingest(const char *archive, const char *pages, enum isolation isolation)
{
    static const _Atomic int stop;
    struct tally tally;
    struct err err = {0};
    struct io *io = io_open(IO_PLAIN, NULL, &err);
    assert_ok_ptr(io, err);
    assert_ok(archive_init(io, archive, &err), err);
    io_close(io);
    assert_ok(pipeline_run(&(struct pipeline_options){.archive = archive,
                                                      .paths = &pages,
                                                      .path_len = 1,
                                                      .workers = 1,
                                                      .isolation = isolation,
                                                      .io = IO_PLAIN,
                                                      .limits = LIMITS_DEFAULT,
                                                      .language = "vie",
                                                      .stop = &stop},
                           &tally, &err),
              err);
    assert_int_equal(tally.pages, PAGES);
    assert_int_equal(tally.pages_failed, 0);
    return tally;
}

/* The planted stage has all of it; with the plant elsewhere it has not. */
static void planted_in(enum isolation isolation)
{
    static const enum stage_id planted[] = {STAGE_DECODE, STAGE_DESKEW, STAGE_ENCODE};
    char *dir = test_dir_make(), *pages = NULL;
    assert_true(asprintf(&pages, "%s/pages", dir) > 0);
    assert_int_equal(mkdir(pages, 0700), 0);
    for (int i = 0; i < PAGES; i++)
        make_page(pages, i);
    for (size_t i = 0; i < ARRAY_LEN(planted); i++) {
        char *archive = NULL;
        assert_true(asprintf(&archive, "%s/archive-%zu", dir, i) > 0);
        assert_int_equal(setenv("SOHOA_TEST_SLOW_STAGE", stages[planted[i]].name, 1), 0);
        struct tally tally = ingest(archive, pages, isolation);
        for (size_t k = 0; k < ARRAY_LEN(planted); k++) {
            uint64_t ns = tally.stage_cpu_ns[planted[k]];
            assert_int_equal(tally.stage_pages[planted[k]], PAGES);
            if (k == i)
                assert_true(ns >= (uint64_t)PAGES * PLANTED_NS);
            else /* CPU, not wall: a page of 400 x 200 pixels is far from it on any machine */
                assert_true(ns < (uint64_t)PAGES * PLANTED_NS);
        }
        free(archive);
    }
    free(pages);
    test_dir_remove(dir);
}

static void is_seen_in_its_stage_when_cells_are_processes(void **state)
{
    (void)state;
    planted_in(ISOLATION_PROCESS);
}

static void is_seen_in_its_stage_when_cells_are_threads(void **state)
{
    (void)state;
    planted_in(ISOLATION_THREAD);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--cell") == 0)
        return cell_child_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_seen_in_its_stage_when_cells_are_processes),
        cmocka_unit_test(is_seen_in_its_stage_when_cells_are_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
