/* tests/unit/dictionary_fixture.h - texts that have something in common, and dictionaries of them.
 */
#ifndef TESTS_UNIT_DICTIONARY_FIXTURE_H
#define TESTS_UNIT_DICTIONARY_FIXTURE_H

#include "storage/dictionary.h"
#include "storage/object.h"
#include "tests/unit/test.h"

#define TEXTS_MAX  200
#define WORDS_KIND 2 /* texts of two kinds, to have dictionaries that differ */

/* Text n of a kind: the same words in another order, in other places. */
static inline void text_of(unsigned kind, unsigned n, struct bytes *out)
{
    static const char *const words[WORDS_KIND][8] = {
        {"cộng", "hòa", "xã", "hội", "chủ", "nghĩa", "Việt", "Nam"},
        {"ministry", "of", "home", "affairs", "decree", "thirty", "clerical", "work"},
    };
    struct err err = {0};
    uint32_t x = (kind + 1) * 2654435761u + n * 40503u;
    for (unsigned i = 0; i < 60; i++) {
        x = x * 1664525u + 1013904223u;
        assert_ok(bytes_printf(out, &err, "<String CONTENT=\"%s\" WIDTH=\"%u\" HPOS=\"%u\"/><SP/>",
                               words[kind][x >> 29], 20 + (x >> 26) % 8, (x >> 8) % 2400),
                  err);
    }
}

/* Learns from the first texts of a kind. */
static inline void train(unsigned kind, struct bytes *out)
{
    struct err err = {0};
    struct bytes all = {0};
    size_t sizes[TEXTS_MAX];
    for (unsigned n = 0; n < TEXTS_MAX; n++) {
        size_t before = all.len;
        text_of(kind, n, &all);
        sizes[n] = all.len - before;
    }
    const struct dictionary_samples samples = {bytes_span(&all), sizes, TEXTS_MAX};
    assert_ok(dictionary_train(&samples, 4 * KIB, out, &err), err);
    bytes_done(&all);
}

#endif
