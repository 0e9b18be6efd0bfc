/* app/export.h - pages of the archive as a document of another form. */
#ifndef APP_EXPORT_H
#define APP_EXPORT_H

#include "app/lookup.h"

struct export
{
    struct reading *reading;
    const struct lookup *lookup; /* the pages, in order */
    const char *id;              /* what the user called them: the title, where there is none */
    const char *output;          /* as write_output() has it */
};

/* Both write one page after the other, with one in memory at a time. */

/* A searchable PDF/A-2b. Pages that could not be read when they were archived have no picture: they
 * are left out, told of on standard error, and counted. ERR_INPUT when no page is left. */
MUST_USE int export_pdf(const struct export *export, uint32_t *ret_left_out, struct err *err);
/* hOCR; pages without text are empty ones. */
MUST_USE int export_hocr(const struct export *export, struct err *err);

#endif
