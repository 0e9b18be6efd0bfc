/* records/package_ead.c - EAD.xml: what a dossier or a paper of it is about. */
#include <stdio.h>

#include "records/package_xml.h"
#include "records/xml_writer.h"

#define LOCATION_MAX 256

int package_ead(const char *root, const char *schemas, const struct package_value *values,
                size_t len, struct bytes *out, struct err *err)
{
    CLEANUP(xml_writer_freep) struct xml_writer *writer = xml_writer_new(err);
    char location[LOCATION_MAX];
    if (!writer)
        return -1;
    (void)snprintf(location, sizeof location, "%s/ead.xsd", schemas);
    xml_open(writer, root);
    xml_attribute(writer, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    xml_attribute(writer, "xsi:noNamespaceSchemaLocation", location);
    for (size_t i = 0; i < len; i++)
        xml_leaf(writer, values[i].name, values[i].value);
    xml_close(writer);
    return xml_writer_finish(writer, out, err);
}
