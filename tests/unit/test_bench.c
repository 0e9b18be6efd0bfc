/* tests/unit/test_bench.c - the bench's statistics, its tree accounting on real processes, and the
 * three forms of its results. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/pageset.h"
#include "bench/results.h"
#include "bench/tree.h"
#include "tests/unit/test.h"

/* --- statistics ------------------------------------------------------------------------------- */

static void median_is_the_middle_or_between_the_two(void **state)
{
    (void)state;
    struct summary odd = summary_of((const double[]){9, 1, 5}, 3);
    struct summary even = summary_of((const double[]){8, 1, 2, 4}, 4);
    assert_true(odd.n == 3 && odd.median == 5 && odd.low == 1 && odd.high == 9);
    assert_true(even.n == 4 && even.median == 3 && even.low == 1 && even.high == 8);
}

static void what_was_not_measured_counts_for_nothing(void **state)
{
    (void)state;
    struct summary some =
        summary_of((const double[]){(double)(double)NAN, 2, (double)(double)NAN}, 3);
    struct summary none = summary_of((const double[]){(double)(double)NAN}, 1);
    assert_true(some.n == 1 && some.median == 2);
    assert_true(none.n == 0 && none.median == 0);
}

static void ratios_are_taken_repeat_by_repeat(void **state)
{
    (void)state;
    /* A machine that gets slower all the time: the medians' ratio would be 2, the pairs' is 3. */
    struct summary ratio =
        summary_of_ratio((const double[]){3, 30, 3}, (const double[]){1, 10, 1}, 3);
    assert_true(ratio.median == 3 && ratio.low == 3 && ratio.high == 3);
    assert_int_equal(summary_of_ratio((const double[]){3}, (const double[]){0}, 1).n, 0);
}

static void percentile_is_the_nearest_rank(void **state)
{
    (void)state;
    double hundred[100], three[] = {30, 10, 20};
    for (int i = 0; i < 100; i++)
        hundred[i] = 100 - i;
    assert_true(percentile(hundred, 100, 0.99) == 99);
    assert_true(percentile(hundred, 100, 0.5) == 50);
    assert_true(percentile(hundred, 100, 1) == 100);
    assert_true(percentile(three, 3, 0.99) == 30);
    assert_true(percentile(three, 3, 0) == 10);
}

/* --- process trees ---------------------------------------------------------------------------- */

static struct tree_result run(const char *script, double seconds_max)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct tree_result result;
    struct err err = {0};
    assert_ok(
        tree_run(&(struct tree_command){.argv = argv, .seconds_max = seconds_max}, &result, &err),
        err);
    return result;
}

/* This program again, in a role of its own: test_bench --burn or --hold, see main(). */
static struct tree_result run_self(const char *script)
{
    char self[4096], *command = NULL;
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(len > 0);
    self[len] = '\0';
    assert_true(asprintf(&command, "P='%s'; %s", self, script) > 0);
    struct tree_result result = run(command, 0);
    free(command);
    return result;
}

static void exit_code_is_the_commands_own(void **state)
{
    (void)state;
    assert_int_equal(run("exit 0", 0).exit_code, 0);
    assert_int_equal(run("exit 7", 0).exit_code, 7);
    assert_int_equal(run("kill -9 $$", 0).exit_code, 128 + SIGKILL);
    const char *const argv[] = {"/nonexistent/program", NULL};
    struct tree_result result;
    struct err err = {0};
    assert_ok(tree_run(&(struct tree_command){.argv = argv}, &result, &err), err);
    assert_int_equal(result.exit_code, 127);
}

/* Each burns BURN_S of its own CPU: what the tree used can only be more. */
#define BURN_S 0.05

static void cpu_of_children_and_grandchildren_is_counted(void **state)
{
    (void)state;
    assert_true(run_self("$P --burn; (sh -c \"$P --burn; $P --burn\"); true").cpu_s >= 3 * BURN_S);
}

static void cpu_of_a_child_nobody_waited_for_is_counted(void **state)
{
    (void)state;
    /* The shell ends first; its background child becomes an orphan and ends later. */
    assert_true(run_self("$P --burn & exit 0").cpu_s >= BURN_S);
}

static void cpu_of_an_earlier_run_is_not_counted_again(void **state)
{
    (void)state;
    double first = run_self("$P --burn; $P --burn; $P --burn; $P --burn").cpu_s;
    double second = run("exit 0", 0).cpu_s;
    assert_true(first >= 4 * BURN_S);
    assert_true(second < first);
}

#define HOLD_BYTES (48 * MIB)

/* Two that wait for each other with their memory in hand, whatever the machine is doing. */
static void memory_of_processes_side_by_side_is_summed(void **state)
{
    char *script = NULL;
    assert_true(asprintf(&script,
                         "cd '%s'; mkfifo there back; $P --hold there back & "
                         "$P --hold back there swap; wait",
                         (char *)*state) > 0);
    assert_true(run_self(script).peak_rss_bytes >= 2 * HOLD_BYTES);
    free(script);
}

static void what_takes_too_long_is_ended_with_all_its_children(void **state)
{
    char *pid_path = NULL, *script = NULL;
    assert_true(asprintf(&pid_path, "%s/pid", (char *)*state) > 0);
    assert_true(asprintf(&script, "sh -c 'echo $$ >%s; exec sleep 1000' & sleep 1000", pid_path) >
                0);
    struct tree_result result = run(script, 2);
    assert_true(result.timed_out);
    assert_int_equal(result.exit_code, 128 + SIGKILL);
    FILE *file = fopen(pid_path, "re");
    int pid = 0;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    assert_int_equal(fclose(file), 0);
    assert_true(kill(pid, 0) < 0 && errno == ESRCH);
    free(pid_path);
    free(script);
}

static void output_goes_where_it_should(void **state)
{
    char *path = NULL, text[16] = "";
    assert_true(asprintf(&path, "%s/out", (char *)*state) > 0);
    const char *const argv[] = {"sh", "-c", "echo hello; echo no >&2", NULL};
    struct tree_result result;
    struct err err = {0};
    assert_ok(tree_run(&(struct tree_command){.argv = argv, .out_path = path}, &result, &err), err);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof text - 1, file), 6);
    assert_string_equal(text, "hello\n");
    assert_int_equal(fclose(file), 0);
    free(path);
}

/* --- texts ------------------------------------------------------------------------------------ */

static void put_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Two pages of ten letters each: one has two wrong marks and a wrong letter, one was not read. */
static void texts_are_scored_with_all_letters_of_the_set_together(void **state)
{
    static struct pageset set; /* large */
    static struct entry entry;
    const char *dir = *state;
    struct err err = {0};
    char path[4096];
    set = (struct pageset){.len = 2, .stems = {"p1", "p2"}};
    for (size_t i = 0; i < set.len; i++) {
        (void)snprintf(set.truths[i], sizeof set.truths[i], "%.1000s/%zu.truth", dir, i);
        put_text(set.truths[i], "quyết định");
    }
    (void)snprintf(path, sizeof path, "%s/p1.txt", dir);
    put_text(path, "quyêt dịnk");
    assert_ok(pageset_score(&set, dir, &entry, &err), err);
    assert_true(fabs(entry.values[METRIC_CER][0] - 65) < 1e-9);
    assert_true(fabs(entry.values[METRIC_MARKS][0] - 10) < 1e-9);
    assert_true(fabs(entry.values[METRIC_LINE_CER][0] - 65) < 1e-9);
    assert_true(fabs(entry.values[METRIC_WORD_F1][0]) < 1e-9);
}

/* --- results ---------------------------------------------------------------------------------- */

static struct row row_of(const char *name, const char *metric, double value)
{
    struct row row = {.section = "end to end",
                      .set = "clean",
                      .unit = "ms",
                      .value = {3, value, value - 1, value + 1},
                      .dpi = 300,
                      .cache = "warm"};
    (void)snprintf(row.name, sizeof row.name, "%s", name);
    (void)snprintf(row.metric, sizeof row.metric, "%s", metric);
    return row;
}

static void add(struct results *results, const struct row *row)
{
    struct err err = {0};
    assert_ok(results_add(results, row, &err), err);
}

typedef int writer(const struct results *, struct bytes *, struct err *);

static char *written(writer *write, const struct results *results)
{
    struct bytes out = {0};
    struct err err = {0};
    assert_ok(write(results, &out, &err), err);
    assert_ok(bytes_append(&out, span_of("", 1), &err), err);
    return (char *)out.data;
}

static void a_target_is_met_at_its_bound_and_not_beyond(void **state)
{
    (void)state;
    struct row row = row_of("a", "b", 5);
    assert_string_equal(row_verdict(&row), "");
    row.target = TARGET_AT_LEAST;
    row.bound = 5;
    assert_string_equal(row_verdict(&row), "met");
    row.bound = 5.1;
    assert_string_equal(row_verdict(&row), "not met");
    row.target = TARGET_AT_MOST;
    assert_string_equal(row_verdict(&row), "met");
    row.bound = 4.9;
    assert_string_equal(row_verdict(&row), "not met");
    row.bound = 100;
    row.value.n = 0; /* not measured is not met */
    assert_string_equal(row_verdict(&row), "not met");
}

static void csv_is_one_line_a_row_and_quotes_what_needs_it(void **state)
{
    (void)state;
    CLEANUP(results_done) struct results results = {0};
    struct row row = row_of("tesseract, \"CLI\"", "time", 2.5);
    struct err err = {0};
    row.target = TARGET_AT_MOST;
    row.bound = 3;
    add(&results, &row);
    assert_ok(results_fact(&results, "kernel", "6.1, x86_64", &err), err);
    assert_ok(results_leave_out(&results, "borg", "not installed", &err), err);
    char *csv = written(results_csv, &results);
    assert_string_equal(
        csv, "section,set,name,metric,unit,median,low,high,n,target,verdict,dpi,cache,"
             "note\n"
             "environment,,kernel,,,,,,,,,,,\"6.1, x86_64\"\n"
             "end to end,clean,\"tesseract, \"\"CLI\"\"\",time,ms,2.5,1.5,3.5,3,<= 3,met,"
             "300,warm,\n"
             "left out,,borg,,,,,,,,,,,not installed\n");
    free(csv);
}

static void markdown_has_a_line_a_name_and_a_column_a_metric(void **state)
{
    (void)state;
    CLEANUP(results_done) struct results results = {0};
    struct row rows[] = {row_of("a|b", "time", 2), row_of("c", "time", 300),
                         row_of("a|b", "size", 0.5)};
    rows[1].target = TARGET_AT_LEAST;
    rows[1].bound = 400;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        add(&results, &rows[i]);
    char *text = written(results_markdown, &results);
    assert_non_null(strstr(text, "### end to end: clean\n\n"
                                 "| | time, ms | size, ms |\n|---|---:|---:|\n"
                                 "| a\\|b | 2.00 (1.00..3.00) | 0.500 (-0.500..1.50) |\n"
                                 "| c | 300 (299..301) |  |\n"));
    assert_non_null(
        strstr(text, "| end to end, clean: c, time, ms | 300 (299..301) | >= 400 | **not met** |"));
    assert_null(strstr(text, "Left out"));
    free(text);
}

static void svg_has_a_bar_for_each_rate_and_nothing_else(void **state)
{
    (void)state;
    CLEANUP(results_done) struct results results = {0};
    struct row rows[] = {row_of("sohoa <ingest> & co", "pages/s", 4), row_of("b", "pages/s", 2),
                         row_of("b", "CPU", 9)};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        add(&results, &rows[i]);
    char *svg = written(results_svg, &results);
    size_t bars = 0;
    for (const char *at = svg; (at = strstr(at, "<rect x=")); at++)
        bars++;
    assert_int_equal(bars, 2);
    assert_non_null(strstr(svg, "sohoa &lt;ingest&gt; &amp; co"));
    /* The longest line (4 + 1) takes the whole width; the bars are in proportion. */
    assert_non_null(strstr(svg, "width=\"336.0\""));
    assert_non_null(strstr(svg, "width=\"168.0\""));
    assert_non_null(strstr(svg, "</svg>\n"));
    free(svg);
}

static void results_of_nothing_can_be_written(void **state)
{
    (void)state;
    struct results results = {0};
    free(written(results_csv, &results));
    free(written(results_markdown, &results));
    free(written(results_svg, &results));
}

/* --- roles ------------------------------------------------------------------------------------ */

static int burn(void)
{
    struct rusage usage;
    do {
        if (getrusage(RUSAGE_SELF, &usage) < 0)
            return EXIT_FAILURE;
    } while (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec == 0 &&
             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) < BURN_S * 1e6);
    return EXIT_SUCCESS;
}

/* Takes memory, tells the other, hears from the other, and stays for some samples. */
static int hold(const char *to_path, const char *from_path, bool from_first)
{
    char *memory = malloc(HOLD_BYTES), byte = 1;
    if (!memory)
        return EXIT_FAILURE;
    for (size_t i = 0; i < HOLD_BYTES; i += KIB)
        ((volatile char *)memory)[i] = (char)i;
    int from = from_first ? open(from_path, O_RDONLY | O_CLOEXEC) : -1;
    int to = open(to_path, O_WRONLY | O_CLOEXEC);
    if (!from_first)
        from = open(from_path, O_RDONLY | O_CLOEXEC);
    bool met = write(to, &byte, 1) == 1 && read(from, &byte, 1) == 1;
    (void)usleep(10 * TREE_SAMPLE_MS * 1000);
    free(memory);
    return met ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int make_dir(void **state)
{
    *state = test_dir_make();
    return 0;
}

static int remove_dir(void **state)
{
    test_dir_remove(*state);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--burn") == 0)
        return burn();
    if (argc >= 4 && strcmp(argv[1], "--hold") == 0)
        return hold(argv[2], argv[3], argc > 4);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_is_the_middle_or_between_the_two),
        cmocka_unit_test(what_was_not_measured_counts_for_nothing),
        cmocka_unit_test(ratios_are_taken_repeat_by_repeat),
        cmocka_unit_test(percentile_is_the_nearest_rank),
        cmocka_unit_test(exit_code_is_the_commands_own),
        cmocka_unit_test(cpu_of_children_and_grandchildren_is_counted),
        cmocka_unit_test(cpu_of_a_child_nobody_waited_for_is_counted),
        cmocka_unit_test(cpu_of_an_earlier_run_is_not_counted_again),
        cmocka_unit_test(memory_of_processes_side_by_side_is_summed),
        cmocka_unit_test(what_takes_too_long_is_ended_with_all_its_children),
        cmocka_unit_test(output_goes_where_it_should),
        cmocka_unit_test(texts_are_scored_with_all_letters_of_the_set_together),
        cmocka_unit_test(a_target_is_met_at_its_bound_and_not_beyond),
        cmocka_unit_test(csv_is_one_line_a_row_and_quotes_what_needs_it),
        cmocka_unit_test(markdown_has_a_line_a_name_and_a_column_a_metric),
        cmocka_unit_test(svg_has_a_bar_for_each_rate_and_nothing_else),
        cmocka_unit_test(results_of_nothing_can_be_written),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
