/* ocr/digits.c - which digit a piece of handwriting is: the network and what it is shown. */
#include "ocr/digits.h"

#include <math.h>
#include <string.h>

#include "ocr/digits_weights.h"

static void unpack(const int8_t from[], float scale, float to[], size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (float)from[i] * scale;
}

#define UNPACK(part)                                                                               \
    unpack(digits_##part, digits_scale_##part, (float *)ret_net->part,                             \
           sizeof ret_net->part / sizeof(float))

void digits_net_load(struct digits_net *ret_net)
{
    UNPACK(conv1);
    UNPACK(bias1);
    UNPACK(conv2);
    UNPACK(bias2);
    UNPACK(dense);
    UNPACK(bias3);
    UNPACK(out);
    UNPACK(bias4);
}

/* --- the picture ------------------------------------------------------------------------------ */

struct extent {
    uint32_t left, top, right, bottom; /* right, bottom: one past the end */
};

static bool ink_extent(const uint8_t mask[], uint32_t width, uint32_t height, struct extent *ret)
{
    *ret = (struct extent){width, height, 0, 0};
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            if (!mask[(size_t)y * width + x])
                continue;
            ret->left = x < ret->left ? x : ret->left;
            ret->right = x + 1 > ret->right ? x + 1 : ret->right;
            ret->top = y < ret->top ? y : ret->top;
            ret->bottom = y + 1;
        }
    return ret->right > ret->left;
}

/* How much of [from, to) lies in the pixel. */
static float overlap(uint32_t pixel, float from, float to)
{
    const float low = fmaxf((float)pixel, from), high = fminf((float)pixel + 1, to);
    return high > low ? high - low : 0;
}

/* The share of ink in the square of `side` pixels whose corner is (x, y) of the extent. */
static float ink_in(const uint8_t mask[], uint32_t width, const struct extent *in,
                    const float at[2], float side)
{
    const float x0 = (float)in->left + at[0], y0 = (float)in->top + at[1];
    float sum = 0;
    for (uint32_t y = y0 > 0 ? (uint32_t)y0 : 0; y < in->bottom && (float)y < y0 + side; y++)
        for (uint32_t x = x0 > 0 ? (uint32_t)x0 : 0; x < in->right && (float)x < x0 + side; x++)
            if (x >= in->left && y >= in->top && mask[(size_t)y * width + x])
                sum += overlap(x, x0, x0 + side) * overlap(y, y0, y0 + side);
    return fminf(sum / (side * side), 1);
}

bool digits_shrink(const uint8_t mask[], uint32_t width, uint32_t height, struct digits_pass *pass)
{
    struct extent in;
    memset(pass->in, 0, sizeof pass->in);
    if (!ink_extent(mask, width, height, &in))
        return false;
    const uint32_t w = in.right - in.left, h = in.bottom - in.top;
    const float side = (float)(w > h ? w : h) / (float)DIGITS_INK, half = (float)DIGITS_SIDE / 2;
    for (uint32_t y = 0; y < DIGITS_SIDE; y++)
        for (uint32_t x = 0; x < DIGITS_SIDE; x++) {
            const float at[2] = {(float)w / 2 + ((float)x - half) * side,
                                 (float)h / 2 + ((float)y - half) * side};
            pass->in[y * DIGITS_SIDE + x] = ink_in(mask, width, &in, at, side);
        }
    return true;
}

/* --- the network ------------------------------------------------------------------------------ */

static void convolve1(const struct digits_net *net, struct digits_pass *pass)
{
    for (uint32_t at = 0; at < DIGITS_CONV1 * DIGITS_CONV1; at++) {
        const float *in = &pass->in[at / DIGITS_CONV1 * DIGITS_SIDE + at % DIGITS_CONV1];
        float sum[DIGITS_MAPS1];
        memcpy(sum, net->bias1, sizeof sum);
        for (uint32_t k = 0; k < DIGITS_KERNEL1 * DIGITS_KERNEL1; k++) {
            const float value = in[k / DIGITS_KERNEL1 * DIGITS_SIDE + k % DIGITS_KERNEL1];
            for (uint32_t m = 0; value != 0 && m < DIGITS_MAPS1; m++)
                sum[m] += value * net->conv1[k][m];
        }
        for (uint32_t m = 0; m < DIGITS_MAPS1; m++)
            pass->conv1[at][m] = sum[m] > 0 ? sum[m] : 0;
    }
}

static void convolve2(const struct digits_net *net, struct digits_pass *pass)
{
    for (uint32_t at = 0; at < DIGITS_CONV2 * DIGITS_CONV2; at++) {
        const uint32_t first = at / DIGITS_CONV2 * DIGITS_POOL1 + at % DIGITS_CONV2;
        float sum[DIGITS_MAPS2];
        memcpy(sum, net->bias2, sizeof sum);
        for (uint32_t k = 0; k < DIGITS_KERNEL2 * DIGITS_KERNEL2; k++) {
            const uint32_t from = first + k / DIGITS_KERNEL2 * DIGITS_POOL1 + k % DIGITS_KERNEL2;
            for (uint32_t i = 0; i < DIGITS_MAPS1; i++)
                for (uint32_t m = 0; m < DIGITS_MAPS2; m++)
                    sum[m] += pass->pool1[from][i] * net->conv2[k * DIGITS_MAPS1 + i][m];
        }
        for (uint32_t m = 0; m < DIGITS_MAPS2; m++)
            pass->conv2[at][m] = sum[m] > 0 ? sum[m] : 0;
    }
}

/* The largest of each two by two; `side` of what goes in, `maps` of both. */
static void pool(const float in[], uint32_t side, uint32_t maps, float out[])
{
    for (uint32_t y = 0; y < side / 2; y++)
        for (uint32_t x = 0; x < side / 2; x++)
            for (uint32_t m = 0; m < maps; m++) {
                const float *upper = &in[(2 * y * side + 2 * x) * maps + m];
                const float *lower = upper + (size_t)side * maps;
                out[(y * (side / 2) + x) * maps + m] =
                    fmaxf(fmaxf(upper[0], upper[maps]), fmaxf(lower[0], lower[maps]));
            }
}

static void softmax(float values[DIGITS_CLASSES])
{
    float most = values[0], sum = 0;
    for (uint32_t c = 1; c < DIGITS_CLASSES; c++)
        most = fmaxf(most, values[c]);
    for (uint32_t c = 0; c < DIGITS_CLASSES; c++)
        sum += values[c] = expf(values[c] - most);
    for (uint32_t c = 0; c < DIGITS_CLASSES; c++)
        values[c] /= sum;
}

void digits_run(const struct digits_net *net, struct digits_pass *pass)
{
    convolve1(net, pass);
    pool(&pass->conv1[0][0], DIGITS_CONV1, DIGITS_MAPS1, &pass->pool1[0][0]);
    convolve2(net, pass);
    pool(&pass->conv2[0][0], DIGITS_CONV2, DIGITS_MAPS2, &pass->pool2[0][0]);
    const float *features = &pass->pool2[0][0];
    memcpy(pass->hidden, net->bias3, sizeof pass->hidden);
    for (uint32_t i = 0; i < DIGITS_FEATURES; i++)
        for (uint32_t m = 0; m < DIGITS_HIDDEN; m++)
            pass->hidden[m] += features[i] * net->dense[i][m];
    memcpy(pass->probabilities, net->bias4, sizeof pass->probabilities);
    for (uint32_t m = 0; m < DIGITS_HIDDEN; m++) {
        pass->hidden[m] = pass->hidden[m] > 0 ? pass->hidden[m] : 0;
        for (uint32_t c = 0; c < DIGITS_CLASSES; c++)
            pass->probabilities[c] += pass->hidden[m] * net->out[m][c];
    }
    softmax(pass->probabilities);
}
