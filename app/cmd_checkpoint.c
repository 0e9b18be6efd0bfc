/* app/cmd_checkpoint.c - sohoa checkpoint: the signed head of the archive's log, for others to
 * keep. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/app.h"
#include "storage/archive_log.h"
#include "storage/proof.h"

enum { OPT_SINCE = OPT_FIRST_OWN };

struct wish {
    bool json, since_told;
    uint64_t since;
    const char *output;
};

static int print_json(struct log *log, const struct growth *growth, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    const struct checkpoint *head = log_head(log);
    CLEANUP(bytes_done) struct bytes vkey = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    if (note_key_write(log_key(log), &vkey, err) < 0 || growth_write(growth, &text, err) < 0)
        return -1; /* UNTESTED: no memory */
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:I s:s s:s% s:s%}", "origin", head->origin, "size",
                             (json_int_t)head->size, "root", digest_hex(&head->root, hex), "key",
                             vkey.data, vkey.len, "checkpoint", text.data, text.len);
    return json_print_line(json, err);
}

static int give(const char *path, const struct wish *wish, bool *ret_beyond, struct err *err)
{
    CLEANUP(bytes_done) struct bytes out = {0};
    CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, err);
    CLEANUP(archive_closep)
    struct archive *archive = io ? archive_open(io, path, ARCHIVE_READ, err) : NULL;
    struct log *log = archive ? archive_log(archive, err) : NULL;
    if (!log)
        return -1;
    struct growth growth = {.told = wish->since_told, .old = wish->since, .note = log_note(log)};
    *ret_beyond = wish->since_told && wish->since > log_head(log)->size;
    if (*ret_beyond)
        return err_set(err, ERR_INPUT, "the log has %" PRIu64 " entries only", log_head(log)->size);
    if (wish->since_told && log_prove_growth(log, wish->since, &growth.proof, err) < 0)
        return -1;
    if (wish->json)
        return print_json(log, &growth, err);
    if (growth_write(&growth, &out, err) < 0)
        return -1; /* UNTESTED: no memory */
    return write_output(io, wish->output, bytes_span(&out), err);
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"output", required_argument, NULL, 'o'},
        {"since", required_argument, NULL, OPT_SINCE},
        {0},
    };
    struct err err = {0};
    struct wish wish = {.json = false};
    bool beyond = false;
    for (int c; (c = getopt_long(argc, argv, "ho:", long_options, NULL)) != -1;) {
        switch (c) {
        case 'h':
        case OPT_HELP:
            print_help(&command_checkpoint);
            return EXIT_DONE;
        case OPT_JSON:
            wish.json = true;
            break;
        case 'o':
            wish.output = optarg;
            break;
        case OPT_SINCE:
            wish.since_told = true;
            if (!parse_number(optarg, 0, MERKLE_SIZE_MAX, &wish.since))
                return usage_error(&command_checkpoint, _("bad value '%s'"), optarg);
            break;
        default:
            return usage_error(&command_checkpoint, _("unknown option or missing value"));
        }
    }
    if (argc - optind != 1)
        return usage_error(&command_checkpoint, _("one archive is needed"));
    if (give(argv[optind], &wish, &beyond, &err) == 0)
        return EXIT_DONE;
    int code = report(&err);
    return beyond ? EXIT_FINDINGS : code;
}

const struct command command_checkpoint = {
    .name = "checkpoint",
    .summary = N_("give the signed head of the archive's log"),
    .usage = "checkpoint ARCHIVE [--since SIZE] [-o FILE] [--json]",
    .help =
        N_("Every object is an entry of a log that can only grow. Its head, the number of entries\n"
           "and one hash, is signed with the archive's key. Who keeps a head can tell later\n"
           "whether the archive still holds everything it held then. Give heads away often.\n"
           "\n"
           "Options:\n"
           "  --since SIZE       put the proof before it that the log of SIZE entries was\n"
           "                     continued and not changed; witnesses ask for it\n"
           "  -o, --output FILE  write there, whole or not at all (default: standard output)\n"
           "  --json             one JSON object: origin, size, root, key, checkpoint\n"
           "\n"
           "Examples:\n"
           "  sohoa checkpoint archive -o 2026-11-30.checkpoint\n"
           "  sohoa checkpoint archive --since 70000\n"),
    .run = run,
};
