/* records/xml_writer.c - writes XML of any text, by libxml2's writer. */
#include "records/xml_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

struct xml_writer {
    xmlBuffer *buffer;
    xmlTextWriter *writer;
    bool failed;
};

void xml_writer_freep(struct xml_writer **writer)
{
    if (!*writer)
        return;
    if ((*writer)->writer)
        xmlFreeTextWriter((*writer)->writer);
    if ((*writer)->buffer)
        xmlBufferFree((*writer)->buffer);
    free(*writer);
    *writer = NULL;
}

struct xml_writer *xml_writer_new(struct err *err)
{
    CLEANUP(xml_writer_freep) struct xml_writer *writer = calloc(1, sizeof *writer);
    if (writer)
        writer->buffer = xmlBufferCreate();
    if (writer && writer->buffer)
        writer->writer = xmlNewTextWriterMemory(writer->buffer, 0);
    if (!writer || !writer->writer ||
        xmlTextWriterStartDocument(writer->writer, "1.0", "UTF-8", NULL) < 0 ||
        xmlTextWriterSetIndent(writer->writer, 1) < 0) { /* UNTESTED: no memory */
        errno = ENOMEM;
        err_sys(err, "write XML");
        return NULL;
    }
    return TAKE(writer);
}

static void check(struct xml_writer *writer, int rc)
{
    writer->failed |= rc < 0;
}

/* The characters of XML 1.0, section 2.2, less the control characters it advises against. */
static bool is_allowed(uint32_t letter)
{
    if (letter < 0x20)
        return letter == '\t' || letter == '\n' || letter == '\r';
    return !(letter >= 0x7F && letter <= 0x9F) && letter != 0xFFFE && letter != 0xFFFF;
}

/* What is put for a value; NULL without memory. The caller frees it. */
static char *carried(const char *value)
{
    CLEANUP(bytes_done) struct bytes shown = {0}, out = {0};
    struct err err = {0};
    struct span text = span_of_text(value);
    if (!text_valid(text)) {
        if (text_display(text, &shown, &err) < 0)
            return NULL; /* UNTESTED: no memory */
        text = bytes_span(&shown);
    }
    for (size_t at = 0, len = 0; at < text.len; at += len) {
        const bool allowed = is_allowed(text_letter(text, at, &len));
        const struct span put =
            allowed ? span_of(text.data + at, len) : span_of_text("\xEF\xBF\xBD");
        if (bytes_append(&out, put, &err) < 0)
            return NULL; /* UNTESTED: no memory */
    }
    return bytes_take_text(&out, &err);
}

void xml_open(struct xml_writer *writer, const char *name)
{
    check(writer, xmlTextWriterStartElement(writer->writer, BAD_CAST name));
}

void xml_attribute(struct xml_writer *writer, const char *name, const char *value)
{
    char *text = value ? carried(value) : NULL;
    if (text)
        check(writer, xmlTextWriterWriteAttribute(writer->writer, BAD_CAST name, BAD_CAST text));
    else if (value)
        writer->failed = true; /* UNTESTED: no memory */
    free(text);
}

void xml_number(struct xml_writer *writer, const char *name, uint64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    xml_attribute(writer, name, text);
}

void xml_text(struct xml_writer *writer, const char *value)
{
    char *text = value ? carried(value) : NULL;
    if (text)
        check(writer, xmlTextWriterWriteString(writer->writer, BAD_CAST text));
    else if (value)
        writer->failed = true; /* UNTESTED: no memory */
    free(text);
}

void xml_close(struct xml_writer *writer)
{
    check(writer, xmlTextWriterEndElement(writer->writer));
}

void xml_leaf(struct xml_writer *writer, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    xml_open(writer, name);
    xml_text(writer, text);
    xml_close(writer);
}

int xml_writer_finish(struct xml_writer *writer, struct bytes *out, struct err *err)
{
    check(writer, xmlTextWriterEndDocument(writer->writer));
    check(writer, xmlTextWriterFlush(writer->writer));
    if (writer->failed) { /* UNTESTED: no memory */
        errno = ENOMEM;
        return err_sys(err, "write XML");
    }
    return bytes_append(
        out, span_of(xmlBufferContent(writer->buffer), (size_t)xmlBufferLength(writer->buffer)),
        err);
}
