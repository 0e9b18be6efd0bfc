/* records/package_xml.h - the XML of an archival package: METS, EAD and PREMIS.
 *
 * docs/format-package.md says which element holds what and which rules are kept. Nothing here reads
 * an archive or makes a file: what to tell is given, as texts that may hold anything. The same
 * facts give the same bytes. */
#ifndef RECORDS_PACKAGE_XML_H
#define RECORDS_PACKAGE_XML_H

#include <stdbool.h>

#include "base/digest.h"

#define PACKAGE_TIME_MAX 32 /* bytes with NUL */
#define PACKAGE_UUID_MAX 37

/* "2026-04-28T09:30:00+07:00", the time of Vietnam, which has no summer time. Returns ret_text. */
char *package_time(int64_t time_ns, char ret_text[PACKAGE_TIME_MAX]);
/* A UUID (RFC 9562, version 8) that stands for the bytes with this digest. Returns ret_text. */
char *package_uuid(const struct digest *digest, char ret_text[PACKAGE_UUID_MAX]);

/* A file of the package. Everything is borrowed. */
struct package_file {
    const char *id;   /* unique in the package; a name of XML */
    const char *path; /* from the folder of the METS.xml that lists it; no escapes needed */
    const char *mime;
    uint64_t bytes;
    struct digest digest;
};

/* --- METS --- */

struct package_about {
    const char *type;    /* "AIP" "SIP" */
    const char *label;   /* what it is, for people */
    const char *created; /* package_time() */
    const char *fonds;   /* code of the fonds the dossier is of */
    const char *agency;  /* who hands it over */
};

struct package_group {
    const char *id;
    const char *use; /* "Schemas" "Data"; "Representations/...": its one file is a METS.xml */
    const struct package_file *files;
    size_t len;
};

/* The METS.xml of a package, or of one of its representations. */
struct package_mets {
    const struct package_about *about;
    const char *id;      /* of what it describes: OBJID */
    const char *prefix;  /* before the IDs made here: "", "rep1-" */
    const char *schemas; /* folder of the schemas, from here */
    const struct package_file *descriptive;
    size_t descriptive_len;
    const struct package_file *preservation;
    const struct package_group *groups;
    size_t group_len;
    bool linked; /* each descriptive file is about the file of its number in the first group */
};
MUST_USE int package_mets(const struct package_mets *mets, struct bytes *out, struct err *err);

/* --- EAD --- */

struct package_value {
    const char *name;
    const char *value; /* NULL, "": left out */
};
/* An element of this name ("ead", "eadDoc") with the values as elements, in this order. */
MUST_USE int package_ead(const char *root, const char *schemas, const struct package_value *values,
                         size_t len, struct bytes *out, struct err *err);

/* --- PREMIS: objects first, then events, then agents --- */

enum package_object_kind { OBJECT_ENTITY, OBJECT_REPRESENTATION, OBJECT_FILE };
struct package_object {
    enum package_object_kind kind;
    const char *id;   /* of a file: as in its METS.xml */
    const char *name; /* one more identifier, of this type; NULL: none */
    const char *name_type;
    const char *whole;       /* id of the object it is a part of (representation: that it shows) */
    const char *source_type; /* of the identifiers of what it was made from */
    const char *const *sources;
    size_t source_len;
    /* of a file: */
    uint64_t bytes;
    struct digest digest;
    const char *format, *format_version, *format_key; /* the key: of PRONOM; NULL: not known */
    const char *original; /* what it was called where it came from; NULL: nothing */
};
struct package_event {
    const char *id, *type, *at; /* at: package_time() */
    const char *detail, *outcome, *note;
    const char *agent, *object; /* their ids; NULL: none */
};
struct package_agent {
    const char *id, *name, *type; /* "software" "person" "organization" */
    const char *version;          /* NULL: none */
};

struct xml_writer;
MUST_USE struct xml_writer *premis_begin(const char *schemas, struct err *err);
void premis_object(struct xml_writer *writer, const struct package_object *object);
void premis_event(struct xml_writer *writer, const struct package_event *event);
void premis_agent(struct xml_writer *writer, const struct package_agent *agent);
/* The end is xml_writer_finish(). */

#endif
