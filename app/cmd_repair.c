/* app/cmd_repair.c - sohoa repair: puts what a copy has in the place of what is damaged. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/damage.h"
#include "app/run_options.h"
#include "storage/repair.h"

struct repair_command {
    bool json;
    unsigned workers;
    struct byte_bar bar;
    struct lawful lawful;
};

static void on_repaired(void *self, const char *file, const char *kept)
{
    const struct repair_command *repair = self;
    struct err err = {0};
    byte_bar_clear(&repair->bar);
    if (!repair->json) {
        printf(_("REPAIRED  %s\n"), file);
        if (kept)
            printf(_("          the damaged file is now %s\n"), kept);
        return;
    }
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:b s:o}", "file", file, "repaired", 1, "kept",
                             kept ? json_string(kept) : json_null());
    if (json_print_line(json, &err) < 0)
        return; /* nobody reads it; the exit code still tells */
}

static void on_left(void *self, const struct damage *damage)
{
    const struct repair_command *repair = self;
    struct err err = {0};
    byte_bar_clear(&repair->bar);
    if (!repair->json) {
        printf(_("NOT REPAIRED  %s: %s\n"), damage->file, damage_what(damage));
        return;
    }
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:b s:s}", "file", damage->file, "repaired", 0, "what", damage->what);
    if (json_print_line(json, &err) < 0)
        return; /* nobody reads it; the exit code still tells */
}

static void on_progress(void *self, uint64_t done_bytes, uint64_t all_bytes)
{
    const struct repair_command *repair = self;
    byte_bar_draw(&repair->bar, done_bytes, all_bytes);
}

static bool is_destroyed(void *self, const struct group_entry *entry)
{
    struct repair_command *repair = self;
    return lawful_names(&repair->lawful, entry, NULL);
}

/* The catalogue is derived: it is looked at, and made anew by another command. An archive may have
 * none. */
static bool catalogue_is_fine(const char *path, struct err *err)
{
    if (!catalogue_is_there(path))
        return true;
    CLEANUP(catalogue_closep) struct catalogue *catalogue = catalogue_open(path, ARCHIVE_READ, err);
    return catalogue && catalogue_check(catalogue, err) == 0;
}

/* catalogue: what is wrong with it, or NULL. */
static int print_result(const struct repair_command *repair, const struct repair_result *result,
                        const char *catalogue, struct err *err)
{
    if (repair->json) {
        CLEANUP(json_freep)
        json_t *json =
            json_pack("{s:{s:I s:I s:I s:s s:b}}", "repair", "damaged", (json_int_t)result->damaged,
                      "repaired", (json_int_t)result->repaired, "left", (json_int_t)result->left,
                      "catalogue", catalogue ? catalogue : "ok", "stopped", result->stopped);
        return json_print_line(json, err);
    }
    printf(_("%" PRIu64 " damaged or missing: %" PRIu64 " repaired, %" PRIu64 " left\n"),
           result->damaged, result->repaired, result->left);
    if (catalogue)
        printf("catalogue.db: %s\n", catalogue);
    if (result->stopped)
        printf(_("Stopped. Run the same command to go on.\n"));
    return 0;
}

static int repair_now(struct repair_command *repair, const char *path, const char *from)
{
    struct err err = {0}, catalogue = {0};
    struct repair_result result;
    repair->lawful.archive = path;
    CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, &err);
    CLEANUP(archive_closep)
    struct archive *copy = io ? archive_open(io, from, ARCHIVE_READ, &err) : NULL;
    CLEANUP(archive_closep)
    struct archive *archive = copy ? archive_open(io, path, ARCHIVE_MEND, &err) : NULL;
    const struct repair_options options = {
        .workers = repair->workers,
        .stop = stop_flag(),
        .on_repaired = on_repaired,
        .on_left = on_left,
        .on_progress = on_progress,
        .is_destroyed = is_destroyed,
        .self = repair,
    };
    int rc = archive ? archive_repair(archive, copy, &options, &result, &err) : -1;
    byte_bar_clear(&repair->bar);
    if (rc < 0)
        return report(&err);
    bool fine = catalogue_is_fine(path, &catalogue);
    if (print_result(repair, &result, fine ? NULL : catalogue.text, &err) < 0)
        return report(&err);
    if (result.stopped)
        return EXIT_INTERRUPTED;
    return result.left > 0 || !fine ? EXIT_FINDINGS : EXIT_DONE;
}

enum { OPT_COPY = OPT_FIRST_OWN, OPT_THREADS };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"from", required_argument, NULL, OPT_COPY},
    {"workers", required_argument, NULL, OPT_THREADS},
    {0},
};

static int run(int argc, char **argv)
{
    struct repair_command repair = {.workers = verify_workers_default()};
    const char *from = NULL;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;)
        switch (c) {
        case OPT_HELP:
        case 'h':
            print_help(&command_repair);
            return EXIT_DONE;
        case OPT_JSON:
            repair.json = true;
            break;
        case OPT_COPY:
            from = optarg;
            break;
        case OPT_THREADS:
            if (verify_workers_parse(optarg, &repair.workers))
                break;
            return usage_error(&command_repair, _("bad value '%s'"), optarg);
        default:
            return usage_error(&command_repair, _("unknown option or missing value"));
        }
    if (argc - optind != 1 || !from)
        return usage_error(&command_repair, _("one archive and --from COPY are needed"));
    repair.bar = byte_bar_for(repair.json);
    catch_signals();
    int code = repair_now(&repair, argv[optind], from);
    lawful_done(&repair.lawful);
    return code;
}

const struct command command_repair = {
    .name = "repair",
    .summary = N_("put what a copy has in the place of what is damaged"),
    .usage = "repair ARCHIVE --from COPY [OPTION]...",
    .help =
        N_("Verifies the archive. A sealed segment that is damaged or missing is taken whole from\n"
           "the copy that 'sohoa sync' made, when the copy's bytes match the SHA-256 in its name,\n"
           "and is read again where it now is. The damaged file is kept in\n"
           "quarantine/.damaged-segments. A damaged or lost FORMAT is taken, too. A copy of\n"
           "another archive is refused. What cannot be repaired is named (exit code 1): so is\n"
           "damage in the open segment, which no copy holds. No writer may be at work; readers\n"
           "may. Can be stopped at any time, and run again.\n"
           "\n"
           "Options:\n"
           "  --from COPY   where to take it from; it is only read\n"
           "  --workers N   threads that verify; default: one per core\n"
           "  --json        one JSON object for each file, and one at the end\n"
           "\n"
           "Example:\n"
           "  sohoa repair archive --from /mnt/second-disk/archive\n"),
    .run = run,
};
