/* ocr/forward.c - one forward pass of the network. Compiled once for every kind of processor: the
 * build sets FORWARD to the function's name and the instruction set.
 *
 * Bit-identical on all of them: integers are exact, and the float part is written in vectors
 * without fused multiply-add (-ffp-contract=off), so that every lane rounds the same way anywhere.
 *
 * A line is convolved and pooled first (maximum before tanh: tanh is monotone, so the result is
 * Tesseract's), then the vertical LSTM runs over many steps at once, then three LSTMs run along
 * the line for all lines of the batch together, then the softmax. */
#include "ocr/forward.h"

#include "ocr/dot.h"

typedef float v8 __attribute__((vector_size(32), aligned(4)));
typedef int32_t v8i __attribute__((vector_size(32), aligned(4)));

/* The gates of two columns at once where registers are that wide, else of one: the lanes do not
 * know of each other, so the results are the same. (gcc takes wider vectors than the processor has
 * apart element by element.) */
#if defined(__AVX512F__)
typedef float vf __attribute__((vector_size(64), aligned(4)));
typedef int32_t vi __attribute__((vector_size(64), aligned(4)));
#define GATE_COLUMNS 2
#define ALL(x)       ((vf){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x})
#define JOIN(a, b)                                                                                 \
    __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define LOW(a)  __builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7)
#define HIGH(a) __builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15)
#else
typedef v8 vf;
typedef v8i vi;
#define GATE_COLUMNS 1
#define ALL(x)       ((vf){x, x, x, x, x, x, x, x})
#define JOIN(a, b)   (a) /* b is the same column again */
#define LOW(a)       (a)
#define HIGH(a)      (a)
#endif
#define ALL8(x) ((v8){x, x, x, x, x, x, x, x})

DOT_INLINE v8 choose8(v8i mask, v8 yes, v8 no)
{
    return (v8)((mask & (v8i)yes) | (~mask & (v8i)no));
}

/* One instruction where there is one; gcc makes five of a choice. */
DOT_INLINE vf least(vf a, vf b)
{
#if defined(__AVX512F__)
    return (vf)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vf)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return choose8(a < b, a, b);
#endif
}

DOT_INLINE vf most(vf a, vf b)
{
#if defined(__AVX512F__)
    return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return choose8(a > b, a, b);
#endif
}

/* 8 numbers that fit into 16 bits. */
DOT_INLINE void store_short(v8i x, int16_t *out)
{
#if defined(__AVX2__)
    const __m256i twice = _mm256_packs_epi32((__m256i)x, (__m256i)x);
    const __m128i once = _mm256_castsi256_si128(_mm256_permute4x64_epi64(twice, 0xd8));
    _mm_storeu_si128((void *)out, once);
#else
    for (int i = 0; i < 8; i++)
        out[i] = (int16_t)x[i];
#endif
}

DOT_INLINE vf clamp(vf x, float limit)
{
    return most(least(x, ALL(limit)), ALL(-limit));
}

/* tanh as a fraction p / q: a minimax rational approximation of degree 13/6 (the coefficients are
 * those of Eigen's ptanh). Divisions are what a step waits for: whoever multiplies two of these
 * divides once. */
struct fraction {
    vf p, q;
};

DOT_INLINE struct fraction tanh_fraction(vf x)
{
    x = clamp(x, 7.90531110763549805F);
    const vf y = x * x;
    vf p = ALL(-2.76076847742355e-16F);
    p = p * y + ALL(2.00018790482477e-13F);
    p = p * y + ALL(-8.60467152213735e-11F);
    p = p * y + ALL(5.12229709037114e-08F);
    p = p * y + ALL(1.48572235717979e-05F);
    p = p * y + ALL(6.37261928875436e-04F);
    p = p * y + ALL(4.89352455891786e-03F);
    vf q = ALL(1.19825839466702e-06F);
    q = q * y + ALL(1.18534705686654e-04F);
    q = q * y + ALL(2.26843463243900e-03F);
    q = q * y + ALL(4.89352518554385e-03F);
    return (struct fraction){p * x, q};
}

/* The logistic function, 1/2 + tanh(x / 2) / 2 = (p + q) / 2q. */
DOT_INLINE struct fraction logistic_fraction(vf x)
{
    const struct fraction t = tanh_fraction(x * ALL(0.5F));
    return (struct fraction){t.p + t.q, t.q + t.q};
}

DOT_INLINE vf value(struct fraction f)
{
    return f.p / f.q;
}

DOT_INLINE vf product(struct fraction a, struct fraction b)
{
    return a.p * b.p / (a.q * b.q);
}

/* e^x for x <= 0: 2^k times a Taylor polynomial on +-ln(2)/2. Always in 8 lanes: their sum is taken
 * lane by lane. */
DOT_INLINE v8 exp8(v8 x)
{
    const v8 low = ALL8(-87.0F), round = ALL8(12582912.0F); /* 1.5 * 2^23 */
    x = choose8(x > low, x, low);
    const v8 k = (x * ALL8(1.44269504F) + round) - round;
    const v8 r = x - k * ALL8(0.693147180559945F);
    v8 p = ALL8(1.0F / 720);
    p = p * r + ALL8(1.0F / 120);
    p = p * r + ALL8(1.0F / 24);
    p = p * r + ALL8(1.0F / 6);
    p = p * r + ALL8(0.5F);
    p = p * r + ALL8(1.0F);
    p = p * r + ALL8(1.0F);
    const v8i exponent = (__builtin_convertvector(k, v8i) + 127) << 23;
    return p * (v8)exponent;
}

DOT_INLINE v8 load8(const float *p)
{
    v8 v;
    memcpy(&v, p, sizeof v);
    return v;
}

DOT_INLINE v8i load8i(const int32_t *p)
{
    v8i v;
    memcpy(&v, p, sizeof v);
    return v;
}

DOT_INLINE v8 linear8(const int32_t *sum, const int32_t *bias, const float *scale)
{
    return __builtin_convertvector(load8i(sum) + load8i(bias), v8) * load8(scale);
}

/* The same 8 outputs of GATE_COLUMNS columns. */
DOT_INLINE vf linear(const int32_t *sum0, const int32_t *sum1, const int32_t *bias,
                     const float *scale)
{
    (void)sum1;
    const vi s = JOIN(load8i(sum0), load8i(sum1)), b = JOIN(load8i(bias), load8i(bias));
    return __builtin_convertvector(s + b, vf) * JOIN(load8(scale), load8(scale));
}

/* -127 .. 127, halves away from zero, as Tesseract rounds; the first 8 to out0, others to out1. */
DOT_INLINE void quantise(vf x, int16_t *out0, int16_t *out1)
{
    const vf scaled = clamp(x * ALL(127.0F), 127.0F);
    const vf half = (vf)(((vi)scaled & INT32_MIN) | (vi)ALL(0.5F)); /* with the sign of x */
    const vi whole = __builtin_convertvector(scaled + half, vi);
    store_short(LOW(whole), out0);
    if (GATE_COLUMNS > 1)
        store_short(HIGH(whole), out1);
}

/* --- convolution ------------------------------------------------------------------------------ */

static void border_inputs(const struct forward *f, uint32_t width, uint32_t x, uint32_t y,
                          int16_t in[CONV_INPUTS])
{
    const int8_t *noise = f->network->noise + noise_offset(x, y, width);
    for (int dx = -1; dx <= 1; dx++) {
        const bool outside = (dx < 0 && x == 0) || (dx > 0 && x == width - 1);
        for (int dy = -1; dy <= 1; dy++) {
            const bool above = (dy < 0 && y == 0) || (dy > 0 && y == NETWORK_HEIGHT - 1);
            in[(dx + 1) * 4 + dy + 1] =
                outside || above ? *noise++
                                 : f->columns[((ptrdiff_t)x + dx) * (ptrdiff_t)NETWORK_HEIGHT +
                                              (ptrdiff_t)y + dy];
        }
        in[(dx + 1) * 4 + 3] = 0;
    }
}

static void cell_inputs(const struct forward *f, uint32_t width, uint32_t x, uint32_t y,
                        int16_t in[CONV_INPUTS])
{
    if (x == 0 || x == width - 1 || y == 0 || y == NETWORK_HEIGHT - 1) {
        border_inputs(f, width, x, y, in);
        return;
    }
    /* The fourth of each column meets a weight of 0. */
    const int16_t *column = f->columns + (size_t)(x - 1) * NETWORK_HEIGHT + y - 1;
    for (int i = 0; i < 3; i++)
        memcpy(in + 4 * i, column + (size_t)i * NETWORK_HEIGHT, 4 * sizeof *in);
}

static void convolve_cell(const struct forward *f, uint32_t width, uint32_t step, uint32_t row,
                          int16_t *out)
{
    int16_t in[NETWORK_POOL * NETWORK_POOL][CONV_INPUTS];
    int32_t sum[NETWORK_POOL * NETWORK_POOL][CONV_OUTS];
    const struct packed *conv = &f->network->conv;
    for (uint32_t i = 0; i < NETWORK_POOL * NETWORK_POOL; i++)
        cell_inputs(f, width, step * NETWORK_POOL + i % NETWORK_POOL,
                    row * NETWORK_POOL + i / NETWORK_POOL, in[i]);
    dot_columns(conv->weights, CONV_INPUTS / 2, in[0], CONV_INPUTS, NETWORK_POOL * NETWORK_POOL,
                sum[0], 1);
    for (uint32_t i = 1; i < NETWORK_POOL * NETWORK_POOL; i++)
        for (uint32_t o = 0; o < CONV_OUTS; o++)
            sum[0][o] = sum[i][o] > sum[0][o] ? sum[i][o] : sum[0][o];
    for (uint32_t o = 0; o < CONV_OUTS; o += 8) {
        const vf v = JOIN(linear8(sum[0] + o, conv->bias + o, conv->scale + o), ALL8(0.0F));
        int16_t none[8];
        quantise(value(tanh_fraction(v)), out + o, none);
    }
}

static void convolve(const struct forward *f, const struct line_image *line, int16_t *out)
{
    for (uint32_t y = 0; y < NETWORK_HEIGHT; y++)
        for (uint32_t x = 0; x < line->width_px; x++)
            f->columns[(size_t)x * NETWORK_HEIGHT + y] =
                line->pixels[(size_t)y * line->width_px + x];
    for (uint32_t t = 0; t < LINE_STEPS(line->width_px); t++)
        for (uint32_t row = 0; row < POOLED_ROWS; row++, out += CONV_OUTS)
            convolve_cell(f, line->width_px, t, row, out);
}

/* --- LSTM ------------------------------------------------------------------------------------- */

/* One step of `columns` independent cells of a layer: input is columns x (inputs + units), what
 * comes out goes to out[column]. Gates in a block: input, input gate, forget gate, output gate. */
static void lstm_step(const struct packed *layer, uint32_t units, const int16_t *input,
                      size_t columns, float *state, int16_t *const out[])
{
    int32_t sum[FORWARD_COLUMNS * FORWARD_OUTS];
    const size_t stride = (size_t)layer->pairs * 2;
    for (uint32_t b = 0; b < layer->blocks; b++) {
        dot_columns(layer->weights + (size_t)b * layer->pairs * 2 * FORWARD_OUTS, layer->pairs,
                    input, stride, columns, sum, 2);
        const int32_t *bias = layer->bias + (size_t)b * FORWARD_OUTS;
        const float *scale = layer->scale + (size_t)b * FORWARD_OUTS;
        for (size_t c = 0; c < columns; c += GATE_COLUMNS) {
            const size_t d = c + GATE_COLUMNS <= columns ? c + GATE_COLUMNS - 1
                                                         : c; /* the last of an odd number twice */
            const int32_t *s = sum + c * FORWARD_OUTS, *t = sum + d * FORWARD_OUTS;
            float *cell0 = state + c * units + (size_t)b * 8;
            float *cell1 = state + d * units + (size_t)b * 8;
            const struct fraction in = tanh_fraction(linear(s, t, bias, scale));
            const struct fraction open =
                logistic_fraction(linear(s + 8, t + 8, bias + 8, scale + 8));
            const vf keep = value(logistic_fraction(linear(s + 16, t + 16, bias + 16, scale + 16)));
            const struct fraction show =
                logistic_fraction(linear(s + 24, t + 24, bias + 24, scale + 24));
            const vf before = JOIN(load8(cell0), load8(cell1));
            const vf now = clamp(product(in, open) + before * keep, 100.0F);
            const v8 low = LOW(now), high = HIGH(now);
            memcpy(cell0, &low, sizeof low);
            if (GATE_COLUMNS > 1)
                memcpy(cell1, &high, sizeof high);
            quantise(product(tanh_fraction(now), show), out[c] + (size_t)b * 8,
                     out[d] + (size_t)b * 8);
        }
    }
}

/* From top to bottom of every step; only the last row's output goes on. */
static void vertical_layer(struct forward *f)
{
    const struct packed *layer = &f->network->layers[0];
    const uint32_t units = f->network->units[0];
    const size_t inputs = (size_t)layer->pairs * 2, steps = f->offset[f->len];
    int16_t *now = f->input, *next = f->input + FORWARD_COLUMNS * inputs, *out[FORWARD_COLUMNS];
    for (size_t first = 0; first < steps; first += FORWARD_COLUMNS) {
        const size_t n = steps - first < FORWARD_COLUMNS ? steps - first : FORWARD_COLUMNS;
        memset(f->state, 0, n * units * sizeof *f->state);
        memset(now, 0, n * inputs * sizeof *now);
        for (uint32_t row = 0; row < POOLED_ROWS; row++) {
            for (size_t c = 0; c < n; c++) {
                memcpy(now + c * inputs, f->pooled + ((first + c) * POOLED_ROWS + row) * CONV_OUTS,
                       CONV_OUTS * sizeof *now);
                out[c] = row + 1 == POOLED_ROWS ? f->hidden[0] + (first + c) * units
                                                : next + c * inputs + CONV_OUTS;
            }
            lstm_step(layer, units, now, n, f->state, out);
            int16_t *swap = now;
            now = next;
            next = swap;
        }
    }
}

/* Along the lines, all of them at once; a line that has ended falls out (they come widest first).
 */
static void horizontal_layer(struct forward *f, int index, bool backwards)
{
    const struct packed *layer = &f->network->layers[index];
    const uint32_t units = f->network->units[index], ins = f->network->units[index - 1];
    const size_t inputs = (size_t)layer->pairs * 2;
    const int16_t *from = f->hidden[index - 1];
    int16_t *to = f->hidden[index], *out[NETWORK_BATCH];
    size_t active = f->len;
    memset(f->state, 0, f->len * units * sizeof *f->state);
    memset(f->input, 0, f->len * inputs * sizeof *f->input);
    for (size_t s = 0; s < f->offset[1]; s++) {
        while (f->offset[active] - f->offset[active - 1] <= s)
            active--;
        for (size_t i = 0; i < active; i++) {
            const size_t t = backwards ? f->offset[i + 1] - 1 - s : f->offset[i] + s;
            int16_t *in = f->input + i * inputs;
            memcpy(in, from + t * ins, ins * sizeof *in);
            out[i] = to + t * units;
            if (s > 0)
                memcpy(in + ins, to + (backwards ? t + 1 : t - 1) * units, units * sizeof *in);
        }
        lstm_step(layer, units, f->input, active, f->state, out);
    }
}

/* --- softmax ---------------------------------------------------------------------------------- */

static void softmax(float *row, uint32_t classes, uint32_t stride, uint32_t *ret_best)
{
    const v8 none = ALL8(-1e30F);
    v8 top = none, sum = ALL8(0.0F);
    v8i best = {0};
    for (uint32_t j = classes; j < stride; j++)
        row[j] = -1e30F;
    for (uint32_t j = 0; j < stride; j += 8) {
        const v8 v = load8(row + j);
        const v8i more = v > top;
        top = choose8(more, v, top);
        best = (more & ((v8i){0, 1, 2, 3, 4, 5, 6, 7} + (int32_t)j)) | (~more & best);
    }
    int at = 0;
    for (int i = 1; i < 8; i++)
        if (top[i] > top[at] || (top[i] == top[at] && best[i] < best[at])) /* exact: no tie moves */
            at = i;
    const v8 highest = ALL8(top[at]);
    *ret_best = (uint32_t)best[at];
    for (uint32_t j = 0; j < stride; j += 8) {
        const v8 e = exp8(load8(row + j) - highest);
        memcpy(row + j, &e, sizeof e);
        sum = sum + e;
    }
    float total = 0;
    for (int i = 0; i < 8; i++)
        total += sum[i];
    const v8 factor = ALL8(1.0F / total);
    for (uint32_t j = 0; j < stride; j += 8) {
        const v8 p = load8(row + j) * factor;
        memcpy(row + j, &p, sizeof p);
    }
}

static void output_layer(struct forward *f)
{
    const struct packed *layer = &f->network->out;
    const size_t steps = f->offset[f->len], inputs = f->network->units[FORWARD_LAYERS - 1];
    const size_t stride = (size_t)layer->blocks * FORWARD_OUTS;
    int32_t sum[FORWARD_COLUMNS * FORWARD_OUTS];
    for (size_t first = 0; first < steps; first += FORWARD_COLUMNS) {
        const size_t n = steps - first < FORWARD_COLUMNS ? steps - first : FORWARD_COLUMNS;
        for (uint32_t b = 0; b < layer->blocks; b++) {
            dot_columns(layer->weights + (size_t)b * layer->pairs * 2 * FORWARD_OUTS, layer->pairs,
                        f->hidden[FORWARD_LAYERS - 1] + first * inputs, inputs, n, sum, 2);
            for (size_t c = 0; c < n; c++)
                for (uint32_t o = 0; o < FORWARD_OUTS; o += 8) {
                    const size_t at = (size_t)b * FORWARD_OUTS + o;
                    const v8 v =
                        linear8(sum + c * FORWARD_OUTS + o, layer->bias + at, layer->scale + at);
                    memcpy(f->probabilities + (first + c) * stride + at, &v, sizeof v);
                }
        }
        for (size_t c = 0; c < n; c++)
            softmax(f->probabilities + (first + c) * stride, f->network->classes, (uint32_t)stride,
                    &f->best[first + c]);
    }
}

void FORWARD(struct forward *f)
{
    for (size_t i = 0; i < f->len; i++)
        convolve(f, &f->lines[i], f->pooled + f->offset[i] * POOLED_ROWS * CONV_OUTS);
    vertical_layer(f);
    for (int i = 1; i < (int)FORWARD_LAYERS; i++)
        horizontal_layer(f, i, i == 2);
    output_layer(f);
}
