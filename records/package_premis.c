/* records/package_premis.c - PREMIS.xml: what there is, what was done with it, and by whom (PREMIS
 * 3). */
#include <inttypes.h>
#include <stdio.h>

#include "records/package_xml.h"
#include "records/xml_writer.h"

#define LOCATION_MAX 256

struct xml_writer *premis_begin(const char *schemas, struct err *err)
{
    struct xml_writer *writer = xml_writer_new(err);
    char location[LOCATION_MAX];
    if (!writer)
        return NULL;
    (void)snprintf(location, sizeof location, "http://www.loc.gov/premis/v3 %s/premis.xsd",
                   schemas);
    xml_open(writer, "premis");
    xml_attribute(writer, "xmlns", "http://www.loc.gov/premis/v3");
    xml_attribute(writer, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    xml_attribute(writer, "xsi:schemaLocation", location);
    xml_attribute(writer, "version", "3.0");
    return writer;
}

/* <whatIdentifier> with its type and value. */
static void put_identifier(struct xml_writer *writer, const char *what, const char *type,
                           const char *value)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%sIdentifier", what);
    xml_open(writer, name);
    (void)snprintf(name, sizeof name, "%sIdentifierType", what);
    xml_leaf(writer, name, type);
    (void)snprintf(name, sizeof name, "%sIdentifierValue", what);
    xml_leaf(writer, name, value);
    xml_close(writer);
}

static void put_format(struct xml_writer *writer, const struct package_object *object)
{
    xml_open(writer, "format");
    xml_open(writer, "formatDesignation");
    xml_leaf(writer, "formatName", object->format);
    xml_leaf(writer, "formatVersion", object->format_version);
    xml_close(writer);
    if (object->format_key) {
        xml_open(writer, "formatRegistry");
        xml_leaf(writer, "formatRegistryName", "PRONOM");
        xml_leaf(writer, "formatRegistryKey", object->format_key);
        xml_close(writer);
    }
    xml_close(writer);
}

static void put_characteristics(struct xml_writer *writer, const struct package_object *object)
{
    char hex[DIGEST_HEX_LEN + 1], size[32];
    (void)snprintf(size, sizeof size, "%" PRIu64, object->bytes);
    xml_open(writer, "objectCharacteristics");
    xml_leaf(writer, "compositionLevel", "0");
    xml_open(writer, "fixity");
    xml_leaf(writer, "messageDigestAlgorithm", "SHA-256");
    xml_leaf(writer, "messageDigest", digest_hex(&object->digest, hex));
    xml_close(writer);
    xml_leaf(writer, "size", size);
    put_format(writer, object);
    xml_close(writer);
}

static void open_relationship(struct xml_writer *writer, const char *type, const char *subtype)
{
    xml_open(writer, "relationship");
    xml_leaf(writer, "relationshipType", type);
    xml_leaf(writer, "relationshipSubType", subtype);
}

void premis_object(struct xml_writer *writer, const struct package_object *object)
{
    static const char *const kinds[] = {[OBJECT_ENTITY] = "intellectualEntity",
                                        [OBJECT_REPRESENTATION] = "representation",
                                        [OBJECT_FILE] = "file"};
    const bool is_file = object->kind == OBJECT_FILE;
    xml_open(writer, "object");
    xml_attribute(writer, "xsi:type", kinds[object->kind]);
    put_identifier(writer, "object", "LOCAL", object->id);
    if (object->name)
        put_identifier(writer, "object", object->name_type, object->name);
    if (is_file) {
        put_characteristics(writer, object);
        xml_leaf(writer, "originalName", object->original);
    }
    if (object->whole) {
        open_relationship(writer, "structural", is_file ? "is part of" : "represents");
        put_identifier(writer, "relatedObject", "LOCAL", object->whole);
        xml_close(writer);
    }
    if (object->source_len > 0) {
        open_relationship(writer, "derivation", "has source");
        for (size_t i = 0; i < object->source_len; i++)
            put_identifier(writer, "relatedObject", object->source_type, object->sources[i]);
        xml_close(writer);
    }
    xml_close(writer);
}

void premis_event(struct xml_writer *writer, const struct package_event *event)
{
    xml_open(writer, "event");
    put_identifier(writer, "event", "LOCAL", event->id);
    xml_leaf(writer, "eventType", event->type);
    xml_leaf(writer, "eventDateTime", event->at);
    if (event->detail && *event->detail) {
        xml_open(writer, "eventDetailInformation");
        xml_leaf(writer, "eventDetail", event->detail);
        xml_close(writer);
    }
    xml_open(writer, "eventOutcomeInformation");
    xml_leaf(writer, "eventOutcome", event->outcome);
    if (event->note && *event->note) {
        xml_open(writer, "eventOutcomeDetail");
        xml_leaf(writer, "eventOutcomeDetailNote", event->note);
        xml_close(writer);
    }
    xml_close(writer);
    if (event->agent)
        put_identifier(writer, "linkingAgent", "LOCAL", event->agent);
    if (event->object)
        put_identifier(writer, "linkingObject", "LOCAL", event->object);
    xml_close(writer);
}

void premis_agent(struct xml_writer *writer, const struct package_agent *agent)
{
    xml_open(writer, "agent");
    put_identifier(writer, "agent", "LOCAL", agent->id);
    xml_leaf(writer, "agentName", agent->name);
    xml_leaf(writer, "agentType", agent->type);
    xml_leaf(writer, "agentVersion", agent->version);
    xml_close(writer);
}
