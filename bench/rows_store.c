/* bench/rows_store.c - the archive as a store of bytes, beside restic, borg and tar. */
#include <stdio.h>
#include <string.h>

#include "bench/rows.h"

#define FILE_BYTES  81920u
#define COMMAND_MAX 300u
#define FILES_QUICK 400u
#define FILES_FULL  3200u

enum { SOHOA, RESTIC, BORG, TAR, STORES };

#define RESTIC_DO "restic -q --no-cache -r \"$REPOS/restic\" "

/* Taking in: each run into a new store. */
static const struct entry writers[STORES] = {
    [SOHOA] = {.name = "sohoa",
               .before = "\"$SOHOA\" init store",
               .command = "exec \"$TOOL\" store-files \"$OUT/store\" \"$FILES\" 64",
               .note = "its storage layer: 64 files under way, groups synced, catalogue kept"},
    [RESTIC] = {.name = "restic",
                .needs = "restic",
                .before = "restic -q --no-cache -r \"$OUT/store\" init",
                .command = "exec restic -q --no-cache -r \"$OUT/store\" backup \"$FILES\"",
                .note = "encrypts always; syncs each pack"},
    [BORG] = {.name = "borg",
              .needs = "borg",
              .before = "borg init -e none \"$OUT/store\"",
              .command = "exec borg create -C none \"$OUT/store::one\" \"$FILES\"",
              .note = "no encryption, no compression; syncs each segment"},
    [TAR] = {.name = "tar",
             .needs = "tar",
             .command = "exec tar -C \"$FILES\" -cf \"$OUT/store.tar\" .",
             .note = "nothing durable, nothing checked: an upper bound"},
};

/* Every byte read and compared with its checksum. borg has one thread, so what is compared with it
 * has one, too. */
static const struct entry checkers[] = {
    [SOHOA] = {.name = "sohoa, one thread",
               .command = "exec \"$SOHOA\" verify --workers 1 \"$REPOS/sohoa\""},
    [RESTIC] = {.name = "restic",
                .needs = "restic",
                .command = "exec " RESTIC_DO "check --read-data"},
    [BORG] = {.name = "borg",
              .needs = "borg",
              .command = "exec borg check --verify-data \"$REPOS/borg\""},
    {.name = "sohoa, a thread a core", .command = "exec \"$SOHOA\" verify \"$REPOS/sohoa\""},
};

static const struct entry readers[STORES] = {
    [SOHOA] = {.name = "sohoa",
               .command = "exec \"$TOOL\" restore \"$REPOS/sohoa\" \"$OUT\"",
               .note =
                   "its storage layer; every byte checked on the way, files under their digest"},
    [RESTIC] = {.name = "restic",
                .needs = "restic",
                .command = "exec " RESTIC_DO "restore latest --target \"$OUT\""},
    [BORG] = {.name = "borg",
              .needs = "borg",
              .command = "cd \"$OUT\" && exec borg extract \"$REPOS/borg::one\""},
    [TAR] = {.name = "tar", .needs = "tar", .command = "exec tar -C \"$OUT\" -xf \"$REPOS/tar\""},
};

/* One of each, to be checked and read back; one that cannot be made is missing in its rows too. */
static const char make_repos[] =
    "rm -rf \"$REPOS\" && mkdir -p \"$REPOS\" && cd \"$REPOS\" && \"$SOHOA\" init sohoa && "
    "\"$TOOL\" store-files sohoa \"$FILES\" 64 && tar -C \"$FILES\" -cf tar . || exit\n"
    "if command -v restic; then " RESTIC_DO "init && " RESTIC_DO "backup \"$FILES\"; fi\n"
    "if command -v borg; then borg init -e none borg && borg create -C none borg::one \"$FILES\"; "
    "fi\n"
    "sync";

static struct contest contest_of(const char *section, uint64_t files, struct entry *entries,
                                 size_t n)
{
    static const struct {
        uint64_t files;
        const char *name;
    } sets[] = {
        {FILES_QUICK, "33 MB of 80 KiB files"},
        {FILES_QUICK * 2, "66 MB of 80 KiB files"},
        {FILES_FULL, "262 MB of 80 KiB files"},
        {FILES_FULL * 2, "524 MB of 80 KiB files"},
    };
    const char *set = NULL;
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        if (sets[i].files == files)
            set = sets[i].name;
    return (struct contest){.section = section,
                            .set = set,
                            .units = files,
                            .bytes = files * FILE_BYTES,
                            .cache = "warm",
                            .repeats_more = 6, /* seconds long, and the disk has its moods */
                            .seconds_max = 120,
                            .seconds_spent = 30,
                            .entries = entries,
                            .len = n};
}

static int race(struct bench *bench, struct contest *contest, const struct comparison *target,
                struct err *err)
{
    static const enum metric shown[] = {METRIC_MB_RATE, METRIC_CPU, METRIC_RSS};
    if (contest_run(bench, contest, err) < 0 ||
        contest_report(bench, contest, shown, ARRAY_LEN(shown), err) < 0)
        return -1;
    struct comparison comparison = *target;
    comparison.a = &contest->entries[SOHOA];
    comparison.b = &contest->entries[BORG];
    return contest_compare(bench, contest, &comparison, err);
}

static int note_producers(struct bench *bench, const char *name, bool target, struct err *err)
{
    CLEANUP(json_freep) json_t *json = last_json(bench, "producers.json", err);
    if (!json)
        return -1;
    double objects = json_number_value(json_object_get(json, "objects"));
    struct figure figure = {
        .section = "group commit",
        .set = "80 KiB objects",
        .name = name,
        .metric = "pages/s durable",
        .unit = "",
        .value = objects / json_number_value(json_object_get(json, "wall_s")),
        .target = target ? TARGET_AT_LEAST : TARGET_NONE,
        .bound = 1000,
        .note = "each hands in one object and waits until it is synced and in the catalogue"};
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.target = TARGET_NONE;
    figure.note = NULL;
    figure.metric = "objects a group";
    figure.value = objects / json_number_value(json_object_get(json, "groups"));
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.metric = "p50 until durable";
    figure.unit = "ms";
    figure.value = json_number_value(json_object_get(json, "p50_ms"));
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.metric = "p99 until durable";
    figure.value = json_number_value(json_object_get(json, "p99_ms"));
    return figure_add(bench, &figure, err);
}

static int produce(struct bench *bench, unsigned threads, unsigned objects, struct err *err)
{
    char script[COMMAND_MAX], why[200], name[40];
    (void)snprintf(name, sizeof name, "%u producer%s", threads, threads > 1 ? "s" : "");
    (void)snprintf(script, sizeof script,
                   "rm -rf \"$WORK/many\" && \"$SOHOA\" init \"$WORK/many\" && sync && \"$TOOL\" "
                   "store \"$WORK/many\" %u %u %u >\"$WORK/producers.json\"",
                   threads, objects, FILE_BYTES);
    (void)fprintf(stderr, "  %s\n", name);
    if (!shell(bench, script, why))
        return results_leave_out(&bench->results, name, why, err);
    return note_producers(bench, name, threads == 16, err);
}

/* Files, and a store of each kind with them. */
static int fill(struct bench *bench, uint64_t files, char why[200])
{
    char script[COMMAND_MAX];
    (void)snprintf(script, sizeof script,
                   "mkdir -p \"$FILES\" && \"$TOOL\" noise \"$FILES\" %llu %u",
                   (unsigned long long)files, FILE_BYTES);
    return shell(bench, script, why) && shell(bench, make_repos, why);
}

static int set_up(struct bench *bench, uint64_t files, char why[200], struct err *err)
{
    char repos[WORK_PATH_MAX], dir[WORK_PATH_MAX], home[WORK_PATH_MAX];
    if (contest_env("REPOS", work_path(bench, "repos", repos), err) < 0 ||
        contest_env("FILES", work_path(bench, "noise", dir), err) < 0 ||
        contest_env("BORG_BASE_DIR", work_path(bench, "borg-home", home), err) < 0 ||
        contest_env("RESTIC_PASSWORD", "bench", err) < 0 ||
        contest_env("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes", err) < 0 ||
        contest_env("BORG_RELOCATED_REPO_ACCESS_IS_OK", "yes", err) < 0)
        return -1;
    return fill(bench, files, why);
}

int rows_store(struct bench *bench, struct err *err)
{
    uint64_t files = bench->quick ? FILES_QUICK : FILES_FULL;
    struct entry put[STORES], check[ARRAY_LEN(checkers)], get[STORES];
    char why[200] = "";
    int ready = set_up(bench, files, why, err);
    if (ready < 0)
        return -1;
    if (!ready)
        return results_leave_out(&bench->results, "store", why, err);
    memcpy(put, writers, sizeof put);
    memcpy(check, checkers, sizeof check);
    memcpy(get, readers, sizeof get);
    struct contest putting = contest_of("store: write", files, put, ARRAY_LEN(put));
    struct contest getting = contest_of("store: restore", files, get, ARRAY_LEN(get));
    getting.repeats_more = 2; /* no target */
    if (race(bench, &putting, &(struct comparison){.name = "sohoa / borg create", .bound = 1},
             err) < 0 ||
        race(bench, &getting, &(struct comparison){.name = "sohoa / borg extract"}, err) < 0)
        return -1;
    /* Twice as much is checked, and more often: a second's work is at the mercy of the machine. */
    if (!fill(bench, files * 2, why))
        return results_leave_out(&bench->results, "store: verify", why, err);
    struct contest checking = contest_of("store: verify", files * 2, check, ARRAY_LEN(check));
    checking.repeats_more = 12;
    if (race(bench, &checking,
             &(struct comparison){.name = "sohoa / borg check, one thread each", .bound = 2},
             err) < 0)
        return -1;
    (void)shell(bench, "rm -rf \"$REPOS\" \"$FILES\" \"$OUT\"", why);
    if (produce(bench, 1, bench->quick ? 200 : 1000, err) < 0)
        return -1;
    return produce(bench, 16, bench->quick ? 1000 : 8000, err);
}
