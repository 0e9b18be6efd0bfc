/* bench/made_papers.c - made-up dossiers of one paper each, and questions about what is on them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/made_up.h"
#include "records/document_record.h"
#include "records/event_record.h"
#include "records/fields_record.h"
#include "records/search.h"

#define ISSUERS     200u
#define OFFICES     60u
#define FIELDS_OF   20u /* fields of administration */
#define DAYS        3650u
#define FIRST_DAY_S 1450000000 /* December 2015 */
#define ANSWERS     20u
#define VALUE_MAX   80u

/* What paper `number` says, the same for the same number. */
struct made_paper {
    const char *type;
    unsigned issuer, office, field, day;
    char number[VALUE_MAX], issuer_name[VALUE_MAX], date[sizeof "2026-04-28"];
    char dossier[DOSSIER_CODE_MAX];
};

static struct made_paper paper_of(uint64_t number)
{
    static const char *const types[] = {"QĐ", "QĐ", "QĐ", "CV",  "CV", "CV", "TB",  "TTr",
                                        "BC", "KH", "GM", "GKS", "HĐ", "BB", "ĐƠN", "GCN"};
    uint64_t noise = number * 7919 + 13;
    struct made_paper paper = {.type = types[noise_next(&noise) % ARRAY_LEN(types)]};
    paper.issuer = (unsigned)(noise_next(&noise) % ISSUERS);
    paper.office = (unsigned)(noise_next(&noise) % OFFICES);
    paper.field = (unsigned)(noise_next(&noise) % FIELDS_OF);
    paper.day = (unsigned)(noise_next(&noise) % DAYS);
    time_t when = FIRST_DAY_S + (time_t)paper.day * 86400;
    struct tm tm;
    (void)gmtime_r(&when, &tm);
    (void)strftime(paper.date, sizeof paper.date, "%Y-%m-%d", &tm);
    (void)snprintf(paper.number, VALUE_MAX, "%u/%s-UBND", (unsigned)(noise_next(&noise) % 9000) + 1,
                   paper.type);
    (void)snprintf(paper.issuer_name, VALUE_MAX, "Ủy ban nhân dân xã số %u", paper.issuer);
    (void)snprintf(paper.dossier, sizeof paper.dossier, "H%02u.%02u-%06u", paper.office,
                   paper.field, (unsigned)number);
    return paper;
}

static int add_value(struct page_fields *fields, const char *name, const char *value,
                     struct err *err)
{
    if (page_fields_add(fields, name, value, err) < 0)
        return -1;
    struct field *field = &fields->items[fields->len - 1];
    field->x = field->y = 300;
    field->w = field->h = 50;
    field->confidence = 95;
    (void)snprintf(field->rule, sizeof field->rule, "decree30/%s", name);
    return 0;
}

static int add_fields(struct group_raw *group, const struct made_paper *paper,
                      const struct digest *source, struct err *err)
{
    CLEANUP(fields_record_done)
    struct fields_record record = {.source = *source, .engine = FIELDS_ENGINE};
    CLEANUP(bytes_done) struct bytes json = {0};
    struct digest ignored;
    if (add_value(&record.fields, "type", paper->type, err) < 0 ||
        add_value(&record.fields, "number", paper->number, err) < 0 ||
        add_value(&record.fields, "date", paper->date, err) < 0 ||
        add_value(&record.fields, "issuer", paper->issuer_name, err) < 0 ||
        add_value(&record.fields, "abstract", "Về việc giải quyết hồ sơ đất đai", err) < 0 ||
        add_value(&record.fields, "signer", "Nguyễn Văn An", err) < 0 ||
        fields_record_write(&record, &json, err) < 0)
        return -1;
    return group_add(group, OBJECT_META, &json, &ignored, err);
}

static int add_document(struct group_raw *group, const struct made_paper *paper,
                        const struct digest *source, struct digest *ret_id, struct err *err)
{
    CLEANUP(document_record_done) struct document_record record = {.by = DOCUMENT_BY_NAME};
    CLEANUP(bytes_done) struct bytes json = {0};
    (void)snprintf(record.dossier, sizeof record.dossier, "%s", paper->dossier);
    if (document_record_add(&record, (struct page_range){*source, 0, 0}, err) < 0 ||
        document_record_write(&record, &json, err) < 0)
        return -1;
    return group_add(group, OBJECT_META, &json, ret_id, err);
}

static int add_event(struct group_raw *group, const struct event_record *record, struct err *err)
{
    CLEANUP(bytes_done) struct bytes json = {0};
    struct digest ignored;
    if (event_record_write(record, &json, err) < 0)
        return -1;
    return group_add(group, OBJECT_META, &json, &ignored, err);
}

static int add_events(struct group_raw *group, const struct made_paper *paper,
                      const struct digest *document, struct err *err)
{
    char office[VALUE_MAX], field[VALUE_MAX];
    struct event_record record = {
        .what = EVENT_RECEIVED, .at_ns = (FIRST_DAY_S + (int64_t)paper->day * 86400) * 1000000000};
    (void)snprintf(record.dossier, sizeof record.dossier, "%s", paper->dossier);
    (void)snprintf(office, sizeof office, "H%02u", paper->office);
    (void)snprintf(field, sizeof field, "L%02u", paper->field);
    if (event_record_office(&record, office, err) < 0 ||
        event_record_fact(&record, FACT_DECIDES, office, err) < 0 ||
        event_record_fact(&record, FACT_FIELD, field, err) < 0 ||
        event_record_fact(&record, FACT_LEVEL, paper->office % 3 ? "commune" : "province", err) <
            0 ||
        add_event(group, &record, err) < 0)
        return -1;
    struct event_record digitised = {.what = EVENT_COMPONENT, .at_ns = record.at_ns + 1};
    memcpy(digitised.dossier, record.dossier, sizeof digitised.dossier);
    if (event_record_component(&digitised, "DON", "Đơn", err) < 0)
        return -1;
    digitised.component.state = paper->day % 4 ? COMPONENT_DIGITISED : COMPONENT_EXPECTED;
    digitised.component.has_document = digitised.component.state == COMPONENT_DIGITISED;
    digitised.component.document = *document;
    return add_event(group, &digitised, err);
}

int add_paper(struct group_raw *group, uint64_t number, const struct digest *source,
              struct err *err)
{
    const struct made_paper paper = paper_of(number);
    struct digest document;
    if (add_fields(group, &paper, source, err) < 0 ||
        add_document(group, &paper, source, &document, err) < 0)
        return -1;
    return add_events(group, &paper, &document, err);
}

/* --- questions -------------------------------------------------------------------------------- */

enum query_kind { BY_TYPE, BY_NUMBER, BY_UNIT, BY_WORD, BY_STATUS, QUERY_KINDS };
static const char *const kind_names[] = {"type, issuer, dates", "number, type, dates",
                                         "organisation, type, dates", "word, type, dates",
                                         "step, confidence, dates"};

/* Three conditions that page `number` fulfils. */
struct question {
    struct made_paper paper;
    char from[sizeof "2026-04-28"], unit[VALUE_MAX];
    struct search_options options;
};

static void question_of(enum query_kind kind, uint64_t number, struct question *question)
{
    *question = (struct question){.paper = paper_of(number)};
    struct search_papers *papers = &question->options.papers;
    question->options.limit = ANSWERS;
    (void)snprintf(question->from, sizeof question->from, "%.4s-01-01", question->paper.date);
    (void)snprintf(question->unit, sizeof question->unit, "H%02u", question->paper.office);
    papers->dated_from = question->from;
    papers->dated_to = question->paper.date;
    if (kind != BY_STATUS)
        papers->type = question->paper.type;
    switch (kind) {
    case BY_TYPE:
        papers->issuer = question->paper.issuer_name;
        break;
    case BY_NUMBER:
        papers->number = question->paper.number;
        break;
    case BY_UNIT:
        papers->unit = question->unit;
        break;
    case BY_WORD:
        question->options.text = "cong"; /* on nearly every page */
        papers->dated_to = NULL;
        break;
    case BY_STATUS:
        papers->status = "received";
        papers->confidence = ">=80";
        break;
    case QUERY_KINDS:
        break;
    }
}

static int count_hit(void *self, const struct search_hit *hit, struct err *err)
{
    uint64_t *hits = self;
    (void)hit;
    (void)err;
    (*hits)++;
    return 0;
}

static int ask(struct opened *opened, const struct question *question, bool must, uint64_t *hits,
               struct err *err)
{
    CLEANUP(search_freep) struct search *search = search_parse(&question->options, err);
    if (!search)
        return -1;
    uint64_t before = *hits;
    if (search_run(search, opened->archive, opened->catalogue, count_hit, hits, err) < 0)
        return -1;
    return *hits > before || !must
               ? 0
               : err_set(err, ERR_CORRUPT, "'%s' was not found", question->paper.number);
}

static int ask_kind(struct opened *opened, const struct questions *questions, unsigned kind,
                    json_t *result, struct err *err)
{
    double *times_ms = calloc(questions->queries, sizeof *times_ms);
    uint64_t noise = 42, hits = 0;
    if (!times_ms)
        return err_sys(err, "times of %u queries", questions->queries);
    int rc = 0;
    for (unsigned i = 0; i < questions->queries && rc == 0; i++) {
        struct question question;
        question_of((enum query_kind)kind, noise_next(&noise) % questions->pages, &question);
        double start_s = clock_s();
        rc = ask(opened, &question, kind != BY_WORD, &hits, err);
        times_ms[i] = (clock_s() - start_s) * 1e3;
    }
    if (rc == 0)
        note_times(result, kind_names[kind], hits, times_ms, questions->queries);
    free(times_ms);
    return rc;
}

int search_papers(const char *archive, uint64_t pages, unsigned queries, struct err *err)
{
    return ask_questions(&(struct questions){archive, pages, queries, QUERY_KINDS, ask_kind}, err);
}
