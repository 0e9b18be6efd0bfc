/* app/run_options.c - what the commands that take files in share: options, signals, outcomes. */
#include "app/run_options.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/keyring.h"
#include "base/log.h"
#include "pipeline/quarantine.h"
#include "records/extract.h"

/* The one flag a signal may touch (house rule: no other mutable global). */
static _Atomic int stop_requested;

_Atomic int *stop_flag(void)
{
    return &stop_requested;
}

static void on_signal(int number)
{
    if (stop_requested && number == SIGINT)
        _exit(EXIT_INTERRUPTED); /* asked twice: now. What was told of is durable all the same. */
    stop_requested = 1;
}

void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

struct run_options run_options_default(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct run_options){.archive = getenv("SOHOA_ARCHIVE"),
                                .pipeline = {.workers = cores < 1             ? 1
                                                        : cores > WORKERS_MAX ? WORKERS_MAX
                                                                              : (uint32_t)cores,
                                             .limits = LIMITS_DEFAULT,
                                             .language = "vie"}};
}

/* One of the words at the index it has in `words`; false when it is none of them. */
static bool choose(const char *text, const char *const words[], int n, int *ret_index)
{
    for (int i = 0; i < n; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret_index = i;
            return true;
        }
    return false;
}

static bool set_limit(struct pipeline_options *options, int option, const char *text)
{
    struct limits *limits = &options->limits;
    uint64_t number = 0;
    bool ok = false;
    switch (option) {
    case OPT_WORKERS:
        ok = parse_number(text, 1, WORKERS_MAX, &number);
        options->workers = (uint32_t)number;
        break;
    case OPT_FILE_MAX:
        ok = parse_number(text, 1, GIB, &number);
        limits->file_bytes_max = number;
        if (limits->sources_bytes_max < number)
            limits->sources_bytes_max = number;
        break;
    case OPT_PIXELS_MAX:
        ok = parse_number(text, 10000, 1000000000, &limits->pixels_max);
        break;
    case OPT_PAGES_MAX:
        ok = parse_number(text, 1, 20000, &number);
        limits->pages_max = (uint32_t)number;
        break;
    case OPT_PAGE_SECONDS:
        ok = parse_number(text, 1, 3600, &number);
        limits->page_ms_max = (uint32_t)number * 1000;
        break;
    case OPT_MAX_FAILURES:
        ok = parse_number(text, 0, 100, &number);
        options->failures_max_pct = (uint32_t)number;
        break;
    case OPT_CELL_MEMORY:
        ok = parse_number(text, 256 * MIB, 64 * GIB, &limits->cell_bytes_max);
        break;
    default:
        break;
    }
    return ok;
}

bool run_options_set(void *self, int option, char *text)
{
    struct run_options *run = self;
    static const char *const bad_pages[] = {"placeholder", "reject-document", "abort-batch"};
    static const char *const sheets[] = {"drop", "keep"};
    static const char *const engines[] = {"auto", "fast", "tesseract"};
    static const char *const isolations[] = {"process", "thread"}, *const ios[] = {"auto", "uring",
                                                                                   "plain"};
    struct pipeline_options *options = &run->pipeline;
    int index = 0;
    switch (option) {
    case OPT_JSON:
        run->json = true;
        return true;
    case 'q':
        run->quiet = true;
        return true;
    case 'A':
        run->archive = text;
        return true;
    case OPT_KEYS:
        run->keys = text;
        return text[0] != '\0';
    case OPT_SEAL_WITH:
        run->label = text;
        return ring_label_fine(text);
    case OPT_RULES:
        run->rules = text;
        return text[0] != '\0';
    case OPT_LANGUAGE:
        options->language = text;
        return strlen(text) > 0 && strlen(text) < 48;
    case OPT_ON_BAD_PAGE:
        if (!choose(text, bad_pages, ARRAY_LEN(bad_pages), &index))
            return false;
        options->bad_page = (enum bad_page)index;
        return true;
    case OPT_SEPARATOR_SHEET:
        if (!choose(text, sheets, ARRAY_LEN(sheets), &index))
            return false;
        options->keep_sheets = index == 1;
        return true;
    case OPT_ENGINE:
        if (!choose(text, engines, ARRAY_LEN(engines), &index))
            return false;
        options->engine = (enum reader_choice)index;
        return true;
    case OPT_ISOLATION:
        if (!choose(text, isolations, ARRAY_LEN(isolations), &index))
            return false;
        options->isolation = (enum isolation)index;
        return true;
    case OPT_IO:
        if (!choose(text, ios, ARRAY_LEN(ios), &index))
            return false;
        options->io = (enum io_choice)index;
        return true;
    default:
        return set_limit(options, option, text);
    }
}

struct from_file {
    const struct run_command *command;
    void *self;
};

/* A key of the configuration is the long option of that name; some are of other commands. */
static bool set_by_name(void *self, const char *name, char *value)
{
    const struct from_file *from = self;
    for (const struct option *option = from->command->options; option->name; option++)
        if (strcmp(option->name, name) == 0)
            return from->command->set(from->self, option->val, value);
    return true;
}

int run_options_parse(const struct run_command *run, int argc, char **argv, void *self,
                      struct config **config)
{
    static const char short_options[] = "hqA:c:";
    struct from_file from = {run, self};
    struct err err = {0};
    for (int c; (c = getopt_long(argc, argv, short_options, run->options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(run->command);
            return EXIT_DONE;
        }
        if (c == '?' || c == ':')
            return usage_error(run->command, _("unknown option or missing value"));
        if (c != 'c')
            continue;
        config_freep(config);
        *config = config_load(optarg, set_by_name, &from, &err);
        if (!*config)
            return usage_error(run->command, "%s", err.text);
    }
    optind = 1; /* once more: what stands on the command line wins over the file */
    for (int c; (c = getopt_long(argc, argv, short_options, run->options, NULL)) != -1;)
        if (c != 'c' && !run->set(self, c, optarg))
            return usage_error(run->command, _("bad value '%s'"), optarg);
    return -1;
}

int run_options_unlock(const struct command *command, struct run_options *run)
{
    struct err err = {0};
    const char *path = keyring_path() ? keyring_path() : run->keys;
    if (run->label && !path)
        return usage_error(command, _("in which ring is the key to seal with? Give --keys RING"));
    if (!path)
        return EXIT_DONE;
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, &err);
    run->ring = io ? keyring_open(io, path, run->archive, &err) : NULL;
    if (!run->ring || (run->label && ring_key_of(run->ring, run->label, &run->seal, &err) < 0))
        return report(&err);
    run->pipeline.keys = run->ring;
    run->pipeline.seal = run->label ? &run->seal : NULL;
    return EXIT_DONE;
}

int run_options_rules(const struct command *command, struct run_options *run)
{
    char shipped[PATH_BYTES_MAX];
    struct err err = {0};
    if (run->rules && strcmp(run->rules, "none") == 0)
        return -1;
    if (run->rules)
        run->loaded = extract_rules_load(run->rules, &err);
    else if (beside_program("fields", shipped))
        run->loaded = extract_rules_load(shipped, &err);
    else
        (void)err_set(&err, ERR_INPUT, "%s", _("they are not beside the program"));
    run->pipeline.rules = run->loaded;
    if (run->loaded)
        return -1;
    if (run->rules)
        return err.kind == ERR_INPUT ? usage_error(command, "%s", err.text) : report(&err);
    log_line(LOG_WARN, _("no fields will be noted, the rules for them cannot be used: %s"),
             err.text);
    return -1;
}

void run_options_done(struct run_options *run)
{
    ring_close(run->ring);
    run->ring = NULL;
    seal_key_done(&run->seal);
    extract_rules_freep(&run->loaded);
    run->pipeline.rules = NULL;
}

int run_report(const struct err *err)
{
    int code = report(err);
    return err->reason != REASON_NONE ? EXIT_FINDINGS : code; /* too much failed */
}

/* --- outcomes --------------------------------------------------------------------------------- */

static const char *const outcome_names[] = {"archived", "duplicate", "quarantined"};

json_t *outcome_json(const struct outcome *outcome)
{
    char hex[DIGEST_HEX_LEN + 1];
    json_t *json = json_pack("{s:s s:s s:s s:I s:I s:I}", "source", outcome->path, "outcome",
                             outcome_names[outcome->kind], "format", outcome->format, "bytes",
                             (json_int_t)outcome->size_bytes, "pages", (json_int_t)outcome->pages,
                             "pages_failed", (json_int_t)outcome->pages_failed);
    json_object_set_new(json, "sha256",
                        digest_is_zero(outcome->id) ? json_null()
                                                    : json_string(digest_hex(outcome->id, hex)));
    if (outcome->reason != REASON_NONE) {
        struct err err = {0};
        CLEANUP(bytes_done) struct bytes text = {0};
        if (reason_sentence(outcome->reason, outcome->detail, language_of_reasons(), &text, &err) ==
            0)
            json_object_set_new(json, "reason", json_stringn((const char *)text.data, text.len));
        json_object_set_new(json, "reason_code", json_string(reason_code(outcome->reason)));
    }
    return json;
}

void print_outcome(const struct outcome *outcome)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes why = {0};
    if (outcome->reason != REASON_NONE &&
        reason_sentence(outcome->reason, outcome->detail, language_of_reasons(), &why, &err) < 0)
        return;
    switch (outcome->kind) {
    case OUTCOME_ARCHIVED:
        if (outcome->pages_failed)
            printf(_("archived     %s (%u pages, %u could not be read: %.*s)\n"), outcome->path,
                   outcome->pages, outcome->pages_failed, (int)why.len, (const char *)why.data);
        else
            printf(ngettext("archived     %s (%u page)\n", "archived     %s (%u pages)\n",
                            outcome->pages),
                   outcome->path, outcome->pages);
        break;
    case OUTCOME_DUPLICATE:
        printf(_("duplicate    %s\n"), outcome->path);
        break;
    case OUTCOME_RETURNED: /* of claimed files only: none here */
    case OUTCOME_RECORDED: /* no file */
        break;
    case OUTCOME_QUARANTINED:
        printf(_("quarantined  %s: %.*s\n"), outcome->path, (int)why.len, (const char *)why.data);
        break;
    }
    (void)fflush(stdout);
}

void tell_outcome(const struct run_options *run, const struct outcome *outcome)
{
    struct err ignored = {0};
    if (run->json) {
        CLEANUP(json_freep) json_t *json = outcome_json(outcome);
        (void)!json_print_line(json, &ignored);
    } else if (!run->quiet)
        print_outcome(outcome);
}
