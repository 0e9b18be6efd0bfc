/* ocr/train/train_digits.c - trains the network of ocr/digits.h on drawn digits and, given some, on
 * digits of people, and writes its weights; or says how many of people's digits it knows.
 *
 * sohoa-train-digits write FILE SAMPLES [DIGITS.csv]   trains, writes the weights as a header
 * sohoa-train-digits check DIGITS.csv                  of which none were trained on
 *
 * Each line of DIGITS.csv is a square picture, row by row, paper 0, and behind it the digit. Where
 * the digits are from that we train on and check with: decision 0071. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ocr/digits.h"
#include "ocr/train/scribble.h"

#define SEED       71
#define BATCH      32u
#define RATE       0.002F
#define NONE_SHARE 0.25F
#define REAL_SHARE 0.5F /* of the digits, when there are some */
#define LINE_MAX   8192
#define SIDE_MAX   32u
#define CHECK_SIDE 56u /* pixels a digit is made large to, about what it has on a scan */

#define WEIGHTS (sizeof(struct digits_net) / sizeof(float))

/* Pictures that people wrote. */
struct real {
    uint8_t (*grey)[SIDE_MAX * SIDE_MAX]; /* 0 paper .. 255 ink */
    uint8_t *digits;
    unsigned side;
    size_t len;
};

struct training {
    struct real real;
    struct digits_net net, gradient, mean, square; /* of Adam's */
    struct digits_pass pass, back;                 /* back: the loss by each value */
    struct scribble scribble;
};

static unsigned draw(struct training *training)
{
    struct scribble *scribble = &training->scribble;
    unsigned class = DIGITS_NONE;
    if (scribble_random(scribble) < NONE_SHARE) {
        scribble_none(scribble);
    } else if (training->real.len > 0 && scribble_random(scribble) < REAL_SHARE) {
        const size_t at = (size_t)(scribble_random(scribble) * (float)training->real.len);
        class = training->real.digits[at];
        scribble_picture(scribble, training->real.grey[at], training->real.side);
    } else {
        class = (unsigned)(scribble_random(scribble) * 10);
        const float style = scribble_random(scribble) * (float)scribble_styles(class);
        scribble_digit(scribble, class, (size_t)style);
    }
    (void)digits_shrink(scribble->pixels, SCRIBBLE_SIDE, SCRIBBLE_SIDE, &training->pass);
    return class;
}

/* --- learning --------------------------------------------------------------------------------- */

/* The loss goes to the largest of each two by two only, and only where it is above 0. */
static void back_pool(const float in[], const float back_out[], uint32_t side, uint32_t maps,
                      float back_in[])
{
    memset(back_in, 0, (size_t)side * side * maps * sizeof *back_in);
    for (uint32_t y = 0; y < side / 2; y++)
        for (uint32_t x = 0; x < side / 2; x++)
            for (uint32_t m = 0; m < maps; m++) {
                const size_t first = (size_t)(2 * y * side + 2 * x) * maps + m;
                const size_t four[4] = {first, first + maps, first + (size_t)side * maps,
                                        first + (size_t)(side + 1) * maps};
                size_t top = four[0];
                for (int i = 1; i < 4; i++)
                    top = in[four[i]] > in[top] ? four[i] : top;
                if (in[top] > 0)
                    back_in[top] = back_out[(y * (side / 2) + x) * maps + m];
            }
}

static void back_dense(struct training *t, unsigned class)
{
    float out[DIGITS_CLASSES];
    for (uint32_t c = 0; c < DIGITS_CLASSES; c++) {
        out[c] = t->pass.probabilities[c] - (c == class ? 1.0F : 0.0F);
        t->gradient.bias4[c] += out[c];
    }
    for (uint32_t m = 0; m < DIGITS_HIDDEN; m++) {
        float sum = 0;
        for (uint32_t c = 0; c < DIGITS_CLASSES; c++) {
            t->gradient.out[m][c] += t->pass.hidden[m] * out[c];
            sum += t->net.out[m][c] * out[c];
        }
        t->back.hidden[m] = t->pass.hidden[m] > 0 ? sum : 0;
        t->gradient.bias3[m] += t->back.hidden[m];
    }
    const float *features = &t->pass.pool2[0][0];
    float *back = &t->back.pool2[0][0];
    for (uint32_t i = 0; i < DIGITS_FEATURES; i++) {
        float sum = 0;
        for (uint32_t m = 0; m < DIGITS_HIDDEN; m++) {
            t->gradient.dense[i][m] += features[i] * t->back.hidden[m];
            sum += t->net.dense[i][m] * t->back.hidden[m];
        }
        back[i] = sum;
    }
}

static void back_convolve2(struct training *t)
{
    memset(t->back.pool1, 0, sizeof t->back.pool1);
    for (uint32_t at = 0; at < DIGITS_CONV2 * DIGITS_CONV2; at++) {
        const uint32_t first = at / DIGITS_CONV2 * DIGITS_POOL1 + at % DIGITS_CONV2;
        const float *back = t->back.conv2[at];
        for (uint32_t m = 0; m < DIGITS_MAPS2; m++)
            t->gradient.bias2[m] += back[m];
        for (uint32_t k = 0; k < DIGITS_KERNEL2 * DIGITS_KERNEL2 * DIGITS_MAPS1; k++) {
            const uint32_t tap = k / DIGITS_MAPS1, i = k % DIGITS_MAPS1;
            const uint32_t from =
                first + tap / DIGITS_KERNEL2 * DIGITS_POOL1 + tap % DIGITS_KERNEL2;
            const float value = t->pass.pool1[from][i];
            float sum = 0;
            for (uint32_t m = 0; m < DIGITS_MAPS2; m++) {
                t->gradient.conv2[k][m] += value * back[m];
                sum += t->net.conv2[k][m] * back[m];
            }
            t->back.pool1[from][i] += sum;
        }
    }
}

static void back_convolve1(struct training *t)
{
    for (uint32_t at = 0; at < DIGITS_CONV1 * DIGITS_CONV1; at++) {
        const float *in = &t->pass.in[at / DIGITS_CONV1 * DIGITS_SIDE + at % DIGITS_CONV1];
        const float *back = t->back.conv1[at];
        for (uint32_t m = 0; m < DIGITS_MAPS1; m++)
            t->gradient.bias1[m] += back[m];
        for (uint32_t k = 0; k < DIGITS_KERNEL1 * DIGITS_KERNEL1; k++) {
            const float value = in[k / DIGITS_KERNEL1 * DIGITS_SIDE + k % DIGITS_KERNEL1];
            for (uint32_t m = 0; value != 0 && m < DIGITS_MAPS1; m++)
                t->gradient.conv1[k][m] += value * back[m];
        }
    }
}

static void learn(struct training *t, unsigned class)
{
    digits_run(&t->net, &t->pass);
    back_dense(t, class);
    back_pool(&t->pass.conv2[0][0], &t->back.pool2[0][0], DIGITS_CONV2, DIGITS_MAPS2,
              &t->back.conv2[0][0]);
    back_convolve2(t);
    back_pool(&t->pass.conv1[0][0], &t->back.pool1[0][0], DIGITS_CONV1, DIGITS_MAPS1,
              &t->back.conv1[0][0]);
    back_convolve1(t);
}

/* Adam, the rate falling to nothing at the end. */
static void step(struct training *t, size_t n, size_t of)
{
    float *weight = &t->net.conv1[0][0], *gradient = &t->gradient.conv1[0][0];
    float *mean = &t->mean.conv1[0][0], *square = &t->square.conv1[0][0];
    const float rate = RATE * (1 - (float)n / (float)of);
    const float unbias1 = 1 - powf(0.9F, (float)n + 1), unbias2 = 1 - powf(0.999F, (float)n + 1);
    for (size_t i = 0; i < WEIGHTS; i++) {
        const float g = gradient[i] / BATCH;
        mean[i] += 0.1F * (g - mean[i]);
        square[i] += 0.001F * (g * g - square[i]);
        weight[i] -= rate * (mean[i] / unbias1) / (sqrtf(square[i] / unbias2) + 1e-7F);
    }
    memset(&t->gradient, 0, sizeof t->gradient);
}

static void fill(struct training *t, float weights[], size_t len, float inputs)
{
    for (size_t i = 0; i < len; i++)
        weights[i] = (2 * scribble_random(&t->scribble) - 1) * sqrtf(6 / inputs);
}

#define FILL(part, inputs) fill(t, &t->net.part[0][0], sizeof t->net.part / sizeof(float), inputs)

static void train(struct training *t, size_t samples)
{
    size_t right = 0, seen = 0;
    FILL(conv1, DIGITS_KERNEL1 * DIGITS_KERNEL1);
    FILL(conv2, DIGITS_KERNEL2 * DIGITS_KERNEL2 * DIGITS_MAPS1);
    FILL(dense, DIGITS_FEATURES);
    FILL(out, DIGITS_HIDDEN);
    for (size_t n = 0; n < samples / BATCH; n++) {
        for (size_t i = 0; i < BATCH; i++) {
            const unsigned class = draw(t);
            learn(t, class);
            right += t->pass.probabilities[class] > 0.5F;
            seen++;
        }
        step(t, n, samples / BATCH);
        if (seen % 16384 == 0) {
            (void)printf("%zu: %.2f %%\n", (n + 1) * BATCH, 100.0 * (double)right / (double)seen);
            (void)fflush(stdout);
            right = seen = 0;
        }
    }
}

/* --- the weights as a file -------------------------------------------------------------------- */

static void write_part(FILE *out, const char *name, const float weights[], size_t len)
{
    float most = 1e-6F;
    for (size_t i = 0; i < len; i++)
        most = fmaxf(most, fabsf(weights[i]));
    (void)fprintf(out, "static const float digits_scale_%s = %.9gF;\n", name, (double)(most / 127));
    (void)fprintf(out, "static const int8_t digits_%s[%zu] = {", name, len);
    for (size_t i = 0; i < len; i++)
        (void)fprintf(out, "%s%d,", i % 24 ? "" : "\n", (int)lroundf(weights[i] * 127 / most));
    (void)fputs("\n};\n", out);
}

#define WRITE(part)                                                                                \
    write_part(out, #part, (const float *)net->part, sizeof net->part / sizeof(float))

static int write_net(const struct digits_net *net, const char *path)
{
    FILE *out = fopen(path, "we");
    if (!out)
        return -1;
    (void)fputs("/* ocr/digits_weights.h - weights of the network of ocr/digits.h, written by\n"
                " * sohoa-train-digits; only ocr/digits.c includes it. */\n"
                "#ifndef OCR_DIGITS_WEIGHTS_H\n#define OCR_DIGITS_WEIGHTS_H\n\n"
                "#include <stdint.h>\n\n/* clang-format off */\n",
                out);
    WRITE(conv1);
    WRITE(bias1);
    WRITE(conv2);
    WRITE(bias2);
    WRITE(dense);
    WRITE(bias3);
    WRITE(out);
    WRITE(bias4);
    (void)fputs("\n#endif\n", out);
    return fclose(out);
}

/* --- digits of people ------------------------------------------------------------------------- */

static int add_real(struct real *real, char *line)
{
    int values[SIDE_MAX * SIDE_MAX + 1], most = 1;
    size_t n = 0;
    for (char *at = line, *end = line; n < ARRAY_LEN(values); at = end + (*end == ','), n++) {
        values[n] = (int)strtol(at, &end, 10);
        if (end == at)
            break;
    }
    const unsigned side = (unsigned)sqrt((double)n);
    if (side < 8 || side * side + 1 != n || (real->side && side != real->side))
        return -1;
    real->side = side;
    void *grey = realloc(real->grey, (real->len + 1) * sizeof *real->grey);
    if (grey)
        real->grey = grey;
    void *digits = realloc(real->digits, real->len + 1);
    if (digits)
        real->digits = digits;
    if (!grey || !digits)
        return -1;
    for (size_t i = 0; i + 1 < n; i++)
        most = values[i] > most ? values[i] : most;
    for (size_t i = 0; i + 1 < n; i++)
        real->grey[real->len][i] = (uint8_t)(values[i] * 255 / most);
    real->digits[real->len++] = (uint8_t)(values[n - 1] % 10);
    return 0;
}

static int read_real(const char *path, struct real *real)
{
    FILE *in = fopen(path, "re");
    int rc = in ? 0 : -1;
    for (char line[LINE_MAX]; rc == 0 && fgets(line, sizeof line, in);)
        rc = add_real(real, line);
    return in && fclose(in) == 0 ? rc : -1;
}

/* As large as on a scan: between its pixels even slopes, ink what is darker than half. */
static void enlarge(const struct real *real, size_t at, uint8_t mask[CHECK_SIDE * CHECK_SIDE])
{
    const float step = (float)real->side / CHECK_SIDE, last = (float)real->side - 1;
    for (unsigned y = 0; y < CHECK_SIDE; y++)
        for (unsigned x = 0; x < CHECK_SIDE; x++) {
            const float fx = fminf(fmaxf(((float)x + 0.5F) * step - 0.5F, 0), last);
            const float fy = fminf(fmaxf(((float)y + 0.5F) * step - 0.5F, 0), last);
            const unsigned x0 = (unsigned)fx, y0 = (unsigned)fy, n = real->side;
            const unsigned x1 = x0 + (x0 + 1 < n), y1 = y0 + (y0 + 1 < n);
            const float u = fx - (float)x0, v = fy - (float)y0;
            const uint8_t *grey = real->grey[at];
            const float upper = (float)grey[y0 * n + x0] * (1 - u) + (float)grey[y0 * n + x1] * u;
            const float lower = (float)grey[y1 * n + x0] * (1 - u) + (float)grey[y1 * n + x1] * u;
            mask[y * CHECK_SIDE + x] = upper * (1 - v) + lower * v > 127;
        }
}

static void check(const struct digits_net *net, const struct real *real)
{
    size_t right = 0, sure = 0, sure_right = 0;
    for (size_t i = 0; i < real->len; i++) {
        uint8_t mask[CHECK_SIDE * CHECK_SIDE];
        struct digits_pass pass;
        enlarge(real, i, mask);
        (void)digits_shrink(mask, CHECK_SIDE, CHECK_SIDE, &pass);
        digits_run(net, &pass);
        unsigned best = 0;
        for (unsigned c = 1; c < 10; c++)
            best = pass.probabilities[c] > pass.probabilities[best] ? c : best;
        const bool believed = pass.probabilities[best] >= 0.9F;
        right += best == real->digits[i];
        sure += believed;
        sure_right += believed && best == real->digits[i];
    }
    (void)printf("%zu digits: %zu right; %zu believed, %zu of them right\n", real->len, right, sure,
                 sure_right);
}

int main(int argc, char **argv)
{
    static struct training training = {.scribble.state = SEED};
    const bool writes = argc >= 4 && strcmp(argv[1], "write") == 0;
    const bool checks = argc == 3 && strcmp(argv[1], "check") == 0;
    const char *digits = checks ? argv[2] : writes && argc > 4 ? argv[4] : NULL;
    if (!writes && !checks) {
        (void)fprintf(stderr, "usage: %s write FILE SAMPLES [DIGITS.csv] | check DIGITS.csv\n",
                      argv[0]);
        return EXIT_FAILURE;
    }
    int rc = digits ? read_real(digits, &training.real) : 0;
    if (rc < 0)
        (void)fprintf(stderr, "%s: cannot be read\n", digits);
    if (rc == 0 && checks) {
        digits_net_load(&training.net);
        check(&training.net, &training.real);
    } else if (rc == 0) {
        train(&training, strtoul(argv[3], NULL, 10));
        rc = write_net(&training.net, argv[2]);
    }
    free(training.real.grey);
    free(training.real.digits);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
