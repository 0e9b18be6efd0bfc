/* tests/unit/test_hocr.c - hOCR: well-formed, and the same words and boxes as the text. */
#include "ocr/hocr.h"

#include "tests/unit/test.h"

#include <libxml/parser.h>

static void word(struct page_text *text, struct text_box box, float confidence, const char *chars)
{
    struct err err = {0};
    assert_ok(page_text_word(text, box, confidence, span_of_text(chars), &err), err);
}

static void make_text(struct page_text *text)
{
    struct err err = {0};
    const struct text_box box = {10, 20, 300, 40};
    assert_ok(page_text_block(text, box, &err), err);
    assert_ok(page_text_line(text, box, &err), err);
    word(text, (struct text_box){10, 20, 100, 40}, 95.6F, "Việt");
    word(text, (struct text_box){-2, 21, 9, 0}, 0, "<\"&'>");
    assert_ok(page_text_block(text, box, &err), err);
    assert_ok(page_text_line(text, box, &err), err);
    word(text, (struct text_box){1000000, 1, 1000000, 1}, 100, "\xF0\x9F\x98\x80");
}

static void write_document(struct bytes *out)
{
    struct err err = {0};
    CLEANUP(page_text_done) struct page_text text = {0}, empty = {0};
    make_text(&text);
    const struct hocr_page first = {.id = "0123.0",
                                    .engine = "sohoa 0.1.0",
                                    .width_px = 2480,
                                    .height_px = 3508,
                                    .dpi = 300,
                                    .turned_deg = 90};
    const struct hocr_page second = {.id = "0123.1", .engine = "a \"b\"", .number = 1};
    assert_ok(hocr_begin("Hồ sơ <1>", out, &err), err);
    assert_ok(hocr_page(&text, &first, out, &err), err);
    assert_ok(hocr_page(&empty, &second, out, &err), err);
    assert_ok(hocr_end(out, &err), err);
}

static void a_document_is_well_formed_and_says_it_all(void **state)
{
    (void)state;
    struct err err = {0};
    static const char *const wanted[] = {
        "<title>Hồ sơ &lt;1&gt;</title>",
        "id=\"page_1\" title=\"image &quot;0123.0&quot;; bbox 0 0 2480 3508; ppageno 0; "
        "scan_res 300 300; x_turned 90; x_engine &quot;sohoa 0.1.0&quot;\">",
        "<div class=\"ocr_carea\" id=\"block_1_1\" title=\"bbox 10 20 310 60\">",
        "<span class=\"ocr_line\" id=\"line_1_2\" title=\"bbox 10 20 310 60\">",
        "<span class=\"ocrx_word\" id=\"word_1_1\" title=\"bbox 10 20 110 60; x_wconf 96\">"
        "Việt</span>\n<span class=\"ocrx_word\" id=\"word_1_2\" title=\"bbox -2 21 7 21; "
        "x_wconf 0\">&lt;&quot;&amp;'&gt;</span></span>",
        "bbox 1000000 1 2000000 2; x_wconf 100\">\xF0\x9F\x98\x80</span>",
        "id=\"page_2\" title=\"image &quot;0123.1&quot;; bbox 0 0 0 0; ppageno 1; x_engine "
        "&quot;a &quot;b&quot;&quot;\">\n</div>\n</body>\n</html>\n",
    };
    CLEANUP(bytes_done) struct bytes out = {0};
    write_document(&out);
    xmlDocPtr doc = xmlReadMemory((const char *)out.data, (int)out.len, "test", NULL,
                                  XML_PARSE_NONET | XML_PARSE_NOWARNING);
    assert_non_null(doc);
    xmlFreeDoc(doc);
    assert_ok(bytes_append(&out, span_of("", 1), &err), err);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (!strstr((char *)out.data, wanted[i]))
            fail_msg("no '%s' in '%s'", wanted[i], (char *)out.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_well_formed_and_says_it_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
