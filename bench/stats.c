/* bench/stats.c - a handful of repeats as one figure and its spread. */
#include "bench/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static int compare(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

struct summary summary_of(const double values[], size_t n)
{
    double sorted[STATS_VALUES_MAX];
    size_t kept = 0;
    assert(n <= STATS_VALUES_MAX);
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            sorted[kept++] = values[i];
    if (kept == 0)
        return (struct summary){0};
    qsort(sorted, kept, sizeof *sorted, compare);
    return (struct summary){.n = kept,
                            .median = (sorted[(kept - 1) / 2] + sorted[kept / 2]) / 2,
                            .low = sorted[0],
                            .high = sorted[kept - 1]};
}

struct summary summary_of_ratio(const double a[], const double b[], size_t n)
{
    double ratios[STATS_VALUES_MAX];
    assert(n <= STATS_VALUES_MAX);
    for (size_t i = 0; i < n; i++)
        ratios[i] = b[i] > 0 || b[i] < 0 ? a[i] / b[i] : (double)NAN;
    return summary_of(ratios, n);
}

double percentile(double values[], size_t n, double share)
{
    assert(n > 0 && share >= 0 && share <= 1);
    qsort(values, n, sizeof *values, compare);
    size_t rank = (size_t)ceil(share * (double)n);
    return values[rank > 0 ? rank - 1 : 0];
}
