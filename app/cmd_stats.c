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

static double per_page(uint64_t bytes, const struct catalogue_stats *stats)
{
    return stats->pages > 0 ? (double)bytes / (double)stats->pages : 0;
}

static json_t *kinds_json(const struct catalogue_stats *stats, uint64_t index_bytes)
{
    json_t *json = json_object();
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct catalogue_bytes *bytes = &stats->kinds[kind];
        json_object_set_new(
            json, catalogue_kind_name((enum catalogue_kind)kind),
            json_pack("{s:I s:I s:I s:f s:f}", "objects", (json_int_t)bytes->objects, "bytes_raw",
                      (json_int_t)bytes->raw, "bytes_stored", (json_int_t)bytes->stored,
                      "raw_per_page", per_page(bytes->raw, stats), "stored_per_page",
                      per_page(bytes->stored, stats)));
    }
    json_object_set_new(json, "index",
                        json_pack("{s:I s:f}", "bytes_stored", (json_int_t)index_bytes,
                                  "stored_per_page", per_page(index_bytes, stats)));
    return json;
}

static int print_json(const struct catalogue_stats *stats, const struct archive_size *size,
                      uint64_t index_bytes, struct err *err)
{
    char oldest[32], newest[32];
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:I s:I s:I s:o s:o s:I s:I s:I s:I s:I s:I s:I s:s s:s}", "pages",
        (json_int_t)stats->pages, "pages_failed", (json_int_t)stats->pages_failed, "pages_blank",
        (json_int_t)stats->pages_blank, "doubt", doubts_json(stats), "kinds",
        kinds_json(stats, index_bytes), "sources", (json_int_t)stats->sources, "objects",
        (json_int_t)stats->objects, "bytes_in", (json_int_t)stats->bytes_in, "bytes_raw",
        (json_int_t)stats->bytes_raw, "bytes_stored", (json_int_t)stats->bytes_stored, "segments",
        (json_int_t)size->segments, "segment_bytes", (json_int_t)size->segment_bytes, "oldest",
        time_text(stats->oldest_ns, oldest), "newest", time_text(stats->newest_ns, newest));
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

static void print_kind(const char *what, uint64_t stored, uint64_t raw,
                       const struct catalogue_stats *stats)
{
    char stored_text[32], raw_text[32];
    printf(_("%s%s stored, of %s\n"), what,
           size_text((uint64_t)per_page(stored, stats), stored_text),
           size_text((uint64_t)per_page(raw, stats), raw_text));
}

static void print_kinds(const struct catalogue_stats *stats, uint64_t index_bytes)
{
    static const char *const labels[KIND_COUNT] = {
        [KIND_SOURCE] = N_("  sources     "),     [KIND_ALTO] = N_("  texts       "),
        [KIND_IMAGE] = N_("  pictures    "),      [KIND_RECORD] = N_("  records     "),
        [KIND_DICTIONARY] = N_("  dictionary  "), [KIND_OTHER] = N_("  other       "),
    };
    char text[32];
    if (stats->pages == 0)
        return;
    printf(_("of each page, on average:\n"));
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (stats->kinds[kind].objects > 0)
            print_kind(_(labels[kind]), stats->kinds[kind].stored, stats->kinds[kind].raw, stats);
    printf("%s%s\n", _("  catalogue   "), size_text((uint64_t)per_page(index_bytes, stats), text));
}

static void print_text(const struct catalogue_stats *stats, const struct archive_size *size,
                       uint64_t index_bytes)
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
    print_kinds(stats, index_bytes);
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
    uint64_t index_bytes = catalogue_file_bytes(reading.catalogue);
    if (json)
        return print_json(&stats, &size, index_bytes, &err) < 0 ? report(&err) : EXIT_DONE;
    print_text(&stats, &size, index_bytes);
    return EXIT_DONE;
}

const struct command command_stats = {
    .name = "stats",
    .summary = N_("tell how much the archive holds"),
    .usage = "stats ARCHIVE [--json]",
    .help = N_("Pages, sources, objects, bytes that came in and bytes stored, segments, and the\n"
               "times (UTC) of the oldest and newest source. Pages our reader was in doubt of are\n"
               "counted by reason, with their share of all pages, and how many of them have the\n"
               "text of Tesseract. Then the bytes a page takes, as stored and before compression:\n"
               "files, texts (ALTO), pictures of pages that had to be drawn, records, the\n"
               "dictionary of texts (of its copies, one in each segment, the first), what is left\n"
               "of files that were never finished, and the catalogue.\n"
               "\n"
               "Options:\n"
               "  --json   one JSON object\n"
               "\n"
               "Example:\n"
               "  sohoa stats archive\n"),
    .run = run,
};
