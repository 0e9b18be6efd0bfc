/* app/key_erasure.h - everything that is sealed with one key is destroyed, lawfully. */
#ifndef APP_KEY_ERASURE_H
#define APP_KEY_ERASURE_H

#include "app/destruction.h"
#include "storage/envelope.h"

/* Set the first four, all else zero; key_erasure_done() releases it. */
struct key_erasure {
    struct reading *reading;         /* open to write, with the ring; borrowed */
    struct key_id key;               /* still active in it */
    struct destruction_record words; /* basis, person, decided, no_retention; nothing else */
    bool silent;                     /* nothing but refusals is printed */

    struct digest *files; /* sealed with it, ascending; owned */
    size_t file_len, file_cap;
    struct digest *rest; /* objects that no page leads to; owned */
    size_t rest_len, rest_cap;
    uint64_t pages, objects; /* that go, or went */
    uint32_t refused;
    int64_t now_ns; /* at which the law is asked */
};
void key_erasure_done(struct key_erasure *erasure);

/* Finds what is sealed with the key, and asks the law of every page. Refusals are printed and
 * counted. ERR_CORRUPT: it cannot be told of some file whether it is. */
MUST_USE int key_erasure_check(struct key_erasure *erasure, int64_t now_ns, struct err *err);
/* Commits destruction records that name all of it. Can be done again when it was cut short. */
MUST_USE int key_erasure_commit(struct key_erasure *erasure, struct err *err);

#endif
