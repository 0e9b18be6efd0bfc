/* records/retention.c - how long papers are kept. */
#include "records/retention.h"

#include <time.h>

#define NS_PER_S      1000000000
#define YEAR_LAST     2261 /* the last whole year that 64 bits of nanoseconds reach */
#define TM_YEAR_START 1900

bool retention_valid(uint32_t years)
{
    return years == RETENTION_PERMANENT ||
           (years >= RETENTION_YEARS_MIN && years <= RETENTION_YEARS_MAX);
}

int64_t retention_end_ns(int64_t from_ns, uint32_t years)
{
    time_t seconds = (time_t)(from_ns / NS_PER_S);
    struct tm tm;
    if (years > RETENTION_YEARS_MAX || !gmtime_r(&seconds, &tm) ||
        tm.tm_year + TM_YEAR_START + (int)years > YEAR_LAST)
        return INT64_MAX;
    tm.tm_year += (int)years;
    return (int64_t)timegm(&tm) * NS_PER_S + from_ns % NS_PER_S;
}

bool retention_over(int64_t from_ns, uint32_t years, int64_t now_ns)
{
    return years >= RETENTION_YEARS_MIN && now_ns >= retention_end_ns(from_ns, years);
}
