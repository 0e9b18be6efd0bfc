/* app/package_history.c - the PREMIS of a package: what is in it, where it came from, what happened
 * to it and to the dossier, and who did it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/package_impl.h"
#include "records/xml_writer.h"

#define NAME_MAX_BYTES            96
#define PDFA2B_KEY                "fmt/477" /* of PRONOM */
#define SOFTWARE_ID               "agent-1"
#define PAGES_OF(building, paper) ((building)->papers->lookup.pages + (paper)->first)

struct agent {
    const char *type;
    char *name; /* of an engine: with its version */
};

struct telling {
    const struct building *building;
    enum package_part part;
    struct xml_writer *writer;
    struct agent *agents; /* in the order they were first named; the first one is this program */
    size_t agent_len;
    size_t events;
    bool failed;
};

static void telling_done(struct telling *telling)
{
    for (size_t i = 0; i < telling->agent_len; i++)
        free(telling->agents[i].name);
    free(telling->agents);
    xml_writer_freep(&telling->writer);
}

/* The agent's id; made when it is new. */
static const char *agent_id(struct telling *telling, const char *type, const char *name,
                            char ret_id[NAME_MAX_BYTES])
{
    size_t at = 0;
    while (at < telling->agent_len && (strcmp(telling->agents[at].type, type) != 0 ||
                                       strcmp(telling->agents[at].name, name) != 0))
        at++;
    if (at == telling->agent_len) {
        char *copy = strdup(name);
        struct agent *agents = copy ? realloc(telling->agents, (at + 1) * sizeof *agents) : NULL;
        if (!agents) { /* UNTESTED: no memory */
            free(copy);
            telling->failed = true;
            return NULL;
        }
        agents[at] = (struct agent){type, copy};
        telling->agents = agents;
        telling->agent_len++;
    }
    (void)snprintf(ret_id, NAME_MAX_BYTES, "agent-%zu", at + 1);
    return ret_id;
}

static void put_event(struct telling *telling, struct package_event event)
{
    char id[NAME_MAX_BYTES];
    (void)snprintf(id, sizeof id, "event-%zu", ++telling->events);
    event.id = id;
    if (!event.outcome)
        event.outcome = "success";
    premis_event(telling->writer, &event);
}

/* --- objects --- */

static void put_pdf(struct telling *telling, size_t n)
{
    const struct building *building = telling->building;
    const struct package_file *file = &building->pdfs.files[n];
    const struct paper *paper = &building->papers->items[building->pdfs.papers[n]];
    const struct page_record *pages = PAGES_OF(building, paper);
    char(*hex)[DIGEST_HEX_LEN + 1] = calloc(paper->len, sizeof *hex);
    const char **sources = calloc(paper->len, sizeof *sources);
    size_t len = 0;
    telling->failed |= !hex || !sources;
    for (size_t i = 0; hex && sources && i < paper->len; i++) {
        if (i > 0 && digest_equal(&pages[i].source, &pages[i - 1].source))
            continue;
        sources[len] = digest_hex(&pages[i].source, hex[len]);
        len++;
    }
    premis_object(telling->writer, &(struct package_object){.kind = OBJECT_FILE,
                                                            .id = file->id,
                                                            .name_type = "LOCAL_FILENAME",
                                                            .name = strrchr(file->path, '/') + 1,
                                                            .whole = "rep1",
                                                            .source_type = "SHA-256",
                                                            .sources = sources,
                                                            .source_len = len,
                                                            .bytes = file->bytes,
                                                            .digest = file->digest,
                                                            .format = "application/pdf",
                                                            .format_version = "PDF/A-2b",
                                                            .format_key = PDFA2B_KEY});
    free(hex);
    free(sources);
}

static void put_original(struct telling *telling, size_t n)
{
    const struct building *building = telling->building;
    const struct package_file *file = &building->originals.files[n];
    const struct original *original = &building->papers->originals[building->originals.papers[n]];
    char hex[DIGEST_HEX_LEN + 1];
    premis_object(telling->writer, &(struct package_object){.kind = OBJECT_FILE,
                                                            .id = file->id,
                                                            .name_type = "SHA-256",
                                                            .name = digest_hex(&file->digest, hex),
                                                            .whole = "rep2",
                                                            .bytes = file->bytes,
                                                            .digest = file->digest,
                                                            .format = file->mime,
                                                            .original = original->path});
}

static void put_objects(struct telling *telling)
{
    const struct building *building = telling->building;
    const bool all = telling->part == PART_ALL;
    const char *whole = all ? building->wish->objid : NULL;
    struct xml_writer *writer = telling->writer;
    if (all)
        premis_object(writer, &(struct package_object){.kind = OBJECT_ENTITY,
                                                       .id = building->wish->objid,
                                                       .name_type = "arcFileCode",
                                                       .name = building->wish->file_code});
    if (all || telling->part == PART_PAPERS) {
        premis_object(writer, &(struct package_object){
                                  .kind = OBJECT_REPRESENTATION, .id = "rep1", .whole = whole});
        for (size_t i = 0; i < building->pdfs.len; i++)
            put_pdf(telling, i);
    }
    if (building->originals.len > 0 && (all || telling->part == PART_ORIGINALS)) {
        premis_object(writer, &(struct package_object){
                                  .kind = OBJECT_REPRESENTATION, .id = "rep2", .whole = whole});
        for (size_t i = 0; i < building->originals.len; i++)
            put_original(telling, i);
    }
}

/* --- events --- */

/* How many pages of the paper the engine of this one read; 0: an earlier page has told of it. */
static size_t pages_read(const struct page_record *pages, size_t len, size_t at)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        if (!pages[i].has_alto || strcmp(pages[i].engine, pages[at].engine) != 0)
            continue;
        if (i < at)
            return 0;
        count++;
    }
    return pages[at].has_alto ? count : 0;
}

/* One event for each engine that read pages of the paper. */
static void put_readings(struct telling *telling, const struct paper *paper, const char *object)
{
    const struct page_record *pages = PAGES_OF(telling->building, paper);
    char at[PACKAGE_TIME_MAX], id[NAME_MAX_BYTES], detail[NAME_MAX_BYTES];
    package_time(paper->archived_ns, at);
    for (size_t i = 0; i < paper->len; i++) {
        const size_t count = pages_read(pages, paper->len, i);
        if (count == 0)
            continue;
        (void)snprintf(detail, sizeof detail, "pages: %zu; language: %s", count, pages[i].language);
        put_event(telling, (struct package_event){
                               .type = "text recognition",
                               .at = at,
                               .detail = detail,
                               .agent = agent_id(telling, "software", pages[i].engine, id),
                               .object = object});
    }
}

static void put_paper_events(struct telling *telling)
{
    const struct building *building = telling->building;
    for (size_t i = 0; i < building->pdfs.len; i++) {
        const struct paper *paper = &building->papers->items[building->pdfs.papers[i]];
        const char *object = building->pdfs.files[i].id;
        char at[PACKAGE_TIME_MAX], note[NAME_MAX_BYTES] = "";
        put_event(telling, (struct package_event){.type = "ingestion",
                                                  .at = package_time(paper->archived_ns, at),
                                                  .detail = "the newest of its files was archived",
                                                  .agent = SOFTWARE_ID,
                                                  .object = object});
        put_readings(telling, paper, object);
        if (paper->failed > 0)
            (void)snprintf(note, sizeof note, "%zu pages could not be read and are left out",
                           paper->failed);
        put_event(telling, (struct package_event){.type = "creation",
                                                  .at = building->created,
                                                  .detail = "PDF/A-2b of the archived pages",
                                                  .outcome = note[0] ? "warning" : NULL,
                                                  .note = note,
                                                  .agent = SOFTWARE_ID,
                                                  .object = object});
    }
    put_event(telling,
              (struct package_event){.type = "fixity check",
                                     .at = building->created,
                                     .detail = "every object it was made from had its SHA-256",
                                     .agent = SOFTWARE_ID,
                                     .object = "rep1"});
}

static void put_original_events(struct telling *telling)
{
    const struct building *building = telling->building;
    for (size_t i = 0; i < building->originals.len; i++) {
        const struct original *original =
            &building->papers->originals[building->originals.papers[i]];
        char at[PACKAGE_TIME_MAX];
        put_event(telling, (struct package_event){.type = "ingestion",
                                                  .at = package_time(original->archived_ns, at),
                                                  .agent = SOFTWARE_ID,
                                                  .object = building->originals.files[i].id});
        put_event(telling, (struct package_event){.type = "fixity check",
                                                  .at = building->created,
                                                  .detail = "SHA-256",
                                                  .agent = SOFTWARE_ID,
                                                  .object = building->originals.files[i].id});
    }
}

static void put_happenings(struct telling *telling)
{
    const struct building *building = telling->building;
    for (size_t i = 0; i < building->happenings->len; i++) {
        const struct happening *item = &building->happenings->items[i];
        char at[PACKAGE_TIME_MAX], id[NAME_MAX_BYTES];
        put_event(telling,
                  (struct package_event){
                      .type = item->is_destruction ? "deletion" : item->what,
                      .at = package_time(item->at_ns, at),
                      .detail = item->detail,
                      .note = item->because,
                      .agent = item->by[0] ? agent_id(telling, "person", item->by, id) : NULL,
                      .object = building->wish->objid});
    }
}

/* --- agents --- */

static void put_agents(struct telling *telling)
{
    for (size_t i = 0; i < telling->agent_len; i++) {
        const struct agent *agent = &telling->agents[i];
        const char *blank = strrchr(agent->name, ' ');
        const bool versioned = blank && strcmp(agent->type, "software") == 0;
        char id[NAME_MAX_BYTES], name[NAME_MAX_BYTES] = "";
        (void)snprintf(id, sizeof id, "agent-%zu", i + 1);
        if (versioned)
            (void)snprintf(name, sizeof name, "%.*s", (int)(blank - agent->name), agent->name);
        premis_agent(telling->writer,
                     &(struct package_agent){.id = id,
                                             .name = versioned ? name : agent->name,
                                             .type = agent->type,
                                             .version = versioned ? blank + 1 : NULL});
    }
}

int package_premis(const struct building *building, enum package_part part, const char *schemas,
                   struct bytes *out, struct err *err)
{
    CLEANUP(telling_done)
    struct telling telling = {
        .building = building, .part = part, .writer = premis_begin(schemas, err)};
    char id[NAME_MAX_BYTES];
    if (!telling.writer)
        return -1;
    (void)agent_id(&telling, "software", "sohoa " SOHOA_VERSION, id);
    put_objects(&telling);
    if (part != PART_ORIGINALS)
        put_paper_events(&telling);
    if (part != PART_PAPERS)
        put_original_events(&telling);
    if (part == PART_ALL) {
        put_happenings(&telling);
        (void)agent_id(&telling, "organization", building->wish->agency, id);
    }
    put_agents(&telling);
    if (telling.failed)
        return err_sys(err, "list agents"); /* UNTESTED: no memory */
    return xml_writer_finish(telling.writer, out, err);
}
