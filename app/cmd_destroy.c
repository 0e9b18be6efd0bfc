/* app/cmd_destroy.c - sohoa destroy: takes papers away for good, when the law says so.
 *
 * First what may be destroyed is found and checked; then a record of it is committed; only then the
 * bytes go (storage/erase.h). A run that was cut short is finished by the next one. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/destruction.h"
#include "app/writing.h"
#include "base/clock.h"
#include "base/log.h"

struct destroy {
    const char *archive, *decided;
    bool dry_run, yes, json;
    struct writing writing;
    struct destruction destruction;
};

static void destroy_done(struct destroy *destroy)
{
    destruction_done(&destroy->destruction);
    writing_done(&destroy->writing);
}

/* --- telling --- */

static int tell(const struct destroy *destroy, const struct digest *record,
                const struct erase_result *result)
{
    struct err err = {0};
    const struct destruction *what = &destroy->destruction;
    char hex[DIGEST_HEX_LEN + 1] = "", size[32];
    if (record)
        digest_hex(record, hex);
    if (destroy->json) {
        CLEANUP(json_freep)
        json_t *json = json_pack(
            "{s:o s:I s:I s:I s:I s:I s:I s:I}", "destruction",
            record ? json_string(hex) : json_null(), "pages", (json_int_t)what->len, "objects",
            (json_int_t)what->record.object_len, "kept", (json_int_t)what->kept, "segments",
            (json_int_t)result->segments, "objects_erased", (json_int_t)result->objects,
            "bytes_erased", (json_int_t)result->bytes, "damaged_files", (json_int_t)result->kept);
        return json_print_line(json, &err) < 0 ? report(&err) : EXIT_DONE;
    }
    if (record)
        printf(_("destroyed: record %s\n"), hex);
    printf(_("%" PRIu64 " objects, %s taken out of %" PRIu64 " segments\n"), result->objects,
           size_text(result->bytes, size), result->segments);
    if (result->kept > 0)
        printf(_("%" PRIu64 " damaged segments that repair had kept were taken away, too\n"),
               result->kept);
    return EXIT_DONE;
}

static int tell_plan(const struct destroy *destroy)
{
    const struct erase_result none = {.objects = 0};
    if (destroy->json)
        return tell(destroy, NULL, &none);
    printf(_("nothing was destroyed: give --yes to do it\n"));
    return EXIT_DONE;
}

/* --- all of it --- */

static int carry_out(struct destroy *destroy, bool anew)
{
    struct err err = {0};
    struct erase_result result = {.objects = 0};
    struct digest id;
    struct reading *archive = &destroy->writing.archive;
    if ((anew && destruction_commit(archive, &destroy->destruction.record, &id, &err) < 0) ||
        destruction_take_away(archive, &result, &err) < 0) {
        int code = report(&err);
        return err.kind == ERR_INPUT ? EXIT_FINDINGS : code;
    }
    return tell(destroy, anew ? &id : NULL, &result);
}

static int destroy_papers(struct destroy *destroy, char *const ids[], int n)
{
    struct err err = {0};
    struct destruction *what = &destroy->destruction;
    const char *missing = NULL;
    int code = writing_open_alone(&destroy->writing, destroy->archive);
    if (code != EXIT_DONE)
        return code;
    if (n == 0)
        return carry_out(destroy, false);
    what->reading = &destroy->writing.archive;
    what->silent = destroy->json;
    int rc = destruction_collect(what, ids, n, &missing, &err);
    if (rc == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no page, file or dossier '%s'\n"), missing);
        return EXIT_FINDINGS;
    }
    uint32_t refused = 0;
    if (rc < 0 || destruction_may_read(what, &err) < 0 ||
        destruction_check(what, clock_ns(CLOCK_REALTIME), &refused, &err) < 0)
        return report(&err);
    if (refused > 0)
        return EXIT_FINDINGS;
    if (destruction_choose(what, &err) < 0) {
        code = report(&err);
        return err.kind == ERR_INPUT ? EXIT_FINDINGS : code;
    }
    return destroy->yes && !destroy->dry_run ? carry_out(destroy, true) : tell_plan(destroy);
}

enum {
    OPT_BASIS = OPT_FIRST_OWN,
    OPT_PERSON,
    OPT_DECIDED,
    OPT_NO_RETENTION,
    OPT_DRY_RUN,
    OPT_YES,
};

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"archive", required_argument, NULL, 'A'},
    {"basis", required_argument, NULL, OPT_BASIS},
    {"person", required_argument, NULL, OPT_PERSON},
    {"decided", required_argument, NULL, OPT_DECIDED},
    {"no-retention-set", required_argument, NULL, OPT_NO_RETENTION},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"yes", no_argument, NULL, OPT_YES},
    {0},
};

/* 0, or -1 with a text when the value is not taken. */
static int set_option(struct destroy *destroy, int option, const char *text, struct err *err)
{
    struct destruction_record *record = &destroy->destruction.record;
    switch (option) {
    case 'A':
        destroy->archive = text;
        return 0;
    case OPT_BASIS:
        return destruction_record_basis(record, text, err);
    case OPT_PERSON:
        return destruction_record_person(record, text, err);
    case OPT_NO_RETENTION:
        return destruction_record_no_retention(record, text, err);
    case OPT_DECIDED:
        destroy->decided = text;
        return 0;
    case OPT_DRY_RUN:
        destroy->dry_run = true;
        return 0;
    case OPT_YES:
        destroy->yes = true;
        return 0;
    case OPT_JSON:
        destroy->json = true;
        return 0;
    default:
        return err_set(err, ERR_INPUT, "%s", _("unknown option or missing value"));
    }
}

/* EXIT_DONE: the words make sense, whatever the archive holds. */
static int check_words(struct destroy *destroy, int ids)
{
    struct destruction_record *record = &destroy->destruction.record;
    char today[32];
    int64_t day_ns = 0;
    if (!destroy->archive)
        return usage_error(&command_destroy, _("which archive? Give -A ARCHIVE"));
    if (ids > 0 && (!record->basis[0] || !record->person[0]))
        return usage_error(&command_destroy,
                           _("on what basis, and who decided? Give --basis and --person"));
    const char *day =
        destroy->decided ? destroy->decided : time_text(clock_ns(CLOCK_REALTIME), today);
    (void)snprintf(record->decided, sizeof record->decided, "%.10s", day);
    if ((destroy->decided && strlen(destroy->decided) != sizeof record->decided - 1) ||
        !parse_time(record->decided, false, &day_ns))
        return usage_error(&command_destroy, _("bad value '%s'"), day);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    CLEANUP(destroy_done)
    struct destroy destroy = {.archive = getenv("SOHOA_ARCHIVE"), .writing.requests_fd = -1};
    for (int c; (c = getopt_long(argc, argv, "hA:", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_destroy);
            return EXIT_DONE;
        }
        if (set_option(&destroy, c, optarg, &err) < 0)
            return usage_error(&command_destroy, "%s", err.text);
    }
    int code = check_words(&destroy, argc - optind);
    return code == EXIT_DONE ? destroy_papers(&destroy, argv + optind, argc - optind) : code;
}

const struct command command_destroy = {
    .name = "destroy",
    .summary = N_("destroy papers lawfully and for good"),
    .usage = "destroy -A ARCHIVE --basis TEXT --person TEXT [OPTION]... DOSSIER|DOCUMENT|SOURCE|"
             "PAGE...",
    .help = N_(
        "Takes scans, texts, pictures and records of the pages away for good; a record of what,\n"
        "why and who stays, so that `sohoa verify` tells them from damage. Refused before the\n"
        "retention is over (see retain), for what is kept for ever or held, and where none was "
        "set\n"
        "unless a reason is given. A file goes when its last page does: one that other pages are\n"
        "in stays, and so does any object another page needs. No other writer may have the "
        "archive.\n"
        "Without an id it finishes what a run before was stopped in. Copies outside of the "
        "archive\n"
        "(backups, snapshots, the medium's own) are not reached.\n"
        "\n"
        "Options:\n"
        "  -A, --archive DIR        the archive (default: $SOHOA_ARCHIVE)\n"
        "  --basis TEXT             the legal basis, at most 500 characters\n"
        "  --person TEXT            who decided, at most 200 characters\n"
        "  --decided DATE           when, like 2026-11-22 (default: today, UTC)\n"
        "  --no-retention-set TEXT  why it may go although no retention was set\n"
        "  --dry-run                say what would be destroyed\n"
        "  --yes                    do it\n"
        "  --json                   one JSON object: destruction, pages, objects, kept, ...\n"
        "\n"
        "Example:\n"
        "  sohoa destroy -A archive --basis 'QĐ 15/QĐ-UBND' --person 'Hội đồng xét huỷ' --yes \\\n"
        "      H57.12-250705-0001\n"),
    .run = run,
};
