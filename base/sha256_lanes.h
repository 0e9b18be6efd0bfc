/* base/sha256_lanes.h - two SHA-256 side by side (FIPS 180-4, 6.2.2), on processors with SHA-NI.
 *
 * A round must wait for the one before: one stream keeps the unit half idle. Two streams in turn
 * take as long as one. Used where the same bytes go into two digests (base/digest.h). */
#ifndef BASE_SHA256_LANES_H
#define BASE_SHA256_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK_BYTES 64u

/* Whether this processor has the instructions; asked once. */
bool sha256_has_lanes(void);

/* Takes n blocks of 64 bytes into each of two states (eight words, host order, as of the
 * standard). The blocks may overlap and need no alignment. Only when sha256_has_lanes(). */
void sha256_two_lanes(uint32_t a[8], const uint8_t *blocks_a, uint32_t b[8],
                      const uint8_t *blocks_b, size_t n);

#endif
