/* ocr/alto.c - ALTO 4.4: the text of a page written for the next decades, and read back.
 *
 * The writer keeps to what alto-4-4.xsd asks for and leaves out what it allows: a page of 400 words
 * is 40 kB, and every page of the archive pays for every letter here. Only blocks have an ID (they
 * must). Coordinates are written as they are, also the negative ones that rounding can give: the
 * schema's type is float. A line without words holds one String of no CONTENT, since the schema
 * wants a String in every line. No number passes through printf's %f: it follows the locale.
 *
 * The reader is for our own files, so it is stricter than the schema: one parent for each element,
 * nothing unknown, and no "<!" at all, which is where DTDs, entities and comments begin. */
#include "ocr/alto.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlreader.h>

#include "base/text.h"

#define ALTO_NAMESPACE   "http://www.loc.gov/standards/alto/ns-v4#"
#define XML_HEAD         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define LANGUAGE_LEN_MAX 8 /* letters of one subtag of xsd:language */
#define PERCENT          100
#define ROTATION_DEG_MAX 360.0f

static int put_text(struct bytes *out, const char *text, struct err *err)
{
    return bytes_append(out, span_of_text(text), err);
}

/* A name from outside, inside an element: file names are any bytes. */
static int put_element(struct bytes *out, const char *element, const char *content, size_t len,
                       struct err *err)
{
    CLEANUP(bytes_done) struct bytes shown = {0};
    if (text_display(span_of(content, len), &shown, err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    if (bytes_printf(out, err, "<%s>", element) < 0 || text_xml(bytes_span(&shown), out, err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    return bytes_printf(out, err, "</%s>", element);
}

/* "tesseract 5.3.0": the name up to the last blank, the version after it. */
static int put_engine(struct bytes *out, const char *engine, struct err *err)
{
    const char *blank = strrchr(engine, ' ');
    size_t name_len = blank ? (size_t)(blank - engine) : strlen(engine);
    if (put_text(out, "<processingSoftware>", err) < 0 ||
        put_element(out, "softwareName", engine, name_len, err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    if (blank && put_element(out, "softwareVersion", blank + 1, strlen(blank + 1), err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    return put_text(out, "</processingSoftware>", err);
}

static int put_description(struct bytes *out, const struct alto_page *page, struct err *err)
{
    int rc = put_text(out, "<Description><MeasurementUnit>pixel</MeasurementUnit>", err);
    if (rc == 0 && page->source_name) {
        rc = put_text(out, "<sourceImageInformation>", err);
        if (rc == 0)
            rc = put_element(out, "fileName", page->source_name, strlen(page->source_name), err);
        if (rc == 0)
            rc = put_text(out, "</sourceImageInformation>", err);
    }
    if (rc == 0)
        rc = put_text(out, "<OCRProcessing ID=\"O\"><ocrProcessingStep>", err);
    if (rc == 0 && page->language)
        rc =
            put_element(out, "processingStepSettings", page->language, strlen(page->language), err);
    if (rc == 0 && page->engine)
        rc = put_engine(out, page->engine, err);
    if (rc == 0)
        rc = put_text(out, "</ocrProcessingStep></OCRProcessing></Description>\n", err);
    return rc;
}

/* LANG takes one language, in letters; Tesseract's "vie+eng" or "chi_sim" become the first part.
 * The whole is in processingStepSettings. */
static int put_language(struct bytes *out, const char *language, struct err *err)
{
    size_t len = 0;
    while (language && ((language[len] >= 'a' && language[len] <= 'z') ||
                        (language[len] >= 'A' && language[len] <= 'Z')))
        len++;
    if (len == 0 || len > LANGUAGE_LEN_MAX)
        return 0;
    return bytes_printf(out, err, " LANG=\"%.*s\"", (int)len, language);
}

static int put_box(struct bytes *out, const struct text_box *box, struct err *err)
{
    return bytes_printf(out, err, " HPOS=\"%d\" VPOS=\"%d\" WIDTH=\"%d\" HEIGHT=\"%d\"", box->x,
                        box->y, box->w, box->h);
}

/* What belongs to the letters stands by them, the place behind it: a word that comes again is then
 * one match for a compressor, size and all. */
static int put_word(struct bytes *out, const struct page_text *text, const struct text_word *word,
                    struct err *err)
{
    long percent = lroundf(word->confidence);
    if (put_text(out, "<String CONTENT=\"", err) < 0 ||
        text_xml(page_text_chars(text, word), out, err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    return bytes_printf(
        out, err, "\" WC=\"%ld.%02ld\" WIDTH=\"%d\" HEIGHT=\"%d\" VPOS=\"%d\" HPOS=\"%d\"/>",
        percent / PERCENT, percent % PERCENT, word->box.w, word->box.h, word->box.y, word->box.x);
}

static int put_line(struct bytes *out, const struct page_text *text, const struct text_line *line,
                    struct err *err)
{
    if (put_text(out, "<TextLine", err) < 0 || put_box(out, &line->box, err) < 0 ||
        put_text(out, line->word_len ? ">" : "><String CONTENT=\"\"/>", err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    for (size_t i = 0; i < line->word_len; i++) {
        if (i > 0 && put_text(out, "<SP/>", err) < 0)
            return -1; /* UNTESTED: needs the allocator to fail */
        if (put_word(out, text, &text->words[line->word_first + i], err) < 0)
            return -1; /* UNTESTED: needs the allocator to fail */
    }
    return put_text(out, "</TextLine>\n", err);
}

/* The angle in hundredths of a degree; 0 for what is no angle. */
static int rotation_of(float skew_deg)
{
    return fabsf(skew_deg) <= ROTATION_DEG_MAX ? (int)lroundf(skew_deg * 100.0f) : 0;
}

static int put_block(struct bytes *out, const struct page_text *text, size_t index, int rotation,
                     struct err *err)
{
    const struct text_block *block = &text->blocks[index];
    if (bytes_printf(out, err, "<TextBlock ID=\"B%zu\"", index) < 0 ||
        put_box(out, &block->box, err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    if (rotation != 0 && bytes_printf(out, err, " ROTATION=\"%s%d.%02d\"", rotation < 0 ? "-" : "",
                                      abs(rotation) / 100, abs(rotation) % 100) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    if (put_text(out, ">\n", err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    for (size_t i = 0; i < block->line_len; i++)
        if (put_line(out, text, &text->lines[block->line_first + i], err) < 0)
            return -1; /* UNTESTED: needs the allocator to fail */
    return put_text(out, "</TextBlock>\n", err);
}

int alto_write(const struct page_text *text, const struct alto_page *page, struct bytes *out,
               struct err *err)
{
    size_t start = out->len;
    if (put_text(out, XML_HEAD "<alto xmlns=\"" ALTO_NAMESPACE "\" SCHEMAVERSION=\"4.4\">\n", err) <
            0 ||
        put_description(out, page, err) < 0 ||
        bytes_printf(out, err,
                     "<Layout><Page ID=\"P\" PHYSICAL_IMG_NR=\"1\" WIDTH=\"%u\" HEIGHT=\"%u\"",
                     page->width_px, page->height_px) < 0 ||
        put_language(out, page->language, err) < 0 ||
        bytes_printf(out, err, "><PrintSpace HPOS=\"0\" VPOS=\"0\" WIDTH=\"%u\" HEIGHT=\"%u\">\n",
                     page->width_px, page->height_px) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    for (size_t i = 0; i < text->block_len; i++)
        if (put_block(out, text, i, rotation_of(page->skew_deg), err) < 0)
            return -1; /* UNTESTED: needs the allocator to fail */
    if (put_text(out, "</PrintSpace></Page></Layout></alto>\n", err) < 0)
        return -1; /* UNTESTED: needs the allocator to fail */
    if (out->len - start > ALTO_MAX_BYTES) {
        size_t len = out->len - start;
        out->len = start;
        return err_input(err, REASON_TOO_MUCH_TEXT, "ALTO of %zu bytes", len);
    }
    return 0;
}

/* --- reading --- */

enum element {
    NOWHERE,
    ALTO,
    DESCRIPTION,
    UNIT,
    SOURCE,
    FILE_NAME,
    PROCESSING,
    STEP,
    SETTINGS,
    SOFTWARE,
    SOFTWARE_NAME,
    SOFTWARE_VERSION,
    LAYOUT,
    PAGE,
    PRINT_SPACE,
    BLOCK,
    LINE,
    STRING,
    SP,
};

/* Every element has one parent, so where we are needs no stack: depth is bounded by this table. */
static const struct element_row {
    const char *name;
    enum element parent;
    bool once;     /* in a document */
    bool has_text; /* letters may stand inside */
} element_rows[] = {
    [ALTO] = {"alto", NOWHERE, true, false},
    [DESCRIPTION] = {"Description", ALTO, true, false},
    [UNIT] = {"MeasurementUnit", DESCRIPTION, true, true},
    [SOURCE] = {"sourceImageInformation", DESCRIPTION, true, false},
    [FILE_NAME] = {"fileName", SOURCE, true, true},
    [PROCESSING] = {"OCRProcessing", DESCRIPTION, true, false},
    [STEP] = {"ocrProcessingStep", PROCESSING, true, false},
    [SETTINGS] = {"processingStepSettings", STEP, true, true},
    [SOFTWARE] = {"processingSoftware", STEP, true, false},
    [SOFTWARE_NAME] = {"softwareName", SOFTWARE, true, true},
    [SOFTWARE_VERSION] = {"softwareVersion", SOFTWARE, true, true},
    [LAYOUT] = {"Layout", ALTO, true, false},
    [PAGE] = {"Page", LAYOUT, true, false},
    [PRINT_SPACE] = {"PrintSpace", PAGE, true, false},
    [BLOCK] = {"TextBlock", PRINT_SPACE, false, false},
    [LINE] = {"TextLine", BLOCK, false, false},
    [STRING] = {"String", LINE, false, false},
    [SP] = {"SP", LINE, false, false},
};

struct parse {
    xmlTextReader *xml;
    struct page_text text;
    enum element in;
    bool seen[ARRAY_LEN(element_rows)];
    uint32_t line_parts;  /* String, SP, String ...: odd when a line may end */
    bool line_empty;      /* its one String has no CONTENT */
    struct bytes content; /* of the String at hand: libxml2 keeps it for one call only */
};

static void parse_done(struct parse *parse)
{
    if (parse->xml)
        xmlFreeTextReader(parse->xml);
    page_text_done(&parse->text);
    bytes_done(&parse->content);
}

static int odd(const struct parse *parse, const char *what, struct err *err)
{
    int line = parse->xml ? xmlTextReaderGetParserLineNumber(parse->xml) : 0;
    return err_set(err, ERR_CORRUPT, "ALTO line %d: %s", line, what);
}

static bool parse_int(const char *text, int32_t *ret)
{
    bool negative = *text == '-';
    const char *digit = text + negative;
    int64_t v = 0;
    if (!*digit)
        return false;
    for (; *digit; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        v = v * 10 + (*digit - '0');
        if (v > INT32_MAX)
            return false;
    }
    *ret = (int32_t)(negative ? -v : v);
    return true;
}

/* "0.00" to "1.00", as written. */
static bool parse_wc(const char *text, float *ret)
{
    if (strlen(text) != 4 || (text[0] != '0' && text[0] != '1') || text[1] != '.' ||
        text[2] < '0' || text[2] > '9' || text[3] < '0' || text[3] > '9')
        return false;
    int percent = (text[0] - '0') * PERCENT + (text[2] - '0') * 10 + (text[3] - '0');
    if (percent > PERCENT)
        return false;
    *ret = (float)percent;
    return true;
}

struct attributes {
    struct text_box box;
    uint32_t box_seen; /* one bit for each of the four */
    float confidence;
    bool has_confidence, has_content;
};

#define BOX_SEEN 15u

/* Takes the attribute that the parser stands on, if boxes and words have it. */
static bool take_attribute(struct parse *parse, struct attributes *found, struct err *err)
{
    const char *name = (const char *)xmlTextReaderConstName(parse->xml);
    const char *value = (const char *)xmlTextReaderConstValue(parse->xml);
    const struct {
        const char *name;
        int32_t *to;
    } sides[] = {{"HPOS", &found->box.x},
                 {"VPOS", &found->box.y},
                 {"WIDTH", &found->box.w},
                 {"HEIGHT", &found->box.h}};

    for (size_t i = 0; i < ARRAY_LEN(sides); i++)
        if (strcmp(name, sides[i].name) == 0) {
            found->box_seen |= 1u << i;
            return parse_int(value, sides[i].to);
        }
    if (parse->in == BLOCK)
        return strcmp(name, "ID") == 0 || strcmp(name, "ROTATION") == 0;
    if (parse->in != STRING)
        return false;
    if (strcmp(name, "WC") == 0) {
        found->has_confidence = true;
        return parse_wc(value, &found->confidence);
    }
    if (strcmp(name, "CONTENT") != 0)
        return false;
    found->has_content = true;
    parse->content.len = 0;
    return bytes_append(&parse->content, span_of_text(value), err) == 0;
}

static int take_attributes(struct parse *parse, struct attributes *found, struct err *err)
{
    int more;
    while ((more = xmlTextReaderMoveToNextAttribute(parse->xml)) == 1)
        if (!take_attribute(parse, found, err))
            return odd(parse, "an attribute that is not ours", err);
    if (more < 0)
        return odd(parse, "attributes cannot be read", err);
    /* A failure leaves the parser on an attribute, and nobody reads on. */
    return xmlTextReaderMoveToElement(parse->xml) < 0 ? odd(parse, "no element", err) : 0;
}

/* Building says ERR_INPUT of what does not fit; in a stored text that is damage. */
static int built(const struct parse *parse, int rc, struct err *err)
{
    if (rc < 0 && err->kind == ERR_INPUT)
        return odd(parse, "a box or word out of range", err);
    return rc;
}

static int take_string(struct parse *parse, const struct attributes *found, struct err *err)
{
    if (parse->line_parts++ % 2 != 0 || parse->line_empty || !found->has_content)
        return odd(parse, "a String out of place", err);
    if (parse->content.len == 0) {
        parse->line_empty = true;
        return parse->line_parts == 1 ? 0 : odd(parse, "a word of no letters", err);
    }
    if (found->box_seen != BOX_SEEN || !found->has_confidence)
        return odd(parse, "a String without box or WC", err);
    size_t before = parse->text.chars.len;
    if (built(parse,
              page_text_word(&parse->text, found->box, found->confidence,
                             bytes_span(&parse->content), err),
              err) < 0)
        return -1;
    if (parse->text.chars.len - before != parse->content.len ||
        memcmp(parse->text.chars.data + before, parse->content.data, parse->content.len) != 0)
        return odd(parse, "a word is not in its normal form", err);
    return 0;
}

static int take_part(struct parse *parse, struct err *err)
{
    struct attributes found = {0};
    if (parse->in == SP) {
        if (parse->line_parts++ % 2 == 0 || parse->line_empty)
            return odd(parse, "an SP out of place", err);
        return 0;
    }
    if (take_attributes(parse, &found, err) < 0)
        return -1;
    if (parse->in == STRING)
        return take_string(parse, &found, err);
    if (found.box_seen != BOX_SEEN)
        return odd(parse, "no box", err);
    parse->line_parts = 0;
    parse->line_empty = false;
    return built(parse,
                 parse->in == BLOCK ? page_text_block(&parse->text, found.box, err)
                                    : page_text_line(&parse->text, found.box, err),
                 err);
}

static enum element element_named(const char *name, enum element parent)
{
    for (size_t i = ALTO; i < ARRAY_LEN(element_rows); i++)
        if (element_rows[i].parent == parent && strcmp(element_rows[i].name, name) == 0)
            return (enum element)i;
    return NOWHERE;
}

static int leave(struct parse *parse, struct err *err)
{
    if (parse->in == LINE && parse->line_parts % 2 == 0)
        return odd(parse, "a line ends without a String", err);
    parse->in = element_rows[parse->in].parent;
    return 0;
}

static int enter(struct parse *parse, struct err *err)
{
    bool empty = xmlTextReaderIsEmptyElement(parse->xml) == 1;
    const char *space = (const char *)xmlTextReaderConstNamespaceUri(parse->xml);
    enum element element =
        element_named((const char *)xmlTextReaderConstName(parse->xml), parse->in);
    if (element == NOWHERE || !space || strcmp(space, ALTO_NAMESPACE) != 0)
        return odd(parse, "an element that is not ours", err);
    if (element_rows[element].once && parse->seen[element])
        return odd(parse, "an element twice", err);
    parse->seen[element] = true;
    parse->in = element;
    if (element >= BLOCK && take_part(parse, err) < 0)
        return -1;
    return empty ? leave(parse, err) : 0;
}

static int take_letters(struct parse *parse, struct err *err)
{
    if (!element_rows[parse->in].has_text)
        return odd(parse, "letters between elements", err);
    const char *value = (const char *)xmlTextReaderConstValue(parse->xml);
    if (parse->in == UNIT && strcmp(value, "pixel") != 0)
        return odd(parse, "a unit other than pixel", err);
    return 0;
}

static int take_node(struct parse *parse, struct err *err)
{
    switch (xmlTextReaderNodeType(parse->xml)) {
    case XML_READER_TYPE_ELEMENT:
        return enter(parse, err);
    case XML_READER_TYPE_END_ELEMENT:
        return leave(parse, err);
    case XML_READER_TYPE_TEXT:
        return take_letters(parse, err);
    case XML_READER_TYPE_WHITESPACE:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        return 0;
    default: /* an int of libxml2: whatever else there is, we do not write it */
        return odd(parse, "a node that is not ours", err);
    }
}

/* Entities, DTDs, comments and CDATA all begin with "<!", which we never write. To look first means
 * that the parser's code for them never runs on a stored text. */
static bool has_declaration(struct span alto)
{
    return memmem(alto.data, alto.len, "<!", 2) != NULL;
}

static bool has_our_head(struct span alto)
{
    return alto.len > strlen(XML_HEAD) && memcmp(alto.data, XML_HEAD, strlen(XML_HEAD)) == 0;
}

static int parse_all(struct parse *parse, struct err *err)
{
    int more;
    while ((more = xmlTextReaderRead(parse->xml)) == 1)
        if (take_node(parse, err) < 0)
            return -1;
    if (more < 0)
        return odd(parse, "not well-formed", err);
    if (!parse->seen[UNIT] || !parse->seen[PRINT_SPACE])
        return odd(parse, "no page", err);
    return 0;
}

int alto_read(struct span alto, struct page_text *ret_text, struct err *err)
{
    CLEANUP(parse_done) struct parse parse = {0};
    if (alto.len > ALTO_MAX_BYTES)
        return err_set(err, ERR_CORRUPT, "ALTO of %zu bytes", alto.len);
    if (!has_our_head(alto) || has_declaration(alto))
        return err_set(err, ERR_CORRUPT, "not an ALTO document of ours");
    parse.xml = xmlReaderForMemory((const char *)alto.data, (int)alto.len, NULL, "UTF-8",
                                   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!parse.xml)
        /* UNTESTED: needs the allocator to fail */
        return err_set(err, ERR_SYSTEM, "no memory for an XML parser");
    if (parse_all(&parse, err) < 0)
        return -1;
    *ret_text = parse.text;
    parse.text = (struct page_text){0};
    return 0;
}
