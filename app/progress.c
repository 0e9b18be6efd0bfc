/* app/progress.c - how far a run is: a bar on a terminal. */
#include "app/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"

#define BAR_CELLS 24

static const char *left_text(const struct tally *tally, char text[32])
{
    if (tally->sources == 0 || tally->wall_ns < 2000000000u) {
        (void)snprintf(text, 32, "--:--");
        return text;
    }
    double share = (double)tally->sources / (double)tally->sources_found;
    double seconds = (double)tally->wall_ns / 1e9 * (1 - share) / share;
    return duration_text(seconds, text);
}

void progress_draw(const struct tally *tally)
{
    char bar[BAR_CELLS + 1], left[32];
    uint64_t all = tally->sources_found ? tally->sources_found : 1;
    size_t full = (size_t)(tally->sources * BAR_CELLS / all);
    double seconds = (double)tally->wall_ns / 1e9;
    memset(bar, '-', BAR_CELLS);
    memset(bar, '#', full < BAR_CELLS ? full : BAR_CELLS);
    bar[BAR_CELLS] = '\0';
    (void)fprintf(stderr, "\r\033[K");
    (void)fprintf(stderr,
                  _("[%s] %" PRIu64 "/%" PRIu64 " files  %" PRIu64 " pages  %.1f pages/s  %s left  "
                    "%" PRIu64 " failed"),
                  bar, tally->sources, tally->sources_found, tally->pages_read,
                  seconds > 0 ? (double)tally->pages_read / seconds : 0, left_text(tally, left),
                  tally->quarantined + tally->pages_failed);
    (void)fflush(stderr);
}

void progress_clear(void)
{
    (void)fprintf(stderr, "\r\033[K");
    (void)fflush(stderr);
}
