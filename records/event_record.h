/* records/event_record.h - something that happened to a dossier: when, who, where, why.
 *
 * A dossier is what its events say, in the order they were archived; nothing of it is ever changed
 * or taken back (docs/format-records.md). What is known of it beside (procedure, agencies, due day)
 * comes with events, too: the last one that tells of a fact has it. */
#ifndef RECORDS_EVENT_RECORD_H
#define RECORDS_EVENT_RECORD_H

#include "base/digest.h"
#include "storage/catalogue.h"

#define EVENT_NAME_CHARS   100u /* who, and what things are called */
#define EVENT_NAME_MAX     401  /* bytes with NUL: 100 characters of any kind */
#define EVENT_TEXT_CHARS   500u
#define EVENT_TEXT_MAX     2001
#define EVENT_CODE_MAX     61 /* bytes with NUL: longest is a procedure with its agency */
#define EVENT_COUNT_MAX    UINT64_C(1000000)
#define EVENT_AMOUNT_MAX   UINT64_C(1000000000000) /* VND */
#define EVENT_RECORD_BYTES (64 * KIB)              /* a longer text is no event record */

/* What happened; names as in the record. */
enum event_what {
    EVENT_ARRIVED,      /* the citizen came, and began to wait */
    EVENT_STARTED,      /* an operator began with the dossier */
    EVENT_RECEIVED,     /* it was taken in, officially */
    EVENT_REFUSED,      /* it was not */
    EVENT_SCANNED,      /* pages, and how many of them again */
    EVENT_COMPONENT,    /* a paper of it is expected, digitised, exempt */
    EVENT_REUSED,       /* a paper archived before was used, not asked for again */
    EVENT_FEE,          /* was paid: amount and receipt */
    EVENT_HANDED_OVER,  /* originals: how many sheets, to whom */
    EVENT_TRANSFERRED,  /* to the agency that decides */
    EVENT_ACKNOWLEDGED, /* by it */
    EVENT_SUPPLEMENT,   /* something is missing, and was asked for */
    EVENT_DECIDED,      /* there is a result */
    EVENT_RETURNED,     /* the citizen has it */
    EVENT_STOPPED,      /* the agency ended it without a result */
    EVENT_WITHDRAWN,    /* the citizen took it back */
    EVENT_FEEDBACK,
    EVENT_COMPLAINT,
    EVENT_NOTED, /* nothing happened: facts are told */
    EVENT_KINDS
};
const char *event_what_name(enum event_what what); /* "arrived" ... */
MUST_USE bool event_what_parse(const char *name, enum event_what *ret_what);

enum component_state { COMPONENT_EXPECTED, COMPONENT_DIGITISED, COMPONENT_EXEMPT };
const char *component_state_name(enum component_state state); /* "expected" ... */

/* A paper of the dossier. */
struct event_component {
    char code[EVENT_CODE_MAX]; /* "": the event is about none */
    char name[EVENT_TEXT_MAX]; /* "": not said */
    bool result;               /* of the agency; else handed in */
    enum component_state state;
    char exempt[EVENT_CODE_MAX]; /* code of the reason when exempt, else "" */
    bool has_document;
    struct digest document; /* the document record, when digitised */
};

/* Zero-initialise. No member is owned. */
struct event_record {
    char dossier[DOSSIER_CODE_MAX];
    enum event_what what;
    int64_t at_ns;               /* when it happened, as was said; since 1970, UTC */
    char by[EVENT_NAME_MAX];     /* who; "": nobody said */
    char office[EVENT_CODE_MAX]; /* where; "": not said */
    char because[EVENT_TEXT_MAX];
    char paper[EVENT_NAME_MAX]; /* number of a receipt, a parcel, the minutes; "": none */
    uint64_t pages, rework;     /* scanned; of them because an older scan was bad */
    uint64_t sheets;            /* handed over */
    uint64_t amount;            /* paid, VND */
    struct event_component component;
    char facts[DOSSIER_FACTS][EVENT_TEXT_MAX]; /* by enum dossier_fact; "": not told */
};

/* Set a text from outside, composed (NFC). ERR_INPUT: not UTF-8, a control character, too long, or
 * not of the form the field has. */
MUST_USE int event_record_by(struct event_record *record, const char *text, struct err *err);
MUST_USE int event_record_office(struct event_record *record, const char *text, struct err *err);
MUST_USE int event_record_because(struct event_record *record, const char *text, struct err *err);
MUST_USE int event_record_paper(struct event_record *record, const char *text, struct err *err);
MUST_USE int event_record_fact(struct event_record *record, enum dossier_fact fact,
                               const char *text, struct err *err);
MUST_USE int event_record_component(struct event_record *record, const char *code, const char *name,
                                    struct err *err);
MUST_USE int event_record_exempt(struct event_record *record, const char *code, struct err *err);

/* ERR_INPUT: what the kind of event needs is missing, or it tells what does not belong to it. */
MUST_USE int event_record_check(const struct event_record *record, struct err *err);
/* Checks, and appends the canonical JSON. */
MUST_USE int event_record_write(const struct event_record *record, struct bytes *out,
                                struct err *err);
/* ERR_CORRUPT when it is not an event record of a version we know. */
MUST_USE int event_record_parse(struct span json, struct event_record *ret_record, struct err *err);
/* Whether a record, in canonical form, is of this kind; nothing else of it is looked at. */
MUST_USE bool event_record_is(struct span json);

#endif
