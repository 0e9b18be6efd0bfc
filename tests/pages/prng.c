/* tests/pages/prng.c - chance that can be repeated: the same seed gives the same page, anywhere. */
#include "tests/pages/prng.h"

#include <assert.h>

#define STEP 0x9e3779b97f4a7c15u /* 2^64 / golden ratio: odd, so the state visits every value */

static uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
    x = (x ^ x >> 29) * 0xff51afd7ed558ccdu;
    return x ^ x >> 32;
}

struct prng prng_of(uint64_t seed, uint64_t stream)
{
    return (struct prng){scramble(seed + STEP) ^ scramble(scramble(stream + 1) * STEP)};
}

uint64_t prng_next(struct prng *prng)
{
    prng->state += STEP;
    return scramble(prng->state);
}

uint32_t prng_below(struct prng *prng, uint32_t n)
{
    assert(n > 0);
    return (uint32_t)((prng_next(prng) >> 32) * n >> 32);
}

uint32_t prng_range(struct prng *prng, uint32_t low, uint32_t high)
{
    assert(low <= high && high - low < UINT32_MAX);
    return low + prng_below(prng, high - low + 1);
}

double prng_between(struct prng *prng, double low, double high)
{
    return low + (high - low) * (double)(prng_next(prng) >> 11) * 0x1p-53;
}
