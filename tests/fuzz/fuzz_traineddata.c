/* tests/fuzz/fuzz_traineddata.c - any bytes as a model: refused with a reason, or lines are read by
 * it, and all kernels agree on what they say. A component that is one 'S' stands for that of the
 * small model: so an input that is about words need not carry a network. */
#include <string.h>

#include "ocr/decode.h"
#include "ocr/lexicon.h"
#include "ocr/network.h"
#include "ocr/traineddata.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/small_model.h"

static const uint32_t widths[] = {61, 30, 3};
#define LINES ARRAY_LEN(widths)

static struct bytes small;
static int8_t noise[LINES][61 * NETWORK_HEIGHT];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    small_model(SMALL_MODEL_ALL, &small);
    uint32_t seed = 3;
    for (size_t i = 0; i < LINES; i++)
        for (size_t k = 0; k < sizeof noise[i]; k++) {
            seed = seed * 1664525u + 1013904223u;
            noise[i][k] = (int8_t)((int)(seed >> 24) % 255 - 127);
        }
    return 0;
}

static void check_same(const struct network *network, const struct line_scores *a,
                       const struct line_scores *b)
{
    must(a->steps == b->steps && a->stride == b->stride);
    must(memcmp(a->best, b->best, a->steps * sizeof *a->best) == 0);
    for (uint32_t t = 0; t < a->steps; t++) {
        must(a->best[t] < network_classes(network));
        must(memcmp(a->probabilities + (size_t)t * a->stride,
                    b->probabilities + (size_t)t * b->stride,
                    network_classes(network) * sizeof *a->probabilities) == 0);
    }
}

static void check_words(const struct decoded_words *words, const struct bytes *text, uint32_t steps)
{
    for (size_t i = 0; i < words->len; i++) {
        const struct decoded_word *word = &words->items[i];
        must(word->first_step <= word->end_step && word->end_step <= steps);
        must(word->confidence >= 0 && word->confidence <= 100.01F);
        must(word->text_len > 0 && word->text_off + word->text_len <= text->len);
    }
}

static void decode(const struct network *network, const struct lexicon *lexicon,
                   const struct line_scores scores[])
{
    const struct decoder decoder = {.lexicon = lexicon,
                                    .null_class = network_null(network),
                                    .classes = network_classes(network)};
    for (size_t i = 0; i < LINES; i++) {
        struct err err = {0};
        struct decoded_words words = {0};
        CLEANUP(bytes_done) struct bytes text = {0};
        must(decode_line(&decoder, &scores[i], &words, &text, &err) == 0);
        check_words(&words, &text, scores[i].steps);
        free(words.items);
    }
}

static void read_lines(const struct network *network, const struct lexicon *lexicon)
{
    struct err err = {0};
    struct line_image lines[LINES];
    struct line_scores want[LINES], got[LINES];
    for (size_t i = 0; i < LINES; i++)
        lines[i] = (struct line_image){widths[i], noise[i]};
    CLEANUP(network_work_freep)
    struct network_work *portable = network_work_new(KERNELS_PORTABLE, &err);
    must(network_run(network, portable, lines, LINES, want, &err) == 0);
    for (enum network_kernels k = KERNELS_PORTABLE; k <= KERNELS_AVX512; k++) {
        if (!network_has_kernels(k))
            continue;
        CLEANUP(network_work_freep) struct network_work *work = network_work_new(k, &err);
        must(network_run(network, work, lines, LINES, got, &err) == 0);
        for (size_t i = 0; i < LINES; i++)
            check_same(network, &want[i], &got[i]);
    }
    decode(network, lexicon, want);
}

static int part_of(struct span file, enum traineddata_part part, struct span *ret_part,
                   struct err *err)
{
    const int rc = traineddata_part(file, part, ret_part, err);
    if (rc == 0 && ret_part->len == 1 && ret_part->data[0] == SMALL_MODEL_PART)
        return traineddata_part(bytes_span(&small), part, ret_part, err);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct span file = span_of(data, len);
    struct span part, letters, classes, words;
    struct err err = {0};
    CLEANUP(network_freep) struct network *network = NULL;
    CLEANUP(lexicon_freep) struct lexicon *lexicon = NULL;
    if (part_of(file, TRAINEDDATA_LSTM, &part, &err) == 0 &&
        part_of(file, TRAINEDDATA_UNICHARSET, &letters, &err) == 0 &&
        part_of(file, TRAINEDDATA_RECODER, &classes, &err) == 0 &&
        part_of(file, TRAINEDDATA_WORD_DAWG, &words, &err) == 0)
        network = network_load(part, &err);
    if (network)
        lexicon = lexicon_load(letters, classes, words, network_classes(network), &err);
    if (lexicon)
        read_lines(network, lexicon);
    else
        must(err.kind == ERR_INPUT && err.text[0] != '\0');
    return 0;
}
