/* tests/unit/test_sift.c - nonsense and echoes go, text stays. */
#include "ocr/sift.h"

#include <string.h>

#include "tests/unit/test.h"

#define LETTER 20
#define LINES  6
#define WORDS  64

/* Words are parted by blanks; all of a line have the same confidence. */
struct read_line {
    const char *text;
    float confidence;
    int32_t left, right, base;
};

struct page_case {
    const char *what;
    struct read_line lines[LINES];
    const char *kept; /* numbers of the lines that stay */
};

static const struct page_case cases[] = {
    {"text stays",
     {{"Điều 1. Phạm vi", 96, 100, 900, 100}, {"và đối tượng", 55, 100, 500, 150}},
     "01"},
    {"what is unsure goes",
     {{"Điều 1. Phạm vi", 96, 100, 900, 100}, {"ơ~Ẽ wz", 45, 100, 500, 150}},
     "0"},
    {"signs alone say nothing", {{"— ~ “ ..", 99, 100, 900, 100}, {"Nơi", 80, 100, 500, 150}}, "1"},
    {"a letter alone must be sure, a number need not",
     {{"t", 70, 100, 120, 100}, {"a", 90, 100, 120, 150}, {"7", 70, 100, 120, 200}},
     "12"},
    {"an echo of a surer line goes, whichever came first",
     {{"thẾ eD»a Việt Nam tranơ công đằng", 76, 100, 1500, 90},
      {"thế của Việt Nam trong cộng đồng", 95, 100, 960, 102},
      {"- UBND, HĐND các tỉnh, thành phố", 87, 100, 900, 300},
      {"- UBNP. HĐNT các 18h. thành phố", 75, 100, 900, 308}},
     "12"},
    {"two words that were run together are still the same two",
     {{"——yr—mo QUYẾTĐỊNH", 57, 100, 900, 100}, {"QUYẾT ĐỊNH", 80, 400, 600, 100}},
     "1"},
    {"of a sure line and sure pieces of it the line stays",
     {{"According to a recent article", 100, 100, 500, 100},
      {"According to a recent article in Business Week", 98, 100, 900, 100},
      {"Business Week", 100, 600, 900, 102}},
     "1"},
    {"other words in the same place are no echo",
     {{"Anurov, Keltsev, and Torocheshnikov", 76, 100, 900, 100},
      {"of natural zeolites", 89, 100, 800, 110}},
     "01"},
    {"one word of many in common is no echo",
     {{"rocks of volcanic origin and some more minerals", 76, 100, 900, 100},
      {"natural zeolites, their uses and how they sell", 89, 100, 800, 110}},
     "01"},
    {"an echo of an echo of something else stays",
     {{"middle left right", 70, 290, 720, 100},
      {"left border piece", 60, 100, 500, 100},
      {"right border piece", 90, 500, 900, 100}},
     "12"},
    {"the same words in the next line are no echo",
     {{"ngày 26 tháng 4 năm 2026", 92, 100, 900, 100},
      {"ngày 31 tháng 3 năm 2026", 95, 100, 900, 118}},
     "01"},
    {"the same words beside each other are no echo",
     {{"Bộ Tư pháp", 92, 100, 300, 100}, {"Bộ Tư pháp", 95, 400, 600, 100}},
     "01"},
    {"nonsense is no better line",
     {{"chung tay", 60, 100, 300, 100}, {"tay", 40, 100, 300, 100}},
     "0"},
};

struct page {
    struct decoded_word words[WORDS];
    size_t word_len;
    uint8_t letters[1024];
    size_t letter_len;
};

static void add_words(struct page *page, const struct read_line *line, struct reading *reading)
{
    reading->word_first = page->word_len;
    for (const char *at = line->text; *at; at += strspn(at, " ")) {
        const size_t len = strcspn(at, " ");
        assert_true(page->word_len < WORDS && page->letter_len + len <= sizeof page->letters);
        page->words[page->word_len++] = (struct decoded_word){
            .confidence = line->confidence, .text_off = page->letter_len, .text_len = len};
        memcpy(page->letters + page->letter_len, at, len);
        page->letter_len += len;
        at += len;
    }
    reading->word_len = page->word_len - reading->word_first;
}

static void is_sifted(void **state)
{
    const struct page_case *c = *state;
    struct page page = {.word_len = 0};
    struct layout_line lines[LINES];
    struct reading readings[LINES];
    char kept[LINES + 1] = {0};
    struct layout layout = {.lines = lines, .letter_px = LETTER};
    for (; layout.len < LINES && c->lines[layout.len].text; layout.len++) {
        const struct read_line *line = &c->lines[layout.len];
        lines[layout.len] =
            (struct layout_line){.box = {line->left, line->base - 35, line->right - line->left, 45},
                                 .base = line->base,
                                 .x_height = LETTER,
                                 .block = (uint32_t)layout.len};
        readings[layout.len] = (struct reading){0};
        add_words(&page, line, &readings[layout.len]);
    }
    const struct bytes letters = {.data = page.letters, .len = page.letter_len};
    sift_lines(&layout, readings, page.words, &letters);
    for (size_t i = 0; i < layout.len; i++) {
        kept[i] = (char)('0' + lines[i].block);
        const struct span first = decoded_letters(&letters, &page.words[readings[i].word_first]);
        assert_memory_equal(first.data, c->lines[lines[i].block].text, first.len); /* its own */
    }
    assert_string_equal(kept, c->kept);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(cases)];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[i] =
            (struct CMUnitTest){cases[i].what, is_sifted, NULL, NULL, (void *)(uintptr_t)&cases[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
