/* app/common.c - what every command shares. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/keyring.h"
#include "base/log.h"
#include "io/io.h"
#include "pipeline/quarantine.h"
#include "records/dossier_code.h"

int report(const struct err *err)
{
    log_line(LOG_ERROR, "%s", err->text);
    switch (err->kind) {
    case ERR_CORRUPT:
    case ERR_GONE: /* who knows a record that names it does not come here */
        return EXIT_CORRUPT;
    case ERR_ERASED:
        return EXIT_FINDINGS;
    case ERR_NONE:
    case ERR_INPUT:
    case ERR_RETRY:
    case ERR_SYSTEM:
    case ERR_SEALED:
        break;
    }
    return EXIT_ENVIRONMENT;
}

int usage_error(const struct command *command, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    log_line(LOG_ERROR, "%s", text);
    (void)fprintf(stderr, _("Try 'sohoa %s%s--help'.\n"), command ? command->name : "",
                  command ? " " : "");
    return EXIT_USAGE;
}

int parse_common(const struct command *command, int argc, char **argv, int n, const char *what,
                 bool *ret_json)
{
    static const struct option options[] = {COMMON_OPTIONS, {0}};
    *ret_json = false;
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(command);
            return EXIT_DONE;
        }
        if (c != OPT_JSON)
            return usage_error(command, _("unknown option"));
        *ret_json = true;
    }
    return argc - optind == n ? -1 : usage_error(command, "%s", what);
}

int reading_open(struct reading *reading, const char *path, enum archive_mode mode, struct err *err)
{
    reading->io = io_open(IO_AUTO, NULL, err);
    if (!reading->io)
        return -1;
    reading->archive = archive_open(reading->io, path, mode, err);
    if (!reading->archive)
        return -1;
    const char *keys = reading->keys ? reading->keys : keyring_path();
    if (keys && !(reading->ring = keyring_open(reading->io, keys, path, err)))
        return -1;
    archive_set_keys(reading->archive, reading->ring);
    reading->catalogue = catalogue_open(path, mode, err);
    return reading->catalogue ? 0 : -1;
}

void reading_done(struct reading *reading)
{
    catalogue_close(reading->catalogue);
    archive_close(reading->archive);
    ring_close(reading->ring);
    io_close(reading->io);
    *reading = (struct reading){.io = NULL};
}

char *size_text(uint64_t bytes, char text[32])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1000 && unit + 1 < ARRAY_LEN(units); unit++)
        value /= 1000;
    (void)snprintf(text, 32, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text;
}

char *time_text(int64_t time_ns, char text[32])
{
    time_t seconds = (time_t)(time_ns / 1000000000);
    struct tm tm;
    if (time_ns == 0 || !gmtime_r(&seconds, &tm) ||
        strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        (void)snprintf(text, 32, "-");
    return text;
}

char *duration_text(double seconds, char text[32])
{
    uint64_t whole = seconds < 0 ? 0 : seconds > 1e12 ? (uint64_t)1e12 : (uint64_t)seconds;
    if (whole >= 3600)
        (void)snprintf(text, 32, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, whole / 3600,
                       whole / 60 % 60, whole % 60);
    else
        (void)snprintf(text, 32, "%" PRIu64 ":%02" PRIu64, whole / 60, whole % 60);
    return text;
}

bool parse_time(const char *text, bool end_of_day, int64_t *ret_ns)
{
    struct tm tm = {.tm_mday = 1};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (!end)
        return false;
    bool date_only = *end == '\0';
    if (!date_only) {
        end = strptime(end, "T%H:%M:%S", &tm);
        if (!end || strcmp(end, "Z") != 0)
            return false;
    }
    if (tm.tm_year < 70 || tm.tm_year > 300)
        return false;
    *ret_ns = ((int64_t)timegm(&tm) + (date_only && end_of_day ? 86400 : 0)) * 1000000000;
    return true;
}

bool is_dossier_query(const char *text)
{
    char code[DOSSIER_CODE_MAX + 1];
    size_t len = strlen(text);
    if (len == 0 || len >= sizeof code)
        return false;
    bool begins = text[len - 1] == '*';
    (void)snprintf(code, sizeof code, "%.*s", (int)(len - begins), text);
    return (begins && len == 1) || dossier_code_plain(code);
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number)
{
    static const char units[] = "KMG";
    char *end;
    unsigned shift = 0;
    errno = 0;
    if (*text < '0' || *text > '9')
        return false;
    uint64_t number = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (unit) {
        shift = 10 * (unsigned)(unit - units + 1);
        end++;
    }
    if (errno != 0 || *end != '\0' || number > max >> shift || number << shift < min)
        return false;
    *ret_number = number << shift;
    return true;
}

unsigned verify_workers_default(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > VERIFY_WORKERS_MAX ? VERIFY_WORKERS_MAX : (unsigned)cores;
}

bool verify_workers_parse(const char *text, unsigned *ret_workers)
{
    uint64_t workers = 0;
    if (!parse_number(text, 1, VERIFY_WORKERS_MAX, &workers))
        return false;
    *ret_workers = (unsigned)workers;
    return true;
}

bool catalogue_is_there(const char *archive)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/catalogue.db", archive);
    return len < 0 || (size_t)len >= sizeof path || access(path, F_OK) == 0 || errno != ENOENT;
}

static json_t *separator_json(const struct catalogue_page *page)
{
    json_t *json = json_pack("{s:s}", "kind", page->separator);
    if (json && page->separator_text[0])
        json_object_set_new(json, "text", json_string(page->separator_text));
    if (json && page->separator_code[0])
        json_object_set_new(json, "code", json_string(page->separator_code));
    return json;
}

char *reason_text(const char *code, const char *detail)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    enum reason reason = reason_parse(code);
    if (reason != REASON_NONE &&
        reason_sentence(reason, detail, language_of_reasons(), &text, &err) < 0)
        return NULL;
    return bytes_take_text(&text, &err);
}

static void document_json(const struct page_row *row, json_t *json)
{
    char hex[DIGEST_HEX_LEN + 1];
    json_object_set_new(json, "document", json_string(digest_hex(&row->document, hex)));
    if (row->dossier[0])
        json_object_set_new(json, "dossier", json_string(row->dossier));
    if (row->title[0])
        json_object_set_new(json, "document_title", json_string(row->title));
    if (row->place >= 0)
        json_object_set_new(json, "document_index", json_integer(row->place));
}

char *page_row_reason(const struct page_row *row)
{
    return reason_text(row->page.reason_code, row->page.reason_detail);
}

json_t *page_row_json(const struct page_row *row)
{
    const struct catalogue_page *page = &row->page;
    char source[DIGEST_HEX_LEN + 1], archived[32];
    char *reason = page_row_reason(row);
    json_t *json =
        json_pack("{s:s s:s s:s s:I s:I s:I s:I s:f s:f s:s s:o s:s}", "page", page->id, "source",
                  row->source_path, "source_sha256", digest_hex(&page->source, source), "index",
                  (json_int_t)page->index, "width", (json_int_t)page->width_px, "height",
                  (json_int_t)page->height_px, "dpi", (json_int_t)page->dpi, "skew_deg",
                  page->skew_deg, "confidence", page->confidence, "status", page->status, "reason",
                  reason && reason[0] ? json_string(reason) : json_null(), "archived",
                  time_text(row->archived_ns, archived));
    if (json)
        json_object_set_new(json, "engine", json_string(page->engine));
    if (json && page->doubt[0])
        json_object_set_new(json, "doubt", json_string(page->doubt));
    if (json && !digest_is_zero(&row->document))
        document_json(row, json);
    if (json && page->separator[0])
        json_object_set_new(json, "separator", separator_json(page));
    if (json && page->reason_code[0])
        json_object_set_new(json, "reason_code", json_string(page->reason_code));
    free(reason);
    return json;
}
