/* image/samples.h - inside image/ only: packed samples of any width as 8-bit values. */
#ifndef IMAGE_SAMPLES_H
#define IMAGE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLE_BITS_MAX 64

enum sample_kind { SAMPLE_UNSIGNED, SAMPLE_SIGNED, SAMPLE_FLOAT };

struct samples {
    uint32_t bits; /* 1 .. SAMPLE_BITS_MAX; floats: 16, 24, 32, 64 */
    enum sample_kind kind;
    bool native;      /* whole bytes in this machine's order; else a stream, high bit first */
    double low, high; /* floats: what becomes 0 and 255 */
};

/* The sample as it stands, unsigned. */
uint64_t sample_raw(const struct samples *samples, const uint8_t *row, size_t index);
/* Floats only. */
double sample_real(const struct samples *samples, const uint8_t *row, size_t index);
/* Scaled to 0..255. */
uint8_t sample_8(const struct samples *samples, const uint8_t *row, size_t index);

#endif
