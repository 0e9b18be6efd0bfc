/* app/package.c - a dossier as a package for an archive, in a bag. */
#include "app/package_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/export.h"
#include "base/fd.h"
#include "base/text.h"
#include "pipeline/small_file.h"
#include "records/dossier_code.h"
#include "records/index.h"

#define SCHEMA_BYTES_MAX (256 * KIB)
#define ORDINAL_DIGITS   7 /* domain: document = code of the file, 7-digit ordinal */

void listing_done(struct listing *listing)
{
    for (size_t i = 0; i < listing->len; i++) {
        free((void *)(uintptr_t)listing->files[i].id);
        free((void *)(uintptr_t)listing->files[i].path);
    }
    free(listing->files);
    free(listing->papers);
    *listing = (struct listing){.files = NULL};
}

static void building_done(struct building *building)
{
    listing_done(&building->pdfs);
    listing_done(&building->descriptions);
    listing_done(&building->originals);
    free(building->label);
}

const struct media_type *package_media_type(const char *format)
{
    static const struct media_type types[] = {
        {"tiff", "image/tiff", ".tif"},
        {"jpeg", "image/jpeg", ".jpg"},
        {"png", "image/png", ".png"},
        {"pdf", "application/pdf", ".pdf"},
        {"bmp", "image/bmp", ".bmp"},
        {"gif", "image/gif", ".gif"},
        {"webp", "image/webp", ".webp"},
        {"jp2", "image/jp2", ".jp2"},
        {"pnm", "image/x-portable-anymap", ".pnm"},
    };
    static const struct media_type unknown = {"", "application/octet-stream", ""};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(types[i].format, format) == 0)
            return &types[i];
    return &unknown;
}

bool package_code_plain(const char *code)
{
    return dossier_code_plain(code) && !strchr(code, '/') && code[0] != '.';
}

bool package_agency_plain(const char *name)
{
    const struct span text = span_of_text(name);
    return text.len > 0 && text_plain(text) && text_count(text) <= PACKAGE_AGENCY_CHARS;
}

int64_t package_newest_ns(const struct papers *papers, const struct happenings *happenings)
{
    const int64_t files_ns = papers->lookup.archived_ns;
    return files_ns > happenings->newest_ns ? files_ns : happenings->newest_ns;
}

/* --- what it is called --- */

static void hash_text(struct hasher *hasher, const char *text)
{
    hasher_add(hasher, span_of(text, strlen(text) + 1));
}

/* Of all that goes into it: another content is another package, the same one the same. */
static struct digest content_digest(const struct building *building)
{
    const struct papers *papers = building->papers;
    const struct happenings *happenings = building->happenings;
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    hash_text(hasher, "sohoa " SOHOA_VERSION);
    hash_text(hasher, building->about.type);
    hash_text(hasher, building->about.fonds);
    hash_text(hasher, building->about.agency);
    hash_text(hasher, building->wish->file_code);
    hash_text(hasher, building->created);
    hasher_add(hasher, span_of(papers->rules.b, DIGEST_BYTES));
    for (size_t i = 0; i < papers->len; i++)
        hasher_add(hasher, span_of(papers->items[i].id.b, DIGEST_BYTES));
    for (size_t i = 0; i < papers->lookup.page_len; i++) {
        const struct page_record *page = &papers->lookup.pages[i];
        char id[PAGE_ID_MAX];
        page_id_make(&page->source, page->index, id);
        hash_text(hasher, id);
        hasher_add(hasher, span_of(page->alto.b, DIGEST_BYTES));
    }
    for (size_t i = 0; i < happenings->len; i++)
        hasher_add(hasher, span_of(happenings->items[i].id.b, DIGEST_BYTES));
    return hasher_finish(hasher);
}

static int name_it(struct building *building, struct err *err)
{
    struct package_wish *wish = building->wish;
    const char *name = happenings_fact(building->happenings, FACT_PROCEDURE_NAME);
    char uuid[PACKAGE_UUID_MAX];
    struct digest digest;
    building->label = strdup(*name ? name : wish->file_code);
    if (!building->label)
        return err_sys(err, "name the package"); /* UNTESTED: no memory */
    building->about =
        (struct package_about){.type = wish->for_keeping ? "AIP" : "SIP",
                               .label = building->label,
                               .created = package_time(wish->time_ns, building->created),
                               .fonds = wish->fonds,
                               .agency = wish->agency};
    digest = content_digest(building);
    package_uuid(&digest, uuid);
    if (wish->for_keeping)
        (void)snprintf(wish->objid, sizeof wish->objid, "urn:%s:uuid:%s", wish->fonds, uuid);
    else
        (void)snprintf(wish->objid, sizeof wish->objid, "uuid-%s", uuid);
    (void)snprintf(building->folder, sizeof building->folder, "data/%s", building->wish->objid);
    for (char *c = building->folder; *c; c++)
        if (*c == ':')
            *c = '_';
    return 0;
}

/* --- files --- */

/* What is listed: a file that is in the bag. `inside` is its path from the METS.xml that lists it,
 * which is in `folder`. */
struct adding {
    struct building *building;
    struct listing *listing;
    const char *folder; /* below the package: "" or "representations/rep1/" */
    const char *prefix; /* of its ID; the number is added */
    const char *mime;
    size_t paper;
};

/* The name of a file of the package in the bag. */
static int name_in_bag(const struct building *building, const char *folder, const char *inside,
                       char ret_name[PACKAGE_PATH_MAX], struct err *err)
{
    int len = snprintf(ret_name, PACKAGE_PATH_MAX, "%s/%s%s", building->folder, folder, inside);
    if (len < 0 || len >= PACKAGE_PATH_MAX)
        return err_input(err, REASON_NONE, "the name is too long: '%s'", inside);
    return 0;
}

static int list_file(const struct adding *adding, const char *inside, struct err *err)
{
    struct listing *listing = adding->listing;
    char name[PACKAGE_PATH_MAX];
    char *id = NULL, *path = strdup(inside);
    struct package_file file = {.mime = adding->mime};
    struct package_file *files = realloc(listing->files, (listing->len + 1) * sizeof *files);
    if (files)
        listing->files = files;
    size_t *papers = realloc(listing->papers, (listing->len + 1) * sizeof *papers);
    if (papers)
        listing->papers = papers;
    if (!files || !papers || !path ||
        asprintf(&id, "%s-%zu", adding->prefix, listing->len + 1) < 0) {
        free(path);
        return err_sys(err, "list files"); /* UNTESTED: no memory */
    }
    file.id = id;
    file.path = path;
    papers[listing->len] = adding->paper;
    files[listing->len++] = file; /* owned from here on */
    if (name_in_bag(adding->building, adding->folder, inside, name, err) < 0)
        return -1; /* UNTESTED: what was added has a name that fits */
    return bag_measure(adding->building->bag, name, &files[listing->len - 1].digest,
                       &files[listing->len - 1].bytes, err);
}

static int add_file(const struct adding *adding, const char *inside, struct span data,
                    struct err *err)
{
    char name[PACKAGE_PATH_MAX];
    if (name_in_bag(adding->building, adding->folder, inside, name, err) < 0 ||
        bag_add(adding->building->bag, name, data, err) < 0)
        return -1;
    return list_file(adding, inside, err);
}

int package_pdf(struct bag *bag, struct reading *reading, const struct paper_pdf *pdf,
                struct err *err)
{
    const struct paper *paper = &pdf->papers->items[pdf->paper];
    const struct lookup lookup = {.pages = pdf->papers->lookup.pages + paper->first,
                                  .page_len = paper->len,
                                  .is_papers = true,
                                  .archived_ns = paper->archived_ns,
                                  .title = paper->title[0] ? paper->title : NULL};
    char hex[DIGEST_HEX_LEN + 1], path[PATH_BYTES_MAX];
    uint32_t left_out = 0;
    int len = snprintf(path, sizeof path, "%s/%s", bag->part, pdf->name);
    if (len < 0 || (size_t)len >= sizeof path)
        return err_input(err, REASON_NONE, "the name is too long: '%s'", pdf->name);
    /* so it is the file that `get DOCUMENT --as pdf` gives */
    const struct export export = {reading, &lookup, digest_hex(&paper->id, hex), path};
    if (export_pdf(&export, &left_out, err) < 0)
        return -1;
    return bag_note(bag, pdf->name, err);
}

static int add_papers(struct building *building, struct err *err)
{
    static const char folder[] = "representations/rep1/";
    const struct papers *papers = building->papers;
    char name[PACKAGE_PATH_MAX], inside[PACKAGE_PATH_MAX];
    struct adding pdf = {building, &building->pdfs, folder, "rep1-file", "application/pdf", 0};
    struct adding ead = {building, &building->descriptions, folder, "rep1-ead", "text/xml", 0};
    if (name_in_bag(building, folder, "data", name, err) < 0 ||
        bag_folder(building->bag, name, err) < 0)
        return -1;
    for (size_t i = 0; i < papers->len; i++) {
        CLEANUP(bytes_done) struct bytes description = {0};
        if (papers->items[i].failed == papers->items[i].len)
            continue;
        (void)snprintf(inside, sizeof inside, "data/%s.%0*zu.pdf", building->wish->file_code,
                       ORDINAL_DIGITS, i + 1);
        const struct paper_pdf wanted = {papers, i, name};
        pdf.paper = ead.paper = i;
        if (name_in_bag(building, folder, inside, name, err) < 0 ||
            package_pdf(building->bag, building->reading, &wanted, err) < 0 ||
            list_file(&pdf, inside, err) < 0 ||
            package_describe_paper(building, building->pdfs.len - 1, &description, err) < 0)
            return err_wrap(err, "paper %zu", i + 1);
        (void)snprintf(inside, sizeof inside, "metadata/descriptive/EAD_doc_%0*zu.xml",
                       ORDINAL_DIGITS, i + 1);
        if (add_file(&ead, inside, bytes_span(&description), err) < 0)
            return -1;
    }
    if (building->pdfs.len == 0)
        return err_input(err, REASON_NONE, "none of the pages could be read");
    return 0;
}

static int add_originals(struct building *building, struct err *err)
{
    const struct papers *papers = building->papers;
    char inside[PACKAGE_PATH_MAX], hex[DIGEST_HEX_LEN + 1];
    for (size_t i = 0; i < papers->original_len; i++) {
        const struct original *original = &papers->originals[i];
        const struct media_type *type = package_media_type(original->format);
        const struct adding adding = {building,    &building->originals, "representations/rep2/",
                                      "rep2-file", type->mime,           i};
        CLEANUP(bytes_done) struct bytes data = {0};
        (void)snprintf(inside, sizeof inside, "data/%s%s", digest_hex(&original->id, hex),
                       type->extension);
        if (index_read(building->reading->archive, building->reading->catalogue, &original->id,
                       &data, err) < 0 ||
            add_file(&adding, inside, bytes_span(&data), err) < 0)
            return err_wrap(err, "file %.16s", hex);
    }
    return 0;
}

static int add_schemas(struct building *building, struct listing *listing, struct err *err)
{
    static const char *const names[] = {"csip.xsd", "ead.xsd", "mets.xsd", "premis.xsd",
                                        "xlink.xsd"};
    const struct adding adding = {building, listing, "", "schema", "text/xml", 0};
    CLEANUP(fd_close)
    int dir = open(building->wish->schemas, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_sys(err, "open '%s'", building->wish->schemas);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(bytes_done) struct bytes schema = {0};
        char inside[PACKAGE_PATH_MAX];
        (void)snprintf(inside, sizeof inside, "schemas/%s", names[i]);
        if (small_file_read(dir, names[i], SCHEMA_BYTES_MAX, &schema, err) < 0)
            return err_wrap(err, "%s/%s", building->wish->schemas, names[i]);
        if (add_file(&adding, inside, bytes_span(&schema), err) < 0)
            return -1;
    }
    return 0;
}

/* --- METS.xml --- */

/* rep1 or rep2: its PREMIS.xml and METS.xml, which is listed. */
struct representation {
    const char *name;
    enum package_part part;
    const struct listing *files;
    const struct listing *descriptions; /* of each of them; NULL: there are none */
};

static int add_representation(struct building *building, const struct representation *rep,
                              struct listing *listing, struct err *err)
{
    CLEANUP(bytes_done) struct bytes premis = {0}, mets = {0};
    CLEANUP(listing_done) struct listing preservation = {.files = NULL};
    char folder[PACKAGE_PATH_MAX], prefix[32], id[32], inside[PACKAGE_PATH_MAX];
    (void)snprintf(folder, sizeof folder, "representations/%s/", rep->name);
    (void)snprintf(prefix, sizeof prefix, "%s-premis", rep->name);
    const struct adding of_premis = {building, &preservation, folder, prefix, "text/xml", 0};
    if (package_premis(building, rep->part, "../../../../schemas", &premis, err) < 0)
        return -1;
    (void)snprintf(inside, sizeof inside, "metadata/preservation/PREMIS_%s.xml", rep->name);
    if (add_file(&of_premis, inside, bytes_span(&premis), err) < 0)
        return -1;
    (void)snprintf(id, sizeof id, "%s-data", rep->name);
    (void)snprintf(prefix, sizeof prefix, "%s-", rep->name);
    const struct package_group data = {id, "Data", rep->files->files, rep->files->len};
    const struct package_mets about = {
        .about = &building->about,
        .id = rep->name,
        .prefix = prefix,
        .schemas = "../../schemas",
        .descriptive = rep->descriptions ? rep->descriptions->files : NULL,
        .descriptive_len = rep->descriptions ? rep->descriptions->len : 0,
        .preservation = preservation.files,
        .groups = &data,
        .group_len = 1,
        .linked = rep->descriptions != NULL};
    if (package_mets(&about, &mets, err) < 0)
        return -1;
    (void)snprintf(inside, sizeof inside, "representations/%s/METS.xml", rep->name);
    (void)snprintf(prefix, sizeof prefix, "%s-mets", rep->name);
    const struct adding of_mets = {building, listing, "", prefix, "text/xml", 0};
    return add_file(&of_mets, inside, bytes_span(&mets), err);
}

/* The METS.xml of all: it is listed nowhere but in the manifest. */
static int add_root(struct building *building, const struct listing *schemas,
                    const struct listing reps[2], struct err *err)
{
    CLEANUP(bytes_done) struct bytes ead = {0}, premis = {0}, mets = {0};
    CLEANUP(listing_done) struct listing metadata = {.files = NULL};
    char name[PACKAGE_PATH_MAX];
    const struct adding adding = {building, &metadata, "", "metadata", "text/xml", 0};
    const struct package_group groups[] = {
        {"schemas", "Schemas", schemas->files, schemas->len},
        {"rep1", "Representations/rep1", reps[0].files, reps[0].len},
        {"rep2", "Representations/rep2", reps[1].files, reps[1].len},
    };
    if (package_describe_dossier(building, &ead, err) < 0 ||
        add_file(&adding, "metadata/descriptive/EAD.xml", bytes_span(&ead), err) < 0 ||
        package_premis(building, PART_ALL, "../../schemas", &premis, err) < 0 ||
        add_file(&adding, "metadata/preservation/PREMIS.xml", bytes_span(&premis), err) < 0)
        return -1;
    const struct package_mets about = {.about = &building->about,
                                       .id = building->wish->objid,
                                       .prefix = "",
                                       .schemas = "schemas",
                                       .descriptive = &metadata.files[0],
                                       .descriptive_len = 1,
                                       .preservation = &metadata.files[1],
                                       .groups = groups,
                                       .group_len = reps[1].len > 0 ? 3 : 2};
    if (package_mets(&about, &mets, err) < 0 ||
        name_in_bag(building, "", "METS.xml", name, err) < 0)
        return -1;
    return bag_add(building->bag, name, bytes_span(&mets), err);
}

static void free_reps(struct listing (*reps)[2])
{
    listing_done(&(*reps)[0]);
    listing_done(&(*reps)[1]);
}

int package_fill(struct bag *bag, struct reading *reading, const struct papers *papers,
                 const struct happenings *happenings, struct package_wish *wish, struct err *err)
{
    CLEANUP(building_done)
    struct building building = {
        .bag = bag, .reading = reading, .papers = papers, .happenings = happenings, .wish = wish};
    CLEANUP(listing_done) struct listing schemas = {.files = NULL};
    CLEANUP(free_reps) struct listing reps[2] = {{.files = NULL}, {.files = NULL}};
    const struct representation rep1 = {"rep1", PART_PAPERS, &building.pdfs,
                                        &building.descriptions};
    const struct representation rep2 = {"rep2", PART_ORIGINALS, &building.originals, NULL};
    if (name_it(&building, err) < 0 || add_schemas(&building, &schemas, err) < 0 ||
        add_papers(&building, err) < 0 ||
        (wish->for_keeping && add_originals(&building, err) < 0) ||
        add_representation(&building, &rep1, &reps[0], err) < 0 ||
        (wish->for_keeping && add_representation(&building, &rep2, &reps[1], err) < 0))
        return -1;
    return add_root(&building, &schemas, reps, err);
}
