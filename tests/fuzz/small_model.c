/* tests/fuzz/small_model.c - the smallest model our reader takes: 8 units a layer, 22 letters. */
#include "tests/fuzz/small_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ocr/forward.h"
#include "ocr/traineddata.h"
#include "tests/fuzz/fuzz.h"

#define UNITS       8u
#define LETTER_BITS 5u

/* As the unicharset has them: the letter, its properties (1 letter, 2 small, 4 capital, 8 digit, 16
 * sign), its other case. Blank and national title more than once: so chance says them often enough
 * for a line to be parted there. */
static const struct letter {
    const char *text;
    unsigned properties, other;
} letters[] = {
    {"NULL", 0, 0},   {"a", 3, 2},     {"A", 5, 1},     {"b", 3, 3},      {"1", 8, 4},
    {"/", 16, 5},     {"NULL", 0, 6},  {"-", 16, 7},    {"Joined", 7, 8}, {"CỘNG", 5, 9},
    {"HÒA", 5, 10},   {"Độc", 5, 11},  {"lập", 3, 12},  {"Số:", 5, 13},   {"ngày", 3, 14},
    {"tháng", 3, 15}, {"Kính", 5, 16}, {"gửi:", 3, 17}, {"CỘNG", 5, 18},  {"HÒA", 5, 19},
    {"HÒA", 5, 20},   {"CỘNG", 5, 21},
};
#define CLASSES (ARRAY_LEN(letters) + 1) /* the last says nothing */

static void put(struct bytes *out, const void *data, size_t len)
{
    struct err err = {0};
    must(bytes_append(out, span_of(data, len), &err) == 0);
}

static void put_u8(struct bytes *out, uint8_t value)
{
    put(out, &value, 1);
}

static void put_u32(struct bytes *out, uint32_t value)
{
    uint8_t le[4];
    put_le32(le, value);
    put(out, le, sizeof le);
}

static void put_u64(struct bytes *out, uint64_t value)
{
    uint8_t le[8];
    put_le64(le, value);
    put(out, le, sizeof le);
}

static void put_text(struct bytes *out, const char *text)
{
    put_u32(out, (uint32_t)strlen(text));
    put(out, text, strlen(text));
}

/* --- the network: the format is told in ocr/network.c ------------------------------------------
 */

struct writer {
    struct bytes *out;
    uint32_t seed;
};

static void put_layer(struct writer *w, const char *type, uint32_t ins, uint32_t outs)
{
    put_u8(w->out, 0);
    put_text(w->out, type);
    put(w->out, "\0", 2);
    put_u32(w->out, 0);
    put_u32(w->out, ins);
    put_u32(w->out, outs);
    put_u32(w->out, 0);
    put_text(w->out, "");
}

static void put_wrapper(struct writer *w, const char *type, uint32_t sublayers)
{
    put_layer(w, type, 0, 0);
    put_u32(w->out, sublayers);
}

static void put_matrix(struct writer *w, uint32_t rows, uint32_t columns, double scale)
{
    uint64_t bits;
    memcpy(&bits, &scale, sizeof bits);
    put_u8(w->out, 129);
    put_u32(w->out, rows);
    put_u32(w->out, columns);
    put_u8(w->out, 0);
    for (uint32_t i = 0; i < rows * columns; i++) {
        w->seed = w->seed * 1664525u + 1013904223u;
        put_u8(w->out, (uint8_t)(w->seed >> 24));
    }
    put_u32(w->out, rows);
    for (uint32_t i = 0; i < rows; i++)
        put_u64(w->out, bits);
}

static void put_lstm(struct writer *w, const char *type, uint32_t ins)
{
    put_layer(w, type, ins, UNITS);
    put_u32(w->out, ins + UNITS);
    for (int gate = 0; gate < 4; gate++)
        put_matrix(w, UNITS, ins + UNITS + 1, 0.02);
}

static void put_network(struct bytes *out)
{
    struct writer w = {out, 1};
    put_wrapper(&w, "Series", 8);
    put_layer(&w, "Input", 1, 1);
    const uint32_t input[] = {1, NETWORK_HEIGHT, 0, 1, 0};
    for (size_t i = 0; i < ARRAY_LEN(input); i++)
        put_u32(out, input[i]);
    put_wrapper(&w, "Series", 2);
    put_layer(&w, "Convolve", 1, 9);
    put_u32(out, 1);
    put_u32(out, 1);
    put_layer(&w, "Tanh", 9, CONV_OUTS);
    put_matrix(&w, CONV_OUTS, 10, 0.01);
    put_layer(&w, "Maxpool", CONV_OUTS, CONV_OUTS);
    put_u32(out, NETWORK_POOL);
    put_u32(out, NETWORK_POOL);
    put_wrapper(&w, "XYTranspose", 1);
    put_lstm(&w, "SummLSTM", CONV_OUTS);
    put_lstm(&w, "LSTM", UNITS);
    put_wrapper(&w, "RTLReversed", 1);
    put_lstm(&w, "LSTM", UNITS);
    put_lstm(&w, "LSTM", UNITS);
    put_layer(&w, "Softmax", UNITS, CLASSES);
    put_matrix(&w, CLASSES, UNITS + 1, 1.5);
    put_text(out, "spec");
    put_u64(out, 0); /* flags and iterations of the training */
    put_u32(out, 1);
    put_u32(out, CLASSES - 1);
}

/* --- letters and words: the format is told in ocr/lexicon.c ------------------------------------
 */

static void put_words(struct bytes *out)
{
    /* "a" or "b", any number of "b", "a" or "b"; and "ngày". */
    static const struct {
        uint64_t next, flags, letter;
    } edges[] = {{3, 0, 1}, {3, 0, 3}, {0, 5, 14}, {0, 4, 1}, {3, 5, 3}};
    put(out, "\x2a", 2);
    put_u32(out, ARRAY_LEN(letters));
    put_u32(out, ARRAY_LEN(edges));
    for (size_t i = 0; i < ARRAY_LEN(edges); i++)
        put_u64(out, edges[i].next << (LETTER_BITS + 3) | edges[i].flags << LETTER_BITS |
                         edges[i].letter);
}

static void put_letters(struct bytes *out)
{
    struct err err = {0};
    must(bytes_printf(out, &err, "%zu\n", ARRAY_LEN(letters)) == 0);
    for (size_t i = 0; i < ARRAY_LEN(letters); i++)
        must(bytes_printf(out, &err, "%s %x 0,255 Latin %u\n", letters[i].text,
                          letters[i].properties, letters[i].other) == 0);
}

static void put_classes(struct bytes *out)
{
    put_u32(out, ARRAY_LEN(letters));
    for (uint32_t i = 0; i < ARRAY_LEN(letters); i++) {
        put_u8(out, 1);
        put_u32(out, 1);
        put_u32(out, i);
    }
}

void small_model(enum small_model_parts parts, struct bytes *out)
{
    static const struct {
        enum traineddata_part part;
        enum small_model_parts of;
        void (*put)(struct bytes *out);
    } components[] = {{TRAINEDDATA_LSTM, SMALL_MODEL_NETWORK, put_network},
                      {TRAINEDDATA_WORD_DAWG, SMALL_MODEL_WORDS, put_words},
                      {TRAINEDDATA_UNICHARSET, SMALL_MODEL_WORDS, put_letters},
                      {TRAINEDDATA_RECODER, SMALL_MODEL_WORDS, put_classes}};
    const uint32_t count = TRAINEDDATA_RECODER + 1;
    const size_t start = out->len;
    put_u32(out, count);
    for (uint32_t i = 0; i < count; i++)
        put_u64(out, UINT64_MAX);
    for (size_t i = 0; i < ARRAY_LEN(components); i++) {
        put_le64(out->data + start + 4 + (size_t)components[i].part * 8, out->len - start);
        if (components[i].of & parts)
            components[i].put(out);
        else
            put_u8(out, SMALL_MODEL_PART);
    }
}

char *small_model_install(void)
{
    CLEANUP(bytes_done) struct bytes model = {0};
    const char *base = getenv("TMPDIR");
    char *folder = NULL, *path = NULL;
    must(asprintf(&folder, "%s/sohoa-fuzz-XXXXXX", base && *base ? base : "/tmp") > 0);
    must(mkdtemp(folder) != NULL);
    must(asprintf(&path, "%s/" SMALL_MODEL_LANGUAGE ".traineddata", folder) > 0);
    small_model(SMALL_MODEL_ALL, &model);
    FILE *file = fopen(path, "wbe");
    must(file && fwrite(model.data, 1, model.len, file) == model.len && fclose(file) == 0);
    must(setenv("TESSDATA_PREFIX", folder, 1) == 0);
    free(path);
    return folder;
}

void small_model_remove(char *folder)
{
    char *path = NULL;
    must(asprintf(&path, "%s/" SMALL_MODEL_LANGUAGE ".traineddata", folder) > 0);
    must(unlink(path) == 0 && rmdir(folder) == 0);
    free(path);
    free(folder);
}
