/* app/cmd_ingest.c - sohoa ingest: takes files and folders of scans in. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/app.h"
#include "app/config.h"
#include "app/progress.h"
#include "base/log.h"
#include "pipeline/pipeline.h"
#include "pipeline/quarantine.h"

/* The one flag a signal may touch (house rule: no other mutable global). */
static _Atomic int stop_requested;

static void on_signal(int number)
{
    if (stop_requested && number == SIGINT)
        _exit(EXIT_INTERRUPTED); /* asked twice: now. What was told of is durable all the same. */
    stop_requested = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

struct ingest {
    bool json, bar, quiet;
    bool lost_output; /* nobody reads our lines any more */
    const char *archive;
    struct pipeline_options options;
};

static const char *const outcome_names[] = {"archived", "duplicate", "quarantined"};

static json_t *outcome_json(const struct outcome *outcome)
{
    char hex[DIGEST_HEX_LEN + 1];
    json_t *json = json_pack("{s:s s:s s:s s:I s:I s:I}", "source", outcome->path, "outcome",
                             outcome_names[outcome->kind], "format", outcome->format, "bytes",
                             (json_int_t)outcome->size_bytes, "pages", (json_int_t)outcome->pages,
                             "pages_failed", (json_int_t)outcome->pages_failed);
    json_object_set_new(json, "sha256",
                        digest_is_zero(outcome->id) ? json_null()
                                                    : json_string(digest_hex(outcome->id, hex)));
    if (outcome->reason != REASON_NONE) {
        struct err err = {0};
        CLEANUP(bytes_done) struct bytes text = {0};
        if (reason_sentence(outcome->reason, outcome->detail, language_of_reasons(), &text, &err) ==
            0)
            json_object_set_new(json, "reason", json_stringn((const char *)text.data, text.len));
        json_object_set_new(json, "reason_code", json_string(reason_code(outcome->reason)));
    }
    return json;
}

static void print_outcome(const struct outcome *outcome)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes why = {0};
    if (outcome->reason != REASON_NONE &&
        reason_sentence(outcome->reason, outcome->detail, language_of_reasons(), &why, &err) < 0)
        return;
    switch (outcome->kind) {
    case OUTCOME_ARCHIVED:
        if (outcome->pages_failed)
            printf(_("archived     %s (%u pages, %u could not be read: %.*s)\n"), outcome->path,
                   outcome->pages, outcome->pages_failed, (int)why.len, (const char *)why.data);
        else
            printf(ngettext("archived     %s (%u page)\n", "archived     %s (%u pages)\n",
                            outcome->pages),
                   outcome->path, outcome->pages);
        break;
    case OUTCOME_DUPLICATE:
        printf(_("duplicate    %s\n"), outcome->path);
        break;
    case OUTCOME_RETURNED: /* of claimed files only: none here */
        break;
    case OUTCOME_QUARANTINED:
        printf(_("quarantined  %s: %.*s\n"), outcome->path, (int)why.len, (const char *)why.data);
        break;
    }
    (void)fflush(stdout);
}

static void on_outcome(void *self, const struct outcome *outcome)
{
    struct ingest *ingest = self;
    struct err err = {0};
    if (ingest->json) {
        CLEANUP(json_freep) json_t *json = outcome_json(outcome);
        ingest->lost_output |= json_print_line(json, &err) < 0;
        return;
    }
    bool notable = outcome->kind == OUTCOME_QUARANTINED || outcome->pages_failed > 0;
    if (ingest->quiet || (ingest->bar && !notable))
        return;
    if (ingest->bar)
        progress_clear();
    print_outcome(outcome);
}

static void on_tick(void *self, const struct tally *tally)
{
    const struct ingest *ingest = self;
    if (ingest->bar)
        progress_draw(tally);
}

static double cpu_seconds(void)
{
    struct rusage self, children;
    (void)getrusage(RUSAGE_SELF, &self);
    (void)getrusage(RUSAGE_CHILDREN, &children);
    return (double)(self.ru_utime.tv_sec + self.ru_stime.tv_sec + children.ru_utime.tv_sec +
                    children.ru_stime.tv_sec) +
           (double)(self.ru_utime.tv_usec + self.ru_stime.tv_usec + children.ru_utime.tv_usec +
                    children.ru_stime.tv_usec) /
               1e6;
}

static json_t *stages_json(const struct tally *tally)
{
    json_t *all = json_object();
    for (int id = 0; id < STAGE_COUNT; id++)
        json_object_set_new(all, stages[id].name,
                            json_pack("{s:I s:f}", "pages", (json_int_t)tally->stage_pages[id],
                                      "cpu_s", (double)tally->stage_cpu_ns[id] / 1e9));
    return all;
}

static int print_summary_json(const struct tally *tally, struct err *err)
{
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:{s:I s:I s:I s:I s:I s:I s:I s:I s:I s:f s:f s:f s:I s:o}}", "summary", "sources",
        (json_int_t)tally->sources, "archived", (json_int_t)tally->archived, "duplicate",
        (json_int_t)tally->duplicate, "quarantined", (json_int_t)tally->quarantined, "pages",
        (json_int_t)tally->pages, "pages_failed", (json_int_t)tally->pages_failed, "bytes_in",
        (json_int_t)tally->bytes_in, "bytes_stored", (json_int_t)tally->bytes_stored, "unfinished",
        (json_int_t)tally->unfinished, "wall_s", (double)tally->wall_ns / 1e9, "cpu_s",
        cpu_seconds(), "cpu_ocr_s", (double)tally->stage_cpu_ns[STAGE_RECOGNISE] / 1e9,
        "peak_rss_bytes", (json_int_t)tally->peak_rss_bytes, "stages", stages_json(tally));
    return json_print_line(json, err);
}

static void print_summary(const struct ingest *ingest, const struct tally *tally)
{
    char in[32], stored[32], peak[32];
    double seconds = (double)tally->wall_ns / 1e9;
    printf(_("%" PRIu64 " files = %" PRIu64 " archived + %" PRIu64 " duplicate + %" PRIu64
             " quarantined\n"),
           tally->sources, tally->archived, tally->duplicate, tally->quarantined);
    printf(_("%" PRIu64 " pages (%" PRIu64 " could not be read) in %.1f s, %.2f pages/s; "
             "%s in, %s stored; memory at most %s\n"),
           tally->pages, tally->pages_failed, seconds,
           seconds > 0 ? (double)tally->pages_read / seconds : 0, size_text(tally->bytes_in, in),
           size_text(tally->bytes_stored, stored), size_text(tally->peak_rss_bytes, peak));
    if (tally->quarantined)
        printf(_("What was quarantined, and why: %s/quarantine/*.why\n"), ingest->archive);
    if (tally->unfinished)
        printf(_("Stopped: %" PRIu64 " files were not taken. Run the same command to go on.\n"),
               tally->unfinished);
}

static int run_ingest(struct ingest *ingest)
{
    struct tally tally = {.sources = 0};
    struct err err = {0};
    struct pipeline_options *options = &ingest->options;
    char bound[32];

    options->stop = &stop_requested;
    options->on_outcome = on_outcome;
    options->on_tick = on_tick;
    options->self = ingest;
    ingest->bar = !ingest->json && !ingest->quiet && isatty(STDERR_FILENO) == 1;
    if (!ingest->json && !ingest->quiet)
        (void)fprintf(stderr, _("%u workers, memory at most %s\n"), options->workers,
                      size_text(limits_memory_bound(&options->limits, options->workers), bound));
    catch_signals();
    int rc = pipeline_run(options, &tally, &err);
    if (ingest->bar)
        progress_clear();
    if (rc < 0 && tally.sources == 0)
        return report(&err);
    if (ingest->json) {
        struct err print_err = {0};
        if (print_summary_json(&tally, &print_err) < 0 && rc == 0)
            return report(&print_err);
    } else
        print_summary(ingest, &tally);
    if (rc < 0)
        return report(&err);
    if (stop_requested)
        return EXIT_INTERRUPTED;
    return tally.quarantined > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

enum {
    OPT_WORKERS = OPT_FIRST_OWN,
    OPT_ISOLATION,
    OPT_IO,
    OPT_LANGUAGE,
    OPT_ENGINE,
    OPT_FILE_MAX,
    OPT_PIXELS_MAX,
    OPT_PAGES_MAX,
    OPT_PAGE_SECONDS,
    OPT_CELL_MEMORY
};

#define SHORT_OPTIONS "hqA:c:"

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"archive", required_argument, NULL, 'A'},
    {"config", required_argument, NULL, 'c'},
    {"quiet", no_argument, NULL, 'q'},
    {"workers", required_argument, NULL, OPT_WORKERS},
    {"isolation", required_argument, NULL, OPT_ISOLATION},
    {"io", required_argument, NULL, OPT_IO},
    {"language", required_argument, NULL, OPT_LANGUAGE},
    {"engine", required_argument, NULL, OPT_ENGINE},
    {"file-max", required_argument, NULL, OPT_FILE_MAX},
    {"pixels-max", required_argument, NULL, OPT_PIXELS_MAX},
    {"pages-max", required_argument, NULL, OPT_PAGES_MAX},
    {"page-seconds", required_argument, NULL, OPT_PAGE_SECONDS},
    {"cell-memory", required_argument, NULL, OPT_CELL_MEMORY},
    {0},
};

/* One of the words at the index it has in `words`; false when it is none of them. */
static bool choose(const char *text, const char *const words[], int n, int *ret_index)
{
    for (int i = 0; i < n; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret_index = i;
            return true;
        }
    return false;
}

static bool set_limit(struct pipeline_options *options, int option, const char *text)
{
    struct limits *limits = &options->limits;
    uint64_t number = 0;
    bool ok = false;
    switch (option) {
    case OPT_WORKERS:
        ok = parse_number(text, 1, WORKERS_MAX, &number);
        options->workers = (uint32_t)number;
        break;
    case OPT_FILE_MAX:
        ok = parse_number(text, 1, GIB, &number);
        limits->file_bytes_max = number;
        if (limits->sources_bytes_max < number)
            limits->sources_bytes_max = number;
        break;
    case OPT_PIXELS_MAX:
        ok = parse_number(text, 10000, 1000000000, &limits->pixels_max);
        break;
    case OPT_PAGES_MAX:
        ok = parse_number(text, 1, 20000, &number);
        limits->pages_max = (uint32_t)number;
        break;
    case OPT_PAGE_SECONDS:
        ok = parse_number(text, 1, 3600, &number);
        limits->page_ms_max = (uint32_t)number * 1000;
        break;
    case OPT_CELL_MEMORY:
        ok = parse_number(text, 256 * MIB, 64 * GIB, &limits->cell_bytes_max);
        break;
    default:
        break;
    }
    return ok;
}

static bool set_option(struct ingest *ingest, int option, char *text)
{
    static const char *const engines[] = {"auto", "fast", "tesseract"};
    static const char *const isolations[] = {"process", "thread"}, *const ios[] = {"auto", "uring",
                                                                                   "plain"};
    struct pipeline_options *options = &ingest->options;
    int index = 0;
    switch (option) {
    case OPT_JSON:
        ingest->json = true;
        return true;
    case 'q':
        ingest->quiet = true;
        return true;
    case 'A':
        ingest->archive = text;
        return true;
    case OPT_LANGUAGE:
        options->language = text;
        return strlen(text) > 0 && strlen(text) < 48;
    case OPT_ENGINE:
        if (!choose(text, engines, ARRAY_LEN(engines), &index))
            return false;
        options->engine = (enum reader_choice)index;
        return true;
    case OPT_ISOLATION:
        if (!choose(text, isolations, ARRAY_LEN(isolations), &index))
            return false;
        options->isolation = (enum isolation)index;
        return true;
    case OPT_IO:
        if (!choose(text, ios, ARRAY_LEN(ios), &index))
            return false;
        options->io = (enum io_choice)index;
        return true;
    default:
        return set_limit(options, option, text);
    }
}

/* A key of the configuration is the long option of that name. */
static bool set_by_name(void *self, const char *name, char *value)
{
    for (const struct option *option = long_options; option->name; option++)
        if (strcmp(option->name, name) == 0)
            return set_option(self, option->val, value);
    return false; /* UNTESTED: the schema has just the names of options */
}

static int run(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct ingest ingest = {.archive = getenv("SOHOA_ARCHIVE"),
                            .options = {.workers = cores < 1             ? 1
                                                   : cores > WORKERS_MAX ? WORKERS_MAX
                                                                         : (uint32_t)cores,
                                        .limits = LIMITS_DEFAULT,
                                        .language = "vie"}};
    struct err err = {0};
    CLEANUP(config_freep) struct config *config = NULL;
    for (int c; (c = getopt_long(argc, argv, SHORT_OPTIONS, long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_ingest);
            return EXIT_DONE;
        }
        if (c == '?' || c == ':')
            return usage_error(&command_ingest, _("unknown option or missing value"));
        if (c != 'c')
            continue;
        config_freep(&config);
        config = config_load(optarg, set_by_name, &ingest, &err);
        if (!config)
            return usage_error(&command_ingest, "%s", err.text);
    }
    optind = 1; /* once more: what stands on the command line wins over the file */
    for (int c; (c = getopt_long(argc, argv, SHORT_OPTIONS, long_options, NULL)) != -1;)
        if (c != 'c' && !set_option(&ingest, c, optarg))
            return usage_error(&command_ingest, _("bad value '%s'"), optarg);
    if (argc == optind)
        return usage_error(&command_ingest, _("no file or folder to take in"));
    if (!ingest.archive)
        return usage_error(&command_ingest, _("which archive? Give -A ARCHIVE"));
    ingest.options.archive = ingest.archive;
    ingest.options.paths = (const char *const *)argv + optind;
    ingest.options.path_len = (size_t)(argc - optind);
    return run_ingest(&ingest);
}

const struct command command_ingest = {
    .name = "ingest",
    .summary = N_("take files and folders of scans into an archive"),
    .usage = "ingest -A ARCHIVE [OPTION]... PATH...",
    .help = N_(
        "Reads TIFF (multi-page), JPEG, PNG, PDF, and BMP, GIF, PNM, WebP and JPEG 2000. Folders\n"
        "are taken whole, in order of names; links to folders are not followed. Each file ends up\n"
        "archived, as a duplicate of one that is archived, or quarantined with a reason (see\n"
        "ARCHIVE/quarantine). Files are only read. A page that cannot be read costs that page:\n"
        "the rest of its file is archived.\n"
        "Ctrl-C finishes the pages in flight, a second one stops at once; nothing that was told\n"
        "of is lost, and the same command again goes on.\n"
        "\n"
        "Options:\n"
        "  -A, --archive DIR       the archive (default: $SOHOA_ARCHIVE)\n"
        "  -c, --config FILE       these options from a YAML file (configs/hub.yaml)\n"
        "      --workers N         pages read at a time, 1 to 256 (default: one per core)\n"
        "      --language LANG     model of the text: vie (default), eng, ...\n"
        "      --engine HOW        who reads: auto (default: our reader, and Tesseract the pages\n"
        "                          ours is in doubt of), fast (ours alone) or tesseract\n"
        "      --json              one JSON object per file, and a summary at the end\n"
        "  -q, --quiet             no lines per file\n"
        "      --file-max SIZE     largest file taken, e.g. 512M (default 256M, at most 1G)\n"
        "      --pages-max N       most pages of one file (default 5000, at most 20000)\n"
        "      --pixels-max N      most pixels of one page (default 150000000)\n"
        "      --page-seconds N    longest time for one page (default 60, at most 3600)\n"
        "      --cell-memory SIZE  memory of one reading process (default 1G, at least 256M)\n"
        "      --isolation HOW     process (default; sandboxed) or thread (for debugging)\n"
        "      --io HOW            auto (default), uring or plain\n"
        "\n"
        "Examples:\n"
        "  sohoa ingest -A archive scans/\n"
        "  sohoa ingest -A archive --json batch-17/*.pdf | jq 'select(.summary)'\n"),
    .run = run,
};
