/* bench/peak.c - how many multiply-adds of 16-bit integers a core can do; the build sets PEAK. */
#include "bench/peak.h"

#include <immintrin.h>

#define CHAINS 12 /* independent sums: more than latency times ports */

uint64_t PEAK(uint64_t rounds, int32_t *sink)
{
#ifdef __AVX512VNNI__
    __m512i sum[CHAINS], weights = _mm512_set1_epi16(3), inputs = _mm512_set1_epi16((short)rounds);
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm512_set1_epi32(i);
    for (uint64_t r = 0; r < rounds; r++) {
        __asm__ volatile("" : "+v"(weights), "+v"(inputs)); /* not to be computed once for all */
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            sum[i] = _mm512_dpwssd_epi32(sum[i], weights, inputs);
    }
    for (int i = 1; i < CHAINS; i++)
        sum[0] = _mm512_add_epi32(sum[0], sum[i]);
    *sink = _mm512_reduce_add_epi32(sum[0]);
    return CHAINS * 32;
#else
    __m256i sum[CHAINS], weights = _mm256_set1_epi16(3), inputs = _mm256_set1_epi16((short)rounds);
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm256_set1_epi32(i);
    for (uint64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++) {
            __asm__ volatile("" : "+x"(weights), "+x"(inputs));
            sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(weights, inputs));
        }
    }
    for (int i = 1; i < CHAINS; i++)
        sum[0] = _mm256_add_epi32(sum[0], sum[i]);
    int32_t out[8];
    _mm256_storeu_si256((void *)out, sum[0]);
    *sink = out[0] ^ out[1] ^ out[2] ^ out[3] ^ out[4] ^ out[5] ^ out[6] ^ out[7];
    return CHAINS * 16;
#endif
}
