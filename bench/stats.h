/* bench/stats.h - a handful of repeats as one figure and its spread. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

#include "base/def.h"

/* Median of n repeats, the smallest and the largest. n is 0 when there is nothing: all zero. */
struct summary {
    size_t n;
    double median, low, high;
};

/* Values that are NaN (not measured in that repeat) are left out. */
#define STATS_VALUES_MAX 64u
struct summary summary_of(const double values[], size_t n); /* n <= STATS_VALUES_MAX */

/* Repeat by repeat, a / b: what ran side by side is compared, not what ran an hour apart. */
struct summary summary_of_ratio(const double a[], const double b[], size_t n);

/* The smallest value that at least `share` (0..1) of all do not exceed (nearest rank). Sorts
 * values. n > 0. */
double percentile(double values[], size_t n, double share);

#endif
