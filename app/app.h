/* app/app.h - what every command shares: exit codes, messages, opening an archive to read. */
#ifndef APP_APP_H
#define APP_APP_H

#include <libintl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/json.h"
#include "io/files.h"
#include "storage/archive.h"
#include "storage/catalogue.h"

#define _(text)  gettext(text)
#define N_(text) text

/* Documented in `sohoa --help` and the manual; other programs rely on them. */
enum exit_code {
    EXIT_DONE = 0,         /* everything done; ingest: all archived or duplicates */
    EXIT_FINDINGS = 1,     /* something quarantined, damaged, not found, failed, not running */
    EXIT_USAGE = 2,        /* wrong words on the command line */
    EXIT_ENVIRONMENT = 3,  /* not an archive, locked, no space, no permission, no model */
    EXIT_CORRUPT = 4,      /* the archive is damaged in a way that stops the command */
    EXIT_INTERRUPTED = 130 /* stopped by Ctrl-C or SIGTERM; run it again to go on */
};

struct command {
    const char *name;
    const char *summary;               /* one line; translated where shown */
    const char *usage;                 /* after "sohoa name" */
    const char *help;                  /* options and examples; translated where shown */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
};
extern const struct command *const commands[]; /* ends with NULL */

extern const struct command command_init, command_ingest, command_watch, command_ls, command_find,
    command_show, command_get, command_verify, command_reindex, command_stats, command_selftest,
    command_assign, command_status, command_ledger, command_batch, command_quarantine,
    command_dictionary, command_checkpoint, command_prove, command_witness, command_sync,
    command_repair, command_retain, command_destroy, command_event, command_dossier, command_report,
    command_fields, command_export, command_review, command_unit, command_deliver, command_keys;

/* Prints "sohoa: text" on stderr and gives the exit code that fits the error. */
int report(const struct err *err);
/* Wrong words: says what, points to --help. Returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *fmt, ...) PRINTF(2, 3);

/* The options every command knows besides its own. getopt_long() values above 255. */
enum { OPT_HELP = 256, OPT_JSON, OPT_FIRST_OWN };
#define COMMON_OPTIONS                                                                             \
    {"help", no_argument, NULL, OPT_HELP},                                                         \
    {                                                                                              \
        "json", no_argument, NULL, OPT_JSON                                                        \
    }
void print_help(const struct command *command);

/* Options of a command that has only the common ones, and `n` arguments (`what` names them in the
 * message). Gives -1 to go on with argv[optind], or the exit code to end with. */
int parse_common(const struct command *command, int argc, char **argv, int n, const char *what,
                 bool *ret_json);

/* Messages in the user's language; call first. */
void language_init(void);
enum reason_language language_of_reasons(void);

#define PATH_BYTES_MAX 4160 /* with NUL */
/* Where data that came with the program is: beside it in the build tree, in share/sohoa when
 * installed. False when it is at neither place. */
bool beside_program(const char *name, char ret_path[PATH_BYTES_MAX]);

/* An archive opened to be read, or to be written, with the key ring of --keys or SOHOA_KEYS if
 * there is one. Start with zero; reading_done() fits CLEANUP. */
struct ring;
struct reading {
    struct io *io;
    struct archive *archive;
    struct catalogue *catalogue;
    const char *keys;  /* borrowed; NULL: as the user said */
    struct ring *ring; /* NULL: none was named */
};
MUST_USE int reading_open(struct reading *reading, const char *path, enum archive_mode mode,
                          struct err *err);
void reading_done(struct reading *reading);

/* Writes to a file, which appears whole and durable or not at all; to a device or pipe as it is; to
 * standard output when path is NULL or "-". */
MUST_USE int write_output(struct io *io, const char *path, struct span data, struct err *err);

/* The same for what comes bit by bit, a pdf_put. Start with zero; output_done() takes back what was
 * not finished, and fits CLEANUP. */
struct output {
    struct io *io;
    const char *path; /* borrowed */
    int fd;           /* of a device or pipe; else the draft */
    int dir_fd;
    struct io_draft draft;
    bool open, is_draft;
};
MUST_USE int output_open(struct output *output, struct io *io, const char *path, struct err *err);
MUST_USE int output_put(void *output, struct span data, struct err *err);
MUST_USE int output_finish(struct output *output, struct err *err);
void output_done(struct output *output);

/* "12.3 MB", in `text`, which is returned. */
char *size_text(uint64_t bytes, char text[32]);
/* "2026-11-22T09:30:00Z"; "-" for 0. */
char *time_text(int64_t time_ns, char text[32]);
/* "4:05", "1:02:03". */
char *duration_text(double seconds, char text[32]);
/* A date (2026-11-22) or RFC 3339 time in UTC as ns; false when it is neither. */
bool parse_time(const char *text, bool end_of_day, int64_t *ret_ns);
/* What --dossier of ls and find takes: a code, or how codes begin and a '*'. */
bool is_dossier_query(const char *text);
/* A whole number with an optional K, M or G (powers of 1024), in [min, max]. */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number);

/* Threads of verify: one per core; what a user may ask for. */
unsigned verify_workers_default(void);
bool verify_workers_parse(const char *text, unsigned *ret_workers);
/* Is there a catalogue.db at all? */
bool catalogue_is_there(const char *archive);

/* The JSON of one page row: the contract of `ls --json`. */
json_t *page_row_json(const struct page_row *row);
/* The reason as people read it, in their language; "" when there is none. The caller frees it. */
char *reason_text(const char *code, const char *detail);
char *page_row_reason(const struct page_row *row);

#endif
