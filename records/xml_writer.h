/* records/xml_writer.h - writes XML of any text: a document that is well-formed, whatever comes. */
#ifndef RECORDS_XML_WRITER_H
#define RECORDS_XML_WRITER_H

#include <stdint.h>

#include "base/bytes.h"

struct xml_writer; /* one thread at a time */

/* An indented UTF-8 document. What fails on the way is told by xml_writer_finish(). */
MUST_USE struct xml_writer *xml_writer_new(struct err *err);
void xml_writer_freep(struct xml_writer **writer); /* fits CLEANUP */

/* Names are ours: with a prefix that was declared by an attribute, or without. Attributes come
 * right behind xml_open(). Values may be any bytes: what is not UTF-8 is shown as text_display()
 * does, what XML 1.0 cannot carry becomes U+FFFD. NULL is nothing. */
void xml_open(struct xml_writer *writer, const char *name);
void xml_attribute(struct xml_writer *writer, const char *name, const char *value);
void xml_number(struct xml_writer *writer, const char *name, uint64_t value); /* an attribute */
void xml_text(struct xml_writer *writer, const char *text);
void xml_close(struct xml_writer *writer);
/* An element that holds a text alone; none when that is NULL or "". */
void xml_leaf(struct xml_writer *writer, const char *name, const char *text);

/* Closes what is open and appends the document. ERR_SYSTEM: no memory. */
MUST_USE int xml_writer_finish(struct xml_writer *writer, struct bytes *out, struct err *err);

#endif
