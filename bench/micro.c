/* bench/micro.c - the recogniser's kernels alone, each beside what a core can do. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "bench/peak.h"
#include "bench/tool.h"
#include "ocr/network.h"
#include "ocr/traineddata.h"

#define LINE_WIDTH_PX 1900 /* a line of an A4 page at 36 rows */
#define SECONDS       1.0  /* of each measurement */
#define TRIES         5    /* the best counts: the machine is shared */
#define PEAK_ROUNDS   4000000u

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Multiply-adds in a second out of registers; 0 where it is not known how to ask. */
static double peak_rate(enum network_kernels kernels)
{
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
        int32_t sink = 0;
        uint64_t macs = 0;
        const double start = cpu_s();
#ifdef __x86_64__
        if (kernels == KERNELS_AVX2)
            macs = peak_avx2(PEAK_ROUNDS, &sink);
        else if (kernels == KERNELS_AVX512)
            macs = peak_avx512(PEAK_ROUNDS, &sink);
#endif
        const double rate = (double)macs * PEAK_ROUNDS / (cpu_s() - start);
        best = rate > best ? rate : best;
        __asm__ volatile("" : : "r"(sink));
    }
    return best;
}

/* Steps in a second of a full batch of lines. */
static int step_rate(const struct network *network, enum network_kernels kernels, double *ret_rate,
                     struct err *err)
{
    struct line_image lines[NETWORK_BATCH];
    struct line_scores scores[NETWORK_BATCH];
    CLEANUP(bytes_done) struct bytes pixels = {0};
    CLEANUP(network_work_freep) struct network_work *work = network_work_new(kernels, err);
    const size_t bytes = (size_t)LINE_WIDTH_PX * NETWORK_HEIGHT;
    if (!work || bytes_reserve(&pixels, bytes, err) < 0)
        return -1;
    noise_fill(1, pixels.data, bytes);
    for (size_t i = 0; i < NETWORK_BATCH; i++)
        lines[i] = (struct line_image){LINE_WIDTH_PX, (const int8_t *)pixels.data};
    *ret_rate = 0;
    for (int i = 0; i < TRIES; i++) {
        double start = cpu_s(), spent = 0;
        uint64_t steps = 0;
        for (; spent < SECONDS / TRIES; spent = cpu_s() - start) {
            if (network_run(network, work, lines, NETWORK_BATCH, scores, err) < 0)
                return -1;
            steps += (uint64_t)NETWORK_BATCH * LINE_STEPS(LINE_WIDTH_PX);
        }
        *ret_rate = (double)steps / spent > *ret_rate ? (double)steps / spent : *ret_rate;
    }
    return 0;
}

int measure_kernels(const char *model, struct err *err)
{
    CLEANUP(bytes_done) struct bytes file = {0};
    CLEANUP(network_freep) struct network *network = NULL;
    CLEANUP(json_freep) json_t *json = json_object();
    struct span part;
    if (traineddata_load(model, &file, err) < 0 ||
        traineddata_part(bytes_span(&file), TRAINEDDATA_LSTM, &part, err) < 0)
        return -1;
    network = network_load(part, err);
    if (!network)
        return -1;
    for (enum network_kernels k = KERNELS_PORTABLE; k < KERNELS_BEST; k++) {
        double steps = 0;
        if (!network_has_kernels(k))
            continue;
        if (step_rate(network, k, &steps, err) < 0)
            return -1;
        (void)json_object_set_new(json, network_kernels_name(k),
                                  json_pack("{s:f s:f s:f}", "us_a_step", 1e6 / steps, "gmacs",
                                            steps * network_macs_per_step(network) / 1e9,
                                            "peak_gmacs", peak_rate(k) / 1e9));
    }
    return json_dumpf(json, stdout, JSON_COMPACT) < 0 || puts("") < 0
               ? err_set(err, ERR_SYSTEM, "cannot write")
               : 0;
}
