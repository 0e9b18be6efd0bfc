/* app/run_options.h - what the commands that take files in share: options, signals, outcomes. */
#ifndef APP_RUN_OPTIONS_H
#define APP_RUN_OPTIONS_H

#include <getopt.h>

#include "app/app.h"
#include "app/config.h"
#include "pipeline/pipeline.h"
#include "storage/keys.h"

struct run_options {
    bool json, quiet;
    const char *archive;
    const char *keys;  /* of the file of -c; what --keys or SOHOA_KEYS says wins */
    const char *label; /* of the key to seal with; NULL: nothing is sealed */
    struct ring *ring; /* these two: by run_options_unlock() */
    struct seal_key seal;
    const char *rules;            /* "none", a folder, or NULL: those that came with the program */
    struct extract_rules *loaded; /* owned, once run_options_rules() has loaded them */
    struct pipeline_options pipeline;
};

enum {
    OPT_WORKERS = OPT_FIRST_OWN,
    OPT_ISOLATION,
    OPT_IO,
    OPT_LANGUAGE,
    OPT_ENGINE,
    OPT_FILE_MAX,
    OPT_PIXELS_MAX,
    OPT_PAGES_MAX,
    OPT_PAGE_SECONDS,
    OPT_CELL_MEMORY,
    OPT_ON_BAD_PAGE,
    OPT_MAX_FAILURES,
    OPT_SEPARATOR_SHEET,
    OPT_KEYS,
    OPT_SEAL_WITH,
    OPT_RULES,
    OPT_FIRST_OF_COMMAND
};

#define RUN_OPTIONS                                                                                \
    {"archive", required_argument, NULL, 'A'}, {"config", required_argument, NULL, 'c'},           \
        {"quiet", no_argument, NULL, 'q'}, {"workers", required_argument, NULL, OPT_WORKERS},      \
        {"isolation", required_argument, NULL, OPT_ISOLATION},                                     \
        {"io", required_argument, NULL, OPT_IO},                                                   \
        {"language", required_argument, NULL, OPT_LANGUAGE},                                       \
        {"engine", required_argument, NULL, OPT_ENGINE},                                           \
        {"file-max", required_argument, NULL, OPT_FILE_MAX},                                       \
        {"pixels-max", required_argument, NULL, OPT_PIXELS_MAX},                                   \
        {"pages-max", required_argument, NULL, OPT_PAGES_MAX},                                     \
        {"page-seconds", required_argument, NULL, OPT_PAGE_SECONDS},                               \
        {"separator-sheet", required_argument, NULL, OPT_SEPARATOR_SHEET},                         \
        {"rules", required_argument, NULL, OPT_RULES},                                             \
        {"on-bad-page", required_argument, NULL, OPT_ON_BAD_PAGE},                                 \
        {"max-failures", required_argument, NULL, OPT_MAX_FAILURES},                               \
        {"keys", required_argument, NULL, OPT_KEYS},                                               \
        {"seal", required_argument, NULL, OPT_SEAL_WITH},                                          \
    {                                                                                              \
        "cell-memory", required_argument, NULL, OPT_CELL_MEMORY                                    \
    }

/* SOHOA_ARCHIVE, one worker for each core, the limits of pipeline/limits.h. */
struct run_options run_options_default(void);
/* False: a value this option does not take. self: a struct run_options. */
bool run_options_set(void *self, int option, char *text);

/* A command with RUN_OPTIONS and some of its own. */
struct run_command {
    const struct command *command;
    const struct option *options;
    bool (*set)(void *self, int option, char *text);
};
/* Options from the file of -c, then from the command line. -1 to go on with argv[optind], or the
 * exit code to end with. *config owns the values of the file. */
int run_options_parse(const struct run_command *run, int argc, char **argv, void *self,
                      struct config **config);

/* Loads the rules for fields, and gives them to the pipeline. -1 to go on, or the exit code to end
 * with: rules that were asked for are wrong. Without those that came with the program a warning is
 * all, and no fields are noted. run_options_done() releases them. */
int run_options_rules(const struct command *command, struct run_options *run);
/* Opens the key ring, if one is named, for the pipeline: the archive is known by now. EXIT_DONE, or
 * the exit code to end with. The pipeline's options point into run from here on. */
int run_options_unlock(const struct command *command, struct run_options *run);
void run_options_done(struct run_options *run); /* fits CLEANUP */

/* Reports why a run ended, and gives its exit code. */
int run_report(const struct err *err);

/* Ctrl-C, SIGTERM and SIGHUP raise the flag; a second Ctrl-C ends the process at once. */
void catch_signals(void);
_Atomic int *stop_flag(void);

/* The contract of `ingest --json`, and the line people read. */
json_t *outcome_json(const struct outcome *outcome);
void print_outcome(const struct outcome *outcome);
/* One of the two, as the options say; what cannot be printed is lost. */
void tell_outcome(const struct run_options *run, const struct outcome *outcome);

#endif
