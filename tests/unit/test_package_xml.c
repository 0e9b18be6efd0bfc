/* tests/unit/test_package_xml.c - the XML of packages: well-formed whatever it is made of, and by
 * itself what a reader gets back. */
#include "records/package_xml.h"

#include <libxml/parser.h>

#include "records/xml_writer.h"
#include "tests/unit/test.h"

/* What a reader finds in an element that was written with this text, and in its attribute. */
static void assert_comes_back(const char *text, const char *wanted)
{
    struct err err = {0};
    struct bytes out = {0};
    CLEANUP(xml_writer_freep) struct xml_writer *writer = xml_writer_new(&err);
    assert_ok_ptr(writer, err);
    xml_open(writer, "a");
    xml_attribute(writer, "b", text);
    xml_text(writer, text);
    xml_close(writer);
    assert_ok(xml_writer_finish(writer, &out, &err), err);
    xmlDoc *doc = xmlReadMemory((const char *)out.data, (int)out.len, "a.xml", "UTF-8",
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc)
        fail_msg("no XML: %.*s", (int)out.len, (const char *)out.data);
    xmlChar *content = xmlNodeGetContent(xmlDocGetRootElement(doc));
    xmlChar *attribute = xmlGetProp(xmlDocGetRootElement(doc), BAD_CAST "b");
    assert_string_equal((const char *)content, wanted);
    assert_string_equal((const char *)attribute, wanted);
    xmlFree(content);
    xmlFree(attribute);
    xmlFreeDoc(doc);
    bytes_done(&out);
}

static const struct text_case {
    const char *why, *text, *wanted;
} texts[] = {
    {"plain", "Đăng ký khai sinh", "Đăng ký khai sinh"},
    {"marks of XML", "<a b=\"c\">&amp;' ]]>", "<a b=\"c\">&amp;' ]]>"},
    {"an entity that there is not", "&nichts; &#1; <!ENTITY x>", "&nichts; &#1; <!ENTITY x>"},
    {"an instruction", "?><?xml version=\"1.0\"?><!--", "?><?xml version=\"1.0\"?><!--"},
    {"control characters", "a\x01z\x1B[2J\x7F", "a\uFFFDz\uFFFD[2J\uFFFD"},
    {"control characters of C1", "a\xC2\x85 z", "a\uFFFD z"},
    {"what is no character", "\uFFFEa\uFFFF", "\uFFFDa\uFFFD"},
    {"beyond 16 bits", "\U00020BB7", "\U00020BB7"},
    {"half a character", "a\xC6", "a\\xC6"},
    {"a surrogate", "\xED\xA0\x80", "\\xED\\xA0\\x80"},
    {"blanks and lines", " a\tb\nc ", " a\tb\nc "},
};

static void text_comes_back(void **state)
{
    const struct text_case *c = *state;
    assert_comes_back(c->text, c->wanted);
}

static void every_byte_gives_xml(void **state)
{
    (void)state;
    for (unsigned a = 1; a < 256; a++)
        for (unsigned b = 1; b < 256; b += 7) {
            const char text[] = {'x', (char)a, (char)b, '\0'};
            struct err err = {0};
            struct bytes out = {0};
            const struct package_value value = {"title", text};
            assert_ok(package_ead("ead", "s", &value, 1, &out, &err), err);
            xmlDoc *doc = xmlReadMemory((const char *)out.data, (int)out.len, "a.xml", "UTF-8",
                                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
            if (!doc)
                fail_msg("no XML of %02x %02x", a, b);
            xmlFreeDoc(doc);
            bytes_done(&out);
        }
}

static void values_that_are_not_known_are_left_out(void **state)
{
    struct err err = {0};
    struct bytes out = {0};
    const struct package_value values[] = {{"title", "a"}, {"subject", ""}, {"language", NULL}};
    (void)state;
    assert_ok(package_ead("eadDoc", "../s", values, 3, &out, &err), err);
    assert_ok(bytes_append(&out, span_of("", 1), &err), err);
    assert_string_equal((const char *)out.data,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<eadDoc xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                        " xsi:noNamespaceSchemaLocation=\"../s/ead.xsd\">\n"
                        " <title>a</title>\n</eadDoc>\n");
    bytes_done(&out);
}

static void time_is_that_of_vietnam(void **state)
{
    char text[PACKAGE_TIME_MAX];
    (void)state;
    assert_string_equal(package_time(0, text), "1970-01-01T07:00:00+07:00");
    assert_string_equal(package_time(1798736399LL * 1000000000, text), "2026-12-31T23:59:59+07:00");
    assert_string_equal(package_time(1798736400LL * 1000000000, text), "2027-01-01T00:00:00+07:00");
}

static void uuid_has_version_and_variant(void **state)
{
    struct digest ones, zeros = {{0}};
    char text[PACKAGE_UUID_MAX];
    (void)state;
    memset(&ones, 0xFF, sizeof ones);
    assert_string_equal(package_uuid(&zeros, text), "00000000-0000-8000-8000-000000000000");
    assert_string_equal(package_uuid(&ones, text), "FFFFFFFF-FFFF-8FFF-BFFF-FFFFFFFFFFFF");
}

static char *mets_text(const struct package_mets *mets)
{
    struct err err = {0};
    struct bytes out = {0};
    assert_ok(package_mets(mets, &out, &err), err);
    char *text = bytes_take_text(&out, &err);
    assert_ok_ptr(text, err);
    return text;
}

static void the_same_paper_twice_has_ids_of_its_own(void **state)
{
    const struct package_about about = {"SIP", "a", "2026-04-28T09:30:00+07:00", "G09", "b"};
    const struct digest digest = digest_of(span_of_text("a"));
    const struct package_file files[] = {
        {"rep1-file-1", "data/1.pdf", "application/pdf", 7, digest},
        {"rep1-file-2", "data/2.pdf", "application/pdf", 7, digest}};
    const struct package_file premis = {"p-1", "metadata/p.xml", "text/xml", 3, digest};
    const struct package_group group = {"rep1-data", "Data", files, 2};
    const struct package_mets mets = {.about = &about,
                                      .id = "rep1",
                                      .prefix = "rep1-",
                                      .schemas = "../../schemas",
                                      .descriptive = files,
                                      .descriptive_len = 2,
                                      .preservation = &premis,
                                      .groups = &group,
                                      .group_len = 1,
                                      .linked = true};
    (void)state;
    char *text = mets_text(&mets);
    const char *first = strstr(text, "ID=\"uuid-");
    assert_non_null(first);
    const char *second = strstr(first + 1, "ID=\"uuid-");
    assert_non_null(second);
    assert_int_not_equal(strncmp(first, second, 45), 0);
    assert_non_null(strstr(text, "DMDID=\"rep1-dmd-1 rep1-dmd-2\""));
    free(text);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(texts) + 5];
    size_t n = 0;
    for (; n < ARRAY_LEN(texts); n++)
        tests[n] = (struct CMUnitTest){texts[n].why, text_comes_back, NULL, NULL,
                                       (void *)(uintptr_t)&texts[n]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(every_byte_gives_xml);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(values_that_are_not_known_are_left_out);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(time_is_that_of_vietnam);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(uuid_has_version_and_variant);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(the_same_paper_twice_has_ids_of_its_own);
    return _cmocka_run_group_tests("package_xml", tests, n, NULL, NULL);
}
