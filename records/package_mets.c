/* records/package_mets.c - METS.xml of a package or representation (E-ARK CSIP). */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "records/package_xml.h"
#include "records/xml_writer.h"

#define ID_MAX          96
#define LOCATION_MAX    256
#define EAST_SECONDS    25200 /* seven hours */
#define PROFILE         "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"
#define CONTENT_TYPE    "Textual works \xE2\x80\x93 Print" /* of the vocabulary: scanned paper */
#define REPRESENTATIONS "Representations/"

char *package_time(int64_t time_ns, char ret_text[PACKAGE_TIME_MAX])
{
    time_t seconds = (time_t)(time_ns / 1000000000) + EAST_SECONDS;
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) ||
        strftime(ret_text, PACKAGE_TIME_MAX, "%Y-%m-%dT%H:%M:%S+07:00", &tm) == 0)
        ret_text[0] = '\0'; /* UNTESTED: 64 bits of nanoseconds fit */
    return ret_text;
}

char *package_uuid(const struct digest *digest, char ret_text[PACKAGE_UUID_MAX])
{
    const uint8_t *b = digest->b;
    (void)snprintf(ret_text, PACKAGE_UUID_MAX,
                   "%02X%02X%02X%02X-%02X%02X-8%01X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6] & 0x0FU, b[7], (b[8] & 0x3FU) | 0x80U, b[9],
                   b[10], b[11], b[12], b[13], b[14], b[15]);
    return ret_text;
}

static const char *own_id(const struct package_mets *mets, const char *name, size_t n,
                          char ret_id[ID_MAX])
{
    (void)snprintf(ret_id, ID_MAX, "%s%s-%zu", mets->prefix, name, n + 1);
    return ret_id;
}

static bool is_representation(const struct package_group *group)
{
    return strncmp(group->use, REPRESENTATIONS, sizeof REPRESENTATIONS - 1) == 0;
}

static void put_agent(struct xml_writer *writer, const char *const attributes[][2], size_t len,
                      const char *name, const char *const note[2])
{
    xml_open(writer, "agent");
    for (size_t i = 0; i < len; i++)
        xml_attribute(writer, attributes[i][0], attributes[i][1]);
    xml_leaf(writer, "name", name);
    xml_open(writer, "note");
    xml_attribute(writer, "csip:NOTETYPE", note[0]);
    xml_text(writer, note[1]);
    xml_close(writer);
    xml_close(writer);
}

static void put_header(struct xml_writer *writer, const struct package_about *about)
{
    static const char *const software[][2] = {
        {"ROLE", "CREATOR"}, {"TYPE", "OTHER"}, {"OTHERTYPE", "SOFTWARE"}};
    static const char *const creator[][2] = {{"ROLE", "CREATOR"}, {"TYPE", "ORGANIZATION"}};
    static const char *const archivist[][2] = {{"ROLE", "ARCHIVIST"}, {"TYPE", "ORGANIZATION"}};
    static const char *const version[2] = {"SOFTWARE VERSION", SOHOA_VERSION};
    const char *const code[2] = {"IDENTIFICATIONCODE", about->fonds};
    xml_open(writer, "metsHdr");
    xml_attribute(writer, "CREATEDATE", about->created);
    xml_attribute(writer, "RECORDSTATUS", "NEW");
    xml_attribute(writer, "csip:OAISPACKAGETYPE", about->type);
    put_agent(writer, software, ARRAY_LEN(software), "sohoa", version);
    put_agent(writer, creator, ARRAY_LEN(creator), about->agency, code);
    put_agent(writer, archivist, ARRAY_LEN(archivist), about->agency, code);
    xml_close(writer);
}

static void put_link(struct xml_writer *writer, const char *path)
{
    xml_attribute(writer, "LOCTYPE", "URL");
    xml_attribute(writer, "xlink:type", "simple");
    xml_attribute(writer, "xlink:href", path);
}

static void put_fixity(struct xml_writer *writer, const struct package_mets *mets,
                       const struct package_file *file)
{
    char hex[DIGEST_HEX_LEN + 1];
    xml_attribute(writer, "MIMETYPE", file->mime);
    xml_number(writer, "SIZE", file->bytes);
    xml_attribute(writer, "CREATED", mets->about->created);
    xml_attribute(writer, "CHECKSUM", digest_hex(&file->digest, hex));
    xml_attribute(writer, "CHECKSUMTYPE", "SHA-256");
}

static void put_reference(struct xml_writer *writer, const struct package_mets *mets,
                          const struct package_file *file, const char *kind)
{
    xml_open(writer, "mdRef");
    xml_attribute(writer, "ID", file->id);
    put_link(writer, file->path);
    xml_attribute(writer, "MDTYPE", kind);
    put_fixity(writer, mets, file);
    xml_close(writer);
}

static void put_metadata(struct xml_writer *writer, const struct package_mets *mets)
{
    char id[ID_MAX];
    for (size_t i = 0; i < mets->descriptive_len; i++) {
        xml_open(writer, "dmdSec");
        xml_attribute(writer, "ID", own_id(mets, "dmd", i, id));
        xml_attribute(writer, "CREATED", mets->about->created);
        xml_attribute(writer, "STATUS", "CURRENT");
        put_reference(writer, mets, &mets->descriptive[i], "EAD");
        xml_close(writer);
    }
    xml_open(writer, "amdSec");
    xml_attribute(writer, "ID", own_id(mets, "amd", 0, id));
    xml_open(writer, "digiprovMD");
    xml_attribute(writer, "ID", own_id(mets, "digiprov", 0, id));
    xml_attribute(writer, "STATUS", "CURRENT");
    put_reference(writer, mets, mets->preservation, "PREMIS");
    xml_close(writer);
    xml_close(writer);
}

static void put_files(struct xml_writer *writer, const struct package_mets *mets)
{
    char id[ID_MAX];
    xml_open(writer, "fileSec");
    xml_attribute(writer, "ID", own_id(mets, "files", 0, id));
    for (size_t i = 0; i < mets->group_len; i++) {
        const struct package_group *group = &mets->groups[i];
        xml_open(writer, "fileGrp");
        xml_attribute(writer, "ID", group->id);
        xml_attribute(writer, "USE", group->use);
        if (is_representation(group))
            xml_attribute(writer, "csip:CONTENTINFORMATIONTYPE", "MIXED");
        for (size_t n = 0; n < group->len; n++) {
            xml_open(writer, "file");
            xml_attribute(writer, "ID", group->files[n].id);
            put_fixity(writer, mets, &group->files[n]);
            xml_open(writer, "FLocat");
            put_link(writer, group->files[n].path);
            xml_close(writer);
            xml_close(writer);
        }
        xml_close(writer);
    }
    xml_close(writer);
}

static void open_div(struct xml_writer *writer, const char *id, const char *label)
{
    xml_open(writer, "div");
    xml_attribute(writer, "ID", id);
    xml_attribute(writer, "LABEL", label);
}

static void put_pointer(struct xml_writer *writer, const char *id)
{
    xml_open(writer, "fptr");
    xml_attribute(writer, "FILEID", id);
    xml_close(writer);
}

/* All metadata of this METS.xml, by their sections. */
static void put_metadata_div(struct xml_writer *writer, const struct package_mets *mets)
{
    char id[ID_MAX];
    CLEANUP(bytes_done) struct bytes ids = {0};
    struct err err = {0};
    int rc = 0;
    for (size_t i = 0; i < mets->descriptive_len && rc == 0; i++)
        rc = bytes_printf(&ids, &err, "%s%s", i > 0 ? " " : "", own_id(mets, "dmd", i, id));
    if (rc == 0)
        rc = bytes_append(&ids, span_of("", 1), &err);
    open_div(writer, own_id(mets, "div-metadata", 0, id), "Metadata");
    xml_attribute(writer, "ADMID", own_id(mets, "amd", 0, id));
    if (rc == 0 && ids.len > 1)
        xml_attribute(writer, "DMDID", (const char *)ids.data);
    xml_close(writer);
}

static void put_group_div(struct xml_writer *writer, const struct package_mets *mets, size_t n)
{
    const struct package_group *group = &mets->groups[n];
    char id[ID_MAX];
    open_div(writer, own_id(mets, "div", n, id), group->use);
    if (is_representation(group)) {
        xml_open(writer, "mptr");
        put_link(writer, group->files[0].path);
        xml_attribute(writer, "xlink:title", group->id);
        xml_close(writer);
    } else
        put_pointer(writer, group->id);
    xml_close(writer);
}

/* Which description is about which file. */
static void put_links_div(struct xml_writer *writer, const struct package_mets *mets)
{
    const struct package_group *group = &mets->groups[0];
    char id[ID_MAX], uuid[PACKAGE_UUID_MAX];
    open_div(writer, own_id(mets, "div-links", 0, id), "MetadataLink");
    for (size_t i = 0; i < group->len; i++) {
        struct digest of_id = digest_of(span_of_text(group->files[i].id));
        for (size_t b = 0; b < DIGEST_BYTES; b++) /* the same paper twice has two */
            of_id.b[b] ^= group->files[i].digest.b[b];
        (void)snprintf(id, sizeof id, "uuid-%s", package_uuid(&of_id, uuid));
        open_div(writer, id, "MetadataLink/File");
        xml_attribute(writer, "DMDID", own_id(mets, "dmd", i, id));
        xml_attribute(writer, "ADMID", own_id(mets, "amd", 0, id));
        put_pointer(writer, group->files[i].id);
        xml_close(writer);
    }
    xml_close(writer);
}

static void put_structure(struct xml_writer *writer, const struct package_mets *mets)
{
    char id[ID_MAX];
    xml_open(writer, "structMap");
    xml_attribute(writer, "ID", own_id(mets, "structure", 0, id));
    xml_attribute(writer, "TYPE", "PHYSICAL");
    xml_attribute(writer, "LABEL", "CSIP");
    open_div(writer, own_id(mets, "div-package", 0, id), mets->id);
    put_metadata_div(writer, mets);
    for (size_t i = 0; i < mets->group_len; i++)
        put_group_div(writer, mets, i);
    if (mets->linked)
        put_links_div(writer, mets);
    xml_close(writer);
    xml_close(writer);
}

int package_mets(const struct package_mets *mets, struct bytes *out, struct err *err)
{
    CLEANUP(xml_writer_freep) struct xml_writer *writer = xml_writer_new(err);
    char location[LOCATION_MAX];
    if (!writer)
        return -1;
    (void)snprintf(location, sizeof location, "http://www.loc.gov/METS/ %s/mets.xsd",
                   mets->schemas);
    xml_open(writer, "mets");
    xml_attribute(writer, "xmlns", "http://www.loc.gov/METS/");
    xml_attribute(writer, "xmlns:xlink", "http://www.w3.org/1999/xlink");
    xml_attribute(writer, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    xml_attribute(writer, "xmlns:csip", "https://DILCIS.eu/XML/METS/CSIPExtensionMETS");
    xml_attribute(writer, "xsi:schemaLocation", location);
    xml_attribute(writer, "OBJID", mets->id);
    xml_attribute(writer, "LABEL", mets->about->label);
    xml_attribute(writer, "TYPE", CONTENT_TYPE);
    xml_attribute(writer, "PROFILE", PROFILE);
    xml_attribute(writer, "csip:CONTENTINFORMATIONTYPE", "MIXED");
    put_header(writer, mets->about);
    put_metadata(writer, mets);
    put_files(writer, mets);
    put_structure(writer, mets);
    xml_close(writer);
    return xml_writer_finish(writer, out, err);
}
