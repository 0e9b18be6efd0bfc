/* bench/peak.h - how many multiply-adds of 16-bit integers a core can do: the ceiling of ocr/dot.h.
 * Compiled once for each kind of processor, as the kernels are. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include <stdint.h>

/* Runs `rounds` rounds out of registers; *sink takes a value that depends on all of them. Returns
 * the multiply-adds of one round. */
uint64_t peak_avx2(uint64_t rounds, int32_t *sink);
uint64_t peak_avx512(uint64_t rounds, int32_t *sink);

#endif
