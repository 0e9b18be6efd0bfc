/* tests/pages/words.h - invented Vietnamese administrative sentences, grown from templates.
 *
 * A template is text with {names} in it. A name is looked up among the facts of the letter first,
 * then among the word lists (one entry is drawn and grown in turn); {12-90} is a number from that
 * range, of two digits at least, and {date} a date as administrative papers write it. */
#ifndef TESTS_PAGES_WORDS_H
#define TESTS_PAGES_WORDS_H

#include "base/bytes.h"
#include "tests/pages/prng.h"

struct fact {
    const char *name;
    const char *value;
};

struct facts {
    const struct fact *list;
    size_t len;
};

/* Appends the grown template. Fails with ERR_INPUT on a name nobody knows or on templates that go
 * round in circles. */
MUST_USE int words_grow(struct prng *prng, const struct facts *facts, const char *template,
                        struct bytes *out, struct err *err);

/* Appends the text in capitals, diacritics kept. */
MUST_USE int words_capitals(const char *text, struct bytes *out, struct err *err);

#endif
