/* tests/unit/test_search.c - queries, and their hits in the text of one page. */
#include "records/search.h"

#include "base/text.h"
#include "tests/unit/test.h"

#define WORD_W 100 /* pixels; words stand in a grid so that a box tells which word it is of */
#define WORD_H 40
#define LINE_H 60

static struct search *parse(const char *text, bool exact)
{
    struct err err = {0};
    struct search *search =
        search_parse(&(struct search_options){.text = text, .exact = exact, .limit = 10}, &err);
    if (!search)
        fail_msg("'%s': %s", text, err.text);
    return search;
}

/* Words are separated by a blank, lines by a newline. */
static void fill(struct page_text *page, const char *text)
{
    struct err err = {0};
    int line = 0, column = 0;
    struct text_box all = {0, 0, 5000, 5000};
    assert_ok(page_text_block(page, all, &err), err);
    assert_ok(page_text_line(page, all, &err), err);
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, " \n");
        struct text_box box = {column * WORD_W, line * LINE_H, WORD_W - 10, WORD_H};
        assert_ok(page_text_word(page, box, 90, span_of(at, len), &err), err);
        column++;
        at += len;
        if (*at == '\n') {
            assert_ok(page_text_line(page, all, &err), err);
            line++;
            column = 0;
        }
        at += *at != '\0';
    }
}

struct marked {
    struct text_box boxes[SEARCH_BOXES_MAX + 1];
    int n;
    char snippet[SEARCH_SNIPPET_MAX + 8];
};

static void mark_page(const struct search *search, const struct page_text *page,
                      struct marked *ret_marked)
{
    struct err err = {0};
    memset(ret_marked, 0x5A, sizeof *ret_marked);
    ret_marked->n = search_mark(search, page, ret_marked->snippet, ret_marked->boxes, &err);
    assert_ok(ret_marked->n, err);
    assert_true(ret_marked->n <= SEARCH_BOXES_MAX);
    assert_int_equal(ret_marked->boxes[SEARCH_BOXES_MAX].x, 0x5A5A5A5A);
    assert_int_equal(ret_marked->snippet[SEARCH_SNIPPET_MAX], 0x5A);
    size_t len = strnlen(ret_marked->snippet, SEARCH_SNIPPET_MAX);
    assert_true(len < SEARCH_SNIPPET_MAX);
    assert_true(text_valid(span_of(ret_marked->snippet, len)));
}

static void mark(const char *query, bool exact, const char *text, struct marked *ret_marked)
{
    struct page_text page = {.blocks = NULL};
    struct search *search = parse(query, exact);
    fill(&page, text);
    mark_page(search, &page, ret_marked);
    search_free(search);
    page_text_done(&page);
}

/* --- what matches what, as boxes "line.column+words" --- */

static const struct mark_case {
    const char *why, *query, *text, *boxes;
    bool exact;
} marks[] = {
    {"no marks match any marks", "quyet dinh", "QUYẾT ĐỊNH quyet dinh", "0.0 0.1 0.2 0.3 ", false},
    {"marks match only themselves", "quyết", "quyet quyệt QUYẾT Quyết", "0.2 0.3 ", false},
    {"exact: no marks match none", "quyet", "quyết quyet", "0.1 ", true},
    {"free: no marks match both", "quyet", "quyết quyet", "0.0 0.1 ", false},
    {"exact keeps marks apart too", "quyết", "quyết quyet", "0.0 ", true},
    {"đ typed is a mark", "đo", "do đo đò", "0.1 ", false},
    {"d typed is any d", "do", "do đo đò", "0.0 0.1 0.2 ", false},
    {"the tone may stand on either vowel", "hoà", "hòa hoà hoa hoá", "0.0 0.1 ", false},
    {"the other way round", "hòa", "hòa hoà hoa hoá", "0.0 0.1 ", false},
    {"composed and decomposed are one", "hoa\xCC\x80", "hòa hoà hoa", "0.0 0.1 ", false},
    {"circumflex without tone is a mark", "ân", "an ấn ân Ân", "0.2 0.3 ", false},
    {"capital letters do not matter", "UBND", "ubnd Ubnd UBNDX", "0.0 0.1 ", false},
    {"a word is not found inside another", "an", "ban anh an", "0.2 ", false},
    {"every word is marked", "một ba", "một hai ba", "0.0 0.2 ", false},
    {"a phrase has one box in a line", "\"một hai\"", "không một hai ba", "0.1+2 ", false},
    {"a phrase over a line break has two boxes", "\"một hai\"", "không một\nhai ba", "0.1 1.0 ",
     false},
    {"over two line breaks, three", "\"một hai ba\"", "một\nhai\nba", "0.0 1.0 2.0 ", false},
    {"a phrase with a word between is none", "\"một ba\"", "một hai ba", "", false},
    {"a phrase does not run past the end", "\"một hai\"", "hai một", "", false},
    {"a phrase may be typed partly with marks", "\"quyet định\"", "quyết định quyết dinh", "0.0+2 ",
     false},
    {"punctuation on the page is no letter", "nam", "(Nam), «nam».", "0.0 0.1 ", false},
    {"punctuation in the query is none either", "Nam,", "(nam)", "0.0 ", false},
    {"a number with its parts", "707/QĐ-TTg", "Số: 707/QĐ-TTg ngày", "0.1 ", false},
    {"a number the reader took apart", "707/QĐ-TTg", "số 707 /QĐ- TTg ngày", "0.1+3 ", false},
    {"a number typed without marks", "707/qd-ttg", "Số 707/QĐ-TTg", "0.1 ", false},
    {"another number is none", "707/QĐ-TTg", "Số 708/QĐ-TTg 707/NĐ-TTg", "", false},
    {"a part of a number", "ttg", "Số 707/QĐ-TTg", "0.1 ", false},
    {"a phrase out of a number into the next word", "\"TTg ngày\"", "707/QĐ-TTg ngày", "0.0+2 ",
     false},
    {"Icelandic eth is đ", "đất", "\xC3\x90\xE1\xBA\xA5t \xC3\xB0\xE1\xBA\xA5t", "0.0 0.1 ", false},
    {"words that are no text have no hit", "một", "--- *** một ...", "0.2 ", false},
    {"the same word asked twice is marked once", "ba ba", "một ba", "0.1 ", false},
    {"a phrase and a word of it have a box each", "\"một hai\" hai", "một hai", "0.0+2 0.1 ",
     false},
    {"nothing", "bốn", "một hai ba", "", false},
};

static void marks_what_matches(void **state)
{
    const struct mark_case *c = *state;
    struct marked marked;
    char got[400] = "";
    mark(c->query, c->exact, c->text, &marked);
    for (int i = 0; i < marked.n; i++) {
        struct text_box box = marked.boxes[i];
        size_t len = strlen(got);
        int words = (box.w + 10) / WORD_W;
        assert_int_equal(box.h, WORD_H);
        assert_int_equal(box.w, words * WORD_W - 10);
        (void)snprintf(got + len, sizeof got - len, words > 1 ? "%d.%d+%d " : "%d.%d ",
                       box.y / LINE_H, box.x / WORD_W, words);
    }
    assert_string_equal(got, c->boxes);
}

/* --- queries that are refused, and queries that only look dangerous --- */

static void refuse(const char *text, size_t len, const char *why)
{
    struct err err = {0};
    char *copy = malloc(len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    assert_null(search_parse(&(struct search_options){.text = copy}, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    if (!strstr(err.text, why))
        fail_msg("'%s' is not in '%s'", why, err.text);
    free(copy);
}

static void a_query_without_a_word_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {" ",    "...", "-", "\"\"", "\"...\"", "( ) * : ^ -",
                                        "\t\n", "–",   "…", "'",    "\\",      "%_"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        refuse(texts[i], strlen(texts[i]), "no word");
}

static void unbalanced_quotes_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"\"", "một \"hai", "\"một\" hai\"", "\"\"\""};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        refuse(texts[i], strlen(texts[i]), "quote");
}

static void what_is_not_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"\xff", "m\xe1\xbb", "\xc0\x80", "\xed\xa0\x80 một",
                                        "\xf5\x80\x80\x80"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        refuse(texts[i], strlen(texts[i]), "UTF-8");
}

static void one_byte_too_long_is_refused(void **state)
{
    (void)state;
    char text[SEARCH_QUERY_MAX_BYTES + 1];
    memset(text, 'a', sizeof text);
    refuse(text, sizeof text, "longer");
    text[SEARCH_QUERY_MAX_BYTES] = '\0';
    search_free(parse(text, false));
}

static void the_number_of_words_is_limited(void **state)
{
    (void)state;
    char text[SEARCH_TERMS_MAX * 2 + 3];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 ? ' ' : 'a';
    refuse(text, SEARCH_TERMS_MAX * 2 + 1, "words");
    text[SEARCH_TERMS_MAX * 2] = '\0';
    search_free(parse(text, false));
}

static void no_text_asks_for_every_page(void **state)
{
    (void)state;
    struct marked marked;
    struct page_text page = {.blocks = NULL};
    struct search *empty = parse("", false), *none = parse(NULL, true);
    fill(&page, "một hai");
    mark_page(empty, &page, &marked);
    assert_int_equal(marked.n, 0);
    assert_string_equal(marked.snippet, "một hai");
    mark_page(none, &page, &marked);
    assert_int_equal(marked.n, 0);
    search_free(empty);
    search_free(none);
    page_text_done(&page);
}

/* --- bounds --- */

static void a_page_full_of_hits_gives_as_many_boxes_as_there_is_room(void **state)
{
    (void)state;
    struct bytes text = {0};
    struct err err = {0};
    struct marked marked;
    for (int i = 0; i < 3 * SEARCH_BOXES_MAX; i++)
        assert_ok(bytes_printf(&text, &err, i % 3 ? "hai " : "một\n"), err);
    assert_ok(bytes_append(&text, span_of("", 1), &err), err);
    mark("hai", false, (const char *)text.data, &marked);
    assert_int_equal(marked.n, SEARCH_BOXES_MAX);
    mark("\"mot hai hai\" \"hai một\" hai mot", false, (const char *)text.data, &marked);
    assert_int_equal(marked.n, SEARCH_BOXES_MAX);
    bytes_done(&text);
}

static void a_page_without_words_has_an_empty_snippet(void **state)
{
    (void)state;
    struct page_text page = {.blocks = NULL};
    struct search *search = parse("một", false);
    struct marked marked;
    mark_page(search, &page, &marked);
    assert_int_equal(marked.n, 0);
    assert_string_equal(marked.snippet, "");
    search_free(search);
}

/* As far apart as a page's text may have them. */
static void boxes_far_apart_are_joined(void **state)
{
    (void)state;
    struct page_text page = {.blocks = NULL};
    struct search *search = parse("\"một hai\"", false);
    struct err err = {0};
    struct marked marked;
    const int edge = 1 << 24;
    struct text_box far = {edge, edge, edge, edge}, near = {-edge, -edge, 0, 0};
    assert_ok(page_text_block(&page, near, &err), err);
    assert_ok(page_text_line(&page, near, &err), err);
    assert_ok(page_text_word(&page, far, 1, span_of_text("một"), &err), err);
    assert_ok(page_text_word(&page, near, 1, span_of_text("hai"), &err), err);
    mark_page(search, &page, &marked);
    assert_int_equal(marked.n, 1);
    assert_int_equal(marked.boxes[0].x, -edge);
    assert_int_equal(marked.boxes[0].w, 3 * edge);
    search_free(search);
    page_text_done(&page);
}

/* --- snippets --- */

/* n words of `bytes` bytes (a multiple of 3: ế is three), then the hit, then n more. */
static void snippet_among_long_words(int n, size_t bytes, struct marked *ret_marked)
{
    struct bytes text = {0};
    struct err err = {0};
    for (int i = 0; i <= 2 * n; i++) {
        if (i > 0)
            assert_ok(bytes_append(&text, span_of_text(" "), &err), err);
        if (i == n)
            assert_ok(bytes_append(&text, span_of_text("trúng"), &err), err);
        for (size_t b = 0; i != n && b < bytes; b += 3)
            assert_ok(bytes_append(&text, span_of_text("ế"), &err), err);
    }
    assert_ok(bytes_append(&text, span_of("", 1), &err), err);
    mark("trúng", false, (const char *)text.data, ret_marked);
    bytes_done(&text);
}

static void a_snippet_shows_the_hit_however_long_the_words_are(void **state)
{
    (void)state;
    for (int n = 0; n < 12; n++)
        for (size_t bytes = 3; bytes < 600; bytes += 33) {
            struct marked marked;
            snippet_among_long_words(n, bytes, &marked);
            assert_int_equal(marked.n, 1);
            if (!strstr(marked.snippet, "trúng"))
                fail_msg("%d words of %zu bytes before: '%s'", n, bytes, marked.snippet);
        }
}

static void a_snippet_says_what_it_leaves_out(void **state)
{
    (void)state;
    struct marked marked;
    snippet_among_long_words(40, 3, &marked);
    assert_true(strncmp(marked.snippet, "… ế ", strlen("… ế ")) == 0);
    assert_string_equal(marked.snippet + strlen(marked.snippet) - strlen(" …"), " …");
    snippet_among_long_words(2, 3, &marked);
    assert_string_equal(marked.snippet, "ế ế trúng ế ế");
}

static void lines_are_joined_by_a_blank(void **state)
{
    (void)state;
    struct marked marked;
    mark("hai", false, "một\nhai\nba", &marked);
    assert_string_equal(marked.snippet, "một hai ba");
}

static void a_word_longer_than_any_snippet_does_not_fit(void **state)
{
    (void)state;
    struct marked marked;
    char word[2 * SEARCH_SNIPPET_MAX + 4];
    memset(word, 'a', sizeof word);
    for (size_t len = SEARCH_SNIPPET_MAX - 20; len < SEARCH_SNIPPET_MAX + 20; len++) {
        word[len] = '\0';
        mark("b", false, word, &marked);
        word[len] = 'a';
    }
}

/* A run of letters longer than a word can be is cut; the words after it must not slip. */
static void a_very_long_word_does_not_shift_the_hits_after_it(void **state)
{
    (void)state;
    char text[1000] = "";
    struct marked marked;
    for (int i = 0; i < 90; i++)
        memcpy(text + strlen(text), "ế", sizeof "ế");
    memcpy(text + strlen(text), " trúng sau", sizeof " trúng sau");
    mark("trúng", false, text, &marked);
    assert_int_equal(marked.n, 1);
    assert_int_equal(marked.boxes[0].x, WORD_W);
    mark("sau", true, text, &marked);
    assert_int_equal(marked.n, 1);
    assert_int_equal(marked.boxes[0].x, 2 * WORD_W);
}

/* Boxes are found by counting words in both keys side by side. */
static void both_keys_have_the_same_number_of_words(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "ế", "\xCC\x82", "\xCC\x81", "\xCC\xB2", "a", "Đ", "\xCD\x84", " ",
        ".", "ữữ",       "1",        "²",        "ß", "İ", "𝒜",        "\xEF\xAC\x81"};
    uint32_t x = 12345;
    for (int turn = 0; turn < 300; turn++) {
        struct err err = {0};
        struct bytes text = {0}, keys[2] = {{0}, {0}};
        size_t words[2] = {0, 0};
        x = x * 1664525u + 1013904223u;
        uint32_t kinds = turn % 2 ? ARRAY_LEN(pieces) : 4 + x % 3; /* half of them: no separators */
        for (int i = 0; i < 400; i++) {
            x = x * 1664525u + 1013904223u;
            assert_ok(bytes_append(&text, span_of_text(pieces[(x >> 16) % kinds]), &err), err);
        }
        for (int key = 0; key < 2; key++) {
            assert_ok(text_key(bytes_span(&text), (enum text_key)key, &keys[key], &err), err);
            for (size_t i = 0; i < keys[key].len; i++)
                words[key] += keys[key].data[i] != ' ' && (i == 0 || keys[key].data[i - 1] == ' ');
        }
        assert_int_equal(words[TEXT_TONED], words[TEXT_FOLDED]);
        bytes_done(&keys[0]);
        bytes_done(&keys[1]);
        bytes_done(&text);
    }
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(a_query_without_a_word_is_refused),
        cmocka_unit_test(unbalanced_quotes_are_refused),
        cmocka_unit_test(what_is_not_utf8_is_refused),
        cmocka_unit_test(one_byte_too_long_is_refused),
        cmocka_unit_test(the_number_of_words_is_limited),
        cmocka_unit_test(no_text_asks_for_every_page),
        cmocka_unit_test(a_page_full_of_hits_gives_as_many_boxes_as_there_is_room),
        cmocka_unit_test(a_page_without_words_has_an_empty_snippet),
        cmocka_unit_test(boxes_far_apart_are_joined),
        cmocka_unit_test(a_snippet_shows_the_hit_however_long_the_words_are),
        cmocka_unit_test(a_snippet_says_what_it_leaves_out),
        cmocka_unit_test(lines_are_joined_by_a_blank),
        cmocka_unit_test(a_word_longer_than_any_snippet_does_not_fit),
        cmocka_unit_test(a_very_long_word_does_not_shift_the_hits_after_it),
        cmocka_unit_test(both_keys_have_the_same_number_of_words),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(marks)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        tests[n++] =
            (struct CMUnitTest){marks[i].why, marks_what_matches, NULL, NULL, (void *)&marks[i]};
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
