/* bench/rows_lines.c - the recogniser alone beside Tesseract's: the same boxes, no dictionary. */
#include <stdio.h>

#include "bench/rows.h"

#define LINE_PAGES 3u /* of each set: Tesseract takes a second and a half for each */

static double number_of(const json_t *json, const char *name)
{
    return json_number_value(json_object_get(json, name));
}

int rows_lines(struct bench *bench, const struct pageset *set, struct err *err)
{
    char script[200], why[200] = "the time of the whole run was over";
    (void)snprintf(script, sizeof script, "\"$TOOL\" lines \"$IN\" %u >\"$WORK/lines.json\"",
                   LINE_PAGES);
    if (contest_env("IN", set->dir, err) < 0)
        return -1;
    if (!(seconds_left(bench) > 0) || !shell(bench, script, why))
        return results_leave_out(&bench->results, "recogniser alone", why, err);
    CLEANUP(json_freep) json_t *json = last_json(bench, "lines.json", err);
    if (!json)
        return -1;
    struct figure figure = {.section = "recogniser alone",
                            .set = "sohoa's beside Tesseract's",
                            .name = set->name,
                            .metric = "agreement",
                            .unit = "%",
                            .value = number_of(json, "agreement"),
                            .target = TARGET_AT_LEAST,
                            .bound = 99,
                            .note = "letters, by edits; same boxes, no dictionary on either side"};
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure = (struct figure){.section = figure.section,
                             .set = figure.set,
                             .name = figure.name,
                             .metric = "lines",
                             .unit = "",
                             .value = number_of(json, "lines")};
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.metric = "lines that are the same";
    figure.value = number_of(json, "same");
    return figure_add(bench, &figure, err);
}
