/* storage/catalogue_events.c - what happened to dossiers, and what is known of them. */
#include "storage/catalogue_events.h"

#include "storage/catalogue_impl.h"

static const char *const fact_names[DOSSIER_FACTS] = {
    [FACT_PROCEDURE] = "procedure", [FACT_PROCEDURE_NAME] = "procedure_name",
    [FACT_FIELD] = "field",         [FACT_FIELD_NAME] = "field_name",
    [FACT_LEVEL] = "level",         [FACT_HELPED] = "helped",
    [FACT_RECEIVED] = "received",   [FACT_DECIDES] = "decides",
    [FACT_RETURN_TO] = "return_to", [FACT_DUE] = "due",
};

const char *dossier_fact_name(enum dossier_fact fact)
{
    return fact_names[fact];
}

/* --- writing --- */

static int add_component(struct catalogue *catalogue, const struct catalogue_event *event,
                         struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_SET_COMPONENT, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, event->dossier) | bind_text(s, 2, event->component) |
        bind_text(s, 3, event->component_name) | sqlite3_bind_int(s, 4, event->result) |
        bind_text(s, 5, event->component_state) | bind_text(s, 6, event->exempt) |
        bind_digest(s, 7, &event->document))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "note a component", err);
}

/* Every event counts for the time of its dossier; a step is its status until the next one. */
static int add_facts(struct catalogue *catalogue, const struct catalogue_event *event,
                     struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_SET_DOSSIER, err);
    if (!s)
        return -1;
    int rc = bind_text(s, 1, event->dossier) | sqlite3_bind_int64(s, 2, event->at_ns) |
             bind_text(s, 3, event->what);
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        rc |= bind_text(s, 4 + (int)i, event->facts[i] ? event->facts[i] : "");
    if (rc)
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "note a dossier", err);
}

int catalogue_add_event(struct catalogue *catalogue, const struct catalogue_event *event,
                        struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_EVENT, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &event->id) | bind_text(s, 2, event->dossier) |
        bind_text(s, 3, event->what) | sqlite3_bind_int64(s, 4, event->at_ns) |
        sqlite3_bind_int64(s, 5, event->told_ns) | bind_text(s, 6, event->by) |
        bind_text(s, 7, event->office) | bind_text(s, 8, event->because) |
        bind_text(s, 9, event->paper) | bind_u64(s, 10, event->pages) |
        bind_u64(s, 11, event->rework) | bind_u64(s, 12, event->sheets) |
        bind_u64(s, 13, event->amount) | bind_text(s, 14, event->component))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, s, "add an event", err) < 0)
        return -1;
    if (sqlite3_changes(catalogue->db) == 0)
        return 0; /* it was there already */
    if (event->component[0] && add_component(catalogue, event, err) < 0)
        return -1;
    return add_facts(catalogue, event, err);
}

/* --- reading --- */

static int damaged(const char *what, struct err *err)
{
    return catalogue_damaged_row(what, err);
}

static bool read_event(sqlite3_stmt *s, struct catalogue_event *row)
{
    *row = (struct catalogue_event){
        .at_ns = sqlite3_column_int64(s, 3),
        .told_ns = sqlite3_column_int64(s, 4),
        .pages = (uint64_t)sqlite3_column_int64(s, 9),
        .rework = (uint64_t)sqlite3_column_int64(s, 10),
        .sheets = (uint64_t)sqlite3_column_int64(s, 11),
        .amount = (uint64_t)sqlite3_column_int64(s, 12),
        .component_name = "",
        .component_state = "",
        .exempt = "",
    };
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        row->facts[i] = "";
    return column_digest(s, 0, &row->id) && column_text(s, 1, &row->dossier) &&
           column_text(s, 2, &row->what) && column_text(s, 5, &row->by) &&
           column_text(s, 6, &row->office) && column_text(s, 7, &row->because) &&
           column_text(s, 8, &row->paper) && column_text(s, 13, &row->component);
}

int catalogue_list_events(struct catalogue *catalogue, const char *dossier, event_visit *visit,
                          void *self, struct err *err)
{
    int visited = 0, rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_LIST_EVENTS, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, dossier))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "read events", err)) > 0) {
        struct catalogue_event row;
        rc = read_event(s, &row) ? visit(self, &row, err) : damaged("an event", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

static bool read_dossier(sqlite3_stmt *s, struct dossier_row *row)
{
    row->first_ns = sqlite3_column_int64(s, 1);
    row->last_ns = sqlite3_column_int64(s, 2);
    for (size_t i = 0; i < DOSSIER_FACTS; i++)
        if (!column_text(s, 4 + (int)i, &row->facts[i]))
            return false;
    return column_text(s, 0, &row->code) && column_text(s, 3, &row->status);
}

int catalogue_list_dossiers(struct catalogue *catalogue, const char *code, dossier_visit *visit,
                            void *self, struct err *err)
{
    int visited = 0, rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_LIST_DOSSIERS, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, code))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "read dossiers", err)) > 0) {
        struct dossier_row row;
        rc = read_dossier(s, &row) ? visit(self, &row, err) : damaged("a dossier", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

int catalogue_list_components(struct catalogue *catalogue, const char *dossier,
                              component_visit *visit, void *self, struct err *err)
{
    int visited = 0, rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_LIST_COMPONENTS, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, dossier))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "read components", err)) > 0) {
        struct component_row row = {.result = sqlite3_column_int(s, 2) != 0};
        bool fine = column_text(s, 0, &row.code) && column_text(s, 1, &row.name) &&
                    column_text(s, 3, &row.state) && column_text(s, 4, &row.exempt) &&
                    column_digest(s, 5, &row.document);
        rc = fine ? visit(self, &row, err) : damaged("a component", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

/* --- reports --- */

static const enum catalogue_sql report_sql[REPORTS] = {
    [REPORT_DIGITISATION] = SQL_REPORT_DIGITISATION,
    [REPORT_EXEMPTIONS] = SQL_REPORT_EXEMPTIONS,
    [REPORT_WAITING] = SQL_REPORT_WAITING,
    [REPORT_STAFF] = SQL_REPORT_STAFF,
    [REPORT_REUSE] = SQL_REPORT_REUSE,
    [REPORT_FEES] = SQL_REPORT_FEES,
    [REPORT_CUSTODY] = SQL_REPORT_CUSTODY,
    [REPORT_STANDING] = SQL_REPORT_STANDING,
    [REPORT_COMPLAINTS] = SQL_REPORT_COMPLAINTS,
    [REPORT_DELIVERY] = SQL_REPORT_DELIVERY,
};

static bool read_cells(sqlite3_stmt *s, struct report_cell cells[REPORT_CELLS_MAX], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cells[i] = (struct report_cell){.number = sqlite3_column_int64(s, (int)i)};
        if (sqlite3_column_type(s, (int)i) != SQLITE_INTEGER &&
            !column_text(s, (int)i, &cells[i].text))
            return false;
    }
    return true;
}

int catalogue_report(struct catalogue *catalogue, const struct report_query *query,
                     report_visit *visit, void *self, struct err *err)
{
    int visited = 0, rc = 0;
    struct report_cell cells[REPORT_CELLS_MAX];
    sqlite3_stmt *s = catalogue_sql(catalogue, report_sql[query->report], err);
    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, query->from_ns) | sqlite3_bind_int64(s, 2, query->to_ns))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    size_t n = (size_t)sqlite3_column_count(s);
    while ((rc = catalogue_step(catalogue, s, "make a report", err)) > 0) {
        rc = read_cells(s, cells, n) ? visit(self, cells, n, err) : damaged("a report", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}
