/* image/samples.c - inside image/ only: packed samples of any width as 8-bit values. */
#include "image/samples.h"

#include <math.h>
#include <string.h>

static uint64_t from_stream(const uint8_t *row, size_t index, uint32_t bits)
{
    uint64_t at = (uint64_t)index * bits, value = 0;
    if (bits % 8 == 0) {
        for (uint32_t i = 0; i < bits / 8; i++)
            value = value << 8 | row[at / 8 + i];
        return value;
    }
    for (uint32_t i = 0; i < bits; i++, at++)
        value = value << 1 | (row[at / 8] >> (7 - at % 8) & 1);
    return value;
}

uint64_t sample_raw(const struct samples *samples, const uint8_t *row, size_t index)
{
    uint64_t value = 0;
    if (!samples->native || samples->bits % 8 != 0 || samples->bits <= 8)
        return from_stream(row, index, samples->bits);
    memcpy(&value, row + index * (samples->bits / 8), samples->bits / 8); /* little-endian */
    return value;
}

/* IEEE 754 with fewer bits: sign, exponent, fraction. */
static double small_float(uint64_t value, int exponent_bits, int fraction_bits)
{
    int bias = (1 << (exponent_bits - 1)) - 1;
    int exponent = (int)(value >> fraction_bits) & ((1 << exponent_bits) - 1);
    double fraction = (double)(value & ((UINT64_C(1) << fraction_bits) - 1));
    bool negative = value >> (exponent_bits + fraction_bits) & 1;
    if (exponent == (1 << exponent_bits) - 1)
        return 0; /* infinite or no number */
    double real = exponent == 0
                      ? ldexp(fraction, 1 - bias - fraction_bits)
                      : ldexp(fraction + ldexp(1, fraction_bits), exponent - bias - fraction_bits);
    return negative ? -real : real;
}

double sample_real(const struct samples *samples, const uint8_t *row, size_t index)
{
    uint64_t value = sample_raw(samples, row, index);
    double real = 0;
    float single;
    switch (samples->bits) {
    case 16:
        return small_float(value, 5, 10);
    case 24:
        return small_float(value, 7, 16);
    case 32:
        memcpy(&single, &value, sizeof single);
        real = (double)single;
        break;
    case 64:
        memcpy(&real, &value, sizeof real);
        break;
    default:
        break;
    }
    return isfinite(real) ? real : 0;
}

uint8_t sample_8(const struct samples *samples, const uint8_t *row, size_t index)
{
    if (samples->bits == 8 && samples->kind == SAMPLE_UNSIGNED)
        return row[index];
    if (samples->kind == SAMPLE_FLOAT) {
        double scaled = (sample_real(samples, row, index) - samples->low) /
                            (samples->high - samples->low) * 255 +
                        0.5;
        return scaled >= 255 ? 255 : scaled > 0 ? (uint8_t)scaled : 0;
    }
    uint64_t value = sample_raw(samples, row, index);
    if (samples->kind == SAMPLE_SIGNED)
        value ^= UINT64_C(1) << (samples->bits - 1);
    if (samples->bits > 8)
        return (uint8_t)(value >> (samples->bits - 8));
    uint32_t top = (1U << samples->bits) - 1;
    return (uint8_t)(((uint32_t)value * 255 + top / 2) / top);
}
