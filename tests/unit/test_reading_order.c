/* tests/unit/test_reading_order.c - lines of a page in the order a person reads them. */
#include "ocr/layout.h"

#include "tests/unit/test.h"

#define LETTER  20
#define LINES   16
#define PER_LAY 4

/* A page as it is drawn on squared paper: each line a letter, left and right edge, baseline. */
struct drawn {
    char name;
    int32_t left, right, base;
    enum layout_role role;
};

struct page_case {
    const char *what;
    struct drawn lines[LINES];
    struct layout_rule rules[LINES];
    const char *order; /* names; a bar where a block ends, a plus where a line goes on */
};

#define DOWN(x, top, bottom)                                                                       \
    {                                                                                              \
        {x, top, 3, (bottom) - (top)}, true                                                        \
    }
#define OVER(left, right, y)                                                                       \
    {                                                                                              \
        {left, y, (right) - (left), 3}, false                                                      \
    }

static const struct page_case cases[] = {
    {"one column",
     {{'a', 100, 900, 100, 0}, {'b', 100, 900, 150, 0}, {'c', 100, 400, 200, 0}},
     {{{0}, false}},
     "abc"},
    {"letterhead: issuer, then national title, then number and date",
     {{'c', 600, 1100, 100, 0},
      {'a', 100, 450, 104, 0},
      {'d', 700, 1000, 150, 0},
      {'b', 120, 400, 152, 0},
      {'e', 150, 350, 230, LAYOUT_NUMBER},
      {'f', 650, 1050, 230, LAYOUT_DATE},
      {'g', 100, 1100, 330, 0},
      {'h', 100, 1100, 380, 0}},
     {{{0}, false}},
     "ab|cd|e|f|gh"},
    {"the subject below the number is read before the date",
     {{'a', 150, 350, 230, LAYOUT_NUMBER},
      {'c', 650, 1050, 230, LAYOUT_DATE},
      {'b', 140, 380, 265, 0},
      {'d', 100, 1100, 400, 0}},
     {{{0}, false}},
     "ab|c|d"},
    {"the addressee stands below number, subject and date",
     {{'a', 150, 350, 230, LAYOUT_NUMBER},
      {'c', 650, 1050, 230, LAYOUT_DATE},
      {'b', 140, 380, 265, 0},
      {'d', 300, 420, 300, LAYOUT_ADDRESSEE},
      {'e', 100, 1100, 400, 0}},
     {{{0}, false}},
     "ab|c|d|e"},
    {"foot: recipients, then the signature",
     {{'a', 100, 1100, 100, 0},
      {'f', 700, 1000, 200, 0},
      {'b', 100, 300, 210, 0},
      {'c', 100, 450, 245, 0},
      {'g', 720, 980, 238, 0},
      {'d', 100, 400, 280, 0},
      {'e', 100, 420, 315, 0},
      {'h', 730, 990, 420, 0}},
     {{{0}, false}},
     "a|bcde|fg|h"},
    {"foot whose lines stand between each other in height",
     {{'e', 700, 1000, 200, 0},
      {'b', 100, 300, 222, 0},
      {'f', 700, 980, 244, 0},
      {'c', 100, 450, 266, 0},
      {'d', 100, 400, 310, 0},
      {'a', 100, 1100, 100, 0}},
     {{{0}, false}},
     "a|bcd|ef"},
    {"foot: what is left of a seal fills the gap, recipients are read first",
     {{'a', 100, 1100, 100, 0},
      {'h', 650, 1000, 190, 0},
      {'b', 100, 300, 210, LAYOUT_RECIPIENTS},
      {'c', 100, 640, 250, 0},
      {'i', 680, 900, 246, 0},
      {'d', 100, 400, 290, 0},
      {'e', 100, 660, 330, 0},
      {'k', 730, 990, 350, 0},
      {'f', 100, 1100, 420, 0}},
     {{{0}, false}},
     "a|bcde|hi|k|f"},
    {"recipients without a signature are ordinary lines",
     {{'a', 100, 1100, 100, 0},
      {'b', 100, 300, 150, LAYOUT_RECIPIENTS},
      {'c', 100, 450, 190, 0},
      {'d', 100, 400, 230, 0}},
     {{{0}, false}},
     "abcd"},
    {"a wide blank in running text parts nothing",
     {{'a', 100, 1100, 100, 0},
      {'b', 100, 500, 150, 0},
      {'c', 560, 1100, 152, 0},
      {'d', 100, 400, 200, 0},
      {'e', 100, 1100, 250, 0}},
     {{{0}, false}},
     "ab+cde"},
    {"nor does one that two rows happen to share",
     {{'a', 100, 500, 100, 0},
      {'b', 560, 1100, 100, 0},
      {'c', 100, 480, 150, 0},
      {'d', 540, 1100, 150, 0},
      {'e', 100, 1100, 200, 0}},
     {{{0}, false}},
     "a+bc+de"},
    {"three rows that share a gap are columns, though text runs above and below",
     {{'a', 100, 1100, 100, 0},
      {'b', 100, 500, 150, 0},
      {'e', 560, 1100, 150, 0},
      {'c', 100, 480, 200, 0},
      {'f', 540, 1100, 200, 0},
      {'d', 100, 490, 250, 0},
      {'g', 550, 1100, 250, 0},
      {'h', 100, 1100, 300, 0}},
     {{{0}, false}},
     "a|bcd|efg|h"},
    {"a gap wider than a blank parts a row",
     {{'a', 100, 1100, 100, 0},
      {'b', 100, 500, 150, 0},
      {'c', 600, 1100, 150, 0},
      {'d', 100, 1100, 200, 0}},
     {{{0}, false}},
     "a|b|c|d"},
    {"a scratch in the margin does not hide the foot",
     {{'a', 100, 110, 100, 0},
      {'b', 300, 1100, 100, 0},
      {'c', 200, 1100, 150, 0},
      {'d', 200, 400, 200, LAYOUT_RECIPIENTS},
      {'f', 700, 1000, 205, 0},
      {'e', 200, 450, 240, 0},
      {'g', 720, 990, 245, 0}},
     {{{0}, false}},
     "abc|de|fg"},
    {"halves of a letterhead that touch do not go on",
     {{'a', 100, 500, 100, 0},
      {'b', 520, 1100, 100, LAYOUT_TITLE},
      {'c', 600, 1000, 150, LAYOUT_TITLE}},
     {{{0}, false}},
     "abc"},
    {"only what stands on the same baseline goes on",
     {{'a', 100, 1100, 100, 0},
      {'b', 100, 400, 150, 0},
      {'c', 450, 700, 162, 0},
      {'d', 750, 1100, 150, 0},
      {'e', 100, 1100, 200, 0}},
     {{{0}, false}},
     "abcde"},
    {"halves of a letterhead are no row of text, however near",
     {{'a', 100, 500, 100, 0},
      {'b', 550, 1100, 100, LAYOUT_TITLE},
      {'c', 600, 1000, 150, LAYOUT_TITLE}},
     {{{0}, false}},
     "a|bc"},
    {"what stands on another baseline does not go on",
     {{'a', 100, 1100, 100, 0},
      {'b', 100, 500, 150, 0},
      {'c', 560, 1100, 162, 0},
      {'d', 100, 1100, 212, 0}},
     {{{0}, false}},
     "a|b|c|d"},
    {"label and value are read across",
     {{'a', 100, 220, 100, 0},
      {'b', 600, 1000, 100, 0},
      {'c', 100, 250, 150, 0},
      {'d', 600, 900, 150, 0},
      {'e', 100, 200, 200, 0},
      {'f', 600, 950, 200, 0}},
     {{{0}, false}},
     "abcdef"},
    {"numbers of lines in the margin are read with their lines",
     {{'a', 100, 125, 100, 0},
      {'b', 200, 900, 102, 0},
      {'c', 100, 130, 160, 0},
      {'d', 200, 860, 158, 0},
      {'e', 100, 130, 220, 0},
      {'f', 100, 130, 280, 0},
      {'g', 200, 900, 281, 0}},
     {{{0}, false}},
     "a+bc+def+g"},
    {"a ruled table is read cell by cell, row by row, each cell from top to bottom",
     {{'a', 100, 1100, 60, 0},
      {'b', 120, 300, 150, 0},
      {'d', 520, 900, 150, 0},
      {'c', 120, 280, 190, 0},
      {'e', 120, 300, 260, 0},
      {'f', 520, 900, 260, 0},
      {'g', 520, 800, 300, 0},
      {'h', 100, 1100, 400, 0}},
     {OVER(100, 1000, 110), OVER(100, 1000, 220), OVER(100, 1000, 330), DOWN(100, 110, 333),
      DOWN(500, 110, 333), DOWN(1000, 110, 333)},
     "a|bc|d|e|fg|h"},
};

static struct layout_line line_of(const struct drawn *d)
{
    return (struct layout_line){.box = {d->left, d->base - 30, d->right - d->left, 40},
                                .base = d->base,
                                .x_height = LETTER};
}

static void is_read_in_order(void **state)
{
    const struct page_case *c = *state;
    struct err err = {0};
    struct layout layout = {.letter_px = LETTER};
    enum layout_role roles[LINES] = {0};
    size_t order[LINES] = {0};
    char got[PER_LAY * LINES] = {0};
    layout.lines = calloc(LINES, sizeof *layout.lines);
    layout.rules = calloc(LINES, sizeof *layout.rules);
    for (; c->lines[layout.len].name; layout.len++) {
        const struct drawn *d = &c->lines[layout.len];
        layout.lines[layout.len] = line_of(d);
        roles[layout.len] = d->role;
    }
    while (c->rules[layout.rule_len].box.w > 0) {
        layout.rules[layout.rule_len] = c->rules[layout.rule_len];
        layout.rule_len++;
    }
    const size_t n = layout.len;
    assert_ok(layout_order(&layout, roles, order, &err), err);
    assert_int_equal(layout.len, n); /* every line, once: the names tell */
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && layout.lines[i].block != layout.lines[i - 1].block)
            got[at++] = '|';
        if (layout.lines[i].goes_on)
            got[at++] = '+';
        got[at++] = c->lines[order[i]].name;
    }
    assert_string_equal(got, c->order);
    layout_done(&layout);
}

#define UNDERLINES 70

/* A form: more lines to write on than there may be tables, and a table at its end. */
static void underlines_do_not_take_the_place_of_a_table(void **state)
{
    (void)state;
    static const struct layout_rule grid[] = {OVER(100, 1000, 9000), OVER(100, 1000, 9140),
                                              OVER(100, 1000, 9240), DOWN(100, 9000, 9243),
                                              DOWN(500, 9000, 9243), DOWN(1000, 9000, 9243)};
    static const struct drawn lines[] = {{'a', 120, 300, 9060, 0}, {'c', 520, 900, 9060, 0},
                                         {'b', 120, 280, 9110, 0}, {'d', 520, 900, 9110, 0},
                                         {'e', 120, 300, 9200, 0}, {'f', 520, 900, 9200, 0}};
    struct err err = {0};
    struct layout layout = {.letter_px = LETTER};
    enum layout_role roles[ARRAY_LEN(lines)] = {0};
    size_t order[ARRAY_LEN(lines)] = {0};
    char got[ARRAY_LEN(lines) + 1] = {0};
    layout.rules = calloc(UNDERLINES + ARRAY_LEN(grid), sizeof *layout.rules);
    layout.lines = calloc(ARRAY_LEN(lines), sizeof *layout.lines);
    for (int i = 0; i < UNDERLINES; i++)
        layout.rules[layout.rule_len++] = (struct layout_rule)OVER(100, 900, 100 + 100 * i);
    for (size_t i = 0; i < ARRAY_LEN(grid); i++)
        layout.rules[layout.rule_len++] = grid[i];
    for (; layout.len < ARRAY_LEN(lines); layout.len++)
        layout.lines[layout.len] = line_of(&lines[layout.len]);
    assert_ok(layout_order(&layout, roles, order, &err), err);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        got[i] = lines[order[i]].name;
    assert_string_equal(got, "abcdef");
    layout_done(&layout);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(cases) + 1];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[i] = (struct CMUnitTest){cases[i].what, is_read_in_order, NULL, NULL,
                                       (void *)(uintptr_t)&cases[i]};
    tests[ARRAY_LEN(cases)] =
        (struct CMUnitTest)cmocka_unit_test(underlines_do_not_take_the_place_of_a_table);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
