/* app/cmd_reindex.c - sohoa reindex: makes the catalogue anew from the segments. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/app.h"
#include "app/keyring.h"
#include "base/log.h"
#include "records/index.h"
#include "storage/archive_log.h"

/* Whether the records can be read with the keys at hand; damage is none of our business here. */
static int see(void *self, const struct group *group, struct err *err)
{
    struct archive *archive = self;
    for (size_t i = 0; i < group->entry_len; i++) {
        const struct group_entry *entry = &group->entries[i];
        if (entry->type != OBJECT_META || entry->codec != CODEC_SEALED ||
            archive_may_read(archive, entry->place, err) == 0)
            continue;
        if (err->kind == ERR_SEALED)
            return -1;
        *err = (struct err){.kind = ERR_NONE};
    }
    return 0;
}

static void print_losses(const struct index_losses *losses)
{
    log_line(LOG_ERROR, "%s", losses->first.text);
    (void)fprintf(stderr,
                  _("%" PRIu64 " records are damaged and were left out: sohoa verify names them\n"),
                  losses->records);
}

/* The catalogue goes only when the log of groups can be followed to its end, and no key is lacking:
 * an archive that cannot be indexed any more must not lose the index it has. */
static int rebuild(const char *path, bool json, uint64_t *ret_lost, struct err *err)
{
    CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, err);
    CLEANUP(archive_closep)
    struct archive *archive = io ? archive_open_rebuilding(io, path, err) : NULL;
    CLEANUP(ring_closep)
    struct ring *ring =
        archive && keyring_path() ? keyring_open(io, keyring_path(), path, err) : NULL;
    if (!archive || (keyring_path() && !ring))
        return -1;
    archive_set_keys(archive, ring);
    if (archive_replay(archive, (struct place){0}, see, archive, err) < 0 ||
        catalogue_remove(path, err) < 0)
        return -1;
    if (!archive_has_key(archive))
        log_line(LOG_WARN, _("the archive's key is not here: the signed log was left as it is"));
    CLEANUP(catalogue_closep)
    struct catalogue *catalogue = catalogue_open(path, ARCHIVE_WRITE, err);
    struct catalogue_stats stats;
    struct index_losses losses = {0};
    if (!catalogue || index_catch_up(archive, catalogue, &losses, err) < 0 ||
        catalogue_stats(catalogue, &stats, err) < 0)
        return -1;
    printf(json ? "{\"pages\":%" PRIu64 ",\"sources\":%" PRIu64 ",\"objects\":%" PRIu64 "}\n"
                : _("catalogue rebuilt: %" PRIu64 " pages of %" PRIu64 " sources, %" PRIu64
                    " objects\n"),
           stats.pages, stats.sources, stats.objects);
    if (losses.records > 0)
        print_losses(&losses);
    *ret_lost = losses.records;
    return 0;
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    bool json;
    int code = parse_common(&command_reindex, argc, argv, 1, _("one archive is needed"), &json);
    if (code >= 0)
        return code;
    uint64_t lost = 0;
    if (rebuild(argv[optind], json, &lost, &err) < 0)
        return report(&err);
    return lost > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

const struct command command_reindex = {
    .name = "reindex",
    .summary = N_("make the catalogue anew from the segments"),
    .usage = "reindex ARCHIVE [--json]",
    .help =
        N_("The catalogue (catalogue.db) is derived: when it is lost or damaged this builds it\n"
           "again from the segments alone. Tiles of the signed log that are lost or damaged are\n"
           "made again too, if they give the signed head; not in a copy, whose log comes from\n"
           "'sohoa sync'. No object is changed. What hangs on a damaged object is left out, with\n"
           "exit code 1; where the log of groups itself is damaged, nothing is changed.\n"
           "\n"
           "Options:\n"
           "  --json   one JSON object: pages, sources, objects\n"
           "\n"
           "Example:\n"
           "  sohoa reindex archive\n"),
    .run = run,
};
