/* storage/catalogue_compose.c - the statement for a search by what was found on pages.
 *
 * Any of a dozen conditions may be asked for; one statement with all of them would use no index. So
 * it is put together of fixed pieces; what a user typed is bound, never written into it. Where the
 * search begins is decided here and not by SQLite, which knows nothing of how many rows a condition
 * leaves: words, a number, an organisation, a dossier, other fields, a step, all pages. */
#include <stdio.h>

#include "storage/catalogue_fields.h"
#include "storage/catalogue_impl.h"

enum parameter {
    AT_LIMIT = 4,
    AT_OFFSET = 5,
    AT_MATCH = 6,
    AT_TYPE = 10,
    AT_NUMBER,
    AT_NUMBER_END,
    AT_ISSUER,
    AT_DATED_FROM,
    AT_DATED_FROM_MONTH,
    AT_DATED_TO,
    AT_UNIT,
    AT_STATION,
    AT_STEP,
    AT_CONFIDENCE_FROM,
    AT_CONFIDENCE_BELOW,
    AT_FIELD_NAME,
    AT_FIELD_KEY,
    AT_STATUS,
};

/* Where a search begins. */
enum origin { FROM_WORDS, FROM_FIELDS, FROM_EVENTS, FROM_DOCUMENTS, FROM_PAGES };

struct composing {
    const struct catalogue_query *query;
    const struct paper_filter *papers;
    enum origin origin;
    bool words, fields, source, document; /* conditions on them */
    bool failed;                          /* no memory */
    struct bytes sql;
};

static const struct sort {
    const char *name, *order;
    bool fields; /* it wants the fields of the page */
} sorts[FIND_SORTS] = {
    [SORT_DEFAULT] = {"", "", false},
    [SORT_DATE] = {"date", " coalesce(f.date, '') = '', f.date, p.n", true},
    [SORT_DATE_DOWN] = {"-date", " f.date DESC, f.page DESC, p.n DESC", true},
    [SORT_ARCHIVED] = {"archived", " p.n", false},
    [SORT_ARCHIVED_DOWN] = {"-archived", " p.n DESC", false},
    [SORT_NUMBER] = {"number", " coalesce(f.number, '') = '', f.number, f.issuer, p.n", true},
    [SORT_SOURCE] = {"source", " coalesce(s.path, ''), p.source, p.idx, p.n", false},
    [SORT_CONFIDENCE] = {"confidence", " p.confidence, p.n", false},
    [SORT_CONFIDENCE_DOWN] = {"-confidence", " p.confidence DESC, p.n", false},
};

const char *find_sort_name(enum find_sort sort)
{
    return sorts[sort].name;
}

static const char *const origins[] = {
    [FROM_WORDS] = " FROM words w CROSS JOIN page p ON p.n = w.rowid",
    [FROM_FIELDS] = " FROM page_fields f CROSS JOIN page p ON p.n = f.page",
    [FROM_EVENTS] = " FROM dossier o CROSS JOIN document d ON d.dossier = o.code CROSS JOIN"
                    " document_range r ON r.document = d.n CROSS JOIN page p"
                    " ON p.source = r.source AND p.idx BETWEEN r.first AND r.last",
    [FROM_DOCUMENTS] = " FROM document d CROSS JOIN document_range r ON r.document = d.n"
                       " CROSS JOIN page p ON p.source = r.source AND p.idx BETWEEN r.first"
                       " AND r.last",
    [FROM_PAGES] = " FROM page p",
};

static void add(struct composing *composing, const char *text)
{
    struct err ignored = {0};
    if (!composing->failed)
        composing->failed = bytes_append(&composing->sql, span_of_text(text), &ignored) < 0;
}

static enum origin origin_of(const struct composing *composing)
{
    const struct paper_filter *papers = composing->papers;
    if (composing->words)
        return FROM_WORDS;
    if (papers->number)
        return FROM_FIELDS;
    if (papers->unit)
        return FROM_EVENTS;
    if (composing->query->dossier)
        return FROM_DOCUMENTS;
    if (composing->fields)
        return FROM_FIELDS;
    return papers->step ? FROM_EVENTS : FROM_PAGES; /* there are few steps, and many dossiers */
}

static struct composing start(const struct catalogue_query *query)
{
    static const struct paper_filter none = {.type = NULL};
    const struct paper_filter *papers = query->papers ? query->papers : &none;
    struct composing composing = {
        .query = query,
        .papers = papers,
        .words = query->match && query->match[0],
        .fields = papers->type || papers->number || papers->issuer || papers->dated_from ||
                  papers->dated_to || papers->field_name || papers->repeated,
        .source = (query->source_like && query->source_like[0]) || query->from_ns || query->to_ns,
        .document = query->dossier || query->unassigned || papers->unit || papers->step,
    };
    composing.origin = origin_of(&composing);
    return composing;
}

/* The tables; shown: what is shown or sorted by wants more of them than the conditions. */
static void add_tables(struct composing *composing, bool shown_fields, bool shown_source,
                       bool shown_document)
{
    const bool has_document =
        composing->origin == FROM_EVENTS || composing->origin == FROM_DOCUMENTS;
    add(composing, origins[composing->origin]);
    if (composing->origin != FROM_FIELDS && composing->fields)
        add(composing, " CROSS JOIN page_fields f ON f.page = p.n");
    else if (composing->origin != FROM_FIELDS && shown_fields)
        add(composing, " LEFT JOIN page_fields f ON f.page = p.n");
    if (composing->source || shown_source)
        add(composing, OF_SOURCES);
    if (!has_document && (composing->document || shown_document))
        add(composing, OF_DOCUMENTS);
}

/* A plus keeps SQLite from beginning with a condition that leaves more than a number does. */
static void add_fields(struct composing *composing)
{
    const struct paper_filter *papers = composing->papers;
    const bool number = papers->number != NULL;
    if (number)
        add(composing, " AND f.number >= ?11 AND f.number < ?12");
    if (papers->type)
        add(composing, number ? " AND +f.type = ?10" : " AND f.type = ?10");
    if (papers->issuer)
        add(composing, " AND instr(' ' || f.issuer || ' ', ' ' || ?13 || ' ') > 0");
    if (papers->dated_from) {
        add(composing, number ? " AND +f.date >= ?15" : " AND f.date >= ?15");
        add(composing, " AND (+f.date >= ?14 OR +f.date = ?15)");
    }
    if (papers->dated_to) {
        add(composing, number ? " AND +f.date <= ?16" : " AND f.date <= ?16");
        add(composing, " AND +f.date <> ''");
    }
    if (papers->field_name)
        add(composing, " AND EXISTS (SELECT 1 FROM field v WHERE v.page = f.page AND v.name = ?22"
                       " AND instr(' ' || v.key || ' ', ' ' || ?23 || ' ') > 0)");
    if (papers->repeated)
        add(composing, " AND f.number <> '' AND f.issuer <> '' AND EXISTS (SELECT 1 FROM"
                       " page_fields o WHERE o.number = f.number AND o.issuer = f.issuer"
                       " AND o.date = f.date AND o.page <> f.page)");
}

static void add_dossier(struct composing *composing)
{
    const bool events = composing->origin == FROM_EVENTS;
    if (composing->query->dossier)
        add(composing, " AND" IN_DOSSIER);
    if (composing->query->unassigned)
        add(composing, " AND coalesce(d.dossier, '') = ''");
    if (events) /* a document of no dossier has no events */
        add(composing, " AND o.code <> ''");
    if (composing->papers->unit)
        add(composing,
            events ? " AND ?17 IN (o.helped, o.received, o.decides, o.return_to)"
                   : " AND EXISTS (SELECT 1 FROM dossier o WHERE o.code = d.dossier AND ?17 IN"
                     " (o.helped, o.received, o.decides, o.return_to))");
    if (composing->papers->step)
        add(composing, events ? " AND o.status = ?19"
                              : " AND EXISTS (SELECT 1 FROM dossier o WHERE o.code = d.dossier"
                                " AND o.status = ?19)");
}

static void add_conditions(struct composing *composing)
{
    const struct paper_filter *papers = composing->papers;
    add(composing, composing->words ? " WHERE words MATCH ?6" : " WHERE 1");
    if (composing->source)
        add(composing, " AND" FILTERS);
    add_fields(composing);
    add_dossier(composing);
    if (papers->station)
        add(composing, " AND p.source IN (SELECT i.source FROM intake i WHERE i.folder = ?18)");
    if (papers->status)
        add(composing, " AND p.status = ?24");
    if (papers->confidence_from > 0)
        add(composing, " AND p.confidence >= ?20");
    if (papers->confidence_below > 0)
        add(composing, " AND p.confidence < ?21");
}

static const char *order_of(const struct composing *composing)
{
    if (composing->query->sort != SORT_DEFAULT)
        return sorts[composing->query->sort].order;
    if (composing->words)
        return " w.rowid DESC";
    if (composing->papers->repeated)
        return " f.number, f.issuer, f.date, f.page";
    if (composing->origin == FROM_DOCUMENTS)
        return " d.dossier, d.n, r.place + p.idx - r.first, p.source, p.idx, p.n";
    return composing->fields ? sorts[SORT_DATE_DOWN].order : sorts[SORT_ARCHIVED_DOWN].order;
}

/* --- binding --- */

int catalogue_bind_dossier(sqlite3_stmt *s, const char *dossier)
{
    size_t len = strlen(dossier);
    char first[DOSSIER_CODE_MAX + 1], last[DOSSIER_CODE_MAX + 2];
    if (len > DOSSIER_CODE_MAX) /* longer than any code: finds none */
        len = DOSSIER_CODE_MAX;
    bool begins = len > 0 && dossier[len - 1] == '*';
    (void)snprintf(first, sizeof first, "%.*s", (int)(len - begins), dossier);
    /* Codes have no byte above 0x7E. */
    (void)snprintf(last, sizeof last, "%s%s", first, begins ? "\x7F" : "");
    return sqlite3_bind_text(s, 7, first, -1, SQLITE_TRANSIENT) |
           sqlite3_bind_text(s, 8, last, -1, SQLITE_TRANSIENT);
}

static int bind_if(sqlite3_stmt *s, int at, const char *text)
{
    return text ? bind_text(s, at, text) : SQLITE_OK;
}

/* From the number itself to behind all that begin with it and go on with another word: '!' is the
 * next byte behind the blank. */
static int bind_number(sqlite3_stmt *s, const char *number)
{
    struct err ignored = {0};
    CLEANUP(bytes_done) struct bytes end = {0};
    if (bytes_printf(&end, &ignored, "%s!", number) < 0)
        return SQLITE_NOMEM; /* UNTESTED: no memory */
    return bind_text(s, AT_NUMBER, number) |
           sqlite3_bind_text(s, AT_NUMBER_END, (const char *)end.data, (int)end.len,
                             SQLITE_TRANSIENT);
}

/* A day, and the month it is in without a day. */
static int bind_dated_from(sqlite3_stmt *s, const char *day)
{
    char month[sizeof "2026-04-00"];
    (void)snprintf(month, sizeof month, "%.8s00", day);
    return bind_text(s, AT_DATED_FROM, day) |
           sqlite3_bind_text(s, AT_DATED_FROM_MONTH, month, -1, SQLITE_TRANSIENT);
}

static int bind_fields(sqlite3_stmt *s, const struct paper_filter *papers)
{
    return bind_if(s, AT_TYPE, papers->type) |
           (papers->number ? bind_number(s, papers->number) : SQLITE_OK) |
           bind_if(s, AT_ISSUER, papers->issuer) |
           (papers->dated_from ? bind_dated_from(s, papers->dated_from) : SQLITE_OK) |
           bind_if(s, AT_DATED_TO, papers->dated_to) |
           bind_if(s, AT_FIELD_NAME, papers->field_name) |
           bind_if(s, AT_FIELD_KEY, papers->field_key);
}

static int bind_all(sqlite3_stmt *s, const struct composing *composing)
{
    const struct catalogue_query *query = composing->query;
    const struct paper_filter *papers = composing->papers;
    int rc = bind_fields(s, papers) | bind_if(s, AT_UNIT, papers->unit) |
             bind_if(s, AT_STATION, papers->station) | bind_if(s, AT_STEP, papers->step) |
             bind_if(s, AT_STATUS, papers->status);
    if (composing->words)
        rc |= bind_text(s, AT_MATCH, query->match);
    if (composing->source)
        rc |=
            bind_if(s, 1, query->source_like && query->source_like[0] ? query->source_like : NULL) |
            sqlite3_bind_int64(s, 2, query->from_ns) | sqlite3_bind_int64(s, 3, query->to_ns);
    if (query->dossier)
        rc |= catalogue_bind_dossier(s, query->dossier);
    if (papers->confidence_from > 0)
        rc |= sqlite3_bind_double(s, AT_CONFIDENCE_FROM, papers->confidence_from);
    if (papers->confidence_below > 0)
        rc |= sqlite3_bind_double(s, AT_CONFIDENCE_BELOW, papers->confidence_below);
    return rc;
}

/* NULL with *err; releases what was composed. */
static sqlite3_stmt *prepare(struct catalogue *catalogue, struct composing *composing,
                             struct err *err)
{
    sqlite3_stmt *s = NULL;
    int rc = SQLITE_NOMEM;
    if (!composing->failed)
        rc = sqlite3_prepare_v2(catalogue->db, (const char *)composing->sql.data,
                                (int)composing->sql.len, &s, NULL);
    bytes_done(&composing->sql);
    if (rc == SQLITE_OK && bind_all(s, composing) == SQLITE_OK)
        return s;
    catalogue_fail(catalogue, "compose a search", err);
    (void)sqlite3_finalize(s);
    return NULL;
}

sqlite3_stmt *catalogue_compose(struct catalogue *catalogue, const struct catalogue_query *query,
                                struct err *err)
{
    struct composing composing = start(query);
    const bool ranked = composing.words && query->sort == SORT_DEFAULT;
    add(&composing, ranked ? "SELECT p.n, fit(words)" : "SELECT p.n, 0.0");
    add_tables(&composing, sorts[query->sort].fields, query->sort == SORT_SOURCE, false);
    add_conditions(&composing);
    add(&composing, " ORDER BY");
    add(&composing, order_of(&composing));
    if (!ranked)
        add(&composing, " LIMIT ?4 OFFSET ?5");
    sqlite3_stmt *s = prepare(catalogue, &composing, err);
    if (!s)
        return NULL;
    if (!ranked && (bind_u64(s, AT_LIMIT, query->limit) | bind_u64(s, AT_OFFSET, query->offset))) {
        catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
        (void)sqlite3_finalize(s);
        return NULL;
    }
    return s;
}

/* --- counting --- */

#define FIRST_VALUE(name)                                                                          \
    "coalesce((SELECT v.value FROM field v WHERE v.page = x.page AND v.name = '" name              \
    "' ORDER BY v.at LIMIT 1), '')"

static const struct facet_sql {
    const char *name, *shown, *key;
    bool fields, document;
} facets[FACETS] = {
    [FACET_TYPE] = {"type", FIRST_VALUE("type"), "coalesce(f.type, '')", true, false},
    [FACET_ISSUER] = {"issuer", FIRST_VALUE("issuer"), "coalesce(f.issuer, '')", true, false},
    [FACET_YEAR] = {"year", "x.k", "substr(coalesce(f.date, ''), 1, 4)", true, false},
    [FACET_STATUS] = {"status", "x.k", "p.status", false, false},
    [FACET_DOSSIER] = {"dossier", "x.k", "coalesce(d.dossier, '')", false, true},
    [FACET_STATION] = {"station", "x.k",
                       "coalesce((SELECT i.folder FROM intake i WHERE i.source = p.source"
                       " ORDER BY i.folder LIMIT 1), '')",
                       false, false},
};

const char *facet_name(enum facet facet)
{
    return facets[facet].name;
}

int catalogue_facet(struct catalogue *catalogue, const struct catalogue_query *query,
                    enum facet facet, facet_visit *visit, void *self, struct err *err)
{
    const struct facet_sql *of = &facets[facet];
    struct composing composing = start(query);
    int visited = 0, rc = 0;
    add(&composing, "SELECT ");
    add(&composing, of->shown);
    add(&composing, ", x.pages FROM (SELECT ");
    add(&composing, of->key);
    add(&composing, " AS k, count(*) AS pages, max(p.n) AS page");
    add_tables(&composing, of->fields, false, of->document);
    add_conditions(&composing);
    add(&composing, " GROUP BY 1) x ORDER BY x.pages DESC, x.k LIMIT 1000");
    _Static_assert(FACET_ROWS_MAX == 1000, "as the statement says");
    sqlite3_stmt *s = prepare(catalogue, &composing, err);
    if (!s)
        return -1;
    while ((rc = catalogue_step(catalogue, s, "count pages", err)) > 0) {
        const char *value = NULL;
        rc = column_text(s, 0, &value)
                 ? visit(self, value, (uint64_t)sqlite3_column_int64(s, 1), err)
                 : catalogue_damaged_row("a field", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_finalize(s);
    return rc < 0 ? -1 : visited;
}
