/* base/sha256_lanes.c - two SHA-256 side by side, on processors with SHA-NI.
 *
 * The instructions want the eight words as ABEF and CDGH, and do two rounds from the two lower
 * words of a sum of message and constant (Intel, "New Instructions Supporting the Secure Hash
 * Algorithm", 2013). */
#include "base/sha256_lanes.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define STEPS 16 /* of four rounds */

/* FIPS 180-4, 4.2.2: the first 32 bits of the fractions of the cube roots of the first 64 primes.
 */
static const uint32_t constants[4 * STEPS] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define ON_SHA __attribute__((target("sha,sse4.1")))

struct lane {
    __m128i abef, cdgh;
    __m128i words[4]; /* of the message: the last sixteen, four by four */
};

ON_SHA static inline __attribute__((always_inline)) void lane_load(struct lane *lane,
                                                                   const uint32_t state[8])
{
    __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const void *)state), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const void *)(state + 4)), 0x1b);
    lane->abef = _mm_alignr_epi8(cdab, efgh, 8);
    lane->cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
}

ON_SHA static inline __attribute__((always_inline)) void lane_store(const struct lane *lane,
                                                                    uint32_t state[8])
{
    __m128i feba = _mm_shuffle_epi32(lane->abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(lane->cdgh, 0xb1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

ON_SHA static inline __attribute__((always_inline)) void lane_read(struct lane *lane,
                                                                   const uint8_t *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    for (int i = 0; i < 4; i++)
        lane->words[i] =
            _mm_shuffle_epi8(_mm_loadu_si128((const void *)(block + 16 * i)), big_endian);
}

/* Four rounds, and the four words of the message that take the place of those used up. */
ON_SHA static inline __attribute__((always_inline)) void lane_step(struct lane *lane, int step)
{
    __m128i *words = lane->words;
    __m128i now = words[step & 3];
    __m128i sum = _mm_add_epi32(now, _mm_load_si128((const void *)&constants[4 * step]));
    lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
    lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(sum, 0x0e));
    if (step >= STEPS - 4)
        return;
    __m128i last = words[(step + 3) & 3];
    __m128i seventh = _mm_alignr_epi8(last, words[(step + 2) & 3], 4);
    __m128i first = _mm_sha256msg1_epu32(now, words[(step + 1) & 3]);
    words[step & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(first, seventh), last);
}

ON_SHA void sha256_two_lanes(uint32_t a[8], const uint8_t *blocks_a, uint32_t b[8],
                             const uint8_t *blocks_b, size_t n)
{
    struct lane lane_a, lane_b;
    lane_load(&lane_a, a);
    lane_load(&lane_b, b);
    for (size_t i = 0; i < n; i++) {
        const struct lane before_a = lane_a, before_b = lane_b;
        lane_read(&lane_a, blocks_a + i * SHA256_BLOCK_BYTES);
        lane_read(&lane_b, blocks_b + i * SHA256_BLOCK_BYTES);
#pragma GCC unroll 16
        for (int step = 0; step < STEPS; step++) {
            lane_step(&lane_a, step);
            lane_step(&lane_b, step);
        }
        lane_a.abef = _mm_add_epi32(lane_a.abef, before_a.abef);
        lane_a.cdgh = _mm_add_epi32(lane_a.cdgh, before_a.cdgh);
        lane_b.abef = _mm_add_epi32(lane_b.abef, before_b.abef);
        lane_b.cdgh = _mm_add_epi32(lane_b.cdgh, before_b.cdgh);
    }
    lane_store(&lane_a, a);
    lane_store(&lane_b, b);
}

bool sha256_has_lanes(void)
{
    static int known; /* 0: not asked yet; threads that ask at once find the same */
    int has = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (has == 0) {
        unsigned eax, ebx = 0, ecx, edx;
        bool sha = __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_SHA);
        has = sha && __builtin_cpu_supports("sse4.1") ? 1 : -1;
        __atomic_store_n(&known, has, __ATOMIC_RELAXED);
    }
    return has > 0;
}

#else

bool sha256_has_lanes(void)
{
    return false;
}

void sha256_two_lanes(uint32_t a[8], const uint8_t *blocks_a, uint32_t b[8],
                      const uint8_t *blocks_b, size_t n)
{
    (void)a, (void)blocks_a, (void)b, (void)blocks_b, (void)n; /* nobody calls it */
}
#endif
