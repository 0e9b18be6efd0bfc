/* records/retention.h - how long papers are kept (Law on Archives 33/2024, Article 15). */
#ifndef RECORDS_RETENTION_H
#define RECORDS_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#define RETENTION_UNSET     0u /* nobody has said */
#define RETENTION_YEARS_MIN 2u
#define RETENTION_YEARS_MAX 70u
#define RETENTION_PERMANENT 1000u /* longer than any number of years: the longest wins */

/* A number of years that can be set, or RETENTION_PERMANENT. */
bool retention_valid(uint32_t years);
/* When the time is over for what was archived at from_ns: the same day and hour (UTC) so many years
 * later, March 1 for February 29. INT64_MAX: never, or after all that can be counted. */
int64_t retention_end_ns(int64_t from_ns, uint32_t years);
/* A number of years was set, and they are over at now_ns. */
bool retention_over(int64_t from_ns, uint32_t years, int64_t now_ns);

#endif
