/* bench/rows_micro.c - the hot kernels alone, each beside what a core can do. */
#include <stdio.h>

#include "bench/rows.h"

static int note_kernels(struct bench *bench, const char *name, const json_t *kernels,
                        struct err *err)
{
    const double rate = json_number_value(json_object_get(kernels, "gmacs"));
    const double peak = json_number_value(json_object_get(kernels, "peak_gmacs"));
    struct figure figure = {.section = "kernels",
                            .set = "model vie",
                            .name = name,
                            .metric = "forward pass",
                            .unit = "us a step",
                            .value = json_number_value(json_object_get(kernels, "us_a_step")),
                            .note = "one core; a step is 3 columns of a line of 36 rows"};
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.metric = "multiply-adds";
    figure.unit = "G/s";
    figure.value = rate;
    figure.note = "of the whole pass: convolution, LSTMs, tanh, softmax";
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    if (!(peak > 0))
        return 0; /* not known how to ask */
    figure.metric = "peak of the core";
    figure.value = peak;
    figure.note = "measured: the same instruction out of registers";
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.metric = "share of the peak";
    figure.unit = "%";
    figure.value = rate / peak * 100;
    figure.note = NULL;
    return figure_add(bench, &figure, err);
}

int rows_micro(struct bench *bench, struct err *err)
{
    static const char script[] =
        "f=$(find /usr/share/tesseract-ocr -name vie.traineddata | head -n1)\n"
        "\"$TOOL\" kernels \"$f\" >\"$WORK/kernels.json\"";
    char why[200];
    if (!shell(bench, script, why))
        return results_leave_out(&bench->results, "kernels", why, err);
    CLEANUP(json_freep) json_t *json = last_json(bench, "kernels.json", err);
    if (!json)
        return -1;
    const char *name;
    json_t *kernels;
    json_object_foreach(json, name, kernels)
    {
        if (note_kernels(bench, name, kernels, err) < 0)
            return -1;
    }
    return 0;
}
