/* app/prometheus.c - the service's status in Prometheus' text exposition format. */
#include "app/prometheus.h"

/* Names and texts are ours, and so are the labels' values: nothing needs escaping. */
static int head(const char *name, const char *type, const char *help, struct bytes *out,
                struct err *err)
{
    return bytes_printf(out, err, "# HELP sohoa_%s %s\n# TYPE sohoa_%s %s\n", name, help, name,
                        type);
}

static int labelled(const char *name, const char *label, const char *value, double number,
                    struct bytes *out, struct err *err)
{
    return bytes_printf(out, err, "sohoa_%s{%s=\"%s\"} %.15g\n", name, label, value, number);
}

static int write_plain(const struct service_status *status, struct bytes *out, struct err *err)
{
    const struct watch_status *watch = &status->watch;
    const struct {
        const char *name, *type, *help;
        double value;
    } rows[] = {
        {"waiting_files", "gauge", "Files in the hot folders that are not claimed.",
         (double)watch->waiting},
        {"waiting_bytes", "gauge", "Their bytes.", (double)watch->waiting_bytes},
        {"waiting_unfinished_files", "gauge",
         "Of them: still being written, or without their marker.", (double)watch->unfinished},
        {"waiting_oldest_seconds", "gauge", "For how long the oldest of them has waited.",
         watch->oldest_s},
        {"claimed_files", "gauge", "Files under way.", (double)watch->claimed},
        {"pages_total", "counter", "Pages archived since the start.", (double)watch->pages},
        {"pages_failed_total", "counter", "Of them: pages that could not be read.",
         (double)watch->pages_failed},
        {"pages_per_second", "gauge", "Pages read, over the last minute.", watch->pages_per_s},
        {"disk_free_bytes", "gauge", "Free beside the archive.", (double)watch->disk_free},
        {"disk_reserve_bytes", "gauge", "Nothing is taken while less than this is free.",
         (double)watch->disk_reserve},
        {"memory_bound_bytes", "gauge", "The most memory the service may take.",
         (double)watch->memory_bound},
        {"start_time_seconds", "gauge", "When the service started, since 1970.",
         (double)watch->started_ns / 1e9},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (head(rows[i].name, rows[i].type, rows[i].help, out, err) < 0 ||
            bytes_printf(out, err, "sohoa_%s %.15g\n", rows[i].name, rows[i].value) < 0)
            return -1; /* UNTESTED: no memory */
    if (status->eta_s < 0)
        return 0;
    if (head("eta_seconds", "gauge", "Until all that waits is done, at the rate so far.", out,
             err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_printf(out, err, "sohoa_eta_seconds %.15g\n", status->eta_s);
}

static int write_files(const struct watch_status *watch, struct bytes *out, struct err *err)
{
    if (head("files_total", "counter", "Files brought to their end since the start.", out, err) <
            0 ||
        labelled("files_total", "outcome", "archived", (double)watch->archived, out, err) < 0 ||
        labelled("files_total", "outcome", "duplicate", (double)watch->duplicate, out, err) < 0 ||
        labelled("files_total", "outcome", "quarantined", (double)watch->quarantined, out, err) <
            0 ||
        head("quarantined_total", "counter", "Files quarantined since the start, by reason.", out,
             err) < 0)
        return -1; /* UNTESTED: no memory */
    /* Also those that are 0: a rate needs a number before the first of a kind. */
    for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
        if (labelled("quarantined_total", "reason", reason_code((enum reason)i),
                     (double)watch->reasons[i], out, err) < 0)
            return -1; /* UNTESTED: no memory */
    return 0;
}

static int write_state(const struct watch_status *watch, struct bytes *out, struct err *err)
{
    if (head("state", "gauge", "1 for the state the service is in.", out, err) < 0)
        return -1; /* UNTESTED: no memory */
    for (int i = WATCH_RUNNING; i < WATCH_STOPPED; i++)
        if (labelled("state", "state", watch_state_name((enum watch_state)i),
                     watch->state == (enum watch_state)i, out, err) < 0)
            return -1; /* UNTESTED: no memory */
    return 0;
}

int prometheus_write(const struct service_status *status, struct bytes *out, struct err *err)
{
    bool lives = status->life == SERVICE_LIVES;
    if (head("up", "gauge", "1 while the service runs, in trouble or not.", out, err) < 0 ||
        bytes_printf(out, err, "sohoa_up %d\n", lives) < 0)
        return -1; /* UNTESTED: no memory */
    if (!lives)
        return 0;
    if (write_state(&status->watch, out, err) < 0 || write_files(&status->watch, out, err) < 0)
        return -1; /* UNTESTED: no memory */
    return write_plain(status, out, err);
}
