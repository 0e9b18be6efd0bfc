/* ocr/dot.h - the one loop that differs between processors: integer dot products.
 *
 * dot_tile(): out[c][o] = sum over p of w[p][o][0..1] * x[c][2p..2p+1], exact in 32 bits: weights
 * and activations are within +-128, inputs at most FORWARD_INPUTS_MAX. `tiles` is the number of
 * groups of 16 outputs; both it and `columns` are constants where this is inlined. */
#ifndef OCR_DOT_H
#define OCR_DOT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DOT_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
#include <immintrin.h>
#define DOT_COLUMNS 8

DOT_INLINE void dot_tile(const int8_t *w, size_t pairs, const int16_t *x, size_t x_stride,
                         int32_t *out, const int tiles, const int columns)
{
    __m512i sum[DOT_COLUMNS][2];
#pragma GCC unroll 8
    for (int c = 0; c < columns; c++)
#pragma GCC unroll 8
        for (int t = 0; t < tiles; t++)
            sum[c][t] = _mm512_setzero_si512();
    for (size_t p = 0; p < pairs; p++, w += tiles * 32) {
        __m512i weights[2];
#pragma GCC unroll 8
        for (int t = 0; t < tiles; t++)
            weights[t] = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const void *)(w + 32 * t)));
#pragma GCC unroll 8
        for (int c = 0; c < columns; c++) {
            int32_t pair;
            memcpy(&pair, x + (size_t)c * x_stride + 2 * p, sizeof pair);
            const __m512i both = _mm512_set1_epi32(pair);
#pragma GCC unroll 8
            for (int t = 0; t < tiles; t++)
                sum[c][t] = _mm512_dpwssd_epi32(sum[c][t], weights[t], both);
        }
    }
#pragma GCC unroll 8
    for (int c = 0; c < columns; c++)
#pragma GCC unroll 8
        for (int t = 0; t < tiles; t++)
            _mm512_storeu_si512(out + (c * tiles + t) * 16, sum[c][t]);
}

#elif defined(__AVX2__)
#include <immintrin.h>
#define DOT_COLUMNS 3

DOT_INLINE void dot_tile(const int8_t *w, size_t pairs, const int16_t *x, size_t x_stride,
                         int32_t *out, const int tiles, const int columns)
{
    __m256i sum[DOT_COLUMNS][4];
#pragma GCC unroll 8
    for (int c = 0; c < columns; c++)
#pragma GCC unroll 8
        for (int t = 0; t < 2 * tiles; t++)
            sum[c][t] = _mm256_setzero_si256();
    for (size_t p = 0; p < pairs; p++, w += tiles * 32) {
        __m256i both[DOT_COLUMNS];
#pragma GCC unroll 8
        for (int c = 0; c < columns; c++) {
            int32_t pair;
            memcpy(&pair, x + (size_t)c * x_stride + 2 * p, sizeof pair);
            both[c] = _mm256_set1_epi32(pair);
        }
#pragma GCC unroll 8
        for (int t = 0; t < 2 * tiles; t++) {
            const __m256i weights =
                _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(w + 16 * t)));
#pragma GCC unroll 8
            for (int c = 0; c < columns; c++)
                sum[c][t] = _mm256_add_epi32(sum[c][t], _mm256_madd_epi16(weights, both[c]));
        }
    }
#pragma GCC unroll 8
    for (int c = 0; c < columns; c++)
#pragma GCC unroll 8
        for (int t = 0; t < 2 * tiles; t++)
            _mm256_storeu_si256((void *)(out + c * tiles * 16 + 8 * t), sum[c][t]);
}

#else
#define DOT_COLUMNS 1

DOT_INLINE void dot_tile(const int8_t *w, size_t pairs, const int16_t *x, size_t x_stride,
                         int32_t *out, const int tiles, const int columns)
{
    (void)x_stride;
    (void)columns;
    const int outs = tiles * 16;
    memset(out, 0, (size_t)outs * sizeof *out);
    for (size_t p = 0; p < pairs; p++, w += outs * 2)
        for (int o = 0; o < outs; o++)
            out[o] += w[2 * o] * x[2 * p] + w[2 * o + 1] * x[2 * p + 1];
}
#endif

/* Any number of columns: out is columns x tiles x 16. */
DOT_INLINE void dot_columns(const int8_t *w, size_t pairs, const int16_t *x, size_t x_stride,
                            size_t columns, int32_t *out, const int tiles)
{
    size_t c = 0;
    for (; c + DOT_COLUMNS <= columns; c += DOT_COLUMNS)
        dot_tile(w, pairs, x + c * x_stride, x_stride, out + c * (size_t)tiles * 16, tiles,
                 DOT_COLUMNS);
#if DOT_COLUMNS > 4
    for (; c + 4 <= columns; c += 4)
        dot_tile(w, pairs, x + c * x_stride, x_stride, out + c * (size_t)tiles * 16, tiles, 4);
#endif
#if DOT_COLUMNS > 2
    for (; c + 2 <= columns; c += 2)
        dot_tile(w, pairs, x + c * x_stride, x_stride, out + c * (size_t)tiles * 16, tiles, 2);
#endif
    for (; c < columns; c++)
        dot_tile(w, pairs, x + c * x_stride, x_stride, out + c * (size_t)tiles * 16, tiles, 1);
}

#endif
