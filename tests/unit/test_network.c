/* tests/unit/test_network.c - the recogniser: kernels agree to the bit, hostile models are refused.
 */
#include "ocr/network.h"

#include "tests/unit/models.h"

#include "ocr/decode.h"
#include "ocr/forward.h"
#include "ocr/lexicon.h"
#include "ocr/traineddata.h"

static void *room(size_t bytes)
{
    void *p = calloc(1, bytes);
    assert_non_null(p);
    return p;
}

struct model {
    struct bytes file;
    struct network *network;
};

static int load(void **state)
{
    struct model *model = room(sizeof *model);
    struct err err = {0};
    struct span part;
    char path[PATH_MAX];
    assert_ok(traineddata_load(model_path("vie", path), &model->file, &err), err);
    assert_int_equal(traineddata_part(bytes_span(&model->file), TRAINEDDATA_LSTM, &part, &err), 0);
    model->network = network_load(part, &err);
    assert_non_null(model->network);
    *state = model;
    return 0;
}

static int unload(void **state)
{
    struct model *model = *state;
    network_free(model->network);
    bytes_done(&model->file);
    free(model);
    return 0;
}

/* A line of noise: every pixel matters to some weight. */
static struct line_image noisy_line(uint32_t width, uint32_t seed)
{
    int8_t *pixels = room((size_t)width * NETWORK_HEIGHT);
    for (size_t i = 0; i < (size_t)width * NETWORK_HEIGHT; i++) {
        seed = seed * 1664525u + 1013904223u;
        pixels[i] = (int8_t)((int)(seed >> 24) % 255 - 127);
    }
    return (struct line_image){width, pixels};
}

static void agrees_to_the_bit(const struct model *model, enum network_kernels kernels)
{
    struct err err = {0};
    /* Widths that are no multiple of anything, the narrowest one among them. */
    static const uint32_t widths[NETWORK_BATCH] = {1201, 640, 338, 100, 47, 12, 4, 3};
    struct line_image lines[NETWORK_BATCH];
    struct line_scores want[NETWORK_BATCH], got[NETWORK_BATCH];
    if (!network_has_kernels(kernels)) {
        print_message("skipped: no %s on this processor\n", network_kernels_name(kernels));
        skip();
    }
    for (size_t i = 0; i < NETWORK_BATCH; i++)
        lines[i] = noisy_line(widths[i], (uint32_t)i);
    struct network_work *portable = network_work_new(KERNELS_PORTABLE, &err),
                        *work = network_work_new(kernels, &err);
    assert_int_equal(network_run(model->network, portable, lines, NETWORK_BATCH, want, &err), 0);
    assert_int_equal(network_run(model->network, work, lines, NETWORK_BATCH, got, &err), 0);
    for (size_t i = 0; i < NETWORK_BATCH; i++) {
        assert_int_equal(got[i].steps, widths[i] / NETWORK_POOL);
        assert_memory_equal(got[i].best, want[i].best, got[i].steps * sizeof *got[i].best);
        for (uint32_t t = 0; t < got[i].steps; t++)
            assert_memory_equal(got[i].probabilities + (size_t)t * got[i].stride,
                                want[i].probabilities + (size_t)t * want[i].stride,
                                network_classes(model->network) * sizeof(float));
    }
    network_work_free(work);
    network_work_free(portable);
    for (size_t i = 0; i < NETWORK_BATCH; i++)
        free((void *)(uintptr_t)lines[i].pixels);
}

static void avx2_agrees_with_portable_to_the_bit(void **state)
{
    agrees_to_the_bit(*state, KERNELS_AVX2);
}

static void avx512_agrees_with_portable_to_the_bit(void **state)
{
    agrees_to_the_bit(*state, KERNELS_AVX512);
}

static void a_line_reads_the_same_alone_and_in_a_batch(void **state)
{
    const struct model *model = *state;
    struct err err = {0};
    struct line_image lines[2] = {noisy_line(300, 1), noisy_line(201, 2)};
    struct line_scores both[2], alone;
    struct network_work *a = network_work_new(KERNELS_BEST, &err),
                        *b = network_work_new(KERNELS_BEST, &err);
    assert_int_equal(network_run(model->network, a, lines, 2, both, &err), 0);
    assert_int_equal(network_run(model->network, b, &lines[1], 1, &alone, &err), 0);
    for (uint32_t t = 0; t < alone.steps; t++)
        assert_memory_equal(both[1].probabilities + (size_t)t * alone.stride,
                            alone.probabilities + (size_t)t * alone.stride,
                            network_classes(model->network) * sizeof(float));
    network_work_free(a);
    network_work_free(b);
    free((void *)(uintptr_t)lines[0].pixels);
    free((void *)(uintptr_t)lines[1].pixels);
}

static void probabilities_of_a_step_add_up_to_one(void **state)
{
    const struct model *model = *state;
    struct err err = {0};
    struct line_image line = noisy_line(90, 7);
    struct line_scores scores;
    struct network_work *work = network_work_new(KERNELS_BEST, &err);
    assert_int_equal(network_run(model->network, work, &line, 1, &scores, &err), 0);
    for (uint32_t t = 0; t < scores.steps; t++) {
        const float *p = scores.probabilities + (size_t)t * scores.stride;
        float sum = 0;
        for (uint32_t c = 0; c < network_classes(model->network); c++) {
            assert_true(p[c] <= p[scores.best[t]]);
            sum += p[c];
        }
        assert_true(sum > 0.9999F && sum < 1.0001F);
    }
    network_work_free(work);
    free((void *)(uintptr_t)line.pixels);
}

/* Counted out pixel by pixel, as Tesseract draws. */
static void noise_is_taken_in_the_order_it_was_drawn(void **state)
{
    (void)state;
    static const int widths[] = {3, 4, 50};
    for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
        size_t drawn = 0;
        for (int y = 0; y < (int)NETWORK_HEIGHT; y++)
            for (int x = 0; x < widths[i]; x++) {
                size_t outside = 0;
                for (int k = 0; k < 9; k++) {
                    const int u = x + k % 3 - 1, v = y + k / 3 - 1;
                    outside += u < 0 || u >= widths[i] || v < 0 || v >= (int)NETWORK_HEIGHT;
                }
                if (outside > 0)
                    assert_int_equal(noise_offset((uint32_t)x, (uint32_t)y, (uint32_t)widths[i]),
                                     drawn);
                drawn += outside;
            }
        assert_true(drawn <= NOISE_LEN);
    }
}

static struct lexicon *lexicon_of(const struct model *model)
{
    struct err err = {0};
    struct span letters, classes, words;
    const struct span file = bytes_span(&model->file);
    assert_ok(traineddata_part(file, TRAINEDDATA_UNICHARSET, &letters, &err), err);
    assert_ok(traineddata_part(file, TRAINEDDATA_RECODER, &classes, &err), err);
    assert_ok(traineddata_part(file, TRAINEDDATA_WORD_DAWG, &words, &err), err);
    struct lexicon *lexicon =
        lexicon_load(letters, classes, words, network_classes(model->network), &err);
    assert_ok_ptr(lexicon, err);
    return lexicon;
}

static uint32_t class_of(const struct model *model, const struct lexicon *lexicon,
                         const char *letter)
{
    uint32_t class = 0;
    while (class < network_classes(model->network) &&
           strcmp(lexicon_text(lexicon, class), letter) != 0)
        class ++;
    return class;
}

static const struct word_case {
    const char *letters[12]; /* one each: a letter with marks is one */
    bool known;
} word_cases[] = {
    {{"q", "u", "y", "ế", "t"}, true},
    {{"Q", "u", "y", "ế", "t"}, true},
    {{"Q", "U", "Y", "Ế", "T"}, true},
    {{"q", "U", "Y", "ế", "t"}, true}, /* in no dictionary as it stands */
    {{"(", "đ", "ị", "n", "h", ")", ","}, true},
    {{"2", "0", "2", "6"}, true},
    {{";"}, true},
    {{"q", "u", "y", "ê", "s", "t", "x"}, false},
    {{"x", "ế", "q", "t"}, false},
    {{"-", "x", "ế", "q", "t", "-"}, false},
    {{"q", "u", "y", "ế", "t", "/", "đ", "ị", "n", "h"}, true}, /* part by part */
    {{"q", "u", "y", "ế", "t", "/", "x", "ế", "q", "t"}, false},
};

static void words_are_known_whatever_their_case_and_signs(void **state)
{
    const struct model *model = *state;
    struct lexicon *lexicon = lexicon_of(model);
    for (size_t i = 0; i < ARRAY_LEN(word_cases); i++) {
        uint32_t word[12];
        size_t len = 0;
        for (; len < 12 && word_cases[i].letters[len]; len++)
            word[len] = class_of(model, lexicon, word_cases[i].letters[len]);
        if (lexicon_has(lexicon, word, len) != word_cases[i].known)
            fail_msg("word %zu, '%s...'", i, word_cases[i].letters[0]);
    }
    lexicon_free(lexicon);
}

/* What the network says, step by step: up to two letters and how likely each is; the rest is
 * "nothing". */
#define STEPS 8
static const struct decode_case {
    const char *what, *with_dictionary, *without;
    struct {
        const char *letters[2];
        float p[2];
    } steps[STEPS];
} decode_cases[] = {
    {"what is sure is read as it is",
     "xếqt",
     "xếqt",
     {{{"x"}, {1}}, {{"ế"}, {1}}, {{"q"}, {1}}, {{"t"}, {1}}}},
    {"a word of the dictionary is preferred",
     "quyết",
     "quyêt",
     {{{"q"}, {1}}, {{"u"}, {1}}, {{"y"}, {1}}, {{"ê", "ế"}, {0.5F, 0.4F}}, {{"t"}, {1}}}},
    {"where letters part does not matter",
     "tin",
     "tin",
     {{{"t"}, {1}}, {{"t", "i"}, {0.6F, 0.4F}}, {{"i"}, {1}}, {{"i"}, {0.6F}}, {{"n"}, {1}}}},
    {"one letter in two cases is one, where that is a word",
     "tỉnh",
     "tỈỉnh",
     {{{"t"}, {1}},
      {{NULL}, {0}},
      {{"Ỉ", "ỉ"}, {0.54F, 0.44F}},
      {{"ỉ", "Ỉ"}, {0.75F, 0.25F}},
      {{NULL}, {0}},
      {{"n"}, {1}},
      {{"h"}, {1}}}},
    {"a letter is not lost to its neighbour",
     "an",
     "an",
     {{{"a"}, {1}}, {{"n", "a"}, {0.7F, 0.29F}}}},
    {"nothing between two that are the same parts them",
     "oo",
     "oo",
     {{{"o"}, {1}}, {{"o"}, {0.3F}}, {{"o"}, {1}}}},
};

static void decodes(const struct decode_case *c, const struct model *model,
                    const struct lexicon *lexicon, bool any_word, const char *want)
{
    const uint32_t n = network_classes(model->network), none = network_null(model->network);
    struct err err = {0};
    float *probabilities = room((size_t)STEPS * n * sizeof *probabilities);
    uint32_t best[STEPS];
    for (size_t i = 0; i < STEPS; i++) {
        float *step = probabilities + i * n;
        step[none] = 1 - c->steps[i].p[0] - c->steps[i].p[1];
        for (size_t k = 0; k < 2 && c->steps[i].letters[k]; k++)
            step[class_of(model, lexicon, c->steps[i].letters[k])] = c->steps[i].p[k];
        best[i] = 0;
        for (uint32_t class = 0; class < n; class ++)
            if (step[class] > step[best[i]])
                best[i] = class;
    }
    const struct line_scores scores = {
        .steps = STEPS, .stride = n, .probabilities = probabilities, .best = best};
    const struct decoder decoder = {
        .lexicon = lexicon, .null_class = none, .classes = n, .any_word = any_word};
    struct decoded_words words = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    assert_ok(decode_line(&decoder, &scores, &words, &text, &err), err);
    if (text.len != strlen(want) || memcmp(text.data, want, text.len) != 0)
        fail_msg("%s: '%.*s' where '%s' was wanted", c->what, (int)text.len,
                 (const char *)text.data, want);
    free(words.items);
    free(probabilities);
}

static void words_are_preferred_where_the_network_doubts(void **state)
{
    const struct model *model = *state;
    struct lexicon *lexicon = lexicon_of(model);
    for (size_t i = 0; i < ARRAY_LEN(decode_cases); i++) {
        decodes(&decode_cases[i], model, lexicon, false, decode_cases[i].with_dictionary);
        decodes(&decode_cases[i], model, lexicon, true, decode_cases[i].without);
    }
    lexicon_free(lexicon);
}

/* Loads and runs whatever loads; the sanitizers watch. */
static void survive(struct span file)
{
    struct err err = {0};
    struct span part, letters, classes, words;
    if (traineddata_part(file, TRAINEDDATA_LSTM, &part, &err) < 0 ||
        traineddata_part(file, TRAINEDDATA_UNICHARSET, &letters, &err) < 0 ||
        traineddata_part(file, TRAINEDDATA_RECODER, &classes, &err) < 0 ||
        traineddata_part(file, TRAINEDDATA_WORD_DAWG, &words, &err) < 0) {
        assert_true(err.kind == ERR_INPUT && err.text[0] != '\0');
        return;
    }
    struct network *network = network_load(part, &err);
    struct lexicon *lexicon =
        network ? lexicon_load(letters, classes, words, network_classes(network), &err) : NULL;
    if (!lexicon) {
        assert_true(err.kind == ERR_INPUT && err.text[0] != '\0');
    } else {
        struct line_image line = noisy_line(60, 3);
        struct line_scores scores;
        struct decoded_words found = {0};
        struct bytes text = {0};
        const struct decoder decoder = {.lexicon = lexicon,
                                        .null_class = network_null(network),
                                        .classes = network_classes(network)};
        struct network_work *work = network_work_new(KERNELS_BEST, &err);
        assert_int_equal(network_run(network, work, &line, 1, &scores, &err), 0);
        assert_int_equal(decode_line(&decoder, &scores, &found, &text, &err), 0);
        free(found.items);
        bytes_done(&text);
        network_work_free(work);
        free((void *)(uintptr_t)line.pixels);
    }
    lexicon_free(lexicon);
    network_free(network);
}

/* The bytes are in a block of their own length, so that a byte too far is seen. */
static void survive_cut(const struct bytes *file, size_t len)
{
    uint8_t *copy = room(len + 1);
    memcpy(copy, file->data, len);
    survive(span_of(copy, len));
    free(copy);
}

static void a_model_cut_anywhere_is_refused(void **state)
{
    const struct model *model = *state;
    for (size_t len = 0; len < 600; len++)
        survive_cut(&model->file, len);
    for (size_t len = 600; len < model->file.len; len += model->file.len / 97)
        survive_cut(&model->file, len);
}

static void a_model_with_changed_bytes_does_no_harm(void **state)
{
    const struct model *model = *state;
    struct err err = {0};
    uint32_t seed = 1;
    struct span part;
    assert_int_equal(traineddata_part(bytes_span(&model->file), TRAINEDDATA_LSTM, &part, &err), 0);
    const size_t network_at = (size_t)(part.data - model->file.data);
    uint8_t *copy = room(model->file.len);
    for (int round = 0; round < 300; round++) {
        memcpy(copy, model->file.data, model->file.len);
        for (int n = 0; n < 1 + round % 4; n++) {
            seed = seed * 1664525u + 1013904223u;
            /* In turn: the table of components, the head of the network, anywhere. */
            const size_t range = round % 3 == 0   ? 200
                                 : round % 3 == 1 ? network_at + 400
                                                  : model->file.len;
            const size_t from = round % 3 == 1 ? network_at : 0;
            copy[from + (seed >> 4) % (range - from)] = (uint8_t)(seed >> 24);
        }
        survive(span_of(copy, model->file.len));
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(avx2_agrees_with_portable_to_the_bit),
        cmocka_unit_test(avx512_agrees_with_portable_to_the_bit),
        cmocka_unit_test(a_line_reads_the_same_alone_and_in_a_batch),
        cmocka_unit_test(noise_is_taken_in_the_order_it_was_drawn),
        cmocka_unit_test(words_are_known_whatever_their_case_and_signs),
        cmocka_unit_test(words_are_preferred_where_the_network_doubts),
        cmocka_unit_test(probabilities_of_a_step_add_up_to_one),
        cmocka_unit_test(a_model_cut_anywhere_is_refused),
        cmocka_unit_test(a_model_with_changed_bytes_does_no_harm),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
