/* tests/fuzz/fuzz_fields.c - any text of a page, against the rules of configs/fields: whatever is
 * printed on a paper, what is found is well-formed, and the same twice. */
#include <string.h>

#include "base/text.h"
#include "records/extract.h"
#include "tests/fuzz/fuzz.h"

#define WIDTH        2480
#define HEIGHT       3508
#define LETTER_PX    22
#define LINE_PX      50
#define PLACE_BYTES  2 /* before each line: its left edge and its top, in 256ths of the page */
#define CONFIDENCE   97
#define UNSURE       '~' /* begins a word that was read badly */
#define UNSURE_VALUE 60

static struct extract_rules *rules;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    struct err err = {0};
    rules = extract_rules_load(SOHOA_SOURCE_DIR "/configs/fields", &err);
    if (!rules)
        (void)fprintf(stderr, "%s\n", err.text);
    must(rules);
    return 0;
}

/* Words that are no text are none: no reader hands them on. */
static void set_words(struct page_text *text, struct text_box box, struct span line)
{
    for (size_t at = 0; at < line.len;) {
        const uint8_t *blank = memchr(line.data + at, ' ', line.len - at);
        size_t end = blank ? (size_t)(blank - line.data) : line.len;
        const bool unsure = line.data[at] == UNSURE;
        const struct span word = span_of(line.data + at + unsure, end - at - unsure);
        struct err err = {0};
        box.w = (int32_t)word.len * LETTER_PX;
        if (word.len > 0 && text_plain(word))
            (void)!page_text_word(text, box, unsure ? UNSURE_VALUE : CONFIDENCE, word, &err);
        box.x += box.w + LETTER_PX;
        at = end + 1;
    }
}

static void set_page(struct page_text *text, const uint8_t *data, size_t len)
{
    for (size_t at = 0; at + PLACE_BYTES < len;) {
        struct err err = {0};
        const uint8_t *feed = memchr(data + at + PLACE_BYTES, '\n', len - at - PLACE_BYTES);
        const size_t end = feed ? (size_t)(feed - data) : len;
        const struct text_box box = {data[at] * WIDTH / 256, data[at + 1] * HEIGHT / 256,
                                     (int32_t)(end - at) * LETTER_PX, LINE_PX};
        must(page_text_block(text, box, &err) == 0 && page_text_line(text, box, &err) == 0);
        set_words(text, box, span_of(data + at + PLACE_BYTES, end - at - PLACE_BYTES));
        at = end + 1;
    }
}

static void check(const struct field *field)
{
    must(field->name[0] &&
         strspn(field->name, "abcdefghijklmnopqrstuvwxyz_") == strlen(field->name));
    must(text_plain(span_of_text(field->value)) && field->value[0]);
    must(text_count(span_of_text(field->value)) <= FIELD_VALUE_CHARS);
    must(field->confidence <= 100 && field->rule[0]);
    must(strcmp(field->name, "date") != 0 || strlen(field->value) == strlen("2026-04-28"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_fields_done) struct page_fields fields = {0}, again = {0};
    struct err err = {0};
    set_page(&text, data, len);
    must(extract_page(rules, &text, WIDTH, HEIGHT, &fields, &err) == 0);
    must(extract_page(rules, &text, WIDTH, HEIGHT, &again, &err) == 0);
    must(fields.len <= FIELDS_MAX && fields.len == again.len);
    for (size_t i = 0; i < fields.len; i++) {
        check(&fields.items[i]);
        must(strcmp(fields.items[i].value, again.items[i].value) == 0);
    }
    return 0;
}
