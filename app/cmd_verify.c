/* app/cmd_verify.c - sohoa verify: reads every byte and says what is not as it was. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/bad_list.h"
#include "app/damage.h"
#include "app/run_options.h"
#include "base/clock.h"
#include "base/log.h"
#include "storage/archive_log.h"
#include "storage/scrub.h"

#define SAVE_EVERY_NS INT64_C(10000000000) /* what a run that is killed has to check again */

/* What the words on the command line say. */
struct verify_words {
    bool json, resume;
    double sample_pct; /* 0: everything */
    unsigned workers;
    const char *report; /* NULL: none */
};

struct verifying {
    bool json;
    struct byte_bar bar;
    struct bad_list *list; /* NULL: nobody asked for it */
    struct scrub *scrub;
    int64_t saved_ns;
    bool noted;                  /* that scrub.json cannot be written */
    struct catalogue *catalogue; /* NULL: it cannot be opened */
    uint64_t listed;    /* objects in the catalogue before the segments were read: a writer at work
                         * may add more meanwhile */
    uint64_t known;     /* objects read that the catalogue has at the same place */
    uint64_t bad;       /* found here, beside what the archive found */
    struct err failure; /* of asking the catalogue */
    struct lawful lawful;
    int64_t start_ns;
    uint64_t gone_meanwhile; /* destroyed since the catalogue was asked what it lists */
};

static int64_t now_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

static void print_damage(const struct verifying *verifying, const struct damage *damage)
{
    struct err err = {0};
    char hex[DIGEST_HEX_LEN + 1] = "";
    bool named = !digest_is_zero(&damage->id);
    if (named)
        digest_hex(&damage->id, hex);
    if (verifying->list)
        bad_list_add(verifying->list, damage);
    byte_bar_clear(&verifying->bar);
    if (!verifying->json) {
        printf(_("%s  %s at byte %" PRIu64 "%s%s: %s\n"), damage->missing ? _("MISSING") : _("BAD"),
               damage->file, damage->off, named ? _(", object ") : "", hex, damage_what(damage));
        return;
    }
    CLEANUP(json_freep) json_t *json = damage_json(damage);
    if (json_print_line(json, &err) < 0)
        return; /* nobody reads it; the exit code still tells */
}

static void on_damage(void *self, const struct damage *damage)
{
    print_damage(self, damage);
}

static void on_object(void *self, const struct group_entry *entry)
{
    struct verifying *verifying = self;
    struct group_entry known;
    struct err err = {0};
    if (!verifying->catalogue || verifying->failure.kind != ERR_NONE)
        return;
    int found = catalogue_find_object(verifying->catalogue, &entry->id, &known, &err);
    if (found < 0)
        verifying->failure = err;
    if (found == 1 && known.place.segment == entry->place.segment &&
        known.place.off == entry->place.off)
        verifying->known++;
}

static bool is_destroyed(void *self, const struct group_entry *entry)
{
    struct verifying *verifying = self;
    int64_t time_ns = 0;
    if (!lawful_names(&verifying->lawful, entry, &time_ns))
        return false;
    verifying->gone_meanwhile += time_ns >= verifying->start_ns;
    return true;
}

static void on_progress(void *self, uint64_t done_bytes, uint64_t all_bytes)
{
    const struct verifying *verifying = self;
    byte_bar_draw(&verifying->bar, done_bytes, all_bytes);
}

/* An archive on a medium that cannot be written can be verified all the same. */
static void save_scrub(struct verifying *verifying)
{
    struct err err = {0};
    verifying->saved_ns = now_ns();
    if (scrub_save(verifying->scrub, &err) == 0 || verifying->noted)
        return;
    verifying->noted = true;
    byte_bar_clear(&verifying->bar);
    log_line(LOG_WARN, _("what was checked cannot be noted: %s"), err.text);
}

static void on_segment(void *self, uint64_t segment, const struct digest *name, bool good)
{
    struct verifying *verifying = self;
    int64_t now = now_ns();
    scrub_note(verifying->scrub, segment, name, good, now);
    if (now - verifying->saved_ns >= SAVE_EVERY_NS || now < verifying->saved_ns)
        save_scrub(verifying);
}

/* The catalogue is derived, but a wrong one shows wrong pages, so it must be whole. What it lists
 * and no segment holds, beyond what was found damaged, is missing: it once was durable. What it
 * does not list yet is no fault: a writer takes it in. */
static void check_catalogue(struct verifying *verifying, struct verify_result *result)
{
    struct damage damage = {.file = "catalogue.db"};
    struct err err = verifying->failure;
    if (err.kind == ERR_NONE && catalogue_check(verifying->catalogue, &err) == 0) {
        uint64_t accounted =
            verifying->known + result->bad + result->missing + verifying->gone_meanwhile;
        /* What stands in segments that were left out was not counted. */
        if (verifying->listed <= accounted || result->skipped > 0)
            return;
        damage.missing = true;
        (void)snprintf(damage.what, sizeof damage.what,
                       "%" PRIu64 " objects it lists are in no segment",
                       verifying->listed - accounted);
        print_damage(verifying, &damage);
        result->missing += verifying->listed - accounted;
        return;
    }
    (void)snprintf(damage.what, sizeof damage.what, "%.150s", err.text);
    print_damage(verifying, &damage);
    verifying->bad++;
}

static int print_summary_json(const struct verify_result *result, uint64_t bad,
                              const struct scrub_sum *sum, struct err *err)
{
    char oldest[32];
    bool all = sum->never == 0 && sum->oldest_ns > 0;
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:{s:I s:I s:I s:I s:I s:I s:I s:I s:b s:o s:I}}", "summary", "objects",
        (json_int_t)result->objects, "bytes", (json_int_t)result->bytes, "bad", (json_int_t)bad,
        "missing", (json_int_t)result->missing, "destroyed", (json_int_t)result->destroyed,
        "not_here", (json_int_t)result->not_here, "segments", (json_int_t)result->segments,
        "skipped", (json_int_t)result->skipped, "stopped", result->stopped, "oldest_check",
        all ? json_string(time_text(sum->oldest_ns, oldest)) : json_null(), "never_checked",
        (json_int_t)sum->never);
    return json_print_line(json, err);
}

static int print_summary(const struct verifying *verifying, const struct verify_result *result)
{
    struct err err = {0};
    struct scrub_sum sum = scrub_sum(verifying->scrub);
    uint64_t bad = result->bad + verifying->bad;
    char size[32], oldest[32];
    if (verifying->json) {
        if (print_summary_json(result, bad, &sum, &err) < 0)
            return report(&err);
    } else {
        if (result->not_here > 0)
            printf(_("This is a copy: %" PRIu64 " entries of its signed log are not here yet. They "
                     "stand in the open segment of the archive, or were not synced\n"),
                   result->not_here);
        if (result->destroyed > 0)
            printf(_("%" PRIu64 " objects destroyed lawfully\n"), result->destroyed);
        printf(_("%" PRIu64 " objects, %s checked: %" PRIu64 " bad, %" PRIu64 " missing\n"),
               result->objects, size_text(result->bytes, size), bad, result->missing);
        if (result->skipped > 0)
            printf(_("%" PRIu64 " segments checked, %" PRIu64 " left out; oldest check %s, %" PRIu64
                     " never checked\n"),
                   result->segments, result->skipped, time_text(sum.oldest_ns, oldest), sum.never);
    }
    if (result->stopped) {
        if (!verifying->json)
            printf(_("Stopped. 'sohoa verify --resume' goes on.\n"));
        return EXIT_INTERRUPTED;
    }
    return bad + result->missing > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

static int choose(struct verifying *verifying, const struct verify_words *words, struct err *err)
{
    if (words->sample_pct > 0)
        return scrub_take_share(verifying->scrub, words->sample_pct, err);
    if (!words->resume)
        scrub_take_all(verifying->scrub);
    else if (!scrub_take_rest(verifying->scrub))
        log_line(LOG_WARN, _("there is no interrupted verify to go on with: all is checked"));
    save_scrub(verifying);
    return 0;
}

/* Against all segments, so not when only some were looked at. A new copy may have no log yet. */
static int check_log(struct archive *archive, const struct verify_words *words,
                     const struct verify_hooks *hooks, struct verify_result *result,
                     struct err *err)
{
    uint64_t bad = result->bad;
    if (result->stopped || words->sample_pct > 0)
        return 0;
    if (!archive_has_log(archive)) {
        log_line(LOG_WARN,
                 _("there is no signed log: nothing tells whether history was rewritten"));
        return 0;
    }
    if (archive_verify_log(archive, hooks, result, err) < 0)
        return -1;
    if (result->bad > bad && archive_is_copy(archive))
        log_line(LOG_WARN, _("this is a copy: 'sohoa sync ARCHIVE COPY --check' puts what is "
                             "damaged in its log right"));
    return 0;
}

static int verify_now(struct verifying *verifying, struct archive *archive,
                      const struct verify_words *words)
{
    struct err err = {0};
    struct verify_result result = {.objects = 0};
    const struct verify_options options = {
        .workers = words->workers,
        .stop = stop_flag(),
        .skip = scrub_skips,
        .self = verifying->scrub,
    };
    const struct verify_hooks hooks = {.on_damage = on_damage,
                                       .on_object = on_object,
                                       .on_progress = on_progress,
                                       .is_destroyed = is_destroyed,
                                       .self = verifying,
                                       .on_segment = on_segment};
    if (choose(verifying, words, &err) < 0 ||
        archive_verify_with(archive, &options, &hooks, &result, &err) < 0)
        return report(&err);
    if (!result.stopped && words->sample_pct == 0)
        scrub_end(verifying->scrub);
    save_scrub(verifying);
    if (!catalogue_is_there(archive_path(archive)))
        log_line(LOG_WARN, _("there is no catalogue: 'sohoa reindex' makes it"));
    else if (!result.stopped)
        check_catalogue(verifying, &result);
    if (check_log(archive, words, &hooks, &result, &err) < 0)
        return report(&err);
    byte_bar_clear(&verifying->bar);
    int code = print_summary(verifying, &result);
    if (verifying->list && bad_list_write(verifying->list, verifying->catalogue, &err) < 0)
        return report(&err);
    return code;
}

static int open_and_verify(const struct verify_words *words, const char *path)
{
    struct err err = {0}, odd = {0}, why = {0};
    struct verifying verifying = {
        .json = words->json, .lawful = {.archive = path}, .start_ns = clock_ns(CLOCK_REALTIME)};
    CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, &err);
    CLEANUP(archive_closep)
    struct archive *archive = io ? archive_open(io, path, ARCHIVE_READ, &err) : NULL;
    CLEANUP(scrub_freep)
    struct scrub *scrub = archive ? scrub_open(archive, now_ns(), &odd, &err) : NULL;
    CLEANUP(bad_list_freep)
    struct bad_list *list = scrub && words->report ? bad_list_open(io, words->report, &err) : NULL;
    if (!scrub || (words->report && !list))
        return report(&err);
    if (odd.kind != ERR_NONE)
        log_line(LOG_WARN, _("%s: nothing counts as checked before"), odd.text);
    CLEANUP(catalogue_closep)
    struct catalogue *catalogue = catalogue_open(path, ARCHIVE_READ, &why);
    struct catalogue_stats stats = {.objects = 0};
    if (catalogue && catalogue_stats(catalogue, &stats, &why) == 0)
        verifying.catalogue = catalogue;
    else
        verifying.failure = why;
    verifying.listed = stats.objects;
    verifying.bar = byte_bar_for(words->json);
    verifying.list = list;
    verifying.scrub = scrub;
    int code = verify_now(&verifying, archive, words);
    lawful_done(&verifying.lawful);
    return code;
}

/* "2", "2%", "0.5%": more than 0, at most 100. */
static bool parse_share(const char *text, double *ret_pct)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    double pct = strtod(text, &end);
    if (*end == '%')
        end++;
    if (*end != '\0' || !(pct > 0 && pct <= 100))
        return false;
    *ret_pct = pct;
    return true;
}

enum { OPT_THREADS = OPT_FIRST_OWN, OPT_SAMPLE, OPT_RESUME, OPT_REPORT };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"workers", required_argument, NULL, OPT_THREADS},
    {"sample", required_argument, NULL, OPT_SAMPLE},
    {"resume", no_argument, NULL, OPT_RESUME},
    {"report", required_argument, NULL, OPT_REPORT},
    {0},
};

/* One option; false when its value is none it takes. */
static bool take_option(struct verify_words *words, int c)
{
    switch (c) {
    case OPT_JSON:
        words->json = true;
        return true;
    case OPT_RESUME:
        words->resume = true;
        return true;
    case OPT_REPORT:
        words->report = optarg;
        return true;
    case OPT_THREADS:
        return verify_workers_parse(optarg, &words->workers);
    default:
        return parse_share(optarg, &words->sample_pct);
    }
}

static int run(int argc, char **argv)
{
    struct verify_words words = {.workers = verify_workers_default()};
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_verify);
            return EXIT_DONE;
        }
        if (c == '?')
            return usage_error(&command_verify, _("unknown option or missing value"));
        if (!take_option(&words, c))
            return usage_error(&command_verify, _("bad value '%s'"), optarg);
    }
    if (argc - optind != 1)
        return usage_error(&command_verify, _("one archive is needed"));
    if (words.resume && words.sample_pct > 0)
        return usage_error(&command_verify, _("--sample and --resume exclude each other"));
    catch_signals();
    return open_and_verify(&words, argv[optind]);
}

const struct command command_verify = {
    .name = "verify",
    .summary = N_("read every byte and say what is not as it was"),
    .usage = "verify ARCHIVE [OPTION]...",
    .help =
        N_("Checks every byte of every segment against its checksums and SHA-256, the chain of\n"
           "commit groups, and the catalogue and the signed log against the segments. Each damage\n"
           "is named with its file, place and object; what is not damaged stays readable. Exit\n"
           "code 1 when anything is bad or missing. What was destroyed lawfully is neither: it is\n"
           "counted; so is what a copy has in its log and not in its segments yet. What was\n"
           "checked when is noted in scrub.json, which may be deleted.\n"
           "\n"
           "Options:\n"
           "  --sample P%    check this share of the sealed segments only, those checked longest\n"
           "                 ago first, and always the newest, the open one and those found bad:\n"
           "                 2% a day goes round in fifty days\n"
           "  --resume       go on with a full run that was stopped (exit code 130) or killed\n"
           "  --report FILE  the list of bad files as CSV: file, dossier, page, SHA-256,\n"
           "                 segment, offset, what is wrong (Circular 02/2019/TT-BNV)\n"
           "  --workers N    threads; default: one per core\n"
           "  --json         one JSON object per damage, and a summary at the end\n"
           "\n"
           "Examples:\n"
           "  sohoa verify archive\n"
           "  sohoa verify archive --sample 2% --report bad.csv\n"),
    .run = run,
};
