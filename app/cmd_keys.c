/* app/cmd_keys.c - sohoa keys: makes a key ring, adds keys, lists them, and erases one with all
 * that was sealed with it. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/key_erasure.h"
#include "app/keyring.h"
#include "app/writing.h"
#include "base/clock.h"
#include "base/log.h"

struct keys {
    const char *ring, *label, *archive;
    const char *basis, *person, *decided, *no_retention;
    bool yes, json;
};

/* --- init, add, ls --- */

static int run_init(const struct keys *keys)
{
    struct err err = {0};
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, &err);
    if (!io || ring_init(io, keys->ring, &err) < 0)
        return report(&err);
    if (!keys->json)
        printf(_("new key ring '%s'. Keep a copy at another place: what is sealed with its keys "
                 "is lost with it\n"),
               keys->ring);
    else
        printf("{\"init\":true}\n");
    return EXIT_DONE;
}

static json_t *entry_json(const struct ring_entry *entry)
{
    char hex[KEY_ID_HEX_LEN + 1];
    json_t *json =
        json_pack("{s:s s:s s:s s:s}", "key", key_id_hex(&entry->id, hex), "label", entry->label,
                  "made", entry->made, "state", entry->erased ? "erased" : "active");
    if (json && entry->erased) {
        json_object_set_new(json, "erased", json_string(entry->when));
        json_object_set_new(json, "by", json_string(entry->by));
        json_object_set_new(json, "why", json_string(entry->why));
    }
    return json;
}

static int tell_entry(const struct keys *keys, const struct ring_entry *entry, struct err *err)
{
    char hex[KEY_ID_HEX_LEN + 1];
    if (keys->json) {
        CLEANUP(json_freep) json_t *json = entry_json(entry);
        return json_print_line(json, err);
    }
    key_id_hex(&entry->id, hex);
    if (entry->erased)
        printf(_("%s  %-24s %s  erased %s by %s: %s\n"), hex, entry->label, entry->made,
               entry->when, entry->by, entry->why);
    else
        printf(_("%s  %-24s %s  active\n"), hex, entry->label, entry->made);
    return 0;
}

static int run_add(const struct keys *keys)
{
    struct err err = {0};
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, &err);
    CLEANUP(ring_closep)
    struct ring *ring = io ? ring_open(io, keys->ring, RING_WRITE, &err) : NULL;
    if (!ring || ring_add(ring, keys->label, clock_ns(CLOCK_REALTIME), &err) < 0)
        return report(&err);
    const struct ring_entry entry = ring_at(ring, ring_len(ring) - 1);
    return tell_entry(keys, &entry, &err) < 0 ? report(&err) : EXIT_DONE;
}

static int run_ls(const struct keys *keys)
{
    struct err err = {0};
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, &err);
    CLEANUP(ring_closep)
    struct ring *ring = io ? ring_open(io, keys->ring, RING_READ, &err) : NULL;
    if (!ring)
        return report(&err);
    for (size_t i = 0; i < ring_len(ring); i++) {
        const struct ring_entry entry = ring_at(ring, i);
        if (tell_entry(keys, &entry, &err) < 0)
            return report(&err);
    }
    return EXIT_DONE;
}

/* --- erase --- */

static int tell_erasure(const struct keys *keys, const struct key_erasure *erasure,
                        const struct erase_result *result, bool erased)
{
    struct err err = {0};
    if (keys->json) {
        CLEANUP(json_freep)
        json_t *json = json_pack(
            "{s:s s:b s:I s:I s:I s:I}", "label", keys->label, "erased", erased, "pages",
            (json_int_t)erasure->pages, "objects", (json_int_t)erasure->objects, "objects_erased",
            (json_int_t)result->objects, "bytes_erased", (json_int_t)result->bytes);
        return json_print_line(json, &err) < 0 ? report(&err) : EXIT_DONE;
    }
    printf(_("key %s: %" PRIu64 " pages, %" PRIu64 " objects are sealed with it\n"), keys->label,
           erasure->pages, erasure->objects);
    printf(erased ? _("they are destroyed, and the key is erased\n")
                  : _("nothing was destroyed: give --yes to do it\n"));
    return EXIT_DONE;
}

/* The last step: what copies hold that nobody has synced since cannot be read any more, either. */
static int erase_key(const struct keys *keys, struct err *err)
{
    const struct ring_erasure erasure = {
        .now_ns = clock_ns(CLOCK_REALTIME), .by = keys->person, .why = keys->basis};
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, err);
    CLEANUP(ring_closep) struct ring *ring = io ? ring_open(io, keys->ring, RING_WRITE, err) : NULL;
    return ring ? ring_erase(ring, keys->label, &erasure, err) : -1;
}

/* A refusal of the law, or of what was asked for, is a finding; else the exit code of the error. */
static int refuse(const struct err *err)
{
    int code = report(err);
    return err->kind == ERR_INPUT ? EXIT_FINDINGS : code;
}

static int erase_all(const struct keys *keys, struct key_erasure *erasure)
{
    struct err err = {0};
    struct erase_result result = {.objects = 0};
    ptrdiff_t at = ring_find(erasure->reading->ring, keys->label);
    if (at < 0) {
        log_line(LOG_ERROR, _("there is no key '%s' in '%s'"), keys->label, keys->ring);
        return EXIT_FINDINGS;
    }
    const struct ring_entry entry = ring_at(erasure->reading->ring, (size_t)at);
    erasure->key = entry.id;
    if (entry.erased) {
        log_line(LOG_ERROR,
                 _("key '%s' was erased on %.10s: sohoa reindex makes the archive forget "
                   "what was sealed with it"),
                 keys->label, entry.when);
        return EXIT_FINDINGS;
    }
    if (key_erasure_check(erasure, clock_ns(CLOCK_REALTIME), &err) < 0)
        return refuse(&err);
    if (erasure->refused > 0)
        return EXIT_FINDINGS;
    if (!keys->yes)
        return tell_erasure(keys, erasure, &result, false);
    if (key_erasure_commit(erasure, &err) < 0 ||
        destruction_take_away(erasure->reading, &result, &err) < 0 || erase_key(keys, &err) < 0)
        return refuse(&err);
    return tell_erasure(keys, erasure, &result, true);
}

/* 0, or -1 with a text when the words cannot be. */
static int set_words(const struct keys *keys, struct destruction_record *words, struct err *err)
{
    char today[32];
    int64_t day_ns = 0;
    if (destruction_record_basis(words, keys->basis, err) < 0 ||
        destruction_record_person(words, keys->person, err) < 0 ||
        (keys->no_retention && destruction_record_no_retention(words, keys->no_retention, err) < 0))
        return -1;
    const char *day = keys->decided ? keys->decided : time_text(clock_ns(CLOCK_REALTIME), today);
    (void)snprintf(words->decided, sizeof words->decided, "%.10s", day);
    if ((keys->decided && strlen(keys->decided) != sizeof words->decided - 1) ||
        !parse_time(words->decided, false, &day_ns))
        return err_set(err, ERR_INPUT, _("bad value '%s'"), day);
    return 0;
}

static int run_erase(const struct keys *keys)
{
    struct err err = {0};
    CLEANUP(writing_done)
    struct writing writing = {.requests_fd = -1, .silent = true, .archive.keys = keys->ring};
    CLEANUP(key_erasure_done)
    struct key_erasure erasure = {.reading = &writing.archive, .silent = true};
    if (!keys->archive)
        return usage_error(&command_keys, _("which archive? Give -A ARCHIVE"));
    if (!keys->basis || !keys->person)
        return usage_error(&command_keys,
                           _("on what basis, and who decided? Give --basis and --person"));
    if (set_words(keys, &erasure.words, &err) < 0)
        return usage_error(&command_keys, "%s", err.text);
    int code = writing_open_alone(&writing, keys->archive);
    return code == EXIT_DONE ? erase_all(keys, &erasure) : code;
}

/* --- the words --- */

enum {
    OPT_YES = OPT_FIRST_OWN,
    OPT_PERSON,
    OPT_BASIS,
    OPT_DECIDED,
    OPT_NO_RETENTION,
};

static const struct option long_options[] = {
    COMMON_OPTIONS,
    {"archive", required_argument, NULL, 'A'},
    {"person", required_argument, NULL, OPT_PERSON},
    {"basis", required_argument, NULL, OPT_BASIS},
    {"decided", required_argument, NULL, OPT_DECIDED},
    {"no-retention-set", required_argument, NULL, OPT_NO_RETENTION},
    {"yes", no_argument, NULL, OPT_YES},
    {0},
};

static bool set_option(struct keys *keys, int option, const char *text)
{
    switch (option) {
    case 'A':
        keys->archive = text;
        return true;
    case OPT_BASIS:
        keys->basis = text;
        return true;
    case OPT_PERSON:
        keys->person = text;
        return true;
    case OPT_DECIDED:
        keys->decided = text;
        return true;
    case OPT_NO_RETENTION:
        keys->no_retention = text;
        return true;
    case OPT_YES:
        keys->yes = true;
        return true;
    case OPT_JSON:
        keys->json = true;
        return true;
    default:
        return false;
    }
}

static const struct verb {
    const char *name;
    int args; /* besides itself */
    int (*run)(const struct keys *keys);
} verbs[] = {
    {"init", 1, run_init},
    {"add", 2, run_add},
    {"ls", 1, run_ls},
    {"erase", 2, run_erase},
};

static int run(int argc, char **argv)
{
    struct keys keys = {.archive = getenv("SOHOA_ARCHIVE")};
    for (int c; (c = getopt_long(argc, argv, "hA:", long_options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_keys);
            return EXIT_DONE;
        }
        if (!set_option(&keys, c, optarg))
            return usage_error(&command_keys, _("unknown option or missing value"));
    }
    char **args = argv + optind;
    int left = argc - optind;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (left == 0 || strcmp(args[0], verbs[i].name) != 0 || left - 1 != verbs[i].args)
            continue;
        keys.ring = args[1];
        keys.label = args[2]; /* NULL where there is none: argv ends so */
        return verbs[i].run(&keys);
    }
    return usage_error(&command_keys, "%s",
                       _("needed are: init RING, add RING LABEL, ls RING or erase RING LABEL"));
}

const struct command command_keys = {
    .name = "keys",
    .summary = N_("keep the keys that papers are sealed with, and erase them"),
    .usage = "keys {init RING | add RING LABEL | ls RING |\n"
             "                   erase RING LABEL -A ARCHIVE --basis TEXT --person TEXT} "
             "[OPTION]...",
    .help = N_(
        "RING is a file outside of the archive that only its owner may read. What is archived "
        "with\n"
        "`ingest --keys RING --seal LABEL` can be read only by who has the ring: every command "
        "takes\n"
        "--keys RING, or the variable SOHOA_KEYS. verify, sync, repair and prove need no key.\n"
        "docs/encryption.md tells what a copy, a disk or another archive give away all the same.\n"
        "\n"
        "init     makes a ring without keys\n"
        "add      makes a key; LABEL is 1 to 64 of A-Z a-z 0-9 . - _ / : and given once, e.g.\n"
        "         retention-10 or dossier:H57.12-250705-0001\n"
        "ls       lists the keys; their secrets are never shown\n"
        "erase    destroys all that is sealed with a key, under the conditions of `sohoa "
        "destroy`,\n"
        "         and then the key: what copies still hold cannot be read any more. A run that "
        "was\n"
        "         cut short is finished by the same command. Copies of the ring are not reached\n"
        "\n"
        "Options:\n"
        "      --json   one JSON object per key\n"
        "Options of erase:\n"
        "  -A, --archive DIR        the archive (default: $SOHOA_ARCHIVE)\n"
        "  --basis TEXT             the legal basis, at most 500 characters\n"
        "  --person TEXT            who decided, at most 200 characters\n"
        "  --decided DATE           when, like 2026-11-22 (default: today, UTC)\n"
        "  --no-retention-set TEXT  why it may go although no retention was set\n"
        "  --yes                    do it; else it is only said what would be destroyed\n"
        "\n"
        "Examples:\n"
        "  sohoa keys init /root/sohoa.keys\n"
        "  sohoa keys add /root/sohoa.keys retention-10\n"
        "  sohoa ingest -A archive --keys /root/sohoa.keys --seal retention-10 scans/\n"
        "  sohoa keys erase /root/sohoa.keys retention-10 -A archive --basis 'QĐ 15/QĐ-UBND' \\\n"
        "      --person 'Hội đồng xét huỷ' --yes\n"),
    .run = run,
};
