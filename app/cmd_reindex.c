/* app/cmd_reindex.c - sohoa reindex: makes the catalogue anew from the segments. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/app.h"
#include "records/index.h"

static int rebuild(const char *path, bool json, struct err *err)
{
    CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, err);
    CLEANUP(archive_closep)
    struct archive *archive = io ? archive_open(io, path, ARCHIVE_WRITE, err) : NULL;
    if (!archive || catalogue_remove(path, err) < 0)
        return -1;
    CLEANUP(catalogue_closep)
    struct catalogue *catalogue = catalogue_open(path, ARCHIVE_WRITE, err);
    struct catalogue_stats stats;
    if (!catalogue || index_catch_up(archive, catalogue, err) < 0 ||
        catalogue_stats(catalogue, &stats, err) < 0)
        return -1;
    printf(json ? "{\"pages\":%" PRIu64 ",\"sources\":%" PRIu64 ",\"objects\":%" PRIu64 "}\n"
                : _("catalogue rebuilt: %" PRIu64 " pages of %" PRIu64 " sources, %" PRIu64
                    " objects\n"),
           stats.pages, stats.sources, stats.objects);
    return 0;
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    bool json;
    int code = parse_common(&command_reindex, argc, argv, 1, _("one archive is needed"), &json);
    if (code >= 0)
        return code;
    return rebuild(argv[optind], json, &err) < 0 ? report(&err) : EXIT_DONE;
}

const struct command command_reindex = {
    .name = "reindex",
    .summary = N_("make the catalogue anew from the segments"),
    .usage = "reindex ARCHIVE [--json]",
    .help =
        N_("The catalogue (catalogue.db) is derived: when it is lost or damaged this builds it\n"
           "again from the segments alone. No object is changed.\n"
           "\n"
           "Options:\n"
           "  --json   one JSON object: pages, sources, objects\n"
           "\n"
           "Example:\n"
           "  sohoa reindex archive\n"),
    .run = run,
};
