/* app/cmd_init.c - sohoa init: makes an archive. */
#include <getopt.h>
#include <stdio.h>

#include "app/app.h"

static int run(int argc, char **argv)
{
    struct err err = {0};
    bool json;
    int code = parse_common(&command_init, argc, argv, 1, _("one directory is needed"), &json);
    if (code >= 0)
        return code;
    CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, &err);
    if (!io || archive_init(io, argv[optind], &err) < 0)
        return report(&err);
    CLEANUP(archive_closep)
    struct archive *archive = archive_open(io, argv[optind], ARCHIVE_WRITE, &err);
    CLEANUP(catalogue_closep)
    struct catalogue *catalogue =
        archive ? catalogue_open(argv[optind], ARCHIVE_WRITE, &err) : NULL;
    if (!catalogue)
        return report(&err);
    if (json)
        printf("{\"init\":true}\n");
    else
        printf(_("New archive in '%s'. Next: sohoa ingest -A '%s' SCANS\n"), argv[optind],
               argv[optind]);
    return EXIT_DONE;
}

const struct command command_init = {
    .name = "init",
    .summary = N_("make a new, empty archive"),
    .usage = "init ARCHIVE [--json]",
    .help = N_("ARCHIVE is a directory; it is created, or may be there and empty.\n"
               "\n"
               "Options:\n"
               "  --json   say so in JSON\n"
               "\n"
               "Example:\n"
               "  sohoa init /srv/archive\n"),
    .run = run,
};
