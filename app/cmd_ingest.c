/* app/cmd_ingest.c - sohoa ingest: takes files and folders of scans in. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/app.h"
#include "app/config.h"
#include "app/progress.h"
#include "app/run_options.h"
#include "base/log.h"
#include "pipeline/pipeline.h"

struct ingest {
    bool bar;
    bool lost_output; /* nobody reads our lines any more */
    struct run_options run;
};

static void ingest_done(struct ingest *ingest)
{
    run_options_done(&ingest->run);
}

static void on_outcome(void *self, const struct outcome *outcome)
{
    struct ingest *ingest = self;
    struct err err = {0};
    if (ingest->run.json) {
        CLEANUP(json_freep) json_t *json = outcome_json(outcome);
        ingest->lost_output |= json_print_line(json, &err) < 0;
        return;
    }
    bool notable = outcome->kind == OUTCOME_QUARANTINED || outcome->pages_failed > 0;
    if (ingest->run.quiet || (ingest->bar && !notable))
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
        printf(_("What was quarantined, and why: %s/quarantine/*.why\n"), ingest->run.archive);
    if (tally->unfinished)
        printf(_("Stopped: %" PRIu64 " files were not taken. Run the same command to go on.\n"),
               tally->unfinished);
}

static int run_ingest(struct ingest *ingest)
{
    struct tally tally = {.sources = 0};
    struct err err = {0};
    struct pipeline_options *options = &ingest->run.pipeline;
    char bound[32];

    options->stop = stop_flag();
    options->on_outcome = on_outcome;
    options->on_tick = on_tick;
    options->self = ingest;
    ingest->bar = !ingest->run.json && !ingest->run.quiet && isatty(STDERR_FILENO) == 1;
    if (!ingest->run.json && !ingest->run.quiet)
        (void)fprintf(stderr, _("%u workers, memory at most %s\n"), options->workers,
                      size_text(limits_memory_bound(&options->limits, options->workers,
                                                    options->seal != NULL),
                                bound));
    catch_signals();
    int rc = pipeline_run(options, &tally, &err);
    if (ingest->bar)
        progress_clear();
    if (rc < 0 && tally.sources == 0)
        return report(&err);
    if (ingest->run.json) {
        struct err print_err = {0};
        if (print_summary_json(&tally, &print_err) < 0 && rc == 0)
            return report(&print_err);
    } else
        print_summary(ingest, &tally);
    if (rc < 0)
        return run_report(&err);
    if (*stop_flag())
        return EXIT_INTERRUPTED;
    return tally.quarantined > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

static const struct option long_options[] = {
    COMMON_OPTIONS,
    RUN_OPTIONS,
    {0},
};

static int run(int argc, char **argv)
{
    static const struct run_command how = {&command_ingest, long_options, run_options_set};
    CLEANUP(ingest_done) struct ingest ingest = {.run = run_options_default()};
    CLEANUP(config_freep) struct config *config = NULL;
    int code = run_options_parse(&how, argc, argv, &ingest.run, &config);
    if (code >= 0)
        return code;
    if (argc == optind)
        return usage_error(&command_ingest, _("no file or folder to take in"));
    if (!ingest.run.archive)
        return usage_error(&command_ingest, _("which archive? Give -A ARCHIVE"));
    code = run_options_unlock(&command_ingest, &ingest.run);
    if (code != EXIT_DONE)
        return code;
    ingest.run.pipeline.archive = ingest.run.archive;
    ingest.run.pipeline.paths = (const char *const *)argv + optind;
    ingest.run.pipeline.path_len = (size_t)(argc - optind);
    code = run_options_rules(&command_ingest, &ingest.run);
    return code < 0 ? run_ingest(&ingest) : code;
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
        "the rest of its file is archived. Number, date, issuer ... of a page are noted with it\n"
        "(`sohoa fields`). A file with a stamp of secrecy on a page is quarantined.\n"
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
        "      --on-bad-page WHAT  placeholder (default: the page is marked, its file archived),\n"
        "                          reject-document or abort-batch (the run ends)\n"
        "      --max-failures N    end when more than N percent of the files failed (default: no)\n"
        "      --separator-sheet WHAT  drop (default: no paper has it) or keep (the first page of "
        "its)\n"
        "      --rules DIR         files of rules for what is noted of a page (default: those "
        "that\n"
        "                          came with the program), or none: nothing is noted\n"
        "      --keys RING         the key ring (default: $SOHOA_KEYS; see keys)\n"
        "      --seal LABEL        seal all that is archived with this key of the ring: who has "
        "not\n"
        "                          got the ring cannot read it (docs/encryption.md)\n"
        "      --isolation HOW     process (default; sandboxed) or thread (for debugging)\n"
        "      --io HOW            auto (default), uring or plain\n"
        "\n"
        "Examples:\n"
        "  sohoa ingest -A archive scans/\n"
        "  sohoa ingest -A archive --json batch-17/*.pdf | jq 'select(.summary)'\n"),
    .run = run,
};
