/* app/delivery.h - dossiers on their way to the agencies that decide them: packages put into their
 * folders, receipts taken from there, each noted as an event (docs/format-delivery.md).
 *
 * The folders and the events are all the state there is. Whatever moment it is killed at, the next
 * run makes the same of it: a package has its name only when it is whole, is noted as sent only
 * then, and as delivered only by a receipt that names its digest. */
#ifndef APP_DELIVERY_H
#define APP_DELIVERY_H

#include "app/dossier_state.h"
#include "app/writing.h"

#define RECEIPT_BYTES_MAX   4096u  /* of a file */
#define RECEIPTS_MAX        10000u /* of an agency in a run; the others in the next */
#define RECEIPT_SETTLE_S    60     /* a file younger than that may still be written */
#define RECEIPT_CLOCK_S     86400  /* so far an agency's clock may be from ours */
#define DELIVERY_NAME_BYTES (DOSSIER_CODE_MAX + 18)

/* A package that was sent, to be found by its digest. */
struct package {
    struct digest id;
    char agency[EVENT_CODE_MAX], dossier[DOSSIER_CODE_MAX];
    int64_t first_ns, last_ns;
    bool delivered;
};
/* The folder of an agency, with the number of the agency in the routing. */
struct target {
    struct err down; /* kind ERR_NONE: it can be used */
    bool told;
};
struct delivery_sums {
    uint64_t sent, again, delivered, waiting, overdue, failed, refused;
};

/* Start with {.writing.requests_fd = -1} and what is said to be given; delivery_done() fits
 * CLEANUP. */
struct delivery {
    const char *archive;           /* given */
    const struct routing *routing; /* given */
    int64_t now_ns, retry_ns;      /* given: after how long without a receipt */
    bool json;                     /* given: how to tell of it, on standard output */
    struct writing writing;        /* given: open */
    struct target *targets;
    char (*codes)[DOSSIER_CODE_MAX]; /* of all dossiers that events tell of */
    size_t code_len, code_cap;
    struct package *packages; /* by digest, then agency */
    size_t package_len, package_cap;
    struct delivery_sums sums;
};
void delivery_done(struct delivery *delivery);

/* In this order. What goes wrong with one dossier, agency or receipt is told and counted, and the
 * others go on; -1 when the archive itself cannot be used. */
MUST_USE int delivery_collect(struct delivery *delivery, struct err *err);
MUST_USE int delivery_take_receipts(struct delivery *delivery, struct err *err);
MUST_USE int delivery_send(struct delivery *delivery, struct err *err);

/* What a package of a dossier is called in the folder of its agency. */
const char *delivery_name(const char *dossier, const struct digest *package,
                          char ret_name[DELIVERY_NAME_BYTES]);

/* For the two halves of it. Commits an event, once. ERR_RETRY when the service refuses it. */
MUST_USE int delivery_note(struct delivery *delivery, const struct event_record *event,
                           struct err *err);
/* Tells of one thing that happened; texts that are not known are "". */
struct delivery_told {
    const char *outcome; /* as in --json */
    const char *text;    /* of printf, translated: dossier, agency, the rest */
    const char *dossier, *agency, *rest;
    const struct digest *package; /* NULL: not known */
};
void delivery_tell(const struct delivery *delivery, const struct delivery_told *told);

#endif
