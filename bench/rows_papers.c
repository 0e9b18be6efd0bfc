/* bench/rows_papers.c - a hundred thousand dossiers: are papers found by what is on them, and is a
 * report made, while a person waits? */
#include <stdio.h>

#include "bench/rows.h"

#define COMMAND_MAX 300u

static int note_question(struct bench *bench, const char *set, const char *name, const json_t *kind,
                         struct err *err)
{
    struct figure figure = {
        .section = "papers",
        .set = set,
        .name = name,
        .metric = "p50",
        .unit = "ms",
        .value = json_number_value(json_object_get(kind, "p50_ms")),
        .note = "in process, three filters, 20 pages with the beginnings of their texts"};
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.metric = "p99";
    figure.note = NULL;
    figure.value = json_number_value(json_object_get(kind, "p99_ms"));
    figure.target = TARGET_AT_MOST;
    figure.bound = 100;
    return figure_add(bench, &figure, err);
}

static int questions(struct bench *bench, const char *set, struct err *err)
{
    CLEANUP(json_freep) json_t *json = last_json(bench, "papers.json", err);
    const char *name;
    json_t *kind;
    if (!json)
        return -1;
    json_object_foreach(json, name, kind)
    {
        if (note_question(bench, set, name, kind, err) < 0)
            return -1;
    }
    return 0;
}

int rows_papers(struct bench *bench, unsigned dossiers, struct err *err)
{
    char script[COMMAND_MAX], set[40], why[200];
    (void)snprintf(set, sizeof set, "%u dossiers", dossiers);
    (void)snprintf(script, sizeof script,
                   "sync && \"$TOOL\" search-papers \"$LARGE\" %u %u >\"$WORK/papers.json\"",
                   dossiers, bench->quick ? 50 : 300);
    if (!shell(bench, script, why)) {
        (void)fprintf(stderr, "  left out: papers: %s\n", why);
        return results_leave_out(&bench->results, "papers", why, err);
    }
    struct entry report = {.name = "sohoa report digitisation",
                           .command = "exec \"$SOHOA\" report digitisation \"$LARGE\" "
                                      ">\"$OUT/report\""};
    if (questions(bench, set, err) < 0)
        return -1;
    return one_command(bench, "papers", set, &report, err);
}
