/* tests/pages/prng.h - chance that can be repeated: the same seed gives the same page, anywhere. */
#ifndef TESTS_PAGES_PRNG_H
#define TESTS_PAGES_PRNG_H

#include <stdint.h>

struct prng {
    uint64_t state;
};

/* Streams of one seed do not depend on each other: drawing more of one leaves the others alone. */
struct prng prng_of(uint64_t seed, uint64_t stream);
uint64_t prng_next(struct prng *prng);
uint32_t prng_below(struct prng *prng, uint32_t n);                  /* 0 .. n-1; n >= 1 */
uint32_t prng_range(struct prng *prng, uint32_t low, uint32_t high); /* low .. high, both in */
double prng_between(struct prng *prng, double low, double high);     /* low <= x < high */

#endif
