/* app/cmd_status.c - sohoa status: how the service is doing. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/prometheus.h"
#include "app/run_options.h"
#include "app/status_server.h"

enum form { FORM_TEXT, FORM_JSON, FORM_PROMETHEUS };

static bool is_well(const struct service_status *status)
{
    return status->life == SERVICE_LIVES && status->watch.state == WATCH_RUNNING;
}

static void print_life(const struct service_status *status)
{
    static const char *const states[] = {N_("running"), N_("waiting: the disk is nearly full"),
                                         N_("waiting, then trying again"), N_("stopped")};
    char age[32];
    switch (status->life) {
    case SERVICE_LIVES:
        printf(_("service    %s\n"), _(states[status->watch.state]));
        break;
    case SERVICE_NEVER_RAN:
        printf("%s\n", _("NOT RUNNING: no service has run on this archive"));
        break;
    case SERVICE_STOPPED:
        printf("%s\n", _("NOT RUNNING: the service was stopped"));
        break;
    case SERVICE_SILENT:
        printf(_("NOT RUNNING: nothing was heard of the service for %s\n"),
               duration_text(status->age_s, age));
        break;
    case SERVICE_GONE:
        printf("%s\n", _("NOT RUNNING: the service has ended without saying so"));
        break;
    case SERVICE_UNREADABLE:
        printf("%s\n", _("NOT RUNNING: what the service last wrote cannot be read"));
        break;
    }
    if (status->watch.trouble[0])
        printf(_("trouble    %s\n"), status->watch.trouble);
}

static void print_work(const struct service_status *status)
{
    const struct watch_status *watch = &status->watch;
    char size[32], oldest[32], eta[32];
    printf(_("waiting    %" PRIu64 " files, %s, the oldest for %s (%" PRIu64 " not finished)\n"),
           watch->waiting, size_text(watch->waiting_bytes, size),
           duration_text(watch->oldest_s, oldest), watch->unfinished);
    printf(_("under way  %" PRIu64 " files\n"), watch->claimed);
    printf(_("rate       %.2f pages/s; all done in %s\n"), watch->pages_per_s,
           status->eta_s < 0 ? "-" : duration_text(status->eta_s, eta));
}

static void print_totals(const struct watch_status *watch)
{
    char started[32], told[32];
    printf(_("since      %s, told at %s\n"), time_text(watch->started_ns, started),
           time_text(watch->now_ns, told));
    printf(_("files      %" PRIu64 " archived + %" PRIu64 " duplicate + %" PRIu64 " quarantined\n"),
           watch->archived, watch->duplicate, watch->quarantined);
    for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
        if (watch->reasons[i] > 0)
            printf("  %8" PRIu64 " %s (%s)\n", watch->reasons[i],
                   reason_what((enum reason)i, language_of_reasons()), reason_code((enum reason)i));
    printf(_("pages      %" PRIu64 " (%" PRIu64 " could not be read)\n"), watch->pages,
           watch->pages_failed);
}

static void print_room(const struct watch_status *watch)
{
    char left[32], reserve[32], memory[32];
    printf(_("disk       %s free; nothing is taken below %s\n"), size_text(watch->disk_free, left),
           size_text(watch->disk_reserve, reserve));
    printf(_("memory     at most %s\n"), size_text(watch->memory_bound, memory));
}

static void print_text(const struct service_status *status)
{
    print_life(status);
    if (status->life == SERVICE_NEVER_RAN || status->life == SERVICE_UNREADABLE)
        return;
    if (status->life == SERVICE_LIVES)
        print_work(status);
    print_totals(&status->watch);
    if (status->life == SERVICE_LIVES)
        print_room(&status->watch);
}

static int print(const struct service_status *status, enum form form, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(json_freep) json_t *json = form == FORM_JSON ? service_status_json(status) : NULL;
    if (form == FORM_JSON)
        return json_print_line(json, err);
    if (form == FORM_PROMETHEUS && prometheus_write(status, &text, err) < 0)
        return -1;
    if (form == FORM_PROMETHEUS)
        (void)fwrite(text.data, 1, text.len, stdout);
    else
        print_text(status);
    return 0;
}

static int tell(const char *path, enum form form)
{
    struct err err = {0};
    CLEANUP(service_status_done) struct service_status status = {.json = NULL};
    if (status_file_read(path, &status, &err) < 0 || print(&status, form, &err) < 0)
        return report(&err);
    return is_well(&status) ? EXIT_DONE : EXIT_FINDINGS;
}

static int serve(const char *path, const char *where)
{
    struct err err = {0};
    catch_signals();
    struct status_server *server = status_server_open(path, where, &err);
    if (!server)
        return err.kind == ERR_INPUT ? usage_error(&command_status, "%s", err.text) : report(&err);
    printf(_("Answering GET /metrics and GET /status on %s\n"), status_server_where(server));
    (void)fflush(stdout);
    int rc = status_server_run(server, stop_flag(), &err);
    status_server_close(server);
    return rc < 0 ? report(&err) : EXIT_DONE;
}

/* A folder that is no archive has no service: that is another answer than that none runs. */
static int check_archive(const char *path, struct err *err)
{
    struct io *io = io_open(IO_PLAIN, NULL, err);
    struct archive *archive = io ? archive_open(io, path, ARCHIVE_READ, err) : NULL;
    int rc = archive ? 0 : -1;
    archive_close(archive);
    io_close(io);
    return rc;
}

static int run(int argc, char **argv)
{
    enum { OPT_PROMETHEUS = OPT_FIRST_OWN, OPT_LISTEN };
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"prometheus", no_argument, NULL, OPT_PROMETHEUS},
        {"listen", required_argument, NULL, OPT_LISTEN},
        {0},
    };
    struct err err = {0};
    enum form form = FORM_TEXT;
    const char *listen = NULL;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        switch (c) {
        case 'h':
        case OPT_HELP:
            print_help(&command_status);
            return EXIT_DONE;
        case OPT_JSON:
            form = FORM_JSON;
            break;
        case OPT_PROMETHEUS:
            form = FORM_PROMETHEUS;
            break;
        case OPT_LISTEN:
            listen = optarg;
            break;
        default:
            return usage_error(&command_status, _("unknown option or missing value"));
        }
    }
    if (argc - optind != 1)
        return usage_error(&command_status, _("one archive is needed"));
    if (check_archive(argv[optind], &err) < 0)
        return report(&err);
    return listen ? serve(argv[optind], listen) : tell(argv[optind], form);
}

const struct command command_status = {
    .name = "status",
    .summary = N_("tell how the service of hot folders is doing"),
    .usage = "status ARCHIVE [--json | --prometheus | --listen WHERE]",
    .help = N_(
        "What `sohoa watch` last wrote of itself, about once a second: what waits and for how\n"
        "long, what is under way, pages/s, what became of the files since its start, why some "
        "were\n"
        "quarantined, and room on the disk. Exit code 0 says that it runs, 1 that it does not or\n"
        "that it waits because of trouble.\n"
        "It does not run when it was stopped, when nothing was heard of it for 10 seconds, or "
        "when\n"
        "its process on this machine is no more.\n"
        "\n"
        "Options:\n"
        "  --json          one JSON object\n"
        "  --prometheus    metrics in Prometheus' text format\n"
        "  --listen WHERE  answer GET /metrics and GET /status (JSON) until Ctrl-C or SIGTERM;\n"
        "                  WHERE is unix:PATH or 127.0.0.1:PORT, nothing else (PORT 0: any free\n"
        "                  one, which is printed)\n"
        "\n"
        "Examples:\n"
        "  sohoa status archive\n"
        "  sohoa status archive --listen 127.0.0.1:9464\n"),
    .run = run,
};
