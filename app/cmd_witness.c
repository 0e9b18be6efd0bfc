/* app/cmd_witness.c - sohoa witness: signs other archives' heads, after checking their history. */
#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "app/app.h"
#include "base/fd.h"
#include "base/log.h"
#include "io/files.h"
#include "storage/witness.h"

enum { OPT_NAME = OPT_FIRST_OWN, OPT_STATE, OPT_TRUST };
#define TRUST_MAX 64 /* options of one call */

struct wish {
    const char *name, *state, *key;
    const char *trust[TRUST_MAX];
    size_t trust_len;
};

struct signing {
    struct io *io;
    int key_fd; /* locked: one witness at a time with this key */
    struct sign_key *secret;
    struct note_key key;
    struct witness witness;
    const char *state;
};

static void signing_done(struct signing *signing)
{
    witness_done(&signing->witness);
    sign_key_free(signing->secret);
    fd_close(&signing->key_fd);
    io_close(signing->io);
}

static int open_key(struct signing *signing, const struct wish *wish, struct err *err)
{
    CLEANUP(sign_wipe) struct bytes pem = {0};
    signing->key_fd = io_open_at(signing->io, IO_CWD, wish->key, 0, 0, err);
    if (signing->key_fd < 0)
        return -1;
    if (flock(signing->key_fd, LOCK_EX | LOCK_NB) < 0)
        return err_set(err, ERR_RETRY, "'%s' is in use by another witness", wish->key);
    if (io_read_whole(signing->io, IO_CWD, wish->key, SIGN_PEM_MAX, &pem, err) < 0)
        return -1;
    signing->secret = sign_key_load(bytes_span(&pem), err);
    if (!signing->secret)
        return err_wrap(err, "'%s'", wish->key);
    struct sign_public public = sign_key_public(signing->secret);
    return note_key_init(&signing->key, wish->name, NOTE_KEY_WITNESS, &public, err);
}

static int open_state(struct signing *signing, const struct wish *wish, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    signing->state = wish->state;
    if (io_read_whole(signing->io, IO_CWD, wish->state, WITNESS_STATE_MAX, &text, err) < 0)
        return -1;
    if (witness_parse(bytes_span(&text), &signing->witness, err) < 0)
        return err_wrap(err, "'%s'", wish->state);
    return 0;
}

static int keep_state(struct signing *signing, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    if (witness_write(&signing->witness, &text, err) < 0)
        return -1; /* UNTESTED: no memory */
    return write_output(signing->io, signing->state, bytes_span(&text), err);
}

/* The key itself, or a file that holds it. */
static int trust(struct signing *signing, const char *what, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    struct note_key key;
    struct err ignored = {0};
    struct span vkey = span_of_text(what);
    if (io_read_whole(signing->io, IO_CWD, what, NOTE_VKEY_MAX, &text, &ignored) > 0)
        vkey = bytes_span(&text);
    if (note_key_parse(vkey, &key, err) < 0)
        return err_wrap(err, "'%.80s'", what);
    return witness_trust(&signing->witness, &key, err);
}

/* What is signed was remembered before: a crash may forget a signature, never what was signed. */
static int look(struct signing *signing, const char *path, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(bytes_done) struct bytes line = {0};
    struct span body;
    int rc = io_read_whole(signing->io, IO_CWD, path, NOTE_BYTES_MAX, &text, err);
    if (rc == 0)
        return err_set(err, ERR_INPUT, "there is no '%s'", path);
    if (rc < 0)
        return -1;
    if (witness_look(&signing->witness, bytes_span(&text), &body, err) < 0)
        return err_wrap(err, "'%s'", path);
    if (keep_state(signing, err) < 0 ||
        note_sign(body, &signing->key, signing->secret, (uint64_t)time(NULL), &line, err) < 0)
        return -1;
    return write_output(signing->io, NULL, bytes_span(&line), err);
}

static int print_key(const struct signing *signing, struct err *err)
{
    CLEANUP(bytes_done) struct bytes vkey = {0};
    if (note_key_write(&signing->key, &vkey, err) < 0 ||
        bytes_append(&vkey, span_of_text("\n"), err) < 0)
        return -1; /* UNTESTED: no memory */
    return write_output(signing->io, NULL, bytes_span(&vkey), err);
}

static int witness(const struct wish *wish, char **checkpoints, int n)
{
    struct err err = {0};
    CLEANUP(signing_done) struct signing signing = {.key_fd = -1};
    int code = EXIT_DONE;
    signing.io = io_open(IO_AUTO, NULL, &err);
    if (!signing.io || open_key(&signing, wish, &err) < 0 || open_state(&signing, wish, &err) < 0)
        return report(&err);
    for (size_t i = 0; i < wish->trust_len; i++)
        if (trust(&signing, wish->trust[i], &err) < 0)
            return report(&err);
    if (wish->trust_len > 0 && keep_state(&signing, &err) < 0)
        return report(&err);
    if (n == 0 && print_key(&signing, &err) < 0)
        return report(&err);
    for (int i = 0; i < n; i++) {
        if (look(&signing, checkpoints[i], &err) == 0)
            continue;
        int failed = report(&err);
        if (err.kind != ERR_INPUT)
            return failed;
        code = EXIT_FINDINGS;
    }
    return code;
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"name", required_argument, NULL, OPT_NAME},
        {"state", required_argument, NULL, OPT_STATE},
        {"trust", required_argument, NULL, OPT_TRUST},
        {0},
    };
    struct wish wish = {.name = NULL};
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        switch (c) {
        case 'h':
        case OPT_HELP:
            print_help(&command_witness);
            return EXIT_DONE;
        case OPT_NAME:
            wish.name = optarg;
            break;
        case OPT_STATE:
            wish.state = optarg;
            break;
        case OPT_TRUST:
            if (wish.trust_len == TRUST_MAX)
                return usage_error(&command_witness, _("too many values"));
            wish.trust[wish.trust_len++] = optarg;
            break;
        case OPT_JSON:
            break;
        default:
            return usage_error(&command_witness, _("unknown option or missing value"));
        }
    }
    if (argc - optind < 1 || !wish.name)
        return usage_error(&command_witness, _("a key and --name are needed"));
    char *state = NULL;
    wish.key = argv[optind];
    if (!wish.state && asprintf(&state, "%s.state", wish.key) < 0)
        return EXIT_ENVIRONMENT; /* UNTESTED: no memory */
    if (state)
        wish.state = state;
    int code = witness(&wish, argv + optind + 1, argc - optind - 1);
    free(state);
    return code;
}

const struct command command_witness = {
    .name = "witness",
    .summary = N_("sign other archives' heads, if their history was only continued"),
    .usage = "witness --name NAME [--trust VKEY]... KEY [CHECKPOINT...]",
    .help = N_(
        "For who keeps an eye on another archive. Each CHECKPOINT is a file as sohoa checkpoint\n"
        "wrote it. It is signed when the archive's key signed it and it continues the last one\n"
        "that was signed here; the signature is printed, a line to put at the end of the\n"
        "checkpoint. A history that became shorter, and one that was rewritten, are refused,\n"
        "each with a message of its own and exit code 1. Without CHECKPOINT the witness's own\n"
        "public key is printed.\n"
        "\n"
        "KEY is a file with a private key, made once:\n"
        "  openssl genpkey -algorithm ed25519 -out KEY\n"
        "\n"
        "Options:\n"
        "  --name NAME    what the witness is called, like archive.example.vn/witness\n"
        "  --trust VKEY   take an archive in: its public key (log/key.vkey), or a file with it\n"
        "  --state FILE   what was signed last of each archive (default: KEY.state)\n"
        "\n"
        "Examples:\n"
        "  sohoa witness --name example.vn/w1 --trust key.vkey key.pem\n"
        "  sohoa witness --name example.vn/w1 key.pem checkpoint >>checkpoint\n"),
    .run = run,
};
