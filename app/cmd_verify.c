/* app/cmd_verify.c - sohoa verify: reads every byte and says what is not as it was. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "storage/archive_log.h"

struct verifying {
    bool json, bar;
    struct catalogue *catalogue; /* NULL: it cannot be opened */
    uint64_t listed;    /* objects in the catalogue before the segments were read: a writer at work
                         * may add more meanwhile */
    uint64_t known;     /* objects read that the catalogue has at the same place */
    uint64_t bad;       /* found here, beside what the archive found */
    struct err failure; /* of asking the catalogue */
};

static void print_damage(const struct verifying *verifying, const struct damage *damage)
{
    struct err err = {0};
    char hex[DIGEST_HEX_LEN + 1] = "";
    bool named = !digest_is_zero(&damage->id);
    if (named)
        digest_hex(&damage->id, hex);
    if (verifying->bar)
        (void)fprintf(stderr, "\r\033[K");
    if (!verifying->json) {
        printf(_("%s  %s at byte %" PRIu64 "%s%s: %s\n"), damage->missing ? _("MISSING") : _("BAD"),
               damage->file, damage->off, named ? _(", object ") : "", hex, damage->what);
        return;
    }
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:s s:I s:o s:b s:s}", "file", damage->file, "offset", (json_int_t)damage->off, "object",
        named ? json_string(hex) : json_null(), "missing", damage->missing, "what", damage->what);
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
    if (!verifying->catalogue || verifying->failure.kind != ERR_NONE)
        return;
    int found =
        catalogue_find_object(verifying->catalogue, &entry->id, &known, &verifying->failure);
    if (found == 1 && known.place.segment == entry->place.segment &&
        known.place.off == entry->place.off)
        verifying->known++;
}

static void on_progress(void *self, uint64_t done_bytes, uint64_t all_bytes)
{
    const struct verifying *verifying = self;
    char done[32], all[32];
    if (!verifying->bar)
        return;
    (void)fprintf(stderr, "\r\033[K");
    (void)fprintf(stderr, _("%s of %s checked"), size_text(done_bytes, done),
                  size_text(all_bytes, all));
}

/* The catalogue is derived, but a wrong one shows wrong pages, so it must be whole. What it lists
 * and no segment holds, beyond what was found damaged, is missing: it once was durable. What it
 * does not list yet is no fault: a writer takes it in. */
static void check_catalogue(struct verifying *verifying, struct verify_result *result)
{
    struct damage damage = {.file = "catalogue.db"};
    struct err err = verifying->failure;
    if (err.kind == ERR_NONE && catalogue_check(verifying->catalogue, &err) == 0) {
        uint64_t accounted = verifying->known + result->bad + result->missing;
        if (verifying->listed <= accounted)
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

static int print_summary(const struct verifying *verifying, const struct verify_result *result)
{
    struct err err = {0};
    uint64_t bad = result->bad + verifying->bad;
    char size[32];
    if (verifying->json) {
        CLEANUP(json_freep)
        json_t *json = json_pack("{s:{s:I s:I s:I s:I}}", "summary", "objects",
                                 (json_int_t)result->objects, "bytes", (json_int_t)result->bytes,
                                 "bad", (json_int_t)bad, "missing", (json_int_t)result->missing);
        if (json_print_line(json, &err) < 0)
            return report(&err);
    } else
        printf(_("%" PRIu64 " objects, %s checked: %" PRIu64 " bad, %" PRIu64 " missing\n"),
               result->objects, size_text(result->bytes, size), bad, result->missing);
    return bad + result->missing > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct err err = {0};
    struct verifying verifying = {.json = false};
    struct verify_result result = {.objects = 0};
    int code =
        parse_common(&command_verify, argc, argv, 1, _("one archive is needed"), &verifying.json);
    if (code >= 0)
        return code;
    const char *path = argv[optind];
    CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, &err);
    CLEANUP(archive_closep)
    struct archive *archive = io ? archive_open(io, path, ARCHIVE_READ, &err) : NULL;
    if (!archive)
        return report(&err);
    CLEANUP(catalogue_closep)
    struct catalogue *catalogue = catalogue_open(path, ARCHIVE_READ, &verifying.failure);
    struct catalogue_stats stats = {.objects = 0};
    if (catalogue && catalogue_stats(catalogue, &stats, &verifying.failure) == 0)
        verifying.catalogue = catalogue;
    verifying.listed = stats.objects;
    verifying.bar = !verifying.json && isatty(STDERR_FILENO) == 1;
    const struct verify_hooks hooks = {on_damage, on_object, on_progress, &verifying, NULL};
    if (archive_verify(archive, &hooks, &result, &err) < 0)
        return report(&err);
    check_catalogue(&verifying, &result);
    if (archive_verify_log(archive, &hooks, &result, &err) < 0)
        return report(&err);
    if (verifying.bar)
        (void)fprintf(stderr, "\r\033[K");
    return print_summary(&verifying, &result);
}

const struct command command_verify = {
    .name = "verify",
    .summary = N_("read every byte and say what is not as it was"),
    .usage = "verify ARCHIVE [--json]",
    .help =
        N_("Checks every byte of every segment against its checksums and SHA-256, the chain of\n"
           "commit groups, and the catalogue and the signed log against the segments. Each damage\n"
           "is named with its file, place and object; what is not damaged stays readable. Exit\n"
           "code 1 when anything is bad or missing.\n"
           "\n"
           "Options:\n"
           "  --json   one JSON object per damage, and a summary at the end\n"
           "\n"
           "Example:\n"
           "  sohoa verify archive\n"),
    .run = run,
};
