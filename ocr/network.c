/* ocr/network.c - reads the network of a .traineddata file, packs its weights, runs it. */
#include "ocr/network.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ocr/forward.h"
#include "ocr/traineddata.h"

/* --- the file ---------------------------------------------------------------------------------
 * A layer is: u8 0, text type, i8 training, i8 needs_backprop, i32 flags, i32 inputs, i32 outputs,
 * i32 weights, text name, then what its type has. A matrix of int8 is: u8 mode, i32 rows, i32
 * columns, i8 empty, the bytes (the last of each row is the bias), u32 count, count x f64 scale. */

#define TYPE_MAX       32
#define NAME_MAX_BYTES 256
#define DEPTH_MAX      8
#define SUBLAYERS_MAX  16
#define MODE_INT8      1u
#define MODE_DOUBLE    128u
#define GATES          4u
#define FLAG_LAYER_LR  64u /* layer-specific learning rates follow the sublayers */

struct matrix {
    uint32_t outs, ins;     /* ins without the bias */
    const uint8_t *weights; /* borrowed: outs x (ins + 1) */
    const uint8_t *scales;  /* borrowed: outs x f64 */
};

/* What is looked for: the leaves of the tree in this order, inside these wrappers. */
struct leaf {
    const char *type;
    const char *inside; /* a wrapper that must be around; "": none may */
};
static const struct leaf shape[] = {
    {"Input", ""},
    {"Convolve", ""},
    {"Tanh", ""},
    {"Maxpool", ""},
    {"SummLSTM", "XYTranspose"},
    {"LSTM", ""},
    {"LSTM", "RTLReversed"},
    {"LSTM", ""},
    {"Softmax", ""},
};
enum { LEAF_INPUT, LEAF_CONVOLVE, LEAF_TANH, LEAF_MAXPOOL, LEAF_LSTM, LEAF_SOFTMAX = 8 };

struct parser {
    struct cursor cursor;
    size_t leaves;
    struct matrix conv, gates[FORWARD_LAYERS][GATES], out;
    uint32_t units[FORWARD_LAYERS];
};

static int odd(struct err *err, const char *what)
{
    return err_input(err, REASON_NONE, "the model's network has another shape: %s", what);
}

static int parse_matrix(struct cursor *cursor, struct matrix *ret, struct err *err)
{
    uint8_t mode = cursor_u8(cursor);
    if (!(mode & MODE_INT8) || !(mode & MODE_DOUBLE))
        return odd(err, "weights that are not 8-bit integers");
    uint32_t rows = cursor_u32(cursor), columns = cursor_u32(cursor);
    (void)cursor_u8(cursor);
    if (cursor->bad || rows == 0 || rows > NETWORK_CLASSES_MAX || columns < 2 ||
        columns > FORWARD_INPUTS_MAX + 1)
        return odd(err, "a matrix is too large or empty");
    const uint8_t *weights = cursor_take(cursor, (size_t)rows * columns);
    uint32_t scales_len = cursor_u32(cursor);
    /* The library rounds the count up on some processors. */
    if (cursor->bad || scales_len < rows || scales_len > NETWORK_CLASSES_MAX + 64)
        return odd(err, "a matrix has no scales");
    const uint8_t *scales = cursor_take(cursor, (size_t)scales_len * 8);
    if (cursor->bad)
        return odd(err, "it is cut short");
    *ret = (struct matrix){.outs = rows, .ins = columns - 1, .weights = weights, .scales = scales};
    return 0;
}

static int parse_lstm(struct parser *p, uint32_t index, uint32_t ins, uint32_t outs,
                      struct err *err)
{
    uint32_t na = cursor_u32(&p->cursor);
    if (p->cursor.bad || outs % 8 != 0 || outs == 0 || outs > NETWORK_UNITS_MAX ||
        ins > NETWORK_UNITS_MAX || na != ins + outs || na % 2 != 0)
        return odd(err, "an LSTM layer of a size that is not supported");
    p->units[index] = outs;
    for (uint32_t g = 0; g < GATES; g++) {
        if (parse_matrix(&p->cursor, &p->gates[index][g], err) < 0)
            return -1;
        if (p->gates[index][g].outs != outs || p->gates[index][g].ins != na)
            return odd(err, "a gate does not fit its layer");
    }
    return 0;
}

/* What follows the common part of a leaf. */
static int parse_leaf(struct parser *p, uint32_t ins, uint32_t outs, struct err *err)
{
    size_t at = p->leaves++;
    if (at == LEAF_INPUT) {
        uint32_t batch = cursor_u32(&p->cursor), height = cursor_u32(&p->cursor);
        (void)batch;
        (void)cursor_u32(&p->cursor); /* width: any */
        uint32_t depth = cursor_u32(&p->cursor);
        (void)cursor_u32(&p->cursor); /* loss */
        return height == NETWORK_HEIGHT && depth == 1 ? 0 : odd(err, "the height of a line");
    }
    if (at == LEAF_CONVOLVE || at == LEAF_MAXPOOL) {
        uint32_t x = cursor_u32(&p->cursor), y = cursor_u32(&p->cursor);
        const uint32_t want = at == LEAF_CONVOLVE ? 1 : NETWORK_POOL;
        return x == want && y == want ? 0 : odd(err, "the size of convolution or pool");
    }
    if (at == LEAF_TANH) {
        if (parse_matrix(&p->cursor, &p->conv, err) < 0)
            return -1;
        return p->conv.outs == CONV_OUTS && p->conv.ins == 9 ? 0 : odd(err, "the convolution");
    }
    if (at == LEAF_SOFTMAX)
        return parse_matrix(&p->cursor, &p->out, err);
    return parse_lstm(p, (uint32_t)at - LEAF_LSTM, ins, outs, err);
}

static bool is_wrapper(const char *type)
{
    return strcmp(type, "Series") == 0 || strcmp(type, "RTLReversed") == 0 ||
           strcmp(type, "XYTranspose") == 0;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX
static int parse_layer(struct parser *p, const char *inside, unsigned depth, struct err *err)
{
    char type[TYPE_MAX], name[NAME_MAX_BYTES];
    if (cursor_u8(&p->cursor) != 0 || depth > DEPTH_MAX)
        return odd(err, "an old or deep format");
    cursor_text(&p->cursor, type, sizeof type);
    (void)cursor_take(&p->cursor, 2);
    uint32_t flags = cursor_u32(&p->cursor);
    uint32_t ins = cursor_u32(&p->cursor), outs = cursor_u32(&p->cursor);
    (void)cursor_u32(&p->cursor);
    cursor_text(&p->cursor, name, sizeof name);
    if (p->cursor.bad)
        return odd(err, "it is cut short");
    if (is_wrapper(type)) {
        uint32_t n = cursor_u32(&p->cursor);
        const char *around = strcmp(type, "Series") == 0 ? inside : type;
        if (n > SUBLAYERS_MAX || (around != inside && inside[0] != '\0'))
            return odd(err, "too many layers");
        for (uint32_t i = 0; i < n; i++)
            if (parse_layer(p, around, depth + 1, err) < 0)
                return -1;
        uint32_t rates = flags & FLAG_LAYER_LR ? cursor_u32(&p->cursor) : 0;
        (void)cursor_take(&p->cursor, (size_t)rates * 4);
        return p->cursor.bad ? odd(err, "it is cut short") : 0;
    }
    if (p->leaves >= ARRAY_LEN(shape) || strcmp(type, shape[p->leaves].type) != 0 ||
        strcmp(inside, shape[p->leaves].inside) != 0)
        return err_input(err, REASON_NONE, "the model's network has another shape: layer %zu is %s",
                         p->leaves, type);
    return parse_leaf(p, ins, outs, err);
}

static int check_sizes(const struct parser *p, struct err *err)
{
    if (p->leaves != ARRAY_LEN(shape))
        return odd(err, "a layer is missing");
    for (uint32_t i = 0; i < FORWARD_LAYERS; i++) {
        uint32_t before = i == 0 ? CONV_OUTS : p->units[i - 1];
        if (p->gates[i][0].ins != before + p->units[i])
            return odd(err, "layers do not fit each other");
    }
    return p->out.ins == p->units[FORWARD_LAYERS - 1] ? 0 : odd(err, "the last layer");
}

/* --- packing ---------------------------------------------------------------------------------- */

static void packed_done(struct packed *packed)
{
    free(packed->weights);
    free(packed->bias);
    free(packed->scale);
}

static int packed_new(struct packed *packed, uint32_t blocks, uint32_t pairs, uint32_t outs,
                      struct err *err)
{
    packed->blocks = blocks;
    packed->pairs = pairs;
    packed->weights = calloc((size_t)blocks * pairs * 2, outs);
    packed->bias = calloc((size_t)blocks * outs, sizeof *packed->bias);
    packed->scale = calloc((size_t)blocks * outs, sizeof *packed->scale);
    if (!packed->weights || !packed->bias || !packed->scale) {
        errno = ENOMEM;
        return err_sys(err, "pack the model"); /* UNTESTED: memory */
    }
    return 0;
}

/* Output `out` of `from` becomes output `slot` of a block. */
static int pack_row(struct packed *packed, uint32_t block, uint32_t slot, uint32_t block_outs,
                    const struct matrix *from, uint32_t out)
{
    const uint8_t *row = from->weights + (size_t)out * (from->ins + 1);
    int8_t *weights = packed->weights + (size_t)block * packed->pairs * 2 * block_outs;
    for (uint32_t k = 0; k < from->ins; k++)
        weights[((size_t)(k / 2) * block_outs + slot) * 2 + k % 2] = (int8_t)row[k];
    const size_t at = (size_t)block * block_outs + slot;
    struct cursor scale = cursor_of(span_of(from->scales + (size_t)out * 8, 8));
    packed->bias[at] = 127 * (int8_t)row[from->ins];
    packed->scale[at] = (float)(cursor_f64(&scale) / 127.0);
    return isfinite(packed->scale[at]) && fabsf(packed->scale[at]) < 1e6F ? 0 : -1;
}

static int pack_lstm(struct packed *packed, const struct matrix gates[GATES], struct err *err)
{
    const uint32_t units = gates[0].outs;
    if (packed_new(packed, units / 8, gates[0].ins / 2, FORWARD_OUTS, err) < 0)
        return -1;
    for (uint32_t u = 0; u < units; u++)
        for (uint32_t g = 0; g < GATES; g++)
            if (pack_row(packed, u / 8, g * 8 + u % 8, FORWARD_OUTS, &gates[g], u) < 0)
                return odd(err, "a scale is not a number");
    return 0;
}

static int pack_out(struct packed *packed, const struct matrix *out, struct err *err)
{
    if (packed_new(packed, (out->outs + FORWARD_OUTS - 1) / FORWARD_OUTS, out->ins / 2,
                   FORWARD_OUTS, err) < 0)
        return -1;
    for (uint32_t o = 0; o < out->outs; o++)
        if (pack_row(packed, o / FORWARD_OUTS, o % FORWARD_OUTS, FORWARD_OUTS, out, o) < 0)
            return odd(err, "a scale is not a number");
    return 0;
}

/* 9 inputs as 3 columns of 3 rows become 3 columns of 4, the fourth with weight 0. */
static int pack_conv(struct packed *packed, const struct matrix *conv, struct err *err)
{
    if (packed_new(packed, 1, CONV_INPUTS / 2, CONV_OUTS, err) < 0)
        return -1;
    for (uint32_t o = 0; o < CONV_OUTS; o++) {
        uint8_t row[CONV_INPUTS + 1] = {0};
        const uint8_t *from = conv->weights + (size_t)o * 10;
        for (uint32_t k = 0; k < 9; k++)
            row[k / 3 * 4 + k % 3] = from[k];
        row[CONV_INPUTS] = from[9];
        const struct matrix wide = {
            .outs = 1, .ins = CONV_INPUTS, .weights = row, .scales = conv->scales + (size_t)o * 8};
        if (pack_row(packed, 0, o, CONV_OUTS, &wide, 0) < 0)
            return odd(err, "a scale is not a number");
    }
    return 0;
}

/* Tesseract fills what lies outside a line with its own generator (std::minstd_rand, seeded by the
 * number of training samples; one value is drawn at the start): the same values give the same
 * reading. */
static int make_noise(struct network *network, int32_t sample_iteration, struct err *err)
{
    const uint64_t modulus = 2147483647, factor = 48271;
    network->noise = malloc(NOISE_LEN);
    if (!network->noise) {
        errno = ENOMEM;
        return err_sys(err, "load the model"); /* UNTESTED: memory */
    }
    uint64_t x = (uint64_t)((int64_t)sample_iteration * 0x10000001) % modulus;
    if (x == 0)
        x = 1;
    x = x * factor % modulus;
    for (size_t i = 0; i < NOISE_LEN; i++) {
        x = x * factor % modulus;
        double value = 127 * 2.0 * (double)x / (double)INT32_MAX - 127;
        network->noise[i] = (int8_t)(value >= 0 ? (int)(value + 0.5) : -(int)(-value + 0.5));
    }
    return 0;
}

struct network *network_load(struct span part, struct err *err)
{
    struct parser p = {.cursor = cursor_of(part)};
    char spec[NAME_MAX_BYTES];
    if (parse_layer(&p, "", 0, err) < 0 || check_sizes(&p, err) < 0)
        return NULL;
    cursor_text(&p.cursor, spec, sizeof spec);
    (void)cursor_take(&p.cursor, 8); /* training flags, training iteration */
    int32_t sample_iteration = (int32_t)cursor_u32(&p.cursor);
    uint32_t null_class = cursor_u32(&p.cursor);
    if (p.cursor.bad || null_class >= p.out.outs) {
        (void)odd(err, "its end");
        return NULL;
    }
    CLEANUP(network_freep) struct network *network = calloc(1, sizeof *network);
    if (!network) {
        err_sys(err, "load the model"); /* UNTESTED: memory */
        return NULL;
    }
    network->classes = p.out.outs;
    network->null_class = null_class;
    memcpy(network->units, p.units, sizeof network->units);
    if (make_noise(network, sample_iteration, err) < 0 ||
        pack_conv(&network->conv, &p.conv, err) < 0 || pack_out(&network->out, &p.out, err) < 0)
        return NULL;
    for (uint32_t i = 0; i < FORWARD_LAYERS; i++)
        if (pack_lstm(&network->layers[i], p.gates[i], err) < 0)
            return NULL;
    return TAKE(network);
}

void network_free(struct network *network)
{
    if (!network)
        return;
    packed_done(&network->conv);
    for (uint32_t i = 0; i < FORWARD_LAYERS; i++)
        packed_done(&network->layers[i]);
    packed_done(&network->out);
    free(network->noise);
    free(network);
}

void network_freep(struct network **network)
{
    network_free(*network);
    *network = NULL;
}

uint32_t network_classes(const struct network *network)
{
    return network->classes;
}

uint32_t network_null(const struct network *network)
{
    return network->null_class;
}

double network_macs_per_step(const struct network *network)
{
    double macs = 9.0 * CONV_OUTS * NETWORK_POOL * NETWORK_HEIGHT;
    for (uint32_t i = 0; i < FORWARD_LAYERS; i++)
        macs +=
            2.0 * network->layers[i].pairs * network->units[i] * GATES * (i == 0 ? POOLED_ROWS : 1);
    return macs + (double)network->classes * network->units[FORWARD_LAYERS - 1];
}

/* --- running ---------------------------------------------------------------------------------- */

static void (*const passes[])(struct forward *forward) = {
    [KERNELS_PORTABLE] = forward_portable,
#ifdef __x86_64__
    [KERNELS_AVX2] = forward_avx2,
    [KERNELS_AVX512] = forward_avx512,
#endif
};

bool network_has_kernels(enum network_kernels kernels)
{
    switch (kernels) {
    case KERNELS_PORTABLE:
    case KERNELS_BEST:
        return true;
#ifdef __x86_64__
    case KERNELS_AVX2:
        return __builtin_cpu_supports("avx2") != 0;
    case KERNELS_AVX512:
        return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
               __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
               __builtin_cpu_supports("avx512vnni") != 0;
#else
    case KERNELS_AVX2:
    case KERNELS_AVX512:
        break;
#endif
    }
    return false;
}

enum network_kernels network_best_kernels(void)
{
    if (network_has_kernels(KERNELS_AVX512))
        return KERNELS_AVX512;
    return network_has_kernels(KERNELS_AVX2) ? KERNELS_AVX2 : KERNELS_PORTABLE;
}

const char *network_kernels_name(enum network_kernels kernels)
{
    static const char *const names[] = {"portable", "AVX2", "AVX-512 VNNI", "best"};
    return names[kernels];
}

/* One allocation holds all buffers of a batch. */
struct network_work {
    enum network_kernels kernels;
    void *memory;
    size_t bytes;
};

enum network_kernels network_work_kernels(const struct network_work *work)
{
    return work->kernels;
}

struct network_work *network_work_new(enum network_kernels kernels, struct err *err)
{
    struct network_work *work = calloc(1, sizeof *work);
    if (!work)
        err_sys(err, "read a line"); /* UNTESTED: memory */
    else
        work->kernels = kernels == KERNELS_BEST ? network_best_kernels() : kernels;
    return work;
}

void network_work_free(struct network_work *work)
{
    if (work)
        free(work->memory);
    free(work);
}

void network_work_freep(struct network_work **work)
{
    network_work_free(*work);
    *work = NULL;
}

#define ALIGN_BYTES 64u

/* Lays the buffers out one behind the other: with memory NULL it only counts. */
static size_t lay_out(struct forward *f, uint8_t *memory)
{
    const struct network *network = f->network;
    const size_t steps = f->offset[f->len];
    size_t inputs_max = 0, units_max = 0, at = 0;
    for (uint32_t i = 0; i < FORWARD_LAYERS; i++) {
        inputs_max =
            network->layers[i].pairs * 2 > inputs_max ? network->layers[i].pairs * 2 : inputs_max;
        units_max = network->units[i] > units_max ? network->units[i] : units_max;
    }
#define PLACE(field, count)                                                                        \
    do {                                                                                           \
        f->field = memory ? (void *)(memory + at) : NULL;                                          \
        at += ((count) * sizeof *f->field + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;          \
    } while (0)
    PLACE(columns, (size_t)f->lines[0].width_px * NETWORK_HEIGHT + 2);
    PLACE(pooled, steps * POOLED_ROWS * CONV_OUTS);
    for (uint32_t i = 0; i < FORWARD_LAYERS; i++)
        PLACE(hidden[i], steps * network->units[i]);
    PLACE(input, 2 * FORWARD_COLUMNS * inputs_max);
    PLACE(state, FORWARD_COLUMNS * units_max);
    PLACE(probabilities, steps * network->out.blocks * FORWARD_OUTS);
    PLACE(best, steps);
#undef PLACE
    return at;
}

int network_run(const struct network *network, struct network_work *work,
                const struct line_image lines[], size_t len, struct line_scores ret_scores[],
                struct err *err)
{
    struct forward f = {.network = network, .lines = lines, .len = len};
    for (size_t i = 0; i < len; i++)
        f.offset[i + 1] = f.offset[i] + LINE_STEPS(lines[i].width_px);
    const size_t need = lay_out(&f, NULL);
    if (need > work->bytes) {
        free(work->memory);
        work->bytes = 0;
        work->memory = aligned_alloc(ALIGN_BYTES, need);
        if (!work->memory) {
            errno = ENOMEM;
            return err_sys(err, "read a line"); /* UNTESTED: memory */
        }
        work->bytes = need;
    }
    (void)lay_out(&f, work->memory);
    passes[work->kernels](&f);
    const uint32_t stride = network->out.blocks * FORWARD_OUTS;
    for (size_t i = 0; i < len; i++)
        ret_scores[i] =
            (struct line_scores){.steps = (uint32_t)(f.offset[i + 1] - f.offset[i]),
                                 .stride = stride,
                                 .probabilities = f.probabilities + f.offset[i] * stride,
                                 .best = f.best + f.offset[i]};
    return 0;
}
