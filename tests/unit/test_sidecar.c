/* tests/unit/test_sidecar.c - what stations write beside their scans: what is taken, and the line
 * of what is not. */
#include "records/sidecar.h"

#include "records/document_record.h"
#include "tests/unit/test.h"

static int parse(struct span text, struct sidecar *sidecar, struct err *err)
{
    *sidecar = (struct sidecar){.json = NULL};
    *err = (struct err){.kind = ERR_NONE};
    /* Of its own length: a byte too far is seen. */
    uint8_t *copy = malloc(text.len ? text.len : 1);
    assert_non_null(copy);
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    int rc = sidecar_parse(span_of(copy, text.len), "batch.json", sidecar, err);
    free(copy);
    return rc;
}

/* --- what is taken --- */

#define HEAD   "{\"v\":1,\"batch\":\"b\",\"station\":\"s\",\n"
#define DOC(x) HEAD "\"documents\":[\n{\"files\":[\"a.tif\"],\n" x "}\n]}"
#define FILES(x)                                                                                   \
    HEAD "\"documents\":[\n{\"files\":[\n" x "]}\n]}" /* the first name stands in line 4 */

static char *source_file(const char *name)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", SOHOA_SOURCE_DIR, name) > 0);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    (void)fclose(file);
    free(path);
    return text;
}

/* The first thing a writer of sidecars looks at must be right. */
static void the_example_of_the_documentation_is_taken(void **state)
{
    (void)state;
    struct sidecar sidecar;
    struct err err;
    char *text = source_file("docs/format-sidecar.md");
    char *json = strstr(text, "```json\n") + 8;
    *strstr(json, "```") = '\0';
    assert_ok(parse(span_of_text(json), &sidecar, &err), err);
    assert_string_equal(sidecar.batch, "2025-07-05 sáng, quầy 3");
    assert_string_equal(sidecar.station, "46-19831-02");
    assert_string_equal(sidecar.operator_id, "nv017");
    assert_true(sidecar.closed);
    assert_int_equal(sidecar.document_len, 3);
    const struct sidecar_document *d = sidecar.documents;
    assert_string_equal(d[0].title, "Giấy khai sinh");
    assert_string_equal(d[0].dossier, "H57.12-250705-0001");
    assert_int_equal(d[0].file_len, 1);
    assert_string_equal(d[0].files[0], "khai-sinh.tif");
    assert_int_equal(d[0].sheets, 1);
    assert_int_equal(d[0].collate, SIDECAR_COLLATE_NONE);
    assert_int_equal(d[0].line, 8);
    assert_string_equal(d[1].dossier, "H57.12-250705-0001");
    assert_int_equal(d[1].file_len, 2);
    assert_string_equal(d[1].files[1], "hop-dong/mat-sau.tif");
    assert_int_equal(d[1].sheets, 12);
    assert_int_equal(d[1].collate, SIDECAR_ODD_EVEN_REVERSED);
    assert_int_equal(d[1].line, 13);
    assert_string_equal(d[2].dossier, "000.00.12.H57-250705-0002");
    assert_int_equal(d[2].sheets, 0);
    assert_string_equal(d[2].files[0], "don/1.jpg");
    sidecar_done(&sidecar);
    free(text);
}

static void the_least_sidecar_is_taken(void **state)
{
    (void)state;
    struct sidecar sidecar;
    struct err err;
    assert_ok(parse(span_of_text("{\"documents\":[{\"files\":[\"a\"]}],\"station\":\"s\","
                                 "\"batch\":\"b\",\"v\":1}"),
                    &sidecar, &err),
              err);
    assert_false(sidecar.closed);
    assert_string_equal(sidecar.operator_id, "");
    assert_string_equal(sidecar.documents[0].title, "");
    assert_string_equal(sidecar.documents[0].dossier, "");
    sidecar_done(&sidecar);
}

static const struct good_case {
    const char *why, *json;
} goods[] = {
    {"a byte order mark", "\xEF\xBB\xBF" DOC("\"sheets\":1")},
    {"line feeds of other systems",
     "{\"v\":1,\r\n\"batch\":\"b\",\r\n\"station\":\"s\",\r\n\"documents\":"
     "[{\"files\":[\"a\"]}]}\r\n"},
    {"keys and texts by their numbers",
     "{\"\\u0076\":1,\"b\\u0061tch\":\"\\u1ea5\",\"station\":\"\\\"\\\\{[\",\"documents\":"
     "[{\"files\":[\"a\"]}]}"},
    {"not closed", HEAD "\"closed\":false,\"documents\":[{\"files\":[\"a\"]}]}"},
    {"the most sheets", DOC("\"sheets\":20000")},
    {"dots within names", FILES("\"..a\",\".b\",\"c..\",\"d/...\",\"e.f/g\"")},
    {"the same name in two folders", FILES("\"a/1.tif\",\"b/1.tif\",\"1.tif\"")},
    {"collated", HEAD "\"documents\":[{\"collate\":\"odd-even\",\"files\":[\"front\",\"back\"]}]}"},
    {"said not to be collated", DOC("\"collate\":\"none\"")},
};

static void is_taken(void **state)
{
    const struct good_case *c = *state;
    struct sidecar sidecar;
    struct err err;
    assert_ok(parse(span_of_text(c->json), &sidecar, &err), err);
    sidecar_done(&sidecar);
}

/* --- what is not --- */

#define SHEETS  "'sheets' must be a whole number from 1 to 20000"
#define CODE    "must be a dossier code, like 000.00.12.H57-250705-0001 or H57.12-250705-0001"
#define COLLATE "'collate' must be \"none\", \"odd-even\" or \"odd-even-reversed\""

/* Ten letters that are twenty characters when they are composed (NFC takes them apart). */
#define QA   "\xE0\xA5\x98"
#define QA10 QA QA QA QA QA QA QA QA QA QA

static const struct bad_case {
    const char *why, *json, *error; /* error: how the complaint goes on after "batch.json:" */
} bads[] = {
    {"nothing", "", "1: not JSON: "},
    {"a word", "batch", "1: not JSON: "},
    {"a number", "1", "1: not JSON: "},
    {"a list", "\n[1]", "2: a sidecar must be an object"},
    {"an empty object", "\n\n{}", "3: 'v' is missing in what begins here"},
    {"half of it", HEAD "\"documents\":[\n{\"files\":", "3: not JSON: "},
    {"something behind it", DOC("\"sheets\":1") "\nx", "6: not JSON: "},
    {"a comma too many", HEAD "\"documents\":[\n],}", "3: not JSON: "},
    {"a comment", "{\n// mine\n}", "2: not JSON: "},
    {"the same field twice", HEAD "\n\n\"batch\":\"c\",\"documents\":[]}",
     "4: not JSON: duplicate"},
    {"the same field twice, in disguise", HEAD "\n\n\"b\\u0061tch\":\"c\",\"documents\":[]}",
     "4: not JSON: duplicate"},
    {"the same field twice, in a document", DOC("\"sheets\":1,\n\"sheets\":2"),
     "5: not JSON: duplicate"},
    {"not UTF-8", HEAD "\n\"station\":\"\xFF\"}", "3: not JSON: "},
    {"an overlong letter", HEAD "\n\"operator\":\"\xC0\xAF\"}", "3: not JSON: "},
    {"longer as it is kept", HEAD "\n\"operator\":\"" QA10 QA10 QA10 QA10 "\"}",
     "3: 'operator' must be a text of 1 to 64 characters"},
    {"half a letter", HEAD "\n\"operator\":\"\xE1\xBA\"}", "3: not JSON: "},
    {"half a pair", HEAD "\n\"operator\":\"\\ud83d\"}", "3: not JSON: "},
    {"a NUL in a text", HEAD "\n\"operator\":\"a\\u0000b\"}", "3: not JSON: "},
    {"a line feed in a text", HEAD "\n\"operator\":\"a\nb\"}", "3: not JSON: "},

    {"a later version, with fields of its own", "{\"pages\":[\n{\"x\":\"]}\\\"\"}],\n\"v\":2}",
     "3: 'v' must be 1"},
    {"a version in words", "{\n\"v\":\"1\"}", "2: 'v' must be 1"},
    {"a version with a point", "{\n\"v\":1.0}", "2: 'v' must be 1"},
    {"a version past any number", "{\n\"v\":18446744073709551617}", "2: not JSON: "},
    {"no version", "{\"batch\":\"b\",\"station\":\"s\",\n\"documents\":[]}", "1: 'v' is missing"},

    {"an unknown field", HEAD "\n\"sheets\":1,\"documents\":[]}",
     "3: there is no field 'sheets'; there are: v, batch, station, operator, dossier, documents, "
     "closed"},
    {"an unknown field, by its numbers", HEAD "\n\"\\u0073heets\":1,\"documents\":[]}",
     "3: there is no field 'sheets'"},
    {"capitals count", HEAD "\n\"Closed\":true,\"documents\":[]}", "3: there is no field 'Closed'"},
    {"an unknown field that moves the cursor", HEAD "\n\"\\u001b[2J\":1,\"documents\":[]}",
     "3: there is no field '?[2J'"},
    {"an empty key", HEAD "\n\"\":1,\"documents\":[]}", "3: there is no field ''"},
    {"an unknown field of a document", DOC("\"file\":1"),
     "4: there is no field 'file'; there are: title, dossier, files, sheets, collate"},
    {"the line is that of the key", DOC("\"file\"\n:\n1"), "4: there is no field 'file'"},

    {"no batch", "{\"v\":1,\"station\":\"s\",\"documents\":[{\"files\":[\"a\"]}]}",
     "1: 'batch' is missing in what begins here"},
    {"no station", "\n{\"v\":1,\"batch\":\"s\",\"documents\":[{\"files\":[\"a\"]}]}",
     "2: 'station' is missing"},
    {"no documents", HEAD "\"closed\":true}", "1: 'documents' is missing"},
    {"no files", HEAD "\"documents\":[\n{\"files\":[\"a\"]},\n{\n\"sheets\":1}]}",
     "4: 'files' is missing in what begins here"},

    {"a batch that is a number",
     "{\"v\":1,\"station\":\"s\",\"documents\":[{\"files\":[\"a\"]}],\n"
     "\"batch\":7}",
     "2: 'batch' must be a text of 1 to 100 characters"},
    {"the line is that of the value", HEAD "\"operator\"\n:\n7}",
     "4: 'operator' must be a text of 1 to 64 characters"},
    {"an empty operator", HEAD "\"operator\":\"\"}", "2: 'operator' must be a text of 1 to 64"},
    {"an operator that is null", HEAD "\"operator\":null}", "2: 'operator' must be a text"},
    {"an operator that moves the cursor", HEAD "\"operator\":\"\\u001b[2J\"}",
     "2: 'operator' holds a control character"},
    {"an operator with a control character of two bytes", HEAD "\"operator\":\"\\u009b2J\"}",
     "2: 'operator' holds a control character"},
    {"closed in words", HEAD "\"closed\":\"true\"}", "2: 'closed' must be true or false"},
    {"closed by a number", HEAD "\"closed\":1}", "2: 'closed' must be true or false"},
    {"a batch of no dossier code", HEAD "\"dossier\":\"17\"}", "2: 'dossier' " CODE},
    {"a code with a month that is none", HEAD "\"dossier\":\"H57-251305-0001\"}",
     "2: 'dossier' " CODE},
    {"a code that is a list", HEAD "\"dossier\":[\n\"H57-250705-0001\"]}", "2: 'dossier' " CODE},
    {"a document of no dossier code", DOC("\"dossier\":\"\""), "4: 'dossier' " CODE},

    {"documents that are an object", HEAD "\"documents\":{\"files\":[\"a\"]}}",
     "2: 'documents' must be a list of 1 to 5000 documents"},
    {"no document in the list", HEAD "\"documents\":[]}",
     "2: 'documents' must be a list of 1 to 5000 documents"},
    {"a document that is a text", HEAD "\"documents\":[{\"files\":[\"a\"]},\n\n\"b\"]}",
     "4: a document must be an object"},
    {"a document that is null", HEAD "\"documents\":[\nnull]}", "3: a document must be an object"},
    {"a title that is a number", DOC("\"title\":1"), "4: 'title' must be a text of 1 to 500"},
    {"an empty title", DOC("\"title\":\"\""), "4: 'title' must be a text of 1 to 500"},

    {"no sheets", DOC("\"sheets\":0"), "4: " SHEETS},
    {"fewer than none", DOC("\"sheets\":-1"), "4: " SHEETS},
    {"one sheet too many", DOC("\"sheets\":20001"), "4: " SHEETS},
    {"sheets that wrap round", DOC("\"sheets\":4294967297"), "4: " SHEETS},
    {"sheets past any number", DOC("\"sheets\":\n99999999999999999999"), "5: not JSON: "},
    {"sheets with a point", DOC("\"sheets\":12.0"), "4: " SHEETS},
    {"sheets with an exponent", DOC("\"sheets\":1e1"), "4: " SHEETS},
    {"sheets past any exponent", DOC("\"sheets\":1e999"), "4: not JSON: "},
    {"sheets in words", DOC("\"sheets\":\"12\""), "4: " SHEETS},
    {"sheets by a nought", DOC("\"sheets\":012"), "4: not JSON: "},
    {"sheets, behind much that is well",
     HEAD
     "\"documents\":[{\"title\":\"{[\\\"\\\\\",\n\"files\":[\n\"a\"\n,\n\"b\"\n]\n},\n{\"files\":"
     "[\"c\"],\"collate\":\"none\",\n\n\"sheets\"\n:\n\nfalse}]}",
     "14: " SHEETS},

    {"collated somehow", DOC("\"collate\":\"even-odd\""), "4: " COLLATE},
    {"collated by a number", DOC("\"collate\":1"), "4: " COLLATE},
    {"collated in capitals", DOC("\"collate\":\"Odd-Even\""), "4: " COLLATE},
    {"one file to collate", DOC("\n\"collate\":\"odd-even\"\n,\"sheets\":1"),
     "5: to collate there must be 2 files, the fronts and then the backs: here are 1"},
    {"three files to collate",
     HEAD "\"documents\":[{\"collate\":\"odd-even-reversed\",\n\"files\":[\"a\",\"b\",\"c\"]}]}",
     "2: to collate there must be 2 files"},
    {"the line is that of the right document",
     HEAD "\"documents\":[{\"collate\":\"odd-even\",\"files\":[\"a\",\"b\"]},\n"
          "{\"files\":[\"c\"],\n\"collate\":\"odd-even\"}]}",
     "4: to collate there must be 2 files"},

    {"files that are a text", HEAD "\"documents\":[{\n\"files\":\"a\"}]}",
     "3: 'files' must be a list of 1 to 5000 names of files"},
    {"no file", HEAD "\"documents\":[{\n\"files\":[]}]}",
     "3: 'files' must be a list of 1 to 5000 names of files"},
    {"a name that is a number", FILES("\"a\",\n7"), "5: the name of a file must be a text"},
    {"a name that is a list", FILES("[\"a\"]"), "4: the name of a file must be a text"},
    {"an empty name", FILES("\"\""), "4: the name '' has an empty part"},
    {"an absolute name", FILES("\"/etc/passwd\""), "4: the name '/etc/passwd' is absolute"},
    {"up and out", FILES("\"../a\""), "4: the name '../a' leads through . or .."},
    {"down and up and out", FILES("\"a/../../b\""), "4: the name 'a/../../b' leads through"},
    {"up at the end", FILES("\"a/..\""), "4: the name 'a/..' leads through"},
    {"up alone", FILES("\"..\""), "4: the name '..' leads through"},
    {"up in disguise", FILES("\"\\u002e\\u002e/a\""), "4: the name '../a' leads through"},
    {"here", FILES("\"./a\""), "4: the name './a' leads through"},
    {"two strokes", FILES("\"a//b\""), "4: the name 'a//b' has an empty part"},
    {"a folder", FILES("\"a/\""), "4: the name 'a/' has an empty part"},
    {"a backslash", FILES("\"a\\\\b\""), "4: the name 'a\\b' has a backslash"},
    {"a name of two lines", FILES("\"a\\nb\""), "4: the name 'a?b' holds a control character"},
    {"the same file twice", FILES("\"a\",\"b\",\n\"a\""), "5: 'a' is named in line 4 already"},
    {"the same file in two documents",
     HEAD "\"documents\":[{\"files\":[\n\"x/1\",\"b\"]},\n{\"files\":[\"c\",\n\"x/1\"]}]}",
     "5: 'x/1' is named in line 3 already"},
    {"the same file in disguise", FILES("\"ab\",\n\"\\u0061b\""),
     "5: 'ab' is named in line 4 already"},
};

static void assert_refused(struct span text, const char *error)
{
    struct sidecar sidecar;
    struct err err;
    assert_int_equal(parse(text, &sidecar, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(sidecar.json); /* untouched */
    if (strncmp(err.text, "batch.json:", 11) != 0 || strncmp(err.text + 11, error, strlen(error)))
        fail_msg("'%s' does not say '%s'", err.text, error);
}

static void is_refused_with_its_line(void **state)
{
    const struct bad_case *c = *state;
    assert_refused(span_of_text(c->json), c->error);
}

static void a_byte_of_nothing_is_refused(void **state)
{
    (void)state;
    static const char raw[] = HEAD "\"operator\":\"a\0b\"}", between[] = "{\"v\":1,\n\0}";
    assert_refused(span_of(raw, sizeof raw - 1), "2: not JSON: ");
    assert_refused(span_of(between, sizeof between - 1), "2: not JSON: ");
}

static struct bytes repeat(const char *before, const char *piece, size_t n, const char *after)
{
    struct bytes out = {0};
    struct err err = {0};
    assert_ok(bytes_append(&out, span_of_text(before), &err), err);
    for (size_t i = 0; i < n; i++)
        assert_ok(bytes_append(&out, span_of_text(piece), &err), err);
    assert_ok(bytes_append(&out, span_of_text(after), &err), err);
    return out;
}

static const struct long_case {
    const char *why, *before, *piece;
    size_t n; /* so many are taken, one more is not */
    const char *after, *error;
} longs[] = {
    {"title", DOC("\"title\":\""), "ấ", 500, "\"}\n]}", "4: 'title' must be a text of 1 to 500"},
    {"batch", "{\"v\":1,\"station\":\"s\",\"documents\":[{\"files\":[\"a\"]}],\"batch\":\"", "ấ",
     100, "\"}", "1: 'batch' must be a text of 1 to 100"},
    {"station", "{\"v\":1,\"batch\":\"b\",\"documents\":[{\"files\":[\"a\"]}],\"station\":\"", "x",
     64, "\"}", "1: 'station' must be a text of 1 to 64"},
    {"operator", HEAD "\"documents\":[{\"files\":[\"a\"]}],\"operator\":\"", "x", 64, "\"}",
     "2: 'operator' must be a text of 1 to 64"},
    {"part of a name", FILES("\"a/"), "x", 255, "\"]}\n]}", "4: the name 'a/"},
    {"name", FILES("\""), "1234567/", 124, "12345678\"]}\n]}", "4: the name '"},
};

/* The rows above begin with a whole sidecar: without its end. */
static void is_bounded(void **state)
{
    const struct long_case *c = *state;
    struct sidecar sidecar;
    struct err err;
    size_t len = strlen(c->before);
    char *before = strdup(c->before);
    assert_non_null(before);
    if (strcmp(before + len - 5, "]}\n]}") == 0) /* FILES */
        before[len - 5] = '\0';
    else if (strcmp(before + len - 4, "}\n]}") == 0) /* DOC */
        before[len - 4] = '\0';
    struct bytes fits = repeat(before, c->piece, c->n, c->after);
    struct bytes more = repeat(before, c->piece, c->n + 1, c->after);
    assert_ok(parse(bytes_span(&fits), &sidecar, &err), err);
    sidecar_done(&sidecar);
    assert_refused(bytes_span(&more), c->error);
    bytes_done(&fits);
    bytes_done(&more);
    free(before);
}

/* n documents of `files` files each, every name its own. */
static struct bytes many(size_t n, size_t files)
{
    struct bytes out = {0};
    struct err err = {0};
    assert_ok(bytes_append(&out, span_of_text(HEAD "\"documents\":["), &err), err);
    for (size_t i = 0; i < n; i++) {
        assert_ok(bytes_printf(&out, &err, "%s{\"files\":[", i ? ",\n" : ""), err);
        for (size_t k = 0; k < files; k++)
            assert_ok(bytes_printf(&out, &err, "%s\"%zu-%zu\"", k ? "," : "", i, k), err);
        assert_ok(bytes_append(&out, span_of_text("]}"), &err), err);
    }
    assert_ok(bytes_append(&out, span_of_text("]}"), &err), err);
    return out;
}

static void documents_and_files_are_counted(void **state)
{
    (void)state;
    static const struct {
        size_t documents, files;
        const char *error;
    } cases[] = {
        {5000, 1, NULL},
        {1, 5000, NULL},
        {50, 100, NULL},
        {5001, 1, "2: 'documents' must be a list of 1 to 5000"},
        {1, 5001, "2: 'files' must be a list of 1 to 5000"},
        {51, 100, "52: these make more than 5000 files in all"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sidecar sidecar;
        struct err err;
        struct bytes text = many(cases[i].documents, cases[i].files);
        if (cases[i].error) {
            assert_refused(bytes_span(&text), cases[i].error);
        } else {
            assert_ok(parse(bytes_span(&text), &sidecar, &err), err);
            assert_int_equal(sidecar.document_len, cases[i].documents);
            assert_string_equal(sidecar.documents[cases[i].documents - 1].files[0],
                                cases[i].documents == 50 ? "49-0"
                                : i                      ? "0-0"
                                                         : "4999-0");
            sidecar_done(&sidecar);
        }
        bytes_done(&text);
    }
}

static void a_mebibyte_is_the_limit(void **state)
{
    (void)state;
    struct sidecar sidecar;
    struct err err;
    static const char end[] = DOC("\"sheets\":1");
    struct bytes fits = repeat("", " ", MIB - (sizeof end - 1), end);
    struct bytes more = repeat("", " ", MIB + 1 - (sizeof end - 1), end);
    assert_int_equal(fits.len, MIB);
    assert_ok(parse(bytes_span(&fits), &sidecar, &err), err);
    sidecar_done(&sidecar);
    assert_refused(bytes_span(&more), "1: a sidecar has at most 1048576 bytes");
    bytes_done(&fits);
    bytes_done(&more);
}

static void depth_without_end_is_refused(void **state)
{
    (void)state;
    struct bytes lists = repeat(HEAD "\n\"x\":", "[", 500000, "");
    struct bytes objects = repeat(HEAD "\n\"x\":", "{\"a\":", 100000, "");
    struct bytes whole = repeat("{\"v\":2,\n\"x\":", "[", 1000, "");
    struct err err = {0};
    assert_refused(bytes_span(&lists), "3: not JSON: maximum parsing depth");
    assert_refused(bytes_span(&objects), "3: not JSON: maximum parsing depth");
    /* Deep, but JSON: it is passed over on the way to the version. */
    for (size_t i = 0; i < 1000; i++)
        assert_ok(bytes_append(&whole, span_of_text("]"), &err), err);
    assert_ok(bytes_append(&whole, span_of_text("}"), &err), err);
    assert_refused(bytes_span(&whole), "1: 'v' must be 1");
    bytes_done(&lists);
    bytes_done(&objects);
    bytes_done(&whole);
}

/* However much of it has arrived, it is not taken for the whole. */
static void every_beginning_of_a_sidecar_is_refused(void **state)
{
    (void)state;
    static const char text[] =
        DOC("\"title\":\"Gi\\u1ea5y \\\"1\\\"\",\"sheets\":12,\"dossier\":\"H57-250705-0001\"");
    for (size_t len = 0; len < sizeof text - 1; len++) {
        struct sidecar sidecar;
        struct err err;
        assert_int_equal(parse(span_of(text, len), &sidecar, &err), -1);
        assert_non_null(strstr(err.text, ": not JSON: "));
    }
}

static void a_long_name_of_the_sidecar_leaves_room_for_the_complaint(void **state)
{
    (void)state;
    struct sidecar sidecar = {.json = NULL};
    struct err err = {0};
    char name[300] = {0};
    memset(name, 'n', sizeof name - 1);
    assert_int_equal(sidecar_parse(span_of_text("{}"), name, &sidecar, &err), -1);
    assert_non_null(strstr(err.text, "n:1: 'v' is missing"));
}

/* --- the schema says the same --- */

static json_int_t at(const json_t *schema, const char *path)
{
    char copy[200], *rest = copy;
    (void)snprintf(copy, sizeof copy, "%s", path);
    for (char *key; (key = strsep(&rest, "/"));)
        schema = json_object_get(schema, key);
    assert_true(json_is_integer(schema));
    return json_integer_value(schema);
}

static void the_schema_has_the_same_limits(void **state)
{
    (void)state;
    struct err err = {0};
    char *text = source_file("configs/sidecar.schema.json");
    json_t *json = json_parse(span_of_text(text), &err);
    assert_ok_ptr(json, err);
#define DOCUMENT_IS "$defs/document/properties/"
    assert_int_equal(at(json, "properties/v/const"), SIDECAR_VERSION);
    assert_int_equal(at(json, "properties/batch/maxLength"), DOCUMENT_BATCH_CHARS);
    assert_int_equal(at(json, "properties/station/maxLength"), SIDECAR_STATION_CHARS);
    assert_int_equal(at(json, "properties/operator/maxLength"), SIDECAR_OPERATOR_CHARS);
    assert_int_equal(at(json, "properties/documents/maxItems"), SIDECAR_DOCUMENTS_MAX);
    assert_int_equal(at(json, DOCUMENT_IS "files/maxItems"), SIDECAR_FILES_MAX);
    assert_int_equal(at(json, DOCUMENT_IS "title/maxLength"), DOCUMENT_TITLE_CHARS);
    assert_int_equal(at(json, DOCUMENT_IS "sheets/maximum"), DOCUMENT_SHEETS_MAX);
    assert_int_equal(at(json, "$defs/name/maxLength"), SIDECAR_PATH_BYTES_MAX);
    json_decref(json);
    free(text);
}

/* --- pages --- */

static const struct order_case {
    const char *why;
    uint32_t fronts, backs;
    enum sidecar_collate kind;
    const char *order; /* f or b, and the page from 0; or the complaint */
} orders[] = {
    {"one file after the other", 2, 3, SIDECAR_COLLATE_NONE, "f0 f1 b0 b1 b2 "},
    {"one file alone", 2, 0, SIDECAR_COLLATE_NONE, "f0 f1 "},
    {"backs in order", 3, 3, SIDECAR_ODD_EVEN, "f0 b0 f1 b1 f2 b2 "},
    {"backs of the stack turned over", 3, 3, SIDECAR_ODD_EVEN_REVERSED, "f0 b2 f1 b1 f2 b0 "},
    {"one sheet", 1, 1, SIDECAR_ODD_EVEN_REVERSED, "f0 b0 "},
    {"no sheet", 0, 0, SIDECAR_ODD_EVEN, ""},
    {"a back is missing", 3, 2, SIDECAR_ODD_EVEN, "3 fronts but 2 backs; backs missing: 1 (every"},
    {"fronts are missing", 2, 9, SIDECAR_ODD_EVEN_REVERSED,
     "2 fronts but 9 backs; fronts missing: 7 (every"},
    {"too many pages", 20000, 1, SIDECAR_COLLATE_NONE, "a document has at most 20000 pages"},
    {"too many to count", UINT32_MAX, UINT32_MAX, SIDECAR_ODD_EVEN, "a document has at most 20000"},
};

static void pages_are_put_in_order(void **state)
{
    const struct order_case *c = *state;
    struct err err = {0};
    struct sidecar_page pages[16];
    char got[200] = "";
    int rc = sidecar_page_order(c->fronts, c->backs, c->kind, pages, &err);
    if (strchr(c->order, ':') || strstr(c->order, "most")) {
        assert_int_equal(rc, -1);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_memory_equal(err.text, c->order, strlen(c->order));
        return;
    }
    assert_ok(rc, err);
    for (uint32_t i = 0; i < c->fronts + c->backs; i++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%c%u ", "fb"[pages[i].file],
                       pages[i].page);
    assert_string_equal(got, c->order);
}

static void sheets_fit_one_side_or_both(void **state)
{
    (void)state;
    static const struct {
        uint32_t sheets, pages;
        enum sidecar_collate collate;
        bool fit;
    } cases[] = {
        {0, 7, SIDECAR_COLLATE_NONE, true},      {3, 3, SIDECAR_COLLATE_NONE, true},
        {3, 6, SIDECAR_COLLATE_NONE, true},      {3, 2, SIDECAR_COLLATE_NONE, false},
        {3, 4, SIDECAR_COLLATE_NONE, false},     {3, 7, SIDECAR_COLLATE_NONE, false},
        {3, 3, SIDECAR_ODD_EVEN, false},         {3, 6, SIDECAR_ODD_EVEN, true},
        {3, 6, SIDECAR_ODD_EVEN_REVERSED, true}, {0, 6, SIDECAR_ODD_EVEN, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct sidecar_document document = {.sheets = cases[i].sheets,
                                                  .collate = cases[i].collate};
        assert_int_equal(sidecar_sheets_fit(&document, cases[i].pages), cases[i].fit);
    }
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(the_example_of_the_documentation_is_taken),
        cmocka_unit_test(the_least_sidecar_is_taken),
        cmocka_unit_test(a_byte_of_nothing_is_refused),
        cmocka_unit_test(documents_and_files_are_counted),
        cmocka_unit_test(a_mebibyte_is_the_limit),
        cmocka_unit_test(depth_without_end_is_refused),
        cmocka_unit_test(every_beginning_of_a_sidecar_is_refused),
        cmocka_unit_test(a_long_name_of_the_sidecar_leaves_room_for_the_complaint),
        cmocka_unit_test(the_schema_has_the_same_limits),
        cmocka_unit_test(sheets_fit_one_side_or_both),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(goods) + ARRAY_LEN(bads) +
                            ARRAY_LEN(longs) + ARRAY_LEN(orders)];
    size_t n = 0;
#define ROWS(table, test)                                                                          \
    for (size_t i = 0; i < ARRAY_LEN(table); i++)                                                  \
        tests[n++] = (struct CMUnitTest)                                                           \
        {                                                                                          \
            (table)[i].why, test, NULL, NULL, (void *)&(table)[i]                                  \
        }
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    ROWS(goods, is_taken);
    ROWS(bads, is_refused_with_its_line);
    ROWS(longs, is_bounded);
    ROWS(orders, pages_are_put_in_order);
    return cmocka_run_group_tests_name("sidecar", tests, NULL, NULL);
}
