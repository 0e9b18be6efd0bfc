/* bench/main.c - sohoa-bench: measures sohoa beside what users would take instead. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "bench/rows.h"

#define EXIT_USAGE    2
#define SECONDS_QUICK 165 /* with what is under way at the end: three minutes */
#define SECONDS_FULL  1740

static const char help[] =
    "sohoa-bench: measures sohoa beside what users would take instead\n"
    "\n"
    "usage: sohoa-bench --build DIR --results DIR [options]\n"
    "  --build DIR     where the programs were built (release)\n"
    "  --results DIR   folder for latest.md, latest.svg and a CSV of this run\n"
    "  --data DIR      real scans with their texts (optional)\n"
    "  --sohoa FILE    the program to measure (default: sohoa in the build folder)\n"
    "  --only SECTION  one of read, scaling, size, store, search, watch, micro\n"
    "  --quick         small samples, fewer peers: minutes instead of half an hour\n"
    "  --repeats N     turns of all (default 3, quick: 1; at most 30)\n"
    "  --help          this text\n"
    "\n"
    "Runs alternate A B A B; figures are medians. Ends by itself after 29 minutes (quick: 3).\n"
    "How to read them: docs/benchmarks.md.\n";

/* What a reader needs in order to judge a figure, asked of the machine by shell. */
static const struct {
    const char *name, *script;
} facts[] = {
    {"date", "date -u +%Y-%m-%dT%H:%M:%SZ"},
    {"revision", "git describe --always --dirty --abbrev=12"},
    {"cpu", "sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n1"},
    {"cores", "getconf _NPROCESSORS_ONLN"},
    {"memory", "sed -n 's/^MemTotal: *//p' /proc/meminfo"},
    {"load at the start", "cut -d' ' -f1-3 /proc/loadavg"},
    {"kernel", "uname -sr"},
    {"system", ". /etc/os-release; echo \"$PRETTY_NAME\""},
    {"file system", "df --output=fstype,source \"$WORK\" | tail -n1 | tr -s ' '"},
    {"compiler", "cc --version | head -n1"},
    {"sohoa", "\"$SOHOA\" --version | tr '\\n' ';'"},
    {"libraries",
     "dpkg-query -W -f '${Package} ${Version}, ' libtesseract5 liblept5 libtiff6 libjpeg62-turbo "
     "libzstd1 liburing2 libssl3 libsqlite3-0 libqpdf29 2>/dev/null"},
    {"model vie", "f=$(find /usr/share/tesseract-ocr -name vie.traineddata | head -n1); wc -c "
                  "<\"$f\" | tr '\\n' "
                  "' '; sha256sum <\"$f\" | cut -c1-16"},
    {"peers",
     "dpkg-query -W -f '${Package} ${Version}, ' tesseract-ocr ocrmypdf unpaper restic borgbackup "
     "tar 2>/dev/null"},
    {"OpenMP", "echo \"OMP_THREAD_LIMIT=$OMP_THREAD_LIMIT for everybody\""},
};

static int note_facts(struct bench *bench, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        CLEANUP(bytes_done) struct bytes text = {0};
        char why[200], path[WORK_PATH_MAX];
        (void)shell(bench, facts[i].script, why); /* what it could not find out stays empty */
        if (read_whole(work_path(bench, "stdout", path), &text, err) < 0)
            return -1;
        char *line = (char *)text.data;
        line[strcspn(line, "\n")] = '\0';
        if (results_fact(&bench->results, facts[i].name, line, err) < 0)
            return -1;
    }
    return results_fact(&bench->results, "kind of run",
                        bench->quick ? "quick: small samples, for a first look" : "full", err);
}

static const struct section {
    const char *name;
    int (*run)(struct bench *bench, struct err *err);
} sections[] = {
    {"read", rows_end_to_end}, {"scaling", rows_scaling}, {"size", rows_size},
    {"store", rows_store},     {"search", rows_search},   {"watch", rows_watch},
    {"micro", rows_micro},
};

static int measure(struct bench *bench, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        if (bench->only && strcmp(bench->only, sections[i].name) != 0)
            continue;
        (void)fprintf(stderr, "%s:\n", sections[i].name);
        if (sections[i].run(bench, err) < 0)
            return err_wrap(err, "%s", sections[i].name);
    }
    return 0;
}

typedef int writer(const struct results *results, struct bytes *out, struct err *err);

static int write_form(const struct bench *bench, const char *dir, const char *name,
                      writer *write_to, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    char path[WORK_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    if (write_to(&bench->results, &text, err) < 0)
        return -1;
    FILE *file = fopen(path, "we");
    if (!file)
        return err_sys(err, "write '%s'", path);
    size_t put = fwrite(text.data, 1, text.len, file);
    if (fclose(file) != 0 || put != text.len)
        return err_sys(err, "write '%s'", path);
    (void)fprintf(stderr, "wrote %s\n", path);
    return 0;
}

static int write_all(const struct bench *bench, const char *dir, struct err *err)
{
    char name[64];
    struct tm utc;
    time_t now = time(NULL);
    (void)gmtime_r(&now, &utc);
    (void)strftime(name, sizeof name, "%Y%m%dT%H%M%SZ.csv", &utc);
    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return err_sys(err, "make '%s'", dir);
    if (write_form(bench, dir, name, results_csv, err) < 0 ||
        write_form(bench, dir, "latest.md", results_markdown, err) < 0)
        return -1;
    return write_form(bench, dir, "latest.svg", results_svg, err);
}

static int environment(struct bench *bench, struct err *err)
{
    char jobs[16];
    (void)snprintf(jobs, sizeof jobs, "%u", bench->cores);
    /* C.UTF-8: sort and perl agree, and programs that need UTF-8 have it. */
    if (contest_env("OMP_THREAD_LIMIT", "1", err) < 0 ||
        contest_env("LC_ALL", "C.UTF-8", err) < 0 || contest_env("JOBS", jobs, err) < 0 ||
        contest_env("SOHOA", bench->sohoa, err) < 0 ||
        contest_env("BUILD", bench->build, err) < 0 || contest_env("WORK", bench->work, err) < 0)
        return -1;
    char texts[WORK_PATH_MAX], tool[WORK_PATH_MAX];
    (void)snprintf(tool, sizeof tool, "%s/bench/sohoa-bench-tool", bench->build);
    if (contest_env("TOOL", tool, err) < 0)
        return -1;
    return contest_env("TEXTS", work_path(bench, "texts", texts), err);
}

static int run(struct bench *bench, const char *results_dir, struct err *err)
{
    char why[200];
    (void)snprintf(bench->work, sizeof bench->work, "%.900s/bench-XXXXXX", bench->build);
    if (!mkdtemp(bench->work))
        return err_sys(err, "make a scratch directory in '%s'", bench->build);
    int rc = environment(bench, err);
    if (rc == 0)
        rc = note_facts(bench, err);
    if (rc == 0)
        rc = measure(bench, err);
    if (rc == 0)
        rc = write_all(bench, results_dir, err);
    if (!shell(bench, "rm -rf \"$WORK\"/* && rmdir \"$WORK\" 2>/dev/null || true", why))
        (void)fprintf(stderr, "sohoa-bench: %s is left behind: %s\n", bench->work, why);
    (void)rmdir(bench->work);
    return rc;
}

static bool read_options(int argc, char **argv, struct bench *bench, const char **ret_results)
{
    static const struct option names[] = {{"build", required_argument, NULL, 'b'},
                                          {"results", required_argument, NULL, 'r'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"sohoa", required_argument, NULL, 's'},
                                          {"only", required_argument, NULL, 'o'},
                                          {"quick", no_argument, NULL, 'q'},
                                          {"repeats", required_argument, NULL, 'n'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        char *end = NULL;
        unsigned long number = c == 'n' ? strtoul(optarg, &end, 10) : 0;
        if (c == 'b')
            bench->build = optarg;
        else if (c == 'r')
            *ret_results = optarg;
        else if (c == 'd')
            bench->data = optarg;
        else if (c == 's')
            bench->sohoa = optarg;
        else if (c == 'o')
            bench->only = optarg;
        else if (c == 'q')
            bench->quick = true;
        else if (c == 'n' && *end == '\0' && number >= 1 && number <= REPEATS_MAX)
            bench->repeats = (unsigned)number;
        else
            return false;
    }
    bool known = !bench->only;
    for (size_t i = 0; i < ARRAY_LEN(sections) && !known; i++)
        known = strcmp(bench->only, sections[i].name) == 0;
    return known && optind == argc && bench->build && *ret_results;
}

int main(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct bench bench = {.cores = cores < 1 ? 1 : (unsigned)cores, .data = ""};
    const char *results_dir = NULL;
    struct err err = {0};

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (!read_options(argc, argv, &bench, &results_dir)) {
        (void)fputs("sohoa-bench: bad or missing options; see --help\n", stderr);
        return EXIT_USAGE;
    }
    char *build = realpath(bench.build, NULL), *sohoa = NULL;
    if (!build || asprintf(&sohoa, "%s/sohoa", build) < 0) {
        (void)fprintf(stderr, "sohoa-bench: no folder '%s'\n", bench.build);
        free(build);
        return EXIT_USAGE;
    }
    bench.build = build;
    if (!bench.sohoa)
        bench.sohoa = sohoa;
    if (bench.repeats == 0)
        bench.repeats = bench.quick ? 1 : 3;
    bench.end_s = tree_clock_s() + (bench.quick ? SECONDS_QUICK : SECONDS_FULL);
    int rc = run(&bench, results_dir, &err);
    if (rc < 0)
        (void)fprintf(stderr, "sohoa-bench: %s\n", err.text);
    results_done(&bench.results);
    free(build);
    free(sohoa);
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
