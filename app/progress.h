/* app/progress.h - how far a run is: a bar on a terminal, nothing elsewhere. */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include "pipeline/pipeline.h"

/* Draws the bar over the line before. Pages/s over the whole run; the time left from the share of
 * files done, shown only once it means something. */
void progress_draw(const struct tally *tally);
void progress_clear(void); /* wipes the line, so that a message can stand there */

#endif
