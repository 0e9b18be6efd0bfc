/* base/clock.h - points in time as one number: nanoseconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t timespec_ns(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* CLOCK_REALTIME: since 1970, UTC; CLOCK_MONOTONIC: since some start, and only forward. */
static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return timespec_ns(&now);
}

#endif
