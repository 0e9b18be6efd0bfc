/* tests/unit/test_alto.c - ALTO: what is written is valid and comes back the same. */
#include "ocr/alto.h"

#include "tests/unit/test.h"

#include <math.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

static const struct alto_page plain_page = {.source_name = "scan 01.tif",
                                            .engine = "tesseract 5.3.0",
                                            .language = "vie",
                                            .width_px = 2480,
                                            .height_px = 3508};

/* alto-4-4.xsd restated as far as the writer goes: the same names, orders, uses and types, without
 * the parts that are optional and never written. */
static const char schema_text[] =
    "<xs:schema xmlns='http://www.loc.gov/standards/alto/ns-v4#'"
    " xmlns:xs='http://www.w3.org/2001/XMLSchema'"
    " targetNamespace='http://www.loc.gov/standards/alto/ns-v4#' elementFormDefault='qualified'>"
    "<xs:attributeGroup name='box'>"
    "<xs:attribute name='HEIGHT' type='xs:float'/><xs:attribute name='WIDTH' type='xs:float'/>"
    "<xs:attribute name='HPOS' type='xs:float'/><xs:attribute name='VPOS' type='xs:float'/>"
    "</xs:attributeGroup>"
    "<xs:simpleType name='unit'><xs:restriction base='xs:string'>"
    "<xs:enumeration value='pixel'/><xs:enumeration value='mm10'/>"
    "<xs:enumeration value='inch1200'/></xs:restriction></xs:simpleType>"
    "<xs:simpleType name='wc'><xs:restriction base='xs:float'>"
    "<xs:minInclusive value='0'/><xs:maxInclusive value='1'/></xs:restriction></xs:simpleType>"
    "<xs:complexType name='software'><xs:sequence>"
    "<xs:element name='softwareCreator' type='xs:string' minOccurs='0'/>"
    "<xs:element name='softwareName' type='xs:string' minOccurs='0'/>"
    "<xs:element name='softwareVersion' type='xs:string' minOccurs='0'/>"
    "<xs:element name='applicationDescription' type='xs:string' minOccurs='0'/>"
    "</xs:sequence></xs:complexType>"
    "<xs:complexType name='step'><xs:sequence>"
    "<xs:element name='processingAgency' type='xs:string' minOccurs='0'/>"
    "<xs:element name='processingStepDescription' type='xs:string' minOccurs='0'"
    " maxOccurs='unbounded'/>"
    "<xs:element name='processingStepSettings' type='xs:string' minOccurs='0'/>"
    "<xs:element name='processingSoftware' type='software' minOccurs='0'/>"
    "</xs:sequence></xs:complexType>"
    "<xs:complexType name='string'>"
    "<xs:attribute name='ID' type='xs:ID'/><xs:attributeGroup ref='box'/>"
    "<xs:attribute name='CONTENT' use='required'><xs:simpleType>"
    "<xs:restriction base='xs:string'><xs:whiteSpace value='preserve'/></xs:restriction>"
    "</xs:simpleType></xs:attribute>"
    "<xs:attribute name='WC' type='wc'/></xs:complexType>"
    "<xs:complexType name='line'><xs:sequence><xs:sequence maxOccurs='unbounded'>"
    "<xs:element name='String' type='string'/>"
    "<xs:element name='SP' minOccurs='0'><xs:complexType><xs:attributeGroup ref='box'/>"
    "</xs:complexType></xs:element></xs:sequence></xs:sequence>"
    "<xs:attribute name='ID' type='xs:ID'/><xs:attributeGroup ref='box'/></xs:complexType>"
    "<xs:complexType name='block'><xs:sequence minOccurs='0'>"
    "<xs:element name='TextLine' type='line' maxOccurs='unbounded'/></xs:sequence>"
    "<xs:attribute name='ID' type='xs:ID' use='required'/><xs:attributeGroup ref='box'/>"
    "<xs:attribute name='ROTATION' type='xs:float'/>"
    "<xs:attribute name='LANG' type='xs:language'/></xs:complexType>"
    "<xs:complexType name='page'><xs:sequence>"
    "<xs:element name='PrintSpace' minOccurs='0'><xs:complexType><xs:sequence>"
    "<xs:element name='TextBlock' type='block' minOccurs='0' maxOccurs='unbounded'/>"
    "</xs:sequence><xs:attribute name='ID' type='xs:ID'/><xs:attributeGroup ref='box'/>"
    "</xs:complexType></xs:element></xs:sequence>"
    "<xs:attribute name='ID' type='xs:ID' use='required'/>"
    "<xs:attribute name='HEIGHT' type='xs:float'/><xs:attribute name='WIDTH' type='xs:float'/>"
    "<xs:attribute name='PHYSICAL_IMG_NR' type='xs:float' use='required'/>"
    "<xs:attribute name='ROTATION' type='xs:float'/>"
    "<xs:attribute name='LANG' type='xs:language'/></xs:complexType>"
    "<xs:complexType name='description'><xs:sequence>"
    "<xs:element name='MeasurementUnit' type='unit'/>"
    "<xs:element name='sourceImageInformation' minOccurs='0'><xs:complexType><xs:sequence>"
    "<xs:element name='fileName' type='xs:string' minOccurs='0'/>"
    "</xs:sequence></xs:complexType></xs:element>"
    "<xs:element name='OCRProcessing' minOccurs='0' maxOccurs='unbounded'><xs:complexType>"
    "<xs:sequence><xs:element name='ocrProcessingStep' type='step'/></xs:sequence>"
    "<xs:attribute name='ID' type='xs:ID' use='required'/></xs:complexType></xs:element>"
    "</xs:sequence></xs:complexType>"
    "<xs:element name='alto'><xs:complexType><xs:sequence>"
    "<xs:element name='Description' type='description' minOccurs='0'/>"
    "<xs:element name='Layout'><xs:complexType><xs:sequence>"
    "<xs:element name='Page' type='page' maxOccurs='unbounded'/></xs:sequence></xs:complexType>"
    "</xs:element></xs:sequence>"
    "<xs:attribute name='SCHEMAVERSION' type='xs:string'/></xs:complexType></xs:element>"
    "</xs:schema>";

static void assert_schema_valid(const struct bytes *alto)
{
    xmlSchemaParserCtxt *parser = xmlSchemaNewMemParserCtxt(schema_text, sizeof schema_text - 1);
    xmlSchema *schema = xmlSchemaParse(parser);
    assert_non_null(schema);
    xmlDoc *doc = xmlReadMemory((const char *)alto->data, (int)alto->len, NULL, NULL, 0);
    if (!doc)
        fail_msg("not well-formed: %.*s", (int)alto->len, (const char *)alto->data);
    xmlSchemaValidCtxt *valid = xmlSchemaNewValidCtxt(schema);
    assert_int_equal(xmlSchemaValidateDoc(valid, doc), 0);
    xmlSchemaFreeValidCtxt(valid);
    xmlFreeDoc(doc);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
}

static void word(struct page_text *text, int32_t x, float confidence, const char *chars)
{
    struct err err = {0};
    assert_ok(page_text_word(text, (struct text_box){x, -2, 30, 12}, confidence,
                             span_of_text(chars), &err),
              err);
}

static void block_and_line(struct page_text *text, int32_t y)
{
    struct err err = {0};
    assert_ok(page_text_block(text, (struct text_box){5, y, 700, 80}, &err), err);
    assert_ok(page_text_line(text, (struct text_box){5, y, 600, 30}, &err), err);
}

static void build(struct page_text *text)
{
    struct err err = {0};
    block_and_line(text, 10);
    word(text, 5, 97, "\"CỘNG\"");
    word(text, 50, 3, "<&>'");
    word(text, 90, 100, "Ho\xCC\xA3\xCC\x82i");
    assert_ok(page_text_line(text, (struct text_box){-4, 60, 1, 0}, &err), err);
    word(text, -4, 0, "\xF0\xA4\xBD\x90");
    assert_ok(page_text_line(text, (struct text_box){9, 70, 1, 1}, &err), err); /* no word */
    assert_ok(page_text_block(text, (struct text_box){1, 2, 3, 4}, &err), err); /* no line */
    block_and_line(text, 400);
    word(text, 5, 50, "]]>");
    word(text, 9, 50, "&#0;&lt;");
}

/* Equal to the last bit: packing is a faithful picture of all there is. */
static void assert_same(const struct page_text *a, const struct page_text *b)
{
    CLEANUP(bytes_done) struct bytes pa = {0};
    CLEANUP(bytes_done) struct bytes pb = {0};
    struct err err = {0};
    assert_ok(page_text_pack(a, &pa, &err), err);
    assert_ok(page_text_pack(b, &pb, &err), err);
    assert_int_equal(pa.len, pb.len);
    assert_memory_equal(pa.data, pb.data, pa.len);
}

static void what_is_written_is_valid_and_comes_back(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_text_done) struct page_text back = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    struct err err = {0};
    build(&text);
    assert_ok(alto_write(&text, &plain_page, &alto, &err), err);
    assert_schema_valid(&alto);
    assert_ok(alto_read(bytes_span(&alto), &back, &err), err);
    assert_same(&text, &back);
}

static void a_page_without_text_is_valid_too(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_text_done) struct page_text back = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    struct err err = {0};
    struct alto_page bare = {.width_px = 1, .height_px = 1};
    assert_ok(alto_write(&text, &bare, &alto, &err), err);
    assert_schema_valid(&alto);
    assert_ok(alto_read(bytes_span(&alto), &back, &err), err);
    assert_int_equal(back.block_len, 0);
}

static void the_document_is_this_to_the_letter(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    struct err err = {0};
    struct alto_page page = plain_page;
    static const char expected[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\" SCHEMAVERSION=\"4.4\">\n"
        "<Description><MeasurementUnit>pixel</MeasurementUnit><sourceImageInformation>"
        "<fileName>scan 01.tif</fileName></sourceImageInformation><OCRProcessing ID=\"O\">"
        "<ocrProcessingStep><processingStepSettings>vie</processingStepSettings>"
        "<processingSoftware><softwareName>tesseract</softwareName>"
        "<softwareVersion>5.3.0</softwareVersion></processingSoftware></ocrProcessingStep>"
        "</OCRProcessing></Description>\n"
        "<Layout><Page ID=\"P\" PHYSICAL_IMG_NR=\"1\" WIDTH=\"2480\" HEIGHT=\"3508\" LANG=\"vie\">"
        "<PrintSpace HPOS=\"0\" VPOS=\"0\" WIDTH=\"2480\" HEIGHT=\"3508\">\n"
        "<TextBlock ID=\"B0\" HPOS=\"5\" VPOS=\"10\" WIDTH=\"700\" HEIGHT=\"80\""
        " ROTATION=\"-0.38\">\n"
        "<TextLine HPOS=\"5\" VPOS=\"10\" WIDTH=\"600\" HEIGHT=\"30\">"
        "<String CONTENT=\"a&amp;b\" WC=\"0.97\" WIDTH=\"30\" HEIGHT=\"12\" VPOS=\"-2\""
        " HPOS=\"7\"/><SP/>"
        "<String CONTENT=\"c\" WC=\"1.00\" WIDTH=\"30\" HEIGHT=\"12\" VPOS=\"-2\" HPOS=\"8\"/>"
        "</TextLine>\n</TextBlock>\n</PrintSpace></Page></Layout></alto>\n";

    block_and_line(&text, 10);
    word(&text, 7, 96.6f, "a&b");
    word(&text, 8, 99.5f, "c");
    page.skew_deg = -0.375f;
    assert_ok(alto_write(&text, &page, &alto, &err), err);
    assert_int_equal(bytes_append(&alto, span_of("", 1), &err), 0);
    assert_string_equal((const char *)alto.data, expected);
}

static const struct name_case {
    const char *why, *source, *language, *expected;
} name_cases[] = {
    {"markup in a file name", "<a>&\".tif", "vie", "<fileName>&lt;a&gt;&amp;&quot;.tif</fileName>"},
    {"line break in a file name", "a\nb.tif", "vie", "<fileName>a\\x0Ab.tif</fileName>"},
    {"a file name that is not UTF-8", "a\xFF.tif", "vie", "<fileName>a\\xFF.tif</fileName>"},
    {"a file name XML cannot carry", "a\xEF\xBF\xBF.tif", "vie",
     "<fileName>a\xEF\xBF\xBD.tif</fileName>"},
    {"an empty file name", "", "vie", "<fileName></fileName>"},
    {"two languages", "a", "vie+eng", "LANG=\"vie\""},
    {"two languages, in full", "a", "vie+eng",
     "<processingStepSettings>vie+eng</processingStepSettings>"},
    {"a language with a script", "a", "chi_sim", "LANG=\"chi\""},
    {"a language that is none", "a", "\"<&", "&quot;&lt;&amp;</processingStepSettings>"},
};

static void name_is_written_so_that_it_can_be_read(void **state)
{
    const struct name_case *c = *state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_text_done) struct page_text back = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    struct err err = {0};
    struct alto_page page = plain_page;
    page.source_name = c->source;
    page.language = c->language;
    build(&text);
    assert_ok(alto_write(&text, &page, &alto, &err), err);
    assert_schema_valid(&alto);
    assert_ok(alto_read(bytes_span(&alto), &back, &err), err);
    assert_same(&text, &back);
    if (!memmem(alto.data, alto.len, c->expected, strlen(c->expected)))
        fail_msg("no %s in %.*s", c->expected, (int)alto.len, (const char *)alto.data);
}

static void an_angle_that_is_none_is_left_out(void **state)
{
    (void)state;
    static const float angles[] = {0.0f, 0.004f, 1e9f, -INFINITY, NAN};
    CLEANUP(page_text_done) struct page_text text = {0};
    struct err err = {0};
    build(&text);
    for (size_t i = 0; i < ARRAY_LEN(angles); i++) {
        CLEANUP(bytes_done) struct bytes alto = {0};
        struct alto_page page = plain_page;
        page.skew_deg = angles[i];
        assert_ok(alto_write(&text, &page, &alto, &err), err);
        assert_null(memmem(alto.data, alto.len, "ROTATION", 8));
    }
}

/* A document whose one piece `was` became `is`. */
static const struct damage_case {
    const char *why, *was, *is;
} damage_cases[] = {
    {"a doctype", "<alto ", "<!DOCTYPE alto [<!ENTITY a \"b\">]><alto "},
    {"a comment", "<SP/>", "<SP/><!-- -->"},
    {"a processing instruction", "<SP/>", "<?x y?><SP/>"},
    {"an unknown entity", "scan", "&scan;"},
    {"another namespace", "ns-v4#", "ns-v3#"},
    {"a prefix", "<SP/>", "<x:SP xmlns:x=\"http://www.loc.gov/standards/alto/ns-v4#\"/>"},
    {"another unit", ">pixel<", ">mm10<"},
    {"an unknown element", "<SP/>", "<HYP/>"},
    {"an element in the wrong place", "<SP/>", "<TextBlock/>"},
    {"a second page", "</Page>", "</Page><Page ID=\"Q\"/>"},
    {"an unknown attribute", "WC=", "CC="},
    {"an attribute of another element", "<TextLine ", "<TextLine ID=\"x\" "},
    {"confidence above 1", "WC=\"1.00\"", "WC=\"1.01\""},
    {"confidence of three digits", "WC=\"1.00\"", "WC=\"0.123\""},
    {"a number with a point", "HPOS=\"50\"", "HPOS=\"5.0\""},
    {"an empty number", "HPOS=\"50\"", "HPOS=\"\""},
    {"a number past 32 bits", "HPOS=\"50\"", "HPOS=\"4294967346\""},
    {"a number past 64 bits", "HPOS=\"50\"", "HPOS=\"99999999999999999999\""},
    {"a negative size", "WIDTH=\"30\"", "WIDTH=\"-30\""},
    {"a box as far as integers go", "HPOS=\"50\"", "HPOS=\"2147483647\""},
    {"a word without a box", " HPOS=\"50\"/>", "/>"},
    {"a line without a box", "VPOS=\"60\"", ""},
    {"two SPs", "<SP/>", "<SP/><SP/>"},
    {"no SP", "<SP/>", ""},
    {"a line that ends with SP", "</TextLine>", "<SP/></TextLine>"},
    {"a word of no letters", "CONTENT=\"]]&gt;\"", "CONTENT=\"\""},
    {"a word with a blank", "CONTENT=\"]]&gt;\"", "CONTENT=\"a b\""},
    {"a word with a line break", "CONTENT=\"]]&gt;\"", "CONTENT=\"a&#10;b\""},
    {"a word that is not composed", "CONTENT=\"]]&gt;\"", "CONTENT=\"a\xCC\x81\""},
    {"letters between words", "<SP/>", "<SP/>x"},
    {"letters that are not UTF-8", "scan", "sc\xFFn"},
    {"another encoding", "UTF-8", "UTF-16"},
    {"something after the end", "</alto>", "</alto><alto/>"},
};

static void damage_is_noticed(void **state)
{
    const struct damage_case *c = *state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    CLEANUP(bytes_done) struct bytes bad = {0};
    struct page_text back = {0};
    struct err err = {0};
    build(&text);
    assert_ok(alto_write(&text, &plain_page, &alto, &err), err);
    uint8_t *at = memmem(alto.data, alto.len, c->was, strlen(c->was));
    assert_non_null(at);
    size_t before = (size_t)(at - alto.data), after = before + strlen(c->was);
    assert_ok(bytes_append(&bad, span_of(alto.data, before), &err), err);
    assert_ok(bytes_append(&bad, span_of_text(c->is), &err), err);
    assert_ok(bytes_append(&bad, span_of(alto.data + after, alto.len - after), &err), err);
    assert_int_equal(alto_read(bytes_span(&bad), &back, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_null(back.blocks);
}

static void every_truncation_and_every_flipped_byte_is_noticed_or_harmless(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    struct err err = {0};
    build(&text);
    assert_ok(alto_write(&text, &plain_page, &alto, &err), err);
    for (size_t len = 0; len + 1 < alto.len; len++) { /* the line break at the end may go */
        struct page_text back = {0};
        uint8_t *copy = malloc(len + !len);
        assert_non_null(copy);
        memcpy(copy, alto.data, len);
        assert_int_equal(alto_read(span_of(copy, len), &back, &err), -1);
        assert_int_equal(err.kind, ERR_CORRUPT);
        free(copy);
    }
    for (size_t i = 0; i < alto.len; i++) {
        CLEANUP(page_text_done) struct page_text back = {0};
        alto.data[i] ^= (uint8_t)(1u << i % 8);
        if (alto_read(bytes_span(&alto), &back, &err) == 0)
            assert_int_equal(back.word_len, text.word_len);
        alto.data[i] ^= (uint8_t)(1u << i % 8);
    }
}

static void a_document_too_large_is_refused_unread(void **state)
{
    (void)state;
    struct page_text back = {0};
    struct err err = {0};
    assert_int_equal(alto_read(span_of("x", (size_t)ALTO_MAX_BYTES + 1), &back, &err), -1);
    assert_int_equal(err.kind, ERR_CORRUPT);
}

static void the_longest_word_comes_back(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_text_done) struct page_text back = {0};
    CLEANUP(bytes_done) struct bytes alto = {0};
    CLEANUP(bytes_done) struct bytes big = {0};
    struct err err = {0};
    assert_ok(bytes_reserve(&big, TEXT_WORD_MAX, &err), err);
    memset(big.data, '"', TEXT_WORD_MAX);
    block_and_line(&text, 0);
    assert_ok(
        page_text_word(&text, (struct text_box){0}, 1, span_of(big.data, TEXT_WORD_MAX), &err),
        err);
    assert_ok(alto_write(&text, &plain_page, &alto, &err), err);
    assert_ok(alto_read(bytes_span(&alto), &back, &err), err);
    assert_same(&text, &back);
}

#define FIXED_TESTS 7

int main(void)
{
    struct CMUnitTest tests[FIXED_TESTS + ARRAY_LEN(name_cases) + ARRAY_LEN(damage_cases)] = {
        cmocka_unit_test(what_is_written_is_valid_and_comes_back),
        cmocka_unit_test(a_page_without_text_is_valid_too),
        cmocka_unit_test(the_document_is_this_to_the_letter),
        cmocka_unit_test(an_angle_that_is_none_is_left_out),
        cmocka_unit_test(every_truncation_and_every_flipped_byte_is_noticed_or_harmless),
        cmocka_unit_test(a_document_too_large_is_refused_unread),
        cmocka_unit_test(the_longest_word_comes_back),
    };
    size_t n = FIXED_TESTS;
    for (size_t i = 0; i < ARRAY_LEN(name_cases); i++)
        tests[n++] = (struct CMUnitTest){name_cases[i].why, name_is_written_so_that_it_can_be_read,
                                         NULL, NULL, (void *)&name_cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(damage_cases); i++)
        tests[n++] = (struct CMUnitTest){damage_cases[i].why, damage_is_noticed, NULL, NULL,
                                         (void *)&damage_cases[i]};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
