/* app/cmd_stats.c - sohoa stats: how much there is. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/app.h"

static struct catalogue_doubt sum_of(const struct catalogue_stats *stats)
{
    struct catalogue_doubt sum = {.pages = 0};
    for (size_t i = 0; i < stats->doubt_len; i++) {
        sum.pages += stats->doubts[i].pages;
        sum.second += stats->doubts[i].second;
    }
    return sum;
}

static double percent_of(uint64_t part, uint64_t all)
{
    return all > 0 ? 100.0 * (double)part / (double)all : 0;
}

static json_t *doubt_json(const struct catalogue_stats *stats, const struct catalogue_doubt *doubt)
{
    return json_pack("{s:I s:f s:I s:f}", "pages", (json_int_t)doubt->pages, "pages_pct",
                     percent_of(doubt->pages, stats->pages), "tesseract", (json_int_t)doubt->second,
                     "tesseract_pct", percent_of(doubt->second, stats->pages));
}

static json_t *doubts_json(const struct catalogue_stats *stats)
{
    const struct catalogue_doubt sum = sum_of(stats);
    json_t *json = doubt_json(stats, &sum), *reasons = json_object();
    for (size_t i = 0; i < stats->doubt_len; i++)
        json_object_set_new(reasons, stats->doubts[i].code, doubt_json(stats, &stats->doubts[i]));
    json_object_set_new(json, "reasons", reasons);
    return json;
}

static int print_json(const struct catalogue_stats *stats, const struct archive_size *size,
                      struct err *err)
{
    char oldest[32], newest[32];
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:I s:I s:I s:o s:I s:I s:I s:I s:I s:I s:I s:s s:s}", "pages", (json_int_t)stats->pages,
        "pages_failed", (json_int_t)stats->pages_failed, "pages_blank",
        (json_int_t)stats->pages_blank, "doubt", doubts_json(stats), "sources",
        (json_int_t)stats->sources, "objects", (json_int_t)stats->objects, "bytes_in",
        (json_int_t)stats->bytes_in, "bytes_raw", (json_int_t)stats->bytes_raw, "bytes_stored",
        (json_int_t)stats->bytes_stored, "segments", (json_int_t)size->segments, "segment_bytes",
        (json_int_t)size->segment_bytes, "oldest", time_text(stats->oldest_ns, oldest), "newest",
        time_text(stats->newest_ns, newest));
    return json_print_line(json, err);
}

static void print_doubt(const char *what, const struct catalogue_stats *stats,
                        const struct catalogue_doubt *doubt)
{
    printf(_("%s%" PRIu64 " (%.1f %%), with Tesseract's text %" PRIu64 " (%.1f %%)\n"), what,
           doubt->pages, percent_of(doubt->pages, stats->pages), doubt->second,
           percent_of(doubt->second, stats->pages));
}

static void print_doubts(const struct catalogue_stats *stats)
{
    const struct catalogue_doubt sum = sum_of(stats);
    print_doubt(_("in doubt   "), stats, &sum);
    for (size_t i = 0; i < stats->doubt_len; i++) {
        char what[DOUBT_CODE_MAX + 8];
        (void)snprintf(what, sizeof what, "  %s: ", stats->doubts[i].code);
        print_doubt(what, stats, &stats->doubts[i]);
    }
}

static void print_text(const struct catalogue_stats *stats, const struct archive_size *size)
{
    char in[32], raw[32], stored[32], segments[32], oldest[32], newest[32];
    printf(_("pages      %" PRIu64 " (failed %" PRIu64 ", blank %" PRIu64 ")\n"), stats->pages,
           stats->pages_failed, stats->pages_blank);
    print_doubts(stats);
    printf(_("sources    %" PRIu64 ", %s\n"), stats->sources, size_text(stats->bytes_in, in));
    printf(_("objects    %" PRIu64 ", %s, stored as %s\n"), stats->objects,
           size_text(stats->bytes_raw, raw), size_text(stats->bytes_stored, stored));
    printf(_("segments   %" PRIu64 ", %s\n"), size->segments,
           size_text(size->segment_bytes, segments));
    printf(_("archived   %s to %s\n"), time_text(stats->oldest_ns, oldest),
           time_text(stats->newest_ns, newest));
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    bool json;
    int code = parse_common(&command_stats, argc, argv, 1, _("one archive is needed"), &json);
    if (code >= 0)
        return code;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    struct catalogue_stats stats;
    struct archive_size size;
    if (reading_open(&reading, argv[optind], ARCHIVE_READ, &err) < 0 ||
        catalogue_stats(reading.catalogue, &stats, &err) < 0 ||
        archive_measure(reading.archive, &size, &err) < 0)
        return report(&err);
    if (json)
        return print_json(&stats, &size, &err) < 0 ? report(&err) : EXIT_DONE;
    print_text(&stats, &size);
    return EXIT_DONE;
}

const struct command command_stats = {
    .name = "stats",
    .summary = N_("tell how much the archive holds"),
    .usage = "stats ARCHIVE [--json]",
    .help = N_("Pages, sources, objects, bytes that came in and bytes stored, segments, and the\n"
               "times (UTC) of the oldest and newest source. Pages our reader was in doubt of are\n"
               "counted by reason, with their share of all pages, and how many of them have the\n"
               "text of Tesseract.\n"
               "\n"
               "Options:\n"
               "  --json   one JSON object\n"
               "\n"
               "Example:\n"
               "  sohoa stats archive\n"),
    .run = run,
};
