/* app/handover.h - a dossier for an archive or for another system: `sohoa export --as`. */
#ifndef APP_HANDOVER_H
#define APP_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

enum handover_form { HANDOVER_BAG, HANDOVER_AIP, HANDOVER_SIP, HANDOVER_JSON, HANDOVER_FORMS };
extern const char *const handover_names[HANDOVER_FORMS]; /* "bag" "aip" "sip" "json" */

struct handover {
    const char *archive, *code, *output;
    enum handover_form form; /* not HANDOVER_BAG: that is all of the dossier */
    const char *fonds;       /* for AIP and SIP */
    const char *agency;      /* NULL: the fonds */
    const char *file_code;   /* NULL: the dossier's, without '/' */
    int64_t time_ns;         /* 0: when the newest thing happened that it tells of */
    bool json;
};

/* Makes the folder and tells of it. Returns an exit code. */
int hand_over(const struct handover *handover);

#endif
