/* app/cmd_watch.c - sohoa watch: the service for scanning stations and hubs. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/config.h"
#include "app/notify.h"
#include "app/run_options.h"
#include "app/status_file.h"
#include "base/log.h"
#include "pipeline/watch.h"

#define SETTLE_DEFAULT_MS      2000
#define RESCAN_DEFAULT_MS      2000
#define SIDECAR_WAIT_DEFAULT_S 3600
#define QUIET_MAX_S            60
#define DISK_RESERVE_BYTES     (512 * MIB)

struct service {
    struct run_options run;
    struct watch_options options;
    struct hot_folder_options folders[WATCH_FOLDERS_MAX];
    char *paths[WATCH_FOLDERS_MAX]; /* real ones, owned */
    struct dossier_rule rules[WATCH_FOLDERS_MAX];
    const char *argument; /* PATH on the command line instead of a configuration */
    struct notify notify;
    bool findings; /* something was quarantined */
};

static void on_outcome(void *self, const struct outcome *outcome)
{
    struct service *service = self;
    service->findings |= outcome->kind == OUTCOME_QUARANTINED;
    tell_outcome(&service->run, outcome);
}

static void on_status(void *self, const struct watch_status *status)
{
    struct service *service = self;
    struct err err = {0};
    if (status_file_write(service->run.archive, status, &err) < 0)
        log_line(LOG_WARN, "%s", err.text);
    /* By the clock a page may take ten times its limit of work: child_wait(). */
    notify_status(&service->notify, status,
                  QUIET_MAX_S + service->run.pipeline.limits.page_ms_max / 100.0);
}

enum { OPT_ONCE = OPT_FIRST_OF_COMMAND, OPT_RESCAN, OPT_RESERVE, OPT_SIDECAR_WAIT };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    RUN_OPTIONS,
    {"once", no_argument, NULL, OPT_ONCE},
    {"rescan-seconds", required_argument, NULL, OPT_RESCAN},
    {"disk-reserve", required_argument, NULL, OPT_RESERVE},
    {"sidecar-wait-seconds", required_argument, NULL, OPT_SIDECAR_WAIT},
    {0},
};

static bool set_option(void *self, int option, char *text)
{
    struct service *service = self;
    uint64_t number = 0;
    switch (option) {
    case OPT_ONCE:
        service->options.once = true;
        return true;
    case OPT_RESCAN:
        if (!parse_number(text, 1, 3600, &number))
            return false;
        service->options.rescan_ms = (uint32_t)number * 1000;
        return true;
    case OPT_SIDECAR_WAIT:
        if (!parse_number(text, 0, 30 * 86400, &number))
            return false;
        service->options.sidecar_wait_s = (uint32_t)number;
        return true;
    case OPT_RESERVE:
        return parse_number(text, 0, (uint64_t)GIB * 1024, &service->options.disk_reserve);
    default:
        return run_options_set(&service->run, option, text);
    }
}

/* --- folders ---------------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < HOT_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* NULL, or the name of the value that cannot be. */
static const char *set_folder(const struct config_folder *from, struct hot_folder_options *folder)
{
    uint64_t seconds = 0;
    *folder = (struct hot_folder_options){.name = from->name,
                                          .path = from->path,
                                          .urgent = true,
                                          .settle_ms = SETTLE_DEFAULT_MS,
                                          .marker = from->marker};
    if (!is_name(from->name))
        return "name";
    if (from->priority && strcmp(from->priority, "batch") == 0)
        folder->urgent = false;
    else if (from->priority && strcmp(from->priority, "station") != 0)
        return "priority";
    if (from->after && strcmp(from->after, "delete") == 0)
        folder->after = HOT_DELETE;
    else if (from->after && strcmp(from->after, "move") != 0)
        return "after";
    if (from->settle_seconds && !parse_number(from->settle_seconds, 0, 86400, &seconds))
        return "settle-seconds";
    if (from->settle_seconds)
        folder->settle_ms = (uint32_t)seconds * 1000;
    if (from->marker && (strlen(from->marker) < 2 || strchr(from->marker, '/')))
        return "marker";
    return NULL;
}

static bool holds(const char *folder, const char *path)
{
    size_t len = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    return strncmp(folder, path, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static int apart(const char *what, const char *a, const char *b, struct err *err)
{
    if (!holds(a, b) && !holds(b, a))
        return 0;
    return err_input(err, REASON_NONE, "hot folder '%s' is in %s '%s', or holds it", b, what, a);
}

static int real_path(struct service *service, size_t i, const char *archive, struct err *err)
{
    struct hot_folder_options *folder = &service->folders[i];
    service->paths[i] = realpath(folder->path, NULL);
    if (!service->paths[i])
        return err_sys(err, "hot folder '%s'", folder->path);
    folder->path = service->paths[i];
    /* Everything in a hot folder is taken out of it. */
    if (apart("the archive", archive, folder->path, err) < 0)
        return -1;
    for (size_t j = 0; j < i; j++) {
        if (strcmp(service->folders[j].name, folder->name) == 0)
            return err_input(err, REASON_NONE, "two hot folders are named '%s'", folder->name);
        if (apart("hot folder", service->folders[j].path, folder->path, err) < 0)
            return -1;
    }
    return 0;
}

static int set_rule(struct service *service, size_t i, const char *pattern, struct err *err)
{
    if (!pattern)
        return 0;
    if (dossier_rule_init(&service->rules[i], pattern, err) < 0)
        return err_wrap(err, "folder %zu: bad value for 'dossier-from'", i + 1);
    service->folders[i].dossier_from = &service->rules[i];
    return 0;
}

static void free_path(char **path)
{
    free(*path);
}

static int set_folders(struct service *service, const struct config *config, struct err *err)
{
    const struct config_folder argument = {.name = (char *)(uintptr_t) "inbox",
                                           .path = (char *)(uintptr_t)service->argument};
    size_t len = 0;
    const struct config_folder *folders = config_folders(config, &len);
    if (service->argument) {
        folders = &argument;
        len = 1;
    }
    if (len == 0)
        return err_input(err, REASON_NONE, "%s", _("no hot folder to watch"));
    CLEANUP(free_path) char *archive = realpath(service->run.archive, NULL);
    if (!archive)
        return err_sys(err, "'%s'", service->run.archive);
    for (size_t i = 0; i < len; i++) {
        const char *bad = set_folder(&folders[i], &service->folders[i]);
        if (bad)
            return err_input(err, REASON_NONE, "folder %zu: bad value for '%s'", i + 1, bad);
        if (set_rule(service, i, folders[i].dossier_from, err) < 0 ||
            real_path(service, i, archive, err) < 0)
            return -1;
    }
    service->options.folders = service->folders;
    service->options.folder_len = len;
    return 0;
}

/* --- running ---------------------------------------------------------------------------------- */

static int serve(struct service *service)
{
    struct err err = {0};
    struct watch_options *options = &service->options;
    options->pipeline = service->run.pipeline;
    options->pipeline.archive = service->run.archive;
    options->pipeline.stop = stop_flag();
    options->on_outcome = on_outcome;
    options->on_status = on_status;
    options->self = service;
    catch_signals();
    (void)signal(SIGIO, SIG_IGN); /* leases raise it, see hot_folder.c */
    int rc = watch_run(options, &err);
    notify_stopping(&service->notify);
    if (rc < 0)
        return report(&err);
    if (*stop_flag())
        return EXIT_INTERRUPTED;
    return service->findings ? EXIT_FINDINGS : EXIT_DONE; /* with --once only */
}

static int load(struct service *service, int argc, char **argv, struct config **config)
{
    static const struct run_command how = {&command_watch, long_options, set_option};
    struct err err = {0};
    int code = run_options_parse(&how, argc, argv, service, config);
    if (code >= 0)
        return code;
    if (argc - optind > 1)
        return usage_error(&command_watch, _("one folder, or a configuration with more"));
    service->argument = argc > optind ? argv[optind] : NULL;
    if (service->run.pipeline.bad_page == BAD_PAGE_ABORT || service->run.pipeline.failures_max_pct)
        return usage_error(&command_watch, _("abort-batch and max-failures end a run: a service "
                                             "has none; use reject-document"));
    if (!service->run.archive)
        return usage_error(&command_watch, _("which archive? Give -A ARCHIVE"));
    code = run_options_unlock(&command_watch, &service->run);
    if (code != EXIT_DONE)
        return code;
    if (set_folders(service, *config, &err) < 0)
        return err.kind == ERR_INPUT ? usage_error(&command_watch, "%s", err.text) : report(&err);
    return -1;
}

static int run(int argc, char **argv)
{
    struct service service = {.run = run_options_default(),
                              .options = {.rescan_ms = RESCAN_DEFAULT_MS,
                                          .sidecar_wait_s = SIDECAR_WAIT_DEFAULT_S,
                                          .disk_reserve = DISK_RESERVE_BYTES}};
    CLEANUP(config_freep) struct config *config = NULL;
    int code = load(&service, argc, argv, &config);
    if (code < 0)
        code = run_options_rules(&command_watch, &service.run);
    if (code < 0) {
        notify_open(&service.notify);
        code = serve(&service);
        notify_close(&service.notify);
    }
    run_options_done(&service.run);
    for (size_t i = 0; i < WATCH_FOLDERS_MAX; i++) {
        free(service.paths[i]);
        if (service.folders[i].dossier_from)
            dossier_rule_done(&service.rules[i]);
    }
    return code;
}

const struct command command_watch = {
    .name = "watch",
    .summary = N_("take in what scanners write into hot folders, for as long as it runs"),
    .usage = "watch -A ARCHIVE [-c FILE | FOLDER] [OPTION]...",
    .help = N_(
        "A service: takes every file that is complete out of its hot folder, archives it, and\n"
        "only then moves it to FOLDER/done; what cannot be archived goes to FOLDER/quarantine,\n"
        "with the reason and what to do beside it. Files that are there at the start are taken\n"
        "too. A file is complete when its size and time stand still for a while and nobody has it\n"
        "open to write; names that end in .part, .tmp, .partial, .filepart, .crdownload or ~ or\n"
        "begin with a dot are still being written. Killed at any moment, it goes on where it was.\n"
        "`sohoa status` tells how it is doing, `sohoa ledger` what became of every file.\n"
        "\n"
        "Options (and those of `sohoa ingest`):\n"
        "  -A, --archive DIR       the archive (default: $SOHOA_ARCHIVE)\n"
        "  -c, --config FILE       options and hot folders from a YAML file (configs/watch.yaml)\n"
        "      --once              end when all that was complete has been taken\n"
        "      --rescan-seconds N  look at all folders at least so often (default 2)\n"
        "      --disk-reserve SIZE take nothing while less is free (default 512M)\n"
        "      --sidecar-wait-seconds N  wait so long for files that a batch.json or\n"
        "                          NAME.sohoa.json lists (default 3600)\n"
        "      --json              one JSON object per file\n"
        "  -q, --quiet             no lines per file\n"
        "\n"
        "Examples:\n"
        "  sohoa watch -A archive /srv/scan\n"
        "  sohoa watch -c configs/watch.yaml\n"),
    .run = run,
};
