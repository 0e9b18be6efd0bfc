/* app/cmd_deliver.c - sohoa deliver: complete dossiers to the agencies that decide them. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "app/delivery.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"

#define RETRY_HOURS     24
#define RETRY_HOURS_MAX 8760
#define HOUR_NS         INT64_C(3600000000000)

static int tell_sums(const struct delivery *delivery)
{
    struct err err = {0};
    const struct delivery_sums *sums = &delivery->sums;
    bool fine = sums->failed == 0 && sums->refused == 0 && sums->overdue == 0;
    if (!delivery->json) {
        printf(_("%" PRIu64 " sent, %" PRIu64 " sent again, %" PRIu64 " delivered, %" PRIu64
                 " wait for a receipt (%" PRIu64 " too long), %" PRIu64 " failed, %" PRIu64
                 " receipts refused\n"),
               sums->sent, sums->again, sums->delivered, sums->waiting, sums->overdue, sums->failed,
               sums->refused);
        return fine ? EXIT_DONE : EXIT_FINDINGS;
    }
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:{s:I s:I s:I s:I s:I s:I s:I}}", "summary", "sent", (json_int_t)sums->sent,
                  "again", (json_int_t)sums->again, "delivered", (json_int_t)sums->delivered,
                  "waiting", (json_int_t)sums->waiting, "overdue", (json_int_t)sums->overdue,
                  "failed", (json_int_t)sums->failed, "refused", (json_int_t)sums->refused);
    if (json_print_line(json, &err) < 0)
        return report(&err);
    return fine ? EXIT_DONE : EXIT_FINDINGS;
}

/* One at a time: two would make the same package in the same place. Held until the end. */
static int lock(const char *archive, int *ret_fd)
{
    struct err err = {0};
    *ret_fd = open(archive, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret_fd < 0) {
        (void)err_sys(&err, "'%s'", archive);
        return report(&err);
    }
    if (flock(*ret_fd, LOCK_EX | LOCK_NB) == 0)
        return EXIT_DONE;
    if (errno == EWOULDBLOCK)
        log_line(LOG_ERROR, _("another 'sohoa deliver' is at work on '%s'"), archive);
    else
        log_line(LOG_ERROR, _("'%s' cannot be locked"),
                 archive); /* UNTESTED: no such file system */
    return EXIT_ENVIRONMENT;
}

static int deliver(const char *archive, const char *config, int64_t retry_ns, bool json)
{
    struct err err = {0};
    CLEANUP(fd_close) int locked = -1;
    CLEANUP(routing_freep) struct routing *routing = routing_load(config, &err);
    if (!routing)
        return err.kind == ERR_INPUT ? usage_error(&command_deliver, "%s", err.text) : report(&err);
    CLEANUP(delivery_done)
    struct delivery delivery = {.archive = archive,
                                .routing = routing,
                                .now_ns = clock_ns(CLOCK_REALTIME),
                                .retry_ns = retry_ns,
                                .json = json,
                                .writing = {.requests_fd = -1, .silent = true}};
    int code = lock(archive, &locked);
    if (code == EXIT_DONE)
        code = writing_open(&delivery.writing, archive);
    if (code != EXIT_DONE)
        return code;
    if (delivery_collect(&delivery, &err) < 0 || delivery_take_receipts(&delivery, &err) < 0 ||
        delivery_send(&delivery, &err) < 0)
        return report(&err);
    return tell_sums(&delivery);
}

static int run(int argc, char **argv)
{
    enum { OPT_RETRY = OPT_FIRST_OWN };
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"config", required_argument, NULL, 'c'},
        {"retry-hours", required_argument, NULL, OPT_RETRY},
        {0},
    };
    const char *config = NULL;
    uint64_t hours = RETRY_HOURS;
    bool json = false;
    for (int c; (c = getopt_long(argc, argv, "hc:", long_options, NULL)) != -1;) {
        bool fine = true;
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_deliver);
            return EXIT_DONE;
        }
        if (c == 'c')
            config = optarg;
        else if (c == OPT_RETRY)
            fine = parse_number(optarg, 0, RETRY_HOURS_MAX, &hours);
        else if (c == OPT_JSON)
            json = true;
        else
            fine = false;
        if (!fine)
            return usage_error(&command_deliver, _("unknown option or bad value"));
    }
    if (argc - optind != 1 || !config)
        return usage_error(&command_deliver, _("an archive and -c FILE are needed"));
    return deliver(argv[optind], config, (int64_t)hours * HOUR_NS, json);
}

const struct command command_deliver = {
    .name = "deliver",
    .summary = N_("send complete dossiers to the agencies that decide them"),
    .usage = "deliver ARCHIVE -c FILE [--retry-hours N] [--json]",
    .help = N_(
        "For every dossier that was received, has all its papers digitised or exempt and is not\n"
        "delivered: puts a package (a bag as export makes it, with data/delivery.json) into the\n"
        "folder of its agency, whole or not at all, and notes it as transferred. Takes receipts\n"
        "from receipts/ of that folder: only one that names the package's SHA-256 makes it\n"
        "acknowledged. A package that is gone without a receipt is put there again after a time.\n"
        "Killed at any moment it can be run again: there is one package, and nothing is noted\n"
        "that was not so. Nothing new: nothing is done. docs/format-delivery.md tells all of it.\n"
        "Exit code 1: something failed, was refused, or waits for its receipt too long.\n"
        "\n"
        "Options:\n"
        "  -c, --config FILE  agencies, their folders, and rules: see configs/routing.yaml\n"
        "  --retry-hours N    how long a receipt is waited for (default: 24)\n"
        "  --json             a JSON object for each thing that happened, and a summary\n"
        "\n"
        "Example:\n"
        "  sohoa deliver archive -c configs/routing.yaml\n"),
    .run = run,
};
