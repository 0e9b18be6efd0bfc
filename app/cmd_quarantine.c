/* app/cmd_quarantine.c - sohoa quarantine: what could not be archived, and letting it out again. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config.h"
#include "app/run_options.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "pipeline/quarantine_folder.h"

#define PIECE_BYTES   65536 /* read at a time */
#define IN_QUARANTINE "/quarantine"
#define PREFIX_LEN    17 /* of a copy's name in an archive's quarantine: 16 hex digits and a dash */

/* The words of the command line. */
struct request {
    struct run_options run;
    bool archive_given;
    bool all, erase;
    const char *reason, *marker, *to;
    const char *dir;
    char **names;
    size_t name_len;
};

/* The folder `quarantine` in a hot folder or an archive, or the folder itself. Owned. */
static char *quarantine_in(const char *dir)
{
    struct stat st;
    char *inner = NULL;
    if (asprintf(&inner, "%s" IN_QUARANTINE, dir) < 0)
        return NULL; /* UNTESTED: no memory */
    if (lstat(inner, &st) == 0 && S_ISDIR(st.st_mode))
        return inner;
    free(inner);
    return strdup(dir);
}

static void free_text(char **text)
{
    free(*text);
}

/* --- which ------------------------------------------------------------------------------------ */

static bool is_named(const struct request *request, const struct quarantine_entry *entry,
                     bool *found)
{
    bool named = false;
    for (size_t i = 0; i < request->name_len; i++)
        if (strcmp(request->names[i], entry->rel) == 0 ||
            strcmp(request->names[i], entry->shown) == 0)
            named = found[i] = true;
    return named;
}

/* Marks what was asked for. False: a name is not there; all such names are told. */
static bool choose(const struct request *request, struct quarantine_list *list)
{
    bool *found = calloc(request->name_len + 1, sizeof *found);
    bool all_found = found != NULL;
    for (size_t i = 0; found && i < list->len; i++) {
        struct quarantine_entry *entry = &list->entries[i];
        entry->chosen =
            is_named(request, entry, found) || request->all ||
            (request->reason && entry->explained && entry->reason == reason_parse(request->reason));
    }
    for (size_t i = 0; found && i < request->name_len; i++)
        if (!found[i]) {
            log_line(LOG_ERROR, _("the quarantine has no file '%s'"), request->names[i]);
            all_found = false;
        }
    free(found);
    return all_found;
}

/* A line for a file that was moved, or deleted (to is NULL). */
static int tell_moved(const struct request *request, const struct quarantine_entry *entry,
                      const struct bytes *to, struct err *err)
{
    int len = to ? (int)to->len : 0;
    const char *text = to ? (const char *)to->data : NULL;
    if (request->run.json) {
        CLEANUP(json_freep)
        json_t *json = json_pack("{s:s s:o}", "file", entry->shown, "to",
                                 to ? json_stringn(text, to->len) : json_null());
        return json_print_line(json, err);
    }
    if (to)
        printf("%s -> %.*s\n", entry->shown, len, text);
    else
        printf(_("%s deleted\n"), entry->shown);
    return 0;
}

/* --- ls --------------------------------------------------------------------------------------- */

static int print_json(const char *dir, const struct quarantine_entry *entry, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1], since[32];
    CLEANUP(bytes_done) struct bytes shown = {0};
    char *reason = reason_text(reason_code(entry->reason), entry->detail);
    if (text_display(span_of_text(dir), &shown, err) < 0)
        return -1; /* UNTESTED: no memory */
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:s% s:s s:b s:s s:s s:I s:s s:s s:s s:s s:o}", "quarantine", shown.data, shown.len,
        "file", entry->shown, "there", entry->there, "path", entry->path, "batch", entry->batch,
        "bytes", (json_int_t)entry->size_bytes, "since", time_text(entry->since_ns, since),
        "reason_code", reason_code(entry->reason), "reason", reason ? reason : "", "advice",
        reason_advice(entry->reason, language_of_reasons()), "sha256",
        entry->has_id ? json_string(digest_hex(&entry->id, hex)) : json_null());
    free(reason);
    return json_print_line(json, err);
}

static void print_entry(const struct quarantine_entry *entry)
{
    char since[32], size[32];
    char *reason = reason_text(reason_code(entry->reason), entry->detail);
    printf("%s  %s  %s%s\n", time_text(entry->since_ns, since), entry->shown,
           size_text(entry->size_bytes, size),
           entry->there ? "" : _("  (only the explanation: the file itself is not here)"));
    if (!entry->explained) {
        printf(_("    no explanation that can be read\n"));
    } else {
        printf(_("    from: %s\n"), entry->path);
        printf(_("    problem: %s\n"), reason ? reason : "");
        printf(_("    what to do: %s\n"), reason_advice(entry->reason, language_of_reasons()));
    }
    free(reason);
}

static int list_one(const struct request *request, const char *dir, size_t *unreadable,
                    struct err *err)
{
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, err);
    CLEANUP(quarantine_list_done) struct quarantine_list list = {.entries = NULL};
    CLEANUP(free_text) char *path = quarantine_in(dir);
    if (!io || !path || quarantine_list(io, path, &list, err) < 0)
        return -1;
    for (size_t i = 0; i < list.len; i++)
        if (!request->run.json)
            print_entry(&list.entries[i]);
        else if (print_json(path, &list.entries[i], err) < 0)
            return -1;
    *unreadable += list.unreadable;
    return 0;
}

static int run_ls(const struct request *request)
{
    struct err err = {0};
    size_t unreadable = 0;
    for (size_t i = 0; i < request->name_len; i++)
        if (list_one(request, request->names[i], &unreadable, &err) < 0)
            return report(&err);
    return unreadable > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

/* --- retry, of a hot folder ------------------------------------------------------------------- */

static int retry_hot(const struct request *request)
{
    struct err err = {0};
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, &err);
    CLEANUP(quarantine_list_done) struct quarantine_list list = {.entries = NULL};
    CLEANUP(free_text) char *path = NULL;
    if (asprintf(&path, "%s" IN_QUARANTINE, request->dir) < 0)
        path = NULL; /* UNTESTED: no memory */
    CLEANUP(fd_close) int hot_fd = open(request->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (hot_fd < 0)
        (void)err_sys(&err, "hot folder '%s'", request->dir);
    else if (faccessat(hot_fd, "FORMAT", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return usage_error(&command_quarantine, _("'%s' is an archive: give it with -A"),
                           request->dir);
    if (!io || !path || hot_fd < 0 || quarantine_list(io, path, &list, &err) < 0)
        return report(&err);
    bool all_found = choose(request, &list);
    for (size_t i = 0; i < list.len; i++) {
        const struct quarantine_entry *entry = &list.entries[i];
        CLEANUP(bytes_done) struct bytes to = {0};
        int moved =
            entry->chosen ? quarantine_retry(io, hot_fd, entry, request->marker, &to, &err) : 0;
        if (moved < 0 || (moved > 0 && tell_moved(request, entry, &to, &err) < 0))
            return report(&err);
    }
    return all_found ? EXIT_DONE : EXIT_FINDINGS;
}

/* --- retry, of an archive --------------------------------------------------------------------- */

struct feeding {
    const struct quarantine_list *list;
    size_t at;
    const char *dir;
    char **paths; /* of the entries, as far as they were fed; owned */
    const struct request *request;
};

/* Under the name it came by, so that a copy that fails again replaces itself. */
static const char *first_name(const struct quarantine_entry *entry)
{
    if (entry->path[0])
        return entry->path;
    return strlen(entry->shown) > PREFIX_LEN ? entry->shown + PREFIX_LEN : entry->shown;
}

static ssize_t feed_next(void *self, struct feed_file files[], size_t max,
                         const _Atomic bool *stopping, struct err *err)
{
    struct feeding *feeding = self;
    ssize_t n = 0;
    for (; feeding->at < feeding->list->len && (size_t)n < max && !*stopping; feeding->at++) {
        const struct quarantine_entry *entry = &feeding->list->entries[feeding->at];
        char **path = &feeding->paths[feeding->at];
        if (!entry->chosen || !entry->there)
            continue;
        if (asprintf(path, "%s/%s", feeding->dir, entry->rel) < 0) {
            *path = NULL; /* UNTESTED: no memory */
            return err_sys(err, "take '%s'", entry->shown);
        }
        files[n++] = (struct feed_file){.path = *path, .shown = first_name(entry)};
    }
    return n;
}

static void on_outcome(void *self, const struct outcome *outcome)
{
    const struct feeding *feeding = self;
    tell_outcome(&feeding->request->run, outcome);
}

static int ingest_copies(const struct request *request, const struct quarantine_list *list,
                         const char *dir, struct err *err)
{
    struct feeding feeding = {.list = list, .dir = dir, .request = request};
    const struct feed feed = {.next = feed_next, .self = &feeding};
    struct pipeline_options options = request->run.pipeline;
    struct tally tally = {.sources = 0};
    feeding.paths = calloc(list->len + 1, sizeof *feeding.paths);
    if (!feeding.paths)
        return err_sys(err, "take files"); /* UNTESTED: no memory */
    options.archive = request->run.archive;
    options.feed = &feed;
    options.stop = stop_flag();
    options.on_outcome = on_outcome;
    options.self = &feeding;
    catch_signals();
    options.rules = request->run.loaded;
    int rc = pipeline_run(&options, &tally, err);
    for (size_t i = 0; i < list->len; i++)
        free(feeding.paths[i]);
    free(feeding.paths);
    return rc;
}

/* Under which id the copy is archived when it is sealed: 1, or 0 when it cannot be read. */
static int sealed_id_of(const struct request *request, struct io *io, int dir_fd,
                        const struct quarantine_entry *entry, struct digest *ret_id)
{
    struct err ignored = {0};
    CLEANUP(bytes_done) struct bytes file = {0};
    const uint64_t max = request->run.pipeline.limits.file_bytes_max;
    if (io_read_whole(io, dir_fd, entry->rel, max, &file, &ignored) <= 0)
        return 0;
    const struct envelope what = {.type = OBJECT_BLOB,
                                  .codec = CODEC_RAW,
                                  .raw_bytes = file.len,
                                  .stored = bytes_span(&file)};
    return envelope_write(request->run.pipeline.seal, &what, NULL, ret_id, &ignored) == 0;
}

/* What the copy holds, or what the explanation says of a copy that is gone: 1, 0 when neither is
 * known. */
static int id_of(int dir_fd, const struct quarantine_entry *entry, struct digest *ret_id)
{
    struct stat st;
    if (!entry->there) {
        *ret_id = entry->id;
        return entry->has_id;
    }
    CLEANUP(fd_close)
    int fd = openat(dir_fd, entry->rel, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return 0;
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    uint8_t piece[PIECE_BYTES];
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0)
        hasher_add(hasher, span_of(piece, (size_t)got));
    if (got < 0)
        return 0;
    *ret_id = hasher_finish(hasher);
    return 1;
}

/* Takes out of the quarantine what the archive holds by now: what this run archived, and what one
 * that was cut off did. Returns how many stay, or -1. */
static ssize_t clear_archived(const struct request *request, struct io *io,
                              const struct quarantine_list *list, const char *dir, struct err *err)
{
    ssize_t left = 0;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    CLEANUP(fd_close) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return err_sys(err, "look into '%s'", dir);
    if (reading_open(&reading, request->run.archive, ARCHIVE_READ, err) < 0)
        return -1;
    for (size_t i = 0; i < list->len; i++) {
        const struct quarantine_entry *entry = &list->entries[i];
        struct digest id;
        if (!entry->chosen)
            continue;
        bool sealed = request->run.pipeline.seal && entry->there;
        int has_id =
            sealed ? sealed_id_of(request, io, dir_fd, entry, &id) : id_of(dir_fd, entry, &id);
        int known = has_id ? catalogue_find_source(reading.catalogue, &id, err) : 0;
        if (known < 0 || (known > 0 && quarantine_remove(io, dir_fd, entry, err) < 0))
            return -1;
        left += known == 0;
        if (known == 0 && !entry->there)
            log_line(LOG_WARN, _("'%s' was never read: run sohoa ingest on the file itself: %s"),
                     entry->shown, entry->path);
    }
    return left;
}

static int retry_archive(const struct request *request)
{
    struct err err = {0};
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, &err);
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    CLEANUP(quarantine_list_done) struct quarantine_list list = {.entries = NULL};
    CLEANUP(free_text) char *dir = NULL;
    if (asprintf(&dir, "%s" IN_QUARANTINE, request->run.archive) < 0)
        dir = NULL; /* UNTESTED: no memory */
    if (!io || !dir || reading_open(&reading, request->run.archive, ARCHIVE_READ, &err) < 0)
        return report(&err);
    reading_done(&reading); /* it is an archive: that was the question */
    if (quarantine_list(io, dir, &list, &err) < 0)
        return report(&err);
    bool all_found = choose(request, &list);
    int rc = ingest_copies(request, &list, dir, &err);
    if (rc < 0 && err.kind == ERR_CORRUPT)
        return report(&err);
    struct err clear_err = {0};
    ssize_t left = clear_archived(request, io, &list, dir, &clear_err);
    if (rc < 0)
        return run_report(&err);
    if (left < 0)
        return report(&clear_err);
    if (*stop_flag())
        return EXIT_INTERRUPTED;
    return all_found && left == 0 ? EXIT_DONE : EXIT_FINDINGS;
}

/* --- release ---------------------------------------------------------------------------------- */

static int run_release(const struct request *request)
{
    struct err err = {0};
    CLEANUP(io_closep) struct io *io = io_open(IO_PLAIN, NULL, &err);
    CLEANUP(quarantine_list_done) struct quarantine_list list = {.entries = NULL};
    CLEANUP(free_text) char *path = quarantine_in(request->dir);
    if (!io || !path || quarantine_list(io, path, &list, &err) < 0)
        return report(&err);
    CLEANUP(fd_close) int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(fd_close)
    int to_fd = request->to ? open(request->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (dir_fd < 0 || (request->to && to_fd < 0)) {
        (void)err_sys(&err, "open '%s'", dir_fd < 0 ? path : request->to);
        return report(&err);
    }
    bool all_found = choose(request, &list);
    for (size_t i = 0; i < list.len; i++) {
        const struct quarantine_entry *entry = &list.entries[i];
        CLEANUP(bytes_done) struct bytes name = {0};
        if (!entry->chosen)
            continue;
        int rc = request->to ? quarantine_release(io, dir_fd, entry, to_fd, &name, &err)
                             : quarantine_remove(io, dir_fd, entry, &err);
        if (rc < 0 || tell_moved(request, entry, request->to ? &name : NULL, &err) < 0)
            return report(&err);
    }
    return all_found ? EXIT_DONE : EXIT_FINDINGS;
}

/* --- words ------------------------------------------------------------------------------------ */

enum { OPT_ALL = OPT_FIRST_OF_COMMAND, OPT_REASON, OPT_MARKER, OPT_TO, OPT_DELETE };

static const struct option long_options[] = {
    COMMON_OPTIONS,
    RUN_OPTIONS,
    {"all", no_argument, NULL, OPT_ALL},
    {"reason", required_argument, NULL, OPT_REASON},
    {"marker", required_argument, NULL, OPT_MARKER},
    {"to", required_argument, NULL, OPT_TO},
    {"delete", no_argument, NULL, OPT_DELETE},
    {0},
};

static bool set_option(void *self, int option, char *text)
{
    struct request *request = self;
    switch (option) {
    case OPT_ALL:
        request->all = true;
        return true;
    case OPT_REASON:
        request->reason = text;
        return reason_parse(text) != REASON_NONE;
    case OPT_MARKER:
        request->marker = text;
        return strlen(text) > 1 && !strchr(text, '/');
    case OPT_TO:
        request->to = text;
        return true;
    case OPT_DELETE:
        request->erase = true;
        return true;
    case 'A':
        request->archive_given = true;
        return run_options_set(&request->run, option, text);
    default:
        return run_options_set(&request->run, option, text);
    }
}

/* One way to say which files: by name, all, or by reason. */
static bool says_which(const struct request *request)
{
    return (request->name_len > 0) + request->all + (request->reason != NULL) == 1;
}

static int dispatch(struct request *request, const char *verb, char **args, size_t len)
{
    bool in_archive = request->archive_given, moves = request->to || request->erase;
    request->names = args;
    request->name_len = len;
    if (strcmp(verb, "ls") == 0 && len > 0 && !moves && !request->all && !request->reason)
        return run_ls(request);
    if (!(strcmp(verb, "retry") == 0 && in_archive) && len > 0) {
        request->dir = args[0];
        request->names++;
        request->name_len--;
    }
    if (strcmp(verb, "retry") == 0 && says_which(request) && !moves && in_archive) {
        int code = run_options_rules(&command_quarantine, &request->run);
        if (code < 0) {
            code = run_options_unlock(&command_quarantine, &request->run);
            return code == EXIT_DONE ? retry_archive(request) : code;
        }
        return code;
    }
    if (strcmp(verb, "retry") == 0 && says_which(request) && !moves && request->dir)
        return retry_hot(request);
    if (strcmp(verb, "release") == 0 && request->name_len > 0 && !request->all &&
        !request->reason && !request->to != !request->erase)
        return run_release(request);
    return usage_error(&command_quarantine, "%s",
                       _("needed are: ls DIR..., retry HOTFOLDER or retry -A ARCHIVE with names, "
                         "--all or --reason, or release DIR NAME... with --to or --delete"));
}

static int run(int argc, char **argv)
{
    static const struct run_command how = {&command_quarantine, long_options, set_option};
    struct request request = {.run = run_options_default()};
    CLEANUP(config_freep) struct config *config = NULL;
    int code = run_options_parse(&how, argc, argv, &request, &config);
    if (code >= 0)
        return code;
    bool verb = argc > optind;
    code = dispatch(&request, verb ? argv[optind] : "", argv + optind + verb,
                    (size_t)(argc - optind - verb));
    run_options_done(&request.run);
    return code;
}

const struct command command_quarantine = {
    .name = "quarantine",
    .summary = N_("list what could not be archived, try it again, or hand it out"),
    .usage = "quarantine {ls DIR... | retry {HOTFOLDER | -A ARCHIVE} NAME... |\n"
             "                         release DIR NAME...} [OPTION]...",
    .help = N_(
        "ls       what lies in quarantines: since when, where it came from, why, what to do. DIR "
        "is\n"
        "         a hot folder, an archive, or a quarantine itself. Exit code 1: there is no\n"
        "         explanation of some file, or none that can be read\n"
        "retry    of a hot folder: moves files back to where they were in the inbox, where the\n"
        "         service takes them again. Of an archive: takes the copies in with the options\n"
        "         given here (those of `sohoa ingest`); what the archive holds then leaves the\n"
        "         quarantine. Exit code 1: something stays, or there is no such file\n"
        "release  hands files out to a person, with their explanations, or deletes them\n"
        "\n"
        "NAME is a file as `ls` shows it. After a crash the same command goes on.\n"
        "\n"
        "Options:\n"
        "      --all            retry: every file\n"
        "      --reason CODE    retry: every file with this reason, e.g. too-many-pages\n"
        "      --marker END     retry: where the service waits for FILE + END, make that, too\n"
        "      --to DIR         release: move the files there; nothing is replaced\n"
        "      --delete         release: delete the files, for ever\n"
        "      --json           one JSON object per file\n"
        "  -A, --archive DIR    retry: the quarantine of this archive\n"
        "  -c, --config FILE    retry -A: options from a YAML file\n"
        "\n"
        "Examples:\n"
        "  sohoa quarantine ls /srv/scan archive\n"
        "  sohoa quarantine retry /srv/scan --reason time-limit\n"
        "  sohoa quarantine retry -A archive --pages-max 20000 --reason too-many-pages\n"
        "  sohoa quarantine release /srv/scan lo-17/a.tif --to /home/lan/scans\n"),
    .run = run,
};
