/* storage/catalogue.c - opening, closing and checking the SQLite catalogue.
 *
 * One writing connection: the SQLite of Debian 12 (3.40.1) can corrupt a WAL when two connections
 * write or checkpoint at once. The archive's lock sees to it; readers never checkpoint. */
#include "storage/catalogue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/catalogue_impl.h"

#define APPLICATION_ID  1397705807 /* "SOHO" */
#define SCHEMA_VERSION  7
#define BUSY_TIMEOUT_MS 10000
#define VALUE_BYTES_MAX (64 * 1024 * 1024) /* of one text or blob */
#define CACHE_KIB       16384
#define WAL_PAGES_MAX   4000 /* a checkpoint at the first commit past this */
#define STRINGIFY(x)    #x
#define NUMBER(x)       STRINGIFY(x)

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE mark(one INTEGER PRIMARY KEY CHECK (one = 1), segment INTEGER NOT NULL,"
    " off INTEGER NOT NULL, group_seq INTEGER NOT NULL) STRICT;"
    "CREATE TABLE object(id BLOB PRIMARY KEY, type INTEGER NOT NULL, codec INTEGER NOT NULL,"
    " raw_bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, segment INTEGER NOT NULL,"
    " off INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE source(id BLOB PRIMARY KEY, record BLOB NOT NULL, path TEXT NOT NULL,"
    " format TEXT NOT NULL, size_bytes INTEGER NOT NULL, pages INTEGER NOT NULL,"
    " archived_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX source_path ON source(path, id);"
    "CREATE TABLE page(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source BLOB NOT NULL,"
    " record BLOB NOT NULL, alto BLOB NOT NULL, image BLOB NOT NULL, idx INTEGER NOT NULL,"
    " width_px INTEGER NOT NULL, height_px INTEGER NOT NULL, dpi INTEGER NOT NULL,"
    " skew_deg REAL NOT NULL, confidence REAL NOT NULL, status TEXT NOT NULL,"
    " reason_code TEXT NOT NULL, reason_detail TEXT NOT NULL, engine TEXT NOT NULL,"
    " doubt TEXT NOT NULL, separator TEXT NOT NULL, separator_text TEXT NOT NULL,"
    " separator_code TEXT NOT NULL) STRICT;"
    "CREATE INDEX page_source ON page(source, idx);"
    "CREATE TABLE intake(ticket TEXT PRIMARY KEY, record BLOB NOT NULL, folder TEXT NOT NULL,"
    " path TEXT NOT NULL, batch TEXT NOT NULL, source BLOB NOT NULL, size_bytes INTEGER NOT NULL,"
    " mtime_ns INTEGER NOT NULL, taken_ns INTEGER NOT NULL, told_ns INTEGER NOT NULL,"
    " outcome TEXT NOT NULL, reason_code TEXT NOT NULL, reason_detail TEXT NOT NULL) STRICT;"
    "CREATE INDEX intake_batch ON intake(batch);"
    "CREATE INDEX intake_path ON intake(path, folder, told_ns);"
    "CREATE INDEX intake_folder ON intake(folder, source);"
    "CREATE INDEX intake_source ON intake(source, folder);"
    /* Runs of pages of a source that share none: the newest document has them. place: of the first
     * in the document; NULL for a separator sheet that is none of its pages. */
    "CREATE TABLE document(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, dossier TEXT NOT NULL,"
    " title TEXT NOT NULL, known_by TEXT NOT NULL, batch TEXT NOT NULL, pages INTEGER NOT NULL,"
    " sheets_expected INTEGER NOT NULL, made_ns INTEGER NOT NULL, retention INTEGER NOT NULL,"
    " hold TEXT NOT NULL) STRICT;"
    "CREATE INDEX document_dossier ON document(dossier, n);"
    "CREATE TABLE document_range(source BLOB NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, document INTEGER NOT NULL, place INTEGER,"
    " PRIMARY KEY(source, first)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX document_range_of ON document_range(document);"
    /* What each record says, in force or not. role: enum part_role. The key's columns come first:
     * integrity_check of SQLite 3.40 takes others for NULL. */
    "CREATE TABLE document_part(source BLOB NOT NULL, first INTEGER NOT NULL,"
    " document INTEGER NOT NULL, role INTEGER NOT NULL, last INTEGER NOT NULL,"
    " PRIMARY KEY(source, first, document, role)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX document_part_of ON document_part(document);"
    /* What was destroyed lawfully: no text of it, only what it was. */
    "CREATE TABLE destruction(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, basis TEXT NOT NULL,"
    " person TEXT NOT NULL, decided TEXT NOT NULL, made_ns INTEGER NOT NULL) STRICT;"
    "CREATE TABLE gone(id BLOB NOT NULL, destruction INTEGER NOT NULL, segment INTEGER NOT NULL,"
    " off INTEGER NOT NULL, PRIMARY KEY(id, destruction)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE gone_page(source BLOB NOT NULL, idx INTEGER NOT NULL,"
    " destruction INTEGER NOT NULL, id TEXT NOT NULL,"
    " PRIMARY KEY(source, idx, destruction)) STRICT, WITHOUT ROWID;"
    /* What happened, what the last event says of a dossier, and of each of its papers. */
    "CREATE TABLE event(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, dossier TEXT NOT NULL,"
    " what TEXT NOT NULL, at_ns INTEGER NOT NULL, told_ns INTEGER NOT NULL, who TEXT NOT NULL,"
    " office TEXT NOT NULL, because TEXT NOT NULL, paper TEXT NOT NULL, pages INTEGER NOT NULL,"
    " rework INTEGER NOT NULL, sheets INTEGER NOT NULL, amount INTEGER NOT NULL,"
    " component TEXT NOT NULL) STRICT;"
    "CREATE INDEX event_dossier ON event(dossier, at_ns);"
    "CREATE INDEX event_what ON event(what, at_ns);"
    "CREATE TABLE dossier(code TEXT PRIMARY KEY, first_ns INTEGER NOT NULL,"
    " last_ns INTEGER NOT NULL, status TEXT NOT NULL, status_ns INTEGER NOT NULL,"
    " procedure TEXT NOT NULL,"
    " procedure_name TEXT NOT NULL, field TEXT NOT NULL, field_name TEXT NOT NULL,"
    " level TEXT NOT NULL, helped TEXT NOT NULL, received TEXT NOT NULL, decides TEXT NOT NULL,"
    " return_to TEXT NOT NULL, due TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE component(dossier TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,"
    " result INTEGER NOT NULL, state TEXT NOT NULL, exempt TEXT NOT NULL, document BLOB NOT NULL,"
    " PRIMARY KEY(dossier, code)) STRICT, WITHOUT ROWID;"
    /* Every fields record; what the newest of them says of a page that is visible; and its values.
     * type, number, issuer: folded keys of the first value of that name; date: the value. */
    "CREATE TABLE fields_record(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " source BLOB NOT NULL, idx INTEGER NOT NULL, rules BLOB NOT NULL, engine TEXT NOT NULL,"
    " person TEXT NOT NULL, fields INTEGER NOT NULL, made_ns INTEGER NOT NULL) STRICT;"
    "CREATE INDEX fields_record_page ON fields_record(source, idx);"
    "CREATE TABLE page_fields(page INTEGER PRIMARY KEY, record INTEGER NOT NULL,"
    " type TEXT NOT NULL, number TEXT NOT NULL, issuer TEXT NOT NULL, date TEXT NOT NULL) STRICT;"
    "CREATE INDEX page_fields_type ON page_fields(type, date);"
    "CREATE INDEX page_fields_number ON page_fields(number, issuer, date);"
    "CREATE INDEX page_fields_issuer ON page_fields(issuer, type, date);"
    "CREATE INDEX page_fields_date ON page_fields(date);"
    "CREATE TABLE field(page INTEGER NOT NULL, at INTEGER NOT NULL, name TEXT NOT NULL,"
    " value TEXT NOT NULL, key TEXT NOT NULL, rule TEXT NOT NULL, confidence INTEGER NOT NULL,"
    " PRIMARY KEY(page, at)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE access(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, source BLOB NOT NULL,"
    " idx INTEGER NOT NULL, at_ns INTEGER NOT NULL, who TEXT NOT NULL, because TEXT NOT NULL)"
    " STRICT;"
    "CREATE INDEX access_page ON access(source, idx);"
    /* Both columns hold words already made by text_key(): nothing is left to fold. */
    "CREATE VIRTUAL TABLE words USING fts5(toned, folded, content='',"
    " tokenize='unicode61 remove_diacritics 0');"
    "PRAGMA application_id = " NUMBER(APPLICATION_ID) ";"
                                                      "PRAGMA user_version = " NUMBER(
                                                          SCHEMA_VERSION) ";"
                                                                          "COMMIT;";

#define PAGE_COLUMNS                                                                               \
    "p.id, p.source, p.record, p.alto, p.image, p.idx, p.width_px, p.height_px, p.dpi,"            \
    " p.skew_deg, p.confidence, p.status, p.reason_code, p.reason_detail,"                         \
    " p.engine, p.doubt, p.separator, p.separator_text, p.separator_code, coalesce(s.path, ''), "  \
    "coalesce(s.archived_ns, 0),"                                                                  \
    " coalesce(d.id, zeroblob(32)), coalesce(d.dossier, ''), coalesce(d.title, ''),"               \
    " coalesce(r.place + p.idx - r.first, -1), coalesce(d.retention, 0), coalesce(d.hold, '')"
#define PAGES_OF_SOURCES " FROM page p" OF_SOURCES OF_DOCUMENTS

/* A fact stays until another is told. */
#define FACT(name, at) " " name " = iif(?" at " = '', " name ", ?" at ")"
/* Steps of a dossier: what comes after them is its status. */
#define STEPS                                                                                      \
    "'arrived', 'started', 'received', 'refused', 'scanned', 'transferred', 'acknowledged',"       \
    " 'supplement', 'decided', 'returned', 'stopped', 'withdrawn'"
#define ENDS         "'refused', 'returned', 'stopped', 'withdrawn'"
#define EVENT_TIME   " (?1 = 0 OR e.at_ns >= ?1) AND (?2 = 0 OR e.at_ns < ?2)"
#define DOSSIER_TIME " (?1 = 0 OR d.first_ns >= ?1) AND (?2 = 0 OR d.first_ns < ?2)"

static const char *const texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_SET_MARK] = "INSERT OR REPLACE INTO mark VALUES (1, ?1, ?2, ?3)",
    [SQL_GET_MARK] = "SELECT segment, off, group_seq FROM mark",
    [SQL_ADD_OBJECT] = "INSERT OR IGNORE INTO object VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_ADD_SOURCE] = "INSERT OR IGNORE INTO source VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_ADD_PAGE] = "INSERT OR IGNORE INTO page VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
                     " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
    [SQL_ADD_WORDS] = "INSERT INTO words(rowid, toned, folded) VALUES (?1, ?2, ?3)",
    [SQL_FIND_OBJECT] = "SELECT type, codec, raw_bytes, stored_bytes, segment, off FROM object"
                        " WHERE id = ?1",
    [SQL_FIND_SOURCE] = "SELECT 1 FROM source WHERE id = ?1",
    [SQL_PAGE_BY_ID] = "SELECT " PAGE_COLUMNS ", 0.0, 0" PAGES_OF_SOURCES " WHERE p.id = ?1",
    [SQL_PAGES_OF] = "SELECT " PAGE_COLUMNS ", 0.0, 0" PAGES_OF_SOURCES
                     " WHERE p.source = ?1 ORDER BY p.idx, p.n",
    [SQL_PAGE_BY_N] = "SELECT " PAGE_COLUMNS ", ?2, ?3" PAGES_OF_SOURCES " WHERE p.n = ?1",
    [SQL_MATCH] = "SELECT rowid, fit(words) FROM words WHERE words MATCH ?6 ORDER BY rowid DESC",
    [SQL_MATCH_FILTERED] =
        "SELECT w.rowid, fit(words) FROM words w CROSS JOIN page p ON p.n = w.rowid" OF_SOURCES
            OF_DOCUMENTS " WHERE words MATCH ?6 AND" FILTERS " AND (?7 IS NULL OR" IN_DOSSIER
        ") AND (?9 = 0 OR coalesce(d.dossier, '') = '') ORDER BY w.rowid DESC",
    [SQL_TEXTS] = "SELECT alto FROM page WHERE alto <> zeroblob(32) AND n % ((SELECT max(n) - 1"
                  " FROM page) / ?1 + 1) = 0 LIMIT ?1",
    [SQL_BROWSE] = "SELECT " PAGE_COLUMNS ", 0.0, 0" PAGES_OF_SOURCES " WHERE" FILTERS
                   " AND (?9 = 0 OR coalesce(d.dossier, '') = '')"
                   " ORDER BY coalesce(s.path, ''), p.source, p.idx, p.n LIMIT ?4 OFFSET ?5",
    /* From the dossier to its pages, in the order of the paper; its separator first. */
    [SQL_BROWSE_DOSSIER] =
        "SELECT " PAGE_COLUMNS ", 0.0, 0 FROM document d JOIN document_range r ON r.document = d.n"
        " JOIN page p ON p.source = r.source AND p.idx BETWEEN r.first AND r.last" OF_SOURCES
        " WHERE" IN_DOSSIER " AND ?9 = 0 AND" FILTERS
        " ORDER BY d.dossier, d.n, r.place + p.idx - r.first,"
        " p.source, p.idx, p.n LIMIT ?4 OFFSET ?5",
    [SQL_ADD_DOCUMENT] = "INSERT OR IGNORE INTO document VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7,"
                         " ?8, ?9, ?10)",
    /* Taking the pages ?2 to ?3 of source ?1 over: what of a run stands behind them becomes a run
     * of its own; a run that reaches into them ends before; those that begin in them go. */
    [SQL_RANGE_BEHIND] =
        "INSERT INTO document_range SELECT source, ?3 + 1, last, document, place + ?3 + 1 - first"
        " FROM document_range WHERE source = ?1 AND last > ?3 AND first = (SELECT max(first)"
        " FROM document_range WHERE source = ?1 AND first <= ?3)",
    [SQL_RANGE_BEFORE] =
        "UPDATE document_range SET last = ?2 - 1 WHERE source = ?1 AND last >= ?2 AND first ="
        " (SELECT max(first) FROM document_range WHERE source = ?1 AND first < ?2)",
    [SQL_RANGE_WITHIN] = "DELETE FROM document_range WHERE source = ?1 AND first BETWEEN ?2 AND ?3",
    [SQL_ADD_RANGE] = "INSERT INTO document_range VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_STATS_PAGES] = "SELECT count(*), total(status = 'failed'), total(status = 'blank')"
                        " FROM page",
    [SQL_STATS_DOUBTS] = "SELECT doubt, count(*), total(engine LIKE 'tesseract %') FROM page"
                         " WHERE doubt <> '' GROUP BY doubt ORDER BY doubt LIMIT ?1",
    [SQL_STATS_SOURCES] = "SELECT count(*), coalesce(sum(size_bytes), 0),"
                          " coalesce(min(archived_ns), 0), coalesce(max(archived_ns), 0)"
                          " FROM source",
    /* A dictionary is what a segment begins with, behind its first block. */
    [SQL_STATS_KINDS] = "SELECT CASE WHEN type = 2 THEN 'record'"
                        " WHEN id IN (SELECT id FROM source) THEN 'source'"
                        " WHEN id IN (SELECT alto FROM page) THEN 'alto'"
                        " WHEN id IN (SELECT image FROM page) THEN 'image'"
                        " WHEN off = 4096 THEN 'dictionary' ELSE 'other' END,"
                        " count(*), sum(raw_bytes), sum(stored_bytes) FROM object GROUP BY 1",
    [SQL_ADD_INTAKE] = "INSERT OR IGNORE INTO intake VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
                       " ?10, ?11, ?12, ?13)",
    [SQL_FIND_INTAKE] = "SELECT * FROM intake WHERE ticket = ?1",
    [SQL_NEWEST_INTAKE] = "SELECT * FROM intake WHERE path = ?2 AND folder = ?1"
                          " ORDER BY told_ns DESC, rowid DESC LIMIT 1",
    [SQL_LIST_INTAKE] = "SELECT * FROM intake WHERE"
                        " (?1 IS NULL OR instr(folder || '/' || path, ?1) > 0)"
                        " AND (?2 IS NULL OR batch = ?2) AND (?3 IS NULL OR outcome = ?3)"
                        " AND (?4 = 0 OR told_ns >= ?4) AND (?5 = 0 OR told_ns < ?5)"
                        " ORDER BY told_ns, rowid",
    [SQL_LIST_BATCHES] =
        "SELECT batch, count(*), total(outcome = 'archived'), total(outcome = 'duplicate'),"
        " total(outcome = 'quarantined'), total(iif(outcome = 'archived', (SELECT pages FROM source"
        " s WHERE s.id = i.source), 0)), total(iif(outcome = 'archived', (SELECT"
        " count(*) FROM page p WHERE p.source = i.source AND p.status = 'failed'), 0)),"
        " coalesce(sum(size_bytes), 0), min(taken_ns), max(told_ns) FROM intake i"
        " WHERE ?1 IS NULL OR batch = ?1 GROUP BY batch ORDER BY min(taken_ns), batch",
    [SQL_LIST_REASONS] = "SELECT reason_code, count(*) FROM intake WHERE batch = ?1 AND"
                         " outcome = 'quarantined' GROUP BY reason_code ORDER BY 2 DESC, 1",
    [SQL_LIST_FAILED_PAGES] =
        "SELECT i.folder, i.path, p.id, p.idx, p.reason_code, p.reason_detail FROM intake i"
        " JOIN page p ON p.source = i.source WHERE i.batch = ?1 AND i.outcome = 'archived'"
        " AND p.status = 'failed' ORDER BY i.told_ns, i.rowid, p.idx",
    [SQL_HOLD] = "BEGIN",
    [SQL_LIST_SOURCES] = "SELECT path, id, record FROM source ORDER BY path, id",
    [SQL_OBJECTS_IN] = "SELECT id, segment, off FROM object WHERE segment BETWEEN ?1 AND ?2"
                       " ORDER BY segment, off",
    [SQL_PAGES_OF_DOCUMENT] =
        "SELECT " PAGE_COLUMNS ", 0.0, 0 FROM document d JOIN document_range r ON r.document = d.n"
        " JOIN page p ON p.source = r.source AND p.idx BETWEEN r.first AND r.last" OF_SOURCES
        " WHERE d.id = ?1 ORDER BY r.place + p.idx - r.first, p.source, p.idx",
    [SQL_ADD_PART] = "INSERT OR IGNORE INTO document_part VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_ADD_DESTRUCTION] = "INSERT OR IGNORE INTO destruction VALUES (NULL, ?1, ?2, ?3, ?4, ?5)",
    [SQL_PAGE_NUMBER] = "SELECT n FROM page WHERE id = ?1",
    [SQL_FORGET_WORDS] =
        "INSERT INTO words(words, rowid, toned, folded) VALUES ('delete', ?1, ?2, ?3)",
    [SQL_FORGET_PAGE] = "DELETE FROM page WHERE n = ?1",
    [SQL_ADD_GONE_PAGE] = "INSERT OR IGNORE INTO gone_page VALUES (?1, ?2, ?3, ?4)",
    [SQL_ADD_GONE] = "INSERT OR IGNORE INTO gone SELECT id, ?2, segment, off FROM object"
                     " WHERE id = ?1",
    [SQL_FORGET_OBJECT] = "DELETE FROM object WHERE id = ?1",
    [SQL_FORGET_SOURCE] = "DELETE FROM source WHERE id = ?1",
    [SQL_FORGET_PARTS] = "DELETE FROM document_part WHERE document ="
                         " (SELECT n FROM document WHERE id = ?1)",
    [SQL_FORGET_DOCUMENT] = "DELETE FROM document WHERE id = ?1",
    [SQL_FORGET_INTAKE] = "DELETE FROM intake WHERE EXISTS (SELECT 1 FROM gone g"
                          " WHERE g.id = intake.record AND g.destruction = ?1)",
    [SQL_LIST_GONE] = "SELECT id, segment, off FROM gone ORDER BY segment, off",
    [SQL_LIST_DESTROYED] =
        "SELECT d.id, d.basis, d.person, d.decided, d.made_ns, g.id, g.source, g.idx"
        " FROM gone_page g JOIN destruction d ON d.n = g.destruction WHERE (?1 IS NULL OR"
        " g.id = ?1) AND (?2 IS NULL OR g.source = ?2) ORDER BY d.n, g.source, g.idx",
    [SQL_FIND_DESTROYED] = "SELECT d.id, d.basis, d.person, d.decided, d.made_ns FROM gone g"
                           " JOIN destruction d ON d.n = g.destruction WHERE g.id = ?1"
                           " ORDER BY d.n DESC LIMIT 1",
    [SQL_WAS_DESTROYED] = "SELECT 1 FROM gone_page WHERE source = ?1 AND idx = ?2 LIMIT 1",
    [SQL_SOURCE_FACTS] =
        "SELECT record, pages, (SELECT count(*) FROM page p WHERE p.source = s.id),"
        " (SELECT count(DISTINCT g.idx) FROM gone_page g WHERE g.source = s.id AND NOT EXISTS"
        " (SELECT 1 FROM page p WHERE p.source = g.source AND p.idx = g.idx))"
        " FROM source s WHERE s.id = ?1",
    /* Of documents that have pages: what was corrected away says nothing any more. */
    [SQL_RETENTION] =
        "WITH of AS (SELECT d.n, d.retention, d.hold FROM document d JOIN document o ON o.id = ?1"
        " WHERE (d.n = o.n OR (o.dossier <> '' AND d.dossier = o.dossier))"
        " AND EXISTS (SELECT 1 FROM document_range r WHERE r.document = d.n))"
        " SELECT max(retention), max(hold), (SELECT coalesce(max(s.archived_ns), 0)"
        " FROM of JOIN document_range r ON r.document = of.n JOIN source s ON s.id = r.source)"
        " FROM of HAVING count(*) > 0",
    [SQL_LIST_USES] = "SELECT source, alto, image, idx FROM page",
    [SQL_HISTORY] =
        "SELECT d.id, d.dossier, d.title, d.known_by, d.hold, d.retention, d.made_ns, p.role,"
        " EXISTS (SELECT 1 FROM document_range r WHERE r.document = d.n AND r.source = ?1"
        " AND ?2 BETWEEN r.first AND r.last) FROM document_part p JOIN document d"
        " ON d.n = p.document WHERE p.source = ?1 AND ?2 BETWEEN p.first AND p.last"
        " ORDER BY d.n, p.role",
    [SQL_ADD_EVENT] = "INSERT OR IGNORE INTO event VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
                      " ?9, ?10, ?11, ?12, ?13, ?14)",
    [SQL_SET_COMPONENT] =
        "INSERT INTO component VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(dossier, code)"
        " DO UPDATE SET name = iif(?3 = '', name, ?3), result = ?4, state = ?5, exempt = ?6,"
        " document = ?7",
    [SQL_SET_DOSSIER] =
        "INSERT INTO dossier VALUES (?1, ?2, ?2, iif(?3 IN (" STEPS "), ?3, ''), iif(?3 IN (" STEPS
        "), ?2, 0), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT(code) DO UPDATE SET"
        " first_ns = min(first_ns, ?2), last_ns = max(last_ns, ?2),"
        " status = iif(?3 IN (" STEPS ") AND ?2 >= status_ns, ?3, status),"
        " status_ns = iif(?3 IN (" STEPS
        ") AND ?2 >= status_ns, ?2, status_ns)," FACT("procedure", "4") "," FACT("procedure_name", "5") "," FACT(
            "field",
            "6") "," FACT("field_name",
                          "7") "," FACT("level",
                                        "8") "," FACT("helped",
                                                      "9") "," FACT("received",
                                                                    "10") "," FACT("decides",
                                                                                   "11") "," FACT("return_to",
                                                                                                  "12") "," FACT("due",
                                                                                                                 "13"),
    [SQL_LIST_EVENTS] =
        "SELECT id, dossier, what, at_ns, told_ns, who, office, because, paper, pages, rework,"
        " sheets, amount, component FROM event WHERE dossier = ?1 ORDER BY at_ns, n",
    [SQL_LIST_DOSSIERS] =
        "SELECT code, first_ns, last_ns, status, procedure, procedure_name, field, field_name,"
        " level, helped, received, decides, return_to, due FROM dossier"
        " WHERE ?1 IS NULL OR code = ?1 ORDER BY code",
    [SQL_LIST_COMPONENTS] = "SELECT code, name, result, state, exempt, document FROM component"
                            " WHERE dossier = ?1 ORDER BY code",
    [SQL_REPORT_DIGITISATION] =
        "SELECT d.level, iif(d.field_name = '', d.field, d.field_name),"
        " strftime('%Y-%m', d.first_ns / 1000000000, 'unixepoch', '+7 hours'),"
        " sum(c.state <> 'exempt'), sum(c.state = 'digitised'), sum(c.state = 'exempt')"
        " FROM component c JOIN dossier d ON d.code = c.dossier WHERE" DOSSIER_TIME
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    [SQL_REPORT_EXEMPTIONS] =
        "SELECT c.exempt, count(*) FROM component c JOIN dossier d ON d.code = c.dossier"
        " WHERE c.state = 'exempt' AND" DOSSIER_TIME " GROUP BY 1 ORDER BY 1",
    /* From when a citizen came to when an operator began, the first of each. */
    [SQL_REPORT_WAITING] =
        "SELECT s.office, min(s.at_ns) - min(e.at_ns) FROM event e JOIN event s ON"
        " s.dossier = e.dossier AND s.what = 'started' AND s.at_ns >= e.at_ns"
        " WHERE e.what = 'arrived' AND" EVENT_TIME " GROUP BY e.dossier ORDER BY 1, 2",
    [SQL_REPORT_STAFF] =
        "SELECT e.office, e.who, count(DISTINCT e.dossier), sum(e.pages), sum(e.rework)"
        " FROM event e WHERE e.what = 'scanned' AND" EVENT_TIME " GROUP BY 1, 2 ORDER BY 1, 2",
    [SQL_REPORT_REUSE] =
        "SELECT iif(d.field_name = '', d.field, d.field_name), count(*) FROM event e"
        " JOIN dossier d ON d.code = e.dossier WHERE e.what = 'reused' AND" DOSSIER_TIME
        " GROUP BY 1 ORDER BY 1",
    [SQL_REPORT_FEES] = "SELECT e.office, count(*), sum(e.amount) FROM event e"
                        " WHERE e.what = 'fee' AND" EVENT_TIME " GROUP BY 1 ORDER BY 1",
    [SQL_REPORT_CUSTODY] =
        "SELECT e.dossier, e.at_ns, e.sheets, e.who, e.office, e.paper FROM event e"
        " WHERE e.what = 'handed-over' AND" EVENT_TIME " ORDER BY e.at_ns, e.n",
    [SQL_REPORT_STANDING] =
        "SELECT d.code, d.status, d.last_ns, e.office, e.because FROM dossier d"
        " JOIN event e ON e.n = (SELECT l.n FROM event l WHERE l.dossier = d.code"
        " ORDER BY l.at_ns DESC, l.n DESC LIMIT 1) WHERE d.status NOT IN (" ENDS ") AND"
        " (?1 = 0 OR d.last_ns >= ?1) AND (?2 = 0 OR d.last_ns < ?2) ORDER BY d.last_ns, d.code",
    [SQL_REPORT_COMPLAINTS] =
        "SELECT e.dossier, e.what, e.at_ns, e.who, e.because FROM event e"
        " WHERE e.what IN ('complaint', 'feedback') AND" EVENT_TIME " ORDER BY e.at_ns, e.n",
    /* The last package of each dossier that an agency was sent (SQLite takes the row of the max). A
     * SHA-256 has 64 digits: what else stands there is no package of ours. */
    [SQL_REPORT_DELIVERY] =
        "SELECT office, count(*), sum(done), sum(NOT done),"
        " coalesce(min(iif(done, NULL, at_ns)), 0) FROM"
        " (SELECT s.office, s.at_ns, EXISTS (SELECT 1 FROM event a WHERE a.dossier = s.dossier AND"
        " a.what = 'acknowledged' AND a.office = s.office AND a.paper = s.paper) AS done FROM"
        " (SELECT e.office, e.dossier, e.paper, max(e.at_ns) AS at_ns FROM event e"
        " WHERE e.what = 'transferred' AND length(e.paper) = 64 AND" EVENT_TIME
        " GROUP BY e.office, e.dossier) s) GROUP BY office ORDER BY office",
    [SQL_ADD_FIELDS_RECORD] =
        "INSERT OR IGNORE INTO fields_record VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [SQL_NEWEST_FIELDS] = "SELECT id FROM fields_record WHERE source = ?1 AND idx = ?2"
                          " ORDER BY n DESC LIMIT 1",
    [SQL_PAGE_OF_FIELDS] = "SELECT p.n, f.n FROM fields_record f JOIN page p"
                           " ON p.source = f.source AND p.idx = f.idx WHERE f.id = ?1",
    [SQL_DROP_FIELDS] = "DELETE FROM field WHERE page = ?1",
    [SQL_PUT_PAGE_FIELDS] = "INSERT OR REPLACE INTO page_fields VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_ADD_FIELD] = "INSERT INTO field VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_FORGET_PAGE_FIELDS] = "DELETE FROM page_fields WHERE page = ?1",
    [SQL_FORGET_FIELDS_RECORDS] =
        "DELETE FROM fields_record WHERE n IN (SELECT f.n FROM page p JOIN fields_record f"
        " ON f.source = p.source AND f.idx = p.idx WHERE p.n = ?1)",
    [SQL_FIELDS_OF] = "SELECT f.name, f.value, f.rule, f.confidence FROM page p JOIN field f"
                      " ON f.page = p.n WHERE p.id = ?1 ORDER BY f.at",
    [SQL_FIELDS_HISTORY] =
        "SELECT f.id, f.rules, f.engine, f.person, f.fields, f.made_ns, EXISTS"
        " (SELECT 1 FROM page p JOIN page_fields v ON v.page = p.n WHERE p.source = ?1"
        " AND p.idx = ?2 AND v.record = f.n)"
        " FROM fields_record f WHERE f.source = ?1 AND f.idx = ?2 ORDER BY f.n",
    [SQL_STALE_FIELDS] =
        "SELECT p.n, p.source, p.idx, p.alto, p.width_px, p.height_px,"
        " coalesce(f.id, zeroblob(32)) FROM page p LEFT JOIN page_fields v ON v.page = p.n"
        " LEFT JOIN fields_record f ON f.n = v.record WHERE p.n > ?3 AND p.alto <> zeroblob(32)"
        " AND (f.n IS NULL OR (f.person = '' AND (f.rules <> ?1 OR f.engine <> ?2)))"
        " ORDER BY p.n LIMIT ?4",
    [SQL_UNSURE_FIELDS] =
        "SELECT v.name, v.value, v.rule, v.confidence, p.id FROM field v JOIN page_fields f"
        " ON f.page = v.page JOIN fields_record r ON r.n = f.record JOIN page p ON p.n = v.page"
        " WHERE v.confidence < ?1 AND r.person = '' ORDER BY v.confidence, p.n, v.at LIMIT ?2",
    [SQL_ADD_ACCESS] = "INSERT OR IGNORE INTO access VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_LIST_ACCESS] = "SELECT id, at_ns, who, because FROM access WHERE source = ?1 AND idx = ?2"
                        " ORDER BY at_ns, n",
    [SQL_PARTS_OF] = "SELECT source, first, last, role FROM document_part WHERE document ="
                     " (SELECT n FROM document WHERE id = ?1)",
};

static enum err_kind kind_of(int code)
{
    switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
    case SQLITE_FORMAT:
        return ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
        return ERR_RETRY;
    default:
        return ERR_SYSTEM;
    }
}

static int fail_with(int code, const char *message, const char *what, struct err *err)
{
    enum err_kind kind = kind_of(code);
    return err_set(err, kind, "catalogue: %s: %s%s", what, message,
                   kind == ERR_CORRUPT ? ": run sohoa reindex" : "");
}

int catalogue_damaged_row(const char *what, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "catalogue: %s row is damaged: run sohoa reindex", what);
}

int catalogue_fail(struct catalogue *catalogue, const char *what, struct err *err)
{
    return fail_with(sqlite3_extended_errcode(catalogue->db), sqlite3_errmsg(catalogue->db), what,
                     err);
}

sqlite3_stmt *catalogue_sql(struct catalogue *catalogue, enum catalogue_sql which, struct err *err)
{
    sqlite3_stmt **statement = &catalogue->statements[which];
    if (!*statement &&
        sqlite3_prepare_v3(catalogue->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement,
                           NULL) != SQLITE_OK) {
        catalogue_fail(catalogue, "prepare", err);
        return NULL;
    }
    (void)sqlite3_reset(*statement); /* its error was reported when it was stepped */
    (void)sqlite3_clear_bindings(*statement);
    return *statement;
}

int catalogue_step(struct catalogue *catalogue, sqlite3_stmt *statement, const char *what,
                   struct err *err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE) {
        (void)sqlite3_reset(statement);
        return 0;
    }
    catalogue_fail(catalogue, what, err);
    (void)sqlite3_reset(statement);
    return -1;
}

int catalogue_run(struct catalogue *catalogue, sqlite3_stmt *statement, const char *what,
                  struct err *err)
{
    if (!statement)
        return -1;
    int rc = catalogue_step(catalogue, statement, what, err);
    (void)sqlite3_reset(statement);
    return rc < 0 ? -1 : 0;
}

bool catalogue_path(const char *dir, const char *name, char ret_path[CATALOGUE_PATH_MAX])
{
    int len = snprintf(ret_path, CATALOGUE_PATH_MAX, "%s/%s", dir, name);
    return len > 0 && (unsigned)len < CATALOGUE_PATH_MAX;
}

/* --- opening --- */

/* A path may hold '?' and '%', which mean something in the URI that immutable=1 needs. */
static int append_uri(const char *dir, const char *options, struct bytes *out, struct err *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-";
    if (bytes_printf(out, err, "file:%s", dir[0] == '/' ? "" : "./") < 0)
        return -1; /* UNTESTED: no memory */
    for (const char *c = dir; *c; c++)
        if (bytes_printf(out, err, strchr(plain, *c) ? "%c" : "%%%02X", (unsigned char)*c) < 0)
            return -1; /* UNTESTED: no memory */
    return bytes_printf(out, err, "/%s?%s", CATALOGUE_NAME, options);
}

static int connect_to(struct catalogue *catalogue, const char *options, int flags, struct err *err)
{
    CLEANUP(bytes_done) struct bytes uri = {0};
    if (append_uri(catalogue->dir, options, &uri, err) < 0 ||
        bytes_append(&uri, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    bool writes = flags & SQLITE_OPEN_READWRITE;
    catalogue_file_register();
    int rc = sqlite3_open_v2((const char *)uri.data, &catalogue->db,
                             flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                                 SQLITE_OPEN_NOFOLLOW,
                             writes ? CATALOGUE_VFS_NAME : NULL);
    if (rc == SQLITE_OK && writes)
        rc = catalogue_file_watch(catalogue->db, &catalogue->sum);
    if (rc == SQLITE_OK)
        return 0;
    const char *message = catalogue->db ? sqlite3_errmsg(catalogue->db) : sqlite3_errstr(rc);
    return fail_with(rc, message, "open", err);
}

/* The file may come from anyone: no functions from its schema, no files but itself, no huge rows.
 */
static int restrict_use(struct catalogue *catalogue, struct err *err)
{
    sqlite3 *db = catalogue->db;
    (void)sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
    (void)sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 0);
    if (sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK ||
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) != SQLITE_OK ||
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", NULL, NULL, NULL) !=
            SQLITE_OK ||
        catalogue_rank_register(db) != SQLITE_OK)
        return catalogue_fail(catalogue, "open", err);
    return 0;
}

static int ask_number(struct catalogue *catalogue, const char *sql, int64_t *ret_n, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(catalogue->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return catalogue_fail(catalogue, "open", err);
    int rc = catalogue_step(catalogue, statement, "open", err);
    if (rc > 0)
        *ret_n = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return rc < 0 ? -1 : 0;
}

static int check_schema(struct catalogue *catalogue, struct err *err)
{
    int64_t id = 0, version = 0, odd = 0;
    if (ask_number(catalogue, "PRAGMA application_id", &id, err) < 0 ||
        ask_number(catalogue, "PRAGMA user_version", &version, err) < 0 ||
        ask_number(catalogue, "SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger','view')",
                   &odd, err) < 0)
        return -1;
    if (id != APPLICATION_ID || version != SCHEMA_VERSION || odd != 0)
        return err_set(
            err, ERR_CORRUPT,
            "catalogue: it is of another schema (version %" PRId64 "): run sohoa reindex", version);
    return 0;
}

static int open_to_write(struct catalogue *catalogue, struct err *err)
{
    int64_t tables = 0;
    if (catalogue_sum_read(catalogue->dir, &catalogue->sum, err) < 0 ||
        connect_to(catalogue, "mode=rwc", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err) < 0 ||
        restrict_use(catalogue, err) < 0)
        return -1;
    /* NORMAL: what a power cut takes from the catalogue, replay brings back from the segments. */
    if (sqlite3_exec(catalogue->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                     "PRAGMA cache_size = -" NUMBER(
                         CACHE_KIB) ";"
                                    "PRAGMA wal_autocheckpoint = " NUMBER(WAL_PAGES_MAX),
                     NULL, NULL, NULL) != SQLITE_OK)
        return catalogue_fail(catalogue, "open", err);
    if (ask_number(catalogue, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
        return -1;
    if (tables == 0) {
        if (catalogue_sum_remove(catalogue->dir, err) < 0)
            return -1;
        catalogue->sum_removed = true;
        catalogue->sum.known = false; /* it was another file's */
        if (sqlite3_exec(catalogue->db, schema, NULL, NULL, NULL) != SQLITE_OK)
            return catalogue_fail(catalogue, "create", err);
    }
    return check_schema(catalogue, err);
}

static void disconnect(struct catalogue *catalogue)
{
    for (size_t i = 0; i < SQL_COUNT; i++) {
        (void)sqlite3_finalize(catalogue->statements[i]);
        catalogue->statements[i] = NULL;
    }
    (void)sqlite3_close(catalogue->db);
    catalogue->db = NULL;
}

static bool has_wal(const struct catalogue *catalogue)
{
    char path[CATALOGUE_PATH_MAX];
    return catalogue_path(catalogue->dir, CATALOGUE_NAME "-wal", path) && access(path, F_OK) == 0;
}

static int open_to_read(struct catalogue *catalogue, struct err *err)
{
    char path[CATALOGUE_PATH_MAX];
    if (!catalogue_path(catalogue->dir, CATALOGUE_NAME, path))
        return err_set(err, ERR_INPUT, "path is too long: '%s'", catalogue->dir);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return err_set(err, ERR_CORRUPT, "catalogue: there is none: run sohoa reindex");
    if (connect_to(catalogue, "mode=ro", SQLITE_OPEN_READONLY, err) == 0 &&
        restrict_use(catalogue, err) == 0 && check_schema(catalogue, err) == 0)
        return 0;
    /* In a directory we may not write to, SQLite cannot make its shared-memory file. Without a
     * WAL nobody is writing, and the file can be read as it is. */
    if (err->kind != ERR_SYSTEM || has_wal(catalogue))
        return -1;
    disconnect(catalogue);
    if (connect_to(catalogue, "mode=ro&immutable=1", SQLITE_OPEN_READONLY, err) < 0 ||
        restrict_use(catalogue, err) < 0)
        return -1;
    return check_schema(catalogue, err);
}

struct catalogue *catalogue_open(const char *dir, enum archive_mode mode, struct err *err)
{
    CLEANUP(catalogue_closep) struct catalogue *catalogue = calloc(1, sizeof *catalogue);
    if (catalogue)
        catalogue->dir = strdup(dir);
    if (!catalogue || !catalogue->dir) {
        err_sys(err, "open catalogue"); /* UNTESTED: no memory */
        return NULL;
    }
    catalogue->mode = ARCHIVE_READ; /* not to be closed as a writer closes until it is open */
    int rc = mode == ARCHIVE_WRITE ? open_to_write(catalogue, err) : open_to_read(catalogue, err);
    if (rc < 0)
        return NULL;
    catalogue->mode = mode;
    return TAKE(catalogue);
}

/* Moves the whole WAL into the file, so that its sum means something. */
static bool checkpoint(struct catalogue *catalogue)
{
    int left = 0, moved = 0;
    for (size_t i = 0; i < SQL_COUNT; i++)
        if (catalogue->statements[i])
            (void)sqlite3_reset(catalogue->statements[i]);
    (void)sqlite3_busy_timeout(catalogue->db, 0); /* a reader in the way: another time */
    return sqlite3_wal_checkpoint_v2(catalogue->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &left,
                                     &moved) == SQLITE_OK &&
           left == 0;
}

void catalogue_close(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    struct err ignored = {0};
    bool whole =
        catalogue->mode == ARCHIVE_WRITE && catalogue->sum_removed && checkpoint(catalogue);
    disconnect(catalogue);
    if (whole) /* without it less is checked */
        (void)!catalogue_sum_write(catalogue->dir, &catalogue->sum, &ignored);
    free(catalogue->dir);
    free(catalogue);
}

void catalogue_closep(struct catalogue **catalogue)
{
    catalogue_close(*catalogue);
}

int catalogue_remove(const char *dir, struct err *err)
{
    /* The WAL goes before the file it belongs to: it must never meet another one. */
    static const char *const names[] = {CATALOGUE_SUM_NAME, CATALOGUE_NAME "-wal",
                                        CATALOGUE_NAME "-shm", CATALOGUE_NAME "-journal",
                                        CATALOGUE_NAME};
    char path[CATALOGUE_PATH_MAX];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!catalogue_path(dir, names[i], path))
            return err_set(err, ERR_INPUT, "path is too long: '%s'", dir);
        if (unlink(path) < 0 && errno != ENOENT)
            return err_sys(err, "remove '%s'", path);
    }
    return 0;
}

/* --- checking --- */

static int check_pages(struct catalogue *catalogue, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(catalogue->db, "PRAGMA integrity_check(1)", -1, &statement, NULL) !=
        SQLITE_OK)
        return catalogue_fail(catalogue, "check", err);
    int rc = catalogue_step(catalogue, statement, "check", err);
    const char *text = rc > 0 ? (const char *)sqlite3_column_text(statement, 0) : "no answer";
    if (rc >= 0 && (!text || strcmp(text, "ok") != 0))
        rc = err_set(err, ERR_CORRUPT, "catalogue: %s: run sohoa reindex", text ? text : "?");
    (void)sqlite3_finalize(statement);
    return rc < 0 ? -1 : 0;
}

/* FTS5's own check is an INSERT: only a writer can ask for it. */
static int check_words(struct catalogue *catalogue, struct err *err)
{
    int64_t pages = 0, listed = 0;
    if (catalogue->mode == ARCHIVE_WRITE &&
        sqlite3_exec(catalogue->db, "INSERT INTO words(words) VALUES ('integrity-check')", NULL,
                     NULL, NULL) != SQLITE_OK)
        return catalogue_fail(catalogue, "check words", err);
    if (ask_number(catalogue, "SELECT count(*) FROM page", &pages, err) < 0 ||
        ask_number(catalogue, "SELECT count(*) FROM words_docsize d JOIN page p ON p.n = d.id",
                   &listed, err) < 0)
        return -1;
    if (pages != listed)
        return err_set(err, ERR_CORRUPT,
                       "catalogue: %" PRId64 " pages, words of %" PRId64 ": run sohoa reindex",
                       pages, listed);
    return 0;
}

int catalogue_check(struct catalogue *catalogue, struct err *err)
{
    if (catalogue_sum_check(catalogue->dir, err) < 0 || check_pages(catalogue, err) < 0)
        return -1;
    return check_words(catalogue, err);
}
