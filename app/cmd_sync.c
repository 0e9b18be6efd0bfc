/* app/cmd_sync.c - sohoa sync: keeps a copy of the archive in another directory. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/damage.h"
#include "app/run_options.h"
#include "storage/sync.h"

struct sync_command {
    bool json, check, seal;
    struct byte_bar bar;
};

static void on_odd(void *self, const struct damage *damage, bool ours)
{
    const struct sync_command *sync = self;
    struct err err = {0};
    byte_bar_clear(&sync->bar);
    if (!sync->json) {
        printf(_("ODD  %s in the %s: %s\n"), damage->file, ours ? _("archive") : _("copy"),
               damage_what(damage));
        return;
    }
    CLEANUP(json_freep) json_t *json = damage_json(damage);
    json_object_set_new(json, "in", json_string(ours ? "archive" : "copy"));
    if (json_print_line(json, &err) < 0)
        return; /* nobody reads it; the exit code still tells */
}

static void on_progress(void *self, uint64_t done_bytes, uint64_t all_bytes)
{
    const struct sync_command *sync = self;
    byte_bar_draw(&sync->bar, done_bytes, all_bytes);
}

static int print_result(const struct sync_command *sync, const struct sync_result *result,
                        struct err *err)
{
    char copied[32], open[32];
    if (sync->json) {
        CLEANUP(json_freep)
        json_t *json = json_pack(
            "{s:{s:I s:I s:I s:I s:I s:I s:I s:I s:I s:I s:b}}", "sync", "segments",
            (json_int_t)result->segments, "copied", (json_int_t)result->copied, "copied_bytes",
            (json_int_t)result->copied_bytes, "replaced", (json_int_t)result->replaced, "there",
            (json_int_t)result->there, "odd", (json_int_t)result->odd, "open_objects",
            (json_int_t)result->open_objects, "open_bytes", (json_int_t)result->open_stored_bytes,
            "log_entries", (json_int_t)result->log_entries, "unsigned_segments",
            (json_int_t)result->unsigned_segments, "stopped", result->stopped);
        return json_print_line(json, err);
    }
    printf(_("%" PRIu64 " sealed segments: %" PRIu64 " copied now (%s), %" PRIu64
             " there before, %" PRIu64 " odd\n"),
           result->segments, result->copied, size_text(result->copied_bytes, copied), result->there,
           result->odd);
    if (result->replaced > 0)
        printf(_("Destroyed in the copy too: bytes in %" PRIu64 " segments. The copy has no "
                 "catalogue now: run sohoa reindex on it\n"),
               result->replaced);
    if (result->log_entries > 0)
        printf(_("The copy has the signed log of %" PRIu64 " entries\n"), result->log_entries);
    if (result->unsigned_segments > 0)
        printf(_("Not in the copy yet: %" PRIu64 " sealed segments that are not signed. A writer "
                 "signs them; then run the same command again\n"),
               result->unsigned_segments);
    if (result->open_objects > 0)
        printf(_("Not in the copy yet: %" PRIu64 " objects (%s) in the open segment\n"),
               result->open_objects, size_text(result->open_stored_bytes, open));
    if (result->stopped)
        printf(_("Stopped. Run the same command to go on.\n"));
    return 0;
}

static int seal_first(struct io *io, const char *path, struct err *err)
{
    CLEANUP(archive_closep) struct archive *archive = archive_open(io, path, ARCHIVE_WRITE, err);
    return archive ? archive_seal_open(archive, err) : -1;
}

static int sync_now(struct sync_command *sync, const char *path, const char *to)
{
    struct err err = {0};
    struct sync_result result;
    CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, &err);
    if (!io || (sync->seal && seal_first(io, path, &err) < 0))
        return report(&err);
    CLEANUP(archive_closep) struct archive *archive = archive_open(io, path, ARCHIVE_READ, &err);
    const struct sync_options options = {
        .stop = stop_flag(),
        .check = sync->check,
        .on_odd = on_odd,
        .on_progress = on_progress,
        .self = sync,
    };
    int rc = archive ? archive_sync(archive, to, &options, &result, &err) : -1;
    byte_bar_clear(&sync->bar);
    if (rc < 0 || print_result(sync, &result, &err) < 0)
        return report(&err);
    if (result.stopped)
        return EXIT_INTERRUPTED;
    return result.odd > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

enum { OPT_CHECK = OPT_FIRST_OWN, OPT_SEAL };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"check", no_argument, NULL, OPT_CHECK},
    {"seal", no_argument, NULL, OPT_SEAL},
    {0},
};

static int run(int argc, char **argv)
{
    struct sync_command sync = {.json = false};
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;)
        switch (c) {
        case OPT_HELP:
        case 'h':
            print_help(&command_sync);
            return EXIT_DONE;
        case OPT_JSON:
            sync.json = true;
            break;
        case OPT_CHECK:
            sync.check = true;
            break;
        case OPT_SEAL:
            sync.seal = true;
            break;
        default:
            return usage_error(&command_sync, _("unknown option or missing value"));
        }
    if (argc - optind != 2)
        return usage_error(&command_sync, _("an archive and a directory are needed"));
    sync.bar = byte_bar_for(sync.json);
    catch_signals();
    return sync_now(&sync, argv[optind], argv[optind + 1]);
}

const struct command command_sync = {
    .name = "sync",
    .summary = N_("keep a copy of the archive in another directory"),
    .usage = "sync ARCHIVE DIR [OPTION]...",
    .help =
        N_("Copies FORMAT, the signed log and the sealed segments to DIR, on another disk if you\n"
           "have one. Each segment is read back and compared with the SHA-256 in its name before\n"
           "it gets that name. What is there already is not copied again; what differs is named\n"
           "(exit code 1) and never replaced or removed; but where 'sohoa destroy' took bytes out\n"
           "of a segment they go from DIR too, and with them the catalogue DIR may have. Where\n"
           "the log does not continue the one in DIR, nothing at all is copied. A writer may be\n"
           "at work on the archive. Can be stopped at any time, and run again. The copy is an\n"
           "archive: it can be verified, read, proves what is in it, and is searched after\n"
           "'sohoa reindex'. The private key stays with the archive, so that nobody writes to the\n"
           "copy. The open segment is not copied; how much is in it is told.\n"
           "\n"
           "Options:\n"
           "  --check  read again what is in DIR already; its log is put right\n"
           "  --seal   end the open segment first, so that everything is in the copy; no\n"
           "           writer may be at work\n"
           "  --json   one JSON object for each thing that is odd, and one at the end\n"
           "\n"
           "Examples:\n"
           "  sohoa sync archive /mnt/second-disk/archive\n"
           "  sohoa sync archive /mnt/second-disk/archive --seal --check\n"),
    .run = run,
};
